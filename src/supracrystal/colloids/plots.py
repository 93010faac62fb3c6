"""Figures of structures: layers in projection, and numbers of neighbours by distance."""

import numpy as np

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
