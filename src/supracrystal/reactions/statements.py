r"""What Lin et al. (2022) say of their alloys, beside the model: statements, likelihood and mass spectra.

The model is :mod:`supracrystal.reactions.alloying`. The observations are the statements of the text, in
``data/reactions/lin2022.yaml``: which frameworks are seen at which feed ratio and time, which is dominant,
and how much gold its dominant members hold. Each is a hit or a miss.

The text has no intensities. A statement says on which side of a border an amount is. The model is beyond the
border by the factor :math:`\mathrm e^{m}` (:func:`margins`), or within it, m < 0. Borders are not sharp: ions
of two families are not detected alike, and "dominant" was read off a figure. With a logistic error of the
logarithm, of standard deviation :math:`\sigma = \ln 2`, the statement is made with the probability

.. math::
    P = \frac{1}{1 + \mathrm e^{m / s}} , \qquad s = \frac{\sqrt 3}{\pi}\, \sigma , \qquad
    \chi^2 = -2 \sum \ln P = \sum r^2 .

The fit and the profiles of the parameters are made by ``data/reactions/alloying.py`` and recorded.

A mass spectrum shows a state as the ions that the paper names: with 30 ligands [Au_xAg_{44-x}(p-MBA)30]4-,
with 27 ligands [Au_xAg_{44-x}(p-MBA)27]3-, and with 26, one proton less, [Au_xAg_{44-x}(p-MBA)26-H]3-. Each
cluster gives one ion, and all are detected alike unless a response is given. :func:`read_shares` goes back
from a spectrum to the share of each cluster with its uncertainty.

Left out: other ions of the same clusters (sodium salts, fragments, chloride in place of ligands), complexes
of metal and ligands, the baseline of an instrument; that statements on one spectrum are not independent.
"""

import functools
import json
from fractions import Fraction
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from supracrystal import InputError
from supracrystal.reactions.alloying import CLUSTERS, FRAMEWORKS, SPECIES, Parameters, course
from supracrystal.records import recorded_path
from supracrystal.spectra import axis, compositions, family, synthesise

SEEN = 0.05


@functools.cache
def recorded():
    """Return the parameters of ``data/reactions/alloying.json``, fitted to some of the observations.

    Examples
    --------
    >>> recorded().growth30 < recorded().growth27
    True
    """
    text = recorded_path("reactions/alloying.json").read_text(encoding="utf-8")
    return Parameters(**json.loads(text)["parameters"])


def read_observations(path):
    """Observations of Lin et al. (2022), as ``data/reactions/lin2022.yaml`` tells them.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    list of dict
        With the ratios as numbers.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "said.yaml")
    ...     length = path.write_text("observations: [{ratio: 1/40, minutes: 1200, present: [30]}]")
    ...     read_observations(path)
    [{'ratio': 0.025, 'minutes': 1200, 'present': [30]}]
    """
    found = yaml.safe_load(Path(path).read_text(encoding="utf-8"))["observations"]
    ratios = (
        {key: float(Fraction(str(each[key]))) for key in ("ratio", "first") if key in each} for each in found
    )
    return [each | ratio for each, ratio in zip(found, ratios, strict=True)]


def judge(observation, amount, *, seen=SEEN):
    """Compare what one observation states with the model.

    A framework is seen if it holds at least a share of all clusters. Its gold is right if it is seen, and its
    most abundant member is within the range.

    Parameters
    ----------
    observation : dict
        Of :func:`read_observations`.
    amount : (S,) array_like
        Over the :func:`species`.
    seen : float
        Least share of the clusters that a spectrum shows.

    Returns
    -------
    DataFrame
        One row for each statement: `framework`, `printed` and `found` as text, `hit`, and `miss`, the
        logarithm of the factor by which an amount is too small, or too large, for a hit.

    Examples
    --------
    >>> from supracrystal.reactions import feed
    >>> judge({"present": [30], "absent": [26], "gold": {30: [0, 1]}}, feed(1 / 3))
       framework  printed   found    hit      miss
    0         30     seen    75 %   True  0.000000
    1         26  not seen   25 %  False  1.609438
    2         30  x 0-1     x 0   True  0.000000
    """
    table = pd.DataFrame(
        _statements(observation, amount, seen), columns=["framework", "printed", "found", "hit", "miss"]
    )
    return table.assign(miss=table["miss"].clip(lower=0))


def _statements(observation, amount, seen):
    """Return the rows of :func:`judge`, with the logarithm of the factor also where it is negative, a hit."""
    framework = SPECIES["framework"].to_numpy()[:CLUSTERS]
    clusters = np.maximum(np.asarray(amount, dtype=float)[:CLUSTERS], 0)
    share = {each: clusters[framework == each].sum() / clusters.sum() for each in FRAMEWORKS}
    faint = {each: np.log(seen / max(value, 1e-9)) for each, value in share.items()}
    there, missing = observation.get("present", ()), observation.get("absent", ())
    rows = [(each, "seen", _percent(share[each]), share[each] >= seen, faint[each]) for each in there]
    rows += [(each, "not seen", _percent(share[each]), share[each] < seen, -faint[each]) for each in missing]
    if main := observation.get("main"):
        other = max((each for each in FRAMEWORKS if each != main), key=share.get)
        found = _percent(share[main])
        rows.append((main, "most", found, share[main] > share[other], faint[main] - faint[other]))
    for each, (low, high) in observation.get("gold", {}).items():
        here = np.log(np.maximum(clusters[framework == each], 1e-12))
        gold = FRAMEWORKS[each][0] + np.arange(len(here))
        inside = (gold >= low) & (gold <= high)
        printed = f"x {low}" if low == high else f"x {low}-{high}"
        miss = max(here[~inside].max() - here[inside].max(), faint[each])
        found = f"x {gold[here.argmax()]}" if share[each] >= seen else "not seen"
        rows.append((each, printed, found, miss <= 0, miss))
    return rows


