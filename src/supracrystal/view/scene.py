"""Geometry of a scene that is to be shown (:mod:`supracrystal.view.show`), and numbers packed as text.

Left out: concave and open surfaces; a polyhedron is the convex hull of its particles.
"""

import base64

import matplotlib
import numpy as np
from scipy.spatial import ConvexHull, QhullError
from scipy.spatial.transform import Rotation

from supracrystal import InputError

HULL = "#e8c468"
"""Colour of polyhedra where none is given."""


def pack(array, kind):
    """Return numbers, rounded to whole ones, in base64 of the NumPy data type `kind`.

    Examples
    --------
    >>> pack([1, 2.6], "<i2")
    'AQADAA=='
    """
    return base64.b64encode(np.rint(array).astype(kind).tobytes()).decode()


def indices(values, number, name):
    """Return `values` as an integer array; `name` is what a message calls it.

    Raises
    ------
    ValueError
        Unless all are indices of `number` particles.

    Examples
    --------
    >>> indices([0, 2], 3, "bonds")
    array([0, 2])
    """
    values = np.asarray(values)
    if not values.size:
        return values.astype(int)
    if values.dtype.kind not in "iu" or values.min() < 0 or values.max() >= number:
        raise InputError(
            f"{name} holds {values.dtype} from {values.min()} to {values.max()}; needed are indices of the "
            f"particles, 0 to {number - 1}"
        )
    return values.astype(int)


def levels(values):
    """Return at most 256 levels and the level of each value, not always a whole number.

    Examples
    --------
    >>> levels(np.array([1.0, 0.78, 1.0]))
    (array([0.78, 1.  ]), array([1, 0, 1]))
    """
    found, index = np.unique(values, return_inverse=True)
    if len(found) > 256:
        found = np.linspace(found[0], found[-1], 256)
        index = (values - found[0]) / (found[1] - found[0])
    return found, index


def pairs(color, size):
    """Return the pairs of colour and size that occur, and the pair of each particle.

    Returns
    -------
    color, size : (P,) int array
        Of each pair.
    index : int array
        Pair of each particle, in the shape of `color`.

    Examples
    --------
    >>> color, size, index = pairs(np.array([[0, 1, 1]]), np.array([[3, 3, 4]]))
    >>> color.tolist(), size.tolist(), index.tolist()
    ([0, 1, 1], [3, 3, 4], [[0, 1, 2]])
    """
    found, index = np.unique(color * 256 + np.rint(size).astype(int), return_inverse=True)
    return found // 256, found % 256, index.reshape(np.shape(color))


def box_edges(corner, vectors):
    """Return the twelve edges of a box, each a (2, 3) array.

    Parameters
    ----------
    corner : (3,) array_like
    vectors : (3, 3) array_like
        As rows.

    Examples
    --------
    >>> len(box_edges([0, 0, 0], np.eye(3)))
    12
    """
    corners = np.asarray(corner) + np.array(list(np.ndindex(2, 2, 2))) @ vectors
    return [corners[[i, i + step]] for i in range(8) for step in (1, 2, 4) if not i & step]


def hulls(polyhedra, position):
    """Return the faces and edges of convex hulls.

    Parameters
    ----------
    polyhedra : list of int array_like, dict of color to such lists, or None
        Indices of the particles at the corners.
    position : (N, 3) float array

    Returns
    -------
    faces : list of (str, (T, 3) int array)
        Colour and triangles, which turn counter-clockwise as seen from outside.
    edges : (E, 2) int array
        Between faces that are not in one plane.

    Raises
    ------
    ValueError
        If the particles of a polyhedron span no volume, or there is no such particle.

    Examples
    --------
    >>> faces, edges = hulls([range(8)], np.array(list(np.ndindex(2, 2, 2)), dtype=float))
    >>> len(faces[0][1]), len(edges)
    (12, 12)
    """
    groups = polyhedra if isinstance(polyhedra, dict) else {HULL: polyhedra or []}
    found, edges = [], set()
    for shade, members in groups.items():
        faces = []
        for k, member in enumerate(members):
            member = indices(member, len(position), f"polyhedra[{k}]")
            try:
                hull = ConvexHull(position[member])
            except (QhullError, ValueError):
                raise InputError(f"polyhedra[{k}] with {len(member)} particles spans no volume") from None
            normal = hull.equations[:, :3]
            a, b, c = np.moveaxis(hull.points[hull.simplices], 1, 0)
            inward = np.einsum("ij,ij->i", np.cross(b - a, c - a), normal) < 0
            faces.append(member[np.where(inward[:, None], hull.simplices[:, ::-1], hull.simplices)])
            for i, beside in enumerate(hull.neighbors):
                for j in beside[normal[beside] @ normal[i] < 1 - 1e-6]:
                    shared = np.intersect1d(hull.simplices[i], hull.simplices[j])
                    edges.add(tuple(sorted(member[shared].tolist())))
        if faces:
            found.append((matplotlib.colors.to_hex(shade), np.concatenate(faces)))
    return found, np.array(sorted(edges), dtype=int).reshape(-1, 2)


def plane(clip, position, centre):
    """Return a cutting plane as six numbers.

    Parameters
    ----------
    clip : (normal, offset) or None
    position : (N, 3) float array
        Relative to `centre`.
    centre : (3,) float array

    Returns
    -------
    list of float or None
        Unit normal, offset from the centre, and the least and greatest offset of a particle.

    Raises
    ------
    ValueError
        If the normal is no direction or the offset is not finite.

    Examples
    --------
    >>> plane(((0, 0, 2), 1.5), np.array([[0, 0, -1.0], [0, 0, 1]]), np.array([0, 0, 1.0]))
    [0.0, 0.0, 1.0, 0.5, -1.0, 1.0]
    """
    if clip is None:
        return None
    normal, offset = np.asarray(clip[0], dtype=float), float(clip[1])
    length = np.linalg.norm(normal)
    if normal.shape != (3,) or not 0 < length < np.inf or not np.isfinite(offset):
        raise InputError(f"clip is {clip!r}; needed are a vector other than zero and a number")
    normal = normal / length
    height = position @ normal
    return [*normal.tolist(), float(offset - centre @ normal), float(height.min()), float(height.max())]


def orientation(axis):
    """Return the rotation that brings `axis` to z, and z, or y where the axis is along z, upright.

    Raises
    ------
    ValueError
        If `axis` is no direction.

    Examples
    --------
    >>> orientation((1, 0, 0)).apply([[1, 0, 0], [0, 0, 1]]).round(12).tolist()
    [[0.0, 0.0, 1.0], [0.0, 1.0, 0.0]]
    """
    axis = np.asarray(axis, dtype=float)
    if axis.shape != (3,) or not 0 < np.linalg.norm(axis) < np.inf:
        raise InputError(f"axis is {axis.tolist()}; a vector other than zero is needed")
    z = axis / np.linalg.norm(axis)
    up = np.array([0.0, 0, 1]) if abs(z[2]) < 0.999 else np.array([0.0, 1, 0])
    x = np.cross(up, z) / np.linalg.norm(np.cross(up, z))
    return Rotation.from_matrix([x, np.cross(z, x), z])
