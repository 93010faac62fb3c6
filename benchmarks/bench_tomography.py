"""Time SIRT beside a plain script of ASTRA and iradon_sart of scikit-image, and measure their errors.

A ball of cores of PbSe and CdSe at random, its tilt series from -74 to 76 degrees with noise, and volumes
made from it. The peers take one slice after the other; they get some slices from the middle, and their time
is scaled to all. Errors are those of these slices: root of the mean square, over that of the cores
themselves. Ours runs on one thread and on all, the peers on one. Ratios are of the time of the processor, so
that other work on the machine counts little.
"""

import argparse
import resource
import time

import astra
import numpy as np
import pandas as pd
from skimage.transform import iradon_sart
from tqdm import tqdm

from supracrystal.tomography import CORES, sirt, tilt_series

ANGLES = np.arange(-74, 77, 2.0)


def measured(function):
    """Return the time of the processor and of the clock in seconds, and the result."""
    start = time.process_time(), time.perf_counter()
    result = function()
    return time.process_time() - start[0], time.perf_counter() - start[1], result


def ball(number, radius, random):
    """Return cores at least 7.7 nm apart in a ball, one in three large."""
    kept = np.empty((0, 3))
    while len(kept) < number:
        place = random.uniform(-radius, radius, 3)
        if place @ place < (radius - 4) ** 2 and (np.linalg.norm(kept - place, axis=1) > 7.7).all():
            kept = np.vstack([kept, place])
    return pd.DataFrame(kept, columns=["x", "y", "z"]).assign(
        type=np.where(np.arange(number) % 3 == 0, "L", "S")
    )


def truth(particles, rows, columns, pixel, chosen):
    """Return slices through the cores, each voxel the mean of four thinner slices."""
    cdse = (48**1.7 + 34**1.7) / (82**1.7 + 34**1.7)
    slices = np.zeros((len(chosen), columns, columns))
    for k, row in enumerate(chosen):
        for part in (np.arange(4) + 0.5) / 4:
            height = (row + part - rows / 2) * pixel
            for kind, weight in (("L", 1.0), ("S", cdse)):
                some = particles[particles["type"] == kind]
                for x, y, z in some.loc[
                    (some["y"] - height).abs() < CORES[kind] / 2, ["x", "y", "z"]
                ].to_numpy():
                    a = np.sqrt(CORES[kind] ** 2 / 4 - (y - height) ** 2)
                    at = (np.arange(4 * columns) + 0.5 - 2 * columns) * pixel / 4
                    i, j = (np.flatnonzero(np.abs(at - each) < a) for each in (z, x))
                    disc = (at[i, None] - z) ** 2 + (at[j] - x) ** 2 < a**2
                    np.add.at(slices[k], (i[:, None] // 4, j // 4), weight * disc / 64)
    return slices


def plain_astra(rows, iterations):
    """Reconstruct a slice as ASTRA's samples do."""
    side = rows.shape[1]
    slab = astra.create_vol_geom(side, side)
    rays = astra.create_proj_geom("parallel", 1.0, side, -np.radians(ANGLES))
    projector = astra.create_projector("linear", rays, slab)
    options = astra.astra_dict("SIRT") | {
        "ProjectorId": projector,
        "ProjectionDataId": astra.data2d.create("-sino", rays, rows),
        "ReconstructionDataId": astra.data2d.create("-vol", slab, 0),
        "option": {"MinConstraint": 0},
    }
    astra.algorithm.run(astra.algorithm.create(options), iterations)
    found = astra.data2d.get(options["ReconstructionDataId"])
    astra.clear()
    return found


def scikit_image(rows, sweeps):
    """Reconstruct a slice by scikit-image."""
    found = None
    for _ in range(sweeps):
        found = iradon_sart(rows.T.astype(float), theta=ANGLES, image=found, clip=(0, np.inf))
    return found[::-1]


def main():
    """Print one line for each way."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--diameter", type=float, default=110.0, help="of the ball, in nm")
    parser.add_argument("--particles", type=int, default=700)
    parser.add_argument("--pixel", type=float, default=0.5, help="in nm")
    parser.add_argument("--dose", type=float, default=100.0, help="electrons for nm2 and nm of PbSe")
    parser.add_argument("--iterations", type=int, default=100)
    parser.add_argument("--sweeps", type=int, default=3, help="of iradon_sart")
    parser.add_argument("--slices", type=int, default=2, help="that the peers get")
    options = parser.parse_args()
    side = int(np.ceil(options.diameter / options.pixel)) + 8
    particles = ball(options.particles, options.diameter / 2, np.random.default_rng(0))
    seconds, _, series = measured(
        lambda: tilt_series(particles, ANGLES, options.pixel, (side, side), dose=options.dose, blur=0.3)
    )
    print(f"{len(ANGLES)} pictures of {side} x {side} pixels of {len(particles)} particles: {seconds:.1f} s")
    chosen = side // 2 + np.arange(options.slices) - options.slices // 2
    exact = truth(particles, side, side, options.pixel, chosen)
    area = sum(np.pi / 6 * CORES[kind] ** 3 for kind in particles["type"])
    print(f"cores fill {area / (np.pi / 6 * options.diameter**3):.2f} of the ball")
    ways = {
        "plain ASTRA": lambda rows: plain_astra(rows, options.iterations),
        f"iradon_sart, {options.sweeps} sweeps": lambda rows: scikit_image(rows, options.sweeps),
    }
    table = []
    for name, threads in (("ours, 1 thread", 1), ("ours, all threads", None)):
        cpu, clock, volume = measured(
            lambda threads=threads: sirt(
                series, ANGLES, pixel=options.pixel, iterations=options.iterations, threads=threads
            )
        )
        table.append((name, cpu, clock, np.moveaxis(volume[:, chosen], 1, 0)))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    for name, way in tqdm(ways.items(), disable=None):
        cpu, clock, found = measured(
            lambda way=way: np.stack([way(np.ascontiguousarray(series[:, row])) for row in chosen])
        )
        scale = side / options.slices
        table.append((name, cpu * scale, clock * scale, found / options.pixel))
    rows = [
        {"way": name, "processor / s": cpu, "clock / s": clock, "ratio": cpu / table[0][1],
         "error": np.linalg.norm(found - exact) / np.linalg.norm(exact)}
        for name, cpu, clock, found in table
    ]  # fmt: skip
    print(pd.DataFrame(rows).set_index("way").to_string(float_format=lambda value: f"{value:.3g}"))
    print(f"largest difference of ours from plain ASTRA: {np.abs(table[0][3] - table[2][3]).max():.1e}")
    print(f"peak memory of ours: {memory:.0f} MiB, of which series and volume {2 * series.nbytes >> 20} MiB")


if __name__ == "__main__":
    main()
