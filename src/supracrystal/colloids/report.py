"""The report of ``supracrystal analyse``: one HTML page that needs no network, a table and a summary.

Equal input gives equal bytes. Lines and letters of the SVG figures take the colour of the text around them,
and so read in a light and in a dark theme.
"""

import base64
import io
import json
import re
import shutil
import tempfile
from importlib.metadata import version
from pathlib import Path

import jinja2
import matplotlib.pyplot as plt
import numpy as np
from markupsafe import Markup

from supracrystal import view
from supracrystal.colloids.analysis import FOUND, patterns
from supracrystal.colloids.bond_order import CLASSES, CUTS
from supracrystal.colloids.profiles import radial_profile
from supracrystal.view import style

FILES = ("report.html", "particles.parquet", "particles.csv", "summary.json")
NAMES = {5: "five-fold", 3: "three-fold", 2: "two-fold"}
INK = "#010203"
"""Stands for the colour of the surrounding text until the figure is text itself."""


def write_report(directory, table, summary, frame, *, source=None, unit_name="", force=False):
    """Write ``report.html``, ``particles.parquet``, ``particles.csv`` and ``summary.json``.

    Parameters
    ----------
    directory : path-like
        Made anew; all four files appear in it at once, or nothing.
    table, summary : pandas.DataFrame, dict
        From :func:`~supracrystal.colloids.analysis.analyse`.
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

    Examples
    --------
    >>> from supracrystal.colloids import analyse, mackay_cluster
    >>> cluster = mackay_cluster(3)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     report = write_report(Path(folder, "out"), *analyse(cluster), cluster)
    ...     sorted(path.name for path in report.parent.iterdir())
    ['particles.csv', 'particles.parquet', 'report.html', 'summary.json']
    """
    directory = Path(directory)
    refuse_existing(directory, force)
    views = [] if "symmetry" in summary else patterns(frame, table, summary)
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
    """Raise FileExistsError if a report must not be written to a directory.

    Parameters
    ----------
    directory : pathlib.Path
    force : bool
        Whether an earlier report may be replaced.

    Raises
    ------
    FileExistsError
        For a file, for a folder with other files, and for an earlier report without `force`.

    Examples
    --------
    >>> refuse_existing(Path("new"), force=False)
    """
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
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("supracrystal.colloids", "_templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["number"] = _number
    shared = {"s": summary, "unit": unit_name, "script": Markup(view.script_tag()), "pct": _percent}
    if "symmetry" in summary:
        middle = frame.particles.position.mean(axis=0)
        options = {"script": "none", "clip": ((0.0, 0.0, 1.0), float(middle[2])), "height": 420}
        cut = view.particles(
            frame, **options, color=table["class"].to_numpy(), alt="Particles by class, cut open"
        )
        return environment.get_template("one_species.html").render(**shared, by_class=Markup(cut))
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
    return environment.get_template("report.html").render(
        **shared,
        i=icosahedral,
        colors=style.CLASSES,
        most=max(count["L"] + count["S"] for count in summary["classes"].values()),
        threshold=FOUND,
        species=Markup(view.particles(frame, **options, alt="Large spheres cyan, small ones red, cut open")),
        by_class=Markup(
            view.particles(
                frame, **options, color=table["class"].to_numpy(), alt="Particles coloured by class, cut open"
            )
        ),
        histogram=order_histogram(table),
        radial=radial(profile, summary["length"]["L_diameter"], unit_name),
        patterns=[
            {
                "name": NAMES[shown["fold"]],
                "orders": shown["orders"],
                "picture": pattern(shown["intensity"]),
            }
            for shown in views
        ],
    )


def _percent(share):
    """Format a share for people."""
    return "–" if share is None else f"{share:.1%}".replace("%", " %")


def _number(value, digits=4):
    """Format a number for people: whole ones with separators, others with significant digits."""
    if value is None:
        return "–"
    if isinstance(value, (int, str)):
        return f"{value:,}" if isinstance(value, int) else value
    return f"{value:.{digits}g}".replace("-", "−")


def svg(figure, name, alt):
    """Return a Matplotlib figure as inline SVG, closed, with its identifiers made unique by a name."""
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None}, transparent=True)
    plt.close(figure)
    text = buffer.getvalue()
    text = text[text.index("<svg") :].replace(INK, "currentColor")
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.S)
    text = re.sub(r'(\sid="|url\(#|href="#)', rf"\g<1>{name}-", text)
    return re.sub(
        r'<svg ([^>]*?)width="[^"]*"', rf'<svg role="img" aria-label="{alt}" \1', text, count=1
    ).replace(' height="', ' data-height="', 1)


