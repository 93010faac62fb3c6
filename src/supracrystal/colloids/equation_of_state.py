r"""Pressure, free energy and chemical potentials of a fluid of hard spheres of several sizes.

For additive hard spheres :math:`\sigma_{ij} = (\sigma_i + \sigma_j)/2`, Boublik (1970, `boublik1970`) and
Mansoori, Carnahan, Starling and Leland (1971, `mansoori1971`), together BMCSL, mix the two pressures of the
Percus-Yevick mixture (Lebowitz 1964, `lebowitz1964`), two parts of the compressibility's and one of the
virial's. With the moments :math:`m_k = \sum_i x_i \sigma_i^k` and the packing fraction :math:`\eta`,

.. math::
    Z = \frac{\beta P}{\rho} = \frac{1}{1 - \eta} + \frac{3 a \eta}{(1 - \eta)^2}
    + b \eta^2 \frac{3 - \eta}{(1 - \eta)^3} , \qquad a = \frac{m_1 m_2}{m_3} , \quad
    b = \frac{m_2^3}{m_3^2} ,

which for one size (a = b = 1) is the equation of Carnahan and Starling (1969, `carnahan1969`). All else
follows by integration over density and by differentiation with respect to the number of one species.

:func:`wca_pressure` and :func:`wca_energy` carry it over to the soft spheres of the paper, by the effective
diameters of :mod:`supracrystal.colloids.hard_spheres`.

Left out: crystals, whose pressures are simulated, and the glass; the equation knows only the fluid, also
where the fluid is no longer stable.
"""

import numpy as np

from supracrystal.colloids.hard_spheres import effective_packing_fraction

FRACTION = (1 / 3, 2 / 3)
"""Number fractions of large and small spheres in the paper, as in the Laves phases."""
DIAMETER = (1.0, 0.78)
"""Their diameters."""


def _moments(fraction, diameter):
    """Return the moments m_0 to m_3 of the distribution of diameters, and the diameters."""
    fraction, diameter = np.asarray(fraction, dtype=float), np.asarray(diameter, dtype=float)
    if fraction.ndim != 1 or fraction.shape != diameter.shape:
        raise ValueError(
            f"fraction has the shape {fraction.shape} and diameter {diameter.shape}; one of each per species"
        )
    if not ((fraction >= 0).all() and abs(fraction.sum() - 1) < 1e-9):
        raise ValueError(f"fraction is {fraction.tolist()}; fractions are not negative and sum to 1")
    if not (diameter > 0).all():
        raise ValueError(f"diameter is {diameter.tolist()}; diameters are positive")
    return [float(fraction @ diameter**k) for k in range(4)], diameter


def _packing(packing_fraction):
    eta = np.asarray(packing_fraction, dtype=float)
    if not ((eta > 0) & (eta < 1)).all():
        raise ValueError(f"packing_fraction is {packing_fraction!r}; numbers between 0 and 1 are needed")
    return eta


def compressibility_factor(packing_fraction, *, fraction=FRACTION, diameter=DIAMETER):
    r"""Compressibility factor :math:`Z = \beta P / \rho` of a mixture of hard spheres.

    Parameters
    ----------
    packing_fraction : float or array
        Share of space that the spheres fill.
    fraction : (n,) array_like
        Number fraction of each species.
    diameter : (n,) array_like
        Diameter of each species, in any unit.

    Returns
    -------
    float or array of the shape of `packing_fraction`

    Raises
    ------
    ValueError
        For a packing fraction that is not between 0 and 1, or fractions that do not sum to 1.

    Notes
    -----
    Source: Boublik (1970) (`boublik1970`); Mansoori et al. (1971) (`mansoori1971`).

    Examples
    --------
    A fluid of one size is that of Carnahan and Starling, (1 + 0.4 + 0.16 - 0.064) / 0.6**3:

    >>> round(float(compressibility_factor(0.4, fraction=[1], diameter=[1])), 3)
    6.926

    Small spheres fit between large ones, which lowers the pressure at the same packing fraction:

    >>> round(float(compressibility_factor(0.4)), 3)
    6.743
    """
    eta = _packing(packing_fraction)
    (_, m1, m2, m3), _ = _moments(fraction, diameter)
    a, b = m1 * m2 / m3, m2**3 / m3**2
    free = 1 - eta
    return 1 / free + 3 * a * eta / free**2 + b * eta**2 * (3 - eta) / free**3


