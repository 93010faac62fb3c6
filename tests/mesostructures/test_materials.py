"""Metals and solvents against tables of others, handbooks and closed forms."""

import chemicals
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from supracrystal.mesostructures import materials

wavelengths = st.floats(300, 1200)
shares = st.floats(0, 1)

# n and k of refractiveindex.info (CC0), computed there by the program that Rioux et al. (2014) published.
RIOUX = {
    (0.0, 300): (1.45276, 0.91714),
    (0.0, 400): (0.03745, 1.92889),
    (0.0, 500): (0.02641, 2.88893),
    (0.0, 1100): (0.07858, 7.37082),
    (0.3, 350): (1.26053, 1.3602),
    (0.3, 450): (0.30311, 2.16326),
    (0.3, 800): (0.3021, 5.2796),
    (0.5, 400): (1.07148, 1.60428),
    (0.5, 600): (0.29642, 3.5864),
    (1.0, 350): (1.70986, 1.85445),
    (1.0, 500): (0.83636, 1.80008),
    (1.0, 1100): (0.16965, 7.44928),
}


@pytest.mark.parametrize(("gold", "wavelength"), RIOUX)
def test_alloy_agrees_with_the_tables_of_its_authors(gold, wavelength):
    index = np.sqrt(materials.alloy(wavelength, gold))
    assert index == pytest.approx(complex(*RIOUX[gold, wavelength]), abs=1.5e-5)


@pytest.mark.parametrize(("metal", "gold"), [("silver", 0.0), ("gold", 1.0)])
def test_model_lies_near_the_tables_of_johnson_and_christy(metal, gold):
    """They are other films: within a sixth of the modulus from 400 to 900 nm."""
    wavelength = np.arange(400.0, 901.0, 50.0)
    table, model = materials.johnson_christy(wavelength, metal), materials.alloy(wavelength, gold)
    assert (abs(model - table) < abs(table) * 0.17).all()


# Photon energy, n and k of silver and of gold in table I of Johnson and Christy (1972).
@pytest.mark.parametrize(
    ("energy", "silver", "gold"),
    [
        (3.00, 0.05 + 2.275j, 1.46 + 1.958j),
        (2.50, 0.05 + 3.093j, 1.04 + 1.833j),
        (1.64, 0.03 + 5.242j, 0.14 + 4.542j),
    ],
)
def test_tables_are_those_printed(energy, silver, gold):
    for metal, index in (("silver", silver), ("gold", gold)):
        found = materials.johnson_christy(materials.PHOTON / energy, metal)
        assert found == pytest.approx(index**2, abs=1e-10)


@given(wavelengths, shares)
def test_alloys_take_energy_from_light(wavelength, gold):
    assert materials.alloy(wavelength, gold).imag > 0


def test_alloys_bend_between_the_measured_compositions():
    middle = materials.alloy(400.0, 0.5)
    assert abs(middle - (materials.alloy(400.0, 0.0) + materials.alloy(400.0, 1.0)) / 2) > 1


def test_free_electrons_alone_have_the_frequency_of_their_density():
    """One electron an atom leads to a plasma energy of 9 eV."""
    density = 10.49 / 107.868 * 6.02214e23 * 1e6
    expected = np.sqrt(density * 1.602177e-19**2 / (8.854188e-12 * 9.109384e-31)) * 6.582120e-16
    assert materials.PARAMETERS.loc["plasma", "silver"] == pytest.approx(expected, rel=0.06)


# Small particles


@given(wavelengths, shares)
def test_a_large_particle_is_bulk(wavelength, gold):
    bulk = materials.alloy(wavelength, gold)
    assert materials.confined(bulk, wavelength, np.inf, gold) == pytest.approx(bulk, rel=1e-12)


