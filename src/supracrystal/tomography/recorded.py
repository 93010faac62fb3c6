"""The recorded closed loop: known particles, and what was found in their tilt series.

It is in ``data/tomography`` of a checkout, with the script that made it; a wheel brings it. Nothing is
computed here. Lengths are in nanometres, and places from the centre of mass that the detector sees.
"""

import functools
import json

import numpy as np
import pandas as pd

from supracrystal import InputError
from supracrystal.records import folder


def directory():
    """Return the folder of the record: inside a wheel, or at the root of a checkout.

    Returns
    -------
    pathlib.Path

    Examples
    --------
    >>> directory().name.lstrip("_")
    'tomography'
    """
    return folder("_tomography", "tomography")


@functools.cache
def provenance():
    """Return command, versions, usual conditions and checksums of the record.

    Returns
    -------
    dict

    Examples
    --------
    >>> provenance()["usual"]["pixel"]
    1.2
    """
    return json.loads((directory() / "record.json").read_text(encoding="utf-8"))


def runs(experiment=None, method=None):
    """Read the table of scores: a row for each run and method.

    Parameters
    ----------
    experiment : str, optional
        Only the runs in which this was varied, such as ``"dose"``; ``value`` is what it was.
    method : str, optional
        Only the rows of this method, such as ``"fit"``.

    Returns
    -------
    pandas.DataFrame
        The conditions of each run, and its :func:`~supracrystal.tomography.score.score_particles`.

    Raises
    ------
    ValueError
        Naming what is recorded.

    Examples
    --------
    >>> bool((runs("size", "fit")["recall"] > 0.9).all())
    True
    """
    table = pd.read_csv(directory() / "runs.csv")
    for column, value in (("experiment", experiment), ("method", method)):
        there = table[column].unique().tolist()
        if value is not None and value not in there:
            raise InputError(f"the {column} {value!r} is not recorded; allowed are {', '.join(there)}")
        table = table if value is None else table[table[column] == value]
    return table.reset_index(drop=True)


def particles(name):
    """Read the particles of a run.

    Parameters
    ----------
    name : str
        Such as ``"size-110-truth"``, or ``"size-110-found"``.

    Returns
    -------
    pandas.DataFrame
        ``x``, ``y``, ``z`` and ``type``; of those found also ``intensity``, the fitted scattering, and
        ``grey``, the mean grey value of the volume.

    Raises
    ------
    ValueError
        Naming what is recorded.

    Examples
    --------
    >>> particles("size-110-truth")["type"].unique().tolist()
    ['S', 'L']
    """
    return pd.read_csv(_path(f"{name}.csv"))


def images(name):
    """Read the picture without tilt and two slices of the volume of a run.

    Parameters
    ----------
    name : str
        Such as ``"size-110"``.

    Returns
    -------
    dict
        ``picture``, in nm of PbSe, and ``xy`` and ``xz``, slices through the middle, in units of PbSe.

    Raises
    ------
    ValueError
        Naming what is recorded.

    Examples
    --------
    >>> sorted(images("size-110"))
    ['picture', 'xy', 'xz']
    """
    with np.load(_path(f"{name}-images.npz")) as kept:
        return {key: kept[key] * (float(kept[f"{key}_top"]) / 255) for key in ("picture", "xy", "xz")}


def _path(name):
    path = directory() / name
    if not path.is_file():
        there = sorted(each.name for each in directory().glob("*-*"))
        raise InputError(f"{name!r} is not recorded in {directory()}; there are {', '.join(there)}")
    return path
