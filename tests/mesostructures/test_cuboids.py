"""Shape and cubatic order of aggregates: closed forms, freud, and literal sums."""

import freud
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import cubatic_search, periodic_pairs, solid_spread
from scipy.spatial.transform import Rotation

from supracrystal.mesostructures import cuboids, plates
from supracrystal.simulation import AssemblyRecipe, arrangement, frame_of

RECIPE = AssemblyRecipe(shape="plate", number=8, steps=1, solvent="toluene", temperature_C=45, packing=0.002)
SIDE, SPACING = RECIPE.side + RECIPE.shell, RECIPE.core + RECIPE.shell


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
    assert cuboids.cubatic_order(*axes(Rotation.random(rng=generator) * cube)) == pytest.approx(1, abs=1e-6)


def test_cubatic_order_of_plates_with_one_normal_is_seven_twelfths():
    twist = Rotation.from_rotvec(np.outer(np.arange(12) * np.pi / 24, [0, 0, 1]))
    found = cuboids.cubatic_order(*axes(Rotation.random(rng=4) * twist))
    assert found == pytest.approx(7 / 12, abs=1e-6)


@pytest.mark.parametrize("spread", [0.05, 0.15, 0.25])
def test_cubatic_order_falls_as_turns_of_fourth_rank_do(spread):
    turns = Rotation.from_rotvec(np.random.default_rng(2).normal(0, spread, (3000, 3)))
    assert cuboids.cubatic_order(*axes(turns)) == pytest.approx(np.exp(-10 * spread**2), abs=0.03)


@pytest.mark.parametrize("number", [12, 200])
def test_cubatic_order_is_that_of_freud(number):
    turns = Rotation.random(number, rng=number)
    order, tensors = [], []
    for each in (Rotation.identity(2), turns):
        program = freud.order.Cubatic(5, 0.001, 0.95, n_replicates=10, seed=1)
        program.compute(each.as_quat(scalar_first=True))
        order.append(program.order)
        tensors.append((program.global_tensor.astype(float) ** 2).sum())
    assert cuboids.cubatic_order(*axes(turns)) == pytest.approx(
        (order[1] + tensors[1] / tensors[0]) / 2, abs=0.01
    )


def test_no_axes_at_random_give_more_cubatic_order():
    normal, edge = axes(Rotation.random(6, rng=5))
    tried = cubatic_search(normal, edge, 1000, seed=1)
    assert tried <= cuboids.cubatic_order(normal, edge) < tried + 0.15


@settings(deadline=None, derandomize=True, max_examples=15)
@given(st.tuples(*[st.integers(1, 4)] * 3), st.integers(0, 10**6))
def test_a_cuboid_of_plates_is_a_cuboid(shape, seed):
    generator = np.random.default_rng(seed)
    turn = Rotation.random(rng=generator)
    centre = turn.apply(block(*shape) * [SIDE, SIDE, SPACING])
    edges, filling = cuboids.cuboid(
        centre, np.tile(turn.apply([0, 0, 1]), (len(centre), 1)), side=SIDE, spacing=SPACING
    )
    wanted = sorted(np.array(shape) * [SIDE, SIDE, SPACING], reverse=True)
    assert edges.tolist() == pytest.approx(wanted)
    assert filling == pytest.approx(1)


def test_plates_at_random_have_the_spread_of_their_points():
    turns, generator = Rotation.random(7, rng=1), np.random.default_rng(1)
    centre, (normal, edge) = generator.uniform(-30, 30, (7, 3)), axes(turns)
    edges, _ = cuboids.cuboid(centre, normal, side=SIDE, spacing=SPACING)
    assert (edges**2 / 12).tolist() == pytest.approx(
        solid_spread(centre, normal, edge, SIDE, SPACING, 12).tolist(), rel=5e-3
    )


def test_a_cross_of_stacks_is_less_filled_than_a_cuboid():
    bar = np.outer(np.arange(-20, 21), [0, 0, SPACING])
    normal = np.repeat(np.eye(3)[[2, 0]], 41, axis=0)
    edges, filling = cuboids.cuboid(np.vstack([bar, bar[:, ::-1]]), normal, side=SIDE, spacing=SPACING)
    long, short = (41 * SPACING) ** 2, SIDE**2
    wanted = np.sqrt([(long + short) / 2, (long + short) / 2, short])
    assert edges == pytest.approx(wanted, rel=1e-6)
    assert filling == pytest.approx(82 * SIDE**2 * SPACING / wanted.prod())


@settings(deadline=None, derandomize=True, max_examples=10)
@given(st.integers(0, 10**6))
def test_an_aggregate_is_whole_wherever_the_boundary_cuts_it(seed):
    generator = np.random.default_rng(seed)
    centre = np.vstack([block(2, 2, 5) * [SIDE, SIDE, 4.5], [[70, 70, 70]]]) + generator.uniform(-100, 100, 3)
    frame = arrangement(RECIPE, centre, Rotation.identity(len(centre)))
    box = np.array(frame.configuration.box[:3])
    frame.particles.position -= (box * np.round(frame.particles.position / box)).astype(np.float32)
    found = cuboids.aggregate(RECIPE, frame)
    assert found["plates"] == 20
    assert (found["length"], found["width"]) == pytest.approx((2 * SIDE, 2 * SIDE), rel=1e-4)
    assert (found["cubatic"], found["smectic"]) == pytest.approx((1, 1), abs=1e-3)


def test_plates_touch_where_their_beads_do():
    generator = np.random.default_rng(7)
    box = [40.0] * 3
    position = generator.uniform(-20, 20, (60, 3))
    frame = frame_of(position, [0] * 60, [3.5], np.repeat(range(12), 5), box)
    beads = periodic_pairs(np.asarray(frame.particles.position, float), [*box, 0, 0, 0], 5.0)
    wanted = {tuple(sorted((i // 5, j // 5))) for i, j in beads if i // 5 != j // 5}
    assert {tuple(pair) for pair in cuboids.touching(frame, 5.0).tolist()} == wanted


@pytest.mark.parametrize("angle", [0.0, 20.0, 70.0, 90.0])
def test_register_is_what_plates_were_shifted_and_turned_by(angle):
    turn = Rotation.random(rng=3)
    pair = turn * Rotation.from_rotvec([[0, 0, 0], [0, 0, angle]], degrees=True)
    frame = arrangement(RECIPE, turn.apply([[0, 0, 0], [3, 4, SPACING]]), pair)
    offset, twist = cuboids.register(*plates(frame), [RECIPE.box] * 3, side=SIDE, spacing=SPACING)
    assert offset.tolist() == pytest.approx([5 / SIDE], abs=1e-4)
    assert twist.tolist() == pytest.approx([min(angle, 90 - angle)], abs=1e-2)
