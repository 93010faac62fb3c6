r"""Nucleation and growth in a trajectory: the largest cluster, its place, its tubes, and the fluid around it.

What Wang et al. (2021), Fig. 5 and Supplementary Figs. 12 and 13 (`wang2021`), measure on simulations of
spheres in a spherical wall. All functions read frames one at a time, from a list or from an open GSD
trajectory, in a time linear in frames. The wall's centre is the origin, its radius that of
``frame.log["confinement/radius"]``; without one (periodic boxes) what refers to the wall is NaN.

The paper finds that "first a pentagonal tube is formed", and not the Bergman core: :func:`find_tubes` finds
the tubes by the rings around bonds. Our calibration of sizes, at :math:`T^* = 0.2`: in 112 fluids, free and
confined, with core densities of 0.86 to 0.95, the largest cluster of crystalline particles has 45. In fluids
whose composition has relaxed by exchanges it has up to 130: an aggregate of small spheres. In the same fluids
:func:`find_nucleus` counts at most 9 large spheres and 23 particles, so that it is the measure of a nucleus;
the cluster is the measure of a crystal. The outermost particles of a nucleus are not crystalline, so that 226
planted ones count as 120 and 1,075 as 680, in the right place.

Tubes, too, are calibrated by us at :math:`T^* = 0.2`. In the same fluids one small sphere in a thousand has
both rings by chance; once two such were neighbours, never three. Laves phases have none. In thermal
clusters of 3,501 all twelve tubes are found, 6 to 8 particles long. In ideal nuclei of 45 particles or more
about the centre of symmetry, planted in a fluid with displacements of 0.05 in each direction, 8 to 12 tubes
meet; nuclei of 172 about a point of a tube have a line of 5 and no centre. With displacements of 0.07 it is
4 to 12 tubes, and a line of 1 to 5. We call three or more axial spheres a tube, and a point where six tubes
meet the centre of a Bergman core. False negatives are common in single frames.

Left out: nuclei that wrap around a periodic box, and more than the largest of several clusters.
"""

from heapq import nlargest
from typing import NamedTuple

import freud
import numpy as np
import pandas as pd
from scipy.ndimage import gaussian_filter1d
from scipy.optimize import linear_sum_assignment
from scipy.signal import find_peaks
from scipy.sparse import csr_array
from tqdm import tqdm

from supracrystal import InputError
from supracrystal.colloids.domains import (
    bonds,
    count_solid,
    crystalline,
    find_domains,
    largest_cluster,
    solid_bonds,
)
from supracrystal.colloids.particles import components, is_large, subset
from supracrystal.colloids.profiles import core, radial_profile
from supracrystal.colloids.symmetry import find_icosahedron, occupied_sites

NUCLEUS = 100
"""Size from which a cluster counts as a growing nucleus: twice the largest one under plain dynamics."""
SEARCHED = 4.5
"""Radius of the balls in which a core is searched."""
SIGNIFICANT = 5.0
"""A peak of density is a layer if it stands out by this many standard errors of its shell."""


class Onset(NamedTuple):
    """When a quantity passed a value for good, and how fast it rose from there."""

    row: int
    """Row of the table."""
    step: int
    """Time step of that frame."""
    time: float
    """Its time; NaN where the frames do not tell."""
    rate: float
    """Rise per unit of time, or per step, until nine tenths of the highest value; NaN for a single row."""


