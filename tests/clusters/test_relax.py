"""Relaxations of small models: against finite differences, a second start and crystals, and made to fail."""

import numpy as np
import pytest
from ase import Atoms
from ase.calculators.calculator import CalculationFailed
from ase.calculators.emt import EMT
from ase.io import read

from supracrystal.clusters import relax as module
from supracrystal.clusters import relax_cluster, tight_binding, unpaired_electrons

pytest.importorskip("tblite")


def complex_ion(distance=2.4, angle=0.0):
    """[Au(SH)2]-, with S-Au-S bent by an angle in radians."""
    s = distance * np.array([np.cos(angle), np.sin(angle), 0])
    h = np.array([0.3, 0.5, 1.2])
    positions = [(0, 0, 0), s, s + h, s * (-1, 1, 1), s * (-1, 1, 1) + h * (-1, 1, -1)]
    return Atoms("AuSHSH", positions, info={"charge": -1})


@pytest.fixture(scope="module")
def relaxed():
    return relax_cluster(complex_ion(angle=0.2), fmax=0.02, progress=False)


def test_gold_between_two_thiolates_becomes_straight(relaxed):
    assert relaxed.info["converged"] and relaxed.info["method"] == "GFN1-xTB"
    assert relaxed.get_angle(1, 0, 3) > 172
    # Crystals of [Au(SR)2]-: 2.27-2.32.
    assert relaxed.get_distances(0, [1, 3]) == pytest.approx([2.30] * 2, abs=0.08)
    assert relaxed.get_distances(1, [2]) == pytest.approx([1.34], abs=0.04)


def test_forces_are_the_slopes_of_the_energy():
    atoms = complex_ion(angle=0.3)
    atoms.calc = tight_binding(atoms)
    forces, step = atoms.get_forces(), 1e-3
    for i, axis in ((0, 0), (1, 1), (2, 2)):
        energy = []
        for sign in (1, -1):
            moved = atoms.copy()
            moved.calc = tight_binding(moved)
            moved.positions[i, axis] += sign * step
            energy.append(moved.get_potential_energy())
        assert forces[i, axis] == pytest.approx((energy[1] - energy[0]) / (2 * step), abs=2e-3)


def test_forces_of_the_result_are_below_the_threshold_when_computed_anew(relaxed):
    again = relaxed.copy()
    again.calc = tight_binding(again)
    assert np.linalg.norm(again.get_forces(), axis=1).max() < 0.021
    assert again.get_potential_energy() == pytest.approx(relaxed.get_potential_energy(), abs=1e-4)
    assert again.calc.get_charges().sum() == pytest.approx(-1, abs=1e-6)


def test_interrupted_relaxation_goes_on_from_its_file(relaxed, tmp_path):
    path = tmp_path / "Ag@ion.xyz"
    start = complex_ion(angle=0.2)
    before = start.positions.copy()
    first = relax_cluster(start, path, fmax=0.02, steps=3, progress=False)
    assert not first.info["converged"] and first.info["steps"] == 3
    assert np.array_equal(start.positions, before)
    with path.open() as file:
        kept = read(file, format="extxyz")
    assert kept.positions == pytest.approx(first.positions, abs=1e-7)
    assert kept.get_potential_energy() == pytest.approx(first.get_potential_energy(), abs=1e-6)
    last = relax_cluster(start, path, fmax=0.02, progress=False)
    assert last.info["converged"] and last.info["steps"] > 3
    assert last.get_potential_energy() == pytest.approx(relaxed.get_potential_energy(), abs=2e-3)
    done = relax_cluster(start, path, fmax=0.02, progress=False)
    assert done.info["steps"] == last.info["steps"]
    assert [each.name for each in tmp_path.iterdir()] == ["Ag@ion.xyz"]


def test_tags_are_kept_in_the_file(tmp_path):
    atoms = complex_ion()
    atoms.set_array("shell", np.array(["core", "S-end", "ligand", "S-end", "ligand"]))
    atoms.set_array("ligand", np.array([-1, 0, 0, 1, 1]))
    relax_cluster(atoms, tmp_path / "ion.xyz", steps=1, progress=False)
    found = read(tmp_path / "ion.xyz")
    assert found.arrays["shell"].tolist() == atoms.arrays["shell"].tolist()
    assert found.arrays["ligand"].tolist() == atoms.arrays["ligand"].tolist()


def test_another_calculator_takes_the_place_of_tight_binding():
    found = relax_cluster(Atoms("Cu2", [(0, 0, 0), (0, 0, 2.6)]), calculator=EMT(), fmax=0.01, progress=False)
    # The minimum of a diatomic, by a scan.
    scan = np.linspace(2.0, 2.6, 601)
    energy = []
    for distance in scan:
        pair = Atoms("Cu2", [(0, 0, 0), (0, 0, distance)], calculator=EMT())
        energy.append(pair.get_potential_energy())
    assert found.get_distance(0, 1) == pytest.approx(scan[np.argmin(energy)], abs=0.003)


def test_progress_is_shown(capsys):
    relax_cluster(Atoms("H2", [(0, 0, 0), (0, 0, 0.9)]))
    assert "H2:" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("symbols", "charge", "expected"), [("Ag", 0, 1), ("Ag", 1, 0), ("AgSHSH", -1, 0), ("PdSHSH", 0, 0)]
)
def test_spin_is_the_lowest_that_the_electrons_allow(symbols, charge, expected):
    assert unpaired_electrons(Atoms(symbols, info={"charge": charge})) == expected


def test_wrong_spin_is_refused():
    with pytest.raises(
        ValueError, match="1 unpaired electrons are given for H2AuS2 of charge -1; allowed are 0, 2"
    ):
        tight_binding(complex_ion(), unpaired=1)


def test_file_of_another_cluster_is_refused(tmp_path):
    relax_cluster(complex_ion(), tmp_path / "ion.xyz", steps=0, progress=False)
    other = complex_ion()
    other.info["charge"] = 1
    with pytest.raises(
        ValueError, match="holds H2AuS2 of charge -1, and H2AuS2 of charge 1 is to be relaxed"
    ):
        relax_cluster(other, tmp_path / "ion.xyz", progress=False)


def test_failed_cycle_is_tried_on_the_next_rung(monkeypatch):
    expected = complex_ion()
    expected.calc = tight_binding(expected)
    # Convergence needs more than one iteration.
    ladder = [
        {**rung, "max_iterations": number}
        for rung, number in zip(module.LADDER, (1, 300, 300, 300), strict=True)
    ]
    monkeypatch.setattr(module, "LADDER", ladder)
    atoms = complex_ion()
    atoms.calc = tight_binding(atoms)
    assert atoms.get_potential_energy() == pytest.approx(expected.get_potential_energy(), abs=1e-4)
    assert atoms.calc.rung == 1


def test_cycle_that_fails_on_all_rungs_is_reported():
    atoms = complex_ion()
    atoms.calc = tight_binding(atoms, max_iterations=1)
    with pytest.raises(
        CalculationFailed, match="H2AuS2, charge -1, GFN1-xTB: electrons do not converge up to 3000 K"
    ):
        atoms.get_potential_energy()


def test_nonsense_charges_are_a_failure(monkeypatch):
    monkeypatch.setattr(module, "MOST", 0.01)
    atoms = complex_ion()
    atoms.calc = tight_binding(atoms)
    with pytest.raises(CalculationFailed, match="an atom has the charge 0"):
        atoms.get_potential_energy()
