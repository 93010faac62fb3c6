"""The reasoning behind the claims on structures: distances by hand, and a peak as wide as is said."""

import math

import pytest

from supracrystal.claims import acharya2025 as claims_structures
from supracrystal.clusters import directory, relaxed

NAMES = {"Ag": "ag25-sh", "Au": "auag24-sh", "Pd": "pdag24-sh"}


def around(name, shell):
    atoms = relaxed(name)
    names = atoms.arrays["shell"].tolist()
    centre = atoms.positions[names.index("centre")]
    return [math.dist(centre, atoms.positions[k]) for k, each in enumerate(names) if each == shell]


@pytest.mark.parametrize("shell", ["core", "staple"])
def test_palladium_holds_its_silver_by_more_than_the_relaxations_leave_open(shell):
    mean = {metal: sum(found) / len(found) for metal, name in NAMES.items() if (found := around(name, shell))}
    assert claims_structures.tightest(list(NAMES.values()), shell) == min(mean, key=mean.get) == "Pd"
    assert min(mean["Ag"], mean["Au"]) - mean["Pd"] > 0.01


@pytest.mark.parametrize("reach", [1.1, 1.25, 1.5])
def test_twelve_neighbours_do_not_depend_on_the_reach(reach):
    assert claims_structures.coordination(["ag25-sh", "ag29-bdt", "au25-sch3"], reach) == [12, 12, 12]


def test_wider_peaks_hold_more_isomers(monkeypatch):
    monkeypatch.setattr(claims_structures, "_areas", lambda *_: (700.0, 600.0, 606.0, 611.9, 614.0))
    found = [claims_structures.isomers_in_one_peak("", "", 5, power) for power in (1000, 90, 50, 2)]
    assert found == [1, 2, 3, 5]


def test_what_is_not_recorded_is_named():
    with pytest.raises(FileNotFoundError, match=r"'ag26.xyz' is not recorded in .*'ag25-sh'"):
        relaxed("ag26")
    assert (directory() / "ag25-sh.xyz").is_file()
