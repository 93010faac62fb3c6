"""Measure by forward flux sampling how rare crystalline clusters are in a random fluid.

Run ``python data/confinement/forward.py SERIES`` from the top of the repository, SERIES being ``wide`` or
``narrow`` by the steps between its interfaces. It works until a trial passes the last interface, which can
take days, or until it is stopped, and goes on from there when it is started again. What is under way stands
in ``_build/confinement/forward-3501``:

- ``fluid/``: the random fluid of the recipe, made dense and let come to rest;
- ``crossings.csv``: a line for each stay in the fluid that ended with a cluster of the first interface;
- ``SERIES/trials.csv``: a line for each trial: interface, parent, steps, largest cluster on the way, success;
- ``SERIES/I-K.npz``: the end of success K on the way to interface I, and the frames before it.

``python data/confinement/forward.py keep`` puts the tables beside the recipe, with their provenance.

A trial begins with a configuration that reached an interface and new velocities, and moves by the same plain
dynamics as any run until the largest crystalline cluster reaches the next interface or dissolves. Nothing
pushes it, so the product of the shares of success is the chance of the way from the first interface to the
last in the unbiased dynamics (Allen, Valeriani and ten Wolde 2009, `allen2009`).
"""

import argparse
import csv
import itertools
import shutil
import time
from dataclasses import replace
from pathlib import Path

import gsd.hoomd
import numpy as np
from tqdm import tqdm

from supracrystal.colloids import is_large, largest_cluster, make_particles
from supracrystal.records import describe
from supracrystal.simulation import read_recipe, simulate, velocities
from supracrystal.simulation.lammps import Engine

HERE = Path(__file__).parent / "forward-3501"
WORK = Path("_build", "confinement", "forward-3501")
PACKAGES = ("lammps", "numpy", "scipy", "freud-analysis", "gsd")
FIRST, DISSOLVED = 30, 15
"""The first interface; and the size below which the largest cluster is that of a fluid."""
SERIES = {
    "wide": ([30, 45, 60, 80, 105, 135, 170, 215, 270, 340, 430, 540, 680, 850], 60),
    "narrow": ([30, 40, 50, 60, 70, 82, 96, 112, 132, 156, 190, 240, 300, 380, 480, 600, 760, 950], 240),
}
"""Sizes of the largest cluster that are the interfaces, and the trials after which one success will do."""
LOOK = 1_000
"""Steps between looks at the largest cluster."""
SUCCESSES = 6
"""Successes wanted at an interface."""
KEPT = 5
"""Looks between the frames kept of a trial."""


def rows(path):
    """Read a table of whole lines, or nothing."""
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]


def append(path, **row):
    """Write a line."""
    new = not path.exists()
    with path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, row, lineterminator="\n")
        if new:
            writer.writeheader()
        writer.writerow(row)


class Watched:
    """Particles that move in the settled sphere of a recipe, looked at from time to time."""

    def __init__(self, recipe, large):
        self.recipe, self.large = recipe, large

    def start(self, position, seed):
        """Put the particles somewhere with new velocities."""
        recipe = self.recipe
        box = [recipe.box_length] * 3 + [0] * 3
        frame = make_particles(position, self.large, size_ratio=recipe.size_ratio, box=box)
        frame.particles.velocity = velocities(
            frame.particles.position, recipe.temperature, np.random.default_rng(seed), confined=True
        )
        frame.configuration.step = 0
        self.frame, self.engine = frame, Engine(recipe, frame)
        self.engine.run(0)

    def look(self):
        """Advance to the next look; return the size of the largest cluster and the positions."""
        self.engine.run(LOOK)
        self.frame.particles.position = position = self.engine.position()
        return int(largest_cluster(self.frame).sum()), position


def fluid(recipe):
    """Return the positions and species of the fluid at rest."""
    simulate(recipe, WORK / "fluid", engine="lammps")
    with gsd.hoomd.open(WORK / "fluid" / "trajectory.gsd") as file:
        return file[-1].particles.position, is_large(file[-1])


def save(path, **arrays):
    """Write arrays in one piece."""
    partial = path.with_name("partial.npz")
    np.savez_compressed(partial, **arrays)
    partial.replace(path)


