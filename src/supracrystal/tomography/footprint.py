r"""What one sphere leaves in a picture, smoothed by probe and pixel, as a sparse matrix for many spheres.

The projection of a ball depends on the distance from its centre only. Its Fourier transform is the slice of
that of the ball, so that with a Gaussian of standard deviation :math:`\sigma`

.. math::
    f(\rho) = \int_0^\infty 2 R^2 \, \frac{j_1(k R)}{k} \, e^{-\sigma^2 k^2 / 2} J_0(k \rho) \, k \,
    \mathrm d k , \qquad \sigma^2 = \mathrm{blur}^2 + \frac{p^2}{12} ,

where the square of pixel `p` stands in by the Gaussian of its variance. It is tabulated over
:math:`\rho^2`, in which it is smooth everywhere, with its derivative, which moves the sphere.
"""

import numpy as np
from scipy.sparse import csr_array
from scipy.special import j0, j1, spherical_jn

BINS = 1024


def profile(radius, sigma, reach=None):
    r"""Tabulate the footprint of a sphere and its derivative over the square of the distance.

    Parameters
    ----------
    radius, sigma : float
        Radius of the sphere and standard deviation of what smooths it.
    reach : float, optional
        Distance of the last value. Default: three standard deviations from the edge.

    Returns
    -------
    value, slope : (BINS + 1,) array
        :math:`f` and :math:`\mathrm d f / \mathrm d (\rho^2)` at equal steps of the square of the distance.
    reach : float
        Distance of the last. Beyond it the footprint is taken as 0.
    """
    reach = radius + 3 * sigma if reach is None else reach
    nodes, weight = np.polynomial.legendre.leggauss(max(128, int(4 * reach / sigma)))
    k = (nodes + 1) * 3.5 / sigma
    weight = (
        weight * 3.5 / sigma * 2 * radius**2 * spherical_jn(1, k * radius) * np.exp(-((sigma * k) ** 2) / 2)
    )
    rho = np.sqrt(np.linspace(0, reach**2, BINS + 1))
    by_square = np.full((len(rho), len(k)), 0.5)
    phase = np.outer(rho[1:], k)
    by_square[1:] = j1(phase) / phase
    return j0(np.outer(rho, k)) @ weight, -0.5 * by_square @ (weight * k**2), reach


def footprints(where, kind, profiles, pixel, shape):
    """Evaluate footprints and their derivatives on the pixels that they reach.

    Parameters
    ----------
    where : (n, 2) array
        `u` and `v` of the centres from the middle of the picture.
    kind : (n,) array of int
        Which profile each sphere has.
    profiles : list of tuple
        As :func:`profile` returns them.
    pixel : float
    shape : (2,) tuple of int
        Rows and columns of the picture.

    Returns
    -------
    value : (n, rows * columns) scipy.sparse.csr_array of float32
        One row for each sphere.
    by_u : (n, rows * columns) scipy.sparse.csr_array of float32
    by_v : (n, rows * columns) scipy.sparse.csr_array of float32
        Derivatives by its place. All share their indices.
    """
    rows, columns = shape
    squares = np.array([reach**2 for _, _, reach in profiles])
    most = np.sqrt(squares.max()) / pixel + 0.71
    span = np.arange(-int(most) - 1, int(most) + 2)
    du, dv = (each.ravel() for each in np.meshgrid(span, span))
    du, dv = du[close := np.hypot(du, dv) <= most], dv[close]
    at = where / pixel + (np.array([columns, rows]) - 1) / 2
    nearest = np.rint(at).astype(np.int32)
    part = ((at - nearest) * pixel).astype(np.float32)
    u = np.float32(pixel) * du.astype(np.float32) - part[:, :1]
    v = np.float32(pixel) * dv.astype(np.float32) - part[:, 1:]
    column, row = nearest[:, :1] + du.astype(np.int32), nearest[:, 1:] + dv.astype(np.int32)
    square = u * u + v * v
    inside = (square < squares[kind].astype(np.float32)[:, None]) & (column >= 0) & (column < columns)
    inside &= (row >= 0) & (row < rows)
    count = inside.sum(axis=1)
    place = square[inside] * np.repeat((BINS / squares)[kind].astype(np.float32), count)
    low = np.minimum(place.astype(np.int32), BINS - 1)
    place -= low
    low += np.repeat((kind * (BINS + 1)).astype(np.int32), count)
    value, slope = (np.concatenate([each[i] for each in profiles]).astype(np.float32) for i in (0, 1))
    value = value[low] + place * np.append(np.diff(value), 0).astype(np.float32)[low]
    slope = -2 * (slope[low] + place * np.append(np.diff(slope), 0).astype(np.float32)[low])
    pixels = (row * np.int32(columns) + column)[inside]
    ends = np.append(0, np.cumsum(count)).astype(np.int32)  # with wider ones, scipy copies the indices
    parts = value, slope * u[inside], slope * v[inside]
    return tuple(csr_array((part, pixels, ends), shape=(len(at), rows * columns)) for part in parts)
