"""Compare with ETSpy of NIST on one simulated series: time, memory, particles found, and their positions.

ETSpy reconstructs (SIRT of ASTRA with positivity, on HyperSpy's signals) and does not look for particles. So
its volume and ours are searched by the same programs: blobs of scikit-image and centroids of trackpy. Beside
them stands what this package does with its own volume: spheres fitted to the pictures themselves. Each way
runs in a process of its own, on one core; times are those after the libraries are there, memory is the peak
of the process with them.

ETSpy needs an interpreter of its own, for its dependencies are many:

    python -m venv etspy && etspy/bin/pip install etspy
    python benchmarks/bench_etspy.py --python etspy/bin/python
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from bench_tomography import ball
from tqdm import tqdm

from supracrystal.tomography import peer, score_particles, tilt_series

ETSPY = """
import json, resource, sys, time
import numpy as np
from etspy.api import TomoStack
folder, iterations = sys.argv[1], int(sys.argv[2])
given = np.load(folder + "/series.npz")
series = np.ascontiguousarray(given["series"].transpose(0, 2, 1))
options = {"constrain": True, "cuda": False, "ncores": 1, "show_progressbar": False}
TomoStack(series[:, :, :2].copy(), tilts=given["angles"]).reconstruct("SIRT", 1, **options)
start = time.process_time()
found = TomoStack(series, tilts=given["angles"]).reconstruct("SIRT", iterations, **options)
spent = time.process_time() - start
np.save(folder + "/volume.npy", np.moveaxis(np.asarray(found.data), 0, 1))
memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print("\\n" + json.dumps({"processor": spent, "memory": memory}))
"""
OURS = """
import json, resource, sys, time
import numpy as np
from supracrystal.tomography import find_spheres, sirt
folder, iterations, fit = sys.argv[1], int(sys.argv[2]), sys.argv[3] == "fit"
given = np.load(folder + "/series.npz")
series, angles, pixel = given["series"], given["angles"], float(given["pixel"])
sirt(series[:3, :2], angles[:3], pixel=pixel, iterations=1, threads=1, progress=False)
start = time.process_time()
volume = sirt(series, angles, pixel=pixel, iterations=iterations, threads=1, progress=False)
if fit:
    found = find_spheres(series, angles, pixel, volume=volume, threads=1, progress=False)[0]
    found.to_csv(folder + "/found.csv", index=False)
spent = time.process_time() - start
np.save(folder + "/volume.npy", volume)
memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print("\\n" + json.dumps({"processor": spent, "memory": memory}))
"""
ONE = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def run(python, script, *arguments):
    """Run a script in a process of its own; return the times and memory that it prints last."""
    done = subprocess.run(
        [python, "-c", script, *map(str, arguments)], env=os.environ | ONE, capture_output=True, text=True
    )
    if done.returncode:
        raise RuntimeError(f"{python}: {done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def upright(volume, like):
    """Turn a volume over until it correlates best with another, for the signs of tilts differ."""
    ways = [volume[::z, :, ::x] for z in (1, -1) for x in (1, -1)]
    return max(ways, key=lambda each: np.vdot(each, like))


def main():
    """Print one line for each way."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--python", default=sys.executable, help="interpreter that has etspy")
    parser.add_argument("--particles", type=int, default=120)
    parser.add_argument("--diameter", type=float, default=62.0, help="of the ball, in nm")
    parser.add_argument("--pixel", type=float, default=0.8, help="in nm")
    parser.add_argument("--step", type=float, default=4.0, help="of the tilt, from -72 to 72 degrees")
    parser.add_argument("--dose", type=float, default=40.0, help="electrons for nm2 and nm of PbSe")
    parser.add_argument("--iterations", type=int, default=100)
    options = parser.parse_args()
    if subprocess.run([options.python, "-c", "import etspy"], capture_output=True).returncode:
        print(f"{options.python} has no etspy; name an interpreter that has it (--python)")
        return
    side = int(np.ceil(options.diameter / options.pixel)) + 8
    angles = np.arange(-72, 72.1, options.step)
    truth = ball(options.particles, options.diameter / 2, np.random.default_rng(0))
    series = tilt_series(
        truth, angles, options.pixel, (side, side), dose=options.dose, blur=0.3, progress=False
    )
    print(f"{len(angles)} pictures of {side} x {side} pixels of {len(truth)} particles")
    table, volumes = [], {}
    with tempfile.TemporaryDirectory() as folder:
        np.savez(Path(folder, "series.npz"), series=series, angles=angles, pixel=options.pixel)
        ways = {
            "ours, SIRT": (sys.executable, OURS, "volume"),
            "ETSpy, SIRT": (options.python, ETSPY, ""),
            "ours, SIRT and fit": (sys.executable, OURS, "fit"),
        }
        for name, (python, script, what) in tqdm(ways.items(), disable=None):
            said = run(python, script, folder, options.iterations, what)
            volumes[name] = np.load(Path(folder, "volume.npy"))
            table.append({"way": name, "processor / s": said["processor"], "memory / MiB": said["memory"]})
        found = pd.read_csv(Path(folder, "found.csv"))
    ours = volumes["ours, SIRT"]
    theirs = upright(volumes["ETSpy, SIRT"], ours)
    likeness = np.vdot(theirs, ours) / np.linalg.norm(theirs) / np.linalg.norm(ours)
    print(pd.DataFrame(table).set_index("way").to_string(float_format=lambda value: f"{value:.3g}"))
    print(f"cosine of the two volumes: {likeness:.5f}")
    rows = [
        {"volume": "ours", "particles by": "spheres fitted to the pictures", **score_particles(found, truth)}
    ]
    for name, volume in {"ETSpy": theirs, "ours": ours}.items():
        for method in ("blob_log", "trackpy"):
            score = score_particles(peer(volume, options.pixel, method), truth)
            rows.append({"volume": name, "particles by": method, **score})
    shown = ["volume", "particles by", "found", "paired", "recall", "precision", "error", "error_z"]
    print(pd.DataFrame(rows)[shown].to_string(index=False, float_format=lambda value: f"{value:.3g}"))


if __name__ == "__main__":
    main()
