"""Computations on recorded runs, where the answer is known: ideal clusters, crystals, fluids, tables."""

import gsd.hoomd
import numpy as np
import pandas as pd
import pytest

from supracrystal import records
from supracrystal.claims import wang2021 as simulated
from supracrystal.colloids import (
    icosahedral_cluster,
    is_large,
    mackay_cluster,
    make_particles,
    subset,
)

CACHED = [value for value in vars(simulated).values() if hasattr(value, "cache_clear")]


@pytest.fixture
def runs(tmp_path, monkeypatch):
    """Return a function that records frames as the only runs that there are."""
    monkeypatch.setattr(records, "DATA", tmp_path)

    def record(name, frames, wall=9.0):
        path = tmp_path / "confinement" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        for frame in frames:
            frame.log["confinement/radius"] = np.array([wall])
        with gsd.hoomd.open(path, "w") as file:
            file.extend(frames)

    for each in CACHED:
        each.cache_clear()
    yield record
    for each in CACHED:
        each.cache_clear()


def moved(frame, noise, generator, turn=None):
    """Return a cluster turned at random about a point that is not its centre, with thermal displacements."""
    turn = np.linalg.qr(generator.normal(size=(3, 3)))[0] if turn is None else turn
    turn *= np.linalg.det(turn)
    position = np.asarray(frame.particles.position) @ turn.T + [0.3, -0.2, 0.1]
    return make_particles(position + generator.normal(scale=noise, size=position.shape), is_large(frame))


@pytest.fixture
def cluster(runs, random_generator):
    turn = np.linalg.qr(random_generator.normal(size=(3, 3)))[0]
    for name, noise in (("average", 0.01), ("compressed", 0.07)):
        runs(f"seeded-2169/{name}.gsd", [moved(icosahedral_cluster(9), noise, random_generator, turn)])
    return ["seeded-2169"]


def test_icosahedral_cluster_has_what_the_paper_describes(cluster):
    folds = [simulated.fold_of_pattern(along, cluster) for along in ("vertex", "face", "edge")]
    assert folds == [[5], [3], [2]]
    assert simulated.number_of_domains(cluster) == [20]
    assert simulated.number_of_tubes(cluster) == [12]
    assert simulated.tubes_at_one_centre(cluster) == ["all"]
    assert simulated.pentagons_along_tubes(cluster) == ["alternating L and S"]
    assert simulated.pentagons_along_tubes(cluster, labels="random") != ["alternating L and S"]
    assert simulated.complete_shells(cluster, 8) == ["all"]
    assert simulated.tubes_to_the_surface(cluster) == ["all"]


def test_vacancies_in_a_shell_and_a_distant_wall_are_noticed(runs, random_generator):
    whole = moved(icosahedral_cluster(7), 0.01, random_generator, np.eye(3))
    away = np.linalg.norm(icosahedral_cluster(7).particles.position, axis=1)
    keep = np.ones(len(away), dtype=bool)
    keep[np.argsort(away)[[20, 60]]] = False
    runs("seeded-1075/average.gsd", [subset(whole, keep)], wall=12.0)
    assert simulated.complete_shells(["seeded-1075"], 8) == ["6 of 8"]
    assert simulated.tubes_to_the_surface(["seeded-1075"]) == ["0 of 12"]


@pytest.mark.parametrize("phase", ["C14", "C15"])
def test_laves_phases_have_neither_tubes_nor_the_axes_of_the_icosahedron(phase):
    assert simulated.number_of_tubes([phase]) == [0]
    assert simulated.tubes_at_one_centre([phase]) == ["no tubes"]
    assert simulated.fold_of_pattern("vertex", [phase]) not in ([5], [3])
    assert simulated.complete_shells([phase], 8) == ["0 of 8"]


