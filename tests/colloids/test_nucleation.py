"""Nuclei, tubes, profiles and layers in trajectories whose content is known beforehand."""

import functools
from pathlib import Path

import gsd.hoomd
import numpy as np
import pandas as pd
import pytest
import reference
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from supracrystal import InputError
from supracrystal.colloids import (
    NUCLEUS,
    REACH,
    axes,
    crystalline,
    crystalline_profile,
    find_core,
    find_domains,
    find_icosahedron,
    find_tubes,
    follow_domains,
    icosahedral_cluster,
    is_large,
    largest_cluster,
    laves_phase,
    layering,
    make_particles,
    onset,
    spacing,
    subset,
    track,
)
from supracrystal.colloids.nucleation import _renumbered

RECORDED = Path(__file__).parents[2] / "data" / "colloids"
STEP = 0.839
"""Distance of small spheres along a five-fold axis in the ideal cluster at contact."""


@functools.cache
def recorded(name):
    with gsd.hoomd.open(RECORDED / f"{name}.gsd") as file:
        return list(file)


def ideal_part(middle, radius):
    """Return the particles of a large ideal cluster within a sphere, centred on it, and which are large."""
    ideal = icosahedral_cluster(number=6000)
    position = ideal.particles.position - middle
    inside = np.linalg.norm(position, axis=1) < radius
    return position[inside], is_large(ideal)[inside]


def planted(nucleus, place=(0.0, 0.0, 0.0), *, frame=0, radius=8.5, noise=0.05, density="0.92"):
    """Put a nucleus with noise at a place in a ball of a recorded fluid; its particles come first."""
    position, large = nucleus
    random = np.random.default_rng(frame)
    position = position + place + random.normal(scale=noise, size=position.shape)
    fluid = recorded(f"fluid-{density}")[frame]
    cells = np.stack(np.meshgrid(*3 * [[-1, 0, 1]]), axis=-1).reshape(-1, 3) * fluid.configuration.box[0]
    around = (fluid.particles.position + cells[:, None]).reshape(-1, 3)
    species = np.tile(is_large(fluid), len(cells))
    distance, nearest = cKDTree(position).query(around)
    contact = (np.where(species, 1, 0.78) + np.where(large[nearest], 1, 0.78)) / 2
    kept = (distance > 0.9 * contact) & (np.linalg.norm(around, axis=1) < radius)
    return make_particles(np.vstack([position, around[kept]]), np.append(large, species[kept]))


# Tubes


@pytest.mark.parametrize("layers", [3, 5, 7, 9])
def test_ideal_cluster_has_twelve_tubes_that_meet_at_its_centre(layers):
    ideal = icosahedral_cluster(layers=layers)
    sites = find_tubes(ideal)
    # Of the spheres at 1, 2, ... layers steps from the centre the outermost has no complete rings.
    assert sites[sites.tube >= 0].groupby("tube").size().tolist() == [layers - 1] * 12
    radius = np.linalg.norm(ideal.particles.position, axis=1)
    assert sites.meeting.argmax() == radius.argmin()
    assert sites.meeting.max() == 12
    assert np.sort(sites.meeting)[-2] <= 1
    direction = ideal.particles.position[sites.tube >= 0] / radius[sites.tube >= 0, None]
    np.testing.assert_allclose((direction @ axes(5).T).max(axis=1), 1)


@pytest.mark.parametrize("name", ["C14", "C15", "C36"])
def test_laves_phases_have_no_tubes(name):
    assert (find_tubes(laves_phase(name, cells=(3, 3, 2))) == [-1, 0]).all(axis=None)
    for frame in recorded(name):
        sites = find_tubes(frame)
        assert not (sites.tube >= 0).any()
        assert not sites.meeting.any()


@pytest.mark.parametrize("name", ["fluid-0.86", "fluid-0.92"])
def test_fluids_have_single_axis_particles_by_chance_and_no_lines(name):
    for frame in recorded(name):
        sites = find_tubes(frame)
        assert (sites.tube >= 0).sum() < 0.003 * (~is_large(frame)).sum()
        assert sites[sites.tube >= 0].groupby("tube").size().max() < 3 or not (sites.tube >= 0).any()
        assert sites.meeting.max() <= 1


