"""What may come between: kills, full disks, directories without permission, a second process, long runs."""

import os
import resource
import tempfile
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import gsd.hoomd
import numpy as np
import pytest
from processes import Command

from supracrystal import InputError
from supracrystal.cli import main
from supracrystal.simulation import (
    ConfinementRecipe,
    checkpoints,
    initial_configuration,
    read_log,
    simulate,
    write_recipe,
)
from supracrystal.simulation import run as run_module

SMALL = ConfinementRecipe(number=150, density=0.55, steps=400, frame_interval=100, log_interval=100)
NOBODY = 65534


def run(recipe, folder):
    return simulate(recipe, folder, engine="lammps", progress=False)


def steps(folder):
    with gsd.hoomd.open(folder / "trajectory.gsd") as file:
        return [int(frame.configuration.step) for frame in file]


def begin(folder, recipe):
    write_recipe(recipe, folder / "r.yml")
    words = ["confine", str(folder / "r.yml"), "--out", str(folder / "r"), "--engine", "lammps", "--quiet"]
    return Command(["supracrystal", *words], tempfile.mkdtemp(dir=folder))


def wait_for(condition, process):
    while process.poll() is None and not condition():
        time.sleep(0.02)


@pytest.fixture
def shared():
    """Make a directory that every user can enter and only this one can write."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@contextmanager
def without_privileges():
    """Act as nobody if the tests run as root, whom no permission stops."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


def test_run_that_is_prolonged_by_uneven_steps_has_lost_nothing(tmp_path):
    recipe = replace(SMALL, frame_interval=1000, log_interval=1000)
    for total in (10, 20, 30, 1000, 1010):
        run(replace(recipe, steps=total), tmp_path)
    assert steps(tmp_path) == read_log(tmp_path).step.tolist() == [0, 10, 20, 30, 1000, 1010]


def test_frames_that_are_lost_are_named(tmp_path):
    run(SMALL, tmp_path)
    with gsd.hoomd.open(tmp_path / "trajectory.gsd") as file:
        kept = [frame for frame in file if frame.configuration.step not in (100, 300)]
    checkpoints.write_frames(tmp_path / "trajectory.gsd", kept)
    with pytest.warns(RuntimeWarning, match="2 frames were damaged .* that of step 100"):
        run(replace(SMALL, steps=500), tmp_path)
    assert steps(tmp_path) == [0, 200, 400, 500]


def test_second_process_in_a_directory_refuses_and_a_killed_one_leaves_no_lock(tmp_path):
    log = tmp_path / "r" / "log.csv"
    recipe = replace(SMALL, steps=10_000_000)
    first = begin(tmp_path, recipe)
    wait_for(log.exists, first)
    second = begin(tmp_path, recipe)
    _, err = second.communicate()
    assert second.returncode == 2
    assert f"{tmp_path / 'r'} is in use by another process ({first.pid} on " in err
    assert first.poll() is None
    first.kill()
    first.communicate()
    run(replace(recipe, steps=checkpoints.read_checkpoint(tmp_path / "r")[0]["step"] + 100), tmp_path / "r")
    assert read_log(tmp_path / "r").step.is_unique
    assert len(set(steps(tmp_path / "r"))) == len(steps(tmp_path / "r"))


def test_checkpoints_come_soon_and_then_more_and_more_seldom(tmp_path, monkeypatch):
    clock, saved, engine = [0.0], [], run_module.find_engine("lammps").Engine
    integrate, save = engine.run, checkpoints.save_checkpoint

    def timed(self, number):
        clock[0] += number / 10
        integrate(self, number)

    def noted(*arguments):
        saved.append(clock[0])
        save(*arguments)

    monkeypatch.setattr(engine, "run", timed)
    monkeypatch.setattr(checkpoints, "save_checkpoint", noted)
    monkeypatch.setattr(run_module, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    monkeypatch.setattr(run_module, "BREATH", 0.5)
    run(replace(SMALL, steps=2000, frame_interval=2000, log_interval=2000), tmp_path)
    assert saved[0] == 0
    assert 10 <= saved[1] <= 11  # The first stretch has 100 steps, which take 10 s by this clock.
    between = np.diff(saved[1:-1])
    assert (np.diff(between) > -0.1).all()
    assert max(between) <= run_module.CHECKPOINT + 1
    assert run_module.SOONER <= 5


def test_full_disk_ends_the_run_and_the_same_command_goes_on(tmp_path, monkeypatch, capsys):
    recipe = replace(SMALL, steps=3000, frame_interval=50, log_interval=50)
    write_recipe(recipe, tmp_path / "r.yml")
    engine = run_module.find_engine("lammps").Engine
    integrate, unlimited = engine.run, resource.getrlimit(resource.RLIMIT_FSIZE)

    def fill(self, number):
        integrate(self, number)
        # No file can grow beyond this, as if the disk were full.
        resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, unlimited[1]))

    words = [
        "confine",
        str(tmp_path / "r.yml"),
        "--out",
        str(tmp_path / "r"),
        "--engine",
        "lammps",
        "--quiet",
    ]
    with monkeypatch.context() as patch:
        patch.setattr(engine, "run", fill)
        try:
            assert main([*words, "--quiet"]) == 2
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
    said = capsys.readouterr().err
    assert said.startswith("supracrystal: ")
    assert "r cannot be written to" in said
    assert "File too large" in said or "is the disk full?" in said
    assert len(said.splitlines()) == 1
    assert not list((tmp_path / "r").glob("*partial*"))
    assert 0 < len(read_log(tmp_path / "r")) < 61
    assert main(words) == 0
    assert steps(tmp_path / "r") == read_log(tmp_path / "r").step.tolist() == list(range(0, 3001, 50))


