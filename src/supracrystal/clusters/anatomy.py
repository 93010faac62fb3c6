"""The parts of a cluster that was built: its shells, how near its ligands come, and a view.

All from the arrays ``shell`` and ``ligand`` that :mod:`~supracrystal.clusters.structures` and
:mod:`~supracrystal.clusters.ligand_shell` give. Left out: contacts of ligands with metal, and of sulphur.
"""

import matplotlib
import numpy as np
import pandas as pd
from ase.neighborlist import natural_cutoffs, neighbor_list
from scipy.spatial.distance import cdist

from supracrystal import view
from supracrystal.clusters.structures import WRITTEN
from supracrystal.view import style

STICK = 0.35
"""Radius of the atoms of ligands in a view, in covalent radii; that of metal and sulphur is half of one."""


def shells(atoms):
    """Describe the shells of metal and sulphur from the inside out.

    Parameters
    ----------
    atoms : ase.Atoms
        With the array ``shell``, the centre at the origin.

    Returns
    -------
    pandas.DataFrame
        Name, elements, number of atoms, and mean distance from the centre, in the order of the atoms.

    Examples
    --------
    >>> from supracrystal.clusters import m44s30
    >>> shells(m44s30(icosahedron="Au")).head(2).round(2).values.tolist()
    [['icosahedron', 'Au', 12, 2.69], ['cube', 'Ag', 8, 4.46]]
    """
    names, rows = atoms.arrays["shell"], []
    for name in dict.fromkeys(names[names != "ligand"].tolist()):
        own = atoms[names == name]
        distance = np.linalg.norm(own.positions, axis=1).mean()
        rows.append((name, ", ".join(sorted({*own.symbols})), len(own), distance))
    return pd.DataFrame(rows, columns=["shell", "element", "atoms", "from the centre / Å"])


def shortest_contacts(atoms):
    """Find the least distances between atoms of different ligands, beyond their sulphur.

    Parameters
    ----------
    atoms : ase.Atoms
        With the arrays ``shell`` and ``ligand``.

    Returns
    -------
    pandas.Series
        In angstrom, by pair of elements, such as "C–H"; empty without ligands.

    Examples
    --------
    >>> from supracrystal.clusters import cluster
    >>> round(float(shortest_contacts(cluster("[Ag29(BDT)12]3-"))["C–H"]), 1)
    2.8
    """
    own = atoms[atoms.arrays["shell"] == "ligand"]
    apart = cdist(own.positions, own.positions)
    apart[own.arrays["ligand"][:, None] == own.arrays["ligand"]] = np.inf
    found, kinds = {}, sorted({*own.symbols})
    for k, one in enumerate(kinds):
        for other in kinds[k:]:
            found[f"{one}–{other}"] = apart[own.symbols == one][:, own.symbols == other].min()
    return pd.Series(found, dtype=float).loc[np.isfinite]


def draw(atoms, *, alt, shells=False, **options):
    """Show a cluster: metal and sulphur as spheres, ligands as sticks.

    Bonds are drawn where metal meets sulphur, and inside ligands.

    Parameters
    ----------
    atoms : ase.Atoms
        With the array ``shell``.
    alt : str
        What the view shows, in words.
    shells : bool or sequence of str
        Colours of shells instead of elements: of metals from blue inside to green outside, of sulphur yellow.
        The array ``shell`` of a whole cluster gives its parts the same colours.
    **options
        As of :func:`supracrystal.view.show.atoms`.

    Returns
    -------
    supracrystal.view.show.Html

    Examples
    --------
    >>> from supracrystal.clusters import m25s18
    >>> text = draw(m25s18(), shells=True, alt="Shells of Ag25", script="none")
    >>> "S-middle" in text
    True
    """
    names = atoms.arrays["shell"]
    first, second = neighbor_list("ij", atoms, natural_cutoffs(atoms, mult=1.1))
    metal = np.isin(atoms.symbols, WRITTEN)
    keep = (first < second) & ~(metal[first] & metal[second])
    if shells is not False:
        colors = _palette(names if shells is True else np.asarray(shells))
        options = {"color": names, "palette": colors, **options}
    options = {"bonds": np.column_stack([first, second])[keep], **options}
    return view.atoms(atoms, radius=np.where(names == "ligand", STICK, 0.5), alt=alt, **options)


def _palette(names):
    """Return a colour for each shell."""
    order = [each for each in dict.fromkeys(names.tolist()) if each != "ligand"]
    kinds = [each for each in order if not each.startswith("S-")], [e for e in order if e.startswith("S-")]
    amber = matplotlib.colors.LinearSegmentedColormap.from_list("amber", [style.ELEMENTS["S"], "#b5760a"])
    found = {}
    for each, ramp, high in zip(kinds, (matplotlib.colormaps["viridis"], amber), (0.8, 1.0), strict=True):
        shades = ramp(np.linspace(0.1, high, len(each)))
        found |= {name: matplotlib.colors.to_hex(shade) for name, shade in zip(each, shades, strict=True)}
    return {**found, "ligand": "#8c96a0"}