def test_tubes_of_thermal_clusters_lie_on_the_axes_of_symmetry():
    for frame in recorded("icosahedral")[1:3]:
        found, sites = find_icosahedron(frame), find_tubes(frame)
        position = (frame.particles.position - found.centre) / found.spacing
        lines = [group.index for _, group in sites[sites.tube >= 0].groupby("tube") if len(group) > 3]
        nearest = [(position[line].mean(axis=0) @ found.axes.T).argmax() for line in lines]
        assert sorted(nearest) == list(range(12))
        for line, axis in zip(lines, found.axes[nearest], strict=True):
            assert np.linalg.norm(np.cross(position[line], axis), axis=1).max() < 0.6
        assert np.linalg.norm(position[sites.meeting.argmax()]) < 0.3


@pytest.mark.parametrize("frame", [recorded("icosahedral")[1], recorded("fluid-0.92")[1]])
def test_tubes_match_a_search_pair_by_pair(frame):
    part = subset(frame, np.linalg.norm(frame.particles.position, axis=1) < 4.5)
    large, unit = is_large(part), spacing(part)
    reach = [unit * REACH[kind] for kind in ("SS", "LS", "LL")]
    bonds = reference.axial_bonds(part.particles.position.tolist(), large, reach)
    rings = {i: {kind for pair, kind in bonds.items() if i in pair} for i in range(len(large))}
    axis = {i for i, kinds in rings.items() if kinds == {"L", "S"}}
    sites = find_tubes(part)
    assert set(np.flatnonzero(sites.tube >= 0)) == axis
    links = [pair for pair in bonds if set(pair) <= axis]
    groups = [group & axis for group in reference.connected_groups(links, len(large)) if group & axis]
    assert sorted(map(len, groups)) == sorted(sites[sites.tube >= 0].groupby("tube").size())
    for group in groups:
        assert sites.tube[list(group)].nunique() == 1
    for i in range(len(large)):
        ends = [set(pair) - {i} for pair, kind in bonds.items() if kind == "S" and i in pair]
        assert sites.meeting[i] == sum(end <= axis for end in ends)


@pytest.mark.parametrize("frame", [0, 3])
def test_tube_without_its_bergman_core_is_told_from_a_core_without_long_tubes(frame):
    along = ideal_part(5 * STEP * axes(5)[0], 3.5 * STEP)
    tube = track([planted(along, [3, 0, 0], frame=frame)], radius=10.0).iloc[0]
    assert tube.longest_tube >= 4
    assert tube.tubes_meeting <= 2
    assert tube.bergman_centres == 0
    core = track([planted(ideal_part(np.zeros(3), 2.3), [3, 0, 0], frame=frame)], radius=10.0).iloc[0]
    assert core.longest_tube <= 2
    assert core.tubes_meeting >= 8


def test_bare_tube_is_seen_where_bond_order_sees_fluid():
    axis = axes(5)[0]
    position, large = ideal_part(np.zeros(3), 12)
    height, off = position @ axis / STEP, np.linalg.norm(np.cross(position, axis), axis=1) / STEP
    bare = (height > 2.8) & (height < 8.2) & (off < 1.2)
    assert bare.sum() == 31
    bare = position[bare] - position[bare].mean(axis=0), large[bare]
    table = track([planted(bare, [3, 0, 0], frame=k, noise=0.04) for k in range(3)], radius=10.0)
    assert (table.longest_tube >= 3).all()
    fluid = track(recorded("fluid-0.92"))
    assert table.largest_cluster.max() < fluid.largest_cluster.max() + 5
    assert (fluid.longest_tube <= 1).all()


# Largest cluster


@settings(max_examples=5, phases=[Phase.generate])
@given(st.integers(0, 4), st.floats(0, 4.5), st.integers(0, 1000))
def test_planted_nucleus_is_found_at_its_place(frame, distance, seed):
    place = distance * Rotation.random(random_state=seed).as_matrix()[0]
    nucleus = ideal_part(np.zeros(3), 4.3)
    configuration = planted(nucleus, place, frame=frame)
    row = track([configuration], radius=10.0).iloc[0]
    assert row.distance == pytest.approx(distance, abs=0.2)
    assert row.relative_distance == pytest.approx(row.distance / 10)
    assert 0.45 * len(nucleus[0]) < row.largest_cluster < 0.75 * len(nucleus[0])
    found = largest_cluster(configuration)
    assert found[: len(nucleus[0])].sum() > 0.9 * row.largest_cluster
    inner = np.linalg.norm(nucleus[0], axis=1) < 3.6
    assert row.composition == pytest.approx(nucleus[1][inner].mean(), abs=0.04)
    assert row.reach + row.gap == pytest.approx(10)
    # A ball of radius a has the gyration radius a sqrt(3/5), its farthest point is at its distance plus a.
    ball = row.gyration_radius * (5 / 3) ** 0.5
    assert row.largest_cluster == pytest.approx(4 / 3 * np.pi * ball**3 * 1.35, rel=0.25)
    assert row.reach == pytest.approx(row.distance + ball, rel=0.15)
    assert row.tubes_meeting >= 9


