r"""Dynamic light scattering, forwards: the correlogram of particles of given sizes, with its noise.

A sphere of the hydrodynamic radius R diffuses with :math:`D = k_\mathrm B T / 6 \pi \eta R`, and the field
that it scatters loses its memory at the rate :math:`\Gamma = D q^2`. Sizes with shares w of the light give

.. math::
    g_1(\tau) = \sum_i w_i\, \mathrm e^{-\Gamma_i \tau} , \qquad g_2(\tau) - 1 = \beta g_1^2(\tau)

(Siegert), with the coherence factor :math:`\beta`. Two noises are modelled. The measurement is short: in a
time T the light goes through some :math:`\Gamma T` independent states. For Gaussian fields in
:math:`1 / \beta` modes all moments of the intensity are known (Wick),

.. math::
    \langle I_1 \dots I_n \rangle = \sum_\sigma \beta^{\,n - c(\sigma)} \prod_i g_1(t_i - t_{\sigma(i)}) ,

over permutations with c cycles, and the covariance of the correlogram at all delays follows by integration.
And photons are counted: a channel of the width :math:`\Delta` adds Poisson's noise.

Left out: dead time and afterpulses of detectors, dust, drift, convection, and interaction of the particles.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.constants import Boltzmann

from supracrystal.mesostructures.scattering import scattering_vector
from supracrystal.mesostructures.solvents import refractive_index, viscosity


class Setup(NamedTuple):
    """The sample and the light.

    Attributes
    ----------
    solvent : {"toluene", "dichloromethane"}
    temperature : float
        In °C.
    wavelength_nm : float
        In vacuum.
    angle : float
        In degrees.
    """

    solvent: str = "toluene"
    temperature: float = 25.0
    wavelength_nm: float = 632.8
    angle: float = 173.0


def rate_times_radius(setup):
    r"""Product of decay rate and radius, :math:`\Gamma R = k_\mathrm B T q^2 / 6 \pi \eta`.

    Parameters
    ----------
    setup : Setup

    Returns
    -------
    float
        In nm/µs.

    Examples
    --------
    >>> print(rate_times_radius(Setup()).round(3))
    0.344
    """
    solvent, temperature, wavelength, angle = setup
    q = scattering_vector(angle, wavelength, refractive_index(solvent, wavelength, temperature))
    eta = viscosity(solvent, temperature)
    return 1e24 * Boltzmann * (temperature + 273.15) * q**2 / (6 * np.pi * eta)


def field_correlation(delay, radius_nm, share, setup):
    r"""Correlation :math:`g_1` of the scattered field.

    Parameters
    ----------
    delay : (n,) array
        In µs.
    radius_nm, share : (m,) arrays
        Hydrodynamic radii, and their shares of the scattered light; these need not be normalised.
    setup : Setup

    Returns
    -------
    (n,) array

    Examples
    --------
    >>> print(field_correlation([0.0, 100.0], [10.0, 50.0], [1, 1], Setup()).round(3))
    [1.    0.267]
    """
    rate = rate_times_radius(setup) / np.asarray(radius_nm, dtype=float)
    share = np.asarray(share, dtype=float)
    return np.exp(-np.outer(np.abs(delay), rate)) @ (share / share.sum())


def covariance(delay, radius_nm, share, setup, *, duration=60.0, count_rate=2e5, coherence=0.9):
    """Covariance of a measured correlogram at all pairs of delays; see the top of this module.

    Parameters
    ----------
    delay : (n,) array
        In µs, ascending. Channels are as wide as the step between delays, as in a multi-tau correlator.
    radius_nm, share, setup
        As for :func:`field_correlation`.
    duration : float
        In s.
    count_rate : float
        Photons in 1 s.
    coherence : float

    Returns
    -------
    (n, n) array

    Notes
    -----
    For the estimator that is normalised by the mean counts of both channels. The time over which is
    integrated has 5 steps in a mean decay, so that much faster parts are integrated coarsely.

    Examples
    --------
    >>> noise = covariance([10.0, 20.0], [50.0], [1.0], Setup())
    >>> print(np.sqrt(np.diag(noise)).round(4))
    [0.0021 0.002 ]
    """
    delay, b = np.asarray(delay, dtype=float), coherence
    share = np.asarray(share, dtype=float) / np.sum(share)
    rate = rate_times_radius(setup) * (share / radius_nm).sum()
    reach, step = delay[-1] + 10 / rate, 0.2 / rate
    u = np.arange(-np.ceil(reach / step), np.ceil(reach / step) + 1) * step
    fine = np.arange(0, 2 * reach + delay[-1] + 2 * step, step / 8)
    line = field_correlation(fine, radius_nm, share, setup)

    def g(time):
        return np.interp(np.abs(time), fine, line)

    total, memory, ac = np.zeros((len(delay), len(delay))), g(delay), g(u)
    later = g(u - delay[:, None])
    for j, other in enumerate(delay):
        ab, bc = memory[: j + 1, None], later[: j + 1]
        cd, ad, bd = memory[j], g(u + other), g(u + other - delay[: j + 1, None])
        one, two = 1 + b * ab**2, 1 + b * cd**2
        pairs = b * (ac**2 + ad**2 + bc**2 + bd**2)
        a_cd = b * (ac**2 + ad**2) + 2 * b**2 * ac * ad * cd
        b_cd = b * (bc**2 + bd**2) + 2 * b**2 * bc * bd * cd
        ab_c = b * (ac**2 + bc**2) + 2 * b**2 * ab * ac * bc
        ab_d = b * (ad**2 + bd**2) + 2 * b**2 * ab * ad * bd
        threes = ab * (ac * bc + ad * bd) + cd * (ac * ad + bc * bd)
        twos = ac**2 * bd**2 + ad**2 * bc**2
        fours = ab * cd * (bc * ad + bd * ac) + ac * bc * bd * ad
        whole = pairs + b**2 * (2 * threes + twos) + 2 * b**3 * fours
        kept = whole - one * (a_cd + b_cd) - two * (ab_c + ab_d) + one * two * pairs
        total[j, : j + 1] = total[: j + 1, j] = kept.sum(axis=1) * step
    ab, cd = memory[:, None], memory
    g2, counts = 1 + b * memory**2, count_rate * 1e-6
    near, far = g(delay - delay[:, None]), g(delay + delay[:, None])
    shared = 2 + 2 * b * (ab**2 + cd**2) + b * (near**2 + far**2) + 2 * b**2 * ab * cd * (near + far)
    total += 2 * (shared - 2 * np.outer(g2, g2)) / counts + np.diag(g2 / counts**2 / np.gradient(delay))
    return total / (duration * 1e6)


def measure(delay, radius_nm, share, setup, *, seed, coherence=0.9, **noise):
    """Draw a correlogram as it would be measured.

    Parameters
    ----------
    delay, radius_nm, share, setup
        As for :func:`covariance`.
    seed : int
    coherence : float
    **noise
        `duration` and `count_rate` of :func:`covariance`.

    Returns
    -------
    DataFrame
        With the columns ``delay_us``, ``correlation`` (g2 - 1) and ``deviation``, its standard deviation.

    Examples
    --------
    >>> measure([10.0, 50.0], [20.0], [1.0], Setup(), seed=1).round(3)
       delay_us  correlation  deviation
    0      10.0        0.637      0.001
    1      50.0        0.160      0.001
    """
    mean = coherence * field_correlation(delay, radius_nm, share, setup) ** 2
    spread = covariance(delay, radius_nm, share, setup, coherence=coherence, **noise)
    drawn = np.random.default_rng(seed).multivariate_normal(mean, spread, method="eigh", check_valid="ignore")
    return pd.DataFrame({"delay_us": delay, "correlation": drawn, "deviation": np.sqrt(np.diag(spread))})
