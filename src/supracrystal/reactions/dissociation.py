r"""Fragments of an ion after collisions with a gas, against the collision energy.

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

Dissociation. With s classical oscillators and the internal energy E, a channel of
:func:`tree` with the barrier :math:`E_0` and the frequency A has the rate constant

.. math:: k = A \left( 1 - \frac{E_0}{E} \right)^{s - 1}

of Rice, Ramsperger and Kassel (Kassel 1928, `kassel1928`), for large s that of Arrhenius at the temperature
:math:`E / (s k_\mathrm B)`. We take :math:`s = f (3 N - 6)` for N atoms, where f stands for the part of the
vibrations that is not frozen. A product has :math:`(E - E_0) s_\text{product} / s`: it is as hot as the rest,
and colder than before. The amounts n of all species follow

.. math::
    n(t) = \mathrm e^{\mathbf K t} n(0) , \qquad
    K_{ij} = \sum_r \nu_{ir} k_r\, [\, j \text{ breaks in } r\, ] ,

with the stoichiometric numbers :math:`\nu` of the dissociations r.

The tree of dissociations follows rules that Acharya et al. (2025, `acharya2025`) give in words for their
dimers, whose halves are [Ag29L12]3- and [MAg24L'18], and for these parents by themselves. Each rule says what
leaves; what stays is the rest, so that every dissociation is balanced in atoms, charge and electrons. Where a
printed formula does not balance, the rule has the one that does.

The paper says in words at which collision energies fragments come and go. :func:`calibrate` fits one barrier
to each of these numbers, all else being given. So these numbers are met by construction; what is predicted
is all that is not among them. As many barriers as numbers leave no estimate of errors: calibrate again with
other conditions to see how far the barriers depend on them.

Left out: how the organic parts of the ligands break, rearrangements, the time that heating takes, cooling by
the gas and by light, residual gas, the kinetic energy of the products, the quanta of vibrations, and the
response of the detector.
"""

from graphlib import TopologicalSorter
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.constants import Boltzmann, elementary_charge
from scipy.linalg import expm
from scipy.optimize import brentq
from tqdm import tqdm

from supracrystal import InputError
from supracrystal.spectra import electron_count, elements, masses, parse

BOLTZMANN = Boltzmann / elementary_charge
"""In eV/K."""
ARGON = 39.948
"""Mass of an atom in Da."""


