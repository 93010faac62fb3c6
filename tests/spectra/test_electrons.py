"""Superatom electrons of every species in the papers: as printed, and by counting sulfur atoms."""

import molmass
import numpy as np
import pytest
import reference
from hypothesis import given
from hypothesis import strategies as st

from supracrystal.spectra import (
    LIGANDS,
    Species,
    electron_count,
    feeding_electrons,
    formula,
    known_electrons,
    parse,
    read_ligands,
)

WHERE = {"L": "BDT", "L'": "DMBT", "Q": "p-MBA"}

# Acharya et al. (2025): the 8 e parents, the 16 e and 15 e dimers, what leaves them and what is left.
ACHARYA = {
    8: [
        "[Ag29L12]3-", "[AuAg28L12]3-", "[PdAg28L12]4-", "[PtAg28L12]4-", "[Ag25L'18]-", "[AuAg24L'18]-",
        "[PdAg24L'18]2-", "[PtAg24L'18]2-", "[PtAg23L'16]-", "[PdAg23L'16]-", "[Ag22L'15]-",
        "[AuAg21L'15]-", "[Ag19L'12]-", "[AuAg18L'12]-", "[Ag24L9]2-", "[Ag21L7]-", "[Ag22L8]2-",
        "[Ag31L12L']2-", "[Ag30L12]2-", "[Ag29L12H]2-",
    ],
    16: [
        "[Ag54L12L'18]4-", "[AuAg53L12L'18]4-", "[PdAg53L12L'18]5-", "[PtAg53L12L'18]5-",
        "[Ag54L12L'18H]3-", "[Ag54L12L'17]3-", "[Ag53L12L'16]3-", "[Ag52L12L'15]3-", "[AuAg53L12L'17]3-",
        "[AuAg52L12L'16]3-", "[AuAg51L12L'15]3-", "[PdAg53L12L'16]3-", "[PtAg53L12L'16]3-",
        "[PdAg52L12L'15]3-", "[PtAg52L12L'15]3-",
    ],
    15: ["[PdAg52L12L'16]3-", "[PtAg52L12L'16]3-"],
    0: ["[AgL'2]-", "[Ag2L'3]-", "[Ag3L'4]-", "[Ag5L3]-", "[Ag3L2]-", "Ag2L", "Ag3L'3"],
    # As printed, a proton more than the closed shell of [Ag30L12]2-.
    9: ["[Ag30L12H]2-"],
}  # fmt: skip
# Lin et al. (2022): 18 and 20 electrons.
LIN = {
    18: [
        "[Ag44(SR)30]4-", "[Ag44Q30]4-", "[Ag43Q28]3-", "[Au12Ag32Q30]4-", "[Au12Ag32Q29Cl]4-",
        "[Ag44Q27Cl3]4-", "[Ag44Q25(NTP)5]4-", "[Ag44Q21(NTP)9]4-",
    ],
    20: [
        "[Au44(SR)26]2-", "[Au44Q26]2-", "[Au44Q26+12Na-16H]6-", "[Au44Q26+12Na-17H]7-",
        "[Au44Q26+11Na-17H]8-", "[Au43AgQ26-H]3-", "[Au21Ag23Q27]3-", "[Au21Ag23Q27-H]4-",
    ],
    0: ["[AuQ2]-"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "count"),
    [(text, count) for paper in (ACHARYA, LIN) for count, texts in paper.items() for text in texts],
)
def test_electrons_of_the_papers(text, count):
    assert electron_count(parse(text, where=WHERE)) == count


@pytest.mark.parametrize(
    "text", [text for paper in (ACHARYA, LIN) for texts in paper.values() for text in texts]
)
def test_electrons_by_counting_the_sulfur_that_molmass_finds(text):
    species = parse(text, where={**WHERE, "SR": "SCH3"})
    written = "".join(f"{symbol}{count}" for symbol, count in formula.elements(species).items())
    atoms = {item.symbol: item.count for item in molmass.Formula(written).composition().values()}
    # Protons that come or go are not in the ligands; each is an electron with its charge.
    protons = species.counts.get("H", 0)
    assert electron_count(species) == reference.electrons_by_sulfur(atoms, species.charge) + protons


def test_alloy_families_keep_their_electrons_over_all_compositions():
    for text, count in {
        "[AuxAg44-x(SR)30]4-": 18,
        "[AuxAg44-x(SR)27]3-": 20,
        "[AuxAg44-x(SR)26]2-": 20,
    }.items():
        assert {electron_count(each) for each in formula.family(text, x=range(45))} == {count}


