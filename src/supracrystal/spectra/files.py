"""Mass spectra in files: mzML, and tables of m/z and intensity as text; each also packed with gzip.

:func:`read_spectrum` tells the format by the contents, not by the name. mzML is read by ``pyteomics`` and
written by ``psims``, whose vocabulary is taken from its own files, never from the network. What cannot be
right is refused in one line: a file that is cut off, damaged or of another kind, arrays that do not fit,
values that are not finite. A table of text has no mark at its end: one that was cut between two lines
looks whole.

A spectrum is a :class:`pandas.DataFrame` with the columns ``mz`` and ``intensity``, sorted in m/z. Its
``attrs`` hold what the file says of it: ``representation`` ("profile" or "centroid"), ``polarity``
("positive" or "negative") and ``resolution``, the resolving power m/FWHM.

Source: the mzML standard, Martens et al. (2011) (`martens2011`). Left out: chromatograms, precursors, ion
mobility, and the formats of vendors.
"""

import gzip
import re
import zlib
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd

from supracrystal.records import write_whole
from supracrystal.spectra import mzml as _mzml

MZ_NAMES = ("mz", "m/z", "mass", "masstocharge", "mass/charge", "x")
INTENSITY_NAMES = (
    "intensity",
    "relativeintensity",
    "abundance",
    "relativeabundance",
    "counts",
    "signal",
    "y",
)
LARGEST = 2**31
"""Bytes that a packed file may unpack to; points that the sum of scans may have are a hundredth of them."""
ADVICE = "with a decimal comma, columns are separated by semicolons, tabs or blanks"
SEPARATORS = {".csv": ",", ".tsv": "\t", ".txt": " ", ".xy": " "}


def read_spectrum(path, *, scan=None):
    r"""Read a mass spectrum from mzML or from a table of text.

    Parameters
    ----------
    path : path-like
        mzML; or text with columns separated by commas, semicolons, tabs or blanks, lines of comment that
        begin with ``#``, and in the first line the names of the columns, if there are more than two.
        A decimal comma is understood where columns are not separated by commas. Each may be gzipped.
    scan : int, str, or list of these, optional
        Scans of an mzML file by number, from 0 (from the end if negative), or by identifier. Default: all
        of the lowest MS level in the file.

    Returns
    -------
    pandas.DataFrame
        Columns ``mz`` and ``intensity``, sorted in m/z. Points with the same m/z stay as they are, and so do
        negative intensities, which are left where a baseline has been taken away.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        In one line: the name of the file, and what is wrong with it, where.

    Notes
    -----
    Several scans are added up. Profiles are taken for straight between their points, so that their sum is
    exact on the union of their axes; centroids are put together. Scans of both kinds, or of both
    polarities, are refused.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as directory:
    ...     path = Path(directory) / "spectrum.txt"
    ...     _ = path.write_text("# from Xcalibur\nm/z;intensity\n3198,12;50\n3197,78;47,5\n")
    ...     read_spectrum(path)
            mz  intensity
    0  3197.78       47.5
    1  3198.12       50.0
    """
    path = Path(path)
    data = path.read_bytes()
    try:
        if data.startswith(b"\x1f\x8b"):
            data = _unpacked(data)
        if not data.strip():
            raise ValueError("is empty")
        if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
            return _sum(_choose(_mzml.scans(data, path.name), scan))
        if scan not in (None, 0, -1):
            raise ValueError(f"scan {scan!r} was asked for; a table of text has one")
        return _read_text(data)
    except ValueError as error:
        raise ValueError(f"{path.name}: {' '.join(str(error).split())}") from error


