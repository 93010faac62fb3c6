"""Shapes of thiolates and dithiolates from their SMILES.

RDKit embeds the thiol by distances and knowledge of torsions (ETKDG, `riniker2015`) and relaxes it with a
force field (MMFF94, `halgren1996`); then the hydrogen of each SH is left out, because a metal takes its
place. It is the thiol and not its anion, because a bound sulphur shares its charge with the metals.

Left out: how the shape changes when the ligand binds, and its solvent.
"""

import functools

import numpy as np
from ase import Atoms
from rdkit import Chem
from rdkit.Chem import AllChem

from supracrystal.spectra import LIGANDS

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
        raise ValueError(f"{ligand!r} has no SMILES; {', '.join(known)} have, or give one with [S-]")
    return found


@functools.cache
def _shapes(ligand, number, seed):
    """Return the conformers, which cost a tenth of a second."""
    text = smiles(ligand)
    molecule = Chem.MolFromSmiles(text)
    if molecule is None:
        raise ValueError(f"RDKit cannot read the SMILES {text!r} of {ligand!r}")
    atoms = molecule.GetAtoms()
    ends = [a.GetIdx() for a in atoms if a.GetSymbol() == "S" and a.GetFormalCharge() < 0]
    if len(ends) not in (1, 2):
        raise ValueError(f"the SMILES {text!r} of {ligand!r} has {len(ends)} [S-]; one or two are needed")
    for sulphur in map(molecule.GetAtomWithIdx, ends):
        sulphur.SetFormalCharge(0)
        sulphur.SetNumExplicitHs(sulphur.GetNumExplicitHs() + 1)
    molecule = Chem.AddHs(molecule)
    thiol = [_hydrogen(molecule, end) for end in ends]
    if not AllChem.EmbedMultipleConfs(molecule, 20, randomSeed=seed):
        raise ValueError(f"RDKit finds no shape of {text!r}")
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
