"""What this package computes for each claim of Bose et al. (2025, `bose2025`), one function for each.

The claims with their printed values are in ``data/claims/bose2025.yaml``; :mod:`supracrystal.claims.register`
compares. Nothing here knows what is printed; diameters and percentages, which the paper gives, come as
keyword arguments. Structures of assemblies are those of the recorded runs.
"""

from functools import cache

import numpy as np

from supracrystal.clusters import relaxed
from supracrystal.mesostructures import (
    COVERAGE,
    CRITICAL_VIRIAL,
    aggregate,
    alloy,
    apparent_composition,
    conditions,
    confined,
    growth,
    lines,
    maxwell_garnett,
    peak,
    plane_spacings,
    radius_seen,
    refractive_index,
    sphere_energy,
    toluene_rayleigh_ratio,
    well,
)
from supracrystal.mesostructures import colour as absorption
from supracrystal.mesostructures import composition as stoichiometry
from supracrystal.simulation import recorded_run

EVIDENCE = {
    "independent": (
        "line_energies", "percent_in_particles", "extent_of_metal", "spacing", "parent_plasmon",
        "diameters_seen", "days_after_dilution", "carbon_per_sulphur", "dispersion", "structure", "shape",
    ),
    "by construction": ("plasmon_shift", "structure"),
    "print only": (
        "colour_of_light", "same_ratio", "size_beside", "atoms_kept", "label_of_panel",
    ),
}  # fmt: skip
"""The kinds of evidence that each function can give."""


# Composition


def line_energies(names):
    """Return the energies of lines, such as ``S KL3``, in keV."""
    return [float(lines(name.split()[0]).loc[name, "energy"]) for name in names]


def _shells(diameter, spread):
    """Return metal and thiolate of particles with shells as dense as those of known clusters."""
    footprint = stoichiometry.cluster_footprints()["footprint"].mean()
    return stoichiometry.contents(stoichiometry.diameters(diameter, spread), footprint)


def percent_in_particles(diameter, spread):
    """Return the at% of sulphur, of metal and sulphur, in particles with the shells of known clusters."""
    found = _shells(diameter, spread)
    return float(100 * found["thiolate"] / (found["metal"] + found["thiolate"]))


def same_ratio(first, others, error):
    """Tell whether two percentages have the same ratio in all of several compositions.

    Each percentage has the same error, and a ratio that of both; three errors must decide.
    """

    def ratio(one, other):
        return one / other, one / other * np.hypot(error / one, error / other)

    (value, width), answers = ratio(*first), []
    for each in others:
        found, its = ratio(*each)
        answers.append("the same" if abs(found - value) < 3 * np.hypot(width, its) else "another")
    return answers


DENSITY = 0.264 * 13.3 + 0.38 * 1.03
"""Of randomly close-packed particles, in g/cm³: 26 % of the volume is metal and 38 % ligand."""


def carbon_per_sulphur(diameter, spread, silver, gold, micrometres):
    """Return the carbon for each sulphur that thin-film factors read off films of the particles.

    The particles have PET, with eight carbon and nine hydrogen atoms for each sulphur atom, and the printed
    percentages of silver and gold; the beam has 10 keV.
    """
    shell = _shells(diameter, spread)
    shell = shell["thiolate"] / shell["metal"]
    share = gold / (silver + gold)
    film = {"Ag": 1 - share, "Au": share, "S": shell, "C": 8 * shell, "H": 9 * shell}
    read = apparent_composition(film, DENSITY * np.array(micrometres) * 1e-4, beam=10.0)
    return (read["C"] / read["S"]).tolist()


def extent_of_metal(name):
    """Return the largest distance of two metal atoms of a recorded cluster and a diameter of gold, in nm."""
    atoms = relaxed(name)
    metal = atoms.positions[np.isin(atoms.symbols, ("Au", "Ag"))]
    away = np.linalg.norm(metal[:, None] - metal[None], axis=2)
    return float(away.max() + 2.88) / 10


def atoms_kept(before, after):
    """Return the atoms of a mean particle after a reaction over those before, by diameters and their spread.

    The mean of the cube of a normal distribution is that of its mean, and three times mean and variance.
    """
    volume = [mean**3 + 3 * mean * spread**2 for mean, spread in (before, after)]
    return volume[1] / volume[0]


def size_beside(length, other, factor):
    """Tell whether one length is much larger than another, as large, or smaller, by a factor."""
    ratio = length / other
    return "much larger" if ratio > factor else "much smaller" if ratio < 1 / factor else "as large"


def label_of_panel(panel, caption):
    """Return what the caption of a figure says a panel shows; panels are ranges such as ``g-i``."""
    return next(label for panels, label in caption.items() if panels[0] <= panel <= panels[-1])


