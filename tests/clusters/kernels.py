"""Print what builders, fits and searches find, as JSON; run under several kernels of OpenBLAS by a test."""

import json

import numpy as np
from threadpoolctl import threadpool_info

from supracrystal.clusters import FRAMES, cluster, join_clusters
from supracrystal.reactions import (
    breakdown,
    calibrate,
    course,
    equilibrium,
    observations,
    predict_spectrum,
    read_shares,
    recorded,
    tree,
)
from supracrystal.spectra import envelopes


def compute():
    """Return the names of the kernels, and what is found."""
    found = {f"frame {name}": build().positions for name, build in FRAMES.items()}
    parents = cluster("[Ag29(BDT)12]3-"), cluster("[AuAg24(SH)18]-")
    found["ligands of Ag29"], found["ligands of AuAg24"] = (each.positions for each in parents)
    for bonded in (False, True):
        (joined,) = join_clusters(*parents, loss="cis", bonded=bonded, orientations=10)
        found[f"dimer {bonded}"] = joined.positions
        found[f"score {bonded}"] = [joined.info["score"]]
    energies = {"first": 15, "split": 25, "hydrogen": 40, "silver": 50, "back": 55, "gone": 35}
    channels = calibrate(observations(**energies), rounds=1, nodes=7)
    found["barriers"] = [channels[each][0] for each in sorted(channels)]
    found["breakdown"] = breakdown(tree("[PtAg53L12L'16]3-"), channels, [30, 60], nodes=7).to_numpy()
    amounts = course(recorded(), 1, [10, 1200])
    found["alloying"] = amounts
    found["equilibrium"] = equilibrium(25, 1.0, 10.0, binding=4.0)
    shares = read_shares(predict_spectrum(amounts[1], signal_to_noise=50, seed=1))
    found["shares"] = shares["share"].to_numpy()
    found["envelope"] = np.concatenate(envelopes(["[Ag53(BDT)12(DMBT)16]3-"])[1])
    kernels = sorted({each.get("architecture", "") for each in threadpool_info()})
    return {"kernels": kernels, "found": {k: np.ravel(v).tolist() for k, v in found.items()}}


if __name__ == "__main__":
    print(json.dumps(compute()))
