"""Relax small models with several methods, and record what they find.

Run ``python data/structures/methods.py`` from the top of the repository. Tight binding takes some minutes;
density functional theory needs GPAW and dftd3, and an hour on one core. What is under way stands in
``_build/structures/methods``, from where it goes on after an interruption. ``methods.csv`` and
``methods.json`` are written here; with ``--finished``, density functional theory is left where it is.

Tight binding begins at a guess, density functional theory where GFN1-xTB ends, in atomic orbitals and then in
plane waves.
"""

import sys
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from ase import Atoms
from ase.calculators.calculator import CalculationFailed
from ase.cluster import Icosahedron
from ase.io import read
from tqdm import tqdm

from supracrystal.clusters import cluster, density_functional, relax_cluster, tight_binding
from supracrystal.records import describe

HERE = Path(__file__).parent
WORK = Path("_build", "structures", "methods")
FMAX = 0.03, 0.05
"""The largest force that is left, in eV/A: of small models by tight binding, and of all else."""
VACUUM = 4.0
"""Between a model and the walls of its box, in A."""
TIGHT_BINDING = ("GFN1-xTB", "IPEA1-xTB", "GFN2-xTB")
DENSITY_FUNCTIONAL = {"PBE+D3, LCAO": "lcao", "PBE+D3, 470 eV": "pw"}
PACKAGES = ("tblite", "ase", "gpaw", "gpaw-data", "dftd3", "numpy", "scipy")


def dimer(symbols):
    """Put two metal atoms side by side."""
    return Atoms(symbols, [(0, 0, 0), (0, 0, 2.5)])


def straight(metal):
    """Build [M(SH)2]-, not quite straight, its hydrogen atoms across."""
    positions = [(0, 0, 0), (2.3, 0.1, 0), (2.5, 1.2, 0.7), (-2.3, 0.1, 0), (-2.5, -0.5, 1.2)]
    return Atoms(f"{metal}SHSH", positions, info={"charge": -1})


def staple(metal):
    """Build [M2(SH)3]-: a bridge and two ends, as in a staple that has left its cluster."""
    positions = [
        (0, 0, 0), (1.9, 1.4, 0.1), (-1.9, 1.4, -0.1), (3.8, 2.9, 0.2), (-3.8, 2.9, -0.2),
        (0, -0.5, 1.2), (4.2, 2.5, 1.4), (-4.2, 2.5, 1.1),
    ]  # fmt: skip
    return Atoms(f"S{metal}2S2H3", positions, info={"charge": -1})


def core(metal, charge, place=0):
    """Build an icosahedron of twelve silver atoms and one of another metal, with eight electrons."""
    atoms = Atoms(Icosahedron("Ag", 2))
    atoms.symbols[place] = metal
    atoms.info["charge"] = charge
    return atoms


MODELS = {
    "Ag2": lambda: dimer("Ag2"),
    "Au2": lambda: dimer("Au2"),
    "AgAu": lambda: dimer("AgAu"),
    "[Ag(SH)2]-": lambda: straight("Ag"),
    "[Au(SH)2]-": lambda: straight("Au"),
    "[Ag2(SH)3]-": lambda: staple("Ag"),
    "[Au2(SH)3]-": lambda: staple("Au"),
    "[Ag@Ag12]5+": lambda: core("Ag", 5),
    "[Au@Ag12]5+": lambda: core("Au", 5),
    "[Pd@Ag12]4+": lambda: core("Pd", 4),
    "[Pt@Ag12]4+": lambda: core("Pt", 4),
    "[Ag@AuAg11]5+": lambda: core("Au", 5, place=1),
    "[Ag@PdAg11]4+": lambda: core("Pd", 4, place=1),
    "[Ag@PtAg11]4+": lambda: core("Pt", 4, place=1),
    **{
        formula: partial(cluster, formula)
        for formula in ("[Ag25(SH)18]-", "[AuAg24(SH)18]-", "[PdAg24(SH)18]2-", "[PtAg24(SH)18]2-")
    },
}


