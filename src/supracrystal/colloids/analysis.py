"""One configuration measured from end to end, with everything the package has for it.

The structure looked for is that of Wang et al. (2021) (`wang2021`). Where it is not found, and for particles
of one species, :mod:`~supracrystal.colloids.crystals` says what else the particles form. Left out: more
than one cluster in a frame, and averages over the frames of a trajectory.
"""

import numpy as np
import pandas as pd
from tqdm import tqdm

from supracrystal.colloids.bond_order import CLASSES, classify, coordination, mgcu2_fraction, steinhardt
from supracrystal.colloids.crystals import (
    LOCAL,
    cluster_symmetry,
    common_neighbours,
    name_structures,
    superlattice,
)
from supracrystal.colloids.diffraction import diffraction_pattern, rotational_orders
from supracrystal.colloids.domains import crystalline, faces, find_domains, largest_cluster, solid_bonds
from supracrystal.colloids.icosahedral import axes
from supracrystal.colloids.particles import is_large
from supracrystal.colloids.symmetry import bergman_core, find_icosahedron, pentagonal_tubes, shells_found

FOUND = 0.15
"""Order figure from which the report speaks of an icosahedral cluster. Balls of 60 to 10,000 spheres of
recorded fluids and of C14, C15 and C36, also with displacements of 8 % and 30 % of the particles missing,
had less than 0.11, icosahedral clusters with the same faults more than 0.4."""

FITTED = 3.65
"""Or the radius, in spacings, up to which the ideal cluster must fit: its first eight shells. An unordered
shell can take the order figure below 0.15, but the fit still gets to 5 and beyond, in the balls never beyond
2.65."""


LAVES = 0.3
"""Share of particles with a complete Laves-like neighbourhood below which other structures are looked for."""


