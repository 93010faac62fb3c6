"""Mass spectra drawn: an interactive figure, and the two kinds of figure that papers print.

:func:`spectrum_figure` lays the calculated envelopes of species over a spectrum, in Plotly. :func:`page`
writes it as one HTML file that needs no network; :func:`html` makes it part of a chapter, where Plotly's
script comes from the site, or of a notebook. The figure draws itself when the reader scrolls to it, in the
colours of the page around it. Buttons that would send data to another host are turned off. Equal input gives
equal bytes.

:func:`stacked` and :func:`full_range` draw with Matplotlib: spectra above each other, such as those at
growing feed ratio in Lin et al. (2022) (`lin2022`); and the full range with insets of measured and
calculated envelopes, as in Acharya et al. (2025) (`acharya2025`).

Left out: annotations that follow the zoom, and colours for more than six species, which begin again.
"""

import html as _html
import os
from importlib import resources

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.colors import to_rgb

from supracrystal import InputError
from supracrystal.records import write_whole
from supracrystal.spectra import formula
from supracrystal.spectra.electrons import known_electrons
from supracrystal.spectra.isotopes import envelopes
from supracrystal.spectra.lines import axis, line_width, profile
from supracrystal.view import Html, style

GREY = "#6f7782"
COLORS = style.CYCLE[:6]
"""Of the species; the last colour of the cycle, near black, is not seen in a dark theme."""
MOST = 400_000
"""Points of a spectrum that are drawn; of a longer one, the lowest and highest of each of equal steps."""
LIBRARY = "_assets/plotly.min.js"
"""Where the book serves Plotly's script, relative to its root."""
CONFIG = {
    "displaylogo": False,
    "displayModeBar": True,
    "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d"],
    "plotlyServerURL": "",
    "responsive": True,
    "showSendToCloud": False,
    "showTips": False,
    "toImageButtonOptions": {"format": "svg", "filename": "spectrum"},
}
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font-family: system-ui, sans-serif; max-width: 90rem; margin: 0 auto; padding: 0.8rem;
  background: #fff; color: #20272e; }}
