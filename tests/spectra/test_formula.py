"""Formulas of clusters against a literal reading, molmass, printed m/z, and what chemists write."""

import pickle
import re

import ase.data
import molmass
import pytest
import reference
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.mathtext import MathTextParser

from supracrystal.spectra import LIGANDS, FormulaError, Species, formula, parse, read_ligands
from supracrystal.spectra.ligands import ELEMENTS

ACHARYA = {"L": "BDT", "L'": "DMBT"}
METALS = ["Ag", "Au", "Pd", "Pt", "Cu"]
NAMED = sorted(name for name in LIGANDS if name not in ELEMENTS)
ISOTOPES = ["107Ag", "109Ag", "2H", "13C", "197Au", "194Pt"]

symbols = st.sampled_from([*ELEMENTS, *NAMED, *ISOTOPES])
number = st.one_of(st.integers(1, 120), st.integers(1, 1_000_000))
parts = st.lists(st.tuples(symbols, number), min_size=1, max_size=6, unique_by=lambda part: part[0])
units = st.lists(
    st.tuples(symbols, st.integers(1, 60)), min_size=1, max_size=3, unique_by=lambda part: part[0]
)
adducts = st.lists(
    st.tuples(units, st.integers(-120, 120).filter(bool)),
    max_size=3,
    unique_by=lambda each: tuple(each[0]) if len(each[0]) > 1 else each[0][0][0],
)


@st.composite
def species(draw):
    """Draw any species: elements, isotopes, ligands, units attached and lost, charges of either sign."""
    attached = tuple((str(Species(tuple(unit))), count) for unit, count in draw(adducts))
    return Species(tuple(draw(parts)), draw(st.integers(-20, 20)), attached)


# Round trips.


@settings(max_examples=400)
@given(cluster=species())
def test_text_is_read_back_as_the_same_species(cluster):
    assert parse(str(cluster)) == cluster
    assert str(parse(str(cluster))) == str(cluster)


@settings(max_examples=100)
@given(cluster=species())
def test_latex_and_html_without_their_marks_are_read_back(cluster):
    latex = formula.latex(cluster)
    bare = re.sub(r"\\(?:mathrm|text)\{([^{}]*)\}", r"\1", re.sub(r"\\text\{-\}", "-", latex)).replace(
        "{}", ""
    )
    assert parse(bare) == cluster
    html = formula.html(cluster)
    marks = {"<sub>": "_{", "</sub>": "}", "<sup>": "^{", "</sup>": "}", "&#x27;": "'"}
    assert parse(re.sub("<[^<>]+>|&#x27;", lambda mark: marks[mark[0]], html)) == cluster


@settings(max_examples=60)
@given(cluster=species(), data=st.data())
def test_every_way_of_writing_counts_and_charges_is_read_alike(cluster, data):
    lowered = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
    raised = str.maketrans("0123456789+-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻")
    core, charge = re.fullmatch(r"(.*?)(?:(?<=[\]a-z])([0-9]*[+-]))?", str(cluster)).groups()
    counts = [str, "_{{{}}}".format, "_{}".format, "_{{ {} }}".format, lambda text: text.translate(lowered)]
    text = re.sub(
        r"(?<=[A-Za-z)])[0-9]+(?![A-Za-z0-9',-]*\))",
        lambda match: data.draw(st.sampled_from(counts))(match[0]),
        core,
    )
    charges = ["^{{{}}}".format, "^{}".format, lambda text: text.translate(raised), lambda text: text]
    if charge:
        text += data.draw(st.sampled_from(charges))(charge)
    dashes = [str, lambda text: re.sub(r"-(?![A-Z])", "−", text), lambda text: f"  {text}\u00a0"]
    assert parse(data.draw(st.sampled_from(dashes))(text)) == cluster


def test_latex_is_drawn_by_matplotlib():
    parser = MathTextParser("path")
    for text in ("[Au44(p-MBA)26+12Na-16H]6-", "[(107Ag)29(BDT)12]3-", "H+", "Au25(SR)18"):
        assert parser.parse(f"${formula.latex(text)}$").width > 10


def test_text_latex_and_html_of_the_sodium_adduct():
    cluster = parse("[Au44(p-MBA)26+12Na-16H]6-")
    assert str(cluster) == "[Au44(p-MBA)26+12Na-16H]6-"
    assert formula.html(cluster) == ("[Au<sub>44</sub>(p-MBA)<sub>26</sub> + 12Na − 16H]<sup>6−</sup>")
    assert formula.latex(cluster) == (
        r"[\mathrm{Au}_{44}(\mathrm{p\text{-}MBA})_{26} + 12\mathrm{Na} - 16\mathrm{H}]^{6-}"
    )
    assert formula.html("[(107Ag)29(BDT)12]3-").startswith("[<sup>107</sup>Ag<sub>29</sub>(BDT)")


# What is read.

