"""Dimers and their contacts, against formulas, figures of benzene, closed forms and literal oracles."""

import numpy as np
import pytest
import reference
from ase import Atoms
from ase.build import molecule
from ase.calculators.lj import LennardJones
from ase.data import vdw_radii
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from supracrystal.clusters import (
    cluster,
    contact,
    contacts,
    dimers,
    relax_cluster,
    settle,
    unpaired_electrons,
)
from supracrystal.spectra import electron_count, elements, parse

SECOND = {"Ag": "[Ag25(DMBT)18]-", "Au": "[AuAg24(DMBT)18]-", "Pd": "[PdAg24(DMBT)18]2-"}
SECOND |= {"Pt": "[PtAg24(DMBT)18]2-"}
PRODUCTS = {
    "Ag": "[Ag53(BDT)12(DMBT)16]3-",
    "Au": "[AuAg52(BDT)12(DMBT)16]3-",
    "Pd": "[PdAg53(BDT)12(DMBT)16]3-",
    "Pt": "[PtAg53(BDT)12(DMBT)16]3-",
}
WAYS = {
    "pair, contact": ("Ag", {"loss": "pair", "orientations": 60}),
    "pair, bonded": ("Au", {"loss": "pair", "bonded": True}),
    "pair, bonded, metal kept": ("Pt", {"loss": "pair", "bonded": True, "keep_metal": True}),
    "cis, bonded": ("Au", {"loss": "cis", "bonded": True}),
    "trans, contact": ("Ag", {"loss": "trans", "orientations": 60}),
}
ways = pytest.mark.parametrize("way", WAYS)


@pytest.fixture(scope="module")
def parents():
    return cluster("[Ag29(BDT)12]3-"), {metal: cluster(formula) for metal, formula in SECOND.items()}


@pytest.fixture(scope="module")
def trans(parents):
    second = parents[1]["Ag"]
    return dimers.turn_over(second, dimers.find_staples(second)["other"].unique())


@pytest.fixture(scope="module")
def made(parents, trans):
    first, second = parents
    found = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dimers, "SETTLED", 1)
        for way, (metal, options) in WAYS.items():
            other = trans if options["loss"] == "trans" else second[metal]
            (found[way],) = dimers.join_clusters(first, other, **options)
    return found


def benzenes(turn, shift):
    """Two molecules of benzene, one turned and shifted."""
    pair = molecule("C6H6") + molecule("C6H6")
    pair.positions[12:] = Rotation.from_euler("xyz", turn, degrees=True).apply(pair.positions[12:]) + shift
    pair.set_array("ligand", np.repeat([0, 1], 12))
    return pair


def between_parts(atoms):
    return np.linalg.norm(
        atoms.positions[atoms.arrays["part"] == 0][:, None] - atoms.positions[atoms.arrays["part"] == 1],
        axis=2,
    )


# What the dimers are.


@ways
def test_composition_charge_and_electrons(made, way):
    atoms, metal = made[way], WAYS[way][0]
    assert atoms.info["formula"] == PRODUCTS[metal]
    species = parse(PRODUCTS[metal])
    assert {each: int((atoms.symbols == each).sum()) for each in set(atoms.symbols)} == elements(species)
    assert atoms.info["charge"] == species.charge == -3
    assert electron_count(species) == 16 and unpaired_electrons(atoms) == 0
    number, times = np.unique(atoms.arrays["ligand"], return_counts=True)
    assert number.tolist() == list(range(-1, 28))
    assert times[1:].tolist() == [12] * 12 + [18] * 16
    assert np.array_equal(atoms.arrays["part"], np.repeat([0, 1], [173, len(atoms) - 173]))


@ways
def test_nothing_clashes(made, way):
    atoms = made[way]
    assert atoms.info["clearance"] > 0.35
    tag, hydrogen = atoms.arrays["ligand"], np.flatnonzero(atoms.numbers == 1)
    distance = atoms.get_all_distances()
    other = tag[hydrogen][:, None] != tag[hydrogen]
    assert distance[np.ix_(hydrogen, hydrogen)][other].min() > 1.8
    carbon = np.flatnonzero(atoms.numbers == 6)
    assert distance[np.ix_(carbon, carbon)][tag[carbon][:, None] != tag[carbon]].min() > 2.6
    metal = tag < 0
    part = atoms.arrays["part"]
    # The shortest contacts of two silver(I) in crystals are 2.65-2.7 A.
    assert distance[np.ix_(metal & (part == 0), metal & (part == 1))].min() > 2.6


