"""Spheres found in volumes and series of known spheres; the matched filter in closed form."""

import numpy as np
import pandas as pd
import pytest
import reference
from hypothesis import given, settings
from hypothesis import strategies as st

from supracrystal.tomography import score_particles, spheres, tilt_series

PLACE = ["x", "y", "z"]


def ball(shape, place, radius, pixel, fine=4):
    """Share of each voxel that is in a ball, by smaller voxels."""
    axes = [
        (np.arange(fine * n) - (fine * n - 1) / 2) * pixel / fine - x
        for n, x in zip(shape, place, strict=True)
    ]
    z, y, x = np.meshgrid(*axes, indexing="ij", sparse=True)
    inside = (z**2 + y**2 + x**2 < radius**2).astype(float)
    return inside.reshape(shape[0], fine, shape[1], fine, shape[2], fine).mean(axis=(1, 3, 5))


def test_filter_has_the_value_of_the_ball_less_the_shell():
    # Of a ball of radius a, the mean in R is min(1, (a/R)^3), and the shell from R to 1.5 R holds the rest.
    shape, middle, pixel = (45, 43, 47), (22, 21, 23), 0.3
    for ratio in (0.8, 1.0, 1.25, 1.6):
        volume = ball(shape, (0, 0, 0), 2.6 * ratio, pixel)
        core = min(1, ratio**3)
        shell = (min(1.5**3, ratio**3) - core) / (1.5**3 - 1)
        response = spheres.matched_filter(volume, pixel, 2.6)
        assert response[middle] == pytest.approx(core - shell, abs=0.08)


points = st.lists(st.tuples(*[st.floats(0, 3)] * 3), min_size=0, max_size=12)


@settings(deadline=None, derandomize=True, max_examples=40)
@given(places=points, separation=st.floats(0.3, 2))
def test_of_close_points_the_first_stays(places, separation):
    keep = spheres._apart(np.reshape(places, (-1, 3)), separation)
    assert np.flatnonzero(keep).tolist() == reference.kept_apart(places, separation)


def test_candidates_are_the_balls_of_a_volume_brightest_first():
    random, pixel, shape = np.random.default_rng(4), 0.8, (40, 36, 44)
    places = np.array([[-8, -6, -9], [0, 0, 0], [7.6, 1, 0], [-5, 7, 8], [9, -7, 9], [1, 3, -10]])
    places = places + random.uniform(-0.4, 0.4, places.shape)
    grey = np.array([1, 0.5, 0.9, 0.6, 0.8, 0.7])
    volume = sum(g * ball(shape, place[::-1], 2.6, pixel) for g, place in zip(grey, places, strict=True))
    volume += random.normal(size=shape) * 0.02
    found = spheres.candidates(volume, pixel)
    assert found[PLACE].to_numpy() == pytest.approx(places[np.argsort(-grey)], abs=0.15)
    share = found["response"] / np.sort(grey)[::-1]
    assert share.to_numpy() == pytest.approx(np.full(6, share.mean()), rel=0.08)
    assert len(spheres.candidates(volume, pixel, least=found["response"][2:4].mean())) == 3


def packing(number, seed=0):
    """Spheres of both sizes put at random, without overlap, about the origin."""
    random, taken, types = np.random.default_rng(seed), np.empty((0, 3)), []
    while len(types) < number:
        kind = "L" if len(types) < number / 3 else "S"
        place = random.uniform(-17, 17, 3)
        contact = np.array([{"LL": 9.9, "LS": 8.8, "SL": 8.8, "SS": 7.7}[kind + other] for other in types])
        if np.linalg.norm(place) < 18 and (np.linalg.norm(taken - place, axis=1) > contact).all():
            taken, types = np.vstack([taken, place]), [*types, kind]
    return pd.DataFrame(taken, columns=PLACE).assign(type=types)


ANGLES, PIXEL = np.arange(-72, 73, 8.0), 1.0


@pytest.fixture(scope="module")
def truth():
    return packing(36)


@pytest.fixture(scope="module")
def series(truth):
    return tilt_series(truth, ANGLES, PIXEL, (48, 48), blur=0.5, dose=20, seed=1, progress=False)


def test_all_spheres_of_a_noisy_series_are_found_with_their_types(series, truth):
    found, _, _ = spheres.find_spheres(series, ANGLES, PIXEL, blur=0.5, progress=False)
    result = score_particles(found, truth, within=1)
    assert result["recall"] == result["precision"] == 1
    assert result["confused"] == 0
    assert result["error"] < 0.25 < PIXEL


def test_what_the_volume_misses_and_makes_up_is_set_right(series, truth):
    shown = [1, 2, 4, 5, 7, 8, *range(12, 36)]  # without six
    volume = sum(
        ball((48, 48, 48), place[::-1], 2.6, PIXEL, fine=2) for place in truth[PLACE].to_numpy()[shown]
    )
    volume += ball((48, 48, 48), (20, -18, 19), 2.6, PIXEL, fine=2)
    volume += ball((48, 48, 48), (-20, 18, 15), 2.6, PIXEL, fine=2)
    found, _, _ = spheres.find_spheres(series, ANGLES, PIXEL, volume=volume, blur=0.5, progress=False)
    result = score_particles(found, truth, within=1)
    assert result["recall"] == result["precision"] == 1
    assert (found["round"] > 0).sum() >= 6


def test_equal_spheres_need_one_radius(truth):
    small = truth[truth["type"] == "S"].reset_index(drop=True)
    data = tilt_series(small, ANGLES, PIXEL, (48, 48), blur=0.5, progress=False)
    found, _, _ = spheres.find_spheres(data, ANGLES, PIXEL, radii={"S": 2.6}, blur=0.5, progress=False)
    result = score_particles(found, small, within=0.5)
    assert result["recall"] == result["precision"] == 1


def test_in_noise_only_what_chance_does_not_make_is_kept(truth):
    poor = tilt_series(truth, ANGLES, PIXEL, (48, 48), blur=0.5, dose=0.15, seed=1, progress=False)
    found, _, _ = spheres.find_spheres(poor, ANGLES, PIXEL, blur=0.5, chance=1, progress=False)
    result = score_particles(found, truth)
    assert result["precision"] > 0.9
    assert score_particles(found[found["type"] == "L"], truth[truth["type"] == "L"])["recall"] > 0.9
    with pytest.raises(ValueError, match="no sphere is stronger than chance"):
        spheres.find_spheres(
            np.random.default_rng(0).normal(size=(len(ANGLES), 48, 48)),
            ANGLES,
            PIXEL,
            chance=0.01,
            progress=False,
        )


def test_weak_and_close_and_lost_spheres_are_removed():
    table = pd.DataFrame({"x": [0.0, 9, 18, 27, 4, 60], "y": 0.0, "z": 0.0, "type": list("LSSSSS")})
    table["intensity"] = [230.0, 38, 14, 40, 37, 39]
    real = spheres._real(table, 7.7, 0.4, np.array([50, 20, 20]))
    assert real.tolist() == [True, True, False, True, False, False]


def test_an_empty_volume_holds_no_sphere():
    assert len(spheres.candidates(np.zeros((20, 20, 20)), 1.0)) == 0
    data = np.zeros((len(ANGLES), 20, 20))
    with pytest.raises(ValueError, match="no maximum of the volume"):
        spheres.find_spheres(data, ANGLES, PIXEL, progress=False)
