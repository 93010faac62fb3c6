"""Forces between particles: closed forms against integration, theory against its limits."""

import math

import numpy as np
import pytest
from reference import (
    lifshitz_sum,
    slab_slab_r6,
    sphere_sphere_r6,
    vincent_elastic,
    vincent_osmotic,
)

from supracrystal.mesostructures import GRID, LENGTH, STEP, conditions, forces, materials

TOLUENE = conditions("toluene", 45.0)
DICHLOROMETHANE = conditions("dichloromethane", 25.0)


@pytest.mark.parametrize(("gap", "radius", "other"), [(1.5, 1.75, 1.75), (0.8, 1.2, 2.1), (4.0, 1.75, 3.0)])
def test_spheres_attract_as_the_sum_over_their_volumes(gap, radius, other):
    summed = sphere_sphere_r6(radius, other, gap + radius + other)
    assert forces.sphere_attraction(gap, radius, other, 1.0) == pytest.approx(summed, rel=2e-3)


def test_plates_attract_as_the_sum_over_their_thickness():
    assert forces.plate_attraction(1.54, 3.5, 1.0) == pytest.approx(slab_slab_r6(1.54, 3.5), rel=1e-6)


def test_close_spheres_follow_derjaguin():
    assert forces.sphere_attraction(0.001, 5.0, 5.0, 1.0) == pytest.approx(-5.0 / (12 * 0.001), rel=5e-3)


def test_hamaker_constant_is_the_sum_of_lifshitz():
    drude = [(0.760, 0, 0.053), (0.024, 0.415, 0.241), (0.010, 0.830, 0.345), (0.071, 2.969, 0.870),
             (0.601, 4.304, 2.494), (4.384, 13.32, 2.214)]  # fmt: skip

    def gold(xi):
        return 1 + sum(f * 9.03**2 / (w * w + xi * xi + g * xi) for f, w, g in drude)

    def toluene(xi):
        return 1 + 1.171 / (1 + (xi * 134.0 / 1239.841984) ** 2)

    summed = lifshitz_sum(gold, toluene, 295.15)
    assert forces.hamaker_constant("toluene", 22.0, gold_fraction=1.0) == pytest.approx(summed, rel=2e-3)


def test_gold_in_vacuum_is_near_the_published_constants():
    joule = forces.hamaker_constant(gold_fraction=1.0) * 1.380649e-23 * 298.15
    assert 3e-19 < joule < 4.6e-19


def test_the_two_solvents_let_metals_attract_alike():
    one = forces.hamaker_constant("toluene", 45.0) * 318.15
    two = forces.hamaker_constant("dichloromethane", 25.0) * 298.15
    assert one == pytest.approx(two, rel=0.03)


def test_solubility_parameters_of_hansen():
    assert forces.solubility_parameters("toluene").tolist() == pytest.approx([18.0, 1.4, 2.0])
    assert forces.solubility_parameters("dichloromethane").tolist() == pytest.approx([17.0, 7.3, 7.1])
    assert forces.solubility_parameters("tail").tolist() == pytest.approx([17.8, 0.6, 1.4])


def test_flory_parameters_by_hand():
    volume, kT = 84.93258 / (materials.density("dichloromethane") / 1000), 8.314462618 * 298.15
    tail, total = math.hypot(17.8, 0.6, 1.4), math.hypot(17.0, 7.3, 7.1)
    hildebrand = 0.34 + volume * (tail - total) ** 2 / kT
    hansen = 0.34 + volume * (0.8**2 + 6.7**2 / 4 + 5.7**2 / 4) / kT
    assert forces.flory_parameter("dichloromethane") == pytest.approx(hildebrand)
    assert forces.flory_parameter("dichloromethane", rule="hansen") == pytest.approx(hansen)


def test_a_mixture_by_hand():
    mixed, warm = {"toluene": 0.4, "dichloromethane": 0.6}, 25.0
    volumes = [
        92.141 / (materials.density("toluene") / 1000),
        84.933 / (materials.density("dichloromethane") / 1000),
    ]
    volume = 1 / (0.4 / volumes[0] + 0.6 / volumes[1])
    assert forces.molar_volume(mixed) == pytest.approx(volume, rel=1e-4)
    mean = [0.4 * a + 0.6 * b for a, b in zip((18.0, 1.4, 2.0), (17.0, 7.3, 7.1), strict=True)]
    square = (mean[0] - 17.8) ** 2 + (mean[1] - 0.6) ** 2 / 4 + (mean[2] - 1.4) ** 2 / 4
    wanted = 0.34 + volume * square / (8.314462618 * (warm + 273.15))
    assert forces.flory_parameter(mixed, warm, rule="hansen") == pytest.approx(wanted, rel=1e-4)
    permittivities = [[1 + b / (1 + (xi * c / 1239.841984) ** 2) for b, c in materials.SELLMEIER.values()]
                      for xi in (0.0, 3.0)]  # fmt: skip
    assert forces._liquid("toluene", 22.0, np.array([0.0, 3.0])).tolist() == pytest.approx(
        [row[0] for row in permittivities]
    )
    ends = [conditions(name, warm)["hamaker"] for name in ("toluene", "dichloromethane")]
    assert min(ends) < conditions(mixed, warm)["hamaker"] < max(ends)


