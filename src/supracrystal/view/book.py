"""What chapters need beside views: numbers in prose, captions of tables, views beside each other."""

from supracrystal.view.show import Html


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
    """Return a table with a caption, its numbers without trailing zeros.

    Parameters
    ----------
    table : pandas.DataFrame or Series
        Rounded as it is to be shown.
    caption : str

    Returns
    -------
    pandas.io.formats.style.Styler

    Examples
    --------
    >>> import pandas as pd
    >>> html = captioned(pd.Series({"Au": 0.25}, name="share"), "Shares of metal.").to_html()
    >>> "<caption>Shares of metal.</caption>" in html, ">0.25<" in html
    (True, True)
    """
    table = table.to_frame() if table.ndim == 1 else table

    def plain(value):
        return f"{value:.4f}".rstrip("0").rstrip(".") if isinstance(value, float) else value

    return table.style.set_caption(caption).format(plain)


def row(*views):
    """Return views beside each other, as many in a line as the page is wide.

    Examples
    --------
    >>> row(Html("<b>one</b>"), Html("<b>two</b>")).count("<b>")
    2
    """
    grid = "display:grid;grid-template-columns:repeat(auto-fit,minmax(12rem,1fr));gap:1rem"
    return Html(f'<div style="{grid}">{"".join(views)}</div>')
