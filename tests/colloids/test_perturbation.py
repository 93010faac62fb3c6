"""Effective diameters against literal quadratures, exact limits and the fits of Verlet and Weis."""

import numpy as np
import pytest
import reference
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import gamma

from supracrystal.colloids import hard_spheres as perturbation


@pytest.mark.parametrize("temperature", [0.05, 0.2, 1.0, 10.0])
def test_barker_henderson_integral_by_the_midpoint_rule(temperature):
    ours = perturbation.barker_henderson_diameter(temperature=temperature)
    assert ours == pytest.approx(reference.barker_henderson(temperature), abs=1e-9)


@given(r=st.floats(0.3, 2.0), temperature=st.floats(0.01, 10))
def test_boltzmann_factor_is_that_of_the_printed_potential(r, temperature):
    ours = perturbation.boltzmann_factor(r, temperature=temperature)
    assert ours == pytest.approx(np.exp(-reference.wca_energy(r) / temperature), rel=1e-9, abs=1e-300)


def test_diameter_tends_to_the_range_of_the_potential_in_the_cold():
    # Near its end, at r_m, u = 36 (r / r_m - 1)^2, so that exp(-u/T) is half a Gaussian.
    cold = 1e-6
    expected = 2 ** (1 / 6) * (1 - np.sqrt(np.pi * cold / 36) / 2)
    assert perturbation.barker_henderson_diameter(temperature=cold) == pytest.approx(expected, abs=2e-6)
    assert perturbation.wca_diameter(0.5, temperature=cold) == pytest.approx(expected, abs=2e-6)


def test_diameter_in_great_heat_is_that_of_inverse_twelfth_powers():
    hot = 1e12
    closed = (4 / hot) ** (1 / 12) * gamma(11 / 12)
    assert perturbation.barker_henderson_diameter(temperature=hot) == pytest.approx(closed, rel=1e-5)


@pytest.mark.parametrize("temperature", [0.8, 1.0, 1.3])
def test_barker_henderson_diameter_against_the_fit_of_verlet_and_weis(temperature):
    fit = (0.3837 * temperature + 1.068) / (0.4293 * temperature + 1)
    assert perturbation.barker_henderson_diameter(temperature=temperature) == pytest.approx(fit, abs=4e-4)


@pytest.mark.parametrize("temperature", [0.2, 1.0])
@pytest.mark.parametrize("density", [0.3, 0.6, 0.802, 0.831])
def test_wca_diameter_against_the_first_order_formula_of_verlet_and_weis(density, temperature):
    ours = perturbation.wca_diameter(density, temperature=temperature)
    assert ours == pytest.approx(reference.verlet_weis_diameter(density, temperature), abs=4e-4)
    assert abs(ours / perturbation.barker_henderson_diameter(temperature=temperature) - 1) > 1e-4


def test_wca_diameter_solves_the_condition_of_andersen_weeks_and_chandler():
    d = perturbation.wca_diameter(0.8, temperature=0.2)
    step = 1e-6
    r = np.arange(0.7, 2 ** (1 / 6), step) + step / 2
    y = perturbation.cavity(r / d, np.pi / 6 * 0.8 * d**3)
    blip = y * (np.exp(-reference.wca_energy(r) / 0.2) - (r > d)) * r**2 * step
    assert abs(blip.sum()) < 1e-4 * np.abs(blip).sum()


def test_cavity_function_at_low_density_is_the_overlap_of_two_spheres():
    x, eta = np.linspace(0, 1.9, 40), 1e-5
    exact = 8 - 6 * x + x**3 / 2
    assert (perturbation.cavity(x, eta) - 1) / eta == pytest.approx(exact, abs=2e-3)


@pytest.mark.parametrize("eta", [0.1, 0.3, 0.45, 0.52])
def test_cavity_function_at_contact_is_that_of_carnahan_and_starling_and_smooth(eta):
    around = perturbation.cavity(np.array([1 - 2e-5, 1 - 1e-5, 1, 1 + 1e-5, 1 + 2e-5]), eta)
    pressure = (1 + eta + eta**2 - eta**3) / (1 - eta) ** 3
    assert around[2] == pytest.approx((pressure - 1) / (4 * eta), rel=1e-9)
    assert around[1] - around[0] == pytest.approx(around[4] - around[3], rel=2e-3)


@pytest.mark.parametrize("eta", [0.05, 0.1, 0.2])
def test_cavity_function_inside_the_core_is_near_percus_and_yevick_when_dilute(eta):
    x = np.linspace(0.8, 1, 9)
    ratio = perturbation.cavity(x, eta) / reference.percus_yevick_cavity(x, eta)
    assert np.abs(ratio - 1).max() < 2.5 * eta**2


@pytest.mark.parametrize("eta", [0.2, 0.35, 0.5])
def test_slope_at_contact_against_the_published_fit(eta):
    y = perturbation.cavity(np.array([1.0, 1 + 1e-6]), eta)
    ratio = 1 + (y[1] - y[0]) / 1e-6 / y[0] / 2
    w = eta - eta**2 / 16
    fit = (1 - 17 / 4 * w + 1.362 * w**2 - 0.8751 * w**3) / (1 - w) ** 2
    assert ratio == pytest.approx(fit, rel=0.03)


def test_packing_fractions_printed_by_wang_2021():
    ours = [perturbation.effective_packing_fraction(density) for density in (0.802, 0.831)]
    assert ours == pytest.approx([0.506, 0.524], abs=0.0005)


@given(density=st.floats(0.01, 1.0), x_large=st.floats(0, 1), size_ratio=st.floats(0.3, 1))
def test_composition_and_size_ratio_cancel_from_the_packing_fraction(density, x_large, size_ratio):
    d = reference.barker_henderson(0.2, points=20_000)
    cubes = x_large + (1 - x_large) * size_ratio**3
    number_density = density / cubes
    spheres = x_large * d**3 + (1 - x_large) * (size_ratio * d) ** 3
    expected = np.pi / 6 * number_density * spheres
    assert perturbation.effective_packing_fraction(density) == pytest.approx(expected, rel=1e-6)


def test_the_two_theories_differ_by_less_than_one_per_cent_at_the_density_of_the_paper():
    first = perturbation.effective_packing_fraction(0.831)
    second = perturbation.effective_packing_fraction(0.831, theory="wca")
    assert 0.005 < 1 - second / first < 0.01


@given(number=st.integers(1, 10**5), density=st.floats(0.1, 1), x=st.floats(0, 1), q=st.floats(0.3, 1))
def test_confinement_radius_gives_back_the_printed_density(number, density, x, q):
    radius = perturbation.confinement_radius(number, density, x_large=x, size_ratio=q)
    assert 3 * number / (4 * np.pi * radius**3) * (x + (1 - x) * q**3) == pytest.approx(density)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: perturbation.barker_henderson_diameter(temperature=0), "temperature is 0"),
        (lambda: perturbation.boltzmann_factor(1, temperature=-1), "temperature is -1"),
        (lambda: perturbation.wca_diameter(0), "density is 0"),
        (lambda: perturbation.wca_diameter(1.2), "0.69"),
        (lambda: perturbation.effective_packing_fraction(-1), "density is -1"),
        (lambda: perturbation.effective_packing_fraction(0.8, theory="van der Waals"), "barker-henderson"),
        (lambda: perturbation.cavity([1.0], 0.9), "packing_fraction is 0.9"),
        (lambda: perturbation.cavity([2.5], 0.4), "first shell"),
        (lambda: perturbation.confinement_radius(0, 0.8), "positive"),
        (lambda: perturbation.confinement_radius(10, 0.8, x_large=2), "x_large"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
