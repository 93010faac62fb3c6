"""Files that are written whole, how recorded ones were made, and where they are."""

import hashlib
import json
import platform
from importlib.metadata import version
from pathlib import Path

import yaml

from supracrystal import InputError

DATA = Path(__file__).with_name("_data")
"""The folder of recorded data: inside a wheel, or at the root of a checkout."""
if not DATA.is_dir():
    DATA = Path(__file__).parents[2] / "data"


def write_whole(data, path):
    """Write bytes to a file, which appears whole or not at all.

    Parameters
    ----------
    data : bytes
    path : path-like

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as directory:
    ...     write_whole(b"all", Path(directory) / "file")
    ...     [(path.name, path.read_bytes()) for path in Path(directory).iterdir()]
    [('file', b'all')]
    """
    path = Path(path)
    partial = path.with_name(f"{path.name}.partial")
    try:
        partial.write_bytes(data)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def digest(path):
    """Return the SHA-256 of a file, which need not fit into memory."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def describe(path, files, *, command, packages, programs=None, **said):
    """Write as JSON how files beside ``path`` were made: command, versions, what is said, and checksums.

    The versions are those of installed packages, and given ones of programs that are no packages.
    """
    made = {
        "command": command,
        "versions": {"python": platform.python_version()}
        | {each: version(each) for each in packages}
        | (programs or {}),
        "machine": platform.machine(),
        **said,
        "sha256": {each: digest(path.parent / each) for each in files},
    }
    write_whole((json.dumps(made, indent=1) + "\n").encode(), path)


def recorded_path(name):
    """Return the path of recorded data, by its place under ``data``, which a wheel brings too.

    Parameters
    ----------
    name : str
        A file such as ``"structures/ag25-sh.xyz"``, or a folder.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    FileNotFoundError
        Naming what is recorded beside it.

    Examples
    --------
    >>> recorded_path("tomography/runs.csv").read_text().partition(",")[0]
    'experiment'
    >>> recorded_path("confinement/none/log.csv")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    FileNotFoundError: 'confinement/none/log.csv' is not recorded; recorded are [...]
    """
    path = DATA / name
    if not path.exists():
        beside = DATA / Path(name).parts[0]
        there = sorted(each.relative_to(DATA).as_posix() for each in beside.rglob(f"*{path.suffix}"))
        raise FileNotFoundError(f"{name!r} is not recorded; recorded are {there}")
    return path


class TextLoader(yaml.BaseLoader):
    """Loads every scalar as the text that stands in the file, and refuses a key given twice."""

    def construct_mapping(self, node, deep=False):
        """Refuse a mapping in which a key stands twice."""
        keys = [key.value for key, _ in node.value]
        twice = [key for key in keys if keys.count(key) > 1]
        if twice:
            raise InputError(f"line {node.start_mark.line + 1}: {twice[0]!r} is given twice")
        return super().construct_mapping(node, deep=deep)
