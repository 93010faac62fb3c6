r"""Which species a mass spectrum holds, how much of each, and how sure that is.

The spectrum y on its axis of m/z is a sum of the unit profiles A of
:func:`~supracrystal.spectra.lines.design`, a smooth baseline and noise, :math:`y = A c + b + s \xi` with
:math:`c \ge 0`:

1. A shift in ppm that all lines share, and the resolving power if it is not given, are fitted with the
   species of a blurred spectrum. Shifts further than half a nominal mass look like another one: +-50 ppm for
   an ion of 10,000 Da.
2. A matched filter drops the candidates that nothing points to; non-negative least squares fits the rest.
3. Species are taken away while that costs less than their price in :math:`\chi^2`, and then one or two that
   overlap are exchanged against up to two others until no exchange is better. The price is
   :math:`2 \ln (S / k) + 4` where k of S candidates are found.
4. The confidence of a species is its share among all these exchanges, each weighted by the exponential of
   half of :math:`-\chi^2` less its price. It answers the question: is it this one, or another of the
   candidates, or none? It knows nothing of species that are not among them. Those are looked for apart:
   where the same envelope some nominal masses beside the candidate's fits clearly better, the candidate is
   not reported.

What the noise allows: two envelopes of the same shape with the standard deviation w in nominal masses (7.9
for Ag53), k apart, found with the signal-to-noise ratio z of the matched filter, differ in :math:`\chi^2` by
about :math:`z^2 k^2 / 2 w^2`. So neighbours at k = 1 are told apart with 99 % confidence only from z = 34 on.

Left out: correlated errors of the model (a line shape that is not the instrument's) beyond a constant
relative error; charge states as evidence for one another; fine structure within a nominal mass.
"""

import numpy as np
import pandas as pd
from scipy.sparse import diags_array

from supracrystal.spectra import selection as _selection
from supracrystal.spectra.electrons import known_electrons
from supracrystal.spectra.formula import parse
from supracrystal.spectra.isotopes import envelope, envelopes, ion
from supracrystal.spectra.lines import design
from supracrystal.spectra.profile_fit import calibrate, fit, prepare, unexplained

NOMINAL = 0.9998
"""Mean distance of the nominal masses of a cluster of silver in Da; 1.0034 from carbon, less from silver."""
BESIDE = 12
"""Nominal masses to each side at which the same envelope is tried."""
CLEARLY = 10.0
"""How much better, in chi squared, that must fit."""
COLUMNS = [
    *("formula", "charge", "electrons", "mz", "abundance", "uncertainty", "area", "snr", "confidence"),
    *("cosine", "ppm", "rival"),
]


