"""HOOMD-blue and LAMMPS give the printed potential, the same motion and the same equilibrium.

HOOMD-blue is not on PyPI: where it is missing, its tests are skipped and say so.
"""

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
from engines import ENGINES, each_engine, needs_hoomd

from supracrystal import InputError
from supracrystal.colloids import is_large, largest_cluster, make_particles
from supracrystal.simulation import (
    ConfinementRecipe,
    differences,
    find_engine,
    hoomd,
    initial_configuration,
    lammps,
    simulate,
)

FOLDER = Path(__file__).parents[2] / "data" / "confinement"
SPHERE = ConfinementRecipe(number=300, density=0.55, steps=600, frame_interval=200, log_interval=50, seed=3)
BOX = replace(SPHERE, confinement="periodic", density=0.8)
both = pytest.mark.parametrize("recipe", [SPHERE, BOX], ids=["sphere", "box"])
FREE = 1e6
"""Coupling time at which the thermostat does nothing."""


def start(engine, recipe, frame=None, state=None):
    """Return an engine at rest at its first step."""
    simulation = ENGINES[engine].Engine(recipe, frame or initial_configuration(recipe), state)
    simulation.run(0)
    return simulation


def relaxed(recipe, time=5.0):
    """Return a configuration with velocities after a time without thermostat, from LAMMPS."""
    frame = initial_configuration(recipe)
    simulation = start("lammps", replace(recipe, coupling=FREE, time_step=0.005), frame)
    simulation.run(round(time / 0.005))
    frame.particles.position, frame.particles.velocity = simulation.position(), simulation.velocity()
    simulation.close()
    if recipe.confinement == "periodic":
        frame.particles.position -= recipe.box_length * np.round(frame.particles.position / recipe.box_length)
    return frame


def box_of(recipe):
    return recipe.box_length if recipe.confinement == "periodic" else None


def wall_of(recipe):
    return recipe.radius if recipe.confinement == "sphere" else None


@each_engine
@both
def test_energies_and_forces_are_those_of_the_printed_potentials(engine, recipe):
    frame = relaxed(recipe)
    simulation = start(engine, recipe, frame)
    measured, position, large = simulation.measure(), frame.particles.position, is_large(frame)
    box = np.full(3, box_of(recipe) or np.inf)
    expected = reference.mixture_energy(position, large, np.where(np.isinf(box), 1e9, box), recipe.size_ratio)
    assert measured["pair_energy"] / recipe.number == pytest.approx(expected, rel=1e-9)
    assert expected > 0.05
    wall = 0.0
    if recipe.confinement == "sphere":
        wall = reference.wca_energy(recipe.radius - np.linalg.norm(position, axis=1)).sum()
        assert wall > 3
    assert measured["wall_energy"] == pytest.approx(wall, rel=1e-9)
    force = reference.confined_forces(
        position, large, recipe.size_ratio, box=box_of(recipe), radius=wall_of(recipe)
    )
    assert np.abs(simulation.force() - force).max() < 1e-9 * np.abs(force).max()
    assert np.array_equal(simulation.position(), position)
    assert np.array_equal(simulation.velocity(), frame.particles.velocity)


@each_engine
@both
def test_particles_that_exchange_species_move_as_if_they_had_begun_with_them(engine, recipe):
    recipe = replace(recipe, coupling=FREE, exchange={"every": 100, "tries": 1})
    simulation = start(engine, recipe, relaxed(recipe))
    simulation.run(30)
    changed = make_particles(
        simulation.position(), is_large(initial_configuration(recipe)), box=[recipe.box_length] * 3 + [0] * 3
    )
    if recipe.confinement == "periodic":
        changed.particles.position -= recipe.box_length * np.round(
            changed.particles.position / recipe.box_length
        )
    changed.particles.velocity = simulation.velocity()
    box = np.full(3, box_of(recipe) or 1e9)

    def energy(pair):
        species = is_large(changed)
        species[list(pair)] = species[list(pair)][::-1]
        position = changed.particles.position
        return reference.mixture_energy(position, species, box, recipe.size_ratio) * recipe.number

    large, small = (np.flatnonzero(is_large(changed) == kind)[:20] for kind in (True, False))
    pair = min(zip(large, small, strict=True), key=energy)
    wanted = energy(pair)
    changed.particles.typeid[list(pair)] = 1, 0
    simulation.set_species(is_large(changed))
    simulation.run(0)
    assert simulation.measure()["pair_energy"] == pytest.approx(wanted, rel=1e-9)
    other = start(engine, recipe, changed)
    assert np.abs(simulation.force() - other.force()).max() < 1e-7
    for each in (simulation, other):
        each.run(50)
    moved = simulation.position() - other.position()
    if recipe.confinement == "periodic":
        moved -= recipe.box_length * np.round(moved / recipe.box_length)
    assert np.abs(moved).max() < 1e-6


