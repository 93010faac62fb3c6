"""Plotly figures as HTML that needs no network: a page of its own, or a part of a chapter or a notebook.

The figure stands as data in an element that draws itself when the reader scrolls to it, in the colours of
the page around it, light or dark, and with its legend below on a phone. Plotly's script comes from the
site, or is contained in the HTML; its buttons that would send data to another host are turned off. Nothing
in the output depends on the time, so that equal figures give equal bytes.
"""

import html as _html
import os
from importlib import resources

from supracrystal.records import write_whole
from supracrystal.view import Html

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
        raise ValueError(f"alt is {alt!r}; it must say in words what the figure shows")
    script = script or ("site" if os.environ.get("SUPRACRYSTAL_BOOK") else "inline")
    if script not in ("site", "inline", "none"):
        raise ValueError(f"script is {script!r}; allowed are 'site', 'inline' and 'none'")
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
