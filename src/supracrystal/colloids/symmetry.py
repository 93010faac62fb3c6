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

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from supracrystal.colloids.icosahedral import axes
from supracrystal.colloids.particles import is_large
from supracrystal.colloids.search import KERNEL, REACH, holders, ideal_sites, overlap_sum, search, trees_of

CORE = 44
"""Particles of the Bergman core: the first three shells, without the one at the centre."""


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
    >>> from supracrystal.colloids.particles import particles
    >>> ideal = icosahedral_cluster(5)
    >>> moved = particles(250 * ideal.particles.position + [900, 20, -7], is_large(ideal))
    >>> found = find_icosahedron(moved)
    >>> found.centre.round(6).tolist(), round(found.spacing, 3), round(found.order, 6)
    ([900.0, 20.0, -7.0], 209.735, 1.0)
    """
    centre, matrix, reach, matched, rms = search(*_checked(frame))
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
    trees = trees_of(position, large)
    sites = [tree.data - found.centre for tree in trees]

    def kept(degrees):
        turns = Rotation.from_rotvec(np.radians(degrees) * found.axes).as_matrix()
        width = KERNEL * found.spacing
        return np.mean([overlap_sum(trees, sites, found.centre, turn, width) for turn in turns]) / len(
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
    while len(np.unique(np.linalg.norm(np.vstack(ideal_sites(reach)), axis=1).round(6))) < first:
        reach += 1
    sites = ideal_sites(reach)
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
    large, small = ideal_sites(REACH[0])
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
    inner = ideal_sites(REACH[0])
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


def _checked(frame):
    position = np.array(frame.particles.position, dtype=float)
    if len(position) < CORE:
        raise ValueError(f"the frame has {len(position)} particles; a Bergman core alone has {CORE}")
    if not np.isfinite(position).all():
        raise ValueError(f"{np.sum(~np.isfinite(position).all(axis=1))} positions are not finite")
    return position, is_large(frame)


def _holders(frame, found, site, large):
    """Find the particles that hold the sites, as indices into the frame, -1 where none does."""
    mask, index = is_large(frame), np.empty(len(site), dtype=int)
    for species in (True, False):
        mine, members = np.asarray(large) == species, np.flatnonzero(mask == species)
        tree = cKDTree(np.asarray(frame.particles.position, dtype=float)[members])
        index[mine] = np.append(members, -1)[holders(tree, site[mine], found.centre, found.matrix)]
    return index
