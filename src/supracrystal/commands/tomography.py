r"""``supracrystal tomography SERIES``: from a tilt series in a file to the coordinates of its particles.

The steps are those of Wang et al. (2021, `wang2021`, Methods, "Tomographic reconstruction"), with spheres
fitted to the pictures in place of sparse sphere reconstruction: the series is read
(:mod:`~supracrystal.tomography.files`), aligned (:mod:`~supracrystal.tomography.alignment`) and
reconstructed by SIRT (:mod:`~supracrystal.tomography.reconstruction`); spheres are found and fitted
(:mod:`~supracrystal.tomography.spheres`), and two Gaussians tell their species
(:mod:`~supracrystal.tomography.species`), by what the fit says of each sphere and, beside it, by the grey
values of the volume, as in the paper.

What is wrong with the input is said before anything is computed or written. Results gather in a folder beside
the one asked for, whose name ends in ``.partial``, and take its place when they are complete. A run that was
stopped takes the volume from there if all that made it is the same; the rest is computed again.

Left out: pictures in which particles are dark, more than two species, and tilts about two axes.
"""

import json
import os
import shlex
from importlib.metadata import version
from pathlib import Path

import mrcfile
import numpy as np
import pandas as pd

from supracrystal import InputError
from supracrystal.commands.options import count, positive, positives
from supracrystal.records import digest, write_whole
from supracrystal.tomography import (
    SLICES,
    align,
    axis_turn,
    figures,
    find_spheres,
    grey_values,
    mask_outliers,
    read_series,
    refine,
    rotate_shifts,
    sirt,
    straighten,
    subtract_background,
    two_species,
    unexplained,
    write_volume,
)

USUAL = [7.6, 5.2], [9.9, 7.7]
"""Diameters in nm of PbSe and CdSe, without and with ligands (Wang et al. 2021, Methods, "NC syntheses")."""
WANTED = 45
"""Particles that ``supracrystal analyse`` asks for."""
TURN = 0.05
"""Pixels at the rim of the picture by which a turn of the axis may move them."""
CHANCE = 1
"""Spheres that noise may be expected to make."""
LIBRARIES = ("supracrystal", "numpy", "scipy", "astra-toolbox", "scikit-image", "scikit-learn")
FEWEST, NARROWEST = 5, 20.0
"""Pictures, and degrees between the first and the last, below which the depth of particles is not known."""
BAD = 0.2
"""Share of the pictures, noise left out, that spheres may leave. It is below 0.08 for series in order, even
with one electron for each nanometre, and 0.27 or more for tilts in the wrong order."""
LEAST, ENOUGH = 3, 8
"""Pixels across the smallest core: fewer are refused, and pictures are binned down to no fewer than these."""
LIBRARY_BYTES = 3e8
"""Bytes that Python and its libraries hold."""
SUMMARY = "summary.json"


def add_arguments(parser):
    """Add the options of ``supracrystal tomography`` to a parser.

    Parameters
    ----------
    parser : argparse.ArgumentParser

    Examples
    --------
    >>> from argparse import ArgumentParser
    >>> parser = ArgumentParser()
    >>> add_arguments(parser)
    >>> parser.parse_args(["series.mrc", "--out", "found"]).cores
    [7.6, 5.2]
    """
    parser.add_argument(
        "series", metavar="SERIES", type=Path, help="MRC, TIFF or HDF5, in which particles are bright"
    )
    parser.add_argument(
        "--angles",
        metavar="FILE",
        type=Path,
        help="tilts in degrees, one on each line (.rawtlt, .tlt); default: those in SERIES, or beside it",
    )
    parser.add_argument("--out", metavar="DIR", type=Path, required=True, help="folder that is made")
    parser.add_argument(
        "--pixel", metavar="NM", type=positive, help="width of a pixel; default: as SERIES says"
    )
    parser.add_argument("--dataset", metavar="NAME", help="of an HDF5 file that holds several")
    parser.add_argument(
        "--cores",
        metavar="L[,S]",
        type=positives,
        default=USUAL[0],
        help="diameters in nm of what scatters, for two species or one; default: 7.6,5.2",
    )
    parser.add_argument(
        "--spheres",
        metavar="L[,S]",
        type=positives,
        help="diameters in nm with the ligands, the distances in contact; default: 9.9,7.7",
    )
    parser.add_argument(
        "--blur", metavar="NM", type=float, default=0.0, help="standard deviation of the probe; default: 0"
    )
    parser.add_argument(
        "--bin",
        metavar="N",
        type=count,
        help=f"average N x N pixels; default: as leaves {ENOUGH} across the smallest core",
    )
    parser.add_argument(
        "--align",
        choices=("mass", "correlation", "none"),
        default="mass",
        help="by the centre of mass of a particle that is whole in all pictures (default), by correlation, "
        "or not at all",
    )
    parser.add_argument("--iterations", metavar="N", type=count, default=100, help="of SIRT; default: 100")
    parser.add_argument("--threads", metavar="N", type=count, help="default: one for each processor")


