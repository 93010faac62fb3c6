"""Assignments against exhaustive searches, repeated noise, and mixtures of which the species are known."""

import json

import numpy as np
import pandas as pd
import pytest
import reference
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import lsq_linear

from supracrystal.spectra import assign, axis, compositions, envelope, family, profile_fit, synthesise
from supracrystal.spectra.candidates import candidates

DIMERS = candidates("Ag:48-55,Au:0-2", {"BDT": 12, "DMBT": range(13, 19)}, [-3], electrons=[15, 16])
PRINTED = ["[Ag54(BDT)12(DMBT)17]3-", "[Ag53(BDT)12(DMBT)16]3-", "[Ag52(BDT)12(DMBT)15]3-"]
AXIS = axis(3050, 3350, 20_000)
MISSING = "[PtAg53(BDT)12(DMBT)16]3-"
# Ag@III and Pd@III are 0.33 apart, Au@III and Pt@III 0.67.
NEAR = [f"[{metals}(BDT)12(DMBT)16]3-" for metals in ("Ag53", "PdAg52", "AuAg52", "PtAg52")]
LADDER = family("[Au_xAg_{44-x}(p-MBA)27]3-", x=range(17, 25))


def dimers(abundances=(2, 5, 1), species=PRINTED, **options):
    return synthesise(species, abundances, **{"mz": AXIS, "signal_to_noise": 20, "seed": 1} | options)


def normal(columns, data):
    norm = np.linalg.norm(columns, axis=0)
    return columns.T @ columns / np.outer(norm, norm), columns.T @ data / norm


def overlapping(seed, number):
    """Return Gaussians at random places as columns, and two or three of them with noise."""
    random = np.random.default_rng(seed)
    x = np.linspace(0, 60, 240)
    columns = np.exp(-0.5 * ((x[:, None] - random.uniform(5, 55, number)) / 4) ** 2)
    amplitude = np.zeros(number)
    amplitude[random.choice(number, 3, replace=False)] = random.uniform(0.5, 6, 3)
    return columns, columns @ amplitude + random.normal(size=240)


@settings(deadline=None, derandomize=True, max_examples=50)
@given(st.integers(0, 10_000), st.integers(1, 12))
def test_non_negative_fit_is_that_of_the_dense_columns(seed, number):
    random = np.random.default_rng(seed)
    columns, data = np.abs(random.normal(size=(60, number))), random.normal(size=60)
    expected = lsq_linear(columns, data, bounds=(0, np.inf), tol=1e-12).x * np.linalg.norm(columns, axis=0)
    assert profile_fit.non_negative(*normal(columns, data)) == pytest.approx(expected, abs=1e-5)


def test_choice_is_nearly_always_the_best_of_all_sets_of_columns():
    price, best = 8.0, 0
    for seed in range(40):
        columns, data = overlapping(seed, 8)
        worth = reference.every_model(columns, data, price)
        chosen = frozenset(profile_fit.select(*normal(columns, data), price))
        best += worth[chosen] > max(worth.values()) - 1e-3
        assert worth[chosen] > max(worth.values()) - 2
    assert best >= 38


def test_confidence_is_about_the_share_of_all_models_that_have_the_column():
    price, off = 8.0, []
    for seed in range(30):
        columns, data = overlapping(seed, 8)
        worth = reference.every_model(columns, data, price)
        weight = np.exp((np.array(list(worth.values())) - max(worth.values())) / 2)
        gram, score = normal(columns, data)
        chosen = profile_fit.select(gram, score, price)
        share, _ = profile_fit.confidences(gram, score, price, chosen)
        exact = [weight[[k in model for model in worth]].sum() / weight.sum() for k in chosen]
        off.extend(share - exact)
    assert np.abs(off).mean() < 0.03
    assert np.quantile(np.abs(off), 0.9) < 0.1