def spacing(planes):
    """Return the spacing of lattice planes of silver, in nm."""
    return float(plane_spacings(0.0)[str(planes)])


# Assembly

STACKED = 0.5
"""Share of faces that bear a plate from which plates count as layers."""
CONDENSED = 0.5
"""Share of spheres in one aggregate from which they count as condensed."""
CRYSTALLINE = 0.1
"""Share of crystalline spheres from which a packing counts as ordered."""
CLOSE = (0.6, 0.7)
"""Volume fractions that count as random close packing."""
WHOLE = 0.9
"""Filling of its cuboid, and cubatic order, from which an aggregate of plates counts as one cuboid."""


def dispersion(cases, coverage=COVERAGE):
    """Tell whether spheres stay dispersed, by their second virial coefficient.

    Cases are pairs of solvent and temperature in degrees Celsius; the spheres are as covered with thiolate as
    the clusters of known structure, or as said.
    """
    answers = []
    for solvent, temperature in cases:
        energy = sphere_energy(conditions(solvent, temperature), coverage=coverage)
        stable = well(energy)["virial"] > CRITICAL_VIRIAL
        answers.append("stable dispersion" if stable else "aggregates")
    return answers


def shape(run):
    """Say what shape the largest aggregate of plates of a recorded run has."""
    recipe, _, frame = recorded_run(run)
    found = aggregate(recipe, frame)
    return "cuboid" if min(found["filling"], found["cubatic"]) > WHOLE else "branched aggregate"


def structure(run):
    """Say what the particles of a recorded run have become by themselves, before anything pressed them."""
    recipe, log, _ = recorded_run(run)
    last = log[log.step <= (recipe.hold or recipe.steps)].iloc[-1]
    if recipe.shape == "plate":
        return "layer by layer" if last.faces > STACKED else "disordered plates"
    if last.largest < CONDENSED:
        return "dispersed spheres"
    if last.crystalline > CRYSTALLINE:
        return "crystal"
    return "random close packing" if CLOSE[0] < last.packing < CLOSE[1] else "random, loose packing"


# Absorption and scattering of light

WAVELENGTHS = np.arange(360.0, 801.0, 8.0)


@cache
def _series(solvent, temperature, days, gold):
    """Return the spectra of particles that take up gold and aggregate, at five times."""
    exchange = days / 20 if gold else 1e9
    times = np.array([0.0, 0.1, 0.3, 0.6, 1.0]) * days
    table = absorption.law(times, exchange=exchange, gathering=0.8 * days)
    return absorption.time_series(table, WAVELENGTHS, solvent=solvent, temperature=temperature)


def plasmon_shift(cases, gold=True):
    """Tell to which side the plasmon moves in the first step of a reaction, by more than 5 nm.

    Cases are solvent, temperature in degrees Celsius and days. Gold enters and particles aggregate as
    prescribed by :func:`supracrystal.mesostructures.colour.law`.
    """
    answers = []
    for solvent, temperature, days in cases:
        found = _series(solvent, temperature, days, gold)
        first, second = (peak(found[time])["position"] for time in found.columns[:2])
        answers.append("red" if second > first + 5 else "blue" if second < first - 5 else "neither")
    return answers


def parent_plasmon(mean, deviation, solvent, temperature):
    """Return the position in nm of the plasmon of dispersed silver particles."""
    wavelength = np.arange(380.0, 521.0, 2.0)
    return peak(absorption.particles(wavelength, mean, deviation, solvent=solvent, temperature=temperature))[
        "position"
    ]


_COLOURS = {"purple": 450, "blue": 500, "green": 570, "yellow": 591, "orange": 610, "red": 760}


def colour_of_light(wavelength):
    """Return the colour of light, by the bands of ISO 21348."""
    return next(name for name, end in _COLOURS.items() if wavelength < end)


def diameters_seen(wavelengths, times, metal_fractions):
    """Return the diameters from which on aggregates outshine toluene to the side, over the wavelength.

    For each wavelength and each share of the volume that is metal, which is not printed.
    """
    mixture, found = growth.Mixture(), []
    share = float(growth.metal_share(1e6, mixture))
    for each in wavelengths:
        metal = confined(alloy(each, 27 / 84), each, mixture.core, 27 / 84)
        sphere = np.sqrt(maxwell_garnett(metal, 1.56**2, share))
        background = toluene_rayleigh_ratio(each)
        solvent = float(refractive_index("toluene", each))
        for fraction in metal_fractions:
            seen = radius_seen(background, fraction / share, sphere, solvent, each, times=times)
            found.append(2 * float(seen) / each)
    return found


def days_after_dilution(days, concentration):
    """Return the days that a diluted mixture takes, if particles must meet in pairs: time goes as 1/c."""
    return days / concentration
