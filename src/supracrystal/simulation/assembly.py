"""Run an assembly recipe: from scattered particles to a trajectory, on HOOMD-blue or LAMMPS.

A run has a directory of its own with ``recipe.yml``, ``log.csv``, ``trajectory.gsd`` and ``checkpoint.npz``,
from which it goes on after any interruption. What is resumed has the same positions and velocities and other
random kicks of the bath, so that it is the same experiment and not the same trajectory.
"""

import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from supracrystal.mesostructures import last_frame, sphere_order
from supracrystal.mesostructures.stacking import stacking
from supracrystal.simulation import checkpoints as files
from supracrystal.simulation.assembly_recipe import differences, read_recipe, write_recipe
from supracrystal.simulation.engines import ENGINES, find, signals
from supracrystal.simulation.platelets import initial_configuration

MEASURES = {
    "plate": ("nematic", "local", "faces", "flanks", "stack", "largest"),
    "sphere": ("contacts", "crystalline", "packing", "largest"),
}
CHECKPOINT = 30.0
"""Seconds between checkpoints."""
CHUNK = 500
"""Steps that an engine makes on its own at most, so that a run can be watched and interrupted."""
HOTTEST = 3.0
"""Temperature, in that of the bath, at which a run has exploded; what condenses heats up for a while."""


def find_engine(name="auto"):
    """Return the module of an engine: HOOMD-blue where it can be imported, or else LAMMPS.

    Parameters
    ----------
    name : {"auto", "hoomd", "lammps"}

    Returns
    -------
    module

    Raises
    ------
    ValueError
        For another name.
    ImportError
        If the engine is not installed.

    Examples
    --------
    >>> find_engine("lammps").NAME
    'lammps'
    """
    return find(name, "supracrystal.simulation.assembly")


def measure(recipe, frame):
    """Order parameters of a configuration of a recipe.

    Parameters
    ----------
    recipe : Recipe
    frame : gsd.hoomd.Frame

    Returns
    -------
    dict
        See :func:`.stacking.stacking` for plates and :func:`.packing.sphere_order` for spheres.

    Examples
    --------
    >>> from supracrystal.simulation.assembly_recipe import Recipe
    >>> recipe = Recipe(shape="plate", number=8, steps=1, solvent="toluene", temperature_C=45, packing=0.02)
    >>> measure(recipe, initial_configuration(recipe))["faces"]
    0.0
    """
    if recipe.shape == "plate":
        return stacking(frame, side=recipe.side + recipe.shell, spacing=recipe.core + recipe.shell)
    return sphere_order(frame, shell=recipe.shell)


def run(recipe, directory, *, start=None, engine="auto", progress=True):
    """Run a recipe in a directory, or go on with it there.

    Parameters
    ----------
    recipe : Recipe
    directory : path_like
        Made if it is not there.
    start : path_like, optional
        Trajectory whose last frame the run begins with, at new velocities; else particles are scattered.
    engine : {"auto", "hoomd", "lammps"}
        A run goes on with the engine that it began with.
    progress : bool
        Show how far the run is, at what rate, and the time left.

    Returns
    -------
    pandas.DataFrame
        The log, see :func:`read_log`.

    Raises
    ------
    ValueError
        If the directory holds a run of another recipe or engine, or `start` other particles or another box.
    RuntimeError
        If the engine stops or the temperature explodes. What was written until then stays.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from supracrystal.simulation.assembly_recipe import Recipe
    >>> recipe = Recipe(shape="sphere", number=300, steps=20, solvent="toluene", temperature_C=45,
    ...                 frame_interval=10)
    >>> with TemporaryDirectory() as folder:
    ...     log = run(recipe, folder, engine="lammps", progress=False)
    >>> log.step.tolist()
    [0, 10, 20]
    """
    module, directory = find_engine(engine), Path(directory)
    frame = initial_configuration(recipe)
    if start is not None:
        frame = _begin(frame, start)
    state, recorded = _earlier(recipe, directory, module.NAME), -1
    if state is not None:
        memory, state = state
        if memory["step"] >= recipe.steps:
            return read_log(directory)
        recorded = memory["recorded"]
    directory.mkdir(parents=True, exist_ok=True)
    if state is not None:
        files.cut_back(directory, recorded, None)
    simulation = module.Engine(recipe, frame, state)
    write_recipe(recipe, directory / "recipe.yml")
    try:
        _advance(recipe, directory, simulation, frame, recorded, progress)
    finally:
        simulation.close()
    return read_log(directory)


def read_log(directory):
    r"""Read the log of a run.

    Parameters
    ----------
    directory : path_like

    Returns
    -------
    pandas.DataFrame
        ``step``, ``time``, ``temperature`` in that of the bath, ``pair_energy`` per particle in kT, ``box``
        in nm, and what :func:`measure` gives.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     _ = (Path(folder) / "log.csv").write_text("step,time\n0,0\n")
    ...     len(read_log(folder))
    1
    """
    return pd.read_csv(Path(directory) / files.LOG)


def _begin(frame, start):
    """Return the last frame of a trajectory, plates in one piece, if it fits to another frame."""
    found = last_frame(start)
    there, wanted = (
        (each.particles.N, round(float(each.configuration.box[0]), 2)) for each in (found, frame)
    )
    if there != wanted:
        raise ValueError(
            f"{start} holds {there[0]} beads in {there[1]} nm; needed are {wanted[0]} in {wanted[1]} nm"
        )
    position, box = found.particles.position.astype(float), float(found.configuration.box[0])
    first = np.unique(found.particles.body, return_index=True)[1][found.particles.body]
    apart = position - position[first]
    found.particles.position = position[first] + apart - box * np.round(apart / box)
    return found


