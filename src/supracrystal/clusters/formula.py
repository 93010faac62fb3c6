"""The formulas of clusters as chemists write them: read, counted, added, written.

A formula has metals, other elements, isotopes, and ligands by the names of ``ligands.yaml``; their counts;
adducts and losses; a charge::

    [Ag53(BDT)12(DMBT)16]3-        [Au44(p-MBA)26+12Na-16H]6-        [(107Ag)29(BDT)12]3-

What may stand where:

- Counts as ``Ag29``, ``Ag₂₉``, ``Ag_29`` or ``Ag_{29}``. Groups in (), [] or {}, one in another.
- The charge as ``]3-``, ``^{3-}``, ``^3-`` or ``³⁻``, with any dash. Without a bracket it is a sign alone
  (``H+``) or set off (``Ag2^{2+}``): ``Ag2+`` could be two silver atoms or two charges, and is refused.
- Adducts and losses inside the outermost bracket, after the core: ``+12Na-16H``; a number before a unit counts
  it. Their charges are part of the charge after the bracket.
- Outside brackets, ``+`` and ``-`` add and take away whole species with their charges:
  ``[Ag29(BDT)12]3- + H+``.
- A sign is a charge if the end, another sign or an arrow follows, else it adds or takes away.
- Of several names that begin at one place the longest counts, and a name wins over a sign: the hyphen of
  ``p-MBA`` takes nothing away. A name may follow an element without brackets: ``Ag29BDT12``.
- Isotopes as ``(107Ag)29``, ``[107Ag]29``, ``^{107}Ag29``, ``¹⁰⁷Ag29``, or ``107Ag29`` where no count can
  stand. After a sign a number is a count.
- Repeated symbols are collected at the place of the first, and groups are multiplied out.

Left out: structure (a formula has no bonds), charges of single parts, and fractional counts.
"""

import functools
import itertools
import re
import unicodedata
from dataclasses import dataclass
from html import escape
from pathlib import Path

import yaml

from supracrystal.claimfiles import _Text

ELEMENTS = tuple(
    ["H", "He", "Li", "Be", "B", "C", "N", "O", "F", "Ne", "Na", "Mg", "Al", "Si", "P", "S", "Cl", "Ar", "K", "Ca", "Sc", "Ti", "V", "Cr", "Mn", "Fe", "Co", "Ni", "Cu", "Zn", "Ga", "Ge", "As", "Se", "Br", "Kr", "Rb", "Sr", "Y", "Zr", "Nb", "Mo", "Tc", "Ru", "Rh", "Pd", "Ag", "Cd", "In", "Sn", "Sb", "Te", "I", "Xe", "Cs", "Ba", "La", "Ce", "Pr", "Nd", "Pm", "Sm", "Eu", "Gd", "Tb", "Dy", "Ho", "Er", "Tm", "Yb", "Lu", "Hf", "Ta", "W", "Re", "Os", "Ir", "Pt", "Au", "Hg", "Tl", "Pb", "Bi", "Po", "At", "Rn", "Fr", "Ra", "Ac", "Th", "Pa", "U", "Np", "Pu", "Am", "Cm", "Bk", "Cf", "Es", "Fm", "Md", "No", "Lr", "Rf", "Db", "Sg", "Bh", "Hs", "Mt", "Ds", "Rg", "Cn", "Nh", "Fl", "Mc", "Lv", "Ts", "Og"]
)
MOST = 1_000_000
"""The largest count."""
DEEPEST = 20
"""The most brackets within one another."""

_PLAIN = str.maketrans("₀₁₂₃₄₅₆₇₈₉ₓₖₘₙₚ₊₋₍₎‐‑‒–—−⁃﹣－’′ʹ‘´`", "0123456789xkmnp+-()" + 9 * "-" + 6 * "'")
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")
_CHARGE = re.compile(
    r"\s*(?:\^\{\s*([0-9]*)\s*([+-])\s*\}|\^([0-9]*)([+-])|([⁰¹²³⁴-⁹]*)([⁺⁻])"
    r"|([0-9]*)([+-])(?=\s*(?:[-+→]|$)))"
)
_ISOTOPE = re.compile(r"(?:\^\{([0-9]+)\}|\^([0-9]+)|([⁰¹²³⁴-⁹]+)|([0-9]+))([A-Z][a-z]?)")
_UNIT = re.compile(r"\(([^()]+)\)([0-9]*)|([A-Z][a-z]?)([0-9]*)")
_CLOSING = {"(": ")", "[": "]", "{": "}"}


