"""The balance of reactions: built ones, broken ones, and those that the papers print."""

from pathlib import Path

import molmass
import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from supracrystal.spectra import FormulaError, Species, balance, family, parse

PRINTED = yaml.safe_load(
    (Path(__file__).parents[2] / "data" / "spectra" / "reactions.yaml").read_text("utf8")
)
FORMULAS = {"Ag": "Ag", "Au": "Au", "Pt": "Pt", "BDT": "C6H4S2", "DMBT": "C8H9S"}
SYMBOLS = tuple(FORMULAS)


@st.composite
def splits(draw):
    """Return a parent and two fragments that have together what the parent has."""
    counts = st.lists(st.integers(0, 30), min_size=5, max_size=5)
    first, second = (draw(counts.filter(any)) for _ in range(2))
    charges = draw(st.integers(-4, 2)), draw(st.integers(-4, 2))
    total = [a + b for a, b in zip(first, second, strict=True)]
    return [written(n, z) for n, z in zip((total, first, second), (sum(charges), *charges), strict=True)]


def written(counts, charge):
    """Return the formula of a species, built as text."""
    core = "".join(f"({symbol}){n}" for symbol, n in zip(SYMBOLS, counts, strict=True) if n)
    return f"[{core}]" + (f"{abs(charge)}{'+' if charge > 0 else '-'}" if charge else "")


def literal(formula):
    """Return the average mass of an ion by molmass and its standard atomic weights, ligands spelled out."""
    species = parse(formula)
    atoms = "".join(f"({FORMULAS[symbol]}){n}" for symbol, n in species.counts.items())
    return molmass.Formula(atoms).mass - species.charge * molmass.ELECTRON.mass


@settings(deadline=None, derandomize=True, max_examples=20)
@given(splits())
def test_what_is_split_balances(split):
    parent, first, second = split
    text = f"{parent} -> {first} + {second}"
    assert balance.check(text).verdict == "balanced"
    assert balance.missing(text) == ("", "")
    assert balance.repairs(text).empty
    table = balance.balance(text)
    assert table["difference"].abs().max() < 1e-6
    assert table["before"]["mass"] == pytest.approx(literal(parent), rel=1e-5)


@settings(deadline=None, derandomize=True, max_examples=20)
@given(splits())
def test_rest_of_a_parent_is_the_other_fragment(split):
    parent, first, second = split
    rest = balance.complement(parent, first)
    assert (rest.counts, rest.charge) == (parse(second).counts, parse(second).charge)
    left, right = balance.missing(f"{parent} -> {first} + …")
    assert (left, parse(right).counts) == ("", parse(second).counts)
    assert balance.check(f"{parent} -> {first} + ...").verdict == "possible"


@settings(deadline=None, derandomize=True, max_examples=20)
@given(splits(), st.sampled_from(SYMBOLS), st.integers(1, 3))
def test_one_slip_of_the_pen_is_found_and_repaired(split, symbol, number):
    parent, first, second = split
    true = parse(second)
    other = dict(true.parts)
    other[symbol] = other.get(symbol, 0) + number
    wrong = Species(tuple(other.items()), true.charge)
    text = f"{parent} -> {first} + {wrong}"
    assert balance.check(text).verdict == "atoms"
    assert balance.balance(text)["difference"][symbol] == -number
    assert balance.missing(text)[0] in (f"({symbol}){number}", f"({symbol})", f"{symbol}{number}", symbol)
    repaired = [parse(each) for each in balance.repairs(text)["instead"]]
    assert (true.counts, true.charge) in [(each.counts, each.charge) for each in repaired]
    for line in balance.repairs(text)["reaction"]:
        assert balance.check(line).verdict == "balanced"


@settings(deadline=None, derandomize=True, max_examples=20)
@given(splits(), st.integers(-3, 3).filter(bool))
def test_wrong_charge_is_found_and_electrons_are_off_by_as_many(split, change):
    parent, first, second = split
    wrong = Species(parse(second).parts, parse(second).charge + change)
    assume(first != str(wrong))
    text = f"{parent} -> {first} + {wrong}"
    assert balance.check(text).verdict == "charge"
    difference = balance.balance(text)["difference"]
    assert (difference["charge"], difference["electrons"]) == (-change, change)
    assert (difference.drop(["charge", "electrons", "mass"]) == 0).all()
    assert all(balance.check(line).verdict == "balanced" for line in balance.repairs(text)["reaction"])


# What stands in the papers


@pytest.mark.parametrize("line", PRINTED["reactions"], ids=lambda line: line["reaction"])
def test_slip_is_explained_where_the_code_finds_one_and_nowhere_else(line):
    found = balance.check(line["reaction"], where=PRINTED["papers"][line["paper"]])
    fails = found.verdict in ("charge", "atoms") or found.fewest < 0
    assert fails == ("slip" in line)


