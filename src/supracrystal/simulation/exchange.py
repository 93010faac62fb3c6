r"""Exchange of identities: a Monte Carlo move that equilibrates the composition of a dense mixture.

In a dense mixture the local composition relaxes by diffusion, which is slow. An exchange turns one large
sphere into a small one and one small sphere into a large one, wherever the two are. A random pair is almost
never accepted, because the small sphere has no room to grow. Here the pair is selected with locally balanced
weights (Zanella 2020, `zanella2020`), which favour the particles whose change costs little energy.

Molecular dynamics with such moves in between is a hybrid Monte Carlo method. It samples the canonical
ensemble of the mixture, but its path through time is not the dynamics of the particles.
"""

import math

import numba
import numpy as np
from scipy.spatial import cKDTree

from supracrystal import InputError

RANGE = 2 ** (1 / 6)
"""Range of the WCA potential over sigma."""


def change_energies(position, large, *, size_ratio=0.78, length=None):
    r"""Return the energy that a particle gains if it alone changes its species, for every particle.

    .. math:: d_i = \sum_j \left[ u_{\bar s_i s_j}(r_{ij}) - u_{s_i s_j}(r_{ij}) \right]

    with the WCA potential u of unit epsilon, the species :math:`s_i`, and the other species
    :math:`\bar s_i`.

    Parameters
    ----------
    position : (N, 3) array_like
        In diameters of a large sphere.
    large : (N,) array_like of bool
    size_ratio : float
        Small diameter over large; a mixed pair has the mean diameter.
    length : float, optional
        Edge of the periodic cube. Default: there are no periodic images.

    Returns
    -------
    (N,) float array
        In epsilon.

    Raises
    ------
    InputError
        For arrays of other shapes, or a box narrower than twice the range of the potential.

    Notes
    -----
    A wall that does not distinguish the species adds nothing.

    Examples
    --------
    >>> change_energies([[0, 0, 0], [0, 0, 1]], [True, True]).round(3).tolist()
    [-1.0, -1.0]
    """
    large = np.asarray(large, dtype=bool)
    _, _, growth, _ = _graph(position, large, size_ratio, length)
    return np.where(large, -growth, growth)


def exchange_identities(position, large, *, temperature, tries, random, size_ratio=0.78, length=None):
    r"""Try to exchange the identities of large and small spheres at fixed positions.

    One large sphere a and one small sphere b are selected, each with a weight
    :math:`w_i = \exp(-d_i / 2kT)` among its own species, with :math:`d_i` from :func:`change_energies`. A
    pair of neighbours is refused. Without a common bond, the exchange costs :math:`d_a + d_b`, and the ratio
    of the probabilities to propose it and its reverse is :math:`e^{(d_a + d_b)/kT}` times the ratio of the
    sums of the weights. The exponential cancels against that of the Boltzmann factor, so that the
    Metropolis-Hastings probability of acceptance is

    .. math:: \min\left(1, \frac{W_\mathrm L W_\mathrm S}{W'_\mathrm L W'_\mathrm S}\right), \qquad
              W_s = \sum_{i \in s} w_i ,

    with the primed sums after the exchange. Detailed balance is exact.

    Parameters
    ----------
    position : (N, 3) array_like
        In diameters of a large sphere.
    large : (N,) array_like of bool
    temperature : float
        kT over epsilon.
    tries : int
    random : numpy.random.Generator
    size_ratio : float
        Small diameter over large; a mixed pair has the mean diameter.
    length : float, optional
        Edge of the periodic cube. Default: there are no periodic images.

    Returns
    -------
    large : (N,) bool array
        Of as many large spheres as before.
    accepted : int

    Raises
    ------
    InputError
        As :func:`change_energies`, and for a temperature that is not positive.

    Notes
    -----
    Source of the weights: Zanella (2020), the balancing function :math:`\sqrt t` (`zanella2020`).

    Examples
    --------
    >>> position, large = 3.0 * np.eye(3), [True, False, False]
    >>> new, accepted = exchange_identities(
    ...     position, large, temperature=0.2, tries=10, random=np.random.default_rng(1)
    ... )
    >>> int(new.sum()), accepted
    (1, 10)
    """
    if not temperature > 0:
        raise InputError(f"temperature is {temperature!r}; a positive one is needed")
    large = np.array(large, dtype=bool)
    start, neighbour, growth, coupling = _graph(position, large, size_ratio, length)
    if not large.any() or large.all():
        return large, 0
    accepted = _try(large, start, neighbour, growth / temperature, coupling / temperature, tries, random)
    return large, accepted


def _graph(position, large, size_ratio, length):
    """Return neighbours as start and index, the energy to grow from S to L, and what a neighbour adds to it.

    The energy to grow depends on the neighbours alone: each adds one amount if it is large, another if it is
    small. The coupling is the difference.
    """
    position = np.ascontiguousarray(position, dtype=float)
    if large.ndim != 1 or position.shape != (len(large), 3):
        raise InputError(
            f"position has the shape {position.shape}, large {large.shape}; (N, 3) and (N,) are needed"
        )
    reach = RANGE * max(1.0, size_ratio)
    if length is not None:
        if not length > 2 * reach:
            raise InputError(f"length is {length!r}; more than {2 * reach:.4g} is needed")
        position = position % length
    pairs = cKDTree(position, boxsize=length).query_pairs(reach, output_type="ndarray")
    return _links(position, large, pairs, size_ratio, length or np.inf)


