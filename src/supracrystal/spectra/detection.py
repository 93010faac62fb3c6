"""How often assignments are right: decoys for a spectrum at hand, and mixtures whose species are known.

The signal-to-noise ratio is that of :func:`~supracrystal.spectra.lines.synthesise`: the highest line of
the whole spectrum over the standard deviation of the noise, in one point. An abundance is the share of the
area of all species. So the lines of a species of 2 % in a mixture of 20 are about as high as the noise, but
there are some 20 of them with 8 points each, and its matched filter stands at about 8 standard deviations.
"""

import numpy as np
import pandas as pd
from scipy.stats import beta
from tqdm import tqdm

from supracrystal.spectra.assignment import NOMINAL, _assign, assign
from supracrystal.spectra.formula import parse
from supracrystal.spectra.isotopes import envelopes, ion
from supracrystal.spectra.lines import synthesise
from supracrystal.spectra.selection import trusted


def false_assignment_rate(
    spectrum, candidates, resolution=None, *, repeats=10, seed=0, shape="gaussian", false_rate=0.01,
    confidence=0.0, calibration=50.0, baseline=250.0, model_error=0.01, ligands=None,
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
    false_rate : float
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
    >>> from supracrystal.spectra import family
    >>> from supracrystal.spectra import synthesise
    >>> series = family("[Au_xAg_{44-x}(p-MBA)30]4-", x=range(13))
    >>> spectrum = synthesise(series[2:6], [3, 1, 2, 1], resolution=20_000, signal_to_noise=30, seed=1)
    >>> rate = false_assignment_rate(spectrum, series, 20_000, repeats=3, calibration=0)
    >>> rate["found"], rate["decoys"]
    (4.0, 0.0)
    """
    if repeats < 1:
        raise ValueError(f"repeats is {repeats!r}; at least 1 is needed")
    species = list(dict.fromkeys(parse(each, ligands=ligands) for each in candidates))
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
        found = found[trusted(found.confidence, false_rate) & (found.confidence >= confidence)]
        right = found.index < len(ions)
        targets, decoys = targets + right.sum(), decoys + (~right).sum()
        doubt.extend(1 - found.confidence[right])
    return {
        "found": float(targets / repeats),
        "decoys": float(decoys / repeats),
        "rate": float(decoys / targets) if targets else np.nan,
        "upper": _limits(decoys, targets)[1] if decoys < targets else np.nan,
        "expected": float(np.mean(doubt)) if doubt else np.nan,
    }


def trials(
    candidates, resolution=20_000, *, number=20, signal_to_noise=10.0, seeds=range(20), concentration=1.0,
    mz=None, **options,
):  # fmt: skip
    """Assign synthetic mixtures of candidates drawn at random, and lay what is found beside what is there.

    Parameters
    ----------
    candidates : sequence of Species or str
    resolution : float or function
    number : int
        Species in each mixture.
    signal_to_noise : float
        Of the highest line, see :func:`~supracrystal.spectra.lines.synthesise`.
    seeds : iterable of int
        One mixture for each.
    concentration : float
        Of the Dirichlet distribution of the abundances: at 1 all mixtures are equally likely, above they are
        more even.
    mz : (M,) array, optional
        Axis; by default that of the lines.
    **options
        Passed to :func:`~supracrystal.spectra.assignment.assign`.

    Returns
    -------
    DataFrame
        One row for each species that is in a mixture or that the fit needs, of whatever confidence: `seed`,
        `formula`, `truth` (abundance, 0 if it is not there), `abundance`, `uncertainty`, `area` (of a
        spectrum of area 1), `snr` and `confidence` (0 if not found).

    Examples
    --------
    >>> from supracrystal.spectra import family
    >>> series = family("[Au_xAg_{44-x}(p-MBA)30]4-", x=range(13))
    >>> rates(trials(series, number=3, seeds=range(3), calibration=0))["found"]
    1.0
    """
    names = np.array([str(parse(each)) for each in candidates])
    if not 0 < number <= len(names):
        raise ValueError(f"number is {number!r}; 1 to {len(names)}, that of the candidates, are possible")
    tables = []
    for seed in tqdm(list(seeds), desc="mixtures", delay=2, leave=False):
        random = np.random.default_rng(seed)
        there = random.choice(len(names), number, replace=False)
        truth = pd.Series(random.dirichlet(np.full(number, concentration)), names[there], name="truth")
        spectrum = synthesise(
            names[there], truth, resolution=resolution, mz=mz, signal_to_noise=signal_to_noise, seed=seed
        )
        found = assign(spectrum, names, resolution, false_rate=1, **options).set_index("formula")
        columns = ["abundance", "uncertainty", "area", "snr", "confidence"]
        table = (
            found[columns].astype(float).join(truth, how="outer").fillna({"truth": 0.0, "confidence": 0.0})
        )
        tables.append(table.rename_axis("formula").reset_index().assign(seed=seed))
    return pd.concat(tables, ignore_index=True)[["seed", "formula", "truth", *columns]]


def rates(table, *, least=0.02, false_rate=0.01):
    """Share of the species that is found and share of what is found that is false.

    Parameters
    ----------
    table : DataFrame
        From :func:`trials`.
    least : float
        Abundance from which on a species should be found.
    false_rate : float
        Share that may be false by the confidences, in each mixture, see
        :func:`~supracrystal.spectra.assignment.assign`.

    Returns
    -------
    dict
        `there`, the number of species of at least that abundance; `found`, the share of them found, with its
        limits of 95 % confidence `found_low` and `found_high`; `assigned`, the number of assignments;
        `false`, the share of them that is of no species of the mixture, `false_low` and `false_high`.

    Notes
    -----
    Source: limits by Clopper and Pearson (1934) (`clopper1934`).

    Examples
    --------
    >>> table = pd.DataFrame({"seed": 1, "truth": [0.5, 0.3, 0.2, 0], "confidence": [1, 0.99, 0.4, 0.7]})
    >>> result = rates(table)
    >>> result["there"], round(result["found"], 2), result["assigned"], result["false"]
    (3, 0.67, 2, 0.0)
    """
    there, found = table.truth >= least, table[table.confidence > 0]
    trust = found.groupby("seed").confidence.transform(lambda c: trusted(c, false_rate))
    assigned = trust.astype(bool).reindex(table.index, fill_value=False)
    result = {}
    for of, share, which, hits in (
        ("there", "found", there, there & assigned),
        ("assigned", "false", assigned, assigned & (table.truth == 0)),
    ):
        n, k = int(which.sum()), int(hits.sum())
        low, high = _limits(k, n)
        result |= {of: n, share: k / n if n else np.nan, f"{share}_low": low, f"{share}_high": high}
    return result


def _limits(k, n, level=0.95):
    """Return the limits of Clopper and Pearson of a share, k of n."""
    low = beta.ppf((1 - level) / 2, k, n - k + 1) if k else 0.0
    high = beta.ppf((1 + level) / 2, k + 1, n - k) if k < n else 1.0
    return float(low), float(high)
