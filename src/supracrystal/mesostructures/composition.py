r"""Atoms, ligands and lattice planes of silver-gold particles, and their reaction with gold clusters.

A core of volume V holds :math:`V / \Omega` atoms of volume :math:`\Omega = a^3 / 4`; the edge a of the cubic
cell lies between those of silver and gold (Vegard). The shell has one thiolate for each footprint A of the
surface. Averaged over diameters d,

.. math:: N = \frac{\pi}{6 \Omega} \langle d^3 \rangle , \quad n = \frac{\pi}{A} \langle d^2 \rangle , \quad
    \frac{n}{N} = \frac{6 \Omega}{A\, d_{32}} , \quad d_{32} = \langle d^3 \rangle / \langle d^2 \rangle .

In the reaction all gold enters the particles. Thiolate that finds no place in the shell leaves, and may take
a silver ion along: of the 25 gold atoms in [Au25(SR)18]- 17 are Au(I), each of which can oxidise one Ag.

Left out: where each atom sits, other oxidants, and ligands that come or go by themselves.
"""

import numpy as np
import pandas as pd
from scipy.stats import truncnorm

from supracrystal import InputError

LATTICE = (0.40862, 0.40786)
"""Edges of the cubic cells of silver and gold, in nm (`swanson1953`)."""
MEASURED = {"parent": (4.4, 2.3), "product": (3.5, 0.5)}
"""Diameters in nm of Bose et al. (2025): most probable value and standard deviation."""
GOLD = 27 / 84
"""Share of gold among the metal atoms of the product, from its printed 57:27:16 at% of Ag:Au:S."""
SMALLEST = 1.0
"""Diameter in nm (some 30 atoms) below which a distribution of particles is cut off."""
CLUSTERS = {
    "Au25(SR)18": (25, 18, "zhu2008"),
    "Au38(SR)24": (38, 24, "qian2010"),
    "Au102(SR)44": (102, 44, "jadzinsky2007"),
    "Au144(SR)60": (144, 60, "yan2018"),
    "Au246(SR)80": (246, 80, "zeng2016"),
    "Au279(SR)84": (279, 84, "sakthivel2017"),
}
"""Gold atoms and thiolates of clusters of known structure, with the work that determined it."""


def atomic_volume(gold=0.0):
    """Return the volume of an atom in nm³, for a share (or array of shares) of gold from 0 to 1.

    Examples
    --------
    >>> print(round(atomic_volume(1.0), 5))
    0.01696
    """
    gold = np.asarray(gold, dtype=float)
    if not ((gold >= 0) & (gold <= 1)).all():
        raise InputError(f"gold is {gold}; a share from 0 to 1 is needed")
    return (LATTICE[0] + gold * (LATTICE[1] - LATTICE[0])) ** 3 / 4


def plane_spacings(gold=0.0, planes=((1, 1, 1), (2, 0, 0), (2, 2, 0), (3, 1, 1))):
    r"""Return the spacings :math:`a / \sqrt{h^2 + k^2 + l^2}` of lattice planes in nm, as a Series.

    Examples
    --------
    >>> plane_spacings().round(4).to_dict()
    {'111': 0.2359, '200': 0.2043, '220': 0.1445, '311': 0.1232}
    """
    edge = np.cbrt(4 * atomic_volume(gold))
    found = {"".join(map(str, plane)): float(edge / np.linalg.norm(plane)) for plane in planes}
    return pd.Series(found, name="spacing")


def diameters(peak, spread, smallest=SMALLEST):
    """Return the distribution of diameters, normal without its part below `smallest`, all in nm.

    A `peak` or `spread` that is not positive, and one that leaves nothing, are refused with a ValueError.

    Examples
    --------
    >>> print(round(diameters(3.5, 0.5).moment(3) / 3.5**3, 3))
    1.061
    """
    if not (peak > 0 and spread > 0):
        raise InputError(f"peak is {peak} and spread {spread}; both must be positive")
    if not peak + 4 * spread > smallest:
        raise InputError(f"{peak} ± {spread} nm cut at {smallest} nm: nothing is left")
    return truncnorm((smallest - peak) / spread, np.inf, loc=peak, scale=spread)


def size_nodes(peak, spread, smallest=SMALLEST, nodes=20):
    """Diameters in nm, and their weights by number, that stand for the distribution of :func:`diameters`.

    They are those of a Gauss-Legendre rule, which ends four deviations from the peak.
    """
    sizes = diameters(peak, spread, smallest)
    x, weight = np.polynomial.legendre.leggauss(nodes)
    lower, upper = max(smallest, peak - 4 * spread), peak + 4 * spread
    diameter = lower + (upper - lower) * (x + 1) / 2
    weight = weight * sizes.pdf(diameter)
    return diameter, weight / weight.sum()


