r"""Which columns of a non-negative fit are needed, behind :mod:`supracrystal.spectra.assignment`.

Columns are scaled to unit norm and data to unit noise: `gram` are the overlaps of the columns, `score` their
overlaps with the data, so the score is the signal-to-noise ratio of a matched filter. A model is a set P of
columns; with its amplitudes :math:`a = G_{PP}^{-1} s_P`, it is worth

.. math::
    W(P) = s_P^T a - \tau |P| = \chi^2(\varnothing) - \chi^2(P) - \tau |P| .

The price of a column, :math:`\tau = 2 \ln (S / k) + 4` for S columns of which k are needed, is that of a
column whose chance to be needed is k / S, as found in the data themselves (George and Foster 2000,
`george2000`); the 4 stands for the range of amplitudes that were possible, about 20 times their error.
"""

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import nnls

OVERLAP = 0.1
"""Columns that overlap more than this compete for the same signal."""
RIDGE = 1e-8
"""Added to the overlap of a column with itself, for columns that are the same."""
SINGULAR = 1e-7
"""Columns nearer to the span of others than this are not told from them."""


def penalty(columns, needed=1):
    """Return the price of a column in chi squared, for the number to choose from and the number needed."""
    return 2 * np.log(max(columns, 1) / max(needed, 1)) + 4


def non_negative(gram, score):
    """Return the amplitudes >= 0 of all columns, by Lawson and Hanson on the Cholesky factor."""
    if not len(score):
        return np.zeros(0)
    factor = np.linalg.cholesky(gram + RIDGE * np.eye(len(gram)))
    return nnls(factor.T, np.linalg.solve(factor, score), maxiter=30 * len(score))[0]


def amplitudes(gram, score, chosen):
    """Return the amplitudes of a model without the bound at 0, and their covariance."""
    covariance = np.linalg.inv(gram[np.ix_(chosen, chosen)] + RIDGE * np.eye(len(chosen)))
    return covariance @ score[chosen], covariance


def select(gram, score, price):
    """Return the model that no exchange of one or two overlapping columns by up to two others improves.

    It starts from the non-negative fit of all columns, less those that are not worth their price.
    """
    chosen = np.flatnonzero(non_negative(gram, score) > 0).tolist()
    a, covariance = amplitudes(gram, score, chosen)
    while chosen:
        loss = np.where(a > 0, a**2 / np.diag(covariance), -1)
        worst = int(loss.argmin())
        if loss[worst] > price:
            break
        del chosen[worst]
        left, column = np.arange(len(a)) != worst, covariance[:, worst] / covariance[worst, worst]
        a = (a - a[worst] * column)[left]
        covariance = (covariance - np.outer(column, covariance[worst]))[np.ix_(left, left)]
    while True:
        before = set(chosen)
        for block in [()] + _blocks(gram, chosen):
            if set(block) <= set(chosen):
                rest, members, worth = _exchanges(gram, score, price, chosen, block)
                new = [*rest, *(int(k) for k in members[worth.argmax()] if k >= 0)]
                if set(new) != set(chosen) and _better(gram, score, price, new, chosen):
                    chosen = new
        if set(chosen) == before:
            return sorted(chosen)


def confidences(gram, score, price, chosen):
    r"""Return the share of each chosen column among the models that exchange it, and its strongest rival.

    The rival is -1 if it is none, or nothing in place of the column. The weight of a model is
    :math:`\exp(W / 2)`, as by the Bayesian information criterion. The exchanges are those of `select`: of
    the column alone, and of it together with each chosen column that overlaps it. The least share counts.
    """
    share, rival = dict.fromkeys(chosen, 1.0), dict.fromkeys(chosen, -1)
    for block in _blocks(gram, chosen):
        _, members, worth = _exchanges(gram, score, price, chosen, block)
        weight = np.exp((worth - worth.max()) / 2)
        weight /= weight.sum()
        for column in block:
            without = (members != column).all(axis=1)
            mine = weight[~without].sum()
            if mine < share[column]:
                best = members[np.where(without, weight, -1).argmax()]
                others = [int(k) for k in best if k >= 0 and k not in block]
                share[column], rival[column] = mine, max(others, key=lambda k: gram[k, column], default=-1)
    return np.array([share[k] for k in chosen]), np.array([rival[k] for k in chosen], dtype=int)


def trusted(confidence, false_rate):
    """Whether each column is among the surest of which no more than a share is expected to be false."""
    order = np.argsort(-np.asarray(confidence, dtype=float), kind="stable")
    doubt = np.cumsum(1 - np.asarray(confidence, dtype=float)[order]) / np.arange(1, len(order) + 1)
    keep = np.empty(len(order), dtype=bool)
    keep[order] = doubt <= false_rate + 1e-12
    return keep


def _blocks(gram, chosen):
    """Return all single columns and all pairs that overlap."""
    pairs = [(p, q) for k, p in enumerate(chosen) for q in chosen[k + 1 :] if gram[p, q] > OVERLAP]
    return [(p,) for p in chosen] + pairs


def _better(gram, score, price, new, old):
    """Whether a model is worth more than another and has no negative amplitude."""
    a, b = amplitudes(gram, score, new)[0], amplitudes(gram, score, old)[0]
    gain = score[new] @ a - score[old] @ b - price * (len(new) - len(old))
    return (a > 0).all() and gain > 1e-6


def _exchanges(gram, score, price, chosen, block):
    """Return the columns beside a block, what can replace it, and what that is worth.

    Replacements are rows of up to two columns, -1 for none. The worth is relative to nothing in its place.
    Without a block, single columns are added.
    """
    rest = [k for k in chosen if k not in block]
    near = (gram[list(block)] > OVERLAP).any(axis=0) if block else np.ones(len(score), dtype=bool)
    near[rest] = False
    near = np.flatnonzero(near)
    s, g = score[near], gram[np.ix_(near, near)]
    if rest:
        across = gram[np.ix_(rest, near)]
        inner = cho_factor(gram[np.ix_(rest, rest)] + RIDGE * np.eye(len(rest)))
        s = s - across.T @ cho_solve(inner, score[rest])
        g = g - across.T @ cho_solve(inner, across)
    norm = np.diag(g)
    fine = (norm > SINGULAR) & (s > 0)
    one = np.where(fine, s**2 / np.where(fine, norm, 1) - price, -np.inf)
    members, worth = [[[-1, -1]], np.c_[near, np.full(len(near), -1)]], [[0.0], one]
    if block:
        i, j = np.triu_indices(len(near), 1)
        determinant = norm[i] * norm[j] - g[i, j] ** 2
        fine = determinant > SINGULAR * norm[i] * norm[j]
        determinant = np.where(fine, determinant, 1)
        first = (norm[j] * s[i] - g[i, j] * s[j]) / determinant
        second = (norm[i] * s[j] - g[i, j] * s[i]) / determinant
        fine &= (first > 0) & (second > 0)
        members.append(np.c_[near[i], near[j]])
        worth.append(np.where(fine, first * s[i] + second * s[j] - 2 * price, -np.inf))
    return rest, np.concatenate(members), np.concatenate(worth)
