"""Bond order of the large spheres, and the classes that follow from it."""

import functools
from pathlib import Path

import ase
import gsd.hoomd
import numpy as np
import pytest
import reference
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from supracrystal.colloids import (
    CLASSES,
    CUTS,
    classify,
    confusion_table,
    coordination,
    domains,
    icosahedral_cluster,
    is_large,
    laves_phase,
    make_particles,
    mgcu2_fraction,
    mgcu2_shares,
    steinhardt,
    subset,
)

RECORDED = Path(__file__).parents[2] / "data" / "colloids"
ORDERED = CLASSES[:4]
TETRAHEDRON = np.array([(1, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, 1)]) / 3**0.5


@functools.cache
def recorded(name):
    with gsd.hoomd.open(RECORDED / f"{name}.gsd") as file:
        return list(file)


@functools.cache
def ideal(number):
    return icosahedral_cluster(number=number)


def vectors_to_large(frame):
    """Return the vectors of each large sphere to its four large neighbours, over all images."""
    position = frame.particles.position[is_large(frame)].astype(float)
    box = np.asarray(frame.configuration.box, dtype=float)[:3]
    vectors = {}
    for i, point in enumerate(position):
        difference = position - point
        difference -= box * np.round(difference / box)
        nearest = np.argsort((difference**2).sum(axis=1))[1:5]
        vectors[i] = {int(j): difference[j] for j in nearest}
    return vectors


def letters_of_cubic(sequence):
    """Count the dimers between two different ones: cubic surroundings, four staggered bonds."""
    size = len(sequence)
    return sum(sequence[k - 1] != sequence[(k + 1) % size] for k in range(size))


# Bond order


@pytest.mark.parametrize("l", [4, 6])
@pytest.mark.parametrize("average", [False, True])
def test_thermal_c14_matches_the_printed_formulas(l, average):
    frame = recorded("C14")[0]
    around = vectors_to_large(frame)
    harmonics = {i: reference.bond_harmonics(v.values(), l) for i, v in around.items() if i < 1000}
    neighbours = {i: list(v) for i, v in around.items()}
    q, w = steinhardt(frame, l, average=average), steinhardt(frame, l, average=average, w=True)
    for i in range(0, len(around), 37):
        literal = reference.averaged_harmonics(harmonics, neighbours, i) if average else harmonics[i]
        assert q[i] == pytest.approx(reference.bond_order(literal), abs=2e-5)
        assert w[i] == pytest.approx(reference.third_order(literal), abs=2e-4)


@pytest.mark.parametrize(("l", "expected"), [(3, 5**0.5 / 3), (4, (7 / 27) ** 0.5), (6, (32 / 81) ** 0.5)])
def test_tetrahedron_has_its_closed_form(l, expected):
    np.testing.assert_allclose(
        steinhardt(laves_phase("C15", cells=(3, 3, 2)), l, average=False), expected, rtol=1e-5
    )


def test_c14_averages_three_staggered_and_one_eclipsed_neighbour():
    # A mirrored tetrahedron correlates with the first by d4 = 7/27 - 20/27.
    expected = np.sqrt(7 / 27 * (16 + 1 + 8 * (7 / 27 - 20 / 27)) / 25)
    np.testing.assert_allclose(steinhardt(laves_phase("C14", cells=(3, 3, 2)), 4), expected, rtol=1e-5)


def test_cuts_lie_between_numbers_of_eclipsed_bonds():
    harmonics = reference.bond_harmonics(TETRAHEDRON, 4)
    values = []
    for eclipsed in range(4):
        total = harmonics.copy()
        for k, axis in enumerate(TETRAHEDRON):
            mirrored = TETRAHEDRON - 2 * np.outer(TETRAHEDRON @ axis, axis)
            total += reference.bond_harmonics(mirrored if k < eclipsed else -TETRAHEDRON, 4)
        values.append(reference.bond_order(total / 5))
    assert values[0] > CUTS[0] > values[1] > CUTS[1] > values[2] > CUTS[2] > values[3]


