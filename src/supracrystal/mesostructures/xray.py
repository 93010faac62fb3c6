r"""X-rays that electrons excite in thin and absorbing films: lines, k-factors, apparent composition.

An electron of energy E ionises a subshell with the cross-section of Bote et al. (2009, `bote2009`),
analytical fits to distorted-wave calculations. Their coefficients, for all elements and the K, L and M
shells, are in ``ionisation.csv``, as the package BoteSalvatICX of NIST (public domain) holds them. With
:math:`U = E / E_\text{edge}` up to 16

.. math::
    \frac{\sigma}{4 \pi a_0^2} = \frac{U - 1}{U^2} \left( a_1 + a_2 U + \frac{a_3}{1 + U}
    + \frac{a_4}{(1 + U)^3} + \frac{a_5}{(1 + U)^5} \right)^2 ,

and beyond it the relativistic Bethe formula with corrections. Holes move to outer subshells of the same shell
(Coster and Kronig) before a part of them is filled with light. Energies, yields, branching ratios and
attenuation are those of xraylib (Schoonjans et al. 2011, `schoonjans2011`).

Counts become atoms by k-factors (Cliff and Lorimer 1975, `cliff1975`). In a film of mass per area
:math:`\rho t` that is ionised evenly, absorption leaves of a line

.. math:: f = (1 - \mathrm e^{-\chi}) / \chi , \qquad \chi = \mu\, \rho t / \sin \theta

for the mass attenuation coefficient :math:`\mu` and the take-off angle :math:`\theta`.

Left out: slowing and backscattering of electrons (the film is thinner than their range), fluorescence, the
detector's window and resolution, holes from deeper shells, and shifts of lines by the chemical bond.
"""

import functools
import re
from pathlib import Path

import numpy as np
import pandas as pd
import xraylib
from scipy.constants import physical_constants

from supracrystal import InputError

BOHR = physical_constants["Bohr radius"][0] * 100
REST = physical_constants["electron mass energy equivalent in MeV"][0] * 1e3
SHELLS = {"K": ["K"], "L": ["L1", "L2", "L3"], "M": ["M1", "M2", "M3", "M4", "M5"]}
FAMILIES = {"C": "K", "S": "K", "Ag": "L", "Au": "M"}
"""Lines by which Bose et al. (2025) quantify each element."""
_LINES = [
    match for match in (re.fullmatch(r"((K|L\d|M\d)[LMNOPQ]\d)_LINE", name) for name in dir(xraylib)) if match
]


@functools.cache
def _coefficients():
    """Return the table of Bote et al. by element and subshell."""
    table = pd.read_csv(Path(__file__).with_name("ionisation.csv"))
    table["element"] = table["z"].map(xraylib.AtomicNumberToSymbol)
    return table.set_index(["element", "shell"]).drop(columns="z")


def _number(element):
    """Return the atomic number of a symbol."""
    try:
        return xraylib.SymbolToAtomicNumber(element)
    except ValueError as error:
        raise InputError(f"element is {element!r}; a symbol such as 'Ag' is needed") from error


def _tabulated(function, *arguments):
    """Return a value of xraylib, 0 where it has none."""
    try:
        return function(*arguments)
    except ValueError:
        return 0.0


def cross_section(element, shell, energy):
    """Cross-section in cm² for the ionisation of a subshell by electrons of an energy (array) in keV."""
    _number(element)
    known = _coefficients().loc[element]
    if shell not in known.index:
        raise InputError(f"shell is {shell!r}; {element} has {', '.join(known.index)}")
    c = known.loc[shell]
    energy = np.asarray(energy, dtype=float)
    u = np.maximum(energy * 1e3 / c["edge_eV"], 1.0)
    v = 1 / (1 + u)
    low = (u - 1) / u**2 * (c["a1"] + c["a2"] * u + v * (c["a3"] + v**2 * (c["a4"] + v**2 * c["a5"]))) ** 2
    momentum = np.sqrt(np.maximum(energy, 1e-9) * (energy + 2 * REST)) / REST
    beta2 = momentum**2 / (1 + momentum**2)
    bethe = (2 * np.log(momentum) - beta2) * (1 + c["g1"] / momentum) + c["g2"]
    bethe += c["g3"] * np.sqrt(REST / (energy + REST)) + c["g4"] / momentum
    high = c["c"] / beta2 * u / (u + c["b"]) * bethe
    return 4 * np.pi * BOHR**2 * np.where(u > 16, high, low)


def hole_transfer(element):
    """Holes that arrive in each subshell (columns) for one made in another (rows), by Coster and Kronig."""
    number, names = _number(element), _coefficients().loc[element].index
    passed = pd.DataFrame(np.eye(len(names)), names, names)
    for shells in SHELLS.values():
        for to in [each for each in shells if each in names]:
            for source in shells[: shells.index(to)]:
                kind = getattr(xraylib, f"F{source}{to[1]}_TRANS", None)
                passed[to] += _tabulated(xraylib.CosKronTransProb, number, kind) * passed[source]
    return passed


