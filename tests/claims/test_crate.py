"""The register as an RO-Crate: what is in it can be read back, and names what it comes from."""

import json

import pytest

from supracrystal import claims
from supracrystal.cli import main

ROCrate = pytest.importorskip("rocrate.rocrate").ROCrate


def test_crate_holds_claims_schema_and_verdicts(tmp_path, capsys):
    options = ["--paper", "wang2021", "--chapter", "laves"]
    assert main(["claims", *options, "--crate", str(tmp_path / "crate")]) == 0
    capsys.readouterr()
    crate = ROCrate(tmp_path / "crate")
    judged = claims.evaluate("wang2021", "laves")
    verdicts = json.loads((tmp_path / "crate" / "verdicts.json").read_text("utf-8"))
    assert [row["verdict"] for row in verdicts] == list(judged["verdict"])
    assert json.loads((tmp_path / "crate" / "claims.schema.json").read_text("utf-8")) == claims.schema()
    file = crate.dereference("wang2021.yaml")
    assert (tmp_path / "crate" / "wang2021.yaml").is_file()
    assert file["about"].id == "https://doi.org/10.1038/s41567-020-1003-9"
    made = crate.dereference("#evaluation")
    assert made["result"].id == "verdicts.json"
    assert made["instrument"]["name"] == "supracrystal"


def test_every_paper_has_a_doi():
    from supracrystal.claims import crate

    assert set(crate.DOIS) == set(claims.papers())
