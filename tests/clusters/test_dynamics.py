"""Dynamics of springs against closed forms, interruptions, and measures against literal ones."""

import itertools
import math

import numpy as np
import pytest
from ase import Atoms, units
from ase.calculators.emt import EMT
from ase.calculators.harmonic import SpringCalculator
from ase.calculators.singlepoint import SinglePointCalculator
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from supracrystal.clusters import m25s18, run, stability, superpose

SPRING = 3.0
"""In eV/A2."""


def springs(number, symbol="Ag"):
    """Atoms that know nothing of each other, each on its spring."""
    atoms = Atoms(f"{symbol}{number}", np.arange(3.0 * number).reshape(-1, 3))
    return atoms, SpringCalculator(atoms.positions.copy(), SPRING)


def test_without_friction_springs_swing_as_verlet_has_it(tmp_path):
    atoms, calculator = springs(4)
    options = {"friction": 0.0, "step": 4.0, "every": 5, "calculator": calculator, "progress": False}
    frames = run(atoms, tmp_path / "a.traj", steps=200, **options)
    mass, step = atoms.get_masses()[0], 4.0 * units.fs
    # x(n+1) - 2 x(n) + x(n-1) = -(k/m) dt^2 x(n) has the solution sin(n theta), v(0) dt sin(theta)^-1.
    theta = math.acos(1 - SPRING / mass * step**2 / 2)
    amplitude = frames[0].get_velocities() * step / math.sin(theta)
    for k, frame in enumerate(frames):
        expected = atoms.positions + amplitude * math.sin(5 * k * theta)
        assert frame.positions == pytest.approx(expected, abs=1e-9)
    # The energy that Verlet keeps has the potential energy a little smaller.
    shadow = [
        each.get_kinetic_energy() + each.get_potential_energy() * (1 - SPRING / mass * step**2 / 4)
        for each in frames
    ]
    assert np.ptp(shadow) < 1e-10 < np.ptp([each.get_total_energy() for each in frames])


def test_energy_is_kept_better_by_the_square_of_the_step(tmp_path):
    atoms = Atoms("Cu3", [(0, 0, 0), (0, 0, 2.3), (2.0, 0, 1.1)])
    spread = []
    for number, step in ((40, 4.0), (80, 2.0)):
        options = {"friction": 0.0, "step": step, "every": 1, "progress": False}
        frames = run(atoms, tmp_path / f"{step}.traj", steps=number, calculator=EMT(), **options)
        spread.append(np.std([each.get_total_energy() for each in frames]))
    assert spread[0] / spread[1] == pytest.approx(4, rel=0.2)


def test_each_degree_of_freedom_has_half_kt(tmp_path):
    atoms, calculator = springs(400)
    options = {"step": 5.0, "friction": 20.0, "every": 20, "calculator": calculator, "progress": False}
    frames = run(atoms, tmp_path / "a.traj", steps=600, temperature=300.0, **options)[10:]
    half = 400 * 3 * units.kB * 300 / 2
    # Frames 0.1 ps apart are nearly independent; 1200 degrees of freedom fluctuate by sqrt(2/1200).
    error = math.sqrt(2 / 1200 / len(frames))
    assert np.mean([each.get_kinetic_energy() for each in frames]) == pytest.approx(half, rel=4 * error)
    assert np.mean([each.get_potential_energy() for each in frames]) == pytest.approx(half, rel=4 * error)


@pytest.mark.parametrize("friction", [0.0, 5.0])
def test_interrupted_run_is_the_same_as_a_whole_one(tmp_path, friction):
    atoms = Atoms("Cu4", [(0, 0, 0), (0, 0, 2.3), (2.0, 0, 1.1), (0, 2.1, 1.0)])
    options = {"friction": friction, "every": 4, "progress": False}
    whole = run(atoms, tmp_path / "whole.traj", steps=24, calculator=EMT(), **options)
    for steps in (8, 8, 20, 24):
        pieces = run(atoms, tmp_path / "pieces.traj", steps=steps, calculator=EMT(), **options)
        assert len(pieces) == steps // 4 + 1
    for one, other in zip(whole, pieces, strict=True):
        assert np.array_equal(one.positions, other.positions)
        assert np.array_equal(one.get_momenta(), other.get_momenta())
    again = run(atoms, tmp_path / "again.traj", steps=24, calculator=EMT(), seed=2, **options)
    assert not np.allclose(again[-1].positions, whole[-1].positions)


def test_start_is_kept_and_not_changed(tmp_path):
    atoms, calculator = springs(2, "H")
    before = atoms.positions.copy()
    frames = run(atoms, tmp_path / "a.traj", steps=2, every=2, calculator=calculator, progress=False)
    assert np.array_equal(atoms.positions, before) and np.array_equal(frames[0].positions, before)
    assert frames[0].get_masses().tolist() == [4.0, 4.0] and atoms.get_masses()[0] < 1.1
    options = {"hydrogen": None, "calculator": calculator, "progress": False}
    own = run(atoms, tmp_path / "b.traj", steps=0, **options)
    assert own[0].get_masses()[0] == atoms.get_masses()[0]


