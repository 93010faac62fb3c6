"""From rough places and target distances to a frame: point groups, the solver, and the Atoms.

The maths is told in :mod:`~supracrystal.clusters.structures`, whose builders call :func:`frame`.
"""

import numpy as np
from ase import Atoms
from scipy.linalg import block_diag
from scipy.optimize import least_squares
from scipy.spatial.distance import cdist

from supracrystal.spectra import VALENCE, Species

FLOOR = {"MM": 2.8, "MS": 2.9, "SS": 3.3}
"""How near metal and sulphur may come without a bond."""
WRITTEN = ("Pt", "Pd", "Au", "Ag", "Cu")
"""Metals in the order of formulas, and from the inside out where sites are not chosen."""

_TURN = np.eye(3)[[2, 0, 1]]
_HALF = np.diag([1.0, -1.0, -1.0])
_THIRD = np.array([[-0.5, -(0.75**0.5), 0], [0.75**0.5, -0.5, 0], [0, 0, 1]])
_GENERATORS = {
    "Th": (_TURN, _HALF, -np.eye(3)),
    "T": (_TURN, _HALF),
    "S6": (_TURN, -np.eye(3)),
    "D3": (_THIRD, _HALF),
    "C2": (_HALF,),
    "C1": (),
}


def operations(point_group):
    """Return the operations of a point group as matrices.

    Th and T have their two-fold axes along x, y and z, and S6 its axis along (1, 1, 1); D3 has its three-fold
    axis along z, and it and C2 have a two-fold axis along x.

    Parameters
    ----------
    point_group : {"Th", "T", "S6", "D3", "C2", "C1"}

    Returns
    -------
    (n, 3, 3) array
        The identity first.

    Raises
    ------
    ValueError
        For another group.

    Examples
    --------
    >>> {group: len(operations(group)) for group in ("Th", "T", "S6", "D3", "C2", "C1")}
    {'Th': 24, 'T': 12, 'S6': 6, 'D3': 6, 'C2': 2, 'C1': 1}
    """
    if point_group not in _GENERATORS:
        raise ValueError(f"point_group is {point_group!r}; it is one of {', '.join(_GENERATORS)}")
    group = [np.eye(3)]
    for known in group:
        for generator in _GENERATORS[point_group]:
            product = generator @ known
            if all(np.abs(product - other).max() > 1e-9 for other in group):
                group.append(product)
    return np.array(group)


def solve(group, rough, targets, pull=0.0):
    """Return the positions of all atoms, their kind as an index into `rough`, and their operation.

    A target is (kind, kind, how many, distance): that many atoms of the second kind, those nearest to one of
    the first in the rough positions, or if 0, the two atoms that `rough` itself gives. `pull` is the weight
    of a displacement from the rough positions beside that of a distance.
    """
    names, place = list(rough), np.array(list(rough.values()), dtype=float)
    site, kind, made = np.empty((len(place), 3, 3)), [], []
    for k, images in enumerate(np.einsum("gij,kj->kgi", group, place)):
        same = cdist(images, images) < 0.5
        site[k] = group[same[0]].mean(axis=0)
        new = [g for g in range(len(group)) if not same[g, :g].any()]
        kind += [k] * len(new)
        made += new
    kind, made = np.array(kind), np.array(made)

    # The coordinates that the symmetry of each site leaves free: one on an axis, three in general.
    free = block_diag(*(np.linalg.svd(each)[0][:, : round(np.trace(each))] for each in site))

    def expand(coordinates):
        return np.einsum("aij,aj->ai", group[made], (free @ coordinates).reshape(-1, 3)[kind])

    rough = place.ravel() @ free
    start = expand(rough)
    first = np.array([np.flatnonzero(kind == k)[0] for k in range(len(names))])
    distance = cdist(start, start) + np.diag(np.full(len(start), np.inf))
    i, j, wanted = [], [], []
    for one, other, number, length in targets:
        one, other = first[names.index(one)], names.index(other)
        among = np.flatnonzero(kind == other)
        among = among[np.argsort(distance[one, among], kind="stable")[:number]] if number else [first[other]]
        i += [one] * len(among)
        j += list(among)
        wanted += [length] * len(among)

    images = [cdist(start @ g.T, start).argmin(axis=1) for g in group]
    bonded = np.eye(len(start), dtype=bool)
    for image in images:
        bonded[image[i], image[j]] = bonded[image[j], image[i]] = True
    sulphur = np.array([name.startswith("S") for name in names], dtype=int)[kind]
    floor = np.array(list(FLOOR.values()))[sulphur[first][:, None] + sulphur] * ~bonded[first]

    def misfit(coordinates):
        position = expand(coordinates)
        apart = np.linalg.norm(position[i] - position[j], axis=1) - wanted
        close = np.maximum(0, floor - cdist(position[first], position)).ravel()
        return np.concatenate([apart, close, pull * (coordinates - rough)])

    found = least_squares(misfit, rough, xtol=1e-12, ftol=1e-14, gtol=1e-12)
    stiffness = np.linalg.svd(found.jac, compute_uv=False)
    if not found.success or stiffness[-1] < 1e-4 * stiffness[0]:
        raise RuntimeError(f"the distances do not determine the positions of {', '.join(names)}")
    return expand(found.x), kind, made


def frame(
    name, point_group, rough, targets, electrons, metal, sites, *, mirror=False, dithiolate=False, pull=0.0
):
    """Return the solved frame as Atoms."""
    position, kind, made = solve(operations(point_group), rough, targets, pull)
    shell = np.array(list(rough))[kind]
    metals = [each for each in rough if not each.startswith("S-")]
    symbols = np.where(np.isin(shell, metals), metal, "S").astype("<U2")
    for each, given in sites.items():
        each = each.replace("_", "-")
        where = np.flatnonzero(shell == each)
        if each not in metals:
            raise ValueError(f"{each!r} is no shell of metals of {name}; these are {', '.join(metals)}")
        if not isinstance(given, str) and len(given) != len(where):
            raise ValueError(f"{each} of {name} has {len(where)} atoms, and {len(given)} symbols are given")
        symbols[where] = given
    is_metal = np.isin(shell, metals)
    numbers = {
        each: int((symbols[is_metal] == each).sum()) for each in (*WRITTEN, *sorted({*symbols[is_metal]}))
    }
    numbers = {each: number for each, number in numbers.items() if number}
    if not set(numbers) <= set(VALENCE):
        raise ValueError(f"the metals {', '.join(numbers)} are given; {', '.join(VALENCE)} are allowed")
    thiolates = int((~is_metal).sum())
    charge = sum(VALENCE[each] * number for each, number in numbers.items()) - thiolates - electrons
    ligand = np.full(len(shell), -1)
    ligand[~is_metal] = made[~is_metal] if dithiolate else np.arange(thiolates)
    formula = Species((*numbers.items(), ("BDT" if dithiolate else "SR", int(ligand.max()) + 1)), charge)
    atoms = Atoms(symbols, -position if mirror else position)
    atoms.set_array("shell", shell)
    atoms.set_array("ligand", ligand)
    atoms.info = {
        "frame": name,
        "point_group": point_group,
        "charge": charge,
        "formula": str(formula),
    }
    return atoms
