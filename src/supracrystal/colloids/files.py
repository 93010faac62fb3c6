"""Large and small spheres from a file of coordinates: a tomogram, a trajectory of one's own.

:func:`read_particles` decides which species is large and how long the L diameter is, says in words
whatever it had to assume, and refuses what cannot be right: values that are not finite, the same particle
twice, spheres inside one another. Nothing is repaired in silence. Particles of one species are large ones.

The formats themselves are read by :mod:`supracrystal.colloids.formats`.
"""

from pathlib import Path

import freud
import numpy as np
from scipy.spatial import cKDTree

from supracrystal import InputError
from supracrystal.colloids.columns import abridged
from supracrystal.colloids.formats import read_table
from supracrystal.colloids.particles import MARGIN, box_widths, is_large, make_particles, neighbours

LEAST = 45
"""Fewest particles worth an analysis: the centre of the icosahedral cluster and its first three shells."""

RANGE = 1e-100, 1e100
"""Coordinates whose squares and volumes a floating-point number can hold, with a wide margin."""

STRAY = 20
"""A particle so many times farther from the middle than nine tenths of them belongs to something else."""

LARGE_NAMES = ("l", "large", "big")
SMALL_NAMES = ("s", "small")


def read_particles(
    path,
    *,
    name=None,
    frame=-1,
    format=None,  # noqa: A002
    large=None,
    small=None,
    size_ratio=None,
    diameter=None,
    min_distance=0.3,
    tell=print,
):
    r"""Read the large and small spheres of one configuration.

    Parameters
    ----------
    path : path-like
        GSD, XYZ, extended XYZ, LAMMPS dump or data file in text, GROMACS's ``.gro``, NumPy's ``.npy``, or a
        table of columns (with commas, semicolons, tabs, bars or blanks) with ``x``, ``y``, ``z`` and, for two
        species, ``species``, ``diameter`` or ``radius``. Lengths in any unit.
    name : str, optional
        What the file is called in messages. Default: its own name.
    frame : int
        Which frame of a trajectory; the last by default.
    format : {"gsd", "xyz", "lammps", "data", "gro", "csv", "npy"}, optional
        Default: found from the contents.
    large, small : str or int, optional
        Name or number of the large, of the small species in the file. Not needed for names such as
        ``L`` and ``S``, or where the file gives diameters. Particles of other species are left out
        when both are given.
    size_ratio : float, optional
        Diameter of the small spheres over that of the large ones. Default: from the diameters in
        the file, otherwise 0.78, that of Wang et al. (2021) (`wang2021`).
    diameter : float, optional
        Diameter of the large spheres in the file's unit of length. Default: from the file,
        otherwise the median distance from an L to its second nearest L.
    min_distance : float
        Pairs closer than this, as a share of their contact distance, are refused.
    tell : callable
        Called with one line of text for each thing that was assumed.

    Returns
    -------
    gsd.hoomd.Frame
        In units of the L diameter and about the mean of the positions. ``frame.log`` holds
        ``length_unit`` (1,) and ``origin`` (3,), by which `position * length_unit + origin` is back
        in the file's coordinates, and ``particles/coordinates`` (N, 3), those as they were read.
        A cluster that no image comes near is free, even if it was wrapped across its box. In a box that is
        full, particles outside of it are taken back by the vectors of the box.

    Raises
    ------
    OSError, ValueError
        In one line: what is wrong, in which line or particle, and what is allowed.

    Examples
    --------
    >>> import tempfile
    >>> sites = [(9.9 * i, 9.9 * j, 9.9 * k, "LS"[(i + j + k) % 2]) for i in range(4)
    ...          for j in range(4) for k in range(4)]
    >>> with tempfile.TemporaryDirectory() as directory:
    ...     path = Path(directory) / "tomogram.csv"
    ...     lines = ["x,y,z,species"] + [f"{x},{y},{z},{species}" for x, y, z, species in sites]
    ...     _ = path.write_text("\n".join(lines))
    ...     frame = read_particles(path, diameter=9.9)
    L and S are taken for the large and the small species
    the size ratio is taken to be 0.78
    >>> frame.particles.N, frame.particles.position.max().round(6).item()
    (64, 1.5)
    """
    table, cell = read_table(path, name=name, frame=frame, format=format)
    for line in table.attrs["assumed"]:
        tell(line)
    try:
        return _spheres(table, cell, large, small, size_ratio, diameter, min_distance, tell)
    except ValueError as error:
        raise InputError(f"{name or Path(path).name}: {error}") from error


