"""Record how often species of each confidence are there, in mixtures that another program computes.

Run ``python data/spectra/confidence.py`` from the top of the repository; ``--only FAMILY`` and
``--mixtures N`` make a part of it, and ``--processes N`` shares the work. Each mixture has one to five
ions of the bounds of its family. Every second ion after the first is a near-isobar of one that is there:
its mean mass differs by less than two nominal masses. Envelopes are those of IsoSpecPy with its own masses
and abundances (carbon-13 at 1.08 %, ours is 1.07 %), drawn as Gaussian lines by this script. At random are
the abundances (Dirichlet, 1), the signal-to-noise ratio of the highest line in one point (16 to 100, even
in its logarithm), the resolving power (8,000 to 20,000), the shift of the axis (within 40 ppm), and a
falling baseline of up to a third of the highest line. The fit gets nothing but the spectrum and the bounds.

- ``gold``: Au 23-26, Ag 0-1, Pt 0-1, PET 14-19, at 1- and 1+, with up to two Na
- ``silver``: Ag 40-46, Au 0-2, FTP 26-31 at 3- and 4-, with up to two Na
- ``doped``: Ag 26-30, Au 0-1, Pt 0-1, Cu 0-2, BDT 11-13, PPh3 0-4 at 2- and 3-
- ``copper``: as silver, but one or two silver atoms of each ion are copper, which the bounds leave out,
  so that all that is found is false

It writes ``confidence.csv``, one row for each ion that is there or that the fit needs,
``reliability.csv``, the share of true ones by confidence, and ``confidence.json``, how they were made.
"""

import argparse
from concurrent.futures import ProcessPoolExecutor
from itertools import chain
from pathlib import Path

import IsoSpecPy
import numpy as np
import pandas as pd
from scipy.stats import beta
from tqdm import tqdm

from supracrystal.records import describe
from supracrystal.spectra import assign, elements, parse
from supracrystal.spectra.candidates import candidates

HERE = Path(__file__).parent
MIXTURES = {"gold": 120, "silver": 80, "doped": 82, "copper": 20}
"""Mixtures of each family: about a hundred sure assignments in each that can have some."""
ELECTRON = 0.000548579909
EDGES = (0, 0.5, 0.9, 0.99, 0.999, 1)
FAMILIES = {
    "gold": ("Au:23-26,Ag:0-1,Pt:0-1", "PET:14-19", (-1, 1), "Na:0-2"),
    "silver": ("Ag:40-46,Au:0-2", "FTP:26-31", (-3, -4), "Na:0-2"),
    "doped": ("Ag:26-30,Au:0-1,Pt:0-1,Cu:0-2", "BDT:11-13,PPh3:0-4", (-2, -3), ""),
    "copper": ("Ag:40-46,Au:0-2", "FTP:26-31", (-3, -4), "Na:0-2"),
}
"""Metals, ligands, charges, and adducts."""


def lines(species):
    """Return m/z and abundance of the lines of an ion, by IsoSpecPy alone."""
    formula = "".join(f"{symbol}{n}" for symbol, n in elements(species).items())
    found = IsoSpecPy.IsoTotalProb(0.9995, formula=formula)
    mz = (found.np_masses() - species.charge * ELECTRON) / abs(species.charge)
    return mz, found.np_probs()


def drawn(mz, species, resolution):
    """Return an envelope as Gaussian lines of unit area."""
    place, share = lines(species)
    # Isotopologues closer than a tenth of a width are one line.
    cell = np.rint(np.log(place) * resolution * 10).astype(int)
    cell -= cell.min()
    total = np.bincount(cell, share)
    place = np.bincount(cell, share * place)[total > 0] / total[total > 0]
    sd = place / resolution / 2.3548200450309493
    total = total[total > 0] / total.sum()
    curve = np.zeros(len(mz))
    for at, area, width in zip(place, total, sd, strict=True):
        near = slice(*np.searchsorted(mz, [at - 6 * width, at + 6 * width]))
        curve[near] += area / width / np.sqrt(2 * np.pi) * np.exp(-(((mz[near] - at) / width) ** 2) / 2)
    return curve


def mixture(pool, mean, random):
    """Return one to five species, near-isobars among them."""
    there = [int(random.integers(len(pool)))]
    for k in range(int(random.integers(0, 5))):
        one = there[int(random.integers(len(there)))]
        size = abs(pool[one].charge)
        near = [
            j for j in range(len(pool))
            if j not in there and pool[j].charge == pool[one].charge and abs(mean[j] - mean[one]) * size < 2
        ]  # fmt: skip
        if k % 2 == 0 and near:
            there.append(near[int(random.integers(len(near)))])
        else:
            free = [j for j in range(len(pool)) if j not in there]
            there.append(free[int(random.integers(len(free)))])
    return [pool[k] for k in there]


