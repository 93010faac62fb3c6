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
from scipy.optimize import least_squares
from tqdm import tqdm

from supracrystal.reactions import (
    CLUSTERS,
    RESOLUTION,
    Parameters,
    at,
    course,
    point,
    predict_spectrum,
)
from supracrystal.records import describe

HERE = Path(__file__).parent
SEED, NOISE, FLOOR = 5, 50, 1e-3
TIMES = [(ratio, minutes) for ratio in (1 / 3, 3, 6) for minutes in (2, 10, 30, 60, 120, 180, 1200)]
PRODUCTS = [
    (ratio, 1200) for ratio in (1 / 40, 1 / 10, 1 / 4, 1 / 3, 1 / 2, 2, 3, 4, 5, 6, 8, 10, 20, 30, 40)
]
CASES = {"times": (TIMES, {}), "products": (PRODUCTS, {}), "response": (TIMES, {30: 2.0})}


LIMITS = np.array([[-20.0] * 8 + [-8.0] * 3, [8.0, 8.0, 8.0, 0.0, 8.0, 8.0, 8.0, 8.0] + [8.0] * 3])
"""Least and largest values that are allowed, as in ``alloying.py``."""


def recover(shares, uncertainties, conditions, start, *, prior=2.0, floor=2e-3, evaluations=30, rtol=1e-5):
    r"""Parameters of the model from the shares in a series of spectra.

    Made small is, over all spectra and clusters, and with what was thought before,

    .. math::
        \sum \frac{(s - \hat s)^2}{u^2 + f^2} + \sum_p \frac{(\theta_p - \theta^0_p)^2}{\tau^2} ,

    with the measured shares s and their uncertainties u, those of the model, a floor f for what the model
    leaves out, and the parameters :math:`\theta`, rate constants by their logarithms, about the start with
    the standard deviation :math:`\tau`. Where the uncertainty that comes out is not much below :math:`\tau`,
    the series says nothing of the parameter.

    Parameters
    ----------
    shares, uncertainties : (N, C) array_like
        Of N spectra; C clusters of the model.
    conditions : sequence of N (float, float)
        R, and minutes after the parents were mixed.
    start : (11,) array_like
        In the units of :func:`supracrystal.reactions.point`.
    prior : float
        :math:`\tau`.
    floor : float
        f.
    evaluations : int
        Most steps.
    rtol : float
        Relative tolerance of the integration.

    Returns
    -------
    place : (11,) array
    covariance : (11, 11) array
        :math:`(J^T J)^{-1}` of all residuals.
    chi : float
        Sum of squares, over the number of shares.

    Raises
    ------
    ValueError
        For shapes that do not fit.

    """
    shares, uncertainties, start = (np.asarray(each, dtype=float) for each in (shares, uncertainties, start))
    if shares.shape != uncertainties.shape or shares.shape != (len(conditions), CLUSTERS):
        raise ValueError(
            f"shares are {shares.shape} and uncertainties {uncertainties.shape}; "
            f"({len(conditions)}, {CLUSTERS}) are needed"
        )
    sd = np.sqrt(uncertainties**2 + floor**2)
    ratios = sorted({ratio for ratio, _ in conditions})
    times = {ratio: sorted({minutes for each, minutes in conditions if each == ratio}) for ratio in ratios}

    def difference(place):
        model = {}
        for ratio in ratios:
            amounts = np.maximum(course(at(place), ratio, times[ratio], rtol=rtol)[:, :CLUSTERS], 0)
            amounts /= amounts.sum(axis=1, keepdims=True)
            model |= {(ratio, each): row for each, row in zip(times[ratio], amounts, strict=True)}
        found = np.array([model[ratio, each] for ratio, each in conditions])
        return np.append(((found - shares) / sd).ravel(), (place - start) / prior)

    def slope(place):
        here = difference(place)
        step = np.where(place + 0.01 < LIMITS[1], 0.01, -0.01)
        return np.transpose([(difference(place + d) - here) / d.sum() for d in np.diag(step)])

    found = least_squares(
        difference, np.clip(start, LIMITS[0] + 1e-6, LIMITS[1] - 1e-6), jac=slope, bounds=LIMITS,
        x_scale=1.0, max_nfev=evaluations, ftol=1e-5, xtol=1e-5,
    )  # fmt: skip
    return found.x, np.linalg.inv(found.jac.T @ found.jac), float(2 * found.cost / shares.size)


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
            drawn = predict_spectrum(amount, response=response, signal_to_noise=NOISE, seed=k)
            found.append(read_shares(drawn, RESOLUTION))
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
