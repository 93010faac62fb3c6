"""What the options of ``supracrystal tomography`` mean, and what cannot be right: behind :mod:`.command`."""

import argparse
import os

import numpy as np

from supracrystal.tomography import SLICES
from supracrystal.tomography.alignment import _lit

LEAST, ENOUGH = 3, 8
"""Pixels across the smallest core: fewer are refused, and pictures are binned down to no fewer than these."""
LIBRARIES = 3e8
"""Bytes that Python and its libraries hold."""
SUMMARY = "summary.json"


def positive(text):
    value = float(text)
    if not 0 < value < np.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not a positive number")
    return value


def lengths(text):
    return [positive(part) for part in text.split(",")]


def count(text):
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a positive whole number")
    return value


positive.__name__, lengths.__name__, count.__name__ = "positive number", "list of numbers", "whole number"


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
            raise ValueError(
                "--cores are not those of the paper; give --spheres, the distances in contact, too"
            )
        spheres = usual[1][: len(cores)]
    if len(spheres) != len(cores) or cores not in ([cores[0]], sorted({*cores})[:-3:-1]):
        raise ValueError(
            f"--cores {cores} and --spheres {spheres}: each is one diameter, or two, the larger first"
        )
    if not all(core <= sphere for core, sphere in zip(cores, spheres, strict=True)):
        raise ValueError(f"--cores {cores} do not fit into --spheres {spheres}")
    return dict(zip("LS", cores, strict=False)), dict(zip("LS", spheres, strict=False))


def binned(series, pixel, times, core):
    """Return pictures whose pixels are averaged, the width of these, and how many were."""
    times = times or max(1, int(core / ENOUGH / pixel))
    rows, columns = (size // times for size in series.shape[1:])
    if times > 1 and min(rows, columns):
        series = series[:, : rows * times, : columns * times]
        series = series.reshape(len(series), rows, times, columns, times).mean(axis=(2, 4))
    return series, pixel * times, times


def check(series, pixel, cores, spheres, way):
    """Raise ValueError for pictures in which no particles could be found."""
    core, width = min(cores.values()), min(series.shape[1:]) * pixel
    if core < LEAST * pixel:
        raise ValueError(
            f"a core of {core:g} nm is {core / pixel:.2g} pixels of {pixel:.4g} nm wide; at least {LEAST} "
            "are needed"
        )
    if width < 2 * max(spheres.values()):
        raise ValueError(
            f"pictures are {width:.4g} nm wide, and a sphere {max(spheres.values()):g} nm: is the pixel, "
            f"{pixel:.4g} nm, right (--pixel)?"
        )
    series = _lit(series)
    light, square = series.sum(axis=(1, 2)), np.sum(series**2, axis=(1, 2))
    if not (light > 0).all():
        raise ValueError(
            f"picture {int(np.argmin(light))} (from 0) is no brighter than its rim, as it has to be"
        )
    sides = series[:, 0], series[:, -1], series[:, :, 0], series[:, :, -1]
    rim = np.max([side.mean(axis=1) for side in sides], axis=0) * light / square
    if way == "mass" and (rim > 0.1).any():
        raise ValueError(
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
    mean = _lit(series.mean(axis=0, keepdims=True))
    radius = pixel * np.sqrt(9 / 8 / np.pi * mean.sum() ** 2 / np.sum(mean**2))
    most = 0.74 * (2 * radius / min(spheres.values())) ** 3
    reach = max(cores.values()) / 2 + 3 * np.hypot(blur, pixel / 12**0.5)
    footprints = 16 * number * most * np.pi * (reach / pixel) ** 2
    return LIBRARIES + 16 * series.size + 8 * grid * rows + max(system, filtered, footprints)
