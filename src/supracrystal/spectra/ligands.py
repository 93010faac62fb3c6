"""The names in formulas of clusters: elements, isotopes, and ligands, of ``ligands.yaml`` and of users."""

import functools
import re
from dataclasses import dataclass
from pathlib import Path

import yaml

from supracrystal.records import TextLoader

ELEMENTS = tuple(
    re.findall(
        "[A-Z][a-z]?",
        "HHeLiBeBCNOFNeNaMgAlSiPSClArKCaScTiVCrMnFeCoNiCuZnGaGeAsSeBrKrRbSrYZrNbMoTcRuRhPdAgCdInSnSbTeIXeCsBa"
        "LaCePrNdPmSmEuGdTbDyHoErTmYbLuHfTaWReOsIrPtAuHgTlPbBiPoAtRnFrRaAcThPaUNpPuAmCmBkCfEsFmMdNoLrRfDbSgBhHs"
        "MtDsRgCnNhFlMcLvTsOg",
    )
)
"""The chemical symbols in the order of the periodic table."""
MOST = 1_000_000
"""The largest count, of anything."""
NAME = re.compile(r"(?:[0-9]+(?:,[0-9]+)*-)?[^\W\d_](?:[^\W_]|[,-](?=[^\W_])|')*")
"""What a ligand may be called: letters, digits and ', comma and hyphen within; first a letter, or 1,3-."""
PLAIN = str.maketrans("‐‑‒–—−⁃﹣－’′ʹ‘´`", 9 * "-" + 6 * "'")
"""All hyphens, dashes and minus signs to the hyphen, all primes to the apostrophe."""
REQUIRED, OPTIONAL = ("name", "denticity", "electrons", "charge"), ("formula", "aliases", "smiles")


