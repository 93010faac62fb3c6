r"""Which species a mass spectrum holds, how much of each, and how sure that is.

The spectrum y on its axis of m/z is a sum of the unit profiles A of
:func:`~supracrystal.spectra.lines.design`, a smooth baseline and noise, :math:`y = A c + b + s \xi` with
:math:`c \ge 0`:

1. A rough fit is made at each of a row of shifts in ppm that all lines could share, and at the best few the
   shift, and the resolving power if it is not given, are fitted. Each of these *modes* keeps its own species:
   near-isobars whose lines differ by some ppm are compared each at its own best shift, with a normal prior
   on the shift, whose standard deviation is half of the largest shift allowed.
2. In a mode, non-negative least squares fits what competes. Species are taken away while that costs less
   than their price in :math:`\chi^2`, and then one or two that overlap are exchanged against up to two
   others until no exchange is better. The price is :math:`2 \ln (S / k) + 4` where k of S candidates are
   found. A small shift of the axis and a small change of the resolving power are left free in all of this.
3. The share of a species among all these exchanges and modes, each weighted by the exponential of half of
   :math:`-\chi^2` less its price, answers: is it this one, or another of the candidates, or none?
4. The rival that is not among the candidates is an *anonymous* envelope: that of the species, or of two or
   more that overlap, with its position, mean nominal mass, width and skewness free within priors. Its weight
   against the species is the ratio of the two marginal likelihoods, times the number of such ions that are
   expected: as dense in nominal mass as the candidates are, times one plus the number of peaks that no
   candidate explains for each species found. A species that matches its predicted envelope within small
   errors is better than an envelope that could have been anywhere; one that does not match loses to it.
5. The confidence is the share of 3 divided by one plus the weight of 4. It is at most the square of a cosine
   below 0.9. It is at most 0.5 where the shift ends at its bound, and where more than half of the strong
   ions are no candidates.

The abundances of the isotopes are known to some digits only: carbon-13 has 1.07 % in one table and 1.08 % in
another, and nature varies as much. So the mean nominal mass of a candidate itself has the error that
:data:`TABLES` gives.

What the noise allows: two envelopes of the same shape with the standard deviation w in nominal masses (7.9
for Ag53), k apart, found with the signal-to-noise ratio z of the matched filter, differ in :math:`\chi^2` by
about :math:`z^2 k^2 / 2 w^2`. So neighbours at k = 1 are told apart with 99 % confidence only from z = 34 on.

Left out: correlated errors of the model (a line shape that is not the instrument's) beyond a constant
relative error; charge states as evidence for one another; fine structure within a nominal mass; shifts that
differ over the axis.
"""

import numpy as np
import pandas as pd
from tqdm import tqdm

from supracrystal import InputError
from supracrystal.spectra import profile_fit as _fit
from supracrystal.spectra.electrons import known_electrons
from supracrystal.spectra.formula import parse
from supracrystal.spectra.isotopes import envelopes, ion
from supracrystal.spectra.lines import curve, line_width

