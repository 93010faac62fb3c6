"""Record whether an ideal nucleus grows or melts in the confined fluid, by its size and the density.

Run ``python data/confinement/growth.py`` from the top of the repository: twenty minutes on one core. It
writes ``growth.csv``, one row for each count of the largest crystalline cluster of each run with the pressure
of the core, and ``growth.json``, how they were made. The nuclei are cut from the ideal icosahedral cluster
and put in the middle of a random fluid: this is an experiment on growth, and says nothing about how nuclei
form.
"""

import tempfile
from dataclasses import asdict
from pathlib import Path

import gsd.hoomd
import pandas as pd
from tqdm import tqdm

from supracrystal.colloids import core_pressure
from supracrystal.records import describe
from supracrystal.simulation import ConfinementRecipe, simulate

HERE = Path(__file__).parent
CASES = [(nucleus, density) for nucleus in (1357, 431) for density in (0.66, 0.70, 0.74, 0.78, 0.82)]
COMMON = {
    "number": 3501, "fraction_large": 0.36, "start": "icosahedral", "steps": 150_000,
    "frame_interval": 5_000, "log_interval": 1000, "seed": 3,
}  # fmt: skip


def main():
    """Record every case."""
    rows, recipes = [], []
    for nucleus, density in tqdm(CASES, desc="growth"):
        recipe = ConfinementRecipe(**COMMON, nucleus=nucleus, density=density)
        with tempfile.TemporaryDirectory() as folder:
            log = simulate(recipe, folder, engine="lammps", progress=False)
            with gsd.hoomd.open(Path(folder) / "trajectory.gsd") as file:
                pressure = {
                    frame.log["time"][0]: core_pressure(frame, frame.log["confinement/radius"][0])
                    for frame in file
                }
        seen = log[log.largest_cluster.notna()]
        columns = ["time", "radius", "core_number", "core_density", "core_composition", "largest_cluster"]
        rows.append(seen[columns].assign(pressure=seen.time.map(pressure), nucleus=nucleus, density=density))
        recipes.append(asdict(recipe))
        pd.concat(rows).to_csv(HERE / "growth.csv", index=False)
    describe(
        HERE / "growth.json",
        ["growth.csv"],
        command="python data/confinement/growth.py",
        packages=["lammps"],
        engine="lammps",
        seed=COMMON["seed"],
        recipes=recipes,
    )


if __name__ == "__main__":
    main()