def test_cluster_across_a_periodic_boundary_is_whole():
    nucleus = planted(ideal_part(np.zeros(3), 4.3), radius=16)
    side = 17.0
    box = [side, side, side, 0, 0, 0]
    middle = make_particles(nucleus.particles.position, is_large(nucleus), box=box)
    inside = np.abs(middle.particles.position).max(axis=1) < side / 2 - 1
    middle = subset(middle, inside)
    moved = middle.particles.position + [side / 2, side / 2, 0]
    across = make_particles(moved - side * np.round(moved / side), is_large(middle), box=box)
    table = track([middle, across])
    assert table.largest_cluster[0] == table.largest_cluster[1] > 150
    assert table.gyration_radius[1] == pytest.approx(table.gyration_radius[0], abs=1e-4)
    assert table[["radius", "distance", "reach", "gap", "time"]].isna().all(axis=None)
    assert table.core_number.tolist() == [inside.sum()] * 2


@settings(max_examples=3)
@given(st.integers(0, 10_000))
def test_table_ignores_rotation_and_numbering(seed):
    frame = planted(ideal_part(np.zeros(3), 3.2), [3, 1, 0], radius=7.0)
    random = np.random.default_rng(seed)
    numbering = random.permutation(frame.particles.N)
    turned = Rotation.random(random_state=random).apply(frame.particles.position)[numbering]
    table = track([frame, make_particles(turned, is_large(frame)[numbering])], radius=10.0)
    pd.testing.assert_series_equal(table.loc[0], table.loc[1], check_names=False, rtol=1e-9)


def test_numbers_are_those_of_a_count_particle_by_particle():
    frame = recorded("icosahedral")[0]
    row = track([frame], radius=8.9).iloc[0]
    solid, cluster, large = crystalline(frame), largest_cluster(frame), is_large(frame)
    members = [p for p, chosen in zip(frame.particles.position.astype(float), cluster, strict=True) if chosen]
    centre = sum(members) / len(members)
    assert row.step == frame.configuration.step
    assert row.largest_cluster == len(members)
    assert row.crystalline_L == sum(a and b for a, b in zip(solid, large, strict=True))
    assert row.fraction_S == pytest.approx(sum(solid[~large]) / 2349)
    assert row.gyration_radius**2 == pytest.approx(np.mean([sum((p - centre) ** 2) for p in members]))
    assert row.reach == pytest.approx(max(np.sqrt(sum(p**2)) for p in members))
    inner = [p for p in frame.particles.position.astype(float) if np.sqrt(sum(p**2)) <= 6.9]
    assert row.core_number == len(inner)


def test_gas_has_no_cluster():
    grid = 4.0 * np.stack(np.meshgrid(*3 * [[-1, 0, 1]]), axis=-1).reshape(-1, 3)
    row = track([make_particles(grid, np.arange(27) % 3 == 0)], radius=10.0).iloc[0]
    assert row.largest_cluster == row.crystalline_L == row.longest_tube == row.tubes_meeting == 0
    assert np.isnan([row.distance, row.composition, row.gyration_radius, row.reach]).all()


def test_open_trajectory_tells_time_and_radius(tmp_path):
    path = tmp_path / "trajectory.gsd"
    with gsd.hoomd.open(path, "w") as file:
        for k in range(3):
            frame = planted(ideal_part(np.zeros(3), 3.0), [k, 0, 0], radius=7.0)
            frame.configuration.step = 1000 * k
            frame.log["time"] = np.array([10.0 * k])
            frame.log["confinement/radius"] = np.array([8.0 - 0.25 * k])
            file.append(frame)
    with gsd.hoomd.open(path) as file:
        table = track(file)
        assert len(crystalline_profile(file, width=2.0)) == 3 * len(range(0, 7, 2))
    assert table.step.tolist() == [0, 1000, 2000]
    assert table.time.tolist() == [0, 10, 20]
    assert table.radius.tolist() == [8, 7.75, 7.5]
    np.testing.assert_allclose(table.distance, [0, 1, 2], atol=0.3)
    assert track(iter([])).empty


