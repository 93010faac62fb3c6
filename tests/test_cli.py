"""The command line: what it prints, its exit status, and one line for what is wrong."""

import json
import subprocess
import sys
from importlib import metadata

import pytest

from supracrystal import claims
from supracrystal.cli import main

COMMANDS = ("claims", "analyse", "confine", "spectrum", "assign", "cluster", "assemble", "tomography")


def ended(*arguments):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    return caught.value.code


def test_claims_are_printed_with_both_values_and_the_verdict(capsys):
    assert main(["claims", "--paper", "wang2021", "--chapter", "laves"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "wang2021/size-ratio: reproduced (print only)"
    assert lines[2] == "    printed 0.78; ours 0.778"
    judged = claims.evaluate("wang2021", "laves")
    assert lines[-1] == f"{len(judged)} claims: {claims.in_words(judged)}"
    assert max(map(len, lines)) < 240


def test_claims_are_chosen_by_kind_and_verdict(capsys):
    options = ["--paper", "wang2021", "--chapter", "laves", "--kind", "print only"]
    assert main(["claims", *options, "--verdict", "print inconsistent", "--json"]) == 0
    found = [row["id"] for row in json.loads(capsys.readouterr().out)]
    assert found == ["number-ratio-methods", "recipe"]


def test_claims_have_a_schema(capsys):
    assert main(["claims", "--schema"]) == 0
    assert json.loads(capsys.readouterr().out) == claims.schema()


def test_claims_as_json_are_the_register_with_the_verdicts(capsys):
    assert main(["claims", "--paper", "wang2021", "--chapter", "laves", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    judged = claims.evaluate("wang2021", "laves")
    assert [f"{row['paper']}/{row['id']}" for row in rows] == list(judged.index)
    assert [row["verdict"] for row in rows] == list(judged["verdict"])
    row = next(row for row in rows if (row["paper"], row["id"]) == ("wang2021", "size-ratio"))
    assert row["value"] == "0.78"
    assert row["computed"] == pytest.approx(7 / 9)


@pytest.mark.parametrize("option", [[], ["--json"]])
def test_verdict_that_does_not_hold_gives_status_1(monkeypatch, capsys, option):
    surprising = claims.read_claims("wang2021", "laves").assign(differs="It was thought to.")
    monkeypatch.setattr("supracrystal.claims.register.read_claims", lambda *_: surprising)
    assert main(["claims", *option]) == 1
    assert "thought" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["claims", "--paper", "wang2020"], "'wang2020'"),
        (["claims", "--chapter", "nowhere"], "'nowhere'"),
        (["analyse", "no/such/file.gsd"], "no/such/file.gsd"),
        (["assign", "no/such.mzML", "--metals", "Ag:1-9", "--charges", "3-"], "no/such.mzML"),
        (["spectrum", "[Ag29(BDT)12]3-", "--out", "table.xlsx"], "table.xlsx"),
        (["tomography", "no/such.mrc", "--out", "no/such/folder"], "no/such/folder"),
    ],
)
def test_wrong_input_is_one_line_and_status_2(capsys, arguments, named):
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("supracrystal: ")
    assert captured.err.count("\n") == 1
    assert named in captured.err


@pytest.mark.parametrize("arguments", [[], ["forge"], ["claims", "--colour"], ["analyse"]])
def test_wrong_options_are_status_2(capsys, arguments):
    assert ended(*arguments) == 2
    assert capsys.readouterr().err.startswith("usage: supracrystal")


@pytest.mark.parametrize("arguments", [["--help"], *([command, "--help"] for command in COMMANDS)])
def test_help_names_the_commands_and_their_options(capsys, arguments):
    assert ended(*arguments) == 0
    out = capsys.readouterr().out
    assert all(word in out for word in (COMMANDS if arguments[0] == "--help" else ["usage:", arguments[0]]))


def test_version_is_that_of_the_package(capsys):
    assert ended("--version") == 0
    assert capsys.readouterr().out == f"supracrystal {metadata.version('supracrystal')}\n"


def test_the_version_costs_no_library():
    code = (
        "import sys\nfrom supracrystal.cli import main\ntry: main(['--version'])\nexcept SystemExit: pass\n"
    )
    code += "print({'numpy', 'pandas', 'matplotlib', 'scipy', 'ase', 'lxml'} & set(sys.modules))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.splitlines()[-1] == "set()"


def test_programming_errors_keep_their_traceback(monkeypatch):
    monkeypatch.setattr("supracrystal.claims.register.evaluate", lambda *_, **__: None + 1)
    with pytest.raises(TypeError, match="NoneType"):
        main(["claims"])


def test_debug_shows_the_traceback_of_wrong_input():
    with pytest.raises(FileNotFoundError):
        main(["--debug", "analyse", "no/such/file.gsd"])


def test_a_missing_extra_is_one_line_with_the_command_that_installs_it(monkeypatch, capsys):
    def missing(*_, **__):
        raise ModuleNotFoundError("No module named 'astra'", name="astra")

    monkeypatch.setattr("supracrystal.claims.register.evaluate", missing)
    assert main(["claims"]) == 2
    assert capsys.readouterr().err.endswith("pip install 'supracrystal[tomography]'\n")


def test_module_runs_and_survives_a_reader_that_leaves():
    command = [sys.executable, "-W", "error", "-m", "supracrystal", "claims", "--chapter", "density"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdout.close()
    error = process.stderr.read()
    process.stderr.close()
    process.wait()
    assert error == b""