def _earlier(recipe, directory, engine):
    """Return memory and state of the run in a directory, None if there is none; refuse another one."""
    found = files.read_checkpoint(directory)
    if found is None:
        return None
    if other := differences(recipe, read_recipe(directory / "recipe.yml")):
        listed = "; ".join(f"{name} is {mine}, was {theirs}" for name, (mine, theirs) in other.items())
        raise ValueError(f"{directory} holds a run of another recipe ({listed}); choose another directory")
    if (by := found[0].get("engine")) != engine:
        raise ValueError(f"{directory} holds a run by {by}; it cannot go on with {engine}")
    return found


def _advance(recipe, directory, simulation, frame, recorded, progress):
    """Integrate to the end of the recipe; write frames, log and checkpoints on the way."""
    columns = ("step", "time", "temperature", "pair_energy", "box", *MEASURES[recipe.shape])

    def save():
        memory = {"engine": simulation.NAME, "step": simulation.step, "recorded": recorded}
        files.save_checkpoint(directory, memory, simulation.state())
        return time.monotonic()

    def record():
        step, box = simulation.step, simulation.box()
        position = simulation.position()
        row = {"step": step, "time": round(step * recipe.time_step, 6), "box": box, **simulation.measure()}
        row["pair_energy"] /= recipe.number
        hot = row["temperature"] > HOTTEST and step > 10 * recipe.damping / recipe.time_step
        if hot or not np.isfinite(position).all():
            raise RuntimeError(
                f"{directory}: at step {step} the temperature is {row['temperature']:.3g} times that of the "
                f"bath; choose a time_step smaller than {recipe.time_step:g}"
            )
        frame.configuration.step, frame.configuration.box = step, [box, box, box, 0, 0, 0]
        frame.particles.position = (position - box * np.round(position / box)).astype(np.float32)
        row |= measure(recipe, frame)
        files.append_frame(directory / files.TRAJECTORY, frame)
        files.append_row(directory / files.LOG, columns, row)
        return step, row

    with (
        signals() as stopped,
        tqdm(
            total=recipe.steps, initial=simulation.step, desc=str(directory), unit="step", unit_scale=True,
            disable=not progress, mininterval=0.5 if sys.stderr.isatty() else 10,
        ) as bar,
    ):  # fmt: skip
        if recorded < 0:
            simulation.run(0)
            recorded, _ = record()
        saved = save()
        while (step := simulation.step) < recipe.steps:
            ends = [step + CHUNK, step - step % recipe.frame_interval + recipe.frame_interval, recipe.steps]
            ends += [end for end in (recipe.hold, recipe.hold + recipe.compression) if end > step]
            simulation.run(min(ends) - step)
            bar.update(simulation.step - step)
            if simulation.step % recipe.frame_interval == 0 or simulation.step == recipe.steps:
                recorded, row = record()
                shown = row["faces"] if recipe.shape == "plate" else row["contacts"]
                bar.set_postfix_str(f"energy {row['pair_energy']:.3g} kT, bound {shown:.3g}", refresh=False)
            if stopped or time.monotonic() - saved > CHECKPOINT:
                saved = save()
            if stopped and simulation.step < recipe.steps:
                raise KeyboardInterrupt(
                    f"{directory}: stopped at step {simulation.step}; the same command goes on"
                )
        save()


def add_arguments(parser):
    """Add the options of ``supracrystal assemble``.

    Parameters
    ----------
    parser : argparse.ArgumentParser

    Examples
    --------
    >>> from argparse import ArgumentParser
    >>> parser = ArgumentParser()
    >>> add_arguments(parser)
    >>> parser.parse_args(["recipe.yml", "--out", "here"]).engine
    'auto'
    """
    parser.add_argument("recipe", metavar="RECIPE.yml", help="the recipe; examples are in recipes/assembly/")
    parser.add_argument("--out", required=True, metavar="DIR", help="directory of the run; made if missing")
    parser.add_argument("--start", metavar="RUN.gsd", help="begin with the last frame of this trajectory")
    parser.add_argument(
        "--engine", choices=ENGINES, default="auto", help="default: HOOMD-blue if it is there"
    )
    parser.add_argument(
        "--steps", type=int, metavar="N", help="run so many steps in all, instead of the recipe's"
    )
    parser.add_argument("--quiet", action="store_true", help="show no progress")


def command(arguments):
    """Run ``supracrystal assemble``.

    Parameters
    ----------
    arguments : argparse.Namespace

    Examples
    --------
    >>> from argparse import Namespace
    >>> command(Namespace(recipe="no.yml", steps=None, out="here", start=None, engine="lammps", quiet=True))
    Traceback (most recent call last):
    FileNotFoundError: [Errno 2] No such file or directory: 'no.yml'
    """
    recipe = read_recipe(arguments.recipe)
    if arguments.steps is not None:
        recipe = replace(recipe, steps=arguments.steps)
    options = {"start": arguments.start, "engine": arguments.engine, "progress": not arguments.quiet}
    last = run(recipe, arguments.out, **options).iloc[-1]
    order = ", ".join(f"{name} {last[name]:.3g}" for name in MEASURES[recipe.shape])
    print(f"{arguments.out}: {int(last.step)} steps, energy {last.pair_energy:.3g} kT per particle, {order}")
