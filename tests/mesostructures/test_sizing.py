"""Radii from correlograms against closed forms, and back from what was put in."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supracrystal.mesostructures import correlogram, sizing

SETUP = correlogram.Setup()


def exact(delay, radius, share, coherence=0.9):
    return coherence * correlogram.field_correlation(delay, radius, share, SETUP) ** 2


@settings(deadline=None, derandomize=True, max_examples=25)
@given(st.floats(1, 1000), st.floats(0.05, 1))
def test_equal_spheres_have_their_radius_and_no_dispersity(radius, coherence):
    delay = np.geomspace(0.05, 8, 40) * radius
    found = sizing.cumulants(delay, exact(delay, [radius], [1], coherence), SETUP)
    assert found.to_list() == pytest.approx([radius, 0, coherence], rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("spread", [0.05, 0.1, 0.2])
def test_lognormal_sizes_have_the_moments_of_the_closed_form(spread):
    """Weighted by r^6, a lognormal law has the mean radius r exp(5.5 s^2) and the PDI exp(s^2) - 1."""
    z = np.linspace(-6, 6, 400)
    radius = 30 * np.exp(spread * (z + 6 * spread))
    delay = np.geomspace(0.05, 60, 60)
    found = sizing.cumulants(delay, exact(delay, radius, np.exp(-(z**2) / 2)), SETUP, until=0.5)
    assert found["radius_nm"] == pytest.approx(30 * np.exp(5.5 * spread**2), rel=2e-3)
    assert found["pdi"] == pytest.approx(np.exp(spread**2) - 1, rel=0.1)


def test_two_sizes_have_the_harmonic_mean_and_the_variance_of_their_rates():
    rate = np.array([1 / 20, 1 / 24])
    mean = rate @ [0.3, 0.7]
    delay = np.geomspace(0.05, 60, 60)
    found = sizing.cumulants(delay, exact(delay, [20, 24], [0.3, 0.7]), SETUP)
    assert found["radius_nm"] == pytest.approx(1 / mean, rel=1e-4)
    assert found["pdi"] == pytest.approx((rate - mean) ** 2 @ [0.3, 0.7] / mean**2, rel=0.04)


def drawn(radius, share, seed, **noise):
    delay = np.geomspace(0.5, 25 * max(radius), 60)
    return correlogram.measure(delay, radius, share, SETUP, seed=seed, **noise)


@pytest.mark.parametrize("seed", [1, 2])
def test_one_size_comes_back_from_a_noisy_correlogram(seed):
    data = drawn([35.0], [1], seed)
    columns = data["delay_us"], data["correlation"], SETUP
    assert sizing.cumulants(*columns)["radius_nm"] == pytest.approx(35, rel=0.02)
    found = sizing.peaks(sizing.size_distribution(*columns, deviation=data["deviation"]))
    assert found["radius_nm"].to_list() == pytest.approx([35], rel=0.03)


@pytest.mark.parametrize(("ratio", "count"), [(1.5, {1}), (5, {2}), (8, {2})])
def test_two_sizes_are_told_apart_only_if_they_differ_enough(ratio, count):
    radius, found = [20 / ratio**0.5, 20 * ratio**0.5], []
    for seed in (1, 2, 3):
        data = drawn(radius, [1, 1], seed)
        columns = data["delay_us"], data["correlation"], SETUP
        found.append(sizing.peaks(sizing.size_distribution(*columns, deviation=data["deviation"])))
    assert {len(each) for each in found} == count
    if count == {2}:
        assert found[0]["radius_nm"].to_list() == pytest.approx(radius, rel=0.06)
        assert found[0]["share"].to_list() == pytest.approx([0.5, 0.5], abs=0.05)


def test_inversion_without_deviations_finds_the_size_as_well():
    data = drawn([35.0], [1], 4)
    found = sizing.size_distribution(data["delay_us"], data["correlation"], SETUP)
    assert np.exp(np.log(found["radius_nm"]) @ found["share"]) == pytest.approx(35, rel=0.05)
    assert found["share"].sum() == pytest.approx(1)
    assert found["share"].min() >= 0


def test_too_little_is_refused():
    with pytest.raises(ValueError, match="4 are needed"):
        sizing.cumulants([1, 2, 3, 4], [0.9, 0.5, 0.01, 0.0], SETUP)
    with pytest.raises(ValueError, match="10 are needed"):
        sizing.size_distribution(np.arange(1, 9), np.full(8, 0.5), SETUP)


# Files


@pytest.mark.parametrize(
    "text",
    [
        "ALV header\nangle 90\n0.5 0.91 0.1\n1.0 0.90 0.1\n",
        "delay (us),g2-1\n0.5,0.91\n1.0,0.90\n\n",
        "tau;g2\n0,5;0,91\n1,0;0,90\n",
        "tau\tg2\n0,5\t0,91\n1,0\t0,90\n",
    ],
)
def test_tables_of_several_makers_are_read(tmp_path, text):
    path = tmp_path / "correlogram.txt"
    path.write_text(text)
    assert sizing.read(path).to_numpy().tolist() == [[0.5, 0.91], [1.0, 0.9]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0.5 0.9\nend of file\n", "line 2"),
        ("2 0.9\n1 0.8\n", "ascend"),
        ("nothing\n", "0 rows"),
        ("1 nan\n", "missing"),
    ],
)
def test_what_is_no_correlogram_is_refused(tmp_path, text, message):
    path = tmp_path / "correlogram.txt"
    path.write_text(text)
    with pytest.raises(ValueError, match=message):
        sizing.read(path)


def test_a_written_correlogram_gives_its_radius(tmp_path):
    data = drawn([50.0], [1], 5)
    path = tmp_path / "correlogram.csv"
    data.to_csv(path, index=False)
    table = sizing.read(path)
    assert sizing.cumulants(table["delay_us"], table["correlation"], SETUP)["radius_nm"] == pytest.approx(
        50, rel=0.02
    )
