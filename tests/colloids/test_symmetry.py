"""The icosahedral cluster found without being told: centre, axes, shells, core, tubes and order."""

import time
from functools import cache
from pathlib import Path

import ase.build
import gsd.hoomd
import numpy as np
import pytest
import reference
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from supracrystal.colloids import (
    axes,
    icosahedral_cluster,
    is_large,
    laves_phase,
    mackay_cluster,
    make_particles,
    neighbours,
    shells,
    subset,
    symmetry,
)

DATA = Path(__file__).parents[2] / "data" / "colloids"


def recorded(name, frame=0):
    with gsd.hoomd.open(DATA / f"{name}.gsd") as file:
        return file[frame]


@cache
def simulated():
    frame = recorded("icosahedral-average")
    return frame, symmetry.find_icosahedron(frame)


def ball(position, large, centre, number):
    keep = np.argsort(np.linalg.norm(position - centre, axis=1), kind="stable")[:number]
    return make_particles(position[keep], large[keep])


def disturbed(number, *, seed, noise=0.08, missing=0.3, shell=0.0, offset=0.0, unit=1.0, strain=None):
    """Return a cluster with all that can be wrong, its true centre and five-fold axes.

    The unordered shell is cut from a recorded fluid; the offset of the centre is in cluster radii.
    """
    rng = np.random.default_rng(seed)
    ideal = icosahedral_cluster(number=int(number * (1 + offset) ** 3 * 1.1))
    middle = offset * (number / 4 / 1.1) ** (1 / 3) * np.array([1.0, 0, 0])
    frame = ball(ideal.particles.position, is_large(ideal), middle, number)
    position, large = frame.particles.position, is_large(frame)
    if shell:
        radius = np.linalg.norm(position - middle, axis=1).max()
        fluid = recorded("fluid-0.92")
        images = np.stack(np.meshgrid(*[np.arange(-1, 2)] * 3), axis=-1).reshape(-1, 1, 3)
        around = (fluid.particles.position + fluid.configuration.box[0] * images).reshape(-1, 3)
        away = np.linalg.norm(around, axis=1)
        assert radius + shell < 1.5 * fluid.configuration.box[0]
        keep = (away > radius + 0.8) & (away < radius + shell)
        position = np.vstack([position, around[keep] + middle])
        large = np.append(large, np.tile(is_large(fluid), 27)[keep])
    keep = rng.permutation(len(position))[: round((1 - missing) * len(position))]
    position, large = position[keep], large[keep]
    position = position if strain is None else position @ strain
    position = position + rng.normal(size=position.shape, scale=noise)
    rotation, centre = Rotation.random(random_state=seed), rng.uniform(-100, 100, 3)
    frame = make_particles(unit * (rotation.apply(position) + centre), large)
    return frame, unit * centre, rotation.apply(axes(5))


def angle_between(found, true):
    """Return the largest angle in degrees from a true axis to the nearest found one."""
    return np.degrees(np.arccos(np.clip((true @ found.T).max(axis=1), -1, 1))).max()


@pytest.mark.parametrize("seed", range(3))
def test_ten_thousand_particles_with_noise_and_vacancies(seed):
    frame, centre, true = disturbed(10_000, seed=seed, noise=[0.03, 0.08, 0.08][seed])
    start = time.process_time()
    found = symmetry.find_icosahedron(frame)
    assert time.process_time() - start < 10
    assert np.linalg.norm(found.centre - centre) < 0.1
    assert angle_between(found.axes, true) < 1
    assert abs(found.matched - 0.7) < 0.03
    assert found.order > 0.4


@pytest.mark.parametrize("seed", range(5))
def test_unordered_shell_off_centre_strained_and_in_nanometres(seed):
    strain = np.diag([1.03, 1.0, 0.98]) if seed % 2 else None
    frame, centre, true = disturbed(
        1500, seed=seed, shell=2.5, offset=0.3 * (seed > 2), unit=250, strain=strain
    )
    found = symmetry.find_icosahedron(frame)
    assert np.linalg.norm(found.centre - centre) / 250 < 0.1
    assert angle_between(found.axes, true) < 1
    assert found.spacing / 250 == pytest.approx(0.839, rel=0.02)
    assert found.reach >= 5


