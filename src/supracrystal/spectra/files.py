"""Mass spectra in files: mzML, mzXML, MGF, JCAMP-DX, and text as the programs of the vendors export it.

:func:`read_spectrum` tells the format by the contents, not by the name; each may be packed with gzip.
mzML, mzXML and MGF are read by ``pyteomics``; mzML is written by ``psims``, whose vocabulary is taken
from its own files, never from the network. What cannot be right is refused in one line: a file that is
cut off, damaged or of another kind, arrays that do not fit, values that are not finite. A format that
is not read is refused by its name. A table of text has no mark at its end: one that was cut between two
lines looks whole.

A spectrum is a :class:`pandas.DataFrame` with the columns ``mz`` and ``intensity``, sorted in m/z. Its
``attrs`` hold what the file says of it: ``representation`` ("profile" or "centroid"), ``polarity``
("positive" or "negative"), ``resolution``, the resolving power m/FWHM, ``level``, the MS level, and how
it was read: ``format``, ``scans``, the number that were added up, ``passed``, that of the scans without
points, and ``merged``, the number of points that had the m/z of another.

Source: the mzML standard, Martens et al. (2011) (`martens2011`). Left out: chromatograms, precursors,
ion mobility, imaging, and the binary formats of vendors.
"""

import gzip
import io
import re
import warnings
import zlib
from functools import cache
from importlib import resources
from importlib.metadata import version
from io import BytesIO
from numbers import Real
from pathlib import Path

import numpy as np
import pandas as pd

from supracrystal import InputError
from supracrystal.records import write_whole

MZ_NAMES = ("mz", "m/z", "mass", "masstocharge", "mass/charge", "x")
INTENSITY_NAMES = (
    "intensity",
    "intens",
    "int",
    "i",
    "relativeintensity",
    "abundance",
    "relativeabundance",
    "height",
    "counts",
    "signal",
    "y",
)
LARGEST = 2**31
"""Bytes that a packed file may unpack to; points that the sum of scans may have are a hundredth of them."""
REGULAR = 100
"""Points from which on profiles whose axes interleave are put on one of these."""
ADVICE = "with a decimal comma, columns are separated by semicolons, tabs or blanks"
CONVERT = "convert it to mzML, such as with msconvert of ProteoWizard"
SEPARATORS = {".csv": ",", ".tsv": "\t", ".txt": " ", ".xy": " "}
VOCABULARIES = {
    "http://purl.obolibrary.org/obo/ms/psi-ms.obo": "psi-ms.obo.gz",
    "http://purl.obolibrary.org/obo/uo.obo": "unit.obo.gz",
}
BINARY = (
    (b"\x01\xa1F\0i\0n\0n\0i\0g\0a\0n", "a raw file of Thermo"),
    (b"SQLite format 3", "an SQLite database, as of Bruker timsTOF (.tdf, .tsf)"),
    (b"\x89HDF\r\n", "HDF5, as of mzMLb, mz5 or UniDec"),
    (b"\xd0\xcf\x11\xe0", "an OLE container, as of Sciex (.wiff) or MassLynx"),
    (b"PK\x03\x04", "a zip archive"),
    (b"BZh", "packed with bzip2"),
    (b"\xfd7zXZ", "packed with xz"),
    (b"CDF\x01", "netCDF (ANDI-MS)"),
)
ROOTS = {"mzData": "mzData", "mSD": "a document of mMass", "mzIdentML": "mzIdentML", "traML": "TraML"}
"""Formats that are refused by name."""