NOMINAL = 0.9998
"""Mean distance of the nominal masses of a cluster of silver in Da; 1.0034 from carbon, less from silver."""
TABLES = {
    "C": 1.5e-4, "N": 1e-4, "O": 1e-4, "Si": 4e-4, "S": 4e-4, "Cl": 1e-3, "Cu": 1e-3, "Br": 1e-3,
    "Se": 5e-3, "Pd": 3e-3, "Ag": 2e-4, "Cd": 5e-3, "Pt": 5e-3, "Hg": 5e-3,
}  # fmt: skip
"""Standard deviation of the mean nominal mass of one atom, by what tables differ and nature varies."""
OFF = 0.5
"""Standard deviation in ppm of the lines of one species about the common shift."""
ELSEWHERE = {"position": 0.1, "mean": 3.0, "width": 0.1, "skewness": 0.05}
"""Standard deviations of the prior of an anonymous envelope: of the position of its lines in Da, of its mean
in nominal masses, and of its relative width and skewness as coefficients of Hermite polynomials."""
ANOTHER = 20.0
"""Weight of an anonymous envelope from which on a species is reported as unexplained."""
UNLISTED = 1.0
"""Ions expected outside of the bounds for each that is found, before the spectrum is seen."""
STRONG = 0.1
"""Least share of the most abundant ion from which on an ion tells whether the bounds fit the sample."""
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

        `attrs` hold `resolution`, `shift` (ppm), `noise`, `representation`, `warnings` in words, and as
        lists of dicts `ambiguous`, what the fit needs but with less confidence, and `unexplained`, the peaks
        that no candidate explains.

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
        raise InputError(f"{neutral[0]} has no charge and no m/z; candidates are ions")
    for name, value in {"false_rate": false_rate, "confidence": confidence}.items():
        if not 0 <= value <= 1:
            raise InputError(f"{name} is {value!r}; a number from 0 to 1 is needed")
    for name, value in {"calibration": calibration, "baseline": baseline, "model_error": model_error}.items():
        if not 0 <= value < np.inf:
            raise InputError(f"{name} is {value!r}; it is not negative")
    ions = [ion(each, ligands) for each in species]
    found, attrs = _assign(spectrum, ions, resolution, shape, calibration, baseline, model_error)
    attrs["representation"] = _fit.kind_of(spectrum, resolution, shape)
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
    sure = _fit.trusted(table.confidence, false_rate) & (table.confidence >= confidence)
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
        raise InputError(f"no member of the family has {symbol!r}; it has {', '.join(counts.columns)}")
    ions = [ion(each, ligands) for each in species]
    mz, intensity, least, unit = _fit.prepare(spectrum, resolution, shape)
    names = ["formula", "x", "abundance", "uncertainty", "area"]
    if not (len(mz) > 10 and ions and np.ptp(intensity) > 0):
        return pd.DataFrame(columns=names)
    lines = _fit.lines_of(ions)
    shift, power = 0.0, resolution
    if calibration or resolution is None:
        modes = _fit.calibrate(
            mz, intensity, lines, _fit.covered(mz, lines, _coarse(resolution), shape), resolution, shape,
            least=least, spacing=baseline, limit=calibration,
        )  # fmt: skip
        if resolution is None and not modes:
            raise InputError("the resolution cannot be fitted: no member is in the spectrum; give it")
        if modes:
            shift, power, _ = modes[0]
    mz = mz / (1 + 1e-6 * shift)
    result = _fit.fit(
        mz, intensity, lines, _fit.covered(mz, lines, power, shape), power, shape,
        least=least, spacing=baseline, model_error=model_error, choose=False,
    )  # fmt: skip
    same = np.argwhere(np.triu(result.gram, 1) > 1 - 1e-6)
    if len(same):
        one, other = (species[result.kept[k]] for k in same[0])
        raise InputError(f"{one} and {other} have the same envelope; the spectrum cannot tell them apart")
    abundance, uncertainty = _shares(result.area, result.covariance)
    x = counts[symbol].to_numpy()[result.kept]
    formulas = [str(species[k]) for k in result.kept]
    columns = formulas, x, abundance, uncertainty, unit * result.area
    table = pd.DataFrame(dict(zip(names, columns, strict=True)))
    slope = (x - abundance @ x) / max(result.area.sum(), 1e-300)
    table.attrs |= {
        "mean": float(abundance @ x),
        "mean_uncertainty": float(np.sqrt(slope @ result.covariance @ slope)),
        "resolution": power,
        "shift": shift,
        "noise": unit * result.noise,
    }
    return table


def _coarse(resolution):
    """Return a resolving power for the question which envelopes lie in the spectrum."""
    return 1000.0 if resolution is None else resolution