@pytest.mark.parametrize(
    ("number", "noise", "missing"), [(44, 0, 0), (45, 0.04, 0), (117, 0.06, 0.2), (226, 0.08, 0.3)]
)
def test_small_clusters(number, noise, missing):
    ideal = icosahedral_cluster(number=45)
    frame, centre, true = disturbed(number, seed=number, noise=noise, missing=missing)
    if number == 44:
        frame = subset(ideal, np.arange(45) > 0)
        centre, true = np.zeros(3), axes(5)
    found = symmetry.find_icosahedron(frame)
    assert np.linalg.norm(found.centre - centre) < 0.1
    assert angle_between(found.axes, true) < 1.5


def test_radial_strain_wrong_labels_and_a_stray_particle():
    frame, centre, true = disturbed(3000, seed=8, noise=0.05)
    position, large = frame.particles.position, is_large(frame)
    arm = position - centre
    radius = np.linalg.norm(arm, axis=1, keepdims=True)
    position = centre + arm * (1 + 0.04 * radius / radius.max())
    wrong = np.random.default_rng(8).random(len(large)) < 0.05
    position[0] = [1e9, 0, 0]
    found = symmetry.find_icosahedron(make_particles(position, large ^ wrong))
    assert np.linalg.norm(found.centre - centre) < 0.1
    assert angle_between(found.axes, true) < 1


@pytest.mark.parametrize("species", [True, False])
def test_one_visible_species_is_enough(species):
    frame, centre, true = disturbed(4000, seed=9, noise=0.05, missing=0.1)
    found = symmetry.find_icosahedron(subset(frame, is_large(frame) == species))
    assert np.linalg.norm(found.centre - centre) < 0.1
    assert angle_between(found.axes, true) < 1


@settings(max_examples=4)
@given(
    turn=st.tuples(*[st.floats(-3, 3)] * 3),
    shift=st.tuples(*[st.floats(-1000, 1000)] * 3),
    scale=st.floats(0.01, 500),
    seed=st.integers(0, 99),
)
def test_found_cluster_moves_with_the_particles(turn, shift, scale, seed):
    frame, *_ = disturbed(500, seed=1, noise=0.05, missing=0.2)
    found = symmetry.find_icosahedron(frame)
    rotation = Rotation.from_rotvec(turn)
    order = np.random.default_rng(seed).permutation(frame.particles.N)
    moved = scale * rotation.apply(frame.particles.position) + shift
    again = symmetry.find_icosahedron(make_particles(moved[order], is_large(frame)[order]))
    np.testing.assert_allclose(again.centre, scale * rotation.apply(found.centre) + shift, atol=0.01 * scale)
    assert angle_between(again.axes, rotation.apply(found.axes)) < 0.2
    assert again.spacing == pytest.approx(scale * found.spacing, rel=2e-3)
    assert again.order == pytest.approx(found.order, abs=0.01)


@pytest.mark.parametrize("layers", [2, 3, 5, 8])
def test_order_of_the_ideal_cluster_is_1(layers):
    ideal = icosahedral_cluster(layers=layers) if layers > 2 else icosahedral_cluster(number=45)
    assert symmetry.icosahedral_order(ideal) == pytest.approx(1, abs=1e-6)
    hollow = subset(ideal, np.linalg.norm(ideal.particles.position, axis=1) > 0.1)
    assert symmetry.icosahedral_order(hollow) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("name", ["C14", "C15", "C36", "fluid-0.86", "fluid-0.92"])
def test_order_of_recorded_fluids_and_laves_phases_is_near_0(name):
    found = symmetry.find_icosahedron(recorded(name))
    assert abs(found.order) < 0.06
    assert found.reach < 3


@pytest.mark.parametrize("stacking", ["C14", "C15", "C36"])
def test_order_of_laves_balls_is_near_0_about_every_kind_of_site(stacking):
    crystal = laves_phase(stacking, cells=(10, 10, 6 if stacking != "C36" else 3))
    position, large = crystal.particles.position, is_large(crystal)
    position = position - position.mean(axis=0)
    for species in (True, False):
        site = position[large == species][np.linalg.norm(position[large == species], axis=1).argmin()]
        piece = ball(position, large, site, 700)
        found = symmetry.find_icosahedron(piece)
        assert abs(found.order) < 0.1
        poses = [
            found._replace(centre=site, rotation=Rotation.random(random_state=i).as_matrix())
            for i in range(4)
        ]
        assert max(symmetry.icosahedral_order(piece, pose) for pose in poses) < 0.1


