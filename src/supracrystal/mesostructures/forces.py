r"""Forces between ligand-coated particles of silver and gold, from temperature and solvent.

Two surfaces with ligands have, at a distance h between the metals and per area,

.. math:: w(h) = w_\mathrm{vdW}(h) + w_\mathrm{osm}(h) + w_\mathrm{el}(h) .

The metals attract each other (:mod:`~supracrystal.mesostructures.hamaker`). Each bears a layer of thickness L
in which ligands fill the fraction :math:`\phi` of the volume. Where the layers meet (h < 2L), solvent is
pressed out of them, after Flory and Huggins; below L the ligands themselves are squeezed (Vincent et al.
1986, `vincent1986`). For small :math:`\phi` this is the model that Khan et al. (2009, `khan2009`) and others
use for gold particles, which would let layers pass through each other; here no more than the whole volume can
be filled. Plates have w times their area. Spheres have Hamaker's form and, for the ligands, the integral of w
by the rule of Derjaguin.

Lengths are in nm, energies in kT. Left out: the ordering of ligands, which matters for small cores (Kister et
al. 2018, `kister2018`), a layer that is not equally dense throughout, charges, and bridges by dithiols or by
silver.
"""

import numpy as np
from scipy.integrate import cumulative_trapezoid, simpson
from scipy.optimize import brentq

from supracrystal.mesostructures import hamaker
from supracrystal.mesostructures.solubility import flory_parameter, molar_volume

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


def conditions(solvent, temperature_C, *, rule="hildebrand"):
    r"""Collect what the interactions need to know of solvent and temperature.

    Parameters
    ----------
    solvent : {"toluene", "dichloromethane"} or dict
        The last has volume fractions of a mixture in a closed vial.
    temperature_C : float
        In °C.
    rule : {"hildebrand", "hansen"}
        See :func:`~supracrystal.mesostructures.solubility.flory_parameter`.

    Returns
    -------
    dict
        ``hamaker`` in kT, ``chi``, and the volumes of a molecule of ``solvent`` and of ``ligand`` in nm³.

    Examples
    --------
    >>> {name: round(float(value), 2) for name, value in conditions("toluene", 45.0).items()}
    {'hamaker': 49.19, 'chi': 0.34, 'solvent': 0.18, 'ligand': 0.21}
    """
    return {
        "hamaker": hamaker.hamaker_constant(solvent, temperature_C),
        "chi": flory_parameter(solvent, temperature_C, rule=rule),
        "solvent": molar_volume(solvent, temperature_C) / 602.214076,
        "ligand": molar_volume("tail", temperature_C) / 602.214076,
    }


def ligand_fraction(ligand_volume, coverage=COVERAGE, radius=np.inf):
    r"""Fraction of the layer that ligands fill.

    .. math:: \phi = \frac{\sigma v}{L} \cdot \frac{3 R^2 L}{(R + L)^3 - R^3}

    Parameters
    ----------
    ligand_volume : float
        v in nm³.
    coverage : float
        :math:`\sigma`, ligands per nm² of metal.
    radius : float
        R of the metal in nm; infinite for a plate.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If the layer cannot hold so many ligands.

    Examples
    --------
    >>> round(ligand_fraction(0.204, 3.0), 2), round(ligand_fraction(0.204, 3.0, 1.75), 2)
    (0.79, 0.53)
    """
    thin = LENGTH / radius
    fraction = coverage * ligand_volume / LENGTH / (1 + thin + thin**2 / 3)
    if not 0 <= fraction < 1:
        raise ValueError(
            f"coverage is {coverage!r} per nm²; at a radius of {radius} nm, allowed is 0 to "
            f"{coverage / fraction:.3g}"
        )
    return fraction