@pytest.mark.parametrize("solvent", ["toluene", "dichloromethane"])
def test_a_mixture_of_one_solvent_is_that_solvent(solvent):
    other = next(name for name in materials.CAS if name != solvent)
    assert conditions({solvent: 1.0, other: 0.0}, 25.0, rule="hansen") == pytest.approx(
        conditions(solvent, 25.0, rule="hansen")
    )


@pytest.mark.parametrize("temperature", [0.0, 25.0, 45.0])
def test_liquids_expand_and_dissolve_less_by_their_parameters(temperature):
    hot, cold = (forces.solubility_parameters("toluene", each) for each in (temperature + 20, temperature))
    assert (hot < cold).all()


def test_dilute_layers_are_those_of_vincent():
    phi, radius, chi = 0.01, 2.0, 0.3
    volume = TOLUENE["solvent"]
    osmotic = forces.ligand_energy(GRID, phi, chi, volume, 1e12)
    beyond = np.pi * radius * np.cumsum(osmotic[::-1])[::-1] * STEP
    for near, far in [(0.3, 0.6), (0.4, 0.7)]:
        ours = np.interp([near, far], GRID, beyond)
        theirs = [vincent_osmotic(h, LENGTH, phi, chi, volume, radius) for h in (near, far)]
        assert ours[0] - ours[1] == pytest.approx(theirs[0] - theirs[1], rel=0.05)


def test_squeezed_ligands_are_those_of_vincent():
    phi, radius, ligand = 0.02, 2.0, 0.204
    both = forces.ligand_energy(GRID, phi, 0.5, 1e9, ligand)
    beyond = np.pi * radius * np.cumsum(both[::-1])[::-1] * STEP
    for gap in (0.2, 0.4, 0.6):
        wanted = vincent_elastic(gap, LENGTH, phi / ligand, radius)
        assert np.interp(gap, GRID, beyond) == pytest.approx(wanted, rel=0.03)


def test_the_osmotic_pressure_is_that_of_flory_and_huggins():
    phi, chi, volume, gap, step = 0.6, 0.4, 0.15, 1.3, 1e-5
    low, high = forces.ligand_energy(np.array([gap - step, gap + step]), phi, chi, volume, 0.2)
    filled = 2 * LENGTH * phi / gap
    pressure = -(math.log(1 - filled) + filled + chi * filled**2) / volume
    assert (low - high) / (2 * step) == pytest.approx(pressure, rel=1e-6)


def test_the_force_of_spheres_is_the_energy_of_plates():
    energy = forces.sphere_energy(TOLUENE) - forces.sphere_attraction(GRID, 1.75, 1.75, TOLUENE["hamaker"])
    force = -np.gradient(energy, STEP)
    fraction = forces.ligand_fraction(TOLUENE["ligand"], radius=1.75)
    plates = forces.ligand_energy(GRID, fraction, TOLUENE["chi"], TOLUENE["solvent"], TOLUENE["ligand"])
    wet = (GRID > 1.1) & (GRID < 1.5)
    assert force[wet] == pytest.approx(np.pi * 1.75 * plates[wet], rel=1e-3, abs=1e-3)


@pytest.mark.parametrize(("depth", "width"), [(0.0, 1.3), (1.0, 1.5), (2.0, 1.25)])
def test_second_virial_coefficient_of_a_square_well(depth, width):
    edge = 5.0
    distance = GRID + 3.5
    energy = np.where(distance < edge, 1e3, np.where(distance < width * edge, -depth, 0.0))
    found = forces.well(energy)
    wanted = 1 - (width**3 - 1) * math.expm1(depth)
    assert found["virial"] == pytest.approx(wanted, rel=5e-3, abs=5e-3)
    assert found["diameter"] == pytest.approx(edge, abs=0.01)


def test_a_layer_holds_no_more_than_its_volume():
    with pytest.raises(ValueError, match=r"coverage is 4\.5.*allowed is 0 to 3\.7"):
        forces.plate_energy(GRID, DICHLOROMETHANE, coverage=4.5)


@pytest.mark.parametrize("given", [TOLUENE, DICHLOROMETHANE])
def test_plates_attract_a_thousand_times_more_than_spheres(given):
    plates = -2500 * forces.plate_energy(GRID, given).min()
    assert plates > 1000 * forces.well(forces.sphere_energy(given))["depth"]


@pytest.mark.parametrize("call", [
    lambda: forces.hamaker_constant("water"),
    lambda: forces.hamaker_constant("toluene", gold_fraction=1.2),
    lambda: forces.flory_parameter("toluene", rule="guess"),
    lambda: conditions({"toluene": 0.5, "water": 0.5}, 25.0),
    lambda: conditions({"toluene": 1.2}, 25.0),
])  # fmt: skip
def test_wrong_input_is_named(call):
    with pytest.raises(ValueError, match=r"water|1\.2|guess"):
        call()
