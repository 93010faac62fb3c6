"""``supracrystal analyse FILE``: one configuration analysed from end to end, and the report on it.

:func:`~supracrystal.colloids.analysis.analyse` measures, :func:`~supracrystal.colloids.report.write_report`
writes. The structure looked for is that of Wang et al. (2021) (`wang2021`).
"""

import argparse
import re
import shlex
from pathlib import Path

from supracrystal import InputError
from supracrystal.colloids import FORMATS, analyse, read_particles, refuse_existing, whole_file, write_report
from supracrystal.records import digest


def add_arguments(parser):
    """Add the options of ``supracrystal analyse`` to a parser."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument(
        "file",
        metavar="FILE",
        type=Path,
        help="GSD, (extended) XYZ, LAMMPS dump or data, gro, NumPy, or a table of columns",
    )
    parser.add_argument(
        "-o", "--output", metavar="DIR", type=Path, help="where to write; default: NAME-report"
    )
    parser.add_argument("--force", action="store_true", help="replace an earlier report")
    reading = parser.add_argument_group("reading")
    reading.add_argument(
        "--frame", type=int, default=-1, help="of a trajectory, counted from 0; default: the last"
    )
    reading.add_argument("--format", choices=FORMATS, help="default: found from the contents")
    reading.add_argument("--large", metavar="NAME", help="name or number of the large species in the file")
    reading.add_argument("--small", metavar="NAME", help="name or number of the small species in the file")
    reading.add_argument("--diameter", type=float, help="of the large spheres, in the file's unit of length")
    reading.add_argument(
        "--size-ratio", type=float, help="small over large diameter; default: the file's, or 0.78"
    )
    reading.add_argument(
        "--unit", default="", metavar="NAME", help="name of the unit of length, for the report"
    )
    reading.add_argument(
        "--min-distance",
        type=float,
        default=0.3,
        metavar="SHARE",
        help="pairs closer than this share of their contact distance are refused; default: 0.3",
    )


def run(arguments):
    """Read, analyse and report; the part of ``supracrystal analyse`` after the options."""
    try:
        return _run(arguments)
    except MemoryError as error:
        raise InputError(
            f"{arguments.file.name}: memory is short; nothing was written. Give fewer particles, or "
            "close other programs"
        ) from error


def _run(arguments):
    stem = re.sub(r"\.(gz|bz2|xz)$", "", arguments.file.name).rsplit(".", 1)[0]
    output = arguments.output or Path(f"{stem}-report")
    refuse_existing(output, arguments.force)
    assumed = []
    with whole_file(arguments.file) as file:
        frame = read_particles(
            file,
            name=arguments.file.name,
            frame=arguments.frame,
            format=arguments.format,
            large=arguments.large,
            small=arguments.small,
            size_ratio=arguments.size_ratio,
            diameter=arguments.diameter,
            min_distance=arguments.min_distance,
            tell=assumed.append,
        )
        checksum = digest(file)
    for line in assumed:
        print(f"assumed: {line}")
    source = {
        "file": arguments.file.name,
        "sha256": checksum,
        "frame": arguments.frame,
        "command": _command(arguments),
        "assumed": assumed,
    }
    table, summary = analyse(frame, progress=True)
    report = write_report(
        output, table, summary, frame, source=source, unit_name=arguments.unit, force=arguments.force
    )
    _tell(summary)
    print(report)
    return 0


def _tell(summary):
    """Print what was found."""
    total = summary["particles"]["total"]
    if "symmetry" in summary:
        classes = [f"{count:,} {name}" for name, count in summary["classes"].items() if count]
        print(f"{total:,} particles of one species: {', '.join(classes)}")
        print(f"by five-fold axes and interior: {summary['symmetry']['kind']}")
        return
    icosahedral = summary["icosahedral"]
    print(
        f"{total:,} particles, {summary['largest_cluster']:,} in the largest crystalline (Laves-like) cluster"
    )
    if icosahedral["found"]:
        print(f"icosahedral order {icosahedral['order']:.2f}, centre {_triple(icosahedral['centre'])}")
    else:
        print(f"no icosahedral cluster: the order figure is {icosahedral['order']:.2f}")
    if (share := summary["mgcu2_like"]["of_all"]) is not None and summary["structures"] is None:
        print(f"MgCu2-like {share:.1%} of the particles in complete surroundings")
    if summary["structures"] is not None:
        found = ", ".join(f"{name} {share:.0%}" for name, share in summary["structures"].items())
        print(
            "looked for: the binary icosahedral cluster and Laves phases, which these particles do not form"
        )
        print(f"by comparison with other structures: {found or 'none of those known'}")


def _triple(vector):
    return "(" + ", ".join(f"{value:.7g}" for value in vector) + ")"


def _command(arguments):
    """Return the command line that gives this report again, without where it was written."""
    words = ["supracrystal", "analyse", arguments.file.name]
    for name in ("frame", "format", "large", "small", "diameter", "size_ratio", "unit", "min_distance"):
        value = getattr(arguments, name)
        if value not in (None, "") and (name, value) not in (("frame", -1), ("min_distance", 0.3)):
            words += [f"--{name.replace('_', '-')}", str(value)]
    return shlex.join(words)
