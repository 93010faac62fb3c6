"""Nuclei planted in a droplet with a relaxed core: the records, and what they show of the critical size."""

import hashlib
import importlib.util
import json
from pathlib import Path

import gsd.hoomd
import numpy as np
import pandas as pd
import pytest

from supracrystal.colloids import core, find_nucleus, is_large

SCRIPT = Path(__file__).parents[2] / "data" / "confinement" / "planted.py"
RECORDED = SCRIPT.parent / "planted"
TABLE = pd.read_csv(RECORDED / "planted.csv")


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("planted", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_file_has_its_checksum():
    provenance = json.loads((RECORDED / "provenance.json").read_text(encoding="utf-8"))
    for file, digest in provenance["sha256"].items():
        assert hashlib.sha256((RECORDED / file).read_bytes()).hexdigest() == digest
    runs = TABLE.groupby(["planted", "seed"]).size().index
    assert provenance["seed"] == {f"{number}-{seed}": seed for number, seed in runs}


def test_fluid_has_the_core_of_its_record_and_no_nucleus():
    with gsd.hoomd.open(RECORDED / "fluid.gsd") as file:
        fluid = file[0]
    assert (fluid.particles.N, is_large(fluid).sum()) == (3501, 1435)
    found = core(fluid, fluid.log["confinement/radius"][0])
    relaxed = pd.read_csv(RECORDED / "relaxation.csv")
    late = relaxed[(relaxed.density == 0.815) & (relaxed.time > 20_000)]
    assert found.composition == pytest.approx(late.core_composition.mean(), abs=0.01)
    assert found.density == pytest.approx(late.core_density.mean(), abs=0.02)
    assert (find_nucleus(fluid) & is_large(fluid)).sum() < 8


@pytest.mark.parametrize("number", [136, 583])
def test_first_configuration_comes_out_again(script, number):
    recipe = script.recipe_of(1)
    frame = script.plant(number, recipe)
    nucleus = find_nucleus(frame)
    first = TABLE[(TABLE.planted == number) & (TABLE.time == 0)].iloc[0]
    assert nucleus.sum() == pytest.approx(first.nucleus, abs=2)
    assert (nucleus & is_large(frame)).sum() == pytest.approx(first.nucleus_L, abs=1)
    assert is_large(frame).sum() == recipe.number_large
    assert np.linalg.norm(frame.particles.position, axis=1).max() < recipe.radius - 0.9


def test_small_nuclei_melt_and_larger_ones_stay_for_two_hundred_time_units():
    first = TABLE[TABLE.time == 0].groupby("planted").nucleus_L.first()
    late = TABLE[TABLE.time.between(100, 200)].groupby(["planted", "seed"]).nucleus_L.mean().unstack("seed")
    share = late.div(first, axis=0)
    assert (share.loc[[136, 172]].max(axis=1) < 0.6).all()
    assert (share.loc[[226, 320, 583]].min(axis=1) > 0.6).all()
    # In the fluid the largest nucleus has 4 to 9 large spheres.
    assert late.loc[136].max() < 9
    assert late.loc[226].min() > 20
    assert share.loc[583].min() > 0.9
