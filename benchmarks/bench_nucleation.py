"""Time the tracking of nucleation, its part in freud's bond order, and OVITO's cluster analysis.

Nothing else does what `track` does: OVITO's polyhedral template matching and its common neighbour analysis
know neither Laves phases nor species, and its cluster analysis joins what is near, solid or not. So the
fair yardsticks are parts: freud's bond order alone on the same bonds, the least that any criterion by d6
must cost, and OVITO's clusters once it is told which particles are crystalline. The configurations are
clusters with an ordered inner and a disordered outer half; times are those of one core. Last comes the growth
with the number of particles and of frames.
"""

import argparse

import freud
import numpy as np
import pandas as pd
from ovito.data import DataCollection
from ovito.modifiers import ClusterAnalysisModifier
from timing import timed
from tqdm import tqdm

from supracrystal.colloids import (
    bonds,
    crystalline,
    find_tubes,
    follow_domains,
    icosahedral_cluster,
    largest_cluster,
    neighbour_list,
    spacing,
    track,
)


def half_molten(number):
    """Return a cluster of `number` particles, the outer half of which is disordered by displacements."""
    frame = icosahedral_cluster(number=number)
    random = np.random.default_rng(number)
    outside = np.arange(number) > number // 2
    scale = np.where(outside, 0.15, 0.045)[:, None]
    frame.particles.position = frame.particles.position + scale * random.normal(size=(number, 3))
    frame.log["confinement/radius"] = np.array([np.linalg.norm(frame.particles.position, axis=1).max() + 1])
    return frame


def by_ovito(box, position, solid, cutoff):
    """Return the size of the largest cluster of the particles that are solid."""
    data = DataCollection()
    data.create_cell(np.column_stack([np.diag(box[:3]), -np.asarray(box[:3]) / 2]), pbc=(False,) * 3)
    particles = data.create_particles(count=len(position))
    particles.create_property("Position", data=position)
    particles.create_property("Selection", data=solid.astype(np.int8))
    data.apply(ClusterAnalysisModifier(cutoff=cutoff, sort_by_size=True, only_selected=True))
    return data.attributes["ClusterAnalysis.largest_size"]


def main():
    """Print one line for each size, then the growth with particles and frames."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--numbers", type=int, nargs="+", default=[3501, 10_002, 30_000])
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    freud.parallel.set_num_threads(1)
    rows = []
    for number in tqdm(options.numbers, disable=None):
        frame = half_molten(number)
        whole, table = timed(lambda f=frame: track([f], progress=False), options.repeats)
        pairs = bonds(frame)
        finding = neighbour_list(frame, pairs)
        system = (frame.configuration.box, frame.particles.position)
        order, _ = timed(
            lambda s=system, n=finding: freud.order.Steinhardt(6).compute(s, neighbors=n), options.repeats
        )
        cluster, _ = timed(lambda f=frame: largest_cluster(f), options.repeats)
        solid, reach = crystalline(frame), 1.32 * spacing(frame)
        theirs, joined = timed(lambda s=system, c=solid, r=reach: by_ovito(*s, c, r), options.repeats)
        lines, _ = timed(lambda f=frame, p=pairs: find_tubes(f, pairs=p), options.repeats)
        wedges, _ = timed(lambda f=frame: follow_domains([f], progress=False), options.repeats)
        rows.append(
            {
                "particles": number,
                "track / s": whole,
                "freud's q6 alone / s": order,
                "largest_cluster / s": cluster,
                "OVITO's, crystalline ones given / s": theirs,
                "tubes / s": lines,
                "follow_domains / s": wedges,
                "largest cluster": table.largest_cluster[0],
                "same by OVITO": joined,
            }
        )
    table = pd.DataFrame(rows).set_index("particles")
    print(table.T.to_string(float_format=lambda value: f"{value:.3g}"))
    growth = np.polyfit(np.log(table.index), np.log(table["track / s"]), 1)[0]
    print(f"track: time grows as the number of particles to the power {growth:.2f}")
    frame = half_molten(min(options.numbers))
    times = [timed(lambda k=k: track([frame] * k, progress=False), 1)[0] for k in (2, 8)]
    print(f"track: eight frames take {times[1] / times[0]:.2f} times as long as two")


if __name__ == "__main__":
    main()