# Onset


def history(sizes, times=None):
    steps = 100 * np.arange(len(sizes))
    times = steps / 100 if times is None else times
    return pd.DataFrame({"step": steps, "time": times, "largest_cluster": sizes})


def test_onset_is_the_last_crossing_and_not_a_cluster_that_melts():
    assert onset(history([10, 150, 20, 99, 100, 180])).row == 4
    assert onset(history([150, 200])).row == 0
    assert onset(history([150, 200, 99])) is None
    assert onset(history([10, 20]), size=15).step == 100
    assert onset(history([20, np.nan, 30]), size=10).row == 2


def test_onset_forgives_as_many_frames_as_asked_for():
    flicker = [5, 5, 150, 5, 160, 5, 5, 170, 180, 5]
    assert onset(history(flicker)) is None
    assert onset(history(flicker), forgive=1).row == 7
    assert onset(history(flicker), forgive=2).row == 2
    assert onset(history([150, 5, 5, 5]), forgive=2) is None


@settings(max_examples=10)
@given(st.integers(1, 8), st.floats(0.1, 50), st.floats(0.5, 3))
def test_rate_of_linear_growth_is_its_slope(start, slope, interval):
    time = interval * np.arange(30)
    size = np.where(np.arange(30) < start, 5, NUCLEUS + slope * (time - time[start]))
    found = onset(history(size, time))
    assert found.row == start
    assert found.time == pytest.approx(time[start])
    assert found.rate == pytest.approx(slope)
    # Growth that has ended does not slow the rate by more than the tenth that is left out.
    ended = np.append(size, [size[-1]] * 100)
    assert onset(history(ended, interval * np.arange(130))).rate == pytest.approx(slope)


def test_onset_counts_steps_where_times_are_missing():
    found = onset(history([0, 100, 200], [np.nan] * 3))
    assert (found.step, found.rate) == (100, 1.0)
    assert np.isnan(found.time)
    assert np.isnan(onset(history([0, 0, 200])).rate)
    with pytest.raises(ValueError, match="no column 'tube'; it has"):
        onset(history([1]), column="tube")


# Profiles and layers


def test_profile_of_a_known_ball_is_one_inside_and_zero_outside():
    random = np.random.default_rng(5)
    frames = [
        make_particles(random.uniform(-6, 6, size=(4000, 3)), random.random(4000) < 0.3, size_ratio=0.78)
        for _ in range(3)
    ]
    profile = crystalline_profile(
        frames, width=1.0, selected=lambda frame: np.linalg.norm(frame.particles.position, axis=1) < 3
    )
    inside = profile.outer <= 3
    assert (profile.fraction[inside & (profile.number > 0)] == 1).all()
    assert (profile.fraction[~inside & (profile.number > 0)] == 0).all()
    radius = [np.linalg.norm(frame.particles.position, axis=1) for frame in frames]
    for row in profile[profile.species == "S"].itertuples():
        expected = [
            np.sum((r >= row.inner) & (r < row.outer) & ~is_large(frame))
            for r, frame in zip(radius, frames, strict=True)
        ]
        assert row.number == pytest.approx(np.mean(expected))


def test_profile_and_its_error_are_those_of_the_literal_sums():
    frames = recorded("icosahedral")
    profile = crystalline_profile(frames, width=1.5, selected=largest_cluster)
    masks = [largest_cluster(frame) for frame in frames]
    for row in profile[(profile.species != "all") & (profile.number > 0)].itertuples():
        picked, number = [], []
        for frame, mask in zip(frames, masks, strict=True):
            radius = np.linalg.norm(frame.particles.position, axis=1)
            shell = (radius >= row.inner) & (radius < row.outer) & (is_large(frame) == (row.species == "L"))
            picked.append(int(mask[shell].sum()))
            number.append(int(shell.sum()))
        assert (row.fraction, row.fraction_error) == pytest.approx(reference.share_and_error(picked, number))