def track(frames, *, radius=None, size_ratio=None, progress=True):
    """Measure crystallisation frame by frame.

    Parameters
    ----------
    frames : iterable of gsd.hoomd.Frame
    radius : float, optional
        Radius of the wall, where the frames do not log it.
    size_ratio : float, optional
        As for :func:`~supracrystal.colloids.particles.diameters`, for frames without diameters.
    progress : bool
        Show the progress of what takes longer than two seconds.

    Returns
    -------
    pandas.DataFrame
        One row for each frame; what is not there is NaN.

        - ``step``, ``time``, ``radius`` of the wall
        - ``crystalline_L``, ``crystalline_S``: numbers by :func:`~supracrystal.colloids.domains.crystalline`;
          ``fraction_L``, ``fraction_S``: their shares of the species
        - ``largest_cluster``: its particles; ``composition``: share of large ones among them;
          ``gyration_radius``; ``distance`` of its centre of mass from the wall's centre, and
          ``relative_distance`` in wall radii; ``reach``: distance of its outermost particle from the
          wall's centre, and ``gap`` between that particle's centre and the wall
        - ``nucleus``: particles of the largest nucleus by :func:`find_nucleus`; ``nucleus_L``: the large ones
        - ``core_number``, ``core_density``, ``core_composition``, see
          :func:`~supracrystal.colloids.profiles.core`; of the whole box where there is no wall
        - ``tube_particles``, ``longest_tube``, ``tubes_meeting``: small spheres on five-fold axes, most in
          one line, most lines that converge at one sphere, see
          :func:`~supracrystal.colloids.nucleation.find_tubes`
        - ``bergman_centres``: crystalline small spheres with 12 small neighbours and no large one

    Notes
    -----
    Source: Wang et al. (2021), Fig. 5 and Methods (`wang2021`). Where the frames have no wall, clusters are
    followed across the periodic boundary.

    Examples
    --------
    >>> from supracrystal.colloids import icosahedral_cluster
    >>> table = track([icosahedral_cluster(7)], radius=9.0)
    >>> table.loc[0, ["largest_cluster", "longest_tube", "tubes_meeting"]].astype(int).tolist()
    [703, 6, 12]
    """
    return pd.DataFrame([_row(frame, radius, size_ratio) for frame in _shown(frames, progress)])


def _row(frame, radius, size_ratio):
    radius = _logged(frame, "confinement/radius") if radius is None else float(radius)
    large, position = is_large(frame), np.asarray(frame.particles.position, dtype=float)
    found = solid_bonds(frame)
    solid, cluster = count_solid(frame, *found), largest_cluster(frame, solid_pairs=found)
    to_large = large[found[0][:, 1]]
    around = [np.bincount(found[0][kind, 0], minlength=len(large)) for kind in (to_large, ~to_large)]
    sites, nucleus = find_tubes(frame, pairs=found[0]), find_nucleus(frame, pairs=found[0])
    walled = np.isfinite(radius)
    members = position[cluster] if cluster.any() else np.full((1, 3), np.nan)
    if cluster.any() and not walled:
        box = freud.box.Box.from_box(frame.configuration.box)
        middle = box.center_of_mass(members)
        members = middle + box.wrap(members - middle)
    centre = members.mean(axis=0)
    distance = np.linalg.norm(centre) if walled else np.nan
    reach = np.linalg.norm(members, axis=1).max() if walled else np.nan
    number, density, composition = core(frame, radius if walled else None, size_ratio=size_ratio)
    return {
        "step": int(frame.configuration.step or 0),
        "time": _logged(frame, "time"),
        "radius": radius,
        "crystalline_L": int(solid[large].sum()),
        "crystalline_S": int(solid[~large].sum()),
        "fraction_L": solid[large].mean() if large.any() else np.nan,
        "fraction_S": solid[~large].mean() if not large.all() else np.nan,
        "largest_cluster": int(cluster.sum()),
        "composition": large[cluster].mean() if cluster.any() else np.nan,
        "gyration_radius": np.sqrt(np.sum((members - centre) ** 2) / len(members)),
        "distance": distance,
        "relative_distance": distance / radius,
        "reach": reach,
        "gap": radius - reach,
        "nucleus": int(nucleus.sum()),
        "nucleus_L": int((nucleus & large).sum()),
        "core_number": number,
        "core_density": density,
        "core_composition": composition,
        "tube_particles": int((sites["tube"] >= 0).sum()),
        "longest_tube": int((sites["tube"] == 0).sum()),
        "tubes_meeting": int(sites["meeting"].max()),
        "bergman_centres": int(np.sum(~large & solid & (around[0] == 0) & (around[1] == 12))),
    }


def find_tubes(frame, *, pairs=None):
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
    >>> sites = find_tubes(icosahedral_cluster(5))
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


