"""Formulas of clusters as chemists write them: read, counted, added, written.

A formula has metals, other elements, isotopes, ligands and their counts, adducts and losses, and a charge::

    [Ag53(BDT)12(DMBT)16]3-        [Au44(p-MBA)26+12Na-16H]6-        [(107Ag)29(BDT)12]3-

What may be written:

- Counts: ``Ag29``, ``Ag₂₉``, ``Ag_29``, ``Ag_{29}`` or ``Ag(29)``; groups in (), [] or {}, also nested.
- Charge: behind the outermost square bracket, as ``3-``, ``^{3-}``, ``³⁻``, ``(3-)`` or ``-3``, with any
  dash. Without the bracket it is a sign alone (``H+``, ``Au25(SR)18-``) or raised (``Ag2^{2+}``). ``Ag2+``
  could be two atoms or two charges and is refused; so is ``Ag44(p-MBA)304-``, whose superscript is lost.
- Ligands: a name of ``ligands.yaml`` with or without brackets, or a structure in brackets, as ``(SPhF2)``,
  ``(SC(CH3)3)`` or ``(PPh2Me)`` (:mod:`~supracrystal.spectra.condensed`). The longest name counts: the hyphen
  of ``p-MBA`` is no minus sign. A name that runs into further atoms is refused.
- Adducts and losses: within the outermost bracket, behind all else: ``+12Na-16H``. The charge behind the
  bracket includes theirs.
- Sums: outside brackets ``+`` and ``-`` add and remove species: ``[Ag29(BDT)12]3- + 2H+``. A sign is a charge
  if the end, another sign or an arrow follows, or behind a cation before an anion: ``TOA+[Au25(PET)18]-``.
- Isotopes: ``(107Ag)29``, ``[107Ag]29``, ``^{107}Ag29``, ``¹⁰⁷Ag29``, or ``107Ag29`` where no count can
  stand. D and T are hydrogen.
- Typography: HTML, LaTeX and mhchem (:mod:`~supracrystal.spectra.typography`).

Groups are multiplied out, and a repeated symbol is counted at its first position. ``str(species)`` is read
back as an equal species.

Left out: bonds, charges within a formula, fractional counts, and free electrons.
"""

import itertools
import operator
import re
from html import escape

from supracrystal import InputError
from supracrystal.spectra.grammar import FormulaError, read
from supracrystal.spectra.ligands import (
    BUILT_IN,
    ELEMENTS,
    LIGANDS,
    NAME,
    PLAIN,
    find_ligand,
    ligand_names,
)
from supracrystal.spectra.species import SUBSCRIPT, SUPERSCRIPT, Species, add, adduct

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


def typeset(text, where=None):
    """Return formulas, or a reaction, with subscripts and superscripts of Unicode.

    Parameters
    ----------
    text : str or Species
    where : dict of str to str, optional
        What to call ligands instead of their symbols: ``{"L": "BDT"}`` writes L for (BDT).

    Returns
    -------
    str

    Examples
    --------
    >>> typeset("[Ag29(BDT)12]3- -> [Ag24(BDT)9]2- + [Ag5(BDT)3]-", where={"L": "BDT"})
    '[Ag₂₉L₁₂]³⁻ → [Ag₂₄L₉]²⁻ + [Ag₅L₃]⁻'
    """
    text = str(text)
    for short, symbol in (where or {}).items():
        text = text.replace(f"({symbol})", short)
    text = re.sub(
        r"(?<=\])([0-9]*[+-])|(?<=[A-Za-z])([+-])(?= |$)", lambda token: token[0].translate(SUPERSCRIPT), text
    )
    text = re.sub(r"(?<=[A-Za-z)'])[0-9]+", lambda token: token[0].translate(SUBSCRIPT), text)
    return text.replace("->", "→").replace("'", "′")


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
    if isinstance(text, Species):
        return text
    return _total(text, read(text, _names(ligands, where), ligands=_table(ligands)))


def _table(ligands):
    """Return the ligands that are known."""
    return LIGANDS if ligands is None else ligands


def _names(ligands, where):
    """Return what each name stands for, as parts: ligands, their aliases, and names that the user adds."""
    known = BUILT_IN if ligands is None else ligand_names(ligands)
    added = {}
    for name, meaning in (where or {}).items():
        plain = name.translate(PLAIN) if isinstance(name, str) else ""
        if not NAME.fullmatch(plain):
            raise InputError(f"where has the name {name!r}; letters and digits with ' , - within are allowed")
        one = parse(meaning, ligands=ligands)
        if one.charge or one.adducts:
            raise InputError(f"where has {name!r}: {meaning!r}; no charge and no adducts are allowed")
        added[plain] = one.parts
    return {**known, **added} if added else known


