"""What this package computes for each claim of Wang et al. (2021, `wang2021`), one function for each.

The claims with their printed values are in ``data/claims/wang2021.yaml``; :mod:`supracrystal.claims.register`
compares. Nothing here knows what is printed. What the paper gives as input (sizes, numbers of particles)
comes as keyword arguments. A function returns a number in the unit of its claim, text, or a list with an
answer for each system that it was given.

Systems go by name. ``seeded-5001`` is a recorded run that ended in a cluster. It began with an ideal nucleus
in the middle of the sphere and shows how a cluster grows and what becomes of it, not where and how nuclei
form. ``fluid`` is a recorded binary fluid; ``C14`` and ``C15`` are balls cut from Laves phases. They serve as
controls. Results on tomography are those of recorded closed loops, in which the particles are known.
"""

import functools
import itertools
import math
import warnings

import ase.build
import ase.spacegroup
import freud
import numpy as np
import pandas as pd
import spglib
from scipy.spatial import ConvexHull, HalfspaceIntersection, cKDTree

from supracrystal.colloids import (
    bond_order,
    components,
    diffraction,
    domains,
    icosahedral,
    is_large,
    laves,
    make_particles,
    neighbours,
    nucleation,
    profiles,
    subset,
    symmetry,
)
from supracrystal.colloids import (
    hard_spheres as perturbation,
)
from supracrystal.records import recorded_path
from supracrystal.simulation import read_frames, read_recipe
from supracrystal.tomography import runs as closed_loops

EVIDENCE = {
    "independent": (
        "small_per_large", "crystal_systems", "dimer_stackings", "lattices", "pattern_order",
        "close_packed_share", "densest_by_hull", "densest_by_cell", "tetrahedral_stackings",
        "distortion_of_wedges", "core_number", "layered_species", "fate_of_small_clusters",
        "state_of_fluid", "state_at_density", "start_of_one_component", "structure_of_one_component",
        "place_of_nucleus", "number_of_nuclei", "first_structure", "crystallised", "eccentric", "way_of_core",
        "way_of_front", "complete_shells", "number_of_domains", "number_of_tubes", "pentagons_along_tubes",
        "tubes_at_one_centre", "tubes_to_the_surface", "misidentified", "enough",
    ),
    "fitted": ("effective_packing_fractions",),
    "by construction": (
        "fcc_domains", "particles_in_shells", "shells_regular", "class_inside",
        "class_at_faces", "bond_order_signatures", "fold_of_pattern",
    ),
    "print only": (
        "size_ratio", "number_ratio", "small_per_large_by_mass", "stacking_faults", "mixed_beside_small",
        "deviations", "filled_share",
    ),
}  # fmt: skip
"""The kinds of evidence that each function can give."""

PHASES = {"MgZn2": "C14", "MgCu2": "C15", "MgNi2": "C36"}


# Laves phases


def size_ratio(small, large):
    """Return the diameter of the small spheres over that of the large ones."""
    return small / large


def number_ratio(phase, first):
    """Return the numbers of the two species of a phase in lowest terms, the named one first."""
    large = is_large(laves.laves_phase(PHASES[phase]))
    named, other = int(sum(large == (first == "L"))), int(sum(large != (first == "L")))
    return f"{named // math.gcd(named, other)}:{other // math.gcd(named, other)}"


DENSITY = {"CdSe": 5.81, "PbSe": 8.27, "ligands": 0.9}
"""Mass densities in g/cm³: of the bulk crystals, and of oleic acid."""


def small_per_large_by_mass(core_small, small, core_large, large, mass_ratio):
    """Return the number of small nanocrystals for each large one, for a ratio of their masses.

    Cores have the density of the bulk crystal; what is between core and total diameter has that of the
    ligands.
    """

    def mass(material, core, whole):
        shell = whole**3 - core**3
        return math.pi / 6 * (DENSITY[material] * core**3 + DENSITY["ligands"] * shell)

    return mass_ratio * mass("PbSe", core_large, large) / mass("CdSe", core_small, small)


def _dataset(frame):
    """Return the symmetry of a periodic frame as spglib finds it."""
    lx, ly, lz, xy, xz, yz = map(float, frame.configuration.box)
    cell = np.array([[lx, 0, 0], [xy * ly, ly, 0], [xz * lz, yz * lz, lz]])
    fractional = np.asarray(frame.particles.position, dtype=float) @ np.linalg.inv(cell)
    with warnings.catch_warnings():
        # spglib warns on every call that it will raise its errors some day.
        warnings.simplefilter("ignore", DeprecationWarning)
        return spglib.get_symmetry_dataset((cell, fractional, is_large(frame).astype(int)), symprec=1e-4)


def crystal_systems(stackings):
    """Return the crystal systems of stackings of dimers, from their space groups as spglib finds them."""
    bounds = [2, 15, 74, 142, 167, 194, 230]
    names = ["triclinic", "monoclinic", "orthorhombic", "tetragonal", "trigonal", "hexagonal", "cubic"]
    return [names[np.searchsorted(bounds, _dataset(laves.laves_phase(each)).number)] for each in stackings]


