r"""Alignment of a tilt series: drift and tilt axis, found in the pictures and undone.

Three ways to the drift, from what they assume. The centre of mass of a particle that is whole in every
picture, and alone, moves as that of its volume: put on the axis, it stays there. Cross-correlation of each
picture with the one before, towards zero tilt (Guizar-Sicairos et al. 2008, `guizarsicairos2008`, as in
scikit-image), needs neither, but its errors add up over the tilts, and what turns looks as if it moved.
Correlation with the projections of a first volume takes part of these errors back. Wang et al. (2021,
`wang2021`) aligned by cross-correlation.

On simulated particles, whole and with nothing beside them, the three leave across the axis 0.02, 0.3 and 0.1
pixels (66 cores, 38 tilts, pixels of 1.2 nm) and 0.03, 1.1 and 0.8 pixels (700 cores in 102 nm, 77 tilts,
pixels of 0.5 nm): where the centre of mass can be had, it is by far the best. Of a particle that does not fit
into the picture, correlation finds the drift along the axis only.

The tilt axis is the common line: what the pictures hold of the volume, summed across the axis, is the same
at all tilts, and so is their Fourier transform along it.

Drifts and the angle are those of :mod:`supracrystal.tomography.projection`: how far a picture has moved along
`u` and `v`, and the turn from `v` to the axis. A drift :math:`(x\cos\theta + z\sin\theta, y)` for any x, y
and z only moves the volume.

Left out: changes of magnification, errors of the tilts, and markers of gold.
"""

import numpy as np
import pandas as pd
from scipy.ndimage import affine_transform, median_filter
from scipy.optimize import minimize_scalar
from skimage.registration import phase_cross_correlation
from tqdm import tqdm

from supracrystal import InputError
from supracrystal.tomography.reconstruction import check_series, reproject, sirt

OUTLIER = 5.0
"""Range of a smoothed picture times which a pixel may differ from its surroundings."""


def straighten(series, drift, *, pixel=1.0, axis_angle=0.0):
    """Move pictures back by their drift, and turn them until the tilt axis runs down their rows.

    Parameters
    ----------
    series : (n, rows, columns) array_like
    drift : (n, 2) array_like
        How far each picture has moved along `u` and `v`, in the unit of `pixel`.
    pixel : float
        Width of a pixel.
    axis_angle : float
        Angle in the picture from `v` to the tilt axis, in degrees.

    Returns
    -------
    (n, rows, columns) array of float32
        By cubic splines; 0 where there was no picture.

    Raises
    ------
    ValueError
        If there is not one drift for each picture.

    Examples
    --------
    >>> straightened = straighten([[[0, 0, 1, 0, 0.0]]], [[2.0, 0]], pixel=2.0)
    >>> straightened.shape, int(straightened.argmax())
    ((1, 1, 5), 1)
    """
    series, drift = np.asarray(series, dtype=np.float32), np.asarray(drift, dtype=float)
    if drift.shape != (len(series), 2) or not np.isfinite(drift).all():
        raise InputError(f"drift has the shape {drift.shape}; u and v of {len(series)} pictures are needed")
    cosine, sine = np.cos(np.radians(axis_angle)), np.sin(np.radians(axis_angle))
    turn = np.array([[cosine, sine], [-sine, cosine]])
    middle = (np.array(series.shape[1:]) - 1) / 2
    fixed = middle - turn @ middle
    return np.stack(
        [affine_transform(each, turn, fixed + shift[::-1] / pixel, order=3)
         for each, shift in zip(series, drift, strict=True)]
    )  # fmt: skip


def drift_by_mass(series, *, pixel=1.0):
    r"""Return the drift that puts the centre of mass of each picture on its middle.

    .. math::
        \mathrm{drift} = \frac{\sum_j \mathbf{u}_j (I_j - I_0)}{\sum_j (I_j - I_0)}

    The background :math:`I_0` of a picture is the median over its rim.

    Parameters
    ----------
    series : (n, rows, columns) array_like
        Pictures of one particle, whole in each.
    pixel : float
        As for :func:`straighten`.

    Returns
    -------
    (n, 2) array
        As for :func:`straighten`.

    Raises
    ------
    ValueError
        If a picture is no brighter than its rim.

    Examples
    --------
    >>> drift_by_mass([[[0, 0, 0, 0], [0, 0, 2.0, 0], [0, 0, 0, 0]]], pixel=2.0).tolist()
    [[1.0, 0.0]]
    """
    light = subtract_background(np.asarray(series, dtype=float))
    sums = light.sum(axis=(1, 2))
    if not (sums > 0).all():
        raise InputError(f"picture {int(np.argmin(sums))} (from 0) is no brighter than its rim")
    v, u = ((np.arange(number) + 0.5 - number / 2) * pixel for number in light.shape[1:])
    return np.column_stack([light.sum(axis=1) @ u, light.sum(axis=2) @ v]) / sums[:, None]


