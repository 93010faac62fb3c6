"""Drive a fluid droplet over the barrier of nucleation with a bias on the size of the nucleus alone.

Run ``python data/confinement/driven.py SEED`` from the top of the repository; nothing is planted. What is
under way stands in ``_build/confinement/driven/SEED``, and goes on from there when it was interrupted.
``python data/confinement/driven.py SEED keep`` puts log, configurations and their provenance into
``data/confinement/driven-SEED``.

The start is the fluid of ``planted/fluid.gsd`` at the highest density of Wang et al. (2021, `wang2021`). A
move is five time units of hybrid Monte Carlo: molecular dynamics with exchanges of identity in between. It is
accepted with the probability min(1, exp(f dn)), where n is the number of large spheres in the largest nucleus
(:func:`~supracrystal.colloids.find_nucleus`), averaged over the time units of the move because thermal noise
hides some of them; refused, it is undone and the velocities are drawn anew. So each large sphere in the
nucleus gains about f kT; this drives the nucleus and does not sample an equilibrium. The count does not
distinguish C14, C15 and the icosahedral cluster: the bias selects a size and neither a structure nor a place.
It ends at the size from which planted nuclei do not melt, and hybrid Monte Carlo without a bias goes on.
"""

import argparse
import ctypes
import json
import math
import shutil
import signal
from pathlib import Path

import gsd.hoomd
import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from supracrystal.colloids import REACH, core, find_nucleus, is_large, make_particles
from supracrystal.records import describe
from supracrystal.simulation import ConfinementRecipe, exchange_identities, velocities
from supracrystal.simulation.lammps import Engine

HERE, WORK = Path(__file__).parent, Path("_build", "confinement", "driven")
RECIPE = ConfinementRecipe(number=3501, density=0.831, fraction_large=0.41, steps=1)
EVERY, TRIES, EXCHANGES, LOOKS = 20, 200, 5, 5
"""Steps between exchanges, tries each time, exchanges between looks, and looks in a move."""
BIAS, RELEASED = 4.0, 40
"""f in kT for each large sphere in the nucleus, and the size at which the bias ends for good."""
RESTED = 10
"""Moves at the beginning without a bias, after the compression of the fluid."""
LINE, FRAME, SAVED = 2, 20, 10
"""Moves between lines of the log, frames and checkpoints."""
SPACING = 1.08
"""Distance of neighbouring large spheres, the unit of the reach of bonds; a constant saves time."""
PACKAGES = ("freud-analysis", "gsd", "lammps", "numba", "numpy", "scipy")


def bonds(position, large):
    """Return the pairs of neighbours in a droplet, both directions of each."""
    reach = SPACING * np.array([REACH["SS"], REACH["LS"], REACH["LL"]])
    pairs = cKDTree(position).query_pairs(reach[-1], output_type="ndarray")
    distance = np.linalg.norm(position[pairs[:, 0]] - position[pairs[:, 1]], axis=1)
    pairs = pairs[distance < reach[large[pairs].sum(axis=1)]]
    return np.concatenate([pairs, pairs[:, ::-1]])


