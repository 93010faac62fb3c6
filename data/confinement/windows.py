"""Record umbrella windows on the size of the nucleus, in a periodic box and in a droplet where nuclei form.

Run ``python data/confinement/windows.py`` from the top of the repository: three hours on one core. With the
name of a chain it runs that one only, so that several cores can share them; without a name it gathers what is
there. It writes ``windows.csv``, the size in each window every 20 trials, and ``windows.json``, how they were
made. After an interruption it goes on from ``_build/windows``.

The size is the number of large spheres of the nucleus, with a harmonic bias. A trial is a trajectory of one
time unit with new velocities and two rounds of exchanges of identities, placed symmetrically. It is accepted
by the change of the bias, and neighbouring windows exchange their configurations: hybrid Monte Carlo in
umbrella windows, as in Gispen et al. (2024) (`gispen2024`). Each window begins with a frame of an unplanted
run.
"""

import ctypes
import sys
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import trange

from supracrystal.colloids import find_nucleus, is_large, largest_cluster, make_particles
from supracrystal.records import describe
from supracrystal.simulation import read_frames, read_recipe
from supracrystal.simulation.exchange import exchange_identities
from supracrystal.simulation.lammps import Engine
from supracrystal.simulation.start import velocities

HERE = Path(__file__).parent
WORK = Path("_build/windows")
BOX = read_recipe(HERE / "unplanted-bulk" / "recipe.yml")
DROPLET = replace(read_recipe(HERE / "unplanted-3501" / "recipe.yml"), start_density=None, compression=0)
CHAINS = {
    "box 1": (BOX, "unplanted-bulk", range(0, 46, 5), 300),
    "box 2": (BOX, "boxes/last.gsd", range(0, 46, 5), 300),
    "droplet": (DROPLET, "unplanted-3501", range(0, 31, 5), 600),
}
"""Recipe, run whose frames the windows begin with, centres, tries of exchange."""
SPRING = 0.06
"""In kT per square of a large sphere: alone it would let the size vary by four."""
TRIAL, ROUNDS, SAMPLE, BLOCK = (25, 50, 25), 7_000, 20, 200
"""Steps before, between and after the exchanges of a trial; all trials; those between samples, and states."""
SETTLED = 2_000
"""Time after which frames are taken, when the composition has relaxed."""


class Window:
    """A configuration in an engine, as it was accepted last."""

    def __init__(self, recipe, tries, position, large, random):
        self.recipe, self.tries, self.random = recipe, tries, random
        self.confined = recipe.confinement == "sphere"
        edge = 2.2 * recipe.radius if self.confined else recipe.box_length
        self.length, self.box = None if self.confined else edge, [edge] * 3 + [0] * 3
        self.position, self.large = self.wrapped(position), large
        self.size, frame = self.count(self.position, large), self.frame(self.position, large)
        frame.particles.velocity = np.zeros_like(position)
        self.engine = Engine(recipe, frame)

    def frame(self, position, large):
        """Return the particles as a frame."""
        return make_particles(position, large, size_ratio=self.recipe.size_ratio, box=self.box)

    def count(self, position, large):
        """Return the number of large spheres of the nucleus."""
        return int((find_nucleus(self.frame(position, large)) & large).sum())

    def wrapped(self, position):
        """Return positions in the box, if it is periodic."""
        return position if self.confined else position - self.length * np.round(position / self.length)

    def attempt(self, centre):
        """Go on by a trial, or stay."""
        engine, large, kT = self.engine, self.large, self.recipe.temperature
        scatter(engine, "v", velocities(self.position, kT, self.random, confined=self.confined))
        for k, steps in enumerate(TRIAL):
            engine.run(steps)
            if k < len(TRIAL) - 1:
                large, _ = exchange_identities(
                    engine.position(), large, temperature=kT, tries=self.tries, random=self.random,
                    length=self.length,
                )  # fmt: skip
                engine.set_species(large)
        position = self.wrapped(engine.position())
        size = self.count(position, large)
        if self.random.random() < np.exp(bias(self.size, centre) - bias(size, centre)):
            self.position, self.large, self.size = position, large, size
        else:
            scatter(engine, "x", self.position)
            engine.set_species(self.large)