@ways
def test_ligands_and_cores_are_those_of_the_parents(made, parents, trans, way):
    atoms, first = made[way], parents[0]
    second = trans if way.startswith("trans") else parents[1][WAYS[way][0]]
    one = atoms[atoms.arrays["part"] == 0]
    core = np.isin(first.arrays["shell"], ["centre", "core"])
    assert one[core].get_all_distances() == pytest.approx(first[core].get_all_distances(), abs=0.15)
    for each in range(12):
        own = first.arrays["ligand"] == each
        assert one[own].get_all_distances() == pytest.approx(first[own].get_all_distances(), abs=0.1)
    lengths = [np.sort(second[second.arrays["ligand"] == k].get_all_distances().ravel()) for k in range(18)]
    for each in range(12, 28):
        found = np.sort(atoms[atoms.arrays["ligand"] == each].get_all_distances().ravel())
        assert min(np.abs(found - length).max() for length in lengths) < 0.1


@pytest.mark.parametrize("way", [way for way in WAYS if "bonded" in way])
def test_two_sulphur_of_different_dithiolates_bind_across_as_in_the_paper(made, way):
    atoms = made[way]
    bonds = contacts.bonds_across(atoms, reach=2.6)
    # Acharya et al.: new Ag-S bonds of 2.4 to 2.5 A; the springs give in by 0.05.
    assert bonds["distance"].between(2.35, 2.55).all()
    ligands = {int(atoms.arrays["ligand"][i]) for i in bonds["sulphur"]}
    assert len(ligands) == 2 and max(ligands) < 12
    assert set(atoms.symbols[bonds["metal"]]) == {"Ag"}
    assert (atoms.arrays["part"][bonds["metal"]] == 1).all()


@pytest.mark.parametrize("way", [way for way in WAYS if "contact" in way])
def test_contact_alone_makes_no_bond_of_silver_and_sulphur(made, way):
    # By contact Ag and S may be as near as their ions, but the shells are in touch.
    assert contacts.bonds_across(made[way], reach=2.6).empty
    assert between_parts(made[way]).min() < 3.0


@ways
def test_score_is_below_zero_and_is_that_of_contacts_between_the_parts(made, way):
    assert made[way].info["score"] < -50


def test_same_input_gives_the_same_dimer(parents, made, monkeypatch):
    monkeypatch.setattr(dimers, "SETTLED", 1)
    again = dimers.join_clusters(parents[0], parents[1]["Ag"], loss="pair", orientations=60)[0]
    assert np.array_equal(again.positions, made["pair, contact"].positions)


def test_dimers_come_in_the_order_of_their_score_and_differ(monkeypatch):
    monkeypatch.setattr(dimers, "SETTLED", 1)
    first, second = cluster("[Ag29(BDT)12]3-"), cluster("[Ag25(SH)18]-")
    found = dimers.join_clusters(first, second, loss="none", orientations=30, number=3)
    assert len(found) == 3 and found[0].info["formula"] == "[Ag54(BDT)12(SH)18]4-"
    score = [atoms.info["score"] for atoms in found]
    assert score == sorted(score) and np.diff(score).min() > 1e-3


@pytest.mark.parametrize("metal", PRODUCTS)
def test_all_four_metals_give_the_species_of_the_paper(parents, metal):
    kept = metal in ("Pd", "Pt")
    for site in range(3):
        rest, gaps, open_metals = dimers._after(parents[1][metal], "cis", kept, site)
        species = parse(parents[1][metal].info["formula"])
        assert len(rest) == len(parents[1][metal]) - 36 - (not kept)
        left = elements(parse(rest.info["formula"]))
        assert {each: int((rest.symbols == each).sum()) for each in set(rest.symbols)} == left
        assert rest.info["charge"] == species.charge + (2 if kept else 1)
        joined = dimers._joined(parents[0], rest, parents[0].positions + 30)
        assert joined.info["formula"] == PRODUCTS[metal] and len(gaps) == 2
        # S-end binds core and staple, S-middle two of the staple.
        assert sorted(map(len, open_metals)) == ([2, 2] if kept else [1, 1])


