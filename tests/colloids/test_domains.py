"""Solid-like particles, their largest cluster, the twenty domains and the faces between them."""

import functools
from pathlib import Path

import gsd.hoomd
import numpy as np
import pytest
import reference
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from supracrystal.colloids import (
    bonds,
    correlations,
    crystalline,
    faces,
    fill_domains,
    find_domains,
    icosahedral_cluster,
    is_large,
    largest_cluster,
    laves_phase,
    make_particles,
    solid_bonds,
    spacing,
    subset,
)

RECORDED = Path(__file__).parents[2] / "data" / "colloids"


@functools.cache
def recorded(name):
    with gsd.hoomd.open(RECORDED / f"{name}.gsd") as file:
        return list(file)


def harmonics_by_hand(frame, pairs, l):
    """Return the harmonics of each particle from its listed neighbours, nearest images."""
    position = frame.particles.position.astype(float)
    box = np.asarray(frame.configuration.box, dtype=float)[:3]
    found = []
    for i in range(frame.particles.N):
        vectors = position[pairs[pairs[:, 0] == i, 1]] - position[i]
        found.append(reference.bond_harmonics(vectors - box * np.round(vectors / box), l))
    return found


# Length unit and bonds


@pytest.mark.parametrize("name", ["C14", "C15", "C36"])
def test_unit_of_a_perfect_phase_is_the_distance_of_large_neighbours(name):
    assert spacing(laves_phase(name, cells=(3, 3, 2), lattice_constant=1.9)) == pytest.approx(
        1.9 * (3 / 8) ** 0.5
    )


@pytest.mark.parametrize("name", ["C14", "C15", "C36", "fluid-0.86", "fluid-0.92"])
def test_unit_follows_the_density_within_four_percent(name):
    frame = recorded(name)[0]
    density = frame.particles.N / np.prod(frame.configuration.box[:3].astype(float))
    perfect = (24 / (4 / 3**0.5) ** 3 / density) ** (1 / 3)
    assert spacing(frame) == pytest.approx(perfect, rel=0.04)


@pytest.mark.parametrize("missing", [0.1, 0.3])
def test_unit_hardly_changes_with_vacancies(missing, random_generator):
    frame = recorded("C15")[0]
    kept = subset(frame, random_generator.random(frame.particles.N) > missing)
    assert spacing(kept) == pytest.approx(spacing(frame), rel=0.04)


def test_thermal_crystals_keep_their_coordination():
    for name in ("C14", "C15", "C36"):
        frame = recorded(name)[0]
        number = np.bincount(bonds(frame)[:, 0])
        assert np.mean(number[is_large(frame)] == 16) > 0.95
        assert np.mean(number[~is_large(frame)] == 12) > 0.95


# Correlations


@pytest.mark.parametrize("l", [3, 6])
def test_correlations_match_the_literal_product(l):
    frame = laves_phase("C36", cells=(3, 2, 1), cell="orthorhombic")
    noise = np.random.default_rng(0).normal(scale=0.05, size=(frame.particles.N, 3))
    frame.particles.position = frame.particles.position + noise
    pairs, found = correlations(frame, l)
    harmonics = harmonics_by_hand(frame, pairs, l)
    expected = [reference.bond_correlation(harmonics[i], harmonics[j]) for i, j in pairs]
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_staggered_and_eclipsed_tetrahedra_have_their_closed_forms():
    for name, expected in {"C15": [-1.0], "C14": [-1.0, -1 / 9]}.items():
        frame = laves_phase(name, cells=(3, 3, 2))
        pairs = bonds(frame)
        pairs = pairs[is_large(frame)[pairs].all(axis=1)]
        _, d3 = correlations(frame, 3, pairs)
        np.testing.assert_allclose(np.unique(d3.astype(float).round(4)), expected, atol=1e-4)


def test_small_and_large_neighbours_are_anticorrelated_in_a_laves_phase():
    frame = laves_phase("C15", cells=(3, 3, 2))
    pairs, d6 = correlations(frame)
    kind = is_large(frame)[pairs].sum(axis=1)
    assert d6[kind == 2].min() == pytest.approx(1, abs=1e-5)
    assert d6[kind == 1].max() < -0.35
    assert d6[kind == 0].max() < -0.1


# Crystalline particles


@pytest.mark.parametrize("name", ["C14", "C15", "C36"])
def test_thermal_crystals_are_found(name):
    for frame in recorded(name):
        found, large = crystalline(frame), is_large(frame)
        assert found[large].mean() > 0.96
        assert found[~large].mean() > 0.96
        assert largest_cluster(frame).sum() > 0.99 * found.sum()


@pytest.mark.parametrize("name", ["fluid-0.86", "fluid-0.92"])
def test_fluids_are_not(name):
    for frame in recorded(name):
        found, large = crystalline(frame), is_large(frame)
        assert found[large].mean() < 0.02
        assert found[~large].mean() < 0.05
        assert largest_cluster(frame).sum() < 40


def test_core_of_the_thermal_cluster_is_crystalline_and_its_skin_is_not():
    for frame in recorded("icosahedral"):
        found, radius = crystalline(frame), np.linalg.norm(frame.particles.position, axis=1)
        assert found[radius < 5].mean() > 0.99
        assert found[radius > 7.5].mean() < 0.2


def test_largest_cluster_is_that_of_a_walk_over_solid_bonds():
    frame = recorded("fluid-0.92")[0]
    pairs, solid = solid_bonds(frame)
    chosen = crystalline(frame)
    links = [(i, j) for i, j in pairs[solid] if chosen[i] and chosen[j]]
    sizes = sorted(
        len(group & set(np.flatnonzero(chosen))) for group in reference.connected_groups(links, len(chosen))
    )
    assert largest_cluster(frame).sum() == sizes[-1]


