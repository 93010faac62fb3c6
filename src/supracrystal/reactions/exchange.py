r"""Exchange of atoms between clusters: reaction networks over compositions, their kinetics and equilibria.

A cluster of n atoms of two kinds is described by its number x of marked atoms: gold among silver, or 109Ag
among 107Ag. Two clusters A and B join to a transient dimer, swap atoms in it and part again. The atoms that
swap are drawn at random, one of each subunit, so that a swap that takes a marked atom from A has the rate

.. math:: k_\mathrm{ex}\, \frac{x_A}{n} \left( 1 - \frac{x_B}{n} \right) .

This is the model of Neumaier et al. (2021, `neumaier2021`) for Ag25 and Au25, as its abstract tells it: 377
species, 26 monomers and 351 dimers, and 1,302 reactions, 351 dimerisations, 351 dissociations and 600 swaps.
The paper itself could not be read. So all rate constants are free here; each may depend on the number of
marked atoms in the dimer, as the constant of dimerisation does in the better of its fits.

The rates obey detailed balance, also with energies E(x) of the subunits, and the equilibrium is known
(:func:`equilibrium`). Without energies atoms are spread at random: binomially in many clusters
(``scipy.stats.binom``), hypergeometrically in few (``scipy.stats.hypergeom``). For clusters that swap single
atoms when they meet, the limit of dimers that rarely form and soon part, the way there is known as well
(:func:`relaxation`). The networks
are those of :mod:`supracrystal.reactions.kinetics`, which integrates and simulates them.

Left out: places within a cluster, which are all alike here; ligands, which stay; larger aggregates.
"""

import numpy as np
import pandas as pd
from scipy.optimize import root
from scipy.special import comb, rel_entr

from supracrystal import InputError
from supracrystal.reactions.kinetics import reaction_network


def dimer_species(atoms=25):
    """Table of the species of :func:`dimer_network`: monomers, then unordered dimers.

    Parameters
    ----------
    atoms : int
        In a cluster.

    Returns
    -------
    DataFrame
        `first` and `second`, the marked atoms of the subunits (`second` is -1 for monomers), `clusters`, 1 or
        2, and `marked`, the marked atoms in all.

    Examples
    --------
    >>> dimer_species(1)
       first  second  clusters  marked
    0      0      -1         1       0
    1      1      -1         1       1
    2      0       0         2       0
    3      0       1         2       1
    4      1       1         2       2
    """
    atoms = _atoms(atoms)
    first, second = (np.concatenate(each) for each in zip(
        (np.arange(atoms + 1), np.full(atoms + 1, -1)), np.triu_indices(atoms + 1), strict=True
    ))  # fmt: skip
    clusters = 1 + (second >= 0)
    marked = first + np.maximum(second, 0)
    return pd.DataFrame({"first": first, "second": second, "clusters": clusters, "marked": marked})


def dimer_network(atoms=25, *, dimerisation=1.0, dissociation=1.0, exchange=1.0, energy=0.0):
    r"""Clusters that dimerise, swap atoms within the transient dimer, and part.

    .. math::
        \mathrm A_x + \mathrm A_y \rightleftharpoons \mathrm A_x \mathrm A_y \rightleftharpoons
        \mathrm A_{x-1} \mathrm A_{y+1} , \qquad
        k(x, y \to x - 1, y + 1) = k_\mathrm{ex}\, \frac{x}{n} \left( 1 - \frac{y}{n} \right)
        \mathrm e^{-\Delta E / 2}

    Parameters
    ----------
    atoms : int
        In a cluster, n.
    dimerisation, dissociation, exchange : float or (2 n + 1,) array_like
        Rate constants, of second, first and first order; one, or one for each number x + y of marked atoms.
    energy : float or (n + 1,) array_like
        Of a subunit by its number of marked atoms, in k_B T; :math:`\Delta E` is the change in a swap.

    Returns
    -------
    Network
        Over the species of :func:`dimer_species`.

    Notes
    -----
    The dimer of two equal clusters has two ways to swap, and twice the rate. Swaps that give the same dimer
    again are not counted.

    Source: Neumaier et al. (2021) (`neumaier2021`), abstract.

    Examples
    --------
    >>> kinetics = dimer_network(25)
    >>> kinetics.stoichiometry.shape
    (377, 1302)
    """
    atoms = _atoms(atoms)
    x, y, swap = _swaps(atoms, energy)
    first, second = np.triu_indices(atoms + 1)
    number = np.empty((atoms + 1, atoms + 1), dtype=int)
    number[first, second] = number[second, first] = atoms + 1 + np.arange(len(first))
    monomers, dimers = np.column_stack([first, second]), _alone(number[first, second])
    marked = first + second
    join, part, move = (
        _by_marked(name, each, atoms)
        for name, each in
        (("dimerisation", dimerisation), ("dissociation", dissociation), ("exchange", exchange))
    )  # fmt: skip
    return reaction_network(
        atoms + 1 + len(first),
        np.concatenate([monomers, dimers, _alone(number[x, y])]),
        np.concatenate([dimers, monomers, _alone(number[x - 1, y + 1])]),
        np.concatenate(
            [
                join[marked] * np.where(first == second, 0.5, 1),
                part[marked],
                move[x + y] * swap * np.where(x == y, 2, 1),
            ]
        ),
    )


