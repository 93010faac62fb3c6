r"""Compare particles that were found with those that were there.

Each particle is paired with at most one of the truth, within a distance: as many pairs as can be, and of
these the nearest. What has no pair was missed or made up:

.. math::
    \mathrm{recall} = \frac{\mathrm{pairs}}{\mathrm{true}} , \qquad
    \mathrm{precision} = \frac{\mathrm{pairs}}{\mathrm{found}} .

Wang et al. (2021, `wang2021`, Methods, "Tomographic reconstruction") could not know the truth. They counted
the large particles of two supraparticles by hand, 2,825 and 990, where sparse sphere reconstruction found
2,814 and 982: 0.39 and 0.8 % apart. :func:`peer` finds particles in a volume as other programs do.
"""

import warnings

import numpy as np
import pandas as pd
from scipy.ndimage import gaussian_filter
from scipy.optimize import linear_sum_assignment
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from supracrystal import InputError
from supracrystal.records import recorded_path

AXES = ["x", "y", "z"]


def pairs(found, truth, within):
    r"""Pair points of two sets one to one: the most pairs within a distance, and of these the shortest sum.

    Points that can be paired fall into small groups; in each the assignment is solved exactly.

    Parameters
    ----------
    found, truth : (n, 3) and (m, 3) array_like
    within : float
        Greatest distance of a pair.

    Returns
    -------
    (p, 2) array of int
        Rows of `found` and of `truth`, by rising row of `truth`.

    Examples
    --------
    The nearest neighbour of both true points is the same; the most pairs take another one for the second:

    >>> pairs([[0, 0, 0], [2.5, 0, 0]], [[-1, 0, 0], [1.2, 0, 0]], within=2).tolist()
    [[0, 0], [1, 1]]
    """
    found, truth = (np.asarray(each, dtype=float).reshape(-1, 3) for each in (found, truth))
    if not 0 < within < np.inf:
        raise InputError(f"within is {within!r}; a positive distance is needed")
    if not len(found) or not len(truth):
        return np.empty((0, 2), dtype=int)
    near = cKDTree(found).sparse_distance_matrix(cKDTree(truth), within, output_type="coo_matrix")
    number, total = len(found), len(found) + len(truth)
    near.resize((total, total))
    near.col += number
    _, group = connected_components(near, directed=False)
    group = group[near.row]
    chosen = []
    order = np.argsort(group, kind="stable")
    for members in np.split(order, np.flatnonzero(np.diff(group[order])) + 1):
        rows, row = np.unique(near.row[members], return_inverse=True)
        columns, column = np.unique(near.col[members], return_inverse=True)
        cost = np.zeros((len(rows), len(columns)))
        cost[row, column] = near.data[members] - within * (len(members) + 1)
        taken = [(i, j) for i, j in zip(*linear_sum_assignment(cost), strict=True) if cost[i, j] < 0]
        chosen += [(rows[i], columns[j] - number) for i, j in taken]
    chosen = np.array(chosen, dtype=int).reshape(-1, 2)
    return chosen[np.argsort(chosen[:, 1])]


def score_particles(found, truth, *, within=2.6, rigid=False):
    """Say how well particles were found.

    Parameters
    ----------
    found, truth : pandas.DataFrame
        ``x``, ``y`` and ``z`` in nm, and ``type`` (in `found` only if it is known).
    within : float
        Greatest distance of a pair in nm. Default: the radius of the small core, inside of which two
        different particles cannot lie.
    rigid : bool
        Take out a move of all found particles together, which a series without fixed origin leaves open.

    Returns
    -------
    dict
        ``found``, ``true`` and ``paired`` (numbers); ``recall`` and ``precision``; ``error``, mean distance
        of a pair in nm; ``error_x`` (across the tilt axis), ``error_y`` (along it) and ``error_z`` (along the
        beam), root mean squares; with types also ``confused``, the share of pairs of different types,
        ``large`` and ``true_large``, numbers, and ``large_difference``, by how much they differ as a share of
        the true one.

    Examples
    --------
    >>> truth = pd.DataFrame({"x": [0.0, 8, 16], "y": 0.0, "z": 0.0, "type": ["L", "S", "S"]})
    >>> found = pd.DataFrame({"x": [0.0, 8, 30], "y": 0.0, "z": [0.5, 0, 0], "type": ["L", "L", "S"]})
    >>> result = score_particles(found, truth)
    >>> {name: round(result[name], 2) for name in ("recall", "precision", "error", "error_z", "confused")}
    {'recall': 0.67, 'precision': 0.67, 'error': 0.25, 'error_z': 0.35, 'confused': 0.5}
    """
    here, there = (each[AXES].to_numpy(dtype=float) for each in (found, truth))
    if rigid:
        for _ in range(3):
            pair = pairs(here, there, within)
            here = here - np.mean(here[pair[:, 0]] - there[pair[:, 1]], axis=0) if len(pair) else here
    pair = pairs(here, there, within)
    error = here[pair[:, 0]] - there[pair[:, 1]]
    some = len(pair) > 0
    result = {
        "found": len(found),
        "true": len(truth),
        "paired": len(pair),
        "recall": len(pair) / len(truth) if len(truth) else np.nan,
        "precision": len(pair) / len(found) if len(found) else np.nan,
        "error": float(np.linalg.norm(error, axis=1).mean()) if some else np.nan,
    }
    result |= {
        f"error_{axis}": float(np.sqrt(np.mean(error[:, i] ** 2))) if some else np.nan
        for i, axis in enumerate(AXES)
    }
    if "type" in found and "type" in truth:
        types = found["type"].to_numpy()[pair[:, 0]], truth["type"].to_numpy()[pair[:, 1]]
        large, true = int((found["type"] == "L").sum()), int((truth["type"] == "L").sum())
        result |= {
            "confused": float(np.mean(types[0] != types[1])) if some else np.nan,
            "large": large,
            "true_large": true,
            "large_difference": abs(large - true) / true if true else np.nan,
        }
    return result


