r"""Fit spheres of known sizes to the pictures of a tilt series.

All spheres together are the model of all pictures; places, powers and, if asked for, the drift of each
picture are those of least squares,

.. math::
    \min_{\mathbf r_i, \, w_i \geq 0} \sum_\theta \sum_{uv} \Big[ I_\theta(u, v) - b_\theta -
    \sum_i w_i \, f_{R_i}\big(u - u_i(\theta), v - v_i(\theta)\big) \Big]^2 ,

with the footprint f of a sphere, smoothed by probe and pixel. No volume is in between, so that neither its
voxels nor the missing wedge blur the result; the wedge makes only the error along the beam larger, by
:math:`\sqrt{\langle\cos^2\theta\rangle / \langle\sin^2\theta\rangle}` for a sphere by itself.

The idea that known shapes replace what pictures do not tell is that of Zanaga et al. (2016, `zanaga2016`).
Left out: the weighting of pixels by their noise.
"""

import numpy as np
from tqdm import tqdm

from supracrystal.tomography.footprint import footprints, profile
from supracrystal.tomography.least_squares import normal_equations, row_sums, solve
from supracrystal.tomography.projection import CORES, positions_in_projection

RADII = {name: diameter / 2 for name, diameter in CORES.items()}
"""Radius of the core of each type in nm."""


def refine(series, angles, pixel, particles, *, radii=None, blur=0.0, steps=6, align=False, shifts=None,
           progress=True):  # fmt: skip
    r"""Fit places and scattering powers of spheres to all pictures at once.

    Each step solves the normal equations of Gauss and Newton for the changes of place and power of all
    spheres together, by conjugate gradients with the (4, 4) block of each sphere as preconditioner, after
    Levenberg and Marquardt damped by a share of their diagonal; a step that makes the fit worse is taken back
    and damped more. Powers are kept from being negative. The background of a picture is the mean of what no
    sphere reaches. Memory: 16 bytes for each
    pixel that each sphere reaches in each picture, 0.9 GB for 10,002 spheres in 76 pictures of 1 nm pixels.

    Parameters
    ----------
    series : (n, rows, columns) array
        Pictures, the thickness of what scatters, in nm.
    angles : (n,) array_like
        Tilts in degrees.
    pixel : float
        In nm.
    particles : pandas.DataFrame
        ``x``, ``y`` and ``z`` in nm and ``type``, a key of `radii`; ``weight`` if known.
    radii : dict, optional
        Radius in nm of each type. Default: the cores of the paper.
    blur : float
        Standard deviation of the probe in nm.
    steps : int
        Steps of Gauss and Newton, after one for the powers alone if these are not known.
    align : bool
        Fit also how far each picture has moved.
    shifts : (n, 2) array, optional
        How far, in nm, as far as it is known.
    progress : bool
        Show progress.

    Returns
    -------
    particles : pandas.DataFrame
        ``x``, ``y``, ``z``, ``type``, ``weight`` (scattering power, 1 for PbSe if the pictures are in nm of
        PbSe) and ``intensity`` (that times the volume), row by row as given, with all other columns.
    residual : (n, rows, columns) array of float32
        Pictures less the model.
    shifts : (n, 2) array
        How far each picture has moved along `u` and `v`, in nm; zeros if not asked for. What moves all
        spheres in space instead is not told apart, and counts as that.

    Raises
    ------
    ValueError
        For a series that does not fit its angles, no particles, other types, and lengths out of range.

    Notes
    -----
    Source: Zanaga et al. (2016) (`zanaga2016`) for the idea, see the module for what differs.

    Examples
    --------
    >>> import pandas as pd
    >>> from supracrystal.tomography import tilt_series
    >>> one = pd.DataFrame({"x": [1.0], "y": [2.0], "z": [-1.5], "type": ["L"]})
    >>> angles = range(-60, 61, 20)
    >>> series = tilt_series(one, angles, 0.8, (20, 20))
    >>> found, _, _ = refine(series, angles, 0.8, one.assign(x=0.0, y=1.5, z=0.0))
    >>> found[["x", "y", "z", "weight"]].round(1).values.tolist()
    [[1.0, 2.0, -1.5, 1.0]]
    """
    series, angles, radii = _checked(series, angles, pixel, radii, blur)
    kind = _kinds(particles, radii)
    profiles = [profile(radius, np.hypot(blur, pixel / 12**0.5)) for radius in radii.values()]
    fresh = "weight" not in particles
    fit = {
        "place": particles[["x", "y", "z"]].to_numpy(dtype=float),
        "weight": np.zeros(len(kind)) if fresh else particles["weight"].to_numpy(dtype=float),
        "shift": np.zeros((len(angles), 2)) if shifts is None else np.asarray(shifts, dtype=float),
    }
    limit, damping, best, least = 0.25 * min(radii.values()), 1e-2, fit, np.inf
    bar = tqdm(range(steps + fresh + 1), desc="refining spheres", delay=2, leave=False, disable=not progress)
    for step in bar:
        normal = None  # only one of these large things at a time
        normal = normal_equations(series, angles, pixel, fit, kind, profiles)
        if normal["cost"] <= least:
            best, least, damping = fit, normal["cost"], max(damping / 3, 1e-3)
        else:
            fit, damping, normal = best, 8 * damping, None
            normal = normal_equations(series, angles, pixel, fit, kind, profiles)
        bar.set_postfix(residual=f"{(normal['cost'] / series.size) ** 0.5:.3g}", refresh=False)
        if step == steps + fresh:
            break
        first = fresh and step == 0
        change = solve(normal, fit["weight"], damping, 30 if first else 12, first)
        long = np.linalg.norm(change[:, :3], axis=1, keepdims=True)
        move = change[:, :3] * np.minimum(1, limit / np.maximum(long, 1e-12))
        shift = fit["shift"] + (_drift(normal, fit["weight"], angles) if align and not first else 0)
        weight = np.maximum(fit["weight"] + change[:, 3], 0)
        fit = {"place": fit["place"] + move, "weight": weight, "shift": shift}
    found = particles.assign(**dict(zip("xyz", fit["place"].T, strict=True)))
    return _with_power(found, kind, fit["weight"], radii), normal["residual"], fit["shift"]