def write_spectrum(spectrum, path):
    """Write a mass spectrum as mzML or as a table of text.

    The file appears whole or not at all, and equal spectra give equal bytes.

    Parameters
    ----------
    spectrum : pandas.DataFrame
        Columns ``mz`` and ``intensity``. In mzML, ``attrs`` are kept as :func:`read_spectrum` returns them;
        without them the spectrum is a profile.
    path : path-like
        The name ends in ``.mzML``, ``.csv``, ``.tsv``, ``.xy`` or ``.txt``, or in one of these and ``.gz``.
        The last two have blanks between columns and no header.

    Raises
    ------
    ValueError
        For other names, and for spectra that :func:`read_spectrum` would refuse.

    Examples
    --------
    >>> import tempfile
    >>> spectrum = pd.DataFrame({"mz": [3197.78, 3198.12], "intensity": [47.5, 50]})
    >>> spectrum.attrs["representation"] = "centroid"
    >>> with tempfile.TemporaryDirectory() as directory:
    ...     path = Path(directory) / "spectrum.mzML.gz"
    ...     write_spectrum(spectrum, path)
    ...     again = read_spectrum(path)
    >>> again.equals(spectrum), again.attrs
    (True, {'representation': 'centroid'})
    """
    path = Path(path)
    name = path.name.lower()
    kind = Path(name.removesuffix(".gz")).suffix
    if kind != ".mzml" and kind not in SEPARATORS:
        raise ValueError(f"{path.name}: a name in .mzML{', '.join(['', *SEPARATORS])} is needed, or with .gz")
    attrs, spectrum = spectrum.attrs, _spectrum(spectrum["mz"], spectrum["intensity"])
    if kind == ".mzml":
        data = _mzml.document(spectrum, attrs)
    else:
        header = kind in (".csv", ".tsv")
        data = spectrum.to_csv(sep=SEPARATORS[kind], header=header, index=False, lineterminator="\n").encode()
    write_whole(gzip.compress(data, mtime=0) if name.endswith(".gz") else data, path)


def _spectrum(mz, intensity, places=None):
    """Return the sorted spectrum if all of its values can be right."""
    mz, intensity = np.asarray(mz, dtype=float), np.asarray(intensity, dtype=float)
    if not len(mz):
        raise ValueError("there are no points")
    for name, values, right, what in (
        ("m/z", mz, np.isfinite(mz) & (mz > 0), "a positive number"),
        ("intensity", intensity, np.isfinite(intensity), "a finite number"),
    ):
        if not right.all():
            k = int(np.argmin(right))
            where = f"point {k}" if places is None else f"line {places[k]}"
            raise ValueError(f"{where}: the {name} is {values[k]}; {what} is needed")
    order = np.argsort(mz, kind="stable")
    return pd.DataFrame({"mz": mz[order], "intensity": intensity[order]})


def _unpacked(data):
    try:
        with gzip.open(BytesIO(data)) as file:
            data = file.read(LARGEST + 1)
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise ValueError("the compressed file is damaged or cut off") from error
    if len(data) > LARGEST:
        raise ValueError(f"unpacked, the file is larger than {LARGEST:,} bytes")
    return data


def _choose(scans, wanted):
    if not scans:
        raise ValueError("there are no spectra")
    if wanted is None:
        level = min(scan["level"] for scan in scans)
        return [scan for scan in scans if scan["level"] == level]
    chosen, names = [], {scan["id"]: scan for scan in scans}
    for one in [wanted] if isinstance(wanted, (str, int, np.integer)) else wanted:
        if isinstance(one, str) and one in names:
            chosen.append(names[one])
        elif not isinstance(one, str) and -len(scans) <= one < len(scans):
            chosen.append(scans[one])
        else:
            there = f"{scans[0]['id']!r} to {scans[-1]['id']!r}"
            raise ValueError(f"there is no scan {one!r}; there are 0 to {len(scans) - 1}, {there}")
    return chosen


