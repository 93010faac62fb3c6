"""Record whether nuclei of three structures grow or melt, in periodic fluids and in a droplet.

Run ``python data/confinement/seeding.py`` from the top of the repository: two hours on one core. It writes
``seeding.csv``, sizes of the nucleus in every 10 time units of each run, and ``seeding.json``, how they were
made. After an interruption it goes on: the fluids are in ``_build/seeding``, the table grows run by run.

Each run begins with a ball of an ideal structure in place of as many particles of a fluid. The ball is as
dense as the structure is at the pressure of the fluid, and the box or the droplet shrinks by the volume that
this frees. Springs hold the particles of the ball for some time, in which the fluid beside it relaxes, as in
Espinosa et al. (2016) (`espinosa2016`). Identities are exchanged throughout.
"""

from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from supracrystal.colloids import core_pressure, find_nucleus, is_large, largest_cluster, make_particles
from supracrystal.records import describe
from supracrystal.simulation import (
    ConfinementRecipe,
    initial_configuration,
    read_frames,
    read_recipe,
    separate,
    simulate,
)
from supracrystal.simulation.exchange import exchange_identities
from supracrystal.simulation.lammps import Engine
from supracrystal.simulation.start import velocities

HERE = Path(__file__).parent
WORK = Path("_build/seeding")
FLUID = ConfinementRecipe(
    number=6000, fraction_large=1 / 3, density=0.89, confinement="periodic", steps=24_000, time_step=0.015,
    seed=61, exchange={"every": 40, "tries": 600}, frame_interval=4_000, log_interval=400,
)  # fmt: skip
DROPLET = replace(
    read_recipe(HERE / "unplanted-10002" / "recipe.yml"), density=0.78, start_density=None, compression=0,
    steps=40_000, frame_interval=4_000, log_interval=400, seed=62, exchange={"every": 40, "tries": 1200},
)  # fmt: skip
HOSTS = {"box": FLUID, "dense box": replace(FLUID, density=0.945), "droplet": DROPLET}
YOUNG = 3
"""Frame of `unplanted-10002`, whose composition has relaxed, that the droplet begins with, expanded."""
PLACES = {
    "box": ("box", None), "middle": ("droplet", 0.0), "dense box": ("dense box", None),
    "off the middle": ("droplet", 5.0),
}  # fmt: skip
"""Fluid, and distance of the nucleus from the middle of the droplet."""
DENSITIES = {"box": (0.89, 0.975), "droplet": (0.89, 0.975), "dense box": (0.945, 1.021)}
"""Of a periodic fluid at the pressure of the host, and of the Laves phases there, by `boxes/crystals.csv`."""
SIZES = {"box": (300, 450, 650, 900), "middle": (300, 450, 650, 900), "dense box": (100, 150, 220, 310),
         "off the middle": (650, 900)}  # fmt: skip
CASES = [
    (place, start, size, seed)
    for seed in (1, 2, 3)
    for place in PLACES
    for size in SIZES[place]
    for start in ("C14", "C15", "icosahedral")
]
TIME_STEP, LOOK, HELD, FREE = 0.01, 1_000, 2_000, 30_000
"""Time step, and steps between two looks, with springs and without."""
SPRING = 5.0
"""In epsilon per square of a large diameter: along each axis a particle moves by a fifth of a diameter."""
ROOM = 1.04
"""Diameter, over sigma, at which particles of the fluid are laid out beside the nucleus."""


def fluids():
    """Return recipe, last frames and pressure of each fluid, which is made if it is not there."""
    found = {}
    for name, recipe in HOSTS.items():
        initial = None
        if name == "droplet":
            young = read_frames(HERE / "unplanted-10002")[YOUNG]
            initial = expanded(young, recipe.radius / float(young.log["confinement/radius"][0]))
        log = simulate(recipe, WORK / name, engine="lammps", initial=initial)
        frames = read_frames(WORK / name)[-5:]
        pressure = log.pressure[log.time > 180].mean()
        if name == "droplet":
            pressure = np.mean([core_pressure(frame, recipe.radius) for frame in frames])
        found[name] = recipe, frames, pressure
    return found


def expanded(frame, factor):
    """Return a configuration whose box and positions are scaled."""
    box = [float(edge) * factor for edge in frame.configuration.box[:3]] + [0] * 3
    return make_particles(frame.particles.position * factor, is_large(frame), size_ratio=0.78, box=box)


