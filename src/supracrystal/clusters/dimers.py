r"""Dimers of two clusters, joined by bonds of silver and sulphur or by contact of their ligands.

Acharya et al. (2025) find [MAg52(BDT)12(DMBT)16]3- (M = Ag, Au) and [MAg53(BDT)12(DMBT)16]3- (M = Pd, Pt) in
mixtures of [Ag29(BDT)12]3- and [MAg24(DMBT)18]q-. Here the second cluster loses two thiolates, and one metal
of a staple with them or not (:func:`~supracrystal.clusters.staples.losses`), and the first comes to the gap
(:func:`dimers`).

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

The paper does not print which atoms it joins. Left out: the response of the metals and the energy, which
:mod:`~supracrystal.clusters.relax` gives, and the loss of thiolates of the two clusters at once.
"""

import numpy as np
from ase.data import covalent_radii, vdw_radii
from scipy.spatial.distance import cdist
from scipy.spatial.transform import Rotation

from supracrystal.clusters.contacts import clearance
from supracrystal.clusters.elastic import contact, settle
from supracrystal.clusters.frames import WRITTEN
from supracrystal.clusters.staples import losses
from supracrystal.spectra import Species, parse

LOSSES = ("pair", "cis", "trans", "none")
BOND = 2.45
"""Silver and sulphur across the interface, in A: between the 2.4 and 2.5 of the paper."""
TOUCH = 0.9
MISFIT = 1.5
"""How much two sulphur atoms may be nearer or farther than the two places that they are put on, in A."""
TURNS = 36
CLEAR = 0.35
"""What comes nearer to a bond is a clash, in A beyond the sum of the covalent radii."""
SIDE = 0.7
"""Least cosine of the line from the gap to the first cluster with that from the second cluster to the gap."""
METALS = 2.6
"""Nearer metals of two clusters are a clash, in A."""
SAME = 1.0
"""Poses whose atoms are on average so near to an atom of another are the same, in A."""
SETTLED = 4
"""So many poses are settled for each dimer that is wanted. The order changes when they settle: by contact,
scores of the best change by up to 30 with the number of orientations."""


def dimers(
    first, second, *, loss="pair", keep_metal=False, bonded=False, site=0, orientations=400, number=1, seed=1
):
    """Join two clusters.

    Parameters
    ----------
    first, second : ase.Atoms
        From :func:`~supracrystal.clusters.ligand_shell.cluster`. The second has staples, if it loses them.
    loss : {"pair", "cis", "trans", "none"}
        What the second loses, see :func:`~supracrystal.clusters.staples.losses`.
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
    >>> (dimer,) = dimers(first, second, loss="cis", orientations=10)
    >>> dimer.info["formula"], len(dimer)
    ('[AuAg52(BDT)12(SH)16]3-', 229)
    """
    if loss not in LOSSES or (bonded and loss == "none"):
        raise ValueError(f"loss is {loss!r}; it is one of {', '.join(LOSSES[: 3 if bonded else 4])}")
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
        raise ValueError(f"all dimers found have a clash; give another site than {site} or more orientations")
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
        raise ValueError(f"site is {site}; there are {len(table)} for the loss {loss!r}, from 0")
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
        raise ValueError(f"no two S of different ligands are {np.linalg.norm(line):.1f} A apart in the first")
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
