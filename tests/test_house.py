"""The rules of the house: what must hold of the repository itself."""

import importlib
import inspect
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import lxml.html
import numpy as np
import pytest
import yaml
from PIL import Image

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "supracrystal"
ROOMS = sorted(path.parent.name for path in PACKAGE.glob("*/__init__.py"))
LOCKS = ["requirements.lock", "requirements-bench.lock"]


def extension(name):
    """Import a module of book/_ext."""
    folder = str(ROOT / "book" / "_ext")
    if folder not in sys.path:
        sys.path.append(folder)
    return importlib.import_module(name)


def test_importing_the_package_imports_no_library():
    code = "import sys, supracrystal; print(*({'numpy', 'matplotlib', 'freud', 'ase'} & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.split() == []


def surface():
    """Yield the public functions that the rooms name in their ``__init__``."""
    for room in sorted(set(ROOMS) - {"claims"}):  # the register is shown in the book and on the command line
        module = importlib.import_module(f"supracrystal.{room}")
        for name in getattr(module, "__all__", []):
            value = getattr(module, name)
            if inspect.isfunction(value):
                yield pytest.param(value, id=f"{room}.{name}")


@pytest.mark.parametrize("function", list(surface()))
def test_public_functions_have_an_example(function):
    assert re.search(r"^ *Examples\n *-{8}\n[\s\S]*>>> ", function.__doc__ or "", re.MULTILINE)


@pytest.mark.parametrize("room", ROOMS)
def test_every_name_of_a_room_is_there_and_no_module_hides_it(room):
    module = importlib.import_module(f"supracrystal.{room}")
    modules = {path.stem for path in (PACKAGE / room).glob("*.py")}
    names = set(getattr(module, "__all__", [])) - modules
    assert all(hasattr(module, name) for name in names)
    assert not modules & {param.values[0].__name__ for param in surface() if param.id.startswith(f"{room}.")}


def test_every_work_that_is_cited_is_listed_and_every_listed_one_is_cited():
    listed = set(re.findall(r"(?m)^@\w+\{([^,]+),", (ROOT / "book" / "references.bib").read_text()))
    kinds = {"src": ("py", "yaml"), "data": ("py", "yaml"), "book": ("md",)}
    files = [
        path for folder, ends in kinds.items() for end in ends for path in (ROOT / folder).rglob(f"*.{end}")
    ]
    text = "".join(path.read_text(encoding="utf-8") for path in files)
    cited = re.findall(r"`([a-z]+[12][0-9]{3}[a-z]?)`", text)
    for group in re.findall(r"\{cite(?::\w+)?\}`([^`]+)`", text):
        cited += [key.strip() for key in group.split(",")]
    assert set(cited) - listed == set()
    assert {key for key in listed if key not in text} == set()


@pytest.mark.parametrize("name", LOCKS)
def test_locks_hold_hashes_for_all_and_no_address(name):
    text = (ROOT / name).read_text()
    requirements = re.split(r"\n(?=\S)", text.strip())
    assert all("--hash=sha256:" in each and "==" in each for each in requirements)
    assert "://" not in text and "index" not in re.sub(r"(?m)^[a-z0-9._-]+==.*$", "", text)


def test_the_lock_of_the_peers_repeats_nothing_and_names_what_else_they_need():
    pinned, added = (set(re.findall(r"(?m)^([a-z0-9._-]+)==", (ROOT / name).read_text())) for name in LOCKS)
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    peers = {re.match("[a-z0-9-]+", each)[0] for each in extras["bench"]}
    assert not pinned & added
    assert {"numpy", "freud-analysis", "scipy"} <= pinned
    assert peers <= pinned | added


def test_the_citation_has_the_version_of_the_package():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert f"\nversion: {version}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")


def test_conda_asks_for_the_same_versions_as_pip():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    named = environment + next(item["pip"] for item in environment if isinstance(item, dict))
    conda = {item.replace(" ", "").lower() for item in named if isinstance(item, str)}
    other_names = {"freud-analysis": "freud", "matplotlib": "matplotlib-base"}
    for requirement in project:
        name, version = re.fullmatch(r"([\w-]+)(.*)", requirement.lower()).groups()
        assert re.sub(r"\.0$", "", other_names.get(name, name) + version) in conda, requirement


def test_scripts_are_locked_by_hash_and_not_by_address():
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    assert {"node_modules/3dmol", "node_modules/mathjax"} <= set(packages)
    for name, package in packages.items():
        assert not name or package["integrity"].startswith("sha512-")
        assert "resolved" not in package


def test_repository_holds_no_copy_of_3dmol():
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if tracked.returncode:
        pytest.skip("not a git checkout")
    assert not [path for path in tracked.stdout.split() if "3dmol" in path.lower()]


