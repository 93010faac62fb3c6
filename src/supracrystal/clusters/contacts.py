r"""Contacts between ligands, and between the two clusters of a dimer, by geometric criteria.

========== ============================================================================= ================
measure    criterion                                                                     source
========== ============================================================================= ================
C-H···pi   C to centre of the ring at most 4.5 A; angle C-H···centre at least 120        `brandl2001`
           degrees; foot of H on the plane of the ring at most 1.2 A from its centre
stacking   centres of two rings at most 5.5 A apart; offset at most 2.0 A; planes within `salentin2015`
           30 degrees of parallel or of perpendicular
========== ============================================================================= ================

The offset of two rings is the lesser of the distances of the centre of one from the axis of the other.
Acharya et al. (2025) name these contacts and print no criteria, so that their counts cannot be compared.

:func:`describe_interface` collects what joins the halves of a dimer. Energies of Table 1 of the paper are of
dimers of different composition, which total energies cannot compare. :func:`reaction_energy` can: parents
that join and lose thiolates, or a dimer and a parent that change metals,

.. math::
    \Delta = \left[ E(\mathrm{dimer}') - E(\mathrm{dimer}) \right]
           - \left[ E(\mathrm{parent}') - E(\mathrm{parent}) \right] .

A ring is one of six carbon atoms in a plane, found from the bonds by RDKit. Atoms have the array ``ligand``
(see :mod:`~supracrystal.clusters.structures`), and those of a dimer the array ``part``. All indices are those
of the atoms; a ring is named by its least index. Left out: rings with other elements,
entropy and solvent.
"""

from collections import Counter

import numpy as np
import pandas as pd
from ase.data import covalent_radii
from rdkit import Chem
from scipy.spatial.distance import cdist

from supracrystal import InputError

CH_PI = {"distance": 4.5, "angle": 120.0, "offset": 1.2}
"""Limits of a C-H···pi contact, in angstrom and degrees."""
STACKING = {"distance": 5.5, "angle": 30.0, "offset": 2.0}
"""Limits of stacked rings."""
FLAT = 0.1
"""How far the carbon atoms of an aromatic ring may be from its plane, in angstrom."""


def rings(atoms):
    """Return the flat rings of six carbon atoms.

    Parameters
    ----------
    atoms : ase.Atoms

    Returns
    -------
    (n, 6) int array
        Indices of the atoms, ascending in each ring and from ring to ring.

    Examples
    --------
    >>> from ase.build import molecule
    >>> rings(molecule("C6H6")).tolist()
    [[0, 1, 2, 3, 4, 5]]
    """
    carbon = np.flatnonzero(atoms.numbers == 6)
    skeleton = Chem.RWMol()
    for _ in carbon:
        skeleton.AddAtom(Chem.Atom(6))
    near = cdist(atoms.positions[carbon], atoms.positions[carbon]) < 1.65
    for one, other in np.argwhere(np.triu(near, 1)).tolist():
        skeleton.AddBond(one, other, Chem.BondType.SINGLE)
    found = sorted(
        sorted(carbon[list(ring)].tolist()) for ring in Chem.GetSymmSSSR(skeleton) if len(ring) == 6
    )
    found = np.array(found, dtype=int).reshape(-1, 6)
    position = atoms.positions[found]
    centre, normal = _planes(position)
    return found[(np.abs(np.einsum("rij,rj->ri", position - centre[:, None], normal)) < FLAT).all(axis=1)]


def ch_pi(atoms, *, across=False):
    """Find the C-H···pi contacts between ligands.

    Parameters
    ----------
    atoms : ase.Atoms
        With the array ``ligand``, and ``part`` if `across`.
    across : bool
        Only contacts between the two parts of a dimer.

    Returns
    -------
    DataFrame[carbon, hydrogen, ring, distance, reach, angle, offset]
        `distance` is from C and `reach` from H to the centre of the ring, `offset` from the foot of H on its
        plane; in angstrom and degrees.

    Notes
    -----
    Source: Brandl et al. (2001) (`brandl2001`): the criteria.

    Examples
    --------
    >>> from ase.build import molecule
    >>> pair = molecule("C6H6") + molecule("C6H6")
    >>> pair.positions[12:] = pair.positions[12:, [0, 2, 1]] + (0, 0, 5.0)
    >>> pair.set_array("ligand", np.repeat([0, 1], 12))
    >>> ch_pi(pair)[["carbon", "ring"]].round(2).to_numpy().tolist()
    [[15, 0]]
    """
    ring = rings(atoms)
    centre, normal = _planes(atoms.positions[ring])
    hydrogen, carbon = np.flatnonzero(atoms.numbers == 1), np.flatnonzero(atoms.numbers == 6)
    apart = cdist(atoms.positions[hydrogen], atoms.positions[carbon])
    bound = (apart < 1.25).any(axis=1)
    hydrogen, carbon = hydrogen[bound], carbon[apart[bound].argmin(axis=1)] if bound.any() else carbon[:0]
    to_centre = centre - atoms.positions[hydrogen][:, None]
    distance = cdist(atoms.positions[carbon], centre)
    angle = _angle(to_centre, (atoms.positions[carbon] - atoms.positions[hydrogen])[:, None])
    offset = _offset(to_centre, normal)
    met = (distance <= CH_PI["distance"]) & (angle >= CH_PI["angle"]) & (offset <= CH_PI["offset"])
    i, j = np.nonzero(met & _others(atoms, carbon, ring[:, 0], across))
    return pd.DataFrame(
        {
            "carbon": carbon[i],
            "hydrogen": hydrogen[i],
            "ring": ring[j, 0],
            "distance": distance[i, j],
            "reach": np.linalg.norm(to_centre[i, j], axis=1),
            "angle": angle[i, j],
            "offset": offset[i, j],
        }
    )


