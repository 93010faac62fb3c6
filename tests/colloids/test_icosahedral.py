"""The binary icosahedral cluster against its group, a literal construction and the paper's Fig. 4."""

import itertools

import numpy as np
import pytest
import reference
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from supracrystal.colloids import (
    axes,
    contact_spacing,
    icosahedral_cluster,
    is_large,
    laves_phase,
    mackay_cluster,
    make_particles,
    neighbours,
    shells,
    solid,
    subset,
)

GOLDEN = (1 + 5**0.5) / 2


@pytest.fixture(scope="module")
def cluster():
    """Nine layers with the spacing 1, so that lengths are in steps along a five-fold axis."""
    return icosahedral_cluster(9, spacing=1)


def contacts(frame, species, reach):
    """Pairs of the two species named, closer than `reach`."""
    large = is_large(frame)
    one, other = (large if name == "L" else ~large for name in species)
    return neighbours(frame, reach, query=one, points=other)


@pytest.mark.parametrize("layers", [1, 2, 3, 5])
def test_same_particles_as_the_literal_construction(layers):
    frame = icosahedral_cluster(layers, spacing=1)
    position, species = reference.binary_icosahedral_cluster(layers)
    assert len(position) == frame.particles.N
    distance, index = cKDTree(position).query(frame.particles.position)
    assert distance.max() < 1e-5
    assert len(set(index.tolist())) == len(position)
    np.testing.assert_array_equal(np.where(is_large(frame), "L", "S"), species[index])


