r"""Crystals other than Laves phases: what a configuration is, where it is not what Wang et al. (2021) found.

Equal particles are told by common neighbours, in the adaptive form of Stukowski (2012, `stukowski2012`). The
12 nearest neighbours of a particle, or 14 for bcc, are joined where they lie within a distance that follows
from their own mean. Each bond has a number of common neighbours, of bonds among these, and a longest chain.
All twelve bonds are 421 in fcc and 555 at the centre of an icosahedron; in hcp six are 421 and six 422. On a
five-fold axis, where five twinned tetrahedra meet, two are 555 and ten 422.

Binary superlattices are told by comparison with ideal ones, site by site: the bond order of Steinhardt et al.
(1983, `steinhardt1983`) of the nearest like and of the nearest unlike neighbours, as many as the ideal site
has, their mean distances, and the gap behind them.

Left out: vacancies, which make their neighbours ``other``, and surfaces, where neighbours are missing.
"""

from functools import cache
from itertools import product
from typing import NamedTuple

import ase.build
import ase.spacegroup
import numpy as np
import pandas as pd
from scipy.spatial import cKDTree
from scipy.special import sph_harm_y

from supracrystal.colloids.particles import is_large

LOCAL = ("fcc", "hcp", "bcc", "icosahedral", "five-fold axis", "other")
"""Classes of particles by their common neighbours."""
SUPERLATTICES = ("CsCl", "NaCl", "ZnS", "Cu3Au", "AlB2", "NaZn13")
"""Binary structures that are compared; NaZn13 is the AB13 of nanoparticle superlattices."""
TOLERANCE = 0.12
"""Difference of bond order, or relative difference of distances, that still counts as the ideal site."""
NAMED = 0.3
"""Share of the particles from which a structure is named. Of thermal fluids less than 2 % match any."""


def common_neighbours(frame):
    """Return the class of every particle by its common neighbours, whatever its species.

    Parameters
    ----------
    frame : gsd.hoomd.Frame
        Periodic or free.

    Returns
    -------
    (N,) array of str
        From :data:`LOCAL`.

    Notes
    -----
    Source: Stukowski (2012) (`stukowski2012`).

    Examples
    --------
    >>> from supracrystal.colloids import mackay_cluster
    >>> kinds, number = np.unique(common_neighbours(mackay_cluster(4)), return_counts=True)
    >>> dict(zip(kinds.tolist(), number.tolist()))
    {'fcc': 20, 'five-fold axis': 36, 'hcp': 90, 'icosahedral': 1, 'other': 162}
    """
    classes = np.full(frame.particles.N, "other", dtype="<U14")
    if frame.particles.N < 15:
        return classes
    vectors, distance = _nearest(frame, 14)
    # Bcc first: a strained bcc particle may look like nothing with 12 neighbours, never the other way round.
    reach = (1 + np.sqrt(2)) / 2
    bcc = (2 / np.sqrt(3) * distance[:, :8].mean(axis=1) + distance[:, 8:].mean(axis=1)) / 2
    common, bonds, chain = _signature(vectors, reach * bcc)
    six = ((common == 6) & (bonds == 6) & (chain == 2)).sum(axis=1)
    four = ((common == 4) & (bonds == 4) & (chain == 2)).sum(axis=1)
    classes[(six == 8) & (four == 6)] = "bcc"
    common, bonds, chain = _signature(vectors[:, :12], reach * distance[:, :12].mean(axis=1))
    cubic = ((common == 4) & (bonds == 2) & (chain == 1)).sum(axis=1)
    twin = ((common == 4) & (bonds == 2) & (chain == 2)).sum(axis=1)
    five = ((common == 5) & (bonds == 5) & (chain == 2)).sum(axis=1)
    classes[cubic == 12] = "fcc"
    classes[(cubic == 6) & (twin == 6)] = "hcp"
    classes[five == 12] = "icosahedral"
    classes[(five == 2) & (twin == 10)] = "five-fold axis"
    return classes


class ClusterSymmetry(NamedTuple):
    """What kind of particle a cluster of one species is; see :func:`cluster_symmetry`."""

    kind: str
    """``icosahedral``, ``decahedral``, ``fcc``, ``hcp``, ``bcc``, ``twinned fcc``, ``Frank-Kasper`` (many
    icosahedral surroundings, as in a Laves phase whose two species are taken for one) or ``no crystal``."""
    axes: np.ndarray
    """(M, 3) unit vectors along the five-fold axes, one end of each."""
    centre: np.ndarray
    """(3,) point where the axes meet; of a single axis, its middle; NaN without axes."""
    shares: pd.Series
    """Share of each of :data:`LOCAL` among all particles."""


