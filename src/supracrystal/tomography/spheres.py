r"""Find spheres of known sizes in a tilt series.

A volume from a tilt series is blurred by the missing wedge and by noise, and close-packed spheres run into
one another. Sparse sphere reconstruction (Zanaga et al. 2016, `zanaga2016`), by which Wang et al. (2021,
`wang2021`) had the coordinates of up to 10,000 nanocrystals, uses what is known: all is spheres of known
size. In its spirit, and with the projections as the judge,

1. :func:`candidates` are maxima of a matched filter of the volume, at least a distance apart;
2. :func:`refine` fits places and scattering powers of all spheres at once
   to all pictures, and :func:`sizes` their sizes;
3. :func:`find_spheres` alternates with this the removal of spheres of little power and the insertion of those
   that the difference between pictures and model still holds; if asked for, also of those that noise alone
   could have made.

The published method differs: the one known size shapes a reconstruction on the grid of the volume, and the
spheres are read from that. Left out: spheres that are not round or not of one of the sizes.
"""

import functools

import numpy as np
import pandas as pd
from scipy.fft import fftfreq, irfftn, rfftfreq, rfftn
from scipy.ndimage import maximum_filter
from scipy.sparse import csr_array
from scipy.spatial import cKDTree
from scipy.special import j0, j1, spherical_jn
from scipy.stats import norm
from tqdm import tqdm

from supracrystal import InputError
from supracrystal.tomography.projection import CORES, positions_in_projection
from supracrystal.tomography.reconstruction import backproject, sirt

RADII = {name: diameter / 2 for name, diameter in CORES.items()}
"""Radius of the core of each type in nm."""
NOTHING = "no sphere is stronger than chance would make one: the pictures are too noisy, or hold none"
SEPARATION = 7.7
"""Distance of two small spheres in contact in nm (Wang et al. 2021, Methods)."""
BINS = 1024


def matched_filter(volume, pixel, radius):
    r"""Correlate a volume with a ball from which the shell around it is subtracted.

    In Fourier space, with the mean over a ball :math:`B_R(k) = 3 j_1(kR) / (kR)`,

    .. math::
        \hat V(k) \, \frac{q^3}{q^3 - 1} \left[ B_R(k) - B_{qR}(k) \right] , \qquad q = 1.5 ,

    the mean grey value in the ball less that in the shell from R to qR.

    Parameters
    ----------
    volume : (nz, ny, nx) array
    pixel, radius : float
        Width of a voxel and radius of the ball, in nm.

    Returns
    -------
    (nz, ny, nx) array of float32

    Examples
    --------
    >>> volume = np.full((16, 16, 16), 7.0)
    >>> bool(np.allclose(matched_filter(volume, 1.0, 2.6), 0, atol=1e-5))
    True
    """
    shape = tuple(n + int(np.ceil(3 * radius / pixel)) for n in volume.shape)
    k0, k1, k2 = (
        2 * np.pi * frequency(n, pixel)
        for n, frequency in zip(shape, (fftfreq, fftfreq, rfftfreq), strict=True)
    )
    ratio = 1.5**3 / (1.5**3 - 1)
    volume = np.asarray(volume, dtype=np.float32)
    padded = np.pad(volume, [(0, m - n) for m, n in zip(shape, volume.shape, strict=True)], mode="edge")
    found = rfftn(padded, overwrite_x=True)
    for plane, across in zip(found, k0, strict=True):  # one after the other, to save memory
        k = np.sqrt(across**2 + k1[:, None] ** 2 + k2**2)
        plane *= ratio * (_ball(k * radius) - _ball(k * 1.5 * radius)).astype(np.float32)
    return irfftn(found, shape, overwrite_x=True)[tuple(slice(n) for n in volume.shape)]


def _ball(x):
    x = np.maximum(x, 1e-6)
    return 3 * spherical_jn(1, x) / x