def assign(
    spectrum, candidates, resolution=None, *, shape="gaussian", false_rate=0.01, confidence=0.0,
    calibration=50.0, baseline=250.0, model_error=0.01, ligands=None,
):  # fmt: skip
    """Find the species of a spectrum among candidates.

    Parameters
    ----------
    spectrum : DataFrame
        `mz`, ascending, and `intensity`; a profile, or centroids, which are drawn as lines.
    candidates : sequence of Species or str
        Ions, such as from :func:`~supracrystal.spectra.candidates.candidates`.
    resolution : float or function, optional
        Resolving power, see :func:`~supracrystal.spectra.lines.line_width`. Fitted if not given.
    shape : {"gaussian", "lorentzian", "ft"}
        Line shape.
    false_rate : float
        Share of the reported species that may be false by their confidence; 1 for all that the fit needs. The
        surest are reported, as long as the mean of 1 - confidence does not pass it.
    confidence : float
        Least confidence of each of them.
    calibration : float
        Largest shift of the axis in ppm that is looked for; 0 if the axis is right.
    baseline : float
        Least distance in m/z of the knots of the baseline; 0 for no baseline.
    model_error : float
        Error of the fitted intensity, relative to itself.
    ligands : dict, optional
        Ligands beside the built-in ones.

    Returns
    -------
    DataFrame
        One row for each species, the most abundant first:

        - `formula`, `charge`, `electrons` (none where they cannot be counted), and `mz` of the apex as
          calculated;
        - `abundance` and its `uncertainty` (one standard deviation, given that the right species were
          chosen): share of the areas of all that the fit needs, so what is too faint to be found is not
          counted; `area` in intensity times m/z; `snr` the area over its standard deviation;
        - `confidence`, see the module; `rival`, the strongest competitor, if any;
        - `cosine` of the spectrum, less all other species and the noise that is expected, and the envelope;
          `ppm` by which lines lie above the calculated m/z.

        `attrs` hold `resolution`, `shift` (ppm), `noise`, and as lists of dicts `ambiguous`, what the fit
        needs but with less confidence, and `unexplained`, the peaks that no candidate explains.

    Raises
    ------
    ValueError
        For a table that is no spectrum, candidates without charge, and centroids without a resolution.

    Notes
    -----
    Source: non-negative least squares by Lawson and Hanson (1995) (`lawson1995`); price of a species by
    George and Foster (2000) (`george2000`); weights of models by Raftery (1995) (`raftery1995`); the
    expected share of false assignments by Newton et al. (2004) (`newton2004`).

    Examples
    --------
    >>> from supracrystal.spectra import family
    >>> from supracrystal.spectra import synthesise
    >>> series = family("[Au_xAg_{44-x}(p-MBA)30]4-", x=range(13))
    >>> spectrum = synthesise(series[2:4], [3, 1], resolution=20_000, signal_to_noise=30, seed=1)
    >>> found = assign(spectrum, series, 20_000)
    >>> found[["formula", "electrons", "abundance", "uncertainty"]].round(3)
                    formula  electrons  abundance  uncertainty
    0  [Au2Ag42(p-MBA)30]4-         18      0.748        0.003
    1  [Au3Ag41(p-MBA)30]4-         18      0.252        0.003
    """
    species = list(dict.fromkeys(parse(each, ligands=ligands) for each in candidates))
    neutral = [str(each) for each in species if not each.charge]
    if neutral:
        raise ValueError(f"{neutral[0]} has no charge and no m/z; candidates are ions")
    for name, value in {"false_rate": false_rate, "confidence": confidence}.items():
        if not 0 <= value <= 1:
            raise ValueError(f"{name} is {value!r}; a number from 0 to 1 is needed")
    for name, value in {"calibration": calibration, "baseline": baseline, "model_error": model_error}.items():
        if not 0 <= value < np.inf:
            raise ValueError(f"{name} is {value!r}; it is not negative")
    ions = [ion(each, ligands) for each in species]
    found, attrs = _assign(
        spectrum,
        ions,
        [abs(each.charge) for each in species],
        resolution,
        shape,
        calibration,
        baseline,
        model_error,
    )
    place, height = envelopes([ions[k] for k in found.index])
    table = found.assign(
        formula=[str(species[k]) for k in found.index],
        charge=[species[k].charge for k in found.index],
        electrons=pd.array(
            [known_electrons(species[k], ligands=ligands) for k in found.index], dtype="Int64"
        ),
        mz=place[range(len(found)), height.argmax(axis=1)] if len(found) else [],
        rival=[str(species[k]) if k >= 0 else "" for k in found.rival],
    )[COLUMNS]
    for record in attrs["unexplained"]:
        if "like" in record:
            record["like"] = str(species[record["like"]])
    sure = _selection.trusted(table.confidence, false_rate) & (table.confidence >= confidence)
    attrs["ambiguous"] = table.loc[~sure, ["formula", "rival", "abundance", "confidence"]].to_dict("records")
    table = table[sure].sort_values("abundance", ascending=False, ignore_index=True)
    table.attrs |= attrs
    return table


