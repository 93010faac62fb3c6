r"""Height maps as an atomic force microscope records them: levelling, roughness on all scales, the tip.

The roughness is the standard deviation w of the heights above a plane. On areas of the width L it grows as
:math:`L^H` up to a correlation length, with the exponent H of Hurst, and so does the root of the mean square
difference of two heights,

.. math:: G(r) = \langle [h(\mathbf x + \mathbf r) - h(\mathbf x)]^2 \rangle \propto r^{2 H} .

The power spectrum C(q) has all of it, :math:`w^2 = \sum_q C(q) / A` for the area A. A tip of finite radius
records the dilation of the surface by its own shape, turned over (Villarrubia 1997, `villarrubia1997`).

Heights are arrays, in nm, as :func:`numpy.loadtxt` reads them from a text file; programs such as Gwyddion
export all formats of microscopes to it. Left out: noise and drift of the microscope, feedback, soft samples.
"""

import numpy as np
import pandas as pd
from scipy.ndimage import grey_dilation


def _map(height):
    height = np.asarray(height, dtype=float)
    if height.ndim != 2 or not np.isfinite(height).all():
        raise ValueError(f"height has the shape {height.shape}; a map of finite heights is needed")
    return height


def level(height, *, order=1):
    """Subtract from a map the polynomial that fits it best.

    Parameters
    ----------
    height : (n, m) array
    order : int
        Of the polynomial in both directions together: 0 the mean, 1 a plane, 2 a bow as well.

    Returns
    -------
    (n, m) array

    Examples
    --------
    >>> bool(np.allclose(level(np.add.outer(np.arange(9.0), 3 * np.arange(7.0))), 0))
    True
    """
    height = _map(height)
    y, x = (np.linspace(-1, 1, n) if n > 1 else np.zeros(1) for n in height.shape)
    terms = [np.outer(y**i, x**j).ravel() for i in range(order + 1) for j in range(order + 1 - i)]
    design = np.stack(terms, axis=1)
    fit = np.linalg.lstsq(design, height.ravel(), rcond=None)[0]
    return height - (design @ fit).reshape(height.shape)


def roughness(height, *, order=1):
    """Return the standard deviation of the heights above the polynomial that fits best.

    Parameters
    ----------
    height : (n, m) array
    order : int
        See :func:`level`.

    Returns
    -------
    float
        In the unit of the heights.

    Examples
    --------
    >>> print(roughness([[0.0, 2.0], [2.0, 0.0]]))
    1.0
    """
    return float(level(height, order=order).std())


