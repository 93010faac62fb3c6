r"""How many electrons a cluster has in the shells of its superatom.

The metals share their outer s electrons; a ligand that takes one localises it in its bond to the metal; the
charge adds or removes what is left. The count of a species :math:`[\mathrm M_N \mathrm X_M \mathrm L_s]^z` is

.. math::
    n^* = N v_\mathrm M - M - z

(Walter et al. 2008, `walter2008`), here for several metals and ligands,
:math:`n^* = \sum_i N_i v_i - \sum_j M_j e_j - z`. Silver, gold and copper have one electron (v = 1),
palladium and platinum none. A monothiolate or a halide takes one (e = 1), a dithiolate or a sulfide two, a
phosphine none. A sodium ion or a proton is counted as an atom that gives an electron and loses it with its
charge, so that it changes nothing when it is attached.

Left out: whether the count is of a closed shell, which depends on the shape, and hydrides as ligands (H is
counted as one electron of the metal, as in the papers).
"""

import numpy as np

from supracrystal.spectra.formula import LIGANDS, parse

VALENCE = {
    **dict.fromkeys(("Cu", "Ag", "Au"), 1),
    **dict.fromkeys(("Ni", "Pd", "Pt"), 0),
    **dict.fromkeys(("Zn", "Cd", "Hg"), 2),
}
"""Electrons that an atom of a metal shares."""


def electron_count(species, *, ligands=None):
    r"""Superatom electrons of a species, :math:`n^* = \sum_i N_i v_i - \sum_j M_j e_j - z`.

    Parameters
    ----------
    species : Species or str
    ligands : dict of str to Ligand, optional
        From :func:`~supracrystal.spectra.formula.read_ligands`; the built-in ones if not given.

    Returns
    -------
    int

    Raises
    ------
    ValueError
        For a symbol that is neither a metal of ``VALENCE`` nor a ligand.

    Notes
    -----
    Source: Walter et al. (2008) (`walter2008`).

    Examples
    --------
    >>> electron_count("[Au25(SR)18]-"), electron_count("[Ag53(BDT)12(DMBT)16]3-")
    (8, 16)
    """
    species = parse(species, ligands=ligands)
    known = LIGANDS if ligands is None else ligands
    total = -species.charge
    for symbol, number in species.counts.items():
        element = symbol.lstrip("0123456789")
        if element in VALENCE:
            total += number * VALENCE[element]
        elif element in known:
            total -= number * known[element].electrons
        else:
            raise ValueError(
                f"{species}: {symbol} has no electrons to count; metals are {', '.join(VALENCE)}, "
                f"ligands {', '.join(known)}"
            )
    return total


def known_electrons(species, *, ligands=None):
    """Return the superatom electrons of a species, or None where a part of it has none to count.

    Parameters
    ----------
    species : Species or str
    ligands : dict of str to Ligand, optional
        See :func:`electron_count`.

    Returns
    -------
    int or None

    Examples
    --------
    >>> known_electrons("[Au25(SR)18]-"), known_electrons("[FeCl4]-")
    (8, None)
    """
    species = parse(species, ligands=ligands)
    try:
        return electron_count(species, ligands=ligands)
    except ValueError:
        return None


def feeding_electrons(ratio):
    r"""Electrons of the mean cluster in a mixture of [Au44(SR)26]2- (20 electrons) and [Ag44(SR)30]4- (18).

    .. math::
        \bar n = \frac{20 R + 18}{R + 1}

    Parameters
    ----------
    ratio : float or array
        Molar ratio R of gold clusters to silver clusters that are mixed.

    Returns
    -------
    float or array of the shape of `ratio`

    Raises
    ------
    ValueError
        For a negative ratio.

    Notes
    -----
    Below 19 the products that are seen are [Au_xAg_{44-x}(SR)30]4- with 18 electrons, above it those with 20.
    Source: Lin et al. (2022) (`lin2022`), text on its Table S1.

    Examples
    --------
    >>> feeding_electrons(1)
    19.0
    """
    if not (np.asarray(ratio) >= 0).all():
        raise ValueError(f"ratio is {ratio!r}; numbers from 0 are needed")
    gold, silver = electron_count("[Au44(SR)26]2-"), electron_count("[Ag44(SR)30]4-")
    return (gold * ratio + silver) / (ratio + 1)