def excess_free_energy(packing_fraction, *, fraction=FRACTION, diameter=DIAMETER):
    r"""Excess Helmholtz free energy of a mixture of hard spheres, for one particle and in k_B T.

    .. math::
        \frac{\beta F_\mathrm{ex}}{N} = \int_0^\eta \frac{Z - 1}{\eta'} \mathrm d\eta'
        = (b - 1) \ln(1 - \eta) + \frac{3 a \eta}{1 - \eta} + \frac{b \eta}{(1 - \eta)^2}

    Parameters
    ----------
    packing_fraction : float or array
    fraction : (n,) array_like
    diameter : (n,) array_like
        As in :func:`compressibility_factor`.

    Returns
    -------
    float or array of the shape of `packing_fraction`

    Notes
    -----
    Source: Mansoori et al. (1971) (`mansoori1971`).

    Examples
    --------
    For one size, eta (4 - 3 eta) / (1 - eta)^2:

    >>> round(float(excess_free_energy(0.4, fraction=[1], diameter=[1])), 4), round(0.4 * 2.8 / 0.36, 4)
    (3.1111, 3.1111)
    """
    eta = _packing(packing_fraction)
    (_, m1, m2, m3), _ = _moments(fraction, diameter)
    a, b = m1 * m2 / m3, m2**3 / m3**2
    free = 1 - eta
    return (b - 1) * np.log(free) + 3 * a * eta / free + b * eta / free**2


def excess_chemical_potential(packing_fraction, *, fraction=FRACTION, diameter=DIAMETER):
    r"""Excess chemical potential of each species of a mixture of hard spheres, in k_B T.

    A polynomial in the diameter of the sphere that is put in, whose coefficients are the derivatives of the
    free energy by the moments :math:`\xi_k = \frac{\pi}{6} \rho m_k`:

    .. math::
        \beta\mu_{\mathrm{ex},i} = \sum_{k=0}^3 \frac{\partial \phi}{\partial \xi_k} \sigma_i^k , \qquad
        \phi = \left( \frac{\xi_2^3}{\xi_3^2} - \xi_0 \right) \ln(1 - \xi_3)
        + \frac{3 \xi_1 \xi_2}{1 - \xi_3} + \frac{\xi_2^3}{\xi_3 (1 - \xi_3)^2}

    Parameters
    ----------
    packing_fraction : float or array
    fraction : (n,) array_like
    diameter : (n,) array_like
        As in :func:`compressibility_factor`. A fraction may be 0: a single sphere of that size.

    Returns
    -------
    (..., n) array

    Notes
    -----
    Source: Mansoori et al. (1971) (`mansoori1971`), differentiated.

    Examples
    --------
    A point needs only the free volume: exp(-mu) = 1 - eta.

    >>> mu = excess_chemical_potential(0.4, fraction=[1, 0], diameter=[1, 1e-9])
    >>> round(float(np.exp(-mu[1])), 6)
    0.6
    """
    eta = _packing(packing_fraction)[..., None]
    (m0, m1, m2, m3), diameter = _moments(fraction, diameter)
    xi0, xi1, xi2 = (eta * m / m3 for m in (m0, m1, m2))
    free, log = 1 - eta, np.log1p(-eta)
    by_xi1 = 3 * xi2 / free
    by_xi2 = 3 * xi1 / free + 3 * xi2**2 * (log / eta**2 + 1 / (eta * free**2))
    by_xi3 = (
        xi0 / free
        + 3 * xi1 * xi2 / free**2
        - xi2**3 * (2 * log / eta**3 + 1 / (eta**2 * free) + 1 / (eta * free) ** 2 - 2 / (eta * free**3))
    )
    return -log + diameter * (by_xi1 + diameter * (by_xi2 + diameter * by_xi3))


