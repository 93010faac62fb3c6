"""Projections of spheres against chords, volumes, rays walked through them, and counting statistics."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference import path_through_spheres
from scipy.ndimage import gaussian_filter

from supracrystal.tomography import positions_in_projection, project_spheres, tilt_series

CDSE = (48**1.7 + 34**1.7) / (82**1.7 + 34**1.7)
"""Scattering of CdSe over that of PbSe, for equal numbers of atoms."""


def ball(number, random, spread=8.0):
    """Return particles of both types."""
    table = pd.DataFrame(random.uniform(-spread, spread, (number, 3)), columns=["x", "y", "z"])
    return table.assign(type=np.where(random.random(number) < 0.4, "L", "S"))


def volume(particles):
    """Return the volume of the cores, that of CdSe weighted, from the printed diameters."""
    large = (particles["type"] == "L").to_numpy()
    return np.pi / 6 * np.where(large, 7.6**3, CDSE * 5.2**3)


def middle(picture, pixel):
    """Return the centre of mass of a picture."""
    v, u = ((np.arange(n) + 0.5 - n / 2) * pixel for n in picture.shape)
    return np.array([picture.sum(axis=0) @ u, picture.sum(axis=1) @ v]) / picture.sum()


def test_a_sphere_is_as_thick_as_its_chords():
    image = project_spheres([[0, 0]], 3.8, 0.02, (400, 400))
    at = (np.arange(400) + 0.5 - 200) * 0.02
    rho2 = at**2 + at[:, None] ** 2
    chord = 2 * np.sqrt(np.maximum(3.8**2 - rho2, 0))
    assert image.max() == pytest.approx(7.6, rel=1e-5)
    assert np.abs(image - chord)[rho2 < 3**2].max() < 1e-4
    assert np.abs(image[rho2 > 3.84**2]).max() < 1e-9


@given(
    u=st.floats(-3, 3), v=st.floats(-3, 3), radius=st.floats(0.1, 4), pixel=st.floats(0.2, 3),
    weight=st.floats(0.1, 2),
)  # fmt: skip
def test_a_picture_holds_the_volume_and_the_centre_of_a_sphere(u, v, radius, pixel, weight):
    side = int(np.ceil(2 * (3 + radius) / pixel)) + 2
    image = project_spheres([[u, v]], radius, pixel, (side, side + 3), weight=weight)
    assert image.min() > -1e-9
    assert image.sum() * pixel**2 == pytest.approx(weight * 4 / 3 * np.pi * radius**3, rel=1e-9)
    assert middle(image, pixel) == pytest.approx([u, v], abs=pixel / 2)


def test_pixels_are_exact_and_not_sampled():
    """Each coarse pixel is the mean of the fine ones in it."""
    centres = np.array([[0.3, -0.7], [4.1, 2.2], [-5.9, 5.9]])
    coarse = project_spheres(centres, 2.6, 1.5, (8, 8))
    fine = project_spheres(centres, 2.6, 0.05, (240, 240))
    assert coarse == pytest.approx(fine.reshape(8, 30, 8, 30).mean(axis=(1, 3)), abs=1e-10)


def test_spheres_are_cut_at_the_edge_of_the_picture():
    centres = np.array([[6.0, 0.5], [-30.0, 0], [0, -5.5]])
    whole = project_spheres(centres, 2.6, 0.5, (60, 60))
    part = project_spheres(centres, 2.6, 0.5, (20, 24))
    assert part == pytest.approx(whole[20:40, 18:42], abs=1e-12)


@pytest.mark.parametrize("angle", [0.0, 35.0, -74.0])
def test_pictures_are_line_integrals_through_the_turned_specimen(random_generator, angle):
    particles = ball(4, random_generator, spread=4)
    large = (particles["type"] == "L").to_numpy()
    picture = tilt_series(particles, [angle], 2.0, (10, 9))[0]
    walked = path_through_spheres(
        particles[["x", "y", "z"]].to_numpy(), np.where(large, 3.8, 2.6), np.where(large, 1, CDSE),
        angle, 2.0, (10, 9),
    )  # fmt: skip
    assert np.corrcoef(picture.flat, walked.flat)[0, 1] > 0.9995
    assert picture == pytest.approx(walked, abs=0.2)
    assert picture.sum() == pytest.approx(walked.sum(), rel=5e-3)


@given(
    seed=st.integers(0, 10**6), angle=st.floats(-90, 90), axis_angle=st.floats(-180, 180),
    blur=st.sampled_from([0.0, 0.5]),
)  # fmt: skip
def test_mass_does_not_depend_on_the_tilt(seed, angle, axis_angle, blur):
    particles = ball(12, np.random.default_rng(seed))
    series = tilt_series(particles, [angle], 0.8, (64, 64), blur=blur, axis_angle=axis_angle)
    assert series[0].sum() * 0.8**2 == pytest.approx(volume(particles).sum(), rel=1e-5)


def test_the_centre_of_mass_follows_a_sine(random_generator):
    particles = ball(20, random_generator)
    angles = np.arange(-74, 77, 10)
    series = tilt_series(particles, angles, 0.5, (80, 90))
    x, y, z = np.average(particles[["x", "y", "z"]], axis=0, weights=volume(particles))
    theta = np.radians(angles)
    expected = np.column_stack([x * np.cos(theta) + z * np.sin(theta), np.full(len(theta), y)])
    assert np.array([middle(each, 0.5) for each in series]) == pytest.approx(expected, abs=0.01)


def test_drift_and_the_angle_of_the_axis_move_the_picture(random_generator):
    particles = ball(10, random_generator)
    straight, moved, turned = (
        tilt_series(particles, [20], 0.5, (80, 80), **options)[0]
        for options in ({}, {"drift": [[1.5, -1.0]]}, {"axis_angle": 90})
    )
    assert moved == pytest.approx(np.roll(straight, (-2, 3), axis=(0, 1)), abs=1e-5)
    # from u to v: what lay to the right now lies down the rows
    assert turned == pytest.approx(np.rot90(straight, -1), abs=1e-5)


@given(angle=st.floats(-90, 90), phi=st.floats(-180, 180))
def test_projections_keep_the_axis_and_shorten_what_is_across(angle, phi):
    points = np.array([[0, 2.0, 0], [1.0, 0, 0], [0, 0, 1.0]])
    along, x, z = positions_in_projection(points, angle, shift=(3, 4), axis_angle=phi) - [3, 4]
    assert np.linalg.norm(along) == pytest.approx(2)
    assert np.linalg.norm(x) ** 2 + np.linalg.norm(z) ** 2 == pytest.approx(1)
    assert along @ x == pytest.approx(0, abs=1e-12)


def test_noise_has_the_mean_of_the_picture_and_the_variance_of_counts(random_generator):
    particles = ball(30, random_generator)
    clean = tilt_series(particles, [0], 0.5, (60, 60))[0]
    noisy = tilt_series(particles, np.zeros(200), 0.5, (60, 60), dose=20, seed=1)
    counts = noisy * 20 * 0.25
    assert np.abs(counts - np.rint(counts)).max() < 1e-4
    lit = clean > 0.5
    deviation = (noisy - clean)[:, lit] / np.sqrt(clean[lit] / (20 * 0.25))
    assert abs(deviation.mean()) < 5 / np.sqrt(deviation.size)
    assert deviation.var() == pytest.approx(1, abs=5 * np.sqrt(3 / deviation.size))
    again = tilt_series(particles, np.zeros(200), 0.5, (60, 60), dose=20, seed=1)
    assert (again == noisy).all()


def test_a_blur_has_the_width_that_was_asked_for():
    one = pd.DataFrame({"x": [0.0], "y": [0.0], "z": [0.0], "type": ["S"]})
    at2 = ((np.arange(80) + 0.5 - 40) * 0.25) ** 2
    sharp, soft = (tilt_series(one, [0], 0.25, (80, 80), blur=blur)[0] for blur in (0.0, 1.2))
    spread = [picture.sum(axis=0) @ at2 / picture.sum() for picture in (sharp, soft)]
    assert spread[1] - spread[0] == pytest.approx(1.2**2, rel=2e-3)


@pytest.mark.parametrize("blur", [0.0, 0.2, 0.3, 0.42, 0.6, 1.0, 2.3])
def test_variance_of_a_picture_is_that_of_sphere_probe_and_pixel(blur):
    """A projected ball has R^2/5 along each axis, a pixel 1/12; over places in the pixel they add up."""
    at = np.arange(40) + 0.5 - 20
    spread = []
    for place in (np.arange(8) + 0.5) / 8:
        one = pd.DataFrame({"x": [place], "y": [place], "z": [0.0], "type": ["S"]})
        line = tilt_series(one, [0], 1.0, (40, 40), blur=blur, cores={"S": 7.4})[0].sum(axis=0)
        spread.append(line @ at**2 / line.sum() - (line @ at / line.sum()) ** 2)
    assert np.mean(spread) == pytest.approx(3.7**2 / 5 + 1 / 12 + blur**2, rel=1e-3)


@pytest.mark.parametrize("blur", [0.3, 0.5, 1.3])
def test_a_blurred_picture_is_the_mean_of_a_fine_one(blur):
    one = pd.DataFrame({"x": [0.4], "y": [-0.3], "z": [0.0], "type": ["L"]})
    coarse = tilt_series(one, [0], 1.2, (12, 14), blur=blur)[0]
    fine = gaussian_filter(project_spheres([[0.4, -0.3]], 3.8, 0.06, (240, 280)), blur / 0.06)
    mean = fine.reshape(12, 20, 14, 20).mean(axis=(1, 3))
    assert coarse == pytest.approx(mean, abs=5e-3 * mean.max())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"pixel": 0}, "pixel is 0"),
        ({"dose": -1}, "dose is -1"),
        ({"blur": np.nan}, "blur is nan"),
        ({"angles": [0, 91]}, "angles are"),
        ({"angles": []}, "angles are"),
        ({"shape": (10,)}, "shape is"),
        ({"drift": [[0, 0]]}, "u and v of 2 tilts"),
    ],
)
def test_what_no_microscope_has_is_refused(random_generator, change, message):
    with pytest.raises(ValueError, match=message):
        tilt_series(ball(3, random_generator), **{"angles": [0, 2], "pixel": 1, "shape": (9, 9), **change})


@pytest.mark.parametrize(
    ("particles", "message"),
    [
        ({"x": [0.0], "y": [0.0], "type": ["L"]}, "no column z"),
        ({"x": [], "y": [], "z": [], "type": []}, "no particles"),
        ({"x": [np.nan], "y": [0.0], "z": [0.0], "type": ["L"]}, "not all finite"),
        ({"x": [0.0], "y": [0.0], "z": [0.0], "type": ["M"]}, "type .*'M'.*known are"),
    ],
)
def test_particles_that_cannot_be_projected_are_refused(particles, message):
    with pytest.raises(ValueError, match=message):
        tilt_series(pd.DataFrame(particles), [0], 1.0, (9, 9))
