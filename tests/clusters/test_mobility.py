"""Cross-sections against closed forms, Cauchy's theorem, slow oracles and MOBCAL; mobilities too."""

import numpy as np
import pytest
import reference
from ase import Atoms
from ase.build import molecule
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.spatial.transform import Rotation

from supracrystal.clusters import cross_sections, mobility, scatter

NAPHTHALENE = {
    "C": [(1.2292, 1.4042), (2.4533, 0.6913), (0, 0.7145)],
    "H": [(1.2365, 2.4945), (3.3935, 1.2402)],
}
"""One quarter of the flat molecule, as in the example of MOBCAL."""
seeds = st.integers(0, 10**6)


def naphthalene():
    places = {
        (symbol, round(a * x, 4) + 0.0, b * y)
        for symbol, quarter in NAPHTHALENE.items()
        for x, y in quarter
        for a in (-1, 1)
        for b in (-1, 1)
    }
    return Atoms([each[0] for each in sorted(places)], [(*each[1:], 0) for each in sorted(places)])


def lump(random, number):
    """Spheres of different sizes, some of which overlap."""
    return random.normal(size=(number, 3)) * 2, random.uniform(0.5, 2, number)


def rays_at(random, number, reach):
    direction = random.normal(size=(number, 3))
    direction /= np.linalg.norm(direction, axis=1)[:, None]
    return random.uniform(-reach / 2, reach / 2, (number, 3)) - 3 * reach * direction, direction


def within(value, error, expected, sigmas=4):
    return abs(value - expected) < sigmas * error


def test_a_sphere_has_the_area_of_its_disc():
    result = cross_sections(Atoms("C"))
    assert result.projection == pytest.approx(np.pi * 2.7**2, rel=1e-12)
    assert result.scattering == pytest.approx(np.pi * 2.7**2, rel=1e-6)
    assert result.reflections == 1


@pytest.mark.parametrize("distance", [1.0, 2.0, 3.0, 8.0, 30.0])
def test_two_spheres_shadow_each_other_by_the_mean_lens_of_their_discs(distance):
    def lens(apart, radius=2.0):
        if apart >= 2 * radius:
            return 0.0
        half = apart / 2
        return 2 * radius**2 * np.arccos(half / radius) - 2 * half * np.sqrt(radius**2 - half**2)

    shadow = quad(lambda angle: lens(distance * np.sin(angle)) * np.sin(angle), 0, np.pi / 2, limit=200)[0]
    result = cross_sections(Atoms("C2", [(0, 0, 0), (0, 0, distance)]), radii=2.0, rays=2**20)
    assert within(result.projection, result.projection_error, 8 * np.pi - shadow)
    assert result.projection_error < 5e-3 * result.projection


def test_distant_spheres_scatter_alone():
    apart = Atoms("C2", [(0, 0, 0), (0, 0, 60)])
    result = cross_sections(apart, radii=[1.0, 2.0], rays=2**20)
    assert within(result.scattering, result.scattering_error, 5 * np.pi)
    assert result.scattering_error < 0.02 * result.scattering


def test_convex_bodies_have_a_quarter_of_their_surface():
    line = np.linspace(-6, 6, 241)
    rod = Atoms(f"C{len(line)}", np.column_stack([0 * line, 0 * line, line]))
    result = cross_sections(rod, radii=3.0)
    quarter = (4 * np.pi * 3**2 + 2 * np.pi * 3 * 12) / 4
    assert result.projection == pytest.approx(quarter, rel=2e-3)
    assert result.scattering == pytest.approx(quarter, rel=4e-3)


def test_a_box_of_spheres_is_a_rounded_box():
    grid = np.array(list(np.ndindex(9, 9, 9))) * 0.25
    faces = grid[((grid == 0) | (grid == 2)).any(axis=1)]
    result = cross_sections(Atoms(f"C{len(faces)}", faces), radii=2.0, rays=2**14)
    quarter = (6 * 2**2 + 12 * 2 * np.pi * 2 / 2 + 4 * np.pi * 2**2) / 4
    assert result.projection == pytest.approx(quarter, rel=5e-3)
    assert result.scattering == pytest.approx(quarter, rel=1e-2)


def test_a_bowl_scatters_more_than_it_shades():
    z = -(np.arange(300) + 0.5) / 300
    turn = np.pi * (3 - 5**0.5) * np.arange(300)
    shell = 10 * np.column_stack([np.sqrt(1 - z**2) * np.cos(turn), np.sqrt(1 - z**2) * np.sin(turn), z])
    bowl = cross_sections(Atoms("C300", shell), radii=1.0, rays=2**14)
    assert bowl.scattering > 1.05 * bowl.projection
    assert bowl.reflections > 3


