r"""Isotopic envelopes and masses of ions.

The mass number of an ion with :math:`n_e` atoms of each element e has a distribution whose Fourier transform
is the product of those of its atoms (Rockwood, Van Orden and Smith 1995, `rockwood1995`),

.. math::
    P(k) = \prod_e F_e(k)^{n_e} , \qquad F_e(k) = \sum_i p_{ei}\, \mathrm e^{-2 \pi \mathrm i k A_{ei} / N} ,

with the abundance :math:`p_{ei}` and the mass number :math:`A_{ei}` of isotope i. Masses
:math:`m_{ei} = A_{ei} + \bar\delta_e + \delta_{ei}` differ from mass numbers by a mean of the element and a
small rest. The mean of the rest over a nominal mass follows by the product rule: weighted by probability, its
transform is

.. math::
    D(k) = \sum_e n_e G_e F_e^{n_e - 1} \prod_{f \ne e} F_f^{n_f} , \qquad
    G_e(k) = \sum_i p_{ei} \delta_{ei}\, \mathrm e^{-2 \pi \mathrm i k A_{ei} / N} .

So the probability and the mean mass of each nominal mass are exact, and a family of ions needs two inverse
transforms. (Rockwood, Van Orman and Dearden 2004, `rockwood2004`, get the same masses from one transform for
each isotope.) N is chosen so that less than :math:`10^{-13}` of each envelope lies on either side of the
window about its mean, by the Chernoff bound. :func:`fine_envelope` gives every isotopologue, by IsoSpec
(Łącki, Valkenborg and Startek 2020, `lacki2020`).

The isotopes are those of `molmass`: the table of NIST, with IUPAC's representative compositions of 2009
(`berglund2011`) and the atomic masses of 2012. For Ag, Au, Pd, Pt, Cu, S, C, H, N, O, P, Cl, Br, Na, K and Cs
other libraries differ as follows. pyteomics has the same abundances but for Pt (0.3297 of 194, not 0.3286),
and older masses, off by up to 0.02 mDa for Pd. pyOpenMS has other abundances of S (0.9493 of 32, not
0.9499), Cu, N and Pt, which lacks 190; its Au is 0.018 mDa too light. IsoSpecPy names no source; its 1.079 %
of 13 in C, not 1.07 %, makes 200 atoms heavier by 0.018 Da on average.

Masses are of ions: those of the atoms less that of the missing electrons. Left out: the binding energy of the
electrons (1e-8 Da), and natural variation of the abundances.
"""

import re
from typing import NamedTuple

import numpy as np
from molmass import ELEMENTS

from supracrystal import InputError
from supracrystal.spectra.formula import elements, parse

# IsoSpecPy, pandas and SciPy are imported where they are used: one formula from the shell needs none of them.

ELECTRON = 5.485799090441e-4
"""Mass of the electron in Da (CODATA 2022)."""
ISOTOPES = {
    element.symbol: tuple(
        zip(*((i.massnumber, i.mass, i.abundance) for i in element.isotopes.values()), strict=True)
    )
    for element in ELEMENTS
}
"""Mass numbers, masses in Da and abundances of the isotopes of each element."""
_TRITIUM = np.array([3]), np.array([3.0160492779]), np.array([1.0])
_NUMBERS = {element.symbol: element.number for element in ELEMENTS}
OUTSIDE = 1e-13
"""Probability outside the window, and that below which a bin counts as empty."""


class Masses(NamedTuple):
    """Masses of an ion in Da, and the same as m/z."""

    monoisotopic: float
    average: float
    most_abundant: float
    monoisotopic_mz: float
    average_mz: float
    most_abundant_mz: float