def lines(element, *, lowest=0.1):
    """Lines of an element above `lowest` keV: ``energy`` in keV, ``shell`` of the hole, ``photons`` per hole.

    Notes
    -----
    Silver and other elements without 4f electrons have no branching ratios for M4 and M5 in xraylib, nor a
    yield for M5. All light of both is given to the lines M4N2 and M5N3 (Mζ), with the yield of M4.

    Examples
    --------
    >>> lines("C").round(4)
           energy shell  photons
    line
    C KL2  0.2774     K   0.0009
    C KL3  0.2774     K   0.0017
    """
    number, rows = _number(element), []
    known = _coefficients().loc[element].index
    for match in _LINES:
        code, shell = getattr(xraylib, match[0]), match[2]
        energy = _tabulated(xraylib.LineEnergy, number, code)
        if shell in known and energy > lowest and (share := _tabulated(xraylib.RadRate, number, code)):
            light = _tabulated(xraylib.FluorYield, number, getattr(xraylib, f"{shell}_SHELL"))
            rows.append((f"{element} {match[1]}", energy, shell, light * share))
    if {"M4", "M5"} <= set(known) and not any(row[2] in ("M4", "M5") for row in rows):
        light = _tabulated(xraylib.FluorYield, number, xraylib.M4_SHELL)
        for pair in (("M4", "N2"), ("M5", "N3")):
            inner, outer = (
                _tabulated(xraylib.EdgeEnergy, number, getattr(xraylib, f"{n}_SHELL")) for n in pair
            )
            rows.append((f"{element} {''.join(pair)}", inner - outer, pair[0], light))
    table = pd.DataFrame(rows, columns=["line", "energy", "shell", "photons"])
    return table[table["photons"] > 0].set_index("line").sort_index()


def thin_emission(element, beam):
    """:func:`lines` with their ``emission`` in cm², photons of an atom for one electron (keV) per cm².

    Examples
    --------
    >>> thin_emission("Au", 200).nlargest(2, "emission").index.tolist()
    ['Au M5N7', 'Au L3M5']
    """
    shells = _coefficients().loc[element].index
    holes = pd.Series({shell: float(cross_section(element, shell, beam)) for shell in shells})
    table = lines(element)
    return table.assign(emission=table["photons"] * table["shell"].map(holes @ hole_transfer(element)))


def attenuation(composition, energy):
    """Mass attenuation coefficient in cm²/g of atoms by element, for photons of an energy (array) in keV.

    Examples
    --------
    >>> print(round(attenuation({"C": 1}, 0.277)))
    2642
    """
    mass = {element: n * xraylib.AtomicWeight(_number(element)) for element, n in composition.items()}
    several = np.atleast_1d(np.asarray(energy, dtype=float))
    total = sum(
        share * np.array([xraylib.CS_Total(_number(element), e) for e in several])
        for element, share in mass.items()
    ) / sum(mass.values())
    return total if np.ndim(energy) else float(total[0])


@functools.cache
def _family(element, beam):
    """Return the lines by which an element is quantified, with their emission."""
    if element not in FAMILIES:
        raise InputError(f"element is {element!r}; allowed are {', '.join(FAMILIES)}")
    table = thin_emission(element, beam)
    return table[table["shell"].str.startswith(FAMILIES[element])]


def k_factors(elements, beam):
    r"""Atoms for each count of an element's lines (`FAMILIES`), relative to the first element.

    .. math:: n_i / n_1 = k_i\, I_i / I_1

    Examples
    --------
    >>> k_factors(["S", "Ag", "Au"], 200.0).round(2).to_dict()
    {'S': 1.0, 'Ag': 0.58, 'Au': 0.29}
    """
    seen = pd.Series({each: _family(each, beam)["emission"].sum() for each in elements})
    return seen.iloc[0] / seen


def quantify(counts, beam):
    """``percent`` and counting ``error`` of each element, for a film that absorbs nothing.

    Net counts by element are those under the beam in keV. For Poisson counts these amounts have the largest
    likelihood; no counts have the error of one. Negative counts, and none at all, are refused.

    Examples
    --------
    >>> quantify({"Ag": 8000, "Au": 7600, "S": 1300}, 200.0).round(1).loc["S"].to_list()
    [15.9, 0.4]
    """
    counts = pd.Series(counts, dtype=float)
    if not (counts >= 0).all() or not counts.sum() > 0:
        raise InputError(f"counts are {counts.to_dict()}; numbers from 0, not all 0, are needed")
    factor, least = k_factors(counts.index, beam), counts.clip(lower=1)
    part, near = ((each / each.sum()).to_numpy() for each in (factor * counts, factor * least))
    error = near * np.sqrt((np.eye(len(near)) - near) ** 2 @ (1 / least.to_numpy()))
    return pd.DataFrame({"percent": 100 * part, "error": 100 * error}, counts.index)


def apparent_composition(composition, mass_thickness, beam, *, take_off=35.0):
    """Atomic percentages that thin-film k-factors read off absorbing films, a row for each thickness.

    Parameters
    ----------
    composition : dict of str to float
        Atoms of each element; elements without lines in `FAMILIES` only absorb.
    mass_thickness : (n,) array_like
        Density times thickness in g/cm².
    beam, take_off : float
        Energy of the electrons in keV; angle between the surface and the detector, in degrees.

    Examples
    --------
    >>> film = {"Ag": 57, "Au": 27, "S": 16, "C": 128, "H": 144}
    >>> apparent_composition(film, [0, 2e-4], 10.0)["C"].round().to_list()
    [56.0, 32.0]
    """
    path = np.asarray(mass_thickness, dtype=float)[:, None] / np.sin(np.radians(take_off))
    read = {}
    for element in [each for each in FAMILIES if each in composition]:
        table = _family(element, beam)
        depth = path * attenuation(composition, table["energy"].to_numpy())
        left = np.divide(-np.expm1(-depth), depth, out=np.ones_like(depth), where=depth > 0)
        read[element] = composition[element] * (left @ table["emission"]) / table["emission"].sum()
    found = pd.DataFrame(read, index=pd.Index(path[:, 0] * np.sin(np.radians(take_off)), name="g/cm²"))
    return 100 * found.div(found.sum(axis=1), axis=0)