def stacking(atoms, *, across=False):
    """Find stacked rings, parallel or in the form of a T.

    Parameters
    ----------
    atoms : ase.Atoms
        With the array ``ligand``, and ``part`` if `across`.
    across : bool
        Only contacts between the two parts of a dimer.

    Returns
    -------
    DataFrame[ring, other, kind, distance, angle, offset]
        `kind` is "parallel" or "T"; `angle` is that of the planes, 0 to 90 degrees.

    Notes
    -----
    Source: Salentin et al. (2015) (`salentin2015`): the criteria of the program PLIP.

    Examples
    --------
    >>> from ase.build import molecule
    >>> pair = molecule("C6H6") + molecule("C6H6")
    >>> pair.positions[12:] += (1.5, 0, 3.4)
    >>> pair.set_array("ligand", np.repeat([0, 1], 12))
    >>> stacking(pair)[["kind", "distance", "offset"]].round(2).to_numpy().tolist()
    [['parallel', 3.72, 1.5]]
    """
    ring = rings(atoms)
    centre, normal = _planes(atoms.positions[ring])
    between = centre - centre[:, None]
    distance = np.linalg.norm(between, axis=2)
    cosine = np.minimum(np.abs(normal @ normal.T), 1)
    angle = np.degrees(np.arccos(cosine))
    offset = _offset(between, normal)
    offset = np.minimum(offset, offset.T)
    met = (distance <= STACKING["distance"]) & (offset <= STACKING["offset"])
    met &= (angle <= STACKING["angle"]) | (angle >= 90 - STACKING["angle"])
    i, j = np.nonzero(np.triu(met & _others(atoms, ring[:, 0], ring[:, 0], across), 1))
    return pd.DataFrame(
        {
            "ring": ring[i, 0],
            "other": ring[j, 0],
            "kind": np.where(angle[i, j] <= STACKING["angle"], "parallel", "T"),
            "distance": distance[i, j],
            "angle": angle[i, j],
            "offset": offset[i, j],
        }
    )


def bonds_across(atoms, *, reach=3.0):
    """Find the distances of metal and sulphur across the interface of a dimer.

    Parameters
    ----------
    atoms : ase.Atoms
        With the arrays ``part`` and ``ligand``.
    reach : float
        The longest distance, in angstrom.

    Returns
    -------
    DataFrame[metal, sulphur, distance]
        In the order of distance.

    Examples
    --------
    >>> from ase import Atoms
    >>> pair = Atoms("SAg", [(0, 0, 0), (0, 0, 2.45)])
    >>> pair.arrays |= {"part": np.array([0, 1]), "ligand": np.array([0, -1])}
    >>> bonds_across(pair).to_dict("records")
    [{'metal': 1, 'sulphur': 0, 'distance': 2.45}]
    """
    part = atoms.arrays["part"]
    metal, sulphur = np.flatnonzero(atoms.arrays["ligand"] < 0), np.flatnonzero(atoms.numbers == 16)
    distance = cdist(atoms.positions[metal], atoms.positions[sulphur])
    i, j = np.nonzero((distance <= reach) & (part[metal][:, None] != part[sulphur]))
    found = pd.DataFrame({"metal": metal[i], "sulphur": sulphur[j], "distance": distance[i, j]})
    return found.sort_values("distance", ignore_index=True)


def centre_distances(atoms):
    """Distances of the metals of each part from its central atom, by shell.

    Parameters
    ----------
    atoms : ase.Atoms
        With the arrays ``shell``, ``ligand`` and, for a dimer, ``part``.

    Returns
    -------
    DataFrame[part, shell, number, mean, least, most]
        In angstrom, from the inside out.

    Notes
    -----
    The means of the shells core and staple are those of Acharya et al. (2025), Table S3 (`acharya2025`).

    Examples
    --------
    >>> from supracrystal.clusters import m25s18
    >>> centre_distances(m25s18())[["shell", "number", "mean"]].round(1).to_numpy().tolist()
    [['core', 12, 2.8], ['staple', 12, 4.9]]
    """
    part = atoms.arrays.get("part", np.zeros(len(atoms), dtype=int))
    metal, shell = atoms.arrays["ligand"] < 0, atoms.arrays["shell"]
    table = []
    for each in np.unique(part):
        (centre,) = np.flatnonzero((part == each) & (shell == "centre"))
        other = np.flatnonzero((part == each) & metal & (shell != "centre"))
        distance = np.linalg.norm(atoms.positions[other] - atoms.positions[centre], axis=1)
        table.append(pd.DataFrame({"part": each, "shell": shell[other], "distance": distance}))
    grouped = pd.concat(table).groupby(["part", "shell"])["distance"]
    found = grouped.agg(number="size", mean="mean", least="min", most="max").reset_index()
    return found.sort_values(["part", "mean"], ignore_index=True)


