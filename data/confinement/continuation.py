"""Continue a recorded crystal by plain dynamics on HOOMD-blue and on LAMMPS, to see whether they agree.

Run ``python data/confinement/continuation.py`` from the top of the repository; it needs both engines and ten
minutes on one core. HOOMD-blue is the engine of Wang et al. (2021) (`wang2021`). Both begin with the last
frame of ``seeded-3501``, a crystal in a fluid, at new velocities. Runs go to ``_build/continuation`` and on
from there when they were interrupted. It writes ``continuation.csv``, the means over ten blocks of equal
length after half a block that is left out, and ``continuation.json``, how they were made.
"""

import sys
from dataclasses import asdict, replace
from pathlib import Path

import gsd.hoomd
import pandas as pd

from supracrystal.records import describe
from supracrystal.simulation import find_engine, read_log, read_recipe, simulate, write_frames

HERE = Path(__file__).parent
WORK = HERE.parents[1] / "_build" / "continuation"
BLOCKS, BLOCK = 10, 2000
MEASURED = [
    "temperature", "pair_energy", "wall_energy", "core_number", "core_density", "core_composition",
    "largest_cluster",
]  # fmt: skip
RECIPE = replace(
    read_recipe(HERE / "seeded-3501" / "recipe.yml"), start="random", nucleus=0, start_density=None,
    compression=0, time_step=0.005, steps=BLOCKS * BLOCK + BLOCK // 2, frame_interval=500, log_interval=100,
)  # fmt: skip
RUNS = {"hoomd": replace(RECIPE, seed=31), "lammps": replace(RECIPE, seed=32)}


def blocks(name):
    """Return the means of a run over its blocks."""
    log = read_log(WORK / name)
    number = (log.step - RUNS[name].steps + BLOCKS * BLOCK - 1) // BLOCK + 1
    table = log[number > 0].groupby(number[number > 0])[MEASURED].mean()
    return pd.concat([pd.DataFrame({"engine": name, "block": table.index}, table.index), table], axis=1)


def main(names):
    """Make the runs and, where both are there, the table."""
    with gsd.hoomd.open(HERE / "seeded-3501" / "trajectory.gsd") as file:
        crystal = file[-1]
    for name in names or RUNS:
        simulate(RUNS[name], WORK / name, engine=name, initial=crystal)
    if names:
        return
    table = pd.concat([blocks(name) for name in RUNS])
    table.to_csv(HERE / "continuation.csv", index=False, float_format="%.7g", lineterminator="\n")
    last = []
    for name in RUNS:
        with gsd.hoomd.open(WORK / name / "trajectory.gsd") as file:
            last.append(file[-1])
    write_frames(HERE / "continuation.gsd", last)
    libraries = {name: find_engine(name).load() for name in RUNS}
    describe(
        HERE / "continuation.json",
        ["continuation.csv", "continuation.gsd"],
        command="python data/confinement/continuation.py",
        packages=("gsd", "numpy"),
        engines={
            name: str(getattr(library, "__version__", None) or library.version.version)
            for name, library in libraries.items()
        },
        begins_with="seeded-3501/trajectory.gsd, last frame",
        recipes={name: asdict(recipe) for name, recipe in RUNS.items()},
    )


if __name__ == "__main__":
    main(sys.argv[1:])
