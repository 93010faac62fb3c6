"""The states of three frameworks of 44 metal atoms, and how they become one another.

For the model of alloying: :mod:`supracrystal.reactions.alloying`.
"""

import numpy as np
import pandas as pd

ATOMS = 44
FRAMEWORKS = {30: (0, 12), 27: (17, 29), 26: (35, 44)}


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
CONTENTS = np.zeros((LIGANDS, len(SPECIES)))
"""What each state is in solution: what a cluster leaves when it breaks down."""
CONTENTS[:, CLUSTERS:] = CONSERVED[:LIGANDS]


def places():
    """Framework of each state, its places for swaps, and the gold atoms in them; the solution is one place.

    Returns
    -------
    framework : (S - 1,) int array
    number : (S - 1,) int array
    gold : (S - 1,) int array
    """
    framework = SPECIES["framework"].to_numpy()[:LIGANDS]
    first, last = np.array([FRAMEWORKS.get(each, (0, 1)) for each in framework]).T
    return framework, last - first, SPECIES["gold"].to_numpy()[:LIGANDS] - first


def moved(step):
    """States that are reached by gaining a gold atom for a silver atom, or the reverse.

    Parameters
    ----------
    step : {1, -1}

    Returns
    -------
    after : (S - 1, S) array
        Over all species; beyond its range a cluster is in solution.
    share : (S - 1,) array
        Of its places that allow it.
    beyond : (S - 1,) bool array
        Whether it breaks down.
    """
    framework, number, gold = places()
    solution, atoms = framework == 0, SPECIES["gold"].to_numpy()[:LIGANDS]
    whole = np.eye(len(SPECIES))
    inside = (gold + step >= 0) & (gold + step <= number)
    neighbour = np.where(inside, np.arange(LIGANDS) + np.where(solution, -1, 1) * step, 0)
    broken = CONTENTS + step * (whole[GOLD] - whole[SILVER])
    beyond = ~inside & ~solution & (atoms + step >= 0) & (atoms + step <= ATOMS)
    share = np.where(inside, (gold if step < 0 else number - gold) / number, 0.0)
    return np.where(inside[:, None], whole[neighbour], broken), share, beyond


def costs(parameters):
    """Costs of a gold atom in each state, in k_B T.

    Parameters
    ----------
    parameters : Parameters

    Returns
    -------
    (S - 1,) array
    """
    cost = {30: parameters.gold30, 27: parameters.gold27, 26: parameters.gold26, 0: 0.0}
    return np.array([cost[each] for each in places()[0]])
