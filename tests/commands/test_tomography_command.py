"""The command against simulated series of known particles, and what it refuses before it begins."""

import json
import re
import shutil
import tracemalloc

import h5py
import mrcfile
import numpy as np
import pandas as pd
import pytest
import tifffile
from scipy.stats import norm

from supracrystal.cli import main
from supracrystal.colloids import icosahedral_cluster
from supracrystal.commands import tomography as command
from supracrystal.tomography import align, score_particles, straighten, tilt_series
from supracrystal.tomography import files as tiltfiles

ANGLES, PIXEL, SHAPE = np.arange(-72, 73, 9.0), 1.2, (50, 54)
FILES = [
    "alignment.csv",
    "particles.csv",
    "pictures.png",
    "slices.png",
    "species.png",
    "summary.json",
    "volume.mrc",
]


def drift():
    return np.random.default_rng(1).normal(size=(len(ANGLES), 2))


@pytest.fixture(scope="module")
def truth():
    """Return the innermost 57 particles of the ideal cluster, in nm."""
    frame = icosahedral_cluster(number=57)
    types = np.array(frame.particles.types)[frame.particles.typeid]
    return pd.DataFrame(9.9 * frame.particles.position, columns=["x", "y", "z"]).assign(type=types)


@pytest.fixture(scope="module")
def series(truth, tmp_path_factory):
    """Return the file of a series in counts, with background, drift and a turned axis."""
    options = {"drift": drift(), "axis_angle": 2.0, "blur": 0.4, "dose": 30, "seed": 2, "progress": False}
    pictures = tilt_series(truth, ANGLES, PIXEL, SHAPE, **options) * 30 + 100
    path = tmp_path_factory.mktemp("series") / "one.mrc"
    tiltfiles.write_series(path, pictures, ANGLES, pixel=PIXEL)
    return path


