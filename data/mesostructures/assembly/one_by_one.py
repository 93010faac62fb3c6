"""Plates that come to an aggregate one by one, as from a solution in which they form slowly.

Each new plate begins at a random place near the aggregate, turned at random, and diffuses until it is bound;
then it has time to settle, and the next one comes. What is left out is that aggregates meet each other.
"""

from dataclasses import replace
from pathlib import Path

import gsd.hoomd
import numpy as np
import pandas as pd
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation
from tqdm import tqdm

from supracrystal.mesostructures import (
    CONTACT,
    aggregate,
    largest_aggregate,
    plates,
    square_plate,
    touching,
)
from supracrystal.simulation import REACH, arrangement, find_engine, frame_of, measure_order
from supracrystal.simulation.checkpoints import TRAJECTORY, append_frame

NEAR = 4.0
"""Nanometres between the space that a new plate may sweep and the next bead."""
TRIALS = 100
CHUNK = 1000
"""Steps between looks whether a plate is bound."""


def add_plate(recipe, frame, seed):
    """Put a plate near an aggregate about the middle of the box, turned at random and not in touch."""
    generator = np.random.default_rng(seed)
    beads = np.asarray(frame.particles.position, dtype=float)
    least = recipe.side / np.sqrt(2) + recipe.core / 2 + REACH
    far = np.linalg.norm(beads, axis=1).max() + least + NEAR
    if 2 * far > recipe.box + least:
        raise ValueError(f"a box of {recipe.box:.4g} nm is too small for {far:.3g} nm about its middle")
    tree, place = cKDTree(beads), np.zeros(3)
    while not least < tree.query(place)[0] < least + NEAR:
        place = generator.normal(size=3)
        place *= far * generator.random() ** (1 / 3) / np.linalg.norm(place)
    sheet = Rotation.random(rng=generator).apply(square_plate(recipe.beads)) + place
    body = np.append(frame.particles.body, np.full(len(sheet), frame.particles.body.max() + 1))
    return frame_of(np.vstack([beads, sheet]), [0] * len(body), recipe.sizes, body, [recipe.box] * 3)


def centred(recipe, frame):
    """Return a frame of the largest aggregate alone, in one piece about the middle of the box."""
    box = np.asarray(frame.configuration.box[:3], dtype=float)
    centre, _, _ = plates(frame)
    index, position = largest_aggregate(centre, touching(frame, recipe.core + recipe.shell + CONTACT), box)
    beads = np.asarray(frame.particles.position, dtype=float).reshape(len(centre), -1, 3)[index]
    apart = beads - centre[index][:, None]
    whole = apart - box * np.round(apart / box) + (position - position.mean(axis=0))[:, None]
    body = np.repeat(np.arange(len(index)), beads.shape[1])
    return frame_of(whole.reshape(-1, 3), [0] * len(body), frame.particles.diameter[:1], body, box)


def grow(recipe, directory, *, settle=5000, engine="auto", progress=True):
    """Let the plates of a recipe come one by one, or go on with it; return :func:`history`.

    ``number`` plates come in the end, and ``packing`` is that of all of them. A plate that does not come in
    ``steps`` is given up, and another one sent; one that is bound has ``settle`` steps. The trajectory gets a
    frame for each plate.
    """
    module, directory = find_engine(engine), Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / TRAJECTORY
    if path.exists():
        with gsd.hoomd.open(path) as file:
            frame = file[-1]
    else:
        frame = arrangement(_part(recipe, 1), np.zeros((1, 3)), Rotation.identity(1))
        append_frame(path, frame)
    first = int(frame.particles.body.max()) + 1
    for number in tqdm(range(first + 1, recipe.number + 1), desc=str(directory), disable=not progress):
        sent = (add_plate(recipe, frame, [recipe.seed, number, trial]) for trial in range(TRIALS))
        came = (_bind(_part(recipe, number), module, each, settle) for each in sent)
        frame = next((each for each in came if each is not None), None)
        if frame is None:
            raise RuntimeError(f"{TRIALS} plates did not come to {number - 1} others; allow more steps")
        frame.configuration.step = number
        append_frame(path, frame)
    return history(recipe, directory)


def _part(recipe, number):
    """Return the recipe of the first plates, in the same box."""
    number = max(number, 2)
    return replace(
        recipe, number=number, packing=recipe.packing * number / recipe.number, seed=recipe.seed + number
    )


def _bind(recipe, module, frame, settle):
    """Integrate until all plates are one aggregate and have settled; None if the last stays away."""
    simulation = module.Engine(recipe, frame)

    def look(steps):
        simulation.run(steps)
        position = simulation.position()
        frame.particles.position = position - recipe.box * np.round(position / recipe.box)
        return centred(recipe, frame)

    try:
        for _ in range(recipe.steps // CHUNK):
            if look(CHUNK).particles.N == frame.particles.N:
                whole = look(settle)
                if whole.particles.N == frame.particles.N:
                    return whole
    finally:
        simulation.close()
    return None


def history(recipe, directory):
    """Measure each frame of a growth: what ``aggregate`` and ``measure_order`` give."""
    with gsd.hoomd.open(Path(directory) / TRAJECTORY) as file:
        return pd.DataFrame([{**aggregate(recipe, frame), **measure_order(recipe, frame)} for frame in file])
