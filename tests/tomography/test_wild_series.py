"""Tilt series as microscopes and other programs leave them, and series that cannot be trusted."""

import re
import sys

import fuzz
import h5py
import mrcfile
import numpy as np
import pandas as pd
import pytest
import scipy.io
import tifffile

from supracrystal.cli import main
from supracrystal.tomography import mask_outliers, read_angles, read_series, tilt_series, unexplained
from supracrystal.tomography.formats import matlab_arrays

ANGLES = np.arange(-70, 71, 10.0)


@pytest.fixture(scope="module")
def truth():
    """Return 18 particles in nm, far enough from one another for a quick fit."""
    random, place = np.random.default_rng(4), np.empty((0, 3))
    while len(place) < 18:
        point = random.uniform(-15, 15, 3)
        if (np.linalg.norm(place - point, axis=1) > 9.9).all() and np.linalg.norm(point) < 19:
            place = np.vstack([place, point])
    return pd.DataFrame(place, columns=["x", "y", "z"]).assign(type=["L", "S"] * 9)


@pytest.fixture(scope="module")
def pictures(truth):
    return tilt_series(truth, ANGLES, 1.0, (56, 56), dose=40, seed=1, progress=False)


def save(path, array, tilts=ANGLES, pixel=1.0):
    with mrcfile.new(path, array, overwrite=True) as file:
        file.set_image_stack()
        file.voxel_size = 10 * pixel
    path.with_suffix(".rawtlt").write_text("".join(f"{tilt}\n" for tilt in tilts))
    return path


def patched(path, changes):
    data = bytearray(path.read_bytes())
    for place, value in changes.items():
        data[place : place + len(value)] = value
    path.write_bytes(data)
    return path


INT = (1146047817).to_bytes(4, "little")


@pytest.mark.parametrize(
    ("changes", "unsigned"),
    [
        ({152: INT, 156: (0).to_bytes(4, "little")}, True),
        ({152: INT, 156: (1).to_bytes(4, "little")}, False),
        ({76: np.array([0, 255], "<f4").tobytes()}, True),
        ({76: np.array([-100, 127], "<f4").tobytes()}, False),
    ],
)
def test_bytes_have_the_sign_that_the_header_says(tmp_path, pictures, changes, unsigned):
    scaled = (pictures / pictures.max() * 255).astype(np.uint8)
    path = patched(save(tmp_path / "in.mrc", scaled.view(np.int8)), changes)
    assert (read_series(path)[0] == (scaled if unsigned else scaled.view(np.int8))).all()


@pytest.mark.parametrize(
    "changes",
    [{208: b"\0" * 8}, {212: bytes([0x44, 0x20, 0x20, 0x20])}, {212: bytes(4)}],
    ids=["no MAP", "a stamp of blanks", "no stamp"],
)
def test_old_and_odd_headers_are_read_where_the_rest_fits(tmp_path, pictures, changes):
    path = patched(save(tmp_path / "in.mrc", pictures), changes)
    assert (read_series(path)[0] == pictures).all()


def test_the_pixel_of_the_user_counts_over_a_bad_header(tmp_path, pictures):
    path = save(tmp_path / "in.mrc", pictures)
    patched(path, {40: np.array([-160, -160, -160], "<f4").tobytes()})
    assert read_series(path, pixel=1.0)[2] == 1.0
    with pytest.raises(ValueError, match=r"does not say how wide a pixel is; give it in nm \(--pixel\)"):
        read_series(path)
    patched(path, {40: np.array([160, 80, 160], "<f4").tobytes()})
    assert read_series(path, pixel=1.0)[2] == 1.0
    with pytest.raises(ValueError, match=r"are not square; say their width \(--pixel\)"):
        read_series(path)


@pytest.mark.parametrize("name", ["in.mrc.mdoc", "in.mdoc"])
def test_tilts_of_serialem_are_read_in_the_order_of_the_pictures(tmp_path, pictures, name):
    path = save(tmp_path / "in.mrc", pictures)
    path.with_suffix(".rawtlt").unlink()
    blocks = [f"[ZValue = {i}]\nTiltAngle = {tilt}\nDefocus = 1\n" for i, tilt in enumerate(ANGLES)]
    (tmp_path / name).write_text("PixelSpacing = 10\n\n" + "\n".join(reversed(blocks)))
    assert read_series(path)[1].tolist() == ANGLES.tolist()
    assert read_angles(tmp_path / name).tolist() == ANGLES.tolist()
    for tilt, message in {
        "up": "'TiltAngle = up' has no number",
        "nan": "the tilt nan is not within 90 degrees",
        "1e3": "the tilt 1e3 is not within 90 degrees",
    }.items():
        (tmp_path / name).write_text(f"[ZValue = 0]\nTiltAngle = {tilt}\n")
        for read in (read_series, read_angles):
            with pytest.raises(ValueError, match=rf"mdoc, line 2: {message}"):
                read(path if read is read_series else tmp_path / name)


