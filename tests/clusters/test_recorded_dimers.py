"""Recorded dimers are at rest, have the atoms of their formulas, and the energies that the engine finds."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.io import read

from supracrystal.spectra import elements, parse

HERE = Path(__file__).parents[2] / "data" / "structures" / "dimers"
PROVENANCE = json.loads((HERE / "provenance.json").read_text(encoding="utf-8"))
NAMES = sorted(path.stem for path in HERE.glob("*.xyz"))


def structure(name):
    return read(HERE / f"{name}.xyz", format="extxyz")


def test_every_file_has_its_checksum():
    digests = {
        f"{name}.xyz": hashlib.sha256((HERE / f"{name}.xyz").read_bytes()).hexdigest() for name in NAMES
    }
    assert digests == PROVENANCE["sha256"]


@pytest.mark.parametrize("name", NAMES)
def test_dimer_is_that_of_its_formula_and_at_rest(name):
    atoms = structure(name)
    species = parse(atoms.info["formula"])
    counts = dict(zip(*np.unique(atoms.get_chemical_symbols(), return_counts=True), strict=True))
    assert counts == elements(species) and atoms.info["charge"] == species.charge
    assert np.linalg.norm(atoms.get_forces(), axis=1).max() < PROVENANCE["fmax"][name]
    assert atoms.info["method"] == PROVENANCE["methods"][name]
    distances = atoms.get_all_distances() + 9 * np.eye(len(atoms))
    assert 0.9 < distances.min() < 1.4
    # Newton: what the atoms do to one another adds up to nothing.
    assert np.abs(atoms.get_forces().sum(axis=0)).max() < 1e-2


SWAPPED = {
    "auag52-pair": "ag53-pair",
    "auag24-dmbt": "ag25-dmbt",
    "ptag53-pair-ipea1": "pdag53-pair-ipea1",
    "ptag24-dmbt-ipea1": "pdag24-dmbt-ipea1",
}


@pytest.mark.parametrize("name", SWAPPED)
def test_pairs_differ_by_the_atom_at_the_centre(name):
    atoms, other = structure(name), structure(SWAPPED[name])
    (changed,) = np.flatnonzero(atoms.numbers != other.numbers)
    assert atoms.symbols[changed] in ("Au", "Pt") and atoms.arrays["shell"][changed] == "centre"
    if "part" in atoms.arrays:
        assert atoms.arrays["part"][changed] == 1


def test_engine_finds_the_recorded_energy_and_forces_of_what_leaves():
    """Of all others: ``python data/structures/dimers.py --verify``, twenty minutes."""
    pytest.importorskip("tblite", reason="energies need tblite")
    from supracrystal.clusters import tight_binding

    recorded = structure("ag-dmbt2")
    atoms = recorded.copy()
    atoms.calc = tight_binding(atoms, method=recorded.info["method"])
    assert atoms.get_potential_energy() == pytest.approx(recorded.get_potential_energy(), abs=1e-3)
    assert np.abs(atoms.get_forces() - recorded.get_forces()).max() < 2e-3


def test_engine_finds_the_recorded_energies_of_free_atoms():
    pytest.importorskip("tblite", reason="energies need tblite")
    from supracrystal.clusters import tight_binding

    for method, metals in PROVENANCE["free_atoms"].items():
        for metal, energy in metals.items():
            atom = Atoms(metal)
            atom.calc = tight_binding(atom, method=method)
            assert atom.get_potential_energy() == pytest.approx(energy, abs=1e-3)
