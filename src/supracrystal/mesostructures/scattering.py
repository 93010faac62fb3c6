r"""Light scattered by spheres and by their solvent, and dynamic light scattering.

Spheres of radius a that fill the fraction :math:`\varphi` of the volume give the Rayleigh ratio

.. math:: R(\theta) = \frac{\varphi}{\frac{4}{3} \pi a^3}\, \frac{|S_1(\theta)|^2}{k^2} ,
    \qquad k = 2 \pi n / \lambda ,

for light polarised at right angles to the plane of scattering, with the amplitude :math:`S_1` of Mie
theory. A beam is seen if the particles outshine the solvent.

A sphere of hydrodynamic radius R diffuses with :math:`D = k_\mathrm B T / 6 \pi \eta R`, and the correlation
of its field decays at the rate :math:`\Gamma = D q^2`. Sizes with shares w of the light give

.. math::
    g_1(\tau) = \sum_i w_i\, \mathrm e^{-\Gamma_i \tau} , \qquad g_2 - 1 = \beta g_1^2 , \qquad
    \ln (g_2 - 1) = \ln \beta - 2 \bar\Gamma \tau + \mu_2 \tau^2 , \qquad
    \mathrm{PDI} = \mu_2 / \bar\Gamma^2 ,

the last two by the method of cumulants, as in ISO 22412 (2017, `iso22412`).

Left out: other shapes than spheres, interference between aggregates, multiple scattering, absorption of the
beam, noise, and whole size distributions, which one correlogram does not decide.
"""

from typing import NamedTuple

import miepython
import numpy as np
import pandas as pd
from scipy.constants import Boltzmann
from scipy.optimize import brentq

from supracrystal import InputError
from supracrystal.mesostructures.materials import refractive_index, viscosity

TOLUENE = {532.0: 2.34e-3, 660.0: 0.8456e-3}
"""Rayleigh ratio at 25 °C in 1/m, polarised light in and out at right angles to the plane."""
DEPOLARISED = 0.346
"""Scattered light of the other polarisation, relative to these."""


class Setup(NamedTuple):
    """The sample and the light of dynamic light scattering: °C, nm in vacuum, degrees."""

    solvent: str = "toluene"
    temperature: float = 25.0
    wavelength_nm: float = 632.8
    angle: float = 173.0


def mie_intensity(radius_nm, sphere, solvent, wavelength_nm, angle=90.0):
    """Differential cross-section in nm² per steradian of spheres by Mie theory (`bohren1983`, by miepython).

    Radii and the wavelength in vacuum are in nm, the sphere (complex, of either sign) and the solvent have
    refractive indices, the angle is in degrees, 0 forward. Radii that are not positive are refused.

    Examples
    --------
    >>> print(mie_intensity(20.0, 1.59, 1.33, 632.8).round(4))
    0.0301
    """
    radius = np.asarray(radius_nm, dtype=float)
    if not (radius > 0).all():
        raise InputError(f"the radius goes down to {radius.min()} nm; it must be positive")
    k, cosine = 2 * np.pi * solvent / wavelength_nm, np.cos(np.radians([angle]))
    ratio = complex(np.real(sphere), -abs(np.imag(sphere))) / solvent
    one = [miepython.S1_S2(ratio, k * each, cosine, norm="wiscombe")[0][0] for each in radius.ravel()]
    return np.reshape(np.abs(one) ** 2 / k**2, radius.shape)[()]


def rayleigh_ratio(radius_nm, volume_fraction, sphere, solvent, wavelength_nm, angle=90.0):
    """Rayleigh ratio in 1/m (per steradian) of equal spheres that fill a fraction of the volume.

    The other parameters are those of :func:`mie_intensity`.

    Examples
    --------
    >>> print(f"{rayleigh_ratio(20.0, 1e-5, 1.59, 1.33, 632.8):.4f}")
    0.0090
    """
    volume = 4 / 3 * np.pi * np.asarray(radius_nm, dtype=float) ** 3
    return 1e9 * volume_fraction / volume * mie_intensity(radius_nm, sphere, solvent, wavelength_nm, angle)