def test_relax_takes_a_dimer_as_it_is(made, tmp_path):
    atoms = made["pair, bonded"]
    path = tmp_path / "dimer.xyz"
    for steps in (1, 2):
        engine = LennardJones(sigma=1.0, epsilon=1e-4, rc=3.0)
        moved = relax_cluster(atoms, path, calculator=engine, steps=1, fmax=1e-9, progress=False)
        assert moved.info["steps"] == steps and moved.info["charge"] == -3
        assert np.array_equal(moved.arrays["part"], atoms.arrays["part"])


# What is lost.


def test_staples_are_six_of_two_metals_and_three_ligands(parents):
    atoms = parents[1]["Ag"]
    table = dimers.find_staples(atoms)
    for _, staple in table.groupby("staple"):
        shared = set(staple["ligand"]) ^ set(staple["other"])
        assert len(staple) == 2 and len(shared) == 3
    for row in table.itertuples():
        sulphur = atoms.positions[
            (atoms.numbers == 16) & np.isin(atoms.arrays["ligand"], [row.ligand, row.other])
        ]
        distance = np.linalg.norm(sulphur - atoms.positions[row.metal], axis=1)
        assert distance == pytest.approx([2.39] * 2, abs=0.02)


def test_ligands_turned_over_are_on_the_other_side_and_free(parents, trans):
    before, after = dimers.find_staples(parents[1]["Ag"]), dimers.find_staples(trans)
    assert set(before["side"]) == {"cis"} and set(after["side"]) == {"trans"}
    assert contacts.clearance(trans) > 0.35
    core = np.isin(trans.arrays["shell"], ["centre", "core"])
    assert trans[core].get_all_distances() == pytest.approx(
        parents[1]["Ag"][core].get_all_distances(), abs=0.1
    )


@pytest.mark.parametrize("loss", ["cis", "trans"])
def test_cis_and_trans_ligands_are_on_one_metal(parents, trans, loss):
    atoms = trans if loss == "trans" else parents[1]["Ag"]
    table = dimers.losses(atoms, loss)
    assert sorted(table["metal"]) == np.flatnonzero(atoms.arrays["shell"] == "staple").tolist()
    sulphur = {int(atoms.arrays["ligand"][i]): i for i in np.flatnonzero(atoms.numbers == 16)}
    for row in table.itertuples():
        ends = [sulphur[row.ligand], sulphur[row.other]]
        assert atoms.get_distances(row.metal, ends) == pytest.approx([2.39] * 2, abs=0.1)
        assert row.distance == pytest.approx(atoms.get_distance(*ends))


def test_a_pair_is_of_two_staples_and_of_the_nearest_rings(parents):
    atoms = parents[1]["Ag"]
    table = dimers.losses(atoms, "pair")
    groups = dimers.find_staples(atoms).groupby("staple")
    members = [{*group["ligand"], *group["other"]} for _, group in groups]
    metals = [set(group["metal"]) for _, group in groups]
    assert len(table) == 18 * 17 / 2 - 6 * 3
    centre = {
        int(atoms.arrays["ligand"][ring[0]]): atoms.positions[ring].mean(axis=0)
        for ring in reference.six_rings(atoms.symbols, atoms.positions)
    }
    best = table.iloc[0]
    distance = [
        np.linalg.norm(centre[a] - centre[b])
        for a in centre
        for b in centre
        if not any({a, b} <= group for group in members)
    ]
    assert best["distance"] == pytest.approx(min(distance))
    for row in table.itertuples():
        home = next(k for k, group in enumerate(members) if row.ligand in group)
        assert row.other not in members[home] and row.metal in metals[home]


# Poses.


def test_along_its_line_the_first_cluster_touches_and_before_it_did_not(parents):
    first, rest = parents[0], parents[1]["Ag"]
    directions = np.random.default_rng(3).normal(size=(4, 3))
    radius = dimers.TOUCH * (vdw_radii[first.numbers][:, None] + vdw_radii[rest.numbers])
    for pose, line in zip(dimers._contact_poses(first, rest, directions), directions, strict=True):
        for back in (0.0, 0.01, 0.5, 2.0, 8.0):
            moved = pose + back * line / np.linalg.norm(line)
            ratio = (np.linalg.norm(moved[:, None] - rest.positions, axis=2) / radius).min()
            assert ratio == pytest.approx(1, abs=1e-9) if back == 0 else ratio > 1
        assert np.allclose(
            np.linalg.norm(pose - pose[0], axis=1),
            np.linalg.norm(first.positions - first.positions[0], axis=1),
        )


