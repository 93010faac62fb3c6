"""Fit the model of three families of one alloy to some conditions of Lin et al. (2022); try it on the others.

Run ``python data/reactions/alloying.py`` from the top of the repository; it needs some fifteen minutes on one
core, and goes on where it was stopped (``alloying.partial``). FITTED are the conditions whose statements are
fitted, final products at eight ratios and one time course; all others of ``lin2022.yaml`` are held back,
additions (Fig. 4) among them. What is made small is chi squared of
:func:`supracrystal.reactions.residuals`, from START and from points drawn around it.

What was seen when: a first fit had two parameters less. `limit30` and `contact27` were added for two misses
among the fitted conditions: x = 12 was never the most abundant, and M44(SR)26 was left at R = 2 and 3. By
then the held-back conditions had been looked at once. A random search for the least sum of squared misses
came next; START is what Gauss and Newton's method then made of its result. Held-back conditions are held
back from the fit, not from all choices.

It writes ``alloying.csv``, a row for each statement; ``alloying-runs.csv``, where the fits end;
``alloying-profiles.csv``, the profile of each parameter; ``alloying-slopes.csv``, the Jacobian matrix of the
residuals at the best; and ``alloying.json``, the parameters and how they were made.
"""

import pickle
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.optimize import least_squares
from tqdm import tqdm

from supracrystal.reactions import Parameters, at, compare, margins, read_observations, residuals
from supracrystal.records import describe

HERE = Path(__file__).parent
PARTIAL = HERE / "alloying.partial"
FITTED = {"Fig. 2b": (1 / 40, 1 / 4, 1 / 2), "Fig. 2d": (2, 3, 4, 8, 20), "Fig. 3e": (3,)}
START = (5.14, 6.08, -5.07, -9.59, -0.67, -7.09, -15.54, -12.94, -5.92, 1.17, -0.33)
SEEDS, EVALUATIONS = range(4), 25
OBSERVATIONS = read_observations(HERE / "lin2022.yaml")
RTOL = 1e-4
"""Relative tolerance of integrations, far below what a statement can tell."""
LIMITS = np.array([[-20.0] * 8 + [-8.0] * 3, [8.0, 8.0, 8.0, 0.0, 8.0, 8.0, 8.0, 8.0] + [8.0] * 3])
"""Least and largest values that are allowed, in the units of :func:`supracrystal.reactions.point`."""


def fitted(observation):
    """Tell whether an observation is fitted; what followed an addition is not."""
    return observation["ratio"] in FITTED.get(observation["place"], ())


def start(seed):
    """Return where a fit begins: START, or a point around it."""
    random = np.random.default_rng(seed)
    scale = np.array([1.0] * 8 + [0.6] * 3)
    return np.array(START) + (seed > 0) * scale * random.normal(size=len(scale))


def once(done, key, function, *given):
    """Return a result, from the partial file if it is there."""
    if key not in done:
        done[key] = function(*given)
        PARTIAL.with_suffix(".next").write_bytes(pickle.dumps(done))
        PARTIAL.with_suffix(".next").replace(PARTIAL)
    return done[key]


def fit(start, observations, *, fixed=(), evaluations=20):
    """Least chi squared near a point.

    Parameters
    ----------
    start : (11,) array
        In the units of :func:`point`.
    observations : list of dict
        Of :func:`supracrystal.reactions.read_observations`.
    fixed : sequence of int
        Parameters that are held.
    evaluations : int
        Most steps.

    Returns
    -------
    place : (11,) array
    chi : float
        Chi squared there.
    slopes : (K, 11) array
        Jacobian matrix of the residuals, 0 for what is held.

    """
    free = np.setdiff1d(np.arange(len(start)), fixed)
    start = np.clip(start, LIMITS[0] + 1e-6, LIMITS[1] - 1e-6)

    def whole(values):
        place = start.copy()
        place[free] = values
        return place

    def difference(values):
        return residuals(margins(at(whole(values)), observations, rtol=RTOL))

    def slope(values):
        # Steps of 0.02 are far above the error of the integration.
        here = difference(values)
        step = np.where(values + 0.02 < LIMITS[1, free], 0.02, -0.02)
        return np.transpose([(difference(values + d) - here) / d.sum() for d in np.diag(step)])

    found = least_squares(
        difference, start[free], jac=slope, bounds=LIMITS[:, free], x_scale=1.0, max_nfev=evaluations,
        ftol=1e-3, xtol=1e-3, gtol=1e-3,
    )  # fmt: skip
    slopes = np.zeros((len(found.fun), len(start)))
    slopes[:, free] = found.jac
    return whole(found.x), float(2 * found.cost), slopes


def descend(start, slopes, observations, number, *, steps=6):
    """Lower chi squared with one parameter held, by few evaluations.

    It is the method of Levenberg and Marquardt with a Jacobian matrix that is corrected after each step by
    Broyden's rule (1965, `broyden1965`) instead of being computed anew. So it stops early, a little too high.

    Parameters
    ----------
    start : (11,) array
    slopes : (K, 11) array
        Jacobian matrix of the residuals from which to begin, such as of a :func:`fit` nearby.
    observations : list of dict
    number : int
        Of the parameter that is held.
    steps : int
        Evaluations after the first.

    Returns
    -------
    place : (11,) array
    chi : float
    slopes : (K, 11) array
        As corrected.

    """
    free = np.arange(len(start)) != number
    place, slopes, damping = np.array(start, dtype=float), slopes.copy(), 0.03
    here = residuals(margins(at(place), observations, rtol=RTOL))
    for _ in range(steps):
        slope = slopes[:, free]
        moved = place.copy()
        moved[free] -= np.linalg.solve(slope.T @ slope + damping * np.eye(free.sum()), slope.T @ here)
        off = np.clip(moved, *LIMITS) - place
        if np.abs(off).max() < 0.01:
            break
        found = residuals(margins(at(place + off), observations, rtol=RTOL))
        slopes += np.outer(found - here - slopes @ off, off) / (off @ off)
        if found @ found < here @ here:
            place, here, damping = place + off, found, damping / 3
        else:
            damping *= 5
    return place, float(here @ here), slopes


