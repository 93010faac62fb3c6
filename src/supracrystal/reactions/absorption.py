r"""Absorption of light by a mixture of clusters, as the sum of that of its parts.

By the law of Beer and Lambert the absorbance of a mixture is :math:`A = \sum_i \varepsilon_i c_i`, if its
parts do not change one another. A cluster is taken as a sum of bands that are Gaussian in the energy of the
photon,

.. math::
    \varepsilon(E) = \sum_b f_b \exp \left( -\frac{(E - E_b)^2}{2 \sigma_b^2} \right) ,

at the positions that Lin et al. (2022, `lin2022`) print, which stand in ``bands.yaml``. They print neither
widths nor strengths. So these are assumptions: equal ones in a picture; where a statement is to be tested,
many drawn at random (:func:`assumptions`), as what holds for nearly all of them does not hang on them. Of
the family with 30 ligands, the ends x = 0 and 12 have printed bands; between them the spectrum is taken to go
over linearly. Those with 26 and with 27 ligands are taken to be alike for all x.

Left out: the rise towards the ultraviolet, absorption of what is in solution, and scattering.
"""

from functools import cache
from importlib import resources

import numpy as np
import pandas as pd
import yaml
from scipy.constants import c, elementary_charge, h, nano
from scipy.optimize import nnls
from scipy.signal import find_peaks

from supracrystal.reactions.alloying import CLUSTERS, SPECIES

EV_NM = h * c / elementary_charge / nano
"""Energy of a photon times its wavelength, in eV nm."""
WIDTH = 0.09
"""Standard deviation of a band in a picture, in eV; an assumption."""
PARTS = ("[Ag44(p-MBA)30]4-", "[Au12Ag32(p-MBA)30]4-", "[Au21Ag23(p-MBA)27]3-", "[Au44(p-MBA)26]2-")
"""Clusters with printed bands, of which the spectra of all others are made."""


def printed_bands():
    """Absorption bands of clusters as they are printed.

    Returns
    -------
    DataFrame
        `cluster`, `nm`, `kind` (the word of the paper), `paper` and `place`; a row for each band.

    Notes
    -----
    Source: Lin et al. (2022) (`lin2022`).

    Examples
    --------
    >>> printed_bands().groupby("cluster")["nm"].apply(list)["[Au44(p-MBA)26]2-"]
    [480, 575, 765]
    """
    rows = [{"cluster": name} | each for name, each in _read().items()]
    return pd.DataFrame(rows).explode("nm", ignore_index=True)[["cluster", "nm", "kind", "paper", "place"]]


@cache
def _read():
    file = resources.files("supracrystal.reactions") / "bands.yaml"
    return yaml.safe_load(file.read_text(encoding="utf-8"))


def absorption(wavelength, positions, *, width=WIDTH, strength=1.0):
    """Sum of bands that are Gaussian in energy.

    Parameters
    ----------
    wavelength : (W,) array_like
        In nm.
    positions : (B,) array_like
        Of the bands, in nm.
    width : float or (B,) array_like
        Standard deviation, in eV.
    strength : float or (B,) array_like
        Height.

    Returns
    -------
    (W,) array

    Raises
    ------
    ValueError
        For wavelengths, positions or widths that are not positive.

    Examples
    --------
    >>> print(absorption([400, 500], [500]).round(3))
    [0. 1.]
    """
    wavelength, positions = np.asarray(wavelength, dtype=float), np.asarray(positions, dtype=float)
    for name, value in (("wavelength", wavelength), ("positions", positions), ("width", width)):
        if not (np.asarray(value) > 0).all():
            raise ValueError(f"{name} is {value}; it must be positive")
    away = EV_NM / wavelength[:, None] - EV_NM / positions
    return (strength * np.exp(-((away / width) ** 2) / 2)).sum(axis=1)


def weights():
    """Of which spectra with printed bands the spectrum of each cluster is made.

    Returns
    -------
    (C, 4) array
        Over the clusters of :func:`supracrystal.reactions.alloying.species`, and :data:`PARTS`.

    Examples
    --------
    >>> print(weights()[[0, 3, 12, 20, 30]])
    [[1.   0.   0.   0.  ]
     [0.75 0.25 0.   0.  ]
     [0.   1.   0.   0.  ]
     [0.   0.   1.   0.  ]
     [0.   0.   0.   1.  ]]
    """
    framework, gold = SPECIES["framework"].to_numpy()[:CLUSTERS], SPECIES["gold"].to_numpy()[:CLUSTERS]
    silver_rich = framework == 30
    ends = np.where(silver_rich, [1 - gold / 12, gold / 12], 0)
    return np.vstack([ends, framework == 27, framework == 26]).T.astype(float)