PRINTED = {
    "[Ag53L12L'16]3-": ({"Ag": 53, "BDT": 12, "DMBT": 16}, -3),
    "[MAg_{52}L_{12}L′_{16}]^{3−}": ({"Pd": 1, "Ag": 52, "BDT": 12, "DMBT": 16}, -3),
    "[Ag₂₉(BDT)₁₂]³⁻": ({"Ag": 29, "BDT": 12}, -3),
    "[ Ag_29 (1,3-BDT)_12 ] ^3–": ({"Ag": 29, "BDT": 12}, -3),
    "[Ag25(2,4-DMBT)18]-": ({"Ag": 25, "DMBT": 18}, -1),
    "Ag53BDT12DMBT16": ({"Ag": 53, "BDT": 12, "DMBT": 16}, 0),
    "[Ag44(p−MBA)30]4−": ({"Ag": 44, "p-MBA": 30}, -4),
    "[Ag44(SC6H4COOH)30]4-": ({"Ag": 44, "p-MBA": 30}, -4),
    "[Ag44(pMBA)25NTP5]4-": ({"Ag": 44, "p-MBA": 25, "NTP": 5}, -4),
    "[Ag29(BDT)12(TPP)4]3-": ({"Ag": 29, "BDT": 12, "PPh3": 4}, -3),
    "[Au12Ag32(p-MBA)29Cl]4-": ({"Au": 12, "Ag": 32, "p-MBA": 29, "Cl": 1}, -4),
    "[Au25(SCH2CH2Ph)18]-": ({"Au": 25, "PET": 18}, -1),
    "[Au25(SR)18]0": ({"Au": 25, "SR": 18}, 0),
    "[Au25(SR)18]^0": ({"Au": 25, "SR": 18}, 0),
    "[Au25(SR)18]⁰": ({"Au": 25, "SR": 18}, 0),
    "Au25(SR)18-": ({"Au": 25, "SR": 18}, -1),
    "[{(AgL')3}2PtAg23(SR)4Ag]-": ({"Ag": 30, "DMBT": 6, "Pt": 1, "SR": 4}, -1),
    "[Ag29L12 + H]2-": ({"Ag": 29, "BDT": 12, "H": 1}, -2),
    "[Ag29L12H]2-": ({"Ag": 29, "BDT": 12, "H": 1}, -2),
    "[Ag29L12]3- + H+": ({"Ag": 29, "BDT": 12, "H": 1}, -2),
    "[Ag29L12H]2- - H+": ({"Ag": 29, "BDT": 12}, -3),
    "[Ag53L12L'16]3- - [AgL'2]-": ({"Ag": 52, "BDT": 12, "DMBT": 14}, -2),
    "[Ag53L12L'16-AgL'2]2-": ({"Ag": 52, "BDT": 12, "DMBT": 14}, -2),
    "[Ag53L12L'16]3--2[AgL'2]-": ({"Ag": 51, "BDT": 12, "DMBT": 12}, -1),
    "[Au44(p-MBA)26 + 12 Na – 16 H]6–": ({"Au": 44, "p-MBA": 26, "Na": 12, "H": -16}, -6),
    "[Au44(p-MBA)26]2- + 12Na+ - 16H+": ({"Au": 44, "p-MBA": 26, "Na": 12, "H": -16}, -6),
    "[Au44(SR)26]2- - H+": ({"Au": 44, "SR": 26, "H": -1}, -3),
    "[107Ag]29(BDT)12": ({"107Ag": 29, "BDT": 12}, 0),
    "[107Ag29(BDT)12]3-": ({"107Ag": 29, "BDT": 12}, -3),
    "[^{107}Ag29^109Ag2 ¹⁹⁷Au]+": ({"107Ag": 29, "109Ag": 2, "197Au": 1}, 1),
    "107Ag29": ({"107Ag": 29}, 0),
    "H2^{18}O": ({"H": 2, "18O": 1}, 0),
    "H+": ({"H": 1}, 1),
    "NH4+": ({"NH4": 1}, 1),
    "Ag₂⁺": ({"Ag": 2}, 1),
    "Ag2^{2+}": ({"Ag": 2}, 2),
    "Ag2²⁺": ({"Ag": 2}, 2),
    "[Ag]2+": ({"Ag": 1}, 2),
    "[Ag2]+": ({"Ag": 2}, 1),
    "[Ag]2 - [Ag]": ({"Ag": 1}, 0),
    "[Ag2+Na-Na]+": ({"Ag": 2}, 1),
    "[Ag2+107(Ag)]": ({"Ag": 109}, 0),
    "[Ag2+2H]": ({"Ag": 2, "H": 2}, 0),
    "[Ag2+(2H)]": ({"Ag": 2, "2H": 1}, 0),
    "CoAgCAg": ({"Co": 1, "Ag": 2, "C": 1}, 0),
}


@pytest.mark.parametrize("text", PRINTED, ids=ascii)
def test_what_chemists_write_is_read(text):
    cluster = parse(text, where={**ACHARYA, "M": "Pd"})
    assert (cluster.counts, cluster.charge) == PRINTED[text]


def test_order_of_the_parts_is_kept_and_they_count_in_any_order():
    one, other = parse("[Ag29(BDT)12Na]2-"), parse("[Na(BDT)12Ag29]2-")
    assert str(one) != str(other)
    assert one != other
    assert one.counts == other.counts
    assert one == parse("[Ag20(BDT)12NaAg9]2-")