def compositions(
    spectrum, family, resolution=None, *, symbol=None, shape="gaussian", calibration=0.0, baseline=250.0,
    model_error=0.01, ligands=None,
):  # fmt: skip
    r"""Deconvolve overlapping envelopes of a family into the share of each member.

    Nothing is selected: all members are fitted, so uncertainties hold for those that are absent too. They
    are the standard deviations of the fit without the bound at 0, :math:`(A^T A / s^2)^{-1}`, and of shares
    of the sum.

    Parameters
    ----------
    spectrum : DataFrame
        `mz`, ascending, and `intensity`.
    family : sequence of Species or str
        Such as from :func:`~supracrystal.spectra.formula.family`.
    resolution : float or function, optional
        Fitted if not given.
    symbol : str, optional
        What is counted as x; by default the first symbol whose number differs within the family.
    shape : {"gaussian", "lorentzian", "ft"}
    calibration : float
    baseline : float
    model_error : float
    ligands : dict, optional
        See :func:`assign`.

    Returns
    -------
    DataFrame
        One row for each member that the spectrum covers: `formula`, `x`, `abundance` (share of all areas),
        `uncertainty` (one standard deviation) and `area`. `attrs` hold the mean of x and its uncertainty,
        `mean` and `mean_uncertainty`, and `resolution`, `shift` and `noise`.

    Raises
    ------
    ValueError
        For members that are the same to the spectrum, and what :func:`assign` refuses.

    Examples
    --------
    >>> from supracrystal.spectra import family
    >>> from supracrystal.spectra import synthesise
    >>> series = family("[Au_xAg_{44-x}(p-MBA)27]3-", x=range(19, 25))
    >>> spectrum = synthesise(series[1:4], [1, 2, 1], resolution=20_000, signal_to_noise=20, seed=1)
    >>> compositions(spectrum, series, 20_000)[["x", "abundance", "uncertainty"]].round(3)
        x  abundance  uncertainty
    0  20      0.253        0.003
    1  21      0.496        0.003
    2  22      0.251        0.003
    """
    species = list(dict.fromkeys(parse(each, ligands=ligands) for each in family))
    counts = pd.DataFrame([each.counts for each in species]).fillna(0).astype(int)
    if symbol is None:
        varied = counts.columns[counts.nunique() > 1]
        symbol = varied[0] if len(varied) else (counts.columns[0] if len(counts.columns) else "")
    if len(species) and symbol not in counts:
        raise ValueError(f"no member of the family has {symbol!r}; it has {', '.join(counts.columns)}")
    ions = [ion(each, ligands) for each in species]
    mz, intensity, least = prepare(spectrum, resolution, shape)
    names = ["formula", "x", "abundance", "uncertainty", "area"]
    if not (len(mz) > 10 and ions and np.ptp(intensity) > 0):
        return pd.DataFrame(columns=names)
    shift, power = calibrate(
        mz, intensity, ions, resolution, shape, least=least, spacing=baseline, limit=calibration
    )
    if power is None:
        raise ValueError("the resolution cannot be fitted: no member is in the spectrum; give it")
    result = fit(
        mz / (1 + 1e-6 * shift), intensity, ions, power, shape,
        least=least, spacing=baseline, model_error=model_error, choose=False,
    )  # fmt: skip
    same = np.argwhere(np.triu(result.gram, 1) > 1 - 1e-6)
    if len(same):
        one, other = (species[result.kept[k]] for k in same[0])
        raise ValueError(f"{one} and {other} have the same envelope; the spectrum cannot tell them apart")
    abundance, uncertainty = _shares(result.area, result.covariance)
    x = counts[symbol].to_numpy()[result.kept]
    table = pd.DataFrame(
        dict(
            zip(
                names,
                ([str(species[k]) for k in result.kept], x, abundance, uncertainty, result.area),
                strict=True,
            )
        )
    )
    slope = (x - abundance @ x) / max(result.area.sum(), 1e-300)
    table.attrs |= {
        "mean": float(abundance @ x),
        "mean_uncertainty": float(np.sqrt(slope @ result.covariance @ slope)),
        "resolution": power,
        "shift": shift,
        "noise": result.noise,
    }
    return table


