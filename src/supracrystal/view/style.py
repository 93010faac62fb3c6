"""Colours and plot style, the same in every figure and view of the compendium.

Spheres have the colours of the papers: large ones cyan and small ones red in Wang et al. (2021), silver
grey, gold yellow-brown and sulphur yellow in the papers on nanoclusters. The cycle of line colours is
that of Okabe and Ito without its yellow, which is too pale for lines on white. All palettes stay distinct
without the red-sensitive or the green-sensitive cones.
"""

from cycler import cycler
from matplotlib import rcParams

PARTICLES = {"L": "#35c3d6", "S": "#dc3b32"}
ELEMENTS = {"Ag": "#b4bac2", "Au": "#e0aa1e", "S": "#f5dc3c"}
CLASSES = {
    "MgCu2-like": "#3d85d1",
    "MgZn2-like": "#e69f00",
    "tube": "#4b1d78",
    "centre": "#d81b60",
    "surface": "#9fb6c6",
    "fluid": "#d2d0c8",
}
VERDICTS = {
    "reproduced": "#1b8a5a",
    "differs": "#d17a00",
    "print inconsistent": "#7a4fb5",
    "not computed": "#6f7883",
}
CYCLE = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#222222")


def use():
    """Apply the plot style to Matplotlib, for the rest of the session.

    Figures have a white ground, which the book inverts in its dark theme, and the identifiers inside an SVG
    file are the same in every run.

    Examples
    --------
    >>> import matplotlib
    >>> use()
    >>> matplotlib.rcParams["axes.spines.top"]
    False
    """
    rcParams.update(
        {
            "figure.figsize": (6.4, 3.9),
            "figure.dpi": 110,
            "figure.facecolor": "white",
            "figure.constrained_layout.use": True,
            "savefig.dpi": 160,
            "savefig.facecolor": "white",
            "svg.hashsalt": "supracrystal",
            "font.family": "sans-serif",
            "font.size": 11,
            "axes.titlesize": 11,
            "axes.labelsize": 11,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.linewidth": 0.8,
            "axes.axisbelow": True,
            "axes.prop_cycle": cycler(color=CYCLE),
            "lines.linewidth": 1.8,
            "lines.markersize": 5,
            "legend.frameon": False,
            "image.cmap": "viridis",
        }
    )
