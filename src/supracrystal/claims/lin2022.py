"""What this package computes for each claim of Lin et al. (2022, `lin2022`), one function for each.

The claims with their printed values are in ``data/claims/lin2022.yaml``; :mod:`supracrystal.claims.register`
compares. Nothing here knows what is printed. What the paper gives as input (formulas, ranges of x, feed
ratios, peaks to be explained) comes as keyword arguments. "The" m/z of an ion is that of the most abundant
nominal mass of its envelope, the highest peak of a spectrum that does not resolve more.

Families, ratios and times are those of the model of alloying, with the parameters recorded in
``data/reactions/alloying.json``. A framework is seen if it holds 5 % of all clusters. Where `first` is given,
more of one parent is added to what a mixture of that ratio gave in 20 h, such that all that was fed has the
ratio; dilution is left out. Without `reaction` nothing happens after the clusters are mixed, or after the
addition: the null model.
"""

import functools
import re
from fractions import Fraction

import numpy as np

from supracrystal.clusters import relaxed
from supracrystal.reactions import (
    CLUSTERS,
    FINAL,
    FRAMEWORKS,
    SEEN,
    SPECIES,
    averages,
    course,
    feed,
    recorded,
)
from supracrystal.spectra import (
    SUBSCRIPT,
    SUPERSCRIPT,
    Species,
    electron_count,
    family,
    masses,
    parse,
)

EVIDENCE = {
    "independent": ("mz", "lowest_and_highest", "sodium_salt", "sodium_salt_charges", "charge_at",
                    ),
    "held back or fitted": ("families", "families_at", "whether", "gold", "change", "gold_to_silver",
                            "families_after", "gold_after", "change_after", "kept_after", "first_dominant",
                            "beside_direct"),
    "by construction": ("metals_of_inner_shell",),
    "print only": ("unit_lost", "fragment", "assembled", "ligands_of_halves", "panel_of",
                   "silver_per_gold",
                   "valence_electrons", "charges_with_electrons_of", "side_of_feed", "total_ratio",
                   "more_gold", "outside", "still_there", "gold_fed", "ratio_fed",
                   "ligands_by_charge_over_mass"),
}  # fmt: skip
"""The kinds of evidence that each function can give."""

_FRAMEWORK = SPECIES["framework"].to_numpy()[:CLUSTERS]
_GOLD = SPECIES["gold"].to_numpy()[:CLUSTERS]


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


