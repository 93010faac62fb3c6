"""Profiles against closed forms, a transient, sums over lines, and fine structure; mixtures."""

import numpy as np
import pandas as pd
import pytest
import reference
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from supracrystal.spectra import isotopes
from supracrystal.spectra import lines as spectrum

DIMER = "[Ag53(BDT)12(DMBT)16]3-"
MIXTURE = [DIMER, "[AuAg52(BDT)12(DMBT)16]3-", "[Ag54(BDT)12(DMBT)17]3-"]
LINE = pd.DataFrame({"mz": [1000.0], "abundance": [1.0]})
shapes = st.sampled_from(list(spectrum.SHAPES))


def offsets(shape, reach):
    """Return widths from the line, and the profile of one line there in units of one over its width."""
    x = np.linspace(-reach, reach, 40_001)
    width = spectrum.line_width(1000.0, 10_000, shape)
    return x, spectrum.profile(1000 + x * width, LINE, 10_000, shape) * width


@pytest.mark.parametrize("shape", spectrum.SHAPES)
def test_lines_have_unit_area_and_width(shape):
    x, y = offsets(shape, spectrum.SHAPES[shape][1] + 1)
    assert np.trapezoid(y, x) == pytest.approx(1, abs=2e-5)
    above = x[y > y.max() / 2]
    assert above[-1] - above[0] == pytest.approx(1, abs=2 * (x[1] - x[0]))
    assert x[y.argmax()] == pytest.approx(0, abs=1e-9)


def test_gaussian_is_the_normal_distribution():
    x, y = offsets("gaussian", 2.9)
    sd = 1 / np.sqrt(8 * np.log(2))
    assert y == pytest.approx(np.exp(-((x / sd) ** 2) / 2) / (sd * np.sqrt(2 * np.pi)), abs=1e-9)


def test_lorentzian_is_the_resonance_of_a_damped_transient():
    # The real part of the integral of exp(-pi t + 2 pi i x t), which has the full width 1, and is cut at 50.
    x, y = offsets("lorentzian", 2)
    damped = [
        2 * quad(lambda t, u=u: np.exp(-np.pi * t) * np.cos(2 * np.pi * u * t), 0, 12)[0] for u in x[::4000]
    ]
    inside = 2 / np.pi * np.arctan(100)
    assert y[::4000] * inside == pytest.approx(damped, abs=1e-7)


def test_ft_is_the_spectrum_of_a_windowed_transient():
    x, y = offsets("ft", 6)
    part = slice(None, None, 400)
    # One width is 1 / T of the transient: the half maximum lies 1 / (2 T) from the line.
    assert y[part] / y.max() == pytest.approx(2 * reference.transient_spectrum(x[part]), abs=1e-6)
    assert y.min() / y.max() == pytest.approx(-0.0267, abs=1e-4)


def test_resolving_power_of_each_shape():
    mz = np.array([400.0, 1600.0, 6400.0])
    assert mz / spectrum.line_width(mz, 20_000) == pytest.approx(20_000)
    assert mz / spectrum.line_width(mz, 20_000, "lorentzian") == pytest.approx(20_000)
    assert mz / spectrum.line_width(mz, 20_000, "ft") == pytest.approx([20_000, 10_000, 5_000])
    cyclotron = spectrum.line_width(mz, lambda m: 20_000 * 400 / m, "ft")
    assert mz / cyclotron == pytest.approx([20_000, 5_000, 1_250])


@pytest.mark.parametrize("shape", spectrum.SHAPES)
def test_axis_has_the_points_asked_for(shape):
    mz = spectrum.axis(500, 4000, 5000, shape=shape, points=6)
    assert mz[[0, -1]] == pytest.approx([500, 4000])
    width = spectrum.line_width((mz[1:] + mz[:-1]) / 2, 5000, shape)
    assert width / np.diff(mz) == pytest.approx(6, rel=1e-3)


