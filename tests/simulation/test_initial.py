"""First configurations: no overlap, the density and composition asked for, no spin."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import cKDTree

from supracrystal.colloids import crystalline, is_large
from supracrystal.simulation import (
    WALL,
    ConfinementRecipe,
    adopt,
    initial_configuration,
    separate,
    velocities,
)

FLUID = ConfinementRecipe(number=250, density=0.6, steps=1, frame_interval=1000)


def closest(frame, *, periodic):
    """Return the least distance of two particles over their mean diameter, by comparing all pairs."""
    position, diameter = frame.particles.position, frame.particles.diameter
    apart = position[:, None] - position[None]
    if periodic:
        length = np.asarray(frame.configuration.box[:3], dtype=float)
        apart -= length * np.round(apart / length)
    ratio = np.linalg.norm(apart, axis=-1) / ((diameter[:, None] + diameter) / 2)
    return ratio[~np.eye(len(ratio), dtype=bool)].min()


@settings(max_examples=8)
@given(
    density=st.floats(0.2, 0.95),
    large=st.floats(0.01, 1),
    ratio=st.floats(0.7, 1),
    seed=st.integers(0, 99),
)
def test_periodic_fluid_has_no_overlap_at_any_density(density, large, ratio, seed):
    recipe = ConfinementRecipe(
        number=250,
        density=density,
        steps=1,
        fraction_large=large,
        size_ratio=ratio,
        seed=seed,
        confinement="periodic",
    )
    frame = initial_configuration(recipe)
    assert closest(frame, periodic=True) > 0.998
    assert is_large(frame).sum() == round(250 * large)
    assert np.abs(frame.particles.position).max() <= recipe.box_length / 2 + 1e-9
    assert np.abs(frame.particles.velocity.sum(axis=0)).max() < 1e-9


@settings(max_examples=8)
@given(density=st.floats(0.2, 0.65), large=st.floats(0.01, 1), seed=st.integers(0, 99))
def test_fluid_in_a_sphere_has_no_overlap_and_no_spin(density, large, seed):
    recipe = replace(FLUID, density=density, fraction_large=large, seed=seed)
    frame = initial_configuration(recipe)
    position, velocity = frame.particles.position, frame.particles.velocity
    assert closest(frame, periodic=False) > 0.998
    assert np.linalg.norm(position, axis=1).max() < recipe.radius - WALL + 0.05
    assert np.abs(np.cross(position, velocity).sum(axis=0)).max() < 1e-9
    assert np.sum(velocity**2) / (3 * 250 - 3) == pytest.approx(0.2)


def test_size_and_upper_density_of_the_paper_without_overlap():
    frame = initial_configuration(ConfinementRecipe(number=1001, density=0.74, fraction_large=0.385, steps=1))
    tree = cKDTree(frame.particles.position)
    i, j = tree.query_pairs(1.0, output_type="ndarray").T
    apart = np.linalg.norm(frame.particles.position[i] - frame.particles.position[j], axis=1)
    mean = (frame.particles.diameter[i] + frame.particles.diameter[j]) / 2
    assert (apart / mean).min() > 0.998


def test_too_dense_is_said_with_what_to_do():
    with pytest.raises(ValueError, match=r"200 particles overlap by up to .* lower start_density"):
        initial_configuration(replace(FLUID, number=200, density=1.5, confinement="periodic"))


def test_seed_makes_the_configuration():
    one, same, other = (initial_configuration(replace(FLUID, seed=seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.particles.position, same.particles.position)
    np.testing.assert_array_equal(one.particles.velocity, same.particles.velocity)
    assert np.abs(one.particles.position - other.particles.position).max() > 0.1


@pytest.mark.parametrize("confinement", ["sphere", "periodic"])
def test_nucleus_stands_at_the_centre_of_a_fluid(confinement):
    recipe = ConfinementRecipe(
        number=900,
        density=0.65,
        fraction_large=0.35,
        steps=1,
        start="icosahedral",
        nucleus=117,
        confinement=confinement,
    )
    frame = initial_configuration(recipe)
    assert closest(frame, periodic=confinement == "periodic") > 0.998
    solid = crystalline(frame)
    assert solid[:117].sum() > 20
    assert solid[117:].mean() < 0.05
    np.testing.assert_array_equal(frame.particles.position[0], 0)
    assert np.linalg.norm(frame.particles.position[:117].mean(axis=0)) < 0.1
    with pytest.raises(ValueError, match=r"a nucleus of 117 has .* the recipe has 18 and 882"):
        initial_configuration(replace(recipe, fraction_large=0.02))


@pytest.mark.parametrize("confinement", ["sphere", "periodic"])
@pytest.mark.parametrize("start", ["C14", "C15", "C36"])
def test_nucleus_of_a_laves_phase_is_a_ball_of_the_crystal_at_its_density(start, confinement):
    """Against the crystal's own sites: the nearest to a small sphere, scaled to a density of one."""
    recipe = ConfinementRecipe(
        number=900, density=0.65, steps=1, start=start, nucleus=150, confinement=confinement
    )
    frame = initial_configuration(recipe)
    assert (frame.particles.N, is_large(frame).sum()) == (900, 300)
    ball, large = frame.particles.position[:150], is_large(frame)[:150]
    np.testing.assert_array_equal(ball[0], 0)
    assert not large[0]
    # The cubic cell of C15 has 8 large and 16 small spheres; C14 and C36 have its nearest distances.
    cell = (8 * (1 + 2 * 0.78**3)) ** (1 / 3)
    nearest = np.sort(np.linalg.norm(ball[~large][1:], axis=1))[:6]
    np.testing.assert_allclose(nearest, cell / 8**0.5, rtol=1e-6)
    apart = np.linalg.norm(ball[large][:, None] - ball[large], axis=2)
    np.testing.assert_allclose(np.sort(apart[apart > 0])[0], cell * 3**0.5 / 4, rtol=1e-6)


