r"""Relaxation of clusters by tight binding, or by any calculator of ASE.

:func:`relax` moves all atoms down the forces (BFGS) until the largest is below a threshold, and writes each
step to a file from which it goes on after an interruption. The default engine, :func:`tight_binding`, is
GFN1-xTB (Grimme et al. 2017, `grimme2017`) in the program tblite; another calculator, such as that of GPAW,
can take its place.

The charge is that of ``atoms.info``, and the spin the lowest that it allows. A self-consistent cycle that
fails is tried again with stronger damping and with hotter electrons (``LADDER``); the relaxation stays on the
rung that succeeds, and ``info["electronic_temperature"]`` says which. A cycle may also converge to nonsense:
with platinum in an icosahedron of silver GFN1-xTB puts 22 electrons on it. Charges beyond ``MOST`` are a
failure.

What is known of the method here: metal-metal distances are about 4 % too long for gold, and GFN2-xTB
converges badly for large clusters. Platinum in silver needs ``method="IPEA1-xTB"`` (`asgeirsson2017`), a
sister of GFN1-xTB made for energies of ionisation, whose geometries must be checked. The wheels of tblite
have a slow linear algebra; where the system has OpenBLAS it is loaded first, which makes a cluster of 170
atoms ten times faster.

Left out: constraints, cells, and the search for a lower minimum.
"""

import ctypes
import ctypes.util
import functools
from io import StringIO
from pathlib import Path

import numpy as np
from ase.calculators.calculator import CalculationFailed, all_changes
from ase.calculators.singlepoint import SinglePointCalculator
from ase.io import read, write
from ase.optimize import BFGS
from tqdm import tqdm

from supracrystal.records import write_whole

LADDER = (
    {"mixer_damping": 0.15, "electronic_temperature": 300.0},
    {"mixer_damping": 0.05, "electronic_temperature": 300.0},
    {"mixer_damping": 0.05, "electronic_temperature": 1000.0},
    {"mixer_damping": 0.05, "electronic_temperature": 3000.0},
)
"""Settings of the self-consistent cycle, tried one after the other; the temperature in kelvin."""
MOST = 4.0
"""The largest Mulliken charge of an atom that is believed, in elementary charges."""


def unpaired_electrons(atoms):
    """Return the fewest unpaired electrons that the charge of a cluster allows: 0 or 1.

    Parameters
    ----------
    atoms : ase.Atoms
        With ``info["charge"]``, or neutral.

    Returns
    -------
    int

    Examples
    --------
    >>> from ase import Atoms
    >>> unpaired_electrons(Atoms("AuSHSH", info={"charge": -1})), unpaired_electrons(Atoms("Ag"))
    (0, 1)
    """
    return int(atoms.numbers.sum() - atoms.info.get("charge", 0)) % 2


def tight_binding(atoms, *, method="GFN1-xTB", unpaired=None, max_iterations=300):
    """Return a calculator for a cluster, which climbs ``LADDER`` where its electrons do not converge.

    Parameters
    ----------
    atoms : ase.Atoms
        With ``info["charge"]``, or neutral.
    method : {"GFN1-xTB", "GFN2-xTB", "IPEA1-xTB"}
    unpaired : int, optional
        Unpaired electrons. Default: 0 or 1, whichever the charge allows.
    max_iterations : int
        Of one self-consistent cycle.

    Returns
    -------
    tblite.ase.TBLite

    Raises
    ------
    ValueError
        For a number of unpaired electrons that the charge does not allow.
    CalculationFailed
        From the calculator, if no rung of the ladder converges.

    Notes
    -----
    Source: Grimme et al. (2017) (`grimme2017`).

    Examples
    --------
    >>> from ase import Atoms
    >>> water = Atoms("OH2", [(0, 0, 0.119), (0, 0.763, -0.477), (0, -0.763, -0.477)])
    >>> water.calc = tight_binding(water)
    >>> print(f"{water.get_potential_energy():.1f} eV")
    -157.0 eV
    """
    least = unpaired_electrons(atoms)
    unpaired = least if unpaired is None else unpaired
    if unpaired < 0 or unpaired % 2 != least:
        raise ValueError(
            f"{unpaired} unpaired electrons are given for {atoms.get_chemical_formula()} of charge "
            f"{atoms.info.get('charge', 0)}; allowed are {least}, {least + 2}, ..."
        )
    settings = {"charge": atoms.info.get("charge", 0), "multiplicity": unpaired + 1, "verbosity": 0}
    return _careful()(method=method, **settings, **{"max_iterations": max_iterations, **LADDER[0]})


