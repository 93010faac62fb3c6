r"""How spheres are packed, how plates are stacked, and which cuboid an aggregate of plates makes.

Crystalline spheres are found by their bonds (ten Wolde et al. 1996, `tenwolde1996`). An aggregate of
plates is compared with the solid cuboid that has its gyration tensor: of all solids with flat faces at
right angles, one whole cuboid fills this volume, and branches, steps and holes leave some of it empty.
Lengths are in nm.

Left out: which crystal spheres form, and aggregates that reach through the periodic box to themselves.
"""

import freud
import gsd.hoomd
import numpy as np
from scipy.optimize import minimize
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import breadth_first_order, connected_components
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from supracrystal import InputError

BONDS = 7
"""Bonds that are alike which make a sphere crystalline."""
LIKE = 0.7
"""Least product of the normalised bond order vectors of neighbours that are alike."""
TRIED = 200
"""Plates whose own axes are tried first as those of all."""
CONTACT = 1.0
"""Distance in nm beyond that of hard particles at which beads of two plates still touch."""


def last_frame(path):
    """Read the last frame of a GSD trajectory.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> frame = gsd.hoomd.Frame()
    >>> frame.particles.N, frame.particles.position = 1, [[0, 0, 1]]
    >>> with TemporaryDirectory() as folder:
    ...     with gsd.hoomd.open(f"{folder}/one.gsd", "w") as file:
    ...         file.append(frame)
    ...     last_frame(f"{folder}/one.gsd").particles.position.tolist()
    [[0.0, 0.0, 1.0]]
    """
    with gsd.hoomd.open(path) as file:
        return file[-1]


def groups(pairs, number):
    """Return the label of the connected group of each of `number` particles, for (n, 2) pairs."""
    pairs = np.asarray(pairs, dtype=int).reshape(-1, 2)
    links = coo_matrix((np.ones(len(pairs)), pairs.T), shape=(number, number))
    return connected_components(links, directed=False)[1]


def sphere_order(frame, *, shell):
    """Order of spheres with the diameters of their metals, `shell` apart in contact, in a periodic box.

    Returns
    -------
    dict
        ``contacts``, neighbours whose gap is less than `shell` plus a tenth of a diameter;
        ``crystalline``, the share with at least :data:`BONDS` like bonds of 12; ``packing``, the volume
        fraction in the Voronoi cells of those with at least 6 contacts (NaN without any); ``largest``,
        the share in one aggregate.

    Examples
    --------
    >>> box, position = freud.data.UnitCell.fcc().generate_system(6, scale=4 * 2**0.5)
    >>> frame = gsd.hoomd.Frame()
    >>> frame.particles.position, frame.particles.diameter = position, np.full(len(position), 3.0)
    >>> frame.configuration.box = [*box.L, 0, 0, 0]
    >>> {name: round(float(value), 3) for name, value in sphere_order(frame, shell=1.0).items()}
    {'contacts': 12.0, 'crystalline': 1.0, 'packing': 0.74, 'largest': 1.0}
    """
    box = freud.box.Box(*map(float, frame.configuration.box[:3]))
    position = np.asarray(frame.particles.position, dtype=float)
    diameter = np.asarray(frame.particles.diameter, dtype=float) + shell
    reach = float(1.1 * diameter.max())
    query = freud.locality.AABBQuery(box, position)
    near = query.query(position, {"r_max": reach, "exclude_ii": True}).toNeighborList()
    one, two = near[:].T
    touching = near.distances < (diameter[one] + diameter[two]) / 2 + 0.1 * diameter.mean()
    contacts = np.bincount(one[touching], minlength=len(position))
    order = freud.order.SolidLiquid(l=6, q_threshold=LIKE, solid_threshold=BONDS)
    order.compute((box, position), neighbors={"num_neighbors": 12, "exclude_ii": True})
    cells = freud.locality.Voronoi().compute((box, position)).volumes
    inner = contacts >= 6
    volume = np.pi / 6 * diameter[inner] ** 3
    label = groups(np.column_stack([one, two])[touching], len(position))
    return {
        "contacts": float(contacts.mean()),
        "crystalline": float((order.num_connections >= BONDS).mean()),
        "packing": float(volume.sum() / cells[inner].sum()) if inner.any() else np.nan,
        "largest": float(np.bincount(label).max() / len(position)),
    }


