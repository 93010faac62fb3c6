"""What this package computes for the claims of Bose et al. (2025, `bose2025`) on absorption of light.

The claims with their printed values are in ``data/claims/bose2025.yaml``; :mod:`supracrystal.claims.register`
compares. Nothing here knows what is printed. Series in time follow the law of
:func:`supracrystal.mesostructures.colour.law`, whose times are ours: only the direction of a change is
claimed.
"""

from functools import cache

import numpy as np
from scipy.optimize import brentq

from supracrystal.mesostructures import colour as absorption
from supracrystal.mesostructures import peak

WAVELENGTHS = np.arange(360.0, 801.0, 8.0)


@cache
def _series(solvent, temperature, days):
    table = absorption.law(
        np.array([0.0, 0.1, 0.3, 0.6, 1.0]) * days, exchange=days / 20, gathering=0.8 * days
    )
    return absorption.time_series(table, WAVELENGTHS, solvent=solvent, temperature=temperature)


def _rises(values):
    steps = np.diff(values)
    return "up" if (steps > 0).all() else "down" if (steps < 0).all() else "both"


def parent_plasmon(mean, deviation, solvent, temperature):
    """Return the position in nm of the plasmon of dispersed silver particles."""
    wavelength = np.arange(380.0, 521.0, 2.0)
    return peak(absorption.particles(wavelength, mean, deviation, solvent=solvent, temperature=temperature))[
        "position"
    ]


def plasmon_shift(solvent, temperature, days):
    """Return to which side the plasmon moves in all steps of a reaction."""
    found = _series(solvent, temperature, days)
    trend = _rises([peak(found[time])["position"] for time in found])
    return {"up": "red", "down": "blue", "both": "both"}[trend]


def plasmon_width(solvent, temperature, days):
    """Return how the width of the plasmon changes in all steps of a reaction.

    It is measured to the red. Where extinction does not fall to half up to 800 nm, it counts as wider still.
    """
    found = _series(solvent, temperature, days)
    width = np.array([peak(found[time])["width"] for time in found])
    trend = _rises(np.nan_to_num(width, nan=WAVELENGTHS[-1]))
    return {"up": "broader", "down": "narrower", "both": "both"}[trend]


def baseline(solvent, temperature, days):
    """Return how the extinction at 800 nm, where nothing absorbs much, changes in all steps of a reaction."""
    found = _series(solvent, temperature, days)
    return {"up": "rise", "down": "fall", "both": "both"}[_rises(found.loc[800.0])]


def silver_in_gold(diameter, shift):
    """Return what silver does to the plasmon of gold when it shifts it to the blue by so many nm.

    An enhancement is one by more than a tenth, for the same amount of gold.
    """
    wavelength = np.arange(420.0, 621.0, 4.0)

    def found(gold):
        return peak(absorption.particles(wavelength, diameter, 0.1 * diameter, gold))

    alone = found(1.0)
    share = brentq(lambda gold: alone["position"] - found(gold)["position"] - shift, 0.7, 1.0, xtol=1e-3)
    return "enhancement" if found(share)["height"] / share > 1.1 * alone["height"] else "none"
