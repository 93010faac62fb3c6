"""How the text of a formula is read, from left to right; ``formula.py`` tells what may be written."""

import functools
import re
import unicodedata
from collections import namedtuple

from supracrystal import InputError
from supracrystal.spectra.ligands import (
    ELEMENTS,
    HYDROGENS,
    LIGANDS,
    MOST,
    RARE,
    find_ligand,
    is_isotope,
    isotopes,
    pattern,
    whole_names,
)
from supracrystal.spectra.typography import plain

DEEPEST = 20
"""The most brackets within one another."""

Term = namedtuple("Term", "place sign number parts adducts charge")
"""A species in a sum: its first place, sign, number, {symbol: count}, [(count, unit)] of adducts, charge."""

_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")
_ARROW = re.compile(r"(?<=\s)-+>|->|[⟶⇌⇄=]")
_CLOSING = {"(": ")", "[": "]", "{": "}"}
_EXPRESSION = re.compile("([+-]?)([0-9]*)([a-z]?)")
_ISOTOPE = re.compile(r"(?:\^\{([0-9]+)\}|\^([0-9]+)|([⁰¹²³⁴-⁹]+)|([0-9]+))([A-Z][a-z]?)")
_RAISED_CHARGE = re.compile(
    r"\^\{\s*([0-9]*)\s*([+-])\s*\}|\^([0-9]*)([+-])|([⁰¹²³⁴-⁹]*)([⁺⁻])|\^\{0\}|\^0|⁰"
)
_CHARGE = re.compile(r"([0-9]*)([+-])(?=\s*(?:[-+→]|$))")
_NEUTRAL = re.compile(r"0(?=\s*(?:[-+→]|$))")
_UNCLEAR = re.compile("[0-9]+[+-](?![a-z])")
_SALT = re.compile(r"\+(?=\S*(?:-|-\}|⁻)(?:\s|→|$))")
_HYDROGEN = re.compile(r"([DT])(?=[0-9\])}OSNC]|$)")
_ISOMER = re.compile(r"[QqTt](?=\s*\]?\s*$)")
_NAMED_LIKE = re.compile("(?:[CHNOFISPB]|Cl|Br|Se|Si|Te)$")
_MISPLACED = {
    **{bracket: f"{bracket!r} closes no bracket" for bracket in ")]}"},
    **dict.fromkeys("+-", "a sign here is no charge; adducts stand in a bracket around the whole formula"),
    **dict.fromkeys("0123456789", "a count stands right behind its symbol or bracket"),
    "→": "an arrow stands between the two sides of a reaction",
}


