"""Compositions within bounds against a loop over all of them, and printed species."""

import molmass
import pytest
import reference
from hypothesis import given, settings
from hypothesis import strategies as st

from supracrystal.spectra import FormulaError, bounds, charges, electron_count, parse
from supracrystal.spectra.candidates import candidates

ELEMENTS = {
    **{metal: {metal: 1} for metal in ("Ag", "Au", "Pd", "Pt")},
    "BDT": {"C": 6, "H": 4, "S": 2},
    "DMBT": {"C": 8, "H": 9, "S": 1},
    "Na": {"Na": 1},
    "H": {"H": 1},
}
ELECTRONS = {"Ag": 1, "Au": 1, "Pd": 0, "Pt": 0, "BDT": -2, "DMBT": -1, "Na": 1, "H": 1}
MASS = {
    element: sum(isotope.mass * isotope.abundance for isotope in molmass.ELEMENTS[element].isotopes.values())
    / sum(isotope.abundance for isotope in molmass.ELEMENTS[element].isotopes.values())
    for element in ("Ag", "Au", "Pd", "Pt", "C", "H", "S", "Na")
} | {"-": molmass.ELECTRON.mass}


def plain(species):
    return {(frozenset(each.counts.items()), each.charge) for each in species}


@st.composite
def limits(draw):
    def some(symbols, low, high):
        chosen = draw(st.lists(st.sampled_from(symbols), min_size=1, max_size=2, unique=True))
        first = {symbol: draw(st.integers(low, high)) for symbol in chosen}
        return {symbol: range(n, n + draw(st.integers(1, 4))) for symbol, n in first.items()}

    adducts = some(["Na", "H"], -6, 2)
    low = draw(st.floats(100, 4000))
    return {
        "metals": some(["Ag", "Au", "Pd", "Pt"], 0, 30),
        "ligands": some(["BDT", "DMBT"], 0, 18),
        "adducts": adducts,
        "charges": draw(
            st.lists(st.sampled_from([-4, -3, -2, -1, 1, 2]), min_size=1, max_size=3, unique=True)
        ),
        "electrons": draw(st.lists(st.integers(-10, 30), min_size=1, max_size=12)),
        "mz": (low, low + draw(st.floats(1, 3000))),
    }


@settings(deadline=None, derandomize=True, max_examples=60)
@given(limits())
def test_all_that_lie_within_and_nothing_else(given_):
    found = candidates(**given_)
    numbers = given_["metals"] | given_["ligands"] | given_["adducts"]
    core = set(given_["metals"]) | set(given_["ligands"])
    expected = reference.compositions_within(
        numbers, ELEMENTS, ELECTRONS, given_["charges"], given_["electrons"], given_["mz"], MASS
    )
    # A bare adduct is no cluster.
    expected = {(counts, z) for counts, z in expected if any(symbol in core for symbol, _ in counts)}
    assert plain(found) == expected
    assert len(found) == len(expected)
    assert all(parse(str(each)) == each for each in found)
    assert all(electron_count(each, negative=True) in given_["electrons"] for each in found)


def test_no_filter_gives_the_product_of_the_bounds():
    found = candidates("Ag:1-7,Au:0-2", "BDT:0-3", [-1, -2], adducts="Na:0-1")
    assert len(found) == len(set(found)) == 7 * 3 * 4 * 2 * 2


def test_order_of_symbols_changes_only_the_order_of_species():
    one = candidates({"Ag": range(9, 12), "Au": (0, 1)}, {"BDT": 4}, [-1], electrons=[1, 2, 3])
    other = candidates({"Au": (0, 1), "Ag": (11, 9, 10, 9)}, {"BDT": 4}, -1, electrons={3, 2, 1})
    assert plain(one) == plain(other) and len(one) == len(other)


@pytest.mark.parametrize(
    "text",
    [
        "[Ag53(BDT)12(DMBT)16]3-",
        "[Ag52(BDT)12(DMBT)15]3-",
        "[AuAg52(BDT)12(DMBT)16]3-",
        "[AuAg51(BDT)12(DMBT)15]3-",
        "[Ag31(BDT)12(DMBT)]2-",
        "[Ag22(DMBT)15]-",
        "[Ag29(BDT)12]3-",
    ],
)
def test_printed_species_are_among_the_closed_shells(text):
    found = candidates(
        "Ag:10-54,Au:0-1", {"BDT": range(13), "DMBT": range(19)}, charges("1-,2-,3-"), electrons=[8, 16]
    )
    assert plain([parse(text)]) <= plain(found)


def test_aliases_are_the_ligands_that_they_stand_for():
    assert candidates({"Au": 44}, {"pMBA": 26}, [-2]) == [parse("[Au44(p-MBA)26]2-")]


@given(
    st.dictionaries(
        st.sampled_from(["Ag", "Au", "BDT", "p-MBA", "H"]),
        st.tuples(st.integers(-99, 99), st.integers(0, 50)),
        min_size=1,
    )
)
@settings(deadline=None, derandomize=True)
def test_bounds_are_read_as_written(ranges):
    text = ", ".join(f"{symbol}:{low}-{low + size}" for symbol, (low, size) in ranges.items())
    assert bounds(text) == {symbol: range(low, low + size + 1) for symbol, (low, size) in ranges.items()}


@pytest.mark.parametrize(
    "text", ["Ag", "Ag:", "Ag:3-1", "Ag:1-2-3", "Ag:x", ":3", "Ag:1,Ag:2", "Ag:1.5", "Ag 3"]
)
def test_bounds_that_cannot_be_read(text):
    with pytest.raises(ValueError, match=r"not of the form|runs down|twice"):
        bounds(text)


@pytest.mark.parametrize("text", ["", "0-", "3", "3-2", "a-", "3--", "3-,,2-"])
def test_charges_that_cannot_be_read(text):
    with pytest.raises(ValueError, match="charge"):
        charges(text)


def test_charges_have_their_sign_behind_or_in_front():
    assert charges("3-, 2−,+, -,-4,1+") == [-3, -2, 1, -1, -4, 1]


@pytest.mark.parametrize(
    ("changed", "error", "message"),
    [
        ({"charges": []}, ValueError, "at least one"),
        ({"charges": [-1, 0]}, ValueError, "none is 0"),
        ({"mz": (3000, 2000)}, ValueError, "window"),
        ({"metals": {"Ag": range(-1, 3)}}, ValueError, "not negative"),
        ({"metals": {"Ag": range(3, 3)}}, ValueError, "whole numbers"),
        ({"metals": {"Ag": 1.5}}, ValueError, "whole numbers"),
        ({"metals": {"Ag": 3, "BDT": 2}}, ValueError, "both a metal and a ligand"),
        ({"metals": ["Ag"]}, TypeError, "dict"),
        ({"metals": {"Xx": 3}}, FormulaError, "Xx"),
        ({"ligands": {"SR": 3}}, ValueError, "composition"),
        (
            {"metals": {"Ag": range(60), "Au": range(9)}, "limit": 99},
            ValueError,
            "540 species.*of Ag .60 numbers",
        ),
        (
            {"metals": {"Ag": range(400), "Au": range(200), "Pd": range(100)}},
            ValueError,
            "8e.06 compositions.*Ag",
        ),
    ],
    ids=str,
)
def test_bounds_that_make_no_sense(changed, error, message):
    with pytest.raises(error, match=message):
        candidates(**{"metals": {"Ag": range(3, 9)}, "ligands": {"BDT": 2}, "charges": [-1]} | changed)
