r"""Rate equations of the model of alloying, by frameworks instead of by reactions.

What swaps change is a sum over all pairs of states, but its terms are products. With
:math:`u_i = g_i c_i \mathrm e^{\varepsilon_i / 2}` of the states that give gold,
:math:`v_j = t_j c_j \mathrm e^{-\varepsilon_j / 2}` of those that take it, and rate constants k that depend
on the two frameworks alone,

.. math:: \dot c = \sum_i \Delta^-_i\, u_i \sum_j k_{ij} v_j + \sum_j \Delta^+_j\, v_j \sum_i k_{ij} u_i ,

so that the 1,548 reactions of :func:`supracrystal.reactions.alloying.network` need three small products of
matrices. They are the same equations; a test compares them.
"""

from functools import cache

import numpy as np
from scipy.integrate import odeint
from scipy.special import comb

from supracrystal.reactions.frameworks import CONTENTS, GOLD, LIGANDS, SILVER, SPECIES, costs, moved, places


@cache
def _structure():
    """Return what the parameters do not change: frameworks, shares, edges, and changes in columns."""
    framework, number, gold = places()
    whole = np.eye(len(SPECIES))[:LIGANDS]
    (gives, giving, last), (takes, taking, full) = moved(-1), moved(1)
    change = np.concatenate([gives - whole, takes - whole, CONTENTS - whole]).T
    ways = comb(number, gold) / 2.0**number
    grown = [((whole - CONTENTS) * (ways * (framework == each))[:, None]).sum(axis=0) for each in (30, 27)]
    return framework, giving, last, taking, full, change, np.transpose(grown)


def equations(parameters):
    """Change of all species in time, and its derivative, as functions of time and amounts.

    Parameters
    ----------
    parameters : Parameters

    Returns
    -------
    derivative : function
        Of the time, which does not matter, and the (S,) amounts; to an (S,) array.
    jacobian : function
        Of the same; to an (S, S) array.
    """
    framework, giving, last, taking, full, change, grown = _structure()
    cost, limit = np.exp(costs(parameters) / 2), np.where(framework == 30, parameters.limit30, 1.0)
    give, take = (giving + limit * last) * cost, (taking + limit * full) / cost
    alike, free = framework[:, None] == framework, framework == 0
    constant = np.where(alike, parameters.within, parameters.between)
    constant[free], constant[:, free] = parameters.solution, parameters.solution
    breaks = parameters.contact30 * (framework == 30) + parameters.contact27 * (framework == 27)
    rich = (framework == 26).astype(float)
    grown = grown * [parameters.growth30, parameters.growth27]

    def derivative(_, amount):
        state = amount[:LIGANDS]
        u, v = give * state, take * state
        flow = np.concatenate([u * (constant @ v), v * (constant @ u), rich * state * (breaks @ state)])
        gold, silver, ligands = amount[GOLD:]
        return change @ flow + grown @ (gold * silver * ligands * np.array([silver, 1.0]))

    def jacobian(_, amount):
        state = amount[:LIGANDS]
        u, v = give * state, take * state
        slopes = u[:, None] * constant * take, v[:, None] * constant * give, np.outer(rich * state, breaks)
        slope = np.concatenate(slopes)
        here = np.arange(LIGANDS)
        slope[here, here] += give * (constant @ v)
        slope[LIGANDS + here, here] += take * (constant @ u)
        slope[2 * LIGANDS + here, here] += rich * (breaks @ state)
        matrix = np.zeros((len(SPECIES), len(SPECIES)))
        matrix[:, :LIGANDS] = change @ slope
        gold, silver, ligands = amount[GOLD:]
        pair = np.array([silver, 1.0])
        matrix[:, GOLD] += grown @ (silver * ligands * pair)
        matrix[:, SILVER] += grown @ (gold * ligands * np.array([2 * silver, 1.0]))
        matrix[:, LIGANDS] += grown @ (gold * silver * pair)
        return matrix

    return derivative, jacobian


def integrate(parameters, initial, times, *, rtol=1e-6):
    """Amounts of all species at given times.

    Parameters
    ----------
    parameters : Parameters
    initial : (S,) array
    times : (T,) array_like
        Ascending, not negative.
    rtol : float
        Relative tolerance; the absolute one is a thousandth of it, times the largest initial amount.

    Returns
    -------
    (T, S) array

    Raises
    ------
    RuntimeError
        If the integration fails.
    ValueError
        For parameters, amounts or times that are not allowed.
    """
    constants, times = np.array(parameters[:8]), np.asarray(times, dtype=float)
    if not ((constants >= 0) & np.isfinite(constants)).all():
        raise ValueError(f"rate constants are {constants.tolist()}; finite ones are needed, not negative")
    if times.ndim != 1 or not (len(times) and times[-1] > 0 and (np.diff(times, prepend=0.0) >= 0).all()):
        raise ValueError(f"times are {times!r}; ascending ones are needed, not negative, the last positive")
    derivative, jacobian = equations(parameters)
    asked = np.append(0.0, times)
    found, report = odeint(
        derivative, initial, asked, Dfun=jacobian, tfirst=True, rtol=rtol, atol=1e-3 * rtol * initial.max(),
        mxstep=20_000, full_output=True,
    )  # fmt: skip
    if report["message"] != "Integration successful.":
        raise RuntimeError(
            f"the integration stopped near the time {report['tcur'].max():g}: {report['message']}"
        )
    return found[1:]
