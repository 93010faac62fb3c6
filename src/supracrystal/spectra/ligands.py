"""The names in formulas of clusters: elements, isotopes, and ligands.

A ligand is known by a name of ``ligands.yaml``, by a name in a user's file, or by its structure: a condensed
formula (:mod:`~supracrystal.spectra.condensed`) or, in a file, a SMILES.
"""

import functools
import re
from dataclasses import dataclass
from pathlib import Path

import yaml

from supracrystal import InputError
from supracrystal.records import TextLoader
from supracrystal.spectra.condensed import KINDS, read_condensed

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
RARE = ("Pr", "Ac", "Am", "Np", "Es", "Cf", "Fm", "Md", "No", "Lr", "Ts", "Cn", "Nh", "Mc", "Lv", "Og")
"""Elements whose symbols behind S, O, N, C or P mostly abbreviate propyl, acetyl, amyl and the like."""
HYDROGENS = {"D": "2H", "T": "3H"}
"""What chemists call two isotopes."""
PLAIN = str.maketrans("‐‑‒–—−⁃﹣－’′ʹ‘´`", 9 * "-" + 6 * "'")
"""All hyphens, dashes and minus signs to the hyphen, all primes to the apostrophe."""
REQUIRED = ("name", "denticity", "electrons", "charge")
OPTIONAL = ("formula", "aliases", "smiles", "whole")


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
    whole : bool
        Read only where the name fills a bracket: NO3 elsewhere is nitrogen and oxygen.
    """

    symbol: str
    name: str
    formula: str | None
    denticity: int
    electrons: int
    charge: int
    aliases: tuple = ()
    smiles: str | None = None
    whole: bool = False

    @property
    def atoms(self):
        """Elements, or isotopes, and their counts; None where the ligand has no formula."""
        if self.formula is None:
            return None
        found = {}
        for element, count in re.findall("([A-Z][a-z]?)([0-9]*)", self.formula):
            symbol = HYDROGENS.get(element, element)
            found[symbol] = found.get(symbol, 0) + int(count or 1)
        return found


def find_ligand(name, ligands=None):
    """Return the ligand of a symbol, or one that is written as a structure; None where there is none.

    Parameters
    ----------
    name : str
        A symbol of the table, or a structure as SPhF2, S-c-C6H11 or P(OPh)3.
    ligands : dict of str to Ligand, optional
        From :func:`read_ligands`; the built-in ones if not given.

    Returns
    -------
    Ligand or None

    Examples
    --------
    >>> find_ligand("SPhF2").formula, find_ligand("PPh2Me").electrons, find_ligand("XYZ")
    ('C6H3F2S', 0, None)
    """
    known = LIGANDS if ligands is None else ligands
    return known.get(name) or _from_structure(name)


@functools.lru_cache(maxsize=4096)
def _from_structure(name):
    """Return the ligand that is written as a structure; with brackets in it, under its sum formula."""
    found = read_condensed(name) if name not in ELEMENTS else None
    if not found:
        return None
    head, atoms, denticity, electrons = found
    order = [each for each in ("C", "H") if each in atoms] + sorted({*atoms} - {"C", "H"})
    formula = "".join(f"{each}{atoms[each] if atoms[each] > 1 else ''}" for each in order if atoms[each])
    if not NAME.fullmatch(name):
        # Such as P(OPh)3: what binds comes first, the rest as a sum.
        left = dict(atoms)
        for each, number in re.findall("([A-Z][a-z]?)([0-9]?)", head):
            left[each] -= int(number or 1)
        name = head + "".join(f"{each}{left[each] if left[each] > 1 else ''}" for each in order if left[each])
        name = formula if name in BUILT_IN else name
    return Ligand(name, f"{KINDS[head]} {name}", formula, denticity, electrons, -electrons)


def read_ligands(path):
    """Read ligands from a file and merge them over the built-in ones.

    Parameters
    ----------
    path : path-like
        YAML: for each symbol ``name``, ``denticity``, ``electrons`` (of the superatom, that it takes),
        ``charge`` and, as they apply, ``formula`` (as bound), ``aliases``, ``smiles``. With a SMILES, as
        ``{smiles: "[S-]c1ccc(F)cc1"}``, all the rest follows from it (RDKit is needed). An entry replaces
        the built-in one of its symbol.

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
        raise InputError(f"{path.name}: {error}") from error
    return ligands


def _load(path):
    """Return the ligands of one file."""
    content = yaml.load(path.read_text(encoding="utf-8"), Loader=TextLoader)
    if not isinstance(content, dict) or not content:
        raise InputError("the file has no entries; symbols with their fields are needed")
    return {
        symbol.translate(PLAIN): _ligand(symbol.translate(PLAIN), entry) for symbol, entry in content.items()
    }


