"""Views: seconds to build and bytes beside py3Dmol's own, and, with chromium, milliseconds until drawn.

The peer is what py3Dmol writes for the same spheres from XYZ text, with the colours of two species and no
picture behind. Ratios are those of the peer to ours.

The headless browser draws in software on the processor. There almost all the time of a frame goes into
filling pixels, whatever the number of particles, so that the growth with the number tells more than the
times; a graphics card is faster by orders of magnitude.
"""

import html
import re
import shutil
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

import numpy as np
import py3Dmol
from timing import timed

from supracrystal import view
from supracrystal.colloids import make_particles

NUMBERS = (1, 226, 1_000, 10_000, 100_000)
OPTIONS = "--headless --no-sandbox --disable-gpu --enable-unsafe-swiftshader --use-angle=swiftshader"
PROBE = """<script>
addEventListener("load", () => {
  const element = document.querySelector("supracrystal-view");
  const wait = () => {
    if (!element.classList.contains("drawn")) return setTimeout(wait, 10);
    const gl = element.viewer.getRenderer().getContext(), pixel = new Uint8Array(4);
    const finish = () => gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, pixel);
    finish();
    const drawn = performance.now(), times = [];
    for (let k = 0; k < 5; k++) {
      const begin = performance.now();
      element.viewer.rotate(3, "vy");
      finish();
      times.push(performance.now() - begin);
    }
    const begin = performance.now();
    element.cut(0);
    finish();
    const imposters = element.viewer.getRenderer().supportedExtensions().supportsImposters;
    console.log("MEASURED " + [drawn, times.sort((a, b) => a - b)[2], performance.now() - begin,
      performance.memory.usedJSHeapSize / 1e6].map((x) => x.toFixed(0)).join(" ") + " " + imposters);
  };
  wait();
});
</script>"""


def measure(text):
    """Return ms until drawn, ms of a frame, ms of a cut, MB of JavaScript heap, and use of impostors."""
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        page.write_text(f"<!doctype html><html><body>{view.script_tag()}{text}{PROBE}</body></html>")
        command = ["chromium", *OPTIONS.split(), "--window-size=800,620", "--enable-logging=stderr"]
        command += ["--enable-precise-memory-info", "--remote-debugging-port=0"]
        command += [f"--user-data-dir={folder}/profile", page.as_uri()]
        browser = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        try:
            for line in browser.stderr:
                if found := re.search(r"MEASURED ([^\"]*)", html.unescape(line)):
                    return found[1].split()
        finally:
            browser.terminate()
            browser.wait()


def by_py3dmol(frame):
    """Return the page that py3Dmol makes of the spheres by itself."""
    lines = [f"{'CO'[kind]} {x:.3f} {y:.3f} {z:.3f}" for kind, (x, y, z) in
             zip(frame.particles.typeid, frame.particles.position, strict=True)]  # fmt: skip
    scene = py3Dmol.view(width=800, height=460)
    scene.addModel("\n".join([str(len(lines)), "", *lines]), "xyz")
    for element, radius, color in (("C", 0.5, "cyan"), ("O", 0.39, "red")):
        scene.setStyle({"elem": element}, {"sphere": {"radius": radius, "color": color}})
    scene.zoomTo()
    return scene._make_html()


def main():
    """Print one line for each number of particles."""
    generator = np.random.default_rng(2021)
    drawn = bool(shutil.which("chromium")) and "--no-browser" not in sys.argv
    print(
        f"{'N':>8}{'build s':>9}{'ratio':>7}{'bytes':>10}{'bytes/N':>9}{'ratio':>7}"
        + "   drawn ms  frame ms  cut ms  heap MB" * drawn
    )
    before = None
    for number in NUMBERS:
        lattice = np.array(list(np.ndindex(*[int(np.ceil(number ** (1 / 3) - 1e-9))] * 3)))[:number]
        position = 0.95 * lattice + generator.normal(scale=0.03, size=(number, 3))
        frame = make_particles(position, generator.random(number) < 1 / 3)
        options = {"color": generator.random(number), "clip": ((1, 1, 1), 1e6), "alt": "Spheres"}
        seconds, text = timed(partial(view.particles, frame, script="none", **options), 1)
        peer_seconds, peer = timed(partial(by_py3dmol, frame), 1)
        line = f"{number:8d}{seconds:9.2f}{peer_seconds / seconds:7.2f}{len(text):10d}"
        if before:
            marginal, of_peer = (np.array([len(text), len(peer)]) - before[1:]) / (number - before[0])
            line += f"{marginal:9.1f}{of_peer / marginal:7.1f}"
        else:
            line += " " * 16
        before = number, len(text), len(peer)
        if drawn:
            first, each, cut, heap, imposters = measure(text)
            line += f"{first:>11}{each:>10}{cut:>8}{heap:>9}   impostors: {imposters}"
        print(line, flush=True)


if __name__ == "__main__":
    main()
