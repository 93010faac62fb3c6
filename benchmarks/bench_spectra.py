"""Print the figures of the assignment of spectra: CPU time of searches, and how often confidences are right.

- ``formula``: ``supracrystal spectrum`` with one formula, from the shell
- ``wide``: 130,000 points with five ions of 25,495 candidates: Ag 20-46, Au 0-8, BDT 8-14, PPh3 0-4, 2- to 4-
- ``nothing``: 120,000 points with lines of peptides, and none of 1,800 candidates
- ``readme``: the example of the README on a spectrum from m/z 1000 to 6000

The time is that of one core, as this process used it, whatever else runs on the machine. How often the
recorded assignments of ``data/spectra/confidence.py`` are true is read from its tables; the same numbers as
a diagram stand in the how-to on spectra.
"""

import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

from supracrystal.spectra import assign, axis, synthesise
from supracrystal.spectra.candidates import candidates

RECORDED = Path(__file__).parents[1] / "data" / "spectra"


def formula():
    """Return the CPU time of one formula from the shell."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "supracrystal", "spectrum", "[Ag53(BDT)12(DMBT)16]3-"]
    subprocess.run(command, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def search(spectrum, **bounds):
    """Return the CPU time of a search, the number of candidates, and the formulas found."""
    start = time.process_time()
    within = candidates(**bounds, mz=(spectrum.mz.iloc[0], spectrum.mz.iloc[-1]))
    found = assign(spectrum, within)
    return time.process_time() - start, len(within), found.formula.tolist()


def wide():
    """Search five ions among 25,495 candidates."""
    ions = ["[Ag29(BDT)12]3-", "[Ag29(BDT)12(PPh3)2]3-", "[Ag28Au(BDT)12(PPh3)]3-", "[Ag44(BDT)14]4-",
            "[Ag25Au2(BDT)12]2-"]  # fmt: skip
    spectrum = synthesise(
        ions, [3, 2, 1, 1, 1], resolution=10_000, mz=axis(900, 4600, 10_000), signal_to_noise=50, seed=1,
        baseline=0.05,
    )  # fmt: skip
    spectrum["mz"] *= 1 + 10e-6
    bounds = {"metals": "Ag:20-46,Au:0-8", "ligands": "BDT:8-14,PPh3:0-4", "charges": [-2, -3, -4]}
    return search(spectrum, **bounds)


def nothing():
    """Search clusters of silver where only peptides are."""
    random = np.random.default_rng(5)
    peptides = [
        ({"C": int(n), "H": int(1.55 * n), "N": int(0.27 * n), "O": int(0.3 * n)}, 1)
        for n in random.integers(30, 130, 60)
    ]
    spectrum = synthesise(
        peptides, random.dirichlet(np.ones(60)), resolution=6000, mz=axis(400, 3200, 7200), seed=6,
        signal_to_noise=200,
    )  # fmt: skip
    return search(spectrum, metals="Ag:1-20,Au:0-4", ligands="PPh3:0-6,Cl:0-2", charges=[1])


def readme():
    """Search the dimers of the README within its bounds."""
    dimers = ["[Ag53(BDT)12(DMBT)16]3-", "[Ag52(BDT)12(DMBT)15]3-"]
    spectrum = synthesise(
        dimers, [3, 1], resolution=10_000, mz=axis(1000, 6000, 10_000, points=4), signal_to_noise=60, seed=3
    )
    return search(spectrum, metals="Ag:20-54", ligands="BDT:0-12,DMBT:0-18", charges=[-1, -2, -3])


def confidence():
    """Print how many assignments at 0.999 are true, the share of ions found so, and the reliability."""
    table = pd.read_csv(RECORDED / "confidence.csv")
    for family, part in table.groupby("family"):
        sure = part[part.found & (part.confidence >= 0.999)]
        share = sure.there.sum() / max(part.there.sum(), 1)
        print(
            f"{family}: {part.seed.nunique()} mixtures, {int(part.there.sum())} ions of the bounds; at 0.999 "
            f"{len(sure)} found, {int((~sure.there).sum())} false, {share:.0%} of all; highest "
            f"confidence of a false one {part[part.found & ~part.there].confidence.max():.3f}"
        )
    print("share that is true by confidence, and number")
    print(pd.read_csv(RECORDED / "reliability.csv").to_string(index=False))


def main():
    """Print all figures."""
    print(f"formula: {formula():.2f} s of CPU")
    for one in (wide, nothing, readme):
        spent, number, found = one()
        print(
            f"{one.__name__}: {spent:.1f} s of CPU, {number} candidates, found {', '.join(found) or 'none'}"
        )
    confidence()


if __name__ == "__main__":
    main()
