r"""Aggregation of particles over days, by the equation of Smoluchowski in sections of size.

Aggregates of n particles have the radius :math:`R_n = r [1 + (n - 1) / \kappa]^{1/D}`: D = 3 for compact
ones of the packing fraction :math:`\kappa`, less for fractal ones. Two of them meet by diffusion, and stick
with the probability P,

.. math::
    K_{ij} = P_{ij} \frac{2 k_\mathrm B T}{3 \eta} \frac{(R_i + R_j)^2}{R_i R_j} , \qquad
    P_{ij} = \left[ 1 + (W - 1) (n_i n_j)^{-\lambda} \right]^{-1} , \qquad
    \dot N_k = \frac{1}{2} \sum_{i + j = k} K_{ij} N_i N_j - N_k \sum_j K_{kj} N_j

(Smoluchowski 1917, `smoluchowski1917`). W is the stability ratio of single particles. :math:`\lambda = 0`
keeps P the same for all; :math:`W = 1` is diffusion-limited; with :math:`\lambda` near 1/2 the mean mass
grows exponentially, as in reaction-limited aggregation (Lin et al. 1990, `lin1990`). An aggregate between
two sections is divided between them so that number and mass are both kept (Kumar and Ramkrishna 1996,
`kumar1996`). What is integrated are the masses n N, a quadratic form of themselves.

Left out: stirring, settling, break-up, restructuring, and growth of crystals by single particles.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.constants import Boltzmann
from scipy.integrate import solve_ivp
from scipy.sparse import coo_array

from supracrystal import InputError
from supracrystal.mesostructures.materials import viscosity

DAY = 86400.0


class Mixture(NamedTuple):
    """The particles and their solvent.

    Radius of the metal (`core`) and thickness of the ligands (`shell`, half a gap between cores in
    contact) are in nm, `metal_fraction` is metal per volume of the mixture, `packing` that of core and
    shell in an aggregate, `dimension` fractal (3 is compact), `temperature` in °C.
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

    Examples
    --------
    >>> print(f"{number_density(Mixture()):.2e}")
    4.45e+19
    """
    return mixture.metal_fraction / (4 / 3 * np.pi * (mixture.core * 1e-9) ** 3)


def aggregate_radius(particles, mixture):
    """Radius in nm of aggregates of a number (array) of particles.

    Examples
    --------
    >>> print(aggregate_radius(np.array([1, 1000]), Mixture()).round(2))
    [ 2.35 27.27]
    """
    single = mixture.core + mixture.shell
    return single * (1 + (np.asarray(particles) - 1) / mixture.packing) ** (1 / mixture.dimension)


def metal_share(particles, mixture):
    """Volume fraction of metal in aggregates of a number (array) of particles.

    Examples
    --------
    >>> print(metal_share(np.array([1, 1e6]), Mixture()).round(3))
    [0.413 0.264]
    """
    return np.asarray(particles) * (mixture.core / aggregate_radius(particles, mixture)) ** 3


def meeting_rate(one, other, mixture):
    """Rate constant in m³/s at which spheres of two radii in nm meet by diffusion.

    Examples
    --------
    >>> print(f"{meeting_rate(5.0, 5.0, Mixture()):.3g}")
    2.64e-17
    """
    eta = viscosity(mixture.solvent, mixture.temperature) * 1e-3
    thermal = 2 * Boltzmann * (mixture.temperature + 273.15) / (3 * eta)
    return thermal * (one + other) ** 2 / (one * other)


def sections(largest=1e13, per_decade=7):
    """Numbers of particles of the sections: 1 to 4, then a geometric scale.

    Examples
    --------
    >>> sections(1000, 2).round(1).tolist()
    [1.0, 2.0, 3.0, 4.0, 12.6, 40.0, 126.5, 400.0]
    """
    count = int(np.log10(largest / 4) * per_decade)
    return np.append([1.0, 2.0, 3.0], 4 * 10 ** (np.arange(count + 1) / per_decade))


def mass_balance(kernel, pivots):
    """Return T, (m², m) sparse, in dM_k/dt = sum of T_kij M_i M_j for masses M in sections, k and i in rows.

    What grows past the last of the ascending pivots stays there. Sums over k vanish: mass is kept.
    """
    m = len(pivots)
    total = np.minimum(pivots[:, None] + pivots, pivots[-1])
    low = np.minimum(np.searchsorted(pivots, total, side="right") - 1, m - 2)
    above = (total - pivots[low]) / (pivots[low + 1] - pivots[low]) * pivots[low + 1] / total
    # Two of masses x and y leave their sections, and their whole mass arrives at two neighbouring ones.
    leaving = kernel / (2 * np.outer(pivots, pivots))
    flux = leaving * (pivots[:, None] + pivots)
    i, j = np.indices((m, m))
    rates = [flux * (1 - above), flux * above, -leaving * pivots[:, None], -leaving * pivots]
    places = [low, low + 1, i, j]
    rows = np.ravel(places) * m + np.tile(i.ravel(), 4)
    return coo_array((np.ravel(rates), (rows, np.tile(j.ravel(), 4))), shape=(m * m, m)).tocsr()


def integrate_masses(tensor, initial, times, *, rtol=1e-6):
    """Masses (n, m) at n ascending times from 0 on, for a tensor of :func:`mass_balance`."""
    times, m = np.asarray(times, dtype=float), tensor.shape[1]
    if not (times[0] >= 0 and (np.diff(times) > 0).all()):
        raise InputError(f"times are {times.tolist()}; they must ascend, from 0 or later")

    def product(mass):
        return (tensor @ mass).reshape(m, m)

    def change(_, mass):
        return product(mass) @ mass

    def jacobian(_, mass):
        return 2 * product(mass)

    done = solve_ivp(
        change, (0.0, times[-1]), initial, method="BDF", t_eval=times, jac=jacobian, rtol=rtol, atol=1e-10
    )
    return done.y.T


def aggregation(days, mixture, stability, *, exponent=0.0, pivots=None):
    """Shares of the mass by day, a column for each number of particles, from single particles on.

    Parameters
    ----------
    days : (n,) array
        Ascending.
    mixture : Mixture
    stability, exponent : float
        W (below 1 is refused) and λ of the sticking probability.
    pivots : (m,) array, optional
        Numbers of particles of the sections, from 1 on; by default :func:`sections`.

    Examples
    --------
    >>> table = aggregation([0.0, 1.0, 10.0], Mixture(), 1e8)
    >>> print(table[1.0].round(3).to_list())
    [1.0, 0.437, 0.024]
    """
    if not stability >= 1:
        raise InputError(f"the stability ratio is {stability}; it must be at least 1")
    n = sections() if pivots is None else np.asarray(pivots, dtype=float)
    size = aggregate_radius(n, mixture)
    sticking = 1 / (1 + (stability - 1) * np.outer(n, n) ** -exponent)
    kernel = sticking * meeting_rate(size[:, None], size, mixture) * number_density(mixture) * DAY
    masses = integrate_masses(mass_balance(kernel, n), np.eye(len(n))[0], days)
    return pd.DataFrame(masses, pd.Index(days, name="day"), n)


def aggregate_means(table, mixture):
    """Means of a table of :func:`aggregation`, by day.

    ``radius_nm`` is that of the aggregate with the mass-weighted mean number of particles;
    ``aggregated_share`` that of the particles; ``number_density`` that of all aggregates in 1/m³.

    Examples
    --------
    >>> half = pd.DataFrame([[0.5, 0.5]], pd.Index([2.0], name="day"), [1.0, 2.0])
    >>> aggregate_means(half, Mixture()).aggregated_share.item()
    0.5
    """
    n, share = table.columns.to_numpy(dtype=float), table.to_numpy()
    means = {
        "radius_nm": aggregate_radius(share @ n / share.sum(axis=1), mixture),
        "aggregated_share": 1 - share[:, 0],
        "number_density": share @ (1 / n) * number_density(mixture),
    }
    return pd.DataFrame(means, table.index)


def trajectory(days, mixture, stability, **settings):
    """Return the :func:`aggregate_means` of :func:`aggregation` with the same arguments.

    Examples
    --------
    >>> trajectory([0.0, 1.0], Mixture(), 1e8).round(2)["radius_nm"].to_list()
    [2.35, 3.24]
    """
    return aggregate_means(aggregation(days, mixture, stability, **settings), mixture)
