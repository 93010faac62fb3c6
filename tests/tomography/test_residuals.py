"""What is left of pictures, against noise of known spread and axes of known turn."""

import numpy as np
import pandas as pd
import pytest

from supracrystal.tomography import spheres, tilt_series

PIXEL, BLUR, SHAPE = 1.0, 0.5, (44, 48)
ANGLES = np.arange(-70, 71, 10.0)
TRUTH = pd.DataFrame(
    [[0, 0, 0, "L"], [9, 2, 1, "L"], [-4, 7.5, 3, "S"], [2, -8, 4, "S"], [-9, -3, -4, "S"], [3, 4, -9, "L"],
     [1, 12, -1, "S"]], columns=["x", "y", "z", "type"],
).astype({"x": float, "y": float, "z": float})  # fmt: skip


def series(**options):
    return tilt_series(TRUTH, ANGLES, PIXEL, SHAPE, blur=BLUR, progress=False, **options)


@pytest.mark.parametrize("turn", [-0.8, 0.0, 1.5])
def test_turn_of_the_axis_is_that_put_in(turn):
    data = series(axis_angle=turn, dose=200, seed=4)
    found, residual, shifts = spheres.refine(
        data, ANGLES, PIXEL, TRUTH, blur=BLUR, align=True, progress=False
    )
    left = spheres.axis_turn(residual, ANGLES, PIXEL, found, blur=BLUR, shifts=shifts)
    assert left == pytest.approx(turn, abs=0.05 + 0.12 * abs(turn))


def test_significance_of_noise_has_the_spread_of_one():
    """Powers of a sphere that is not there, by least squares, in noise that differs from pixel to pixel."""
    random, one = np.random.default_rng(2), TRUTH.iloc[[2]]
    footprint = tilt_series(one, ANGLES, PIXEL, (24, 30), blur=BLUR, progress=False)
    footprint /= (48**1.7 + 34**1.7) / (82**1.7 + 34**1.7)
    scale = random.uniform(0.2, 2, footprint.shape)
    found = []
    for _ in range(300):
        noise = scale * random.normal(size=footprint.shape)
        power = np.vdot(footprint, noise) / np.vdot(footprint, footprint)
        found += [*spheres.significance(noise, ANGLES, PIXEL, one.assign(weight=power), blur=BLUR)]
    assert np.mean(found) == pytest.approx(0, abs=4 / np.sqrt(300))
    assert np.std(found) == pytest.approx(1, abs=4 / np.sqrt(600))
