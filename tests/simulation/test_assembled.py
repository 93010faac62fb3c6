"""The recorded assembly runs are what recipes and checksums say, and show what the book says of them."""

import hashlib
import importlib.util
import json
from dataclasses import asdict, replace

import numpy as np
import pandas as pd
import pytest

from supracrystal.claims import bose2025 as claims_assembly
from supracrystal.mesostructures import (
    CRITICAL_VIRIAL,
    aggregate,
    association_constant,
    bound_faces,
    conditions,
    critical_coverage,
    sphere_energy,
    well,
)
from supracrystal.records import recorded_path
from supracrystal.simulation import measure_order, recorded_run

ASSEMBLY = recorded_path("mesostructures/assembly")
PROVENANCE = json.loads((ASSEMBLY / "assembly.json").read_text())
RECORDED = ["plates-toluene", "plates-dichloromethane", "spheres-toluene", "spheres-dichloromethane",
            "equal-spheres-dichloromethane", "plates-annealed", "plates-pressed"]  # fmt: skip


def scan(name):
    return pd.read_csv(ASSEMBLY / f"{name}.csv")


def test_files_are_those_of_the_record():
    for name, digest in PROVENANCE["sha256"].items():
        path = ASSEMBLY / name
        assert hashlib.sha256(path.read_bytes()).hexdigest() == digest, name


def test_recipes_are_those_of_the_script(monkeypatch):
    monkeypatch.syspath_prepend(ASSEMBLY)
    spec = importlib.util.spec_from_file_location("record_assembly", ASSEMBLY / "record.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    recipes = {name: asdict(recipe) for name, recipe in script.recipes().items()}
    assert PROVENANCE["recipes"] == recipes


@pytest.mark.parametrize("name", RECORDED)
def test_logs_say_what_the_last_frames_show(name):
    recipe, log, frame = recorded_run(name)
    assert log.step.iloc[-1] == recipe.steps == frame.configuration.step
    assert frame.configuration.box[0] == pytest.approx(recipe.box_at(recipe.steps), rel=1e-5)
    assert len(set(frame.particles.body)) == recipe.number
    for measure, value in measure_order(recipe, frame).items():
        assert log[measure].iloc[-1] == pytest.approx(value, abs=0.02, nan_ok=True), measure


def test_baths_keep_their_temperature():
    for name in RECORDED:
        _, log, _ = recorded_run(name)
        assert log.temperature.iloc[-5:].median() == pytest.approx(1, abs=0.3), name


def test_the_solvent_decides_on_spheres_and_not_on_plates():
    one, two = (recorded_run(f"spheres-{name}")[1] for name in ("toluene", "dichloromethane"))
    assert one.largest.iloc[-1] < 0.1
    assert two[two.step == 40000].largest.item() > 0.7
    plates = [recorded_run(name)[1].faces.iloc[-1] for name in RECORDED[:2]]
    assert min(plates) > 0.4


def test_spheres_condense_where_theory_says():
    table = scan("coverage")
    for (solvent, warm), rows in table.groupby(["solvent", "temperature_C"]):
        border = critical_coverage(conditions(solvent, warm, rule="hansen"))
        far = rows[np.abs(rows.coverage - border) > 0.2]
        assert ((far.largest > 0.5) == (far.coverage < border)).all(), solvent


def test_plates_bind_as_often_as_the_constant_of_their_bond_says():
    recipe = recorded_run("plates-annealed")[0]
    density = recipe.number / recipe.box**3
    for row in scan("annealing").query("attraction < 0.17").itertuples():
        constant, _ = association_constant(replace(recipe, attraction=row.attraction), samples=1500)
        assert row.faces == pytest.approx(bound_faces(constant, density), abs=0.08), row.run


def test_weak_plates_that_are_pressed_lie_parallel():
    recipe, log, _ = recorded_run("plates-pressed")
    late = log[log.step > 0.85 * recipe.steps]
    assert log.nematic.iloc[:3].mean() < 0.3
    assert late.nematic.mean() > 0.5
    constant, _ = association_constant(recipe, samples=1500)
    density = recipe.number / recipe.box_at(recipe.steps) ** 3
    assert late.faces.mean() == pytest.approx(bound_faces(constant, density), abs=0.05)


def test_two_plates_of_50_nm_slide_into_register():
    for _, rows in scan("meetings").groupby("run"):
        assert rows.tilt.iloc[0] > 20 or rows.twist.iloc[0] > 20
        assert rows.tilt.iloc[-1] < 2
        assert rows.offset.iloc[-1] < 0.06


def test_mixtures_condense_where_theory_says():
    for row in scan("mixtures").itertuples():
        mixed = {"toluene": 1 - row.cosolvent, "dichloromethane": row.cosolvent}
        given = conditions(mixed, row.temperature_C, rule="hansen")
        virial = well(sphere_energy(given, coverage=row.coverage))["virial"]
        if abs(virial - CRITICAL_VIRIAL) > 0.2:
            assert (row.largest > 0.5) == (virial < CRITICAL_VIRIAL), row.run


def test_plates_that_come_one_by_one_are_one_aggregate():
    recipe, history, frame = recorded_run("one-by-one")
    assert history.plates.tolist() == list(range(1, recipe.number + 1))
    found = aggregate(recipe, frame)
    for name, value in found.items():
        assert history[name].iloc[-1] == pytest.approx(value, rel=2e-3), name


def test_what_is_not_recorded_is_named():
    with pytest.raises(FileNotFoundError, match=r"rods.gsd' is not recorded; .*assembly/plates-toluene.gsd"):
        recorded_run("rods")


def test_words_for_structures():
    assert claims_assembly.structure("spheres-toluene") == "dispersed spheres"
    assert claims_assembly.structure("spheres-dichloromethane") == "random, loose packing"
    assert claims_assembly.structure("plates-dichloromethane") == "layer by layer"
    assert claims_assembly.dispersion([["dichloromethane", 25.0]]) == ["stable dispersion"]