def test_larger_of_two_clusters_is_chosen():
    small, big = icosahedral_cluster(layers=6), icosahedral_cluster(layers=8)
    position = np.vstack([small.particles.position, big.particles.position + [30, 0, 0]])
    frame = make_particles(position, np.concatenate([is_large(small), is_large(big)]))
    found = largest_cluster(frame)
    assert not found[: small.particles.N].any()
    np.testing.assert_array_equal(found[small.particles.N :], crystalline(big))


def test_empty_space_has_no_cluster():
    frame = make_particles(4 * np.eye(3), ["L", "L", "L"])
    assert not largest_cluster(frame).any()
    assert (find_domains(frame) == -1).all()
    assert faces(frame).empty


# Domains and faces


@pytest.mark.parametrize("layers", [5, 7, 9, 11])
def test_ideal_cluster_has_twenty_wedges_and_thirty_faces(layers):
    frame = icosahedral_cluster(layers=layers)
    large, wedge, label = is_large(frame), frame.log["particles/wedge"], find_domains(frame)
    k = (layers - 1) // 2
    # A tetrahedron of the diamond lattice with edge k has k(k+1)(2k+1)/6 crystalline large spheres.
    np.testing.assert_array_equal(
        np.bincount(label[large & (label >= 0)]), [k * (k + 1) * (2 * k + 1) // 6] * 20
    )
    inside = label >= 0
    assert len(set(zip(label[inside], wedge[inside], strict=True))) == 20
    assert (wedge[inside] >= 0).all()
    table = faces(frame, label)
    assert len(table) == 30
    assert set(table["bonds"]) == {k * (k + 1) // 2}
    degree = np.bincount(np.concatenate([table["first"], table["second"]]))
    assert degree.tolist() == [3] * 20
    for group in table["particles"]:
        assert (wedge[group[~large[group]]] == -1).all()


def test_twenty_domains_in_every_thermal_configuration():
    wedge = icosahedral_cluster(number=3501).log["particles/wedge"]
    for frame in [*recorded("icosahedral"), *recorded("icosahedral-average")]:
        label, large = find_domains(frame), is_large(frame)
        assert label.max() == 19
        assert np.bincount(label[large & (label >= 0)]).min() > 25
        assert len(faces(frame, label)) == 30
        core = np.linalg.norm(frame.particles.position, axis=1) < 5
        inside = core & large
        assert (label[inside] >= 0).mean() > 0.98
        assert len(set(zip(label[inside & (label >= 0)], wedge[inside & (label >= 0)], strict=True))) == 20


def test_time_average_gives_the_same_domains_by_d6():
    frame = recorded("icosahedral-average")[0]
    large = is_large(frame)
    pairs, d6 = correlations(frame)
    links = pairs[(d6 > 0.8) & large[pairs].all(axis=1)]
    groups = [group for group in reference.connected_groups(links, frame.particles.N) if len(group) >= 5]
    label = find_domains(frame)
    assert len(groups) == 20
    for group in groups:
        assert len(set(label[list(group)]) - {-1}) == 1


@settings(max_examples=10)
@given(reference.stackings)
def test_periodic_stacking_has_a_domain_between_hexagonal_dimers(doubled):
    sequence = doubled[::2]
    repeats = 1 if len(sequence) > 3 else 3
    hexagonal = sum(sequence[k - 1] == sequence[(k + 1) % len(sequence)] for k in range(len(sequence)))
    crystal = laves_phase(doubled, cells=(4, 4, repeats))
    assert find_domains(crystal).max() + 1 == max(1, hexagonal * repeats)


@settings(max_examples=6)
@given(st.integers(0, 10_000), st.floats(0.01, 300))
def test_domains_ignore_motion_numbering_and_unit(seed, unit):
    frame = icosahedral_cluster(layers=6)
    number, random = frame.particles.N, np.random.default_rng(seed)
    numbering = random.permutation(number)
    position = Rotation.random(random_state=random).apply(frame.particles.position) + random.normal(size=3)
    moved = make_particles(
        unit * position[numbering], is_large(frame)[numbering], diameter=unit * np.ones(number)
    )
    np.testing.assert_array_equal(crystalline(moved), crystalline(frame)[numbering])
    np.testing.assert_array_equal(find_domains(moved) >= 0, (find_domains(frame) >= 0)[numbering])
    assert find_domains(moved).max() == 19
    assert len(faces(moved)) == 30


def test_bad_labels_and_single_species_are_named():
    with pytest.raises(ValueError, match=r"label has the shape \(3,\); \(117,\)"):
        faces(icosahedral_cluster(layers=3), [0, 1, 2])
    with pytest.raises(ValueError, match="0 large particles in the frame"):
        crystalline(make_particles(np.eye(3), ["S", "S", "S"]))


def test_small_spheres_in_no_domain_take_that_of_the_nearest_particle_in_one():
    frame = recorded("icosahedral")[0]
    label, member = find_domains(frame), largest_cluster(frame)
    filled = fill_domains(frame, label, member)
    given = np.flatnonzero(member & (label < 0) & ~is_large(frame))
    assert len(given) > 100
    position, known = frame.particles.position.astype(float), np.flatnonzero(member & (label >= 0))
    for each in given:
        assert filled[each] == label[known[np.linalg.norm(position[known] - position[each], axis=1).argmin()]]
    assert (filled[~member] == -1).all()
    kept = member & ((label >= 0) | is_large(frame))
    assert (filled[kept] == label[kept]).all()
    assert (fill_domains(frame, np.full(3501, -1), member) == -1).all()
