r"""What is said of a dimer once it is at rest: its interface, its halves, and its energy beside another.

The measures of Acharya et al. (2025, `acharya2025`) on their optimised dimers, for any two clusters that were
joined (:mod:`~supracrystal.clusters.dimers`): bonds of silver and sulphur across the interface (2.4 to 2.5 A
in print), C-H···pi contacts between the ligands of both, and the distances of the metals from the centre of
their half (Table S3), beside those of the parents.

Energies of Table 1 are between dimers of different composition, which a total energy cannot compare. What
a reaction gains can be: parents that join and lose thiolates, or a dimer and a parent that change metals,

.. math::
    \Delta = \left[ E(\mathrm{dimer}') - E(\mathrm{dimer}) \right]
           - \left[ E(\mathrm{parent}') - E(\mathrm{parent}) \right] .

Left out: which bonds were meant to form, entropy, solvent.
"""

from collections import Counter

import pandas as pd

from supracrystal.clusters.contacts import bonds_across, centre_distances, ch_pi, stacking


def across(dimer, *, reach=2.75):
    """Describe what joins the two halves of a dimer.

    Parameters
    ----------
    dimer : ase.Atoms
        With the arrays ``part``, ``shell`` and ``ligand``.
    reach : float
        The longest distance of metal and sulphur that is a bond, in angstrom.

    Returns
    -------
    pandas.Series
        Number of bonds of metal and sulphur across the interface, the shortest and the longest in angstrom
        (NaN without any), and numbers of C-H···pi contacts and of stacked rings between the halves.

    Examples
    --------
    >>> import numpy as np
    >>> from ase import Atoms
    >>> pair = Atoms("SAgAg", [(0, 0, 0), (0, 0, 2.45), (0, 2.5, 0)])
    >>> pair.arrays |= {"part": np.array([0, 1, 0]), "ligand": np.array([0, -1, -1])}
    >>> across(pair).tolist()
    [1.0, 2.45, 2.45, 0.0, 0.0]
    """
    bonds = bonds_across(dimer, reach=reach)["distance"]
    return pd.Series(
        {
            "bonds": len(bonds),
            "shortest": bonds.min(),
            "longest": bonds.max(),
            "C–H···π": len(ch_pi(dimer, across=True)),
            "stacked": len(stacking(dimer, across=True)),
        },
        dtype=float,
    )


def halves(dimer, parents):
    """Compare the distances of metals from the centre of their half with those in its parent.

    Parameters
    ----------
    dimer : ase.Atoms
    parents : sequence of ase.Atoms
        Of part 0 and of part 1, from the same method.

    Returns
    -------
    DataFrame[part, shell, alone, joined, change]
        Mean distances in angstrom.

    Examples
    --------
    >>> import numpy as np
    >>> from supracrystal.clusters import m25s18, m29s24
    >>> first, second = m29s24(), m25s18()
    >>> pair = first + second
    >>> pair.set_array("part", np.repeat([0, 1], [len(first), len(second)]))
    >>> pair.positions[pair.arrays["part"] == 1] *= 0.99
    >>> halves(pair, [first, second])[["shell", "change"]].round(3).to_numpy().tolist()
    [['core', 0.0], ['crown', 0.0], ['cap', 0.0], ['core', -0.028], ['staple', -0.049]]
    """
    joined = centre_distances(dimer).rename(columns={"mean": "joined"})
    alone = pd.concat(centre_distances(each).assign(part=part) for part, each in enumerate(parents))
    alone = alone.rename(columns={"mean": "alone"})[["part", "shell", "alone"]]
    table = joined.merge(alone, on=["part", "shell"], validate="one_to_one")
    table["change"] = table["joined"] - table["alone"]
    return table[["part", "shell", "alone", "joined", "change"]]


def reaction_energy(reactants, products):
    """Return the energy of what a reaction makes less that of what it takes.

    Parameters
    ----------
    reactants, products : sequence of ase.Atoms
        With energies of one method, and with a ``charge`` in ``info`` unless it is 0.

    Returns
    -------
    float
        In eV; negative where the products are bound more strongly.

    Raises
    ------
    ValueError
        If atoms or charges do not cancel.

    Examples
    --------
    >>> from ase import Atoms
    >>> from ase.calculators.singlepoint import SinglePointCalculator
    >>> def known(formula, energy):
    ...     atoms = Atoms(formula)
    ...     atoms.calc = SinglePointCalculator(atoms, energy=energy)
    ...     return atoms
    >>> reaction_energy([known("Ag5", -5), known("AuAg", -3)], [known("AuAg4", -6.5), known("Ag2", -2)])
    -0.5
    """
    left, energy = Counter(), 0.0
    for sign, side in ((-1, reactants), (1, products)):
        for atoms in side:
            parts = {**atoms.symbols.formula.count(), "charge": atoms.info.get("charge", 0)}
            left.update({name: sign * int(number) for name, number in parts.items()})
            energy += sign * atoms.get_potential_energy()
    if left := {name: number for name, number in sorted(left.items()) if number}:
        raise ValueError(f"the two sides of the reaction differ, products less reactants: {left}")
    return float(energy)
