r"""Light that metal spheres absorb and scatter: Mie theory, its limit for small spheres, units of chemists.

A sphere of radius r and dielectric function :math:`\varepsilon` in a solvent of index n takes from a beam of
the wave number :math:`k = 2 \pi n / \lambda` what falls on its cross-section C. Mie theory, here by the
library miepython, gives C for any radius. Much smaller than the wavelength, the sphere is a dipole,

.. math::
    \alpha = r^3 \frac{\varepsilon - n^2}{\varepsilon + 2 n^2} , \qquad
    C_\text{abs} = 4 \pi k \operatorname{Im} \alpha , \qquad C_\text{sca} = \frac{8 \pi}{3} k^4 |\alpha|^2 ,

and with a shell this has a closed form too (Bohren and Huffman 1983, `bohren1983`, section 5.4). Chemists
measure the decadic absorbance. Metal of the molar volume :math:`V_m`, in particles of the volume V, has the
molar absorption coefficient

.. math:: \epsilon = \frac{V_m}{\ln 10} \frac{C}{V} .

Left out: shells in Mie theory (ours are for small spheres), shapes other than spheres, absorbing solvents.
"""

import miepython
import numpy as np
from scipy.constants import Avogadro

from supracrystal.mesostructures.composition import atomic_volume

MOLAR_MASS = (107.868, 196.967)
"""Of silver and gold, in g/mol."""


def cross_sections(wavelength, radius, epsilon, medium):
    """Cross-sections of spheres by Mie theory.

    Parameters
    ----------
    wavelength : (...) array_like
        In vacuum, in nm.
    radius : (...) array_like
        In nm.
    epsilon : (...) complex array_like
        Dielectric function of the sphere.
    medium : (...) array_like
        Refractive index of the solvent. All four are broadcast against one another.

    Returns
    -------
    extinction : (...) array
        In nm².
    scattering : (...) array
        In nm².

    Notes
    -----
    Source: Mie theory as in Bohren and Huffman (1983) (`bohren1983`), chapter 4, by miepython.

    Examples
    --------
    >>> extinction, scattering = cross_sections([400, 450], 2.2, [-4.4 + 0.6j, -6.0 + 1.5j], 1.5)
    >>> print(extinction.round(2))
    [34.32  6.37]
    """
    wavelength, radius, epsilon, medium = np.broadcast_arrays(wavelength, radius, epsilon, medium)
    x = (2 * np.pi * radius * medium / wavelength).ravel()
    found = miepython.efficiencies_mx((np.sqrt(epsilon) / medium).ravel(), x)
    area = np.pi * radius**2
    return found[0].reshape(area.shape) * area, found[1].reshape(area.shape) * area


def polarizability(radius, epsilon, medium, *, shell=1.0, thickness=0.0):
    """Polarizability of a sphere, or of one in a shell, that is much smaller than the wavelength.

    Parameters
    ----------
    radius : (...) array_like
        Of the core, in nm.
    epsilon : (...) complex array_like
        Dielectric function of the core.
    medium : (...) array_like
        Refractive index of the solvent.
    shell : (...) array_like
        Refractive index of the shell, complex if it absorbs.
    thickness : (...) array_like
        Of the shell, in nm.

    Returns
    -------
    (...) complex array
        In nm³.

    Notes
    -----
    Source: Bohren and Huffman (1983) (`bohren1983`), equation 5.36.

    Examples
    --------
    >>> print(polarizability(2.2, -6.0 + 1.5j, 1.5).round(1))
    (34.6+24j)
    """
    outer, host, coat = np.asarray(radius) + thickness, np.asarray(medium) ** 2, np.asarray(shell) ** 2
    inside = (np.asarray(radius) / outer) ** 3 * (np.asarray(epsilon) - coat)
    total, product = epsilon + 2 * coat, coat * (epsilon + 2 * coat)
    return (
        outer**3
        * ((coat - host) * total + inside * (host + 2 * coat))
        / (product + 2 * host * total + 2 * inside * (coat - host))
    )


def small_cross_sections(wavelength, alpha, medium):
    """Cross-sections of a polarizability.

    Parameters
    ----------
    wavelength : (...) array_like
        In vacuum, in nm.
    alpha : (...) complex array_like
        In nm³.
    medium : (...) array_like
        Refractive index of the solvent.

    Returns
    -------
    extinction : (...) array
        In nm².
    scattering : (...) array
        In nm².

    Examples
    --------
    >>> extinction, scattering = small_cross_sections(450.0, 24 + 17j, 1.5)
    >>> print(f"{extinction:.2f} {scattering:.4f}")
    4.48 0.0014
    """
    k = 2 * np.pi * np.asarray(medium) / np.asarray(wavelength)
    scattering = 8 * np.pi / 3 * k**4 * np.abs(alpha) ** 2
    return 4 * np.pi * k * np.imag(alpha) + scattering, scattering


