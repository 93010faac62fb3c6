r"""The clusters that a spectrum could hold: all compositions within bounds.

The numbers :math:`n_u` of the metals, ligands and adducts run over their bounds and the charge z over its
list. Mass and superatom electrons are linear in them,

.. math::
    M = \sum_u n_u m_u - z\, m_\mathrm{electron} , \qquad N = \sum_u n_u e_u - z ,

so the window of m/z and the wanted numbers of electrons are applied to all compositions at once, and species
are made only of what is left. Left out: any other chemistry. Whether a composition is stable, or could come
from the reactants, is for whoever sets the bounds.
"""

import re
from collections.abc import Mapping

import numpy as np

from supracrystal import InputError
from supracrystal.spectra.electrons import electron_count
from supracrystal.spectra.formula import elements, parse
from supracrystal.spectra.isotopes import ELECTRON, masses
from supracrystal.spectra.species import Species

GRID = 5_000_000
"""Most compositions that are looked at."""


def bounds(text):
    """Read bounds such as ``Ag:20-60,Au:0-2,BDT:12``.

    Parameters
    ----------
    text : str
        Symbols with a number or the first and the last of a range, which may be negative: ``H:-2-1``.

    Returns
    -------
    dict
        Symbol to range.

    Raises
    ------
    ValueError
        For a part that is not of this form, a range that runs down and a symbol that comes twice.

    Examples
    --------
    >>> bounds("Ag:20-60, BDT:12")
    {'Ag': range(20, 61), 'BDT': range(12, 13)}
    """
    found = {}
    for part in filter(None, map(str.strip, text.split(","))):
        match = re.fullmatch(r"([^\s:]+)\s*:\s*(-?\d+)(?:\s*-\s*(-?\d+))?", part)
        if not match:
            raise InputError(f"{part!r} in {text!r} is not of the form Ag:20-60 or BDT:12")
        symbol, first, last = match[1], int(match[2]), int(match[3] or match[2])
        if first > last:
            raise InputError(f"{part!r} in {text!r} runs down; the lower number comes first")
        if symbol in found:
            raise InputError(f"{symbol} comes twice in {text!r}")
        found[symbol] = range(first, last + 1)
    return found


def charges(text):
    """Read charges such as ``2-,3-`` or ``1+``.

    Parameters
    ----------
    text : str
        Charges with the sign behind, as on ions, or in front.

    Returns
    -------
    list of int

    Raises
    ------
    ValueError
        For what is no charge, and for 0.

    Examples
    --------
    >>> charges("3-, 2-, +")
    [-3, -2, 1]
    """
    found = []
    for part in map(str.strip, text.split(",")):
        match = re.fullmatch(r"(?P<n>\d*)(?P<s>[+-])|(?P<S>[+-])(?P<N>\d+)", part.replace("−", "-"))
        size = match and int(match["n"] or match["N"] or 1)
        if not size:
            raise InputError(f"{part!r} in {text!r} is not a charge such as 3- or 1+")
        found.append(-size if "-" in match[0] else size)
    return found


