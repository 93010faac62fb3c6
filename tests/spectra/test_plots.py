"""Figures of spectra: what is drawn where, the same bytes each time, and nothing from another host."""

import base64
import json
import re
import shutil
import subprocess
from importlib import resources

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import reference

from supracrystal.spectra import axis, fine_envelope, plots, synthesise
from supracrystal.view import Html

DIMERS = ["[Ag53(BDT)12(DMBT)16]3-", "[Ag52(BDT)12(DMBT)15]3-"]


@pytest.fixture(scope="module")
def spectrum():
    return synthesise(DIMERS, [3, 1], resolution=20_000, signal_to_noise=30, seed=1)


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def data(text):
    return json.loads(re.search(r'<script type="application/json">(.*?)</script>', text, re.S)[1])


def decoded(array):
    return np.frombuffer(base64.b64decode(array["bdata"]), array["dtype"])


def test_profiles_lie_on_the_spectrum_that_they_make():
    clean = synthesise(DIMERS, [3, 1], resolution=20_000, mz=axis(3090, 3230, 20_000, points=60))
    figure = plots.spectrum_figure(clean, DIMERS, abundances=[3, 1])
    for curve in figure.data[1::2]:
        expected = np.interp(curve.x, clean["mz"], clean["intensity"])
        np.testing.assert_allclose(curve.y, expected, atol=1e-3 * clean["intensity"].max())
        assert curve.fill == "tozeroy"


def test_lines_stand_where_the_isotopologues_lie_and_say_what_they_are():
    """Against IsoSpecPy: the mean of the isotopologues around each line, and their probability."""
    (stems, tops) = plots.spectrum_figure(species=DIMERS[:1]).data
    fine = fine_envelope(DIMERS[0], coverage=0.999)
    nearest = np.abs(fine["mz"].to_numpy()[:, None] - tops.x).argmin(axis=1)
    share = np.bincount(nearest, fine["abundance"], len(tops.x))
    mean = np.bincount(nearest, fine["abundance"] * fine["mz"], len(tops.x)) / share
    np.testing.assert_allclose(tops.customdata, share, atol=1e-3)
    seen = share > 0.01
    np.testing.assert_allclose(tops.x[seen], mean[seen], atol=1e-3)
    assert tops.y.max() == 100 and (stems.y.reshape(-1, 3)[:, [0, 2]] == 0).all()
    assert "charge 3−, 16 electrons<br>apex m/z 3198.116" in tops.hovertemplate
    assert stems.name == "[Ag<sub>53</sub>(BDT)<sub>12</sub>(DMBT)<sub>16</sub>]<sup>3−</sup>"
    assert stems.legendgroup == tops.legendgroup and not tops.showlegend


def test_abundances_are_shares_in_the_hover_text(spectrum):
    figure = plots.spectrum_figure(spectrum, DIMERS, abundances=[3, 1])
    assert [re.search(r"abundance (\S+%)", t.hovertemplate)[1] for t in figure.data[2::2]] == [
        "75.0%",
        "25.0%",
    ]


def test_species_without_metal_are_drawn_without_electrons():
    text = plots.spectrum_figure(species=["C6H5O-"]).data[1].hovertemplate
    assert "charge 1−<br>" in text and "electrons" not in text


def test_without_abundances_the_highest_envelope_is_as_high_as_the_spectrum(spectrum):
    figure = plots.spectrum_figure(spectrum, DIMERS)
    assert max(t.y.max() for t in figure.data[1::2]) == pytest.approx(spectrum["intensity"].max(), rel=1e-6)


def test_a_long_spectrum_keeps_its_peaks():
    mz = np.linspace(1000, 3000, 1_234_567)
    intensity = np.random.default_rng(2).normal(size=len(mz))
    spectrum = pd.DataFrame({"mz": mz, "intensity": intensity})
    (drawn,) = plots.spectrum_figure(spectrum).data
    assert plots.MOST / 2 < len(drawn.x) <= plots.MOST
    assert (np.diff(drawn.x) > 0).all()
    assert drawn.y.max() == np.float32(intensity.max()) and drawn.y.min() == np.float32(intensity.min())
    step = int(np.ceil(2 * len(mz) / plots.MOST))
    highest = [intensity[k : k + step].max() for k in range(0, len(mz), step)]
    assert np.isin(np.float32(highest), drawn.y).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "neither a spectrum nor a species"),
        ({"species": DIMERS, "abundances": [1]}, "1 abundances for 2 species"),
        ({"species": ["[Ag53(BDT"]}, "missing"),
    ],
)
def test_figures_that_cannot_be_drawn_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        plots.spectrum_figure(**options)


def test_html_holds_the_figure_and_says_where_the_script_is(spectrum, monkeypatch):
    figure = plots.spectrum_figure(spectrum, DIMERS, title="2 < 3 & </script>")
    text = plots.html(figure, alt='Two "dimers"', script="none")
    assert isinstance(text, Html)
    assert "<script>" not in text and text.count("</script>") == 1
    shown = data(text)
    np.testing.assert_array_equal(decoded(shown["data"][0]["x"]), spectrum["mz"])
    assert shown["layout"]["title"]["text"] == "2 &lt; 3 &amp; &lt;/script&gt;"
    assert 'aria-label="Two &quot;dimers&quot;"' in text
    assert text == plots.html(
        plots.spectrum_figure(spectrum, DIMERS, title="2 < 3 & </script>"), alt='Two "dimers"', script="none"
    )
    site = plots.html(figure, alt="Dimers", script="site")
    assert 'data-library="_assets/plotly.min.js"' in site and len(site) < len(text) + 20_000
    assert plots.html(figure, alt="Dimers").startswith(plots.script_tag())
    monkeypatch.setenv("SUPRACRYSTAL_BOOK", "1")
    assert plots.html(figure, alt="Dimers") == site
    for options, message in (
        ({"alt": " "}, "in words"),
        ({"alt": "x", "script": "cdn"}, "'site', 'inline' and 'none'"),
    ):
        with pytest.raises(ValueError, match=message):
            plots.html(figure, **options)


