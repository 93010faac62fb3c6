r"""The fit of profiles to a spectrum, behind :mod:`supracrystal.spectra.assignment`.

With the profiles A of the species, a few smooth columns B for the baseline and the standard deviation s of
each point, weighted least squares is :math:`\min |(y - A c - B b) / s|^2` with :math:`c \ge 0`. The baseline
is projected out by an orthonormal basis of B / s, and what is left are normal equations with one row for
each species. The variance of a point is that of the detector, that of counting and that of the model,
:math:`s^2 = \sigma^2 + g f + (\epsilon f)^2` at the fitted intensity f; :math:`\sigma` and g are measured in
what the fit leaves, until both agree.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.interpolate import BSpline
from scipy.ndimage import gaussian_filter1d
from scipy.optimize import minimize
from scipy.signal import find_peaks
from scipy.sparse import csc_array, diags_array, hstack
from tqdm import tqdm

from supracrystal.spectra import selection as _selection
from supracrystal.spectra.lines import axis, design, line_width

FAINTEST = 1e-3
"""Least noise, as a fraction of the highest point: there is no better spectrum."""
PART = 0.5
"""Least part of an envelope that must lie in the spectrum."""
MOST = 5_000_000
"""Most points as which centroids are drawn."""
CHUNK = 250
"""Profiles that are drawn at once."""


class Fit(NamedTuple):
    """A fit of the `kept` columns, by numbers of species, of which `chosen` were needed."""

    kept: np.ndarray
    columns: csc_array
    gram: np.ndarray
    score: np.ndarray
    norm: np.ndarray
    price: float
    chosen: list
    area: np.ndarray
    covariance: np.ndarray
    baseline: np.ndarray
    residual: np.ndarray
    sd: np.ndarray
    noise: float


def prepare(spectrum, resolution, shape):
    """Return m/z and intensity of a spectrum as a profile, and the least noise that it can have.

    Centroids are drawn as lines of the resolving power. What was below the threshold of their picking is not
    known; their noise is taken as a third of the lowest of them.
    """
    missing = {"mz", "intensity"} - set(getattr(spectrum, "columns", ()))
    if missing:
        raise ValueError(
            f"the spectrum has no column {', '.join(sorted(missing))}; mz and intensity are needed"
        )
    mz, intensity = (spectrum[name].to_numpy(dtype=float) for name in ("mz", "intensity"))
    if not (np.isfinite(mz).all() and np.isfinite(intensity).all()):
        raise ValueError("the spectrum has values that are not finite")
    if not ((np.diff(mz) > 0).all() and (mz > 0).all()):
        raise ValueError("mz of the spectrum is not positive and ascending")
    least = FAINTEST * np.abs(intensity).max(initial=0)
    if len(mz) > 2 and is_centroided(mz, resolution, shape):
        if resolution is None:
            raise ValueError("the spectrum is a list of centroids; to draw them, a resolution is needed")
        peaks = intensity > 0
        place, height = mz[peaks], intensity[peaks]
        if not len(place):
            return mz[:0], intensity[:0], 0.0
        points = 8
        width = line_width(place, resolution, shape)
        # Noise of one centroid is shared by the points of its line.
        least = max(least, height.min() / 3 * points**0.5)
        mz = axis(
            place[0] - 10 * width[0], place[-1] + 10 * width[-1], resolution, shape=shape, points=points
        )
        sticks = pd.DataFrame({"mz": place, "abundance": height * width})
        intensity = design(mz, [sticks], resolution, shape).toarray()[:, 0]
        intensity *= height.max() / intensity.max()
    return mz, intensity, least


def is_centroided(mz, resolution=None, shape="gaussian"):
    """Whether an axis is that of centroids: its points are too far apart for lines, or irregular."""
    gap = np.diff(mz)
    if resolution is not None and np.median(gap / line_width(mz[1:], resolution, shape)) > 0.7:
        return True
    return np.median(gap) > 0.2 or np.median(np.abs(np.diff(np.log(gap)))) > 0.2


def fit(mz, intensity, species, resolution, shape, *, least, spacing, model_error, choose=True):
    """Fit the species that are needed, or all if not `choose`, until noise and choice agree."""
    price = _selection.penalty(len(species))
    smooth = baseline_columns(mz, spacing)
    points = max(int(np.median(line_width(mz, resolution, shape) / np.gradient(mz))), 1)
    noise, gain, level = max(least, _first_noise(intensity)), 0.0, np.zeros(len(mz))
    kept, columns, chosen, looks = np.array([], dtype=int), None, None, 0
    for _ in range(9):
        sd = np.sqrt(noise**2 + gain * level + (model_error * level) ** 2)
        basis, triangle = _orthonormal(smooth / sd[:, None])
        data = intensity / sd
        data = data - basis @ (basis.T @ data)
        if columns is None:
            threshold = (price / 2) ** 0.5 if choose else -1e9
            kept, columns = _screen(mz, species, kept, resolution, shape, sd, basis, data, threshold)
        drawn = diags_array(1 / sd) @ columns
        inside = basis.T @ drawn
        gram = (drawn.T @ drawn).toarray() - inside.T @ inside
        norm = np.sqrt(np.diag(gram))
        gram, score = gram / np.outer(norm, norm), drawn.T @ data / norm
        before = chosen
        if choose:
            price = _selection.penalty(len(species), len(chosen or ()))
            chosen = _selection.select(gram, score, price)
            a, covariance = _selection.amplitudes(gram, score, chosen)
        else:
            chosen = list(range(len(kept)))
            a, covariance = (
                _selection.non_negative(gram, score),
                _selection.amplitudes(gram, score, chosen)[1],
            )
        area = a / norm[chosen]
        model = columns[:, chosen] @ area
        background = smooth @ np.linalg.solve(triangle, basis.T @ ((intensity - model) / sd))
        residual = intensity - model - background
        old, noise = noise, float(max(least, _noise(residual, points)))
        level = np.maximum(model + background, 0)
        high = level > 3 * noise
        excess = residual**2 - noise**2 - (model_error * level) ** 2
        gain = max(0.0, excess[high] @ level[high] / (level[high] @ level[high])) if high.any() else 0.0
        if chosen == before and abs(noise / old - 1) < 0.02:
            if not choose or looks == 3:
                break
            found, more = _screen(
                mz, species, kept, resolution, shape, sd, basis, residual / sd, price**0.5 - 1
            )
            if not len(found):
                break
            kept, columns, looks = np.append(kept, found), hstack([columns, more], format="csc"), looks + 1
    covariance = covariance / np.outer(norm[chosen], norm[chosen])
    return Fit(
        kept, columns, gram, score, norm, price, chosen, area, covariance, background, residual, sd, noise
    )


def baseline_columns(mz, spacing):
    """Return cubic B-splines with knots at least `spacing` apart, or no column if that is 0."""
    if not spacing:
        return np.zeros((len(mz), 0))
    knots = np.linspace(mz[0], mz[-1], max(int((mz[-1] - mz[0]) / spacing), 1) + 1)
    padded = np.concatenate([[knots[0]] * 3, knots, [knots[-1]] * 3])
    return BSpline.design_matrix(mz, padded, 3).toarray()


def unexplained(mz, result, resolution, shape):
    """Return the groups of lines in what the fit leaves, that noise would show once in 10 spectra."""
    blur = max(float(np.median(line_width(mz, resolution, shape) / np.gradient(mz))) / 2.355, 0.5)
    ratio = gaussian_filter1d(result.residual / result.sd, blur) * (2 * blur * np.pi**0.5) ** 0.5
    lines, _ = find_peaks(ratio, height=(2 * np.log(len(mz)) + 5) ** 0.5)
    groups = np.split(lines, np.flatnonzero(np.diff(mz[lines]) > 1.1) + 1) if len(lines) else []
    return [
        {
            "mz": float(mz[group[ratio[group].argmax()]]),
            "from": float(mz[group[0]]),
            "to": float(mz[group[-1]]),
            "lines": len(group),
            "snr": float(ratio[group].max()),
        }
        for group in groups
    ]


def _orthonormal(columns):
    """Return an orthonormal basis Q of columns and the triangle R, QR = columns."""
    product = columns.T @ columns
    # Splines without points below them are no columns.
    triangle = np.linalg.cholesky(product + 1e-12 * np.trace(product) * np.eye(len(product))).T
    return columns @ np.linalg.inv(triangle), triangle


def calibrate(mz, intensity, species, resolution, shape, *, least, spacing, limit):
    """Return the common shift in ppm, up to a limit, and the resolving power, both by least squares.

    Species are first chosen in a spectrum blurred so much that the shift does not matter.
    """
    guesses = [resolution] if resolution is not None else np.geomspace(2500, 160_000, 13)
    if not limit and resolution is not None:
        return 0.0, resolution
    coarse = min(1e6 / max(2 * limit, 40), 20_000)
    power = coarse if callable(resolution) or resolution is None else (coarse**-2 + resolution**-2) ** -0.5
    blur = line_width(mz, coarse) / np.gradient(mz) / 2.355
    rough = axis(mz[0], mz[-1], power, points=2)
    blurred = np.interp(rough, mz, gaussian_filter1d(intensity, np.median(blur)))
    first = fit(
        rough, blurred, species, power, "gaussian", least=least / 10, spacing=spacing, model_error=0.05
    )
    if not first.chosen:
        return 0.0, resolution
    strong = np.argsort(first.area**2 / np.diag(first.covariance))[::-1][:25]
    strong = [species[first.kept[first.chosen[k]]] for k in strong]
    noise = max(least, _first_noise(intensity))
    basis, _ = _orthonormal(baseline_columns(mz, spacing))
    data = intensity - basis @ (basis.T @ intensity)

    def left(shift, resolution):
        drawn = design(mz / (1 + 1e-6 * shift), strong, resolution, shape)
        inside = basis.T @ drawn
        gram, score = (drawn.T @ drawn).toarray() - inside.T @ inside, drawn.T @ data
        norm = np.sqrt(np.maximum(np.diag(gram), 1e-300))
        score = score / norm
        return -score @ _selection.non_negative(gram / np.outer(norm, norm), score) / noise**2

    def grid(resolution):
        step = min(1e6 * float(np.median(line_width(mz, resolution, shape) / mz)) / 3, max(limit, 1e-9))
        steps = int(np.ceil(limit / step))
        return [(k * limit / max(steps, 1), resolution) for k in range(-steps, steps + 1)]

    trials = [trial for guess in guesses for trial in grid(guess)]
    best = min(tqdm(trials, desc="calibration", delay=2, leave=False), key=lambda trial: left(*trial))
    free = resolution is None
    start = [best[0], np.log(best[1])] if free else [best[0]]
    width = 1e6 * float(np.median(line_width(mz, best[1], shape) / mz))
    refined = minimize(
        lambda p: left(np.clip(p[0], -limit, limit), np.exp(p[1]) if free else resolution),
        start,
        method="Nelder-Mead",
        options={
            "initial_simplex": [
                start,
                *(np.add(start, d) for d in ([[width / 5, 0], [0, 0.2]] if free else [[width / 5]])),
            ],
            "xatol": 1e-3 * width,
            "fatol": 0.01,
            "maxfev": 100,
        },
    )
    shift, power = (
        float(np.clip(refined.x[0], -limit, limit)),
        float(np.exp(refined.x[1])) if free else resolution,
    )
    return (shift, power) if left(shift, power) < left(0.0, power) - 10 else (0.0, power)


def _screen(mz, species, known, resolution, shape, sd, basis, data, threshold):
    """Return the numbers and the profiles of species not yet known whose matched filter passes a threshold.

    Profiles overlap and amplitudes are not negative, so but for the baseline no species can be worth more in
    the fit of all than alone. Those that the baseline hides are found in what a first fit leaves.
    """
    weight = np.gradient(mz)
    kept, columns = [], []
    for begin in tqdm(range(0, len(species), CHUNK), desc="profiles", delay=2, leave=False):
        drawn = design(mz, species[begin : begin + CHUNK], resolution, shape)
        scaled = diags_array(1 / sd) @ drawn
        norm = np.sqrt(np.maximum(scaled.power(2).sum(axis=0) - ((basis.T @ scaled) ** 2).sum(axis=0), 0))
        seen = (weight @ drawn >= PART) & (norm > 0)
        seen &= ~np.isin(np.arange(begin, begin + len(seen)), known)
        good = np.flatnonzero(seen & (data @ scaled > threshold * norm))
        kept.append(begin + good)
        columns.append(drawn[:, good])
    return np.concatenate(kept), csc_array(hstack(columns, format="csc"))


def _first_noise(intensity):
    """Return the standard deviation of white noise under smooth lines, by second differences."""
    if len(intensity) < 4:
        return 0.0
    return float(np.median(np.abs(np.diff(intensity, 2)))) / 0.6745 / 6**0.5


def _noise(residual, points):
    """Return the standard deviation of the noise as a line of some points sees it, robust against lines left.

    Noise that is correlated over points averages less: then that of means over a line, times the root of the
    points.
    """
    single = np.median(np.abs(residual)) / 0.6745
    blocks = len(residual) // points
    if points < 2 or blocks < 100:
        return float(single)
    means = residual[: blocks * points].reshape(blocks, points).mean(axis=1)
    return float(max(single, np.median(np.abs(means)) / 0.6745 * points**0.5))
