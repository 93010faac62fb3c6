"""Recorded thermal configurations are what their provenance says."""

import functools
import hashlib
import json
from pathlib import Path

import freud
import gsd.hoomd
import numpy as np
import pytest
import reference

from supracrystal.colloids import icosahedral_cluster, is_large, laves_phase, neighbours

RECORDED = Path(__file__).parents[2] / "data" / "colloids"
PROVENANCE = json.loads((RECORDED / "provenance.json").read_text())
SYSTEMS = PROVENANCE["systems"]
SIZE_RATIO = PROVENANCE["model"]["size_ratio"]
CRYSTALS = ["C14", "C15", "C36"]
FLUIDS = ["fluid-0.86", "fluid-0.92"]


@functools.cache
def recorded(name):
    with gsd.hoomd.open(RECORDED / f"{name}.gsd") as file:
        return list(file)


def test_every_file_has_its_checksum_and_the_folder_is_small():
    named = {name: digest for system in SYSTEMS.values() for name, digest in system["sha256"].items()}
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in RECORDED.glob("*.gsd")}
    assert found == named
    assert sum((RECORDED / name).stat().st_size for name in named) < 2e6


@pytest.mark.parametrize("name", list(SYSTEMS))
def test_steps_and_composition_are_as_recorded(name):
    system = SYSTEMS[name]
    assert [frame.configuration.step for frame in recorded(name)] == system["steps"]
    for frame in recorded(name):
        assert is_large(frame).sum() == system["large"]
        assert (~is_large(frame)).sum() == system["small"]
    if name != "icosahedral":
        assert 2 * system["large"] == system["small"]


@pytest.mark.parametrize("name", [*CRYSTALS, *FLUIDS])
def test_reduced_density_is_as_recorded(name):
    frame = recorded(name)[0]
    cubed = np.where(is_large(frame), 1.0, SIZE_RATIO).astype(float) ** 3
    density = cubed.sum() / np.prod(frame.configuration.box[:3].astype(float))
    assert density == pytest.approx(SYSTEMS[name]["density"], rel=1e-6)


@pytest.mark.parametrize("name", list(SYSTEMS))
def test_potential_energy_is_that_of_the_printed_potential(name):
    system = SYSTEMS[name]
    for frame, energy in list(zip(recorded(name), system["energy_per_particle"], strict=True))[::4]:
        box = frame.configuration.box[:3].astype(float)
        literal = reference.mixture_energy(
            frame.particles.position.astype(float), is_large(frame), box, SIZE_RATIO
        )
        # Positions are stored in single precision.
        assert literal == pytest.approx(energy, rel=1e-5)


@pytest.mark.parametrize("name", list(SYSTEMS))
def test_temperature_fluctuates_about_the_set_one(name):
    system = SYSTEMS[name]
    degrees = 3 * (system["large"] + system["small"])
    spread = PROVENANCE["model"]["temperature"] * np.sqrt(2 / degrees)
    mean = np.mean(system["temperature"])
    assert mean == pytest.approx(PROVENANCE["model"]["temperature"], abs=3 * spread)


@pytest.mark.parametrize("name", list(SYSTEMS))
def test_no_spheres_overlap_much(name):
    for frame in recorded(name):
        pairs, distance = neighbours(frame, 1.0)
        diameter = np.where(is_large(frame), 1.0, SIZE_RATIO)
        assert (distance / diameter[pairs].mean(axis=1)).min() > 0.93


def test_all_particles_of_the_cluster_are_inside_the_wall():
    radius = SYSTEMS["icosahedral"]["radius"]
    for frame in [*recorded("icosahedral"), *recorded("icosahedral-average")]:
        distance = np.linalg.norm(frame.particles.position, axis=1)
        assert distance.max() < radius - 0.93


@pytest.mark.parametrize("name", CRYSTALS)
def test_crystals_stay_at_their_lattice_sites(name):
    for frame in recorded(name):
        cells = {"C14": (6, 4, 4), "C15": (6, 4, 3), "C36": (6, 4, 2)}[name]
        perfect = laves_phase(name, cells=cells, cell="orthorhombic")
        box = frame.configuration.box[:3].astype(float)
        sites = perfect.particles.position * box / perfect.configuration.box[:3]
        displacement = frame.particles.position - sites
        # The same site of another cell will do: which one a particle began in depends on rounding.
        displacement -= box / cells * np.round(displacement * cells / box)
        displacement -= displacement.mean(axis=0)
        # Crystals melt where this is about 0.15 of the distance of neighbours (Lindemann), here 1.11.
        assert 0.05 < np.sqrt((displacement**2).sum(axis=1).mean()) / 1.11 < 0.13


def test_core_of_the_cluster_stays_icosahedral():
    ideal = icosahedral_cluster(number=3501).particles.position
    core = np.linalg.norm(ideal, axis=1) < 5
    mean = recorded("icosahedral-average")[0].particles.position.astype(float)
    factor = (mean[core] * ideal[core]).sum() / (ideal[core] ** 2).sum()
    assert np.sqrt(((mean - factor * ideal)[core] ** 2).sum(axis=1).mean()) < 0.15


@pytest.mark.parametrize("name", [*CRYSTALS, *FLUIDS])
def test_only_crystals_have_long_ranged_pair_correlations(name):
    rdf = freud.density.RDF(bins=100, r_max=5.0, r_min=3.0)
    for frame in recorded(name):
        large = frame.particles.position[is_large(frame)]
        rdf.compute((frame.configuration.box, large), reset=False)
    roughness = np.std(rdf.rdf)
    assert roughness > 0.15 if name in CRYSTALS else roughness < 0.06
