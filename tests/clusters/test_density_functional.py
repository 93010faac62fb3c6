"""Density functional theory against published values of PBE, finite differences and larger boxes.

What needs GPAW is skipped where it is not installed; the box and the errors are tested without it.
"""

import sys

import numpy as np
import pytest
from ase import Atoms
from ase.calculators.calculator import all_changes
from ase.calculators.emt import EMT

from supracrystal.clusters import Boxed, density_functional, relax_cluster

KILOCALORIE = 0.0433641
"""One kcal/mol in eV."""


def hydrogen(distance=0.75):
    return Atoms("H2", [(0, 0, 0), (0.3 * distance, 0.4 * distance, np.sqrt(0.75) * distance)])


class Recording(EMT):
    """EMT that keeps what it was given."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def calculate(self, atoms=None, properties=("energy",), system_changes=all_changes):
        """Keep the atoms."""
        self.seen.append(atoms.copy())
        super().calculate(atoms, properties, system_changes)


@pytest.fixture
def copper():
    generator = np.random.default_rng(1)
    positions = [(10, 0, 0), (12.4, 0, 0), (11.2, 2.1, 0), (11.2, 0.7, 2.0)]
    return Atoms("Cu4", positions + 0.1 * generator.normal(size=(4, 3)), info={"charge": 0})


def test_atoms_stand_in_the_middle_of_a_box_that_they_do_not_see(copper):
    engine = Recording()
    copper.calc = Boxed(engine, "EMT", vacuum=4.0, unpaired=2)
    before = copper.positions.copy()
    free = Atoms("Cu4", before, calculator=EMT())
    assert copper.get_potential_energy() == pytest.approx(free.get_potential_energy(), abs=1e-9)
    np.testing.assert_allclose(copper.get_forces(), free.get_forces(), atol=1e-9)
    assert len(engine.seen) == 1
    assert np.array_equal(copper.positions, before) and not copper.cell.any()
    inside = engine.seen[0]
    low, high = inside.positions.min(axis=0), inside.cell.lengths() - inside.positions.max(axis=0)
    assert low == pytest.approx(4) and high == pytest.approx(4)
    assert not inside.pbc.any() and inside.get_initial_magnetic_moments().sum() == pytest.approx(2)


def test_box_stays_until_an_atom_comes_near_a_wall(copper):
    engine = Recording()
    copper.calc = Boxed(engine, "EMT", vacuum=4.0, unpaired=0)
    for shift in (0, 0.5, 1.0):
        copper.positions[0, 0] -= shift
        copper.get_potential_energy()
    lengths = [each.cell.lengths()[0] for each in engine.seen]
    assert lengths[0] == lengths[1] and lengths[2] == pytest.approx(lengths[0] + 1.5)
    for each in engine.seen:
        walls = np.minimum(each.positions, each.cell.lengths() - each.positions)
        assert walls.min() > 0.8 * 4


def test_relaxation_in_a_box_gives_the_atoms_back_where_they_were(copper):
    free = relax_cluster(copper, calculator=EMT(), fmax=0.01, progress=False)
    boxed = relax_cluster(copper, calculator=Boxed(EMT(), "EMT", 4.0, 0), fmax=0.01, progress=False)
    np.testing.assert_allclose(boxed.positions, free.positions, atol=1e-6)
    assert boxed.info["method"] == "EMT" and not boxed.cell.any()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"mode": "fd"}, "mode 'fd' is given; allowed are 'pw' and 'lcao'"),
        ({"dispersion": "D2"}, "dispersion 'D2' is given; allowed are 'D3' and None"),
        ({"unpaired": 1}, "1 unpaired electrons are given for H2 of charge 0; allowed are 0, 2"),
    ],
)
def test_wrong_arguments_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        density_functional(hydrogen(), **settings)


def test_missing_gpaw_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "gpaw", None)
    with pytest.raises(ModuleNotFoundError, match="needs GPAW, which is not installed; conda-forge has it"):
        density_functional(hydrogen())


def test_missing_data_are_said(monkeypatch):
    pytest.importorskip("gpaw", reason="needs GPAW")
    monkeypatch.setattr("gpaw.setup_data.setup_paths", [])
    with pytest.raises(FileNotFoundError, match=r"GPAW has no data H\.PBE in .* GPAW_SETUP_PATH"):
        density_functional(hydrogen())


def test_missing_correction_is_said(monkeypatch):
    pytest.importorskip("gpaw", reason="needs GPAW")
    monkeypatch.setitem(sys.modules, "dftd3.ase", None)
    with pytest.raises(ModuleNotFoundError, match="needs dftd3, which is not installed"):
        density_functional(hydrogen())


def test_hydrogen_has_the_bond_and_the_energy_of_pbe():
    """PBE: 0.751 A, and 104.6 kcal/mol (Kurth, Perdew and Blaha 1999)."""
    pytest.importorskip("gpaw", reason="needs GPAW")
    settings = {"dispersion": None, "vacuum": 3.0}
    start = hydrogen(0.78)
    molecule = relax_cluster(
        start, calculator=density_functional(start, **settings), fmax=0.05, progress=False
    )
    assert molecule.get_distance(0, 1) == pytest.approx(0.751, abs=0.005)
    assert molecule.get_center_of_mass() == pytest.approx(start.get_center_of_mass(), abs=2e-3)
    assert molecule.info["method"] == "PBE, 470 eV"
    # One electron is unpaired; without its spin an atom lies 1 eV higher.
    atom = Atoms("H")
    atom.calc = density_functional(atom, **settings)
    bond = 2 * atom.get_potential_energy() - molecule.get_potential_energy()
    assert bond == pytest.approx(104.6 * KILOCALORIE, abs=0.06)


def test_energy_of_an_ion_does_not_know_the_size_of_its_box():
    """An ion in a periodic box, with a background of charge, would be off by 2.84 e²/2L: 3 eV for 7 A."""
    pytest.importorskip("gpaw", reason="needs GPAW")
    height = 0.87 * np.sqrt(3) / 2
    ion = Atoms("H3", [(0, 0, 0), (0.87, 0, 0), (0.435, height, 0)], info={"charge": 1})
    energy = {}
    for mode, vacuum in (("lcao", 3.0), ("lcao", 4.0), ("pw", 3.0), ("pw", 4.0)):
        ion.calc = density_functional(ion, mode=mode, vacuum=vacuum, dispersion=None)
        energy[mode, vacuum] = ion.get_potential_energy()
    assert energy["lcao", 4.0] == pytest.approx(energy["lcao", 3.0], abs=0.03)
    assert energy["pw", 4.0] == pytest.approx(energy["pw", 3.0], abs=0.03)
    # A larger basis can only be lower.
    assert -1.5 < energy["pw", 4.0] - energy["lcao", 4.0] < 0


def test_forces_with_the_correction_are_the_slopes_of_the_energy():
    pytest.importorskip("gpaw", reason="needs GPAW")
    pytest.importorskip("dftd3", reason="needs dftd3")
    atoms = hydrogen(0.9)
    atoms.calc = density_functional(atoms, mode="lcao", vacuum=3.0, convergence={"density": 1e-6})
    assert atoms.calc.parameters.method == "PBE+D3, LCAO"
    force, axis = atoms.get_forces()[0], (atoms.positions[1] - atoms.positions[0]) / 0.9
    energy = []
    for step in (1e-2, -1e-2):
        moved = atoms.copy()
        moved.positions[0] += step * axis
        moved.calc = atoms.calc
        energy.append(moved.get_potential_energy())
    assert force @ axis == pytest.approx((energy[1] - energy[0]) / 2e-2, abs=0.05)
    plain = atoms.copy()
    plain.calc = density_functional(plain, mode="lcao", vacuum=3.0, dispersion=None)
    assert -0.05 < atoms.get_potential_energy() - plain.get_potential_energy() < 0
