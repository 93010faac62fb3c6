"""Tables of columns: which column is what, and which rows are one frame.

Columns are known by their names, in any order and case. Names stand in the first line, below titles, or in a
comment. What is ambiguous is refused: two columns for one axis, and axes in different units.
"""

import csv
import re

import numpy as np
import pandas as pd

from supracrystal import InputError

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
    "diameter": ["diameter", "particle_diameter", "d"],
    "radius": ["radius", "particle_radius", "r"],
    "id": ["id", "particle_identifier"],
    "frame": [
        "frame",
        "frame_number",
        "timestep",
        "time_step",
        "snapshot",
        "time",
        "position_t",
        "t",
        "step",
    ],
}
"""Column names taken for each quantity, whatever their case; the first that a file has is used."""

UNITS = r"nm|um|µm|μm|pm|mm|a|å|ang|angstroms?|px|pix|pixels?|vox|voxels?"
COORDINATE = re.compile(
    r"(?:pos(?:ition)?|coordinate|coord|cent(?:roid|er|re))?[ _.]?([xyz])"
    rf"(?:[ _]?(?:pos(?:ition)?|coordinate|coord))?(?:[ _]?({UNITS}))?"
)
TITLES = 50
"""Lines above the names of the columns that may be titles."""


def read_columns(file):
    """Return names, rows, their lines and what was assumed, of a text with a table of columns."""
    text = [(number, line.strip("\r\n")) for number, line in enumerate(file, 1) if line.strip()]
    separator, assumed = None, []
    if text and (said := re.fullmatch(r'"?sep=(.)"?\s*', text[0][1], re.IGNORECASE)):
        separator, text = said[1], text[1:]
    comments = [(number, line.strip("# \t")) for number, line in text if line.lstrip().startswith("#")]
    text = [(number, line) for number, line in text if not line.lstrip().startswith("#")]
    if not text:
        raise InputError("there are no particles")
    # The names of the columns, below titles or in a comment.
    tops = (i for i, (_, line) in enumerate(text[:TITLES]) if _has_axes(_fields([line], separator)[0]))
    top = next(tops, None)
    if top is None:
        rows = _fields([line for _, line in text], separator)
        lines = [number for number, _ in text]
        above = [line for number, line in comments if number < lines[0]]
        names = next((found for line in above if _has_axes(found := _fields([line], None)[0])
                      and len(found) == len(rows[0])), None)  # fmt: skip
        if names is None and sum(_is_number(field) for field in rows[0]) >= 3:
            names = name_columns(rows, lines[0], assumed)
        elif names is None:
            names, rows, lines = rows[0], rows[1:], lines[1:]
        return names, rows, lines, assumed
    if top:
        assumed.append(f"line {text[top][0]} names the columns; the lines above it are taken for titles")
    names, *rows = _fields([line for _, line in text[top:]], separator)
    lines = [number for number, _ in text[top + 1 :]]
    axes = [i for i, name in enumerate(names) if COORDINATE.fullmatch(_short(name)[0])]
    units = next(
        (i for i, row in enumerate(rows[:4]) if any(_is_number(row[k]) for k in axes if k < len(row))), 0
    )
    if 0 < units < 4:
        assumed.append(f"the {units} lines below the names hold no numbers and are left out")
        rows, lines = rows[units:], lines[units:]
    return names, rows, lines, assumed


def _fields(lines, separator):
    """Split lines into fields, by the separator that the first one has: ; tab , | or blanks."""
    separator = separator or next((mark for mark in ";\t,|" if mark in lines[0]), None)
    if separator is None or separator == " ":
        return [line.split() for line in lines]
    try:
        rows = [[field.strip() for field in row] for row in csv.reader(lines, delimiter=separator)]
    except csv.Error as error:
        raise InputError(str(error)) from error
    if separator == ";":
        rows = [[re.sub(r"^([-+]?\d*),(\d+)", r"\1.\2", field) for field in row] for row in rows]
    if len({len(row) for row in rows}) == 1 and not any(row[-1] for row in rows):
        rows = [row[:-1] for row in rows]
    return rows


def _short(name):
    """Return a column name in small letters, without its unit in brackets, and that unit."""
    found = re.fullmatch(r"([^(\[/]*)[(\[/]?([^)\]]*).*", name.strip().lower(), re.DOTALL)
    return found[1].strip(), found[2].strip()


def _has_axes(names):
    found = [COORDINATE.fullmatch(_short(name)[0]) for name in names]
    return {match[1] for match in found if match} == {"x", "y", "z"}