class FormulaError(ValueError):
    """A formula that cannot be read: what is wrong, the formula, and a caret under the place.

    Parameters
    ----------
    message : str
    formula : str
    place : int
        Index of the character at which reading stopped.

    Examples
    --------
    >>> parse("[Ag29(BDT]3-")
    Traceback (most recent call last):
    ...
    supracrystal.clusters.formula.FormulaError: ')' is missing for the '(' here
    [Ag29(BDT]3-
         ^
    """

    def __init__(self, message, formula, place):
        super().__init__(message, formula, place)
        self.message, self.formula, self.place = message, formula, place

    def __str__(self):
        start = max(0, self.place - 60)
        shown = self.formula[start : self.place + 40]
        shown = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in shown)
        before = shown[: self.place - start]
        width = sum(
            0 if unicodedata.combining(c) else 1 + (unicodedata.east_asian_width(c) in "WF") for c in before
        )
        return f"{self.message}\n{shown}\n{' ' * width}^"


@dataclass(frozen=True)
class Ligand:
    """One entry of a file of ligands.

    Parameters
    ----------
    symbol : str
    name : str
    formula : str or None
        Elements as bound; None for a symbol that stands for many ligands.
    denticity : int
    electrons : int
        Electrons of the superatom that it takes; negative if it gives some.
    charge : int
        Of the ligand as an ion.
    aliases : tuple of str
    smiles : str or None
    """

    symbol: str
    name: str
    formula: str | None
    denticity: int
    electrons: int
    charge: int
    aliases: tuple = ()
    smiles: str | None = None


def _units(text):
    """Return the parts of a unit in canonical text, as adducts keep it."""
    if text in ELEMENTS:
        return ((text, 1),)
    found = _UNIT.findall(text)
    if "".join(itertools.chain(*(("(", a, ")", b) if a else (c, d) for a, b, c, d in found))) != text:
        return ((text, 1),)
    return tuple((a or c, int(b or d or 1)) for a, b, c, d in found)


@dataclass(frozen=True)
class Species:
    """A cluster or ion as it is written.

    ``species + other`` and ``species - other`` are the net composition and charge.

    Parameters
    ----------
    parts : tuple of (str, int)
        Symbol and count, in the order written: an element, an isotope (``"107Ag"``) or a ligand.
    charge : int
    adducts : tuple of (str, int)
        Symbol or formula of a unit, and how often it is added (negative: lost).

    Examples
    --------
    >>> parent = parse("[Ag53(BDT)12(DMBT)16]3-")
    >>> print(parent - parse("[Ag(DMBT)2]-"))
    [Ag52(BDT)12(DMBT)14]2-
    >>> parse("[Au44(p-MBA)26+12Na-16H]6-").counts
    {'Au': 44, 'p-MBA': 26, 'Na': 12, 'H': -16}
    """

    parts: tuple
    charge: int = 0
    adducts: tuple = ()

    def __post_init__(self):
        for name, pairs in (("parts", self.parts), ("adducts", self.adducts)):
            symbols = [symbol for symbol, _ in pairs]
            if len(set(symbols)) < len(symbols):
                raise ValueError(f"{name} are {pairs}; every symbol stands once")
        if not self.parts or any(count < 1 for _, count in self.parts):
            raise ValueError(f"parts are {self.parts}; one or more with counts from 1 are needed")
        if any(count == 0 for _, count in self.adducts):
            raise ValueError(f"adducts are {self.adducts}; counts are not 0")

    @property
    def counts(self):
        """Net count of each symbol, adducts included; negative where more is lost than is written."""
        counts = dict(self.parts)
        for unit, number in self.adducts:
            for symbol, count in _units(unit):
                counts[symbol] = counts.get(symbol, 0) + number * count
        return {symbol: count for symbol, count in counts.items() if count}

    def __add__(self, other):
        return _sum(self, other, 1)

    def __sub__(self, other):
        return _sum(self, other, -1)

    def __str__(self):
        return _write(self)