@functools.cache
def _careful():
    """Return the class of the calculator. tblite is imported here, after the linear algebra it is to use."""
    if library := ctypes.util.find_library("openblas"):
        ctypes.CDLL(library, mode=ctypes.RTLD_GLOBAL)
    from tblite.ase import TBLite

    class Careful(TBLite):
        rung = 0

        def calculate(self, atoms=None, properties=("energy",), system_changes=all_changes):
            for rung in range(self.rung, len(LADDER)):
                self.rung = rung
                self.set(**LADDER[rung])
                try:
                    super().calculate(atoms, properties, system_changes)
                except CalculationFailed as error:
                    failure = str(error)
                else:
                    largest = np.abs(self.results["charges"]).max()
                    if largest <= MOST:
                        return
                    failure = f"an atom has the charge {largest:.1f}"
                # Nothing of the failed cycle may be the start of the next.
                self._xtb = self._res = None
                self.results = {}
            raise CalculationFailed(
                f"{atoms.get_chemical_formula()}, charge {self.parameters.charge}, {self.parameters.method}: "
                f"electrons do not converge up to {LADDER[-1]['electronic_temperature']:.0f} K: {failure}"
            )

    return Careful


def relax(atoms, path=None, *, calculator=None, fmax=0.05, steps=500, progress=True):
    """Relax a cluster until no force is above a threshold.

    Parameters
    ----------
    atoms : ase.Atoms
        With ``info["charge"]``, or neutral. It is not changed.
    path : str or Path, optional
        Extended XYZ file of the last step, written whole after each. If it is there, the relaxation goes on
        from it; the curvature that BFGS has learnt begins anew.
    calculator : ase.calculators.calculator.Calculator, optional
        Default: :func:`tight_binding` of the atoms.
    fmax : float
        Threshold for the largest force on an atom, in eV/A.
    steps : int
        The most steps in this call.
    progress : bool

    Returns
    -------
    ase.Atoms
        With energy and forces of the last step; ``info`` has ``converged``, the ``fmax`` reached, and the
        ``steps`` made in all calls.

    Raises
    ------
    ValueError
        If the file is of another cluster.

    Notes
    -----
    With GPAW, ``calculator=density_functional(atoms)`` of :mod:`~supracrystal.clusters.density_functional`.

    Examples
    --------
    >>> from ase import Atoms
    >>> water = Atoms("OH2", [(0, 0, 0.1), (0, 0.8, -0.5), (0, -0.8, -0.5)])
    >>> water = relax(water, progress=False)
    >>> water.info["converged"], round(float(water.get_distance(0, 1)), 2)
    (True, 0.96)
    """
    moving, done = atoms.copy(), 0
    if path is not None and Path(path).exists():
        moving = _resumed(atoms, path)
        done = moving.info["steps"]
    moving.calc = tight_binding(moving) if calculator is None else calculator
    optimizer = BFGS(moving, logfile=None, maxstep=0.1)
    # The bar has no end: how many steps it takes is not known.
    with tqdm(desc=moving.get_chemical_formula(), unit=" steps", disable=not progress) as bar:
        for _ in optimizer.irun(fmax=fmax, steps=steps):
            kept = _kept(moving, fmax, done + optimizer.nsteps)
            if path is not None:
                _replace(path, kept)
            bar.set_postfix_str(f"{kept.get_potential_energy():.3f} eV, {kept.info['fmax']:.3f} eV/A")
            bar.update(optimizer.nsteps - bar.n)
    return kept


def _kept(atoms, fmax, steps):
    """Return a copy with energy and forces, and what was reached."""
    kept, forces = atoms.copy(), atoms.get_forces()
    largest = float(np.linalg.norm(forces, axis=1).max())
    kept.info |= {"converged": largest < fmax, "fmax": largest, "steps": steps}
    kept.calc = SinglePointCalculator(kept, energy=atoms.get_potential_energy(), forces=forces)
    parameters = getattr(atoms.calc, "parameters", {})
    for name in ("method", "electronic_temperature"):
        if name in parameters:
            kept.info[name] = parameters[name]
    return kept


def _replace(path, atoms):
    """Write a file whole."""
    text = StringIO()
    write(text, atoms, format="extxyz")
    write_whole(text.getvalue().encode(), path)


def _resumed(atoms, path):
    """Return the atoms of a file, if they are those that are meant."""
    # Opened here, because ASE takes what follows "@" in a name for the number of a frame.
    with Path(path).open(encoding="utf-8") as file:
        found = read(file, format="extxyz")
    charges = [each.info.get("charge", 0) for each in (found, atoms)]
    if found.get_chemical_symbols() != atoms.get_chemical_symbols() or charges[0] != charges[1]:
        raise ValueError(
            f"{path} holds {found.get_chemical_formula()} of charge {charges[0]}, and "
            f"{atoms.get_chemical_formula()} of charge {charges[1]} is to be relaxed; give another path"
        )
    found.calc = None
    return found
