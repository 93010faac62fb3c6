"""Record how periodic fluids crystallise from several random starts, with and without exchanges of identity.

Run ``python data/confinement/boxes.py`` from the top of the repository, 40 minutes on one core. It writes to
``boxes/``: ``series.csv``, the nucleus and the pressure every 200 time units of each run, ``last.gsd``, the
last three frames of each run with exchanges, ``crystals.csv``, pressures of Laves phases, and
``provenance.json``. After an interruption it goes on: the runs are in ``_build/boxes``.

Each run is as `unplanted-bulk`, 999 particles at a density of 0.95, nothing planted or biased.
"""

from dataclasses import asdict, replace
from pathlib import Path

import gsd.hoomd
import pandas as pd
from tqdm import tqdm

from supracrystal.colloids import track
from supracrystal.records import describe
from supracrystal.simulation import ConfinementRecipe, read_recipe, simulate, write_frames

HERE = Path(__file__).parent / "boxes"
WORK = Path("_build/boxes")
COLUMNS = {"time": "time", "nucleus_L": "large", "nucleus": "particles", "longest_tube": "longest_tube"}
"""What is kept of the table of a run, and its name in the file."""
EXCHANGING = replace(
    read_recipe(HERE.parent / "unplanted-bulk" / "recipe.yml"),
    steps=2_000_000,
    frame_interval=20_000,
    log_interval=2_000,
)
RUNS = {f"exchanges-{seed}": replace(EXCHANGING, seed=seed) for seed in range(6, 9)}
RUNS |= {f"plain-{seed}": replace(EXCHANGING, seed=seed, exchange=None) for seed in range(6, 8)}
CRYSTALS = {
    f"{start}-{density}": ConfinementRecipe(
        number=2160, density=density, confinement="periodic", start=start, steps=20_000, log_interval=100
    )
    for start in ("C14", "C15")
    for density in (0.92, 0.96, 1.0, 1.04)
}


def series(name, frames, log):
    """Return a row for each frame of a run, with the mean pressure since the one before."""
    table = track(frames, progress=False)[list(COLUMNS)].rename(columns=COLUMNS)
    table["pressure"] = [
        log.pressure[(log.time > time - 200) & (log.time <= time)].mean() for time in table.time
    ]
    return table.assign(run=name)[["run", *COLUMNS.values(), "pressure"]]


def main():
    """Run what is not there yet and write what is kept."""
    HERE.mkdir(exist_ok=True)
    rows, last = [], []
    for name, recipe in tqdm(RUNS.items(), desc="boxes"):
        log = simulate(recipe, WORK / name, engine="lammps")
        with gsd.hoomd.open(WORK / name / "trajectory.gsd") as file:
            frames = list(file)
        rows.append(series(name, frames, log))
        if recipe.exchange:
            last += frames[-3:]
    crystals = []
    for name, recipe in CRYSTALS.items():
        pressure = simulate(recipe, WORK / name, engine="lammps").query("time >= 50").pressure
        crystals.append({"start": recipe.start, "density": recipe.density, "pressure": pressure.mean()})
    pd.DataFrame(crystals).round({"pressure": 4}).to_csv(HERE / "crystals.csv", index=False)
    pd.concat(rows).round({"pressure": 3}).to_csv(HERE / "series.csv", index=False)
    write_frames(HERE / "last.gsd", last)
    describe(
        HERE / "provenance.json",
        ["series.csv", "last.gsd", "crystals.csv"],
        command="python data/confinement/boxes.py",
        packages=["gsd", "lammps"],
        engine="lammps",
        recipes={name: asdict(recipe) for name, recipe in (RUNS | CRYSTALS).items()},
    )


if __name__ == "__main__":
    main()
