"""Diffraction patterns against the direct sum, lattice sums, extinction rules and closed forms."""

import numpy as np
import pytest
import reference
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.spatial.transform import Rotation
from scipy.special import j0, jv

from supracrystal.colloids import (
    axes,
    bragg_peaks,
    diffraction,
    diffraction_pattern,
    icosahedral_cluster,
    laves_phase,
    rotational_orders,
)


@given(
    seed=st.integers(0, 10**6),
    number=st.integers(1, 40),
    size=st.integers(3, 24),
    extent=st.floats(0.1, 100),
    q_max=st.floats(0.1, 30),
)
def test_amplitudes_agree_with_the_direct_sum_to_the_stated_accuracy(seed, number, size, extent, q_max):
    random = np.random.default_rng(seed)
    position, axis = random.normal(size=(number, 3)) * extent, random.normal(size=3)
    weights = random.uniform(-1, 2, size=number)
    q, ours = diffraction_pattern(position, axis, q_max=q_max, size=size, blur=0, weights=weights)
    right, up, _ = diffraction.view_rotation(axis)
    exact = reference.diffracted_intensity(position, right, up, q, weights)
    forward = np.abs(weights).sum() / np.sqrt(np.sum(weights**2))
    assert np.abs(np.sqrt(ours) - np.sqrt(exact)).max() <= diffraction.ACCURACY * forward


def test_the_stated_accuracy_holds_for_the_worst_place_of_one_particle():
    error = 0.0
    for shift in np.linspace(0, 1, 41):
        position = [[0, 0, 0], [shift, 0.37 * shift, 0]]
        q, ours = diffraction_pattern(position, [0, 0, 1], up=[0, 1, 0], q_max=7.0, size=33, blur=0)
        exact = np.abs(1 + np.exp(1j * (q * shift + q[:, None] * 0.37 * shift)))
        error = max(error, np.abs(np.sqrt(2 * ours) - exact).max() / 2)
    assert 1e-10 < error < diffraction.ACCURACY


@pytest.mark.parametrize("size", [16, 17])
def test_a_block_of_a_lattice_gives_the_interference_function_of_laue(size):
    block = np.argwhere(np.ones((7, 5, 3))).astype(float)
    q, ours = diffraction_pattern(block, [0, 0, 1], up=[0, 1, 0], q_max=6.0, size=size, blur=0)
    half = np.where(q == 0, 1e-9, q / 2)
    laue = np.outer(np.sin(5 * half) / np.sin(half), np.sin(7 * half) / np.sin(half)) ** 2
    assert ours == pytest.approx(laue * 9 / 105, abs=1e-5 * 105)


def test_forward_beam_is_the_number_of_particles_and_opposite_pixels_are_equal(random_generator):
    position = random_generator.normal(size=(300, 3)) * 5
    q, ours = diffraction_pattern(position, [1, 2, 3], q_max=12, size=65, blur=0)
    assert q[32] == 0
    assert ours[32, 32] == pytest.approx(300, rel=1e-5)
    assert ours == pytest.approx(ours[::-1, ::-1], abs=1e-3)


def test_blur_is_a_gaussian_of_one_pixel(random_generator):
    position = random_generator.normal(size=(50, 3))
    sharp = diffraction_pattern(position, [0, 0, 1], q_max=12, size=33, blur=0)[1]
    ours = diffraction_pattern(position, [0, 0, 1], q_max=12, size=33)[1]
    assert ours == pytest.approx(reference.gaussian_blur(sharp, 1.0), abs=1e-9)


@given(seed=st.integers(0, 10**6))
def test_turning_cluster_and_view_together_and_moving_the_cluster_change_nothing(seed):
    random = np.random.default_rng(seed)
    position, axis, up = random.normal(size=(30, 3)), random.normal(size=3), random.normal(size=3)
    turn = Rotation.random(random_state=seed)
    one = diffraction_pattern(position, axis, up=up, q_max=9, size=15)[1]
    moved = turn.apply(random.permutation(position)) + random.normal(size=3) * 100
    other = diffraction_pattern(moved, turn.apply(axis), up=turn.apply(up), q_max=9, size=15)[1]
    assert other == pytest.approx(one, abs=1e-4)


def test_configurations_are_read_one_at_a_time_and_their_patterns_averaged(random_generator):
    frames = [random_generator.normal(size=(number, 3)) for number in (10, 20, 30)]
    options = {"q_max": 5, "size": 11}
    each = [diffraction_pattern(frame, [0, 0, 1], **options)[1] for frame in frames]
    together = diffraction_pattern((frame for frame in frames), [0, 0, 1], **options)[1]
    assert together == pytest.approx(np.mean(each, axis=0))
    assert diffraction_pattern(frames[0].tolist(), [0, 0, 1], **options)[1] == pytest.approx(each[0])
    assert diffraction_pattern(np.array([frames[0]] * 2), [0, 0, 1], **options)[1] == pytest.approx(each[0])


