r"""How deep electrons ionise the atoms of a thick specimen, by simulation of single scattering events.

An electron flies a path drawn from an exponential distribution between elastic collisions, with the
cross-sections and angles that Browning et al. (1994, `browning1994`) fitted to those of Mott, and loses
energy all along by the modified Bethe law,

.. math::
    -\frac{\mathrm d E}{\mathrm d (\rho s)} = \frac{78\,500}{E} \sum_i c_i \frac{Z_i}{A_i}
    \ln\!\left( 1.166\, \frac{E + k_i J_i}{J_i} \right) \frac{\text{keV cm}^2}{\text g} ,

(Joy and Luo 1989, `joy1989`; J as in Joy 1995, `joy1995`). On its way it ionises each subshell with the
cross-section of :mod:`~supracrystal.mesostructures.emission`. Depth is counted as mass above an area, so that
the density of the specimen does not matter.

Left out: secondary electrons, fluorescence by other X-rays, tilted beams, rough surfaces, and what lies under
the specimen: electrons that leave it do not come back.
"""

import numpy as np
import pandas as pd
import xraylib
from scipy.constants import Avogadro

from supracrystal.mesostructures.emission import cross_section, subshells


def stopping_power(composition, energy):
    """Energy that an electron loses for each mass per area that it crosses.

    Parameters
    ----------
    composition : dict of str to float
        Atoms of each element, in any unit.
    energy : (n,) array
        In keV.

    Returns
    -------
    (n,) array
        In keV cm²/g.

    Notes
    -----
    Source: Joy and Luo (1989) (`joy1989`).

    Examples
    --------
    >>> print(stopping_power({"Au": 1}, np.array([10.0])).round(-2))
    [8600.]
    """
    z, a, share = _elements(composition)
    loss = 1e-3 * np.where(z < 13, 11.5 * z, 9.76 * z + 58.5 * z**-0.19)
    k = 0.731 + 0.0688 * np.log10(z)
    logarithm = np.log(1.166 * (np.asarray(energy)[:, None] + k * loss) / loss)
    return 78500 / np.asarray(energy) * (logarithm @ (share * z / a))


def _elements(composition):
    """Return atomic numbers, atomic masses and shares of mass."""
    z = np.array([xraylib.SymbolToAtomicNumber(element) for element in composition])
    a = np.array([xraylib.AtomicWeight(int(each)) for each in z])
    mass = np.array(list(composition.values()), dtype=float) * a
    if not ((mass >= 0).all() and mass.sum() > 0):
        raise ValueError(f"composition is {composition}; numbers of atoms are positive")
    return z.astype(float), a, mass / mass.sum()


