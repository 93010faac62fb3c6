"""Order of plates and spheres: perfect, random and jammed arrangements have the values they must have."""

import freud
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import jammed_spheres
from scipy.spatial.transform import Rotation

from supracrystal.mesostructures import packing, square_plate, stacking
from supracrystal.simulation import frame_of

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
    found = stacking.stacking(frame, side=SIDE, spacing=SPACING)
    assert found["nematic"] == pytest.approx(1, abs=1e-4)
    assert found["local"] == pytest.approx(1, abs=1e-4)
    assert (found["faces"], found["stack"], found["largest"]) == (7 / 8, 8.0, 1.0)
    where, normal, _ = stacking.plates(frame)
    assert np.abs(normal @ axis) == pytest.approx(np.ones(8), abs=1e-4)
    apart = where - centre
    assert np.abs(apart - 200 * np.round(apart / 200)).max() < 1e-3


def test_random_plates_have_no_order():
    generator = np.random.default_rng(3)
    frame = plates_at(generator.uniform(-100, 100, (400, 3)), Rotation.random(400, rng=generator))
    found = stacking.stacking(frame, side=SIDE, spacing=SPACING)
    assert found["nematic"] < 0.15
    assert found["faces"] < 0.05
    assert abs(found["local"]) < 0.3


def test_a_cuboid_of_plates_has_its_faces_and_flanks():
    sites = np.stack(np.meshgrid(range(3), range(3), range(4), indexing="ij"), axis=-1).reshape(-1, 3)
    found = stacking.stacking(plates_at(sites * [SIDE, SIDE, SPACING]), side=SIDE, spacing=SPACING)
    assert found["faces"] == pytest.approx(27 / 36)
    assert found["flanks"] == pytest.approx(2 * 4 * 12 / 36)
    assert found["largest"] == 1
    layers, distance = stacking.layering(sites * [SIDE, SIDE, SPACING], [0, 0, 1], SPACING)
    assert (layers, distance) == (pytest.approx(1), pytest.approx(SPACING))


def test_a_house_of_cards_is_no_stack():
    centre = [[0, 0, 0], [0, 0, 7.0]]
    frame = plates_at(centre, Rotation.from_rotvec([[0, 0, 0], [np.pi / 2, 0, 0]]))
    found = stacking.stacking(frame, side=SIDE, spacing=SPACING)
    assert (found["faces"], found["stack"], found["largest"]) == (0, 1, 1)
    assert found["local"] == pytest.approx(-0.5, abs=1e-6)


def test_layers_at_random_have_no_order():
    centre = np.random.default_rng(1).uniform(0, 500, (2000, 3))
    assert stacking.layering(centre, [1, 1, 0], SPACING)[0] < 0.1


def test_beads_that_are_no_plates_are_refused():
    frame = frame_of(np.zeros((5, 3)), [0] * 5, [3.5], [0, 0, 0, 1, 1], [50.0] * 3)
    with pytest.raises(ValueError, match="needed is one square number"):
        stacking.plates(frame)


@pytest.mark.parametrize(("cell", "filled", "contacts", "crystalline"), [
    (freud.data.UnitCell.fcc(), np.pi / np.sqrt(18), 12, 1.0),
    (freud.data.UnitCell.sc(), np.pi / 6, 6, None),
])  # fmt: skip
def test_crystals_fill_what_they_must(cell, filled, contacts, crystalline):
    scale = 4.0 * (np.sqrt(2) if contacts == 12 else 1)
    box, position = cell.generate_system(6, scale=scale)
    frame = frame_of(position, [0] * len(position), [3.0], range(len(position)), box.L)
    found = packing.sphere_order(frame, shell=1.0)
    assert found["packing"] == pytest.approx(filled, rel=1e-4)
    assert found["contacts"] == contacts
    if crystalline is not None:
        assert found["crystalline"] == crystalline


def test_jammed_spheres_are_random_and_close_packed():
    position, diameter, fraction = jammed_spheres(100, seed=5)
    frame = frame_of(position * 4.5 / diameter, [0] * 100, [3.5], range(100), [4.5 / diameter] * 3)
    found = packing.sphere_order(frame, shell=1.0)
    assert fraction == pytest.approx(0.64, abs=0.015)
    assert found["packing"] == pytest.approx(fraction, abs=0.01)
    assert found["crystalline"] < 0.2


def test_the_structure_factor_of_a_crystal_peaks_at_its_waves():
    box, position = freud.data.UnitCell.sc().generate_system(6, scale=4.0)
    frame = frame_of(position, [0] * 216, [3.5], range(216), box.L)
    wave, value = packing.structure_factor(frame, bins=100, furthest=2.0)
    assert wave[np.nanargmax(value)] == pytest.approx(2 * np.pi / 4, abs=0.02)