def command(arguments):
    """Find the particles of a tilt series; the part of ``supracrystal tomography`` after the options.

    Parameters
    ----------
    arguments : argparse.Namespace
        From :func:`add_arguments`.

    Raises
    ------
    OSError, ValueError
        In one line: what is wrong with the input, before anything is computed; or that nothing was found.

    Examples
    --------
    >>> import tempfile
    >>> from supracrystal.cli import main
    >>> from supracrystal.tomography import tilt_series
    >>> from supracrystal.tomography import write_series
    >>> three = pd.DataFrame({"x": [-8.0, 8, 0], "y": [-9.0, 0, 9], "z": [0.0, 9, -9]}).assign(type="L")
    >>> tilts = range(-70, 71, 10)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     series = Path(folder, "three.mrc")
    ...     write_series(series, tilt_series(three, tilts, 1.0, (40, 40)), tilts, pixel=1.0)
    ...     options = ["--out", f"{folder}/found", "--cores", "7.6", "--iterations", "20"]
    ...     main(["tomography", str(series), *options])  # doctest: +ELLIPSIS
    15 pictures of 40 x 40 pixels of 1 nm, tilts from -70 to 70 degrees; up to 0.3 GB of memory
    3 particles: 3 L
    ...
    """
    try:
        return _run(arguments)
    except MemoryError as error:
        raise InputError(
            f"{arguments.series.name}: memory is short ({error or 'nothing is left'}); bin the pictures "
            "(--bin), or use a machine with more"
        ) from error


