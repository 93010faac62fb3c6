r"""Particles for assembly runs: spheres of several sizes, and plates as rigid sheets of beads.

A plate of :math:`n \times n` beads on a square lattice stands for a metal square of side :math:`(n - 1) a +
d` and thickness d, the diameter of a sphere's metal. Its beads are those spheres, with their energy times a
factor that gives two plates, face to face, the energy per area that :func:`.interactions.plate_energy` gives
them. Edges and corners then follow from the beads, not from a theory of their own.
"""

import gsd.hoomd
import numpy as np
from scipy.spatial.transform import Rotation
from scipy.special import ndtri

from supracrystal import InputError
from supracrystal.mesostructures import (
    BEAD_SPACING,
    GRID,
    STEP,
    face_energy,
    plate_energy,
    sphere_energy,
    square_plate,
)

REACH = 2.5
"""Gap in nm beyond which beads do not meet; energies are shifted to 0 there."""
STIFFNESS = {"sphere": 1500.0, "plate": 60.0}
"""Greatest fall of a bead's force in kT/nm², so that time steps can follow where the layers are dry."""


def core_sizes(core, polydispersity, number):
    """Diameters of equally frequent spheres with a normal distribution: the means of its equal parts.

    Parameters
    ----------
    core : float
        Mean, in nm.
    polydispersity : float
        Standard deviation over mean.
    number : int
        Of different sizes.

    Returns
    -------
    (number,) numpy.ndarray
        In nm, scaled so that mean and standard deviation are as wanted.

    Examples
    --------
    >>> core_sizes(3.5, 0.5 / 3.5, 5).round(2).tolist()
    [2.76, 3.22, 3.5, 3.78, 4.24]
    """
    if number == 1 or not polydispersity:
        return np.full(number, float(core))
    edges = ndtri(np.linspace(0, 1, number + 1))
    means = -np.diff(np.exp(-(edges**2) / 2))
    return core * (1 + polydispersity * means / means.std())


def bead_table(energy, contact, *, factor=1.0, stiffness=STIFFNESS["sphere"]):
    """Energy and force of two beads against distance, as an engine can follow them.

    Parameters
    ----------
    energy : (len(GRID),) array
        In kT, on :data:`.interactions.GRID`.
    contact : float
        Sum of the radii of the metals in nm.
    factor : float
        Times the energy.
    stiffness : float
        Greatest fall of the force with distance, in kT/nm²; where the energy is steeper, it is made softer.

    Returns
    -------
    (3, n) numpy.ndarray
        Distances in nm, energies in kT and forces in kT/nm; evenly spaced, the last distance is the cutoff.

    Examples
    --------
    >>> from supracrystal.mesostructures import conditions
    >>> r, u, f = bead_table(sphere_energy(conditions("toluene", 45.0)), 3.5)
    >>> print(round(r[-1], 2), u[-1], round(u.min(), 2))
    6.0 0.0 -0.37
    """
    inside = slice(0, round((REACH - GRID[0]) / STEP) + 1)
    below = np.arange(-1, -round(0.4 * contact / STEP) - 1, -1)[::-1] * STEP
    distance = contact + np.r_[GRID[0] + below, GRID[inside]]
    force = np.r_[np.full(len(below), np.inf), -np.gradient(factor * energy, STEP)[inside]]
    line = stiffness * distance
    force = np.minimum.accumulate((force + line)[::-1])[::-1] - line
    steps = (force[1:] + force[:-1]) / 2 * STEP
    return np.array([distance, np.r_[np.cumsum(steps[::-1])[::-1], 0.0], force])


def bead_factor(given, *, coverage, core, beads):
    """Factor on the energy of the spheres that makes plates of them attract as plates do.

    Parameters
    ----------
    given : dict
        What :func:`.interactions.conditions` returns.
    coverage, core : float
        Ligands per nm², and thickness in nm.
    beads : int
        Along an edge.

    Returns
    -------
    float

    Examples
    --------
    >>> from supracrystal.mesostructures import conditions
    >>> print(round(bead_factor(conditions("toluene", 45.0), coverage=3.0, core=3.5, beads=7), 2))
    1.31
    """
    area = ((beads - 1) * BEAD_SPACING + core) ** 2
    wanted = area * plate_energy(GRID, given, coverage=coverage, thickness=core).min()
    energy = sphere_energy(given, coverage=coverage, core=core)
    return wanted / face_energy(bead_table(energy, core, stiffness=STIFFNESS["plate"]), beads)