@pytest.mark.parametrize("line", PRINTED["windows"], ids=lambda line: line["place"])
def test_window_is_explained_where_a_species_lies_outside(line):
    where = PRINTED["papers"][line["paper"]]
    ranges = {"x": range(line["x"][0], line["x"][1] + 1)} if "x" in line else {}
    species = [each for formula in line["formulas"] for each in family(formula, where=where, **ranges)]
    assert balance.window(species, line["lower"], line["upper"])["inside"].all() == ("slip" not in line)


@pytest.mark.parametrize(
    ("text", "repair"),
    [
        # One L' too few in the fragment: (x, y) = (2, 3) for (2, 2).
        ("[Ag53L12L'16]3- -> [Ag52L12L'13]2- + [AgL'2]-", "[Ag52L12L'14]2- + [AgL'2]-"),
        # A neutral loss leaves the charge.
        ("[Ag24L9]2- -> [Ag22L8]- + Ag2L", "[Ag22L8]2- + Ag2L"),
        # A sign.
        ("[Ag25L'18]- -> Ag24L'16 + [AgL'2]+", "Ag24L'16 + [AgL'2]-"),
        # A charge that is not printed.
        ("[Ag54L12L'18]4- -> [Ag52L12L'15]3- + Ag2L'3", "[Ag52L12L'15]3- + [Ag2L'3]-"),
        ("[PdAg53L12L'18]5- -> [PdAg53L12L'16]3- + 2 L'", "[PdAg53L12L'16]3- + 2 [L']-"),
        ("[PtAg53L12L'18]5- -> [PtAg52L12L'15]3- + AgL'3", "[PtAg52L12L'15]3- + [AgL'3]2-"),
    ],
)
def test_repair_of_a_slip_comes_first(text, repair):
    where = PRINTED["papers"]["acharya2025"]
    found = balance.check(text, where=where).repair.split(" -> ")[1].split(" + ")
    numbers, wanted = (
        [each.split(" ")[0] for each in side if " " in each] for side in (found, repair.split(" + "))
    )
    assert numbers == wanted
    species = [
        [parse(each.split(" ")[-1], where=where) for each in side] for side in (found, repair.split(" + "))
    ]
    assert [(s.counts, s.charge) for s in species[0]] == [(s.counts, s.charge) for s in species[1]]


def test_electrons_are_those_of_each_species():
    where = PRINTED["papers"]["acharya2025"]
    electrons = [
        balance.check(text, where=where).electrons
        for text in (
            "[Ag53L12L'16]3- -> [Ag31L12L']2- + [Ag22L'15]-",
            "[Ag53L12L'16]3- -> [Ag30L12H]2- + …",
            "[PdAg53L12L'18]5- -> [PdAg53L12L'16]3- + 2 L'",
            "[Ag54L12L'18]4- -> [Ag54L12L'16]3- + …",
        )
    ]
    assert electrons == ["16 → 8 + 8", "16 → 9 + (7)", "16 → 16 − 2 × 1", "16 → 17 + (−1)"]


def test_elements_may_come_out_of_ligands_and_ligands_may_not():
    verdicts = [
        balance.check(f"[Ag53(BDT)12(DMBT)16]3- -> {product} + …").verdict
        for product in (
            "[Ag30(BDT)12H]2-",
            "[Ag9(DMBT)4S3]-",
            "[Ag24(DMBT)17]-",
            "[Ag30Na(BDT)12]-",
            "[Ag54]-",
        )
    ]
    assert verdicts == ["possible if a ligand breaks"] * 2 + ["atoms"] * 3


def test_fragment_that_is_no_part_of_its_parent_is_refused():
    with pytest.raises(ValueError, match=r"no fragment of .*16\]3-: it has 2 DMBT more"):
        balance.complement("[PtAg53(BDT)12(DMBT)16]3-", "[PtAg24(DMBT)18]2-")
    with pytest.raises(FormulaError, match="arrow"):
        balance.check("[Ag29(BDT)12]3-")


def test_mass_of_a_ligand_without_composition_is_not_a_number():
    text = "[Ag25(SR)18]- -> [Ag24(SR)16] + [Ag(SR)2]-"
    assert balance.check(text).verdict == "balanced"
    assert balance.check("[Ag25(SR)18]- -> [Ag24(SR)16S]2- + …").verdict == "atoms"
    table = balance.balance(text)
    assert table.loc["mass"].isna().all()
    assert (table.drop("mass")["difference"] == 0).all()


def test_missing_prime_is_found_by_the_mass():
    found = balance.misprints("[PtAg9(BDT)4S3]-", 1810, ligands=["BDT", "DMBT", "PET", "SPh"])
    assert found["formula"].tolist() == ["[PtAg9(DMBT)4S3]-", "[PtAg9(PET)4S3]-"]
    right = balance.misprints("[Ag53(BDT)12(DMBT)16]3-", 3198)
    assert right["formula"].tolist() == ["[Ag53(BDT)12(DMBT)16]3-"]