def find_nucleus(frame, *, pairs=None):
    """Find the largest nucleus of a Laves phase or of an icosahedral cluster, by the rings around its bonds.

    In these structures the neighbours that two neighbouring large spheres share are six small ones, the ring
    of a hexagonal channel. A large sphere belongs to a nucleus if at least two of its bonds have such a ring;
    the bonds join the nucleus. A small sphere with three or more neighbours among these large ones belongs to
    it too. The criterion does not distinguish C14, C15, C36 and the icosahedral cluster from one another.

    Parameters
    ----------
    frame : gsd.hoomd.Frame
    pairs : (M, 2) int array, optional
        The bonds, both directions of each. Default: :func:`~supracrystal.colloids.domains.bonds`.

    Returns
    -------
    (N,) bool array
        All false where there is none.

    Notes
    -----
    Source: the six-fold bonds are the major skeleton of Frank and Kasper (1959, `frank1959`), which joins
    the large atoms of a Laves phase; the criterion is ours. It asks for species as well as for neighbours, so
    that dense aggregates of small spheres do not count.

    Examples
    --------
    >>> from supracrystal.colloids import icosahedral_cluster, is_large
    >>> cluster = icosahedral_cluster(5)
    >>> nucleus = find_nucleus(cluster)
    >>> cluster.particles.N, int(nucleus.sum()), bool(nucleus[is_large(cluster)].all())
    (431, 298, True)
    """
    large, number = is_large(frame), frame.particles.N
    pairs = bonds(frame) if pairs is None else pairs
    from_large = pairs[large[pairs[:, 0]]]
    to_large = large[from_large[:, 1]]
    skeleton = from_large[to_large]
    shared = []
    for some in (skeleton, from_large[~to_large]):
        around = csr_array((np.ones(len(some), dtype=np.int16), some.T), shape=(number, number))
        shared.append((around @ around.T)[skeleton[:, 0], skeleton[:, 1]] if len(skeleton) else np.empty(0))
    of_large, of_small = (np.asarray(values) for values in shared)
    skeleton = skeleton[(of_large == 0) & (of_small == 6)]
    chosen = np.bincount(skeleton[:, 0], minlength=number) >= 2
    if not chosen.any():
        return chosen
    label = components(skeleton[chosen[skeleton].all(axis=1)], number)
    chosen &= label == np.bincount(label[chosen]).argmax()
    around = np.bincount(from_large[chosen[from_large[:, 0]] & ~to_large, 1], minlength=number)
    return chosen | (around >= 3)


def find_core(frames, *, progress=True):
    """Find the icosahedral cluster of which a nucleus is a part, from frames between which it hardly moves.

    Each frame is searched about the middle of its nucleus and all over it, and again about the three
    candidates with the fullest core and tubes in all frames, because a thermal frame may show a small sphere
    of a tube as the centre. The fullest is taken. There is one in any case: in a crystal without such a core,
    0.6 of its sites are occupied.

    Parameters
    ----------
    frames : sequence of gsd.hoomd.Frame
        With a nucleus by :func:`find_nucleus` in some of them.
    progress : bool
        Show a progress bar.

    Returns
    -------
    Icosahedron
        See :func:`~supracrystal.colloids.symmetry.find_icosahedron`.

    Raises
    ------
    InputError
        If no frame has a nucleus.

    Examples
    --------
    >>> from supracrystal.colloids import icosahedral_cluster
    >>> float(np.linalg.norm(find_core([icosahedral_cluster(7)], progress=False).centre).round(6))
    0.0
    """

    def search(frame, centre, reach=SEARCHED):
        away = np.linalg.norm(frame.particles.position - centre, axis=1)
        return find_icosahedron(subset(frame, away < reach))

    def fullest(number, candidates, frames):
        return nlargest(
            number, candidates, lambda one: sum(occupied_sites(each, one).sum() for each in frames)
        )

    found = []
    for frame in _shown(frames, progress):
        left, position, candidates = find_nucleus(frame), frame.particles.position, []
        if left.any():
            candidates.append(search(frame, position[left].mean(axis=0), SEARCHED + 1))
        while left.any():
            centre = position[left.argmax()]
            candidates.append(search(frame, centre))
            left &= np.linalg.norm(position - centre, axis=1) > SEARCHED
        found += fullest(3, candidates, [frame])
    if not found:
        raise InputError(f"none of the {len(frames)} frames has a nucleus")
    found = fullest(3, found, frames)
    found += [search(frame, one.centre) for one in found for frame in frames]
    return fullest(1, found, frames)[0]


