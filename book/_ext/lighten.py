"""Take out of a built site what its pages do not need.

* Formulas are typeset here, by MathJax in Node.js, so that no page loads or runs MathJax: nothing moves once
  a page is drawn, and formulas need no JavaScript. A fault in a formula ends the build.
* Figures become lossless WebP, of half the size.
* Style sheets keep the classes in use. Icons come from fonts that hold those in use, in place of a script of
  1.5 MB with all of them.
"""

import html
import json
import re
import shutil
import subprocess
from pathlib import Path

import pydata_sphinx_theme
from fontTools import subset
from fontTools.ttLib import TTFont
from PIL import Image

THEME = Path(pydata_sphinx_theme.__file__).parent / "theme" / "pydata_sphinx_theme" / "static"
OURS = ("supracrystal.css", "formulas.css")
FORMULA = re.compile(
    r'(?P<open><(?:span|div) class="(?:amsmath )?math notranslate nohighlight[^>]*>\s*'
    r'(?:<span class="eqno">.*?</span>)?)'
    r"\s*\\(?P<kind>[(\[])(?P<tex>[^<]*?)\\[)\]]",
    re.DOTALL,
)
RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
FONT = re.compile(r'(url\([^)]*)\.woff2\) format\("woff2"\),url\([^)]*\.ttf\) format\("truetype"\)')


def typeset(site, mathjax, known):
    """Typeset the formulas of all pages.

    Parameters
    ----------
    site, mathjax : Path
        The built site, and the npm package.
    known : Path
        Where the formulas of pages that are typeset already are kept: the style sheet has the letters of all.
    """

    def of(match):
        return html.unescape(match["tex"]), match["kind"] == "["

    pages = {path: path.read_text(encoding="utf-8") for path in site.rglob("*.html")}
    found = {of(match) for text in pages.values() for match in FORMULA.finditer(text)}
    before = json.loads(known.read_text(encoding="utf-8")) if known.exists() else []
    formulas = sorted(found | {tuple(each) for each in before})
    known.write_text(json.dumps(formulas), encoding="utf-8")
    node = shutil.which("node") or "node"
    run = subprocess.run(
        [node, Path(__file__).parent / "formulas.js", mathjax, "../_assets/mathjax/fonts"],
        input=json.dumps(formulas),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    made = json.loads(run.stdout)
    typeset_as = dict(zip(formulas, made["html"], strict=True))
    if wrong := [tex for (tex, _), text in typeset_as.items() if "data-mjx-error" in text]:
        raise ValueError(f"MathJax does not understand {wrong}")

    def replaced(match):
        return match["open"] + typeset_as[of(match)]

    for path, text in pages.items():
        new = FORMULA.sub(replaced, text)
        if new != text:
            root = re.search(r'data-content_root="([^"]*)"', text)[1]
            link = f'<link rel="stylesheet" href="{root}_static/formulas.css"/>'
            new = new.replace("</head>", f"{link}\n</head>", 1)
            path.write_text(new, encoding="utf-8")
    (site / "_static" / "formulas.css").write_text(made["css"], encoding="utf-8")
    fonts = mathjax / "es5" / "output" / "chtml" / "fonts" / "woff-v2"
    shutil.copytree(fonts, site / "_assets" / "mathjax" / "fonts", dirs_exist_ok=True)


def shrink_figures(site):
    """Write the figures as lossless WebP, and point the pages at these."""
    drawn = list((site / "_images").glob("*.png"))
    for path in drawn:
        with Image.open(path) as figure:
            figure.save(path.with_suffix(".webp"), lossless=True, quality=100)
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        new = re.sub(r"(_images/[\w.-]+)\.png", r"\1.webp", text)
        if new != text:
            page.write_text(new, encoding="utf-8")
    for path in drawn:
        path.unlink()


def thin_styles(site):
    """Leave in the style sheets the classes that pages and scripts name, and in the fonts the icons of these.

    Sphinx copies them anew for each build, so that a later page finds what it names.
    """
    static = site / "_static"
    words = set()
    for path in [*site.rglob("*.html"), *static.glob("*.js"), *static.glob("scripts/*.js")]:
        if path.name != "fontawesome.js":
            words |= set(re.findall(r"[\w-]+", path.read_text(encoding="utf-8")))

    def kept(rule):
        selectors = [rule[1]] if "(" in rule[1] or "@" in rule[1] else rule[1].split(",")
        used = [each for each in selectors if set(re.findall(r"\.([A-Za-z_-][\w-]*)", each)) <= words]
        return f"{','.join(used)}{{{rule[2]}}}" if used else ""

    for sheet in (path for path in static.rglob("*.css") if path.name not in OURS):
        style = re.sub(r"/\*(?!!).*?\*/", "", sheet.read_text(encoding="utf-8"), flags=re.DOTALL)
        style = re.sub(r"@media[^{}]+\{\s*\}", "", RULE.sub(kept, style))
        sheet.write_text(FONT.sub(r'\1.woff) format("woff")', style), encoding="utf-8")
    styles = "".join(path.read_text(encoding="utf-8") for path in static.rglob("*.css"))
    codes = {int(code, 16) for code in re.findall(r"\\(f[0-9a-f]{3})\b", styles)}
    for path in (THEME / "vendor").rglob("*.ttf"):
        font = TTFont(path, recalcTimestamp=False)
        subsetter = subset.Subsetter()
        subsetter.populate(unicodes=codes)
        subsetter.subset(font)
        font.flavor = "woff"
        copy = static / path.relative_to(THEME)
        copy.parent.mkdir(parents=True, exist_ok=True)
        font.save(copy.with_suffix(".woff"))
        for whole in (copy, copy.with_suffix(".woff2")):
            whole.unlink(missing_ok=True)
    for whole in (static / "scripts").glob("fontawesome.js*"):
        whole.unlink()
