r"""The ideal binary icosahedral cluster, its shells, and the one-component cluster beside it.

Twenty tetrahedral wedges of the C15 (MgCu2) Laves phase meet in a small sphere at the centre, as in
Wang et al. (2021), "Real-space analysis" and Fig. 4 (`wang2021`). A regular tetrahedron is a little too
slim for that: its edges enclose 60 degrees where the axes of an icosahedron enclose 63.4. Each wedge is
therefore stretched by the one linear map that takes its three edges to three five-fold axes. The faces
shared by two wedges are kagome layers of small spheres and mirror planes, across which pairs of large
spheres face each other as in C14 (MgZn2).

Along the edges :math:`v_1, v_2, v_3` of a wedge, whose length is the distance of neighbouring small
spheres on a five-fold axis, small spheres sit at the whole numbers :math:`(i, j, k)` of which at most one
is odd, and large ones at :math:`2(i, j, k) \pm (\tfrac34, \tfrac34, \tfrac34)`.

Left out: the relaxation of the stretched wedges, and surfaces other than icosahedral and spherical.
Lengths are in diameters of the large spheres.
"""

from collections import Counter

import ase.cluster
import numpy as np
import pandas as pd
from scipy.spatial import ConvexHull, QhullError

from supracrystal import InputError
from supracrystal.colloids.particles import components, is_large, make_particles

_GOLDEN = (1 + 5**0.5) / 2
_LARGE_TO_LARGE = (3 + 6 / 5**0.5) ** 0.5 / 2
"""Distance of large spheres along a three-fold axis over the distance of small ones on a five-fold axis."""

SOLIDS = {
    "tetrahedron": {3: 4},
    "octahedron": {3: 8},
    "cube": {4: 6},
    "icosahedron": {3: 20},
    "dodecahedron": {5: 12},
    "truncated tetrahedron": {3: 4, 6: 4},
    "cuboctahedron": {3: 8, 4: 6},
    "icosidodecahedron": {3: 20, 5: 12},
    "truncated icosahedron": {5: 12, 6: 20},
    "truncated dodecahedron": {3: 20, 10: 12},
    "rhombicosidodecahedron": {3: 20, 4: 30, 5: 12},
    "truncated icosidodecahedron": {4: 30, 6: 20, 10: 12},
}
"""Numbers of faces by their numbers of corners. No two convex solids of this list share them."""


def icosahedral_cluster(layers=None, *, number=None, size_ratio=0.78, spacing=None):
    r"""Make the ideal binary icosahedral cluster.

    Parameters
    ----------
    layers : int, optional
        Layers of the icosahedral cluster: small spheres from the centre to a corner.
    number : int, optional
        Instead of layers, how many particles of the endless structure to keep, those nearest to the
        centre. Among equally distant ones the choice is arbitrary, but always the same.
    size_ratio : float
        Diameter of the small spheres over that of the large ones, which is 1.
    spacing : float, optional
        Distance :math:`d` of small spheres along a five-fold axis. Default: at contact,
        :func:`contact_spacing`.

    Returns
    -------
    gsd.hoomd.Frame
        A free cluster about the origin, sorted by the distance from it, with its two-fold axes along
        :math:`x, y, z`. ``frame.log["particles/wedge"]`` has the wedge of each particle, which
        lies about the axis ``axes(3)[wedge]``, and -1 for those shared by several wedges.

    Raises
    ------
    ValueError
        Unless exactly one of `layers` and `number` is given and every size is positive.

    Notes
    -----
    Source: Wang et al. (2021), "Real-space analysis of binary icosahedral clusters"
    (`wang2021`). The paper counts the shells without the particle at the centre, which the meeting
    of three kagome planes makes a small sphere.

    Examples
    --------
    >>> icosahedral_cluster(3).particles.N, icosahedral_cluster(number=45).particles.N
    (117, 45)
    """
    if (layers is None) == (number is None):
        raise InputError(f"layers is {layers}, number is {number}; give exactly one of them")
    for name, value in {"layers": layers, "number": number}.items():
        if value is not None and not (float(value).is_integer() and value >= 1):
            raise InputError(f"{name} is {value}; a whole number of at least 1 is needed")
    if spacing is None:
        spacing = contact_spacing(size_ratio)
    if not (np.isfinite(spacing) and spacing > 0):
        raise InputError(f"spacing is {spacing}; a positive length is needed")
    if number is None:
        position, large, wedge = _wedges(int(layers))
    else:
        # Inside the icosahedron's inscribed sphere no particle is missing.
        inscribed = np.linalg.norm(_triples()[0].mean(axis=0))
        guess = int(np.ceil((number / 0.98 * 3 / (4 * np.pi)) ** (1 / 3) / inscribed)) + 1
        position, large, wedge = _wedges(guess)
        while len(position) < number or np.linalg.norm(position[number - 1]) > guess * inscribed:
            guess += 1
            position, large, wedge = _wedges(guess)
        position, large, wedge = position[:number], large[:number], wedge[:number]
    frame = make_particles(position * spacing, large, size_ratio=size_ratio)
    frame.log["particles/wedge"] = wedge
    return frame


