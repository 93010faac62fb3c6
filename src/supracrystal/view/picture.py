"""Pictures of spheres, rods and translucent polygons, drawn with NumPy into a depth buffer.

The picture stands in for a live view (:mod:`supracrystal.view.show`) until the browser draws it, and where it
cannot. It has the same camera and the same light as 3Dmol.js, so that nothing jumps when they change
places. Left out: shadows, textures and labels.
"""

import io

import numpy as np
from PIL import Image

LIGHT = np.array([0.2, 0.2, 1.0]) / np.linalg.norm([0.2, 0.2, 1.0])


def rods(start, end, radius, rgb):
    """Return beads (position, radius, rgb), close enough to look like rods, for :func:`render`.

    Parameters
    ----------
    start, end : (M, 3) float array
    radius : float
    rgb : (M, 2, 3) float array
        Colours of the first and the second half of each rod, from 0 to 1.

    Returns
    -------
    position : (K, 3) float array
    radius : (K,) float array
    rgb : (K, 3) float array

    Examples
    --------
    >>> position, radius, rgb = rods(np.zeros((1, 3)), np.eye(3)[:1], 0.25, np.zeros((1, 2, 3)))
    >>> position[:, 0].round(2).tolist()
    [0.0, 0.11, 0.22, 0.33, 0.44, 0.56, 0.67, 0.78, 0.89, 1.0]
    """
    number = np.ceil(np.linalg.norm(end - start, axis=1) / (0.5 * radius)).astype(int) + 2
    rod = np.repeat(np.arange(len(start)), number)
    along = np.concatenate([np.linspace(0, 1, n) for n in number] or [np.empty(0)])
    position = start[rod] + along[:, None] * (end - start)[rod]
    return position, np.full(len(rod), float(radius)), rgb[rod, (along > 0.5).astype(int)]


def render(position, radius, rgb, *, distance, faces=(), opacity=0.5, haze=np.inf, pixels=480, colors=96):
    r"""Draw spheres in perspective and return the picture as a PNG file.

    Parameters
    ----------
    position : (N, 3) float array
        Centres; x points right, y up, z to the eye, which is at (0, 0, `distance`). The picture shows
        what is between -1 and 1 in the plane z = 0.
    radius : (N,) float array
    rgb : (N, 3) float array
        Colours from 0 to 1.
    distance : float
        From the eye to the origin.
    faces : list of ((3, 3), (3,)) float arrays
        Corners and colour of translucent triangles.
    opacity : float
        Of the triangles.
    haze : float
        Depth behind z = 0 at which spheres have faded away.
    pixels : int
        Width and height of the picture.
    colors : int
        Size of the palette.

    Returns
    -------
    bytes
        Equal input gives equal bytes.

    Examples
    --------
    >>> render(np.zeros((1, 3)), np.ones(1), np.ones((1, 3)), distance=5.7)[:4]
    b'\x89PNG'
    """
    side = 2 * pixels  # drawn at twice the size, for smooth edges
    depth = np.full((side, side), -np.inf)
    shade = np.zeros((side, side))
    owner = np.full((side, side), -1)
    at, scale = _project(position, distance, side)
    size = radius * scale
    nearest = position[:, 2] + radius
    windows = np.clip(np.floor(np.stack([at - size[:, None], at + size[:, None] + 1], axis=1)), 0, side)
    windows = windows.astype(int).tolist()
    for i in np.argsort(-position[:, 2], kind="stable").tolist():
        (x0, y0), (x1, y1) = windows[i]
        window = slice(y0, y1), slice(x0, x1)
        before = depth[window]
        if not before.size or before.min() >= nearest[i]:
            continue  # out of the picture, or behind others
        x = (np.arange(x0, x1) + 0.5 - at[i, 0]) / size[i]
        y = (np.arange(y0, y1) + 0.5 - at[i, 1])[:, None] / size[i]
        z = np.sqrt(np.maximum(1 - x * x - y * y, 0))
        surface = position[i, 2] + radius[i] * z
        new = (z > 0) & (surface > before)
        before[new] = surface[new]
        shade[window][new] = np.maximum(LIGHT[0] * x - LIGHT[1] * y + LIGHT[2] * z, 0)[new]
        owner[window][new] = i
    image = np.zeros((side, side, 4))
    drawn = owner >= 0
    image[drawn, :3] = rgb[owner[drawn]] * shade[drawn, None]
    fading = np.clip(-depth[drawn] / haze, 0, 1)
    image[drawn, 3] = 1 - fading**2 * (3 - 2 * fading)
    for corners, color in sorted(faces, key=lambda face: face[0][:, 2].mean()):
        _blend(image, depth, corners, np.asarray(color), opacity, distance)

    picture = Image.fromarray(np.rint(image.clip(0, 1) * 255).astype(np.uint8), "RGBA")
    picture = picture.resize((pixels, pixels), Image.Resampling.BOX)
    picture = picture.quantize(colors, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    file = io.BytesIO()
    picture.save(file, "PNG", optimize=True)
    return file.getvalue()


def _project(position, distance, side):
    """Pixel coordinates, y downwards, and pixels per unit of length at that depth."""
    scale = side / 2 * distance / (distance - position[:, 2])
    return position[:, :2] * np.stack([scale, -scale], axis=1) + side / 2, scale


def _blend(image, depth, corners, color, opacity, distance):
    """Lay a translucent triangle over what is behind it."""
    at, _ = _project(corners, distance, len(depth))
    (x0, y0), (x1, y1) = np.clip([np.floor(at.min(axis=0)), at.max(axis=0) + 1], 0, len(depth)).astype(int)
    window = slice(y0, y1), slice(x0, x1)
    area = np.linalg.det(at[1:] - at[0])
    if not area:
        return
    dx, dy = np.arange(x0, x1) + 0.5 - at[0, 0], (np.arange(y0, y1) + 0.5 - at[0, 1])[:, None]
    (ax, ay), (bx, by) = at[1:] - at[0]
    v, w = (dx * by - dy * bx) / area, (ax * dy - ay * dx) / area
    z = corners[0, 2] * (1 - v - w) + corners[1, 2] * v + corners[2, 2] * w
    inside = (v >= 0) & (w >= 0) & (v + w < 1) & (z > depth[window])
    normal = np.cross(corners[1] - corners[0], corners[2] - corners[0])
    light = abs(normal @ LIGHT) / (np.linalg.norm(normal) or 1)
    below = image[window][inside]
    alpha = opacity + below[:, 3:] * (1 - opacity)
    mixed = (color * light * opacity + below[:, :3] * below[:, 3:] * (1 - opacity)) / alpha
    image[window][inside] = np.concatenate([mixed, alpha], axis=1)