def _sum(species, other, sign):
    """Return species + sign * other."""
    if not isinstance(other, Species):
        return NotImplemented
    core, loose = dict(species.parts), {}
    for unit, number in species.adducts:
        for symbol, count in _units(unit):
            place = core if symbol in core else loose
            place[symbol] = place.get(symbol, 0) + number * count
    for symbol, count in other.counts.items():
        place = loose if symbol in loose else core
        place[symbol] = place.get(symbol, 0) + sign * count
    loose |= {symbol: count for symbol, count in core.items() if count < 0}
    parts = tuple((symbol, count) for symbol, count in core.items() if count > 0)
    if not parts:
        raise ValueError(f"nothing is left of {species} {'-+'[sign > 0]} {other}")
    result = Species(
        parts, species.charge + sign * other.charge, tuple((s, n) for s, n in loose.items() if n)
    )
    short = [symbol for symbol, count in result.counts.items() if count < 0]
    if short:
        try:
            elements(result)
        except ValueError as error:
            raise ValueError(f"{species} {'-+'[sign > 0]} {other}: {', '.join(short)} not there") from error
    return result


@functools.lru_cache(maxsize=64)
def _pattern(names):
    """Return the pattern that finds the longest of the names, and of the elements."""
    alternatives = sorted({*names, *ELEMENTS}, key=lambda name: (-len(name), name))
    return re.compile("|".join(map(re.escape, alternatives)))


@functools.lru_cache(maxsize=1)
def isotopes():
    """Return the mass numbers of the natural isotopes of each element, from IsoSpecPy.

    Returns
    -------
    dict
        Element to tuple of int.

    Examples
    --------
    >>> isotopes()["Ag"]
    (107, 109)
    """
    from IsoSpecPy import PeriodicTbl

    return {
        symbol: tuple(map(int, numbers))
        for symbol, numbers in PeriodicTbl.symbol_to_massNo.items()
        if symbol in ELEMENTS
    }