def read_spectrum(path, *, scan=None):
    r"""Read a mass spectrum from a file.

    Parameters
    ----------
    path : path-like
        mzML, mzXML, MGF or JCAMP-DX; or text with columns separated by commas, semicolons, tabs or blanks:
        lines of any text, a line with the names of the columns if there are more than two, and the numbers.
        So the exports of Thermo Xcalibur and FreeStyle, Agilent MassHunter, Bruker DataAnalysis, Waters
        MassLynx, Sciex and UniDec are read. A decimal comma is understood where columns are not separated by
        commas; separators of thousands are refused. Each may be gzipped.
    scan : int, str, or list of these, optional
        Scans of an mzML, mzXML or MGF file by number, from 0 (from the end if negative), or by identifier.
        Default: all of the lowest MS level in the file.

    Returns
    -------
    pandas.DataFrame
        Columns ``mz`` and ``intensity``, sorted in m/z. Points of one scan with the same m/z become their
        mean. Negative intensities stay, which are left where a baseline has been taken away.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        In one line: the name of the file, and what is wrong with it, where.

    Notes
    -----
    Several scans are added up. Profiles are taken for straight between their points, so that their sum is
    exact on the union of their axes. Where axes of many points interleave, the sum is made on that with the
    most points, since a union would hold points that depend on one another. Centroids are put together. Scans
    of both kinds, or of both polarities, are refused; those without points are passed over.

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
    if path.is_dir():
        raise InputError(
            f"{path.name}: this is a folder, as Agilent and Bruker (.d) or Waters (.raw) write; {CONVERT}"
        )
    data = path.read_bytes()
    try:
        if data.startswith(b"\x1f\x8b"):
            data = _unpacked(data)
        if not data.strip():
            raise InputError("is empty")
        for start, kind in BINARY:
            if data.startswith(start):
                raise InputError(f"this is {kind}, which is not read; {CONVERT}")
        start = data[:2000].lstrip(b"\xef\xbb\xbf \t\r\n")
        if start.startswith(b"<"):
            return _sum(*_choose(_xml_scans(data, path.name), scan))
        if re.search(rb"^BEGIN IONS", data, re.M):
            return _sum(*_choose(_mgf_scans(data), scan))
        if scan not in (None, 0, -1):
            raise InputError(f"scan {scan!r} was asked for; a table of text has one")
        return _read_text(data)
    except ValueError as error:
        raise InputError(f"{path.name}: {' '.join(str(error).split())}") from error


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
    >>> again.equals(spectrum), again.attrs["representation"]
    (True, 'centroid')
    """
    path = Path(path)
    name = path.name.lower()
    kind = Path(name.removesuffix(".gz")).suffix
    if kind != ".mzml" and kind not in SEPARATORS:
        raise InputError(f"{path.name}: a name in .mzML{', '.join(['', *SEPARATORS])} is needed, or with .gz")
    attrs, spectrum = spectrum.attrs, _spectrum(spectrum["mz"], spectrum["intensity"], merge=False)
    if kind == ".mzml":
        data = _document(spectrum, attrs)
    else:
        header = kind in (".csv", ".tsv")
        data = spectrum.to_csv(sep=SEPARATORS[kind], header=header, index=False, lineterminator="\n").encode()
    write_whole(gzip.compress(data, mtime=0) if name.endswith(".gz") else data, path)


def _spectrum(mz, intensity, places=None, merge=True):
    """Return the sorted spectrum if all of its values can be right; points of one m/z become their mean."""
    mz, intensity = np.asarray(mz, dtype=float), np.asarray(intensity, dtype=float)
    if not len(mz):
        raise InputError("there are no points")
    if len(mz) != len(intensity):
        raise InputError(f"there are {len(mz)} m/z and {len(intensity)} intensities; each point has both")
    for name, values, right, what in (
        ("m/z", mz, np.isfinite(mz) & (mz > 0), "a positive number"),
        ("intensity", intensity, np.isfinite(intensity), "a finite number"),
    ):
        if not right.all():
            k = int(np.argmin(right))
            where = f"point {k}" if places is None else f"line {places[k]}"
            raise InputError(f"{where}: the {name} is {values[k]}; {what} is needed")
    order = np.argsort(mz, kind="stable")
    mz, intensity = mz[order], intensity[order]
    merged = int((np.diff(mz) == 0).sum()) if merge else 0
    if merged:
        mz, place, number = np.unique(mz, return_inverse=True, return_counts=True)
        intensity = np.bincount(place, intensity / number[place])
    table = pd.DataFrame({"mz": mz, "intensity": intensity})
    if merged:
        table.attrs["merged"] = merged
    return table


def _unpacked(data):
    try:
        with gzip.open(BytesIO(data)) as file:
            data = file.read(LARGEST + 1)
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise InputError("the compressed file is damaged or cut off") from error
    if len(data) > LARGEST:
        raise InputError(f"unpacked, the file is larger than {LARGEST:,} bytes")
    return data