def _run(arguments):
    partial = place(arguments.out)
    cores, spheres = diameters(arguments.cores, arguments.spheres, USUAL)
    if not 0 <= arguments.blur < np.inf:
        raise InputError(f"--blur is {arguments.blur!r}; 0 or a positive number of nm is needed")
    series, angles, pixel = read_series(
        arguments.series, angles=arguments.angles, pixel=arguments.pixel, dataset=arguments.dataset
    )
    enough(arguments.series, angles)
    series, outliers = mask_outliers(series)
    for number, found in outliers.groupby("picture"):
        worst, pixels = found.loc[found["times"].idxmax()], "pixel" if len(found) == 1 else "pixels"
        print(
            f"picture {number} (from 0): {len(found)} outlying {pixels}, as in row {worst['row']:.0f} and "
            f"column {worst['column']:.0f}, which differs {worst['times']:,.3g} times as much as all others; "
            "replaced by their surroundings",
            flush=True,
        )
    series, pixel, averaged = binned(series, pixel, arguments.bin, min(cores.values()))
    check(series, pixel, cores, spheres, arguments.align)
    memory = peak_memory(series, pixel, cores, spheres, arguments.blur, arguments.threads)
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if memory > physical:
        raise InputError(
            f"up to {memory / 1e9:.1f} GB of memory are needed, and there are {physical / 1e9:.1f}; "
            f"--bin {2 * averaged} takes about an eighth"
        )
    print(
        f"{len(series)} pictures of {series.shape[1]} x {series.shape[2]} pixels of {pixel:.4g} nm"
        f"{f' ({averaged} x {averaged} averaged)' if averaged > 1 else ''}, tilts from {angles.min():g} to "
        f"{angles.max():g} degrees; up to {memory / 1e9:.1f} GB of memory",
        flush=True,
    )
    settings = {
        "series": arguments.series.name,
        "sha256": digest(arguments.series),
        "angles": angles.tolist(),
        "pixel": pixel,
        "averaged": averaged,
        "align": arguments.align,
        "iterations": arguments.iterations,
        "versions": {name: version(name) for name in LIBRARIES},
    }
    series = subtract_background(series)
    aligned = _aligned(series, angles, pixel, arguments)
    volume = _volume(partial, settings, aligned[0], angles, pixel, arguments)
    radii = {name: diameter / 2 for name, diameter in cores.items()}
    options = {"radii": radii, "blur": arguments.blur, "align": arguments.align != "none"}
    found, residual, shifts = find_spheres(
        aligned[0],
        angles,
        pixel,
        volume=volume,
        separation=min(spheres.values()),
        chance=CHANCE,
        threads=arguments.threads,
        **options,
    )
    found, residual, series, drift, axis_angle = _turned_again(
        found, residual, shifts, series, angles, pixel, *aligned, options
    )
    found["grey"] = grey_values(volume, found, pixel, min(cores.values()) / 2)
    if len(cores) > 1:
        found["type"], fits = _told(found)
    else:
        fits = {}
    found["diameter"] = found["type"].map(spheres)
    strength, left = (np.sqrt(np.mean(each**2, axis=(1, 2))) for each in (series, residual))
    rest = unexplained(series, residual, lag=max(1, min(2, int(min(cores.values()) / 2 / pixel))))
    moved = pd.DataFrame(drift, columns=["u", "v"])
    moved.insert(0, "tilt", angles)
    summary = {
        "settings": {**settings, "cores": cores, "spheres": spheres, "blur": arguments.blur},
        "particles": {"total": len(found), **found["type"].value_counts().sort_index().to_dict()},
        "species": fits,
        "axis_angle": axis_angle,
        "residual": float(np.linalg.norm(left) / np.linalg.norm(strength)),
        "unexplained": float(np.sqrt(np.mean(rest**2))),
        "trusted": bool(np.sqrt(np.mean(rest**2)) < BAD),
        "outlying_pictures": outlying(rest),
    }
    columns = ["x", "y", "z", "type", "diameter", "intensity", "grey", "significance"]
    found[columns].round(5).to_csv(partial / "particles.csv", index=False)
    moved.assign(residual=left / strength, unexplained=rest).round(5).to_csv(
        partial / "alignment.csv", index_label="picture"
    )
    figures.slices(partial / "slices.png", volume, found, pixel, cores)
    figures.pictures(partial / "pictures.png", series, residual, angles, pixel)
    if fits:
        figures.histograms(partial / "species.png", found, fits)
    write_whole(json.dumps(summary, indent=1).encode() + b"\n", partial / SUMMARY)
    partial.rename(arguments.out)
    return _tell(arguments.out, summary, angles)


def _aligned(series, angles, pixel, arguments):
    """Return pictures aligned in the way that was asked for, their drift and the angle of the axis."""
    if arguments.align == "none":
        return series, np.zeros((len(angles), 2)), 0.0
    return align(series, angles, pixel=pixel, whole=arguments.align == "mass", threads=arguments.threads)


def _turned_again(found, residual, shifts, series, angles, pixel, aligned, drift, axis_angle, options):
    """Fit spheres again while what they leave of the pictures shows that the axis is beside the columns."""
    drift = drift + rotate_shifts(shifts, axis_angle)
    known = {name: options[name] for name in ("radii", "blur")}
    for _ in range(3 * options["align"]):
        turn = axis_turn(residual, angles, pixel, found, shifts=shifts, **known)
        if np.radians(abs(turn)) * max(series.shape[1:]) / 2 < TURN:
            break
        axis_angle += turn
        aligned = straighten(series, drift, pixel=pixel, axis_angle=axis_angle)
        found, residual, shifts = refine(aligned, angles, pixel, found, steps=3, **options)
        drift = drift + rotate_shifts(shifts, axis_angle)
    return found, residual, aligned, drift, axis_angle


