r"""The shape of an aggregate of plates: which plates touch, the cuboid that they make, and its cubatic order.

An aggregate is compared with the solid cuboid that has its gyration tensor. Of all solids with flat faces at
right angles, one whole cuboid fills this volume, and branches, steps and holes leave some of it empty. Left
out: aggregates that reach through the periodic box to themselves.
"""

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import breadth_first_order
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from supracrystal.mesostructures.stacking import groups, layering, neighbouring_plates, nematic_order, plates

TRIED = 200
"""Plates whose own axes are tried first as those of all."""
CONTACT = 1.0
"""Distance in nm beyond that of hard particles at which beads of two plates still touch."""


def cubatic_order(normal, edge):
    r"""Cubatic order: how well the faces of plates, six each, follow three directions at right angles.

    .. math:: S_4 = \max_{\mathbf e} \frac{1}{6} \left[\frac{5}{P} \sum_p \sum_{i,j=1}^{3}
        \left(\mathbf a_{pi} \cdot \mathbf e_j\right)^4 - 9\right]

    with the axes :math:`\mathbf a_{pi}` of plate p, and any orthogonal axes :math:`\mathbf e_j`.

    Parameters
    ----------
    normal, edge : (P, 3) array
        Unit vectors, see :func:`.stacking.plates`.

    Returns
    -------
    float
        1 if all faces are parallel or at right angles, 7/12 if only the normals are parallel, and near 0 for
        many plates at random.

    Notes
    -----
    Source: the projection of the mean tensor of Haji-Akbari and Glotzer (2015, `hajiakbari2015`) for cubic
    particles on that of perfect order. Their order parameter, one minus the squared distance of the two
    tensors, is nearer to 1.

    Examples
    --------
    >>> normal, edge = np.eye(3), np.eye(3)[[1, 2, 0]]
    >>> round(cubatic_order(normal, edge), 6)
    1.0
    """
    axes = np.stack([edge, np.cross(normal, edge), normal], axis=1)
    square = np.einsum("pia,pib->piab", axes, axes).reshape(-1, 9)
    mean = square.T @ square / len(axes)

    def order(frames):
        square = np.einsum("...ja,...jb->...jab", frames, frames).reshape(*frames.shape[:-1], 9)
        return (5 * np.einsum("...a,ab,...b->...", square, mean, square).sum(-1) - 9) / 6

    best = axes[order(axes[:TRIED]).argmax()]
    found = minimize(lambda turn: -order(best @ Rotation.from_rotvec(turn).as_matrix()), np.zeros(3))
    return float(-found.fun)


def touching(frame, reach):
    """Pairs of plates with beads closer than a distance.

    Parameters
    ----------
    frame : gsd.hoomd.Frame
        Beads in a periodic cuboid; ``particles.body`` is the number of the plate.
    reach : float
        In nm.

    Returns
    -------
    (n, 2) numpy.ndarray

    Examples
    --------
    >>> from supracrystal.mesostructures import square_plate
    >>> from supracrystal.simulation import frame_of
    >>> two = np.concatenate([square_plate(3), square_plate(3) + [0, 0, 5.0]])
    >>> frame = frame_of(two, [0] * 18, [3.5], np.repeat([0, 1], 9), [90.0] * 3)
    >>> touching(frame, 5.5).tolist()
    [[0, 1]]
    """
    box = np.asarray(frame.configuration.box[:3], dtype=float)
    inside = np.mod(np.asarray(frame.particles.position, dtype=float), box)
    pairs = cKDTree(np.where(inside >= box, 0.0, inside), boxsize=box).query_pairs(
        reach, output_type="ndarray"
    )
    body = np.sort(np.asarray(frame.particles.body)[pairs], axis=1)
    return np.unique(body[body[:, 0] != body[:, 1]], axis=0).astype(int)


def largest_aggregate(centre, pairs, box):
    """Return the plates of the largest aggregate, put together across the boundaries of the box.

    Parameters
    ----------
    centre : (P, 3) array
    pairs : (n, 2) array
        Plates that touch.
    box : (3,) array
        Edges in nm.

    Returns
    -------
    index : (k,) numpy.ndarray of int
    position : (k, 3) numpy.ndarray
        Of their middles.

    Examples
    --------
    >>> index, position = largest_aggregate([[8.0, 0, 0], [-9, 0, 0], [0, 5, 0]], [[0, 1]], [20.0] * 3)
    >>> index.tolist(), position[:, 0].tolist()
    ([0, 1], [8.0, 11.0])
    """
    centre, pairs = np.asarray(centre, dtype=float), np.asarray(pairs, dtype=int).reshape(-1, 2)
    label = groups(pairs, len(centre))
    root = np.flatnonzero(label == np.bincount(label).argmax())[0]
    links = coo_matrix((np.ones(len(pairs)), pairs.T), shape=(len(centre),) * 2).tocsr()
    order, before = breadth_first_order(links, root, directed=False)
    position = centre.copy()
    for one in order[1:]:
        apart = centre[one] - centre[before[one]]
        position[one] = position[before[one]] + apart - box * np.round(apart / box)
    index = np.sort(order)
    return index, position[index]


