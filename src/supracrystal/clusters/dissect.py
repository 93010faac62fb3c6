r"""A cluster from a file taken apart: core, staples, ligands, bond lengths, formula.

Atoms are bonded if they are nearer than a multiple of the sum of their covalent radii (in ASE): 1.25 between
metals, 1.15 between a metal and another element, and 1.2 within ligands. What hangs together without metal
is a ligand; its atoms on the metal are anchors. Its name is that of the drawing in ``ligands.yaml`` with the
same skeleton of bonds, or its composition.

A metal atom with two anchors in a line (over 140 degrees) is in a staple, one with three or more is a mount;
all others are the core, inside if they bind no anchor. Staples joined by shared anchors are one motif: with n
metal atoms and n + 1 anchors, S-(M-S-)n.

Left out: bond orders, disorder in crystals, and the charge, which no coordinates tell.
"""

import functools
from collections import Counter

import numpy as np
import pandas as pd
from ase import Atoms
from ase.data import covalent_radii
from ase.neighborlist import neighbor_list
from scipy.sparse import coo_array
from scipy.sparse.csgraph import breadth_first_order, connected_components

from supracrystal import InputError
from supracrystal.spectra import LIGANDS, VALENCE, Species, find_ligand

REACH = {"metals": 1.25, "anchors": 1.15, "others": 1.2}
"""Longest bonds, in sums of covalent radii."""
LEAN = 0.25
"""How much longer than its shortest bond to an element a bond of a metal atom may be, in angstrom."""
LINEAR = 140.0
"""Least angle between two anchors of a metal atom of a staple, in degrees."""
PUBLISHED = {
    "Au": {"core-core": "2.79-2.94", "core-S": "2.38", "staple-S": "2.32"},
    "Ag": {"core-core": "2.77-2.92", "core-S": "2.45", "staple-S": "2.39"},
}
"""Mean bond lengths in crystals of Au25 (`heaven2008`, `zhu2008`) and Ag25 (`joshi2015`), in angstrom."""


def take_apart(atoms):
    """Find core, staples and ligands of a cluster.

    Parameters
    ----------
    atoms : ase.Atoms
        One cluster; beside it, counter-ions and solvents may stand. Periodic ones are made whole.

    Returns
    -------
    ase.Atoms
        The cluster alone, its metals centred at the origin. The array ``shell`` is ``inside``, ``surface``,
        ``staple``, ``mount`` or ``ligand``, and for an anchor has its element (``S-anchor``); ``ligand`` is
        the number of the ligand, -1 for metal. ``info`` has ``parts`` (metals and ligands, as of a Species),
        ``staples`` (metal atoms of a motif to how many there are) and ``beside`` (other molecules).

    Raises
    ------
    ValueError
        Without metal, and for atoms on top of each other, as disordered crystals have.

    Examples
    --------
    >>> from supracrystal.clusters import cluster
    >>> found = take_apart(cluster("[Au25(SCH3)18]-"))
    >>> found.info["parts"], found.info["staples"]
    ((('Au', 25), ('SCH3', 18)), {2: 6})
    """
    metal = np.isin(atoms.symbols, list(VALENCE))
    if not metal.any():
        raise InputError(f"the atoms {atoms.symbols} have no metal; one of {', '.join(VALENCE)} is needed")
    if abs(np.linalg.det(atoms.cell.array)) < 1:
        # A file of no crystal, that says it is one.
        atoms = atoms.copy()
        atoms.pbc = False
    first, second, offset = _bonds(atoms, metal)
    atoms, label = _whole(atoms, first, second, offset)
    kept = label == np.bincount(label[metal]).argmax()
    names = [_name(atoms[label == each]) for each in {*label.tolist()} - {label[kept][0]}]
    order = np.flatnonzero(kept)
    atoms, metal = Atoms(atoms[order].numbers, atoms[order].positions), metal[order]
    atoms.positions -= atoms.positions[metal].mean(axis=0)
    place = np.full(len(kept), -1)
    place[order] = range(len(order))
    inner = kept[first]
    first, second = place[first[inner]], place[second[inner]]
    free = ~metal[first] & ~metal[second]
    ligand = _pieces(len(atoms), first[free], second[free])
    ligand[metal] = -1
    _, ligand[~metal] = np.unique(ligand[~metal], return_inverse=True)
    across = metal[first] & ~metal[second] & (atoms.numbers[second] != 1)
    # An atom of hydrogen alone is a hydride, and binds.
    alone = np.bincount(ligand[~metal], minlength=1)[ligand] == 1
    across |= metal[first] & ~metal[second] & alone[second]
    anchors = [np.sort(second[across & (first == each)]) for each in range(len(atoms))]
    anchor = np.isin(range(len(atoms)), second[across])
    shell = np.full(len(atoms), "ligand", dtype=object)
    for each in np.flatnonzero(metal):
        shell[each] = _kind(atoms.positions, each, anchors[each])
    for each in np.flatnonzero(anchor):
        shell[each] = f"{atoms.symbols[each]}-anchor"
    counts = Counter(_name(atoms[ligand == each]) for each in range(ligand.max() + 1))
    metals = Counter(atoms.symbols[metal])
    parts = (*((each, metals[each]) for each in VALENCE if each in metals), *counts.items())
    atoms.set_array("shell", shell.astype(str))
    atoms.set_array("ligand", ligand)
    atoms.info = {"parts": parts, "staples": _staples(shell, anchors), "beside": dict(Counter(names))}
    return atoms