@pytest.mark.parametrize(
    "path", sorted((ROOT / ".github" / "workflows").glob("*.yml")), ids=lambda path: path.name
)
def test_workflows_run_only_make_targets(path):
    targets = set(re.findall(r"(?m)^([a-z]+):", (ROOT / "Makefile").read_text()))
    jobs = yaml.safe_load(path.read_text())["jobs"]
    commands = [step["run"] for job in jobs.values() for step in job["steps"] if "run" in step]
    assert commands
    # What make released is published by the command line of GitHub, as nothing else can.
    for command in commands:
        if command.startswith("gh release create "):
            assert path.name == "release.yml" and "make release" in commands
            continue
        target = re.fullmatch(r"make ([a-z]+)( BIN=\$CONDA_PREFIX/bin)?", command)
        assert target and target[1] in targets, command


def test_every_chapter_is_in_the_table_of_contents():
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text())
    listed = {toc["root"], *re.findall(r"file: (\S+)", (ROOT / "_toc.yml").read_text())}
    book = ROOT / "book"
    # JupyterLab keeps copies of what was saved in hidden folders.
    pages = {path.relative_to(book).with_suffix("").as_posix() for path in book.rglob("*.md")}
    assert listed == {page for page in pages if "/." not in page and not page.startswith(".")}


def test_chapter_is_stale_when_what_it_imports_changes_and_only_then(tmp_path, monkeypatch):
    compendium = extension("compendium")
    package = tmp_path / "src" / "supracrystal"
    files = {
        "__init__.py": "",
        "view/__init__.py": "surface = {'show': ['particles']}",
        "view/show.py": "",
        "view/style.py": "",
        "colloids/__init__.py": "surface = {'laves': ['laves_phase'], 'order': ['classify']}",
        "colloids/laves.py": "from supracrystal.view import particles",
        "colloids/order.py": "",
        "claims/__init__.py": "",
        "claims/register.py": "",
        "claims/wang2021.py": "from supracrystal.colloids import classify",
        "claims/lin2022.py": "",
    }
    pages = {
        "index": "from supracrystal import claims",
        "wang2021/laves": "from supracrystal.colloids import laves_phase",
        "wang2021/order": "from supracrystal import claims\nfrom supracrystal.colloids import order",
        "lin2022/alloys": "from supracrystal import claims",
    }
    for name, text in files.items():
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).write_text(text)
    for name, text in pages.items():
        (tmp_path / "book" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "book" / f"{name}.md").write_text(
            f"# Page\n\n```{{code-cell}} ipython3\n:tags: [a]\n\n{text}\n```\n"
        )
    (tmp_path / "data" / "claims").mkdir(parents=True)
    for paper in ("wang2021", "lin2022"):
        (tmp_path / "data" / "claims" / f"{paper}.yaml").write_text("")
    (tmp_path / "requirements.lock").write_text("")
    monkeypatch.setattr(compendium, "ROOT", tmp_path)
    monkeypatch.setattr(compendium, "PACKAGE", package)

    def changed(path):
        compendium.files_of.cache_clear()
        before = compendium.digests(pages)
        path.parent.mkdir(exist_ok=True)
        path.write_text(path.read_text() + "#" if path.exists() else "#")
        compendium.files_of.cache_clear()
        after = compendium.digests(pages)
        return {page for page in pages if before[page] != after[page]}

    assert changed(package / "view" / "show.py") == {"index", "wang2021/laves"}
    assert changed(package / "colloids" / "laves.py") == {"index", "wang2021/laves"}
    assert changed(package / "colloids" / "order.py") == {"index", "wang2021/order"}
    assert changed(package / "claims" / "lin2022.py") == {"index", "lin2022/alloys"}
    assert changed(package / "claims" / "register.py") == {"index", "wang2021/order", "lin2022/alloys"}
    assert changed(package / "view" / "style.py") == {"index"}
    assert changed(tmp_path / "requirements.lock") == set(pages)
    assert changed(tmp_path / "data" / "claims" / "new.json") == set(pages)
    assert changed(tmp_path / "README.md") == set()


def test_chapters_find_files_through_the_package():
    cell = extension("compendium").CELL
    for path in (ROOT / "book").rglob("*.md"):
        code = "".join(cell.findall(path.read_text(encoding="utf-8")))
        assert not re.search(r"""["']\.\.?/""", code), f"{path} reads by a path that a download does not have"


