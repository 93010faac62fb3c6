"""Laves phases against crystallography, closed forms, an independent builder and counting."""

import itertools
import warnings

import ase
import numpy as np
import pytest
import reference
import spglib
from ase.neighborlist import neighbor_list
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.spatial.transform import Rotation

from supracrystal.colloids import (
    dimers,
    is_large,
    laves_phase,
    maximal_packing_fraction,
    neighbours,
    packing_fraction,
)

SHELLS = {
    "LL": [1.0] * 4,
    "LS": [(11 / 12) ** 0.5] * 12,
    "SL": [(11 / 12) ** 0.5] * 6,
    "SS": [(2 / 3) ** 0.5] * 6,
}
"""Distances of the nearest neighbours in an ideal Laves phase with d_LL = 1: Z16 and Z12."""


def to_atoms(frame):
    lx, ly, lz, xy, xz, yz = frame.configuration.box
    cell = np.array([[lx, 0, 0], [xy * ly, ly, 0], [xz * lz, yz * lz, lz]])
    symbols = np.where(is_large(frame), "Au", "Cu")
    return ase.Atoms(symbols, positions=frame.particles.position, cell=cell, pbc=True)


def distances(atoms, reach):
    """Sorted distances of each atom to the atoms of each species, as sorted tuples."""
    first, second, distance = neighbor_list("ijd", atoms, reach)
    gold, lists = atoms.symbols == "Au", {}
    for one, other in itertools.product((True, False), repeat=2):
        keep = (gold[first] == one) & (gold[second] == other)
        i, d = first[keep], distance[keep].round(8)
        d = d[np.lexsort([d, i])]
        ends = np.cumsum(np.bincount(i, minlength=len(atoms)))
        lists["SL"[one] + "SL"[other]] = sorted(
            tuple(d[start:end]) for start, end, use in zip([0, *ends], ends, gold == one, strict=False) if use
        )
    return lists


def symmetry(atoms):
    with warnings.catch_warnings():
        # spglib warns on every call that it will raise its errors some day.
        warnings.simplefilter("ignore", DeprecationWarning)
        return spglib.get_symmetry_dataset((atoms.cell[:], atoms.get_scaled_positions(), atoms.numbers))


@pytest.mark.parametrize("cell", ["hexagonal", "orthorhombic"])
@pytest.mark.parametrize(
    ("name", "group", "large", "small"),
    [
        ("C14", 194, {("f", 4)}, {("a", 2), ("h", 6)}),
        ("C15", 227, {("a", 8)}, {("d", 16)}),
        ("C36", 194, {("e", 4), ("f", 4)}, {("f", 4), ("g", 6), ("h", 6)}),
    ],
)
def test_space_groups_and_wyckoff_positions(name, group, large, small, cell):
    atoms = to_atoms(laves_phase(name, cell=cell))
    found = symmetry(atoms)
    assert found.number == group
    # One conventional cell again, in which multiplicities can be counted.
    standard = symmetry(
        ase.Atoms(found.std_types, scaled_positions=found.std_positions, cell=found.std_lattice)
    )
    orbits = {}
    for letter, orbit, kind in zip(
        standard.wyckoffs, standard.crystallographic_orbits, standard.std_types, strict=True
    ):
        orbits.setdefault((kind, orbit), []).append(letter)
    counted = {kind: {(o[0], len(o)) for (k, _), o in orbits.items() if k == kind} for kind in (79, 29)}
    if group == 227 and counted[79] == {("b", 8)}:
        # The same structure about the other origin.
        large, small = {("b", 8)}, {("c", 16)}
    assert counted == {79: large, 29: small}