def depth_distribution(composition, beam, *, mass_depth=np.inf, electrons=4000, seed=0, lowest=0.3, bins=100):
    """Ionisations at each depth of a flat specimen under a vertical beam.

    Parameters
    ----------
    composition : dict of str to float
        Atoms of each element, in any unit.
    beam : float
        Energy of the electrons, in keV.
    mass_depth : float
        Mass of the specimen above an area, in g/cm²; infinite for a specimen that stops all electrons.
    electrons : int
        Simulated.
    seed : int
    lowest : float
        Energy at which an electron is given up, in keV. Shells with lower edges are counted above it only.
    bins : int
        Slices of equal mass, down to the specimen's end or to the deepest ionisation.

    Returns
    -------
    DataFrame
        Indexed by the middle of a slice in g/cm². A column for each element and subshell, such as ``Au M5``:
        ionisations in the slice for one electron and one atom of the element per gram, in g/cm² times cm².
        ``attrs["backscattered"]`` is the share of electrons that come out again at the surface.

    Examples
    --------
    >>> table = depth_distribution({"Au": 1}, 10.0, electrons=400)
    >>> bool(table["Au M5"].idxmax() > table.index[0])
    True
    """
    random = np.random.default_rng(seed)
    z, a, share = _elements(composition)
    columns = [(e, shell) for e in composition for shell in subshells(e) if cross_section(e, shell, beam) > 0]
    grid = np.geomspace(lowest, beam, 400)
    ionisation = np.array([cross_section(e, shell, grid) for e, shell in columns])
    power = stopping_power(composition, grid)
    slow = grid[:, None]
    elastic = 3e-18 * z**1.7 / (slow + 0.005 * z**1.7 * np.sqrt(slow) + 0.0007 * z**2 / np.sqrt(slow))
    elastic *= Avogadro * share / a
    forward = 300 * slow ** (1 - z / 2000) / z + z**3 / (3e5 * slow)
    forward /= 1 + forward
    total = elastic.sum(axis=1)
    chance = np.cumsum(elastic, axis=1) / total[:, None]

    depth, cosine, energy = np.zeros(electrons), np.ones(electrons), np.full(electrons, float(beam))
    events, back = [], 0
    while len(energy):
        at = np.interp(energy, grid, np.arange(len(grid)))
        near = np.rint(at).astype(int)
        step = random.exponential(1 / np.interp(at, np.arange(len(grid)), total))
        limit = np.where(cosine < 0, depth, mass_depth - depth) / np.maximum(np.abs(cosine), 1e-12)
        leaves, step = step >= limit, np.minimum(step, limit)
        # The middle of the step, so that the loss is right to second order.
        middle = np.maximum(energy - np.interp(energy, grid, power) * step / 2, lowest)
        lost = np.interp(middle, grid, power) * step
        stopped = lost + lowest >= energy
        part = np.divide(energy - lowest, lost, out=np.ones_like(lost), where=lost > 0).clip(0, 1)
        events.append((depth + cosine * step / 2, middle, step * np.where(stopped, part, 1)))
        back += np.count_nonzero(leaves & ~stopped & (cosine < 0))
        element = (random.random(len(energy))[:, None] > chance[near]).sum(axis=1)
        alpha, r = 7e-3 / grid[near], random.random(len(energy))
        screened = random.random(len(energy)) < forward[near, element]
        turn = np.where(screened, 1 - 2 * alpha * r / (1 + alpha - r), 1 - 2 * r)
        azimuth = np.cos(2 * np.pi * random.random(len(energy)))
        depth = depth + cosine * step
        cosine = cosine * turn + np.sqrt((1 - cosine**2).clip(0) * (1 - turn**2).clip(0)) * azimuth
        energy = energy - lost
        keep = ~leaves & ~stopped
        depth, cosine, energy = depth[keep], cosine[keep].clip(-1, 1), energy[keep]

    where, at, step = (np.concatenate(each) for each in zip(*events, strict=True))
    end = mass_depth if np.isfinite(mass_depth) else where.max() * (1 + 1e-9)
    slot = np.minimum((where / end * bins).astype(int), bins - 1)
    index = np.rint(np.interp(at, grid, np.arange(len(grid)))).astype(int)
    path = np.bincount(slot * len(grid) + index, step, bins * len(grid)).reshape(bins, -1) / electrons
    names = [f"{element} {shell}" for element, shell in columns]
    middles = pd.Index((np.arange(bins) + 0.5) * end / bins, name="mass depth")
    result = pd.DataFrame(path @ ionisation.T, middles, names)
    result.attrs["backscattered"] = back / electrons
    return result


def escape(depths, coefficient, *, take_off=35.0):
    r"""Share of the photons of a line that leave the specimen towards the detector.

    .. math:: f = \frac{\sum_z \phi(z)\, \mathrm e^{-\mu z / \sin \theta}}{\sum_z \phi(z)}

    Parameters
    ----------
    depths : Series
        Ionisations at each mass depth: a column of :func:`depth_distribution`.
    coefficient : float
        Mass attenuation coefficient µ, in cm²/g.
    take_off : float
        Angle θ between the surface and the way to the detector, in degrees.

    Returns
    -------
    float

    Examples
    --------
    >>> print(round(escape(pd.Series([1.0, 1.0], index=[0.0, 1e-4]), 1e4, take_off=90.0), 3))
    0.684
    """
    path = depths.index.to_numpy() / np.sin(np.radians(take_off))
    return float(np.average(np.exp(-coefficient * path), weights=depths))
