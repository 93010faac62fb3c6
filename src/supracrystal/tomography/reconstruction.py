r"""Volumes from tilt series: SIRT and weighted back-projection, slice by slice across the tilt axis.

Each row of the pictures sees one slice of the volume, so a slice solves :math:`A x = b` by itself, and `A` is
the same for all of them: the linear projector of the ASTRA toolbox (van Aarle et al. 2015, `vanaarle2015`)
for parallel rays. SIRT (Gilbert 1972, `gilbert1972`), as ASTRA defines it and Wang et al. (2021, `wang2021`)
used it, repeats

.. math::
    x \leftarrow \max\big(0,\; x + C A^T R\, (b - A x)\big) ,

with the inverse sums of the rows and columns of `A` on the diagonals of `R` and `C`. ASTRA's own loop on the
processor computes `A` anew for each slice and each product; here it is stored once, as a sparse matrix, and
multiplies many slices together. The result is the same but for rounding.

Memory: the matrix takes 13 bytes times tilts x columns x depth, as much again while it is built, and each
thread holds four blocks of 16 slices; the series and the volume come on top.

Left out: tilts about two axes, and corrections for what is not linear in the thickness.
"""

import os
from concurrent.futures import ThreadPoolExecutor

import astra
import numpy as np
from scipy.sparse import csr_array, vstack
from tqdm import tqdm

from supracrystal import InputError

SLICES = 16
"""Slices that are multiplied together: enough to fill vector instructions, few enough for the cache."""


def sirt(series, angles, *, pixel=1.0, iterations=100, depth=None, nonnegative=True, threads=None,
         progress=True):  # fmt: skip
    """Reconstruct a volume by the simultaneous iterative reconstruction technique.

    Parameters
    ----------
    series : (n, rows, columns) array_like
        Aligned pictures: the tilt axis runs along the rows' direction `v`, through their middle.
    angles : (n,) array_like
        Tilts in degrees.
    pixel : float
        Width of a pixel, in the unit of the pictures' thickness, and so of a voxel.
    iterations : int
        How often the volume is improved.
    depth : int, optional
        Voxels along the beam at zero tilt. Default: as many as columns.
    nonnegative : bool
        Whether negative values are set to 0 in each iteration.
    threads : int, optional
        Blocks of slices that are computed side by side. Default: the number of processors.
    progress : bool
        Whether to show progress in what takes over two seconds.

    Returns
    -------
    (depth, rows, columns) array of float32
        Along z, y and x. Pictures in nm of PbSe with the pixel in nm give 1 for PbSe.

    Raises
    ------
    ValueError
        For pictures and tilts that do not fit each other or are not finite, and for numbers out of range.

    Notes
    -----
    Source: Gilbert (1972) (`gilbert1972`); van Aarle et al. (2015) (`vanaarle2015`).

    Examples
    --------
    >>> from supracrystal.tomography import project_spheres
    >>> picture = project_spheres([[0, 0]], 6, 1.0, (16, 24))
    >>> volume = sirt([picture] * 60, range(-90, 90, 3), iterations=30)
    >>> volume.shape, round(float(volume[12, 8, 12]), 1)
    ((24, 16, 24), 1.0)
    """
    series, angles = check_series(series, angles, pixel, depth)
    if iterations != int(iterations) or iterations < 1:
        raise InputError(f"iterations is {iterations!r}; a positive whole number is needed")
    columns = series.shape[2]
    matrix = _system(angles, columns, depth or columns)
    # What no ray meets stays 0.
    by_ray, by_voxel = (1 / np.maximum(matrix.sum(axis=axis), 1e-6)[:, None] for axis in (1, 0))

    def improve(rows, step):
        rows = rows / np.float32(pixel)
        x = np.zeros((matrix.shape[1], rows.shape[1]), dtype=np.float32)
        for _ in range(iterations):
            x += by_voxel * (matrix.T @ (by_ray * (rows - matrix @ x)))
            if nonnegative:
                np.maximum(x, 0, out=x)
            step()
        return x

    return _by_blocks(improve, series, (depth or columns, columns), iterations, threads, progress, "SIRT")


