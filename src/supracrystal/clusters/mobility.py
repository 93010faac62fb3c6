r"""Collision cross-sections of clusters in a drift gas, and their mobilities.

Atoms and gas are hard spheres: the gas atom is a point and an atom a sphere of the sum R of both radii. A
point that comes from infinity with direction u and leaves with u', after any number of reflections, gives

.. math::
    \Omega_\text{PA} = \langle \text{area that is hit} \rangle , \qquad
    \Omega_\text{EHSS} = \left\langle \int \left( 1 - u \cdot u' \right) \mathrm d A \right\rangle ,

the projection approximation and the momentum transfer of exact hard-sphere scattering, both averaged over all
orientations (Mack 1925, `mack1925`; Shvartsburg and Jarrold 1996, `shvartsburg1996`). One set of rays serves
both. It is a scrambled Sobol sequence in the four dimensions of direction and place; the standard error is
that of sixteen independent scramblings. For convex bodies both are a quarter of the surface: the first by
Cauchy's theorem, the second because :math:`2 (u \cdot n)^2` has the mean 1 on an element of surface. They
differ only where the surface is hollow.

The mobility at standard density is that of Mason and Schamp (1958, `mason1958`) in a weak field,

.. math:: K_0 = \frac{3}{16} \frac{z e}{N_0} \sqrt{\frac{2\pi}{\mu k_\mathrm B T}} \, \frac{1}{\Omega} ,

with Loschmidt's number :math:`N_0` and the reduced mass μ of ion and gas. Ions arrive in the order of falling
:math:`K_0`.

Left out: the attraction between ion and gas, which the trajectory method has, and soft repulsion. A radius of
helium that was fitted at room temperature makes up for both there. Nitrogen is far more polarisable: its
cross-sections of hard spheres are too small, and only their order is of use. Programs that do more (MOBCAL,
MobCal-MPI, HPCCS, CoSIMS, IMPACT) are in Fortran, C and C++; we found none as a Python package.
"""

from typing import NamedTuple

import numpy as np
from ase.data import chemical_symbols, vdw_radii
from scipy.constants import angstrom, atomic_mass, e, k, physical_constants, pi
from scipy.spatial.distance import cdist
from scipy.stats import qmc
from tqdm import tqdm

from supracrystal import InputError

GASES = {"He": (4.002602, 1.00), "N2": (28.0134, 1.82)}
"""Mass in dalton, radius in angstrom. Helium's makes 2.70 and 2.20 with Bondi's radii of C and H."""
LOSCHMIDT = physical_constants["Loschmidt constant (273.15 K, 101.325 kPa)"][0]
SCRAMBLINGS = 16
REFLECTIONS = 100
"""Most reflections of a ray; one that has not left by then counts with its last direction."""
CHUNK = 2**16
"""Pairs of ray and sphere in memory at once."""


class CrossSections(NamedTuple):
    """Collision cross-sections, with standard errors, in square angstrom.

    Attributes
    ----------
    projection, projection_error : float
        Of the projection approximation.
    scattering, scattering_error : float
        Of exact hard-sphere scattering.
    reflections : int
        Most that a ray has met.
    """

    projection: float
    projection_error: float
    scattering: float
    scattering_error: float
    reflections: int


