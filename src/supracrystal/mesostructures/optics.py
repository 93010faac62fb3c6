r"""Light that metal spheres absorb and scatter, alone, in an effective medium, and coupled as dipoles.

Mie theory (by miepython) gives the cross-section C of a sphere of any radius. Much smaller than the
wavelength, it is a dipole with :math:`k = 2 \pi n / \lambda` in a solvent of index n (Bohren and Huffman
1983, `bohren1983`); spheres in a host make a medium of dielectric function e (Maxwell Garnett 1904,
`maxwellgarnett1904`):

.. math::
    \alpha = r^3 \frac{\varepsilon - n^2}{\varepsilon + 2 n^2} , \quad
    C_\text{abs} = 4 \pi k \operatorname{Im} \alpha , \quad C_\text{sca} = \frac{8 \pi}{3} k^4 |\alpha|^2 ,
    \quad \frac{e - \varepsilon_h}{e + 2 \varepsilon_h}
    = f \frac{\varepsilon - \varepsilon_h}{\varepsilon + 2 \varepsilon_h} .

Coupled dipoles are in the field of the wave and of all others (Draine and Flatau 1994, `draine1994`).
Averaged over all directions of the light :math:`\langle E_j E_l^* \rangle = [(j_0 - j_1 / kr) + j_2 \hat
r \hat r] / 2` (spherical Bessel functions of kr), so that one inverse gives the average exactly. At a gap
of one radius they give nine tenths of the shift of a pair, at half a radius eight tenths, at a quarter
six tenths. Treams has the multipoles that are left out here, but needs a SciPy below 1.17 and has no
wheel for Linux on ARM.
"""

import miepython
import numpy as np
from scipy.constants import Avogadro
from scipy.special import spherical_jn
from tqdm import tqdm

from supracrystal import InputError
from supracrystal.mesostructures.composition import atomic_volume


def cross_sections(wavelength, radius, epsilon, medium):
    """Extinction and scattering cross-sections in nm² of spheres by Mie theory.

    Wavelength (in vacuum) and radius in nm, the dielectric function epsilon of the sphere and the refractive
    index of the medium are broadcast against one another.

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
    """Polarizability in nm³ of a sphere much smaller than the wavelength, alone or in a shell.

    Radius and thickness are in nm, epsilon is the dielectric function of the core, medium and shell are
    refractive indices; all are broadcast. Source: Bohren and Huffman (1983), equation 5.36.

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
    """Extinction and scattering cross-sections in nm² of a polarizability in nm³."""
    k = 2 * np.pi * np.asarray(medium) / np.asarray(wavelength)
    scattering = 8 * np.pi / 3 * k**4 * np.abs(alpha) ** 2
    return 4 * np.pi * k * np.imag(alpha) + scattering, scattering


def molar(cross_section, volume, gold=0.0):
    """Decadic molar absorption coefficient in L/(mol cm) of metal: nm² for each `volume` of it in nm³.

    Examples
    --------
    >>> print(molar(8.0, 44.6).round())
    8002.0
    """
    return np.asarray(cross_section) / volume * atomic_volume(gold) * Avogadro * 1e-17 / np.log(10)


