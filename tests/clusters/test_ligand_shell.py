"""Ligands on the frames: against formulas, the bonds that RDKit has, typical lengths and literal symmetry."""

import numpy as np
import pytest
import reference
from ase.data import covalent_radii
from rdkit import Chem

from supracrystal.clusters import cluster, conformers, operations, smiles, structures, with_ligands
from supracrystal.spectra import LIGANDS, elements, parse

THIOLATES = ["SH", "SCH3", "PET", "DMBT", "p-MBA", "NTP"]
CLUSTERS = {
    "[Ag25(SH)18]-": "S6",
    "[Ag25(DMBT)18]-": "S6",
    "[Au25(PET)18]-": "S6",
    "[Ag29(BDT)12]3-": "T",
    "[PdAg28(BDT)12]4-": "T",
    "[Ag44(p-MBA)30]4-": "S6",
    "[Au12Ag32(NTP)30]4-": "S6",
    "[Au44(p-MBA)26]2-": "C2",
    "[Ag25(SCH3)13(NTP)5]-": "C1",
}
built = pytest.mark.parametrize("formula", CLUSTERS)


@pytest.fixture(scope="module")
def made():
    return {formula: cluster(formula) for formula in CLUSTERS}


def bonds(atoms):
    """Pairs within 1.2 sums of the covalent radii, metals apart from one another."""
    radius = covalent_radii[atoms.numbers]
    linked = atoms.get_all_distances() < 1.2 * (radius[:, None] + radius)
    metal = atoms.arrays["ligand"] < 0
    return np.triu(linked & ~(metal[:, None] & metal), 1)


@built
def test_composition_charge_and_tags(made, formula):
    atoms, species = made[formula], parse(formula)
    expected = elements(species)
    assert {each: int((atoms.symbols == each).sum()) for each in set(atoms.symbols)} == expected
    assert atoms.info["charge"] == species.charge and atoms.info["formula"] == formula
    number, times = np.unique(atoms.arrays["ligand"], return_counts=True)
    ligands = [name for name, count in species.parts if name in LIGANDS for _ in range(count)]
    assert number.tolist() == list(range(-1, len(ligands)))
    assert times[1:].tolist() == [sum(elements(parse(f"({name})")).values()) for name in ligands]
    sulphur = atoms.symbols == "S"
    assert set(atoms.arrays["shell"][~sulphur & (atoms.arrays["ligand"] >= 0)]) == {"ligand"}


@built
def test_bonds_are_those_of_the_ligands_and_of_sulphur_to_metal(made, formula):
    atoms = made[formula]
    linked = bonds(atoms)
    tag, shell = atoms.arrays["ligand"], atoms.arrays["shell"]
    for i, j in zip(*np.nonzero(linked), strict=True):
        sulphur_metal = {atoms.symbols[i] == "S", atoms.symbols[j] == "S"} == {True, False} and -1 in tag[
            [i, j]
        ]
        assert tag[i] == tag[j] or sulphur_metal, (atoms.symbols[i], atoms.symbols[j], shell[i], shell[j])
    ligands = [name for name, count in parse(formula).parts if name in LIGANDS for _ in range(count)]
    for each, name in enumerate(ligands):
        molecule = Chem.AddHs(Chem.MolFromSmiles(smiles(name)))
        own = np.flatnonzero(tag == each)
        found = sorted(
            sorted((atoms.symbols[own[i]], atoms.symbols[own[j]]))
            for i, j in np.argwhere(linked[own][:, own])
        )
        ends = ((b.GetBeginAtom().GetSymbol(), b.GetEndAtom().GetSymbol()) for b in molecule.GetBonds())
        assert found == sorted(sorted(pair) for pair in ends)


@built
def test_no_contact_is_near_a_bond(made, formula):
    atoms = made[formula]
    tag, radius = atoms.arrays["ligand"], covalent_radii[atoms.numbers]
    organic = atoms.arrays["shell"] == "ligand"
    other = (tag[:, None] != tag) & (organic[:, None] | organic)
    gap = atoms.get_all_distances() - radius[:, None] - radius
    assert gap[other].min() > 0.35
    hydrogen = organic & (atoms.symbols == "H")
    carbon = organic & (atoms.symbols == "C")
    distance = np.where(other, atoms.get_all_distances(), np.inf)
    assert distance[hydrogen][:, hydrogen].min() > 2.0
    if carbon.any():
        assert distance[carbon][:, carbon].min() > 2.9


