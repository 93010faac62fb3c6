"""Nucleation and growth against the closed forms of early times and of sudden nuclei."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from supracrystal.mesostructures import crystal_growth


def test_early_crystals_grow_as_the_fourth_power_of_time():
    """With constant rates the volume is that of Avrami, pi/3 J u^3 t^4, and the mean cube (ut)^3 / 4."""
    table = crystal_growth.trajectory([0.5, 1.0], 1.0, 100.0, 1e6)
    volume = np.pi / 3 * 1e6 * (100e-9) ** 3 * np.array([0.5, 1.0]) ** 4
    assert table["aggregated_share"].to_numpy() == pytest.approx(volume, rel=1e-6)
    assert table["radius_nm"].to_numpy() ** 3 == pytest.approx((100 * np.array([0.5, 1])) ** 3 / 4, rel=1e-6)


def test_volume_is_number_times_mean_volume():
    table = crystal_growth.trajectory(
        [1.0, 20.0, 100.0], 3e-5, 400.0, 1e9, barrier=20.0, supersaturation=30.0
    )
    volume = table["number_density"] * 4 / 3 * np.pi * (table["radius_nm"] * 1e-9) ** 3
    assert volume.to_numpy() == pytest.approx(3e-5 * table["aggregated_share"], rel=1e-9)
    assert table["aggregated_share"].is_monotonic_increasing
    assert table["aggregated_share"].max() <= 1 + 1e-6


def test_few_nuclei_that_appear_at_once_follow_their_own_equation():
    """A steep barrier lets all nuclei appear early; then R' = u (1 - R^3 / Rmax^3)."""
    table = crystal_growth.trajectory(
        np.linspace(1, 60, 5), 3e-5, 300.0, 1e10, barrier=1e4, supersaturation=30.0
    )
    number = table["number_density"].iloc[-1]
    last = (3 * 3e-5 / (4 * np.pi * number)) ** (1 / 3) * 1e9
    grown = solve_ivp(
        lambda _, r: 300 * (1 - (r / last) ** 3), (0, 60), [0.0], t_eval=table["day"], rtol=1e-9
    )
    assert table["radius_nm"].to_numpy()[1:] == pytest.approx(grown.y[0][1:], rel=0.2)


def test_a_barrier_makes_fewer_and_larger_crystals():
    low, high = (
        crystal_growth.trajectory([300.0], 3e-5, 400.0, 1e9, barrier=each, supersaturation=20.0).iloc[0]
        for each in (0.0, 100.0)
    )
    assert high["number_density"] < low["number_density"]
    assert high["radius_nm"] > low["radius_nm"]


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="above 1"):
        crystal_growth.trajectory([1.0], 1e-5, 1.0, 1.0, supersaturation=1.0)
    with pytest.raises(ValueError, match="ascend"):
        crystal_growth.trajectory([2.0, 1.0], 1e-5, 1.0, 1.0)
