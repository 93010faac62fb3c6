"""Scores against an assignment that tries all, counts by hand and what is printed."""

import numpy as np
import pandas as pd
import pytest
import reference
from hypothesis import given, settings
from hypothesis import strategies as st

from supracrystal.tomography import score

points = st.lists(st.tuples(*[st.floats(-2, 2)] * 3), min_size=0, max_size=5)


def table(places, types=None):
    frame = pd.DataFrame(np.reshape(places, (-1, 3)), columns=["x", "y", "z"], dtype=float)
    return frame if types is None else frame.assign(type=list(types))


@settings(deadline=None, derandomize=True, max_examples=60)
@given(found=points, truth=points, within=st.floats(0.5, 3))
def test_pairs_are_those_of_a_search_through_all(found, truth, within):
    most, shortest = reference.best_pairs(found, truth, within)
    pair = score.pairs(found, truth, within)
    distance = [np.linalg.norm(np.subtract(found[i], truth[j])) for i, j in pair]
    assert len(pair) == most
    assert len(set(pair[:, 0])) == len(set(pair[:, 1])) == most
    assert np.all(np.array(distance) <= within * (1 + 1e-12))
    assert sum(distance) == pytest.approx(shortest, abs=1e-9)


def lattice(number=6):
    grid = np.stack(np.meshgrid(*[8.0 * np.arange(number)] * 3, indexing="ij"), -1).reshape(-1, 3)
    return grid, np.where(np.arange(len(grid)) % 3 == 0, "L", "S")


def test_moved_lost_and_made_up_particles_are_counted():
    grid, types = lattice()
    truth = table(grid, types)
    places, names = grid + [0.3, -0.4, 1.2], types.copy()
    names[[0, 3, 4]] = ["S", "S", "L"]
    found = table(np.vstack([places[:-10], [[-90, 0, 0]] * 4]), [*names[:-10], *"LLSS"])
    result = score.score_particles(found.sample(frac=1, random_state=0), truth)
    assert (result["found"], result["true"], result["paired"]) == (210, 216, 206)
    assert result["recall"] == pytest.approx(206 / 216)
    assert result["precision"] == pytest.approx(206 / 210)
    assert result["error"] == pytest.approx(1.3)
    assert [result[f"error_{axis}"] for axis in "xyz"] == pytest.approx([0.3, 0.4, 1.2])
    assert result["confused"] == pytest.approx(3 / 206)
    moved = score.score_particles(found, truth, rigid=True)
    assert moved["error"] == pytest.approx(0, abs=1e-9)


def test_printed_differences_of_counts():
    # Wang et al. 2021, Methods: 2,825 and 990 by hand, 2,814 and 982 by sparse sphere reconstruction.
    for by_hand, reconstructed, printed in ((2825, 2814, 0.0039), (990, 982, 0.008)):
        places = np.arange(3 * by_hand, dtype=float).reshape(-1, 3) * 10
        truth = table(places, ["L"] * by_hand)
        result = score.score_particles(truth.iloc[:reconstructed], truth)
        assert result["large_difference"] == pytest.approx(printed, abs=1e-4)


def test_nothing_found_and_nothing_there():
    empty, one = table([]), table([[0, 0, 0]])
    assert score.score_particles(empty, one)["recall"] == 0
    assert np.isnan(score.score_particles(empty, one)["precision"])
    assert np.isnan(score.score_particles(one, empty)["recall"])
    assert score.pairs([], [], 1).shape == (0, 2)


@pytest.mark.parametrize(("method", "within"), [("trackpy", 0.9), ("peak_local_max", 0.9), ("blob_log", 0.9)])
def test_peers_find_separate_blobs_where_they_are(method, within):
    random = np.random.default_rng(0)
    grid = 8 * np.stack(np.meshgrid(*[np.arange(3) - 1] * 3, indexing="ij"), -1).reshape(-1, 3)
    places = grid + random.uniform(-0.5, 0.5, grid.shape)
    axis = np.arange(34) - 16.5
    z, y, x = np.meshgrid(axis, axis, axis, indexing="ij")
    volume = sum(np.exp(-((x - a) ** 2 + (y - b) ** 2 + (z - c) ** 2) / 4) for a, b, c in places)
    found = score.peer(volume, 1.0, method)
    result = score.score_particles(found, table(places), within=within)
    assert result["recall"] == result["precision"] == 1


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="within is 0"):
        score.pairs([[0, 0, 0]], [[0, 0, 0]], 0)
    with pytest.raises(ValueError, match="method is 'eye'"):
        score.peer(np.ones((3, 3, 3)), 1.0, "eye")
