r"""Valence electrons of all reactions of a network: kept, or given to the solution.

With the superatom electrons n and the charge z of each species (:mod:`~supracrystal.spectra.electrons`), a
reaction with the stoichiometric numbers :math:`\nu` changes them by

.. math:: \Delta n = \sum_s \nu_s n_s , \qquad \Delta z = \sum_s \nu_s z_s .

Gold and silver have one electron each, so that exchange changes nothing. In the model of
:mod:`~supracrystal.reactions.alloying` clusters also break into, and grow out of, a solution of which only
gold, silver and ligands are told. Of N metal atoms and M thiolates with the charge z,

.. math:: n = N - M - z

electrons must then be in the solution (:func:`in_solution`): none if it is thiolates of M(I) alone, such as
:math:`\mathrm{[M(SR)_2]^-}` or :math:`\mathrm{(MSR)_4}`; otherwise in metal that is not oxidised, or gone to
something that is not in the model.

Left out: energies of the electrons.
"""

import numpy as np
import pandas as pd

from supracrystal.reactions.alloying import CLUSTERS, SPECIES, feed, network
from supracrystal.reactions.exchange import dimer_network, dimer_species
from supracrystal.reactions.fragments import CHANNELS, tree
from supracrystal.spectra import electron_count, parse

CHARGES = {30: -4, 27: -3, 26: -2}
"""Of the clusters of Lin et al. (2022, `lin2022`) with 44 metal atoms, by their ligands."""


def ledger(stoichiometry, species, kinds):
    """Change of electrons and charge in each kind of reaction.

    Parameters
    ----------
    stoichiometry : (S, R) array_like or scipy.sparse.csc_array
    species : sequence of S Species or str
        An empty text is a species of which neither is counted.
    kinds : (R,) sequence of str

    Returns
    -------
    DataFrame
        By kind, in the order of their first reaction: the number of `reactions`; the least and the greatest
        change of electrons, `electrons from` and `electrons to`, and of charge, likewise.

    Examples
    --------
    >>> ions = ["[Ag29(BDT)12]3-", "[Ag24(BDT)9]2-", "[Ag5(BDT)3]-"]
    >>> ledger([[-1], [1], [1]], ions, ["loss"]).loc["loss"].tolist()
    [1, 0, 0, 0, 0]
    """
    found = [parse(each) if each else None for each in species]
    counted = np.array(
        [(electron_count(each, negative=True), each.charge) if each else (0, 0) for each in found]
    )
    change = np.rint(np.asarray(stoichiometry.T @ counted if hasattr(stoichiometry, "tocsc")
                                else np.transpose(stoichiometry) @ counted)).astype(int)  # fmt: skip
    table = pd.DataFrame(change, columns=["electrons", "charge"]).assign(kind=kinds)
    grouped = table.groupby("kind", sort=False)
    columns = {"reactions": ("kind", "size")}
    columns |= {f"{each} from": (each, "min") for each in ("electrons", "charge")}
    columns |= {f"{each} to": (each, "max") for each in ("electrons", "charge")}
    order = ["reactions", "electrons from", "electrons to", "charge from", "charge to"]
    return grouped.agg(**columns)[order]


def exchange(atoms=25, ligands=18):
    """Ledger of exchange through dimers, :func:`~supracrystal.reactions.exchange.dimer_network`.

    Parameters
    ----------
    atoms : int
        In a cluster.
    ligands : int
        Thiolates of a cluster, of charge 1-.

    Returns
    -------
    DataFrame
        See :func:`ledger`.

    Examples
    --------
    >>> exchange()[["reactions", "electrons from", "electrons to"]]
                  reactions  electrons from  electrons to
    kind
    dimerisation        351               0             0
    dissociation        351               0             0
    swap                600               0             0
    """
    table = dimer_species(atoms)
    texts = [
        f"[Au{gold}Ag{atoms * n - gold}(SR){ligands * n}]{n}-"
        for n, gold in table[["clusters", "marked"]].to_numpy()
    ]
    texts = [each.replace("Au0Ag", "Ag").replace("Ag0(", "(") for each in texts]
    found = dimer_network(atoms).stoichiometry
    pairs = (table["clusters"] == 2).sum()
    kinds = ["dimerisation"] * pairs + ["dissociation"] * pairs
    return ledger(found, texts, kinds + ["swap"] * (found.shape[1] - len(kinds)))


def cluster_formulas():
    """Formulas of the species of the model of three families, empty for those in solution.

    Returns
    -------
    list of S str

    Examples
    --------
    >>> cluster_formulas()[0], cluster_formulas()[35]
    ('[Ag44(SR)30]4-', '[Au44(SR)26]2-')
    """
    rows = SPECIES[["framework", "gold", "silver"]].to_numpy()[:CLUSTERS]
    texts = [f"[Au{gold}Ag{silver}(SR){n}]{-CHARGES[n]}-" for n, gold, silver in rows]
    return [each.replace("Au0Ag", "Ag").replace("Ag0(", "(") for each in texts] + [""] * 3


