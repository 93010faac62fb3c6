r"""Which X-rays an atom emits when electrons pass, and how many.

An electron of the kinetic energy E ionises a subshell with the cross-section of Bote et al. (2009,
`bote2009`), analytical fits to distorted-wave and plane-wave Born calculations; their coefficients, for all
elements and K, L and M shells, are in ``ionisation.csv``, as the package BoteSalvatICX of NIST (public
domain) holds them. With :math:`U = E / E_\text{edge}`, up to 16

.. math::
    \frac{\sigma}{4 \pi a_0^2} = \frac{U - 1}{U^2} \left( a_1 + a_2 U + \frac{a_3}{1 + U}
    + \frac{a_4}{(1 + U)^3} + \frac{a_5}{(1 + U)^5} \right)^2 ,

and beyond it the relativistic Bethe formula with corrections. Holes move to outer subshells of the same shell
(Coster and Kronig) before a fraction :math:`\omega` of them is filled with light, in lines of known shares.
Energies, yields and shares are those of xraylib (Schoonjans et al. 2011, `schoonjans2011`), which has all M
lines; the tables of xraydb lack some and serve as a check.

Left out: holes that come from deeper shells, satellites, and shifts of lines by the chemical bond.
"""

import functools
import re
from pathlib import Path

import numpy as np
import pandas as pd
import xraylib
from scipy.constants import physical_constants

BOHR = physical_constants["Bohr radius"][0] * 100
REST = physical_constants["electron mass energy equivalent in MeV"][0] * 1e3
SHELLS = {"K": ["K"], "L": ["L1", "L2", "L3"], "M": ["M1", "M2", "M3", "M4", "M5"]}
_LINES = [
    match for match in (re.fullmatch(r"((K|L\d|M\d)[LMNOPQ]\d)_LINE", name) for name in dir(xraylib)) if match
]


@functools.cache
def _coefficients():
    table = pd.read_csv(Path(__file__).with_name("ionisation.csv"))
    table["element"] = table["z"].map(xraylib.AtomicNumberToSymbol)
    return table.set_index(["element", "shell"]).drop(columns="z")


def _number(element):
    try:
        return xraylib.SymbolToAtomicNumber(element)
    except ValueError as error:
        raise ValueError(
            f"element is {element!r}; the symbol of an element is needed, such as 'Ag'"
        ) from error


def _tabulated(function, *arguments):
    """Return a value of xraylib, 0 where it has none."""
    try:
        return function(*arguments)
    except ValueError:
        return 0.0


def subshells(element):
    """Return the subshells of an element that have cross-sections.

    Parameters
    ----------
    element : str

    Returns
    -------
    list of str

    Examples
    --------
    >>> subshells("C"), subshells("Si")
    (['K'], ['K', 'L1', 'L2', 'L3'])
    """
    _number(element)
    return _coefficients().loc[element].index.tolist()


def cross_section(element, shell, energy):
    """Cross-section for the ionisation of a subshell by an electron.

    Parameters
    ----------
    element : str
    shell : str
        ``K``, ``L1`` to ``L3`` or ``M1`` to ``M5``.
    energy : float or array
        Kinetic energy of the electron, in keV.

    Returns
    -------
    float or array of the shape of `energy`
        In cm². Zero below the edge.

    Raises
    ------
    ValueError
        For an element or a subshell that is not in the table.

    Notes
    -----
    Source: Bote et al. (2009) (`bote2009`), equations 4 and 5.

    Examples
    --------
    >>> print(f"{cross_section('Mg', 'L3', 12.9569):.3e}")
    1.242e-18
    """
    if shell not in (known := subshells(element)):
        raise ValueError(f"shell is {shell!r}; {element} has {', '.join(known)}")
    c = _coefficients().loc[(element, shell)]
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