def _total(text, sides):
    """Return the sum of the terms of one side."""
    (first, *others), *more = sides
    if more:
        raise FormulaError("one species is needed; reaction() reads arrows", text, more[0][0].place)
    total = _species(first)
    for term in others:
        try:
            total = add(total, _species(term), term.sign * term.number) if term.number else total
        except ValueError as error:
            raise FormulaError(str(error), text, term.place) from error
    return total


def _species(term):
    """Return the species of one term, with equal adducts counted together."""
    adducts = {}
    for number, unit in term.adducts:
        text, count = adduct(tuple(unit.items()), number)
        adducts[text] = adducts.get(text, 0) + count
    adducts = tuple((unit, count) for unit, count in adducts.items() if count)
    return Species(tuple(term.parts.items()), term.charge, adducts)


def family(text, *, ligands=None, where=None, **ranges):
    """Read a family of species whose counts are linear in one or more variables.

    Parameters
    ----------
    text : str
        With counts such as ``x``, ``44-x`` or, in braces, ``_{2x+1}``, and adducts such as ``+xNa``. Without
        braces, ``44-x`` is a count also where a symbol follows: a loss is set off by braces or a space, as
        ``(SR)_{26}-xH`` or ``(SR)26 - xH``.
    ligands, where : dict, optional
        As in :func:`parse`.
    **ranges : iterable of int, or int
        The values of each variable, a single small letter. All combinations are made; the last runs fastest.

    Returns
    -------
    list of Species
        A part that is counted 0 times is left out.

    Raises
    ------
    FormulaError
        As :func:`parse`, also for counts below 0 and variables that are not there.

    Examples
    --------
    >>> [str(species) for species in family("[AuxAg44-x(p-MBA)26]2-", x=range(42, 45))]
    ['[Au42Ag2(p-MBA)26]2-', '[Au43Ag(p-MBA)26]2-', '[Au44(p-MBA)26]2-']
    """
    for name in ranges:
        if not re.fullmatch("[a-z]", name):
            raise InputError(f"the variable {name!r} is given; single small letters are allowed")
    known = _names(ligands, where)
    values = [
        [operator.index(each) for each in (given if hasattr(given, "__iter__") else [given])]
        for given in ranges.values()
    ]
    points = (dict(zip(ranges, point, strict=True)) for point in itertools.product(*values))
    return [_total(text, read(text, known, point, ligands=_table(ligands))) for point in points]


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
        As :func:`parse`, and for any number of arrows but one.

    Examples
    --------
    >>> before, after = reaction("[Ag29(BDT)12]3- -> [Ag24(BDT)9]2- + [Ag5(BDT)3]-")
    >>> [str(species) for species in after]
    ['[Ag24(BDT)9]2-', '[Ag5(BDT)3]-']
    """
    sides = read(text, _names(ligands, where), counted=True, ligands=_table(ligands))
    if len(sides) != 2:
        raise FormulaError(f"{len(sides) - 1} arrows; a reaction has one", text, sides[-1][0].place)
    for term in itertools.chain(*sides):
        if term.sign < 0:
            raise FormulaError(
                "a reaction adds species with +; what is lost stands on the right", text, term.place
            )
        if term.number > 1000:
            raise FormulaError(f"{term.number} of one species; at most 1000 are allowed", text, term.place)
    return tuple([_species(term) for term in side for _ in range(term.number)] for side in sides)


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
    known, atoms = _table(ligands), {}
    for symbol, number in species.counts.items():
        ligand = find_ligand(symbol, known)
        if ligand:
            composition = ligand.atoms
            if composition is None:
                raise InputError(f"{species}: {symbol} ({ligand.name}) has no composition; name the ligand")
        elif symbol.lstrip("0123456789") in ELEMENTS:
            composition = {symbol: 1}
        else:
            raise InputError(f"{species}: {symbol!r} is no element and no known ligand")
        for element, count in composition.items():
            atoms[element] = atoms.get(element, 0) + number * count
    for element, count in atoms.items():
        if count < 0:
            raise InputError(f"{species}: {-count} {element} more are lost than there are")
    return {element: count for element, count in atoms.items() if count}
