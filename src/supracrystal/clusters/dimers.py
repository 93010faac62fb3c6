r"""Dimers of two clusters, joined by bonds of silver and sulphur or by contact of their ligands.

Acharya et al. (2025) find [MAg52(BDT)12(DMBT)16]3- (M = Ag, Au) and [MAg53(BDT)12(DMBT)16]3- (M = Pd, Pt) in
mixtures of [Ag29(BDT)12]3- and [MAg24(DMBT)18]q-. Here the second cluster loses two thiolates, and one metal
of a staple with them or not (:func:`losses`), and the first comes to the gap
(:func:`join_clusters`).

By contact, it comes along the line from the centre of the second cluster to the gap, in orientations that
cover all rotations evenly (`alexa2022`), until the first two atoms are at ``TOUCH`` of the sum of their van
der Waals radii. With bonds, two sulphur atoms of different dithiolates are put where the two thiolates were,
in all turns about their line that leave the clusters on two sides of the gap. The best by the energy below
are then settled: all atoms move to the nearest least

.. math::
    U = \sum_{\mathrm{contacts}} \left[ \left( \frac{R_{ij}}{d_{ij}} \right)^{12}
    - 2 \left( \frac{R_{ij}}{d_{ij}} \right)^6 \right]
    + \kappa \sum \left( d - d^0 \right)^2

with the sums R of the van der Waals radii of Bondi (1964) (`bondi1964`). The second sum is over springs that
keep metal and sulphur of each cluster, and the distance of a metal from the carbon on its sulphur; over new
bonds of silver and sulphur, 2.45 A with 105 degrees at the sulphur, whose atoms keep only their own bonds in
their cluster; and over all atoms of ligands, where d is the distance from the rigid ligand laid upon it.
The score is U of the dimer without that of its parts alone. It counts contacts: it is no energy of a bond,
and ranks arrangements with the same bonds.

The staples S-M-S-M-S of M25S18 have ligands on either side (:func:`find_staples`). Acharya et al. (2025) take
[AgL'2]- from [Ag25L'18]- in three ways, before they join it to [Ag29L12]3-: with its two ligands on the same
side of S-Ag-S (cis), on opposite sides (trans), or with two ligands of different staples that are stacked.

The paper does not print which atoms it joins. Left out: the order and the energy of the losses, the response
of the metals, which :mod:`~supracrystal.clusters.relax` gives, and the loss of thiolates of both clusters at
once.
"""

import numpy as np
import pandas as pd
from ase.data import covalent_radii, vdw_radii
from scipy.optimize import minimize
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial.distance import cdist
from scipy.spatial.transform import Rotation

from supracrystal import InputError
from supracrystal.clusters.contacts import clearance, rings
from supracrystal.clusters.structures import WRITTEN
from supracrystal.spectra import Species, parse

LOSSES = ("pair", "cis", "trans", "none")
BOND = 2.45
"""Silver and sulphur across the interface, in A: between the 2.4 and 2.5 of the paper."""
TOUCH = 0.9
MISFIT = 1.5
"""How much two sulphur atoms may be nearer or farther than the two places that they are put on, in A."""
TURNS = 36
CLEAR = 0.35
"""Closer atoms of different ligands clash, in A beyond the sum of the covalent radii."""
SIDE = 0.7
"""Least cosine of the line from the gap to the first cluster with that from the second cluster to the gap."""
METALS = 2.6
"""Nearer metals of two clusters are a clash, in A."""
SAME = 1.0
"""Poses whose atoms are on average so near to an atom of another are the same, in A."""
SETTLED = 4
"""Poses that are settled for each dimer wanted. Settling changes their order: by contact, scores of the best
change by up to 30 with the number of orientations."""


