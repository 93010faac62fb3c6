r"""Lifetime of a dimer of two clusters in solution: bounds from observations, and models.

A dimer D that only falls apart, and of which a part s is left after a time t, has the rate constant and, at
the temperature T, the barrier

.. math::
    k \le \frac{-\ln s}{t} , \qquad
    \Delta G^\ddagger \ge k_\mathrm B T \ln \frac{k_\mathrm B T}{h k}

(Eyring 1935, `eyring1935`). Where the parents are still there, it may form anew,

.. math::
    \mathrm A + \mathrm B \rightleftharpoons \mathrm D \quad\text{or}\quad
    \mathrm A + \mathrm B \rightleftharpoons \mathrm D + \mathrm X ,

with X a piece that leaves, such as AgL'2 -. Then a constant amount says nothing of the life of a single
dimer. But how fast it was reached does. Let A and B be fed alike, and a share :math:`\theta` of them be in
dimers at equilibrium. The amounts go there with the time constant

.. math::
    \frac 1\tau = k_\text{off} \, \frac{1 + \theta}{1 - \theta} \quad\text{or}\quad
    \frac 1\tau = \frac{2 k_\text{off}}{1 - \theta} ,

where :math:`1/k_\text{off}` is the mean life of a dimer there, by linearising the rate equations.

For the dimers of Acharya et al. (2025, `acharya2025`). Left out: aggregates of more than two; isomers.
"""

import numpy as np
import pandas as pd
from scipy.constants import Avogadro, Boltzmann, elementary_charge, epsilon_0, h, nano, pi

from supracrystal import InputError
from supracrystal.reactions.kinetics import integrate, reaction_network

TEMPERATURE = 298.15
ACETONITRILE = {"viscosity": 0.343e-3, "permittivity": 35.9}
"""At 25 °C: in Pa s, and relative."""


def fastest_decay(left, time):
    r"""Greatest rate constant of a decay of which enough is left, :math:`-\ln s / t`.

    Parameters
    ----------
    left : float or array
        Part s that is left at least, between 0 and 1.
    time : float or array
        In s.

    Returns
    -------
    float or array
        In 1/s.

    Raises
    ------
    ValueError
        If the part is not between 0 and 1, or the time not positive.

    Examples
    --------
    >>> print(f"{fastest_decay(0.5, 48 * 3600):.1e}")
    4.0e-06
    """
    left, time = np.asarray(left, dtype=float), np.asarray(time, dtype=float)
    if not (((left > 0) & (left < 1)).all() and (time > 0).all()):
        raise InputError(
            f"left is {left}, time {time} s; a part between 0 and 1 and a positive time are needed"
        )
    return -np.log(left) / time


def barrier(rate, temperature=TEMPERATURE):
    """Free energy of activation of a rate constant of first order.

    Parameters
    ----------
    rate : float or array
        In 1/s.
    temperature : float or array
        In K.

    Returns
    -------
    float or array
        In eV; 1 eV is 96.5 kJ/mol.

    Notes
    -----
    Source: Eyring (1935) (`eyring1935`), with a transmission coefficient of 1.

    Examples
    --------
    >>> print(round(barrier(4.0e-6), 3))
    1.076
    """
    thermal = Boltzmann * np.asarray(temperature, dtype=float)
    return thermal / elementary_charge * np.log(thermal / (h * np.asarray(rate, dtype=float)))


def dimer_share(concentration, constant, *, leaving=False, excess=1.0):
    """Share of the scarcer parent that is in dimers at equilibrium.

    Parameters
    ----------
    concentration : float or array
        Of the parent B that is fed, in mol/L.
    constant : float or array
        Equilibrium constant: [D] / [A][B] in L/mol, or, where a piece leaves, [D][X] / [A][B].
    leaving : bool
        Whether a piece leaves.
    excess : float
        Of the other parent, A to B, from 1.

    Returns
    -------
    float or array

    Raises
    ------
    ValueError
        For an excess below 1.

    Examples
    --------
    Dilution takes dimers apart, unless as many pieces form as are lost:

    >>> dimer_share(np.array([1e-4, 1e-6]), 1e5).round(3)
    array([0.73 , 0.084])
    >>> dimer_share(np.array([1e-4, 1e-6]), 1.0, leaving=True).round(3)
    array([0.5, 0.5])
    """
    if not excess >= 1:
        raise InputError(f"excess is {excess}; at least 1 is needed")
    strength = np.asarray(constant, dtype=float) * (
        1.0 if leaving else np.asarray(concentration, dtype=float)
    )
    strength = np.broadcast_to(strength, np.broadcast_shapes(np.shape(concentration), np.shape(constant)))
    # K (r - x)(1 - x) = x, or x^2: the lesser root of a quadratic, written so that nothing cancels.
    square, linear, constant_term = (
        strength - leaving,
        strength * (1 + excess) + (not leaving),
        strength * excess,
    )
    share = 2 * constant_term / (linear + np.sqrt(linear**2 - 4 * square * constant_term))
    return share if np.ndim(share) else float(share)


