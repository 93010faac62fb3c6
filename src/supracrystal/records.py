"""Files that are written whole, and how recorded ones were made."""

import hashlib
import json
import platform
from importlib.metadata import version
from pathlib import Path

import yaml

from supracrystal import InputError


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


def describe(path, files, *, command, packages, **said):
    """Write as JSON how files beside ``path`` were made: command, versions, what is said, and checksums."""
    made = {
        "command": command,
        "versions": {"python": platform.python_version(), **{each: version(each) for each in packages}},
        "machine": platform.machine(),
        **said,
        "sha256": {each: digest(path.parent / each) for each in files},
    }
    write_whole((json.dumps(made, indent=1) + "\n").encode(), path)


def folder(packaged, *place):
    """Return a folder of data: that in the package if there is one, or else the one under ``data``."""
    package = Path(__file__).parent
    inside = package / packaged
    return inside if inside.is_dir() else package.parents[1].joinpath("data", *place)


class TextLoader(yaml.BaseLoader):
    """Loads every scalar as the text that stands in the file, and refuses a key given twice."""

    def construct_mapping(self, node, deep=False):
        """Refuse a mapping in which a key stands twice."""
        keys = [key.value for key, _ in node.value]
        twice = [key for key in keys if keys.count(key) > 1]
        if twice:
            raise InputError(f"line {node.start_mark.line + 1}: {twice[0]!r} is given twice")
        return super().construct_mapping(node, deep=deep)