def _volume(partial, settings, series, angles, pixel, arguments):
    """Return the volume of a run that was stopped, or a new one, which is kept."""
    path, note = partial / "volume.mrc", partial / SUMMARY
    if path.is_file() and json.loads(note.read_text(encoding="utf-8")) == {"settings": settings}:
        print(f"the volume is that of {partial}", flush=True)
        return mrcfile.read(path)
    volume = sirt(series, angles, pixel=pixel, iterations=arguments.iterations, threads=arguments.threads)
    partial.mkdir(exist_ok=True)
    path.unlink(missing_ok=True)
    write_whole(json.dumps({"settings": settings}, indent=1).encode() + b"\n", note)
    write_volume(path, volume, pixel=pixel)
    return volume


def _told(particles):
    """Return the type of each particle, and the two Gaussians of each value, None where there are none."""
    types, fits = pd.Series("unknown", index=particles.index), {}
    for column in ("grey", "intensity"):  # the last that can tell decides
        try:
            types[:], fit = two_species(particles[column])
        except ValueError:
            fits[column] = None
        else:
            fits[column] = {name: np.asarray(value).tolist() for name, value in fit.items()}
    return types, fits


def outlying(rest):
    """Return the pictures of which the spheres leave far more than of the others."""
    return np.flatnonzero((rest > 3 * np.median(rest)) & (rest > 0.1)).tolist()


def _tell(out, summary, angles):
    """Print what was found, and what comes next; return the exit status, 1 for what cannot be trusted."""
    number = {name: count for name, count in summary["particles"].items() if name != "total"}
    listed = " and ".join(f"{count:,} {name}" for name, count in number.items())
    print(f"{summary['particles']['total']:,} particles: {listed}")
    for column, fit in summary["species"].items():
        name = {"intensity": "intensities of the fit", "grey": "grey values of the volume"}[column]
        wrong = fit and f"expected to be misidentified: {figures.percent(fit['misidentified'])}"
        print(f"by the {name}, {wrong or 'two species are not told apart'}")
    print(f"the spheres leave {100 * summary['residual']:.3g} % of the pictures (root mean square)")
    for each in summary["outlying_pictures"]:
        print(f"picture {each} (from 0), at {angles[each]:g} degrees, is not explained: see it and its tilt")
    if not summary["trusted"]:
        print(
            f"do not trust these particles: {100 * summary['unexplained']:.0f} % of the pictures is left, "
            "noise aside. Are the tilts in the order of the pictures, the sizes (--cores, --spheres) and the "
            "alignment (--align) right?"
        )
        print(out / "particles.csv")
        return 1
    if {*number} == {"L", "S"} and sum(number.values()) >= WANTED:
        print(f"next: supracrystal analyse {shlex.quote(str(out / 'particles.csv'))} --unit nm")
    else:
        print(out / "particles.csv")
    return 0


def place(out):
    """Return the folder in which results gather, if the one asked for can be made."""
    if out.exists():
        raise FileExistsError(f"--out {out} exists; name a folder that is not there yet")
    if not out.name or not out.parent.is_dir():
        raise FileNotFoundError(f"--out {out}: there is no folder {out.parent}")
    if not os.access(out.parent, os.W_OK | os.X_OK):
        raise PermissionError(f"--out {out}: nothing may be written to {out.parent}")
    partial = out.with_name(f"{out.name}.partial")
    empty = not partial.exists() or (partial.is_dir() and not any(partial.iterdir()))
    if not empty and not (partial / SUMMARY).is_file():
        raise FileExistsError(f"{partial} is no run that was stopped; move it, or name another folder")
    return partial


