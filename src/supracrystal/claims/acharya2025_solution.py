"""What this package computes for claims on clusters in solution: a gel, and how dimers form and last.

The claims of Lin et al. (2022, `lin2022`) and Acharya et al. (2025, `acharya2025`) with their printed values
are in ``data/claims``; :mod:`supracrystal.claims.register` compares. Nothing here knows what is printed as a result.

Left out: colours, as neither spectra nor widths and strengths of bands are printed.
"""

from functools import cache

import numpy as np

from supracrystal.clusters import cluster, gel_mobility, sphere_radius
from supracrystal.reactions import dimer_share, fall
from supracrystal.spectra import parse


@cache
def _radius(formula):
    return sphere_radius(cluster(formula), rays=2**12)


def ligands_by_gel_mobility(slow, middle, fast, ionised):
    """Return the numbers of ligands of three clusters by mobility in a gel, slowest first.

    The middle one has no known structure; its radius is taken between those of the others. `ionised` is the
    part of the carboxylic acids that has lost its proton.
    """
    radii = [_radius(slow), (_radius(slow) + _radius(fast)) / 2, _radius(fast)]
    found = []
    for formula, radius in zip((slow, middle, fast), radii, strict=True):
        ion = parse(formula)
        acids = ion.counts["p-MBA"]
        found.append((-gel_mobility(ion.charge - ionised * acids, radius), acids))
    return [acids for _, acids in sorted(found)]


def change_of_dimers(before, after):
    """Return whether there are more or fewer dimers at equilibrium for another excess of one parent."""
    constants = np.geomspace(1e-4, 1e4, 33)
    change = [
        dimer_share(1.0, constants, leaving=leaving, excess=after)
        - dimer_share(1.0, constants, leaving=leaving, excess=before)
        for leaving in (False, True)
    ]
    return "more" if np.min(change) > 0 else "fewer" if np.max(change) < 0 else "undecided"


def origin_by_distance(near, far, distances):
    """Return where ions form, by a signal that falls as one species in a plume, or as two that must meet."""
    _, power = fall(near, far, distances)
    return "solution" if power <= 2 else "gas phase" if power >= 4 else "undecided"