def test_simple_cubic_and_icosahedral_third_order_are_those_of_steinhardt():
    cubic = np.vstack([np.eye(3), -np.eye(3)])
    frame = make_particles(np.vstack([[0, 0, 0], cubic]), ["L"] * 7)
    # Steinhardt et al. (1983), table I.
    assert steinhardt(frame, 4, neighbours=6, average=False, w=True)[0] == pytest.approx(0.159317, abs=1e-5)
    golden = (1 + 5**0.5) / 2
    edges = np.array([(0, a, b * golden) for a in (1, -1) for b in (1, -1)])
    corners = np.vstack([np.roll(edges, k, axis=1) for k in range(3)])
    frame = make_particles(np.vstack([[0, 0, 0], corners]), ["L"] * 13)
    assert steinhardt(frame, 6, neighbours=12, average=False, w=True)[0] == pytest.approx(-0.169754, abs=1e-5)


@pytest.mark.parametrize("neighbours", [4, 16])
def test_averages_equal_those_of_pyscal(neighbours):
    pyscal = pytest.importorskip("pyscal3")
    frame = recorded("C36")[0]
    large = subset(frame, is_large(frame))
    box = large.configuration.box[:3]
    atoms = ase.Atoms(
        positions=large.particles.position + box / 2, cell=box, pbc=True, numbers=[1] * large.particles.N
    )
    pyscal.find_neighbors(atoms, method="number", nmax=neighbours)
    theirs = np.asarray(pyscal.steinhardt_parameter(atoms, l=[4, 6], averaged=True))
    for l, expected in zip((4, 6), theirs, strict=True):
        np.testing.assert_allclose(steinhardt(frame, l, neighbours=neighbours), expected, atol=2e-5)


def test_lonely_large_sphere_has_no_order():
    frame = make_particles([[0, 0, 0], [1, 0, 0], [5, 0, 0]], ["L", "L", "L"])
    assert np.isnan(steinhardt(frame, 4, r_max=1.5, average=False)).tolist() == [False, False, True]


@settings(max_examples=8)
@given(st.integers(0, 10_000), st.floats(0.01, 300))
def test_order_and_classes_ignore_motion_numbering_and_unit(seed, unit):
    average = recorded("icosahedral-average")[0]
    frame = subset(average, np.linalg.norm(average.particles.position, axis=1) < 5)
    number, random = frame.particles.N, np.random.default_rng(seed)
    numbering = random.permutation(number)
    position = Rotation.random(random_state=random).apply(frame.particles.position) + random.normal(size=3)
    moved = make_particles(
        unit * position[numbering], is_large(frame)[numbering], diameter=unit * np.ones(number)
    )
    order = np.argsort(numbering[is_large(moved)])
    np.testing.assert_allclose(steinhardt(moved, 4)[order], steinhardt(frame, 4), atol=2e-4)
    assert np.mean(classify(moved) == classify(frame)[numbering]) > 0.998


# Classes


@settings(max_examples=10)
@given(reference.stackings)
def test_any_stacking_has_as_many_mgcu2_like_dimers_as_letters_say(doubled):
    sequence = doubled[::2]
    crystal = laves_phase(doubled, cells=(4, 4, 1 if len(sequence) > 3 else 3))
    classes = classify(crystal)[is_large(crystal)]
    assert set(classes) <= {"MgCu2-like", "MgZn2-like"}
    assert np.mean(classes == "MgCu2-like") == pytest.approx(letters_of_cubic(sequence) / len(sequence))


