"""The reasoning behind the claims on structures: distances and energies, and leads that do not count."""

import math

import pytest

from supracrystal.claims import acharya2025
from supracrystal.clusters import compared_methods, relaxed

DIMERS = ["dimers/ag53-pair", "dimers/auag52-pair", "dimers/pdag53-pair"]


def around(name, shell):
    """Return the mean distance of a shell of the second half of a dimer from its centre."""
    atoms = relaxed(name)
    part = [
        (label, position)
        for label, half, position in zip(
            atoms.arrays["shell"], atoms.arrays["part"], atoms.positions, strict=True
        )
        if half == 1
    ]
    (centre,) = (position for label, position in part if label == "centre")
    away = [math.dist(centre, position) for label, position in part if label == shell]
    return sum(away) / len(away)


def test_palladium_holds_its_staples_by_more_than_isomers_differ_and_its_core_by_less():
    for shell, leads in (("core", False), ("staple", True)):
        silver, gold, palladium = (around(name, shell) for name in DIMERS)
        spread = abs(silver - around("dimers/ag53-pair-contact", shell))
        assert palladium < min(silver, gold)
        assert (min(silver, gold) - palladium > spread) == leads
    found = acharya2025.tightest(DIMERS, ["core", "staple"], "dimers/ag53-pair-contact")
    assert found == ["undecided", "Pd"]
    assert acharya2025.tightest(DIMERS[:2], ["core"], "dimers/ag53-pair-contact") == ["undecided"]


def test_platinum_has_the_widest_core_by_the_second_method():
    table = compared_methods()
    rows = table[(table["method"] == "IPEA1-xTB") & (table["quantity"] == "radius")]
    parents = rows[rows["model"].str.contains(r"Ag2[45]\(SH\)18")]
    assert parents.loc[parents["value"].astype(float).idxmax(), "model"] == "[PtAg24(SH)18]2-"


def test_stability_beside_the_parents_is_the_energy_of_an_exchange():
    energy = {
        name: relaxed(f"dimers/{name}").get_potential_energy()
        for name in ("auag52-pair", "auag24-dmbt", "ag53-pair-again", "ag25-dmbt")
    }
    # Au in the parent and Ag in the dimer change places.
    exchange = (energy["auag52-pair"] + energy["ag25-dmbt"]) - (
        energy["ag53-pair-again"] + energy["auag24-dmbt"]
    )
    assert exchange == pytest.approx(-0.03, abs=0.01)
    names = [[f"dimers/{name}" for name in energy]]
    for error, expected in ((0.1, "undecided"), (0.01, "more stable")):
        assert acharya2025.stability_beside_parents(names, error) == [expected]
    back = [[*names[0][2:], *names[0][:2]]]
    assert acharya2025.stability_beside_parents(back, 0.01) == ["less stable"]


def test_two_relaxations_of_one_dimer_differ_by_less_than_is_left_undecided():
    first, again = (relaxed(f"dimers/ag53-pair{end}").get_potential_energy() for end in ("", "-again"))
    assert abs(first - again) < 0.01


def test_what_is_not_recorded_is_named():
    with pytest.raises(FileNotFoundError, match=r"'structures/ag26.xyz' is not .*'structures/ag25-sh.xyz'"):
        relaxed("ag26")
