"""Shells, contacts and bonds of built clusters, against counts of the papers and pairs taken one by one."""

import numpy as np
import pytest

from supracrystal import view
from supracrystal.clusters import cluster, draw, m25s18, m44s30, shells, shortest_contacts

AG29 = "[Ag29(BDT)12]3-"


def test_shells_have_the_counts_of_the_papers():
    """Desireddy et al. and Yang et al. (2013): 12 in 20, 12 in mounts, 30 ligands; hollow."""
    table = shells(m44s30()).set_index("shell")
    assert table["atoms"].to_dict() == {
        "icosahedron": 12, "cube": 8, "edge": 12, "mount": 12, "S-top": 6, "S-leg": 24,
    }  # fmt: skip
    # A regular icosahedron of edge 2.83 has the radius 2.69.
    assert table["from the centre / Å"]["icosahedron"] == pytest.approx(2.83 * np.sin(0.4 * np.pi), abs=0.01)
    assert set(table["element"]) == {"Ag", "S"}


@pytest.mark.parametrize("formula", [AG29, "[Ag25(SCH3)18]-"])
def test_contacts_are_those_of_all_pairs_one_by_one(formula):
    atoms = cluster(formula)
    found = {}
    for i, one in enumerate(atoms):
        for j, other in enumerate(atoms[:i]):
            kinds = {atoms.arrays["shell"][i], atoms.arrays["shell"][j]}
            if kinds == {"ligand"} and atoms.arrays["ligand"][i] != atoms.arrays["ligand"][j]:
                pair = "–".join(sorted((one.symbol, other.symbol)))
                distance = sum((one.position - other.position) ** 2) ** 0.5
                found[pair] = min(found.get(pair, np.inf), distance)
    assert shortest_contacts(atoms).to_dict() == pytest.approx(found, abs=1e-9)


def test_no_contacts_without_ligands():
    assert shortest_contacts(m25s18()).empty


def test_elements_of_a_single_ligand_have_no_contact_of_their_own():
    pairs = set(shortest_contacts(cluster("[Ag25(SH)17(SCH3)]-")).index)
    assert pairs == {"C–H", "H–H"}


def test_bonds_drawn_are_those_of_sulphur_and_of_ligands(monkeypatch):
    seen = {}
    monkeypatch.setattr(view, "atoms", lambda atoms, **options: seen.update(options))
    atoms = cluster(AG29)
    draw(atoms, alt="Silver cluster")
    # 12 dithiolates with 10 C-C, C-H and 2 C-S each, and 60 bonds of sulphur to metal (AbdulHalim 2015).
    assert len(seen["bonds"]) == 12 * 12 + 60
    metal = atoms.symbols == "Ag"
    assert metal[seen["bonds"]].sum(axis=1).max() == 1
    assert (seen["radius"][metal] > seen["radius"][atoms.symbols == "H"].max()).all()


def test_a_part_has_the_colours_of_the_whole(monkeypatch):
    seen = []
    monkeypatch.setattr(view, "atoms", lambda atoms, **options: seen.append(options))
    whole = m44s30()
    part = whole[whole.arrays["shell"] == "cube"]
    draw(whole, shells=True, alt="All")
    draw(part, shells=whole.arrays["shell"], alt="A cube")
    assert seen[0]["palette"] == seen[1]["palette"] and len(set(seen[0]["palette"].values())) == 7
    assert set(seen[1]["color"]) == {"cube"}