def onset(table, size=NUCLEUS, *, column="largest_cluster", forgive=0):
    """Return when a quantity passed a value and stayed above it to the end.

    Parameters
    ----------
    table : pandas.DataFrame
        From :func:`track`.
    size : float
        The value. At it, or above it, counts.
    column : str
        The quantity: also ``longest_tube`` or ``tubes_meeting``, to see which came first.
    forgive : int
        Number of rows in a row for which it may fall below again: thermal noise hides a tube now and then.

    Returns
    -------
    Onset or None
        None if the quantity is below the value in the last row (in the last ``forgive + 1`` of them).

    Raises
    ------
    ValueError
        If the table has no such column.

    Examples
    --------
    >>> table = pd.DataFrame({"step": [0, 10, 20, 30], "time": [0.0, 1, 2, 3]})
    >>> onset(table.assign(largest_cluster=[120, 20, 150, 250]))
    Onset(row=2, step=20, time=2.0, rate=100.0)
    """
    if column not in table:
        raise InputError(f"the table has no column {column!r}; it has {list(table.columns)}")
    value = table[column].to_numpy(dtype=float)
    highest = pd.Series(value).rolling(forgive + 1, min_periods=1).max().to_numpy()
    below = np.flatnonzero(~(highest >= size))
    row = int(below[-1]) + 1 if len(below) else 0
    if row >= len(value):
        return None
    time = table["time"].to_numpy(dtype=float)
    clock = time if np.isfinite(time[row:]).all() else table["step"].to_numpy(dtype=float)
    last = row + int(np.argmax(value[row:] >= 0.9 * value[row:].max()))
    rising = slice(row, max(last, row + 1) + 1)
    clock, height = clock[rising] - clock[rising].mean(), value[rising] - value[rising].mean()
    rate = clock @ height / (clock @ clock) if len(clock) > 1 else np.nan
    return Onset(row, int(table["step"].iloc[row]), float(time[row]), float(rate))


def crystalline_profile(frames, *, width=0.5, selected=crystalline, progress=True):
    r"""Return the share of crystalline particles of each species against the distance from the wall's centre.

    With :math:`c_k` crystalline ones among :math:`n_k` particles of a shell in frame k of K,

    .. math::
        f = \frac{\sum_k c_k}{\sum_k n_k}, \qquad
        \delta f = \frac{1}{\sum_k n_k} \sqrt{\frac{K}{K-1} \sum_k (c_k - f n_k)^2} .

    Parameters
    ----------
    frames : iterable of gsd.hoomd.Frame
    width : float
        Thickness of a shell.
    selected : function of a frame that returns a (N,) bool array
        Which particles count, for instance :func:`~supracrystal.colloids.domains.largest_cluster`.
    progress : bool
        Show the progress of what takes longer than two seconds.

    Returns
    -------
    pandas.DataFrame
        Rows for each shell and L, S and all: ``radius``, ``inner``, ``outer``, ``species``, ``number`` of
        particles in a frame, ``fraction`` and ``fraction_error``. The error takes frames as independent,
        particles of a frame not; that of a single frame is binomial.

    Raises
    ------
    ValueError
        For no frames, and as :func:`~supracrystal.colloids.profiles.radial_profile`.

    Notes
    -----
    Source: Wang et al. (2021), Fig. 5a (`wang2021`), where 1,000 configurations are averaged.

    Examples
    --------
    >>> from supracrystal.colloids import icosahedral_cluster
    >>> profile = crystalline_profile([icosahedral_cluster(7)], width=2.0)
    >>> profile[profile.species == "S"].fraction.round(2).tolist()
    [1.0, 1.0, 0.2]
    """
    table = _by_frame(frames, width, progress, selected)
    table["picked"] = (table["fraction"] * table["number"]).fillna(0)
    shells = table.groupby(["inner", "species"], sort=False)
    total = shells[["number", "picked"]].transform("sum")
    share = total["picked"] / total["number"].where(total["number"] > 0)
    table["square"] = (table["picked"] - share * table["number"]) ** 2
    summed = shells[["number", "picked", "square"]].sum()
    count = table["frame"].nunique()
    result = shells[["radius", "outer", "fraction_error"]].first().join(summed).reset_index()
    number = result["number"].where(result["number"] > 0)
    result["fraction"] = result["picked"] / number
    if count > 1:
        result["fraction_error"] = np.sqrt(count / (count - 1) * result["square"]) / number
    result["number"] /= count
    names = ["radius", "inner", "outer", "species", "number", "fraction", "fraction_error"]
    return result[names].sort_values("inner", kind="stable", ignore_index=True)


