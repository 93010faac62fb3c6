r"""The energy-dispersive detector (EDS): its resolution, window and channels.

It spreads a line of the energy E to a Gaussian of the width

.. math:: \mathrm{FWHM}^2 = n^2 + 8 \ln 2 \, F \epsilon E ,

where F is the factor of Fano, :math:`\epsilon` the energy for one pair of charges in silicon, and the noise n
follows from what is stated at Mn Kα (Goldstein et al. 2018, `goldstein2018`). Left out: incomplete charges,
escape and sum peaks, and dead time.
"""

import numpy as np
from scipy.special import ndtr

from supracrystal.mesostructures.emission import attenuation

FANO = 0.115
PAIR = 3.66e-3
"""Energy for one pair of charges in silicon, in keV (`goldstein2018`)."""
MANGANESE = 5.895
"""Mn Kα, in keV."""
WINDOW = {"C": 4.2e-5, "Al": 8.1e-6}
"""Films in front of the detector, in g/cm²: 300 nm of polymer, as carbon, and 30 nm of aluminium. Assumed."""


def resolution(energy, at_manganese=0.130):
    """Full width at half maximum of a line in the spectrum.

    Parameters
    ----------
    energy : float or array
        In keV.
    at_manganese : float
        What is stated for the detector, at Mn Kα, in keV.

    Returns
    -------
    float or array
        In keV.

    Examples
    --------
    >>> print(resolution(np.array([5.895, 2.31])).round(3))
    [0.13  0.092]
    """
    noise2 = at_manganese**2 - 8 * np.log(2) * FANO * PAIR * MANGANESE
    if noise2 < 0:
        raise ValueError(f"at_manganese is {at_manganese} keV; silicon allows no less than 0.117 keV")
    return np.sqrt(noise2 + 8 * np.log(2) * FANO * PAIR * np.asarray(energy, dtype=float))


def transmission(energy, window=None):
    """Share of the photons that pass the window of the detector.

    Parameters
    ----------
    energy : (n,) array
        In keV.
    window : dict of str to float, optional
        Films, element to g/cm². By default `WINDOW`.

    Returns
    -------
    (n,) array

    Examples
    --------
    >>> print(transmission(np.array([0.277, 2.31])).round(2))
    [0.72 0.98]
    """
    window = WINDOW if window is None else window
    path = sum(mass * attenuation({film: 1}, np.asarray(energy)) for film, mass in window.items())
    return np.exp(-path * np.ones(np.shape(energy)))


def axis(beam, *, start=0.1, channel=0.01):
    """Return the edges of the channels of a spectrum, in keV, from `start` to the energy of the beam.

    Examples
    --------
    >>> axis(10.0)[[0, -1]]
    array([ 0.1, 10. ])
    """
    return start + channel * np.arange(round((beam - start) / channel) + 1)


def spread(energy, height, edges, at_manganese=0.130):
    """Spread lines over the channels of a spectrum.

    Parameters
    ----------
    energy, height : (m,) array
        Energies of the lines in keV, and their photons.
    edges : (n + 1,) array
        Of the channels, in keV.
    at_manganese : float
        See :func:`resolution`.

    Returns
    -------
    (n,) array
        Photons in each channel.

    Examples
    --------
    >>> print(spread(np.array([2.31]), np.array([100.0]), axis(10.0)).sum().round(6))
    100.0
    """
    sd = resolution(energy, at_manganese) / np.sqrt(8 * np.log(2))
    return np.diff(ndtr((edges[:, None] - energy) / sd), axis=0) @ height
