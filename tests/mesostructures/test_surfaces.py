"""Maps against closed forms and literal oracles; growth against known densities; recorded surfaces."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference import fallen_units

from supracrystal.mesostructures import surfaces

RECORDED = Path(__file__).parents[2] / "data" / "mesostructures" / "topography"


# Maps


@given(st.integers(0, 2), st.lists(st.floats(-5, 5), min_size=6, max_size=6))
def test_levelling_removes_a_polynomial_and_nothing_else(order, terms):
    y, x = np.mgrid[-1:1:12j, -1:1:9j]
    bow = [np.ones_like(x), x, y, x * y, x**2, y**2][: (1, 3, 6)[order]]
    rough = surfaces.level(np.random.default_rng(1).standard_normal(x.shape), order=order)
    tilted = rough + sum(a * b for a, b in zip(terms, bow, strict=False))
    assert surfaces.level(tilted, order=order) == pytest.approx(rough, abs=1e-9)


def test_roughness_of_a_wave_is_its_amplitude_over_root_two():
    wave = 3 * np.sin(2 * np.pi * np.arange(64) / 8)
    assert surfaces.roughness(np.tile(wave, (64, 1)), order=0) == pytest.approx(3 / np.sqrt(2), rel=1e-12)


def test_power_spectrum_holds_the_roughness_and_a_wave_at_its_place():
    height = surfaces.self_affine((128, 96), 5.0, 0.6, 2.5, correlation=60, seed=3)
    table = surfaces.power_spectrum(height, 5.0, window=False)
    assert table["power"] @ table["waves"] / (128 * 96 * 25) == pytest.approx(2.5**2, rel=1e-9)
    wave = np.tile(np.cos(2 * np.pi * np.arange(128) * 16 / 128), (128, 1))
    assert surfaces.power_spectrum(wave, 5.0)["power"].idxmax() == pytest.approx(2 * np.pi / 40, rel=0.08)


@pytest.mark.parametrize("hurst", [0.3, 0.7])
def test_self_affine_surfaces_have_their_exponent(hurst):
    height = surfaces.self_affine((512, 512), 1.0, hurst, 1.0, seed=5)
    lags = np.array([3, 4, 6, 8, 12, 16])
    steps = [np.mean((height[lag:] - height[:-lag]) ** 2) for lag in lags]
    assert np.polyfit(np.log(lags), np.log(steps), 1)[0] / 2 == pytest.approx(hurst, abs=0.1)
    wide = surfaces.roughness_by_width(height, [8, 16, 32, 64], order=0)
    slope = np.polyfit(np.log(wide.index), np.log(wide), 1)[0]
    assert slope == pytest.approx(hurst, abs=0.1)
    table = surfaces.power_spectrum(height, 1.0, window=False).loc[0.1:1]
    fall = np.polyfit(np.log(table.index), np.log(table["power"]), 1)[0]
    assert fall == pytest.approx(-2 - 2 * hurst, abs=0.1)


# Growth


@pytest.mark.parametrize("rule", surfaces.RULES)
def test_units_that_fall_together_are_units_that_fall_one_by_one(rule, random_generator):
    n, m = 8, 10
    height = 100 * random_generator.permutation(n * m).reshape(n, m)
    if rule == "restricted":
        height = random_generator.integers(0, 2, (n, m))
    sites = [(i, j) for i, j in np.ndindex(n, m) if (i + j) % 2 == 0]
    found = height.ravel().copy()
    surfaces._fall(found, (n, m), np.array([i * m + j for i, j in sites]), rule, random_generator)
    assert (found.reshape(n, m) == fallen_units(height, sites, rule)).all()


def test_random_units_have_the_distribution_of_poisson():
    height, history = surfaces.deposit((128, 128), 25, "random", watch=[4, 25])
    assert history["roughness"].to_numpy() == pytest.approx([2, 5], rel=0.03)
    assert history.loc[25, "height"] == pytest.approx(height.mean(), rel=1e-12)


def test_ballistic_units_fill_the_known_share_of_a_plane():
    """The density of ballistic deposits on a square lattice is .468, Meakin et al. (1986)."""
    _, history = surfaces.deposit((1, 4000), 120, "ballistic", watch=[40, 120])
    assert 80 / np.diff(history["height"])[0] == pytest.approx(0.468, abs=0.01)


def test_restricted_layers_have_steps_of_one_and_relaxed_ones_lose_no_unit():
    height, _ = surfaces.deposit((32, 32), 30, "restricted")
    assert max(np.abs(height - np.roll(height, 1, axis)).max() for axis in (0, 1)) == 1
    relaxed, history = surfaces.deposit((64, 64), 20, "relaxed", watch=[20])
    assert relaxed.mean() == pytest.approx(20, rel=0.02)
    assert history["roughness"].iloc[0] < 0.9


def test_beads_have_their_tops_on_the_sites_and_hang_over_none():
    bead = surfaces.beads(np.array([[10.0, 20.0]]), 5.0, 1.0)
    assert bead.shape == (5, 10)
    assert bead[2, [2, 7]] == pytest.approx([10, 20], rel=1e-12)
    assert bead[2, 1] == pytest.approx(10 - 2.5 + np.sqrt(2.5**2 - 1), rel=1e-12)


def test_recorded_surfaces_are_whole_and_were_grown_by_this_code():
    record = json.loads((RECORDED / "surfaces.json").read_text())
    for name, checksum in record["sha256"].items():
        assert hashlib.sha256((RECORDED / name).read_bytes()).hexdigest() == checksum
    table = pd.read_csv(RECORDED / "surfaces.csv")
    for rule, (_, last) in record["layers"].items():
        rows = table[table["rule"] == rule]
        assert rows["layers"].max() == last
        assert (np.diff(rows["height"]) > 0).all()
    early = table[(table["rule"] == "ballistic") & (table["layers"] == 10)].iloc[0]
    _, history = surfaces.deposit((128, 128), 10, "ballistic", seed=99, watch=[10])
    assert history.loc[10].to_numpy() == pytest.approx(early[["height", "roughness"]].astype(float), rel=0.04)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: surfaces.level(np.zeros(3)), "a map of finite heights"),
        (lambda: surfaces.roughness_by_width(np.zeros((8, 8)), [9]), "is not from 2 to 8"),
        (lambda: surfaces.deposit((4, 4), 1, "epitaxy"), "allowed are random"),
        (lambda: surfaces.deposit((3, 4), 1, "random"), "even numbers"),
        (lambda: surfaces.self_affine((4, 4), 1.0, 1.2, 1.0), "between 0 and 1"),
        (lambda: surfaces.beads(np.zeros((2, 2)), 4.0, 3.0), "whole number of pixels"),
    ],
)
def test_what_cannot_be_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
