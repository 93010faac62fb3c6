r"""Ligands put on the sulphur of a metal frame, without clashes.

The shape of a ligand is one of :func:`conformers`, with all bond lengths and angles.
The free variable is the rotation of each ligand about its sulphur, or, for a dithiolate, about the line
through both. With the distance :math:`d_{ij}` of an atom of the ligand and one of the rest, but not of a
metal and the atom next to the sulphur that it binds, the best turn has the least

.. math::
    U = \sum_{ij} \left( \frac{R_i + R_j}{d_{ij}} \right)^{12}
    + 200 \sum_{\mathrm M - \mathrm S - \mathrm C} \left( \cos\vartheta - \cos 105^\circ \right)^2

with the van der Waals radii R of Bondi (1964) (`bondi1964`): a soft form of the greatest least distance. It
is searched on a grid of turns, ligand by ligand until none changes, and then relaxed from the best. Ligands
that operations of the frame map on one another are turned together, with the largest subgroup that leaves no
sulphur in its place: S6 for M25S18 and M44S30, T for M29S24, C2 for M44S26.

The shapes come from a SMILES: RDKit embeds the thiol by distances and knowledge of torsions (ETKDG,
`riniker2015`) and relaxes it with a force field (MMFF94, `halgren1996`); then the hydrogen of each SH is left
out, because a metal takes its place. It is the thiol and not its anion, because a bound sulphur shares its
charge with the metals.

Left out: how the shape changes when the ligand binds; attraction (stacking, hydrogen bonds); and the response
of metal and sulphur, which is for a relaxation with an electronic method.
"""

import functools

import numpy as np
from ase import Atoms
from ase.data import covalent_radii, vdw_radii
from rdkit import Chem
from rdkit.Chem import AllChem
from scipy.optimize import minimize
from scipy.spatial.distance import cdist
from scipy.spatial.transform import Rotation

from supracrystal import InputError
from supracrystal.clusters.structures import FRAMES, WRITTEN, operations
from supracrystal.spectra import LIGANDS, Species, parse

ANGLE = np.cos(np.radians(105))
STIFFNESS = 200.0
SUBGROUPS = {"Th": ("Th", "T", "S6", "C1"), "T": ("T", "C1"), "D3": ("D3", "C2", "C1")}
BONDED = 1.1
"""Metal and sulphur within this many sums of their covalent radii are bonded."""
TURNS = (16, 12, 72)
"""Directions of the bond of a thiolate, turns about each, and turns of a dithiolate, on the grid."""
SWEEPS = 10

_Z = 1 - (2 * np.arange(400) + 1) / 400
_AZIMUTH = np.pi * (3 - 5**0.5) * np.arange(400)
SPHERE = np.column_stack([np.sqrt(1 - _Z**2) * np.cos(_AZIMUTH), np.sqrt(1 - _Z**2) * np.sin(_AZIMUTH), _Z])
"""Directions in equal areas, on a spiral."""


def with_ligands(frame, ligand, *, symmetric=True):
    """Put ligands on all sulphur of a frame.

    Parameters
    ----------
    frame : ase.Atoms
        From :mod:`~supracrystal.clusters.structures`.
    ligand : str or sequence of str
        One for all, or one for each number in the array ``ligand`` of the frame.
    symmetric : bool
        Keep as much of the frame's symmetry as one kind of ligand can.

    Returns
    -------
    ase.Atoms
        The frame, then the other atoms of each ligand, whose ``shell`` is "ligand". ``info["point_group"]``
        is the symmetry kept.

    Raises
    ------
    ValueError
        For a ligand without SMILES, a wrong number of them, or a thiolate where a dithiolate must stand.

    Examples
    --------
    >>> from supracrystal.clusters import m25s18
    >>> cluster = with_ligands(m25s18(), "SCH3")
    >>> cluster.info["formula"], len(cluster), cluster.info["point_group"]
    ('[Ag25(SCH3)18]-', 115, 'S6')
    """
    tag = frame.arrays["ligand"]
    sites = [np.flatnonzero(tag == each) for each in range(tag.max() + 1)]
    names = [ligand] * len(sites) if isinstance(ligand, str) else list(ligand)
    if len(names) != len(sites):
        raise InputError(f"{len(names)} ligands are given for {len(sites)} places of {frame.info['frame']}")
    shapes = [_fitting(name, len(site)) for name, site in zip(names, sites, strict=True)]
    group, images = _subgroup(frame, names, SUBGROUPS[frame.info["point_group"]] if symmetric else ("C1",))
    turned = _turn(frame, sites, shapes, operations(group), images)
    atoms = frame.copy()
    for each, positions in enumerate(turned):
        added = Atoms(shapes[each][0].symbols[len(sites[each]) :], positions)
        added.set_array("shell", np.full(len(added), "ligand"))
        added.set_array("ligand", np.full(len(added), each))
        atoms += added
    written = ["SR" if "[S-]" in name else name for name in names]
    counts = {name: written.count(name) for name in dict.fromkeys(written)}
    metals = {each: int((frame.symbols == each).sum()) for each in WRITTEN if each in frame.symbols}
    text = Species((*metals.items(), *counts.items()), frame.info["charge"])
    atoms.info = {**frame.info, "formula": str(text), "point_group": group}
    return atoms