def _assign(spectrum, ions, resolution, shape, calibration, baseline, model_error):
    """Return what :func:`assign` measures, by the number of the ion, and the attributes."""
    mz, intensity, least, unit = _fit.prepare(spectrum, resolution, shape)
    nothing = {"resolution": resolution, "shift": 0.0, "noise": 0.0, "warnings": [], "unexplained": []}
    nothing = pd.DataFrame(columns=COLUMNS, index=pd.Index([], dtype=int)), nothing
    if not (len(mz) > 10 and ions and np.ptp(intensity) > 0):
        return nothing
    if resolution is not None:
        line_width(mz, resolution, shape)  # refuses what is no resolving power
    lines = _fit.lines_of(ions)
    seen = _fit.covered(mz, lines, _coarse(resolution), shape)
    if not seen.any():
        return nothing
    common = {"least": least, "spacing": baseline}
    modes = _fit.calibrate(mz, intensity, lines, seen, resolution, shape, limit=calibration, **common)
    if not modes:
        if resolution is None:
            raise InputError("the resolution cannot be fitted: no candidate is in the spectrum; give it")
        modes = [(0.0, resolution, [])]
    fits = [
        _settle(mz, intensity, lines, mode, shape, resolution is None, calibration, model_error, common)
        for mode in tqdm(modes, desc="modes", delay=2, leave=False)
    ]
    weights, fits = _weigh(fits, calibration)
    shift, power, result = fits[0]
    mz = mz / (1 + 1e-6 * shift)
    left = _fit.unexplained(mz, result, power, shape)
    chosen, number = result.chosen, result.kept[result.chosen]
    abundance, uncertainty = _shares(result.area, result.covariance)
    looks = [_look(mz, lines, k, power, shape, result, place) for place, k in enumerate(number)]
    apex, cosine, off = np.reshape(looks, (-1, 3)).T
    confidence, rival, odds = _confidences(mz, ions, lines, seen, fits, weights, shape, left)
    confidence = np.where(cosine < 0.9, np.minimum(confidence, np.maximum(cosine, 0) ** 2), confidence)
    warnings = []
    if calibration and len(chosen) and abs(shift) > 0.98 * calibration:
        warnings.append(
            f"the shift of the axis, {shift:+.1f} ppm, is at its bound: it may be larger, and then other "
            "ions fit; the confidences are at most 0.5"
        )
        confidence = np.minimum(confidence, 0.5)
    # What an anonymous envelope explains far better is no candidate.
    other, strong = odds > ANOTHER, abundance > STRONG * abundance.max(initial=0)
    if (lost := (other & strong).sum()) > strong.sum() / 2:
        warnings.append(
            f"{lost} of the {strong.sum()} strong ions are not among the candidates: the bounds leave "
            "something out; the confidences are at most 0.5"
        )
        confidence = np.minimum(confidence, 0.5)
    found = pd.DataFrame(
        {
            "abundance": abundance,
            "uncertainty": uncertainty,
            "area": unit * result.area,
            "snr": result.area / np.sqrt(np.diag(result.covariance)),
            "confidence": confidence,
            "cosine": cosine,
            "ppm": shift + off,
            "rival": rival,
        },
        index=number,
    )
    left = [{"mz": float(apex[k]), "like": int(number[k])} for k in np.flatnonzero(other)] + left
    found = found[~other]
    attrs = {
        "resolution": power, "shift": shift, "noise": unit * result.noise, "warnings": warnings,
        "unexplained": left,
    }  # fmt: skip
    return found, attrs


def _settle(mz, intensity, lines, mode, shape, free, calibration, model_error, common):
    """Return shift, resolving power and fit of a mode, moved until the fit wants no other shift."""
    shift, power, start = mode
    for _ in range(6):
        here = mz / (1 + 1e-6 * shift)
        width = 1e6 * float(np.median(line_width(mz, power, shape) / mz))
        result = _fit.fit(
            here, intensity, lines, _fit.covered(here, lines, power, shape), power, shape, **common,
            model_error=model_error, start=start,
            free=(min(calibration / 2, width / 4), 0.05 if free else 0.0),
        )  # fmt: skip
        new = float(np.clip(shift + result.step[0], -calibration, calibration))
        if abs(new - shift) < 0.01 * width and abs(result.step[1]) < 0.003:
            break
        shift, start = new, result.kept[result.chosen]
        if free:
            power = float(power * np.exp(np.clip(result.step[1], -0.3, 0.3)))
    return shift, power, result


