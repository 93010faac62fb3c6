r"""Optical and liquid properties: silver, gold and their alloys; toluene, dichloromethane and their mixtures.

Alloys follow the model of Rioux et al. (2014, `rioux2014`), fitted to ellipsometry of five films: free
electrons (Drude) and two critical points for the interband transitions,

.. math::
    \varepsilon(\omega) = \varepsilon_\infty - \frac{\omega_p^2}{\omega (\omega + \mathrm i \Gamma_p)}
    + \varepsilon_1(\omega; \omega_{g1}, \omega_{01}, \Gamma_1, A_1)
    + \varepsilon_2(\omega; \omega_{02}, \Gamma_2, A_2) ,

with ten parameters that are parabolas in the share of gold. The tables of Johnson and Christy (1972,
`johnson1972`) stand beside it: their silver is more negative in the visible by a sixth, which moves the
plasmon of a small sphere some 15 nm to the blue. In a particle of radius r the surface damps the
electrons (Kreibig and Vollmer 1995, `kreibig1995`), and ligands may bind some, so that a share f of them
is free:

.. math::
    \varepsilon(\omega, r) = \varepsilon(\omega) + \frac{\omega_p^2}{\omega (\omega + \mathrm i \Gamma_p)}
    - \frac{f \omega_p^2}{\omega (\omega + \mathrm i \Gamma_p + \mathrm i A v_\mathrm F / r)} .

The refractive index of a solvent has one ultraviolet resonance, :math:`n^2 - 1 = B \lambda^2 / (\lambda^2 -
C^2)`, fitted at 22 °C by Chang et al. (2024, `chang2024`), and follows the density at other temperatures by
the rule of Eykman (1895, `eykman1895`), :math:`(n^2 - 1) / (n + 0.4) \propto \rho`.

Left out: nonlocal response and discrete levels of particles below some 2 nm, order in alloys, the metals'
temperature; absorption by the solvents, dissolved water, and pressure.
"""

from functools import cache
from pathlib import Path

import chemicals
import numpy as np
import pandas as pd
from scipy.constants import c, elementary_charge, h, hbar
from scipy.interpolate import PchipInterpolator

from supracrystal import InputError

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
CAS = {"toluene": "108-88-3", "dichloromethane": "75-09-2"}
RANGE = {"toluene": (-20.0, 110.0), "dichloromethane": (-20.0, 39.6)}
"""Temperatures in °C at which the solvent is a liquid under 1 atm, from -20 °C on."""
SELLMEIER = {"toluene": (1.171, 134.0), "dichloromethane": (0.9923, 107.0)}
"""B, and C in nm, of Chang et al. (2024), at 22 °C."""


def _parameters(gold):
    """Return the ten parameters at a share of gold: parabolas through their values at 0, 1/2 and 1."""
    gold = np.asarray(gold, dtype=float)
    if not ((gold >= 0) & (gold <= 1)).all():
        raise InputError(f"the share of gold is {gold}; allowed is 0 to 1")
    parts = np.stack([(1 - gold) * (1 - 2 * gold), 4 * gold * (1 - gold), gold * (2 * gold - 1)])
    return np.tensordot(PARAMETERS.to_numpy(), parts, 1)


def _energy(wavelength, lower, upper):
    """Return photon energies in eV, refusing wavelengths outside a range."""
    wavelength = np.asarray(wavelength, dtype=float)
    if not ((wavelength >= lower) & (wavelength <= upper)).all():
        raise InputError(
            f"wavelengths are {wavelength.min()} to {wavelength.max()} nm; allowed are {lower} to {upper}"
        )
    return PHOTON / wavelength


def _free(energy, plasma, damping):
    """Return the contribution of free electrons."""
    return -(plasma**2) / (energy * (energy + 1j * damping))


