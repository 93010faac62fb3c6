r"""Mass spectra that the model of alloying predicts, and amounts read back from spectra.

A state of :mod:`supracrystal.reactions.alloying` holds amounts of clusters in three frameworks. A spectrum
shows them as the ions that Lin et al. (2022, `lin2022`) name: with 30 ligands [Au_xAg_{44-x}(p-MBA)30]4-,
with 27 ligands [Au_xAg_{44-x}(p-MBA)27]3-, and with 26, one proton less, [Au_xAg_{44-x}(p-MBA)26-H]3-.
Each cluster gives one ion, and all are detected alike unless a response is given for each framework: the
paper says nothing of it. :func:`read` goes back from a spectrum to the share of each cluster with its
uncertainty, and :func:`recover` from the shares in a series of spectra to the parameters of the model.

Left out: the other ions of the same clusters (the sodium salts of gold's cluster with 6 to 8 charges, the
fragment of silver's, chloride in place of ligands), the complexes of metal and ligands, which the model does
not tell apart, and the baseline of an instrument.
"""

from functools import cache

import numpy as np
import pandas as pd
from scipy.optimize import least_squares

from supracrystal.reactions.alloying import CLUSTERS, FRAMEWORKS, SPECIES, course
from supracrystal.reactions.likelihood import LIMITS, at
from supracrystal.spectra import axis, compositions, family, synthesise

IONS = {
    30: "[Au_xAg_{44-x}(p-MBA)30]4-",
    27: "[Au_xAg_{44-x}(p-MBA)27]3-",
    26: "[Au_xAg_{44-x}(p-MBA)26-H]3-",
}
RESOLUTION = 15_000
WINDOW = (2300.0, 4260.0)
ADDITIONS = {"4a": (3, 5), "4b": (2, 1 / 2), "4c": (1 / 3, 3), "4d": (20, 3)}
"""Panels of Fig. 4: R of the mixture that stood for 20 h, and R of all after the addition. For 4d the first
is not printed: only that its products had 26 ligands, which are alone from R = 20 on."""
_FRAMEWORK = SPECIES["framework"].to_numpy()[:CLUSTERS]
_GOLD = SPECIES["gold"].to_numpy()[:CLUSTERS]


@cache
def ions():
    """Ions of all clusters of the model, in the order of its species.

    Returns
    -------
    tuple of Species

    Examples
    --------
    >>> str(ions()[12]), str(ions()[13]), str(ions()[-1])
    ('[Au12Ag32(p-MBA)30]4-', '[Au17Ag27(p-MBA)27]3-', '[Au44(p-MBA)26-H]3-')
    """
    return tuple(
        each
        for framework, (first, last) in FRAMEWORKS.items()
        for each in family(IONS[framework], x=range(first, last + 1))
    )


@cache
def _mz(window, resolution):
    return axis(*window, resolution, points=4)


def spectrum(amount, *, window=WINDOW, resolution=RESOLUTION, response=None, signal_to_noise=np.inf, seed=0):
    """Spectrum of a state of the model.

    Parameters
    ----------
    amount : (S,) array_like
        Over the :func:`~supracrystal.reactions.alloying.species`.
    window : (float, float)
        Ends of the axis of m/z.
    resolution : float
        Resolving power; ours, the paper gives none.
    response : dict, optional
        Of framework to signal for each cluster; 1 for each if not given.
    signal_to_noise : float
    seed : int
        See :func:`~supracrystal.spectra.lines.synthesise`.

    Returns
    -------
    DataFrame
        `mz` and `intensity`.

    Raises
    ------
    ValueError
        For a response of an unknown framework.

    Examples
    --------
    >>> from supracrystal.reactions import feed
    >>> parents = spectrum(feed(3))
    >>> print(parents["mz"][parents["intensity"].argmax()].round(1))
    4215.9
    """
    response = response or {}
    if set(response) - set(FRAMEWORKS):
        raise ValueError(f"response is {response!r}; frameworks are {list(FRAMEWORKS)}")
    weight = np.array([response.get(each, 1.0) for each in _FRAMEWORK])
    return synthesise(
        ions(), np.maximum(np.asarray(amount, dtype=float)[:CLUSTERS], 0) * weight, resolution=resolution,
        mz=_mz(window, resolution), signal_to_noise=signal_to_noise, seed=seed,
    )  # fmt: skip


def averages(amount):
    """Average gold of each framework and of all clusters.

    Parameters
    ----------
    amount : (S,) array_like
        Over the :func:`~supracrystal.reactions.alloying.species`.

    Returns
    -------
    DataFrame
        Indexed by framework, and `all`: `share` of the clusters, mean `x`, and `gold_to_silver`, all gold
        atoms over all silver atoms. NaN where there are fewer than 1e-6 clusters for each that was fed.

    Examples
    --------
    >>> from supracrystal.reactions import feed
    >>> averages(feed(3)).loc["all"].round(3).tolist()
    [1.0, 33.0, 3.0]
    """
    clusters = np.maximum(np.asarray(amount, dtype=float)[:CLUSTERS], 0)
    parts = {each: np.equal(_FRAMEWORK, each) for each in FRAMEWORKS} | {"all": np.ones(CLUSTERS, dtype=bool)}
    rows = {}
    for name, part in parts.items():
        number, gold = clusters[part].sum(), clusters[part] @ _GOLD[part]
        if number < 1e-6:
            rows[name] = (number / clusters.sum(), np.nan, np.nan)
        else:
            silver = 44 * number - gold
            rows[name] = (number / clusters.sum(), gold / number, gold / silver if silver > 0 else np.inf)
    return pd.DataFrame.from_dict(rows, orient="index", columns=["share", "x", "gold_to_silver"])


