r"""Lattice fringes of a crystalline particle, and the spacing that their Fourier transform gives.

A particle of the diameter D shows :math:`D / d` fringes, and its transform has a spot of the width
:math:`1 / D`: the spacing is known to about :math:`d^2 / D` if the spot is read to one width, and better
where its centre is found. To that comes the calibration of the microscope. Left out: defocus, delocalisation,
tilt, and strain.
"""

import numpy as np
import pandas as pd

from supracrystal.mesostructures.composition import atomic_volume

PLANES = ((1, 1, 1), (2, 0, 0), (2, 2, 0), (3, 1, 1))


def spacings(gold=0.0, planes=PLANES):
    r"""Spacings of lattice planes of an alloy of silver and gold, :math:`a / \sqrt{h^2 + k^2 + l^2}`.

    Parameters
    ----------
    gold : float
        Share of gold among the atoms.
    planes : sequence of (int, int, int)

    Returns
    -------
    Series
        In nm.

    Examples
    --------
    >>> spacings().round(4).to_dict()
    {'111': 0.2359, '200': 0.2043, '220': 0.1445, '311': 0.1232}
    """
    edge = np.cbrt(4 * atomic_volume(gold))
    found = {"".join(map(str, plane)): float(edge / np.linalg.norm(plane)) for plane in planes}
    return pd.Series(found, name="spacing")


def lattice_image(spacing, diameter, pixel, *, size=256, angle=0.0, contrast=1.0, noise=0.5, seed=0):
    """Draw the fringes of one round particle on a noisy ground.

    Parameters
    ----------
    spacing, diameter, pixel : float
        In nm.
    size : int
        Pixels on an edge.
    angle : float
        Of the normal of the planes, in degrees.
    contrast : float
        Amplitude of the fringes where the particle is thickest; it falls with the thickness.
    noise : float
        Standard deviation in a pixel.
    seed : int

    Returns
    -------
    (size, size) array

    Examples
    --------
    >>> lattice_image(0.236, 4.4, 0.03).shape
    (256, 256)
    """
    x = (np.arange(size) - (size - 1) / 2) * pixel
    thick = np.sqrt(np.maximum(1 - 4 * (x[:, None] ** 2 + x**2) / diameter**2, 0))
    c, s = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    wave = np.cos(2 * np.pi * (c * x + s * x[:, None]) / spacing)
    return contrast * thick * wave + noise * np.random.default_rng(seed).standard_normal((size, size))


def fringe_spacing(image, pixel, *, between=(0.1, 0.4)):
    """Read the spacing of fringes off the strongest spot of the Fourier transform.

    Parameters
    ----------
    image : (n, m) array
    pixel : float
        In nm.
    between : (float, float)
        Spacings that are looked at, in nm.

    Returns
    -------
    dict of str to float
        ``spacing`` at the centre of the spot, and ``width``, the change of spacing from the centre to half
        of the spot's height, both in nm.

    Examples
    --------
    >>> found = fringe_spacing(lattice_image(0.236, 4.4, 0.03), 0.03)
    >>> print(round(found["spacing"], 3))
    0.236
    """
    image = np.asarray(image, dtype=float)
    shape = [4 * n for n in image.shape]
    power = np.abs(np.fft.rfft2(image - image.mean(), shape)) ** 2
    ky, kx = np.fft.fftfreq(shape[0], pixel)[:, None], np.fft.rfftfreq(shape[1], pixel)
    k = np.hypot(kx, ky)
    looked = (k >= 1 / between[1]) & (k <= 1 / between[0])
    if not looked.any():
        raise ValueError(f"no wave with a spacing between {between} nm in an image with pixels of {pixel} nm")
    row, column = np.unravel_index(np.where(looked, power, 0).argmax(), power.shape)
    reach = 4 * max(1, round(0.5 * k[row, column] / (1 / (pixel * min(image.shape))) * 0.2))
    rows = (row + np.arange(-reach, reach + 1)) % shape[0]
    columns = np.clip(column + np.arange(-reach, reach + 1), 0, len(kx) - 1)
    spot = power[np.ix_(rows, columns)]
    spot = np.where(spot > spot.max() / 2, spot, 0)
    centre = [float((part * spot).sum() / spot.sum()) for part in (ky[rows], kx[columns])]
    half = np.sqrt((spot > 0).sum() / np.pi) / (pixel * shape[0])
    spacing = 1 / np.hypot(*centre)
    return {"spacing": float(spacing), "width": float(spacing**2 * half)}
