r"""Relaxation of clusters by tight binding or density functional theory, and the relaxed ones on record.

:func:`relax_cluster` moves all atoms down the forces (BFGS) until the largest is below a threshold. It writes
each step to a file, from which it goes on after an interruption. The default engine, :func:`tight_binding`,
is GFN1-xTB (Grimme et al. 2017, `grimme2017`) in the program tblite; another calculator can take its place.

The charge is that of ``atoms.info``, and the spin the lowest that it allows. A self-consistent cycle that
fails is tried again with stronger damping and with hotter electrons (``LADDER``); the relaxation stays on the
rung that succeeds, and ``info["electronic_temperature"]`` says which. A cycle may also converge to a wrong
state: with platinum in an icosahedron of silver GFN1-xTB puts 22 electrons on it. Charges beyond ``MOST`` are
a failure.

Limits of the method: metal-metal distances are about 4 % too long for gold, and GFN2-xTB
converges badly for large clusters. Platinum in silver needs ``method="IPEA1-xTB"`` (`asgeirsson2017`), a
sister of GFN1-xTB made for energies of ionisation, whose geometries must be checked. The wheels of tblite
have a slow linear algebra; where the system has OpenBLAS it is loaded first, which makes a cluster of 170
atoms ten times faster.

:func:`density_functional` returns a calculator of GPAW. By default it is what Acharya et al. (2025) used, as
far as they say it: the functional of Perdew, Burke and Ernzerhof in the projector augmented-wave method,
plane waves up to 470 eV, electrons converged to 0.01 eV, and a correction for dispersion. They name no
correction; here it is D3 with the damping of Becke and Johnson, without the three-body term. ``mode="lcao"``
expands the orbitals in atomic ones (double zeta, polarised). That is quicker and less exact: the dimer of
gold is 0.08 A longer than measured. A cluster stands in a box that is periodic in no direction, and the
potential of its charge is that of an isolated one. GPAW is optional: ``conda install -c conda-forge gpaw``
brings it compiled. The correction is in the package ``dftd3`` of PyPI.

Recorded structures are in ``data/structures``, with the scripts that made them.

Left out: constraints, cells, solvent, spin-orbit coupling, the search for a lower minimum and for the spin of
lowest energy.
"""

import ctypes
import ctypes.util
import functools
import json
from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd
from ase import Atoms
from ase.calculators.calculator import CalculationFailed, Calculator, all_changes
from ase.calculators.mixing import SumCalculator
from ase.calculators.singlepoint import SinglePointCalculator
from ase.io import read, write
from ase.optimize import BFGS
from tqdm import tqdm

