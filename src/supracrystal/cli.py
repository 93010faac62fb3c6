"""The command line: ``supracrystal claims`` and the commands of the domains.

Wrong input ends with one line on standard error and the exit status 2, as wrong options do. A formula that
cannot be read takes two more lines, with a caret under the place.
"""

import argparse
import json
import os
import sys
import textwrap
from importlib import import_module, metadata

from supracrystal import claims

DESCRIPTION = "How clusters and nanoparticles react, join and order into larger structures."
COMMANDS = {
    "analyse": (
        "commands.analyse",
        "add_arguments",
        "run",
        "find and describe the binary icosahedral cluster in a file of particle coordinates",
    ),
    "confine": (
        "simulation.confine",
        "add_arguments",
        "command",
        "simulate the recipe of a confined binary fluid, or go on with it",
    ),
    "spectrum": (
        "commands.spectrum",
        "add_spectrum_arguments",
        "spectrum",
        "print the m/z of ions by their formulas, and draw or write the mass spectrum that they make",
    ),
    "assign": (
        "commands.spectrum",
        "add_assign_arguments",
        "assign",
        "find out of which ions, within bounds of their composition, a mass spectrum is made",
    ),
    "cluster": (
        "commands.cluster",
        "add_arguments",
        "command",
        "build a cluster in three dimensions from its formula",
    ),
    "assemble": (
        "simulation.assembly",
        "add_arguments",
        "command",
        "simulate the recipe of coated spheres or platelets in a solvent, or go on with it",
    ),
    "tomography": (
        "commands.tomography",
        "add_arguments",
        "command",
        "find the particles of a supraparticle in a tilt series of electron micrographs",
    ),
}
"""Module, the function that adds its options, the function that runs it, and what it does."""


def run_claims(arguments):
    """Print the register, computed; return 0 if every verdict holds and 1 otherwise."""
    judged = claims.evaluate(arguments.paper, arguments.chapter)
    rows = judged.to_dict("records")
    if arguments.json:
        print(json.dumps(rows, indent=1, ensure_ascii=False))
        return int(not judged["holds"].all())
    for row in rows:
        print(f"{row['paper']}/{row['id']}: {row['verdict']}")
        print(f"    {row['statement']} [{row['place']}]")
        print(f"    printed {claims.printed(row)}; ours {claims.ours(row, row['computed'])}")
        if reason := claims.reason(row):
            print(textwrap.fill(reason, 100, initial_indent="    ", subsequent_indent="    "))
    print(f"{len(rows)} claims: {claims.in_words(judged)}")
    return int(not judged["holds"].all())


def parser(command=None):
    """Return the parser; only the named command brings the libraries that its options need."""
    top = argparse.ArgumentParser(prog="supracrystal", description=DESCRIPTION)
    top.add_argument("--version", action="version", version=f"%(prog)s {metadata.version('supracrystal')}")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    text = "recompute what the papers print and say whether it is reproduced"
    register = commands.add_parser(
        "claims",
        help=text,
        description=f"{text.capitalize()}. The exit status is 1 if a verdict is not the expected one: a "
        "claim differs that was reproduced, or one that is known to differ agrees.",
    )
    register.add_argument("--paper", metavar="KEY", help=f"only this paper ({', '.join(claims.papers())})")
    register.add_argument("--chapter", metavar="NAME", help="only this chapter, such as laves")
    register.add_argument("--json", action="store_true", help="print every field as JSON")
    register.set_defaults(run=run_claims)
    for name, (module, add_arguments, run, text) in COMMANDS.items():
        found = commands.add_parser(name, help=text, description=f"{text.capitalize()}.")
        if command == name:
            library = import_module(f"supracrystal.{module}")
            getattr(library, add_arguments)(found)
            found.set_defaults(run=getattr(library, run))
    return top


def main(arguments=None):
    """Run the command line and return its exit status."""
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    try:
        chosen = parser(arguments[0] if arguments else None).parse_args(arguments)
        status = chosen.run(chosen) or 0
        sys.stdout.flush()
        return status
    except BrokenPipeError:
        # Whoever read the output has seen enough: `supracrystal claims | head`.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt as stop:
        if str(stop):
            print(f"supracrystal: {stop}", file=sys.stderr)
        return 130
    except (ValueError, TypeError, RuntimeError, ImportError, OSError) as error:
        text = str(error)
        print(f"supracrystal: {text if text.endswith('^') else ' '.join(text.split())}", file=sys.stderr)
        return 2
