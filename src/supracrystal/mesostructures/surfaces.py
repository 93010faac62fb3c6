r"""Height maps and their roughness, and surfaces that grow by one unit after the other.

The roughness is the standard deviation w of the heights above a plane. On areas of the width L it grows as
:math:`L^H` up to a correlation length, with the exponent H of Hurst. The power spectrum C(q) has all of it,
:math:`w^2 = \sum_q C(q) / A` for the area A. Heights are arrays in nm, as :func:`numpy.loadtxt` reads them; a
tip of finite radius records a dilation of them (:func:`scipy.ndimage.grey_dilation`).

Surfaces grow on a square lattice with periodic edges by one of four rules for a unit that falls on a site:

random
    It stays. Heights have the distribution of Poisson, and the roughness after n layers is :math:`\sqrt n`.
relaxed
    It moves to the lowest of the site and its neighbours (Family 1986, `family1986`), which smooths like
    surface diffusion in the equation of Edwards and Wilkinson (1982, `edwards1982`).
ballistic
    It sticks to the first neighbour that it touches (Vold 1959, `vold1959`), which leaves holes and
    belongs to the class of Kardar, Parisi and Zhang (1986, `kardar1986`).
restricted
    It stays only if no neighbour will be lower by more than one unit (Kim and Kosterlitz 1989, `kim1989`):
    layers that can be a little ahead of each other, of the same class.

The black and the white sites of a chessboard take turns, so that many units can fall at a time. Left out:
units that fall from the side or leave again, their shape and forces; noise, drift and feedback of a
microscope.
"""

import numpy as np
import pandas as pd
from tqdm import tqdm

from supracrystal import InputError

RULES = ("random", "relaxed", "ballistic", "restricted")


def _map(height):
    """Return a map as an array, refusing other shapes and what is not finite."""
    height = np.asarray(height, dtype=float)
    if height.ndim != 2 or not np.isfinite(height).all():
        raise InputError(f"height has the shape {height.shape}; a map of finite heights is needed")
    return height


def level(height, *, order=1):
    """Subtract from a map the polynomial that fits it best: 0 the mean, 1 a plane, 2 a bow as well."""
    height = _map(height)
    y, x = (np.linspace(-1, 1, n) if n > 1 else np.zeros(1) for n in height.shape)
    terms = [np.outer(y**i, x**j).ravel() for i in range(order + 1) for j in range(order + 1 - i)]
    design = np.stack(terms, axis=1)
    fit = np.linalg.lstsq(design, height.ravel(), rcond=None)[0]
    return height - (design @ fit).reshape(height.shape)


def roughness(height, *, order=1):
    """Return the standard deviation of the heights above the polynomial of :func:`level`.

    Examples
    --------
    >>> print(roughness([[0.0, 2.0], [2.0, 0.0]]))
    1.0
    """
    return float(level(height, order=order).std())


