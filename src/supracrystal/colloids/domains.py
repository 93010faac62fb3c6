r"""Which particles are solid, which solid particles belong together, and where the twin faces are.

The bonds of a particle point the same way as those of its neighbours in a crystal, and any way in a fluid.
With :math:`q_{lm}(i)` the mean spherical harmonic over the bonds of particle i, the correlation is

.. math::
    d_l(i, j) = \frac{\mathrm{Re}\sum_m q_{lm}(i)\, q_{lm}^*(j)}
                     {\sqrt{\sum_m |q_{lm}(i)|^2}\sqrt{\sum_m |q_{lm}(j)|^2}}

Wang et al. (2021), Methods (`wang2021`), found the solid particles by species-resolved :math:`d_6`. The
windows and counts of their Supplementary Methods 5 were not available: those here are OUR calibration, on
Laves phases and fluids of the WCA mixture at :math:`T^* = 0.2` and on ideal icosahedral clusters.

Domains are told apart on the sublattice of large spheres alone, where four bonds make a tetrahedron. Two
tetrahedra that share a bond are staggered inside a cubic domain, with :math:`d_3 = -1`, and eclipsed across
a twin face, with :math:`d_3 = -1/9`: the distinction of cubic and hexagonal ice by Moore et al. (2010,
`moore2010`). It holds in a single thermal configuration, where :math:`d_6` needs a time average.

All lengths are measured in the frame's own :func:`spacing`, so any unit and density will do. Sizes other
than about 0.76-0.84 are left out: the neighbour shells were not checked there.
"""

import freud
import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from supracrystal import InputError
from supracrystal.colloids.particles import components, is_large, neighbours

REACH = {"LL": 1.32, "LS": 1.21, "SS": 1.12}
"""Neighbours are closer than this many spacings: the gaps after the first shells of the Laves phases."""
WINDOW = {"LL": (0.30, 1.01), "LS": (-0.60, -0.10), "SS": (-0.32, 0.02)}
"""Values of d6 on a solid-like bond. In a perfect C15 they are 1, -0.40 and -0.12."""
NEEDED = {"L": 10, "S": 9}
"""Solid-like bonds that make a particle crystalline, of 16 for a large and 12 for a small one."""
STAGGERED = -0.85
"""A bond between large spheres with d3 below this lies inside a domain."""


def spacing(frame):
    """Return the length unit of a frame: the median distance of large spheres to their second neighbour.

    In a perfect Laves phase it is the distance between neighbouring large spheres. The second nearest of
    four is chosen because most particles at a surface or beside a vacancy still have two.

    Parameters
    ----------
    frame : gsd.hoomd.Frame

    Returns
    -------
    float

    Raises
    ------
    ValueError
        With fewer than three large spheres.

    Examples
    --------
    >>> from supracrystal.colloids import laves_phase
    >>> round(spacing(laves_phase("C14", cells=(3, 3, 2))), 4)
    1.0
    """
    large = is_large(frame)
    if large.sum() < 3:
        raise InputError(f"{large.sum()} large particles in the frame; at least 3 give a length unit")
    position = frame.particles.position[large]
    found = (
        freud.locality.AABBQuery(frame.configuration.box, position)
        .query(position, {"num_neighbors": 2, "exclude_ii": True})
        .toNeighborList(sort_by_distance=True)
    )
    return float(np.median(found.distances[1::2]))


def bonds(frame):
    """Return the pairs of neighbours, each species pair within its own reach.

    Parameters
    ----------
    frame : gsd.hoomd.Frame

    Returns
    -------
    (M, 2) int array
        Both directions of each pair, sorted by the first particle.

    Examples
    --------
    >>> from supracrystal.colloids import laves_phase
    >>> crystal = laves_phase("C14", cells=(3, 3, 2))
    >>> np.unique(np.bincount(bonds(crystal)[:, 0])).tolist()
    [12, 16]
    """
    length = spacing(frame)
    pairs, distance = neighbours(frame, length * max(REACH.values()))
    reach = length * np.array([REACH["SS"], REACH["LS"], REACH["LL"]])
    return pairs[distance < reach[is_large(frame)[pairs].sum(axis=1)]]


