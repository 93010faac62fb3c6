"""What this package computes for each claim of Acharya et al. (2025, `acharya2025`), one function for each.

The claims with their printed values are in ``data/claims/acharya2025.yaml``; :mod:`supracrystal.claims.register`
compares. Nothing here knows what is printed. Formulas come as keyword arguments with the abbreviations of
the paper, L for 1,3-benzenedithiolate (BDT) and L' for 2,4-dimethylbenzenethiolate (DMBT), and go back with
them. "The" m/z of an ion is that of the highest peak of its envelope.

What depends on the collision energy is of a model with barriers from some printed energies, which come as
keyword arguments too; only what is not among these is claimed.

Left out: structures and their energies, what changes with time, and all that is an intensity.
"""

import functools
import operator

from supracrystal.reactions import breakdown, calibrate, observations, onset, tree
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