def candidates(volume, pixel, *, radius=RADII["S"], separation=0.8 * SEPARATION, least=None):
    """Return the maxima of the matched filter of a volume that are no closer than a distance.

    Of two closer ones the stronger stays. Places are refined within the voxel by a parabola along each axis.

    Parameters
    ----------
    volume : (nz, ny, nx) array
        Middle at the origin, voxels as wide as `pixel`.
    pixel : float
        In nm.
    radius : float
        Radius of the ball of the filter in nm; that of the smaller species, as in the paper.
    separation : float
        In nm. Less than the distance of spheres in contact, since places are not exact yet.
    least : float, optional
        Response that counts. Default: a fifth of the 90th percentile of those above a tenth of the greatest.

    Returns
    -------
    pandas.DataFrame
        ``x``, ``y``, ``z`` in nm and ``response``, the strongest first.

    Notes
    -----
    Source: Wang et al. (2021), Methods, "Tomographic reconstruction" (`wang2021`).

    Examples
    --------
    >>> axis = np.arange(24) - 11.5
    >>> z, y, x = np.meshgrid(axis, axis, axis, indexing="ij")
    >>> volume = ((x - 2) ** 2 + y**2 + (z + 1) ** 2 < 3**2).astype(float)
    >>> candidates(volume, 1.0).round(1)[["x", "y", "z"]].values.tolist()
    [[2.0, 0.0, -1.0]]
    """
    response = matched_filter(volume, pixel, radius)
    wide = max(3, 2 * int(separation / 4 / pixel) + 1)
    top = (response == maximum_filter(response, size=wide)) & (response > 0)
    if least is None:
        strong = response[top & (response > 0.1 * response.max())]
        least = 0.2 * np.quantile(strong, 0.9) if len(strong) else 0
    index = np.argwhere(top & (response > least))
    strength = response[tuple(index.T)]
    order = np.argsort(-strength, kind="stable")
    index, strength = index[order], strength[order]
    place = index + _within_voxel(response, index)
    xyz = ((place - (np.array(volume.shape) - 1) / 2) * pixel)[:, ::-1]
    keep = _apart(xyz, separation)
    return pd.DataFrame(xyz[keep], columns=["x", "y", "z"]).assign(response=strength[keep])


def _within_voxel(response, index):
    """Offset of the top of a parabola through a voxel and its neighbours, along each axis."""
    offset = np.zeros(index.shape)
    for axis in range(3):
        step = np.eye(3, dtype=int)[axis]
        low, here, high = (
            response[tuple(np.clip(index + by * step, 0, np.array(response.shape) - 1).T)].astype(float)
            for by in (-1, 0, 1)
        )
        curvature = low - 2 * here + high
        offset[:, axis] = np.where(curvature < 0, (low - high) / (2 * np.minimum(curvature, -1e-30)), 0)
    return np.clip(offset, -0.5, 0.5)


def _apart(places, separation):
    """Say which points stay if, in their order, each removes those after it that are too close."""
    keep = np.ones(len(places), dtype=bool)
    if len(places):
        pairs = cKDTree(places).query_pairs(separation, output_type="ndarray")
        for first, second in pairs[np.lexsort(pairs.T[::-1])]:
            if keep[first]:
                keep[second] = False
    return keep


