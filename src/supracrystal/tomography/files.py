"""Tilt series and volumes in files: MRC, TIFF, HDF5, MATLAB, DM, with tilts from the file or one beside it.

The format is told by the contents, not by the name. What cannot be right is refused in one line, before any
computing: a file that is cut off or of another kind, pictures that are blank or not finite, tilts that do not
fit them. TIFF is read by ``tifffile``, HDF5 by ``h5py``, DM by ``ncempy``. MRC is written by ``mrcfile`` and
read here, because ``mrcfile`` refuses old and slightly wrong headers and takes unsigned bytes
for signed ones.

Rows are taken in the order of the file. MRC counts them upwards and TIFF downwards, and microscopes differ in
the sign of the tilt: which of two mirror images a volume shows cannot be told from the files.

Left out: tilts in the tags of DM files, and in the extended headers of SerialEM (IMOD's ``extracttilts``
writes them as ``.rawtlt``).
"""

import logging
import math
import os
import re
from pathlib import Path

import h5py
import mrcfile
import numpy as np
import tifffile

from supracrystal import InputError
from supracrystal.records import write_whole
from supracrystal.tomography.formats import gatan_series, matlab_arrays

NANOMETRES = {"nm": 1, "um": 1e3, "µm": 1e3, "μm": 1e3, "micron": 1e3, "microns": 1e3, "Å": 0.1, "A": 0.1,
              "angstrom": 0.1, "mm": 1e6, "cm": 1e7, "inch": 2.54e7}  # fmt: skip
"""What units of length are called in TIFF files."""
MOST_COMPRESSED = 10_000
"""Bytes of pictures for each byte of a TIFF file that no compression of pictures reaches."""
LARGEST_PIXEL = 100.0
"""Pixels in nm that dots per inch may give; larger ones are the resolution of a printer."""
RADIANS = re.compile(r"\[?\s*rad(ians?)?\s*\]?", re.IGNORECASE)
IMOD = 1146047817
"""Stamp of IMOD in an MRC header; the next number has its first bit set where bytes are signed."""
MODES = {0: "i1", 1: "i2", 2: "f4", 6: "u2", 12: "f2"}
"""Types of the numbers in MRC files."""
TILTS = ("theta", "angle", "angles", "tilt", "tilts", "tilt_angles", "rotation_angle")
"""Names of the tilts in HDF5 files."""


def read_angles(path):
    r"""Read the tilts of a series from a ``.rawtlt`` or ``.tlt`` file, or from an ``.mdoc`` of SerialEM.

    Parameters
    ----------
    path : path-like
        Text with one number on each line, in degrees; or blocks ``[ZValue = 0]`` with a ``TiltAngle`` each.
        Empty lines, and what follows a ``#``, are skipped. A line ``# radians`` changes the unit.

    Returns
    -------
    (n,) array

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If a line is not one number from -90 to 90, or there is none.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "series.rawtlt")
    ...     _ = path.write_text("-2.0\n0.0\n 2.0\n")
    ...     read_angles(path).tolist()
    [-2.0, 0.0, 2.0]
    """
    path, angles, factor = Path(path), [], 1.0
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise InputError(f"{path.name} is not text; tilts are one number on each line") from error
    if any(line.strip().startswith("[ZValue") for line in lines):
        return _mdoc(path.name, lines)[0]
    for number, line in enumerate(lines, 1):
        if "#" in line and RADIANS.fullmatch(line.split("#")[1].strip()):
            factor = 180 / np.pi
        if words := line.split("#")[0].split():
            try:
                (angle,) = map(float, words)
            except ValueError:
                raise InputError(
                    f"{path.name}, line {number}: {line.strip()[:40]!r} is not one number"
                ) from None
            if not abs(angle * factor) <= 90:
                raise InputError(f"{path.name}, line {number}: the tilt {angle:g} is not within 90 degrees")
            angles.append(angle * factor)
    if not angles:
        raise InputError(f"{path.name} holds no tilts")
    return np.array(angles)


