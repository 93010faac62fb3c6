"""Tilt series and volumes in files: MRC, TIFF and HDF5, with the tilts of ``.rawtlt`` and ``.tlt`` files.

The format is told by the contents, not by the name. What cannot be right is refused in one line, before any
computing: a file that is cut off or of another kind, pictures that are blank or not finite, tilts that do not
fit them. MRC is read and written by ``mrcfile``, TIFF read by ``tifffile``, HDF5 by ``h5py``.

Rows are taken in the order of the file. MRC counts them upwards and TIFF downwards, and microscopes differ in
the sign of the tilt: which of two mirror images a volume shows cannot be told from the files.

Left out: files of vendors, and tilts in the extended headers of SerialEM (IMOD's ``extracttilts`` writes them
as ``.rawtlt``).
"""

import re
from pathlib import Path

import h5py
import mrcfile
import numpy as np
import tifffile

from supracrystal.records import write_whole

NANOMETRES = {"nm": 1, "um": 1e3, "µm": 1e3, "μm": 1e3, "micron": 1e3, "microns": 1e3, "Å": 0.1, "A": 0.1,
              "angstrom": 0.1, "mm": 1e6, "cm": 1e7, "inch": 2.54e7}  # fmt: skip
"""What units of length are called in TIFF files."""
LARGEST_PIXEL = 100.0
"""Pixels in nm that dots per inch may give; larger ones are the resolution of a printer."""
TILTS = ("theta", "angle", "angles", "tilt", "tilts", "tilt_angles", "rotation_angle")
"""Names of the tilts in HDF5 files."""


