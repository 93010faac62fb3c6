"""What this package computes for each claim of Lin et al. (2022, `lin2022`), one function for each.

The claims with their printed values are in ``data/claims/lin2022.yaml``; :mod:`supracrystal.claims.register`
compares. Nothing here knows what is printed. What the paper gives as input (formulas, ranges of x, feed
ratios, peaks to be explained) comes as keyword arguments. "The" m/z of an ion is that of the most abundant
nominal mass of its envelope, the highest peak of a spectrum that does not resolve more.

Left out: which family appears at which feed ratio and time (:mod:`supracrystal.claims.lin2022_alloying`).
"""

import re

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
