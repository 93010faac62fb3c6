r"""Light scattered by spheres and by their solvent: at which size a beam is seen from the side.

A sphere with the differential cross-section :math:`C'(\theta)`, N of them in a unit of volume, gives the
Rayleigh ratio

.. math:: R(\theta) = N C'(\theta) = \frac{\varphi}{\frac{4}{3} \pi a^3}\, \frac{|S_1(\theta)|^2}{k^2} ,

for light polarised at right angles to the plane in which one looks, with :math:`k = 2 \pi n / \lambda` in
the solvent and the amplitude :math:`S_1` of Mie. Small spheres scatter as dipoles,

.. math::
    C'(\theta) = k^4 a^6 \left| \frac{m^2 - 1}{m^2 + 2} \right|^2 P(qa) , \qquad
    P(x) = \left[ 3\, \frac{\sin x - x \cos x}{x^3} \right]^2 ,

with P, the interference of Rayleigh, Gans and Debye (:math:`q = 2 k \sin \theta / 2`), if the optical
contrast is weak. At a given amount of matter, R then grows as :math:`a^3`. The solvent scatters as well; a
beam is seen if the particles outshine it.

Left out: shapes other than spheres, interference between aggregates, multiple scattering, the absorption of
the beam on its way, and fluorescence.
"""

import miepython
import numpy as np
from scipy.optimize import brentq

TOLUENE = {532.0: 2.34e-3, 660.0: 0.8456e-3}
"""Rayleigh ratio at 25 °C in 1/m, polarised light in and out at right angles to the plane."""
DEPOLARISED = 0.346
"""Scattered light of the other polarisation, relative to these."""


def scattering_vector(angle, wavelength_nm, index):
    r"""Length of the scattering vector, :math:`(4 \pi n / \lambda) \sin \theta / 2`.

    Parameters
    ----------
    angle : float or array
        In degrees.
    wavelength_nm : float or array
        In vacuum.
    index : float or array
        Refractive index of the solvent.

    Returns
    -------
    float or array
        In 1/nm.

    Examples
    --------
    >>> print(scattering_vector(173.0, 632.8, 1.496).round(4))
    0.0297
    """
    return 4 * np.pi * np.asarray(index) / wavelength_nm * np.sin(np.radians(angle) / 2)


def _checked(radius_nm):
    radius = np.asarray(radius_nm, dtype=float)
    if not (radius > 0).all():
        raise ValueError(f"the radius goes down to {radius.min()} nm; it must be positive")
    return radius


def mie(radius_nm, sphere, solvent, wavelength_nm, angle=90.0):
    """Differential cross-section of a sphere by the theory of Mie.

    Parameters
    ----------
    radius_nm : float or array
    sphere : complex
        Refractive index; the sign of its imaginary part does not matter.
    solvent : float
        Refractive index.
    wavelength_nm : float
        In vacuum.
    angle : float
        In degrees; 0 is forward.

    Returns
    -------
    float or array of the shape of `radius_nm`
        In nm² per steradian, for light polarised at right angles to the plane of scattering.

    Raises
    ------
    ValueError
        If a radius is not positive.

    Notes
    -----
    Source: Bohren and Huffman (1983) (`bohren1983`), by the library miepython.

    Examples
    --------
    >>> print(mie(20.0, 1.59, 1.33, 632.8).round(4))
    0.0301
    """
    radius = _checked(radius_nm)
    k, cosine = 2 * np.pi * solvent / wavelength_nm, np.cos(np.radians([angle]))
    ratio = complex(np.real(sphere), -abs(np.imag(sphere))) / solvent
    one = [miepython.S1_S2(ratio, k * each, cosine, norm="wiscombe")[0][0] for each in radius.ravel()]
    return np.reshape(np.abs(one) ** 2 / k**2, radius.shape)[()]


def form_factor(x):
    """Interference P within a sphere, for x = q a; see the top of this module.

    Parameters
    ----------
    x : float or array

    Returns
    -------
    float or array

    Examples
    --------
    >>> print(form_factor(np.array([0.0, 1.0])).round(4))
    [1.     0.8163]
    """
    x = np.asarray(x, dtype=float)
    small = np.abs(x) < 0.02
    safe = np.where(small, 1.0, x)
    whole = (3 * (np.sin(safe) - safe * np.cos(safe)) / safe**3) ** 2
    return np.where(small, 1 - x**2 / 5, whole)


