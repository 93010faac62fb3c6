"""What this package computes for each claim of Wang et al. (2021, `wang2021`), one function for each.

The claims with their printed values are in ``data/claims/wang2021.yaml``; :mod:`supracrystal.claims.register`
compares. Nothing here knows what is printed. What the paper gives as input (sizes, numbers of particles)
comes as keyword arguments. A function returns a number in the unit of its claim, text, or a list.

Simulations are the recorded runs; the number of particles says which one is meant. Those that end in a
cluster began with an ideal nucleus in the middle of the sphere. They show how a cluster grows and what
becomes of it, not where and how nuclei form. Results on tomography are those of recorded closed loops, in
which the particles are known.
"""

import functools
import itertools
import math
import warnings

import ase.build
import ase.spacegroup
import freud
import numpy as np
import spglib
from scipy.spatial import ConvexHull, HalfspaceIntersection, cKDTree
from scipy.spatial.transform import Rotation

from supracrystal.colloids import (
    bond_order,
    components,
    diffraction,
    domains,
    frames,
    icosahedral,
    is_large,
    laves,
    neighbours,
    nucleation,
    subset,
    symmetry,
    table,
)
from supracrystal.colloids import (
    hard_spheres as perturbation,
)
from supracrystal.tomography import projection
from supracrystal.tomography import runs as closed_loops

PHASES = {"MgZn2": "C14", "MgCu2": "C15", "MgNi2": "C36"}


# Laves phases


def size_ratio(small, large):
    """Return the diameter of the small spheres over that of the large ones."""
    return small / large


def small_per_large(phase):
    """Return the number of small spheres for each large one in the unit cell of a phase."""
    large = is_large(laves.laves_phase(PHASES[phase]))
    return int(sum(~large)) / int(sum(large))


def number_ratio(phase, first):
    """Return the numbers of the two species of a phase in lowest terms, the named one first."""
    large = is_large(laves.laves_phase(PHASES[phase]))
    named, other = int(sum(large == (first == "L"))), int(sum(large != (first == "L")))
    return f"{named // math.gcd(named, other)}:{other // math.gcd(named, other)}"


def _dataset(frame):
    """Return the symmetry of a periodic frame as spglib finds it."""
    lx, ly, lz, xy, xz, yz = map(float, frame.configuration.box)
    cell = np.array([[lx, 0, 0], [xy * ly, ly, 0], [xz * lz, yz * lz, lz]])
    fractional = np.asarray(frame.particles.position, dtype=float) @ np.linalg.inv(cell)
    with warnings.catch_warnings():
        # spglib warns on every call that it will raise its errors some day.
        warnings.simplefilter("ignore", DeprecationWarning)
        return spglib.get_symmetry_dataset((cell, fractional, is_large(frame).astype(int)), symprec=1e-4)


def crystal_system(stacking):
    """Return the crystal system of a stacking of dimers, from its space group as spglib finds it."""
    bounds = [2, 15, 74, 142, 167, 194, 230]
    names = ["triclinic", "monoclinic", "orthorhombic", "tetragonal", "trigonal", "hexagonal", "cubic"]
    return names[np.searchsorted(bounds, _dataset(laves.laves_phase(stacking)).number)]


WYCKOFF = {
    "MgZn2": (194, [(1 / 3, 2 / 3, 1 / 16)], [(0, 0, 0), (5 / 6, 5 / 3, 1 / 4)], (8 / 3) ** 0.5),
    "MgCu2": (227, [(1 / 8, 1 / 8, 1 / 8)], [(1 / 2, 1 / 2, 1 / 2)], 1.0),
    "MgNi2": (
        194,
        [(0, 0, 3 / 32), (1 / 3, 2 / 3, 27 / 32)],
        [(1 / 3, 2 / 3, 1 / 8), (1 / 2, 0, 0), (1 / 6, 1 / 3, 1 / 4)],
        2 * (8 / 3) ** 0.5,
    ),
}
"""Space group, sites of the large and of the small atoms and c/a of the ideal structure types."""


