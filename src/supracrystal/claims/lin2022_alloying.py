"""What the model of alloying gives for what Lin et al. (2022, `lin2022`) say of families, ratios and times.

The model (:mod:`supracrystal.reactions.alloying`) has the parameters that are recorded in
``data/reactions/alloying.json``, fitted to the statements on some conditions; the claims say for each whether
it was among them. A framework is seen if it holds 5 % of all clusters
(:data:`supracrystal.reactions.statements.SEEN`). Nothing here knows what is printed.

Where `first` is given, more of one parent is added to what a mixture of that ratio gave in 20 h, such that
all that was fed has the ratio; dilution is left out.
"""

import functools
from fractions import Fraction

import numpy as np

from supracrystal.reactions import CLUSTERS, FINAL, FRAMEWORKS, SEEN, SPECIES, averages, course, recorded
from supracrystal.spectra import electron_count

_FRAMEWORK = SPECIES["framework"].to_numpy()[:CLUSTERS]
_GOLD = SPECIES["gold"].to_numpy()[:CLUSTERS]


@functools.cache
def _state(ratio, minutes, first=None):
    """Return the amounts of the clusters for R as text, such as "1/3"."""
    first = None if first is None else float(Fraction(first))
    amount = course(recorded(), float(Fraction(ratio)), [minutes], first=first, rtol=1e-6)[0]
    amount[:CLUSTERS] = np.maximum(amount[:CLUSTERS], 0)
    return amount


def _seen(ratio, minutes):
    share = averages(_state(str(ratio), minutes))["share"]
    return [each for each in FRAMEWORKS if share[each] >= SEEN]


def families(ratios, minutes=FINAL):
    """Return the ligands of the frameworks that are seen at each ratio."""
    return [" and ".join(str(each) for each in _seen(ratio, minutes)) + " ligands" for ratio in ratios]


def families_at(ratio, minutes):
    """Return the ligands of the frameworks that are seen at each time."""
    return [families([ratio], each)[0] for each in minutes]


def whether(framework, ratio, minutes):
    """Return whether a framework is seen at each time."""
    return ["seen" if framework in _seen(ratio, each) else "not seen" for each in minutes]


def gold(framework, ratios, minutes=FINAL):
    """Return the gold atoms of the most abundant member of a framework at each ratio, seen or not."""
    minutes = minutes if isinstance(minutes, list) else [minutes]
    here = framework == _FRAMEWORK
    return [
        int(_GOLD[here][_state(str(ratio), each)[:CLUSTERS][here].argmax()])
        for ratio in ratios
        for each in minutes
    ]


def rises(framework, ratios, minutes=FINAL):
    """Return how the share of a framework changes along ratios, or times where there are several."""
    minutes = minutes if isinstance(minutes, list) else [minutes]
    share = [
        averages(_state(str(ratio), each)).loc[framework, "share"] for ratio in ratios for each in minutes
    ]
    return _change(share)


def _change(values):
    signs = {int(each) for each in np.sign(np.diff(values))}
    return {(1,): "rises", (-1,): "falls"}.get(tuple(signs), "neither")


def gold_to_silver(ratios, framework="all"):
    """Return the average of gold over silver in the final products at each ratio."""
    return [float(averages(_state(str(ratio), FINAL)).loc[framework, "gold_to_silver"]) for ratio in ratios]


def exceeds(ratios, framework, limit):
    """Return whether the average of gold over silver in a framework is beyond a limit at each ratio."""
    least = min(gold_to_silver(ratios, framework))
    return f"more than {limit}" if least > limit else f"{least:.0f} or more"


def product_electrons(ratios):
    """Return the valence electrons of the clusters that are seen as final products, each once."""
    kinds = {each for ratio in ratios for each in _seen(ratio, FINAL)}
    neutral = {26: "[Au44(SR)26]2-", 27: "[Au21Ag23(SR)27]3-", 30: "[Ag44(SR)30]4-"}
    return [f"{each} electrons" for each in sorted({electron_count(neutral[each]) for each in kinds})]


def families_after(first, ratio, minutes):
    """Return the ligands of the frameworks that are seen at each time after an addition."""
    shares = [averages(_state(str(ratio), each, str(first)))["share"] for each in minutes]
    return [" and ".join(str(k) for k in FRAMEWORKS if share[k] >= SEEN) + " ligands" for share in shares]


def gold_after(framework, first, ratio, minutes):
    """Return the gold atoms of the most abundant member of a framework at each time after an addition."""
    here = framework == _FRAMEWORK
    states = [_state(str(ratio), each, str(first))[:CLUSTERS][here] for each in minutes]
    return [int(_GOLD[here][state.argmax()]) for state in states]


def change_after(framework, first, ratio, minutes, measure):
    """Return how the share, or the mean x, of a framework changes along times after an addition."""
    values = [averages(_state(str(ratio), each, str(first))).loc[framework, measure] for each in minutes]
    return _change(values)
