r"""First configurations: random fluids without overlap, nuclei in a fluid, Laves phases; and velocities.

Wang et al. (2021), Methods (`wang2021`) start from a binary fluid. Here random points are moved apart by
minimising the sum of squared overlaps of spheres somewhat wider than :math:`\sigma`, up to densities beyond
those at which the mixture flows. No engine takes part: each of them starts from the same numbers.
"""

import math
from copy import deepcopy

import numpy as np
from scipy.optimize import minimize
from scipy.spatial import cKDTree

from supracrystal import InputError
from supracrystal.colloids import icosahedral_cluster, is_large, laves_phase, make_particles
from supracrystal.simulation.platelets import scatter_particles
from supracrystal.simulation.recipe import AssemblyRecipe

WALL = 1.0
"""Least distance of a centre from the wall at the start: the sigma of the wall."""
EFFECTIVE = (1.06, 1.001)
"""Diameters at which a fluid is laid out, over sigma: first about that of the equivalent hard spheres at
T* = 0.2, so that little energy is stored; then, where those jam, one that just avoids overlap of sigma."""
NEAREST = 0.85
"""Least distance, over sigma, of particles and from the wall in a configuration that a user brings. At less,
a pair has 17 epsilon or more, which no integrator survives."""
NUCLEUS_DENSITY = 1.0
"""Reduced density to which a nucleus is scaled, somewhat above that of the fluid in which it may grow."""
WEDGE_CUBES = 8 / ((2 * 2**0.5) ** 3 * 1.0760)
"""Large spheres in a cube of edge d, the radial step: 8 in the cubic cell of 2 sqrt(2) d, times 1.076."""
CELL_SHAPE = {"C14": (1.0, 1.732, 1.633), "C15": (1.0, 1.732, 2.449), "C36": (1.0, 1.732, 3.266)}
"""Edges of the orthorhombic cells over the first."""


def initial_configuration(recipe):
    """Return the first configuration of a recipe.

    Parameters
    ----------
    recipe : ConfinementRecipe or AssemblyRecipe

    Returns
    -------
    gsd.hoomd.Frame
        Of the mixture in double precision, with velocities at its temperature; a sphere is centred on the
        origin, in a wider box. Of coated particles see :func:`.platelets.scatter_particles`.

    Raises
    ------
    ValueError
        If the particles cannot be placed without overlap, or if a crystal does not consist of as many
        particles as the recipe says.

    Notes
    -----
    Source: Wang et al. (2021), Methods (`wang2021`).

    Examples
    --------
    >>> from supracrystal.simulation import ConfinementRecipe
    >>> frame = initial_configuration(ConfinementRecipe(number=300, density=0.6, steps=1))
    >>> frame.particles.N, frame.particles.velocity.shape
    (300, (300, 3))
    """
    if isinstance(recipe, AssemblyRecipe):
        return scatter_particles(recipe)
    random = np.random.default_rng(recipe.seed)
    filled = recipe.start in CELL_SHAPE and not recipe.nucleus
    frame = _crystal(recipe) if filled else _fluid(recipe, random)
    frame.particles.velocity = velocities(
        frame.particles.position, recipe.temperature, random, confined=recipe.confinement == "sphere"
    )
    return frame


