r"""Bond-orientational order of the large spheres, and the class of every particle it leads to.

Wang et al. (2021), Real-space analysis (`wang2021`), tell MgCu2-like from MgZn2-like particles by the bond
order of Steinhardt et al. (1983, `steinhardt1983`), averaged over neighbours as by Lechner and Dellago
(2008, `lechner2008`), on the sublattice of large spheres. Their neighbours and thresholds, in Supplementary
Methods 4, were not available: those here are OUR calibration.

The choice of neighbours matters. A large sphere has four large neighbours at one distance and 12 or 22 at
nearly twice that. With the four alone :math:`\bar q_4` takes one value for each number :math:`e` of eclipsed
bonds: in C15 all four are staggered, in C14 one is eclipsed, and in the icosahedral cluster two are on a
five-fold edge and three beside the centre. With 12 or 16 neighbours C14 and C15 are told apart as well,
but the averages smear across the faces of the cluster.

Left out: averages over Voronoi facets, and Laves phases far from the size ratios 0.76-0.84.
"""

import freud
import numpy as np
import pandas as pd

from supracrystal import InputError
from supracrystal.colloids import domains
from supracrystal.colloids.particles import is_large, subset
from supracrystal.colloids.particles import neighbours as pairs_within

CLASSES = ("MgCu2-like", "MgZn2-like", "tube", "centre", "surface", "fluid")
"""Classes of particles, see :func:`classify`."""
CUTS = (0.436, 0.30, 0.185)
"""Averaged q4 between e = 0, 1, 2 and 3 eclipsed bonds; the ideal values are 0.51, 0.37, 0.23 and 0.14."""
LOPSIDED = 0.16
"""Length of the mean unit vector to the neighbours beyond which a particle lies at a surface. Our
calibration: in the recorded crystals 0.4 % of the particles have more, in the fluids 1.5 and 3 %, in the
outermost half diameter of an ideal cluster all."""


def steinhardt(frame, l, *, neighbours=4, r_max=None, average=True, w=False):
    r"""Return the bond order of the large spheres, from the large spheres around them.

    With the spherical harmonics of the bonds of particle i to its :math:`N_b` neighbours,

    .. math::
        q_{lm}(i) = \frac{1}{N_b} \sum_j Y_{lm}(\mathbf r_{ij}), \qquad
        q_l(i) = \sqrt{\frac{4\pi}{2l+1} \sum_m |q_{lm}(i)|^2}.

    The average of Lechner and Dellago takes the mean of :math:`q_{lm}` over the particle and its
    neighbours before it is squared. The third-order invariant is the one normalised to the
    length of the vector,

    .. math::
        w_l = \sum_{m_1+m_2+m_3=0} \begin{pmatrix} l & l & l \\ m_1 & m_2 & m_3 \end{pmatrix}
        \frac{q_{lm_1} q_{lm_2} q_{lm_3}}{(\sum_m |q_{lm}|^2)^{3/2}}.

    Parameters
    ----------
    frame : gsd.hoomd.Frame
    l : int
        Degree of the spherical harmonics.
    neighbours : int
        Number of nearest large spheres. Four is right for a Laves phase, see the module.
    r_max : float, optional
        Take the large spheres within this distance instead, in the frame's own unit.
    average : bool
        Average over the neighbours, as Lechner and Dellago.
    w : bool
        Return :math:`w_l` in place of :math:`q_l`.

    Returns
    -------
    (N_L,) float array
        One value for each large sphere, in their order in the frame; NaN without neighbours.

    Raises
    ------
    ValueError
        With no more large spheres than `neighbours`, or a box narrower than twice the distance of the
        farthest neighbour.

    Notes
    -----
    Source: Steinhardt et al. (1983), equations 1.3 and 1.5 (`steinhardt1983`); Lechner and Dellago
    (2008), equations 5 and 6 (`lechner2008`). Computed by freud (`ramasubramani2020`).

    Examples
    --------
    >>> from supracrystal.colloids import laves_phase
    >>> [round(float(steinhardt(laves_phase(name, cells=(3, 3, 1)), 4).mean()), 3) for name in ("C14", "C15")]
    [0.369, 0.509]
    """
    sublattice = subset(frame, is_large(frame))
    system = (sublattice.configuration.box, sublattice.particles.position)
    number = sublattice.particles.N
    if r_max is None:
        if not isinstance(neighbours, (int, np.integer)) or neighbours < 1:
            raise InputError(f"neighbours is {neighbours!r}; a positive number of them is needed")
        if number <= neighbours:
            raise InputError(f"{number} large particles; {neighbours} neighbours need more than that")
        query = freud.locality.AABBQuery(*system).query(
            system[1], {"num_neighbors": int(neighbours), "exclude_ii": True}
        )
        chosen = query.toNeighborList()
        # freud does not see two images of one particle: the box must be wide enough for the farthest.
        pairs_within(subset(sublattice, [0]), float(chosen.distances.max()))
    else:
        chosen = domains.neighbour_list(sublattice, pairs_within(sublattice, r_max)[0])
    order = freud.order.Steinhardt(l, average=average, wl=w, wl_normalize=w).compute(system, neighbors=chosen)
    return np.array(order.particle_order, dtype=float)