def _weigh(fits, calibration):
    """Return the weights of modes that differ, and these, the best first."""
    best = min(fits, key=lambda each: ((each[2].residual / each[2].sd) ** 2).sum())
    sd, worth = best[2].sd, []
    for shift, _, result in fits:
        prior = (2 * shift / calibration) ** 2 if calibration else 0.0
        worth.append(-((result.residual / sd) ** 2).sum() - result.price * len(result.chosen) - prior)
    # Of modes with the same species, the one that has come to rest.
    rest = {}
    for k, (_, power, result) in enumerate(fits):
        species = frozenset(result.kept[result.chosen].tolist())
        moving = abs(result.step[0]) * 1e-6 * (1.0 if callable(power) else power) + abs(result.step[1])
        rest[species] = min(rest.get(species, (np.inf, k)), (moving, k))
    kept = sorted((k for _, k in rest.values()), key=lambda k: -worth[k])
    weight = np.exp((np.array(worth)[kept] - worth[kept[0]]) / 2)
    return weight / weight.sum(), [fits[k] for k in kept]


def _confidences(mz, ions, lines, seen, fits, weights, shape, left):
    """Return confidence, strongest rival and weight of an anonymous envelope of each species."""
    numbers = fits[0][2].kept[fits[0][2].chosen]
    total, rival = np.zeros(len(numbers)), np.full(len(numbers), -1)
    outside = np.zeros(len(numbers))
    for (shift, power, result), weight in zip(fits, weights, strict=True):
        if weight < 1e-6:
            continue
        here = result.kept[result.chosen]
        share, best = _fit.confidences(result.gram, result.score, result.price, result.chosen)
        odds = _anonymous(
            mz * (1 + 1e-6 * (fits[0][0] - shift)), ions, lines, seen, result, power, shape, left
        )
        share = share / (1 + odds)
        if result is fits[0][2]:
            outside = odds
        for k, number in enumerate(numbers):
            place = np.flatnonzero(here == number)
            if len(place):
                total[k] += weight * share[place[0]]
                if result is fits[0][2] and best[place[0]] >= 0:
                    rival[k] = result.kept[best[place[0]]]
            elif rival[k] < 0 and weight > 1e-3 and len(here):
                apart = [abs(_mean(lines, number) - _mean(lines, other)) for other in here]
                rival[k] = here[int(np.argmin(apart))]
    return total, rival, outside


def _mean(lines, number):
    """Return the mean m/z of an envelope."""
    place, area, _ = lines.of(np.array([number]))
    return place @ area


def _anonymous(mz, ions, lines, seen, result, power, shape, left):
    """Return the weight of an ion outside the bounds in the place of each chosen species, relative to it."""
    chosen, number = result.chosen, result.kept[result.chosen]
    odds = np.zeros(len(chosen))
    if not len(chosen):
        return odds
    charge = np.array([abs(ions[k][1]) for k in number])
    # Candidates for each nominal mass of this charge.
    mean = np.add.reduceat(lines.place * lines.area, lines.first[:-1])[seen]
    span = max(float(np.ptp(mean)), 2.0)
    sizes = np.array([abs(z) for _, z in ions])[seen]
    overlap = result.gram[np.ix_(chosen, chosen)] > _fit.OVERLAP
    for block in _groups(overlap):
        z = charge[block[int(np.argmax(result.area[block]))]]
        density = max((sizes == z).sum(), 1) / (span * z + 2 * ELSEWHERE["mean"])
        factor = density * np.sqrt(2 * np.pi) * ELSEWHERE["mean"]
        evidence = _evidence(mz, ions, lines, result, power, shape, list(block), z)
        weight = factor * np.exp(np.clip(evidence, -700, 50))
        odds[block] = np.maximum(odds[block], weight)
    # Ions outside of the bounds for each one inside, as far as these odds tell.
    lost = (UNLISTED * odds > ANOTHER).sum()
    return odds * (UNLISTED + (len(left) + lost) / max(len(odds) - lost, 1))


