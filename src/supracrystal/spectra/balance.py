r"""What a printed loss or reaction conserves.

Nothing is made or lost between the two sides of a reaction: each side has as many atoms of each metal and as
many of each ligand, and the same charge. With

.. math::
    \Delta n_s = \sum_\text{left} n_s - \sum_\text{right} n_s , \qquad
    \Delta z = \sum_\text{left} z - \sum_\text{right} z

for each symbol s, a positive difference is missing on the right, a negative one on the left. Superatom
electrons and mass are linear in the counts and the charge, so they balance where these do. They say something
new about each species for itself: its electrons are a closed shell or not, odd, or below 0, where ligands
would have to be oxidised.

A reaction may end with ``+ …``: what else is formed is not said. Then it holds if there can be such a rest.

For the formulas of Acharya et al. (2025, `acharya2025`) and Lin et al. (2022, `lin2022`). Left out: energies.
What balances need not happen.
"""

import re
from collections import Counter
from functools import partial

import numpy as np
import pandas as pd

from supracrystal import InputError
from supracrystal.spectra.electrons import electron_count as _count
from supracrystal.spectra.formula import elements, parse, reaction
from supracrystal.spectra.isotopes import masses
from supracrystal.spectra.ligands import find_ligand
from supracrystal.spectra.species import Species

_electrons = partial(_count, negative=True)
OPEN = re.compile(r"\s*\+\s*(…|\.\.\.)\s*$")
"""The end of a reaction of which not all products are printed."""


def _sides(text, where):
    """Return the species on both sides of a reaction, and whether it is open."""
    closed = OPEN.sub("", text)
    return *reaction(closed, where=where), closed != text


def _totals(species):
    """Return the counts of all symbols on a side of a reaction and its charge."""
    counts = Counter()
    for each in species:
        counts.update(each.counts)
    return counts, sum(each.charge for each in species)


def _difference(left, right):
    """Return the symbols and the charge that the left side has and the right has not."""
    (before, charge), (after, other) = _totals(left), _totals(right)
    before.subtract(after)
    return {symbol: count for symbol, count in before.items() if count}, charge - other


def _mass(species):
    """Return the average mass of a species in Da, NaN if a part has no composition."""
    try:
        return masses(species).average
    except ValueError:
        return float("nan")


def balance(text, *, where=None):
    """Balance of a reaction: what stands on each side.

    Parameters
    ----------
    text : str
        Such as ``"[A]3- -> [B]2- + [C]-"``; see :func:`supracrystal.spectra.formula.reaction`.
    where : dict of str to str, optional
        Further names and what they stand for, such as ``{"L": "BDT", "L'": "DMBT"}``.

    Returns
    -------
    DataFrame
        `before`, `after` and their `difference` for the charge, each symbol, the superatom electrons and the
        average mass in Da, which is NaN where a part such as SR has no composition.

    Examples
    --------
    >>> balance("[Ag24(BDT)9]2- -> [Ag22(BDT)8]- + Ag2BDT").difference.round(3)
    charge      -1.000
    Ag           0.000
    BDT          0.000
    electrons    1.000
    mass         0.001
    Name: difference, dtype: float64
    """
    left, right, _ = _sides(text, where)
    columns, symbols = [], dict.fromkeys(symbol for each in left + right for symbol in each.counts)
    for side in (left, right):
        counts, charge = _totals(side)
        sums = {"electrons": sum(map(_electrons, side)), "mass": sum(map(_mass, side))}
        columns.append({"charge": charge} | {symbol: counts[symbol] for symbol in symbols} | sums)
    table = pd.DataFrame(columns, index=["before", "after"]).T
    return table.assign(difference=table["before"] - table["after"])


def _written(counts, charge):
    """Return what is missing on a side as text; a charge alone as electrons or holes."""
    if counts:
        return str(Species(tuple(counts.items()), charge))
    return f"{abs(charge)} e{'-' if charge < 0 else '+'}".removeprefix("1 ") if charge else ""


def missing(text, *, where=None):
    """Formulas that would have to be added to each side of a reaction.

    Parameters
    ----------
    text : str
    where : dict of str to str, optional
        See :func:`balance`.

    Returns
    -------
    left : str
    right : str
        Formulas, empty where nothing is missing. The charge is given to the right, unless only the left lacks
        atoms. A charge alone is written as electrons, ``"e-"``, or as positive charges, ``"e+"``.

    Examples
    --------
    >>> missing("[Ag53(BDT)12(DMBT)16]3- -> [Ag31(BDT)12(DMBT)]2-")
    ('', '[Ag22(DMBT)15]-')
    >>> missing("[Ag24(BDT)9]2- -> [Ag22(BDT)8]- + Ag2BDT")
    ('', 'e-')
    """
    left, right, _ = _sides(text, where)
    counts, charge = _difference(left, right)
    more = {symbol: count for symbol, count in counts.items() if count > 0}
    less = {symbol: -count for symbol, count in counts.items() if count < 0}
    if less and not more:
        return _written(less, -charge), ""
    return _written(less, 0), _written(more, charge)


