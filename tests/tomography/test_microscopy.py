"""Simulated micrographs against chords, volumes and counting statistics; sections against solid geometry."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import rotate
from scipy.spatial.transform import Rotation

from supracrystal.colloids import (
    axes,
    find_icosahedron,
    icosahedral_cluster,
    is_large,
    make_particles,
    view_rotation,
)
from supracrystal.tomography import cross_section, fivefold_lines, haadf

CDSE = (48**1.7 + 34**1.7) / (82**1.7 + 34**1.7)
"""Scattering of CdSe over that of PbSe, for equal numbers of atoms."""


def volume(frame):
    """Return the volume of the cores, that of CdSe weighted, from the diameters printed in nm."""
    number = np.bincount(frame.particles.typeid, minlength=2)
    return np.pi / 6 * (number[0] * (7.6 / 9.9) ** 3 + CDSE * number[1] * (0.78 * 5.2 / 7.7) ** 3)


@pytest.fixture(scope="module")
def ideal():
    frame = icosahedral_cluster(5)
    return frame, find_icosahedron(frame)


def test_a_sphere_is_as_thick_as_its_chords():
    image, (left, right, bottom, top) = haadf(
        make_particles([[7, 8, 9]], ["L"]), [1, 2, 3], pixel=0.005, blur=0, width=0.9
    )
    assert (left, right, bottom, top) == (-0.45, 0.45, -0.45, 0.45)
    at = np.linspace(left, right, len(image) + 1)
    middle = (at[1:] + at[:-1]) / 2
    chord = 2 * np.sqrt(np.maximum((3.8 / 9.9) ** 2 - middle**2 - middle[:, None] ** 2, 0))
    assert chord.max() == pytest.approx(7.6 / 9.9, rel=1e-4)
    inside = chord > 0.4
    assert np.abs(image - chord)[inside].max() < 1e-4
    assert np.abs(image - chord).max() < 0.5 * np.sqrt(2 * 7.6 / 9.9 * 0.005)


def test_pixels_hold_the_mean_path_of_many_rays(random_generator):
    """Coarse pixels and small, overlapping spheres, against 200 x 200 rays in each pixel."""
    position = random_generator.uniform(-0.8, 0.8, (12, 3))
    large = random_generator.random(12) < 0.5
    image, extent = haadf(make_particles(position, large), [0, 0, 1], up=[0, 1, 0], pixel=0.3, blur=0,
                          width=3, centre=(0, 0, 0))  # fmt: skip
    rays = np.linspace(extent[0], extent[1], 2000, endpoint=False) + 3 / 4000
    exact = np.zeros((2000, 2000))
    for (x, y, _), big in zip(position, large, strict=True):
        radius, weight = (3.8 / 9.9, 1) if big else (0.78 * 2.6 / 7.7, CDSE)
        exact += 2 * weight * np.sqrt(np.maximum(radius**2 - (rays - x) ** 2 - (rays[:, None] - y) ** 2, 0))
    assert image == pytest.approx(exact.reshape(10, 200, 10, 200).mean(axis=(1, 3)), abs=4e-3)


@given(
    seed=st.integers(0, 10**6),
    number=st.integers(1, 60),
    pixel=st.floats(0.02, 0.5),
    blur=st.floats(0, 0.3),
    scale=st.floats(0.01, 100),
)
def test_the_sum_is_the_volume_of_the_cores_whatever_the_axis(seed, number, pixel, blur, scale):
    random = np.random.default_rng(seed)
    position, large = random.normal(scale=2, size=(number, 3)), random.random(number) < 0.4
    frame = make_particles(scale * position, large, diameter=scale * np.where(large, 1, 0.78))
    for axis in random.normal(size=(2, 3)):
        image, _ = haadf(frame, axis, pixel=scale * pixel, blur=scale * blur)
        assert image.sum() * (scale * pixel) ** 2 == pytest.approx(scale**3 * volume(frame), rel=1e-9)


def test_turning_cluster_and_microscope_together_changes_nothing(random_generator):
    position = random_generator.normal(scale=2, size=(40, 3))
    large = random_generator.random(40) < 0.4
    turn = Rotation.random(rng=random_generator)
    axis, up = random_generator.normal(size=(2, 3))
    one, extent = haadf(make_particles(position, large), axis, up=up)
    two, same = haadf(
        make_particles(turn.apply(position) + [5, 6, 7], large), turn.apply(axis), up=turn.apply(up)
    )
    assert extent == pytest.approx(same)
    assert one == pytest.approx(two, abs=1e-9)


def test_up_in_the_picture_is_up_and_a_blur_is_gaussian():
    pair = make_particles([[0, 0, 0], [0, 0, 3.0]], ["L", "L"])
    sharp, (*_, bottom, top) = haadf(pair, [1, 0, 0], up=[0, 0, 1], centre=(0, 0, 0), blur=0)
    blurred, extent = haadf(pair, [1, 0, 0], up=[0, 0, 1], centre=(0, 0, 0), blur=0.2, width=9)

    def spread(image, low, high):
        y = low + (np.arange(len(image)) + 0.5) * (high - low) / len(image)
        weight = image.sum(axis=1) / image.sum()
        return weight @ y, weight @ y**2 - (weight @ y) ** 2

    mean, variance = spread(sharp, bottom, top)
    assert mean == pytest.approx(1.5, abs=1e-6)
    assert variance == pytest.approx(1.5**2 + (3.8 / 9.9) ** 2 / 5, rel=1e-3)  # two balls
    mean_blurred, variance_blurred = spread(blurred, *extent[2:])
    assert mean_blurred == pytest.approx(1.5, abs=1e-6)
    assert variance_blurred - variance == pytest.approx(0.2**2, rel=0.01)


def test_counts_have_the_mean_of_the_picture_and_their_variance_is_their_mean(ideal):
    frame, _ = ideal
    clean, _ = haadf(frame, axes(5)[0], pixel=0.1)
    expected = clean / clean.max() * 50 + 0.2 * 50
    draws = np.array(
        [haadf(frame, axes(5)[0], pixel=0.1, dose=50, background=0.2, seed=k)[0] for k in range(60)]
    )
    assert (draws == np.rint(draws)).all()
    deviation = (draws - expected) / np.sqrt(expected)
    pixels = clean.size
    assert abs(deviation.mean()) < 5 / np.sqrt(60 * pixels)
    assert deviation.var() == pytest.approx(1, abs=5 * np.sqrt(2.2 / (60 * pixels)))
    again, _ = haadf(frame, axes(5)[0], pixel=0.1, dose=50, background=0.2, seed=7)
    assert (again == draws[7]).all()


@pytest.mark.parametrize(("fold", "turn", "half"), [(5, 36, 18), (3, 60, 30), (2, 180, 90)])
def test_the_picture_has_the_symmetry_of_the_axis(ideal, fold, turn, half):
    """Twice that of an odd axis: the cluster has an inversion centre, and the projection has no depth."""
    frame, _ = ideal
    image, extent = haadf(frame, axes(fold)[0], centre=(0, 0, 0))
    at = (np.arange(len(image)) + 0.5) * 0.04 + extent[0]
    disc = np.hypot(at, at[:, None]) < 4

    def alike(degrees):
        return np.corrcoef(rotate(image, degrees, reshape=False, order=3)[disc], image[disc])[0, 1]

    assert alike(turn) > 0.999
    assert alike(half) < 0.8


def test_a_section_off_the_centre_is_five_fold_and_not_ten_fold(ideal):
    frame, _ = ideal
    slab = cross_section(frame, axes(5)[0], thickness=1.0, offset=2.0)
    image, _ = haadf(slab, [0, 0, 1], up=[0, 1, 0], centre=(0, 0, 0), width=10)

    def alike(degrees):
        return np.corrcoef(rotate(image, degrees, reshape=False, order=3).flat, image.flat)[0, 1]

    assert alike(72) > 0.99
    assert alike(36) < 0.7


def test_a_section_holds_what_is_in_the_slab_and_its_lengths(random_generator):
    position = random_generator.normal(scale=3, size=(500, 3))
    frame = make_particles(position, random_generator.random(500) < 0.4)
    frame.log["particles/number"] = np.arange(500)
    axis, centre = np.array([1.0, 2, -2]) / 3, np.array([0.3, 0.2, 0.1])
    slab = cross_section(frame, 5 * axis, thickness=2, offset=0.5, centre=centre)
    kept = slab.log["particles/number"]
    height = (position - centre) @ axis
    assert set(kept) == set(np.flatnonzero((height > -0.5) & (height < 1.5)))
    assert slab.particles.position[:, 2] == pytest.approx(height[kept])
    assert np.linalg.norm(slab.particles.position, axis=1) == pytest.approx(
        np.linalg.norm(position[kept] - centre, axis=1)
    )
    assert (is_large(slab) == is_large(frame)[kept]).all()


@pytest.mark.parametrize(("offset", "turn"), [(0.0, 36), (1.0, 72), (3.0, 72)])
def test_lines_of_a_section_lie_in_mirror_planes_and_turn_into_themselves(ideal, offset, turn):
    frame, found = ideal
    axis = found.axes[0]
    lines = fivefold_lines(found, axis, reach=5, offset=offset)
    angle = np.radians(turn)
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    ends, turned = lines.reshape(-1, 2), lines.reshape(-1, 2) @ rotation
    assert np.linalg.norm(ends[:, None] - turned, axis=2).min(axis=0).max() < 1e-6
    right, up, out = view_rotation(axis)
    for line in lines:
        a, b = line @ [right, up] + offset * out
        normal = np.cross(a, b) / np.linalg.norm(np.cross(a, b)) if offset else np.cross(b - a, out)
        position = frame.particles.position - found.centre
        normal = normal / np.linalg.norm(normal)
        if offset:  # a mirror plane of the cluster carries every particle onto one
            image = position - 2 * np.outer(position @ normal, normal)
            assert np.linalg.norm(image[:, None] - position, axis=2).min(axis=1).max() < 1e-6


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"pixel": 0}, "pixel is 0"),
        ({"dose": -1}, "dose is -1"),
        ({"width": np.inf}, "width is inf"),
        ({"blur": -0.1}, "blur is -0.1"),
        ({"background": np.nan}, "background is nan"),
        ({"axis": (0, 0, 0)}, "axis"),
    ],
)
def test_what_no_microscope_has_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        haadf(make_particles([[0, 0, 0]], ["L"]), **{"axis": (0, 0, 1), **options})


def test_empty_frames_and_slabs_without_thickness_are_refused():
    empty = make_particles(np.empty((0, 3)), [])
    with pytest.raises(ValueError, match="no particles"):
        haadf(empty, (0, 0, 1))
    with pytest.raises(ValueError, match="thickness is 0"):
        cross_section(empty, (0, 0, 1), thickness=0)
    assert cross_section(empty, (0, 0, 1), thickness=1).particles.N == 0
