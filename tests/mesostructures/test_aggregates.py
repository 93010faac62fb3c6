"""Effective media and coupled dipoles against closed forms, Mie theory and waves one by one."""

import numpy as np
import pytest
import reference
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import zeta

from supracrystal.mesostructures import aggregates, optics
from supracrystal.mesostructures import materials as dielectric

metals = st.builds(complex, st.floats(-20, -1), st.floats(0.1, 8))
hosts, parts = st.floats(1.7, 2.5), st.floats(0.01, 0.99)

# Effective media


@given(metals, hosts, parts)
def test_small_spheres_of_the_medium_are_as_polarizable_as_the_spheres_in_them(epsilon, host, share):
    """What Maxwell Garnett means: a small round heap shows no shift."""
    inside = aggregates.maxwell_garnett(epsilon, host, share)
    heap = optics.polarizability(10.0, inside, np.sqrt(host))
    alone = optics.polarizability(10.0, epsilon, np.sqrt(host))
    assert heap == pytest.approx(share * alone, rel=1e-9)


@given(metals, hosts, parts)
def test_bruggeman_solves_his_equation_and_absorbs(epsilon, host, share):
    e = aggregates.bruggeman(epsilon, host, share)
    balance = share * (epsilon - e) / (epsilon + 2 * e) + (1 - share) * (host - e) / (host + 2 * e)
    assert abs(balance) < 1e-9
    assert e.imag >= 0
    assert aggregates.bruggeman(host, epsilon, 1 - share) == pytest.approx(e, rel=1e-9)


@given(hosts)
def test_media_agree_where_there_is_little_of_one(host):
    epsilon, share = 4.0 + 0.5j, 1e-4
    one, other = aggregates.maxwell_garnett(epsilon, host, share), aggregates.bruggeman(epsilon, host, share)
    assert one == pytest.approx(other, abs=1e-6)
    assert aggregates.maxwell_garnett(epsilon, host, 1.0) == pytest.approx(epsilon)
    assert aggregates.bruggeman(epsilon, host, 1.0) == pytest.approx(epsilon)


def test_a_mesostructure_of_one_size_is_a_sphere_in_mie_theory():
    epsilon = -8.0 + 1.0j
    found, volume = aggregates.mesostructure(
        [500.0], 150.0, [epsilon], [1.48], share=0.3, host=1.5, spread=1e-9
    )
    inside = aggregates.maxwell_garnett(epsilon, 2.25, 0.3)
    assert found == pytest.approx(
        reference.coated_extinction(500.0, 150.0, 150.0, inside, 2.0, 1.48), rel=1e-4
    )
    assert volume == pytest.approx(0.3 * 4 / 3 * np.pi * 150.0**3)


def test_mean_volume_of_a_mesostructure_has_the_third_moment():
    volume = aggregates.mesostructure([500.0], 100.0, [-8.0 + 1.0j], [1.48], share=1.0, spread=0.2)[1]
    assert volume == pytest.approx(4 / 3 * np.pi * 100.0**3 * (1 + 3 * 0.2**2), rel=1e-9)


# Coupled dipoles


@given(metals)
def test_one_particle_is_that_of_mie_theory(epsilon):
    alpha = optics.polarizability(1.0, epsilon, 1.5)
    extinction, scattering = aggregates.coupled_dipoles([[1, 2, 3]], [alpha], [450.0], [1.5])
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
    found, _ = aggregates.coupled_dipoles([[0, 0, 0], [0, 0, distance]], [alpha], [450.0], [1.5])
    assert found[0] == pytest.approx(expected, rel=1e-9)


def test_a_long_chain_has_its_closed_form():
    r"""Without retardation and ends: :math:`1 / \alpha - 4 \zeta(3) / d^3` along it, + 2 zeta(3) across."""
    alpha, distance, number = 10.0 + 4.0j, 5.0, 200
    chain = np.c_[np.zeros((number, 2)), np.arange(number) * distance]
    wavelength = 1e7
    found, _ = aggregates.coupled_dipoles(chain, [alpha], [wavelength], [1.0])
    field = zeta(3) / distance**3
    mean = (1 / (1 / alpha - 4 * field) + 2 / (1 / alpha + 2 * field)) / 3
    assert found[0] / number == pytest.approx(8 * np.pi**2 / wavelength * mean.imag, rel=0.01)


def test_the_average_is_that_of_waves_from_all_sides(random_generator):
    positions = random_generator.uniform(-60, 60, (4, 3))
    alpha = np.array([4e3 + 2e3j, 1e4 + 1e3j, 3e3 + 0j, 9e3 + 5e3j])
    wavelength, medium = 450.0, 1.5
    expected = reference.dipoles_from_all_sides(positions, alpha, 2 * np.pi * medium / wavelength)
    found = aggregates.coupled_dipoles(positions, alpha[None], [wavelength], [medium])
    np.testing.assert_allclose(np.concatenate(found), expected, rtol=1e-6)


@given(st.floats(4.5, 400))
def test_dipoles_without_loss_scatter_all_that_they_take(distance):
    positions = [[0, 0, 0], [0, 0, distance], [0, distance, 0]]
    extinction, scattering = aggregates.coupled_dipoles(positions, [80.0 + 0j], [450.0], [1.5])
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
    together, _ = aggregates.coupled_dipoles(positions, [20 + 30j], [450.0], [1.5])
    alone, _ = aggregates.coupled_dipoles([[0, 0, 0]], [20 + 30j], [450.0], [1.5])
    assert together == pytest.approx(5 * alone, rel=1e-3)


def test_particles_at_one_place_are_an_error():
    with pytest.raises(ValueError, match="the same place"):
        aggregates.coupled_dipoles([[0, 0, 0], [0, 0, 0]], [20 + 30j], [450.0], [1.5])