def test_names_that_swallow_elements_are_kept_apart():
    """SH and NH4 are ligands; sulfur beside hydrogen is written so that it stays sulfur and hydrogen."""
    assert parse("SH").counts == {"SH": 1}
    for pair in ((("S", 1), ("H", 1)), (("N", 1), ("H", 4)), (("S", 1), ("C", 1), ("H", 3))):
        assert parse(str(Species(pair))).parts == pair


def test_bracket_of_a_species_may_hold_a_species_of_brackets():
    assert parse("[[Ag29(BDT)12]+H]2-") == parse("[Ag29(BDT)12+H]2-")


@settings(max_examples=100)
@given(data=st.data())
def test_nested_groups_are_counted_as_by_writing_them_out(data):
    names = [*METALS, "BDT", "p-MBA", "Cl", "SR"]
    leaf = st.tuples(st.sampled_from(names), st.integers(1, 9)).map(
        lambda part: (
            (part[0] if part[0] in METALS else f"({part[0]})") + (str(part[1]) if part[1] > 1 else "")
        )
    )
    group = st.recursive(
        leaf,
        lambda inner: st.tuples(st.lists(inner, min_size=1, max_size=3), st.integers(1, 4)).map(
            lambda some: f"({''.join(some[0])}){some[1]}"
        ),
        max_leaves=6,
    )
    text = "".join(data.draw(st.lists(group, min_size=1, max_size=4)))
    assert parse(text).counts == reference.written_out(text, names)


# Families and reactions.


@pytest.mark.parametrize(
    "text",
    [
        "[Au_xAg_{44-x}(p-MBA)26]2-",
        "[AuxAg44-x(p-MBA)26]2-",
        "[AuₓAg₄₄₋ₓ(p-MBA)₂₆]²⁻",
        "[Au_{x}Ag_{-x + 44}M26]^{2-}",
    ],
)
def test_alloy_family_runs_over_all_compositions(text):
    found = formula.family(text, x=range(45), where={"M": "p-MBA"})
    assert len(found) == 45
    assert found[0] == parse("[Ag44(p-MBA)26]2-")
    assert found[44] == parse("[Au44(p-MBA)26]2-")
    for x, cluster in enumerate(found):
        assert cluster.counts.get("Au", 0) == x
        assert cluster.counts.get("Ag", 0) == 44 - x
        assert (cluster.counts["p-MBA"], cluster.charge) == (26, -2)


def test_families_of_several_variables_and_losses():
    shells = formula.family("[Ag44(p-MBA)30-y(NTP)y]4-", y=(0, 3, 5, 9))
    assert [cluster.counts.get("NTP", 0) for cluster in shells] == [0, 3, 5, 9]
    assert all(cluster.counts["p-MBA"] + cluster.counts.get("NTP", 0) == 30 for cluster in shells)
    dimers = formula.family("[MAg53-xL12L'18-y]3-", x=(0, 1), y=(1, 2, 3), where={**ACHARYA, "M": "Au"})
    assert [(cluster.counts["Ag"], cluster.counts["DMBT"]) for cluster in dimers] == [
        (53, 17), (53, 16), (53, 15), (52, 17), (52, 16), (52, 15)
    ]  # fmt: skip
    ladder = formula.family("[AgkL'k+1]-", k=range(1, 4), where=ACHARYA)
    assert [str(each) for each in ladder] == ["[Ag(DMBT)2]-", "[Ag2(DMBT)3]-", "[Ag3(DMBT)4]-"]
    sodium = formula.family("[Au44(p-MBA)26+xNa-16H]6-", x=(0, 12))
    protons = formula.family("[Au44(p-MBA)26+12Na - yH]6-", y=(15, 16))
    assert [str(each) for each in protons] == [f"[Au44(p-MBA)26+12Na-{y}H]6-" for y in (15, 16)]
    assert formula.family("[Au44(p-MBA)_{26}-yH]6-", y=16) == [parse("[Au44(p-MBA)26-16H]6-")]
    assert [str(each) for each in sodium] == ["[Au44(p-MBA)26-16H]6-", "[Au44(p-MBA)26+12Na-16H]6-"]
    deprotonated = formula.family("[AuxAg44-x(p-MBA)26-H]3-", x=43)
    assert [str(each) for each in deprotonated] == ["[Au43Ag(p-MBA)26-H]3-"]


@given(
    a=st.integers(0, 50), b=st.integers(0, 3), c=st.integers(0, 3), x=st.integers(0, 9), y=st.integers(0, 9)
)
def test_counts_are_linear_in_the_variables(a, b, c, x, y):
    text = f"Pt_{{{a}+{b}x+{c}y}}Ag"
    (cluster,) = formula.family(text, x=x, y=y)
    assert cluster.counts == {symbol: n for symbol, n in (("Pt", a + b * x + c * y), ("Ag", 1)) if n}


@pytest.mark.parametrize(
    ("text", "ranges", "message", "place"),
    [
        ("[AuxAg44-x]-", {"x": range(50)}, "the count is -1 for x = 45", 6),
        ("Ag_{44-x}", {"y": [1]}, "'x' has no value here", 2),
        ("Ag29", {"x": [1]}, "no count has the variable 'x'", 4),
        ("Agx", {"x": [0]}, "all counts are 0", 0),
        ("Ag_{x*2}", {"x": [1]}, "'x*2' is no count", 2),
        ("Ag_{}", {"x": [1]}, "'' is no count", 2),
        ("Agx", {"x": [10**9]}, "the count is 1000000000 for x", 2),
    ],
)
def test_family_that_cannot_be(text, ranges, message, place):
    with pytest.raises(FormulaError, match=re.escape(message)) as caught:
        formula.family(text, **ranges)
    assert caught.value.place == place


