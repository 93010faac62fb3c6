r"""Tilt series of a supraparticle, as HAADF-STEM takes them: the projections of spheres and their noise.

Each nanocrystal is a sphere, its inorganic core; the ligands hardly scatter. An atom scatters to the annular
detector about as :math:`Z^{1.7}` (between 1.5 and 2, Treacy 2011, `treacy2011`), so a picture is the length
of the beam's path through the cores, times the mean of that power over the atoms of each. Sizes, tilts and
the microscope are those of Wang et al. (2021), Methods, "Electron tomography" (`wang2021`).

The frame is the same in all of :mod:`supracrystal.tomography`. Positions are in nanometres from the middle of
the volume, `y` is the tilt axis, and at zero tilt the beam runs along `z`. In a picture `u` runs across the
axis, along the columns, and `v` along it, down the rows; the middle of the picture is their origin:

.. math::
    u = x \cos\theta + z \sin\theta , \qquad v = y .

Pixel `j` of `n` in a row covers `u` from :math:`(j - n/2) p` to :math:`(j + 1 - n/2) p`, and so for `v` and
for the voxels of a volume.

:func:`haadf` projects a whole cluster along any axis with the same projector, as in Fig. 2 of the paper;
:func:`cross_section` and :func:`fivefold_lines` cut it open.

Left out: channelling along the rows of atoms, multiple scattering and absorption, the cone of the beam (the
probe is as sharp above as below), the support film, shadowing by the holder, and the difference of 2 % in
the number of atoms per volume of PbSe and CdSe.
"""

from itertools import combinations

import numpy as np
from scipy.ndimage import gaussian_filter
from tqdm import tqdm

from supracrystal import InputError
from supracrystal.colloids import is_large, make_particles, subset, view_rotation

CORES = {"L": 7.6, "S": 5.2}
"""Diameter of the inorganic core in nm: PbSe and CdSe (Wang et al. 2021, Methods, "NC syntheses")."""
CORE_SHARES = {"L": 7.6 / 9.9, "S": 5.2 / 7.7}
"""Diameter of the core over that with ligands (Wang et al. 2021, Methods)."""
ATOMS = {"L": (82, 34), "S": (48, 34)}
"""Atomic numbers in the cores."""
AT_ONCE = 200_000
"""Corners of pixels that are computed in one go, so that they stay in the processor's cache."""


def positions_in_projection(positions, angle, shift=(0.0, 0.0), *, axis_angle=0.0):
    r"""Return where points of the volume lie in the picture at one tilt.

    .. math::
        \begin{pmatrix} u \\ v \end{pmatrix} = \begin{pmatrix} \cos\varphi & -\sin\varphi \\
        \sin\varphi & \cos\varphi \end{pmatrix} \begin{pmatrix} x\cos\theta + z\sin\theta \\ y \end{pmatrix}
        + \mathrm{shift}

    Parameters
    ----------
    positions : (n, 3) array_like
        x, y and z, in nm.
    angle : float
        Tilt :math:`\theta` in degrees.
    shift : (2,) array_like
        How far the picture has moved along `u` and `v`, in nm.
    axis_angle : float
        Angle :math:`\varphi` in the picture from `v` to the tilt axis, in degrees; a turn from `u` to `v`.

    Returns
    -------
    (n, 2) array
        `u` and `v` of each point, in nm.

    Examples
    --------
    >>> positions_in_projection([[1, 2, 3]], 90).round(6).tolist()
    [[3.0, 2.0]]
    """
    x, y, z = np.asarray(positions, dtype=float).reshape(-1, 3).T
    theta, phi = np.radians(angle), np.radians(axis_angle)
    u = x * np.cos(theta) + z * np.sin(theta)
    turned = [u * np.cos(phi) - y * np.sin(phi), u * np.sin(phi) + y * np.cos(phi)]
    return np.column_stack(turned) + np.asarray(shift, dtype=float)