@pytest.mark.parametrize(("metal", "more"), [("Ag", 1), ("Au", 1), ("Pd", 2), ("Pt", 2)])
def test_dimers_with_three_charges_have_sixteen_electrons_on_one_line_of_losses(metal, more):
    """[MAg53-xL12L'18-y]3- has 16 electrons for y = x + 1 (Ag, Au) or x + 2 (Pd, Pt), and no others."""
    for x in range(4):
        for y in range(7):
            (dimer,) = formula.family("[MAg53-xL12L'18-y]3-", x=x, y=y, where={**WHERE, "M": metal})
            assert (electron_count(dimer) == 16) == (y == x + more)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        # Clusters that Walter et al. (2008) count.
        ("Au102(p-MBA)44", 58),
        ("[Au39(PPh3)14Cl6]-", 34),
        ("[Au25(SR)18]-", 8),
        ("Au11(PPh3)7Cl3", 8),
        ("[Au13(PPh3)10Cl2]3+", 8),
        # A sulfide takes two.
        ("[PtAg9(DMBT)4S3]-", 0),
        ("Ag2S", 0),
        # Cations bring what their charge takes.
        ("Na+", 0),
        ("NH4+", 0),
        ("H+", 0),
        ("Ag+", 0),
        ("[Ag29(BDT)12(PPh3)4]3-", 8),
        ("[(107Ag)29(BDT)12]3-", 8),
    ],
)
def test_electrons_of_other_species(text, count):
    assert electron_count(text) == count


@given(
    counts=st.dictionaries(st.sampled_from([*LIGANDS, "Ag", "Au", "Pd"]), st.integers(1, 60), min_size=1),
    charge=st.integers(-9, 9),
    attached=st.sampled_from(
        ["H+", "Na+", "Cs+", "NH4+", "PPh4+", "Cl-", "[Ag(DMBT)2]-", "PPh3", "Ag2(BDT)"]
    ),
)
def test_closed_shells_that_attach_bring_no_electrons(counts, charge, attached):
    # An anion with thiolates enough to hold each H as a proton: hydrides are counted otherwise.
    species = Species(tuple({**counts, "SR": 61}.items()), charge - 10)
    before = electron_count(species, negative=True)
    assert electron_count(species + parse(attached), negative=True) == before


@given(charge=st.integers(-9, 9), more=st.integers(0, 9))
def test_each_charge_is_an_electron(charge, more):
    parts = parse("Ag29(BDT)12").parts
    fewer = electron_count(Species(parts, charge + more), negative=True)
    assert electron_count(Species(parts, charge), negative=True) - fewer == more


def test_symbol_without_electrons_is_refused():
    with pytest.raises(ValueError, match=r"^\[Ag2C\]-: C has no electrons to count; metals are Cu, Ag, Au"):
        electron_count("[Ag2C]-")


def test_ligands_of_users_take_what_they_say(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("T3: {name: a trithiolate, formula: C9H9S3, denticity: 3, electrons: 3, charge: -3}")
    assert electron_count("[Ag29(T3)8]3-", ligands=read_ligands(path)) == 29 - 24 + 3


# Lin et al. (2022), at the ratios of the text: below 19 electrons on average the products have 18, else 20.
PRODUCTS = dict.fromkeys((1 / 40, 1 / 10, 1 / 4, 1 / 3, 1 / 2), 18)
PRODUCTS |= dict.fromkeys((2, 3, 4, 5, 6, 8, 10, 20, 30, 40), 20)


def test_feeding_electrons_tell_the_products_apart():
    for ratio, count in PRODUCTS.items():
        assert (feeding_electrons(ratio) < 19) == (count == 18)
        # 44 R gold clusters of 20 electrons among 1 + R.
        assert feeding_electrons(ratio) == pytest.approx(np.average([20, 18], weights=[ratio, 1]))


def test_feeding_electrons_of_many_ratios():
    found = feeding_electrons(np.array([0, 1, 1e9]))
    assert found == pytest.approx([18, 19, 20])
    with pytest.raises(ValueError, match="ratio is -1"):
        feeding_electrons(-1)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        # Hydrides as the literature counts them; thiolates by composition; gold of Takano et al. (2018).
        ("[Cu25H22(PPh3)12]+", 2),
        ("[HAu9(PPh3)8]2+", 8),
        ("Au25(SC8H9)18", 7),
        ("[Au25(SC8H17)18]-", 8),
        ("[Ag44(SePh)30]4-", 18),
        ("[Ag44(SPhF2)30]4-", 18),
        ("[Ag25(CCPh)18]-", 8),
        ("Ag16(OAc)8", 8),
        ("TOA+[Au25(PET)18]-", 8),
        ("[Au25(PPh3)10(SC2H4Ph)5Cl2]2+", 16),
        ("[Ag29(BDT)12H]2-", 8),
    ],
)
def test_electrons_as_the_literature_counts_them(text, count):
    assert electron_count(text) == count


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[Ag18H16(PPh3)10]2+", "16 H in a cluster of silver have no agreed count: 0 .* takes one, 32"),
        ("[Ag40(DMBT)24(PPh3)8H12]2+", "12 H in a cluster of silver have no agreed count: 2 .*, 26 if"),
        ("Ag44(p-MBA)304", "-260 superatom electrons: the ligands and the charge take more"),
        ("[AuCl4]-", "-2 superatom electrons"),
        ("[Ag2]8+", "-6 superatom electrons"),
    ],
)
def test_no_count_has_a_reason(text, reason):
    with pytest.raises(ValueError, match=reason):
        electron_count(text)
    assert known_electrons(text) is None
