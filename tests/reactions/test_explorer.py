"""The figure with two sliders: the page computes what Python computes from the model, and asks nobody."""

import json
import re
import shutil
import subprocess
from importlib import resources

import numpy as np
import pytest

from supracrystal.reactions import CLUSTERS, SPECIES, Parameters, course, explorer, ions
from supracrystal.spectra import electron_count, envelope, masses, plots

# Of the fit, rounded; what is tested does not hang on them.
PARAMETERS = Parameters(2, 100, 1e-4, 0.03, 0.5, 4e-3, 4e-6, 4e-5, -2.7, 1.9, -0.7)
RATIOS, MINUTES = ["1/3", "3", "6"], [0, 30, 1200]
FAMILY = SPECIES["framework"].to_numpy()[:CLUSTERS]
SCRIPT = resources.files("supracrystal") / "_static" / "explorer.js"
node = pytest.mark.skipif(not shutil.which("node"), reason="needs node")


@pytest.fixture(scope="module")
def amounts():
    return explorer.states(PARAMETERS, [1 / 3, 3, 6], MINUTES)


@pytest.fixture(scope="module")
def data(amounts):
    return explorer.page_data(amounts, RATIOS, MINUTES, notes={(1, 2): "<b>Fig. 3e</b>"})


@pytest.fixture(scope="module")
def drawn(data, tmp_path_factory):
    """Return what the script of the page computes for all points of the grid."""
    code = (
        f"const explore = require({json.dumps(str(SCRIPT))});"
        "const data = JSON.parse(require('fs').readFileSync(0));"
        "const out = []; for (let r = 0; r < 3; r++) for (let t = 0; t < 3; t++) {"
        "const a = explore.amounts(data, r, t);"
        "out.push({amounts: a, traces: explore.traces(data, a), top: explore.top(data, a),"
        "shares: data.families.map((f) => explore.share(data, a, f))}); }"
        "console.log(JSON.stringify(out));"
    )
    found = subprocess.run(
        ["node", "-e", code], input=json.dumps(data), capture_output=True, text=True, check=True
    )
    return np.reshape(json.loads(found.stdout), (3, 3))


def test_ions_are_those_of_the_model_and_keep_their_electrons():
    assert len(ions()) == CLUSTERS
    electrons = [electron_count(each) for each in ions()]
    assert electrons == [{30: 18, 27: 20, 26: 20}[each] for each in FAMILY]
    places = [masses(each).most_abundant_mz for each in ions()]
    assert explorer.WINDOW[0] < min(places) and max(places) < explorer.WINDOW[1]


def test_states_are_those_of_the_model(amounts):
    for k, ratio in enumerate((1 / 3, 3, 6)):
        expected = course(PARAMETERS, ratio, MINUTES)[:, :CLUSTERS]
        np.testing.assert_allclose(amounts[k], np.maximum(expected, 0), atol=1e-12)
    assert (amounts.sum(axis=-1) <= 1 + 1e-9).all()


@node
def test_page_has_the_amounts_of_the_model(amounts, drawn):
    for index in np.ndindex(3, 3):
        np.testing.assert_allclose(drawn[index]["amounts"], amounts[index], atol=0.5001 / explorer.SCALE)
        for family, share in zip(explorer.FAMILIES, drawn[index]["shares"], strict=True):
            assert share == pytest.approx(amounts[index][family == FAMILY].sum(), abs=1e-3)
        bars = np.concatenate([each["y"] for each in drawn[index]["traces"][:3]])
        assert bars == pytest.approx(100 * np.array(drawn[index]["amounts"]), abs=1e-9)
        assert bars.max() < drawn[index]["top"] <= 105