@settings(deadline=None, derandomize=True)
@given(shape=shapes, resolution=st.floats(2000, 30_000), charge=st.integers(-4, 4).filter(bool))
def test_profile_is_the_sum_of_its_lines(shape, resolution, charge):
    ion = ({"Ag": 3, "S": 2, "C": 12}, charge)
    lines = isotopes.envelope(ion, coverage=0.99999)
    low, high = lines["mz"].min() - 1, lines["mz"].max() + 1
    mz = np.random.default_rng(abs(charge)).uniform(low, high, 60)
    mz.sort()
    shapes_here = {
        "gaussian": lambda x: np.sqrt(4 * np.log(2) / np.pi) * 2.0 ** (-4 * x**2),
        "lorentzian": lambda x: (abs(x) <= 50) / (1 + 4 * x**2) / np.arctan(100),
        "ft": lambda x: (abs(x) <= 20) * np.sinc(2 * x) / (1 - 4 * x**2),
    }
    expected = reference.drawn_lines(
        mz, lines["mz"], lines["abundance"] / lines["abundance"].sum(),
        lambda m: m / resolution * (np.sqrt(m / 400) if shape == "ft" else 1), shapes_here[shape],
    )  # fmt: skip
    found = spectrum.profile(mz, ion, resolution, shape)
    assert found == pytest.approx(expected, abs=1e-7 * max(expected.max(), 1))


@settings(deadline=None, derandomize=True, max_examples=6)
@given(shape=shapes, abundances=st.lists(st.floats(0, 10), min_size=3, max_size=3))
def test_mixture_is_linear_and_has_the_area_of_its_parts(shape, abundances):
    mz = spectrum.axis(3100, 3400, 8000, shape=shape, points=6)
    matrix = spectrum.design(mz, MIXTURE, 8000, shape)
    assert matrix.shape == (len(mz), 3)
    for k, species in enumerate(MIXTURE):
        assert matrix[:, [k]].toarray()[:, 0] == pytest.approx(spectrum.profile(mz, species, 8000, shape))
    area = np.trapezoid(matrix @ np.array(abundances), mz)
    assert area == pytest.approx(sum(abundances), rel=1e-3, abs=1e-9)
    made = spectrum.synthesise(MIXTURE, abundances, resolution=8000, shape=shape, mz=mz)
    assert made["intensity"].to_numpy() == pytest.approx(matrix @ np.array(abundances))


def test_width_of_an_unresolved_envelope_is_that_of_the_masses_and_the_line():
    lines = isotopes.envelope(DIMER, coverage=1 - 1e-9)
    mean = np.average(lines["mz"], weights=lines["abundance"])
    variance = np.average((lines["mz"] - mean) ** 2, weights=lines["abundance"])
    width = mean / 2000
    mz = np.linspace(mean - 20, mean + 20, 20_001)
    y = spectrum.profile(mz, DIMER, 2000)
    assert np.trapezoid(y * mz, mz) == pytest.approx(mean, abs=1e-3)
    found = np.trapezoid(y * (mz - mean) ** 2, mz)
    assert found == pytest.approx(variance + width**2 / (8 * np.log(2)), rel=1e-3)


@pytest.mark.parametrize(("resolution", "least", "most"), [(20_000, 1e-4, 1e-3), (200_000, 3e-2, 1e-1)])
def test_fine_structure_matters_only_at_high_resolving_power(resolution, least, most):
    mz = spectrum.axis(3197, 3199.5, resolution)
    fine = isotopes.fine_envelope(DIMER, coverage=0.9999)
    convolved = np.zeros(len(mz))
    for m, p in zip(fine["mz"], fine["abundance"], strict=True):
        sd = m / resolution / np.sqrt(8 * np.log(2))
        near = slice(*np.searchsorted(mz, [m - 8 * sd, m + 8 * sd]))
        convolved[near] += p * np.exp(-(((mz[near] - m) / sd) ** 2) / 2) / (sd * np.sqrt(2 * np.pi))
    convolved /= fine["abundance"].sum()
    nominal = spectrum.profile(mz, DIMER, resolution)
    drawn = spectrum.profile(mz, DIMER, resolution, fine=True, coverage=0.9999)
    assert least < np.abs(nominal - convolved).max() / convolved.max() < most
    assert np.abs(drawn - convolved).max() / convolved.max() < 1e-9