def _ligand(symbol, entry):
    """Return one entry, checked."""
    where = f"entry {symbol!r}"
    if not isinstance(entry, dict):
        raise InputError(f"{where} is {entry!r}; fields are needed: {', '.join(REQUIRED)}, or smiles")
    if "smiles" in entry and not {*REQUIRED} <= {*entry}:
        entry = {**_from_smiles(where, entry["smiles"]), **entry}
    if set(REQUIRED) - set(entry) or set(entry) - {*REQUIRED, *OPTIONAL}:
        raise InputError(
            f"{where} has {', '.join(entry)}; {', '.join(REQUIRED)} are needed, "
            f"{', '.join(OPTIONAL)} are allowed"
        )
    for field in ("name", "formula", "smiles"):
        if not isinstance(entry.get(field, "text"), str) or not entry.get(field, "text"):
            raise InputError(f"{where}: {field} is {entry[field]!r}; text is needed")
    numbers = {}
    for field, least, most in (("denticity", 0, 99), ("electrons", -99, 99), ("charge", -99, 99)):
        text = entry[field]
        if not (isinstance(text, str) and re.fullmatch("[+-]?[0-9]{1,2}", text) and int(text) >= least):
            raise InputError(f"{where}: {field} is {text!r}; a whole number from {least} to {most} is needed")
        numbers[field] = int(text)
    formula = entry.get("formula")
    read = re.findall("([A-Z][a-z]?)([1-9][0-9]{0,5})?", formula or "")
    if formula is not None and (
        "".join(map("".join, read)) != formula or {e for e, _ in read} - {*ELEMENTS, "D", "T"}
    ):
        raise InputError(f"{where}: formula is {formula!r}; elements and counts as C6H4S2 are needed")
    aliases = entry.get("aliases", [])
    if not isinstance(aliases, list) or not all(isinstance(alias, str) for alias in aliases):
        raise InputError(f"{where}: aliases are {aliases!r}; a list as [p-MBA, pMBA] is needed")
    aliases = tuple(alias.translate(PLAIN) for alias in aliases)
    for name in (symbol, *aliases):
        if not NAME.fullmatch(name) or re.fullmatch("[a-z]", name):
            raise InputError(
                f"{where}: {name!r} is no name; letters and digits with ' , and - within are allowed, "
                "but not one small letter, which is a variable"
            )
        if name in ELEMENTS and name != formula:
            raise InputError(f"{where}: {name!r} is an element; another name is needed, or that formula")
    more = {"aliases": aliases, "smiles": entry.get("smiles"), "whole": "whole" in entry}
    return Ligand(symbol, entry["name"], formula, **numbers, **more)


def _from_smiles(where, smiles):
    """Return the fields that follow from a SMILES, as text; anions bind, and P where there are none."""
    try:
        from rdkit import Chem, RDLogger
        from rdkit.Chem.rdMolDescriptors import CalcMolFormula
    except ImportError as error:
        raise InputError(
            f"{where}: a SMILES alone needs RDKit: pip install supracrystal[structures]"
        ) from error
    RDLogger.DisableLog("rdApp.error")
    molecule = Chem.MolFromSmiles(smiles) if isinstance(smiles, str) else None
    if molecule is None or not molecule.GetNumAtoms():
        raise InputError(f"{where}: RDKit cannot read the SMILES {smiles!r}")
    charge = Chem.GetFormalCharge(molecule)
    # The oxygen of a nitro group is negative and binds nothing.
    ends = [
        atom
        for atom in molecule.GetAtoms()
        if atom.GetFormalCharge() < 0 and all(near.GetFormalCharge() < 1 for near in atom.GetNeighbors())
    ]
    ends = ends or [atom for atom in molecule.GetAtoms() if atom.GetSymbol() == "P"]
    return {
        "name": smiles,
        "formula": re.sub(r"[+-][0-9]*$", "", CalcMolFormula(molecule)),
        "denticity": str(len(ends) or int(charge <= 0)),
        "electrons": str(-charge),
        "charge": str(charge),
    }


def _unique(ligands):
    """Refuse a name that two ligands have."""
    owner = {}
    for symbol, ligand in ligands.items():
        for name in (symbol, *ligand.aliases):
            if name in owner:
                other = ligands[owner[name]]
                raise InputError(
                    f"entry {symbol!r}: {name!r} is a name of {other.symbol!r} ({other.name}) too; choose "
                    "another, or give that entry anew without it"
                )
            owner[name] = symbol


def ligand_names(ligands):
    """Return what each symbol and alias stands for, as parts; but for those that only fill brackets."""
    return {
        name: ((symbol, 1),)
        for symbol, ligand in ligands.items()
        if not ligand.whole
        for name in (symbol, *ligand.aliases)
    }


def whole_names(ligands):
    """Return the symbol of each name that stands for a ligand only where it fills a bracket."""
    return {symbol: symbol for symbol, ligand in ligands.items() if ligand.whole}


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
    """Return the mass numbers of the isotopes of each element that molmass has, and tritium."""
    from molmass import ELEMENTS as TABLE

    return {element.symbol: tuple(element.isotopes) for element in TABLE} | {"H": (1, 2, 3)}


def is_isotope(number, element):
    """Return whether digits before an element could be its mass number; 2H is taken as two."""
    return element != "H" and number in isotopes().get(element, ())


LIGANDS = _load(Path(__file__).with_name("ligands.yaml"))
"""The ligands of ``ligands.yaml``."""
BUILT_IN = ligand_names(LIGANDS)
"""What each of their names stands for."""
