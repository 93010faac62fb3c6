"""Spheres against written-out Mie theory, limits and closed forms."""

import numpy as np
import pandas as pd
import pytest
import reference
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import truncnorm

from supracrystal.mesostructures import materials as dielectric
from supracrystal.mesostructures import optics

metals = st.builds(complex, st.floats(-20, -1), st.floats(0.1, 8))


@pytest.mark.parametrize("radius", [2.2, 20.0, 100.0, 400.0])
@pytest.mark.parametrize("epsilon", [-5.5 + 0.7j, 3.0 + 1.5j, 4.0 + 0j])
def test_mie_theory_agrees_with_the_formulas_written_out(radius, epsilon):
    expected = reference.coated_extinction(450.0, radius, radius, epsilon, 1.5 * 1.2, 1.5)
    found, scattering = optics.cross_sections(450.0, radius, epsilon, 1.5)
    assert found == pytest.approx(expected, rel=2e-4)
    assert 0 < scattering <= found * (1 + 1e-9)


@given(metals, st.floats(1.3, 2.5), st.floats(0.0, 1.0))
def test_small_spheres_in_shells_agree_with_the_formulas_written_out(epsilon, shell, thickness):
    expected = reference.coated_extinction(450.0, 1.0, 1.0 + thickness, epsilon, shell, 1.5)
    alpha = optics.polarizability(1.0, epsilon, 1.5, shell=shell, thickness=thickness)
    assert optics.small_cross_sections(450.0, alpha, 1.5)[0] == pytest.approx(expected, rel=0.05)


def test_limit_for_small_spheres_is_reached_with_the_square_of_the_size():
    radius, epsilon = np.array([8.0, 4.0, 2.0]), -4.4 + 0.6j
    exact = [reference.coated_extinction(420.0, r, r, epsilon, 1.8, 1.5) for r in radius]
    alpha = optics.polarizability(radius, epsilon, 1.5)
    error = abs(optics.small_cross_sections(420.0, alpha, 1.5)[0] / exact - 1)
    assert error[-1] < 0.01
    assert (error[:-1] / error[1:]).min() > 3


@given(metals, st.floats(1.2, 2.0))
def test_a_shell_of_solvent_or_of_metal_is_none(epsilon, medium):
    alone = optics.polarizability(2.2, epsilon, medium)
    assert optics.polarizability(2.2, epsilon, medium, shell=medium, thickness=0.7) == pytest.approx(alone)
    whole = optics.polarizability(1.5, epsilon, medium, shell=np.sqrt(epsilon), thickness=0.7)
    assert whole == pytest.approx(alone, rel=1e-9)
    assert alone == pytest.approx(2.2**3 * (epsilon - medium**2) / (epsilon + 2 * medium**2), rel=1e-9)


def test_arrays_are_broadcast():
    wavelength, radius = np.array([400.0, 450.0, 500.0]), np.array([[2.0], [5.0]])
    epsilon = np.array([-4 + 0.5j, -6 + 0.5j, -9 + 0.5j])
    extinction, scattering = optics.cross_sections(wavelength, radius, epsilon, 1.5)
    assert extinction.shape == scattering.shape == (2, 3)
    assert extinction[1, 2] == optics.cross_sections(500.0, 5.0, -9 + 0.5j, 1.5)[0]


# Sizes


def test_sizes_have_the_moments_of_the_distribution_cut_off():
    diameter, weight = optics.sizes(4.4, 2.3, smallest=1.0)
    exact = truncnorm((1.0 - 4.4) / 2.3, 4.0, 4.4, 2.3)
    for power in (1, 2, 3, 6):
        assert weight @ diameter**power == pytest.approx(exact.moment(power), rel=1e-6)


def test_narrow_sizes_are_not_cut():
    diameter, weight = optics.sizes(3.5, 0.5)
    assert weight @ diameter == pytest.approx(3.5, rel=1e-6)
    assert np.sqrt(weight @ (diameter - 3.5) ** 2) == pytest.approx(0.5, rel=2e-3)


@pytest.mark.parametrize("arguments", [(4.4, 0.0), (1.0, 0.5, 5.0)])
def test_nothing_left_of_the_sizes_is_an_error(arguments):
    with pytest.raises(ValueError, match="nothing is left"):
        optics.sizes(*arguments[:2], smallest=arguments[2] if len(arguments) > 2 else 1.0)


# Units


def test_molar_coefficient_is_that_of_beer_lambert():
    """A mol of silver in a litre: particles in a cm3, times their cross-section in cm2, to base ten."""
    section, radius = 8.0, 2.2
    atoms = 4 / 3 * np.pi * (radius * 1e-7) ** 3 * 10.49 / 107.868 * 6.02214e23
    expected = 6.02214e23 / 1000 / atoms * section * 1e-14 / np.log(10)
    found = optics.molar(section, 4 / 3 * np.pi * radius**3)
    assert found == pytest.approx(expected, rel=2e-3)
    assert optics.mass(found) == pytest.approx(expected / 107.868, rel=2e-3)


# Peaks


@given(st.floats(430, 560), st.floats(20, 40))
def test_peak_of_a_lorentzian(centre, half):
    wavelength = np.arange(350.0, 801.0, 2.0)
    spectrum = pd.Series(1 / (1 + ((wavelength - centre) / half) ** 2), wavelength)
    found = optics.peak(spectrum)
    assert found == pytest.approx({"position": centre, "height": 1.0, "width": half}, rel=2e-3)


def test_there_need_be_no_peak():
    assert np.isnan(optics.peak(pd.Series(np.linspace(3, 0, 50), np.arange(50.0)))["position"])


def test_plasmon_lies_where_the_metal_cancels_twice_the_solvent():
    """Fröhlich's condition, for silver in toluene as for any small sphere that is damped little."""
    wavelength = np.arange(380.0, 480.0, 0.5)
    epsilon = dielectric.alloy(wavelength)
    extinction, _ = optics.cross_sections(wavelength, 2.2, epsilon, 1.51)
    crossing = np.interp(0.0, -(epsilon.real + 2 * 1.51**2), wavelength)
    assert optics.peak(pd.Series(extinction, wavelength))["position"] == pytest.approx(crossing, abs=1)
