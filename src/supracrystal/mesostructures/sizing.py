r"""Dynamic light scattering, backwards: radius and polydispersity from a correlogram, simulated or your own.

The logarithm of the correlogram bends as much as sizes differ: the method of cumulants, as in ISO 22412
(2017, `iso22412`), gives their mean and spread,

.. math:: \ln (g_2 - 1) = \ln \beta - 2 \bar\Gamma \tau + \mu_2 \tau^2 , \qquad
    \mathrm{PDI} = \mu_2 / \bar\Gamma^2 .

A whole distribution is more than the data decide, for sums of exponentials are nearly alike. In the manner
of Provencher's CONTIN (1982, `provencher1982`) the smoothest one is taken that is nowhere negative and fits.
The original program is in Fortran and reads files of one maker; a Python package that does this and is
kept up we have not found.

Left out: several angles at once, fits of a baseline, and number or volume distributions, which divide noise
by a high power of the radius.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from scipy.optimize import nnls
from scipy.special import fdtr

from supracrystal.mesostructures.correlogram import rate_times_radius


def cumulants(delay, correlation, setup, *, until=0.1):
    r"""Mean radius and polydispersity by the method of cumulants; see the top of this module.

    Parameters
    ----------
    delay, correlation : (n,) arrays
        In µs; g2 - 1.
    setup : Setup
    until : float
        The fit ends where the correlogram first falls below this part of its first value.

    Returns
    -------
    Series
        ``radius_nm``, the harmonic mean weighted by intensity; ``pdi``, :math:`\mu_2 / \bar\Gamma^2`;
        ``coherence``.

    Raises
    ------
    ValueError
        If fewer than 4 delays are left.

    Notes
    -----
    Source: ISO 22412 (2017, `iso22412`); each delay has the weight (g2 - 1)², as for noise of equal size.

    Examples
    --------
    >>> from supracrystal.mesostructures import field_correlation, Setup
    >>> tau = np.geomspace(1, 1000, 40)
    >>> measured = 0.9 * field_correlation(tau, [20, 40], [1, 1], Setup()) ** 2
    >>> cumulants(tau, measured, Setup()).round(2).to_list()
    [26.68, 0.11, 0.9]
    """
    delay, correlation = np.asarray(delay, dtype=float), np.asarray(correlation, dtype=float)
    below = np.flatnonzero(~(correlation >= until * correlation[0]))
    used = slice(0, below[0] if len(below) else None)
    x, y = delay[used], correlation[used]
    if len(x) < 4 or not y[0] > 0:
        raise ValueError(f"{len(x)} delays stand before the fall below {until:g} of the first; 4 are needed")
    c, b, a = np.polynomial.Polynomial.fit(x, np.log(y), 2, w=y).convert().coef[::-1]
    return pd.Series(
        {"radius_nm": -2 * rate_times_radius(setup) / b, "pdi": 4 * c / b**2, "coherence": np.exp(a)}
    )


def size_distribution(delay, correlation, setup, *, deviation=None, radius_nm=None):
    """Distribution of the scattered light over radii: smooth, nowhere negative, as in CONTIN.

    Parameters
    ----------
    delay, correlation : (n,) arrays
        In µs; g2 - 1.
    setup : Setup
    deviation : (n,) array, optional
        Standard deviations of the correlation; without them all delays weigh the same.
    radius_nm : (m,) array, optional
        Radii on a geometric scale; without them 80 from 0.5 nm to 5 µm.

    Returns
    -------
    DataFrame
        With the columns ``radius_nm`` and ``share`` of the light, which add up to 1.

    Raises
    ------
    ValueError
        If fewer than 10 delays stand above the noise.

    Notes
    -----
    Source: Provencher (1982) (`provencher1982`). The smoothest distribution is taken whose misfit an F-test
    tells from that of the best with a probability below 1/2. Delays count up to the first within 3 deviations
    of zero (or, without deviations, below 2 % of the first). Noise is taken as independent from one delay to
    the next, which it is not (:func:`supracrystal.mesostructures.correlogram.covariance`), so that peaks may
    be too sharp.

    Examples
    --------
    >>> from supracrystal.mesostructures import measure, Setup
    >>> tau = np.geomspace(1, 3000, 80)
    >>> data = measure(tau, [30.0], [1.0], Setup(), seed=1)
    >>> found = size_distribution(tau, data.correlation, Setup(), deviation=data.deviation)
    >>> print(np.exp(np.log(found.radius_nm) @ found.share).round(1))
    30.0
    """
    delay, y = np.asarray(delay, dtype=float), np.asarray(correlation, dtype=float)
    floor = 0.02 * y[0] if deviation is None else 3 * np.asarray(deviation, dtype=float)
    low = np.flatnonzero(~(y > floor))
    used = slice(0, low[0] if len(low) else None)
    if len(y[used]) < 10:
        raise ValueError(f"{len(y[used])} delays stand above the noise; 10 are needed")
    field = np.sqrt(y[used])
    weight = field if deviation is None else 2 * field / np.asarray(deviation, dtype=float)[used]
    radius = np.geomspace(0.5, 5000, 80) if radius_nm is None else np.asarray(radius_nm, dtype=float)
    kernel = np.exp(-np.outer(delay[used], rate_times_radius(setup) / radius)) * weight[:, None]
    bent = np.diff(np.eye(len(radius) + 4)[:, 2:-2], 2, axis=0)
    target = np.append(weight * field, np.zeros(len(bent)))
    strength = np.geomspace(1e-6, 1e3, 40) * np.linalg.norm(kernel) / np.linalg.norm(bent)
    found = np.array([nnls(np.vstack([kernel, each * bent]), target)[0] for each in strength])
    misfit = ((found @ kernel.T - weight * field) ** 2).sum(axis=1)
    free = np.count_nonzero(found[0])
    left = max(len(field) - free, 1)
    ratio = (misfit / misfit[0] - 1) * left / free
    share = found[np.flatnonzero(fdtr(free, left, np.maximum(ratio, 0)) <= 0.5)[-1]]
    return pd.DataFrame({"radius_nm": radius, "share": share / share.sum()})


def peaks(distribution, *, least=0.02):
    """Peaks of a size distribution, cut apart where it is lowest between them.

    Parameters
    ----------
    distribution : DataFrame
        Of :func:`size_distribution`.
    least : float
        Share of the light below which a peak is left out.

    Returns
    -------
    DataFrame
        A row for each peak with ``radius_nm``, its geometric mean, and ``share``.

    Examples
    --------
    >>> peaks(pd.DataFrame({"radius_nm": [1, 2, 4, 8, 16], "share": [0.3, 0, 0.2, 0.5, 0]}))
       radius_nm  share
    0   1.000000    0.3
    1   6.562683    0.7
    """
    radius, share = distribution["radius_nm"].to_numpy(), distribution["share"].to_numpy()
    inner = (share[1:-1] <= share[:-2]) & (share[1:-1] < share[2:])
    parts = np.split(np.arange(len(share)), np.flatnonzero(inner) + 1)
    rows = [
        (np.exp(np.log(radius[part]) @ share[part] / share[part].sum()), share[part].sum())
        for part in parts
        if share[part].sum() >= least
    ]
    return pd.DataFrame(rows, columns=["radius_nm", "share"])


def read(path):
    r"""Read a correlogram from text: delays and g2 - 1 in the first two columns.

    Parameters
    ----------
    path : path-like
        Lines before the first with two numbers are passed over. Columns end with blanks, tabs, commas or
        semicolons; after tabs and semicolons decimals may have commas.

    Returns
    -------
    DataFrame
        With the columns ``delay_us``, in the unit of the file, and ``correlation``.

    Raises
    ------
    ValueError
        Naming the line that is no number after the first ones, and for delays that do not ascend.

    Notes
    -----
    With it, ``cumulants(data.delay_us, data.correlation, setup)`` gives the radius of your own sample. Delays
    in ms or s are yours to convert.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     _ = (Path(folder) / "a.txt").write_text("Delay;g2-1\n0,5;0,91\n1,0;0,90\n")
    ...     print(read(Path(folder) / "a.txt").to_numpy().tolist())
    [[0.5, 0.91], [1.0, 0.9]]
    """
    rows = []
    for number, line in enumerate(Path(path).read_text(encoding="utf-8-sig").splitlines(), start=1):
        text = line.replace(",", "." if ";" in line or "\t" in line.strip() else " ").replace(";", " ")
        try:
            delay, correlation = map(float, text.split()[:2])
        except ValueError:
            if rows and line.strip():
                raise ValueError(f"{path}, line {number}: {line!r}; two numbers are needed") from None
        else:
            rows.append((delay, correlation))
    table = pd.DataFrame(rows, columns=["delay_us", "correlation"])
    if not (len(table) and table["delay_us"].is_monotonic_increasing and table.notna().all(axis=None)):
        raise ValueError(f"{path}: {len(table)} rows of numbers; delays must ascend, and none may be missing")
    return table
