"""Correlograms against closed forms, Wick's theorem written out, and photons counted one by one."""

import numpy as np
import pytest
from reference import intensity_moment
from scipy.constants import Boltzmann
from scipy.signal import lfilter

from supracrystal.mesostructures import correlogram, refractive_index, viscosity

SETUP = correlogram.Setup()
RADIUS = correlogram.rate_times_radius(SETUP) * 20
"""With this radius in nm the field decays in 20 µs."""


def test_rate_is_that_of_stokes_and_einstein():
    setup = correlogram.Setup("dichloromethane", 20.0, 532.0, 90.0)
    q = 4 * np.pi * refractive_index("dichloromethane", 532.0, 20.0) / 532e-9 * np.sin(np.pi / 4)
    diffusion = Boltzmann * 293.15 / (6 * np.pi * viscosity("dichloromethane", 20.0) * 1e-3 * 25e-9)
    assert correlogram.rate_times_radius(setup) / 25 == pytest.approx(diffusion * q**2 * 1e-6, rel=1e-12)


def test_field_is_a_sum_of_exponentials():
    found = correlogram.field_correlation([0, 7.0], [10, 40], [3, 1], SETUP)
    rate = correlogram.rate_times_radius(SETUP)
    assert found == pytest.approx([1, 0.75 * np.exp(-0.7 * rate) + 0.25 * np.exp(-7 / 40 * rate)], rel=1e-12)


def brute(delay, other, coherence):
    """Integral of the covariance of two channels of the estimator, each moment by permutations."""
    total, step = 0.0, 4.0
    for u in np.arange(-36, 37) * step:
        times = np.array([0, delay, u, u + other])
        memory = np.exp(-np.abs(times[:, None] - times) / 20)

        def moment(*which, memory=memory):
            return intensity_moment(memory[np.ix_(which, which)].tolist(), coherence)

        one, two = moment(0, 1), moment(2, 3)
        total += moment(0, 1, 2, 3) - one * two
        total -= sum(one * (moment(k, 2, 3) - two) for k in (0, 1))
        total -= sum(two * (moment(0, 1, k) - one) for k in (2, 3))
        total += sum(one * two * (moment(k, m) - 1) for k in (0, 1) for m in (2, 3))
    return total * step


@pytest.mark.parametrize("coherence", [1.0, 0.6])
def test_covariance_agrees_with_all_permutations(coherence):
    delay = [4.0, 16.0, 40.0]
    found = correlogram.covariance(
        delay, [RADIUS], [1], SETUP, duration=1e-6, count_rate=1e15, coherence=coherence
    )
    expected = [[brute(a, b, coherence) for b in delay] for a in delay]
    np.testing.assert_allclose(found, expected, rtol=2e-3, atol=2e-3)


@pytest.mark.parametrize(("modes", "counts"), [(1, 0.5), (2, 0.5), (1, 30.0)])
def test_covariance_agrees_with_photons_counted_one_by_one(random_generator, modes, counts):
    runs, length, lags = 1200, 2500, np.array([1, 3, 8, 20, 40])
    step, keep = 2.0, np.exp(-0.1)
    intensity = np.zeros((runs, length))
    for _ in range(2 * modes):
        kick = random_generator.normal(size=(runs, length)) * np.sqrt((1 - keep**2) / 2)
        kick[:, 0] /= np.sqrt(1 - keep**2)
        intensity += lfilter([1], [1, -keep], kick, axis=1) ** 2 / modes
    n = random_generator.poisson(counts * intensity).astype(float)
    drawn = [
        (n[:, k:] * n[:, :-k]).mean(axis=1) / n[:, k:].mean(axis=1) / n[:, :-k].mean(axis=1) - 1 for k in lags
    ]
    settings = {"duration": length * step * 1e-6, "coherence": 1 / modes, "count_rate": counts / step * 1e6}
    every = np.arange(1, 42) * step
    found = correlogram.covariance(every, [RADIUS], [1], SETUP, **settings)[np.ix_(lags - 1, lags - 1)]
    scale = np.sqrt(np.outer(np.diag(found), np.diag(found)))
    np.testing.assert_allclose(np.cov(drawn) / scale, found / scale, atol=0.16)
    mean = correlogram.field_correlation(lags * step, [RADIUS], [1], SETUP) ** 2 / modes
    np.testing.assert_allclose(np.mean(drawn, axis=1), mean, atol=0.02)


def test_noise_falls_with_the_root_of_the_duration():
    delay = np.geomspace(1, 60, 8)
    short, long = (
        np.diag(correlogram.covariance(delay, [10, 30], [1, 2], SETUP, duration=each)) for each in (10, 90)
    )
    assert short / long == pytest.approx(np.full(8, 9.0), rel=1e-12)


def test_correlograms_scatter_as_their_covariance_says():
    delay = np.geomspace(2, 60, 5)
    drawn = [correlogram.measure(delay, [RADIUS], [1], SETUP, seed=k)["correlation"] for k in range(150)]
    table = correlogram.measure(delay, [RADIUS], [1], SETUP, seed=0)
    assert np.std(drawn, axis=0) == pytest.approx(table["deviation"].to_numpy(), rel=0.25)
    expected = 0.9 * np.exp(-delay / 10)
    assert np.abs(np.mean(drawn, axis=0) - expected).max() < 4 * table["deviation"].max() / 12
