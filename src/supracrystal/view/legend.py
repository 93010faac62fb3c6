"""Colours of the particles in a scene (:mod:`supracrystal.view.show`), and the legend that explains them.

Left out: two quantities at once, and scales that are not linear.
"""

import html

import matplotlib
import numpy as np

from supracrystal import InputError
from supracrystal.view import style

NONE = "#c9cdd2"
"""Colour of class -1."""


def colored(color, species, shape, *, palette, limits, known, title, shades):
    """Return the colours of all particles and what the legend says of them.

    Parameters
    ----------
    color : "species", (N,) or (T, N) array_like
    species : (N,) array of str
    shape : (int, int)
        Numbers of frames and of particles, T and N.
    palette, limits
        As given to :func:`supracrystal.view.show.particles`.
    known : dict
        Colours of classes that need not be in the palette.
    title : str or None
    shades : int
        Colours on a scale, at most 256.

    Returns
    -------
    index : (T, N) int array
        Colour of each particle.
    colors : list of str
    legend : str
        HTML, of the last frame.
    counts : list of list of int
        The numbers in the legend for each frame; none for a scale.

    Raises
    ------
    ValueError
        For colours of another shape, values that are not finite, and more than 256 classes.

    Examples
    --------
    >>> options = {"palette": None, "limits": None, "title": None, "known": {"L": "cyan", "S": "red"}}
    >>> index, colors, _, counts = colored("species", np.array(["S", "L"]), (1, 2), shades=256, **options)
    >>> index.tolist(), colors, counts
    ([[1, 0]], ['#00ffff', '#ff0000'], [[1, 1]])
    """
    values = species if isinstance(color, str) and color == "species" else np.asarray(color)
    if values.shape not in (shape, shape[1:]):
        needed = f"{shape[1:]} or {shape}" if shape[0] > 1 else f"{shape[1:]}"
        raise InputError(f"color has the shape {values.shape}; {needed} is needed")
    values = np.broadcast_to(values, shape)
    heading = f"<span>{html.escape(title)}</span>" if title else ""
    if values.dtype.kind == "f":
        if not np.isfinite(values).all():
            bad = np.flatnonzero(~np.isfinite(values).all(axis=0))
            raise InputError(f"color is not finite for {bad.size} particles, the first is {bad[0]}")
        if palette is not None and palette not in list(matplotlib.colormaps):
            raise InputError(f"palette is {palette!r}; real numbers need the name of a Matplotlib colour map")
        low, high = limits if limits is not None else (values.min(), values.max())
        scale = matplotlib.colormaps[palette or "viridis"](np.linspace(0, 1, shades))
        colors = [matplotlib.colors.to_hex(shade) for shade in scale]
        stops = ",".join(colors[:: shades // 17])
        ramp = (
            f'<span><span class="count">{low:.3g}</span>'
            f'<span class="ramp" style="background:linear-gradient(90deg,{stops})"></span>'
            f'<span class="count">{high:.3g}</span></span>'
        )
        share = np.clip((values - low) / ((high - low) or 1.0), 0, 1)
        return np.rint(share * (shades - 1)).astype(int), colors, heading + ramp, []

    names, index = np.unique(values, return_inverse=True)
    index = index.reshape(shape)
    if len(names) > 256:
        raise InputError(
            f"color has {len(names)} classes, at most 256 can be told apart; give real numbers, "
            "color.astype(float), for a colour scale"
        )
    known = {**known, -1: NONE, **(palette or {})}
    names = names.tolist()
    new = [name for name in names if name not in known]
    cycle = style.CYCLE if len(new) <= len(style.CYCLE) else matplotlib.colormaps["tab20"].colors
    known |= {name: cycle[k % len(cycle)] for k, name in enumerate(new)}
    rank = {name: k for k, name in enumerate(palette or known)}
    order = sorted(range(len(names)), key=lambda k: rank.get(names[k], len(rank)))
    counts = np.array([np.bincount(each, minlength=len(names)) for each in index])[:, order].tolist()
    items = [
        f'<span><span class="dot" style="background:{matplotlib.colors.to_hex(known[names[k]])}"></span>'
        f"{'none' if names[k] == -1 else html.escape(str(names[k]))} "
        f'<span class="count">{number:,}</span></span>'
        for k, number in zip(order, counts[-1], strict=True)
    ]
    return index, [matplotlib.colors.to_hex(known[name]) for name in names], heading + "".join(items), counts
