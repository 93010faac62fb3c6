"""What chapters need beside views: numbers in prose, captions of tables, views beside each other."""

import re
from html import escape

import numpy as np
import pandas as pd

from supracrystal.view.show import Html

RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def glue_text(name, value, form="{:.2f}"):
    """Keep a number, formatted, for the prose of a chapter, where ``{glue:text}`name``` shows it.

    Parameters
    ----------
    name : str
    value : float, int or str
    form : str
        A format string.

    Examples
    --------
    >>> glue_text("share", 0.333)
    """
    from myst_nb import glue

    glue(name, form.format(value), display=False)


def captioned(table, caption):
    """Return a table with a caption and one header row, its numbers without trailing zeros.

    Parameters
    ----------
    table : pandas.DataFrame or Series
        Rounded as it is to be shown.
    caption : str

    Returns
    -------
    Html
        What is missing is shown as a dash, infinity by its sign, and truth as yes or no. The name of the
        index stands in the header row, and several levels of columns are one.

    Examples
    --------
    >>> import pandas as pd
    >>> html = captioned(pd.Series({"Au": 0.25}, name="share"), "Shares of metal.")
    >>> "<caption>Shares of metal.</caption>" in html, "<td>0.25</td>" in html
    (True, True)
    >>> "<td>2 · 10⁻⁵</td>" in captioned(pd.Series({"Pt": 2e-5}), "Little.")
    True
    """
    table = table.to_frame() if table.ndim == 1 else table
    names = [name or "" for name in table.index.names]
    names[-1] = names[-1] or (table.columns.nlevels == 1 and table.columns.name) or ""
    shown = table.astype(object).map(_plain)
    shown.columns = [_label(each) for each in table.columns]
    if table.index.nlevels == 1:
        shown.index = [_label(each) for each in table.index]
    with pd.option_context("display.max_colwidth", None):
        html = shown.to_html(border=0, index_names=False)
    corner = "".join(f"<th>{escape(str(name))}</th>" if name else "<td></td>" for name in names)
    html = re.sub(r"(<tr[^>]*>)(\s*<th></th>)+", lambda found: found[1] + corner, html, count=1)
    return Html(html.replace("<thead>", f"<caption>{escape(caption)}</caption>\n<thead>", 1))


def _plain(value):
    """Return a value of a table as a reader expects it."""
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, float | np.floating):
        if not np.isfinite(value):
            return "–" if np.isnan(value) else "∞" if value > 0 else "−∞"
        if value != 0 and not 1e-3 <= abs(value) < 1e7:
            number, power = f"{value:.2e}".split("e")
            return f"{number.rstrip('0').rstrip('.')} · 10{str(int(power)).translate(RAISED)}"
        return f"{value:.4f}".rstrip("0").rstrip(".")
    return "–" if value is None or value is pd.NA else value


def _label(label):
    """Return the label of a row or a column, of one or several levels, as text."""
    return ", ".join(str(_plain(each)) for each in label) if isinstance(label, tuple) else str(_plain(label))


def row(*views):
    """Return views beside each other, as many in a line as the page is wide.

    Examples
    --------
    >>> row(Html("<b>one</b>"), Html("<b>two</b>")).count("<b>")
    2
    """
    grid = "display:grid;grid-template-columns:repeat(auto-fit,minmax(12rem,1fr));gap:1rem"
    return Html(f'<div style="{grid}">{"".join(views)}</div>')