def _spheres(table, cell, large, small, size_ratio, diameter, min_distance, tell):
    if table.empty:
        raise InputError("there are no particles")
    for name, value in (("size_ratio", size_ratio), ("diameter", diameter)):
        if value is not None and not (np.isfinite(value) and value > 0):
            raise InputError(f"{name} = {value}; a positive number is needed")
    if not (np.isfinite(min_distance) and min_distance >= 0):
        raise InputError(
            f"min_distance = {min_distance}; a share of the contact distance, 0 or more, is needed"
        )
    if size_ratio is not None and size_ratio >= 1:
        raise InputError(f"size_ratio = {size_ratio}; the small spheres over the large ones is less than 1")
    _refuse_values(table)
    table, is_L = _species(table, large, small, tell)
    if len(table) < LEAST:
        raise InputError(f"{len(table)} particles; at least {LEAST} are needed, the centre and three shells")
    if not is_L.all() and min(is_L.sum(), (~is_L).sum()) < 5:
        raise InputError(f"{is_L.sum()} large and {(~is_L).sum()} small particles; five of each are needed")
    given = table[["x", "y", "z"]].to_numpy()
    _refuse_duplicates(given, table)
    if not RANGE[0] < np.abs(given).max() < RANGE[1]:
        raise InputError(
            f"the largest coordinate is {np.abs(given).max():g}; lengths from {RANGE[0]:g} to {RANGE[1]:g} "
            "can be analysed: choose another unit"
        )
    position, vectors = _unwrap(given, cell, tell)
    if vectors is None:
        _refuse_strays(position, table)
    unit, size_ratio = _scale(table, position, is_L, size_ratio, diameter, tell)
    origin = position.mean(axis=0) if vectors is None else cell.corner + vectors.sum(axis=1) / 2
    box = None
    if vectors is not None:
        x, y, z = np.diag(vectors)
        box = [x / unit, y / unit, z / unit, vectors[0, 1] / y, vectors[0, 2] / z, vectors[1, 2] / z]
    frame = make_particles((position - origin) / unit, is_L, size_ratio=size_ratio, box=box)
    frame.log.update({"length_unit": np.array([unit]), "origin": origin, "particles/coordinates": given})
    if "id" in table:
        frame.log["particles/id"] = table["id"].to_numpy().astype(int)
    _refuse_overlaps(frame, table, min_distance, tell)
    return frame


def _where(table, row):
    return f"{table.index.name} {table.index[row]}"


def _refuse_values(table):
    for name in table.columns.intersection(["x", "y", "z", "diameter", "id"]):
        bad = np.flatnonzero(~np.isfinite(table[name].to_numpy()))
        if bad.size:
            more = f", and {bad.size - 1} more" if bad.size > 1 else ""
            raise InputError(f"{name} is {table[name].iloc[bad[0]]} in {_where(table, bad[0])}{more}")
    if "diameter" in table and (table["diameter"] <= 0).any():
        bad = np.flatnonzero(table["diameter"] <= 0)[0]
        raise InputError(f"diameter is {table['diameter'].iloc[bad]:g} in {_where(table, bad)}")
    if "id" in table and table["id"].duplicated().any():
        bad = np.flatnonzero(table["id"].duplicated())[0]
        raise InputError(f"identifier {table['id'].iloc[bad]:g} stands twice, again in {_where(table, bad)}")


def _refuse_duplicates(position, table):
    _, first, inverse, counts = np.unique(
        position, axis=0, return_index=True, return_inverse=True, return_counts=True
    )
    if len(first) == len(position):
        return
    again = next(row for row in np.argsort(position[:, 0], kind="stable") if counts[inverse[row]] > 1)
    same = np.flatnonzero(inverse == inverse[again])
    raise InputError(
        f"{len(position) - len(first)} duplicated positions: {_where(table, same[0])} and "
        f"{_where(table, same[1])} are the same place"
    )


