"""Grow surfaces by three rules until they are some 700 units high, as the paper's mesostructures.

Run ``python data/mesostructures/topography/surfaces.py`` from the top of the repository; it needs some three
minutes on one core. It writes ``surfaces.csv``, mean height and roughness on the way, in units;
``surfaces.npz``, the heights of each surface above its lowest place where it comes nearest to the height at
which the paper's ordered mesostructure, for ``restricted`` and ``relaxed``, or its random one, for
``ballistic``, is measured (units of 5 nm); and ``surfaces.json``, how they were made.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from supracrystal.mesostructures import deposit
from supracrystal.records import describe

HERE = Path(__file__).parent
SITES = 128
LAYERS = {"relaxed": (196, 640), "restricted": (590, 2100), "ballistic": (60, 195)}
"""Units that fall on a site: until the map is kept, and at the end."""
KEPT = {"relaxed": 0, "restricted": 0, "ballistic": 1}
"""The map that is kept, of the two."""


def grow(rule, seed):
    """Return the map that is kept and the history of one rule."""
    first, last = LAYERS[rule]
    watch = np.unique(np.r_[np.geomspace(1, last, 24).round(), first, last])
    height, history = deposit((SITES, SITES), last, rule, seed=seed, watch=watch)
    if KEPT[rule] == 0:
        height, _ = deposit((SITES, SITES), first, rule, seed=seed + 1)
    return height, history.assign(rule=rule, sites=SITES)


def main():
    """Grow all and write."""
    grown = {rule: grow(rule, 10 * seed) for seed, rule in enumerate(LAYERS)}
    table = pd.concat([history.reset_index() for _, history in grown.values()])
    maps = {rule: (height - height.min()).astype(np.int16) for rule, (height, _) in grown.items()}
    columns = ["rule", "sites", "layers", "height", "roughness"]
    table[columns].to_csv(HERE / "surfaces.csv.part", index=False, float_format="%.6g", lineterminator="\n")
    np.savez_compressed(HERE / "part.npz", **maps)
    (HERE / "surfaces.csv.part").replace(HERE / "surfaces.csv")
    (HERE / "part.npz").replace(HERE / "surfaces.npz")
    describe(
        HERE / "surfaces.json",
        ["surfaces.csv", "surfaces.npz"],
        command="python data/mesostructures/topography/surfaces.py",
        packages=("numpy", "scipy", "pandas"),
        sites=SITES,
        layers=LAYERS,
        seeds={rule: 10 * seed for seed, rule in enumerate(LAYERS)},
    )


if __name__ == "__main__":
    main()