@pytest.fixture(scope="module")
def run(series):
    """Return the folder of a whole run, and the most memory that arrays took until the figures."""
    memory, grey_values = [], command.grey_values

    def measured(*arguments):
        memory.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        return grey_values(*arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(command, "grey_values", measured)
        tracemalloc.start()
        assert main(["tomography", str(series), "--out", str(series.parent / "found"), "--blur", "0.4"]) == 0
    return series.parent / "found", memory[0]


def test_all_particles_are_found_in_their_places_with_their_types(run, truth):
    found = pd.read_csv(run[0] / "particles.csv")
    result = score_particles(found, truth, within=1, rigid=True)
    assert result["recall"] == result["precision"] == 1
    assert result["confused"] == 0
    assert result["error"] < 0.2
    assert (found["diameter"] == found["type"].map({"L": 9.9, "S": 7.7})).all()


def test_drift_and_axis_are_those_put_in_but_for_what_moves_all(run):
    table = pd.read_csv(run[0] / "alignment.csv")
    assert table["tilt"].tolist() == ANGLES.tolist()
    assert json.loads((run[0] / "summary.json").read_text())["axis_angle"] == pytest.approx(2, abs=0.15)
    theta, rest = np.radians(ANGLES), table[["u", "v"]].to_numpy() - drift()
    moves = np.column_stack([np.cos(theta), np.sin(theta)])
    rest[:, 0] -= moves @ np.linalg.lstsq(moves, rest[:, 0], rcond=None)[0]
    assert (rest.std(axis=0) < 0.1 * PIXEL).all()


def test_what_is_written_is_whole_and_fits_together(run, series):
    folder = run[0]
    assert sorted(path.name for path in folder.iterdir()) == FILES
    assert sorted(path.name for path in folder.parent.iterdir()) == ["found", "one.mrc", "one.rawtlt"]
    summary = json.loads((folder / "summary.json").read_text())
    found = pd.read_csv(folder / "particles.csv")
    assert summary["particles"] == {"total": 57, **found["type"].value_counts().to_dict()}
    for column, fit in summary["species"].items():
        assert fit["misidentified"] < 0.01
        assert (found[column] > fit["threshold"]).tolist() == (found["type"] == "L").tolist()
    assert 0.01 < summary["residual"] < 0.3
    assert mrcfile.validate(folder / "volume.mrc")
    with mrcfile.open(folder / "volume.mrc") as file:
        assert file.data.shape == (SHAPE[1], *SHAPE)
        assert float(file.voxel_size.x) == pytest.approx(10 * PIXEL)
        middle = np.rint(found[["z", "y", "x"]] / PIXEL + (np.array(file.data.shape) - 1) / 2).astype(int)
        assert file.data[tuple(middle.to_numpy().T)].min() > 2 * file.data.mean()


def test_analyse_reads_what_was_written_and_assumes_no_length(run, tmp_path, capsys):
    assert main(["analyse", str(run[0] / "particles.csv"), "--output", str(tmp_path / "report")]) == 0
    out = capsys.readouterr().out
    assert "57 particles" in out
    assert "diameter" not in out and "size ratio" not in out
    assert json.loads((tmp_path / "report" / "summary.json").read_text())["length"]["L_diameter"] == 9.9


def test_no_more_memory_is_held_than_was_said(run, series):
    pictures, _, _ = tiltfiles.read_series(series)
    said = command.peak_memory(pictures, PIXEL, {"L": 7.6, "S": 5.2}, {"L": 9.9, "S": 7.7}, 0.4, None)
    tables = 2e6  # of footprints, whatever the size
    assert run[1] < said - command.LIBRARY_BYTES + tables < 8 * run[1]


def test_an_axis_that_alignment_missed_is_found_by_the_fit(series, truth, tmp_path, monkeypatch):
    def off(pictures, angles, *, pixel, **_):
        _, moved, axis_angle = align(pictures, angles, pixel=pixel)
        return straighten(pictures, moved, pixel=pixel, axis_angle=axis_angle - 0.8), moved, axis_angle - 0.8

    monkeypatch.setattr(command, "align", off)
    assert main(["tomography", str(series), "--out", str(tmp_path / "off"), "--blur", "0.4"]) == 0
    summary = json.loads((tmp_path / "off" / "summary.json").read_text())
    assert summary["axis_angle"] == pytest.approx(2, abs=0.15)
    result = score_particles(pd.read_csv(tmp_path / "off" / "particles.csv"), truth, within=1, rigid=True)
    assert result["recall"] == result["precision"] == 1
    assert result["error"] < 0.2


def stopped(*_, **__):
    raise KeyboardInterrupt


def test_a_stopped_run_goes_on_from_its_volume_if_nothing_changed(series, run, tmp_path, monkeypatch, capsys):
    out = tmp_path / "again"
    words = ["tomography", str(series), "--out", str(out), "--blur", "0.4"]
    with monkeypatch.context() as patch:
        patch.setattr(command, "find_spheres", stopped)
        assert main(words) == 130
        assert sorted(path.name for path in (tmp_path / "again.partial").iterdir()) == [
            "summary.json",
            "volume.mrc",
        ]
    monkeypatch.setattr(command, "sirt", stopped)
    assert main([*words, "--iterations", "99"]) == 130
    assert not out.exists()
    capsys.readouterr()
    assert main(words) == 0
    assert f"the volume is that of {out}.partial" in capsys.readouterr().out
    assert sorted(path.name for path in out.iterdir()) == FILES
    assert [path.name for path in tmp_path.iterdir()] == ["again"]
    for name in ("particles.csv", "alignment.csv", "summary.json"):
        assert (out / name).read_bytes() == (run[0] / name).read_bytes()


def test_equal_particles_of_finer_pictures_in_another_file(truth, tmp_path, capsys):
    small = truth[truth["type"] == "S"].reset_index(drop=True)
    pictures = tilt_series(small, ANGLES, 0.5, (101, 110), dose=60, progress=False)
    with h5py.File(tmp_path / "one.h5", "w") as file:
        file["exchange/data"], file["exchange/theta"] = pictures, ANGLES
        file["other"] = pictures[:, ::2]
    words = [
        "--dataset",
        "exchange/data",
        "--pixel",
        "0.5",
        "--bin",
        "2",
        "--align",
        "none",
        "--threads",
        "1",
    ]
    words += ["--cores", "5.2", "--spheres", "7.7", "--out", str(tmp_path / "found")]
    assert main(["tomography", str(tmp_path / "one.h5"), *words]) == 0
    assert "50 x 55 pixels of 1 nm (2 x 2 averaged)" in capsys.readouterr().out
    found = pd.read_csv(tmp_path / "found" / "particles.csv")
    result = score_particles(found, small, within=1)
    assert result["recall"] == result["precision"] == 1
    assert set(found["type"]) == {"L"}
    assert not (tmp_path / "found" / "species.png").exists()
    tifffile.imwrite(tmp_path / "one.tif", pictures)
    (tmp_path / "one.tlt").write_text("\n".join(map(str, ANGLES)))
    assert main(["tomography", str(tmp_path / "one.tif"), "--out", str(tmp_path / "other")]) == 2
    assert "one.tif does not say how wide a pixel is" in capsys.readouterr().err


def computed(*_, **__):
    raise AssertionError("something was computed")


def changed(path, change, name="wrong.mrc"):
    pictures, angles, pixel = tiltfiles.read_series(path)
    with mrcfile.new(path.with_name(name), change(pictures).astype(np.float32)) as file:
        file.set_image_stack()
        file.voxel_size = 10 * pixel
    path.with_name(name).with_suffix(".rawtlt").write_text("\n".join(map(str, angles)))


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        (lambda p: p[:-1], [], "16 pictures and 17 tilts do not fit"),
        (lambda p: np.where(p == p.max(), np.nan, p), [], "not finite"),
        (lambda p: np.full_like(p, 7), [], "picture 0 .* is blank"),
        (lambda p: -p, [], "no brighter than its rim"),
        (lambda p: p[:, :, 18:], [], "bright at its rim: the particle is not whole"),
        (lambda p: p, ["--pixel", "2"], "5.2 nm is 2.6 pixels of 2 nm wide; at least 3 are needed"),
        (lambda p: p, ["--bin", "2"], "5.2 nm is 2.2 pixels of 2.4 nm wide"),
        (lambda p: p, ["--pixel", "0.1"], "pictures are .* nm wide, and a sphere 9.9 nm"),
        (lambda p: p, ["--angles", "nowhere.tlt"], "nowhere.tlt"),
        (lambda p: p, ["--dataset", "data"], "no HDF5 file"),
        (lambda p: p, ["--blur", "-1"], "--blur is -1"),
        (lambda p: p, ["--cores", "7,5"], "give --spheres"),
        (lambda p: p, ["--cores", "5.2,7.6", "--spheres", "9,8"], "the larger first"),
        (lambda p: p, ["--spheres", "9.9"], "the larger first"),
        (lambda p: p, ["--cores", "8,7,6", "--spheres", "9,8,7"], "the larger first"),
        (lambda p: p, ["--spheres", "9.9,4"], "do not fit into"),
    ],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore:Data array contains NaN")
