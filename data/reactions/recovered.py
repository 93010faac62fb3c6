"""Recover hidden parameters of the model of alloying from synthetic mass spectra: the closed loop.

Run ``python data/reactions/recovered.py`` from the top of the repository; it needs about a minute on one
core. The hidden parameters are those of ``alloying.json``, moved at random (seed 5); the search begins at
those of ``alloying.json``. Spectra have a resolving power of 15,000 and a signal-to-noise ratio of 50, both
ours. Cases:

- times: R = 1/3, 3 and 6 after 2, 10, 30, 60, 120 and 180 min and 20 h, the spectra of Fig. 3;
- products: R = 1/40, 1/10, 1/4, 1/3, 1/2, 2, 3, 4, 5, 6, 8, 10, 20, 30 and 40 after 20 h, those of Fig. 2;
- response: as times, but with the clusters with 30 ligands detected twice as well as the others, which is
  not known to the search.

It writes ``recovered.csv``, the parameters, and ``recovered-shares.csv``, the shares of the clusters that
were read from the spectra of the first case, beside the true ones; and ``recovered.json``.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from supracrystal.reactions import (
    CLUSTERS,
    LIMITS,
    RESOLUTION,
    Parameters,
    at,
    course,
    point,
    read,
    recover,
    spectrum,
)
from supracrystal.records import describe

HERE = Path(__file__).parent
SEED, NOISE, FLOOR = 5, 50, 1e-3
TIMES = [(ratio, minutes) for ratio in (1 / 3, 3, 6) for minutes in (2, 10, 30, 60, 120, 180, 1200)]
PRODUCTS = [
    (ratio, 1200) for ratio in (1 / 40, 1 / 10, 1 / 4, 1 / 3, 1 / 2, 2, 3, 4, 5, 6, 8, 10, 20, 30, 40)
]
CASES = {"times": (TIMES, {}), "products": (PRODUCTS, {}), "response": (TIMES, {30: 2.0})}


def main():
    """Draw spectra, read them, recover and write."""
    start = point(
        Parameters(**json.loads((HERE / "alloying.json").read_text(encoding="utf-8"))["parameters"])
    )
    random = np.random.default_rng(SEED)
    hidden = np.clip(start + random.normal(size=11) * ([0.7] * 8 + [0.6] * 3), *LIMITS)
    rows, read_shares = [], []
    for case, (conditions, response) in tqdm(CASES.items(), desc="cases"):
        found = []
        for k, (ratio, minutes) in enumerate(conditions):
            amount = course(at(hidden), ratio, [minutes])[0]
            drawn = spectrum(amount, response=response, signal_to_noise=NOISE, seed=k)
            found.append(read(drawn, RESOLUTION))
            if case == "times":
                true = np.maximum(amount[:CLUSTERS], 0)
                about = {"ratio": ratio, "minutes": minutes, "true": true / true.sum()}
                read_shares.append(found[-1].assign(**about))
        shares, uncertainties = (
            np.array([each[name] for each in found]) for name in ("share", "uncertainty")
        )
        place, covariance, chi = recover(shares, uncertainties, conditions, start, floor=FLOOR)
        error = np.sqrt(np.diag(covariance))
        rows += [
            (case, name, *each, chi)
            for name, *each in zip(Parameters._fields, hidden, start, place, error, strict=True)
        ]
    columns = ["case", "parameter", "hidden", "start", "found", "uncertainty", "chi"]
    tables = {
        "recovered.csv": pd.DataFrame(rows, columns=columns).round(5),
        "recovered-shares.csv": pd.concat(read_shares).round(5),
    }
    for name, each in tables.items():
        each.to_csv(HERE / name, index=False, lineterminator="\n")
    describe(
        HERE / "recovered.json",
        tables,
        command="python data/reactions/recovered.py",
        packages=("numpy", "scipy", "pandas"),
        seed=SEED,
        signal_to_noise=NOISE,
        floor=FLOOR,
    )


if __name__ == "__main__":
    main()