def roughness_by_width(height, widths, *, order=1):
    """Root mean square roughness of square areas, each levelled by itself, by their width in pixels.

    Examples
    --------
    >>> roughness_by_width(np.add.outer(np.arange(8.0), np.zeros(8)), [4, 8]).round(9).tolist()
    [0.0, 0.0]
    """
    height, found = _map(height), {}
    for width in widths:
        rows, columns = (n // width for n in height.shape)
        if not (rows and columns and width > 1):
            raise InputError(f"a width of {width} pixels is not from 2 to {min(height.shape)}, the map's")
        parts = height[: rows * width, : columns * width].reshape(rows, width, columns, width).swapaxes(1, 2)
        squares = [roughness(part, order=order) ** 2 for part in parts.reshape(-1, width, width)]
        found[width] = float(np.sqrt(np.mean(squares)))
    return pd.Series(found, name="roughness").rename_axis("width")


def power_spectrum(height, pixel, *, window=True, bins=40):
    """Power spectrum of a map with pixels in nm, averaged over directions in bins of the logarithm of q.

    With `window` the edges are damped (Hann), for a map that is not periodic; the spectrum keeps its scale.

    Returns
    -------
    DataFrame
        By q in 1/nm: ``power`` C in nm⁴ and the number of ``waves``. Power times waves over the area sum
        to w².

    Examples
    --------
    >>> table = power_spectrum(np.random.default_rng(0).standard_normal((64, 64)), 1.0, window=False)
    >>> print((table.power @ table.waves / 64**2).round(1))
    1.0
    """
    height = _map(height)
    height = height - height.mean()
    if window:
        damp = np.outer(*(np.hanning(n + 2)[1:-1] for n in height.shape))
        height = height * damp / np.sqrt(np.mean(damp**2))
    power = np.abs(np.fft.fft2(height)) ** 2 * pixel**2 / height.size
    q = 2 * np.pi * np.hypot.outer(*(np.fft.fftfreq(n, pixel) for n in height.shape))
    edges = np.geomspace(q[q > 0].min() * 0.999, q.max() * 1.001, bins + 1)
    slot = np.digitize(q.ravel(), edges)
    waves, total, mean = (
        np.bincount(slot, each, bins + 2)[1:-1] for each in (None, power.ravel(), q.ravel())
    )
    kept = waves > 0
    table = pd.DataFrame({"power": total[kept] / waves[kept], "waves": waves[kept]})
    return table.set_index(pd.Index(mean[kept] / waves[kept], name="q"))


def deposit(shape, layers, rule, *, seed=0, batch=0.05, watch=()):
    """Let units fall on a flat surface; return its heights and the ``height`` and ``roughness`` at `watch`.

    Parameters
    ----------
    shape : (int, int)
        Sites; the numbers are even, and the first may be 1, for a line.
    layers : float
        Units that fall for each site.
    rule : str
        One of `RULES`; see the top of this module. Others are refused.
    seed : int
    batch : float
        Units for each site of one colour of the chessboard before the turn of the other.
    watch : sequence of float
        Numbers of layers at which the surface is measured.

    Examples
    --------
    >>> height, _ = deposit((64, 64), 16, "random")
    >>> print(height.std().round())
    4.0
    """
    if rule not in RULES:
        raise InputError(f"rule is {rule!r}; allowed are {', '.join(RULES)}")
    n, m = shape
    if m % 2 or (n != 1 and n % 2) or min(shape) < 1:
        raise InputError(f"shape is {shape}; two even numbers are needed, or 1 and an even one")
    random = np.random.default_rng(seed)
    height = np.zeros(n * m, dtype=np.int64)
    updates = max(2, round(2 * layers / batch))
    hits = random.poisson(layers * n * m / updates, updates)
    marks = np.rint(np.asarray(watch, dtype=float) / layers * updates).astype(int)
    noted = {}
    for step in tqdm(range(updates), desc="updates", delay=2, leave=False):
        row = random.integers(n, size=hits[step])
        column = 2 * random.integers(m // 2, size=hits[step]) + (row + step) % 2
        site, times = np.unique(row * m + column, return_counts=True)
        for again in range(times.max(initial=0)):
            _fall(height, shape, site[times > again], rule, random)
        for mark in np.flatnonzero(marks == step + 1):
            noted[float(watch[mark])] = (float(height.mean()), float(height.std()))
    history = pd.DataFrame.from_dict(noted, orient="index", columns=["height", "roughness"], dtype=float)
    return height.reshape(shape), history.rename_axis("layers")


def _fall(height, shape, site, rule, random):
    """Let one unit fall on each of some sites of one colour."""
    if rule == "random":
        height[site] += 1
        return
    n, m = shape
    row, column = np.divmod(site, m)
    sides = (column + 1) % m, (column - 1) % m
    around = np.stack(
        [row * m + side for side in sides] + [(row + step) % n * m + column for step in (1, -1)]
    )
    here, there = height[site], height[around]
    if rule == "ballistic":
        height[site] = np.maximum(there.max(axis=0), here + 1)
    elif rule == "restricted":
        height[site] += there.min(axis=0) >= here
    else:
        best = (there + random.random(there.shape) / 2).argmin(axis=0)[None]
        lower = np.take_along_axis(there, best, 0)[0] < here
        np.add.at(height, np.where(lower, np.take_along_axis(around, best, 0)[0], site), 1)


def self_affine(shape, pixel, hurst, rms, *, correlation=np.inf, seed=0):
    r"""Random periodic surface of a roughness `rms` without a scale up to a `correlation` length :math:`\xi`.

    Its spectrum is :math:`C(q) \propto (1/\xi^2 + q^2)^{-1 - H}` with the exponent `hurst` between 0 and 1;
    others are refused. Lengths are in nm, the shape in pixels.

    Examples
    --------
    >>> print(self_affine((64, 64), 10.0, 0.5, 3.0).std().round(6))
    3.0
    """
    if not 0 < hurst < 1:
        raise InputError(f"hurst is {hurst}; a number between 0 and 1 is needed")
    q = 2 * np.pi * np.hypot.outer(*(np.fft.fftfreq(n, pixel) for n in shape))
    amplitude = np.zeros(shape)
    amplitude[q > 0] = (correlation**-2 + q[q > 0] ** 2) ** (-(1 + hurst) / 2)
    noise = np.fft.fft2(np.random.default_rng(seed).standard_normal(shape))
    height = np.fft.ifft2(amplitude * noise).real
    return height * (rms / height.std())


def beads(height, diameter, pixel):
    """Turn a lattice of heights in nm into the surface of spheres of a diameter, one below each site.

    A whole number of pixels makes a diameter, the distance of sites.

    Examples
    --------
    >>> beads(np.zeros((2, 2)), 4.0, 1.0).shape
    (8, 8)
    """
    k = round(diameter / pixel)
    if k < 1 or abs(k * pixel - diameter) > 1e-6 * diameter:
        raise InputError(f"diameter is {diameter} and pixel {pixel}; a whole number of pixels is needed")
    x = ((np.arange(k) + 0.5) / k - 0.5) * diameter
    drop = diameter / 2 - np.sqrt(np.maximum(diameter**2 / 4 - x[:, None] ** 2 - x**2, 0))
    return np.kron(height, np.ones((k, k))) - np.tile(drop, np.shape(height))
