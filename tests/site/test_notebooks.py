"""Chapters as notebooks: each runs from top to bottom in a fresh kernel, and a 3D view shows there.

``make site`` runs these. Two chapters stand for all, which ``make book`` executes: one with 3D views, one
that reads recorded data.
"""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(
    not os.environ.get("SUPRACRYSTAL_SITE"), reason="these are the tests of make site"
)


@pytest.mark.parametrize("chapter", ["wang2021/laves", "acharya2025/balance"])
def test_chapter_runs_as_a_notebook(chapter, monkeypatch):
    import jupytext
    from nbclient import NotebookClient

    path = ROOT / "book" / f"{chapter}.md"
    notebook = jupytext.read(path)
    monkeypatch.delenv("SUPRACRYSTAL_BOOK", raising=False)
    NotebookClient(
        notebook, timeout=600, kernel_name="python3", resources={"metadata": {"path": str(path.parent)}}
    ).execute()
    shown = [
        output.get("data", {}).get("text/html", "")
        for cell in notebook.cells
        for output in cell.get("outputs", [])
    ]
    views = ["".join(html) for html in shown if "<supracrystal-view" in html]
    assert bool(views) == ("view.particles(" in path.read_text(encoding="utf-8"))
    assert all(
        "$3Dmol" in html and "data-library" not in html.split("<supracrystal-view")[1] for html in views
    )