class _Reader:
    """Reads one text from left to right."""

    def __init__(self, text, ligands, where, values):
        if not isinstance(text, str):
            raise TypeError(f"formula is {text!r}; text is needed")
        self.original, self.place, self.values = text, 0, values or {}
        self.text = re.sub(
            r"(?<=\s)-+>|->|[⟶⇌⇄=]",
            lambda arrow: arrow[0][:-1].replace("-", " ") + "→",
            text.translate(_PLAIN),
        )
        self.names = _NAMES if ligands is None else _names(ligands)
        if where:
            self.names = self.names | {
                key.translate(_PLAIN): _Reader(value, ligands, None, None).alone()
                for key, value in where.items()
            }
        self.pattern = _pattern(frozenset(self.names))
        letters = "".join(self.values) or "(?!)"
        letters = f"[{letters}]" if self.values else letters
        self.count_pattern = re.compile(
            rf"\s*_\s*\{{([^{{}}]*)\}}|_?([0-9]*{letters}(?:[+-][0-9]*{letters})*(?:[+-][0-9]+(?=\s*(?:[\])}}]|$)))?"
            rf"|[0-9]+(?:[+-][0-9]*{letters})*)"
        )

    def fail(self, message, place=None):
        raise FormulaError(message, self.original, self.place if place is None else place)

    def space(self):
        while self.place < len(self.text) and self.text[self.place].isspace():
            self.place += 1

    def peek(self):
        self.space()
        return self.text[self.place : self.place + 1]

    def whole(self, digits, place=None):
        if len(digits) > 7 or int(digits) > MOST:
            self.fail(f"the number is too large; at most {MOST:,}", place)
        return int(digits)

    def count(self):
        """Read a count; 1 where none stands."""
        match = self.count_pattern.match(self.text, self.place)
        if not match:
            return 1
        place, self.place = match.start(), match.end()
        written = match[1] if match[1] is not None else match[2]
        if written.isdigit() and written.isascii():
            count = self.whole(written, place)
        else:
            count = self.linear(written, place)
        if count < 0 or (count == 0 and not self.values):
            given = ", ".join(f"{name} = {value}" for name, value in self.values.items())
            self.fail(f"the count is {count}{given and ' for ' + given}; counts start at 1", place)
        return count

    def linear(self, written, place):
        """Return the value of a linear expression such as 44-x."""
        compact = "".join(written.split())
        terms = re.findall(r"([+-]?)([0-9]*)([a-z]?)", compact)[:-1]
        signed = all(sign or not index for index, (sign, _, _) in enumerate(terms))
        whole = "".join(map("".join, terms)) == compact and signed and terms
        if not whole or not all(digits or name for _, digits, name in terms):
            self.fail(f"{written!r} is no count; a number or, in a family, a linear one as 44-x", place)
        for _, _, name in terms:
            if name and name not in self.values:
                self.fail(
                    f"the count has {name!r}, which has no value; families take {name}=range(...)", place
                )
        total = sum(
            (-1 if sign == "-" else 1) * self.whole(digits or "1", place) * (self.values[name] if name else 1)
            for sign, digits, name in terms
        )
        if total > MOST:
            self.fail(f"the number is too large; at most {MOST:,}", place)
        return total

    def symbol(self):
        """Read an element, isotope or name and return its parts, None where none stands."""
        match = self.pattern.match(self.text, self.place)
        if match:
            self.place = match.end()
            return self.names.get(match[0]) or ((match[0], 1),)
        match = _ISOTOPE.match(self.text, self.place)
        if match:
            number = next(filter(None, match.groups()[:4])).translate(_RAISED)
            element = next((name for name in (match[5], match[5][0]) if name in ELEMENTS), None)
            if element is None:
                self.fail(f"{match[5]!r} is no element", match.start(5))
            known = isotopes().get(element, ())
            if len(number) > 3 or int(number) not in known:
                self.fail(
                    f"{number} is no natural isotope of {element}, which has "
                    f"{', '.join(map(str, known)) or 'none'}; a count stands after its symbol"
                )
            self.place = match.start(5) + len(element)
            return ((f"{int(number)}{element}", 1),)
        return None

    def sequence(self, depth):
        """Read parts until something else stands, and return their counts, with what a bracket adds."""
        counts, adducts, brackets = {}, {}, 0
        while True:
            opening, start = self.peek(), self.place
            if opening and opening in _CLOSING:
                if depth == DEEPEST:
                    self.fail(f"more than {DEEPEST} brackets within one another")
                self.place += 1
                inner, inside = self.sequence(depth + 1)
                adducts |= (
                    self.adducts(depth + 1) if self.peek() in ("+", "-") and inner and not depth else {}
                )
                adducts |= inside
                if self.peek() != _CLOSING[opening]:
                    if not self.peek():
                        self.fail(f"{_CLOSING[opening]!r} is missing for the {opening!r} here", start)
                    self.unexpected(_CLOSING[opening], opening, start)
                if not inner:
                    self.fail("the bracket is empty", start)
                self.place += 1
                if not depth and opening == "[" and _CHARGE.match(self.text, self.place):
                    number = 1
                else:
                    number = self.count()
                brackets += 1
            else:
                inner = self.symbol()
                if inner is None:
                    break
                inner, number = dict(inner), self.count()
            for symbol, count in inner.items():
                counts[symbol] = counts.get(symbol, 0) + number * count
                if counts[symbol] > MOST:
                    self.fail(f"{symbol} is counted more than {MOST:,} times", start)
            if adducts and (number != 1 or brackets > 1 or len(counts) > len(inner)):
                self.fail("adducts stand in the outermost bracket, which holds the whole formula", start)
        return counts, adducts

    def adducts(self, depth):
        """Read adducts and losses as far as they go."""
        found = {}
        while self.peek() in ("+", "-") and self.peek():
            start, sign = self.place, 1 if self.peek() == "+" else -1
            self.place += 1
            number, unit = self.counted(depth)
            if not unit:
                self.fail(
                    "after a sign inside the bracket an adduct or a loss is needed; the charge stands after "
                    "the bracket",
                    start,
                )
            if len(unit) == 1:
                ((name, count),) = unit.items()
                number *= count
            else:
                name = _join(unit.items())
            found[name] = found.get(name, 0) + sign * number
        return found

    def counted(self, depth):
        """Read a unit with the number before it."""
        self.space()
        number, start = 1, self.place
        digits = re.compile("[0-9]+").match(self.text, start)
        if digits and not self.pattern.match(self.text, start):
            number, self.place = self.whole(digits[0]), digits.end()
            element = self.pattern.match(self.text, self.place)
            if element and element[0] != "H" and number in isotopes().get(element[0], ()):
                self.fail(
                    f"a count or an isotope? write {number}({element[0]}) or ({digits[0]}{element[0]})", start
                )
            if not number:
                self.fail("the count is 0; counts start at 1", start)
        unit, _ = self.sequence(depth)
        return number, unit

    def unexpected(self, closing, opening, start):
        if self.peek() and self.peek() in ")]}":
            self.fail(f"{closing!r} is missing for the {opening!r} here", start)
        self.unknown()

    def unknown(self):
        character = self.peek()
        if not character:
            self.fail("the formula ends here; an element or a ligand is needed")
        if character in ")]}":
            self.fail(f"{character!r} closes no bracket")
        if character in "+-":
            self.fail("a sign here is no charge and adds nothing")
        word = re.compile(r"[^\W\d_]+|.", re.DOTALL).match(self.text, self.place)[0]
        self.fail(f"{self.original[self.place : self.place + len(word)]!r} is no element and no known ligand")

    def term(self, counting):
        """Read one species with its charge, and the number before it."""
        start = self.peek() and self.place
        number = 1
        if counting:
            digits = re.compile(r"[0-9]+").match(self.text, self.place)
            if digits and not self.pattern.match(self.text, self.place):
                number, self.place = self.whole(digits[0]), digits.end()
                self.space()
        opened = self.place
        counts, adducts = self.sequence(0)
        if not counts:
            self.unknown()
        bracketed = self.text[opened : opened + 1] == "[" and self.text[: self.place].rstrip().endswith("]")
        charge, match = 0, _CHARGE.match(self.text, self.place)
        if match:
            digits, sign = (match[k] or match[k + 2] or match[k + 4] or match[k + 6] or "" for k in (1, 2))
            before = self.text[: self.place].rstrip()[-1:]
            if match[8] and before.isdigit() and not match[7] and not self.text[self.place].isspace():
                self.fail("a count or a charge? write [Ag2]+ or [Ag]2+", self.place)
            digits = digits.translate(_RAISED)
            charge = self.whole(digits or "1") * (1 if sign in "+⁺" else -1)
            self.place = match.end()
        counts = {symbol: count for symbol, count in counts.items() if count}
        if not counts:
            self.fail("all counts are 0", start or 0)
        adducts = tuple((unit, count) for unit, count in adducts.items() if count)
        return number, Species(tuple(counts.items()), charge, adducts)

    def alone(self):
        """Read a formula without charge and adducts to the end, and return its parts."""
        _, species = self.term(False)
        if self.peek() or species.charge or species.adducts:
            self.fail("a name stands for a formula without charge and adducts")
        return species.parts

    def species(self):
        """Read a sum of species to the end."""
        _, total = self.term(False)
        while self.peek() in ("+", "-") and self.peek():
            place, sign = self.place, 1 if self.peek() == "+" else -1
            self.place += 1
            number, other = self.term(True)
            try:
                for _ in range(number):
                    total = _sum(total, other, sign)
            except ValueError as error:
                self.fail(str(error), place)
        if self.peek():
            self.unknown()
        return total


