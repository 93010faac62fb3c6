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

from supracrystal.clusters import bonds_across, centre_distances, compared_methods, relaxed
from supracrystal.reactions import breakdown, calibrate, distance_laws, observations, tree
from supracrystal.spectra import SUBSCRIPT, SUPERSCRIPT, electron_count, masses, parse

EVIDENCE = {
    "independent": (
        "mz", "closed_shell_ion", "tightest", "tightest_parent", "bonds", "shells_change",
        "stability_beside_parents", "lowest", "origin_by_distance",
    ),
    "held back": ("most_abundant", "fate", "yield_change"),
    "print only": (
        "mz", "charges", "joined", "same_when_joined", "electrons", "after_loss", "after_each_loss",
        "after_losses", "series", "contained", "common_values",
    ),
}  # fmt: skip
"""The kinds of evidence that each function can give."""

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
    return float(masses(_species(formula)).most_abundant_mz)


def electrons(formulas):
    """Return the numbers of superatom electrons of ions."""
    return [electron_count(_species(formula)) for formula in formulas]


def charges(formulas, closed_shell):
    """Return the negative charges that give neutral clusters the electrons of a closed shell."""
    return [closed_shell - each for each in electrons(formulas)]


def closed_shell_ion(formula, charge, closed_shell):
    """Return the ion of a cluster, with no, one or two hydrogen atoms, that has a closed shell."""
    ions = [f"[{formula}{hydrogen}]{charge}-" for hydrogen in ("", "H", "H2")]
    found = [ion for ion in ions if electron_count(_species(ion)) == closed_shell]
    return _typeset(_species(found[0])) if found else "none"


def joined(pairs):
    """Return the formulas of what pairs of species make together."""
    return [_typeset(functools.reduce(operator.add, map(_species, parts))) for parts in pairs]


def same_when_joined(pairs, others):
    """Tell whether pairs of species make together what other pairs make."""
    alike = [one == other for one, other in zip(joined(pairs), joined(others), strict=True)]
    return ["the same" if each else "another" for each in alike]


def after_loss(parent, losses):
    """Return the formula of what is left of a species after losses."""
    return _typeset(functools.reduce(operator.sub, map(_species, losses), _species(parent)))


def after_each_loss(parent, losses):
    """Return what is left of a species after each one of several losses."""
    return [after_loss(parent, [loss]) for loss in losses]


def after_losses(parents, losses):
    """Return what is left of each parent after its own losses."""
    return [after_loss(one, other) for one, other in zip(parents, losses, strict=True)]


def series(parents, losses):
    """Return x and y in [MAg53-x L12 L'16-y] for what is left of dimers after each of some losses."""
    found = []
    for parent in parents:
        for counts in [(_species(parent) - _species(loss)).counts for loss in losses]:
            metals = sum(counts[symbol] for symbol in ("Au", "Pd", "Pt", "Ag") if symbol in counts)
            found.append(f"({54 - metals}, {16 - counts['DMBT']})")
    return found


def contained(fragment, parent):
    """Tell whether a parent has all the parts of a fragment."""
    parts, whole = _species(fragment).counts, _species(parent).counts
    return "a fragment" if all(whole.get(part, 0) >= n for part, n in parts.items()) else "no fragment"


def common_values(intervals):
    """Tell whether intervals have a value in common."""
    lower, upper = zip(*intervals, strict=True)
    return "one value" if max(lower) <= min(upper) else "no common value"


# Collision-induced dissociation: a model with barriers from some printed energies


@functools.cache
def _fitted(energies):
    """Return the channels whose barriers meet printed collision energies, given as (name, value) pairs."""
    return calibrate(observations(**dict(energies)))


def _broken(ion, channels, voltages):
    return breakdown(tree(ion), channels, voltages)


def most_abundant(ion, charge, energy, **energies):
    """Return the most abundant fragment of a charge at a collision energy."""
    row = _broken(ion, _fitted(tuple(energies.items())), [energy]).iloc[0]
    return _typeset(parse(max((text for text in row.index if parse(text).charge == charge), key=row.get)))


def fate(ion, formula, mark, energy, **energies):
    """Return whether a species that is trapped, or freed from another ion, is intact at a collision energy.

    Of what has broken, each leaves one of the fragment `mark`.
    """
    row = _broken(ion, _fitted(tuple(energies.items())), [energy]).iloc[0]
    left, lost = row[str(_species(formula))], row[str(_species(mark))]
    share = left / (left + lost)
    return "intact" if share > 0.9 else "gone" if share < 0.02 else "partly broken"


