"""Observations of the alloying of Lin et al. (2022), and which of them the model hits.

The model is :mod:`supracrystal.reactions.alloying`. The observations are the statements of the text, in
``data/reactions/lin2022.yaml``: which frameworks are seen at which feed ratio and time, which is dominant,
and how much gold its dominant members hold. Each is a hit or a miss.

Left out: intensities, which the text does not give; how well ions of different frameworks are detected.
"""

import functools
import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from supracrystal.reactions.alloying import CLUSTERS, FRAMEWORKS, SPECIES, Parameters, course
from supracrystal.records import folder

SEEN = 0.05


def directory():
    """Return the folder of the recorded fits: inside a wheel, or at the root of a checkout.

    Examples
    --------
    >>> directory().name.lstrip("_")
    'reactions'
    """
    return folder("_reactions", "reactions")


@functools.cache
def recorded():
    """Return the parameters of ``data/reactions/alloying.json``, fitted to some of the observations.

    Examples
    --------
    >>> recorded().growth30 < recorded().growth27
    True
    """
    text = (directory() / "alloying.json").read_text(encoding="utf-8")
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
