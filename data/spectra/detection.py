"""Record how often species are found in synthetic mixtures, and how often what is found is false.

Run ``python data/spectra/detection.py`` from the top of the repository; it needs some ten minutes on one
core. Each of fifty mixtures has 20 species, drawn at random from the candidates, with abundances of
which all are equally likely (Dirichlet, 1). Signal-to-noise, abundance and the axis are those of
:mod:`supracrystal.spectra.detection`. The candidates are compositions within bounds after the chemistry of
the papers:

- ``alloys``: Au_xAg_{44-x}(p-MBA)_m, x = 0-44, m = 26, 27, 30 at 2-, 3- and 4-, after Lin et al. (2022)
- ``Ag-Au``, ``Ag-Pt``, ``Ag-Pd``: dimers Ag 40-56, M 0-2, BDT 12, DMBT 10-19 at 2-, 3- and 4-, with 15 or 16
  electrons, after Acharya et al. (2025); ``Ag-Pd, 16 e`` only those with 16
- ``fragments``: Ag 1-54, Au 0-1, BDT 0-12, DMBT 0-18 at 1- to 4-, with 0, 8 or 16 electrons
- ``all dopants``: dimers with Au 0-2, Pd 0-1 and Pt 0-1 at once, at 3- and 4-, with 15 or 16 electrons

It writes ``detection.csv``, one row for each set, signal-to-noise ratio and false rate asked for;
``confidence.csv``, how often species of each confidence are there; and ``detection.json``, how they were
made.
"""

from pathlib import Path

import pandas as pd

from supracrystal.records import describe
from supracrystal.spectra import family, rates, trials
from supracrystal.spectra.candidates import candidates

HERE = Path(__file__).parent
MIXTURES = range(50)
LEVELS = (0.001, 0.01, 0.05, 1.0)
EDGES = (0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99, 1)


def alloys():
    """Return the three families of Lin et al. at three charges."""
    text = "[Au_xAg_{{44-x}}(p-MBA){}]{}-".format
    return [each for m in (26, 27, 30) for z in (2, 3, 4) for each in family(text(m, z), x=range(45))]


def dimers(*, charges=(-2, -3, -4), electrons=(15, 16), **dopants):
    """Return the dimers of silver with dopants."""
    metals = {"Ag": range(40, 57)} | dopants
    ligands = {"BDT": 12, "DMBT": range(10, 20)}
    return candidates(metals, ligands, charges, electrons=electrons, mz=(2000, 5000))


SETS = {
    "alloys": alloys(),
    "Ag-Au": dimers(Au=range(3)),
    "Ag-Pt": dimers(Pt=range(3)),
    "Ag-Pd, 16 e": dimers(Pd=range(3), electrons=(16,)),
    "Ag-Pd": dimers(Pd=range(3)),
    "all dopants": dimers(Au=range(3), Pd=range(2), Pt=range(2), charges=(-3, -4)),
    "fragments": candidates(
        {"Ag": range(1, 55), "Au": range(2)}, {"BDT": range(13), "DMBT": range(19)}, (-1, -2, -3, -4),
        electrons=(0, 8, 16), mz=(1000, 3500),
    ),
}  # fmt: skip
RUNS = [(name, 10) for name in SETS] + [("alloys", 5), ("Ag-Pd", 100), ("all dopants", 100)]


def main():
    """Make all mixtures."""
    summary, frequency = [], []
    for name, signal_to_noise in RUNS:
        table = trials(SETS[name], signal_to_noise=signal_to_noise, seeds=MIXTURES, calibration=0)
        label = {"candidates": name, "number": len(SETS[name]), "signal_to_noise": signal_to_noise}
        summary += [label | {"false_rate": level} | rates(table, false_rate=level) for level in LEVELS]
        found = table[table.confidence > 0].assign(right=table.truth > 0)
        groups = found.groupby(pd.cut(found.confidence, EDGES), observed=True)
        means = groups.agg(
            species=("right", "size"), confidence=("confidence", "mean"), right=("right", "mean")
        )
        frequency += [label | row for row in means.to_dict("records")]
        print(label, rates(table), flush=True)
    for file, rows in (("detection.csv", summary), ("confidence.csv", frequency)):
        pd.DataFrame(rows).to_csv(HERE / file, index=False, float_format="%.4g", lineterminator="\n")
    describe(
        HERE / "detection.json",
        ["detection.csv", "confidence.csv"],
        command="python data/spectra/detection.py",
        packages=("numpy", "scipy", "pandas"),
        seeds=[MIXTURES.start, MIXTURES.stop - 1],
    )


if __name__ == "__main__":
    main()