def cluster_symmetry(frame, classes=None):
    """Say whether a cluster is icosahedral, decahedral or a crystal, by its five-fold axes and its interior.

    Parameters
    ----------
    frame : gsd.hoomd.Frame
    classes : (N,) array of str, optional
        From :func:`common_neighbours`, where it is at hand.

    Returns
    -------
    ClusterSymmetry

    Examples
    --------
    >>> from supracrystal.colloids import mackay_cluster
    >>> found = cluster_symmetry(mackay_cluster(4))
    >>> found.kind, len(found.axes), found.centre.round(6).tolist()
    ('icosahedral', 6, [0.0, 0.0, 0.0])
    """
    classes = common_neighbours(frame) if classes is None else np.asarray(classes)
    shares = pd.Series({name: float(np.mean(classes == name)) for name in LOCAL})
    position = np.asarray(frame.particles.position, dtype=float)
    on_axis = np.flatnonzero(classes == "five-fold axis")
    directions = _axis_directions(frame, on_axis)
    axes, members = _distinct(directions)
    kept = [k for k, one in enumerate(members) if len(one) >= max(2, 0.3 * max(map(len, members)))]
    axes, members = axes[kept], [on_axis[members[k]] for k in kept]
    points = np.array([position[one].mean(axis=0) for one in members]).reshape(-1, 3)
    centre = np.full(3, np.nan)
    if len(axes) == 1:
        centre = points[0]
    elif len(axes):
        # The point nearest to all axes.
        across = np.eye(3) - axes[:, :, None] * axes[:, None, :]
        centre = np.linalg.lstsq(across.sum(axis=0), np.einsum("nij,nj->i", across, points), rcond=None)[0]
    if len(axes) >= 4:
        kind = "icosahedral"
    elif len(axes) == 1:
        kind = "decahedral"
    else:
        solid = shares[["fcc", "hcp", "bcc"]]
        kind = solid.idxmax() if solid.sum() > 0.1 else "no crystal"
        if kind == "no crystal" and shares["icosahedral"] > 0.1:
            kind = "Frank-Kasper"
        if kind == "fcc" and solid["hcp"] > 0.1 * solid["fcc"]:
            kind = "twinned fcc"
    return ClusterSymmetry(kind, axes, centre, shares)


def superlattice(frame):
    """Return with which ideal binary structure the surroundings of each particle agree.

    Parameters
    ----------
    frame : gsd.hoomd.Frame
        Of large and small particles, periodic or free. Which species is which does not matter.

    Returns
    -------
    (N,) array of str
        From :data:`SUPERLATTICES`, or ``other``.

    Notes
    -----
    Structures as in Pearson's handbook; AlB2 with c/a = 1.08 and NaZn13 with ideal icosahedra of small
    particles.

    Examples
    --------
    >>> from supracrystal.colloids import make_particles
    >>> grid = np.stack(np.meshgrid(*[np.arange(8)] * 3, indexing="ij"), -1).reshape(-1, 3)
    >>> salt = make_particles(grid - 3.5, grid.sum(axis=1) % 2 == 0, box=[8, 8, 8, 0, 0, 0])
    >>> np.unique(superlattice(salt)).tolist()
    ['NaCl']
    """
    large, number = is_large(frame), frame.particles.N
    best, name_of = np.full(number, TOLERANCE), np.full(number, "other", dtype="<U6")
    around = {
        (one, other): _nearest(frame, 27, np.flatnonzero(large == one), np.flatnonzero(large == other))
        for one, other in product((True, False), repeat=2)
        if min((large == one).sum(), (large == other).sum()) > 27
    }
    if len(around) < 4:
        return name_of
    orders = {}
    for name in SUPERLATTICES:
        for site, swapped in product(_sites(name), (False, True)):
            one = site["large"] != swapped
            members = np.flatnonzero(large == one)
            off = np.zeros(len(members))
            scale = None
            for other in (True, False):
                ideal = site["around"][other != swapped]
                vectors, distance = around[one, other]
                count, mean = ideal["count"], distance[:, : ideal["count"]].mean(axis=1)
                if (one, other, count) not in orders:
                    orders[one, other, count] = _bond_order(vectors[:, :count])
                off = np.maximum(off, np.abs(orders[one, other, count] - ideal["order"]).max(axis=1))
                gap = distance[:, count] / distance[:, count - 1]
                off = np.where(gap > 1 + 0.4 * (ideal["gap"] - 1), off, np.inf)
                if scale is None:
                    scale = mean / ideal["mean"]
                else:
                    off = np.maximum(off, np.abs(mean / ideal["mean"] / scale - 1))
            better = off < best[members]
            best[members[better]], name_of[members[better]] = off[better], name
    return name_of


