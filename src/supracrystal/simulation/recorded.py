"""Recorded assembly runs: where they lie, and what is in them.

They are in ``data/mesostructures/assembly`` of a checkout, with the script that made them. Nothing is
simulated here.
"""

import functools
import json

import pandas as pd

from supracrystal import InputError
from supracrystal.mesostructures import last_frame
from supracrystal.records import folder
from supracrystal.simulation.recipe import AssemblyRecipe


def directory():
    """Return the folder of the recorded runs: inside a wheel, or at the root of a checkout.

    Returns
    -------
    pathlib.Path

    Examples
    --------
    >>> directory().name.lstrip("_")
    'assembly'
    """
    return folder("_assembly", "mesostructures", "assembly")


@functools.cache
def provenance():
    """Return command, versions, recipes and checksums of the record.

    Returns
    -------
    dict

    Examples
    --------
    >>> provenance()["engine"]
    'lammps'
    """
    return json.loads((directory() / "assembly.json").read_text(encoding="utf-8"))


def recorded_run(name):
    """Read a recorded run.

    Parameters
    ----------
    name : str
        Such as ``"plates-toluene"``.

    Returns
    -------
    recipe : AssemblyRecipe
    log : pandas.DataFrame
        See :func:`.run.read_log`.
    frame : gsd.hoomd.Frame
        The last one.

    Raises
    ------
    ValueError
        Naming what is recorded.

    Examples
    --------
    >>> recorded_run("plates-toluene")[0].shape
    'plate'
    """
    there = [path.stem for path in sorted(directory().glob("*.gsd"))]
    if name not in there:
        raise InputError(f"{name!r} is not recorded; allowed are {', '.join(there)}")
    log = pd.read_csv(directory() / f"{name}.csv")
    return AssemblyRecipe(**provenance()["recipes"][name]), log, last_frame(directory() / f"{name}.gsd")


def scan(name):
    """Read the table of a scan.

    Parameters
    ----------
    name : {"annealing", "coverage", "meetings", "mixtures"}

    Returns
    -------
    pandas.DataFrame
        A line for each run, its order averaged over the last quarter; of meetings, a line for each frame.

    Raises
    ------
    ValueError
        Naming what is recorded.

    Examples
    --------
    >>> sorted(set(scan("coverage")["solvent"]))
    ['dichloromethane', 'toluene']
    """
    there = [path.stem for path in sorted(directory().glob("*.csv")) if not path.with_suffix(".gsd").exists()]
    if name not in there:
        raise InputError(f"{name!r} is not recorded; allowed are {', '.join(there)}")
    return pd.read_csv(directory() / f"{name}.csv")