def layering(frames, *, radius=None, width=0.05, progress=True):
    r"""Return the radial density of each species, and the concentric layers at a wall.

    Layers are peaks of the density that stand out by :data:`SIGNIFICANT` standard errors,
    :math:`\sqrt{\rho / V K}` for a shell of volume V in K frames.

    Parameters
    ----------
    frames : iterable of gsd.hoomd.Frame
        Of one wall radius.
    radius : float, optional
        Radius of the wall, where the frames do not log it.
    width : float
        Thickness of a shell.
    progress : bool
        Show the progress of what takes longer than two seconds.

    Returns
    -------
    profile : pandas.DataFrame
        ``radius``, ``species``, ``density`` and ``density_error``, averaged over the frames.
    layers : pandas.DataFrame
        One row for each layer of each species, counted from the wall: ``species``, ``layer``, ``radius`` of
        the peak, ``depth`` below the wall (NaN without a wall), ``density`` there, in the ``valley`` on its
        inner side, and ``modulation``, their difference over their sum.

    Raises
    ------
    ValueError
        For walls whose radii differ by more than `width`, no frames, and as
        :func:`~supracrystal.colloids.profiles.radial_profile`.

    Notes
    -----
    Source: Wang et al. (2021), Supplementary Fig. 13 (`wang2021`).

    Examples
    --------
    >>> from supracrystal.colloids import make_particles
    >>> point = np.random.default_rng(1).normal(size=(4000, 3))
    >>> point *= (np.repeat([7.0, 8.0], 2000) / np.linalg.norm(point, axis=1))[:, None]
    >>> layering([make_particles(point, np.ones(4000, dtype=bool))], radius=9.0)[1].depth.round(1).tolist()
    [1.0, 2.0]
    """
    walls = []

    def watched():
        for frame in frames:
            walls.append(_logged(frame, "confinement/radius") if radius is None else float(radius))
            yield frame

    table = _by_frame(watched(), width, progress)
    shells = table[table["species"] != "all"].pivot_table(
        "number", ["inner", "radius"], "species", aggfunc="sum", observed=True
    )
    middle, empty = shells.index.get_level_values("radius").to_numpy(), 4
    if max(walls) - min(walls) > width:
        raise InputError(f"walls have radii from {min(walls):g} to {max(walls):g}; layers need one radius")
    edge = width * np.arange(len(shells) + empty + 1)
    exposure = 4 / 3 * np.pi * np.diff(edge**3) * len(walls)
    rows, profiles = [], []
    for species in shells:
        number = shells[species].to_numpy()
        density, error = number / exposure[:-empty], np.sqrt(number) / exposure[:-empty]
        profiles.append({"radius": middle, "species": species, "density": density, "density_error": error})
        # One shell of blur halves the counting noise and hardly moves a layer.
        smooth = gaussian_filter1d(np.pad(number, (0, empty)), 1) / gaussian_filter1d(exposure, 1)
        peaks = find_peaks(smooth, prominence=SIGNIFICANT * np.sqrt(smooth / exposure))[0]
        for layer, peak in enumerate(peaks[::-1], 1):
            left, top, right = smooth[peak - 1 : peak + 2]
            place = middle[0] + width * (peak + 0.5 * (left - right) / (left - 2 * top + right))
            outer = peaks[-layer + 1] if layer > 1 else 2 * peak
            inner = peaks[-layer - 1] if layer < len(peaks) else max(2 * peak - outer, 0)
            valley = smooth[inner:peak].min()
            rows.append(
                (species, layer, place, np.mean(walls) - place, top, valley, (top - valley) / (top + valley))
            )
    names = ["species", "layer", "radius", "depth", "density", "valley", "modulation"]
    return pd.concat(map(pd.DataFrame, profiles), ignore_index=True), pd.DataFrame(rows, columns=names)


