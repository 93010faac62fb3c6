"""Interactive three-dimensional views of particles and atoms, over py3Dmol and 3Dmol.js.

:func:`particles`, :func:`trajectory` and :func:`atoms` return :class:`Html`: a notebook, a page of the book
or a report shows it. What comes with it is a picture, drawn here with NumPy, and the data of the scene,
packed in binary. The browser shows the picture until the reader scrolls to it and then replaces it with a
live scene; where there is no JavaScript or no WebGL the picture stays. Nothing in the output depends on
the time or on other views, so that equal input gives equal bytes.

Positions are stored as 16-bit integers (1/65,000 of the width of the scene), colours and diameters as
8-bit ones: 11 bytes a particle in base64. 3Dmol.js draws a sphere as one shaded square on the graphics
card. All particles are drawn, never a sample; ``benchmarks/bench_view.py`` tells what that costs. A view
that turns by itself stops where a frame takes longer than a tenth of a second. In a trajectory, pairs of
colour and diameter are numbered, and a particle costs 8 or 9.3 bytes in each frame.

The camera commands are recorded by :class:`py3Dmol.view`. Its own HTML is not used, because it fetches
3Dmol.js from another host and names its elements by the time of day. Left out: labels in the scene,
numbers of particles that change in time, and anything that asks a running kernel.
"""

import base64
import html
import json
import os
from importlib import resources

import matplotlib
import numpy as np
import py3Dmol

from supracrystal import InputError
from supracrystal.view import legend, picture, scene, style

LIBRARY = "_assets/3Dmol-min.js"
"""Where the book serves 3Dmol.js, relative to its root."""
AXIS = (1.0, -2.0, 0.8)
"""Default direction from the scene to the reader."""
REACH = 20.0
"""Radius of every scene in the units of 3Dmol.js, whose zoom and depth have fixed steps."""
DISTANCE = REACH / np.tan(np.radians(10))
"""From the eye to the centre, for the field of view of 3Dmol.js, 20 degrees."""
HAZE = 4.0
"""Depth behind the centre, in radii of the scene, at which it fades into the ground."""
OPACITY = 0.5
LINE = "#6f7782"
RIM = 0.05


class Html(str):
    """HTML that a notebook shows as such."""

    __slots__ = ()

    def _repr_html_(self):
        return str(self)

    def __repr__(self):
        return f"<Html of {len(self)} characters>"


def particles(frame, *, color="species", radius=1.0, **options):
    """Show the particles of a frame as spheres.

    Parameters
    ----------
    frame : gsd.hoomd.Frame
        Spheres have the diameters in ``frame.particles.diameter``.
    color : "species", (N,) array_like
        Real numbers are shown on a colour scale; strings, truth values and integers as classes, each
        with its own colour and its number of particles in the legend. (Class -1 means "none".)
    palette : dict or str, optional
        Colour of each class, or the name of a Matplotlib colour map for real numbers.
    limits : (2,) tuple of float, optional
        Ends of the colour scale. Default: the range of the values.
    radius : float
        Factor on the radii of the spheres.
    bonds : (M, 2) int array_like, optional
        Pairs of particles to connect by thin cylinders.
    polyhedra : list of int array_like, or dict of color to such lists, optional
        Particles whose convex hulls are drawn, translucent.
    box : bool
        Draw the edges of the simulation box.
    confinement : float, optional
        Radius of a sphere about the origin, a wall, whose outline is drawn.
    clip : (normal, offset), optional
        Hide the particles with ``normal @ position > offset`` for the unit vector along `normal`; a
        slider moves the plane.
    axis : (3,) array_like
        Direction from the scene to the reader; z points up, or y where the axis is along z.
    spin : bool
        Turn the scene slowly, with a button to pause. Readers who ask for less motion see it at rest.
    label : str, optional
        Caption below the view.
    title : str, optional
        What the colours mean, before the legend.
    width, height : str, int
        Width as CSS length; height in pixels.
    script : {"site", "inline", "none"}, optional
        Where 3Dmol.js comes from: served by the book, contained in the output (0.5 MB each time), or
        put on the page elsewhere by :func:`script_tag`. Default: ``"site"`` while the book is built
        (the environment variable ``SUPRACRYSTAL_BOOK`` is set), otherwise ``"inline"``.
    alt : str
        What the view shows, in words, for readers who do not see it. Without default, because only the
        author knows what the view is there to show.

    Returns
    -------
    Html

    Raises
    ------
    ValueError
        For arrays that do not fit the particles, values that are not finite, and flat polyhedra.
    FileNotFoundError
        If 3Dmol.js is to be contained in the output and is not installed.

    Examples
    --------
    >>> from supracrystal.colloids import make_particles as make
    >>> pair = make([[0, 0, 0], [0.9, 0, 0]], ["L", "S"])
    >>> text = particles(pair, alt="A large and a small sphere in contact", script="none")
    >>> 'aria-label="A large and a small sphere in contact"' in text
    True
    """
    return trajectory([frame], color=color, radius=radius, **options)


