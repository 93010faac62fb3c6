r"""Balances of a population that coagulates, in sections of size.

Numbers N of aggregates that meet with the rate constants K follow the equation of Smoluchowski (1917,
`smoluchowski1917`),

.. math:: \dot N_k = \frac{1}{2} \sum_{i + j = k} K_{ij} N_i N_j - N_k \sum_j K_{kj} N_j .

Sections on a geometric scale reach from one particle to 10 to the power 13. An aggregate between two pivots
is divided between them so that number and mass are both kept (Kumar and Ramkrishna 1996, `kumar1996`). What
is integrated are the masses n N, a quadratic form of themselves whose sum is constant to rounding.

Left out: growth in steps of less than a section, break-up, and fluctuations of small numbers.
"""

import numpy as np
from scipy.integrate import solve_ivp
from scipy.sparse import coo_array


def sections(largest=1e13, per_decade=7):
    """Numbers of particles of the pivots: 1 to 4, then a geometric scale.

    Parameters
    ----------
    largest : float
    per_decade : int

    Returns
    -------
    (m,) array

    Examples
    --------
    >>> sections(1000, 2).round(1).tolist()
    [1.0, 2.0, 3.0, 4.0, 12.6, 40.0, 126.5, 400.0]
    """
    count = int(np.log10(largest / 4) * per_decade)
    return np.append([1.0, 2.0, 3.0], 4 * 10 ** (np.arange(count + 1) / per_decade))


def balance(kernel, pivots):
    """Rates of change of the mass in sections, dM_k/dt = sum of T_kij M_i M_j.

    Parameters
    ----------
    kernel : (m, m) array
        Symmetric.
    pivots : (m,) array
        Ascending. What grows past the last one stays there, and keeps its mass.

    Returns
    -------
    (m², m) sparse array
        T, with k and i in the rows. Sums over k vanish: mass is kept.

    Examples
    --------
    >>> print(balance(np.ones((3, 3)), np.array([1.0, 2.0, 4.0])).toarray()[::3, 0])
    [-1.  1.  0.]
    """
    m = len(pivots)
    total = np.minimum(pivots[:, None] + pivots, pivots[-1])
    low = np.minimum(np.searchsorted(pivots, total, side="right") - 1, m - 2)
    above = (total - pivots[low]) / (pivots[low + 1] - pivots[low]) * pivots[low + 1] / total
    # Two of masses x and y leave their sections, and their whole mass arrives at two neighbouring ones.
    leaving = kernel / (2 * np.outer(pivots, pivots))
    flux = leaving * (pivots[:, None] + pivots)
    i, j = np.indices((m, m))
    rates = [flux * (1 - above), flux * above, -leaving * pivots[:, None], -leaving * pivots]
    places = [low, low + 1, i, j]
    rows = np.ravel(places) * m + np.tile(i.ravel(), 4)
    return coo_array((np.ravel(rates), (rows, np.tile(j.ravel(), 4))), shape=(m * m, m)).tocsr()


def integrate(tensor, initial, times, *, loss=0.0, rtol=1e-6):
    """Integrate a balance of masses.

    Parameters
    ----------
    tensor : (m², m) sparse array
        Of :func:`balance`.
    initial : (m,) array
        Mass in each section.
    times : (n,) array
        Ascending, the first at or after 0.
    loss : float or (m,) array
        Rate at which the mass of a section goes to the floor.
    rtol : float

    Returns
    -------
    (n, m + 1) array
        Masses at the times; the last is on the floor.

    Raises
    ------
    ValueError
        For times that do not ascend.

    Examples
    --------
    >>> masses = integrate(balance(np.ones((2, 2)), np.array([1.0, 2.0])), [1.0, 0.0], [0.0, 1.0])
    >>> print(masses.sum(axis=1).round(12))
    [1. 1.]
    """
    times, m = np.asarray(times, dtype=float), tensor.shape[1]
    if not (times[0] >= 0 and (np.diff(times) > 0).all()):
        raise ValueError("the times must ascend, from 0 or later")
    loss = np.broadcast_to(np.asarray(loss, dtype=float), (m,))

    def product(mass):
        return (tensor @ mass[:m]).reshape(m, m)

    def change(_, mass):
        gone = loss * mass[:m]
        return np.append(product(mass) @ mass[:m] - gone, gone.sum())

    def jacobian(_, mass):
        slope = np.zeros((m + 1, m + 1))
        slope[:m, :m] = 2 * product(mass) - np.diag(loss)
        slope[m, :m] = loss
        return slope

    span, start = (0.0, times[-1]), np.append(initial, 0.0)
    done = solve_ivp(change, span, start, method="BDF", t_eval=times, jac=jacobian, rtol=rtol, atol=1e-10)
    return done.y.T
