r"""Spectra as an instrument draws them: line shapes on an axis of m/z, mixtures with noise, centroids.

A line at m has the full width at half maximum :math:`w = m / R` at the resolving power R, and with
:math:`x = (m/z - m) / w` one of the shapes, each of unit area,

.. math::
    \text{gaussian: } \frac{2}{w} \sqrt{\frac{\ln 2}{\pi}}\, \mathrm e^{-4 x^2 \ln 2} , \qquad
    \text{lorentzian: } \frac{2}{\pi w}\, \frac{1}{1 + 4 x^2} , \qquad
    \text{ft: } \frac{1}{w}\, \frac{\sin 2 \pi x}{2 \pi x\, (1 - 4 x^2)} .

The first serves for instruments that measure a time of flight, where R hardly changes. The last is the
absorption spectrum of a transient of finite length under the falling half of a Hann window (`harris1978`),
with lobes of -2.7 %. For it a number R is that at m/z 400 and falls with the root of m/z, as in an Orbitrap
(`makarov2000`). Any other law, such as the 1/m of an ion cyclotron, is given as a function of m/z.

Lines are those of the nominal masses. Their fine structure, left out unless asked for, broadens a line by its
variance: for the dimers of the paper at R = 20,000 heights change by less than 0.1 % of the apex; at
R = 200,000 by some per cent.

A spectrum is a DataFrame of `mz` and `intensity`, ascending in `mz`.
"""

import numpy as np
import pandas as pd
from scipy.sparse import csc_array

from supracrystal import InputError
from supracrystal.spectra.isotopes import envelopes, fine_envelope

SHAPES = {
    "gaussian": (lambda x: 2 * np.sqrt(np.log(2) / np.pi) * np.exp(-4 * np.log(2) * x**2), 3),
    "lorentzian": (lambda x: 2 / np.pi / (1 + 4 * x**2) / (2 / np.pi * np.arctan(2 * 50)), 50),
    "ft": (lambda x: _hann(2 * x), 20),
}
"""Shapes of unit width and area, and the distance at which they are cut, in widths."""
REFERENCE = 400.0
"""The m/z at which a resolving power for the shape `ft` is given."""


def _hann(y):
    """Return sin(pi y) / (pi y (1 - y^2)), 1/2 at |y| = 1."""
    return np.sinc(y) + (np.sinc(y - 1) + np.sinc(y + 1)) / 2


def line_width(mz, resolution, shape="gaussian"):
    """Full width at half maximum of a line.

    Parameters
    ----------
    mz : float or array
        Place of the line.
    resolution : float or function
        Resolving power, or a function that gives it at each m/z. A number holds everywhere; for the shape
        `ft` it is that at m/z 400 and falls with the root of m/z.
    shape : {"gaussian", "lorentzian", "ft"}

    Returns
    -------
    float or array

    Raises
    ------
    ValueError
        For another shape, and a resolving power that is not positive.

    Examples
    --------
    >>> line_width(1600, 20_000), float(line_width(1600, 20_000, "ft"))
    (0.08, 0.16)
    >>> line_width(1600, lambda mz: 20_000 * 400 / mz)
    0.32
    """
    if shape not in SHAPES:
        raise InputError(f"shape is {shape!r}; it is one of {', '.join(SHAPES)}")
    if callable(resolution):
        power = resolution(mz)
    else:
        power = resolution * (np.sqrt(REFERENCE / mz) if shape == "ft" else 1)
    if not (np.asarray(power) > 0).all():
        raise InputError(f"resolution is {resolution!r}; it must be positive")
    return mz / power


def axis(low, high, resolution, *, shape="gaussian", points=8):
    """Axis of m/z with a given number of points for each width of a line.

    Parameters
    ----------
    low, high : float
        Ends of the axis.
    resolution : float or function
    shape : {"gaussian", "lorentzian", "ft"}
        See :func:`line_width`.
    points : float
        Points for each width.

    Returns
    -------
    (M,) array

    Examples
    --------
    >>> mz = axis(1600, 1601, 20_000)
    >>> print(len(mz), (mz[1] - mz[0]).round(4))
    101 0.01
    """
    if not 0 < low < high:
        raise InputError(f"the axis would go from {low!r} to {high!r}; positive, ascending ends are needed")
    coarse = np.geomspace(low, high, 16_385)
    density = points / line_width(coarse, resolution, shape)
    index = np.concatenate([[0], np.cumsum(np.diff(coarse) * (density[1:] + density[:-1]) / 2)])
    return np.interp(np.linspace(0, index[-1], int(np.ceil(index[-1])) + 1), index, coarse)