def join_clusters(
    first, second, *, loss="pair", keep_metal=False, bonded=False, site=0, orientations=400, number=1, seed=1
):
    """Join two clusters.

    Parameters
    ----------
    first, second : ase.Atoms
        From :func:`~supracrystal.clusters.ligand_shell.cluster`. The second has staples, if it loses them.
    loss : {"pair", "cis", "trans", "none"}
        What the second loses, see :func:`losses`.
    keep_metal : bool
        Lose two thiolates only, as for M = Pd, Pt.
    bonded : bool
        Join two S of the first to the metals that have lost theirs; otherwise by contact alone.
    site : int
        Row of that table.
    orientations : int
        Of the first, by contact.
    number : int
        The most dimers that are wanted.
    seed : int
        Of the sides on which they meet where nothing is lost.

    Returns
    -------
    list of ase.Atoms
        In the order of ``info["score"]``. Atoms are those of `first`, then of `second`, with the array
        ``part``, 0 or 1, and ligands numbered on. ``info`` has formula, charge, loss, bonded, score and
        clearance, see :func:`~supracrystal.clusters.contacts.clearance`.

    Raises
    ------
    ValueError
        For a loss that cannot be, bonds without a loss, and if all that is found has a clash.

    Examples
    --------
    >>> from supracrystal.clusters import cluster
    >>> first, second = cluster("[Ag29(BDT)12]3-"), cluster("[AuAg24(SH)18]-")
    >>> (dimer,) = join_clusters(first, second, loss="cis", orientations=10)
    >>> dimer.info["formula"], len(dimer)
    ('[AuAg52(BDT)12(SH)16]3-', 229)
    """
    if loss not in LOSSES or (bonded and loss == "none"):
        raise InputError(f"loss is {loss!r}; it is one of {', '.join(LOSSES[: 3 if bonded else 4])}")
    rest, gaps, open_metals = _after(second, loss, keep_metal, site)
    if bonded:
        poses, ends = _bonded_poses(first, rest, gaps)
    else:
        directions = np.random.default_rng(seed).normal(size=(orientations, 3))
        if gaps:
            directions = np.tile(np.mean(gaps, axis=0) - _centre(rest), (orientations, 1))
        poses = _contact_poses(first, rest, directions)
        ends = np.empty((len(poses), 0), dtype=int)
    radius = vdw_radii[first.numbers][:, None] + vdw_radii[rest.numbers]
    rough = np.empty(len(poses))
    for k, pose in enumerate(poses):
        distance = cdist(pose, rest.positions)
        energy = contact(distance, radius)[0]
        for end, metals in zip(ends[k], open_metals, strict=False):
            energy[end, metals] = 0
        rough[k] = energy.sum()
    alone = settle(first)[1] + settle(rest)[1]
    found = []
    for k in _different(poses[:, first.arrays["ligand"] >= 0], rough, SETTLED * number):
        joined = _joined(first, rest, poses[k])
        bonds = [(e, len(first) + m) for e, metals in zip(ends[k], open_metals, strict=False) for m in metals]
        joined.positions, energy = settle(joined, bonds, length=BOND)
        part = joined.arrays["part"]
        free = clearance(joined)
        metals = [joined.positions[(part == k) & (joined.arrays["ligand"] < 0)] for k in (0, 1)]
        joined.info |= {"loss": loss, "bonded": bonded, "score": energy - alone, "clearance": free}
        found += [joined] * bool(free > CLEAR and cdist(*metals).min() > METALS)
    if not found:
        raise InputError(f"all dimers found have a clash; give another site than {site} or more orientations")
    return sorted(found, key=lambda atoms: atoms.info["score"])[:number]