def complement(parent, fragment):
    """Rest of a parent ion beside its fragment.

    Parameters
    ----------
    parent, fragment : Species or str

    Returns
    -------
    Species

    Raises
    ------
    ValueError
        Naming what the fragment has more of than its parent.

    Examples
    --------
    >>> str(complement("[PtAg53(BDT)12(DMBT)16]3-", "[PtAg23(DMBT)16]-"))
    '[Ag30(BDT)12]2-'
    """
    parent, fragment = parse(parent), parse(fragment)
    if excess := Counter(fragment.counts) - Counter(parent.counts):
        more = ", ".join(f"{count} {symbol}" for symbol, count in excess.items())
        raise InputError(f"{fragment} is no fragment of {parent}: it has {more} more")
    return parent - fragment


def _shifted(species, counts, charge, share):
    """Return a species changed by a share of a difference; None if there is no such species."""
    if charge % share or any(count % share for count in counts.values()):
        return None
    parts = dict(species.parts)
    for symbol, count in counts.items():
        parts[symbol] = parts.get(symbol, 0) + count // share
    if min(parts.values()) < 0 or not any(parts.values()):
        return None
    kept = tuple((symbol, count) for symbol, count in parts.items() if count)
    return Species(kept, species.charge + charge // share, species.adducts)


def repairs(text, *, where=None):
    """Reactions that balance and differ from the given one in one species.

    Parameters
    ----------
    text : str
    where : dict of str to str, optional
        See :func:`balance`.

    Returns
    -------
    DataFrame
        `reaction`, `printed` and `instead` (the species that is changed and what it becomes), `negative` and
        `odd` (number of species with electrons below 0 and with an odd number). The most plausible is first:
        that with the fewest of these, and, where equal, with a change in a later species, since losses stand
        last. Empty if the reaction balances, or if no single change can balance it.

    Examples
    --------
    >>> repairs("[Ag24(BDT)9]2- -> [Ag22(BDT)8]- + Ag2BDT").reaction[0]
    '[Ag24(BDT)9]2- -> [Ag22(BDT)8]2- + Ag2(BDT)'
    """
    left, right, _ = _sides(text, where)
    counts, charge = _difference(left, right)
    found = []
    for side, sign in ((left, -1), (right, 1)) if counts or charge else ():
        for species in dict.fromkeys(side):
            change = {symbol: sign * count for symbol, count in counts.items()}
            other = _shifted(species, change, sign * charge, side.count(species))
            if other is not None:
                new = [[other if each == species else each for each in part] for part in (left, right)]
                electrons = np.array([_electrons(each) for part in new for each in part])
                found.append(
                    {
                        "reaction": " -> ".join(map(_side, new)),
                        "printed": str(species),
                        "instead": str(other),
                        "negative": int(sum(electrons < 0)),
                        "odd": int(sum(electrons % 2)),
                    }
                )
    table = pd.DataFrame(found[::-1], columns=["reaction", "printed", "instead", "negative", "odd"])
    return table.sort_values(["negative", "odd"], kind="stable", ignore_index=True)


def _side(species):
    """Return one side of a reaction as text."""
    return " + ".join(f"{n} {each}" if n > 1 else str(each) for each, n in Counter(species).items())


def _sum(terms):
    """Return a sum of (number, how often) as it is written."""
    written = " ".join(f"{'+-'[n < 0]} {f'{k} × ' if k > 1 else ''}{abs(n)}" for n, k in terms)
    return re.sub("^- ", "-", written).removeprefix("+ ").replace("-", "−")


def _bound(species):
    """Return the elements that are in the ligands of a side of a reaction and nowhere else."""
    parts = set(_totals(species)[0])
    found = {symbol: find_ligand(symbol) for symbol in parts}
    ligands = [Species(((symbol, 1),)) for symbol, each in found.items() if each and each.formula]
    return {element for each in ligands for element in elements(each)} - parts


def check(text, *, where=None):
    """Verdict over a reaction, in one row.

    Parameters
    ----------
    text : str
    where : dict of str to str, optional
        See :func:`balance`.

    Returns
    -------
    Series
        `verdict`: ``"balanced"``; ``"possible"``, of an open reaction, with the rest under `right`;
        ``"possible if a ligand breaks"``, of an open one that takes elements out of ligands; ``"charge"`` if
        all atoms are there and the charge differs; else ``"atoms"``. `left`, `right`: what is missing there.
        `electrons`: those of each species, such as ``"16 → 8 + 8"``, in brackets those of an open end.
        `fewest`: the least of these. `repair`: the best of :func:`repairs`.

    Examples
    --------
    >>> check("[Ag53(BDT)12(DMBT)16]3- -> [Ag30(BDT)12]2- + …")[["verdict", "right", "electrons"]].tolist()
    ['possible', '[Ag23(DMBT)16]-', '16 → 8 + (8)']
    """
    left, right, is_open = _sides(text, where)
    counts, charge = _difference(left, right)
    lacking = missing(text, where=where)
    freed = {symbol for symbol, count in counts.items() if count < 0}
    if not counts and not charge:
        verdict = "balanced"
    elif is_open and not freed:
        verdict = "possible"
    elif is_open and freed <= _bound(left):
        verdict = "possible if a ligand breaks"
    else:
        verdict = "atoms" if counts else "charge"
    electrons = [[(_electrons(each), n) for each, n in Counter(side).items()] for side in (left, right)]
    shown, fewest = " → ".join(map(_sum, electrons)), min(n for side in electrons for n, _ in side)
    if verdict.startswith("possible"):
        rest = sum(n * k for n, k in electrons[0]) - sum(n * k for n, k in electrons[1])
        shown, fewest = f"{shown} + ({rest})".replace("-", "−"), min(fewest, rest)
    better = repairs(text, where=where) if verdict in ("charge", "atoms") and not is_open else []
    found = [verdict, *lacking, shown, fewest, better["reaction"][0] if len(better) else ""]
    return pd.Series(found, index=["verdict", "left", "right", "electrons", "fewest", "repair"])


def window(species, lower, upper):
    """Which species lie in a printed range of m/z, by the highest peak of their envelopes.

    Parameters
    ----------
    species : sequence of Species or str
    lower, upper : float
        Ends of the range.

    Returns
    -------
    DataFrame
        `formula`, `mz` and `inside`.

    Examples
    --------
    >>> window(["[Ag44(p-MBA)30]4-", "[Au12Ag32(p-MBA)30]4-"], 2200, 2600).inside.tolist()
    [True, False]
    """
    mz = np.array([masses(each).most_abundant_mz for each in species])
    inside = (lower <= mz) & (mz <= upper)
    return pd.DataFrame({"formula": list(map(str, species)), "mz": mz, "inside": inside})


def misprints(formula, mz, *, ligands=(), tolerance=1.0, where=None):
    """Formulas one slip of the pen away from a given one whose highest peak lies at a printed m/z.

    A slip is one count or the charge changed by one, or one symbol in the place of another.

    Parameters
    ----------
    formula : Species or str
        As printed.
    mz : float
        As printed.
    ligands : sequence of str
        Symbols that may have been meant, beside those of the formula.
    tolerance : float
        Greatest distance from `mz`.
    where : dict of str to str, optional
        See :func:`balance`.

    Returns
    -------
    DataFrame
        `formula`, `mz` and `distance`, the nearest first. The formula itself is among them if it lies there.

    Examples
    --------
    >>> misprints("[PtAg9(BDT)4S3]-", 1810, ligands=["BDT", "DMBT"])["formula"].tolist()
    ['[PtAg9(DMBT)4S3]-']
    """
    species = parse(formula, where=where)
    parts, charge, adducts = list(species.parts), species.charge, species.adducts
    near = {species}
    near |= {Species(species.parts, charge + step, adducts) for step in (-1, 1)}
    for place, (symbol, count) in enumerate(parts):
        spelled = [(symbol, count + step) for step in (-1, 1) if count + step]
        spelled += [(other, count) for other in ligands if other not in dict(parts) and symbol in ligands]
        near |= {Species((*parts[:place], each, *parts[place + 1 :]), charge, adducts) for each in spelled}
    rows = [(str(each), masses(each).most_abundant_mz) for each in near]
    table = pd.DataFrame(sorted(rows), columns=["formula", "mz"]).assign(distance=lambda t: t["mz"] - mz)
    return table[table["distance"].abs() <= tolerance].sort_values("distance", key=abs, ignore_index=True)
