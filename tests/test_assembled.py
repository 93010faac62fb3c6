"""The recorded assembly runs are what recipes and checksums say, and show what the book says of them."""

import hashlib
import importlib.util
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from supracrystal.mesostructures import assembled, assembly, claims_assembly
from supracrystal.mesostructures.interactions import conditions, critical_coverage

RECORDED = ["plates-toluene", "plates-dichloromethane", "spheres-toluene", "spheres-dichloromethane",
            "equal-spheres-dichloromethane"]  # fmt: skip


def test_files_are_those_of_the_record():
    for name, digest in assembled.provenance()["sha256"].items():
        path = assembled.directory() / name
        assert hashlib.sha256(path.read_bytes()).hexdigest() == digest, name


def test_recipes_are_those_of_the_script():
    path = Path(assembled.directory()) / "record.py"
    spec = importlib.util.spec_from_file_location("record_assembly", path)
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    recipes = {name: asdict(recipe) for name, recipe in script.recipes().items()}
    assert assembled.provenance()["recipes"] == recipes


@pytest.mark.parametrize("name", RECORDED)
def test_logs_say_what_the_last_frames_show(name):
    recipe, log, frame = assembled.recorded_run(name)
    assert log.step.iloc[-1] == recipe.steps == frame.configuration.step
    assert frame.configuration.box[0] == pytest.approx(recipe.box_at(recipe.steps), rel=1e-5)
    assert len(set(frame.particles.body)) == recipe.number
    for measure, value in assembly.measure(recipe, frame).items():
        assert log[measure].iloc[-1] == pytest.approx(value, abs=0.02, nan_ok=True), measure


def test_baths_keep_their_temperature():
    for name in RECORDED:
        _, log, _ = assembled.recorded_run(name)
        assert log.temperature.iloc[-5:].median() == pytest.approx(1, abs=0.3), name


def test_the_solvent_decides_on_spheres_and_not_on_plates():
    one, two = (assembled.recorded_run(f"spheres-{name}")[1] for name in ("toluene", "dichloromethane"))
    assert one.largest.iloc[-1] < 0.1
    assert two[two.step == 40000].largest.item() > 0.7
    plates = [assembled.recorded_run(name)[1].faces.iloc[-1] for name in RECORDED[:2]]
    assert min(plates) > 0.4


def test_spheres_condense_where_theory_says():
    table = assembled.scan("coverage")
    for (solvent, warm), rows in table.groupby(["solvent", "temperature_C"]):
        border = critical_coverage(conditions(solvent, warm, rule="hansen"))
        far = rows[np.abs(rows.coverage - border) > 0.2]
        assert ((far.largest > 0.5) == (far.coverage < border)).all(), solvent


def test_what_is_not_recorded_is_named():
    with pytest.raises(ValueError, match="'rods' is not recorded; allowed are equal-spheres"):
        assembled.recorded_run("rods")
    with pytest.raises(ValueError, match="'size' is not recorded; allowed are attraction"):
        assembled.scan("size")


def test_words_for_structures():
    assert claims_assembly.structure("spheres-toluene") == "dispersed spheres"
    assert claims_assembly.structure("spheres-dichloromethane") == "random, loose packing"
    assert claims_assembly.structure("plates-dichloromethane") == "layer by layer"
    assert claims_assembly.dispersion("dichloromethane", 25.0) == "stable dispersion"
