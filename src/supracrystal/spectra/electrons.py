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

Hydrogen within a cluster is a proton on a ligand or a hydride on the metal, and the literature counts
hydrides in two ways. On copper each takes an electron: [Cu25H22(PPh3)12]+ has 2 (Nguyen et al. 2015,
`nguyen2015`). In gold each gives its own: [HAu9(PPh3)8]2+ has 8 (Takano et al. 2018, `takano2018`). Hydrides
of silver have no agreed count. Hydrogen is a proton where it is attached (``+H``), and in an anion with at
least as many thiolates to hold it, as in [Ag29(BDT)12H]2- of the papers.

Left out: whether the count is of a closed shell, which depends on the shape.
"""

from supracrystal import InputError
from supracrystal.spectra.formula import parse
from supracrystal.spectra.ligands import ELEMENTS, find_ligand

VALENCE = {
    **dict.fromkeys(("Cu", "Ag", "Au"), 1),
    **dict.fromkeys(("Ni", "Pd", "Pt"), 0),
    **dict.fromkeys(("Zn", "Cd", "Hg"), 2),
}
"""Electrons that an atom of a metal shares."""


def electron_count(species, *, ligands=None, negative=False):
    r"""Superatom electrons of a species, :math:`n^* = \sum_i N_i v_i - \sum_j M_j e_j - z`.

    Parameters
    ----------
    species : Species or str
    ligands : dict of str to Ligand, optional
        From :func:`~supracrystal.spectra.ligands.read_ligands`; the built-in ones if not given.
    negative : bool
        Return a count below 0, which parts of clusters have, instead of refusing it.

    Returns
    -------
    int

    Raises
    ------
    ValueError
        For a symbol that is neither a metal of ``VALENCE`` nor a ligand, for hydrides that no rule counts,
        and for a count below 0.

    Notes
    -----
    Source: Walter et al. (2008) (`walter2008`); hydrides as told above.

    Examples
    --------
    >>> electron_count("[Au25(SR)18]-"), electron_count("[Ag53(BDT)12(DMBT)16]3-")
    (8, 16)
    >>> electron_count("[Cu25H22(PPh3)12]+"), electron_count("[HAu9(PPh3)8]2+")
    (2, 8)
    """
    species = parse(species, ligands=ligands)
    total, metals, thiolates = -species.charge, {}, 0
    for symbol, number in species.counts.items():
        element = symbol.lstrip("0123456789")
        ligand = find_ligand(element, ligands)
        if element in VALENCE:
            total += number * VALENCE[element]
            metals[element] = number
        elif ligand:
            total -= number * ligand.electrons
            # A thiolate or a carboxylate holds a proton; a halide or a dithiophosphate does not.
            basic = ligand.formula is None or {"S", "Se", "O"} & {*ligand.atoms}
            if basic and symbol not in ELEMENTS and ligand.electrons == ligand.denticity:
                thiolates += number * ligand.electrons
        else:
            raise InputError(
                f"{species}: {symbol} has no electrons to count; metals are {', '.join(VALENCE)}; a ligand "
                "needs its structure, in brackets or by --ligand-file"
            )
    within = sum(number for symbol, number in species.parts if symbol in ("H", "2H", "3H"))
    coinage = {*metals} & {"Cu", "Ag", "Au"}
    proton = within <= thiolates and species.charge <= 0 and coinage != {"Cu"}
    if within and coinage and not proton:
        if coinage == {"Cu"}:
            total -= 2 * within
        elif coinage != {"Au"}:
            raise InputError(
                f"{species}: {within} H in a cluster of silver have no agreed count: {total - 2 * within} "
                f"superatom electrons if each takes one, {total} if each gives one. Protons: +{within}H"
            )
    if total < 0 and not negative:
        raise InputError(
            f"{species} has {total} superatom electrons: the ligands and the charge take more than the metal "
            "has. A count or a charge may be misread, or the metal is oxidised further, as in [AuCl4]-"
        )
    return total


def known_electrons(species, *, ligands=None):
    """Return the superatom electrons of a species, or None where there are none to count.

    Parameters
    ----------
    species : Species or str
    ligands : dict of str to Ligand, optional
        See :func:`electron_count`, whose error is the reason.

    Returns
    -------
    int or None

    Examples
    --------
    >>> known_electrons("[Au25(SR)18]-"), known_electrons("[FeCl4]-"), known_electrons("[AuCl4]-")
    (8, None, None)
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
    import numpy as np

    if not (np.asarray(ratio) >= 0).all():
        raise InputError(f"ratio is {ratio!r}; numbers from 0 are needed")
    gold, silver = electron_count("[Au44(SR)26]2-"), electron_count("[Ag44(SR)30]4-")
    return (gold * ratio + silver) / (ratio + 1)
