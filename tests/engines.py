"""Which engines are installed. Where HOOMD-blue (not on PyPI) is missing, its tests skip and say so."""

import pytest

from supracrystal.simulation import hoomd, lammps

ENGINES, missing = {"lammps": lammps}, ""
try:
    ENGINES["hoomd"] = hoomd if hoomd.load() else None
except ImportError as error:
    missing = f"HOOMD-blue, from conda-forge, is not installed: {error}"
needs_hoomd = pytest.mark.skipif(bool(missing), reason=missing)
each_engine = pytest.mark.parametrize("engine", ["lammps", pytest.param("hoomd", marks=needs_hoomd)])
