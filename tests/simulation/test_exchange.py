"""Exchange of identities against Boltzmann weights, brute force and random exchanges in a thin fluid."""

import itertools
from dataclasses import replace

import gsd.hoomd
import numpy as np
import pytest
from reference import wca_energy

from supracrystal.colloids import is_large
from supracrystal.simulation import (
    ConfinementRecipe,
    Exchange,
    change_energies,
    exchange_identities,
    simulate,
)

TEMPERATURE = 0.2
CUBE = 1.05 * np.array(list(itertools.product([0, 0.98], [0, 0.98], [0, 0.98, 1.96])))[:9]


def energy(position, large, length=None):
    """WCA energy of all pairs, of nearest images in a periodic cube."""
    i, j = np.triu_indices(len(position), 1)
    vector = position[i] - position[j]
    if length:
        vector -= length * np.round(vector / length)
    sigma = 1 - 0.11 * (2 - np.asarray(large, dtype=int)[i] - np.asarray(large, dtype=int)[j])
    return float(wca_energy(np.linalg.norm(vector, axis=1), sigma=sigma).sum())


def fluid(random, number=60, length=4.6):
    """Random points, none closer than 0.9 of the mean diameter."""
    position = np.zeros((0, 3))
    while len(position) < number:
        point = random.uniform(0, length, 3)
        apart = position - point
        apart -= length * np.round(apart / length)
        if (np.linalg.norm(apart, axis=1) > 0.8).all():
            position = np.vstack([position, point])
    return position, np.arange(number) % 3 == 0, length


@pytest.mark.parametrize("periodic", [False, True])
def test_change_energies_are_differences_of_the_total_energy(random_generator, periodic):
    position, large, length = fluid(random_generator)
    length = length if periodic else None
    found = change_energies(position, large, length=length)
    before = energy(position, large, length)
    for i in range(len(position)):
        changed = large.copy()
        changed[i] = ~changed[i]
        assert found[i] == pytest.approx(energy(position, changed, length) - before, abs=1e-9)


def test_arrangements_have_boltzmann_weights(random_generator):
    position = CUBE + random_generator.normal(0, 0.06, CUBE.shape)
    arrangements = list(itertools.combinations(range(9), 4))
    energies = [energy(position, np.isin(np.arange(9), chosen)) for chosen in arrangements]
    expected = np.exp(-(np.array(energies) - min(energies)) / TEMPERATURE)
    expected /= expected.sum()
    large, count, samples = np.arange(9) < 4, dict.fromkeys(arrangements, 0), 10_000
    for _ in range(samples):
        # Forty tries apart, samples are all but independent.
        large, _ = exchange_identities(
            position, large, temperature=TEMPERATURE, tries=40, random=random_generator
        )
        count[tuple(np.flatnonzero(large).tolist())] += 1
    found = np.array(list(count.values()))
    frequent = samples * expected > 10
    square = (found - samples * expected) ** 2 / (samples * expected)
    assert frequent.sum() > 20
    assert square[frequent].sum() < frequent.sum() + 4 * np.sqrt(2 * frequent.sum())
    # The weights differ by orders of magnitude, so that uniform sampling would fail.
    assert expected[frequent].max() > 20 * expected[frequent].min()


def test_acceptance_is_that_of_the_sums_of_weights(random_generator):
    """Every possible exchange from one arrangement, enumerated, against the rate of acceptance."""
    position = CUBE + random_generator.normal(0, 0.06, CUBE.shape)
    large = np.arange(9) % 2 == 0

    def weights(species):
        return np.exp(-change_energies(position, species) / 2 / TEMPERATURE)

    now, apart = weights(large), np.linalg.norm(position[:, None] - position, axis=2)
    sums = now[large].sum() * now[~large].sum()
    expected = 0.0
    for a, b in itertools.product(np.flatnonzero(large), np.flatnonzero(~large)):
        if apart[a, b] > 2 ** (1 / 6):
            after = large.copy()
            after[[a, b]] = False, True
            then = weights(after)
            expected += now[a] * now[b] / sums * min(1, sums / then[after].sum() / then[~after].sum())
    tries = 10_000
    found = sum(
        exchange_identities(position, large, temperature=TEMPERATURE, tries=1, random=random_generator)[1]
        for _ in range(tries)
    )
    assert found / tries == pytest.approx(expected, abs=4 * np.sqrt(expected * (1 - expected) / tries))


def test_sums_stay_exact_over_many_exchanges(random_generator):
    """After an exchange, another call starts from sums computed anew; the statistics must not change."""
    position, large, length = fluid(random_generator)
    options = {"temperature": TEMPERATURE, "length": length}
    once = exchange_identities(position, large, tries=3000, random=np.random.default_rng(5), **options)
    random, pieces, accepted = np.random.default_rng(5), large, 0
    for _ in range(30):
        pieces, more = exchange_identities(position, pieces, tries=100, random=random, **options)
        accepted += more
    assert (once[0] == pieces).all()
    assert once[1] == accepted > 300


def test_a_seed_reproduces_the_exchanges_and_the_input_stays(random_generator):
    position, large, length = fluid(random_generator)
    before = large.copy()
    runs = [
        exchange_identities(
            position, large, temperature=0.2, tries=500, random=np.random.default_rng(7), length=length
        )
        for _ in range(2)
    ]
    assert (runs[0][0] == runs[1][0]).all()
    assert runs[0][1] == runs[1][1]
    assert (large == before).all()
    assert runs[0][0].sum() == before.sum()