def crossings(watched, position, bar):
    """Collect configurations at the first interface, each after a stay in the fluid."""
    table = rows(WORK / "crossings.csv")
    number, seed = len(table), 1000 + len(table)
    if table:
        position = np.load(WORK / f"0-{number - 1}.npz")["position"]
    if number >= SUCCESSES:
        return
    watched.start(position, [watched.recipe.seed, seed])
    inside, steps = not table, 0
    while number < SUCCESSES:
        size, position = watched.look()
        steps += LOOK
        inside |= size < DISSOLVED
        bar.set_postfix_str(f"fluid, largest cluster {size}, {number} crossings")
        bar.update(LOOK)
        if inside and size >= FIRST:
            save(WORK / f"0-{number}.npz", position=position, frames=position.astype(np.float32)[None])
            append(WORK / "crossings.csv", number=number, steps=steps, size=size)
            inside, steps, number = False, 0, number + 1
    watched.engine.close()


def interface(watched, series, level, bar):
    """Try to go from one interface to the next, until there are successes enough."""
    interfaces, most_trials = SERIES[series]
    folder = WORK / series
    folder.mkdir(exist_ok=True)
    done = [row for row in rows(folder / "trials.csv") if row["level"] == level]
    parents = sorted((folder if level else WORK).glob(f"{level}-*.npz"))
    won = int(sum(row["success"] for row in done))
    for trial in itertools.count(len(done)):
        if won >= SUCCESSES or (trial >= most_trials and won):
            return
        seed = [watched.recipe.seed, level + 1, trial]
        parent = parents[np.random.default_rng(seed).integers(len(parents))]
        watched.start(np.load(parent)["position"], seed)
        kept, steps, size, most = [], 0, interfaces[level], 0
        while DISSOLVED <= size < interfaces[level + 1]:
            size, position = watched.look()
            steps, most = steps + LOOK, max(most, size)
            if steps // LOOK % KEPT == 0:
                kept.append(position.astype(np.float32))
            bar.set_postfix_str(f"from {interfaces[level]}, trial {trial}, {won} won, largest cluster {size}")
            bar.update(LOOK)
        watched.engine.close()
        success = size >= interfaces[level + 1]
        if success:
            frames = np.array([*kept, position.astype(np.float32)])
            save(folder / f"{level + 1}-{won}.npz", position=position, frames=frames)
            won += 1
        append(
            folder / "trials.csv", level=level, trial=trial, parent=int(parent.stem.split("-")[1]),
            steps=steps, most=most, success=int(success),
        )  # fmt: skip


def speed(watched, position):
    """Return the steps that one core makes in a second."""
    watched.start(position, 0)
    started = time.perf_counter()
    watched.engine.run(20_000)
    return 20_000 / (time.perf_counter() - started)


def keep(watched, position):
    """Put the tables beside the recipe."""
    shutil.copyfile(WORK / "crossings.csv", HERE / "crossings.csv")
    for series in SERIES:
        shutil.copyfile(WORK / series / "trials.csv", HERE / f"{series}.csv")
    describe(
        HERE / "provenance.json",
        ["recipe.yml", "crossings.csv", *(f"{series}.csv" for series in SERIES)],
        command="python data/confinement/forward.py",
        packages=PACKAGES,
        engine="lammps",
        seed=read_recipe(HERE / "recipe.yml").seed,
        interfaces={series: interfaces for series, (interfaces, _) in SERIES.items()},
        dissolved=DISSOLVED,
        steps_per_second=round(speed(watched, position)),
        note="stopped by hand",
    )


def main():
    """Sample, or keep what was sampled."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("series", choices=[*SERIES, "keep"], help="what to sample, or keep the tables")
    series = parser.parse_args().series
    recipe = read_recipe(HERE / "recipe.yml")
    WORK.mkdir(parents=True, exist_ok=True)
    position, large = fluid(recipe)
    watched = Watched(replace(recipe, start_density=None, hold=0, compression=0), large)
    if series == "keep":
        keep(watched, position)
        return
    with tqdm(desc="forward flux", unit="step", unit_scale=True, mininterval=10) as bar:
        crossings(watched, position, bar)
        for level in range(len(SERIES[series][0]) - 1):
            interface(watched, series, level, bar)


if __name__ == "__main__":
    main()