def coordination(frame):
    """Return how many neighbours of each species every particle has, and the polyhedron they form.

    Parameters
    ----------
    frame : gsd.hoomd.Frame

    Returns
    -------
    pandas.DataFrame
        Columns ``L`` and ``S``, numbers of neighbours within :data:`domains.REACH`, and ``polyhedron``:
        ``Z16`` for a large sphere with 4 large and 12 small neighbours, ``Z12`` for a small one with
        6 and 6, ``tube`` for one with 5 and 7 on a five-fold axis, ``centre`` for one with
        0 and 12, else ``other``.

    Examples
    --------
    >>> from supracrystal.colloids import icosahedral_cluster
    >>> coordination(icosahedral_cluster(layers=7))["polyhedron"].eq("centre").sum().item()
    1
    """
    return _coordination(frame, domains.bonds(frame))


def _coordination(frame, pairs):
    large, number = is_large(frame), frame.particles.N
    to_large = large[pairs[:, 1]]
    table = pd.DataFrame(
        {
            "L": np.bincount(pairs[to_large, 0], minlength=number),
            "S": np.bincount(pairs[~to_large, 0], minlength=number),
        }
    )
    kinds = {(True, 4, 12): "Z16", (False, 6, 6): "Z12", (False, 5, 7): "tube", (False, 0, 12): "centre"}
    polyhedron = np.full(number, "other", dtype="<U6")
    for (species, of_large, of_small), name in kinds.items():
        polyhedron[(large == species) & (table["L"] == of_large) & (table["S"] == of_small)] = name
    return table.assign(polyhedron=polyhedron)


def classify(frame, *, solid_pairs=None):
    """Return the class of every particle, large and small.

    ============  =========================================  ==========================================
    class         large spheres                              small spheres
    ============  =========================================  ==========================================
    MgCu2-like    no eclipsed bond: inside a domain          at least half of the large neighbours are
                                                             MgCu2-like
    MgZn2-like    one: at a twin face, everywhere in C14     fewer: in a twin face
    tube          two: at the edge where five domains meet   5 + 7 neighbours, on a five-fold axis; or in
                                                             a face, most large neighbours being tube
    centre        three: the 20 around the centre            12 small neighbours and no large one
    surface       crystalline without four large neighbours  crystalline with fewer than 11 neighbours;
                                                             no large neighbour has a class
    ============  =========================================  ==========================================

    The number of eclipsed bonds of a large sphere follows from its averaged :math:`q_4`, by
    :data:`CUTS`. A particle that is not crystalline is at the ``surface`` if its neighbours lie to one
    side or more than a quarter of them is missing, else ``fluid``.

    Parameters
    ----------
    frame : gsd.hoomd.Frame
        In any unit of length, periodic or free.
    solid_pairs : tuple, optional
        What :func:`~supracrystal.colloids.domains.solid_bonds` returns for the frame, where it is at hand.

    Returns
    -------
    (N,) array of str
        From :data:`CLASSES`.

    Notes
    -----
    Source: the classes of Wang et al. (2021), Real-space analysis (`wang2021`); the criteria are ours.
    A vacancy makes its neighbours ``surface``. C36 is half MgCu2-like and half MgZn2-like.

    Examples
    --------
    >>> from supracrystal.colloids import laves_phase
    >>> crystal = laves_phase("C36", cells=(3, 3, 1))
    >>> large = is_large(crystal)
    >>> {str(name): float((classify(crystal)[large] == name).mean()) for name in CLASSES[:2]}
    {'MgCu2-like': 0.5, 'MgZn2-like': 0.5}
    """
    large, number = is_large(frame), frame.particles.N
    pairs, solid = solid_pairs or domains.solid_bonds(frame)
    solid = domains.count_solid(frame, pairs, solid)
    around = _coordination(frame, pairs)
    count = (around["L"] + around["S"]).to_numpy()
    classes = np.where(_open_side(frame, pairs, count), "surface", "fluid").astype("<U10")
    classes[solid] = "surface"

    q4 = np.zeros(number)
    q4[large] = np.nan_to_num(steinhardt(frame, 4, r_max=domains.REACH["LL"] * domains.spacing(frame)))
    eclipsed = np.digitize(-q4, -np.array(CUTS))
    known = large & solid & (around["L"] == 4).to_numpy()
    classes[known] = np.array(CLASSES)[eclipsed[known]]

    votes = pairs[~large[pairs[:, 0]] & known[pairs[:, 1]]]
    cubic, hexagonal, edge = (
        np.bincount(votes[chosen, 0], minlength=number)
        for chosen in (eclipsed[votes[:, 1]] == 0, eclipsed[votes[:, 1]] > 0, eclipsed[votes[:, 1]] > 1)
    )
    small = ~large & solid & (count >= 11) & (cubic + hexagonal > 0)
    classes[small] = "MgCu2-like"
    classes[small & (hexagonal > cubic)] = "MgZn2-like"
    classes[small & (2 * edge > cubic + hexagonal)] = "tube"
    for name in ("tube", "centre"):
        classes[~large & solid & (around["polyhedron"] == name).to_numpy()] = name
    return classes


