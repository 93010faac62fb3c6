"""The files of a run: checkpoints that are there whole or not at all; trajectory and log cut back to them.

A process that is killed leaves the trajectory and the log with more than the last checkpoint knows of, and
the last of it perhaps not whole. A disk that fails may take away more. GSD refuses a file without its end, so
:func:`cut_trajectory` reads its index by the published layout of the file:
https://gsd.readthedocs.io/en/stable/file-layer.html
"""

import csv
import fcntl
import json
import math
import os
import signal
import socket
import struct
import threading
import warnings
import zipfile
from contextlib import contextmanager
from pathlib import Path

import gsd.hoomd
import numpy as np

from supracrystal import InputError
from supracrystal.records import write_whole

CHECKPOINT = "checkpoint.npz"
TRAJECTORY = "trajectory.gsd"
LOG = "log.csv"
LOCK = ".lock"
HEADER = struct.Struct("<5Q2I208x")
ENTRY = np.dtype(
    [("frame", "<u8"), ("rows", "<u8"), ("location", "<i8"), ("columns", "<u4"), ("name", "<u2"),
     ("type", "u1"), ("flags", "u1")]
)  # fmt: skip
NAME = 64
"""Bytes that the header of GSD counts names in."""
BYTES = np.array([0, 1, 2, 4, 8, 1, 2, 4, 8, 4, 8, 1])
"""Bytes of the types of GSD by their number."""


@contextmanager
def lock(directory):
    """Keep other processes out of a directory, as long as this one lives.

    The kernel takes the lock off a process that is killed; the file that stays is of no importance.

    Raises
    ------
    ValueError
        If another process works there.
    """
    try:
        file = (directory / LOCK).open("a+", encoding="utf-8")
    except PermissionError:
        # A process that may not write here can damage nothing.
        yield
        return
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise InputError(
                f"{directory} is in use by another process ({file.read()}); wait until it has ended, or "
                "choose another directory"
            ) from None
        except OSError:
            warnings.warn(
                f"{directory} is on a file system without locks; start no second process there",
                RuntimeWarning,
                stacklevel=3,
            )
        file.truncate(0)
        file.write(f"{os.getpid()} on {socket.gethostname()}")
        file.flush()
        yield


@contextmanager
def signals():
    """Collect SIGINT and SIGTERM, so that a run stops between two calls of the engine and nowhere else."""
    came = []
    if threading.current_thread() is not threading.main_thread():
        yield came
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in before:
        signal.signal(number, lambda number, _: came.append(number))
    try:
        yield came
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def save_checkpoint(directory, memory, arrays):
    """Write a checkpoint in place of the one before, after what it counts on has reached the disk."""
    for name in (TRAJECTORY, LOG):
        _sync(directory / name)
    partial = directory / "checkpoint.partial.npz"
    try:
        np.savez(partial, memory=json.dumps(memory), **arrays)
        _sync(partial)
        partial.replace(directory / CHECKPOINT)
    finally:
        partial.unlink(missing_ok=True)


def read_checkpoint(directory):
    """Return the memory and the arrays of a checkpoint, None if nothing was run here.

    Raises
    ------
    ValueError
        If the checkpoint may not be read, is damaged, or is missing where results lie.
    """
    path = directory / CHECKPOINT
    if not path.exists():
        if there := [name for name in (TRAJECTORY, LOG) if (directory / name).exists()]:
            raise InputError(
                f"{directory} holds {' and '.join(there)} but no {CHECKPOINT} to go on from; "
                "choose another directory, or remove them"
            )
        return None
    try:
        stream = path.open("rb")
    except OSError as error:
        raise InputError(f"{path} may not be read ({error.strerror}); nothing was changed") from None
    try:
        with stream, np.load(stream) as file:
            arrays = dict(file)
        return json.loads(str(arrays.pop("memory"))), arrays
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise InputError(
            f"{path} is damaged ({error}); bring back a copy of it, or remove what is in {directory} "
            "to begin anew"
        ) from None


def cut_back(directory, step, frames, last):
    """Drop frames and lines after a step, and what was not written whole.

    The checkpoint holds the last frame too: if that one was damaged it is written again. Others of the steps
    in `frames` that are missing are named.
    """
    path = directory / TRAJECTORY
    kept = cut_trajectory(path, step) if path.exists() else []
    if last is not None and (not kept or kept[-1] < last.configuration.step):
        append_frame(path, last)
        kept.append(last.configuration.step)
    if lost := sorted(set(frames) - set(kept)):
        warnings.warn(
            f"{path}: {len(lost)} frames were damaged and are lost, the first is that of step {lost[0]}",
            RuntimeWarning,
            stacklevel=2,
        )
    path = directory / LOG
    lines = path.read_bytes().splitlines(keepends=True) if path.exists() else []
    kept = [line for line in lines[1:] if line.endswith(b"\n") and 0 <= _step(line) <= step]
    if len(kept) + 1 < len(lines):
        write_whole(b"".join(lines[:1] + kept), path)
    elif lines and not lines[0].endswith(b"\n"):
        path.unlink()


