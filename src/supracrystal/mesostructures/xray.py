r"""Spectra of X-rays as an energy-dispersive detector counts them, and atomic percentages out of them.

A detector (EDS; :mod:`~supracrystal.mesostructures.detector`) counts a sum of the spectra of the elements,
each proportional to the atoms, and of the bremsstrahlung by the law of Kramers, :math:`(E_0 - E) / E`.
Counts are drawn from Poisson distributions. Atoms are found back without standards, by the largest
likelihood of the same sum; this is the method of Cliff and Lorimer (1975, `cliff1975`) with all k-factors
computed. For a thin specimen nothing is absorbed; for a thick one the spectra of the elements are those of
:mod:`~supracrystal.mesostructures.depth` in a specimen of an assumed composition.

Left out: incomplete charges, escape and sum peaks, edges in the bremsstrahlung, fluorescence, and what
vacuum, support and column add. HyperSpy and its eXSpy quantify maps with k-factors that the user brings; here
these are what is asked for, and each line's absorption, so that a few matrices suffice.
"""

import numpy as np
import pandas as pd
from tqdm import tqdm

from supracrystal.mesostructures import detector
from supracrystal.mesostructures.depth import depth_distribution, escape
from supracrystal.mesostructures.emission import attenuation, lines, subshells, thin_emission, transfer


def emitted(element, beam, *, composition=None, depths=None, take_off=35.0):
    """Lines of an element, thin or within a thick specimen.

    Parameters
    ----------
    element : str
    beam : float
        In keV.
    composition : dict of str to float, optional
        Atoms of the thick specimen. Without it the specimen is thin.
    depths : DataFrame, optional
        Of :func:`~supracrystal.mesostructures.depth.depth_distribution`, for this composition and beam.
    take_off : float
        In degrees.

    Returns
    -------
    DataFrame
        Of :func:`~supracrystal.mesostructures.emission.lines`; ``emission`` towards the detector for one
        atom, on a scale that is the same for all elements of a specimen.

    Examples
    --------
    >>> emitted("S", 10.0)["emission"].idxmax()
    'S KL3'
    """
    if composition is None:
        return thin_emission(element, beam)
    table, passed = lines(element), transfer(element)
    found = {shell: f"{element} {shell}" for shell in subshells(element) if f"{element} {shell}" in depths}
    mu = attenuation(composition, table["energy"].to_numpy())
    emission = np.zeros(len(table))
    for k, (shell, photons) in enumerate(zip(table["shell"], table["photons"], strict=True)):
        for source, column in found.items():
            if share := passed.loc[source, shell]:
                made = share * depths[column]
                emission[k] += photons * made.sum() * escape(made, mu[k], take_off=take_off)
    return table.assign(emission=emission)


def components(
    elements, beam, *, composition=None, take_off=35.0, at_manganese=0.130, edges=None, **simulation
):
    """Spectra of single elements and of the bremsstrahlung, of which a spectrum is the sum.

    Parameters
    ----------
    elements : sequence of str
    beam : float
        In keV.
    composition : dict of str to float, optional
        Atoms of a thick specimen; without it the specimen is thin. It may have elements that are not seen,
        such as hydrogen.
    take_off : float
        In degrees.
    at_manganese : float
        See :func:`~supracrystal.mesostructures.detector.resolution`.
    edges : (n + 1,) array, optional
        Of the channels, in keV. By default those of
        :func:`~supracrystal.mesostructures.detector.axis`.
    **simulation
        Of :func:`~supracrystal.mesostructures.depth.depth_distribution`.

    Returns
    -------
    DataFrame
        Indexed by the middle of a channel in keV; a column for each element, per atom on one scale, and
        ``bremsstrahlung``, whose sum is 1.

    Examples
    --------
    >>> components(["S"], 10.0)["S"].loc[2:2.6].idxmax().round(3)
    np.float64(2.305)
    """
    edges = detector.axis(beam) if edges is None else np.asarray(edges, dtype=float)
    middle = (edges[1:] + edges[:-1]) / 2
    depths = None if composition is None else depth_distribution(composition, beam, **simulation)
    table = {}
    for element in elements:
        found = emitted(element, beam, composition=composition, depths=depths, take_off=take_off)
        found = found[(found["energy"] < edges[-1]) & (found["emission"] > 0)]
        place = found["energy"].to_numpy()
        passed = found["emission"].to_numpy() * detector.transmission(place)
        table[element] = detector.spread(place, passed, edges, at_manganese)
    kramers = (beam - middle).clip(0) / middle * detector.transmission(middle)
    if depths is not None:
        path = attenuation(composition, middle) / np.sin(np.radians(take_off))
        mass = depths.sum(axis=1)
        kramers *= np.exp(-np.outer(path, mass.index)) @ (mass.to_numpy() / mass.sum())
    table["bremsstrahlung"] = kramers / kramers.sum()
    return pd.DataFrame(table, index=pd.Index(middle, name="keV"))


