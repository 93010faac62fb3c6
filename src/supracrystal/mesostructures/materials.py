r"""Dielectric functions of silver, gold and their alloys, in bulk and in small particles.

The alloys follow the analytic model of Rioux et al. (2014, `rioux2014`), fitted to ellipsometry of five
films: free electrons (Drude), and two critical points for the interband transitions,

.. math::
    \varepsilon(\omega) = \varepsilon_\infty - \frac{\omega_p^2}{\omega (\omega + \mathrm i \Gamma_p)}
    + \varepsilon_1(\omega; \omega_{g1}, \omega_{01}, \Gamma_1, A_1)
    + \varepsilon_2(\omega; \omega_{02}, \Gamma_2, A_2) ,

with ten parameters that are parabolas in the share of gold through their values at 0, 1/2 and 1. The pure
metals stand beside it as tabulated by Johnson and Christy (1972, `johnson1972`): their silver is more
negative in the visible by a sixth, which puts the plasmon of a small sphere some 15 nm to the blue.

A particle of radius r is smaller than the mean free path of its electrons, so that its surface damps them
(Kreibig and Vollmer 1995, `kreibig1995`), and ligands may bind some of them. With a share f of them left,

.. math::
    \varepsilon(\omega, r) = \varepsilon(\omega) + \frac{\omega_p^2}{\omega (\omega + \mathrm i \Gamma_p)}
    - \frac{f \omega_p^2}{\omega (\omega + \mathrm i \Gamma_p + \mathrm i A v_\mathrm F / r)} .

Left out: nonlocal response, spill-out of electrons and the discrete levels of particles below some 2 nm,
where a dielectric function means little; order in alloys; temperature.
"""

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.constants import c, elementary_charge, h, hbar
from scipy.interpolate import PchipInterpolator

PHOTON = h * c / elementary_charge * 1e9
"""Energy times wavelength of a photon, in eV nm."""
FERMI_VELOCITY = (1.39e6, 1.40e6)
"""Of silver and gold, in m/s (Ashcroft and Mermin 1976, `ashcroft1976`)."""
PARAMETERS = pd.DataFrame(
    {
        "silver": [8.5546, 0.022427, 1.7381, 4.0575, 3.9260, 0.017723, 51.217, 4.1655, 0.18819, 30.770],
        "half": [9.0218, 0.16713, 2.2838, 3.0209, 2.7976, 0.18833, 22.996, 3.3400, 0.68309, 57.540],
        "gold": [8.9234, 0.042389, 2.2715, 2.6652, 2.3957, 0.17880, 73.251, 3.5362, 0.35467, 40.007],
    },
    index=["plasma", "damping", "infinity", "gap1", "edge1", "damping1", "A1", "edge2", "damping2", "A2"],
)
"""Of Rioux et al. (2014), in eV, with A1 in eV^(3/2) and A2 in eV²."""


def _parameters(gold):
    """Return the ten parameters at a share of gold: parabolas, 1 at 0, 1/2 or 1 and 0 at the others."""
    gold = np.asarray(gold, dtype=float)
    if not ((gold >= 0) & (gold <= 1)).all():
        raise ValueError(f"the share of gold is {gold}; allowed is 0 to 1")
    parts = np.stack([(1 - gold) * (1 - 2 * gold), 4 * gold * (1 - gold), gold * (2 * gold - 1)])
    return np.tensordot(PARAMETERS.to_numpy(), parts, 1)


def _energy(wavelength, lower, upper):
    wavelength = np.asarray(wavelength, dtype=float)
    if not ((wavelength >= lower) & (wavelength <= upper)).all():
        raise ValueError(
            f"wavelengths are {wavelength.min()} to {wavelength.max()} nm; allowed are {lower} to {upper}"
        )
    return PHOTON / wavelength


def _free(energy, plasma, damping):
    return -(plasma**2) / (energy * (energy + 1j * damping))