def neighbour_list(frame, pairs):
    """Return pairs of particles as a freud neighbour list, with the nearest image of each.

    Parameters
    ----------
    frame : gsd.hoomd.Frame
    pairs : (M, 2) int array
        Sorted by the first particle.

    Returns
    -------
    freud.locality.NeighborList

    Examples
    --------
    >>> from supracrystal.colloids import make_particles
    >>> pair = make_particles([[0, 0, 0], [0.9, 0, 0]], ["L", "S"])
    >>> neighbour_list(pair, np.array([[0, 1], [1, 0]])).point_indices.tolist()
    [1, 0]
    """
    position, number = frame.particles.position, frame.particles.N
    box = freud.box.Box.from_box(frame.configuration.box)
    vectors = box.wrap(position[pairs[:, 1]] - position[pairs[:, 0]])
    return freud.locality.NeighborList.from_arrays(number, number, pairs[:, 0], pairs[:, 1], vectors)


def correlations(frame, l=6, pairs=None):
    """Return the correlation d_l of the bond order of neighbours.

    Parameters
    ----------
    frame : gsd.hoomd.Frame
    l : int
        Degree of the spherical harmonics.
    pairs : (M, 2) int array, optional
        The bonds, both directions of each, sorted by the first particle. Default: :func:`bonds`.

    Returns
    -------
    pairs : (M, 2) int array
    correlation : (M,) float array
        Between -1 and 1.

    Notes
    -----
    Source: Wang et al. (2021), Methods (`wang2021`); ten Wolde et al. (1996, `tenwolde1996`) for one species.

    Examples
    --------
    >>> from supracrystal.colloids import laves_phase
    >>> pairs, d6 = correlations(laves_phase("C15", cells=(3, 3, 2)))
    >>> np.unique(d6.round(2)).tolist()
    [-0.4, -0.12, 1.0]
    """
    pairs = bonds(frame) if pairs is None else pairs
    system = (frame.configuration.box, frame.particles.position)
    order = freud.order.Steinhardt(l).compute(system, neighbors=neighbour_list(frame, pairs))
    harmonics = order.particle_harmonics
    first, second = harmonics[pairs[:, 0]], harmonics[pairs[:, 1]]
    product = np.einsum("ij,ij->i", first, second.conj()).real.astype(float)
    return pairs, product / (np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1))


def solid_bonds(frame):
    """Return the bonds of a frame, and which of them are solid-like by the window of their species.

    Returns
    -------
    pairs : (M, 2) int array
    solid : (M,) bool array

    Examples
    --------
    >>> from supracrystal.colloids import laves_phase
    >>> bool(solid_bonds(laves_phase("C15", cells=(2, 2, 1)))[1].all())
    True
    """
    pairs, d6 = correlations(frame)
    low, high = np.array([WINDOW[kind] for kind in ("SS", "LS", "LL")]).T
    kind = is_large(frame)[pairs].sum(axis=1)
    return pairs, (d6 > low[kind]) & (d6 < high[kind])


def crystalline(frame, *, solid_pairs=None):
    """Return which particles are solid: at least 10 solid-like bonds for a large one, 9 for a small one.

    Parameters
    ----------
    frame : gsd.hoomd.Frame
    solid_pairs : tuple, optional
        What :func:`solid_bonds` returns for the frame, where it is at hand.

    Returns
    -------
    (N,) bool array
        Particles at a free surface have fewer bonds and mostly count as not crystalline.

    Notes
    -----
    Source: after Wang et al. (2021), Methods (`wang2021`), with our calibration, see :data:`WINDOW`.

    Examples
    --------
    >>> from supracrystal.colloids import laves_phase
    >>> bool(crystalline(laves_phase("C36", cells=(3, 3, 1))).all())
    True
    """
    return count_solid(frame, *(solid_pairs or solid_bonds(frame)))


