"""Atoms and ligands of particles against clusters built atom by atom; reactions against bookkeeping."""

import numpy as np
import pytest
from ase.build import fcc111
from ase.cluster import Octahedron
from hypothesis import assume, given
from hypothesis import strategies as st
from reference import reacted_particles
from scipy.integrate import quad
from scipy.stats import truncnorm

from supracrystal.mesostructures import colour, composition

BEFORE, AFTER = composition.diameters(4.4, 2.3), composition.diameters(3.5, 0.5)


@pytest.mark.parametrize(("edge", "atoms"), [(3, 201), (4, 586), (5, 1289), (6, 2406)])
def test_truncated_octahedra_have_the_atoms_of_their_volume(edge, atoms):
    built = Octahedron("Ag", 3 * edge - 2, edge - 1, latticeconstant=4.0862)
    assert len(built) == atoms
    # Each of the eight hexagons and six squares through atoms' centres is moved out by half a layer.
    square, hexagon = (4.0862e-1 / 2 / np.sqrt(n) for n in (4, 3))
    normals = np.array([[1, 0, 0], [1, 1, 1]]) / np.sqrt([[1], [3]])
    reach = (0.1 * np.abs(built.positions) @ normals.T).max(axis=0) + [square, hexagon]
    a, b = reach[0], np.sqrt(3) * reach[1]
    volume = 4 * b**3 / 3 - 6 * (b - a) ** 2 * (b - a) * 2 / 3
    diameter = np.cbrt(6 * volume / np.pi)
    assert composition.contents(diameter, 0.2)["metal"] == pytest.approx(atoms, rel=0.02)


def test_moments_are_those_of_a_normal_distribution_cut_at_one_nanometre():
    def density(d, power):
        return d**power * np.exp(-((d - 4.4) ** 2) / 2 / 2.3**2)

    whole, second, third = (quad(density, 1, 40, args=(power,))[0] for power in (0, 2, 3))
    found = composition.contents(BEFORE, 0.2)
    assert found["sauter"] == pytest.approx(third / second, rel=1e-9)
    assert found["thiolate"] == pytest.approx(np.pi * second / whole / 0.2, rel=1e-9)


def test_flat_footprint_is_that_of_three_atoms_of_a_face():
    face = fcc111("Au", size=(1, 1, 1), a=4.0786)
    area = np.linalg.norm(np.cross(face.cell[0], face.cell[1])) / 100
    assert composition.flat_footprint(1.0) == pytest.approx(3 * area, rel=1e-12)


def test_atomic_volumes_follow_from_density_and_mass():
    for gold, mass, density in ((0.0, 107.8682, 10.50), (1.0, 196.9666, 19.30)):
        assert composition.atomic_volume(gold) == pytest.approx(mass / density / 602.214, rel=3e-3)


def test_clusters_of_known_structure_bind_thiolates_more_densely_than_a_flat_face():
    table = composition.cluster_footprints()
    assert (table["footprint"] < composition.flat_footprint()).all()
    assert table["footprint"].between(0.145, 0.165).all()


@given(st.floats(0.05, 1.0), st.floats(0.12, 0.25))
def test_sizes_hold_the_sulphur_that_they_are_made_for(sulphur, area):
    sizes = composition.size_for(sulphur, area, 0.3)
    held = composition.contents(sizes["sphere"], area, 0.3)
    assert held["thiolate"] / held["metal"] == pytest.approx(sulphur, rel=1e-9)
    assert sizes["sphere"] == pytest.approx(3 * sizes["sheet"], rel=1e-12)


