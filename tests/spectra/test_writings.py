"""Formulas as the literature writes them, against compositions that molmass weighs.

``data/spectra/writings.csv`` has for each writing the composition in plain elements, the charge, and the
superatom electrons counted by hand as N - L - z ("–" where there is no count), or "refused" and a part of the
message. The names of the public database are those of github.com/mpourmpakis/NC_Database, whose columns give
the compositions.
"""

import csv

import molmass
import pytest

from supracrystal.records import recorded_path
from supracrystal.spectra import FormulaError, known_electrons, masses, parse

ROWS = list(csv.DictReader(recorded_path("spectra/writings.csv").read_text("utf-8").splitlines()))
READ = [row for row in ROWS if row["composition"] != "refused"]


@pytest.mark.parametrize(
    "row", READ, ids=[row["writing"].encode("ascii", "replace").decode() for row in READ]
)
def test_writing_is_read_with_its_mass_charge_and_electrons(row):
    species = parse(row["writing"])
    assert species.charge == int(row["charge"])
    electrons = known_electrons(species)
    assert ("–" if electrons is None else str(electrons)) == row["electrons"]
    if row["composition"]:
        expected = molmass.Formula(row["composition"]).monoisotopic_mass
        # molmass takes the most abundant isotope of each element, as we do; electrons are weighed apart.
        found = masses(species).monoisotopic + species.charge * 5.48579909e-4
        assert found == pytest.approx(expected, abs=2e-3)
    assert parse(str(species)) == species


@pytest.mark.parametrize(
    "row", [row for row in ROWS if row["composition"] == "refused"], ids=lambda row: row["writing"]
)
def test_what_is_unclear_is_refused_with_a_way_out(row):
    with pytest.raises(FormulaError) as caught:
        parse(row["writing"])
    assert row["note"] in caught.value.message


def test_at_least_95_of_the_98_names_of_the_database_are_read():
    first = next(k for k, row in enumerate(ROWS) if "NC_Database" in row["note"])
    last = next(k for k, row in enumerate(ROWS) if row["composition"] == "refused")
    assert last - first >= 95
