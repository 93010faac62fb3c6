"""What this package computes for the claims of Bose et al. (2025, `bose2025`) on composition, by function.

The claims with their printed values are in ``data/claims/bose2025.yaml``; :mod:`supracrystal.claims.register`
compares. Nothing here knows what is printed; diameters, which the paper gives, come as keyword arguments.
"""

import numpy as np

from supracrystal.mesostructures import composition as stoichiometry
from supracrystal.mesostructures import emission


def line_energy(line):
    """Return the energy of a line, such as ``S KL3``, in keV."""
    return float(emission.lines(line.split()[0]).loc[line, "energy"])


def percent_in_particles(element, diameter, spread, carbon=0):
    """Return the at% of sulphur or carbon in particles with the shells of known clusters.

    With `carbon` atoms for each sulphur atom, and without hydrogen.
    """
    footprint = stoichiometry.cluster_footprints()["footprint"].mean()
    found = stoichiometry.contents(stoichiometry.diameters(diameter, spread), footprint)
    atoms = {"metal": found["metal"], "S": found["thiolate"], "C": carbon * found["thiolate"]}
    return float(100 * atoms[element] / sum(atoms.values()))


def sphere_of_metal(atoms):
    """Return the diameter of the sphere that gold atoms fill in their crystal, in nm."""
    return float(np.cbrt(6 / np.pi * atoms * stoichiometry.atomic_volume(1.0)))
