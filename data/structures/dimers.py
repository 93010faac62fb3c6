"""Relax the dimers of Acharya et al. (2025), `acharya2025`, and their parents by tight binding.

Run ``python data/structures/dimers.py`` from the top of the repository, or with names of models to relax only
these. A dimer of 485 atoms takes half an hour to an hour on one core if the system has OpenBLAS, a model with
SH in place of the thiolates some ten minutes. What is under way stands in ``_build/structures``, from where
it goes on after an interruption. ``dimers/NAME.xyz`` are extended XYZ with energy and forces, and
``dimers/provenance.json`` describes those that are there.

The dimers with bonds start from the models of least contact for silver and palladium; gold and platinum take
the place of the centre in the relaxed ones, as in the paper.
"""

import argparse
import re
from pathlib import Path

import numpy as np
from ase import Atoms
from ase.io import read, write
from tqdm import tqdm

from supracrystal.clusters import (
    cluster,
    find_staples,
    join_clusters,
    losses,
    relax_cluster,
    tight_binding,
    turn_over,
)
from supracrystal.clusters import relaxed as recorded
from supracrystal.records import describe

HERE = Path(__file__).parent / "dimers"
WORK = Path("_build", "structures")
FMAX, FMAX_LARGE = 0.05, 0.1
"""The largest force that is left, in eV/A: of the paper; of dimers with full ligands, and by IPEA1-xTB."""
FIRST = "[Ag29(BDT)12]3-"
ATOMS = ("Ag", "Au", "Pd", "Pt")
GFN1, IPEA1 = "GFN1-xTB", "IPEA1-xTB"
PACKAGES = ("tblite", "ase", "rdkit", "numpy", "scipy")


def parent(formula, method=GFN1):
    """Return what makes a parent."""
    return method, lambda: cluster(formula)


def joined(second, loss, *, method=GFN1, **settings):
    """Return what makes a dimer from its parents as built or, by the name of the second, at rest."""

    def start():
        built = second.startswith("[")
        other = cluster(second) if built else relaxed(second)
        first = cluster(FIRST) if built else recorded("ag29-bdt")
        if loss == "trans" and built:
            other = turn_over(other, find_staples(other)["other"].unique())
        return join_clusters(first, other, loss=loss, **settings)[0]

    return method, start


def turned(name):
    """Return what makes a parent with the middle ligand of each staple turned over: trans in place of cis."""

    def start():
        atoms = relaxed(name)
        made = turn_over(atoms, find_staples(atoms)["other"].unique())
        made.info = {key: atoms.info[key] for key in ("frame", "charge", "formula")}
        return made

    return GFN1, start


def lost(name):
    """Return what makes the metal atom of a staple with its two thiolates, cut from a parent at rest."""

    def start():
        atoms = relaxed(name)
        first = losses(atoms, "cis").iloc[0]
        fragment = atoms[
            np.isin(atoms.arrays["ligand"], first[["ligand", "other"]])
            | (np.arange(len(atoms)) == first["metal"])
        ]
        fragment.info = {"formula": "[Ag(DMBT)2]-", "charge": -1}
        return fragment

    return GFN1, start


def doped(name, metal, *, method=GFN1):
    """Return what makes a model from a relaxed one by another metal at its last centre."""

    def start():
        atoms = relaxed(name).copy()
        part = atoms.arrays.get("part", np.ones(len(atoms)))
        atoms.symbols[(part == 1) & (atoms.arrays["shell"] == "centre")] = metal
        number = int((atoms.numbers == 47).sum())
        metals = f"Ag{number}" if metal == "Ag" else f"{metal}Ag{number}"
        formula = re.sub(r"^\[[A-Z][a-z]?(Ag)?\d+", f"[{metals}", atoms.info["formula"])
        kept = ("charge", "loss", "bonded", "frame", "point_group")
        atoms.info = {key: atoms.info[key] for key in kept if key in atoms.info} | {"formula": formula}
        return atoms

    return method, start