def largest_cluster(frame, *, solid_pairs=None):
    """Return the particles of the largest cluster of crystalline particles joined by solid-like bonds.

    Parameters
    ----------
    frame : gsd.hoomd.Frame
    solid_pairs : tuple, optional
        What :func:`solid_bonds` returns for the frame, where it is at hand.

    Returns
    -------
    (N,) bool array
        All false where nothing is crystalline.

    Notes
    -----
    Source: after Wang et al. (2021), Methods (`wang2021`), with our calibration, see :data:`WINDOW`.

    Examples
    --------
    >>> from supracrystal.colloids import icosahedral_cluster
    >>> cluster = icosahedral_cluster(layers=7)
    >>> int(largest_cluster(cluster).sum()), cluster.particles.N
    (703, 1075)
    """
    pairs, solid = solid_pairs or solid_bonds(frame)
    chosen = count_solid(frame, pairs, solid)
    label = components(pairs[solid & chosen[pairs].all(axis=1)], frame.particles.N)
    if not chosen.any():
        return chosen
    return chosen & (label == np.bincount(label[chosen]).argmax())


def find_domains(frame, *, smallest=5, solid_pairs=None):
    """Return the domain of each particle: parts of one cubic orientation, bounded by twin faces.

    Large spheres of a domain are joined by staggered bonds, at least one end of which is crystalline. A
    small sphere belongs to the domain of more than half of its large neighbours.

    Parameters
    ----------
    frame : gsd.hoomd.Frame
        One thermal configuration will do; a time average leaves fewer particles out.
    smallest : int
        Least number of large spheres in a domain.
    solid_pairs : tuple, optional
        What :func:`solid_bonds` returns for the frame, where it is at hand.

    Returns
    -------
    (N,) int array
        0 for the largest domain, and so on; -1 for none: fluid, loose particles of the surface, and
        small spheres in a face or on an edge, between domains.

    Notes
    -----
    Source: the 20 domains of Wang et al. (2021), Fig. 5 (`wang2021`); the criterion is ours, after Moore
    et al. (2010, `moore2010`). A hexagonal Laves phase has a twin face in every layer and falls apart into
    double layers; with periodic boundaries each is one domain.

    Examples
    --------
    >>> from supracrystal.colloids import icosahedral_cluster
    >>> int(find_domains(icosahedral_cluster(layers=7)).max()) + 1
    20
    """
    large = is_large(frame)
    number = frame.particles.N
    pairs, solid = solid_pairs or solid_bonds(frame)
    chosen = count_solid(frame, pairs, solid)
    between_large = pairs[large[pairs].all(axis=1)]
    between_large, d3 = correlations(frame, 3, between_large)
    joined = between_large[(d3 < STAGGERED) & chosen[between_large].any(axis=1)]
    component = components(joined, number)
    size = np.bincount(component[large], minlength=number)
    ranked = np.argsort(-size, kind="stable")
    rank = np.full(number, -1)
    rank[ranked] = np.where(size[ranked] >= smallest, np.arange(number), -1)
    label = np.where(large, rank[component], -1)

    mixed = pairs[~large[pairs[:, 0]] & large[pairs[:, 1]]]
    votes, count = np.unique(np.column_stack([mixed[:, 0], label[mixed[:, 1]]]), axis=0, return_counts=True)
    total = np.bincount(mixed[:, 0], minlength=number)
    won = (votes[:, 1] >= 0) & (2 * count > total[votes[:, 0]])
    label[votes[won, 0]] = votes[won, 1]
    return label


