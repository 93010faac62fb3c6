r"""How well printed statements bind the constants of the model of alloying: likelihood, profiles, directions.

The text of Lin et al. (2022) has no intensities. A statement (a framework is seen, or not; is the main one;
has its most abundant member within a range) says on which side of a border an amount is. The model is beyond
the border by the factor :math:`\mathrm e^{m}` (:func:`supracrystal.reactions.statements.margins`), or within it,
m < 0. Borders are not sharp: ions of two families are not detected alike, and what is "dominant" was read
off a figure. With a logistic error of the logarithm, of standard deviation :math:`\sigma`, the statement is
made with the probability

.. math::
    P = \frac{1}{1 + \mathrm e^{m / s}} , \qquad s = \frac{\sqrt 3}{\pi}\, \sigma , \qquad
    \chi^2 = -2 \sum \ln P = \sum r^2 .

That is a regression on data that are censored on one side. A statement that is amply met weighs nothing,
one that is missed by far in proportion to its logarithm, not to its square. We take :math:`\sigma = \ln 2`.
As a sum of squares it is made small by Gauss and Newton's method, in the logarithms of the rate constants and
the costs of gold.

- The profile of a parameter (`raue2009`) is the least chi squared with that parameter held. Nominally 95 %
  of its values lie where this is at most 3.84 above the least (`wilks1938`). If it stays below up to the end
  of what we allow, the data do not bind the parameter on that side. The valleys are long and bent, and not
  each place in them is found.
- The eigenvectors of :math:`J^T J`, with the Jacobian matrix J of the residuals r, are the combinations of
  parameters that the data bind well or hardly (`gutenkunst2007`).

Left out: statements on one spectrum are not independent, as they are taken to be here; so intervals are
rather too narrow. Errors of the model itself have no term of their own.
"""

import numpy as np
import pandas as pd
from scipy.optimize import least_squares

from supracrystal.reactions.alloying import Parameters
from supracrystal.reactions.statements import margins

CONSTANTS = 8
"""Of the parameters, so many are taken as logarithms."""
SPREAD = float(np.log(2))
RTOL = 1e-4
"""Relative tolerance of integrations, far below what a statement can tell."""
LIMITS = np.array([[-20.0] * CONSTANTS + [-8.0] * 3, [8.0, 8.0, 8.0, 0.0, 8.0, 8.0, 8.0, 8.0] + [8.0] * 3])
"""Least and largest values that are allowed, in the units of :func:`point`."""


def point(parameters):
    """Parameters as a point: the logarithms of the rate constants, and the costs of gold.

    Parameters
    ----------
    parameters : Parameters

    Returns
    -------
    (11,) array

    Examples
    --------
    >>> point(Parameters(*[1] * 11)).tolist() == [0.0] * 8 + [1.0] * 3
    True
    """
    return np.append(np.log(parameters[:CONSTANTS]), parameters[CONSTANTS:])


def at(place):
    """Parameters at a point; the inverse of :func:`point`.

    Parameters
    ----------
    place : (11,) array_like

    Returns
    -------
    NamedTuple
        A :class:`~supracrystal.reactions.alloying.Parameters`.

    Examples
    --------
    >>> at([0.0] * 8 + [1.0] * 3) == Parameters(*[1] * 11)
    True
    """
    return Parameters(*np.exp(place[:CONSTANTS]).tolist(), *np.asarray(place[CONSTANTS:]).tolist())


def residuals(margin, spread=SPREAD):
    r"""Residuals :math:`r = \sqrt{-2 \ln P}` of statements.

    Parameters
    ----------
    margin : array_like
        Logarithms of the factors by which they are missed.
    spread : float
        Standard deviation of these.

    Returns
    -------
    array

    Examples
    --------
    A statement at its border is as likely as not; one met tenfold, or missed tenfold:

    >>> residuals([0.0, -np.log(10), np.log(10)]).round(2)
    array([1.18, 0.07, 3.47])
    """
    return np.sqrt(2 * np.logaddexp(0, np.asarray(margin) * np.pi / np.sqrt(3) / spread))