def drift_by_correlation(series, angles, *, pixel=1.0, axis_angle=0.0, progress=True):
    """Return the drift by correlation of each picture with its neighbour towards zero tilt.

    The picture at the higher tilt is stretched across the axis by the ratio of the cosines of both, as a flat
    specimen is shortened, and compared with the other one, already moved back. The picture nearest to zero
    tilt has no drift.

    Parameters
    ----------
    series : (n, rows, columns) array_like
    angles : (n,) array_like
        Tilts in degrees, in any order.
    pixel, axis_angle
        As for :func:`straighten`.
    progress : bool
        Whether to show progress in what takes over two seconds.

    Returns
    -------
    (n, 2) array
        As for :func:`straighten`, to a twentieth of a pixel.

    Raises
    ------
    ValueError
        For pictures and tilts that do not fit each other or are not finite, and for tilts of 90 degrees.

    Notes
    -----
    Source: Guizar-Sicairos et al. (2008) (`guizarsicairos2008`).

    Examples
    --------
    >>> from supracrystal.tomography import project_spheres
    >>> moved = [project_spheres([[u, 0]], 6, 1.0, (16, 24)) for u in (0, 0.5, 1.5)]
    >>> drift_by_correlation(moved, [0, 2, 4]).round(2).tolist()
    [[0.0, 0.0], [0.5, 0.0], [1.5, 0.0]]
    """
    series, angles = check_series(series, angles, pixel, None)
    if not (np.abs(angles) < 90).all():
        raise InputError("there is a tilt of 90 degrees, at which a flat specimen has no width")
    order = np.argsort(angles, kind="stable")
    start = int(np.argmin(np.abs(angles[order])))
    pairs = [*zip(order[start:], order[start + 1 :]), *zip(order[start::-1], order[:start][::-1])]  # noqa: B905
    drift = np.zeros((len(angles), 2))
    for known, new in tqdm(pairs, desc="neighbours", delay=2, leave=False, disable=not progress):
        at = np.repeat(drift[[known]], 2, axis=0)
        before, after = straighten(series[[known, new]], at, pixel=pixel, axis_angle=axis_angle)
        factor = np.cos(np.radians(angles[new])) / np.cos(np.radians(angles[known]))
        middle = (after.shape[1] - 1) / 2
        after = affine_transform(after, [1, factor], [0, middle * (1 - factor)], order=3)
        moved = pixel * _moved(after, before) * [factor, 1]
        drift[new] = drift[known] + rotate_shifts(moved, axis_angle)
    return drift


def drift_by_reprojection(series, angles, drift, *, pixel=1.0, axis_angle=0.0, rounds=4, iterations=10,
                          threads=None, progress=True):  # fmt: skip
    """Improve the drift by correlation of the pictures with the projections of the volume made from them.

    Parameters
    ----------
    series, angles
        As for :func:`drift_by_correlation`.
    drift : (n, 2) array_like
        The drift to begin with, right to some pixels.
    pixel, axis_angle
        As for :func:`drift_by_correlation`.
    rounds : int
        How often a volume is made and compared.
    iterations, threads, progress
        As for :func:`~supracrystal.tomography.reconstruction.sirt`, for each volume.

    Returns
    -------
    (n, 2) array
        As for :func:`straighten`.

    Examples
    --------
    >>> from supracrystal.tomography import project_spheres
    >>> angles = np.arange(-70, 71, 10)
    >>> picture = project_spheres([[0, 0]], 6, 1.0, (16, 24))
    >>> wrong = np.zeros((15, 2))
    >>> wrong[3] = [1.5, 0]
    >>> found = drift_by_reprojection([picture] * 15, angles, wrong)
    >>> bool(np.abs(found[3] - found[4]).max() < 0.3)
    True
    """
    series, angles = check_series(series, angles, pixel, None)
    drift = np.array(drift, dtype=float)
    for _ in tqdm(range(rounds), desc="alignment", delay=2, leave=False, disable=not progress):
        aligned = straighten(series, drift, pixel=pixel, axis_angle=axis_angle)
        volume = sirt(aligned, angles, iterations=iterations, threads=threads, progress=False)
        seen = reproject(volume, angles, threads=threads, progress=False)
        moved = [_moved(picture, other) for picture, other in zip(aligned, seen, strict=True)]
        drift += rotate_shifts(pixel * np.array(moved), axis_angle)
    return drift