def roughness_by_width(height, widths, *, order=1):
    """Roughness within square areas, on average over a map.

    Parameters
    ----------
    height : (n, m) array
    widths : sequence of int
        Of the areas, in pixels, which are laid side by side.
    order : int
        Each area is levelled by itself; see :func:`level`.

    Returns
    -------
    Series
        Root of the mean square, indexed by width.

    Examples
    --------
    >>> roughness_by_width(np.add.outer(np.arange(8.0), np.zeros(8)), [4, 8]).round(9).tolist()
    [0.0, 0.0]
    """
    height, found = _map(height), {}
    for width in widths:
        rows, columns = (n // width for n in height.shape)
        if not (rows and columns and width > 1):
            raise ValueError(f"a width of {width} pixels is not from 2 to {min(height.shape)}, the map's")
        parts = height[: rows * width, : columns * width].reshape(rows, width, columns, width).swapaxes(1, 2)
        squares = [roughness(part, order=order) ** 2 for part in parts.reshape(-1, width, width)]
        found[width] = float(np.sqrt(np.mean(squares)))
    return pd.Series(found, name="roughness").rename_axis("width")


def height_differences(height, lags):
    """Mean square difference of heights along both axes.

    Parameters
    ----------
    height : (n, m) array
    lags : sequence of int
        Distances in pixels.

    Returns
    -------
    Series
        G(r), indexed by lag.

    Examples
    --------
    >>> height_differences(np.tile([0.0, 1.0], (4, 4)), [1, 2]).tolist()
    [0.5, 0.0]
    """
    height = _map(height)
    values = []
    for lag in lags:
        if not 0 < lag < min(height.shape):
            raise ValueError(f"a lag of {lag} pixels is not from 1 to {min(height.shape) - 1}")
        along = [
            np.mean((height[lag:] - height[:-lag]) ** 2),
            np.mean((height[:, lag:] - height[:, :-lag]) ** 2),
        ]
        values.append(float(np.mean(along)))
    return pd.Series(values, index=pd.Index(lags, name="lag"), name="G")


def hurst(differences):
    """Return the exponent of Hurst, half the slope of log G(r) against log r.

    Parameters
    ----------
    differences : Series
        Of :func:`height_differences`, in a range of lags in which the surface has no scale.

    Returns
    -------
    float

    Examples
    --------
    >>> print(round(hurst(pd.Series([1.0, 2.0, 4.0], index=[1, 2, 4])), 3))
    0.5
    """
    return float(np.polyfit(np.log(differences.index), np.log(differences), 1)[0] / 2)


def power_spectrum(height, pixel, *, window=True, bins=40):
    """Power spectrum of a map, averaged over directions.

    Parameters
    ----------
    height : (n, m) array
    pixel : float
        In nm.
    window : bool
        Damp the edges (Hann), for a map that is not periodic. The spectrum keeps its scale.
    bins : int
        Of the logarithm of q.

    Returns
    -------
    DataFrame
        Indexed by q in 1/nm: ``power`` C in nm⁴ for heights in nm, and the number of ``waves`` in the bin.
        Bins without waves are left out. The sum of power times waves over the area is w².

    Examples
    --------
    >>> table = power_spectrum(np.random.default_rng(0).standard_normal((64, 64)), 1.0, window=False)
    >>> print((table.power @ table.waves / 64**2).round(1))
    1.0
    """
    height = _map(height)
    height = height - height.mean()
    if window:
        damp = np.outer(*(np.hanning(n + 2)[1:-1] for n in height.shape))
        height = height * damp / np.sqrt(np.mean(damp**2))
    power = np.abs(np.fft.fft2(height)) ** 2 * pixel**2 / height.size
    q = 2 * np.pi * np.hypot.outer(*(np.fft.fftfreq(n, pixel) for n in height.shape))
    edges = np.geomspace(q[q > 0].min() * 0.999, q.max() * 1.001, bins + 1)
    slot = np.digitize(q.ravel(), edges)
    waves, total, mean = (
        np.bincount(slot, each, bins + 2)[1:-1] for each in (None, power.ravel(), q.ravel())
    )
    kept = waves > 0
    table = pd.DataFrame({"power": total[kept] / waves[kept], "waves": waves[kept]})
    return table.set_index(pd.Index(mean[kept] / waves[kept], name="q"))


def tip_image(height, pixel, radius):
    r"""Map that a round tip records.

    .. math:: i(\mathbf x) = \max_\mathbf u \, [ h(\mathbf x + \mathbf u) - t(\mathbf u) ] , \qquad
        t(u) = R - \sqrt{R^2 - u^2}

    Parameters
    ----------
    height : (n, m) array
        In nm.
    pixel : float
        In nm.
    radius : float
        Of the tip, R, in nm. Above its half sphere the tip is taken as a cylinder.

    Returns
    -------
    (n, m) array

    Notes
    -----
    Source: Villarrubia (1997) (`villarrubia1997`).

    Examples
    --------
    >>> spike = np.zeros((5, 5))
    >>> spike[2, 2] = 3.0
    >>> tip_image(spike, 1.0, 2.0)[2].round(2).tolist()
    [1.0, 2.73, 3.0, 2.73, 1.0]
    """
    if not (pixel > 0 and radius > 0):
        raise ValueError(f"pixel is {pixel} and radius {radius} nm; both must be positive")
    u = np.arange(-int(radius / pixel), int(radius / pixel) + 1) * pixel
    u2 = u[:, None] ** 2 + u**2
    shape = np.where(u2 <= radius**2 * (1 + 1e-12), np.sqrt(np.maximum(radius**2 - u2, 0)) - radius, -np.inf)
    return grey_dilation(_map(height), footprint=np.isfinite(shape), structure=shape, mode="nearest")