def test_ome_tiff_says_its_pixel(tmp_path, pictures):
    tilts = save(tmp_path / "in.mrc", pictures).with_suffix(".rawtlt")
    for size, unit, nm in ((0.5, "nm", 0.5), (0.002, "µm", 2.0), (4.0, "Å", 0.4)):
        metadata = {"axes": "ZYX", "PhysicalSizeX": size, "PhysicalSizeXUnit": unit, "PhysicalSizeY": size,
                    "PhysicalSizeYUnit": unit}  # fmt: skip
        tifffile.imwrite(tmp_path / "in.ome.tif", pictures, metadata=metadata)
        assert read_series(tmp_path / "in.ome.tif", angles=tilts)[2] == pytest.approx(nm)


@pytest.mark.parametrize("axis", [0, 2])
@pytest.mark.parametrize("unit", ["[deg]", "[rad]"])
def test_emd_says_which_axis_is_the_tilt(tmp_path, pictures, axis, unit):
    tilts = np.radians(ANGLES) if "rad" in unit else ANGLES
    data = pictures if axis == 0 else pictures.transpose(1, 2, 0)
    names = {0: ("angles", unit), 1: ("y", "[n_m]"), 2: ("x", "[n_m]")}
    # As tomviz names them, whose x is the tilt axis.
    order = (0, 1, 2) if axis == 0 else (2, 1, 0)
    with h5py.File(tmp_path / "in.emd", "w") as file:
        file["data/series/data"] = data
        for i, each in enumerate(order, 1):
            values = tilts if each == 0 else 0.7 * np.arange(56)
            file[f"data/series/dim{i}"] = values
            file[f"data/series/dim{i}"].attrs.update(dict(zip(("name", "units"), names[each], strict=True)))
    series, angles, pixel = read_series(tmp_path / "in.emd")
    assert (series == pictures).all()
    assert angles == pytest.approx(ANGLES)
    assert pixel == pytest.approx(0.7)


def test_radians_are_converted_where_they_are_said(tmp_path, pictures):
    with h5py.File(tmp_path / "in.h5", "w") as file:
        file["exchange/data"], file["exchange/theta"] = pictures, np.radians(ANGLES)
        file["exchange/theta"].attrs["units"] = "rad"
    assert read_series(tmp_path / "in.h5", pixel=1)[1] == pytest.approx(ANGLES)
    path = save(tmp_path / "in.mrc", pictures)
    path.with_suffix(".rawtlt").write_text("# radians\n" + "\n".join(map(str, np.radians(ANGLES))))
    assert read_series(path)[1] == pytest.approx(ANGLES)


def test_stacks_of_matlab_have_their_pictures_along_the_last_axis(tmp_path, pictures):
    parts = {"data": pictures.transpose(1, 2, 0), "tilts": ANGLES}
    for content in (parts, {"stack": parts}):
        scipy.io.savemat(tmp_path / "in.mat", content)
        series, angles, _ = read_series(tmp_path / "in.mat", pixel=1)
        assert (series == pictures).all() and angles.tolist() == ANGLES.tolist()
    with pytest.raises(
        ValueError, match=r"in\.mat does not say how wide a pixel is; give it in nm \(--pixel\)"
    ):
        read_series(tmp_path / "in.mat")


