"""Stacks in equilibrium: the measure of the sampled space, sums over lengths, and the recorded runs."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import stacks_by_number

from supracrystal.mesostructures import GAP, association_constant, bound_faces
from supracrystal.simulation import AssemblyRecipe


def test_without_energy_the_constant_is_the_volume_that_is_sampled():
    flat = np.array([np.linspace(0.001, 6, 100), np.zeros(100), np.zeros(100)])
    plate = SimpleNamespace(beads=2, side=5.5, table=lambda one, two: flat)
    constant, error = association_constant(plate, samples=10_000)
    wanted = GAP * np.pi * (5.5 / 2) ** 2 * (1 - np.cos(np.radians(15)))
    assert constant == pytest.approx(wanted, abs=4 * error)
    assert error < 0.1 * wanted


def test_samples_drawn_otherwise_give_the_same_constant():
    recipe = AssemblyRecipe(shape="plate", number=27, steps=1, solvent="toluene", temperature_C=45, beads=4,
                    packing=0.02, attraction=0.12)  # fmt: skip
    found = [association_constant(recipe, samples=2000, seed=seed) for seed in (1, 2)]
    assert found[0][0] == pytest.approx(found[1][0], abs=4 * (found[0][1] + found[1][1]))


@settings(deadline=None, derandomize=True, max_examples=20)
@given(st.floats(0.01, 50))
def test_bound_faces_are_those_of_the_sum_over_all_lengths(links):
    assert bound_faces(links / 0.3, 0.3) == pytest.approx(stacks_by_number(links / 0.3, 0.3), rel=1e-3)


def test_bound_faces_solve_the_law_of_mass_action():
    links = np.logspace(-9, 9, 19)
    share = bound_faces(links, 1.0)
    assert (share / (1 - share) ** 2)[:12] == pytest.approx(links[:12], rel=1e-6)
    assert (np.diff(share) > 0).all()