def ion(species, ligands=None):
    """Elements and charge of a species.

    Parameters
    ----------
    species : Species, str or (dict, int)
        As parsed, as text, or the number of atoms of each element with the charge.
    ligands : dict, optional
        Ligands beside the built-in ones, see :func:`supracrystal.spectra.ligands.read_ligands`.

    Returns
    -------
    counts : dict
        Number of atoms of each element, or isotope such as ``"107Ag"``.
    charge : int

    Examples
    --------
    >>> ion("[Ag(DMBT)2]-")
    ({'Ag': 1, 'C': 16, 'H': 18, 'S': 2}, -1)
    """
    if isinstance(species, tuple):
        counts, charge = species
    else:
        species = parse(species, ligands=ligands) if isinstance(species, str) else species
        counts, charge = elements(species, ligands), species.charge
    wrong = {symbol: count for symbol, count in counts.items() if count < 0 or count != int(count)}
    if wrong or not any(counts.values()):
        raise InputError(f"{wrong or counts} is no number of atoms; whole numbers, not all 0, are needed")
    if charge > 0:
        held = sum(count * _NUMBERS.get(each.lstrip("0123456789"), charge) for each, count in counts.items())
        if charge > held:
            raise InputError(f"the charge is {charge}+, but {species} has only {held} electrons to lose")
    return counts, charge


def element_isotopes(symbol, isotopes=ISOTOPES):
    """Isotopes of an element, or the one isotope that a mass number before it names.

    Parameters
    ----------
    symbol : str
        Such as ``"Ag"`` or ``"107Ag"``.
    isotopes : dict
        Mass numbers, masses and abundances of each element.

    Returns
    -------
    tuple of three (I,) array
        Mass numbers, masses in Da, and abundances, which sum to 1; none is 0.

    Raises
    ------
    ValueError
        For what is no element, and for an isotope or an element that does not occur.

    Examples
    --------
    >>> element_isotopes("107Ag")
    (array([107]), array([106.9050916]), array([1.]))
    """
    if symbol == "3H":
        return _TRITIUM
    match = re.fullmatch(r"(\d*)([A-Z][a-z]?)", symbol)
    if not match or match[2] not in isotopes:
        raise InputError(f"{symbol!r} is not an element, nor an isotope such as '107Ag'")
    number, mass, abundance = map(np.asarray, isotopes[match[2]])
    if match[1]:
        here = number == int(match[1])
        abundance = here.astype(float)
    else:
        here = abundance > 0
    if not here.any():
        raise InputError(f"{symbol!r} is not among the isotopes of {match[2]}: {number.tolist()}")
    return number[here], mass[here], abundance[here] / abundance[here].sum()


def masses(species, *, ligands=None, isotopes=ISOTOPES):
    r"""Monoisotopic, average and most abundant mass of an ion.

    The monoisotopic mass has the most abundant isotope of each element, the average one the mean over the
    isotopes. The most abundant is the mean mass of the highest nominal bin of the envelope, the apex. All are
    of the ion: :math:`M - z m_\mathrm{electron}` with the signed charge z; m/z is that over :math:`|z|`. A
    neutral species has its mass for m/z.

    Parameters
    ----------
    species : Species, str or (dict, int)
    ligands, isotopes : dict, optional
        Ligands beside the built-in ones; another table of isotopes than `ISOTOPES`.

    Returns
    -------
    Masses

    Examples
    --------
    >>> found = masses("[Ag53(BDT)12(DMBT)16]3-")
    >>> round(found.monoisotopic_mz, 2), round(found.average_mz, 2), round(found.most_abundant_mz, 2)
    (3179.45, 3198.43, 3198.12)
    """
    counts, charge = ion(species, ligands)
    tables = [element_isotopes(symbol, isotopes) for symbol in counts]
    n = np.array(list(counts.values()))
    monoisotopic = n @ [mass[abundance.argmax()] for _, mass, abundance in tables] - charge * ELECTRON
    average = n @ [mass @ abundance for _, mass, abundance in tables] - charge * ELECTRON
    (mz,), (abundance,) = envelopes([(counts, charge)], isotopes=isotopes)
    size = max(abs(charge), 1)
    apex = mz[abundance.argmax()]
    ionic = monoisotopic, average, apex * size
    return Masses(*map(float, (*ionic, *(mass / size for mass in ionic))))


