"""Runs of recipes: what is written, stopped, resumed and refused, on LAMMPS."""

import os
import random
import signal
import time
from dataclasses import replace
from types import SimpleNamespace

import gsd.hoomd
import numpy as np
import pytest
from processes import Command

from supracrystal import InputError
from supracrystal.cli import main
from supracrystal.colloids import is_large
from supracrystal.simulation import (
    AssemblyRecipe,
    ConfinementRecipe,
    checkpoints,
    find_engine,
    initial_configuration,
    read_log,
    read_recipe,
    simulate,
    write_recipe,
)
from supracrystal.simulation import run as run_module

SMALL = ConfinementRecipe(number=150, density=0.55, steps=2000, frame_interval=200, log_interval=100)


def run(recipe, folder, **options):
    return simulate(recipe, folder, engine="lammps", progress=False, **options)


def frames(folder):
    with gsd.hoomd.open(folder / "trajectory.gsd") as file:
        return list(file)


def steps(folder):
    return [int(frame.configuration.step) for frame in frames(folder)]


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    run(SMALL, folder)
    return folder


def copy(source, target):
    for path in source.iterdir():
        (target / path.name).write_bytes(path.read_bytes())
    return target


def test_run_writes_what_is_promised(finished):
    log = read_log(finished)
    assert list(log) == list(run_module.COLUMNS)
    assert log.step.tolist() == list(range(0, 2001, 100))
    assert steps(finished) == list(range(0, 2001, 200))
    assert read_recipe(finished / "recipe.yml") == SMALL
    assert log.largest_cluster.notna().tolist() == [step % 200 == 0 for step in log.step]
    assert log.pressure.isna().all()
    for frame in frames(finished):
        assert is_large(frame).sum() == SMALL.number_large
        assert frame.log["time"][0] == pytest.approx(frame.configuration.step * 0.01)
        assert frame.log["confinement/radius"][0] == SMALL.radius
        assert np.linalg.norm(frame.particles.position, axis=1).max() < SMALL.radius - 0.8
    umask = os.umask(0)
    os.umask(umask)
    assert {path.stat().st_mode & 0o777 for path in finished.iterdir()} == {0o666 & ~umask}


def test_energy_is_conserved_and_temperature_kept(finished):
    log = read_log(finished)
    assert np.ptp(log.conserved_energy[5:]) < 0.005
    assert log.temperature[5:].mean() == pytest.approx(0.2, rel=0.05)
    assert log.kinetic_energy.to_numpy() == pytest.approx(1.5 * log.temperature * (149 / 150), rel=1e-6)


def test_run_that_is_finished_is_left_alone_and_may_be_prolonged(finished, tmp_path):
    copy(finished, tmp_path)
    before = (tmp_path / "trajectory.gsd").read_bytes()
    run(SMALL, tmp_path)
    assert (tmp_path / "trajectory.gsd").read_bytes() == before
    log = run(replace(SMALL, steps=2300), tmp_path)
    assert log.step.tolist() == list(range(0, 2301, 100))
    assert steps(tmp_path) == [*range(0, 2201, 200), 2300]
    assert read_recipe(tmp_path / "recipe.yml").steps == 2300


def test_prolonged_run_is_the_uninterrupted_one(finished, tmp_path):
    half = replace(SMALL, steps=400)
    run(half, tmp_path)
    log = run(replace(SMALL, steps=700), tmp_path)
    whole = read_log(finished)
    for name in ("temperature", "pair_energy", "wall_energy", "conserved_energy"):
        assert log[name][:8].to_numpy() == pytest.approx(whole[name][:8].to_numpy(), rel=1e-6, abs=1e-8)


