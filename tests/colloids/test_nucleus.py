"""Nuclei by the rings around bonds: in ideal structures, crystals, and fluids of any composition."""

from collections import Counter
from pathlib import Path

import gsd.hoomd
import numpy as np
import pytest
import reference

from supracrystal.colloids import (
    REACH,
    find_nucleus,
    icosahedral_cluster,
    is_large,
    laves_phase,
    make_particles,
    spacing,
    subset,
)
from supracrystal.simulation import separate

RECORDED = Path(__file__).parents[2] / "data" / "colloids"


def recorded(name, frame=0):
    with gsd.hoomd.open(RECORDED / f"{name}.gsd") as file:
        return file[frame]


def large_in_nucleus(frame):
    return int((find_nucleus(frame) & is_large(frame)).sum())


@pytest.mark.parametrize("name", ["C14", "C15", "C36"])
def test_every_particle_of_a_laves_phase_is_in_the_nucleus(name):
    assert find_nucleus(laves_phase(name, cells=(3, 3, 2))).all()
    for frame in range(2):
        assert find_nucleus(recorded(name, frame)).mean() > 0.99


@pytest.mark.parametrize("layers", [3, 5, 7])
def test_all_large_spheres_of_an_ideal_icosahedral_cluster_are_in_the_nucleus(layers):
    cluster = icosahedral_cluster(layers=layers)
    assert find_nucleus(cluster)[is_large(cluster)].all()


def test_most_of_the_core_of_a_thermal_cluster_is_in_the_nucleus():
    frame = recorded("icosahedral")
    core = np.linalg.norm(frame.particles.position, axis=1) < 5.5
    assert find_nucleus(frame)[core].mean() > 0.95


@pytest.mark.parametrize("fraction", [0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 0.9])
@pytest.mark.parametrize("density", [0.8, 0.9])
def test_fluids_of_any_composition_have_no_nucleus(fraction, density, random_generator):
    number = 600
    large = np.arange(number) < round(number * fraction)
    diameter = np.where(large, 1.0, 0.78)
    length = (np.sum(diameter**3) / density) ** (1 / 3)
    start = random_generator.uniform(-length / 2, length / 2, (number, 3))
    position = separate(start, diameter, length=length)
    assert large_in_nucleus(make_particles(position, large, box=[*3 * [length], 0, 0, 0])) <= 4


@pytest.mark.parametrize("name", ["fluid-0.86", "fluid-0.92"])
def test_recorded_fluids_have_no_nucleus(name):
    assert max(large_in_nucleus(recorded(name, frame)) for frame in range(4)) <= 5


def test_random_identities_in_a_crystal_are_no_nucleus(random_generator):
    crystal = laves_phase("C15", cells=(4, 4, 3))
    shuffled = make_particles(
        crystal.particles.position,
        random_generator.permutation(is_large(crystal)),
        box=crystal.configuration.box,
    )
    assert large_in_nucleus(shuffled) <= 4


def test_a_crystal_in_an_ideal_gas_is_found_alone(random_generator):
    cluster = icosahedral_cluster(layers=5)
    outside = random_generator.uniform(-12, 12, (400, 3))
    outside = outside[np.linalg.norm(outside, axis=1) > 7]
    position = np.vstack([cluster.particles.position, outside])
    large = np.append(is_large(cluster), random_generator.random(len(outside)) < 0.2)
    found = find_nucleus(make_particles(position, large))
    assert found[: cluster.particles.N].sum() == find_nucleus(cluster).sum() == found.sum()


@pytest.mark.parametrize("name", ["icosahedral", "fluid-0.92"])
def test_nucleus_matches_a_search_pair_by_pair(name):
    frame = recorded(name, 1)
    part = subset(frame, np.linalg.norm(frame.particles.position, axis=1) < 3.6)
    large, unit = is_large(part), spacing(part)
    reach = [unit * REACH[kind] for kind in ("SS", "LS", "LL")]
    position = part.particles.position.tolist()
    bonds = reference.six_rings_of_small(position, large.tolist(), reach)
    count = Counter(i for bond in bonds for i in bond)
    kept = {i for i in count if count[i] >= 2}
    links = [bond for bond in bonds if set(bond) <= kept]
    groups = [group & kept for group in reference.connected_groups(links, len(large))]
    biggest = max(map(len, groups))
    found = find_nucleus(part)
    assert set(np.flatnonzero(found & large)) in [group for group in groups if len(group) == biggest]
    if biggest:
        mine = np.flatnonzero(found & large)
        near = np.linalg.norm(part.particles.position[:, None] - part.particles.position[mine], axis=2)
        expected = ((near < reach[1]).sum(axis=1) >= 3) & ~large
        assert (found & ~large == expected).all()