@each_engine
def test_pressure_is_that_of_the_virial(engine):
    frame = relaxed(BOX)
    measured = start(engine, BOX, frame).measure()
    length = BOX.box_length
    virial = reference.mixture_virial(frame.particles.position, is_large(frame), length, BOX.size_ratio)
    expected = (2 * measured["kinetic_energy"] + virial) / (3 * length**3)
    assert measured["pressure"] == pytest.approx(expected, rel=1e-9)


@each_engine
@both
def test_temperature_has_three_degrees_of_freedom_less(engine, recipe):
    frame = initial_configuration(recipe)
    measured = start(engine, recipe, frame).measure()
    kinetic = np.sum(frame.particles.velocity**2) / 2
    assert measured["kinetic_energy"] == pytest.approx(kinetic, rel=1e-12)
    assert measured["temperature"] == pytest.approx(2 * kinetic / (3 * recipe.number - 3), rel=1e-12)
    assert measured["temperature"] == pytest.approx(recipe.temperature, rel=1e-12)
    assert np.isnan(measured["pressure"]) == (recipe.confinement == "sphere")


@each_engine
@both
def test_energy_is_conserved_to_second_order_of_the_time_step(engine, recipe):
    frame = relaxed(recipe)
    spread = []
    for time_step in (0.01, 0.005):
        simulation = start(engine, replace(recipe, time_step=time_step, coupling=FREE), frame)
        energies = []
        for _ in range(50):
            simulation.run(round(0.04 / time_step))
            energies.append(simulation.measure()["conserved_energy"] / recipe.number)
        spread.append(np.std(energies))
    assert spread[0] < 0.002 * recipe.temperature
    assert 2.5 < spread[0] / spread[1] < 6


@each_engine
@both
def test_energy_of_particles_and_thermostat_is_conserved(engine, recipe):
    frame, spread = relaxed(recipe), []
    for time_step in (0.01, 0.005):
        simulation = start(engine, replace(recipe, time_step=time_step), frame)
        rows = []
        for _ in range(40):
            simulation.run(round(0.1 / time_step))
            rows.append(simulation.measure())
        table = pd.DataFrame(rows) / recipe.number
        spread.append(np.ptp(table.conserved_energy))
    bare = table.kinetic_energy + table.pair_energy + table.wall_energy
    assert spread[0] < 0.1 * recipe.temperature
    assert 2 < spread[0] / spread[1] < 8
    assert np.ptp(bare) > 20 * spread[1]


@needs_hoomd
@both
def test_both_engines_move_alike(recipe):
    frame, recipe = relaxed(recipe), replace(recipe, coupling=FREE)
    ends = []
    for engine in ("hoomd", "lammps"):
        simulation = start(engine, recipe, frame)
        simulation.run(50)
        ends.append((simulation.position(), simulation.velocity(), simulation.measure()))
    moved = ends[0][0] - ends[1][0]
    if recipe.confinement == "periodic":
        moved -= recipe.box_length * np.round(moved / recipe.box_length)
    assert np.abs(ends[0][0] - frame.particles.position).max() > 0.1
    assert np.abs(moved).max() < 1e-6
    assert np.abs(ends[0][1] - ends[1][1]).max() < 1e-6
    for name in ("temperature", "pair_energy", "wall_energy"):
        assert ends[0][2][name] == pytest.approx(ends[1][2][name], rel=1e-6)


@needs_hoomd
def test_thermostat_of_hoomd_acts_on_the_velocities_between_steps():
    recipe = SPHERE
    simulation = start("hoomd", recipe, relaxed(recipe))
    dt, freedom = recipe.time_step, 3 * recipe.number - 3
    full = []
    for _ in range(30):
        push, _ = before = simulation.state()["thermostat"]
        between = (simulation.velocity() + dt / 2 * simulation.force()) * np.exp(-push * dt / 2)
        kinetic = np.sum(between**2) / freedom / recipe.temperature
        full.append(simulation.measure()["temperature"] / recipe.temperature - kinetic)
        simulation.run(1)
        expected = before[0] + dt / recipe.coupling**2 * (kinetic - 1)
        assert simulation.state()["thermostat"][0] == pytest.approx(expected, abs=1e-10)
    assert np.mean(full) < -0.003