def rotations(number):
    """Return rotations that cover all orientations evenly.

    Parameters
    ----------
    number : int

    Returns
    -------
    scipy.spatial.transform.Rotation

    Notes
    -----
    Source: Alexa (2022) (`alexa2022`): super-Fibonacci spirals.

    Examples
    --------
    >>> len(rotations(100))
    100
    """
    step = np.arange(number) + 0.5
    # The second is the root of x^4 = x + 4.
    turn = [2 * np.pi * step / constant for constant in (2**0.5, 1.533751168755204288)]
    inner, outer = np.sqrt(step / number), np.sqrt(1 - step / number)
    parts = inner * np.sin(turn[0]), inner * np.cos(turn[0]), outer * np.sin(turn[1]), outer * np.cos(turn[1])
    return Rotation.from_quat(np.column_stack(parts))


def _after(cluster, loss, keep_metal, site):
    """Return what is left of a cluster, the places of lost S, and the metals that each S had bound."""
    if loss == "none":
        return cluster.copy(), [], []
    table = losses(cluster, loss)
    if not 0 <= site < len(table):
        raise InputError(f"site is {site}; there are {len(table)} for the loss {loss!r}, from 0")
    metal, *ligands = table.loc[site, ["metal", "ligand", "other"]].astype(int)
    tag = cluster.arrays["ligand"]
    kept = ~np.isin(tag, ligands)
    kept[metal] = keep_metal
    new, gaps, open_metals = np.cumsum(kept) - 1, [], []
    for each in ligands:
        (sulphur,) = np.flatnonzero((tag == each) & (cluster.numbers == 16))
        reach = 1.1 * (covalent_radii[16] + covalent_radii[cluster.numbers])
        near = np.linalg.norm(cluster.positions - cluster.positions[sulphur], axis=1) < reach
        gaps.append(cluster.positions[sulphur])
        open_metals.append(new[np.flatnonzero(near & (tag < 0) & kept)])
    rest = cluster[kept]
    numbered = np.unique(rest.arrays["ligand"], return_inverse=True)[1] - 1
    rest.set_array("ligand", numbered)
    species = parse(cluster.info["formula"])
    names = [name for name, count in species.parts if name not in WRITTEN for _ in range(count)]
    lost = Species(((names[ligands[0]], 1),), -1) + Species(((names[ligands[1]], 1),), -1)
    if not keep_metal:
        lost += Species(((cluster.symbols[metal], 1),), 1)
    left = species - lost
    rest.info = {**cluster.info, "formula": str(left), "charge": left.charge}
    return rest, gaps, open_metals


def _centre(cluster):
    return cluster.positions[cluster.arrays["ligand"] < 0].mean(axis=0)


def _contact_poses(first, rest, directions):
    """Return positions of the first (k, n, 3), turned, where it touches the rest along each direction."""
    radius = TOUCH * (vdw_radii[first.numbers][:, None] + vdw_radii[rest.numbers])
    start, fixed, poses = first.positions - _centre(first), rest.positions - _centre(rest), []
    for rotation, direction in zip(rotations(len(directions)), directions, strict=True):
        pose, line = rotation.apply(start), direction / np.linalg.norm(direction)
        between = fixed - pose[:, None]
        along = between @ line
        square = radius**2 - (between**2).sum(axis=2) + along**2
        shift = (along + np.sqrt(np.maximum(square, 0)))[square > 0].max()
        poses.append(pose + _centre(rest) + shift * line)
    return np.array(poses)