def _join(parts):
    """Return parts in canonical text."""
    body = ""
    for symbol, count in reversed(tuple(parts)):
        number = str(count) if count != 1 else ""
        plain = symbol + number
        match = _PATTERN.match(plain + body)
        if symbol not in ELEMENTS or match[0] != symbol:
            plain = f"({symbol}){number}"
        body = plain + body
    return body


def _write(species):
    """Return the canonical text."""
    core = _join(species.parts)
    for unit, count in species.adducts:
        size = abs(count)
        number = "" if size == 1 else str(size)
        parts = _units(unit)
        written = _join(parts)
        if len(parts) == 1 and number and size in isotopes().get(unit, ()) and unit != "H":
            written = f"({unit})"
        core += ("+" if count > 0 else "-") + number + written
    size = abs(species.charge)
    charge = (str(size) if size > 1 else "") + ("+" if species.charge > 0 else "-") if size else ""
    bare = not species.adducts and (
        not size or (size == 1 and species.parts[0] in [(e, 1) for e in ELEMENTS] and len(species.parts) == 1)
    )
    return core + charge if bare else f"[{core}]{charge}"


_MARKED = re.compile(
    r"(?P<charge>[0-9]*[+-]$)|\((?P<isotope>[0-9]+)(?P<of>[A-Z][a-z]?)\)|\((?P<ligand>[^()]+)\)"
    r"|(?P<element>[A-Z][a-z]?)|(?P<count>(?<=[A-Za-z)])[0-9]+)|(?P<sign>[+-])"
)


