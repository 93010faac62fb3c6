"""The search for the binary icosahedral cluster, behind :mod:`supracrystal.colloids.symmetry`.

Places of the ideal cluster are affine maps: site s, in spacings, is at centre + matrix @ s.
"""

from functools import cache

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation
from scipy.special import eval_legendre, sph_harm_y

from supracrystal.colloids.icosahedral import axes, icosahedral_cluster
from supracrystal.colloids.particles import is_large

REACH = (2.05, 2.65, 3.65, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0)
"""Radii, in spacings, up to which the ideal cluster is fitted, one after the other. The first three
end after the shells 3, 4 and 8."""

TOLERANCE = 0.4
"""A site is held by the nearest particle of its species if that is closer than this, in spacings. Sites of
one species are at least 1 apart, so no particle holds two."""

BOND = 1.5
"""Greatest length, in spacings, of the bonds whose directions are looked at."""

KERNEL = 0.3
"""Width, in spacings, of the Gaussian by which displacements are forgiven."""

DEGREES = (6, 10, 12)
"""The lowest l for which functions on the sphere with the symmetry of an icosahedron exist."""


def search(position, large):
    """Return the best fit: centre, matrix, reach, share of sites held and rms distance from them."""
    trees = trees_of(position, large)
    inner = ideal_sites(REACH[2])
    # Noise draws the peak inwards, by up to 7 %.
    unit = _peak(position) / _ideal_peak(large.any(), not large.all())
    most = -1.0
    for rotation in _orientations(position, large, BOND * unit):
        poses = [
            (centre, spacing * rotation)
            for spacing in (unit / 0.98, unit / 0.94)
            for centre in _centres(position, large, spacing * rotation)
        ]
        fit = _refine(trees, *max(poses, key=lambda pose: overlap_sum(trees, inner, *pose)))
        overlap = overlap_sum(trees, inner, *fit[:2])
        if overlap > most:
            most, best = overlap, fit
        if fit[2] >= REACH[2]:
            break
    return best


def trees_of(position, large):
    """Search trees of the large and of the small particles."""
    return cKDTree(position[large]), cKDTree(position[~large])


@cache
def ideal_sites(reach):
    """Ideal large and small sites within a radius, in spacings; the one at the centre is left out."""
    ideal = icosahedral_cluster(number=int(4.3 * reach**3) + 60, spacing=1.0)
    site, large = ideal.particles.position, is_large(ideal)
    radius = np.linalg.norm(site, axis=1)
    keep = (radius < reach) & (radius > 0.5)
    return site[keep & large], site[keep & ~large]


def _peak(position):
    """Distance of the highest peak of the pair distribution, from twenty neighbours of each particle."""
    distance = cKDTree(position).query(position, 21)[0][:, 1:]
    typical = np.median(distance[:, :4])
    if not typical > 0:
        raise ValueError("most positions coincide with others")
    edges = typical * np.linspace(0.5, 2, 151)
    middle = (edges[1:] + edges[:-1]) / 2
    density = gaussian_filter1d(np.histogram(distance, edges)[0] / middle**2, 6)
    return middle[density.argmax()]


@cache
def _ideal_peak(large, small):
    """Return the same for the ideal cluster, in spacings, with the species that are there."""
    return _peak(
        np.vstack([site for site, used in zip(ideal_sites(8.0), (large, small), strict=True) if used])
    )


def _harmonics(position, large, r_max):
    """For SS, LS and LL bonds, the sums of the spherical harmonics: for each degree (3, l + 1)."""
    pairs = cKDTree(position).query_pairs(r_max, output_type="ndarray")
    x, y, z = (position[pairs[:, 1]] - position[pairs[:, 0]]).T
    polar, azimuth = np.arctan2(np.hypot(x, y), z), np.arctan2(y, x)
    kinds = [large[pairs].sum(axis=1) == kind for kind in range(3)]
    return [
        np.array([[sph_harm_y(l, m, polar[k], azimuth[k]).sum() for m in range(l + 1)] for k in kinds])
        for l in DEGREES
    ]


def _on_axes(rotations):
    """For each degree l the harmonics whose product with those of bonds is the mean of P_l(bond . axis).

    The mean is over the five-fold axes, turned by each of the M rotations: (l + 1, M).
    """
    half = axes(5)[axes(5) @ [1, 2, 4] > 0]
    x, y, z = np.moveaxis(half @ np.swapaxes(rotations, 1, 2), -1, 0)
    polar, azimuth = np.arctan2(np.hypot(x, y), z), np.arctan2(y, x)
    return [
        np.stack([
            4 * np.pi / (2 * l + 1) * (1 + (m > 0)) * sph_harm_y(l, m, polar, azimuth).mean(axis=1)
            for m in range(l + 1)
        ])
        for l in DEGREES
    ]  # fmt: skip


@cache
def _turns():
    """Grid of rotations up to 48 degrees, enough for one of any 60 equivalent ones, with their harmonics."""
    vectors = _cube(8, 0.1)
    rotations = Rotation.from_rotvec(vectors[np.linalg.norm(vectors, axis=1) < 0.85]).as_matrix()
    return rotations, _on_axes(rotations)


@cache
def _filter():
    """Weights of the degrees and kinds of bonds: their icosahedral part in the ideal cluster, blurred."""
    sites = ideal_sites(7.0)
    harmonics = _harmonics(np.vstack(sites), np.repeat([True, False], [len(s) for s in sites]), BOND)
    return [
        # 1 / (mean P_l) normalises the invariant, the exponential stands for thermal noise.
        (h.conj() @ own[:, 0]).real
        * (2 * l + 1) * np.exp(-l * (l + 1) * 0.08**2) / eval_legendre(l, axes(5) @ axes(5).T).mean()
        for l, h, own in zip(DEGREES, harmonics, _on_axes(np.eye(3)[None]), strict=True)
    ]  # fmt: skip


