r"""Atoms, ligands and mass of nanoparticles, and what a reaction with clusters makes of them.

A core of the volume V has :math:`V / \Omega` atoms, with the volume :math:`\Omega = a^3 / 4` of an atom in
the face-centred cubic lattice, whose edge a lies between those of silver and gold (Vegard). A shell of
thiolates has one for each footprint A of the core's surface. For a distribution of diameters d the particles
have on average

.. math::
    N = \frac{\pi}{6 \Omega} \langle d^3 \rangle , \quad n = \frac{\pi}{A} \langle d^2 \rangle , \quad
    \frac{n}{N} = \frac{6 \Omega}{A\, d_{32}} , \quad
    d_{32} = \frac{\langle d^3 \rangle}{\langle d^2 \rangle} .

In the reaction all gold goes into the particles. Thiolate for which their surface has no room leaves, and may
take a silver ion with it. Electrons allow that: of the 25 gold atoms of [Au25(SR)18]- all but 8 are Au(I), as
its 8 superatom electrons are what 25 atoms have left after 18 thiolates, and 17 Au(I) oxidise 17 Ag.

Left out: which atom sits where, what else oxidises silver, and ligands that come or go by themselves.
"""

import numpy as np
import pandas as pd
from scipy.stats import truncnorm

LATTICE = (0.40862, 0.40786)
"""Edges of the cubic cells of silver and gold, in nm (`swanson1953`)."""
CLUSTERS = {
    "Au25(SR)18": (25, 18, "zhu2008"),
    "Au38(SR)24": (38, 24, "qian2010"),
    "Au102(SR)44": (102, 44, "jadzinsky2007"),
    "Au144(SR)60": (144, 60, "yan2018"),
    "Au246(SR)80": (246, 80, "zeng2016"),
    "Au279(SR)84": (279, 84, "sakthivel2017"),
}
"""Gold atoms and thiolates of clusters of known structure, with the work that determined it."""
CARBON, HYDROGEN = 8, 9
"""Atoms in a 2-phenylethanethiolate, SC8H9."""


def atomic_volume(gold=0.0):
    """Volume of an atom in an alloy of silver and gold.

    Parameters
    ----------
    gold : float or array
        Share of gold among the atoms.

    Returns
    -------
    float or array
        In nm³.

    Examples
    --------
    >>> print(round(atomic_volume(1.0), 5))
    0.01696
    """
    gold = np.asarray(gold, dtype=float)
    if not ((gold >= 0) & (gold <= 1)).all():
        raise ValueError(f"gold is {gold}; a share from 0 to 1 is needed")
    return (LATTICE[0] + gold * (LATTICE[1] - LATTICE[0])) ** 3 / 4


def diameters(peak, spread):
    """Distribution of diameters: a normal one, cut off at zero.

    Parameters
    ----------
    peak, spread : float
        Most probable diameter and standard deviation of the whole normal distribution, in nm.

    Returns
    -------
    scipy.stats frozen distribution

    Examples
    --------
    >>> print(round(diameters(3.5, 0.5).moment(3) / 3.5**3, 3))
    1.061
    """
    if not (peak > 0 and spread > 0):
        raise ValueError(f"peak is {peak} and spread {spread}; both must be positive")
    return truncnorm(-peak / spread, np.inf, loc=peak, scale=spread)


def contents(sizes, footprint, gold=0.0):
    """Metal atoms and thiolates of a particle, on average over a distribution of diameters.

    Parameters
    ----------
    sizes : scipy.stats frozen distribution or float
        Diameters of the metal, in nm.
    footprint : float
        Area of the surface for each thiolate, in nm².
    gold : float
        Share of gold among the metal atoms.

    Returns
    -------
    Series
        ``metal``, ``thiolate``, and ``sauter``, the diameter with the mean ratio of volume to surface.

    Examples
    --------
    >>> contents(3.5, 0.2).round(1).to_dict()
    {'metal': 1316.1, 'thiolate': 192.4, 'sauter': 3.5}
    """
    second, third = (float(sizes.moment(k)) if hasattr(sizes, "moment") else sizes**k for k in (2, 3))
    metal = np.pi / 6 * third / float(atomic_volume(gold))
    return pd.Series({"metal": metal, "thiolate": np.pi * second / footprint, "sauter": third / second})


def footprint(metal, thiolate, gold=1.0):
    """Surface for each thiolate of a cluster, taken as a sphere with the volume of its metal.

    Parameters
    ----------
    metal, thiolate : float or array
        Their numbers.
    gold : float
        Share of gold among the metal atoms.

    Returns
    -------
    float or array
        In nm².

    Examples
    --------
    >>> print(round(footprint(144, 60), 3))
    0.146
    """
    return (36 * np.pi * (np.asarray(metal) * atomic_volume(gold)) ** 2) ** (1 / 3) / thiolate


