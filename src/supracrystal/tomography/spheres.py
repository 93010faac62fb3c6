r"""Find spheres of known sizes in a tilt series.

A volume from a tilt series is blurred by the missing wedge and by noise, and close-packed spheres run into
one another. Sparse sphere reconstruction (Zanaga et al. 2016, `zanaga2016`), by which Wang et al. (2021,
`wang2021`) had the coordinates of up to 10,000 nanocrystals, uses what is known: all is spheres of known
size. In its spirit, and with the projections as the judge,

1. :func:`candidates` are maxima of a matched filter of the volume, at least a distance apart;
2. :func:`~supracrystal.tomography.refinement.refine` fits places and scattering powers of all spheres at once
   to all pictures, and :func:`~supracrystal.tomography.refinement.sizes` their sizes;
3. :func:`find_spheres` alternates with this the removal of spheres of little power and the insertion of those
   that the difference between pictures and model still holds; if asked for, also of those that noise alone
   could have made.

The published method differs: the one known size shapes a reconstruction on the grid of the volume, and the
spheres are read from that. Left out: spheres that are not round or not of one of the sizes.
"""

import numpy as np
import pandas as pd
from scipy.fft import fftfreq, irfftn, rfftfreq, rfftn
from scipy.ndimage import maximum_filter
from scipy.spatial import cKDTree
from scipy.special import spherical_jn
from scipy.stats import norm

from supracrystal.tomography.reconstruction import backproject, sirt
from supracrystal.tomography.refinement import RADII, _checked, refine, sizes
from supracrystal.tomography.residuals import significance

NOTHING = "no sphere is stronger than chance would make one: the pictures are too noisy, or hold none"
SEPARATION = 7.7
"""Distance of two small spheres in contact in nm (Wang et al. 2021, Methods)."""


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
        As in :func:`~supracrystal.tomography.refinement.refine`.
    volume : (nz, ny, nx) array, optional
        Reconstruction of the series. Default: by :func:`~supracrystal.tomography.reconstruction.sirt`.
    radii : dict, optional
        As in :func:`~supracrystal.tomography.refinement.refine`.
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
        :func:`~supracrystal.tomography.residuals.significance` so many maxima of noise would reach, if the
        volume had a place for each core that it could hold, are removed. Default: none are.
    threads : int, optional
        As for :func:`~supracrystal.tomography.reconstruction.sirt`.
    progress : bool
        Show progress.

    Returns
    -------
    particles : pandas.DataFrame
        As :func:`~supracrystal.tomography.refinement.refine` returns them, with ``round``, that in which each
        was inserted (0: by the volume), and ``significance``.
    residual : (n, rows, columns) array of float32
    shifts : (n, 2) array
        As :func:`~supracrystal.tomography.refinement.refine` returns them.

    Raises
    ------
    ValueError
        If the volume holds no maximum that could be a sphere, or all could be chance, and as in
        :func:`~supracrystal.tomography.refinement.refine`.

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
        raise ValueError("no maximum of the volume could be a sphere")
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
            raise ValueError(NOTHING)
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
        raise ValueError(NOTHING)
    return found[_real(found, separation, least, extent)].reset_index(drop=True), residual, shifts


def _real(particles, separation, least, extent):
    """Say which particles are intense enough, in the volume, and not too close to a stronger one."""
    typical = particles.groupby("type")["intensity"].median().min()
    order = np.argsort(-particles["intensity"].to_numpy(), kind="stable")
    apart = np.empty(len(particles), dtype=bool)
    apart[order] = _apart(particles[["x", "y", "z"]].to_numpy()[order], 0.7 * separation)
    apart &= (np.abs(particles[["x", "y", "z"]].to_numpy()) < extent).all(axis=1)
    return apart & (particles["intensity"] > least * typical).to_numpy()
