"""Radial profiles against counting one by one, closed forms and sum rules."""

import gsd.hoomd
import numpy as np
import pytest
import reference
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from supracrystal.colloids import (
    core_pressure,
    icosahedral_cluster,
    is_large,
    make_particles,
    radial_profile,
)
from supracrystal.simulation import ConfinementRecipe, simulate


def ball(random_generator, number, radius, x_large=1 / 3):
    direction = random_generator.normal(size=(number, 3))
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    position = direction * radius * random_generator.random((number, 1)) ** (1 / 3)
    return make_particles(position, random_generator.random(number) < x_large)


def of(profile, species):
    return profile[profile.species == species].reset_index(drop=True)


def test_uniform_ball_has_a_constant_density_and_composition(random_generator):
    profile = radial_profile((ball(random_generator, 4000, 8.0) for _ in range(20)), width=0.5)
    everything, large = of(profile, "all"), of(profile, "L")
    expected = 4000 / (4 / 3 * np.pi * 8**3)
    error = np.sqrt(expected / everything.volume / 20)
    assert len(everything) == 16
    assert (np.abs(everything.density - expected) < 4.5 * error).all()
    assert (np.abs(large.composition - 1 / 3) < 4.5 * large.composition_error)[2:].all()
    spread = (large.composition - 1 / 3) / np.sqrt(2 / 9 / (20 * everything.number))
    assert 0.3 < np.mean(spread**2) < 2.5


def test_reduced_density_is_the_formula_of_wang_2021(random_generator):
    profile = radial_profile(ball(random_generator, 3000, 6.0), width=6.0)
    x = of(profile, "L").composition[0]
    expected = 3 * 3000 / (4 * np.pi * 6**3) * (x + (1 - x) * 0.78**3)
    assert of(profile, "all").reduced_density[0] == pytest.approx(expected)


def test_shells_of_the_ideal_cluster_of_fig_4(random_generator):
    cluster = icosahedral_cluster(7, spacing=1.0)
    profile = radial_profile(cluster, width=0.05)
    for radius, species, number in [(1.0, "S", 12), (1.788, "L", 20), (2.0, "S", 12), (2.6055, "S", 60)]:
        mine = of(profile, species)
        window = mine[(mine.outer > radius - 0.03) & (mine.inner < radius + 0.03)]
        assert window.number.sum() == number
    assert of(profile, "S").number[0] == 1


@given(
    seed=st.integers(0, 10**6),
    width=st.floats(0.1, 5),
    centre=st.tuples(*[st.floats(-5, 5)] * 3),
)
def test_numbers_are_those_counted_one_by_one_and_sum_to_all(seed, width, centre):
    frame = ball(np.random.default_rng(seed), 60, 4.0)
    profile = radial_profile(frame, width=width, centre=centre)
    assert of(profile, "all").number.tolist() == reference.shell_counts(
        frame.particles.position, centre, width
    )
    assert of(profile, "L").number.sum() == is_large(frame).sum()
    assert (of(profile, "L").number + of(profile, "S").number).equals(of(profile, "all").number)
    assert of(profile, "all").volume.sum() == pytest.approx(4 / 3 * np.pi * (width * len(profile) / 3) ** 3)


@given(seed=st.integers(0, 10**6))
def test_profile_does_not_change_when_the_cluster_is_turned_and_moved_with_its_centre(seed):
    frame = ball(np.random.default_rng(seed), 200, 4.0)
    turn, shift = Rotation.random(random_state=seed), np.random.default_rng(seed).normal(size=3) * 10
    moved = make_particles(turn.apply(frame.particles.position) + shift, is_large(frame))
    one, other = radial_profile(frame, width=0.7), radial_profile(moved, width=0.7, centre=shift)
    assert np.allclose(one.drop(columns="species"), other.drop(columns="species"), equal_nan=True)


def test_fraction_and_its_binomial_error_over_frames_read_one_at_a_time(random_generator):
    frames = [ball(random_generator, 500, 4.0) for _ in range(3)]
    crystalline = [np.linalg.norm(frame.particles.position, axis=1) < 2 for frame in frames]
    by_function = radial_profile(
        iter(frames), width=4.0, selected=lambda frame: np.linalg.norm(frame.particles.position, axis=1) < 2
    )
    large = np.concatenate([is_large(frame) for frame in frames])
    share = np.concatenate(crystalline)[large].mean()
    row = of(by_function, "L").iloc[0]
    assert row.fraction == pytest.approx(share)
    assert row.fraction_error == pytest.approx(np.sqrt(share * (1 - share) / large.sum()))
    single = [
        radial_profile(frame, width=4.0, selected=mask)
        for frame, mask in zip(frames, crystalline, strict=True)
    ]
    assert row.number == pytest.approx(np.mean([of(profile, "L").number[0] for profile in single]))


def test_frames_of_different_reach_share_one_table(random_generator):
    small, wide = ball(random_generator, 50, 1.0), ball(random_generator, 50, 5.0)
    for order in ([small, wide], [wide, small]):
        profile = radial_profile(order, width=1.0)
        assert len(profile) == 15
        assert of(profile, "all").number.sum() == pytest.approx(50)


def test_empty_shells_have_no_density_and_an_unknown_fraction():
    frame = make_particles([[0, 0, 0.1], [0, 0, 2.5]], ["L", "L"])
    profile = radial_profile(frame, width=1.0, selected=[True, False])
    empty = of(profile, "all").loc[1]
    assert (empty.density, empty.number) == (0, 0)
    assert np.isnan(empty.fraction)
    assert np.isnan(empty.composition)
    assert np.isnan(of(profile, "S").fraction).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"width": 0}, "width is 0"),
        ({"width": 1, "centre": (0, 0)}, "centre is"),
        ({"width": 1, "selected": [True]}, r"selected has the shape \(1,\)"),
    ],
)
def test_bad_input_is_named(arguments, message):
    frame = make_particles([[0, 0, 0], [0, 0, 1]], ["L", "S"])
    with pytest.raises(ValueError, match=message):
        radial_profile(frame, **arguments)
    with pytest.raises(ValueError, match="no configuration"):
        radial_profile([], width=1)


def test_pressure_of_a_box_is_that_of_lammps(tmp_path):
    recipe = ConfinementRecipe(
        number=500,
        density=0.9,
        confinement="periodic",
        steps=600,
        log_interval=200,
        frame_interval=200,
        seed=3,
    )
    log = simulate(recipe, tmp_path, engine="lammps", progress=False)
    with gsd.hoomd.open(tmp_path / "trajectory.gsd") as file:
        for frame, (_, row) in zip(file, log.iterrows(), strict=True):
            expected = row.pressure - 500 / recipe.box_length**3 * (row.temperature - 0.2)
            assert core_pressure(frame) == pytest.approx(expected, rel=2e-4)


def test_pressure_of_a_ball_is_the_sum_over_its_lines(random_generator):
    frame = ball(random_generator, 400, 4.0, 0.4)
    expected = reference.ball_pressure(
        frame.particles.position, np.where(is_large(frame), 1.0, 0.78), 2.1, 0.2, points=4000
    )
    assert core_pressure(frame, 5.1, depth=3.0) == pytest.approx(expected, rel=2e-3)
