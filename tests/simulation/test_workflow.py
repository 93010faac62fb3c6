"""Sweeps: what a configuration means, and the workflow itself on fluids of 150 particles."""

import os
import re
import signal
import time
import tomllib
from dataclasses import asdict
from pathlib import Path

import gsd.hoomd
import numpy as np
import pandas as pd
import pytest
import yaml
from processes import Command

from supracrystal.simulation import ConfinementRecipe, differences, read_recipe, sweep

WORKFLOW = Path(__file__).parents[2] / "workflow"
SHARED = {"number": 150, "steps": 400, "frame_interval": 200, "log_interval": 100}


def test_every_combination_is_a_run_of_its_own_name():
    lists = {
        "density": [0.5, 0.6],
        "fraction_large": [0.3, 0.4, 0.5],
        "size_ratio": [0.78, 1.0],
        "seed": [3, 7],
    }
    found = sweep.recipes({"recipe": SHARED, "sweep": lists})
    assert len(found) == 24
    assert found["N150_x0.4_rho0.6_seed7_size_ratio-0.78"] == ConfinementRecipe(
        **SHARED, density=0.6, fraction_large=0.4, size_ratio=0.78, seed=7
    )
    combinations = {(r.density, r.fraction_large, r.size_ratio, r.seed) for r in found.values()}
    assert len(combinations) == 24


def test_runs_keep_their_names_when_the_sweep_grows():
    small = sweep.recipes({"recipe": {**SHARED, "density": 0.5}, "sweep": {"seed": [1]}})
    large = sweep.recipes({"recipe": SHARED, "sweep": {"density": [0.5, 0.6], "seed": [1, 2]}})
    assert small.items() <= large.items()


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({}, "recipe, sweep missing"),
        ({"recipe": SHARED}, "sweep missing"),
        ({"recipe": SHARED, "sweep": {}, "engin": "auto"}, "unknown engin; allowed are checkpoints, engine"),
        ({"recipe": [], "sweep": {}}, "recipe is []"),
        ({"recipe": SHARED, "sweep": {"densty": [0.5]}}, "sweep has unknown densty; allowed are average_int"),
        ({"recipe": SHARED, "sweep": {"seed": [1]}}, "density in neither recipe nor sweep"),
        ({"recipe": SHARED, "sweep": {"steps": [1], "density": [1]}}, "steps in both recipe and sweep"),
        ({"recipe": SHARED, "sweep": {"density": 0.5}}, "sweep of density is 0.5; a list"),
        ({"recipe": SHARED, "sweep": [{"density": [0.5]}, {"density": [0.5]}]}, "a run is in two tables"),
        ({"recipe": SHARED, "sweep": [{"density": [0.5]}, 3]}, "sweep is 3; fields of a recipe"),
        ({"recipe": SHARED, "sweep": {"density": []}}, "sweep of density is []; a list"),
        (
            {"recipe": SHARED, "sweep": {"density": [0.5], "seed": [1, -1]}},
            "for density 0.5, seed -1: recipe: seed is -1",
        ),
        ({"recipe": SHARED, "sweep": {"density": ["0.5"]}}, "for density 0.5: recipe: density is '0.5'"),
        ({"recipe": SHARED, "sweep": {"density": [0.5, 0.5]}}, "two runs are N150_x0.333333_rho0.5_seed1"),
    ],
)
def test_configuration_that_is_no_sweep_says_what_is_wrong(config, said):
    with pytest.raises((ValueError, TypeError), match=re.escape(said)):
        sweep.recipes(config)


def test_example_configuration_sweeps_the_densities_of_the_paper():
    found = sweep.recipes(yaml.safe_load((WORKFLOW / "config.yml").read_text()))
    assert {recipe.density for recipe in found.values()} == {0.802, 0.831}
    assert {recipe.number for recipe in found.values()} == {3501}
    assert {recipe.number_large for recipe in found.values()} == {1167, 1348}


def test_ensemble_has_192_random_fluids_of_each_size():
    found = sweep.recipes(yaml.safe_load((WORKFLOW / "ensemble.yml").read_text())).values()
    fluid = read_recipe(WORKFLOW.parent / "recipes" / "wang2021-3501-fluid.yml")
    for number in (3501, 5001, 10002):
        runs = [recipe for recipe in found if recipe.number == number]
        assert sorted(recipe.seed for recipe in runs) == list(range(1, 193))
        assert {recipe.start for recipe in runs} == {"random"}
    one = next(recipe for recipe in found if (recipe.number, recipe.seed) == (fluid.number, fluid.seed))
    assert set(differences(one, fluid)) == {"frame_interval", "log_interval"}