def test_variables_are_single_small_letters():
    with pytest.raises(ValueError, match="the variable 'Au' is given"):
        formula.family("Ag_{Au}", Au=range(3))


@pytest.mark.parametrize("arrow", ["->", "-->", "→", "⟶", "="])
def test_reaction_has_two_sides(arrow):
    before, after = formula.reaction(f"[Ag53L12L'16]3- {arrow} [Ag31L12L']2- + [Ag22L'15]-", where=ACHARYA)
    assert before == [parse("[Ag53(BDT)12(DMBT)16]3-")]
    assert after == [parse("[Ag31(BDT)12DMBT]2-"), parse("[Ag22(DMBT)15]-")]


def test_reaction_counts_its_species():
    before, after = formula.reaction("2[Au25(SR)18]- + 2 Ag+->[Au25(SR)18]2^{2-}+2H+")
    assert before == [parse("[Au25(SR)18]-")] * 2 + [parse("Ag+")] * 2
    assert after == [parse("[Au50(SR)36]2-"), parse("H+"), parse("H+")]


@pytest.mark.parametrize(
    ("text", "message", "place"),
    [
        ("[Ag29]3-", "0 arrows", 0),
        ("A -> B", "'A' is no element", 0),
        ("Ag -> Ag -> Ag", "2 arrows", 12),
        ("Ag -> Ag - Ag", "a reaction adds species with +", 11),
        ("Ag -> 2000Ag", "at most 1000", 6),
        ("Ag ->", "the formula ends", 5),
        ("107Ag29 -> Ag", "a count or an isotope? write 107(Ag) or (107Ag)", 0),
    ],
)
def test_reaction_that_cannot_be(text, message, place):
    with pytest.raises(FormulaError, match=re.escape(message)) as caught:
        formula.reaction(text)
    assert caught.value.place == place


# What is refused.

WRONG = {
    "": ("the formula ends", 0),
    "   ": ("the formula ends", 3),
    "[Ag29(BDT]3-": ("')' is missing for this '('", 5),
    "[Ag29(BDT)12": ("']' is missing for this '['", 0),
    "[Ag29(BDT)]12]3-": ("']' closes no bracket", 13),
    "[Ag29(BDX)12]3-": ("'DX' is no element and no known ligand", 7),
    "[Ag29(DMTB)12]3-": ("'DMTB' is no element and no known ligand", 6),
    "[Ag29()12]3-": ("the bracket is empty", 5),
    "[Ag29 12]3-": ("a count stands right behind its symbol", 6),
    "Ag0": ("the count is 0", 2),
    "Ag44-x": ("'x' is no element", 5),
    "Ag_{44-x}": ("'x' has no value here; family(..., x=range(...))", 2),
    "Ag9999999999999999999": ("the number is too large", 2),
    "Ag" + "9" * 5000: ("the number is too large", 2),
    "(Ag1000)1001": ("more than 1,000,000 Ag", 0),
    "[Ag]99999999-": ("the number is too large", 4),
    "(" * 5000 + "Ag": ("more than 20 brackets", 20),
    "[" * 21 + "Ag" + "]" * 21: ("more than 20 brackets", 20),
    "Ag2+": ("the end of a count, or of a charge?", 3),
    "(Ag29)3-": ("the end of a count, or of a charge?", 7),
    "[Ag29]3-[Ag]-": ("a count or a charge?", 6),
    "[Ag29]3- [Ag]": ("a count or a charge?", 6),
    "[Ag29]^{3-}Ag": ("behind a charge and behind adducts", 11),
    "[Ag29+Na]Cl": ("behind a charge and behind adducts", 9),
    "Cl[Ag29+Na]": ("adducts and losses stand in a bracket", 2),
    "[Ag29+Na]2": ("adducts and losses stand in a bracket", 0),
    "Ag(Au+Na)2": ("adducts and losses stand in a bracket", 2),
    "([Ag29+Na])": ("a sign here is no charge", 6),
    "[Ag29+]": ("behind this sign an adduct is missing", 5),
    "[Ag29+H+]": ("behind this sign an adduct is missing", 7),
    "[+Na]": ("the bracket is empty", 0),
    "[Ag29+0Na]": ("the count is 0", 6),
    "[Ag29+107Ag]": ("a count or an isotope?", 6),
    "[108Ag]": ("Ag has no isotope 108 but 107, 109", 1),
    "12Na": ("Na has no isotope 12 but 23; counts stand behind the symbol", 0),
    "107Xx": ("'Xx' is no element", 3),
    "2[Ag]-": ("a count stands right behind", 0),
    "Ag -> Ag": ("one species is needed; reaction() reads arrows", 6),
    "Ag - Au": ("there is not so much Au", 5),
    "Ag(BDT)2 - Ag3": ("there is not so much Ag", 11),
    "Ag(SR)2 - Ag3": ("there is not so much Ag", 10),
    "Ag(BDT) - 5H": ("there is not so much H", 10),
    "[Ag(BDT)] - BDT - BDT": ("there is not so much BDT", 18),
    "Ag - Ag": ("nothing is left", 5),
    "Ag +": ("Ag", 0),
    "银29": ("'银' is no element", 0),
    "[Ag29－Qq]": ("'Qq' is no element", 6),
    "[Ag29\u3000Qq]": ("'Qq' is no element", 6),
    "Ag\n\x00": ("'\\x00' is no element", 3),
    "\ud800": ("'\\ud800' is no element", 0),
    "<b>": ("'<' is no element", 0),
}  # fmt: skip
del WRONG["Ag +"]  # a charge: a sign at the end