def assembled(parts):
    """Return compositions of several units together, or of an equal share of them.

    Each is a mapping with `units`, `numbers` and, if it is not whole, `share`.
    """
    made = []
    for part in parts:
        counts = {}
        for unit, number in zip(part["units"], part["numbers"], strict=True):
            for symbol, count in parse(unit).counts.items():
                counts[symbol] = counts.get(symbol, 0) + number * count
        share = part.get("share", 1)
        made.append(_typeset(Species(tuple((symbol, count // share) for symbol, count in counts.items()))))
    return made


def ligands_of_halves(formulas):
    """Return the number of ligands that one half of each of two clusters have together."""
    return sum(parse(formula).counts["SR"] for formula in formulas) / 2


def panel_of(ion, caption):
    """Return the panel of a figure in which its caption has an ion."""
    return next(panel for panel, label in caption.items() if label == ion)


def silver_per_gold(formulas):
    """Return the numbers of silver atoms for each gold atom."""
    counts = [parse(formula).counts for formula in formulas]
    return [each["Ag"] / each["Au"] for each in counts]


def metals_of_inner_shell(name):
    """Return the number of metal atoms in the innermost shell about the centre of a recorded structure.

    The shell ends at the first gap of more than an angstrom between distances from the centre.
    """
    atoms = relaxed(name)
    metal = atoms.positions[np.isin(atoms.symbols, ("Ag", "Au"))]
    away = np.sort(np.linalg.norm(metal - metal.mean(axis=0), axis=1))
    return int(np.argmax(np.diff(away) > 1) + 1)


# Electrons, mobility and ratios


def valence_electrons(formulas):
    """Return the valence electrons of families, mappings with `formula` and, of several members, `x`."""
    found = [{electron_count(each) for each in _members(one["formula"], one.get("x"))} for one in formulas]
    return [each.pop() if len(each) == 1 else -1 for each in found]


def side_of_feed(silver_rich, gold_rich, limit):
    """Tell whether feed ratios lie below and above a limit of the average feeding electrons.

    Ratios are given as gold and silver clusters, of 20 and 18 electrons.
    """
    means = [[(20 * au + 18 * ag) / (au + ag) for au, ag in each] for each in (silver_rich, gold_rich)]
    return "below and above" if max(means[0]) < limit < min(means[1]) else "not divided"


def ligands_by_charge_over_mass(formulas, ranges):
    """Return the numbers of ligands of families by rising charge over mass, or all pairs that overlap."""
    members = [
        (1 / float(masses(species).average_mz), species.counts["p-MBA"])
        for formula, x in zip(formulas, ranges, strict=True)
        for species in _members(formula, x)
    ]
    order = [ligands for _, ligands in sorted(members)]
    return [each for each, before in zip(order, [None, *order], strict=False) if each != before]


def total_ratio(gold, silver):
    """Return the ratios of gold to silver clusters in all that was fed, from what was fed in turn."""
    return [sum(au) / sum(ag) for au, ag in zip(gold, silver, strict=True)]


def more_gold(ratio, formula):
    """Tell whether a feed has more gold for each silver atom than a cluster."""
    counts = parse(formula).counts
    return "larger" if float(Fraction(str(ratio))) > counts["Au"] / counts["Ag"] else "not larger"


def outside(whole, parts):
    """Tell which members of ranges lie outside of the range that is to hold them all."""
    lower, upper = whole
    beyond = sorted({x for low, high in parts for x in range(low, high + 1)} - set(range(lower, upper + 1)))
    return "none" if not beyond else ", ".join(map(str, beyond))


def still_there(consumed, seen):
    """Tell whether what is consumed by a time is seen later."""
    return "seen later" if max(seen) > consumed else "consumed"


def ratio_fed(ratios):
    """Return gold over silver in all metal that is fed, and so on average in all products together."""
    return [float(Fraction(str(ratio))) for ratio in ratios]


def gold_fed(ratios):
    """Return the gold atoms for each 44 metal atoms that are fed."""
    fed = ratio_fed(ratios)
    return [44 * each / (1 + each) for each in fed]


# Families against feed ratio and time


@functools.cache
def _state(ratio, minutes, first=None, reaction=True):
    """Return the amounts of the clusters for R as text, such as "1/3"."""
    ratio = float(Fraction(ratio))
    start = None if first is None else float(Fraction(first))
    if reaction:
        amount = course(recorded(), ratio, [minutes], first=start, rtol=1e-6)[0]
    elif start is None:
        amount = feed(ratio)
    else:
        # What is added to the products of the first mixture, such that all that was fed has the ratio.
        before, after, parent = feed(start), feed(ratio), 0 if ratio > start else CLUSTERS - 1
        more = after * before[parent] / after[parent] - before
        amount = course(recorded(), start, [FINAL], rtol=1e-6)[0] + more
    amount[:CLUSTERS] = np.maximum(amount[:CLUSTERS], 0)
    return amount


def _seen(share):
    """Return in words the ligands of the frameworks that are seen, by the shares of all."""
    return " and ".join(str(each) for each in FRAMEWORKS if share[each] >= SEEN) + " ligands"


def _share(ratio, minutes, first=None, reaction=True):
    """Return the share of each framework."""
    return averages(_state(str(ratio), minutes, first and str(first), reaction))["share"]


def families(ratios, minutes=FINAL, reaction=True):
    """Return the ligands of the frameworks that are seen at each ratio."""
    return [_seen(_share(ratio, minutes, reaction=reaction)) for ratio in ratios]


def families_at(ratio, minutes, reaction=True):
    """Return the ligands of the frameworks that are seen at each time."""
    return [_seen(_share(ratio, each, reaction=reaction)) for each in minutes]


def families_after(first, ratio, minutes, reaction=True):
    """Return the ligands of the frameworks that are seen at each time after an addition."""
    return [_seen(_share(ratio, each, first, reaction)) for each in minutes]


def whether(framework, ratio, minutes, reaction=True):
    """Return whether a framework is seen at each time."""
    share = [_share(ratio, each, reaction=reaction)[framework] for each in minutes]
    return ["seen" if each >= SEEN else "not seen" for each in share]


def _most_gold(framework, *state):
    """Return the gold atoms of the most abundant member of a framework, or that it is not seen."""
    here = framework == _FRAMEWORK
    amount = _state(*state)
    if averages(amount).loc[framework, "share"] < SEEN:
        return "not seen"
    return int(_GOLD[here][amount[:CLUSTERS][here].argmax()])


def gold(framework, ratios, minutes=FINAL, reaction=True):
    """Return the gold atoms of the most abundant member of a framework at each ratio and time."""
    times = minutes if isinstance(minutes, list) else [minutes]
    return [_most_gold(framework, str(r), each, None, reaction) for r in ratios for each in times]


def gold_after(framework, first, ratio, minutes, reaction=True):
    """Return the gold atoms of the most abundant member of a framework at each time after an addition."""
    return [_most_gold(framework, str(ratio), each, str(first), reaction) for each in minutes]


def first_dominant(framework, x, ratio, minutes, reaction=True):
    """Return the first of some times, in minutes, at which a member is the most abundant of its framework."""
    times = [each for each in minutes if gold(framework, [ratio], each, reaction) == [x]]
    return min(times, default=-1)


def beside_direct(first, ratio, minutes, reaction=True):
    """Tell whether an addition gives what mixing at once gives in 20 h, by what is seen and its gold."""
    after, direct = (
        [(each, _most_gold(each, str(ratio), *state)) for each in FRAMEWORKS]
        for state in ((minutes, str(first), reaction), (FINAL,))
    )
    return "the same" if after == direct else "another"


def _change(values):
    """Return how values change, by the signs of all steps."""
    signs = {int(each) for each in np.sign(np.round(np.diff(values), 6))}
    return {(1,): "rises", (-1,): "falls"}.get(tuple(signs), "neither")


def change(framework, ratios, minutes=FINAL, reaction=True):
    """Return how the share of a framework changes along ratios, or times where there are several."""
    times = minutes if isinstance(minutes, list) else [minutes]
    return _change([_share(ratio, each, reaction=reaction)[framework] for ratio in ratios for each in times])


def change_after(framework, first, ratio, minutes, measure, reaction=True):
    """Return how a measure of a framework changes along times after an addition.

    It is the `share`, the mean gold `x`, or the `spread` of the gold, the standard deviation of x.
    """
    values = []
    for each in minutes:
        amount = _state(str(ratio), each, str(first), reaction)
        here = amount[:CLUSTERS] * (framework == _FRAMEWORK)
        if measure == "spread":
            values.append(np.cov(_GOLD, aweights=here / here.sum(), ddof=0) ** 0.5)
        else:
            values.append(averages(amount).loc[framework, measure])
    return _change(values)


def kept_after(framework, first, ratio, minutes, reaction=True):
    """Tell whether more than half of a framework is left some time after an addition."""
    before = _state(str(first), FINAL)[:CLUSTERS][framework == _FRAMEWORK].sum()
    after = _state(str(ratio), minutes, str(first), reaction)[:CLUSTERS][framework == _FRAMEWORK].sum()
    return "kept" if after > before / 2 else "diminished"


def gold_to_silver(ratios, framework="all", reaction=True):
    """Return the average of gold over silver in the final products at each ratio."""
    states = [_state(str(ratio), FINAL, None, reaction) for ratio in ratios]
    return [float(averages(state).loc[framework, "gold_to_silver"]) for state in states]