def test_two_columns_that_are_the_same_share_their_confidence():
    column = np.exp(-0.5 * np.linspace(-3, 3, 50) ** 2)
    gram, score = normal(np.c_[column, column], 9 * column)
    chosen = profile_fit.select(gram, score, 5.0)
    share, rival = profile_fit.confidences(gram, score, 5.0, chosen)
    assert len(chosen) == 1
    assert share == pytest.approx([0.5], abs=0.01)
    assert rival.tolist() == [1 - chosen[0]]


def test_surest_are_trusted_as_long_as_few_are_false():
    confidence = [0.5, 1.0, 0.97, 0.999]
    assert profile_fit.trusted(confidence, 0.01).tolist() == [False, True, False, True]
    assert profile_fit.trusted(confidence, 0.0104).tolist() == [False, True, True, True]
    assert profile_fit.trusted(confidence, 1).all()


def test_printed_dimers_are_found_in_counting_noise_on_a_baseline():
    spectrum = dimers(ions=3e4, baseline=lambda mz: 0.5 * np.exp(-(mz - 3050) / 150) + 0.2)
    found = assign(spectrum, DIMERS, 20_000).set_index("formula")
    assert set(found.index) == set(PRINTED)
    expected = pd.Series(np.array([2, 5, 1]) / 8, PRINTED)
    assert ((found.abundance[expected.index] - expected).abs() < 4 * found.uncertainty[expected.index]).all()
    assert found.mz[PRINTED].tolist() == pytest.approx([3280.099, 3198.116, 3116.800], abs=1e-3)
    assert found.electrons.tolist() == [16, 16, 16]
    assert (found.cosine > 0.98).all() and (found.ppm.abs() < 3).all() and (found.confidence > 0.99).all()
    assert found.attrs["unexplained"] == found.attrs["ambiguous"] == []
    json.dumps(found.attrs)


@pytest.mark.parametrize(("shift", "resolution"), [(44.0, 20_000), (-27.0, 12_000)])
def test_shift_of_the_axis_and_resolving_power_are_fitted(shift, resolution):
    spectrum = dimers(resolution=resolution)
    spectrum["mz"] *= 1 + 1e-6 * shift
    found = assign(spectrum, DIMERS)
    assert set(found.formula) == set(PRINTED)
    assert found.attrs["shift"] == pytest.approx(shift, abs=1)
    assert found.attrs["resolution"] == pytest.approx(resolution, rel=0.05)
    assert found.ppm.to_numpy() == pytest.approx(shift, abs=3)


@pytest.mark.parametrize("seed", range(4))
def test_what_is_no_candidate_is_reported_and_not_forced_on_others(seed):
    spectrum = dimers((2, 5, 1, 3), [*PRINTED, MISSING], seed=seed, signal_to_noise=50)
    found = assign(spectrum, DIMERS, 20_000)
    assert set(found.formula) == set(PRINTED)
    unexplained = [record["mz"] for record in found.attrs["unexplained"]]
    assert min(abs(mz - 3263.438) for mz in unexplained) < 1.5


def test_centroids_give_what_the_profile_gives():
    spectrum = dimers(signal_to_noise=100)
    peaks = reference.centroids(spectrum.mz, spectrum.intensity, prominence=0.03)
    found, expected = (assign(each, DIMERS, 20_000) for each in (peaks, spectrum))
    assert found.formula.tolist() == expected.formula.tolist() == [PRINTED[1], PRINTED[0], PRINTED[2]]
    assert found.abundance.to_numpy() == pytest.approx(expected.abundance.to_numpy(), abs=0.02)
    with pytest.raises(ValueError, match=r"centroids.*resolution"):
        assign(peaks, DIMERS)


@pytest.mark.parametrize(("part", "least", "most"), [((1597, 1610), 0.99, 1), ((1601.8, 1603.8), 0.3, 0.9)])
def test_centroids_of_a_part_of_an_envelope_are_not_sure(part, least, most):
    """Six of thirty lines of [Ag29(BDT)12]3-, up to one beyond the highest, measured twice, leave it open."""
    lines = envelope("[Ag29(BDT)12]3-")
    lines = lines[lines.mz.between(*part) & (lines.abundance > 0.02 * lines.abundance.max())]
    twice = pd.concat([lines, lines.assign(mz=lines.mz + 0.01)]).sort_values("mz")
    spectrum = twice.rename(columns={"abundance": "intensity"})
    found = assign(spectrum, candidates("Ag:27-31", "BDT:10-13,PPh3:0-4", (-2, -3)), 15_000, false_rate=1)
    assert found.formula.tolist() == ["[Ag29(BDT)12]3-"]
    assert least < found.confidence[0] <= most