def equilibrium(atoms, clusters, marked, *, binding=0.0, energy=0.0):
    r"""Equilibrium of :func:`dimer_network`, for given numbers of clusters and of marked atoms.

    .. math::
        c_x = \binom{n}{x} \mathrm e^{\alpha + \beta x - E(x)} , \qquad
        c_{xy} = \left( 1 - \tfrac 1 2 \delta_{xy} \right) K_{x + y}\, c_x c_y

    with :math:`\alpha` and :math:`\beta` such that the totals are right. Without energies :math:`c_x` is
    binomial, and if K is one number, its mean composition is that of the whole.

    Parameters
    ----------
    atoms : int
        In a cluster, n.
    clusters : float
        Amount of clusters, a dimer counted as two.
    marked : float
        Amount of marked atoms.
    binding : float or (2 n + 1,) array_like
        K, the rate constant of dimerisation over that of dissociation, by the number of marked atoms.
    energy : float or (n + 1,) array_like
        See :func:`dimer_network`.

    Returns
    -------
    (S,) array
        Amounts of the species of :func:`dimer_species`.

    Raises
    ------
    ValueError
        If there are no clusters, or no two kinds of atoms.

    Examples
    --------
    >>> amount = equilibrium(2, 1.0, 1.0, binding=4.0)
    >>> amount.round(4)
    array([0.0976, 0.1952, 0.0976, 0.0191, 0.0762, 0.0381, 0.0762, 0.0762,
           0.0191])
    """
    atoms = _atoms(atoms)
    if not 0 < marked < atoms * clusters:
        raise InputError(f"{marked!r} of {atoms} x {clusters!r} atoms are marked; both kinds are needed")
    binding, energy = _by_marked("binding", binding, atoms), _energies(energy, atoms)
    table = dimer_species(atoms)
    x, y = table["first"].to_numpy(), table["second"].to_numpy()
    dimer = y >= 0
    weight = comb(atoms, np.arange(atoms + 1)) * np.exp(energy.min() - energy)
    weight = weight[x] * np.where(dimer, binding[table["marked"]] * weight[y] * np.where(x == y, 0.5, 1), 1)
    conserved, total = table[["clusters", "marked"]].to_numpy(), np.array([clusters, marked])

    def excess(multipliers):
        amount = weight * np.exp(conserved @ multipliers)
        sums = conserved.T @ amount
        return np.log(sums / total), (conserved.T * amount) @ conserved / sums[:, None]

    share = marked / (atoms * clusters)
    free = 2 / (1 + np.sqrt(1 + 4 * clusters * binding[round(2 * atoms * share)]))
    start = np.log([clusters * free * (1 - share) ** atoms, share / (1 - share)])
    found = root(excess, start, jac=True, tol=1e-14)
    if np.abs(found.fun).max() > 1e-9:
        raise RuntimeError(f"the equilibrium was not found: {found.message}")
    return weight * np.exp(conserved @ found.x)


