"""Time the search for the icosahedral cluster and measure its errors, beside what OVITO offers for it.

Clusters in random positions and orientations, with thermal noise and vacancies. With OVITO one would
look for local icosahedra by polyhedral template matching, take the mean of their places for the centre,
and the neighbours of the one nearest to it for the five-fold axes. A search succeeds when the centre is
within 0.1 diameters of a large sphere and every axis within 1 degree. Times are those of one core.
"""

import argparse
import time

import numpy as np
import pandas as pd
from ovito.data import DataCollection
from ovito.modifiers import PolyhedralTemplateMatchingModifier
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation
from tqdm import tqdm

from supracrystal.colloids import axes, find_icosahedron, icosahedral_cluster, is_large, make_particles


def disturbed(number, noise, missing, seed):
    """Return a cluster in a random pose, its centre and its five-fold axes."""
    rng = np.random.default_rng(seed)
    ideal = icosahedral_cluster(number=number)
    keep = rng.permutation(number)[: round((1 - missing) * number)]
    position = ideal.particles.position[keep] + noise * rng.normal(size=(len(keep), 3))
    rotation, centre = Rotation.random(random_state=seed), rng.uniform(-50, 50, 3)
    return (
        make_particles(rotation.apply(position) + centre, is_large(ideal)[keep]),
        centre,
        rotation.apply(axes(5)),
    )


def matched_templates(frame):
    """Return the centre and the axes by OVITO's polyhedral template matching, NaN if it finds none."""
    types = PolyhedralTemplateMatchingModifier.Type
    modifier = PolyhedralTemplateMatchingModifier(rmsd_cutoff=0.2)
    for kind in (types.FCC, types.HCP, types.BCC):
        modifier.structures[kind].enabled = False
    modifier.structures[types.ICO].enabled = True
    position = np.asarray(frame.particles.position)
    data = DataCollection()
    data.create_particles(count=len(position)).create_property("Position", data=position)
    data.apply(modifier)
    icosahedral = np.asarray(data.particles["Structure Type"]) == types.ICO
    if not icosahedral.any():
        return np.full(3, np.nan), np.full((12, 3), np.nan)
    centre = position[icosahedral].mean(axis=0)
    nearest = position[icosahedral][np.linalg.norm(position[icosahedral] - centre, axis=1).argmin()]
    _, index = cKDTree(position).query(nearest, 13)
    arms = position[index[1:]] - nearest
    return centre, arms / np.linalg.norm(arms, axis=1, keepdims=True)


def ours(frame):
    """Return the centre and the axes by the package."""
    found = find_icosahedron(frame)
    return found.centre, found.axes


def main():
    """Print one line for each size, noise and method."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--numbers", type=int, nargs="+", default=[1000, 10_000, 100_000])
    parser.add_argument("--seeds", type=int, default=2)
    options = parser.parse_args()
    find_icosahedron(icosahedral_cluster(number=500))
    cases = [(n, *case) for n in options.numbers for case in ((0.0, 0.0), (0.04, 0.1), (0.08, 0.3))]
    rows = []
    for number, noise, missing in tqdm(cases, disable=None):
        for name, method in {"ours": ours, "OVITO": matched_templates}.items():
            trials = []
            for seed in range(options.seeds):
                frame, centre, true = disturbed(number, noise, missing, seed)
                start = time.process_time()
                place, vectors = method(frame)
                taken = time.process_time() - start
                cosine = np.clip((true @ vectors.T).max(axis=1), -1, 1).min()
                trials.append((taken, np.linalg.norm(place - centre), np.degrees(np.arccos(cosine))))
            taken, distance, angle = np.array(trials).T
            success = np.mean((distance < 0.1) & (angle < 1))
            rows.append((number, noise, missing, name, taken.min(), distance.max(), angle.max(), success))
    columns = ["number", "noise", "missing", "method", "seconds", "centre off", "axes off", "success"]
    table = pd.DataFrame(rows, columns=columns).pivot(
        index=["number", "noise", "missing"], columns="method", values=columns[4:]
    )
    table["ratio", ""] = table["seconds", "OVITO"] / table["seconds", "ours"]
    print(table.round(3).to_string())
    seconds = table["seconds", "ours"].groupby("number").max()
    if len(seconds) > 1:
        power = np.polyfit(np.log(seconds.index), np.log(seconds.astype(float)), 1)[0]
        print(f"seconds grow as number to the power {power:.2f}")


if __name__ == "__main__":
    main()