def cross_sections(atoms, gas="He", *, radii=None, rays=2**16, seed=0):
    """Collision cross-sections by projection and by exact hard-sphere scattering.

    Parameters
    ----------
    atoms : ase.Atoms
        Positions in angstrom; cell and boundaries do not matter.
    gas : str
        "He" or "N2", of :data:`GASES`; its radius is added to Bondi's van der Waals radii.
    radii : float or (N,) array_like, optional
        Distances of contact of atom and gas, in angstrom, instead.
    rays : int
        Number of rays, rounded up to sixteen times a power of two. The error falls a little faster than the
        root of it; the default leaves about 0.2 % for a cluster of 400 atoms.
    seed : int

    Returns
    -------
    CrossSections

    Raises
    ------
    ValueError
        For no atoms, a gas or an element without radius, and distances of contact that are not positive.

    Notes
    -----
    Source: Shvartsburg and Jarrold (1996) (`shvartsburg1996`): method. Radii of atoms: Bondi (1964)
    (`bondi1964`). He: what makes He-C the 2.7 and He-H the 2.2 angstrom of MOBCAL, the program of that paper;
    its potential of He and C is fitted to the mobility of C60 (Mesleh et al. 1996, `mesleh1996`). N2: half
    the kinetic diameter (Breck 1974, `breck1974`).

    Examples
    --------
    >>> from ase.build import molecule
    >>> result = cross_sections(molecule("C60"), rays=2**14)
    >>> f"{result.projection:.0f} {result.scattering:.0f}"
    '117 119'
    """
    if not len(atoms) or rays < 1:
        raise InputError(f"{rays} rays at {len(atoms)} atoms: at least one of each is needed")
    radius = np.asarray(_bondi(atoms) + _gas(gas)[1] if radii is None else radii, dtype=float)
    if radius.shape not in {(), (len(atoms),)} or not (np.isfinite(radius) & (radius > 0)).all():
        raise InputError(f"radii are {radius}; one positive length, or one for each of {len(atoms)} atoms")
    radius = np.broadcast_to(radius, len(atoms))
    position = atoms.positions - _middle(atoms.positions, radius[:, None])
    reach = (np.linalg.norm(position, axis=1) + radius).max()
    power = max(int(np.ceil(np.log2(rays / SCRAMBLINGS))), 0)
    children = np.random.SeedSequence(seed).spawn(SCRAMBLINGS)
    found, most = np.empty((SCRAMBLINGS, 2)), 0
    for row, child in enumerate(tqdm(children, "rays", delay=2, leave=False)):
        sobol = qmc.Sobol(4, rng=np.random.default_rng(child)).random_base2(power)
        origin, direction = _rays(sobol, reach)
        left, reflections = scatter(origin, direction, position, radius)
        found[row] = (reflections > 0).mean(), (1 - (left * direction).sum(axis=1)).mean()
        most = max(most, int(reflections.max()))
    found *= pi * reach**2
    mean, error = found.mean(axis=0), found.std(axis=0, ddof=1) / SCRAMBLINGS**0.5
    return CrossSections(float(mean[0]), float(error[0]), float(mean[1]), float(error[1]), most)


