"""What this book asks of Sphinx beyond Jupyter Book.

* A chapter is executed again when the code or the data it stands on change. jupyter-cache sees the cells
  alone, so a digest of the rest is kept for each chapter: of every module that its cells import, directly
  or through other modules, of the recorded data, and of the lock.
* 3Dmol and Plotly are served by the site, from ``_assets``. (Under ``_static`` Jupyter Book would link every
  script on every page.) MathJax sets the formulas when the site is built (``lighten.py``).
* Thebe, which would come from another host, is left out.
* A build that failed fails again until its cause is gone.
* A link to a term of the glossary carries its definition, which the style shows on hover and focus.
* Each notebook is offered for download without outputs and with cell names that stay the same.
"""

import ast
import functools
import hashlib
import html
import json
import os
import re
import shutil
from pathlib import Path

import lighten
import nbformat
from jupyter_cache import get_cache

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "supracrystal"
CELL = re.compile(r"(?ms)^```\{code-cell\}[^\n]*\n(?:---\n.*?^---\n|(?::[^\n]*\n)*)(.*?)^```")
KEY = re.compile(r"(?<![:`])`([a-z]+[12]\d{3}[a-z]?)`(?!`)")
TITLE = "supracrystal: clusters and nanoparticles that react, join and order"
DEFINITION = re.compile(r'(?s)<dt id="(term-[^"]+)"(?=.*?<dd>(.*?)</dd>)')
TERM = re.compile(r'(?<=<a class="reference internal" )(?=href="[^"]*glossary\.html#(term-[^"]+)")')
UNUSED = {
    "design-tabs": "sd-tab-set",
    "togglebutton": r'class="([^"]*admonition[^"]*dropdown|([^"]* )?toggle[ "])',
}
"""Scripts that go where a page does not have what they act on."""