def test_only_what_lies_on_the_axis_is_drawn():
    half = spectrum.axis(1000, 1001, 10_000, points=50)
    assert np.trapezoid(spectrum.profile(half, LINE, 10_000), half) == pytest.approx(0.5, abs=1e-4)
    away = spectrum.design(np.linspace(2000, 2100, 11), [LINE, LINE], 10_000)
    assert away.shape == (11, 2) and away.nnz == 0
    assert spectrum.design(half, [], 10_000).shape == (len(half), 0)


def test_synthetic_spectra_are_seeded():
    options = {"resolution": 5000, "signal_to_noise": 10, "ions": 1e5, "baseline": 0.1}
    first, same, other = (spectrum.synthesise(MIXTURE, seed=seed, **options) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(first, same)
    assert (first["mz"] == other["mz"]).all() and not (first["intensity"] == other["intensity"]).any()


def test_signal_to_noise_is_the_highest_point_over_the_standard_deviation():
    clean = spectrum.synthesise(MIXTURE, resolution=20_000)
    noisy = spectrum.synthesise(MIXTURE, resolution=20_000, signal_to_noise=10, seed=3)
    residue = noisy["intensity"] - clean["intensity"]
    assert clean["intensity"].max() / residue.std() == pytest.approx(10, rel=0.03)
    assert abs(residue.mean()) < 4 * residue.std() / np.sqrt(len(residue))
    assert noisy.attrs["noise"] == pytest.approx(clean["intensity"].max() / 10)


def test_counted_ions_are_whole_and_vary_as_poisson():
    ions = 1e4
    clean = spectrum.synthesise([DIMER], resolution=5000)
    counted = spectrum.synthesise([DIMER], resolution=5000, ions=ions, seed=5)
    per_count = ions * np.gradient(clean["mz"])
    number, expected = counted["intensity"] * per_count, clean["intensity"] * per_count
    assert np.abs(number - np.rint(number)).max() < 1e-6
    assert number.sum() == pytest.approx(ions, rel=0.05)
    high = expected > 20
    assert np.mean((number - expected)[high] ** 2 / expected[high]) == pytest.approx(1, abs=0.25)


@pytest.mark.parametrize("baseline", [0.2, lambda mz: 0.2 + 0 * mz])
def test_baseline_is_in_units_of_the_highest_line(baseline):
    clean = spectrum.synthesise([DIMER])
    raised = spectrum.synthesise([DIMER], baseline=baseline)
    difference = raised["intensity"] - clean["intensity"]
    assert difference.to_numpy() == pytest.approx(0.2 * clean["intensity"].max())


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: spectrum.line_width(400, 0), "resolution is 0"),
        (lambda: spectrum.line_width(400, 1e4, "sinc"), "shape is 'sinc'; it is one of gaussian"),
        (lambda: spectrum.axis(400, 400, 1e4), "from 400 to 400"),
        (lambda: spectrum.profile([2.0, 1.0], DIMER, 1e4), r"shape \(2,\) is no axis"),
        (lambda: spectrum.synthesise(MIXTURE, [1, 2]), "3 that are not negative"),
        (lambda: spectrum.synthesise([DIMER], [-1]), "not negative"),
        (lambda: spectrum.synthesise([DIMER], signal_to_noise=0), "signal_to_noise is 0"),
        (lambda: spectrum.synthesise([DIMER], ions=-1), "ions -1"),
        (lambda: spectrum.synthesise([]), "no species"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