def test_pip_conda_and_lock_have_the_same_snakemake():
    root = WORKFLOW.parent
    extras = tomllib.loads((root / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    (least,) = (re.fullmatch(r"snakemake>=(\d+); .*", each)[1] for each in extras["workflow"])
    assert f"bioconda::snakemake-minimal >={least}\n" in (root / "environment.yml").read_text()
    assert re.search(rf"(?m)^snakemake=={least}\.", (root / "requirements.lock").read_text())


def test_figure_has_a_point_for_each_run_and_a_line_through_the_means_of_the_seeds():
    lists = {"number": [300, 600], "density": [0.7, 0.8], "seed": [1, 2]}
    shared = {"steps": 400, "frame_interval": 200, "log_interval": 100}
    table = pd.DataFrame(map(asdict, sweep.recipes({"recipe": shared, "sweep": lists}).values()))
    table["crystalline_fraction"] = np.arange(8) / 10
    axes = sweep.figure(table).axes[0]
    drawn = [line.get_xydata().tolist() for line in axes.lines]
    assert drawn[0] == pytest.approx(np.array([[0.7, 0.05], [0.8, 0.25]]))
    assert drawn[1] == pytest.approx(np.array([[0.7, 0.0], [0.7, 0.1], [0.8, 0.2], [0.8, 0.3]]))
    assert drawn[2] == pytest.approx(np.array([[0.7, 0.45], [0.8, 0.65]]))
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["number 300", "number 600"]


def snakemake(folder, config, *options):
    """Start the sweep of a configuration, which is written into the folder."""
    pytest.importorskip("snakemake")
    (folder / "config.yml").write_text(yaml.safe_dump(config))
    words = [
        *("snakemake", "--snakefile", str(WORKFLOW / "Snakefile")),
        *("--configfile", str(folder / "config.yml"), "--directory", str(folder)),
        # Without threads, each step that is Python would start an interpreter of its own.
        *("--cores", "1", "--force-use-threads", "--nolock", *options),
    ]
    cache = str(folder / "cache")
    return Command(words, folder, environment={"MPLBACKEND": "agg", "XDG_CACHE_HOME": cache})


def sweep_in(folder, config, *options):
    done = snakemake(folder, config, *options)
    said = "".join(done.communicate())
    assert done.returncode == 0, said
    return said


def stopped_sweep(folder, config):
    """Start a sweep, end it as a batch system does when a run has come somewhere, and return its log."""
    process = snakemake(folder, config)
    try:
        end, logs = time.monotonic() + 120, []
        while not logs or logs[0].read_text().count("\n") < 5:
            assert time.monotonic() < end and process.poll() is None
            time.sleep(0.05)
            logs = list(folder.glob("checkpoints/*/log.csv"))
        os.killpg(process.pid, signal.SIGTERM)
        checkpoint, written, end = logs[0].with_name("checkpoint.npz"), time.time(), time.monotonic() + 20
        while checkpoint.stat().st_mtime < written and time.monotonic() < end:
            time.sleep(0.05)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    return logs[0]


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """Return the folder of a small sweep that was killed and started again, and how far it had come."""
    folder = tmp_path_factory.mktemp("sweep")
    config = {"recipe": {**SHARED, "steps": 10**8}, "sweep": {"density": [0.5, 0.45]}}
    log = stopped_sweep(folder, config)
    table = pd.read_csv(log)
    # Lines of a run that goes on are kept; one that starts anew could not know of this number.
    table.assign(temperature=9.0).to_csv(log, index=False)
    config["recipe"]["steps"] = int(table["step"].iloc[-1]) // 200 * 200 + 400
    sweep_in(folder, config)
    return folder, config, log.parent.name, int(table["step"].iloc[-1])


def test_killed_run_goes_on_from_its_checkpoint(finished):
    folder, config, run, reached = finished
    log = pd.read_csv(folder / "runs" / run / "log.csv")
    assert log["step"].tolist() == list(range(0, config["recipe"]["steps"] + 1, 100))
    old = log["step"] <= reached
    assert (log["temperature"][old] == 9.0).all() and (log["temperature"][~old] < 1.0).all()
    with gsd.hoomd.open(folder / "runs" / run / "trajectory.gsd") as frames:
        steps = [int(frame.configuration.step) for frame in frames]
    assert steps == list(range(0, config["recipe"]["steps"] + 1, 200))


def test_table_says_of_every_run_what_its_own_files_say(finished):
    folder, config, _, _ = finished
    table = pd.read_csv(folder / "sweep.csv", index_col="run")
    assert set(table.index) == set(sweep.recipes(config)) and table["density"].tolist() == [0.5, 0.45]
    for run, row in table.iterrows():
        recipe = read_recipe(folder / "recipes" / f"{run}.yml")
        assert row[["density", "number", "seed"]].tolist() == [recipe.density, recipe.number, recipe.seed]
        last = pd.read_csv(folder / "checkpoints" / run / "log.csv").iloc[-1]
        assert row["last_step"] == last["step"] == config["recipe"]["steps"]
        assert row["crystalline_fraction"] == pytest.approx(last["largest_cluster"] / 150)
        assert row["core_density"] == pytest.approx(last["core_density"], rel=1e-4)
    assert "<svg" in (folder / "sweep.svg").read_text()


def test_only_new_runs_are_run_when_the_sweep_grows(finished):
    folder, config, _, _ = finished
    grown = {**config, "sweep": {**config["sweep"], "seed": [1, 2]}}
    planned = sweep_in(folder, grown, "--dry-run", "--quiet", "rules")
    counts = dict(re.findall(r"(?m)^(\w+) +(\d+)$", planned))
    assert counts == {
        "all": "1",
        "recipe": "2",
        "run": "2",
        "analyse": "2",
        "collect": "1",
        "figure": "1",
        "total": "9",
    }