def adopt(recipe, initial):
    """Return a configuration as the first of a recipe, after checking that it can be.

    Parameters
    ----------
    recipe : ConfinementRecipe or AssemblyRecipe
    initial : gsd.hoomd.Frame
        A frame of the mixture without velocities gets them.

    Returns
    -------
    gsd.hoomd.Frame

    Raises
    ------
    ValueError
        For another composition or box, particles outside of the sphere or too close to the wall, and
        particles that overlap.

    Examples
    --------
    >>> from supracrystal.simulation import ConfinementRecipe
    >>> recipe = ConfinementRecipe(number=300, density=0.6, steps=1)
    >>> adopt(recipe, initial_configuration(recipe)).particles.N
    300
    """
    if isinstance(recipe, AssemblyRecipe):
        return _adopt_beads(recipe, initial)
    species, old = is_large(initial), initial.particles
    if (old.N, species.sum()) != (recipe.number, recipe.number_large):
        raise InputError(
            f"initial has {old.N} particles, {species.sum()} of them large; the recipe has "
            f"{recipe.number} and {recipe.number_large}"
        )
    confined = recipe.confinement == "sphere"
    box = (
        [recipe.box_length] * 3 + [0] * 3 if confined else np.asarray(initial.configuration.box, dtype=float)
    )
    frame = make_particles(old.position, species, size_ratio=recipe.size_ratio, box=box)
    position, diameter = frame.particles.position, frame.particles.diameter
    if confined:
        radius, away = recipe.radius_at(0), np.linalg.norm(position, axis=1)
        beyond = np.flatnonzero(away > radius - NEAREST)
        if beyond.size:
            raise InputError(
                f"initial: {beyond.size} particles are outside of the sphere of radius {radius:.4g} or "
                f"closer than {NEAREST} to its wall, the first is {beyond[0]} at "
                f"{away[beyond[0]]:.4g} from the centre; "
                "give the recipe a lower start_density, and centre the configuration on the origin"
            )
    elif np.any(box[3:]) or not np.isclose(np.prod(box[:3]), recipe.box_length**3, rtol=1e-3):
        density = recipe.number * recipe.mean_cube / np.prod(box[:3])
        raise InputError(
            f"initial has the box {box.tolist()}, which gives the density {density:.4f}; a box without "
            f"tilt at the recipe's {recipe.density:g} is needed"
        )
    size = None if confined else box[:3]
    inside = position if confined else (position + size / 2) % size
    i, j = cKDTree(inside, boxsize=size).query_pairs(NEAREST * diameter.max(), output_type="ndarray").T
    apart = inside[i] - inside[j]
    if not confined:
        apart -= size * np.round(apart / size)
    close = np.linalg.norm(apart, axis=1) < NEAREST * (diameter[i] + diameter[j]) / 2
    if close.any():
        first = np.flatnonzero(close)[0]
        raise InputError(
            f"initial: {close.sum()} pairs of particles are closer than {NEAREST} of their mean diameter, "
            f"the first are {i[first]} and {j[first]}; move them apart with separate()"
        )
    velocity = old.velocity
    if velocity is None or not np.any(velocity):
        random = np.random.default_rng(recipe.seed)
        velocity = velocities(position, recipe.temperature, random, confined=confined)
    frame.particles.velocity = np.asarray(velocity, dtype=float)
    return frame


def _adopt_beads(recipe, initial):
    """Return a frame of coated particles, plates in one piece, if it fits to a recipe."""
    beads = recipe.number * (recipe.beads**2 if recipe.shape == "plate" else 1)
    position, box = initial.particles.position.astype(float), float(initial.configuration.box[0])
    if (len(position), round(box, 2)) != (beads, round(recipe.box, 2)):
        raise InputError(
            f"initial holds {len(position)} beads in {box:.2f} nm; needed are {beads} in {recipe.box:.2f} nm"
        )
    frame, body = deepcopy(initial), initial.particles.body
    first = np.unique(body, return_index=True)[1][body]
    apart = position - position[first]
    frame.particles.position = position[first] + apart - box * np.round(apart / box)
    return frame


def velocities(position, temperature, random, *, confined):
    """Draw velocities of unit masses at a temperature without net momentum.

    A sphere conserves the angular momentum about its centre, a periodic box the linear momentum: that one
    is removed, then the rest scaled so that 3N - 3 degrees of freedom have the temperature exactly.

    Parameters
    ----------
    position : (N, 3) array_like
    temperature : float
    random : numpy.random.Generator
    confined : bool

    Returns
    -------
    (N, 3) float array

    Examples
    --------
    >>> position = np.eye(3)
    >>> v = velocities(position, 0.2, np.random.default_rng(1), confined=True)
    >>> bool(np.abs(np.cross(position, v).sum(axis=0)).max() < 1e-12)
    True
    """
    position = np.asarray(position, dtype=float)
    velocity = random.normal(size=position.shape)
    if confined:
        inertia = np.sum(position**2) * np.eye(3) - position.T @ position
        spin = np.linalg.solve(inertia, np.cross(position, velocity).sum(axis=0))
        velocity -= np.cross(spin, position)
    else:
        velocity -= velocity.mean(axis=0)
    freedom = max(velocity.size - 3, 1)
    return velocity * np.sqrt(freedom * temperature / np.sum(velocity**2))