def cuboid(centre, normal, *, side, spacing):
    r"""Compute the cuboid with the gyration tensor of plates, taken as solid.

    .. math:: \mathbf S = \frac1P \sum_p \left[(\mathbf r_p - \bar{\mathbf r})(\mathbf r_p -
        \bar{\mathbf r}) + \frac{a^2}{12} \mathbf 1 + \frac{d^2 - a^2}{12} \mathbf n_p \mathbf n_p\right]
        ,\quad l_i = \sqrt{12 \lambda_i} ,\quad f = \frac{P a^2 d}{l_1 l_2 l_3}

    Parameters
    ----------
    centre, normal : (P, 3) array
        Of one aggregate, not cut by a boundary.
    side, spacing : float
        a and d, edge and thickness of a plate with its ligands, in nm.

    Returns
    -------
    edges : (3,) numpy.ndarray
        In nm, the longest first.
    filling : float
        f: 1 for a cuboid.

    Examples
    --------
    >>> stack = np.outer(np.arange(4), [0, 0, 5.0])
    >>> edges, filling = cuboid(stack, np.tile([0, 0, 1.0], (4, 1)), side=17.0, spacing=5.0)
    >>> edges.round(6).tolist(), round(filling, 6)
    ([20.0, 17.0, 17.0], 1.0)
    """
    centre, normal = np.asarray(centre, dtype=float), np.asarray(normal, dtype=float)
    apart = centre - centre.mean(axis=0)
    own = side**2 * np.eye(3) + (spacing**2 - side**2) * normal.T @ normal / len(normal)
    edges = np.sqrt(12 * np.linalg.eigvalsh(apart.T @ apart / len(centre) + own / 12)[::-1])
    return edges, float(len(centre) * side**2 * spacing / edges.prod())


def register(centre, normal, edge, box, *, side, spacing):
    """How far plates that lie on one another are out of register.

    Parameters
    ----------
    centre, normal, edge, box, side, spacing
        See :func:`.stacking.neighbouring_plates`.

    Returns
    -------
    offset : (n,) numpy.ndarray
        Of the middles along the faces, over `side`.
    twist : (n,) numpy.ndarray
        Between the edges, in degrees, from 0 to 45.

    Examples
    --------
    >>> centre, up, edge = np.array([[0, 0, 0], [3.4, 0, 5]]), [[0, 0, 1.0]] * 2, [[1.0, 0, 0], [0, 1, 0]]
    >>> offset, twist = register(centre, np.array(up), np.array(edge), [90.0] * 3, side=17.0, spacing=5.0)
    >>> offset.round(3).tolist(), twist.tolist()
    ([0.2], [0.0])
    """
    face, _ = neighbouring_plates(centre, normal, edge, box, side=side, spacing=spacing)
    one, two = face.T
    apart = centre[two] - centre[one]
    apart -= box * np.round(apart / np.asarray(box))
    across = apart - (apart * normal[one]).sum(1, keepdims=True) * normal[one]
    turned = np.degrees(
        np.arctan2((np.cross(edge[one], edge[two]) * normal[one]).sum(1), (edge[one] * edge[two]).sum(1))
    )
    return np.linalg.norm(across, axis=1) / side, np.abs((turned + 45) % 90 - 45)


def aggregate(recipe, frame):
    """Shape and order of the largest aggregate of the plates of a recipe.

    Parameters
    ----------
    recipe : Recipe
    frame : gsd.hoomd.Frame

    Returns
    -------
    dict
        ``plates``, their number in it; ``length``, ``width`` and ``height`` of its :func:`cuboid` in nm, the
        longest first; ``filling``; ``cubatic`` and ``smectic`` order, the second along the director of its
        normals.

    Examples
    --------
    >>> from supracrystal.simulation import AssemblyRecipe, arrangement
    >>> recipe = AssemblyRecipe(shape="plate", number=8, steps=1, solvent="toluene", temperature_C=45,
    ...                         packing=0.02)
    >>> stack = arrangement(recipe, np.outer(range(8), [0, 0, 4.4]), Rotation.identity(8))
    >>> found = aggregate(recipe, stack)
    >>> found["plates"], round(found["length"], 1), round(found["width"], 1), round(found["smectic"], 3)
    (8, 35.2, 16.4, 1.0)
    """
    centre, normal, edge = plates(frame)
    box = np.asarray(frame.configuration.box[:3], dtype=float)
    spacing = recipe.core + recipe.shell
    index, position = largest_aggregate(centre, touching(frame, spacing + CONTACT), box)
    edges, filling = cuboid(position, normal[index], side=recipe.side + recipe.shell, spacing=spacing)
    return {
        "plates": len(index),
        **dict(zip(("length", "width", "height"), edges.tolist(), strict=True)),
        "filling": filling,
        "cubatic": cubatic_order(normal[index], edge[index]),
        "smectic": layering(position, nematic_order(normal[index])[1], spacing)[0],
    }
