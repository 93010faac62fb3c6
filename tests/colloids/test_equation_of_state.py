"""The equation of state against virial coefficients, Percus and Yevick, and exact limits of soft spheres."""

import json
from pathlib import Path

import numpy as np
import pytest
import reference
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from supracrystal.colloids import hard_spheres as eos

RECORDED = Path(__file__).parents[2] / "data"
PAPER = {"fraction": (1 / 3, 2 / 3), "diameter": (1.0, 0.78)}
ONE = {"fraction": [1], "diameter": [1]}
packing = st.floats(0.02, 0.6)


@st.composite
def mixtures(draw):
    number = draw(st.integers(1, 4))
    share = np.array(draw(st.lists(st.floats(0.05, 1), min_size=number, max_size=number)))
    diameter = draw(st.lists(st.floats(0.3, 2), min_size=number, max_size=number))
    return {"fraction": share / share.sum(), "diameter": diameter}


@given(eta=packing)
def test_one_size_is_carnahan_and_starling(eta):
    published = (1 + eta + eta**2 - eta**3) / (1 - eta) ** 3
    assert eos.compressibility_factor(eta, **ONE) == pytest.approx(published, rel=1e-12)


@given(eta=packing, mixture=mixtures())
def test_two_parts_of_compressibility_and_one_of_the_virial_of_percus_and_yevick(eta, mixture):
    compressibility = reference.percus_yevick_compressibility(eta, **mixture)
    virial = reference.hard_sphere_contact(eta, **mixture, percus_yevick=True)[1]
    expected = (2 * compressibility + virial) / 3
    assert eos.compressibility_factor(eta, **mixture) == pytest.approx(expected, rel=1e-5)


@given(eta=packing, mixture=mixtures())
def test_virial_theorem_with_the_contact_values_of_boublik(eta, mixture):
    expected = reference.hard_sphere_contact(eta, **mixture)[1]
    assert eos.compressibility_factor(eta, **mixture) == pytest.approx(expected, rel=1e-12)


@given(mixture=mixtures())
def test_second_and_third_virial_coefficients_are_exact(mixture):
    second, third = reference.hard_sphere_virials(**mixture)
    cubed = np.dot(mixture["fraction"], np.power(mixture["diameter"], 3))
    eta = np.array([1e-4, 2e-4, 4e-4])
    rho = eta / (np.pi / 6 * cubed)
    slope = (eos.compressibility_factor(eta, **mixture) - 1) / rho
    constant, linear, _ = np.polynomial.polynomial.polyfit(rho, slope, 2)
    assert constant == pytest.approx(second, rel=1e-6)
    assert linear == pytest.approx(third, rel=1e-4)


def test_dilute_fluid_of_one_size_is_that_of_the_known_virial_series():
    # B_2 and B_3 by Boltzmann; B_4 by Boltzmann and van Laar, in units of B_2^3; the rest is below 1e-4.
    fourth = 219 * np.sqrt(2) / (2240 * np.pi) - 89 / 280 + 4131 * np.arctan(np.sqrt(2)) / (2240 * np.pi)
    eta = 0.05
    series = 1 + 4 * eta + 10 * eta**2 + 64 * fourth * eta**3 + 28.2245 * eta**4
    assert fourth == pytest.approx(0.28694950, abs=1e-8)
    assert eos.compressibility_factor(eta, **ONE) == pytest.approx(series, abs=6e-5)


@given(eta=packing, mixture=mixtures(), factor=st.floats(0.1, 10))
def test_unit_of_length_and_order_and_splitting_of_species_do_not_matter(eta, mixture, factor):
    ours = eos.compressibility_factor(eta, **mixture)
    twice = {
        "fraction": np.repeat(mixture["fraction"], 2)[::-1] / 2,
        "diameter": factor * np.repeat(mixture["diameter"], 2)[::-1],
    }
    assert eos.compressibility_factor(eta, **twice) == pytest.approx(ours, rel=1e-12)