def alloy(wavelength, gold=0.0):
    """Dielectric function of an alloy of silver and gold, in bulk.

    Parameters
    ----------
    wavelength : (...) array_like
        In vacuum, 270 to 1200 nm.
    gold : (...) array_like
        Share of gold among the atoms; broadcast against `wavelength`.

    Returns
    -------
    (...) complex array
        Its imaginary part is positive: fields vary as exp(-iωt).

    Raises
    ------
    ValueError
        Outside the range of the model.

    Notes
    -----
    Source: Rioux et al. (2014) (`rioux2014`), the equations and table of its article. Compositions between
    the five that were measured are interpolated.

    Examples
    --------
    >>> print(alloy([400.0, 500.0]).round(3))
    [-3.719+0.144j -8.345+0.153j]
    """
    energy = _energy(wavelength, 270, 1200)
    plasma, damping, infinity, gap, edge, damping1, A1, edge2, damping2, A2 = _parameters(gold)
    z, width = energy + 1j * damping1, np.sqrt(gap - edge)
    first = (
        2 * np.sqrt(gap) * np.arctanh(width / np.sqrt(gap))
        - np.sqrt(z - gap) * np.arctan(width / np.sqrt(z - gap))
        - np.sqrt(z + gap) * np.arctanh(width / np.sqrt(z + gap))
        - width / 2 * np.log(1 - (z / edge) ** 2)
    )
    w = energy + 1j * damping2
    second = -np.log(1 - (w / edge2) ** 2) / 2
    return infinity + _free(energy, plasma, damping) + A1 * first / z**2 + A2 * second / w**2


@cache
def _tabulated():
    return pd.read_csv(Path(__file__).with_name("johnson1972.csv")).iloc[::-1]


def johnson_christy(wavelength, metal="silver"):
    """Dielectric function of silver or gold as tabulated by Johnson and Christy.

    Parameters
    ----------
    wavelength : array_like
        In vacuum, 190 to 1900 nm.
    metal : {"silver", "gold"}

    Returns
    -------
    complex array of the shape of `wavelength`
        n and k are interpolated as smooth functions of the photon energy without overshoot.

    Raises
    ------
    ValueError
        For another metal, and outside the table.

    Notes
    -----
    Source: table I of Johnson and Christy (1972) (`johnson1972`).

    Examples
    --------
    >>> print(johnson_christy([400.0, 500.0]).round(1))
    [-4.4+0.2j -9.8+0.3j]
    """
    if metal not in ("silver", "gold"):
        raise ValueError(f"the metal is {metal!r}; allowed are silver, gold")
    table, energy = _tabulated(), _energy(wavelength, 190, 1900)
    index = PchipInterpolator(table["energy"], table[[f"n_{metal}", f"k_{metal}"]])(energy)
    return (index[..., 0] + 1j * index[..., 1]) ** 2


def confined(epsilon, wavelength, radius, gold=0.0, *, scattering=1.0, electrons=1.0):
    """Dielectric function of a small particle: damped by its surface, and short of electrons.

    Parameters
    ----------
    epsilon : (...) complex array_like
        In bulk.
    wavelength : (...) array_like
        In vacuum, in nm.
    radius : (...) array_like
        Of the metal, in nm; infinity for bulk.
    gold : (...) array_like
        Share of gold, for the Drude parameters of :func:`alloy` and the Fermi velocity.
    scattering : float
        A: near 1 for a bare surface, larger where molecules on it take up electrons for a moment (chemical
        interface damping, Hövel et al. 1993, `hovel1993`).
    electrons : float or array
        Share f of the conduction electrons that is left.

    Returns
    -------
    (...) complex array

    Raises
    ------
    ValueError
        If `radius`, `scattering` or `electrons` is out of range.

    Notes
    -----
    Source: Kreibig and Vollmer (1995) (`kreibig1995`), section 2.2; electrons bound by thiols, Romann et al.
    (2015) (`romann2015`).

    Examples
    --------
    >>> print(confined(alloy(450.0), 450.0, 2.2).round(2))
    (-5.72+1.56j)
    """
    radius, electrons = np.asarray(radius, dtype=float), np.asarray(electrons, dtype=float)
    if not (radius > 0).all() or scattering < 0 or not ((electrons >= 0) & (electrons <= 1)).all():
        raise ValueError(
            f"radius {radius} nm, scattering {scattering}, electrons {electrons}: "
            "allowed are a positive radius, scattering from 0 and electrons from 0 to 1"
        )
    energy, gold = PHOTON / np.asarray(wavelength, dtype=float), np.asarray(gold, dtype=float)
    plasma, damping = _parameters(gold)[:2]
    velocity = FERMI_VELOCITY[0] + gold * (FERMI_VELOCITY[1] - FERMI_VELOCITY[0])
    surface = scattering * hbar / elementary_charge * velocity / (radius * 1e-9)
    return epsilon - _free(energy, plasma, damping) + electrons * _free(energy, plasma, damping + surface)