def find_spheres(series, angles, pixel, *, volume=None, radii=None, separation=SEPARATION, blur=0.0,
                 least=0.4, rounds=6, align=False, chance=None, threads=None,
                 progress=True):  # fmt: skip
    """Find all spheres of a tilt series: candidates, then rounds of fitting, sizing, removing and inserting.

    All begin as the smallest type, as in the paper; from the third round on, a type has the median of its
    powers. A round ends with the removal of spheres whose intensity is less than a share of the median of the
    fainter type, of the fainter of two that are closer than 0.7 of the distance of contact, and of those that
    have left the volume, and with the insertion of maxima of the back-projected residual, where they are as
    strong and as far from all others. The rounds end when nothing changes.

    Parameters
    ----------
    series, angles, pixel
        As in :func:`refine`.
    volume : (nz, ny, nx) array, optional
        Reconstruction of the series. Default: by :func:`~supracrystal.tomography.reconstruction.sirt`.
    radii : dict, optional
        As in :func:`refine`.
    separation : float
        Distance in nm of the smallest spheres in contact.
    blur : float
        Standard deviation of the probe in nm.
    least : float
        Share of the median intensity of the fainter type that makes a sphere.
    rounds : int
        The most rounds.
    align : bool
        Fit also how far each picture has moved; the volume should have been made of pictures that are nearly
        in place.
    chance : float, optional
        How many spheres noise may be expected to make. Those whose
        :func:`~supracrystal.tomography.spheres.significance` so many maxima of noise would reach, if the
        volume had a place for each core that it could hold, are removed. Default: none are.
    threads : int, optional
        As for :func:`~supracrystal.tomography.reconstruction.sirt`.
    progress : bool
        Show progress.

    Returns
    -------
    particles : pandas.DataFrame
        As :func:`refine` returns them, with ``round``, that in which each
        was inserted (0: by the volume), and ``significance``.
    residual : (n, rows, columns) array of float32
    shifts : (n, 2) array
        As :func:`refine` returns them.

    Raises
    ------
    ValueError
        If the volume holds no maximum that could be a sphere, or all could be chance, and as in
        :func:`refine`.

    Notes
    -----
    Source: Zanaga et al. (2016) (`zanaga2016`) for the idea, see the module for what differs.

    Examples
    --------
    >>> from supracrystal.tomography import tilt_series
    >>> pair = pd.DataFrame({"x": [-4.0, 4.8], "y": [0.0, 1.0], "z": [2.0, 1.0], "type": ["L", "S"]})
    >>> angles = range(-70, 71, 10)
    >>> series = tilt_series(pair, angles, 0.8, (24, 32))
    >>> find_spheres(series, angles, 0.8)[0][["x", "y", "z", "type"]].round(1).values.tolist()
    [[-4.0, 0.0, 2.0, 'L'], [4.8, 1.0, 1.0, 'S']]
    """
    series, angles, radii = _checked(series, angles, pixel, radii, blur)
    if volume is None:
        volume = sirt(series, angles, pixel=pixel, threads=threads, progress=progress)
    smallest = min(radii, key=radii.get)
    filtered = {"radius": radii[smallest], "separation": 0.8 * separation}
    found = candidates(volume, pixel, **filtered)
    if not len(found):
        raise InputError("no maximum of the volume could be a sphere")
    found = found[["x", "y", "z"]].assign(type=smallest, round=0)
    options = {"radii": radii, "blur": blur, "align": align, "progress": progress}
    places = np.size(volume) * pixel**3 / (4 / 3 * np.pi * radii[smallest] ** 3)
    beyond = -np.inf if chance is None else norm.isf(min(0.5, chance / places))
    shifts, extent = np.zeros((len(angles), 2)), np.array(np.shape(volume))[::-1] * pixel / 2
    for turn in range(1, rounds + 1):
        before = found["type"].to_numpy()
        found, residual, shifts = refine(series, angles, pixel, found, shifts=shifts, steps=3, **options)
        seen = significance(residual, angles, pixel, found, radii=radii, blur=blur, shifts=shifts)
        powers = found.groupby("type")["weight"].median().to_dict()
        powers = powers if turn > 2 and len(powers) == len(radii) else None
        found = sizes(residual, angles, pixel, found, radii=radii, blur=blur, shifts=shifts, powers=powers)
        changed = (found["type"].to_numpy() != before).any()
        kept = found[seen > beyond]
        if not len(kept):
            raise InputError(NOTHING)
        kept = kept[_real(kept, separation, least, extent)]
        typical = kept.groupby("type")["weight"].median().min()
        hole = backproject(residual, angles, pixel=pixel, threads=threads, progress=progress)
        hole = candidates(hole, pixel, **filtered, least=least * typical)
        hole = hole[: len(hole) * (chance is None or turn < rounds)]
        if len(hole):
            distance, _ = cKDTree(kept[["x", "y", "z"]]).query(hole[["x", "y", "z"]])
            hole = hole[distance > 0.7 * separation]
        if not (changed or len(hole) or len(kept) < len(found)):
            break
        new = hole[["x", "y", "z"]].assign(type=smallest, weight=typical, round=turn)
        found = pd.concat([kept, new], ignore_index=True)
    found, residual, shifts = refine(series, angles, pixel, found, shifts=shifts, steps=3, **options)
    found["significance"] = significance(
        residual, angles, pixel, found, radii=radii, blur=blur, shifts=shifts
    )
    found = found[found["significance"] > beyond]
    if not len(found):
        raise InputError(NOTHING)
    return found[_real(found, separation, least, extent)].reset_index(drop=True), residual, shifts