def fit(start, observations, *, fixed=(), evaluations=20):
    """Least chi squared near a point.

    Parameters
    ----------
    start : (11,) array
        In the units of :func:`point`.
    observations : list of dict
        Of :func:`~supracrystal.reactions.statements.read_observations`.
    fixed : sequence of int
        Parameters that are held.
    evaluations : int
        Most steps.

    Returns
    -------
    place : (11,) array
    chi : float
        Chi squared there.
    slopes : (K, 11) array
        Jacobian matrix of the residuals, 0 for what is held.

    Examples
    --------
    >>> from supracrystal.reactions import directory, read_observations, recorded
    >>> said = [each for each in read_observations(directory() / "lin2022.yaml") if each["ratio"] == 20]
    >>> best = point(recorded())
    >>> place, chi, slopes = fit(best, said, fixed=range(1, 11), evaluations=2)
    >>> print(slopes.any(axis=0).sum(), chi <= (residuals(margins(at(best), said, rtol=1e-4)) ** 2).sum())
    1 True
    """
    free = np.setdiff1d(np.arange(len(start)), fixed)
    start = np.clip(start, LIMITS[0] + 1e-6, LIMITS[1] - 1e-6)

    def whole(values):
        place = start.copy()
        place[free] = values
        return place

    def difference(values):
        return residuals(margins(at(whole(values)), observations, rtol=RTOL))

    def slope(values):
        # Steps of 0.02 are far above the error of the integration.
        here = difference(values)
        step = np.where(values + 0.02 < LIMITS[1, free], 0.02, -0.02)
        return np.transpose([(difference(values + d) - here) / d.sum() for d in np.diag(step)])

    found = least_squares(
        difference, start[free], jac=slope, bounds=LIMITS[:, free], x_scale=1.0, max_nfev=evaluations,
        ftol=1e-3, xtol=1e-3, gtol=1e-3,
    )  # fmt: skip
    slopes = np.zeros((len(found.fun), len(start)))
    slopes[:, free] = found.jac
    return whole(found.x), float(2 * found.cost), slopes


def descend(start, slopes, observations, number, *, steps=6):
    """Lower chi squared with one parameter held, by few evaluations.

    It is the method of Levenberg and Marquardt with a Jacobian matrix that is corrected after each step by
    Broyden's rule (1965, `broyden1965`) instead of being computed anew. So it stops early, a little too high.

    Parameters
    ----------
    start : (11,) array
    slopes : (K, 11) array
        Jacobian matrix of the residuals from which to begin, such as of a :func:`fit` nearby.
    observations : list of dict
    number : int
        Of the parameter that is held.
    steps : int
        Evaluations after the first.

    Returns
    -------
    place : (11,) array
    chi : float
    slopes : (K, 11) array
        As corrected.

    Examples
    --------
    >>> from supracrystal.reactions import directory, read_observations, recorded
    >>> said = [each for each in read_observations(directory() / "lin2022.yaml") if each["ratio"] == 20]
    >>> best = point(recorded())
    >>> slopes = fit(best, said, fixed=range(2, 11), evaluations=1)[2]
    >>> place, chi, _ = descend(best, slopes, said, 0, steps=2)
    >>> bool(place[0] == best[0])
    True
    """
    free = np.arange(len(start)) != number
    place, slopes, damping = np.array(start, dtype=float), slopes.copy(), 0.03
    here = residuals(margins(at(place), observations, rtol=RTOL))
    for _ in range(steps):
        slope = slopes[:, free]
        moved = place.copy()
        moved[free] -= np.linalg.solve(slope.T @ slope + damping * np.eye(free.sum()), slope.T @ here)
        off = np.clip(moved, *LIMITS) - place
        if np.abs(off).max() < 0.01:
            break
        found = residuals(margins(at(place + off), observations, rtol=RTOL))
        slopes += np.outer(found - here - slopes @ off, off) / (off @ off)
        if found @ found < here @ here:
            place, here, damping = place + off, found, damping / 3
        else:
            damping *= 5
    return place, float(here @ here), slopes


