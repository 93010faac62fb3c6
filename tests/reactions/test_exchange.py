"""Exchange networks against atoms swapped one by one, moments, master equations, and exact equilibria."""

from collections import Counter

import numpy as np
import pytest
import reference
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import solve_ivp
from scipy.linalg import expm
from scipy.stats import binom, chisquare, hypergeom

from supracrystal.reactions import exchange, kinetics

SPECIES = exchange.dimer_species(25)
RATES = {"dimerisation": 0.4, "dissociation": 1.5, "exchange": 20.0}
constant = st.floats(0.05, 5)


def half_and_half(atoms, clusters=1.0):
    initial = np.zeros(len(exchange.dimer_species(atoms)))
    initial[[0, atoms]] = clusters / 2
    return initial


def as_text(species):
    return [x if y < 0 else (x, y) for x, y in zip(species["first"], species["second"], strict=True)]


def by_composition(amount, species, atoms):
    """Amounts of clusters by their marked atoms, free and in dimers."""
    one, two = species["first"].to_numpy(), species["second"].to_numpy()
    return np.bincount(one, amount, atoms + 1) + np.bincount(two[two >= 0], amount[two >= 0], atoms + 1)


def test_377_species_and_1302_reactions_of_neumaier():
    network = exchange.dimer_network(25)
    assert network.stoichiometry.shape == (377, 1302)
    assert SPECIES["clusters"].value_counts().to_dict() == {1: 26, 2: 351}
    order = (network.reactants >= 0).sum(axis=1)
    kinds = Counter(zip(order.tolist(), network.stoichiometry.sum(axis=0).tolist(), strict=True))
    assert kinds == {(2, -1): 351, (1, 1): 351, (1, 0): 600}
    columns = network.stoichiometry.toarray().T
    assert len({(tuple(r), tuple(c)) for r, c in zip(network.reactants, columns, strict=True)}) == 1302


@given(atoms=st.integers(1, 40))
def test_every_reaction_conserves_clusters_and_atoms(atoms):
    species = exchange.dimer_species(atoms)
    change = exchange.dimer_network(atoms).stoichiometry
    assert not (change.T @ species[["clusters", "marked"]].to_numpy()).any()


@given(atoms=st.integers(1, 5), seed=st.integers(0, 1000))
def test_rates_are_those_of_swapping_atoms_one_by_one(atoms, seed):
    random = np.random.default_rng(seed)
    constants = random.uniform(0.1, 2, (3, 2 * atoms + 1))
    network = exchange.dimer_network(
        atoms, **dict(zip(("dimerisation", "dissociation", "exchange"), constants, strict=True))
    )
    species = as_text(exchange.dimer_species(atoms))
    amount = random.uniform(0, 3, len(species))
    reactions = reference.exchange_reactions(atoms, *(each.__getitem__ for each in constants))
    change = reference.exchange_derivative(reactions, dict(zip(species, amount, strict=True)))
    ours = network.stoichiometry @ kinetics.rates(network, amount)
    assert ours == pytest.approx([change[each] for each in species], rel=1e-12, abs=1e-12)
    assert len(reactions) == len(network.rate)


@given(atoms=st.integers(1, 6), seed=st.integers(0, 1000))
def test_jacobian_is_the_central_difference(atoms, seed):
    # Of quadratic functions the central difference is exact.
    random = np.random.default_rng(seed)
    network = exchange.dimer_network(atoms, **RATES, energy=random.normal(size=atoms + 1))
    amount = random.uniform(0, 2, network.stoichiometry.shape[0])

    def change(amount):
        return network.stoichiometry @ kinetics.rates(network, amount)

    numeric = [(change(amount + unit) - change(amount - unit)) / 2 for unit in np.eye(len(amount))]
    assert np.allclose(kinetics.jacobian(network, amount).toarray().T, numeric, rtol=0, atol=1e-11)


@pytest.mark.parametrize(("method", "atoms"), [("BDF", 25), ("Radau", 8), ("LSODA", 8)])
def test_all_methods_conserve_to_rounding_and_agree(method, atoms):
    network, initial = exchange.dimer_network(atoms, **RATES), half_and_half(atoms)
    conserved = exchange.dimer_species(atoms)[["clusters", "marked"]].to_numpy()
    times = np.append(0, np.geomspace(1e-3, 1200, 30))
    amount = kinetics.integrate(network, initial, times, method=method)
    assert np.abs(amount @ conserved - initial @ conserved).max() < 1e-11
    assert amount.min() > -1e-10
    assert amount == pytest.approx(kinetics.integrate(network, initial, times, rtol=1e-9), abs=1e-7)