WYCKOFF = {
    "MgZn2": (194, [(1 / 3, 2 / 3, 1 / 16)], [(0, 0, 0), (5 / 6, 5 / 3, 1 / 4)], (8 / 3) ** 0.5),
    "MgCu2": (227, [(1 / 8, 1 / 8, 1 / 8)], [(1 / 2, 1 / 2, 1 / 2)], 1.0),
    "MgNi2": (
        194,
        [(0, 0, 3 / 32), (1 / 3, 2 / 3, 27 / 32)],
        [(1 / 3, 2 / 3, 1 / 8), (1 / 2, 0, 0), (1 / 6, 1 / 3, 1 / 4)],
        2 * (8 / 3) ** 0.5,
    ),
    "NaCl": (225, [(0, 0, 0)], [(1 / 2, 1 / 2, 1 / 2)], 1.0),
}
"""Space group, sites of the large and of the small atoms and c/a of ideal structure types, one a control."""


def _atoms(phase):
    """Return a structure type by its Wyckoff positions, the large spheres as Mg and the small ones as Zn."""
    group, large, small, ratio = WYCKOFF[phase]
    return ase.spacegroup.crystal(
        ["Mg"] * len(large) + ["Zn"] * len(small),
        large + small,
        spacegroup=group,
        setting=2 if group == 227 else 1,
        cellpar=[1, 1, ratio, 90, 90, 120 if group == 194 else 90],
    )


def small_per_large(phases):
    """Return the number of small spheres for each large one in structure types."""
    return [
        float(np.sum(each == "Zn") / np.sum(each == "Mg"))
        for each in (_atoms(phase).symbols for phase in phases)
    ]


def dimer_stackings(phases):
    """Return the stacking of the large spheres of structure types, read off their Wyckoff positions.

    Letters are given in the order in which positions appear, from the dimer that makes the sequence
    first in the alphabet.
    """
    return [_stacking(phase) for phase in phases]


def _stacking(phase):
    """Return the stacking of the dimers of one structure type."""
    atoms = _atoms(phase)
    if WYCKOFF[phase][0] == 227:
        atoms = ase.build.cut(atoms, a=(0.5, -0.5, 0), b=(0, 0.5, -0.5), c=(1, 1, 1))
    place = atoms.get_scaled_positions()[atoms.symbols == "Mg"]
    place = place[np.argsort(place[:, 2])]
    # The spheres of a dimer stand above each other, on both sides of a layer of small ones.
    gap = np.diff(place[:, 2], append=place[0, 2] + 1)
    place = np.roll(place, -1, axis=0) if gap[0] < gap[1] else place
    sites = [(round(3 * x) % 3, round(3 * y) % 3) for x, y, _ in place]
    found = []
    for start in range(0, len(sites), 2):
        turned = sites[start:] + sites[:start]
        seen = list(dict.fromkeys(turned))
        found.append("".join("ABC"[seen.index(site)] for site in turned))
    return min(found)


def lattices(phase):
    """Name the lattices of the large and of the small spheres.

    By space group, sites in the conventional cell, and nearest neighbours.
    """
    return [_lattice(phase, species) for species in "LS"]


def _lattice(phase, species):
    """Name the lattice of one species of a phase."""
    frame = laves.laves_phase(PHASES[phase], cells=(4, 4, 2))
    part = subset(frame, is_large(frame) == (species == "L"))
    distance = neighbours(part, 1.9)[1]
    near = np.sum(distance < 1.01 * distance.min()) / part.particles.N
    found = _dataset(part)
    sites = len(found.std_positions)
    names = {(227, 8, 4.0): "diamond", (227, 16, 6.0): "pyrochlore"}
    return names.get((found.number, sites, near), f"space group {found.number}, {near:g} neighbours")


def stacking_faults(number, cost):
    """Tell whether a crystal of one Laves phase has stacking faults at equilibrium.

    A crystal as wide as high has layers of number^(2/3) particles. A fault costs the free-energy difference
    of two phases, in kT, for each particle of a layer. Faults are independent of each other.
    """
    layers = number ** (1 / 3)
    share = 1 / (1 + math.exp(cost * number / layers))
    without = (1 - share) ** layers
    return "in all probability" if without < 0.05 else "perhaps" if without < 0.95 else "hardly"


def tetrahedral_stackings(longest=6):
    """Return the stackings whose point group is cubic, with the four three-fold axes of a tetrahedron.

    All sequences of up to `longest` dimers are built and given to spglib. A wedge of the cluster can
    only then have four equal faces, each a layer of the stacking.
    """
    found = []
    for length in range(2, longest + 1):
        for tail in itertools.product("ABC", repeat=length - 1):
            letters = "A" + "".join(tail)
            neighbouring = zip(letters, letters[1:] + "A", strict=True)
            primitive = letters not in (2 * letters)[1:-1]
            if not primitive or any(one == other for one, other in neighbouring):
                continue
            stacking = "".join(2 * letter for letter in letters)
            if _dataset(laves.laves_phase(stacking)).pointgroup in ("23", "m-3", "432", "-43m", "m-3m"):
                # ABC and ACB are one structure, seen from above and from below.
                found.append(min(letters, letters.translate(str.maketrans("BC", "CB"))))
    names = {laves.dimers(stacking): name for name, stacking in PHASES.items()}
    return [names.get(letters, letters) for letters in dict.fromkeys(found)]


