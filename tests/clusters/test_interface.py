"""What joins dimers and what it does to their halves: built dimers against literal counts."""

import itertools
import math

import numpy as np
import pytest
import reference
from ase.calculators.singlepoint import SinglePointCalculator

from supracrystal.clusters import (
    centre_distances,
    cluster,
    describe_interface,
    join_clusters,
    reaction_energy,
    relaxed,
)


@pytest.fixture(scope="module")
def parents():
    return cluster("[Ag29(BDT)12]3-"), cluster("[Ag25(SH)18]-")


@pytest.fixture(scope="module")
def joined(parents):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("supracrystal.clusters.dimers.SETTLED", 1)
        (dimer,) = join_clusters(*parents, loss="cis", bonded=True)
    return dimer


@pytest.mark.parametrize("reach", [2.5, 2.75, 3.2])
def test_bonds_across_are_those_counted_by_hand(joined, reach):
    part = joined.arrays["part"]
    metal = [k for k in range(len(joined)) if joined.symbols[k] == "Ag"]
    sulphur = [k for k in range(len(joined)) if joined.symbols[k] == "S"]
    found = [
        math.dist(joined.positions[m], joined.positions[s])
        for m, s in itertools.product(metal, sulphur)
        if part[m] != part[s]
    ]
    found = sorted(each for each in found if each <= reach)
    row = describe_interface(joined, reach=reach)
    assert row["bonds"] == len(found) > 0
    assert [row["shortest"], row["longest"]] == pytest.approx([found[0], found[-1]])


def test_contacts_across_are_those_counted_by_hand(joined):
    atoms = joined.get_chemical_symbols(), joined.positions, joined.arrays["part"].tolist()
    row = describe_interface(joined)
    assert row["C–H···π"] == len(reference.ch_pi_contacts(*atoms))
    assert row["stacked"] == len(reference.stacked_rings(*atoms))


def test_clusters_far_apart_have_no_interface_and_are_their_parents(parents):
    first, second = (each.copy() for each in parents)
    second.positions += (60, 0, 0)
    pair = first + second
    pair.set_array("part", np.repeat([0, 1], [len(first), len(second)]))
    row = describe_interface(pair)
    assert row["bonds"] == row["C–H···π"] == row["stacked"] == 0 and math.isnan(row["shortest"])
    table = centre_distances(pair)
    assert list(zip(table["part"], table["shell"], strict=True)) == [
        (0, "core"), (0, "crown"), (0, "cap"), (1, "core"), (1, "staple")]  # fmt: skip


def test_halves_are_measured_from_their_own_centre(joined, parents):
    table = centre_distances(joined).set_index(["part", "shell"])
    for part, name in ((0, "core"), (0, "cap"), (1, "staple")):
        own = [k for k in range(len(joined)) if joined.arrays["part"][k] == part]
        (centre,) = (k for k in own if joined.arrays["shell"][k] == "centre")
        distance = [
            math.dist(joined.positions[k], joined.positions[centre])
            for k in own
            if joined.arrays["shell"][k] == name
        ]
        assert table.loc[(part, name), "mean"] == pytest.approx(sum(distance) / len(distance))


def test_change_of_metal_cancels_between_parents_and_is_refused_where_it_does_not():
    silver, gold, palladium = (relaxed(name) for name in ("ag25-sh", "auag24-sh", "pdag24-sh"))
    assert reaction_energy([silver, gold], [gold, silver]) == 0

    def shifted(atoms, by):
        copy = atoms.copy()
        copy.calc = SinglePointCalculator(copy, energy=atoms.get_potential_energy() + by)
        return copy

    changed = reaction_energy([shifted(silver, 0.2), gold], [shifted(gold, -0.3), silver])
    assert changed == pytest.approx(-0.5)
    with pytest.raises(ValueError, match=r"products less reactants: \{'Ag': -1, 'Au': 1\}$"):
        reaction_energy([silver], [gold])
    with pytest.raises(ValueError, match=r"'charge': -1"):
        reaction_energy([silver, silver], [gold, palladium])


def test_joining_loses_what_the_formulas_say_and_its_energy_is_a_sum():
    dimer, lost, second = (relaxed(f"dimers/{name}") for name in ("ag53-pair", "ag-dmbt2", "ag25-dmbt"))
    first = relaxed("ag29-bdt")
    energies = [float(each.get_potential_energy()) for each in (dimer, lost, first, second)]
    assert reaction_energy([first, second], [dimer, lost]) == pytest.approx(
        energies[0] + energies[1] - energies[2] - energies[3], abs=1e-9
    )
