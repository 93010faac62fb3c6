"""Spectra of a vial in time: what must be conserved, limits, and parts computed in another way."""

import numpy as np
import pandas as pd
import pytest
import reference
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq

from supracrystal.mesostructures import colour, composition, materials, optics

WAVELENGTHS = np.arange(360.0, 801.0, 4.0)
GOLD = 27 / 84


def still(**columns):
    """Return a table of one time."""
    return pd.DataFrame({"gold": [0.0], "aggregated_share": [0.0], "radius_nm": [0.0]} | columns, index=[0.0])


# Particles


def test_particles_of_nearly_one_size_are_spheres_of_that_size():
    wavelength, medium = 440.0, float(materials.refractive_index("dichloromethane", 440.0, 25.0))
    found = colour.particles([wavelength], 5.0, 1e-3, 0.3, solvent="dichloromethane").item()
    energy, gamma = 1239.841984 / wavelength, 0.6582119569 * (1.39 + 0.3 * 0.01) / 2.5
    bulk = complex(materials.alloy(wavelength, 0.3))
    plasma, damping = 8.90279, 0.141582  # The parabolas of Rioux et al. (2014) at 0.3.
    epsilon = bulk + plasma**2 / (energy * (energy + 1j * damping))
    epsilon -= plasma**2 / (energy * (energy + 1j * (damping + gamma)))
    section = reference.coated_extinction(wavelength, 2.5, 2.5, epsilon, 1.6, medium)
    litre_per_mol = (0.7 * 107.868 / 10.50 + 0.3 * 196.967 / 19.29) / 1000
    expected = section / (np.pi / 6 * 125) * 1e7 * litre_per_mol / np.log(10)
    assert found == pytest.approx(expected, rel=6e-3)


def test_a_shell_without_thickness_or_contrast_is_none():
    alone = colour.particles(WAVELENGTHS, 4.4, 0.5)
    index = materials.refractive_index("toluene", WAVELENGTHS, 25.0)
    shell = colour.particles(WAVELENGTHS, 4.4, 0.5, shell=index, thickness=0.5)
    np.testing.assert_allclose(shell, alone, rtol=0.02)


def test_bound_electrons_are_those_of_the_thiolates():
    """A particle of 4.4 nm has 2,615 atoms and 60.8 nm² of surface, where 5 thiolates a nm² take 304."""
    found = colour.particle_metal([500.0], [4.4], bound=5.0).item()
    left = 1 - 5 * 4 * np.pi * 2.2**2 / (4 / 3 * np.pi * 2.2**3 * 10.49 / 107.868 * 602.214)
    expected = materials.confined(materials.alloy(500.0), 500.0, 2.2, electrons=left)
    assert found == pytest.approx(expected, rel=1e-3)


def test_more_thiolates_than_electrons_are_an_error():
    with pytest.raises(ValueError, match="electrons from 0 to 1"):
        colour.particle_metal([500.0], [1.0], bound=15.0)


@given(st.floats(0.0, 0.9), st.floats(0.02, 0.1))
def test_gold_shifts_to_the_red(gold, more):
    wavelength = np.arange(390.0, 591.0, 10.0)
    first, second = (
        optics.peak(colour.particles(wavelength, 5.0, 0.5, x))["position"] for x in (gold, gold + more)
    )
    assert second > first


# Clusters


def test_bands_of_the_clusters_are_where_they_are_printed():
    """The rise moves the maxima by less than 8 nm from 675 and 450 nm."""
    wavelength = np.arange(380.0, 901.0)
    height = colour.clusters(wavelength)
    top = wavelength[1:-1][(height[1:-1] > height[:-2]) & (height[1:-1] > height[2:])]
    assert top == pytest.approx([450.0, 675.0], abs=8)


# Time


def bookkeeping(share, taken):
    """Silver and gold in the particles and gold in the mixture, by the balance of the reaction."""
    area = float(composition.cluster_footprints()["footprint"].mean())
    done = share / GOLD
    after = composition.diameters(4.4 - 0.9 * done, 2.3 - 1.8 * done)
    before = composition.diameters(4.4, 2.3)

    def product(gold):
        found = composition.react(gold, before, after, area=area, taken=taken)
        return found["product Au"] / (found["product Au"] + found["product Ag"]), 1 - found["left Ag"]

    gold = brentq(lambda g: product(g)[0] - share, 1e-6, 0.9)
    return product(gold)[1], gold


