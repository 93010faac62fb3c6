"""The built pages in a headless Chromium: errors, requests, weight, accessibility, widths, views and search.

``make site`` runs these after ``make book``. Without a site or a browser they are skipped, with the reason.
"""

import functools
import io
import json
import os
import re
import shutil
import threading
import time
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

ROOT = Path(__file__).parents[2]
SITE = (ROOT / "_build" / "html").resolve()
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
BROWSER = shutil.which("chromium") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
REASON = (
    "there is no site in _build/html: make book"
    if not (SITE / "index.html").is_file()
    else "chromium and chromedriver are not installed"
    if not (BROWSER and DRIVER)
    else ""
    if os.environ.get("SUPRACRYSTAL_SITE")
    else "these are the tests of make site"
)
pytestmark = pytest.mark.skipif(bool(REASON), reason=REASON or "-")
PAGES = sorted(
    path.relative_to(SITE).as_posix()
    for path in SITE.rglob("*.html")
    if not {"_static", "_assets", "_sources"} & set(path.parts) and path.name != "404.html"
    if 'http-equiv="refresh"' not in path.read_text(encoding="utf-8")[:1000]
)
VIEWS = [page for page in PAGES if "<supracrystal-view" in (SITE / page).read_text(encoding="utf-8")]
PHONE = {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True}
SHIFT = 0.1
WEIGHT = {"index.html": 1_000_000, "": 3_000_000}
"""Bytes without compression, before a reader scrolls."""
FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1280,900",
    "--force-prefers-reduced-motion",
    "--enable-unsafe-swiftshader",
]


class Quiet(SimpleHTTPRequestHandler):
    """Serves files without a line for each."""

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture(scope="module")
def address():
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=SITE))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER
    for flag in [*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('chromium')}"]:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options, webdriver.ChromeService(DRIVER))
    # On a machine that does much else a large page takes minutes; that is no fault of the page.
    driver.command_executor.client_config.timeout = 600
    driver.set_page_load_timeout(300)
    driver.set_script_timeout(300)
    driver.execute_cdp_cmd("Network.setCacheDisabled", {"cacheDisabled": True})
    yield driver
    driver.quit()


