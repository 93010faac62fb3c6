"""Recipes of runs as YAML files: read with every field checked by name, written whole, and compared."""

from dataclasses import asdict
from pathlib import Path

import yaml

from supracrystal.records import write_whole


def read(path, make, known, needed, example=""):
    """Return the recipe that a file holds.

    Parameters
    ----------
    path : path_like
    make : callable
        Makes a recipe of the fields.
    known, needed : sequence of str
        Fields that may and must be there, in the order in which messages name them.
    example : str
        What follows where a file holds no names with values.

    Raises
    ------
    ValueError, TypeError
        Naming the file.
    """
    path = Path(path)
    try:
        given = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is not YAML: {error}") from None
    if not isinstance(given, dict):
        raise ValueError(f"{path} holds {type(given).__name__}; names with values are needed{example}")
    if unknown := sorted(set(map(str, given)) - set(known)):
        raise ValueError(f"{path}: unknown {', '.join(unknown)}; allowed are {', '.join(known)}")
    if missing := [name for name in needed if name not in given]:
        raise ValueError(f"{path}: {', '.join(missing)} missing; needed are {', '.join(needed)}")
    try:
        return make(**given)
    except (ValueError, TypeError) as error:
        raise type(error)(f"{path}: {error}") from None


def write(recipe, path):
    """Write a recipe with all its fields; a file that is there is replaced as a whole."""
    write_whole(yaml.safe_dump(asdict(recipe), sort_keys=False).encode(), path)


def differences(recipe, other, prolonged):
    """Return the fields in which two recipes differ, but for some, with both values."""
    mine, theirs = asdict(recipe), asdict(other)
    return {
        name: (value, theirs[name])
        for name, value in mine.items()
        if name not in prolonged and value != theirs[name]
    }