@pytest.mark.parametrize("taken", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("share", [0.05, 0.2, GOLD])
def test_silver_leaves_with_thiolate_as_in_the_balance_of_the_composition(share, taken):
    silver, gold = bookkeeping(share, taken)
    found = colour.metal_balance(share, taken=taken)
    assert found["silver"] == pytest.approx(silver, abs=2e-3)
    assert found["gold"] == pytest.approx(gold, abs=2e-3)
    assert found["gold"] + found["clusters"] == pytest.approx(bookkeeping(GOLD, taken)[1], abs=2e-3)


def test_before_the_reaction_there_are_parents_and_clusters():
    found = colour.time_series(still(), WAVELENGTHS, silver=2e-4)[0.0]
    parents = colour.particles(WAVELENGTHS, 4.4, 2.3, temperature=45.0)
    clusters = 2e-4 * bookkeeping(GOLD, 1.0)[1] / 25 * colour.clusters(WAVELENGTHS)
    np.testing.assert_allclose(found, 2e-4 * parents + clusters, rtol=1e-4)


@pytest.mark.parametrize("taken", [0.0, 1.0])
def test_after_the_reaction_there_are_products_alone(taken):
    found = colour.time_series(still(gold=[GOLD]), WAVELENGTHS, silver=1e-4, path=0.5, taken=taken)[0.0]
    products = colour.particles(WAVELENGTHS, 3.5, 0.5, GOLD, temperature=45.0)
    silver, gold = bookkeeping(GOLD, taken)
    np.testing.assert_allclose(found, 0.5 * 1e-4 * (silver + gold) * products, rtol=3e-3)


def test_gathered_metal_absorbs_as_spheres_of_an_effective_medium():
    table = still(gold=[GOLD], aggregated_share=[1.0], radius_nm=[150.0])
    found = colour.time_series(table, [500.0], silver=1e-4, share=0.3, taken=0.0)[0.0].item()
    metal = complex(colour.particle_metal([500.0], [3.5], GOLD).item())
    host = 1.56**2
    lift = 0.3 * (metal - host) / (metal + 2 * host)
    inside, medium = (
        host * (1 + 2 * lift) / (1 - lift),
        float(materials.refractive_index("toluene", 500.0, 45.0)),
    )
    radii, weights = 150 * (1 + 0.15 * np.sqrt(3) * np.array([-1, 0, 1])), np.array([1, 4, 1]) / 6
    sections = [reference.coated_extinction(500.0, r, r, inside, medium * 1.1, medium) for r in radii]
    volume = 0.3 * 4 / 3 * np.pi * weights @ radii**3
    expected = 1e-4 * 84 / 57 * optics.molar(weights @ sections / volume, 1.0, GOLD)
    assert found == pytest.approx(expected, rel=0.01)


def test_large_mesostructures_hide_metal_and_lift_the_baseline():
    table = pd.concat(
        still(gold=[GOLD], aggregated_share=[g], radius_nm=[r]) for g, r in ((0, 0), (1, 50), (1, 300))
    )
    table.index = [0.0, 1.0, 2.0]
    found = colour.time_series(table, [452.0, 800.0])
    assert found.loc[800.0].is_monotonic_increasing
    assert found.loc[452.0, 2.0] < found.loc[452.0, 0.0]


def test_the_law_has_its_closed_form():
    table = colour.law([0.0, 5.0, 10.0], gold=0.3, exchange=2.0, gathering=5.0, radius=800.0)
    np.testing.assert_allclose(table["gold"], 0.3 * (1 - np.exp([0, -2.5, -5])))
    np.testing.assert_allclose(table["aggregated_share"], [0, 1 - np.exp(-1), 1 - np.exp(-4)])
    np.testing.assert_allclose(table["radius_nm"], [0, 800 / 2 ** (1 / 3), 800])


def test_a_series_shifts_broadens_and_lifts_its_baseline():
    found = colour.time_series(colour.law([0, 1, 3, 6, 10]), np.arange(360.0, 801.0, 8.0))
    peaks = pd.DataFrame([optics.peak(found[time]) for time in found])
    assert peaks["position"].is_monotonic_increasing
    assert peaks["width"].is_monotonic_increasing
    assert found.loc[800.0].is_monotonic_increasing


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: colour.time_series(still(gold=[0.5]), [500.0]), "there is only"),
        (lambda: colour.law([0.0]), "two or more"),
        (lambda: colour.law([0.0, 2.0, 1.0]), "rise from 0"),
    ],
)
def test_what_is_not_allowed_is_said(call, message):
    with pytest.raises(ValueError, match=message):
        call()
