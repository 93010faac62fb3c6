"""Damage files of particles and tilt series at random, read them, and report what is not as it should be.

Every input must end in particles, or pictures, that can be, or in one clear error: ValueError or OSError of
one line, within 20 seconds and 6 GB. Run ``python tests/fuzz.py --number 100000``; the tests run
a few. Stopped by Ctrl-C or SIGTERM, it reports what was tried. Where a library ends the interpreter, the
place is printed.
"""

import argparse
import collections
import faulthandler
import io
import json
import resource
import signal
import struct
import sys
import tempfile
import time
import traceback
from pathlib import Path

import gsd.hoomd
import h5py
import mrcfile
import numpy as np
import scipy.io
import tifffile
from tqdm import tqdm

from supracrystal.colloids import icosahedral_cluster, is_large, read_particles
from supracrystal.tomography import read_angles, read_series

SECONDS, BYTES = 20, 6e9
TOKENS = [
    b"nan",
    b"inf",
    b"-1",
    b"0",
    b"1e308",
    b"-1e-308",
    b"1e999",
    b"999999999999",
    b"",
    b"x",
    b"L",
    b"\xff",
]


def particle_files():
    """Return the bytes of one cluster of 60 in each format that is read."""
    frame = icosahedral_cluster(number=60)
    place, large = np.round(9.9 * np.asarray(frame.particles.position), 3), is_large(frame)
    names = np.where(large, "L", "S")
    rows = list(zip(names.tolist(), *place.T.tolist(), strict=True))
    box = "-60 60\n" * 3
    dump = "".join(f"{i} {n} {x} {y} {z}\n" for i, (n, x, y, z) in enumerate(rows, 1))
    data = "".join(f"{i} {1 if n == 'L' else 2} {x} {y} {z}\n" for i, (n, x, y, z) in enumerate(rows, 1))
    gro = "".join(
        f"{i:5d}MOL  {n:>5}{i:5d}{x:8.3f}{y:8.3f}{z:8.3f}\n" for i, (n, x, y, z) in enumerate(rows, 1)
    )
    edges = "".join(f"-60 60 {a}lo {a}hi\n" for a in "xyz")
    plain = "".join(f"{n} {x} {y} {z}\n" for n, x, y, z in rows)
    lattice = (
        'Lattice="120 0 0 0 120 0 0 0 120" Origin="-60 -60 -60" Properties=species:S:1:pos:R:3 pbc="T T T"'
    )
    table = "x,y,z,species,frame\n" + "".join(f"{x},{y},{z},{n},0\n" for n, x, y, z in rows)
    array = io.BytesIO()
    np.save(array, place)
    with tempfile.TemporaryDirectory() as folder:
        with gsd.hoomd.open(Path(folder, "a.gsd"), "w") as file:
            file.append(frame)
        packed = Path(folder, "a.gsd").read_bytes()
    head = "ITEM: TIMESTEP\n0\nITEM: NUMBER OF ATOMS\n60\nITEM: BOX BOUNDS pp pp pp\n"
    texts = {
        "xyz": f"60\n\n{plain}",
        "extxyz": f"60\n{lattice}\n{plain}",
        "csv": table,
        "txt": "# x y z r\n" + "".join(f"{x} {y} {z} {5 if n == 'L' else 4}\n" for n, x, y, z in rows),
        "dump": f"{head}{box}ITEM: ATOMS id type x y z\n{dump}",
        "data": f"made up\n\n60 atoms\n2 atom types\n\n{edges}\nAtoms # atomic\n\n{data}",
        "gro": f"title\n60\n{gro}120 120 120\n",
    }
    return {**{name: text.encode() for name, text in texts.items()}, "npy": array.getvalue(), "gsd": packed}


def gatan(path, pictures, tilts, version=3, pixel=1.0, units=("nm", "nm", "deg")):
    """Write pictures at equal steps of tilt as a DM3 or DM4 file, behind a thumbnail as in Gatan's own."""
    long, entry = (">I", b"") if version == 3 else (">Q", bytes(8))

    def numbers(*values):
        return b"".join(struct.pack(long, value) for value in values)

    def group(tags):
        parts = [b"\1\0", numbers(len(tags))]
        for name, tag in tags:
            inside = isinstance(tag, list)
            parts += [struct.pack(">BH", 20 if inside else 21, len(name)), name.encode(), entry]
            parts += [group(tag) if inside else b"%%%%" + tag]
        return b"".join(parts)

    def number(value):
        kind, code = (6, "<f") if isinstance(value, float) else (5, "<I")
        return numbers(1, kind) + struct.pack(code, value)

    def array(kind, values):
        return numbers(3, 20, kind, len(values)) + values.tobytes()

    def image(data, kind, code, sizes, dimensions):
        scales = [
            ("", [("Origin", number(o)), ("Scale", number(s)), ("Units", array(4, np.frombuffer(u, "<u2")))])
            for o, s, u in dimensions
        ]
        return ("", [("ImageData", [
            ("Calibrations", [("Dimension", scales)]), ("Data", array(kind, data.ravel())),
            ("DataType", number(code)), ("Dimensions", [("", number(size)) for size in sizes]),
        ])])  # fmt: skip

    step = float(tilts[1] - tilts[0])
    places = (0.0, 0.0, -float(tilts[0]) / step), (pixel, pixel, step)
    axes = [(o, s, u.encode("utf-16-le")) for o, s, u in zip(*places, units, strict=True)]
    small = image(np.zeros(4, "<u4"), 5, 23, (2, 2), [(0.0, 1.0, b""), (0.0, 1.0, b"")])
    stack = image(np.asarray(pictures, "<f4"), 6, 2, pictures.shape[::-1], axes)
    body = group([("ImageList", [small, stack])])
    path.write_bytes(struct.pack(">I", version) + numbers(len(body)) + struct.pack(">I", 1) + body + bytes(8))