def design(mz, species, resolution, shape="gaussian", *, coverage=0.99999, fine=False, ligands=None):
    """Profiles of many species on one axis, each of unit area.

    Parameters
    ----------
    mz : (M,) array
        Axis, ascending.
    species : sequence of S species
        Species, text, (dict, int), or envelopes as DataFrames of `mz` and `abundance`.
    resolution : float or function
    shape : {"gaussian", "lorentzian", "ft"}
        See :func:`line_width`.
    coverage : float
        Share of the isotopologues that is drawn; it is scaled to unit area.
    fine : bool
        Draw each isotopologue, not each nominal mass.
    ligands : dict, optional
        Ligands beside the built-in ones.

    Returns
    -------
    (M, S) scipy.sparse.csc_array
        Intensities per unit of m/z. The spectrum of a mixture is this matrix times its abundances.

    Examples
    --------
    >>> mz = axis(3150, 3250, 20_000)
    >>> matrix = design(mz, ["[Ag53(BDT)12(DMBT)16]3-", "[AuAg52(BDT)12(DMBT)16]3-"], 20_000)
    >>> matrix.shape, np.trapezoid(matrix.toarray(), mz, axis=0).round(6)
    ((5002, 2), array([1., 1.]))
    """
    mz = np.asarray(mz, dtype=float)
    if mz.ndim != 1 or not (np.diff(mz) > 0).all():
        raise InputError(f"mz of the shape {mz.shape} is no axis; ascending values are needed")
    place, area, column = _lines(species, coverage, fine, ligands)
    return draw(mz, place, area, column, len(species), resolution, shape)


def draw(mz, place, area, column, columns, resolution, shape="gaussian"):
    """Draw lines of given m/z and area on an axis, each into its column of a sparse matrix."""
    row, line, value = _points(mz, place, area, resolution, shape)
    return csc_array((value, (row, column[line])), shape=(len(mz), columns))


def curve(mz, place, area, resolution, shape="gaussian"):
    """Draw lines of given m/z and area on an axis into one curve."""
    row, _, value = _points(mz, place, area, resolution, shape)
    return np.bincount(row, value, len(mz))


def _points(mz, place, area, resolution, shape):
    """Return the points of the axis that lines reach, the line of each, and its intensity there."""
    width = line_width(place, resolution, shape)
    function, reach = SHAPES[shape]
    begin, end = np.searchsorted(mz, [place - reach * width, place + reach * width])
    length = end - begin
    line = np.repeat(np.arange(len(place)), length)
    row = np.arange(len(line)) - np.repeat(np.cumsum(length) - length - begin, length)
    return row, line, (area / width)[line] * function((mz[row] - place[line]) / width[line])


def _lines(species, coverage, fine, ligands):
    """Return place and area of all lines, and the number of the species to which each belongs."""
    species = list(species)
    tables = {k: each for k, each in enumerate(species) if isinstance(each, pd.DataFrame)}
    others = [k for k in range(len(species)) if k not in tables]
    if fine:
        tables |= {k: fine_envelope(species[k], coverage=coverage, ligands=ligands) for k in others}
        others = []
    place, area = envelopes([species[k] for k in others], coverage=coverage, ligands=ligands)
    column = np.repeat(others, place.shape[1]).astype(int)
    parts = [(place.ravel(), area.ravel(), column)]
    parts += [(table["mz"], table["abundance"], np.full(len(table), k)) for k, table in tables.items()]
    place, area, column = (np.concatenate(part) for part in zip(*parts, strict=True))
    drawn = area > 0
    place, area, column = place[drawn], area[drawn], column[drawn]
    return place, area / np.bincount(column, area, len(species))[column], column


