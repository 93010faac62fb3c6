"""The division of particles into two species against integrals, counts of drawn values and a literal mean."""

import numpy as np
import pandas as pd
import pytest
import reference
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from supracrystal.tomography import species

positive = st.floats(0.3, 2)


@settings(deadline=None, derandomize=True, max_examples=40)
@given(
    share=st.floats(0.2, 0.8), gap=st.floats(4, 12), deviation=st.tuples(positive, positive),
    centre=st.floats(-5, 5),
)  # fmt: skip
def test_curves_are_equal_at_the_crossing_and_the_tails_are_integrals(share, gap, deviation, centre):
    share, mean = (share, 1 - share), (centre, centre + gap)
    threshold, wrong = species.crossing(share, mean, deviation)
    assert mean[0] < threshold < mean[1]
    first, second = (p * norm.pdf(threshold, m, s) for p, m, s in zip(share, mean, deviation, strict=True))
    assert first == pytest.approx(second, rel=1e-6)
    step = 1e-3
    above = np.arange(threshold, mean[0] + 12 * deviation[0] + gap, step) + step / 2
    below = np.arange(threshold, mean[1] - 12 * deviation[1] - gap, -step) - step / 2
    tails = share[0] * reference.gaussian(above, mean[0], deviation[0]).sum()
    tails += share[1] * reference.gaussian(below, mean[1], deviation[1]).sum()
    assert wrong == pytest.approx(tails * step, rel=1e-4, abs=1e-12)


def test_equal_widths_have_the_crossing_of_textbooks():
    # For equal deviations s the curves cross at (m1 + m2) / 2 + s^2 ln(p1 / p2) / (m2 - m1).
    threshold, _ = species.crossing((0.7, 0.3), (1, 3), (0.5, 0.5))
    assert threshold == pytest.approx(2 + 0.25 * np.log(0.7 / 0.3) / 2, rel=1e-12)


def test_one_percent_is_a_gap_of_some_four_and_a_half_to_five_deviations():
    # The paper's 1 % of overlap, for two of equal width and the ratio of the Laves phases.
    for gap, low, high in ((4.4, 0.01, 0.015), (5.0, 0.004, 0.008)):
        assert low < species.crossing((2 / 3, 1 / 3), (0, gap), (1, 1))[1] < high


@pytest.mark.parametrize("gap", [4.0, 6.0])
def test_expected_share_is_that_of_drawn_values(gap):
    random = np.random.default_rng(1)
    true = np.repeat(["S", "L"], [20_000, 10_000])
    values = np.append(random.normal(10, 1, 20_000), random.normal(10 + gap, 1.2, 10_000))
    found, fit = species.two_species(values)
    wrong = np.mean(found != true)
    assert fit["misidentified"] == pytest.approx(wrong, abs=4 * np.sqrt(wrong / len(true)))
    assert fit["share"] == pytest.approx([2 / 3, 1 / 3], abs=0.01)
    assert fit["mean"] == pytest.approx([10, 10 + gap], abs=0.05)
    assert fit["deviation"] == pytest.approx([1, 1.2], abs=0.05)


@settings(deadline=None, derandomize=True, max_examples=10)
@given(scale=st.floats(1e-3, 1e3), offset=st.floats(-1e3, 1e3))
def test_unit_of_grey_does_not_matter(scale, offset):
    random = np.random.default_rng(2)
    values = np.append(random.normal(1, 0.1, 200), random.normal(2, 0.2, 100))
    found, fit = species.two_species(values)
    again, other = species.two_species(offset + scale * values)
    assert (found == again).all()
    assert other["threshold"] == pytest.approx(offset + scale * fit["threshold"], rel=1e-4, abs=1e-4 * scale)


@settings(deadline=None, derandomize=True, max_examples=25)
@given(
    place=st.tuples(*[st.floats(-8, 8)] * 3), radius=st.floats(0.6, 4), pixel=st.floats(0.5, 1.5),
    shape=st.tuples(*[st.integers(5, 12)] * 3),
)  # fmt: skip
def test_grey_value_is_the_mean_over_all_voxels_in_the_sphere(place, radius, pixel, shape):
    volume = np.random.default_rng(0).random(shape)
    table = pd.DataFrame([place], columns=["x", "y", "z"])
    expected = reference.mean_in_sphere(volume, place, pixel, radius)
    found = species.grey_values(volume, table, pixel, radius)[0]
    assert np.isnan(found) if expected is None else found == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: species.two_species([1, 2, 3]), "at least four"),
        (lambda: species.two_species([1, 1, 1, 1]), "not all the same"),
        (lambda: species.two_species([1, 2, 3, np.nan]), "finite"),
        (lambda: species.crossing((0.5, 0.5), (2, 1), (1, 1)), "means must rise"),
        (lambda: species.crossing((0.99, 0.01), (0, 0.5), (1, 1)), "not told apart"),
        (lambda: species.grey_values(np.ones((3, 3, 3)), pd.DataFrame(), 0, 1), "pixel is 0"),
        (lambda: species.grey_values(np.ones((3, 3, 3)), pd.DataFrame(), 1, -1), "radius is -1"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
