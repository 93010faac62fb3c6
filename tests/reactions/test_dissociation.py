"""Trees against printed formulas, heating against random collisions, kinetics against closed forms."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.constants import Boltzmann, elementary_charge
from scipy.integrate import quad, solve_ivp
from scipy.stats import norm

from supracrystal.reactions import CHANNELS, NAMES, Tree, dissociation, reactions, tree
from supracrystal.spectra import check, electron_count, elements, masses, parse

DIMERS = ["[Ag53L12L'16]3-", "[AuAg52L12L'16]3-", "[PdAg53L12L'16]3-", "[PtAg53L12L'16]3-"]
PARENTS = ["[Ag29L12]3-", "[Ag25L'18]-", "[AuAg24L'18]-", "[PdAg24L'18]2-", "[PtAg24L'18]2-"]
BARRIERS = [1.2, 1.2, 1.3, 1.4, 1.5, 1.6, 1.55, 1.6, 1.7, 2.1, 2.1]
OPEN = {channel: (barrier, 1e13) for channel, barrier in zip(CHANNELS, BARRIERS, strict=True)}
ENERGIES = {"first": 15, "split": 25, "hydrogen": 40, "silver": 50, "back": 55, "gone": 35}
SHARP = dissociation.STANDARD._replace(spread=0.0)


def text(formula):
    return str(parse(formula, where=NAMES))


# Who becomes what


@pytest.mark.parametrize("ion", DIMERS + PARENTS)
def test_every_dissociation_is_balanced(ion):
    for reaction in reactions(tree(ion))["reaction"]:
        assert check(reaction)["verdict"] == "balanced", reaction


@pytest.mark.parametrize(
    ("ion", "printed"),
    [
        *((dimer, ["[AgL'2]-", "[Ag2L'3]-", "[Ag3L'4]-", "[Ag31L12L']2-", "[Ag30L12H]2-", "[Ag29L12H]2-",
                   "[Ag29L12]3-"]) for dimer in DIMERS),
        ("[PdAg53L12L'16]3-", ["[PdAg52L12L'14]2-", "[PdAg51L12L'13]2-", "[PdAg50L12L'12]2-"]),
        ("[PtAg53L12L'16]3-", ["[PtAg52L12L'14]2-", "[PtAg51L12L'13]2-", "[PtAg23L'16]-"]),
        ("[Ag29L12]3-", ["[Ag24L9]2-", "[Ag5L3]-", "[Ag3L2]-", "[Ag21L7]-"]),
        ("[Ag25L'18]-", ["[Ag22L'15]-", "[Ag19L'12]-", "[Ag18L'11]-"]),
        ("[AuAg24L'18]-", ["[AuAg21L'15]-", "[AuAg18L'12]-"]),
        ("[PdAg24L'18]2-", ["[AgL'2]-", "[PdAg23L'16]-", "[PdAg22L'15]-"]),
        ("[PtAg24L'18]2-", ["[AgL'2]-", "[PtAg23L'16]-"]),
    ],
)  # fmt: skip
def test_fragments_that_acharya_prints_are_in_the_tree(ion, printed):
    names = set(map(str, tree(ion).species))
    assert {text(each) for each in printed} <= names


def test_a_parent_is_no_fragment_of_a_dimer_with_fewer_ligands():
    assert text("[PtAg24L'18]2-") not in map(str, tree("[PtAg53L12L'16]3-").species)


@pytest.mark.parametrize("ion", DIMERS + PARENTS)
def test_a_species_stands_before_what_it_becomes(ion):
    found = tree(ion)
    assert str(found.species[0]) == text(ion)
    for source, change in zip(found.source, found.stoichiometry.T, strict=True):
        assert change[source] == -1
        assert np.flatnonzero(change > 0).min() > source
        assert change.sum() == 1


def test_longer_staples_leave_if_allowed():
    found = reactions(tree("[PdAg24L'18]2-", staples=5))
    assert (found["channel"] == "staple").sum() == 5
    assert any(text("[Ag5L'6]-") in each for each in found["reaction"])


# Heating


def test_energy_in_the_centre_of_mass_is_what_the_common_motion_leaves():
    mass, gas, energy = 9595.3, 39.948, 45.0
    speed = np.sqrt(2 * energy / mass)
    common = mass * speed / (mass + gas)
    left = energy - (mass + gas) * common**2 / 2
    assert dissociation.centre_of_mass_energy(mass, -3, 15) == pytest.approx(left, rel=1e-12)


def test_heating_agrees_with_random_collisions(random_generator):
    mass, gas, eta, count, ions = 900.0, 40.0, 0.6, 12, 20_000
    velocity = np.zeros((ions, 3))
    velocity[:, 2] = np.sqrt(2 * 30.0 / mass)
    taken = np.zeros(ions)
    reduced = mass * gas / (mass + gas)
    for _ in range(count):
        relative = (velocity**2).sum(axis=1) * reduced / 2
        taken += eta * relative
        direction = random_generator.normal(size=(ions, 3))
        direction /= np.linalg.norm(direction, axis=1)[:, None]
        after = np.sqrt(2 * (1 - eta) * relative / reduced)[:, None] * direction
        velocity = (mass * velocity + gas * after) / (mass + gas)
    conditions = dissociation.STANDARD._replace(inelasticity=eta, collisions=count, gas=gas)
    ours = dissociation.deposited_energy(mass, -2, 15.0, conditions)
    assert ours == pytest.approx(taken.mean(), abs=5 * taken.std() / np.sqrt(ions))


@given(st.floats(0.05, 1), st.floats(1e4, 1e7), st.floats(4, 131))
def test_a_heavy_ion_that_is_stopped_takes_up_half_of_eta(eta, mass, gas):
    conditions = dissociation.STANDARD._replace(inelasticity=eta, gas=gas)
    assert dissociation.deposited_energy(mass, 2, 10.0, conditions) == pytest.approx(10 * eta, rel=gas / mass)


# Rate constants


@given(st.floats(1.0, 5.0), st.floats(0.2, 0.9), st.integers(2, 40))
def test_rrk_is_the_power_law(energy, part, oscillators):
    ours = dissociation.rrk(energy, part * energy, oscillators, 1e13)
    assert ours == pytest.approx(1e13 * (1 - part) ** (oscillators - 1), rel=1e-10)
    assert dissociation.rrk(energy, energy * 1.0001, oscillators, 1e13) == 0


@pytest.mark.parametrize("oscillators", [3, 12, 30])
def test_rrk_averaged_over_a_heat_bath_is_the_law_of_arrhenius(oscillators):
    barrier, thermal = 1.1, 0.09

    def weight(energy):
        return (energy / thermal) ** (oscillators - 1) * np.exp(-energy / thermal)

    def rate(energy):
        return weight(energy) * dissociation.rrk(energy, barrier, oscillators, 1.0)

    top = barrier + thermal * (oscillators + 40)
    mean = quad(rate, barrier, top, limit=200)[0] / quad(weight, 0, top, limit=200)[0]
    assert mean == pytest.approx(np.exp(-barrier / thermal), rel=1e-6)


def test_rrk_of_many_oscillators_is_the_law_of_arrhenius():
    thermal = 800 * Boltzmann / elementary_charge
    ours = dissociation.rrk(1e6 * thermal, 1.5, 1e6, 1e13)
    assert ours == pytest.approx(1e13 * np.exp(-1.5 / thermal), rel=1e-3)


def test_products_are_as_hot_as_the_rest():
    found = tree("[Ag29L12]3-")
    rate = dissociation.rate_constants(
        found, {"dithiolate": (2.0, 1e13), "onward": (1.0, 1e13)}, np.array([30.0])
    )
    s = [0.5 * (3 * sum(elements(each).values()) - 6) for each in ("[Ag29(BDT)12]3-", "[Ag24(BDT)9]2-")]
    energy = 28.0 * s[1] / s[0]
    assert rate[0] == pytest.approx(
        [1e13 * (1 - 2 / 30) ** (s[0] - 1), *2 * [1e13 * (1 - 1 / energy) ** (s[1] - 1)]], rel=1e-9
    )


# Amounts


def chain(count):
    """Return the tree of A -> B + X, B -> C + X and so on; its species are names only."""
    change = np.zeros((count + 2, count), dtype=int)
    for k in range(count):
        change[[k, k + 1, count + 1], k] = -1, 1, 1
    return Tree(tuple("ABCDEFGH"[: count + 2]), np.arange(count), ("unit",) * count, change)


@given(st.floats(-3, 9), st.floats(-3, 9))
def test_two_steps_follow_the_closed_form(one, other):
    a, b = 10**one, 10**other
    n = dissociation.amounts(chain(2), np.array([[a, b]]), 1.0)[0]
    low, apart = min(a, b), abs(a - b)
    middle = a * np.exp(-low) * (-np.expm1(-apart) / apart if apart else 1)
    assert n[:2] == pytest.approx([np.exp(-a), middle], abs=1e-10)
    assert n[3] == pytest.approx(n[1] + 2 * n[2], abs=1e-14)


def test_equal_steps_follow_the_law_of_poisson():
    n = dissociation.amounts(chain(4), np.full((1, 4), 2.0), 1.5)[0]
    assert n[:4] == pytest.approx(np.exp(-3) * 3.0 ** np.arange(4) / [1, 1, 2, 6], abs=1e-13)


def test_channels_share_in_proportion_to_their_rates():
    found = tree("[PdAg24L'18]2-")
    rate = np.zeros((1, len(found.source)))
    first = found.source == 0
    rate[0, first] = 1.0, 2.0, 5.0
    n = dict(zip(map(str, found.species), dissociation.amounts(found, rate, 50.0)[0], strict=True))
    staples = [n[text(f"[Ag{k}L'{k + 1}]-")] for k in (1, 2, 3)]
    assert staples == pytest.approx([1 / 8, 2 / 8, 5 / 8], abs=1e-12)


def test_amounts_agree_with_an_integrator():
    found = tree(DIMERS[0])
    rate = dissociation.rate_constants(found, OPEN, np.array([48.0]))
    columns = np.zeros((len(found.species), len(found.species)))
    for r, source in enumerate(found.source):
        columns[:, source] += found.stoichiometry[:, r] * rate[0, r]
    start = np.eye(len(columns))[0]
    slow = solve_ivp(
        lambda _, n: columns @ n, (0, 1e-3), start, method="Radau", jac=columns, rtol=1e-9, atol=1e-12
    )
    assert (slow.y[:, -1] > 0.01).sum() > 8
    assert dissociation.amounts(found, rate, 1e-3)[0] == pytest.approx(slow.y[:, -1], abs=1e-7)


@pytest.mark.parametrize("ion", DIMERS + PARENTS)
def test_atoms_charge_and_electrons_are_conserved(ion):
    found = tree(ion)
    curve = dissociation.breakdown(found, OPEN, np.linspace(0, 120, 13)).to_numpy()
    assert curve.min() > -1e-12
    symbols = sorted(elements(ion := found.species[0]))
    held = np.array(
        [
            [*(elements(each).get(e, 0) for e in symbols), each.charge, electron_count(each, negative=True)]
            for each in found.species
        ]
    )
    whole = [*(elements(ion)[one] for one in symbols), ion.charge, electron_count(ion)]
    assert curve[-1, 0] < 0.999
    assert np.abs(curve @ held / whole - 1).max() < 1e-12


def test_spread_is_an_average_over_a_gaussian():
    found, channels = tree("[Ag29L12]3-"), {"dithiolate": (2.0, 1e13)}
    curve = dissociation.breakdown(found, channels, [25], nodes=31).iloc[0, 0]
    ion = masses(found.species[0])
    factor = np.linspace(0.25, 1.75, 4001)
    heat = 0.25 * 75 * 2 * (ion.average + 39.948) / (2 * ion.average + 0.5 * 39.948)
    s = 0.5 * (3 * 173 - 6)
    energy = s * 300 * Boltzmann / elementary_charge + heat * factor
    left = np.exp(-1e-3 * dissociation.rrk(energy, 2.0, s, 1e13))
    assert curve == pytest.approx(np.trapezoid(left * norm.pdf(factor, 1, 0.15), factor), abs=5e-4)


def test_less_is_left_the_harder_the_collisions():
    curve = dissociation.breakdown(tree(DIMERS[1]), OPEN, np.arange(0, 61, 5)).iloc[:, 0]
    assert (np.diff(curve) <= 1e-12).all()
    assert curve.iloc[0] == pytest.approx(1, abs=1e-9)
    assert curve.iloc[-1] < 1e-3


# Barriers


def test_a_barrier_is_found_that_is_known_in_closed_form():
    found, s = tree("[Ag29L12]3-"), 0.5 * (3 * 173 - 6)
    mass = masses(found.species[0]).average
    heat = 0.5 * 35 * 3 * (mass + 39.948) / (2 * mass + 0.5 * 39.948)
    energy = s * 300 * Boltzmann / elementary_charge + heat
    wanted = energy * (1 - (-np.log(0.02) / 1e-3 / 1e13) ** (1 / (s - 1)))
    gone = ("dithiolate", found, 35, lambda amount: amount.iloc[0] - 0.02)
    assert dissociation.calibrate([gone], SHARP, nodes=1)["dithiolate"][0] == pytest.approx(wanted, abs=1e-6)


@pytest.fixture(scope="module")
def fitted():
    return dissociation.calibrate(dissociation.observations(**ENERGIES))


def test_all_observations_are_met(fitted):
    for channel, ion, voltage, excess in dissociation.observations(**ENERGIES):
        row = dissociation.breakdown(ion, fitted, [voltage]).iloc[0]
        assert excess(row) == pytest.approx(0, abs=1e-5), channel
    assert fitted["unit"] == fitted["staple"]
    assert fitted["onward"] == fitted["dithiolate"]


@pytest.mark.parametrize("gain", [0.05, 0.35, 1.05])
@pytest.mark.parametrize("route", ["proton", "neutral"])
def test_a_stronger_interface_frees_less_of_the_dithiolate_cluster(fitted, gain, route):
    channels = {each: value for each, value in fitted.items() if each != "proton"}
    channels[route] = fitted[route] if route == "proton" else (1.38, 1e13)
    stronger = {
        each: (barrier + gain if each in ("split", "neutral") else barrier, frequency)
        for each, (barrier, frequency) in channels.items()
    }
    found, free = tree(DIMERS[0]), text("[Ag29L12]3-")
    weak, strong = (dissociation.breakdown(found, each, [60])[free].iloc[0] for each in (channels, stronger))
    assert strong < weak


def test_onset_is_interpolated():
    assert dissociation.onset(pd.Series([0.0, 0.01, 0.05], index=[10, 20, 30])) == pytest.approx(22.5)
    assert dissociation.onset(pd.Series([0.5, 1.0], index=[10, 20])) == 10
    assert np.isnan(dissociation.onset(pd.Series([0.0, 0.01], index=[10, 20])))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: tree("[Ag5L3]-"), "no rule"),
        (lambda: dissociation.breakdown(tree("[Ag29L12]3-"), {"magic": (1, 1)}, [1]), "allowed are staple"),
        (lambda: dissociation.breakdown(tree("[Ag29L12]3-"), {}, [-1]), "not be negative"),
        (lambda: dissociation.deposited_energy(1e4, 1, 1, SHARP._replace(inelasticity=2)), "from 0 to 1"),
        (
            lambda: dissociation.calibrate([("unit", tree("[Ag29L12]3-"), 9, lambda n: n.iloc[0] + 1)]),
            "no barrier",
        ),
    ],
)
def test_what_cannot_be_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