def test_what_does_not_fit_is_refused(tmp_path):
    atoms, calculator = springs(2)
    with pytest.raises(ValueError, match="25 steps are given and 10 between frames"):
        run(atoms, tmp_path / "a.traj", steps=25)
    run(atoms, tmp_path / "a.traj", steps=2, every=2, calculator=calculator, progress=False)
    with pytest.raises(ValueError, match=r"holds Ag2 with .*'friction': 5.0.*, and Ag2 .*'friction': 1.0"):
        run(atoms, tmp_path / "a.traj", steps=2, every=2, friction=1.0, calculator=calculator, progress=False)
    other, calculator = springs(2, "Au")
    with pytest.raises(ValueError, match=r"holds Ag2 .*, and Au2 is to be run"):
        run(other, tmp_path / "a.traj", steps=2, every=2, calculator=calculator, progress=False)


def test_progress_is_shown(tmp_path, capsys):
    atoms, calculator = springs(2)
    run(atoms, tmp_path / "a.traj", steps=2, every=2, calculator=calculator)
    assert "Ag2:" in capsys.readouterr().err


def test_tight_binding_keeps_the_energy_of_a_small_ion(tmp_path):
    pytest.importorskip("tblite", reason="forces need tblite")
    positions = [(0, 0, 0), (2.3, 0, 0), (2.5, 0.5, 1.2), (-2.3, 0, 0), (-2.5, 0.5, -1.2)]
    ion = Atoms("AuSHSH", positions, info={"charge": -1})
    frames = run(ion, tmp_path / "a.traj", steps=40, step=1.0, friction=0.0, every=1, progress=False)
    total = np.array([each.get_total_energy() for each in frames])
    exchanged = np.ptp([each.get_kinetic_energy() for each in frames])
    assert exchanged > 0.03 and np.ptp(total) < 0.05 * exchanged


# Measures


@given(st.integers(0, 2**32 - 1))
def test_superposition_finds_back_and_no_other_place_is_nearer(seed):
    random = np.random.default_rng(seed)
    reference = random.normal(size=(7, 3))
    turn = Rotation.random(rng=random)
    moved = turn.apply(reference) + random.normal(size=3)
    assert superpose(moved, reference) == pytest.approx(reference, abs=1e-9)
    noisy = moved + 0.3 * random.normal(size=moved.shape)
    found = superpose(noisy, reference)
    least = ((found - reference) ** 2).sum()
    for axis, sign in itertools.product(np.eye(3), (-1, 1)):
        middle = found.mean(axis=0)
        turned = Rotation.from_rotvec(0.01 * sign * axis).apply(found - middle) + middle
        assert ((turned - reference) ** 2).sum() > least
        assert ((found + 0.01 * sign * axis - reference) ** 2).sum() > least


def test_superposition_makes_no_mirror_image():
    reference = np.array([[0, 0, 0], [1.0, 0, 0], [0, 2.0, 0], [0, 0, 3.0]])
    assert np.abs(superpose(-reference, reference) - reference).max() > 0.1


def test_measures_of_one_frame_are_those_counted_by_hand():
    reference = m25s18()
    shell, positions = reference.arrays["shell"], reference.positions
    frame = reference.copy()
    # A metal atom of a staple goes out by 2 A; the core grows by 3 %.
    staple = np.flatnonzero(shell == "staple")[0]
    frame.positions[shell == "core"] *= 1.03
    frame.positions[staple] *= 1 + 2 / np.linalg.norm(positions[staple])
    frame.set_momenta(np.ones((len(frame), 3)))
    frame.calc = SinglePointCalculator(frame, energy=-5.0)
    (row,) = stability([frame], reference).to_dict("records")
    sulphur = [k for k in range(len(frame)) if frame.symbols[k] == "S"]
    metals = [k for k in range(len(frame)) if frame.symbols[k] == "Ag"]
    broken = formed = 0
    for m, s in itertools.product(metals, sulphur):
        before = math.dist(positions[m], positions[s])
        after = math.dist(frame.positions[m], frame.positions[s])
        broken += before < 2.9 and after > 3.3
        formed += before > 3.3 and after < 2.9
    assert (row["broken"], row["formed"]) == (broken, formed) and broken > 0
    assert row["core"] == pytest.approx(1.03 * np.linalg.norm(positions[1]), abs=1e-9)
    assert row["staple"] == pytest.approx(
        np.linalg.norm(positions[shell == "staple"], axis=1).mean() + 2 / 12
    )
    assert row["potential"] == -5.0
    assert row["kinetic"] == pytest.approx(sum(3 / (2 * m) for m in frame.get_masses()))
    assert row["metal"] > 0 and 0 < row["displacement"] < math.sqrt((4 + 12 * 0.083**2) / 43)