def _mark(species, **written):
    """Return the canonical text with each kind of token written by its template."""
    return _MARKED.sub(lambda token: written[token.lastgroup](token), str(parse(species)))


def latex(species):
    r"""Return a species in LaTeX, without the dollar signs.

    Parameters
    ----------
    species : Species or str

    Returns
    -------
    str

    Examples
    --------
    >>> print(latex("[Ag29(BDT)12]3-"))
    [\mathrm{Ag}_{29}(\mathrm{BDT})_{12}]^{3-}
    """
    return _mark(
        species,
        charge=lambda token: f"^{{{token[0]}}}",
        of=lambda token: rf"{{}}^{{{token['isotope']}}}\mathrm{{{token['of']}}}",
        ligand=lambda token: r"(\mathrm{" + token["ligand"].replace("-", r"\text{-}") + "})",
        element=lambda token: rf"\mathrm{{{token[0]}}}",
        count=lambda token: f"_{{{token[0]}}}",
        sign=lambda token: f" {token[0]} ",
    )


def html(species):
    """Return a species in HTML.

    Parameters
    ----------
    species : Species or str

    Returns
    -------
    str

    Examples
    --------
    >>> html("[Ag29(BDT)12]3-")
    '[Ag<sub>29</sub>(BDT)<sub>12</sub>]<sup>3−</sup>'
    """
    return _mark(
        species,
        charge=lambda token: f"<sup>{token[0].replace('-', '−')}</sup>",
        of=lambda token: f"<sup>{token['isotope']}</sup>{token['of']}",
        ligand=lambda token: f"({escape(token['ligand'])})",
        element=lambda token: token[0],
        count=lambda token: f"<sub>{token[0]}</sub>",
        sign=lambda token: f" {token[0].replace('-', '−')} ",
    )


def _names(ligands):
    return {
        name.translate(_PLAIN): ((symbol, 1),)
        for symbol, ligand in ligands.items()
        for name in (symbol, *ligand.aliases)
    }


def parse(text, *, ligands=None, where=None):
    """Read the formula of a species.

    Parameters
    ----------
    text : str or Species
        See the top of this module for what may be written. A Species is returned as it is.
    ligands : dict of str to Ligand, optional
        From :func:`read_ligands`; the built-in ones if not given.
    where : dict of str to str, optional
        Further names and what they stand for: ``{"L": "BDT", "L'": "DMBT", "M": "Pd"}``.

    Returns
    -------
    Species

    Raises
    ------
    FormulaError
        With a caret under the place that cannot be read.

    Examples
    --------
    >>> print(parse("[Ag53L12L′16]3−", where={"L": "BDT", "L'": "DMBT"}))
    [Ag53(BDT)12(DMBT)16]3-
    >>> print(parse("[Ag29(BDT)12]3- + H+"))
    [Ag29(BDT)12H]2-
    """
    return text if isinstance(text, Species) else _Reader(text, ligands, where, None).species()