def alloy(wavelength, gold=0.0):
    """Dielectric function of a bulk alloy, for a share of gold, at 270 to 1200 nm (in vacuum; broadcast).

    Its imaginary part is positive: fields vary as exp(-iωt). Outside the range a ValueError is raised.

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
    """Return the table of Johnson and Christy."""
    return pd.read_csv(Path(__file__).with_name("johnson1972.csv")).iloc[::-1]


def johnson_christy(wavelength, metal="silver"):
    """Dielectric function of ``silver`` or ``gold`` by table I of Johnson and Christy (190 to 1900 nm).

    Examples
    --------
    >>> print(johnson_christy([400.0, 500.0]).round(1))
    [-4.4+0.2j -9.8+0.3j]
    """
    if metal not in ("silver", "gold"):
        raise InputError(f"the metal is {metal!r}; allowed are silver, gold")
    table, energy = _tabulated(), _energy(wavelength, 190, 1900)
    index = PchipInterpolator(table["energy"], table[[f"n_{metal}", f"k_{metal}"]])(energy)
    return (index[..., 0] + 1j * index[..., 1]) ** 2


def confined(epsilon, wavelength, radius, gold=0.0, *, scattering=1.0, electrons=1.0):
    """Dielectric function of a small particle, damped by its surface and short of electrons.

    Parameters
    ----------
    epsilon, wavelength, radius, gold : (...) array_like
        In bulk; in nm; in nm, infinite for bulk; share of gold.
    scattering : float
        A: near 1 for a bare surface, larger with molecules on it (Hövel et al. 1993, `hovel1993`).
    electrons : float or array
        Share f that is left; thiols bind some (Romann et al. 2015, `romann2015`).

    Examples
    --------
    >>> print(confined(alloy(450.0), 450.0, 2.2).round(2))
    (-5.72+1.56j)
    """
    radius, electrons = np.asarray(radius, dtype=float), np.asarray(electrons, dtype=float)
    if not (radius > 0).all() or scattering < 0 or not ((electrons >= 0) & (electrons <= 1)).all():
        raise InputError(
            f"radius {radius} nm, scattering {scattering}, electrons {electrons}: "
            "allowed are a positive radius, scattering from 0 and electrons from 0 to 1"
        )
    energy, gold = PHOTON / np.asarray(wavelength, dtype=float), np.asarray(gold, dtype=float)
    plasma, damping = _parameters(gold)[:2]
    velocity = FERMI_VELOCITY[0] + gold * (FERMI_VELOCITY[1] - FERMI_VELOCITY[0])
    surface = scattering * hbar / elementary_charge * velocity / (radius * 1e-9)
    return epsilon - _free(energy, plasma, damping) + electrons * _free(energy, plasma, damping + surface)


def _check(solvent, temperature_C):
    """Return temperatures as an array, refusing unknown solvents and those that are no liquid."""
    if solvent not in CAS:
        raise InputError(f"the solvent is {solvent!r}; allowed are {', '.join(CAS)}")
    lower, upper = RANGE[solvent]
    temperature = np.asarray(temperature_C, dtype=float)
    if not ((lower <= temperature) & (temperature <= upper)).all():
        raise InputError(f"{temperature_C} °C; {solvent} is taken as a liquid from {lower} to {upper} °C")
    return temperature


def saturated_volume(cas, temperature_C):
    """Molar volume in cm³/mol of a liquid (by CAS number) under its own vapour, also above its boiling point.

    By equation 105 of DIPPR with the constants of Perry's handbook (`perry2008`), as chemicals holds them.
    """
    row = chemicals.volume.rho_data_Perry_8E_105_l.loc[cas]
    reduced = 1 - (np.asarray(temperature_C, dtype=float) + 273.15) / row.C3
    return 1e6 * row.C2 ** (1 + reduced**row.C4) / row.C1


def density(solvent, temperature_C=25.0):
    """Density of ``toluene`` or ``dichloromethane`` in kg/m³ (see :func:`saturated_volume`).

    Examples
    --------
    >>> print(density("toluene", 25.0).round(1))
    863.9
    """
    temperature = _check(solvent, temperature_C)
    return 1000 * chemicals.MW(CAS[solvent]) / saturated_volume(CAS[solvent], temperature)


def solvent_parts(solvent, temperature_C=25.0):
    """Volume fractions by solvent, of a name or of a mixture given as such a dict that sums to 1.

    A pure solvent must be a liquid under 1 atm; a mixture stands in a closed vial, at temperatures of
    toluene.
    """
    if isinstance(solvent, str):
        _check(solvent, temperature_C)
        return {solvent: 1.0}
    for name in solvent:
        _check(name, 25.0)
    _check("toluene", temperature_C)
    if min(solvent.values()) < 0 or abs(sum(solvent.values()) - 1) > 1e-9:
        raise InputError(f"the solvent is {solvent}; volume fractions from 0 to 1 that sum to 1 are needed")
    return dict(solvent)


def refractive_index(solvent, wavelength_nm=589.3, temperature_C=25.0):
    """Refractive index of a solvent at 350 to 2000 nm (measured from 500 nm on).

    At 350 nm other measurements are higher by 0.003 (toluene, Kozma et al. 2005, `kozma2005`).

    Examples
    --------
    >>> print(refractive_index("toluene", 589.3, 45.0).round(4))
    1.482
    """
    wavelength = np.asarray(wavelength_nm, dtype=float)
    if not ((wavelength >= 350) & (wavelength <= 2000)).all():
        raise InputError(f"the wavelength is {wavelength_nm} nm; allowed are 350 to 2000 nm")
    swelling = density(solvent, temperature_C) / density(solvent, 22.0)
    strength, resonance = SELLMEIER[solvent]
    excess = strength * wavelength**2 / (wavelength**2 - resonance**2)
    slope = swelling * excess / (np.sqrt(1 + excess) + 0.4)
    return slope / 2 + np.sqrt(slope**2 / 4 + 0.4 * slope + 1)


def viscosity(solvent, temperature_C=25.0):
    """Dynamic viscosity of a solvent in mPa s.

    For toluene by the reference data of Santos et al. (2006, `santos2006`), known to 0.5 %; for
    dichloromethane by equation 101 of DIPPR with the constants of Perry's handbook (`perry2008`).

    Examples
    --------
    >>> print(viscosity("toluene", 45.0).round(3), viscosity("dichloromethane", 25.0).round(4))
    0.443 0.4134
    """
    temperature = _check(solvent, temperature_C) + 273.15
    if solvent == "toluene":
        inverse = 298.15 / temperature
        return 0.5542 * np.exp(-5.2203 + 8.964 * inverse - 5.834 * inverse**2 + 2.089 * inverse**3)
    return 1000 * np.exp(-13.071 + 940.03 / temperature + 0.3733 * np.log(temperature))
