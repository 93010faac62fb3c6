"""What lies how far from a point: density, composition and crystalline fraction in concentric shells.

After Wang et al. (2021), Fig. 5a (crystalline fraction of either species against the distance from the
centre) and Supplementary Fig. 13 (radial number densities) (`wang2021`). Shells are thick by one width
and their volumes are exact; where they reach beyond a wall or a surface, the space there counts as
empty. Positions are taken as they stand, without periodic images.
"""

from typing import NamedTuple

import gsd.hoomd
import numpy as np
import pandas as pd

from supracrystal import InputError
from supracrystal.colloids.particles import SPECIES, diameters, is_large, neighbours


def radial_profile(frame, *, centre=(0.0, 0.0, 0.0), width=0.1, selected=None, size_ratio=None):
    r"""Count particles in shells about a point, averaged over configurations.

    Parameters
    ----------
    frame : gsd.hoomd.Frame, or iterable of such
        One or more configurations, read one at a time.
    centre : (3,) array_like
        The point.
    width : float
        Thickness of a shell, in the units of the positions.
    selected : (N,) bool array, or function of a frame that returns one, optional
        The particles whose share is wanted, for instance the crystalline ones. An array holds for every
        configuration.
    size_ratio : float, optional
        As for :func:`~supracrystal.colloids.particles.diameters`, for frames without diameters.

    Returns
    -------
    pandas.DataFrame
        Three rows for each shell, as told by the column ``species``: L, S and all. Shells run out to the
        farthest particle.

        - ``radius``, ``inner``, ``outer``, ``volume``: middle, bounds and volume of the shell
        - ``number``: mean number of particles in one configuration
        - ``density``: number / volume
        - ``reduced_density``: the paper's :math:`\rho\sigma_\mathrm{av}^3`, sum of the cubes of the
          diameters / volume
        - ``composition``, ``composition_error``: share of this species among all particles of the shell
        - ``fraction``, ``fraction_error``: share of the selected among the particles of this species

        Errors are binomial, :math:`\sqrt{f(1-f)/n}` with n the particles counted in all configurations,
        as if they were independent. A share of no particles is NaN; a density without particles is 0.

    Raises
    ------
    ValueError
        For a width that is not positive, masks of another length, no configuration, or two species of one
        diameter.

    Notes
    -----
    Source: Wang et al. (2021), Fig. 5a and Supplementary Fig. 13 (`wang2021`).

    Examples
    --------
    >>> from supracrystal.colloids import make_particles
    >>> pair = make_particles([[0, 0, 0.3], [0, 0, 1.2]], ["L", "S"])
    >>> profile = radial_profile(pair, width=1.0)
    >>> profile[profile.species == "all"].number.tolist()
    [1.0, 1.0]
    """
    centre = np.asarray(centre, dtype=float)
    if centre.shape != (3,) or not np.isfinite(centre).all():
        raise InputError(f"centre is {centre.tolist()}; three finite coordinates are needed")
    if not width > 0:
        raise InputError(f"width is {width!r}; a positive length is needed")
    # Axes: shell; L or S; particles, those selected, cubes of the diameters.
    total, frames = np.zeros((1, 2, 3)), 0
    for one in [frame] if isinstance(frame, gsd.hoomd.Frame) else frame:
        chosen = np.zeros(one.particles.N) if selected is None else selected
        chosen = np.asarray(chosen(one) if callable(chosen) else chosen)
        if chosen.shape != (one.particles.N,):
            raise InputError(f"selected has the shape {chosen.shape}; ({one.particles.N},) is needed")
        shell = (np.linalg.norm(one.particles.position - centre, axis=1) / width).astype(int)
        shells = max(len(total), shell.max(initial=0) + 1)
        index = 2 * shell + ~is_large(one)
        amounts = [np.ones(len(shell)), chosen.astype(bool), diameters(one, size_ratio=size_ratio) ** 3]
        counts = [np.bincount(index, amount, minlength=2 * shells) for amount in amounts]
        total = np.pad(total, ((0, shells - len(total)), (0, 0), (0, 0)))
        total += np.stack(counts, axis=-1).reshape(shells, 2, 3)
        frames += 1
    if not frames:
        raise InputError("there is no configuration; one or more frames are needed")
    total = np.concatenate([total, total.sum(axis=1, keepdims=True)], axis=1)
    number, picked, cubes = np.moveaxis(total, -1, 0)
    edge = width * np.arange(len(total) + 1)
    volume = 4 / 3 * np.pi * np.diff(edge**3)[:, None]
    composition, composition_error = _share(number, number[:, 2:])
    fraction, fraction_error = _share(picked, number)
    columns = {
        "radius": (edge[1:, None] + edge[:-1, None]) / 2,
        "inner": edge[:-1, None],
        "outer": edge[1:, None],
        "volume": volume,
        "species": np.array([*SPECIES, "all"]),
        "number": number / frames,
        "density": number / frames / volume,
        "reduced_density": cubes / frames / volume,
        "composition": composition,
        "composition_error": composition_error,
        "fraction": fraction,
        "fraction_error": fraction_error,
    }
    if selected is None:
        del columns["fraction"], columns["fraction_error"]
    return pd.DataFrame(
        {name: np.broadcast_to(value, number.shape).ravel() for name, value in columns.items()}
    )


