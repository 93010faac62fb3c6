"""``supracrystal confine``: options, and what is printed; the options of ``assemble`` are the same ones."""

from dataclasses import replace

from supracrystal.mesostructures import last_frame
from supracrystal.simulation import ENGINES, ConfinementRecipe, read_recipe, simulate


def add_arguments(parser, examples="recipes/", begin="--initial"):
    """Add the options; `begin` is the name of the one that takes a first configuration from a file."""
    parser.add_argument("recipe", metavar="RECIPE.yml", help=f"the recipe; examples are in {examples}")
    parser.add_argument("--out", required=True, metavar="DIR", help="directory of the run; made if missing")
    parser.add_argument(
        "--engine", choices=ENGINES, default="auto", help="default: HOOMD-blue if it is there"
    )
    parser.add_argument(
        "--steps", type=int, metavar="N", help="run so many steps in all, instead of the recipe's"
    )
    parser.add_argument(
        begin,
        dest="initial",
        metavar="FILE.gsd",
        help="begin with its last frame instead of the recipe's start",
    )
    parser.add_argument("--quiet", action="store_true", help="show no progress")


def run(arguments, kind):
    """Run the recipe that the options name; return it and the log."""
    recipe = read_recipe(arguments.recipe, kind)
    if arguments.steps is not None:
        recipe = replace(recipe, steps=arguments.steps)
    options = {"engine": arguments.engine, "progress": not arguments.quiet}
    if arguments.initial:
        options["initial"] = last_frame(arguments.initial)
    return recipe, simulate(recipe, arguments.out, **options)


def command(arguments):
    """Run ``supracrystal confine``."""
    _, log = run(arguments, ConfinementRecipe)
    last = log.iloc[-1]
    largest = log.largest_cluster.dropna().iloc[-1]
    print(
        f"{arguments.out}: {int(last.step)} steps, time {last.time:g}, temperature {last.temperature:.4f}, "
        f"core of {int(last.core_number)} at density {last.core_density:.3f} and composition "
        f"{last.core_composition:.3f}, largest crystalline cluster {int(largest)}"
    )
