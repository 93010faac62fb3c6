"""Slow, literal oracles: published formulas written out as they are printed, for the tests alone.

Nothing here imports the package.
"""

import numpy as np


def periodic_pairs(position, box, r_max):
    """Ordered pairs closer than `r_max`, by the sum over neighbouring images of a HOOMD box."""
    lx, ly, lz, xy, xz, yz = box
    matrix = np.array([[lx, xy * ly, xz * lz], [0, ly, yz * lz], [0, 0, lz]])
    fractional = np.linalg.solve(matrix, np.asarray(position, dtype=float).T).T
    inside = (matrix @ (fractional - np.floor(fractional)).T).T
    pairs = set()
    for i, a in enumerate(inside):
        for j, b in enumerate(inside):
            for image in np.ndindex(3, 3, 3):
                if i != j and np.linalg.norm(b + matrix @ (np.array(image) - 1) - a) < r_max:
                    pairs.add((i, j))
    return pairs