def test_bonded_poses_have_sulphur_on_the_gap_and_both_clusters_whole(parents):
    first = parents[0]
    rest, gaps, _ = dimers._after(parents[1]["Ag"], "pair", False, 0)
    poses, ends = dimers._bonded_poses(first, rest, gaps)
    line = gaps[1] - gaps[0]
    for pose, end in list(zip(poses, ends, strict=True))[::50]:
        assert first.arrays["ligand"][end[0]] != first.arrays["ligand"][end[1]]
        assert pose[end].mean(axis=0) == pytest.approx(np.mean(gaps, axis=0))
        own = pose[end[1]] - pose[end[0]]
        assert np.linalg.norm(np.cross(own, line)) < 1e-9 * (own @ line)
        assert abs(np.linalg.norm(own) - np.linalg.norm(line)) <= dimers.MISFIT
        assert reference.angle_between(pose[0] - np.mean(gaps, axis=0), np.mean(gaps, axis=0)) < 60
    chiral = [np.linalg.det(p[[1, 20, 40]] - p[0]) for p in poses]
    assert chiral == pytest.approx([np.linalg.det(first.positions[[1, 20, 40]])] * len(poses))


def test_rotations_cover_all_orientations_evenly():
    matrix = dimers.rotations(400).as_matrix()
    # The moments of the uniform distribution: <R> = 0, <R_ij R_kl> = delta_ik delta_jl / 3.
    assert np.abs(matrix.mean(axis=0)).max() < 0.02
    flat = matrix.reshape(-1, 9)
    assert flat.T @ flat / 400 == pytest.approx(np.eye(9) / 3, abs=0.02)
    trace = np.einsum("aij,bij->ab", matrix, matrix)
    angle = np.degrees(np.arccos(np.clip((np.sort(trace, axis=1)[:, -2] - 1) / 2, -1, 1)))
    # 400 caps of that half angle cannot overlap; drawn by chance, the nearest two are 6 degrees apart.
    assert angle.min() > 15 and angle.max() < 40


# Contacts that settle.


@given(st.floats(0.5, 9), st.floats(2, 4))
@settings(deadline=None, derandomize=True)
def test_contacts_have_their_energy_and_slope(distance, radius):
    energy, slope = contact(np.array([distance]), radius)
    assert energy[0] == pytest.approx(reference.contact_energy(distance, radius), rel=1e-4, abs=1e-9)
    step = 1e-5
    ends = [reference.contact_energy(distance + sign * step, radius) for sign in (1, -1)]
    assert slope[0] == pytest.approx((ends[0] - ends[1]) / (2 * step), rel=1e-3, abs=1e-6)


@pytest.mark.parametrize(("number", "energy"), [(2, -1), (3, -3), (4, -6)])
def test_free_atoms_settle_where_all_are_in_touch(number, energy):
    start = np.array([[0, 0, 0], [4.0, 0, 0], [0, 4.3, 0], [1, 1, 4.0]])[:number]
    atoms = Atoms(f"Ne{number}", start)
    atoms.set_array("ligand", np.arange(number))
    atoms.positions, found = settle(atoms)
    apart = atoms.get_all_distances()[np.triu_indices(number, 1)]
    assert apart == pytest.approx([2 * vdw_radii[10]] * len(apart), abs=1e-3)
    assert found == pytest.approx(energy, abs=1e-6)


def test_molecules_settle_whole():
    pair = benzenes((20, 50, 10), (0.4, 0.3, 4.2))
    before, energy = pair.get_all_distances(), settle(pair)[1]
    pair.positions = settle(pair)[0]
    after = pair.get_all_distances()
    for one in (slice(0, 12), slice(12, 24)):
        assert after[one, one] == pytest.approx(before[one, one], abs=0.05)
    radius = vdw_radii[pair.numbers][:, None] + vdw_radii[pair.numbers]
    literal = sum(
        reference.contact_energy(after[i, j], radius[i, j]) for i in range(12) for j in range(12, 24)
    )
    # What is left is the strain of the molecules, and contacts beyond the reach.
    assert 0 < energy - literal < 0.5 and energy < -20


