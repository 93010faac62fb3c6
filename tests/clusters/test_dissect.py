"""Clusters taken apart: built ones, whose parts are known, and atoms as the files of others have them."""

import numpy as np
import pytest
from ase import Atoms
from ase.build import molecule

from supracrystal.clusters import (
    cluster,
    describe_parts,
    m25s18,
    m29s24,
    m44s30,
    measure_bonds,
    species_of,
    take_apart,
)
from supracrystal.spectra import parse


@pytest.mark.parametrize("formula", ["[PtAg24(SPh)18]2-", "[Ag29(BDT)12]3-"])
def test_formula_comes_back_from_the_coordinates_alone(formula):
    built = cluster(formula)
    order = np.random.default_rng(1).permutation(len(built))
    found = take_apart(Atoms(built.symbols, built.positions + [3, -2, 7])[order])
    assert species_of(found, parse(formula).charge).counts == parse(formula).counts


def test_ligands_of_one_composition_are_told_apart_by_their_bonds():
    """DMBT and PET are both C8H9S."""
    for name in ("DMBT", "PET"):
        assert take_apart(cluster(f"[Au25({name})18]-")).info["parts"] == (("Au", 25), (name, 18))


def test_parts_of_the_icosahedron_with_six_staples():
    """Heaven et al. and Zhu et al. (2008): a centre, twelve around it, six staples S-Au-S-Au-S."""
    found = take_apart(cluster("[Au25(SCH3)18]-"))
    table = describe_parts(found).set_index("shell")
    assert table["atoms"].to_dict() == {"inside": 1, "surface": 12, "staple": 12, "S-anchor": 18}
    assert table["from the centre / Å"]["surface"] == pytest.approx(2.79, abs=0.005)
    assert found.info["staples"] == {2: 6}
    bonds = measure_bonds(found).set_index("bond")
    assert bonds["number"].to_dict() == {"Au–Au core": 42, "Au core–S": 12, "Au staple–S": 24}
    assert bonds["mean / Å"]["Au core–S"] == pytest.approx(2.38, abs=0.005)
    assert bonds["published"]["Au staple–S"] == "2.32"


def test_ag44_has_twenty_metals_with_three_sulphur_each():
    """Six mounts Ag2S5; their 24 outer S bind the 8 corners of a cube (Desireddy et al. 2013)."""
    found = take_apart(m44s30())
    counts = describe_parts(found).set_index("shell")["atoms"].to_dict()
    assert counts == {"inside": 44 - 6 * 2 - 24 // 3, "mount": 6 * 2 + 24 // 3, "S-anchor": 6 * 5}
    assert found.info["staples"] == {}


def test_arrays_of_the_given_atoms_are_not_in_the_way():
    """The shells of the builder have shorter names."""
    found = take_apart(m29s24())
    counts = describe_parts(found).set_index("shell")["atoms"].to_dict()
    assert counts == {"inside": 1, "surface": 12, "mount": 16, "S-anchor": 24}
    assert measure_bonds(found).set_index("bond")["number"]["Ag mount–S"] == 48


def test_cluster_across_the_border_of_a_cell_is_made_whole_and_others_stand_beside():
    built = cluster("[Au25(SCH3)18]-")
    atoms = Atoms(built.symbols, built.positions) + Atoms("OH2", molecule("H2O").positions + [12, 12, 12])
    atoms.cell, atoms.pbc = [26, 27, 28], True
    atoms.positions += [1, 2, 13]
    atoms.wrap()
    found = take_apart(atoms)
    assert found.info["parts"] == (("Au", 25), ("SCH3", 18)) and found.info["beside"] == {"H2O": 1}
    assert measure_bonds(found)["largest"].max() < 3.1


def test_hydride_and_phosphine_and_halide_are_ligands():
    atoms = Atoms(
        "Au2HClPH3",
        [
            [0, 0, 0],
            [2.8, 0, 0],
            [1.4, 0.9, 0],
            [-2.3, 0, 0],
            [5.1, 0, 0],
            [5.6, 1.3, 0],
            [5.6, -0.7, 1.1],
            [5.6, -0.7, -1.1],
        ],
    )
    found = take_apart(atoms)
    assert dict(found.info["parts"]) == {"Au": 2, "H": 1, "Cl": 1, "H3P": 1}


def test_zero_cell_is_no_crystal():
    atoms = m25s18("Au")
    atoms.pbc = True
    assert take_apart(atoms).info["parts"] == (("Au", 25), ("S", 18))


@pytest.mark.parametrize(
    ("atoms", "message"),
    [
        (molecule("C6H6"), "have no metal"),
        (Atoms("Au2S", [[0, 0, 0], [0.1, 0, 0], [2.3, 0, 0]]), "0.10 Å apart: keep one of the disordered"),
    ],
)
def test_what_is_no_cluster_is_refused(atoms, message):
    with pytest.raises(ValueError, match=message):
        take_apart(atoms)
