"""UV/vis spectra as sums: printed bands, mixtures that are linear, parts that come back."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import gaussian_bands

from supracrystal.reactions import PARTS, SPECIES, absorption, feed, mixture, part_spectra
from supracrystal.spectra import electron_count

NM = np.arange(340, 1000, 1.0)
BANDS = absorption.printed_bands()


def test_spectra_are_the_literal_sum_of_gaussians_in_energy():
    spectra = part_spectra(NM[::30], width=0.13)
    for name, found in zip(PARTS, spectra, strict=True):
        positions = BANDS["nm"][BANDS["cluster"] == name]
        np.testing.assert_allclose(found, gaussian_bands(NM[::30], positions, 0.13), rtol=1e-12)


@pytest.mark.parametrize("name", PARTS)
def test_sharp_bands_have_their_maxima_where_they_are_printed(name):
    spectrum = part_spectra(NM, width=0.05)[PARTS.index(name)]
    positions = BANDS["nm"][BANDS["cluster"] == name].to_numpy(dtype=float)
    np.testing.assert_allclose(absorption.maxima(NM, spectrum), positions, atol=1)


def test_area_of_a_band_is_that_of_a_gaussian():
    """In energy; the wavelengths are not even there."""
    energy = np.linspace(1, 5, 20001)
    band = absorption.absorption(absorption.EV_NM / energy, [500.0], width=0.1, strength=2.0)
    assert np.trapezoid(band, energy) == pytest.approx(2 * 0.1 * np.sqrt(2 * np.pi), rel=1e-9)


def test_each_cluster_has_one_spectrum_that_goes_by_its_framework():
    weight = absorption.weights()
    assert weight.sum(axis=1) == pytest.approx(1)
    for (ligands, gold), row in zip(SPECIES[["framework", "gold"]].to_numpy(), weight, strict=False):
        expected = {30: (1 - gold / 12, gold / 12, 0, 0), 27: (0, 0, 1, 0), 26: (0, 0, 0, 1)}[ligands]
        assert row == pytest.approx(expected)


def test_clusters_with_bands_are_members_of_the_families():
    assert [electron_count(each) for each in PARTS] == [18, 18, 20, 20]
    assert set(BANDS["cluster"]) == set(PARTS)


@given(st.lists(st.floats(0, 1), min_size=72, max_size=72), st.floats(0, 5))
@settings(deadline=None, derandomize=True, max_examples=30)
def test_mixtures_are_linear(values, factor):
    one, other = np.zeros((2, len(SPECIES)))
    one[:36], other[:36] = np.reshape(values, (2, 36))
    spectra = part_spectra(NM[::20])
    both = mixture(one + factor * other, spectra)
    assert both == pytest.approx(mixture(one, spectra) + factor * mixture(other, spectra), abs=1e-9)


def test_parents_that_do_not_react_have_the_sum_of_their_spectra():
    spectra = part_spectra(NM)
    assert mixture(feed(3), spectra) == pytest.approx(0.25 * spectra[0] + 0.75 * spectra[3])


@given(st.lists(st.floats(0, 1), min_size=4, max_size=4).filter(lambda x: sum(x) > 0.1))
@settings(deadline=None, derandomize=True, max_examples=30)
def test_parts_come_back_out_of_a_sum(amount):
    spectra = part_spectra(NM[::5])
    found, residual = absorption.unmix(np.array(amount) @ spectra, spectra)
    assert found == pytest.approx(amount, abs=1e-8)
    assert residual < 1e-7


def test_a_part_that_is_missing_shows_in_the_residual():
    spectra = part_spectra(NM)
    assert absorption.unmix(spectra[2], spectra[[0, 3]])[1] > 0.1


@given(st.floats(0.05, 0.95))
@settings(deadline=None, derandomize=True, max_examples=20)
def test_all_mixtures_of_two_cross_at_the_isosbestic_points(share):
    one, other = part_spectra(NM)[[0, 3]]
    points = absorption.crossings(NM, one, other)
    assert len(points) > 1
    mixed = share * one + (1 - share) * other
    for spectrum in (one, other):
        assert np.interp(points, NM, mixed) == pytest.approx(np.interp(points, NM, spectrum), abs=1e-6)


def test_assumptions_stay_between_their_ends_and_are_the_same_each_time():
    width, strength = absorption.assumptions(200, seed=3)
    assert 0.06 <= width.min() < 0.07 and 0.23 < width.max() <= 0.25
    assert strength.min() >= 1 / 3 and strength.max() <= 3
    assert np.median(strength) == pytest.approx(1, abs=0.1)
    np.testing.assert_array_equal(width, absorption.assumptions(200, seed=3)[0])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(([0.0], [500]), "wavelength"), (([500.0], [-1]), "positions"), (([500.0], [500], 0), "width")],
)
def test_what_is_not_positive_is_refused(arguments, message):
    wavelength, positions, *width = arguments
    with pytest.raises(ValueError, match=f"{message} is .*; it must be positive"):
        absorption.absorption(wavelength, positions, **({"width": width[0]} if width else {}))
