"""Run a recipe: from a first configuration to a trajectory, with checkpoints, on HOOMD-blue or LAMMPS.

Wang et al. (2021), Methods (`wang2021`): binary WCA spheres in a repulsive sphere at constant volume, with a
Nosé-Hoover thermostat. A run has a directory of its own with ``recipe.yml``, ``log.csv``,
``trajectory.gsd``, ``average.gsd`` if the recipe asks for one, and ``checkpoint.npz``, from which it goes on
after any interruption.
Frames and lines of the log that are younger than the checkpoint are cut, so that each is there once.
"""

import math
import sys
import time
from dataclasses import replace
from pathlib import Path

import gsd.hoomd
import numpy as np
import pandas as pd
from tqdm import tqdm

from supracrystal.colloids import core, is_large, largest_cluster, make_particles
from supracrystal.simulation import checkpoints as files
from supracrystal.simulation.engines import ENGINES, find, signals
from supracrystal.simulation.recipe import differences, read_recipe, write_recipe
from supracrystal.simulation.start import adopt, initial_configuration

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
"""Change of the conserved energy per particle within :data:`WINDOW`, in units of kT, that stops a
run: four times what is usual at the time step of 0.01."""
ADVICE = "choose a smaller time_step, a lower density, or a slower compression"
RELAXED = 20.0
"""Time after the start, or after the compression, from which temperature and conserved energy are watched."""
WINDOW = 100.0
"""Time over which the drift of the conserved energy is judged."""


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
    return find(name, "supracrystal.simulation.confine")


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
    >>> from supracrystal.simulation.recipe import Recipe
    >>> recipe = Recipe(number=200, density=0.6, steps=200, frame_interval=100, log_interval=100)
    >>> with TemporaryDirectory() as folder:
    ...     log = run(recipe, folder, engine="lammps", progress=False)
    >>> log.step.tolist()
    [0, 100, 200]
    """
    module = find_engine(engine)
    directory = Path(directory)
    found = _earlier(recipe, directory, module.NAME)
    if found is None:
        frame = initial_configuration(recipe) if initial is None else adopt(recipe, initial)
        memory = {"engine": module.NAME, "step": 0, "recorded": -1, "averaged": 0, "largest": -1}
        zero = np.zeros((recipe.number, 3))
        arrays = {"total": zero, "origin": zero, "last": frame.particles.position, "last_step": np.array(-1)}
        arrays |= {"large": is_large(frame), "box": frame.configuration.box}
        simulation = module.Engine(recipe, frame)
    else:
        memory, arrays = found
        if _finished(recipe, memory):
            return read_log(directory)
        frame = make_particles(
            arrays["last"], arrays["large"], size_ratio=recipe.size_ratio, box=arrays["box"]
        )
        simulation = module.Engine(recipe, frame, arrays)
    try:
        if simulation.root:
            directory.mkdir(parents=True, exist_ok=True)
            if found is not None:
                last = None
                if (step := int(arrays["last_step"])) >= 0:
                    last = _labelled(recipe, frame, step)
                files.cut_back(directory, memory["recorded"], last)
            if not _recorded_as(recipe, directory):
                write_recipe(recipe, directory / "recipe.yml")
        _advance(recipe, directory, simulation, frame, memory, arrays, progress)
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
        ``step``, ``time``, ``radius`` of the wall, ``temperature``; ``kinetic_energy``, ``pair_energy``,
        ``wall_energy`` and ``conserved_energy`` (that of particles and thermostat), all per particle;
        ``pressure`` in a periodic box; of the core, or of the whole box, the number of particles, the reduced
        density and the number fraction of large spheres; and where a frame was written, the number of
        particles in the largest crystalline cluster.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     text = "step,time,temperature\n0,0,0.2\n"
    ...     _ = (Path(folder) / "log.csv").write_text(text)
    ...     read_log(folder).temperature.tolist()
    [0.2]
    """
    return pd.read_csv(Path(directory) / files.LOG)