def expected(parts, percent, counts, *, background=0.5):
    """Return the counts that a spectrum has on average.

    Parameters
    ----------
    parts : DataFrame
        Of :func:`components`.
    percent : dict of str to float
        Atoms of each element, in any unit.
    counts : float
        In the lines of these elements, all together.
    background : float
        Counts of bremsstrahlung for one count in a line.

    Returns
    -------
    Series

    Examples
    --------
    >>> parts = components(["Ag", "S"], 10.0)
    >>> print(round(expected(parts, {"Ag": 1, "S": 1}, 1000).sum()))
    1500
    """
    if missing := set(percent) - set(parts):
        raise ValueError(f"no spectrum for {sorted(missing)}; there are {list(parts)}")
    peaks = parts[list(percent)] @ np.array(list(percent.values()), dtype=float)
    return peaks * (counts / peaks.sum()) + parts["bremsstrahlung"] * counts * background


def quantify(counts, parts, *, steps=50):
    r"""Atomic percentages of a spectrum, with their errors.

    The amounts a of the components R are those of the largest likelihood for Poisson counts n, found by
    iterated weighted least squares, and their covariance is the inverse of Fisher's information:

    .. math::
        R^T \mathrm{diag}(1 / \mu) (n - \mu) = 0 , \quad \mu = R a , \qquad
        C = \left( R^T \mathrm{diag}(1 / \mu) R \right)^{-1} .

    Parameters
    ----------
    counts : (n,) array or Series
        In the channels of `parts`.
    parts : DataFrame
        Of :func:`components`.
    steps : int
        At most.

    Returns
    -------
    percent : Series
        For each element.
    covariance : DataFrame
        Of these percentages, from counting alone.

    Examples
    --------
    >>> parts = components(["Ag", "S"], 10.0)
    >>> quantify(expected(parts, {"Ag": 30, "S": 70}, 1e5), parts)[0].round(6).to_dict()
    {'Ag': 30.0, 'S': 70.0}
    """
    counts = np.asarray(counts, dtype=float)
    if counts.shape != (len(parts),) or not (counts >= 0).all():
        raise ValueError(f"counts has the shape {counts.shape}; {len(parts)} counts from 0 are needed")
    scale = parts.sum()
    design = (parts / scale).to_numpy()
    amount = np.full(design.shape[1], counts.sum() / design.shape[1])
    for _ in range(steps):
        mean = np.maximum(design @ amount, 1e-9 * counts.sum())
        weighted = design / mean[:, None]
        before, amount = amount, np.linalg.solve(design.T @ weighted, weighted.T @ counts)
        if np.abs(amount - before).max() < 1e-9 * counts.sum():
            break
    covariance = np.linalg.inv(
        design.T @ (design / np.maximum(design @ amount, 1e-9 * counts.sum())[:, None])
    )
    seen = parts.columns != "bremsstrahlung"
    atoms = (amount / scale)[seen]
    jacobian = 100 * (np.eye(seen.sum()) - (atoms / atoms.sum()).to_numpy()[:, None]) / atoms.sum()
    jacobian /= scale[seen].to_numpy()
    return 100 * atoms / atoms.sum(), pd.DataFrame(
        jacobian @ covariance[np.ix_(seen, seen)] @ jacobian.T, atoms.index, atoms.index
    )


def correlation(covariance):
    """Return the correlations of a covariance.

    Examples
    --------
    >>> correlation(pd.DataFrame([[4.0, -1.0], [-1.0, 1.0]])).to_numpy().tolist()
    [[1.0, -0.5], [-0.5, 1.0]]
    """
    sd = np.sqrt(np.diag(covariance))
    return covariance / np.outer(sd, sd)


def quantify_thick(counts, elements, beam, *, hidden=None, rounds=6, **options):
    """Atomic percentages of a thick specimen, corrected for what it absorbs and how it slows electrons.

    Parameters
    ----------
    counts : (n,) array
        In the channels of :func:`~supracrystal.mesostructures.detector.axis`.
    elements : sequence of str
    beam : float
        In keV.
    hidden : dict of str to (str, float), optional
        Elements that give no line, as atoms for each atom of one that does: ``{"H": ("C", 9 / 8)}``.
    rounds : int
        Of quantification and correction, in turn.
    **options
        Of :func:`components`.

    Returns
    -------
    percent : Series
    covariance : DataFrame
        From counting alone.

    Examples
    --------
    >>> parts = components(["Ag", "S"], 5.0, composition={"Ag": 1, "S": 1}, electrons=50)
    >>> counts = expected(parts, {"Ag": 1, "S": 1}, 1e5)
    >>> quantify_thick(counts, ["Ag", "S"], 5.0, rounds=3, electrons=50)[0].round().to_dict()
    {'Ag': 50.0, 'S': 50.0}
    """
    percent = pd.Series(100 / len(elements), list(elements))
    for _ in tqdm(range(rounds), desc="corrections", delay=2, leave=False):
        matrix = percent.clip(lower=1e-3).to_dict()
        matrix |= {each: share * matrix[of] for each, (of, share) in (hidden or {}).items()}
        percent, covariance = quantify(counts, components(elements, beam, composition=matrix, **options))
    return percent, covariance