def project_spheres(centres, radius, pixel, shape, *, weight=1.0):
    r"""Return the mean path through equal spheres in each pixel of a picture, exactly.

    The volume of half a sphere of radius `R` that stands on the rectangle from 0 to `x` and from 0 to `y` is,
    with :math:`s = \sqrt{R^2 - x^2 - y^2}` (0 where that is not real),

    .. math::
        V = \frac{x y s}{3} + \frac{x (3R^2 - x^2)}{6} \arctan\frac{y}{s}
        + \frac{y (3R^2 - y^2)}{6} \arctan\frac{x}{s} - \frac{R^3}{3} \arctan\frac{x y}{R s} ,

    so that the chord :math:`2\sqrt{R^2 - \rho^2}`, averaged over a pixel, is twice a sum of `V` over its four
    corners.

    Parameters
    ----------
    centres : (n, 2) array_like
        `u` and `v` of the spheres, from the middle of the picture.
    radius, pixel : float
        Radius of the spheres and width of a pixel, in the unit of `centres`.
    shape : (2,) tuple of int
        Rows and columns of the picture.
    weight : float or (n,) array_like
        Scattering of each sphere for its volume.

    Returns
    -------
    (rows, columns) array
        In the unit of `radius`. Spheres, or parts of them, outside the picture are cut off.

    Examples
    --------
    The sum of a picture is the volume of the sphere:

    >>> image = project_spheres([[0.3, -0.1]], 3.8, 0.5, (20, 20))
    >>> bool(np.isclose(image.sum() * 0.5**2, 4 / 3 * np.pi * 3.8**3))
    True
    """
    rows, columns = shape
    a = radius / pixel
    at = np.asarray(centres, dtype=float).reshape(-1, 2) / pixel + np.array([columns / 2, rows / 2])
    seen = np.all((at > -a) & (at < a + np.array([columns, rows])), axis=1)
    at, weight = at[seen], np.broadcast_to(np.asarray(weight, dtype=float), len(seen))[seen]
    size = int(np.ceil(2 * a)) + 1  # pixels that a sphere touches at most, which is also the margin
    width = columns + 2 * size
    image = np.zeros((rows + 2 * size) * width)
    span, chunk = np.arange(size + 1), max(1, AT_ONCE // (size + 1) ** 2)
    for k in range(0, len(at), chunk):
        here = at[k : k + chunk]
        first = np.floor(here - a).astype(int)
        edge = np.clip((first - here)[:, :, None] + span, -a, a)
        path = np.diff(np.diff(_volume(edge[:, 0, None, :], edge[:, 1, :, None], a), axis=1), axis=2)
        path *= 2 * weight[k : k + chunk, None, None]
        column, row = np.moveaxis(first[:, :, None] + span[:-1] + size, 1, 0)
        pixels = row[:, :, None] * width + column[:, None, :]
        image += np.bincount(pixels.ravel(), path.ravel(), minlength=len(image))
    return pixel * image.reshape(-1, width)[size:-size, size:-size]


def _volume(x, y, a):
    """Volume under a half sphere of radius a on the rectangles from 0 to x and 0 to y."""
    s = np.sqrt(np.maximum(a**2 - x**2 - y**2, 1e-30 * a**2))
    xy = x * y
    return (
        xy * s / 3
        + x * (3 * a**2 - x**2) / 6 * np.arctan(y / s)
        + y * (3 * a**2 - y**2) / 6 * np.arctan(x / s)
        - a**3 / 3 * np.arctan(xy / (a * s))
    )


def tilt_series(particles, angles, pixel, shape, *, dose=None, blur=0.0, drift=None, axis_angle=0.0,
                seed=0, exponent=1.7, cores=CORES, progress=True):  # fmt: skip
    r"""Return the pictures of a supraparticle over a range of tilts.

    .. math::
        I_\theta(u, v) = \Big[\sum_i w_i \, 2 \sqrt{\max(R_i^2 - (u - u_i)^2 - (v - v_i)^2, 0)}\Big] * G ,
        \qquad w_i = \langle Z^n \rangle_i / \langle Z^n \rangle_\mathrm{L}

    averaged over each pixel: the thickness of PbSe that scatters as much. With a dose, the counts of a pixel
    are drawn from Poisson's distribution about :math:`D p^2 I` and divided by :math:`D p^2`.

    Parameters
    ----------
    particles : pandas.DataFrame
        Columns ``x``, ``y`` and ``z`` in nm, and ``type``, a key of `cores`.
    angles : (n,) array_like
        Tilts in degrees, as ``numpy.arange(-74, 77, 2)`` of the paper's 167 nm particle.
    pixel : float
        Width of a pixel in nm.
    shape : (2,) tuple of int
        Rows (along the tilt axis) and columns (across it) of a picture.
    dose : float, optional
        :math:`D`, electrons that the detector counts in one picture for each square nanometre and each
        nanometre of PbSe. Default: no noise.
    blur : float
        Standard deviation of the Gaussian probe `G`, in nm.
    drift : (n, 2) array_like, optional
        How far each picture has moved along `u` and `v`, in nm. Default: not at all.
    axis_angle : float
        Angle in the picture from `v` to the tilt axis, in degrees.
    seed : int or numpy.random.Generator
        Of the noise.
    exponent : float
        :math:`n`, the power of the atomic number.
    cores : dict
        Diameter of the scattering core of each type, in nm.
    progress : bool
        Whether to show progress in what takes over two seconds.

    Returns
    -------
    (n, rows, columns) array of float32
        In nm of PbSe.

    Raises
    ------
    ValueError
        For particles without the columns, of other types or without finite positions, for tilts beyond 90
        degrees, and for lengths and doses out of range.

    Notes
    -----
    Source: Wang et al. (2021), Methods (`wang2021`); Treacy (2011) (`treacy2011`).

    Examples
    --------
    >>> import pandas as pd
    >>> one = pd.DataFrame({"x": [0.0], "y": [0.0], "z": [5.0], "type": ["L"]})
    >>> series = tilt_series(one, [-90, 0, 90], pixel=0.5, shape=(40, 60))
    >>> [int(picture.sum(axis=0).argmax()) for picture in series]
    [19, 29, 39]
    """
    angles, drift = _checked(particles, angles, pixel, shape, dose, blur, drift, cores)
    power = scattering_powers(exponent)
    position = particles[["x", "y", "z"]].to_numpy(dtype=float)
    species = [
        (position[particles["type"].to_numpy() == name], cores[name] / 2, power[name])
        for name in particles["type"].unique()
    ]
    random = np.random.default_rng(seed)
    series = np.zeros((len(angles), *shape), dtype=np.float32)
    # A probe narrower than a pixel is applied to parts of it, or its width would be lost.
    parts = int(min(np.ceil(pixel / blur), 4)) if blur else 1
    fine = pixel / parts, tuple(parts * n for n in shape)
    tilts = tqdm(angles, desc="tilts", delay=2, leave=False, disable=not progress)
    for picture, angle, shift in zip(series, tilts, drift, strict=True):
        clean = sum(
            project_spheres(
                positions_in_projection(where, angle, shift, axis_angle=axis_angle),
                radius, *fine, weight=weight,
            )
            for where, radius, weight in species
        )  # fmt: skip
        clean = gaussian_filter(clean, blur / fine[0], mode="constant") if blur else clean
        clean = np.maximum(clean.reshape(shape[0], parts, shape[1], parts).mean(axis=(1, 3)), 0)
        picture[:] = clean if dose is None else random.poisson(clean * dose * pixel**2) / (dose * pixel**2)
    return series


def scattering_powers(exponent=1.7):
    r"""Return what an atom of each type of core scatters, :math:`\langle Z^n \rangle`, over that of PbSe.

    Parameters
    ----------
    exponent : float
        :math:`n`.

    Returns
    -------
    dict of str to float

    Notes
    -----
    Source: Treacy (2011) (`treacy2011`).

    Examples
    --------
    >>> {name: round(float(power), 3) for name, power in scattering_powers().items()}
    {'L': 1.0, 'S': 0.512}
    """
    power = {name: np.mean(np.power(numbers, exponent, dtype=float)) for name, numbers in ATOMS.items()}
    return {name: value / power["L"] for name, value in power.items()}


def haadf(frame, axis, *, up=None, pixel=0.04, blur=0.05, dose=None, background=0.0, seed=0, exponent=1.7,
          cores=CORE_SHARES, width=None, centre=None):  # fmt: skip
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
        Directions to the viewer and up in the image, as in
        :func:`supracrystal.colloids.diffraction.view_rotation`.
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
    >>> ball = make_particles([[0, 0, 0]], ["L"])
    >>> image, extent = haadf(ball, [0, 0, 1], cores={"L": 1})
    >>> bool(np.isclose(image.sum() * 0.04**2, np.pi / 6))
    True
    """
    if not frame.particles.N:
        raise InputError("there are no particles in the frame")
    for name, value in (("pixel", pixel), ("dose", dose), ("width", width)):
        if value is not None and not 0 < value < np.inf:
            raise InputError(f"{name} is {value!r}; a positive number is needed")
    for name, value in (("blur", blur), ("background", background)):
        if not 0 <= value < np.inf:
            raise InputError(f"{name} is {value!r}; 0 or a positive number is needed")
    position = np.asarray(frame.particles.position, dtype=float)
    position = position - (position.mean(axis=0) if centre is None else np.asarray(centre, dtype=float))
    xy = position @ view_rotation(axis, up)[:2].T
    species = np.where(is_large(frame), "L", "S")
    radius = frame.particles.diameter / 2 * np.array([cores[name] for name in species])
    if width is None:
        width = 2 * (np.max(np.abs(xy) + radius[:, None]) + 4 * blur + pixel)
    side = int(np.ceil(width / pixel))
    power = scattering_powers(exponent)
    weight = np.array([power[name] for name in species])
    image = sum(
        project_spheres(xy[same], each, pixel, (side, side), weight=weight[same])
        for each in np.unique(radius)
        if len(same := np.flatnonzero(radius == each))
    )
    image = np.maximum(gaussian_filter(image, blur / pixel, mode="constant"), 0)
    brightest = image.max()
    image = image + background * brightest
    if dose is not None:
        image = np.random.default_rng(seed).poisson(image * (dose / (brightest or 1.0))).astype(float)
    return image, tuple(pixel * side / 2 * np.array([-1.0, 1, -1, 1]))


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
        Direction up in the picture, as in :func:`supracrystal.colloids.diffraction.view_rotation`.

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
    >>> row = make_particles([[0, 0, 0], [1, 0, 0], [2, 0, 0]], ["L", "L", "S"])
    >>> cross_section(row, [1, 0, 0], thickness=1.2, offset=1.5).particles.position.round(6).tolist()
    [[0.0, 0.0, 1.0], [0.0, 0.0, 2.0]]
    """
    if not thickness > 0:
        raise InputError(f"thickness is {thickness!r}; a positive number is needed")
    turned = (np.asarray(frame.particles.position, dtype=float) - centre) @ view_rotation(axis, up).T
    keep = np.abs(turned[:, 2] - offset) <= thickness / 2
    found = subset(frame, keep)
    free = make_particles(turned[keep], is_large(found), diameter=found.particles.diameter)
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
    corners = reach * found.axes @ view_rotation(axis, up).T
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


def _checked(particles, angles, pixel, shape, dose, blur, drift, cores):
    """Return tilts and drifts as arrays, after all that was given has been looked at."""
    if missing := {"x", "y", "z", "type"} - set(particles.columns):
        raise InputError(
            f"particles have no column {', '.join(sorted(missing))}; x, y, z and type are needed"
        )
    if not len(particles):
        raise InputError("there are no particles")
    if not np.isfinite(particles[["x", "y", "z"]].to_numpy(dtype=float)).all():
        raise InputError("positions of particles are not all finite")
    known = set(cores) & set(ATOMS)
    if strange := set(particles["type"]) - known:
        raise InputError(f"particles of type {sorted(map(str, strange))}; known are {sorted(known)}")
    angles = np.asarray(angles, dtype=float)
    if angles.ndim != 1 or not len(angles) or not (np.abs(angles) <= 90).all():
        raise InputError(f"angles are {angles.tolist()}; a list of degrees from -90 to 90 is needed")
    if len(shape) != 2 or min(shape) < 1:
        raise InputError(f"shape is {shape!r}; rows and columns are needed")
    for name, value in (("pixel", pixel), ("dose", dose)):
        if value is not None and not 0 < value < np.inf:
            raise InputError(f"{name} is {value!r}; a positive number is needed")
    if not 0 <= blur < np.inf:
        raise InputError(f"blur is {blur!r}; 0 or a positive number is needed")
    drift = np.zeros((len(angles), 2)) if drift is None else np.asarray(drift, dtype=float)
    if drift.shape != (len(angles), 2) or not np.isfinite(drift).all():
        raise InputError(f"drift has the shape {drift.shape}; u and v of {len(angles)} tilts are needed")
    return angles, drift
