r"""A figure on which the reader moves the feed ratio and the time of an alloying reaction.

The states of the model of :mod:`~supracrystal.reactions.alloying` on a grid of feed ratios and times go into
the page as whole numbers, with the isotopic lines of each ion. The page makes from these, without a server,

- the distribution over the number of gold atoms x in each of the three families,
- the mass spectrum, each line of an ion at the amount of the ion times the line's part of its envelope, to
  the highest line.

Left out: the response of the detector, which is taken to be the same for all ions; the line shape of an
instrument; complexes of metal and ligands in solution, which the model does not tell apart.
"""

import html as _html
import json
from importlib import resources

import numpy as np

from supracrystal import InputError
from supracrystal.reactions.alloying import CLUSTERS, SPECIES, course
from supracrystal.reactions.statements import ions
from supracrystal.spectra import envelopes, plots
from supracrystal.view import Html, style

FAMILIES = (30, 27, 26)
"""Numbers of ligands."""
COLORS = {30: style.ELEMENTS["Ag"], 27: style.CYCLE[2], 26: style.ELEMENTS["Au"]}
SCALE = 10_000
"""What 1 is as a whole number in the page."""
WINDOW = (2300, 4250)
"""Of m/z; no line of an ion of the families is outside."""


def states(parameters, ratios, minutes):
    """Amounts of all clusters on a grid of feed ratios and times.

    Parameters
    ----------
    parameters : Parameters
        Of :mod:`~supracrystal.reactions.alloying`.
    ratios : (R,) array_like
        Gold to silver clusters in the feed.
    minutes : (T,) array_like
        Ascending, after mixing.

    Returns
    -------
    (R, T, C) array
        Of all clusters that were fed; what is missing to 1 is in solution.

    Examples
    --------
    >>> from supracrystal.reactions import Parameters
    >>> states(Parameters(*[0] * 11), [3], [0, 10])[0, :, [0, -1]].T
    array([[0.25, 0.75],
           [0.25, 0.75]])
    """
    return np.array([np.maximum(course(parameters, each, minutes)[:, :CLUSTERS], 0) for each in ratios])


def page_data(amounts, ratios, minutes, *, notes=None, coverage=0.99):
    """Numbers and text from which the page draws all states of a grid.

    Parameters
    ----------
    amounts : (R, T, C) array_like
        Of :func:`states`.
    ratios : (R,) sequence of str
        As the reader sees them.
    minutes : (T,) array_like
    notes : dict, optional
        HTML beside some points of the grid: the number of the ratio and of the time, to text.
    coverage : float
        Part of each envelope that is drawn.

    Returns
    -------
    dict
        For JSON.

    Examples
    --------
    >>> data = page_data(np.full((1, 1, 36), 1 / 36), ["3"], [30])
    >>> data["times"], data["ions"][12]["family"], data["amounts"][12]
    (['30 min'], 30, 278)
    """
    mz, share = envelopes(ions(), coverage=coverage)
    found = []
    for k, (place, height) in enumerate(zip(mz, share, strict=True)):
        place, height = place[height > 0], height[height > 0]
        found.append(
            {
                "family": int(SPECIES["framework"][k]),
                "gold": int(SPECIES["gold"][k]),
                "first": round(float(place[0]), 4),
                "step": round(float((place[-1] - place[0]) / (len(place) - 1)), 6),
                "heights": np.round(SCALE * height).astype(int).tolist(),
            }
        )
    return {
        "families": list(FAMILIES),
        "ratios": list(ratios),
        "times": [_time(each) for each in minutes],
        "scale": SCALE,
        "amounts": np.round(SCALE * np.asarray(amounts)).astype(int).ravel().tolist(),
        "ions": found,
        "notes": {f"{ratio},{time}": text for (ratio, time), text in (notes or {}).items()},
        "silent": "The paper says nothing of this ratio at this time.",
    }


def _time(minutes):
    """Return a time in words."""
    return "when mixed" if minutes == 0 else f"{minutes:g} min" if minutes < 60 else f"{minutes / 60:g} h"


