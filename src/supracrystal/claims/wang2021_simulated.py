"""What our recorded runs give for each claim of Wang et al. (2021) on simulation, one function for each.

As :mod:`supracrystal.claims.wang2021`, but from files: the runs of :mod:`supracrystal.colloids.recorded`,
made by the scripts beside them. Nothing here knows what is printed. The number of particles says which run
is meant.

The one that ends in a cluster began with an ideal nucleus in the middle of the sphere. It can show how a
cluster grows and what becomes of it, not where and how nuclei form; claims on that have no function here.
"""

import functools
import itertools
import math

import freud
import numpy as np
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from supracrystal.colloids import (
    bond_order,
    diffraction,
    domains,
    frames,
    icosahedral,
    is_large,
    nucleation,
    subset,
    symmetry,
    table,
    tubes,
)
from supracrystal.tomography import microscopy

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
def _cluster(number):
    frame, _, chosen = _grown(number)
    return subset(frame, chosen)


@functools.cache
def _found(number):
    """Return the icosahedron of the cluster."""
    return symmetry.find_icosahedron(_cluster(number))


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
    slab = microscopy.cross_section(
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


def fold_of_pattern(along, number):
    """Return the order of an axis found in the cluster, from its pattern alone.

    Angular orders above 5 % count. A pattern is the same at q and -q, which doubles an odd order.
    """
    found, fold = _found(number), {"vertex": 5, "face": 3, "edge": 2}[along]
    axis = found.rotation @ icosahedral.axes(fold)[0]
    pattern = diffraction.diffraction_pattern(
        _cluster(number).particles.position, axis, q_max=20 / found.spacing, size=257
    )
    orders = diffraction.rotational_orders(*pattern, range(1, 25), (4 / found.spacing, 19 / found.spacing))
    order = math.gcd(*(int(n) for n in orders.index[orders > 0.05]))
    return order // 2 if order % 4 == 2 and order > 2 else order


def spots_of_one_configuration(number):
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


def _all_or_count(true):
    return "all" if all(true) else f"{sum(true)} of {len(true)}"


def number_of_domains(number):
    """Return the number of domains that have particles of the cluster."""
    frame, bonds, chosen = _grown(number)
    label = domains.domains(frame, solid_pairs=bonds)[chosen]
    return len(np.unique(label[label >= 0]))


@functools.cache
def _shares(number):
    return bond_order.mgcu2_shares(_cluster(number))


def mgcu2_share(criterion, numbers):
    """Return the percentages of MgCu2-like particles in the clusters, by one of our criteria."""
    return [float(100 * _shares(number)[criterion]) for number in numbers]


@functools.cache
def _tubes(number):
    """Return the lines of three or more particles on five-fold axes, and how many meet at a particle."""
    sites = tubes.tubes(_grown(number)[0], pairs=_grown(number)[1][0])
    length = sites.loc[sites["tube"] >= 0, "tube"].value_counts()
    return length[length >= 3], sites["meeting"]


def number_of_tubes(number):
    """Return the number of pentagonal tubes, by the rings around their bonds alone."""
    return len(_tubes(number)[0])


def tubes_at_one_centre(number):
    """Tell how many of the pentagonal tubes end at one and the same particle."""
    length, meeting = _tubes(number)
    return _all_or_count(np.arange(len(length)) < meeting.max())


def pentagons_along_tubes(number):
    """Return how pentagons follow each other around the tubes, as far as the shortest of them reaches."""
    found = _found(number)
    position = (np.asarray(_grown(number)[0].particles.position) - found.centre) / found.spacing
    large, highest = is_large(_grown(number)[0]), _tubes(number)[0].min() + 0.5
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
