"""Aggregation against Smoluchowski's closed forms, and what is kept."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.constants import Boltzmann

from supracrystal.mesostructures import growth, viscosity

MIXTURE = growth.Mixture()
FINE = growth.sections(1e5, 12)


def numbers(kernel, times, pivots=FINE):
    masses = growth.integrate_masses(
        growth.mass_balance(kernel, pivots), np.eye(len(pivots))[0], times, rtol=1e-8
    )
    return masses / pivots


def test_equal_rates_give_the_numbers_of_smoluchowski():
    """With K = 1 the number is 1 / (1 + t/2), that of singles the square, and the mean mass 1 + t."""
    times = np.array([0.5, 2.0, 20.0])
    found = numbers(np.ones((len(FINE), len(FINE))), times)
    np.testing.assert_allclose(found.sum(axis=1), 1 / (1 + times / 2), rtol=1e-6)
    np.testing.assert_allclose(found[:, 0], (1 + times / 2) ** -2, rtol=1e-6)
    np.testing.assert_allclose(found @ FINE**2, 1 + times, rtol=0.03)


def test_rates_that_grow_with_the_sum_give_exponentials():
    """With K = i + j the number falls as exp(-t), and the mean mass grows as exp(2t)."""
    times = np.array([0.5, 1.0, 1.5])
    found = numbers(FINE[:, None] + FINE, times)
    np.testing.assert_allclose(found.sum(axis=1), np.exp(-times), rtol=1e-6)
    np.testing.assert_allclose(found @ FINE**2, np.exp(2 * times), rtol=0.08)


def test_finer_sections_come_nearer_to_the_closed_form():
    error = []
    for per_decade in (4, 8, 16):
        n = growth.sections(1e4, per_decade)
        error.append(abs(numbers(np.ones((len(n), len(n))), [10.0], n) @ n**2 / 11 - 1).item())
    assert error[0] > 2 * error[1] > 4 * error[2]


@pytest.mark.parametrize("exponent", [0.0, 0.3, 0.5])
def test_mass_is_kept(exponent):
    table = growth.aggregation([0.0, 1.0, 10.0], MIXTURE, 1e9, exponent=exponent)
    np.testing.assert_allclose(table.sum(axis=1), 1, atol=1e-10)
    assert (table.to_numpy() > -1e-7).all()


@settings(deadline=None, derandomize=True, max_examples=20)
@given(st.integers(0, 10**6))
def test_every_pair_of_sections_keeps_mass_and_number(seed):
    n = growth.sections(1e6, 3)
    kernel = np.random.default_rng(seed).random((len(n), len(n)))
    kernel += kernel.T
    tensor = growth.mass_balance(kernel, n).toarray().reshape(len(n), len(n), len(n))
    scale = np.abs(tensor).max()
    assert np.abs(tensor.sum(axis=0)).max() < 1e-13 * scale
    mass = np.random.default_rng(seed + 1).random(len(n) - 1)
    mass = np.append(np.where(n[:-1] < n[-1] / 3, mass, 0), 0)
    number = mass / n
    change = np.einsum("kij,i,j,k", tensor, mass, mass, 1 / n)
    assert change == pytest.approx(-number @ kernel @ number / 2, rel=1e-9)


def test_stable_particles_take_longer_in_proportion():
    slow = growth.trajectory([0.0, 10.0], MIXTURE, 1e9)
    fast = growth.trajectory([0.0, 1.0], MIXTURE, 1e8)
    assert slow["radius_nm"].iloc[-1] == pytest.approx(fast["radius_nm"].iloc[-1], rel=1e-4)


def test_a_tenfold_dilution_takes_ten_times_as_long():
    dilute = MIXTURE._replace(metal_fraction=MIXTURE.metal_fraction / 10)
    one = growth.trajectory([0.0, 1.0], MIXTURE, 1e8, exponent=0.4)
    ten = growth.trajectory([0.0, 10.0], dilute, 1e8, exponent=0.4)
    assert ten["radius_nm"].iloc[-1] == pytest.approx(one["radius_nm"].iloc[-1], rel=1e-3)


def test_singles_disappear_as_diffusion_limits():
    """At W = 1 the first singles go with the rate constant 8 kT / 3 eta of Smoluchowski."""
    eta = viscosity("toluene", 45.0) * 1e-3
    constant = 8 * Boltzmann * 318.15 / (3 * eta) * growth.number_density(MIXTURE)
    day = 1e-3 / constant / growth.DAY
    left = growth.aggregation([0.0, day], MIXTURE, 1.0)[1.0].iloc[-1]
    assert 1 - left == pytest.approx(1e-3, rel=5e-3)


def test_metal_fills_what_packing_leaves():
    cores = 0.64 * (1.75 / 2.35) ** 3
    assert growth.metal_share(1e9, MIXTURE) == pytest.approx(cores, rel=1e-6)
    assert growth.aggregate_radius(1, MIXTURE) == pytest.approx(2.35)
    fractal = growth.aggregate_radius(1e6, MIXTURE._replace(dimension=2.1))
    assert fractal > 5 * growth.aggregate_radius(1e6, MIXTURE)


def test_a_stability_below_one_and_descending_times_are_refused():
    with pytest.raises(ValueError, match="at least 1"):
        growth.aggregation([0.0, 1.0], MIXTURE, 0.5)
    with pytest.raises(ValueError, match="ascend"):
        growth.aggregation([1.0, 0.5], MIXTURE, 1e8)
