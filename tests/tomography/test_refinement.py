"""The fit of spheres against sums over rays, differences, dense algebra and the bound of statistics."""

import numpy as np
import pandas as pd
import pytest
import reference

from supracrystal.tomography import (
    projection,
    spheres,
    tilt_series,
)

PIXEL, BLUR, SHAPE = 1.0, 0.5, (44, 48)
ANGLES = np.arange(-70, 71, 10.0)
TRUTH = pd.DataFrame(
    [[0, 0, 0, "L"], [9, 2, 1, "L"], [-4, 7.5, 3, "S"], [2, -8, 4, "S"], [-9, -3, -4, "S"], [3, 4, -9, "L"],
     [1, 12, -1, "S"]], columns=["x", "y", "z", "type"],
).astype({"x": float, "y": float, "z": float})  # fmt: skip
SMALL = (48**1.7 + 34**1.7) / (82**1.7 + 34**1.7)  # scattering of CdSe for its volume, that of PbSe being 1
PLACE = ["x", "y", "z"]
PROFILES = [spheres.profile(r, np.hypot(BLUR, PIXEL / 12**0.5)) for r in spheres.RADII.values()]


def series(particles=TRUTH, **options):
    return tilt_series(particles, ANGLES, PIXEL, SHAPE, blur=BLUR, progress=False, **options)


def moved(by, seed=0):
    offset = np.random.default_rng(seed).normal(size=(len(TRUTH), 3)) * by
    return TRUTH.assign(**dict(zip(PLACE, (TRUTH[PLACE].to_numpy() + offset).T, strict=True)))


@pytest.mark.parametrize(("radius", "sigma"), [(1.5, 0.3), (1.5, 1), (2.6, 0.5), (4, 0.3), (4, 1)])
def test_footprint_is_the_smoothed_chord(radius, sigma):
    value, slope, reach = spheres.profile(radius, sigma)
    square = np.linspace(0, reach**2, len(value))
    for at in (0, 200, 500, 700, 900, len(value) - 1):
        expected = reference.smoothed_chord(np.sqrt(square[at]), radius, sigma, 400)
        assert value[at] == pytest.approx(expected, abs=3e-4 * radius)
    assert np.gradient(value, square)[2:-2] == pytest.approx(slope[2:-2], abs=2e-5 * np.abs(slope).max())
    assert np.pi * np.trapezoid(value, square) == pytest.approx(4 / 3 * np.pi * radius**3, rel=1e-3)


@pytest.mark.parametrize(("name", "pixel"), [("L", 0.8), ("S", 0.8), ("L", 1.2), ("S", 1.2)])
def test_footprint_in_pixels_is_the_exact_picture_smoothed(name, pixel):
    radius, where, fine = spheres.RADII[name], np.array([[0.33, -0.21]]), 5
    shape = (23, 25)
    exact = projection.project_spheres(where, radius, pixel / fine, tuple(fine * n for n in shape))
    exact = projection.gaussian_filter(exact, BLUR * fine / pixel)
    exact = exact.reshape(shape[0], fine, shape[1], fine).mean(axis=(1, 3))
    profiles = [spheres.profile(radius, np.hypot(BLUR, pixel / 12**0.5))]
    ours = spheres.footprints(where, np.array([0]), profiles, pixel, shape)[0].toarray().reshape(shape)
    assert ours == pytest.approx(exact, abs=3e-3 * exact.max())


def normal_equations(particles, weight, data):
    kind = particles["type"].map({"L": 0, "S": 1}).to_numpy()
    fit = {"place": particles[PLACE].to_numpy(), "weight": weight, "shift": np.zeros((len(ANGLES), 2))}
    return spheres.normal_equations(data, ANGLES, PIXEL, fit, kind, PROFILES)


def test_step_is_that_of_the_dense_jacobian_by_differences():
    particles, weight = moved(0.3), np.linspace(0.5, 1, len(TRUTH))
    data = series()

    def model(change):
        place = particles[PLACE].to_numpy() + change[:, :3]
        table = particles.assign(**dict(zip(PLACE, place.T, strict=True)))
        return (data - normal_equations(table, weight + change[:, 3], data)["residual"]).ravel().astype(float)

    unit = np.eye(4 * len(TRUTH)).reshape(-1, len(TRUTH), 4) * 0.02
    jacobian = np.stack([(model(each) - model(-each)) / 0.04 for each in unit], axis=1)
    normal = normal_equations(particles, weight, data)
    expected = jacobian.T @ normal["residual"].ravel()
    assert normal["gradient"].ravel() == pytest.approx(expected, abs=0.01 * np.abs(expected).max())
    dense = jacobian.T @ jacobian
    for i, block in enumerate(normal["blocks"]):
        own = dense[4 * i : 4 * i + 4, 4 * i : 4 * i + 4]
        assert block == pytest.approx(own, abs=0.02 * np.abs(own).max())
    damping = 0.01
    step = np.linalg.solve(dense + damping * np.diag(np.diag(dense)), expected).reshape(-1, 4)
    ours = spheres.solve(normal, weight, damping, 60, False)
    assert ours == pytest.approx(step, abs=0.03 * np.abs(step).max())


