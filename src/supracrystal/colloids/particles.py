"""Configurations of large and small spheres as :class:`gsd.hoomd.Frame`.

HOOMD-blue, freud and OVITO read such frames as they are. A free cluster is a frame whose periodic box
is so much wider than the cluster that no image comes near: :func:`particles` makes one when no box
is given.
"""

import freud
import gsd.hoomd
import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from supracrystal import InputError

SPECIES = ("L", "S")
MARGIN = 4.0
"""Least empty space around a free cluster, on every side, in diameters of the largest sphere."""


def make_particles(position, species, *, size_ratio=0.78, diameter=None, box=None):
    """Make a frame of large and small spheres.

    Parameters
    ----------
    position : (N, 3) array_like
        Centres of the spheres. Kept in double precision; a GSD file stores single.
    species : (N,) array_like
        ``"L"`` or ``"S"`` for each particle, or true where a particle is large.
    size_ratio : float
        Diameter of the small spheres over that of the large ones, which is 1.
    diameter : (N,) array_like, optional
        Diameters, where they are not 1 and `size_ratio`.
    box : (6,) array_like, optional
        ``Lx, Ly, Lz, xy, xz, yz`` of the periodic box. Default: a cube about the origin that
        leaves the cluster free.

    Returns
    -------
    gsd.hoomd.Frame

    Raises
    ------
    ValueError
        For positions that are not finite or not (N, 3), and for species other than L and S.

    Examples
    --------
    >>> pair = make_particles([[0, 0, 0], [0.9, 0, 0]], ["L", "S"])
    >>> pair.particles.N, pair.particles.types
    (2, ['L', 'S'])
    """
    position = np.asarray(position, dtype=float)
    if position.ndim != 2 or position.shape[1] != 3:
        raise InputError(f"position has the shape {position.shape}; (N, 3) is needed")
    if not np.isfinite(position).all():
        bad = np.flatnonzero(~np.isfinite(position).all(axis=1))
        raise InputError(f"position is not finite for {bad.size} particles, the first is {bad[0]}")
    species = np.asarray(species)
    if species.shape != (len(position),):
        raise InputError(f"species has the shape {species.shape}; ({len(position)},) is needed")
    if species.dtype != bool:
        unknown = sorted(set(species.tolist()) - set(SPECIES))
        if unknown:
            raise InputError(f"unknown species {unknown}; allowed are 'L' and 'S'")
        species = species == "L"
    if diameter is None:
        diameter = np.where(species, 1.0, size_ratio)
    if box is None:
        reach = np.abs(position).max() if len(position) else 0.0
        side = 2 * (reach + MARGIN * np.max(diameter, initial=0.0)) or 1.0
        box = [side, side, side, 0, 0, 0]
    frame = gsd.hoomd.Frame()
    frame.configuration.box = np.asarray(box, dtype=float)
    frame.particles.N = len(position)
    frame.particles.types = list(SPECIES)
    frame.particles.typeid = np.where(species, 0, 1).astype(np.uint32)
    frame.particles.position = position
    frame.particles.diameter = np.asarray(diameter, dtype=float)
    return frame


def is_large(frame):
    """Return a (N,) boolean array, true for the large spheres of a frame.

    Raises
    ------
    ValueError
        If the frame has other types than ``L`` and ``S``.

    Examples
    --------
    >>> is_large(make_particles([[0, 0, 0], [0.9, 0, 0]], ["L", "S"]))
    array([ True, False])
    """
    types = list(frame.particles.types)
    if not set(types) <= set(SPECIES):
        raise InputError(f"the frame has the types {types}; allowed are {list(SPECIES)}")
    return np.array([name == "L" for name in types], dtype=bool)[frame.particles.typeid]