def _bonded_poses(first, rest, gaps):
    """Return positions with two S of different dithiolates on the gaps, and which S they are."""
    tag, sulphur = first.arrays["ligand"], np.flatnonzero(first.numbers == 16)
    middle, line = np.mean(gaps, axis=0), gaps[1] - gaps[0]
    outward = (middle - _centre(rest)) / np.linalg.norm(middle - _centre(rest))
    position, found, ends = first.positions - _centre(first), [], []
    # One S of each kind is enough for the first end: symmetry makes the others equal.
    kinds = np.unique(first.arrays["shell"][sulphur], return_index=True)[1]
    for one in sulphur[kinds]:
        for other in sulphur[tag[sulphur] != tag[one]]:
            own = position[other] - position[one]
            if abs(np.linalg.norm(own) - np.linalg.norm(line)) > MISFIT:
                continue
            # Both ends of the gap, because the two places differ.
            for sign in (1, -1):
                turn = Rotation.align_vectors(sign * line, own)[0]
                between = turn.apply((position[one] + position[other]) / 2)
                for angle in np.linspace(0, 2 * np.pi, TURNS, endpoint=False):
                    about = Rotation.from_rotvec(angle * line / np.linalg.norm(line))
                    centre = -about.apply(between)
                    if centre @ outward > SIDE * np.linalg.norm(centre):
                        found.append((about * turn).apply(position) + centre + middle)
                        ends.append((one, other)[::sign])
    if not found:
        raise InputError(f"no two S of different ligands are {np.linalg.norm(line):.1f} A apart in the first")
    return np.array(found), np.array(ends)


def _different(poses, rough, number):
    """Return the best of poses (k, n, 3), without those that fall on a better one, maybe by symmetry."""
    chosen = []
    for k in np.argsort(rough, kind="stable").tolist():
        if all(cdist(poses[k], poses[other]).min(axis=1).mean() > SAME for other in chosen):
            chosen.append(k)
        if len(chosen) == number:
            break
    return chosen


def _joined(first, rest, pose):
    """Return both clusters as one, with formula and charge."""
    one, other = first.copy(), rest.copy()
    one.positions = pose
    other.set_array(
        "ligand",
        np.where(other.arrays["ligand"] < 0, -1, other.arrays["ligand"] + one.arrays["ligand"].max() + 1),
    )
    one.set_array("part", np.zeros(len(one), dtype=int))
    other.set_array("part", np.ones(len(other), dtype=int))
    total = parse(first.info["formula"]) + parse(rest.info["formula"])
    order = {each: k for k, each in enumerate(WRITTEN)}
    parts = sorted(total.parts, key=lambda part: order.get(part[0], len(order)))
    joined = one + other
    joined.info = {"formula": str(Species(tuple(parts), total.charge)), "charge": total.charge}
    return joined


def find_staples(cluster):
    """Return the staples of a cluster, metal by metal, and on which sides their ligands are.

    Parameters
    ----------
    cluster : ase.Atoms
        Of the frame M25S18, with ligands.

    Returns
    -------
    DataFrame[metal, ligand, other, staple, torsion, side]
        `ligand` and `other` are those whose sulphur the metal binds, `torsion` the angle C-S···S-C from
        0 to 180 degrees, and `side` "cis" below 90.

    Raises
    ------
    ValueError
        For a cluster without staples.

    Examples
    --------
    >>> from supracrystal.clusters import cluster
    >>> table = find_staples(cluster("[Ag25(SCH3)18]-"))
    >>> len(table), table["staple"].nunique()
    (12, 6)
    """
    tag, position = cluster.arrays["ligand"], cluster.positions
    metal = np.flatnonzero(cluster.arrays["shell"] == "staple")
    sulphur = np.flatnonzero(cluster.numbers == 16)
    if not len(metal):
        raise InputError(f"{cluster.info.get('formula', cluster.symbols)} has no staples; M25S18 has")
    near = np.argsort(cdist(position[metal], position[sulphur]), axis=1)[:, :2]
    ends = np.sort(sulphur[near], axis=1)
    organic = np.flatnonzero((tag >= 0) & (cluster.numbers != 16))
    apart = np.where(
        tag[sulphur][:, None] == tag[organic], cdist(position[sulphur], position[organic]), np.inf
    )
    ipso = dict(zip(sulphur.tolist(), organic[apart.argmin(axis=1)].tolist(), strict=True))
    torsion = np.array([cluster.get_dihedral(ipso[a], a, b, ipso[b]) for a, b in ends.tolist()])
    torsion = np.minimum(torsion, 360 - torsion)
    shared = (ends[:, None, :, None] == ends[None, :, None, :]).any(axis=(2, 3))
    return pd.DataFrame(
        {
            "metal": metal,
            "ligand": tag[ends[:, 0]],
            "other": tag[ends[:, 1]],
            "staple": connected_components(shared)[1],
            "torsion": torsion,
            "side": np.where(torsion < 90, "cis", "trans"),
        }
    )


