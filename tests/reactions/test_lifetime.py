"""Life of a dimer: closed forms against integrated rates and a literal law of mass action."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

from supracrystal.reactions import lifetime


@given(st.floats(250, 400), st.floats(0.3, 1.5))
@settings(deadline=None, derandomize=True, max_examples=30)
def test_barrier_is_the_inverse_of_eyrings_equation(temperature, energy):
    boltzmann, planck = 8.617333262e-5, 4.135667696e-15  # eV / K, eV s
    rate = boltzmann * temperature / planck * np.exp(-energy / (boltzmann * temperature))
    assert lifetime.barrier(rate, temperature) == pytest.approx(energy, rel=1e-8)


def test_two_days_against_minutes_is_a_difference_of_the_logarithm():
    """Whatever is left, and whatever the prefactor: k_B T ln(t1 / t2)."""
    for left in (0.05, 0.5, 0.9):
        days, minutes = (lifetime.barrier(lifetime.fastest_decay(left, t)) for t in (48 * 3600, 300))
        assert days - minutes == pytest.approx(0.0256926 * np.log(576), abs=1e-5)


@pytest.mark.parametrize("leaving", [False, True])
@given(constant=st.floats(1e-3, 1e3), excess=st.floats(1, 20))
@settings(deadline=None, derandomize=True, max_examples=40)
def test_share_solves_the_law_of_mass_action(leaving, constant, excess):
    def unbalanced(x):
        return constant * (excess - x) * (1 - x) - (x**2 if leaving else x)

    expected = brentq(unbalanced, 0, 1, xtol=1e-14)
    # In units in which one of the parent is fed.
    assert lifetime.dimer_share(1.0, constant, leaving=leaving, excess=excess) == pytest.approx(
        expected, abs=1e-10
    )
    more = lifetime.dimer_share(1.0, constant, leaving=leaving, excess=2 * excess)
    assert more > expected


@pytest.mark.parametrize("constant", [1.0, 1 - 1e-12, 1 + 1e-12])
def test_share_where_the_quadratic_becomes_linear(constant):
    assert lifetime.dimer_share(1e-6, constant, leaving=True) == pytest.approx(0.5)


@pytest.mark.parametrize("leaving", [False, True])
@pytest.mark.parametrize("share", [0.02, 0.3, 0.8])
def test_longest_life_is_that_of_the_integrated_rates(leaving, share):
    """The last part of the way to equilibrium, followed by another integrator than the package's."""
    off = 1.0
    on = off * share / (1 - share) ** 2

    def change(_, d):
        return on * (1 - d) ** 2 - off * d * (d / share if leaving else 1)

    times = np.linspace(0, 12 * (1 - share), 400)
    d = solve_ivp(change, (0, times[-1]), [0.0], t_eval=times, rtol=1e-11, atol=1e-14, method="LSODA").y[0]
    missing = 1 - d / share
    late = (missing < 1e-3) & (missing > 1e-6)
    tau = -1 / np.polyfit(times[late], np.log(missing[late]), 1)[0]
    assert lifetime.longest_life(tau, share, leaving=leaving) == pytest.approx(1 / off, rel=2e-3)


@pytest.mark.parametrize("leaving", [False, True])
def test_course_conserves_clusters_and_reaches_the_share(leaving):
    table = lifetime.dimer_course(np.geomspace(1, 1e6, 30), off=1e-4, share=0.35, leaving=leaving)
    assert (table["A"] + table["D"]).to_numpy() == pytest.approx(1, abs=1e-10)
    assert (table["B"] + table["D"]).to_numpy() == pytest.approx(1, abs=1e-10)
    assert table["D"].iloc[-1] == pytest.approx(0.35, abs=1e-6)
    if leaving:
        assert table["X"].to_numpy() == pytest.approx(table["D"].to_numpy(), abs=1e-10)


def test_dimers_that_part_readily_follow_their_parent_and_others_outlive_it():
    times = np.array([0, 48.0, 240.0]) * 3600
    fast, slow = (lifetime.dimer_course(times, off=off, decay=np.log(2) / 8 / 3600) for off in (1e-3, 1e-8))
    assert fast["D"].iloc[-1] < 1e-5
    assert fast["A"].iloc[-1] < 1e-4 and fast["B"].iloc[-1] == pytest.approx(1, abs=1e-4)
    assert slow["D"].iloc[-1] > 0.9 * slow["D"].iloc[1]


def test_neutral_spheres_meet_at_the_limit_of_smoluchowski():
    """6.6e9 L/(mol s) in water at 20 °C (viscosity 1.002 mPa s) is 8 R T / 3 η."""
    found = lifetime.diffusion_limit((0, -3), 2, viscosity=1.002e-3, permittivity=80, temperature=293.15)
    assert found == pytest.approx(8 * 8.314462618 * 293.15 / (3 * 1.002e-3) * 1e3, rel=1e-6)
    charged = [lifetime.diffusion_limit((-3, z), 2.2, **lifetime.ACETONITRILE) for z in (-2, -1, 1)]
    assert charged == sorted(charged)
    assert charged[0] < found < charged[2]


@given(st.floats(0.1, 10), st.floats(0.1, 6))
@settings(deadline=None, derandomize=True, max_examples=30)
def test_length_and_power_come_back(length, power):
    near, far = 4.0, 12.0
    assert lifetime.distance_laws(np.exp(-near / length), np.exp(-far / length), (near, far))[
        0
    ] == pytest.approx(length)
    assert lifetime.distance_laws(near**-power, far**-power, (near, far))[1] == pytest.approx(power)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: lifetime.fastest_decay(1, 3), "a part between 0 and 1"),
        (lambda: lifetime.fastest_decay(0.5, 0), "a positive time"),
        (lambda: lifetime.dimer_share(1, 1, excess=0.5), "at least 1 is needed"),
        (lambda: lifetime.longest_life(5, 1), "between 0 and 1"),
        (lambda: lifetime.distance_laws(1, 2, (4, 12)), "does not fall"),
    ],
)
def test_what_cannot_be_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