def test_numbers_of_particles_in_closed_form():
    for k in range(1, 9):
        for layers, number, large in [
            (2 * k - 1, 20 * k**3 - 15 * k**2 + 9 * k - 1, 20 * (k - 1) * k * (2 * k - 1) // 6),
            (2 * k, 20 * k**3 + 5 * k**2 - k + 1, 40 * (k - 1) * k * (k + 1) // 6),
        ]:
            frame = icosahedral_cluster(layers)
            assert (frame.particles.N, is_large(frame).sum()) == (number, large)


def test_all_operations_of_the_icosahedral_group_leave_it_as_it_is(cluster):
    operations = reference.icosahedral_operations()
    assert len(operations) == 120
    position, large = cluster.particles.position, is_large(cluster)
    tree = cKDTree(position)
    for operation in operations:
        distance, index = tree.query(position @ operation.T)
        assert distance.max() < 1e-9
        np.testing.assert_array_equal(large[index], large)
    # Not every rotation does so.
    turned = Rotation.from_rotvec([0, 0, 0.1]).apply(position)
    assert tree.query(turned)[0].max() > 0.1


def test_eight_shells_of_figure_4(cluster):
    # Number, species and solid as in Fig. 4a; radii are closed forms of the construction.
    table = shells(cluster, first=8)
    root = 5**0.5
    expected = [
        ("S", 12, 12, "icosahedron", 1),
        ("L", 20, 32, "dodecahedron", 0.75 * (3 + 6 / root) ** 0.5),
        ("S", 12, 44, "icosahedron", 2),
        ("S", 60, 104, "truncated icosahedron", (5 + 4 / root) ** 0.5),
        ("L", 20, 124, "dodecahedron", 1.25 * (3 + 6 / root) ** 0.5),
        ("S", 12, 136, "icosahedron", 3),
        ("S", 30, 166, "icosidodecahedron", (8 + 8 / root) ** 0.5),
        ("L", 60, 226, "rhombicosidodecahedron", (139 / 16 + 75 / 8 / root) ** 0.5),
    ]
    assert list(table.index) == list(range(1, 9))
    for row, (species, number, cumulative, name, radius) in zip(table.itertuples(), expected, strict=True):
        assert (row.species, row.number, row.cumulative, row.solid) == (species, number, cumulative, name)
        assert row.radius == pytest.approx(radius, rel=1e-9)
    # The first seven are regular or uniform, the eighth has edges of two lengths.
    np.testing.assert_allclose(table.edge_ratio[:7], 1, atol=1e-9)
    assert table.edge_ratio[8] > 1.6


def test_wedges_are_c15_stretched_and_nothing_else(cluster):
    crystal = laves_phase("C15", cell="cubic", lattice_constant=2**0.5 * 2, cells=(4, 4, 4))
    # The cubic lattice constant is then 4, and neighbouring small spheres are sqrt(2) apart.
    tetrahedron = np.array([[1, 1, 0], [1, 0, 1], [0, 1, 1]])
    tree = cKDTree((crystal.particles.position + 8) % 16, boxsize=16)
    fivefold, wedge, large = axes(5), cluster.log["particles/wedge"], is_large(cluster)
    assert sorted(np.unique(wedge)) == list(range(-1, 20))
    assert (wedge[large] >= 0).all()
    for number, axis in enumerate(axes(3)):
        edges = fivefold[np.argsort(fivefold @ axis)[-3:]]
        members = wedge == number
        undone = cluster.particles.position[members] @ np.linalg.inv(edges) @ tetrahedron
        distance, index = tree.query((undone + 8) % 16)
        assert distance.max() < 1e-9
        np.testing.assert_array_equal(is_large(crystal)[index], large[members])
        assert (cluster.particles.position[members] @ np.linalg.inv(edges) > 0.1).all()
    # Every site of the crystal inside the tetrahedron is taken.
    inside = crystal.particles.position @ np.linalg.inv(tetrahedron)
    inside = (inside > 1e-6).all(axis=1) & (inside.sum(axis=1) < 4 + 1e-6)
    four = icosahedral_cluster(4, spacing=1).log["particles/wedge"]
    assert np.sum(four == 0) == inside.sum()


def test_stretch_of_the_wedges():
    # Edges of 60 degrees open to 63.435, at a fixed edge length the volume grows by 7.6 %.
    corners = axes(5)
    edges = corners[np.argsort(corners @ axes(3)[0])[-3:]]
    assert np.degrees(np.arccos(edges[0] @ edges[1])) == pytest.approx(np.degrees(np.arctan(2)))
    assert abs(np.linalg.det(edges)) * 2**0.5 == pytest.approx(1.0760, abs=5e-5)


def test_large_spheres_face_each_other_across_faces_as_in_c14_and_are_staggered_inside(cluster):
    wedge, position = cluster.log["particles/wedge"], cluster.particles.position
    pairs, _ = contacts(cluster, "LL", 1.35)
    around = {}
    for one, other in pairs:
        around.setdefault(one, []).append(other)
    whole = [(i, j) for i, j in pairs if len(around[i]) == len(around[j]) == 4]
    kinds = {True: 0, False: 0}
    for i, j in whole:
        bond = (position[j] - position[i]) / np.linalg.norm(position[j] - position[i])
        one, other = ([position[k] - position[n] for k in around[n] if k not in (i, j)] for n in (i, j))
        across = [v - 2 * (v @ bond) * bond for v in one]
        eclipsed = np.abs(np.array(across)[:, None] - np.array(other)).max(axis=2).min(axis=1).max() < 1e-6
        assert eclipsed == (wedge[i] != wedge[j])
        kinds[eclipsed] += 1
    # Both ends have all their neighbours within nine layers for 6 bonds through each of 30 faces, and for
    # 10 radial and 3 x 4 other bonds in each of 20 wedges.
    assert kinds == {True: 2 * 30 * 6, False: 2 * 20 * 22}


def test_faces_are_kagome_layers_of_small_spheres(cluster):
    position = cluster.particles.position
    for corner, other in itertools.combinations(axes(5), 2):
        if corner @ other < 0.4:
            continue
        normal = np.cross(corner, other)
        u = position @ np.linalg.pinv(np.array([corner, other]))
        face = (np.abs(position @ normal) < 1e-9) & (u > 1e-9).all(axis=1)
        assert not is_large(cluster)[face].any()
        expected = {(i, j) for i in range(1, 9) for j in range(1, 10 - i) if not (i % 2 and j % 2)}
        assert {tuple(site) for site in u[face].round(6).astype(int).tolist()} == expected


def test_coordination_tells_centre_tubes_and_the_rest_apart():
    frame = icosahedral_cluster(9)
    large, position = is_large(frame), frame.particles.position
    radius = np.linalg.norm(position, axis=1)
    counts = {}
    for species, reach in {"LL": 1.2, "LS": 1.1, "SL": 1.1, "SS": 1.0}.items():
        counts[species] = np.bincount(contacts(frame, species, reach)[0][:, 0], minlength=len(large))
    inside = radius < 9 * contact_spacing(0.78) * 0.79 - 1.1
    tube = ((position / np.maximum(radius, 1e-9)[:, None]) @ axes(5).T).max(axis=1) > 1 - 1e-9
    centre = radius < 1e-9
    assert inside.sum() > 700
    for where, species, expected in [
        (large, ("LL", "LS"), (4, 12)),
        (centre, ("SL", "SS"), (0, 12)),
        (tube & ~centre, ("SL", "SS"), (5, 7)),
        (~large & ~tube & ~centre, ("SL", "SS"), (6, 6)),
    ]:
        found = {tuple(int(counts[pair][i]) for pair in species) for i in np.flatnonzero(where & inside)}
        assert found == {expected}


def test_pentagonal_tubes_along_the_twelve_axes():
    frame = icosahedral_cluster(12, spacing=1)
    large, root = is_large(frame), 5**0.5
    for axis in axes(5):
        z = frame.particles.position @ axis
        aside = frame.particles.position - np.outer(z, axis)
        rho = np.linalg.norm(aside, axis=1)
        on_axis = (rho < 1e-9) & (z > -1e-9)
        np.testing.assert_allclose(np.sort(z[on_axis]), np.arange(13), atol=1e-9)
        assert not large[on_axis].any()
        mean = {}
        for name, radius, first, chosen in [
            ("S", 2 / root, 1 / root, ~large),
            ("L", 0.75 * 2 / root * GOLDEN, 0.75 * (1 + 2 / root), large),
        ]:
            ring = chosen & (np.abs(rho - radius) < 1e-6) & (z > 0) & (z < 7.5)
            height, count = np.unique(z[ring].round(6), return_counts=True)
            assert set(count.tolist()) == {5}
            np.testing.assert_allclose(height, first + 2 * np.arange(len(height)), atol=1e-5)
            mean[name] = aside[ring]
        # Large and small pentagons are staggered: 36 degrees apart, cos 36 = golden ratio / 2.
        cosine = mean["S"] @ mean["L"].T
        cosine /= np.outer(np.linalg.norm(mean["S"], axis=1), np.linalg.norm(mean["L"], axis=1))
        np.testing.assert_allclose(cosine.max(axis=1), GOLDEN / 2, atol=1e-6)


@given(st.floats(0.3, 1.2))
def test_spheres_touch_and_none_overlap(q):
    frame = icosahedral_cluster(6, size_ratio=q)
    pairs, _ = neighbours(frame, 1.5)
    distance = np.linalg.norm(
        frame.particles.position[pairs[:, 0]] - frame.particles.position[pairs[:, 1]], axis=1
    )
    gap = distance - frame.particles.diameter[pairs].mean(axis=1)
    assert gap.min() == pytest.approx(0, abs=1e-9)
    closest = is_large(frame)[pairs[gap < 1e-9]]
    # Below 0.8389 the large ones touch, above the small ones; unlike ones never do.
    assert closest.all() if q < 2 / (3 + 6 / 5**0.5) ** 0.5 else not closest.any()


def test_nearest_distances_in_steps_along_a_fivefold_axis(cluster):
    root = 5**0.5
    for species, least in [
        ("LL", (3 + 6 / root) ** 0.5 / 2),
        ("LS", (19 / 16 + 3 / 8 / root) ** 0.5),
        ("SS", 1),
    ]:
        pairs, _ = contacts(cluster, species, 1.3)
        vectors = cluster.particles.position[pairs[:, 0]] - cluster.particles.position[pairs[:, 1]]
        assert np.linalg.norm(vectors, axis=1).min() == pytest.approx(least, rel=1e-9)


@pytest.mark.parametrize("number", [1, 45, 46, 1000, 3501])
def test_spherical_cut_misses_nobody(number):
    frame = icosahedral_cluster(number=number)
    radius = np.linalg.norm(frame.particles.position, axis=1)
    far = icosahedral_cluster(24)
    expected = np.linalg.norm(far.particles.position, axis=1)
    np.testing.assert_allclose(radius, np.sort(expected)[:number], atol=1e-9)
    assert len(frame.log["particles/wedge"]) == frame.particles.N == number


def test_hundred_thousand_particles_fill_space_as_the_stretched_crystal_does():
    frame = icosahedral_cluster(number=100_000)
    # Six particles for each eight parallelepipeds of the edges.
    density = 6 / (8 * abs(np.linalg.det(axes(5)[[0, 4, 8]])))
    radius = np.linalg.norm(frame.particles.position[-1]) / contact_spacing(0.78)
    assert frame.particles.N == 100_000
    assert 100_000 / (4 / 3 * np.pi * radius**3) == pytest.approx(density, rel=0.01)
    assert is_large(frame).mean() == pytest.approx(1 / 3, abs=0.02)


def test_angles_between_the_axes():
    assert {fold: axes(fold).shape for fold in (2, 3, 5)} == {2: (30, 3), 3: (20, 3), 5: (12, 3)}
    for fold, expected in {2: 36, 3: 41.8103, 5: 63.4349}.items():
        cosine = np.sort(axes(fold) @ axes(fold).T, axis=1)
        np.testing.assert_allclose(cosine[:, -1], 1)
        np.testing.assert_allclose(cosine[:, 0], -1)
        np.testing.assert_allclose(np.degrees(np.arccos(cosine[:, -2])), expected, atol=1e-4)
    for one, other, expected in [(5, 3, 37.3774), (5, 2, 31.7175), (3, 2, 20.9052)]:
        nearest = np.max(axes(one) @ axes(other).T, axis=1)
        np.testing.assert_allclose(np.degrees(np.arccos(nearest)), expected, atol=1e-4)
    for axis in np.eye(3):
        assert np.abs(axes(2) - axis).max(axis=1).min() < 1e-12


@pytest.mark.parametrize("fold", [2, 3, 5])
def test_rotations_about_the_axes_are_symmetries(fold):
    group = np.array(reference.icosahedral_operations())
    for axis in axes(fold):
        turn = Rotation.from_rotvec(axis * 2 * np.pi / fold).as_matrix()
        assert np.abs(group - turn).max(axis=(1, 2)).min() < 1e-9


def permuted(*corners, even=False):
    """All permutations, or the cyclic ones, of coordinates with all signs."""
    found = set()
    for corner in corners:
        orders = [np.roll(corner, k) for k in range(3)] if even else itertools.permutations(corner)
        for order in orders:
            for sign in itertools.product((1, -1), repeat=3):
                found.add(tuple((np.array(order) * sign + 0.0).tolist()))
    return np.array(sorted(found))


PUBLISHED = {
    "octahedron": permuted((1, 0, 0)),
    "cube": permuted((1, 1, 1)),
    "cuboctahedron": permuted((1, 1, 0)),
    "truncated tetrahedron": np.array([p for p in permuted((3, 1, 1)) if np.prod(p) > 0]),
    "icosahedron": permuted((0, 1, GOLDEN), even=True),
    "dodecahedron": permuted((1, 1, 1), (0, 1 / GOLDEN, GOLDEN), even=True),
    "icosidodecahedron": permuted((0, 0, 2 * GOLDEN), (1, GOLDEN, GOLDEN**2), even=True),
    "truncated icosahedron": permuted(
        (0, 1, 3 * GOLDEN), (1, 2 + GOLDEN, 2 * GOLDEN), (GOLDEN, 2, GOLDEN**3), even=True
    ),
    "truncated dodecahedron": permuted(
        (0, 1 / GOLDEN, 2 + GOLDEN), (1 / GOLDEN, GOLDEN, 2 * GOLDEN), (GOLDEN, 2, GOLDEN + 1), even=True
    ),
    "rhombicosidodecahedron": permuted(
        (1, 1, GOLDEN**3), (GOLDEN**2, GOLDEN, 2 * GOLDEN), (2 + GOLDEN, 0, GOLDEN**2), even=True
    ),
}
"""Corners of solids with their usual coordinates, as in textbooks on polyhedra."""


@pytest.mark.parametrize("name", PUBLISHED)
@given(st.integers(0, 2**32 - 1), st.floats(0.1, 10))
def test_solids_are_named_in_any_position(name, seed, scale):
    random = np.random.default_rng(seed)
    points = Rotation.random(rng=random).apply(PUBLISHED[name]) * scale + random.normal(size=3)
    found, ratio = solid(random.permutation(points))
    assert found == name
    assert ratio == pytest.approx(1, abs=1e-6)


def test_what_is_not_one_of_the_solids_has_no_name(random_generator):
    corners = PUBLISHED["icosahedron"]
    assert solid(corners[:-1])[0] == ""
    assert solid(np.vstack([corners, [0, 0, 0]]))[0] == ""
    assert solid(random_generator.normal(size=(12, 3)))[0] == ""
    assert solid(corners * [1, 1, 1.3])[0] == "icosahedron"
    assert solid(corners * [1, 1, 1.3])[1] > 1.1
    for flat in ([[0, 0, 0]], np.eye(3), np.insert(np.eye(4)[:, :2], 2, 0, axis=1)):
        name, ratio = solid(flat)
        assert name == ""
        assert np.isnan(ratio)


def test_noise_is_met_with_tolerance(random_generator):
    frame = icosahedral_cluster(6)
    frame.particles.position = frame.particles.position + random_generator.normal(scale=1e-3, size=(583, 3))
    table = shells(frame, first=4, tolerance=0.02)
    assert list(table.solid[:3]) == ["icosahedron", "dodecahedron", "icosahedron"]
    assert list(table.cumulative) == [12, 32, 44, 104]


def test_shells_about_another_centre_without_the_central_particle(cluster):
    position = cluster.particles.position[1:] + [5, -2, 1]
    moved = make_particles(position, is_large(cluster)[1:])
    table = shells(moved, centre=[5, -2, 1])
    assert table.drop(columns="radius").equals(shells(cluster).drop(columns="radius"))
    everything = shells(cluster, first=None)
    assert everything.cumulative.iloc[-1] == cluster.particles.N - 1
    assert everything.radius.is_monotonic_increasing


def test_bergman_cluster_has_44_particles_and_one_in_the_centre():
    frame = icosahedral_cluster(number=45)
    radius = np.linalg.norm(frame.particles.position, axis=1)
    assert radius[0] == 0
    assert not is_large(frame)[0]
    assert list(shells(frame).number) == [12, 20, 12]


@pytest.mark.parametrize("number", [1, 2, 3, 5])
def test_mackay_cluster_has_the_magic_numbers_and_the_symmetry(number):
    frame = mackay_cluster(number)
    position = frame.particles.position
    assert (10 * number**3 + 15 * number**2 + 11 * number + 3) // 3 == frame.particles.N
    assert is_large(frame).all()
    tree = cKDTree(position)
    for operation in reference.icosahedral_operations():
        assert tree.query(position @ operation.T)[0].max() < 1e-6
    # Radial neighbours touch; within a shell they are 5.1 % further apart.
    assert tree.query(position, k=2)[0][:, 1] == pytest.approx(1)
    outer = frame.log["particles/shell"] == number
    nearest = cKDTree(position[outer]).query(position[outer], k=2)[0][:, 1]
    assert nearest == pytest.approx(1 / np.sin(2 * np.pi / 5))
    assert shells(frame, first=1).solid[1] == "icosahedron"


def test_spacing_and_size_ratio_scale_the_cluster():
    small = icosahedral_cluster(3, spacing=1)
    wide = icosahedral_cluster(3, spacing=1.5, size_ratio=0.6)
    np.testing.assert_allclose(wide.particles.position, 1.5 * small.particles.position)
    np.testing.assert_allclose(wide.particles.diameter[~is_large(wide)], 0.6)
    assert subset(wide, is_large(wide)).log["particles/wedge"].tolist() == list(range(20))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: icosahedral_cluster(), "exactly one"),
        (lambda: icosahedral_cluster(3, number=45), "exactly one"),
        (lambda: icosahedral_cluster(0), "layers is 0"),
        (lambda: icosahedral_cluster(number=2.5), "number is 2.5"),
        (lambda: icosahedral_cluster(number=float("nan")), "number is nan"),
        (lambda: icosahedral_cluster(layers=float("inf")), "layers is inf"),
        (lambda: icosahedral_cluster(3, spacing=0), "spacing is 0"),
        (lambda: icosahedral_cluster(3, size_ratio=-1), "size_ratio is -1"),
        (lambda: axes(4), "fold is 4"),
        (lambda: mackay_cluster(-1), "shells is -1"),
        (lambda: mackay_cluster(float("nan")), "shells is nan"),
    ],
)
def test_impossible_clusters_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
