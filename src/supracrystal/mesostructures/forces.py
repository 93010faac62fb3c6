r"""Forces between ligand-coated particles of silver and gold, from temperature and solvent.

Two surfaces with ligands have, at a distance h between the metals and per area,
:math:`w(h) = w_\mathrm{vdW} + w_\mathrm{osm} + w_\mathrm{el}`.

The metals attract by Hamaker's (1937, `hamaker1937`) energies, with a constant from Lifshitz theory without
retardation. Each bears a layer of thickness L in which ligands fill the fraction :math:`\phi` of the volume.
Where layers meet (h < 2L), solvent leaves them, after Flory and Huggins; below L the ligands are squeezed
(Vincent et al. 1986, `vincent1986`). For small :math:`\phi` this is the model of Khan et al. (2009,
`khan2009`) for gold particles, which would let layers interpenetrate; here no more than the whole volume can
be filled. Plates have w times their area, spheres the integral of w by the rule of Derjaguin (1934,
`derjaguin1934`). The tail of the ligand is taken as ethylbenzene, a mixture of solvents has their mean
solubility parameters and permittivities by volume.

Lengths are in nm, energies in kT. Left out: the ordering of ligands, which matters for small cores (Kister et
al. 2018, `kister2018`), charges, bridges by dithiols or silver, that the permittivity of the metal depends on
its size (`pinchuk2016`), and that ligands, not solvent, lie between the metals.
"""

import chemicals
import numpy as np
from scipy import constants
from scipy.integrate import cumulative_trapezoid, simpson
from scipy.optimize import brentq
from scipy.special import zeta

from supracrystal import InputError
from supracrystal.mesostructures import materials
from supracrystal.mesostructures.composition import GOLD

LENGTH = 0.77
"""Thickness of a layer of extended 2-phenylethanethiolate: from S over both C of the chain to the para H."""
COVERAGE = 3.0
"""Ligands per nm² of metal: an assumption. Upright on a flat face, 3.8 of them fill the layer."""
CORE = 3.5
"""Diameter of the particles, and thickness of the plates."""
CRITICAL_VIRIAL = -1.5
"""Second virial coefficient over that of hard spheres below which particles condense (`noro2000`)."""
STEP = 0.002
GRID = np.arange(0.05, 12.0, STEP)
"""Gaps in nm on which pair energies are tabulated and integrated."""
BEAD_SPACING = 2.0
"""Distance in nm between the beads of a plate."""
WALL = 1000.0
"""Energy in kT/nm² that stands for the infinite one of layers without solvent."""
ENTROPIC = 0.34
"""The part of chi that does not come from solubility parameters (`blanks1964`)."""
TAIL = "100-41-4"
"""CAS number of ethylbenzene, which stands for what the solvent meets of the ligand."""
LORENTZ_DRUDE = {
    "Ag": (9.01, [(0.845, 0, 0.048), (0.065, 0.816, 3.886), (0.124, 4.481, 0.452), (0.011, 8.185, 0.065),
                  (0.840, 9.083, 0.916), (5.646, 20.29, 2.419)]),
    "Au": (9.03, [(0.760, 0, 0.053), (0.024, 0.415, 0.241), (0.010, 0.830, 0.345), (0.071, 2.969, 0.870),
                  (0.601, 4.304, 2.494), (4.384, 13.32, 2.214)]),
}  # fmt: skip
"""Plasma frequency, then strength, resonance and width of each oscillator, in eV, of Rakić et al. (1998)."""


def _metal(gold, energy):
    """Return the permittivity of the alloy at imaginary frequencies in eV: the mean of the metals."""
    parts = []
    for name in ("Ag", "Au"):
        plasma, oscillators = LORENTZ_DRUDE[name]
        strength, resonance, width = np.array(oscillators).T
        energy_ = energy[:, None]
        parts.append(1 + (strength * plasma**2 / (resonance**2 + energy_**2 + width * energy_)).sum(1))
    return (1 - gold) * parts[0] + gold * parts[1]


