r"""Pentagonal tubes, found by the rings around bonds, in nuclei too small for anything else.

Wang et al. (2021), Nucleation and growth (`wang2021`), find that "first a pentagonal tube is formed", and not
the Bergman core. Bond order cannot decide that in a nucleus of some tens of particles, most of which are at
its surface: a bare tube of 31 particles planted in a fluid makes no larger a cluster than the fluid has by
itself. Nor can numbers of neighbours: a tenth of the small spheres in a fluid have the 7 small and 5 large
ones of a tube's axis. Rings can. In a Frank-Kasper phase two small neighbours share a ring of five; on a
five-fold axis, and only there, all five are of one species, large and small ones in turn along the axis.

Our calibration, at :math:`T^* = 0.2`: in 112 fluids, free and confined, with core densities of 0.86 to 0.95,
one small sphere in a thousand has both rings by chance; once two such were neighbours, never three. In Laves
phases there is none. In thermal clusters of 3,501 all twelve tubes are found, 6 to 8 particles long. Ideal
nuclei were planted in fluids with random displacements of 0.05 in each direction, those in the clusters being
0.045. From 45 particles on, nuclei about the centre of symmetry show 8 to 12 tubes that meet; nuclei of 172
about a point of a tube show a line of 5, and no centre. With 0.07, as in crystals at a density of 0.92 but
without their correlation, it is 4 to 12 tubes, and a line of 1 to 5. So a line of three is a tube, and where
six meet is the centre of a Bergman core; that none is found in one frame proves little.
"""

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from supracrystal.colloids.domains import bonds
from supracrystal.colloids.particles import components, is_large


def tubes(frame, *, pairs=None):
    """Find the particles on the axes of pentagonal tubes, by the rings around their bonds.

    A bond of two small spheres lies on a five-fold axis if the neighbours that both share are five large
    ones, or five small ones. A small sphere with a bond of either kind is on the axis of a tube. Bonds of
    these kinds join it to the next ones, and at the end of a tube to the centre of the Bergman core.

    Parameters
    ----------
    frame : gsd.hoomd.Frame
    pairs : (M, 2) int array, optional
        The bonds, both directions of each. Default: :func:`~supracrystal.colloids.domains.bonds`.

    Returns
    -------
    pandas.DataFrame
        One row for each particle: ``tube``, 0 for the longest and so on, -1 for none, and ``meeting``, the
        number of tubes that end at the particle. This is 12 at the centre of a complete Bergman core (the
        rings of twelve tubes are its first three shells), and 1 at most on a tube and in a fluid.

    Notes
    -----
    Source: the tubes of Wang et al. (2021), Fig. 4 (`wang2021`); the criterion is ours. Unlike
    :func:`~supracrystal.colloids.symmetry.pentagonal_tubes` it needs no centre of symmetry.

    Examples
    --------
    >>> from supracrystal.colloids import icosahedral_cluster
    >>> sites = tubes(icosahedral_cluster(5))
    >>> sites[sites.tube >= 0].groupby("tube").size().tolist(), int(sites.meeting.max())
    ([4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4], 12)
    """
    large, number = is_large(frame), frame.particles.N
    pairs = bonds(frame) if pairs is None else pairs
    pairs = pairs[~large[pairs[:, 0]]]
    mixed = large[pairs[:, 1]]
    between = pairs[~mixed]
    shared = []
    for some in (pairs[mixed], between):
        around = csr_array((np.ones(len(some), dtype=np.int16), some.T), shape=(number, number))
        shared.append((around @ around.T)[between[:, 0], between[:, 1]] if len(between) else np.empty(0))
    of_large, of_small = (np.asarray(values) for values in shared)
    large_ring, small_ring = (of_large == 5) & (of_small == 0), (of_large == 0) & (of_small == 5)
    axial = np.zeros((2, number), dtype=bool)
    for kind, ring in zip(axial, (large_ring, small_ring), strict=True):
        kind[between[ring, 0]] = True
    on_axis = axial.all(axis=0)
    line = components(between[(large_ring | small_ring) & on_axis[between].all(axis=1)], number)
    size = np.bincount(line[on_axis], minlength=number)
    rank = np.empty(number, dtype=int)
    rank[np.argsort(-size, kind="stable")] = np.arange(number)
    meeting = np.bincount(between[small_ring & on_axis[between[:, 1]], 0], minlength=number)
    return pd.DataFrame({"tube": np.where(on_axis, rank[line], -1), "meeting": meeting})
