r"""Pictures of a cluster as an electron microscope takes them, and cross-sections with their domain walls.

In high-angle annular dark-field STEM each atom scatters by itself, about as :math:`Z^{1.7}` (between 1.5
and 2, by the angles that the detector takes, Treacy 2011, `treacy2011`). The signal of a nanocrystal is
therefore the length of the beam's path through its inorganic core, times the mean of that power over its
atoms; the ligands hardly scatter. Cores and sizes are those of Wang et al. (2021), Methods, "NC syntheses"
(`wang2021`), and the pictures those of its Fig. 2.

Left out: multiple scattering and absorption, the atoms' rows and the spread of the beam within the
cluster, the difference of 2 % in the number of atoms per volume of PbSe and CdSe, and the tilt series of
a tomogram.
"""

from itertools import combinations

import numpy as np
from scipy.ndimage import gaussian_filter

from supracrystal.colloids import is_large, subset, view
from supracrystal.colloids.particles import particles

CORES = {"L": 7.6 / 9.9, "S": 5.2 / 7.7}
"""Diameter of the inorganic core, as a share of that with ligands (Wang et al. 2021, Methods)."""
ATOMS = {"L": (82, 34), "S": (48, 34)}
"""Atomic numbers in the cores: PbSe and CdSe."""
NODES, WEIGHTS = np.polynomial.legendre.leggauss(3)


def haadf(frame, axis, *, up=None, pixel=0.04, blur=0.05, dose=None, background=0.0, seed=0, exponent=1.7,
          cores=CORES, width=None, centre=None):  # fmt: skip
    r"""Simulate a HAADF-STEM picture of a cluster.

    .. math::
        I(x, y) = \Big[\sum_i w_i \, 2 \sqrt{\max(a_i^2 - (x - x_i)^2 - (y - y_i)^2, 0)}\Big] * G, \qquad
        w_i = \langle Z^n \rangle_i / \langle Z^n \rangle_\mathrm{L}

    averaged over each pixel, so that the sum over a picture without noise is the sum of the core volumes
    times `w`, whatever the axis. In units of length: the equivalent thickness of the large cores' PbSe.

    Parameters
    ----------
    frame : gsd.hoomd.Frame
        Diameters are those with ligands. Positions are taken as they stand, without periodic images.
    axis, up : (3,) array_like
        Directions to the viewer and up in the picture, as in :func:`supracrystal.colloids.diffraction.view`.
    pixel, blur : float
        Width of a pixel, and standard deviation of the Gaussian probe, in the frame's unit of length.
    dose : float, optional
        Electrons counted in the brightest pixel; the picture is then one of counts, with Poisson noise.
        Default: no noise.
    background : float
        Signal of the support, as a share of the brightest pixel, added everywhere.
    seed : int or numpy.random.Generator
        Of the noise.
    exponent : float
        :math:`n`, the power of the atomic number.
    cores : dict
        Diameter of the core over that of the sphere, for each species.
    width : float, optional
        Side of the square picture. Default: all of the cluster and its blur.
    centre : (3,) array_like, optional
        What is in the middle. Default: the mean of the positions.

    Returns
    -------
    image : (M, M) array
        Rows run upwards, as ``imshow(image, extent=extent, origin="lower")`` draws them.
    extent : (4,) tuple of float
        Left, right, bottom and top, from the centre.

    Raises
    ------
    ValueError
        For an empty frame, and lengths, doses and shares out of range.

    Notes
    -----
    Source: Wang et al. (2021), Fig. 2 and Methods (`wang2021`); Treacy (2011) (`treacy2011`).

    Examples
    --------
    >>> ball = particles([[0, 0, 0]], ["L"])
    >>> image, extent = haadf(ball, [0, 0, 1], cores={"L": 1})
    >>> bool(np.isclose(image.sum() * 0.04**2, np.pi / 6))
    True
    """
    if not frame.particles.N:
        raise ValueError("there are no particles in the frame")
    for name, value in (("pixel", pixel), ("dose", dose), ("width", width)):
        if value is not None and not 0 < value < np.inf:
            raise ValueError(f"{name} is {value!r}; a positive number is needed")
    for name, value in (("blur", blur), ("background", background)):
        if not 0 <= value < np.inf:
            raise ValueError(f"{name} is {value!r}; 0 or a positive number is needed")
    position = np.asarray(frame.particles.position, dtype=float)
    position = position - (position.mean(axis=0) if centre is None else np.asarray(centre, dtype=float))
    xy = position @ view(axis, up)[:2].T
    species = np.where(is_large(frame), "L", "S")
    radius, weight = np.zeros(len(xy)), np.zeros(len(xy))
    power = {name: np.mean(np.power(numbers, exponent, dtype=float)) for name, numbers in ATOMS.items()}
    for name in np.unique(species).tolist():
        this = species == name
        radius[this] = frame.particles.diameter[this] / 2 * cores[name]
        weight[this] = power[name] / power["L"]
    if width is None:
        width = 2 * (np.max(np.abs(xy) + radius[:, None]) + 4 * blur + pixel)
    side = int(np.ceil(width / pixel))
    image = gaussian_filter(_project(xy / pixel + side / 2, radius / pixel, weight, side), blur / pixel,
                            mode="constant") * pixel  # fmt: skip
    brightest = image.max()
    image = image + background * brightest
    if dose is not None:
        image = np.random.default_rng(seed).poisson(image * (dose / (brightest or 1.0))).astype(float)
    return image, tuple(pixel * side / 2 * np.array([-1.0, 1, -1, 1]))