def _filled(stacking):
    """Return the percentage of space inside touching equal spheres in a structure."""
    options = {"a": 1.0, "covera": (8 / 3) ** 0.5} if stacking == "hcp" else {"a": 1.0, "cubic": True}
    atoms = ase.build.bulk("Au", stacking, **options)
    contact = atoms.repeat(2).get_all_distances(mic=True)
    contact = contact[contact > 1e-9].min()
    return float(100 * len(atoms) * math.pi / 6 * contact**3 / atoms.get_volume())


def close_packed_share(stackings):
    """Return the percentages of space inside touching equal spheres, in fcc, hcp or bcc."""
    return [_filled(stacking) for stacking in stackings]


def _thirteen():
    """Return directions of twelve equal spheres around a thirteenth: icosahedral, fcc and hcp."""
    fcc = np.array([v for v in itertools.product((-1, 0, 1), repeat=3) if np.abs(v).sum() == 2]) / 2**0.5
    axis = np.ones(3) / 3**0.5
    upper, height = fcc[fcc @ axis > 0.1], fcc @ axis
    mirrored = upper - 2 * np.outer(upper @ axis, axis)
    return {
        "icosahedral": icosahedral.axes(5),
        "fcc": fcc,
        "hcp": np.vstack([fcc[np.abs(height) < 0.1], upper, mirrored]),
    }


def densest_by_hull():
    r"""Tell which thirteen spheres fill the largest share of their convex hull, that of the whole spheres.

    By Steiner's formula the hull has the volume :math:`V + S r + M r^2 + 4\pi r^3/3` with the volume and
    surface of the polyhedron of the centres and, over its edges, :math:`M = \sum l\,\theta / 2` with the
    angle between the normals of the faces.
    """
    volume = {}
    for name, centre in _thirteen().items():
        hull, r = ConvexHull(centre), 0.5
        curvature = 0.0
        for face, others in enumerate(hull.neighbors):
            for corner, other in enumerate(others):
                start, end = np.delete(hull.simplices[face], corner)
                cosine = hull.equations[face, :3] @ hull.equations[other, :3]
                length = np.linalg.norm(centre[start] - centre[end])
                curvature += length * math.acos(min(1.0, cosine)) / 4
        volume[name] = hull.volume + hull.area * r + curvature * r**2 + 4 / 3 * math.pi * r**3
    return _all_smallest(volume)


def densest_by_cell():
    """Tell which twelve neighbours leave the central sphere the smallest Voronoi cell."""
    volume = {}
    for name, centre in _thirteen().items():
        planes = np.column_stack([centre, np.full(12, -0.5)])
        volume[name] = ConvexHull(HalfspaceIntersection(planes, np.zeros(3)).intersections).volume
    return _all_smallest(volume)


def _all_smallest(volume):
    least = min(volume.values())
    return " and ".join(name for name, value in volume.items() if value < least * (1 + 1e-9))


def effective_packing_fractions(densities, theory):
    """Return the packing fractions of the hard-sphere mixture that stands for the WCA mixture."""
    return [perturbation.effective_packing_fraction(density, theory=theory) for density in densities]


def mixed_beside_small(size_ratio):
    """Tell whether the sigma of unlike pairs equals that of small pairs, for additive diameters."""
    return "equal" if math.isclose((1 + size_ratio) / 2, size_ratio) else "not equal"


# The binary icosahedral cluster


def fcc_domains(structure):
    """Return the number of fcc domains in the Mackay cluster of nine shells, or in a ball of fcc.

    The twelve neighbours of a sphere in fcc lie opposite to each other in pairs, and four of them touch
    each one. In a twin plane the first does not hold, on a five-fold axis the second.
    """
    if structure == "fcc":
        grid = np.array([v for v in itertools.product(range(-9, 10), repeat=3) if sum(v) % 2 == 0])
        position = grid[np.linalg.norm(grid, axis=1) < 9] / 2**0.5
        frame = make_particles(position, np.ones(len(position), dtype=bool))
    else:
        frame = icosahedral.mackay_cluster(9)
    number, position = frame.particles.N, np.asarray(frame.particles.position)
    pairs, _ = neighbours(frame, 1.25)
    vectors = position[pairs[:, 1]] - position[pairs[:, 0]]
    near = np.bincount(pairs[:, 0], minlength=number)
    around = vectors[near[pairs[:, 0]] == 12].reshape(-1, 12, 3)
    opposite = np.linalg.norm(around[:, :, None] + around[:, None], axis=3) < 0.2
    touching = np.linalg.norm(around[:, :, None] - around[:, None], axis=3) < 1.25
    fcc = near == 12
    # Each neighbour touches itself and four others.
    fcc[fcc] = opposite.any(axis=2).all(axis=1) & (touching.sum(axis=2) == 5).all(axis=1)
    joined = pairs[fcc[pairs].all(axis=1)]
    label = components(joined, number)
    return len(np.unique(label[fcc]))