def contents(sizes, footprint, gold=0.0):
    """Metal atoms and thiolates of a particle, on average over diameters.

    Parameters
    ----------
    sizes : scipy.stats frozen distribution or float
        Diameters of the metal in nm.
    footprint, gold : float
        Surface for each thiolate in nm²; share of gold among the metal atoms.

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


def cluster_footprints():
    """Footprints of thiolates (nm²) on clusters of known structure, taken as spheres of their metal (nm).

    Examples
    --------
    >>> print(cluster_footprints()["footprint"].mean().round(3))
    0.154
    """
    counts = {name: values[:2] for name, values in CLUSTERS.items()}
    table = pd.DataFrame(counts, index=["metal", "thiolate"]).T.rename_axis("cluster")
    table["diameter"] = np.cbrt(6 / np.pi * table["metal"] * atomic_volume(1.0))
    return table.assign(footprint=np.pi * table["diameter"] ** 2 / table["thiolate"])


def flat_footprint(gold=1.0):
    r"""Footprint in nm² on a (111) face with one thiolate for three atoms, :math:`(\sqrt3 \times \sqrt3)`.

    Examples
    --------
    >>> print(round(flat_footprint(), 3))
    0.216
    """
    return float(3 * np.sqrt(3) / 4 * (4 * atomic_volume(gold)) ** (2 / 3))


def size_for(sulphur, footprint, gold=0.0):
    """Diameter of a ``sphere`` and thickness of a covered ``sheet`` in nm, for S atoms per metal atom.

    Examples
    --------
    >>> {name: round(float(nm), 2) for name, nm in size_for(0.53, 0.154).items()}
    {'sphere': 1.25, 'sheet': 0.42}
    """
    thickness = 2 * atomic_volume(gold) / (footprint * np.asarray(sulphur, dtype=float))
    return {"sphere": 3 * thickness, "sheet": thickness}


def mixing_ratio(gold, before, after, *, area, taken=1.0, cluster=(25, 18)):
    r"""Gold atoms for each silver atom in the mixture whose product has the share `gold` (x) in its metal.

    With the thiolates per metal atom :math:`s_0` of the parents and s of the product, and the arguments of
    :func:`react`; :math:`g (1 - x) / x` of the silver then stays in the particles.

    .. math:: g = \frac{x\, (1 - \lambda s_0)}{1 - x - \lambda (s - \frac{18}{25} x)} .

    Examples
    --------
    >>> round(mixing_ratio(GOLD, diameters(4.4, 2.3), diameters(3.5, 0.5), area=0.154), 2)
    0.4
    """
    start, product = contents(before, area), contents(after, area, gold)
    before, after = (each["thiolate"] / each["metal"] for each in (start, product))
    rest = 1 - gold - taken * (after - cluster[1] / cluster[0] * gold)
    return float(gold * (1 - taken * before) / rest)


def react(gold, before, after, *, area, taken=1.0, cluster=(25, 18)):
    r"""Balance of a reaction of silver particles with gold clusters.

    With s thiolates per metal atom in the shell of the product, m metal atoms in it and e thiolates that
    leave, all for each silver atom at the start, of which :math:`\lambda` take a silver ion along,

    .. math:: m = 1 + g - \lambda e , \qquad s\, m = s_0 + \frac{18}{25} g - e .

    Parameters
    ----------
    gold : float
        Gold for each silver atom at the start, g.
    before, after : scipy.stats frozen distribution or float
        Diameters of the particles in nm.
    area, taken : float
        Footprint in nm²; :math:`\lambda`, from 0 to 1.
    cluster : (int, int)
        Gold atoms and thiolates of the cluster.

    Returns
    -------
    Series
        ``clusters`` for each silver particle; ``product Ag``, ``product Au`` and ``product S`` in at%;
        ``left Ag`` and ``left S``, the shares that leave (of sulphur negative if the shell lacks it);
        ``particles``, the number after for each one before. A mixture that loses all silver is refused.

    Examples
    --------
    >>> react(0.5, diameters(4.4, 2.3), diameters(3.5, 0.5), area=0.2)["particles"].round(1)
    np.float64(4.5)
    """
    if gold < 0 or not 0 <= taken <= 1:
        raise InputError(f"gold is {gold} and taken {taken}; gold from 0 and taken from 0 to 1 are needed")
    start, product = contents(before, area), contents(after, area)
    fed = start["thiolate"] / start["metal"] + gold * cluster[1] / cluster[0]
    share = gold / (1 + gold)
    for _ in range(20):
        metal = product["metal"] * float(atomic_volume(0.0) / atomic_volume(share))
        held = product["thiolate"] / metal
        excess = fed - held * (1 + gold)
        left = excess / (1 - taken * held) if excess > 0 else excess
        silver = 1 - taken * max(left, 0.0)
        if silver <= 0:
            raise InputError(f"gold is {gold}: the thiolates would take more silver than there is")
        share = gold / (silver + gold)
    atoms = np.array([silver, gold, fed - left])
    percent = dict(zip(("product Ag", "product Au", "product S"), 100 * atoms / atoms.sum(), strict=True))
    rest = {"left Ag": 1 - silver, "left S": left / fed}
    number = (silver + gold) * start["metal"] / metal
    return pd.Series({"clusters": gold * start["metal"] / cluster[0], **percent, **rest, "particles": number})