def _liquid(solvent, temperature_C, energy):
    """Return the permittivity of a solvent at imaginary frequencies, from its refractive index."""
    volumes = [materials.saturated_volume(materials.CAS[solvent], each) for each in (22.0, temperature_C)]
    strength, wavelength = materials.SELLMEIER[solvent]
    return 1 + volumes[0] / volumes[1] * strength / (1 + (energy * wavelength / materials.PHOTON) ** 2)


def hamaker_constant(solvent=None, temperature_C=25.0, gold_fraction=GOLD):
    r"""Hamaker constant in kT of metal across a solvent, without retardation.

    .. math:: A = \frac{3}{2} kT \sum_{n=0}^{\infty}{}' \sum_{s=1}^{\infty} \frac{\Delta_n^{2s}}{s^3} ,\qquad
        \Delta_n = \frac{\epsilon_m - \epsilon_l}{\epsilon_m + \epsilon_l}

    at the frequencies :math:`i 2\pi n kT/\hbar` (Dzyaloshinskii, Lifshitz and Pitaevskii 1961,
    `lifshitz1961`). The term n = 0 counts half, with :math:`\Delta = 1`. Metals are those of Rakić et al.
    (1998, `rakic1998`), their alloy the mean. The solvent is a name, volume fractions of a mixture, or
    None for vacuum.

    Examples
    --------
    >>> round(float(hamaker_constant("toluene", 45.0)), 1)
    49.2
    """
    if not 0 <= gold_fraction <= 1:
        raise InputError(f"gold_fraction is {gold_fraction!r}; allowed is 0 to 1")
    energy = 2 * np.pi * constants.k * (temperature_C + 273.15) / constants.e * np.arange(1, 4001)
    mixed = materials.solvent_parts(solvent, temperature_C).items() if solvent else ()
    liquid = sum(part * _liquid(name, temperature_C, energy) for name, part in mixed) if solvent else 1.0
    metal = _metal(gold_fraction, energy)
    square = (((metal - liquid) / (metal + liquid)) ** 2)[:, None]
    order = np.arange(1, 80)
    return 1.5 * (zeta(3) / 2 + (square**order / order**3).sum())


def plate_attraction(gap, thickness, hamaker):
    r"""Van der Waals energy of two parallel plates in kT/nm², for a Hamaker constant in kT.

    .. math:: w = -\frac{A}{12\pi} \left[\frac{1}{h^2} - \frac{2}{(h+t)^2} + \frac{1}{(h+2t)^2}\right]
    """
    layers = 1 / gap**2 - 2 / (gap + thickness) ** 2 + 1 / (gap + 2 * thickness) ** 2
    return -hamaker / (12 * np.pi) * layers


def sphere_attraction(gap, radius, other, hamaker):
    r"""Van der Waals energy of two spheres in kT, with the distance s of their centres.

    .. math:: U = -\frac{A}{6} \left[\frac{2 R_1 R_2}{s^2 - (R_1 + R_2)^2} +
        \frac{2 R_1 R_2}{s^2 - (R_1 - R_2)^2} + \ln \frac{s^2 - (R_1 + R_2)^2}{s^2 - (R_1 - R_2)^2}\right]
    """
    square = (gap + radius + other) ** 2
    near, far = square - (radius + other) ** 2, square - (radius - other) ** 2
    twice = 2 * radius * other
    return -hamaker / 6 * (twice / near + twice / far + np.log(near / far))


def molar_volume(substance, temperature_C=25.0):
    """Molar volume in cm³/mol of a solvent, of a mixture (dict of volume fractions), or of the ``tail``."""
    if substance == "tail":
        return float(materials.saturated_volume(TAIL, temperature_C))
    mixed = materials.solvent_parts(substance, temperature_C).items()
    volume = {name: materials.saturated_volume(materials.CAS[name], temperature_C) for name, _ in mixed}
    return float(1 / sum(part / volume[name] for name, part in mixed))