def diameters(frame, *, size_ratio=None):
    """Return the diameters of the particles, where the frame really has them.

    GSD and HOOMD-blue set every diameter to 1 where none was written. Where diameters decide, such as in a
    density, equal diameters of both species are therefore refused.

    Parameters
    ----------
    frame : gsd.hoomd.Frame
    size_ratio : float, optional
        Take 1 for the large and this for the small particles, whatever the frame has.

    Returns
    -------
    (N,) float array

    Raises
    ------
    ValueError
        If both species have the same diameter, and no ratio is given.

    Examples
    --------
    >>> pair = make_particles([[0, 0, 0], [0.9, 0, 0]], ["L", "S"])
    >>> diameters(pair).tolist(), diameters(pair, size_ratio=0.8).tolist()
    ([1.0, 0.78], [1.0, 0.8])
    """
    large = is_large(frame)
    if size_ratio is not None:
        return np.where(large, 1.0, size_ratio)
    diameter = np.asarray(frame.particles.diameter, dtype=float)
    if 0 < large.sum() < len(large) and np.ptp(diameter) == 0:
        raise InputError(
            f"the diameters of large and small particles are all {diameter[0]:g}, as GSD sets them where "
            "none were written; give size_ratio, the diameter of small over that of large ones"
        )
    return diameter


def subset(frame, keep):
    """Return the frame of the particles chosen by a mask or by indices, in the same box.

    Per-particle quantities logged in the frame are kept along.

    Examples
    --------
    >>> pair = make_particles([[0, 0, 0], [0.9, 0, 0]], ["L", "S"])
    >>> subset(pair, is_large(pair)).particles.N
    1
    """
    old = frame.particles
    new = make_particles(
        old.position[keep],
        is_large(frame)[keep],
        diameter=old.diameter[keep],
        box=frame.configuration.box,
    )
    for name, value in frame.log.items():
        if name.startswith("particles/"):
            new.log[name] = value[keep]
    return new


def neighbours(frame, r_max, *, query=None, points=None):
    """Return pairs of particles closer than `r_max`, periodic images included.

    Parameters
    ----------
    frame : gsd.hoomd.Frame
    r_max : float
        Largest distance, not more than half the narrowest width of the box.
    query, points : (N,) bool array, optional
        Restrict the first, the second particle of the pairs.

    Returns
    -------
    pairs : (M, 2) int array
        Indices into the frame, sorted by the first particle; both directions are listed.
    distance : (M,) float array

    Raises
    ------
    ValueError
        If the box is too small for `r_max`.

    Examples
    --------
    >>> pair = make_particles([[0, 0, 0], [0.9, 0, 0]], ["L", "S"])
    >>> neighbours(pair, 1.0)[0].tolist()
    [[0, 1], [1, 0]]
    """
    position = frame.particles.position
    box = freud.box.Box(*np.asarray(frame.configuration.box, dtype=float))
    width = box_widths(box.to_matrix())
    if r_max > width.min() / 2:
        raise InputError(
            f"r_max = {r_max:g} is more than half the narrowest width of the box, {width.min():g}; "
            "repeat the periodic cell, or give a free cluster a wider box"
        )
    everything = np.arange(len(position))
    first = everything if query is None else everything[query]
    second = everything if points is None else everything[points]
    if not len(first) or not len(second):
        return np.empty((0, 2), dtype=int), np.empty(0)
    found = (
        freud.locality.AABBQuery(box, position[second])
        .query(position[first], {"r_max": r_max})
        .toNeighborList()
    )
    pairs = np.column_stack([first[found.query_point_indices], second[found.point_indices]])
    keep = pairs[:, 0] != pairs[:, 1]
    return pairs[keep], np.asarray(found.distances, dtype=float)[keep]


def box_widths(vectors):
    """Return the distances between opposite faces of a box.

    Parameters
    ----------
    vectors : (3, 3) array_like
        The vectors of the box as columns.

    Returns
    -------
    (3,) float array

    Examples
    --------
    >>> box_widths([[2, 1, 0], [0, 1, 0], [0, 0, 3]]).round(3).tolist()
    [1.414, 1.0, 3.0]
    """
    return 1 / np.linalg.norm(np.linalg.inv(vectors), axis=1)


def components(pairs, number):
    """Return, for each of `number` members, which connected component of the pairs it belongs to.

    Parameters
    ----------
    pairs : (M, 2) int array
        One direction of a pair suffices.
    number : int

    Returns
    -------
    (number,) int array
        Components are numbered from 0; a member without pairs is one of its own.

    Examples
    --------
    >>> components(np.array([[0, 2], [2, 3]]), 4).tolist()
    [0, 1, 0, 0]
    """
    graph = coo_array((np.ones(len(pairs), dtype=bool), np.asarray(pairs).T), shape=(number, number))
    return connected_components(graph, directed=False)[1]
