"""Mobility in a gel: limits in closed form, the Poisson-Boltzmann equation solved, and random fibres laid."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_bvp
from scipy.special import expn

from supracrystal.clusters import (
    FIBRE,
    SPECIFIC_VOLUME,
    cluster,
    electrophoresis,
    free_mobility,
    gel_mobility,
    passage,
)

BJERRUM = 0.7150  # nm, in water of permittivity 78.4 at 25 °C


def test_debye_length_is_that_of_the_textbook():
    """0.304 nm / sqrt(I), in water at 25 °C."""
    for strength in (0.001, 0.1, 0.5):
        found = 1 / electrophoresis.inverse_debye_length(strength)
        assert found == pytest.approx(0.304 / strength**0.5, rel=3e-3)


@pytest.mark.parametrize("reach", [0.05, 0.5, 1.3, 3.0, 10.0, 100.0])
def test_henry_is_near_the_exact_function(reach):
    exact = 1.5 * (1 - np.exp(reach) * (5 * expn(7, reach) - 2 * expn(5, reach)))
    assert electrophoresis.henry(reach) == pytest.approx(exact, rel=0.01)


def test_few_charges_move_as_hueckel_and_henry_say():
    """Z e f / (6 π η a (1 + κ a))."""
    for radius, strength in ((1.2, 0.1), (2.0, 0.01)):
        reach = electrophoresis.inverse_debye_length(strength) * radius
        stokes = 1.602176634e-19 / (6 * np.pi * 0.890e-3 * radius * 1e-9) * 1e8
        expected = 0.01 * stokes * electrophoresis.henry(reach) / (1 + reach)
        assert free_mobility(0.01, radius, strength) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("potential", [0.5, 2.0, 4.5])
@pytest.mark.parametrize(("radius", "strength"), [(1.25, 0.02), (1.25, 0.375)])
def test_surface_potential_solves_the_poisson_boltzmann_equation(potential, radius, strength):
    kappa = electrophoresis.inverse_debye_length(strength)
    start, end = kappa * radius, kappa * radius + 14
    x = start + np.geomspace(1e-3, end - start + 1e-3, 400) - 1e-3

    def slope(x, y):
        return np.vstack([y[1], np.sinh(y[0]) - 2 * y[1] / x])

    guess = potential * start / x * np.exp(start - x)
    solved = solve_bvp(
        slope, lambda a, b: np.array([a[0] - potential, b[0]]), x, np.vstack([guess, -guess]), tol=1e-6,
        max_nodes=20_000,
    )  # fmt: skip
    assert solved.success
    charge = -solved.y[1, 0] * kappa * radius**2 / BJERRUM
    found = electrophoresis.surface_potential(charge, radius, strength)
    assert found == pytest.approx(potential, rel=0.012)
    assert electrophoresis.surface_potential(-charge, radius, strength) == -found


def test_passage_is_the_room_between_fibres_laid_at_random(random_generator):
    """Fibres through a ball around the sphere: none may come nearer than both radii."""
    radius, gel, reach = 1.25, 0.1, 6.0
    length = SPECIFIC_VOLUME * gel / (np.pi * FIBRE**2)  # of fibre in 1 nm^3
    # Isotropic lines cross a ball of radius R as a Poisson process of the mean length * pi R^2.
    crossing = random_generator.poisson(length * np.pi * reach**2, 20_000)
    nearest = reach * np.sqrt(random_generator.uniform(size=crossing.sum()))
    free = np.ones(len(crossing), dtype=bool)
    np.logical_and.at(free, np.repeat(np.arange(len(crossing)), crossing), nearest > radius + FIBRE)
    assert passage(radius, gel) == pytest.approx(free.mean(), abs=4 * (0.25 / 20_000) ** 0.5)


@given(st.floats(1, 40), st.floats(0.8, 2), st.floats(0.01, 0.5), st.floats(0.02, 0.3))
@settings(deadline=None, derandomize=True, max_examples=60)
def test_more_charge_is_faster_and_more_size_slower(charge, radius, strength, gel):
    conditions = {"ionic_strength": strength, "gel": gel}
    here = gel_mobility(-charge, radius, **conditions)
    assert here < 0
    assert gel_mobility(-1.1 * charge, radius, **conditions) < here
    assert gel_mobility(-charge, 1.1 * radius, **conditions) > here
    assert gel_mobility(-charge, radius, ionic_strength=strength, gel=0) == free_mobility(
        -charge, radius, strength
    )


def test_logarithm_of_the_mobility_falls_in_proportion_to_the_gel():
    gel = np.linspace(0, 0.3, 7)
    logarithm = np.log([-gel_mobility(-5, 1.25, gel=each) for each in gel])
    slope = np.diff(logarithm) / np.diff(gel)
    assert slope == pytest.approx(-SPECIFIC_VOLUME * (1 + 1.25 / FIBRE) ** 2)


def test_radius_comes_back_from_its_mobility():
    for radius in (0.9, 1.25, 2.0):
        speed = gel_mobility(-20, radius, gel=0.15)
        assert electrophoresis.radius_for(speed, -20, gel=0.15) == pytest.approx(radius, abs=1e-8)


def test_radius_of_a_cluster_is_between_those_of_its_sulphur_and_of_its_farthest_atom():
    atoms = cluster("[Ag25(DMBT)18]-")
    distance = np.linalg.norm(atoms.positions - atoms.positions.mean(axis=0), axis=1) / 10
    radius = electrophoresis.sphere_radius(atoms, rays=2**12)
    assert distance[atoms.symbols == "S"].max() < radius < distance.max() + 0.12


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: electrophoresis.inverse_debye_length(0), "ionic_strength is 0 mol/L; it must be positive"),
        (lambda: electrophoresis.surface_potential(1, -1, 0.1), "radius is -1 nm"),
        (lambda: passage(1, -0.1), "gel is -0.1 g/mL"),
        (lambda: passage(1, 0.1, fibre=0), "fibre 0 nm"),
    ],
)
def test_what_cannot_be_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
