"""Print what a cold build and the tests cost: seconds of CPU of each chapter and of each file of tests.

``python benchmarks/cost.py chapters`` executes every chapter of the table of contents by itself, and
``python benchmarks/cost.py tests`` runs every file of tests by itself; names after that choose some of
them. CPU is that of the process and all its children, so that a busy machine changes it little.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from tqdm import tqdm

ROOT = Path(__file__).parents[1]
EXECUTE = """
import sys, jupytext
from nbclient import NotebookClient
notebook = jupytext.read(sys.argv[1])
where = {"metadata": {"path": sys.argv[2]}}
NotebookClient(notebook, timeout=1200, kernel_name="python3", resources=where).execute()
"""


def cpu_of(command, folder):
    """Run a command, and return its seconds of CPU with those of its children, and its exit status."""
    before = os.times()
    status = subprocess.run(
        command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ).returncode
    after = os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return used, status


def chapters():
    """Yield the name of each chapter with cells, and the command that executes it."""
    for name in re.findall(r"(?:file|root): (\S+)", (ROOT / "_toc.yml").read_text()):
        page = ROOT / "book" / f"{name}.md"
        if "{code-cell}" in page.read_text(encoding="utf-8"):
            yield name, [sys.executable, "-c", EXECUTE, str(page), str(page.parent)]


def tests():
    """Yield the name of each file of tests, and the command that runs it."""
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        yield str(path.relative_to(ROOT)), [sys.executable, "-m", "pytest", "-q", "-n", "0", str(path)]


def main(kind, *wanted):
    """Print a line for each chapter or file of tests, the most expensive first."""
    jobs = [job for job in {"chapters": chapters, "tests": tests}[kind]() if not wanted or job[0] in wanted]
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        os.environ["JUPYTER_DATA_DIR"] = folder
        for name, command in tqdm(jobs, desc=kind):
            rows.append((*cpu_of(command, ROOT), name))
    for used, status, name in sorted(rows, reverse=True):
        print(f"{used:8.1f} s  {name}{'' if status == 0 else f'  (exit status {status})'}")
    print(f"{sum(row[0] for row in rows):8.1f} s  all {len(rows)}")


if __name__ == "__main__":
    main(*sys.argv[1:] or ["chapters"])
