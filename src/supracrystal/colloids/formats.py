"""Coordinates of particles in files, read as a table.

:func:`read_table` reads one frame and judges nothing;
:func:`supracrystal.colloids.files.read_particles` makes spheres of it. GSD is read by the ``gsd`` library,
NumPy's own files by NumPy. Text is read here and in :mod:`supracrystal.colloids.columns`: ASE takes every
species for an element, so refuses ``L``, and loses the origin of LAMMPS's scaled coordinates.

Left out: binary LAMMPS dumps, PDB, and anything but positions, species, sizes, identifiers and frames.
"""

import bz2
import gzip
import lzma
import re
import shutil
import struct
import tempfile
import tokenize
import warnings
import zlib
from collections import deque
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import gsd.hoomd
import numpy as np
import pandas as pd

from supracrystal import InputError
from supracrystal.colloids.columns import name_columns, numbers, read_columns, tidy

FORMATS = ("gsd", "xyz", "lammps", "data", "gro", "csv", "npy")
COMPRESSED = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ": lzma.open}
"""First bytes of compressed files, and what opens them."""
ATOM_STYLES = {
    "atomic": "id type x y z",
    "charge": "id type q x y z",
    "sphere": "id type diameter density x y z",
    "molecular": "id mol type x y z",
    "bond": "id mol type x y z",
    "angle": "id mol type x y z",
    "full": "id mol type q x y z",
}
"""Columns of the Atoms of a LAMMPS data file, by the style that stands behind it."""


class Cell(NamedTuple):
    """The box of a file: its vectors as columns, its lowest corner, and which directions repeat."""

    vectors: np.ndarray
    corner: np.ndarray
    periodic: np.ndarray


class Block(NamedTuple):
    """One frame of a text file, its rows not split into columns yet."""

    names: list
    rows: list
    line: int
    cell: Cell | None
    scaled: bool = False
    split: object = str.split


class TruncatedError(InputError):
    """A file that ends within a frame."""


def read_table(path, *, name=None, frame=-1, format=None):  # noqa: A002
    r"""Read one frame of a file as a table, without judging it.

    Parameters
    ----------
    path : path-like
        A file or a pipe. Text and NumPy files may be compressed with gzip, bzip2 or xz.
    name : str, optional
        What the file is called in messages. Default: its own name.
    frame : int
        Which frame of a trajectory, counted from 0, or from the end if negative.
    format : {"gsd", "xyz", "lammps", "data", "gro", "csv", "npy"}, optional
        Default: told by the first lines of the file; its name plays no part.

    Returns
    -------
    table : pandas.DataFrame
        Columns ``x``, ``y``, ``z`` (float) and, where the file has them, ``species`` (str), ``diameter`` and
        ``id``. The index is the line of the file, or the particle of a GSD or NumPy file. Rows with
        identifiers are sorted by them, for LAMMPS writes them in any order. ``table.attrs["assumed"]`` lists
        what was assumed, in words.
    cell : Cell or None
        None where the file has no box.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If it is not what the format allows, with the line at fault.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "two.csv")
    ...     _ = path.write_text("x (nm),y (nm),z (nm),type\n0,0,0,A\n1,2,3,B\n")
    ...     table, cell = read_table(path)
    >>> table["z"].tolist(), table["species"].tolist(), cell is None
    ([0.0, 3.0], ['A', 'B'], True)
    """
    path = Path(path)
    name = name or path.name
    if format not in (None, *FORMATS):
        raise InputError(f"unknown format {format!r}; allowed are {', '.join(FORMATS)}")
    try:
        with whole_file(path) as local:
            return _read(local, frame, format)
    except UnicodeDecodeError as error:
        raise InputError(f"{name} is neither GSD, NumPy nor text in UTF-8") from error
    except (gzip.BadGzipFile, zlib.error, lzma.LZMAError, EOFError) as error:
        raise InputError(f"{name}: the compressed file is damaged or cut off") from error
    except ValueError as error:
        raise InputError(f"{name}: {error}" if str(error) else f"{name} is damaged") from error