def _groups(overlap):
    """Return each species, each pair that overlaps, and each larger set that hangs together."""
    n = len(overlap)
    groups = {(k,) for k in range(n)} | {(i, j) for i in range(n) for j in range(i) if overlap[i, j]}
    left = set(range(n))
    while left:
        group, more = set(), {min(left)}
        while more:
            group |= more
            more = {int(j) for k in more for j in np.flatnonzero(overlap[k])} - group
        left -= group
        if 2 < len(group) < 7:
            groups.add(tuple(sorted(group)))
    return [list(group) for group in sorted(groups)]


def _evidence(mz, ions, lines, result, power, shape, block, z):
    """Return the logarithm of the marginal likelihood of an anonymous envelope over that of some species.

    The envelope is linear in its four parameters about that of one species, or about the sum of several on
    one comb, which is moved until it fits.
    """
    number, single = result.kept[result.chosen], len(block) == 1
    amount = np.maximum(result.area[block], 0)
    place, area, column = lines.of(number[block])
    area = area * amount[column]
    core = area > 0.02 * area.max()
    place, area = place[core], area[core]
    if not single:
        comb, *_ = lines.of(number[[block[int(np.argmax(amount))]]])
        step = np.rint((place - comb[0]) * z / NOMINAL).astype(int)
        area = np.bincount(step - step.min(), area)
        used = np.flatnonzero(area)
        place, area = comb[0] + NOMINAL / z * (used + step.min()), area[used]
    rows = slice(*np.searchsorted(mz, [place[0] - 1 / z, place[-1] + 1 / z]))
    own = result.columns[:, [result.chosen[k] for k in block]][rows].toarray() / result.sd[rows, None]
    data = result.residual[rows] / result.sd[rows] + own @ result.area[block]
    project = _projector(result, rows, block)
    # The error of the mean nominal mass of the species themselves, by the tables of isotopes.
    errors = [
        np.sqrt(sum((n * TABLES.get(e, 0.0)) ** 2 for e, n in ions[k][0].items())) for k in number[block]
    ]
    known = float(amount @ errors / max(amount.sum(), 1e-300))
    for _ in range(1 if single else 4):
        columns, hermite, width = _tangents(mz[rows], place, area, z, power, shape)
        gram = project(np.column_stack([columns / result.sd[rows, None], data]))
        gram, score = gram[:-1, :-1], gram[:-1, -1]
        if not (gram[0, 0] > 0 and score[0] > 0):
            return -np.inf
        a = score[0] / gram[0, 0]  # the amplitude is free
        tangent = (gram - np.outer(gram[:, 0], gram[0]) / gram[0, 0])[1:, 1:] * a**2
        pull = (score - gram[:, 0] * a)[1:] * a
        narrow = np.array([OFF * 1e-6 * place.mean() * z, max(known / width, 1e-4), 2e-3, 2e-3])
        wide = np.array([*ELSEWHERE.values()]) / [1, width, 1, 1]
        wide = np.hypot(wide, narrow)
        if single:
            return _marginal(tangent, pull, wide) - _marginal(tangent, pull, narrow)
        worth = score[0] ** 2 / gram[0, 0] / 2 + _marginal(tangent, pull, wide)
        theta = np.linalg.solve(tangent + np.diag(wide**-2.0), pull)
        place, area = place + theta[0] / z, area * a * np.maximum(1 + theta[1:] @ hermite[1:], 0.02)
    gram = project(np.column_stack([own, data]))
    gram, score = gram[:-1, :-1], gram[:-1, -1]
    fitted = score @ np.linalg.lstsq(gram, score, rcond=None)[0] / 2
    return worth - fitted + (len(block) - 1) * result.price / 2