@built
def test_symmetry_that_is_said_is_kept(made, formula):
    atoms = made[formula]
    assert atoms.info["point_group"] == CLUSTERS[formula]
    for matrix in operations(CLUSTERS[formula]):
        assert reference.falls_on_itself(atoms.symbols, atoms.positions, matrix, 1e-6)


@built
def test_metal_and_sulphur_stay_where_the_frame_has_them(made, formula):
    atoms = made[formula]
    metals = {name for name, _ in parse(formula).parts if name not in LIGANDS}
    size = len(set(np.flatnonzero(np.isin(atoms.symbols, [*metals]))))
    build = structures.FRAMES[size, int((atoms.symbols == "S").sum())]
    frame = build("Au" if formula.startswith(("[Au25", "[Au44")) else "Ag")
    assert atoms.positions[: len(frame)] == pytest.approx(frame.positions, abs=1e-9)
    assert np.array_equal(atoms.arrays["shell"][: len(frame)], frame.arrays["shell"])


@built
def test_metal_sulphur_carbon_angles_are_of_a_thiolate(made, formula):
    atoms = made[formula]
    tag, distance = atoms.arrays["ligand"], atoms.get_all_distances()
    # The terminal S of Au44 lie on an axis between three atoms.
    for sulphur in np.flatnonzero((atoms.symbols == "S") & (atoms.arrays["shell"] != "S-terminal")):
        bound = np.flatnonzero((tag < 0) & (distance[sulphur] < 2.7))
        own = np.flatnonzero((tag == tag[sulphur]) & ~(atoms.symbols == "S"))
        ipso = own[distance[sulphur][own].argmin()]
        assert len(bound) in (2, 3)
        for metal in bound:
            a, b = atoms.positions[[metal, ipso]] - atoms.positions[sulphur]
            assert 85 < reference.angle_between(a, b) < 146


@pytest.mark.parametrize("name", [*THIOLATES, "BDT"])
def test_shapes_have_the_bond_lengths_of_textbooks(name):
    # Allen et al. (1987): aromatic C-C 1.38-1.40, C(ar)-S 1.77, C(sp3)-S 1.82, C-H 1.08-1.10.
    lengths = {"CC": (1.36, 1.54), "CH": (1.07, 1.11), "CS": (1.74, 1.84), "CO": (1.19, 1.38)}
    lengths |= {"HS": (1.32, 1.36), "CN": (1.44, 1.50), "NO": (1.19, 1.26), "HO": (0.95, 1.01)}
    for shape in conformers(name):
        shape.set_array("ligand", np.zeros(len(shape), dtype=int))
        linked = np.argwhere(bonds(shape))
        for i, j in linked:
            low, high = lengths["".join(sorted((shape.symbols[i], shape.symbols[j])))]
            assert low < shape.get_distance(i, j) < high
        number = np.bincount(linked.ravel(), minlength=len(shape))
        aromatic = [
            (i, j)
            for i, j in linked
            if shape.symbols[i] == shape.symbols[j] == "C" and {number[i], number[j]} == {3}
        ]
        if name in ("BDT", "NTP"):
            assert len(aromatic) == 6
            assert [shape.get_distance(i, j) for i, j in aromatic] == pytest.approx([1.39] * 6, abs=0.015)
        assert np.allclose(shape.positions[0], 0)


def test_rings_are_flat():
    (shape,) = conformers("BDT")
    assert np.linalg.svd(shape.positions - shape.positions.mean(axis=0))[1][2] < 0.05
    assert shape.get_distance(0, 1) == pytest.approx(structures.BITE, abs=0.02)


def test_dithiolates_join_sulphur_by_unstrained_bonds(made):
    atoms = made["[Ag29(BDT)12]3-"]
    carbon = np.flatnonzero(atoms.symbols == "C")
    for sulphur in np.flatnonzero(atoms.symbols == "S"):
        assert atoms.get_distances(sulphur, carbon).min() == pytest.approx(1.77, abs=0.03)


