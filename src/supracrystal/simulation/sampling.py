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
from supracrystal.simulation import checkpoints as files
from supracrystal.simulation.assembly import find_engine, measure
from supracrystal.simulation.platelets import REACH, arrangement, frame_of

NEAR = 4.0
"""Nanometres between the space that a new plate may sweep and the next bead."""
TRIALS = 100
CHUNK = 1000
"""Steps between looks whether a plate is bound."""


def add_plate(recipe, frame, seed):
    """Put a plate near an aggregate, turned at random and not in touch.

    Parameters
    ----------
    recipe : Recipe
    frame : gsd.hoomd.Frame
        Beads of plates about the middle of the box.
    seed : int or sequence of int

    Returns
    -------
    gsd.hoomd.Frame

    Raises
    ------
    ValueError
        If the box is too small.

    Examples
    --------
    >>> from supracrystal.simulation.assembly_recipe import Recipe
    >>> recipe = Recipe(shape="plate", number=8, steps=1, solvent="toluene", temperature_C=45, packing=0.02)
    >>> one = frame_of(square_plate(7), [0] * 49, [3.5], [0] * 49, [recipe.box] * 3)
    >>> add_plate(recipe, one, seed=1).particles.N
    98
    """
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
    """Return a frame with its largest aggregate in one piece about the middle of the box, without the rest.

    Parameters
    ----------
    recipe : Recipe
    frame : gsd.hoomd.Frame

    Returns
    -------
    gsd.hoomd.Frame

    Examples
    --------
    >>> from supracrystal.simulation.assembly_recipe import Recipe
    >>> recipe = Recipe(shape="plate", number=8, steps=1, solvent="toluene", temperature_C=45, packing=0.02)
    >>> frame = frame_of(square_plate(7) + [9, 0, 0], [0] * 49, [3.5], [0] * 49, [recipe.box] * 3)
    >>> centred(recipe, frame).particles.position.mean(axis=0).tolist()
    [0.0, 0.0, 0.0]
    """
    box = np.asarray(frame.configuration.box[:3], dtype=float)
    centre, _, _ = plates(frame)
    index, position = largest_aggregate(centre, touching(frame, recipe.core + recipe.shell + CONTACT), box)
    beads = np.asarray(frame.particles.position, dtype=float).reshape(len(centre), -1, 3)[index]
    apart = beads - centre[index][:, None]
    whole = apart - box * np.round(apart / box) + (position - position.mean(axis=0))[:, None]
    body = np.repeat(np.arange(len(index)), beads.shape[1])
    return frame_of(whole.reshape(-1, 3), [0] * len(body), frame.particles.diameter[:1], body, box)


def grow(recipe, directory, *, settle=5000, engine="auto", progress=True):
    """Let the plates of a recipe come one by one, or go on with it.

    Parameters
    ----------
    recipe : Recipe
        Of plates: ``number`` in the end, ``packing`` of all of them; a plate that does not come in ``steps``
        is given up, and another one sent.
    directory : path_like
        Where ``trajectory.gsd`` gets a frame for each plate.
    settle : int
        Steps that a plate has after it is bound.
    engine : {"auto", "hoomd", "lammps"}
    progress : bool

    Returns
    -------
    pandas.DataFrame
        A line for each frame, see :func:`history`.

    Raises
    ------
    RuntimeError
        If none of many plates comes.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from supracrystal.simulation.assembly_recipe import Recipe
    >>> recipe = Recipe(shape="plate", number=2, steps=20000, solvent="toluene", temperature_C=45, beads=3,
    ...                 packing=0.025, time_step=0.002, damping=4)
    >>> with TemporaryDirectory() as folder:
    ...     found = grow(recipe, folder, settle=100, engine="lammps", progress=False)
    >>> found.plates.tolist()
    [1, 2]
    """
    module, directory = find_engine(engine), Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / files.TRAJECTORY
    if path.exists():
        with gsd.hoomd.open(path) as file:
            frame = file[-1]
    else:
        frame = arrangement(_part(recipe, 1), np.zeros((1, 3)), Rotation.identity(1))
        files.append_frame(path, frame)
    first = int(frame.particles.body.max()) + 1
    for number in tqdm(range(first + 1, recipe.number + 1), desc=str(directory), disable=not progress):
        sent = (add_plate(recipe, frame, [recipe.seed, number, trial]) for trial in range(TRIALS))
        came = (_bind(_part(recipe, number), module, each, settle) for each in sent)
        frame = next((each for each in came if each is not None), None)
        if frame is None:
            raise RuntimeError(f"{TRIALS} plates did not come to {number - 1} others; allow more steps")
        frame.configuration.step = number
        files.append_frame(path, frame)
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
    """Measure each frame of a growth.

    Parameters
    ----------
    recipe : Recipe
    directory : path_like

    Returns
    -------
    pandas.DataFrame
        What :func:`.cuboids.aggregate` and :func:`.stacking.stacking` give.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from supracrystal.simulation.assembly_recipe import Recipe
    >>> recipe = Recipe(shape="plate", number=4, steps=1, solvent="toluene", temperature_C=45, packing=0.01)
    >>> with TemporaryDirectory() as folder:
    ...     one = frame_of(square_plate(7), [0] * 49, [3.5], [0] * 49, [recipe.box] * 3)
    ...     files.append_frame(Path(folder) / files.TRAJECTORY, one)
    ...     history(recipe, folder).plates.tolist()
    [1]
    """
    with gsd.hoomd.open(Path(directory) / files.TRAJECTORY) as file:
        return pd.DataFrame([{**aggregate(recipe, frame), **measure(recipe, frame)} for frame in file])
