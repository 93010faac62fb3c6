"""Likelihood of printed statements against the logistic distribution, closed forms, and recorded places."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import logistic

from supracrystal.reactions import alloying
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
    assert (observed.residuals(margins, spread) ** 2).sum() == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_margins_are_the_misses_where_statements_are_missed():
    table = observed.compare(BEST, OBSERVATIONS[:6])
    margins = observed.margins(BEST, OBSERVATIONS[:6])
    assert np.maximum(margins, 0) == pytest.approx(table["miss"])
    assert ((margins <= 0) == table["hit"]).all()


def test_points_and_parameters_are_each_other():
    assert observed.at(observed.point(BEST)) == pytest.approx(BEST)


@settings(deadline=None, derandomize=True)
@given(center=st.floats(-3, 3), width=st.floats(0.2, 2), level=st.floats(0.5, 6))
def test_the_interval_of_a_parabola_is_that_of_a_normal_distribution(center, width, level):
    value = np.linspace(center - 8, center + 8, 4001)
    places = pd.DataFrame(
        {"parameter": "solution", "solution": value, "chi": ((value - center) / width) ** 2 + 7}
    )
    reach = width * np.sqrt(level)
    found = observed.interval(places, "solution", level)
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
    assert observed.interval(places, "within", 1.5) == (-1.0, np.inf)
    assert observed.interval(places, "between", 1.5) == (-np.inf, np.inf)
    assert observed.interval(places, "within", 0.5) == (0.0, 0.0)


def test_recorded_chi_squared_and_slopes_are_those_of_the_recorded_parameters():
    margins = pd.read_csv(RECORDED / "alloying.csv")
    runs = pd.read_csv(RECORDED / "alloying-runs.csv")
    chi = (observed.residuals(margins.loc[margins["fitted"], "margin"]) ** 2).sum()
    assert chi == pytest.approx(RECORD["chi"], abs=0.05)
    assert RECORD["chi"] <= runs["chi"].min() + 1e-3
    slopes = pd.read_csv(RECORDED / "alloying-slopes.csv")
    assert list(slopes.columns) == NAMES
    assert len(slopes) == margins["fitted"].sum()


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
        found = observed.margins(observed.at(row[NAMES].to_numpy(dtype=float)), used, rtol=1e-4)
        assert (observed.residuals(found) ** 2).sum() == pytest.approx(row["chi"], abs=0.05)
