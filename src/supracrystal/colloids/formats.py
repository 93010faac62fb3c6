"""Coordinates in files, as they stand there: GSD, XYZ and extended XYZ, LAMMPS dump, CSV.

:func:`read_table` returns what one frame of a file says about its particles and its cell, and
nothing more; :func:`supracrystal.colloids.files.read_particles` makes spheres of it. GSD is read by
the ``gsd`` library. The three text formats are read here, because ASE takes every species for an
element and so refuses ``L``, and because it mislays the origin of LAMMPS's scaled coordinates.

Left out: binary LAMMPS dumps, and anything but positions, species, diameters and identifiers.
"""

import csv
import gzip
import re
import struct
import zlib
from collections import deque
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import gsd.hoomd
import numpy as np
import pandas as pd

ALIASES = {
    "species": [
        "species",
        "element",
        "type",
        "typeid",
        "type_id",
        "particle_type",
        "kind",
        "label",
        "symbol",
    ],
    "diameter": ["diameter", "particle_diameter"],
    "radius": ["radius", "particle_radius"],
    "id": ["id", "particle_identifier"],
}
"""Column names taken for each quantity, whatever their case; the first that a file has is used."""

COORDINATE = re.compile(
    r"(?:pos(?:ition)?|coord)?[ _.]?([xyz])(?:[ _]?(?:pos(?:ition)?|nm|um|µm|pm|px|a|å))?"
)
FORMATS = ("gsd", "xyz", "lammps", "csv")


class Cell(NamedTuple):
    """The box of a file: its vectors as columns, its lowest corner, and which directions repeat."""

    vectors: np.ndarray
    corner: np.ndarray
    periodic: np.ndarray


def read_table(path, *, frame=-1, format=None):  # noqa: A002
    """Read one frame of a file as a table, without judging it.

    Parameters
    ----------
    path : path-like
        The text formats may be compressed with gzip.
    frame : int
        Which frame of a trajectory, counted from 0, or from the end if negative.
    format : {"gsd", "xyz", "lammps", "csv"}, optional
        Default: told by the first bytes of the file; its name plays no part.

    Returns
    -------
    table : pandas.DataFrame
        Columns ``x``, ``y``, ``z`` (float), ``species`` (str) and, where the file has them,
        ``diameter`` and ``id``. The index is the line of the file, or the particle of a GSD file.
        Rows with identifiers are sorted by them, for LAMMPS writes them in any order.
    cell : Cell or None
        None where the file has no box.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If it is not what the format allows, with the line at fault.
    """
    path = Path(path)
    with path.open("rb") as file:
        start = file.read(8)
    if not start:
        raise ValueError(f"{path.name} is empty")
    if format not in (None, *FORMATS):
        raise ValueError(f"unknown format {format!r}; allowed are {', '.join(FORMATS)}")
    try:
        if format == "gsd" or (format is None and start == b"\xdfe" * 4):
            return _read_gsd(path, frame)
        opened = gzip.open if start[:2] == b"\x1f\x8b" else open
        with opened(path, "rt", encoding="utf-8-sig") as file:
            return _read_text(file, frame, format)
    except UnicodeDecodeError as error:
        raise ValueError(f"{path.name} is neither GSD nor text in UTF-8") from error
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise ValueError(f"{path.name}: the compressed file is damaged or cut off") from error
    except (ValueError, csv.Error) as error:
        raise ValueError(f"{path.name}: {error}") from error


def _read_text(file, frame, kind):
    first = file.readline()
    file.seek(0)
    if kind is None:
        kind = "lammps" if first.startswith("ITEM:") else "xyz" if first.strip().isdigit() else "csv"
    if kind == "csv":
        if frame not in (0, -1):
            raise ValueError(f"frame {frame} was asked for; a CSV file has one")
        return _tidy(*_read_csv(file)), None
    blocks = (_lammps_frames if kind == "lammps" else _xyz_frames)(file)
    names, rows, first_line, cell, scaled = _choose(blocks, frame)
    table = _tidy(names, [row.split() for row in rows], range(first_line, first_line + len(rows)))
    if scaled:
        table[["x", "y", "z"]] = cell.corner + table[["x", "y", "z"]].to_numpy() @ cell.vectors.T
    return table, cell


def _choose(blocks, frame):
    """Return one item of an iterator by an index that may count from the end, keeping few at a time."""
    wanted = islice(blocks, frame + 1) if frame >= 0 else blocks
    number = 0
    kept = deque(maxlen=1 if frame >= 0 else -frame)
    for block in wanted:
        number += 1
        kept.append(block)
    if not number:
        raise ValueError("there are no frames")
    if number < (frame + 1 if frame >= 0 else -frame):
        raise ValueError(f"frame {frame} was asked for; there are {number}")
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
        yield names, rows, number + 2, cell, False
        number += 1 + count