def trajectory(frames, *, color="species", radius=1.0, labels=None, fps=6.0, loop=False, **options):
    """Show a player through the frames of a trajectory, with a button, a slider and the time.

    It opens on the last frame, which is also what the still picture shows, and plays when asked to. The
    reader may turn the scene meanwhile. Counts in the legend are those of the frame on show.

    Parameters
    ----------
    frames : iterable of gsd.hoomd.Frame
        With as many particles each, in the same order. Species may change.
    color : "species", (N,) or (T, N) array_like
        As in :func:`particles`, the same in all frames or different in each.
    radius : float or array_like
        Factor on the radii of the spheres, of any shape that broadcasts to (T, N): where it is small,
        the others can be seen.
    labels : (T,) sequence, optional
        What to write beside the slider. Default: the step, if it is not the same in all frames, or else
        the number of the frame.
    fps : float
        Frames in a second.
    loop : bool
        Begin again at the end.
    **options
        As in :func:`particles`. Bonds and polyhedra join the same particles in all frames; a cutting plane
        stays where it is.

    Returns
    -------
    Html

    Raises
    ------
    ValueError
        As in :func:`particles`, and where frames do not have as many particles.

    Examples
    --------
    >>> from supracrystal.colloids import make_particles as make
    >>> pairs = [make([[0, 0, 0], [x, 0, 0]], ["L", "S"]) for x in (1.5, 1.2, 0.9)]
    >>> text = trajectory(pairs, labels=["0 s", "1 s", "2 s"], alt="Two spheres meet", script="none")
    >>> 'max="2"' in text, ">2 s</output>" in text
    (True, True)
    """
    frames = list(frames)
    if not frames:
        raise InputError("there are no frames to show")
    names = [np.asarray(frame.particles.types)[frame.particles.typeid] for frame in frames]
    for k, name in enumerate(names):
        if len(name) != len(names[0]):
            raise InputError(f"frame {k} has {len(name)} particles, frame 0 has {len(names[0])}")
    if isinstance(color, str) and color == "species" and (np.array(names) != names[0]).any():
        color = np.array(names)
    shape = (len(frames), len(names[0]))
    diameter = [1.0 if f.particles.diameter is None else f.particles.diameter for f in frames]
    diameter = np.array([np.broadcast_to(d, shape[1]) for d in diameter], dtype=float)
    try:
        size = diameter / 2 * np.broadcast_to(np.asarray(radius, dtype=float), shape)
    except ValueError:
        raise InputError(f"radius has the shape {np.shape(radius)}, which does not fit {shape}") from None
    if labels is None:
        steps = [int(frame.configuration.step or 0) for frame in frames]
        labels = [f"{k + 1} of {len(frames)}" for k in range(len(frames))]
        labels = [f"step {step:,}" for step in steps] if len(set(steps)) > 1 else labels
    if len(labels) != len(frames):
        raise InputError(f"there are {len(labels)} labels for {len(frames)} frames")
    if not 0 < fps < np.inf:
        raise InputError(f"fps is {fps!r}; a positive number of frames a second is needed")
    lx, ly, lz, xy, xz, yz = frames[-1].configuration.box
    cell = np.array([[lx, 0, 0], [xy * ly, ly, 0], [xz * lz, yz * lz, lz]])
    player = {"labels": [str(label) for label in labels], "fps": float(fps), "loop": bool(loop)}
    return _view(
        np.array([frame.particles.position for frame in frames], dtype=float),
        size,
        names[0],
        color,
        {**style.PARTICLES, **style.CLASSES},
        cell=cell,
        corner=-cell.sum(axis=0) / 2,
        player=player if len(frames) > 1 else None,
        **options,
    )


