"""Record one fluid in a sphere on HOOMD-blue and on LAMMPS, to see whether the equilibrium is the same.

Run ``python data/confinement/engines.py`` from the top of the repository; it needs both engines and two
minutes on one core. Runs go to ``_build/engines`` and on from there when they were interrupted; with names of
runs, only these are made. It writes ``engines.csv``, the means of every run over ten blocks of equal length,
``engines.gsd``, the configuration that all of them start from, and ``engines.json``, how they were made.

The thermostats hold different things at the set temperature: LAMMPS the velocities at full time steps,
HOOMD-blue those in between, to which half a step of the forces is added. So there are runs at the time step
of Wang et al. (2021) (`wang2021`) and at half of it; all have velocities of their own. Besides the logged
quantities there are, from the frames,

- ``half_step_temperature``: of the velocities between the steps, T + dt^2 <F^2> / (4 (3N - 3))
- ``configurational_temperature``: <F^2> / <Laplacian of the energy>, for which velocities do not matter
- ``L_1`` ... ``S_20``: number densities in shells of one twentieth of the radius of the wall
"""

import sys
import time
from dataclasses import asdict, replace
from pathlib import Path

import gsd.hoomd
import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from supracrystal.colloids import is_large
from supracrystal.records import describe
from supracrystal.simulation import ConfinementRecipe, adopt, find_engine, simulate

HERE = Path(__file__).parent
WORK = HERE.parents[1] / "_build" / "engines"
BLOCKS, SHELLS = 10, 20
LOGGED = ["temperature", "pair_energy", "wall_energy", "core_number", "core_density", "core_composition"]
FIRST = ConfinementRecipe(
    number=1000, density=0.45, steps=30_000, seed=17, log_interval=1000, frame_interval=10_000
)
"""The equilibration, from which every run starts."""


def recipe(time_step, length, seed):
    """Return the recipe of ten blocks of a length in time, after half a block that is left out."""
    block = round(length / time_step)
    return replace(
        FIRST, time_step=time_step, seed=seed, steps=BLOCKS * block + block // 2,
        log_interval=round(1 / time_step), frame_interval=round(2 / time_step),
    )  # fmt: skip


RUNS = {
    "hoomd": recipe(0.01, 100, 1),
    "lammps": recipe(0.01, 100, 2),
    "hoomd-half": recipe(0.005, 40, 4),
    "lammps-half": recipe(0.005, 40, 5),
}


def derivatives(position, large, size_ratio, radius):
    """Return the sum of the squared forces and the Laplacian of the energy of a configuration in a sphere."""
    sigma = np.where(large, 1.0, size_ratio)
    i, j = cKDTree(position).query_pairs(2 ** (1 / 6), output_type="ndarray").T
    bond, length = position[i] - position[j], np.linalg.norm(position[i] - position[j], axis=1)
    first, second = slopes(length, (sigma[i] + sigma[j]) / 2)
    force = np.zeros_like(position)
    push = -(first / length)[:, None] * bond
    np.add.at(force, i, push)
    np.add.at(force, j, -push)
    laplacian = 2 * np.sum(second + 2 * first / length)
    away = np.linalg.norm(position, axis=1)
    first, second = slopes(radius - away, 1.0)
    force += (first / away)[:, None] * position
    return np.sum(force**2), laplacian + np.sum(second - 2 * first / away)


def slopes(r, sigma):
    """Return the first and second derivative of the WCA energy."""
    inside, x = r < 2 ** (1 / 6) * sigma, (sigma / r) ** 6
    return np.where(inside, -24 / r * (2 * x**2 - x), 0), np.where(inside, 24 / r**2 * (26 * x**2 - 7 * x), 0)


def blocks(name):
    """Return the means of a run over its blocks."""
    made, log = RUNS[name], pd.read_csv(WORK / name / "log.csv")
    block = round(made.steps / (BLOCKS + 0.5))
    number = (log.step - made.steps + BLOCKS * block - 1) // block + 1
    table = log[number > 0].groupby(number[number > 0])[LOGGED].mean()
    edges = np.linspace(0, made.radius, SHELLS + 1)
    volume = 4 / 3 * np.pi * np.diff(edges**3)
    sums = np.zeros((BLOCKS, 3 + 2 * SHELLS))
    with gsd.hoomd.open(WORK / name / "trajectory.gsd") as file:
        for frame in file:
            at = (int(frame.configuration.step) - made.steps + BLOCKS * block - 1) // block
            if at < 0:
                continue
            position, large = frame.particles.position.astype(float), is_large(frame)
            away = np.linalg.norm(position, axis=1)
            counts = [np.histogram(away[of], edges)[0] / volume for of in (large, ~large)]
            sums[at] += [
                1,
                *derivatives(position, large, made.size_ratio, made.radius),
                *np.concatenate(counts),
            ]
    squared, laplacian = sums[:, 1] / sums[:, 0], sums[:, 2] / sums[:, 0]
    half = table.temperature + made.time_step**2 * squared / (4 * (3 * made.number - 3))
    extra = {"half_step_temperature": half, "configurational_temperature": squared / laplacian}
    shells = [f"{species}_{k + 1}" for species in "LS" for k in range(SHELLS)]
    extra |= dict(zip(shells, (sums[:, 3:] / sums[:, :1]).T, strict=True))
    about = {"run": name, "engine": name.split("-")[0], "time_step": made.time_step}
    about |= {"set_temperature": made.temperature, "block": table.index}
    return table.assign(**extra).pipe(lambda t: pd.concat([pd.DataFrame(about, t.index), t], axis=1))


def rate(engine, frame, steps=10_000):
    """Return the particle-steps of an engine in one second of one core, and its version."""
    simulation = find_engine(engine).Engine(RUNS[engine], frame)
    simulation.run(1000)
    started = time.process_time()
    simulation.run(steps)
    speed = steps * simulation.number / (time.process_time() - started)
    version = simulation.version
    simulation.close()
    return speed, version


def main(names):
    """Make the runs and, where all of them are there, the table."""
    simulate(FIRST, WORK / "first", engine="lammps")
    with gsd.hoomd.open(WORK / "first" / "trajectory.gsd") as file:
        start = file[-1]
    for name in names or RUNS:
        simulate(RUNS[name], WORK / name, engine=name.split("-")[0], initial=start)
    if names:
        return
    with gsd.hoomd.open(HERE / "engines.gsd", "w") as file:
        file.append(start)
    table = pd.concat([blocks(name) for name in RUNS])
    table.to_csv(HERE / "engines.csv", index=False, float_format="%.7g", lineterminator="\n")
    speeds, versions = zip(
        *[rate(engine, adopt(RUNS[engine], start)) for engine in ("hoomd", "lammps")], strict=True
    )
    describe(
        HERE / "engines.json",
        ["engines.csv", "engines.gsd"],
        command="python data/confinement/engines.py",
        packages=["numpy"],
        programs=dict(zip(("hoomd", "lammps"), versions, strict=True)),
        seed={"first": FIRST.seed} | {name: made.seed for name, made in RUNS.items()},
        recipes={"first": asdict(FIRST)} | {name: asdict(made) for name, made in RUNS.items()},
        particle_steps_per_cpu_second={
            k: round(v, -4) for k, v in zip(("hoomd", "lammps"), speeds, strict=True)
        },
    )


if __name__ == "__main__":
    main(sys.argv[1:])