def sizes(residual, angles, pixel, particles, *, radii=None, blur=0.0, shifts=None, powers=None):
    r"""Give each sphere the size with which it, by itself, leaves the smallest sum of squares.

    With the sphere's own model added to what is left over, :math:`d_i`, that is the greatest of
    :math:`\langle f_R, d_i \rangle^2 / \langle f_R, f_R \rangle`, and :math:`\langle f_R, d_i \rangle /
    \langle f_R, f_R \rangle` is its scattering power. With the powers :math:`w_R` of the types known, it is
    the greatest of :math:`2 w_R \langle f_R, d_i \rangle - w_R^2 \langle f_R, f_R \rangle`, which does not
    take a faint small sphere for a fainter large one.

    Parameters
    ----------
    residual : (n, rows, columns) array
        As :func:`refine` returns it.
    angles, pixel
        As in :func:`refine`.
    particles : pandas.DataFrame
        As :func:`refine` returns them.
    radii, blur, shifts
        As in :func:`refine`.
    powers : dict, optional
        Scattering power of each type.

    Returns
    -------
    pandas.DataFrame
        The particles with ``type``, ``weight`` and ``intensity`` of those whose size changes.

    Examples
    --------
    >>> import pandas as pd
    >>> from supracrystal.tomography import tilt_series
    >>> one = pd.DataFrame({"x": [1.0], "y": [2.0], "z": [-1.5], "type": ["L"]})
    >>> angles = range(-60, 61, 20)
    >>> series = tilt_series(one, angles, 0.8, (20, 20))
    >>> found, residual, _ = refine(series, angles, 0.8, one.assign(type="S"))
    >>> sizes(residual, angles, 0.8, found)["type"].tolist()
    ['L']
    """
    residual, angles, radii = _checked(residual, angles, pixel, radii, blur)
    kind, weight = _kinds(particles, radii), particles["weight"].to_numpy()
    place, sigma = particles[["x", "y", "z"]].to_numpy(), np.hypot(blur, pixel / 12**0.5)
    profiles = [profile(radius, sigma, max(radii.values()) + 3 * sigma) for radius in radii.values()]
    overlap, square = np.zeros((2, len(radii), len(kind)))
    for k, angle in enumerate(angles):
        where = positions_in_projection(place, angle, (0, 0) if shifts is None else shifts[k])
        values = [
            footprints(where, np.full(len(kind), j), profiles, pixel, residual.shape[1:])[0]
            for j in range(len(radii))
        ]
        own = np.choose(np.repeat(kind, np.diff(values[0].indptr)), [value.data for value in values])
        for j, value in enumerate(values):
            overlap[j] += value @ residual[k].ravel() + weight * row_sums(value, value.data * own)
            square[j] += row_sums(value, value.data**2)
    square = np.maximum(square, 1e-30)
    typical = (
        np.maximum(overlap, 0) / square if powers is None else np.array([[powers[name]] for name in radii])
    )
    best = (2 * typical * overlap - typical**2 * square).argmax(axis=0)
    power = np.maximum(np.take_along_axis(overlap / square, best[None], axis=0)[0], 0)
    return _with_power(particles, best, np.where(best == kind, weight, power), radii)