def diameters(cores, spheres, usual):
    """Return the diameters of each type, without and with the ligands."""
    if spheres is None:
        if cores != usual[0][: len(cores)]:
            raise InputError(
                "--cores are not those of the paper; give --spheres, the distances in contact, too"
            )
        spheres = usual[1][: len(cores)]
    if len(spheres) != len(cores) or cores not in ([cores[0]], sorted({*cores})[:-3:-1]):
        raise InputError(
            f"--cores {cores} and --spheres {spheres}: each is one diameter, or two, the larger first"
        )
    if not all(core <= sphere for core, sphere in zip(cores, spheres, strict=True)):
        raise InputError(f"--cores {cores} do not fit into --spheres {spheres}")
    return dict(zip("LS", cores, strict=False)), dict(zip("LS", spheres, strict=False))


def binned(series, pixel, times, core):
    """Return pictures whose pixels are averaged, the width of these, and how many were."""
    times = times or max(1, int(core / ENOUGH / pixel))
    rows, columns = (size // times for size in series.shape[1:])
    if times > 1 and min(rows, columns):
        series = series[:, : rows * times, : columns * times]
        series = series.reshape(len(series), rows, times, columns, times).mean(axis=(2, 4))
    return series, pixel * times, times


def enough(path, angles):
    """Raise ValueError for tilts that cannot tell how deep particles lie."""
    if len(angles) < FEWEST or np.ptp(angles) < NARROWEST:
        hint = (
            "; are they radians? A line '# radians' in a .rawtlt file says so" if np.ptp(angles) < 4 else ""
        )
        raise InputError(
            f"{path.name}: {len(angles)} pictures from {angles.min():g} to {angles.max():g} degrees do not "
            f"tell how deep particles lie; at least {FEWEST} over {NARROWEST:g} degrees are needed{hint}"
        )


def check(series, pixel, cores, spheres, way):
    """Raise ValueError for pictures in which no particles could be found."""
    core, width = min(cores.values()), min(series.shape[1:]) * pixel
    if core < LEAST * pixel:
        raise InputError(
            f"a core of {core:g} nm is {core / pixel:.2g} pixels of {pixel:.4g} nm wide; at least {LEAST} "
            "are needed"
        )
    if width < 2 * max(spheres.values()):
        raise InputError(
            f"pictures are {width:.4g} nm wide, and a sphere {max(spheres.values()):g} nm: is the pixel, "
            f"{pixel:.4g} nm, right (--pixel)?"
        )
    series = subtract_background(series)
    light, square = series.sum(axis=(1, 2)), np.sum(series**2, axis=(1, 2))
    if not (light > 0).all():
        raise InputError(
            f"picture {int(np.argmin(light))} (from 0) is no brighter than its rim, as it has to be"
        )
    sides = series[:, 0], series[:, -1], series[:, :, 0], series[:, :, -1]
    rim = np.max([side.mean(axis=1) for side in sides], axis=0) * light / square
    if way == "mass" and (rim > 0.1).any():
        raise InputError(
            f"picture {int(np.argmax(rim))} (from 0) is bright at its rim: the particle is not whole in it; "
            "choose --align correlation"
        )


def peak_memory(series, pixel, cores, spheres, blur, threads):
    """Return about how many bytes a run holds at most.

    Libraries, pictures and two volumes, and the largest of SIRT, with its matrix and blocks; the filter of
    the volume; and the fit, with the footprints of as many spheres as fit, packed densely, into a ball whose
    picture is as wide as the mean one.
    """
    number, rows, columns = series.shape
    threads = min(threads or os.cpu_count() or 1, -(-rows // SLICES))
    grid, margin = columns**2, 1.5 * min(cores.values()) / pixel
    system = 26 * number * grid + 16 * SLICES * threads * (grid + number * columns)
    filtered = 12 * (rows + margin) * (columns + margin) ** 2
    mean = subtract_background(series.mean(axis=0, keepdims=True))
    radius = pixel * np.sqrt(9 / 8 / np.pi * mean.sum() ** 2 / np.sum(mean**2))
    most = 0.74 * (2 * radius / min(spheres.values())) ** 3
    reach = max(cores.values()) / 2 + 3 * np.hypot(blur, pixel / 12**0.5)
    footprints = 16 * number * most * np.pi * (reach / pixel) ** 2
    return LIBRARY_BYTES + 16 * series.size + 8 * grid * rows + max(system, filtered, footprints)
