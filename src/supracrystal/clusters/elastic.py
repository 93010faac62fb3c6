r"""Ligands and clusters moved out of one another's way, with what is bonded kept as it is.

The maths is told in :mod:`~supracrystal.clusters.dimers`, which calls :func:`settle`.
"""

import numpy as np
from ase.data import covalent_radii, vdw_radii
from scipy.optimize import minimize
from scipy.sparse import csr_array
from scipy.spatial.distance import cdist

BONDED = 1.2
"""Atoms within this many sums of their covalent radii are bonded."""
STIFFNESS, STIFF = 50.0, 500.0
"""Of springs, and of new bonds and rigid ligands, in units of the well of a contact over A2."""
NEAR = 0.75
"""Below this share of the sum of the van der Waals radii the energy of a contact goes on as a line."""
ANGLE = np.cos(np.radians(105))
"""Of a metal, sulphur and carbon at a new bond, as in the shells of ligands."""
CUT, REACH = 5.0, 7.0
"""Springs within a frame are no longer than the first, contacts at the start than the second, in A."""


def contact(distance, radius):
    """Return the energy of contacts, a well of depth 1 at the sum of the radii, and its slope."""
    beyond = np.maximum(distance, NEAR * radius)
    sixth = (radius / beyond) ** 6
    slope = 12 * (sixth - sixth**2) / beyond
    return sixth**2 - 2 * sixth + slope * (distance - beyond), slope


def settle(atoms, bonds=(), *, length=2.45, steps=1000):
    """Return the positions of least energy near those given, and the energy.

    A bond is (sulphur, metal), which a spring pulls to the length. Parts are those of the array ``part``.
    """
    bonds = np.array(bonds, dtype=int).reshape(-1, 2)
    springs, rest, stiffness, contacts = _links(atoms, bonds, length)
    tag = atoms.arrays["ligand"]
    body = [np.flatnonzero(tag == each) for each in range(tag.max() + 1)]
    radius = vdw_radii[atoms.numbers][contacts].sum(axis=0)
    ends = np.hstack([springs, contacts])
    number = ends.shape[1]
    signs = np.repeat([1.0, -1.0], number), (np.tile(np.arange(number), 2), ends.ravel())
    difference = csr_array(signs, shape=(number, len(atoms)))
    # The atoms of each ligand in a row, filled up with a last atom that does not count.
    rows = np.full((len(body), max(map(len, body))), len(atoms))
    for row, each in zip(rows, body, strict=True):
        row[: len(each)] = each
    counts = (rows < len(atoms))[:, :, None]
    shape = np.vstack([atoms.positions, np.zeros(3)])[rows] * counts
    shape = (shape - shape.sum(axis=1, keepdims=True) / counts.sum(axis=1, keepdims=True)) * counts
    gather = csr_array(
        (counts.ravel() * 1.0, (rows.ravel(), np.arange(rows.size))), (len(atoms) + 1, rows.size)
    )
    transposed = difference.T.tocsr()

    def energy(flat):
        position = flat.reshape(-1, 3)
        between = difference @ position
        distance = np.sqrt(np.einsum("pi,pi->p", between, between))
        stretch = distance[: len(rest)] - rest
        close, slope = contact(distance[len(rest) :], radius)
        force = np.append(2 * stiffness * stretch, slope) / distance
        bent = _strain(np.vstack([position, np.zeros(3)])[rows] * counts, shape, counts)
        total = (stiffness * stretch**2).sum() + STIFF * (bent**2).sum() + close.sum()
        gradient = transposed @ (force[:, None] * between)
        gradient += 2 * STIFF * (gather @ bent.reshape(-1, 3))[:-1]
        return total, gradient.ravel()

    found = minimize(
        energy,
        atoms.positions.ravel(),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": steps, "maxfun": 2 * steps, "maxcor": 20},
    )
    return found.x.reshape(-1, 3), float(found.fun)


def _strain(position, shape, counts):
    """Return how far atoms (b, n, 3) are from the shapes of their bodies, laid upon them (`kabsch1976`).

    The best turn makes the sum of squares stationary, so that twice this is its gradient.
    """
    position = (position - position.sum(axis=1, keepdims=True) / counts.sum(axis=1, keepdims=True)) * counts
    left, _, right = np.linalg.svd(shape.transpose(0, 2, 1) @ position)
    left[:, :, 2] *= np.linalg.det(left @ right)[:, None]
    return position - shape @ (left @ right)


def _links(atoms, bonds, length):
    """Return the ends of springs, their lengths at rest and stiffness, and the pairs in contact."""
    tag, sulphur = atoms.arrays["ligand"], atoms.numbers == 16
    part = atoms.arrays.get("part", np.zeros(len(atoms), dtype=int))
    metal, distance = tag < 0, cdist(atoms.positions, atoms.positions)
    radius, same = covalent_radii[atoms.numbers], part[:, None] == part
    bound = (distance < BONDED * (radius[:, None] + radius)) & same
    frame, rest = metal | sulphur, distance.copy()
    # What gets a new bond keeps of its frame only its own bonds.
    loose = np.isin(np.arange(len(atoms)), bonds)
    framed = same & frame[:, None] & frame
    framed &= bound | ~(loose[:, None] | loose)
    spring = framed & (distance < CUT)
    # The angle at sulphur: its metals and its carbon keep their distance.
    carbon = bound & sulphur[:, None] & ~frame
    angle = (bound & metal[:, None] & sulphur).astype(float) @ carbon > 0
    spring |= angle | angle.T
    for end, other in bonds:
        (ipso,) = np.flatnonzero(carbon[end])
        arm = distance[end, ipso]
        opposite = np.sqrt(length**2 + arm**2 - 2 * length * arm * ANGLE)
        for pair, wanted in (((end, other), length), ((ipso, other), opposite)):
            spring[pair] = spring[pair[::-1]] = True
            rest[pair] = rest[pair[::-1]] = wanted
    rigid = (tag[:, None] == tag) & ~metal[:, None]
    springs = np.array(np.nonzero(np.triu(spring, 1)))
    stiffness = np.full_like(distance, STIFFNESS)
    stiffness[tuple(bonds.T)] = stiffness[tuple(bonds[:, ::-1].T)] = STIFF
    contacts = np.array(np.nonzero(np.triu(~rigid & ~framed & ~spring & (distance < REACH), 1)))
    return springs, rest[tuple(springs)], stiffness[tuple(springs)], contacts
