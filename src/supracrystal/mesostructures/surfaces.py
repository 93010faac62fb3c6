r"""Surfaces that grow by one unit after the other, on a square lattice with periodic edges.

The rule decides what a unit that falls on a site does:

random
    It stays. Heights have the distribution of Poisson, and the roughness after n layers is :math:`\sqrt n`.
relaxed
    It moves to the lowest of the site and its neighbours (Family 1986, `family1986`), which smooths like
    surface diffusion in the equation of Edwards and Wilkinson (1982, `edwards1982`).
ballistic
    It sticks to the first neighbour that it touches (Vold 1959, `vold1959`), which leaves holes and belongs
    to the class of Kardar, Parisi and Zhang (1986, `kardar1986`).
restricted
    It stays only if no neighbour will be lower by more than one unit (Kim and Kosterlitz 1989, `kim1989`):
    layers that can be a little ahead of each other. The class is that of Kardar, Parisi and Zhang too.

Left out: units that fall from the side or leave again, the shape of units, and forces between them. The black
and the white sites of a chessboard take turns, so that many units can fall at a time; but for the order of
black and white this is one unit after the other.
"""

import numpy as np
import pandas as pd
from tqdm import tqdm

RULES = ("random", "relaxed", "ballistic", "restricted")


def deposit(shape, layers, rule, *, seed=0, batch=0.05, watch=()):
    """Let units fall on a flat surface.

    Parameters
    ----------
    shape : (int, int)
        Sites; the numbers are even, and the first may be 1, for a line.
    layers : float
        Units that fall for each site.
    rule : str
        One of `RULES`; see the top of this module.
    seed : int
    batch : float
        Units for each site of one colour of the chessboard, before it is the turn of the other colour.
    watch : sequence of float
        Numbers of layers at which the surface is measured.

    Returns
    -------
    height : (n, m) array of int
        In units.
    history : DataFrame
        Mean ``height`` and ``roughness`` at `watch`.

    Examples
    --------
    >>> height, _ = deposit((64, 64), 16, "random")
    >>> print(height.std().round())
    4.0
    """
    if rule not in RULES:
        raise ValueError(f"rule is {rule!r}; allowed are {', '.join(RULES)}")
    n, m = shape
    if m % 2 or (n != 1 and n % 2) or min(shape) < 1:
        raise ValueError(f"shape is {shape}; two even numbers are needed, or 1 and an even one")
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
    r"""Random surface without a scale of its own up to a correlation length.

    Its spectrum is :math:`C(q) \propto (1/\xi^2 + q^2)^{-1 - H}`.

    Parameters
    ----------
    shape : (int, int)
        Pixels.
    pixel : float
        Its width, in nm.
    hurst : float
        Exponent H of Hurst, between 0 and 1.
    rms : float
        Roughness of the whole, in nm.
    correlation : float
        Length :math:`\xi`, in nm.
    seed : int

    Returns
    -------
    (n, m) array
        Heights in nm, with the mean 0; periodic.

    Examples
    --------
    >>> print(self_affine((64, 64), 10.0, 0.5, 3.0).std().round(6))
    3.0
    """
    if not 0 < hurst < 1:
        raise ValueError(f"hurst is {hurst}; a number between 0 and 1 is needed")
    q2 = sum(
        (2 * np.pi * q) ** 2 for q in np.meshgrid(*(np.fft.fftfreq(n, pixel) for n in shape), indexing="ij")
    )
    amplitude = np.zeros(shape)
    away = q2 > 0
    amplitude[away] = (correlation**-2 + q2[away]) ** (-(1 + hurst) / 2)
    noise = np.fft.fft2(np.random.default_rng(seed).standard_normal(shape))
    height = np.fft.ifft2(amplitude * noise).real
    return height * (rms / height.std())


def beads(height, diameter, pixel):
    """Turn a lattice of heights into the surface of spheres, one on top of each site.

    Parameters
    ----------
    height : (n, m) array
        Height of the top of each sphere, in nm.
    diameter : float
        Of the spheres, and distance between sites, in nm.
    pixel : float
        In nm; a whole number of pixels makes a diameter.

    Returns
    -------
    (n k, m k) array
        Heights in nm.

    Examples
    --------
    >>> beads(np.zeros((2, 2)), 4.0, 1.0).shape
    (8, 8)
    """
    k = round(diameter / pixel)
    if k < 1 or abs(k * pixel - diameter) > 1e-6 * diameter:
        raise ValueError(f"diameter is {diameter} and pixel {pixel}; a whole number of pixels is needed")
    x = ((np.arange(k) + 0.5) / k - 0.5) * diameter
    drop = diameter / 2 - np.sqrt(np.maximum(diameter**2 / 4 - x[:, None] ** 2 - x**2, 0))
    return np.kron(height, np.ones((k, k))) - np.tile(drop, height.shape)
