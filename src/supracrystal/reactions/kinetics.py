r"""Reaction networks as plain arrays: their rate equations, and exact simulation of single events.

A :class:`Network` says which species react, what changes, and how fast. With the amounts c of S species and
R reactions of a few reactants i, j, ...,

.. math::
    v_r = k_r c_i c_j \cdots , \qquad \frac{\mathrm d c}{\mathrm d t} = N v , \qquad
    \frac{\partial \dot c}{\partial c} = N \frac{\partial v}{\partial c} ,

with the stoichiometric matrix N. Amounts may have any unit; rate constants go with it. Where two of one
species react, k c c is the rate of the reaction, of which each takes two; such a pair needs half the rate
constant of two unlike species that meet as readily.

Single clusters react at random times. The direct method of Gillespie (1977, `gillespie1977`) draws the time
to the next reaction from an exponential distribution with the sum of all propensities, and the reaction in
proportion to its own,

.. math:: a_r = k_r V \, \frac{n_i}{V} \, \frac{n_j - \delta_{ij}}{V} \cdots ,

for numbers n in a volume V. The rate law need not be that of the stoichiometry: many atoms may come together
in a step that takes three of them to begin with. Amounts stay positive if all that a reaction consumes is
among its reactants.

The mean of large systems follows the rate equations; small ones fluctuate as the chemical master equation
says. All propensities are computed anew after each reaction; for 1,302 of them NumPy takes about 15
microseconds on one core. rebop 0.9.2, in Rust, took 4, but brings xarray along and knows species by their
names; GillesPy2 is under the GPL, and its fast solvers need a compiler. So neither was used.

Left out: approximate leaps in time, and rates that are no product of amounts.
"""

from math import prod
from typing import NamedTuple

import numpy as np
from scipy.integrate import solve_ivp
from scipy.sparse import csc_array
from tqdm import tqdm

from supracrystal import InputError


class Network(NamedTuple):
    """Reactions between S species.

    Attributes
    ----------
    reactants : (R, K) int array
        Species of which the rate is a product; -1 for none.
    stoichiometry : (S, R) scipy.sparse.csc_array
        Change of each species in each reaction.
    rate : (R,) array
        Rate constants. The rate is this times the amounts of the reactants.
    """

    reactants: np.ndarray
    stoichiometry: csc_array
    rate: np.ndarray


def reaction_network(size, reactants, products, rate):
    """Network from the numbers of reactants and products; what stands on both sides is a catalyst.

    Parameters
    ----------
    size : int
        Number of species.
    reactants : (R, K) int array_like
    products : (R, P) int array_like
        Numbers of the species; -1 for none.
    rate : float or (R,) array_like
        Rate constants.

    Returns
    -------
    Network

    Raises
    ------
    ValueError
        For shapes that do not fit, species that do not exist, and rate constants that are negative.

    Examples
    --------
    2 A -> B and back:

    >>> both = reaction_network(2, [[0, 0], [1, -1]], [[1, -1], [0, 0]], [1.0, 0.5])
    >>> print(both.stoichiometry.toarray())
    [[-2.  2.]
     [ 1. -1.]]
    """
    reactants, products = np.asarray(reactants), np.asarray(products)
    count = len(reactants)
    if reactants.ndim != 2 or products.ndim != 2 or len(products) != count:
        raise InputError(f"reactants are {reactants.shape} and products {products.shape}; (R, K) and (R, P)")
    rate = np.broadcast_to(np.asarray(rate, dtype=float), count)
    if not ((rate >= 0) & np.isfinite(rate)).all():
        raise InputError(f"rate goes from {rate.min()} to {rate.max()}; finite and not negative is needed")
    species = np.column_stack([reactants, products])
    if not ((species >= -1) & (species < size)).all():
        raise InputError(
            f"species go from {species.min()} to {species.max()}; there are {size}, and -1 is none"
        )
    sign = np.repeat([-1.0, 1.0], [reactants.shape[1], products.shape[1]]) * np.ones((count, 1))
    column, _ = np.indices(species.shape)
    there = species >= 0
    change = csc_array((sign[there], (species[there], column[there])), shape=(size, count))
    change.sum_duplicates()
    change.eliminate_zeros()
    return Network(reactants, change, rate)


def rates(network, amount):
    """Rates of all reactions.

    Parameters
    ----------
    network : Network
    amount : (S,) array_like
        Of each species.

    Returns
    -------
    (R,) array

    Examples
    --------
    >>> rates(reaction_network(2, [[0, 0], [1, -1]], [[1, -1], [0, 0]], [1.0, 0.5]), [3, 4])
    array([9., 2.])
    """
    amount = np.append(amount, 1.0)
    return prod((amount[each] for each in network.reactants.T), start=network.rate)


def jacobian(network, amount):
    """Jacobian matrix: the change of each species in time, differentiated by the amount of each.

    Parameters
    ----------
    network : Network
    amount : (S,) array_like
        Of each species.

    Returns
    -------
    (S, S) scipy.sparse.csc_array

    Examples
    --------
    >>> both = reaction_network(2, [[0, 0], [1, -1]], [[1, -1], [0, 0]], [1.0, 0.5])
    >>> print(jacobian(both, [3, 4]).toarray())
    [[-12.    1. ]
     [  6.   -0.5]]
    """
    amount = np.append(amount, 1.0)
    columns = [amount[each] for each in network.reactants.T]
    slope = np.column_stack(
        [prod(columns[:k] + columns[k + 1 :], start=network.rate) for k in range(len(columns))]
    )
    row, _ = np.indices(slope.shape)
    there = network.reactants >= 0
    entries = slope[there], (row[there], network.reactants[there])
    return network.stoichiometry @ csc_array(entries, shape=network.stoichiometry.shape[::-1])


