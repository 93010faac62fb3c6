"""Record a closed loop of tomography: known particles, their tilt series, and what is found in it.

Run ``python data/tomography/record.py`` from the top of the repository; it takes about forty minutes of one
core, and goes on where it was stopped (``_build/tomography`` holds a table for each run). Each run

1. cuts a ball out of a recorded crystallised run (``data/confinement/seeded-10002`` or ``seeded-5001``, the
   compressed frame), scaled so that the median distance of a large sphere to its nearest large one is 9.9 nm,
   and turned at random;
2. makes the tilt series: cores of 7.6 and 5.2 nm whose sizes vary as printed, a Gaussian probe, drift as a
   random walk, a tilt axis that is 2 degrees off, and Poisson noise;
3. aligns it, reconstructs by SIRT, finds the spheres, divides them into two species, and scores them.

``runs.csv`` has a row for each run and method; the `fit` is `find_spheres`, with the species of its sizes and
powers (of powers alone, where it knows one size), or with those of grey values as in the paper. All other
methods look at the same volume, and their species are those of grey values. Coordinates of truth and result
are kept of some runs.

Tilts are those of Wang et al. (2021), Methods (`wang2021`). Their pixel is not printed, but the 2.4 nm
between the sizes of the cores were "less than 2 pixels", so that it was above 1.2 nm, which is ours. The dose
is that of some 9,000 electrons in a square nanometre of each picture, of which PbSe scatters 0.6 % for each
nanometre into the detector (Rutherford, from 50 mrad on).
"""

import argparse
import time
from pathlib import Path

import gsd.hoomd
import numpy as np
import pandas as pd
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation
from scipy.stats import norm
from tqdm import tqdm

from supracrystal.records import describe, write_whole
from supracrystal.tomography import (
    AXES,
    CORES,
    RADII,
    SEPARATION,
    align,
    candidates,
    find_spheres,
    grey_values,
    peer,
    score_particles,
    sirt,
    tilt_series,
    two_species,
)

HERE = Path(__file__).parent
WORK = Path("_build/tomography")
PACKAGES = ("numpy", "scipy", "pandas", "scikit-image", "scikit-learn", "trackpy", "astra-toolbox", "gsd")
EFFECTIVE = {"L": 9.9, "S": 7.7}
VARIATION = {"L": 0.01 * 9.9 / 7.6, "S": 0.02 * 7.7 / 5.2}
"""Relative standard deviation of the cores, if all that varies in the printed total diameters is the core."""
CDSE = (48**1.7 + 34**1.7) / (82**1.7 + 34**1.7)
"""Scattering of CdSe for its volume, that of PbSe being 1, see :mod:`supracrystal.tomography.projection`."""
PEERS = ("trackpy", "peak_local_max", "blob_log")
USUAL = {
    "source": "seeded-10002", "diameter": 110.0, "lowest": -76.0, "highest": 76.0, "step": 2.0, "dose": 50.0,
    "pixel": 1.2, "blur": 0.5, "variation": 1.0, "distance": 1.0, "sizes": 2,
}  # fmt: skip
TILTS = {80: (-74, 74), 110: (-76, 76), 132: (-74, 74), 170: (-76, 72), 187: (-66, 74)}
"""Diameters in nm and tilts in degrees of the supraparticles of the paper, but for one of 167 nm."""
SWEEPS = {
    "dose": (0.03, 0.1, 0.3, 1, 3, 50),
    "highest": (30, 40, 50, 60, 76),
    "step": (2, 4, 10, 15),
    "pixel": (1.2, 1.8, 2.4),
    "blur": (0.5, 1, 2),
    "variation": (1, 4),
    "distance": (0.84, 1),
    "sizes": (1, 2),
}
TWICE = ("size", "dose", "highest")
"""What gets a second seed."""
ONCE = (("dose", 0.03), ("highest", 30))
"""Values of sweeps at which nearly nothing is found, slowly: one seed has to do."""
POOR = {"lowest": -50.0, "highest": 50.0, "step": 4.0, "dose": 0.3}


