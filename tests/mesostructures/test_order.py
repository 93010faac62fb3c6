"""Order of plates and spheres: perfect, random and jammed arrangements have the values they must have."""

import freud
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import cubatic_search, jammed_spheres, periodic_pairs, solid_spread
from scipy.spatial.transform import Rotation

from supracrystal.mesostructures import order, plates, square_plate
from supracrystal.simulation import AssemblyRecipe, arrangement, frame_of

SIDE, SPACING = 10.0, 5.0


def plates_at(centre, rotation=None, beads=4, box=200.0):
    """Beads of plates at centres, all turned alike or each on its own."""
    centre = np.asarray(centre, dtype=float)
    sheet = square_plate(beads)
    sheets = sheet if rotation is None else (np.atleast_3d(rotation.as_matrix()) @ sheet.T).swapaxes(-1, -2)
    position = (sheets + centre[:, None]).reshape(-1, 3)
    position -= box * np.round(position / box)
    body = np.repeat(range(len(centre)), beads**2)
    return frame_of(position, [0] * len(position), [3.5], body, [box] * 3)


@settings(deadline=None, derandomize=True, max_examples=20)
@given(st.integers(0, 10**6))
def test_a_stack_is_a_stack_in_any_place_and_direction(seed):
    generator = np.random.default_rng(seed)
    turn = Rotation.random(rng=generator)
    axis, shift = turn.apply([0, 0, 1]), generator.uniform(-100, 100, 3)
    centre = np.outer(np.arange(8) - 3.5, axis * SPACING) + shift
    frame = plates_at(centre, Rotation.concatenate([turn] * 8))
    found = order.stacking(frame, side=SIDE, spacing=SPACING)
    assert found["nematic"] == pytest.approx(1, abs=1e-4)
    assert found["local"] == pytest.approx(1, abs=1e-4)
    assert (found["faces"], found["stack"], found["largest"]) == (7 / 8, 8.0, 1.0)
    where, normal, _ = order.plates(frame)
    assert np.abs(normal @ axis) == pytest.approx(np.ones(8), abs=1e-4)
    apart = where - centre
    assert np.abs(apart - 200 * np.round(apart / 200)).max() < 1e-3


def test_random_plates_have_no_order():
    generator = np.random.default_rng(3)
    frame = plates_at(generator.uniform(-100, 100, (400, 3)), Rotation.random(400, rng=generator))
    found = order.stacking(frame, side=SIDE, spacing=SPACING)
    assert found["nematic"] < 0.15
    assert found["faces"] < 0.05
    assert abs(found["local"]) < 0.3


def test_a_cuboid_of_plates_has_its_faces_and_flanks():
    sites = np.stack(np.meshgrid(range(3), range(3), range(4), indexing="ij"), axis=-1).reshape(-1, 3)
    found = order.stacking(plates_at(sites * [SIDE, SIDE, SPACING]), side=SIDE, spacing=SPACING)
    assert found["faces"] == pytest.approx(27 / 36)
    assert found["flanks"] == pytest.approx(2 * 4 * 12 / 36)
    assert found["largest"] == 1
    layers, distance = order.layering(sites * [SIDE, SIDE, SPACING], [0, 0, 1], SPACING)
    assert (layers, distance) == (pytest.approx(1), pytest.approx(SPACING))


def test_a_house_of_cards_is_no_stack():
    centre = [[0, 0, 0], [0, 0, 7.0]]
    frame = plates_at(centre, Rotation.from_rotvec([[0, 0, 0], [np.pi / 2, 0, 0]]))
    found = order.stacking(frame, side=SIDE, spacing=SPACING)
    assert (found["faces"], found["stack"], found["largest"]) == (0, 1, 1)
    assert found["local"] == pytest.approx(-0.5, abs=1e-6)


def test_layers_at_random_have_no_order():
    centre = np.random.default_rng(1).uniform(0, 500, (2000, 3))
    assert order.layering(centre, [1, 1, 0], SPACING)[0] < 0.1


def test_beads_that_are_no_plates_are_refused():
    frame = frame_of(np.zeros((5, 3)), [0] * 5, [3.5], [0, 0, 0, 1, 1], [50.0] * 3)
    with pytest.raises(ValueError, match="needed is one square number"):
        order.plates(frame)