def _projector(result, rows, block):
    """Return a function for the overlaps of columns in a window, less baseline and all species but a block.

    A straight line is projected out too, since what is not explained beside the species bends the baseline.
    """
    sd, basis = result.sd[rows], result.basis[rows]
    others = [column for k, column in enumerate(result.chosen) if k not in block]
    rest = result.columns[:, others].multiply(1 / result.sd[:, None]).tocsc()
    line = np.column_stack([np.ones(len(sd)), np.linspace(-1, 1, len(sd))]) / sd[:, None]
    beside = np.column_stack([rest[rows].toarray(), line])
    below = np.column_stack([result.basis.T @ rest, basis.T @ line])
    inner = beside.T @ beside
    inner[: len(others), : len(others)] = (rest.T @ rest).toarray()
    inner -= below.T @ below
    inner += 1e-9 * np.trace(inner) / len(inner) * np.eye(len(inner))

    def project(columns):
        under = basis.T @ columns
        across = beside.T @ columns - below.T @ under
        return columns.T @ columns - under.T @ under - across.T @ np.linalg.solve(inner, across)

    return project


def _tangents(mz, place, area, z, power, shape):
    """Return an envelope and its changes with position in Da, mean, width and skewness, as columns.

    The last three multiply the lines by Hermite polynomials of the nominal mass in units of the width, which
    are returned as well.
    """
    x = (place - place @ area / area.sum()) * z / NOMINAL
    width = max(float(np.sqrt(x**2 @ area / area.sum())), 0.3)
    x = x / width
    hermite = np.array([np.ones_like(x), x, (x**2 - 1) / 2**0.5, (x**3 - 3 * x) / 6**0.5])
    hermite[min(len(place), 4) :] = 0  # a line or two have no shape
    shapes = [curve(mz, place, area * h, power, shape) for h in hermite]
    by = 0.02 * float(np.median(line_width(place, power, shape)))
    up, down = (curve(mz, place + sign * by, area, power, shape) for sign in (1, -1))
    return np.column_stack([shapes[0], (up - down) / 2 / by / z, *shapes[1:]]), hermite, width


def _marginal(tangent, pull, spread):
    """Return the logarithm of the likelihood of linear parameters with normal priors, relative to none."""
    gain = pull @ np.linalg.solve(tangent + np.diag(spread**-2.0), pull) / 2
    return gain - np.linalg.slogdet(np.eye(len(pull)) + np.outer(spread, spread) * tangent)[1] / 2


def _shares(area, covariance):
    """Return shares of the sum and their standard deviations."""
    total = area.sum()
    if not total > 0:
        return np.zeros(len(area)), np.zeros(len(area))
    share = area / total
    slope = (np.eye(len(area)) - share[:, None]) / total
    return share, np.sqrt(np.einsum("ij,jk,ik->i", slope, covariance, slope))


def _look(mz, lines, number, resolution, shape, result, place):
    """Return apex, cosine and ppm of a species in the spectrum less all other species."""
    at, share, _ = lines.of(np.array([number]))
    area = result.area[place]
    rows = slice(*np.searchsorted(mz, [at[0] - 1, at[-1] + 1]))
    profile = result.columns[:, [result.chosen[place]]].toarray()[rows, 0]
    residual, sd, mz = result.residual[rows], result.sd[rows], mz[rows]
    own = area * profile + residual
    seen = profile > 1e-3 * profile.max()
    clean = max((own**2 - sd**2)[seen].sum(), area**2 * (profile**2).sum())
    cosine = min(profile @ own / np.sqrt((profile**2).sum() * clean), 1.0)
    up, down = (curve(mz, at * (1 + by), share, resolution, shape) for by in (1e-6, -1e-6))
    slope = (up - down) / 2 / sd
    off = slope @ (residual / sd) / (slope @ slope) / area
    return mz[profile.argmax()], cosine, off