@node
def test_page_draws_the_envelopes_of_the_ions(drawn):
    """The lines of one family after another, computed one ion at a time."""
    for index in ((1, 1), (2, 2)):
        shown = drawn[index]
        highest = max(max(each["y"], default=0) for each in shown["traces"][3:6])
        assert highest == pytest.approx(100, abs=1e-9)
        lines = {}
        for text, amount, family in zip(ions(), shown["amounts"], FAMILY, strict=True):
            ion = envelope(text, coverage=0.99)
            if amount > 0:
                lines.setdefault(family, []).append((ion["mz"], amount * ion["abundance"]))
        top = max(height.max() for family in lines.values() for _, height in family)
        for family, trace in zip(explorer.FAMILIES, shown["traces"][3:6], strict=True):
            if family not in lines:
                assert trace["x"] == []
                continue
            mz, height = (np.concatenate(each) for each in zip(*lines[family], strict=True))
            np.testing.assert_allclose(trace["x"][1::3], mz, atol=0.02)
            np.testing.assert_allclose(trace["y"][1::3], 100 * height / top, atol=0.1)
            assert set(trace["y"][::3]) == {0} and trace["x"][::3] == trace["x"][2::3]


@node
def test_figure_before_any_move_is_that_of_the_page(drawn):
    shown = drawn[1, 1]
    for trace, other in zip(explorer.figure(shown["amounts"]).data, shown["traces"], strict=True):
        np.testing.assert_allclose(trace.y, other["y"], atol=0.1)


def test_page_is_small_and_names_its_states(data, amounts):
    text = explorer.html(data, 1, 1, alt="Two panels", script="none")
    assert len(text) < 300_000
    assert text == explorer.html(data, 1, 1, alt="Two panels", script="none")
    held = json.loads(re.search(r'class="states">(.*?)</script>', text, re.S)[1])
    assert held["notes"] == {"1,2": "<b>Fig. 3e</b>"} and held["times"] == ["when mixed", "30 min", "20 h"]
    assert np.shape(held["amounts"]) == (amounts.size,)
    assert not re.search(r"https?://|src=|href=|@import|url\(", text.replace("script.src =", ""))
    with pytest.raises(ValueError, match="time is 3; allowed are the numbers from 0 to 2"):
        explorer.html(data, 1, 3, alt="Two panels", script="none")


@pytest.mark.skipif(not shutil.which("chromium"), reason="needs a browser")
def test_browser_follows_the_sliders(tmp_path, data, amounts):
    move = (
        "<script>setTimeout(() => {"
        "document.querySelectorAll('supracrystal-explorer input').forEach((each) => {"
        " each.value = 2; each.dispatchEvent(new Event('input')); }); }, 1000);</script>"
    )
    body = explorer.html(data, 0, 0, alt="Two panels", script="inline") + move
    (tmp_path / "page.html").write_text(f"<!doctype html><meta charset=utf-8>{body}", encoding="utf-8")
    command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
               "--no-first-run", f"--user-data-dir={tmp_path / 'profile'}", "--virtual-time-budget=4000",
               "--window-size=1000,1200", "--dump-dom", (tmp_path / "page.html").as_uri()]  # fmt: skip
    dom = subprocess.run(command, capture_output=True, text=True, timeout=120).stdout
    assert re.findall(r"<output>(.*?)</output>", dom) == ["6", "20 h"]
    kept = amounts[2, 2].round(4)
    shares = [kept[family == FAMILY].sum() for family in explorer.FAMILIES]
    shown = re.findall(r'data-family="\d">(.*?)</b>', dom)
    for text, share in zip(shown, shares, strict=True):
        assert text == ("&lt;1 %" if 0 < share < 0.005 else f"{round(100 * share)} %")
    assert dom.count('class="trace bars"') == 3
    assert "The paper says nothing" in dom


@node
def test_script_is_valid():
    subprocess.run(["node", "--check", str(SCRIPT)], check=True)


def test_plotly_is_served_where_other_figures_have_it(data):
    assert f'data-library="{plots.LIBRARY}"' in explorer.html(data, 0, 0, alt="x", script="site")