def test_thermal_motion_takes_debye_and_waller_s_share_of_every_peak(random_generator):
    cluster = icosahedral_cluster(5, spacing=1.0).particles.position
    u, frames = 0.06, 200
    noisy = (cluster + u * random_generator.normal(size=cluster.shape) for _ in range(frames))
    options = {"q_max": 20, "size": 41, "blur": 0}
    q, mean = diffraction_pattern(noisy, axes(5)[0], **options)
    ideal = diffraction_pattern(cluster, axes(5)[0], **options)[1]
    decay = np.exp(-(q**2 + q[:, None] ** 2) * u**2)
    expected = decay * ideal + 1 - decay
    # Two terms of the variance of an intensity: interference with the peak, and speckle.
    error = np.sqrt((2 * decay * ideal * (1 - decay) + (1 - decay) ** 2 + 1e-9) / frames)
    deviation = (mean - expected) / error
    assert np.abs(deviation).max() < 8
    assert 0.5 < np.mean(deviation[decay < 0.9] ** 2) < 1.6


def test_reflections_of_mgcu2_along_001_follow_its_space_group_and_hand_calculation():
    faces = np.array([(0, 0, 0), (0, 4, 4), (4, 0, 4), (4, 4, 0)])
    large = (faces[:, None] + [(0, 0, 0), (2, 2, 2)]).reshape(-1, 3)
    small = (faces[:, None] + [(5, 5, 5), (5, 7, 7), (7, 5, 7), (7, 7, 5)]).reshape(-1, 3)
    cell = np.vstack([large, small]) / 8
    options = {"up": [0, 1, 0], "q_max": 2 * np.pi * 8, "size": 17, "blur": 0}
    pattern = diffraction_pattern(cell, [0, 0, 1], **options)[1]
    h, k = np.meshgrid(np.arange(-8, 9), np.arange(-8, 9))
    # Fd-3m: of the reflections hk0 only those with even h and k and h + k = 4n are left.
    assert pattern[(h % 2 != 0) | (k % 2 != 0) | ((h + k) % 4 != 0)].max() < 1e-9
    # 220: F_L = 8, F_S = 0. 400: F_L = 8, F_S = -16. 440: F_L = 8, F_S = 16. All over 24 particles.
    by_hand = {(2, 2): 64 / 24, (4, 0): 64 / 24, (4, 4): 576 / 24}
    assert [pattern[8 + k, 8 + h] for h, k in by_hand] == pytest.approx(list(by_hand.values()), abs=1e-4)
    # Large spheres alone are diamond: 400 gives (8)^2 / 8; and with weights 1 and 0 the same.
    of_large = diffraction_pattern(large / 8, [0, 0, 1], **options)[1]
    weighted = diffraction_pattern(cell, [0, 0, 1], **options, weights=[1] * 8 + [0] * 16)[1]
    assert of_large[8, 12] == pytest.approx(8, abs=1e-4)
    assert weighted == pytest.approx(of_large, abs=1e-4)


def test_rotational_orders_of_spots_a_ring_and_a_double_slit():
    q = np.linspace(-10, 10, 401)
    angle = np.arctan2(q[:, None], q)
    ring = np.exp(-((np.hypot(q, q[:, None]) - 5) ** 2) / 0.5)
    assert rotational_orders(q, ring, [2, 4, 6], (1, 9)).max() < 1e-3
    for n in (2, 3, 10):
        waves = rotational_orders(q, ring * (1 + np.cos(n * angle)), [1, n, 2 * n], (1, 9))
        assert waves.to_numpy() == pytest.approx([0, 0.5, 0], abs=1e-3)
    q, fringes = diffraction_pattern([[0, 0, 0], [1, 0, 0]], [0, 0, 1], up=[0, 1, 0], q_max=9, blur=0)
    total = quad(lambda x: (1 + j0(x)) * x, 2, 8)[0]
    expected = abs(quad(lambda x: jv(2, x) * x, 2, 8)[0]) / total
    assert rotational_orders(q, fringes, [2], (2, 8))[2] == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize(
    ("fold", "present"), [(5, {10: 0.63}), (3, {6: 0.80, 12: 0.84}), (2, {2: 0.05, 12: 0.67})]
)
def test_icosahedral_cluster_of_fig_3_shows_the_orders_of_its_axes_and_no_other(fold, present):
    cluster = icosahedral_cluster(number=5001, spacing=1.0).particles.position
    q, pattern = diffraction_pattern(cluster, axes(fold)[0], q_max=18, size=385)
    orders = rotational_orders(q, pattern, range(1, 13), (3, 16))
    repeat = fold if fold % 2 == 0 else 2 * fold
    forbidden = [n for n in orders.index if n % repeat]
    assert orders[forbidden].max() < 0.01
    assert orders[list(present)].to_numpy() == pytest.approx(list(present.values()), abs=0.02)