def soft_integral(weight, temperature):
    """Integral over all pairs of the paper's mixture of a function of the pair energy."""
    end = 2 ** (1 / 6)
    r = (np.arange(400_000) + 0.5) * end / 400_000
    energy = reference.wca_energy(r)
    integral = np.sum(4 * np.pi * r**2 * weight(energy, np.exp(-energy / temperature))) * end / 400_000
    x, s = PAPER["fraction"], PAPER["diameter"]
    return integral * sum(x[i] * x[j] * ((s[i] + s[j]) / 2) ** 3 for i in (0, 1) for j in (0, 1))


@pytest.mark.parametrize("temperature", [0.2, 1.0])
def test_dilute_soft_mixture_has_its_exact_second_virial_coefficient_and_energy(temperature):
    density = 1e-4
    rho = density / np.dot(PAPER["fraction"], np.power(PAPER["diameter"], 3))
    second = soft_integral(lambda energy, factor: (1 - factor) / 2, temperature)
    pressure = eos.wca_pressure(density, temperature=temperature, theory="wca")
    assert pressure / (rho * temperature) - 1 == pytest.approx(second * rho, rel=1e-3)
    mean = soft_integral(lambda energy, factor: energy * factor / 2, temperature)
    energy = eos.wca_energy(density, temperature=temperature, theory="wca")
    assert energy == pytest.approx(mean * rho, rel=2e-3)


@pytest.mark.parametrize("theory", ["barker-henderson", "wca"])
def test_pressure_and_energy_of_soft_spheres_are_derivatives_of_the_free_energy(theory):
    density, temperature = 0.83, 0.2

    def free_energy(rho, t):
        eta = eos.effective_packing_fraction(rho, temperature=t, theory=theory)
        # Integral of (Z - 1) / eta, which tends to the second virial coefficient.
        return quad(lambda x: (eos.compressibility_factor(x) - 1) / x, 1e-12, eta, epsabs=1e-13)[0]

    h = 2e-3
    by_density = (free_energy(density * (1 + h), 0.2) - free_energy(density * (1 - h), 0.2)) / (2 * h)
    rho = density / np.dot(PAPER["fraction"], np.power(PAPER["diameter"], 3))
    pressure = eos.wca_pressure(density, theory=theory)
    assert pressure == pytest.approx(rho * temperature * (1 + by_density), rel=1e-4)
    by_temperature = (free_energy(density, 0.2 * (1 + h)) - free_energy(density, 0.2 * (1 - h))) / (0.4 * h)
    assert eos.wca_energy(density, theory=theory) == pytest.approx(-0.04 * by_temperature, rel=1e-4)


@pytest.mark.parametrize("name", ["fluid-0.86", "fluid-0.92"])
def test_energy_of_the_recorded_fluids(name):
    system = json.loads((RECORDED / "colloids" / "provenance.json").read_text())["systems"][name]
    theory = eos.wca_energy(system["density"], theory="wca")
    assert theory == pytest.approx(np.mean(system["energy_per_particle"]), rel=0.02)


def test_arrays_keep_their_shape():
    eta = np.full((2, 3), 0.4)
    assert eos.compressibility_factor(eta).shape == (2, 3)
    assert eos.wca_pressure(eta).shape == eos.wca_energy(eta).shape == (2, 3)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: eos.compressibility_factor(1.0), "packing_fraction is 1.0"),
        (lambda: eos.compressibility_factor([0.2, 0.0]), "between 0 and 1"),
        (lambda: eos.compressibility_factor(0.4, fraction=(0.5, 0.4)), "sum to 1"),
        (lambda: eos.compressibility_factor(0.4, fraction=(1.5, -0.5)), "not negative"),
        (lambda: eos.compressibility_factor(0.4, fraction=(1,)), r"shape \(1,\) and diameter \(2,\)"),
        (lambda: eos.compressibility_factor(0.4, diameter=(1, 0)), "diameters are positive"),
        (lambda: eos.wca_pressure(-0.8), "density is"),
        (lambda: eos.wca_pressure(0.8, theory="van der Waals"), "barker-henderson"),
        (lambda: eos.wca_energy(0.8, temperature=0), "temperature is"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