def atoms(atoms, *, color="species", radius=1.0, bonds=None, **options):
    """Show atoms as spheres of their covalent radii, times `radius`, in the colours of their elements.

    Parameters
    ----------
    atoms : ase.Atoms
    color, radius
        As in :func:`particles`.
    bonds : bool or (M, 2) int array_like, optional
        True finds bonds up to 1.1 times the sum of the covalent radii, where metal atoms in clusters
        touch, and not across the faces of a periodic cell.
    **options
        As in :func:`particles`.

    Returns
    -------
    Html

    Examples
    --------
    >>> from ase.cluster import Icosahedron
    >>> text = atoms(Icosahedron("Ag", 2), bonds=True, alt="Silver icosahedron", script="none")
    >>> '<span class="count">13</span>' in text
    True
    """
    from ase.data import covalent_radii
    from ase.data.colors import jmol_colors
    from ase.neighborlist import natural_cutoffs, neighbor_list

    symbols = np.array(atoms.get_chemical_symbols())
    if bonds is True:
        first, second, image = neighbor_list("ijS", atoms, natural_cutoffs(atoms, mult=1.1))
        keep = (first < second) & (image == 0).all(axis=1)
        bonds = np.column_stack([first, second])[keep]
    return _view(
        atoms.positions[None],
        covalent_radii[atoms.numbers][None] * radius,
        symbols,
        color,
        {**{s: jmol_colors[n] for s, n in zip(symbols, atoms.numbers, strict=True)}, **style.ELEMENTS},
        bonds=None if bonds is False else bonds,
        cell=atoms.cell.array,
        corner=np.zeros(3),
        **options,
    )


def script_tag():
    """Return 3Dmol.js and the script of the views as HTML, for documents with several views.

    Put it into the document once, and make the views with ``script="none"``.

    Raises
    ------
    FileNotFoundError
        If 3Dmol.js is not installed in the package.

    Examples
    --------
    >>> script_tag().startswith("<script>")
    True
    """
    static = resources.files("supracrystal") / "_static"
    try:
        library = (static / "3Dmol-min.js").read_text(encoding="utf-8")
    except FileNotFoundError:
        raise FileNotFoundError(
            f"{static / '3Dmol-min.js'} is missing: `make` in the repository installs it from the npm "
            "package 3dmol"
        ) from None
    # Without `define` and `module` in sight, the library sets its global name also beside require.js.
    wrapped = f"window.$3Dmol||(function(define,exports,module){{{_safe(library)}\n}}).call(window)"
    return Html(f"<script>{wrapped}</script>{_own_script()}")


def _own_script():
    static = resources.files("supracrystal") / "_static"
    css, js = ((static / f"view.{kind}").read_text(encoding="utf-8") for kind in ("css", "js"))
    return f"<style>{css}</style><script>{_safe(js)}</script>"


def _safe(text):
    return text.replace("</script", r"<\/script").replace("<!--", r"<\!--")


