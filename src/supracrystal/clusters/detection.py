"""How often assignments are right."""

import numpy as np
import pandas as pd
from scipy.stats import beta
from tqdm import tqdm

from supracrystal.clusters.assignment import NOMINAL, _assign
from supracrystal.clusters.formula import parse
from supracrystal.clusters.isotopes import envelopes, ion


def false_assignment_rate(
    spectrum, candidates, resolution=None, *, repeats=10, seed=0, shape="gaussian", confidence=0.8,
    calibration=50.0, baseline=250.0, model_error=0.01, ligands=None,
):  # fmt: skip
    r"""Estimate the share of false assignments from decoys that compete with the candidates.

    Each candidate gets a decoy: its own envelope 15 to 60 nominal masses above or below, by a number drawn
    at random, which no exchange of its atoms explains. Decoys lie on the same comb of nominal masses, so
    resolution and calibration do not give them away. What finds a decoy would as often find a wrong
    candidate, so the rate is the number of decoys over that of candidates in the table. Wrong candidates
    that are like a right one (an atom of hydrogen more) are not seen in this way; their rate is what the
    confidences say.

    Parameters
    ----------
    spectrum : DataFrame
    candidates : sequence of Species or str
    resolution : float or function, optional
        See :func:`assign`.
    repeats : int
        Sets of decoys that are tried.
    seed : int
        Of the random numbers.
    shape : {"gaussian", "lorentzian", "ft"}
    confidence : float
    calibration : float
    baseline : float
    model_error : float
    ligands : dict, optional
        See :func:`assign`.

    Returns
    -------
    dict
        `found`, the mean number of candidates found, `decoys`, that of decoys, their ratio `rate`, and its
        `upper` limit of 95 % confidence; and `expected`, the mean of 1 - confidence of the candidates found.

    Notes
    -----
    Source: target-decoy competition, Elias and Gygi (2007) (`elias2007`); limit by Clopper and Pearson (1934)
    (`clopper1934`), as if the repeats were independent.

    Examples
    --------
    >>> from supracrystal.clusters.formula import family
    >>> from supracrystal.clusters.spectrum import synthesise
    >>> series = family("[Au_xAg_{44-x}(p-MBA)30]4-", x=range(13))
    >>> spectrum = synthesise(series[2:6], [3, 1, 2, 1], resolution=20_000, signal_to_noise=30, seed=1)
    >>> rate = false_assignment_rate(spectrum, series, 20_000, repeats=3, calibration=0)
    >>> rate["found"], rate["decoys"]
    (4.0, 0.0)
    """
    if repeats < 1:
        raise ValueError(f"repeats is {repeats!r}; at least 1 is needed")
    species = [parse(each, ligands=ligands) for each in dict.fromkeys(candidates)]
    ions = [ion(each, ligands) for each in species]
    size = np.array([abs(each.charge) for each in species])
    place, height = envelopes(ions)
    random = np.random.default_rng(seed)
    targets = decoys = 0
    doubt = []
    for _ in tqdm(range(repeats), desc="decoys", delay=2, leave=False):
        beside = random.choice([-1, 1], len(ions)) * random.integers(15, 61, len(ions)) * NOMINAL / size
        tables = [
            pd.DataFrame({"mz": mz[part > 0] + by, "abundance": part[part > 0]})
            for mz, part, by in zip(place, height, beside, strict=True)
        ]
        found, _ = _assign(
            spectrum, [*ions, *tables], [*size, *size], resolution, shape, calibration, baseline, model_error
        )
        found = found[found.confidence >= confidence]
        right = found.index < len(ions)
        targets, decoys = targets + right.sum(), decoys + (~right).sum()
        doubt.extend(1 - found.confidence[right])
    return {
        "found": float(targets / repeats),
        "decoys": float(decoys / repeats),
        "rate": float(decoys / targets) if targets else np.nan,
        "upper": float(beta.ppf(0.95, decoys + 1, max(targets - decoys, 0) + 1e-9)) if targets else np.nan,
        "expected": float(np.mean(doubt)) if doubt else np.nan,
    }