def _orientations(position, large, r_max, number=3):
    """Yield the rotations in which the directions of the bonds match those of the ideal cluster best."""
    bonds = [
        weight @ h.conj() for weight, h in zip(_filter(), _harmonics(position, large, r_max), strict=True)
    ]

    def score(harmonics):
        return sum((bond @ own).real for bond, own in zip(bonds, harmonics, strict=True))

    rotations, harmonics = _turns()
    scores = score(harmonics)
    near = Rotation.from_rotvec(_cube(2, 0.03)).as_matrix()
    for _ in range(number):
        best = rotations[scores.argmax()]
        fine = best @ near
        yield fine[score(_on_axes(fine)).argmax()]
        same = (axes(5) @ np.swapaxes(rotations, 1, 2) @ best @ axes(5).T).max(axis=2).min(axis=1)
        scores[same > np.cos(0.25)] = -np.inf


def _centres(position, large, matrix, number=10):
    """Places that most particles vote for as the centre, from the sites of the first eight shells."""
    cell = 0.35 * np.cbrt(np.linalg.det(matrix))
    margin = (REACH[2] / 0.35 + 2) * cell
    # Stray particles farther out than any cluster reaches share the outermost cells.
    farthest = np.minimum(np.abs(position - np.median(position, axis=0)).max(axis=0), 1e5 * cell)
    low = np.median(position, axis=0) - farthest - margin
    size = (2 * (farthest + margin) / cell).astype(np.int64) + 1
    stride = np.array([size[1] * size[2], size[2], 1])
    votes = [
        np.clip((position[kind] - low - matrix @ site) / cell, 0, size - 1).astype(np.int64) @ stride
        for kind, sites in zip((large, ~large), ideal_sites(REACH[2]), strict=True)
        for site in sites
    ]
    # Sorted, not binned, so that a wide and mostly empty frame costs no memory.
    cells, count = np.unique(np.concatenate(votes), return_counts=True)
    top = cells[np.argsort(count)[-300:]]
    around = _cube(1, 1)
    wanted = top[:, None] + around @ stride
    index = np.minimum(np.searchsorted(cells, wanted), len(cells) - 1)
    weight = np.where(cells[index] == wanted, count[index], 0)
    total = weight.sum(axis=1)
    place = np.stack(np.unravel_index(top, size), axis=1) + 0.5 + weight @ around / total[:, None]
    return low + cell * place[np.argsort(total)[-number:]]


def _cube(half, step):
    """Points of a cubic grid about the origin."""
    ticks = step * np.arange(-half, half + 1)
    return np.stack(np.meshgrid(ticks, ticks, ticks), axis=-1).reshape(-1, 3)


def overlap_sum(trees, sites, centre, matrix, width=None):
    """Sum over sites of a Gaussian of the distance to the nearest particle of their species."""
    width = width or KERNEL * np.cbrt(np.linalg.det(matrix))
    total = 0.0
    for tree, site in zip(trees, sites, strict=True):
        distance, _ = tree.query(centre + site @ matrix.T, distance_upper_bound=6 * width)
        total += np.exp(-((distance / width) ** 2) / 2).sum()
    return total


def holders(tree, site, centre, matrix):
    """Particles that hold sites of one species; the number of particles where none does."""
    return tree.query(
        centre + site @ matrix.T, distance_upper_bound=TOLERANCE * np.cbrt(np.linalg.det(matrix))
    )[1]


def _refine(trees, centre, matrix):
    """Fit the ideal sites to the particles, outwards as long as half of the added sites are held."""
    fit = (centre, matrix, 0.0, 0.0, np.nan)
    inside = held = 0
    for reach in REACH:
        # Of a species that is not there no site is looked for.
        sites = [site if tree.n else site[:0] for tree, site in zip(trees, ideal_sites(reach), strict=True)]
        for step in range(5):
            index = [holders(tree, site, centre, matrix) for tree, site in zip(trees, sites, strict=True)]
            pairs = [
                (site[i < tree.n], tree.data[i[i < tree.n]])
                for tree, site, i in zip(trees, sites, index, strict=True)
            ]
            site, position = map(np.vstack, zip(*pairs, strict=True))
            if step == 4 or len(site) < 12:
                break
            centre, matrix = _fit(site, position, affine=reach >= REACH[2])
        total = sum(map(len, sites))
        if fit[2] and len(site) - held < 0.5 * (total - inside):
            break
        inside, held = total, len(site)
        rms = np.sqrt(np.mean(np.sum((centre + site @ matrix.T - position) ** 2, axis=1))) if held else np.nan
        fit = (centre, matrix, reach, held / inside, float(rms))
    return fit


def _fit(site, position, affine):
    """Least-squares centre and matrix with position = centre + matrix @ site: affine, or a similarity."""
    mean, target = site.mean(axis=0), position.mean(axis=0)
    if affine:
        matrix = np.linalg.lstsq(site - mean, position - target, rcond=None)[0].T
    else:
        left, stretch, right = np.linalg.svd((position - target).T @ (site - mean))
        sign = np.array([1, 1, np.linalg.det(left @ right)])
        matrix = (left * sign) @ right * (stretch @ sign) / np.sum((site - mean) ** 2)
    return target - matrix @ mean, matrix