def longest_life(time, share, *, leaving=False):
    """Longest mean life of a dimer in an equilibrium that was reached in a given time.

    Parameters
    ----------
    time : float or array
        Constant of the exponential with which the amounts become steady, at most.
    share : float or array
        Of the parents, fed alike, that are in dimers.
    leaving : bool
        Whether a piece leaves when a dimer forms.

    Returns
    -------
    float or array
        In the unit of `time`.

    Raises
    ------
    ValueError
        For a share that is not between 0 and 1.

    Examples
    --------
    >>> longest_life(5.0, 0.2), longest_life(5.0, 0.2, leaving=True)
    (7.5, 12.5)
    """
    share = np.asarray(share, dtype=float)
    if not ((share > 0) & (share < 1)).all():
        raise InputError(f"share is {share}; it must be between 0 and 1")
    life = time * (2 if leaving else 1 + share) / (1 - share)
    return life if np.ndim(life) else float(life)


def dimer_course(times, *, off, share=0.2, decay=0.0, leaving=False):
    """Amounts of parents and dimers against time, where one parent may decay by itself.

    Parameters
    ----------
    times : (T,) array_like
        Ascending, from 0, in s.
    off : float
        Rate of the end of a dimer at equilibrium, in 1/s.
    share : float
        Of the parents, fed alike, that are in dimers at equilibrium if nothing decays.
    decay : float
        Rate constant of the decay of the parent A that is not in a dimer, in 1/s.
    leaving : bool
        Whether a piece leaves when a dimer forms.

    Returns
    -------
    DataFrame
        `A`, `B`, `D` and, where a piece leaves, `X`, by time; 1 is what is fed of each parent.

    Examples
    --------
    >>> dimer_course([0, 1e6], off=1e-3).to_numpy().round(3)
    array([[1. , 1. , 0. ],
           [0.8, 0.8, 0.2]])
    """
    times, names = np.asarray(times, dtype=float), ["A", "B", "D"] + ["X"] * leaving
    on = off * share / (1 - share) ** 2  # from k_on a b = the rate at which dimers end
    network = reaction_network(
        len(names),
        [[0, 1], [2, 3 if leaving else -1], [0, -1]],
        [[2, 3 if leaving else -1], [0, 1], [-1, -1]],
        [on, off / share if leaving else off, decay],
    )
    start = [1.0, 1.0] + [0.0] * (len(names) - 2)
    return pd.DataFrame(integrate(network, start, times), columns=names, index=pd.Index(times, name="time"))


def diffusion_limit(charges, distance, *, viscosity, permittivity, temperature=TEMPERATURE):
    r"""Rate constant with which two charged spheres of about one size meet.

    .. math::
        k_\mathrm D = \frac{8 k_\mathrm B T N_\mathrm A}{3 \eta} \, \frac{w}{\mathrm e^w - 1} , \qquad
        w = z_1 z_2 \frac{e^2}{4 \pi \varepsilon k_\mathrm B T R}

    Parameters
    ----------
    charges : (int, int)
        In elementary charges.
    distance : float
        Of the centres at contact, R, in nm.
    viscosity : float
        Of the solvent, in Pa s.
    permittivity : float
        Relative.
    temperature : float
        In K.

    Returns
    -------
    float
        In L / (mol s).

    Notes
    -----
    Of Smoluchowski and Debye, without screening by other ions.

    Examples
    --------
    >>> print(f"{diffusion_limit((-3, -1), 2.2, **ACETONITRILE):.1e}")
    5.5e+09
    """
    thermal = Boltzmann * temperature
    apart = 4 * pi * epsilon_0 * permittivity * thermal * distance * nano
    work = charges[0] * charges[1] * elementary_charge**2 / apart
    hindered = work / np.expm1(work) if work else 1.0
    return float(8 * thermal * Avogadro / (3 * viscosity) * hindered * 1e3)


def distance_laws(near, far, distances):
    r"""How a signal falls with distance: as an exponential, and as a power.

    Parameters
    ----------
    near, far : float
        Signal at the two distances.
    distances : (float, float)

    Returns
    -------
    length : float
        :math:`\lambda` of :math:`\mathrm e^{-d/\lambda}`, in the unit of the distances.
    power : float
        p of :math:`d^{-p}`.

    Raises
    ------
    ValueError
        For a signal that does not fall, or distances that do not grow.

    Notes
    -----
    A plume of constant angle thins a signal with p = 2. Two parts that must meet in it have p = 4.

    Examples
    --------
    >>> [round(each, 2) for each in distance_laws(100, 25, (1, 2))]
    [0.72, 2.0]
    """
    first, last = distances
    if not (0 < far < near and 0 < first < last):
        raise InputError(f"the signal goes from {near} to {far} between {first} and {last}: it does not fall")
    drop = np.log(near / far)
    return float((last - first) / drop), float(drop / np.log(last / first))