def clearance(atoms):
    """Return how far the nearest two atoms of different ligands or parts are from a bond.

    Parameters
    ----------
    atoms : ase.Atoms
        With the array ``ligand`` and, for a dimer, ``part``.

    Returns
    -------
    float
        Least distance beyond the sum of the covalent radii, in angstrom. Pairs of metals, and of a metal and
        sulphur, do not count.

    Examples
    --------
    >>> from supracrystal.clusters import cluster
    >>> clearance(cluster("[Ag25(SCH3)18]-")) > 0.35
    True
    """
    part = atoms.arrays.get("part", np.zeros(len(atoms), dtype=int))
    tag, radius = atoms.arrays["ligand"], covalent_radii[atoms.numbers]
    metal, frame = tag < 0, (tag < 0) | (atoms.numbers == 16)
    counts = (part[:, None] != part) | (tag[:, None] != tag)
    counts &= ~((metal[:, None] & frame) | (frame[:, None] & metal))
    gap = cdist(atoms.positions, atoms.positions) - radius[:, None] - radius
    return float(gap[counts].min())


def _planes(position):
    """Return centres and unit normals of rings (r, 6, 3)."""
    centre = position.mean(axis=1)
    return centre, np.linalg.svd(position - centre[:, None])[2][:, 2]


def _offset(between, normal):
    """Return the distances of points from the axes of rings, from vectors (p, r, 3) to their centres."""
    along = np.einsum("pri,ri->pr", between, normal)
    return np.linalg.norm(between - along[:, :, None] * normal, axis=2)


def _angle(a, b):
    """Return angles in degrees."""
    cosine = (a * b).sum(axis=-1) / np.linalg.norm(a, axis=-1) / np.linalg.norm(b, axis=-1)
    return np.degrees(np.arccos(np.clip(cosine, -1, 1)))


def _others(atoms, one, other, across):
    """Whether atoms are of different ligands, or of different parts."""
    tag = atoms.arrays["part" if across else "ligand"]
    return tag[one][:, None] != tag[other]


def describe_interface(dimer, *, reach=2.75):
    """Describe what joins the two halves of a dimer.

    Parameters
    ----------
    dimer : ase.Atoms
        With the arrays ``part``, ``shell`` and ``ligand``.
    reach : float
        The longest distance of metal and sulphur that is a bond, in angstrom.

    Returns
    -------
    pandas.Series
        Number of bonds of metal and sulphur across the interface, the shortest and the longest in angstrom
        (NaN without any), and numbers of C-H···pi contacts and of stacked rings between the halves.

    Examples
    --------
    >>> import numpy as np
    >>> from ase import Atoms
    >>> pair = Atoms("SAgAg", [(0, 0, 0), (0, 0, 2.45), (0, 2.5, 0)])
    >>> pair.arrays |= {"part": np.array([0, 1, 0]), "ligand": np.array([0, -1, -1])}
    >>> describe_interface(pair).tolist()
    [1.0, 2.45, 2.45, 0.0, 0.0]
    """
    bonds = bonds_across(dimer, reach=reach)["distance"]
    return pd.Series(
        {
            "bonds": len(bonds),
            "shortest": bonds.min(),
            "longest": bonds.max(),
            "C–H···π": len(ch_pi(dimer, across=True)),
            "stacked": len(stacking(dimer, across=True)),
        },
        dtype=float,
    )


def reaction_energy(reactants, products):
    """Return the energy of what a reaction makes less that of what it takes.

    Parameters
    ----------
    reactants, products : sequence of ase.Atoms
        With energies of one method, and with a ``charge`` in ``info`` unless it is 0.

    Returns
    -------
    float
        In eV; negative where the products are bound more strongly.

    Raises
    ------
    ValueError
        If atoms or charges do not cancel.

    Examples
    --------
    >>> from ase import Atoms
    >>> from ase.calculators.singlepoint import SinglePointCalculator
    >>> def known(formula, energy):
    ...     atoms = Atoms(formula)
    ...     atoms.calc = SinglePointCalculator(atoms, energy=energy)
    ...     return atoms
    >>> reaction_energy([known("Ag5", -5), known("AuAg", -3)], [known("AuAg4", -6.5), known("Ag2", -2)])
    -0.5
    """
    left, energy = Counter(), 0.0
    for sign, side in ((-1, reactants), (1, products)):
        for atoms in side:
            parts = {**atoms.symbols.formula.count(), "charge": atoms.info.get("charge", 0)}
            left.update({name: sign * int(number) for name, number in parts.items()})
            energy += sign * atoms.get_potential_energy()
    if left := {name: number for name, number in sorted(left.items()) if number}:
        raise InputError(f"the two sides of the reaction differ, products less reactants: {left}")
    return float(energy)
