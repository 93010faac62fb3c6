"""What this package computes for each claim of Acharya et al. (2025, `acharya2025`), one function for each.

The claims with their printed values are in ``data/claims/acharya2025.yaml``;
:mod:`supracrystal.claims.register` compares. Nothing here knows what is printed. Formulas come as keyword
arguments with the abbreviations of the paper, L for 1,3-benzenedithiolate (BDT) and L' for
2,4-dimethylbenzenethiolate (DMBT), and go back with them. "The" m/z of an ion is that of the highest peak of
its envelope.

Structures are recorded ones, relaxed by tight binding. The parents among them have SH in place of DMBT unless
their names say otherwise.
"""

import functools
import operator

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
from supracrystal.reactions import breakdown, calibrate, dimer_share, fall, observations, onset, tree
from supracrystal.spectra import SUBSCRIPT, SUPERSCRIPT, electron_count, masses, parse

NAMES = {"L": "BDT", "L'": "DMBT"}
ORDER = {"Au": "Au", "Pd": "Pd", "Pt": "Pt", "Ag": "Ag", "BDT": "L", "DMBT": "L′", "H": "H"}
"""What stands in the paper for each part, in its order."""


def _species(formula):
    return parse(formula, where=NAMES)


def _typeset(species):
    """Return a species as the paper sets it."""
    numbers = {part: str(n).translate(SUBSCRIPT) if n > 1 else "" for part, n in species.counts.items()}
    core = "".join(name + numbers[part] for part, name in ORDER.items() if part in numbers)
    if not species.charge:
        return core
    size = str(abs(species.charge)) if abs(species.charge) > 1 else ""
    return f"[{core}]{(size + '+-'[species.charge < 0]).translate(SUPERSCRIPT)}"


def mz(formula):
    """Return the m/z of the highest peak of an ion."""
    return masses(_species(formula)).most_abundant_mz


def mzs(formulas):
    """Return the m/z of the highest peaks of ions."""
    return [mz(formula) for formula in formulas]


def electrons(formula):
    """Return the number of superatom electrons of an ion."""
    return electron_count(_species(formula))


def electron_numbers(formulas):
    """Return the numbers of superatom electrons that occur among ions."""
    return sorted({electrons(formula) for formula in formulas})


def charges(formulas, closed_shell):
    """Return the negative charges that give neutral clusters the electrons of a closed shell."""
    return [closed_shell - electrons(formula) for formula in formulas]


def joined(parts):
    """Return the formula of what several species make together."""
    return _typeset(functools.reduce(operator.add, map(_species, parts)))


def after_loss(parent, losses):
    """Return the formula of what is left of a species after losses."""
    return _typeset(functools.reduce(operator.sub, map(_species, losses), _species(parent)))


def series(parent, losses):
    """Return x and y in [MAg53-x L12 L'16-y] for what is left of a dimer after each of some losses."""
    left = [_species(parent) - _species(loss) for loss in losses]
    counts = [each.counts for each in left]
    metals = [sum(each[symbol] for symbol in ("Au", "Pd", "Pt", "Ag") if symbol in each) for each in counts]
    return [f"({54 - n}, {16 - each['DMBT']})" for n, each in zip(metals, counts, strict=True)]


def ligands(formulas, symbol):
    """Return the numbers of a ligand in ions."""
    return [_species(formula).counts.get(symbol, 0) for formula in formulas]


@functools.cache
def _fitted(energies):
    """Return the channels whose barriers meet printed collision energies, given as (name, value) pairs."""
    return calibrate(observations(**dict(energies)))


def _broken(ion, channels, voltages):
    return breakdown(tree(ion), channels, voltages)


def freed_at(ion, formula, **energies):
    """Return the collision energy at which a fragment is first seen, of the model with the given energies."""
    curve = _broken(ion, _fitted(tuple(energies.items())), range(0, 81, 2))
    return [onset(curve[str(_species(formula))])]


def most_abundant(ion, charge, energy, **energies):
    """Return the most abundant fragment of a charge at a collision energy."""
    row = _broken(ion, _fitted(tuple(energies.items())), [energy]).iloc[0]
    return _typeset(parse(max((text for text in row.index if parse(text).charge == charge), key=row.get)))


def fates(ions, formula, mark, energy, **energies):
    """Return whether a species that is trapped, or freed from another ion, is intact at a collision energy.

    Of what has broken, each leaves one of the fragment `mark`.
    """
    words, channels = [], _fitted(tuple(energies.items()))
    for ion in ions:
        row = _broken(ion, channels, [energy]).iloc[0]
        left, lost = row[str(_species(formula))], row[str(_species(mark))]
        share = left / (left + lost)
        words.append("intact" if share > 0.9 else "gone" if share < 0.02 else "partly broken")
    return words


def hardest(ions, **energies):
    """Return the ion of which half is left at the highest collision energy."""
    channels = _fitted(tuple(energies.items()))
    left = {ion: _broken(ion, channels, range(0, 121, 5)).iloc[:, 0] for ion in ions}
    return _typeset(_species(max(ions, key=lambda ion: onset(1 - left[ion], 0.5))))


def yield_change(ion, formula, gain, energy, **energies):
    """Return whether more or less of a fragment comes out if the bonds between the halves are stronger."""
    channels = _fitted(tuple(energies.items()))
    barrier, frequency = channels["split"]
    stronger = channels | {"split": (barrier + gain, frequency)}
    before, after = (
        _broken(ion, each, [energy])[str(_species(formula))].iloc[0] for each in (channels, stronger)
    )
    return "more" if after > before else "less" if after < before else "as much"


# Structures

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


# In solution


def change_of_dimers(before, after):
    """Return whether there are more or fewer dimers at equilibrium for another excess of one parent."""
    constants = np.geomspace(1e-4, 1e4, 33)
    change = [
        dimer_share(1.0, constants, leaving=leaving, excess=after)
        - dimer_share(1.0, constants, leaving=leaving, excess=before)
        for leaving in (False, True)
    ]
    return "more" if np.min(change) > 0 else "fewer" if np.max(change) < 0 else "undecided"


def origin_by_distance(near, far, distances):
    """Return where ions form, by a signal that falls as one species in a plume, or as two that must meet."""
    _, power = fall(near, far, distances)
    return "solution" if power <= 2 else "gas phase" if power >= 4 else "undecided"