def separate(position, diameter, *, radius=None, length=None, fixed=0, tolerance=1e-3):
    r"""Move particles until none overlap: minimise the sum of squared overlaps.

    .. math:: E = \sum_{i<j} \max\left(0, \tfrac{1}{2}(d_i + d_j) - r_{ij}\right)^2
                  + \sum_i \max\left(0, r_i - (R - 1)\right)^2

    Parameters
    ----------
    position : (N, 3) array_like
    diameter : (N,) array_like
    radius : float, optional
        Radius of the wall about the origin, which centres keep one large diameter away from.
    length : float, optional
        Edge of the periodic cube about the origin.
    fixed : int
        So many particles, the first, stay where they are.
    tolerance : float
        Greatest overlap that passes.

    Returns
    -------
    (N, 3) float array

    Raises
    ------
    ValueError
        If overlaps remain: the packing is too dense.

    Notes
    -----
    The minimiser is SciPy's L-BFGS. Source of the start from a fluid: Wang et al. (2021), Methods
    (`wang2021`).

    Examples
    --------
    >>> moved = separate([[0.0, 0, 0], [0.5, 0, 0]], [1.0, 1.0], radius=5.0)
    >>> bool(np.linalg.norm(moved[1] - moved[0]) > 0.999)
    True
    """
    position = np.array(position, dtype=float)
    diameter = np.asarray(diameter, dtype=float)
    reach = diameter.max()

    skin, pairs, drawn = 0.3 * reach, None, None

    def overlaps(where):
        nonlocal pairs, drawn
        if drawn is None or np.abs(where - drawn).max() > skin / 12**0.5:
            inside = where % length if length else where
            pairs = cKDTree(inside, boxsize=length).query_pairs(reach + skin, output_type="ndarray").T
            drawn = where.copy()
        i, j = pairs
        apart = where[i] - where[j]
        if length:
            apart -= length * np.round(apart / length)
        distance = np.sqrt(np.einsum("ij,ij->i", apart, apart))
        depth = (diameter[i] + diameter[j]) / 2 - distance
        touch = depth > 0
        return i[touch], j[touch], apart[touch], distance[touch], depth[touch]

    def worst(moving):
        where = np.concatenate([position[:fixed], moving.reshape(-1, 3)])
        beyond = np.linalg.norm(where, axis=1).max() - (radius - WALL) if radius else 0.0
        return max(overlaps(where)[4].max(initial=0.0), beyond)

    def enough(moving):
        if worst(moving) < tolerance:
            raise StopIteration

    def energy(moving):
        where = np.concatenate([position[:fixed], moving.reshape(-1, 3)])
        i, j, apart, distance, depth = overlaps(where)
        pull = (-2 * depth / np.maximum(distance, 1e-12))[:, None] * apart
        gradient = np.stack(
            [
                np.bincount(i, pull[:, axis], len(where)) - np.bincount(j, pull[:, axis], len(where))
                for axis in range(3)
            ],
            axis=1,
            dtype=float,
        )
        total = np.sum(depth**2)
        if radius:
            away = np.linalg.norm(where, axis=1)
            beyond = np.maximum(away - (radius - WALL), 0)
            total += np.sum(beyond**2)
            gradient += (2 * beyond / np.maximum(away, 1e-12))[:, None] * where
        return total, gradient[fixed:].ravel()

    found = minimize(
        energy,
        position[fixed:].ravel(),
        jac=True,
        method="L-BFGS-B",
        callback=enough,
        options={"maxiter": 3000, "maxfun": 10_000, "ftol": 0, "gtol": 1e-7},
    )
    position[fixed:] = found.x.reshape(-1, 3)
    if (left := worst(found.x)) > tolerance:
        raise InputError(
            f"{len(position)} particles overlap by up to {left:.3g} diameters after {found.nit} steps of "
            "minimisation; choose a lower density, or reach this one from a lower start_density"
        )
    if length:
        position -= length * np.round(position / length)
    return position