@pytest.mark.parametrize(("cell", "filled", "contacts", "crystalline"), [
    (freud.data.UnitCell.fcc(), np.pi / np.sqrt(18), 12, 1.0),
    (freud.data.UnitCell.sc(), np.pi / 6, 6, None),
])  # fmt: skip
def test_crystals_fill_what_they_must(cell, filled, contacts, crystalline):
    scale = 4.0 * (np.sqrt(2) if contacts == 12 else 1)
    box, position = cell.generate_system(6, scale=scale)
    frame = frame_of(position, [0] * len(position), [3.0], range(len(position)), box.L)
    found = order.sphere_order(frame, shell=1.0)
    assert found["packing"] == pytest.approx(filled, rel=1e-4)
    assert found["contacts"] == contacts
    if crystalline is not None:
        assert found["crystalline"] == crystalline


def test_jammed_spheres_are_random_and_close_packed():
    position, diameter, fraction = jammed_spheres(64, seed=5)
    frame = frame_of(position * 4.5 / diameter, [0] * 64, [3.5], range(64), [4.5 / diameter] * 3)
    found = order.sphere_order(frame, shell=1.0)
    assert fraction == pytest.approx(0.64, abs=0.015)
    assert found["packing"] == pytest.approx(fraction, abs=0.01)
    assert found["crystalline"] < 0.2


def test_the_structure_factor_of_a_crystal_peaks_at_its_waves():
    box, position = freud.data.UnitCell.sc().generate_system(6, scale=4.0)
    frame = frame_of(position, [0] * 216, [3.5], range(216), box.L)
    wave, value = order.structure_factor(frame, bins=100, furthest=2.0)
    assert wave[np.nanargmax(value)] == pytest.approx(2 * np.pi / 4, abs=0.02)


# The shape of an aggregate

RECIPE = AssemblyRecipe(shape="plate", number=8, steps=1, solvent="toluene", temperature_C=45, packing=0.002)
WIDE, THICK = RECIPE.side + RECIPE.shell, RECIPE.core + RECIPE.shell


def axes(rotation):
    matrix = rotation.as_matrix()
    return matrix[..., 2], matrix[..., 0]


def block(across, deep, high):
    return np.stack(np.meshgrid(range(across), range(deep), range(high), indexing="ij"), -1).reshape(-1, 3)


@settings(deadline=None, derandomize=True, max_examples=20)
@given(st.integers(0, 10**6))
def test_plates_turned_by_right_angles_have_full_cubatic_order(seed):
    generator = np.random.default_rng(seed)
    cube = Rotation.create_group("O")[generator.integers(0, 24, 30)]
    assert order.cubatic_order(*axes(Rotation.random(rng=generator) * cube)) == pytest.approx(1, abs=1e-6)


def test_cubatic_order_of_plates_with_one_normal_is_seven_twelfths():
    twist = Rotation.from_rotvec(np.outer(np.arange(12) * np.pi / 24, [0, 0, 1]))
    found = order.cubatic_order(*axes(Rotation.random(rng=4) * twist))
    assert found == pytest.approx(7 / 12, abs=1e-6)


@pytest.mark.parametrize("spread", [0.05, 0.15, 0.25])
def test_cubatic_order_falls_as_turns_of_fourth_rank_do(spread):
    turns = Rotation.from_rotvec(np.random.default_rng(2).normal(0, spread, (3000, 3)))
    assert order.cubatic_order(*axes(turns)) == pytest.approx(np.exp(-10 * spread**2), abs=0.03)


@pytest.mark.parametrize("number", [12, 200])
def test_cubatic_order_is_that_of_freud(number):
    turns = Rotation.random(number, rng=number)
    found, tensors = [], []
    for each in (Rotation.identity(2), turns):
        program = freud.order.Cubatic(5, 0.001, 0.95, n_replicates=10, seed=1)
        program.compute(each.as_quat(scalar_first=True))
        found.append(program.order)
        tensors.append((program.global_tensor.astype(float) ** 2).sum())
    assert order.cubatic_order(*axes(turns)) == pytest.approx(
        (found[1] + tensors[1] / tensors[0]) / 2, abs=0.01
    )


def test_no_axes_at_random_give_more_cubatic_order():
    normal, edge = axes(Rotation.random(6, rng=5))
    tried = cubatic_search(normal, edge, 1000, seed=1)
    assert tried <= order.cubatic_order(normal, edge) < tried + 0.15


