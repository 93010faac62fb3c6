"""Emission, depth and spectra against other tables, measurements, closed forms and drawn spectra."""

import numpy as np
import pandas as pd
import pytest
from reference import backscattered_share
from scipy.integrate import quad

from supracrystal.mesostructures import depth, detector, emission
from supracrystal.mesostructures import xray as eds

MESO = {"Ag": 57, "Au": 27, "S": 16, "C": 128, "H": 144}
EDGES = detector.axis(10.0, channel=0.02)


# Emission


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
    assert emission.cross_section(element, shell, energy) == pytest.approx(printed, rel=8e-3)


@pytest.mark.parametrize("element", ["C", "S", "Ag", "Au"])
def test_cross_sections_begin_at_the_edge_and_have_no_step_where_the_formula_changes(element):
    for shell in emission.subshells(element):
        edge = emission._coefficients().loc[(element, shell), "edge_eV"] / 1000
        below, low, high = emission.cross_section(element, shell, edge * np.array([0.99, 15.999, 16.001]))
        assert below == 0
        assert high == pytest.approx(low, rel=0.03)


@pytest.mark.parametrize(
    ("element", "line", "other"),
    [("C", "C KL3", "Ka1"), ("S", "S KL3", "Ka1"), ("Ag", "Ag L3M5", "La1"), ("Ag", "Ag L2M4", "Lb1"),
     ("Au", "Au M5N7", "Ma"), ("Au", "Au M4N6", "Mb"), ("Ag", "Ag M4N2", "Mz")],
)  # fmt: skip
def test_lines_lie_where_another_table_has_them(element, line, other):
    xraydb = pytest.importorskip("xraydb")
    found = emission.lines(element).loc[line, "energy"] * 1000
    assert found == pytest.approx(xraydb.xray_lines(element)[other].energy, abs=5)


def test_yields_agree_with_another_table_but_for_carbon():
    xraydb = pytest.importorskip("xraydb")
    ratio = {}
    for element, shell in (("C", "K"), ("S", "K"), ("Ag", "L3"), ("Au", "M5")):
        table = emission.lines(element)
        ours = table.loc[table["shell"] == shell, "photons"].sum()
        ratio[element] = ours / xraydb.xray_edges(element)[shell].fyield
    assert [ratio[each] for each in ("S", "Ag", "Au")] == pytest.approx([1, 1, 1], abs=0.15)
    assert ratio["C"] == pytest.approx(1.84, abs=0.05)


def test_holes_in_silver_end_where_another_table_sends_them():
    xraydb = pytest.importorskip("xraydb")
    found = emission.transfer("Ag")
    for source, to in (("L1", "L2"), ("L1", "L3"), ("L2", "L3")):
        assert found.loc[source, to] == pytest.approx(xraydb.ck_probability("Ag", source, to), abs=0.003)


def test_attenuation_agrees_with_the_tables_of_chantler():
    xraydb = pytest.importorskip("xraydb")
    for energy, tolerance in ((0.277, 0.3), (1.5, 0.12), (2.984, 0.12)):
        for element in ("C", "S", "Ag", "Au"):
            other = xraydb.mu_chantler(element, energy * 1000)
            assert emission.attenuation({element: 1}, energy) == pytest.approx(other, rel=tolerance)


# Depth


@pytest.mark.parametrize(("composition", "printed"), [({"C": 1}, 20.14), ({"H": 2, "O": 1}, 22.56)])
def test_stopping_power_is_near_that_of_the_standard_tables(composition, printed):
    """The collision stopping power at 10 keV in ESTAR of NIST, in MeV cm²/g."""
    found = depth.stopping_power(composition, np.array([10.0]))
    assert found[0] / 1000 == pytest.approx(printed, rel=0.03)


@pytest.mark.parametrize(("element", "z"), [("C", 6), ("Si", 14), ("Cu", 29), ("Ag", 47), ("Au", 79)])
def test_as_many_electrons_come_back_as_are_measured(element, z):
    table = depth.depth_distribution({element: 1}, 10.0, electrons=800)
    assert table.attrs["backscattered"] == pytest.approx(backscattered_share(z, 10.0), abs=0.04)


def test_a_thin_film_is_ionised_evenly_by_the_beam():
    film = depth.depth_distribution({"Ag": 1}, 10.0, mass_depth=1e-7, electrons=300)
    straight = emission.cross_section("Ag", "L3", 10.0) * 1e-7
    assert film["Ag L3"].sum() == pytest.approx(straight, rel=0.02)