def envelope(species, *, coverage=0.9999, ligands=None, isotopes=ISOTOPES):
    """Isotopic envelope of an ion, one line for each nominal mass.

    Parameters
    ----------
    species : Species, str or (dict, int)
    coverage : float
        The most probable lines that together have this probability are kept.
    ligands, isotopes : dict, optional
        Ligands beside the built-in ones; another table of isotopes than `ISOTOPES`.

    Returns
    -------
    DataFrame
        `mz`, the mean of all isotopologues of the nominal mass, and `abundance`, their probability.

    Examples
    --------
    >>> envelope("[AgCl2]-", coverage=0.99).round(4)
             mz  abundance
    0  176.8433     0.2975
    1  178.8419     0.4668
    2  180.8397     0.2073
    3  182.8371     0.0283
    """
    import pandas as pd

    (mz,), (abundance,) = envelopes([species], coverage=coverage, ligands=ligands, isotopes=isotopes)
    return pd.DataFrame({"mz": mz[abundance > 0], "abundance": abundance[abundance > 0]})


def envelopes(species, *, coverage=0.9999, ligands=None, isotopes=ISOTOPES):
    """Isotopic envelopes of many ions at once, one line for each nominal mass.

    Parameters
    ----------
    species : sequence of S Species, str or (dict, int)
    coverage : float
        The most probable lines of each ion that together have this probability are kept.
    ligands, isotopes : dict, optional
        Ligands beside the built-in ones; another table of isotopes than `ISOTOPES`.

    Returns
    -------
    mz : (S, K) array
        Means of all isotopologues of the K successive nominal masses, ascending.
    abundance : (S, K) array
        Their probability, 0 outside of the coverage.

    Raises
    ------
    ValueError
        For a coverage that is not between 0 and 1, and what :func:`ion` and :func:`element_isotopes` refuse.

    Notes
    -----
    Source: Rockwood, Van Orden and Smith (1995) (`rockwood1995`), and the derivative for the masses.
    Probabilities are right to 1e-13; less is called 0.

    Examples
    --------
    >>> mz, abundance = envelopes([({"Ag": 44 - x, "Au": x}, -1) for x in range(3)], coverage=0.5)
    >>> mz[range(3), abundance.argmax(axis=1)].round(3)
    array([4745.818, 4835.879, 4923.941])
    """
    _check(coverage)
    ions = [ion(each, ligands) for each in species]
    if not ions:
        return np.empty((0, 0)), np.empty((0, 0))
    symbols = sorted(set().union(*(counts for counts, _ in ions)))
    n = np.array([[counts.get(symbol, 0) for symbol in symbols] for counts, _ in ions])
    charge = np.array([charge for _, charge in ions])[:, None]

    tables = [element_isotopes(symbol, isotopes) for symbol in symbols]
    lightest = [number.min() for number, _, _ in tables]
    excess = [abundance @ (mass - number) for number, mass, abundance in tables]
    first, size = _window(n, tables)
    probability, moment = _transform(n, tables, excess, size)

    step = first[:, None] + np.arange(size)
    probability, moment = (np.take_along_axis(x, step % size, axis=1) for x in (probability, moment))
    shift = np.divide(moment, probability, out=np.zeros_like(moment), where=probability > OUTSIDE)
    mass = (n @ lightest)[:, None] + step + (n @ excess)[:, None] + shift
    mz = (mass - charge * ELECTRON) / np.maximum(np.abs(charge), 1)

    ranked = -np.sort(-probability, axis=1)
    enough = np.cumsum(ranked, axis=1) >= coverage
    least = np.take_along_axis(ranked, enough.argmax(axis=1)[:, None], axis=1)
    keep = (probability > OUTSIDE) & ((probability >= least) | ~enough.any(axis=1, keepdims=True))
    begin, end = keep.argmax(axis=1), size - keep[:, ::-1].argmax(axis=1)
    width = (end - begin).max()
    kept = np.minimum(begin, size - width)[:, None] + np.arange(width)
    return tuple(np.take_along_axis(x, kept, axis=1) for x in (mz, np.where(keep, probability, 0)))


