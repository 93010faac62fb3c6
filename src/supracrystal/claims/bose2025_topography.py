"""What this package computes for the claims of Bose et al. (2025, `bose2025`) on topography, by function.

The claims with their printed values are in ``data/claims/bose2025.yaml``; :mod:`supracrystal.claims.register`
compares. Nothing here knows what is printed. The size of a unit, 5 nm, is ours: 3.5 nm of metal and a shell.
"""

import math

from supracrystal.mesostructures import fringes

UNIT = 5.0


def random_roughness(height):
    """Return the roughness of a random heap of particles, as high as given, both in nm."""
    return math.sqrt(UNIT * height)


def spacing(plane):
    """Return the spacing of lattice planes of silver, in nm."""
    return float(fringes.spacings(0.0)[str(plane)])
