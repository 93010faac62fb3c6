"""How often assignments are right: decoys, mixtures made here, and the recorded hundreds."""

import hashlib
import json
from pathlib import Path

import pandas as pd
import pytest
from scipy.stats import binom

from supracrystal.spectra import false_assignment_rate, family, rates, synthesise, trials

RECORDED = Path(__file__).parents[2] / "data" / "spectra"
LADDER = family("[Au_xAg_{44-x}(p-MBA)27]3-", x=range(17, 25))
DISTINCT = ["alloys", "Ag-Au", "Ag-Pt", "Ag-Pd, 16 e"]
NEIGHBOURS = ["Ag-Pd", "all dopants"]


def test_decoys_are_not_found():
    spectrum = synthesise(LADDER[1:6], [1, 3, 4, 2, 1], signal_to_noise=10, seed=2)
    rate = false_assignment_rate(spectrum, LADDER, 20_000, repeats=5, calibration=0)
    assert rate["found"] == 5 and rate["decoys"] == rate["rate"] == 0
    assert 0 < rate["upper"] < 0.2 and rate["expected"] < 0.01


def test_decoys_are_found_if_they_are_there():
    # A species that is no candidate stands where decoys of another one lie.
    spectrum = synthesise(["[Ag44(p-MBA)30]4-", "[Ag44(p-MBA)30+2Na+2H]4-"], [1, 1], signal_to_noise=30)
    rate = false_assignment_rate(spectrum, ["[Ag44(p-MBA)30]4-"], 20_000, repeats=25, calibration=0)
    assert 0 < rate["rate"] < 0.2


def test_twenty_species_at_a_signal_to_noise_ratio_of_10():
    text = "[Au_xAg_{{44-x}}(p-MBA){}]{}-".format
    alloys = [each for m in (26, 27, 30) for z in (3, 4) for each in family(text(m, z), x=range(45))]
    table = trials(alloys, seeds=range(3), calibration=0)
    result = rates(table)
    assert result["there"] > 40
    assert result["found"] >= 0.95
    assert result["false"] <= 0.01


def recorded(**where):
    table = pd.read_csv(RECORDED / "detection.csv")
    for column, value in where.items():
        table = table[table[column] == value]
    return table.squeeze()


@pytest.mark.parametrize("name", DISTINCT)
def test_recorded_mixtures_of_candidates_that_differ(name):
    row = recorded(candidates=name, signal_to_noise=10, false_rate=0.01)
    assert row.there > 600
    assert row.found >= 0.95
    assert row.false <= 0.01


def test_recorded_mixtures_of_thousands_of_candidates_are_at_the_limit():
    row = recorded(candidates="fragments", signal_to_noise=10, false_rate=0.01)
    assert row.number > 3000
    assert row.found_low <= 0.95 <= row.found_high
    assert row.false <= 0.01


@pytest.mark.parametrize("name", NEIGHBOURS)
def test_recorded_mixtures_of_neighbours_need_more_signal(name):
    few, many = (recorded(candidates=name, signal_to_noise=s, false_rate=0.01) for s in (10, 100))
    assert few.found < 0.9 < many.found
    assert few.false_low <= 0.01 and many.false_low <= 0.01


def test_recorded_confidences_are_the_frequency_of_being_right():
    table = pd.read_csv(RECORDED / "confidence.csv")
    table = table.assign(expected=table.species * table.confidence, hits=table.species * table.right)
    edges = [0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99, 1]
    total = table.groupby(pd.cut(table.confidence, edges), observed=True)[
        ["species", "hits", "expected"]
    ].sum()
    assert len(total) == 7
    for number, hits, expected in total.round().astype(int).to_numpy():
        # Right to 4 % at all levels.
        assert binom.sf(hits - 1, number, min(expected / number + 0.04, 1)) > 1e-3
        assert binom.cdf(hits, number, max(expected / number - 0.04, 0)) > 1e-3


def test_recorded_tables_are_those_that_were_made():
    made = json.loads((RECORDED / "detection.json").read_text())
    for name, digest in made["sha256"].items():
        assert hashlib.sha256((RECORDED / name).read_bytes()).hexdigest() == digest
