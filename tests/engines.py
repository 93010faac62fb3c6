"""Which engines are installed. Where HOOMD-blue (not on PyPI) is missing, its tests skip and say so."""

import pytest


def installed(lammps, hoomd):
    """Return the modules of the engines that are here, and marks for HOOMD-blue and for each engine."""
    here, missing = {"lammps": lammps}, ""
    try:
        here["hoomd"] = hoomd if hoomd.load() else None
    except ImportError as error:
        missing = f"HOOMD-blue, from conda-forge, is not installed: {error}"
    needs_hoomd = pytest.mark.skipif(bool(missing), reason=missing)
    engines = ["lammps", pytest.param("hoomd", marks=needs_hoomd)]
    return here, needs_hoomd, pytest.mark.parametrize("engine", engines)