@contextmanager
def whole_file(path):
    """Yield a file that can be read twice: the file itself, or a copy of what comes through a pipe.

    Parameters
    ----------
    path : path-like

    Yields
    ------
    pathlib.Path

    Examples
    --------
    >>> with whole_file("series.csv") as file:
    ...     file.name
    'series.csv'
    """
    path = Path(path)
    if path.is_file() or not path.exists() or path.is_dir():
        yield path
        return
    with tempfile.NamedTemporaryFile() as copy, path.open("rb") as pipe:
        shutil.copyfileobj(pipe, copy)
        copy.flush()
        yield Path(copy.name)


def _read(path, frame, kind):
    with path.open("rb") as file:
        start = file.read(8)
    if not start:
        raise InputError("the file is empty")
    if kind == "gsd" or (kind is None and start == b"\xdfe" * 4):
        return _read_gsd(path, frame)
    opened = next((how for magic, how in COMPRESSED.items() if start.startswith(magic)), open)
    with opened(path, "rb") as file:
        if kind == "npy" or (kind is None and file.read(6) == b"\x93NUMPY"):
            file.seek(0)
            return _read_npy(file, frame)
    with opened(path, "rt", encoding="utf-8-sig") as file:
        head = [file.readline(100_000) for _ in range(40)]
        file.seek(0)
        return _read_text(file, frame, kind or _kind(head))


def _kind(head):
    """Tell the format of a text by its first lines."""
    full = [line for line in head if line.strip()] or [""]
    if full[0].startswith("ITEM:"):
        return "lammps"
    if full[0].strip().isdigit():
        return "xyz"
    if re.match(r"(HEADER|CRYST1|REMARK|ATOM  |HETATM|MODEL )", full[0]):
        raise InputError("a PDB file is not read; convert it, for instance with OVITO, to extended XYZ")
    if head[1].strip().isdigit() and re.match(r".{20}( *-?\d+\.\d+){3}", head[2]):
        return "gro"
    if any(re.match(r"\s*\d+\s+atoms\b", line) for line in head):
        return "data"
    return "csv"


def _read_text(file, frame, kind):
    if kind == "csv":
        return tidy(*read_columns(file), frame=frame), None
    if kind == "data":
        if frame not in (0, -1):
            raise InputError(f"frame {frame} was asked for; a LAMMPS data file has one")
        block = _lammps_data(file.readlines())
    else:
        frames = {"lammps": _lammps_frames, "xyz": _xyz_frames, "gro": _gro_frames}[kind]
        block = _choose(frames(file), frame)
    lines = range(block.line, block.line + len(block.rows))
    table = tidy(block.names, [block.split(row) for row in block.rows], lines)
    if block.scaled:
        table[["x", "y", "z"]] = block.cell.corner + table[["x", "y", "z"]].to_numpy() @ block.cell.vectors.T
    return table, block.cell


def _choose(blocks, frame):
    """Return one item of an iterator by an index that may count from the end, keeping few at a time."""
    wanted = islice(blocks, frame + 1) if frame >= 0 else blocks
    number = 0
    kept = deque(maxlen=1 if frame >= 0 else -frame)
    try:
        for block in wanted:
            number += 1
            kept.append(block)
    except TruncatedError as error:
        if not number:
            raise
        raise TruncatedError(f"{error}; the last whole frame is --frame {number - 1}") from error
    if not number:
        raise InputError("there are no frames")
    if number < (frame + 1 if frame >= 0 else -frame):
        raise InputError(f"frame {frame} was asked for; there are {number}")
    return kept[0]


