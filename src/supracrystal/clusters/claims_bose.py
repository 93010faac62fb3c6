"""What this package computes for each claim of Bose et al. (2025, `bose2025`), one function for each.

The claims with their printed values are in ``data/claims/bose2025.yaml``; :mod:`supracrystal.claims`
compares. Nothing here knows what is printed. Left out: all but the mass spectrum.
"""

from supracrystal.clusters.isotopes import masses


def mz(species):
    """Return the m/z of the most abundant nominal mass of an ion."""
    return float(masses(species).most_abundant_mz)
