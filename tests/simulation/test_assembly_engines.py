"""Assembly runs on HOOMD-blue and LAMMPS: the same energies and forces, the same motion and equilibrium.

HOOMD-blue is not on PyPI: where it is missing, its tests are skipped and say so.
"""

from dataclasses import replace

import gsd.hoomd
import numpy as np
import pytest
from engines import ENGINES, each_engine, needs_hoomd
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from supracrystal.mesostructures import square_plate
from supracrystal.simulation import AssemblyRecipe, initial_configuration, simulate

TOLUENE = {"solvent": "toluene", "temperature_C": 45.0}
SPHERES = AssemblyRecipe(
    shape="sphere", number=300, steps=60, polydispersity=0.14, packing=0.25, coverage=2.0,
    attraction=0.4, damping=1.0, frame_interval=20, **TOLUENE
)  # fmt: skip
PLATES = AssemblyRecipe(
    shape="plate", number=64, steps=60, beads=3, packing=0.1, attraction=0.25, damping=1.0,
    time_step=0.004, frame_interval=20, **TOLUENE
)  # fmt: skip
both = pytest.mark.parametrize("recipe", [SPHERES, PLATES], ids=["spheres", "plates"])
FREE = 1e15
"""Damping time at which the bath does nothing."""


def start(engine, recipe, frame=None, state=None):
    """Return an engine at rest at its first step."""
    simulation = ENGINES[engine].Engine(recipe, frame or initial_configuration(recipe), state)
    simulation.run(0)
    return simulation


def close_pieces(recipe):
    """Return a frame in which particles meet, and go across the faces of the box in one piece."""
    frame = initial_configuration(recipe)
    simulation = start("lammps", recipe, frame)
    simulation.run(1500)
    frame.particles.position = simulation.position()
    assert np.abs(frame.particles.position).max() > recipe.box / 2
    simulation.close()
    return frame


def bead_velocities(state, recipe):
    """Velocities of the beads of plates from the momenta of HOOMD-blue, written as quaternions 2 q L."""
    number = recipe.number
    q, momentum = state["orientation"][:number], state["angmom"][:number] / 2
    body = q[:, :1] * momentum[:, 1:] - momentum[:, :1] * q[:, 1:] - np.cross(q[:, 1:], momentum[:, 1:])
    sheet = square_plate(recipe.beads)
    moments = (sheet**2).mean(axis=0).sum() - (sheet**2).mean(axis=0)
    turn = Rotation.from_quat(q, scalar_first=True)
    spin, arm = turn.apply(body / moments), turn.as_matrix() @ sheet.T
    velocity = state["velocity"][:number, None] + np.cross(spin[:, None], arm.transpose(0, 2, 1))
    return velocity.reshape(-1, 3)


@needs_hoomd
@both
def test_engines_have_the_same_forces_and_move_alike(recipe):
    recipe, frame = replace(recipe, damping=FREE), close_pieces(recipe)
    first = start("hoomd", recipe, frame)
    state = first.state()
    velocity = bead_velocities(state, recipe) if recipe.shape == "plate" else state["velocity"]
    second = start("lammps", recipe, frame, {"step": 0, "position": first.position(), "velocity": velocity})
    moved = first.position() - frame.particles.position
    assert np.abs(moved - recipe.box * np.round(moved / recipe.box)).max() < 2e-5
    force, begun = first.force(), first.position()
    # LAMMPS makes tables of its own from ours, evenly spaced in the square of the distance.
    assert np.sum((force - second.force()) ** 2) < 2.5e-5 * np.sum(force**2)
    for simulation in (first, second):
        simulation.run(100)
    assert np.abs(first.position() - begun).max() > 1
    assert np.abs(first.position() - second.position()).max() < 3e-3
    one, two = first.measure(), second.measure()
    assert one["pair_energy"] == pytest.approx(two["pair_energy"], abs=1e-3 * recipe.number)
    # LAMMPS takes off the motion of all spheres together, which the bath does not keep.
    freedom = 1 - 1 / recipe.number if recipe.shape == "sphere" else 1
    assert one["temperature"] == pytest.approx(two["temperature"] * freedom, rel=1e-3)