def _xyz_frames(file):
    number = 0
    while line := file.readline():
        number += 1
        if not line.strip():
            continue
        count = _count(line, number)
        comment = file.readline()
        rows = _take(file, count, number + 2)
        info = {key: text.strip('"') for key, text in re.findall(r'(\w+)=("[^"]*"|\S+)', comment)}
        if "Properties" in info:
            names = _extended_names(info["Properties"], number + 1)
        else:
            further = len(rows[0].split()) - 4 if rows else 0
            names = ["species", "x", "y", "z"] + [f"column {i + 5}" for i in range(further)]
        cell = _extended_cell(info, number + 1) if "Lattice" in info else None
        yield Block(names, rows, number + 2, cell)
        number += 1 + count


def _extended_names(properties, line):
    """Column names from ``species:S:1:pos:R:3``."""
    fields = properties.split(":")
    if len(fields) % 3 or not all(width.isdigit() for width in fields[2::3]):
        raise InputError(f"line {line}: Properties={properties[:80]} is not a list of name:kind:width")
    names = []
    for name, width in zip(fields[::3], map(int, fields[2::3]), strict=True):
        if name.lower() in ("pos", "position") and width == 3:
            names += ["x", "y", "z"]
        else:
            names += [name] if width == 1 else [f"{name}[{i}]" for i in range(min(width, 1000))]
    return names


def _extended_cell(info, line):
    try:
        vectors = np.array(info["Lattice"].split(), dtype=float).reshape(3, 3).T
        corner = np.array(info.get("Origin", "0 0 0").split(), dtype=float).reshape(3)
        flags = info.get("pbc", "T T T").replace(",", " ").split()
        periodic = np.array(
            [{"T": True, "F": False, "1": True, "0": False}[flag[0].upper()] for flag in flags]
        )
        return Cell(vectors, corner, periodic.reshape(3))
    except (ValueError, KeyError) as error:
        raise InputError(f"line {line}: Lattice needs nine numbers and pbc three of T and F") from error


def _gro_frames(file):
    """Frames of GROMACS's fixed columns; lengths in nm."""
    number = 0
    while title := file.readline():
        if not title.strip():
            number += 1
            continue
        count = _count(file.readline(), number + 2)
        rows = _take(file, count, number + 3)
        box = file.readline().split()
        try:
            x, y, z, xy, xz, yx, yz, zx, zy = [float(each) for each in box] + [0.0] * (9 - len(box))
        except ValueError:
            raise TruncatedError(
                f"line {number + count + 3}: three or nine lengths of the box are needed"
            ) from None
        cell = Cell(np.array([[x, yx, zx], [xy, y, zy], [xz, yz, z]]), np.zeros(3), np.array([x > 0] * 3))
        dots = [match.start() for match in re.finditer(r"\.", rows[0][20:])] if rows else []
        wide = dots[1] - dots[0] if len(dots) > 2 else 8

        def fields(row, wide=wide):
            return [row[10:15].strip(), *(row[20 + i * wide : 20 + (i + 1) * wide].strip() for i in range(3))]

        yield Block(["species", "x", "y", "z"], rows, number + 3, cell if x > 0 else None, split=fields)
        number += count + 3


def _lammps_frames(file):
    number, items = 0, {}
    while line := file.readline():
        number += 1
        if not line.strip():
            continue
        if not line.startswith("ITEM:"):
            raise InputError(f"line {number}: {line.strip()[:40]!r} stands where ITEM: should")
        title = line[5:].strip()
        if not title.startswith("ATOMS"):
            rows = _take(file, 3 if title.startswith("BOX") else 1, number + 1)
            items[title.split(" ")[0]] = title, rows, number + 1
            number += len(rows)
            continue
        if not {"NUMBER", "BOX"} <= set(items):
            raise InputError(f"line {number}: ATOMS before NUMBER OF ATOMS and BOX BOUNDS")
        count = _count(items["NUMBER"][1][0], items["NUMBER"][2])
        names = title.split()[1:]
        rows = _take(file, count, number + 1)
        # Of several sets of coordinates: wrapped lengths, unwrapped ones, then those scaled by the box.
        suffix = next(
            (end for end in ("", "u", "s", "su") if {f"{axis}{end}" for axis in "xyz"} <= set(names)), ""
        )
        names = [
            name[0]
            if name in {f"{axis}{suffix}" for axis in "xyz"}
            else f"other {name}"
            if name in "xyz"
            else name
            for name in names
        ]
        yield Block(names, rows, number + 1, _lammps_cell(*items["BOX"]), suffix.startswith("s"))
        number += count
        items = {}
    if items:
        raise TruncatedError(f"the file ends in line {number}, before the ATOMS of a frame")