def _choose(scans, wanted):
    """Return the scans that are wanted, and how many of them without points are passed over."""
    if not scans:
        raise InputError("there are no spectra")
    if wanted is None:
        filled = [scan for scan in scans if len(scan["mz"])]
        level = min((scan["level"] for scan in filled), default=1)
        chosen = [scan for scan in scans if scan["level"] == level or not filled]
    else:
        chosen, names = [], {scan["id"]: scan for scan in scans}
        for one in [wanted] if isinstance(wanted, (str, int, np.integer)) else wanted:
            if isinstance(one, str) and one in names:
                chosen.append(names[one])
            elif not isinstance(one, str) and -len(scans) <= one < len(scans):
                chosen.append(scans[one])
            else:
                there = f"{scans[0]['id']!r} to {scans[-1]['id']!r}"
                raise InputError(f"there is no scan {one!r}; there are 0 to {len(scans) - 1}, {there}")
    filled = [scan for scan in chosen if len(scan["mz"])]
    return filled, len(chosen), len(scans)


def _sum(scans, wanted, there):
    """Add up scans: profiles on the union of their axes, centroids side by side."""
    if not wanted:
        raise InputError("no scan was asked for")
    if not scans:
        raise InputError("there are no points")
    for key in ("representation", "polarity"):
        if len(kinds := sorted({str(scan["attrs"].get(key, "unknown")) for scan in scans})) > 1:
            raise InputError(f"scans of different {key}, {' and '.join(kinds)}, cannot be added; choose some")
    parts = [_spectrum(scan["mz"], scan["intensity"]) for scan in scans]
    merged = sum(part.attrs.get("merged", 0) for part in parts)
    mz = parts[0]["mz"].to_numpy()
    if all(np.array_equal(part["mz"], mz) for part in parts[1:]):
        total = _spectrum(mz, np.sum([part["intensity"] for part in parts], axis=0))
    elif scans[0]["attrs"].get("representation") == "centroid":
        every = pd.concat(parts)
        mz, place = np.unique(every["mz"], return_inverse=True)
        total = _spectrum(mz, np.bincount(place, every["intensity"]))
        merged += len(every) - len(mz)
    else:
        mz = _common_axis([part["mz"].to_numpy() for part in parts])
        total = _spectrum(mz, sum(np.interp(mz, part["mz"], part["intensity"], 0, 0) for part in parts))
    first = scans[0]["attrs"]
    total.attrs = {k: v for k, v in first.items() if all(scan["attrs"].get(k) == v for scan in scans)}
    levels = sorted({scan["level"] for scan in scans})
    total.attrs |= {"level": levels[0] if len(levels) == 1 else levels, "scans": len(scans), "of": there}
    if wanted > len(scans):
        total.attrs["passed"] = wanted - len(scans)
    if merged:
        total.attrs["merged"] = merged
    return total


def _common_axis(axes):
    """Return the union of axes; where they interleave, the longest with what lies beyond its ends."""
    longest = max(axes, key=len)
    if len(longest) > REGULAR:
        union = [longest]
        for axis in axes:
            inside = (axis >= longest[0]) & (axis <= longest[-1])
            if inside.mean() < 0.5:
                union.append(axis)
        mz = np.unique(np.concatenate(union))
        ends = [np.concatenate([axis[axis < mz[0]], axis[axis > mz[-1]]]) for axis in axes]
        return np.unique(np.concatenate([mz, max(ends, key=len)]))
    mz = np.unique(np.concatenate(axes))
    if len(mz) * len(axes) > LARGEST:
        raise InputError(f"{len(axes)} scans have {len(mz):,} m/z on their axes; choose fewer scans")
    return mz


