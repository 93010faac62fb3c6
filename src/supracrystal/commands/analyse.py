"""One configuration analysed from end to end, and the report on it: ``supracrystal analyse FILE``.

:func:`~supracrystal.colloids.analysis.analyse` measures, :func:`write_report` writes what was found as one
HTML page that needs no network, a table of the particles and a summary. Equal input gives equal bytes.
The structure looked for is that of Wang et al. (2021) (`wang2021`).
"""

import argparse
import hashlib
import json
import shlex
import shutil
import tempfile
from importlib.metadata import version
from pathlib import Path

import jinja2
import numpy as np
from markupsafe import Markup

from supracrystal import view
from supracrystal.colloids import FORMATS, FOUND, analyse, patterns, radial_profile, read_particles
from supracrystal.commands import analyse_figures as figures
from supracrystal.view import style

FILES = ("report.html", "particles.parquet", "particles.csv", "summary.json")
NAMES = {5: "five-fold", 3: "three-fold", 2: "two-fold"}


def write_report(directory, table, summary, frame, *, source=None, unit_name="", force=False):
    """Write ``report.html``, ``particles.parquet``, ``particles.csv`` and ``summary.json``.

    Parameters
    ----------
    directory : path-like
        Made anew; all four files appear in it at once, or nothing.
    table, summary : pandas.DataFrame, dict
        From :func:`analyse`.
    frame : gsd.hoomd.Frame
    source : dict, optional
        Where the particles come from: ``file``, ``sha256``, ``frame``, ``command``, ``assumed``.
    unit_name : str
        Name of the unit of length, for the report.
    force : bool
        Replace an earlier report.

    Returns
    -------
    pathlib.Path
        Of the report.

    Raises
    ------
    FileExistsError
        If `directory` exists, unless `force` is given and it holds nothing but an earlier report.
    """
    directory = Path(directory)
    refuse_existing(directory, force)
    views = patterns(frame, table, summary)
    source = {"file": None, "assumed": [], **(source or {}), "supracrystal": version("supracrystal")}
    summary = {
        "source": source,
        **summary,
        "diffraction": {str(v["fold"]): v["orders"] for v in views} or None,
    }
    page = render(table, summary, frame, views, unit_name)
    directory.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{directory.name}-", dir=directory.parent))
    try:
        (fresh / "report.html").write_text(page, encoding="utf-8")
        table.to_parquet(fresh / "particles.parquet", index=False)
        table.to_csv(fresh / "particles.csv", index=False)
        (fresh / "summary.json").write_text(
            json.dumps(summary, indent=1, allow_nan=False) + "\n", encoding="utf-8"
        )
        fresh.chmod(0o755)
        if directory.exists():
            directory.rename(fresh / "earlier")
            (fresh / "earlier").rename(directory.with_name(f"{fresh.name}-earlier"))
        fresh.rename(directory)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise
    shutil.rmtree(directory.with_name(f"{fresh.name}-earlier"), ignore_errors=True)
    return directory / "report.html"


def refuse_existing(directory, force):
    """Raise FileExistsError if a report must not be written to a directory."""
    if not directory.exists():
        return
    if not directory.is_dir():
        raise FileExistsError(f"{directory} is a file; name a directory for the report")
    foreign = sorted(item.name for item in directory.iterdir() if item.name not in FILES)
    if foreign:
        raise FileExistsError(f"{directory} holds other files, such as {foreign[0]}; name a new directory")
    if not force:
        raise FileExistsError(f"{directory} exists; --force replaces it, --output names another")


def render(table, summary, frame, views, unit_name=""):
    """Return the report as one HTML page."""
    icosahedral = summary["icosahedral"]
    centre, normal = frame.particles.position.mean(axis=0), (1.0, -2.0, 0.8)
    if icosahedral["found"]:
        origin, unit = frame.log.get("origin", np.zeros(3)), summary["length"]["L_diameter"]
        centre = (np.array(icosahedral["centre"]) - origin) / unit
        # One end of each axis, the upper one; the view is along the one that points most to the reader.
        directions = sorted(
            (axis for axis in icosahedral["axes"]["5"] if axis[2] > 0), key=lambda axis: axis[1]
        )
        normal = directions[0]
    depth = float(np.dot(normal, centre) / np.linalg.norm(normal))
    options = {"script": "none", "clip": (normal, depth), "axis": normal, "height": 420}
    profile = radial_profile(frame, centre=centre, width=0.25, selected=table["crystalline"].to_numpy())
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("supracrystal.commands", "_templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["number"] = _number
    return environment.get_template("report.html").render(
        s=summary,
        i=icosahedral,
        colors=style.CLASSES,
        most=max(count["L"] + count["S"] for count in summary["classes"].values()),
        threshold=FOUND,
        unit=unit_name,
        pct=lambda share: "–" if share is None else f"{share:.1%}".replace("%", " %"),
        script=Markup(view.script_tag()),
        species=Markup(view.particles(frame, **options, alt="Large spheres cyan, small ones red, cut open")),
        by_class=Markup(
            view.particles(
                frame, **options, color=table["class"].to_numpy(), alt="Particles coloured by class, cut open"
            )
        ),
        histogram=figures.order_histogram(table),
        radial=figures.radial(profile, summary["length"]["L_diameter"], unit_name),
        patterns=[
            {
                "name": NAMES[shown["fold"]],
                "orders": shown["orders"],
                "picture": figures.pattern(shown["intensity"]),
            }
            for shown in views
        ],
    )


def _number(value, digits=4):
    """Format a number for people: whole ones with separators, others with significant digits."""
    if value is None:
        return "–"
    if isinstance(value, (int, str)):
        return f"{value:,}" if isinstance(value, int) else value
    return f"{value:.{digits}g}".replace("-", "−")


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
        "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
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