def _assign(spectrum, ions, size, resolution, shape, calibration, baseline, model_error):
    """Return what :func:`assign` measures, by the number of the ion or table of lines, and the attributes."""
    mz, intensity, least = prepare(spectrum, resolution, shape)
    if not (len(mz) > 10 and ions and np.ptp(intensity) > 0):
        nothing = {"resolution": resolution, "shift": 0.0, "noise": 0.0, "unexplained": []}
        return pd.DataFrame(columns=COLUMNS, index=pd.Index([], dtype=int)), nothing
    shift, power = calibrate(
        mz, intensity, ions, resolution, shape, least=least, spacing=baseline, limit=calibration
    )
    if power is None:
        raise ValueError("the resolution cannot be fitted: no candidate is in the spectrum; give it")
    mz = mz / (1 + 1e-6 * shift)
    result = fit(mz, intensity, ions, power, shape, least=least, spacing=baseline, model_error=model_error)
    chosen, number = result.chosen, result.kept[result.chosen]
    share, rival = _selection.confidences(result.gram, result.score, result.price, chosen)
    abundance, uncertainty = _shares(result.area, result.covariance)
    looks = [
        _look(mz, ions[k], size[k], power, shape, result.columns[:, [column]], area, result)
        for k, column, area in zip(number, chosen, result.area, strict=True)
    ]
    apex, cosine, off, beside = np.reshape(looks, (-1, 4)).T
    found = pd.DataFrame(
        {
            "abundance": abundance,
            "uncertainty": uncertainty,
            "area": result.area,
            "snr": result.area / np.sqrt(np.diag(result.covariance)),
            "confidence": share,
            "cosine": cosine,
            "ppm": shift + off,
            "rival": [result.kept[k] if k >= 0 else -1 for k in rival],
        },
        index=number,
    )
    unlisted = [
        {"mz": float(apex[k]), "like": int(number[k]), "nominal_masses_beside": int(beside[k])}
        for k in np.flatnonzero(beside)
    ]
    return found[beside == 0], {
        "resolution": power,
        "shift": shift,
        "noise": result.noise,
        "unexplained": unlisted + unexplained(mz, result, power, shape),
    }


def _shares(area, covariance):
    """Return shares of the sum and their standard deviations."""
    total = area.sum()
    if not total > 0:
        return np.zeros(len(area)), np.zeros(len(area))
    share = area / total
    slope = (np.eye(len(area)) - share[:, None]) / total
    return share, np.sqrt(np.einsum("ij,jk,ik->i", slope, covariance, slope))


def _look(mz, species, size, resolution, shape, column, area, result):
    """Return apex, cosine and ppm of a species, and by how many nominal masses it would better move.

    Each is of the spectrum less all other species. The last is 0 unless another place fits clearly better.
    """
    lines = species if isinstance(species, pd.DataFrame) else envelope(species, coverage=0.99999)
    profile = column.toarray()[:, 0]
    ends = np.searchsorted(mz, lines.mz.iloc[[0, -1]] + np.array([-1, 1]) * (BESIDE + 1) / size)
    part = slice(*ends)
    mz, profile, residual, sd = mz[part], profile[part], result.residual[part], result.sd[part]
    own = area * profile + residual
    seen = profile > 1e-3 * profile.max()
    clean = max((own**2 - sd**2)[seen].sum(), area**2 * (profile**2).sum())
    cosine = min(profile @ own / np.sqrt((profile**2).sum() * clean), 1.0)
    up, down = (design(mz / (1 + by), [lines], resolution, shape).toarray()[:, 0] for by in (1e-6, -1e-6))
    slope = (up - down) / 2 / sd
    off = slope @ (residual / sd) / (slope @ slope) / area
    steps = np.array([0, *range(-BESIDE, 0), *range(1, BESIDE + 1)])
    moved = [lines.assign(mz=lines.mz + step * NOMINAL / size) for step in steps]
    moved = diags_array(1 / sd) @ design(mz, moved, resolution, shape)
    worth = np.maximum(moved.T @ (own / sd), 0) ** 2 / np.maximum(moved.power(2).sum(axis=0), 1e-300)
    best = worth.argmax()
    return mz[profile.argmax()], cosine, off, steps[best] if worth[best] > worth[0] + CLEARLY else 0
