"""Move clusters at 300 K by tight binding, and record what stays of them.

Run ``python data/structures/dynamics.py`` from the top of the repository, after ``relax.py``: some ten
minutes on one idle core if the system has OpenBLAS. What is under way stands in ``_build/dynamics``, from
where it goes on after an interruption, or with more steps. For each run ``dynamics/NAME.csv`` has the
measures of :func:`supracrystal.clusters.dynamics.stability` of each frame, by time in femtoseconds, and
``dynamics/NAME.xyz`` every frame of so many, laid upon the start, with energies and momenta;
``dynamics/provenance.json`` says how they were made.

The runs without friction begin in the minimum with momenta of twice the temperature, of which half goes into
the potential energy. They show how well the energy is kept, by two lengths of steps. QUENCHED runs are
relaxed from their last frame, to see whether the cluster is still in the basin that it began in.
"""

from pathlib import Path

import numpy as np
from ase.calculators.singlepoint import SinglePointCalculator
from ase.io import read, write
from scipy.spatial.transform import Rotation

from supracrystal.clusters import relax_cluster, run, stability
from supracrystal.records import describe

HERE = Path(__file__).parent
WORK = Path("_build", "dynamics")
FREE = {"friction": 0.0, "temperature": 600.0}
RUNS = {
    "ag25-sh": ("ag25-sh", {"steps": 400}),
    "pdag24-sh": ("pdag24-sh", {"steps": 200}),
    "ag25-sh-free-2fs": ("ag25-sh", {"steps": 50, **FREE}),
    "ag25-sh-free-1fs": ("ag25-sh", {"steps": 100, "step": 1.0, **FREE}),
}
"""The structure at the start, and the settings of the run."""
SETTINGS = {"step": 2.0, "temperature": 300.0, "friction": 5.0, "hydrogen": 4.0, "every": 10, "seed": 1}
SHOWN = 10
"""So many frames of the trajectory from one that is recorded whole to the next."""
QUENCHED = ("ag25-sh",)
FMAX = 0.05
"""The largest force that is left in these, in eV/A."""
PACKAGES = ("tblite", "ase", "numpy", "scipy")


def turned(frame, reference):
    """Return a frame, with its energy and momenta, laid upon the reference."""
    shown = frame.copy()
    middle = frame.positions.mean(axis=0)
    target = reference.positions.mean(axis=0)
    rotation, _ = Rotation.align_vectors(reference.positions - target, frame.positions - middle)
    shown.positions = rotation.apply(frame.positions - middle) + target
    shown.set_momenta(rotation.apply(frame.get_momenta()))
    for name in ("shell", "ligand"):
        shown.set_array(name, reference.arrays[name])
    shown.calc = SinglePointCalculator(shown, energy=frame.get_potential_energy())
    return shown


def moved(reference, frame):
    """Return a structure with the positions of a frame."""
    atoms = reference.copy()
    atoms.positions = frame.positions
    atoms.info = {name: reference.info[name] for name in ("frame", "charge", "formula")}
    return atoms


def main():
    """Run what has not run yet, and record all."""
    WORK.mkdir(parents=True, exist_ok=True)
    (HERE / "dynamics").mkdir(exist_ok=True)
    recorded = []
    for name, (start, own) in RUNS.items():
        settings = SETTINGS | own
        reference = read(HERE / f"{start}.xyz", format="extxyz")
        frames = run(reference, WORK / f"{name}.traj", **settings)
        table = stability(frames, reference)
        table.insert(0, "time", settings["step"] * settings["every"] * np.arange(len(table)))
        files = HERE / "dynamics" / f"{name}.csv", HERE / "dynamics" / f"{name}.xyz"
        table.to_csv(files[0], index=False, float_format="%.6f", lineterminator="\n")
        write(files[1], [turned(each, reference) for each in frames[::SHOWN]], format="extxyz")
        if name in QUENCHED:
            files += (HERE / "dynamics" / f"{name}-quenched.xyz",)
            still = relax_cluster(moved(reference, frames[-1]), WORK / files[2].name, fmax=FMAX)
            if not still.info["converged"]:
                raise RuntimeError(f"{name} has a force of {still.info['fmax']:.3f} eV/A; run this again")
            write(files[2], still, format="extxyz")
        recorded += [each.name for each in files]
    describe(
        HERE / "dynamics" / "provenance.json",
        recorded,
        command="python data/structures/dynamics.py",
        packages=PACKAGES,
        engine="tblite, GFN1-xTB",
        runs={name: {"start": start} | SETTINGS | own for name, (start, own) in RUNS.items()},
        shown=SHOWN,
        quenched={"runs": QUENCHED, "fmax": FMAX},
    )


if __name__ == "__main__":
    main()