@each_engine
@both
def test_box_follows_the_recipe_and_a_run_goes_on_from_within(engine, recipe, tmp_path):
    recipe = replace(
        recipe, packing=0.08, final_packing=0.1, hold=17, compression=20, steps=50, frame_interval=5
    )
    for steps in (25, recipe.steps):
        log = simulate(replace(recipe, steps=steps), tmp_path, engine=engine, progress=False)
    assert log.step.tolist() == list(range(0, 55, 5))
    assert log.box.tolist() == pytest.approx([recipe.box_at(step) for step in log.step], rel=1e-9)
    with gsd.hoomd.open(tmp_path / "trajectory.gsd") as file:
        jump = np.diff([frame.particles.position for frame in file], axis=0)
    jump -= recipe.box * np.round(jump / recipe.box)
    assert 0 < np.abs(jump).max() < 2.0


@each_engine
def test_plates_stay_rigid_and_have_the_energy_of_the_bath(engine):
    recipe = replace(PLATES, attraction=0.0, damping=0.2)
    simulation, temperatures = start(engine, recipe), []
    for _ in range(60):
        simulation.run(100)
        temperatures.append(simulation.measure()["temperature"])
    bead = simulation.position().reshape(64, 9, 3)
    span = np.linalg.norm(bead[:, 0] - bead[:, 8], axis=1)
    assert span == pytest.approx(np.full(64, 4 * np.sqrt(2)), abs=1e-4)
    assert np.mean(temperatures[5:]) == pytest.approx(1.0, abs=0.05)
    simulation.close()


def pressure(recipe, frame):
    """Of the particles as wholes: forces of beads on beads, times the distance of the particles' middles."""
    position, box = frame.particles.position.astype(float), float(frame.configuration.box[0])
    body, kind = frame.particles.body, frame.particles.typeid
    pair = cKDTree(position % box, boxsize=box).query_pairs(recipe.sizes.max() + 2.5, output_type="ndarray")
    i, j = pair[body[pair[:, 0]] != body[pair[:, 1]]].T
    apart = position[j] - position[i]
    apart -= box * np.round(apart / box)
    distance, force = np.linalg.norm(apart, axis=1), np.zeros(len(i))
    low, high = np.minimum(kind[i], kind[j]), np.maximum(kind[i], kind[j])
    for one, two in {*zip(low.tolist(), high.tolist(), strict=True)}:
        these, (r, _, slope) = (low == one) & (high == two), recipe.table(one, two)
        force[these] = np.interp(distance[these], r, slope, right=0.0)
    beads = len(position) // recipe.number
    inner = (position - position[np.arange(len(position)) // beads * beads]).reshape(-1, beads, 3)
    inner -= box * np.round(inner / box)
    inner = (inner - inner.mean(axis=1, keepdims=True)).reshape(-1, 3)
    virial = np.sum(force / distance * np.sum(apart * (apart - inner[j] + inner[i]), axis=1))
    return (recipe.number + virial / 3) / box**3


def equilibrium(engine, recipe, directory, blocks=10):
    """Means and their errors over blocks, after a fifth of the run."""
    log = simulate(recipe, directory, engine=engine, progress=False).set_index("step")
    with gsd.hoomd.open(directory / "trajectory.gsd") as file:
        log["pressure"] = [pressure(recipe, frame) for frame in file]
    log = log[log.index > recipe.steps // 5]
    order = "faces" if recipe.shape == "plate" else "contacts"
    table = log[["temperature", "pair_energy", "pressure", order]]
    means = table.groupby((np.arange(len(log)) * blocks) // len(log)).mean()
    return means.mean(), means.std() / blocks**0.5


@needs_hoomd
@pytest.mark.parametrize(
    ("recipe", "relative"),
    [
        (replace(SPHERES, steps=12_500, frame_interval=100), [0.02, 0.03, 0.1, 0.03]),
        (replace(PLATES, steps=40_000, frame_interval=100), [0.02, 0.2, 0.1, 0.4]),
    ],
    ids=["spheres", "plates"],
)
def test_engines_agree_on_the_equilibrium(recipe, relative, tmp_path):
    (one, error), (two, more) = (
        equilibrium(engine, recipe, tmp_path / engine) for engine in ("hoomd", "lammps")
    )
    combined = np.hypot(error, more)
    assert (combined < np.array(relative) * two.abs()).all(), combined / two.abs()
    assert ((one - two).abs() < 4 * combined).all(), (one, two, combined)
    assert one.temperature == pytest.approx(1.0, abs=0.03)
