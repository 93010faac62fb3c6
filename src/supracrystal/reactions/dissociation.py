r"""How much of an ion is left, and what it has become, after collisions with a gas at some energy.

Heating. An ion of mass M and charge z enters the gas, of mass m, with the energy :math:`K = |z| e V`, of
which a collision finds

.. math:: E_\text{com} = K \frac{m}{m + M}

in the centre of mass. With :math:`m \ll M` one collision does little; the ion is slowed by many. If each puts
a fraction :math:`\eta` of :math:`E_\text{com}` into vibrations of the ion, and scatters the rest evenly in
all directions, K falls by a factor q on average, and in n collisions the ion takes up

.. math::
    \Delta E = \eta K \frac{m}{m + M} \frac{1 - q^n}{1 - q} , \qquad
    q = 1 - \frac{2 M m + \eta m^2}{(M + m)^2} ,

which for a heavy ion that is stopped is :math:`\eta K / 2`, whatever the gas.

Dissociation. With s classical oscillators and the internal energy E, a channel of the tree of
:mod:`~supracrystal.reactions.fragments` with the barrier :math:`E_0` and the frequency A has the rate constant

.. math:: k = A \left( 1 - \frac{E_0}{E} \right)^{s - 1}

of Rice, Ramsperger and Kassel (Kassel 1928, `kassel1928`), for large s that of Arrhenius at the temperature
:math:`E / (s k_\mathrm B)`. We take :math:`s = f (3 N - 6)` for N atoms, where f stands for the part of the
vibrations that is not frozen. A product has :math:`(E - E_0) s_\text{product} / s`: it is as hot as the rest,
and colder than before. The amounts n of all species follow

.. math::
    n(t) = \mathrm e^{\mathbf K t} n(0) , \qquad
    K_{ij} = \sum_r \nu_{ir} k_r\, [\, j \text{ breaks in } r\, ] ,

with the stoichiometric numbers :math:`\nu` of the dissociations r.

Left out: the time that heating takes, cooling by the gas and by light, residual gas, the kinetic energy of
the products, the quanta of vibrations, and the response of the detector.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.constants import Boltzmann, elementary_charge
from scipy.linalg import expm
from tqdm import tqdm

from supracrystal.reactions.fragments import CHANNELS
from supracrystal.spectra import elements, masses

BOLTZMANN = Boltzmann / elementary_charge
"""In eV/K."""
ARGON = 39.948
"""Mass of an atom in Da."""


class Conditions(NamedTuple):
    """What is not a barrier: the instrument, and how a large ion takes up and holds energy.

    Attributes
    ----------
    inelasticity : float
        Fraction η of the energy in the centre of mass that a collision puts into vibrations.
    active : float
        Fraction f of the vibrations that count as classical.
    time : float
        From heating to detection, in s.
    spread : float
        Standard deviation of what ions take up, relative to its mean.
    collisions : float
        Number of collisions; infinite for ions that are stopped.
    temperature : float
        Before, in K.
    gas : float
        Mass of its atom in Da.
    """

    inelasticity: float = 0.5
    active: float = 0.5
    time: float = 1e-3
    spread: float = 0.15
    collisions: float = np.inf
    temperature: float = 300.0
    gas: float = ARGON


STANDARD = Conditions()
"""Ours: none of these is printed."""


def centre_of_mass_energy(mass, charge, voltage, *, gas=ARGON):
    r"""Energy of the first collision in the centre of mass, :math:`|z| e V m / (m + M)`.

    Parameters
    ----------
    mass : float
        Of the ion, in Da.
    charge : int
    voltage : float or array
        That accelerates the ion, in V.
    gas : float
        Mass of an atom of the gas, in Da.

    Returns
    -------
    float or array of the shape of `voltage`
        In eV.

    Examples
    --------
    >>> print(centre_of_mass_energy(9595.3, -3, 60.0).round(2))
    0.75
    """
    return abs(charge) * np.asarray(voltage, dtype=float) * gas / (gas + mass)


def deposited_energy(mass, charge, voltage, conditions=STANDARD):
    """Energy that goes into the vibrations of an ion in all of its collisions, on average.

    Parameters
    ----------
    mass, charge, voltage
        See :func:`centre_of_mass_energy`.
    conditions : Conditions

    Returns
    -------
    float or array of the shape of `voltage`
        In eV; see the top of this module.

    Examples
    --------
    >>> print(deposited_energy(1e6, -3, 60.0).round(1))
    45.0
    """
    eta, gas = conditions.inelasticity, conditions.gas
    if not (0 <= eta <= 1 and gas > 0 and conditions.collisions >= 0):
        raise ValueError(
            f"{conditions}: inelasticity from 0 to 1, a positive gas and collisions from 0 are needed"
        )
    lost = (2 * mass * gas + eta * gas**2) / (mass + gas) ** 2
    share = -np.expm1(conditions.collisions * np.log1p(-lost)) / lost
    return eta * centre_of_mass_energy(mass, charge, voltage, gas=gas) * share


def modes(species, conditions=STANDARD):
    """Classical oscillators of a species of N atoms, f (3 N - 6).

    Parameters
    ----------
    species : Species or str
    conditions : Conditions

    Returns
    -------
    float

    Examples
    --------
    >>> modes("[Ag53(BDT)12(DMBT)16]3-")
    724.5
    """
    return conditions.active * max(3 * sum(elements(species).values()) - 6, 0)


def rrk(energy, barrier, oscillators, frequency):
    r"""Rate constant of Rice, Ramsperger and Kassel, :math:`A (1 - E_0 / E)^{s - 1}`.

    Parameters
    ----------
    energy : float or array
        Internal energy E, in eV.
    barrier : float or array
        :math:`E_0`, in eV. At energies below it nothing happens.
    oscillators : float or array
        s.
    frequency : float or array
        A, in 1/s.

    Returns
    -------
    float or array
        In 1/s.

    Notes
    -----
    Source: Kassel (1928) (`kassel1928`), for many quanta.

    Examples
    --------
    >>> rrk([0.9, 2.0], 1.0, 3, 1e13)
    array([0.0e+00, 2.5e+12])
    """
    energy, barrier = np.broadcast_arrays(np.asarray(energy, dtype=float), np.asarray(barrier, dtype=float))
    part = np.divide(barrier, energy, out=np.ones_like(energy), where=energy > barrier)
    with np.errstate(divide="ignore"):
        return frequency * np.exp((oscillators - 1) * np.log1p(-part))


def rate_constants(found, channels, energy, conditions=STANDARD):
    """Rate constants of all dissociations of a tree.

    Parameters
    ----------
    found : Tree
    channels : dict of str to (float, float)
        Barrier in eV and frequency in 1/s of each channel; those that are not given are closed.
    energy : (Q,) array
        Internal energy of the first ion, in eV.
    conditions : Conditions

    Returns
    -------
    (Q, R) array
        In 1/s. A species to which several ways lead has the energy of the hottest.

    Examples
    --------
    >>> from supracrystal.reactions import tree
    >>> found = tree("[Ag29L12]3-")
    >>> rate_constants(found, {"dithiolate": (2.5, 1e13)}, np.array([2.0, 40.0]))[:, 0].round(-3)
    array([     0., 690000.])
    """
    if unknown := set(channels) - set(CHANNELS):
        raise ValueError(f"channels are {sorted(unknown)}; allowed are {', '.join(CHANNELS)}")
    s = np.array([modes(each, conditions) for each in found.species])
    inside = np.zeros((len(energy), len(s)))
    inside[:, 0] = energy
    rate = np.zeros((len(energy), len(found.source)))
    for r in np.argsort(found.source, kind="stable"):
        if found.channel[r] not in channels:
            continue
        k, (barrier, frequency) = found.source[r], channels[found.channel[r]]
        rate[:, r] = rrk(inside[:, k], barrier, s[k], frequency)
        left = np.maximum(inside[:, [k]] - barrier, 0) * s / s[k]
        inside = np.where(found.stoichiometry[:, r] > 0, np.maximum(inside, left), inside)
    return rate


def amounts(found, rate, time):
    """Amounts of all species after a time, for one of the first ion at the beginning.

    Parameters
    ----------
    found : Tree
    rate : (Q, R) array
        Rate constants in 1/s.
    time : float
        In s.

    Returns
    -------
    (Q, S) array
        Atoms and charge are conserved to rounding: what is integrated is how often each reaction happens.

    Examples
    --------
    >>> from supracrystal.reactions import tree
    >>> amounts(tree("[Ag29L12]3-"), np.array([[np.log(2), 0, 0]]), 1.0).round(3)
    array([[0.5, 0.5, 0.5, 0. , 0. , 0. , 0. ]])
    """
    breaks, place = np.unique(found.source, return_inverse=True)
    size = len(breaks)
    whole = np.zeros((len(rate), size))
    np.add.at(whole.T, place, rate.T)
    matrix = np.zeros((len(rate), 2 * size, 2 * size))
    for r, k in enumerate(place):
        matrix[:, :size, k] += found.stoichiometry[breaks, r] * rate[:, [r]] * time
    matrix[:, range(size, 2 * size), range(size)] = whole * time
    times_broken = expm(matrix)[:, size:, 0]
    share = np.divide(rate, whole[:, place], out=np.zeros_like(rate), where=rate > 0)
    return np.eye(len(found.species))[0] + (times_broken[:, place] * share) @ found.stoichiometry.T


def breakdown(found, channels, voltages, conditions=STANDARD, *, nodes=21):
    """Amounts of all species against the collision energy.

    Parameters
    ----------
    found : Tree
    channels : dict of str to (float, float)
        See :func:`rate_constants`.
    voltages : (C,) array_like
        Collision energy as the instrument states it, in V.
    conditions : Conditions
    nodes : int
        Energies of the Gauss-Hermite rule for the spread.

    Returns
    -------
    DataFrame
        A row for each voltage, a column for each species as text.

    Examples
    --------
    >>> from supracrystal.reactions import tree
    >>> curve = breakdown(tree("[Ag29L12]3-"), {"dithiolate": (2.9, 1e13)}, [20, 30, 40])
    >>> curve["[Ag29(BDT)12]3-"].round(2).tolist()
    [1.0, 0.84, 0.21]
    """
    voltages = np.asarray(voltages, dtype=float)
    if not (voltages >= 0).all():
        raise ValueError(f"voltages go down to {voltages.min()}; they must not be negative")
    ion = found.species[0]
    place, weight = np.polynomial.hermite_e.hermegauss(nodes)
    factor = np.maximum(1 + conditions.spread * place, 0)
    heat = deposited_energy(masses(ion).average, ion.charge, voltages, conditions)
    before = modes(ion, conditions) * BOLTZMANN * conditions.temperature
    total = np.zeros((len(voltages), len(found.species)))
    for k in tqdm(range(len(voltages)), desc="collision energies", delay=2, leave=False):
        rate = rate_constants(found, channels, before + heat[k] * factor, conditions)
        total[k] = weight / weight.sum() @ amounts(found, rate, conditions.time)
    return pd.DataFrame(total, index=pd.Index(voltages, name="CE"), columns=list(map(str, found.species)))


def onset(curve, share=0.02):
    """Collision energy at which a curve first reaches a share.

    Parameters
    ----------
    curve : Series
        Of :func:`breakdown`: a column, or a sum of several.
    share : float

    Returns
    -------
    float
        Interpolated; NaN if it is not reached.

    Examples
    --------
    >>> onset(pd.Series([0.0, 0.0, 0.04], index=[0, 10, 20]))
    15.0
    """
    above = np.flatnonzero(curve.to_numpy() >= share)
    if not len(above):
        return np.nan
    part = curve.iloc[max(above[0] - 1, 0) : above[0] + 1]
    return float(np.interp(share, part, part.index))
