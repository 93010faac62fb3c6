"""Run the assembly runs of runs.yaml and keep what the book reads: last frames, logs and scans.

    nice python data/mesostructures/assembly/record.py WORK [NAME ...]

Runs go to the folder WORK, where they go on after an interruption; names choose among the runs and scans.
When all of them are there, logs and last frames are written beside this file, with assembly.json, which says
from which versions, recipes and engine they come.
"""

import argparse
import hashlib
import itertools
import json
import platform
from dataclasses import asdict
from pathlib import Path

import freud
import gsd.version
import numpy as np
import pandas as pd
import yaml

from supracrystal._runfiles import write_frames
from supracrystal.mesostructures.assembly import MEASURES, find_engine, run
from supracrystal.mesostructures.packing import last_frame
from supracrystal.mesostructures.recipe import Recipe

HERE = Path(__file__).parent
AVERAGED = 0.25
"""Last part of a run of a scan over which its order is averaged."""


def recipes():
    """Return the recipes of all runs by name; those of a scan are named after it and their values."""
    given = yaml.safe_load((HERE / "runs.yaml").read_text())

    def recipe(entry):
        entry = {**given["defaults"][entry["shape"]], **given[entry["solvent"]], **entry}
        return Recipe(**entry)

    found = {name: recipe(entry) for name, entry in given["runs"].items()}
    for scan, entry in given["scans"].items():
        common, names = entry.pop("common"), list(entry)
        for values in itertools.product(*entry.values()):
            label = "-".join(f"{value:g}" if isinstance(value, float) else value for value in values)
            found[f"{scan}/{label}"] = recipe({**common, **dict(zip(names, values, strict=True))})
    return found


def summary(name, recipe, log):
    """Return a line of the table of a scan."""
    late = log[log.step >= (1 - AVERAGED) * recipe.steps]
    order = {column: late[column].mean() for column in ("pair_energy", *MEASURES[recipe.shape])}
    return {
        "run": name,
        "solvent": recipe.solvent,
        "temperature_C": recipe.temperature_C,
        "coverage": recipe.coverage,
        "attraction": recipe.attraction,
        **order,
    }


def digest(path):
    """Return the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main():
    """Run what is asked for, and write the record when nothing is missing."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("work", type=Path)
    parser.add_argument("names", nargs="*", metavar="NAME", help="runs or scans; all without any")
    parser.add_argument("--engine", default="lammps", choices=["lammps", "hoomd"])
    arguments = parser.parse_args()
    everything = recipes()
    for name, recipe in everything.items():
        if not arguments.names or name in arguments.names or name.split("/")[0] in arguments.names:
            run(recipe, arguments.work / name, engine=arguments.engine)
    if arguments.names:
        return
    rows, written = {}, []
    for name, recipe in everything.items():
        folder = arguments.work / name
        log = pd.read_csv(folder / "log.csv")
        if "/" in name:
            rows.setdefault(name.split("/")[0], []).append(summary(name, recipe, log))
            continue
        log.to_csv(HERE / f"{name}.csv", index=False, float_format="%.5g", lineterminator="\n")
        frame = last_frame(folder / "trajectory.gsd")
        frame.particles.position = np.round(frame.particles.position, 3)
        write_frames(HERE / f"{name}.gsd", [frame])
        written += [f"{name}.csv", f"{name}.gsd"]
    for scan, lines in rows.items():
        table = pd.DataFrame(lines).dropna(axis="columns", how="all")
        table.to_csv(HERE / f"{scan}.csv", index=False, float_format="%.5g", lineterminator="\n")
        written.append(f"{scan}.csv")
    provenance = {
        "command": "python data/mesostructures/assembly/record.py WORK",
        "engine": arguments.engine,
        "versions": {
            "python": platform.python_version(),
            arguments.engine: str(find_engine(arguments.engine).load().__version__),
            "freud": freud.__version__,
            "gsd": gsd.version.version,
            "numpy": np.__version__,
        },
        "recipes": {name: asdict(recipe) for name, recipe in everything.items()},
        "sha256": {name: digest(HERE / name) for name in sorted(written)},
    }
    (HERE / "assembly.json").write_text(json.dumps(provenance, indent=1) + "\n")


if __name__ == "__main__":
    main()