def _refuse_strays(position, table):
    """Refuse particles so far off that the rest would be a point to the neighbour search."""
    distance = np.linalg.norm(position - np.median(position, axis=0), axis=1)
    stray = np.flatnonzero(distance > STRAY * np.quantile(distance, 0.9))
    if stray.size:
        raise InputError(
            f"{_where(table, stray[0])} lies {distance[stray[0]]:.3g} from the middle, over {STRAY} times "
            f"farther than most; such particles: {stray.size}; leave them out"
        )


def _species(table, large, small, tell):
    """Return the rows that are kept and a mask of the large ones."""
    counts = table["species"].value_counts().sort_index() if "species" in table else {}
    listing = abridged([f"{name} ({number:,})" for name, number in counts.items()])
    names = list(counts.keys())
    large, small = (None if name is None else str(name) for name in (large, small))
    for option, name in (("large", large), ("small", small)):
        if name is not None and name not in names:
            raise InputError(
                f"no species {name!r} for {option}; there are {listing or 'no names of species'}"
            )
    if large is not None and large == small:
        raise InputError(f"large and small are both {large!r}; there are {listing}")
    if len(names) < 2:
        return table, _by_size(table, listing, tell)
    if len(names) > 2 and None in (large, small):
        raise InputError(
            f"there are {len(names)} species, {listing}: say which are large and small (--large, --small)"
        )
    if large is not None and small is None:
        small = next(name for name in names if name != large)
    elif small is not None and large is None:
        large = next(name for name in names if name != small)
    elif large is None:
        large, small = _guess(table, names, listing, tell)
    kept = table["species"].isin([large, small])
    if not kept.all():
        tell(f"{(~kept).sum():,} particles of other species than {large} and {small} are left out")
    table = table[kept]
    return table, (table["species"] == large).to_numpy()


def _by_size(table, listing, tell):
    """Tell two species apart by two sizes, if there are two; else all particles are of one."""
    if "diameter" in table and (cut := two_sizes(table["diameter"].to_numpy())):
        is_L = table["diameter"].to_numpy() > cut
        tell(f"{is_L.sum():,} particles are large and {(~is_L).sum():,} small, by the diameters in the file")
        return is_L
    why = f"of one species, {listing}" if listing else "taken for one species, for no column names one"
    tell(f"all {len(table):,} particles are {why}; for two, name a column species, diameter or radius")
    nearest = cKDTree(table[["x", "y", "z"]]).query(table[["x", "y", "z"]], k=2)[0][:, 1]
    if not listing and (cut := two_sizes(nearest)):
        near, far = np.median(nearest[nearest < cut]), np.median(nearest[nearest > cut])
        tell(f"but nearest particles are {near:.3g} or {far:.3g} apart, as if there were two sizes")
    return np.ones(len(table), dtype=bool)


def two_sizes(diameter):
    """Return the diameter that divides large from small particles, or None if there are not two sizes.

    The cut is that of Otsu (1979, `otsu1979`), with the least variance within both parts. There are two sizes
    if the means differ by 5 % or more, and by more than four times the deviation within the parts.

    Parameters
    ----------
    diameter : (N,) array_like

    Returns
    -------
    float or None

    Examples
    --------
    >>> two_sizes([1.0, 1.01, 0.99, 0.78, 0.79, 0.77] * 5)
    0.89
    >>> two_sizes(np.random.default_rng(0).normal(1, 0.05, 500)) is None
    True
    """
    size = np.sort(np.asarray(diameter, dtype=float))
    if len(size) < 10 or not np.isfinite(size).all():
        return None
    number = np.arange(1, len(size))
    below, square = np.cumsum(size)[:-1], np.cumsum(size**2)[:-1]
    above, rest = size.sum() - below, np.sum(size**2) - square
    within = square - below**2 / number + rest - above**2 / (len(size) - number)
    k = int(np.argmin(within)) + 1
    means, spread = (size[:k].mean(), size[k:].mean()), np.sqrt(max(within[k - 1], 0) / len(size))
    apart = means[1] - means[0]
    return (
        float(np.round((size[k - 1] + size[k]) / 2, 12)) if apart > max(0.05 * means[1], 4 * spread) else None
    )


