"""A cluster as data: its parts, adducts and charge, how it is written, what is left when something leaves."""

import functools
import itertools
import operator
import re
from dataclasses import dataclass

from supracrystal import InputError
from supracrystal.spectra.ligands import (
    BUILT_IN,
    ELEMENTS,
    MOST,
    NAME,
    RARE,
    find_ligand,
    is_isotope,
    pattern,
)

_ISOTOPE = re.compile("[0-9]+[A-Z][a-z]?")
_UNIT = re.compile(r"\(([^()]+)\)([0-9]*)|([A-Z][a-z]?)([0-9]*)")
_BUILT_IN = pattern(frozenset(BUILT_IN))

SUBSCRIPT = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
SUPERSCRIPT = str.maketrans("0123456789+-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻")


@dataclass(frozen=True)
class Species:
    """A cluster or an ion as it is written.

    ``species + other`` and ``species - other`` are the net composition and charge. Atoms of an element may be
    taken from ligands that have them, which makes them a loss: a proton of p-MBA, ``-H``.

    Parameters
    ----------
    parts : tuple of (str, int)
        Symbol and count, in the order written: an element, an isotope (``"107Ag"``) or a ligand.
    charge : int
    adducts : tuple of (str, int)
        What is attached or (negative) lost, and how often: an element or a unit such as ``"Ag(DMBT)2"``. Kept
        as it is written in a formula, a ligand in brackets.

    Raises
    ------
    ValueError
        If there are no parts; for a part counted less than once, an adduct counted 0 times, anything counted
        more than 1,000,000 times or given twice; in arithmetic, if something is taken away that is not there.

    Examples
    --------
    >>> cluster = Species((("Au", 44), ("p-MBA", 26)), -6, (("Na", 12), ("H", -16)))
    >>> print(cluster, cluster.counts)
    [Au44(p-MBA)26+12Na-16H]6- {'Au': 44, 'p-MBA': 26, 'Na': 12, 'H': -16}
    >>> print(Species((("Ag", 53), ("BDT", 12), ("DMBT", 16)), -3) - Species((("Ag", 1), ("DMBT", 2)), -1))
    [Ag52(BDT)12(DMBT)14]2-
    """

    parts: tuple
    charge: int = 0
    adducts: tuple = ()

    def __post_init__(self):
        parts = tuple((symbol, operator.index(count)) for symbol, count in self.parts)
        adducts = tuple(adduct(units(unit), operator.index(count)) for unit, count in self.adducts)
        for kind, pairs in (("parts", parts), ("adducts", adducts)):
            if len({symbol for symbol, _ in pairs}) < len(pairs):
                raise InputError(f"{kind} are {pairs}; each symbol is allowed once")
        if max(map(abs, (self.charge, *(count for _, count in parts + adducts)))) > MOST:
            raise InputError(f"{parts}, {adducts} or charge {self.charge} is too large; {MOST:,} is the most")
        for symbol, _ in itertools.chain(parts, *(units(unit) for unit, _ in adducts)):
            if not (NAME.fullmatch(symbol) or _ISOTOPE.fullmatch(symbol)):
                raise InputError(f"{symbol!r} is no symbol; an element, isotope or ligand is needed")
        if not parts or min(count for _, count in parts) < 1:
            raise InputError(f"parts are {parts}; at least one is needed, and counts from 1")
        if not all(count for _, count in adducts):
            raise InputError(f"adducts are {adducts}; counts other than 0 are needed")
        for field, value in (("parts", parts), ("charge", operator.index(self.charge)), ("adducts", adducts)):
            object.__setattr__(self, field, value)

    @property
    def counts(self):
        """Net count of each symbol with the adducts; below 0 for atoms that ligands lose."""
        counts = dict(self.parts)
        for unit, number in self.adducts:
            for symbol, count in units(unit):
                counts[symbol] = counts.get(symbol, 0) + number * count
        return {symbol: count for symbol, count in counts.items() if count}

    def __add__(self, other):
        return add(self, other, 1) if isinstance(other, Species) else NotImplemented

    def __sub__(self, other):
        return add(self, other, -1) if isinstance(other, Species) else NotImplemented

    def __str__(self):
        core = join(self.parts)
        for unit, count in self.adducts:
            number = abs(count) if abs(count) > 1 else ""
            unclear = number and any(is_isotope(number, symbol) for symbol in (unit[:1], unit[:2]))
            if unclear and find_ligand(unit):
                # Elements that would be a ligand in a bracket, as C6H5S.
                unit = re.sub("^[A-Z][a-z]?", r"(\g<0>)", unit)
            core += f"{'+-'[count < 0]}{number}{f'({unit})' if unclear else unit}"
        size = abs(self.charge) if abs(self.charge) > 1 else ""
        charge = f"{size}{'+-'[self.charge < 0]}" if self.charge else ""
        atom = core in ELEMENTS and len(charge) == 1
        return core + charge if atom or not (charge or self.adducts) else f"[{core}]{charge}"