def test_spheres_are_moved_to_where_they_were_with_the_power_they_had():
    found, residual, shifts = spheres.refine(
        series(), ANGLES, PIXEL, moved(0.7), blur=BLUR, steps=8, progress=False
    )
    assert found[PLACE].to_numpy() == pytest.approx(TRUTH[PLACE].to_numpy(), abs=0.01)
    assert found["weight"].to_numpy() == pytest.approx(np.where(TRUTH["type"] == "L", 1, SMALL), rel=0.02)
    volume = np.pi / 6 * TRUTH["type"].map(projection.CORES) ** 3
    assert found["intensity"].to_numpy() == pytest.approx(found["weight"] * volume)
    assert residual.std() < 0.03  # nm; the Gaussian that stands for the pixel is not exact
    assert not shifts.any()


def test_wrong_sizes_are_set_right():
    wrong = TRUTH.assign(type="S")
    for _ in range(3):
        wrong, residual, _ = spheres.refine(
            series(), ANGLES, PIXEL, wrong, blur=BLUR, steps=3, progress=False
        )
        wrong = spheres.sizes(residual, ANGLES, PIXEL, wrong, blur=BLUR)
    assert wrong["type"].tolist() == TRUTH["type"].tolist()


def test_small_sphere_that_is_too_large_stays_small_if_powers_are_known():
    one = TRUTH.iloc[[2]]
    data = series(one, cores={"S": 6.6})  # nearer to 7.6 than to 5.2
    for name in "SL":
        found, residual, _ = spheres.refine(
            data, ANGLES, PIXEL, one.assign(type=name), blur=BLUR, progress=False
        )
        free = spheres.sizes(residual, ANGLES, PIXEL, found, blur=BLUR)
        known = spheres.sizes(residual, ANGLES, PIXEL, found, blur=BLUR, powers={"L": 1.0, "S": SMALL})
        assert (free["type"].item(), known["type"].item()) == ("L", "S")


def test_drift_is_found_but_for_what_moves_all_spheres():
    drift = np.random.default_rng(5).normal(size=(len(ANGLES), 2)) * 0.4
    found, _, shifts = spheres.refine(
        series(drift=drift), ANGLES, PIXEL, moved(0.2), blur=BLUR, steps=14, align=True, progress=False
    )
    theta = np.radians(ANGLES)
    across = np.column_stack([np.cos(theta), np.sin(theta)])
    rigid = np.linalg.lstsq(across, drift[:, 0], rcond=None)[0]
    drift -= np.column_stack([across @ rigid, np.full(len(theta), drift[:, 1].mean())])
    assert shifts == pytest.approx(drift, abs=0.02)
    offset = found[PLACE].to_numpy() - TRUTH[PLACE].to_numpy()
    assert offset - offset.mean(axis=0) == pytest.approx(np.zeros(offset.shape), abs=0.02)


def test_error_of_single_spheres_is_the_least_that_statistics_allow():
    # Spheres one above the other along the axis never overlap. The bound of Cramer and Rao for white noise s
    # is s^2 over the sum of squares of the derivative, which for u is half the integral of (df/drho)^2.
    number, noise = 36, 0.4
    column = pd.DataFrame(
        {"x": 0.0, "y": 14.0 * (np.arange(number) - (number - 1) / 2), "z": 0.0, "type": "L"}
    )
    shape = (14 * number, 16)
    data = tilt_series(column, ANGLES, PIXEL, shape, blur=BLUR, progress=False)
    data += np.random.default_rng(3).normal(size=data.shape).astype(np.float32) * noise
    found, _, _ = spheres.refine(data, ANGLES, PIXEL, column, blur=BLUR, steps=4, progress=False)
    rho = np.linspace(0, 6, 61)
    chord = [reference.smoothed_chord(r, 3.8, np.hypot(BLUR, PIXEL / 12**0.5), 400) for r in rho]
    integral = np.pi * np.trapezoid(rho * np.gradient(chord, rho) ** 2, rho) / PIXEL**2
    theta = np.radians(ANGLES)
    bound = {"x": np.cos(theta) ** 2, "y": np.ones(len(theta)), "z": np.sin(theta) ** 2}
    for axis, share in bound.items():
        least = noise / np.sqrt(integral * share.sum())
        error = np.sqrt(np.mean((found[axis] - column[axis]) ** 2))
        assert error == pytest.approx(least, rel=4 / np.sqrt(2 * number))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"series": np.zeros((3, 4, 4))}, "shape .3, 4, 4."),
        ({"series": np.full((len(ANGLES), 4, 4), np.nan)}, "not finite"),
        ({"particles": TRUTH.iloc[:0]}, "no particles"),
        ({"particles": TRUTH[PLACE]}, "no column type"),
        ({"particles": TRUTH.assign(type="M")}, r"\['M'\]"),
        ({"pixel": 0}, "'pixel' is 0"),
        ({"blur": -1}, "blur is -1"),
        ({"radii": {"L": -3.8, "S": 2.6}}, "'L' is -3.8"),
    ],
)
def test_bad_input_is_named(options, message):
    given = {"series": np.zeros((len(ANGLES), 4, 4)), "angles": ANGLES, "pixel": 1.0, "particles": TRUTH}
    with pytest.raises(ValueError, match=message):
        spheres.refine(**{**given, **options})