def _step(line):
    """Return the step of a line of the log, -1 if it is not one."""
    number, comma, _ = line.partition(b",")
    return int(number) if comma and number.isdigit() else -1


def cut_trajectory(path, step):
    """Keep the whole frames up to a step; return their steps."""
    partial = path.with_name(path.name + ".partial")
    data = bytearray(path.read_bytes())
    size = len(data)
    if size < HEADER.size or HEADER.unpack_from(data)[1] + ENTRY.itemsize > size:
        path.unlink()
        return []
    _, index, entries, *_ = HEADER.unpack_from(data)
    data.extend(bytes(max(0, index + entries * ENTRY.itemsize - size)))
    table = np.frombuffer(data, dtype=ENTRY, count=entries, offset=index)
    used = int(np.argmin(table["location"] != 0)) if (table["location"] == 0).any() else len(table)
    width = BYTES[np.minimum(table["type"][:used], len(BYTES) - 1)]
    end = table["location"][:used] + table["rows"][:used].astype(float) * table["columns"][:used] * width
    broken = table["frame"][:used][end > size]
    whole = int(broken.min()) if broken.size else None
    if whole is not None:
        table[np.arange(entries) >= int(np.argmax(table["frame"][:used] >= whole))] = 0
    kept = []
    try:
        partial.write_bytes(data)
        with gsd.hoomd.open(partial) as file:
            number = len(file)
            for frame in file:
                if not (kept[-1].configuration.step if kept else -1) < frame.configuration.step <= step:
                    break
                kept.append(frame)
    except RuntimeError as error:
        raise InputError(
            f"{path} is damaged beyond its last frames ({error}); move it away to go on without it"
        ) from None
    finally:
        partial.unlink(missing_ok=True)
    if not kept:
        path.unlink()
    elif len(kept) < number or whole is not None or len(data) > size:
        write_frames(path, kept)
    return [int(frame.configuration.step) for frame in kept]


def write_frames(path, frames):
    """Write a trajectory as a whole, in place of what is there.

    Parameters
    ----------
    path : str or pathlib.Path
    frames : iterable of gsd.hoomd.Frame

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> frame = gsd.hoomd.Frame()
    >>> frame.particles.N = 1
    >>> with TemporaryDirectory() as folder:
    ...     write_frames(f"{folder}/one.gsd", [frame])
    ...     [path.name for path in Path(folder).iterdir()]
    ['one.gsd']
    """
    path = Path(path)
    partial = path.with_name(path.name + ".partial")
    partial.unlink(missing_ok=True)
    partial.touch()  # GSD would make a file that others cannot read.
    try:
        with gsd.hoomd.open(partial, "w") as file:
            file.extend(frames)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def append_frame(path, frame):
    """Append a frame to a trajectory, which is made if it is not there."""
    if not path.exists():
        write_frames(path, [frame])
        return
    size, before = path.stat().st_size, _index_blocks(path)
    try:
        with gsd.hoomd.open(path, "r+") as file:
            file.append(frame)
    except (OSError, RuntimeError) as error:
        # GSD writes over the first entries of its index when there is no room for a longer one.
        with path.open("r+b") as file:
            for place, data in before:
                file.seek(place)
                file.write(data)
            file.truncate(size)
        raise OSError(f"no frame can be written to {path} ({error}); is the disk full?") from None


def _index_blocks(path):
    """Return what GSD changes in a file as it appends: places and bytes of header, index and names."""
    with path.open("rb") as file:
        blocks = [(0, file.read(HEADER.size))]
        _, index, entries, names, reserved, *_ = HEADER.unpack(blocks[0][1])
        for place, length in ((index, entries * ENTRY.itemsize), (names, reserved * NAME)):
            file.seek(place)
            blocks.append((place, file.read(length)))
    return blocks


def append_row(path, columns, row):
    """Append a line to the log, in one piece."""
    new = not path.exists()
    with path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        if new:
            writer.writeheader()
        writer.writerow({name: _brief(row.get(name, "")) for name in columns})


def _brief(value):
    """Nine digits of a number, nothing for what is not one."""
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:.9g}"
    return value


def _sync(path):
    """Wait until a file has reached the disk."""
    if Path(path).exists():
        with Path(path).open("rb") as file:
            os.fsync(file.fileno())