def profile(best, slopes, observations, parameter, *, step=0.5, above=6.0, far=8.0):
    """Least chi squared where one parameter is held, step by step to both sides, until it is large.

    Parameters
    ----------
    best : (11,) array
    slopes : (K, 11) array
        Of the :func:`fit`. The others follow by :func:`descend`, so that a profile may be a little too high
        away from the best, and an interval a little too narrow.
    observations : list of dict
    parameter : str
    step : float
        First step; each further one is 1.4 times as long.
    above, far : float
        Rise of chi squared, and distance, where it ends.

    Returns
    -------
    DataFrame
        `parameter`, `value` in the units of :func:`point`, `chi`, and all parameters there.

    Examples
    --------
    >>> from supracrystal.reactions import directory, read_observations, recorded
    >>> said = [each for each in read_observations(directory() / "lin2022.yaml") if each["ratio"] == 20]
    >>> best = point(recorded())
    >>> slopes = fit(best, said, fixed=range(2, 11), evaluations=1)[2]
    >>> places = profile(best, slopes, said, "between", far=0.6)
    >>> places["value"].round(1).tolist() == [round(best[1] + each, 1) for each in (-0.5, 0, 0.5)]
    True
    """
    number = Parameters._fields.index(parameter)
    first = float((residuals(margins(at(best), observations, rtol=RTOL)) ** 2).sum())
    rows = [(parameter, best[number], first, *best)]
    for side in (-1, 1):
        place, chi, matrix, length = np.array(best, dtype=float), first, slopes, step
        while chi < first + above:
            value = place[number] + side * length
            if abs(value - best[number]) > far or not LIMITS[0, number] < value < LIMITS[1, number]:
                break
            place[number] = value
            place, chi, matrix = descend(place, matrix, observations, number)
            rows.append((parameter, value, chi, *place))
            length *= 1.4
    columns = ["parameter", "value", "chi", *Parameters._fields]
    return pd.DataFrame(rows, columns=columns).sort_values("value", ignore_index=True)


def interval(places, parameter, level=3.84):
    """Range of a parameter over all places that were visited and whose chi squared is near the least.

    Any place, whatever was held there, shows that the profile of each parameter is no higher. So the range is
    one that the data certainly allow; the true one may be wider.

    Parameters
    ----------
    places : DataFrame
        Rows of one or more of :func:`profile`.
    parameter : str
    level : float
        Above the least chi squared: 3.84 for 95 %, 1 for 68 %.

    Returns
    -------
    low : float
        In the units of :func:`point`; infinite if nothing was visited beyond.
    high : float

    Examples
    --------
    >>> x = np.linspace(-3, 3, 601)
    >>> low, high = interval(pd.DataFrame({"parameter": "within", "within": x, "chi": x**2}), "within", 1.0)
    >>> print(round(low, 3), round(high, 3))
    -1.0 1.0
    >>> interval(pd.DataFrame({"parameter": "within", "within": x, "chi": 0 * x + (x > 2)}), "within", 0.5)
    (-inf, 2.0)
    """
    value, near = places[parameter], places["chi"] <= places["chi"].min() + level
    low, high = float(value[near].min()), float(value[near].max())
    held = value[places["parameter"] == parameter]
    return (low if held.min() < low else -np.inf), (high if held.max() > high else np.inf)


def directions(slopes):
    """Directions among the parameters by how well they are bound.

    Parameters
    ----------
    slopes : (K, P) array
        Jacobian matrix of the residuals.

    Returns
    -------
    eigenvalues : (P,) array
        Of J^T J, the largest first; 1 over the root is the standard deviation along the direction.
    vectors : (P, P) array
        Directions in columns; the largest entry of each is positive.

    Examples
    --------
    Two parameters of which only the sum is measured:

    >>> values, vectors = directions(np.array([[1.0, 1.0]]))
    >>> values.round(6).tolist(), vectors[:, 0].round(3).tolist()
    ([2.0, 0.0], [0.707, 0.707])
    """
    _, size, vectors = np.linalg.svd(slopes, full_matrices=True)
    vectors = vectors.T * np.sign(vectors[range(len(vectors)), np.abs(vectors).argmax(axis=1)])
    values = np.zeros(slopes.shape[1])
    values[: len(size)] = size**2
    return values, vectors
