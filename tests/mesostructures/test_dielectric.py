"""Dielectric functions against tables of others and closed forms."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from supracrystal.mesostructures import materials as dielectric

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
    index = np.sqrt(dielectric.alloy(wavelength, gold))
    assert index == pytest.approx(complex(*RIOUX[gold, wavelength]), abs=1.5e-5)


@pytest.mark.parametrize(("metal", "gold"), [("silver", 0.0), ("gold", 1.0)])
def test_model_lies_near_the_tables_of_johnson_and_christy(metal, gold):
    """They are other films: within a sixth of the modulus from 400 to 900 nm."""
    wavelength = np.arange(400.0, 901.0, 50.0)
    table, model = dielectric.johnson_christy(wavelength, metal), dielectric.alloy(wavelength, gold)
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
        found = dielectric.johnson_christy(dielectric.PHOTON / energy, metal)
        assert found == pytest.approx(index**2, abs=1e-10)


@given(wavelengths, shares)
def test_alloys_take_energy_from_light(wavelength, gold):
    assert dielectric.alloy(wavelength, gold).imag > 0


def test_alloys_bend_between_the_measured_compositions():
    middle = dielectric.alloy(400.0, 0.5)
    assert abs(middle - (dielectric.alloy(400.0, 0.0) + dielectric.alloy(400.0, 1.0)) / 2) > 1


def test_free_electrons_alone_have_the_frequency_of_their_density():
    """One electron an atom leads to a plasma energy of 9 eV."""
    density = 10.49 / 107.868 * 6.02214e23 * 1e6
    expected = np.sqrt(density * 1.602177e-19**2 / (8.854188e-12 * 9.109384e-31)) * 6.582120e-16
    assert dielectric.PARAMETERS.loc["plasma", "silver"] == pytest.approx(expected, rel=0.06)


# Small particles


@given(wavelengths, shares)
def test_a_large_particle_is_bulk(wavelength, gold):
    bulk = dielectric.alloy(wavelength, gold)
    assert dielectric.confined(bulk, wavelength, np.inf, gold) == pytest.approx(bulk, rel=1e-12)


def test_what_is_taken_away_is_what_drude_has():
    """Without electrons only the interband part is left, which is small and positive in the infrared."""
    wavelength, radius = 1100.0, 3.0
    bare = dielectric.confined(dielectric.alloy(wavelength), wavelength, radius, electrons=0.0)
    energy, gamma = 1239.8419843 / wavelength, 0.022427 + 0.6582119569 * 1.39 / radius
    whole = dielectric.confined(dielectric.alloy(wavelength), wavelength, radius)
    assert whole - bare == pytest.approx(-(8.5546**2) / (energy * (energy + 1j * gamma)), rel=1e-6)
    assert 1 < bare.real < 6


@given(st.floats(1, 20), st.floats(0.1, 3))
def test_surfaces_damp(radius, scattering):
    bulk = dielectric.alloy(450.0)
    small = dielectric.confined(bulk, 450.0, radius, scattering=scattering)
    assert small.imag > bulk.imag
    half = dielectric.confined(bulk, 450.0, radius / 2, scattering=scattering / 2)
    assert half == pytest.approx(small, rel=1e-12)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: dielectric.alloy(250.0), "270 to 1200"),
        (lambda: dielectric.alloy(400.0, 1.2), "0 to 1"),
        (lambda: dielectric.johnson_christy(400.0, "copper"), "allowed are silver, gold"),
        (lambda: dielectric.johnson_christy(2500.0), "190 to 1900"),
        (lambda: dielectric.confined(-4.0, 400.0, 0.0), "positive radius"),
        (lambda: dielectric.confined(-4.0, 400.0, 2.0, electrons=-0.1), "electrons from 0 to 1"),
    ],
)
def test_what_is_not_allowed_is_said(call, message):
    with pytest.raises(ValueError, match=message):
        call()