@pytest.mark.parametrize(
    ("name", "cell"),
    [*itertools.product(["C14", "C15", "C36"], ["hexagonal", "orthorhombic"]), ("C15", "cubic")],
)
def test_same_structure_as_built_from_wyckoff_positions(name, cell):
    # At this lattice constant d_LL = 1, whatever the spheres.
    ours = distances(to_atoms(laves_phase(name, cell=cell, lattice_constant=(8 / 3) ** 0.5)), 3.6)
    theirs = distances(reference.wyckoff_laves(name), 3.6)
    for pair, lists in theirs.items():
        repeats = len(ours[pair]) / len(lists)
        assert repeats in (0.75, 1, 1.5, 2)
        for rank, expected in enumerate(lists):
            # C15 has 18 spheres in the hexagonal and 24 in the cubic cell, and all are alike.
            found = ours[pair][min(int(rank * repeats), len(ours[pair]) - 1)]
            np.testing.assert_allclose(found, expected, atol=2e-8)


@pytest.mark.parametrize("name", ["C14", "C15", "C36"])
def test_coordination_is_z16_and_z12(name):
    lists = distances(to_atoms(laves_phase(name)), 1.2)
    for pair, expected in SHELLS.items():
        for found in lists[pair]:
            np.testing.assert_allclose(found, expected, atol=1e-8)


@pytest.mark.parametrize(
    ("name", "second"),
    [
        ("C14", [8**0.5 / 3**0.5] * 12 + [5 / 3] + [(11 / 3) ** 0.5] * 9),
        ("C15", [8**0.5 / 3**0.5] * 12 + [(11 / 3) ** 0.5] * 12),
    ],
)
def test_further_shells_tell_c14_from_c15(name, second):
    for found in distances(to_atoms(laves_phase(name)), 1.95)["LL"]:
        np.testing.assert_allclose(found, [1.0] * 4 + second, atol=1e-8)


def test_half_of_the_dimers_of_c36_are_as_in_c14_and_half_as_in_c15():
    found = [tuple(np.round(each, 6)) for each in distances(to_atoms(laves_phase("C36")), 1.95)["LL"]]
    like = {
        name: tuple(np.round(distances(reference.wyckoff_laves(name), 1.95)["LL"][0], 6))
        for name in ("C14", "C15")
    }
    assert found.count(like["C14"]) == found.count(like["C15"]) == len(found) / 2


def test_cubic_cell_holds_the_diamond_and_the_pyrochlore_lattice():
    atoms = to_atoms(laves_phase("C15", cell="cubic"))
    diamond, pyrochlore = (symmetry(atoms[atoms.symbols == symbol]) for symbol in ("Au", "Cu"))
    assert (diamond.number, set(diamond.wyckoffs)) in [(227, {"a"}), (227, {"b"})]
    assert (pyrochlore.number, set(pyrochlore.wyckoffs)) in [(227, {"c"}), (227, {"d"})]
    np.testing.assert_allclose(atoms.cell.cellpar(), [4 / 3**0.5] * 3 + [90] * 3)


@given(reference.stackings)
def test_stacking_is_read_back_from_the_positions(stacking):
    frame = laves_phase(stacking, cells=(2, 1, 1))
    atoms = to_atoms(frame)
    place = (atoms.get_scaled_positions()[is_large(frame)] + 0.5) % 1
    # Dimer k lies 3/8 of a layer spacing above and below its kagome layer.
    layer = np.round(place[:, 2] * 4 * len(stacking)).astype(int)
    heights = np.unique(layer)
    assert len(heights) == len(stacking)
    read = []
    for height in heights:
        site = np.unique(np.round(place[layer == height, :2] * [2, 1] * 3).astype(int) % 3, axis=0)
        assert len(site) == 1
        read.append(tuple(site[0].tolist()))
    # One half of the first dimer is at the top of the cell.
    read = [*read[-1:], *read[:-1]]
    assert read[::2] == read[1::2]
    assert len(set(read)) == len(set(stacking))
    letter_of = dict(zip(read, stacking, strict=True))
    assert "".join(letter_of[each] for each in read) == stacking