def alloying(parameters):
    """Ledger of the model of three families: what the clusters gain, and the solution loses.

    Parameters
    ----------
    parameters : Parameters
        Of :mod:`~supracrystal.reactions.alloying`.

    Returns
    -------
    DataFrame
        See :func:`ledger`; a kind says how many clusters of each framework are lost and made.

    Examples
    --------
    >>> from supracrystal.reactions import Parameters
    >>> table = alloying(Parameters(*[1] * 11))
    >>> table.loc[["exchange", "30 breaks", "30 grows"], ["electrons from", "electrons to"]].to_numpy()
    array([[  0,   0],
           [-18, -18],
           [ 18,  18]])
    """
    found = network(parameters).stoichiometry
    framework = SPECIES["framework"].to_numpy()
    made = np.rint([found[framework == each].sum(axis=0) for each in CHARGES]).astype(int)
    kinds = []
    for column in made.T:
        moved = dict(zip(CHARGES, column, strict=True))
        words = [
            f"{each} {'grows' if n > 0 else 'breaks'}" for each, n in moved.items() for _ in range(abs(n))
        ]
        kinds.append(", ".join(words) or "exchange")
    return ledger(found, cluster_formulas(), kinds)


def in_solution(amount, ratio):
    """Contents of the solution in the model, and the electrons that must be there.

    Parameters
    ----------
    amount : (..., S) array_like
        Over the species of :func:`~supracrystal.reactions.alloying.species`.
    ratio : float
        R of the feed, whose electrons and charge are kept.

    Returns
    -------
    DataFrame
        A row for each state: `metal`, `ligands`, `charge` and `electrons`, for each cluster that was fed,
        and `oxidised`, the metal less the electrons, as a part of the metal: 1 for thiolates of M(I) alone.
        NaN where less than 0.01 metal atoms are there.

    Examples
    --------
    Nothing is there before the reaction, and all after all clusters broke:

    >>> from supracrystal.reactions import CONSERVED
    >>> nothing = feed(1) * 0
    >>> nothing[-3:] = feed(1) @ CONSERVED
    >>> in_solution([feed(1), nothing], 1).round(3)
       metal  ligands  charge  electrons  oxidised
    0    0.0      0.0     0.0        0.0       NaN
    1   44.0     28.0    -3.0       19.0     0.568
    """
    amount, start = np.atleast_2d(np.asarray(amount, dtype=float)), feed(ratio)
    found = [parse(each) for each in cluster_formulas()[:CLUSTERS]]
    counted = np.array([(each.charge, electron_count(each, negative=True)) for each in found])
    metal, ligands = amount[:, CLUSTERS : CLUSTERS + 2].sum(axis=1), amount[:, CLUSTERS + 2]
    charge, electrons = ((start - amount)[:, :CLUSTERS] @ counted).T
    oxidised = np.where(metal > 0.01, 1 - electrons / np.maximum(metal, 0.01), np.nan)
    return pd.DataFrame(
        {"metal": metal, "ligands": ligands, "charge": charge, "electrons": electrons, "oxidised": oxidised}
    )


def dissociation(ions):
    """Ledger of all dissociations of some ions and of their fragments.

    Parameters
    ----------
    ions : sequence of Species or str
        See :func:`~supracrystal.reactions.fragments.tree`.

    Returns
    -------
    DataFrame
        See :func:`ledger`, by channel; and `odd`, the number of dissociations that leave a species with an
        odd number of electrons.

    Examples
    --------
    >>> dissociation(["[Ag29L12]3-"])["reactions"].to_dict()
    {'dithiolate': 1, 'onward': 2}
    """
    tables, odd = [], []
    for ion in ions:
        found = tree(ion)
        tables.append(ledger(found.stoichiometry, found.species, found.channel))
        electrons = np.array([electron_count(each, negative=True) for each in found.species])
        leaves = ((found.stoichiometry > 0) & (electrons % 2 == 1)[:, None]).any(axis=0)
        odd.append(pd.Series(leaves.astype(int)).groupby(list(found.channel)).sum())
    grouped = pd.concat(tables).groupby(level=0)
    ends = {name: "min" if name.endswith("from") else "max" for name in tables[0].columns[1:]}
    table = grouped.agg({"reactions": "sum"} | ends).assign(odd=pd.concat(odd).groupby(level=0).sum())
    return table.loc[[each for each in CHANNELS if each in table.index]]
