"""Relax clusters by tight binding and record them.

Run ``python data/structures/relax.py`` from the top of the repository: a quarter of an hour on one core if
the system has OpenBLAS, an hour or two without. What is under way stands in ``_build/structures``, from where
it goes on after an interruption. For each cluster ``NAME.xyz`` is written here, extended XYZ with energy and
forces, and for all of them ``provenance.json``.
"""

from pathlib import Path

from ase.io import write
from tqdm import tqdm

from supracrystal.clusters import cluster, relax_cluster
from supracrystal.records import describe

HERE = Path(__file__).parent
WORK = Path("_build", "structures")
FMAX = 0.05
"""The largest force that is left, in eV/A: that of Acharya et al. (2025), `acharya2025`."""
CLUSTERS = {
    "ag25-sh": "[Ag25(SH)18]-",
    "auag24-sh": "[AuAg24(SH)18]-",
    "pdag24-sh": "[PdAg24(SH)18]2-",
    "ag25-sch3": "[Ag25(SCH3)18]-",
    "au25-sch3": "[Au25(SCH3)18]-",
    "ag29-bdt": "[Ag29(BDT)12]3-",
    "ag44-sh": "[Ag44(SH)30]4-",
    "au44-sh": "[Au44(SH)26]2-",
}
PACKAGES = ("tblite", "ase", "rdkit", "numpy", "scipy")


def main():
    """Relax what is not relaxed yet, and record all."""
    WORK.mkdir(parents=True, exist_ok=True)
    for name, formula in tqdm(CLUSTERS.items(), desc="clusters"):
        relaxed = relax_cluster(cluster(formula), WORK / f"{name}.xyz", fmax=FMAX)
        if not relaxed.info["converged"]:
            raise RuntimeError(f"{formula} has a force of {relaxed.info['fmax']:.3f} eV/A; run this again")
        write(HERE / f"{name}.xyz", relaxed, format="extxyz")
    describe(
        HERE / "provenance.json",
        [f"{name}.xyz" for name in CLUSTERS],
        command="python data/structures/relax.py",
        packages=PACKAGES,
        engine="tblite",
        seed="none: the shapes of the ligands come from RDKit with the seed in conformers.py",
        fmax=FMAX,
    )


if __name__ == "__main__":
    main()