@given(
    reference.stackings,
    st.floats(0.3, 1.3),
    st.floats(0.2, 1),
    st.sampled_from(["hexagonal", "orthorhombic"]),
)
def test_any_stacking_has_the_stoichiometry_density_and_neighbours_of_a_laves_phase(stacking, q, share, cell):
    contact = max((8 / 3) ** 0.5, 2 * q)
    eta = share * np.pi / 6 * (1 + 2 * q**3) / ((2**0.5 * contact) ** 3 / 8)
    frame = laves_phase(stacking, size_ratio=q, packing_fraction=eta, cells=(2, 1, 1), cell=cell)
    large, atoms = is_large(frame), to_atoms(frame)
    assert 2 * large.sum() == (~large).sum()
    assert large.sum() == 2 * len(stacking) * (2 if cell == "orthorhombic" else 1)
    volume = np.pi / 6 * (large.sum() + q**3 * (~large).sum())
    assert volume / atoms.get_volume() == pytest.approx(eta, rel=1e-12)
    inside = np.linalg.solve(atoms.cell[:].T, atoms.positions.T)
    assert inside.min() > -0.5 - 1e-9
    assert inside.max() < 0.5 - 1e-9
    unit = contact * (3 / 8) ** 0.5 / share ** (1 / 3)
    lists = distances(atoms, 1.2 * unit)
    for pair, expected in SHELLS.items():
        np.testing.assert_allclose(np.array(lists[pair]) / unit, [expected] * len(lists[pair]), atol=1e-7)


@given(reference.stackings, st.integers(0, 100), st.permutations("ABC"))
def test_shifted_relabelled_and_reversed_sequences_are_one_structure(stacking, shift, names):
    letters = dimers(stacking)
    shift %= len(letters)
    moved = (letters[shift:] + letters[:shift])[::-1].translate(str.maketrans("ABC", "".join(names)))
    one, other = (
        distances(to_atoms(laves_phase("".join(2 * d for d in seq))), 2.4) for seq in (letters, moved)
    )
    for pair in one:
        assert len(one[pair]) == len(other[pair])
        for first, second in zip(one[pair], other[pair], strict=True):
            np.testing.assert_allclose(first, second, atol=2e-8)


@given(st.floats(0.2, 1.5), st.sampled_from(["C14", "C15", "C36"]))
def test_spheres_touch_and_none_overlap(q, name):
    frame = laves_phase(name, size_ratio=q)
    first, second, distance = neighbor_list("ijd", to_atoms(frame), 1.2 * max(1, q))
    diameter = frame.particles.diameter
    gap = distance - (diameter[first] + diameter[second]) / 2
    assert gap.min() == pytest.approx(0, abs=1e-9)
    assert packing_fraction(frame) == pytest.approx(maximal_packing_fraction(q), rel=1e-12)


def test_both_branches_of_the_packing_fraction_meet_in_the_published_maximum():
    # 0.7103 at sqrt(2/3), on either side less; below it large spheres touch, above it small ones.
    peak = (2 / 3) ** 0.5
    assert maximal_packing_fraction(peak) == pytest.approx(np.pi * 3**0.5 * (1 + 2 * peak**3) / 16, rel=1e-12)
    assert maximal_packing_fraction(peak) == pytest.approx(0.7103, abs=5e-5)
    assert maximal_packing_fraction(0.78) == pytest.approx(0.6629, abs=5e-5)
    assert maximal_packing_fraction(0.84) == pytest.approx(0.6826, abs=5e-5)
    curve = [maximal_packing_fraction(q) for q in np.linspace(0.6, 1, 81)]
    assert max(curve) < maximal_packing_fraction(peak)
    # Small spheres alone, in contact, are a pyrochlore lattice: pi sqrt(2) / 12.
    share = maximal_packing_fraction(1e3)
    assert share == pytest.approx(np.pi * 2**0.5 / 12, rel=1e-6)