def cluster(formula, *, mirror=False, **sites):
    """Build a cluster from its formula.

    The frame is that of :data:`~supracrystal.clusters.structures.FRAMES` with as many metals and sulphur.
    Where sites are not chosen, Pt, Pd, Au, Ag and Cu fill them from the inside out in this order: a single
    Pt, Pd or Au in silver is in the centre, and twelve Au in Ag44(SR)30 are its icosahedron, as in the
    crystals; for other alloys it is a convention. Several kinds of ligands stand in the order of the formula.

    Parameters
    ----------
    formula : str or Species
    mirror : bool
        Build the mirror image.
    **sites : str or sequence of str
        Metals by the name of the shell, as for the builders; the others fill the rest.

    Returns
    -------
    ase.Atoms

    Raises
    ------
    ValueError
        For a formula without a frame, ligands without SMILES, or metals that do not add up.

    Examples
    --------
    >>> atoms = cluster("[PtAg24(SH)18]2-")
    >>> atoms.get_chemical_formula(), str(atoms.symbols[0]), atoms.info["charge"]
    ('H18Ag24PtS18', 'Pt', -2)
    """
    species = parse(formula)
    metals = {each: species.counts[each] for each in WRITTEN if each in species.counts}
    ligands = [name for name, number in species.counts.items() if name not in metals for _ in range(number)]
    size = sum(metals.values()), sum(smiles(name).count("[S-]") for name in ligands)
    if size not in FRAMES:
        known = ", ".join(f"{each} with {sulphur}" for each, sulphur in FRAMES)
        raise InputError(f"{species} has {size[0]} metal atoms and {size[1]} S; there are frames of {known}")
    frame = FRAMES[size](max(metals, key=metals.get), **sites)
    shell = frame.arrays["shell"]
    chosen = np.isin(shell, [each.replace("_", "-") for each in sites])
    left = [e for e, number in metals.items() for _ in range(number - (frame.symbols[chosen] == e).sum())]
    free = np.flatnonzero(~chosen & (frame.arrays["ligand"] < 0))
    if len(left) != len(free):
        raise InputError(f"the sites of {', '.join(sites)} hold metals that {species} does not have")
    frame.symbols[free] = left
    atoms = with_ligands(frame, ligands)
    atoms.info |= {"formula": str(species), "charge": species.charge}
    if mirror:
        atoms.positions *= -1
    return atoms


def _fitting(ligand, ends):
    """Return the conformers of a ligand, which must have that many ends."""
    shapes = conformers(ligand)
    found = int((shapes[0].symbols == "S").sum())
    if found != ends:
        raise InputError(f"{ligand} has {found} S to bind; the frame has places for {ends}")
    return shapes


def _subgroup(frame, names, groups):
    """Return the first group that maps frame and ligands on themselves but no place, and its images."""
    sulphur, tag = frame.symbols == "S", frame.arrays["ligand"]
    for group in groups:
        images = []
        for matrix in operations(group):
            distance = cdist(frame.positions @ matrix.T, frame.positions)
            image = distance.argmin(axis=1)
            same = distance.min(axis=1).max() < 1e-3 and (frame.symbols[image] == frame.symbols).all()
            place = dict(zip(tag[sulphur], tag[image][sulphur], strict=True))
            if not same or any(names[one] != names[other] for one, other in place.items()):
                break
            images.append([place[each] for each in range(len(names))])
        else:
            if all((np.sort(column)[1:] > np.sort(column)[:-1]).all() for column in np.transpose(images)):
                return group, np.array(images)
    raise InputError("no group fits the frame")