def solubility_parameters(substance, temperature_C=25.0):
    r"""Hansen's parameters (dispersion, polar, hydrogen bonding) in MPa^½, followed from 25 °C by expansion.

    .. math:: \delta_D \propto V^{-1.25},\quad \delta_P \propto V^{-1/2},\quad
        \delta_H \propto V^{-1/2} e^{-0.00132 (T - 25)}

    The substance is a solvent, volume fractions, or ``tail``; values are those of Hansen (2007,
    `hansen2007`).
    """
    if substance == "tail":
        return _parameters(TAIL, temperature_C)
    mixed = materials.solvent_parts(substance, temperature_C).items()
    return sum(part * _parameters(materials.CAS[name], temperature_C) for name, part in mixed)


def _parameters(cas, temperature_C):
    """Return the solubility parameters of one liquid."""
    kinds = [getattr(chemicals.solubility, f"hansen_delta_{kind}")(cas) for kind in "dph"]
    swelling = materials.saturated_volume(cas, temperature_C) / materials.saturated_volume(cas, 25.0)
    change = swelling ** np.array([-1.25, -0.5, -0.5])
    change[2] *= np.exp(-0.00132 * (temperature_C - 25))
    return np.array(kinds) / 1000 * change


def flory_parameter(solvent, temperature_C=25.0, *, rule="hildebrand"):
    r"""Flory's :math:`\chi` of a solvent (or volume fractions) and the tail; above 0.5 ligands attract.

    .. math:: \chi = 0.34 + \frac{V_1}{RT} \left(\delta_1 - \delta_2\right)^2 \qquad\text{or}\qquad
        \chi = 0.34 + \frac{V_1}{RT} \left[(\Delta\delta_D)^2 + \tfrac14 (\Delta\delta_P)^2 +
        \tfrac14 (\Delta\delta_H)^2\right]

    by the rule ``hildebrand`` (Blanks and Prausnitz 1964, `blanks1964`) or ``hansen`` (2007,
    `hansen2007`); they bracket the uncertainty, as no measured :math:`\chi` of the ligand is known to us.
    """
    if rule not in ("hildebrand", "hansen"):
        raise InputError(f"rule is {rule!r}; allowed are hildebrand, hansen")
    mine, theirs = (solubility_parameters(each, temperature_C) for each in (solvent, "tail"))
    if rule == "hansen":
        square = ((mine - theirs) ** 2 * [1, 0.25, 0.25]).sum()
    else:
        square = (np.linalg.norm(mine) - np.linalg.norm(theirs)) ** 2
    return ENTROPIC + molar_volume(solvent, temperature_C) * square / (constants.R * (temperature_C + 273.15))


def conditions(solvent, temperature_C, *, rule="hildebrand"):
    """Collect ``hamaker`` in kT, ``chi`` (see :func:`flory_parameter`), and molecular volumes in nm³.

    Examples
    --------
    >>> {name: round(float(value), 2) for name, value in conditions("toluene", 45.0).items()}
    {'hamaker': 49.19, 'chi': 0.34, 'solvent': 0.18, 'ligand': 0.21}
    """
    return {
        "hamaker": hamaker_constant(solvent, temperature_C),
        "chi": flory_parameter(solvent, temperature_C, rule=rule),
        "solvent": molar_volume(solvent, temperature_C) / 602.214076,
        "ligand": molar_volume("tail", temperature_C) / 602.214076,
    }