def sizes(mean, deviation, *, smallest=1.0, nodes=20):
    """Diameters and weights that stand for a normal distribution cut off below.

    Parameters
    ----------
    mean, deviation : float
        Of the normal distribution before it is cut, in nm.
    smallest : float
        Diameter in nm below which there are no particles. By default 1 nm, some 30 atoms.
    nodes : int
        Of the Gauss-Legendre rule, which ends four deviations above the mean.

    Returns
    -------
    diameter : (nodes,) array
        In nm.
    weight : (nodes,) array
        Numbers of particles; they add up to 1.

    Raises
    ------
    ValueError
        If nothing of the distribution is left.

    Examples
    --------
    >>> diameter, weight = sizes(4.4, 2.3)
    >>> print((weight @ diameter).round(2))
    4.73
    """
    if not deviation > 0 or not mean + 4 * deviation > smallest:
        raise ValueError(f"{mean} ± {deviation} nm cut at {smallest} nm: nothing is left")
    x, weight = np.polynomial.legendre.leggauss(nodes)
    lower = max(smallest, mean - 4 * deviation)
    diameter = lower + (mean + 4 * deviation - lower) * (x + 1) / 2
    weight = weight * np.exp(-(((diameter - mean) / deviation) ** 2) / 2)
    return diameter, weight / weight.sum()


def molar(cross_section, volume, gold=0.0):
    """Decadic molar absorption coefficient of the metal atoms.

    Parameters
    ----------
    cross_section : (...) array_like
        In nm².
    volume : (...) array_like
        Of the metal that has it, in nm³.
    gold : (...) array_like
        Share of gold among the atoms.

    Returns
    -------
    (...) array
        In L/(mol cm); divided by the molar mass of the atoms, in L/(g cm).

    Examples
    --------
    >>> print(molar(8.0, 44.6).round())
    8002.0
    """
    return np.asarray(cross_section) / volume * atomic_volume(gold) * Avogadro * 1e-17 / np.log(10)


def mass(molar_coefficient, gold=0.0):
    """Decadic absorption coefficient for the mass of metal.

    Parameters
    ----------
    molar_coefficient : array_like
        Of :func:`molar`.
    gold : float
        Share of gold among the atoms.

    Returns
    -------
    array
        In L/(g cm).

    Examples
    --------
    >>> print(mass(8000.0).round(1))
    74.2
    """
    silver, pure_gold = MOLAR_MASS
    return np.asarray(molar_coefficient) / (silver + gold * (pure_gold - silver))


def peak(spectrum):
    """Position, height and width of the highest maximum inside a spectrum.

    Parameters
    ----------
    spectrum : Series
        Against the wavelength in nm, at even steps.

    Returns
    -------
    dict of str to float
        ``position`` in nm and ``height``, from a parabola through three points, and ``width``, the distance
        in nm to where the spectrum has fallen to half on the red side, as the blue side holds the interband
        transitions. NaN for what does not exist.

    Examples
    --------
    >>> import pandas as pd
    >>> spectrum = pd.Series([1.0, 3.0, 4.0, 3.0, 1.0], index=[400, 410, 420, 430, 440])
    >>> peak(spectrum)
    {'position': 420.0, 'height': 4.0, 'width': 15.0}
    """
    x, y = spectrum.index.to_numpy(dtype=float), spectrum.to_numpy()
    inner = 1 + np.flatnonzero((y[1:-1] > y[:-2]) & (y[1:-1] >= y[2:]))
    if not len(inner):
        return dict.fromkeys(("position", "height", "width"), float("nan"))
    i = inner[np.argmax(y[inner])]
    slope, bend = (y[i + 1] - y[i - 1]) / 2, y[i + 1] - 2 * y[i] + y[i - 1]
    position, height = x[i] - slope / bend * (x[1] - x[0]), y[i] - slope**2 / bend / 2
    below = i + np.flatnonzero(y[i:] <= height / 2)[:1]
    half = (
        np.interp(height / 2, y[[below[0], below[0] - 1]], x[[below[0], below[0] - 1]])
        if len(below)
        else np.nan
    )
    return {"position": float(position), "height": float(height), "width": float(half - position)}