@pytest.mark.parametrize("text", WRONG, ids=range(len(WRONG)))
def test_wrong_formula_is_shown_with_a_caret_under_the_place(text):
    message, place = WRONG[text]
    with pytest.raises(FormulaError, match=re.escape(message)) as caught:
        parse(text)
    error = caught.value
    assert (error.formula, error.place) == (text, place)
    said, shown, caret = str(error).split("\n")
    assert said == error.message
    assert caret.strip() == "^"
    assert len(shown) <= 100
    if text.isascii() and len(text) < 60:
        assert len(caret) == place + 1
    assert pickle.loads(pickle.dumps(error)).args == error.args


def test_caret_stands_under_the_place_behind_wide_and_combining_characters():
    for text, columns in {"[Ag29－Qq]": 7, "[Ag29\u3000Qq]": 7, "[Ag₂₉Qq]": 5, "[Ag29\u2212Qq]": 6}.items():
        with pytest.raises(FormulaError) as caught:
            parse(text)
        assert str(caught.value).split("\n")[2] == " " * columns + "^"
    assert str(FormulaError("no", "e\u0301\u200b!", 3)).split("\n")[2] == " ^"


def test_formula_is_text():
    with pytest.raises(TypeError, match="a formula is text, not int: 29"):
        parse(29)