def _turn(frame, sites, shapes, group, images):
    """Return the positions of the atoms beyond the sulphur of each ligand, turned to the least energy."""
    firsts = np.unique(images.min(axis=0)).tolist()
    radius = {k: vdw_radii[shapes[k][0].numbers[len(sites[k]) :]] for k in firsts}
    energy = {k: _energy(frame, sites[k], shapes[k][0], group) for k in firsts}
    grid = {k: _poses(frame, sites[k], shapes[k]) for k in firsts}
    fixed, best = vdw_radii[frame.numbers], {}

    def around(k):
        others = [each for each in best if each != k]
        positions = [best[each] @ matrix.T for each in others for matrix in group]
        radii = [radius[each] for each in others for _ in group]
        return np.concatenate([frame.positions, *positions]), np.concatenate([fixed, *radii])

    for _ in range(SWEEPS):
        before = dict(best)
        for k in firsts:
            best[k] = grid[k][energy[k](grid[k], *around(k)).argmin()]
        if before and all(np.array_equal(before[k], best[k]) for k in firsts):
            break
    for _ in range(2):
        for k in firsts:
            best[k] = _relax(frame, sites[k], best[k], energy[k], around(k))
    turned = {images[g, k]: best[k] @ group[g].T for k in firsts for g in range(len(group))}
    return [turned[place] for place in range(len(sites))]


def _energy(frame, site, shape, group):
    """Return the function that gives U of poses (p, n, 3) among atoms around, and of their own images."""
    own = vdw_radii[shape.numbers[len(site) :]]
    itself = ((own[:, None] + own) ** 2)[None]
    apart = np.ones((len(own), len(frame)), dtype=bool)
    apart[:, site] = False
    bonds = []
    for end, ipso, metals in zip(site, _ipso(shape, len(site)), _bound(frame, site), strict=True):
        apart[ipso, metals] = False
        metals = frame.positions[metals] - frame.positions[end]
        bonds.append((ipso, frame.positions[end], metals / np.linalg.norm(metals, axis=1)[:, None]))

    def energy(poses, position, radius):
        square = cdist(poses.reshape(-1, 3), position, "sqeuclidean").reshape(len(poses), len(own), -1)
        close = ((own[:, None] + radius) ** 2 / square) ** 6
        close[:, :, : len(frame)] *= apart
        total = close.sum(axis=(1, 2))
        for matrix in group[1:]:
            square = ((poses[:, :, None] - (poses @ matrix.T)[:, None]) ** 2).sum(axis=3)
            total += 0.5 * ((itself / square) ** 6).sum(axis=(1, 2))
        return total + sum(_bend(poses[:, ipso] - end, metals) for ipso, end, metals in bonds)

    return energy


def _bend(bonds, metals):
    """Return the energy of the angles of bonds (p, 3) with unit vectors (m, 3) to metals."""
    cosine = bonds @ metals.T / np.linalg.norm(bonds, axis=1)[:, None]
    return STIFFNESS * ((cosine - ANGLE) ** 2).sum(axis=1)


def _bound(frame, site):
    """Return the metals that each sulphur of a site binds."""
    metal = np.flatnonzero(frame.arrays["ligand"] < 0)
    reach = BONDED * (covalent_radii[16] + covalent_radii[frame.numbers[metal]])
    return [metal[near] for near in cdist(frame.positions[site], frame.positions[metal]) < reach]


def _ipso(shape, ends):
    """Return the atom on each sulphur, counted without sulphur."""
    return cdist(shape.positions[:ends], shape.positions[ends:]).argmin(axis=1)


def _poses(frame, site, shapes):
    """Return a grid of poses (p, n, 3): turns about the sulphur or the line through both, for all shapes."""
    end = frame.positions[site[0]]
    found = []
    for shape in shapes:
        if len(site) == 2:
            line = frame.positions[site[1]] - end
            middle = shape.positions[:2].mean(axis=0)
            for ends in ((0, 1), (1, 0)):
                own = shape.positions[ends[1]] - shape.positions[ends[0]]
                laid = Rotation.align_vectors(line, own)[0].apply(shape.positions[2:] - middle) + line / 2
                found += [each.apply(laid - line / 2) + line / 2 + end for each in _turns(line, TURNS[2])]
            continue
        (ipso,), (metals,) = _ipso(shape, 1), _bound(frame, site)
        axis = shape.positions[1 + ipso]
        metals = frame.positions[metals] - end
        metals /= np.linalg.norm(metals, axis=1)[:, None]
        for direction in SPHERE[np.argsort(_bend(SPHERE, metals), kind="stable")[: TURNS[0]]]:
            laid = Rotation.align_vectors(direction, axis)[0].apply(shape.positions[1:])
            found += [each.apply(laid) + end for each in _turns(direction, TURNS[1])]
    return np.array(found)


def _turns(axis, number):
    """Return this number of rotations about an axis."""
    angles = np.linspace(0, 2 * np.pi, number, endpoint=False)
    return Rotation.from_rotvec(angles[:, None] * axis / np.linalg.norm(axis))