def integrate(network, initial, times, *, method="BDF", rtol=1e-8):
    """Amounts of all species at given times, from the rate equations.

    Parameters
    ----------
    network : Network
    initial : (S,) array_like
        Amounts at the time 0.
    times : (T,) array_like
        Ascending, not negative.
    method : {"BDF", "Radau", "LSODA"}
        Of ``scipy.integrate.solve_ivp``. The first two use the Jacobian as a sparse matrix.
    rtol : float
        Relative tolerance; the absolute one is a thousandth of it, times the largest initial amount.

    Returns
    -------
    (T, S) array
        Sums that all reactions conserve are conserved to rounding. Amounts far below the tolerance may be
        negative.

    Raises
    ------
    RuntimeError
        If the steps become too small.
    ValueError
        For amounts or times that are negative, or do not fit.

    Examples
    --------
    1 / (1 + 2 t) of a species is left that vanishes in pairs:

    >>> vanish = reaction_network(1, [[0, 0]], [[-1]], 1.0)
    >>> integrate(vanish, [1.0], [0, 1, 10]).ravel().round(6)
    array([1.      , 0.333333, 0.047619])
    """
    initial, times = _checked(network, initial, times)

    def derivative(_, amount):
        return network.stoichiometry @ rates(network, amount)

    def slope(_, amount):
        matrix = jacobian(network, amount)
        return matrix.toarray() if method == "LSODA" else matrix

    found = solve_ivp(
        derivative, (0, times[-1]), initial, method=method, t_eval=times, jac=slope, rtol=rtol,
        atol=1e-3 * rtol * (initial.max() or 1),
    )  # fmt: skip
    if not found.success:
        raise RuntimeError(f"the integration stopped at the time {found.t[-1]:g}: {found.message}")
    return found.y.T


def simulate(network, initial, times, *, volume=1.0, seed=0):
    """Numbers of all species at given times, in one random run.

    Parameters
    ----------
    network : Network
    initial : (S,) int array_like
        Numbers at the time 0.
    times : (T,) array_like
        Ascending, not negative.
    volume : float
        Number of clusters in one unit of the amounts for which the rate constants are.
    seed : int
        Of the random numbers.

    Returns
    -------
    (T, S) int array

    Raises
    ------
    ValueError
        For numbers that are negative or not whole, times that do not ascend, a volume that is not positive.

    Notes
    -----
    Source: Gillespie (1977) (`gillespie1977`).

    Examples
    --------
    What vanishes in pairs leaves one or none:

    >>> simulate(reaction_network(1, [[0, 0]], [[-1]], 1.0), [101], [0, 1e6]).ravel().tolist()
    [101, 1]
    """
    number, times = _checked(network, initial, times)
    if (number != np.rint(number)).any():
        raise InputError(f"initial has {number[number != np.rint(number)][0]!r}; whole numbers are needed")
    if not volume > 0:
        raise InputError(f"volume is {volume!r}; it must be positive")
    first, *others = network.reactants.T
    # The second of two equal reactants is one of n - 1, the third of three one of n - 2.
    less = [
        ((network.reactants[:, :place] == other[:, None]).sum(axis=1) * (other >= 0)).astype(float)
        for place, other in enumerate(others, start=1)
    ]
    constant = network.rate * volume ** (1.0 - (network.reactants >= 0).sum(axis=1))
    change, random = network.stoichiometry, np.random.default_rng(seed)
    species, steps = (np.split(each, change.indptr[1:-1]) for each in (change.indices, change.data))
    state, now = np.append(number, 1.0), 0.0
    record = np.empty((len(times), len(number)), dtype=int)
    with np.errstate(divide="ignore"):
        for k, until in enumerate(tqdm(times, desc="reactions", delay=2, leave=False)):
            while True:
                # A run may be cut anywhere: the time to the next reaction has no memory.
                propensity = constant * state[first]
                for other, fewer in zip(others, less, strict=True):
                    propensity *= state[other] - fewer
                total = np.cumsum(propensity)
                wait = random.exponential() / total[-1]
                if now + wait > until:
                    break
                now += wait
                reaction = np.searchsorted(total, (1 - random.random()) * total[-1])
                state[species[reaction]] += steps[reaction]
            record[k], now = state[:-1], until
    return record


def _checked(network, initial, times):
    initial, times = np.asarray(initial, dtype=float), np.asarray(times, dtype=float)
    size = network.stoichiometry.shape[0]
    if initial.shape != (size,):
        raise InputError(f"initial has the shape {initial.shape}; the network has {size} species")
    if not ((initial >= 0) & np.isfinite(initial)).all():
        raise InputError(f"initial goes down to {initial.min()}; amounts are finite and not negative")
    if times.ndim != 1 or not (len(times) and times[-1] > 0 and (np.diff(times, prepend=0.0) >= 0).all()):
        raise InputError(f"times are {times!r}; ascending ones are needed, not negative, the last positive")
    return initial, times