def _view(position, radius, species, color, known, *, alt, palette=None, limits=None, bonds=None,
          polyhedra=None, box=False, clip=None, axis=AXIS, spin=False, label=None, title=None,
          width="100%", height=460, script=None, cell=None, corner=None, confinement=None,
          player=None):  # fmt: skip
    if not isinstance(alt, str) or not alt.strip():
        raise InputError(f"alt is {alt!r}; it must say in words what the view shows")
    script = script or ("site" if os.environ.get("SUPRACRYSTAL_BOOK") else "inline")
    if script not in ("site", "inline", "none"):
        raise InputError(f"script is {script!r}; allowed are 'site', 'inline' and 'none'")
    number = len(species)
    if not number:
        raise InputError("there are no particles to show")
    for name, wrong, what in (
        ("position", ~np.isfinite(position).all(axis=2), "not finite"),
        ("diameter", ~np.isfinite(radius), "not finite"),
        ("diameter", radius <= 0, "not positive"),
    ):
        if wrong.any():
            k, i = np.argwhere(wrong)[0]
            raise InputError(f"{name} is {what} for particle {i}" + (f" of frame {k}" if player else ""))

    sizes, size = scene.levels(radius)
    shades = 256 // len(sizes) if player and len(sizes) <= 8 else 256  # one byte for a pair
    index, colors, key, counts = legend.colored(
        color, species, (len(position), number), palette=palette, limits=limits, known=known, title=title,
        shades=shades,
    )  # fmt: skip
    bonds = scene.indices(np.empty((0, 2)) if bonds is None else bonds, number, "bonds")
    if bonds.size and (bonds.ndim != 2 or bonds.shape[1] != 2):
        raise InputError(f"bonds has the shape {bonds.shape}; (M, 2) is needed")
    bonds = bonds.reshape(-1, 2)
    hulls, edges = scene.hulls(polyhedra, position[-1])
    rims = np.array(scene.box_edges(corner, cell) if box else []).reshape(-1, 3)
    everything = np.concatenate([*position, rims])
    centre = (everything.max(axis=0) + everything.min(axis=0)) / 2
    if confinement is not None:
        if not 0 < confinement < np.inf:
            raise InputError(f"confinement is {confinement!r}; a positive radius is needed")
        centre = np.zeros(3)
    position, rims = position - centre, rims - centre
    reach = max(
        np.max(np.linalg.norm(position, axis=2) + radius),
        np.linalg.norm(rims, axis=1).max(initial=confinement or 0),
    )
    rgb = matplotlib.colors.to_rgba_array(colors)[index[-1], :3]
    if player:
        hue, level, index = scene.pairs(index, size)
        colors, sizes = [colors[k] for k in hue], sizes[level]
        if (index == index[0]).all():
            index = index[:1]
        player = {**player, "counts": counts}
    turn = scene.orientation(axis)
    data = {
        "number": number,
        "centre": centre.tolist(),
        "quantum": float(np.abs(position).max() or 1.0) / 32767,
        "unit": float(REACH / (1.02 * reach or 1.0)),
        "color": scene.pack(index, "u1" if len(colors) <= 256 else "<u2"),
        "colors": colors,
        "size": None if player else scene.pack(size, "u1"),
        "sizes": sizes.tolist(),
        "bonds": scene.pack(bonds, "<u4"),
        "edges": scene.pack(edges, "<u4"),
        "hulls": [[shade, scene.pack(faces, "<u4")] for shade, faces in hulls],
        "thin": float(0.12 * np.median(radius)),
        "line": LINE,
        "opacity": OPACITY,
        "plane": scene.plane(clip, position.reshape(-1, 3), centre),
        "player": player,
        "confinement": None,
    }
    data["position"] = scene.pack(position / data["quantum"], "<i2")
    data["commands"] = _commands(turn, rims.reshape(-1, 2, 3) * data["unit"])
    shown = position[-1]
    lines = [(shown, bonds, data["thin"], None), (shown, edges, data["thin"] / 2, LINE),
             (rims, np.arange(len(rims)).reshape(-1, 2), RIM / data["unit"], LINE)]  # fmt: skip
    png = _draw(shown, radius[-1], rgb, data, turn, lines, hulls)
    picture = base64.b64encode(png).decode()

    live, bar, wall = "", "", ""
    if confinement is not None:
        data["confinement"] = confinement * data["unit"]
        across = np.tan(np.arcsin(data["confinement"] / DISTANCE)) * DISTANCE / REACH
        wall = f'<svg viewBox="-1 -1 2 2" aria-hidden="true"><circle r="{across:.4f}"/></svg>'
    if clip is not None:
        *_, offset, low, high = data["plane"]
        live += (
            f'<label data-live>Cut<input class="cut" type="range" min="{low:.6g}" max="{high:.6g}" '
            f'step="any" value="{offset:.6g}" aria-label="Position of the cutting plane"></label>'
        )
    if spin:
        live += '<button class="spin" type="button" data-live>Pause</button>'
    if player:
        last, widest = len(position) - 1, max(map(len, player["labels"]))
        bar = (
            '<div class="bar player"><button class="play" type="button" data-live>Play</button>'
            f'<input class="time" type="range" min="0" max="{last}" step="1" value="{last}" data-live '
            f'aria-label="Frame"><output style="min-width:{widest}ch">'
            f"{html.escape(player['labels'][-1])}</output></div>"
        )
    source = f' data-library="{LIBRARY}"' if script == "site" else ""
    caption = f"<figcaption>{html.escape(label)}</figcaption>" if label else ""
    alt, width = html.escape(alt), html.escape(str(width))
    return Html(
        {"site": _own_script, "inline": script_tag, "none": str}[script]()
        + f'<supracrystal-view{source} style="display:block;width:{width}"><figure>'
        f'<div class="scene" role="img" aria-label="{alt}" style="height:min({int(height)}px,100vw)">'
        f'<img class="dark-light" alt="{alt}" style="width:100%;height:100%;object-fit:contain" '
        f'src="data:image/png;base64,{picture}">{wall}</div>'
        f'{bar}<div class="bar">{key}{live}</div>{caption}</figure>'
        f'<script type="application/json">{_safe(json.dumps(data, separators=(",", ":")))}</script>'
        "</supracrystal-view>"
    )