def scatter(origin, direction, position, radius):
    """Follow points that are reflected by spheres, until they leave.

    Parameters
    ----------
    origin : (n, 3) array_like
        Outside all spheres.
    direction : (n, 3) array_like
        Of length 1.
    position : (N, 3) array_like
        Centres of the spheres, which may overlap.
    radius : (N,) array_like

    Returns
    -------
    direction : (n, 3) array
        In which each point leaves.
    reflections : (n,) int array

    Examples
    --------
    >>> direction, reflections = scatter([[-5, 0, 0], [-5, 2, 0]], [[1, 0, 0]] * 2, [[0, 0, 0]], [1])
    >>> print(direction, reflections)
    [[-1.  0.  0.]
     [ 1.  0.  0.]] [1 0]
    """
    origin, direction = np.array(origin, dtype=float), np.array(direction, dtype=float)
    position, radius = np.asarray(position, dtype=float), np.asarray(radius, dtype=float)
    reflections, last = np.zeros(len(origin), dtype=int), np.full(len(origin), -1)
    flying = np.arange(len(origin))
    for _ in range(REFLECTIONS):
        parts = np.array_split(flying, max(len(flying) * len(radius) // CHUNK, 1))
        hits = [_first(origin[part], direction[part], position, radius, last[part]) for part in parts]
        sphere, distance = (np.concatenate(each) for each in zip(*hits, strict=True))
        struck = np.isfinite(distance)
        flying, sphere, distance = flying[struck], sphere[struck], distance[struck]
        if not len(flying):
            break
        normal = _unit(origin[flying] + distance[:, None] * direction[flying] - position[sphere])
        origin[flying] = position[sphere] + radius[sphere, None] * normal
        turned = direction[flying] - 2 * (direction[flying] * normal).sum(axis=1)[:, None] * normal
        direction[flying] = _unit(turned)
        last[flying] = sphere
        reflections[flying] += 1
    return direction, reflections


def ion_mobility(cross_section, mass, charge, gas="He", temperature=298.15):
    r"""Reduced mobility of an ion in a weak field.

    Parameters
    ----------
    cross_section : float or array_like
        In square angstrom.
    mass : float or array_like
        Of the ion, in dalton.
    charge : int or array_like
        In elementary charges, of either sign.
    gas : str
        "He" or "N2".
    temperature : float
        In kelvin.

    Returns
    -------
    float or array
        :math:`K_0` in cm^2 / (V s), at 273.15 K and 101.325 kPa.

    Raises
    ------
    ValueError
        For a gas that is not known, and for a cross-section, mass, charge or temperature of zero or less.

    Notes
    -----
    Source: Mason and Schamp (1958) (`mason1958`), first approximation.

    Examples
    --------
    The drift time goes with 1 / K0, so this ion needs as long as one of half its size and charge:

    >>> ion_mobility([800, 400], 5000, [-2, -1]).round(3)
    array([1.34, 1.34])
    """
    cross_section, mass, charge = np.asarray(cross_section), np.asarray(mass), np.abs(charge)
    for name, value in (("cross_section", cross_section), ("mass", mass), ("charge", charge)):
        if not (value > 0).all():
            raise InputError(f"{name} is {value}; it must not be zero or less")
    if temperature <= 0:
        raise InputError(f"temperature is {temperature} K; it must be more than 0")
    reduced = atomic_mass / (1 / mass + 1 / _gas(gas)[0])
    thermal = np.sqrt(2 * pi / (reduced * k * temperature))
    return 1e4 * 3 / 16 * charge * e / LOSCHMIDT * thermal / (cross_section * angstrom**2)


def _gas(gas):
    """Return mass and radius of a gas."""
    if gas not in GASES:
        raise InputError(f"gas is {gas!r}; known are {', '.join(GASES)}")
    return GASES[gas]


def _bondi(atoms):
    """Return Bondi's radii of atoms."""
    radius = vdw_radii.take(atoms.numbers, mode="clip")
    if np.isnan(radius).any():
        unknown = {chemical_symbols[each] for each in atoms.numbers[np.isnan(radius)]}
        raise InputError(f"no van der Waals radius is known for {', '.join(sorted(unknown))}; give radii")
    return radius


def _middle(position, margin=0.0):
    """Return the centre of the bounds of spheres."""
    return ((position - margin).min(axis=0) + (position + margin).max(axis=0)) / 2


def _unit(vectors):
    """Return vectors (n, 3) of length 1."""
    return vectors / np.linalg.norm(vectors, axis=1)[:, None]


def _rays(uniform, reach):
    """Return origins and directions of rays that fill a ball evenly, from points (n, 4) of the unit cube."""
    cosine, azimuth = 1 - 2 * uniform[:, 0], 2 * pi * uniform[:, 1]
    offset, angle = reach * np.sqrt(uniform[:, 2]), 2 * pi * uniform[:, 3]
    sine = np.sqrt(1 - cosine**2)
    direction = np.column_stack([sine * np.cos(azimuth), sine * np.sin(azimuth), cosine])
    polar = np.column_stack([cosine * np.cos(azimuth), cosine * np.sin(azimuth), -sine])
    around = np.column_stack([-np.sin(azimuth), np.cos(azimuth), np.zeros(len(azimuth))])
    disc = (offset * np.cos(angle))[:, None] * polar + (offset * np.sin(angle))[:, None] * around
    return disc - reach * direction, direction


def _first(origin, direction, position, radius, last):
    """Return the first sphere that each ray meets, and how far away; infinite if there is none."""
    along = direction @ position.T - (direction * origin).sum(axis=1)[:, None]
    room = along**2 - cdist(origin, position, "sqeuclidean") + radius**2
    ahead = (room > 0) & (along > 0)
    ahead[np.flatnonzero(last >= 0), last[last >= 0]] = False
    distance = np.full(room.shape, np.inf)
    distance[ahead] = along[ahead] - np.sqrt(room[ahead])
    sphere = distance.argmin(axis=1)
    return sphere, distance[np.arange(len(sphere)), sphere]
