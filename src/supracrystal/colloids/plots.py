"""Figures of structures: layers and clusters in projection, diffraction patterns, neighbours by distance."""

import numpy as np

from supracrystal.colloids.diffraction import view_rotation
from supracrystal.colloids.laves import dimers, laves_phase
from supracrystal.colloids.particles import is_large, neighbours
from supracrystal.view import style


def draw_spheres(ax, x, y, large, *, diameters=(0.42, 0.62)):
    """Draw spheres in projection as discs, small ones below large ones.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    x, y : (N,) float array
    large : (N,) bool array
    diameters : (float, float)
        Of the discs for small and for large spheres.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> ax = plt.figure().subplots()
    >>> draw_spheres(ax, np.zeros(2), np.arange(2), np.array([True, False]))
    >>> len(ax.collections)
    2
    >>> plt.close()
    """
    from matplotlib.collections import EllipseCollection

    for order, (chosen, kind) in enumerate(((~large, "S"), (large, "L"))):
        size = np.full(chosen.sum(), diameters[order])
        discs = EllipseCollection(
            size,
            size,
            0 * size,
            units="xy",
            offsets=np.column_stack([x, y])[chosen],
            facecolors=style.PARTICLES[kind],
            edgecolors="white",
            linewidths=0.6,
            offset_transform=ax.transData,
            zorder=2 + order,
        )
        ax.add_collection(discs)
    ax.set(aspect="equal")
    ax.axis("off")


def draw_stacking(ax, stacking, *, layers=(3, 10)):
    """Draw the layers of a Laves phase from the side, with the positions of their dimers.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    stacking : str
        As for :func:`supracrystal.colloids.laves_phase`.
    layers : (int, int)
        The first layer drawn and the one after the last, of twelve.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> ax = plt.figure().subplots()
    >>> draw_stacking(ax, "C14")
    >>> [text.get_text() for text in ax.texts]
    ['B', 'A', 'B', 'A', 'B', 'A', 'B']
    >>> plt.close()
    """
    letters = dimers(stacking) * (12 // len(dimers(stacking)))
    crystal = laves_phase(stacking, cell="orthorhombic", cells=(1, 4, 12 // len(dimers(stacking))))
    _, width, total, *_ = crystal.configuration.box
    position, height, column = crystal.particles.position, total / 12, np.sqrt(2)
    draw_spheres(ax, position[:, 1] + width / 2, position[:, 2] + total / 2, is_large(crystal))
    place = np.array([{"A": 2 / 3, "B": 1 / 3, "C": 0.0}[letter] for letter in letters])
    # The path goes from each dimer to the nearest one of the next layer; layer 6 is in the fifth column.
    path = np.concatenate([[0], np.cumsum((np.diff(place) + 0.5) % 1 - 0.5)])
    path += 4 + place[6] - path[6]
    ax.plot(column * path, height * np.arange(12), color="black", linewidth=1.2, zorder=4)
    for k in range(*layers):
        for at in column * (np.arange(9) + place[k]):
            bar = height * (k + np.array([-3, 3]) / 8)
            ax.plot([at, at], bar, color=style.PARTICLES["L"], linewidth=3, zorder=1)
        ax.text(5.75 * column, k * height, letters[k], ha="center", va="center")
    ends = (layers[0] - 0.5) * height, (layers[1] - 0.5) * height
    ax.set(xlim=(2.6 * column, 5.6 * column), ylim=ends)


def draw_projection(ax, frame, axis, *, up=(1, 0, 0), radius=0.4):
    """Draw a cluster as seen along an axis, the nearest spheres on top.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    frame : gsd.hoomd.Frame
    axis, up : (3,) array_like
        Line of sight, and the direction that points up.
    radius : float
        Radius of the discs over the diameter of the spheres.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> ax = plt.figure().subplots()
    >>> draw_projection(ax, laves_phase("C14", cells=(3, 3, 2)), (0, 0, 1))
    >>> plt.close()
    """
    from matplotlib.collections import EllipseCollection

    position = frame.particles.position - frame.particles.position.mean(axis=0)
    x, y, depth = view_rotation(axis, up) @ position.T
    order = np.argsort(depth)
    size = radius * frame.particles.diameter[order]
    discs = EllipseCollection(
        size,
        size,
        0 * size,
        units="xy",
        offsets=np.column_stack([x, y])[order],
        facecolors=np.where(is_large(frame), style.PARTICLES["L"], style.PARTICLES["S"])[order],
        linewidths=0,
        offset_transform=ax.transData,
    )
    ax.add_collection(discs)
    reach = np.hypot(x, y).max() + 1
    ax.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
    ax.axis("off")


def draw_pattern(ax, q, intensity, *, limits=(1, 500), unit="d"):
    r"""Draw a diffraction pattern on a logarithmic grey scale.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    q : (Q,) float array
    intensity : (Q, Q) float array
        From :func:`supracrystal.colloids.diffraction_pattern`.
    limits : (float, float)
        Intensities that are black and white.
    unit : str
        The length in the label, in TeX.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> ax = plt.figure().subplots()
    >>> draw_pattern(ax, np.array([-1.0, 1.0]), np.ones((2, 2)))
    >>> plt.close()
    """
    from matplotlib.colors import LogNorm

    extent = (q[0], q[-1], q[0], q[-1])
    ax.imshow(
        np.clip(intensity, limits[0], None), origin="lower", cmap="gray", norm=LogNorm(*limits), extent=extent
    )
    ax.set(xlabel=f"$q_x {unit}$", aspect="equal")


def draw_orders(ax, orders, allowed):
    """Draw rotational orders as bars, those that the symmetry forbids in another colour.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    orders : pandas.Series
        From :func:`supracrystal.colloids.rotational_orders`.
    allowed : int
        The orders allowed are its multiples.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> import pandas as pd
    >>> ax = plt.figure().subplots()
    >>> draw_orders(ax, pd.Series({5: 0.0, 10: 0.7}), 10)
    >>> plt.close()
    """
    colours = np.where(orders.index % allowed, style.CYCLE[1], style.CYCLE[0])
    ax.bar(orders.index, orders, color=colours)
    ax.set(xlabel="$n$", ylabel="$c_n$", ylim=(0, 1), xticks=range(2, 13, 2))


def neighbour_numbers(frame, *, cutoff=2.0, decimals=4):
    """Return the number of neighbours at each distance, for each pair of species.

    Parameters
    ----------
    frame : gsd.hoomd.Frame
        A perfect crystal.
    cutoff : float
    decimals : int
        To which distances are rounded.

    Returns
    -------
    dict of str to pandas.Series
        ``"LL"``, ``"LS"`` (small neighbours of a large sphere) and ``"SS"``; numbers for each particle,
        indexed by the distance.

    Examples
    --------
    >>> neighbour_numbers(laves_phase("C15", cells=(3, 3, 1)), cutoff=1.05)["LL"].to_dict()
    {1.0: 4.0}
    """
    import pandas as pd

    large, found = is_large(frame), {}
    for pair in ("LL", "LS", "SS"):
        query, points = (large if letter == "L" else ~large for letter in pair)
        distance = neighbours(frame, cutoff, query=query, points=points)[1].round(decimals)
        distance, number = np.unique(distance, return_counts=True)
        found[pair] = pd.Series(number / query.sum(), index=distance)
    return found
