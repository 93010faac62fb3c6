"""Spheres against Mie's theory written out, its limits, and printed Rayleigh ratios."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import mie_s1
from scipy.integrate import quad

from supracrystal.mesostructures import scattering

LIGHT = (1.49, 632.8)


@pytest.mark.parametrize("angle", [15.0, 90.0, 173.0])
@pytest.mark.parametrize(
    ("radius", "sphere"), [(5, 0.2 + 3.5j), (60, 1.9 + 0.4j), (250, 1.59), (400, 2.2 - 0.1j)]
)
def test_mie_agrees_with_the_series_written_out(radius, sphere, angle):
    k = 2 * np.pi * LIGHT[0] / LIGHT[1]
    ratio = complex(np.real(sphere), abs(np.imag(sphere))) / LIGHT[0]
    expected = abs(mie_s1(ratio, k * radius, np.cos(np.radians(angle)))) ** 2 / k**2
    assert scattering.mie(radius, sphere, *LIGHT, angle) == pytest.approx(expected, rel=1e-6)


@settings(deadline=None, derandomize=True, max_examples=30)
@given(st.floats(0.5, 3.0), st.floats(1.2, 2.5), st.floats(0, 180))
def test_small_spheres_scatter_as_dipoles(radius, sphere, angle):
    exact = scattering.mie(radius, sphere, *LIGHT, angle)
    assert exact == pytest.approx(
        scattering.rayleigh_gans_debye(radius, sphere, *LIGHT, angle), rel=0.01, abs=1e-14
    )


@pytest.mark.parametrize("angle", [0.0, 30.0, 90.0])
def test_spheres_of_weak_contrast_scatter_as_rayleigh_gans_and_debye_say(angle):
    radius = np.array([50.0, 150.0])
    exact = scattering.mie(radius, 1.4905, *LIGHT, angle)
    assert exact == pytest.approx(scattering.rayleigh_gans_debye(radius, 1.4905, *LIGHT, angle), rel=0.01)


@pytest.mark.parametrize("x", [0.001, 0.019, 0.021, 1.0, 4.4934, 9.0])
def test_form_factor_is_the_interference_in_a_sphere(x):
    amplitude = quad(lambda r: 3 * r**2 * np.sinc(x * r / np.pi), 0, 1)[0]
    assert scattering.form_factor(x) == pytest.approx(amplitude**2, rel=1e-6, abs=1e-12)


def test_same_matter_in_spheres_of_twice_the_radius_scatters_eightfold():
    one, two = scattering.rayleigh_ratio(np.array([2.0, 4.0]), 1e-6, 1.6, *LIGHT)
    assert two / one == pytest.approx(8, rel=0.01)


def test_rayleigh_ratio_is_number_times_cross_section():
    number = 1e-6 / (4 / 3 * np.pi * 30e-9**3)
    expected = number * scattering.mie(30.0, 1.6, *LIGHT) * 1e-18
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
        (lambda: scattering.mie([1.0, 0.0], 1.6, *LIGHT), "must be positive"),
        (lambda: scattering.toluene_rayleigh_ratio(405.0), "500 to 700"),
    ],
)
def test_what_cannot_be_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
