"""Spheres, effective media and coupled dipoles against written-out theory, limits and closed forms."""

import numpy as np
import pandas as pd
import pytest
import reference
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import zeta

from supracrystal.mesostructures import materials as dielectric
from supracrystal.mesostructures import optics

metals = st.builds(complex, st.floats(-20, -1), st.floats(0.1, 8))
hosts, parts = st.floats(1.7, 2.5), st.floats(0.01, 0.99)


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


# Units


def test_molar_coefficient_is_that_of_beer_lambert():
    """A mol of silver in a litre: particles in a cm3, times their cross-section in cm2, to base ten."""
    section, radius = 8.0, 2.2
    atoms = 4 / 3 * np.pi * (radius * 1e-7) ** 3 * 10.49 / 107.868 * 6.02214e23
    expected = 6.02214e23 / 1000 / atoms * section * 1e-14 / np.log(10)
    found = optics.molar(section, 4 / 3 * np.pi * radius**3)
    assert found == pytest.approx(expected, rel=2e-3)


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


# Effective media


@given(metals, hosts, parts)
def test_small_spheres_of_the_medium_are_as_polarizable_as_the_spheres_in_them(epsilon, host, share):
    """What Maxwell Garnett means: a small round heap shows no shift."""
    inside = optics.maxwell_garnett(epsilon, host, share)
    heap = optics.polarizability(10.0, inside, np.sqrt(host))
    alone = optics.polarizability(10.0, epsilon, np.sqrt(host))
    assert heap == pytest.approx(share * alone, rel=1e-9)


def test_a_mesostructure_of_one_size_is_a_sphere_in_mie_theory():
    epsilon = -8.0 + 1.0j
    found, volume = optics.mesostructure([500.0], 150.0, [epsilon], [1.48], share=0.3, host=1.5, spread=1e-9)
    inside = optics.maxwell_garnett(epsilon, 2.25, 0.3)
    assert found == pytest.approx(
        reference.coated_extinction(500.0, 150.0, 150.0, inside, 2.0, 1.48), rel=1e-4
    )
    assert volume == pytest.approx(0.3 * 4 / 3 * np.pi * 150.0**3)


def test_mean_volume_of_a_mesostructure_has_the_third_moment():
    volume = optics.mesostructure([500.0], 100.0, [-8.0 + 1.0j], [1.48], share=1.0, spread=0.2)[1]
    assert volume == pytest.approx(4 / 3 * np.pi * 100.0**3 * (1 + 3 * 0.2**2), rel=1e-9)


# Coupled dipoles


@given(metals)
def test_one_particle_is_that_of_mie_theory(epsilon):
    alpha = optics.polarizability(1.0, epsilon, 1.5)
    extinction, scattering = optics.coupled_dipoles([[1, 2, 3]], [alpha], [450.0], [1.5])
    exact = reference.coated_extinction(450.0, 1.0, 1.0, epsilon, 1.8, 1.5)
    assert extinction[0] == pytest.approx(exact, rel=0.02)
    assert scattering[0] == pytest.approx(optics.small_cross_sections(450.0, alpha, 1.5)[1], rel=5e-3)


@pytest.mark.parametrize("distance", [5.0, 60.0, 300.0])
def test_a_pair_has_its_closed_form(distance):
    """Along the pair and across it, in phase and out of phase: four modes, each with its polarizability."""
    alpha, k = 40.0 + 60.0j, 2 * np.pi * 1.5 / 450.0
    x = k * distance
    along = 2 * np.exp(1j * x) / distance**3 * (1 - 1j * x)
    across = np.exp(1j * x) / distance**3 * (x**2 - 1 + 1j * x)
    bare = 1 / alpha - 2j / 3 * k**3
    even = (np.sin(x) - x * np.cos(x)) / x**3  # half of the average of cos² exp(ikr)
    middle = (np.sin(x) / x - even) / 2
    expected = sum(
        4 * np.pi * k * weight * (2 * (1 / 3 + sign * field) / (bare - sign * coupling)).imag
        for sign in (1, -1)
        for weight, field, coupling in ((0.5, even, along), (1.0, middle, across))
    )
    found, _ = optics.coupled_dipoles([[0, 0, 0], [0, 0, distance]], [alpha], [450.0], [1.5])
    assert found[0] == pytest.approx(expected, rel=1e-9)


