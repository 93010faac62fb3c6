"""Time the isotopic envelopes of a family of alloys beside IsoSpecPy, pyOpenMS, molmass and pyteomics.

The 135 ions are Au(x)Ag(44-x) for x from 0 to 44 with 30, 27 and 26 ligands and the charges 4-, 3- and 2-.
Each program starts from the numbers of atoms, in the form it takes, and ends with probability and mean mass
of every nominal mass. Those that list isotopologues are asked for 99.99 %, the least that brings
intensities within 1e-4 of the apex, and their lists are summed up by NumPy. pyOpenMS has a coarse generator
too, which sets masses at equal distances, and so is not as accurate.

Differences are the largest over the family, from ours with the isotopes of that program: of intensity over
the apex, and of mass where it is above a thousandth of the apex. molmass convolves atom by atom and is the
check on us. pyteomics visits all isotopologues; as these are too many, its time is that of some, times
their number.
"""

import argparse
import itertools
import math
import time

import molmass
import numpy as np
import pandas as pd
import pyopenms
from IsoSpecPy import IsoTotalProb, PeriodicTbl
from pyteomics.mass import Composition, calculate_mass, isotopologues, nist_mass
from timing import timed
from tqdm import tqdm

from supracrystal.spectra import ELECTRON, ISOTOPES, envelope, envelopes

COVERAGE = 0.9999
SYMBOLS = ("Ag", "Au", "C", "H", "O", "S")
FAMILY = [
    ({"Ag": 44 - x, "Au": x, "C": 7 * n, "H": 5 * n, "O": 2 * n, "S": n}, -charge)
    for n, charge in ((30, 4), (27, 3), (26, 2))
    for x in range(45)
]
SMALL = [({"Ag": 1, "C": 2, "H": 6, "S": 2}, -1)]


def formula(counts):
    """Return a formula without brackets."""
    return "".join(f"{symbol}{count}" for symbol, count in counts.items() if count)


def excess(counts, table):
    """Return the mean of mass over mass number; isotopologues stray from it by far less than 1/2."""
    return sum(n * np.dot(np.subtract(table[e][1], table[e][0]), table[e][2]) for e, n in counts.items())


def summed(mass, probability, shift):
    """Return nominal masses, probabilities and mean masses of isotopologues."""
    number = np.rint(mass - shift).astype(int)
    first = number.min()
    total, weighted = (np.bincount(number - first, w) for w in (probability, probability * mass))
    full = total > 0
    return np.arange(first, first + len(total))[full], total[full], weighted[full] / total[full]


def by_isospec(counts):
    """List isotopologues by IsoSpecPy."""
    lines = IsoTotalProb(COVERAGE, {e: n for e, n in counts.items() if n})
    return summed(lines.np_masses(), lines.np_probs(), SHIFT["IsoSpecPy"] @ list(counts.values()))


def by_fine_pyopenms(counts):
    """List isotopologues by pyOpenMS."""
    ion = pyopenms.EmpiricalFormula(formula(counts))
    lines = pyopenms.FineIsotopePatternGenerator(1 - COVERAGE, True).run(ion).getContainer()
    mass, probability = np.array([(line.getMZ(), line.getIntensity()) for line in lines]).T
    return summed(mass, probability, SHIFT["pyOpenMS, fine"] @ list(counts.values()))


def by_coarse_pyopenms(counts):
    """Convolve nominal masses by pyOpenMS; 250 of them hold all that counts."""
    ion = pyopenms.EmpiricalFormula(formula(counts))
    lines = pyopenms.CoarseIsotopePatternGenerator(250, False).run(ion).getContainer()
    mass, probability = np.array([(line.getMZ(), line.getIntensity()) for line in lines]).T
    lightest = sum(n * TABLES["pyOpenMS, coarse"][e][0][0] for e, n in counts.items())
    return lightest + np.arange(len(mass)), probability, mass


def by_molmass(counts):
    """Convolve nominal masses by molmass."""
    lines = molmass.Formula(formula(counts)).spectrum()
    return tuple(np.array([(number, line.fraction, line.mass) for number, line in lines.items()]).T)


def by_pyteomics(counts, most=None):
    """Visit all isotopologues, or some, by pyteomics."""
    visited = isotopologues(
        composition=Composition({e: n for e, n in counts.items() if n}),
        report_abundance=True, isotope_threshold=1e-9,
    )  # fmt: skip
    lines = [(calculate_mass(composition=each), p) for each, p in itertools.islice(visited, most)]
    mass, probability = np.array(lines).T
    return summed(mass, probability, SHIFT["pyteomics"] @ [counts.get(e, 0) for e in SYMBOLS])