def describe_parts(atoms):
    """Count the atoms of each part of a cluster, from the inside out.

    Parameters
    ----------
    atoms : ase.Atoms
        From :func:`take_apart`.

    Returns
    -------
    pandas.DataFrame
        Shell, element, number of atoms, and mean distance from the centre of the metal.

    Examples
    --------
    >>> from supracrystal.clusters import m25s18
    >>> describe_parts(take_apart(m25s18("Au"))).round(2).values.tolist()[:2]
    [['inside', 'Au', 1, 0.0], ['surface', 'Au', 12, 2.79]]
    """
    frame = pd.DataFrame(
        {
            "shell": atoms.arrays["shell"],
            "element": list(atoms.symbols),
            "distance": np.linalg.norm(atoms.positions, axis=1),
        }
    )
    frame = frame[frame["shell"] != "ligand"]
    found = frame.groupby(["shell", "element"])["distance"].agg(["size", "mean"]).reset_index()
    found.columns = ["shell", "element", "atoms", "from the centre / Å"]
    return found.sort_values("from the centre / Å", ignore_index=True)


def measure_bonds(atoms):
    """Measure the bonds of metal, beside published ones.

    Parameters
    ----------
    atoms : ase.Atoms
        From :func:`take_apart`.

    Returns
    -------
    pandas.DataFrame
        Bond, number, mean, least and largest length in angstrom, and what is published for Au25 and Ag25.

    Examples
    --------
    >>> from supracrystal.clusters import m25s18
    >>> measure_bonds(take_apart(m25s18("Au"))).round(2).values.tolist()[-1]
    ['Au staple–S', 24, 2.32, 2.32, 2.32, '2.32']
    """
    shell, symbols = atoms.arrays["shell"], np.array(list(atoms.symbols))
    metal = np.isin(symbols, list(VALENCE))
    first, second, _ = _bonds(atoms, metal)
    distance = np.linalg.norm(atoms.positions[first] - atoms.positions[second], axis=1)
    core = np.isin(shell, ["inside", "surface"])
    rows = {}
    for a, b, d in zip(first, second, distance, strict=True):
        if core[a] and core[b] and a < b:
            pair, kind = "–".join(sorted((symbols[a], symbols[b]))), "core-core"
            name, element = f"{pair} core", symbols[a] if symbols[a] == symbols[b] else ""
        elif metal[a] and shell[b].endswith("-anchor"):
            part = "core" if core[a] else shell[a]
            name, element, kind = f"{symbols[a]} {part}–{symbols[b]}", symbols[a], f"{part}-{symbols[b]}"
        else:
            continue
        rows.setdefault((name, element, kind), []).append(d)
    order = ["core-core", "core-S", "staple-S"]
    keys = sorted(rows, key=lambda key: (order.index(key[2]) if key[2] in order else 9, key[0]))
    table = []
    for key in keys:
        name, element, kind = key
        lengths = np.array(rows[key])
        published = PUBLISHED.get(element, {}).get(kind, "")
        table.append((name, len(lengths), lengths.mean(), lengths.min(), lengths.max(), published))
    return pd.DataFrame(table, columns=["bond", "number", "mean / Å", "least", "largest", "published"])


def species_of(atoms, charge=0):
    """Return the formula of a cluster that is taken apart.

    Parameters
    ----------
    atoms : ase.Atoms
        From :func:`take_apart`.
    charge : int

    Returns
    -------
    Species

    Examples
    --------
    >>> from supracrystal.clusters import cluster
    >>> str(species_of(take_apart(cluster("[Au25(SCH3)18]-")), -1))
    '[Au25(SCH3)18]-'
    """
    return Species(atoms.info["parts"], charge)


def _bonds(atoms, metal):
    """Return both ends of all bonds, each twice, and the cells that they cross."""
    radii = covalent_radii[atoms.numbers]
    cutoffs = radii * max(REACH.values())
    first, second, distance, offset = neighbor_list("ijdS", atoms, cutoffs.tolist())
    if len(distance) and distance.min() < 0.5:
        raise InputError(f"two atoms are {distance.min():.2f} Å apart: keep one of the disordered positions")
    both = metal[first] & metal[second]
    either = metal[first] | metal[second]
    reach = np.select([both, either], [REACH["metals"], REACH["anchors"]], REACH["others"])
    near = distance < reach * (radii[first] + radii[second])
    # A metal atom leans on a third anchor that is much farther than its nearest of the same element.
    one = metal[first] != metal[second]
    side = np.where(metal[first], first, second) * 200 + atoms.numbers[np.where(metal[first], second, first)]
    shortest = np.full(len(atoms) * 200, np.inf)
    np.minimum.at(shortest, side[one], distance[one])
    near &= ~one | (distance < shortest[side] + LEAN)
    # Hydrogen binds one atom that is no metal; to metal it binds only without one.
    hydrogen = atoms.numbers == 1
    taken = np.isin(range(len(atoms)), first[near & hydrogen[first] & ~metal[second]])
    near &= ~(
        (hydrogen[first] & taken[first] & metal[second]) | (hydrogen[second] & taken[second] & metal[first])
    )
    return first[near], second[near], offset[near]