def test_five_fold_view_has_ten_spots_every_36_degrees():
    cluster = icosahedral_cluster(number=5001, spacing=1.0).particles.position
    q, pattern = diffraction_pattern(cluster, axes(5)[0], q_max=13)
    spots = bragg_peaks(q, pattern, threshold=100, q_min=9)
    ring = spots[(spots.q - 11.35).abs() < 0.1]
    assert len(ring) == 10
    assert np.diff(np.sort(ring.angle)) == pytest.approx(36.0, abs=0.1)


def test_spots_of_growing_clusters_approach_the_reflections_of_a_periodic_wedge():
    # Along a five-fold edge the two other edges 2d of a wedge appear at 72 degrees with this length.
    edge, angle = 2 * np.sin(np.arctan(2)), np.radians(72)
    inner = 2 * np.pi * 2 / (edge * np.sin(angle))
    outer = inner * (1 + 5**0.5) / 2
    distance = []
    for number in (1000, 8000, 64_000):
        cluster = icosahedral_cluster(number=number, spacing=1.0).particles.position
        q, pattern = diffraction_pattern(cluster, axes(5)[0], q_max=13)
        spots = bragg_peaks(q, pattern, threshold=0.01 * number, q_min=6, separation=0.3)
        found = [spots.q[(spots.q - radius).abs() < 0.7] for radius in (inner, outer)]
        distance.append(
            [abs(ring - radius).min() for ring, radius in zip(found, (inner, outer), strict=True)]
        )
    inner_distance = [pair[0] for pair in distance]
    assert inner_distance[0] > 2 * inner_distance[1] > 4 * inner_distance[2]
    assert max(distance[-1]) < 0.05


def test_mgzn2_seen_along_0001_is_six_fold_as_in_fig_1i():
    position = laves_phase("C14", cells=(14, 14, 8)).particles.position
    position = position[np.linalg.norm(position - position.mean(axis=0), axis=1) < 8]
    q, pattern = diffraction_pattern(position, [0, 0, 1], up=[0, 1, 0], q_max=16)
    orders = rotational_orders(q, pattern, range(1, 13), (3, 15))
    assert orders[[n for n in orders.index if n % 6]].max() < 0.01
    assert rotational_orders(q, pattern, [6], (7.2, 8.2))[6] > 0.9
    spots = bragg_peaks(q, pattern, threshold=0.05 * len(position), q_min=3)
    shortest = 4 * np.pi / (np.sqrt(3) * np.sqrt(8 / 3))
    squares = (spots.q / shortest) ** 2
    assert set(squares.round()) >= {3, 9, 12}
    assert squares.to_numpy() == pytest.approx(squares.round().to_numpy(), abs=0.05)


def test_spots_are_placed_between_pixels():
    q = np.linspace(-5, 5, 101)
    spot = 7 * np.exp(-((q - 1.234) ** 2 + (q[:, None] + 2.345) ** 2) / 0.08)
    (found,) = bragg_peaks(q, spot, threshold=1).itertuples()
    assert (found.qx, found.qy) == pytest.approx((1.234, -2.345), abs=1e-9)
    assert bragg_peaks(q, spot, threshold=1, q_min=4).empty


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"position": np.zeros((0, 3))}, r"shape \(0, 3\)"),
        ({"position": []}, "no configuration"),
        ({"position": np.zeros((4, 2))}, r"shape \(4, 2\)"),
        ({"position": [[0, 0, np.nan]]}, "not finite"),
        ({"axis": [0, 0, 0]}, "axis is"),
        ({"axis": [0, 0, 1], "up": [0, 0, 2]}, "parallel"),
        ({"q_max": 0}, "q_max is 0"),
        ({"size": 2}, "size is 2"),
        ({"blur": -1}, "blur is -1"),
        ({"weights": [1, 2]}, r"weights of shape \(2,\)"),
    ],
)
def test_bad_input_is_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        diffraction_pattern(**({"position": np.eye(3), "axis": [0, 0, 1], "q_max": 5} | arguments))


def test_an_annulus_outside_the_pattern_is_named():
    q, pattern = diffraction_pattern(np.eye(3), [0, 0, 1], q_max=5, size=11)
    with pytest.raises(ValueError, match="q_range"):
        rotational_orders(q, pattern, [2], (1, 6))
    with pytest.raises(ValueError, match="intensity has the shape"):
        rotational_orders(q, pattern[:5], [2], (1, 4))
    with pytest.raises(ValueError, match="no intensity"):
        rotational_orders(q, 0 * pattern, [2], (1, 4))
