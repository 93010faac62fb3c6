"""Spheres against Mie theory written out, printed Rayleigh ratios, and radii from correlograms."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import mie_s1
from scipy.constants import Boltzmann
from scipy.integrate import quad

from supracrystal.mesostructures import refractive_index, scattering, viscosity

LIGHT = (1.49, 632.8)


@pytest.mark.parametrize("angle", [15.0, 90.0, 173.0])
@pytest.mark.parametrize(
    ("radius", "sphere"), [(5, 0.2 + 3.5j), (60, 1.9 + 0.4j), (250, 1.59), (400, 2.2 - 0.1j)]
)
def test_mie_agrees_with_the_series_written_out(radius, sphere, angle):
    k = 2 * np.pi * LIGHT[0] / LIGHT[1]
    ratio = complex(np.real(sphere), abs(np.imag(sphere))) / LIGHT[0]
    expected = abs(mie_s1(ratio, k * radius, np.cos(np.radians(angle)))) ** 2 / k**2
    assert scattering.mie_intensity(radius, sphere, *LIGHT, angle) == pytest.approx(expected, rel=1e-6)


def rayleigh_gans_debye(radius, sphere, angle):
    """Dipole and interference within a sphere, integrated over it."""
    k, square = 2 * np.pi * LIGHT[0] / LIGHT[1], (sphere / LIGHT[0]) ** 2
    x = 2 * k * np.sin(np.radians(angle) / 2) * radius
    amplitude = quad(lambda r: 3 * r**2 * np.sinc(x * r / np.pi), 0, 1)[0]
    return k**4 * radius**6 * ((square - 1) / (square + 2)) ** 2 * amplitude**2


@settings(deadline=None, derandomize=True, max_examples=30)
@given(st.floats(0.5, 3.0), st.floats(1.2, 2.5), st.floats(0, 180))
def test_small_spheres_scatter_as_dipoles(radius, sphere, angle):
    exact = scattering.mie_intensity(radius, sphere, *LIGHT, angle)
    assert exact == pytest.approx(rayleigh_gans_debye(radius, sphere, angle), rel=0.01, abs=1e-14)


@pytest.mark.parametrize("radius", [50.0, 150.0])
@pytest.mark.parametrize("angle", [0.0, 30.0, 90.0])
def test_spheres_of_weak_contrast_scatter_as_rayleigh_gans_and_debye_say(angle, radius):
    exact = scattering.mie_intensity(radius, 1.4905, *LIGHT, angle)
    assert exact == pytest.approx(rayleigh_gans_debye(radius, 1.4905, angle), rel=0.01)


def test_same_matter_in_spheres_of_twice_the_radius_scatters_eightfold():
    one, two = scattering.rayleigh_ratio(np.array([2.0, 4.0]), 1e-6, 1.6, *LIGHT)
    assert two / one == pytest.approx(8, rel=0.01)


def test_rayleigh_ratio_is_number_times_cross_section():
    number = 1e-6 / (4 / 3 * np.pi * 30e-9**3)
    expected = number * scattering.mie_intensity(30.0, 1.6, *LIGHT) * 1e-18
    assert scattering.rayleigh_ratio(30.0, 1e-6, 1.6, *LIGHT) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("wavelength", "expected"), [(532, 2.34e-3), (660, 0.8456e-3)])
def test_toluene_scatters_as_measured(wavelength, expected):
    assert scattering.toluene_rayleigh_ratio(wavelength, analyser=True) == pytest.approx(expected, rel=1e-12)


def test_toluene_at_the_helium_neon_line_scatters_as_instruments_assume():
    """1.35e-5 1/cm, without analyser: the value in wide use, of other measurements."""
    assert scattering.toluene_rayleigh_ratio(632.8) == pytest.approx(1.35e-3, rel=0.05)


@pytest.mark.parametrize("times", [0.5, 1.0, 10.0])
def test_at_the_radius_seen_the_particles_are_as_bright_as_asked(times):
    found = scattering.radius_seen(1.4e-3, 1e-6, 1.8 + 0.2j, *LIGHT, times=times)
    bright = scattering.rayleigh_ratio(np.array([found, 0.9 * found]), 1e-6, 1.8 + 0.2j, *LIGHT)
    assert bright[0] == pytest.approx(times * 1.4e-3, rel=1e-9)
    assert bright[1] < bright[0]


def test_what_is_never_or_always_seen():
    assert np.isnan(scattering.radius_seen(1.0, 1e-12, 1.6, *LIGHT))
    assert scattering.radius_seen(1e-12, 1e-3, 1.6, *LIGHT) == 0.1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: scattering.mie_intensity([1.0, 0.0], 1.6, *LIGHT), "must be positive"),
        (lambda: scattering.toluene_rayleigh_ratio(405.0), "500 to 700"),
    ],
)
def test_what_cannot_be_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


# Dynamic light scattering

SETUP = scattering.Setup()


def test_rate_is_that_of_stokes_and_einstein():
    setup = scattering.Setup("dichloromethane", 20.0, 532.0, 90.0)
    q = 4 * np.pi * refractive_index("dichloromethane", 532.0, 20.0) / 532e-9 * np.sin(np.pi / 4)
    diffusion = Boltzmann * 293.15 / (6 * np.pi * viscosity("dichloromethane", 20.0) * 1e-3 * 25e-9)
    assert scattering.rate_times_radius(setup) / 25 == pytest.approx(diffusion * q**2 * 1e-6, rel=1e-12)


def test_field_is_a_sum_of_exponentials():
    found = scattering.field_correlation([0, 7.0], [10, 40], [3, 1], SETUP)
    rate = scattering.rate_times_radius(SETUP)
    assert found == pytest.approx([1, 0.75 * np.exp(-0.7 * rate) + 0.25 * np.exp(-7 / 40 * rate)], rel=1e-12)


def exact(delay, radius, share, coherence=0.9):
    return coherence * scattering.field_correlation(delay, radius, share, SETUP) ** 2


@settings(deadline=None, derandomize=True, max_examples=25)
@given(st.floats(1, 1000), st.floats(0.05, 1))
def test_equal_spheres_have_their_radius_and_no_dispersity(radius, coherence):
    delay = np.geomspace(0.05, 8, 40) * radius
    found = scattering.cumulants(delay, exact(delay, [radius], [1], coherence), SETUP)
    assert found.to_list() == pytest.approx([radius, 0, coherence], rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("spread", [0.05, 0.1, 0.2])
def test_lognormal_sizes_have_the_moments_of_the_closed_form(spread):
    """Weighted by r^6, a lognormal law has the mean radius r exp(5.5 s^2) and the PDI exp(s^2) - 1."""
    z = np.linspace(-6, 6, 400)
    radius = 30 * np.exp(spread * (z + 6 * spread))
    delay = np.geomspace(0.05, 60, 60)
    found = scattering.cumulants(delay, exact(delay, radius, np.exp(-(z**2) / 2)), SETUP, until=0.5)
    assert found["radius_nm"] == pytest.approx(30 * np.exp(5.5 * spread**2), rel=2e-3)
    assert found["pdi"] == pytest.approx(np.exp(spread**2) - 1, rel=0.1)


def test_two_sizes_have_the_harmonic_mean_and_the_variance_of_their_rates():
    rate = np.array([1 / 20, 1 / 24])
    mean = rate @ [0.3, 0.7]
    delay = np.geomspace(0.05, 60, 60)
    found = scattering.cumulants(delay, exact(delay, [20, 24], [0.3, 0.7]), SETUP)
    assert found["radius_nm"] == pytest.approx(1 / mean, rel=1e-4)
    assert found["pdi"] == pytest.approx((rate - mean) ** 2 @ [0.3, 0.7] / mean**2, rel=0.04)


@pytest.mark.parametrize(("radius", "coherence"), [(1.0, 1.0), (64.0, 0.5), (500.0, 0.25)])
def test_an_exactly_exponential_correlogram_may_lose_its_last_coefficients(radius, coherence):
    """A fit that is exactly a line has a zero coefficient, which numpy's convert() drops."""
    delay = 2.0 ** np.arange(-4, 2) * radius
    found = scattering.cumulants(delay, exact(delay, [radius], [1], coherence), SETUP, until=0.0)
    assert found.to_list() == pytest.approx([radius, 0, coherence], rel=1e-9, abs=1e-9)


@settings(deadline=None, derandomize=True, max_examples=20)
@given(st.integers(0, 10**6), st.floats(20, 200))
def test_noise_of_a_thousandth_moves_the_radius_by_less_than_two_percent(seed, radius):
    delay = np.geomspace(0.5, 25 * radius, 60)
    noise = 1e-3 * np.random.default_rng(seed).standard_normal(60)
    found = scattering.cumulants(delay, exact(delay, [radius], [1]) + noise, SETUP)
    assert found["radius_nm"] == pytest.approx(radius, rel=0.02)


@pytest.mark.parametrize(
    ("correlation", "message"),
    [([0.9, 0.5, 0.01, 0.0, 0.0], "4 are needed"), ([0.5, 0.5, 0.5, 0.5, 0.5], "it must fall")],
)
def test_a_correlogram_that_is_short_or_flat_is_refused(correlation, message):
    with pytest.raises(ValueError, match=message):
        scattering.cumulants([1, 2, 3, 4, 5], correlation, SETUP)
