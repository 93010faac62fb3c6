"""What this package computes for claims on clusters in solution: how dimers form and last.

The claims of Acharya et al. (2025, `acharya2025`) with their printed values are in ``data/claims``;
:mod:`supracrystal.claims.register` compares. Nothing here knows what is printed as a result.

Left out: colours, as neither spectra nor widths and strengths of bands are printed.
"""

import numpy as np

from supracrystal.reactions import dimer_share, fall


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