def _guess(table, names, listing, tell):
    for one, other in (names, names[::-1]):
        if one.lower() in LARGE_NAMES and other.lower() in SMALL_NAMES:
            tell(f"{one} and {other} are taken for the large and the small species")
            return one, other
    if "diameter" in table:
        mean = table.groupby("species")["diameter"].median()
        if mean.max() > 1.02 * mean.min():
            tell(f"{mean.idxmax()} is large and {mean.idxmin()} small, by the diameters in the file")
            return mean.idxmax(), mean.idxmin()
    place = [table.loc[table["species"] == name, ["x", "y", "z"]].to_numpy() for name in names]
    (one, mixed), (_, other) = [[_contact(a, b) for b in place] for a in place]
    text = f"nothing says which of the species {listing} is large; give --large and --small"
    # Spheres touch at the mean of their diameters: only distances in that order decide.
    for near, far, small, large in ((one, other, *names), (other, one, *names[::-1])):
        if far > 1.02 * mixed > 1.02**2 * near:
            text += (
                f", by the shortest distances ({far:.3g} and {near:.3g} among equals, {mixed:.3g} between "
                f"unequal ones) --large {large} --small {small}"
            )
    raise InputError(text)


def _contact(one, other):
    """Return the distance within which a twentieth of the particles of one species have one of another."""
    if min(len(one), len(other)) < 5:
        return np.nan
    return float(np.quantile(cKDTree(other).query(one, k=2)[0][:, int(one is other)], 0.05))


def _spacing(position):
    """Median distance to the second nearest: steady against both noise and missing neighbours."""
    if len(position) < 3:
        return 0.0
    return float(np.median(cKDTree(position).query(position, k=3)[0][:, 2]))


def _unwrap(position, cell, tell):
    """Return positions and box vectors; None for the box where no image comes near."""
    if cell is None or not cell.periodic.any():
        return position, None
    if not np.abs(cell.vectors).max() < RANGE[1] or np.linalg.det(cell.vectors) <= 0:
        raise InputError(f"the box vectors {cell.vectors.T.round(3).tolist()} span no volume")
    given = np.linalg.solve(cell.vectors, (position - cell.corner).T).T
    outside = ((np.abs(given - 0.5) > 0.501) & cell.periodic).any(axis=1)
    fractional = np.where(cell.periodic, given % 1, given) if outside.any() else given
    inside = cell.corner + fractional @ cell.vectors.T
    if outside.any() and _overlapping(inside, cell) > max(0.02, 2 * _overlapping(position, None)):
        tell(f"{outside.sum():,} particles lie outside the box, which is ignored: a free cluster")
        return position, None
    # The middle of the particles on a circle, so that a cluster across the boundary is put together.
    phase = np.angle(np.exp(2j * np.pi * fractional).mean(axis=0)) / (2 * np.pi)
    about = np.where(cell.periodic, (fractional - phase + 0.5) % 1 - 0.5 + phase, fractional)
    gap = (1 - np.ptp(about, axis=0)) * box_widths(cell.vectors)
    near = MARGIN * _spacing(inside)
    if (gap > near)[cell.periodic].all():
        images = np.where(cell.periodic, np.round(about - given), 0)
        images -= np.median(images, axis=0)
        return position + images @ cell.vectors.T, None
    if outside.any():
        tell(f"{outside.sum():,} particles lie outside the periodic box and are taken back into it")
    if not cell.periodic.all():
        raise InputError(
            "particles fill the box in a direction that repeats while another does not: give all or none"
        )
    if np.abs(np.tril(cell.vectors, -1)).max() > 1e-6 * np.abs(cell.vectors).max():
        raise InputError(
            "particles fill a box whose first vector is not along x or second not in the xy plane: turn it"
        )
    tell("particles fill the periodic box: analysed as a bulk crystal, not as a cluster")
    return inside, np.triu(cell.vectors)