def _import_psims():
    """Import ``psims``, as ``pyteomics`` does, without its warning of mzMLb, which is not written here."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="hdf5plugin is missing")
        import psims  # noqa: F401


def _xml_scans(data, name):
    """Return the scans of an mzML or mzXML file as dictionaries: id, level, mz, intensity, attrs."""
    from lxml import etree
    from tqdm import tqdm

    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise InputError("it declares a document type or entities, as no mzML file does")
    try:
        _, root = next(etree.iterparse(BytesIO(data), events=("start",), resolve_entities=False))
    except (etree.XMLSyntaxError, LookupError) as error:
        raise InputError(f"this begins like XML, but cannot be read: {error.args[0]}") from error
    kind = etree.QName(root).localname
    if kind in ROOTS:
        raise InputError(f"this is {ROOTS[kind]}, which is not read; {CONVERT}")
    if kind not in ("mzML", "indexedmzML", "mzXML", "msRun"):
        raise InputError(f"this is XML, but neither mzML nor mzXML; its root is {kind[:40]!r}")
    start = data[:20_000]
    if b"IMS:10000" in start or b'cvLabel="IMS"' in start or name.lower().endswith(".imzml"):
        raise InputError(
            "this is imzML (imaging), which is not read; export the mean spectrum of a region as mzML or text"
        )
    if kind.endswith("mzML") and (old := re.search(rb'<mzML[^>]*\bversion="(0\.[\d.]+)"', start)):
        raise InputError(f"this is mzML of the version {old[1].decode()}; 1.0 and 1.1 are read: {CONVERT}")
    if b"MS-Numpress" in data:
        try:
            import pynumpress  # noqa: F401
        except ImportError as error:
            raise InputError("it is packed by MS-Numpress: pip install pynumpress") from error
    form = "mzXML" if kind in ("mzXML", "msRun") else "mzML"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)  # of arrays whose meaning had to be guessed
            scans = _open(data, form)
            scans = tqdm(scans, desc=name, unit=" scans", delay=2, leave=False)
            scan = _mzml_scan if form == "mzML" else _mzxml_scan
            return [scan(found) for found in scans]
    except Exception as error:  # The libraries beneath have many for what is damaged or cut off.
        what = str(error.args[0]) if error.args else type(error).__name__
        raise InputError(f"the {form} is damaged, cut off or of an unknown kind: {what[:120]}") from error


def _open(data, form):
    """Return the reader of ``pyteomics``, without a question to the network."""
    _import_psims()
    if form == "mzXML":
        from pyteomics.mzxml import MzXML

        return MzXML(BytesIO(data), use_index=False, huge_tree=True)
    from pyteomics.mzml import MzML

    reader = MzML(BytesIO(data), use_index=False, huge_tree=True, cv=False)
    reader.cv = None  # It would be looked up on the network, for the types of values alone.
    return reader


def _mzml_scan(found):
    """Return what is used of a spectrum of mzML."""
    which, length = found.get("id", "without identifier"), found["defaultArrayLength"]
    missing = [name for name in ("m/z array", "intensity array") if name not in found]
    if missing and length:
        raise InputError(f"scan {which} has no {missing[0]}")
    mz, intensity = (found.get(f"{name} array", np.zeros(0)) for name in ("m/z", "intensity"))
    if not len(mz) == len(intensity) == length:
        raise InputError(f"scan {which}: {len(mz)} m/z and {len(intensity)} intensities for {length} points")
    attrs = {"format": "mzML"}
    for word in ("profile", "centroid"):
        if f"{word} spectrum" in found:
            attrs["representation"] = word
    for word in ("positive", "negative"):
        if f"{word} scan" in found:
            attrs["polarity"] = word
    scans = found.get("scanList", {}).get("scan", [{}])
    if resolution := scans[0].get("mass resolving power"):
        attrs["resolution"] = float(resolution)
    level = int(found.get("ms level", 1))
    return {"id": which, "level": level, "mz": mz, "intensity": intensity, "attrs": attrs}


def _mzxml_scan(found):
    """Return what is used of a spectrum of mzXML."""
    which, length = str(found.get("num", "without number")), int(found.get("peaksCount", 0))
    mz, intensity = (found.get(f"{name} array", np.zeros(0)) for name in ("m/z", "intensity"))
    if not len(mz) == len(intensity) == length:
        raise InputError(f"scan {which}: {len(mz)} m/z and {len(intensity)} intensities for {length} points")
    attrs = {"format": "mzXML"}
    if "centroided" in found:
        attrs["representation"] = (
            "centroid" if str(found["centroided"]) in ("1", "True", "true") else "profile"
        )
    if (sign := found.get("polarity")) in ("+", "-"):
        attrs["polarity"] = "positive" if sign == "+" else "negative"
    level = int(found.get("msLevel", 1))
    return {"id": which, "level": level, "mz": mz, "intensity": intensity, "attrs": attrs}


def _mgf_scans(data):
    """Return the spectra of an MGF file, which are centroids of fragments."""
    from pyteomics import mgf

    text = _decoded(data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)
            spectra = list(mgf.MGF(io.StringIO(text), use_header=False, read_charges=False))
    except Exception as error:
        what = str(error.args[0]) if error.args else type(error).__name__
        raise InputError(f"the MGF is damaged or cut off: {what[:120]}") from error
    if text.count("BEGIN IONS") != len(spectra) or text.count("END IONS") != len(spectra):
        raise InputError("the MGF is damaged or cut off: BEGIN IONS and END IONS do not fit")
    scans = []
    for k, found in enumerate(spectra):
        attrs = {"format": "MGF", "representation": "centroid"}
        charge = found["params"].get("charge")
        if charge:
            attrs["polarity"] = "negative" if int(charge[0]) < 0 else "positive"
        name = str(found["params"].get("title", k))
        scans.append({"id": name, "level": 2, "mz": found["m/z array"], "intensity": found["intensity array"],
                      "attrs": attrs})  # fmt: skip
    return scans


@cache
def _vocabularies():
    """Return the vocabularies that ``psims`` brings; its own way to them asks the network first."""
    from psims.controlled_vocabulary.controlled_vocabulary import ControlledVocabulary, OBOCache

    def load(name):
        packed = resources.files("psims.controlled_vocabulary.vendor") / name
        return ControlledVocabulary.from_obo(BytesIO(gzip.decompress(packed.read_bytes())))

    resolvers = {address: lambda _, name=name: load(name) for address, name in VOCABULARIES.items()}
    return OBOCache(enabled=False, use_remote=False, resolvers=resolvers)


def _document(spectrum, attrs):
    """Return a spectrum as mzML."""
    _import_psims()
    from psims.mzml.writer import PlainMzMLWriter

    polarity, resolution = attrs.get("polarity"), attrs.get("resolution")
    resolution = float(resolution) if isinstance(resolution, Real) else None  # It may be a function of m/z.
    target = BytesIO()
    with PlainMzMLWriter(target, close=False, vocabulary_resolver=_vocabularies()) as writer:
        writer.controlled_vocabularies()
        writer.file_description(["MS1 spectrum"])
        software = {"id": "supracrystal", "version": version("supracrystal")}
        writer.software_list([{**software, "params": ["custom unreleased software tool"]}])
        parts = [writer.Source(1, ["ionization type"]), writer.Analyzer(2, ["mass analyzer type"])]
        parts.append(writer.Detector(3, ["detector type"]))
        writer.instrument_configuration_list(
            [writer.InstrumentConfiguration("instrument", parts, ["instrument model"])]
        )
        step = writer.ProcessingMethod(
            order=1, software_reference="supracrystal", params=["Conversion to mzML"]
        )
        writer.data_processing_list([writer.DataProcessing([step], id="conversion")])
        with writer.run(id="run"), writer.spectrum_list(count=1):
            writer.write_spectrum(
                spectrum["mz"].to_numpy(),
                spectrum["intensity"].to_numpy(),
                id="scan=1",
                polarity=polarity and f"{polarity} scan",
                centroided=attrs.get("representation") == "centroid",
                params=["MS1 spectrum", {"ms level": 1}],
                scan_params=[{"mass resolving power": resolution}] if resolution else [],
                encoding={"m/z array": np.float64, "intensity array": np.float64},
            )
    # The schema has no list without members.
    return re.sub(rb'\s*<sourceFileList count="0">\s*</sourceFileList>', b"", target.getvalue())


def _decoded(data):
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError("this is neither mzML nor text in UTF-8") from error
    if "\0" in text:
        raise InputError("this is neither mzML nor text")
    return text


def _read_text(data):
    """Read a table of text: what stands before it, the names of its columns, and the numbers."""
    text = _decoded(data)
    if text.lstrip().startswith("##"):
        return _read_jcamp(text)
    if text.lstrip().upper().startswith("IGOR"):
        raise InputError("this is Igor text, which is not read; export two columns of m/z and intensity")
    every = text.splitlines()
    numbers = [n for n, line in enumerate(every, 1) if line.strip()]
    if numbers and (
        one := re.match(r"[\d.]+,([+-]),[^,]*,ms(\d+),[^,]*,(\w+),[^,]*,(\d+),", every[numbers[0] - 1])
    ):
        return _read_bruker_line(one, [every[n - 1] for n in numbers])
    data = [n for n in numbers if not every[n - 1].lstrip().startswith("#")]
    begin = next((k for k, n in enumerate(data) if _begins(every[n - 1])), len(data))
    before = [every[n - 1] for n in numbers if begin == len(data) or n < data[begin]]
    numbers = data[begin:]
    if not numbers:
        raise InputError("there are no points")
    lines = [every[n - 1] for n in numbers]
    separator = _separator(lines[0])
    width = len(_fields(lines[0], separator))
    names = _names(before, separator, width)
    columns = _columns(names, _fields(lines[0], separator), before)
    for number, line in zip(numbers, lines, strict=True):
        if (count := len(line.split(separator))) != width:
            raise InputError(f"line {number}: the number of columns is {count}, not {width}; {ADVICE}")
    if separator != ",":
        _refuse_thousands(lines, numbers, separator, columns)
        lines = [line.replace(",", ".") for line in lines]
    try:
        table = np.loadtxt(lines, comments=None, delimiter=separator, usecols=columns, ndmin=2, quotechar='"')
    except ValueError as error:
        for number, line in zip(numbers, lines, strict=True):
            fields = _fields(line, separator)
            wrong = next((fields[k] for k in columns if not _is_number(fields[k])), None)
            if wrong is not None:
                raise InputError(f"line {number}: {wrong[:40]!r} is not a number") from error
        raise
    spectrum = _spectrum(*table.T, numbers)
    spectrum.attrs |= {"format": "text"} | _described(before)
    return spectrum


def _begins(line):
    """Whether a line is one of numbers, two at least."""
    if not re.match(r"[\s\"]*[-+.]?\d", line) and not re.match(r"[\s\"]*[-+]?(nan|inf)", line, re.I):
        return False
    fields = [each for each in re.split(r"[\s;,\"]+", line) if each]
    return len(fields) > 1 and _is_number(fields[0].replace(",", "."))


def _names(before, separator, width):
    """Return the names of the columns from what stands before them, if they are there."""
    for line in reversed(before):
        # `#` may begin a comment with the names, or be the name of the first column, as Bruker writes.
        for text in (line, line.lstrip().removeprefix("#")):
            fields = _fields(text.strip('"') if text.count('"') < 2 else text, separator)
            if len(fields) == width and None not in _found(fields):
                return fields
    if before and not before[-1].lstrip().startswith("#"):
        fields = _fields(before[-1], separator)
        if len(fields) == width:
            return fields
    return None


def _found(names):
    """Return the columns whose names are those of m/z and of intensity."""
    short = [re.sub(r"[(\[].*|[\s_.]", "", name.lower()) for name in names]
    return [
        next((short.index(known) for known in wanted if known in short), None)
        for wanted in (MZ_NAMES, INTENSITY_NAMES)
    ]


def _described(before):
    """Return what the lines before a table say of it, as Thermo and Agilent write it."""
    text, attrs = " ".join(before)[:4000], {}
    if thermo := re.search(r"\b[FI]TMS\s*([+-])\s*([pc])\b", text):
        attrs["polarity"] = "positive" if thermo[1] == "+" else "negative"
        attrs["representation"] = "profile" if thermo[2] == "p" else "centroid"
    elif found := re.search(r"(?:^|[\s\"#])([+-])\s?(?:ESI|APCI|APPI|MALDI)\b", text):
        attrs["polarity"] = "positive" if found[1] == "+" else "negative"
    if level := re.search(r"\bFull ms(\d?)\b", text):
        attrs["level"] = int(level[1] or 1)
    return attrs


def _refuse_thousands(lines, numbers, separator, columns):
    """Raise ValueError if a comma may stand for thousands and not for a decimal."""
    seen = []
    for number, line in zip(numbers, lines, strict=True):
        fields = _fields(line, separator)
        seen += [(number, column, fields[column]) for column in columns]
    with_comma = [each for each in seen if "," in each[2]]
    if not with_comma:
        return
    grouped = [each for each in with_comma if re.fullmatch(r"[-+]?\d{1,3}(,\d{3})+(\.\d*)?", each[2])]
    mixed = [each for each in with_comma if "." in each[2] or each[2].count(",") > 1]
    dots = any("." in text for _, _, text in seen)
    plain = {column for _, column, text in seen if "," not in text}
    if mixed or (len(grouped) == len(with_comma) and (dots or any(c in plain for _, c, _ in grouped))):
        number, _, text = (mixed or grouped)[0]
        raise InputError(
            f"line {number}: the comma in {text[:40]!r} seems to separate thousands; leave it out"
        )


def _read_bruker_line(found, lines):
    """Read the export of Bruker DataAnalysis with one spectrum in a line."""
    if len(lines) > 1:
        raise InputError(f"there are {len(lines)} spectra, one in each line; keep the line that is wanted")
    fields = lines[0].split(",")[7 + (found[0].count(",") - 7) :]
    pairs = [field.split() for field in fields if field.strip()]
    if any(len(pair) != 2 or not all(map(_is_number, pair)) for pair in pairs) or len(pairs) != int(found[4]):
        raise InputError(
            f"line 1: {len(pairs)} pairs of m/z and intensity are there, {found[4]} are announced"
        )
    spectrum = _spectrum(*np.array(pairs, dtype=float).T)
    kind = {"line": "centroid", "profile": "profile"}.get(found[3].lower())
    spectrum.attrs |= {"format": "text of Bruker DataAnalysis", "level": int(found[2])}
    spectrum.attrs["polarity"] = "positive" if found[1] == "+" else "negative"
    if kind:
        spectrum.attrs["representation"] = kind
    return spectrum


def _read_jcamp(text):
    """Read the pairs of a mass spectrum in JCAMP-DX."""
    labels = {}
    for part in re.split(r"^##", re.sub(r"\$\$.*", "", text), flags=re.M)[1:]:
        name, _, value = part.partition("=")
        labels.setdefault(re.sub(r"[\s\-/_]", "", name).upper(), value.strip())
    name = next((name for name in ("PEAKTABLE", "XYDATA", "XYPOINTS", "DATATABLE") if name in labels), None)
    if "NTUPLES" in labels:
        raise InputError("this is JCAMP-DX of several spectra (NTUPLES), which is not read; export one")
    if name is None:
        raise InputError("this is JCAMP-DX, but it has no table of peaks (PEAK TABLE, XYDATA or XYPOINTS)")
    form, _, table = labels[name].partition("\n")
    if not re.match(r"\(XY(\.\.XY|XY)?", re.sub(r"\s", "", form).upper()):
        raise InputError(
            f"this is JCAMP-DX in the form {form.strip()[:30]!r}; only pairs, (XY..XY), are read"
        )
    # Values are apart by commas, pairs by blanks, semicolons or lines.
    values = re.split(r"[\s,;]+", table.strip())
    if len(values) % 2 or not all(map(_is_number, values)):
        wrong = next((each for each in values if not _is_number(each)), f"{len(values)} values")
        raise InputError(f"{name}: {wrong[:40]!r}; pairs of numbers are needed")
    table = np.array(values, dtype=float).reshape(-1, 2)
    factors = [labels.get(key, "1") for key in ("XFACTOR", "YFACTOR")]
    if not all(map(_is_number, factors)):
        raise InputError(f"the factors of JCAMP-DX are {' and '.join(factors)[:40]!r}; numbers are needed")
    count = labels.get("NPOINTS", "")
    if count.isdigit() and int(count) != len(table):
        raise InputError(f"the JCAMP-DX has {len(table)} points, but announces {count}; it may be cut off")
    spectrum = _spectrum(*(table * np.array(factors, dtype=float)).T)
    spectrum.attrs["format"] = "JCAMP-DX"
    if name == "PEAKTABLE":
        spectrum.attrs["representation"] = "centroid"
    return spectrum


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


def _columns(names, fields, before):
    """Return which columns hold m/z and intensity."""
    if names is None:
        if len(fields) == 2:
            return 0, 1
        last = f"; the line before is {before[-1].strip()[:40]!r}" if before else ""
        raise InputError(
            f"the number of columns is {len(fields)}; two are needed, or a line before them that names them, "
            f"such as mz,intensity{last}; {ADVICE}"
        )
    found = _found(names)
    if None in found:
        raise InputError(f"the columns are {', '.join(names)[:80]!r}; mz and intensity are needed")
    return tuple(found)


def _is_number(field):
    try:
        float(field.replace("_", "?"))  # Python alone takes 1_000 for a number.
    except ValueError:
        return False
    return True
