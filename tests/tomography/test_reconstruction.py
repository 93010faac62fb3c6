"""Volumes against ASTRA's own SIRT, scikit-image's iradon_sart, the spheres they show, and closed forms."""

import tracemalloc

import astra
import numpy as np
import pandas as pd
import pytest
from scipy.integrate import quad
from skimage.transform import iradon_sart

from supracrystal.tomography import backproject, elongation, reproject, sirt, tilt_series

WEDGE = np.arange(-74, 77, 2.0)
"""Tilts of the paper's particle of 167 nm."""
FULL = np.arange(-90, 90, 2.0)
PIXEL = 0.8
SHAPE = (20, 49)
PARTICLES = pd.DataFrame({"x": [8.0, -6.0], "y": [2.0, -1.0], "z": [5.0, -9.0], "type": ["L", "L"]})


def coordinates(number):
    return (np.arange(number) + 0.5 - number / 2) * PIXEL


def distances(place, depth=SHAPE[1]):
    """Return the distance of each voxel from a place."""
    x, y, z = place
    z2 = (coordinates(depth)[:, None, None] - z) ** 2
    return np.sqrt(z2 + (coordinates(SHAPE[0])[:, None] - y) ** 2 + (coordinates(SHAPE[1]) - x) ** 2)


def centre(volume, near):
    """Return the centre of mass about a place."""
    part = volume * (distances(near, len(volume)) < 5.5)
    axes = [coordinates(number) for number in part.shape]
    sums = [part.sum(axis=other) for other in ((1, 2), (0, 2), (0, 1))]
    return [float(at @ line / part.sum()) for at, line in zip(axes, sums, strict=True)][::-1]


@pytest.fixture(scope="module", params=[FULL, WEDGE], ids=["full", "wedge"])
def measured(request):
    return request.param, tilt_series(PARTICLES, request.param, PIXEL, SHAPE)


def astra_sirt(rows, angles, depth, iterations):
    """One slice by ASTRA's own loop; z runs down its rows."""
    slab = astra.create_vol_geom(depth, rows.shape[1])
    rays = astra.create_proj_geom("parallel", 1.0, rows.shape[1], -np.radians(angles))
    projector = astra.create_projector("linear", rays, slab)
    data = astra.data2d.create("-sino", rays, rows)
    volume = astra.data2d.create("-vol", slab, 0)
    options = astra.astra_dict("SIRT") | {
        "ProjectorId": projector, "ProjectionDataId": data, "ReconstructionDataId": volume,
        "option": {"MinConstraint": 0},
    }  # fmt: skip
    algorithm = astra.algorithm.create(options)
    astra.algorithm.run(algorithm, iterations)
    result = astra.data2d.get(volume)
    astra.clear()
    return result


@pytest.mark.parametrize("threads", [1, 3])
def test_sirt_is_that_of_astra(random_generator, threads):
    """Noise, which no volume explains, in more slices than one block holds, and not square ones."""
    angles = random_generator.uniform(-90, 90, 12)
    series = random_generator.random((12, 35, 21)).astype(np.float32) ** 3
    volume = sirt(series, angles, iterations=15, depth=17, threads=threads)
    for row in (0, 15, 16, 34):
        peer = astra_sirt(np.ascontiguousarray(series[:, row]), angles, 17, 15)
        assert peer.min() == 0
        assert volume[:, row] == pytest.approx(peer, abs=1e-5)


def test_spheres_are_recovered_where_they_are(measured):
    angles, series = measured
    volume = sirt(series, angles, pixel=PIXEL, iterations=60)
    for place in PARTICLES[["x", "y", "z"]].to_numpy():
        assert centre(volume, place) == pytest.approx(place, abs=0.02)
        assert volume[distances(place) < 2].mean() == pytest.approx(1, abs=0.05)
    outside = np.min([distances(place) for place in PARTICLES[["x", "y", "z"]].to_numpy()], axis=0) > 8
    assert volume[outside].mean() < 0.01


def test_back_projection_recovers_spheres_from_all_tilts_and_dims_them_without():
    place = PARTICLES.loc[0, ["x", "y", "z"]].to_numpy(dtype=float)
    grey = []
    for angles in (FULL, WEDGE):
        volume = backproject(tilt_series(PARTICLES, angles, PIXEL, SHAPE), angles, pixel=PIXEL)
        assert centre(volume, place)[0] == pytest.approx(place[0], abs=0.05)
        grey.append(volume[distances(place) < 2].mean())
    assert grey[0] == pytest.approx(1, abs=0.01)
    assert grey[1] == pytest.approx(np.ptp(WEDGE + 2) / 180, abs=0.02)  # the share of directions


def test_unfiltered_back_projection_adds_what_all_tilts_see():
    volume = backproject(np.ones((len(WEDGE), 3, 41)), WEDGE, pixel=PIXEL, filtered=False)
    disc = np.hypot(np.arange(41) - 20, np.arange(41)[:, None] - 20) < 18
    assert np.moveaxis(volume, 1, 2)[disc] == pytest.approx(len(WEDGE) * np.radians(2), rel=1e-5)


