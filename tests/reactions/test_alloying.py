"""Three families of one alloy against reactions written one by one, sums, equilibria, and a recorded fit."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import reference
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.special import expit
from scipy.stats import binom

from supracrystal.reactions import alloying, kinetics
from supracrystal.reactions import statements as observed
from supracrystal.spectra import elements, parse

RECORDED = Path(__file__).parents[2] / "data" / "reactions"
OBSERVATIONS = observed.read_observations(RECORDED / "lin2022.yaml")
RECORD = json.loads((RECORDED / "alloying.json").read_text(encoding="utf-8"))
FITTED = alloying.Parameters(**RECORD["parameters"])
SPECIES = alloying.SPECIES
seeds = st.integers(0, 1000)


def some_parameters(seed):
    random = np.random.default_rng(seed)
    constants = random.uniform(0.1, 2, 8) * [1, 1, 0.05, 0.5, 1, 1, 1e-4, 1e-4]
    return alloying.Parameters(*constants, *random.normal(size=3))


def names():
    pairs = zip(SPECIES["framework"][:-3], SPECIES["gold"][:-3], strict=True)
    return [(int(framework), int(gold)) for framework, gold in pairs] + ["gold", "silver", "ligands"]


def test_the_species_are_those_of_three_formulas_and_the_solution():
    assert len(SPECIES) == 13 + 13 + 10 + 3
    clusters = SPECIES[:-3]
    assert (clusters["gold"] + clusters["silver"] == 44).all()
    for framework, gold, silver, ligands in clusters.itertuples(index=False):
        counts = elements(
            parse(f"Au{gold}Ag{silver}(p-MBA){framework}".replace("Au0", "").replace("Ag0(", "("))
        )
        assert (counts.get("Au", 0), counts.get("Ag", 0), counts["S"]) == (gold, silver, ligands)


@given(seed=seeds)
def test_the_rates_are_those_of_reactions_written_one_by_one(seed):
    parameters = some_parameters(seed)
    amount = np.random.default_rng(seed + 1).exponential(size=len(SPECIES))
    network = alloying.network(parameters)
    ours = network.stoichiometry @ kinetics.rates(network, amount)
    costs = {30: parameters.gold30, 27: parameters.gold27, 26: parameters.gold26}
    change = reference.alloying_change(parameters._asdict(), costs, dict(zip(names(), amount, strict=True)))
    assert ours == pytest.approx([change[each] for each in names()], rel=1e-10, abs=1e-10)


@given(seed=seeds)
def test_rates_by_frameworks_and_their_jacobian_are_those_of_the_network(seed):
    parameters = some_parameters(seed)
    amount = np.random.default_rng(seed + 1).exponential(size=len(SPECIES))
    network = alloying.network(parameters)
    derivative, jacobian = alloying.equations(parameters)
    change = network.stoichiometry @ kinetics.rates(network, amount)
    assert derivative(0, amount) == pytest.approx(change, rel=1e-10, abs=1e-9)
    assert jacobian(0, amount) == pytest.approx(
        kinetics.jacobian(network, amount).toarray(), rel=1e-10, abs=1e-9
    )


@given(seed=seeds)
def test_every_reaction_conserves_gold_silver_and_ligands(seed):
    network = alloying.network(some_parameters(seed))
    assert not (network.stoichiometry.T @ alloying.CONSERVED).any()
    # What is used up is among the reactants, so that no amount becomes negative.
    change = network.stoichiometry.toarray()
    for reactants, column in zip(network.reactants, change.T, strict=True):
        assert set(np.flatnonzero(column < 0)) <= set(reactants)


@pytest.mark.parametrize("method", ["LSODA", "BDF"])
@pytest.mark.parametrize("ratio", [1 / 40, 1 / 3, 1 / 2, 3, 6, 40])
def test_sums_stay_along_every_trajectory_and_methods_agree(ratio, method):
    network, initial = alloying.network(FITTED), alloying.feed(ratio)
    times = np.append(0, np.geomspace(0.01, 1200, 40))
    amount = kinetics.integrate(network, initial, times, method=method, rtol=1e-7)
    assert np.abs(amount @ alloying.CONSERVED - initial @ alloying.CONSERVED).max() < 1e-10
    assert amount.min() > -1e-8
    course = alloying.course(FITTED, ratio, times)
    assert amount == pytest.approx(course, abs=1e-3)
    assert np.abs(course @ alloying.CONSERVED - initial @ alloying.CONSERVED).max() < 1e-10


@pytest.mark.parametrize("ratio", [1 / 3, 3])
def test_random_runs_have_the_mean_of_the_rate_equations_and_keep_every_atom(ratio):
    network, volume, times = alloying.network(FITTED), 100, [2, 10]
    initial = np.rint(alloying.feed(ratio) * volume)
    runs = np.array(
        [kinetics.simulate(network, initial, times, volume=volume, seed=seed) for seed in range(12)]
    )
    assert (runs @ alloying.CONSERVED == initial @ alloying.CONSERVED).all()
    assert (runs >= 0).all()
    mean = kinetics.integrate(network, initial / volume, times, method="LSODA", rtol=1e-7)
    framework, gold = SPECIES["framework"].to_numpy(), SPECIES["gold"].to_numpy()
    measures = [framework == each for each in (30, 27, 26)] + [gold * (framework > 0) / 44]
    for measure in measures:
        found, expected = runs @ measure / volume, mean @ measure
        error = np.hypot(found.std(axis=0, ddof=1), 1 / volume) / np.sqrt(len(runs))
        assert np.abs(found.mean(axis=0) - expected).max() < 0.06
        # The mean of a finite system differs from the rate equations by about one cluster.
        assert (np.abs(found.mean(axis=0) - expected) < 4 * error + 1 / volume).all()


@pytest.mark.parametrize(("ratio", "gold", "ligands"), [(1 / 2, 44 / 3, 86 / 3), (1, 22, 28), (3, 33, 27)])
def test_the_feed_has_the_metals_and_ligands_of_the_parents(ratio, gold, ligands):
    sums = alloying.feed(ratio) @ alloying.CONSERVED
    assert sums == pytest.approx([gold, 44 - gold, ligands])


@given(seed=seeds, ratio=st.floats(0.02, 50))
def test_a_solution_beside_silver_rich_clusters_alone_lacks_ligands(seed, ratio):
    # With 30 ligands to 44 metal atoms in clusters, what is left has fewer, never one for each metal atom.
    random = np.random.default_rng(seed)
    sums = alloying.feed(ratio) @ alloying.CONSERVED
    assert sums[2] / sums[:2].sum() == pytest.approx((26 * ratio + 30) / (44 * (1 + ratio)))
    most = min(1.0, sums[0] / 6, sums[1] / 38)
    clusters = random.uniform(0, most) * np.array([6, 38, 30])
    left = sums - clusters
    assert left[2] < 30 / 44 * left[:2].sum()


def swap_equilibrium(parameters, amount):
    """Where swaps lead: each of the places of a framework holds gold as 1 / (1 + exp(cost - beta)) says."""
    out, framework = amount.copy(), SPECIES["framework"].to_numpy()
    places = {30: (12, parameters.gold30), 27: (12, parameters.gold27), 26: (9, parameters.gold26)}

    def spread(beta):
        for each, (number, cost) in places.items():
            share = expit(beta - cost)
            out[framework == each] = amount[framework == each].sum() * binom.pmf(
                np.arange(number + 1), number, share
            )
        out[[-3, -2]] = amount[[-3, -2]].sum() * np.array([expit(beta), expit(-beta)])
        return out

    gold = SPECIES["gold"].to_numpy()
    return spread(brentq(lambda beta: (spread(beta) - amount) @ gold, -100, 100, xtol=1e-13)).copy()


@given(seed=seeds)
def test_swaps_have_detailed_balance_at_their_equilibrium(seed):
    parameters = some_parameters(seed)._replace(contact30=0, contact27=0, growth30=0, growth27=0)
    network = alloying.network(parameters, overshoot=False)
    amount = np.random.default_rng(seed).exponential(size=len(SPECIES))
    end = swap_equilibrium(parameters, amount)
    assert end @ SPECIES["gold"] == pytest.approx(amount @ SPECIES["gold"], rel=1e-9)
    count, before = (each[:-1] for each in (end, amount))
    groups = SPECIES["framework"][:-1].to_numpy()
    assert np.bincount(groups, count)[[0, 26, 27, 30]] == pytest.approx(
        np.bincount(groups, before)[[0, 26, 27, 30]]
    )
    flows = network.rate > 0
    change = network.stoichiometry.toarray().T[flows].astype(int)
    rate = kinetics.rates(network, end)[flows]
    number = {column.tobytes(): k for k, column in enumerate(change)}
    assert len(number) == len(rate) > 1000
    assert rate == pytest.approx(rate[[number[(-column).tobytes()] for column in change]], rel=1e-9)


@pytest.mark.parametrize("ratio", [0.1, 1.0, 8.0])
def test_swaps_alone_end_in_their_equilibrium(ratio):
    costs = {"gold30": -0.7, "gold27": 0.4, "gold26": -1.5}
    parameters = alloying.Parameters(1, 1, 0.5, 0, 0, 0, 0, 0, **costs)
    initial = alloying.feed(ratio)
    initial[20], initial[-3:] = 0.4, [0.7, 1.1, 2.0]  # some M44(SR)27, and a solution
    last = kinetics.integrate(alloying.network(parameters, overshoot=False), initial, [3000.0])[0]
    assert last == pytest.approx(swap_equilibrium(parameters, initial), abs=1e-7)


def test_more_of_a_parent_makes_the_ratio_of_all_that_was_fed():
    for first, ratio in ((3, 5), (2, 1 / 2), (1 / 3, 3)):
        sums = alloying.course(FITTED, ratio, [0, 10], first=first) @ alloying.CONSERVED
        assert sums[:, 0] / sums[:, 1] == pytest.approx([ratio, ratio])
        parent = 1 / (1 + first) if ratio > first else first / (1 + first)
        assert sums[0, 1 if ratio > first else 0] == pytest.approx(44 * parent)


def test_statements_are_judged_as_by_hand():
    amount = np.zeros(len(SPECIES))
    amount[[2, 12, 20, -4]] = 0.30, 0.20, 0.46, 0.04  # x = 2 and 12 of 30, 24 of 27, 44 of 26
    observation = {"present": [30, 26], "absent": [27], "main": 30, "gold": {30: [12, 12], 26: [40, 44]}}
    table = observed.judge(observation, amount)
    assert table["printed"].tolist() == ["seen", "seen", "not seen", "most", "x 12", "x 40-44"]
    assert table["found"].tolist() == ["50 %", "4 %", "46 %", "50 %", "x 2", "not seen"]
    assert table["hit"].tolist() == [True, False, False, True, False, False]
    factors = [1, 0.05 / 0.04, 0.46 / 0.05, 1, 0.30 / 0.20, 0.05 / 0.04]
    assert np.exp(table["miss"]).to_numpy() == pytest.approx(np.array(factors))
    assert observed.judge(observation, amount, seen=0.03)["hit"].tolist() == [
        True,
        True,
        False,
        True,
        False,
        True,
    ]


def test_observations_name_what_is_in_the_model():
    for each in OBSERVATIONS:
        assert set(each) <= {
            "place", "ratio", "first", "minutes", "present", "absent", "main", "gold", "window", "remark",
        }  # fmt: skip
        assert not set(each["present"]) & set(each.get("absent", []))
        for framework, (low, high) in each.get("gold", {}).items():
            assert framework in each["present"]
            assert alloying.FRAMEWORKS[framework][0] <= low <= high <= alloying.FRAMEWORKS[framework][1]
    places = pd.DataFrame(OBSERVATIONS)[["place", "ratio", "minutes"]]
    assert not places.duplicated().any()
    assert sorted(places["ratio"][places["place"].isin(["Fig. 2b", "Fig. 2d"])]) == pytest.approx(
        [1 / 40, 1 / 10, 1 / 4, 1 / 3, 1 / 2, 2, 3, 4, 5, 6, 8, 10, 20, 30, 40]
    )


def test_recorded_hits_and_misses_are_those_of_the_recorded_parameters():
    for name, digest in RECORD["sha256"].items():
        assert hashlib.sha256((RECORDED / name).read_bytes()).hexdigest() == digest
    recorded = pd.read_csv(RECORDED / "alloying.csv")
    table = observed.compare(FITTED, OBSERVATIONS)
    assert (table[["place", "framework", "printed"]] == recorded[["place", "framework", "printed"]]).all(
        axis=None
    )
    assert table["miss"].to_numpy() == pytest.approx(recorded["miss"], abs=0.02)
    clear = (recorded["miss"] == 0) | (recorded["miss"] > 0.02)
    assert (table["hit"] == recorded["hit"])[clear].all()
    held_back = recorded[~recorded["fitted"]]
    fitted = {(a, b) for a, b in recorded.loc[recorded["fitted"], ["place", "ratio"]].itertuples(index=False)}
    assert not fitted & {(a, b) for a, b in held_back[["place", "ratio"]].itertuples(index=False)}
    none = pd.concat([observed.judge(each, alloying.feed(each["ratio"])) for each in OBSERVATIONS])
    assert held_back["hit"].sum() > none["hit"].to_numpy()[held_back.index].sum() + 20


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: alloying.feed(0), "must be positive"),
        (lambda: alloying.network(FITTED._replace(within=-1)), "not negative"),
        (lambda: alloying.network(FITTED._replace(growth27=np.nan)), "finite"),
    ],
)
def test_what_cannot_be_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