def _with_power(particles, kind, weight, radii):
    """Return particles with types, scattering powers and intensities."""
    volume = 4 / 3 * np.pi * np.array([*radii.values()])[kind] ** 3
    return particles.assign(type=np.array([*radii])[kind], weight=weight, intensity=weight * volume)


def _drift(normal, weight, angles):
    """Return how far each picture still has to move, less what a move of all spheres in space explains."""
    drift = np.empty((len(angles), 2))
    for k, (parts, _) in enumerate(normal["jacobian"]):
        slope = np.stack([part.T @ weight.astype(np.float32) for part in parts[1:]])
        drift[k] = np.linalg.solve(slope @ slope.T, slope @ normal["residual"][k].ravel())
    rigid = np.column_stack([positions_in_projection(np.eye(3), angle).T.ravel() for angle in angles])
    rigid = rigid.reshape(2, 3, -1).transpose(2, 0, 1).reshape(-1, 3)
    return drift - (rigid @ np.linalg.lstsq(rigid, drift.ravel(), rcond=None)[0]).reshape(-1, 2)


def _kinds(particles, radii):
    """Return which of the radii each particle has."""
    if missing := {"x", "y", "z", "type"} - set(particles.columns):
        raise ValueError(f"particles have no column {', '.join(sorted(missing))}")
    if not len(particles):
        raise ValueError("there are no particles to fit")
    if strange := set(particles["type"]) - set(radii):
        raise ValueError(f"particles of type {sorted(map(str, strange))}; there are radii of {sorted(radii)}")
    return particles["type"].map({name: i for i, name in enumerate(radii)}).to_numpy(dtype=int)


def _checked(series, angles, pixel, radii, blur):
    """Return the series, its tilts and the radii, after all that was given has been looked at.

    Parameters
    ----------
    series, angles, pixel, radii, blur
        As in :func:`refine`.

    Returns
    -------
    series, angles : array
    radii : dict

    Raises
    ------
    ValueError
        For a series that does not fit its angles, and lengths out of range.
    """
    series, angles = np.asarray(series, dtype=np.float32), np.asarray(angles, dtype=float)
    if series.ndim != 3 or len(series) != len(angles) or not np.isfinite(series).all():
        raise ValueError(
            f"the series has the shape {series.shape}, or is not finite; there are {len(angles)} tilts, and "
            "(n, rows, columns) is needed"
        )
    radii = dict(RADII if radii is None else radii)
    for name, value in (("pixel", pixel), *radii.items()):
        if not 0 < value < np.inf:
            raise ValueError(f"the length {name!r} is {value!r}; a positive number is needed")
    if not 0 <= blur < np.inf:
        raise ValueError(f"blur is {blur!r}; 0 or a positive number is needed")
    return series, angles, radii
