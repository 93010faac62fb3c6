"""What this package computes for each claim of Bose et al. (2025, `bose2025`) on assembly.

The claims with their printed values are in ``data/claims/bose2025.yaml``; :mod:`supracrystal.claims.register`
compares. Nothing here knows what is printed. Structures are those of the recorded runs.
"""

from supracrystal.mesostructures import COVERAGE, CRITICAL_VIRIAL, aggregate, conditions, sphere_energy, well
from supracrystal.simulation import recorded_run

STACKED = 0.5
"""Share of faces that bear a plate from which plates count as layers."""
CONDENSED = 0.5
"""Share of spheres in one aggregate from which they count as condensed."""
CRYSTALLINE = 0.1
"""Share of crystalline spheres from which a packing counts as ordered."""
CLOSE = (0.6, 0.7)
"""Volume fractions that count as random close packing."""
WHOLE = 0.9
"""Filling of its cuboid, and cubatic order, from which an aggregate of plates counts as one cuboid."""


def dispersion(solvent, temperature_C):
    """Say whether full-covered spheres stay dispersed in a solvent, by their second virial coefficient."""
    energy = sphere_energy(conditions(solvent, temperature_C), coverage=COVERAGE)
    return "stable dispersion" if well(energy)["virial"] > CRITICAL_VIRIAL else "aggregates"


def change(solvent, temperature_C):
    """Say whether full-covered spheres change in a solvent, if forces alone decide."""
    return (
        "nearly no change" if dispersion(solvent, temperature_C) == "stable dispersion" else "precipitation"
    )


def shape(run):
    """Say what shape the largest aggregate of plates of a recorded run has."""
    recipe, _, frame = recorded_run(run)
    found = aggregate(recipe, frame)
    return "cuboid" if min(found["filling"], found["cubatic"]) > WHOLE else "branched aggregate"


def structure(run):
    """Say what the particles of a recorded run have become by themselves, before anything pressed them."""
    recipe, log, _ = recorded_run(run)
    last = log[log.step <= (recipe.hold or recipe.steps)].iloc[-1]
    if recipe.shape == "plate":
        return "layer by layer" if last.faces > STACKED else "disordered plates"
    if last.largest < CONDENSED:
        return "dispersed spheres"
    if last.crystalline > CRYSTALLINE:
        return "crystal"
    return "random close packing" if CLOSE[0] < last.packing < CLOSE[1] else "random, loose packing"
