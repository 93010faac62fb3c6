"""Run the assembly runs of runs.yaml and keep what the book reads: last frames, logs and scans.

    nice python data/mesostructures/assembly/record.py WORK [NAME ...]

Runs go to the folder WORK, where they go on after an interruption; names choose among the runs and scans.
When all of them are there, logs and last frames are written beside this file, with assembly.json, which says
from which versions, recipes and engine they come.
"""

import argparse
import itertools
from dataclasses import asdict
from pathlib import Path

import gsd.hoomd
import gsd.version
import numpy as np
import pandas as pd
import yaml
from one_by_one import grow, history
from scipy.spatial.transform import Rotation

from supracrystal.mesostructures import last_frame, plates, register
from supracrystal.records import describe
from supracrystal.simulation import (
    MEASURES,
    AssemblyRecipe,
    arrangement,
    find_engine,
    read_log,
    simulate,
    write_frames,
)

HERE = Path(__file__).parent
GROWN = {"one-by-one": 4000}
"""Runs whose plates come one by one, and the steps that each has to settle."""
AVERAGED = 0.25
"""Last part of a run of a scan over which its order is averaged."""


def plan():
    """Return the recipes by name, what is run alone, chained or grown, and how plates of meetings begin.

    Runs of a scan are named after it and their values; each begins where the one before ended if chained.
    """
    given = yaml.safe_load((HERE / "runs.yaml").read_text())
    recipes, after, places = {}, {}, {}

    def add(name, entry):
        after[name] = entry.pop("after", None)
        entry = {**given["defaults"][entry["shape"]], **given[entry["solvent"]], **entry}
        recipes[name] = AssemblyRecipe(**entry)

    for scan, entry in given["scans"].items():
        common, names, last = entry.pop("common"), list(entry), None
        chained = common.pop("chained", False)
        for values in itertools.product(*entry.values()):
            label = "-".join(f"{value:g}" if isinstance(value, float) else value for value in values)
            last, before = f"{scan}/{label}", last
            add(
                last,
                {**common, **dict(zip(names, values, strict=True)), "after": before if chained else None},
            )
    for name, entry in {**given["runs"], **given["growth"]}.items():
        add(name, entry)
    for name, entry in given["meetings"].items():
        add(f"meetings/{name}", dict(given["meeting"]))
        places[f"meetings/{name}"] = entry["place"], Rotation.from_rotvec(entry["turn"], degrees=True)
    return recipes, after, places


def recipes():
    """Return the recipes of all runs by name."""
    return plan()[0]


def meeting(name, recipe, folder):
    """Return how two plates lie in each frame of a run."""
    log, rows = read_log(folder), []
    with gsd.hoomd.open(folder / "trajectory.gsd") as file:
        for frame in file:
            centre, normal, edge = plates(frame)
            given = {"side": recipe.side + recipe.shell, "spacing": recipe.core + recipe.shell}
            offset, twist = register(centre, normal, edge, [recipe.box] * 3, **given)
            tilt = np.degrees(np.arccos(min(1.0, abs(normal[0] @ normal[1]))))
            rows.append({"run": name, "tilt": tilt, "offset": offset.sum() if len(offset) else np.nan,
                         "twist": twist.sum() if len(twist) else np.nan})  # fmt: skip
    return log[["time", "pair_energy"]].join(pd.DataFrame(rows))


def summary(name, recipe, log):
    """Return a line of the table of a scan."""
    late = log[log.step >= (1 - AVERAGED) * recipe.steps]
    order = {column: late[column].mean() for column in ("pair_energy", *MEASURES[recipe.shape])}
    return {
        "run": name,
        "solvent": recipe.solvent,
        "temperature_C": recipe.temperature_C,
        "cosolvent": recipe.cosolvent,
        "coverage": recipe.coverage,
        "attraction": recipe.attraction,
        **order,
    }


def main():
    """Run what is asked for, and write the record when nothing is missing."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("work", type=Path)
    parser.add_argument("names", nargs="*", metavar="NAME", help="runs or scans; all without any")
    parser.add_argument("--engine", default="lammps", choices=["lammps", "hoomd"])
    arguments = parser.parse_args()
    everything, after, places = plan()
    for name, recipe in everything.items():
        if arguments.names and name not in arguments.names and name.split("/")[0] not in arguments.names:
            continue
        folder, start = arguments.work / name, None
        if name in GROWN:
            grow(recipe, folder, settle=GROWN[name], engine=arguments.engine)
            continue
        if after[name]:
            start = arguments.work / after[name] / "trajectory.gsd"
        if name in places:
            start = folder.with_name(f"{folder.name}.gsd")
            folder.parent.mkdir(parents=True, exist_ok=True)
            write_frames(start, [arrangement(recipe, *places[name])])
        begin = {"initial": last_frame(start)} if start else {}
        simulate(recipe, folder, engine=arguments.engine, **begin)
    if arguments.names:
        return
    rows, written = {}, []
    for name, recipe in everything.items():
        folder = arguments.work / name
        if name in places:
            rows.setdefault("meetings", []).append(meeting(name, recipe, folder))
            continue
        log = history(recipe, folder) if name in GROWN else read_log(folder)
        if "/" in name:
            rows.setdefault(name.split("/")[0], []).append(summary(name, recipe, log))
            continue
        log.to_csv(HERE / f"{name}.csv", index=False, float_format="%.5g", lineterminator="\n")
        frame = last_frame(folder / "trajectory.gsd")
        frame.particles.position = np.round(frame.particles.position, 3)
        write_frames(HERE / f"{name}.gsd", [frame])
        written += [f"{name}.csv", f"{name}.gsd"]
    rows["meetings"] = [line for table in rows["meetings"] for line in table.to_dict("records")]
    for scan, lines in rows.items():
        table = pd.DataFrame(lines).dropna(axis="columns", how="all")
        table.to_csv(HERE / f"{scan}.csv", index=False, float_format="%.5g", lineterminator="\n")
        written.append(f"{scan}.csv")
    library = find_engine(arguments.engine).load()
    describe(
        HERE / "assembly.json",
        sorted(written),
        command="python data/mesostructures/assembly/record.py WORK",
        packages=("freud-analysis", "gsd", "numpy"),
        engine=arguments.engine,
        engine_version=str(getattr(library, "__version__", None) or library.version.version),
        recipes={name: asdict(recipe) for name, recipe in everything.items()},
    )


if __name__ == "__main__":
    main()
