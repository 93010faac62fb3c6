"""``supracrystal assemble``: options, and what is printed."""

from supracrystal.commands import confine
from supracrystal.simulation import MEASURES, AssemblyRecipe


def add_arguments(parser):
    """Add the options of ``supracrystal assemble``."""
    confine.add_arguments(parser, "recipes/assembly/", "--start")


def command(arguments):
    """Run ``supracrystal assemble``."""
    recipe, log = confine.run(arguments, AssemblyRecipe)
    last = log.iloc[-1]
    order = ", ".join(f"{name} {last[name]:.3g}" for name in MEASURES[recipe.shape])
    print(f"{arguments.out}: {int(last.step)} steps, energy {last.pair_energy:.3g} kT per particle, {order}")