def peak(spectrum):
    """``position``, ``height`` and red half-``width`` of the highest maximum of an even spectrum, in nm.

    A parabola leads through three points. The blue side has the interband transitions, so the width is the
    distance to half the height on the red side. NaN stands for what does not exist.

    Examples
    --------
    >>> import pandas as pd
    >>> peak(pd.Series([1.0, 3.0, 4.0, 3.0, 1.0], index=[400, 410, 420, 430, 440]))
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


def maxwell_garnett(epsilon, host, share):
    """Dielectric function of spheres that fill a share of a host, kept apart as by ligands.

    Examples
    --------
    >>> print(maxwell_garnett(4.0, 1.0, 0.5))
    2.0
    """
    contrast = share * (epsilon - host) / (epsilon + 2 * host)
    return host * (1 + 2 * contrast) / (1 - contrast)


def mesostructure(wavelength, radius, epsilon, medium, *, share=0.27, host=1.56, spread=0.15):
    """Mean extinction (W,) in nm² and metal volume in nm³ of spheres that are filled with particles.

    Parameters
    ----------
    wavelength : (W,) array_like
        In nm.
    radius : float
        Mean of the radii in nm.
    epsilon, medium : (W,) array_like
        Dielectric function of the metal in a particle; refractive index of the solvent.
    share : float
        Of the volume that is metal: by default for random close packing of 3.5 nm at gaps of 1.2 nm.
    host, spread : float
        Refractive index between the particles, by default that of 2-phenylethanethiol; relative standard
        deviation of the radii.

    Examples
    --------
    >>> extinction, volume = mesostructure([800.0], 200.0, [-25.0 + 1.0j], [1.48])
    >>> print((extinction / volume).round(4))
    [0.0542]
    """
    place, weight = np.polynomial.hermite_e.hermegauss(5)
    radii, weight = radius * (1 + spread * place), weight / weight.sum()
    inside = maxwell_garnett(np.asarray(epsilon), host**2, share)
    extinction, _ = cross_sections(wavelength, radii[:, None], inside, medium)
    return weight @ extinction, share * 4 / 3 * np.pi * (weight @ radii**3)


def coupled_dipoles(positions, alpha, wavelength, medium):
    """Extinction and scattering (W,) in nm² of coupled particles, averaged over all directions of the light.

    Parameters
    ----------
    positions : (N, 3) array_like
        Centres in nm; two at the same position are refused.
    alpha : (W,) or (W, N) complex array_like
        Polarizability of all, or of each, in nm³ (:func:`polarizability`).
    wavelength, medium : (W,) array_like
        In nm; refractive index of the solvent.

    Examples
    --------
    >>> alone, _ = coupled_dipoles([[0, 0, 0]], [24 + 17j], [450.0], [1.5])
    >>> pair, _ = coupled_dipoles([[0, 0, 0], [0, 0, 5]], [24 + 17j], [450.0], [1.5])
    >>> print((pair / alone).round(2))
    [2.4]
    """
    positions = np.asarray(positions, dtype=float)
    wavelength, medium = np.broadcast_arrays(np.asarray(wavelength, dtype=float), medium)
    number = len(positions)
    alpha = np.asarray(alpha, dtype=complex).reshape(len(wavelength), -1) * np.ones(number)
    apart = positions[:, None] - positions
    r = np.linalg.norm(apart, axis=-1) + np.eye(number)
    if not r.all():
        raise InputError("two particles have the same position; all must be apart")
    along = np.einsum("jla,jlb->jlab", apart / r[..., None], apart / r[..., None])
    across, here = np.eye(3), np.eye(number, dtype=bool)
    extinction, absorption = np.zeros((2, len(wavelength)))
    waves = 2 * np.pi * medium / wavelength
    for w, k in enumerate(tqdm(waves, desc="coupled dipoles", delay=2, leave=False)):
        kr, a = (k * r)[..., None, None], r[..., None, None]
        matrix = (
            -np.exp(1j * kr) / a * (k**2 * (across - along) + (1 - 1j * kr) / a**2 * (3 * along - across))
        )
        matrix[here] = (1 / alpha[w] - 2j / 3 * k**3)[:, None, None] * across
        field = ((spherical_jn(0, kr) - spherical_jn(1, kr) / kr) * across + spherical_jn(2, kr) * along) / 2
        field[here] = across / 3
        inverse, field = (each.swapaxes(1, 2).reshape(3 * number, -1) for each in (matrix, field))
        inverse = np.linalg.inv(inverse)
        dipoles = inverse @ field
        extinction[w] = 4 * np.pi * k * np.trace(dipoles).imag
        squares = np.einsum("ij,ij->i", dipoles, inverse.conj()).real.reshape(number, 3).sum(axis=1)
        absorption[w] = -4 * np.pi * k * squares @ (1 / alpha[w]).imag
    return extinction, extinction - absorption