def dimer_stacking(phase):
    """Return the stacking of the large spheres, read off the Wyckoff positions of a structure type.

    Letters are given in the order in which positions appear, from the dimer that makes the sequence
    first in the alphabet.
    """
    group, large, small, ratio = WYCKOFF[phase]
    atoms = ase.spacegroup.crystal(
        ["Mg"] * len(large) + ["Zn"] * len(small),
        large + small,
        spacegroup=group,
        setting=2 if group == 227 else 1,
        cellpar=[1, 1, ratio, 90, 90, 90 if group == 227 else 120],
    )
    if group == 227:
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


def lattice(phase, species):
    """Name the lattice of one species: by space group, sites in the conventional cell, and neighbours."""
    frame = laves.laves_phase(PHASES[phase], cells=(4, 4, 2))
    part = subset(frame, is_large(frame) == (species == "L"))
    distance = neighbours(part, 1.9)[1]
    near = np.sum(distance < 1.01 * distance.min()) / part.particles.N
    found = _dataset(part)
    sites = len(found.std_positions)
    names = {(227, 8, 4.0): "diamond", (227, 16, 6.0): "pyrochlore"}
    return names.get((found.number, sites, near), f"space group {found.number}, {near:g} neighbours")


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


def close_packed_share(stacking):
    """Return the percentage of space inside touching equal spheres, in fcc or hcp."""
    options = {"a": 1.0, "covera": (8 / 3) ** 0.5} if stacking == "hcp" else {"a": 1.0, "cubic": True}
    atoms = ase.build.bulk("Au", stacking, **options)
    contact = atoms.repeat(2).get_all_distances(mic=True)
    contact = contact[contact > 1e-9].min()
    return float(100 * len(atoms) * math.pi / 6 * contact**3 / atoms.get_volume())


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


def effective_packing_fraction(density, theory):
    """Return the packing fraction of the hard-sphere mixture that stands for the WCA mixture."""
    return perturbation.effective_packing_fraction(density, theory=theory)


def mixed_over_small(size_ratio):
    """Return the sigma of unlike pairs over that of small pairs, for additive diameters."""
    return (1 + size_ratio) / 2 / size_ratio


# The binary icosahedral cluster


def one_component_domains():
    """Return the number of fcc domains in the one-component cluster of nine shells.

    The twelve neighbours of a sphere in fcc lie opposite to each other in pairs, and four of them touch
    each one. In a twin plane the first does not hold, on a five-fold axis the second.
    """
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
    return icosahedral.icosahedral_cluster(number=number)


def number_of_domains(number):
    """Return the number of domains in a spherical cut of the ideal cluster, by bond order."""
    return int(domains.find_domains(_cluster(number)).max()) + 1


def shape_of_domains(number):
    """Return "tetrahedral" if each domain shares three faces and has the surface for a fourth."""
    faces = domains.faces(_cluster(number))
    shared = np.bincount(faces[["first", "second"]].to_numpy().ravel())
    return "tetrahedral" if set(shared) == {3} else [int(each) for each in shared]


def _all_or_count(true):
    return "all" if all(true) else f"{sum(true)} of {len(true)}"


@functools.cache
def _tubes(number):
    """Return the axes of the pentagonal tubes of a cluster, found by coordination alone.

    Small spheres with seven small and five large neighbours are joined to chains. Returned are the
    position of the small sphere with twelve small neighbours, and for each chain a point and a direction.
    """
    frame = _cluster(number)
    position = np.asarray(frame.particles.position)
    kind = bond_order.coordination(frame)["polyhedron"].to_numpy()
    (centre,) = position[kind == "centre"]
    on_axis, pairs = kind == "tube", domains.bonds(frame)
    first = np.isin(np.arange(len(kind)), pairs[kind[pairs[:, 0]] == "centre", 1])
    # The first of each chain touch each other around the centre.
    pairs = pairs[on_axis[pairs].all(axis=1) & ~first[pairs].all(axis=1)]
    label = components(pairs, len(kind))
    lines = []
    for chain in np.unique(label[on_axis]):
        points = position[on_axis & (label == chain)]
        point = points.mean(axis=0)
        direction = np.linalg.svd(points - point)[2][0]
        lines.append((point, direction * np.sign(direction @ (point - centre))))
    return centre, lines