def _advance(recipe, directory, simulation, frame, memory, arrays, progress):
    """Integrate to the end of the recipe; write frames, log and checkpoints on the way."""
    reference, rate, saved_at = None, 0.0, 0.0

    def save():
        nonlocal saved_at
        state = simulation.state()
        if simulation.root:
            files.save_checkpoint(directory, memory, {**arrays, **state})
        saved_at = time.monotonic()

    def record():
        nonlocal reference
        step = memory["step"]
        row = {"step": step, "time": round(step * recipe.time_step, 6), **simulation.measure()}
        for name in ENERGIES:
            row[name] /= recipe.number
        position = simulation.position()
        full = step % recipe.frame_interval == 0 or step == recipe.steps
        if not _steady(recipe, step):
            reference = None
        problem = None
        if simulation.root:
            problem = _problem(recipe, row, position, reference)
        if problem := simulation.share(problem):
            raise RuntimeError(f"{directory}: at step {step} {problem}")
        if _steady(recipe, step) and (reference is None or row["time"] - reference[0] >= WINDOW):
            reference = row["time"], row["conserved_energy"]
        if simulation.root:
            frame.particles.position = position
            configuration = _labelled(recipe, frame, step)
            row["radius"] = recipe.radius_at(step) if recipe.confinement == "sphere" else math.nan
            radius = row["radius"] if recipe.confinement == "sphere" else None
            row.update(zip(COLUMNS[-4:-1], core(configuration, radius), strict=True))
            if full:
                memory["largest"] = row["largest_cluster"] = int(largest_cluster(configuration).sum())
                files.append_frame(directory / files.TRAJECTORY, configuration)
                arrays["last"], arrays["last_step"] = position.astype(np.float32), np.array(step)
            files.append_row(directory / files.LOG, COLUMNS, row)
        memory["recorded"] = step
        if full:
            memory["largest"] = simulation.share(memory["largest"])
            bar.set_postfix_str(
                f"T {row['temperature']:.3f}, largest cluster {memory['largest']}", refresh=False
            )

    quiet = 0.5 if sys.stderr.isatty() else 10
    with (
        signals() as stopped,
        tqdm(
            total=recipe.steps, initial=memory["step"], desc=str(directory), unit="step", unit_scale=True,
            disable=not progress or not simulation.root, mininterval=quiet,
        ) as bar,
    ):  # fmt: skip
        simulation.run(0)
        if memory["recorded"] < 0:
            save()
            record()
        saved_at = time.monotonic()
        while not _finished(recipe, memory):
            step = memory["step"]
            steps = _next_event(recipe, step) - step
            steps = simulation.share(min(steps, max(1, int(rate * BREATH)) if rate else 100))
            started = time.monotonic()
            if _moving(recipe, step):
                simulation.set_radius(recipe.radius_at(step + steps))
            try:
                simulation.run(steps)
            except RuntimeError as error:
                raise RuntimeError(f"{directory}: after step {step}: {error}; {ADVICE}") from None
            step = memory["step"] = step + steps
            if recipe.average_interval and step > recipe.settled and step % recipe.average_interval == 0:
                _average(recipe, memory, arrays, simulation.position())
            if step % recipe.log_interval == 0 or step == recipe.steps:
                record()
            rate = steps / max(time.monotonic() - started, 1e-6)
            bar.update(steps)
            stop = simulation.share(bool(stopped))
            if stop or simulation.share(time.monotonic() - saved_at > CHECKPOINT):
                save()
            if stop and not _finished(recipe, memory):
                raise KeyboardInterrupt(f"{directory}: stopped at step {step}; the same command goes on")
        if memory["averaged"] and simulation.root:
            mean = arrays["origin"] + arrays["total"] / memory["averaged"]
            frame.particles.position = mean - _images(recipe, arrays, mean)
            configuration = _labelled(recipe, frame, memory["step"])
            configuration.log["averaged"] = np.array([memory["averaged"]])
            files.write_frames(directory / "average.gsd", [configuration])
        save()


def _labelled(recipe, frame, step):
    """Return a frame as it goes into the trajectory: with step, time and radius, without velocities."""
    labelled = make_particles(
        frame.particles.position,
        is_large(frame),
        diameter=frame.particles.diameter,
        box=frame.configuration.box,
    )
    labelled.configuration.step = step
    labelled.log["time"] = np.array([step * recipe.time_step])
    if recipe.confinement == "sphere":
        labelled.log["confinement/radius"] = np.array([recipe.radius_at(step)])
    return labelled