@functools.cache
def _cluster(number):
    """Return a spherical cut of the ideal cluster."""
    return icosahedral.icosahedral_cluster(number=number)


@functools.cache
def _ball(phase):
    """Return a ball of a Laves phase about a small sphere."""
    crystal = laves.laves_phase(phase, cells=(8, 8, 4))
    position, large = np.asarray(crystal.particles.position, dtype=float), is_large(crystal)
    away = np.linalg.norm(position - position.mean(axis=0), axis=1)
    centre = position[np.where(large, np.inf, away).argmin()]
    near = np.linalg.norm(position - centre, axis=1) < 5.5
    return make_particles((position - centre)[near], large[near])


def particles_in_shells(shells, structure):
    """Return the number of particles at the first distances from the centre, without the centre."""
    frame = _ball(structure) if structure in PHASES.values() else icosahedral.icosahedral_cluster(2 * shells)
    radius = np.linalg.norm(frame.particles.position, axis=1).round(4)
    return int(np.isin(radius, np.unique(radius[radius > 0.01])[:shells]).sum())


def shells_regular(shells):
    """Tell how many of the first shells are Platonic or Archimedean solids with edges of one length."""
    found = icosahedral.shells(icosahedral.icosahedral_cluster(2 * shells), first=shells)
    return _all_or_count([bool(row.solid) and row.edge_ratio < 1.01 for row in found.itertuples()])


def _all_or_count(true):
    return "all" if all(true) else f"{sum(true)} of {len(true)}"


def distortion_of_wedges(around):
    """Tell how far regular tetrahedra must be distorted so that a number of them closes around an edge.

    By the dihedral angle, and by the angle at the centre of the solid that they then make: the icosahedron
    for five, the octahedron for four. Slight is less than a tenth.
    """
    dihedral = abs(360 / around / math.degrees(math.acos(1 / 3)) - 1)
    apex = {5: math.degrees(math.atan(2)), 4: 90.0}[around] / 60 - 1
    return "slightly distorted" if max(dihedral, apex) < 0.1 else "strongly distorted"


# Measuring order


@functools.cache
def _classes(number):
    """Return the classes of the particles of a spherical cut of the ideal cluster."""
    return bond_order.classify(_cluster(number))


def _most(classes):
    """Return the most frequent class of those that are not at the surface."""
    names, count = np.unique(classes[classes != "surface"], return_counts=True)
    return str(names[count.argmax()])


def class_inside(system, number):
    """Return the most frequent class of the large spheres, the same in every wedge or all that occur.

    The system is the ideal cluster of so many particles, or a ball of a Laves phase, all of it one wedge.
    """
    if system in PHASES.values():
        return _most(bond_order.classify(_ball(system))[is_large(_ball(system))])
    frame = _cluster(number)
    large, wedge = is_large(frame), frame.log["particles/wedge"]
    found = {_most(_classes(number)[large & (wedge == each)]) for each in np.unique(wedge[large])}
    return " or ".join(sorted(found))


def class_at_faces(number, labels="construction"):
    """Return the most frequent class of the large spheres with one neighbour in another wedge.

    Wedges are those of the construction of the ideal cluster, or each large sphere is in one at random.
    """
    frame = _cluster(number)
    large, wedge = is_large(frame), frame.log["particles/wedge"]
    if labels == "random":
        wedge = np.random.default_rng(0).permutation(wedge)
    pairs, _ = neighbours(frame, 1.3, query=large, points=large)
    other = wedge[pairs[:, 0]] != wedge[pairs[:, 1]]
    crossing = np.bincount(pairs[other, 0], minlength=len(large))[large]
    # With labels at random nearly all neighbours are in another wedge.
    chosen = crossing == 1 if labels == "construction" else crossing > 0
    return _most(_classes(number)[large][chosen])


def _signature(frame):
    """Return averaged q4, w4, q6 and w6 of the large spheres, (N_L, 4)."""
    return np.column_stack([bond_order.steinhardt(frame, l, w=w) for l in (4, 6) for w in (False, True)])


def bond_order_signatures(system, number):
    """Return the bulk phases with the two most frequent bond orders of a system, within 0.02."""
    frame = _ball(system) if system in PHASES.values() else _cluster(number)
    classes = bond_order.classify(frame) if system in PHASES.values() else _classes(number)
    inside = classes[is_large(frame)] != "surface"
    found, count = np.unique(_signature(frame)[inside].round(2), axis=0, return_counts=True)
    bulk = {
        name: _signature(laves.laves_phase(PHASES[name], cells=(4, 4, 2)))[0] for name in ("MgZn2", "MgCu2")
    }
    return [
        next((name for name in bulk if np.abs(bulk[name] - found[place]).max() < 0.02), "neither")
        for place in count.argsort()[:-3:-1]
    ]


# Diffraction


def pattern_order(phase, axis):
    """Return the rotational order of the pattern of a round slab of a phase, seen along an axis.

    It is the largest n whose multiples hold all the angular orders that are above 2 %.
    """
    position = np.asarray(laves.laves_phase(PHASES[phase], cells=(14, 14, 4)).particles.position)
    aside = np.linalg.norm(np.cross(position, axis), axis=1)
    pattern = diffraction.diffraction_pattern(position[aside < 9], axis, q_max=20, size=257)
    orders = diffraction.rotational_orders(*pattern, range(1, 25), (4, 19))
    return math.gcd(*(int(n) for n in orders.index[orders > 0.02]))