def number_of_tubes(number):
    """Return the number of chains of tube sites in a spherical cut of the ideal cluster."""
    return len(_tubes(number)[1])


def _around(number, line, width):
    """Return the particles beside a tube's axis, at most `width` large diameters off, and their heights."""
    offset = np.asarray(_cluster(number).particles.position) - _tubes(number)[0]
    height = offset @ line[1]
    aside = np.linalg.norm(offset - height[:, None] * line[1], axis=1)
    chosen = np.flatnonzero((aside > 0.3) & (aside < width) & (height > 0))
    chosen = chosen[np.argsort(height[chosen])]
    return chosen, height[chosen]


def pentagons_along_tubes(number):
    """Return how the pentagons around the axes of the tubes follow each other, from the centre outwards."""
    large, sequences = is_large(_cluster(number)), set()
    for line in _tubes(number)[1]:
        chosen, height = _around(number, line, 1.0)
        rings = np.split(large[chosen], np.flatnonzero(np.diff(height) > 0.1) + 1)
        if not all(len(ring) == 5 and len(set(ring)) == 1 for ring in rings):
            return "rings that are not pentagons of one species"
        sequences.add("".join("L" if ring[0] else "S" for ring in rings))
    alternate = all(one != other for each in sequences for one, other in itertools.pairwise(each))
    return "alternating L and S" if alternate else " or ".join(sorted(sequences))


def tubes_through_centre(number):
    """Tell how many of the lines fitted to the tubes pass the centre within 5 % of a large diameter."""
    centre, lines = _tubes(number)
    return _all_or_count([np.linalg.norm(np.cross(centre - point, way)) < 0.05 for point, way in lines])


def domains_around_tube(number):
    """Return the number of domains that adjoin each tube; all numbers if they are not the same."""
    label = domains.find_domains(_cluster(number))
    found = set()
    for line in _tubes(number)[1]:
        touching = label[_around(number, line, 1.0)[0]]
        found.add(len(np.unique(touching[touching >= 0])))
    return found.pop() if len(found) == 1 else sorted(found)


@functools.cache
def _shells(number):
    return icosahedral.shells(icosahedral.icosahedral_cluster(2 * number), first=number)


def particles_in_shells(shells):
    """Return the number of particles in the first shells of the ideal cluster, without the centre."""
    return int(_shells(shells)["number"].sum())


def shells_of_one_species(shells):
    """Tell how many of the first shells hold one species.

    Distances from the centre are compared without regard to species.
    """
    frame = icosahedral.icosahedral_cluster(2 * shells)
    radius = np.linalg.norm(frame.particles.position, axis=1).round(6)
    large = is_large(frame)
    distances = np.unique(radius[radius > 0])[:shells]
    return _all_or_count([len(set(large[radius == distance])) == 1 for distance in distances])


def shells_named(shells):
    """Tell how many of the first shells have the faces of a Platonic or Archimedean solid."""
    return _all_or_count([bool(name) for name in _shells(shells)["solid"]])


def shells_regular(shells):
    """Tell how many of the first shells have, beyond that, edges of one length."""
    found = _shells(shells)
    return _all_or_count([bool(row.solid) and row.edge_ratio < 1.01 for row in found.itertuples()])


def composition(smallest, largest):
    """Return the mean number fraction of large spheres in the complete ideal clusters between two sizes."""
    shares = []
    for layers in itertools.count(1):
        large = is_large(icosahedral.icosahedral_cluster(layers))
        if len(large) > largest:
            break
        if len(large) >= smallest:
            shares.append(large.mean())
    return float(np.mean(shares))


# Measuring order


@functools.cache
def _classes(number):
    """Return the classes of the particles of a spherical cut of the ideal cluster."""
    return bond_order.classify(_cluster(number))


def _most(classes):
    """Return the most frequent class of those that are not at the surface."""
    names, count = np.unique(classes[classes != "surface"], return_counts=True)
    return str(names[count.argmax()])


