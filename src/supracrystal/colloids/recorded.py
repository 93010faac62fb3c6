"""Recorded runs in the sphere: where they lie, and what is in them.

They are in ``data/confinement`` of a checkout, with the scripts that made them; a wheel brings those that the
claims need. Nothing is computed here.
"""

import functools

import gsd.hoomd
import pandas as pd

from supracrystal.records import folder


def directory():
    """Return the folder of the recorded runs: inside a wheel, or at the root of a checkout.

    Examples
    --------
    >>> directory().name.lstrip("_")
    'confinement'
    """
    return folder("_confinement", "confinement")


def _path(name):
    path = directory() / name
    if not path.is_file():
        there = sorted(each.relative_to(directory()).as_posix() for each in directory().glob("*/*.gsd"))
        raise FileNotFoundError(f"{name!r} is not recorded in {directory()}; trajectories there are {there}")
    return path


@functools.cache
def frames(name, first=None, last=None):
    """Return configurations of a recorded trajectory.

    Parameters
    ----------
    name : str
        Such as ``"seeded-3501/trajectory.gsd"``.
    first, last : int, optional
        As in a slice.

    Returns
    -------
    tuple of gsd.hoomd.Frame
        Shared by all who ask: do not change them.

    Raises
    ------
    FileNotFoundError
        Naming what is recorded.

    Examples
    --------
    >>> frames("nothing/trajectory.gsd")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    FileNotFoundError: 'nothing/trajectory.gsd' is not recorded in ...
    """
    with gsd.hoomd.open(_path(name)) as file:
        return tuple(file[first:last])


@functools.cache
def table(name):
    """Return a recorded table, such as ``"readings.csv"``; shared by all who ask, as :func:`frames`.

    Parameters
    ----------
    name : str

    Returns
    -------
    pandas.DataFrame

    Raises
    ------
    FileNotFoundError
        Naming what is recorded.

    Examples
    --------
    >>> table("nothing.csv")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    FileNotFoundError: 'nothing.csv' is not recorded in ...
    """
    return pd.read_csv(_path(name))