def _project(xy, radius, weight, side):
    """Mean path through spheres in each pixel of a square picture, in pixels.

    Within a column of pixels the path integrates in closed form along y. Along x, Gauss's rule, on the
    part of the column that the sphere covers, is exact for the sum over a column, a parabola.
    A single pixel is right to 0.4 % of the diameter.
    """
    image = np.zeros(side * side)
    first = np.floor(xy - radius[:, None]).astype(int)
    span = np.arange(int(np.ceil(2 * radius.max())) + 1)
    chunk = max(1, 1_000_000 // len(span) ** 2)
    for k in range(0, len(xy), chunk):
        (x, y), a, w = xy[k : k + chunk].T[..., None], radius[k : k + chunk, None], weight[k : k + chunk]
        column, row = first[k : k + chunk].T[..., None] + span
        low, high = np.clip(column - x, -a, a), np.clip(column + 1 - x, -a, a)
        edge = (np.append(row, row[:, -1:] + 1, axis=1) - y)[:, None]
        total = 0.0
        for node, share in zip(NODES, WEIGHTS, strict=True):
            at = (low + high) / 2 + node * (high - low) / 2
            half = np.sqrt(np.maximum(a**2 - at**2, 1e-300))[:, :, None]
            t = np.clip(edge / half, -1, 1)
            area = half**2 * (t * np.sqrt(1 - t**2) + np.arcsin(t))
            total = total + np.diff(area, axis=2) * (share * (high - low) / 2)[:, :, None]
        inside = ((column >= 0) & (column < side))[:, :, None] & ((row >= 0) & (row < side))[:, None]
        pixels = (row[:, None] * side + column[:, :, None])[inside]
        image += np.bincount(pixels, (total * w[:, None, None])[inside], minlength=side * side)
    return image.reshape(side, side)


def cross_section(frame, axis, *, thickness, offset=0.0, centre=(0, 0, 0), up=None):
    """Return the particles of a slab, turned so that it faces the viewer.

    Parameters
    ----------
    frame : gsd.hoomd.Frame
        A free cluster.
    axis : (3,) array_like
        Direction to the viewer.
    thickness : float
        Particles with their centres in the slab are kept.
    offset : float
        Distance of the middle of the slab from the centre, towards the viewer.
    centre : (3,) array_like
        Becomes the origin.
    up : (3,) array_like, optional
        Direction up in the picture, as in :func:`supracrystal.colloids.diffraction.view`.

    Returns
    -------
    gsd.hoomd.Frame
        With x to the right, y up and z to the viewer, in a wide box.

    Raises
    ------
    ValueError
        If the thickness is not positive.

    Notes
    -----
    As the cross-sections in Fig. 2 of Wang et al. (2021) (`wang2021`).

    Examples
    --------
    >>> row = particles([[0, 0, 0], [1, 0, 0], [2, 0, 0]], ["L", "L", "S"])
    >>> cross_section(row, [1, 0, 0], thickness=1.2, offset=1.5).particles.position.round(6).tolist()
    [[0.0, 0.0, 1.0], [0.0, 0.0, 2.0]]
    """
    if not thickness > 0:
        raise ValueError(f"thickness is {thickness!r}; a positive number is needed")
    turned = (np.asarray(frame.particles.position, dtype=float) - centre) @ view(axis, up).T
    keep = np.abs(turned[:, 2] - offset) <= thickness / 2
    found = subset(frame, keep)
    free = particles(turned[keep], is_large(found), diameter=found.particles.diameter)
    free.log = found.log
    return free


def fivefold_lines(found, axis, *, reach, offset=0.0, up=None):
    """Return the lines along which a cross-section cuts the walls between the twenty domains.

    The walls are the triangles between the centre and two neighbouring five-fold axes. Down such an axis,
    five lines meet at 72 degrees in a section off the centre; where the section is no higher than the ends
    of the next five axes, a pentagon closes about them and ten lines lead on outside. Through the centre
    there are these ten alone, and the symmetry is that of a decagon.

    Parameters
    ----------
    found : Icosahedron
        Of :func:`supracrystal.colloids.symmetry.find_icosahedron`.
    axis : (3,) array_like
        Direction to the viewer.
    reach : float
        Length of the walls along the five-fold axes.
    offset, up
        As for :func:`cross_section`, with ``centre=found.centre``.

    Returns
    -------
    (M, 2, 2) array
        Both ends of each line in the plane of the section, from the centre.

    Examples
    --------
    >>> from supracrystal.colloids import icosahedral_cluster
    >>> from supracrystal.colloids import find_icosahedron
    >>> found = find_icosahedron(icosahedral_cluster(4))
    >>> [len(fivefold_lines(found, found.axes[0], reach=4, offset=height)) for height in (0, 1, 2)]
    [10, 20, 5]
    """
    corners = reach * found.axes @ view(axis, up).T
    lines = []
    for a, b in combinations(corners, 2):
        if a @ b < 0.4 * reach**2:
            continue  # not neighbours
        triangle = np.array([np.zeros(3), a, b])
        height = triangle[:, 2] - offset
        height[np.abs(height) < 1e-9 * reach] = 0
        ends = [corner[:2] for corner, h in zip(triangle, height, strict=True) if h == 0]
        for i, j in combinations(range(3), 2):
            if height[i] * height[j] < 0:
                share = height[i] / (height[i] - height[j])
                ends.append((triangle[i] + share * (triangle[j] - triangle[i]))[:2])
        if len(ends) == 2:
            lines.append(sorted(map(tuple, np.round(ends, 12).tolist())))
    return np.unique(np.array(lines).reshape(-1, 2, 2), axis=0)