def test_mean_energy_agrees_with_exchanges_of_random_pairs(random_generator):
    position, large, length = fluid(random_generator, number=50)
    plain, now, energies = large.copy(), energy(position, large, length), []
    for step in range(5000):
        a = random_generator.choice(np.flatnonzero(plain))
        b = random_generator.choice(np.flatnonzero(~plain))
        new = plain.copy()
        new[[a, b]] = False, True
        then = energy_change(position, plain, new, (a, b), length)
        if random_generator.random() < np.exp(-then / TEMPERATURE):
            plain, now = new, now + then
        if step >= 500:
            energies.append(now)
    balanced, other = large.copy(), []
    for _ in range(600):
        balanced, _ = exchange_identities(
            position, balanced, temperature=TEMPERATURE, tries=20, random=random_generator, length=length
        )
        other.append(energy(position, balanced, length))
    blocks = [np.array_split(np.array(values), 10) for values in (energies, other[50:])]
    means = [np.array([block.mean() for block in each]) for each in blocks]
    error = np.sqrt(sum(mean.var(ddof=1) / 10 for mean in means))
    assert abs(means[0].mean() - means[1].mean()) < 4 * error
    assert error < 0.5


def energy_change(position, before, after, changed, length):
    """Energy after minus before, from the pairs of the particles that changed."""
    change = 0.0
    for i in changed:
        vector = position - position[i]
        vector -= length * np.round(vector / length)
        r = np.where(np.arange(len(position)) == i, np.inf, np.linalg.norm(vector, axis=1))
        # A pair of two changed particles keeps its mean diameter.
        for species, sign in ((before, -1), (after, 1)):
            sigma = 1 - 0.11 * (2 - species.astype(int) - int(species[i]))
            change += sign * float(wca_energy(r, sigma=sigma).sum())
    return change


def test_one_species_has_nothing_to_exchange(random_generator):
    position = 2.0 * np.arange(12).reshape(4, 3)
    large, accepted = exchange_identities(
        position, np.ones(4), temperature=0.2, tries=9, random=random_generator
    )
    assert large.all()
    assert accepted == 0


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"position": np.zeros((3, 2))}, r"shape \(3, 2\)"),
        ({"large": np.ones((3, 1))}, r"\(N, 3\) and \(N,\)"),
        ({"temperature": 0.0}, "temperature is 0.0"),
        ({"length": 2.0}, "length is 2.0; more than 2.245"),
    ],
)
def test_wrong_input_is_named(change, match, random_generator):
    given = {"position": 3.0 * np.eye(3), "large": [True, False, False], "temperature": 0.2}
    with pytest.raises(ValueError, match=match):
        exchange_identities(**{**given, **change}, tries=1, random=random_generator)


# Runs

SMALL = ConfinementRecipe(
    number=150, density=0.35, steps=1000, frame_interval=200, log_interval=100,
    exchange=Exchange(every=20, tries=30),
)  # fmt: skip


def run(recipe, folder):
    log = simulate(recipe, folder, engine="lammps", progress=False)
    with gsd.hoomd.open(folder / "trajectory.gsd") as file:
        return log, [is_large(frame) for frame in file]


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    return run(SMALL, tmp_path_factory.mktemp("exchanges"))


def test_run_exchanges_identities_and_says_how_often(finished):
    log, species = finished
    # Exchanges follow the line of their step.
    assert log.exchanges_tried.tolist() == [0, 120, *9 * [150]]
    assert (log.exchanges_accepted > 0).sum() >= 8
    assert (log.exchanges_accepted <= log.exchanges_tried).all()
    assert {each.sum() for each in species} == {SMALL.number_large}
    assert all((one != other).any() for one, other in itertools.pairwise(species))


def test_run_conserves_energy_apart_from_what_exchanges_bring(finished):
    log, _ = finished
    assert np.ptp(log.conserved_energy[5:]) < 0.005
    total = log.kinetic_energy + log.pair_energy + log.wall_energy
    assert np.ptp(total) > 0.02


def test_run_that_goes_on_is_the_uninterrupted_one(finished, tmp_path):
    run(replace(SMALL, steps=400), tmp_path)
    log, species = run(replace(SMALL, steps=800), tmp_path)
    whole, expected = finished
    for name in ("temperature", "pair_energy", "conserved_energy", "exchanges_accepted"):
        assert log[name].to_numpy() == pytest.approx(whole[name][:9].to_numpy(), rel=1e-6, abs=1e-8)
    assert all((one == other).all() for one, other in zip(species, expected[:5], strict=True))


def test_composition_of_a_thin_fluid_is_that_of_plain_dynamics(tmp_path):
    """A thin droplet relaxes quickly without exchanges: its core has the same composition either way."""
    recipe = replace(SMALL, number=400, density=0.35, steps=30_000, frame_interval=30_000)
    means = []
    for name, exchange in (("hybrid", recipe.exchange), ("plain", None)):
        log, _ = run(replace(recipe, exchange=exchange, log_interval=100), tmp_path / name)
        block = log.core_composition.to_numpy()[51:].reshape(10, -1).mean(axis=1)
        means.append((block.mean(), block.std(ddof=1) / np.sqrt(10)))
    (hybrid, error), (plain, other) = means
    assert abs(hybrid - plain) < 4 * np.hypot(error, other)
    assert np.hypot(error, other) < 0.01