def measures(atoms):
    """Return the distances in A and angles in degrees of a relaxed model."""
    if "shell" in atoms.arrays:
        shell = atoms.arrays["shell"]
        distances = np.linalg.norm(atoms.positions - atoms.positions[shell == "centre"], axis=1)
        return {
            "radius": distances[shell == "core"].mean(),
            "radius, staples": distances[shell == "staple"].mean(),
        }
    if len(atoms) == 2:
        return {"metal-metal": atoms.get_distance(0, 1)}
    if len(atoms) == 13:
        distances = np.linalg.norm(atoms.positions[1:] - atoms.positions[0], axis=1)
        return {
            "radius": distances.mean(),
            "radius, smallest": distances.min(),
            "radius, largest": distances.max(),
        }
    if len(atoms) == 5:
        return {
            "metal-S": atoms.get_distances(0, [1, 3]).mean(),
            "S-metal-S": atoms.get_angle(1, 0, 3),
            "metal-S-H": (atoms.get_angle(0, 1, 2) + atoms.get_angle(0, 3, 4)) / 2,
        }
    return {
        "metal-S, bridge": atoms.get_distances(0, [1, 2]).mean(),
        "metal-S, end": (atoms.get_distance(1, 3) + atoms.get_distance(2, 4)) / 2,
        "metal-S-metal": atoms.get_angle(1, 0, 2),
        "metal-metal": atoms.get_distance(1, 2),
    }


def calculator(atoms, method):
    """Return the calculator of a method."""
    if method in TIGHT_BINDING:
        return tight_binding(atoms, method=method)
    return density_functional(atoms, mode=DENSITY_FUNCTIONAL[method], vacuum=VACUUM)


def relaxed(name, method, start):
    """Return a relaxed model, and its start with the forces there."""
    path, first = (WORK / f"{_stem(name, method)}{end}.xyz" for end in ("", ", start"))
    if not path.exists() or not read(path).info["converged"]:
        small = method in TIGHT_BINDING and len(start) < 20
        settings = {"calculator": calculator(start, method), "fmax": FMAX[0 if small else 1]}
        if not first.exists():
            relax_cluster(start, first, steps=0, progress=False, **settings)
        if not relax_cluster(start, path, steps=200, **settings).info["converged"]:
            raise CalculationFailed(
                f"{name}, {method}: a force of {read(path).info['fmax']:.2f} eV/A is left"
            )
    return read(path), read(first)


def _stem(name, method):
    """Return the name of a file without @, which ASE takes for the beginning of the number of a frame."""
    return f"{name.replace('@', ' in ')}, {method}"


def rows(name, method, start, finished=False):
    """Return what a method finds, as rows of the table, and the relaxed model; nothing where it fails."""
    path = WORK / f"{_stem(name, method)}.xyz"
    if finished and not (path.exists() and read(path).info["converged"]):
        return [], None
    failure = path.with_suffix(".failed")
    if not failure.exists():
        try:
            atoms, first = relaxed(name, method, start)
        except CalculationFailed as error:
            failure.write_text(f"{error}\n", encoding="utf-8")
    if failure.exists():
        tqdm.write(failure.read_text(encoding="utf-8").strip())
        return [(name, method, "failed", np.nan)], None
    found = {"energy": atoms.get_potential_energy(), **measures(atoms)}
    if method in DENSITY_FUNCTIONAL:
        found |= {"energy, start": first.get_potential_energy(), "force, start": first.info["fmax"]}
    return [(name, method, quantity, value) for quantity, value in found.items()], atoms


def main(finished=False):
    """Relax what is not relaxed yet, and record all."""
    WORK.mkdir(parents=True, exist_ok=True)
    found = []
    for name, build in tqdm(MODELS.items(), desc="models"):
        start = build()
        small = {2: 2, 5: 2, 8: 1, 13: 1}.get(len(start), 0)
        for method in (*TIGHT_BINDING, *list(DENSITY_FUNCTIONAL)[:small]):
            more, atoms = rows(name, method, start, finished and method in DENSITY_FUNCTIONAL)
            found += more
            if atoms is not None and (method == "GFN1-xTB" or method in DENSITY_FUNCTIONAL):
                start = atoms
    table = pd.DataFrame(found, columns=["model", "method", "quantity", "value"])
    table.round(4).to_csv(HERE / "methods.csv", index=False, lineterminator="\n")
    describe(
        HERE / "methods.json",
        ["methods.csv"],
        command="python data/structures/methods.py",
        packages=PACKAGES,
        seed="none",
        fmax=FMAX,
        vacuum=VACUUM,
        units={"energy": "eV", "distance": "A", "angle": "degree", "force": "eV/A"},
    )


if __name__ == "__main__":
    main(finished="--finished" in sys.argv)