def test_wrong_input_is_one_line_and_nothing_is_begun(
    series, tmp_path, monkeypatch, capsys, change, options, message
):
    for name in ("align", "sirt", "find_spheres"):
        monkeypatch.setattr(command, name, computed)
    shutil.copy(series, tmp_path / "one.mrc")
    shutil.copy(series.with_suffix(".rawtlt"), tmp_path / "one.rawtlt")
    changed(tmp_path / "one.mrc", change)
    before = sorted(tmp_path.iterdir())
    assert main(["tomography", str(tmp_path / "wrong.mrc"), "--out", str(tmp_path / "out"), *options]) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err.count("\n") == 1
    assert re.search(message, captured.err)
    assert sorted(tmp_path.iterdir()) == before


def test_where_no_folder_can_be_made_nothing_is_begun(series, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(tiltfiles, "_read_mrc", computed)
    (tmp_path / "file").touch()
    (tmp_path / "other.partial").mkdir()
    (tmp_path / "other.partial" / "thesis.tex").touch()
    for name, message in (
        ("", "exists; name a folder that is not there yet"),
        ("file", "exists; name a folder"),
        ("no/such", "there is no folder"),
        ("other", "is no run that was stopped"),
    ):
        assert main(["tomography", str(series), "--out", str(tmp_path / name)]) == 2
        assert message in capsys.readouterr().err
    monkeypatch.setattr(command.os, "access", lambda *_: False)
    assert main(["tomography", str(series), "--out", str(tmp_path / "new")]) == 2
    assert "nothing may be written to" in capsys.readouterr().err


def test_more_memory_than_there_is_is_refused(series, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(command.os, "sysconf", lambda _: 10_000)
    assert main(["tomography", str(series), "--out", str(tmp_path / "out")]) == 2
    assert "and there are 0.1; --bin 2" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_one_species_taken_for_two_is_not_told_apart():
    equal = pd.DataFrame({"grey": norm.ppf((np.arange(200) + 0.5) / 200), "intensity": 7.0})
    types, fits = command._told(equal)
    assert set(types) == {"unknown"} or fits["grey"]["misidentified"] > 0.05
    assert fits["intensity"] is None