@pytest.mark.parametrize(
    ("parts", "adducts", "message"),
    [
        ((), (), "at least one is needed"),
        ((("Ag", 0),), (), "counts from 1"),
        ((("Ag", 1), ("Ag", 2)), (), "each symbol is allowed once"),
        ((("Ag", 1),), (("Na", 0),), "counts other than 0"),
        ((("Ag", 1),), (("Na", 1), ("Na2", 1)), "each symbol is allowed once"),
        ((("Ag(", 1),), (), "'Ag(' is no symbol"),
        ((("Ag", 1),), (("-", 1),), "'-' is no symbol"),
    ],
)
def test_species_that_cannot_be_written_is_refused(parts, adducts, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        Species(parts, 0, adducts)


PIECES = [
    "Ag", "Au", "107", "BDT", "p-MBA", "SR", "L'", "H", "x", "29", "0", "44-x", "_", "_{", "^{", "^", "(",
    ")", "[", "]", "{", "}", "+", "-", "−", "→", "->", "³⁻", "₂₉", " ", "3-", "]3-", "'", ",", "\\", "e", "é",
    "银", "\n", "\u0301",
]  # fmt: skip
fuzz = st.one_of(st.text(max_size=30), st.lists(st.sampled_from(PIECES), max_size=14).map("".join))


@settings(max_examples=1500)
@given(text=fuzz)
def test_any_text_ends_in_a_species_or_in_a_formula_error(text):
    for read in (
        lambda: [parse(text)],
        lambda: formula.family(text, x=(0, 3)),
        lambda: [each for side in formula.reaction(text) for each in side],
    ):
        try:
            found = read()
        except FormulaError as error:
            assert 0 <= error.place <= len(text)
            assert str(error).endswith("^")
        else:
            assert all(parse(str(each)) == each for each in found)


@settings(max_examples=300)
@given(cluster=species(), data=st.data())
def test_damaged_formula_ends_in_a_species_or_in_a_formula_error(cluster, data):
    text = str(cluster)
    place = data.draw(st.integers(0, len(text)))
    damaged = (
        text[:place]
        + data.draw(st.sampled_from(["", *PIECES]))
        + text[place + data.draw(st.integers(0, 2)) :]
    )
    try:
        found = parse(damaged)
    except FormulaError as error:
        assert str(error).endswith("^")
    else:
        assert parse(str(found)) == found


# Arithmetic.

sums = st.builds(
    lambda unit, times, charge: Species(tuple((symbol, times * count) for symbol, count in unit), charge),
    units,
    st.integers(1, 5000),
    st.integers(-9, 9),
)


@settings(max_examples=100)
@given(one=sums, other=sums)
def test_sum_has_the_atoms_and_the_charge_of_both_and_leaves_one_without_the_other(one, other):
    total = one + other
    assert total.charge == one.charge + other.charge
    assert total.counts == {
        symbol: one.counts.get(symbol, 0) + other.counts.get(symbol, 0)
        for symbol in {**one.counts, **other.counts}
    }
    assert total - other == one
    assert (other + one).counts == total.counts


def test_losses_of_the_dimer_are_what_is_printed():
    dimer, lost = parse("[Ag53(BDT)12(DMBT)16]3-"), parse("[Ag(DMBT)2]-")
    assert dimer - lost == parse("[Ag52(BDT)12(DMBT)14]2-")
    assert dimer - lost - lost == parse("[Ag51(BDT)12(DMBT)12]-")
    assert parse("[Ag53(BDT)12(DMBT)16-Ag(DMBT)2]2-").counts == (dimer - lost).counts
    assert parse("[Ag44(p-MBA)30]4-") - parse("[Ag(p-MBA)2]-") == parse("[Ag43(p-MBA)28]3-")
    with pytest.raises(TypeError):
        dimer - "[Ag(DMBT)2]-"


def test_atoms_are_taken_from_what_is_attached_first():
    cluster = parse("[Au44(p-MBA)26+12Na-16H]6-")
    assert cluster - parse("Na+") == parse("[Au44(p-MBA)26+11Na-16H]7-")
    assert cluster - parse("H+") == parse("[Au44(p-MBA)26+12Na-17H]7-")
    assert cluster + Species((("H", 16),), 16) == parse("[Au44(p-MBA)26+12Na]10+")


# Compositions.


@settings(max_examples=60)
@given(
    chosen=st.lists(
        st.tuples(st.sampled_from([*METALS, *(n for n in NAMED if LIGANDS[n].formula)]), st.integers(1, 60)),
        min_size=1, max_size=5, unique_by=lambda part: part[0],
    )
)  # fmt: skip
def test_elements_are_those_that_molmass_finds_in_the_written_out_formula(chosen):
    expanded = "".join(
        f"({LIGANDS[name].formula if name in LIGANDS else name}){count}" for name, count in chosen
    )
    expected = {item.symbol: item.count for item in molmass.Formula(expanded).composition().values()}
    assert formula.elements(Species(tuple(chosen))) == expected


@settings(max_examples=60)
@given(one=sums, other=sums)
def test_elements_add_up(one, other):
    try:
        first, second = formula.elements(one), formula.elements(other)
    except ValueError as error:
        assert "has no composition; name the ligand" in str(error)
        return
    total = {symbol: first.get(symbol, 0) + second.get(symbol, 0) for symbol in {**first, **second}}
    assert formula.elements(one + other) == total


# m/z as printed in the papers; Acharya prints the most abundant mass and Lin the same, Bose the monoisotopic.
MZ = {
    "[Ag53(BDT)12(DMBT)16]3-": 3198, "[Ag54(BDT)12(DMBT)18H]3-": 3326, "[AuAg52(BDT)12(DMBT)16]3-": 3228,
    "[PdAg53(BDT)12(DMBT)16]3-": 3234, "[PtAg53(BDT)12(DMBT)16]3-": 3263, "[PtAg23(DMBT)16]-": 4872,
    "[Ag44(p-MBA)30]4-": 2335.5, "[Ag43(p-MBA)28]3-": 2975, "[Au44(p-MBA)26+12Na-16H]6-": 2151,
}  # fmt: skip


@pytest.mark.parametrize("text", MZ)
def test_average_mass_of_the_elements_is_at_the_printed_place(text):
    cluster = parse(text)
    written = "".join(f"({symbol}){count}" for symbol, count in formula.elements(cluster).items())
    # The mean lies within 1 u of the most abundant mass.
    assert abs(molmass.Formula(written).mass / abs(cluster.charge) - MZ[text]) < 1


def test_bose_prints_the_monoisotopic_mass():
    written = "".join(f"{symbol}{count}" for symbol, count in formula.elements("[Au25(PET)18]-").items())
    assert molmass.Formula(written).monoisotopic_mass == pytest.approx(7391, abs=0.5)


def test_isotopes_and_lost_atoms_are_counted_apart():
    assert formula.elements("[(107Ag)29Ag(BDT)12]3-") == {"107Ag": 29, "Ag": 1, "C": 72, "H": 48, "S": 24}
    assert formula.elements("[Au44(p-MBA)26+12Na-16H]6-")["H"] == 26 * 5 - 16
    with pytest.raises(ValueError, match=r"\[Au2\(p-MBA\)-6H\]: 1 H more are lost than there are"):
        formula.elements("[Au2(p-MBA)-6H]")
    with pytest.raises(ValueError, match="'XYZ' is no element and no known ligand"):
        formula.elements(Species((("XYZ", 1),)))


# Ligands.

# Molar masses in g/mol of the thiols, and of what binds or attaches as it is, from the makers' labels.
THIOLS = {
    "SH": 34.08, "SCH3": 48.11, "SEt": 62.13, "SBu": 90.19, "StBu": 90.19, "SC6H13": 118.24,
    "SC12H25": 202.40, "MBA": 154.19, "SCy": 116.22, "SAdm": 168.30, "SPh": 110.18, "DMBT": 138.23,
    "PET": 138.23, "p-MBA": 154.19, "NTP": 155.17, "FTP": 128.17, "TBBT": 166.28,
    "SG": 307.32, "CCPh": 102.13,
}  # fmt: skip
MOLECULES = {
    "PPh3": 262.29, "DPPM": 384.39, "DPPE": 398.42, "H2O": 18.02, "MeOH": 32.04, "MeCN": 41.05, "DMF": 73.09,
    "DCM": 84.93, "NH4": 18.04,
}  # fmt: skip
# Of salts and what else has a label: the mass of the counter-ions beside.
BROMIDES = {"PPh4": 419.29, "TOA": 546.79}
SALTS = {
    "PPN": (574.03, 35.45), "BPh4": (342.22, 22.990), "AsPh4": (418.80, 35.45), "OAc": (60.05, 1.008),
    "TFA": (114.02, 1.008), "OTf": (150.08, 1.008), "CBT": (176.28, 1.008), "CBDT": (208.34, 2.016),
    "BDMT": (170.29, 2.016), "DPPF": (554.39, 0), "BINAP": (622.67, 0), "EtOH": (46.07, 0),
    "bimy": (202.30, 0),
}  # fmt: skip


def test_compositions_weigh_what_is_on_the_bottle():
    def weight(symbol):
        return molmass.Formula(LIGANDS[symbol].formula).mass

    for symbol, mass in THIOLS.items():
        assert weight(symbol) + 1.008 == pytest.approx(mass, abs=0.02), symbol
    for symbol, mass in MOLECULES.items():
        assert weight(symbol) == pytest.approx(mass, abs=0.02), symbol
    for symbol, mass in BROMIDES.items():
        assert weight(symbol) + 79.904 == pytest.approx(mass, abs=0.02), symbol
    for symbol, (mass, beside) in SALTS.items():
        assert weight(symbol) + beside == pytest.approx(mass, abs=0.03), symbol
    assert weight("BDT") + 2 * 1.008 == pytest.approx(142.24, abs=0.02)
    checked = {*THIOLS, *MOLECULES, *BROMIDES, *SALTS, "BDT"}
    unknown = {"SR", "SeR", "CCR", "PR3", "NHC"}  # codespell:ignore
    smiles = {symbol for symbol, ligand in LIGANDS.items() if ligand.smiles}
    rows = {symbol for symbol, ligand in LIGANDS.items() if ligand.whole}
    assert {symbol for symbol in LIGANDS if symbol not in ELEMENTS} == checked | unknown | smiles | rows


def test_formulas_of_ligands_are_those_that_rdkit_finds_in_their_smiles():
    from rdkit import Chem
    from rdkit.Chem.rdMolDescriptors import CalcMolFormula

    drawn = [ligand for ligand in LIGANDS.values() if ligand.smiles]
    assert len(drawn) > 30
    for ligand in drawn:
        molecule = Chem.MolFromSmiles(ligand.smiles)
        written = re.sub(r"[+-][0-9]*$", "", CalcMolFormula(molecule))
        expected = {item.symbol: item.count for item in molmass.Formula(written).composition().values()}
        assert ligand.atoms == expected, ligand.symbol
        assert Chem.GetFormalCharge(molecule) == ligand.charge, ligand.symbol


def test_ligands_are_consistent():
    for symbol, ligand in LIGANDS.items():
        assert ligand.electrons == -ligand.charge, symbol
        if symbol in ELEMENTS:
            assert ligand.formula == symbol
        for alias in ligand.aliases:
            assert parse(f"({alias})2").parts == ((symbol, 2),)
            assert parse(alias).counts == {symbol: 1}


def test_chemical_symbols_are_those_of_ase():
    assert list(ELEMENTS) == ase.data.chemical_symbols[1:]


def test_a_row_of_elements_under_a_name_is_what_the_name_says():
    """An alias such as SC6H4COOH is read as the ligand, and has the atoms that it spells."""
    spelled = {
        name: ligand
        for ligand in LIGANDS.values() if ligand.formula
        for name in (ligand.symbol, *ligand.aliases)
        if name not in ("NHC", "PPN")
        and "".join(re.findall("(?:Cl|Br|C|H|N|O|S|P|F)[0-9]*", name)) == name
    }  # fmt: skip
    assert {"SC6H4COOH", "SCH3", "NH4", "CH2Cl2", "SC6H4NO2"} <= set(spelled)
    for name, ligand in spelled.items():
        expected = {item.symbol: item.count for item in molmass.Formula(name).composition().values()}
        assert ligand.atoms == expected, name


ENTRY = "{name: a thiolate, formula: C3H7S, denticity: 1, electrons: 1, charge: -1}"


def test_users_add_and_replace_ligands(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(
        f"SPr: {ENTRY[:-1]}, aliases: [SC3H7, 1-PrS]}}\n"
        "PET: {name: deuterated, formula: C8H9S, denticity: 1, electrons: 1, charge: -1}\n"
    )
    ligands = read_ligands(path)
    cluster = parse("[Ag44(SPr)28(1‐PrS)(SC3H7)-Ag(SPr)2]3-", ligands=ligands)
    assert cluster.counts == {"Ag": 43, "SPr": 28}
    assert parse(str(cluster), ligands=ligands) == cluster
    assert formula.elements(cluster, ligands)["C"] == 3 * 28
    assert ligands["PET"].name == "deuterated"
    assert ligands["PET"].aliases == ()
    assert LIGANDS["PET"].name != "deuterated"
    assert "SPr" not in LIGANDS
    with pytest.raises(FormulaError, match="'X' is no element"):
        parse("[Ag44(SPrX)30]4-", ligands=ligands)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file has no entries"),
        ("- SPr", "the file has no entries"),
        ("SPr: C3H7S", "entry 'SPr' is 'C3H7S'; fields are needed: name, denticity, electrons, charge"),
        ("SPr: {name: x}", "entry 'SPr' has name; name, denticity, electrons, charge are needed, formula, "),
        (
            f"SPr: {ENTRY[:-1]}, colour: red}}",
            "entry 'SPr' has name, formula, denticity, electrons, charge, colour;",
        ),
        (
            f"SPr: {ENTRY.replace('C3H7S', 'C3H7X')}",
            "entry 'SPr': formula is 'C3H7X'; elements and counts as C6H4S2",
        ),
        (f"SPr: {ENTRY.replace('C3H7S', '(CH2)3')}", "formula is '(CH2)3'"),
        (f"SPr: {ENTRY.replace('C3H7S', 'C0')}", "formula is 'C0'"),
        (f"SPr: {ENTRY.replace('charge: -1', 'charge: -')}", "charge is '-'; a whole number from -99 to 99"),
        (
            f"SPr: {ENTRY.replace('denticity: 1', 'denticity: -1')}",
            "denticity is '-1'; a whole number from 0",
        ),
        (f"SPr: {ENTRY.replace('electrons: 1', 'electrons: [1]')}", "electrons is ['1']"),
        (f"SPr: {ENTRY.replace('a thiolate', '[a]')}", "name is ['a']; text is needed"),
        (f"SPr: {ENTRY[:-1]}, aliases: PrS}}", "aliases are 'PrS'; a list as"),
        (
            f"SPr: {ENTRY[:-1]}, aliases: [TPP]}}",
            "entry 'SPr': 'TPP' is a name of 'PPh3' (triphenylphosphine) too",
        ),
        (f"pMBA: {ENTRY}", "'pMBA' is a name of 'p-MBA'"),
        (f"SPr: {ENTRY[:-1]}, aliases: [Ag]}}", "entry 'SPr': 'Ag' is an element"),
        (f"x: {ENTRY}", "entry 'x': 'x' is no name"),
        (f"S(Pr): {ENTRY}", "'S(Pr)' is no name"),
        (f"SPr: {ENTRY}\nSPr: {ENTRY}", "line 1: 'SPr' is given twice"),
        ("SPr: {name", "while parsing"),
        ("[a, b]: c", "unhashable"),
        ("a: " + "[" * 1000, ""),
    ],
)
def test_wrong_file_of_ligands_says_where(tmp_path, text, message):
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    with pytest.raises(ValueError, match=rf"(?s)^mine\.yaml: .*{re.escape(message)}"):
        read_ligands(path)