def wca_pressure(
    density, *, temperature=0.2, theory="barker-henderson", fraction=FRACTION, diameter=DIAMETER
):
    r"""Pressure of the fluid of soft (WCA) spheres, by the free energy of the hard spheres that stand for it.

    .. math::
        \frac{P\sigma_\mathrm L^3}{\epsilon} = \rho\sigma_\mathrm L^3\, T^* \left[ 1 +
        (Z(\eta) - 1) \frac{\mathrm d \ln \eta}{\mathrm d \ln \rho} \right]

    The derivative is 1 if the effective diameter does not depend on density, as that of Barker and Henderson,
    and smaller if spheres shrink on compression.

    Parameters
    ----------
    density : float or array
        The paper's :math:`\rho\sigma_\mathrm{av}^3`, the sum of the cubes of all sigma over the volume.
    temperature : float
        Reduced temperature T*; the pressure over it is :math:`\beta P \sigma_\mathrm L^3`.
    theory : {"barker-henderson", "wca"}
        The effective diameter, see
        :func:`~supracrystal.colloids.hard_spheres.effective_packing_fraction`.
    fraction : (n,) array_like
        Number fraction of each species.
    diameter : (n,) array_like
        Sigma of each species, in units of that of the large spheres.

    Returns
    -------
    float or array of the shape of `density`

    Examples
    --------
    >>> [round(float(wca_pressure(density)), 2) for density in (0.80, 0.92)]
    [3.2, 6.36]
    """
    (_, _, _, m3), _ = _moments(fraction, diameter)
    eta = _effective(density, temperature, theory)
    excess = compressibility_factor(eta, fraction=fraction, diameter=diameter) - 1
    if theory == "wca":
        step = 1e-3
        up, down = (_effective(density, temperature, theory, by=factor) for factor in (1 + step, 1 - step))
        excess *= np.log(up / down) / np.log((1 + step) / (1 - step))
    return np.asarray(density) / m3 * temperature * (1 + excess)


def wca_energy(density, *, temperature=0.2, theory="barker-henderson", fraction=FRACTION, diameter=DIAMETER):
    r"""Potential energy of one particle in the fluid of soft (WCA) spheres, in units of epsilon.

    Hard spheres have none; it comes from the change of their diameter with temperature,

    .. math::
        \frac{U}{N\epsilon} = T^{*2} \left. \frac{\partial}{\partial T^*} \right|_\rho
        \left( -\frac{\beta F_\mathrm{ex}}{N} \right)
        = -T^* (Z(\eta) - 1) \frac{\partial \ln \eta}{\partial \ln T^*} .

    Parameters
    ----------
    density : float or array
    temperature : float
    theory : {"barker-henderson", "wca"}
    fraction : (n,) array_like
    diameter : (n,) array_like
        As in :func:`wca_pressure`.

    Returns
    -------
    float or array of the shape of `density`

    Examples
    --------
    >>> round(float(wca_energy(0.80)), 2)
    0.16
    """
    eta = _effective(density, temperature, theory)
    excess = compressibility_factor(eta, fraction=fraction, diameter=diameter) - 1
    step = 1e-3
    up, down = (_effective(density, factor * temperature, theory) for factor in (1 + step, 1 - step))
    return -temperature * excess * np.log(up / down) / np.log((1 + step) / (1 - step))


def _effective(density, temperature, theory, *, by=1.0):
    """Return the effective packing fraction of each density, multiplied by a factor."""
    return np.vectorize(
        lambda value: effective_packing_fraction(by * value, temperature=temperature, theory=theory),
        otypes=[float],
    )(density)
