"""What this book asks of Sphinx beyond Jupyter Book.

* A chapter is executed again when the code or the data it stands on change. jupyter-cache sees the cells
  alone, so a digest of the rest is kept for each chapter. ``book/NAME/`` stands on
  ``src/supracrystal/NAME/`` and on what all domains share; the pages beside it stand on everything.
* 3Dmol, Plotly and MathJax are served by the site, from ``_assets``. (Under ``_static`` Jupyter Book would
  link every script on every page.)
* Thebe, which would come from another host, is left out.
* A build that failed fails again until its cause is gone.
* Each notebook is offered for download without outputs and with cell names that stay the same.
"""

import hashlib
import json
import os
import shutil
from importlib import resources
from pathlib import Path

import nbformat
from jupyter_cache import get_cache

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "supracrystal"
MATHJAX = ("tex-chtml.js", "output/chtml/fonts", "input/tex/extensions", "a11y", "sre")


def digests(docnames):
    """Return, for each page, a digest of the code, the data and the lock that its results stand on."""
    contents = {}
    for path in [*PACKAGE.rglob("*"), *(ROOT / "data").rglob("*"), ROOT / "requirements.lock"]:
        if path.is_file() and "__pycache__" not in path.parts:
            contents[path] = hashlib.sha256(path.read_bytes()).hexdigest()
    domains = {path.parent for path in PACKAGE.glob("*/__init__.py")}

    def digest(docname):
        own = PACKAGE / docname.split("/")[0]
        others = domains - {own} if own in domains else set()
        used = {
            str(path.relative_to(ROOT)): value
            for path, value in contents.items()
            if not others & set(path.parents)
        }
        return hashlib.sha256(json.dumps(sorted(used.items())).encode()).hexdigest()

    return {docname: digest(docname) for docname in docnames}


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
    # The licences of Plotly and of what it contains stand in its script.
    plotly = resources.files("plotly") / "package_data" / "plotly.min.js"
    (target / "plotly.min.js").write_bytes(plotly.read_bytes())
    shutil.copyfile(modules / "mathjax" / "LICENSE", target / "mathjax" / "LICENSE.txt")
    for name in MATHJAX:
        source, copy = modules / "mathjax" / "es5" / name, target / "mathjax" / name
        if source.is_dir():
            shutil.copytree(source, copy, dirs_exist_ok=True)
        else:
            shutil.copyfile(source, copy)


def drop_thebe(app, pagename, templatename, context, doctree):
    """Leave out the script, loaded from elsewhere, that would run cells on the page."""
    if "script_files" in context:
        context["script_files"] = [
            script
            for script in context["script_files"]
            if "thebe" not in f"{script} {getattr(script, 'attributes', '')}".lower()
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


def forget_failures(app, exception):
    """Have all pages read again after a build with warnings, which a second build would not repeat."""
    if exception or app.statuscode or app._warncount:
        (Path(app.doctreedir) / "environment.pickle").unlink(missing_ok=True)


def setup(app):
    """Connect the above to Sphinx."""
    os.environ["SUPRACRYSTAL_BOOK"] = "1"
    app.connect("builder-inited", copy_assets)
    app.connect("env-get-outdated", outdated)
    app.connect("html-page-context", drop_thebe, priority=900)
    app.connect("build-finished", tidy_downloads)
    app.connect("build-finished", forget_failures)
    return {"version": "1", "parallel_read_safe": False, "parallel_write_safe": True}