def relaxation(initial, decay):
    r"""Clusters by composition on the way to the equilibrium, if single atoms are swapped when clusters meet.

    An atom leaves its cluster at the rate :math:`\kappa = k c / n`, with
    :math:`k = k_\mathrm{dim} k_\mathrm{ex} / k_\mathrm{diss}` and the amount c of all clusters, and
    another comes in from a random one. So each of the n places keeps its first atom with the probability
    :math:`\mathrm e^{-\kappa t}`, and has a marked one with the mean share otherwise. A cluster that began
    with m marked atoms has a number of them whose generating function is

    .. math::
        (q_1 z + 1 - q_1)^m\, (q_0 z + 1 - q_0)^{n - m} , \qquad
        q_i = \left( 1 - \mathrm e^{-\kappa t} \right) \bar x + \mathrm e^{-\kappa t} i ,

    that is, the sum of two binomial ones.

    Parameters
    ----------
    initial : (n + 1,) array_like
        Amounts of the clusters with 0 to n marked atoms at the beginning.
    decay : float or (...) array_like
        :math:`\mathrm e^{-\kappa t}`, from 1 to 0.

    Returns
    -------
    (..., n + 1) array
        Amounts.

    Examples
    --------
    Half of the atoms of equal amounts of two pure clusters are exchanged:

    >>> relaxation([0.5, 0, 0.5], 0.5)
    array([0.3125, 0.375 , 0.3125])
    """
    initial, decay = np.asarray(initial, dtype=float), np.asarray(decay, dtype=float)[..., None, None]
    if initial.ndim != 1 or len(initial) < 2 or not (initial >= 0).all() or not initial.sum() > 0:
        raise InputError(f"initial is {initial!r}; amounts of clusters with 0 to n marked atoms are needed")
    if not ((decay >= 0) & (decay <= 1)).all():
        raise InputError(
            f"decay goes from {decay.min()} to {decay.max()}; numbers between 0 and 1 are needed"
        )
    began = np.arange(len(initial))[:, None]
    share = initial @ began[:, 0] / (initial.sum() * (len(initial) - 1))
    unmarked = (1 - decay) * share
    z = np.exp(-2j * np.pi * began[:, 0] / len(initial)) - 1
    generating = (1 + (unmarked + decay) * z) ** began * (1 + unmarked * z) ** began[::-1]
    return np.maximum(np.fft.ifft((initial[:, None] * generating).sum(axis=-2)).real, 0)


def mixing_entropy(amount):
    r"""Entropy of clusters by composition, for one cluster and in k_B.

    .. math:: S = -\sum_x p_x \ln \frac{p_x}{\binom{n}{x}}

    It is 0 for one pure cluster, and for the binomial distribution n times the entropy of mixing of single
    atoms, :math:`-\bar x \ln \bar x - (1 - \bar x) \ln (1 - \bar x)`, which no distribution of the same mean
    exceeds.

    Parameters
    ----------
    amount : (..., n + 1) array_like
        Of the clusters with 0 to n marked atoms; not negative.

    Returns
    -------
    float or (...) array

    Examples
    --------
    Equal amounts of two pure clusters of two atoms, ln 2; at equilibrium 2 ln 2:

    >>> mixing_entropy([[1, 0, 1], [1, 2, 1]]).round(4)
    array([0.6931, 1.3863])
    """
    amount = np.asarray(amount, dtype=float)
    if not (amount >= 0).all():
        raise InputError(f"amount goes down to {amount.min()}; amounts are not negative")
    atoms = amount.shape[-1] - 1
    share = amount / amount.sum(axis=-1, keepdims=True)
    return -rel_entr(share, comb(atoms, np.arange(atoms + 1))).sum(axis=-1)


def _atoms(atoms):
    if not (isinstance(atoms, (int, np.integer)) and atoms > 0):
        raise InputError(f"atoms is {atoms!r}; a cluster has a positive whole number of atoms")
    return int(atoms)


def _alone(species):
    """Return reactants or products of one species."""
    return np.column_stack([species, np.full(len(species), -1)])


def _energies(energy, atoms):
    energy = np.asarray(energy, dtype=float)
    if energy.shape not in ((), (atoms + 1,)):
        raise InputError(f"energy has the shape {energy.shape}; a number or {atoms + 1} are needed")
    return np.broadcast_to(energy, atoms + 1)


def _by_marked(name, value, atoms):
    value = np.asarray(value, dtype=float)
    if value.shape not in ((), (2 * atoms + 1,)) or not (value >= 0).all():
        raise InputError(
            f"{name} has the shape {value.shape}; a number or {2 * atoms + 1}, not negative, are needed"
        )
    return np.broadcast_to(value, 2 * atoms + 1)


def _swaps(atoms, energy):
    """Return all x, y of which a swap makes another pair x - 1, y + 1, and the rate of each."""
    energy = _energies(energy, atoms)
    x, y = (each.ravel() for each in np.mgrid[1 : atoms + 1, :atoms])
    x, y = x[x - 1 != y], y[x - 1 != y]
    climb = energy[x - 1] + energy[y + 1] - energy[x] - energy[y]
    return x, y, x * (atoms - y) / atoms**2 * np.exp(-climb / 2)
