"""The plot style and the colours."""

import itertools
import warnings

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest

from supracrystal.view import style


def test_svg_figures_are_the_same_in_every_run(tmp_path):
    with matplotlib.rc_context():
        style.use()
        written = []
        for k in range(2):
            figure, axes = plt.subplots()
            axes.plot([0, 1], [0, 1])
            figure.savefig(tmp_path / f"{k}.svg", metadata={"Date": None})
            plt.close(figure)
            written.append((tmp_path / f"{k}.svg").read_bytes())
    assert written[0] == written[1]


def test_figures_have_a_white_ground_and_open_axes():
    with matplotlib.rc_context():
        style.use()
        figure, axes = plt.subplots()
        assert figure.get_facecolor() == (1, 1, 1, 1)
        assert not axes.spines["top"].get_visible()
        plt.close(figure)


# Linear RGB as seen with the complete absence of one cone type: Machado, Oliveira and Fernandes,
# IEEE Trans. Vis. Comput. Graph. 15, 1291 (2009), severity 1.0.
SIGHT = {
    "common": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
}


def linear(color):
    c = np.array(matplotlib.colors.to_rgb(color))
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def luminance(color):
    """Relative luminance of the Web Content Accessibility Guidelines 2.2."""
    return linear(color) @ [0.2126, 0.7152, 0.0722]


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize(
    "colors", [style.CYCLE, tuple(style.PARTICLES.values()), tuple(style.CLASSES.values())]
)
def test_colours_stay_distinct_for_colour_blind_readers(colors, sight):
    seen = np.clip([SIGHT[sight] @ linear(color) for color in colors], 0, 1) ** (1 / 2.2)
    assert min(np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2)) > 0.1


def test_lines_are_darker_than_the_paper():
    assert max(luminance(color) for color in style.CYCLE) < 0.5


@pytest.mark.parametrize("colors", [style.PARTICLES, style.ELEMENTS, style.CLASSES, style.VERDICTS])
def test_every_colour_is_one_and_distinct(colors):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(set(map(matplotlib.colors.to_hex, colors.values()))) == len(colors)


def test_verdicts_can_be_read_as_text_on_white():
    contrast = {name: 1.05 / (luminance(color) + 0.05) for name, color in style.VERDICTS.items()}
    assert min(contrast.values()) >= 3.0  # large or bold text, WCAG 2.2, 1.4.3