def contact_spacing(size_ratio):
    r"""Return the distance of small spheres along a five-fold axis for which the cluster touches.

    .. math::
        d = \max\left(\frac{2}{\sqrt{3 + 6/\sqrt 5}},\; q\right)

    in diameters of the large spheres: those touch along the three-fold axes up to the size ratio
    :math:`q = 0.8389`, above it small ones along the five-fold axes. A large and a small sphere are at
    least :math:`d\sqrt{19/16 + 3/(8\sqrt 5)}` apart and never touch.

    Parameters
    ----------
    size_ratio : float

    Returns
    -------
    float

    Raises
    ------
    ValueError
        For a size ratio that is not positive.

    Examples
    --------
    >>> round(contact_spacing(0.78), 4), contact_spacing(0.9)
    (0.8389, 0.9)
    """
    if not (np.isfinite(size_ratio) and size_ratio > 0):
        raise InputError(f"size_ratio is {size_ratio}; a positive number is needed")
    return float(max(1 / _LARGE_TO_LARGE, size_ratio))


def axes(fold):
    """Return the unit vectors along the two-, three- or five-fold axes of the icosahedron.

    Both ends of an axis are listed. Two-fold axes lie along x, y and z.

    Parameters
    ----------
    fold : {2, 3, 5}

    Returns
    -------
    (30, 3), (20, 3) or (12, 3) float array

    Examples
    --------
    >>> [len(axes(fold)) for fold in (2, 3, 5)]
    [30, 20, 12]
    """
    if fold not in (2, 3, 5):
        raise InputError(f"fold is {fold}; an icosahedron has axes of the folds 2, 3 and 5")
    corners = {2: _pairs, 3: _triples, 5: lambda: _corners()[:, None]}[fold]()
    vectors = corners.mean(axis=1)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def shells(frame, centre=(0, 0, 0), *, first=8, tolerance=1e-4):
    """List the concentric shells of a cluster, with the solid that each one forms.

    A shell is a set of particles of one species at one distance from the centre. A particle at the
    centre itself makes no shell and is not counted, as in Fig. 4a of Wang et al. (2021), where the
    Bergman cluster, the first three shells, has 44 particles.

    Parameters
    ----------
    frame : gsd.hoomd.Frame
        A free cluster.
    centre : (3,) array_like
        Centre of the shells.
    first : int, optional
        Number of shells, from the inside. None: all.
    tolerance : float
        Distances from the centre that differ by less than this are one shell, and faces that differ
        by less in direction (in radians) are one face. Increase it for coordinates with noise.

    Returns
    -------
    pandas.DataFrame
        One row for each shell, numbered from 1: ``radius``, ``species``, ``number`` of particles in
        the shell, ``cumulative`` number up to it, ``solid`` and ``edge_ratio`` as of :func:`solid`.

    Notes
    -----
    Source: Wang et al. (2021), Fig. 4a (`wang2021`).

    Examples
    --------
    >>> shells(icosahedral_cluster(3), first=3)[["species", "number", "cumulative", "solid"]]
          species  number  cumulative         solid
    shell
    1           S      12          12   icosahedron
    2           L      20          32  dodecahedron
    3           S      12          44   icosahedron
    """
    offset = np.asarray(frame.particles.position, dtype=float) - np.asarray(centre, dtype=float)
    radius, large = np.linalg.norm(offset, axis=1), is_large(frame)
    found = []
    for species in (True, False):
        members = np.flatnonzero((large == species) & (radius > tolerance))
        members = members[np.argsort(radius[members], kind="stable")]
        found += np.split(members, np.flatnonzero(np.diff(radius[members]) > tolerance) + 1)
    found = sorted((shell for shell in found if len(shell)), key=lambda shell: radius[shell].mean())[:first]
    rows = [
        (radius[shell].mean(), "L" if large[shell[0]] else "S", len(shell), *solid(offset[shell], tolerance))
        for shell in found
    ]
    table = pd.DataFrame(rows, columns=["radius", "species", "number", "solid", "edge_ratio"])
    table.insert(3, "cumulative", table["number"].cumsum())
    return table.set_axis(pd.RangeIndex(1, len(table) + 1, name="shell"))