def _relax(frame, site, pose, energy, around):
    """Return the pose turned to the nearest least energy."""
    end = frame.positions[site[0]]
    axes = frame.positions[site[1:]] - end if len(site) == 2 else np.eye(3)

    def turned(by):
        return Rotation.from_rotvec(by @ axes).apply(pose - end) + end

    found = minimize(lambda by: energy(turned(by)[None], *around)[0], np.zeros(len(axes)), method="L-BFGS-B")
    return turned(found.x)


SMILES = {"SH": "[H][S-]", "SCH3": "C[S-]"}
"""Ligands without a SMILES in ``ligands.yaml``."""


def conformers(ligand, *, number=6, seed=1):
    """Return shapes of a thiolate or dithiolate, its sulphur first.

    Parameters
    ----------
    ligand : str
        A name or alias of ``ligands.yaml``, or a SMILES with ``[S-]``.
    number : int
        The most shapes; the lowest in energy that differ by over 0.5 A (root mean square of the heavy atoms).
    seed : int
        Of the embedding.

    Returns
    -------
    tuple of ase.Atoms
        In the order of energy. The first atoms are the one or two S, the first at the origin.

    Raises
    ------
    ValueError
        For a name without SMILES, a SMILES that RDKit cannot read, and no or more than two ``[S-]``.

    Examples
    --------
    >>> (dithiolate,) = conformers("BDT")
    >>> str(dithiolate.symbols), round(float(dithiolate.get_distance(0, 1)), 1)
    ('S2C6H4', 5.5)
    >>> len(conformers("PET")) > 1
    True
    """
    return tuple(shape.copy() for shape in _shapes(ligand, number, seed))


def smiles(ligand):
    """Return the SMILES of a ligand, with ``[S-]`` where it binds.

    Parameters
    ----------
    ligand : str
        A name or alias of ``ligands.yaml``, or a SMILES with ``[S-]``, which is returned as it is.

    Returns
    -------
    str

    Raises
    ------
    ValueError
        For a name without SMILES.

    Examples
    --------
    >>> smiles("SCH3"), smiles("PET")
    ('C[S-]', '[S-]CCc1ccccc1')
    """
    if "[S-]" in ligand:
        return ligand
    names = {alias: name for name, each in LIGANDS.items() for alias in (name, *each.aliases)}
    name = names.get(ligand, ligand)
    found = SMILES.get(name) or getattr(LIGANDS.get(name), "smiles", None)
    if not found:
        known = [*SMILES, *(name for name, each in LIGANDS.items() if each.smiles)]
        raise InputError(f"{ligand!r} has no SMILES; {', '.join(known)} have, or give one with [S-]")
    return found


@functools.cache
def _shapes(ligand, number, seed):
    """Return the conformers, which cost a tenth of a second."""
    text = smiles(ligand)
    molecule = Chem.MolFromSmiles(text)
    if molecule is None:
        raise InputError(f"RDKit cannot read the SMILES {text!r} of {ligand!r}")
    atoms = molecule.GetAtoms()
    ends = [a.GetIdx() for a in atoms if a.GetSymbol() == "S" and a.GetFormalCharge() < 0]
    if len(ends) not in (1, 2):
        raise InputError(f"the SMILES {text!r} of {ligand!r} has {len(ends)} [S-]; one or two are needed")
    for sulphur in map(molecule.GetAtomWithIdx, ends):
        sulphur.SetFormalCharge(0)
        sulphur.SetNumExplicitHs(sulphur.GetNumExplicitHs() + 1)
    molecule = Chem.AddHs(molecule)
    thiol = [_hydrogen(molecule, end) for end in ends]
    if not AllChem.EmbedMultipleConfs(molecule, 20, randomSeed=seed):
        raise InputError(f"RDKit finds no shape of {text!r}")
    energy = np.array([energy for _, energy in AllChem.MMFFOptimizeMoleculeConfs(molecule, maxIters=2000)])
    order = ends + [i for i in range(molecule.GetNumAtoms()) if i not in {*ends, *thiol}]
    heavy, kept = Chem.RemoveHs(molecule), []
    for index in np.argsort(energy, kind="stable").tolist():
        if all(AllChem.GetBestRMS(heavy, heavy, index, other) > 0.5 for other in kept):
            kept.append(index)
    symbols = [molecule.GetAtomWithIdx(i).GetSymbol() for i in order]
    positions = (molecule.GetConformer(index).GetPositions()[order] for index in kept[:number])
    return tuple(Atoms(symbols, each - each[0]) for each in positions)


def _hydrogen(molecule, sulphur):
    """Return one hydrogen on a sulphur."""
    return next(a.GetIdx() for a in molecule.GetAtomWithIdx(sulphur).GetNeighbors() if a.GetSymbol() == "H")