@pytest.mark.parametrize(
    ("layers", "expected"),
    [([0, 5, 5, 5, 5, 5, 7, 7, 7, 7, 7], "outwards"), ([0, 7, 7, 7, 7, 7, 5, 5, 5, 5, 5], "inwards")],
)
def test_front_moves_as_the_crystal_grows(runs, random_generator, layers, expected):
    grown = [moved(icosahedral_cluster(each or 3), 0.03, random_generator) for each in layers]
    runs("seeded-7/trajectory.gsd", grown)
    assert simulated.way_of_front(["seeded-7"]) == [expected]


@pytest.mark.parametrize(
    ("slope", "expected"), [(0.1, "supersaturated"), (-0.1, "not supersaturated"), (0.0, "undecided")]
)
def test_fluid_in_which_a_nucleus_grows_is_supersaturated(runs, tmp_path, random_generator, slope, expected):
    runs("seeded-7/average.gsd", [gas(random_generator, radius=8.0)])
    time = np.arange(0.0, 1000, 10)
    size = 500 + slope * time + random_generator.normal(scale=10, size=len(time))
    # Beyond 0.9 of the largest density the nucleus does something else.
    late = time > 900
    log = pd.DataFrame({"time": time, "radius": np.where(late, 8.0, 9.0), "largest_cluster": size})
    log.loc[late, "largest_cluster"] = 500 - 10 * slope * time[late]
    log.to_csv(tmp_path / "confinement" / "seeded-7" / "log.csv", index=False)
    dense = (1167 + 2334 * 0.78**3) / (4 / 3 * np.pi * 8**3)
    assert simulated.state_of_fluid("seeded-7", [0, 0.9 * dense]) == expected
    growth = pd.concat(
        [log.assign(nucleus=5, density=0.7), log.assign(nucleus=5, density=0.8, largest_cluster=9)]
    )
    growth[growth["time"] < 900].to_csv(tmp_path / "confinement" / "growth.csv", index=False)
    assert simulated.state_at_density(5, 0.7) == expected


def test_front_of_a_crystal_that_rests_moves_neither_way(runs, random_generator):
    runs(
        "seeded-7/trajectory.gsd", [moved(icosahedral_cluster(5), 0.05, random_generator) for _ in range(11)]
    )
    assert simulated.way_of_front(["seeded-7"]) == ["neither way"]


def gas(generator, number=3501, radius=9.0):
    point = generator.normal(size=(number, 3))
    point *= (
        radius * generator.uniform(size=(number, 1)) ** (1 / 3) / np.linalg.norm(point, axis=1, keepdims=True)
    )
    return make_particles(point, np.arange(number) % 3 == 0)


def test_gas_has_no_layers_and_no_clusters(runs, random_generator):
    runs("one-to-two/trajectory.gsd", [gas(random_generator) for _ in range(6)], wall=9.5)
    assert simulated.layered_species(["one-to-two", "gas"], 3) == ["neither", "neither"]
    assert simulated.fate_of_small_clusters("one-to-two") == "none form"


def test_layers_of_one_species_are_those_of_one(runs, random_generator):
    frames = [gas(random_generator) for _ in range(6)]
    for frame in frames:
        large = is_large(frame)
        away = np.linalg.norm(frame.particles.position[large], axis=1)
        frame.particles.position[large] *= (np.clip(away.round(), 1, 8) / away)[:, None]
    runs("one-to-two/trajectory.gsd", frames, wall=9.5)
    assert simulated.layered_species(["one-to-two"], 3) == ["L"]


def test_cluster_that_stays_does_not_melt(runs, random_generator):
    frame = moved(icosahedral_cluster(3), 0.01, random_generator)
    runs("one-to-two/trajectory.gsd", [frame] * 6)
    assert simulated.fate_of_small_clusters("one-to-two") == "0 of 2 melt"
    runs("one-to-two/trajectory.gsd", [moved(icosahedral_cluster(7), 0.01, random_generator)] * 6)
    for each in CACHED:
        each.cache_clear()
    assert simulated.fate_of_small_clusters("one-to-two") == "grow"