def ligand_fraction(ligand_volume, coverage=COVERAGE, radius=np.inf):
    r"""Fraction of the layer that ligands of v nm³ fill, at :math:`\sigma` per nm² (plate: R infinite).

    .. math:: \phi = \frac{\sigma v}{L} \cdot \frac{3 R^2 L}{(R + L)^3 - R^3}
    """
    thin = LENGTH / radius
    fraction = coverage * ligand_volume / LENGTH / (1 + thin + thin**2 / 3)
    if not 0 <= fraction < 1:
        raise InputError(
            f"coverage is {coverage!r} per nm²; at a radius of {radius} nm, allowed is 0 to "
            f"{coverage / fraction:.3g}"
        )
    return fraction


def ligand_energy(gap, fraction, chi, solvent, ligand):
    r"""Energy of two ligand layers in kT/nm², osmotic and elastic; at least `WALL` without solvent.

    .. math:: w_\mathrm{osm} = h f(2 L \phi / h) - 2 L f(\phi),\quad
        f(\phi) = \frac{(1 - \phi) \ln(1 - \phi) + \chi \phi (1 - \phi)}{v_1},\quad
        w_\mathrm{el} = -2 \sigma \ln\left[x \left(\frac{3 - x}{2}\right)^2\right],\ x = h/L < 1

    with the gap h in nm and molecular volumes in nm³ (Vincent et al. 1986, `vincent1986`, but for the
    whole of Flory's mixing energy in place of its first two terms).
    """
    gap = np.asarray(gap, dtype=float)

    def mixing(phi):
        return ((1 - phi) * np.log1p(-phi) + chi * phi * (1 - phi)) / solvent

    dry = 2 * LENGTH * fraction
    wet = gap > dry
    met = np.where(wet, np.minimum(gap, 2 * LENGTH), 2 * LENGTH)
    osmotic = met * mixing(dry / met) - 2 * LENGTH * mixing(fraction)
    x = np.minimum(met / LENGTH, 1)
    elastic = -2 * fraction * LENGTH / ligand * np.log(x * ((3 - x) / 2) ** 2)
    return np.where(wet, osmotic + elastic, WALL + 100 * WALL * (dry - gap))


def plate_energy(gap, given, *, coverage=COVERAGE, thickness=CORE):
    """Energy of two parallel plates in kT/nm² at a gap (array) in nm, under `given` :func:`conditions`.

    The coverage is in ligands per nm², the thickness that of the metal of each plate in nm.

    Examples
    --------
    >>> w = plate_energy(GRID, conditions("toluene", 45.0))
    >>> print(round(w.min(), 3), round(GRID[w.argmin()], 2))
    -0.465 1.54
    """
    fraction = ligand_fraction(given["ligand"], coverage)
    steric = ligand_energy(gap, fraction, given["chi"], given["solvent"], given["ligand"])
    return steric + plate_attraction(gap, thickness, given["hamaker"])


def sphere_energy(given, *, coverage=COVERAGE, core=CORE, other=None):
    r"""Energy of two spheres in kT on the gaps of :data:`GRID`, under `given` :func:`conditions`.

    .. math:: U(h) = U_\mathrm{vdW}(h) + \frac{2 \pi R_1 R_2}{R_1 + R_2} \int_h^\infty
        \left(w_\mathrm{osm} + w_\mathrm{el}\right) \mathrm{d}h'

    The coverage is in ligands per nm², the diameters `core` and `other` (the same by default) of the
    metals in nm; the layer has the mean of their fractions.

    Examples
    --------
    >>> u = sphere_energy(conditions("toluene", 45.0))
    >>> print(round(u.min(), 2), round(GRID[u.argmin()], 2))
    -0.47 1.33
    """
    one, two = core / 2, (other or core) / 2
    fraction = sum(ligand_fraction(given["ligand"], coverage, each) for each in (one, two)) / 2
    steric = ligand_energy(GRID, fraction, given["chi"], given["solvent"], given["ligand"])
    beyond = cumulative_trapezoid(steric[::-1], dx=STEP, initial=0)[::-1]
    attraction = sphere_attraction(GRID, one, two, given["hamaker"])
    return 2 * np.pi * one * two / (one + two) * beyond + attraction