def wait(browser, script, seconds=120):
    """Wait until the script returns something true, and return that."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := browser.execute_script(f"return {script}"):
            return found
        time.sleep(0.1)
    raise AssertionError(f"after {seconds} s there is still no {script}")


def axe(browser, options):
    """Return the serious violations of accessibility, with the first elements."""
    found = browser.execute_async_script(
        "const done = arguments[arguments.length - 1];"
        f"axe.run({{exclude: ['mjx-container']}}, {options}).then(r => done(r.violations.map("
        "v => [v.impact, v.id, v.nodes.slice(0, 4).map(n => n.html.slice(0, 160))])))"
    )
    return [each for each in found if each[0] in ("serious", "critical")]


def draw_first_view(browser):
    """Draw the first 3D view and turn it by keys; return what is wrong, and seconds until it was drawn."""
    start = time.monotonic()
    browser.execute_script(
        "window.view = document.querySelector('supracrystal-view'); view.scrollIntoView({block: 'center'})"
    )
    wait(browser, "view.classList.contains('drawn')", 300)
    seconds = time.monotonic() - start
    pixels = """(() => { if (view.spinning) view.spin(false);
        view.viewer.render(); const copy = document.createElement('canvas');
        copy.width = copy.height = 64; const to = copy.getContext('2d', {willReadFrequently: true});
        to.drawImage(view.querySelector('canvas'), 0, 0, 64, 64);
        return Array.from(to.getImageData(0, 0, 64, 64).data); })()"""
    before = wait(browser, pixels)
    browser.execute_script(
        "view.querySelector('.scene').dispatchEvent(new KeyboardEvent('keydown', {key: 'ArrowRight'}))"
    )
    wrong = [] if len(set(before)) > 8 else ["the first view shows one colour and the ground at most"]
    return wrong + ["the first view does not turn"] * (wait(browser, pixels) == before), seconds


@pytest.mark.parametrize("page", PAGES)
def test_page(browser, address, page):
    """One visit of a page; what was measured goes to ``_build/site``."""
    browser.get_log("browser"), browser.get_log("performance")
    browser.get(address + page)
    wait(browser, "document.readyState === 'complete'")
    time.sleep(0.3)
    wrong = []
    shift, weight = browser.execute_async_script("""
        const done = arguments[arguments.length - 1];
        const parts = ['navigation', 'resource'].flatMap(kind => performance.getEntriesByType(kind));
        let shift = 0;
        const add = list => list.getEntries().forEach(e => { if (!e.hadRecentInput) shift += e.value; });
        new PerformanceObserver(add).observe({type: 'layout-shift', buffered: true});
        setTimeout(() => done([shift, parts.reduce((sum, part) => sum + part.decodedBodySize, 0)]), 100);""")
    measured = {"kB": round(weight / 1000), "layout shift": round(shift, 3)}
    if shift >= SHIFT:
        wrong.append(f"the layout shifts by {shift:.2f}")
    if weight > WEIGHT.get(page, WEIGHT[""]):
        wrong.append(f"the page weighs {weight:,} bytes")

    browser.execute_script(AXE.read_text(encoding="utf-8"))
    wrong += axe(browser, "{resultTypes: ['violations'], preload: false}")
    browser.execute_script("document.documentElement.dataset.theme = 'dark'")
    wrong += axe(browser, "{resultTypes: ['violations'], preload: false, runOnly: ['color-contrast']}")
    browser.execute_script("document.documentElement.dataset.theme = 'light'")

    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", PHONE)
    try:
        width = browser.execute_script("return document.documentElement.scrollWidth")
        if width > PHONE["width"]:
            wrong.append(f"on a phone of {PHONE['width']} pixels the page is {width} wide")
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})

    if page in VIEWS:
        faults, measured["first view, s"] = draw_first_view(browser)
        wrong += faults
    errors = [entry["message"] for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]
    sent = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    asked = [
        each["params"]["request"]["url"] for each in sent if each["method"] == "Network.requestWillBeSent"
    ]
    wrong += errors + [url for url in asked if not url.startswith((address, "data:", "blob:", "chrome"))]
    report = SITE.parent / "site" / f"{page.removesuffix('.html').replace('/', '-')}.json"
    report.parent.mkdir(exist_ok=True)
    report.write_text(json.dumps(measured), encoding="utf-8")
    assert wrong == []


def test_player_moves_the_particles(browser, address):
    players = [page for page in VIEWS if 'class="time"' in (SITE / page).read_text(encoding="utf-8")]
    assert players
    browser.get(address + players[0])
    browser.execute_script(
        "window.view = document.querySelector('supracrystal-view:has(.time)'); view.scrollIntoView()"
    )
    wait(browser, "view.classList.contains('drawn')", 300)
    label = browser.execute_script("return view.querySelector('output').textContent")
    browser.execute_script(
        "const time = view.querySelector('.time'); time.value = 0; time.dispatchEvent(new Event('input'))"
    )
    assert wait(browser, "view.frame === 0")
    assert browser.execute_script("return view.querySelector('output').textContent") != label


@pytest.mark.parametrize("word", ["Bergman", "CSV", "DLS", "AFM", "tutorial", "glossary", "cite", "licence"])
def test_search_finds_what_a_reader_means(browser, address, word):
    browser.get(f"{address}search.html?q={word}")
    assert wait(browser, "document.querySelectorAll('#search-results li').length")


def test_a_lost_reader_and_a_search_engine_find_the_site():
    import lxml.html

    lost = lxml.html.parse(SITE / "404.html").getroot()
    assert any(link.get("href").endswith("index.html") for link in lost.iterfind(".//a[@href]"))
    listed = (SITE / "sitemap.xml").read_text(encoding="utf-8")
    for page in PAGES:
        if page in ("search.html", "genindex.html", "py-modindex.html"):
            continue
        root = lxml.html.parse(SITE / page).getroot()
        said = root.xpath("//meta[@name='description']/@content")
        assert said and len(said[0]) > 20, page
        assert f"/{page}<" in listed, page


def test_dark_mode_is_dark(browser, address):
    browser.get(address)
    # The theme may still set itself, and colours may fade: asked until both are over.
    assert wait(
        browser,
        "(document.documentElement.dataset.theme = 'dark',"
        "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3).every(c => c < 64))",
        seconds=20,
    )


def in_the_dark(browser, image):
    """Return the pixels of an image file, and what the browser shows for them in the dark."""
    with Image.open(SITE / "_images" / Path(image.get_property("src")).name) as file:
        drawn = np.asarray(file.convert("RGB"), int)
    browser.execute_script(
        "document.documentElement.dataset.theme = 'dark'; document.body.style.visibility = 'hidden';"
        "Object.assign(arguments[0].style, {visibility: 'visible', position: 'fixed', top: 0, left: 0,"
        "margin: 0, maxWidth: 'none', width: arguments[0].naturalWidth + 'px'})",
        image,
    )
    shown = np.asarray(Image.open(io.BytesIO(browser.get_screenshot_as_png())).convert("RGB"), int)
    browser.execute_script("arguments[0].style.visibility = 'hidden'", image)
    # Beside a long page stands a scroll bar.
    width = browser.execute_script("return document.documentElement.clientWidth")
    rows, columns = min(len(drawn), len(shown)), min(drawn.shape[1], width)
    return drawn[:rows, :columns], shown[:rows, :columns]


def test_in_the_dark_plots_have_the_ground_of_the_page_and_pictures_stay(browser, address):
    plot = ".cell:not(.tag_picture) .cell_output img:not(supracrystal-view img)"
    with_picture = [page for page in PAGES if "tag_picture" in (SITE / page).read_text(encoding="utf-8")]
    for page in with_picture:
        browser.get(address + page)
        wait(browser, "document.readyState === 'complete'")
        drawn, shown = in_the_dark(browser, browser.find_element("css selector", ".tag_picture img"))
        assert np.array_equal(drawn, shown), page
        if plots := browser.find_elements("css selector", plot):
            break
    drawn, shown = in_the_dark(browser, plots[0])
    ground = browser.execute_script("return getComputedStyle(document.body).backgroundColor")
    white, black = (drawn == 255).all(axis=-1), (drawn == 0).all(axis=-1)
    assert white.mean() > 0.5
    assert black.any()
    assert np.abs(shown[white] - [int(part) for part in re.findall(r"\d+", ground)[:3]]).max() <= 1
    assert shown[black].min() > 220


def test_links_and_anchors_within_the_site_lead_somewhere():
    import lxml.html

    pages = {page: lxml.html.parse(SITE / page).getroot() for page in PAGES}
    broken = []
    for page, root in pages.items():
        for link in root.iterfind(".//a[@href]"):
            target, _, anchor = link.get("href").partition("#")
            if "://" in target or target.startswith(("mailto:", "data:")):
                continue
            place = (SITE / page).parent / target if target else SITE / page
            place = place / "index.html" if place.is_dir() else place
            if not place.is_file():
                broken.append((page, link.get("href")))
            elif anchor and place.suffix == ".html":
                other = pages.get(place.resolve().relative_to(SITE).as_posix())
                if other is not None and not other.xpath("//*[@id=$id or @name=$id]", id=anchor):
                    broken.append((page, link.get("href")))
    assert broken == []
