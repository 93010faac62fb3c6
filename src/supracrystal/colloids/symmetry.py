r"""The binary icosahedral cluster found in a configuration: centre, axes, shells, core and tubes.

Nothing is assumed of its position, orientation and unit of length. Each step is robust against thermal
noise, missing particles and an unordered shell, and takes a time linear in the number of particles up to
logarithms:

1. the spacing, within some percent, from the highest peak of the pair distribution;
2. the orientation from the directions of the bonds: their harmonics of l = 6, 10 and 12, the first that
   an icosahedron allows, are matched to those of the ideal cluster;
3. the centre by a generalised Hough transform: every particle votes for the places where the centre
   would be if it stood on a site of the inner shells;
4. all of these again by fitting the ideal sites to the nearest particles, from the Bergman core outwards.

The structure is that of Wang et al. (2021), Fig. 4 (`wang2021`); the method and the order figure are ours.
Left out: several clusters in one frame (one is returned), clusters across a periodic boundary (unwrap them
first) and particles of unknown species.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.ndimage import gaussian_filter1d
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation
from scipy.special import eval_legendre, sph_harm_y

from supracrystal import InputError
from supracrystal.colloids.icosahedral import axes, icosahedral_cluster
from supracrystal.colloids.particles import is_large

CORE = 44
"""Particles of the Bergman core: the first three shells, without the one at the centre."""
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


class Icosahedron(NamedTuple):
    """Where the ideal cluster lies: its site s is at centre + spacing * rotation @ (1 + strain) @ s."""

    centre: np.ndarray
    """(3,) centre of symmetry."""
    rotation: np.ndarray
    """(3, 3) proper rotation from the axes of the ideal cluster, one of 60 equivalent ones."""
    spacing: float
    """Radius of the first shell, the distance of small spheres along the five-fold axes."""
    strain: np.ndarray
    """(3, 3) symmetric traceless deformation, in the axes of the ideal cluster."""
    reach: float
    """Radius, in spacings, up to which the ideal cluster was recognised and fitted; 10 at most."""
    matched: float
    """Share of the ideal sites within the reach that a particle of their species holds."""
    rms: float
    """Root mean square distance of these particles from their sites."""
    order: float
    """The figure of :func:`icosahedral_order`."""

    @property
    def axes(self):
        """(12, 3) unit vectors along the five-fold axes, both ends of each."""
        return axes(5) @ self.rotation.T

    @property
    def matrix(self):
        """(3, 3) map from ideal sites, in spacings, to displacements from the centre."""
        return self.spacing * self.rotation @ (np.eye(3) + self.strain)


def find_icosahedron(frame):
    """Find the binary icosahedral cluster in a configuration.

    The best candidate is returned in any case: whether it is an icosahedral cluster, its `order` tells.
    Where an unordered shell or a surface far off its centre makes that small, `reach` does: in fluids and
    Laves phases the fit does not get beyond the core.

    Parameters
    ----------
    frame : gsd.hoomd.Frame
        Positions in any unit; box and diameters are not used. If only one species is there, its
        sites alone are looked for.

    Returns
    -------
    Icosahedron
        Lengths in the unit of the frame.

    Raises
    ------
    ValueError
        For fewer particles than the 44 of a Bergman core, and for positions that are not finite or
        mostly coincide.

    Notes
    -----
    Source: the structure from Wang et al. (2021), Fig. 4 (`wang2021`); the method is ours.

    Examples
    --------
    >>> from supracrystal.colloids import icosahedral_cluster
    >>> from supracrystal.colloids import make_particles
    >>> ideal = icosahedral_cluster(5)
    >>> moved = make_particles(250 * ideal.particles.position + [900, 20, -7], is_large(ideal))
    >>> found = find_icosahedron(moved)
    >>> found.centre.round(6).tolist(), round(found.spacing, 3), round(found.order, 6)
    ([900.0, 20.0, -7.0], 209.735, 1.0)
    """
    centre, matrix, reach, matched, rms = _search(*_checked(frame))
    left, stretch, right = np.linalg.svd(matrix)
    spacing = float(stretch.mean())
    strain = right.T @ np.diag(stretch / spacing - 1) @ right
    found = Icosahedron(centre, left @ right, spacing, strain, reach, matched, rms, np.nan)
    return found._replace(order=icosahedral_order(frame, found))


def icosahedral_order(frame, found=None):
    r"""Return the share of particles that five-fold rotations carry onto like particles, beyond chance.

    With :math:`\delta_i(a, \varphi)` the distance from particle i, rotated by :math:`\varphi` about the
    five-fold axis a through the centre, to the nearest particle of its species, and d the spacing,

    .. math::
        \Omega = \frac{q(72°) - q_0}{1 - q_0}, \qquad
        q(\varphi) = \frac{1}{12 N} \sum_{a=1}^{12} \sum_{i=1}^{N}
        \exp\left(-\frac{\delta_i(a, \varphi)^2}{2\,(0.3\,d)^2}\right), \qquad
        q_0 = \tfrac12 \left[ q(48°) + q(96°) \right].

    The other angles measure chance: dense places, and particles near the axes, which any rotation leaves
    where they are. The figure is 1 for every configuration that the twelve axes leave as it is, of
    whatever size, and near 0, on either side, for fluids and for crystals, which have no five-fold axes.
    Vacancies and an unordered shell lower it in proportion to their share or more, noise smoothly. In a
    few dozen particles chance alone can reach 0.15.

    It is a figure of symmetry alone: about its own centre, a one-component icosahedral (Mackay) cluster
    has 1 as well. It does not tell mirror images apart, and it falls for clusters that are cut off their
    centre or deformed.

    Parameters
    ----------
    frame : gsd.hoomd.Frame
    found : Icosahedron, optional
        Its centre, rotation and spacing are used. Default: those of :func:`find_icosahedron`.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        As :func:`find_icosahedron`.

    Examples
    --------
    >>> from supracrystal.colloids import icosahedral_cluster
    >>> round(icosahedral_order(icosahedral_cluster(3)), 6)
    1.0
    """
    if found is None:
        return find_icosahedron(frame).order
    position, large = _checked(frame)
    trees = _trees_of(position, large)
    sites = [tree.data - found.centre for tree in trees]

    def kept(degrees):
        turns = Rotation.from_rotvec(np.radians(degrees) * found.axes).as_matrix()
        width = KERNEL * found.spacing
        return np.mean([_overlap_sum(trees, sites, found.centre, turn, width) for turn in turns]) / len(
            position
        )

    chance = (kept(48) + kept(96)) / 2
    return float((kept(72) - chance) / (1 - chance))


def shells_found(frame, found, *, first=8):
    """List the concentric shells about the centre of symmetry, beside those of the ideal cluster.

    Parameters
    ----------
    frame : gsd.hoomd.Frame
    found : Icosahedron
    first : int
        Number of shells, from the inside.

    Returns
    -------
    pandas.DataFrame
        One row for each shell, numbered from 1 as by :func:`supracrystal.colloids.icosahedral.shells`:
        ``species``, the ``ideal`` number of particles, the number ``held``, the ``ideal_radius``, the
        mean ``radius`` of the particles and their ``rms`` distance from the sites, in the frame's unit.

    Notes
    -----
    Source: Wang et al. (2021), Fig. 4 (`wang2021`).

    Examples
    --------
    >>> from supracrystal.colloids import icosahedral_cluster
    >>> ideal = icosahedral_cluster(3)
    >>> shells_found(ideal, find_icosahedron(ideal), first=3)[["species", "ideal", "held"]]
          species  ideal  held
    shell
    1           S     12    12
    2           L     20    20
    3           S     12    12
    """
    reach = REACH[2]
    while len(np.unique(np.linalg.norm(np.vstack(_ideal_sites(reach)), axis=1).round(6))) < first:
        reach += 1
    sites = _ideal_sites(reach)
    site, large = np.vstack(sites), np.repeat([True, False], [len(s) for s in sites])
    index = _holders(frame, found, site, large)
    held = index >= 0
    position = np.where(held[:, None], np.asarray(frame.particles.position, dtype=float)[index], np.nan)
    table = pd.DataFrame({
        "place": np.linalg.norm(site, axis=1).round(6),
        "species": np.where(large, "L", "S"),
        "held": held,
        "radius": np.linalg.norm(position - found.centre, axis=1),
        "square": np.sum((position - found.centre - site @ found.matrix.T) ** 2, axis=1),
    }).groupby(["place", "species"])  # fmt: skip
    table = table.agg(
        ideal=("held", "size"), held=("held", "sum"), radius=("radius", "mean"), rms=("square", "mean")
    ).reset_index()[:first]
    table["rms"] **= 0.5
    table.insert(3, "ideal_radius", found.spacing * table.pop("place"))
    return table.set_axis(pd.RangeIndex(1, len(table) + 1, name="shell"))


def bergman_core(frame, found):
    """Return the particles of the Bergman core: the first three shells and the one at the centre.

    Parameters
    ----------
    frame : gsd.hoomd.Frame
    found : Icosahedron

    Returns
    -------
    (M,) int array
        Indices into the frame, from the centre outwards; 45 if no particle is missing.

    Notes
    -----
    Source: Wang et al. (2021), Fig. 4 (`wang2021`), where the particle at the centre is not counted.

    Examples
    --------
    >>> from supracrystal.colloids import icosahedral_cluster
    >>> ideal = icosahedral_cluster(3)
    >>> len(bergman_core(ideal, find_icosahedron(ideal)))
    45
    """
    large, small = _ideal_sites(REACH[0])
    site = np.vstack([large, small, np.zeros((1, 3))])
    index = _holders(frame, found, site, np.arange(len(site)) < len(large))
    order = np.argsort(np.linalg.norm(site, axis=1), kind="stable")
    return index[order][index[order] >= 0]


def pentagonal_tubes(frame, found):
    """List the rings of the twelve pentagonal tubes and how many of their sites are held.

    A tube has a small sphere on the five-fold axis at each whole number of spacings, a pentagon of small
    ones about the first shell's height and one of large ones about the second's, and repeats after
    two spacings. It ends where the difference of held and empty sites, summed outwards, is largest,
    so that single vacancies do not cut it.

    Parameters
    ----------
    frame : gsd.hoomd.Frame
    found : Icosahedron

    Returns
    -------
    pandas.DataFrame
        One row for each ring: ``tube`` (0 to 11, along ``found.axes``), ``height`` above the centre in
        spacings, ``species``, number of ``sites`` (1 or 5), number ``held``, and whether the ring is
        ``inside`` the tube, that is, not beyond its end.

    Notes
    -----
    Source: Wang et al. (2021), "pentagonal tubes" (`wang2021`).

    Examples
    --------
    >>> from supracrystal.colloids import icosahedral_cluster
    >>> ideal = icosahedral_cluster(5)
    >>> tubes = pentagonal_tubes(ideal, find_icosahedron(ideal))
    >>> tubes[tubes.inside].groupby("tube").height.max().round(2).unique().tolist()
    [5.0]
    """
    position = np.asarray(frame.particles.position, dtype=float)
    farthest = np.linalg.norm(position - found.centre, axis=1).max() / found.spacing
    height = np.arange(min(farthest, 2 * len(position) ** (1 / 3)) // 2 + 1)[:, None, None]
    inner = _ideal_sites(REACH[0])
    rows, sites = [], []
    for tube, axis in enumerate(axes(5)):
        rings = [("S", axis[None]), ("S", 2 * axis[None])]
        for species, shell in zip("LS", inner, strict=True):
            shell = shell[np.linalg.norm(shell, axis=1) < 1.9]
            rings.append((species, shell[np.argsort(shell @ axis)[::-1]][1 if species == "S" else 0 :][:5]))
        for species, ring in rings:
            place = 2 * height * axis + ring
            rows += [(tube, h, species, len(ring)) for h in place.mean(axis=1) @ axis]
            sites += list(place)
    table = pd.DataFrame(rows, columns=["tube", "height", "species", "sites"])
    index = _holders(frame, found, np.vstack(sites), np.repeat(table["species"] == "L", table["sites"]))
    table["held"] = np.add.reduceat(index >= 0, np.cumsum(table["sites"]) - table["sites"], dtype=int)
    table = table.sort_values(["tube", "height"], ignore_index=True)
    balance = (2 * table["held"] - table["sites"]).groupby(table["tube"]).cumsum()
    last = balance.groupby(table["tube"]).transform("idxmax")
    table["inside"] = (table.index <= last) & (balance.groupby(table["tube"]).transform("max") > 0)
    return table


def occupied_sites(frame, found, *, height=5):
    """Return the shares of sites that are occupied in the Bergman core and in the twelve pentagonal tubes.

    With the axes of a grown cluster and the frames before, this tells which of them formed first. In a fluid
    a tenth to a third of the sites is occupied by chance.

    Parameters
    ----------
    frame : gsd.hoomd.Frame
        Of this or of another time, in the same coordinates.
    found : Icosahedron
    height : int
        Length of the tubes that is looked at, in spacings from the centre.

    Returns
    -------
    pandas.Series
        Of 13 shares: ``core``, of its 45 sites, and the tubes 0 to 11, along ``found.axes``. Core and tubes
        share the sites up to two spacings.

    Notes
    -----
    Source: the structures of Wang et al. (2021), Fig. 4 (`wang2021`); a site is occupied by the criterion of
    :func:`shells_found`.

    Examples
    --------
    >>> from supracrystal.colloids import icosahedral_cluster
    >>> ideal = icosahedral_cluster(5)
    >>> occupied_sites(ideal, find_icosahedron(ideal)).unique().tolist()
    [1.0]
    """
    rings = pentagonal_tubes(frame, found)
    # Rings lie a little beside the whole numbers.
    rings = rings[rings["height"] < height + 0.25].groupby("tube")[["held", "sites"]].sum()
    core = pd.Series({"core": len(bergman_core(frame, found)) / (CORE + 1)})
    return pd.concat([core, rings["held"] / rings["sites"]])


def _checked(frame):
    position = np.array(frame.particles.position, dtype=float)
    if len(position) < CORE:
        raise InputError(f"the frame has {len(position)} particles; a Bergman core alone has {CORE}")
    if not np.isfinite(position).all():
        raise InputError(f"{np.sum(~np.isfinite(position).all(axis=1))} positions are not finite")
    return position, is_large(frame)


def _holders(frame, found, site, large):
    """Find the particles that hold the sites, as indices into the frame, -1 where none does."""
    mask, index = is_large(frame), np.empty(len(site), dtype=int)
    for species in (True, False):
        mine, members = np.asarray(large) == species, np.flatnonzero(mask == species)
        tree = cKDTree(np.asarray(frame.particles.position, dtype=float)[members])
        index[mine] = np.append(members, -1)[_held_by(tree, site[mine], found.centre, found.matrix)]
    return index


# The search. Places of the ideal cluster are affine maps: site s, in spacings, is at centre + matrix @ s.


def _search(position, large):
    """Return the best fit: centre, matrix, reach, share of sites held and rms distance from them."""
    trees = _trees_of(position, large)
    inner = _ideal_sites(REACH[2])
    # Noise draws the peak inwards, by up to 7 %.
    unit = _peak(position) / _ideal_peak(large.any(), not large.all())
    most = -1.0
    for rotation in _orientations(position, large, BOND * unit):
        poses = [
            (centre, spacing * rotation)
            for spacing in (unit / 0.98, unit / 0.94)
            for centre in _centres(position, large, spacing * rotation)
        ]
        fit = _refine(trees, *max(poses, key=lambda pose: _overlap_sum(trees, inner, *pose)))
        overlap = _overlap_sum(trees, inner, *fit[:2])
        if overlap > most:
            most, best = overlap, fit
        if fit[2] >= REACH[2]:
            break
    return best


def _trees_of(position, large):
    """Search trees of the large and of the small particles."""
    return cKDTree(position[large]), cKDTree(position[~large])


@cache
def _ideal_sites(reach):
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
        raise InputError("most positions coincide with others")
    edges = typical * np.linspace(0.5, 2, 151)
    middle = (edges[1:] + edges[:-1]) / 2
    density = gaussian_filter1d(np.histogram(distance, edges)[0] / middle**2, 6)
    return middle[density.argmax()]


@cache
def _ideal_peak(large, small):
    """Return the same for the ideal cluster, in spacings, with the species that are there."""
    return _peak(
        np.vstack([site for site, used in zip(_ideal_sites(8.0), (large, small), strict=True) if used])
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
    sites = _ideal_sites(7.0)
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
        for kind, sites in zip((large, ~large), _ideal_sites(REACH[2]), strict=True)
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


def _overlap_sum(trees, sites, centre, matrix, width=None):
    """Sum over sites of a Gaussian of the distance to the nearest particle of their species."""
    width = width or KERNEL * np.cbrt(np.linalg.det(matrix))
    total = 0.0
    for tree, site in zip(trees, sites, strict=True):
        distance, _ = tree.query(centre + site @ matrix.T, distance_upper_bound=6 * width)
        total += np.exp(-((distance / width) ** 2) / 2).sum()
    return total


def _held_by(tree, site, centre, matrix):
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
        sites = [site if tree.n else site[:0] for tree, site in zip(trees, _ideal_sites(reach), strict=True)]
        for step in range(5):
            index = [_held_by(tree, site, centre, matrix) for tree, site in zip(trees, sites, strict=True)]
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
