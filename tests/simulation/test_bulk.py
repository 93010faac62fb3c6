"""Recorded bulk runs: what they are, that they can be made again, and what theory says of them."""

import hashlib
import importlib.util
import json
from dataclasses import replace
from pathlib import Path

import gsd.hoomd
import numpy as np
import pandas as pd
import pytest
import reference

from supracrystal.colloids import hard_spheres as eos
from supracrystal.colloids import is_large
from supracrystal.simulation import run as run_module
from supracrystal.simulation import simulate

FOLDER = Path(__file__).parents[2] / "data" / "confinement"
BULK = FOLDER / "bulk"
PROVENANCE = json.loads((BULK / "provenance.json").read_text())
RUNS = pd.read_csv(BULK / "runs.csv", index_col="name")
SERIES = pd.read_csv(BULK / "series.csv")
FLUID = RUNS[RUNS.index.str.startswith("fluid")].set_index("density")
COLD = RUNS[RUNS.index.str.startswith("cold")]


@pytest.fixture(scope="module")
def script():
    """Return data/confinement/bulk.py as a module."""
    spec = importlib.util.spec_from_file_location("bulk", FOLDER / "bulk.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_file_has_its_checksum():
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in BULK.glob("*.csv")}
    assert found == PROVENANCE["sha256"]


def test_recorded_runs_are_those_of_the_script(script):
    made = {name: recipe for name, (recipe, _) in script.recipes().items()}
    assert list(made) == RUNS.index.tolist() == SERIES.name.unique().tolist()
    for name, recipe in made.items():
        run = RUNS.loc[name]
        assert (recipe.density, recipe.temperature) == (run.density, run.set_temperature)
        assert (recipe.start, recipe.seed, recipe.steps) == (run.start, run.seed, run.steps)


@pytest.mark.parametrize("name", sorted(PROVENANCE["first"]))
def test_first_thousand_steps_come_out_again(script, tmp_path, name):
    recipe = replace(script.recipes()[name][0], steps=1000, frame_interval=500)
    log = simulate(recipe, tmp_path, engine="lammps", progress=False)
    for column, values in PROVENANCE["first"][name].items():
        # Trajectories diverge, so that other compilers change later digits.
        assert log[column].to_numpy() == pytest.approx(values, rel=1e-3), column
    with gsd.hoomd.open(tmp_path / "trajectory.gsd") as file:
        frame = file[-1]
    box = np.asarray(frame.configuration.box[:3], dtype=float)
    virial = reference.mixture_virial(frame.particles.position, is_large(frame), box, recipe.size_ratio)
    kinetic = 2 * recipe.number * log.kinetic_energy.iloc[-1]
    # Positions are stored in single precision.
    assert log.pressure.iloc[-1] == pytest.approx((kinetic + virial) / (3 * np.prod(box)), rel=1e-4)


def test_temperature_is_the_set_one_within_its_error():
    away = (RUNS.temperature / RUNS.set_temperature - 1).abs()
    assert (away < np.maximum(4 * RUNS.temperature_error / RUNS.set_temperature, 0.006)).all()


@pytest.mark.parametrize("density", [0.80, 0.83, 0.86, 0.89])
def test_fluid_is_that_of_the_density_dependent_diameter(density):
    run = FLUID.loc[density]
    assert run.largest_cluster < 30
    soft = eos.wca_pressure(density, theory="wca")
    assert soft == pytest.approx(run.pressure, rel=0.01)
    assert eos.wca_energy(density, theory="wca") == pytest.approx(run.pair_energy, rel=0.015)
    assert eos.wca_pressure(density) > 1.03 * run.pressure


def test_diameters_become_one_in_the_cold_and_leave_the_error_of_the_equation():
    warm = FLUID.loc[0.80]
    gap = eos.wca_pressure(0.80) - eos.wca_pressure(0.80, theory="wca")
    softness = gap / warm.pressure
    for _, run in COLD.sort_values("set_temperature", ascending=False).iterrows():
        both = [
            eos.wca_pressure(run.density, temperature=run.set_temperature, theory=theory) / run.pressure
            for theory in ("barker-henderson", "wca")
        ]
        assert both == pytest.approx([1, 1], abs=0.01)
        assert 0 < both[0] - both[1] < softness / 2
        softness = both[0] - both[1]


@pytest.mark.parametrize("density", [0.86, 0.92])
def test_crystals_have_half_the_excess_pressure_of_the_fluid_and_cannot_be_told_apart(density):
    one, other = (RUNS.loc[f"{name}-{density:.2f}"] for name in ("C14", "C15"))
    fluid = FLUID.loc[density]
    assert min(one.largest_cluster, other.largest_cluster) > 1700
    assert max(one.pressure, other.pressure) < 0.8 * fluid.pressure
    assert max(one.pair_energy, other.pair_energy) < 0.8 * fluid.pair_energy
    assert one.pressure == pytest.approx(other.pressure, rel=0.02)


def test_checkpoints_leave_the_energy_of_a_periodic_box_alone(script, tmp_path, monkeypatch):
    monkeypatch.setattr(run_module, "CHECKPOINT", 0.0)
    recipe = replace(script.recipes()["fluid-0.83"][0], steps=6000, frame_interval=6000)
    log = simulate(recipe, tmp_path, engine="lammps", progress=False)
    # A list of neighbours that is not renewed shows as jumps of 0.1 every tenth time.
    assert log.conserved_energy.diff().abs().max() < 1e-3


@pytest.mark.parametrize("name", ["C14", "C15"])
def test_crystals_melt_at_low_density_to_the_pressure_of_the_fluid(name):
    run = SERIES[SERIES.name == f"{name}-0.80"]
    assert run.largest_cluster.iloc[0] > 700 and run.largest_cluster.iloc[-1] < 30
    assert run.pressure.iloc[-4:].mean() == pytest.approx(FLUID.pressure[0.80], rel=0.01)