@pytest.mark.parametrize(("start", "number"), [("C14", 1440), ("C15", 1728), ("C36", 1440)])
def test_crystals_fill_a_box_of_about_cubic_shape_at_the_density(start, number):
    recipe = ConfinementRecipe(number=number, density=0.92, confinement="periodic", start=start, steps=1)
    frame = initial_configuration(recipe)
    lengths = np.asarray(frame.configuration.box[:3], dtype=float)
    assert lengths.max() / lengths.min() < 1.6
    assert np.sum(frame.particles.diameter**3) / np.prod(lengths) == pytest.approx(0.92)
    assert is_large(frame).sum() * 3 == number
    assert crystalline(frame).all()
    with pytest.raises(ValueError, match=r"cells of \d+ particles.*near are \d+ and \d+"):
        initial_configuration(replace(recipe, number=number + 3))


def test_configuration_of_a_user_is_checked():
    frame = initial_configuration(FLUID)
    assert adopt(FLUID, frame).particles.velocity == pytest.approx(frame.particles.velocity)
    frame.particles.velocity = None
    taken = adopt(FLUID, frame)
    assert np.sum(taken.particles.velocity**2) / (3 * 250 - 3) == pytest.approx(0.2)
    with pytest.raises(
        ValueError, match=r"initial has 250 particles, 83 of them large; the recipe has 251 and 84"
    ):
        adopt(replace(FLUID, number=251), frame)
    with pytest.raises(ValueError, match=r"outside of the sphere .* lower start_density"):
        adopt(replace(FLUID, density=0.8), frame)
    frame.particles.position[3] = frame.particles.position[5] + [0.1, 0, 0]
    with pytest.raises(ValueError, match=r"pairs of particles are closer than 0.85"):
        adopt(FLUID, frame)
    bulk = replace(FLUID, confinement="periodic")
    with pytest.raises(
        ValueError, match=r"which gives the density 0.6000; a box .* the recipe's 0.5 is needed"
    ):
        adopt(replace(bulk, density=0.5), initial_configuration(bulk))


@given(seed=st.integers(0, 99), confined=st.booleans())
def test_velocities_have_the_temperature_and_no_momentum(seed, confined):
    random = np.random.default_rng(seed)
    position = random.normal(size=(20, 3))
    velocity = velocities(position, 0.3, random, confined=confined)
    assert np.sum(velocity**2) == pytest.approx(57 * 0.3)
    conserved = np.cross(position, velocity) if confined else velocity
    assert np.abs(conserved.sum(axis=0)).max() < 1e-12


def test_particles_that_are_fixed_stay_where_they_are(random_generator):
    position = random_generator.uniform(-2, 2, (60, 3))
    position[0] = 0
    moved = separate(position, np.ones(60), radius=4.5, fixed=1)
    np.testing.assert_array_equal(moved[0], 0)