@pytest.mark.parametrize("name", ["C14", "C15", "C36", "icosahedral"])
def test_classes_of_large_spheres_count_eclipsed_dihedral_angles(name):
    frame = recorded(name)[-1]
    large = is_large(frame)
    classes = classify(frame)[large]
    expected = reference.eclipsed_bonds(vectors_to_large(frame))
    known = np.isin(classes, ORDERED)
    found = np.array([ORDERED.index(c) if c in ORDERED else -1 for c in classes])
    agree = found[known] == np.array([expected[i] for i in range(large.sum())])[known]
    assert known.mean() > (0.45 if name == "icosahedral" else 0.96)
    assert agree.mean() > 0.99 - 0.05 * (name == "icosahedral")


def test_small_spheres_in_shared_faces_are_not_mgcu2_like():
    frame = ideal(10_002)
    large, classes = is_large(frame), classify(frame)
    shared = frame.log["particles/wedge"] < 0
    inside = ~large & (np.linalg.norm(frame.particles.position, axis=1) < 9)
    assert set(classes[inside & shared]) == {"MgZn2-like", "tube", "centre"}
    assert set(classes[inside & ~shared]) == {"MgCu2-like"}


def test_ideal_cluster_has_one_centre_twelve_tubes_and_no_fluid():
    frame = icosahedral_cluster(layers=11)
    large, classes, around = is_large(frame), classify(frame), coordination(frame)
    assert (classes[~large] == "centre").sum() == 1
    assert (classes[large] == "centre").sum() == 20
    assert "fluid" not in classes
    # On each axis the last small sphere, at the corner, has an incomplete neighbourhood.
    axial = np.flatnonzero((around["polyhedron"] == "tube").to_numpy())
    assert len(axial) == 12 * 10
    assert set(classes[axial]) == {"tube"}
    inside = np.linalg.norm(frame.particles.position, axis=1) < 5
    assert set(around["polyhedron"][inside & large]) == {"Z16"}
    assert set(around["polyhedron"][inside & ~large]) == {"Z12", "tube", "centre"}


def test_neighbour_counts_match_the_literal_sum():
    frame = ideal(431)
    position, large = frame.particles.position, is_large(frame)
    distance = np.linalg.norm(position[:, None] - position, axis=2) / domains.spacing(frame)
    reach = np.array([1.12, 1.21, 1.32])[large[:, None] * 1 + large]
    near = (distance < reach) & (distance > 0)
    np.testing.assert_array_equal(coordination(frame)["L"], near[:, large].sum(axis=1))
    np.testing.assert_array_equal(coordination(frame)["S"], near[:, ~large].sum(axis=1))


# Confusion at T* = 0.2


@functools.cache
def shares():
    names = ("C14", "C15", "C36", "fluid-0.86", "fluid-0.92")
    counts = confusion_table({name: recorded(name) for name in names})
    return counts.div(counts.sum(axis=1), axis=0)


@pytest.mark.parametrize("species", ["L", "S"])
def test_thermal_phases_are_told_apart(species):
    table = shares().loc[species]
    assert table.loc["C14", "MgZn2-like"] > 0.97
    assert table.loc["C15", "MgCu2-like"] > 0.97
    assert table.loc["C14", "MgCu2-like"] < 0.002
    assert table.loc["C15", "MgZn2-like"] < 0.002
    assert table.loc["C36", ["MgCu2-like", "MgZn2-like"]].sum() > 0.97
    expected = {"L": 1 / 2, "S": 5 / 8}[species]
    assert table.loc["C36", "MgCu2-like"] == pytest.approx(expected, abs=0.03)
    for fluid in ("fluid-0.86", "fluid-0.92"):
        assert table.loc[fluid, list(ORDERED)].sum() < 0.01
        assert table.loc[fluid, "fluid"] > 0.93


@pytest.mark.parametrize("species", ["L", "S"])
def test_core_of_the_thermal_cluster_keeps_its_classes(species):
    expected = classify(ideal(3501))
    chosen = (is_large(ideal(3501)) == (species == "L")) & (
        np.linalg.norm(ideal(3501).particles.position, axis=1) < 5
    )
    for frame in recorded("icosahedral"):
        assert np.mean(classify(frame)[chosen] == expected[chosen]) > 0.97


