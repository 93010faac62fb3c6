"""Time bond order, classes and domains beside freud, pyscal3 and OVITO.

The same spherical cuts of the icosahedral cluster, with thermal noise, for all. The peers do less than we
do: freud and pyscal3 give the averaged q4 and q6 alone, freud's SolidLiquid knows no species, and OVITO
names the diamond structure of the large spheres alone. A ratio above 1 says that ours is faster.
"""

import argparse

import ase
import freud
import numpy as np
import pandas as pd
import pyscal3
from ovito.data import DataCollection
from ovito.modifiers import IdentifyDiamondModifier
from timing import timed
from tqdm import tqdm

from supracrystal.colloids import (
    classify,
    find_domains,
    icosahedral_cluster,
    is_large,
    largest_cluster,
    spacing,
    steinhardt,
    subset,
)


def raw_freud(box, position):
    """Return the averaged q4 and q6 by one neighbour search and one call."""
    query = freud.locality.AABBQuery(box, position)
    nearest = query.query(position, {"num_neighbors": 4, "exclude_ii": True}).toNeighborList()
    order = freud.order.Steinhardt([4, 6], average=True).compute((box, position), neighbors=nearest)
    return order.particle_order[:, 0]


def by_pyscal(box, position):
    """Return the averaged q4, from four nearest neighbours, of a free cluster."""
    atoms = ase.Atoms(positions=position, numbers=[1] * len(position), cell=box[:3], pbc=False)
    pyscal3.find_neighbors(atoms, method="number", nmax=4)
    return np.asarray(pyscal3.steinhardt_parameter(atoms, l=[4, 6], averaged=True))[0]


def by_ovito(box, position):
    """Return OVITO's cubic and hexagonal diamond types."""
    data = DataCollection()
    data.create_cell(np.column_stack([np.diag(box[:3]), -np.asarray(box[:3]) / 2]), pbc=(False,) * 3)
    data.create_particles(count=len(position)).create_property("Position", data=position)
    data.apply(IdentifyDiamondModifier())
    return np.asarray(data.particles["Structure Type"])


def main():
    """Print one line for each size."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--numbers", type=int, nargs="+", default=[3501, 10_000, 30_000, 100_000])
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    rows = []
    for number in tqdm(options.numbers, disable=None):
        frame = icosahedral_cluster(number=number)
        frame.particles.position = frame.particles.position + np.random.default_rng(number).normal(
            scale=0.04, size=(number, 3)
        )
        large = subset(frame, is_large(frame))
        system = (large.configuration.box, large.particles.position)
        length = spacing(frame)
        solid = freud.order.SolidLiquid(l=6, q_threshold=0.7, solid_threshold=6)
        ours, q4 = timed(lambda f=frame: (steinhardt(f, 4), steinhardt(f, 6))[0], options.repeats)
        raw, expected = timed(lambda s=system: raw_freud(*s), options.repeats)
        pyscal, theirs = timed(lambda s=system: by_pyscal(*s), options.repeats)
        classes, _ = timed(lambda f=frame: classify(f), options.repeats)
        diamond, _ = timed(lambda s=system: by_ovito(*s), options.repeats)
        cluster, _ = timed(lambda f=frame: largest_cluster(f), options.repeats)
        plain, _ = timed(
            lambda f=frame, s=solid, r=1.3 * length: s.compute(
                (f.configuration.box, f.particles.position), neighbors={"r_max": r, "exclude_ii": True}
            ),
            options.repeats,
        )
        wedges, label = timed(lambda f=frame: find_domains(f), options.repeats)
        rows.append(
            {
                "particles": number,
                "steinhardt / s": ours,
                "freud / ours": raw / ours,
                "pyscal3 / ours": pyscal / ours,
                "classify / s": classes,
                "OVITO / ours": diamond / classes,
                "largest_cluster / s": cluster,
                "SolidLiquid / ours": plain / cluster,
                "domains / s": wedges,
                "number of domains": label.max() + 1,
                "largest difference of q4": max(np.abs(q4 - expected).max(), np.abs(q4 - theirs).max()),
            }
        )
    table = pd.DataFrame(rows).set_index("particles")
    print(table.T.to_string(float_format=lambda value: f"{value:.3g}"))
    for name in ("steinhardt / s", "classify / s", "largest_cluster / s", "domains / s"):
        growth = np.polyfit(np.log(table.index[-3:]), np.log(table[name].iloc[-3:]), 1)[0]
        print(f"{name[:-4]}: time grows as the number of particles to the power {growth:.2f}")


if __name__ == "__main__":
    main()