@pytest.mark.parametrize("limit", range(60_000, 66_000, 1500))
def test_trajectory_on_a_full_disk_stays_as_it_was(limit, tmp_path):
    path, frame = tmp_path / "trajectory.gsd", initial_configuration(SMALL)
    # At these sizes the index of the file is full too.
    frame.particles.velocity, frame.log["time"], frame.log["radius"] = None, np.zeros(1), np.zeros(1)
    unlimited, number = resource.getrlimit(resource.RLIMIT_FSIZE), 0
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, unlimited[1]))
    try:
        with pytest.raises(OSError, match=r"no frame can be written to .* is the disk full"):
            while number < 100:
                frame.configuration.step = number
                before = path.read_bytes() if number else b""
                checkpoints.append_frame(path, frame)
                number += 1
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
    assert path.read_bytes() == before
    checkpoints.append_frame(path, frame)
    assert checkpoints.cut_trajectory(path, 100) == list(range(number + 1))


def test_directory_without_permission_to_write_is_named_and_left_alone(shared):
    with without_privileges(), pytest.raises(PermissionError, match=r"/r'$"):
        run(SMALL, shared / "r")
    for _ in range(2):  # The second time imports what reads checkpoints, which nobody perhaps may not.
        run(SMALL, shared / "r")
    (shared / "r").chmod(0o555)
    before = {path.name: path.read_bytes() for path in (shared / "r").iterdir()}
    with without_privileges():
        # A run that is finished can still be read.
        assert run(SMALL, shared / "r").step.iloc[-1] == 400
        with pytest.raises(PermissionError):
            run(replace(SMALL, steps=500), shared / "r")
    assert {path.name: path.read_bytes() for path in (shared / "r").iterdir()} == before
    (shared / "r").chmod(0o755)


def test_checkpoint_that_may_not_be_read_is_not_called_damaged(shared):
    run(SMALL, shared / "r")
    (shared / "r").chmod(0o777)
    (shared / "r" / "checkpoint.npz").chmod(0)
    with (
        without_privileges(),
        pytest.raises(InputError, match=r"may not be read \(Permission denied\)") as said,
    ):
        run(replace(SMALL, steps=500), shared / "r")
    assert "begin anew" not in str(said.value)
    assert steps(shared / "r")[-1] == 400


def test_recipe_without_large_particles_is_refused_before_anything_is_made(tmp_path, capsys):
    (tmp_path / "r.yml").write_text("number: 500\nfraction_large: 0\ndensity: 0.7\nsteps: 600\n")
    assert main(["confine", str(tmp_path / "r.yml"), "--out", str(tmp_path / "r")]) == 2
    assert "r.yml: recipe: fraction_large is 0.0; allowed: " in capsys.readouterr().err
    assert not (tmp_path / "r").exists()


@pytest.mark.parametrize(
    ("command", "text"),
    [
        ("confine", "number: 500\ndensity: 0.5\nsteps: 600\ndensity: 0.7\n"),
        (
            "assemble",
            "shape: sphere\nnumber: 500\nsteps: 600\nsolvent: toluene\ntemperature_C: 45\nsteps: 9\n",
        ),
    ],
)
def test_field_that_is_given_twice_is_refused_with_its_line(command, text, tmp_path, capsys):
    (tmp_path / "r.yml").write_text(text)
    assert main([command, str(tmp_path / "r.yml"), "--out", str(tmp_path / "r")]) == 2
    said = capsys.readouterr().err
    wanted = {"confine": "line 4: density", "assemble": "line 6: steps"}[command]
    assert f"r.yml: {wanted} is given twice" in said
    assert not (tmp_path / "r").exists()