@pytest.mark.parametrize("damage", ["cut", "garbage", "frame", "zeros"])
def test_damaged_tail_of_a_trajectory_is_cut(finished, tmp_path, damage):
    copy(finished, tmp_path)
    path = tmp_path / "trajectory.gsd"
    data = path.read_bytes()
    path.write_bytes(
        {"cut": data[:-50], "garbage": data + b"x" * 999, "frame": data[:-1500], "zeros": data + bytes(999)}[
            damage
        ]
    )
    last = frames(finished)[-1]
    run(replace(SMALL, steps=2400), tmp_path)
    assert steps(tmp_path) == list(range(0, 2401, 200))
    np.testing.assert_array_equal(frames(tmp_path)[10].particles.position, last.particles.position)


def test_line_of_the_log_that_is_not_whole_is_cut(finished, tmp_path):
    copy(finished, tmp_path)
    with (tmp_path / "log.csv").open("a") as file:
        file.write("2100,21.0,4.")
    log = run(replace(SMALL, steps=2200), tmp_path)
    assert log.step.tolist() == list(range(0, 2201, 100))


def test_checkpoint_that_is_damaged_or_missing_is_named(finished, tmp_path):
    copy(finished, tmp_path)
    path = tmp_path / "checkpoint.npz"
    data = path.read_bytes()
    longer = replace(SMALL, steps=2200)
    for broken in (data[:-100], data[: len(data) // 2], b""):
        path.write_bytes(broken)
        with pytest.raises(ValueError, match=r"checkpoint\.npz is damaged .* begin anew"):
            run(longer, tmp_path)
    path.unlink()
    with pytest.raises(ValueError, match=r"holds trajectory\.gsd and log\.csv but no checkpoint"):
        run(longer, tmp_path)
    assert (tmp_path / "trajectory.gsd").read_bytes() == (finished / "trajectory.gsd").read_bytes()


def test_other_recipe_or_engine_is_refused(finished, tmp_path):
    with pytest.raises(ValueError, match=r"another recipe \(seed is 2, was 1\); choose another directory"):
        run(replace(SMALL, seed=2), finished)
    copy(finished, tmp_path)
    memory, arrays = checkpoints.read_checkpoint(tmp_path)
    checkpoints.save_checkpoint(tmp_path, {**memory, "engine": "hoomd"}, arrays)
    with pytest.raises(ValueError, match="a run by hoomd; it cannot go on with lammps"):
        run(SMALL, tmp_path)


def begin(folder, recipe):
    write_recipe(recipe, folder / "given.yml")
    command = "assemble" if isinstance(recipe, AssemblyRecipe) else "confine"
    words = ["supracrystal", command, str(folder / "given.yml"), "--out", str(folder / "run")]
    words += ["--engine", "lammps"]
    return Command(words, folder, checkpoint=0.1)


def wait_for_more(process, folder):
    """Wait until the log has grown, or the run ended."""
    path = folder / "run" / "log.csv"
    size = path.stat().st_size if path.exists() else 0
    while process.poll() is None and not (path.exists() and path.stat().st_size > size):
        time.sleep(0.01)


@pytest.mark.parametrize(
    "recipe",
    [
        replace(SMALL, steps=3_000, log_interval=50, frame_interval=50),
        AssemblyRecipe(
            shape="sphere", number=200, steps=3_000, solvent="toluene", temperature_C=45, frame_interval=50
        ),
    ],
    ids=["droplet", "coated"],
)
def test_killed_again_and_again_every_frame_and_line_is_there_once(tmp_path, recipe):
    moment = random.Random(1)
    killed = 0
    for _ in range(3):
        process = begin(tmp_path, recipe)
        wait_for_more(process, tmp_path)
        time.sleep(moment.uniform(0, 0.3))
        killed += process.poll() is None
        process.kill()
        process.communicate()
    assert killed
    process = begin(tmp_path, recipe)
    out, err = process.communicate()
    assert process.returncode == 0, err
    assert "run: 3000 steps, " in out
    expected = list(range(0, 3_001, 50))
    assert steps(tmp_path / "run") == expected
    assert read_log(tmp_path / "run").step.tolist() == expected
    assert not list((tmp_path / "run").glob("*partial*"))


def test_terminated_run_leaves_a_checkpoint_of_its_last_step(tmp_path):
    recipe = replace(SMALL, steps=10_000_000)
    process = begin(tmp_path, recipe)
    wait_for_more(process, tmp_path)
    time.sleep(0.2)
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate()
    assert process.returncode == 130
    assert "the same command goes on" in err
    memory, _ = checkpoints.read_checkpoint(tmp_path / "run")
    assert read_log(tmp_path / "run").step.iloc[-1] == memory["recorded"] <= memory["step"]
    log = run(replace(recipe, steps=memory["step"] + 100), tmp_path / "run")
    assert log.step.is_unique
    assert abs(log.conserved_energy.diff().iloc[-3:]).max() < 0.005


def test_time_step_too_long_is_stopped_with_advice(tmp_path):
    for time_step in (0.03, 0.2):
        folder = tmp_path / str(time_step)
        recipe = replace(SMALL, time_step=time_step, density=0.7, number=300, steps=40_000)
        with pytest.raises(InputError, match=r"step.*(time_step)"):
            run(recipe, folder)
        assert all(np.isfinite(frame.particles.position).all() for frame in frames(folder))


def test_drift_is_judged_by_its_rate_and_heat_by_the_temperature():
    row = {"step": 10_000, "time": 100.0, "temperature": 0.2, **dict.fromkeys(run_module.ENERGIES, 1.0)}
    centre = np.zeros((2, 3))

    def problem(reference, **changes):
        return run_module._problem(SMALL, row | changes, centre, reference)

    assert problem((50.0, 1.0)) is None
    assert problem((50.0, 1.0 - 0.8 * run_module.DRIFT * 0.2)) is None
    assert "smaller than 0.01" in problem((50.0, 1.0 - 1.2 * run_module.DRIFT * 0.2))
    assert problem((-900.0, 1.0 - 8 * run_module.DRIFT * 0.2)) is None
    assert "temperature is 0.7" in problem(None, temperature=0.7)
    assert problem(None, temperature=0.7, step=100) is None
    assert "pair_energy is not finite" in problem(None, pair_energy=float("nan"))
    assert "1 particles are outside" in run_module._problem(SMALL, row, centre + [[0, 0, 9], [0, 0, 0]], None)


def test_first_configuration_with_a_particle_outside_is_refused_and_nothing_written(tmp_path):
    frame = initial_configuration(SMALL)
    frame.particles.position[7] = [0, 0, SMALL.radius]
    with pytest.raises(ValueError, match=r"1 particles are outside .* the first is 7 .* start_density"):
        run(SMALL, tmp_path / "run", initial=frame)
    assert not (tmp_path / "run").exists()


def test_crystal_of_a_recorded_frame_is_compressed(finished, tmp_path):
    first = frames(finished)[-1]
    recipe = replace(
        SMALL, start_density=0.55, density=0.62, hold=100, compression=450, steps=800, log_interval=100,
        average_interval=50,
    )  # fmt: skip
    log = run(recipe, tmp_path, initial=first)
    np.testing.assert_array_equal(frames(tmp_path)[0].particles.position, first.particles.position)
    radii = log.radius.to_numpy()
    assert radii[:2] == pytest.approx(recipe.radius_at(0), rel=1e-8)
    assert radii[[2, 3, 4, 5]] == pytest.approx([recipe.radius_at(s) for s in (200, 300, 400, 500)], rel=1e-8)
    assert radii[6:] == pytest.approx(recipe.radius, rel=1e-8)
    assert np.all(np.diff(radii) <= 0)
    assert frames(tmp_path)[-1].log["confinement/radius"][0] == recipe.radius


def test_compression_goes_on_where_it_was(tmp_path):
    recipe = replace(SMALL, start_density=0.5, density=0.6, compression=700, steps=350, log_interval=50)
    run(replace(recipe, frame_interval=50), tmp_path)
    log = run(replace(recipe, frame_interval=50, steps=900), tmp_path)
    assert log.radius.to_numpy() == pytest.approx([recipe.radius_at(step) for step in log.step], rel=1e-8)


@pytest.mark.parametrize("confinement", ["sphere", "periodic"])
def test_average_is_that_of_the_frames(tmp_path, confinement):
    recipe = replace(
        SMALL, confinement=confinement, log_interval=20, frame_interval=20, average_interval=20, steps=400
    )
    run(replace(recipe, steps=190), tmp_path)
    run(recipe, tmp_path)
    recorded = [frame for frame in frames(tmp_path) if frame.configuration.step % 20 == 0][1:]
    position = np.array([frame.particles.position for frame in recorded], dtype=float)
    if confinement == "periodic":
        position = np.unwrap(position, axis=0, period=recipe.box_length)
    with gsd.hoomd.open(tmp_path / "average.gsd") as file:
        mean = file[0]
    assert mean.log["averaged"][0] == len(recorded) == 20
    apart = mean.particles.position - position.mean(axis=0)
    if confinement == "periodic":
        apart -= recipe.box_length * np.round(apart / recipe.box_length)
    assert np.abs(apart).max() < 2e-6


def test_run_stops_when_the_crystal_is_large_enough_and_may_go_on(tmp_path):
    recipe = ConfinementRecipe(
        number=216, density=1.0, confinement="periodic", start="C15", steps=1000, log_interval=100,
        frame_interval=200, stop_cluster=100,
    )  # fmt: skip
    assert run(recipe, tmp_path).step.iloc[-1] == 0
    log = run(replace(recipe, stop_cluster=None, steps=400), tmp_path)
    assert log.step.tolist() == [0, 100, 200, 300, 400]
    assert (log.pressure > 0).all()
    assert log.radius.isna().all()


def test_engine_runs_no_longer_than_a_breath(tmp_path, monkeypatch):
    made, clock, module = [], [0.0], find_engine("lammps")
    integrate = module.Engine.run

    def counted(self, steps):
        made.append(steps)
        clock[0] += steps / 1024
        integrate(self, steps)

    monkeypatch.setattr(module.Engine, "run", counted)
    monkeypatch.setattr(run_module, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    monkeypatch.setattr(run_module, "BREATH", 0.25)
    run(replace(SMALL, log_interval=2000, frame_interval=2000), tmp_path)
    assert made == [0, 100, *7 * [256], 108]


@pytest.mark.parametrize("name", ["lamps", "gromacs"])
def test_unknown_engine(name):
    with pytest.raises(ValueError, match=f"engine is '{name}'; allowed are auto, hoomd, lammps"):
        find_engine(name)


def test_command_runs_prolongs_and_names_what_is_wrong(tmp_path, capsys):
    path = tmp_path / "given.yml"
    write_recipe(replace(SMALL, steps=200), path)
    words = ["confine", str(path), "--out", str(tmp_path / "run"), "--engine", "lammps"]
    assert main(words) == 0
    captured = capsys.readouterr()
    assert "200 steps, time 2, temperature 0." in captured.out
    assert "step/s" in captured.err
    assert main([*words, "--steps", "300", "--quiet"]) == 0
    captured = capsys.readouterr()
    assert "300 steps" in captured.out
    assert captured.err == ""
    trajectory = str(tmp_path / "run" / "trajectory.gsd")
    assert main([*words[:3], str(tmp_path / "again"), *words[4:], "--initial", trajectory, "--quiet"]) == 0
    capsys.readouterr()
    path.write_text("number: 150\ndensity: 0.55\nsteps: 200\ndensty: 1\n")
    assert main(words) == 2
    assert "unknown densty" in capsys.readouterr().err
    assert main([*words[:1], str(tmp_path / "none.yml"), *words[2:]]) == 2
    assert "none.yml" in capsys.readouterr().err