def fill_domains(frame, label, member):
    """Give the small spheres of a cluster that are in no domain that of the nearest particle in one.

    Parameters
    ----------
    frame : gsd.hoomd.Frame
    label : (N,) int array
        As of :func:`find_domains`.
    member : (N,) bool array
        Which particles are in the cluster, as of :func:`largest_cluster`.

    Returns
    -------
    (N,) int array
        -1 for particles outside the cluster, and for its large spheres of no domain.

    Examples
    --------
    >>> from supracrystal.colloids import icosahedral_cluster
    >>> cluster = icosahedral_cluster(7)
    >>> label, member = find_domains(cluster), np.ones(1075, dtype=bool)
    >>> int((label < 0).sum()), int((fill_domains(cluster, label, member) < 0).sum())
    (535, 0)
    """
    label, position = np.where(member, label, -1), frame.particles.position
    known = np.flatnonzero(label >= 0)
    missing = np.flatnonzero(member & (label < 0) & ~is_large(frame))
    if len(known):
        label[missing] = label[known[cKDTree(position[known]).query(position[missing])[1]]]
    return label


def faces(frame, label=None):
    """Return the faces between domains, where bonds of large spheres are eclipsed as in MgZn2.

    Parameters
    ----------
    frame : gsd.hoomd.Frame
    label : (N,) int array, optional
        Domain of each particle. Default: :func:`domains`.

    Returns
    -------
    pandas.DataFrame
        One row for each pair of domains that adjoin: ``first``, ``second``, the number of ``bonds`` between
        their large spheres, and ``particles``, an index array of the large spheres at these bonds and of
        the small spheres that have large neighbours in these two domains equally.

    Notes
    -----
    Source: the MgZn2-like shared faces of Wang et al. (2021), Real-space analysis (`wang2021`).

    Examples
    --------
    >>> from supracrystal.colloids import icosahedral_cluster
    >>> len(faces(icosahedral_cluster(layers=7)))
    30
    """
    label = find_domains(frame) if label is None else np.asarray(label)
    if label.shape != (frame.particles.N,):
        raise InputError(f"label has the shape {label.shape}; ({frame.particles.N},) is needed")
    large = is_large(frame)
    pairs = bonds(frame)
    ends = label[pairs]
    across = large[pairs].all(axis=1) & (ends.min(axis=1) >= 0) & (ends[:, 0] < ends[:, 1])
    table = pd.DataFrame(np.hstack([ends, pairs])[across], columns=["first", "second", "i", "j"])

    mixed = ~large[pairs[:, 0]] & large[pairs[:, 1]] & (ends[:, 1] >= 0)
    votes = pd.DataFrame({"particle": pairs[mixed, 0], "domain": ends[mixed, 1]}).value_counts(sort=False)
    most = votes.groupby("particle").transform("max")
    winners = votes[(votes == most) & (votes >= 2)].sort_index().reset_index()
    winners = winners[winners.groupby("particle")["domain"].transform("size") == 2]
    shared = pd.DataFrame(
        winners[["particle", "domain"]].to_numpy().reshape(-1, 4)[:, [1, 3, 0]],
        columns=["first", "second", "particle"],
    ).groupby(["first", "second"])["particle"]
    shared = {key: group.to_numpy() for key, group in shared}
    rows = [
        (first, second, len(group), np.unique([*group["i"], *group["j"], *shared.get((first, second), [])]))
        for (first, second), group in table.groupby(["first", "second"])
    ]
    return pd.DataFrame(rows, columns=["first", "second", "bonds", "particles"])


def count_solid(frame, pairs, solid):
    """Return which particles are crystalline, from the bonds of :func:`solid_bonds`.

    Examples
    --------
    >>> from supracrystal.colloids import laves_phase
    >>> frame = laves_phase("C15", cells=(2, 2, 1))
    >>> bool(count_solid(frame, *solid_bonds(frame)).all())
    True
    """
    count = np.bincount(pairs[solid, 0], minlength=frame.particles.N)
    return count >= np.where(is_large(frame), NEEDED["L"], NEEDED["S"])