def _lammps_cell(title, rows, line):
    words = title.split()[2:]
    flags = [word for word in words if re.fullmatch("[pfsm]{2}", word)] or ["pp"] * 3
    periodic = np.array([flag == "pp" for flag in flags])
    general, tilted = "abc" in words, "xy" in words
    try:
        periodic = periodic.reshape(3)
        bounds = np.array([row.split() for row in rows], dtype=float).reshape(3, 2 + tilted + 2 * general)
    except ValueError as error:
        raise InputError(
            f"line {line}: bounds and boundaries of the box in three directions are needed"
        ) from error
    if general:
        return Cell(bounds[:, :3].T, bounds[:, 3], periodic)
    low, high = bounds[:, :2].T
    xy, xz, yz = bounds[:, 2] if tilted else np.zeros(3)
    # LAMMPS prints the box that encloses the tilted one.
    low = low - [min(0, xy, xz, xy + xz), min(0, yz), 0]
    high = high - [max(0, xy, xz, xy + xz), max(0, yz), 0]
    return Cell(_tilted(high - low, xy, xz, yz), low, periodic)


def _tilted(lengths, xy, xz, yz):
    """Return the vectors of LAMMPS's triclinic box as columns."""
    vectors = np.diag(lengths)
    vectors[0, 1], vectors[0, 2], vectors[1, 2] = xy, xz, yz
    return vectors


def _lammps_data(lines):
    """Read the Atoms of a LAMMPS data file; image flags are left out, for the box repeats."""
    bounds, tilt, count, start, style = {}, np.zeros(3), None, None, None
    for number, line in enumerate(lines, 1):
        text, _, comment = line.partition("#")
        words = text.split()
        if words[1:] == ["atoms"]:
            count = _count(words[0], number)
        elif len(words) == 4 and words[2] in ("xlo", "ylo", "zlo"):
            bounds[words[2][0]] = numbers(words[:2], words[2], [number] * 2)
        elif words[3:] == ["xy", "xz", "yz"]:
            tilt = numbers(words[:3], "xy xz yz", [number] * 3)
        elif words[:1] == ["Atoms"]:
            start, style = number, (comment.split() or [None])[0]
            break
    if count is None or start is None or len(bounds) < 3:
        raise InputError("a LAMMPS data file needs its number of atoms, xlo xhi, ylo yhi, zlo zhi, and Atoms")
    first = next((i for i, line in enumerate(lines[start:], start) if line.strip()), len(lines))
    rows = lines[first : first + count]
    if len(rows) < count or not rows:
        raise TruncatedError(f"the file ends in line {len(lines)}, after {len(rows)} of {count} atoms")
    width = len(rows[0].partition("#")[0].split())
    if style is None and width in (5, 8):
        style = "atomic"
    if style not in ATOM_STYLES:
        raise InputError(
            f"line {start}: the style of the atoms is {style or 'not given'}; write it behind Atoms, "
            f"as in 'Atoms # atomic'; known are {', '.join(ATOM_STYLES)}"
        )
    names = ATOM_STYLES[style].split()
    names += [f"image {axis}" for axis in "xyz"][: max(0, width - len(names))]
    low, high = np.array([bounds[axis] for axis in "xyz"]).T
    cell = Cell(_tilted(high - low, *tilt), low, np.array([True] * 3))
    return Block(names, rows, first + 1, cell, split=lambda row: row.partition("#")[0].split())