MODELS = {
    # As in the paper: bonds across the interface, full ligands.
    "ag53-pair": joined("[Ag25(DMBT)18]-", "pair", bonded=True, number=3),
    "auag52-pair": doped("ag53-pair", "Au"),
    # Silver once more, from the end of gold: how far the way that was taken changes an energy.
    "ag53-pair-again": doped("auag52-pair", "Ag"),
    "pdag53-pair": joined("[PdAg24(DMBT)18]2-", "pair", bonded=True, keep_metal=True, number=3),
    "pdag53-pair-ipea1": doped("pdag53-pair", "Pd", method=IPEA1),
    "ptag53-pair-ipea1": doped("pdag53-pair-ipea1", "Pt", method=IPEA1),
    # The parents, and what is lost.
    "ag25-dmbt": parent("[Ag25(DMBT)18]-"),
    "ag25-dmbt-trans": turned("ag25-dmbt"),
    "ag-dmbt2": lost("ag25-dmbt"),
    "auag24-dmbt": doped("ag25-dmbt", "Au"),
    "pdag24-dmbt": parent("[PdAg24(DMBT)18]2-"),
    "pdag24-dmbt-ipea1": parent("[PdAg24(DMBT)18]2-", IPEA1),
    "ptag24-dmbt-ipea1": doped("pdag24-dmbt-ipea1", "Pt", method=IPEA1),
    # Small models: how the thiolates were lost, and contact beside bonds.
    "ag53-cis-contact-sh": joined("[Ag25(SH)18]-", "cis", orientations=200),
    "ag53-trans-contact-sh": joined("[Ag25(SH)18]-", "trans", orientations=200),
    "ag53-cis-bonded-sh": joined("[Ag25(SH)18]-", "cis", bonded=True),
    "ag53-trans-bonded-sh": joined("[Ag25(SH)18]-", "trans", bonded=True),
    # By contact, with full ligands: the parents are at rest before they meet.
    "ag53-pair-contact": joined("ag25-dmbt", "pair", orientations=200),
    "ag53-cis-contact": joined("ag25-dmbt", "cis", orientations=200),
    "ag53-trans-contact": joined("ag25-dmbt-trans", "trans", orientations=200),
}


def threshold(name):
    """Return the largest force that may be left."""
    large = any(each in name for each in ("52", "53", "ipea1"))
    return FMAX_LARGE if large and not name.endswith("-sh") else FMAX


def relaxed(name):
    """Return a relaxed model, after what it starts from."""
    path = HERE / f"{name}.xyz"
    if path.exists():
        return read(path, format="extxyz")
    method, start = MODELS[name]
    atoms = start()
    calculator, fmax = tight_binding(atoms, method=method), threshold(name)
    result = relax_cluster(atoms, WORK / f"{name}.xyz", calculator=calculator, fmax=fmax)
    if not result.info["converged"]:
        raise RuntimeError(f"{name} has a force of {result.info['fmax']:.3f} eV/A; run this again")
    partial = path.with_suffix(".partial")
    write(partial, result, format="extxyz")
    partial.replace(path)
    return result


def free_atom(metal, method):
    """Return the energy of a free atom with the fewest unpaired electrons, in eV."""
    atom = Atoms(metal)
    atom.calc = tight_binding(atom, method=method)
    return atom.get_potential_energy()


def main():
    """Relax what is asked for and not relaxed yet, and describe all that is there."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"default: all of {', '.join(MODELS)}")
    parser.add_argument(
        "--verify",
        action="store_true",
        help="compute energies and forces anew, and compare",
    )
    arguments = parser.parse_args()
    names = arguments.names or list(MODELS)
    if unknown := set(names) - set(MODELS):
        parser.error(f"{', '.join(sorted(unknown))}: not one of {', '.join(MODELS)}")
    if arguments.verify:
        for name in tqdm([each for each in names if (HERE / f"{each}.xyz").exists()], desc="models"):
            verify(name)
        return
    for folder in (WORK, HERE):
        folder.mkdir(parents=True, exist_ok=True)
    for name in tqdm(names, desc="models"):
        relaxed(name)
        record()


def verify(name):
    """Compare energy and forces that are recorded with those computed anew."""
    recorded = relaxed(name)
    atoms = recorded.copy()
    atoms.calc = tight_binding(atoms, method=MODELS[name][0])
    energy = atoms.get_potential_energy() - recorded.get_potential_energy()
    force = np.abs(atoms.get_forces() - recorded.get_forces()).max()
    largest = np.linalg.norm(atoms.get_forces(), axis=1).max()
    tqdm.write(f"{name}: energy {energy:+.1e} eV, forces {force:.1e} eV/A, largest force {largest:.4f} eV/A")
    if abs(energy) > 1e-3 or force > 5e-3 or largest > threshold(name) + 5e-3:
        raise RuntimeError(f"{name} is not what is recorded")


def record():
    """Write the provenance of the models that are recorded."""
    there = [name for name in MODELS if (HERE / f"{name}.xyz").exists()]
    describe(
        HERE / "provenance.json",
        [f"{name}.xyz" for name in there],
        command="python data/structures/dimers.py",
        packages=PACKAGES,
        engine="tblite",
        methods={name: MODELS[name][0] for name in there},
        seed="none: the shapes of the ligands come from RDKit with the seed in conformers.py",
        free_atoms={method: {metal: free_atom(metal, method) for metal in ATOMS} for method in (GFN1, IPEA1)},
        fmax={name: threshold(name) for name in there},
    )


if __name__ == "__main__":
    main()