def truth(source="seeded-10002", diameter=None, distance=1.0, seed=0):
    """Return particles of a recorded run in nm, turned at random: those that a ball holds, or all.

    Their centre of mass, as the detector sees it, is put at the origin, where the alignment puts it.
    """
    with gsd.hoomd.open(HERE.parent / "confinement" / source / "compressed.gsd") as file:
        frame = file[-1]
    species = np.array(frame.particles.types)[frame.particles.typeid]
    place = frame.particles.position.astype(float)
    near = cKDTree(place[species == "L"]).query(place[species == "L"], k=2)[0][:, 1]
    place *= distance * EFFECTIVE["L"] / np.median(near)
    reach = np.linalg.norm(place, axis=1) + np.where(species == "L", EFFECTIVE["L"], EFFECTIVE["S"]) / 2
    inside = reach <= (np.inf if diameter is None else diameter / 2)
    place, species = Rotation.random(rng=np.random.default_rng(seed)).apply(place[inside]), species[inside]
    scattering = np.where(species == "L", 1, CDSE * (CORES["S"] / CORES["L"]) ** 3)
    place -= np.average(place, axis=0, weights=scattering)
    return pd.DataFrame(place, columns=AXES).assign(type=species).round(dict.fromkeys(AXES, 3))


def measured(particles, angles, pixel, *, dose, blur, variation, seed):
    """Return the tilt series as it would be measured: sizes vary, pictures drift, the axis is off."""
    random = np.random.default_rng(seed)
    drift = np.cumsum(random.normal(size=(len(angles), 2)) * 0.7, axis=0)
    drift -= drift.mean(axis=0)
    extent = 2 * np.linalg.norm(particles[AXES], axis=1).max() + max(CORES.values())
    side = int(np.ceil((extent + 2 * np.abs(drift).max()) / pixel)) + 12
    quantiles = norm.ppf((np.arange(7) + 0.5) / 7)
    quantiles /= quantiles.std()
    size = random.integers(7, size=len(particles))
    clean = sum(
        tilt_series(
            particles[size == k], angles, pixel, (side, side), blur=blur, drift=drift, axis_angle=2.0,
            cores={name: CORES[name] * (1 + variation * VARIATION[name] * each) for name in CORES},
            progress=False,
        )
        for k, each in enumerate(quantiles)
    )  # fmt: skip
    counts = dose * pixel**2
    return (random.poisson(clean.astype(float) * counts) / counts).astype(np.float32)


def by_grey_value(found, volume, pixel):
    """Return particles with the species of their grey values, and the share expected to be wrong."""
    grey = np.nan_to_num(grey_values(volume, found, pixel, RADII["S"]))
    found = found.assign(grey=grey)
    try:
        species, fit = two_species(grey)
    except ValueError as error:  # the species are not told apart
        print(error)
        return found.drop(columns="type", errors="ignore"), np.nan
    return found.assign(type=species), fit["misidentified"]