def _sum(scans):
    """Add up scans: profiles on the union of their axes, centroids side by side."""
    if not scans:
        raise ValueError("no scan was asked for")
    for key in ("representation", "polarity"):
        if len(kinds := sorted({str(scan["attrs"].get(key, "unknown")) for scan in scans})) > 1:
            raise ValueError(f"scans of different {key}, {' and '.join(kinds)}, cannot be added; choose some")
    parts = [_spectrum(scan["mz"], scan["intensity"]) for scan in scans if len(scan["mz"])]
    if not parts:
        raise ValueError("there are no points")
    mz = parts[0]["mz"].to_numpy()
    if all(np.array_equal(part["mz"], mz) for part in parts[1:]):
        total = _spectrum(mz, np.sum([part["intensity"] for part in parts], axis=0))
    elif scans[0]["attrs"].get("representation") == "centroid":
        total = pd.concat(parts).sort_values("mz", kind="stable", ignore_index=True)
    else:
        mz = np.unique(np.concatenate([part["mz"] for part in parts]))
        if len(mz) * len(parts) > LARGEST:
            raise ValueError(f"{len(parts)} scans have {len(mz):,} m/z on their axes; choose fewer scans")
        total = _spectrum(mz, sum(np.interp(mz, part["mz"], part["intensity"], 0, 0) for part in parts))
    first = scans[0]["attrs"]
    total.attrs = {k: v for k, v in first.items() if all(scan["attrs"].get(k) == v for scan in scans)}
    return total


def _read_text(data):
    try:
        lines = data.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise ValueError("this is neither mzML nor text in UTF-8") from error
    if b"\0" in data:
        raise ValueError("this is neither mzML nor text")
    numbers = [n for n, line in enumerate(lines, 1) if line.strip() and not line.lstrip().startswith("#")]
    lines = [lines[n - 1] for n in numbers]
    headed = bool(lines) and not re.search(r"^[\s\"]*[-+.]?\d", lines[0])
    if len(lines) <= headed:
        raise ValueError("there are no points")
    separator = _separator(lines[headed])
    columns = _columns(_fields(lines[0], separator) if headed else None, _fields(lines[headed], separator))
    width = len(_fields(lines[0], separator))
    for number, line in zip(numbers, lines, strict=True):
        if (count := len(line.split(separator))) != width:
            raise ValueError(f"line {number}: the number of columns is {count}, not {width}; {ADVICE}")
    lines, numbers = lines[headed:], numbers[headed:]
    if separator != ",":
        lines = [line.replace(",", ".") for line in lines]
    try:
        table = np.loadtxt(lines, comments=None, delimiter=separator, usecols=columns, ndmin=2, quotechar='"')
    except ValueError as error:
        for number, line in zip(numbers, lines, strict=True):
            fields = _fields(line, separator)
            wrong = next((fields[k] for k in columns if not _is_number(fields[k])), None)
            if wrong is not None:
                raise ValueError(f"line {number}: {wrong[:40]!r} is not a number") from error
        raise
    return _spectrum(*table.T, numbers)


def _separator(line):
    """Return what stands between the columns of a line; None for blanks."""
    for mark in ";\t":
        if mark in line:
            return mark
    with_commas = all(_is_number(field) for field in _fields(line, ","))
    return (
        "," if with_commas or not all(_is_number(field.replace(",", ".")) for field in line.split()) else None
    )


def _fields(line, separator):
    return [field.strip(' "\t') for field in line.split(separator)]


def _columns(names, fields):
    """Return which columns hold m/z and intensity."""
    if names is None:
        if len(fields) == 2:
            return 0, 1
        raise ValueError(
            f"the number of columns is {len(fields)}; two are needed, or a first line that names them, "
            f"such as mz,intensity; {ADVICE}"
        )
    short = [re.sub(r"[(\[].*|[\s_]", "", name.lower()) for name in names]
    found = [
        next((k for k, name in enumerate(short) if name in known), None)
        for known in (MZ_NAMES, INTENSITY_NAMES)
    ]
    if None in found:
        raise ValueError(f"the columns are {', '.join(names)[:80]!r}; mz and intensity are needed")
    return tuple(found)


def _is_number(field):
    try:
        float(field.replace("_", "?"))  # Python alone takes 1_000 for a number.
    except ValueError:
        return False
    return True
