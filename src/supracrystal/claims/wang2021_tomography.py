"""What this package computes for each claim of Wang et al. (2021, `wang2021`) on tomography.

The claims with their printed values are in ``data/claims/wang2021.yaml``; :mod:`supracrystal.claims.register`
compares. Nothing here knows what is printed. Results are those of the recorded closed loop, in which the
particles are known.
"""

import math

from supracrystal.tomography import runs

DENSEST = math.pi / math.sqrt(18)
"""Share of space that equal spheres fill at most; no mixture of this ratio of sizes is known to fill more."""

ALL = 0.99
"""Recall and precision that count as all."""


def number_that_fits(diameter, large, small, small_per_large, species):
    """Return how many nanocrystals fit into a ball as densely as spheres can be packed: all, or the large."""
    each = large**3 + small_per_large * small**3
    number = DENSEST * diameter**3 / each
    return int(number * (1 if species == "large" else 1 + small_per_large))


def wrong_number(diameter):
    """Return by what percentage the number of large particles is off in the closed loop, at most."""
    table = runs("size", "fit")
    return float(100 * table["large_difference"][table["value"] == diameter].max())


def misidentified(diameter):
    """Return the percentage of particles that two Gaussians of grey values would have overlap."""
    table = runs("size", "fit, grey")
    return float(100 * table["misidentified"][table["value"] == diameter].max())


def enough(experiment, value, methods):
    """Say whether one of the methods finds all particles and makes up none, in every recorded run."""
    table = runs(experiment)
    table = table[(table["value"] == value) & table["method"].isin(methods)]
    exact = table.groupby("method")[["recall", "precision"]].min().min(axis=1) >= ALL
    return "sufficient" if exact.any() else "not sufficient"