@given(st.floats(0.2, 1.2), st.sampled_from([0.0, 0.5, 1.0]), st.floats(0.14, 0.22))
def test_reaction_agrees_with_thiolates_that_leave_one_by_one(gold, taken, area):
    found = composition.react(gold, BEFORE, AFTER, area=area, taken=taken)
    start = composition.contents(BEFORE, area)
    atoms, product = (
        100_000,
        composition.contents(AFTER, area, found["product Au"] / (100 - found["product S"])),
    )
    held = product["thiolate"] / product["metal"]
    fed = atoms * (start["thiolate"] / start["metal"] + 18 / 25 * gold)
    silver, gold_atoms, thiolate, gone = reacted_particles(atoms, atoms * gold, fed, held, taken)
    whole = silver + gold_atoms + thiolate
    percent = found[["product Ag", "product Au", "product S"]].to_numpy()
    assert percent == pytest.approx(100 * np.array([silver, gold_atoms, thiolate]) / whole, abs=1e-2)
    assert found["left S"] == pytest.approx(gone / fed, abs=1e-3)
    assert found["left Ag"] == pytest.approx(taken * gone / atoms, abs=1e-3)
    particles = (silver + gold_atoms) / product["metal"] / (atoms / start["metal"])
    assert found["particles"] == pytest.approx(particles, rel=1e-3)


def test_missing_thiolate_is_negative_and_takes_no_silver():
    found = composition.react(0.02, BEFORE, AFTER, area=0.155)
    assert found["left S"] < 0
    assert found["left Ag"] == 0
    assert found["product Au"] / found["product Ag"] == pytest.approx(0.02, rel=1e-12)


def test_gold_of_the_cluster_oxidises_as_many_silver_atoms_as_are_not_superatom_electrons():
    gold, thiolates, charge = 25, 18, -1
    electrons = gold - thiolates - charge
    assert (electrons, gold - electrons) == (8, 17)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: composition.atomic_volume(1.2), "from 0 to 1"),
        (lambda: composition.diameters(0, 1), "must be positive"),
        (lambda: composition.size_nodes(1.0, 0.5, 5.0), "nothing is left"),
        (lambda: composition.react(-1, 4.0, 3.0, area=0.2), "gold from 0"),
        (lambda: composition.react(30, 4.0, 30.0, area=0.2), "more silver than there is"),
    ],
)
def test_what_cannot_be_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_the_same_particles_have_the_same_sizes_in_chemistry_and_in_optics():
    """Chemistry once cut the distribution at 0, optics at 1 nm: mean diameters of 4.55 and 4.73 nm."""
    diameter, weight = composition.size_nodes(4.4, 2.3)
    for power in (1, 2, 3):
        assert weight @ diameter**power == pytest.approx(BEFORE.moment(power), rel=2e-3)
    default = colour.particles([430.0], 4.4, 2.3).item()
    assert default == colour.particles([430.0], 4.4, 2.3, smallest=composition.SMALLEST).item()


def test_nodes_have_the_moments_of_the_distribution_cut_off():
    diameter, weight = composition.size_nodes(4.4, 2.3, smallest=1.0)
    exact = truncnorm((1.0 - 4.4) / 2.3, 4.0, 4.4, 2.3)
    for power in (1, 2, 3, 6):
        assert weight @ diameter**power == pytest.approx(exact.moment(power), rel=1e-6)


@given(st.floats(0.05, 0.6), st.sampled_from([0.0, 0.5, 1.0]), st.floats(0.14, 0.2))
def test_the_mixing_ratio_gives_the_composition_that_is_asked_for(gold, taken, area):
    ratio = composition.mixing_ratio(gold, BEFORE, AFTER, area=area, taken=taken)
    found = composition.react(ratio, BEFORE, AFTER, area=area, taken=taken)
    assume(found["left S"] > 0)
    assert found["product Au"] / (found["product Au"] + found["product Ag"]) == pytest.approx(gold, rel=1e-3)


def test_spacings_are_those_of_the_elements():
    assert composition.plane_spacings(0.0)["111"] == pytest.approx(0.2359, abs=1e-4)
    assert composition.plane_spacings(1.0)["200"] == pytest.approx(0.2039, abs=1e-4)