class Core(NamedTuple):
    """What lies within the core of a sphere; see :func:`core`."""

    number: int
    density: float
    composition: float


def core(frame, radius=None, *, depth=2.0, size_ratio=None):
    r"""Count the particles of the core: all but those closer than `depth` to the wall.

    Parameters
    ----------
    frame : gsd.hoomd.Frame
        Centred on the origin.
    radius : float, optional
        Radius of the wall. Default: there is none, and the core is the whole periodic box.
    depth : float
        Thickness of the layer left out, in the units of the positions; the paper's is
        :math:`2\sigma_\mathrm L`.
    size_ratio : float, optional
        As for :func:`~supracrystal.colloids.particles.diameters`, for frames without diameters.

    Returns
    -------
    Core
        ``number``, reduced ``density`` (sum of the cubed diameters over the volume) and ``composition``, the
        number fraction of large spheres, NaN where there are no particles.

    Raises
    ------
    ValueError
        If the sphere is not thicker than the layer, or if all particles have the same diameter.

    Notes
    -----
    Source: Wang et al. (2021), Methods (`wang2021`).

    Examples
    --------
    >>> from supracrystal.colloids import make_particles
    >>> core(make_particles([[0, 0, 0], [0, 0, 2.5]], ["L", "S"]), 4.0).number
    1
    """
    large, cubes = is_large(frame), diameters(frame, size_ratio=size_ratio) ** 3
    inside, volume = _ball(frame, radius, depth)
    number = int(inside.sum())
    composition = float(large[inside].mean()) if number else np.nan
    return Core(number, float(cubes[inside].sum() / volume), composition)


def _ball(frame, radius, depth):
    """Return which particles are in the core, and its volume; without a radius the core is the box."""
    if radius is None:
        return np.ones(frame.particles.N, dtype=bool), float(
            np.prod(frame.configuration.box[:3], dtype=float)
        )
    if not radius > depth:
        raise InputError(f"the radius is {radius!r}; more than the depth of {depth:g} is needed")
    inside = np.linalg.norm(frame.particles.position, axis=1) <= radius - depth
    return inside, 4 / 3 * np.pi * (radius - depth) ** 3


def core_pressure(frame, radius=None, *, depth=3.0, temperature=0.2, size_ratio=None):
    r"""Return the pressure in the core of a sphere, by the forces between its particles.

    .. math:: P V = N k_\mathrm B T + \tfrac13 \sum_{i<j} \lambda_{ij} \, \mathbf r_{ij} \cdot \mathbf f_{ij}

    with the N particles in a ball of the volume V inside the wall, the forces f of the WCA potential of unit
    epsilon, and the share :math:`\lambda` of the line between two particles that lies in the ball. Unlike the
    density of a ball, this does not depend on where the ball cuts the layers at the wall.

    Parameters
    ----------
    frame : gsd.hoomd.Frame
        Centred on the origin.
    radius : float, optional
        Radius of the wall. Default: there is none, and the core is the whole periodic box.
    depth : float
        Thickness of the layer left out, in diameters of a large sphere.
    temperature : float
        kT over epsilon.
    size_ratio : float, optional
        As for :func:`~supracrystal.colloids.particles.diameters`, for frames without diameters.

    Returns
    -------
    float
        In :math:`\epsilon / \sigma_\mathrm L^3`, of one configuration; it fluctuates by some per cent.

    Raises
    ------
    ValueError
        If the sphere is not thicker than the layer.

    Notes
    -----
    Source: the pressure tensor of Irving and Kirkwood (1950, `irving1950`), a third of its trace averaged
    over the ball.

    Examples
    --------
    >>> from supracrystal.colloids import make_particles
    >>> gas = make_particles([[0, 0, 0], [0, 0, 3.0]], ["L", "S"])
    >>> round(core_pressure(gas, 8.0) * 4 / 3 * np.pi * 5**3, 3)  # 2 kT
    0.4
    """
    inside, volume = _ball(frame, radius, depth)
    sigma = diameters(frame, size_ratio=size_ratio)
    pairs, distance = neighbours(frame, 2 ** (1 / 6) * sigma.max(initial=0))
    once = pairs[:, 0] < pairs[:, 1]
    (i, j), distance = pairs[once].T, distance[once]
    sixth = ((sigma[i] + sigma[j]) / 2 / distance) ** 6
    virial = np.where(sixth > 0.5, 24 * sixth * (2 * sixth - 1), 0.0)
    if radius is not None:
        # A line from one particle to the other, as a fraction of its length, enters and leaves the ball.
        position = frame.particles.position.astype(float)
        middle = -(position[i] * (position[j] - position[i])).sum(axis=1) / distance**2
        beyond = (position[i] ** 2).sum(axis=1) - (radius - depth) ** 2
        half = np.sqrt(np.maximum(middle**2 - beyond / distance**2, 0.0))
        virial *= np.clip(middle + half, 0, 1) - np.clip(middle - half, 0, 1)
    return float((inside.sum() * temperature + virial.sum() / 3) / volume)


def _share(part, whole):
    """Share and its binomial standard error, NaN where there is nothing to share."""
    whole = np.where(whole > 0, whole, np.nan)
    share = part / whole
    return share, np.sqrt(np.clip(share * (1 - share), 0, None) / whole)