def _real(particles, separation, least, extent):
    """Say which particles are intense enough, in the volume, and not too close to a stronger one."""
    typical = particles.groupby("type")["intensity"].median().min()
    order = np.argsort(-particles["intensity"].to_numpy(), kind="stable")
    apart = np.empty(len(particles), dtype=bool)
    apart[order] = _apart(particles[["x", "y", "z"]].to_numpy()[order], 0.7 * separation)
    apart &= (np.abs(particles[["x", "y", "z"]].to_numpy()) < extent).all(axis=1)
    return apart & (particles["intensity"] > least * typical).to_numpy()


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
        raise InputError(f"particles have no column {', '.join(sorted(missing))}")
    if not len(particles):
        raise InputError("there are no particles to fit")
    if strange := set(particles["type"]) - set(radii):
        raise InputError(f"particles of type {sorted(map(str, strange))}; there are radii of {sorted(radii)}")
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
        raise InputError(
            f"the series has the shape {series.shape}, or is not finite; there are {len(angles)} tilts, and "
            "(n, rows, columns) is needed"
        )
    radii = dict(RADII if radii is None else radii)
    for name, value in (("pixel", pixel), *radii.items()):
        if not 0 < value < np.inf:
            raise InputError(f"the length {name!r} is {value!r}; a positive number is needed")
    if not 0 <= blur < np.inf:
        raise InputError(f"blur is {blur!r}; 0 or a positive number is needed")
    return series, angles, radii


def unexplained(series, residual, lag=2):
    r"""Return the share of each picture that the spheres leave, white noise left out.

    .. math::
        \sqrt{\langle d(\mathbf u)\, d(\mathbf u + \mathbf l) \rangle / \langle I^2 \rangle}

    with the residual `d` at places that are `lag` pixels apart along either axis, and the picture `I`. Noise
    that differs from pixel to pixel has no such correlation; what has the size of spheres has.

    Parameters
    ----------
    series, residual : (n, rows, columns) array
        As given to, and returned by, :func:`refine`.
    lag : int
        In pixels; less than the radius of a core.

    Returns
    -------
    (n,) array

    Examples
    --------
    >>> series = np.zeros((1, 32, 32))
    >>> series[0, 8:24, 8:24] = 1.0
    >>> noise = np.random.default_rng(0).normal(scale=0.5, size=series.shape)
    >>> unexplained(series, series).round(1).tolist(), bool(unexplained(series, noise) < 0.2)
    ([1.0], True)
    """
    shifted = [(residual[:, lag:], residual[:, :-lag]), (residual[..., lag:], residual[..., :-lag])]
    common = np.mean([np.mean(one * other, axis=(1, 2)) for one, other in shifted], axis=0)
    return np.sqrt(np.maximum(common, 0) / np.maximum(np.mean(series**2, axis=(1, 2)), 1e-30))


