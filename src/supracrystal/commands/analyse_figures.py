"""Figures of the report on a configuration, as text to stand inside an HTML page.

Lines and letters of the SVG figures take the colour of the text around them, so that they read in the
light and in the dark theme; letters stay letters, to be searched and read aloud.
"""

import base64
import io
import re

import matplotlib.pyplot as plt
import numpy as np

from supracrystal.colloids import CLASSES, CUTS
from supracrystal.view import style

INK = "#010203"
"""Stands for the colour of the surrounding text until the figure is text itself."""


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