def test_number_of_dimers_and_variances_obey_their_own_equations():
    network, initial = exchange.dimer_network(25, **RATES), np.zeros(377)
    initial[[0, 5, 25]] = 1.0, 0.5, 0.7
    times = np.geomspace(0.01, 30, 12)
    amount = kinetics.integrate(network, initial, times, rtol=1e-10)
    clusters, marked = initial @ SPECIES[["clusters", "marked"]].to_numpy()
    share = marked / (25 * clusters)
    first, second = SPECIES["first"] - 25 * share, SPECIES["second"] - 25 * share
    dimer = SPECIES["clusters"].to_numpy() == 2
    measures = np.array(
        [~dimer, dimer, ~dimer * first**2, dimer * (first + second) ** 2, dimer * (first - second) ** 2]
    )
    expected = solve_ivp(
        reference.exchange_moments, (0, 30), measures @ initial, method="DOP853", t_eval=times, rtol=1e-12,
        atol=1e-12, args=(25, share, *RATES.values()),
    )  # fmt: skip
    assert measures @ amount.T == pytest.approx(expected.y, rel=1e-6, abs=1e-7)


def test_relaxation_begins_with_the_clusters_and_ends_binomial():
    initial = np.random.default_rng(1).exponential(size=26)
    start, end = exchange.relaxation(initial, [1, 0])
    assert start == pytest.approx(initial, abs=1e-13)
    share = initial @ np.arange(26) / (25 * initial.sum())
    assert end == pytest.approx(initial.sum() * binom.pmf(np.arange(26), 25, share), abs=1e-13)
    two = 0.5 * binom.pmf(np.arange(26), 25, 0.2) + 0.5 * binom.pmf(np.arange(26), 25, 0.8)
    assert exchange.relaxation([0.5] + [0] * 24 + [0.5], 0.6) == pytest.approx(two, abs=1e-14)


def test_short_lived_dimers_are_clusters_that_swap_when_they_meet():
    atoms, times = 6, np.array([2.0, 10.0])
    apart = []
    for short in (1e-2, 1e-3):
        constants = {"dimerisation": short, "dissociation": 1.0, "exchange": short}
        amount = kinetics.integrate(
            exchange.dimer_network(atoms, **constants), half_and_half(atoms), times / short**2
        )
        expected = exchange.relaxation([0.5, *[0] * 5, 0.5], np.exp(-times / atoms))
        apart.append(np.abs(amount[:, : atoms + 1] - expected).max())
    assert apart[0] < 0.01
    assert apart[1] == pytest.approx(apart[0] / 10, rel=0.1)


@given(
    atoms=st.integers(1, 8),
    share=st.floats(0.05, 0.95),
    clusters=st.floats(0.1, 20),
    seed=st.integers(0, 1000),
)
def test_equilibrium_has_detailed_balance_and_the_right_totals(atoms, share, clusters, seed):
    random = np.random.default_rng(seed)
    energy = random.normal(size=atoms + 1)
    join, part, swap = random.uniform(0.1, 3, (3, 2 * atoms + 1))
    network = exchange.dimer_network(
        atoms, dimerisation=join, dissociation=part, exchange=swap, energy=energy
    )
    amount = exchange.equilibrium(
        atoms, clusters, share * atoms * clusters, binding=join / part, energy=energy
    )
    sums = exchange.dimer_species(atoms)[["clusters", "marked"]].to_numpy().T @ amount
    assert sums == pytest.approx([clusters, share * atoms * clusters], rel=1e-9)
    flow = dict(
        zip(map(tuple, network.stoichiometry.toarray().T), kinetics.rates(network, amount), strict=True)
    )
    assert len(flow) == len(network.rate)
    for change, rate in flow.items():
        assert rate == pytest.approx(flow[tuple(-each for each in change)], rel=1e-9)


@given(share=st.floats(0.02, 0.98), binding=st.floats(0, 50))
def test_equal_energies_make_monomers_binomial_and_dimers_pairs_of_them(share, binding):
    amount = exchange.equilibrium(25, 2.0, share * 50, binding=binding)
    free = 4 / (1 + np.sqrt(1 + 8 * binding))  # of m + K m^2 = 2
    assert amount[:26] == pytest.approx(free * binom.pmf(np.arange(26), 25, share), rel=1e-8, abs=1e-12)
    number = np.bincount(SPECIES["marked"][26:], amount[26:])
    paired = binding * free**2 / 2 * binom.pmf(np.arange(51), 50, share)
    assert number == pytest.approx(paired, rel=1e-8, abs=1e-12)