def turn_over(cluster, ligands):
    """Turn ligands to the other side of their sulphur, and settle the cluster.

    Parameters
    ----------
    cluster : ase.Atoms
    ligands : sequence of int
        Numbers of thiolates on two metals. Each is reflected in the plane of its sulphur and these.

    Returns
    -------
    ase.Atoms

    Notes
    -----
    The three ligands of a staple may be on either side of its plane. The shell of least contact that
    :func:`~supracrystal.clusters.ligand_shell.cluster` finds for [Ag25(DMBT)18]- has all on one side.

    Examples
    --------
    >>> from supracrystal.clusters import cluster
    >>> parent = cluster("[Ag25(DMBT)18]-")
    >>> middle = find_staples(parent)["other"].unique()
    >>> [sorted(set(find_staples(each)["side"])) for each in (parent, turn_over(parent, middle))]
    [['cis'], ['trans']]
    """
    turned, tag = cluster.copy(), cluster.arrays["ligand"]
    metal = np.flatnonzero(tag < 0)
    for each in ligands:
        (sulphur,) = np.flatnonzero((tag == each) & (cluster.numbers == 16))
        arms = cluster.positions[metal] - cluster.positions[sulphur]
        one, other = arms[np.argsort(np.linalg.norm(arms, axis=1))[:2]]
        normal = np.cross(one, other)
        normal /= np.linalg.norm(normal)
        moved = cluster.positions[tag == each] - cluster.positions[sulphur]
        turned.positions[tag == each] -= 2 * (moved @ normal)[:, None] * normal
    turned.positions = settle(turned)[0]
    turned.info["point_group"] = "C1"
    return turned


def losses(cluster, loss):
    """Return the ways in which a cluster can lose two thiolates, and the metal of a staple with them.

    Parameters
    ----------
    cluster : ase.Atoms
        Of the frame M25S18, with ligands.
    loss : {"cis", "trans", "pair"}
        The two ligands on one metal of a staple that are on the same or on opposite sides of S-M-S; or two
        ligands of different staples whose rings are nearest, with a metal of the staple of the first.

    Returns
    -------
    DataFrame[metal, ligand, other, distance]
        In the order of the distance of the two S, or for a pair, of the centres of the rings.

    Raises
    ------
    ValueError
        For another loss, no such arrangement in the cluster, and a pair of ligands without rings.

    Examples
    --------
    >>> from supracrystal.clusters import cluster
    >>> parent = cluster("[Ag25(SCH3)18]-")
    >>> [len(losses(parent, loss)) for loss in ("cis", "trans")]
    [6, 6]
    """
    table = find_staples(cluster)
    tag, position = cluster.arrays["ligand"], cluster.positions
    if loss in ("cis", "trans"):
        found = table[table["side"] == loss]
        if found.empty:
            raise InputError(f"no staple has its ligands {loss}; give a cluster from turn_over")
        sulphur = {int(tag[i]): position[i] for i in np.flatnonzero(cluster.numbers == 16)}
        pairs = found[["metal", "ligand", "other"]].to_numpy().tolist()
        rows = [(m, a, b, np.linalg.norm(sulphur[a] - sulphur[b])) for m, a, b in pairs]
    elif loss == "pair":
        metal = table.melt(["metal", "staple"], ["ligand", "other"]).sort_values("metal")
        metal = metal.drop_duplicates("value").set_index("value")
        ring = rings(cluster)
        owner, centre = tag[ring[:, 0]], position[ring].mean(axis=1)
        if not len(ring):
            raise InputError(f"the ligands of {cluster.info.get('formula')} have no rings to pair")
        rows = [
            (metal["metal"][owner[i]], owner[i], owner[j], np.linalg.norm(centre[i] - centre[j]))
            for i, j in zip(*np.triu_indices(len(ring), 1), strict=True)
            if metal["staple"][owner[i]] != metal["staple"][owner[j]]
        ]
    else:
        raise InputError(f"loss is {loss!r}; it is pair, cis or trans")
    found = pd.DataFrame(rows, columns=["metal", "ligand", "other", "distance"])
    # Equal by symmetry are equal in the last digits only.
    found["rounded"] = found["distance"].round(4)
    return found.sort_values(["rounded", "metal"], ignore_index=True).drop(columns="rounded")