def _extended_names(properties, line):
    """Column names from ``species:S:1:pos:R:3``."""
    fields = properties.split(":")
    if len(fields) % 3 or not all(width.isdigit() for width in fields[2::3]):
        raise ValueError(f"line {line}: Properties={properties[:80]} is not a list of name:kind:width")
    names = []
    for name, width in zip(fields[::3], map(int, fields[2::3]), strict=True):
        if name.lower() in ("pos", "position") and width == 3:
            names += ["x", "y", "z"]
        else:
            names += [name] if width == 1 else [f"{name}[{i}]" for i in range(width)]
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
        raise ValueError(f"line {line}: Lattice needs nine numbers and pbc three of T and F") from error


def _lammps_frames(file):
    number, items = 0, {}
    while line := file.readline():
        number += 1
        if not line.strip():
            continue
        if not line.startswith("ITEM:"):
            raise ValueError(f"line {number}: {line.strip()[:40]!r} stands where ITEM: should")
        title = line[5:].strip()
        if not title.startswith("ATOMS"):
            rows = _take(file, 3 if title.startswith("BOX") else 1, number + 1)
            items[title.split(" ")[0]] = title, rows, number + 1
            number += len(rows)
            continue
        if not {"NUMBER", "BOX"} <= set(items):
            raise ValueError(f"line {number}: ATOMS before NUMBER OF ATOMS and BOX BOUNDS")
        count = _count(items["NUMBER"][1][0], items["NUMBER"][2])
        names = title.split()[1:]
        rows = _take(file, count, number + 1)
        scaled = not {"x", "xu"} & set(names) and bool({"xs", "xsu"} & set(names))
        names = [re.sub(r"^([xyz])(u|s|su)$", r"\1", name) if "x" not in names else name for name in names]
        yield names, rows, number + 1, _lammps_cell(*items["BOX"]), scaled
        number += count
        items = {}
    if items:
        raise ValueError(f"the file ends in line {number}, before the ATOMS of a frame")


def _lammps_cell(title, rows, line):
    words = title.split()[2:]
    flags = [word for word in words if re.fullmatch("[pfsm]{2}", word)] or ["pp"] * 3
    periodic = np.array([flag == "pp" for flag in flags])
    general, tilted = "abc" in words, "xy" in words
    try:
        periodic = periodic.reshape(3)
        bounds = np.array([row.split() for row in rows], dtype=float).reshape(3, 2 + tilted + 2 * general)
    except ValueError as error:
        raise ValueError(
            f"line {line}: bounds and boundaries of the box in three directions are needed"
        ) from error
    if general:
        return Cell(bounds[:, :3].T, bounds[:, 3], periodic)
    low, high = bounds[:, :2].T
    xy, xz, yz = bounds[:, 2] if tilted else np.zeros(3)
    # LAMMPS prints the box that encloses the tilted one.
    low = low - [min(0, xy, xz, xy + xz), min(0, yz), 0]
    high = high - [max(0, xy, xz, xy + xz), max(0, yz), 0]
    vectors = np.diag(high - low)
    vectors[0, 1], vectors[0, 2], vectors[1, 2] = xy, xz, yz
    return Cell(vectors, low, periodic)


def _read_csv(file):
    text = [(number, line.strip("\r\n")) for number, line in enumerate(file, 1)]
    text = [(number, line) for number, line in text if line.strip() and not line.lstrip().startswith("#")]
    if not text:
        raise ValueError("there are no particles")
    separator = next((mark for mark in ";\t," if mark in text[0][1]), None)
    lines = [number for number, _ in text]
    if separator is None:
        rows = [line.split() for _, line in text]
    else:
        rows = [
            [field.strip() for field in row]
            for row in csv.reader((line for _, line in text), delimiter=separator)
        ]
    if separator == ";":
        rows = [[re.sub(r"^([-+]?\d*),(\d+)", r"\1.\2", field) for field in row] for row in rows]
    numeric = [_is_number(field) for field in rows[0]]
    if sum(numeric) < 3:
        return rows[0], rows[1:], lines[1:]
    names = None
    if len(numeric) == 4:
        distinct = [len({row[column] for row in rows if len(row) == 4}) for column in (0, 3)]
        if min(distinct) <= 10 < max(distinct):
            names = ["species", "x", "y", "z"] if distinct[0] < distinct[1] else ["x", "y", "z", "species"]
    if names is None:
        raise ValueError(
            f"line {lines[0]}: {len(numeric)} columns without a header; "
            "write a first line that names them, such as x,y,z,species"
        )
    return names, rows, lines