@functools.cache
def _wedges_around(number):
    """Return for each large sphere how many of its four neighbours are in other wedges, by construction."""
    frame = _cluster(number)
    large, wedge = is_large(frame), frame.log["particles/wedge"]
    pairs, _ = neighbours(frame, 1.3, query=large, points=large)
    other = wedge[pairs[:, 0]] != wedge[pairs[:, 1]]
    return np.bincount(pairs[other, 0], minlength=len(large))[large]


def class_of_wedges(number):
    """Return the most frequent class of the large spheres, the same in every wedge or all that occur."""
    frame = _cluster(number)
    large, wedge = is_large(frame), frame.log["particles/wedge"]
    found = {_most(_classes(number)[large & (wedge == each)]) for each in np.unique(wedge[large])}
    return " or ".join(sorted(found))


def class_of_faces(number):
    """Return the most frequent class of the large spheres with one neighbour in another wedge."""
    classes = _classes(number)[is_large(_cluster(number))]
    return _most(classes[_wedges_around(number) == 1])


def _signature(frame):
    """Return averaged q4, w4, q6 and w6 of the large spheres, (N_L, 4)."""
    return np.column_stack([bond_order.steinhardt(frame, l, w=w) for l in (4, 6) for w in (False, True)])


def bond_order_signatures(number):
    """Return the bulk phases with the two most frequent bond orders of the cluster, within 0.02."""
    frame = _cluster(number)
    inside = _classes(number)[is_large(frame)] != "surface"
    found, count = np.unique(_signature(frame)[inside].round(2), axis=0, return_counts=True)
    bulk = {
        name: _signature(laves.laves_phase(PHASES[name], cells=(4, 4, 2)))[0] for name in ("MgZn2", "MgCu2")
    }
    return [
        next((name for name in bulk if np.abs(bulk[name] - found[place]).max() < 0.02), "neither")
        for place in count.argsort()[:-3:-1]
    ]


@functools.cache
def _shares(number):
    return bond_order.mgcu2_shares(_cluster(number))


def mgcu2_share(criterion, numbers):
    """Return the percentages of MgCu2-like particles in spherical cuts, by one of our criteria."""
    return [float(100 * _shares(number)[criterion]) for number in numbers]


# Diffraction


def _symmetry(pattern, inner, outer):
    """Return the largest n whose multiples hold all the angular orders of a pattern that are above 2 %."""
    orders = diffraction.rotational_orders(*pattern, range(1, 25), (inner, outer))
    return math.gcd(*(int(n) for n in orders.index[orders > 0.02]))


def pattern_order_mgzn2():
    """Return the rotational order of the pattern of a round slab of C14, seen along [0001]."""
    frame = laves.laves_phase("C14", cells=(14, 14, 4))
    position = np.asarray(frame.particles.position)
    position = position[np.hypot(*position[:, :2].T) < 9]
    return _symmetry(diffraction.diffraction_pattern(position, [0, 0, 1], q_max=20, size=257), 4, 19)


def fold_of_pattern(along, number):
    """Return the order of the axis along a vertex, a face or an edge of the cluster, from its pattern alone.

    A pattern is the same at q and -q, which doubles an odd order.
    """
    axis = icosahedral.axes({"vertex": 5, "face": 3, "edge": 2}[along])[0]
    pattern = diffraction.diffraction_pattern(_cluster(number).particles.position, axis, q_max=20, size=257)
    order = _symmetry(pattern, 4, 19)
    return order // 2 if order % 4 == 2 and order > 2 else order


def spots_of_one_configuration(number):
    """Tell whether one thermal configuration shows fewer distant spots than averaged coordinates do.

    Displacements are Gaussian, with 6 % of a large diameter along each direction, independent of each
    other; 100 configurations are averaged. A spot has more than a fiftieth of the forward intensity.
    """
    ideal = np.asarray(_cluster(number).particles.position)
    noise = np.random.default_rng(2021).normal(scale=0.06, size=(100, *ideal.shape))
    found = []
    for position in (ideal + noise[0], ideal + noise.mean(axis=0)):
        q, intensity = diffraction.diffraction_pattern(position, icosahedral.axes(5)[0], q_max=30)
        found.append(len(diffraction.bragg_peaks(q, intensity, threshold=number / 50, q_min=15)))
    return "fewer" if found[0] < found[1] else "not fewer"