def structure_factor(frame, *, bins=80, furthest=5.0):
    """Wave numbers (to `furthest`, in 1/nm) and static structure factor of spheres, NaN in empty bins.

    Examples
    --------
    >>> frame = gsd.hoomd.Frame()
    >>> frame.particles.position = np.random.default_rng(1).uniform(-15, 15, (500, 3))
    >>> frame.configuration.box = [30, 30, 30, 0, 0, 0]
    >>> q, value = structure_factor(frame)
    >>> bool(abs(np.nanmean(value[20:]) - 1) < 0.05)
    True
    """
    box = freud.box.Box(*map(float, frame.configuration.box[:3]))
    waves = freud.diffraction.StaticStructureFactorDirect(
        bins=bins, k_max=furthest, k_min=np.pi / box.L.max(), num_sampled_k_points=3_000
    )
    waves.compute((box, np.asarray(frame.particles.position, dtype=float)))
    return waves.bin_centers, waves.S_k


def plates(frame):
    """Centres, normals and edges of square plates, each a (P, 3) array, from their beads.

    ``particles.body`` says to which plate each bead belongs, row by row in a plate, in a periodic box. Other
    than square sheets of equally many beads are refused.

    Examples
    --------
    >>> frame = gsd.hoomd.Frame()
    >>> frame.particles.position = [[x, y, 0] for x in (0, 3.5) for y in (0, 3.5)]
    >>> frame.particles.body, frame.configuration.box = [0] * 4, [60, 60, 60, 0, 0, 0]
    >>> np.abs(plates(frame)[1]).round(3).tolist()
    [[0.0, 0.0, 1.0]]
    """
    body = np.asarray(frame.particles.body)
    beads = np.bincount(body)
    across = round(np.sqrt(beads[0]))
    if (beads != beads[0]).any() or across**2 != beads[0] or across < 2:
        raise InputError(f"plates have {sorted(set(beads.tolist()))} beads; needed is one square number")
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
    r"""Nematic order and director of (P, 3) unit vectors without heads.

    .. math:: \mathbf Q = \tfrac12 \langle 3 \mathbf n \mathbf n - 1 \rangle,\qquad P_2 = \lambda_\mathrm{max}

    The order is 1 if all are parallel, and about :math:`P^{-1/2}` if they are random.

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
    """Pairs of plates, as (n, 2) arrays, that lie on one another and that lie side by side.

    Centres, normals and edges are those of :func:`plates`, in a periodic box with three edges. Normals
    agree within 15°. Face to face, middles are within 40 % of `spacing` from it along the normal and
    within half a `side` across it; side by side, less than half a `spacing` along it and within 20 % of
    `side` from it across.

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