def _read_gsd(path, frame):
    # Places and lengths of the index and of the list of names: the library trusts them, and ends the process.
    with path.open("rb") as file:
        header = file.read(40).ljust(40, b"\xff")
    index, entries, names, count = struct.unpack("<8x4Q", header)
    if max(index + 32 * entries, names + 64 * count) > path.stat().st_size:
        raise ValueError("not a GSD file, or a damaged one")
    try:
        with gsd.hoomd.open(path) as file:
            if not -len(file) <= frame < len(file):
                raise ValueError(f"frame {frame} was asked for; there are {len(file) or 'no frames'}")
            snapshot = file[frame]
    except (RuntimeError, MemoryError, TypeError) as error:
        # A damaged index asks for arrays of any size and type.
        raise ValueError("not a GSD file, or a damaged one") from error
    part = snapshot.particles
    if part.N and (part.typeid.dtype.kind != "u" or part.typeid.max() >= len(part.types)):
        raise ValueError(f"typeid {part.typeid.max()} has no name in types {part.types}")
    table = pd.DataFrame(np.asarray(part.position, dtype=float).reshape(-1, 3), columns=["x", "y", "z"])
    table["species"] = np.array(part.types, dtype=object)[part.typeid] if part.N else ""
    table["diameter"] = np.asarray(part.diameter, dtype=float)
    table.index.name = "particle"
    x, y, z, xy, xz, yz = np.asarray(snapshot.configuration.box, dtype=float)
    vectors = np.array([[x, xy * y, xz * z], [0, y, yz * z], [0, 0, z]])
    return table, Cell(vectors, -vectors.sum(axis=1) / 2, np.array([True, True, True]))


def _tidy(names, rows, lines):
    """Return the table of the columns that are known by name."""
    wrong = next((i for i, row in enumerate(rows) if len(row) != len(names)), None)
    if wrong is not None:
        raise ValueError(f"line {lines[wrong]}: {len(rows[wrong])} columns, {len(names)} expected")
    lower = [name.strip().lower() for name in names]
    short = [re.split(r"[(\[/]", name)[0].strip() for name in lower]
    found = {}
    for column, name in enumerate(short):
        match = COORDINATE.fullmatch(name)
        if match:
            found.setdefault(match.group(1), column)
    for key, aliases in ALIASES.items():
        known = [alias for alias in aliases if alias in short]
        if known:
            found[key] = short.index(known[0])
    missing = [name for name in ("x", "y", "z", "species") if name not in found]
    if missing:
        raise ValueError(
            f"no column for {', '.join(missing)}; the columns are {abridged(names)}, "
            "and x, y, z and species (or type, element) are needed"
        )
    table = pd.DataFrame(index=pd.Index(lines, name="line"))
    for key in ("x", "y", "z", "diameter", "radius", "id"):
        if key in found:
            table[key] = _numbers([row[found[key]] for row in rows], names[found[key]], lines)
    table["species"] = [re.sub(r"^(\d+)\.0*$", r"\1", row[found["species"]]) for row in rows]
    if "radius" in table:
        radius = table.pop("radius")
        table["diameter"] = table.get("diameter", 2 * radius)
    return table.sort_values("id", kind="stable") if "id" in table else table


def abridged(names, most=12, width=24):
    """List names in one line that a terminal can show, whatever stands in their place."""
    shown = [name if name.isprintable() and len(name) <= width else f"{name[:width]!r}..." for name in names]
    return ", ".join(shown[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def _numbers(fields, name, lines):
    try:
        return np.array(fields, dtype=object).astype(float)
    except ValueError as error:
        wrong = next(i for i, field in enumerate(fields) if not _is_number(field))
        raise ValueError(
            f"line {lines[wrong]}: {fields[wrong][:40]!r} in column {name} is not a number"
        ) from error


def _is_number(field):
    try:
        float(field)
    except ValueError:
        return False
    return True


def _count(line, number):
    if not line.strip().isdigit():
        raise ValueError(f"line {number}: {line.strip()[:40]!r} stands where the number of particles should")
    return int(line)


def _take(file, count, number):
    rows = list(islice(file, count))
    if len(rows) < count:
        raise ValueError(
            f"the file ends in line {number + len(rows) - 1}, after {len(rows)} of {count} lines"
        )
    return rows