def solid(points, tolerance=1e-4):
    """Name the Platonic or Archimedean solid whose corners are the given points.

    The name follows from the faces of the convex hull, counted by their numbers of corners, and from
    every point being a corner. Shapes with the faces of an Archimedean solid, but edges of different
    lengths, have its name and an edge ratio above 1.

    Parameters
    ----------
    points : (N, 3) array_like
    tolerance : float
        Neighbouring triangles of the hull whose normals differ by less (in radians) are one face.

    Returns
    -------
    name : str
        One of ``SOLIDS``, or empty.
    edge_ratio : float
        Longest over shortest edge, 1 for a uniform solid. NaN where there is no hull.

    Examples
    --------
    >>> solid([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]])
    ('tetrahedron', 1.0)
    """
    points = np.asarray(points, dtype=float)
    try:
        hull = ConvexHull(points)
    except (QhullError, ValueError):
        return "", np.nan
    triangle = np.repeat(np.arange(len(hull.simplices)), 3)
    other = hull.neighbors.ravel()
    normal = hull.equations[:, :3]
    flat = np.linalg.norm(normal[triangle] - normal[other], axis=1) < tolerance
    face = components(np.column_stack([triangle, other])[flat], len(normal))
    # A polygon of n corners consists of n - 2 triangles.
    faces = Counter(int(n) + 2 for n in np.bincount(face))
    # The edge shared with neighbour k is opposite to corner k of the triangle.
    edge = np.stack([hull.simplices[:, [1, 2]], hull.simplices[:, [2, 0]], hull.simplices[:, [0, 1]]], axis=1)
    start, end = edge.reshape(-1, 2)[~flat].T
    length = np.linalg.norm(points[start] - points[end], axis=1)
    convex = len(hull.vertices) == len(points)
    name = next((name for name, known in SOLIDS.items() if convex and faces == known), "")
    return name, round(float(length.max() / length.min()), 9)


def mackay_cluster(shells):
    """Make the icosahedral cluster of equal spheres, in contact along its five-fold axes.

    Parameters
    ----------
    shells : int
        Shells around the central particle: 1 gives 13 particles, 2 give 55, 3 give 147.

    Returns
    -------
    gsd.hoomd.Frame
        A free cluster of large spheres about the origin, from :class:`ase.cluster.Icosahedron`, with
        the shell of each in ``frame.log["particles/shell"]``.

    Notes
    -----
    Source: Mackay (1962, `mackay1962`). It is the one-component cluster with which Wang et al. (2021)
    compare theirs (`wang2021`).

    Examples
    --------
    >>> [mackay_cluster(n).particles.N for n in (0, 1, 2, 3)]
    [1, 13, 55, 147]
    """
    if not (float(shells).is_integer() and shells >= 0):
        raise InputError(f"shells is {shells}; a whole number of at least 0 is needed")
    atoms = ase.cluster.Icosahedron("Au", int(shells) + 1, latticeconstant=2**0.5)
    frame = make_particles(atoms.positions, np.ones(len(atoms), dtype=bool))
    frame.log["particles/shell"] = atoms.get_tags() - 1
    return frame


def _corners():
    """Return the twelve corners of an icosahedron, at distance 1."""
    signs = np.array([(i, j) for i in (1, -1) for j in (1, -1)])
    rectangle = np.insert(signs * [1, _GOLDEN], 0, 0, axis=1)
    return np.vstack([np.roll(rectangle, k, axis=1) for k in range(3)]) / np.hypot(1, _GOLDEN)


def _pairs():
    """Return the ends of the thirty edges, (30, 2, 3)."""
    corners = _corners()
    return corners[[(i, j) for i, j in np.argwhere(_joined(corners)) if i < j]]


def _triples():
    """Return the corners of the twenty faces, (20, 3, 3)."""
    corners = _corners()
    joined = _joined(corners)
    triangle = joined[:, :, None] & joined[:, None, :] & joined[None, :, :]
    return corners[[(i, j, k) for i, j, k in np.argwhere(triangle) if i < j < k]]


def _joined(corners):
    return np.isclose(corners @ corners.T, 5**-0.5)


def _wedges(layers):
    """Positions in units of the spacing, sorted by distance, with species and wedges.

    Corners, edges and faces of the wedges are filled on their own, so that nothing is counted twice.
    """
    steps = np.arange(layers + 1)
    place = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(-1, 3)
    small = place[(place.sum(axis=1) <= layers) & (np.sum(place % 2, axis=1) <= 1)]
    even = place[(place % 2 == 0).all(axis=1)]
    large = np.vstack([even + 0.75, even + 1.25])
    large = large[large.sum(axis=1) <= layers]
    inside = small[(small > 0).all(axis=1)]
    face = small[(small[:, :2] > 0).all(axis=1) & (small[:, 2] == 0)][:, :2]
    position, species, wedge = [np.zeros((1, 3))], [np.zeros(1, dtype=bool)], [np.full(1, -1)]
    for site, edges, is_large_site, own in (
        (steps[1:, None], _corners()[:, None], False, False),
        (face, _pairs(), False, False),
        (inside, _triples(), False, True),
        (large, _triples(), True, True),
    ):
        position.append(np.einsum("sk,wkx->wsx", site, edges).reshape(-1, 3))
        species.append(np.full(len(site) * len(edges), is_large_site))
        wedge.append(np.repeat(np.arange(len(edges)) if own else np.full(len(edges), -1), len(site)))
    position, species, wedge = np.vstack(position), np.concatenate(species), np.concatenate(wedge)
    # Rounded, so that the order within a shell does not hang on the last digit.
    order = np.argsort(np.linalg.norm(position, axis=1).round(9), kind="stable")
    return position[order], species[order], wedge[order]