def differences(found, family, table):
    """Return the largest differences of intensity over the apex, and of mass in mDa, from ours."""
    worst = np.zeros(2)
    mz, abundance = envelopes(family, coverage=1 - 1e-10, isotopes=table)
    for (counts, charge), places, p, theirs in zip(family, mz, abundance, found, strict=True):
        mass = (places * -charge + charge * ELECTRON)[p > 0]
        number = np.rint(mass - excess(counts, table)).astype(int)
        intensity = pd.Series(theirs[1], theirs[0]).reindex(number, fill_value=0).to_numpy()
        means = pd.Series(theirs[2], theirs[0]).reindex(number).to_numpy()
        high = p[p > 0] > 1e-3 * p.max()
        off = np.abs(intensity - p[p > 0]).max() / p.max(), 1e3 * np.abs(means - mass)[high].max()
        worst = np.maximum(worst, off)
    return worst


def of_pyopenms(symbol):
    """Return mass numbers, masses and abundances of an element in pyOpenMS."""
    lines = pyopenms.ElementDB().getElement(symbol).getIsotopeDistribution().getContainer()
    mass, abundance = np.array([(x.getMZ(), x.getIntensity()) for x in lines if x.getIntensity()]).T
    return np.rint(mass).astype(int), mass, abundance


def of_pyteomics(symbol):
    """Return mass numbers, masses and abundances of an element in pyteomics."""
    return tuple(zip(*((a, *line) for a, line in nist_mass[symbol].items() if a and line[1]), strict=True))


def of_isospec(symbol):
    """Return mass numbers, masses and abundances of an element in IsoSpecPy."""
    columns = PeriodicTbl.symbol_to_massNo, PeriodicTbl.symbol_to_masses, PeriodicTbl.symbol_to_probs
    number, mass, abundance = (column[symbol] for column in columns)
    return tuple(map(int, number)), mass, abundance


PEERS = {
    "IsoSpecPy": (by_isospec, of_isospec),
    "pyOpenMS, coarse": (by_coarse_pyopenms, of_pyopenms),
    "pyOpenMS, fine": (by_fine_pyopenms, of_pyopenms),
    "molmass": (by_molmass, ISOTOPES.get),
    "pyteomics": (by_pyteomics, of_pyteomics),
}
TABLES = {name: {e: table(e) for e in SYMBOLS} for name, (_, table) in PEERS.items()}
SHIFT = {name: np.array([excess({e: 1}, table) for e in SYMBOLS]) for name, table in TABLES.items()}


def main():
    """Print one line for each program."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    ours, _ = timed(lambda: envelopes(FAMILY, coverage=COVERAGE), 10 * options.repeats)
    alone, _ = timed(lambda: [envelope(each, coverage=COVERAGE) for each in FAMILY], options.repeats)
    rows = {"ours, in one call": (ours, np.nan, np.nan), "ours, one by one": (alone, np.nan, np.nan)}
    for name, (function, _) in tqdm(list(PEERS.items()), disable=None):
        if name == "pyteomics":
            continue
        repeats = 1 if name == "molmass" else options.repeats
        seconds, found = timed(lambda function=function: [function(counts) for counts, _ in FAMILY], repeats)
        rows[name] = seconds, *differences(found, FAMILY, TABLES[name])

    some, seconds = 200, 0.0
    for counts, _ in FAMILY[22::45]:
        start = time.perf_counter()
        by_pyteomics({e: n for e, n in counts.items() if e in ("Ag", "Au", "C", "H")}, some)
        each = (time.perf_counter() - start) / some
        isotopes = TABLES["pyteomics"]
        number = math.prod(math.comb(n + len(isotopes[e][0]) - 1, n) for e, n in counts.items())
        seconds += 45 * each * number
    small = [by_pyteomics(counts) for counts, _ in SMALL]
    rows["pyteomics"] = seconds, *differences(small, SMALL, TABLES["pyteomics"])

    columns = ["seconds", "intensity off / apex", "mass off / mDa"]
    table = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
    table.insert(1, "over ours", table["seconds"] / ours)
    print(table.to_string(float_format=lambda value: f"{value:.3g}", na_rep=""))
    print("pyteomics: seconds estimated from its time for an isotopologue; differences for AgC2H6S2-")


if __name__ == "__main__":
    main()
