r"""Free energy of a nucleus against its size, from umbrella windows, and the time in which it is passed.

In window i a nucleus of n particles has the harmonic bias :math:`U_i(n) = \kappa (n - c_i)^2 / 2`. The
simulations that give such samples are a script of `data/confinement`, after Gispen et al. (2024)
(`gispen2024`); what follows from them is here.
"""

from itertools import pairwise

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.special import logsumexp

from supracrystal import InputError


def nucleus_free_energy(size, centre, spring):
    r"""Return the free energy of a nucleus against its size, from samples of umbrella windows.

    The weighted histograms of all windows together: with :math:`M(n)` samples of the size n, and :math:`N_i`
    samples in window i,

    .. math:: P(n) = \frac{M(n)}{\sum_i N_i\, e^{g_i - U_i(n)}}, \qquad e^{-g_i} = \sum_n P(n)\, e^{-U_i(n)} .

    The offsets :math:`g_i` minimise a convex function (Zhu and Hummer 2012, `zhu2012`).

    Parameters
    ----------
    size : (M,) array_like of int
        Size of the nucleus in each sample.
    centre : (M,) array_like of float
        Centre of the window of each sample.
    spring : float
        :math:`\kappa`, in kT per square of the size.

    Returns
    -------
    pandas.Series
        :math:`-\ln P` in kT, zero at its minimum, against the sizes that occur.

    Raises
    ------
    InputError
        For samples that do not match, and if no size lies both in windows up to a centre and beyond it.

    Examples
    --------
    >>> nucleus_free_energy([0, 0, 0, 1, 1, 2], [0, 0, 0, 0, 0, 0], 0.0).round(3).tolist()
    [0.0, 0.405, 1.099]
    """
    size, centre = np.asarray(size), np.asarray(centre, dtype=float)
    if size.ndim != 1 or size.shape != centre.shape or not len(size):
        raise InputError(f"size has the shape {size.shape}, centre {centre.shape}; the same (M,) is needed")
    sizes, counts = np.unique(size, return_counts=True)
    centres, window = np.unique(centre, return_inverse=True)
    for low, high in pairwise(centres):
        if not np.isin(size[centre <= low], size[centre >= high]).any():
            raise InputError(
                f"windows at {low:g} and {high:g} have no size in common; more windows are needed"
            )
    samples = np.bincount(window)
    weight = np.log(samples)[:, None] - spring / 2 * (sizes - centres[:, None]) ** 2

    def offset(free):
        """Return the logarithms of the weighted exponentials, and the offsets, the first of which is zero."""
        g = np.concatenate([[0.0], free])
        return weight + g[:, None], g

    def objective(free):
        """Return the function that is least at the offsets, and its gradient."""
        terms, g = offset(free)
        total = logsumexp(terms, axis=0)
        slope = np.exp(terms - total) @ counts - samples
        return (counts @ total - samples @ g) / len(size), slope[1:] / len(size)

    free = np.zeros(len(centres) - 1)
    if len(free):
        free = minimize(objective, free, jac=True, method="BFGS", options={"gtol": 1e-9}).x
    energy = logsumexp(offset(free)[0], axis=0) - np.log(counts)
    return pd.Series(energy - energy.min(), pd.Index(sizes, name="size"), name="free energy")


def passage_times(energy, attachment):
    r"""Return the mean times in which a nucleus that begins at the smallest size reaches each larger one.

    For steps of one particle, with the rate :math:`k` of attachment and detailed balance,

    .. math:: \tau(n) = \sum_{m < n} \frac{e^{F(m)}}{k(m)} \sum_{l \le m} e^{-F(l)} .

    Parameters
    ----------
    energy : (K,) array_like
        Free energy F of successive sizes, in kT.
    attachment : float or (K,) array_like
        k, per unit of time; near the critical size it is the diffusion coefficient of the size.

    Returns
    -------
    (K,) float array
        Zero for the smallest size.

    Raises
    ------
    InputError
        If a rate is not positive.

    Notes
    -----
    Exact for a chain of such steps; with a barrier it is the rate of Becker and Döring.

    Examples
    --------
    >>> passage_times([0.0, 0.0, 0.0], 2.0).tolist()
    [0.0, 0.5, 1.5]
    """
    energy = np.asarray(energy, dtype=float)
    attachment = np.broadcast_to(attachment, energy.shape)
    if not (attachment > 0).all():
        raise InputError(f"the smallest rate of attachment is {attachment.min():g}; positive ones are needed")
    steps = np.exp(energy + np.logaddexp.accumulate(-energy)) / attachment
    return np.concatenate([[0.0], np.cumsum(steps[:-1])])