@pytest.mark.parametrize("number", [300, 1000])
def test_order_of_an_fcc_ball_is_near_0(number):
    position = (ase.build.bulk("Au", "fcc", a=2**0.5, cubic=True) * (12, 12, 12)).positions
    for centre in (position.mean(axis=0), position[len(position) // 2]):
        for large in (np.ones(len(position), bool), np.random.default_rng(0).random(len(position)) < 1 / 3):
            assert abs(symmetry.icosahedral_order(ball(position, large, centre, number))) < 0.1


def test_order_about_its_own_centre_sees_the_mackay_cluster_but_the_search_does_not_match_it():
    mackay = mackay_cluster(5)
    found = symmetry.find_icosahedron(mackay)
    assert found.matched < 0.7
    own = found._replace(centre=np.zeros(3), rotation=np.eye(3))
    assert symmetry.icosahedral_order(mackay, own) == pytest.approx(1, abs=1e-6)


def test_order_falls_with_noise_and_vacancies():
    noisy = [
        symmetry.icosahedral_order(disturbed(499, seed=3, noise=x, missing=0)[0])
        for x in (0, 0.04, 0.08, 0.12)
    ]
    assert np.all(np.diff(noisy) < -0.05)
    full, less = (symmetry.icosahedral_order(disturbed(499, seed=3, noise=0, missing=x)[0]) for x in (0, 0.3))
    assert full > 0.98
    assert 0.5 < less < 0.75


def test_order_is_the_literal_overlap_of_turned_configurations():
    frame, *_ = disturbed(150, seed=5, noise=0.06, missing=0.1)
    found = symmetry.find_icosahedron(frame)
    position, large = frame.particles.position, is_large(frame)
    own, chance = (
        np.mean([
            reference.five_fold_overlap(position, large, found.centre, axis, degrees, 0.3 * found.spacing)
            for axis in found.axes
            for degrees in angles
        ])
        for angles in ([72], [48, 96])
    )  # fmt: skip
    assert found.order == pytest.approx((own - chance) / (1 - chance), abs=1e-6)


def test_simulated_cluster_turns_onto_itself_about_each_of_its_axes():
    frame, found = simulated()
    position, large = np.asarray(frame.particles.position, float), is_large(frame)
    core = np.linalg.norm(position - found.centre, axis=1) < 4.2
    for axis in found.axes:
        own, other = (
            reference.five_fold_overlap(position[core], large[core], found.centre, axis, degrees, 0.25)
            for degrees in (72, 36)
        )
        assert own > 0.85
        assert other < 0.45


def test_axes_are_where_bonds_of_large_spheres_are_fewest_in_the_sixth_harmonic():
    frame = recorded("icosahedral")
    found = symmetry.find_icosahedron(frame)
    pairs, distance = neighbours(frame, 1.35, query=is_large(frame), points=is_large(frame))
    bonds = (frame.particles.position[pairs[:, 1]] - frame.particles.position[pairs[:, 0]]) / distance[
        :, None
    ]
    directions = Rotation.random(400, random_state=0).apply([0, 0, 1])
    sixth = np.polynomial.legendre.Legendre.basis(6)
    assert sixth(bonds @ found.axes.T).mean(axis=0).max() < np.quantile(
        sixth(bonds @ directions.T).mean(axis=0), 0.1
    )


def test_centre_of_the_simulated_cluster_is_the_one_small_sphere_with_twelve_small_neighbours():
    frame, found = simulated()
    large = is_large(frame)
    small, _ = neighbours(frame, 1.22, query=~large, points=~large)
    mixed, _ = neighbours(frame, 1.32, query=~large, points=large)
    count = [np.bincount(pairs[:, 0], minlength=len(large)) for pairs in (small, mixed)]
    special = np.flatnonzero((count[0] == 12) & (count[1] == 0) & ~large)
    assert len(special) == 1
    core = symmetry.bergman_core(frame, found)
    assert core[0] == special[0]
    assert len(core) == 45
    assert np.linalg.norm(frame.particles.position[special[0]] - found.centre) < 0.1


def test_eight_shells_of_the_simulated_cluster():
    table = symmetry.shells_found(*simulated())
    assert (table.held == table.ideal).all()
    assert (table.rms < 0.15).all()
    np.testing.assert_allclose(table.radius, table.ideal_radius, rtol=0.05)
    # Shells 5 and 6 change places: the five-fold axes are the more compressed ones.
    assert (np.diff(table.radius) < 0).tolist() == [False] * 4 + [True] + [False] * 2


def test_shells_of_the_ideal_cluster_are_those_counted_directly():
    ideal = icosahedral_cluster(number=3000)
    direct = shells(ideal, first=20)
    table = symmetry.shells_found(ideal, symmetry.find_icosahedron(ideal), first=20)
    assert table.species.tolist() == direct.species.tolist()
    assert table.ideal.tolist() == table.held.tolist() == direct.number.tolist()
    np.testing.assert_allclose(table.radius, direct.radius, atol=1e-6)


def test_bergman_core_of_the_ideal_cluster_are_the_45_innermost():
    frame = subset(icosahedral_cluster(number=600), np.random.default_rng(0).permutation(600))
    radius = np.linalg.norm(frame.particles.position, axis=1)
    core = symmetry.bergman_core(frame, symmetry.find_icosahedron(frame))
    assert set(core) == set(np.argsort(radius)[:45])
    assert (np.diff(radius[core]) > -1e-6).all()


def test_rings_of_the_pentagonal_tubes_of_the_ideal_cluster():
    ideal = icosahedral_cluster(layers=9)
    tubes = symmetry.pentagonal_tubes(ideal, symmetry.find_icosahedron(ideal))
    inside = tubes[tubes.inside]
    assert (inside.held == inside.sites).all()
    one = inside[inside.tube == 4]
    heights = {
        ("S", 1): np.arange(1, 10),
        ("S", 5): 5**-0.5 + np.arange(0, 9, 2),
        ("L", 5): 1.4210 + np.arange(0, 7, 2),
    }
    for (species, sites), expected in heights.items():
        ring = one[(one.species == species) & (one.sites == sites)]
        np.testing.assert_allclose(ring.height, expected, atol=1e-3)


def test_occupied_sites_are_those_that_are_left():
    """The sites of core and tubes, chosen here by distance from the centre and from the axes alone."""
    ideal = icosahedral_cluster(layers=6)
    found = symmetry.find_icosahedron(ideal)
    position = ideal.particles.position / found.spacing
    radius, along = np.linalg.norm(position, axis=1), position @ found.axes.T
    beside = np.sqrt(np.maximum(radius[:, None] ** 2 - along**2, 0))
    in_tube = (along > 0.3) & (along < 5.1) & (beside < 1.25)
    gone = np.random.default_rng(3).random(len(position)) < 0.4
    left = symmetry.occupied_sites(subset(ideal, ~gone), found)
    assert left["core"] == pytest.approx(1 - gone[radius < 2.02].mean())
    for tube in range(12):
        assert left[tube] == pytest.approx(1 - gone[in_tube[:, tube]].mean())
    swapped = make_particles(ideal.particles.position, ~is_large(ideal))
    assert symmetry.occupied_sites(swapped, found).max() == 0


def test_tubes_of_an_off_centre_cluster_differ_in_length():
    frame, centre, _ = disturbed(4000, seed=2, noise=0.05, missing=0.2, offset=0.4)
    found = symmetry.find_icosahedron(frame)
    tubes = symmetry.pentagonal_tubes(frame, found)
    length = tubes[tubes.inside].groupby("tube").height.max()
    towards = found.axes @ (frame.particles.position.mean(axis=0) - centre)
    assert len(length) == 12
    assert length.max() - length.min() > 3
    assert np.corrcoef(length, towards)[0, 1] > 0.9


@pytest.mark.parametrize(
    "position",
    [
        np.column_stack([np.random.default_rng(0).random((100, 2)) * 9, np.zeros(100)]),
        np.outer(np.arange(60), [1.0, 0, 0]),
        np.random.default_rng(1).random((80, 3)) * 4,
    ],
    ids=["plane", "line", "gas"],
)
def test_configurations_without_order_are_answered_not_refused(position):
    found = symmetry.find_icosahedron(make_particles(position, np.arange(len(position)) % 3 == 0))
    assert found.order < 0.3
    assert len(symmetry.shells_found(make_particles(position, np.arange(len(position)) % 3 == 0), found)) == 8


@pytest.mark.parametrize(
    ("position", "message"),
    [
        (np.empty((0, 3)), "0 particles; a Bergman core alone has 44"),
        (np.random.default_rng(0).random((43, 3)), "43 particles"),
        (np.zeros((50, 3)), "coincide"),
    ],
)
def test_what_cannot_hold_a_cluster_is_refused(position, message):
    with pytest.raises(ValueError, match=message):
        symmetry.find_icosahedron(make_particles(position, np.ones(len(position), bool)))


def test_positions_that_are_no_numbers_are_refused():
    frame = icosahedral_cluster(number=45)
    frame.particles.position[7] = np.nan
    with pytest.raises(ValueError, match="1 positions are not finite"):
        symmetry.icosahedral_order(frame)