class Droplet:
    """A droplet that moves by hybrid Monte Carlo, with a bias until it has a nucleus of the wanted size."""

    def __init__(self, seed, state=None):
        with gsd.hoomd.open(HERE / "planted" / "fluid.gsd") as file:
            fluid = file[0]
        self.random = np.random.default_rng(seed)
        self.count = dict.fromkeys(("moves", "accepted", "exchanges", "size", "released"), 0)
        self.large, position = is_large(fluid), fluid.particles.position.astype(float)
        position *= RECIPE.radius / float(fluid.log["confinement/radius"][0])
        velocity = None
        if state is not None:
            self.count = {name: state[name].item() for name in self.count}
            self.random.bit_generator.state = json.loads(str(state["random"]))
            position, velocity, self.large = state["position"], state["velocity"], state["large"]
        if velocity is None:
            velocity = velocities(position, RECIPE.temperature, self.random, confined=True)
        frame = make_particles(position, self.large, box=[*3 * [RECIPE.box_length], 0, 0, 0])
        frame.particles.velocity = velocity
        self.engine, self.last = Engine(RECIPE, frame), (position, self.large)

    def advance(self):
        """Make one move; return the nucleus at its end, accepted or not."""
        sizes = []
        for _ in range(LOOKS):
            for _ in range(EXCHANGES):
                self.engine.run(EVERY)
                position = self.engine.position()
                self.large, accepted = exchange_identities(
                    position, self.large, temperature=RECIPE.temperature, tries=TRIES, random=self.random
                )
                self.engine.set_species(self.large)
                self.count["exchanges"] += accepted
            frame = make_particles(position, self.large)
            nucleus = find_nucleus(frame, pairs=bonds(position, self.large))
            sizes.append(int((nucleus & self.large).sum()))
        size = float(np.mean(sizes))
        self.count["moves"] += 1
        free = self.count["moves"] <= RESTED or self.count["released"]
        if (
            free
            or size >= self.count["size"]
            or self.random.random() < math.exp(BIAS * (size - self.count["size"]))
        ):
            self.count["accepted"] += 1
            self.count["size"], self.last = size, (position, self.large)
            if size >= RELEASED and not self.count["released"]:
                self.count["released"] = self.count["moves"]
        else:
            self._undo()
        return nucleus, position

    def _undo(self):
        position, self.large = self.last
        velocity = velocities(position, RECIPE.temperature, self.random, confined=True)
        for name, array in (("x", position), ("v", velocity)):
            values = np.ascontiguousarray(array, dtype=float)
            pointer = values.ctypes.data_as(ctypes.POINTER(ctypes.c_double))
            self.engine.lammps.scatter_atoms(name, 1, 3, pointer)
        self.engine.set_species(self.large)

    def row(self, nucleus, position):
        """Return a line of the log."""
        number, density, composition = core(make_particles(position, self.large), RECIPE.radius)
        members = position[nucleus] if nucleus.any() else np.full((1, 3), np.nan)
        centre = members.mean(axis=0)
        return {
            **self.count,
            "nucleus_L": int((nucleus & self.large).sum()),
            "nucleus": int(nucleus.sum()),
            "gyration_radius": round(float(np.sqrt(np.mean(np.sum((members - centre) ** 2, axis=1)))), 3),
            "distance": round(float(np.linalg.norm(centre)), 3),
            "core_number": number,
            "core_density": round(density, 5),
            "core_composition": round(composition, 5),
        }

    def state(self):
        """Return what is needed to go on; the thermostat begins anew."""
        return self.count | {
            "random": json.dumps(self.random.bit_generator.state), "large": self.large,
            "position": self.engine.position(), "velocity": self.engine.velocity(),
        }  # fmt: skip

    def frame(self, nucleus, position):
        """Return a configuration with the number of moves as its step, and its nucleus."""
        frame = make_particles(position, self.large, box=[*3 * [RECIPE.box_length], 0, 0, 0])
        frame.configuration.step = self.count["moves"]
        frame.log["particles/nucleus"] = nucleus.astype(np.int32)
        frame.log["confinement/radius"] = np.array([RECIPE.radius])
        return frame


def work(seed, moves):
    """Go on with a run to a number of moves, or until a signal."""
    folder = WORK / str(seed)
    folder.mkdir(parents=True, exist_ok=True)
    checkpoint, stopped, rows, frames = folder / "state.npz", [], [], []
    droplet = Droplet(seed, np.load(checkpoint) if checkpoint.exists() else None)
    signal.signal(signal.SIGTERM, lambda *_: stopped.append(True))
    while droplet.count["moves"] < moves and not stopped:
        released = droplet.count["released"]
        nucleus, position = droplet.advance()
        made = droplet.count["moves"]
        if made % LINE == 0:
            rows.append(droplet.row(nucleus, position))
        if made % FRAME == 0 or released != droplet.count["released"]:
            frames.append(droplet.frame(nucleus, position))
        if made % SAVED == 0:
            np.savez(folder / "new.npz", **droplet.state())
            (folder / "new.npz").replace(checkpoint)
            table = folder / "log.csv"
            pd.DataFrame(rows).to_csv(table, mode="a", header=not table.exists(), index=False)
            with gsd.hoomd.open(folder / "frames.gsd", "a") as file:
                file.extend(frames)
            rows, frames = [], []


def keep(seed):
    """Put the log and the frames of a run into the data, with their provenance."""
    home, folder = HERE / f"driven-{seed}", WORK / str(seed)
    home.mkdir(exist_ok=True)
    for file in ("log.csv", "frames.gsd"):
        shutil.copyfile(folder / file, home / file)
    describe(
        home / "provenance.json", ["log.csv", "frames.gsd"], packages=PACKAGES, seed=seed,
        command=f"python data/confinement/driven.py {seed}", bias=BIAS, released=RELEASED,
    )  # fmt: skip


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("seed", type=int)
    parser.add_argument("action", choices=("work", "keep"), default="work", nargs="?")
    parser.add_argument("--moves", type=int, default=20_000)
    chosen = parser.parse_args()
    work(chosen.seed, chosen.moves) if chosen.action == "work" else keep(chosen.seed)
