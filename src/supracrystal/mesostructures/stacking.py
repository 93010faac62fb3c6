r"""How plates are stacked: the nematic order of their normals, who lies on whom, stacks and layers.

The cubatic order of edges, and the shape of an aggregate as a whole, are in
:mod:`~supracrystal.mesostructures.cuboids`.
"""

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components


def plates(frame):
    """Centres, normals and edges of plates from their beads.

    Parameters
    ----------
    frame : gsd.hoomd.Frame
        Beads in a periodic box; ``particles.body`` says to which plate each belongs, all of the same number.

    Returns
    -------
    centre, normal : (P, 3) numpy.ndarray
    edge : (P, 3) numpy.ndarray
        Unit vector along an edge.

    Raises
    ------
    ValueError
        If the plates are not square sheets of equally many beads.

    Examples
    --------
    >>> from supracrystal.mesostructures import square_plate
    >>> from supracrystal.simulation import frame_of
    >>> frame = frame_of(square_plate(3), [0] * 9, [3.5], [0] * 9, [60.0] * 3)
    >>> plates(frame)[1].round(3).tolist()
    [[0.0, 0.0, 1.0]]
    """
    body = np.asarray(frame.particles.body)
    beads = np.bincount(body)
    across = round(np.sqrt(beads[0]))
    if (beads != beads[0]).any() or across**2 != beads[0] or across < 2:
        raise ValueError(f"plates have {sorted(set(beads.tolist()))} beads; needed is one square number")
    order = np.argsort(body, kind="stable")
    position = np.asarray(frame.particles.position, dtype=float)[order].reshape(-1, beads[0], 3)
    box = np.asarray(frame.configuration.box[:3], dtype=float)
    apart = position - position[:, :1]
    apart -= box * np.round(apart / box)
    centre = position[:, 0] + apart.mean(axis=1)
    first, second = apart[:, across - 1], apart[:, -across]
    normal = np.cross(second, first)
    unit = [vector / np.linalg.norm(vector, axis=1, keepdims=True) for vector in (normal, first)]
    return centre - box * np.round(centre / box), *unit


def nematic_order(normal):
    r"""Nematic order of directions without heads.

    .. math:: \mathbf Q = \tfrac12 \langle 3 \mathbf n \mathbf n - 1 \rangle,\qquad P_2 = \lambda_\mathrm{max}

    Parameters
    ----------
    normal : (P, 3) array
        Unit vectors.

    Returns
    -------
    order : float
        1 if all are parallel, about :math:`P^{-1/2}` if they are random.
    director : (3,) numpy.ndarray

    Examples
    --------
    >>> order, director = nematic_order(np.array([[0, 0, 1.0], [0, 0, -1.0]]))
    >>> round(order, 3), np.abs(director).tolist()
    (1.0, [0.0, 0.0, 1.0])
    """
    normal = np.asarray(normal, dtype=float)
    value, vector = np.linalg.eigh(1.5 * normal.T @ normal / len(normal) - 0.5 * np.eye(3))
    return float(value[-1]), vector[:, -1]


def neighbouring_plates(centre, normal, edge, box, *, side, spacing):
    """Pairs of plates that lie on one another, or side by side.

    Parameters
    ----------
    centre, normal, edge : (P, 3) array
        From :func:`plates`.
    box : (3,) array
        Edges in nm.
    side : float
        Edge of a plate with its ligands, the distance of plates side by side.
    spacing : float
        Distance of the middles of plates face to face.

    Returns
    -------
    face : (n, 2) numpy.ndarray
        Normals within 15°, middles within 40 % of `spacing` from it along the normal, and within half a side
        across it.
    flank : (m, 2) numpy.ndarray
        Normals within 15°, middles less than half a `spacing` along the normal, and within 20 % of `side`
        from it across it.

    Examples
    --------
    >>> normal, edge = np.tile([0.0, 0, 1], (2, 1)), np.tile([1.0, 0, 0], (2, 1))
    >>> centre = np.array([[0, 0, 0], [0, 0, 5.0]])
    >>> face, flank = neighbouring_plates(centre, normal, edge, [90.0] * 3, side=17.0, spacing=5.0)
    >>> face.tolist(), flank.tolist()
    ([[0, 1]], [])
    """
    one, two = np.triu_indices(len(centre), 1)
    box = np.asarray(box, dtype=float)
    apart = centre[two] - centre[one]
    apart -= box * np.round(apart / box)
    alike = np.abs((normal[one] * normal[two]).sum(1)) > np.cos(np.radians(15))
    along = np.abs((apart * normal[one]).sum(1))
    across = np.sqrt(np.maximum((apart**2).sum(1) - along**2, 0))
    face = alike & (np.abs(along - spacing) < 0.4 * spacing) & (across < side / 2)
    flank = alike & (along < spacing / 2) & (np.abs(across - side) < 0.2 * side)
    pairs = np.column_stack([one, two])
    return pairs[face], pairs[flank]


