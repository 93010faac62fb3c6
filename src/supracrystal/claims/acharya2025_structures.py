"""What this package computes for the claims of Acharya et al. (2025, `acharya2025`) on structures.

The claims with their printed values are in ``data/claims/acharya2025.yaml``; :mod:`supracrystal.claims.register`
compares. Nothing here knows what is printed. Structures are those of
:mod:`~supracrystal.clusters.recorded`, at rest by tight binding, or built where they are needed. Names of
recorded ones come as keyword arguments.

The paper prints what comes of density functional theory with ligands DMBT and BDT. Ours are from a method
that makes bonds of metals too long, and the parents have SH in place of DMBT: mostly what compares two of
them is claimed.
"""

import functools

import numpy as np

from supracrystal.clusters import (
    bonds_across,
    centre_distances,
    ch_pi,
    cluster,
    cross_sections,
    free_atom,
    relaxed,
)
from supracrystal.clusters.dimers import dimers

RAYS = 2**14


def tightest(names, shell, part=0):
    """Return the metal at the centre of that of several clusters whose shell is nearest to it.

    Of dimers, it is that of the given part.
    """
    least = {}
    for name in names:
        atoms = relaxed(name)
        own = atoms.arrays.get("part", np.zeros(len(atoms))) == part
        (centre,) = np.flatnonzero((atoms.arrays["shell"] == "centre") & own)
        table = centre_distances(atoms).set_index(["part", "shell"])
        least[str(atoms.symbols[centre])] = table.loc[(part, shell), "mean"]
    return min(least, key=least.get)


def bonds(names, reach):
    """Return the mean length of the bonds across the interfaces of dimers, in angstrom."""
    found = [bonds_across(relaxed(name), reach=reach)["distance"] for name in names]
    return float(np.concatenate(found).mean())


def dimers_in_contact(names):
    """Return how many dimers have C-H···pi contacts across their interface."""
    return sum(not ch_pi(relaxed(name), across=True).empty for name in names)


def farthest_ratio(names, parent):
    """Return the mean distance of a shell in dimers over that in their first parent, the farthest from 1."""
    alone = centre_distances(relaxed(parent)).set_index("shell")["mean"]
    ratios = []
    for name in names:
        table = centre_distances(relaxed(name))
        ratios += (table[table["part"] == 0].set_index("shell")["mean"] / alone).tolist()
    return float(max(ratios, key=lambda ratio: abs(ratio - 1)))


def atomisation(name, other, metal, other_metal):
    """Return the energy of a structure beside another that has one other metal, free atoms at zero, in eV."""
    one, two = relaxed(name), relaxed(other)
    atoms = free_atom(metal, one.info["method"]) - free_atom(other_metal, two.info["method"])
    return float(one.get_potential_energy() - two.get_potential_energy() - atoms)


def coordination(names, reach):
    """Return the numbers of metals around the centre of clusters, up to a multiple of the least distance."""
    found = []
    for name in names:
        atoms = relaxed(name)
        metal, centre = atoms.arrays["ligand"] < 0, atoms.arrays["shell"] == "centre"
        distance = np.sort(np.linalg.norm(atoms.positions[metal] - atoms.positions[centre], axis=1))[1:]
        found.append(int((distance < reach * distance[0]).sum()))
    return found


def isomers_in_one_peak(first, second, built, resolving_power):
    """Return how many isomers of a bonded dimer, as built, are within the width of one peak."""
    area = np.sort(_areas(first, second, built))
    return max(int(((area >= low) & (area <= low * (1 + 1 / resolving_power))).sum()) for low in area)


@functools.cache
def _areas(first, second, built):
    """Return the cross-sections of the best isomers, in square angstrom."""
    made = dimers(cluster(first), cluster(second), loss="pair", bonded=True, number=built)
    return [cross_sections(each, rays=RAYS).scattering for each in made]