@pytest.mark.parametrize("shape", ["lorentzian", "ft"])
def test_other_line_shapes(shape):
    spectrum = dimers(shape=shape, resolution=30_000, mz=axis(3080, 3320, 12_000, points=6))
    found = assign(spectrum, DIMERS, 30_000, shape=shape, calibration=0)
    assert set(found.formula) == set(PRINTED)


def test_unit_of_intensity_order_of_candidates_and_a_constant_do_not_matter():
    spectrum = dimers()
    changed = spectrum.assign(intensity=1e12 * spectrum.intensity + 4e11)
    one, other = assign(spectrum, DIMERS, 20_000), assign(changed, DIMERS[::-1], 20_000)
    assert one.formula.tolist() == other.formula.tolist()
    assert one.abundance.to_numpy() == pytest.approx(other.abundance.to_numpy(), rel=1e-3)
    assert 1e12 * one.area.to_numpy() == pytest.approx(other.area.to_numpy(), rel=1e-3)


def test_nothing_is_found_in_nothing():
    noise = np.random.default_rng(3).normal(size=len(AXIS))
    smooth = np.convolve(noise, np.ones(6) / 6, mode="same")
    for intensity in (noise, smooth, np.zeros(len(AXIS)), np.ones(len(AXIS)), -np.ones(len(AXIS))):
        spectrum = pd.DataFrame({"mz": AXIS, "intensity": intensity})
        for table in (spectrum, spectrum.iloc[:0], spectrum.iloc[:5]):
            assert assign(table, DIMERS, 20_000, false_rate=1).empty
    assert assign(spectrum, [], 20_000).empty
    assert assign(spectrum, ["[Au25(PET)18]-"], 20_000).empty


def test_perfect_spectrum_gives_the_mixture_itself():
    found = assign(dimers(signal_to_noise=np.inf), DIMERS, 20_000).set_index("formula")
    assert found.abundance[PRINTED].tolist() == pytest.approx([2 / 8, 5 / 8, 1 / 8], abs=1e-4)
    assert len(found) == 3


def test_isomers_are_not_told_apart():
    series = ["[Au25(PET)18]-", "[Au25(DMBT)18]-"]
    spectrum = synthesise(series[:1], signal_to_noise=50)
    found = assign(spectrum, series, 20_000)
    assert found.empty
    (ambiguous,) = found.attrs["ambiguous"]
    assert {ambiguous["formula"], ambiguous["rival"]} == set(series)
    assert ambiguous["confidence"] == pytest.approx(0.5, abs=0.01)
    with pytest.raises(ValueError, match="same envelope"):
        compositions(spectrum, series, 20_000)


def test_shares_of_a_ladder_scatter_as_their_uncertainty_says():
    truth = np.array([0, 0.05, 0.1, 0.3, 0.3, 0.2, 0.05, 0])
    pulls, means = [], []
    mz = axis(3440, 3700, 10_000, points=4)
    for seed in range(40):
        spectrum = synthesise(
            LADDER, truth, resolution=10_000, mz=mz, signal_to_noise=15, ions=2e4, seed=seed, baseline=0.1
        )
        table = compositions(spectrum, LADDER, 10_000, model_error=0)
        pulls.append((table.abundance - truth) / table.uncertainty)
        means.append((table.attrs["mean"] - truth @ table.x) / table.attrs["mean_uncertainty"])
    pulls = np.array(pulls)[:, 1:-1]
    assert table.x.tolist() == list(range(17, 25))
    assert np.abs(pulls.mean(axis=0)).max() < 4 / 40**0.5
    assert pulls.std() == pytest.approx(1, abs=0.12)
    assert np.std(means) == pytest.approx(1, abs=0.35)


