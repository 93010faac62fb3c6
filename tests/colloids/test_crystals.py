"""Crystals that are not Laves phases, built by ASE: what they are called, with noise and in clusters."""

from pathlib import Path

import ase.build
import ase.cluster
import gsd.hoomd
import numpy as np
import pytest
from ase.spacegroup import crystal
from scipy.spatial.transform import Rotation

from supracrystal.colloids import (
    analyse,
    cluster_symmetry,
    common_neighbours,
    laves_phase,
    mackay_cluster,
    make_particles,
    name_structures,
    superlattice,
)

CUBIC = [90, 90, 90]
BINARY = {
    "CsCl": (ase.build.bulk("AuAg", "cesiumchloride", a=1.0, cubic=True), (6, 6, 6)),
    "NaCl": (ase.build.bulk("AuAg", "rocksalt", a=2.0, cubic=True), (4, 4, 4)),
    "ZnS": (ase.build.bulk("AuAg", "zincblende", a=2.3, cubic=True), (4, 4, 4)),
    "Cu3Au": (
        crystal(["Au", "Ag"], [(0, 0, 0), (0, 0.5, 0.5)], spacegroup=221, cellpar=[1.41] * 3 + CUBIC),
        (5, 5, 5),
    ),
    "AlB2": (
        crystal(
            ["Au", "Ag"], [(0, 0, 0), (1 / 3, 2 / 3, 0.5)], spacegroup=191, cellpar=[1, 1, 1.08, 90, 90, 120]
        ),
        (8, 8, 6),
    ),
    "NaZn13": (
        crystal(
            ["Au", "Ag", "Ag"],
            [(0.25, 0.25, 0.25), (0, 0, 0), (0, 0.178, 0.122)],
            spacegroup=226,
            cellpar=[5.0] * 3 + CUBIC,
        ),
        (2, 2, 2),
    ),
}


def frame_of(atoms, repeat, noise=0.0, large="Au"):
    atoms = atoms.repeat(repeat)
    cell = atoms.cell.array.T
    position = atoms.positions + np.random.default_rng(2).normal(scale=noise, size=atoms.positions.shape)
    x, y, z = np.diag(cell)
    box = [x, y, z, cell[0, 1] / y, cell[0, 2] / z, cell[1, 2] / z]
    large = np.array([symbol == large for symbol in atoms.get_chemical_symbols()])
    return make_particles(position - cell.sum(axis=1) / 2, large, box=box)


@pytest.mark.parametrize("name", BINARY)
@pytest.mark.parametrize("large", ["Au", "Ag"])
def test_binary_crystals_have_their_names_whichever_species_is_large(name, large):
    atoms, repeat = BINARY[name]
    found = superlattice(frame_of(atoms, repeat, noise=0.015, large=large))
    assert np.mean(found == name) > 0.97


@pytest.mark.parametrize(("name", "edge", "repeat"), [("fcc", 1.414, 5), ("bcc", 1.155, 6)])
def test_crystals_of_one_species(name, edge, repeat):
    atoms = ase.build.bulk("Au", name, a=edge, cubic=True)
    frame = frame_of(atoms, (repeat,) * 3, noise=0.04)
    assert np.mean(common_neighbours(frame) == name) > 0.97
    assert name_structures(frame)[name] > 0.97
    assert cluster_symmetry(frame).kind == name


def turned(atoms, noise=0.03, seed=5):
    turn = Rotation.random(random_state=seed)
    position = turn.apply(atoms.positions if hasattr(atoms, "positions") else atoms)
    position = position + np.random.default_rng(seed).normal(scale=noise, size=position.shape) + [3, -4, 5]
    return make_particles(position, np.ones(len(position), dtype=bool)), turn


def test_icosahedral_decahedral_and_fcc_clusters_are_told_apart():
    frame, _ = turned(mackay_cluster(6).particles.position)
    found = cluster_symmetry(frame)
    assert found.kind == "icosahedral"
    assert len(found.axes) == 6
    np.testing.assert_allclose(found.centre, [3, -4, 5], atol=0.1)
    between = np.abs(found.axes @ found.axes.T)[np.triu_indices(6, 1)]
    np.testing.assert_allclose(between, 5**-0.5, atol=0.03)
    frame, turn = turned(ase.cluster.Decahedron("Au", 6, 4, 0, latticeconstant=2**0.5))
    found = cluster_symmetry(frame)
    assert found.kind == "decahedral"
    assert abs(found.axes[0] @ turn.apply([0, 0, 1])) > 0.99
    frame, _ = turned(ase.cluster.Octahedron("Au", 9, 3, latticeconstant=2**0.5))
    assert cluster_symmetry(frame).kind == "fcc"


@pytest.mark.parametrize("name", ["fluid-0.86", "fluid-0.92", "C14", "C15"])
def test_fluids_and_laves_phases_are_none_of_these(name):
    with gsd.hoomd.open(Path(__file__).parents[2] / "data" / "colloids" / f"{name}.gsd") as file:
        assert name_structures(file[0]).sum() < 0.02


def test_common_neighbours_agree_with_another_program():
    pytest.importorskip("ovito.data")
    from ovito.data import DataCollection
    from ovito.modifiers import CommonNeighborAnalysisModifier

    frame, _ = turned(mackay_cluster(7).particles.position, noise=0.05)
    collection = DataCollection()
    part = collection.create_particles(count=frame.particles.N)
    part.create_property("Position", data=frame.particles.position)
    collection.create_cell(np.diag(frame.configuration.box[:3]), pbc=(False, False, False))
    collection.apply(CommonNeighborAnalysisModifier())
    theirs = np.array(["other", "fcc", "hcp", "bcc", "icosahedral"])[collection.particles["Structure Type"]]
    ours = np.where(common_neighbours(frame) == "five-fold axis", "other", common_neighbours(frame))
    assert np.mean(ours == theirs) > 0.99


def test_analysis_says_what_is_looked_for_and_what_it_is_instead():
    atoms, repeat = BINARY["CsCl"]
    table, summary = analyse(frame_of(atoms, repeat))
    assert summary["structures"] == {"CsCl": 1.0}
    assert set(table["structure"]) == {"CsCl"}
    assert analyse(laves_phase("C15", cells=(3, 3, 2)))[1]["structures"] is None
    table, summary = analyse(mackay_cluster(5))
    assert summary["symmetry"]["kind"] == "icosahedral"
    assert len(summary["symmetry"]["axes"]) == 6
    assert (table["class"] == "icosahedral").sum() == 1