@pytest.mark.parametrize("q", [0.68, 0.78, 0.81])
def test_free_axial_ratio_packs_without_overlap(q):
    ratio = (1 + (1 - 4 * q**2 / 3) ** 0.5) / q
    height = 2 * q * ratio
    atoms = reference.wyckoff_laves("C14", axial_ratio=ratio, z=1 / 4 - 1 / (2 * height))
    scale = 2 * q / atoms.cell.lengths()[0]
    atoms.set_cell(atoms.cell * scale, scale_atoms=True)
    diameter = np.where(atoms.symbols == "Au", 1, q)
    first, second, distance = neighbor_list("ijd", atoms, 1.3)
    gap = distance - (diameter[first] + diameter[second]) / 2
    assert gap.min() == pytest.approx(0, abs=1e-12)
    eta = np.pi / 6 * np.sum(diameter**3) / atoms.get_volume()
    assert maximal_packing_fraction(q, free_axial_ratio=True) == pytest.approx(eta, rel=1e-12)
    assert maximal_packing_fraction(q, free_axial_ratio=True) > maximal_packing_fraction(q)


def c14(parameters):
    """Positions and cell of MgZn2 from a, c, z of 4f and x of 6h, as tabulated for P6_3/mmc."""
    a, c, z, x = parameters
    site = [(1 / 3, 2 / 3, z), (2 / 3, 1 / 3, z + 0.5), (2 / 3, 1 / 3, -z), (1 / 3, 2 / 3, 0.5 - z)]
    site += [(0, 0, 0), (0, 0, 0.5), (x, 2 * x - 1, 0.25), (1 - 2 * x, -x, 0.25), (x, -x, 0.25)]
    site += [(-x, 1 - 2 * x, 0.75), (2 * x - 1, x, 0.75), (-x, x, 0.75)]
    cell = np.array([[a, 0, 0], [-a / 2, a * 3**0.5 / 2, 0], [0, 0, c]])
    return np.array(site) @ cell, cell


@pytest.mark.parametrize(
    ("q", "larger_is_possible"), [(0.7, False), (0.78, False), (0.8, True), (0.84, False)]
)
def test_free_axial_ratio_against_a_search_for_the_densest_c14(q, larger_is_possible):
    size = np.array([1.0] * 4 + [q] * 8)
    contact = (size[:, None, None] + size[None, :, None]) / 2
    image = np.array(list(itertools.product((-2, -1, 0, 1, 2), (-2, -1, 0, 1, 2), (-1, 0, 1))))
    distinct = np.ones((12, 12, len(image)), dtype=bool)
    distinct[np.arange(12), np.arange(12), np.flatnonzero(~image.any(axis=1))] = False
    distinct &= np.triu(np.ones((12, 12), dtype=bool))[:, :, None]

    def gaps(parameters):
        position, cell = c14(parameters)
        vector = position[None, :, None] - position[:, None, None] + image @ cell
        return (np.sum(vector**2, axis=-1) - contact**2)[distinct]

    a = 2 * max(q, (2 / 3) ** 0.5)
    best = min(
        minimize(
            lambda p: p[0] ** 2 * p[1],
            start,
            bounds=[(1, 3), (2, 6), (0, 0.125), (0.8, 0.87)],
            constraints={"type": "ineq", "fun": gaps},
            method="SLSQP",
        ).fun
        for start in ([2 * q, 4 * q, 0.075, 5 / 6], [1.02 * a, 1.6 * a, 0.053, 0.83])
    )
    eta = np.pi / 6 * np.sum(size**3) / (3**0.5 / 2 * best)
    ours = maximal_packing_fraction(q, free_axial_ratio=True)
    assert (eta > ours + 1e-3) == larger_is_possible
    assert eta < ours + 3e-3
    assert eta > ours - 1e-6


def test_lattice_constant_is_the_hexagonal_one_in_every_cell():
    for cell, edges in {
        "hexagonal": [2, 3**0.5, 24**0.5],
        "orthorhombic": [2, 12**0.5, 24**0.5],
        "cubic": [8**0.5] * 3,
    }.items():
        box = laves_phase("C15", lattice_constant=2, cell=cell).configuration.box
        np.testing.assert_allclose(box[:3], edges)


