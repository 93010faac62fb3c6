"""Record whether nuclei of three structures live or melt, in a periodic fluid and at two places of a droplet.

Run ``python data/confinement/seeding.py`` from the top of the repository: 25 minutes on one core. It writes
``seeding.csv``, the size of the nucleus in every 20 time units of each run, and ``seeding.json``, how they
were made. Each run begins with a ball of an ideal structure in place of as many particles of a fluid whose
composition has relaxed: that of `unplanted-bulk` or `unplanted-3501-third`, before they had nuclei, and goes
on with exchanges as there. It ends when the nucleus is gone or has grown. After an interruption the same
command goes on.
"""

import tempfile
from dataclasses import asdict, replace
from pathlib import Path

import gsd.hoomd
import numpy as np
import pandas as pd
from tqdm import tqdm

from supracrystal.colloids import is_large, make_particles, track
from supracrystal.records import describe
from supracrystal.simulation import (
    ConfinementRecipe,
    initial_configuration,
    read_recipe,
    separate,
    simulate,
)

HERE = Path(__file__).parent
PLACES = {"box": ("unplanted-bulk", None), "middle": ("unplanted-3501-third", 0.0),
          "off the middle": ("unplanted-3501-third", 4.0)}  # fmt: skip
"""Run of which the fluid is, and distance of the nucleus from the middle of the droplet."""
FRAMES = {"unplanted-bulk": (1, 2), "unplanted-3501-third": (3, 4)}
"""Frames of the fluid, one for each seed."""
CASES = [
    (place, start, size, seed)
    for seed in (1, 2)
    for size in (130, 220)
    for place in PLACES
    for start in ("icosahedral", "C14", "C15")
]
EFFECTIVE = 1.06
"""Diameter, over sigma, at which the fluid is laid out around a nucleus, as in a random start."""
INTERVAL, PART, PARTS = 2_000, 20_000, 4
"""Steps between frames, those after which it is looked whether a run has ended, and how often at most."""
COLUMNS = {"time": "time", "nucleus_L": "large", "nucleus": "particles", "longest_tube": "tube"}
"""What is kept of the table of a run, and its name in the file."""
GONE, GROWN = 3, 60
"""Large spheres in the nucleus, a mean over one part, at which a run ends."""


def begin(place, start, size, seed):
    """Return the recipe of a run and its first configuration."""
    (name, away), random = PLACES[place], np.random.default_rng(seed)
    recipe = replace(
        read_recipe(HERE / name / "recipe.yml"), start_density=None, compression=0, time_step=0.01,
        frame_interval=INTERVAL, log_interval=INTERVAL, seed=seed,
    )  # fmt: skip
    with gsd.hoomd.open(HERE / name / "trajectory.gsd") as file:
        host = file[FRAMES[name][seed - 1]]
    position, large = host.particles.position.astype(float), is_large(host)
    if away is None:
        place, walls = np.zeros(3), {"length": recipe.box_length}
        position -= position[random.integers(len(position))]
        position -= recipe.box_length * np.round(position / recipe.box_length)
    else:
        place, walls = random.normal(size=3), {"radius": recipe.radius}
        place *= away / np.linalg.norm(place)
    planted = ConfinementRecipe(
        number=999, density=0.9, confinement="periodic", start=start, nucleus=size, steps=1
    )
    ideal = initial_configuration(planted)
    far = np.argsort(np.linalg.norm(position - place, axis=1))[size:]
    species = np.concatenate([is_large(ideal)[:size], large[far]])
    # The fluid keeps its composition: some of its other particles change their species.
    surplus = int(species.sum() - large.sum())
    others = size + np.flatnonzero(species[size:] == (surplus > 0))
    changed = random.choice(others, abs(surplus), replace=False)
    species[changed] = ~species[changed]
    position = np.concatenate([place + ideal.particles.position[:size], position[far]])
    diameter = np.where(species, 1.0, recipe.size_ratio)
    position = separate(
        position, EFFECTIVE * diameter, fixed=size, tolerance=(EFFECTIVE - 0.99) * recipe.size_ratio, **walls
    )
    box = [recipe.box_length] * 3 + [0] * 3
    return recipe, make_particles(position, species, size_ratio=recipe.size_ratio, box=box)


def follow(case):
    """Return the size of the nucleus through one run."""
    tables, (recipe, initial) = [], begin(*case)
    with tempfile.TemporaryDirectory() as folder:
        for part in range(1, PARTS + 1):
            recipe = replace(recipe, steps=part * PART)
            simulate(recipe, folder, engine="lammps", initial=initial, progress=False)
            with gsd.hoomd.open(Path(folder) / "trajectory.gsd") as file:
                tables.append(track(file[sum(map(len, tables)) :], progress=False)[list(COLUMNS)])
            size = tables[-1].nucleus_L[-PART // INTERVAL :].mean()
            if not GONE < size < GROWN:
                break
    return pd.concat(tables, ignore_index=True).rename(columns=COLUMNS)


def main():
    """Record every case that is not there yet."""
    path, keys = HERE / "seeding.csv", ["place", "start", "planted", "seed"]
    table = pd.read_csv(path) if path.exists() else pd.DataFrame(columns=[*keys, *COLUMNS.values()])
    there = set(table[keys].itertuples(index=False, name=None))
    for case in tqdm([case for case in CASES if case not in there], desc="seeding"):
        rows = follow(case).assign(**dict(zip(keys, case, strict=True)))
        table = pd.concat([table, rows[table.columns]], ignore_index=True)
        table.to_csv(path, index=False)
    describe(
        HERE / "seeding.json",
        ["seeding.csv"],
        command="python data/confinement/seeding.py",
        packages=["lammps"],
        engine="lammps",
        recipes={name: asdict(read_recipe(HERE / name / "recipe.yml")) for name in FRAMES},
        steps=PARTS * PART,
    )


if __name__ == "__main__":
    main()