def profile(best, slopes, observations, parameter, *, step=0.5, above=6.0, far=8.0):
    """Least chi squared where one parameter is held, step by step to both sides, until it is large.

    Parameters
    ----------
    best : (11,) array
    slopes : (K, 11) array
        Of the :func:`fit`. The others follow by :func:`descend`, so that a profile may be a little too high
        away from the best, and an interval a little too narrow.
    observations : list of dict
    parameter : str
    step : float
        First step; each further one is 1.4 times as long.
    above, far : float
        Rise of chi squared, and distance, where it ends.

    Returns
    -------
    DataFrame
        `parameter`, `value` in the units of :func:`point`, `chi`, and all parameters there.

    """
    number = Parameters._fields.index(parameter)
    first = float((residuals(margins(at(best), observations, rtol=RTOL)) ** 2).sum())
    rows = [(parameter, best[number], first, *best)]
    for side in (-1, 1):
        place, chi, matrix, length = np.array(best, dtype=float), first, slopes, step
        while chi < first + above:
            value = place[number] + side * length
            if abs(value - best[number]) > far or not LIMITS[0, number] < value < LIMITS[1, number]:
                break
            place[number] = value
            place, chi, matrix = descend(place, matrix, observations, number)
            rows.append((parameter, value, chi, *place))
            length *= 1.4
    columns = ["parameter", "value", "chi", *Parameters._fields]
    return pd.DataFrame(rows, columns=columns).sort_values("value", ignore_index=True)


def refine(pool, best, chi, slopes, used, name, levels=8.0):
    """Return a profile at the values of a sweep, each begun from the most likely place that is known."""
    number = Parameters._fields.index(name)
    rows = []
    here = pool[pool["parameter"] == name]
    for value in sorted(here["value"][(here["chi"] < chi + levels)].round(2).unique()):
        far = pool["chi"] + 4 * (pool[name] - value) ** 2
        place = pool.loc[far.idxmin(), list(Parameters._fields)].to_numpy(dtype=float, copy=True)
        place[number] = value
        place, least, _ = descend(place, slopes, used, number)
        rows.append((name, value, least, *place))
    rows.append((name, best[number], chi, *best))
    columns = ["parameter", "value", "chi", *Parameters._fields]
    return pd.DataFrame(rows, columns=columns).sort_values("value", ignore_index=True)


def main():
    """Fit, follow the profiles, compare and write."""
    done = pickle.loads(PARTIAL.read_bytes()) if PARTIAL.exists() else {}
    used = list(filter(fitted, OBSERVATIONS))
    runs = [
        once(done, seed, lambda seed: fit(start(seed), used, evaluations=EVALUATIONS), seed)
        for seed in tqdm(SEEDS, desc="fits")
    ]
    order = sorted(runs, key=lambda run: run[1])
    best, chi, slopes = order[0]
    names = list(Parameters._fields)
    swept = [
        once(done, (k, name), profile, place, matrix, used, name)
        for name in tqdm(names, desc="profiles")
        for k, (place, _, matrix) in enumerate(order[:2])
    ]
    pool = pd.concat(swept, ignore_index=True)
    found = pool.loc[pool["chi"].idxmin(), names].to_numpy(dtype=float)
    best, chi, slopes = once(done, "last", fit, found, used)
    refined = [
        once(done, name, refine, pool, best, chi, slopes, used, name) for name in tqdm(names, desc="refined")
    ]
    profiles = pd.concat([pool, *refined]).drop(columns="value")
    if profiles["chi"].min() < chi - 0.1:
        print(f"chi squared is {chi:.3f}, but {profiles['chi'].min():.3f} was found on a profile")
    chosen = Parameters(*(float(f"{each:.4g}") for each in at(best)))
    table = compare(chosen, OBSERVATIONS)
    table["margin"] = margins(chosen, OBSERVATIONS)
    table["fitted"] = [
        ratio in FITTED.get(place, ()) for place, ratio in zip(table["place"], table["ratio"], strict=True)
    ]
    tables = {
        "alloying.csv": table.round({"ratio": 6, "first": 6, "miss": 4, "margin": 4}),
        "alloying-runs.csv": pd.DataFrame(
            [(seed, found, *place) for seed, (place, found, _) in zip(SEEDS, runs, strict=True)],
            columns=["seed", "chi", *names],
        ),
        "alloying-profiles.csv": profiles,
        "alloying-slopes.csv": pd.DataFrame(slopes, columns=names),
    }
    for name, each in tables.items():
        each.to_csv(HERE / name, index=False, float_format="%.6g", lineterminator="\n")
    describe(
        HERE / "alloying.json",
        tables,
        command="python data/reactions/alloying.py",
        packages=("numpy", "scipy", "pandas"),
        parameters=chosen._asdict(),
        chi=chi,
        seeds=[SEEDS[0], SEEDS[-1]],
        evaluations=EVALUATIONS,
    )
    PARTIAL.unlink()


if __name__ == "__main__":
    main()
