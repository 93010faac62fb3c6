r"""Diffraction patterns of free clusters: project, transform, blur, as an electron microscopist would.

The recipe is that of Wang et al. (2021), Methods, "Calculated diffraction pattern" (`wang2021`): the
coordinates are projected on a plane, the projection is Fourier transformed, and the intensity is blurred
by a Gaussian of one pixel. Drawn as a plain histogram, the projection loses intensity at large wave
numbers and folds some back. Here every particle is spread over a few pixels by a Kaiser-Bessel kernel
whose own transform is divided out again (Jackson et al. 1991, `jackson1991`), so that the amplitude
agrees with the direct sum over particles to :data:`ACCURACY`, at the cost of one image and one transform.

Left out: scattering factors that depend on the wave vector, absorption, multiple scattering and the
curvature of the Ewald sphere. The pattern is the plane through the origin of reciprocal space normal
to the view.
"""

import numpy as np
import pandas as pd
from scipy import fft
from scipy.ndimage import gaussian_filter, maximum_filter
from scipy.sparse import csr_array
from scipy.special import i0

from supracrystal import InputError

KERNEL_WIDTH = 8
KERNEL_SHAPE = np.pi * np.sqrt((KERNEL_WIDTH * 0.75) ** 2 - 0.8)
"""Beatty, Nishimura and Pauly (2005), equation 5, for an image of twice the pixels of the pattern."""
ACCURACY = 1e-6
"""Largest error of an amplitude, as a fraction of the forward amplitude (the sum of absolute weights)."""


def view_rotation(axis, up=None):
    """Return the rows right, up, towards the viewer of the rotation that looks down an axis.

    Parameters
    ----------
    axis : (3,) array_like
        Direction from the cluster to the viewer, of any length.
    up : (3,) array_like, optional
        Direction that points up in the picture. Default: the Cartesian axis most nearly normal to `axis`.

    Returns
    -------
    (3, 3) array

    Raises
    ------
    ValueError
        If `axis` is not a direction, or `up` is parallel to it.

    Examples
    --------
    >>> view_rotation([0, 0, 2], up=[0, 1, 0])
    array([[1., 0., 0.], [0., 1., 0.], [0., 0., 1.]])
    """
    axis = np.asarray(axis, dtype=float)
    if axis.shape != (3,) or not np.isfinite(axis).all() or not axis.any():
        raise InputError(f"axis is {axis.tolist()}; a finite vector of three components, not zero, is needed")
    axis = axis / np.linalg.norm(axis)
    up = np.eye(3)[np.abs(axis).argmin()] if up is None else np.asarray(up, dtype=float)
    up = up - (up @ axis) * axis
    length = np.linalg.norm(up)
    if not length > 1e-9:
        raise InputError(f"up is parallel to the axis {axis.tolist()}; another direction is needed")
    return np.array([np.cross(up / length, axis), up / length, axis])


