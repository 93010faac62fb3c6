"""Recorded dynamics: tables, frames and engine agree, energy is kept, and the bath has its temperature."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from ase import units
from ase.io import read

from supracrystal.clusters import stability

STRUCTURES = Path(__file__).parents[2] / "data" / "structures"
HERE = STRUCTURES / "dynamics"
PROVENANCE = json.loads((HERE / "provenance.json").read_text(encoding="utf-8"))
RUNS = PROVENANCE["runs"]
runs = pytest.mark.parametrize("name", RUNS)
in_a_bath = pytest.mark.parametrize("name", [name for name, run in RUNS.items() if run["friction"]])


def table(name):
    return pd.read_csv(HERE / f"{name}.csv")


def start(name):
    return read(STRUCTURES / f"{RUNS[name]['start']}.xyz", format="extxyz")


def test_every_file_has_its_checksum():
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in HERE.glob("*.[cx][sy][vz]")}
    assert found == PROVENANCE["sha256"]


@runs
def test_table_is_as_long_as_the_run(name):
    run = RUNS[name]
    time = table(name)["time"].to_numpy()
    assert time == pytest.approx(np.arange(0, run["steps"] + 1, run["every"]) * run["step"])


@runs
def test_frames_are_those_of_the_table(name):
    frames, reference = read(HERE / f"{name}.xyz", format="extxyz", index=":"), start(name)
    rows = table(name)[:: PROVENANCE["shown"]].reset_index(drop=True)
    assert len(frames) == len(rows)
    for each in frames:
        each.set_masses(np.where(each.numbers == 1, RUNS[name]["hydrogen"], each.get_masses()))
        assert np.array_equal(each.numbers, reference.numbers)
    measured = stability(frames, reference)
    for column in measured:
        assert measured[column].to_numpy() == pytest.approx(rows[column].to_numpy(), rel=1e-5, abs=1e-5)


@runs
def test_run_begins_at_rest(name):
    first = table(name).iloc[0]
    assert first["displacement"] < 1e-6 and first["broken"] == first["formed"] == 0
    assert first["potential"] == pytest.approx(start(name).get_potential_energy(), abs=1e-3)


def test_engine_finds_the_recorded_energy():
    pytest.importorskip("tblite", reason="energies need tblite")
    from supracrystal.clusters import tight_binding

    (name, *_) = RUNS
    last = read(HERE / f"{name}.xyz", format="extxyz", index=-1)
    atoms = last.copy()
    atoms.info = start(name).info
    atoms.calc = tight_binding(atoms)
    assert atoms.get_potential_energy() == pytest.approx(last.get_potential_energy(), abs=5e-3)


def test_energy_is_kept_and_better_with_shorter_steps():
    spread = {}
    for name, run in RUNS.items():
        if not run["friction"]:
            rows = table(name)
            total = rows["potential"] + rows["kinetic"]
            spread[run["step"]] = total.std()
            # Beside what goes back and forth between potential and kinetic energy.
            assert np.ptp(total) < 0.05 * np.ptp(rows["kinetic"])
    assert spread[1.0] < spread[2.0]


@in_a_bath
def test_bath_has_its_temperature(name):
    run, rows = RUNS[name], table(name)
    late = rows[rows["time"] > 200]
    number = 3 * len(start(name))
    # Fluctuations of one frame, and one independent frame in each relaxation time 1/(2 friction).
    independent = (late["time"].iloc[-1] - 200) * 2 * run["friction"] / 1000
    error = run["temperature"] * np.sqrt(2 / number / independent)
    assert late["temperature"].mean() == pytest.approx(run["temperature"], abs=4 * error)


@pytest.mark.parametrize("name", PROVENANCE["quenched"]["runs"])
def test_quenched_structure_is_at_rest_and_below_the_last_frame(name):
    atoms = read(HERE / f"{name}-quenched.xyz", format="extxyz")
    assert np.linalg.norm(atoms.get_forces(), axis=1).max() < PROVENANCE["quenched"]["fmax"]
    assert atoms.get_potential_energy() < table(name)["potential"].iloc[-1] - 1
    # What it lost is of the size of what harmonic bonds hold at that temperature.
    lost = table(name)["potential"].tail(10).mean() - atoms.get_potential_energy()
    harmonic = (3 * len(atoms) - 6) * units.kB * RUNS[name]["temperature"] / 2
    assert 0.7 < lost / harmonic < 1.4
