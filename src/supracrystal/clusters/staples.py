r"""The staples S-M-S-M-S of M25S18: on which sides their ligands are, and what they may lose.

Acharya et al. (2025) take [AgL'2]- from [Ag25L'18]- in three ways, before they join it to [Ag29L12]3-: with
its two ligands on the same side of S-Ag-S (cis), on opposite sides (trans), or with two ligands of different
staples that are stacked (:func:`losses`). Left out: the order of the losses and their energy.
"""

import numpy as np
import pandas as pd
from scipy.sparse.csgraph import connected_components
from scipy.spatial.distance import cdist

from supracrystal.clusters.contacts import rings
from supracrystal.clusters.elastic import settle


def staples(cluster):
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
    >>> table = staples(cluster("[Ag25(SCH3)18]-"))
    >>> len(table), table["staple"].nunique()
    (12, 6)
    """
    tag, position = cluster.arrays["ligand"], cluster.positions
    metal = np.flatnonzero(cluster.arrays["shell"] == "staple")
    sulphur = np.flatnonzero(cluster.numbers == 16)
    if not len(metal):
        raise ValueError(f"{cluster.info.get('formula', cluster.symbols)} has no staples; M25S18 has")
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
    >>> middle = staples(parent)["other"].unique()
    >>> [sorted(set(staples(each)["side"])) for each in (parent, turn_over(parent, middle))]
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
    table = staples(cluster)
    tag, position = cluster.arrays["ligand"], cluster.positions
    if loss in ("cis", "trans"):
        found = table[table["side"] == loss]
        if found.empty:
            raise ValueError(f"no staple has its ligands {loss}; give a cluster from turn_over")
        sulphur = {int(tag[i]): position[i] for i in np.flatnonzero(cluster.numbers == 16)}
        pairs = found[["metal", "ligand", "other"]].to_numpy().tolist()
        rows = [(m, a, b, np.linalg.norm(sulphur[a] - sulphur[b])) for m, a, b in pairs]
    elif loss == "pair":
        metal = table.melt(["metal", "staple"], ["ligand", "other"]).sort_values("metal")
        metal = metal.drop_duplicates("value").set_index("value")
        ring = rings(cluster)
        owner, centre = tag[ring[:, 0]], position[ring].mean(axis=1)
        if not len(ring):
            raise ValueError(f"the ligands of {cluster.info.get('formula')} have no rings to pair")
        rows = [
            (metal["metal"][owner[i]], owner[i], owner[j], np.linalg.norm(centre[i] - centre[j]))
            for i, j in zip(*np.triu_indices(len(ring), 1), strict=True)
            if metal["staple"][owner[i]] != metal["staple"][owner[j]]
        ]
    else:
        raise ValueError(f"loss is {loss!r}; it is pair, cis or trans")
    found = pd.DataFrame(rows, columns=["metal", "ligand", "other", "distance"])
    # Equal by symmetry are equal in the last digits only.
    found["rounded"] = found["distance"].round(4)
    return found.sort_values(["rounded", "metal"], ignore_index=True).drop(columns="rounded")