def _average(recipe, memory, arrays, position):
    """Add a configuration to the average; in a periodic box, the images nearest to the first one."""
    if not memory["averaged"]:
        arrays["origin"] = position
    moved = position - arrays["origin"]
    arrays["total"] = arrays["total"] + moved - _images(recipe, arrays, moved)
    memory["averaged"] += 1


def _images(recipe, arrays, vector):
    """Return the vectors of the periodic box that bring vectors into it, zero in a sphere."""
    if recipe.confinement == "sphere":
        return 0.0
    length = np.asarray(arrays["box"][:3], dtype=float)
    return length * np.round(vector / length)


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


def _moving(recipe, step):
    """Return whether the wall moves after a step."""
    return recipe.start_density is not None and recipe.hold <= step < recipe.settled


def _steady(recipe, step):
    """Return whether start and compression are over for long enough that nothing may heat or drift."""
    relaxed = RELAXED / recipe.time_step
    return step >= relaxed and not (
        recipe.start_density is not None and recipe.hold < step < recipe.settled + relaxed
    )


def _problem(recipe, row, position, reference):
    """Return what is wrong with a simulation and what to change, None if nothing is."""
    bad = [name for name in ENERGIES if not math.isfinite(row[name])]
    if bad or not np.isfinite(position).all():
        return f"{bad[0] if bad else 'a position'} is not finite; {ADVICE}"
    if recipe.confinement == "sphere":
        # No force brings back what is beyond the wall.
        radius = recipe.radius_at(row["step"])
        lost = np.flatnonzero(~(np.linalg.norm(position, axis=1) < radius))
        if lost.size:
            return (
                f"{lost.size} particles are outside of the sphere of radius {radius:.4g}, the first is "
                f"{lost[0]}; {ADVICE}"
            )
    if not _steady(recipe, row["step"]):
        return None
    if row["temperature"] > HOTTEST * recipe.temperature:
        return f"the temperature is {row['temperature']:.3g} instead of {recipe.temperature:g}; {ADVICE}"
    if reference is not None:
        drift, passed = row["conserved_energy"] - reference[1], row["time"] - reference[0]
        if abs(drift) > DRIFT * recipe.temperature * max(1, passed / WINDOW):
            return (
                f"the conserved energy per particle has drifted by {drift:.3g} in {passed:g} time units; "
                f"choose a time_step smaller than {recipe.time_step:g}"
            )
    return None


def _recorded_as(recipe, directory):
    """Return whether the directory has this recipe on record, perhaps with comments."""
    path = directory / "recipe.yml"
    return path.exists() and read_recipe(path) == recipe


def _earlier(recipe, directory, engine):
    """Return memory and arrays of the run in a directory, None if there is none; refuse another one."""
    found = files.read_checkpoint(directory)
    if found is None:
        return None
    if other := differences(recipe, read_recipe(directory / "recipe.yml")):
        listed = "; ".join(f"{name} is {mine}, was {theirs}" for name, (mine, theirs) in other.items())
        raise ValueError(f"{directory} holds a run of another recipe ({listed}); choose another directory")
    if (by := found[0].get("engine")) != engine:
        raise ValueError(f"{directory} holds a run by {by}; it cannot go on with {engine}")
    return found


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
    parser.add_argument(
        "--initial", metavar="FILE.gsd", help="begin with its last frame instead of the recipe's start"
    )
    parser.add_argument("--quiet", action="store_true", help="show no progress")


def command(arguments):
    """Run ``supracrystal confine``."""
    recipe = read_recipe(arguments.recipe)
    if arguments.steps is not None:
        recipe = replace(recipe, steps=arguments.steps)
    initial = None
    if arguments.initial:
        with gsd.hoomd.open(arguments.initial) as file:
            initial = file[-1]
    log = run(recipe, arguments.out, engine=arguments.engine, initial=initial, progress=not arguments.quiet)
    last = log.iloc[-1]
    largest = log.largest_cluster.dropna().iloc[-1]
    print(
        f"{arguments.out}: {int(last.step)} steps, time {last.time:g}, temperature {last.temperature:.4f}, "
        f"core of {int(last.core_number)} at density {last.core_density:.3f} and composition "
        f"{last.core_composition:.3f}, largest crystalline cluster {int(largest)}"
    )