def analyse(frame, *, progress=False):
    """Measure what the package can measure on one configuration.

    Parameters
    ----------
    frame : gsd.hoomd.Frame
        From :func:`~supracrystal.colloids.files.read_particles`, or any other of large and small spheres.
    progress : bool
        Show a progress bar on standard error.

    Returns
    -------
    table : pandas.DataFrame
        One row for each particle: ``index``, ``species``, ``x``, ``y``, ``z`` (as they stood in the
        file), ``class``, ``L_neighbours`` and ``S_neighbours``, ``polyhedron``, ``q4`` and ``w4``
        (averaged over four neighbours, large spheres only), ``crystalline``, ``in_largest_cluster``,
        ``domain`` (-1 for none) and ``distance`` from the centre. Where no icosahedral cluster and no Laves
        phase is found also ``structure``, see :func:`~supracrystal.colloids.crystals.superlattice`. Of one
        species ``class`` is that of :func:`~supracrystal.colloids.crystals.common_neighbours`, and there is
        nothing about bond order, domains and crystalline particles.
    summary : dict
        The figures, ready for JSON. Lengths are in the unit of the file. Where no icosahedral cluster is
        found, by :data:`FOUND` and :data:`FITTED`, the centre and the axes are None.

    Examples
    --------
    >>> from supracrystal.colloids import icosahedral_cluster
    >>> table, summary = analyse(icosahedral_cluster(layers=7))
    >>> summary["icosahedral"]["found"], summary["icosahedral"]["order"], summary["domains"]["number"]
    (True, 1.0, 20)
    """
    if is_large(frame).all():
        return _one_species(frame)
    steps = tqdm(
        total=6, desc="icosahedron", disable=None if progress else True, bar_format="{l_bar}{bar}| {elapsed}"
    )

    def done(following):
        steps.update()
        steps.set_description_str(following)

    large = is_large(frame)
    unit = float(frame.log.get("length_unit", [1.0])[0])
    origin = np.asarray(frame.log.get("origin", np.zeros(3)), dtype=float)
    position = np.asarray(frame.particles.position, dtype=float)
    given = frame.log.get("particles/coordinates", position)
    found = find_icosahedron(frame)
    is_found = bool(found.order >= FOUND or found.reach >= FITTED)
    centre = found.centre if is_found else position.mean(axis=0)
    # Digits beyond single precision of a diameter are noise, and differ between machines.
    decimals = 6 - int(np.floor(np.log10(unit)))
    done("classes")
    bonds = solid_bonds(frame)
    classes = classify(frame, solid_pairs=bonds)
    around = coordination(frame)
    done("bond order")
    order = {name: np.full(len(large), np.nan) for name in ("q4", "w4")}
    order["q4"][large] = steinhardt(frame, 4)
    order["w4"][large] = steinhardt(frame, 4, w=True)
    done("clusters")
    solid, cluster = crystalline(frame, solid_pairs=bonds), largest_cluster(frame, solid_pairs=bonds)
    done("domains")
    label = find_domains(frame, solid_pairs=bonds)
    twin_faces = faces(frame, label)
    done("tubes")
    tubes, shells = _tubes(frame, found, unit), _shells(frame, found, unit)
    steps.update()
    steps.close()

    table = pd.DataFrame({"index": np.arange(len(large)), "species": np.where(large, "L", "S")})
    if "particles/id" in frame.log:
        table["id"] = frame.log["particles/id"]
    table[["x", "y", "z"]] = given
    table["class"] = classes
    table["L_neighbours"], table["S_neighbours"] = around["L"], around["S"]
    table["polyhedron"] = around["polyhedron"]
    table["q4"], table["w4"] = order["q4"], order["w4"]
    table["crystalline"], table["in_largest_cluster"], table["domain"] = solid, cluster, label
    table["distance"] = np.linalg.norm(position - centre, axis=1) * unit

    structures = None
    if not is_found and np.isin(classes, CLASSES[:4]).mean() < LAVES:
        table["structure"] = superlattice(frame)
        structures = name_structures(frame).to_dict()
    sizes = np.bincount(label[label >= 0])
    summary = {
        "particles": {"total": len(large), "L": large.sum(), "S": (~large).sum(), "x_L": large.mean()},
        "length": {
            "L_diameter": unit,
            "size_ratio": np.median(frame.particles.diameter[~large])
            / np.median(frame.particles.diameter[large]),
        },
        "icosahedral": {
            "order": found.order,
            "found": is_found,
            "centre": np.round(origin + unit * found.centre, decimals) + 0.0 if is_found else None,
            "spacing": unit * found.spacing if is_found else None,
            "rotation": found.rotation.round(7) if is_found else None,
            "axes": {fold: (axes(fold) @ found.rotation.T).round(7) for fold in (5, 3, 2)}
            if is_found
            else None,
            "matched_sites": found.matched if is_found else None,
            "rms_displacement": unit * found.rms if is_found else None,
            "fitted_radius": unit * found.spacing * found.reach if is_found else None,
            "bergman_core": len(bergman_core(frame, found)) if is_found else None,
        },
        "classes": {
            name: {"L": np.sum(large & (classes == name)), "S": np.sum(~large & (classes == name))}
            for name in CLASSES
        },
        "mgcu2_like": {
            "of_all": mgcu2_fraction(classes),
            "of_L": mgcu2_fraction(classes[large]),
            "of_S": mgcu2_fraction(classes[~large]),
        },
        "crystalline": solid.sum(),
        "largest_cluster": cluster.sum(),
        "domains": {"number": len(sizes), "sizes": sizes, "faces": len(twin_faces)},
        "structures": structures,
        "shells": shells if is_found else None,
        "tubes": tubes if is_found else None,
    }
    return table, _plain(summary)