@settings(deadline=None, derandomize=True, max_examples=4)
@given(seed=seeds)
def test_projection_is_that_of_counted_pixels(seed):
    position, radius = lump(np.random.default_rng(seed), 6)
    result = cross_sections(Atoms("C6", position), radii=radius)
    assert result.projection == pytest.approx(reference.projected_area(position, radius), rel=6e-3)


@settings(deadline=None, derandomize=True, max_examples=15)
@given(seed=seeds, number=st.integers(1, 12))
def test_rays_are_reflected_as_one_by_one(seed, number):
    random = np.random.default_rng(seed)
    position, radius = lump(random, number)
    origin, direction = rays_at(random, 40, 5)
    left, reflections = scatter(origin, direction, position, radius)
    for row in range(40):
        expected, count = reference.reflected(origin[row], direction[row], position, radius)
        assert reflections[row] == count
        np.testing.assert_allclose(left[row], expected, atol=1e-6)


@settings(deadline=None, derandomize=True, max_examples=15)
@given(seed=seeds)
def test_rays_keep_their_speed_and_are_the_same_in_parts(seed):
    random = np.random.default_rng(seed)
    position, radius = lump(random, 20)
    origin, direction = rays_at(random, 500, 6)
    left, reflections = scatter(origin, direction, position, radius)
    np.testing.assert_allclose(np.linalg.norm(left, axis=1), 1, rtol=1e-10)
    chosen = random.permutation(500)[:50]
    again, count = scatter(origin[chosen], direction[chosen], position, radius)
    np.testing.assert_allclose(again, left[chosen], atol=1e-6)
    assert (count == reflections[chosen]).all()


def test_naphthalene_is_as_mobcal_has_it():
    """The 250,000 random trajectories of MOBCAL leave about 0.3 % of the second, 0.15 % of the first."""
    result = cross_sections(naphthalene(), "He", rays=2**18)
    assert result.projection == pytest.approx(64.155, rel=4e-3)
    assert result.scattering == pytest.approx(65.724, rel=6e-3)


def test_mobilities_are_those_that_mobcal_prints():
    assert mobility.ion_mobility(64.155, 128.16, 1, temperature=298) == pytest.approx(8.4834, rel=2e-4)
    assert mobility.ion_mobility(65.724, 128.16, 1, temperature=298) == pytest.approx(8.2810, rel=2e-4)
    assert mobility.ion_mobility(61.075, 104.17, 1, temperature=301) == pytest.approx(8.8977, rel=2e-4)


def test_heavy_ions_of_the_same_area_and_charge_drift_alike_and_slower_in_nitrogen():
    helium, nitrogen = (mobility.ion_mobility(500, [1e5, 1e9], -3, gas) for gas in mobility.GASES)
    assert helium[0] == pytest.approx(helium[1], rel=1e-4)
    assert helium[1] / nitrogen[1] == pytest.approx(np.sqrt(28.0134 / 4.002602), rel=1e-6)


def test_cross_sections_do_not_depend_on_orientation():
    atoms = molecule("C60")
    one = cross_sections(atoms)
    atoms.positions = Rotation.random(rng=1).apply(atoms.positions) + 50
    other = cross_sections(atoms, seed=1)
    for name in ("projection", "scattering"):
        error = np.hypot(getattr(one, f"{name}_error"), getattr(other, f"{name}_error"))
        assert within(getattr(one, name), error, getattr(other, name))


def test_the_standard_error_is_that_of_repetition():
    results = np.array([cross_sections(molecule("C6H6"), rays=2**12, seed=seed)[:4] for seed in range(60)])
    spread = results[:, [0, 2]].std(axis=0, ddof=1)
    stated = np.sqrt((results[:, [1, 3]] ** 2).mean(axis=0))
    assert (abs(spread / stated - 1) < 0.3).all()


@pytest.mark.parametrize(
    ("atoms", "options", "message"),
    [
        (Atoms(), {}, "0 atoms"),
        (Atoms("C"), {"rays": 0}, "0 rays"),
        (Atoms("C"), {"gas": "Ne"}, "gas is 'Ne'; known are He, N2"),
        (Atoms("Og"), {}, "for Og"),
        (Atoms("C2"), {"radii": [1.0, 0.0]}, "one positive length"),
        (Atoms("C2"), {"radii": [1.0] * 3}, "for each of 2 atoms"),
    ],
)
def test_what_has_no_cross_section_is_refused(atoms, options, message):
    with pytest.raises(ValueError, match=message):
        cross_sections(atoms, **options)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0, 100, 1), "cross_section"),
        ((10, -1, 1), "mass"),
        ((10, 100, 0), "charge"),
        ((10, 100, 1, "air"), "gas"),
        ((10, 100, 1, "He", 0), "temperature"),
    ],
)
def test_ions_that_cannot_drift_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        mobility.ion_mobility(*arguments)
