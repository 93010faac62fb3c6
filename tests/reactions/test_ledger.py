"""Electrons of all reactions of three networks, against literal counts and the balance of single ones."""

import numpy as np
import pytest

from supracrystal.reactions import SPECIES, Parameters, course, dimer_network, ledger, network
from supracrystal.spectra import check

PARAMETERS = Parameters(2, 100, 1e-4, 0.03, 0.5, 4e-3, 4e-6, 4e-5, -2.7, 1.9, -0.7)
DIMERS = ["[Ag53L12L'16]3-", "[AuAg52L12L'16]3-", "[PdAg53L12L'16]3-", "[PtAg53L12L'16]3-"]
PARENTS = ["[Ag29L12]3-", "[Ag25L'18]-", "[AuAg24L'18]-", "[PdAg24L'18]2-", "[PtAg24L'18]2-"]


def test_exchange_keeps_all_electrons_in_all_1302_reactions():
    table = ledger.exchange()
    assert table["reactions"].tolist() == [351, 351, 600]
    assert (table.drop(columns="reactions") == 0).all(axis=None)
    assert table["reactions"].sum() == dimer_network(25).stoichiometry.shape[1]


def test_a_ligand_too_few_is_seen():
    """The count notices a network that is wrong: dimers that would lose a thiolate."""
    texts = ["[Ag25(SR)18]-", "[Ag50(SR)35]2-"]
    table = ledger.ledger([[-2], [1]], texts, ["join"])
    assert table.loc["join"].tolist() == [1, 1, 1, 0, 0]


def test_alloying_keeps_electrons_in_exchange_and_gives_those_of_whole_clusters():
    table = ledger.alloying(PARAMETERS)
    assert table["reactions"].sum() == network(PARAMETERS).stoichiometry.shape[1]
    assert (table["electrons from"] == table["electrons to"]).all()
    electrons = {"30": 44 - 30 + 4, "27": 44 - 27 + 3, "26": 44 - 26 + 2}
    charges = {"30": -4, "27": -3, "26": -2}
    for kind, row in table.iterrows():
        steps = [] if kind == "exchange" else [each.split() for each in kind.split(", ")]
        for name, counted in (("electrons", electrons), ("charge", charges)):
            change = sum(counted[family] * {"breaks": -1, "grows": 1}[verb] for family, verb in steps)
            assert row[f"{name} from"] == row[f"{name} to"] == change
    assert {"exchange", "30 breaks", "26 breaks", "30 grows", "27 grows"} <= set(table.index)


@pytest.mark.parametrize("seed", range(5))
def test_an_exchange_drawn_at_random_balances_as_text(seed):
    found = network(PARAMETERS).stoichiometry.tocsc()
    texts, generator = ledger.cluster_formulas(), np.random.default_rng(seed)
    clusters = np.array([bool(each) for each in texts])
    inside = [k for k in range(found.shape[1]) if not abs(found[:, [k]].toarray()[~clusters]).any()]
    change = np.rint(found[:, [generator.choice(inside)]].toarray().ravel()).astype(int)
    left, right = (
        " + ".join(
            f"{sign * n} {text}" for text, n in zip(texts, change, strict=True) if text and sign * n > 0
        )
        for sign in (-1, 1)
    )
    assert check(f"{left} -> {right}")["verdict"] == "balanced"


@pytest.mark.parametrize("ratio", [0.1, 0.5, 3])
def test_solution_has_the_electrons_that_its_metal_ligands_and_charge_leave(ratio):
    amounts = course(PARAMETERS, ratio, [0, 10, 120, 1200])
    table = ledger.in_solution(amounts, ratio)
    expected = table["metal"] - table["ligands"] - table["charge"]
    np.testing.assert_allclose(table["electrons"], expected, atol=1e-6)
    held = {30: 18, 27: 20, 26: 20, 0: 0}
    inside = amounts @ SPECIES["framework"].map(held).to_numpy()
    np.testing.assert_allclose(inside + table["electrons"], (20 * ratio + 18) / (ratio + 1), atol=1e-6)
    assert table["metal"].iloc[0] == 0 and np.isnan(table["oxidised"].iloc[0])


def test_all_dissociations_keep_electrons_and_two_steps_leave_odd_numbers():
    table = ledger.dissociation(DIMERS + PARENTS)
    assert (table[["electrons from", "electrons to", "charge from", "charge to"]] == 0).all(axis=None)
    assert table.index[table["odd"] > 0].tolist() == ["hydrogen", "silver"]
