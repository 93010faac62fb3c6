"""X-ray lines, k-factors and absorption against other tables, other programs and integrals."""

import numpy as np
import pytest
import xraylib
from scipy.integrate import quad

from supracrystal.mesostructures import xray

MESO = {"Ag": 57, "Au": 27, "S": 16, "C": 128, "H": 144}


@pytest.mark.parametrize(
    ("element", "shell", "energy", "printed"),
    [
        ("Mg", "L3", 7.71792e-2, 3.85315e-18),
        ("Mg", "L3", 1.29569e1, 1.24124e-18),
        ("Mg", "L3", 5.78762e3, 1.30393e-19),
        ("V", "L1", 2.90068e5, 5.64142e-21),
        ("V", "L1", 1.53993e1, 2.63509e-20),
        ("Rh", "M3", 1.22321, 2.11571e-19),
        ("Ho", "K", 1.63117e2, 1.36404e-23),
        ("Pt", "M5", 2.98538, 2.02808e-20),
        ("Es", "L2", 1e6, 1.39024e-22),
        ("H", "K", 0.687860, 1.57729e-17),
    ],
)
def test_cross_sections_are_those_of_the_authors_program(element, shell, energy, printed):
    """Values of xion, the program of Bote and Salvat, as public tests of other programs give them."""
    assert xray.cross_section(element, shell, energy) == pytest.approx(printed, rel=8e-3)


@pytest.mark.parametrize(("element", "shell"), [("C", "K"), ("S", "K"), ("Ag", "L3"), ("Au", "M5")])
def test_cross_sections_begin_at_the_edge_and_have_no_step_where_the_formula_changes(element, shell):
    edge = xraylib.EdgeEnergy(xraylib.SymbolToAtomicNumber(element), getattr(xraylib, f"{shell}_SHELL"))
    assert xray.cross_section(element, shell, 0.97 * edge) == 0
    energy = edge * np.linspace(15.5, 16.5, 2001)
    steps = np.abs(np.diff(np.log(xray.cross_section(element, shell, energy))))
    assert steps.max() < 0.03


@pytest.mark.parametrize(
    ("element", "line", "other"),
    [("C", "C KL3", "Ka1"), ("S", "S KL3", "Ka1"), ("Ag", "Ag L3M5", "La1"), ("Ag", "Ag L2M4", "Lb1"),
     ("Au", "Au M5N7", "Ma"), ("Au", "Au M4N6", "Mb"), ("Ag", "Ag M4N2", "Mz")],
)  # fmt: skip
def test_lines_lie_where_another_table_has_them(element, line, other):
    xraydb = pytest.importorskip("xraydb")
    found = xray.lines(element).loc[line, "energy"] * 1000
    assert found == pytest.approx(xraydb.xray_lines(element)[other].energy, abs=5)


def test_yields_agree_with_another_table_but_for_carbon():
    xraydb = pytest.importorskip("xraydb")
    ratio = {}
    for element, shell in (("C", "K"), ("S", "K"), ("Ag", "L3"), ("Au", "M5")):
        table = xray.lines(element)
        ours = table.loc[table["shell"] == shell, "photons"].sum()
        ratio[element] = ours / xraydb.xray_edges(element)[shell].fyield
    assert [ratio[each] for each in ("S", "Ag", "Au")] == pytest.approx([1, 1, 1], abs=0.15)
    assert ratio["C"] == pytest.approx(1.84, abs=0.05)


def test_holes_in_silver_end_where_another_table_sends_them():
    xraydb = pytest.importorskip("xraydb")
    found = xray.hole_transfer("Ag")
    for source, to in (("L1", "L2"), ("L1", "L3"), ("L2", "L3")):
        assert found.loc[source, to] == pytest.approx(xraydb.ck_probability("Ag", source, to), abs=0.003)


def test_attenuation_agrees_with_the_tables_of_chantler():
    xraydb = pytest.importorskip("xraydb")
    for energy, tolerance in ((0.277, 0.3), (1.5, 0.12), (2.984, 0.12)):
        for element in ("C", "S", "Ag", "Au"):
            other = xraydb.mu_chantler(element, energy * 1000)
            assert xray.attenuation({element: 1}, energy) == pytest.approx(other, rel=tolerance)


def test_counts_of_a_thin_film_are_read_back_as_its_atoms():
    atoms = {"Ag": 57.0, "Au": 27.0, "S": 16.0}
    counts = {
        element: n * xray.thin_emission(element, 200.0).filter(regex=f" {family}", axis=0)["emission"].sum()
        for (element, n), family in zip(atoms.items(), "LMK", strict=True)
    }
    found = xray.quantify({element: 1e22 * n for element, n in counts.items()}, 200.0)
    assert found["percent"].to_dict() == pytest.approx(atoms)


def test_errors_are_those_of_counts_that_are_drawn_again_and_again(random_generator):
    mean = np.array([3000.0, 2500.0, 400.0])
    names = ["Ag", "Au", "S"]
    drawn = np.array(
        [
            xray.quantify(dict(zip(names, random_generator.poisson(mean), strict=True)), 10.0)["percent"]
            for _ in range(250)
        ]
    )
    expected = xray.quantify(dict(zip(names, mean, strict=True)), 10.0)
    assert drawn.mean(axis=0) == pytest.approx(expected["percent"].to_numpy(), abs=0.2)
    assert drawn.std(axis=0) == pytest.approx(expected["error"].to_numpy(), rel=0.15)


@pytest.mark.parametrize("counts", [{"Ag": 100, "Au": 50, "S": 0}, {"Ag": 50, "S": 0}, {"S": 1, "C": 0}])
def test_an_absent_element_has_zero_percent_and_an_error_of_one_count(counts):
    """A maximum-likelihood fit once read -2 % of sulphur from a spectrum of pure silver."""
    found = xray.quantify(counts, 10.0)
    assert (found["percent"] >= 0).all()
    assert found["percent"].sum() == pytest.approx(100)
    assert (found["error"] > 0).all()


@pytest.mark.parametrize("mass_thickness", [1e-5, 2e-4, 1e-3])
def test_absorption_is_the_mean_over_even_depths(mass_thickness):
    read = xray.apparent_composition(MESO, [mass_thickness], 10.0).iloc[0]
    seen = {}
    for element in read.index:
        table = xray.thin_emission(element, 10.0).filter(regex=f" {xray.FAMILIES[element]}", axis=0)
        mu = xray.attenuation(MESO, table["energy"].to_numpy()) / np.sin(np.radians(35))
        left = [quad(lambda z, m=m: np.exp(-m * z * mass_thickness), 0, 1)[0] for m in mu]
        seen[element] = MESO[element] * np.average(left, weights=table["emission"])
    whole = sum(seen.values())
    assert read.to_dict() == pytest.approx({k: 100 * v / whole for k, v in seen.items()}, rel=1e-6)


def test_a_film_without_thickness_reads_as_it_is():
    read = xray.apparent_composition(MESO, [0.0, 1e-12], 10.0)
    whole = sum(MESO[each] for each in read)
    for element in read:
        assert read[element].to_numpy() == pytest.approx(100 * MESO[element] / whole, rel=1e-6)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: xray.cross_section("C", "L3", 10.0), "C has K"),
        (lambda: xray.lines("Xx"), "a symbol such as"),
        (lambda: xray.k_factors(["Fe"], 10.0), "allowed are C, S, Ag, Au"),
        (lambda: xray.quantify({"Ag": 0, "S": 0}, 10.0), "not all 0"),
        (lambda: xray.quantify({"Ag": 10, "S": -1}, 10.0), "numbers from 0"),
    ],
)
def test_what_cannot_be_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