def test_file_that_is_no_text_says_where(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match=r"^mine\.yaml: "):
        read_ligands(path)


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ({"": "BDT"}, "where has the name ''"),
        ({"L(": "BDT"}, "where has the name 'L('"),
        ({3: "BDT"}, "where has the name 3"),
        ({"L": "[BDT]2-"}, "no charge and no adducts are allowed"),
        ({"L": "BDY"}, "'DY' is no element"),
    ],
)
def test_names_that_users_add_are_checked(where, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        parse("[Ag29L12]3-", where=where)


def test_a_name_may_stand_for_a_group():
    assert parse("[M2Ag23(SR)18]-", where={"M": "PtCl", "SR": "PET"}).counts == {
        "Pt": 2, "Cl": 2, "Ag": 23, "PET": 18
    }  # fmt: skip


def test_a_smiles_alone_defines_a_ligand(tmp_path):
    """Composition, charge, electrons and denticity as counted by hand from the drawings."""
    path = tmp_path / "mine.yaml"
    path.write_text(
        'TphS: {smiles: "[S-]c1cccs1"}\n'
        'NTP2: {smiles: "O=[N+]([O-])c1ccc([S-])cc1", name: again}\n'
        'TDT: {smiles: "Cc1ccc([S-])c([S-])c1"}\n'
        'dppbz: {smiles: "c1ccc(cc1)P(c1ccccc1)c1ccccc1P(c1ccccc1)c1ccccc1"}\n'
    )
    ligands = read_ligands(path)
    found = {name: ligands[name] for name in ("TphS", "NTP2", "TDT", "dppbz")}
    assert {
        name: (each.atoms, each.denticity, each.electrons, each.charge) for name, each in found.items()
    } == {
        "TphS": ({"C": 4, "H": 3, "S": 2}, 1, 1, -1),
        "NTP2": ({"C": 6, "H": 4, "N": 1, "O": 2, "S": 1}, 1, 1, -1),
        "TDT": ({"C": 7, "H": 6, "S": 2}, 2, 2, -2),
        "dppbz": ({"C": 30, "H": 24, "P": 2}, 2, 0, 0),
    }
    path.write_text('TphS: {smiles: "c1ccc"}')
    with pytest.raises(ValueError, match=r"mine\.yaml: entry 'TphS': RDKit cannot read the SMILES 'c1ccc'"):
        read_ligands(path)


def test_typeset_formulas_have_raised_and_lowered_numbers():
    assert formula.typeset("[Au44(p-MBA)26+12Na-16H]6-", {"SR": "p-MBA"}) == "[Au₄₄SR₂₆+12Na-16H]⁶⁻"
    assert formula.typeset("2 H+ + Ag3L'3 -> [Ag3]3+") == "2 H⁺ + Ag₃L′₃ → [Ag₃]³⁺"
