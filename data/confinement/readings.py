"""Record what the core of the confined fluid is under each reading of the printed densities.

Run ``python data/confinement/readings.py`` from the top of the repository: ten minutes on one core. It
writes ``readings.csv``, one row for each run, with means over its last half and their standard errors from
blocks, and ``readings.json``, how they were made. The runs themselves are not kept.

Two things are open in Wang et al. (2021), Methods (`wang2021`): whether the density is counted with the
radius of the wall, and whether one in three particles is large in the whole sphere or in its core.
"""

import tempfile
from dataclasses import asdict
from pathlib import Path

import pandas as pd
from tqdm import tqdm

from supracrystal.records import describe
from supracrystal.simulation import ConfinementRecipe, simulate

HERE = Path(__file__).parent
BLOCKS = 10
CASES = [
    {"number": number, "density": density, "density_radius": reading, "fraction_large": large}
    for number, density, reading, large in [
        (3501, 0.802, "wall", 1 / 3),
        (3501, 0.831, "wall", 1 / 3),
        (3501, 0.831, "wall", 0.38),
        (3501, 0.831, "wall", 0.40),
        (3501, 0.831, "surface", 1 / 3),
        (5001, 0.802, "wall", 1 / 3),
        (5001, 0.831, "wall", 1 / 3),
        (10002, 0.802, "wall", 1 / 3),
        (10002, 0.831, "wall", 1 / 3),
    ]
]
COMMON = {"start_density": 0.70, "hold": 20_000, "compression": 20_000, "frame_interval": 20_000, "seed": 7}
STEPS = {3501: 100_000, 5001: 80_000, 10002: 60_000}


def measure(case):
    """Run one case and return means and errors of its last half."""
    recipe = ConfinementRecipe(**case, **COMMON, steps=STEPS[case["number"]])
    with tempfile.TemporaryDirectory() as folder:
        log = simulate(recipe, folder, engine="lammps", progress=False)
    late = log[log.step > recipe.steps // 2]
    blocks = late.groupby((late.step - late.step.min()) * BLOCKS // (late.step.max() + 1 - late.step.min()))
    row = {**case, "radius": recipe.radius, "time": recipe.steps * recipe.time_step}
    for name in ("core_number", "core_density", "core_composition", "temperature"):
        means = blocks[name].mean()
        row[name] = means.mean()
        row[f"{name}_error"] = means.std() / BLOCKS**0.5
    row["largest_cluster"] = int(log.largest_cluster.max())
    return row, asdict(recipe)


def main():
    """Record every case."""
    rows, recipes = zip(*[measure(case) for case in tqdm(CASES, desc="readings")], strict=True)
    path = HERE / "readings.csv"
    pd.DataFrame(rows).round(6).to_csv(path, index=False)
    describe(
        HERE / "readings.json",
        [path.name],
        command="python data/confinement/readings.py",
        packages=["lammps"],
        engine="lammps",
        recipes=recipes,
    )


if __name__ == "__main__":
    main()