def name_structures(frame):
    """Return what the particles of a frame are by standard methods, most frequent first.

    Parameters
    ----------
    frame : gsd.hoomd.Frame

    Returns
    -------
    pandas.Series
        Shares above 1 % of the particles by structure: those of :data:`SUPERLATTICES` for two species, and of
        :data:`LOCAL` for one, or where the sites of both species together make such a crystal.

    Examples
    --------
    >>> from supracrystal.colloids import mackay_cluster
    >>> name_structures(mackay_cluster(4)).round(2).to_dict()
    {'hcp': 0.29, 'five-fold axis': 0.12, 'fcc': 0.06}
    """
    large = is_large(frame)
    found = superlattice(frame) if 0 < large.sum() < len(large) else np.full(len(large), "other")
    local = common_neighbours(frame)
    if not large.all():
        # Unlike particles on one lattice, as in a random alloy. A Laves phase has icosahedral sites.
        local = np.where(np.isin(local, ["fcc", "hcp", "bcc"]), local, "other")
    found = np.where(found == "other", local, found)
    shares = pd.Series(found).value_counts(normalize=True).drop("other", errors="ignore")
    return shares[shares > 0.01]


def _nearest(frame, count, query=None, points=None):
    """Return vectors and distances to the nearest particles, periodic images included, ascending."""
    position = np.asarray(frame.particles.position, dtype=float)
    everything = np.arange(len(position))
    query, points = everything if query is None else query, everything if points is None else points
    x, y, z, xy, xz, yz = np.asarray(frame.configuration.box, dtype=float)
    vectors = np.array([[x, xy * y, xz * z], [0, y, yz * z], [0, 0, z]])
    # No more of the images than the neighbours of a particle can reach.
    margin = 4 * np.median(cKDTree(position).query(position, k=min(7, len(position)))[0][:, -1])
    low, high = position.min(axis=0) - margin, position.max(axis=0) + margin
    images, origin = [position[points]], [points]
    for step in product((-1, 0, 1), repeat=3):
        if any(step):
            moved = position[points] + vectors @ np.array(step)
            inside = ((moved > low) & (moved < high)).all(axis=1)
            images.append(moved[inside])
            origin.append(points[inside])
    images, origin = np.vstack(images), np.concatenate(origin)
    # One more, for the particle itself is among its like.
    distance, index = cKDTree(images).query(position[query], k=min(count + 1, len(images)))
    if distance.shape[1] < count + 1:
        pad = count + 1 - distance.shape[1]
        distance = np.pad(distance, ((0, 0), (0, pad)), constant_values=np.inf)
        index = np.pad(index, ((0, 0), (0, pad)))
    own = (distance[:, :1] == 0) & (origin[index[:, :1]] == query[:, None])
    start = own.astype(int)
    chosen = np.arange(count)[None] + start
    distance, index = np.take_along_axis(distance, chosen, 1), np.take_along_axis(index, chosen, 1)
    return images[index] - position[query][:, None], distance


def _signature(vectors, reach):
    """For each bond: its common neighbours, the bonds among them, and the most bonds at one of them."""
    between = np.linalg.norm(vectors[:, :, None] - vectors[:, None], axis=3)
    joined = ((between < reach[:, None, None]) & (between > 0)).astype(np.int8)
    shared = np.einsum("njk,njl,nkl->njk", joined, joined, joined, optimize=True)
    return joined.sum(axis=2), shared.sum(axis=2) // 2, shared.max(axis=2)


def _bond_order(vectors):
    """Return q4, q6 and q8 of the neighbours of each particle, (n, 3)."""
    x, y, z = np.moveaxis(vectors, -1, 0)
    polar, azimuth = np.arctan2(np.hypot(x, y), z), np.arctan2(y, x)
    order = []
    for l in (4, 6, 8):
        terms = [sph_harm_y(l, m, polar, azimuth).mean(axis=1) for m in range(l + 1)]
        square = np.abs(terms[0]) ** 2 + 2 * sum(np.abs(term) ** 2 for term in terms[1:])
        order.append(np.sqrt(4 * np.pi / (2 * l + 1) * square))
    return np.column_stack(order)