def follow_domains(frames, *, smallest=5, progress=True):
    """Return the domain of each particle in each frame, numbered alike from frame to frame.

    The domains of a frame take over the numbers that most of their particles had when they were last in a
    domain: the assignment with the most particles in all that keep theirs (Hungarian method). A domain
    that is new has the lowest number that no particle remembers.

    Parameters
    ----------
    frames : iterable of gsd.hoomd.Frame
        Of the same particles.
    smallest : int
        Least number of large spheres in a domain.
    progress : bool
        Show the progress of what takes longer than two seconds.

    Returns
    -------
    (F, N) int array
        -1 for none. Domains without a particle of the largest cluster are left out.

    Raises
    ------
    ValueError
        If the frames have different numbers of particles.

    Notes
    -----
    Source: the colours of Wang et al. (2021), Fig. 5 (`wang2021`); domains as in
    :func:`~supracrystal.colloids.domains.find_domains`.

    Examples
    --------
    >>> from supracrystal.colloids import icosahedral_cluster
    >>> followed = follow_domains([icosahedral_cluster(7), icosahedral_cluster(7)])
    >>> followed.shape, int(followed.max()), bool((followed[0] == followed[1]).all())
    ((2, 1075), 19, True)
    """
    result, memory = [], None
    for frame in _shown(frames, progress):
        memory = np.full(frame.particles.N, -1) if memory is None else memory
        if len(memory) != frame.particles.N:
            raise InputError(f"a frame has {frame.particles.N} particles, those before it {len(memory)}")
        found = solid_bonds(frame)
        label = find_domains(frame, smallest=smallest, solid_pairs=found)
        kept = np.unique(label[largest_cluster(frame, solid_pairs=found)])
        label = _renumbered(np.where(np.isin(label, kept), label, -1), memory)
        memory = np.where(label >= 0, label, memory)
        result.append(label)
    return np.array(result)


def _renumbered(label, memory):
    """Give domains the numbers that most of their particles remember, in all, and new ones free numbers."""
    names, index = np.unique(label[label >= 0], return_inverse=True)
    overlap = np.zeros((len(names), memory.max(initial=-1) + 1), dtype=int)
    known = memory[label >= 0] >= 0
    np.add.at(overlap, (index[known], memory[label >= 0][known]), 1)
    number = np.full(len(names), -1)
    for row, column in zip(*linear_sum_assignment(overlap, maximize=True), strict=True):
        if overlap[row, column]:
            number[row] = column
    free = np.setdiff1d(np.arange(sum(overlap.shape)), memory)
    number[number < 0] = free[: np.sum(number < 0)]
    result = np.full(len(label), -1)
    result[label >= 0] = number[index]
    return result


def _by_frame(frames, width, progress, selected=None):
    """Return the radial profiles of all frames in one table, numbered by frame."""
    tables = [
        radial_profile(frame, width=width, selected=selected).assign(frame=index)
        for index, frame in enumerate(_shown(frames, progress))
    ]
    if not tables:
        raise InputError("there is no configuration; one or more frames are needed")
    return pd.concat(tables, ignore_index=True)


def _shown(frames, progress):
    """Show the progress over frames, once it has taken two seconds."""
    return tqdm(frames, desc="frames", delay=2, disable=not progress)


def _logged(frame, name):
    """Return a logged number of a frame, NaN where there is none."""
    return float(np.ravel(frame.log[name])[0]) if name in frame.log else np.nan