def axis_turn(residual, angles, pixel, particles, *, radii=None, blur=0.0, shifts=None):
    r"""Return by how much the tilt axis of the pictures still lies beside their columns.

    A turn :math:`\varphi` moves a sphere in its pictures by :math:`\varphi (-v, u)`. Part of that the fit has
    made up for by moving the sphere in space. The rest, what neither :math:`\cos\theta` and
    :math:`\sin\theta` along `u` nor a constant along `v` describe, is fitted to the residual, with places
    from their mean:

    .. math::
        \tilde u_i = -y_i \, r(\theta) , \qquad
        \tilde v_i = x_i (\cos\theta - \overline{\cos\theta}) + z_i (\sin\theta - \overline{\sin\theta}) ,

    with `r` the residual of 1 on the cosine and the sine of the tilts. Spheres that overlap make up for
    somewhat more, so that some tenth of the turn is missed; straighten the pictures by it and fit again.

    Parameters
    ----------
    residual, angles, pixel, particles
        As in :func:`sizes`, from places that have come to rest.
    radii, blur, shifts
        As in :func:`refine`.

    Returns
    -------
    float
        In degrees, to be added to the angle by which the pictures were straightened.

    Examples
    --------
    >>> import pandas as pd
    >>> from supracrystal.tomography import tilt_series
    >>> from supracrystal.tomography import refine
    >>> three = pd.DataFrame({"x": [-8.0, 8, 0], "y": [-9.0, 0, 9], "z": [0.0, 9, -9]}).assign(type="L")
    >>> angles = range(-70, 71, 10)
    >>> series = tilt_series(three, angles, 0.8, (40, 40), axis_angle=1.0)
    >>> found, residual, _ = refine(series, angles, 0.8, three)
    >>> round(axis_turn(residual, angles, 0.8, found), 1)
    1.0
    """
    residual, angles, radii = _checked(residual, angles, pixel, radii, blur)
    kind, weight = _kinds(particles, radii), particles["weight"].to_numpy()
    profiles = [profile(radius, np.hypot(blur, pixel / 12**0.5)) for radius in radii.values()]
    place, theta = particles[["x", "y", "z"]].to_numpy(), np.radians(angles)
    both = np.column_stack([np.cos(theta), np.sin(theta)])
    across = 1 - both @ np.linalg.lstsq(both, np.ones(len(theta)), rcond=None)[0]
    along = both - both.mean(axis=0)
    arm = place - np.average(place, axis=0, weights=weight)  # the drift makes up for the mean
    product = square = 0.0
    for k, angle in enumerate(angles):
        where = positions_in_projection(place, angle, (0, 0) if shifts is None else shifts[k])
        _, by_u, by_v = footprints(where, kind, profiles, pixel, residual.shape[1:])
        slope = by_v.T @ (weight * (arm[:, ::2] @ along[k])) - by_u.T @ (weight * arm[:, 1] * across[k])
        product += slope @ residual[k].ravel()
        square += slope @ slope
    return float(np.degrees(product / square))


def significance(residual, angles, pixel, particles, *, radii=None, blur=0.0, shifts=None):
    r"""Return by how many standard deviations the scattering power of each sphere exceeds zero.

    .. math::
        z_i = \frac{w_i \sum f_i^2}{\sqrt{\sum f_i^2 d^2}} ,

    with the residual `d` in place of the noise, which need not be the same in all pixels (White 1980,
    `white1980`). All other spheres are taken to be as they are.

    Parameters
    ----------
    residual, angles, pixel, particles
        As in :func:`sizes`.
    radii, blur, shifts
        As in :func:`refine`.

    Returns
    -------
    (n,) array

    Notes
    -----
    Source: White (1980) (`white1980`).

    Examples
    --------
    >>> import pandas as pd
    >>> one = pd.DataFrame({"x": [0.0], "y": [0.0], "z": [0.0], "type": ["L"], "weight": [0.01]})
    >>> noise = np.random.default_rng(0).normal(size=(15, 20, 20))
    >>> significance(noise, range(-70, 71, 10), 1.0, one).round(1).tolist()
    [1.4]
    """
    residual, angles, radii = _checked(residual, angles, pixel, radii, blur)
    kind, place = _kinds(particles, radii), particles[["x", "y", "z"]].to_numpy()
    profiles = [profile(radius, np.hypot(blur, pixel / 12**0.5)) for radius in radii.values()]
    square, variance = np.zeros((2, len(kind)))
    for k, angle in enumerate(angles):
        where = positions_in_projection(place, angle, (0, 0) if shifts is None else shifts[k])
        value = footprints(where, kind, profiles, pixel, residual.shape[1:])[0]
        value.data **= 2
        square += value.sum(axis=1)
        variance += value @ residual[k].ravel() ** 2
    return particles["weight"].to_numpy() * square / np.sqrt(np.maximum(variance, 1e-30))