def part_spectra(wavelength, *, width=WIDTH, strength=1.0):
    """Spectra of the clusters with printed bands.

    Parameters
    ----------
    wavelength : (W,) array_like
        In nm.
    width, strength : float or (B,) array_like
        Of all bands, in the order of :func:`printed_bands`; see :func:`absorption`.

    Returns
    -------
    (4, W) array
        Over :data:`PARTS`.

    Examples
    --------
    >>> part_spectra([480, 765]).round(2)[3]
    array([1., 1.])
    """
    bands = [(name, nm) for name, each in _read().items() for nm in each["nm"]]
    width, strength = (
        np.broadcast_to(np.asarray(each, dtype=float), len(bands)) for each in (width, strength)
    )
    single = [
        absorption(wavelength, [nm], width=sigma, strength=f)
        for (_, nm), sigma, f in zip(bands, width, strength, strict=True)
    ]
    return np.array([[name == part for name, _ in bands] for part in PARTS]) @ np.array(single)


def mixture(amount, spectra):
    """Spectrum of a mixture, the sum of those of its clusters.

    Parameters
    ----------
    amount : (..., S) array_like
        Over the species of :func:`supracrystal.reactions.alloying.species`.
    spectra : (4, W) array_like
        Of :func:`part_spectra`.

    Returns
    -------
    (..., W) array

    Examples
    --------
    Silver clusters alone, one in all:

    >>> from supracrystal.reactions import feed
    >>> bool(np.allclose(mixture(feed(1e-9), part_spectra([500.0])), part_spectra([500.0])[0]))
    True
    """
    return np.asarray(amount, dtype=float)[..., :CLUSTERS] @ weights() @ spectra


def assumptions(number, *, seed=0, width=(0.06, 0.25), strength=(1 / 3, 3)):
    """Widths and strengths of all bands, drawn at random.

    Parameters
    ----------
    number : int
        Of draws, D.
    seed : int
    width, strength : (float, float)
        Ends; between them the logarithm is even. The widths are those of bands from sharp to so broad that
        neighbours merge; the strengths differ by up to a factor of nine.

    Returns
    -------
    width : (D, B) array
        In eV, over the bands of :func:`printed_bands`.
    strength : (D, B) array

    Examples
    --------
    >>> [each.shape for each in assumptions(5)]
    [(5, 15), (5, 15)]
    """
    shape, generator = (number, len(printed_bands())), np.random.default_rng(seed)
    return tuple(np.exp(generator.uniform(*np.log(each), size=shape)) for each in (width, strength))


def maxima(wavelength, absorbance, *, prominence=0.02):
    """Wavelengths of the maxima of a spectrum.

    Parameters
    ----------
    wavelength, absorbance : (W,) array_like
        Evenly spaced.
    prominence : float
        Least height over the valley beside, as a part of the highest point.

    Returns
    -------
    (M,) array

    Examples
    --------
    >>> nm = np.arange(350, 950)
    >>> maxima(nm, part_spectra(nm, width=0.06)[3])
    array([480, 575, 765])
    """
    absorbance = np.asarray(absorbance, dtype=float)
    return np.asarray(wavelength)[find_peaks(absorbance, prominence=prominence * absorbance.max())[0]]


def crossings(wavelength, one, other):
    """Wavelengths at which two spectra cross: isosbestic points, if the one turns into the other.

    Parameters
    ----------
    wavelength : (W,) array_like
    one, other : (W,) array_like

    Returns
    -------
    (M,) array
        Interpolated linearly.

    Examples
    --------
    >>> crossings([400, 500, 600], [3.0, 1.0, 0.0], [0.0, 1.5, 1.0]).round(1)
    array([485.7])
    """
    wavelength, apart = np.asarray(wavelength, dtype=float), np.subtract(one, other)
    k = np.flatnonzero(apart[:-1] * apart[1:] < 0)
    return wavelength[k] + (wavelength[k + 1] - wavelength[k]) * apart[k] / (apart[k] - apart[k + 1])


def unmix(absorbance, spectra):
    """Amounts of known parts in a spectrum, none negative, by least squares.

    Parameters
    ----------
    absorbance : (W,) array_like
    spectra : (P, W) array_like
        Of the parts.

    Returns
    -------
    amount : (P,) array
    residual : float
        Root mean square of what is left, as a part of that of the spectrum. Large, if something else absorbs,
        or the parts changed one another.

    Examples
    --------
    >>> spectra = part_spectra(np.arange(350, 900, 5))
    >>> amount, residual = unmix([1, 0, 2, 0] @ spectra, spectra)
    >>> amount.round(6) + 0.0, residual < 1e-9
    (array([1., 0., 2., 0.]), True)
    """
    absorbance = np.asarray(absorbance, dtype=float)
    amount, left = nnls(np.asarray(spectra, dtype=float).T, absorbance)
    return amount, float(left / np.linalg.norm(absorbance))
