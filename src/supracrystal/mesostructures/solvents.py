r"""Toluene and dichloromethane: what light and particles meet in the two solvents of Bose et al. (2025).

The refractive index n has one resonance in the ultraviolet,

.. math:: n^2 - 1 = \frac{B \lambda^2}{\lambda^2 - C^2} ,

fitted at 22 °C by Chang et al. (2024, `chang2024`), and follows the density :math:`\rho` at all other
temperatures by the rule of Eykman (1895, `eykman1895`), :math:`(n^2 - 1) / (n + 0.4) \propto \rho`, which
serves organic liquids better than that of Lorentz and Lorenz. Density, viscosity and permittivity follow
published equations. Left out: absorption by the solvents, dissolved water and stabilisers, and pressure.
"""

import chemicals
import numpy as np

CAS = {"toluene": "108-88-3", "dichloromethane": "75-09-2"}
RANGE = {"toluene": (-20.0, 110.0), "dichloromethane": (-20.0, 39.6)}
"""Temperatures in °C at which the solvent is a liquid under 1 atm, from -20 °C on."""
SELLMEIER = {"toluene": (1.171, 134.0), "dichloromethane": (0.9923, 107.0)}
"""B, and C in nm, of Chang et al. (2024), at 22 °C."""


def _check(solvent, temperature_C):
    if solvent not in CAS:
        raise ValueError(f"the solvent is {solvent!r}; allowed are {', '.join(CAS)}")
    lower, upper = RANGE[solvent]
    temperature = np.asarray(temperature_C, dtype=float)
    if not ((lower <= temperature) & (temperature <= upper)).all():
        raise ValueError(f"{temperature_C} °C; {solvent} is taken as a liquid from {lower} to {upper} °C")
    return temperature


def density(solvent, temperature_C=25.0):
    """Density of a solvent.

    Parameters
    ----------
    solvent : {"toluene", "dichloromethane"}
    temperature_C : float or array
        In °C.

    Returns
    -------
    float or array
        In kg/m³.

    Raises
    ------
    ValueError
        For another solvent, and where it is no liquid.

    Notes
    -----
    Source: equation 105 of DIPPR, with the constants of Perry's handbook (`perry2008`) as they
    stand in the library chemicals.

    Examples
    --------
    >>> print(density("toluene", 25.0).round(1))
    863.9
    """
    temperature = _check(solvent, temperature_C)
    return 1000 * chemicals.MW(CAS[solvent]) / saturated_volume(CAS[solvent], temperature)


def saturated_volume(cas, temperature_C):
    """Molar volume of a liquid under its own vapour, also above its boiling point, by equation 105 of DIPPR.

    Parameters
    ----------
    cas : str
        CAS number.
    temperature_C : float or array
        In °C.

    Returns
    -------
    float or array
        In cm³/mol.

    Examples
    --------
    >>> print(round(float(saturated_volume("75-09-2", 45.0)), 1))
    66.4
    """
    row = chemicals.volume.rho_data_Perry_8E_105_l.loc[cas]
    reduced = 1 - (np.asarray(temperature_C, dtype=float) + 273.15) / row.C3
    return 1e6 * row.C2 ** (1 + reduced**row.C4) / row.C1


def parts(solvent, temperature_C=25.0):
    """Volume fractions of the solvents of a mixture.

    Parameters
    ----------
    solvent : str or dict
        A solvent, or volume fractions by solvent.
    temperature_C : float
        In °C. A pure solvent must be a liquid under 1 atm; a mixture is taken to stand in a closed vial, and
        has the temperatures of toluene.

    Returns
    -------
    dict

    Raises
    ------
    ValueError
        If the fractions are not 1 together; for another solvent, and where it is no liquid.

    Examples
    --------
    >>> parts("toluene"), parts({"toluene": 0.25, "dichloromethane": 0.75}, 45.0)
    ({'toluene': 1.0}, {'toluene': 0.25, 'dichloromethane': 0.75})
    """
    if isinstance(solvent, str):
        _check(solvent, temperature_C)
        return {solvent: 1.0}
    for name in solvent:
        _check(name, 25.0)
    _check("toluene", temperature_C)
    if min(solvent.values()) < 0 or abs(sum(solvent.values()) - 1) > 1e-9:
        raise ValueError(f"the solvent is {solvent}; volume fractions from 0 to 1 that sum to 1 are needed")
    return dict(solvent)


def refractive_index(solvent, wavelength_nm=589.3, temperature_C=25.0):
    """Refractive index of a solvent.

    Parameters
    ----------
    solvent : {"toluene", "dichloromethane"}
    wavelength_nm : float or array
        From 350 to 2000 nm; the measured range begins at 500 nm, that of the formula at 400 nm.
    temperature_C : float or array
        In °C.

    Returns
    -------
    float or array

    Raises
    ------
    ValueError
        For another solvent, another wavelength, and where the solvent is no liquid.

    Notes
    -----
    Source: Chang et al. (2024) (`chang2024`) and Eykman (1895) (`eykman1895`); see the top of this module. At
    350 nm other measurements are higher by 0.003 (toluene, Kozma et al. 2005, `kozma2005`).

    Examples
    --------
    >>> print(refractive_index("toluene", 589.3, 45.0).round(4))
    1.482
    """
    wavelength = np.asarray(wavelength_nm, dtype=float)
    if not ((wavelength >= 350) & (wavelength <= 2000)).all():
        raise ValueError(f"the wavelength is {wavelength_nm} nm; allowed are 350 to 2000 nm")
    swelling = density(solvent, temperature_C) / density(solvent, 22.0)
    strength, resonance = SELLMEIER[solvent]
    excess = strength * wavelength**2 / (wavelength**2 - resonance**2)
    slope = swelling * excess / (np.sqrt(1 + excess) + 0.4)
    return slope / 2 + np.sqrt(slope**2 / 4 + 0.4 * slope + 1)


def viscosity(solvent, temperature_C=25.0):
    """Dynamic viscosity of a solvent.

    Parameters
    ----------
    solvent : {"toluene", "dichloromethane"}
    temperature_C : float or array
        In °C.

    Returns
    -------
    float or array
        In mPa s.

    Raises
    ------
    ValueError
        For another solvent, and where it is no liquid.

    Notes
    -----
    Source: for toluene the standard reference data of Santos et al. (2006, `santos2006`), known to 0.5 %; for
    dichloromethane equation 101 of DIPPR with the constants of Perry's handbook (`perry2008`).

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


def permittivity(solvent, temperature_C=25.0):
    """Relative permittivity of a solvent in a static field.

    Parameters
    ----------
    solvent : {"toluene", "dichloromethane"}
    temperature_C : float or array
        In °C. Fitted up to 43 °C for toluene and 33 °C for dichloromethane, and carried on beyond.

    Returns
    -------
    float or array

    Raises
    ------
    ValueError
        For another solvent, and where it is no liquid.

    Notes
    -----
    Source: the polynomials of the CRC Handbook (`crc2014`) as they stand in the library chemicals.

    Examples
    --------
    >>> print(permittivity("toluene", 45.0).round(3), permittivity("dichloromethane", 25.0).round(2))
    2.325 8.82
    """
    temperature = _check(solvent, temperature_C) + 273.15
    row = chemicals.permittivity.permittivity_data_CRC.loc[CAS[solvent]]
    return row.A + row.B * temperature + row.C * temperature**2