# Recorded runs


@functools.cache
def _frames(*runs):
    """Return the frames of recorded runs that follow one another, shared by all claims."""
    return tuple(read_frames(*(recorded_path(f"confinement/{run}") for run in runs)))


def _table(name):
    """Return a recorded table."""
    return pd.read_csv(recorded_path(f"confinement/{name}"))


@functools.cache
def _grown(system):
    """Return frame, solid bonds, and the particles of the largest cluster; of a fluid all particles."""
    if system == "fluid":
        frame = _frames("one-to-two")[-1]
    elif system in PHASES.values():
        frame = _ball(system)
    else:
        (frame,) = _frames(f"{system}/average.gsd")
    found = domains.solid_bonds(frame)
    chosen = domains.largest_cluster(frame, solid_pairs=found)
    return frame, found, np.ones_like(chosen) if system == "fluid" else chosen


@functools.cache
def _part(system):
    """Return the particles of the largest cluster."""
    frame, _, chosen = _grown(system)
    return subset(frame, chosen)


@functools.cache
def _found(system):
    """Return the icosahedron of the cluster."""
    return symmetry.find_icosahedron(_part(system))


# The fluid


def core_number(numbers, densities):
    """Return the mean numbers of particles in the core of the 1:2 fluid, over runs at these densities.

    The error is half of their range.
    """
    runs = _table("readings.csv")
    mean, error = [], []
    for number in numbers:
        chosen = runs[
            (runs["number"] == number)
            & (runs["density_radius"] == "wall")
            & np.isclose(runs["fraction_large"], 1 / 3, atol=1e-3)
            & runs["density"].isin(densities)
        ]
        if sorted(chosen["density"]) != sorted(densities):
            raise ValueError(f"there is no run of {number}, one third of them large, at each of {densities}")
        mean.append(round(chosen["core_number"].mean()))
        error.append(float(np.ptp(chosen["core_number"]) / 2))
    return {"value": mean, "error": error}


def _gas():
    """Return configurations of 3,501 points in a sphere."""
    random = np.random.default_rng(2021)
    made = []
    for _ in range(6):
        way = random.normal(size=(3501, 3))
        away = 9 * random.uniform(size=(3501, 1)) ** (1 / 3)
        made.append(
            make_particles(way / np.linalg.norm(way, axis=1, keepdims=True) * away, np.arange(3501) % 3 == 0)
        )
        made[-1].log["confinement/radius"] = np.array([9.5])
    return made


@functools.cache
def _fluid(run):
    """Return configurations of a fluid that began at random, after its compression, or of a gas."""
    return _gas() if run == "gas" else _frames(run)[2:]


def layered_species(runs, layers):
    """Tell which species have at least so many layers at the wall, each standing out of its noise."""
    answers = []
    for run in runs:
        found = nucleation.layering(_fluid(run), progress=False)[1]["species"].value_counts()
        answers.append(" and ".join(each for each in "LS" if found.get(each, 0) >= layers) or "neither")
    return answers