def test_conformers_differ():
    shapes = conformers("PET")
    torsion = []
    for shape in shapes:
        chain = [0]
        for _ in range(3):
            near = shape.get_distances(chain[-1], range(len(shape)))
            near = [i for i in np.argsort(near) if shape.symbols[i] == "C" and i not in chain]
            chain.append(int(near[0]))
        torsion.append(round(shape.get_dihedral(*chain) / 60) % 6)
    # S-C-C-C: anti (180 degrees) and gauche, of both signs.
    assert {3} < set(torsion) <= {1, 3, 5}


def test_hydrogen_on_sulphur_has_the_wanted_angle_to_both_metals():
    atoms = with_ligands(structures.m25s18(), "SH")
    metal = atoms.positions[atoms.arrays["ligand"] < 0]
    for each in range(18):
        sulphur, hydrogen = atoms.positions[atoms.arrays["ligand"] == each]
        near = metal[np.argsort(np.linalg.norm(metal - sulphur, axis=1))[:2]]
        angles = [reference.angle_between(m - sulphur, hydrogen - sulphur) for m in near]
        # Between two metals the hydrogen can have 105 degrees to both, on one side or the other.
        assert angles == pytest.approx([105, 105], abs=4)


def test_same_input_gives_the_same_atoms(made):
    again = cluster("[Ag25(DMBT)18]-")
    assert np.array_equal(again.positions, made["[Ag25(DMBT)18]-"].positions)


def test_mirror_image_is_the_other_hand(made):
    atoms, other = made["[Ag29(BDT)12]3-"], cluster("[Ag29(BDT)12]3-", mirror=True)
    symbols = [f"{s} {shell}" for s, shell in zip(atoms.symbols, atoms.arrays["shell"], strict=True)]
    turned = atoms.positions @ np.diag([1.0, -1.0, -1.0])
    assert reference.turned_on(symbols, atoms.positions, turned, 0.01)
    assert not reference.turned_on(symbols, atoms.positions, other.positions, 0.3)
    assert reference.turned_on(symbols, other.positions, atoms.positions @ np.diag([1.0, 1, -1]), 0.01)


def test_sites_of_an_alloy_can_be_chosen():
    atoms = cluster("[AuAg24(SH)18]-", staple=["Au"] + ["Ag"] * 11)
    assert atoms.arrays["shell"][atoms.symbols == "Au"].tolist() == ["staple"]
    atoms = cluster("[Au12Ag32(SH)30]4-")
    assert set(atoms.arrays["shell"][atoms.symbols == "Au"]) == {"icosahedron"}


def test_any_thiolate_by_its_smiles():
    atoms = with_ligands(structures.m25s18("Au"), "CC(C)[S-]")
    assert (atoms.symbols == "C").sum() == 54 and (atoms.symbols == "H").sum() == 18 * 7


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: cluster("[Ag25(SR)18]-"), "'SR' has no SMILES; SH, SCH3"),
        (lambda: cluster("[Ag26(SH)18]-"), "26 metal atoms and 18 S; there are frames of 25 with 18"),
        (lambda: cluster("[Ag25(SH)18]-", centre="Pt"), "the sites of centre hold metals"),
        (lambda: with_ligands(structures.m29s24(), "SH"), "SH has 1 S to bind; the frame has places for 2"),
        (
            lambda: with_ligands(structures.m25s18(), ["SH"] * 3),
            "3 ligands are given for 18 places of M25S18",
        ),
        (lambda: conformers("CCC([S-]"), "RDKit cannot read the SMILES"),
        (lambda: conformers("[S-]CC([S-])C[S-]"), r"has 3 \[S-\]; one or two are needed"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_gfn1_finds_ag25_bound_and_of_its_charge():
    calculator = pytest.importorskip("tblite.ase")
    atoms = cluster("[Ag25(SH)18]-")
    atoms.calc = calculator.TBLite(method="GFN1-xTB", charge=-1, mixer_damping=0.15, verbosity=0)
    assert atoms.get_charges().sum() == pytest.approx(-1, abs=1e-6)
    # No atom is badly placed: forces are those of a bond a tenth of an angstrom too long, not of a clash.
    assert np.abs(atoms.get_forces()).max() < 2
    centre = atoms.get_potential_energy()
    atoms.positions *= 1.1
    assert atoms.get_potential_energy() > centre + 5