def test_error_of_independent_particles_is_binomial():
    random = np.random.default_rng(7)
    position = random.uniform(-4, 4, size=(1000, 3))
    frames = [make_particles(position, np.ones(1000, dtype=bool)) for _ in range(200)]
    profile = crystalline_profile(
        frames, width=2.0, selected=lambda frame: random.random(1000) < 0.3, progress=False
    )
    profile = profile[(profile.species == "L") & (profile.number > 20)]
    binomial = np.sqrt(0.3 * 0.7 / (profile.number * 200))
    np.testing.assert_allclose(profile.fraction_error, binomial, rtol=0.25)
    assert (abs(profile.fraction - 0.3) < 4 * profile.fraction_error).all()
    single = crystalline_profile(frames[:1], width=2.0, selected=lambda frame: np.arange(1000) < 300)
    single = single[(single.species == "L") & (single.number > 0)]
    np.testing.assert_allclose(
        single.fraction_error, np.sqrt(single.fraction * (1 - single.fraction) / single.number)
    )


def shells_of_points(random, radii, numbers, spread):
    radius = np.concatenate([random.normal(r, spread, n) for r, n in zip(radii, numbers, strict=True)])
    point = random.normal(size=(len(radius), 3))
    return point * (radius / np.linalg.norm(point, axis=1))[:, None]


def test_layers_at_known_radii_are_found():
    random = np.random.default_rng(3)
    large, small = [8.0, 7.05, 6.2], [7.9, 7.1]
    frames = []
    for _ in range(10):
        position = np.vstack([
            shells_of_points(random, large, [600, 450, 300], 0.12),
            shells_of_points(random, small, [500, 400], 0.15),
        ])  # fmt: skip
        frames.append(make_particles(position, np.arange(2250) < 1350))
        frames[-1].log["confinement/radius"] = np.array([9.0])
    profile, layers = layering(frames)
    np.testing.assert_allclose(layers[layers.species == "L"].radius, large, atol=0.02)
    np.testing.assert_allclose(layers[layers.species == "S"].radius, small, atol=0.02)
    np.testing.assert_allclose(layers.depth, 9 - layers.radius)
    # A Gaussian shell of n particles has the density n / (4 pi r^2 s sqrt(2 pi)) at its middle.
    peak = np.array([600, 450, 300]) / (4 * np.pi * np.square(large) * 0.12 * np.sqrt(2 * np.pi))
    np.testing.assert_allclose(layers[layers.species == "L"].density, peak, rtol=0.12)
    volume = 4 / 3 * np.pi * ((profile.radius + 0.025) ** 3 - (profile.radius - 0.025) ** 3)
    assert (profile.density * volume)[profile.species == "L"].sum() == pytest.approx(1350)


@pytest.mark.parametrize("depth", [0.2, 0.6])
def test_modulation_of_a_density_wave_is_its_amplitude(depth):
    random, wave = np.random.default_rng(4), 0.9
    frames = []
    for _ in range(20):
        point = random.uniform(-8, 8, size=(40_000, 3))
        radius = np.linalg.norm(point, axis=1)
        kept = random.random(40_000) * (1 + depth) < 1 + depth * np.cos(2 * np.pi * (radius - 7.6) / wave)
        frames.append(
            make_particles(point[kept & (radius < 8)], np.ones(np.sum(kept & (radius < 8)), dtype=bool))
        )
    layers = layering(frames, radius=9.0, width=0.1)[1]
    outer = layers[layers.radius > 3]
    np.testing.assert_allclose(-np.diff(outer.radius), wave, atol=0.08)
    assert outer.radius.iloc[0] == pytest.approx(7.6, abs=0.05)
    # Shells and blur of 0.1 take (sin x / x) exp(-2 pi^2 0.1^2 / wave^2) = 0.76 of the amplitude away.
    x = np.pi * 0.1 / wave
    blurred = depth * np.sin(x) / x * np.exp(-2 * (np.pi * 0.1 / wave) ** 2)
    assert outer.modulation.mean() == pytest.approx(blurred, rel=0.1)


def test_even_density_has_no_layers():
    random = np.random.default_rng(6)
    point = random.uniform(-8, 8, size=(10, 20_000, 3))
    frames = [
        make_particles(p[np.linalg.norm(p, axis=1) < 8], np.ones((np.linalg.norm(p, axis=1) < 8).sum(), bool))
        for p in point
    ]
    assert len(layering(frames, radius=9.0)[1]) == 0


def test_walls_of_different_radius_and_empty_trajectories_are_named():
    frames = [icosahedral_cluster(3), icosahedral_cluster(3)]
    for frame, radius in zip(frames, (8.0, 8.5), strict=True):
        frame.log["confinement/radius"] = np.array([radius])
    with pytest.raises(ValueError, match=r"radii from 8 to 8\.5"):
        layering(frames)
    for measure in (crystalline_profile, layering):
        with pytest.raises(ValueError, match="one or more frames"):
            measure([])


