r"""How plates stack in equilibrium: the constant of two faces that bind, and the lengths of stacks.

Plates bind face by face, each with two faces, as in a chain polymer whose links open and close again. With
the same constant K for every link, and a number density c of plates in all,

.. math:: \frac{x}{(1 - x)^2} = K c ,\qquad c_n = c\, (1 - x)^2 x^{n - 1} .

The share x of faces that are bound is the chance that a stack goes on, so that lengths are geometric. Left
out: that stacks take up room and attract each other side by side.
"""

import numpy as np
from scipy.spatial.transform import Rotation

from supracrystal.mesostructures.forces import face_energy, square_plate

GAP = 2.0
"""Range of heights in nm over which bound plates are sampled."""
TILT = 15.0
"""Largest angle in degrees between the normals of plates that are bound."""


def association_constant(recipe, *, samples=20_000, seed=1):
    r"""Constant in nm³ of two plates that bind face to face, and its standard error, by sampling.

    .. math:: K = \frac{1}{2} \int_\text{bound} \mathrm{d}\mathbf r
        \frac{\mathrm{d}\Omega}{8\pi^2}\, e^{-U(\mathbf r, \Omega)}

    Bound are plates as in :func:`.order.neighbouring_plates`: normals within 15°, middles within half a side
    across. Positions are drawn from Laplace's distribution, which falls as the overlap does.

    Parameters
    ----------
    recipe : AssemblyRecipe
        Of plates.
    samples, seed : int

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> free = np.array([np.linspace(0.001, 6, 100), np.zeros(100), np.zeros(100)])
    >>> plate = SimpleNamespace(beads=2, side=5.5, table=lambda one, two: free)
    >>> constant, error = association_constant(plate, samples=4000)
    >>> bool(error < 0.2 * constant)
    True
    """
    generator = np.random.default_rng(seed)
    table, sheet = recipe.table(0, 0), square_plate(recipe.beads)
    deepest = max(-face_energy(table, recipe.beads), 1.0)
    lowest = table[0][table[1].argmin()] - 0.6
    scale = np.repeat([1.5 * recipe.side / deepest, 1.5 / recipe.side / np.sqrt(deepest)], 2)
    drawn = generator.laplace(0, scale, (samples, 4))
    chance = np.exp(-np.abs(drawn / scale).sum(1)) / (2 * scale).prod() / GAP
    height = generator.uniform(lowest, lowest + GAP, samples)
    twist = generator.uniform(-np.pi / 4, np.pi / 4, samples)
    tilt = np.linalg.norm(drawn[:, 2:], axis=1)
    leaning = Rotation.from_rotvec(np.column_stack([drawn[:, 2:], np.zeros(samples)]))
    turned = (leaning * Rotation.from_rotvec(np.outer(twist, [0, 0, 1]))).as_matrix()
    energy = np.empty(samples)
    for each in range(samples):
        other = sheet @ turned[each].T + [*drawn[each, :2], height[each]]
        square = (sheet**2).sum(1)[:, None] + (other**2).sum(1) - 2 * sheet @ other.T
        near = np.sqrt(square[square < table[0][-1] ** 2])
        energy[each] = np.interp(near, table[0], table[1], left=np.inf).sum()
    bound = (tilt < np.radians(TILT)) & (np.linalg.norm(drawn[:, :2], axis=1) < recipe.side / 2)
    weight = np.where(bound, np.exp(-energy) * np.sinc(tilt / np.pi) / chance, 0.0) / (2 * np.pi)
    return float(weight.mean()), float(weight.std() / np.sqrt(samples))


def bound_faces(constant, density):
    """Share of faces that are bound in equilibrium, for a constant in nm³ and a density of plates per nm³.

    A stack has 1 / (1 - x) plates on average, seen from a plate (1 + x) / (1 - x).

    Examples
    --------
    >>> print(bound_faces(2.0, 1.0))
    0.5
    """
    links = np.asarray(constant, dtype=float) * density
    return 2 * links / (1 + 2 * links + np.sqrt(1 + 4 * links))