# Contacts of rings.


@pytest.mark.parametrize(
    ("turn", "shift", "kind", "distance", "angle", "offset", "ch_pi"),
    [
        # The dimers of benzene: T (4.96 A), parallel and displaced, sandwich; and what is just beyond.
        ((90, 0, 0), (0, 0, 4.96), "T", 4.96, 90, 0, 1),
        ((0, 0, 0), (1.6, 0, 3.5), "parallel", 3.85, 0, 1.6, 0),
        ((0, 0, 30), (0, 0, 3.9), "parallel", 3.9, 0, 0, 0),
        ((25, 0, 0), (0, 0, 4.0), "parallel", 4.0, 25, 0, 0),
        ((45, 0, 0), (0, 0, 5.0), None, None, None, None, None),
        ((0, 0, 0), (2.1, 0, 3.5), None, None, None, None, 0),
        ((90, 0, 0), (0, 0, 5.6), None, None, None, None, 1),
        ((90, 0, 0), (0, 0, 5.95), None, None, None, None, 0),
        # The foot of the hydrogen at 1.1 and 1.3 A from the axis.
        ((90, 0, 0), (1.1, 0, 4.96), "T", 5.08, 90, 0, 1),
        ((90, 0, 0), (1.3, 0, 4.96), "T", 5.13, 90, 0, 0),
    ],
)
def test_benzene_dimers(turn, shift, kind, distance, angle, offset, ch_pi):
    pair = benzenes(turn, shift)
    found = contacts.stacking(pair)
    if kind is None:
        assert found.empty
    else:
        (row,) = found.itertuples()
        assert row.kind == kind and (row.ring, row.other) == (0, 12)
        assert row.angle == pytest.approx(angle, abs=1e-3) and row.distance == pytest.approx(
            distance, abs=0.01
        )
        # Seen from the other ring the T has no offset: its centre is on the axis of the first.
        assert row.offset == pytest.approx(min(offset or shift[0], abs(shift[0])), abs=0.01)
    if ch_pi is not None:
        assert len(contacts.ch_pi(pair)) == ch_pi


def test_t_shaped_benzene_points_its_hydrogen_at_the_ring():
    (row,) = contacts.ch_pi(benzenes((90, 0, 0), (0, 0, 4.96))).itertuples()
    ring, bond = 1.395, 1.087
    assert row.distance == pytest.approx(4.96 - ring, abs=0.01)
    assert row.reach == pytest.approx(4.96 - ring - bond, abs=0.01)
    assert row.angle == pytest.approx(180, abs=0.5) and row.offset == pytest.approx(0, abs=0.01)


def test_cyclohexane_is_no_aromatic_ring():
    chair = 1.54 * np.array(
        [(np.cos(k * np.pi / 3) * 0.943, np.sin(k * np.pi / 3) * 0.943, (-1) ** k / 6) for k in range(6)]
    )
    assert np.linalg.norm(chair[0] - chair[1]) < 1.6
    assert reference.six_rings(["C"] * 6, chair) == [[0, 1, 2, 3, 4, 5]]
    assert contacts.rings(Atoms("C6", chair)).shape == (0, 6)


def test_atoms_without_rings_or_hydrogen_have_no_contacts():
    atoms = Atoms("Ag2", [(0, 0, 0), (0, 0, 3)])
    atoms.set_array("ligand", np.array([-1, -1]))
    assert contacts.ch_pi(atoms).empty and contacts.stacking(atoms).empty


@pytest.mark.parametrize("way", ["pair, bonded", "trans, contact"])
def test_contacts_are_those_of_literal_loops(made, way):
    atoms = made[way]
    symbols, position = list(atoms.symbols), atoms.positions
    assert contacts.rings(atoms).tolist() == reference.six_rings(symbols, position)
    for across, name in ((False, "ligand"), (True, "part")):
        group = atoms.arrays[name]
        found = contacts.ch_pi(atoms, across=across)[["carbon", "hydrogen", "ring"]]
        expected = reference.ch_pi_contacts(symbols, position, group)
        assert sorted(map(tuple, found.to_numpy().tolist())) == expected
        found = contacts.stacking(atoms, across=across)[["ring", "other", "kind"]]
        expected = reference.stacked_rings(symbols, position, group)
        assert sorted(map(tuple, found.to_numpy().tolist())) == expected


