"""What chapters need beside views and figures: numbers in prose, and views beside each other."""

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


def row(*views):
    """Return views beside each other, as many in a line as the page is wide.

    Examples
    --------
    >>> row(Html("<b>one</b>"), Html("<b>two</b>")).count("<b>")
    2
    """
    grid = "display:grid;grid-template-columns:repeat(auto-fit,minmax(12rem,1fr));gap:1rem"
    return Html(f'<div style="{grid}">{"".join(views)}</div>')