# Classes and domains


def test_wedges_keep_their_number_through_a_trajectory_with_a_molten_frame():
    frames = list(recorded("icosahedral"))
    molten = subset(frames[0], slice(None))
    molten.particles.position = molten.particles.position + np.random.default_rng(1).normal(
        scale=0.4, size=(3501, 3)
    )
    followed = follow_domains([*frames[:2], molten, *frames[2:]])
    assert followed.shape == (6, 3501)
    wedge = icosahedral_cluster(number=3501).log["particles/wedge"]
    core = np.linalg.norm(frames[0].particles.position, axis=1) < 5
    crystal = followed[[0, 1, 3, 4, 5]]
    assert crystal.max() == 19
    inside = (crystal >= 0) & core & is_large(frames[0])
    assert inside.sum() > 0.97 * 5 * (core & is_large(frames[0])).sum()
    pairs = {(int(a), int(b)) for label in crystal for a, b in zip(label, wedge, strict=True) if a >= 0 <= b}
    strict = {
        (int(a), int(b))
        for label, k in zip(crystal, inside, strict=True)
        for a, b in zip(label[k], wedge[k], strict=True)
    }
    assert len(strict) == 20 <= len(pairs)


def test_domains_of_an_unchanged_nucleus_keep_their_particles():
    frame = planted(ideal_part(np.zeros(3), 5.0), radius=7.0, noise=0.03)
    first, second = follow_domains([frame, frame])
    np.testing.assert_array_equal(first, second)
    label = find_domains(frame)
    kept = first >= 0
    assert len(set(zip(first[kept], label[kept], strict=True))) == first.max() + 1
    assert set(label[kept]) == set(label[largest_cluster(frame)]) - {-1}
    assert (follow_domains(recorded("fluid-0.86")[:2]) == -1).all()
    with pytest.raises(ValueError, match="2187 particles, those before it 3501"):
        follow_domains([recorded("icosahedral")[0], recorded("fluid-0.86")[0]])


@settings(max_examples=40)
@given(st.data())
def test_numbers_pass_on_with_the_most_particles(data):
    number = data.draw(st.integers(1, 25))
    label = np.array(data.draw(st.lists(st.integers(-1, 3), min_size=number, max_size=number)))
    memory = np.array(data.draw(st.lists(st.integers(-1, 4), min_size=number, max_size=number)))
    found = _renumbered(label, memory)
    assert ((found >= 0) == (label >= 0)).all()
    pairs = set(zip(found[label >= 0], label[label >= 0], strict=True))
    assert len(pairs) == len(set(label[label >= 0])) == len({a for a, _ in pairs})
    kept = int(np.sum((found == memory) & (found >= 0)))
    assert kept == reference.most_kept(label.tolist(), memory.tolist())
    for new in set(found[found >= 0]):
        same = found == new
        assert (memory[same] == new).any() or new not in memory


def test_core_of_an_incomplete_nucleus_is_found_off_its_middle(random_generator):
    """Most of a cluster beside its centre, with vacancies, in a gas that differs from frame to frame."""
    cluster, centre = icosahedral_cluster(5), np.array([2.0, -1.0, 0.5])
    ideal = np.asarray(cluster.particles.position, dtype=float)
    part = ideal @ [0.6, 0.8, 0] > -1.2
    frames = []
    for _ in range(4):
        gas = random_generator.uniform(-8, 8, (2500, 3))
        gas = gas[np.linalg.norm(gas - centre, axis=1) > 5.5]
        there = part & (random_generator.random(len(part)) > 0.1)
        solid = ideal[there] + centre + random_generator.normal(scale=0.06, size=(there.sum(), 3))
        large = np.concatenate([is_large(cluster)[there], random_generator.random(len(gas)) < 1 / 3])
        frames.append(make_particles(np.vstack([solid, gas]), large))
    found = find_core(frames, progress=False)
    assert np.linalg.norm(found.centre - centre) < 0.1
    assert np.abs(found.axes @ axes(5).T).max(axis=1).min() > 0.99
    with pytest.raises(InputError, match="none of the 1 frames has a nucleus"):
        find_core([make_particles(random_generator.uniform(-8, 8, (500, 3)), np.arange(500) % 3 == 0)])
