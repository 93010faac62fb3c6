"""Recipes: what is accepted and refused, and what follows from them."""

import math
from dataclasses import FrozenInstanceError, asdict, fields, replace
from pathlib import Path

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from supracrystal import InputError
from supracrystal.simulation import (
    AssemblyRecipe,
    ConfinementRecipe,
    differences,
    initial_configuration,
    read_log,
    read_recipe,
    write_recipe,
)

FLUID = ConfinementRecipe(number=300, density=0.6, steps=1000, frame_interval=1000)
ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "recipes").glob("*.yml"))
RECORDED = ROOT / "data" / "confinement"


@pytest.mark.parametrize(
    ("number", "density", "large", "printed"),
    [
        (3501, 0.802, 1 / 3, 8.781),
        (3501, 0.831, 0.38, 8.786),
        (5001, 0.831, 1 / 3, 9.773),
        (10002, 0.802, 0.4, 12.680),
    ],
)
def test_radius_is_that_of_the_printed_formula(number, density, large, printed):
    recipe = ConfinementRecipe(
        number=number, density=density, fraction_large=large, steps=1000, log_interval=1
    )
    assert recipe.radius == pytest.approx(printed, abs=1e-3)
    surface = replace(recipe, density_radius="surface")
    assert surface.radius == pytest.approx(recipe.radius + 0.5)


@given(
    number=st.integers(500, 20_000),
    density=st.floats(0.3, 0.9),
    large=st.floats(0.01, 1),
    ratio=st.floats(0.5, 1),
)
def test_density_of_sphere_and_box_is_the_one_asked_for(number, density, large, ratio):
    recipe = ConfinementRecipe(
        number=number, density=density, steps=1, fraction_large=large, size_ratio=ratio
    )
    n = round(number * large)
    cubes = n + (number - n) * ratio**3
    assert cubes / (4 / 3 * math.pi * recipe.radius**3) == pytest.approx(density)
    assert cubes / replace(recipe, confinement="periodic").box_length ** 3 == pytest.approx(density)
    assert recipe.box_length > 2 * recipe.radius + 2 ** (1 / 6) + 1


@given(step=st.integers(0, 400))
def test_wall_rests_moves_evenly_and_rests(step):
    recipe = replace(FLUID, start_density=0.5, hold=100, compression=200)
    first, last = recipe.radius_at(0), recipe.radius
    expected = np.interp(step, [100, 300], [first, last])
    assert recipe.radius_at(step) == pytest.approx(expected)
    assert first == pytest.approx(replace(FLUID, density=0.5).radius)
    assert recipe.box_length > 2 * first


@pytest.mark.parametrize(
    ("changes", "error", "says"),
    [
        ({"number": 300.5}, ValueError, r"number is 300.5; a whole number"),
        ({"number": True}, ValueError, r"number is True; a whole number"),
        ({"steps": "1e6"}, ValueError, r"steps is '1e6'; a whole number, such as 1_000_000"),
        ({"density": "0.8"}, ValueError, r"density is '0.8'; a number"),
        ({"confinement": 3}, ValueError, r"confinement is 3; a word"),
        ({"density": float("nan")}, ValueError, r"density is nan; allowed: positive"),
        ({"temperature": math.inf}, ValueError, r"temperature is inf; allowed: positive"),
        ({"fraction_large": 1.2}, ValueError, r"fraction_large is 1.2; allowed: 0 to 1"),
        ({"confinement": "cube"}, ValueError, r"'cube'; allowed are sphere, periodic"),
        ({"frame_interval": 1500}, ValueError, r"a multiple of log_interval = 1000"),
        ({"start": "C14"}, ValueError, r"nucleus is 0; allowed: 1 to 300 for the start 'C14' in a sphere"),
        ({"start": "icosahedral"}, ValueError, r"nucleus is 0; allowed: 1 to 300"),
        ({"nucleus": 13}, ValueError, r"nucleus is 13; allowed: 0 for the start 'random'"),
        ({"hold": 5}, ValueError, r"hold is 5; allowed: 0 without start_density"),
        ({"start_density": 0.5}, ValueError, r"compression is 0; allowed: 1 or more with start_density"),
        (
            {"start_density": 0.5, "compression": 9, "confinement": "periodic"},
            ValueError,
            r"start_density is 0.5",
        ),
        ({"number": 20}, ValueError, r"number is 20; allowed: more, .* core"),
        (
            {"number": 20, "confinement": "periodic"},
            ValueError,
            r"number is 20; allowed: more, so that the box",
        ),
    ],
)
def test_what_is_wrong_is_named_with_what_is_allowed(changes, error, says, tmp_path):
    with pytest.raises(error, match=f"^recipe: .*{says}"):
        replace(FLUID, **changes)
    path = tmp_path / "mine.yml"
    path.write_text(
        "\n".join(
            f"{k}: {v!r}"
            for k, v in {**asdict(FLUID), **changes}.items()
            if v is not None and v == v and v != math.inf
        )
    )
    if all(v == v and v != math.inf for v in changes.values()):
        with pytest.raises(ValueError, match=r"mine\.yml: recipe: "):
            read_recipe(path)


