"""What is written beside recorded files says how to make them again, and lets them be checked."""

import json
import subprocess
import sys

import pytest

from supracrystal.records import describe


def test_checksums_are_those_of_the_system_and_what_is_said_stands_there(tmp_path):
    (tmp_path / "series.csv").write_bytes(b"step\n1\n")
    describe(tmp_path / "series.json", ["series.csv"], command="python run.py", packages=["numpy"], seed=3)
    made = json.loads((tmp_path / "series.json").read_text(encoding="utf-8"))
    assert made["command"] == "python run.py" and made["seed"] == 3
    # Of the seven bytes, by another program.
    assert made["sha256"] == {
        "series.csv": "3270cca061427b1a27f5d8eedac358d7723e4a2c02ca7adbb89449614a5fef82"
    }
    asked = "import numpy, platform; print(platform.python_version(), numpy.__version__)"
    python, numpy = subprocess.check_output([sys.executable, "-c", asked], text=True).split()
    assert made["versions"] == {"python": python, "numpy": numpy}


def test_nothing_is_written_if_a_file_is_missing(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"series\.csv"):
        describe(tmp_path / "series.json", ["series.csv"], command="", packages=[])
    assert not list(tmp_path.iterdir())
