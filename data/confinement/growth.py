"""Record whether an ideal nucleus grows or melts in the confined fluid, by its size and the density.

Run ``python data/confinement/growth.py`` from the top of the repository: a quarter of an hour on one core. It
writes ``growth.csv``, one row for each look at the largest crystalline cluster of each run, and
``growth.json``, how they were made. The nuclei are cut from the ideal icosahedral cluster and put in the
middle of a random fluid: this is an experiment on growth, and says nothing about how nuclei come about.
"""

import hashlib
import json
import platform
import tempfile
from dataclasses import asdict
from pathlib import Path

import pandas as pd
from tqdm import tqdm

from supracrystal.colloids.confine import find_engine, run
from supracrystal.colloids.recipe import Recipe

HERE = Path(__file__).parent
CASES = [(nucleus, density) for nucleus in (1357, 431) for density in (0.66, 0.70, 0.74, 0.78)]
COMMON = {
    "number": 3501, "fraction_large": 0.36, "start": "icosahedral", "steps": 150_000,
    "frame_interval": 5_000, "log_interval": 1000, "seed": 3,
}  # fmt: skip


def main():
    """Record every case."""
    rows, recipes = [], []
    for nucleus, density in tqdm(CASES, desc="growth"):
        recipe = Recipe(**COMMON, nucleus=nucleus, density=density)
        with tempfile.TemporaryDirectory() as folder:
            log = run(recipe, folder, engine="lammps", progress=False)
        seen = log[log.largest_cluster.notna()]
        columns = ["time", "radius", "core_number", "core_density", "core_composition", "largest_cluster"]
        rows.append(seen[columns].assign(nucleus=nucleus, density=density))
        recipes.append(asdict(recipe))
        pd.concat(rows).to_csv(HERE / "growth.csv", index=False)
    provenance = {
        "command": "python data/confinement/growth.py",
        "engine": "lammps",
        "versions": {
            "lammps": str(find_engine("lammps").load().__version__),
            "python": platform.python_version(),
        },
        "machine": platform.machine(),
        "seed": COMMON["seed"],
        "sha256": {"growth.csv": hashlib.sha256((HERE / "growth.csv").read_bytes()).hexdigest()},
        "recipes": recipes,
    }
    (HERE / "growth.json").write_text(json.dumps(provenance, indent=1) + "\n")


if __name__ == "__main__":
    main()