@settings(deadline=None, derandomize=True, max_examples=15)
@given(st.tuples(*[st.integers(1, 4)] * 3), st.integers(0, 10**6))
def test_a_cuboid_of_plates_is_a_cuboid(shape, seed):
    generator = np.random.default_rng(seed)
    turn = Rotation.random(rng=generator)
    centre = turn.apply(block(*shape) * [WIDE, WIDE, THICK])
    edges, filling = order.cuboid(
        centre, np.tile(turn.apply([0, 0, 1]), (len(centre), 1)), side=WIDE, spacing=THICK
    )
    wanted = sorted(np.array(shape) * [WIDE, WIDE, THICK], reverse=True)
    assert edges.tolist() == pytest.approx(wanted)
    assert filling == pytest.approx(1)


def test_plates_at_random_have_the_spread_of_their_points():
    turns, generator = Rotation.random(7, rng=1), np.random.default_rng(1)
    centre, (normal, edge) = generator.uniform(-30, 30, (7, 3)), axes(turns)
    edges, _ = order.cuboid(centre, normal, side=WIDE, spacing=THICK)
    assert (edges**2 / 12).tolist() == pytest.approx(
        solid_spread(centre, normal, edge, WIDE, THICK, 12).tolist(), rel=5e-3
    )


def test_a_cross_of_stacks_is_less_filled_than_a_cuboid():
    bar = np.outer(np.arange(-20, 21), [0, 0, THICK])
    normal = np.repeat(np.eye(3)[[2, 0]], 41, axis=0)
    edges, filling = order.cuboid(np.vstack([bar, bar[:, ::-1]]), normal, side=WIDE, spacing=THICK)
    long, short = (41 * THICK) ** 2, WIDE**2
    wanted = np.sqrt([(long + short) / 2, (long + short) / 2, short])
    assert edges == pytest.approx(wanted, rel=1e-6)
    assert filling == pytest.approx(82 * WIDE**2 * THICK / wanted.prod())


@settings(deadline=None, derandomize=True, max_examples=10)
@given(st.integers(0, 10**6))
def test_an_aggregate_is_whole_wherever_the_boundary_cuts_it(seed):
    generator = np.random.default_rng(seed)
    centre = np.vstack([block(2, 2, 5) * [WIDE, WIDE, 4.5], [[70, 70, 70]]]) + generator.uniform(-100, 100, 3)
    frame = arrangement(RECIPE, centre, Rotation.identity(len(centre)))
    box = np.array(frame.configuration.box[:3])
    frame.particles.position -= (box * np.round(frame.particles.position / box)).astype(np.float32)
    found = order.aggregate(RECIPE, frame)
    assert found["plates"] == 20
    assert (found["length"], found["width"]) == pytest.approx((2 * WIDE, 2 * WIDE), rel=1e-4)
    assert (found["cubatic"], found["smectic"]) == pytest.approx((1, 1), abs=1e-3)


def test_plates_touch_where_their_beads_do():
    generator = np.random.default_rng(7)
    box = [40.0] * 3
    position = generator.uniform(-20, 20, (60, 3))
    frame = frame_of(position, [0] * 60, [3.5], np.repeat(range(12), 5), box)
    beads = periodic_pairs(np.asarray(frame.particles.position, float), [*box, 0, 0, 0], 5.0)
    wanted = {tuple(sorted((i // 5, j // 5))) for i, j in beads if i // 5 != j // 5}
    assert {tuple(pair) for pair in order.touching(frame, 5.0).tolist()} == wanted


@pytest.mark.parametrize("angle", [0.0, 20.0, 70.0, 90.0])
def test_register_is_what_plates_were_shifted_and_turned_by(angle):
    turn = Rotation.random(rng=3)
    pair = turn * Rotation.from_rotvec([[0, 0, 0], [0, 0, angle]], degrees=True)
    frame = arrangement(RECIPE, turn.apply([[0, 0, 0], [3, 4, THICK]]), pair)
    offset, twist = order.register(*plates(frame), [RECIPE.box] * 3, side=WIDE, spacing=THICK)
    assert offset.tolist() == pytest.approx([5 / WIDE], abs=1e-4)
    assert twist.tolist() == pytest.approx([min(angle, 90 - angle)], abs=1e-2)
