"""Recorded structures of clusters, and their dynamics: where they lie, and what is in them.

They are in ``data/structures`` of a checkout, with the scripts that made them; a wheel brings those that the
claims need. Nothing is computed here.
"""

import json

import pandas as pd
from ase.io import read

from supracrystal.records import folder


def directory():
    """Return the folder of the recorded structures: inside a wheel, or at the root of a checkout.

    Returns
    -------
    pathlib.Path

    Examples
    --------
    >>> directory().name.lstrip("_")
    'structures'
    """
    return folder("_structures", "structures")


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
    return read(_path(f"{name}.xyz"), format="extxyz")


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
    text = _path("dimers/provenance.json").read_text(encoding="utf-8")
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
    return pd.read_csv(_path("methods.csv"))


def stability(name):
    """Return the table of a recorded trajectory, see :func:`supracrystal.clusters.dynamics.stability`.

    Parameters
    ----------
    name : str
        Such as ``"ag25-sh"``.

    Returns
    -------
    pandas.DataFrame
        With the time in femtoseconds.

    Raises
    ------
    FileNotFoundError
        Naming what is recorded.

    Examples
    --------
    >>> int(stability("ag25-sh")["time"][1])
    20
    """
    return pd.read_csv(_path(f"dynamics/{name}.csv"))


def _path(name):
    path = directory() / name
    if not path.is_file():
        there = sorted(directory().rglob(f"*{path.suffix}"))
        there = [each.relative_to(directory()).with_suffix("").as_posix() for each in there]
        raise FileNotFoundError(f"{name!r} is not recorded in {directory()}; there are {there}")
    return path
