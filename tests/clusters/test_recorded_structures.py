"""Recorded structures are at rest, by the file and by the engine, and of the shape that others found.

Distances to compare with are those of relaxations of Ag25(SCH3)18 and Ag29(BDT)12 by the same method from
other starting geometries.
"""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from ase.io import read

from supracrystal.clusters import m44s26
from supracrystal.spectra import elements, parse

HERE = Path(__file__).parents[2] / "data" / "structures"
PROVENANCE = json.loads((HERE / "provenance.json").read_text(encoding="utf-8"))
NAMES = sorted(path.stem for path in HERE.glob("*.xyz"))


def structure(name):
    return read(HERE / f"{name}.xyz", format="extxyz")


def mean_distance(atoms, shell):
    """Mean distance of a shell from the atom at the centre."""
    centre = atoms.positions[atoms.arrays["shell"] == "centre"]
    return np.linalg.norm(atoms.positions[atoms.arrays["shell"] == shell] - centre, axis=1).mean()


def test_every_file_has_its_checksum():
    digests = {
        f"{name}.xyz": hashlib.sha256((HERE / f"{name}.xyz").read_bytes()).hexdigest() for name in NAMES
    }
    assert digests == PROVENANCE["sha256"]


@pytest.mark.parametrize("name", NAMES)
def test_structure_is_that_of_its_formula_and_at_rest(name):
    atoms = structure(name)
    species = parse(atoms.info["formula"])
    counts = dict(zip(*np.unique(atoms.get_chemical_symbols(), return_counts=True), strict=True))
    assert counts == elements(species) and atoms.info["charge"] == species.charge
    assert np.linalg.norm(atoms.get_forces(), axis=1).max() < PROVENANCE["fmax"]
    distances = atoms.get_all_distances() + 9 * np.eye(len(atoms))
    assert 0.9 < distances.min() < 1.4


@pytest.mark.parametrize("name", ["ag25-sh", "pdag24-sh"])
def test_engine_finds_the_recorded_energy_and_forces(name):
    pytest.importorskip("tblite", reason="relaxation needs tblite")
    from supracrystal.clusters import tight_binding

    recorded = structure(name)
    atoms = recorded.copy()
    atoms.calc = tight_binding(atoms)
    assert atoms.get_potential_energy() == pytest.approx(recorded.get_potential_energy(), abs=1e-3)
    np.testing.assert_allclose(atoms.get_forces(), recorded.get_forces(), atol=5e-3)
    assert np.linalg.norm(atoms.get_forces(), axis=1).max() < PROVENANCE["fmax"] + 5e-3


@pytest.mark.parametrize(
    ("name", "shell", "distance"), [("ag25-sch3", "core", 2.868), ("ag29-bdt", "core", 2.862)]
)
def test_cores_are_as_large_as_from_other_starts(name, shell, distance):
    assert mean_distance(structure(name), shell) == pytest.approx(distance, abs=0.015)


def test_ends_of_the_larger_gold_cluster_sink_in():
    # As the docstring of the builder says.
    found = []
    for atoms in (m44s26(), structure("au44-sh")):
        at = atoms.positions[atoms.arrays["shell"] == "end"] - atoms.positions[atoms.symbols == "Au"].mean(
            axis=0
        )
        found.append(np.linalg.norm(at, axis=1).mean())
    assert found == pytest.approx([6.9, 5.9], abs=0.05)


def test_the_staples_of_palladium_are_nearer_than_those_of_silver():
    distance = {name: mean_distance(structure(name), "staple") for name in ("ag25-sh", "pdag24-sh")}
    assert 0.01 < distance["ag25-sh"] - distance["pdag24-sh"] < 0.1
