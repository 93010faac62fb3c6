r"""Energies and forces of clusters by density functional theory, with GPAW.

:func:`density_functional` returns a calculator that takes the place of tight binding in
:func:`supracrystal.clusters.relax.relax`. By default it is what Acharya et al. (2025) used, as far as they
say it: the functional of Perdew, Burke and Ernzerhof in the projector augmented-wave method, plane waves up
to 470 eV, electrons converged to 0.01 eV, and a correction for dispersion. They name no correction; here it
is D3 with the damping of Becke and Johnson, without the three-body term. ``mode="lcao"`` expands the
orbitals in atomic ones (double zeta, polarised). That is quicker and less exact: the dimer of gold is 0.08 A
longer than measured.

A cluster stands alone. It is put into a box of its own, which is periodic in no direction, and the
potential of its charge is that of an isolated one. The atoms that one gives need no cell and keep their
coordinates.

GPAW is optional: ``conda install -c conda-forge gpaw`` brings it compiled; ``pip install gpaw`` compiles it
and needs a compiler, libxc and BLAS. The correction is in the package ``dftd3`` of PyPI.

Left out: solvent, spin-orbit coupling, and the search for the spin of lowest energy.
"""

from ase import Atoms
from ase.calculators.calculator import Calculator, all_changes
from ase.calculators.mixing import SumCalculator

from supracrystal.clusters.relax import unpaired_electrons

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
    >>> from supracrystal.clusters.relax import relax
    >>> ion = Atoms("AgSHSH", info={"charge": -1})
    >>> relax(ion, calculator=density_functional(ion, mode="lcao"))  # doctest: +SKIP
    """
    if mode not in ("pw", "lcao"):
        raise ValueError(f"mode {mode!r} is given; allowed are 'pw' and 'lcao'")
    if dispersion not in ("D3", None):
        raise ValueError(f"dispersion {dispersion!r} is given; allowed are 'D3' and None")
    charge, least = atoms.info.get("charge", 0), unpaired_electrons(atoms)
    unpaired = least if unpaired is None else unpaired
    if unpaired < 0 or unpaired % 2 != least:
        raise ValueError(
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