def test_icosahedron_of_mackay_is_told_from_fcc(runs, random_generator):
    for ideal, expected in ((mackay_cluster(5), "icosahedral"), (None, "another")):
        lattice = np.array([v for v in np.ndindex(13, 13, 13) if sum(v) % 2 == 0]) - 6.0
        position = (
            lattice[np.linalg.norm(lattice, axis=1) < 7.5] / 2**0.5
            if ideal is None
            else ideal.particles.position
        )
        everywhere = np.ones(len(position), dtype=bool)
        noisy = [
            make_particles(position + random_generator.normal(scale=0.03, size=position.shape), everywhere)
            for _ in range(5)
        ]
        runs("one-component/trajectory.gsd", noisy, wall=6.0)
        for each in CACHED:
            each.cache_clear()
        assert simulated.structure_of_one_component("one-component") == expected


def test_readings_are_averaged_over_the_densities_asked_for(runs, tmp_path):
    rows = [
        (100, 0.8, "wall", 1 / 3, 50.0, 0.30, 0.19),
        (100, 0.9, "wall", 0.333333, 52.0, 0.32, 0.20),
        (100, 0.9, "wall", 0.38, 54.0, 0.36, 0.21),
        (100, 0.9, "surface", 1 / 3, 60.0, 0.27, 0.20),
        (200, 0.9, "wall", 1 / 3, 120.0, 0.25, 0.30),
    ]
    names = [
        "number",
        "density",
        "density_radius",
        "fraction_large",
        "core_number",
        "core_composition",
        "temperature",
    ]
    (tmp_path / "confinement").mkdir()
    pd.DataFrame(rows, columns=names).to_csv(tmp_path / "confinement" / "readings.csv", index=False)
    found = simulated.core_number([100], [0.8, 0.9])
    assert found == {"value": [51], "error": [1.0]}
    with pytest.raises(ValueError, match=r"no run of 200, one third of them large, at each of"):
        simulated.core_number([200], [0.8, 0.9])


@pytest.mark.parametrize("first", ["pentagonal tube", "Bergman cluster"])
def test_what_forms_first_is_told_by_when_it_is_there(runs, random_generator, first):
    """A cluster replaces a fluid in three steps: a tube, the core, all; or the core, the tube, all."""
    cluster, centre = icosahedral_cluster(5), np.array([2.5, 0.0, 0.0])
    position = np.asarray(cluster.particles.position, dtype=float)
    away = np.linalg.norm(position, axis=1)
    axis = simulated.icosahedral.axes(5)[0]
    beside = np.linalg.norm(position - np.outer(position @ axis, axis), axis=1)
    tube, core = (beside < 1.1) & (position @ axis > 0.2), away < 1.75
    order = [tube, tube | core] if first == "pentagonal tube" else [core, tube | core]
    frames = []
    for there in [np.zeros(len(away), dtype=bool), *order, np.ones(len(away), dtype=bool)]:
        for _ in range(5):
            fluid = gas(random_generator, radius=8.0)
            free = np.linalg.norm(fluid.particles.position - centre, axis=1) > 4.6
            shaken = position[there] + centre + random_generator.normal(scale=0.03, size=(there.sum(), 3))
            frames.append(
                make_particles(
                    np.vstack([fluid.particles.position[free], shaken]),
                    np.concatenate([is_large(fluid)[free], is_large(cluster)[there]]),
                )
            )
    runs("made/trajectory.gsd", frames)
    assert simulated.first_structure([["made"]]) == [first]
    assert simulated.eccentric(["made"], 1.0) == "all"
    assert simulated.eccentric(["made"], 3.0) == "none"
    assert simulated.way_of_core([["made"]]) == ["neither way"]


def test_run_that_is_not_recorded_is_named_with_those_that_are(runs):
    runs("seeded-1/average.gsd", [icosahedral_cluster(2)])
    with pytest.raises(FileNotFoundError, match=r"seeded-2/average.gsd' is not.*seeded-1/average.gsd"):
        simulated.number_of_domains(["seeded-2"])