def _percent(share):
    return f"{100 * share:.0f} %"


def compare(parameters, observations, *, seen=SEEN, rtol=1e-6):
    """All observations against the model.

    Parameters
    ----------
    parameters : Parameters
    observations : list of dict
        Of :func:`read_observations`.
    seen : float
        See :func:`judge`.
    rtol : float
        Relative tolerance of the integration.

    Returns
    -------
    DataFrame
        The rows of :func:`judge`, with `place`, `ratio`, `minutes` and `first` (NaN where nothing was added).

    Examples
    --------
    Nothing reacts where all rate constants are 0:

    >>> from supracrystal.reactions import Parameters
    >>> said = {"place": "Fig. 3", "ratio": 3, "minutes": 10, "present": [26], "absent": [27]}
    >>> compare(Parameters(*[0] * 11), [said])[["framework", "printed", "found", "hit"]]
       framework   printed found   hit
    0         26      seen  75 %  True
    1         27  not seen   0 %  True
    """
    tables = []
    for each, amount in zip(observations, states(parameters, observations, rtol=rtol), strict=True):
        about = {key: each.get(key, np.nan) for key in ("place", "ratio", "minutes", "first")}
        tables.append(judge(each, amount, seen=seen).assign(**about))
    table = pd.concat(tables, ignore_index=True)
    return table[["place", "ratio", "first", "minutes", "framework", "printed", "found", "hit", "miss"]]


def states(parameters, observations, *, rtol=1e-6):
    """Amounts at each observation, with one integration for all times of one mixture.

    Parameters
    ----------
    parameters : Parameters
    observations : sequence of N dict
        Of :func:`read_observations`.
    rtol : float
        Relative tolerance.

    Returns
    -------
    (N, S) array
        Over the :func:`~supracrystal.reactions.alloying.species`.

    Examples
    --------
    >>> from supracrystal.reactions import Parameters
    >>> states(Parameters(*[0] * 11), [{"ratio": 3, "minutes": 10}])[0, [0, 35]]
    array([0.25, 0.75])
    """
    courses = {}
    for each in observations:
        courses.setdefault((each["ratio"], each.get("first")), set()).add(each["minutes"])
    for (ratio, first), minutes in courses.items():
        minutes = sorted(minutes)
        amounts = course(parameters, ratio, minutes, first=first, rtol=rtol)
        courses[ratio, first] = dict(zip(minutes, amounts, strict=True))
    return np.array([courses[each["ratio"], each.get("first")][each["minutes"]] for each in observations])


def margins(parameters, observations, *, seen=SEEN, rtol=1e-6):
    """How far each statement is from the border between a hit and a miss.

    Parameters
    ----------
    parameters : Parameters
    observations : list of dict
    seen : float
    rtol : float
        See :func:`compare`.

    Returns
    -------
    (K,) array
        Of each statement, in the order of :func:`compare`, the logarithm of the factor by which an amount is
        too small, or too large; negative for a hit.

    Examples
    --------
    Where nothing reacts, the share of gold's cluster is 75 %, fifteen times what is seen:

    >>> from supracrystal.reactions import Parameters
    >>> said = {"ratio": 3, "minutes": 10, "present": [26]}
    >>> np.exp(-margins(Parameters(*[0] * 11), [said])).round(6)
    array([15.])
    """
    amounts = states(parameters, observations, rtol=rtol)
    rows = [_statements(each, amount, seen) for each, amount in zip(observations, amounts, strict=True)]
    return np.array([row[-1] for part in rows for row in part])


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


def predict_spectrum(
    amount, *, window=WINDOW, resolution=RESOLUTION, response=None, signal_to_noise=np.inf, seed=0
):
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
    >>> parents = predict_spectrum(feed(3))
    >>> print(parents["mz"][parents["intensity"].argmax()].round(1))
    4215.9
    """
    response = response or {}
    if set(response) - set(FRAMEWORKS):
        raise InputError(f"response is {response!r}; frameworks are {list(FRAMEWORKS)}")
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


def read_shares(measured, resolution=None, *, response=None, **options):
    """Shares of the clusters of the model in a spectrum.

    Parameters
    ----------
    measured : DataFrame
        `mz`, ascending, and `intensity`, as from :func:`~supracrystal.spectra.files.read_spectrum`.
    resolution : float, optional
        Fitted if not given.
    response : dict, optional
        See :func:`predict_spectrum`; signals are divided by it.
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
    >>> found = read_shares(predict_spectrum(feed(3), signal_to_noise=50, seed=1), 15_000)
    >>> found.iloc[[0, -1]].round(3)
        framework   x  share  uncertainty
    0          30   0  0.245        0.007
    35         26  44  0.733        0.020
    """
    found = compositions(measured, ions(), resolution, symbol="Au", **options)
    if len(found) != CLUSTERS:
        raise InputError(f"the spectrum covers {len(found)} of {CLUSTERS} ions; m/z {WINDOW} are needed")
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


CONSTANTS = 8
"""Number of parameters that are taken as logarithms."""
SPREAD = float(np.log(2))


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


def interval(places, parameter, level=3.84):
    """Range of a parameter over all places that were visited and whose chi squared is near the least.

    Any place, whatever was held there, shows that the profile of each parameter is no higher. So the range is
    one that the data certainly allow; the true one may be wider.

    Parameters
    ----------
    places : DataFrame
        `parameter`, the one that was held, `chi`, and all parameters, such as ``alloying-profiles.csv``.
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