def test_classes_of_recorded_configurations_ignore_the_unit():
    frame = recorded("icosahedral")[0]
    nanometres = make_particles(
        9.9 * frame.particles.position.astype(float),
        is_large(frame),
        box=[*(9.9 * frame.configuration.box[:3]), 0, 0, 0],
    )
    assert np.mean(classify(nanometres) == classify(frame)) > 0.998


def test_diamond_of_large_spheres_is_named_alike_by_ovito():
    data = pytest.importorskip("ovito.data")
    modifiers = pytest.importorskip("ovito.modifiers")
    for name, kind in {"C15": 1, "C14": 4}.items():
        frame = recorded(name)[0]
        large = subset(frame, is_large(frame))
        collection = data.DataCollection()
        cell = np.zeros((3, 4))
        cell[:, :3] = np.diag(large.configuration.box[:3])
        cell[:, 3] = -large.configuration.box[:3] / 2
        collection.create_cell(cell, pbc=(True, True, True))
        collection.create_particles(count=large.particles.N).create_property(
            "Position", data=large.particles.position
        )
        collection.apply(modifiers.IdentifyDiamondModifier())
        theirs = np.asarray(collection.particles["Structure Type"])
        ours = classify(frame)[is_large(frame)]
        found = theirs == kind
        assert found.mean() > 0.5
        expected = {"C15": "MgCu2-like", "C14": "MgZn2-like"}[name]
        assert np.mean(ours[found] == expected) > 0.97


# Shares and bad input


def test_share_counts_what_it_is_told_to():
    classes = ["MgCu2-like"] * 6 + ["MgZn2-like"] * 2 + ["tube"] * 2 + ["surface"] * 5 + ["fluid"] * 5
    assert mgcu2_fraction(classes) == pytest.approx(0.6)
    assert mgcu2_fraction(classes, among=CLASSES) == pytest.approx(0.3)
    assert mgcu2_fraction(classes, among=CLASSES[:2]) == pytest.approx(0.75)
    assert mgcu2_fraction(classes, like=CLASSES[:2]) == pytest.approx(0.8)
    assert np.isnan(mgcu2_fraction(["fluid"]))
    with pytest.raises(ValueError, match=r"unknown classes \['cubic'\]"):
        mgcu2_fraction(["cubic"])


def test_shares_are_counted_from_their_own_definitions():
    frame = ideal(3501)
    shares = mgcu2_shares(frame)
    expected = reference.eclipsed_bonds(vectors_to_large(frame))
    radius = np.linalg.norm(frame.particles.position[is_large(frame)], axis=1)
    within = radius < 0.75 * radius.max()
    # Where all neighbours are there, the strict cut is the count of particles without eclipsed bonds.
    q4 = steinhardt(frame, 4)
    none_eclipsed = np.array([expected[i] == 0 for i in range(len(radius))])
    assert ((q4 > CUTS[0]) == none_eclipsed)[within].all()
    assert shares["complete large"] < shares["MgCu2-like over MgCu2-like and MgZn2-like"]
    assert shares["large with q4 > 0.436"] < shares["large with q4 > 0.30"]
    assert shares["large with q4 > 0.30"] == pytest.approx(np.mean(q4 > 0.3))


def test_bad_requests_are_named():
    frame = make_particles(np.eye(3), ["L", "L", "S"])
    with pytest.raises(ValueError, match="2 large particles; 4 neighbours need more"):
        steinhardt(frame, 4)
    with pytest.raises(ValueError, match="neighbours is 0"):
        steinhardt(frame, 4, neighbours=0)
    with pytest.raises(ValueError, match="2 large particles in the frame; at least 3"):
        classify(frame)
    with pytest.raises(ValueError, match="more than half the narrowest width of the box"):
        steinhardt(laves_phase("C14", cells=(1, 1, 2)), 4)