def scatter(pieces, reach, box, seed):
    """Centres on a lattice, and orientations at random.

    Parameters
    ----------
    pieces : int
    reach : float
        Diameter of what must not overlap, in nm.
    box : float
        Edge of the cube in nm.
    seed : int

    Returns
    -------
    centre : (pieces, 3) numpy.ndarray
    rotation : scipy.spatial.transform.Rotation

    Raises
    ------
    ValueError
        If they do not fit without overlap.

    Examples
    --------
    >>> centre, rotation = scatter(27, 5.0, 20.0, seed=1)
    >>> centre.shape, len(rotation)
    ((27, 3), 27)
    """
    generator = np.random.default_rng(seed)
    across = int(np.ceil(pieces ** (1 / 3) - 1e-9))
    if box / across < reach:
        raise InputError(
            f"{pieces} particles of {reach:.3g} nm do not fit, however turned, into a box of {box:.4g} nm; "
            "choose a lower packing"
        )
    sites = np.stack(np.meshgrid(*[np.arange(across)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    chosen = generator.permutation(len(sites))[:pieces]
    return (sites[chosen] + 0.5) * box / across - box / 2, Rotation.random(pieces, rng=generator)


def frame_of(position, typeid, sizes, body, box):
    """Put beads into a frame.

    Parameters
    ----------
    position : (N, 3) array
    typeid : (N,) array
        Which of the sizes.
    sizes : (k,) array
        Diameters in nm.
    body : (N,) array
        Number of the plate, or of the sphere itself.
    box : (3,) array
        Edges in nm.

    Returns
    -------
    gsd.hoomd.Frame

    Examples
    --------
    >>> frame_of(np.zeros((1, 3)), [0], [3.5], [0], [9.0] * 3).particles.diameter.tolist()
    [3.5]
    """
    frame = gsd.hoomd.Frame()
    frame.configuration.box = [*map(float, box), 0, 0, 0]
    frame.particles.N = len(position)
    frame.particles.types = [chr(ord("A") + each) for each in range(len(sizes))]
    frame.particles.typeid = np.asarray(typeid, dtype=np.uint32)
    frame.particles.position = np.asarray(position, dtype=np.float32)
    frame.particles.diameter = np.asarray(sizes, dtype=np.float32)[frame.particles.typeid]
    frame.particles.body = np.asarray(body, dtype=np.int32)
    return frame


def scatter_particles(recipe):
    """Scatter the particles of a recipe over its box, in all orientations and without overlap.

    Parameters
    ----------
    recipe : AssemblyRecipe

    Returns
    -------
    gsd.hoomd.Frame
        The beads; ``particles.body`` is the number of the particle.

    Raises
    ------
    ValueError
        If they do not fit.

    Examples
    --------
    >>> from supracrystal.simulation import AssemblyRecipe
    >>> recipe = AssemblyRecipe(shape="plate", number=8, steps=1, solvent="toluene", temperature_C=45,
    ...                         packing=0.02)
    >>> scatter_particles(recipe).particles.N
    392
    """
    plate = recipe.shape == "plate"
    reach = (np.sqrt(2) * recipe.side if plate else recipe.sizes.max()) + recipe.shell
    centre, rotation = scatter(recipe.number, reach, recipe.box, recipe.seed)
    if plate:
        return arrangement(recipe, centre, rotation)
    body = np.arange(recipe.number)
    kind = np.random.default_rng(recipe.seed).permutation(body % len(recipe.sizes))
    return frame_of(centre, kind, recipe.sizes, body, [recipe.box] * 3)


def arrangement(recipe, centre, rotation):
    """Put the plates of a recipe at given positions.

    Parameters
    ----------
    recipe : AssemblyRecipe
        Of plates.
    centre : (P, 3) array
        In nm; 0 is the middle of the box.
    rotation : scipy.spatial.transform.Rotation
        Of each, from a normal along z and edges along x and y.

    Returns
    -------
    gsd.hoomd.Frame
        The beads; ``particles.body`` is the number of the plate.

    Examples
    --------
    >>> from supracrystal.simulation import AssemblyRecipe
    >>> recipe = AssemblyRecipe(shape="plate", number=2, steps=1, solvent="toluene", temperature_C=45,
    ...                         packing=0.02)
    >>> two = arrangement(recipe, [[0, 0, 0], [0, 0, 5.0]], Rotation.identity(2))
    >>> two.particles.body.tolist() == [0] * 49 + [1] * 49
    True
    """
    sheet = square_plate(recipe.beads)
    position = (rotation.as_matrix() @ sheet.T).transpose(0, 2, 1) + np.asarray(centre, dtype=float)[:, None]
    body = np.repeat(np.arange(len(position)), len(sheet))
    return frame_of(position.reshape(-1, 3), np.zeros(len(body), int), recipe.sizes, body, [recipe.box] * 3)
