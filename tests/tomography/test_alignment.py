"""Alignment against the drifts and the tilt axis that were put into simulated series."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from supracrystal.tomography import (
    align,
    drift_by_correlation,
    drift_by_mass,
    drift_by_reprojection,
    straighten,
    tilt_axis,
    tilt_series,
)

ANGLES = np.arange(-72, 77, 4.0)
PIXEL = 1.2


def cluster(seed=3):
    """Return some seventy particles in a ball, nearly in rows, off the centre of the volume."""
    random = np.random.default_rng(seed)
    grid = np.stack(np.meshgrid(*3 * [np.arange(-3, 4)]), -1).reshape(-1, 3) * 9.0
    place = grid + random.normal(scale=0.7, size=grid.shape)
    place = place[np.linalg.norm(place - [1, 2, -1], axis=1) < 22]
    return pd.DataFrame(place, columns=["x", "y", "z"]).assign(
        type=np.where(random.random(len(place)) < 0.4, "L", "S")
    )


def jumps(scale, seed=1):
    return np.random.default_rng(seed).normal(scale=scale, size=(len(ANGLES), 2))


def left_over(found, put_in):
    """Return the root mean square of what is left in u and v, once the volume may lie anywhere."""
    theta, rest = np.radians(ANGLES), found - put_in
    moves = np.column_stack([np.cos(theta), np.sin(theta)])
    u = rest[:, 0] - moves @ np.linalg.lstsq(moves, rest[:, 0], rcond=None)[0]
    return float(u.std()), float(rest[:, 1].std())


@pytest.fixture(scope="module")
def drifted():
    """Return a noisy series and its drift of some pixels."""
    drift = jumps(2.0)
    return tilt_series(cluster(), ANGLES, PIXEL, (58, 60), drift=drift, dose=50, blur=0.5), drift


def test_the_centre_of_mass_finds_the_drift_to_a_twentieth_of_a_pixel(drifted):
    series, drift = drifted
    assert max(left_over(drift_by_mass(series, pixel=PIXEL), drift)) < PIXEL / 20


def test_the_centre_of_mass_is_as_good_over_a_bright_background(drifted):
    series, drift = drifted
    lit = series + np.linspace(5, 9, len(series))[:, None, None]
    assert max(left_over(drift_by_mass(lit, pixel=PIXEL), drift)) < PIXEL / 20


def test_correlation_finds_the_drift_and_projections_improve_it(drifted):
    series, drift = drifted
    first = drift_by_correlation(series, ANGLES, pixel=PIXEL)
    second = drift_by_reprojection(series, ANGLES, first, pixel=PIXEL, rounds=3)
    before, chained, refined = (left_over(each, drift) for each in (0 * drift, first, second))
    assert min(before) > 1.5
    assert max(chained) < 0.4 * PIXEL
    assert refined[0] < 0.8 * chained[0]
    assert refined[1] < PIXEL / 20
    assert (first[np.argmin(np.abs(ANGLES))] == 0).all()


def test_the_order_of_the_tilts_does_not_matter(drifted):
    series, _ = drifted
    mixed = np.random.default_rng(0).permutation(len(ANGLES))
    straight = drift_by_correlation(series, ANGLES, pixel=PIXEL)
    assert (drift_by_correlation(series[mixed], ANGLES[mixed], pixel=PIXEL) == straight[mixed]).all()


@pytest.mark.parametrize("axis_angle", [-6.3, 0.0, 1.7])
def test_the_tilt_axis_is_found_under_drift_and_noise(axis_angle):
    series = tilt_series(
        cluster(), ANGLES, PIXEL, (60, 60), drift=jumps(2.0), axis_angle=axis_angle, dose=50, blur=0.5
    )
    found = tilt_axis(series, drift_by_mass(series, pixel=PIXEL), pixel=PIXEL)
    assert found == pytest.approx(axis_angle, abs=0.05)


@given(
    u=st.floats(-5, 5), v=st.floats(-5, 5), axis_angle=st.floats(-30, 30), angle=st.floats(-80, 80),
)  # fmt: skip
def test_straightened_pictures_are_those_without_drift(u, v, axis_angle, angle):
    moved = tilt_series(cluster(), [angle], 1.0, (64, 70), drift=[[u, v]], axis_angle=axis_angle, blur=1.5)
    still = tilt_series(cluster(), [angle], 1.0, (64, 70), blur=1.5)
    found = straighten(moved, [[u, v]], axis_angle=axis_angle)
    assert np.abs(found - still).max() < 0.03 * still.max()


@pytest.mark.parametrize("whole", [True, False])
def test_an_aligned_series_is_that_of_a_microscope_that_keeps_still(whole):
    """Up to a shift of the volume, taken out by the centre of mass."""
    put_in = {"drift": jumps(2.0), "axis_angle": 3.0}
    series = tilt_series(cluster(), ANGLES, PIXEL, (64, 64), blur=1.0, dose=500, **put_in)
    aligned, _, axis_angle = align(series, ANGLES, pixel=PIXEL, whole=whole)
    assert axis_angle == pytest.approx(3.0, abs=0.05 if whole else 0.5)
    particles = cluster()
    weight = np.where(particles["type"] == "L", 7.6**3, 5.2**3 * (48**1.7 + 34**1.7) / (82**1.7 + 34**1.7))
    particles[["x", "y", "z"]] -= np.average(particles[["x", "y", "z"]], axis=0, weights=weight)
    still = tilt_series(particles, ANGLES, PIXEL, (64, 64), blur=1.0)
    aligned = straighten(aligned, drift_by_mass(aligned, pixel=PIXEL), pixel=PIXEL)
    assert np.corrcoef(aligned.ravel(), still.ravel())[0, 1] > (0.998 if whole else 0.99)


def test_correlation_keeps_the_rows_where_the_particle_leaves_the_picture():
    """A field of 31 nm over 44 nm of particle: across the axis, where new parts turn in, both ways fail."""
    drift = jumps(1.0)
    series = tilt_series(cluster(), ANGLES, PIXEL, (26, 26), drift=drift, dose=200, blur=0.5)
    by_mass = left_over(
        drift_by_mass(series + 1 - series.min(axis=(1, 2), keepdims=True), pixel=PIXEL), drift
    )
    by_correlation = left_over(drift_by_correlation(series, ANGLES, pixel=PIXEL), drift)
    assert by_correlation[1] < 0.6 * by_mass[1]


def test_what_cannot_be_aligned_is_refused():
    dark = np.zeros((3, 8, 8))
    with pytest.raises(ValueError, match=r"picture 0 .* no brighter than its rim"):
        drift_by_mass(dark)
    with pytest.raises(ValueError, match="u and v of 3 pictures"):
        straighten(dark, [[0, 0]])
    with pytest.raises(ValueError, match="tilt of 90 degrees"):
        drift_by_correlation(dark, [0, 45, 90])
    with pytest.raises(ValueError, match=r"angles \(2,\)"):
        align(dark, [0, 2])
    far = tilt_series(cluster(), ANGLES[::4], 2.0, (30, 30), axis_angle=20)
    with pytest.raises(ValueError, match="not within 5 degrees"):
        tilt_axis(far, drift_by_mass(far), within=5)
