"""The recorded closed loop is what its script makes: checksums, scores, and one small run again."""

import hashlib
import importlib.util
import json

import numpy as np
import pandas as pd
import pytest
from scipy.spatial import cKDTree

from supracrystal.records import recorded_path
from supracrystal.tomography import AXES, recorded_images, runs, score_particles, two_species

RECORD = recorded_path("tomography")
PROVENANCE = json.loads((RECORD / "record.json").read_text())
NAMES = ["size-110", "whole-5001", "poor-5001", "whole-10002"]
COUNTS = ["found", "true", "paired", "large", "true_large"]


@pytest.fixture(scope="module")
def record():
    spec = importlib.util.spec_from_file_location("record", RECORD / "record.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def truth_of(name):
    return pd.read_csv(recorded_path(f"tomography/{name.replace('poor', 'whole')}-truth.csv"))


def row_of(name, method):
    experiment, value = name.split("-")
    table = runs(experiment, method)
    return table[(table["value"] == int(value)) & (table["seed"] == 1)].iloc[0]


def test_every_file_has_its_checksum_and_is_small():
    said = PROVENANCE["sha256"]
    there = {path.name for path in RECORD.iterdir()} - {"record.py", "record.json"}
    assert set(said) == {each for each in there if not each.startswith("__")}
    for name, digest in said.items():
        assert hashlib.sha256((RECORD / name).read_bytes()).hexdigest() == digest
        assert (RECORD / name).stat().st_size < 1_000_000


def test_what_is_not_recorded_is_named():
    with pytest.raises(ValueError, match=r"method 'eye' is not recorded; allowed are fit, fit, grey"):
        runs(method="eye")


def test_every_run_of_the_script_is_recorded_once(record):
    table = runs()
    assert not table.duplicated(["experiment", "value", "seed", "method"]).any()
    planned = {
        (name, float(value), seed): record.USUAL | changed for name, value, changed, seed in record.runs()
    }
    made = table.groupby(["experiment", "value", "seed"])
    assert set(made.groups) <= set(planned)
    assert {key for key in planned if key[2] == 1} <= set(made.groups)
    for key, rows in made:
        assert rows["method"].tolist() == ["fit", "fit, grey", "maxima", *record.PEERS]
        for name, value in planned[key].items():
            assert rows[name].fillna(0).unique().tolist() == [value or 0]


@pytest.mark.parametrize("name", [name for name in NAMES if not name.startswith("poor")])
def test_truth_is_the_recorded_crystal_in_nanometres(name, record):
    row = row_of(name, "fit")
    diameter = None if np.isnan(row["diameter"]) else row["diameter"]
    truth = truth_of(name)
    again = record.truth(row["source"], diameter, row["distance"], 1)
    pd.testing.assert_frame_equal(truth, again, rtol=0, atol=0.006)
    large = truth.loc[truth["type"] == "L", AXES]
    nearest = cKDTree(large).query(large, k=2)[0][:, 1]
    assert np.median(nearest) == pytest.approx(9.9, abs=0.2)  # the middle is denser
    if diameter:
        assert np.linalg.norm(truth[AXES], axis=1).max() < diameter / 2


@pytest.mark.parametrize("name", NAMES)
def test_scores_follow_from_the_recorded_places(name):
    found, truth = pd.read_csv(recorded_path(f"tomography/{name}-found.csv")), truth_of(name)
    row, result = row_of(name, "fit"), score_particles(found, truth, rigid=True)
    assert {each: result[each] for each in COUNTS} == {each: row[each] for each in COUNTS}
    assert result["confused"] == pytest.approx(row["confused"], rel=1e-4)
    for each in ("error", "error_x", "error_y", "error_z"):
        assert result[each] == pytest.approx(row[each], abs=2e-3)
    species, fit = two_species(found["grey"])
    row = row_of(name, "fit, grey")
    assert (species == "L").sum() == row["large"]
    assert np.log10(fit["misidentified"]) == pytest.approx(np.log10(row["misidentified"]), rel=0.02, abs=0.02)


@pytest.mark.parametrize("name", NAMES)
def test_slices_are_bright_where_large_particles_are(name):
    images, found = recorded_images(name), pd.read_csv(recorded_path(f"tomography/{name}-found.csv"))
    pixel = row_of(name, "fit")["pixel"]
    for kind, normal, across, down in (("xy", "z", "x", "y"), ("xz", "y", "x", "z")):
        image = images[kind]
        cut = found[(found["type"] == "L") & (found[normal].abs() < 2)]
        at = np.rint(cut[[down, across]] / pixel + (np.array(image.shape) - 1) / 2).astype(int).to_numpy()
        assert image[tuple(at.T)].mean() > 1.8 * image[image > 0].mean()


def test_numbers_of_large_particles_are_closer_than_two_counts_of_the_paper():
    table = runs("size", "fit")
    assert set(table["value"]) == {80, 110, 132, 170, 187}
    assert table["large_difference"].max() < 0.0039
    assert runs("whole", "fit")["large_difference"].max() < 0.0039


def test_errors_grow_as_the_series_gets_worse():
    for experiment, worst in (("dose", 0.1), ("highest", 40), ("step", 15), ("blur", 2)):
        table = runs(experiment, "fit")
        usual = PROVENANCE["usual"][experiment]
        error = table.groupby("value")["error"].mean()
        assert error[worst] > 1.5 * error[usual]


def test_a_small_run_comes_out_again(record):
    used = record.USUAL | {"step": 15.0}
    table, truth, found, images = record.loop(1, **used)
    table = table.set_index("method")
    rows = runs("step")
    rows = rows[(rows["value"] == 15) & (rows["seed"] == 1)].set_index("method")
    assert len(truth) == rows.loc["fit", "true"]
    for method in ("fit", "fit, grey", "blob_log"):
        assert table.loc[method, COUNTS].tolist() == pytest.approx(rows.loc[method, COUNTS].tolist(), abs=3)
        assert table.loc[method, "error"] == pytest.approx(rows.loc[method, "error"], rel=0.05)
    assert len(found) == table.loc["fit", "found"]
    assert images["xy"].dtype == np.uint8