# On your own particles


def deviation(reconstructed, by_hand):
    """Return by what percentage of the particles found by hand the number of reconstructed ones is off."""
    return 100 * abs(reconstructed - by_hand) / by_hand


FLUIDS = {3501: "one-to-two"}
"""Runs of one large and two small particles that began at random and were left alone."""

# The fluid


def core_number(number, densities, reading="wall"):
    """Return the mean number of particles in the core of a 1:2 mixture, over runs at these densities."""
    return round(_readings(number, 1 / 3, densities, reading)["core_number"].mean())


def core_number_grown(number):
    """Return the mean number of particles in the core of the sphere with the cluster, late in its run."""
    log = table(f"seeded-{number}/log.csv")
    return round(log.loc[log["time"] > log["time"].max() / 2, "core_number"].mean())


def core_composition(number, fraction_large, densities):
    """Return the share of large particles in the core, for one in the whole sphere."""
    return float(_readings(number, fraction_large, densities, "wall")["core_composition"].mean())


def temperature(numbers):
    """Return the mean kinetic temperature of all runs of these sizes."""
    runs = table("readings.csv")
    return float(runs.loc[runs["number"].isin(numbers), "temperature"].mean())


def _readings(number, fraction_large, densities, reading):
    runs = table("readings.csv")
    chosen = runs[
        (runs["number"] == number)
        & (runs["density_radius"] == reading)
        & np.isclose(runs["fraction_large"], fraction_large, atol=1e-3)
        & runs["density"].isin(densities)
    ]
    if sorted(chosen["density"]) != sorted(densities):
        raise ValueError(f"there is no run of {number}, {fraction_large:.3g} large, at each of {densities}")
    return chosen


@functools.cache
def _fluid(number):
    """Return configurations of the 1:2 fluid that began at random, without those of its compression."""
    return frames(f"{FLUIDS[number]}/trajectory.gsd", 2)


def layered_species(number, layers):
    """Tell which species have at least so many layers at the wall, each standing out of its noise."""
    found = nucleation.layering(_fluid(number), progress=False)[1]["species"].value_counts()
    return " and ".join(species for species in "LS" if found.get(species, 0) >= layers) or "neither"