def series_files():
    """Return the bytes of one small tilt series in each format that is read."""
    pictures = np.random.default_rng(0).random((7, 12, 14)).astype(np.float32)
    tilts = np.arange(-60.0, 61, 20)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with mrcfile.new(folder / "a.mrc", pictures) as file:
            file.voxel_size = 10
        tifffile.imwrite(folder / "a.ome.tif", pictures, metadata={"axes": "ZYX", "PhysicalSizeX": 1.0})
        scipy.io.savemat(folder / "a.mat", {"stack": np.moveaxis(pictures, 0, 2), "tilts": tilts})
        gatan(folder / "a.dm4", pictures, tilts, version=4)
        with h5py.File(folder / "a.h5", "w") as file:
            file["exchange/data"], file["exchange/theta"] = pictures, tilts
        found = {path.suffix[1:]: path.read_bytes() for path in sorted(folder.iterdir())}
    found["rawtlt"] = "".join(f"{tilt}\n" for tilt in tilts).encode()
    found["mdoc"] = "".join(f"[ZValue = {i}]\nTiltAngle = {tilt}\n" for i, tilt in enumerate(tilts)).encode()
    return found


def damage(random, data):
    """Return bytes with one to four faults: bits, bytes, blocks and lines changed, lost, or given twice."""
    data = bytearray(data)
    for _ in range(random.integers(1, 5)):
        if not data:
            break
        at, kind = int(random.integers(len(data))), random.integers(7)
        length = int(min(random.integers(1, 200), len(data) - at))
        if kind == 0:
            data[at] ^= 1 << int(random.integers(8))
        elif kind == 1:
            del data[at : at + length]
        elif kind == 2:
            data[at:at] = data[at : at + length]
        elif kind == 3:
            data = data[:at]
        elif kind == 4:
            data[at : at + length] = random.integers(256, size=length, dtype=np.uint8).tobytes()
        else:
            parts = bytes(data).split(b"\n" if kind == 5 else b" ")
            one, other = random.integers(len(parts), size=2)
            if random.random() < 0.5:
                parts[one] = TOKENS[random.integers(len(TOKENS))]
            else:
                parts[one], parts[other] = parts[other], parts[one]
            data = bytearray((b"\n" if kind == 5 else b" ").join(parts))
    return bytes(data)


def read(path, tilts):
    """Read a file as the commands do; return what is wrong with the outcome, empty if nothing is."""
    try:
        if path.suffix in (".rawtlt", ".mdoc"):
            found = read_angles(path)
            return "" if np.isfinite(found).all() and (np.abs(found) <= 90).all() else "absurd tilts"
        if path.suffix[1:] in ("mrc", "tif", "mat", "h5", "dm4"):
            series, angles, pixel = read_series(path, angles=tilts, pixel=1.0)
            fine = np.isfinite(series).all() and len(series) == len(angles) and 0 < pixel < np.inf
            return "" if fine else "an absurd series"
        options = {"large": "1", "small": "2"} if path.suffix == ".data" else {}
        frame = read_particles(path, tell=lambda line: None, **options)
        position, unit = frame.particles.position, float(frame.log["length_unit"].item())
        fine = np.isfinite(position).all() and 0 < unit < np.inf and len(position) >= 45
        return "" if fine else "absurd particles"
    except (ValueError, OSError) as error:
        return "an error of several lines" if "\n" in str(error) else ""


class Late(BaseException):
    """The limit of time is over; no reader takes this for a damaged file, as it would a TimeoutError."""


def limited(path, tilts):
    """Read a file within the limit of time; return what is wrong."""

    def late(*_):
        raise Late("too long")

    signal.signal(signal.SIGALRM, late)
    signal.alarm(SECONDS)
    try:
        return read(path, tilts)
    except (Exception, Late) as error:  # whatever comes is what is looked for
        return f"{type(error).__name__}: {traceback.format_exception(error)[-2].strip()[:300]}"
    finally:
        signal.alarm(0)


def main():
    """Fuzz so many inputs, print a report as JSON, and end with 1 if anything was wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--number", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_AS, (int(BYTES),) * 2)
    faulthandler.enable()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    files, random = {**particle_files(), **series_files()}, np.random.default_rng(options.seed)
    wrong, longest, begun = collections.Counter(), (0.0, ""), time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tilts = folder / "tilts.tlt"
        tilts.write_bytes(files["rawtlt"])
        for number in tqdm(range(options.number), desc="inputs", mininterval=5):
            kind = list(files)[number % len(files)]
            path = folder / f"in.{kind}"
            path.write_bytes(damage(random, files[kind]))
            start = time.monotonic()
            try:
                found = limited(path, tilts)
            except KeyboardInterrupt:  # report what was tried
                options.number = number
                break
            if found:
                wrong[f"{kind}: {found}"] += 1
                print(f"{number} {kind}: {found}", file=sys.stderr, flush=True)
            longest = max(longest, (time.monotonic() - start, kind))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(json.dumps({
        "inputs": options.number, "wrong": dict(wrong), "longest_s": round(longest[0], 2), "by": longest[1],
        "memory_GB": round(memory, 2), "seconds": round(time.monotonic() - begun),
    }, indent=1))  # fmt: skip
    return int(bool(wrong))


if __name__ == "__main__":
    raise SystemExit(main())