@each_engine
@both
def test_state_goes_on_as_if_nothing_had_been(engine, recipe):
    frame = relaxed(recipe)
    whole, first = start(engine, recipe, frame), start(engine, recipe, frame)
    whole.run(40)
    first.run(40)
    state = first.state()
    first.close()
    blank = initial_configuration(recipe)
    second = ENGINES[engine].Engine(recipe, blank, {name: np.array(value) for name, value in state.items()})
    assert second.step == whole.step == 40
    second.run(60)
    whole.run(60)
    assert second.step == whole.step == 100
    moved = second.position() - whole.position()
    if recipe.confinement == "periodic":
        moved -= recipe.box_length * np.round(moved / recipe.box_length)
    assert np.abs(moved).max() < 1e-8
    one, other = second.measure(), whole.measure()
    assert {name: one[name] for name in one} == pytest.approx(other, rel=1e-8, nan_ok=True)


@each_engine
def test_run_that_was_stopped_goes_on_to_the_same_log(engine, tmp_path):
    recipe = SPHERE
    whole = simulate(recipe, tmp_path / "whole", engine=engine, progress=False)
    for steps in (150, 350, recipe.steps):
        log = simulate(replace(recipe, steps=steps), tmp_path / "parts", engine=engine, progress=False)
    assert log.step.tolist() == whole.step.tolist() == list(range(0, 601, 50))
    for name in ("temperature", "conserved_energy", "wall_energy"):
        assert log[name].to_numpy() == pytest.approx(whole[name].to_numpy(), rel=1e-5), name
    with gsd.hoomd.open(tmp_path / "parts" / "trajectory.gsd") as file:
        steps = [frame.configuration.step for frame in file]
    assert steps == sorted(set(steps))
    assert set(range(0, 601, 200)) <= set(steps)


@each_engine
def test_wall_follows_the_recipe(engine, tmp_path):
    recipe = replace(
        SPHERE, density=0.58, start_density=0.45, hold=100, compression=300, steps=500,
        frame_interval=100, time_step=0.005,
    )  # fmt: skip
    log = simulate(recipe, tmp_path, engine=engine, progress=False)
    with gsd.hoomd.open(tmp_path / "trajectory.gsd") as file:
        frames = list(file)
    for frame in frames:
        away = np.linalg.norm(frame.particles.position.astype(float), axis=1)
        radius = recipe.radius_at(int(frame.configuration.step))
        energy = reference.wca_energy(radius - away).sum() / recipe.number
        recorded = log.set_index("step").wall_energy[frame.configuration.step]
        # Positions are stored in single precision.
        assert recorded == pytest.approx(energy, rel=1e-4, abs=1e-7)
    assert recipe.radius_at(100) > recipe.radius_at(250) > recipe.radius_at(400) == recipe.radius


@each_engine
def test_escaped_particle_ends_the_run(engine, tmp_path):
    recipe = SPHERE
    frame = initial_configuration(recipe)
    outermost = np.linalg.norm(frame.particles.position, axis=1).argmax()
    direction = frame.particles.position[outermost] / np.linalg.norm(frame.particles.position[outermost])
    frame.particles.velocity[outermost] = 300 * direction
    with pytest.raises(InputError, match=r"outside of the sphere|left the sphere"):
        simulate(recipe, tmp_path, engine=engine, initial=frame, progress=False)