def test_buttons_that_send_data_away_are_off(spectrum):
    config = data(plots.html(plots.spectrum_figure(spectrum), alt="Dimers", script="none"))["config"]
    assert (
        config["showSendToCloud"] is False
        and config["plotlyServerURL"] == ""
        and config["displaylogo"] is False
    )


def test_page_is_one_file_with_one_script_the_same_each_time(tmp_path, spectrum):
    for name in ("a.html", "b.html"):
        figure = plots.spectrum_figure(spectrum, DIMERS)
        plots.page(figure, tmp_path / name, title="<Dimers>")
    text = (tmp_path / "a.html").read_text(encoding="utf-8")
    assert text == (tmp_path / "b.html").read_text(encoding="utf-8")
    library = (resources.files("plotly") / "package_data" / "plotly.min.js").read_text(encoding="utf-8")
    assert text.count(library) == 1
    rest = text.replace(library, "")
    assert not re.search(
        r"""https?://|src=|href=|@import|url\(""",
        rest.replace("script.src =", "").replace("${script.src}", ""),
    )
    assert "<title>&lt;Dimers&gt;</title>" in text
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.html", "b.html"]


@pytest.mark.skipif(not shutil.which("chromium"), reason="needs a browser")
def test_browser_draws_the_page_and_asks_nobody(tmp_path, spectrum):
    """The log of the browser names every host that it asked."""
    plots.page(plots.spectrum_figure(spectrum, DIMERS, abundances=[3, 1]), tmp_path / "page.html")
    log = tmp_path / "net.json"
    command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
               "--disable-component-update", "--disable-background-networking", "--no-first-run",
               f"--user-data-dir={tmp_path / 'profile'}", f"--log-net-log={log}",
               "--virtual-time-budget=8000", "--window-size=1000,800", "--dump-dom",
               (tmp_path / "page.html").as_uri()]  # fmt: skip
    dom = subprocess.run(command, capture_output=True, text=True, timeout=120).stdout
    assert dom.count('class="trace scatter') == 5
    assert '<g class="legend"' in dom
    asked = {host for host in re.findall(r'"https?://([^/":]+)', log.read_text()) if "plot" in host}
    assert asked == set()


@pytest.mark.skipif(not shutil.which("node"), reason="needs node")
def test_script_is_valid():
    script = resources.files("supracrystal") / "_static" / "plot.js"
    subprocess.run(["node", "--check", str(script)], check=True)


def test_stacked_spectra_stand_at_equal_heights_on_one_axis():
    series = [f"[Au{x}Ag{44 - x}(p-MBA)30]4-" for x in (1, 6, 12)]
    spectra = [
        synthesise([each], [k + 1], resolution=20_000, mz=axis(2300, 2700, 20_000))
        for k, each in enumerate(series)
    ]
    axes = plots.stacked(
        spectra,
        ["1/40", "1/10", "1/4"],
        window=(2340, 2620),
        marks={"$x = 12$": 2602.65, "family": (2350, 2610)},
    )
    lines = axes.lines[:3]
    height = [line.get_ydata().max() - line.get_ydata().min() for line in lines]
    np.testing.assert_allclose(height, 1, atol=1e-6)
    assert np.diff([line.get_ydata().min() for line in lines]) == pytest.approx([1.15, 1.15], abs=1e-6)
    peaks = [line.get_xdata()[line.get_ydata().argmax()] for line in lines]
    assert peaks == sorted(peaks) and peaks[2] == pytest.approx(2602.65, abs=0.05)
    assert axes.get_xlim() == (2340, 2620)
    assert [text.get_text() for text in axes.texts] == ["1/40", "1/10", "1/4", "$x = 12$", "family"]
    for labels, window, message in (
        (["a"], None, "1 labels for 3 spectra"),
        (["a", "b", "c"], (1, 2), "'a' has no point"),
    ):
        with pytest.raises(ValueError, match=message):
            plots.stacked(spectra, labels, window=window)


def test_full_range_has_an_inset_for_each_species_with_measured_above_calculated(spectrum):
    figure = plots.full_range(spectrum, DIMERS)
    full, *insets = figure.axes
    assert [text.get_text() for text in full.texts] == ["1", "2"]
    assert [text.xy[0] for text in full.texts] == pytest.approx([3198.12, 3116.80], abs=0.01)
    for inset, apex in zip(insets, [3198.12, 3116.80], strict=True):
        calculated, measured = inset.lines
        assert calculated.get_ydata().max() == 1 and measured.get_ydata().max() == pytest.approx(2.2)
        found = reference.centroids(calculated.get_xdata(), calculated.get_ydata(), prominence=0.01)
        assert found["mz"][found["intensity"].argmax()] == pytest.approx(apex, abs=0.01)
        assert inset.get_title().startswith(r"$[\mathrm{Ag}")
    figure.savefig("/dev/null", format="png")
    with pytest.raises(ValueError, match="outside of the spectrum"):
        plots.full_range(spectrum, ["[Ag29(BDT)12]3-"])
    with pytest.raises(ValueError, match="give resolution"):
        plots.full_range(pd.DataFrame(spectrum.to_dict("list")), DIMERS)