from supracrystal import InputError
from supracrystal.records import recorded_path, write_whole

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
        raise InputError(
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


def relax_cluster(atoms, path=None, *, calculator=None, fmax=0.05, steps=500, progress=True):
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
    With GPAW, ``calculator=density_functional(atoms)`` of :func:`density_functional`.

    Examples
    --------
    >>> from ase import Atoms
    >>> water = Atoms("OH2", [(0, 0, 0.1), (0, 0.8, -0.5), (0, -0.8, -0.5)])
    >>> water = relax_cluster(water, progress=False)
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
        raise InputError(
            f"{path} holds {found.get_chemical_formula()} of charge {charges[0]}, and "
            f"{atoms.get_chemical_formula()} of charge {charges[1]} is to be relaxed; give another path"
        )
    found.calc = None
    return found


ENERGY = 1e-2
"""Change of the energy at which the electrons have converged, in eV."""


def density_functional(
    atoms, *, mode="pw", xc="PBE", cutoff=470.0, vacuum=6.0, dispersion="D3", unpaired=None, **settings
):
    """Return a calculator for a cluster by density functional theory.

    Parameters
    ----------
    atoms : ase.Atoms
        With ``info["charge"]``, or neutral. A cell is not needed.
    mode : {"pw", "lcao"}
        Plane waves, or atomic orbitals.
    xc : str
        Functional, as GPAW calls it.
    cutoff : float
        Of the plane waves, in eV.
    vacuum : float
        Between the outermost nuclei and the walls of the box, in A.
    dispersion : {"D3", None}
        Correction that is added to the functional.
    unpaired : int, optional
        Unpaired electrons. Default: 0 or 1, whichever the charge allows.
    **settings
        Further parameters of GPAW, such as ``txt="log.txt"``, ``basis`` or ``h``.

    Returns
    -------
    ase.calculators.calculator.Calculator

    Raises
    ------
    ModuleNotFoundError
        If GPAW or dftd3 is not installed.
    FileNotFoundError
        If GPAW has no data of an element.
    ValueError
        For another mode or correction, and for unpaired electrons that the charge does not allow.

    Notes
    -----
    Source: Mortensen et al. (2024) (`mortensen2024`) for GPAW; Perdew, Burke and Ernzerhof (1996)
    (`perdew1996`); Grimme et al. (2010, 2011) (`grimme2010`, `grimme2011`); Acharya et al. (2025)
    (`acharya2025`) for the settings.

    Examples
    --------
    >>> from ase import Atoms
    >>> from supracrystal.clusters import relax_cluster
    >>> ion = Atoms("AgSHSH", info={"charge": -1})
    >>> relax_cluster(ion, calculator=density_functional(ion, mode="lcao"))  # doctest: +SKIP
    """
    if mode not in ("pw", "lcao"):
        raise InputError(f"mode {mode!r} is given; allowed are 'pw' and 'lcao'")
    if dispersion not in ("D3", None):
        raise InputError(f"dispersion {dispersion!r} is given; allowed are 'D3' and None")
    charge, least = atoms.info.get("charge", 0), unpaired_electrons(atoms)
    unpaired = least if unpaired is None else unpaired
    if unpaired < 0 or unpaired % 2 != least:
        raise InputError(
            f"{unpaired} unpaired electrons are given for {atoms.get_chemical_formula()} of charge {charge}; "
            f"allowed are {least}, {least + 2}, ..."
        )
    try:
        from gpaw import GPAW
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "density_functional needs GPAW, which is not installed; conda-forge has it compiled, "
            "and PyPI has it to compile"
        ) from error
    _check_data(atoms, xc)
    basis = {"mode": {"name": "pw", "ecut": cutoff}} if mode == "pw" else {"mode": "lcao", "basis": "dzp"}
    engine = GPAW(
        **basis
        | {
            "xc": xc,
            "charge": charge,
            "spinpol": unpaired > 0,
            # What the spin is, is kept; a width of 0.05 eV leaves the gap of a cluster alone.
            "occupations": {"name": "fermi-dirac", "width": 0.05, "fixmagmom": unpaired > 0},
            "convergence": {"energy": {"name": "energy", "tol": ENERGY, "relative": False}},
            "symmetry": "off",
            "txt": None,
        }
        | settings
    )
    name = f"{xc}{'+D3' if dispersion else ''}, " + (f"{cutoff:g} eV" if mode == "pw" else "LCAO")
    if dispersion:
        engine = SumCalculator([_correction(xc), engine])
    return Boxed(engine, name, vacuum, unpaired)


def _check_data(atoms, xc):
    """Find the data of all elements before anything is computed."""
    from gpaw import setup_paths
    from gpaw.setup_data import search_for_file
    from gpaw.xc import XC

    for symbol in sorted(set(atoms.get_chemical_symbols())):
        name = f"{symbol}.{XC(xc).get_setup_name()}"
        try:
            search_for_file(name)
        except (FileNotFoundError, RuntimeError) as error:
            raise FileNotFoundError(
                f"GPAW has no data {name} in {', '.join(map(str, setup_paths)) or 'any folder'}; install "
                "gpaw-data, or name its folder in the variable GPAW_SETUP_PATH"
            ) from error


