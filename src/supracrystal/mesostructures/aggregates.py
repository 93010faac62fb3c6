r"""Light and many particles: effective media, and spheres coupled as dipoles.

Effective media. Spheres that fill a share f of a host make a medium of the dielectric function e with

.. math::
    \frac{e - \varepsilon_h}{e + 2 \varepsilon_h}
    = f \frac{\varepsilon - \varepsilon_h}{\varepsilon + 2 \varepsilon_h}

(Maxwell Garnett 1904, `maxwellgarnett1904`) or

.. math::
    f \frac{\varepsilon - e}{\varepsilon + 2 e} + (1 - f) \frac{\varepsilon_h - e}{\varepsilon_h + 2 e} = 0

(Bruggeman 1935, `bruggeman1935`).

The first keeps metal spheres apart, as ligands do; in the second they touch from f = 1/3 on.

Coupled dipoles. Each particle is a dipole :math:`P_j = \alpha_j E_j` in the field of the wave and of all
others, at the distance :math:`r` along :math:`\hat r`,

.. math::
    \left( \alpha_j^{-1} - \tfrac{2}{3} \mathrm i k^3 \right) P_j
    - \sum_{l \ne j} \frac{\mathrm e^{\mathrm i k r}}{r}
    \left[ k^2 (1 - \hat r \hat r) + \frac{1 - \mathrm i k r}{r^2} (3 \hat r \hat r - 1) \right] P_l = E_j

(Draine and Flatau 1994, `draine1994`). Averaged over all directions and polarizations of the wave,

.. math::
    \langle E_j E_l^* \rangle
    = \frac{1}{2} \left[ \left( j_0 - \frac{j_1}{k r} \right) 1 + j_2 \hat r \hat r \right] ,

with the spherical Bessel functions of kr: one inverse for each wavelength gives the average exactly. Left
out: multipoles beyond the dipole. At a gap of one radius the dipoles give nine tenths of the shift of a pair,
at half a radius eight tenths, at a quarter six tenths.
"""

import numpy as np
from scipy.special import spherical_jn
from tqdm import tqdm

from supracrystal.mesostructures.optics import cross_sections


def maxwell_garnett(epsilon, host, share):
    """Dielectric function of spheres in a host, kept apart.

    Parameters
    ----------
    epsilon, host : (...) complex array_like
        Of the spheres and of what is between them.
    share : float
        Of the volume that is spheres.

    Returns
    -------
    (...) complex array

    Notes
    -----
    Source: Maxwell Garnett (1904) (`maxwellgarnett1904`).

    Examples
    --------
    >>> print(maxwell_garnett(4.0, 1.0, 0.5))
    2.0
    """
    contrast = share * (epsilon - host) / (epsilon + 2 * host)
    return host * (1 + 2 * contrast) / (1 - contrast)


def bruggeman(epsilon, host, share):
    """Dielectric function of a random mixture of two kinds of grains.

    Parameters
    ----------
    epsilon, host : (...) complex array_like
    share : float
        Of the volume that has `epsilon`.

    Returns
    -------
    (...) complex array
        The root that absorbs.

    Notes
    -----
    Source: Bruggeman (1935) (`bruggeman1935`).

    Examples
    --------
    >>> print(bruggeman(4.0, 1.0, 0.5).round(3))
    (2.171+0j)
    """
    epsilon, host = np.asarray(epsilon, dtype=complex), np.asarray(host, dtype=complex)
    half = ((3 * share - 1) * epsilon + (2 - 3 * share) * host) / 4
    root = np.sqrt(half**2 + epsilon * host / 2)
    other = half - root
    return np.where((half + root).imag >= other.imag, half + root, other)[()]


def mesostructure(wavelength, radius, epsilon, medium, *, share=0.27, host=1.56, spread=0.15):
    """Extinction of spheres that are filled with particles, by Maxwell Garnett and Mie.

    Parameters
    ----------
    wavelength : (W,) array_like
        In vacuum, in nm.
    radius : float
        Mean of the radii, in nm.
    epsilon : (W,) complex array_like
        Dielectric function of the metal in a particle.
    medium : (W,) array_like
        Refractive index of the solvent.
    share : float
        Of the volume that is metal: by default that of random close packing, 0.64, for diameters of 3.5 nm at
        gaps of 1.2 nm.
    host : float
        Refractive index between the particles, by default that of 2-phenylethanethiol.
    spread : float
        Standard deviation of the radius relative to the mean.

    Returns
    -------
    extinction : (W,) array
        Mean cross-section in nm².
    volume : float
        Mean volume of the metal in a sphere, in nm³.

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
    """Cross-sections of particles coupled as dipoles, averaged over all directions of the light.

    Parameters
    ----------
    positions : (N, 3) array_like
        Centres, in nm.
    alpha : (W,) or (W, N) complex array_like
        Polarizability of all, or of each, in nm³, without reaction of the radiation: as of
        :func:`~supracrystal.mesostructures.optics.polarizability`.
    wavelength, medium : (W,) array_like
        In nm; refractive index of the solvent.

    Returns
    -------
    extinction : (W,) array
        Of all particles together, in nm².
    scattering : (W,) array
        The part of it that is not absorbed.

    Raises
    ------
    ValueError
        If two particles have the same place.

    Notes ----- Source: Draine and Flatau (1994) (`draine1994`); the average is in closed form, see the top of
    this module.

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
        raise ValueError("two particles have the same place; all must be apart")
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