def _open_side(frame, pairs, count):
    """Return which particles have neighbours on one side only, or too few."""
    vectors = domains.neighbour_list(frame, pairs).vectors
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    total = np.column_stack([np.bincount(pairs[:, 0], unit[:, k], frame.particles.N) for k in range(3)])
    few = count < np.where(is_large(frame), 12, 9)
    return few | (np.linalg.norm(total, axis=1) > LOPSIDED * count)


def confusion_table(frames):
    """Return how the particles of known structures are classified.

    Parameters
    ----------
    frames : dict of str to list of gsd.hoomd.Frame
        Configurations of each structure, by its true name.

    Returns
    -------
    pandas.DataFrame
        Numbers of particles: one row for each species and structure, one column for each class.

    Examples
    --------
    >>> from supracrystal.colloids import laves_phase
    >>> table = confusion_table({name: [laves_phase(name, cells=(3, 3, 1))] for name in ("C15", "C36")})
    >>> table.loc["L", ["MgCu2-like", "MgZn2-like"]].to_numpy().tolist()
    [[54, 0], [36, 36]]
    """
    particles = pd.concat(
        pd.DataFrame(
            {"species": np.where(is_large(frame), "L", "S"), "structure": name, "class": classify(frame)}
        )
        for name, configurations in frames.items()
        for frame in configurations
    )
    table = pd.crosstab([particles["species"], particles["structure"]], particles["class"])
    rows = pd.MultiIndex.from_product([["L", "S"], frames], names=table.index.names)
    return table.reindex(index=rows, columns=pd.Index(CLASSES, name="class"), fill_value=0)


def mgcu2_fraction(classes, *, like=("MgCu2-like",), among=("MgCu2-like", "MgZn2-like", "tube", "centre")):
    """Return the share of MgCu2-like particles.

    Parameters
    ----------
    classes : (N,) array of str
        From :func:`classify`; restrict it to the large spheres for the share of these.
    like : iterable of str
        Classes that count as MgCu2-like.
    among : iterable of str
        Classes that count at all. Default: what is solid and has a complete neighbourhood.

    Returns
    -------
    float
        NaN if no particle is of the classes `among`.

    Examples
    --------
    >>> round(mgcu2_fraction(["MgCu2-like", "MgCu2-like", "tube", "fluid"]), 3)
    0.667
    """
    classes = np.asarray(classes)
    unknown = sorted({*classes.tolist(), *like, *among} - set(CLASSES))
    if unknown:
        raise InputError(f"unknown classes {unknown}; allowed are {list(CLASSES)}")
    counted = np.isin(classes, list(among)).sum()
    return float(np.isin(classes, list(like)).sum() / counted) if counted else float("nan")


def mgcu2_shares(frame):
    """Return the share of MgCu2-like particles under several criteria, from strict to generous.

    Parameters
    ----------
    frame : gsd.hoomd.Frame
        A cluster.

    Returns
    -------
    pandas.Series
        Shares by criterion. "Complete" are the first four of :data:`CLASSES`. The last three use the
        averaged order of all large spheres, at the surface as well, without classes.

    Notes
    -----
    Source: Wang et al. (2021), Real-space analysis, prints 70-80 % (`wang2021`) by a criterion that was
    not available.

    Examples
    --------
    >>> from supracrystal.colloids import laves_phase
    >>> mgcu2_shares(laves_phase("C15", cells=(4, 4, 2))).unique().tolist()
    [1.0]
    """
    large, classes = is_large(frame), classify(frame)
    q4, w4 = steinhardt(frame, 4), steinhardt(frame, 4, neighbours=16, w=True)
    return pd.Series(
        {
            "complete large": mgcu2_fraction(classes[large]),
            "complete large and small": mgcu2_fraction(classes),
            "MgCu2-like over MgCu2-like and MgZn2-like": mgcu2_fraction(classes, among=CLASSES[:2]),
            f"large with q4 > {CUTS[0]}": float(np.mean(q4 > CUTS[0])),
            f"large with q4 > {CUTS[1]:.2f}": float(np.mean(q4 > CUTS[1])),
            "large with w4 < 0, 16 neighbours": float(np.mean(w4 < 0)),
        },
        name="MgCu2-like",
    )