def one(family, seed):
    """Return the rows of one mixture."""
    metals, ligands, charges, adducts = FAMILIES[family]
    random = np.random.default_rng([seed, list(FAMILIES).index(family)])
    pool = candidates(metals, ligands, charges, adducts=adducts)
    mean = np.array([_mean(each) for each in pool])
    charge = int(random.choice(charges)) if np.prod(charges) < 0 else None
    if charge:
        mean = mean[[each.charge == charge for each in pool]]
        pool = [each for each in pool if each.charge == charge]
    there = mixture(pool, mean, random)
    listed = {str(each) for each in there}
    if family == "copper":
        there = [
            parse(
                str(each)
                .replace("Ag", f"Cu{n}Ag", 1)
                .replace(f"Ag{each.counts['Ag']}", f"Ag{each.counts['Ag'] - n}", 1)
            )
            for each in there
            for n in [int(random.integers(1, 3))]
        ]
        listed = set()
    share = random.dirichlet(np.ones(len(there)))
    resolution = float(random.uniform(8000, 20_000))
    signal_to_noise = float(np.exp(random.uniform(np.log(16), np.log(100))))
    shift = float(random.uniform(-40, 40))
    edge = [mean.min() - 15, mean.max() + 15]
    mz = np.exp(np.arange(np.log(edge[0]), np.log(edge[1]), 1 / 6 / resolution))
    intensity = sum(a * drawn(mz, each, resolution) for a, each in zip(share, there, strict=True))
    top = intensity.max()
    height = random.uniform(0, 1 / 3)
    intensity += top * height * np.exp(-(mz - mz[0]) / (mz[-1] - mz[0]) * 2)
    intensity += top / signal_to_noise * random.normal(size=len(mz))
    spectrum = pd.DataFrame({"mz": mz * (1 + 1e-6 * shift), "intensity": 1e4 * intensity / top})
    found = assign(spectrum, pool, false_rate=1)
    rows = [
        {"formula": row.formula, "confidence": row.confidence, "there": row.formula in listed, "found": True}
        for row in found.itertuples()
    ]
    rows += [
        {"formula": str(each), "confidence": 0.0, "there": True, "found": False}
        for each in there
        if str(each) in listed and str(each) not in set(found.formula)
    ]
    truth = dict(zip(map(str, there), share, strict=True))
    label = {"family": family, "seed": seed, "ions": len(there), "signal_to_noise": signal_to_noise,
             "resolution": resolution, "shift": shift, "shift_found": found.attrs["shift"]}  # fmt: skip
    return [
        label | row | {"abundance": truth.get(row["formula"], 0.0)}
        for row in rows or [{"formula": "", "confidence": 0.0, "there": False, "found": False}]
    ]


def _mean(species):
    """Return the mean m/z of an ion by IsoSpecPy's tables."""
    total = sum(
        n
        * float(
            np.dot(*(IsoSpecPy.PeriodicTbl.symbol_to_masses[e], IsoSpecPy.PeriodicTbl.symbol_to_probs[e]))
        )
        for e, n in elements(species).items()
    )
    return (total - species.charge * ELECTRON) / abs(species.charge)


def reliability(table):
    """Return for each family and range of confidence the number, mean confidence and share of true ones."""
    found = table[table.found]
    groups = found.groupby(["family", pd.cut(found.confidence, EDGES, include_lowest=True)], observed=True)
    result = groups.agg(number=("there", "size"), confidence=("confidence", "mean"), true=("there", "mean"))
    result = result.reset_index(names=["family", "range"])
    result["range"] = result["range"].astype(str)
    return result


def summary(table, least=0.999):
    """Return for each family, and all, how many ions are there, and how many are reported and false.

    `at_most` is the share of false ones that a binomial distribution excludes with 95 % (Clopper-Pearson).
    """
    rows = []
    listed = table[table.family != "copper"].assign(family="all three")
    for family, part in chain(table.groupby("family", sort=False), listed.groupby("family")):
        sure = part[part.found & (part.confidence >= least)]
        false = int((~sure.there).sum())
        rows.append(
            {"family": family, "mixtures": len(part[["seed", "shift"]].drop_duplicates()),
             "there": int(part.there.sum()), "sure": len(sure), "false": false,
             "at_most": beta.ppf(0.95, false + 1, len(sure) - false) if false < len(sure) else 1.0,
             "found": sure.there.sum() / max(part.there.sum(), 1)}
        )  # fmt: skip
    return pd.DataFrame(rows)


def main():
    """Make all mixtures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=FAMILIES, action="append")
    parser.add_argument("--mixtures", type=int, help="of each family")
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--out", type=Path, default=HERE)
    arguments = parser.parse_args()
    work = [
        (family, seed)
        for family in arguments.only or FAMILIES
        for seed in range(arguments.first, arguments.first + (arguments.mixtures or MIXTURES[family]))
    ]
    with ProcessPoolExecutor(arguments.processes) as pool:
        rows = list(tqdm(pool.map(one, *zip(*work, strict=True)), total=len(work), desc="mixtures"))
    table = pd.DataFrame(list(chain.from_iterable(rows)))
    table.to_csv(arguments.out / "confidence.csv", index=False, float_format="%.5g", lineterminator="\n")
    reliability(table).to_csv(
        arguments.out / "reliability.csv", index=False, float_format="%.5g", lineterminator="\n"
    )
    print(summary(table).to_string(index=False))
    describe(
        arguments.out / "confidence.json",
        ["confidence.csv", "reliability.csv"],
        command="python data/spectra/confidence.py",
        packages=("numpy", "scipy", "pandas", "IsoSpecPy"),
        first_seed=arguments.first,
        mixtures={family: sum(each == family for each, _ in work) for family in FAMILIES},
    )


if __name__ == "__main__":
    main()