def test_contacts_are_found(made):
    """The dimers have contacts to find, or the oracle has nothing to say."""
    assert sum(len(contacts.stacking(atoms)) for atoms in made.values()) > 5
    assert sum(len(contacts.ch_pi(atoms)) for atoms in made.values()) > 0


@pytest.mark.parametrize("seed", range(3))
def test_measures_do_not_depend_on_place_turn_and_order(made, seed):
    rng = np.random.default_rng(seed)
    atoms = made["pair, bonded"]
    order = rng.permutation(len(atoms))
    other = atoms[order]
    other.positions = Rotation.random(rng=rng).apply(other.positions) + rng.normal(size=3) * 10
    for measure, columns in (
        (contacts.ch_pi, ["distance", "reach", "angle", "offset"]),
        (contacts.stacking, ["distance", "angle", "offset"]),
        (contacts.bonds_across, ["distance"]),
    ):
        one, two = (np.sort(measure(each)[columns].to_numpy(), axis=0) for each in (atoms, other))
        assert two == pytest.approx(one, abs=1e-6)
    bonds, turned = contacts.bonds_across(atoms), contacts.bonds_across(other)
    assert order[turned["metal"]].tolist() == bonds["metal"].tolist()
    assert order[turned["sulphur"]].tolist() == bonds["sulphur"].tolist()
    numbers = ["number", "mean", "least", "most"]
    one, two = (contacts.centre_distances(each)[numbers].to_numpy() for each in (atoms, other))
    assert two == pytest.approx(one, abs=1e-9)
    assert contacts.clearance(other) == pytest.approx(contacts.clearance(atoms), abs=1e-9)


def test_shells_of_a_dimer_are_those_of_its_parents(made, parents):
    atoms = made["trans, contact"]
    table = contacts.centre_distances(atoms).set_index(["part", "shell"])
    assert table["number"].to_dict() == {
        (0, "core"): 12,
        (0, "crown"): 12,
        (0, "cap"): 4,
        (1, "core"): 12,
        (1, "staple"): 11,
    }
    for part, shell in table.index:
        mask = (atoms.arrays["part"] == part) & (atoms.arrays["shell"] == shell)
        (centre,) = np.flatnonzero((atoms.arrays["part"] == part) & (atoms.arrays["shell"] == "centre"))
        mean = np.mean([atoms.get_distance(centre, i) for i in np.flatnonzero(mask)])
        assert table.loc[(part, shell), "mean"] == pytest.approx(mean)
    assert table.loc[(0, "core"), "mean"] == pytest.approx(2.77, abs=0.03)


def test_clearance_is_that_of_two_atoms():
    # Bondi and Alvarez apart: the covalent radius of carbon is 0.76 A in Cordero et al. (2008).
    atoms = Atoms("C2", [(0, 0, 0), (0, 0, 3.0)])
    atoms.set_array("ligand", np.array([0, 1]))
    assert contacts.clearance(atoms) == pytest.approx(3.0 - 2 * 0.76)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"loss": "both"}, "loss is 'both'; it is one of pair, cis, trans, none"),
        ({"loss": "none", "bonded": True}, "loss is 'none'; it is one of pair, cis, trans$"),
        ({"loss": "trans"}, "no staple has its ligands trans; give a cluster from turn_over"),
        ({"loss": "cis", "site": 12}, "site is 12; there are 12 for the loss 'cis'"),
    ],
)
def test_bad_options_are_named(parents, options, message):
    with pytest.raises(ValueError, match=message):
        dimers.join_clusters(parents[0], parents[1]["Ag"], **options)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: dimers.find_staples(cluster("[Ag29(BDT)12]3-")), r"\[Ag29\(BDT\)12\]3- has no staples"),
        (lambda: dimers.losses(cluster("[Ag25(SH)18]-"), "pair"), r"\[Ag25\(SH\)18\]- have no rings"),
        (lambda: dimers.losses(cluster("[Ag25(SH)18]-"), "all"), "loss is 'all'; it is pair, cis or trans"),
    ],
)
def test_clusters_that_cannot_lose_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