@functools.cache
def imported(text):
    """Return the names that Python text imports from the package, as ``(module, name)``."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "supracrystal":
            found |= {(node.module, alias.name) for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {(alias.name, "") for alias in node.names if alias.name.split(".")[0] == "supracrystal"}
    return found


@functools.cache
def files_of(module, name):
    """Return the files that an import brings: of a module, or of the module of a room that has the name."""
    place = PACKAGE.joinpath(*module.split(".")[1:])
    if (place / f"{name}.py").is_file():
        return {place / f"{name}.py"}
    if place.with_suffix(".py").is_file():
        return {place.with_suffix(".py")}
    if (place / name / "__init__.py").is_file():
        place, name = place / name, ""
    if place == PACKAGE:
        return {PACKAGE / "__init__.py"}
    # The surface of a room is a dictionary of its modules and their names.
    surface = [
        node
        for node in ast.walk(ast.parse((place / "__init__.py").read_text()))
        if isinstance(node, ast.Dict)
    ]
    for table in map(ast.literal_eval, surface):
        for owner, names in table.items():
            if name in names:
                return {place / f"{owner}.py", place / "__init__.py"}
    return set(place.glob("*.py"))


def reached(text, paper):
    """Return the files of the package that Python text stands on, through all imports.

    The register imports the claims of a paper by name, so that a page of the paper stands on those alone.
    """
    others = {PACKAGE / "claims" / f"{path.stem}.py" for path in (ROOT / "data" / "claims").glob("*.yaml")}
    others.discard(PACKAGE / "claims" / f"{paper}.py")
    todo = {file for each in imported(text) for file in files_of(*each)} - others
    done = set()
    while todo:
        file = todo.pop()
        done.add(file)
        found = {other for each in imported(file.read_text(encoding="utf-8")) for other in files_of(*each)}
        todo |= found - done - others
    return done


def digests(docnames):
    """Return, for each page, a digest of the code, the data and the lock that its results stand on."""
    papers = {path.stem for path in (ROOT / "data" / "claims").glob("*.yaml")}
    code = {path for path in PACKAGE.rglob("*.py") if "__pycache__" not in path.parts}
    other = [path for path in PACKAGE.rglob("*") if path.suffix not in (".py", ".pyc") and path.is_file()]
    data = [path for path in (ROOT / "data").rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    digest = {
        path: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in [*code, *other, *data, ROOT / "requirements.lock"]
    }

    def of(docname):
        cells = CELL.findall((ROOT / "book" / f"{docname}.md").read_text(encoding="utf-8"))
        paper = docname.split("/")[0]
        if paper in papers or not any("claims" in cell for cell in cells):
            used = {file for cell in cells for file in reached(cell, paper)}
        else:
            used = code  # the register of all papers
        used = [
            (str(path.relative_to(ROOT)), value)
            for path, value in digest.items()
            if path in used or path not in code
        ]
        return hashlib.sha256(json.dumps(sorted(used)).encode()).hexdigest()

    return {docname: of(docname) for docname in docnames}


def outdated(app, env, added, changed, removed):
    """Drop the stored results of the pages whose digest changed, and have them read again."""
    now = digests(env.found_docs)
    cache = get_cache(app.config.nb_execution_cache_path or Path(app.outdir).parent / ".jupyter_cache")
    stored = Path(cache.path) / "digests.json"
    before = json.loads(stored.read_text()) if stored.exists() else {}
    stale = {env.doc2path(name) for name in now if before.get(name) != now[name]}
    for record in cache.list_cache_records():
        if record.uri in stale:
            cache.remove_cache(record.pk)
    stored.write_text(json.dumps(now, indent=1, sort_keys=True))
    read = getattr(env, "compendium_digests", {})
    env.compendium_digests = now
    return [name for name in now if name in env.all_docs and read.get(name) != now[name]]


def copy_assets(app):
    """Put the scripts that the pages use beside them."""
    if app.builder.format != "html":
        return
    target = Path(app.outdir) / "_assets"
    modules = ROOT / "node_modules"
    (target / "mathjax").mkdir(parents=True, exist_ok=True)
    shutil.copyfile(PACKAGE / "_static" / "3Dmol-min.js", target / "3Dmol-min.js")
    shutil.copyfile(modules / "3dmol" / "LICENSE", target / "3Dmol-LICENSE.txt")
    # Bars and lines are all that the figures need of Plotly; its licence stands in its script.
    plotly = modules / "plotly.js-basic-dist-min" / "plotly-basic.min.js"
    shutil.copyfile(plotly, target / "plotly.min.js")
    shutil.copyfile(modules / "mathjax" / "LICENSE", target / "mathjax" / "LICENSE.txt")


def drop_scripts(app, pagename, templatename, context, doctree):
    """Leave out Thebe, which comes from elsewhere, and MathJax, whose work is done when the site is built."""
    if "script_files" in context:
        context["script_files"] = [
            script
            for script in context["script_files"]
            if not re.search("thebe|mathjax", f"{script} {getattr(script, 'attributes', '')}".lower())
        ]


def tidy_downloads(app, exception):
    """Write the notebooks for download as a reader wants to open them, and the same in every build."""
    if exception or app.builder.format != "html":
        return
    for path in (Path(app.outdir) / "_sources").rglob("*.ipynb"):
        notebook = nbformat.read(path, as_version=4)
        kernel = notebook.metadata.get("kernelspec", {})
        notebook.metadata = nbformat.from_dict({"kernelspec": kernel})
        for number, cell in enumerate(notebook.cells):
            cell.id = f"cell-{number}"
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
        nbformat.write(notebook, path)


@functools.cache
def definitions(glossary):
    """Return the definitions in a page of the glossary, by the addresses of their terms."""
    told = {term: html.unescape(re.sub("<[^>]+>", "", text)) for term, text in DEFINITION.findall(glossary)}
    return {term: html.escape(" ".join(text.split())) for term, text in told.items()}


def define_terms(page, glossary):
    """Return a page whose links to terms carry the definitions of the glossary."""
    page = re.sub(r' ?data-definition="[^"]*" ?', " ", page)
    return TERM.sub(lambda link: f'data-definition="{definitions(glossary)[link[1]]}" ', page)


def tidy_pages(app, exception):
    """Put right in the pages what accessibility asks for and the theme leaves out."""
    if exception or app.builder.format != "html":
        return
    glossary = Path(app.outdir) / "reference" / "glossary.html"
    glossary = glossary.read_text(encoding="utf-8") if glossary.exists() else ""
    for path in Path(app.outdir).rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        new = text.replace("<th></th>", "<td></td>")  # the empty corner of a table is no header
        new = new.replace(' aria-label="Toggle hidden content"', "")  # the label that is read is the text
        new = new.replace(
            '<summary><span class="toctree-toggle"',
            '<summary aria-label="Show or hide the pages of this section"><span class="toctree-toggle"',
        )
        new = re.sub(r' role="doc-(?:biblioentry|backlink)"|(?<=<div) role="list"', "", new)
        new = new.replace("<title>supracrystal &#8212; supracrystal</title>", f"<title>{TITLE}</title>")
        new = define_terms(new, glossary)
        new = re.sub(r"<script[^>]*fontawesome\.js[^>]*></script>", "", new)
        if path.name != "search.html":  # only there does a reader search
            new = re.sub(r'<script src="[^"]*(searchtools|language_data|searchindex)\.js"></script>', "", new)
        for script, needed in UNUSED.items():
            if not re.search(needed, new):
                new = re.sub(rf"<script[^>]*{script}\.js[^>]*></script>", "", new)
        if new != text:
            path.write_text(new, encoding="utf-8")


def lighten_site(app, exception):
    """Typeset formulas, shrink figures, and keep of styles and icons what is in use."""
    if exception or app.builder.format != "html":
        return
    site = Path(app.outdir)
    lighten.typeset(site, ROOT / "node_modules" / "mathjax", Path(app.doctreedir) / "formulas.json")
    lighten.shrink_figures(site)
    lighten.thin_styles(site)


def forget_failures(app, exception):
    """Have all pages read again after a build with warnings, which a second build would not repeat."""
    if exception or app.statuscode or app._warncount:
        (Path(app.doctreedir) / "environment.pickle").unlink(missing_ok=True)


def link_citations(app, what, name, obj, options, lines):
    """Turn the keys of works in a docstring, such as `wang2021`, into citations."""
    lines[:] = [KEY.sub(lambda found: f":cite:`{found[1]}`", line) for line in lines]


def setup(app):
    """Connect the above to Sphinx."""
    os.environ["SUPRACRYSTAL_BOOK"] = "1"
    # Chapters, landing page and scoreboard share one evaluation of the register.
    os.environ.setdefault("SUPRACRYSTAL_CACHE", str(Path(app.outdir).parent / ".supracrystal"))
    app.connect("builder-inited", copy_assets)
    app.connect("env-get-outdated", outdated)
    app.connect("html-page-context", drop_scripts, priority=900)
    app.connect("autodoc-process-docstring", link_citations)
    app.connect("build-finished", tidy_downloads)
    app.connect("build-finished", tidy_pages)
    app.connect("build-finished", lighten_site, priority=900)  # after the theme wrote its own
    app.connect("build-finished", forget_failures)
    return {"version": "1", "parallel_read_safe": False, "parallel_write_safe": True}