def bias(size, centre):
    """Return the harmonic bias, in kT."""
    return SPRING / 2 * (size - centre) ** 2


def scatter(engine, name, values):
    """Set positions or velocities of the particles of an engine."""
    values = np.ascontiguousarray(values, dtype=float)
    engine.lammps.scatter_atoms(name, 1, 3, values.ctypes.data_as(ctypes.POINTER(ctypes.c_double)))
    engine.fresh = True


def starts(source, centres):
    """Return a frame of a recorded run for each window, that with a nucleus of the nearest size."""
    frames = [frame for frame in read_frames(HERE / source) if frame.log["time"][0] >= SETTLED]
    sizes = np.array([(find_nucleus(frame) & is_large(frame)).sum() for frame in frames])
    return [frames[np.abs(sizes - centre).argmin()] for centre in centres]


def chain(name):
    """Return the samples of a chain; go on from the state that is kept."""
    recipe, source, centres, tries = CHAINS[name]
    path, table = WORK / f"{name}.npz", WORK / f"{name}.csv"
    seed = [list(CHAINS).index(name), 17]
    if path.exists():
        state = dict(np.load(path))
        rows = pd.read_csv(table).query(f"round <= {state['round']}").to_dict("records")
    else:
        frames = starts(source, centres)
        state = {
            "round": 0,
            "position": [frame.particles.position.astype(float) for frame in frames],
            "large": [is_large(frame) for frame in frames],
        }
        rows = []
    done = int(state["round"])
    windows = [
        Window(recipe, tries, position, large, np.random.default_rng([*seed, done, k]))
        for k, (position, large) in enumerate(zip(state["position"], state["large"], strict=True))
    ]
    random = np.random.default_rng([*seed, done])
    for now in trange(done + 1, ROUNDS + 1, initial=done, total=ROUNDS, desc=name):
        for window, centre in zip(windows, centres, strict=True):
            window.attempt(centre)
        for k in range(now % 2, len(windows) - 1, 2):
            one, two = windows[k : k + 2]
            change = SPRING * (one.size - two.size) * (centres[k + 1] - centres[k])
            if random.random() < np.exp(min(0.0, change)):
                windows[k : k + 2] = [two, one]
        if now % SAMPLE == 0:
            clusters = [largest_cluster(window.frame(window.position, window.large)) for window in windows]
            rows += [
                {"chain": name, "round": now, "window": centre, "large": window.size, "cluster": each.sum()}
                for centre, window, each in zip(centres, windows, clusters, strict=True)
            ]  # fmt: skip
        if now % BLOCK == 0:
            pd.DataFrame(rows).to_csv(table, index=False)
            np.savez(
                path,
                round=now,
                position=[window.position for window in windows],
                large=[window.large for window in windows],
            )
    return pd.read_csv(table)


def main(names):
    """Record the chains that are named, or write what all of them gave."""
    WORK.mkdir(parents=True, exist_ok=True)
    tables = [chain(name) for name in names or CHAINS]
    if names:
        return
    pd.concat(tables).to_csv(HERE / "windows.csv", index=False)
    describe(
        HERE / "windows.json",
        ["windows.csv"],
        command="python data/confinement/windows.py",
        packages=["lammps"],
        engine="lammps",
        recipes={"box": asdict(BOX), "droplet": asdict(DROPLET)},
        chains={
            name: {"begins": source, "centres": list(centres), "tries": tries}
            for name, (_, source, centres, tries) in CHAINS.items()
        },
        rounds=ROUNDS,
        spring=SPRING,
        trial=TRIAL,
    )


if __name__ == "__main__":
    main(sys.argv[1:])