def ligand_energy(gap, fraction, chi, solvent, ligand):
    r"""Energy per area of two ligand layers, osmotic and elastic.

    .. math:: w_\mathrm{osm} = h f(2 L \phi / h) - 2 L f(\phi),\quad
        f(\phi) = \frac{(1 - \phi) \ln(1 - \phi) + \chi \phi (1 - \phi)}{v_1},\quad
        w_\mathrm{el} = -2 \sigma \ln\left[x \left(\frac{3 - x}{2}\right)^2\right],\ x = h/L < 1

    Parameters
    ----------
    gap : float or array
        h in nm.
    fraction : float
        :math:`\phi` of each layer alone.
    chi : float
    solvent, ligand : float
        Volumes of a molecule in nm³.

    Returns
    -------
    float or array
        In kT/nm²; at least :data:`WALL` where no solvent is left.

    Notes
    -----
    Source: the elastic term, and the limit of the osmotic one for small :math:`\phi`, are those of Vincent et
    al. (1986, `vincent1986`). The whole of Flory's mixing energy stands here in place of its first two terms.

    Examples
    --------
    >>> ligand_energy(np.array([1.6, 1.4]), 0.5, 0.34, 0.18, 0.204).round(3).tolist()
    [0.0, 0.098]
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
    """Energy per area of two parallel plates.

    Parameters
    ----------
    gap : float or array
        Between the metals, in nm.
    given : dict
        What :func:`conditions` returns.
    coverage : float
        Ligands per nm².
    thickness : float
        Of the metal of each plate, in nm.

    Returns
    -------
    float or array
        In kT/nm².

    Examples
    --------
    >>> w = plate_energy(GRID, conditions("toluene", 45.0))
    >>> print(round(w.min(), 3), round(GRID[w.argmin()], 2))
    -0.465 1.54
    """
    fraction = ligand_fraction(given["ligand"], coverage)
    steric = ligand_energy(gap, fraction, given["chi"], given["solvent"], given["ligand"])
    return steric + hamaker.plates(gap, thickness, given["hamaker"])


def sphere_energy(given, *, coverage=COVERAGE, core=CORE, other=None):
    r"""Energy of two spheres on the gaps of :data:`GRID`.

    .. math:: U(h) = U_\mathrm{vdW}(h) + \frac{2 \pi R_1 R_2}{R_1 + R_2} \int_h^\infty
        \left(w_\mathrm{osm} + w_\mathrm{el}\right) \mathrm{d}h'

    Parameters
    ----------
    given : dict
        What :func:`conditions` returns.
    coverage : float
        Ligands per nm².
    core, other : float
        Diameters of the metal in nm; both the same without the second.

    Returns
    -------
    (len(GRID),) numpy.ndarray
        In kT.

    Notes
    -----
    Source: Derjaguin (1934, `derjaguin1934`) with the radii of the metal, as Vincent et al. (1986,
    `vincent1986`). The layer has the mean of the fractions of the two spheres.

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
    return 2 * np.pi * one * two / (one + two) * beyond + hamaker.spheres(GRID, one, two, given["hamaker"])


def well(energy, core=CORE):
    r"""Reduce the energy of two spheres to what decides on condensation.

    .. math:: \sigma = \int_0^\infty \left(1 - e^{-U_\mathrm{rep}}\right) \mathrm{d}s ,\qquad
        B_2^* = \frac{3}{\sigma^3} \int_0^\infty \left(1 - e^{-U}\right) s^2 \mathrm{d}s

    Parameters
    ----------
    energy : (len(GRID),) array
        In kT, on :data:`GRID`.
    core : float
        Sum of the radii of the metals, in nm.

    Returns
    -------
    dict
        ``depth`` in kT, ``gap`` of the minimum and ``diameter`` :math:`\sigma` of the hard spheres with the
        same repulsion (what is above the minimum, shifted to 0) in nm, and ``virial`` :math:`B_2^*`.

    Notes
    -----
    Source: Barker and Henderson (1967, `barker1967`) for :math:`\sigma`; Noro and Frenkel (2000, `noro2000`):
    below :math:`B_2^*` of about -1.5 there are two phases.

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
    """Find the coverage with ligands below which spheres condense.

    Parameters
    ----------
    given : dict
        What :func:`conditions` returns.
    core : float
        Diameter of the metal in nm.

    Returns
    -------
    float
        Ligands per nm², where the second virial coefficient is :data:`CRITICAL_VIRIAL`. Between 1 and 3.5;
        NaN if they condense, or do not, on all of this range.

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
    """Positions of the beads of a plate about its centre, its normal along z.

    Parameters
    ----------
    beads : int
        Along an edge.

    Returns
    -------
    (beads², 3) numpy.ndarray
        In nm.

    Examples
    --------
    >>> square_plate(2).tolist()
    [[-1.0, -1.0, 0.0], [-1.0, 1.0, 0.0], [1.0, -1.0, 0.0], [1.0, 1.0, 0.0]]
    """
    along = (np.arange(beads) - (beads - 1) / 2) * BEAD_SPACING
    x, y = np.meshgrid(along, along, indexing="ij")
    return np.column_stack([x.ravel(), y.ravel(), np.zeros(beads**2)])


def face_energy(table, beads, *, height=None, shift=(0.0, 0.0)):
    """Energy of two parallel plates, bead by bead.

    Parameters
    ----------
    table : (3, n) array
        Distances in nm, energies in kT and forces of two beads.
    beads : int
        Along an edge.
    height : float, optional
        Distance between the middles in nm; the best one if not given.
    shift : tuple of float
        Of the upper plate along the edges, in nm.

    Returns
    -------
    float
        In kT.

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