def test_recipe_is_frozen_and_of_plain_numbers(tmp_path):
    with pytest.raises(FrozenInstanceError):
        FLUID.seed = 2
    recipe = replace(FLUID, number=np.int64(400), temperature=np.float64(0.25), coupling=1)
    assert [type(value) for value in (recipe.number, recipe.temperature, recipe.coupling)] == [
        int,
        float,
        float,
    ]
    write_recipe(recipe, tmp_path / "r.yml")
    assert read_recipe(tmp_path / "r.yml") == recipe
    assert differences(recipe, replace(recipe, steps=9, stop_cluster=9, seed=3)) == {"seed": (1, 3)}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("number: [", "is not YAML"),
        ("- 1", "holds list; names with values"),
        ("number: 300", "density, steps missing"),
        ("number: 300\ndensity: 0.6\nstep: 3", "unknown step; allowed are .*steps"),
    ],
)
def test_file_that_is_no_recipe(text, says, tmp_path):
    path = tmp_path / "bad.yml"
    path.write_text(text)
    with pytest.raises(ValueError, match=rf"bad\.yml.*{says}"):
        read_recipe(path)


SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**6), 10**6), st.floats(-10, 10), st.floats(), st.integers(),
    st.text(max_size=5), st.sampled_from(["sphere", "plate", "periodic", "icosahedral", "C15", "toluene"]),
)  # fmt: skip
VALUES = st.one_of(SCALARS, st.lists(SCALARS, max_size=2), st.dictionaries(st.text(max_size=3), SCALARS))
GOOD = {
    ConfinementRecipe: {"number": 500, "density": 0.7, "steps": 100},
    AssemblyRecipe: {
        "shape": "sphere", "number": 500, "steps": 9, "solvent": "toluene", "temperature_C": 25,
    },
}  # fmt: skip


@settings(deadline=None, max_examples=300, derandomize=True)
@given(kind=st.sampled_from(list(GOOD)), data=st.data())
def test_whatever_a_file_says_it_is_a_recipe_or_one_error_names_the_file(kind, data, tmp_path_factory):
    names = st.sampled_from([*(item.name for item in fields(kind)), "densty"])
    changes = data.draw(st.dictionaries(names, VALUES, max_size=3))
    path = tmp_path_factory.getbasetemp() / "any.yml"
    path.write_text(yaml.safe_dump({**GOOD[kind], **changes}))
    try:
        recipe = read_recipe(path, kind)
    except InputError as error:
        assert str(error).startswith(str(path))
        assert "\n" not in str(error)
    else:
        write_recipe(recipe, path)
        assert read_recipe(path, kind) == recipe


@settings(deadline=None, max_examples=200, derandomize=True)
@given(text=st.text(max_size=40) | st.text(":-?[]{},&*#|>'\"%@` \n0ab", max_size=40))
def test_text_that_is_no_recipe_is_refused(text, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "any.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"any\.yml"):
        read_recipe(path)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples_are_recipes_with_comments(path):
    recipe = read_recipe(path)
    assert path.read_text().count("#") > 3
    assert "on one core" in path.read_text()
    if recipe.number < 4000:
        assert recipe.number == initial_configuration(recipe).particles.N


@pytest.mark.parametrize("number", [3501, 5001, 10002])
def test_example_that_crystallises_is_the_recorded_run_but_for_its_length(number):
    path = next(path for path in EXAMPLES if path.stem == f"wang2021-{number}-fluid")
    recipe, recorded = read_recipe(path), read_recipe(RECORDED / f"unplanted-{number}" / "recipe.yml")
    assert recipe == replace(recorded, steps=recipe.steps)


@pytest.mark.parametrize("number", [3501, 5001, 10002])
def test_example_for_each_size_of_the_paper_is_the_recorded_run_and_says_what_came_of_it(number):
    path = next(path for path in EXAMPLES if path.stem == f"wang2021-{number}")
    recorded = RECORDED / f"seeded-{number}"
    assert read_recipe(path) == read_recipe(recorded / "recipe.yml")
    log = read_log(recorded)
    ends = log.largest_cluster.dropna().iloc[[0, -1]].astype(int).tolist()
    said = f"grows from {ends[0]:,} to about {ends[1]:,}\n# particles in {log.time.iloc[-1]:,.0f} time units"
    assert said in path.read_text()