def test_electrons_that_stop_ionise_as_often_as_slowing_down_allows():
    table = depth.depth_distribution({"C": 1}, 10.0, electrons=600, lowest=0.3)
    whole = quad(
        lambda e: float(emission.cross_section("C", "K", e) / depth.stopping_power({"C": 1}, [e])[0]), 0.3, 10
    )[0]
    share = table["C K"].sum() / whole
    assert 1 - table.attrs["backscattered"] < share < 1


def test_escape_from_an_evenly_ionised_film_has_its_closed_form():
    z = (np.arange(2000) + 0.5) / 2000
    even = pd.Series(np.ones(2000), index=z)
    x = 3.0 / np.sin(np.radians(35))
    assert depth.escape(even, 3.0) == pytest.approx((1 - np.exp(-x)) / x, rel=1e-6)


# Spectra


def test_resolution_is_what_is_stated_and_narrows_towards_low_energies():
    assert detector.resolution(5.895) == pytest.approx(0.130, rel=1e-12)
    variance = np.square(detector.resolution(np.array([1.0, 3.0]))) / 8 / np.log(2)
    assert np.diff(variance)[0] == pytest.approx(2 * 0.115 * 3.66e-3, rel=1e-9)
    with pytest.raises(ValueError, match=r"no less than 0\.117"):
        detector.resolution(1.0, 0.1)


def test_components_hold_all_photons_that_pass_the_window():
    parts = eds.components(["Au"], 10.0)
    table = emission.thin_emission("Au", 10.0).query("0.4 < energy < 9.5")
    expected = (table["emission"] * detector.transmission(table["energy"].to_numpy())).sum()
    assert parts["Au"].loc[0.4:9.9].sum() == pytest.approx(expected, rel=0.01)
    assert parts["bremsstrahlung"].sum() == pytest.approx(1, rel=1e-12)


def test_lone_lines_have_their_ratio_of_cliff_and_lorimer():
    parts = eds.components(["C", "S"], 10.0)
    spectrum = eds.expected(parts, {"C": 8, "S": 1}, 1e6, background=0)
    factor = {}
    for element in ("C", "S"):
        table = emission.thin_emission(element, 10.0).filter(regex=" K", axis=0)
        factor[element] = table["emission"] @ detector.transmission(table["energy"].to_numpy())
    assert parts["S"].loc[2.0:2.8].sum() == pytest.approx(factor["S"], rel=1e-3)
    assert parts["C"].loc[0.1:0.6].sum() == pytest.approx(factor["C"], rel=1e-3)
    seen = spectrum.loc[2.0:2.8].sum() / 1e6
    expected = factor["S"] / (8 * parts["C"].sum() + parts["S"].sum())
    assert seen == pytest.approx(expected, rel=1e-3)


def test_errors_are_those_of_spectra_that_are_drawn_again_and_again(random_generator):
    parts = eds.components(["Ag", "Au", "S"], 10.0, edges=np.arange(1.5, 4.2, 0.03))
    mean = eds.expected(parts, {"Ag": 57, "Au": 27, "S": 16}, 2e4)
    _, covariance = eds.quantify(mean, parts)
    found = np.array([eds.quantify(random_generator.poisson(mean), parts)[0] for _ in range(500)])
    assert found.mean(axis=0) == pytest.approx([57, 27, 16], abs=0.1)
    assert found.std(axis=0) == pytest.approx(np.sqrt(np.diag(covariance)), rel=0.1)
    assert np.corrcoef(found.T) == pytest.approx(eds.correlation(covariance).to_numpy(), abs=0.1)


def test_thick_specimen_is_found_back_with_other_random_numbers():
    options = {"edges": EDGES, "electrons": 500}
    seen = ["Ag", "Au", "S", "C"]
    parts = eds.components(seen, 10.0, composition=MESO, seed=1, **options)
    counts = eds.expected(parts, {each: MESO[each] for each in seen}, 1e6)
    found, _ = eds.quantify_thick(counts, seen, 10.0, hidden={"H": ("C", 9 / 8)}, rounds=4, **options)
    assert found.to_numpy() == pytest.approx([25.0, 11.84, 7.02, 56.14], abs=0.8)
    thin, _ = eds.quantify(counts, eds.components(seen, 10.0, edges=EDGES))
    assert thin["C"] / thin["S"] < 5


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: emission.cross_section("C", "L3", 10.0), "C has K"),
        (lambda: emission.lines("Xx"), "symbol of an element"),
        (lambda: depth.stopping_power({"Ag": -1}, [1.0]), "are positive"),
        (lambda: eds.expected(eds.components(["S"], 10.0), {"Au": 1}, 10), "no spectrum for"),
        (lambda: eds.quantify(np.ones(3), eds.components(["S"], 10.0)), "990 counts"),
    ],
)
def test_what_cannot_be_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
