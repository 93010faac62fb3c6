"""Ligands that are written as a structure: SPhF2, S-c-C6H11, SC(CH3)3, CCtBu, PPh2Me, S2P(OiPr)2, O2CCF3.

A name is a head that binds to the metal, and one or more radicals. A radical is a named group (Ph, tBu, Adm),
a condensed formula (C2H4, CH(CH3)2), or a chain of both. Each group behind a named one replaces one of its
hydrogens: SPhF2 is C6H3F2S. A reading counts only if the radical and one more hydrogen have an even number
of monovalent and trivalent atoms, as every closed shell has; SC2H4Ph2 has not.

Left out: where a substituent stands (2,4- and 3,5- have one composition), bonds, and rings without a name.
"""

import functools
import re

_GROUPS = {
    "Me": "CH3", "Et": "C2H5", "Pr": "C3H7", "Bu": "C4H9", "But": "C4H9",  # codespell:ignore
    "Am": "C5H11", "Pen": "C5H11",
    "Hex": "C6H13", "Hep": "C7H15", "Oct": "C8H17", "Dec": "C10H21", "c-hex": "C6H11", "cHex": "C6H11",
    "c-Hex": "C6H11", "Chx": "C6H11", "Cy": "C6H11", "Cyp": "C5H9", "c-Pen": "C5H9", "Adm": "C10H15",
    "Ad": "C10H15", "Ph": "C6H5", "Bn": "C7H7", "Tol": "C7H7", "tol": "C7H7", "Nap": "C10H7", "Naph": "C10H7",
    "Mes": "C9H11", "Xyl": "C8H9", "Py": "C5H4N", "py": "C5H4N", "Ac": "C2H3O", "Fc": "C10H9Fe",
}  # fmt: skip
_ISOMERS = ("Pr", "Bu", "Am")  # codespell:ignore
_GROUPS |= {f"{kind}{name}": _GROUPS[name] for kind in "nist" for name in _ISOMERS}
_NAMED = "|".join(sorted(map(re.escape, _GROUPS), key=len, reverse=True))
_LOCANT = r"(?:[0-9]+(?:,[0-9]+)*|[ompcnist]|tert|sec|iso|cyclo)-"
_ITEM = re.compile(
    rf"-?(?:{_LOCANT})?(?:(?P<named>{_NAMED})|(?P<atom>Cl|Br|Si|Fe|[CHDTNOFISPB])|(?P<group>\())(?P<rest>.*)",
    re.S,
)
_COUNT = re.compile("[0-9]{0,3}")
_ODD = {"H", "D", "T", "F", "Cl", "Br", "I", "N", "P", "B"}
_HEADS = {
    # What stands before the radicals: how many there are, denticity, electrons taken.
    "S2P": (2, 2, 1), "Se2P": (2, 2, 1), "S2CN": (2, 2, 1), "S2CO": (1, 2, 1), "O2C": (1, 1, 1),
    "Se": (1, 1, 1), "Te": (1, 1, 1), "S": (1, 1, 1), "CC": (1, 1, 1), "O": (1, 1, 1), "P": (3, 1, 0),
}  # fmt: skip
_TAILS = {each: each for each in ("Se", "Te", "S", "CC", "P")}
_TAILS = {"CO2": "O2C", "COO": "O2C", **_TAILS}  # codespell:ignore
KINDS = {
    "S2P": "dithiophosphate", "Se2P": "diselenophosphate", "S2CN": "dithiocarbamate", "S2CO": "xanthate",
    "O2C": "carboxylate", "Se": "selenolate", "Te": "tellurolate", "S": "thiolate", "CC": "acetylide",
    "O": "alkoxide", "P": "phosphine",
}  # fmt: skip
"""What a ligand is called by the head that binds."""


def atoms(formula):
    """Return the atoms of a formula without brackets, such as C6H4S2, as a dict."""
    found = {}
    for element, count in re.findall("([A-Z][a-z]?)([0-9]*)", formula):
        found[element] = found.get(element, 0) + int(count or 1)
    return found


def _add(one, other, times=1):
    return {each: one.get(each, 0) + times * other.get(each, 0) for each in {**one, **other}}


def _closed(composition):
    """Return whether a radical with one hydrogen more is a closed shell with carbon or hydrogen in it."""
    odd = 1 + sum(count for each, count in composition.items() if each in _ODD)
    return odd % 2 == 0 and min(composition.values(), default=-1) >= 0