def tilt_axis(series, drift, *, pixel=1.0, within=10.0, progress=True):
    r"""Find the tilt axis in the pictures, by what is the same in all of them.

    With :math:`F_n(k)` the Fourier transform of a picture along a direction, over its sum, the axis is
    where

    .. math::
        \sum_{n, k} |F_n(k) - \bar F(k)|^2 \Big/ \sum_{n, k} |F_n(k)|^2

    is least, over the 32 lowest harmonics of the picture's height.

    Parameters
    ----------
    series, drift, pixel
        As for :func:`straighten`.
    within : float
        Largest angle that is looked at, in degrees.
    progress : bool
        Whether to show progress in what takes over two seconds.

    Returns
    -------
    float
        Angle in the picture from `v` to the axis, in degrees.

    Raises
    ------
    ValueError
        If the least is at the end of the range.

    Examples
    --------
    >>> import pandas as pd
    >>> from supracrystal.tomography import tilt_series
    >>> three = pd.DataFrame({"x": [0, 9, -7], "y": [-9, 0, 8], "z": [8, -9, 0], "type": ["L", "S", "L"]})
    >>> series = tilt_series(three, range(-70, 71, 10), 1.0, (40, 40), axis_angle=3.0)
    >>> round(tilt_axis(series, drift_by_mass(series)), 1)
    3.0
    """
    series, drift = np.asarray(series, dtype=np.float32), np.asarray(drift, dtype=float)
    series = series / series.sum(axis=(1, 2))[:, None, None]
    v, u = ((np.arange(number) + 0.5 - number / 2) * pixel for number in series.shape[1:])
    k = 2 * np.pi * np.arange(1, min(32, len(v) // 4) + 1) / (len(v) * pixel)

    def differing(degrees):
        cosine, sine = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
        across = np.outer(u, k * sine).astype(np.float32)
        lines = series @ np.cos(across) + 1j * (series @ np.sin(across))
        lines = np.einsum("nvk,vk->nk", lines, np.exp(-1j * np.outer(v, k * cosine)))
        lines *= np.exp(1j * np.outer(drift @ [-sine, cosine], k))
        return np.sum(np.abs(lines - lines.mean(axis=0)) ** 2) / np.sum(np.abs(lines) ** 2)

    grid = np.linspace(-within, within, 2 * int(np.ceil(within)) + 1)
    found = [differing(each) for each in tqdm(grid, "axis", delay=2, leave=False, disable=not progress)]
    best = int(np.argmin(found))
    if best in (0, len(grid) - 1):
        raise InputError(
            f"the tilt axis is not within {within:g} degrees of the columns of the pictures; turn them by 90 "
            "degrees if it runs along the rows"
        )
    return float(minimize_scalar(differing, bounds=grid[[best - 1, best + 1]], method="bounded").x)


def align(series, angles, *, pixel=1.0, whole=True, within=10.0, threads=None, progress=True):
    """Align a tilt series: find drift and tilt axis, and undo both.

    Parameters
    ----------
    series, angles, pixel
        As for :func:`drift_by_correlation`.
    whole : bool
        Whether each picture shows all of one particle, and nothing else: then by the centre of mass, else by
        correlation with the neighbours and then with projections.
    within : float
        As for :func:`tilt_axis`.
    threads, progress
        As for :func:`~supracrystal.tomography.reconstruction.sirt`.

    Returns
    -------
    aligned : (n, rows, columns) array of float32
    drift : (n, 2) array
    axis_angle : float
        What was undone, as for :func:`straighten`.

    Raises
    ------
    ValueError
        As :func:`drift_by_correlation`, :func:`drift_by_mass` and :func:`tilt_axis` do.

    Examples
    --------
    >>> import pandas as pd
    >>> from supracrystal.tomography import tilt_series
    >>> three = pd.DataFrame({"x": [0, 9, -7], "y": [-9, 0, 8], "z": [8, -9, 0], "type": ["L", "S", "L"]})
    >>> angles = np.arange(-70, 71, 10)
    >>> series = tilt_series(three, angles, 1.0, (40, 40), axis_angle=-2.0, drift=[[3.0, 1.0]] * 15)
    >>> aligned, drift, axis_angle = align(series, angles)
    >>> round(axis_angle, 1), bool(np.abs(drift_by_mass(aligned)).max() < 0.01)
    (-2.0, True)
    """
    series, angles = check_series(series, angles, pixel, None)
    if whole:
        drift = drift_by_mass(series, pixel=pixel)
        axis_angle = tilt_axis(series, drift, pixel=pixel, within=within, progress=progress)
    else:
        drift = drift_by_correlation(series, angles, pixel=pixel, progress=progress)
        axis_angle = tilt_axis(series, drift, pixel=pixel, within=within, progress=progress)
        options = {"pixel": pixel, "axis_angle": axis_angle, "progress": progress}
        drift = drift_by_correlation(series, angles, **options)
        drift = drift_by_reprojection(series, angles, drift, threads=threads, **options)
    return straighten(series, drift, pixel=pixel, axis_angle=axis_angle), drift, axis_angle


def _moved(picture, other):
    """Return how far a picture lies from another along u and v, in pixels, to a twentieth."""
    back, *_ = phase_cross_correlation(other, picture, upsample_factor=20, normalization=None)
    return -back[::-1]


def subtract_background(series):
    """Subtract from each picture its background, the median over its rim.

    Parameters
    ----------
    series : (n, rows, columns) array

    Returns
    -------
    (n, rows, columns) array

    Examples
    --------
    >>> subtract_background(np.array([[[5.0, 5, 5], [5, 9, 5], [5, 5, 5]]]))[0, 1].tolist()
    [0.0, 4.0, 0.0]
    """
    inside = np.pad(np.ones(np.array(series.shape[1:]) - 2, dtype=bool), 1)
    return series - np.median(series[:, ~inside], axis=1)[:, None, None]


def rotate_shifts(shifts, axis_angle):
    """Convert shifts across and along the tilt axis to shifts along `u` and `v`.

    Parameters
    ----------
    shifts : (..., 2) array_like
    axis_angle : float
        Angle in the picture from `v` to the tilt axis, in degrees.

    Returns
    -------
    (..., 2) array

    Examples
    --------
    >>> rotate_shifts([1.0, 0.0], 90).round(6).tolist()
    [0.0, 1.0]
    """
    cosine, sine = np.cos(np.radians(axis_angle)), np.sin(np.radians(axis_angle))
    return np.asarray(shifts, dtype=float) @ np.array([[cosine, sine], [-sine, cosine]])


def mask_outliers(series):
    """Replace pixels that are far brighter or darker than all around them, such as hot ones.

    An outlier differs from the median of the 5 x 5 pixels about it by more than five times the range that
    these medians have in its picture. It is replaced by that median.

    Parameters
    ----------
    series : (n, rows, columns) array_like

    Returns
    -------
    masked : (n, rows, columns) array
    outliers : pandas.DataFrame
        ``picture``, ``row`` and ``column`` (from 0), and ``times``, the difference over that range.

    Examples
    --------
    >>> series = np.arange(72.0).reshape(2, 6, 6)
    >>> series[1, 2, 3] = 1e6
    >>> masked, outliers = mask_outliers(series)
    >>> outliers[["picture", "row", "column"]].to_numpy().tolist(), float(masked.max()) < 72
    ([[1, 2, 3]], True)
    """
    series = np.asarray(series)
    masked, rows = np.array(series), []
    for number, picture in enumerate(series):
        smooth = median_filter(picture, 5)
        scale = max(float(np.ptp(smooth)), 1e-30)
        # Differences of numbers near the largest that a pixel can hold would overflow.
        times = np.abs(picture / scale - smooth / scale)
        out = times > OUTLIER
        if out.sum() <= max(3, 0.01 * out.size):
            masked[number][out] = smooth[out]
            rows += [(number, *place, times[tuple(place)]) for place in np.argwhere(out).tolist()]
    return masked, pd.DataFrame(rows, columns=["picture", "row", "column", "times"])
