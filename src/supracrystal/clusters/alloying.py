r"""Three families of one alloy: what becomes of Au44(SR)26 and Ag44(SR)30 that meet in solution.

Lin et al. (2022, `lin2022`) mix the two and find Au_x Ag_{44-x} in three frameworks, by the ratio R of gold
to silver clusters: with 30 ligands, x = 0 to 12; with 27, x = 17 to 29; with 26, x = 35 to 44; and complexes
of metal and ligands. This is a model of it, with one set of :class:`Parameters` for all ratios and times:

- Swaps. Clusters that meet swap a gold atom for a silver atom, as in :mod:`supracrystal.clusters.exchange`,
  and so do clusters and the solution. A framework has as many places for it as its range of x is long.
- Limits. A framework that must go beyond its range breaks down. So gold breaks the silver-rich framework, and
  silver the gold-rich one.
- Contact. The gold-rich framework may break down where it meets another one.
- Regrowth. The frameworks with 30 and with 27 ligands grow out of what is in solution.

What is no cluster of 44 is lumped: gold, silver and ligands in solution, whatever their complexes are. All
reactions conserve the three exactly. The stability of a framework is explicit,

.. math:: G_f(x) = \varepsilon_f\, j - \ln \binom{n_f}{j} , \qquad j = x - x_f ,

for its n places and j gold atoms in them; :math:`\varepsilon` is what a gold atom costs there in place of a
silver atom, in k_B T, and 0 in solution. Beyond the range it is infinite. Swaps obey detailed balance with it
(:func:`swap_equilibrium`). Breakdown and regrowth do not: their rate laws have three or four factors, not 74,
so what they end in is a steady state.

Left out: which places the atoms take; ligands but their number; chloride; charges and electrons; dilution.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.sparse import csc_array
from scipy.special import comb

from supracrystal.clusters.kinetics import Network, integrate

ATOMS = 44
FINAL = 1200.0  # minutes after which final products were looked at
FRAMEWORKS = {30: (0, 12), 27: (17, 29), 26: (35, 44)}


class Parameters(NamedTuple):
    """What the model does not know; amounts are such that there is one parent cluster in all, times minutes.

    Attributes
    ----------
    within, between, solution : float
        Rate constants of swaps: of clusters of one framework, of two, and of a cluster with the solution.
    limit30 : float
        By what factor M44(SR)30 with all its 12 gold atoms takes one more, and breaks down, less readily than
        cheaper places would take it. The other frameworks have 1.
    contact30, contact27 : float
        Rate constants of the breakdown of M44(SR)26 where it meets M44(SR)30 and M44(SR)27.
    growth30, growth27 : float
        Rate constants of regrowth.
    gold30, gold27, gold26 : float
        What a gold atom costs in each framework, in k_B T.
    """

    within: float
    between: float
    solution: float
    limit30: float
    contact30: float
    contact27: float
    growth30: float
    growth27: float
    gold30: float
    gold27: float
    gold26: float


def species():
    """Table of the species: clusters by framework and gold atoms; then gold, silver and ligands in solution.

    Returns
    -------
    DataFrame
        `framework`, the number of ligands of a cluster, or 0; and what is conserved, `gold`, `silver` and
        `ligands`.

    Examples
    --------
    >>> species().groupby("framework")["gold"].agg(["size", "min", "max"])
               size  min  max
    framework
    0             3    0    1
    26           10   35   44
    27           13   17   29
    30           13    0   12
    """
    rows = [
        (ligands, gold, ATOMS - gold, ligands)
        for ligands, (first, last) in FRAMEWORKS.items()
        for gold in range(first, last + 1)
    ]
    rows += [(0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1)]
    return pd.DataFrame(rows, columns=["framework", "gold", "silver", "ligands"])


SPECIES = species()
CONSERVED = SPECIES[["gold", "silver", "ligands"]].to_numpy()
CLUSTERS = len(SPECIES) - 3
GOLD, SILVER, LIGANDS = range(CLUSTERS, CLUSTERS + 3)


def feed(ratio):
    """Amounts at the beginning: gold to silver clusters in the ratio R, one in all.

    Parameters
    ----------
    ratio : float
        R, positive.

    Returns
    -------
    (S,) array
        Over the :func:`species`.

    Examples
    --------
    >>> feed(3)[SPECIES.index[(SPECIES["framework"] == 26) & (SPECIES["gold"] == 44)]]
    array([0.75])
    """
    if not ratio > 0:
        raise ValueError(f"ratio is {ratio!r}; it must be positive")
    amount = np.zeros(len(SPECIES))
    amount[0], amount[CLUSTERS - 1] = 1 / (1 + ratio), ratio / (1 + ratio)
    return amount


def _places():
    """Places of each state for swaps, gold atoms in them, and the framework; the solution is one place."""
    framework = SPECIES["framework"].to_numpy()[:LIGANDS]
    first, last = np.array([FRAMEWORKS.get(each, (0, 1)) for each in framework]).T
    return framework, last - first, SPECIES["gold"].to_numpy()[:LIGANDS] - first


def stability(parameters):
    r"""Stability of each state, :math:`G_f(x)` in k_B T: what its gold costs, less the ways to place it.

    Parameters
    ----------
    parameters : Parameters

    Returns
    -------
    (S - 1,) array
        Of all species but the ligands.

    Examples
    --------
    >>> stability(Parameters(*[1] * 11))[[0, 1, 6, 12]].round(3)  # of M44(SR)30
    array([ 0.   , -1.485, -0.829, 12.   ])
    """
    framework, places, gold = _places()
    cost = {30: parameters.gold30, 27: parameters.gold27, 26: parameters.gold26, 0: 0.0}
    return np.array([cost[each] for each in framework]) * gold - np.log(comb(places, gold))


def network(parameters, *, overshoot=True):
    """Reactions of the model, generated by rule.

    Parameters
    ----------
    parameters : Parameters
    overshoot : bool
        Whether frameworks break down that must go beyond their range; else nothing but contact breaks them.

    Returns
    -------
    Network
        Over the :func:`species`.

    Raises
    ------
    ValueError
        For rate constants that are negative or not finite.

    Notes
    -----
    Source: the mechanism is that of Lin et al. (2022) (`lin2022`), 'Real-time monitoring of the inter-cluster
    reactions', in words; the rate laws are ours.

    Examples
    --------
    >>> network(Parameters(*[1] * 11)).stoichiometry.shape[0]
    39
    """
    constants = np.array(parameters[:8])
    if not ((constants >= 0) & np.isfinite(constants)).all():
        raise ValueError(f"rate constants are {constants.tolist()}; finite ones are needed, not negative")
    framework, places, gold = _places()
    cost = {30: parameters.gold30, 27: parameters.gold27, 26: parameters.gold26, 0: 0.0}
    cost = np.array([cost[each] for each in framework])
    solution = framework == 0
    contents = np.zeros((LIGANDS, len(SPECIES)))  # what a broken cluster leaves
    contents[:, CLUSTERS:] = CONSERVED[:LIGANDS]
    whole = np.eye(len(SPECIES))[:LIGANDS]

    def moved(step):
        """Return what each state becomes that gains or loses a gold atom, and the share of places for it."""
        inside = (gold + step >= 0) & (gold + step <= places)
        neighbour = np.where(inside, np.arange(LIGANDS) + np.where(solution, -1, 1) * step, 0)
        broken = contents + step * (np.eye(len(SPECIES))[GOLD] - np.eye(len(SPECIES))[SILVER])
        edge = ~inside & ~solution & (SPECIES["gold"][:LIGANDS].to_numpy() + step >= 0)
        edge &= SPECIES["gold"][:LIGANDS].to_numpy() + step <= ATOMS
        limit = np.where(framework == 30, parameters.limit30, 1.0) * edge * overshoot
        share = np.where(inside, (gold if step < 0 else places - gold) / places, limit)
        return np.where(inside[:, None], whole[neighbour], broken), share

    gives, giving = moved(-1)
    takes, taking = moved(1)
    giver, taker = (each.ravel() for each in np.indices((LIGANDS, LIGANDS)))
    change = gives[giver] + takes[taker] - whole[giver] - whole[taker]
    constant = np.where(framework[giver] == framework[taker], parameters.within, parameters.between)
    constant = np.where(solution[giver] | solution[taker], parameters.solution, constant)
    rate = constant * giving[giver] * taking[taker] * np.exp((cost[giver] - cost[taker]) / 2)
    swap = (giving[giver] * taking[taker] > 0) & change.any(axis=1)

    breaks = {30: parameters.contact30, 27: parameters.contact27, 26: 0.0, 0: 0.0}
    breaks = (framework[giver] == 26) * np.array([breaks[each] for each in framework])[taker]
    meet = breaks > 0

    grown = np.flatnonzero(np.isin(framework, (30, 27)))
    ways = comb(places, gold)[grown] / 2.0 ** places[grown]
    out_of = np.where(
        (framework[grown] == 30)[:, None], [GOLD, SILVER, SILVER, LIGANDS], [GOLD, SILVER, LIGANDS, -1]
    )
    growth = np.where(framework[grown] == 30, parameters.growth30, parameters.growth27) * ways

    pairs = np.column_stack([giver, taker, 0 * giver - 1, 0 * giver - 1])
    return Network(
        np.concatenate([pairs[swap], pairs[meet], out_of]),
        csc_array(
            np.concatenate([change[swap], (contents - whole)[giver[meet]], (whole - contents)[grown]]).T
        ),
        np.concatenate([rate[swap], breaks[meet], growth]),
    )


def swap_equilibrium(parameters, amount):
    r"""Where swaps alone lead: the same clusters of each framework, with gold spread anew.

    Each place holds gold with the probability

    .. math:: p_f = \frac{1}{1 + \mathrm e^{\varepsilon_f - \beta}} ,

    with one :math:`\beta` for all frameworks and the solution, such that the gold is that of the beginning;
    each framework is binomial.

    Parameters
    ----------
    parameters : Parameters
        Of which only the costs of gold matter.
    amount : (S,) array_like
        Over the :func:`species`.

    Returns
    -------
    (S,) array

    Examples
    --------
    Gold that costs the same everywhere fills the same part of the 12 places of one framework, and of the 9 of
    the other, in which 35 atoms of gold are fixed:

    >>> even = swap_equilibrium(Parameters(*[1] * 8, 0, 0, 0), feed(1 / 3))
    >>> clusters = even[:13].sum(), even[26:36].sum()
    >>> gold = even[:13] @ SPECIES["gold"][:13], even[26:36] @ (SPECIES["gold"][26:36] - 35)
    >>> round(float(gold[0] / clusters[0] / 12), 6), round(float(gold[1] / clusters[1] / 9), 6)
    (0.2, 0.2)
    """
    framework, _, gold = _places()
    amount = np.asarray(amount, dtype=float)
    weight = -stability(parameters)
    here = [framework == each for each in (*FRAMEWORKS, 0)]

    def spread(beta):
        out = amount.copy()
        for each in here:
            share = np.exp(weight[each] + beta * gold[each] - (weight[each] + beta * gold[each]).max())
            out[:LIGANDS][each] = amount[:LIGANDS][each].sum() * share / share.sum()
        return out

    total = amount @ SPECIES["gold"]
    return spread(brentq(lambda beta: spread(beta) @ SPECIES["gold"] - total, -100, 100, xtol=1e-13))


def course(parameters, ratio, minutes, *, first=None, rtol=1e-6):
    """Amounts against time, after the parents were mixed, or more of one was added to what they gave in 20 h.

    Parameters
    ----------
    parameters : Parameters
    ratio : float
        R of all that is fed.
    minutes : (T,) array_like
        Ascending; after the parents were mixed, or after the addition.
    first : float, optional
        R of the mixture that stood for 20 h before more of one parent was added; dilution is left out.
    rtol : float
        Relative tolerance.

    Returns
    -------
    (T, S) array
        Over the :func:`species`.

    Examples
    --------
    >>> course(Parameters(*[1] * 11), 3, [0, 1200])[0].max()
    np.float64(0.75)
    """
    reactions, amount = network(parameters), feed(ratio)
    if first is not None:
        amount = feed(first)
        more = feed(ratio) * (amount[0] / feed(ratio)[0] if ratio > first else amount[-4] / feed(ratio)[-4])
        more = more - amount
        amount = np.maximum(integrate(reactions, amount, [FINAL], method="LSODA", rtol=rtol)[0], 0) + more
    return integrate(reactions, amount, minutes, method="LSODA", rtol=rtol)