@dataclass(frozen=True)
class Ligand:
    """One entry of a file of ligands.

    Parameters
    ----------
    symbol : str
    name : str
    formula : str or None
        Elements as bound, so that a thiolate has lost its hydrogen; None for a symbol that stands for many.
    denticity : int
        How many atoms bind; 0 for ions that do not.
    electrons : int
        Electrons of the superatom that it takes; negative if it gives some.
    charge : int
        As a free ion.
    aliases : tuple of str
        Other names, which are read but not written.
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

    @property
    def atoms(self):
        """Elements and their counts; None where the ligand has no formula."""
        if self.formula is None:
            return None
        found = {}
        for element, count in re.findall("([A-Z][a-z]?)([0-9]*)", self.formula):
            found[element] = found.get(element, 0) + int(count or 1)
        return found


def read_ligands(path):
    """Read ligands from a file and merge them over the built-in ones.

    Parameters
    ----------
    path : path-like
        YAML: for each symbol ``name``, ``denticity``, ``electrons`` (of the superatom, that it takes),
        ``charge`` and, as they apply, ``formula`` (as bound), ``aliases``, ``smiles``. An entry replaces the
        built-in one of its symbol.

    Returns
    -------
    dict of str to Ligand

    Raises
    ------
    ValueError
        Naming the file, the entry, and what is allowed.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "mine.yaml"
    ...     entry = "{name: thiophene-2-thiolate, formula: C4H3S2, denticity: 1, electrons: 1, charge: -1}"
    ...     _ = path.write_text(f"TphS: {entry}")
    ...     ligands = read_ligands(path)
    >>> ligands["TphS"].atoms, "BDT" in ligands
    ({'C': 4, 'H': 3, 'S': 2}, True)
    """
    path = Path(path)
    try:
        ligands = {**LIGANDS, **_load(path)}
        _unique(ligands)
    except (ValueError, yaml.YAMLError, RecursionError) as error:
        raise ValueError(f"{path.name}: {error}") from error
    return ligands


def _load(path):
    """Return the ligands of one file."""
    content = yaml.load(path.read_text(encoding="utf-8"), Loader=TextLoader)
    if not isinstance(content, dict) or not content:
        raise ValueError("the file has no entries; symbols with their fields are needed")
    return {
        symbol.translate(PLAIN): _ligand(symbol.translate(PLAIN), entry) for symbol, entry in content.items()
    }


def _ligand(symbol, entry):
    """Return one entry, checked."""
    where = f"entry {symbol!r}"
    if not isinstance(entry, dict):
        raise ValueError(f"{where} is {entry!r}; fields are needed: {', '.join(REQUIRED)}")
    if set(REQUIRED) - set(entry) or set(entry) - {*REQUIRED, *OPTIONAL}:
        raise ValueError(
            f"{where} has {', '.join(entry)}; {', '.join(REQUIRED)} are needed, "
            f"{', '.join(OPTIONAL)} are allowed"
        )
    for field in ("name", "formula", "smiles"):
        if not isinstance(entry.get(field, "text"), str) or not entry.get(field, "text"):
            raise ValueError(f"{where}: {field} is {entry[field]!r}; text is needed")
    numbers = {}
    for field, least, most in (("denticity", 0, 99), ("electrons", -99, 99), ("charge", -99, 99)):
        text = entry[field]
        if not (isinstance(text, str) and re.fullmatch("[+-]?[0-9]{1,2}", text) and int(text) >= least):
            raise ValueError(f"{where}: {field} is {text!r}; a whole number from {least} to {most} is needed")
        numbers[field] = int(text)
    formula = entry.get("formula")
    read = re.findall("([A-Z][a-z]?)([1-9][0-9]{0,5})?", formula or "")
    if formula is not None and ("".join(map("".join, read)) != formula or {e for e, _ in read} - {*ELEMENTS}):
        raise ValueError(f"{where}: formula is {formula!r}; elements and counts as C6H4S2 are needed")
    aliases = entry.get("aliases", [])
    if not isinstance(aliases, list) or not all(isinstance(alias, str) for alias in aliases):
        raise ValueError(f"{where}: aliases are {aliases!r}; a list as [p-MBA, pMBA] is needed")
    aliases = tuple(alias.translate(PLAIN) for alias in aliases)
    for name in (symbol, *aliases):
        if not NAME.fullmatch(name) or re.fullmatch("[a-z]", name):
            raise ValueError(
                f"{where}: {name!r} is no name; letters and digits with ' , and - within are allowed, "
                "but not one small letter, which is a variable"
            )
        if name in ELEMENTS and name != formula:
            raise ValueError(f"{where}: {name!r} is an element; another name is needed, or that formula")
    return Ligand(symbol, entry["name"], formula, **numbers, aliases=aliases, smiles=entry.get("smiles"))


def _unique(ligands):
    """Refuse a name that two ligands have."""
    owner = {}
    for symbol, ligand in ligands.items():
        for name in (symbol, *ligand.aliases):
            if name in owner:
                other = ligands[owner[name]]
                raise ValueError(
                    f"entry {symbol!r}: {name!r} is a name of {other.symbol!r} ({other.name}) too; choose "
                    "another, or give that entry anew without it"
                )
            owner[name] = symbol


def ligand_names(ligands):
    """Return what each symbol and alias stands for, as parts."""
    return {name: ((symbol, 1),) for symbol, ligand in ligands.items() for name in (symbol, *ligand.aliases)}


@functools.lru_cache(maxsize=256)
def pattern(known, letters=""):
    """Return the pattern that finds the longest name or element; behind a name stands no small letter."""
    after = f"(?:(?=[{letters}])|(?![a-z]))" if letters else "(?![a-z])"
    written = {name: re.escape(name) + after for name in known} | {name: name for name in ELEMENTS}
    return re.compile(
        "|".join(written[name] for name in sorted(written, key=lambda name: (-len(name), name)))
    )


@functools.lru_cache(maxsize=1)
def isotopes():
    """Return the mass numbers of the isotopes of each element that molmass has."""
    from molmass import ELEMENTS as TABLE

    return {element.symbol: tuple(element.isotopes) for element in TABLE}


def is_isotope(number, element):
    """Return whether digits before an element could be its mass number; 2H is taken as two."""
    return element != "H" and number in isotopes().get(element, ())


LIGANDS = _load(Path(__file__).with_name("ligands.yaml"))
"""The ligands of ``ligands.yaml``."""
BUILT_IN = ligand_names(LIGANDS)
"""What each of their names stands for."""
