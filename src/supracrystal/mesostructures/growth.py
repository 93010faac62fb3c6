r"""Aggregation of particles over days, with stability, shear and settling.

Aggregates of n particles have the radius :math:`R_n = r [1 + (n - 1) / \kappa]^{1/D}`: D = 3 for compact
ones of the packing fraction :math:`\kappa`, less for fractal ones. Two of them meet by diffusion and by
shear, and stick with the probability P,

.. math::
    K_{ij} = P_{ij} \left[ \frac{2 k_\mathrm B T}{3 \eta} \frac{(R_i + R_j)^2}{R_i R_j}
    + \frac{4}{3} G (R_i + R_j)^3 \right] , \qquad
    P_{ij} = \left[ 1 + (W - 1) (n_i n_j)^{-\lambda} \right]^{-1}

(Smoluchowski 1917, `smoluchowski1917`). W is the stability ratio of single particles. :math:`\lambda = 0`
keeps P the same for all; :math:`W = 1` is aggregation limited by diffusion; with :math:`\lambda` near 1/2,
large aggregates find a place to stick more easily, and their mean mass grows exponentially, as in
reaction-limited aggregation (Lin et al. 1990, `lin1990`). The numbers of aggregates follow

.. math:: \dot N_k = \frac{1}{2} \sum_{i+j \to k} K_{ij} N_i N_j - N_k \sum_j K_{kj} N_j - \frac{v_k}{h} N_k ,

where what settles, with Stokes's velocity v, is lost through the floor of a stirred layer of the height h.
Sizes are sections (:mod:`supracrystal.mesostructures.population_balance`).

Left out: break-up, restructuring, forces of flow between close aggregates, and growth by single particles on
crystals, for which see :mod:`supracrystal.mesostructures.crystal_growth`.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.constants import Boltzmann

from supracrystal.mesostructures.population_balance import balance, integrate, sections
from supracrystal.mesostructures.settling import velocity
from supracrystal.mesostructures.solvents import viscosity

DAY = 86400.0


class Mixture(NamedTuple):
    """The particles and what they swim in.

    Attributes
    ----------
    core : float
        Radius of the metal in nm.
    shell : float
        Thickness of the ligands in nm: half a gap between cores that touch.
    metal_fraction : float
        Metal per volume of the mixture.
    packing : float
        Packing fraction of core and shell in an aggregate.
    dimension : float
        Fractal dimension; 3 is compact.
    solvent : {"toluene", "dichloromethane"}
    temperature : float
        In °C.
    """

    core: float = 1.75
    shell: float = 0.6
    metal_fraction: float = 1e-6
    packing: float = 0.64
    dimension: float = 3.0
    solvent: str = "toluene"
    temperature: float = 45.0


def number_density(mixture):
    """Return the number of single particles that the metal makes, in 1/m³.

    Parameters
    ----------
    mixture : Mixture

    Returns
    -------
    float

    Examples
    --------
    >>> print(f"{number_density(Mixture()):.2e}")
    4.45e+19
    """
    return mixture.metal_fraction / (4 / 3 * np.pi * (mixture.core * 1e-9) ** 3)


def radius(particles, mixture):
    """Radius of aggregates in nm.

    Parameters
    ----------
    particles : float or array
        Number of particles in an aggregate.
    mixture : Mixture

    Returns
    -------
    float or array

    Examples
    --------
    >>> print(radius(np.array([1, 1000]), Mixture()).round(2))
    [ 2.35 27.27]
    """
    single = mixture.core + mixture.shell
    return single * (1 + (np.asarray(particles) - 1) / mixture.packing) ** (1 / mixture.dimension)


def metal_share(particles, mixture):
    """Volume fraction of metal in aggregates.

    Parameters
    ----------
    particles : float or array
    mixture : Mixture

    Returns
    -------
    float or array

    Examples
    --------
    >>> print(metal_share(np.array([1, 1e6]), Mixture()).round(3))
    [0.413 0.264]
    """
    return np.asarray(particles) * (mixture.core / radius(particles, mixture)) ** 3


def meeting_rate(one, other, mixture, *, shear=0.0):
    """Rate constant at which spheres meet by diffusion and by shear.

    Parameters
    ----------
    one, other : float or array
        Radii in nm.
    mixture : Mixture
    shear : float
        In 1/s.

    Returns
    -------
    float or array
        In m³/s.

    Examples
    --------
    >>> print(f"{meeting_rate(5.0, 5.0, Mixture()):.3g}")
    2.64e-17
    """
    eta = viscosity(mixture.solvent, mixture.temperature) * 1e-3
    thermal = 2 * Boltzmann * (mixture.temperature + 273.15) / (3 * eta)
    return thermal * (one + other) ** 2 / (one * other) + 4 / 3 * shear * (one + other) ** 3 * 1e-27


def aggregation(days, mixture, stability, *, exponent=0.0, shear=0.0, height_m=np.inf, pivots=None):
    """Shares of the mass in aggregates of all sizes, from single particles on.

    Parameters
    ----------
    days : (n,) array
        Ascending.
    mixture : Mixture
    stability : float
        W, at least 1.
    exponent : float
        The λ of the sticking probability.
    shear : float
        In 1/s.
    height_m : float
        Of the layer out of which aggregates settle; none settle without it.
    pivots : (m,) array, optional
        Numbers of particles of the sections, from 1 on.

    Returns
    -------
    DataFrame
        A row for each day, a column for each number of particles; the last column, ``inf``, is the sediment.

    Raises
    ------
    ValueError
        For a stability ratio below 1.

    Examples
    --------
    >>> table = aggregation([0.0, 1.0, 10.0], Mixture(), 1e8)
    >>> print(table[1.0].round(3).to_list())
    [1.0, 0.437, 0.024]
    """
    if not stability >= 1:
        raise ValueError(f"the stability ratio is {stability}; it must be at least 1")
    n = sections() if pivots is None else np.asarray(pivots, dtype=float)
    size = radius(n, mixture)
    sticking = 1 / (1 + (stability - 1) * np.outer(n, n) ** -exponent)
    kernel = sticking * meeting_rate(size[:, None], size, mixture, shear=shear)
    kernel *= number_density(mixture) * DAY
    density = metal_share(n, mixture)
    fall = velocity(size, density, mixture.solvent, mixture.temperature)
    masses = integrate(balance(kernel, n), np.eye(len(n))[0], days, loss=fall / height_m * DAY)
    return pd.DataFrame(masses, pd.Index(days, name="day"), [*n, np.inf])


def trajectory(days, mixture, stability, **settings):
    """Mean radius, share and number of aggregates against time.

    Parameters
    ----------
    days : (n,) array
        Ascending.
    mixture : Mixture
    stability : float
    **settings
        As for :func:`aggregation`.

    Returns
    -------
    DataFrame
        ``day``; ``radius_nm``, of the aggregate with the mean number of particles, weighted by mass;
        ``aggregated_share`` of the particles, settled ones among them; ``settled_share``; and
        ``number_density`` of all that is suspended, in 1/m³.

    Examples
    --------
    >>> trajectory([0.0, 1.0], Mixture(), 1e8).round(2)["radius_nm"].to_list()
    [2.35, 3.24]
    """
    return summary(aggregation(days, mixture, stability, **settings), mixture)


def summary(table, mixture):
    """Return the means of :func:`trajectory` from a table of :func:`aggregation`.

    Parameters
    ----------
    table : DataFrame
    mixture : Mixture

    Returns
    -------
    DataFrame

    Examples
    --------
    >>> half = pd.DataFrame([[0.5, 0.5, 0.0]], pd.Index([2.0], name="day"), [1.0, 2.0, np.inf])
    >>> summary(half, Mixture()).aggregated_share.item()
    0.5
    """
    n, share = table.columns[:-1].to_numpy(dtype=float), table.iloc[:, :-1].to_numpy()
    suspended = np.maximum(share.sum(axis=1), 1e-300)
    return pd.DataFrame(
        {
            "day": table.index,
            "radius_nm": radius(share @ n / suspended, mixture),
            "aggregated_share": 1 - share[:, 0],
            "settled_share": table.iloc[:, -1].to_numpy(),
            "number_density": share @ (1 / n) * number_density(mixture),
        }
    )