def _pieces(number, first, second):
    """Return the number of the connected piece of each atom."""
    graph = coo_array((np.ones(len(first)), (first, second)), shape=(number, number))
    return connected_components(graph, directed=False)[1]


def _whole(atoms, first, second, offset):
    """Return the atoms with molecules in one piece, and the molecule of each."""
    label = _pieces(len(atoms), first, second)
    atoms = atoms.copy()
    if offset.any():
        graph = coo_array((np.ones(len(first)), (first, second)), shape=(len(atoms),) * 2).tocsr()
        step = {(a, b): s for a, b, s in zip(first.tolist(), second.tolist(), offset, strict=True)}
        shift = np.zeros((len(atoms), 3))
        for each in range(label.max() + 1):
            order, before = breadth_first_order(graph, int(np.argmax(label == each)), directed=False)
            for atom in order[1:].tolist():
                shift[atom] = shift[before[atom]] + step[int(before[atom]), atom]
        atoms.positions += shift @ atoms.cell.array
    return atoms, label


def _kind(positions, metal, anchors):
    """Return the part of a cluster that a metal atom belongs to, by its anchors."""
    if len(anchors) < 2:
        return "surface" if len(anchors) else "inside"
    if len(anchors) > 2:
        return "mount"
    one, other = positions[anchors] - positions[metal]
    cosine = one @ other / np.linalg.norm(one) / np.linalg.norm(other)
    return "staple" if np.degrees(np.arccos(np.clip(cosine, -1, 1))) > LINEAR else "surface"


def _staples(shell, anchors):
    """Return how many motifs there are with each number of metal atoms."""
    staple = np.flatnonzero(shell == "staple")
    pairs = [(a, b) for a in staple for b in anchors[a]]
    if not pairs:
        return {}
    first, second = np.transpose(pairs)
    piece = _pieces(len(shell), first, second)
    sizes = Counter(Counter(piece[staple].tolist()).values())
    return dict(sorted(sizes.items()))


def _name(molecule):
    """Return the name of a ligand, or of a molecule beside the cluster, by its bonds or its composition."""
    metal = np.isin(molecule.symbols, list(VALENCE))
    if metal.any():
        return molecule.get_chemical_formula("hill")
    key = _skeleton(molecule)
    if key in _drawn():
        return _drawn()[key]
    counts = Counter(molecule.symbols)
    order = [each for each in ("C", "H") if each in counts] + sorted({*counts} - {"C", "H"})
    formula = "".join(f"{each}{counts[each] if counts[each] > 1 else ''}" for each in order)
    same = [
        name
        for name, each in LIGANDS.items()
        if each.formula and not each.smiles and each.atoms == dict(counts)
    ]
    if same:
        return same[0]
    found = find_ligand(formula, {})
    return found.symbol if found else formula


def _skeleton(molecule):
    """Return the SMILES of a molecule with all bonds single, whatever their orders."""
    from rdkit import Chem

    first, second, _ = _bonds(molecule, np.zeros(len(molecule), dtype=bool))
    drawn = Chem.RWMol()
    for symbol in molecule.symbols:
        drawn.AddAtom(Chem.Atom(symbol))
    for a, b in zip(first.tolist(), second.tolist(), strict=True):
        if a < b:
            drawn.AddBond(a, b, Chem.BondType.SINGLE)
    return _single(drawn)


def _single(molecule):
    """Return the canonical text of a molecule with explicit hydrogen, all bonds single."""
    from rdkit import Chem

    molecule = Chem.RWMol(molecule)
    for bond in molecule.GetBonds():
        bond.SetBondType(Chem.BondType.SINGLE)
        bond.SetIsAromatic(False)
        bond.SetStereo(Chem.BondStereo.STEREONONE)
    for atom in molecule.GetAtoms():
        atom.SetIsAromatic(False)
        atom.SetFormalCharge(0)
        atom.SetNoImplicit(True)
        atom.SetNumExplicitHs(0)
        atom.SetChiralTag(Chem.ChiralType.CHI_UNSPECIFIED)
        atom.SetNumRadicalElectrons(0)
    return Chem.MolToSmiles(molecule, isomericSmiles=False)


@functools.cache
def _drawn():
    """Return the ligand of each skeleton that is drawn in ``ligands.yaml``."""
    from rdkit import Chem

    texts = {name: each.smiles for name, each in LIGANDS.items() if each.smiles} | {
        "SCH3": "C[S-]",
        "SH": "[S-][H]",
    }
    parser = Chem.SmilesParserParams()
    parser.removeHs = False
    return {_single(Chem.AddHs(Chem.MolFromSmiles(text, parser))): name for name, text in texts.items()}