def _axes(rows=1, **size):
    style.use()
    colors = dict.fromkeys(
        ["text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color"], INK
    )
    plt.rcParams.update({**colors, "svg.fonttype": "none", "font.family": "sans-serif"})
    return plt.subplots(rows, sharex=True, **size)


def order_histogram(table):
    """Draw the distribution of the averaged q4 of the large spheres by class, with the cuts."""
    with plt.rc_context():
        figure, axes = _axes(figsize=(5.8, 3.0))
        large = table[(table["species"] == "L") & table["q4"].notna()]
        groups = [(name, large.loc[large["class"] == name, "q4"]) for name in CLASSES]
        groups = [(name, values) for name, values in groups if len(values)]
        axes.hist(
            [values for _, values in groups],
            bins=np.arange(0, 0.6401, 0.01),
            stacked=True,
            color=[style.CLASSES[name] for name, _ in groups],
            label=[name for name, _ in groups],
        )
        top = axes.get_ylim()[1]
        for cut in CUTS:
            axes.axvline(cut, color=INK, linewidth=0.8, linestyle=(0, (4, 3)))
        for number, middle in enumerate((0.535, 0.368, 0.2425, 0.09)):
            axes.text(middle, top * 1.02, f"{number} eclipsed", ha="center", fontsize=9)
        axes.set(xlim=(0, 0.64), ylim=(0, top), xlabel="averaged q₄", ylabel="large spheres")
        axes.legend(loc="upper left", fontsize=9)
        alt = "Histogram of the averaged q4 of the large spheres, coloured by class"
        return svg(figure, "order", alt)


def radial(profile, unit, unit_name):
    """Draw number density and crystalline share of either species against the distance from the centre."""
    with plt.rc_context():
        figure, axes = _axes(2, figsize=(5.8, 4.2))
        for name in "LS":
            rows = profile[profile["species"] == name]
            radius = rows["radius"] * unit
            axes[0].step(radius, rows["density"], where="mid", color=style.PARTICLES[name], label=name)
            axes[1].plot(radius, rows["fraction"], ".-", color=style.PARTICLES[name], label=name)
        # A particle at the centre has a density without meaning, which would press the rest flat.
        axes[0].set_ylim(
            0, 1.08 * profile.loc[(profile["radius"] > 0.5) & (profile["species"] != "all"), "density"].max()
        )
        axes[0].set_ylabel("density (1 / σ³)")
        axes[1].set(ylabel="crystalline share", ylim=(-0.03, 1.03), xlim=(0, None))
        axes[1].set_xlabel(f"distance from the centre{f' ({unit_name})' if unit_name else ''}")
        axes[0].legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2)
        alt = "Number density and crystalline share of either species against the distance from the centre"
        return svg(figure, "radial", alt)


def pattern(intensity):
    """Return a diffraction pattern as the address of a picture, brightness logarithmic over four decades."""
    top = np.log10(intensity.max())
    shown = np.clip((np.log10(np.maximum(intensity, 1e-12)) - top + 4.5) / 3.5, 0, 1)
    buffer = io.BytesIO()
    plt.imsave(buffer, shown, cmap="gray", vmin=0, vmax=1, origin="lower", metadata={"Software": None})
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