def stacking(frame, *, side, spacing):
    """Order of the plates of a frame; see :func:`plates` and :func:`neighbouring_plates`.

    Returns
    -------
    dict
        ``nematic``, P2 of all normals; ``local``, its mean over pairs less than 1.1 sides apart (NaN without
        any); ``faces``, the share that bears another plate; ``flanks``, plates beside each plate; ``stack``,
        plates in a stack, the mean seen from a plate; ``largest``, the share in the largest aggregate.

    Examples
    --------
    >>> frame = gsd.hoomd.Frame()
    >>> frame.particles.position = [[x, y, 5 * k] for k in range(9) for x in (0, 8) for y in (0, 8)]
    >>> frame.particles.body, frame.configuration.box = np.repeat(range(9), 4), [90, 90, 90, 0, 0, 0]
    >>> found = stacking(frame, side=9.0, spacing=5.0)
    >>> round(found["nematic"], 3), round(found["faces"], 3), found["stack"]
    (1.0, 0.889, 9.0)
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
    r"""Smectic order of (P, 3) middles along a direction, and the distance of their layers.

    .. math:: \tau = \max_d \left| \frac1P \sum_j e^{2 \pi i\, \mathbf r_j \cdot \mathbf u / d} \right|

    Layers between 0.7 and 1.4 times `spacing` apart are tried. No boundary may cut the aggregate.
    """
    tried = spacing * np.linspace(0.7, 1.4, 141)
    unit = np.asarray(direction, dtype=float) / np.linalg.norm(direction)
    height = np.asarray(centre, dtype=float) @ unit
    waves = np.abs(np.exp(2j * np.pi * height[:, None] / tried).mean(axis=0))
    return float(waves.max()), float(tried[waves.argmax()])


def cubatic_order(normal, edge):
    r"""Cubatic order: how well the faces of plates, six each, follow three directions at right angles.

    .. math:: S_4 = \max_{\mathbf e} \frac{1}{6} \left[\frac{5}{P} \sum_p \sum_{i,j=1}^{3}
        \left(\mathbf a_{pi} \cdot \mathbf e_j\right)^4 - 9\right]

    with the axes :math:`\mathbf a_{pi}` of plate p: 1 if all faces are parallel or at right angles, 7/12
    if only the normals are parallel, near 0 for many at random. It is the projection of the mean tensor
    of Haji-Akbari and Glotzer (2015, `hajiakbari2015`) for cubic particles on that of perfect order.
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
    """Pairs of plates, as an (n, 2) array, with beads closer than `reach` in a periodic cuboid.

    Examples
    --------
    >>> frame = gsd.hoomd.Frame()
    >>> frame.particles.position, frame.particles.body = [[0, 0, 0], [0, 0, 5.0]], [0, 1]
    >>> frame.configuration.box = [90, 90, 90, 0, 0, 0]
    >>> touching(frame, 5.5).tolist()
    [[0, 1]]
    """
    box = np.asarray(frame.configuration.box[:3], dtype=float)
    inside = np.mod(np.asarray(frame.particles.position, dtype=float), box)
    tree = cKDTree(np.where(inside >= box, 0.0, inside), boxsize=box)
    body = np.sort(np.asarray(frame.particles.body)[tree.query_pairs(reach, output_type="ndarray")], axis=1)
    return np.unique(body[body[:, 0] != body[:, 1]], axis=0).astype(int)


def largest_aggregate(centre, pairs, box):
    """Index and (k, 3) middles of the largest aggregate by pairs that touch, put together across boundaries.

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
    r"""Edges (longest first) and filling of the cuboid with the gyration tensor of solid plates.

    .. math:: \mathbf S = \frac1P \sum_p \left[(\mathbf r_p - \bar{\mathbf r})(\mathbf r_p -
        \bar{\mathbf r}) + \frac{a^2}{12} \mathbf 1 + \frac{d^2 - a^2}{12} \mathbf n_p \mathbf n_p\right]
        ,\quad l_i = \sqrt{12 \lambda_i} ,\quad f = \frac{P a^2 d}{l_1 l_2 l_3}
    """
    centre, normal = np.asarray(centre, dtype=float), np.asarray(normal, dtype=float)
    apart = centre - centre.mean(axis=0)
    own = side**2 * np.eye(3) + (spacing**2 - side**2) * normal.T @ normal / len(normal)
    edges = np.sqrt(12 * np.linalg.eigvalsh(apart.T @ apart / len(centre) + own / 12)[::-1])
    return edges, float(len(centre) * side**2 * spacing / edges.prod())


def register(centre, normal, edge, box, *, side, spacing):
    """Offset (over `side`) and twist (0 to 45°) of each pair of :func:`neighbouring_plates` face to face.

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
    """Shape and order of the largest aggregate of plates with a recipe's ``core``, ``shell`` and ``side``.

    Returns
    -------
    dict
        ``plates`` in it; ``length``, ``width`` and ``height`` of its :func:`cuboid`, the longest first;
        ``filling``; ``cubatic`` and ``smectic`` order, the second along the director of its normals.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> frame = gsd.hoomd.Frame()
    >>> frame.particles.position = [[x, y, 4.5 * k] for k in range(8) for x in (0, 8) for y in (0, 8)]
    >>> frame.particles.body, frame.configuration.box = np.repeat(range(8), 4), [90, 90, 90, 0, 0, 0]
    >>> found = aggregate(SimpleNamespace(core=3.5, shell=1.0, side=11.5), frame)
    >>> found["plates"], round(found["length"], 1), round(found["width"], 1), round(found["smectic"], 3)
    (8, 36.0, 12.5, 1.0)
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