def _items(text):
    """Return the groups of a chain: (named, atoms, count); None where one cannot be read."""
    found = []
    while text:
        match = _ITEM.fullmatch(text)
        if not match:
            return None
        rest = match["rest"]
        if match["group"]:
            depth, end = 1, 0
            while end < len(rest) and depth:
                depth += {"(": 1, ")": -1}.get(rest[end], 0)
                end += 1
            inner = None if depth else _chain(rest[: end - 1])
            if not inner:
                return None
            own, rest = inner, rest[end:]
        else:
            own = atoms(_GROUPS[match["named"]]) if match["named"] else {match["atom"]: 1}
        digits = _COUNT.match(rest)[0]
        if digits.startswith("0"):
            return None
        found.append((match["named"] or match["atom"], own, int(digits or 1), bool(match["group"])))
        text = rest[len(digits) :]
    return found


def _substituents(items):
    """Return how many groups the items are, each of which replaces a hydrogen; None if it is not clear."""
    number = 0
    while items:
        what, own, count, group = items[0]
        if not (group or what in _GROUPS or what in ("F", "Cl", "Br", "I")):
            # The rest is one group, such as NO2 or CH2OH.
            rest = functools.reduce(lambda total, item: _add(total, item[1], item[2]), items, {})
            return number + 1 if _closed(rest) else None
        if not _closed(own):
            return None
        number, items = number + count, items[1:]
    return number


def _chain(text):
    """Return the atoms of a radical; None if the text is none."""
    items = _items(text)
    if not items:
        return None
    total = {}
    for place, (what, own, count, group) in enumerate(items):
        total = _add(total, own, count)
        after = items[place + 1 :]
        if what in _GROUPS and not group and after:
            lost = _substituents(after) if count == 1 else None
            if lost is None:
                return None
            for _, more, times, _ in after:
                total = _add(total, more, times)
            total = _add(total, {"H": lost}, -1)
            break
    return total if _closed(total) else None


def _backwards(text):
    """Return the atoms of a radical written before its head: PhCH2CH2, tBuPh, C8H17."""
    items = _items(text)
    if not items:
        return None
    total = functools.reduce(lambda total, item: _add(total, item[1], item[2]), items, {})
    if items[-1][0] in _GROUPS and not items[-1][3]:
        lost = _substituents(items[:-1])
        if lost is None or (lost and items[-1][2] > 1):
            return None
        total = _add(total, {"H": lost}, -1)
    return total if _closed(total) else None


def _several(text, number):
    """Return the atoms of so many radicals side by side; of a condensed formula only the sum is known."""
    items = _items(text)
    if not items:
        return None
    total = functools.reduce(lambda total, item: _add(total, item[1], item[2]), items, {})
    whole = all(group or what in _GROUPS for what, _, _, group in items)
    if whole and sum(count for *_, count, _ in items) == number and all(_closed(own) for _, own, *_ in items):
        return total
    plain = all(not group and what not in _GROUPS for what, _, _, group in items)
    even = sum(count for each, count in total.items() if each in _ODD) % 2 == number % 2
    return total if plain and even and total.get("C", 0) >= number and total.get("H", 0) else None


@functools.lru_cache(maxsize=4096)
def read_condensed(text):
    """Read a ligand that is written as a structure.

    Parameters
    ----------
    text : str
        One ligand, without a bracket around it.

    Returns
    -------
    tuple or None
        The head that binds, atoms, denticity and electrons taken, which are also its negative charge; None if
        the text is no such ligand.

    Examples
    --------
    >>> read_condensed("SPhF2")
    ('S', {'S': 1, 'C': 6, 'H': 3, 'F': 2}, 1, 1)
    >>> read_condensed("SC2H4Ph2")
    """
    text = text.replace("≡", "")
    for head, (number, denticity, electrons) in _HEADS.items():
        rest = text[len(head) :]
        if not text.startswith(head) or not rest:
            continue
        own = atoms(head)
        if match := re.fullmatch(r"\(O(.*)\)2", rest) if head.endswith("2P") else None:
            each = _chain(match[1])
            radicals = each and _add({"O": 2}, each, 2)
        elif number > 1:
            radicals = _several(rest, number)
        else:
            radicals = _chain(rest)
        # A chain of O alone would be any oxide: only named groups are alkoxides.
        clear = head != "O" or re.fullmatch(rf"-?(?:{_LOCANT})?(?:{_NAMED})", rest)
        if radicals and clear and (radicals.get("C") or head == "CC"):
            return head, _add(own, radicals), denticity, electrons
    for tail, head in _TAILS.items():
        rest = text.removesuffix(tail).removesuffix("-")
        if not text.endswith(tail) or not rest:
            continue
        number, denticity, electrons = _HEADS[head]
        radicals = _backwards(rest) if number == 1 else _several(rest, number)
        if radicals and radicals.get("C"):
            return head, _add(atoms(head), radicals), denticity, electrons
    return None