h1 {{ font-size: 1.2rem; margin: 0.2rem 0; overflow-wrap: anywhere; }}
supracrystal-plot .chart {{ height: calc(100vh - 6rem) !important; min-height: 26rem; }}
@media (prefers-color-scheme: dark) {{ body {{ background: #12171c; color: #d9e0e5; }} }}
</style></head>
<body><h1>{title}</h1>{body}</body></html>
"""


def spectrum_figure(
    spectrum=None, species=(), *, abundances=None, resolution=None, shape=None, ligands=None, title=None,
    label="measured",
):  # fmt: skip
    """Draw a spectrum over its full range with the calculated envelopes of species.

    Parameters
    ----------
    spectrum : pandas.DataFrame, optional
        Columns ``mz`` and ``intensity``. Default: envelopes alone, in per cent of the highest point.
    species : sequence of S Species or str
        The pointer on a line shows its formula, charge, superatom electrons, m/z and abundance; the legend
        turns each on and off.
    abundances : (S,) array_like, optional
        Area of each envelope, in units of intensity times m/z as :mod:`~supracrystal.spectra.assignment`
        finds them. Default: all the same, and as high as the spectrum.
    resolution : float, optional
        Resolving power m/FWHM for filled profiles. Default: that in ``spectrum.attrs``; without one, the
        envelopes are lines.
    shape : {"gaussian", "lorentzian", "ft"}, optional
        Of the profiles. Default: that in ``spectrum.attrs``, or gaussian.
    ligands : dict, optional
        Ligands beside the built-in ones.
    title : str, optional
    label : str
        Of the spectrum, in the legend.

    Returns
    -------
    plotly.graph_objects.Figure

    Raises
    ------
    ValueError
        If there is nothing to draw, or abundances do not fit the species.

    Examples
    --------
    >>> figure = spectrum_figure(species=["[Ag53(BDT)12(DMBT)16]3-"], resolution=20_000)
    >>> figure.data[0].name
    '[Ag<sub>53</sub>(BDT)<sub>12</sub>(DMBT)<sub>16</sub>]<sup>3−</sup>'
    """
    import plotly.graph_objects as go

    species = [formula.parse(each, ligands=ligands) for each in species]
    if spectrum is None and not species:
        raise InputError("there is neither a spectrum nor a species to draw")
    if abundances is not None and len(abundances) != len(species):
        raise InputError(f"there are {len(abundances)} abundances for {len(species)} species")
    known = {} if spectrum is None else spectrum.attrs
    resolution, shape = resolution or known.get("resolution"), shape or known.get("shape", "gaussian")
    drawn = _envelopes(species, abundances, resolution, shape, ligands)
    scale, total = 1.0, 1.0 if abundances is None else np.sum(abundances) or 1.0
    if spectrum is None or abundances is None or not resolution:
        highest = max((curve[1].max() for curve, _, _ in drawn), default=0) or 1.0
        scale = (100 if spectrum is None else spectrum["intensity"].max()) / highest
    figure = go.Figure()
    if spectrum is not None:
        mz, intensity = _thinned(spectrum["mz"].to_numpy(), spectrum["intensity"].to_numpy())
        figure.add_trace(
            go.Scatter(
                x=mz, y=intensity.astype("f4"), mode="lines", line={"width": 1}, name=label, meta="ink",
                hovertemplate="m/z %{x:.3f}<br>%{y:.4g}<extra></extra>",
            )
        )  # fmt: skip
    for k, (each, (curve, lines, share)) in enumerate(zip(species, drawn, strict=True)):
        color, name = COLORS[k % len(COLORS)], formula.html(each)
        fill = {"fill": "tozeroy", "fillcolor": _translucent(color)} if resolution else {}
        common = {"name": name, "legendgroup": str(each)}
        y = (scale * curve[1]).astype("f4")
        line = {"color": color, "width": 1.5}
        figure.add_trace(
            go.Scatter(x=curve[0], y=y, mode="lines", line=line, hoverinfo="skip", **fill, **common)
        )
        text = (
            f"<b>{name}</b><br>{_described(each, ligands)}<br>apex m/z {lines[0][lines[1].argmax()]:.3f}"
            + ("" if abundances is None else f"<br>abundance {abundances[k] / total:.1%}")
            + "<br>line m/z %{x:.3f}, %{customdata:.2%} of the envelope<extra></extra>"
        )
        y, marker = (scale * lines[1]).astype("f4"), {"color": color, "size": 9, "opacity": 0}
        figure.add_trace(
            go.Scatter(
                x=lines[0], y=y, mode="markers", customdata=share.astype("f4"), marker=marker,
                hovertemplate=text, hoverlabel={"bordercolor": color}, showlegend=False, **common,
            )
        )  # fmt: skip
    figure.update_layout(
        template="none",
        title=title and {"text": _html.escape(title)},
        font={"family": "system-ui, sans-serif"},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        hovermode="closest",
        hoverlabel={"align": "left"},
        showlegend=bool(species),
        xaxis={"title": {"text": "<i>m/z</i>"}, "zeroline": False, "ticks": "outside", "showline": True},
        yaxis={"title": {"text": "Intensity / %" if spectrum is None else "Intensity"}, "zeroline": False,
               "rangemode": "tozero", "automargin": True},
    )  # fmt: skip
    return figure


def _envelopes(species, abundances, resolution, shape, ligands):
    """Return, for each species, its curve, the tops of its lines, and their shares of the envelope."""
    drawn = []
    for k, (mz, share) in enumerate(zip(*envelopes(species, ligands=ligands), strict=True)):
        mz, share = mz[share > 0], share[share > 0]
        area = 1.0 if abundances is None else float(abundances[k])
        if not resolution:
            stems = np.repeat(mz, 3), area * np.column_stack([0 * share, share, 0 * share]).ravel()
            drawn.append((stems, (mz, area * share), share))
            continue
        beside = 3 * line_width(mz[[0, -1]], resolution, shape) * [-1, 1]
        points = np.union1d(axis(*(mz[[0, -1]] + beside), resolution, shape=shape), mz)
        lines = pd.DataFrame({"mz": mz, "abundance": share})
        height = area * profile(points, lines, resolution, shape)
        drawn.append(((points, height), (mz, np.interp(mz, points, height)), share))
    return drawn


def _thinned(mz, intensity):
    """Return at most :data:`MOST` points, the lowest and the highest of each step where there are more."""
    if len(mz) <= MOST:
        return mz, intensity
    step = -(-2 * len(mz) // MOST)
    steps = np.pad(intensity, (0, -len(mz) % step), mode="edge").reshape(-1, step)
    first = np.arange(len(steps)) * step
    keep = np.unique(
        np.minimum(np.column_stack([first + steps.argmin(1), first + steps.argmax(1)]), len(mz) - 1)
    )
    return mz[keep], intensity[keep]


def _translucent(color):
    red, green, blue = (round(255 * value) for value in to_rgb(color))
    return f"rgba({red},{green},{blue},0.25)"


def _described(species, ligands):
    """Return charge and superatom electrons in words; a species without metals may have none."""
    charge = f"{abs(species.charge)}{'+' if species.charge > 0 else '−'}" if species.charge else "0"
    electrons = known_electrons(species, ligands=ligands)
    return f"charge {charge}" + ("" if electrons is None else f", {electrons} electrons")


def stacked(spectra, labels, *, window=None, marks=None, colors=None, gap=0.15):
    """Draw spectra above each other, each to its own highest point in the window, on a shared axis.

    Parameters
    ----------
    spectra : sequence of N DataFrame
        Columns ``mz`` and ``intensity``; the first is the lowest.
    labels : sequence of N str
        Such as the feed ratio or the time; written at the right end.
    window : (float, float), optional
        Ends of the m/z shown. Default: the range of all.
    marks : dict, optional
        Text to an m/z, which becomes a dashed line, or to the two ends of a band, through all spectra.
    colors : sequence of N colours, optional
        Default: one for all.
    gap : float
        Between the spectra, in heights of one.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ValueError
        If labels do not fit the spectra, and if a spectrum has no point in the window.

    Examples
    --------
    >>> from supracrystal.spectra import synthesise
    >>> spectra = [synthesise([f"[Au{x}Ag{44 - x}(p-MBA)30]4-"]) for x in (1, 12)]
    >>> axes = stacked(spectra, ["1/40", "1/4"], marks={"$x = 12$": 2602.65})
    >>> len(axes.lines)
    3
    >>> plt.close(axes.figure)
    """
    spectra, labels = list(spectra), list(labels)
    if not spectra or len(labels) != len(spectra):
        raise InputError(f"there are {len(labels)} labels for {len(spectra)} spectra")
    low, high = window or (min(s["mz"].min() for s in spectra), max(s["mz"].max() for s in spectra))
    colors = [style.CYCLE[0]] * len(spectra) if colors is None else list(colors)
    _, axes = plt.subplots(figsize=(6.4, 1.2 + 0.62 * len(spectra)))
    lowest = -0.05
    for k, (spectrum, label) in enumerate(zip(spectra, labels, strict=True)):
        shown = spectrum[spectrum["mz"].between(low, high)]
        if shown.empty:
            raise InputError(f"the spectrum {label!r} has no point between m/z {low:g} and {high:g}")
        foot, height = k * (1 + gap), shown["intensity"] / (shown["intensity"].max() or 1)
        axes.plot(shown["mz"], foot + height, color=colors[k], linewidth=0.8)
        axes.annotate(str(label), (1.01, foot), xycoords=("axes fraction", "data"), va="bottom")
        lowest = min(lowest, foot + height.min() - 0.02)
    top = len(spectra) * (1 + gap)
    for text, place in (marks or {}).items():
        if np.ndim(place):
            axes.axvspan(*place, color=style.CLASSES["surface"], alpha=0.25, linewidth=0)
        else:
            axes.axvline(place, color=GREY, linewidth=0.8, linestyle=(0, (4, 3)))
        axes.annotate(text, (np.mean(place), top), ha="center", va="bottom", annotation_clip=False)
    axes.set(xlim=(low, high), ylim=(lowest, top), xlabel="$m/z$", ylabel="Relative intensity", yticks=[])
    axes.spines["left"].set_visible(False)
    return axes


def full_range(spectrum, species, *, resolution=None, shape=None, names=None, window=None, columns=4):
    """Draw a spectrum over its full range, and below it an inset for each species with its envelope.

    Parameters
    ----------
    spectrum : pandas.DataFrame
        Columns ``mz`` and ``intensity``.
    species : sequence of S Species or str
        In its inset, the measured spectrum stands above the calculated profile.
    resolution : float, optional
        Resolving power of the calculated profiles. Default: that in ``spectrum.attrs``.
    shape : {"gaussian", "lorentzian", "ft"}, optional
        Of the profiles. Default: that in ``spectrum.attrs``, or gaussian.
    names : (S,) sequence of str, optional
        Titles of the insets. Default: the formulas. Numbers join them to their peaks.
    window : (float, float), optional
        Ends of the full range.
    columns : int
        Most insets in a row.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If no resolving power is known, and if a species is outside of the spectrum.

    Examples
    --------
    >>> from supracrystal.spectra import synthesise
    >>> dimers = ["[Ag53(BDT)12(DMBT)16]3-", "[Ag52(BDT)12(DMBT)15]3-"]
    >>> figure = full_range(synthesise(dimers, signal_to_noise=30), dimers)
    >>> len(figure.axes)
    3
    >>> plt.close(figure)
    """
    species = [formula.parse(each) for each in species]
    resolution = resolution or spectrum.attrs.get("resolution")
    shape = shape or spectrum.attrs.get("shape", "gaussian")
    if not resolution:
        raise InputError("the resolving power is not known; give resolution")
    names = [f"${formula.latex(each)}$" for each in species] if names is None else list(names)
    columns = max(1, min(columns, len(species)))
    rows = -(-len(species) // columns)
    figure = plt.figure(figsize=(8.2, 2.9 + 2.1 * rows))
    grid = figure.add_gridspec(rows + 1, columns, height_ratios=[1.45] + [1] * rows)
    full = figure.add_subplot(grid[0, :])
    low, high = window or spectrum["mz"].iloc[[0, -1]]
    shown = spectrum[spectrum["mz"].between(low, high)]
    percent = 100 / shown["intensity"].max()
    full.plot(shown["mz"], percent * shown["intensity"], color=style.CYCLE[-1], linewidth=0.7)
    bottom = min(-2.0, percent * shown["intensity"].min())
    full.set(xlabel="$m/z$", ylabel="Intensity / %", xlim=(low, high), ylim=(bottom, 118))
    for k, (curve, lines, _) in enumerate(_envelopes(species, None, resolution, shape, None)):
        color, number = COLORS[k % len(COLORS)], str(k + 1)
        near = spectrum[spectrum["mz"].between(*curve[0][[0, -1]])]
        if near.empty:
            raise InputError(f"{species[k]}, at m/z {lines[0][0]:.0f}, is outside of the spectrum")
        inset = figure.add_subplot(grid[1 + k // columns, k % columns])
        inset.fill_between(*_relative(curve), color=color, alpha=0.35, linewidth=0)
        inset.plot(*_relative(curve), color=color, linewidth=0.9)
        measured = _relative((near["mz"], near["intensity"]))
        inset.plot(measured[0], 1.2 + measured[1], color=style.CYCLE[-1], linewidth=0.8)
        inset.set(xlim=curve[0][[0, -1]], ylim=(-0.05, 2.45), yticks=[], xlabel="$m/z$")
        inset.set_title(names[k], color=color, fontsize=9)
        inset.spines["left"].set_visible(False)
        inset.locator_params(axis="x", nbins=3)
        inset.ticklabel_format(axis="x", useOffset=False)
        bold = {"color": color, "fontweight": "bold"}
        inset.annotate(number, (0.03, 0.97), xycoords="axes fraction", va="top", **bold)
        apex = lines[0][lines[1].argmax()], percent * near["intensity"].max()
        full.annotate(number, apex, xytext=(0, 3), textcoords="offset points", ha="center", **bold)
    return figure


def _relative(curve):
    return curve[0], curve[1] / curve[1].max()


def html(figure, *, alt, script=None, height=480, label=None):
    """Return a Plotly figure as HTML for a chapter or a notebook.

    Parameters
    ----------
    figure : plotly.graph_objects.Figure
    alt : str
        What the figure shows, in words.
    script : {"site", "inline", "none"}, optional
        Where Plotly's script comes from: served by the book, contained in the output (5 MB each time), or put
        on the page elsewhere by :func:`script_tag`. Default: ``"site"`` while the book is built (the
        environment variable ``SUPRACRYSTAL_BOOK`` is set), otherwise ``"inline"``.
    height : int
        Pixels.
    label : str, optional
        Caption.

    Returns
    -------
    supracrystal.view.show.Html

    Examples
    --------
    >>> import plotly.graph_objects as go
    >>> text = html(go.Figure(go.Scatter(y=[1, 2])), alt="A rising line", script="none")
    >>> 'aria-label="A rising line"' in text
    True
    """
    from plotly.io.json import to_json_plotly

    if not isinstance(alt, str) or not alt.strip():
        raise InputError(f"alt is {alt!r}; it must say in words what the figure shows")
    script = script or ("site" if os.environ.get("SUPRACRYSTAL_BOOK") else "inline")
    if script not in ("site", "inline", "none"):
        raise InputError(f"script is {script!r}; allowed are 'site', 'inline' and 'none'")
    data = to_json_plotly({**figure.to_dict(), "config": CONFIG}, engine="json")
    source = f' data-library="{LIBRARY}"' if script == "site" else ""
    caption = f"<figcaption>{_html.escape(label)}</figcaption>" if label else ""
    alt = _html.escape(alt)
    return Html(
        {"site": _own_script, "inline": script_tag, "none": str}[script]()
        + f'<supracrystal-plot{source}><figure><div class="chart" role="img" aria-label="{alt}" '
        f'style="height:{int(height)}px"><noscript>{alt}</noscript></div>{caption}</figure>'
        f'<script type="application/json">{data}</script></supracrystal-plot>'
    )


def script_tag():
    """Return Plotly's script and that of the figures as HTML, for documents with several figures.

    Put it into the document once, and make the figures with ``script="none"``.

    Returns
    -------
    supracrystal.view.show.Html

    Examples
    --------
    >>> script_tag().count("<script>")
    2
    """
    library = (resources.files("plotly") / "package_data" / "plotly.min.js").read_text(encoding="utf-8")
    return Html(
        f"<script>window.Plotly||(function(module){{{library}\n}}).call(window)</script>{_own_script()}"
    )


def _own_script():
    static = resources.files("supracrystal") / "_static"
    css, js = ((static / f"plot.{kind}").read_text(encoding="utf-8") for kind in ("css", "js"))
    return f"<style>{css}</style><script>{js}</script>"


def page(figure, path, *, title="Mass spectrum", alt=None):
    """Write a Plotly figure as one HTML page, which needs no network.

    The file appears whole or not at all, and equal figures give equal bytes.

    Parameters
    ----------
    figure : plotly.graph_objects.Figure
    path : path-like
    title : str
        Of the page.
    alt : str, optional
        What the figure shows, in words; the title by default.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import plotly.graph_objects as go
    >>> with tempfile.TemporaryDirectory() as directory:
    ...     page(go.Figure(), Path(directory) / "empty.html", title="Nothing")
    ...     (Path(directory) / "empty.html").read_text(encoding="utf-8").count("</supracrystal-plot>")
    1
    """
    title, body = _html.escape(title), html(figure, alt=alt or title, script="inline")
    write_whole(PAGE.format(title=title, body=body).encode(), path)