def family(text, *, ligands=None, where=None, **ranges):
    """Read a family of species whose counts are linear in one or more variables.

    Parameters
    ----------
    text : str
        With counts such as ``x``, ``44-x`` or ``_{2x+1}``.
    ligands, where : dict, optional
        As in :func:`parse`.
    **ranges : iterable of int
        The values of each variable, a single lower-case letter; of several variables, the last runs fastest.

    Returns
    -------
    list of Species
        A part that is counted 0 times is left out.

    Raises
    ------
    FormulaError
        As :func:`parse`, also for counts below 0.

    Examples
    --------
    >>> [str(species) for species in family("[AuxAg44-x(p-MBA)26]2-", x=range(42, 45))]
    ['[Au42Ag2(p-MBA)26]2-', '[Au43Ag(p-MBA)26]2-', '[Au44(p-MBA)26]2-']
    """
    values = [[int(v) for v in ([r] if isinstance(r, int) else r)] for r in ranges.values()]
    return [
        _Reader(text, ligands, where, dict(zip(ranges, point, strict=True))).species()
        for point in itertools.product(*values)
    ]


def reaction(text, *, ligands=None, where=None):
    """Read a reaction.

    Parameters
    ----------
    text : str
        Sums of species on both sides of ``->`` (or an arrow), with a number before a species counting it.
    ligands, where : dict, optional
        As in :func:`parse`.

    Returns
    -------
    tuple of two lists of Species
        Reactants and products; one that is counted twice stands twice.

    Raises
    ------
    FormulaError

    Examples
    --------
    >>> before, after = reaction("[Ag29(BDT)12]3- -> [Ag24(BDT)9]2- + [Ag5(BDT)3]-")
    >>> [str(species) for species in after]
    ['[Ag24(BDT)9]2-', '[Ag5(BDT)3]-']
    """
    reader = _Reader(text, ligands, where, None)
    sides = [[]]
    while True:
        place = reader.place
        number, species = reader.term(True)
        if number > 1000:
            reader.fail("more than 1000 of one species", place)
        sides[-1] += [species] * number
        sign = reader.peek()
        if sign == "→":
            sides.append([])
        elif not sign and len(sides) == 2:
            return sides[0], sides[1]
        elif not sign or len(sides) > 2:
            reader.fail("a reaction has one arrow, ->")
        elif sign != "+":
            reader.unknown()
        reader.place += 1


@functools.lru_cache(maxsize=4096)
def _composition(formula):
    return _Reader(formula, {}, None, None).alone()


def elements(species, ligands=None):
    """Return how many atoms of each element a species has.

    Parameters
    ----------
    species : Species or str
    ligands : dict of str to Ligand, optional
        From :func:`read_ligands`; the built-in ones if not given.

    Returns
    -------
    dict of str to int
        Element, or isotope such as ``"107Ag"``, to count.

    Raises
    ------
    ValueError
        For a ligand without composition, and for a species that loses more than it has.

    Examples
    --------
    >>> elements("[Au25(PET)18]-")
    {'Au': 25, 'C': 144, 'H': 162, 'S': 18}
    """
    species = parse(species, ligands=ligands)
    known = LIGANDS if ligands is None else ligands
    atoms = {}
    for symbol, number in species.counts.items():
        ligand = known.get(symbol)
        if ligand is None:
            atoms[symbol] = atoms.get(symbol, 0) + number
            continue
        if ligand.formula is None:
            raise ValueError(f"{species}: {symbol} ({ligand.name}) has no composition; name the ligand")
        for element, count in _composition(ligand.formula):
            atoms[element] = atoms.get(element, 0) + number * count
    for element, count in atoms.items():
        if count < 0:
            raise ValueError(f"{species}: {-count} more {element} are lost than there are")
    return {element: count for element, count in atoms.items() if count}


def read_ligands(path):
    """Read a file of ligands, and merge it over the built-in ones."""
    return {**_BUILT_IN, **_load(Path(path))}


def _load(path):
    content = yaml.load(path.read_text(encoding="utf-8"), Loader=_Text)
    return {
        symbol: Ligand(
            symbol,
            entry["name"],
            entry.get("formula"),
            int(entry["denticity"]),
            int(entry["electrons"]),
            int(entry["charge"]),
            tuple(entry.get("aliases", ())),
            entry.get("smiles"),
        )
        for symbol, entry in content.items()
    }


_BUILT_IN = _load(Path(__file__).parent / "ligands.yaml")
LIGANDS = _BUILT_IN
"""The ligands of ``ligands.yaml``."""
_NAMES = _names(LIGANDS)
_PATTERN = _pattern(frozenset(_NAMES))