def _correction(xc):
    """Return the correction for dispersion, without its three-body term."""
    try:
        from dftd3.ase import DFTD3
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "the correction for dispersion needs dftd3, which is not installed; PyPI has it. "
            "dispersion=None does without"
        ) from error
    return DFTD3(method=xc, damping="d3bj")


class Boxed(Calculator):
    """A calculator that puts the atoms into a box before its engine sees them.

    The box stays where it is, so that steps of a relaxation are comparable and begin from the last orbitals.
    It is made anew only if an atom has come nearer to a wall than 0.8 of the vacuum.

    Parameters
    ----------
    engine : ase.calculators.calculator.Calculator
        What computes energy and forces.
    method : str
        Its name, for the ``info`` of relaxed atoms.
    vacuum : float
        Between the outermost atoms and the walls, in A.
    unpaired : int
        Unpaired electrons, which all atoms share at the start.
    """

    implemented_properties = ("energy", "forces")

    def __init__(self, engine, method, vacuum, unpaired):
        super().__init__(method=method, vacuum=vacuum, unpaired=unpaired)
        self.engine, self.box, self.origin = engine, None, None

    def calculate(self, atoms=None, properties=("energy",), system_changes=all_changes):
        """Compute energy and forces.

        Parameters
        ----------
        atoms : ase.Atoms
            Their cell does not matter.
        properties : sequence of str
            What is wanted; both are kept.
        system_changes : sequence of str
            What has changed since the last time.
        """
        super().calculate(atoms, properties, system_changes)
        vacuum = self.parameters.vacuum
        low, high = self.atoms.positions.min(axis=0), self.atoms.positions.max(axis=0)
        if (
            self.box is None
            or min((low - self.origin).min(), (self.origin + self.box - high).min()) < 0.8 * vacuum
        ):
            self.box, self.origin = high - low + 2 * vacuum, low - vacuum
        share = self.parameters.unpaired / len(self.atoms)
        inside = Atoms(
            self.atoms.numbers,
            self.atoms.positions - self.origin,
            cell=self.box,
            magmoms=[share] * len(self.atoms),
        )
        inside.calc = self.engine
        self.results = {"energy": inside.get_potential_energy(), "forces": inside.get_forces()}


def relaxed(name):
    """Return a recorded structure, with its energy and forces.

    Parameters
    ----------
    name : str
        Such as ``"ag25-sh"``, or ``"dimers/..."`` for those in that folder.

    Returns
    -------
    ase.Atoms

    Raises
    ------
    FileNotFoundError
        Naming what is recorded.

    Examples
    --------
    >>> atoms = relaxed("pdag24-sh")
    >>> atoms.info["formula"], round(float(atoms.get_potential_energy()))
    ('[PdAg24(SH)18]2-', -4750)
    """
    return read(recorded_path(f"structures/{name}.xyz"), format="extxyz")


def free_atom(metal, method="GFN1-xTB"):
    """Return the energy of a free atom of a metal, in the zero of a method, in eV.

    Parameters
    ----------
    metal : str
    method : str

    Returns
    -------
    float

    Raises
    ------
    FileNotFoundError
        If no dimers are recorded.

    Examples
    --------
    >>> round(free_atom("Ag") - free_atom("Au"), 1)
    3.8
    """
    text = recorded_path("structures/dimers/provenance.json").read_text(encoding="utf-8")
    return json.loads(text)["free_atoms"][method][metal]


def compared_methods():
    """Return small models and parents by several methods, a row for each quantity, in angstrom and eV.

    Returns
    -------
    pandas.DataFrame
        With the columns `model`, `method`, `quantity` and `value`.

    Examples
    --------
    >>> sorted(compared_methods()["method"].unique())[1:]
    ['GFN2-xTB', 'IPEA1-xTB', 'PBE+D3, 470 eV', 'PBE+D3, LCAO']
    """
    return pd.read_csv(recorded_path("structures/methods.csv"))