def transfer(element):
    """Holes that arrive in each subshell for one that is made, by the transitions of Coster and Kronig.

    Parameters
    ----------
    element : str

    Returns
    -------
    DataFrame
        A row for the subshell in which the hole is made, a column for that in which it is filled by an
        electron of an outer shell.

    Examples
    --------
    >>> transfer("Ag").loc["L1"].round(3).to_dict()
    {'K': 0.0, 'L1': 1.0, 'L2': 0.1, 'L3': 0.605, 'M1': 0.0, 'M2': 0.0, 'M3': 0.0, 'M4': 0.0, 'M5': 0.0}
    """
    names, number = subshells(element), _number(element)
    passed = pd.DataFrame(np.eye(len(names)), names, names)
    for shells in SHELLS.values():
        for to in [each for each in shells if each in names]:
            for source in shells[: shells.index(to)]:
                kind = getattr(xraylib, f"F{source}{to[1]}_TRANS", None)
                share = _tabulated(xraylib.CosKronTransProb, number, kind)
                passed[to] += share * passed[source]
    return passed


def lines(element, *, lowest=0.1):
    """List the lines of an element, with the photons that each gives for one hole.

    Parameters
    ----------
    element : str
    lowest : float
        Energy below which lines are left out, in keV.

    Returns
    -------
    DataFrame
        A row for each line that is named after its subshells: ``energy`` in keV, ``shell`` in which the hole
        is filled, ``photons`` for each hole there.

    Notes
    -----
    Silver and other elements without 4f electrons have no shares for M4 and M5 in xraylib, nor a yield for
    M5. All light of both is given to the lines M4N2 and M5N3 (Mζ), with the yield of M4.

    Source: xraylib, Schoonjans et al. (2011) (`schoonjans2011`).

    Examples
    --------
    >>> lines("C").round(4)
           energy shell  photons
    line
    C KL2  0.2774     K   0.0009
    C KL3  0.2774     K   0.0017
    """
    number, known = _number(element), subshells(element)
    rows = []
    for match in _LINES:
        code, shell = getattr(xraylib, match[0]), match[2]
        energy = _tabulated(xraylib.LineEnergy, number, code)
        if shell in known and energy > lowest and (share := _tabulated(xraylib.RadRate, number, code)):
            light = _tabulated(xraylib.FluorYield, number, getattr(xraylib, f"{shell}_SHELL"))
            rows.append((f"{element} {match[1]}", energy, shell, light * share))
    if {"M4", "M5"} <= set(known) and not any(row[2] in ("M4", "M5") for row in rows):
        light = _tabulated(xraylib.FluorYield, number, xraylib.M4_SHELL)
        for inner, outer in (("M4", "N2"), ("M5", "N3")):
            edges = [
                _tabulated(xraylib.EdgeEnergy, number, getattr(xraylib, f"{n}_SHELL")) for n in (inner, outer)
            ]
            rows.append((f"{element} {inner}{outer}", edges[0] - edges[1], inner, light))
    table = pd.DataFrame(rows, columns=["line", "energy", "shell", "photons"])
    return table[table["photons"] > 0].set_index("line").sort_index()


def thin_emission(element, beam):
    """Photons that an atom emits in each line as electrons of one energy pass.

    Parameters
    ----------
    element : str
    beam : float
        Energy of the electrons, in keV.

    Returns
    -------
    DataFrame
        As :func:`lines` returns it, and ``emission`` in cm², that is photons for one electron per cm².

    Examples
    --------
    >>> table = thin_emission("Au", 200)
    >>> table.nlargest(2, "emission").index.tolist()
    ['Au M5N7', 'Au L3M5']
    """
    holes = pd.Series({shell: float(cross_section(element, shell, beam)) for shell in subshells(element)})
    arriving = holes @ transfer(element)
    table = lines(element)
    return table.assign(emission=table["photons"] * table["shell"].map(arriving))


def attenuation(composition, energy):
    """Mass attenuation coefficient of a material.

    Parameters
    ----------
    composition : dict of str to float
        Atoms of each element, in any unit.
    energy : float or (n,) array
        Of the photons, in keV.

    Returns
    -------
    float or (n,) array
        In cm²/g.

    Examples
    --------
    >>> print(round(attenuation({"C": 1}, 0.277)))
    2642
    """
    mass = {element: n * xraylib.AtomicWeight(_number(element)) for element, n in composition.items()}
    several = np.atleast_1d(np.asarray(energy, dtype=float))
    total = np.zeros(len(several))
    for element, share in mass.items():
        total += (
            share / sum(mass.values()) * np.array([xraylib.CS_Total(_number(element), e) for e in several])
        )
    return total if np.ndim(energy) else float(total[0])