@pytest.mark.parametrize("compressed", [False, True])
def test_arrays_of_matlab_are_those_that_scipy_reads(tmp_path, random_generator, compressed):
    kinds = ("f8", "f4", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8")
    content = {f"a_{kind}": (100 * random_generator.random((3, 4, 5))).astype(kind) for kind in kinds}
    content |= {"b": {"tilts": ANGLES, "few": np.int8([1, 2]), "what": "text"}, "c": 1j * ANGLES, "d": [[]]}
    scipy.io.savemat(tmp_path / "in.mat", content, do_compression=compressed)
    found = matlab_arrays(tmp_path / "in.mat")
    expected = scipy.io.loadmat(tmp_path / "in.mat")
    inside = expected["b"][0, 0]
    expected = {name: expected[name] for name in [*content][:-3]} | {"d": expected["d"]}
    expected |= {"b.tilts": inside["tilts"], "b.few": inside["few"]}
    assert found.keys() == expected.keys()
    for name, values in expected.items():
        assert found[name].dtype == values.dtype and found[name].shape == values.shape, name
        assert (found[name] == values).all(), name


def test_a_type_of_numbers_that_matlab_has_not_is_refused(tmp_path):
    """SciPy 1.17 ends the interpreter with a segmentation fault."""
    scipy.io.savemat(tmp_path / "in.mat", {"stack": np.ones((12, 14, 7), np.float32)})
    patched(tmp_path / "in.mat", {192: bytes([23])})
    with pytest.raises(ValueError, match=r"in\.mat: stack: 23 is no type of numbers"):
        read_series(tmp_path / "in.mat", pixel=1)


@pytest.mark.parametrize("version", [3, 4])
def test_series_of_gatan_say_their_tilts_and_pixel(tmp_path, pictures, version):
    pytest.importorskip("ncempy")
    path = tmp_path / "in.dm"
    for unit, nm in (("nm", 0.5), ("µm", 500.0)):
        fuzz.gatan(path, pictures, ANGLES, version, 0.5, (unit, unit, "°"))
        series, angles, pixel = read_series(path)
        assert (series == pictures).all() and angles == pytest.approx(ANGLES) and pixel == nm
    fuzz.gatan(path, pictures, ANGLES, version, 0.5, ("", "", ""))
    with pytest.raises(ValueError, match=r"in\.dm holds no tilts"):
        read_series(path)
    path.with_suffix(".tlt").write_text("".join(f"{tilt}\n" for tilt in ANGLES))
    with pytest.raises(ValueError, match=r"does not say how wide a pixel is; give it in nm \(--pixel\)"):
        read_series(path)
    assert read_series(path, pixel=2)[2] == 2


def test_files_of_gatan_name_the_extra_that_reads_them(tmp_path, pictures, monkeypatch):
    monkeypatch.setitem(sys.modules, "ncempy.io.dm", None)
    fuzz.gatan(tmp_path / "in.dm3", pictures, ANGLES)
    with pytest.raises(ValueError, match=r"ncempy, which is not here: pip install supracrystal\[gatan\]"):
        read_series(tmp_path / "in.dm3")


def test_outlying_pixels_are_found_and_masked_and_spheres_are_not(pictures):
    assert mask_outliers(pictures)[1].empty
    hot = pictures.copy()
    hot[4, 7, 9], hot[6, 0, 0], hot[6, 30, 31] = 1e6, -1e30, 1e30
    masked, found = mask_outliers(hot)
    assert found[["picture", "row", "column"]].to_numpy().tolist() == [[4, 7, 9], [6, 0, 0], [6, 30, 31]]
    assert np.isfinite(masked).all() and masked.max() <= pictures.max()


def test_what_is_unexplained_is_no_noise(truth, pictures, random_generator):
    clean = tilt_series(truth, ANGLES, 1.0, (56, 56), progress=False)
    assert unexplained(pictures, pictures - clean).max() < 0.05
    wrong = clean[random_generator.permutation(len(clean))]
    assert np.median(unexplained(pictures, pictures - wrong)) > 0.3


def told(capsys, path, out, *options):
    status = main(
        ["tomography", str(path), "--out", str(out), "--align", "none", "--iterations", "30", *options]
    )
    return status, *capsys.readouterr()


def test_series_in_order_are_trusted_though_a_pixel_is_hot(tmp_path, pictures, truth, capsys):
    hot = pictures.copy()
    hot[4, 20, 21] = 1e6
    status, out, _ = told(capsys, save(tmp_path / "in.mrc", hot), tmp_path / "out")
    assert status == 0
    assert re.search(r"picture 4 \(from 0\): 1 outlying pixel, as in row 20 and column 21", out)
    assert "18 particles: 9 L and 9 S" in out


def test_tilts_in_another_order_are_not_trusted(tmp_path, pictures, capsys):
    shuffled = np.random.default_rng(0).permutation(ANGLES)
    status, out, _ = told(capsys, save(tmp_path / "in.mrc", pictures, shuffled), tmp_path / "out")
    assert status == 1
    assert "do not trust these particles" in out and "next:" not in out


@pytest.mark.parametrize(
    ("number", "scale", "message"),
    [
        (2, 1, "2 pictures from -70 to -60 degrees do not tell how deep particles lie"),
        (15, np.pi / 180, r"from -1.22\d* to 1.22\d* degrees do not .*are they radians\?"),
    ],
)
def test_tilts_that_tell_no_depth_are_refused(tmp_path, pictures, capsys, number, scale, message):
    path = save(tmp_path / "in.mrc", pictures[:number], ANGLES[:number] * scale)
    status, out, err = told(capsys, path, tmp_path / "out")
    assert status == 2 and out == "" and err.count("\n") == 1
    assert re.search(message, err)


def test_memory_that_is_short_is_one_line_before_computing(tmp_path, pictures, capsys, monkeypatch):
    path = save(tmp_path / "in.mrc", pictures)
    monkeypatch.setattr("supracrystal.tomography.files.os.sysconf", lambda _: 100)
    status, out, err = told(capsys, path, tmp_path / "out")
    assert status == 2 and out == "" and err.count("\n") == 1
    assert "memory is short (the pictures alone take" in err
    assert not (tmp_path / "out").exists()