def test_a_long_chain_has_its_closed_form():
    r"""Without retardation and ends: :math:`1 / \alpha - 4 \zeta(3) / d^3` along it, + 2 zeta(3) across."""
    alpha, distance, number = 10.0 + 4.0j, 5.0, 200
    chain = np.c_[np.zeros((number, 2)), np.arange(number) * distance]
    wavelength = 1e7
    found, _ = optics.coupled_dipoles(chain, [alpha], [wavelength], [1.0])
    field = zeta(3) / distance**3
    mean = (1 / (1 / alpha - 4 * field) + 2 / (1 / alpha + 2 * field)) / 3
    assert found[0] / number == pytest.approx(8 * np.pi**2 / wavelength * mean.imag, rel=0.01)


def test_the_average_is_that_of_waves_from_all_sides(random_generator):
    positions = random_generator.uniform(-60, 60, (4, 3))
    alpha = np.array([4e3 + 2e3j, 1e4 + 1e3j, 3e3 + 0j, 9e3 + 5e3j])
    wavelength, medium = 450.0, 1.5
    expected = reference.dipoles_from_all_sides(positions, alpha, 2 * np.pi * medium / wavelength)
    found = optics.coupled_dipoles(positions, alpha[None], [wavelength], [medium])
    np.testing.assert_allclose(np.concatenate(found), expected, rtol=1e-6)


@given(st.floats(4.5, 400))
def test_dipoles_without_loss_scatter_all_that_they_take(distance):
    positions = [[0, 0, 0], [0, 0, distance], [0, distance, 0]]
    extinction, scattering = optics.coupled_dipoles(positions, [80.0 + 0j], [450.0], [1.5])
    assert extinction == pytest.approx(scattering, rel=1e-6)


@pytest.mark.parametrize(("gap", "part"), [(0.25, 0.58), (0.5, 0.79), (1.0, 0.93)])
def test_dipoles_give_a_known_part_of_the_shift_of_a_pair(gap, part):
    """What multipoles add to the light along a pair, at gaps in radii; see the top of the module."""
    wavelength, medium = np.arange(400.0, 520.0, 0.5), 1.51
    epsilon = dielectric.confined(dielectric.alloy(wavelength), wavelength, 2.2)
    shifts = []
    for poles in (1, 12):
        alpha = [reference.pair_along(2.2, 2.2 * (2 + gap), each, medium**2, poles) for each in epsilon]
        shifts.append(wavelength[np.argmax(np.imag(alpha) / wavelength)])
    alone = wavelength[np.argmax(optics.polarizability(2.2, epsilon, medium).imag / wavelength)]
    assert (shifts[0] - alone) / (shifts[1] - alone) == pytest.approx(part, abs=0.05)


def test_particles_far_apart_do_not_see_one_another(random_generator):
    positions = 1e6 * random_generator.normal(size=(5, 3))
    together, _ = optics.coupled_dipoles(positions, [20 + 30j], [450.0], [1.5])
    alone, _ = optics.coupled_dipoles([[0, 0, 0]], [20 + 30j], [450.0], [1.5])
    assert together == pytest.approx(5 * alone, rel=1e-3)


@given(hosts)
def test_media_have_their_limits(host):
    epsilon = 4.0 + 0.5j
    assert optics.maxwell_garnett(epsilon, host, 1.0) == pytest.approx(epsilon)
    thin = host + 3e-4 * host * (epsilon - host) / (epsilon + 2 * host)  # a dilute suspension of dipoles
    assert optics.maxwell_garnett(epsilon, host, 1e-4) == pytest.approx(thin, abs=1e-6)


def test_particles_at_one_place_are_an_error():
    with pytest.raises(ValueError, match="the same position"):
        optics.coupled_dipoles([[0, 0, 0], [0, 0, 0]], [20 + 30j], [450.0], [1.5])