def _one_species(frame):
    """Measure a configuration of equal spheres: classes by common neighbours, symmetry of the cluster."""
    unit = float(frame.log.get("length_unit", [1.0])[0])
    origin = np.asarray(frame.log.get("origin", np.zeros(3)), dtype=float)
    position = np.asarray(frame.particles.position, dtype=float)
    classes = common_neighbours(frame)
    found = cluster_symmetry(frame, classes)
    centre = found.centre if np.isfinite(found.centre).all() else position.mean(axis=0)
    table = pd.DataFrame({"index": np.arange(len(position)), "species": "L"})
    if "particles/id" in frame.log:
        table["id"] = frame.log["particles/id"]
    table[["x", "y", "z"]] = frame.log.get("particles/coordinates", position)
    table["class"] = classes
    table["distance"] = np.linalg.norm(position - centre, axis=1) * unit
    summary = {
        "particles": {"total": len(position), "L": len(position), "S": 0, "x_L": 1.0},
        "length": {"L_diameter": unit, "size_ratio": None},
        "symmetry": {
            "kind": found.kind,
            "axes": found.axes.round(7),
            "centre": origin + unit * found.centre if len(found.axes) else None,
        },
        "classes": {name: int(np.sum(classes == name)) for name in LOCAL},
    }
    return table, _plain(summary)


def _tubes(frame, found, unit):
    """List direction, length and held sites of the twelve pentagonal tubes."""
    rings = pentagonal_tubes(frame, found)
    inside = rings[rings["inside"]].groupby("tube").agg({"height": "max", "sites": "sum", "held": "sum"})
    inside = inside.reindex(range(12), fill_value=0)
    length = inside["height"] * found.spacing * unit
    columns = zip(found.axes.round(7), length, inside["sites"], inside["held"], strict=True)
    return [dict(zip(("axis", "length", "sites", "held"), row, strict=True)) for row in columns]


def _shells(frame, found, unit):
    """List the first eight shells, lengths in the unit of the file."""
    table = shells_found(frame, found).reset_index()
    table[["ideal_radius", "radius", "rms"]] *= unit
    return table.to_dict("records")


def _plain(value):
    """Return Python's own numbers and lists; None for what is not a number."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [_plain(item) for item in value]
    if isinstance(value, (float, np.floating)):
        return float(f"{value:.10g}") if np.isfinite(value) else None
    return value.item() if isinstance(value, np.generic) else value


def patterns(frame, table, summary):
    """Return the diffraction patterns of the largest cluster along an axis of each kind.

    Parameters
    ----------
    frame : gsd.hoomd.Frame
    table, summary : pandas.DataFrame, dict
        From :func:`analyse`.

    Returns
    -------
    list of dict
        ``fold``, ``intensity`` (385, 385), and ``orders``, the rotational orders between
        q d = 3 and 16, d being the spacing of the cluster; empty where no icosahedral cluster is found.

    Examples
    --------
    >>> from supracrystal.colloids import icosahedral_cluster
    >>> ideal = icosahedral_cluster(layers=5)
    >>> made = patterns(ideal, *analyse(ideal))
    >>> [(each["fold"], max(each["orders"], key=each["orders"].get)) for each in made]
    [(5, '10'), (3, '12'), (2, '12')]
    """
    icosahedral, unit = summary["icosahedral"], summary["length"]["L_diameter"]
    if not icosahedral["found"]:
        return []
    chosen = table["in_largest_cluster"].to_numpy()
    position = frame.particles.position[chosen if chosen.any() else slice(None)]
    spacing = icosahedral["spacing"] / unit
    rotation = np.array(icosahedral["rotation"])
    made = []
    for fold in (5, 3, 2):
        axis = axes(fold)[0]
        up = next(other for other in axes(2) if abs(other @ axis) < 1e-9)
        q, intensity = diffraction_pattern(
            position, rotation @ axis, up=rotation @ up, q_max=17 / spacing, size=385
        )
        orders = rotational_orders(q, intensity, (2, 4, 6, 8, 10, 12), (3 / spacing, 16 / spacing))
        made.append({"fold": fold, "intensity": intensity, "orders": _plain(orders.to_dict())})
    return made