def yield_change(ions, formula, gains, energy, **energies):
    """Return whether more or less of a fragment comes out if the bonds between the halves are stronger.

    By each gain, in eV, of the barrier of their separation.
    """
    channels, answers = _fitted(tuple(energies.items())), []
    for ion in ions:
        for gain in gains:
            barrier, frequency = channels["split"]
            stronger = channels | {"split": (barrier + gain, frequency)}
            before, after = (
                _broken(ion, each, [energy])[str(_species(formula))].iloc[0] for each in (channels, stronger)
            )
            answers.append("more" if after > before else "less" if after < before else "as much")
    return answers


# Structures


def tightest(names, shells, isomer):
    """Return the metal whose dimer has the shells of its second half nearest to their centre, by each shell.

    The first dimer and its isomer, with contacts in the place of bonds, tell by how much the structure alone
    changes such distances. A smaller lead leaves it undecided.
    """
    return [
        _nearest(
            {_metal(name): _mean_distance(name, shell) for name in names},
            _mean_distance(names[0], shell) - _mean_distance(isomer, shell),
        )
        for shell in shells
    ]


def _metal(name):
    """Return the metal at the centre of the second half of a dimer."""
    atoms = relaxed(name)
    (centre,) = np.flatnonzero((atoms.arrays["shell"] == "centre") & (atoms.arrays["part"] == 1))
    return str(atoms.symbols[centre])


def _mean_distance(name, shell):
    """Return the mean distance of a shell of the second half of a dimer from its centre, in angstrom."""
    return float(centre_distances(relaxed(name)).set_index(["part", "shell"]).loc[(1, shell), "mean"])


def _nearest(distances, spread):
    """Return the name with the least distance, if it leads by more than a spread."""
    first, second = sorted(distances, key=distances.get)[:2]
    return first if distances[second] - distances[first] > abs(spread) else "undecided"


def tightest_parent(metal, others, quantities, method):
    """Tell whether a parent with SH has shorter distances from its centre than others, by a method."""
    table = compared_methods().set_index(["model", "method", "quantity"])["value"]
    answers = []
    for quantity in quantities:
        found = {each: table[(_PARENTS[each], method, quantity)] for each in (metal, *others)}
        answers.append("shorter" if found.pop(metal) < min(found.values()) else "not shorter")
    return answers


_PARENTS = {
    "Ag": "[Ag25(SH)18]-", "Au": "[AuAg24(SH)18]-", "Pd": "[PdAg24(SH)18]2-", "Pt": "[PtAg24(SH)18]2-"
}  # fmt: skip


def bonds(names, reach):
    """Return the mean lengths of the bonds across the interfaces of dimers, in angstrom."""
    return [float(bonds_across(relaxed(name), reach=reach)["distance"].mean()) for name in names]


def shells_change(names, parent, limit):
    """Tell whether shells of the first half of dimers lie elsewhere than in the parent.

    By their mean distances from the centre, in angstrom.
    """
    alone = centre_distances(relaxed(parent)).set_index("shell")["mean"]
    answers = []
    for name in names:
        table = centre_distances(relaxed(name))
        inside = table if name == parent else table[table["part"] == 0]
        largest = (inside.set_index("shell")["mean"] - alone).abs().max()
        answers.append("significant changes" if largest > limit else "no significant changes")
    return answers


def stability_beside_parents(pairs, error):
    """Tell whether dimers are more stable than others of another metal, each beside its parent.

    Each entry names a dimer, its parent with the metal, the other dimer and its parent. An energy that is
    gained or lost within the error, in eV, leaves it undecided.
    """
    answers = []
    for names in pairs:
        dimer, parent, other, its_parent = (relaxed(name).get_potential_energy() for name in names)
        gain = dimer + its_parent - other - parent
        words = {"more stable": gain < -error, "less stable": gain > error}
        answers.append(next((word for word, true in words.items() if true), "undecided"))
    return answers


def lowest(isomers, spread):
    """Return the isomer with the lowest energy, if it leads by more than a spread in eV."""
    energies = {label: relaxed(name).get_potential_energy() for label, name in isomers.items()}
    return _nearest(energies, spread)


# In solution


def origin_by_distance(near, far, distances):
    """Return where ions form, by a signal that falls as one species in a plume, or as two that must meet."""
    _, power = distance_laws(near, far, distances)
    return "solution" if power <= 2 else "gas phase" if power >= 4 else "undecided"