def join(parts):
    """Return parts as text: elements plain, unless that reads as another name; all else in brackets."""
    body = ""
    for place in range(len(parts) - 1, -1, -1):
        symbol, count = parts[place]
        number = str(count) if count > 1 else ""
        plain = f"{symbol}{number}{body}"
        clear = symbol in ELEMENTS and _BUILT_IN.match(plain)[0] == symbol
        # Behind a single atom, Pr would be taken for propyl.
        clear = clear and not (symbol in RARE and place and parts[place - 1][1] == 1)
        body = plain if clear else f"({symbol}){number}{body}"
    return body


def adduct(parts, number):
    """Return an adduct as a species keeps it: text and number, of a single symbol the number of atoms."""
    if len(parts) == 1:
        ((symbol, count),) = parts
        return join([(symbol, 1)]), number * count
    return join(parts), number


@functools.lru_cache(maxsize=4096)
def units(unit):
    """Return the parts of an adduct: of the text that `join` writes, or one symbol."""
    parts, place = [], 0
    while place < len(unit):
        match = _UNIT.match(unit, place)
        if not match or (match[3] and _BUILT_IN.match(unit, place)[0] != match[3]):
            return ((unit, 1),)
        parts.append((match[1] or match[3], int(match[2] or match[4] or 1)))
        place = match.end()
    return tuple(parts)


def add(species, other, number):
    """Return species + number * other."""
    core, loose = dict(species.parts), {}
    for unit, times in species.adducts:
        for symbol, count in units(unit):
            place = core if symbol in core else loose
            place[symbol] = place.get(symbol, 0) + times * count
    for symbol, count in other.counts.items():
        place = loose if symbol in loose else core
        place[symbol] = place.get(symbol, 0) + number * count
    loose |= {symbol: count for symbol, count in core.items() if count < 0}
    parts = tuple((symbol, count) for symbol, count in core.items() if count > 0)
    text = f"{species} {'-+'[number > 0]} {abs(number) if abs(number) > 1 else ''}{other}"
    if not parts:
        raise InputError(f"{text}: nothing is left")
    short = [symbol for symbol, count in loose.items() if count < 0 and -count > _held(symbol, parts)]
    if short:
        raise InputError(f"{text}: there is not so much {', '.join(short)}")
    return Species(
        parts, species.charge + number * other.charge, tuple(item for item in loose.items() if item[1])
    )


def _held(element, parts):
    """Return how many atoms of an element the ligands hold; of H, those without known atoms hold enough."""
    ligands = [(symbol, count) for symbol, count in parts if symbol.lstrip("0123456789") not in ELEMENTS]
    found = [(find_ligand(symbol), count) for symbol, count in ligands]
    atoms = [(ligand and ligand.atoms, count) for ligand, count in found]
    if element == "H" and any(each is None for each, _ in atoms):
        return float("inf")
    return sum(count * each.get(element, 0) for each, count in atoms if each)
