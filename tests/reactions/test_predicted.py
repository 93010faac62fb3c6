"""Predicted spectra against masses of their ions, sums, hidden amounts and hidden parameters."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supracrystal.reactions import alloying
from supracrystal.reactions import statements as predicted
from supracrystal.spectra import elements, masses

RECORDED = Path(__file__).parents[2] / "data" / "reactions"
BEST = alloying.Parameters(
    **json.loads((RECORDED / "alloying.json").read_text(encoding="utf-8"))["parameters"]
)
CLUSTERS = alloying.CLUSTERS
PART = predicted.predict_spectrum(alloying.feed(1), window=(2300, 2700))


def test_the_ions_are_those_of_the_model_in_its_order():
    table = alloying.SPECIES[:CLUSTERS]
    for ion, framework, gold in zip(predicted.ions(), table["framework"], table["gold"], strict=True):
        counts = elements(ion)
        assert (counts.get("Au", 0), counts.get("Ag", 0), counts["S"]) == (gold, 44 - gold, framework)
        assert ion.charge == {30: -4, 27: -3, 26: -3}[framework]
        assert predicted.WINDOW[0] < masses(ion).monoisotopic_mz < predicted.WINDOW[1]


@pytest.mark.parametrize(("number", "mz"), [(0, 2335.46), (12, 2602.65), (17, 3584.39), (35, 4215.85)])
def test_a_spectrum_of_one_cluster_is_highest_where_its_ion_is(number, mz):
    amount = np.zeros(len(alloying.SPECIES))
    amount[number] = 1
    spectrum = predicted.predict_spectrum(amount)
    assert spectrum["mz"][spectrum["intensity"].argmax()] == pytest.approx(mz, abs=0.1)
    assert np.trapezoid(spectrum["intensity"], spectrum["mz"]) == pytest.approx(1, abs=1e-3)


def test_a_response_weighs_frameworks():
    plain = predicted.predict_spectrum(alloying.feed(1))
    weighed = predicted.predict_spectrum(alloying.feed(1), response={30: 3.0})
    silver = plain["mz"] < 3000
    ratio = weighed["intensity"] / plain["intensity"].where(plain["intensity"] > 1e-4)
    assert ratio[silver].dropna().to_numpy() == pytest.approx(3)
    assert ratio[~silver].dropna().to_numpy() == pytest.approx(1)
    read = predicted.read_shares(weighed, predicted.RESOLUTION, response={30: 3.0})
    assert read["share"].iloc[[0, -1]].to_numpy() == pytest.approx([0.5, 0.5], abs=2e-3)


@settings(deadline=None, derandomize=True, max_examples=5)
@given(seed=st.integers(0, 1000))
def test_amounts_come_back_from_a_noisy_spectrum_within_their_uncertainty(seed):
    random = np.random.default_rng(seed)
    amount = np.append(random.exponential(size=CLUSTERS) * (random.random(CLUSTERS) < 0.4) + 1e-3, [1, 2, 3])
    found = predicted.read_shares(
        predicted.predict_spectrum(amount, signal_to_noise=40, seed=seed), predicted.RESOLUTION
    )
    off = (found["share"] - amount[:CLUSTERS] / amount[:CLUSTERS].sum()) / found["uncertainty"]
    # What is nearly absent is kept at 0 by the fit, so that the spread is at most that of the noise.
    assert 0.2 < np.sqrt((off**2).mean()) < 1.5
    assert found["share"].sum() == pytest.approx(1)


@pytest.mark.parametrize("ratio", [1 / 40, 1, 40])
def test_averages_of_the_feed_are_those_of_its_parents(ratio):
    table = predicted.averages(alloying.feed(ratio))
    assert table["share"].to_numpy() == pytest.approx([1 / (1 + ratio), 0, ratio / (1 + ratio), 1])
    assert table.loc["all", "gold_to_silver"] == pytest.approx(ratio)
    assert table.loc[30, "gold_to_silver"] == 0
    assert table.loc[26, "gold_to_silver"] == np.inf
    assert np.isnan(table.loc[27, "x"])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: predicted.predict_spectrum(alloying.feed(1), response={28: 1}), "frameworks are"),
        (
            lambda: predicted.read_shares(
                predicted.predict_spectrum(alloying.feed(1), window=(2300, 2700)), 15_000
            ),
            "covers",
        ),
    ],
)
def test_what_cannot_be_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_the_recorded_loop_finds_what_was_hidden():
    record = json.loads((RECORDED / "recovered.json").read_text(encoding="utf-8"))
    for name, digest in record["sha256"].items():
        assert hashlib.sha256((RECORDED / name).read_bytes()).hexdigest() == digest
    table = pd.read_csv(RECORDED / "recovered.csv").set_index("case")
    times = table.loc["times"]
    assert (np.abs(times["found"] - times["hidden"]) < 4 * times["uncertainty"]).all()
    assert (times["uncertainty"] < 0.2).sum() >= 8
    assert times["chi"].iloc[0] < 1.2
    assert table.loc["response", "chi"].iloc[0] > 3 * times["chi"].iloc[0]
    shares = pd.read_csv(RECORDED / "recovered-shares.csv")
    place = predicted.at(times["hidden"].to_numpy())
    for (ratio, minutes), part in list(shares.groupby(["ratio", "minutes"]))[::8]:
        amount = np.maximum(alloying.course(place, ratio, [minutes])[0, :CLUSTERS], 0)
        assert part["true"].to_numpy() == pytest.approx(amount / amount.sum(), abs=1e-3)
    off = (shares["share"] - shares["true"]) / np.hypot(shares["uncertainty"], 1e-4)
    assert np.sqrt((off**2).mean()) < 1.5