def _mdoc(name, lines):
    """Return tilts in the order of the sections, and the pixel in nm if it is said."""
    tilts, pixel, section = {}, None, None
    for number, line in enumerate(lines, 1):
        key, _, value = (part.strip(" []") for part in line.partition("="))
        try:
            if key == "ZValue":
                section = int(value)
            elif key == "TiltAngle" and section is not None:
                tilts[section] = float(value)
            elif key == "PixelSpacing" and pixel is None:
                pixel = float(value) / 10
        except ValueError:
            raise InputError(f"{name}, line {number}: {line.strip()[:40]!r} has no number") from None
        if not abs(tilts.get(section, 0.0)) <= 90:
            raise InputError(f"{name}, line {number}: the tilt {value} is not within 90 degrees")
    if not tilts:
        raise InputError(f"{name} holds no TiltAngle")
    return np.array([tilts[each] for each in sorted(tilts)]), pixel


def read_series(path, *, angles=None, pixel=None, dataset=None):
    """Read a tilt series, its tilts and the width of its pixels.

    Parameters
    ----------
    path : path-like
        MRC; TIFF with one page for each picture; HDF5 with the pictures along the first axis, or along that
        which the file calls the tilts; MATLAB's version 5 with the pictures along the last axis; or DM3 and
        DM4 (with the extra ``gatan``).
    angles : path-like, optional
        File of the tilts. Default: those that the file holds (MRC of FEI, HDF5, MATLAB, DM), else the file
        of the same name that ends in ``.rawtlt``, ``.tlt`` or ``.mdoc``.
    pixel : float, optional
        Width of a pixel in nm, whatever the header says. Default: that of the header, or of an ``.mdoc``.
    dataset : str, optional
        Which array of an HDF5 or MATLAB file. Default: the only one with three axes, or ``exchange/data``.

    Returns
    -------
    series : (n, rows, columns) array of float32
    angles : (n,) array
        In degrees, in the order of the pictures.
    pixel : float
        In nm.

    Raises
    ------
    OSError
        If a file cannot be read.
    ValueError
        If it is damaged or of another kind, or if pictures, tilts and pixel are not all there and do not fit.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     write_series(Path(folder, "one.mrc"), np.arange(24).reshape(2, 3, 4), [-1, 1], pixel=0.5)
    ...     series, angles, pixel = read_series(Path(folder, "one.mrc"))
    >>> series.shape, angles.tolist(), pixel
    ((2, 3, 4), [-1.0, 1.0], 0.5)
    """
    path = Path(path)
    with path.open("rb") as file:
        start = file.read(1024)
    options = {"pixel": pixel}
    if start[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        reader = _read_tiff
    elif start[:8] == b"\x89HDF\r\n\x1a\n":
        reader, options = _read_hdf5, {"dataset": dataset, **options}
    elif start[:10] == b"MATLAB 5.0":
        reader, options = _read_matlab, {"dataset": dataset}
    elif _mrc_order(start):
        reader = _read_mrc
    elif start[:4] in (b"\0\0\0\x03", b"\0\0\0\x04"):
        reader = _read_gatan
    else:
        hint = ""
        if start[:2] in (b"\x1f\x8b", b"BZ"):
            hint = "; it is compressed: unpack it first"
        raise InputError(f"{path.name} is neither MRC, TIFF, HDF5, MATLAB 5 nor DM{hint}")
    if dataset is not None and "dataset" not in options:
        raise InputError(f"dataset is {dataset!r}, but {path.name} is no HDF5 file")
    try:
        series, own_angles, own_pixel = reader(path, **options)
    except MemoryError:
        raise
    except ValueError as error:
        raise InputError(f"{path.name}: {error}") from error
    except Exception as error:  # what the libraries raise on damaged files is not documented
        raise InputError(f"{path.name} is damaged or cut off ({error})") from error
    if angles is not None:
        own_angles = read_angles(angles)
    elif own_angles is None:
        own_angles, said = _beside(path)
        own_pixel = own_pixel or said
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if 8 * series.size > memory:
        raise MemoryError(f"the pictures alone take {8e-9 * series.size:.1f} GB")
    pixel = own_pixel if pixel is None else pixel
    if pixel is None:
        raise InputError(f"{path.name} does not say how wide a pixel is; give it in nm (--pixel)")
    return _checked(path.name, series, np.asarray(own_angles, dtype=float), float(pixel))


def _beside(path):
    """Return the tilts of the file beside a series, and the pixel if it says one."""
    there = [path.with_suffix(end) for end in (".rawtlt", ".tlt", ".mdoc")]
    there.append(path.with_name(f"{path.name}.mdoc"))
    found = next((each for each in there if each.is_file()), None)
    if found is None:
        raise InputError(
            f"{path.name} holds no tilts, and no file with them lies beside it, {path.stem}.rawtlt, "
            f"{path.stem}.tlt or {path.name}.mdoc; name one (--angles)"
        )
    if found.suffix == ".mdoc":
        return _mdoc(found.name, found.read_text(encoding="utf-8-sig", errors="replace").splitlines())
    return read_angles(found), None


def write_series(path, series, angles, *, pixel):
    """Write a tilt series as MRC, with its tilts beside it in a file that ends in ``.rawtlt``.

    Parameters
    ----------
    path : path-like
    series, angles, pixel
        As :func:`read_series` returns them.

    Raises
    ------
    ValueError
        If pictures, tilts and pixel do not fit.

    Examples
    --------
    >>> write_series("series.mrc", np.zeros((2, 3, 4)), [0], pixel=1)
    Traceback (most recent call last):
    supracrystal.InputError: series.mrc: 2 pictures and 1 tilts do not fit
    """
    path = Path(path)
    series = np.asarray(series, dtype=np.float32)
    series, angles, pixel = _checked(path.name, series, np.asarray(angles, dtype=float), float(pixel))
    _write_mrc(path, series, pixel, stack=True)
    write_whole("".join(f"{angle:.4f}\n" for angle in angles).encode(), path.with_suffix(".rawtlt"))


def write_volume(path, volume, *, pixel):
    """Write a volume as MRC, as tomography programs and ChimeraX read it.

    Parameters
    ----------
    path : path-like
    volume : (depth, rows, columns) array_like
        Along z, y and x.
    pixel : float
        Width of a voxel in nm.

    Raises
    ------
    ValueError
        If the volume has not three axes.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     write_volume(Path(folder, "one.mrc"), np.ones((2, 3, 4)), pixel=0.5)
    ...     with mrcfile.open(Path(folder, "one.mrc")) as file:
    ...         file.data.shape, float(file.voxel_size.x)
    ((2, 3, 4), 5.0)
    """
    volume = np.asarray(volume, dtype=np.float32)
    if volume.ndim != 3:
        raise InputError(f"volume has the shape {volume.shape}; depth, rows and columns are needed")
    _write_mrc(Path(path), volume, pixel, stack=False)


def _write_mrc(path, array, pixel, stack):
    partial = path.with_name(path.name + ".partial")
    with mrcfile.new(partial, array, overwrite=True) as file:
        if stack:
            file.set_image_stack()
        file.voxel_size = 10 * pixel
    partial.replace(path)


def _checked(name, series, angles, pixel):
    """Return what makes a series, if it can be one."""
    if series.ndim != 3 or len(series) < 2:
        raise InputError(f"{name}: an array of the shape {series.shape} is not a series of pictures")
    if series.dtype.kind not in "iuf":
        raise InputError(f"{name}: pictures of {series.dtype} are not real numbers")
    if angles.shape != (len(series),):
        raise InputError(f"{name}: {len(series)} pictures and {angles.size} tilts do not fit")
    if not (np.abs(angles) <= 90).all():
        raise InputError(f"{name}: tilts from {angles.min():g} to {angles.max():g} are not within 90 degrees")
    if len(np.unique(angles)) < 2:
        raise InputError(f"{name}: all pictures have the tilt {angles[0]:g}")
    if not 0 < pixel < np.inf:
        raise InputError(f"{name}: a pixel of {pixel:g} nm has no width")
    with np.errstate(all="ignore"):  # what becomes infinite is found below
        series = np.asarray(series, dtype=np.float32)
    for number, picture in enumerate(series):
        if not np.isfinite(picture).all():
            raise InputError(f"{name}: picture {number} (from 0) holds values that are not finite")
        if picture.min() == picture.max():
            raise InputError(f"{name}: picture {number} (from 0) is blank")
    return series, angles, pixel


def _mrc_order(header):
    """Return the order of the bytes of an MRC header, < or >, by stamp or numbers; empty if it is none."""
    if len(header) < 1024:
        return ""
    stamped = {0x44: "<", 0x11: ">"}.get(header[212], "") if header[208:211] == b"MAP" else ""
    for order in stamped or "<>":
        nx, ny, nz = np.frombuffer(header[:12], order + "i4")
        extended = np.frombuffer(header[92:96], order + "i4")[0]
        axes = sorted(np.frombuffer(header[64:76], order + "i4").tolist())
        if min(nx, ny, nz) > 0 and max(nx, ny, nz) < 1e6 and extended >= 0 and (stamped or axes == [1, 2, 3]):
            return order
    return stamped


def _read_mrc(path, pixel=None):
    with path.open("rb") as file:
        header = file.read(1024)
    order = _mrc_order(header)

    def number(at, kind="i4", count=1):
        size = np.dtype(kind).itemsize
        return np.frombuffer(header[at : at + size * count], order + kind)

    columns, rows, pictures, mode = number(0, count=4).tolist()
    extended = int(number(92)[0])
    if min(columns, rows, pictures) < 1 or extended < 0:
        raise InputError(f"the header tells of {pictures} pictures of {rows} x {columns} pixels")
    if mode in (3, 4):
        raise InputError(f"pictures of {'complex64' if mode == 4 else 'complex int16'} are not real numbers")
    if mode not in MODES:
        raise InputError(f"mode {mode} in the header; real numbers, the modes {sorted(MODES)}, are read")
    kind = MODES[mode]
    lowest, highest = number(76, "f4", 2)
    if mode == 0:
        stamp, flags = number(152, count=2)
        # Bytes of IMOD are signed if it says so; those of others if the header's least value is negative.
        unsigned = not flags & 1 if stamp == IMOD else highest > 127 and not lowest < 0
        kind = "u1" if unsigned else "i1"
    needed = 1024 + extended + np.dtype(kind).itemsize * columns * rows * pictures
    if path.stat().st_size < needed:
        raise InputError(f"cut off: {path.stat().st_size} bytes, and {needed} by its header")
    cells, lengths = number(28, count=3), number(40, "f4", 3)
    with np.errstate(all="ignore"):
        across, along = (
            float(length / max(cell, 1)) / 10 for length, cell in zip(lengths[:2], cells[:2], strict=True)
        )
    known = np.isfinite([across, along]).all() and across > 0
    if pixel is None and known and abs(across - along) > 1e-3 * across:
        raise InputError(f"pixels of {across:g} by {along:g} nm are not square; say their width (--pixel)")
    angles = None
    if header[104:108] in (b"FEI1", b"FEI2"):
        with mrcfile.open(path, permissive=True, header_only=True) as file:
            angles = np.array(file.indexed_extended_header["Alpha tilt"], dtype=float)[:pictures]
    series = np.memmap(path, order + kind, "r", 1024 + extended, (pictures, rows, columns))
    return series, angles, across if known else None


def _read_tiff(path, pixel=None):
    logging.getLogger("tifffile").setLevel(logging.CRITICAL)  # what is damaged is said by the error
    with tifffile.TiffFile(path) as file:
        if len({page.shape for page in file.pages}) > 1:
            raise InputError("its pages are not all of one size")
        # Strips that are missing would be read as zeros, one by one.
        for page in file.pages:
            if math.prod(page.chunked) > len(page.dataoffsets):
                raise InputError(f"it is cut off: {len(page.dataoffsets)} of {math.prod(page.chunked)} parts")
        declared, size = sum(page.nbytes for page in file.pages), path.stat().st_size
        if declared > MOST_COMPRESSED * size:
            raise InputError(f"it is damaged: {1e-6 * declared:,.0f} MB of pictures in {1e-6 * size:.3g} MB")
        series = np.stack([page.asarray() for page in file.pages]) if len(file.pages) > 1 else file.asarray()
        page, unit = file.pages.first, None
        if file.ome_metadata and (said := _ome_pixel(file.ome_metadata, pixel)):
            return series, None, said
        if "XResolution" not in page.tags:
            return series, None, None
        per_unit = [dots / parts for dots, parts in (page.tags[f"{xy}Resolution"].value for xy in "XY")]
        if file.is_imagej:
            unit = (file.imagej_metadata or {}).get("unit")
            unit = re.sub(r"\\u00B5", "µ", unit, flags=re.IGNORECASE) if unit else None
        elif "ResolutionUnit" in page.tags:
            unit = {2: "inch", 3: "cm"}.get(int(page.tags["ResolutionUnit"].value))
        if unit not in NANOMETRES or not min(per_unit) > 0:
            return series, None, None
        if pixel is None and abs(per_unit[0] - per_unit[1]) > 1e-3 * per_unit[0]:
            raise InputError(f"{per_unit[0]:g} by {per_unit[1]:g} pixels for each {unit} are not square")
        width = NANOMETRES[unit] / per_unit[0]
        return series, None, width if file.is_imagej or width <= LARGEST_PIXEL else None


def _ome_pixel(text, pixel):
    """Return the width of a pixel in nm by OME's description, None if it has none."""
    found = {}
    for axis in "XY":
        size = re.search(rf'PhysicalSize{axis}="([^"]+)"', text)
        unit = re.search(rf'PhysicalSize{axis}Unit="([^"]+)"', text)
        unit = NANOMETRES.get(unit[1] if unit else "µm")
        if not size or not unit:
            return None
        found[axis] = float(size[1]) * unit
    if pixel is None and abs(found["X"] - found["Y"]) > 1e-3 * found["X"]:
        raise InputError(f"pixels of {found['X']:g} by {found['Y']:g} nm are not square")
    return found["X"]


def _read_hdf5(path, dataset, pixel=None):
    with h5py.File(path) as file:
        found = {}
        file.visititems(found.__setitem__)
        found = {name: item for name, item in found.items() if isinstance(item, h5py.Dataset)}
        stacks = [name for name, item in found.items() if item.ndim == 3]
        if dataset is None and (len(stacks) == 1 or "exchange/data" in stacks):
            dataset = stacks[0] if len(stacks) == 1 else "exchange/data"
        dataset = (dataset or "").strip("/")
        if dataset not in stacks:
            raise InputError(
                f"which dataset is the series (--dataset)? Three axes have: {', '.join(stacks) or 'none'}"
            )
        beside, series = dataset.rpartition("/")[0], found[dataset]
        near = {name.rpartition("/")[2]: item for name, item in found.items()
                if item.ndim == 1 and name.rpartition("/")[0] == beside}  # fmt: skip
        dims = [near.get(f"dim{axis + 1}") for axis in range(3)]
        if None not in dims:
            return _emd(series, dims, pixel)
        angles = next((_degrees(near[name]) for name in TILTS if name in near), None)
        widths = np.atleast_1d(series.attrs.get("element_size_um", []))[-2:]
        if pixel is None and len(widths) == 2 and abs(widths[0] - widths[1]) > 1e-3 * widths[1]:
            raise InputError(f"pixels of {1e3 * widths[1]:g} by {1e3 * widths[0]:g} nm are not square")
        width = 1e3 * float(widths[1]) if len(widths) == 2 else None
        return series[()], angles, width


def _said(item, name):
    """Return an attribute of a dataset as text."""
    value = item.attrs.get(name, "")
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def _degrees(item):
    """Return the tilts of a dataset, which may say that they are radians."""
    values = np.asarray(item[()], dtype=float)
    return np.degrees(values) if RADIANS.fullmatch(_said(item, "units").strip()) else values


def _emd(series, dims, pixel):
    """Read a series of the EMD format, whose axes dim1 to dim3 describe; tilts by their name or unit."""
    names = [f"{_said(dim, 'name')} {_said(dim, 'units')}".lower() for dim in dims]
    tilts = next((i for i, name in enumerate(names) if re.search(r"angle|tilt|theta|deg|rad", name)), 0)
    width = None
    across = dims[2 if tilts != 2 else 1]
    unit = NANOMETRES.get(_said(across, "units").strip("[] ").replace("_", ""))
    if unit and len(across) > 1:
        width = unit * abs(float(across[1] - across[0]))
    # Rows come before columns. Of x, y, tilt that is right for tomviz, which turns about x.
    data = np.moveaxis(series[()], tilts, 0)
    return np.ascontiguousarray(data), _degrees(dims[tilts]), width


def _read_matlab(path, dataset):
    """Read the only array with three axes, or the one named; pictures lie along its last axis."""
    found = matlab_arrays(path)
    stacks = [name for name, item in found.items() if item.ndim == 3]
    dataset = stacks[0] if dataset is None and len(stacks) == 1 else dataset
    if dataset not in stacks:
        raise InputError(
            f"which variable is the series (--dataset)? Real, with three axes: {', '.join(stacks) or 'none'}"
        )
    series = np.moveaxis(found[dataset], 2, 0)
    lists = [item.ravel() for item in found.values() if item.size == len(series)]
    return series, lists[0].astype(float) if len(lists) == 1 else None, None


def _read_gatan(path, pixel=None):
    series, angles, pixels = gatan_series(path, NANOMETRES)
    if pixel is None and pixels and abs(pixels[0] - pixels[1]) > 1e-3 * abs(pixels[1]):
        across, along = pixels[1], pixels[0]
        raise InputError(f"pixels of {across:g} by {along:g} nm are not square; say their width (--pixel)")
    return series, angles, pixels[1] if pixels else None