def fate_of_small_clusters(number):
    """Tell what becomes of the largest crystalline clusters of the first half of a run, all less than nuclei.

    A cluster has molten when less than half of its particles are crystalline in some later configuration.
    """
    bonds = [domains.solid_bonds(frame) for frame in _fluid(number)]
    pairs = list(zip(_fluid(number), bonds, strict=True))
    clusters = [domains.largest_cluster(frame, solid_pairs=found) for frame, found in pairs]
    solid = [domains.crystalline(frame, solid_pairs=found) for frame, found in pairs]
    size = np.sum(clusters, axis=1)
    if size.min() < 2 or size.max() >= nucleation.NUCLEUS:
        return "none form" if size.min() < 2 else "grow"
    half = range(len(pairs) // 2)
    molten = [any(2 * np.sum(clusters[k] & later) < size[k] for later in solid[k + 1 :]) for k in half]
    return "form and melt" if all(molten) else f"{sum(molten)} of {len(molten)} melt"


def start_of_one_component(depth):
    """Tell where equal spheres are crystalline more often before a nucleus grows: near the wall or deeper.

    A sphere is crystalline with seven bonds whose orders correlate by more than 0.7, after ten Wolde et al.
    (1996, `tenwolde1996`). Configurations are those before the largest cluster passes the size of a nucleus
    for good, as far as it is more than a tenth of that; every second one is enough.
    """
    near, deep, large = [], [], []
    for frame in frames("one-component/trajectory.gsd")[::2]:
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


def structure_of_one_component():
    """Return "icosahedral" if the middle of the equal spheres is the centre of an icosahedral cluster.

    That is so if each of the twelve neighbours of the sphere nearest to the centre shares five neighbours
    with it, and the bonds within three quarters of the wall's radius have the invariant w6 of the
    icosahedron, -0.17, within a third; that of fcc is -0.01. The last five configurations are averaged.
    """
    run = frames("one-component/trajectory.gsd", -5)
    position = np.mean([frame.particles.position for frame in run], axis=0, dtype=float)
    away = np.linalg.norm(position, axis=1)
    near = cKDTree(position).query_ball_point(position, 1.35)
    around = set(near[away.argmin()]) - {int(away.argmin())}
    shared = [len(around & set(near[each])) - 1 for each in around]
    order = freud.order.Steinhardt(6, wl=True, wl_normalize=True)
    inner = position[away < 0.75 * float(run[-1].log["confinement/radius"][0])]
    w6 = order.compute((run[-1].configuration.box, inner), {"r_max": 1.35}).order
    return "icosahedral" if shared == [5] * 12 and w6 < -0.11 else "another"


# Growth


@functools.cache
def _grown(number):
    """Return the averaged configuration of the grown cluster, its solid bonds, and its particles."""
    (frame,) = frames(f"seeded-{number}/average.gsd")
    found = domains.solid_bonds(frame)
    return frame, found, domains.largest_cluster(frame, solid_pairs=found)


@functools.cache
def _run_cluster(number):
    frame, _, chosen = _grown(number)
    return subset(frame, chosen)


@functools.cache
def _found(number):
    """Return the icosahedron of the cluster."""
    return symmetry.find_icosahedron(_run_cluster(number))


def state_of_fluid(number, density):
    """Tell whether the fluid is supersaturated: whether the nucleus grows from which the cluster came.

    As long as the density, counted with the wall's radius, is below the given one.
    """
    log = table(f"seeded-{number}/log.csv").dropna(subset="largest_cluster")
    diameter = np.asarray(frames(f"seeded-{number}/average.gsd")[0].particles.diameter, dtype=float)
    nominal = np.sum(diameter**3) / (4 / 3 * math.pi * log["radius"] ** 3)
    return _state_by_growth(log[nominal < density])


def state_at_density(nucleus, density):
    """Tell whether the fluid at one density, counted with the wall's radius, lets a planted nucleus grow."""
    runs = table("growth.csv")
    return _state_by_growth(runs[(runs["nucleus"] == nucleus) & np.isclose(runs["density"], density)])


def _state_by_growth(log):
    """Fit a line to the size of the largest cluster, from a tenth of the run on; three errors must decide."""
    chosen = log[log["time"] > 0.1 * log["time"].max()]
    (slope, _), covariance = np.polyfit(chosen["time"], chosen["largest_cluster"], 1, cov=True)
    if abs(slope) < 3 * covariance[0, 0] ** 0.5:
        return "undecided"
    return "supersaturated" if slope > 0 else "not supersaturated"


def way_of_front(number):
    """Tell which way the crystallisation front moves between five early and five late configurations.

    The front is where half of the particles are crystalline, counted from the centre of the sphere, in units
    of the wall's radius: the sphere shrinks a little during the run, and the crystal with it.
    """
    run = f"seeded-{number}/trajectory.gsd"
    # The first configuration is the planted one, before anything has moved.
    early, late = ([_front(frame) for frame in frames(run, *part)] for part in ((1, 6), (-5, None)))
    if max(early) < min(late):
        return "outwards"
    return "inwards" if max(late) < min(early) else "neither way"


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


def fold_of_cross_section(number):
    """Return n of the rotation by 360°/n, n up to 8, that carries most of a cross-section onto itself.

    The section is the slab from two to four spacings above the centre of symmetry along a five-fold axis that
    was found in the coordinates; of all particles in it, those carried onto one of their species count.
    """
    frame, found = _grown(number)[0], _found(number)
    slab = projection.cross_section(
        frame, found.axes[0], thickness=2 * found.spacing, offset=3 * found.spacing, centre=found.centre
    )
    position, large = np.asarray(slab.particles.position), is_large(slab)
    kept = {}
    for n in range(2, 9):
        turn = Rotation.from_rotvec([0, 0, 2 * math.pi / n]).as_matrix()
        kept[n] = sum(
            np.sum(cKDTree(position[part]).query(position[part] @ turn.T)[0] < 0.3 * found.spacing)
            for part in (large, ~large)
        )
    return max(kept, key=kept.get)


def fold_of_pattern_of_run(along, number):
    """Return the order of an axis found in the cluster, from its pattern alone.

    Angular orders above 5 % count. A pattern is the same at q and -q, which doubles an odd order.
    """
    found, fold = _found(number), {"vertex": 5, "face": 3, "edge": 2}[along]
    axis = found.rotation @ icosahedral.axes(fold)[0]
    pattern = diffraction.diffraction_pattern(
        _run_cluster(number).particles.position, axis, q_max=20 / found.spacing, size=257
    )
    orders = diffraction.rotational_orders(*pattern, range(1, 25), (4 / found.spacing, 19 / found.spacing))
    order = math.gcd(*(int(n) for n in orders.index[orders > 0.05]))
    return order // 2 if order % 4 == 2 and order > 2 else order


def spots_of_one_configuration_of_run(number):
    """Tell whether the arrested configuration shows fewer distant spots than its average does.

    A spot has more than a fiftieth of the forward intensity; distant is beyond half of the largest q.
    """
    chosen, found = _grown(number)[2], _found(number)
    (arrested,) = frames(f"seeded-{number}/compressed.gsd")
    spots = []
    for frame in (arrested, _grown(number)[0]):
        position = np.asarray(frame.particles.position)[chosen]
        q, intensity = diffraction.diffraction_pattern(position, found.axes[0], q_max=30)
        peaks = diffraction.bragg_peaks(q, intensity, threshold=len(position) / 50, q_min=15)
        spots.append(len(peaks))
    return "fewer" if spots[0] < spots[1] else "not fewer"


def complete_shells(number, shells):
    """Tell how many of the first shells about the centre of symmetry have no vacancy."""
    found = symmetry.shells_found(_grown(number)[0], _found(number), first=shells)
    return _all_or_count(found["held"] == found["ideal"])


def number_of_domains_of_run(number):
    """Return the number of domains that have particles of the cluster."""
    frame, bonds, chosen = _grown(number)
    label = domains.find_domains(frame, solid_pairs=bonds)[chosen]
    return len(np.unique(label[label >= 0]))


@functools.cache
def _run_shares(number):
    return bond_order.mgcu2_shares(_run_cluster(number))


def mgcu2_share_of_run(criterion, numbers):
    """Return the percentages of MgCu2-like particles in the clusters, by one of our criteria."""
    return [float(100 * _run_shares(number)[criterion]) for number in numbers]


@functools.cache
def _run_tubes(number):
    """Return the lines of three or more particles on five-fold axes, and how many meet at a particle."""
    sites = nucleation.find_tubes(_grown(number)[0], pairs=_grown(number)[1][0])
    length = sites.loc[sites["tube"] >= 0, "tube"].value_counts()
    return length[length >= 3], sites["meeting"]


def number_of_tubes_of_run(number):
    """Return the number of pentagonal tubes, by the rings around their bonds alone."""
    return len(_run_tubes(number)[0])


def tubes_at_one_centre(number):
    """Tell how many of the pentagonal tubes end at one and the same particle."""
    length, meeting = _run_tubes(number)
    return _all_or_count(np.arange(len(length)) < meeting.max())


def pentagons_along_tubes_of_run(number):
    """Return how pentagons follow each other around the tubes, as far as the shortest of them reaches."""
    found = _found(number)
    position = (np.asarray(_grown(number)[0].particles.position) - found.centre) / found.spacing
    large, highest = is_large(_grown(number)[0]), _run_tubes(number)[0].min() + 0.5
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


def tubes_to_the_surface(number):
    """Tell how many tubes end less than two large diameters from the wall, outside of the core."""
    frame, found = _grown(number)[0], _found(number)
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


def number_that_fits(diameter, large, small, small_per_large, species):
    """Return how many nanocrystals fit into a ball as densely as spheres can be packed: all, or the large."""
    each = large**3 + small_per_large * small**3
    number = DENSEST * diameter**3 / each
    return int(number * (1 if species == "large" else 1 + small_per_large))


def wrong_number(diameter):
    """Return by what percentage the number of large particles is off in the closed loop, at most."""
    table = closed_loops("size", "fit")
    return float(100 * table["large_difference"][table["value"] == diameter].max())


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