BONDED = 1.2
"""Atoms within this many sums of their covalent radii are bonded."""
STIFFNESS, STIFF = 50.0, 500.0
"""Of springs, and of new bonds and rigid ligands, in units of the well of a contact over A2."""
NEAR = 0.75
"""Below this share of the sum of the van der Waals radii the energy of a contact goes on as a line."""
ANGLE = np.cos(np.radians(105))
"""Of a metal, sulphur and carbon at a new bond, as in the shells of ligands."""
CUT, REACH = 5.0, 7.0
"""Springs within a frame are no longer than the first, contacts at the start than the second, in A."""


def contact(distance, radius):
    """Return the energy of contacts, a well of depth 1 at the sum of the radii, and its slope.

    Parameters
    ----------
    distance, radius : array_like
        Distances and sums of the van der Waals radii, in A.

    Returns
    -------
    energy : array
        In wells. Below ``NEAR`` of the sum of the radii it goes on as a line.
    slope : array
        In wells over A.

    Examples
    --------
    >>> energy, slope = contact(3.4, 3.4)
    >>> float(energy), float(slope)
    (-1.0, 0.0)
    """
    beyond = np.maximum(distance, NEAR * radius)
    sixth = (radius / beyond) ** 6
    slope = 12 * (sixth - sixth**2) / beyond
    return sixth**2 - 2 * sixth + slope * (distance - beyond), slope


def settle(atoms, bonds=(), *, length=2.45, steps=1000):
    """Move the atoms of clusters to the nearest least energy, see the top of this module.

    Parameters
    ----------
    atoms : ase.Atoms
        With the array ``ligand`` and, for a dimer, ``part``.
    bonds : sequence of (int, int)
        Sulphur and metal of new bonds.
    length : float
        Of new bonds, in A.
    steps : int
        The most steps.

    Returns
    -------
    positions : (n, 3) array
    energy : float
        In wells of a contact.

    Examples
    --------
    >>> from supracrystal.clusters import cluster
    >>> atoms = cluster("[Ag25(SH)18]-")
    >>> positions, energy = settle(atoms)
    >>> bool(np.abs(positions - atoms.positions).max() < 0.5 and energy < 0)
    True
    """
    bonds = np.array(bonds, dtype=int).reshape(-1, 2)
    springs, rest, stiffness, contacts = _links(atoms, bonds, length)
    tag = atoms.arrays["ligand"]
    body = [np.flatnonzero(tag == each) for each in range(tag.max() + 1)]
    radius = vdw_radii[atoms.numbers][contacts].sum(axis=0)
    ends = np.hstack([springs, contacts])
    number = ends.shape[1]
    signs = np.repeat([1.0, -1.0], number), (np.tile(np.arange(number), 2), ends.ravel())
    difference = csr_array(signs, shape=(number, len(atoms)))
    # The atoms of each ligand in a row, filled up with a last atom that does not count.
    rows = np.full((len(body), max(map(len, body))), len(atoms))
    for row, each in zip(rows, body, strict=True):
        row[: len(each)] = each
    counts = (rows < len(atoms))[:, :, None]
    shape = np.vstack([atoms.positions, np.zeros(3)])[rows] * counts
    shape = (shape - shape.sum(axis=1, keepdims=True) / counts.sum(axis=1, keepdims=True)) * counts
    gather = csr_array(
        (counts.ravel() * 1.0, (rows.ravel(), np.arange(rows.size))), (len(atoms) + 1, rows.size)
    )
    transposed = difference.T.tocsr()

    def energy(flat):
        position = flat.reshape(-1, 3)
        between = difference @ position
        distance = np.sqrt(np.einsum("pi,pi->p", between, between))
        stretch = distance[: len(rest)] - rest
        close, slope = contact(distance[len(rest) :], radius)
        force = np.append(2 * stiffness * stretch, slope) / distance
        bent = _strain(np.vstack([position, np.zeros(3)])[rows] * counts, shape, counts)
        total = (stiffness * stretch**2).sum() + STIFF * (bent**2).sum() + close.sum()
        gradient = transposed @ (force[:, None] * between)
        gradient += 2 * STIFF * (gather @ bent.reshape(-1, 3))[:-1]
        return total, gradient.ravel()

    found = minimize(
        energy,
        atoms.positions.ravel(),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": steps, "maxfun": 2 * steps, "maxcor": 20},
    )
    return found.x.reshape(-1, 3), float(found.fun)