def begin(host, place, start, size, seed):
    """Return the recipe of a run and its first configuration, the nucleus first."""
    (name, away), (recipe, frames, _) = PLACES[place], host
    fluid, crystal = DENSITIES[name]
    random = np.random.default_rng([seed, size])
    laves, volume = (1 + 2 * 0.78**3) / 3, recipe.number * recipe.mean_cube / recipe.density
    left = 1 - size * laves * (1 / fluid - 1 / crystal) / volume
    recipe = replace(recipe, density=recipe.density / left, time_step=TIME_STEP, seed=seed, steps=HELD + FREE)
    frame = expanded(frames[-seed], left ** (1 / 3))
    position, large = frame.particles.position.astype(float), is_large(frame)
    if away is None:
        centre, walls = np.zeros(3), {"length": recipe.box_length}
        position -= position[random.integers(len(position))]
        position -= recipe.box_length * np.round(position / recipe.box_length)
    else:
        centre, walls = random.normal(size=3), {"radius": recipe.radius}
        centre *= away / np.linalg.norm(centre)
    ideal = initial_configuration(
        ConfinementRecipe(
            number=3000, density=crystal, confinement="periodic", start=start, nucleus=size, steps=1
        )
    )
    far = np.argsort(np.linalg.norm(position - centre, axis=1))[size:]
    species = np.concatenate([is_large(ideal)[:size], large[far]])
    # The mixture keeps its composition: some other particles of the fluid change their species.
    surplus = int(species.sum() - large.sum())
    others = size + np.flatnonzero(species[size:] == (surplus > 0))
    species[random.choice(others, abs(surplus), replace=False)] = surplus < 0
    position = separate(
        np.concatenate([centre + ideal.particles.position[:size], position[far]]),
        ROOM * np.where(species, 1.0, 0.78), fixed=size, tolerance=(ROOM - 0.99) * 0.78, **walls,
    )  # fmt: skip
    first = make_particles(position, species, size_ratio=0.78, box=frame.configuration.box)
    first.particles.velocity = velocities(position, 0.2, random, confined=away is not None)
    return recipe, first


def follow(recipe, frame, size):
    """Return sizes of the nucleus; the time is zero when the springs go."""
    engine, large, rows = Engine(recipe, frame), is_large(frame), []
    length = recipe.box_length if recipe.confinement == "periodic" else None
    for command in (f"group nucleus id <= {size}", f"fix springs nucleus spring/self {SPRING}"):
        engine.lammps.command(command)
    every, tries = recipe.exchange.every, recipe.exchange.tries
    for step in range(0, HELD + FREE + 1, every):
        engine.run(every if step else 0)
        large, accepted = exchange_identities(
            engine.position(), large, temperature=0.2, tries=tries, length=length,
            random=np.random.default_rng([recipe.seed, size, step]),
        )  # fmt: skip
        if accepted:
            engine.set_species(large)
            engine.run(0)
        if step % LOOK == 0:
            position = engine.position()
            if length is not None:
                position -= length * np.round(position / length)
            now = make_particles(position, large, size_ratio=0.78, box=frame.configuration.box)
            nucleus = find_nucleus(now)
            rows.append({
                "time": round((step - HELD) * TIME_STEP), "large": (nucleus & large).sum(),
                "particles": nucleus.sum(), "cluster": largest_cluster(now).sum(),
            })  # fmt: skip
        if step == HELD:
            engine.lammps.command("unfix springs")
            engine.fresh = True
    engine.close()
    return pd.DataFrame(rows)


def main():
    """Record every case that is not there yet."""
    path, keys = HERE / "seeding.csv", ["place", "start", "planted", "seed"]
    table = pd.read_csv(path) if path.exists() else pd.DataFrame(columns=keys)
    there = set(table[keys].itertuples(index=False, name=None))
    hosts = fluids()
    for case in tqdm([case for case in CASES if case not in there], desc="seeding"):
        host = hosts[PLACES[case[0]][0]]
        rows = follow(*begin(host, *case), case[2])
        new = pd.DataFrame(dict(zip(keys, case, strict=True)), index=rows.index).join(rows)
        table = pd.concat([table, new], ignore_index=True)[new.columns]
        table.to_csv(path, index=False)
    describe(
        HERE / "seeding.json",
        ["seeding.csv"],
        command="python data/confinement/seeding.py",
        packages=["lammps"],
        engine="lammps",
        recipes={name: asdict(recipe) for name, recipe in HOSTS.items()},
        pressures={name: round(pressure, 3) for name, (*_, pressure) in hosts.items()},
        steps=[HELD, FREE],
    )


if __name__ == "__main__":
    main()