def read_angles(path):
    r"""Read the tilts of a series from a ``.rawtlt`` or ``.tlt`` file.

    Parameters
    ----------
    path : path-like
        Text with one number on each line, in degrees. Empty lines, and what follows a ``#``, are skipped.

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
    path, angles = Path(path), []
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise ValueError(f"{path.name} is not text; tilts are one number on each line") from error
    for number, line in enumerate(lines, 1):
        if words := line.split("#")[0].split():
            try:
                (angle,) = map(float, words)
            except ValueError:
                raise ValueError(
                    f"{path.name}, line {number}: {line.strip()[:40]!r} is not one number"
                ) from None
            if not abs(angle) <= 90:
                raise ValueError(f"{path.name}, line {number}: the tilt {angle:g} is not within 90 degrees")
            angles.append(angle)
    if not angles:
        raise ValueError(f"{path.name} holds no tilts")
    return np.array(angles)


def read_series(path, *, angles=None, pixel=None, dataset=None):
    """Read a tilt series, its tilts and the width of its pixels.

    Parameters
    ----------
    path : path-like
        MRC; TIFF with one page for each picture; or HDF5 with the pictures along the first axis.
    angles : path-like, optional
        File of the tilts. Default: those that the file holds (MRC of FEI, HDF5), else the file of the same
        name that ends in ``.rawtlt`` or ``.tlt``.
    pixel : float, optional
        Width of a pixel in nm. Default: that of the header.
    dataset : str, optional
        Which array of an HDF5 file. Default: the only one with three axes, or ``exchange/data``.

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
        start = file.read(212)
    if start[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        reader, options = _read_tiff, {}
    elif start[:8] == b"\x89HDF\r\n\x1a\n":
        reader, options = _read_hdf5, {"dataset": dataset}
    elif start[208:211] == b"MAP":
        reader, options = _read_mrc, {}
    else:
        raise ValueError(f"{path.name} is neither MRC, TIFF nor HDF5")
    if dataset is not None and reader is not _read_hdf5:
        raise ValueError(f"dataset is {dataset!r}, but {path.name} is no HDF5 file")
    try:
        series, own_angles, own_pixel = reader(path, **options)
    except ValueError as error:
        raise ValueError(f"{path.name}: {error}") from error
    except Exception as error:  # what the libraries raise on damaged files is not documented
        raise ValueError(f"{path.name} is damaged or cut off ({error})") from error
    if angles is not None:
        own_angles = read_angles(angles)
    elif own_angles is None:
        beside = [path.with_suffix(end) for end in (".rawtlt", ".tlt") if path.with_suffix(end).is_file()]
        if not beside:
            raise ValueError(f"{path.name} holds no tilts, and no .rawtlt or .tlt file lies beside it")
        own_angles = read_angles(beside[0])
    pixel = own_pixel if pixel is None else pixel
    if pixel is None:
        raise ValueError(f"{path.name} does not say how wide a pixel is; give it in nm")
    return _checked(path.name, series, np.asarray(own_angles, dtype=float), float(pixel))


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
    ValueError: series.mrc: 2 pictures and 1 tilts do not fit
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
        raise ValueError(f"volume has the shape {volume.shape}; depth, rows and columns are needed")
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
        raise ValueError(f"{name}: an array of the shape {series.shape} is not a series of pictures")
    if series.dtype.kind not in "iuf":
        raise ValueError(f"{name}: pictures of {series.dtype} are not real numbers")
    if angles.shape != (len(series),):
        raise ValueError(f"{name}: {len(series)} pictures and {angles.size} tilts do not fit")
    if not (np.abs(angles) <= 90).all():
        raise ValueError(f"{name}: tilts from {angles.min():g} to {angles.max():g} are not within 90 degrees")
    if len(np.unique(angles)) < 2:
        raise ValueError(f"{name}: all pictures have the tilt {angles[0]:g}")
    if not 0 < pixel < np.inf:
        raise ValueError(f"{name}: a pixel of {pixel:g} nm has no width")
    series = np.asarray(series, dtype=np.float32)
    for number, picture in enumerate(series):
        if not np.isfinite(picture).all():
            raise ValueError(f"{name}: picture {number} (from 0) holds values that are not finite")
        if picture.min() == picture.max():
            raise ValueError(f"{name}: picture {number} (from 0) is blank")
    return series, angles, pixel


def _read_mrc(path):
    with path.open("rb") as file:
        header = file.read(1024)
    # mrcfile would make room for it first; bytes are in the order that the machine stamp gives.
    if int.from_bytes(header[92:96], "big" if header[212:213] == b"\x11" else "little") > path.stat().st_size:
        raise ValueError("cut off: by its header, a further header is larger than the file")
    with mrcfile.open(path, header_only=True) as file:
        header = file.header
        shape = int(header.nz), int(header.ny), int(header.nx)
        size = mrcfile.utils.dtype_from_mode(header.mode).itemsize
        needed = 1024 + int(header.nsymbt) + size * np.prod(shape, dtype=object)
        if min(shape) < 1 or header.nsymbt < 0:
            raise ValueError(f"the header tells of {shape[0]} pictures of {shape[1]} x {shape[2]} pixels")
        if path.stat().st_size < needed:
            raise ValueError(f"cut off: {path.stat().st_size} bytes, and {needed} by its header")
    with mrcfile.open(path) as file:
        across, along = float(file.voxel_size.x), float(file.voxel_size.y)
        if abs(across - along) > 1e-3 * across:
            raise ValueError(f"pixels of {across / 10:g} by {along / 10:g} nm are not square")
        angles = None
        if bytes(file.header.exttyp) in (b"FEI1", b"FEI2"):
            angles = np.array(file.indexed_extended_header["Alpha tilt"], dtype=float)[: shape[0]]
        return np.array(file.data).reshape(shape), angles, across / 10 or None


def _read_tiff(path):
    with tifffile.TiffFile(path) as file:
        if len({page.shape for page in file.pages}) > 1:
            raise ValueError("its pages are not all of one size")
        series = np.stack([page.asarray() for page in file.pages]) if len(file.pages) > 1 else file.asarray()
        page, unit = file.pages.first, None
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
        if abs(per_unit[0] - per_unit[1]) > 1e-3 * per_unit[0]:
            raise ValueError(f"{per_unit[0]:g} by {per_unit[1]:g} pixels for each {unit} are not square")
        pixel = NANOMETRES[unit] / per_unit[0]
        return series, None, pixel if file.is_imagej or pixel <= LARGEST_PIXEL else None


def _read_hdf5(path, dataset):
    with h5py.File(path) as file:
        found = {}
        file.visititems(found.__setitem__)
        found = {name: item for name, item in found.items() if isinstance(item, h5py.Dataset)}
        stacks = [name for name, item in found.items() if item.ndim == 3]
        if dataset is None and (len(stacks) == 1 or "exchange/data" in stacks):
            dataset = stacks[0] if len(stacks) == 1 else "exchange/data"
        dataset = (dataset or "").strip("/")
        if dataset not in stacks:
            raise ValueError(f"which dataset is the series? Three axes have: {', '.join(stacks) or 'none'}")
        beside = dataset.rpartition("/")[0]
        angles = [
            item[()] for name, item in found.items()
            if item.ndim == 1 and name.rpartition("/")[::2] in [(beside, tilt) for tilt in TILTS]
        ]  # fmt: skip
        widths = np.atleast_1d(found[dataset].attrs.get("element_size_um", []))[-2:]
        if len(widths) == 2 and abs(widths[0] - widths[1]) > 1e-3 * widths[1]:
            raise ValueError(f"pixels of {1e3 * widths[1]:g} by {1e3 * widths[0]:g} nm are not square")
        pixel = 1e3 * float(widths[1]) if len(widths) == 2 else None
        return found[dataset][()], angles[0] if angles else None, pixel