class Conditions(NamedTuple):
    """Instrument, and heating of a large ion: all that is not a barrier.

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
        raise InputError(
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
        raise InputError(f"channels are {sorted(unknown)}; allowed are {', '.join(CHANNELS)}")
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
        raise InputError(f"voltages go down to {voltages.min()}; they must not be negative")
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


CHANNELS = {
    "staple": "an anion AgkL'k+1 of the shell leaves an ion with two charges or more",
    "unit": "a neutral AgL' leaves",
    "ring": "a neutral Ag3L'3 leaves a monothiolate cluster of Ag, or of Ag with Au",
    "split": "the halves of a dimer part, one of them [Ag31L12L']2-",
    "neutral": "the halves of a dimer part, one of them [Ag29L12]3-, the other neutral",
    "bare": "[Ag30L12]2- forms, out of a dimer or by loss of AgL' from [Ag31L12L']2-",
    "hydrogen": "[Ag31L12L']2- keeps an H of the thiolate that leaves with a silver atom",
    "silver": "a silver atom leaves [Ag30L12H]2-",
    "proton": "a proton leaves [Ag29L12H]2-",
    "dithiolate": "[Ag29L12]3- loses [Ag5L3]-",
    "onward": "[Ag24L9]2- loses Ag2L or [Ag3L2]-",
}
"""Kinds of dissociation."""
NAMES = {"L": "BDT", "L'": "DMBT"}
CORE = 13
"""Metal atoms of the core of a monothiolate cluster, of which no rule takes one away."""
_PIECES = {
    "[Ag31L12L']2-": [("bare", "AgL'"), ("hydrogen", "[AgL'-H]")],
    "[Ag30L12H]2-": [("silver", "Ag")],
    "[Ag29L12H]2-": [("proton", "H+")],
    "[Ag29L12]3-": [("dithiolate", "[Ag5L3]-")],
    "[Ag24L9]2-": [("onward", "Ag2L"), ("onward", "[Ag3L2]-")],
}
"""What remains of the dithiolate cluster, and its own dissociations."""


class Tree(NamedTuple):
    """Dissociations of an ion and of its products.

    Attributes
    ----------
    species : tuple of S Species
        The ion first; each stands before what it breaks into.
    source : (R,) int array
        Which species breaks.
    channel : tuple of R str
        Of :data:`CHANNELS`.
    stoichiometry : (S, R) int array
        Change of each species.
    """

    species: tuple
    source: np.ndarray
    channel: tuple
    stoichiometry: np.ndarray


def _losses(ion, staples):
    """Return the channels of an ion and what leaves in each, by the rules of the paper."""
    n, charge = ion.counts, ion.charge
    metals = sum(n.get(metal, 0) for metal in ("Ag", "Au", "Pd", "Pt"))
    chains = [("staple", f"[Ag{k}L'{k + 1}]-") for k in range(1, staples + 1)]
    if "BDT" not in n:  # the monothiolate cluster and what is left of it
        if charge == -2:
            return chains
        if charge != -1 or metals <= CORE or electron_count(ion, negative=True) <= 0:
            return []
        ring = metals > CORE + 6 and not {"Pd", "Pt"} & set(n)
        return [("ring", "Ag3L'3") if ring else ("unit", "AgL'")]
    if metals >= 31 + CORE:  # a dimer
        halves = [("split", "[Ag31L12L']2-"), ("bare", "[Ag30L12]2-")]
        if charge == -3:
            return [*chains, *halves, ("neutral", "[Ag29L12]3-")]
        return [("unit", "AgL'"), *halves] if metals > 31 + CORE else halves
    return next((paths for text, paths in _PIECES.items() if parse(text, where=NAMES) == ion), [])


def tree(ion, *, staples=3):
    """All dissociations of an ion and of its products, by rule.

    Parameters
    ----------
    ion : Species or str
        A dimer of charge 3-, [MAg24L'18] of charge 1- or 2-, [Ag29L12]3-, or a fragment of these. L, L'
        may be written for BDT, DMBT.
    staples : int
        Length of the longest anion AgkL'k+1 that leaves at once.

    Returns
    -------
    Tree

    Raises
    ------
    ValueError
        For an ion that no rule is for.

    Notes
    -----
    Source: Acharya et al. (2025) (`acharya2025`), sections on dissociation; where a printed formula does not
    balance, what does. See :data:`CHANNELS`. Dianions lose AgL' one by one, down to the core of their
    monothiolate half.

    Examples
    --------
    >>> for text in reactions(tree("[Ag29L12]3-"))["reaction"]:
    ...     print(text)
    [Ag29(BDT)12]3- -> [Ag5(BDT)3]- + [Ag24(BDT)9]2-
    [Ag24(BDT)9]2- -> Ag2(BDT) + [Ag22(BDT)8]2-
    [Ag24(BDT)9]2- -> [Ag3(BDT)2]- + [Ag21(BDT)7]-
    """
    ion = parse(ion, where=NAMES)
    found, edges = {ion: None}, []
    for each in (queue := [ion]):
        for channel, text in _losses(each, staples):
            lost = parse(text, where=NAMES)
            products = lost, each - lost
            edges.append((each, channel, products))
            new = [product for product in products if product not in found]
            found.update(dict.fromkeys(new))
            queue.extend(new)
    if not edges:
        raise InputError(f"there is no rule by which {ion} breaks")
    before = {each: {source for source, _, products in edges if each in products} for each in found}
    order = {each: k for k, each in enumerate(TopologicalSorter(before).static_order())}
    stoichiometry = np.zeros((len(order), len(edges)), dtype=int)
    for r, (source, _, products) in enumerate(edges):
        stoichiometry[order[source], r] -= 1
        for product in products:
            stoichiometry[order[product], r] += 1
    source = np.array([order[source] for source, _, _ in edges])
    return Tree(tuple(order), source, tuple(channel for _, channel, _ in edges), stoichiometry)


def reactions(found):
    """Return the dissociations of a tree as text that :mod:`~supracrystal.spectra.balance` reads.

    Parameters
    ----------
    found : Tree

    Returns
    -------
    DataFrame
        `reaction` and `channel`.

    Examples
    --------
    >>> reactions(tree("[PdAg24L'18]2-", staples=1))["reaction"][0]
    '[PdAg24(DMBT)18]2- -> [Ag(DMBT)2]- + [PdAg23(DMBT)16]-'
    """
    rows = []
    for source, change in zip(found.source, found.stoichiometry.T, strict=True):
        products = [str(found.species[k]) for k in np.repeat(np.arange(len(change)), np.maximum(change, 0))]
        rows.append(f"{found.species[source]} -> " + " + ".join(sorted(products, key=len)))
    return pd.DataFrame({"reaction": rows, "channel": found.channel})


TIED = {"unit": "staple", "ring": "staple", "onward": "dithiolate"}
"""Channels of which no energy is printed, and the one whose barrier they are given."""


def observations(*, first, split, hydrogen, silver, back, gone, share=0.02):
    """Return what Acharya et al. (2025) say of collision energies, as conditions for :func:`calibrate`.

    Parameters
    ----------
    first, split : float
        Collision energies at which a `share` of the silver dimer has broken, and is [Ag31L12L']2-.
    hydrogen, silver : float
        At which half of what was [Ag31L12L']2- has gone on, and half of the [Ag30L12H]2- that it became.
    back : float
        At which a `share` of the dimer has become [Ag29L12]3-.
    gone : float
        At which a `share` of [Ag29L12]3- is left when that is trapped.
    share : float
        What counts as seen.

    Returns
    -------
    list
        For :func:`calibrate`, with the channel that each determines.

    Examples
    --------
    >>> energies = {"first": 15, "split": 25, "hydrogen": 40, "silver": 50, "back": 55, "gone": 35}
    >>> [channel for channel, *_ in observations(**energies)]
    ['staple', 'dithiolate', 'split', 'hydrogen', 'silver', 'proton']
    """
    dimer, parent = tree("[Ag53L12L'16]3-"), tree("[Ag29L12]3-")
    texts = ("[Ag31L12L']2-", "[Ag30L12H]2-", "[Ag29L12H]2-", "[Ag29L12]3-")
    staged, hydride, proton, bare = (str(parse(text, where=NAMES)) for text in texts)
    return [
        ("staple", dimer, first, lambda amount: amount.iloc[0] - 1 + share),
        ("dithiolate", parent, gone, lambda amount: amount.iloc[0] - share),
        ("split", dimer, split, lambda amount: amount[staged] - share),
        ("hydrogen", dimer, hydrogen, lambda amount: amount[staged] - amount[[hydride, proton, bare]].sum()),
        ("silver", dimer, silver, lambda amount: amount[hydride] - amount[[proton, bare]].sum()),
        ("proton", dimer, back, lambda amount: amount[bare] - share),
    ]


def calibrate(found, conditions=STANDARD, *, frequency=1e13, rounds=2, nodes=21):
    """Barriers with which breakdown curves meet observations, one barrier for each.

    Parameters
    ----------
    found : list of (str, Tree, float, callable)
        As from :func:`observations`: channel whose barrier is sought, tree of what was trapped, collision
        energy in V, and a function of the amounts there (a row of a breakdown curve) that is 0 where the
        observation is met.
    conditions : Conditions
    frequency : float
        Of all channels, in 1/s.
    rounds : int
        How often all observations are gone through, as a barrier acts on the others.
    nodes : int
        Energies of the spread.

    Returns
    -------
    dict of str to (float, float)
        Barrier in eV and frequency in 1/s, with the channels of :data:`TIED`.

    Raises
    ------
    ValueError
        If no barrier between 0.2 and 8 eV meets an observation.

    Examples
    --------
    >>> broken, half = tree("[Ag29L12]3-"), lambda amount: amount.iloc[0] - 0.5
    >>> channels = calibrate([("dithiolate", broken, 35, half)])
    >>> float(breakdown(broken, channels, [35]).iloc[0, 0].round(6))
    0.5
    """
    channels = {}

    def put(channel, barrier):
        for each in (channel, *(one for one, other in TIED.items() if other == channel)):
            channels[each] = barrier, frequency

    def miss(barrier, channel, ion, voltage, excess):
        put(channel, barrier)
        return excess(breakdown(ion, channels, [voltage], conditions, nodes=nodes).iloc[0])

    for _ in range(rounds):
        for channel, *observed in found:
            ends = [miss(barrier, channel, *observed) for barrier in (0.2, 8.0)]
            if ends[0] * ends[1] > 0:
                raise InputError(
                    f"no barrier of {channel!r} from 0.2 to 8 eV meets what is seen at {observed[1]} V"
                )
            put(channel, brentq(miss, 0.2, 8.0, args=(channel, *observed), xtol=1e-7))
    return channels
