"""Solvents against the handbook and against other measurements."""

import chemicals
import numpy as np
import pytest

from supracrystal.mesostructures import solvents

# Refractive index


@pytest.mark.parametrize("solvent", solvents.CAS)
def test_refractive_index_agrees_with_the_handbook(solvent):
    index, temperature = chemicals.RI(solvents.CAS[solvent])
    assert solvents.refractive_index(solvent, 589.3, temperature - 273.15) == pytest.approx(index, abs=1e-3)


# As measured by others: Kedenburg et al. (2012) at 20 °C and Moutzouris et al. (2013) at 27 °C, which lie on
# either side, and Kozma et al. (2005) in the ultraviolet.
@pytest.mark.parametrize(
    ("temperature", "wavelength", "index", "within"),
    [
        (20, 500, 1.50575, 1.5e-3),
        (20, 700, 1.49004, 1.5e-3),
        (27, 500, 1.50129, 1.5e-3),
        (27, 700, 1.48544, 1.5e-3),
        (22, 350, 1.54278, 3e-3),
    ],
)
def test_index_of_toluene_agrees_with_other_measurements(temperature, wavelength, index, within):
    assert solvents.refractive_index("toluene", wavelength, temperature) == pytest.approx(index, abs=within)


def test_temperature_coefficients_are_those_of_the_literature():
    """dn/dT is -5.6e-4 /K for toluene by Riddick et al. (1986): 1.49693 at 20 °C, 1.49413 at 25 °C."""
    low, high = solvents.refractive_index("toluene", 589.3, np.array([20.0, 25.0]))
    assert high - low == pytest.approx(1.49413 - 1.49693, abs=1e-4)
    low, high = solvents.refractive_index("dichloromethane", 589.3, np.array([20.0, 25.0]))
    assert high - low == pytest.approx(1.42115 - 1.42416, abs=3e-4)


def test_index_at_the_temperature_of_the_fit_is_that_of_the_formula():
    wavelength = np.array([400.0, 632.8])
    expected = np.sqrt(1 + 1.171 * wavelength**2 / (wavelength**2 - 134.0**2))
    found = solvents.refractive_index("toluene", wavelength, 22.0)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("water",), "allowed are toluene"),
        (("toluene", 300.0), "350 to 2000"),
        (("dichloromethane", 500.0, 45.0), "39.6"),
    ],
)
def test_what_is_not_allowed_is_said(arguments, message):
    with pytest.raises(ValueError, match=message):
        solvents.refractive_index(*arguments)


# Density


@pytest.mark.parametrize(
    ("solvent", "temperature", "expected"), [("toluene", 25, 862.2), ("dichloromethane", 20, 1326.6)]
)
def test_density_agrees_with_the_handbook(solvent, temperature, expected):
    """CRC Handbook: 0.8622 g/cm3 at 25 °C and 1.3266 g/cm3 at 20 °C."""
    assert solvents.density(solvent, temperature) == pytest.approx(expected, rel=3e-3)


# Viscosity and permittivity


@pytest.mark.parametrize(
    ("solvent", "temperature", "expected", "within"),
    [
        ("toluene", 25, 0.5542, 0.0033),
        ("toluene", 45, 0.441, 0.005),
        ("dichloromethane", 0, 0.533, 0.003),
        ("dichloromethane", 25, 0.413, 0.003),
    ],
)
def test_viscosity_agrees_with_printed_values(solvent, temperature, expected, within):
    """Santos et al. (2006) at 25 °C, with their uncertainty; measured by others; the CRC Handbook."""
    assert solvents.viscosity(solvent, temperature) == pytest.approx(expected, abs=within)


# By the equations of the VDI Heat Atlas (2010), written out with their constants.
@pytest.mark.parametrize(
    ("solvent", "a", "b", "c", "d", "e"),
    [
        ("toluene", 2.9548, 3e-5, 1048.107, 137.144, 3.97e-6),
        ("dichloromethane", 0.85505, 0.90417, 608.752, -18.795, 7.319e-5),
    ],
)
def test_viscosity_agrees_with_the_heat_atlas(solvent, a, b, c, d, e):
    for temperature in (5.0, 25.0, 39.0):
        x = ((c - (temperature + 273.15)) / (temperature + 273.15 - d)) ** (1 / 3)
        expected = 1000 * e * np.exp(a * x + b * x**4)
        assert solvents.viscosity(solvent, temperature) == pytest.approx(expected, rel=0.011)


@pytest.mark.parametrize(
    ("solvent", "temperature", "expected", "within"),
    [
        ("toluene", 23.2, 2.379, 0.01),
        ("dichloromethane", 25.0, 8.93, 0.12),
        ("dichloromethane", 20.0, 9.08, 0.12),
    ],
)
def test_permittivity_agrees_with_single_measurements(solvent, temperature, expected, within):
    """The CRC Handbook, and 9.08 of Maryott and Smith (1951)."""
    assert solvents.permittivity(solvent, temperature) == pytest.approx(expected, abs=within)
