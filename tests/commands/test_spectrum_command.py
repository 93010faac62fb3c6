"""The commands as they are typed: what they print and write, and one message for what is wrong."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supracrystal.cli import main
from supracrystal.spectra import axis, read_spectrum, synthesise, write_spectrum

DIMER, FRAGMENT = "[Ag53(BDT)12(DMBT)16]3-", "[Ag52(BDT)12(DMBT)15]3-"
BOUNDS = ["--metals", "Ag:50-54,Pt:0-1", "--ligands", "BDT:12,DMBT:14-18", "--charges", "3-"]


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    path = tmp_path_factory.mktemp("measured") / "dimers.mzML"
    write_spectrum(synthesise([DIMER, FRAGMENT], [3, 1], signal_to_noise=30, seed=3), path)
    return path


def refused(capsys, *arguments, lines=1):
    """Run a command that must end with status 2 and nothing printed but its complaint."""
    assert main([str(each) for each in arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err.startswith("supracrystal: ")
    assert captured.err.count("\n") == lines
    return captured.err


def test_masses_are_printed_as_the_paper_has_them(capsys):
    """Acharya et al. (2025) print 3198 and 3117."""
    assert main(["spectrum", DIMER, FRAGMENT]) == 0
    first, *rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert first == ["formula", "charge", "electrons", "monoisotopic_mz", "average_mz", "apex_mz"]
    assert [row[:3] for row in rows] == [[DIMER, "-3", "16"], [FRAGMENT, "-3", "16"]]
    assert [round(float(row[-1])) for row in rows] == [3198, 3117]


def test_table_spectrum_and_figure_are_written_and_the_same_each_time(tmp_path, capsys):
    files = ["table.csv", "table.parquet", "figure.html", "spectrum.mzML"]
    seen = []
    for _ in range(2):
        for table in files[:2]:
            options = ["--plot", files[2], "--out", table, "--spectrum-out", files[3]]
            options = [str(tmp_path / each) if "." in each else each for each in options]
            assert main(["spectrum", DIMER, FRAGMENT, "--abundance", "3,1", "--noise", "20", *options]) == 0
        seen.append({path.name: path.read_bytes() for path in tmp_path.iterdir()})
    assert set(seen[0]) == set(files) and seen[0] == seen[1]
    tables = pd.read_csv(tmp_path / "table.csv"), pd.read_parquet(tmp_path / "table.parquet")
    pd.testing.assert_frame_equal(*tables, check_dtype=False)
    assert tables[0]["formula"].tolist() == [DIMER, FRAGMENT] and tables[0]["abundance"].tolist() == [3, 1]
    spectrum = read_spectrum(tmp_path / "spectrum.mzML")
    area = [
        np.trapezoid(part["intensity"], part["mz"])
        for part in (spectrum[spectrum["mz"] > 3160], spectrum[spectrum["mz"] < 3160])
    ]
    assert area == pytest.approx([3, 1], abs=0.15)
    said = {"representation": "profile", "polarity": "negative", "resolution": 20_000.0}
    assert said.items() <= spectrum.attrs.items()
    assert "supracrystal-plot" in seen[0]["figure.html"].decode()


def test_families_take_their_ranges_and_single_formulas_none(capsys):
    family = "[Au_xAg_{44-x}(p-MBA)30]4-"
    assert main(["spectrum", family, DIMER, "--range", "x=10:12", "--abundance", "2,1"]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()[1:]]
    assert [row[0] for row in rows] == [f"[Au{x}Ag{44 - x}(p-MBA)30]4-" for x in (10, 11, 12)] + [DIMER]
    assert [float(row[-1]) for row in rows] == [2, 2, 2, 1]
    assert main(["spectrum", "[Au_xAg_yCl2]-", "--range", "x=0,2", "--range", "y=1:2"]) == 0
    found = [line.split()[0] for line in capsys.readouterr().out.splitlines()[1:]]
    assert found == ["[AgCl2]-", "[Ag2Cl2]-", "[Au2AgCl2]-", "[Au2Ag2Cl2]-"]


def test_ligands_of_ones_own(tmp_path, capsys):
    file = tmp_path / "ligands.yaml"
    file.write_text(
        "XyS:\n  name: a thiolate\n  formula: C8H9S\n  denticity: 1\n  electrons: 1\n  charge: -1\n"
    )
    assert main(["spectrum", "[Ag25(XyS)18]-", "--ligand-file", str(file)]) == 0
    assert main(["spectrum", "[Ag25(DMBT)18]-"]) == 0
    own, built_in = (line.split()[1:] for line in capsys.readouterr().out.splitlines()[1::2])
    assert own == built_in


@pytest.mark.parametrize(
    "content", ["", "- 1\n", "a: [", "Xy: 3\n", "XyS:\n  name: x\n", "\0", "XyS: {formula: Q3}\n"]
)
def test_ligand_files_that_cannot_be_read_are_refused(tmp_path, capsys, content):
    file = tmp_path / "ligands.yaml"
    file.write_text(content)
    status = main(["spectrum", "[Ag25(XyS)18]-", "--ligand-file", str(file)])
    assert status == 2 and capsys.readouterr().err.startswith("supracrystal: ")


def test_caret_stands_under_the_place(capsys):
    message, shown, caret = refused(capsys, "spectrum", "[Ag53(BDT12(DMBT)16]3-", lines=3).splitlines()
    assert "missing" in message
    assert shown == "[Ag53(BDT12(DMBT)16]3-" and shown[caret.index("^")] == "("


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["[Ag25(SR)18]-"], "SR"),
        ([DIMER, DIMER], "given 2 times"),
        ([DIMER, "--range", "x=1:2"], "no formula has"),
        ([DIMER, "--range", "x=two"], "'x=two'"),
        ([DIMER, "--range", "x=3:2"], "empty"),
        (["[Ag_xCl2]-", "--range", "x=1:2", "--range", "x=3:4"], "one for each variable"),
        (["[Ag_xAu_yCl2]-", "--range", "x=1:1000", "--range", "y=1:1000"], "1,000,000 combinations"),
        ([DIMER, FRAGMENT, "--abundance", "1,2,3"], "3 numbers for 2 formulas"),
        ([DIMER, "--out", "table.xlsx"], "table.xlsx"),
        ([DIMER, "--plot", "plot.pdf"], ".html"),
        ([DIMER, "--out", "no/such/table.csv"], "no folder"),
        ([DIMER, "--out", "t.csv", "--spectrum-out", "t.csv"], "same name"),
        ([DIMER, "--spectrum-out", "t.raw"], "t.raw"),
        (["H+", DIMER, "--noise", "10", "--resolution", "9e6"], "points"),
        ([DIMER, "--ligand-file", "no/such.yaml"], "no/such.yaml"),
    ],
)
def test_wrong_options_of_spectrum_are_named(tmp_path, monkeypatch, capsys, arguments, named):
    monkeypatch.chdir(tmp_path)
    assert named in refused(capsys, "spectrum", *arguments)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "options",
    [
        ["--resolution", "0"],
        ["--resolution", "nan"],
        ["--resolution", "many"],
        ["--noise", "-3"],
        ["--abundance", "0,0"],
        ["--abundance", "x"],
        ["--shape", "box"],
    ],
)
def test_numbers_that_make_no_sense_are_refused(capsys, options):
    with pytest.raises(SystemExit) as caught:
        main(["spectrum", DIMER, *options])
    assert caught.value.code == 2
    assert options[0] in capsys.readouterr().err


def test_ions_of_a_file_are_found(tmp_path, measured, capsys):
    out, plot = tmp_path / "found.csv", tmp_path / "found.html"
    assert main(["assign", str(measured), *BOUNDS, "--out", str(out), "--plot", str(plot)]) == 0
    table = pd.read_csv(out)
    assert table["formula"].tolist() == [DIMER, FRAGMENT]
    assert (abs(table["abundance"] - [0.75, 0.25]) < 5 * table["uncertainty"]).all()
    printed = capsys.readouterr().out
    assert DIMER in printed and "2 of 21 candidates found" in printed
    assert float(re.search(r"resolving power ([\d,]+)", printed)[1].replace(",", "")) == pytest.approx(
        20_000, rel=0.02
    )
    data = plot.read_text(encoding="utf-8").rsplit('<script type="application/json">', 1)[1]
    shown = json.loads(data[: data.index("</script>")])["data"]
    assert [trace.get("legendgroup") for trace in shown[1::2]] == [DIMER, FRAGMENT]


def test_part_of_a_spectrum_and_electrons_narrow_the_candidates(measured, capsys):
    assert main(["assign", str(measured), *BOUNDS, "--mz", "3150:3250", "--electrons", "16"]) == 0
    printed = capsys.readouterr().out
    assert DIMER in printed and FRAGMENT not in printed


def test_spectrum_without_any_candidate_is_an_empty_table_not_an_error(tmp_path, capsys):
    """Noise alone."""
    mz = np.linspace(3150, 3250, 5000)
    noise = pd.DataFrame({"mz": mz, "intensity": np.random.default_rng(4).normal(size=len(mz))})
    write_spectrum(noise, tmp_path / "noise.csv")
    plot = str(tmp_path / "noise.html")
    assert (
        main(["assign", str(tmp_path / "noise.csv"), *BOUNDS, "--resolution", "20000", "--plot", plot]) == 0
    )
    assert capsys.readouterr().out.startswith("0 of ")


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"--metals": "Ag"}, "'Ag'"),
        ({"--metals": "Ag:60-20"}, "runs down"),
        ({"--charges": "0"}, "'0'"),
        ({"--charges": "three"}, "'three'"),
        ({"--metals": "Ag:0-100000,Au:0-100000"}, "compositions"),
        ({"--metals": "Ag:1-2", "--ligands": "Cl:1"}, "no species"),
        ({"--mz": "1:2"}, "no points"),
        ({"--scan": "7"}, "scan 7"),
        ({"--false-rate": "2"}, "false_rate"),
    ],
)
def test_wrong_bounds_are_named(tmp_path, monkeypatch, measured, capsys, change, named):
    monkeypatch.chdir(tmp_path)
    options = dict(zip(BOUNDS[::2], BOUNDS[1::2], strict=True)) | {"--out": "t.csv"} | change
    words = [word for pair in options.items() for word in pair]
    assert named in refused(capsys, "assign", measured, *words)
    assert list(tmp_path.iterdir()) == []


def test_symbol_that_is_no_element_has_its_caret(measured, capsys):
    message = refused(capsys, "assign", measured, "--metals", "AgXx:1-2", *BOUNDS[2:], lines=3)
    assert message.splitlines()[1:] == ["AgXx", "  ^"]


def test_damaged_file_is_named_and_the_input_is_not_overwritten(tmp_path, measured, capsys):
    broken = tmp_path / "broken.mzML"
    broken.write_bytes(measured.read_bytes()[:20_000])
    assert "broken.mzML: the mzML is damaged" in refused(capsys, "assign", broken, *BOUNDS)
    table = tmp_path / "table.csv"
    table.write_text("mz,intensity\n3198,1\n")
    assert "same name" in refused(capsys, "assign", table, *BOUNDS, "--out", table)


SILVER = ["--metals", "Ag:27-31", "--ligands", "BDT:10-13,PPh3:0-4", "--charges", "2-,3-"]
DOPED = [
    *("--metals", "Ag:40-46,Au:0-2", "--ligands", "FTP:26-31", "--charges", "4-", "--adducts", "Na:0-2"),
]


def assigned(tmp_path, capsys, spectrum, *options, name="s.mzML"):
    """Return the table and the lines that the command prints for a spectrum."""
    write_spectrum(spectrum, tmp_path / name)
    out = tmp_path / "found.csv"
    assert main(["assign", str(tmp_path / name), *options, "--out", str(out)]) == 0
    return pd.read_csv(out), capsys.readouterr().out


def cluster(shift=0.0, text="[Ag29(BDT)12]3-", window=(1590, 1620), resolution=15_000, **options):
    """Return the profile of one cluster on an axis with a shift in ppm."""
    mz = axis(*window, resolution, points=6)
    spectrum = synthesise([text], resolution=resolution, mz=mz, **{"signal_to_noise": 50} | options)
    spectrum = spectrum.assign(mz=spectrum["mz"] * (1 + 1e-6 * shift))
    spectrum.attrs = {"representation": "profile", "polarity": "negative"}
    return spectrum


def test_command_says_what_it_used(tmp_path, capsys):
    table, printed = assigned(tmp_path, capsys, cluster(), *SILVER)
    assert table["formula"].tolist() == ["[Ag29(BDT)12]3-"]
    assert "used: mzML, 1 of 1 scans, MS level 1, negative, profile; " in printed
    assert re.search(r"resolving power 1[45],\d{3} \(fitted\), shift [+-]\d\.\d\d ppm", printed)
    table, printed = assigned(tmp_path, capsys, cluster(), *SILVER, "--resolution", "15000", name="s.csv")
    assert "used: text, taken for profile by its m/z; " in printed
    assert "resolving power 15,000 (given)" in printed


def test_polarity_of_the_file_decides(tmp_path, capsys):
    write_spectrum(cluster(), tmp_path / "s.mzML")
    wrong = [*SILVER[:-1], "2+,3+"]
    message = refused(capsys, "assign", tmp_path / "s.mzML", *wrong)
    assert "s.mzML: its scans are negative, but --charges 2+,3+ are positive" in message
    _, printed = assigned(tmp_path, capsys, cluster(), *SILVER, "--kind", "profile")
    assert "note" not in printed


def test_what_the_file_says_and_the_option_denies_is_said(tmp_path, capsys):
    words = [*SILVER, "--kind", "centroid", "--resolution", "15000"]
    assert (
        "note: the file says profile; --kind centroid was followed"
        in assigned(tmp_path, capsys, cluster(), *words)[1]
    )


def test_coarse_profile_is_no_list_of_centroids(tmp_path, capsys):
    """Of a linear time of flight: points 0.5 apart at R = 600, where isotopes are not resolved."""
    mz = np.arange(36_000, 37_200, 0.5)
    spectrum = synthesise(["[Au144(PET)60]+"], resolution=600, mz=mz, signal_to_noise=60, seed=1)
    spectrum.attrs = {}
    bounds = ["--metals", "Au:140-148", "--ligands", "PET:56-62", "--charges", "1+"]
    for name in ("s.mzML", "s.csv"):
        _, printed = assigned(tmp_path, capsys, spectrum, *bounds, name=name)
        assert "[Au144(PET)60]+" in printed and "profile" in printed
        power = re.search(r"resolving power ([\d,]+)", printed)[1]
        assert float(power.replace(",", "")) == pytest.approx(600, rel=0.05)


def test_unit_of_intensity_does_not_matter_and_a_spike_is_named(tmp_path, capsys):
    spectrum = cluster()
    table, _ = assigned(
        tmp_path, capsys, spectrum.assign(intensity=1e290 * spectrum["intensity"]), *SILVER, name="s.csv"
    )
    assert table["formula"].tolist() == ["[Ag29(BDT)12]3-"]
    spiked = spectrum["intensity"].where(spectrum.index != 700, 1e200)
    write_spectrum(spectrum.assign(intensity=spiked), tmp_path / "spike.csv")
    message = refused(capsys, "assign", tmp_path / "spike.csv", *SILVER)
    assert "spike.csv: the intensity at m/z" in message and "1e+200" in message


def test_a_spectrum_of_one_point_is_refused(tmp_path, capsys):
    (tmp_path / "one.txt").write_text("1603.3 5\n")
    assert "one.txt has 1 points" in refused(capsys, "assign", tmp_path / "one.txt", *SILVER)


@pytest.mark.parametrize("shift", [30.0, -40.0, 48.0])
def test_near_isobar_does_not_take_over_on_a_shifted_axis(tmp_path, capsys, shift):
    """Au and FTP in the place of three Ag fit at another shift, 29 ppm away, but have another envelope."""
    spectrum = cluster(shift, "[Ag44(FTP)30]4-", (2090, 2190), 20_000, signal_to_noise=100, seed=2)
    table, _ = assigned(tmp_path, capsys, spectrum, *DOPED)
    assert table["formula"].tolist() == ["[Ag44(FTP)30]4-"]
    assert table["ppm"][0] == pytest.approx(shift, abs=1)


@pytest.mark.parametrize("calibration", ["0", "50"])
def test_what_is_not_within_the_bounds_is_not_found(tmp_path, capsys, calibration):
    spectrum = cluster(0, "[CuAg43(FTP)30]4-", (2090, 2190), 20_000, signal_to_noise=100, seed=2)
    words = [*DOPED, "--calibration", calibration, "--false-rate", "1"]
    table, printed = assigned(tmp_path, capsys, spectrum, *words)
    assert (table["confidence"] < 0.9).all()
    assert "not explained, at m/z: 21" in printed


def test_a_shift_at_its_bound_is_a_warning(tmp_path, capsys):
    spectrum = cluster(62, "[Ag44(FTP)30]4-", (2090, 2190), 20_000, signal_to_noise=100, seed=2)
    words = ["--metals", "Ag:43-45", "--ligands", "FTP:29-31", "--charges", "4-", "--false-rate", "1"]
    table, printed = assigned(tmp_path, capsys, spectrum, *words)
    # Lines are 117 ppm apart, so that 62 ppm are nearly as well -55.
    assert re.search(r"warning: the shift of the axis, [+-]50.0 ppm, is at its bound", printed)
    assert (table["confidence"] <= 0.5).all()


def test_example_of_the_readme_runs_as_printed(tmp_path, capsys, monkeypatch):
    """Its bounds hold more than twenty thousand ions of a spectrum from m/z 1000 to 6000."""
    text = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    (command,) = re.findall(r"^supracrystal (assign (?:.*\\\n)*.*)$", text, re.M)
    words = shlex.split(command.replace("\\\n", " "))
    mz = axis(1000, 6000, 10_000, points=4)
    spectrum = synthesise([DIMER, FRAGMENT], [3, 1], resolution=10_000, mz=mz, signal_to_noise=60, seed=3)
    monkeypatch.chdir(tmp_path)
    write_spectrum(spectrum, words[1])
    assert main(words) == 0
    printed = capsys.readouterr().out
    number = int(re.search(r"of (\d+) candidates", printed)[1])
    assert number > 20_000
    assert DIMER in printed


PIECES = [*"()[]{}+-^_0→é \n", "Ag", "Au", "x", "44-x", "BDT", "p-MBA", "3-", "12", "9" * 30]


@settings(deadline=None, derandomize=True, max_examples=150)
@given(st.one_of(st.text(max_size=25), st.lists(st.sampled_from(PIECES), max_size=10).map("".join)))
def test_any_formula_is_computed_or_refused(text):
    """`--` keeps a formula that begins with a hyphen from being an option."""
    for options in ([], ["--range", "x=1:2"]):
        assert main(["spectrum", *options, "--", text]) in (0, 2)


def test_module_runs_without_a_warning_and_writes_nothing_else(tmp_path):
    command = [sys.executable, "-W", "error", "-m", "supracrystal", "spectrum", DIMER, "--plot", "a.html"]
    found = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert found.stderr == "" and "3198.116" in found.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["a.html"]


def test_what_has_no_count_of_electrons_has_a_reason(capsys):
    assert main(["spectrum", "[AuCl4]-", "[Ag18H16(PPh3)10]2+", "[Ag25(SH)18]-"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[2] for line in lines[1:4]] == ["–", "–", "8"]
    assert lines[4].startswith(
        "no count of electrons: [AuCl4]- has -2 superatom electrons: the ligands and the charge"
    )
    assert lines[5].startswith("no count of electrons: [Ag18H16(PPh3)10]2+: 16 H in a cluster of silver")
    assert len(lines) == 6
