"""The command line: ``supracrystal claims``, ``supracrystal analyse`` and ``supracrystal confine``.

Wrong input ends with one line on standard error and the exit status 2, as wrong options do.
"""

import argparse
import json
import os
import sys
import textwrap
from importlib import import_module, metadata

from supracrystal import claims

DESCRIPTION = "How clusters and nanoparticles react, join and order into larger structures."


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
    text = "find and describe the binary icosahedral cluster in a file of particle coordinates"
    analyse = commands.add_parser("analyse", help=text, description=f"{text.capitalize()}.")
    if command == "analyse":
        report = import_module("supracrystal.colloids.report")
        report.add_arguments(analyse)
        analyse.set_defaults(run=report.run)
    text = "simulate the recipe of a confined binary fluid, or go on with it"
    confine = commands.add_parser("confine", help=text, description=f"{text.capitalize()}.")
    if command == "confine":
        driver = import_module("supracrystal.colloids.confine")
        driver.add_arguments(confine)
        confine.set_defaults(run=driver.command)
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
        print(f"supracrystal: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
