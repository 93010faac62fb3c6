"""The recorded comparison of methods: computed anew, and against experiment and other records.

Bond lengths of the dimers are those of spectroscopy: Au2 2.472 A (`huber1979`), Ag2 2.53 A (`fournier2001`).
"""

import hashlib
import importlib.util
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from ase.io import read

FOLDER = Path(__file__).parents[2] / "data" / "structures"
PROVENANCE = json.loads((FOLDER / "methods.json").read_text(encoding="utf-8"))
TABLE = pd.read_csv(FOLDER / "methods.csv").set_index(["model", "method", "quantity"])["value"]
DENSITY_FUNCTIONAL = ["PBE+D3, LCAO", "PBE+D3, 470 eV"]


@pytest.fixture(scope="module")
def methods():
    spec = importlib.util.spec_from_file_location("methods", FOLDER / "methods.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_table_has_its_checksum_and_no_row_twice():
    digest = hashlib.sha256((FOLDER / "methods.csv").read_bytes()).hexdigest()
    assert digest == PROVENANCE["sha256"]["methods.csv"]
    assert TABLE.index.is_unique


@pytest.mark.parametrize(
    ("name", "method", "quantities"),
    [
        ("Au2", "GFN1-xTB", ["metal-metal"]),
        ("AgAu", "GFN2-xTB", ["metal-metal"]),
        ("[Ag2(SH)3]-", "IPEA1-xTB", ["metal-S, bridge", "metal-S, end"]),
        ("[Pd@Ag12]4+", "IPEA1-xTB", ["radius"]),
    ],
)
def test_tight_binding_finds_the_record(methods, name, method, quantities):
    pytest.importorskip("tblite", reason="needs tblite")
    start = methods.MODELS[name]()
    atoms = methods.relax_cluster(
        start, calculator=methods.calculator(start, method), fmax=methods.FMAX[0], progress=False
    )
    assert atoms.get_potential_energy() == pytest.approx(TABLE[name, method, "energy"], abs=5e-3)
    found = methods.measures(atoms)
    for quantity in quantities:
        assert found[quantity] == pytest.approx(TABLE[name, method, quantity], abs=0.01)


@pytest.mark.parametrize(("name", "experiment"), [("Ag2", 2.53), ("Au2", 2.472)])
def test_dimers_are_as_long_as_measured(name, experiment):
    bonds = TABLE[name].xs("metal-metal", level="quantity")
    assert DENSITY_FUNCTIONAL[0] in bonds.index
    np.testing.assert_allclose(bonds, experiment, atol=0.085)


@pytest.mark.parametrize("method", ["GFN1-xTB", "IPEA1-xTB", "GFN2-xTB"])
def test_gold_dimer_is_shorter_than_silver_dimer(method):
    """Relativity contracts gold."""
    bonds = {name: TABLE[name, method, "metal-metal"] for name in ("Ag2", "AgAu", "Au2")}
    assert bonds["Au2"] < bonds["AgAu"] < bonds["Ag2"]


def test_relaxation_lowers_the_energy():
    energy = TABLE.unstack("quantity")[["energy", "energy, start"]].dropna()
    assert len(energy) >= 3
    assert (energy["energy"] <= energy["energy, start"] + 1e-4).all()


def test_gfn1_fails_for_platinum_only():
    failed = TABLE.xs("failed", level="quantity").index
    gfn1 = {model for model, method in failed if method == "GFN1-xTB"}
    assert gfn1 and all("Pt" in model for model in gfn1)


def test_cores_stay_icosahedra():
    cores = TABLE[TABLE.index.get_level_values("model").str.contains("@Ag12")].unstack("quantity")
    cores = cores.dropna(subset="radius")
    assert len(cores) >= 11
    np.testing.assert_allclose(cores["radius, smallest"], cores["radius, largest"], atol=0.02)


@pytest.mark.parametrize(
    ("name", "file"),
    [("[Ag25(SH)18]-", "ag25-sh"), ("[AuAg24(SH)18]-", "auag24-sh"), ("[PdAg24(SH)18]2-", "pdag24-sh")],
)
def test_whole_clusters_are_those_recorded_elsewhere(name, file):
    atoms = read(FOLDER / f"{file}.xyz", format="extxyz")
    shell = atoms.arrays["shell"]
    distances = np.linalg.norm(atoms.positions - atoms.positions[shell == "centre"], axis=1)
    for quantity, tag in (("radius", "core"), ("radius, staples", "staple")):
        expected = distances[shell == tag].mean()
        assert TABLE[name, "GFN1-xTB", quantity] == pytest.approx(expected, abs=0.01)