def peer(volume, pixel, method, *, diameter=5.2, separation=7.7):
    """Find particles in a volume as widely used programs do.

    Parameters
    ----------
    volume : (nz, ny, nx) array
        Middle at the origin, voxels as wide as `pixel`.
    pixel : float
        In nm.
    method : {"trackpy", "peak_local_max", "blob_log"}
        The centroids of Crocker and Grier (1996), as in trackpy, or the maxima of grey values, smoothed by a
        Gaussian of one voxel, and of the Laplacian of Gaussian, as in scikit-image.
    diameter, separation : float
        Diameter of the small cores, and distance of two small spheres in contact, in nm. Maxima have to be
        half of the first apart along each axis, and the particles of trackpy half of the second.

    Returns
    -------
    pandas.DataFrame
        ``x``, ``y`` and ``z`` in nm.

    Raises
    ------
    ValueError
        For another method.

    Notes
    -----
    Source: Crocker and Grier (1996) (`crocker1996`). Thresholds are a tenth of the greatest value, and those
    of trackpy its own.

    Examples
    --------
    >>> axis = np.arange(24) - 11.5
    >>> z, y, x = np.meshgrid(axis, axis, axis, indexing="ij")
    >>> volume = np.exp(-((x - 2.5) ** 2 + (y - 0.5) ** 2 + (z + 1.5) ** 2) / 8)
    >>> peer(volume, 1.0, "peak_local_max").values.tolist()
    [[2.5, 0.5, -1.5]]
    """
    volume = np.asarray(volume, dtype=float)
    # Here, so that what is recorded can be read without the extra.
    import trackpy
    from skimage.feature import blob_log, peak_local_max

    if method == "trackpy":
        odd = 2 * int(diameter / 2 / pixel) + 1
        with warnings.catch_warnings():  # of pandas, from within trackpy 0.7
            warnings.filterwarnings("ignore", "The inplace keyword", DeprecationWarning)
            place = trackpy.locate(volume, odd, separation=separation / 2 / pixel, engine="python")
        place = place[["z", "y", "x"]]
    elif method == "peak_local_max":
        place = peak_local_max(
            gaussian_filter(volume, 1), min_distance=max(1, int(diameter / 2 / pixel)), threshold_rel=0.1
        )
    elif method == "blob_log":
        sigma = diameter / 2 / pixel / 3**0.5
        place = blob_log(volume, min_sigma=0.8 * sigma, max_sigma=1.5 * sigma, num_sigma=4, threshold=None,
                         threshold_rel=0.1)[:, :3]  # fmt: skip
    else:
        raise InputError(f"method is {method!r}; trackpy, peak_local_max and blob_log are known")
    place = (np.asarray(place, dtype=float) - (np.array(volume.shape) - 1) / 2) * pixel
    return pd.DataFrame(place[:, ::-1], columns=AXES)


def runs(experiment=None, method=None):
    """Read the table of scores of the recorded runs: a row for each run and method.

    Parameters
    ----------
    experiment : str, optional
        Only the runs in which this was varied, such as ``"dose"``; ``value`` is what it was.
    method : str, optional
        Only the rows of this method, such as ``"fit"``.

    Returns
    -------
    pandas.DataFrame
        The conditions of each run, and its :func:`score_particles`.

    Raises
    ------
    ValueError
        Naming what is recorded.

    Examples
    --------
    >>> bool((runs("size", "fit")["recall"] > 0.9).all())
    True
    """
    table = pd.read_csv(recorded_path("tomography/runs.csv"))
    for column, value in (("experiment", experiment), ("method", method)):
        there = table[column].unique().tolist()
        if value is not None and value not in there:
            raise InputError(f"the {column} {value!r} is not recorded; allowed are {', '.join(there)}")
        table = table if value is None else table[table[column] == value]
    return table.reset_index(drop=True)


def recorded_images(name):
    """Read the projection without tilt and two slices of the volume of a recorded run.

    Parameters
    ----------
    name : str
        Such as ``"size-110"``.

    Returns
    -------
    dict
        ``picture``, in nm of PbSe, and ``xy`` and ``xz``, slices through the middle, in units of PbSe.

    Examples
    --------
    >>> sorted(recorded_images("size-110"))
    ['picture', 'xy', 'xz']
    """
    with np.load(recorded_path(f"tomography/{name}-images.npz")) as kept:
        return {key: kept[key] * (float(kept[f"{key}_top"]) / 255) for key in ("picture", "xy", "xz")}