def _commands(turn, rims):
    """Return calls on the viewer in JavaScript: the edges of a box, the depth cue and the camera."""
    recorded = py3Dmol.view()
    for ends in rims:
        start, end = (dict(zip("xyz", at.round(3).tolist(), strict=True)) for at in ends)
        recorded.addCylinder({"start": start, "end": end, "radius": RIM, "color": LINE})
    recorded.setSlab(-100, 100)
    recorded.enableFog({"fogStart": 0.5, "fogEnd": 0.5 + HAZE * REACH / 200})
    recorded.setView([0, 0, 0, 150 - DISTANCE, *turn.as_quat().tolist()])
    recorded.render()
    return recorded.updatejs


def _draw(position, radius, rgb, data, turn, lines, hulls):
    """Return the picture of the scene as the live view shows it at first."""
    shown = np.ones(len(position), bool)
    if data["plane"]:
        *normal, offset, _, _ = data["plane"]
        shown = position @ normal <= offset + data["quantum"]
    parts = [(position[shown], radius[shown], rgb[shown])]
    for at, pairs, thin, shade in lines:
        pairs = pairs[shown[pairs].all(axis=1)] if at is position else pairs
        rgb_ends = (
            rgb[pairs] if shade is None else np.tile(matplotlib.colors.to_rgb(shade), (len(pairs), 2, 1))
        )
        parts.append(picture.rods(at[pairs[:, 0]], at[pairs[:, 1]], thin, rgb_ends))
    at, thick, shades = (np.concatenate(part) for part in zip(*parts, strict=True))
    scale = data["unit"] / REACH
    faces = [(turn.apply(position[face]) * scale, matplotlib.colors.to_rgb(shade))
             for shade, faces in hulls for face in faces if shown[face].all()]  # fmt: skip
    return picture.render(
        turn.apply(at) * scale,
        thick * scale,
        shades,
        faces=faces,
        opacity=OPACITY,
        haze=HAZE,
        distance=DISTANCE / REACH,
    )