def rayleigh_gans_debye(radius_nm, sphere, solvent, wavelength_nm, angle=90.0):
    """Differential cross-section of a small sphere, or of a larger one with weak contrast.

    Parameters
    ----------
    radius_nm, sphere, solvent, wavelength_nm, angle
        As for :func:`mie`.

    Returns
    -------
    float or array of the shape of `radius_nm`
        In nm² per steradian.

    Raises
    ------
    ValueError
        If a radius is not positive.

    Examples
    --------
    >>> print(rayleigh_gans_debye(20.0, 1.59, 1.33, 632.8).round(4))
    0.0296
    """
    radius = _checked(radius_nm)
    k, square = 2 * np.pi * solvent / wavelength_nm, (sphere / solvent) ** 2
    dipole = k**4 * radius**6 * np.abs((square - 1) / (square + 2)) ** 2
    return dipole * form_factor(scattering_vector(angle, wavelength_nm, solvent) * radius)


def rayleigh_ratio(radius_nm, volume_fraction, sphere, solvent, wavelength_nm, angle=90.0):
    """Rayleigh ratio of equal spheres that fill a fraction of the volume.

    Parameters
    ----------
    radius_nm : float or array
    volume_fraction : float
    sphere, solvent, wavelength_nm, angle
        As for :func:`mie`.

    Returns
    -------
    float or array of the shape of `radius_nm`
        In 1/m (per steradian).

    Raises
    ------
    ValueError
        If a radius is not positive.

    Examples
    --------
    >>> print(f"{rayleigh_ratio(20.0, 1e-5, 1.59, 1.33, 632.8):.4f}")
    0.0090
    """
    radius = _checked(radius_nm)
    per_volume = mie(radius, sphere, solvent, wavelength_nm, angle) / (4 / 3 * np.pi * radius**3)
    return 1e9 * volume_fraction * per_volume


def toluene_rayleigh_ratio(wavelength_nm, temperature_C=25.0, *, analyser=False):
    """Rayleigh ratio of toluene at 90 degrees, light polarised at right angles to the plane.

    Parameters
    ----------
    wavelength_nm : float or array
        From 500 to 700 nm. A power law leads through what was measured at 532 and 660 nm.
    temperature_C : float
    analyser : bool
        Whether only light of the same polarisation is seen. The eye sees both.

    Returns
    -------
    float or array
        In 1/m (per steradian).

    Raises
    ------
    ValueError
        For another wavelength.

    Notes
    -----
    Source: Takahashi et al. (2019) (`takahashi2019`) at 532 nm; Sivokhin and Kazantsev (2021)
    (`sivokhin2021`) at 660 nm, also for depolarisation and temperature (0.43 % per K).

    Examples
    --------
    >>> print(f"{toluene_rayleigh_ratio(632.8):.2e}")
    1.39e-03
    """
    wavelength = np.asarray(wavelength_nm, dtype=float)
    if not ((wavelength >= 500) & (wavelength <= 700)).all():
        raise ValueError(f"the wavelength is {wavelength_nm} nm; allowed are 500 to 700 nm")
    value = np.exp(_through(np.log(wavelength), np.log(list(TOLUENE)), np.log(list(TOLUENE.values()))))
    return value * (1 + 0.0043 * (temperature_C - 25)) * (1 if analyser else 1 + DEPOLARISED)


def _through(x, places, values):
    return values[0] + (x - places[0]) * (values[1] - values[0]) / (places[1] - places[0])


def radius_seen(background, volume_fraction, sphere, solvent, wavelength_nm, *, times=1.0, angle=90.0):
    """Radius from which on equal spheres outshine a background.

    Parameters
    ----------
    background : float
        Rayleigh ratio of the solvent, in 1/m.
    volume_fraction, sphere, solvent, wavelength_nm
        As for :func:`rayleigh_ratio`.
    times : float
        How many times as bright as the background.
    angle : float
        In degrees.

    Returns
    -------
    float
        In nm; NaN if no radius of 0.1 nm to twice the wavelength does, 0.1 if the smallest does.

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
