"""How the text of a formula is read, from left to right; what may be written is told in ``formula.py``."""

import functools
import re
import unicodedata
from collections import namedtuple

from supracrystal.spectra.ligands import ELEMENTS, MOST, PLAIN, is_isotope, isotopes, pattern

DEEPEST = 20
"""The most brackets within one another."""

Term = namedtuple("Term", "place sign number parts adducts charge")
"""A species in a sum: its first place, sign, number, {symbol: count}, [(count, unit)] of adducts, charge."""

_PLAIN = PLAIN | str.maketrans("₀₁₂₃₄₅₆₇₈₉₊₋₍₎ₐₑₒₓₕₖₗₘₙₚₛₜᵢⱼᵣᵤᵥ", "0123456789+-()aeoxhklmnpstijruv")
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")
_ARROW = re.compile(r"(?<=\s)-+>|->|[⟶⇌⇄=]")
_CLOSING = {"(": ")", "[": "]", "{": "}"}
_DIGITS = re.compile("[0-9]+")
_EXPRESSION = re.compile("([+-]?)([0-9]*)([a-z]?)")
_ISOTOPE = re.compile(r"(?:\^\{([0-9]+)\}|\^([0-9]+)|([⁰¹²³⁴-⁹]+)|([0-9]+))([A-Z][a-z]?)")
_RAISED_CHARGE = re.compile(
    r"\^\{\s*([0-9]*)\s*([+-])\s*\}|\^([0-9]*)([+-])|([⁰¹²³⁴-⁹]*)([⁺⁻])|\^\{0\}|\^0|⁰"
)
_CHARGE = re.compile(r"([0-9]*)([+-])(?=\s*(?:[-+→]|$))")
_NEUTRAL = re.compile(r"0(?=\s*(?:[-+→]|$))")
_UNCLEAR = re.compile("[0-9]+[+-](?![a-z])")
_MISPLACED = {
    **{bracket: f"{bracket!r} closes no bracket" for bracket in ")]}"},
    **dict.fromkeys("+-", "a sign here is no charge; adducts stand in a bracket around the whole formula"),
    **dict.fromkeys("0123456789", "a count stands right behind its symbol or bracket"),
    "→": "an arrow stands between the two sides of a reaction",
}


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
    >>> print(FormulaError("'Xg' is no element and no known ligand", "[Ag29Xg2]3-", 5))
    'Xg' is no element and no known ligand
    [Ag29Xg2]3-
         ^
    """

    def __init__(self, message, formula, place):
        super().__init__(message, formula, place)
        self.message, self.formula, self.place = message, formula, place

    def __str__(self):
        # Of a long formula what is near; control characters would break the line.
        start = max(0, self.place - 60)
        near = self.formula[start : self.place + 40]
        shown = "".join(" " if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") else c for c in near)
        return f"{self.message}\n{shown}\n{' ' * sum(map(_width, shown[: self.place - start]))}^"


def _width(character):
    """Return how many columns a character takes in a terminal."""
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


@functools.lru_cache(maxsize=256)
def _counts(letters):
    """Return the patterns of a count behind a symbol and of a number before a unit."""
    variable = f"[{letters}]" if letters else "(?!)"
    less, end = f"(?:-[0-9]*{variable})*", r"(?=\s*(?:[\])}]|$))"
    behind = (
        r"\s*_\s*\{([^{}]*)\}"
        rf"|_?([0-9]*{variable}{less}(?:[+-](?:[0-9]*{variable}|[0-9]+){end})?"
        rf"|[0-9]+{less}(?:\+[0-9]*{variable}{end})?)"
    )
    return re.compile(behind), re.compile(rf"([0-9]*{variable}|[0-9]+)(\s*)")


class _Reader:
    """Reads one text; `place` is the index of the next character."""

    def __init__(self, text, known, values):
        if not isinstance(text, str):
            raise TypeError(f"a formula is text, not {type(text).__name__}: {text!r}")
        self.original, self.known, self.values, self.place = text, known, values, 0
        self.text = _ARROW.sub(lambda arrow: " " * (len(arrow[0]) - 1) + "→", text.translate(_PLAIN))
        letters = "".join(values)
        self.pattern = pattern(frozenset(known), letters)
        self.behind, self.before = _counts(letters)
        self.doubtful, self.used = None, set()

    def fail(self, message, place=None):
        raise FormulaError(message, self.original, self.place if place is None else place)

    def next(self):
        """Go to the next character that is no space and return it; nothing at the end."""
        while self.text[self.place : self.place + 1].isspace():
            self.place += 1
        return self.text[self.place : self.place + 1]

    def take(self, expression):
        """Go behind what the expression matches here."""
        match = expression.match(self.text, self.place)
        if match:
            self.place = match.end()
        return match

    def whole(self, digits, place):
        digits = digits.lstrip("0") or "0"
        if len(digits) > len(str(MOST)) or int(digits) > MOST:
            self.fail(f"the number is too large; {MOST:,} is the most", place)
        return int(digits)

    def value(self, written, place):
        """Return the number that a count stands for: digits, or in a family a linear expression as 44-x."""
        compact = "".join(written.split())
        terms = _EXPRESSION.findall(compact)[:-1]
        linear = "".join(map("".join, terms)) == compact and all(sign for sign, _, _ in terms[1:])
        if not terms or not linear or not all(digits or name for _, digits, name in terms):
            self.fail(
                f"{written!r} is no count; digits or, in a family, a linear one as 44-x are needed", place
            )
        for _, _, name in terms:
            if name and name not in self.values:
                self.fail(f"{name!r} has no value here; family(..., {name}=range(...)) gives some", place)
        self.used |= {name for _, _, name in terms}
        count = sum(
            (-1 if sign == "-" else 1) * self.whole(digits or "1", place) * self.values.get(name, 1)
            for sign, digits, name in terms
        )
        given = ", ".join(f"{name} = {value}" for name, value in self.values.items())
        least = 0 if self.values else 1
        if not least <= count <= MOST:
            self.fail(
                f"the count is {count}{given and ' for ' + given}; {least} to {MOST:,} are allowed", place
            )
        return count

    def sides(self, counted):
        """Read sums with arrows between them, to the end."""
        sides, sign = [[]], 1
        while True:
            sides[-1].append(self.term(sign, counted or len(sides[-1]) > 0))
            following = self.next()
            if not following:
                return sides
            if following == "→":
                sides.append([])
            elif following not in "+-":
                self.unexpected()
            sign = -1 if following == "-" else 1
            self.place += 1

    def term(self, sign, counted):
        """Read a species with its charge and, in a sum, its number."""
        self.next()
        start = self.place
        number = self.number() if counted else 1
        parts, adducts = self.sequence(0)
        if not parts:
            self.unexpected()
        parts = {symbol: count for symbol, count in parts.items() if count}
        if not parts:
            self.fail("all counts are 0", start)
        return Term(start, sign, number, parts, adducts, self.charge())

    def charge(self):
        start, match = self.place, self.take(_RAISED_CHARGE)
        if not match:
            match = self.take(_CHARGE)
            if match and not match[1] and start == self.doubtful:
                self.fail("the end of a count, or of a charge? write as [Ag2]+ or [Ag]2+", start)
        if not match:
            return 0
        digits, sign = [text for text in match.groups() if text is not None] or ("0", "+")
        size = self.whole(digits.translate(_RAISED) or "1", start)
        return size if sign in "+⁺" else -size

    def sequence(self, depth):
        """Read parts as far as they go; in the outermost bracket, also adducts and losses."""
        parts, adducts = {}, []
        while True:
            opening, start = self.next(), self.place
            if opening in _CLOSING:
                inner, adducts = self.bracket(opening, depth)
                count = self.outer_count() if opening == "[" and not depth else self.count()
                self.doubtful = None if parts else self.doubtful
            else:
                inner = self.symbol()
                if inner is None:
                    break
                count = self.count()
            if adducts and (parts or count != 1):
                self.fail("adducts and losses stand in a bracket around the whole formula", start)
            for symbol, each in inner.items():
                parts[symbol] = parts.get(symbol, 0) + count * each
                if parts[symbol] > MOST:
                    self.fail(f"more than {MOST:,} {symbol}", start)
            if adducts:
                return parts, adducts
        if depth == 1:
            adducts = self.adducts()
        return parts, adducts

    def bracket(self, opening, depth):
        start = self.place
        if depth == DEEPEST:
            self.fail(f"more than {DEEPEST} brackets within one another")
        self.place += 1
        parts, adducts = self.sequence(depth + 1)
        closing = _CLOSING[opening]
        if self.next() != closing:
            if not self.next() or self.next() in ")]}":
                self.fail(f"{closing!r} is missing for this {opening!r}", start)
            self.unexpected()
        if not parts:
            self.fail("the bracket is empty", start)
        self.place += 1
        return parts, adducts

    def outer_count(self):
        """Read the count behind an outermost square bracket, where digits and a sign are the charge."""
        if any(kind.match(self.text, self.place) for kind in (_CHARGE, _RAISED_CHARGE)) or self.take(
            _NEUTRAL
        ):
            return 1
        if _UNCLEAR.match(self.text, self.place):
            self.fail("a count or a charge? behind a charge stands the end, a sign or an arrow; set spaces")
        return self.count()

    def count(self):
        """Read the count behind a symbol or a bracket; 1 where none stands."""
        start, match = self.place, self.take(self.behind)
        if not match:
            return 1
        self.doubtful = self.place if self.original[start] in "0123456789" else None
        return self.value(match[1] if match[2] is None else match[2], start)

    def symbol(self):
        """Read an element, an isotope or a name and return its parts; None where there is none."""
        match = self.take(self.pattern)
        if match:
            return dict(self.known.get(match[0], ((match[0], 1),)))
        match = _ISOTOPE.match(self.text, self.place)
        if not match:
            return None
        element = next((name for name in (match[5], match[5][0]) if name in ELEMENTS), None)
        if element is None:
            self.fail(f"{match[5]!r} is no element", match.start(5))
        number = next(filter(None, match.groups()[:4])).translate(_RAISED).lstrip("0")
        known = [str(mass) for mass in isotopes().get(element, ())]
        if number not in known:
            these = ", ".join(known) or "none"
            self.fail(f"{element} has no isotope {number} but {these}; counts stand behind the symbol")
        self.place = match.start(5) + len(element)
        return {number + element: 1}

    def number(self):
        """Read the number before a unit; 1 where none stands."""
        self.next()
        start = self.place
        if self.pattern.match(self.text, start):
            return 1
        match = self.take(self.before)
        if not match:
            return 1
        number = self.value(match[1], start)
        element = self.pattern.match(self.text, self.place)
        if element and not match[2] and is_isotope(number, element[0]):
            self.fail(f"a count or an isotope? write {number}({element[0]}) or ({number}{element[0]})", start)
        return number

    def adducts(self):
        """Read adducts and losses as far as they go."""
        found = []
        while self.next() in ("+", "-"):
            start, sign = self.place, -1 if self.next() == "-" else 1
            self.place += 1
            number = self.number()
            unit, _ = self.sequence(2)
            if not unit and self.next() in ("+", "-", ")", "]", "}", ""):
                self.fail("behind this sign an adduct is missing; charges stand behind the bracket", start)
            if not unit:
                self.unexpected()
            found.append((sign * number, unit))
        return found

    def unexpected(self):
        """Say what is wrong with what stands here."""
        character = self.next()
        place = self.place
        while self.text[self.place : self.place + 1].isalpha():
            self.place += 1
        word = self.original[place : max(self.place, place + 1)]
        known = character in _CLOSING or self.pattern.match(self.text, place)
        if not character:
            message = "the formula ends where an element or a ligand is needed"
        elif known:
            message = "behind a charge and behind adducts the formula ends, or a sign or an arrow follows"
        else:
            message = _MISPLACED.get(character, f"{word!r} is no element and no known ligand")
        self.fail(message, place)


def read(text, known, values=None, counted=False):
    """Return the terms of each side of a text.

    Parameters
    ----------
    text : str
    known : dict
        What each name stands for, as parts.
    values : dict of str to int, optional
        Of the variables in counts.
    counted : bool
        Whether digits at the beginning of a side are the number of a species, as in a reaction.

    Returns
    -------
    list of list of Term
    """
    reader = _Reader(text, known, values or {})
    sides = reader.sides(counted)
    for name in reader.values:
        if name not in reader.used:
            raise FormulaError(f"no count has the variable {name!r}", text, len(text))
    return sides