def _read_npy(file, frame):
    """Read an array (N, 3), (N, 4), (frames, N, 3), or one with named columns."""
    try:
        with warnings.catch_warnings(action="ignore"):
            array = np.load(file, allow_pickle=False)
    except (ValueError, EOFError, SyntaxError, TypeError, tokenize.TokenError, MemoryError) as error:
        # What NumPy raises on a damaged header is not documented, and its size may be anything.
        raise InputError(f"not an array of numbers that NumPy reads, or a damaged one ({error})") from error
    assumed = []
    if array.dtype.names:
        names, rows = list(array.dtype.names), array.ravel().tolist()
        if any(np.ndim(field) for field in rows[0]) if rows else False:
            raise InputError("columns of arrays are not read; one number for each of x, y, z is needed")
        rows = [[str(field) for field in row] for row in rows]
    else:
        if array.ndim == 3 and array.shape[2] == 3:
            if not -len(array) <= frame < len(array):
                raise InputError(f"frame {frame} was asked for; there are {len(array)}")
            array, frame = array[frame], -1
        if array.ndim != 2 or array.shape[1] not in (3, 4) or array.dtype.kind not in "iuf":
            raise InputError(
                f"an array of {array.dtype} of the shape {array.shape}; (N, 3) of numbers is needed"
            )
        rows = [[repr(value) for value in row] for row in array.tolist()]
        names = name_columns(rows, 1, assumed) if rows else ["x", "y", "z"]
    table = tidy(names, rows, range(len(rows)), assumed, frame=frame)
    table.index.name = "particle"
    return table, None


def _read_gsd(path, frame):
    # Places and lengths of the index and of the list of names: the library trusts them, and ends the process.
    with path.open("rb") as file:
        header = file.read(40).ljust(40, b"\xff")
    index, entries, names, count = struct.unpack("<8x4Q", header)
    if max(index + 32 * entries, names + 64 * count) > path.stat().st_size:
        raise InputError("not a GSD file, or a damaged one")
    try:
        with gsd.hoomd.open(path) as file:
            if not -len(file) <= frame < len(file):
                raise InputError(f"frame {frame} was asked for; there are {len(file) or 'no frames'}")
            snapshot = file[frame]
    except (RuntimeError, MemoryError, TypeError, IndexError) as error:
        # A damaged index asks for arrays of any size and type.
        raise InputError("not a GSD file, or a damaged one") from error
    part = snapshot.particles
    if part.N and (part.typeid.dtype.kind != "u" or part.typeid.max() >= len(part.types)):
        raise InputError(f"typeid {part.typeid.max()} has no name in types {part.types}")
    with np.errstate(all="ignore"):
        table = pd.DataFrame(np.asarray(part.position, dtype=float).reshape(-1, 3), columns=["x", "y", "z"])
    table["species"] = np.array(part.types, dtype=object)[part.typeid] if part.N else ""
    table["diameter"] = np.asarray(part.diameter, dtype=float)
    table.index.name = "particle"
    table.attrs["assumed"] = []
    x, y, z, xy, xz, yz = np.asarray(snapshot.configuration.box, dtype=float)
    vectors = np.array([[x, xy * y, xz * z], [0, y, yz * z], [0, 0, z]])
    return table, Cell(vectors, -vectors.sum(axis=1) / 2, np.array([True, True, True]))


def _count(line, number):
    if not re.fullmatch(r"\s*[0-9]{1,12}\s*", line):
        raise InputError(f"line {number}: {line.strip()[:40]!r} stands where the number of particles should")
    return int(line)


def _take(file, count, number):
    rows = list(islice(file, count))
    if len(rows) < count:
        raise TruncatedError(
            f"the file ends in line {number + len(rows) - 1}, after {len(rows)} of {count} lines"
        )
    return rows