def loop(seed, *, source, diameter, lowest, highest, step, dose, pixel, blur, variation, distance, sizes):
    """Go once through the whole loop; return scores, the truth, what the fit found, and pictures."""
    start = time.process_time()
    particles = truth(source, diameter, distance, seed)
    angles = np.arange(lowest, highest + step / 2, step)
    series = measured(particles, angles, pixel, dose=dose, blur=blur, variation=variation, seed=seed)
    made = time.process_time()
    aligned, _, axis = align(series, angles, pixel=pixel, progress=False)
    volume = sirt(aligned, angles, pixel=pixel, progress=False)
    reconstructed = time.process_time()
    separation = SEPARATION * distance
    radii = RADII if sizes == 2 else {"S": RADII["S"]}
    found, _, _ = find_spheres(
        aligned, angles, pixel, volume=volume, radii=radii, separation=separation, blur=blur, align=True,
        progress=False,
    )  # fmt: skip
    ended = time.process_time()
    ways = {
        "maxima": candidates(volume, pixel, separation=0.8 * separation)[AXES],
        **{name: peer(volume, pixel, name, separation=separation) for name in PEERS},
    }
    graded = {name: by_grey_value(each, volume, pixel) for name, each in {"fit, grey": found, **ways}.items()}
    found = found.assign(grey=graded["fit, grey"][0]["grey"])
    try:
        species, fit = two_species(found["intensity"])
        wrong = fit["misidentified"]
        found = found if sizes == 2 else found.assign(type=species)
    except ValueError:
        wrong = np.nan
    rows = [
        {"method": name, **score_particles(each, particles, rigid=True), "misidentified": share}
        for name, (each, share) in {"fit": (found, wrong), **graded}.items()
    ]
    said = {
        "particles": len(particles), "pictures": len(angles), "side": series.shape[2],
        "peak_counts": float(series.max() * dose * pixel**2), "axis": axis,
        "volume_seconds": reconstructed - made, "fit_seconds": ended - reconstructed,
    }  # fmt: skip
    print(f"{time.process_time() - start:.0f} s", rows[0], flush=True)
    images = {
        "picture": aligned[np.abs(angles).argmin()], "xy": volume[len(volume) // 2],
        "xz": volume[:, volume.shape[1] // 2],
    }  # fmt: skip
    # In 255 steps of what stands beside it.
    tops = {f"{name}_top": image.max() for name, image in images.items()}
    images = {
        name: np.rint(255 * np.clip(image / image.max(), 0, 1)).astype(np.uint8)
        for name, image in images.items()
    }
    return pd.DataFrame(rows).assign(**said), particles, found, images | tops


def runs():
    """Return the runs in the order in which they are made: experiment, value, seed, conditions, kept."""
    sizes = [
        ("size", diameter, {"diameter": float(diameter), "lowest": float(low), "highest": float(high)})
        for diameter, (low, high) in TILTS.items()
    ]
    sweeps = [
        (name, value, {name: float(value)} | ({"lowest": -float(value)} if name == "highest" else {}))
        for name, values in SWEEPS.items()
        for value in values
    ]
    whole = [
        ("whole", 5001, {"source": "seeded-5001", "diameter": None, "lowest": -74.0}),
        ("poor", 5001, {"source": "seeded-5001", "diameter": None, **POOR}),
        ("whole", 10002, {"diameter": None, "lowest": -74.0}),
    ]
    large = [each for each in sizes if each[1] > 132]
    small = [each for each in sizes if each[1] <= 132]
    return [
        *[(*each, 1) for each in small + sweeps], *[(*each, 1) for each in whole + large],
        *[(*each, 2) for each in small + sweeps if each[0] in TWICE and each[:2] not in ONCE],
    ]  # fmt: skip


def main():
    """Make the runs that are not there yet, and write those that are there."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", help="make the runs of this experiment")
    parser.add_argument("--value", type=float, help="make the runs with this value")
    parser.add_argument("--seed", type=int, help="make the runs of this seed")
    parser.add_argument("--write", action="store_true", help="write what is there, and make nothing")
    options = parser.parse_args()
    WORK.mkdir(parents=True, exist_ok=True)
    made = {}
    for experiment, value, changed, seed in tqdm(runs()):
        name = f"{experiment}-{value:g}-{seed}"
        used = USUAL | changed
        # The usual conditions stand once in each sweep, and are computed once.
        same = WORK / f"size-110-{seed}.csv" if used == USUAL else WORK / f"{name}.csv"
        asked = (options.only, options.value, options.seed)
        chosen = all(
            one in (None, other) for one, other in zip(asked, (experiment, value, seed), strict=True)
        )
        if not same.exists() and not options.write and chosen:
            print(name, used, flush=True)
            table, particles, found, images = loop(seed, **used)
            found = found[[*AXES, "type", "intensity", "grey"]]
            for kind, each in (("truth", particles), ("found", found)):
                each.to_csv(WORK / f"{name}-{kind}.csv", index=False, float_format="%.5g")
            np.savez_compressed(WORK / f"{name}-images.npz", **images)
            write_whole(table.to_csv(index=False).encode(), same)
        if same.exists():
            made[name] = pd.read_csv(same).assign(experiment=experiment, value=value, seed=seed, **used)
    table = pd.concat(made.values(), ignore_index=True)
    first = ["experiment", "value", "seed", "method"]
    table = table[first + [each for each in table.columns if each not in first]]
    text = table.to_csv(index=False, float_format="%.5g", lineterminator="\n")
    write_whole(text.encode(), HERE / "runs.csv")
    kept = ["runs.csv"]
    for name in ("size-110-1", "whole-5001-1", "poor-5001-1", "whole-10002-1"):
        for kind in ("truth.csv", "found.csv", "images.npz"):
            if name in made and not (kind == "truth.csv" and name.startswith("poor")):
                kept.append(f"{name.removesuffix('-1')}-{kind}")
                write_whole((WORK / f"{name}-{kind}").read_bytes(), HERE / kept[-1])
    describe(
        HERE / "record.json", kept, command="python data/tomography/record.py", packages=PACKAGES,
        usual=USUAL, variation=VARIATION, poor=POOR,
    )  # fmt: skip


if __name__ == "__main__":
    main()