def test_links_to_terms_carry_the_definitions_of_the_glossary():
    glossary = """<dt id="term-tube">tube<a href="#term-tube">#</a></dt><dd><p>A "row" of
        <em>pentagons</em>, r &lt; 1.</p></dd>
        <dt id="term-a">a</dt><dt id="term-b">b</dt><dd><p>Both.</p></dd>"""
    links = [
        f'<a class="reference internal" href="../reference/glossary.html#term-{term}">'
        for term in ("tube", "a", "b")
    ]
    define = extension("compendium").define_terms
    page = define(" ".join([*links, "<a href='glossary.html'>"]), glossary)
    assert define(page, glossary) == page  # a page that is defined already stays as it is
    shown = [link.get("data-definition") for link in lxml.html.fromstring(page).iter("a")]
    assert shown == ['A "row" of pentagons, r < 1.', "Both.", "Both.", None]


def test_page_that_asks_another_host_is_found(tmp_path):
    offline = extension("offline")
    (tmp_path / "good.html").write_text(
        '<a href="https://doi.org/1">paper</a><script src="_assets/3Dmol-min.js"></script>'
        '<link rel="canonical" href="https://supracrystal.org"><img src="data:image/png;base64,AA">'
    )
    assert offline.foreign(tmp_path) == []
    bad = {
        "script.html": '<script src="https://cdn.org/a.js"></script>',
        "style.html": '<link rel="stylesheet" href="//fonts.org/a.css">',
        "inline.html": "<style>@import 'https://fonts.org/a.css';</style>",
        "picture.html": '<img srcset="a.png 1x, https://cdn.org/a.png 2x">',
        "font.css": "@font-face { src: url(https://fonts.org/a.woff2) }",
    }
    for name, text in bad.items():
        (tmp_path / name).write_text(text)
    assert {path.name for path, _ in offline.foreign(tmp_path)} == set(bad)


@pytest.fixture
def site(tmp_path):
    """Make a site of one page, with one formula and one icon."""
    styles = tmp_path / "_static" / "styles"
    styles.mkdir(parents=True)
    (tmp_path / "index.html").write_text(
        '<html data-content_root="./"><head></head><i class="fa-solid fa-bars"></i>'
        '<span class="math notranslate nohighlight">\\(a &lt; b^2\\)</span></html>',
        encoding="utf-8",
    )
    (styles / "some.css").write_text(
        '@media print{.fa-bars:before,.fa-bus:before{content:"\\f0c9"}}.fa-bus{color:red}p{margin:0}'
    )
    return tmp_path


def test_formulas_are_typeset_with_mathml_and_a_wrong_one_is_refused(site):
    mathjax = ROOT / "node_modules" / "mathjax"
    if not mathjax.is_dir():
        pytest.skip("MathJax is installed by make book")
    lighten, known = extension("lighten"), site / "formulas.json"
    for _ in range(2):  # a page that is typeset already stays as it is
        lighten.typeset(site, mathjax, known)
        text = (site / "index.html").read_text(encoding="utf-8")
        assert text.count("<mo>&lt;</mo>") == 1 and text.count("formulas.css") == 1 and "\\(" not in text
    assert "mjx-c" in (site / "_static" / "formulas.css").read_text(encoding="utf-8")
    (site / "index.html").write_text('<span class="math notranslate nohighlight">\\(\\nonsense\\)</span>')
    with pytest.raises(ValueError, match="nonsense"):
        lighten.typeset(site, mathjax, known)


def test_figures_become_webp_of_the_same_pixels(site, random_generator):
    figures, lighten = site / "_images", extension("lighten")
    pixels = np.repeat(random_generator.integers(256, size=(64, 64, 3), dtype=np.uint8), 8, axis=1)
    figures.mkdir()
    Image.fromarray(pixels).save(figures / "one.png")
    size = (figures / "one.png").stat().st_size
    (site / "index.html").write_text('<img src="_images/one.png"/><a href="https://a.org/two.png">')
    for _ in range(2):  # a page whose figures are shrunk already stays as it is
        lighten.shrink_figures(site)
        text = (site / "index.html").read_text()
        assert text == '<img src="_images/one.webp"/><a href="https://a.org/two.png">'
        assert [path.name for path in figures.iterdir()] == ["one.webp"]
    assert (figures / "one.webp").stat().st_size < size
    with Image.open(figures / "one.webp") as figure:
        assert (np.asarray(figure) == pixels).all()


def test_style_sheets_and_icon_fonts_keep_what_the_pages_name(site):
    from fontTools.ttLib import TTFont

    extension("lighten").thin_styles(site)
    style = (site / "_static" / "styles" / "some.css").read_text()
    assert style == '@media print{.fa-bars:before{content:"\\f0c9"}}p{margin:0}'
    solid = TTFont(next(site.rglob("fa-solid-900.woff")))
    assert set(solid.getBestCmap()) == {0xF0C9}
