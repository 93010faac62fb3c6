"""What this package computes for each claim of Bose et al. (2025, `bose2025`), one function for each.

The claims with their printed values are in ``data/claims/bose2025.yaml``; :mod:`supracrystal.claims.register`
compares. Nothing here knows what is printed; diameters and heights, which the paper gives, come as keyword
arguments. Structures of assemblies are those of the recorded runs.
"""

import math
from functools import cache

import numpy as np
from scipy.optimize import brentq

from supracrystal.mesostructures import (
    COVERAGE,
    CRITICAL_VIRIAL,
    Setup,
    aggregate,
    alloy,
    conditions,
    confined,
    cumulants,
    field_correlation,
    growth,
    lines,
    maxwell_garnett,
    peak,
    plane_spacings,
    radius_seen,
    refractive_index,
    sections,
    sphere_energy,
    toluene_rayleigh_ratio,
    well,
)
from supracrystal.mesostructures import colour as absorption
from supracrystal.mesostructures import composition as stoichiometry
from supracrystal.simulation import recorded_run

# Composition


def line_energy(line):
    """Return the energy of a line, such as ``S KL3``, in keV."""
    return float(lines(line.split()[0]).loc[line, "energy"])


def percent_in_particles(element, diameter, spread, carbon=0):
    """Return the at% of sulphur or carbon in particles with the shells of known clusters.

    With `carbon` atoms for each sulphur atom, and without hydrogen.
    """
    footprint = stoichiometry.cluster_footprints()["footprint"].mean()
    found = stoichiometry.contents(stoichiometry.diameters(diameter, spread), footprint)
    atoms = {"metal": found["metal"], "S": found["thiolate"], "C": carbon * found["thiolate"]}
    return float(100 * atoms[element] / sum(atoms.values()))


def sphere_of_metal(atoms):
    """Return the diameter of the sphere that gold atoms fill in their crystal, in nm."""
    return float(np.cbrt(6 / np.pi * atoms * stoichiometry.atomic_volume(1.0)))


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


def dispersion(solvent, temperature_C):
    """Say whether full-covered spheres stay dispersed in a solvent, by their second virial coefficient."""
    energy = sphere_energy(conditions(solvent, temperature_C), coverage=COVERAGE)
    return "stable dispersion" if well(energy)["virial"] > CRITICAL_VIRIAL else "aggregates"


def change(solvent, temperature_C):
    """Say whether full-covered spheres change in a solvent, if forces alone decide."""
    return (
        "nearly no change" if dispersion(solvent, temperature_C) == "stable dispersion" else "precipitation"
    )


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


# Absorption

WAVELENGTHS = np.arange(360.0, 801.0, 8.0)


@cache
def _series(solvent, temperature, days):
    table = absorption.law(
        np.array([0.0, 0.1, 0.3, 0.6, 1.0]) * days, exchange=days / 20, gathering=0.8 * days
    )
    return absorption.time_series(table, WAVELENGTHS, solvent=solvent, temperature=temperature)


def _rises(values):
    steps = np.diff(values)
    return "up" if (steps > 0).all() else "down" if (steps < 0).all() else "both"


def parent_plasmon(mean, deviation, solvent, temperature):
    """Return the position in nm of the plasmon of dispersed silver particles."""
    wavelength = np.arange(380.0, 521.0, 2.0)
    return peak(absorption.particles(wavelength, mean, deviation, solvent=solvent, temperature=temperature))[
        "position"
    ]


def plasmon_shift(solvent, temperature, days):
    """Return to which side the plasmon moves in all steps of a reaction."""
    found = _series(solvent, temperature, days)
    trend = _rises([peak(found[time])["position"] for time in found])
    return {"up": "red", "down": "blue", "both": "both"}[trend]