class FormulaError(InputError):
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
    """Reads one text; `place` is the index of the next character in its plain form."""

    def __init__(self, text, known, values, ligands):
        if not isinstance(text, str):
            raise TypeError(f"a formula is text, not {type(text).__name__}: {text!r}")
        self.original, self.known, self.values, self.place = text, known, values, 0
        self.ligands, self.alone, self.salt = ligands, whole_names(ligands), False
        clean, self.places = plain(text)
        self.text = _ARROW.sub(lambda arrow: " " * (len(arrow[0]) - 1) + "→", clean)
        letters = "".join(values)
        self.pattern = pattern(frozenset(known), letters)
        self.behind, self.before = _counts(letters)
        self.doubtful, self.used = None, set()

    def fail(self, message, place=None):
        raise FormulaError(message, self.original, self.places[self.place if place is None else place])

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
            self.salt = False
            sides[-1].append(self.term(sign, counted or len(sides[-1]) > 0))
            if self.salt:
                sign = 1
                continue
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
        return Term(self.places[start], sign, number, parts, adducts, self.charge(parts, start))

    def charge(self, parts, begin):
        start, match = self.place, self.take(_RAISED_CHARGE)
        if not match:
            match = self.take(_CHARGE)
            if match and not match[1]:
                self.check_superscript(parts, begin, start)
        if not match and self.cation(parts) and self.take(_SALT):
            self.salt = True
            return 1
        if not match:
            return 0
        digits, sign = [text for text in match.groups() if text is not None] or ("0", "+")
        size = self.whole(digits.translate(_RAISED) or "1", start)
        return size if sign in "+⁺" else -size

    def check_superscript(self, parts, begin, start):
        """Refuse a sign that could be the rest of a charge whose number has run into a count."""
        if start == self.doubtful:
            self.fail("the end of a count, or of a charge? write as [Ag2]+ or [Ag]2+", start)
        run = re.search(r"[)\]]([0-9]{2,})$", self.text[begin:start])
        metals = sum(n for symbol, n in parts.items() if symbol not in self.ligands and symbol in ELEMENTS)
        if run and int(run[1]) > metals:
            whole, size = run[1][:-1], f"{run[1][-1]}{self.text[start]}"
            self.fail(
                f"a lost superscript? {run[1]} and {self.text[start]} may be {whole} and {size}: write the "
                f"formula in square brackets and the charge behind, as [...{whole}]{size}",
                start - len(run[1]),
            )

    def cation(self, parts):
        """Tell whether the parts are one known cation, such as TOA or Na."""
        symbols = list(parts)
        ligand = self.ligands.get(symbols[0]) if len(symbols) == 1 else None
        return ligand is not None and ligand.charge == 1 and parts[symbols[0]] == 1

    def sequence(self, depth):
        """Read parts as far as they go; in the outermost bracket, also adducts and losses."""
        parts, adducts, before = {}, [], ("", -1)
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
                self.check_neighbours(before, start)
                before = self.text[start : self.place], self.place
                count = self.count()
                if (
                    count > 1
                    and self.substitutable(before[0])
                    and find_ligand(self.text[start : self.place], {})
                ):
                    self.fail(
                        f"is {self.text[start : self.place]!r} one ligand, or several? write "
                        f"({self.text[start : self.place]}) or ({before[0]}){count}",
                        start,
                    )
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

    def check_neighbours(self, before, start):
        """Refuse a ligand's name that runs into further atoms, and abbreviations that look like elements."""
        name, end = before
        symbol = self.text[start : self.place]
        if end != start:
            return
        if symbol in RARE and (name == "Sn" or _NAMED_LIKE.match(name)):
            self.fail(
                f"{name + symbol!r}: {symbol} is an element here. A ligand stands in brackets, as (SPr) or "
                f"(OAc); for the element write ({symbol})",
                start - len(name),
            )
        if _NAMED_LIKE.match(symbol) and self.substitutable(name):
            self.fail(
                f"{name!r} runs into {symbol!r}: is it a substituted ligand? write that in brackets of its "
                f"own, as (SPhF2), and the rest as ({name}){symbol}; --ligand-file defines other ligands",
                start - len(name),
            )

    def substitutable(self, name):
        """Tell whether more atoms behind a name could be part of the ligand."""
        ligand = find_ligand(name, {}) if len(name) > 2 else None
        return ligand is not None and ligand.electrons > 0

    def ligand(self, opening, depth):
        """Read a bracket that one ligand fills: a name, or a structure as SPhF2; None if it is none."""
        start, level, end = self.place, 0, self.place
        while end < len(self.text) and end < start + 80:
            level += (self.text[end] in "([{") - (self.text[end] in ")]}")
            end += 1
            if not level:
                break
        if level or (opening == "[" and not depth):
            return None
        word = "".join(self.text[start + 1 : end - 1].split())
        if word in self.known:
            return None
        lower = {name.lower(): name for name in self.known if len(name) > 2} if word.islower() else {}
        symbol = self.alone.get(word)
        if symbol is None and word in lower:
            ((symbol, _),) = self.known[lower[word]]
        if symbol is None and (found := find_ligand(word, {})):
            symbol = found.symbol
        name = word.rstrip("0123456789")
        if symbol is None and name != word and name in self.known and find_ligand(name, {}):
            self.fail(
                f"{word!r} is no ligand; for several of one write ({name}){word[len(name) :]}", start + 1
            )
        if symbol is not None:
            self.place = end
        return symbol and {symbol: 1}

    def bracket(self, opening, depth):
        start = self.place
        if depth == DEEPEST:
            self.fail(f"more than {DEEPEST} brackets within one another")
        if ligand := self.ligand(opening, depth):
            return ligand, []
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
        self.doubtful = self.place if self.original[self.places[start]] in "0123456789" else None
        label = _ISOMER.match(self.text, self.place) if self.text[start - 1] == ")" else None
        if label and label[0] == "T":
            self.fail("the label of an isomer, or tritium? leave it out, or write (3H)")
        if label and label[0] not in self.values:
            self.place = label.end()
        return self.value(match[1] if match[2] is None else match[2], start)

    def symbol(self):
        """Read an element, an isotope or a name and return its parts; None where there is none."""
        match = self.take(self.pattern)
        if match:
            return dict(self.known.get(match[0], ((match[0], 1),)))
        if match := self.take(_HYDROGEN):
            return {HYDROGENS[match[1]]: 1}
        match = _ISOTOPE.match(self.text, self.place)
        if not match:
            return None
        element = next((name for name in (match[5], match[5][0]) if name in ELEMENTS), None)
        if element is None:
            self.fail(f"{match[5]!r} is no element", match.start(5))
        number = next(filter(None, match.groups()[:4])).translate(_RAISED).lstrip("0")
        around = self.text[max(0, self.place - 1) : self.place + len(match[0]) + 1]
        if (
            match[4]
            and element == "H"
            and number in ("2", "3")
            and not re.fullmatch(r"[(\[{].*[)\]}]", around)
        ):
            self.fail(f"a count or an isotope? write ({number}H) or {'..DT'[int(number)]} for the isotope")
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
        # A variable, as in Au25-xAgx, is a word of its own.
        variable = re.compile("[a-z](?=[A-Z])").match(self.text, place)
        end = place + 1 if variable else max(self.place, place + 1)
        word = self.original[self.places[place] : self.places[end]] if character else ""
        known = character in _CLOSING or self.pattern.match(self.text, place)
        if not character:
            message = "the formula ends where an element or a ligand is needed"
        elif known:
            message = "behind a charge and behind adducts the formula ends, or a sign or an arrow follows"
        else:
            message = _MISPLACED.get(character, f"{word!r} is no element and no known ligand")
            if character not in _MISPLACED:
                message += self.way_out(word)
        self.fail(message, place)

    def way_out(self, word):
        """Return what can be done about a name that is not known."""
        if len(word) == 1 and word.islower():
            return f"; a variable needs values: --range {word}=0:9, or family(..., {word}=range(10))"
        return "; write its structure in brackets, as (SC2H4Ph), or define it: --ligand-file, read_ligands()"


def read(text, known, values=None, counted=False, ligands=LIGANDS):
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
    ligands : dict of str to Ligand
        All that the names may stand for.

    Returns
    -------
    list of list of Term
    """
    reader = _Reader(text, known, values or {}, ligands)
    sides = reader.sides(counted)
    for name in reader.values:
        if name not in reader.used:
            raise FormulaError(f"no count has the variable {name!r}", text, len(text))
    return sides
