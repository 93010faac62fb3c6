"""``supracrystal analyse FILE``: one configuration analysed from end to end, and the report on it.

:func:`~supracrystal.colloids.analysis.analyse` measures, :func:`~supracrystal.colloids.report.write_report`
writes. The structure looked for is that of Wang et al. (2021) (`wang2021`).
"""

import argparse
import shlex
from pathlib import Path

from supracrystal.colloids import FORMATS, analyse, read_particles, refuse_existing, write_report
from supracrystal.records import digest


def add_arguments(parser):
    """Add the options of ``supracrystal analyse`` to a parser."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument(
        "file", metavar="FILE", type=Path, help="GSD, XYZ or extended XYZ, LAMMPS dump, or CSV"
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
    file = arguments.file
    stem = file.name.removesuffix(".gz").rsplit(".", 1)[0]
    output = arguments.output or Path(f"{stem}-report")
    refuse_existing(output, arguments.force)
    assumed = []
    frame = read_particles(
        file,
        frame=arguments.frame,
        format=arguments.format,
        large=arguments.large,
        small=arguments.small,
        size_ratio=arguments.size_ratio,
        diameter=arguments.diameter,
        min_distance=arguments.min_distance,
        tell=assumed.append,
    )
    for line in assumed:
        print(f"assumed: {line}")
    source = {
        "file": file.name,
        "sha256": digest(file),
        "frame": arguments.frame,
        "command": _command(arguments),
        "assumed": assumed,
    }
    table, summary = analyse(frame, progress=True)
    report = write_report(
        output, table, summary, frame, source=source, unit_name=arguments.unit, force=arguments.force
    )
    icosahedral, total = summary["icosahedral"], summary["particles"]["total"]
    print(f"{total:,} particles, {summary['largest_cluster']:,} in the largest crystalline cluster")
    if icosahedral["found"]:
        print(f"icosahedral order {icosahedral['order']:.2f}, centre {_triple(icosahedral['centre'])}")
        print(f"MgCu2-like {summary['mgcu2_like']['of_all']:.1%} of the particles in complete surroundings")
    else:
        print(f"no icosahedral cluster: the order figure is {icosahedral['order']:.2f}")
    print(report)
    return 0


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