def read(measured, resolution=None, *, response=None, **options):
    """Shares of the clusters of the model in a spectrum.

    Parameters
    ----------
    measured : DataFrame
        `mz`, ascending, and `intensity`, as from :func:`~supracrystal.spectra.files.read_spectrum`.
    resolution : float, optional
        Fitted if not given.
    response : dict, optional
        See :func:`spectrum`; signals are divided by it.
    **options
        Of :func:`~supracrystal.spectra.assignment.compositions`.

    Returns
    -------
    DataFrame
        One row for each cluster of the model: `framework`, `x`, `share` and `uncertainty` (one standard
        deviation).

    Raises
    ------
    ValueError
        If the spectrum does not cover all ions.

    Examples
    --------
    >>> from supracrystal.reactions import feed
    >>> found = read(spectrum(feed(3), signal_to_noise=50, seed=1), 15_000)
    >>> found.iloc[[0, -1]].round(3)
        framework   x  share  uncertainty
    0          30   0  0.245        0.007
    35         26  44  0.733        0.020
    """
    found = compositions(measured, ions(), resolution, symbol="Au", **options)
    if len(found) != CLUSTERS:
        raise ValueError(f"the spectrum covers {len(found)} of {CLUSTERS} ions; m/z {WINDOW} are needed")
    weight = 1 / np.array([(response or {}).get(each, 1.0) for each in _FRAMEWORK])
    total = found["abundance"] @ weight
    return pd.DataFrame(
        {
            "framework": _FRAMEWORK,
            "x": _GOLD,
            "share": found["abundance"] * weight / total,
            "uncertainty": found["uncertainty"] * weight / total,
        }
    )


def recover(shares, uncertainties, conditions, start, *, prior=2.0, floor=2e-3, evaluations=30, rtol=1e-5):
    r"""Parameters of the model from the shares in a series of spectra.

    Made small is, over all spectra and clusters, and with what was thought before,

    .. math::
        \sum \frac{(s - \hat s)^2}{u^2 + f^2} + \sum_p \frac{(\theta_p - \theta^0_p)^2}{\tau^2} ,

    with the measured shares s and their uncertainties u, those of the model, a floor f for what the model
    leaves out, and the parameters :math:`\theta`, rate constants by their logarithms, about the start with
    the standard deviation :math:`\tau`. Where the uncertainty that comes out is not much below :math:`\tau`,
    the series says nothing of the parameter.

    Parameters
    ----------
    shares, uncertainties : (N, C) array_like
        Of N spectra; C clusters of the model.
    conditions : sequence of N (float, float)
        R, and minutes after the parents were mixed.
    start : (11,) array_like
        In the units of :func:`~supracrystal.reactions.likelihood.point`.
    prior : float
        :math:`\tau`.
    floor : float
        f.
    evaluations : int
        Most steps.
    rtol : float
        Relative tolerance of the integration.

    Returns
    -------
    place : (11,) array
    covariance : (11, 11) array
        :math:`(J^T J)^{-1}` of all residuals.
    chi : float
        Sum of squares, over the number of shares.

    Raises
    ------
    ValueError
        For shapes that do not fit.

    Examples
    --------
    Shares that the model gives lead back to its parameters:

    >>> from supracrystal.reactions import point
    >>> from supracrystal.reactions import recorded
    >>> amounts = course(recorded(), 3, [60.0])[:, :CLUSTERS]
    >>> shares = amounts / amounts.sum()
    >>> place, _, _ = recover(shares, 0 * shares + 0.01, [(3, 60.0)], point(recorded()), evaluations=2)
    >>> bool(np.abs(place - point(recorded())).max() < 0.01)
    True
    """
    shares, uncertainties, start = (np.asarray(each, dtype=float) for each in (shares, uncertainties, start))
    if shares.shape != uncertainties.shape or shares.shape != (len(conditions), CLUSTERS):
        raise ValueError(
            f"shares are {shares.shape} and uncertainties {uncertainties.shape}; "
            f"({len(conditions)}, {CLUSTERS}) are needed"
        )
    sd = np.sqrt(uncertainties**2 + floor**2)
    ratios = sorted({ratio for ratio, _ in conditions})
    times = {ratio: sorted({minutes for each, minutes in conditions if each == ratio}) for ratio in ratios}

    def difference(place):
        model = {}
        for ratio in ratios:
            amounts = np.maximum(course(at(place), ratio, times[ratio], rtol=rtol)[:, :CLUSTERS], 0)
            amounts /= amounts.sum(axis=1, keepdims=True)
            model |= {(ratio, each): row for each, row in zip(times[ratio], amounts, strict=True)}
        found = np.array([model[ratio, each] for ratio, each in conditions])
        return np.append(((found - shares) / sd).ravel(), (place - start) / prior)

    def slope(place):
        here = difference(place)
        step = np.where(place + 0.01 < LIMITS[1], 0.01, -0.01)
        return np.transpose([(difference(place + d) - here) / d.sum() for d in np.diag(step)])

    found = least_squares(
        difference, np.clip(start, LIMITS[0] + 1e-6, LIMITS[1] - 1e-6), jac=slope, bounds=LIMITS,
        x_scale=1.0, max_nfev=evaluations, ftol=1e-5, xtol=1e-5,
    )  # fmt: skip
    return found.x, np.linalg.inv(found.jac.T @ found.jac), float(2 * found.cost / shares.size)
