"""Likelihood of printed statements against the logistic distribution, closed forms, and recorded places."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import logistic

from supracrystal.reactions import alloying, likelihood
from supracrystal.reactions import statements as observed

RECORDED = Path(__file__).parents[2] / "data" / "reactions"
OBSERVATIONS = observed.read_observations(RECORDED / "lin2022.yaml")
RECORD = json.loads((RECORDED / "alloying.json").read_text(encoding="utf-8"))
BEST = alloying.Parameters(**RECORD["parameters"])
NAMES = list(alloying.Parameters._fields)


@settings(deadline=None, derandomize=True)
@given(margins=st.lists(st.floats(-12, 12), min_size=1, max_size=20), spread=st.floats(0.2, 3))
def test_squares_are_minus_twice_the_logarithm_of_logistic_probabilities(margins, spread):
    scale = spread / logistic.std()
    expected = -2 * logistic.logcdf(-np.array(margins), scale=scale).sum()
    assert (likelihood.residuals(margins, spread) ** 2).sum() == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_margins_are_the_misses_where_statements_are_missed():
    table = observed.compare(BEST, OBSERVATIONS[:6])
    margins = observed.margins(BEST, OBSERVATIONS[:6])
    assert np.maximum(margins, 0) == pytest.approx(table["miss"])
    assert ((margins <= 0) == table["hit"]).all()


def test_points_and_parameters_are_each_other():
    assert likelihood.at(likelihood.point(BEST)) == pytest.approx(BEST)


def test_a_fit_is_no_worse_than_its_start_and_holds_what_is_held():
    said = [each for each in OBSERVATIONS if each["place"] == "Fig. 2d" and each["ratio"] in (2, 20)]
    start = likelihood.point(BEST) + np.array([0, 1.0, 0, 0, 1.0, 0, 0, 0, 0, 0, 0])
    before = (likelihood.residuals(observed.margins(likelihood.at(start), said)) ** 2).sum()
    held = [0, 2, 3, 5, 6, 7, 8, 9]
    place, chi, slopes = likelihood.fit(start, said, fixed=held, evaluations=4)
    assert (place[held] == start[held]).all() and not slopes[:, held].any()
    assert slopes.shape == (len(observed.margins(BEST, said)), 11)
    after = (likelihood.residuals(observed.margins(likelihood.at(place), said)) ** 2).sum()
    assert chi == pytest.approx(after, abs=0.02)
    assert chi < before - 0.1


@settings(deadline=None, derandomize=True)
@given(center=st.floats(-3, 3), width=st.floats(0.2, 2), level=st.floats(0.5, 6))
def test_the_interval_of_a_parabola_is_that_of_a_normal_distribution(center, width, level):
    value = np.linspace(center - 8, center + 8, 4001)
    places = pd.DataFrame(
        {"parameter": "solution", "solution": value, "chi": ((value - center) / width) ** 2 + 7}
    )
    reach = width * np.sqrt(level)
    found = likelihood.interval(places, "solution", level)
    assert found == pytest.approx((center - reach, center + reach), abs=0.01)


def test_an_interval_is_that_of_places_where_anything_was_held_and_open_where_none_is_beyond():
    places = pd.DataFrame(
        {
            "parameter": ["within"] * 4 + ["between"] * 3,
            "within": [-2.0, -1, 0, 1, 0.5, 0, 2.5],
            "between": [0.0, 0, 0, 0, -1, 0, 1],
            "chi": [9.0, 4, 3, 8, 4, 3, 4],
        }
    )
    assert likelihood.interval(places, "within", 1.5) == (-1.0, np.inf)
    assert likelihood.interval(places, "between", 1.5) == (-np.inf, np.inf)
    assert likelihood.interval(places, "within", 0.5) == (0.0, 0.0)


@settings(deadline=None, derandomize=True)
@given(seed=st.integers(0, 100))
def test_directions_are_orthogonal_and_rebuild_the_matrix(seed):
    slopes = np.random.default_rng(seed).normal(size=(6, 4))
    values, vectors = likelihood.directions(slopes)
    assert vectors.T @ vectors == pytest.approx(np.eye(4), abs=1e-12)
    assert (vectors * values) @ vectors.T == pytest.approx(slopes.T @ slopes)
    assert (np.diff(values) <= 0).all()


def test_recorded_chi_squared_and_slopes_are_those_of_the_recorded_parameters():
    margins = pd.read_csv(RECORDED / "alloying.csv")
    runs = pd.read_csv(RECORDED / "alloying-runs.csv")
    chi = (likelihood.residuals(margins.loc[margins["fitted"], "margin"]) ** 2).sum()
    assert chi == pytest.approx(RECORD["chi"], abs=0.05)
    assert RECORD["chi"] <= runs["chi"].min() + 1e-3
    slopes = pd.read_csv(RECORDED / "alloying-slopes.csv")
    assert list(slopes.columns) == NAMES
    assert len(slopes) == margins["fitted"].sum()


def test_a_descent_holds_its_parameter_and_does_not_rise():
    said = [each for each in OBSERVATIONS if each["place"] == "Fig. 2d" and each["ratio"] in (2, 20)]
    start = likelihood.point(BEST) + np.array([0, 1.0, 0, 0, 1.0, 0, 0, 0, 0, 0, 0])
    _, _, slopes = likelihood.fit(start, said, fixed=range(2, 11), evaluations=1)
    before = (likelihood.residuals(observed.margins(likelihood.at(start), said, rtol=1e-4)) ** 2).sum()
    place, chi, corrected = likelihood.descend(start, slopes, said, 0, steps=4)
    assert place[0] == start[0]
    assert chi < before
    assert corrected.shape == slopes.shape


def test_recorded_places_have_the_chi_squared_that_the_model_gives():
    places = pd.read_csv(RECORDED / "alloying-profiles.csv")
    assert set(places["parameter"]) == set(NAMES)
    assert places["chi"].min() > RECORD["chi"] - 0.5
    fitted = pd.read_csv(RECORDED / "alloying.csv").query("fitted")[["place", "ratio"]]
    pairs = set(fitted.itertuples(index=False, name=None))
    used = [
        each for each in OBSERVATIONS
        if "first" not in each and (each["place"], round(each["ratio"], 6)) in pairs
    ]  # fmt: skip
    assert sum(len(observed.judge(each, alloying.feed(1))) for each in used) == len(fitted)
    for _, row in places.iloc[[3, len(places) // 2, -5]].iterrows():
        found = observed.margins(likelihood.at(row[NAMES].to_numpy(dtype=float)), used, rtol=1e-4)
        assert (likelihood.residuals(found) ** 2).sum() == pytest.approx(row["chi"], abs=0.05)