def test_kinetics_end_in_the_equilibrium_with_gold_rich_dimers_too():
    gold = np.arange(51) / 50
    join = 0.4 * (1 + 3 * gold)
    network = exchange.dimer_network(25, dimerisation=join, dissociation=1.5, exchange=20.0)
    last = kinetics.integrate(network, half_and_half(25), [1200.0])[0]
    amount = exchange.equilibrium(25, 1.0, 12.5, binding=join / 1.5)
    assert last == pytest.approx(amount, abs=1e-8)
    mean = amount[:26] @ np.arange(26) / amount[:26].sum()
    assert mean < 12.48  # the dimers have taken gold
    assert amount[:26] == pytest.approx(amount[:26].sum() * binom.pmf(np.arange(26), 25, mean / 25), rel=1e-8)


def test_entropy_of_mixing_grows_to_that_of_all_atoms():
    initial = [0.5] + [0] * 24 + [0.5]
    entropy = exchange.mixing_entropy(exchange.relaxation(initial, np.exp(-np.linspace(0, 12, 100))))
    assert entropy[0] == pytest.approx(np.log(2), abs=1e-9)
    assert (np.diff(entropy[:60]) > 0).all()
    assert np.diff(entropy).min() > -1e-12
    assert entropy[-1] == pytest.approx(25 * np.log(2), abs=1e-8)


@given(share=st.floats(0.05, 0.95), beside=st.integers(-2, 2))
def test_no_distribution_of_the_same_mean_has_more_entropy_than_the_binomial(share, beside):
    largest = exchange.mixing_entropy(binom.pmf(np.arange(26), 25, share))
    assert largest == pytest.approx(-25 * (share * np.log(share) + (1 - share) * np.log(1 - share)))
    other = binom.pmf(np.arange(26), 25, share)
    place = int(np.clip(round(25 * share) - 1 + beside, 0, 23))
    step = 0.5 * min(other[place], other[place + 2])
    other[place : place + 3] += [-step / 2, step, -step / 2]
    assert exchange.mixing_entropy(other) < largest


def test_random_runs_have_the_distribution_of_the_master_equation():
    atoms, volume, until = 2, 2.0, 0.7
    constants = {"dimerisation": 1.0, "dissociation": 0.8, "exchange": 3.0}
    join, part, swap = (lambda _, value=value: value for value in constants.values())
    reactions = reference.exchange_reactions(atoms, join, part, swap)
    states, matrix = reference.master_equation(reactions, (0, 0, 2), volume)
    expected = expm(matrix * until)[:, 0]
    names = as_text(exchange.dimer_species(atoms))
    initial = np.bincount([0, 0, 2], minlength=len(names))
    network = exchange.dimer_network(atoms, **constants)
    found = Counter()
    for seed in range(3000):
        number = kinetics.simulate(network, initial, [until], volume=volume, seed=seed)[0]
        found[tuple(sorted(np.repeat(np.array(names, dtype=object), number), key=str))] += 1
    assert set(found) <= set(states)
    assert expected.min() > 5 / 3000
    assert chisquare([found[state] for state in states], 3000 * expected).pvalue > 0.01