def _strain(position, shape, counts):
    """Return how far atoms (b, n, 3) are from the shapes of their bodies, laid upon them (`kabsch1976`).

    The best turn makes the sum of squares stationary, so that twice this is its gradient.
    """
    position = (position - position.sum(axis=1, keepdims=True) / counts.sum(axis=1, keepdims=True)) * counts
    left, _, right = np.linalg.svd(shape.transpose(0, 2, 1) @ position)
    left[:, :, 2] *= np.linalg.det(left @ right)[:, None]
    return position - shape @ (left @ right)


def _links(atoms, bonds, length):
    """Return the ends of springs, their lengths at rest and stiffness, and the pairs in contact."""
    tag, sulphur = atoms.arrays["ligand"], atoms.numbers == 16
    part = atoms.arrays.get("part", np.zeros(len(atoms), dtype=int))
    metal, distance = tag < 0, cdist(atoms.positions, atoms.positions)
    radius, same = covalent_radii[atoms.numbers], part[:, None] == part
    bound = (distance < BONDED * (radius[:, None] + radius)) & same
    frame, rest = metal | sulphur, distance.copy()
    # What gets a new bond keeps of its frame only its own bonds.
    loose = np.isin(np.arange(len(atoms)), bonds)
    framed = same & frame[:, None] & frame
    framed &= bound | ~(loose[:, None] | loose)
    spring = framed & (distance < CUT)
    # The angle at sulphur: its metals and its carbon keep their distance.
    carbon = bound & sulphur[:, None] & ~frame
    angle = (bound & metal[:, None] & sulphur).astype(float) @ carbon > 0
    spring |= angle | angle.T
    for end, other in bonds:
        (ipso,) = np.flatnonzero(carbon[end])
        arm = distance[end, ipso]
        opposite = np.sqrt(length**2 + arm**2 - 2 * length * arm * ANGLE)
        for pair, wanted in (((end, other), length), ((ipso, other), opposite)):
            spring[pair] = spring[pair[::-1]] = True
            rest[pair] = rest[pair[::-1]] = wanted
    rigid = (tag[:, None] == tag) & ~metal[:, None]
    springs = np.array(np.nonzero(np.triu(spring, 1)))
    stiffness = np.full_like(distance, STIFFNESS)
    stiffness[tuple(bonds.T)] = stiffness[tuple(bonds[:, ::-1].T)] = STIFF
    contacts = np.array(np.nonzero(np.triu(~rigid & ~framed & ~spring & (distance < REACH), 1)))
    return springs, rest[tuple(springs)], stiffness[tuple(springs)], contacts
