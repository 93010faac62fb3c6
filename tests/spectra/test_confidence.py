"""Recorded assignments of mixtures that IsoSpecPy computed: how often a confidence is right."""

import hashlib
import json
from pathlib import Path

import pandas as pd
import pytest
from scipy.stats import beta

RECORDED = Path(__file__).parents[2] / "data" / "spectra"
TABLE = pd.read_csv(RECORDED / "confidence.csv")
FOUND = TABLE[TABLE.found]


@pytest.mark.parametrize("family", ["gold", "silver", "doped"])
def test_nearly_all_sure_assignments_are_true(family):
    sure = FOUND[(FOUND.family == family) & (FOUND.confidence >= 0.999)]
    assert len(sure) >= 80
    assert sure.there.mean() >= 0.99
    # A quarter of gold, two fifths of the others.
    there = TABLE[TABLE.family == family].there.sum()
    assert sure.there.sum() / there > 0.2


def test_more_than_one_sure_assignment_in_a_hundred_being_false_is_excluded():
    """With 95 %, for the three families together: 299 assignments of which none is false."""
    sure = FOUND[(FOUND.family != "copper") & (FOUND.confidence >= 0.999)]
    false = int((~sure.there).sum())
    assert beta.ppf(0.95, false + 1, len(sure) - false) <= 0.01


def test_nothing_outside_the_bounds_is_sure():
    copper = FOUND[FOUND.family == "copper"]
    assert len(copper) > 10 and not copper.there.any()
    assert copper.confidence.max() <= 0.9


def test_mixtures_are_as_hard_as_asked_for():
    mixtures = TABLE.drop_duplicates(["family", "seed"])
    assert mixtures.signal_to_noise.between(16, 100).all()
    assert mixtures.resolution.between(8000, 20_000).all()
    assert mixtures["shift"].abs().between(0, 40).all() and mixtures["shift"].abs().max() > 35
    assert set(mixtures.ions) == {1, 2, 3, 4, 5}


def test_recorded_tables_are_those_that_were_made():
    made = json.loads((RECORDED / "confidence.json").read_text())
    for name, digest in made["sha256"].items():
        assert hashlib.sha256((RECORDED / name).read_bytes()).hexdigest() == digest