def test_sirt_comes_near_sart_of_scikit_image(measured):
    """A hundred iterations beside ten sweeps of the peer, on a slice that cuts discs out of spheres."""
    angles, series = measured
    row = 12
    fine = (np.arange(490) + 0.5 - 245) * PIXEL / 10
    truth = np.zeros((490, 490))
    for x, y, z in PARTICLES[["x", "y", "z"]].to_numpy():
        height = coordinates(SHAPE[0])[row] - y
        truth += (fine[:, None] - z) ** 2 + (fine - x) ** 2 < 3.8**2 - height**2
    truth = truth.reshape(49, 10, 49, 10).mean(axis=(1, 3))
    ours = sirt(series[:, row : row + 1], angles, pixel=PIXEL)[:, 0]
    theirs = None
    for _ in range(10):
        theirs = iradon_sart(series[:, row].T.astype(float), theta=angles, image=theirs, clip=(0, np.inf))
    theirs = theirs[::-1] / PIXEL  # its rows run up
    errors = [np.linalg.norm(each - truth) / np.linalg.norm(truth) for each in (ours, theirs)]
    assert max(errors) < 0.12
    assert errors[0] < 1.4 * errors[1]
    assert np.corrcoef(ours.flat, theirs.flat)[0, 1] > 0.99


def test_more_iterations_explain_the_pictures_better(measured):
    angles, series = measured[0], measured[1][:, 8:12]
    residuals = [
        np.linalg.norm(
            reproject(sirt(series, angles, pixel=PIXEL, iterations=n), angles, pixel=PIXEL) - series
        )
        / np.linalg.norm(series)
        for n in (3, 10, 30)
    ]
    assert residuals == sorted(residuals, reverse=True)
    assert residuals[-1] < 0.1


def test_projections_of_a_volume_are_those_of_the_sphere():
    volume = np.mean(
        [
            distances(PARTICLES.loc[0, ["x", "y", "z"]].to_numpy(dtype=float) + shift) < 3.8
            for shift in PIXEL * (np.stack(np.meshgrid(*3 * [np.arange(4)]), -1).reshape(-1, 3) - 1.5) / 4
        ],
        axis=0,
    )
    found = reproject(volume, WEDGE, pixel=PIXEL)
    expected = tilt_series(PARTICLES[:1], WEDGE, PIXEL, SHAPE)
    assert np.linalg.norm(found - expected) < 0.03 * np.linalg.norm(expected)
    assert found.sum() == pytest.approx(len(WEDGE) * np.pi / 6 * 7.6**3 / PIXEL**2, rel=5e-3)


@pytest.mark.parametrize("highest", [50, 60, 70, 80])
def test_round_objects_are_longer_along_the_beam_by_the_known_factor(highest):
    """Curvatures over some pixels, for between two interpolation is linear; a tilt stands for 2 degrees."""
    angles = np.arange(-highest, highest + 1, 2.0)
    one = pd.DataFrame({"x": [0.0], "y": [0.0], "z": [0.0], "type": ["S"]})
    series = tilt_series(one, angles, PIXEL, (1, 141), blur=8.0)
    plane = backproject(series, angles, pixel=PIXEL)[:, 0].astype(float)
    line = np.arange(-6, 7)
    along, across = (-np.polyfit(line, each[70 + line], 4)[-3] for each in (plane[:, 70], plane[70]))
    assert np.sqrt(across / along) == pytest.approx(elongation(highest + 1), rel=0.015)


@pytest.mark.parametrize("tilt", [20, 45, 76, 90])
def test_elongation_is_the_ratio_of_curvatures_over_the_sampled_directions(tilt):
    alpha = np.radians(tilt)
    across, along = (quad(lambda t, f=f: f(t) ** 2, -alpha, alpha)[0] for f in (np.cos, np.sin))
    assert elongation(tilt) == pytest.approx(np.sqrt(across / along))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"angles": [0, 2]}, r"shape \(3, 4, 5\) and angles \(2,\)"),
        ({"series": np.zeros((3, 4))}, r"shape \(3, 4\)"),
        ({"series": np.full((3, 4, 5), np.nan)}, "not finite"),
        ({"angles": [0, 2, 100]}, "angles are"),
        ({"angles": [0, 2, np.nan]}, "angles are"),
        ({"pixel": 0}, "pixel is 0"),
        ({"iterations": 0}, "iterations is 0"),
        ({"iterations": 2.5}, "iterations is 2.5"),
        ({"depth": -1}, "depth is -1"),
    ],
)
def test_what_cannot_be_reconstructed_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        sirt(**{"series": np.zeros((3, 4, 5)), "angles": [0, 2, 4], **change})


def test_other_questions_without_an_answer_are_refused():
    with pytest.raises(ValueError, match="one tilt was given"):
        backproject(np.zeros((1, 4, 5)), [0])
    with pytest.raises(ValueError, match="volume has the shape"):
        reproject(np.zeros((4, 5)), [0])
    with pytest.raises(ValueError, match="tilt is 0"):
        elongation(0)


def test_memory_stays_within_what_is_said(random_generator):
    """What NumPy allocates at its peak; ASTRA holds the matrix of one tilt beside it."""
    tilts, rows, columns, threads = 60, 64, 80, 2
    series = random_generator.random((tilts, rows, columns)).astype(np.float32)
    tracemalloc.start()
    try:
        volume = sirt(series, np.linspace(-75, 75, tilts), iterations=2, threads=threads, progress=False)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    block = 16 * 4 * columns * max(columns, tilts)
    assert peak < 2 * 13.5 * tilts * columns**2 + volume.nbytes + series.nbytes + threads * 4 * block