def well(energy, core=CORE):
    r"""Reduce the energy of two spheres in kT on :data:`GRID` to what decides on condensation.

    .. math:: \sigma = \int_0^\infty \left(1 - e^{-U_\mathrm{rep}}\right) \mathrm{d}s ,\qquad
        B_2^* = \frac{3}{\sigma^3} \int_0^\infty \left(1 - e^{-U}\right) s^2 \mathrm{d}s

    (Barker and Henderson 1967, `barker1967`; Noro and Frenkel 2000, `noro2000`), with the energy above the
    minimum as the repulsion and `core` the sum of the radii of the metals in nm.

    Returns
    -------
    dict
        ``depth`` in kT, ``gap`` of the minimum and ``diameter`` :math:`\sigma` in nm, ``virial``
        :math:`B_2^*`.

    Examples
    --------
    >>> found = well(sphere_energy(conditions("toluene", 45.0)))
    >>> {name: round(float(value), 2) for name, value in found.items()}
    {'depth': 0.47, 'gap': 1.33, 'diameter': 4.44, 'virial': 0.32}
    """
    least = energy.argmin()
    repulsive = np.where(np.arange(len(GRID)) < least, energy - energy[least], 0.0)
    distance, first = GRID + core, GRID[0] + core
    diameter = first + simpson(-np.expm1(-repulsive), x=GRID)
    virial = first**3 / 3 - simpson(np.expm1(-np.maximum(energy, -500)) * distance**2, x=GRID)
    return {
        "depth": -energy[least],
        "gap": GRID[least],
        "diameter": diameter,
        "virial": 3 * virial / diameter**3,
    }


def critical_coverage(given, *, core=CORE):
    """Find the ligands per nm² below which spheres condense; NaN if not between 1 and 3.5.

    Examples
    --------
    >>> print(round(critical_coverage(conditions("toluene", 45.0)), 2))
    1.91
    """

    def excess(coverage):
        energy = sphere_energy(given, coverage=coverage, core=core)
        return np.arctan(well(energy, core)["virial"]) - np.arctan(CRITICAL_VIRIAL)

    ends = 1.0, 3.5
    if np.sign(excess(ends[0])) == np.sign(excess(ends[1])):
        return np.nan
    return float(brentq(excess, *ends, xtol=1e-4))


def square_plate(beads):
    """Positions in nm, (beads², 3), of the beads of a plate about its centre, its normal along z.

    Examples
    --------
    >>> square_plate(2).tolist()
    [[-1.0, -1.0, 0.0], [-1.0, 1.0, 0.0], [1.0, -1.0, 0.0], [1.0, 1.0, 0.0]]
    """
    along = (np.arange(beads) - (beads - 1) / 2) * BEAD_SPACING
    x, y = np.meshgrid(along, along, indexing="ij")
    return np.column_stack([x.ravel(), y.ravel(), np.zeros(beads**2)])


def face_energy(table, beads, *, height=None, shift=(0.0, 0.0)):
    """Energy of two parallel plates in kT, bead by bead.

    The (3, n) table has distances in nm, energies in kT and forces of two beads, `beads` of which are on an
    edge; `height` between the middles (the best one by default) and `shift` along the edges are in nm.

    Examples
    --------
    >>> energy = sphere_energy(conditions("toluene", 45.0))
    >>> table = np.array([3.5 + GRID, energy, -np.gradient(energy, STEP)])
    >>> bool(face_energy(table, 6) < 6 * face_energy(table, 1) < 0)
    True
    """
    plate = square_plate(beads)[:, :2]
    flat = ((plate[:, None] - plate - np.asarray(shift)) ** 2).sum(2).ravel()

    def energy(z):
        return np.interp(np.sqrt(flat + z * z), table[0], table[1], right=0.0).sum()

    if height is not None:
        return energy(height)
    return min(energy(z) for z in np.arange(table[0][0], table[0][-1], 0.02))