def backproject(series, angles, *, pixel=1.0, depth=None, filtered=True, threads=None, progress=True):
    r"""Reconstruct a volume by weighted back-projection.

    .. math::
        f(x, z) = \sum_k \Delta\theta_k \, (h * p_k)(x \cos\theta_k + z \sin\theta_k)

    with the ramp `h` of Ramachandran and Lakshminarayanan. It is linear and quick, and shows the noise and
    the missing wedge as they are.

    Parameters
    ----------
    series, angles, pixel, depth
        As for :func:`sirt`.
    filtered : bool
        Whether the pictures are weighted by the ramp. Without, the volume is smeared and has the unit of the
        pictures.
    threads, progress
        As for :func:`sirt`.

    Returns
    -------
    (depth, rows, columns) array of float32
        Along z, y and x.

    Raises
    ------
    ValueError
        As for :func:`sirt`, and for a single tilt.

    Notes
    -----
    Source: Ramachandran and Lakshminarayanan (1971) (`ramachandran1971`).

    Examples
    --------
    >>> from supracrystal.tomography import project_spheres
    >>> picture = project_spheres([[0, 0]], 6, 1.0, (16, 24))
    >>> volume = backproject([picture] * 60, range(-90, 90, 3))
    >>> round(float(volume[10:14, 6:10, 10:14].mean()), 1)
    1.0
    """
    series, angles = check_series(series, angles, pixel, depth)
    if len(angles) < 2:
        raise InputError("one tilt was given; back-projection weights each by its distance from the next")
    columns = series.shape[2]
    order = np.argsort(angles, kind="stable")
    share = np.empty(len(angles))
    share[order] = np.gradient(np.radians(angles[order]))
    depth = depth or columns
    x, z = np.meshgrid(np.arange(columns) - columns / 2 + 0.5, np.arange(depth) - depth / 2 + 0.5)
    n = np.arange(2 * columns)
    n = np.minimum(n, 2 * columns - n)
    ramp = np.where(n % 2, -1 / np.maximum(np.pi * n, 1) ** 2, 0.0)
    ramp[0] = 1 / 4
    ramp = np.fft.rfft(ramp)[:, None] / pixel

    def spread(rows, step):
        rows = rows.reshape(len(angles), columns, -1)
        if filtered:
            rows = np.fft.irfft(ramp * np.fft.rfft(rows, 2 * columns, axis=1), axis=1)[:, :columns]
        rows = np.pad(rows, ((0, 0), (1, 1), (0, 0))).astype(np.float32)
        total = np.zeros((x.size, rows.shape[2]), dtype=np.float32)
        for row, weight, theta in zip(rows, share, np.radians(angles), strict=True):
            at = np.clip(x * np.cos(theta) + z * np.sin(theta) + columns / 2 + 0.5, 0, columns + 1).ravel()
            low = np.minimum(at.astype(int), columns)
            beyond = (weight * (at - low)).astype(np.float32)[:, None]
            total += (np.float32(weight) - beyond) * row[low] + beyond * row[low + 1]
            step()
        return total

    return _by_blocks(spread, series, x.shape, len(angles), threads, progress, "back-projection")


def reproject(volume, angles, *, pixel=1.0, threads=None, progress=True):
    """Return the pictures that a volume would give, to be compared with those it was made from.

    Parameters
    ----------
    volume : (depth, rows, columns) array_like
        Along z, y and x.
    angles : (n,) array_like
        Tilts in degrees.
    pixel, threads, progress
        As for :func:`sirt`.

    Returns
    -------
    (n, rows, columns) array of float32

    Examples
    --------
    >>> series = reproject(np.ones((5, 3, 5)), [0, 90], pixel=0.5)
    >>> series.shape, series[:, 1].round(3).tolist()
    ((2, 3, 5), [[2.5, 2.5, 2.5, 2.5, 2.5], [2.5, 2.5, 2.5, 2.5, 2.5]])
    """
    volume = np.asarray(volume, dtype=np.float32)
    if volume.ndim != 3:
        raise InputError(f"volume has the shape {volume.shape}; depth, rows and columns are needed")
    empty = np.zeros((len(angles), 1, volume.shape[2]))
    _, angles = check_series(empty, angles, pixel, volume.shape[0])
    matrix = _system(angles, volume.shape[2], volume.shape[0])

    def look(rows, step):
        step()
        return matrix @ rows * np.float32(pixel)

    return _by_blocks(look, volume, empty.shape[::2], 1, threads, progress, "projections")


