"""Time the building of Laves phases and icosahedral clusters beside ASE's and freud's builders.

C14 in growing boxes: ours beside ASE's crystal (space group and Wyckoff positions) with repeats, and beside
freud's unit cell. Icosahedral clusters of growing size: ours, of two kinds of spheres, beside ASE's of one
kind. Each pair holds about the same number of particles. The last lines give the power of the number of
particles with which our time grows.
"""

import argparse

import ase.cluster
import ase.spacegroup
import freud
import numpy as np
import pandas as pd
from timing import timed
from tqdm import tqdm

from supracrystal.colloids import icosahedral_cluster, laves_phase, shells


def ase_c14(cells):
    """Return C14 from its Wyckoff positions."""
    a = (8 / 3) ** 0.5
    sites = [(1 / 3, 2 / 3, 1 / 16), (0, 0, 0), (5 / 6, 5 / 3, 1 / 4)]
    cell = [a, a, 8 / 3, 90, 90, 120]
    return ase.spacegroup.crystal(["Mg", "Zn", "Zn"], sites, spacegroup=194, cellpar=cell).repeat(cells)


def freud_c14(cells):
    """Return C14 by freud's unit cell, whose positions are those of one of our cells."""
    one = laves_phase("C14")
    box = freud.box.Box(*one.configuration.box)
    unit = freud.data.UnitCell(box, box.make_fractional(one.particles.position))
    return unit.generate_system(cells)[1]


def report(rows, columns):
    """Print one table and how our time grows over its last three sizes."""
    table = pd.DataFrame(rows, columns=["particles", *columns]).set_index("particles")
    print(table.to_string(float_format=lambda value: f"{value:.3g}"))
    growth = np.polyfit(np.log(table.index[-3:]), np.log(table.iloc[-3:, 0]), 1)[0]
    print(f"our time grows as the number of particles to the power {growth:.2f}\n")


def main():
    """Print one line for each size."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cells", type=int, nargs="+", default=[5, 10, 15, 20, 30])
    parser.add_argument("--layers", type=int, nargs="+", default=[10, 20, 26, 34, 48])
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()

    rows = []
    for n in tqdm(options.cells, disable=None, desc="C14"):
        cells = (n, n, n)
        ours, frame = timed(lambda cells=cells: laves_phase("C14", cells=cells), options.repeats)
        ase_time, atoms = timed(lambda cells=cells: ase_c14(cells), options.repeats)
        freud_time, points = timed(lambda cells=cells: freud_c14(cells), options.repeats)
        if not frame.particles.N == len(atoms) == len(points):
            raise RuntimeError(f"the builders disagree: {frame.particles.N}, {len(atoms)}, {len(points)}")
        rows.append((frame.particles.N, ours, ase_time, freud_time, ase_time / ours, freud_time / ours))
    report(rows, ["laves / s", "ase / s", "freud / s", "ase / ours", "freud / ours"])

    rows = []
    for n in tqdm(options.layers, disable=None, desc="clusters"):
        ours, frame = timed(lambda n=n: icosahedral_cluster(n), options.repeats)
        cut, _ = timed(lambda frame=frame: icosahedral_cluster(number=frame.particles.N), options.repeats)
        found, _ = timed(lambda frame=frame: shells(frame), options.repeats)
        equal = round((3 * frame.particles.N / 10) ** (1 / 3))
        peer, atoms = timed(lambda equal=equal: ase.cluster.Icosahedron("Au", equal, 2**0.5), 1)
        rows.append((frame.particles.N, ours, cut, found, peer, len(atoms), peer / ours))
    columns = ["icosahedron / s", "sphere / s", "8 shells / s", "ase, one species / s", "ase particles"]
    report(rows, [*columns, "ase / ours"])


if __name__ == "__main__":
    main()