def fate_of_small_clusters(run):
    """Tell what becomes of the largest crystalline clusters of the first half of a run, all less than nuclei.

    A cluster has molten when less than half of its particles are crystalline in some later configuration.
    """
    bonds = [domains.solid_bonds(frame) for frame in _fluid(run)]
    pairs = list(zip(_fluid(run), bonds, strict=True))
    clusters = [domains.largest_cluster(frame, solid_pairs=found) for frame, found in pairs]
    solid = [domains.crystalline(frame, solid_pairs=found) for frame, found in pairs]
    size = np.sum(clusters, axis=1)
    if size.min() < 2 or size.max() >= nucleation.NUCLEUS:
        return "none form" if size.min() < 2 else "grow"
    half = range(len(pairs) // 2)
    molten = [any(2 * np.sum(clusters[k] & later) < size[k] for later in solid[k + 1 :]) for k in half]
    return "form and melt" if all(molten) else f"{sum(molten)} of {len(molten)} melt"


@functools.cache
def _nuclei(run, sizes):
    """Return middle and gap to the wall of each nucleus whose number of large spheres is in this range."""
    found = []
    for frame in _frames(run):
        inside = nucleation.find_nucleus(frame)
        if sizes[0] <= (inside & is_large(frame)).sum() <= sizes[1]:
            position = frame.particles.position[inside].astype(float)
            wall = float(frame.log["confinement/radius"][0])
            middle = np.linalg.norm(position.mean(axis=0))
            found.append((middle, wall - np.linalg.norm(position, axis=1).max()))
    return np.array(found).reshape(-1, 2)


def place_of_nucleus(runs, sizes):
    """Tell where nuclei are, from the least to the most large spheres, in all frames of each run.

    A nucleus is at the wall if a particle of it is less than two diameters from the wall, and at the centre
    if its middle is less than one diameter from that of the sphere.
    """
    answers = [
        {
            f"{'at' if gap < 2 else 'away from'} the wall, {'at' if middle < 1 else 'off'} the centre"
            for middle, gap in _nuclei(run, tuple(sizes))
        }
        for run in runs
    ]
    return [" or ".join(sorted(each)) or "there is none" for each in answers]


def number_of_nuclei(runs):
    """Count the nuclei with at least half the large spheres of the largest: the median of the last frames."""
    answers = []
    for run in runs:
        numbers = []
        for frame in _frames(run)[-5:]:
            sizes = []
            while not sizes or sizes[-1] >= max(sizes[0] / 2, 1):
                inside = nucleation.find_nucleus(frame)
                sizes.append((is_large(frame) & inside).sum())
                frame = subset(frame, ~inside)
            numbers.append(len(sizes) - 1)
        answers.append(int(np.median(numbers)))
    return answers


@functools.cache
def _core(run):
    """Return the icosahedral cluster of the nucleus in the last five frames of a run."""
    return nucleation.find_core(_frames(run)[-5:], progress=False)


def first_structure(droplets):
    """Tell what forms first in droplets: a pentagonal tube or the Bergman cluster.

    Each droplet is a list of runs that follow one another. A tube or core is there when three fifths of its
    sites, known from the last frames, are occupied in the mean of three frames.
    """
    answers = []
    for runs in droplets:
        occupied = [symmetry.occupied_sites(frame, _core(runs[-1])) for frame in _frames(*runs)]
        formed = (pd.DataFrame(occupied).rolling(3).mean() >= 0.6).to_numpy()
        core, *tubes = np.where(formed.any(axis=0), formed.argmax(axis=0), len(formed))
        if core == min(tubes):
            answers.append("neither" if core == len(formed) else "both together")
        else:
            answers.append("pentagonal tube" if min(tubes) < core else "Bergman cluster")
    return answers


def crystallised(runs, densities):
    """Tell in how many droplets an icosahedral cluster has grown at reduced densities in a range.

    In the mean of the last five frames more than half of the core is in the largest crystalline cluster, and
    three fifths of the sites of a Bergman cluster are occupied.
    """
    grown = []
    for run in runs:
        recipe, last = read_recipe(recorded_path(f"confinement/{run}/recipe.yml")), _frames(run)[-5:]
        wall = last[-1].log["confinement/radius"][0]
        density = recipe.number * recipe.mean_cube / (4 / 3 * math.pi * wall**3)
        share = [domains.largest_cluster(frame).sum() / profiles.core(frame, wall).number for frame in last]
        occupied = [symmetry.occupied_sites(frame, _core(run))["core"] for frame in last]
        within = densities[0] <= density <= densities[1]
        grown.append(within and np.mean(share) > 0.5 and np.mean(occupied) >= 0.6)
    return {0: "none", len(runs): "all"}.get(sum(grown), f"{sum(grown)} of {len(runs)}")


def eccentric(runs, distance):
    """Tell how many Bergman clusters are farther than this from the middle of the sphere at last."""
    off = sum(np.linalg.norm(_core(run).centre) > distance for run in runs)
    return {0: "none", len(runs): "all"}.get(off, f"{off} of {len(runs)}")


def way_of_core(droplets):
    """Tell which way the centre of the Bergman cluster goes, in radii of the sphere, which shrinks.

    Of the frames in which three fifths of the core are there, the first ten and the last ten are compared, or
    the halves of fewer. Three standard errors must decide.
    """
    answers = []
    for runs in droplets:
        found, away = _core(runs[-1]), []
        for frame in _frames(*runs):
            if len(symmetry.bergman_core(frame, found)) < 0.6 * (symmetry.CORE + 1):
                continue
            near = np.linalg.norm(frame.particles.position - found.centre, axis=1) < 4.5
            centre = symmetry.find_icosahedron(subset(frame, near)).centre
            # The search may take a small sphere on a tube for the centre of the core.
            if np.linalg.norm(centre - found.centre) < 1:
                away.append(np.linalg.norm(centre) / frame.log["confinement/radius"][0])
        number = min(10, len(away) // 2)
        early, late = np.array(away[:number]), np.array(away[-number:])
        error = np.hypot(early.std(), late.std()) / number**0.5
        ways = {"towards the centre": late.mean() < early.mean() - 3 * error,
                "away from the centre": late.mean() > early.mean() + 3 * error}  # fmt: skip
        answers.append(next((way for way, true in ways.items() if true), "neither way"))
    return answers


def start_of_one_component(run, depth):
    """Tell where equal spheres are crystalline more often before a nucleus grows: near the wall or deeper.

    A sphere is crystalline with seven bonds whose orders correlate by more than 0.7, after ten Wolde et al.
    (1996, `tenwolde1996`). Configurations are those before the largest cluster passes the size of a nucleus
    for good, as far as it is more than a tenth of that; every second one is enough.
    """
    near, deep, large = [], [], []
    for frame in _frames(run)[::2]:
        order = freud.order.SolidLiquid(6, q_threshold=0.7, solid_threshold=7)
        order.compute((frame.configuration.box, frame.particles.position), {"r_max": 1.4, "exclude_ii": True})
        solid = order.num_connections >= 7
        wall = float(frame.log["confinement/radius"][0])
        outer = wall - np.linalg.norm(frame.particles.position, axis=1) < depth
        near.append(solid[outer].mean())
        deep.append(solid[~outer].mean())
        large.append(np.bincount(order.cluster_idx[solid], minlength=1).max())
    large = np.array(large)
    start = np.flatnonzero(large < nucleation.NUCLEUS)[-1] + 1
    before = np.flatnonzero(large[:start] > nucleation.NUCLEUS / 10)
    if start == len(large) or not len(before):
        return "it does not"
    return "at the wall" if np.mean(np.array(near)[before]) > np.mean(np.array(deep)[before]) else "deeper"


def structure_of_one_component(run):
    """Return "icosahedral" if the middle of the equal spheres is the centre of an icosahedral cluster.

    That is so if each of the twelve neighbours of the sphere nearest to the centre shares five neighbours
    with it, and the bonds within three quarters of the wall's radius have the invariant w6 of the
    icosahedron, -0.17, within a third; that of fcc is -0.01. The last five configurations are averaged.
    """
    last = _frames(run)[-5:]
    position = np.mean([frame.particles.position for frame in last], axis=0, dtype=float)
    away = np.linalg.norm(position, axis=1)
    near = cKDTree(position).query_ball_point(position, 1.35)
    around = set(near[away.argmin()]) - {int(away.argmin())}
    shared = [len(around & set(near[each])) - 1 for each in around]
    order = freud.order.Steinhardt(6, wl=True, wl_normalize=True)
    inner = position[away < 0.75 * float(last[-1].log["confinement/radius"][0])]
    w6 = order.compute((last[-1].configuration.box, inner), {"r_max": 1.35}).order
    return "icosahedral" if shared == [5] * 12 and w6 < -0.11 else "another"


# Growth


def state_of_fluid(run, densities):
    """Tell whether a fluid is supersaturated: whether the planted nucleus grows between two densities.

    Densities are counted with the wall's radius.
    """
    log = _table(f"{run}/log.csv").dropna(subset="largest_cluster")
    diameter = np.asarray(_frames(f"{run}/average.gsd")[0].particles.diameter, dtype=float)
    nominal = np.sum(diameter**3) / (4 / 3 * math.pi * log["radius"] ** 3)
    return _state_by_growth(log[(nominal >= densities[0]) & (nominal <= densities[1])])


def state_at_density(nucleus, density):
    """Tell the same of the recorded runs at one density, from a tenth of the run on."""
    runs = _table("growth.csv")
    log = runs[(runs["nucleus"] == nucleus) & np.isclose(runs["density"], density)]
    return _state_by_growth(log[log["time"] > 0.1 * log["time"].max()])


def _state_by_growth(log):
    """Fit a line to the size of the largest cluster; three errors must decide."""
    (slope, _), covariance = np.polyfit(log["time"], log["largest_cluster"], 1, cov=True)
    if abs(slope) < 3 * covariance[0, 0] ** 0.5:
        return "undecided"
    return "supersaturated" if slope > 0 else "not supersaturated"


def way_of_front(runs, reverse=False):
    """Tell which way the crystallisation front moves between five early and five late configurations.

    The front is where half of the particles are crystalline, counted from the centre of the sphere, in units
    of the wall's radius: the sphere shrinks a little during the run, and the crystal with it.
    """
    answers = []
    for run in runs:
        # The first configuration is the planted one, before anything has moved.
        parts = _frames(run)[1:6], _frames(run)[-5:]
        early, late = ([_front(frame) for frame in part] for part in parts)
        early, late = (late, early) if reverse else (early, late)
        ways = {"outwards": max(early) < min(late), "inwards": max(late) < min(early)}
        answers.append(next((way for way, true in ways.items() if true), "neither way"))
    return answers


def _front(frame):
    wall = float(frame.log["confinement/radius"][0])
    away = np.linalg.norm(frame.particles.position, axis=1) / wall
    edges = np.linspace(0, 1, 25)
    number = np.histogram(away, edges)[0]
    solid = np.histogram(away[domains.crystalline(frame)], edges)[0]
    middle, share = (edges[1:] + edges[:-1]) / 2, solid / np.maximum(number, 1)
    # The innermost shells hold next to nothing.
    last = np.flatnonzero((share > 0.5) & (number > 5)).max(initial=0)
    return np.interp(0.5, share[[last + 1, last]], middle[[last + 1, last]])


# The cluster


def fold_of_pattern(along, runs):
    """Return the orders of an axis found in clusters, from their patterns alone.

    Angular orders above 5 % count; 0 means none. A pattern is the same at q and -q, which doubles an odd
    order.
    """
    return [_fold_of_pattern(along, run) for run in runs]


def _fold_of_pattern(along, run):
    """Return the order of an axis of one system."""
    found, fold = _found(run), {"vertex": 5, "face": 3, "edge": 2}[along]
    axis = found.rotation @ icosahedral.axes(fold)[0]
    pattern = diffraction.diffraction_pattern(
        _part(run).particles.position, axis, q_max=20 / found.spacing, size=257
    )
    orders = diffraction.rotational_orders(*pattern, range(1, 25), (4 / found.spacing, 19 / found.spacing))
    order = math.gcd(*(int(n) for n in orders.index[orders > 0.05]))
    return order // 2 if order % 4 == 2 and order > 2 else order


def complete_shells(runs, shells):
    """Tell how many of the first shells about the centre of symmetry have no vacancy."""
    answers = []
    for run in runs:
        found = symmetry.shells_found(_grown(run)[0], _found(run), first=shells)
        answers.append(_all_or_count(found["held"] == found["ideal"]))
    return answers


def number_of_domains(runs):
    """Return the numbers of domains that have particles of the cluster."""
    answers = []
    for run in runs:
        frame, bonds, chosen = _grown(run)
        label = domains.find_domains(frame, solid_pairs=bonds)[chosen]
        answers.append(len(np.unique(label[label >= 0])))
    return answers


@functools.cache
def _tubes(run):
    """Return the lines of three or more particles on five-fold axes, and how many meet at a particle."""
    sites = nucleation.find_tubes(_grown(run)[0], pairs=_grown(run)[1][0])
    length = sites.loc[sites["tube"] >= 0, "tube"].value_counts()
    return length[length >= 3], sites["meeting"]


def number_of_tubes(runs):
    """Return the numbers of pentagonal tubes, by the rings around their bonds alone."""
    return [len(_tubes(run)[0]) for run in runs]


def tubes_at_one_centre(runs):
    """Tell how many of the pentagonal tubes end at one and the same particle."""
    answers = []
    for run in runs:
        length, meeting = _tubes(run)
        answers.append(_all_or_count(np.arange(len(length)) < meeting.max()) if len(length) else "no tubes")
    return answers


def pentagons_along_tubes(runs, labels="found"):
    """Return how pentagons follow each other around the tubes, as far as the shortest of them reaches.

    The species are those found, or at random.
    """
    return [_pentagons(run, labels) for run in runs]


def _pentagons(run, labels):
    """Return how pentagons follow each other around the tubes of one system."""
    found = _found(run)
    position = (np.asarray(_grown(run)[0].particles.position) - found.centre) / found.spacing
    large, highest = is_large(_grown(run)[0]), _tubes(run)[0].min() + 0.5
    if labels == "random":
        large = np.random.default_rng(0).permutation(large)
    sequences = set()
    for axis in found.axes:
        height = position @ axis
        aside = np.linalg.norm(position - height[:, None] * axis, axis=1)
        # The pentagons are 0.89 and 1.09 wide, the axis and what is around the tube 0 and 1.6.
        ring = np.flatnonzero((aside > 0.5) & (aside < 1.3) & (height > 0) & (height < highest))
        ring = ring[np.argsort(height[ring])]
        rings = np.split(large[ring], np.flatnonzero(np.diff(height[ring]) > 0.4) + 1)
        if not all(len(each) == 5 and len(set(each)) == 1 for each in rings):
            return "rings that are not pentagons of one species"
        sequences.add("".join("L" if each[0] else "S" for each in rings))
    alternate = all(one != other for each in sequences for one, other in itertools.pairwise(each))
    return "alternating L and S" if alternate else " or ".join(sorted(sequences))


def tubes_to_the_surface(runs):
    """Tell how many tubes end less than two large diameters from the wall, outside of the core."""
    return [_tubes_to_the_surface(run) for run in runs]


def _tubes_to_the_surface(run):
    """Tell how many tubes of one system end near the wall."""
    frame, found = _grown(run)[0], _found(run)
    rings = symmetry.pentagonal_tubes(frame, found)
    height = rings[rings["inside"]].groupby("tube")["height"].max().reindex(range(12), fill_value=0)
    end = found.centre + found.spacing * height.to_numpy()[:, None] * found.axes
    wall = float(frame.log["confinement/radius"][0])
    return _all_or_count(np.linalg.norm(end, axis=1) > wall - 2)


# Tomography


DENSEST = math.pi / math.sqrt(18)
"""Share of space that equal spheres fill at most; no mixture of this ratio of sizes is known to fill more."""

ALL = 0.99
"""Recall and precision that count as all."""


def deviations(reconstructed, by_hand):
    """Return by what percentages of the particles found by hand the numbers of reconstructed ones are off."""
    return [100 * abs(one - other) / other for one, other in zip(reconstructed, by_hand, strict=True)]


def filled_share(diameters, large_particles, large, small, small_per_large):
    """Return the percentages of balls that nanocrystals of these diameters fill."""
    each = large**3 + small_per_large * small**3
    return [100 * n * each / whole**3 for n, whole in zip(large_particles, diameters, strict=True)]


def misidentified(diameter):
    """Return the percentage of particles that two Gaussians of grey values would have overlap."""
    table = closed_loops("size", "fit, grey")
    return float(100 * table["misidentified"][table["value"] == diameter].max())


def enough(experiment, value, methods):
    """Say whether one of the methods finds all particles and makes up none, in every recorded run."""
    table = closed_loops(experiment)
    table = table[(table["value"] == value) & table["method"].isin(methods)]
    exact = table.groupby("method")[["recall", "precision"]].min().min(axis=1) >= ALL
    return "sufficient" if exact.any() else "not sufficient"
