r"""How spheres are packed: who touches, who is crystalline, how full the cells are, and the structure factor.

Crystalline spheres are found by their bonds (`tenwolde1996`). Left out: which crystal it is.
"""

import freud
import gsd.hoomd
import numpy as np

from supracrystal.mesostructures.stacking import groups

BONDS = 7
"""Bonds that are alike which make a sphere crystalline."""
LIKE = 0.7
"""Least product of the normalised bond order vectors of neighbours that are alike."""


def sphere_order(frame, *, shell):
    r"""Order of spheres.

    Parameters
    ----------
    frame : gsd.hoomd.Frame
        With the diameters of the metals, in a periodic box.
    shell : float
        Distance in nm between the metals of spheres in contact.

    Returns
    -------
    dict
        ``contacts``, neighbours of a sphere whose gap is less than `shell` plus a tenth of a diameter;
        ``crystalline``, the share of spheres with at least :data:`BONDS` like bonds of 12 to their nearest
        neighbours; ``packing``, the volume fraction in their Voronoi cells of those that have at least 6
        contacts (NaN without any); ``largest``, the share in the largest aggregate.

    Notes
    -----
    Source: ten Wolde, Ruiz-Montero and Frenkel (1996, `tenwolde1996`), by freud; cells are those of a radical
    tessellation if all spheres are alike, and of the middles otherwise.

    Examples
    --------
    >>> box, position = freud.data.UnitCell.fcc().generate_system(6, scale=4 * 2**0.5)
    >>> from supracrystal.simulation import frame_of
    >>> number = len(position)
    >>> frame = frame_of(position, [0] * number, [3.0], range(number), box.L)
    >>> {name: round(float(value), 3) for name, value in sphere_order(frame, shell=1.0).items()}
    {'contacts': 12.0, 'crystalline': 1.0, 'packing': 0.74, 'largest': 1.0}
    """
    box = freud.box.Box(*map(float, frame.configuration.box[:3]))
    position = np.asarray(frame.particles.position, dtype=float)
    diameter = np.asarray(frame.particles.diameter, dtype=float) + shell
    reach = float(1.1 * diameter.max())
    query = freud.locality.AABBQuery(box, position)
    near = query.query(position, {"r_max": reach, "exclude_ii": True}).toNeighborList()
    one, two = near[:].T
    touching = near.distances < (diameter[one] + diameter[two]) / 2 + 0.1 * diameter.mean()
    contacts = np.bincount(one[touching], minlength=len(position))
    order = freud.order.SolidLiquid(l=6, q_threshold=LIKE, solid_threshold=BONDS)
    order.compute((box, position), neighbors={"num_neighbors": 12, "exclude_ii": True})
    cells = freud.locality.Voronoi().compute((box, position)).volumes
    inner = contacts >= 6
    volume = np.pi / 6 * diameter[inner] ** 3
    label = groups(np.column_stack([one, two])[touching], len(position))
    return {
        "contacts": float(contacts.mean()),
        "crystalline": float((order.num_connections >= BONDS).mean()),
        "packing": float(volume.sum() / cells[inner].sum()) if inner.any() else np.nan,
        "largest": float(np.bincount(label).max() / len(position)),
    }


def structure_factor(frame, *, bins=80, furthest=5.0):
    """Compute the static structure factor of spheres.

    Parameters
    ----------
    frame : gsd.hoomd.Frame
    bins : int
    furthest : float
        Greatest wave number in 1/nm.

    Returns
    -------
    wave_number : (bins,) numpy.ndarray
    value : (bins,) numpy.ndarray
        NaN where no wave of the periodic box falls into a bin.

    Examples
    --------
    >>> from supracrystal.simulation import frame_of
    >>> position = np.random.default_rng(1).uniform(-15, 15, (500, 3))
    >>> q, value = structure_factor(frame_of(position, [0] * 500, [3.5], range(500), [30.0] * 3))
    >>> bool(abs(np.nanmean(value[20:]) - 1) < 0.05)
    True
    """
    box = freud.box.Box(*map(float, frame.configuration.box[:3]))
    waves = freud.diffraction.StaticStructureFactorDirect(
        bins=bins, k_max=furthest, k_min=np.pi / box.L.max(), num_sampled_k_points=3_000
    )
    waves.compute((box, np.asarray(frame.particles.position, dtype=float)))
    return waves.bin_centers, waves.S_k


def last_frame(path):
    """Read the last frame of a trajectory.

    Parameters
    ----------
    path : path_like

    Returns
    -------
    gsd.hoomd.Frame

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from supracrystal.simulation import frame_of
    >>> with TemporaryDirectory() as folder:
    ...     with gsd.hoomd.open(f"{folder}/one.gsd", "w") as file:
    ...         file.append(frame_of([[0, 0, 1]], [0], [3.5], [0], [9.0] * 3))
    ...     last_frame(f"{folder}/one.gsd").particles.position.tolist()
    [[0.0, 0.0, 1.0]]
    """
    with gsd.hoomd.open(path) as file:
        return file[-1]