def test_what_is_taken_away_is_what_drude_has():
    """Without electrons only the interband part is left, which is small and positive in the infrared."""
    wavelength, radius = 1100.0, 3.0
    bare = materials.confined(materials.alloy(wavelength), wavelength, radius, electrons=0.0)
    energy, gamma = 1239.8419843 / wavelength, 0.022427 + 0.6582119569 * 1.39 / radius
    whole = materials.confined(materials.alloy(wavelength), wavelength, radius)
    assert whole - bare == pytest.approx(-(8.5546**2) / (energy * (energy + 1j * gamma)), rel=1e-6)
    assert 1 < bare.real < 6


@given(st.floats(1, 20), st.floats(0.1, 3))
def test_surfaces_damp(radius, scattering):
    bulk = materials.alloy(450.0)
    small = materials.confined(bulk, 450.0, radius, scattering=scattering)
    assert small.imag > bulk.imag
    half = materials.confined(bulk, 450.0, radius / 2, scattering=scattering / 2)
    assert half == pytest.approx(small, rel=1e-12)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: materials.alloy(250.0), "270 to 1200"),
        (lambda: materials.alloy(400.0, 1.2), "0 to 1"),
        (lambda: materials.johnson_christy(400.0, "copper"), "allowed are silver, gold"),
        (lambda: materials.johnson_christy(2500.0), "190 to 1900"),
        (lambda: materials.confined(-4.0, 400.0, 0.0), "positive radius"),
        (lambda: materials.confined(-4.0, 400.0, 2.0, electrons=-0.1), "electrons from 0 to 1"),
    ],
)
def test_what_is_not_allowed_is_said(call, message):
    with pytest.raises(ValueError, match=message):
        call()


# Refractive index


@pytest.mark.parametrize("solvent", materials.CAS)
def test_refractive_index_agrees_with_the_handbook(solvent):
    index, temperature = chemicals.RI(materials.CAS[solvent])
    assert materials.refractive_index(solvent, 589.3, temperature - 273.15) == pytest.approx(index, abs=1e-3)


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
    assert materials.refractive_index("toluene", wavelength, temperature) == pytest.approx(index, abs=within)


def test_temperature_coefficients_are_those_of_the_literature():
    """dn/dT is -5.6e-4 /K for toluene by Riddick et al. (1986): 1.49693 at 20 °C, 1.49413 at 25 °C."""
    low, high = materials.refractive_index("toluene", 589.3, np.array([20.0, 25.0]))
    assert high - low == pytest.approx(1.49413 - 1.49693, abs=1e-4)
    low, high = materials.refractive_index("dichloromethane", 589.3, np.array([20.0, 25.0]))
    assert high - low == pytest.approx(1.42115 - 1.42416, abs=3e-4)


def test_index_at_the_temperature_of_the_fit_is_that_of_the_formula():
    wavelength = np.array([400.0, 632.8])
    expected = np.sqrt(1 + 1.171 * wavelength**2 / (wavelength**2 - 134.0**2))
    found = materials.refractive_index("toluene", wavelength, 22.0)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("water",), "allowed are toluene"),
        (("toluene", 300.0), "350 to 2000"),
        (("dichloromethane", 500.0, 45.0), "39.6"),
    ],
)
def test_solvents_that_are_not_allowed_are_said(arguments, message):
    with pytest.raises(ValueError, match=message):
        materials.refractive_index(*arguments)


# Density


@pytest.mark.parametrize(
    ("solvent", "temperature", "expected"), [("toluene", 25, 862.2), ("dichloromethane", 20, 1326.6)]
)
def test_density_agrees_with_the_handbook(solvent, temperature, expected):
    """CRC Handbook: 0.8622 g/cm3 at 25 °C and 1.3266 g/cm3 at 20 °C."""
    assert materials.density(solvent, temperature) == pytest.approx(expected, rel=3e-3)


# Viscosity


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
    assert materials.viscosity(solvent, temperature) == pytest.approx(expected, abs=within)


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
        assert materials.viscosity(solvent, temperature) == pytest.approx(expected, rel=0.011)