def cluster_footprints():
    """Footprints of thiolates on clusters of known structure.

    Returns
    -------
    DataFrame
        A row for each of `CLUSTERS`: ``metal``, ``thiolate``, ``diameter`` of the sphere in nm, ``footprint``
        in nm².

    Examples
    --------
    >>> print(cluster_footprints()["footprint"].mean().round(3))
    0.154
    """
    table = pd.DataFrame(
        {name: values[:2] for name, values in CLUSTERS.items()}, index=["metal", "thiolate"]
    ).T.rename_axis("cluster")
    table["diameter"] = np.cbrt(6 / np.pi * table["metal"] * atomic_volume(1.0))
    return table.assign(footprint=footprint(table["metal"], table["thiolate"]))


def flat_footprint(gold=1.0):
    r"""Footprint on a (111) face with one thiolate for three metal atoms, :math:`(\sqrt3 \times \sqrt3)`.

    Parameters
    ----------
    gold : float
        Share of gold among the metal atoms.

    Returns
    -------
    float
        In nm².

    Examples
    --------
    >>> print(round(flat_footprint(), 3))
    0.216
    """
    return float(3 * np.sqrt(3) / 4 * (4 * atomic_volume(gold)) ** (2 / 3))


def size_for(sulphur, footprint, gold=0.0):
    """Sizes at which a full shell has a given number of sulphur atoms for each metal atom.

    Parameters
    ----------
    sulphur : float or array
        Atoms of sulphur for each atom of metal.
    footprint : float
        In nm².
    gold : float
        Share of gold among the metal atoms.

    Returns
    -------
    dict of str to float or array
        Diameter of a ``sphere`` and thickness of a wide ``sheet`` with both faces covered, in nm.

    Examples
    --------
    >>> {name: round(float(nm), 2) for name, nm in size_for(18 / 25, footprint(25, 18), 1.0).items()}
    {'sphere': 0.93, 'sheet': 0.31}
    """
    thickness = 2 * atomic_volume(gold) / (footprint * np.asarray(sulphur, dtype=float))
    return {"sphere": 3 * thickness, "sheet": thickness}


def react(gold, before, after, *, area, taken=1.0, area_before=None, cluster=(25, 18)):
    r"""Balance of a reaction of silver particles with gold clusters.

    With s thiolates for each metal atom in the shell of the product, m metal atoms in it and e thiolates that
    leave, all for each silver atom at the start,

    .. math:: m = 1 + g - \lambda e , \qquad s\, m = s_0 + \frac{18}{25} g - e ,

    for g gold atoms and :math:`\lambda` silver ions that each such thiolate takes along.

    Parameters
    ----------
    gold : float
        Gold for each silver atom at the start, g.
    before, after : scipy.stats frozen distribution or float
        Diameters of the particles, in nm.
    area : float
        Footprint in the shell of the product, in nm².
    taken : float
        Silver ions that leave with a thiolate, :math:`\lambda`.
    area_before : float, optional
        Footprint before; by default `area`.
    cluster : (int, int)
        Gold atoms and thiolates of the cluster.

    Returns
    -------
    Series
        ``clusters`` for each silver particle; ``product Ag``, ``product Au`` and ``product S`` in at%;
        ``left Ag`` and ``left S``, what leaves, as a share of what was there (of sulphur negative if
        it does not suffice for the shell); ``particles``, the number of particles after for each one before.

    Raises
    ------
    ValueError
        If more silver would leave than there is.

    Examples
    --------
    >>> react(0.5, diameters(4.4, 2.3), diameters(3.5, 0.5), area=0.2)["particles"].round(1)
    np.float64(4.3)
    """
    if gold < 0 or not 0 <= taken <= 1:
        raise ValueError(f"gold is {gold} and taken {taken}; gold from 0 and taken from 0 to 1 are needed")
    start, product = contents(before, area_before or area), contents(after, area)
    fed = start["thiolate"] / start["metal"] + gold * cluster[1] / cluster[0]
    share = gold / (1 + gold)
    for _ in range(20):
        metal = product["metal"] * float(atomic_volume(0.0) / atomic_volume(share))
        held = product["thiolate"] / metal
        excess = fed - held * (1 + gold)
        left = excess / (1 - taken * held) if excess > 0 else excess
        silver = 1 - taken * max(left, 0.0)
        if silver <= 0:
            raise ValueError(f"gold is {gold}: the thiolates would take more silver than there is")
        share = gold / (silver + gold)
    atoms = np.array([silver, gold, fed - left])
    percent = dict(zip(("product Ag", "product Au", "product S"), 100 * atoms / atoms.sum(), strict=True))
    rest = {"left Ag": 1 - silver, "left S": left / fed}
    number = (silver + gold) * start["metal"] / metal
    return pd.Series({"clusters": gold * start["metal"] / cluster[0], **percent, **rest, "particles": number})
