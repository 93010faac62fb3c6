"""Time the driver of confinement runs beside a bare engine: LAMMPS, and HOOMD-blue where it is installed.

The fluid of 3,501 particles on one core. The bare engine has the same forces, thermostat and neighbours, runs
in one call and writes nothing. What the driver adds is its log, its checkpoints and its looks at the core;
frames are as far apart as in recipes/, so that one more comes at the end. Both take turns, so that what
else the machine does falls on both; times are processor seconds, the shortest counts, and what a run costs
once, to begin and to end, is taken off by the difference of a long and a short one.
"""

import argparse
import tempfile
import time
from dataclasses import replace

from supracrystal.simulation import ConfinementRecipe, find_engine, initial_configuration, simulate

RECIPE = ConfinementRecipe(
    number=3501, density=0.78, fraction_large=0.385, steps=1000, frame_interval=100_000
)


def bare(module, recipe, frame):
    """Run the engine on its own."""
    engine = module.Engine(recipe, frame)
    engine.run(recipe.steps)
    engine.close()


def driven(module, recipe, frame):
    """Run the same with the driver."""
    with tempfile.TemporaryDirectory() as folder:
        simulate(recipe, folder, engine=module.NAME, initial=frame, progress=False)


def main():
    """Print the rates and the overhead."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=4000)
    parser.add_argument("--repeats", type=int, default=2)
    arguments = parser.parse_args()
    frame = initial_configuration(RECIPE)
    for name in ("lammps", "hoomd"):
        try:
            module = find_engine(name)
        except ImportError:
            print(f"{name} is not installed")
            continue
        best = {}
        for _ in range(arguments.repeats):
            for function in (bare, driven):
                for steps in (1000, 1000 + arguments.steps):
                    start = time.process_time()
                    function(module, replace(RECIPE, steps=steps), frame)
                    spent = time.process_time() - start
                    best[function, steps] = min(spent, best.get((function, steps), spent))
        long = 1000 + arguments.steps
        alone, ours = (best[each, long] - best[each, 1000] for each in (bare, driven))
        print(
            f"{name}: {arguments.steps / alone:.0f} steps/s on its own, {arguments.steps / ours:.0f} with "
            f"the driver, {100 * (ours / alone - 1):+.1f} %"
        )


if __name__ == "__main__":
    main()
