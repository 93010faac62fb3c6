"""Free energies from windows against a known landscape, and passage times against a linear system."""

import numpy as np
import pytest

from supracrystal import InputError
from supracrystal.colloids import nucleus_free_energy, passage_times

SIZES = np.arange(41)
LANDSCAPE = 1.8 * SIZES ** (2 / 3) - 0.45 * SIZES
"""A barrier of four kT at a size of 19."""
SPRING = 0.08


def samples(number, random_generator, centres=range(0, 41, 5)):
    """Sizes drawn in each window, and the centres of their windows."""
    drawn = []
    for centre in centres:
        weight = np.exp(-LANDSCAPE - SPRING / 2 * (SIZES - centre) ** 2)
        drawn.append(random_generator.choice(SIZES, number, p=weight / weight.sum()))
    return np.concatenate(drawn), np.repeat(list(centres), number)


def test_a_known_landscape_is_found_again(random_generator):
    found = nucleus_free_energy(*samples(20_000, random_generator), SPRING)
    known = LANDSCAPE[found.index] - LANDSCAPE.min()
    found += (known - found).loc[:36].median()
    assert np.abs(found - known).loc[:36].max() < 0.1
    assert np.ptp(known) > 4


def test_one_window_is_its_own_histogram(random_generator):
    size = random_generator.integers(0, 4, 500)
    found = nucleus_free_energy(size, np.full(500, 2.0), SPRING)
    counts = np.bincount(size)
    expected = -np.log(counts) - SPRING / 2 * (np.arange(4) - 2.0) ** 2
    np.testing.assert_allclose(found, expected - expected.min(), atol=1e-12)


def test_windows_without_a_common_size_are_refused(random_generator):
    size, centre = samples(50, random_generator, centres=(0, 40))
    with pytest.raises(InputError, match="windows at 0 and 40 have no size in common"):
        nucleus_free_energy(size, centre, 2 * SPRING)
    with pytest.raises(InputError, match=r"\(3,\).*\(2,\)"):
        nucleus_free_energy([1, 2, 3], [0, 0], SPRING)


def test_passage_times_solve_the_master_equation():
    attachment = 0.5 + 0.1 * SIZES
    found = passage_times(LANDSCAPE, attachment)
    for target in (3, 20, 40):
        rates = np.zeros((target, target))
        for n in range(target):
            if n:
                rates[n, n - 1] = attachment[n - 1] * np.exp(LANDSCAPE[n] - LANDSCAPE[n - 1])
            if n + 1 < target:
                rates[n, n + 1] = attachment[n]
            rates[n, n] = -(attachment[n] + rates[n, n - 1] * (n > 0))
        assert found[target] == pytest.approx(np.linalg.solve(rates, -np.ones(target))[0], rel=1e-9)
    with pytest.raises(InputError, match="smallest rate of attachment is 0"):
        passage_times(LANDSCAPE, np.arange(41))
