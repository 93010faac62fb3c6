r"""The fit of envelopes to a spectrum, behind :mod:`supracrystal.spectra.assignment`.

With the profiles A of the species, a few smooth columns B for the baseline and the standard deviation s of
each point, weighted least squares is :math:`\min |(y - A c - B b) / s|^2` with :math:`c \ge 0`. The baseline
is projected out by an orthonormal basis of B / s, and so is, with its prior, what a small shift of the axis
and a small change of the resolving power would do. The variance of a point is that of the detector, that of
counting and that of the model, :math:`s^2 = \sigma^2 + g f + (\epsilon f)^2` at the fitted intensity f;
:math:`\sigma` and g are measured in what the fit leaves, until both agree.

Thousands of candidates are compared by a matched filter that draws none of them: the spectrum is convolved
with the line shape once and read at their lines. Only those that compete are drawn and fitted exactly.

Columns are scaled to unit norm and data to unit noise: `gram` are the overlaps of the columns, `score` their
overlaps with the data, so the score is the signal-to-noise ratio of a matched filter. A model is a set P of
columns; with its amplitudes :math:`a = G_{PP}^{-1} s_P`, it is worth

.. math::
    W(P) = s_P^T a - \tau |P| = \chi^2(\varnothing) - \chi^2(P) - \tau |P| .

The price of a column, :math:`\tau = 2 \ln (S / k) + 4` for S columns of which k are needed, is that of a
column whose chance to be needed is k / S, as found in the data themselves (George and Foster 2000,
`george2000`); the 4 stands for the range of amplitudes that were possible, about 20 times their error.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.interpolate import BSpline
from scipy.linalg import cho_factor, cho_solve
from scipy.ndimage import gaussian_filter1d
from scipy.optimize import nnls
from scipy.signal import fftconvolve, find_peaks
from scipy.sparse import csc_array, diags_array, hstack
from tqdm import tqdm

from supracrystal import InputError
from supracrystal.spectra.isotopes import envelopes
from supracrystal.spectra.lines import SHAPES, axis, curve, design, draw, line_width

FAINTEST = 1e-3
"""Least noise, as a fraction of the highest point: there is no better spectrum."""
PART = 0.5
"""Least part of an envelope that must lie in the spectrum."""
MOST = 5_000_000
"""Most points as which centroids are drawn."""
SPIKE = 1e9
"""Ratio of the highest point to the median above which it is an error of the file."""
CHUNK = 2000
"""Envelopes that are computed at once."""
FINE = 5
"""Points for a width of the axis on which the spectrum is filtered."""
OVERLAP = 0.1
"""Columns that overlap more than this compete for the same signal."""
COMPETE = 120
"""Most competitors of one column."""
RIDGE = 1e-8
"""Added to the overlap of a column with itself, for columns that are the same."""
SINGULAR = 1e-7
"""Columns nearer to the span of others than this are not told from them."""


class Lines(NamedTuple):
    """Lines of many ions one after another: `first[k]` to `first[k + 1]` are those of ion k."""

    place: np.ndarray
    area: np.ndarray
    first: np.ndarray

    def of(self, numbers):
        """Return place, area and column of the lines of some ions."""
        number = np.diff(self.first)[numbers]
        column = np.repeat(np.arange(len(numbers)), number)
        start = self.first[numbers] - np.concatenate([[0], np.cumsum(number)[:-1]])
        row = np.arange(len(column)) + start[column] if len(column) else np.zeros(0, dtype=int)
        return self.place[row], self.area[row], column

    def total(self, values):
        """Return the sum over the lines of each ion."""
        return np.add.reduceat(values, self.first[:-1])


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
    model: np.ndarray
    residual: np.ndarray
    sd: np.ndarray
    noise: float
    basis: np.ndarray
    step: np.ndarray


def prepare(spectrum, resolution, shape):
    """Return m/z and intensity of a spectrum as a profile, its least noise, and the unit of intensity.

    Centroids are drawn as lines of the resolving power. What was below the threshold of their picking is not
    known; their noise is taken as a third of the lowest of them.
    """
    missing = {"mz", "intensity"} - set(getattr(spectrum, "columns", ()))
    if missing:
        raise InputError(
            f"the spectrum has no column {', '.join(sorted(missing))}; mz and intensity are needed"
        )
    mz, intensity = (spectrum[name].to_numpy(dtype=float) for name in ("mz", "intensity"))
    if not (np.isfinite(mz).all() and np.isfinite(intensity).all()):
        raise InputError("the spectrum has values that are not finite")
    if not ((np.diff(mz) > 0).all() and (mz > 0).all()):
        raise InputError("mz of the spectrum is not positive and ascending")
    size = np.abs(intensity)
    unit = float(size.max(initial=0)) or 1.0
    typical = float(np.median(size[size > 0])) if size.any() else unit
    if unit > SPIKE * typical:
        raise InputError(
            f"the intensity at m/z {mz[size.argmax()]:.4f} is {unit:.3g}, {unit / typical:.1g} times the "
            "median; no detector has such a range: remove this point"
        )
    intensity, least = intensity / unit, FAINTEST
    if len(mz) > 2 and kind_of(spectrum, resolution, shape) == "centroid":
        if resolution is None:
            raise InputError(
                "the spectrum is a list of centroids, by what the file says or by its m/z; to draw them, a "
                "resolution is needed (--resolution); say if it is a profile (--kind profile)"
            )
        peaks = intensity > 0
        place, height = mz[peaks], intensity[peaks]
        if not len(place):
            return mz[:0], intensity[:0], 0.0, unit
        points = 8
        width = line_width(place, resolution, shape)
        # Noise of one centroid is shared by the points of its line.
        least = max(least, height.min() / 3 * points**0.5)
        ends = place[0] - 10 * width[0], place[-1] + 10 * width[-1]
        number = points * np.log(ends[1] / ends[0]) * float(np.median(place / width))
        if number > MOST:
            raise InputError(
                f"as lines of the resolving power {np.median(place / width):,.0f}, the centroids from m/z "
                f"{place[0]:.0f} to {place[-1]:.0f} have {number:,.0f} points; at most {MOST:,} are drawn: "
                "lower it, or choose a part of the spectrum"
            )
        mz = axis(*ends, resolution, shape=shape, points=points)
        sticks = pd.DataFrame({"mz": place, "abundance": height * width})
        intensity = design(mz, [sticks], resolution, shape).toarray()[:, 0]
        intensity *= height.max() / intensity.max()
    return mz, intensity, least, unit


def kind_of(spectrum, resolution=None, shape="gaussian"):
    """Return whether a spectrum is a "profile" or "centroid": as it says itself, or by its axis.

    Points that are too far apart for the lines, or irregular, are centroids. Far apart and regular are also
    the points of a coarse profile, which has hundreds of them.
    """
    if known := getattr(spectrum, "attrs", {}).get("representation"):
        return known
    mz = spectrum["mz"].to_numpy(dtype=float)
    gap = np.diff(mz)
    if len(gap) < 2 or not (gap > 0).all():
        return "profile"
    if resolution is not None and np.median(gap / line_width(mz[1:], resolution, shape)) > 0.7:
        return "centroid"
    change = np.abs(np.diff(np.log(gap)))
    coarse = np.median(gap) > 0.2 and not (len(mz) >= 500 and np.quantile(change, 0.9) < 0.02)
    return "centroid" if coarse or np.median(change) > 0.2 else "profile"


def lines_of(ions):
    """Return the lines of ions, of unit area each."""
    parts = []
    steps = range(0, len(ions), CHUNK)
    for begin in tqdm(steps, desc="envelopes", delay=2, leave=False):
        place, area = envelopes(ions[begin : begin + CHUNK], coverage=0.99999)
        area = area / area.sum(axis=1, keepdims=True)
        drawn = area > 0
        parts.append((place[drawn], area[drawn], drawn.sum(axis=1)))
    place, area, number = (np.concatenate(part) for part in zip(*parts, strict=True))
    return Lines(place, area, np.concatenate([[0], np.cumsum(number)]))


def profiles(mz, lines, numbers, resolution, shape):
    """Return the profiles of some ions, of unit area each, as sparse columns."""
    return draw(mz, *lines.of(np.asarray(numbers, dtype=int)), len(numbers), resolution, shape)


def _profile(mz, lines, number, resolution, shape):
    """Return the profile of one ion."""
    return curve(mz, *lines.of(np.array([number]))[:2], resolution, shape)


def covered(mz, lines, resolution, shape):
    """Whether at least half of each envelope lies where the spectrum has points."""
    right = np.clip(np.searchsorted(mz, lines.place), 1, len(mz) - 1)
    distance = np.minimum(np.abs(lines.place - mz[right - 1]), np.abs(mz[right] - lines.place))
    return lines.total(lines.area * (distance < line_width(lines.place, resolution, shape))) >= PART


def matched_filter(mz, lines, resolution, shape):
    """Return a function that correlates the profiles of all ions, and their squares, with values on the axis.

    The values are gathered on an axis of constant points for a width and convolved with the line shape; the
    profiles are never drawn.
    """
    function, reach = SHAPES[shape]
    grid = axis(mz[0], mz[-1], resolution, shape=shape, points=FINE)
    cells, edges = (np.concatenate([m[:1], (m[1:] + m[:-1]) / 2, m[-1:]]) for m in (mz, grid))
    kernel = function(np.arange(-FINE * reach, FINE * reach + 1) / FINE)
    width = line_width(grid, resolution, shape)

    def read(values, shift=0.0, power=1):
        total = np.interp(edges, cells, np.concatenate([[0], np.cumsum(values)]))
        values = fftconvolve(np.diff(total), kernel**power, mode="same") / width**power
        return np.interp(lines.place * (1 + 1e-6 * shift), grid, values, 0, 0)

    return read


def norms(lines, read, resolution, shape, sd):
    """Return the norms of the profiles over sd, without the baseline."""
    one = read(sd**-2.0, power=2)
    total, owner = (
        lines.total(lines.area**2 * one),
        np.repeat(np.arange(len(lines.first) - 1), np.diff(lines.first)),
    )
    fine, overlap = _overlap(shape)
    size = line_width(lines.place, resolution, shape)
    for beside in range(1, int(np.diff(lines.first).max(initial=1))):
        gap = (lines.place[beside:] - lines.place[:-beside]) / size[beside:]
        near = np.flatnonzero((owner[beside:] == owner[:-beside]) & (gap < 3))
        if not len(near):
            break
        both = lines.area[near] * lines.area[near + beside] * np.sqrt(one[near] * one[near + beside])
        total += 2 * np.bincount(owner[near], both * np.interp(gap[near], fine, overlap), len(total))
    return np.sqrt(np.maximum(total, 1e-300))


@cache
def _overlap(shape):
    """Return the overlap of two lines of a shape at distances in widths."""
    function, reach = SHAPES[shape]
    fine, x = np.linspace(0, 3, 301), np.linspace(-reach, reach, 2001)
    return fine, np.array([function(x) @ function(x - d) for d in fine]) / (function(x) @ function(x))


def pursue(mz, intensity, lines, seen, resolution, shape, *, shifts, least, spacing, most=30):
    """Return for each shift in ppm the species that a rough fit takes one after another, and its worth.

    A twentieth of the intensity counts as error here, so that a shift between two trials does not matter.
    """
    smooth = baseline_columns(mz, spacing)
    blur = float(np.median(line_width(mz, resolution, shape) / np.gradient(mz))) / 2.355
    level = np.maximum(gaussian_filter1d(intensity, max(blur, 0.5)), 0)
    sd = np.hypot(max(least, first_noise(intensity)), 0.05 * level)
    basis = orthonormal(smooth / sd[:, None])
    start = intensity / sd
    start = start - basis @ (basis.T @ start)
    whole = matched_filter(mz, lines, resolution, shape)
    length_of = norms(lines, whole, resolution, shape, sd)
    price = penalty(int(seen.sum()))
    found = []
    for shift in tqdm(shifts, desc="shifts of the axis", delay=2, leave=False):
        data, taken, gram, score, drawn = start, [], np.zeros((0, 0)), np.zeros(0), []
        worth = np.maximum(lines.total(lines.area * whole(start / sd, shift)) / length_of, 0) ** 2
        # What is worth little alone is worth less beside others, but for what the baseline hides.
        pool = np.flatnonzero(seen & (worth > price / 2))
        if not len(pool):
            found.append((shift, [], 0.0))
            continue
        part = Lines(*_part(lines, pool))
        read, norm, out = (
            matched_filter(mz, part, resolution, shape),
            length_of[pool],
            np.zeros(len(pool), bool),
        )
        for _ in range(most):
            worth = np.maximum(part.total(part.area * read(data / sd, shift)) / norm, 0) ** 2
            worth[out] = 0
            best = int(worth.argmax())
            if worth[best] < price:
                break
            out[best], best = True, int(pool[best])
            column = _profile(mz / (1 + 1e-6 * shift), lines, best, resolution, shape) / sd
            column -= basis @ (basis.T @ column)
            length = np.linalg.norm(column)
            if not length:
                continue
            drawn, taken = [*drawn, column / length], [*taken, best]
            across = np.array([column @ other / length for other in drawn])
            gram = np.block([[gram, across[:-1, None]], [across[None, :-1], np.ones((1, 1))]])
            score = np.append(score, drawn[-1] @ start)
            data = start - np.transpose(drawn) @ non_negative(gram, score)
        a = non_negative(gram, score)
        used = [taken[k] for k in np.flatnonzero(a > 0)]
        found.append((shift, used, float(score @ a) - price * len(used)))
    return found


def tune(mz, intensity, lines, numbers, shift, resolution, shape, *, least, spacing, limit, free):
    """Return the shift in ppm and the resolving power that suit some species best, and chi squared explained.

    Gauss-Newton steps, halved as long as they do not help; amplitudes are eliminated.
    """
    noise = max(least, first_noise(intensity))
    smooth = orthonormal(baseline_columns(mz, spacing))
    data = intensity - smooth @ (smooth.T @ intensity)

    def left(shift, resolution):
        drawn = profiles(mz / (1 + 1e-6 * shift), lines, numbers, resolution, shape)
        inside = smooth.T @ drawn
        gram, score = (drawn.T @ drawn).toarray() - inside.T @ inside, drawn.T @ data
        norm = np.sqrt(np.maximum(np.diag(gram), 1e-300))
        a = non_negative(gram / np.outer(norm, norm), score / norm)
        return score / norm @ a / noise**2, drawn, a / norm

    best, drawn, area = left(shift, resolution)
    for _ in range(12):
        on = mz / (1 + 1e-6 * shift)
        moves = derivatives(on, lines, numbers, area, resolution, shape)[:, [True, free]]
        used = np.flatnonzero(area > 0)
        inner = np.column_stack([drawn[:, used].toarray(), smooth])
        rest = intensity - drawn @ area
        product = inner.T @ inner
        product += 1e-10 * np.trace(product) / max(len(product), 1) * np.eye(len(product))
        moves = moves - inner @ np.linalg.solve(product, inner.T @ moves)
        step = np.linalg.lstsq(moves.T @ moves, moves.T @ rest, rcond=None)[0]
        step = np.append(step, [0.0] * (2 - len(step)))
        for _ in range(6):
            here = float(np.clip(shift + step[0], -limit, limit))
            power = resolution * np.exp(np.clip(step[1], -0.3, 0.3)) if free else resolution
            new = left(here, power)
            if new[0] > best:
                break
            step = step / 2
        else:
            break
        gain, (best, drawn, area) = new[0] - best, new
        shift, resolution = here, power
        if gain < 1e-2:
            break
    return shift, float(resolution) if free else resolution, best


def derivatives(mz, lines, numbers, area, resolution, shape):
    """Return the change of a model with a shift of its lines in ppm, and with the logarithm of the power."""
    place, part, column = lines.of(np.asarray(numbers, dtype=int))
    part = part * np.asarray(area)[column]
    by = 0.02 * float(np.median(line_width(mz, resolution, shape) / mz))
    changes = []
    for (up, high), (down, low), size in (
        ((1 + by, 1), (1 - by, 1), 2e6 * by),
        ((1, np.exp(0.01)), (1, np.exp(-0.01)), 0.02),
    ):
        two = []
        for factor, narrower in ((up, high), (down, low)):
            power = (
                resolution * narrower if not callable(resolution)
                else lambda m, by=narrower: resolution(m) * by
            )  # fmt: skip
            two.append(curve(mz, place * factor, part, power, shape))
        changes.append((two[0] - two[1]) / size)
    return np.transpose(changes)


def calibrate(mz, intensity, lines, seen, resolution, shape, *, least, spacing, limit):
    """Return the modes of the fit, each as shift in ppm, resolving power and species, the best first.

    The resolving power, if it is free, is that which suits the strongest species of a blurred spectrum.
    """
    free = resolution is None
    common = {"least": least, "spacing": spacing}
    if free:
        resolution = _resolving_power(mz, intensity, lines, seen, shape, limit=limit, **common)
        if resolution is None:
            return []
    width = 1e6 * float(np.median(line_width(mz, resolution, shape) / mz))
    steps = int(np.ceil(2 * limit / width)) if limit else 0
    shifts = [k * limit / max(steps, 1) for k in range(-steps, steps + 1)]
    trials = [
        trial for trial in pursue(mz, intensity, lines, seen, resolution, shape, shifts=shifts, **common)
        if trial[1]
    ]  # fmt: skip
    modes = {}
    for shift, numbers, _ in sorted(trials, key=lambda trial: -trial[2])[:5]:
        if limit or free:
            tuned = tune(
                mz, intensity, lines, numbers, shift, resolution, shape, limit=limit, free=free, **common
            )
        else:
            tuned = shift, resolution, 0.0
        key = round(4 * tuned[0] / width), frozenset(numbers)
        modes.setdefault(key, (tuned[2], tuned[0], tuned[1], numbers))
    modes = sorted(modes.values(), key=lambda mode: -mode[0])[:3]
    return [mode[1:] for mode in modes if mode[0] >= modes[0][0] - max(0.05 * modes[0][0], 100)]


def _resolving_power(mz, intensity, lines, seen, shape, *, least, spacing, limit):
    """Return the resolving power by the strongest species of a spectrum so blurred that no shift matters."""
    coarse = min(1e6 / max(2 * limit, 40), 20_000)
    spaces = np.gradient(mz)
    finest = float(np.median(mz / spaces)) / 1.5
    coarse = min(coarse, finest)
    rough = axis(mz[0], mz[-1], coarse, points=3)
    rough = rough[np.diff(rough, prepend=0) > 0]
    blur = max(float(np.median(line_width(mz, coarse) / spaces)) / 2.355, 0.5)
    blurred = np.interp(rough, mz, gaussian_filter1d(intensity, blur))
    ((_, strong, _),) = pursue(
        rough, blurred, lines, seen, coarse, "gaussian", shifts=[0.0], least=least / 10, spacing=spacing,
        most=25,
    )  # fmt: skip
    if not strong:
        return None
    smooth = orthonormal(baseline_columns(mz, spacing))
    data = intensity - smooth @ (smooth.T @ intensity)
    some = Lines(*_part(lines, strong))
    best = (-np.inf, None, 0.0)
    guesses = np.geomspace(400, 200_000, 19)
    guesses = guesses[guesses < finest] if (guesses < finest).any() else guesses[:1]
    for guess in tqdm(guesses, desc="resolving power", delay=2, leave=False):
        drawn = profiles(mz, lines, strong, guess, shape)
        gram = (drawn.T @ drawn).toarray()
        norm = np.sqrt(np.maximum(np.diag(gram), 1e-300))
        gram = gram / np.outer(norm, norm)
        read = matched_filter(mz, some, guess, shape)
        steps = int(np.ceil(3e-6 * limit * guess))
        for k in range(-steps, steps + 1):
            shift = k * limit / max(steps, 1)
            score = some.total(some.area * read(data, shift)) / norm
            worth = float(score @ non_negative(gram, score))
            if worth > best[0]:
                best = worth, guess, shift
    _, power, shift = best
    _, power, _ = tune(
        mz,
        intensity,
        lines,
        strong,
        shift,
        power,
        shape,
        least=least,
        spacing=spacing,
        limit=limit,
        free=True,
    )
    return float(power)


def _part(lines, numbers):
    """Return the lines of some ions by themselves."""
    place, area, column = lines.of(np.asarray(numbers, dtype=int))
    number = np.bincount(column, minlength=len(numbers))
    return place, area, np.concatenate([[0], np.cumsum(number)])


def fit(
    mz, intensity, lines, seen, resolution, shape, *, least, spacing, model_error, start=(), free=(0.0, 0.0),
    choose=True,
):  # fmt: skip
    """Fit the species that are needed, or all that are covered if not `choose`, until noise and choice agree.

    Parameters
    ----------
    start : sequence of int
        Species with which to begin; their competitors, and what else the spectrum points to, are added.
    free : (float, float)
        Standard deviations of the priors of a shift in ppm and of the logarithm of the resolving power, in
        which the fit is linear; 0 for what is known.
    """
    number = int(seen.sum())
    price = penalty(number)
    smooth = baseline_columns(mz, spacing)
    points = max(int(np.median(line_width(mz, resolution, shape) / np.gradient(mz))), 1)
    level = np.maximum(gaussian_filter1d(intensity, max(points / 2.355, 0.5)), 0)
    noise, gain = max(least, first_noise(intensity)), 0.0
    kept = np.flatnonzero(seen) if not choose else np.array(sorted(set(start)), dtype=int)
    columns, chosen, looks, moves = profiles(mz, lines, kept, resolution, shape), None, 0, None
    if choose:
        sd = np.hypot(noise, model_error * level)
        kept, columns = _compete(mz, lines, seen, kept, columns, range(len(kept)), resolution, shape, sd)
    for _ in range(12):
        sd = np.sqrt(noise**2 + gain * level + (model_error * level) ** 2)
        basis = orthonormal(smooth / sd[:, None])
        pure = basis
        if moves is not None:
            basis = np.column_stack([basis, _bounded(moves / sd[:, None], basis, free)])
        data = intensity / sd
        data = data - basis @ (basis.T @ data)
        drawn = diags_array(1 / sd) @ columns
        inside = basis.T @ drawn
        gram = (drawn.T @ drawn).toarray() - inside.T @ inside
        norm = np.sqrt(np.maximum(np.diag(gram), 1e-300))
        gram, score = gram / np.outer(norm, norm), drawn.T @ data / norm
        before = chosen
        if choose:
            price = penalty(number, len(chosen or ()))
            chosen = select(gram, score, price)
            a, covariance = amplitudes(gram, score, chosen)
        else:
            chosen = list(range(len(kept)))
            a, covariance = non_negative(gram, score), amplitudes(gram, score, chosen)[1]
        area = a / norm[chosen]
        model = columns[:, chosen] @ area
        rest = (intensity - model) / sd
        residual = (rest - basis @ (basis.T @ rest)) * sd
        background = intensity - model - (rest - pure @ (pure.T @ rest)) * sd
        old, noise = noise, float(max(least, spread(residual, points)))
        level = np.maximum(model + background, 0)
        high = level > 3 * noise
        excess = residual**2 - noise**2 - (model_error * level) ** 2
        gain = max(0.0, excess[high] @ level[high] / (level[high] @ level[high])) if high.any() else 0.0
        moving = moves is None and any(free) and len(chosen)
        if any(free):
            moves = derivatives(mz, lines, kept[chosen], area, resolution, shape)[:, np.array(free) > 0]
        if chosen == before and abs(noise / old - 1) < 0.02 and not moving:
            if not choose or looks == 2:
                break
            read = matched_filter(mz, lines, resolution, shape)
            worth = lines.total(lines.area * read(residual / sd**2))
            least_norm = np.sqrt(lines.total(lines.area**2 * read(sd**-2.0, power=2)))
            pool = np.flatnonzero(seen & (worth > (price**0.5 - 1) * least_norm))
            pool = np.setdiff1d(pool, kept)
            if not len(pool):
                break
            part = Lines(*_part(lines, pool))
            read = matched_filter(mz, part, resolution, shape)
            worth = worth[pool] / norms(part, read, resolution, shape, sd)
            more = np.argsort(-worth)[:20]
            more = pool[more[worth[more] > price**0.5 - 1]]
            if not len(more):
                break
            looks += 1
            drawn = profiles(mz, lines, more, resolution, shape)
            place = len(kept) + np.arange(len(more))
            kept, columns = np.append(kept, more), hstack([columns, drawn], format="csc")
            kept, columns = _compete(mz, lines, seen, kept, columns, place, resolution, shape, sd)
    covariance = covariance / np.outer(norm[chosen], norm[chosen])
    step = np.zeros(2)
    if moves is not None and len(chosen):
        scaled = moves / sd[:, None]
        scaled = scaled - pure @ (pure.T @ scaled)
        rest = rest - pure @ (pure.T @ rest)
        wide = np.array(free)[np.array(free) > 0]
        step[np.array(free) > 0] = np.linalg.solve(scaled.T @ scaled + np.diag(wide**-2.0), scaled.T @ rest)
    return Fit(
        kept, columns, gram, score, norm, price, chosen, area, covariance, model, residual, sd, noise, basis,
        step,
    )  # fmt: skip


def _compete(mz, lines, seen, kept, columns, places, resolution, shape, sd):
    """Add the columns that overlap those at some places of the kept ones."""
    begin, end = lines.place[lines.first[:-1]], lines.place[lines.first[1:] - 1]
    near = set()
    for k in places:
        number = kept[k]
        pool = np.flatnonzero(seen & (begin < end[number]) & (end > begin[number]))
        if not len(pool):
            continue
        part = Lines(*_part(lines, pool))
        rows = slice(*np.searchsorted(mz, [part.place.min() - 1, part.place.max() + 1]))
        if rows.stop - rows.start < 4:
            continue
        read = matched_filter(mz[rows], part, resolution, shape)
        column, weight = columns[:, [k]].toarray()[rows, 0], sd[rows]
        length = max(np.linalg.norm(column / weight), 1e-300)
        overlap = part.total(part.area * read(column / weight**2))
        overlap /= norms(part, read, resolution, shape, weight) * length
        strongest = np.argsort(-overlap)[:COMPETE]
        near.update(pool[strongest[overlap[strongest] > OVERLAP]].tolist())
    more = np.array(sorted(near - set(kept.tolist())), dtype=int)
    drawn = profiles(mz, lines, more, resolution, shape)
    return np.append(kept, more), csc_array(hstack([columns, drawn], format="csc"))


def _bounded(moves, basis, free):
    """Return columns that project out moves as far as their priors allow."""
    wide = np.array(free)[np.array(free) > 0]
    moves = (moves - basis @ (basis.T @ moves)) * wide
    value, vector = np.linalg.eigh(moves.T @ moves)
    return moves @ vector / np.sqrt(1 + value)


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


def orthonormal(columns):
    """Return an orthonormal basis of columns."""
    product = columns.T @ columns
    # Splines without points below them are no columns.
    triangle = np.linalg.cholesky(product + 1e-12 * np.trace(product) * np.eye(len(product))).T
    return columns @ np.linalg.inv(triangle)


def first_noise(intensity):
    """Return the standard deviation of white noise under smooth lines, by second differences."""
    if len(intensity) < 4:
        return 0.0
    return float(np.median(np.abs(np.diff(intensity, 2)))) / 0.6745 / 6**0.5


def spread(residual, points):
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


def penalty(columns, needed=1):
    """Return the price of a column in chi squared, for the number to choose from and the number needed."""
    return 2 * np.log(max(columns, 1) / max(needed, 1)) + 4


def non_negative(gram, score):
    """Return the amplitudes >= 0 of all columns, by Lawson and Hanson on the Cholesky factor."""
    if not len(score):
        return np.zeros(0)
    factor = np.linalg.cholesky(gram + RIDGE * np.eye(len(gram)))
    return nnls(factor.T, np.linalg.solve(factor, score), maxiter=30 * len(score))[0]


def amplitudes(gram, score, chosen):
    """Return the amplitudes of a model without the bound at 0, and their covariance."""
    covariance = np.linalg.inv(gram[np.ix_(chosen, chosen)] + RIDGE * np.eye(len(chosen)))
    return covariance @ score[chosen], covariance


def select(gram, score, price):
    """Return the model that no exchange of one or two overlapping columns by up to two others improves.

    It starts from the non-negative fit of all columns, less those that are not worth their price.
    """
    chosen = np.flatnonzero(non_negative(gram, score) > 0).tolist()
    a, covariance = amplitudes(gram, score, chosen)
    while chosen:
        loss = np.where(a > 0, a**2 / np.diag(covariance), -1)
        worst = int(loss.argmin())
        if loss[worst] > price:
            break
        del chosen[worst]
        left, column = np.arange(len(a)) != worst, covariance[:, worst] / covariance[worst, worst]
        a = (a - a[worst] * column)[left]
        covariance = (covariance - np.outer(column, covariance[worst]))[np.ix_(left, left)]
    while True:
        before = set(chosen)
        for block in [()] + _blocks(gram, chosen):
            if set(block) <= set(chosen):
                rest, members, worth = _exchanges(gram, score, price, chosen, block)
                new = [*rest, *(int(k) for k in members[worth.argmax()] if k >= 0)]
                if set(new) != set(chosen) and _better(gram, score, price, new, chosen):
                    chosen = new
        if set(chosen) == before:
            return sorted(chosen)


def confidences(gram, score, price, chosen):
    r"""Return the share of each chosen column among the models that exchange it, and its strongest rival.

    The rival is -1 if it is none, or nothing in place of the column. The weight of a model is
    :math:`\exp(W / 2)`, as by the Bayesian information criterion. The exchanges are those of `select`: of
    the column alone, and of it together with each chosen column that overlaps it. The least share counts.
    """
    share, rival = dict.fromkeys(chosen, 1.0), dict.fromkeys(chosen, -1)
    for block in _blocks(gram, chosen):
        _, members, worth = _exchanges(gram, score, price, chosen, block)
        weight = np.exp((worth - worth.max()) / 2)
        weight /= weight.sum()
        for column in block:
            without = (members != column).all(axis=1)
            mine = weight[~without].sum()
            if mine < share[column]:
                best = members[np.where(without, weight, -1).argmax()]
                others = [int(k) for k in best if k >= 0 and k not in block]
                share[column], rival[column] = mine, max(others, key=lambda k: gram[k, column], default=-1)
    return np.array([share[k] for k in chosen]), np.array([rival[k] for k in chosen], dtype=int)


def trusted(confidence, false_rate):
    """Whether each column is among the surest of which no more than a share is expected to be false."""
    order = np.argsort(-np.asarray(confidence, dtype=float), kind="stable")
    doubt = np.cumsum(1 - np.asarray(confidence, dtype=float)[order]) / np.arange(1, len(order) + 1)
    keep = np.empty(len(order), dtype=bool)
    keep[order] = doubt <= false_rate + 1e-12
    return keep


def _blocks(gram, chosen):
    """Return all single columns and all pairs that overlap."""
    pairs = [(p, q) for k, p in enumerate(chosen) for q in chosen[k + 1 :] if gram[p, q] > OVERLAP]
    return [(p,) for p in chosen] + pairs


def _better(gram, score, price, new, old):
    """Whether a model is worth more than another and has no negative amplitude."""
    a, b = amplitudes(gram, score, new)[0], amplitudes(gram, score, old)[0]
    gain = score[new] @ a - score[old] @ b - price * (len(new) - len(old))
    return (a > 0).all() and gain > 1e-6


def _exchanges(gram, score, price, chosen, block):
    """Return the columns beside a block, what can replace it, and what that is worth.

    Replacements are rows of up to two columns, -1 for none. The worth is relative to nothing in its place.
    Without a block, single columns are added.
    """
    rest = [k for k in chosen if k not in block]
    near = (gram[list(block)] > OVERLAP).any(axis=0) if block else np.ones(len(score), dtype=bool)
    near[rest] = False
    near = np.flatnonzero(near)
    s, g = score[near], gram[np.ix_(near, near)]
    if rest:
        across = gram[np.ix_(rest, near)]
        inner = cho_factor(gram[np.ix_(rest, rest)] + RIDGE * np.eye(len(rest)))
        s = s - across.T @ cho_solve(inner, score[rest])
        g = g - across.T @ cho_solve(inner, across)
    norm = np.diag(g)
    fine = (norm > SINGULAR) & (s > 0)
    one = np.where(fine, s**2 / np.where(fine, norm, 1) - price, -np.inf)
    members, worth = [[[-1, -1]], np.c_[near, np.full(len(near), -1)]], [[0.0], one]
    if block:
        i, j = np.triu_indices(len(near), 1)
        determinant = norm[i] * norm[j] - g[i, j] ** 2
        fine = determinant > SINGULAR * norm[i] * norm[j]
        determinant = np.where(fine, determinant, 1)
        first = (norm[j] * s[i] - g[i, j] * s[j]) / determinant
        second = (norm[i] * s[j] - g[i, j] * s[i]) / determinant
        fine &= (first > 0) & (second > 0)
        members.append(np.c_[near[i], near[j]])
        worth.append(np.where(fine, first * s[i] + second * s[j] - 2 * price, -np.inf))
    return rest, np.concatenate(members), np.concatenate(worth)