@functools.lru_cache(maxsize=64)
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


def normal_equations(series, angles, pixel, fit, kind, profiles):
    """Return residual, gradient, diagonal blocks, and of each tilt the footprints and the picture's axes."""
    shape, number = series.shape[1:], len(fit["place"])
    gradient, blocks = np.zeros((number, 4)), np.zeros((number, 4, 4))
    residual, jacobian, cost = np.empty_like(series), [], 0.0
    for k, angle in enumerate(angles):
        where = positions_in_projection(fit["place"], angle, fit["shift"][k])
        axes = positions_in_projection(np.eye(3), angle)  # (3, 2): u and v for each of x, y and z
        parts = footprints(where, kind, profiles, pixel, shape)
        model = parts[0].T @ fit["weight"].astype(np.float32)
        empty = model == 0
        left = series[k].ravel() - model
        left -= left[empty].mean() if empty.sum() > 100 else 0
        residual[k] = left.reshape(shape)
        cost += float(left @ left)
        turn = np.zeros((number, 4, 3))  # from changes of place and weight to those of u, v and weight
        turn[:, :3, 1:] = fit["weight"][:, None, None] * axes
        turn[:, 3, 0] = 1
        gradient += np.einsum("nij,nj->ni", turn, np.column_stack([part @ left for part in parts]))
        small = np.empty((number, 3, 3))
        for i in range(3):
            for j in range(i, 3):
                small[:, i, j] = small[:, j, i] = row_sums(parts[i], parts[i].data * parts[j].data)
        blocks += turn @ small @ turn.transpose(0, 2, 1)
        jacobian.append((parts, axes))
    return {"residual": residual, "gradient": gradient, "blocks": blocks, "jacobian": jacobian, "cost": cost}


def row_sums(matrix, data):
    """Return the sum of data over the entries of each row of a sparse matrix."""
    total = np.append(0, np.cumsum(data, dtype=float))
    return total[matrix.indptr[1:]] - total[matrix.indptr[:-1]]


def solve(normal, weight, damping, iterations, only_weight):
    """Solve the damped normal equations by preconditioned conjugate gradients."""
    blocks = normal["blocks"].copy()
    free = np.array([not only_weight] * 3 + [True])
    diagonal = np.einsum("nii->ni", blocks)
    extra = damping * diagonal + 1e-9 * diagonal.max(axis=0) + 1e-30
    np.einsum("nii->ni", blocks)[:] += extra
    blocks[:, ~free, :] = blocks[:, :, ~free] = 0
    blocks[:, ~free, ~free] = 1
    inverse = np.linalg.inv(blocks)
    weight = weight[:, None]

    def apply(x):
        out = extra * x
        place, power = weight * x[:, :3], x[:, 3].astype(np.float32)
        for parts, axes in normal["jacobian"]:
            u, v = (place @ axes).T.astype(np.float32)
            picture = parts[0].T @ power + parts[1].T @ u + parts[2].T @ v
            out[:, 3] += parts[0] @ picture
            out[:, :3] += weight * (np.column_stack([parts[1] @ picture, parts[2] @ picture]) @ axes.T)
        return out * free

    x = np.zeros_like(normal["gradient"])
    r = normal["gradient"] * free
    z = np.einsum("nij,nj->ni", inverse, r)
    p, rz = z.copy(), np.vdot(r, z)
    small = 1e-10 * rz
    for _ in range(iterations):
        if rz <= small:
            break
        ap = apply(p)
        alpha = rz / np.vdot(p, ap)
        x += alpha * p
        r -= alpha * ap
        z = np.einsum("nij,nj->ni", inverse, r)
        rz, old = np.vdot(r, z), rz
        p = z + rz / old * p
    return x