def figure(amounts):
    """Draw one state: distribution and mass spectrum.

    Parameters
    ----------
    amounts : (C,) array_like
        Of all clusters.

    Returns
    -------
    plotly.graph_objects.Figure
        Three sets of bars and three of lines, by :data:`FAMILIES`.

    Examples
    --------
    >>> len(figure(np.full(36, 1 / 36)).data)
    6
    """
    from plotly.subplots import make_subplots

    amounts = np.asarray(amounts, dtype=float)
    mz, share = envelopes(ions(), coverage=0.99)
    height = amounts[:, None] * share
    family, gold = (SPECIES[each].to_numpy()[:CLUSTERS] for each in ("framework", "gold"))
    drawn = make_subplots(rows=2, cols=1, vertical_spacing=0.17)
    for each in FAMILIES:
        here, color = family == each, COLORS[each]
        hover = f"{each} ligands, x = %{{x}}: %{{y:.1f}} %<extra></extra>"
        drawn.add_bar(
            x=gold[here], y=100 * amounts[here], marker_color=color, hovertemplate=hover, row=1, col=1
        )
    for each in FAMILIES:
        lines = (family == each)[:, None] & (share > 0) & (height > 0)
        y = np.zeros((lines.sum(), 3))
        y[:, 1] = 100 * height[lines] / height.max()
        line = {"color": COLORS[each], "width": 1}
        drawn.add_scatter(
            x=np.repeat(mz[lines], 3), y=y.ravel(), mode="lines", line=line, hoverinfo="x", row=2, col=1
        )
    drawn.update_layout(
        template="none", showlegend=False, bargap=0.15, barmode="overlay", uirevision="kept",
        font={"family": "system-ui, sans-serif"}, paper_bgcolor="rgba(0,0,0,0)", plot_bgcolor="rgba(0,0,0,0)",
    )  # fmt: skip
    titles = (("gold atoms x", "of all clusters / %"), ("<i>m/z</i>", "intensity / %"))
    ranges = (([-1, 45], None), (WINDOW, [0, 105]))
    for row, ((x, y), (wide, high)) in enumerate(zip(titles, ranges, strict=True), start=1):
        common = {"zeroline": False, "automargin": True, "row": row, "col": 1}
        drawn.update_xaxes(
            title={"text": x, "standoff": 4}, range=wide, showline=True, ticks="outside", **common
        )
        drawn.update_yaxes(title={"text": y, "standoff": 6}, range=high, nticks=5, **common)
    drawn.update_yaxes(rangemode="tozero", row=1, col=1)
    return drawn


def html(data, ratio, time, *, alt, label=None, script=None, height=520):
    """Sliders and figure as HTML for a chapter or a notebook.

    Parameters
    ----------
    data : dict
        Of :func:`page_data`.
    ratio, time : int
        Which of the ratios and times is shown first.
    alt : str
        What the figure shows, in words.
    label : str, optional
        Caption.
    script : {"site", "inline", "none"}, optional
        Where Plotly's script comes from; see :func:`supracrystal.spectra.plots.html`.
    height : int
        Of the figure, in pixels.

    Returns
    -------
    supracrystal.view.show.Html

    Raises
    ------
    ValueError
        For a ratio or a time that is not on the grid.

    Examples
    --------
    >>> data = page_data(np.full((1, 1, 36), 1 / 36), ["3"], [30])
    >>> html(data, 0, 0, alt="Two panels", script="none").count("<input")
    2
    """
    amounts = np.reshape(data["amounts"], (len(data["ratios"]), len(data["times"]), CLUSTERS)) / data["scale"]
    for name, place, size in (("ratio", ratio, amounts.shape[0]), ("time", time, amounts.shape[1])):
        if not 0 <= place < size:
            raise InputError(f"{name} is {place}; allowed are the numbers from 0 to {size - 1}")
    static = resources.files("supracrystal") / "_static"
    css, js = ((static / f"explorer.{kind}").read_text(encoding="utf-8") for kind in ("css", "js"))
    sliders = "".join(
        f"<label><span>{name} <output>{_html.escape(data[key][first])}</output></span>"
        f'<input type="range" min="0" max="{len(data[key]) - 1}" value="{first}" autocomplete="off"></label>'
        for key, name, first in (("ratios", "feed R =", ratio), ("times", "time", time))
    )
    chips = "".join(
        f'<li><i style="background:{COLORS[each]}"></i>{each} ligands <b data-family="{k}"></b></li>'
        for k, each in enumerate(FAMILIES)
    )
    chips += '<li>in solution <b data-family="rest"></b></li>'
    drawn = plots.html(figure(amounts[ratio, time]), alt=alt, script=script, height=height, label=label)
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=False).replace("</", "<\\/")
    return Html(
        f'<style>{css}</style><supracrystal-explorer><div class="controls">{sliders}'
        f'<ul class="families">{chips}</ul><p class="said" aria-live="polite"></p></div>{drawn}'
        f'<script type="application/json" class="states">{text}</script></supracrystal-explorer>'
        f"<script>{js}</script>"
    )
