"""What this package computes for the claims of Bose et al. (2025, `bose2025`) on light scattering and growth.

The claims with their printed values are in ``data/claims/bose2025.yaml``; :mod:`supracrystal.claims.register`
compares. Nothing here knows what is printed. Concentrations are not printed: where a claim needs one, a
millionth of the volume is metal, as in the chapter.
"""

import numpy as np

from supracrystal.mesostructures import (
    Setup,
    alloy,
    confined,
    cumulants,
    field_correlation,
    growth,
    maxwell_garnett,
    population_balance,
    refractive_index,
)
from supracrystal.mesostructures import scattering as light_scattering

_COLOURS = {"purple": 450, "blue": 500, "green": 570, "yellow": 591, "orange": 610, "red": 760}


def colour(wavelength):
    """Return the colour of light, by the bands of ISO 21348."""
    return next(name for name, end in _COLOURS.items() if wavelength < end)


def diameters_seen(wavelengths, times):
    """Return the diameters from which on aggregates outshine toluene, for lasers of some wavelengths."""
    mixture, found = growth.Mixture(), []
    share = float(growth.metal_share(1e6, mixture))
    for each in wavelengths:
        metal = confined(alloy(each, 27 / 84), each, mixture.core, 27 / 84)
        sphere = np.sqrt(maxwell_garnett(metal, 1.56**2, share))
        background = light_scattering.toluene_rayleigh_ratio(each)
        solvent, volume = float(refractive_index("toluene", each)), mixture.metal_fraction / share
        radius = light_scattering.radius_seen(background, volume, sphere, solvent, each, times=times)
        found.append(2 * float(radius))
    return found


def days_after_dilution(days, concentration):
    """Return the days after which a diluted mixture has aggregates as large as the parent mixture had."""
    parent = growth.Mixture()
    times = np.append(0.0, np.geomspace(days / 100, 100 * days, 60))
    runs = [
        growth.trajectory(times, parent._replace(metal_fraction=parent.metal_fraction * each), 1e9)[
            "radius_nm"
        ]
        for each in (1.0, concentration)
    ]
    goal = np.interp(np.log(days), np.log(times[1:]), runs[0][1:])
    return float(np.exp(np.interp(goal, runs[1][1:], np.log(times[1:]))))


def trend_of_radius(days):
    """Return how the radius by dynamic light scattering changes while particles aggregate."""
    mixture, setup, delay = growth.Mixture(), Setup("toluene", 45.0), np.geomspace(0.5, 2e4, 150)
    table = growth.aggregation(np.append(0.0, days), mixture, 1e8, pivots=population_balance.sections(1e7))
    n = table.columns[:-1].to_numpy(dtype=float)
    size = growth.radius(n, mixture)
    found = [
        cumulants(delay, field_correlation(delay, size, np.maximum(row, 0) * n, setup) ** 2, setup)
        for row in table.iloc[:, :-1].to_numpy()
    ]
    steps = np.diff([each["radius_nm"] for each in found])
    return "increases" if (steps > 0).all() else "decreases" if (steps < 0).all() else "neither"