def toluene_rayleigh_ratio(wavelength_nm, temperature_C=25.0, *, analyser=False):
    """Rayleigh ratio in 1/m of toluene at 90 degrees, light polarised at right angles to the plane.

    A power law from 500 to 700 nm leads through what was measured at 532 nm (Takahashi et al. 2019,
    `takahashi2019`) and 660 nm (Sivokhin and Kazantsev 2021, `sivokhin2021`, also for depolarisation and
    temperature). With an analyser only light of the same polarisation is seen; the eye sees both.

    Examples
    --------
    >>> print(f"{toluene_rayleigh_ratio(632.8):.2e}")
    1.39e-03
    """
    wavelength = np.asarray(wavelength_nm, dtype=float)
    if not ((wavelength >= 500) & (wavelength <= 700)).all():
        raise InputError(f"the wavelength is {wavelength_nm} nm; allowed are 500 to 700 nm")
    (low, high), (first, last) = np.log(list(TOLUENE)), np.log(list(TOLUENE.values()))
    value = np.exp(first + (np.log(wavelength) - low) * (last - first) / (high - low))
    return value * (1 + 0.0043 * (temperature_C - 25)) * (1 if analyser else 1 + DEPOLARISED)


def radius_seen(background, volume_fraction, sphere, solvent, wavelength_nm, *, times=1.0, angle=90.0):
    """Radius in nm from which on equal spheres are so many times as bright as a background in 1/m.

    The other parameters are those of :func:`rayleigh_ratio`. NaN if no radius of 0.1 nm to twice the
    wavelength is, 0.1 if the smallest is.

    Examples
    --------
    >>> print(round(radius_seen(1.39e-3, 1e-5, 1.59, 1.49, 632.8, times=10), 1))
    41.4
    """
    radius = np.geomspace(0.1, 2 * wavelength_nm, 240)
    arguments = volume_fraction, sphere, solvent, wavelength_nm, angle
    bright = rayleigh_ratio(radius, *arguments) >= times * background
    if not bright.any() or bright[0]:
        return np.nan if not bright.any() else float(radius[0])
    first = bright.argmax()
    return brentq(
        lambda a: rayleigh_ratio(a, *arguments) - times * background, *radius[first - 1 : first + 1]
    )


def rate_times_radius(setup):
    r"""Product of decay rate and radius in nm/µs, :math:`\Gamma R = k_\mathrm B T q^2 / 6 \pi \eta`."""
    solvent, temperature, wavelength, angle = setup
    index = refractive_index(solvent, wavelength, temperature)
    q = 4 * np.pi * index / wavelength * np.sin(np.radians(angle) / 2)
    eta = viscosity(solvent, temperature)
    return 1e24 * Boltzmann * (temperature + 273.15) * q**2 / (6 * np.pi * eta)


def field_correlation(delay, radius_nm, share, setup):
    """Correlation :math:`g_1` of the field at delays in µs, for radii in nm and their shares of the light.

    Examples
    --------
    >>> print(field_correlation([0.0, 100.0], [10.0, 50.0], [1, 1], Setup()).round(3))
    [1.    0.267]
    """
    rate = rate_times_radius(setup) / np.asarray(radius_nm, dtype=float)
    share = np.asarray(share, dtype=float)
    return np.exp(-np.outer(np.abs(delay), rate)) @ (share / share.sum())


def cumulants(delay, correlation, setup, *, until=0.1):
    r"""``radius_nm`` (harmonic mean by intensity), ``pdi`` and ``coherence`` :math:`\beta` of a correlogram.

    Parameters
    ----------
    delay, correlation : (n,) arrays
        In µs; :math:`g_2 - 1`, simulated or measured.
    setup : Setup
    until : float
        The fit ends where the correlogram first falls below this part of its first value; fewer than 4
        delays, and a correlogram that does not decay, are refused. Weights are :math:`(g_2 - 1)^2`, as for
        noise of equal size.

    Examples
    --------
    >>> tau = np.geomspace(1, 1000, 40)
    >>> measured = 0.9 * field_correlation(tau, [20, 40], [1, 1], Setup()) ** 2
    >>> cumulants(tau, measured, Setup()).round(2).to_list()
    [26.68, 0.11, 0.9]
    """
    delay, correlation = np.asarray(delay, dtype=float), np.asarray(correlation, dtype=float)
    below = np.flatnonzero(~(correlation >= until * correlation[0]))
    used = slice(0, below[0] if len(below) else None)
    x, y = delay[used], correlation[used]
    if len(x) < 4 or not y[0] > 0:
        raise InputError(f"{len(x)} delays stand before the fall below {until:g} of the first; 4 are needed")
    fit = np.polynomial.Polynomial.fit(x, np.log(y), 2, w=y).convert().coef
    a, b, c = np.pad(fit, (0, 3 - len(fit)))  # convert() drops trailing zeros, as of one exponential
    if not b * x[-1] < -1e-9:
        raise InputError(f"the logarithm of the correlogram changes by {b:.3g} per µs; it must fall")
    return pd.Series(
        {"radius_nm": -2 * rate_times_radius(setup) / b, "pdi": 4 * c / b**2, "coherence": np.exp(a)}
    )
