"""Arrays in files of MATLAB's version 5, and tilt series in DM3 and DM4 files of Gatan.

MATLAB's files are read here and not by SciPy, which ends the interpreter with a segmentation fault where a
damaged file names a type of numbers that there is not (SciPy 1.17). Read is what a series can be: arrays of
real numbers, and structs of such arrays. DM3 and DM4 are read by ``ncempy`` (extra ``gatan``).
"""

import math
import re
import struct
import zlib

import numpy as np

from supracrystal import InputError

NUMBERS = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
"""Types of the numbers of an array as they are stored in MATLAB files."""
CLASSES = {6: "f8", 7: "f4", 8: "i1", 9: "u1", 10: "i2", 11: "u2", 12: "i4", 13: "u4", 14: "i8", 15: "u8"}
"""Types of arrays in MATLAB, whose numbers may be stored in fewer bytes."""
STRUCT, MATRIX, COMPRESSED, COMPLEX = 2, 14, 15, 0x800


def matlab_arrays(path):
    """Return the real arrays of a MATLAB 5 file by name, those of a struct as ``struct.field``."""
    data = memoryview(np.memmap(path, np.uint8, "r"))
    order = {b"IM": "<", b"MI": ">"}.get(bytes(data[126:128]))
    if not order:
        raise InputError("the header of MATLAB 5 does not say the order of its bytes")
    found = {}
    for kind, body in _elements(data[128:], order):
        if kind == MATRIX:
            found |= _arrays(body, order)
    return found


def _elements(data, order):
    """Yield the type and the bytes of each data element, those of compressed ones unpacked."""
    at = 0
    while at + 8 <= len(data):
        kind, size = struct.unpack_from(order + "II", data, at)
        start = at + 8
        if kind >> 16:  # Up to four bytes stand beside the type.
            kind, size, start = kind & 0xFFFF, kind >> 16, at + 4
            at += 8
        else:
            at = start + size + (0 if kind == COMPRESSED else -size % 8)
        if start + size > len(data):
            raise InputError(f"cut off: an element of {size} bytes, and {max(len(data) - start, 0)} are left")
        body = data[start : start + size]
        if kind == COMPRESSED:
            yield from _elements(memoryview(zlib.decompress(body)), order)
        else:
            yield kind, body


def _arrays(body, order, name=""):
    """Return the array of an element, or those of a struct, by name; nothing for what is neither."""
    parts = list(_elements(body, order))
    if len(parts) < 4:
        return {}
    flags, shape = (np.frombuffer(part, order + "i4") for _, part in parts[:2])
    shape, kind = shape.tolist(), int(flags[0]) & 0xFF
    if kind == STRUCT and not name and math.prod(shape) == 1 and len(parts) > 4:
        width, fields = int(np.frombuffer(parts[3][1], order + "i4")[0]), bytes(parts[4][1])
        names = [fields[k : k + width].split(b"\0")[0] for k in range(0, len(fields), max(width, 1))]
        inside, found = bytes(parts[2][1]).decode("latin-1"), {}
        for field, (_, part) in zip(names, parts[5:], strict=False):
            found |= _arrays(part, order, f"{inside}.{field.decode('latin-1')}")
        return found
    if kind not in CLASSES or flags[0] & COMPLEX:
        return {}
    name = name or bytes(parts[2][1]).decode("latin-1")
    stored, values = parts[3]
    if stored not in NUMBERS:
        raise InputError(f"{name}: {stored} is no type of numbers")
    values = np.frombuffer(values, order + NUMBERS[stored])
    if values.size != math.prod(shape):
        raise InputError(f"{name}: {values.size} numbers for {' x '.join(map(str, shape))}")
    return {name: values.reshape(shape, order="F").astype(CLASSES[kind], copy=False)}


def gatan_series(path, units):
    """Return pictures, tilts in degrees, and the pixels of rows and columns in nm, of a DM3 or DM4 file.

    Tilts are those of the axis of the pictures, None if its unit is no angle; pixels are None without a unit
    of length.
    """
    try:
        from ncempy.io.dm import fileDM
    except ImportError:
        raise InputError(
            "DM3 and DM4 of Gatan are read by ncempy, which is not here: pip install supracrystal[gatan]; or "
            "convert the file to MRC, as by IMOD's dm2mrc"
        ) from None
    with fileDM(path) as file:
        found = file.getDataset(0)
    series = found["data"]
    if series.ndim != 3:
        return series, None, None
    unit, *across = (each.strip("\0 ") for each in found["pixelUnit"])
    step, *width = map(float, found["pixelSize"])
    tilts, pixels = None, None
    if re.fullmatch(r"°|deg(rees?)?|rad(ians?)?", unit):
        tilts = (np.arange(len(series)) - float(found["pixelOrigin"][0])) * step
        tilts = np.degrees(tilts) if unit.startswith("rad") else tilts
    if across[0] in units and across[1] in units:
        pixels = [units[each] * size for each, size in zip(across, width, strict=True)]
    return series, tilts, pixels