def _fluid(recipe, random):
    """Return random positions, around a nucleus if the recipe has one."""
    number, large = recipe.number, recipe.number_large
    species, core = np.zeros(0, dtype=bool), np.zeros((0, 3))
    if recipe.nucleus:
        ideal = _nucleus(recipe)
        species, core = is_large(ideal), ideal.particles.position
    rest = large - int(species.sum())
    if not 0 <= rest <= number - len(core):
        raise InputError(
            f"recipe: a nucleus of {len(core)} has {species.sum()} large and {(~species).sum()} small "
            f"particles; the recipe has {large} and {number - large}"
        )
    species = np.concatenate([species, np.arange(number - len(core)) < rest])
    diameter = np.where(species, 1.0, recipe.size_ratio)
    inside = np.linalg.norm(core, axis=1).max() + 0.5 if len(core) else 0.0
    if recipe.confinement == "sphere":
        radius = recipe.radius_at(0)
        if radius <= WALL + inside:
            raise InputError(
                f"recipe: the sphere has the radius {radius:.3g}; more than {WALL + inside:.3g} is needed"
            )
        direction = random.normal(size=(number - len(core), 3))
        direction /= np.linalg.norm(direction, axis=1)[:, None]
        away = random.uniform(inside**3, (radius - WALL) ** 3, number - len(core)) ** (1 / 3)
        loose, where = away[:, None] * direction, {"radius": radius}
    else:
        side = recipe.box_length
        loose = random.uniform(-side / 2, side / 2, (4 * number, 3))
        loose, where = loose[np.linalg.norm(loose, axis=1) > inside][: number - len(core)], {"length": side}
    position = np.concatenate([core, loose])
    for effective in EFFECTIVE:
        try:
            position = separate(
                position, effective * diameter, fixed=len(core),
                tolerance=(effective - 1) * recipe.size_ratio, **where,
            )  # fmt: skip
            break
        except ValueError:
            if effective == EFFECTIVE[-1]:
                raise
    box = [recipe.box_length] * 3 + [0] * 3
    return make_particles(position, species, diameter=diameter, box=box)


def _nucleus(recipe):
    """Return an ideal nucleus about a small sphere."""
    ratio, number = recipe.size_ratio, recipe.nucleus
    if recipe.start == "icosahedral":
        spacing = (WEDGE_CUBES * (1 + 2 * ratio**3) / NUCLEUS_DENSITY) ** (1 / 3)
        return icosahedral_cluster(number=number, size_ratio=ratio, spacing=spacing)
    # More cells than a ball of so many needs, whose diameter is 0.61 N^(1/3) of the shortest edge of a cell.
    cells = (2 * math.ceil((number / 8) ** (1 / 3)) + 2,) * 3
    crystal = laves_phase(recipe.start, size_ratio=ratio, cells=cells, cell="orthorhombic")
    position, large = np.asarray(crystal.particles.position, dtype=float), is_large(crystal)
    cubes = large.sum() + (~large).sum() * ratio**3
    position *= (cubes / NUCLEUS_DENSITY / np.prod(crystal.configuration.box[:3])) ** (1 / 3)
    away = np.linalg.norm(position, axis=1)
    position -= position[np.where(large, np.inf, away).argmin()]
    near = np.argsort(np.linalg.norm(position, axis=1), kind="stable")[:number]
    return make_particles(position[near], large[near], size_ratio=ratio)


def _crystal(recipe):
    """Return a periodic Laves phase of about cubic shape, scaled to the density."""
    per_cell = laves_phase(recipe.start, size_ratio=recipe.size_ratio, cell="orthorhombic").particles.N
    copies, left = divmod(recipe.number, per_cell)
    shapes = [
        (a, b, copies // (a * b))
        for a in range(1, copies + 1)
        if copies % a == 0
        for b in range(1, copies // a + 1)
        if (copies // a) % b == 0
    ]
    if left or not shapes or recipe.number_large * 3 != recipe.number:
        near = per_cell * max(copies, 1)
        raise InputError(
            f"recipe: {recipe.start} has cells of {per_cell} particles, a third of them large; the recipe "
            f"has {recipe.number} with {recipe.number_large} large (near are {near} and {near + per_cell})"
        )
    edges = np.array(CELL_SHAPE[recipe.start])
    cells = min(shapes, key=lambda shape: np.ptp(np.log(shape * edges)))
    if np.ptp(np.log(cells * edges)) > np.log(2):
        raise InputError(
            f"recipe: {recipe.number} particles of {recipe.start} make {' x '.join(map(str, cells))} cells, "
            "which is no box of about cubic shape; choose a number with more divisors"
        )
    crystal = laves_phase(recipe.start, size_ratio=recipe.size_ratio, cells=cells, cell="orthorhombic")
    box = np.asarray(crystal.configuration.box[:3], dtype=float)
    scale = (recipe.number * recipe.mean_cube / recipe.density / np.prod(box)) ** (1 / 3)
    position = crystal.particles.position * scale
    return make_particles(
        position, is_large(crystal), size_ratio=recipe.size_ratio, box=[*(box * scale), 0, 0, 0]
    )
