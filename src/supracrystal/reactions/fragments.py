"""Who becomes what when an ion of a cluster breaks: a tree of dissociations by rule.

The rules are those that Acharya et al. (2025, `acharya2025`) give in words for their dimers, whose halves are
[Ag29L12]3- and [MAg24L'18], and for these parents by themselves. Each says what leaves; what stays is the
rest, and so every dissociation is balanced in atoms, charge and electrons. Where a printed formula does not
balance, the rule has the one that does. A rule belongs to a channel, to which
:mod:`~supracrystal.reactions.dissociation` gives an energy.

Left out: what Acharya et al. leave open, as how the organic parts of the ligands break, and rearrangements.
"""

from graphlib import TopologicalSorter
from typing import NamedTuple

import numpy as np
import pandas as pd

from supracrystal.spectra import electron_count, parse

CHANNELS = {
    "staple": "an anion AgkL'k+1 of the shell leaves an ion with two charges or more",
    "unit": "a neutral AgL' leaves",
    "ring": "a neutral Ag3L'3 leaves a monothiolate cluster of Ag, or of Ag with Au",
    "split": "the halves of a dimer part, one of them [Ag31L12L']2-",
    "neutral": "the halves of a dimer part, one of them [Ag29L12]3-, the other neutral",
    "bare": "[Ag30L12]2- forms, out of a dimer or by loss of AgL' from [Ag31L12L']2-",
    "hydrogen": "[Ag31L12L']2- keeps an H of the thiolate that leaves with a silver atom",
    "silver": "a silver atom leaves [Ag30L12H]2-",
    "proton": "a proton leaves [Ag29L12H]2-",
    "dithiolate": "[Ag29L12]3- loses [Ag5L3]-",
    "onward": "[Ag24L9]2- loses Ag2L or [Ag3L2]-",
}
"""Kinds of dissociation."""
NAMES = {"L": "BDT", "L'": "DMBT"}
CORE = 13
"""Metal atoms of the core of a monothiolate cluster, of which no rule takes one away."""
_PIECES = {
    "[Ag31L12L']2-": [("bare", "AgL'"), ("hydrogen", "[AgL'-H]")],
    "[Ag30L12H]2-": [("silver", "Ag")],
    "[Ag29L12H]2-": [("proton", "H+")],
    "[Ag29L12]3-": [("dithiolate", "[Ag5L3]-")],
    "[Ag24L9]2-": [("onward", "Ag2L"), ("onward", "[Ag3L2]-")],
}
"""What remains of the dithiolate cluster, and its own dissociations."""


class Tree(NamedTuple):
    """Dissociations of an ion and of its products.

    Attributes
    ----------
    species : tuple of S Species
        The ion first; each stands before what it breaks into.
    source : (R,) int array
        Which species breaks.
    channel : tuple of R str
        Of :data:`CHANNELS`.
    stoichiometry : (S, R) int array
        Change of each species.
    """

    species: tuple
    source: np.ndarray
    channel: tuple
    stoichiometry: np.ndarray


def _losses(ion, staples):
    """Return the channels of an ion and what leaves in each, by the rules of the paper."""
    n, charge = ion.counts, ion.charge
    metals = sum(n.get(metal, 0) for metal in ("Ag", "Au", "Pd", "Pt"))
    chains = [("staple", f"[Ag{k}L'{k + 1}]-") for k in range(1, staples + 1)]
    if "BDT" not in n:  # the monothiolate cluster and what is left of it
        if charge == -2:
            return chains
        if charge != -1 or metals <= CORE or electron_count(ion, negative=True) <= 0:
            return []
        ring = metals > CORE + 6 and not {"Pd", "Pt"} & set(n)
        return [("ring", "Ag3L'3") if ring else ("unit", "AgL'")]
    if metals >= 31 + CORE:  # a dimer
        halves = [("split", "[Ag31L12L']2-"), ("bare", "[Ag30L12]2-")]
        if charge == -3:
            return [*chains, *halves, ("neutral", "[Ag29L12]3-")]
        return [("unit", "AgL'"), *halves] if metals > 31 + CORE else halves
    return next((paths for text, paths in _PIECES.items() if parse(text, where=NAMES) == ion), [])


def tree(ion, *, staples=3):
    """All dissociations of an ion and of its products, by rule.

    Parameters
    ----------
    ion : Species or str
        A dimer of charge 3-, [MAg24L'18] of charge 1- or 2-, [Ag29L12]3-, or a fragment of these. L, L'
        may be written for BDT, DMBT.
    staples : int
        Length of the longest anion AgkL'k+1 that leaves at once.

    Returns
    -------
    Tree

    Raises
    ------
    ValueError
        For an ion that no rule is for.

    Notes
    -----
    Source: Acharya et al. (2025) (`acharya2025`), sections on dissociation; where a printed formula does not
    balance, what does. See :data:`CHANNELS`. Dianions lose AgL' one by one, down to the core of their
    monothiolate half.

    Examples
    --------
    >>> for text in reactions(tree("[Ag29L12]3-"))["reaction"]:
    ...     print(text)
    [Ag29(BDT)12]3- -> [Ag5(BDT)3]- + [Ag24(BDT)9]2-
    [Ag24(BDT)9]2- -> Ag2(BDT) + [Ag22(BDT)8]2-
    [Ag24(BDT)9]2- -> [Ag3(BDT)2]- + [Ag21(BDT)7]-
    """
    ion = parse(ion, where=NAMES)
    found, edges = {ion: None}, []
    for each in (queue := [ion]):
        for channel, text in _losses(each, staples):
            lost = parse(text, where=NAMES)
            products = lost, each - lost
            edges.append((each, channel, products))
            new = [product for product in products if product not in found]
            found.update(dict.fromkeys(new))
            queue.extend(new)
    if not edges:
        raise ValueError(f"there is no rule by which {ion} breaks")
    before = {each: {source for source, _, products in edges if each in products} for each in found}
    order = {each: k for k, each in enumerate(TopologicalSorter(before).static_order())}
    stoichiometry = np.zeros((len(order), len(edges)), dtype=int)
    for r, (source, _, products) in enumerate(edges):
        stoichiometry[order[source], r] -= 1
        for product in products:
            stoichiometry[order[product], r] += 1
    source = np.array([order[source] for source, _, _ in edges])
    return Tree(tuple(order), source, tuple(channel for _, channel, _ in edges), stoichiometry)


def reactions(found):
    """Return the dissociations of a tree as text that :mod:`~supracrystal.spectra.balance` reads.

    Parameters
    ----------
    found : Tree

    Returns
    -------
    DataFrame
        `reaction` and `channel`.

    Examples
    --------
    >>> reactions(tree("[PdAg24L'18]2-", staples=1))["reaction"][0]
    '[PdAg24(DMBT)18]2- -> [Ag(DMBT)2]- + [PdAg23(DMBT)16]-'
    """
    rows = []
    for source, change in zip(found.source, found.stoichiometry.T, strict=True):
        products = [str(found.species[k]) for k in np.repeat(np.arange(len(change)), np.maximum(change, 0))]
        rows.append(f"{found.species[source]} -> " + " + ".join(sorted(products, key=len)))
    return pd.DataFrame({"reaction": rows, "channel": found.channel})