def test_few_clusters_end_in_the_hypergeometric_distribution():
    atoms, clusters, volume = 4, 8, 8.0
    constants = {"dimerisation": 1.0, "dissociation": 0.5, "exchange": 8.0}
    species, initial = exchange.dimer_species(atoms), np.round(half_and_half(atoms, clusters))
    times = 20 + 4.0 * np.arange(2500)
    run = kinetics.simulate(exchange.dimer_network(atoms, **constants), initial, times, volume=volume, seed=3)
    assert (run @ species[["clusters", "marked"]].to_numpy() == [clusters, 16]).all()

    # One cluster is a sample of 4 of the 32 atoms, of which 16 are marked.
    share = np.array([by_composition(each, species, atoms) for each in run]) / clusters
    error = share.std(axis=0) / np.sqrt(len(run) / 3)  # three samples for one that is independent
    expected = hypergeom.pmf(np.arange(5), 32, 16, 4)
    assert (np.abs(share.mean(axis=0) - expected) < 4 * error).all()
    assert np.abs(binom.pmf(np.arange(5), 4, 0.5) - expected).max() > 4 * error.max()

    # Dimers form at k m (m - 1) / 2 V for m monomers, and part one by one.
    weight = [1.0]
    for dimers in range(1, clusters // 2 + 1):
        monomers = clusters - 2 * (dimers - 1)
        weight.append(weight[-1] * monomers * (monomers - 1) / (2 * volume) / (0.5 * dimers))
    weight = np.array(weight) / sum(weight)
    counted = np.bincount(run[:, atoms + 1 :].sum(axis=1), minlength=5) / len(run)
    assert counted == pytest.approx(weight, abs=4 * np.sqrt(0.25 / len(run) * 3))


def test_many_clusters_follow_the_rate_equations():
    atoms, clusters = 5, 20_000
    network, times = exchange.dimer_network(atoms, **RATES), np.array([0.2, 1.0, 4.0])
    amount = kinetics.integrate(network, half_and_half(atoms), times)
    run = kinetics.simulate(network, half_and_half(atoms, clusters), times, volume=clusters, seed=5)
    assert run == pytest.approx(clusters * amount, abs=5 * np.sqrt(clusters * amount.max()))
    deviation = (run - clusters * amount) / np.sqrt(clusters * amount)
    assert 0.5 < deviation.std() < 1.3


def test_random_runs_of_all_orders_have_the_right_mean():
    # A comes out of nothing and vanishes alone: Poisson, with the mean k V / l.
    network = kinetics.reaction_network(1, [[-1, -1], [0, -1]], [[0], [-1]], [3.0, 0.5])
    run = kinetics.simulate(network, [0], 20 + 5.0 * np.arange(500), volume=4.0, seed=1)[:, 0]
    assert run.mean() == pytest.approx(24, abs=4 * np.sqrt(24 / 500))
    assert run.var() == pytest.approx(24, abs=4 * 24 * np.sqrt(2 / 500))
    amount = kinetics.integrate(network, [0.0], [1.0, 50.0])[:, 0]
    assert amount == pytest.approx([6 * (1 - np.exp(-0.5)), 6], rel=1e-6)


def test_three_that_must_meet_vanish_as_the_third_power():
    network = kinetics.reaction_network(1, [[0, 0, 0]], [[-1]], 2.0)
    times = np.array([0.5, 3.0])
    amount = kinetics.integrate(network, [1.0], times)[:, 0]
    assert amount == pytest.approx(1 / np.sqrt(1 + 12 * times), rel=1e-5)  # of dc/dt = -3 k c^3
    run = kinetics.simulate(network, [30_000], times, volume=30_000, seed=2)[:, 0]
    assert run == pytest.approx(30_000 * amount, abs=5 * np.sqrt(30_000))
    assert kinetics.simulate(network, [5], [1e9])[0, 0] == 2


def test_unlike_reactants_have_the_jacobian_of_their_product():
    network = kinetics.reaction_network(3, [[0, 1, 2, 2], [0, 1, -1, -1]], [[-1], [2]], [2.0, 0.5])
    slope = kinetics.jacobian(network, [3.0, 5.0, 7.0]).toarray()
    first, second = 2 * np.array([5 * 49, 3 * 49, 2 * 3 * 5 * 7]), 0.5 * np.array([5, 3, 0])
    assert slope == pytest.approx(np.array([-first - second, -first - second, -2 * first + second]))


def test_a_catalyst_speeds_and_does_not_change():
    network = kinetics.reaction_network(3, [[0, 2]], [[1, 2]], 0.5)
    assert network.stoichiometry.toarray().ravel().tolist() == [-1, 1, 0]
    amount = kinetics.integrate(network, [1.0, 0.0, 3.0], [2.0])[0]
    assert amount == pytest.approx([np.exp(-3), 1 - np.exp(-3), 3], abs=1e-7)


VANISH = kinetics.reaction_network(1, [[0, 0]], [[-1]], 1.0)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: exchange.dimer_network(0), "positive whole number"),
        (lambda: exchange.dimer_network(2.5), "positive whole number"),
        (lambda: exchange.dimer_network(3, dimerisation=[1, 2]), r"dimerisation has the shape \(2,\).* 7"),
        (lambda: exchange.dimer_network(3, exchange=-1), "not negative"),
        (lambda: exchange.dimer_network(3, dissociation=np.nan), "not negative"),
        (lambda: exchange.dimer_network(3, dissociation=np.inf), "finite"),
        (lambda: exchange.dimer_network(3, energy=[0, 1]), "energy has the shape"),
        (lambda: exchange.equilibrium(3, 1, 3), "both kinds are needed"),
        (lambda: exchange.relaxation([0, 0], 0.5), "amounts of clusters"),
        (lambda: exchange.relaxation([1, 0], 1.5), "between 0 and 1"),
        (lambda: exchange.mixing_entropy([1, -1]), "not negative"),
        (lambda: kinetics.reaction_network(1, [[0, 1]], [[-1]], 1), "species go from -1 to 1; there are 1"),
        (lambda: kinetics.reaction_network(1, [0], [[-1]], 1), "reactants are"),
        (lambda: kinetics.integrate(VANISH, [1, 2], [1]), "the network has 1 species"),
        (lambda: kinetics.integrate(VANISH, [-1], [1]), "not negative"),
        (lambda: kinetics.integrate(VANISH, [1], [2, 1]), "ascending"),
        (lambda: kinetics.simulate(VANISH, [1.5], [1]), "whole numbers"),
        (lambda: kinetics.simulate(VANISH, [1], [-1, 1]), "ascending"),
        (lambda: kinetics.simulate(VANISH, [1], [1], volume=0), "positive"),
    ],
)
def test_what_cannot_be_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