def candidates(
    metals, ligands, charges, *, adducts=None, electrons=None, mz=None, limit=100_000, ligand_table=None
):
    """Every species within bounds.

    Parameters
    ----------
    metals, ligands : dict or str
        Symbol to number, or to the numbers allowed: ``{"Ag": range(20, 61), "Au": (0, 1)}``; or text for
        :func:`bounds`. A tuple lists numbers, it is not the ends of a range.
    charges : iterable of int
        Signed, not 0.
    adducts : dict or str, optional
        The same for what is attached, or lost if negative: ``{"H": (-1, 0), "Na": range(13)}``.
    electrons : iterable of int, optional
        Numbers of superatom electrons to keep, such as (8, 16). All by default.
    mz : (float, float), optional
        Lowest and highest average m/z to keep.
    limit : int
        Most species that are returned.
    ligand_table : dict, optional
        Ligands beside the built-in ones.

    Returns
    -------
    list of Species
        By charge as listed, then in the order of the numbers, those of the last symbol fastest.

    Raises
    ------
    ValueError
        For bounds that make no sense, and if there are more than `limit` species.

    Examples
    --------
    Of the dimers of Acharya et al. (2025) (`acharya2025`), those with two closed shells:

    >>> found = candidates("Ag:51-55,Au:0-1", {"BDT": 12, "DMBT": range(14, 19)}, [-3], electrons=[16])
    >>> len(found), str(found[3])
    (9, '[Ag52Au(BDT)12(DMBT)16]3-')
    """
    groups = [_numbers(group, name) for group, name in ((metals, "metals"), (ligands, "ligands"))]
    attached = _numbers(adducts or {}, "adducts")
    low = {symbol: numbers for group in groups for symbol, numbers in group.items() if numbers.min() < 0}
    if low:
        raise InputError(f"{', '.join(low)}: numbers of metals and ligands are not negative")
    charges = [int(z) for z in ([charges] if np.isscalar(charges) else charges)]
    if not charges or 0 in charges:
        raise InputError(f"charges is {charges}; at least one is needed, and none is 0")
    if mz is not None and not 0 <= mz[0] < mz[1]:
        raise InputError(f"mz is {mz}; the lower and the upper end of a window are needed")
    symbols = [*groups[0], *groups[1], *attached]
    if len(set(symbols)) < len(groups[0]) + len(groups[1]):
        raise InputError(f"a symbol is both a metal and a ligand: {symbols}")
    numbers = [*groups[0].values(), *groups[1].values(), *attached.values()]
    size = np.prod([len(each) for each in numbers], dtype=object) * len(charges)
    widest = max(zip(map(len, numbers), symbols, strict=True), default=(0, ""))
    advice = f"narrow the bounds, first those of {widest[1]} ({widest[0]} numbers)"
    if size > GRID:
        raise InputError(
            f"the bounds hold {size:.3g} compositions; at most {GRID:.0e} are looked at: {advice}"
        )

    units = [parse(symbol, ligands=ligand_table) for symbol in symbols]
    atoms = [elements(unit, ligand_table) for unit in units]
    mass = np.array([masses((counts, 0)).average for counts in atoms])
    composition = np.array([[counts.get(e, 0) for e in sorted(set().union(*atoms))] for counts in atoms])
    if electrons is not None:
        electron = np.array([electron_count(unit, ligands=ligand_table, negative=True) for unit in units])
    grid = np.stack(np.meshgrid(*(each.astype(np.int32) for each in numbers), indexing="ij"), axis=-1)
    grid = grid.reshape(-1, len(symbols))
    core = len(symbols) - len(attached)
    kept = []
    for charge in dict.fromkeys(charges):
        keep = grid[:, :core].any(axis=1)
        if electrons is not None:
            keep &= np.isin(grid @ electron - charge, list(electrons))
        if mz is not None:
            here = (grid @ mass - charge * ELECTRON) / abs(charge)
            keep &= (mz[0] <= here) & (here <= mz[1])
        rows = grid[keep]
        kept.append((charge, rows[(rows @ composition >= 0).all(axis=1)]))
    count = sum(len(rows) for _, rows in kept)
    if count > limit:
        raise InputError(f"{count} species lie within the bounds; at most {limit} are wanted: {advice}")
    return [
        Species(
            tuple((unit.parts[0][0], n) for unit, n in zip(units[:core], row, strict=False) if n),
            charge,
            tuple((symbol, n) for symbol, n in zip(attached, row[core:], strict=True) if n),
        )
        for charge, rows in kept
        for row in rows.tolist()
    ]


def _numbers(given, name):
    """Return the allowed numbers of each symbol as arrays, ascending."""
    given = bounds(given) if isinstance(given, str) else given
    if not isinstance(given, Mapping):
        raise TypeError(f"{name} is {given!r}; a dict of symbols and numbers, or text, is needed")
    found = {symbol: np.unique(np.atleast_1d(np.asarray(numbers))) for symbol, numbers in given.items()}
    for symbol, numbers in found.items():
        if not (numbers.size and np.issubdtype(numbers.dtype, np.integer)):
            raise InputError(f"{name}: {symbol} has the numbers {given[symbol]!r}; whole numbers are needed")
    return found
