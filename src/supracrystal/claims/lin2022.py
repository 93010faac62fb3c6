"""What this package computes for each claim of Lin et al. (2022, `lin2022`), one function for each.

The claims with their printed values are in ``data/claims/lin2022.yaml``; :mod:`supracrystal.claims.register`
compares. Nothing here knows what is printed. What the paper gives as input (formulas, ranges of x, feed
ratios, peaks to be explained) comes as keyword arguments. "The" m/z of an ion is that of the most abundant
nominal mass of its envelope, the highest peak of a spectrum that does not resolve more.

Families, ratios and times are those of the model of alloying, with the parameters recorded in
``data/reactions/alloying.json``. A framework is seen if it holds 5 % of all clusters. Where `first` is given,
more of one parent is added to what a mixture of that ratio gave in 20 h, such that all that was fed has the
ratio; dilution is left out.
"""

import functools
import re
from fractions import Fraction

import numpy as np

from supracrystal.reactions import CLUSTERS, FINAL, FRAMEWORKS, SEEN, SPECIES, averages, course, recorded
from supracrystal.spectra import (
    SUBSCRIPT,
    SUPERSCRIPT,
    Species,
    electron_count,
    family,
    feeding_electrons,
    masses,
    parse,
)


def _typeset(species):
    """Return the formula of a species as the paper sets it."""
    text = re.sub(r"(?<=\])\d*-$", lambda match: match[0].translate(SUPERSCRIPT), str(species))
    text = re.sub(r"(?<=[A-Za-z)])\d+", lambda match: match[0].translate(SUBSCRIPT), text)
    return re.sub(r"-(?=\d*H)", "−", text)


def mz(species):
    """Return the m/z of the most abundant nominal mass of an ion."""
    return float(masses(species).most_abundant_mz)


def _members(formula, x=None):
    """Return the species of a formula: itself, or those for x from the first to the last given."""
    return [parse(formula)] if x is None else family(formula, x=range(x[0], x[-1] + 1))


def lowest_and_highest(formulas, x=None):
    """Return the lowest and the highest m/z among all members of one or more families."""
    found = [mz(species) for formula in formulas for species in _members(formula, x)]
    return [min(found), max(found)]


# Charges and adducts


def _sodium_salt(cluster, peak, charges=range(1, 13)):
    """Return the ion, Na+ added to the cluster and H+ lost, that lies nearest to a peak."""
    cluster = parse(cluster)
    acids = cluster.counts["p-MBA"]
    salts = [
        Species(cluster.parts, -charge, (("Na", sodium), ("H", -protons)))
        for charge in charges
        for sodium in range(1, acids + 1)
        if sodium <= (protons := sodium + charge + cluster.charge) <= acids
    ]
    return min(salts, key=lambda salt: abs(mz(salt) - peak))


def sodium_salt(cluster, peak):
    """Return the formula of the sodium salt of a cluster of acids that lies nearest to a peak."""
    return _typeset(_sodium_salt(cluster, peak))


def sodium_salt_charges(cluster, peaks):
    """Return the numbers of negative charges of the sodium salts that lie nearest to some peaks."""
    return [-_sodium_salt(cluster, peak).charge for peak in peaks]


def charge_at(composition, peak):
    """Return the number of negative charges with which a composition lies nearest to a peak."""
    parts = parse(composition).parts
    return min(range(1, 13), key=lambda charge: abs(mz(Species(parts, -charge)) - peak))


def charges_after(species, sodium=0, protons=0):
    """Return the number of negative charges of an ion that took up Na+ and lost H+."""
    gained, lost = [parse("[Na]+")] * sodium, [parse("[H]+")] * protons
    return -(parse(species).charge + sum(ion.charge for ion in gained) - sum(ion.charge for ion in lost))


def charges_with_electrons_of(parent, formula, x):
    """Return the negative charges that give neutral compositions the electrons of a parent."""
    electrons = electron_count(parse(parent))
    return [electrons - electron_count(species) for species in family(formula, x=x)]


# Compositions and fragments


def unit_lost(parent, fragment):
    """Return the composition, without charge, that a parent has and its fragment has not."""
    return _typeset(Species((parse(parent) - parse(fragment)).parts))


def fragment(parent, lost, thiolate):
    """Return the formula of what is left of a parent ion after a loss, where SR is the given thiolate."""
    left = parse(parent, where={"SR": thiolate}) - parse(lost, where={"SR": thiolate})
    return _typeset(str(left).replace(thiolate, "SR"))


def assembled(units, numbers, share=1):
    """Return the composition of several units together, or of an equal share of it."""
    counts = {}
    for unit, number in zip(units, numbers, strict=True):
        for symbol, count in parse(unit).counts.items():
            counts[symbol] = counts.get(symbol, 0) + number * count
    return _typeset(Species(tuple((symbol, count // share) for symbol, count in counts.items())))


def silver_per_gold(species):
    """Return the number of silver atoms for each gold atom."""
    counts = parse(species).counts
    return counts["Ag"] / counts["Au"]


# Electrons and mobility


def valence_electrons(formula, x=None):
    """Return the numbers of valence electrons that occur in a family, each once."""
    return sorted({electron_count(species) for species in _members(formula, x)})


def average_feeding_electrons(gold, silver):
    """Return the average feeding electrons for feed ratios of gold to silver clusters."""
    return [float(feeding_electrons(au / ag)) for au, ag in zip(gold, silver, strict=True)]


def ligands_by_charge_over_mass(formulas, ranges):
    """Return the numbers of ligands of families by rising charge over mass, or all pairs that overlap."""
    members = [
        (1 / float(masses(species).average_mz), species.counts["p-MBA"])
        for formula, x in zip(formulas, ranges, strict=True)
        for species in _members(formula, x)
    ]
    order = [ligands for _, ligands in sorted(members)]
    return [each for each, before in zip(order, [None, *order], strict=False) if each != before]


# Families against feed ratio and time

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