def plasmon_width(solvent, temperature, days):
    """Return how the width of the plasmon changes in all steps of a reaction.

    It is measured to the red. Where extinction does not fall to half up to 800 nm, it counts as wider still.
    """
    found = _series(solvent, temperature, days)
    width = np.array([peak(found[time])["width"] for time in found])
    trend = _rises(np.nan_to_num(width, nan=WAVELENGTHS[-1]))
    return {"up": "broader", "down": "narrower", "both": "both"}[trend]


def baseline(solvent, temperature, days):
    """Return how the extinction at 800 nm, where nothing absorbs much, changes in all steps of a reaction."""
    found = _series(solvent, temperature, days)
    return {"up": "rise", "down": "fall", "both": "both"}[_rises(found.loc[800.0])]


def silver_in_gold(diameter, shift):
    """Return what silver does to the plasmon of gold when it shifts it to the blue by so many nm.

    An enhancement is one by more than a tenth, for the same amount of gold.
    """
    wavelength = np.arange(420.0, 621.0, 4.0)

    def found(gold):
        return peak(absorption.particles(wavelength, diameter, 0.1 * diameter, gold))

    alone = found(1.0)
    share = brentq(lambda gold: alone["position"] - found(gold)["position"] - shift, 0.7, 1.0, xtol=1e-3)
    return "enhancement" if found(share)["height"] / share > 1.1 * alone["height"] else "none"


# Light scattering and growth

_COLOURS = {"purple": 450, "blue": 500, "green": 570, "yellow": 591, "orange": 610, "red": 760}


def colour(wavelength):
    """Return the colour of light, by the bands of ISO 21348."""
    return next(name for name, end in _COLOURS.items() if wavelength < end)


def diameters_seen(wavelengths, times):
    """Return the diameters from which on aggregates outshine toluene, for lasers of some wavelengths."""
    mixture, found = growth.Mixture(), []
    share = float(growth.metal_share(1e6, mixture))
    for each in wavelengths:
        metal = confined(alloy(each, 27 / 84), each, mixture.core, 27 / 84)
        sphere = np.sqrt(maxwell_garnett(metal, 1.56**2, share))
        background = toluene_rayleigh_ratio(each)
        solvent, volume = float(refractive_index("toluene", each)), mixture.metal_fraction / share
        radius = radius_seen(background, volume, sphere, solvent, each, times=times)
        found.append(2 * float(radius))
    return found


def days_after_dilution(days, concentration):
    """Return the days after which a diluted mixture has aggregates as large as the parent mixture had."""
    parent = growth.Mixture()
    times = np.append(0.0, np.geomspace(days / 100, 100 * days, 60))
    runs = [
        growth.trajectory(times, parent._replace(metal_fraction=parent.metal_fraction * each), 1e9)[
            "radius_nm"
        ]
        for each in (1.0, concentration)
    ]
    goal = np.interp(np.log(days), np.log(times[1:]), runs[0][1:])
    return float(np.exp(np.interp(goal, runs[1][1:], np.log(times[1:]))))


def trend_of_radius(days):
    """Return how the radius by dynamic light scattering changes while particles aggregate."""
    mixture, setup, delay = growth.Mixture(), Setup("toluene", 45.0), np.geomspace(0.5, 2e4, 150)
    table = growth.aggregation(np.append(0.0, days), mixture, 1e8, pivots=sections(1e7))
    n = table.columns.to_numpy(dtype=float)
    size = growth.aggregate_radius(n, mixture)
    found = [
        cumulants(delay, field_correlation(delay, size, np.maximum(row, 0) * n, setup) ** 2, setup)
        for row in table.to_numpy()
    ]
    steps = np.diff([each["radius_nm"] for each in found])
    return "increases" if (steps > 0).all() else "decreases" if (steps < 0).all() else "neither"


# Topography

UNIT = 5.0


def random_roughness(height):
    """Return the roughness of a random heap of particles, as high as given, both in nm."""
    return math.sqrt(UNIT * height)


def spacing(plane):
    """Return the spacing of lattice planes of silver, in nm."""
    return float(plane_spacings(0.0)[str(plane)])
