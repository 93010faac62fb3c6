"""Frames of large and small spheres."""

import gsd.hoomd
import numpy as np
import pytest
import reference

from supracrystal.colloids import is_large, make_particles, neighbours, subset


def test_frame_survives_a_gsd_file(tmp_path, random_generator):
    frame = make_particles(random_generator.normal(size=(50, 3)), random_generator.random(50) < 0.4)
    frame.log["particles/wedge"] = np.arange(50)
    with gsd.hoomd.open(tmp_path / "cluster.gsd", "w") as file:
        file.append(frame)
    with gsd.hoomd.open(tmp_path / "cluster.gsd") as file:
        read = file[0]
    np.testing.assert_array_equal(is_large(read), is_large(frame))
    np.testing.assert_allclose(read.particles.position, frame.particles.position, atol=1e-6)
    np.testing.assert_array_equal(read.log["particles/wedge"], np.arange(50))


def test_free_cluster_has_no_image_in_reach(random_generator):
    position = random_generator.normal(size=(200, 3)) + [50, 0, 0]
    frame = make_particles(position, np.ones(200, dtype=bool))
    pairs, distance = neighbours(frame, 3.0)
    expected = np.linalg.norm(position[:, None] - position, axis=2)
    expected = np.sum(expected < 3.0) - 200
    assert len(pairs) == expected
    np.testing.assert_allclose(
        distance, np.linalg.norm(position[pairs[:, 0]] - position[pairs[:, 1]], axis=1), atol=1e-4
    )


def test_neighbours_in_a_triclinic_box_match_the_sum_over_images(random_generator):
    box = [8, 8, 9, 0.2, -0.57735, 0.1]
    position = random_generator.uniform(-4, 4, size=(60, 3)) + [100, 0, 0]
    frame = make_particles(position, random_generator.random(60) < 0.4, box=box)
    pairs, _ = neighbours(frame, 2.0)
    assert len(pairs) == len(reference.periodic_pairs(position, box, 2.0))
    assert {tuple(pair) for pair in pairs} == reference.periodic_pairs(position, box, 2.0)


def test_neighbours_between_species_are_a_part_of_all(random_generator):
    frame = make_particles(random_generator.normal(size=(300, 3)), random_generator.random(300) < 0.4)
    large = is_large(frame)
    everything, _ = neighbours(frame, 0.8)
    mixed, _ = neighbours(frame, 0.8, query=large, points=~large)
    keep = large[everything[:, 0]] & ~large[everything[:, 1]]
    assert {tuple(pair) for pair in mixed} == {tuple(pair) for pair in everything[keep]}


def test_subset_keeps_what_is_logged_for_each_particle():
    frame = make_particles(np.eye(3), ["L", "S", "L"])
    frame.log["particles/wedge"] = np.array([4, 5, 6])
    frame.log["pressure"] = np.array([1.0])
    large = subset(frame, is_large(frame))
    assert large.log["particles/wedge"].tolist() == [4, 6]
    assert "pressure" not in large.log
    np.testing.assert_array_equal(large.configuration.box, frame.configuration.box)


@pytest.mark.parametrize(
    ("position", "species", "message"),
    [
        ([[0, 0]], ["L"], r"\(1, 2\)"),
        ([[0, 0, np.nan]], ["L"], "not finite for 1 particles, the first is 0"),
        ([[0, 0, 0]], ["L", "S"], r"species has the shape \(2,\); \(1,\)"),
        ([[0, 0, 0]], ["X"], "'X'"),
    ],
)
def test_bad_particles_are_named(position, species, message):
    with pytest.raises(ValueError, match=message):
        make_particles(position, species)


def test_other_types_and_narrow_boxes_are_refused():
    frame = make_particles(np.zeros((1, 3)), ["L"], box=[4, 4, 4, 0, 0, 0])
    with pytest.raises(ValueError, match="narrowest width of the box, 4"):
        neighbours(frame, 2.5)
    frame.particles.types = ["A", "B"]
    with pytest.raises(ValueError, match="'A', 'B'"):
        is_large(frame)