@pytest.mark.parametrize("text", NEAR)
def test_dimers_a_fraction_of_mz_apart_are_told_apart_if_they_stand_alone(text):
    spectrum = synthesise([text], signal_to_noise=10, seed=5, mz=AXIS)
    found = assign(spectrum, NEAR, 20_000, calibration=0)
    assert found.formula.tolist() == [text]
    assert found.confidence[0] > 0.99


def test_dimers_a_fraction_of_mz_apart_are_ambiguous_if_they_are_few():
    spectrum = synthesise([PRINTED[0], NEAR[0]], [1, 0.1], signal_to_noise=10, seed=5, mz=AXIS)
    found = assign(spectrum, [PRINTED[0], *NEAR], 20_000, calibration=0)
    assert found.formula.tolist() == [PRINTED[0]]
    (ambiguous,) = found.attrs["ambiguous"]
    assert {ambiguous["formula"], ambiguous["rival"]} == set(NEAR[:2])


def test_bounds_that_leave_most_ions_out_make_nothing_sure():
    listed = candidates("Ag:40-46", "FTP:27-31", (-4,))
    foreign = ["[CuAg40(FTP)28]4-", "[Cu2Ag41(FTP)29]4-"]
    mz = axis(1980, 2330, 15_000)
    alone = synthesise(["[Ag44(FTP)30]4-"], mz=mz, resolution=15_000, signal_to_noise=50, seed=3)
    mixed = synthesise(
        ["[Ag44(FTP)30]4-", *foreign], [1, 1, 1], mz=mz, resolution=15_000, signal_to_noise=50, seed=3
    )
    found, among = (assign(each, listed, 15_000, false_rate=1) for each in (alone, mixed))
    assert found.formula.tolist() == ["[Ag44(FTP)30]4-"] and found.confidence[0] > 0.99
    assert not found.attrs["warnings"]
    assert among.confidence.max() <= 0.5
    assert "strong ions are not among the candidates" in among.attrs["warnings"][0]


def test_envelopes_that_overlap_share_one_spectrum():
    # Pd and Ag in the place of one another: 0.33 in m/z at the charge 3-.
    pair = ["[Ag53(BDT)12(DMBT)16]3-", "[PdAg52(BDT)12(DMBT)16]3-"]
    pulls = []
    for seed in range(25):
        spectrum = synthesise(pair, [0.6, 0.4], mz=axis(3180, 3216, 20_000), signal_to_noise=60, seed=seed)
        table = compositions(spectrum, pair, 20_000, symbol="Pd", baseline=0, model_error=0)
        pulls.append((table.abundance[1] - 0.4) / table.uncertainty[1])
    assert 0.003 < table.uncertainty[1] < 0.1
    assert abs(np.mean(pulls)) < 0.8
    assert np.std(pulls) == pytest.approx(1, abs=0.45)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"spectrum": pd.DataFrame({"mz": [1.0]})}, "no column intensity"),
        ({"spectrum": [1, 2]}, "no column"),
        ({"spectrum": pd.DataFrame({"mz": [2.0, 1.0], "intensity": 1.0})}, "ascending"),
        ({"spectrum": pd.DataFrame({"mz": [1.0, 2.0], "intensity": [1, np.nan]})}, "not finite"),
        ({"candidates": ["Ag53(BDT)12"]}, "no charge"),
        ({"candidates": ["[Ag53(SR)12]3-"]}, "composition"),
        ({"resolution": -1}, "resolution"),
        ({"shape": "square"}, "shape"),
        ({"false_rate": 2}, "false_rate"),
        ({"confidence": -1}, "confidence"),
        ({"calibration": np.nan}, "calibration"),
        ({"baseline": -3}, "baseline"),
    ],
    ids=str,
)
def test_nonsense_is_refused(changed, message):
    given_ = {"spectrum": dimers(), "candidates": DIMERS, "resolution": 20_000} | changed
    with pytest.raises(ValueError, match=message):
        assign(**given_)