@each_engine
@both
def test_exchanges_go_on_with_the_same_acceptance_and_conserve_the_energy(engine, recipe, tmp_path):
    recipe = replace(recipe, exchange={"every": 50, "tries": 100})
    whole = simulate(recipe, tmp_path / "whole", engine=engine, progress=False)
    for steps in (170, 350, recipe.steps):
        parts = simulate(replace(recipe, steps=steps), tmp_path / "parts", engine=engine, progress=False)
    assert whole.exchanges_tried.sum() == 100 * (recipe.steps // 50 - 1)
    assert parts.exchanges_accepted.sum() == whole.exchanges_accepted.sum() > 50
    both = parts[parts.step % 50 == 0]
    assert both.pair_energy.to_numpy() == pytest.approx(whole.pair_energy.to_numpy(), rel=1e-5)
    assert np.ptp(whole.conserved_energy[2:]) < 0.1 * recipe.temperature
    with gsd.hoomd.open(tmp_path / "parts" / "trajectory.gsd") as file:
        large = [is_large(frame) for frame in file]
    assert {each.sum() for each in large} == {recipe.number_large}
    assert (large[0] != large[-1]).sum() >= 4


@needs_hoomd
def test_hoomd_tells_an_escaped_particle_that_came_in_again():
    recipe = replace(SPHERE, coupling=FREE)
    frame = initial_configuration(recipe)
    frame.particles.position[0] = [recipe.radius + 1, 0, 0]
    frame.particles.velocity[0] = [20, 0, 0]
    simulation = start("hoomd", recipe, frame)
    for _ in range(40):
        simulation.run(1)
        wrapped = simulation.simulation.state.get_snapshot().particles.position[0]
        if np.linalg.norm(wrapped) < recipe.radius:
            break
    else:
        pytest.fail("the particle did not come in again")
    assert np.linalg.norm(simulation.position()[0]) > recipe.box_length / 2 > recipe.radius


def test_engine_is_hoomd_where_it_is_there_and_lammps_elsewhere(monkeypatch):
    def absent():
        raise ImportError("no module named hoomd")

    monkeypatch.setattr(hoomd, "load", lambda: None)
    assert find_engine("auto") is hoomd
    monkeypatch.setattr(hoomd, "load", absent)
    assert find_engine("auto") is lammps
    assert find_engine("lammps") is lammps
    with pytest.raises(ImportError, match="conda-forge"):
        find_engine("hoomd")


TABLE = pd.read_csv(FOLDER / "engines.csv")
PROVENANCE = json.loads((FOLDER / "engines.json").read_text())
SCALARS = ["pair_energy", "wall_energy", "core_number", "core_density", "core_composition"]
SHELLS = [f"{species}_{shell}" for species in "LS" for shell in range(1, 21)]


@pytest.fixture(scope="module")
def script():
    """Return data/confinement/engines.py as a module."""
    spec = importlib.util.spec_from_file_location("engines", FOLDER / "engines.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    return script


def mean_and_error(name, column):
    blocks = TABLE.loc[TABLE.run == name, column].to_numpy()
    return blocks.mean(), blocks.std(ddof=1) / len(blocks) ** 0.5


def profile_test(first, second, table=TABLE):
    """Probability of profiles at least as far apart, by exchange of the blocks of the two runs.

    Shells hang together, so that the sum of squares is not that of a chi-square distribution.
    """
    pooled = table[table.run.isin([first, second])].sort_values("run")[SHELLS].to_numpy()
    scale = np.where(pooled.std(axis=0) > 0, pooled.std(axis=0), 1)
    number = len(pooled) // 2

    def apart(order):
        return np.sum(((pooled[order[:number]].mean(0) - pooled[order[number:]].mean(0)) / scale) ** 2)

    random = np.random.default_rng(1)
    found = apart(np.arange(2 * number))
    others = np.array([apart(random.permutation(2 * number)) for _ in range(2000)])
    return (1 + np.sum(others >= found)) / 2001


def test_recorded_comparison_is_that_of_the_script(script):
    for name, digest in PROVENANCE["sha256"].items():
        assert hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() == digest
    assert {"hoomd", "lammps"} <= set(PROVENANCE["versions"])
    recipes = {"first": script.FIRST, **script.RUNS}
    assert {name: ConfinementRecipe(**each) for name, each in PROVENANCE["recipes"].items()} == recipes
    assert TABLE.groupby("run").size().to_dict() == dict.fromkeys(script.RUNS, script.BLOCKS)
    volume = 4 / 3 * np.pi * np.diff(np.linspace(0, script.FIRST.radius, 21) ** 3)
    number = TABLE[SHELLS].to_numpy().reshape(-1, 2, 20) @ volume
    large = script.FIRST.number_large
    assert number == pytest.approx(np.tile([large, 1000 - large], (len(TABLE), 1)), rel=1e-5)


def test_forces_of_the_script_are_slopes_of_the_printed_potential(script):
    recipe = replace(SPHERE, number=60, density=0.4)
    frame = initial_configuration(recipe)
    position, large = np.asarray(frame.particles.position), is_large(frame)
    sigma = (np.where(large, 1, 0.78)[:, None] + np.where(large, 1, 0.78)) / 2

    def energy(x):
        i, j = np.triu_indices(len(x), 1)
        pairs = reference.wca_energy(np.linalg.norm(x[i] - x[j], axis=1), sigma=sigma[i, j]).sum()
        return pairs + reference.wca_energy(recipe.radius - np.linalg.norm(x, axis=1)).sum()

    step, centre = 1e-5, energy(position)
    squared = laplacian = 0.0
    for index in np.ndindex(position.shape):
        moved = np.zeros_like(position)
        moved[index] = step
        up, down = energy(position + moved), energy(position - moved)
        squared += ((up - down) / (2 * step)) ** 2
        laplacian += (up + down - 2 * centre) / step**2
    found = script.derivatives(position, large, recipe.size_ratio, recipe.radius)
    assert found == pytest.approx((squared, laplacian), rel=2e-3)


def test_thermostats_hold_the_velocities_that_they_act_on():
    low = {}
    for step in ("", "-half"):
        for name, column in (("lammps", "temperature"), ("hoomd", "half_step_temperature")):
            mean, error = mean_and_error(name + step, column)
            assert error < 0.0015 * 0.2
            assert abs(mean - 0.2) < 3 * error, (name, step)
        whole, error = mean_and_error(f"hoomd{step}", "temperature")
        between, _ = mean_and_error(f"hoomd{step}", "half_step_temperature")
        low[step] = between - whole
        if not step:
            assert 0.2 - whole > 4 * error
    assert low[""] / low["-half"] == pytest.approx(4, rel=0.05)


@pytest.mark.parametrize("column", SCALARS)
def test_equilibrium_of_both_engines_agrees(column):
    (one, error), (other, more) = (mean_and_error(run, column) for run in ("hoomd", "lammps"))
    assert abs(one - other) < 3 * np.hypot(error, more)
    assert np.hypot(error, more) < 0.015 * one


def test_density_profiles_of_both_engines_agree():
    assert profile_test("hoomd", "lammps") > 0.02
    # The same test tells a profile that is one shell wider.
    shifted = TABLE[TABLE.run == "lammps"].copy()
    shifted[SHELLS] = np.roll(shifted[SHELLS].to_numpy().reshape(-1, 2, 20), 1, axis=2).reshape(-1, 40)
    table = pd.concat([TABLE, shifted.assign(run="shifted")])
    assert profile_test("hoomd", "shifted", table) < 0.001


@each_engine
def test_engine_comes_back_to_its_recorded_means(engine, tmp_path):
    with gsd.hoomd.open(FOLDER / "engines.gsd") as file:
        frame = file[0]
    recipe = ConfinementRecipe(**PROVENANCE["recipes"][engine])
    recipe = replace(recipe, steps=6000, frame_interval=6000, log_interval=100, seed=99)
    log = simulate(recipe, tmp_path, engine=engine, initial=frame, progress=False)
    log = log[log.step > 1000]
    blocks = TABLE[TABLE.run == engine]
    for name in ("temperature", "pair_energy", "wall_energy", "core_density"):
        # Half a block long: its mean scatters by 1.4 times as much as those of the blocks.
        assert abs(log[name].mean() - blocks[name].mean()) < 5 * 1.4 * max(blocks[name].std(), 1e-4), name


def test_recorded_crystal_goes_on_alike_on_both_engines():
    record = json.loads((FOLDER / "continuation.json").read_text())
    for name, digest in record["sha256"].items():
        assert hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() == digest
    assert record["engines"]["hoomd"].split(".")[0] == "4"
    recipes = [ConfinementRecipe(**record["recipes"][name]) for name in ("hoomd", "lammps")]
    assert set(differences(*recipes)) == {"seed"}
    table = pd.read_csv(FOLDER / "continuation.csv").drop(columns="block").groupby("engine")
    mean, error = table.mean(), table.std() / table.size().iloc[0] ** 0.5
    apart, combined = mean.loc["hoomd"] - mean.loc["lammps"], np.hypot(*error.to_numpy())
    assert table.size().to_dict() == {"hoomd": 10, "lammps": 10}
    # The means would differ visibly: errors are below 0.4 % of them.
    assert (combined < 0.004 * mean.loc["lammps"]).all()
    assert (apart.abs() < 3 * combined).all()
    with gsd.hoomd.open(FOLDER / "continuation.gsd") as file:
        crystals = [int(largest_cluster(frame).sum()) for frame in file]
    assert crystals == pytest.approx(mean.largest_cluster.to_list(), rel=0.03)