def _overlapping(position, cell):
    """Return the share of particles with another nearer than half of the median distance of nearest ones."""
    if cell is None:
        nearest = cKDTree(position).query(position, k=2)[0][:, 1]
    else:
        # freud wants the first vector along x and the second in the xy plane; distances do not mind the turn.
        turn, vectors = np.linalg.qr(cell.vectors)
        sign = np.sign(np.diag(vectors))
        box = freud.box.Box.from_matrix(vectors * sign[:, None])
        place = (position - cell.corner) @ (turn * sign) - vectors.sum(axis=1) * sign / 2
        query = freud.locality.AABBQuery(box, box.wrap(place))
        nearest = query.query(place, {"num_neighbors": 1, "exclude_ii": True}).toNeighborList().distances
    return float(np.mean(nearest < 0.5 * np.median(nearest))) if len(nearest) else 1.0


def _scale(table, position, is_L, size_ratio, diameter, tell):
    """Return the L diameter in the file's unit and the size ratio."""
    measured = _spacing(position[is_L])
    if is_L.all():
        return _scale_of_one(table, position, diameter, tell)
    listed = table["diameter"].to_numpy() if "diameter" in table else np.ones(len(table))
    of_large, of_small = np.median(listed[is_L]), np.median(listed[~is_L])
    known = abs(of_large / of_small - 1) > 0.02
    if known and of_small > of_large:
        raise InputError(f"the large species has the smaller diameter, {of_large:g} against {of_small:g}")
    if size_ratio is None:
        size_ratio = of_small / of_large if known else 0.78
        if not known:
            tell("the size ratio is taken to be 0.78")
    if diameter is not None:
        if not 0.4 < measured / diameter < 2.5:
            raise InputError(
                f"diameter = {diameter:g}, but large particles lie {measured:.4g} apart: the same unit?"
            )
        return float(diameter), float(size_ratio)
    if known and 0.8 < measured / of_large < 1.25:
        return float(of_large), float(size_ratio)
    if known:
        tell(f"the diameter {of_large:g} in the file is no contact distance and is not used")
    tell(
        f"the diameter of the large spheres is taken to be {measured:.4g}, "
        "the median distance of a large sphere to its second nearest"
    )
    return measured, float(size_ratio)


def _scale_of_one(table, position, diameter, tell):
    """Return the diameter of spheres of one species; a size ratio has no meaning then."""
    listed = float(np.median(table["diameter"])) if "diameter" in table else None
    measured = _spacing(position)
    if diameter is None and listed is not None and 0.8 < measured / listed < 1.25:
        diameter = listed
    if diameter is None:
        tell(f"the diameter is taken to be {measured:.4g}, the median distance to the second nearest")
    elif not 0.4 < measured / diameter < 2.5:
        raise InputError(f"diameter = {diameter:g}, but particles lie {measured:.4g} apart: the same unit?")
    return float(diameter or measured), 1.0


def _refuse_overlaps(frame, table, min_distance, tell):
    pairs, distance = neighbours(frame, 0.6)
    large = is_large(frame)
    contact = frame.particles.diameter[pairs].mean(axis=1)
    close = distance / contact
    share = np.unique(pairs[close < 0.5]).size / len(table)
    if share > 0.01 and min_distance > 0:
        raise InputError(
            f"{share:.0%} of the particles overlap, nearer than half the contact distance: is the diameter, "
            f"{frame.log['length_unit'][0]:.4g}, right (--diameter), and are the species (--large, --small)?"
        )
    if close.size and close.min() < min_distance:
        one, other = pairs[close.argmin()]
        kind = "".join("SL"[int(large[i])] for i in (one, other))
        raise InputError(
            f"{_where(table, one)} and {_where(table, other)} ({kind}) overlap, {close.min():.3g} of "
            f"their contact distance apart, {min_distance:g} is allowed (--min-distance); such pairs: "
            f"{int((close < min_distance).sum()) // 2}"
        )
    if share:
        tell(f"{share * len(table):.0f} particles lie nearer than half the contact distance to another")