@numba.njit(cache=True)
def _wca(sixth):
    """WCA energy for the sixth power of sigma over the distance."""
    return 4.0 * sixth * (sixth - 1.0) + 1.0 if sixth > 0.5 else 0.0


@numba.njit(cache=True)
def _links(position, large, pairs, size_ratio, length):
    """Sort pairs by particle, and add up what each neighbour does to the energy to grow."""
    number = len(large)
    start, growth = np.zeros(number + 1, np.int64), np.zeros(number)
    for k in range(len(pairs)):
        start[pairs[k, 0] + 1] += 1
        start[pairs[k, 1] + 1] += 1
    start = np.cumsum(start)
    filled = start[:-1].copy()
    neighbour, coupling = np.empty(2 * len(pairs), np.int64), np.empty(2 * len(pairs))
    mixed, small = ((1.0 + size_ratio) / 2.0) ** 6, size_ratio**6
    for k in range(len(pairs)):
        i, j = pairs[k]
        squared = 0.0
        for axis in range(3):
            apart = abs(position[i, axis] - position[j, axis])
            apart = min(apart, length - apart)
            squared += apart * apart
        inverse = 1.0 / squared**3
        between = _wca(mixed * inverse)
        beside_large, beside_small = _wca(inverse) - between, between - _wca(small * inverse)
        for one, other in ((i, j), (j, i)):
            growth[one] += beside_large if large[other] else beside_small
            neighbour[filled[one]] = other
            coupling[filled[one]] = beside_large - beside_small
            filled[one] += 1
    return start, neighbour, growth, coupling


@numba.njit(cache=True)
def _select(random, weight, block, total, width):
    """Return an index with a probability proportional to its weight, by way of sums over blocks."""
    target = random.random() * total
    b = 0
    while b < len(block) - 1 and target >= block[b]:
        target -= block[b]
        b += 1
    chosen = -1
    for i in range(b * width, min((b + 1) * width, len(weight))):
        if weight[i] > 0.0:
            chosen = i
            if target < weight[i]:
                break
        target -= weight[i]
    return chosen


@numba.njit(cache=True)
def _try(large, start, neighbour, growth, coupling, tries, random):
    """Exchange identities in place; energies are in units of kT. Return how often."""
    number = len(large)
    width = max(8, int(math.sqrt(number)))
    blocks = (number + width - 1) // width
    # Row 0 holds the weights of the large spheres, row 1 those of the small ones.
    weight, block, total = np.zeros((2, number)), np.zeros((2, blocks)), np.zeros(2)
    for i in range(number):
        row = 0 if large[i] else 1
        weight[row, i] = math.exp(0.5 * growth[i] if large[i] else -0.5 * growth[i])
        block[row, i // width] += weight[row, i]
    for row in range(2):
        total[row] = block[row].sum()
    change, renewed = np.zeros(number), np.zeros(number)
    affected, seen = np.empty(number, np.int64), np.zeros(number, np.int64)
    stale = np.zeros(blocks, np.bool_)
    accepted = 0
    for attempt in range(1, tries + 1):
        a = _select(random, weight[0], block[0], total[0], width)
        b = _select(random, weight[1], block[1], total[1], width)
        count, touching = 0, False
        for particle, sign in ((a, -1.0), (b, 1.0)):
            for k in range(start[particle], start[particle + 1]):
                j = neighbour[k]
                touching |= j == b and particle == a
                if seen[j] != attempt:
                    seen[j] = attempt
                    change[j] = 0.0
                    affected[count] = j
                    count += 1
                change[j] += sign * coupling[k]
        if touching:
            continue
        # A particle that changes its species has the inverse weight afterwards.
        gain = np.array([1.0 / weight[1, b] - weight[0, a], 1.0 / weight[0, a] - weight[1, b]])
        for k in range(count):
            j = affected[k]
            row = 0 if large[j] else 1
            energy = growth[j] + change[j]
            renewed[j] = math.exp(0.5 * energy if large[j] else -0.5 * energy)
            gain[row] += renewed[j] - weight[row, j]
        if random.random() * (total[0] + gain[0]) * (total[1] + gain[1]) >= total[0] * total[1]:
            continue
        accepted += 1
        for k in range(count):
            j = affected[k]
            growth[j] += change[j]
            weight[0 if large[j] else 1, j] = renewed[j]
            stale[j // width] = True
        weight[1, a], weight[0, b] = 1.0 / weight[0, a], 1.0 / weight[1, b]
        weight[0, a] = weight[1, b] = 0.0
        large[a], large[b] = False, True
        stale[a // width] = stale[b // width] = True
        # Sums are taken anew, so that no rounding errors accumulate.
        for c in range(blocks):
            if stale[c]:
                stale[c] = False
                for row in range(2):
                    block[row, c] = weight[row, c * width : (c + 1) * width].sum()
        for row in range(2):
            total[row] = block[row].sum()
    return accepted