def elongation(tilt):
    r"""Return how much longer a small round object looks along the beam than across, for lack of high tilts.

    .. math::
        e = \sqrt{\frac{\alpha + \sin\alpha\cos\alpha}{\alpha - \sin\alpha\cos\alpha}}

    Parameters
    ----------
    tilt : float or array
        The highest tilt :math:`\alpha` to both sides, in degrees.

    Returns
    -------
    float or array of the shape of `tilt`

    Raises
    ------
    ValueError
        For tilts that are not between 0 and 90 degrees.

    Notes
    -----
    The ratio of the curvatures at the top of the point spread function: of weighted back-projection, in the
    plane across the axis. Source: Radermacher (1988) (`radermacher1988`).

    Examples
    --------
    >>> [round(float(each), 2) for each in elongation(np.array([60, 75, 90]))]
    [1.55, 1.21, 1.0]
    """
    alpha = np.radians(tilt)
    if not np.all((alpha > 0) & (alpha <= np.pi / 2)):
        raise InputError(f"tilt is {tilt!r}; degrees between 0 and 90 are needed")
    both = np.sin(alpha) * np.cos(alpha)
    return np.sqrt((alpha + both) / (alpha - both))


def _system(angles, columns, depth):
    """Return ASTRA's linear projector of a slice as a matrix, tilt by tilt to save memory."""
    slab = astra.create_vol_geom(depth, columns)
    parts = []
    for angle in np.radians(angles):
        # ASTRA's second axis runs up the rows, ours down: z = -y, and the tilt turns the other way.
        rays = astra.create_proj_geom("parallel", 1.0, columns, np.array([-angle]))
        projector = astra.create_projector("linear", rays, slab)
        matrix = astra.projector.matrix(projector)
        parts.append(csr_array(astra.matrix.get(matrix), dtype=np.float32))
        astra.matrix.delete(matrix)
        astra.projector.delete(projector)
    return vstack(parts, format="csr")


def _by_blocks(function, stack, plane, steps, threads, progress, name):
    """Apply a function to the planes across the axis, some at a time; each is a column of its argument."""
    first, rows, columns = stack.shape
    result = np.empty((plane[0], rows, plane[1]), dtype=np.float32)
    starts = range(0, rows, SLICES)
    bar = tqdm(total=steps * len(starts), desc=name, delay=2, leave=False, disable=not progress)

    def work(start):
        block = stack[:, start : start + SLICES]
        made = function(np.moveaxis(block, 1, 2).reshape(first * columns, -1), bar.update)
        result[:, start : start + SLICES] = np.moveaxis(made.reshape(*plane, -1), 2, 1)

    with bar, ThreadPoolExecutor(threads or os.cpu_count()) as pool:
        list(pool.map(work, starts))
    return result


def check_series(series, angles, pixel=1.0, depth=None):
    """Return pictures and tilts as arrays, if they fit each other and are finite.

    Parameters
    ----------
    series, angles, pixel, depth
        As for :func:`sirt`.

    Returns
    -------
    series : (n, rows, columns) array of float32
    angles : (n,) array

    Raises
    ------
    ValueError
        Naming what does not fit.

    Examples
    --------
    >>> check_series(np.ones((2, 3, 3)), [0, 100])
    Traceback (most recent call last):
    supracrystal.InputError: angles are [0.0, 100.0]; degrees from -90 to 90 are needed
    """
    series, angles = np.asarray(series, dtype=np.float32), np.asarray(angles, dtype=float)
    if series.ndim != 3 or angles.shape != series.shape[:1] or not series.size:
        raise InputError(
            f"the series has the shape {series.shape} and angles {angles.shape}; "
            "pictures of rows and columns, and a tilt for each, are needed"
        )
    if not np.isfinite(series).all():
        raise InputError("the series holds values that are not finite")
    if not (np.abs(angles) <= 90).all():
        raise InputError(f"angles are {angles.tolist()}; degrees from -90 to 90 are needed")
    if not 0 < pixel < np.inf:
        raise InputError(f"pixel is {pixel!r}; a positive number is needed")
    if depth is not None and (depth != int(depth) or depth < 1):
        raise InputError(f"depth is {depth!r}; a positive whole number is needed")
    return series, angles