@cache
def _sites(name):
    """Return the kinds of sites of an ideal structure: neighbours, bond order, distances and gaps."""
    if name in ("CsCl", "NaCl", "ZnS"):
        kind = {"CsCl": "cesiumchloride", "NaCl": "rocksalt", "ZnS": "zincblende"}[name]
        atoms = ase.build.bulk("AuAg", kind, a=1.0, cubic=True)
    elif name == "Cu3Au":
        corner, faces = [(0, 0, 0)], [(0, 0.5, 0.5)]
        atoms = ase.spacegroup.crystal(
            ["Au", "Ag"], corner + faces, spacegroup=221, cellpar=[1] * 3 + [90] * 3
        )
    elif name == "AlB2":
        basis, cell = [(0, 0, 0), (1 / 3, 2 / 3, 0.5)], [1, 1, 1.08, 90, 90, 120]
        atoms = ase.spacegroup.crystal(["Au", "Ag"], basis, spacegroup=191, cellpar=cell)
    else:
        basis = [(0.25, 0.25, 0.25), (0, 0, 0), (0, 0.1806, 0.1192)]
        atoms = ase.spacegroup.crystal(["Au", "Ag", "Ag"], basis, spacegroup=226, cellpar=[1] * 3 + [90] * 3)
    cell, position, large = atoms.cell.array, atoms.positions, atoms.get_chemical_symbols()
    large = np.array(large) == "Au"
    shift = np.array(list(product(range(-4, 5), repeat=3))) @ cell
    images = (position[:, None] + shift).reshape(-1, 3)
    species = np.repeat(large, len(shift))
    sites = []
    for here, one in zip(position, large, strict=True):
        site = {"large": bool(one), "around": {}}
        for other in (True, False):
            vectors = images[species == other] - here
            distance = np.linalg.norm(vectors, axis=1)
            order = np.argsort(distance, kind="stable")
            order = order[distance[order] > 1e-6][:27]
            near = distance[order]
            gaps = near[1:] / near[:-1]
            count = int(np.argmax(gaps[:26] > min(1.15, gaps.max() - 1e-9))) + 1
            site["around"][other] = {
                "count": count,
                "gap": gaps[count - 1],
                "mean": near[:count].mean(),
                "order": _bond_order(vectors[order[:count]][None])[0],
            }
        if not any(_alike(site, known) for known in sites):
            sites.append(site)
    return sites


def _alike(one, other):
    """Say whether two sites have the same species, numbers of neighbours and bond order."""
    return one["large"] == other["large"] and all(
        one["around"][kind]["count"] == other["around"][kind]["count"]
        and np.allclose(one["around"][kind]["order"], other["around"][kind]["order"], atol=1e-6)
        for kind in (True, False)
    )


def _axis_directions(frame, on_axis):
    """Return the direction of the five-fold axis at each particle on one: between its two 555 neighbours."""
    if not len(on_axis):
        return np.empty((0, 3))
    vectors, distance = _nearest(frame, 12, on_axis)
    common, bonds, _ = _signature(vectors, (1 + np.sqrt(2)) / 2 * distance.mean(axis=1))
    ends = np.argsort(-((common == 5) & (bonds == 5)).astype(int), axis=1, kind="stable")[:, :2]
    first, second = (vectors[np.arange(len(ends)), ends[:, k]] for k in (0, 1))
    line = first - second
    return line / np.linalg.norm(line, axis=1, keepdims=True)


def _distinct(directions, within=20.0):
    """Group lines that differ by less than an angle in degrees; return their means and members."""
    axes, members, free = [], [], np.ones(len(directions), dtype=bool)
    near = np.abs(directions @ directions.T) > np.cos(np.radians(within))
    while free.any():
        seed = int(np.argmax((near & free).sum(axis=1) * free))
        group = np.flatnonzero(near[seed] & free)
        aligned = directions[group] * np.sign(directions[group] @ directions[seed])[:, None]
        axes.append(aligned.mean(axis=0) / np.linalg.norm(aligned.mean(axis=0)))
        members.append(group)
        free[group] = False
    return np.array(axes).reshape(-1, 3), members