def test_hundred_thousand_particles_have_their_neighbours():
    frame = laves_phase("C36", cells=(20, 20, 11))
    large = is_large(frame)
    assert frame.particles.N == 105_600
    pairs, _ = neighbours(frame, 1.05)
    assert set(np.bincount(pairs[:, 0])[large].tolist()) == {16}
    assert set(np.bincount(pairs[:, 0])[~large].tolist()) == {12}


def test_c15_in_a_cubic_cell_is_c15_in_a_hexagonal_cell_turned():
    turn = Rotation.align_vectors([[0, 0, 1], [1, 0, 0]], [[1, 1, 1], [1, -1, 0]])[0]
    cubic = to_atoms(laves_phase("C15", cell="cubic", cells=(6, 6, 6)))
    site = cubic[np.argmin(np.linalg.norm(cubic.positions, axis=1) + (cubic.symbols == "Cu"))].position
    ball = cubic[np.linalg.norm(cubic.positions - site, axis=1) < 3]
    vectors = turn.apply(ball.positions - site)
    hexagonal = to_atoms(laves_phase("C15"))
    matches = []
    for origin in hexagonal[hexagonal.symbols == "Au"].positions:
        for sign in (1, -1):
            shifted = np.linalg.solve(hexagonal.cell[:].T, (origin + sign * vectors).T).T
            known = np.linalg.solve(hexagonal.cell[:].T, hexagonal.positions.T).T
            offset = shifted[:, None] - known
            offset -= np.round(offset)
            nearest = np.abs(offset).max(axis=2).argmin(axis=1)
            close = np.abs(offset).max(axis=2).min(axis=1) < 1e-6
            matches.append((close & (hexagonal.symbols[nearest] == ball.symbols)).all())
    assert any(matches)


@pytest.mark.parametrize(
    ("stacking", "message"),
    [
        ("AABD", "'D' at place 4; allowed are A, B and C"),
        ("aabb", "'a' at place 1"),
        ("C16", "'1' at place 2"),
        ("AABBB", "'B' at place 5 has no twin"),
        ("AABCBB", "'B' at place 3 has no twin"),
        ("AAAABB", "AA at place 3 follows its like"),
        ("AABBAA", "last dimer AA, at place 5, meets"),
        ("AA", "fewer than two dimers"),
        ("", "fewer than two dimers"),
    ],
)
def test_wrong_stackings_are_named_with_their_place(stacking, message):
    with pytest.raises(ValueError, match=message):
        laves_phase(stacking)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"size_ratio": 0}, "size_ratio is 0"),
        ({"size_ratio": np.nan}, "size_ratio is nan"),
        ({"cells": (1, 0, 1)}, r"cells is \(1, 0, 1\)"),
        ({"cells": (1.5, 1, 1)}, "three whole numbers"),
        ({"cells": 3}, "three whole numbers"),
        ({"packing_fraction": 0.7}, "0.7; at the size ratio 0.78 the spheres allow up to 0.662866"),
        ({"packing_fraction": -0.1}, "packing_fraction is -0.1"),
        ({"packing_fraction": 0.5, "lattice_constant": 2}, "not both"),
        ({"lattice_constant": -1}, "lattice_constant is -1"),
        ({"cell": "monoclinic"}, "cell is 'monoclinic'; allowed are 'hexagonal', 'orthorhombic' and 'cubic'"),
        ({"cell": "cubic"}, "AA at place 1 has equal neighbours; a cubic cell is for the C15"),
    ],
)
def test_impossible_sizes_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        laves_phase("C14", **options)


def test_other_kinds_of_input_are_refused():
    with pytest.raises(TypeError, match="stacking is 14"):
        laves_phase(14)
    with pytest.raises(ValueError, match="at least 2/3"):
        maximal_packing_fraction(0.6, free_axial_ratio=True)