def profile(mz, species, resolution, shape="gaussian", *, coverage=0.99999, fine=False, ligands=None):
    """Profile of one species on an axis, of unit area.

    Parameters
    ----------
    mz : (M,) array
        Axis, ascending.
    species : Species, str, (dict, int) or DataFrame
    resolution : float or function
    shape : {"gaussian", "lorentzian", "ft"}
    coverage : float
    fine : bool
    ligands : dict, optional
        See :func:`design`.

    Returns
    -------
    (M,) array
        Intensity per unit of m/z.

    Examples
    --------
    >>> mz = axis(3150, 3250, 20_000)
    >>> print(mz[profile(mz, "[Ag53(BDT)12(DMBT)16]3-", 20_000).argmax()].round(2))
    3198.12
    """
    matrix = design(mz, [species], resolution, shape, coverage=coverage, fine=fine, ligands=ligands)
    return matrix.toarray()[:, 0]


def synthesise(
    species, abundances=None, *, resolution=20_000, shape="gaussian", mz=None, signal_to_noise=np.inf,
    ions=np.inf, baseline=0.0, seed=0, fine=False, ligands=None,
):  # fmt: skip
    r"""Spectrum of a mixture as an instrument would record it.

    .. math::
        I = \frac{\mathrm{Poisson}\left( N \Delta (A c + b) \right)}{N \Delta} + \sigma \xi , \qquad
        \sigma = \frac{\max (A c)}{\mathrm{signal\ to\ noise}} ,

    with the profiles A of :func:`design`, the abundances c, the baseline b, the distance :math:`\Delta` of
    the points, the number of ions N, and normal random numbers :math:`\xi`. So the signal-to-noise ratio is
    the height of the highest line over the standard deviation of the detector's noise in one point.

    Parameters
    ----------
    species : sequence of S species
        See :func:`design`.
    abundances : (S,) array_like, optional
        Area of each, in any unit; 1 by default.
    resolution : float or function
    shape : {"gaussian", "lorentzian", "ft"}
        See :func:`line_width`.
    mz : (M,) array, optional
        Axis; by default all lines with 5 widths beside, 8 points for a width.
    signal_to_noise : float
        See above; infinite for no noise.
    ions : float
        Number of ions in a unit of area, for the noise of counting; infinite for none.
    baseline : float, array or function
        Height of the baseline, in units of the highest line: a number, one for each point, or a function of
        m/z.
    seed : int
        Of the random numbers.
    fine : bool
    ligands : dict, optional
        See :func:`design`.

    Returns
    -------
    DataFrame
        `mz` and `intensity`, an area per unit of m/z; `attrs` hold the resolving power and the noise.

    Examples
    --------
    >>> spectrum = synthesise(["[Ag53(BDT)12(DMBT)16]3-"], signal_to_noise=10, seed=1)
    >>> print((spectrum.intensity.max() / spectrum.attrs["noise"]).round(1))
    12.0
    """
    species = list(species)
    if not species:
        raise InputError("no species is given; at least one is needed")
    abundances = np.ones(len(species)) if abundances is None else np.asarray(abundances, dtype=float)
    if abundances.shape != (len(species),) or not (abundances >= 0).all():
        raise InputError(f"abundances are {abundances!r}; {len(species)} that are not negative are needed")
    if not signal_to_noise > 0 or not ions > 0:
        raise InputError(f"signal_to_noise is {signal_to_noise!r} and ions {ions!r}; both must be positive")
    if mz is None:
        place = _lines(species, 0.9999, fine, ligands)[0]
        ends = place.min(), place.max()
        low, high = np.array(ends) + 5 * line_width(np.array(ends), resolution, shape) * [-1, 1]
        mz = axis(low, high, resolution, shape=shape)
    intensity = design(mz, species, resolution, shape, fine=fine, ligands=ligands) @ abundances
    top, random = intensity.max(), np.random.default_rng(seed)
    intensity = intensity + top * (baseline(mz) if callable(baseline) else np.asarray(baseline))
    if np.isfinite(ions):
        counts = ions * np.gradient(mz)
        intensity = random.poisson(np.maximum(intensity, 0) * counts) / counts
    noise = top / signal_to_noise
    intensity = intensity + noise * random.normal(size=len(mz))
    spectrum = pd.DataFrame({"mz": mz, "intensity": intensity})
    spectrum.attrs |= {"resolution": resolution, "shape": shape, "noise": float(noise)}
    return spectrum
