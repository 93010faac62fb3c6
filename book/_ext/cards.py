"""``python book/_ext/cards.py`` draws the pictures on the cards of the landing page, in ``book/_static``."""

import base64
import io
import re
from pathlib import Path

import numpy as np
from PIL import Image

from supracrystal.clusters import draw, relaxed
from supracrystal.colloids import classify, find_icosahedron
from supracrystal.simulation import read_frames, recorded_run
from supracrystal.view import particles

ROOT = Path(__file__).parents[2]
SIDE = 160  # pixels


def views():
    """Return a view for each paper."""
    grown = read_frames(ROOT / "data/confinement/seeded-3501/average.gsd")[0]
    axis = find_icosahedron(grown).axes[0]
    pair = relaxed("dimers/ag53-pair")
    half = pair.arrays["part"]
    ends = [pair.positions[(half == k) & (pair.arrays["shell"] == "centre")][0] for k in (0, 1)]
    pair.rotate(ends[1] - ends[0], "x")
    pair = pair[pair.numbers > 1]
    color = np.where(pair.numbers == 16, "S", np.array(["one", "other"])[pair.arrays["part"]])
    alloy = relaxed("ag44-sh")
    alloy = alloy[alloy.numbers > 1]
    silver = np.flatnonzero(alloy.numbers == 47)
    far = np.linalg.norm(alloy.positions - alloy.positions[silver].mean(axis=0), axis=1)
    alloy.numbers[silver[np.argsort(far[silver])[:12]]] = 79
    plates = recorded_run("plates-annealed")[2]
    height = np.asarray(plates.particles.position)[:, 2].round(1)
    return {
        "wang2021": particles(grown, color=classify(grown), clip=(axis, 3.0), axis=axis, alt="-"),
        "acharya2025": draw(
            pair,
            color=color,
            palette={"one": "#8c96a0", "other": "#3b6fb6", "S": "#e0b000"},
            axis=(0, -1, 0.2),
            alt="-",
        ),
        "lin2022": draw(alloy, alt="-"),
        "bose2025": particles(plates, color=height, radius=1.15, alt="-"),
    }


def still(view):
    """Return the picture of a view, cut to what is drawn."""
    png = base64.b64decode(re.search('image/png;base64,([^"]+)', view)[1])
    picture = Image.open(io.BytesIO(png)).convert("RGBA")
    picture = picture.crop(picture.getbbox())
    picture.thumbnail((SIDE, SIDE))
    square = Image.new("RGBA", (SIDE, SIDE))
    square.paste(picture, ((SIDE - picture.width) // 2, (SIDE - picture.height) // 2))
    return square


if __name__ == "__main__":
    for name, view in views().items():
        still(view).save(ROOT / "book" / "_static" / f"card-{name}.webp", quality=60, method=6)