def groups(pairs, number):
    """Find the connected group of each particle.

    Parameters
    ----------
    pairs : (n, 2) array
    number : int
        Of particles.

    Returns
    -------
    (number,) numpy.ndarray of int

    Examples
    --------
    >>> groups([[0, 2]], 3).tolist()
    [0, 1, 0]
    """
    pairs = np.asarray(pairs, dtype=int).reshape(-1, 2)
    links = coo_matrix((np.ones(len(pairs)), pairs.T), shape=(number, number))
    return connected_components(links, directed=False)[1]


def stacking(frame, *, side, spacing):
    """Order of plates.

    Parameters
    ----------
    frame : gsd.hoomd.Frame
        See :func:`plates`.
    side, spacing : float
        See :func:`neighbouring_plates`.

    Returns
    -------
    dict
        ``nematic``, P2 of all normals; ``local``, the mean of P2 over pairs whose middles are less than
        1.1 sides apart (NaN without any); ``faces``, the share of faces that bear another plate; ``flanks``,
        plates side by side of each plate; ``stack``, plates in a stack, the mean seen from a plate;
        ``largest``, the share of plates in the largest aggregate.

    Examples
    --------
    >>> from supracrystal.mesostructures import square_plate
    >>> from supracrystal.simulation import frame_of
    >>> stack = np.concatenate([square_plate(3) + [0, 0, 5.0 * k] for k in range(10)])
    >>> frame = frame_of(stack, [0] * 90, [3.5], np.repeat(range(10), 9), [90.0] * 3)
    >>> found = stacking(frame, side=9.0, spacing=5.0)
    >>> round(found["nematic"], 3), round(found["faces"], 3), found["stack"]
    (1.0, 0.9, 10.0)
    """
    centre, normal, edge = plates(frame)
    box = np.asarray(frame.configuration.box[:3], dtype=float)
    number = len(centre)
    face, flank = neighbouring_plates(centre, normal, edge, box, side=side, spacing=spacing)
    one, two = np.triu_indices(number, 1)
    apart = centre[two] - centre[one]
    near = np.linalg.norm(apart - box * np.round(apart / box), axis=1) < 1.1 * side
    cosine = (normal[one] * normal[two]).sum(1)[near]
    sizes = np.bincount(label := groups(face, number))
    clusters = np.bincount(groups(np.column_stack([one, two])[near], number))
    return {
        "nematic": nematic_order(normal)[0],
        "local": float((1.5 * cosine**2 - 0.5).mean()) if near.any() else np.nan,
        "faces": min(len(face) / number, 1.0),
        "flanks": 2 * len(flank) / number,
        "stack": float(sizes[label].mean()),
        "largest": float(clusters.max() / number),
    }


def layering(centre, direction, spacing):
    r"""Smectic order: how well middles fall into layers across a direction.

    .. math:: \tau = \max_d \left| \frac1P \sum_j e^{2 \pi i\, \mathbf r_j \cdot \mathbf u / d} \right|

    Parameters
    ----------
    centre : (P, 3) array
        Of an aggregate that no boundary cuts.
    direction : (3,) array
    spacing : float
        Layers between 0.7 and 1.4 times as far apart are tried.

    Returns
    -------
    order : float
        From 0 to 1.
    distance : float
        Of the layers.

    Examples
    --------
    >>> order, distance = layering(np.outer(np.arange(9), [0, 0, 5.0]), [0, 0, 1], 5.0)
    >>> round(order, 3), round(distance, 2)
    (1.0, 5.0)
    """
    tried = spacing * np.linspace(0.7, 1.4, 141)
    height = np.asarray(centre, dtype=float) @ (
        np.asarray(direction, dtype=float) / np.linalg.norm(direction)
    )
    waves = np.abs(np.exp(2j * np.pi * height[:, None] / tried).mean(axis=0))
    return float(waves.max()), float(tried[waves.argmax()])