def fine_envelope(species, *, coverage=0.999, ligands=None, isotopes=ISOTOPES):
    """Isotopic envelope of an ion, one line for each isotopologue, by IsoSpec.

    Parameters
    ----------
    species : Species, str or (dict, int)
    coverage : float
        The most probable isotopologues that together have this probability.
    ligands, isotopes : dict, optional
        Ligands beside the built-in ones; another table of isotopes than `ISOTOPES`.

    Returns
    -------
    DataFrame
        `mz` and `abundance`, ascending in `mz`.

    Notes
    -----
    Source: Łącki, Valkenborg and Startek (2020) (`lacki2020`), who compute the smallest such set.

    Examples
    --------
    >>> len(envelope("[Ag(DMBT)2]-", coverage=0.999)), len(fine_envelope("[Ag(DMBT)2]-"))
    (7, 27)
    """
    import IsoSpecPy
    import pandas as pd

    _check(coverage)
    counts, charge = ion(species, ligands)
    tables = [element_isotopes(symbol, isotopes) for symbol in counts]
    lines = IsoSpecPy.IsoTotalProb(
        coverage,
        atomCounts=list(map(int, counts.values())),
        isotopeMasses=[mass.tolist() for _, mass, _ in tables],
        isotopeProbabilities=[abundance.tolist() for _, _, abundance in tables],
    )
    mz = (lines.np_masses() - charge * ELECTRON) / max(abs(charge), 1)
    order = np.argsort(mz)
    return pd.DataFrame({"mz": mz[order], "abundance": lines.np_probs()[order]})


def _check(coverage):
    if not 0 < coverage < 1:
        raise InputError(f"coverage is {coverage!r}; a number between 0 and 1 is needed")


def _window(n, tables):
    """Return the first step of each species, and a number of steps that holds all but `OUTSIDE` of each.

    Steps are mass numbers above the lightest. By the bound of Chernoff, P(X - mean > t) <= exp(K(a) - a t)
    for every a > 0, with the sum K of the logarithms of the moment-generating functions of the atoms; and
    likewise below the mean.
    """
    tilt = np.geomspace(0.03, 3, 12) * np.array([[1], [-1]])
    steps = [(number - number.min(), abundance) for number, _, abundance in tables]
    mean = np.array([step @ p for step, p in steps])
    cumulants = [
        np.log(np.exp(tilt[..., None] * (step - m)) @ p) for (step, p), m in zip(steps, mean, strict=True)
    ]
    reach = ((np.tensordot(n, cumulants, axes=1) - np.log(OUTSIDE)) / np.abs(tilt)).min(axis=2).max()
    span = n @ [step.max() for step, _ in steps]
    size = _fast_length(int(min(2 * reach + 2, span.max() + 1)))
    first = np.rint(n @ mean - size / 2).astype(int)
    return np.clip(first, 0, np.maximum(span + 1 - size, 0)), size


def _fast_length(least):
    """Return the smallest length from `least` whose prime factors are 2, 3 and 5."""
    while True:
        rest = least
        for prime in (2, 3, 5):
            while rest % prime == 0:
                rest //= prime
        if rest == 1:
            return least
        least += 1


def _transform(n, tables, excess, size):
    """Return probability and first moment of the rest of mass of each step of each species, modulo `size`."""
    frequency = np.arange(size // 2 + 1) / size
    product = np.ones((len(n), len(frequency)), dtype=complex)
    derivative = np.zeros_like(product)
    for count, (number, mass, abundance), mean in zip(n.T, tables, excess, strict=True):
        if len(number) > 1:
            turn = np.exp(-2j * np.pi * np.outer(number - number.min(), frequency))
            f, g = abundance @ turn, (abundance * (mass - number - mean)) @ turn
            power, which = np.unique(count, return_inverse=True)
            below = f ** np.maximum(power - 1, 0)[:, None]
            whole = np.where(power[:, None] > 0, below * f, 1)[which]
            derivative = derivative * whole + product * (power[:, None] * g * below)[which]
            product = product * whole
    return np.fft.irfft(product, size), np.fft.irfft(derivative, size)