def diffraction_pattern(position, axis, *, q_max, up=None, size=513, blur=1.0, weights=None):
    r"""Diffraction pattern of particles seen along an axis, averaged over configurations.

    .. math::
        I(\mathbf q) = \left\langle \Big|\sum_j w_j \mathrm e^{-\mathrm i \mathbf q\cdot\mathbf r_j}\Big|^2
        \Big/ \sum_j w_j^2 \right\rangle , \qquad \mathbf q \perp \text{axis}

    With unit weights this is the structure factor of the plane: it tends to 1 for large :math:`q` in a
    fluid, and the forward beam :math:`I(0) = N` is kept. Positions are taken as they stand, without
    periodic images.

    Parameters
    ----------
    position : (N, 3) array_like, or iterable of such
        Centres of the particles. An iterable of configurations is read one at a time, and the patterns
        (not the coordinates) are averaged.
    axis : (3,) array_like
        Direction to the viewer.
    q_max : float
        Largest wave number on either axis of the pattern, in reciprocal units of length.
    up : (3,) array_like, optional
        Direction that points up in the picture; see :func:`view_rotation`.
    size : int
        Pixels along each side; an odd number puts the forward beam in the middle.
    blur : float
        Standard deviation of the Gaussian blur, in pixels; 0 for none.
    weights : (N,) array_like, optional
        Scattering power of each particle, for instance its volume. Default: 1.

    Returns
    -------
    q : (size,) array
        Wave numbers along either side. The forward beam is at index ``size // 2``.
    intensity : (size, size) array
        Rows run upwards, columns to the right, as ``imshow(..., origin="lower")`` draws them.

    Raises
    ------
    ValueError
        For bad shapes, no configuration, or coordinates that are not finite.

    Notes
    -----
    Source: Wang et al. (2021), Methods (`wang2021`).

    Examples
    --------
    Two particles at a distance of 1 give the fringes of a double slit, 1 + cos q:

    >>> q, intensity = diffraction_pattern([[0, 0, 0], [1, 0, 0]], [0, 0, 1], up=[0, 1, 0],
    ...                                    q_max=2 * np.pi, size=9, blur=0)
    >>> np.abs(intensity[0] - (1 + np.cos(q))).max() < 1e-6
    np.True_
    """
    if not q_max > 0 or not np.isfinite(q_max):
        raise InputError(f"q_max is {q_max!r}; a positive wave number is needed")
    if size < 3:
        raise InputError(f"size is {size!r}; a pattern needs 3 pixels or more along each side")
    if blur < 0:
        raise InputError(f"blur is {blur!r}; a width in pixels, 0 or more, is needed")
    plane = view_rotation(axis, up)[:2]
    step = q_max / (size // 2)
    single = getattr(position, "ndim", None) == 2 or (
        isinstance(position, (list, tuple)) and position and np.ndim(position[0]) == 1
    )
    total, number = np.zeros((size, size)), 0
    for configuration in [position] if single else position:
        xyz = np.asarray(configuration, dtype=float)
        if xyz.ndim != 2 or xyz.shape[1] != 3 or not len(xyz):
            raise InputError(f"configuration {number} has the shape {xyz.shape}; (N, 3), N > 0 is needed")
        if not np.isfinite(xyz).all():
            raise InputError(f"configuration {number} has coordinates that are not finite")
        weight = np.ones(len(xyz)) if weights is None else np.asarray(weights, dtype=float)
        if weight.shape != (len(xyz),) or not np.isfinite(weight).all() or not weight.any():
            raise InputError(f"weights of shape {weight.shape}; ({len(xyz)},) finite, not all 0, are needed")
        total += _power((xyz - xyz.mean(axis=0)) @ plane.T, weight, step, size) / (weight @ weight)
        number += 1
    if not number:
        raise InputError("there is no configuration; one or more arrays of the shape (N, 3) are needed")
    intensity = gaussian_filter(total / number, blur, mode="nearest") if blur else total / number
    return step * (np.arange(size) - size // 2), intensity


def _power(xy, weight, step, size):
    """Squared modulus of the transform at the wave vectors ``step * (column, row)``, by gridding."""
    cells = fft.next_fast_len(2 * size, real=True)
    place = (xy * step / (2 * np.pi) % 1) * cells
    pixel = np.ceil(place - KERNEL_WIDTH / 2)[:, :, None] + np.arange(KERNEL_WIDTH)
    inside = np.clip(1 - (2 * (pixel - place[:, :, None]) / KERNEL_WIDTH) ** 2, 0, None)
    kernel = i0(KERNEL_SHAPE * np.sqrt(inside))
    kernel[:, 1] *= weight[:, None]
    pixel = pixel.astype(int) % cells
    start, shape = np.arange(len(xy) + 1) * KERNEL_WIDTH, (len(xy), cells)
    x, y = (csr_array((kernel[:, k].ravel(), pixel[:, k].ravel(), start), shape=shape) for k in (0, 1))
    image = (y.T @ x).toarray()
    half = fft.rfft(image, axis=1)[:, : size // 2 + 1]
    power = np.abs(fft.fft(half, axis=0)) ** 2
    order = np.arange(size) - size // 2
    # The image is real, so the half with negative columns is the other half seen through the origin.
    rows = (order[:, None] * np.where(order < 0, -1, 1)) % cells
    root = np.sqrt(KERNEL_SHAPE**2 - (np.pi * KERNEL_WIDTH * order / cells) ** 2)
    damping = KERNEL_WIDTH * np.sinh(root) / root
    return power[rows, np.abs(order)[None, :]] / np.outer(damping, damping) ** 2


def rotational_orders(q, intensity, orders, q_range):
    r"""How strongly a pattern turns into itself by fractions of a full turn.

    .. math::
        c_n = \Big|\sum I(\mathbf q)\, \mathrm e^{-\mathrm i n \varphi}\Big| \Big/ \sum I(\mathbf q)

    over the pixels of an annulus. A view along an axis of order m leaves only the multiples of m, and of
    2m for an odd m, because intensities are equal at opposite wave vectors. It is 1 for one set of n
    spots without background, and 0 for a ring.

    Parameters
    ----------
    q : (M,) array_like
        Wave numbers along either side, as :func:`diffraction_pattern` returns them.
    intensity : (M, M) array_like
    orders : iterable of int
        The n wanted.
    q_range : (float, float)
        Inner and outer radius of the annulus, which must lie within the pattern.

    Returns
    -------
    pandas.Series
        :math:`c_n`, indexed by n.

    Raises
    ------
    ValueError
        If the annulus is empty or reaches beyond the pattern.

    Examples
    --------
    >>> q, fringes = diffraction_pattern([[0, 0, 0], [1, 0, 0]], [0, 0, 1], q_max=9)
    >>> rotational_orders(q, fringes, [1, 2], (1, 5)).round(3).to_dict()
    {1: 0.0, 2: 0.399}
    """
    q, intensity = np.asarray(q, dtype=float), np.asarray(intensity, dtype=float)
    if intensity.shape != (len(q), len(q)):
        raise InputError(f"intensity has the shape {intensity.shape}; ({len(q)}, {len(q)}) is needed")
    inner, outer = q_range
    if not 0 < inner < outer <= q.max() * (1 + 1e-9):
        raise InputError(f"q_range is {q_range}; 0 < inner < outer <= {q.max():g} is needed")
    radius, angle = np.hypot(q, q[:, None]), np.arctan2(q[:, None], q)
    ring = (radius >= inner) & (radius <= outer)
    intensity, angle = intensity[ring], angle[ring]
    if not intensity.sum() > 0:
        raise InputError(f"there is no intensity between the wave numbers {inner:g} and {outer:g}")
    value = {n: abs(intensity @ np.exp(-1j * n * angle)) / intensity.sum() for n in orders}
    return pd.Series(value, name="rotational order", dtype=float).rename_axis("n")


def bragg_peaks(q, intensity, *, threshold, separation=1.0, q_min=0.0):
    """List the spots of a pattern, the strongest first.

    A spot is a pixel above `threshold` and not lower than any other within `separation`; a parabola
    through the logarithms of it and its neighbours then places it between pixels.

    Parameters
    ----------
    q : (M,) array_like
    intensity : (M, M) array_like
        As :func:`diffraction_pattern` returns them.
    threshold : float
        Least intensity of a spot, in the units of `intensity`.
    separation, q_min : float
        Least distance between spots and from the forward beam, in the units of `q`.

    Returns
    -------
    pandas.DataFrame
        Columns qx, qy, q, angle (degrees, from the right, anticlockwise), intensity.

    Examples
    --------
    >>> square = np.argwhere(np.ones((12, 12, 1)))
    >>> q, pattern = diffraction_pattern(square, [0, 0, 1], q_max=8)
    >>> spots = bragg_peaks(q, pattern, threshold=70, q_min=1)
    >>> (spots.q / (2 * np.pi)).round(2).value_counts().to_dict()
    {1.0: 4, 1.41: 4}
    """
    q, intensity = np.asarray(q, dtype=float), np.asarray(intensity, dtype=float)
    step = q[1] - q[0]
    reach = max(1, round(separation / step))
    disc = np.hypot(*np.mgrid[-reach : reach + 1, -reach : reach + 1]) <= reach
    peak = (intensity >= maximum_filter(intensity, footprint=disc, mode="nearest")) & (intensity > threshold)
    peak[[0, -1]] = peak[:, [0, -1]] = False
    row, column = np.nonzero(peak & (np.hypot(q, q[:, None]) >= q_min))
    height = np.log(intensity, out=np.full_like(intensity, -np.inf), where=intensity > 0)

    def between(before, at, after):
        curvature = before - 2 * at + after
        flat = ~(np.isfinite(curvature) & (curvature < 0))
        return np.where(flat, 0.0, (before - after) / (2 * np.where(flat, 1.0, curvature)))

    here = height[row, column]
    qx = q[column] + step * between(height[row, column - 1], here, height[row, column + 1])
    qy = q[row] + step * between(height[row - 1, column], here, height[row + 1, column])
    table = pd.DataFrame(
        {
            "qx": qx,
            "qy": qy,
            "q": np.hypot(qx, qy),
            "angle": np.degrees(np.arctan2(qy, qx)),
            "intensity": intensity[row, column],
        }
    )
    return table.sort_values("intensity", ascending=False, ignore_index=True)