def name_columns(rows, line, assumed):
    """Name the columns of x y z, x y z r, or x y z with a species before or behind them."""
    width = len(rows[0])
    if width == 3:
        return ["x", "y", "z"]
    if width == 4:
        whole = [row for row in rows if len(row) == 4]
        distinct = [len({row[column] for row in whole}) for column in (0, 3)]
        if min(distinct) <= 10 < max(distinct):
            return ["species", "x", "y", "z"] if distinct[0] < distinct[1] else ["x", "y", "z", "species"]
        try:
            values = np.array(whole, dtype=float)
        except ValueError:
            values = np.empty((0, 4))
        if (
            len(values) > 10
            and (values[:, 3] > 0).all()
            and np.ptp(values[:, 3]) < 0.2 * np.ptp(values[:, :3])
        ):
            assumed.append("the fourth column is taken for the radius")
            return ["x", "y", "z", "radius"]
    raise InputError(
        f"line {line}: {width} columns without names; write a first line that names them, such as "
        "x,y,z,species"
    )


def tidy(names, rows, lines, assumed=(), *, frame=None):
    """Return the table of the columns that are known by name; of one frame, if a number is given for it."""
    wrong = next((i for i, row in enumerate(rows) if len(row) != len(names)), None)
    if wrong is not None:
        raise InputError(f"line {lines[wrong]}: {len(rows[wrong])} columns, {len(names)} expected")
    short, assumed = [_short(name)[0] for name in names], list(assumed)
    found = _axes(names)
    for key, aliases in ALIASES.items():
        known = [short.index(alias) for alias in aliases if alias in short]
        if key == "species":
            known = [column for column in known if not _runs(rows, column, names, assumed)]
        if known:
            found[key] = known[0]
    table = pd.DataFrame(index=pd.Index(lines, name="line"))
    for key in ("x", "y", "z", "diameter", "radius", "id"):
        if key in found:
            table[key] = numbers([row[found[key]] for row in rows], names[found[key]], lines)
    if "species" in found:
        table["species"] = [re.sub(r"^(\d+)\.0*$", r"\1", row[found["species"]]) for row in rows]
    if "radius" in table:
        radius = table.pop("radius")
        table["diameter"] = table.get("diameter", 2 * radius)
    if frame is not None:
        moments = [short.index(alias) for alias in ALIASES["frame"] if alias in short]
        table = _one_frame(table, names, rows, lines, moments, frame, assumed)
    table = table.sort_values("id", kind="stable") if "id" in table else table
    table.attrs["assumed"] = assumed
    return table


def _axes(names):
    """Return the column of each axis, if there is one of each and all have the same unit."""
    found, units = {}, {}
    for column, name in enumerate(names):
        short, unit = _short(name)
        if match := COORDINATE.fullmatch(short):
            axis = match[1]
            if axis in found:
                raise InputError(
                    f"two columns for {axis}, {names[found[axis]]} and {name}; leave one for each axis"
                )
            found[axis], units[axis] = column, match[2] or (unit if re.fullmatch(UNITS, unit) else "")
    if missing := [axis for axis in "xyz" if axis not in found]:
        raise InputError(
            f"no column for {', '.join(missing)}; the columns are {abridged(names)}, "
            "and x, y and z are needed, with species (or type, element), diameter or radius"
        )
    if len({unit for unit in units.values() if unit}) > 1:
        listed = ", ".join(names[found[axis]] for axis in "xyz")
        raise InputError(f"the columns {listed} have different units; x, y and z need the same")
    return found


def _runs(rows, column, names, assumed):
    """Say whether a column only numbers the particles, and so names no species."""
    values = {row[column] for row in rows}
    running = len(rows) > 10 and len(values) > max(20, 0.5 * len(rows)) and all(map(_is_number, values))
    if running:
        assumed.append(f"the column {names[column]} numbers the particles and names no species")
    return running


def _one_frame(table, names, rows, lines, moments, frame, assumed):
    """Return the rows of one moment, by the first column of frames or times that has several."""
    for column in moments:
        moment = numbers([row[column] for row in rows], names[column], lines)
        there = np.unique(moment[np.isfinite(moment)])
        if len(there) < 2:
            continue
        if len(there) > 0.5 * len(rows):
            raise InputError(
                f"the column {names[column]} has {len(there)} moments for {len(rows)} rows; give one "
                "moment of tracks, in which all particles are seen"
            )
        if not -len(there) <= frame < len(there):
            raise InputError(f"frame {frame} was asked for; the column {names[column]} has {len(there)}")
        assumed.append(
            f"the column {names[column]} has {len(there)} frames; that of {there[frame]:g} is taken (--frame)"
        )
        return table[moment == there[frame]]
    if frame not in (0, -1):
        raise InputError(f"frame {frame} was asked for; a table without a column of frames has one")
    return table


def abridged(names, most=12, width=24):
    """List names in one line that a terminal can show, whatever stands in their place."""
    shown = [name if name.isprintable() and len(name) <= width else f"{name[:width]!r}..." for name in names]
    return ", ".join(shown[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def numbers(fields, name, lines):
    """Return fields of a column as numbers, or name the line of the first that is none."""
    try:
        return np.array(fields, dtype=object).astype(float)
    except ValueError as error:
        wrong = next(i for i, field in enumerate(fields) if not _is_number(field))
        raise InputError(
            f"line {lines[wrong]}: {fields[wrong][:40]!r} in column {name} is not a number"
        ) from error


def _is_number(field):
    try:
        float(field)
    except ValueError:
        return False
    return True
