"""Tilt series in files that other libraries wrote, and files that are not what they seem."""

import warnings

import h5py
import mrcfile
import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st
from mrcfile.dtypes import get_ext_header_dtype

from supracrystal.tomography import read_angles, read_series, write_series, write_volume

ANGLES = [-40.0, -20.0, 0.0, 20.0, 40.0]


@pytest.fixture
def pictures(random_generator):
    return random_generator.integers(0, 900, (5, 12, 16)).astype(np.int16)


@pytest.fixture
def tilts(tmp_path):
    path = tmp_path / "tilts.tlt"
    path.write_text("".join(f"{angle}\n" for angle in ANGLES))
    return path


def save_mrc(path, pictures, width=3.5, height=None):
    with warnings.catch_warnings(action="ignore"), mrcfile.new(path, pictures) as file:
        file.voxel_size = (width, height or width, width)
    return path


def save_hdf5(path, pictures, **attributes):
    with h5py.File(path, "w") as file:
        file["exchange/data"] = pictures
        file["exchange/theta"] = np.array(ANGLES)
        file["exchange/data_white"] = pictures[:1]
        file["exchange/data"].attrs.update(attributes)
    return path


@given(
    shape=st.tuples(st.integers(2, 6), st.integers(1, 9), st.integers(2, 9)), pixel=st.floats(0.01, 50),
    seed=st.integers(0, 10**6),
)  # fmt: skip
def test_what_is_written_is_read_again(tmp_path_factory, shape, pixel, seed):
    path = tmp_path_factory.mktemp("series") / "one.mrc"
    random = np.random.default_rng(seed)
    series, angles = random.normal(size=shape).astype(np.float32), random.uniform(-90, 90, shape[0])
    write_series(path, series, angles, pixel=pixel)
    again, read, width = read_series(path)
    assert (again == series).all() and again.dtype == np.float32
    assert read == pytest.approx(angles, abs=1e-4)
    assert width == pytest.approx(pixel, rel=1e-6)
    assert sorted(each.name for each in path.parent.iterdir()) == ["one.mrc", "one.rawtlt"]


def test_series_are_stacks_of_pictures_and_volumes_are_not(tmp_path, pictures):
    write_series(tmp_path / "series.mrc", pictures, ANGLES, pixel=0.4)
    write_volume(tmp_path / "volume.mrc", pictures, pixel=0.4)
    for name, stack in (("series.mrc", True), ("volume.mrc", False)):
        assert mrcfile.validate(tmp_path / name)
        with mrcfile.open(tmp_path / name) as file:
            assert bool(file.is_image_stack()) is stack
            assert float(file.voxel_size.x) == pytest.approx(4)
            assert (file.data == pictures).all()


def test_mrc_has_its_pixel_in_the_header_and_its_tilts_beside(tmp_path, pictures):
    path = save_mrc(tmp_path / "one.mrc", pictures)
    (tmp_path / "one.rawtlt").write_text("\n".join(map(str, ANGLES)))
    series, angles, pixel = read_series(path)
    assert (series == pictures).all()
    assert angles.tolist() == ANGLES
    assert pixel == pytest.approx(0.35)
    assert read_series(path, pixel=0.7)[2] == 0.7


def test_tilts_of_fei_are_read_from_the_extended_header(tmp_path, pictures):
    path = save_mrc(tmp_path / "fei.mrc", pictures)
    records = np.zeros(5, dtype=get_ext_header_dtype(b"FEI1"))
    records["Alpha tilt"] = ANGLES
    records["Metadata size"] = records.dtype.itemsize
    with mrcfile.open(path, "r+") as file:
        file.set_extended_header(records)
        file.header.exttyp = b"FEI1"
    assert read_series(path)[1].tolist() == ANGLES


@pytest.mark.parametrize(
    ("options", "pixel"),
    [
        ({"imagej": True, "resolution": (2.5, 2.5), "metadata": {"unit": "nm"}}, 0.4),
        ({"imagej": True, "resolution": (2500, 2500), "metadata": {"unit": "um"}}, 0.4),
        ({"resolution": (2.5e7, 2.5e7), "resolutionunit": "CENTIMETER"}, 0.4),
        (
            {
                "bigtiff": True,
                "compression": "zlib",
                "resolution": (2.54e7, 2.54e7),
                "resolutionunit": "INCH",
            },
            1.0,
        ),
        ({"byteorder": ">", "resolution": (72, 72), "resolutionunit": "INCH"}, None),
        ({"resolution": (1, 1), "imagej": True}, None),
    ],
)
def test_tiff_says_how_wide_a_pixel_is_or_it_is_asked_for(tmp_path, pictures, tilts, options, pixel):
    path = tmp_path / "one.tif"
    tifffile.imwrite(path, pictures.astype(np.uint16), **options)
    if pixel is None:
        with pytest.raises(ValueError, match=r"one\.tif does not say how wide a pixel is"):
            read_series(path, angles=tilts)
    series, angles, width = read_series(path, angles=tilts, pixel=None if pixel else 0.3)
    assert (series == pictures).all() and angles.tolist() == ANGLES
    assert width == pytest.approx(pixel or 0.3)


def test_hdf5_holds_pictures_tilts_and_pixel(tmp_path, pictures):
    path = save_hdf5(tmp_path / "one.h5", pictures, element_size_um=[1, 0.0005, 0.0005])
    series, angles, pixel = read_series(path)
    assert (series == pictures).all() and angles.tolist() == ANGLES and pixel == pytest.approx(0.5)
    with h5py.File(path, "a") as file:
        file["other/stack"] = pictures[:, ::-1]
        file["other/angles"] = np.array(ANGLES)[::-1]
    turned, angles, _ = read_series(path, dataset="/other/stack", pixel=1)
    assert (turned == pictures[:, ::-1]).all() and angles.tolist() == ANGLES[::-1]


def test_tiff_with_fewer_strips_than_its_height_needs_is_refused(tmp_path, pictures, tilts):
    path = tmp_path / "one.tif"
    tifffile.imwrite(path, pictures[0].astype(np.uint16), rowsperstrip=4, compression="zlib")
    with tifffile.TiffFile(path) as file:
        place = file.pages.first.tags["ImageLength"].valueoffset
    data = bytearray(path.read_bytes())
    data[place : place + 4] = (4_000_000).to_bytes(4, "little")
    path.write_bytes(data)
    with pytest.raises(ValueError, match=r"one\.tif: it is cut off: 3 of 1000000 parts"):
        read_series(path, angles=tilts, pixel=1)


def test_tiff_that_declares_more_than_any_compression_holds_is_refused(tmp_path, pictures, tilts):
    path = tmp_path / "one.tif"
    tifffile.imwrite(path, pictures[0].astype(np.uint16))
    with tifffile.TiffFile(path, mode="r+b") as file:
        file.pages.first.tags["ImageWidth"].overwrite(2**30)
    with pytest.raises(ValueError, match=r"one\.tif: it is damaged: [\d,]+ MB of pictures in [\d.]+ MB"):
        read_series(path, angles=tilts, pixel=1)


@pytest.mark.parametrize("kind", ["mrc", "tif", "h5"])
@pytest.mark.parametrize("left", [0, 3, 100, 1020, 1500, 0.5, 0.97])
def test_files_that_were_cut_off_are_refused(tmp_path, pictures, tilts, kind, left):
    path = tmp_path / f"one.{kind}"
    if kind == "mrc":
        save_mrc(path, pictures)
    elif kind == "tif":
        tifffile.imwrite(path, pictures.astype(np.uint16))
    else:
        save_hdf5(path, pictures)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(left * len(whole)) if left < 1 else left])
    with pytest.raises(ValueError, match=rf"one\.{kind}"):
        read_series(path, angles=tilts, pixel=1)


@given(seed=st.integers(0, 10**6))
def test_damaged_headers_give_an_error_or_pictures(tmp_path_factory, seed):
    """Bytes at random in the header: nothing but ValueError may come, and no huge array."""
    folder = tmp_path_factory.mktemp("damaged")
    random = np.random.default_rng(seed)
    path = save_mrc(folder / "one.mrc", random.integers(0, 900, (5, 6, 7)).astype(np.int16))
    (folder / "one.tlt").write_text("\n".join(map(str, ANGLES)))
    damaged = bytearray(path.read_bytes())
    for place in random.integers(0, 212, 6):
        damaged[place] = int(random.integers(256))
    path.write_bytes(damaged)
    try:
        series, _, _ = read_series(path, pixel=1)
    except ValueError as error:
        assert "one." in str(error)
    else:
        assert len(series) == 5


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "holds no tilts"),
        ("# none\n", "holds no tilts"),
        ("-2\nzero\n", "line 2: 'zero' is not one number"),
        ("-2 0 2\n", "line 1: '-2 0 2' is not one number"),
        ("0\n200\n", "line 2: the tilt 200 is not within 90 degrees"),
        ("0\nnan\n", "line 2: the tilt nan"),
        (b"\xff\xfe\x00", "is not text"),
    ],
)
def test_files_without_tilts_are_refused(tmp_path, text, message):
    path = tmp_path / "one.tlt"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ValueError, match=message):
        read_angles(path)


def test_comments_and_empty_lines_are_no_tilts(tmp_path):
    path = tmp_path / "one.tlt"
    path.write_text("\ufeff# tilts\n -1.5 # first\n\n+2\n1e1\r\n")
    assert read_angles(path).tolist() == [-1.5, 2, 10]


def blank(pictures):
    pictures = pictures.astype(np.float32)
    pictures[3] = 7
    return pictures


def not_finite(pictures):
    pictures = pictures.astype(np.float32)
    pictures[1, 2, 3] = np.nan
    return pictures


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda pictures: pictures[:4], "4 pictures and 5 tilts do not fit"),
        (lambda pictures: pictures[0], r"shape \(1, 12, 16\) is not a series"),
        (blank, r"picture 3 \(from 0\) is blank"),
        (not_finite, r"picture 1 \(from 0\) holds values that are not finite"),
        (lambda pictures: pictures.astype(np.complex64), "complex64 are not real"),
    ],
)
def test_pictures_that_cannot_be_a_series_are_refused(tmp_path, pictures, tilts, change, message):
    path = save_mrc(tmp_path / "one.mrc", change(pictures))
    with pytest.raises(ValueError, match=rf"one\.mrc: .*{message}"):
        read_series(path, angles=tilts)


def test_what_is_missing_or_strange_is_named(tmp_path, pictures, tilts):
    path = save_mrc(tmp_path / "one.mrc", pictures)
    with pytest.raises(
        ValueError,
        match=r"no file .* beside it, one\.rawtlt, one\.tlt or one\.mrc\.mdoc",
    ):
        read_series(path)
    with pytest.raises(ValueError, match=r"one\.mrc is no HDF5 file"):
        read_series(path, angles=tilts, dataset="data")
    with pytest.raises(ValueError, match="a pixel of -1 nm"):
        read_series(path, angles=tilts, pixel=-1)
    with pytest.raises(ValueError, match=r"0\.2 by 0\.3 nm are not square"):
        read_series(save_mrc(tmp_path / "two.mrc", pictures, 2, 3), angles=tilts)
    with pytest.raises(ValueError, match=r"which dataset is the series .*exchange/data, exchange/data_white"):
        read_series(save_hdf5(tmp_path / "one.h5", pictures), dataset="nothing")
    (tmp_path / "text.mrc").write_text("not a picture" * 30)
    with pytest.raises(ValueError, match=r"text\.mrc is neither MRC, TIFF, HDF5, MATLAB 5 nor DM"):
        read_series(tmp_path / "text.mrc")
    with pytest.raises(FileNotFoundError):
        read_series(tmp_path / "nowhere.mrc")
    tilts.write_text("5\n" * 5)
    with pytest.raises(ValueError, match="all pictures have the tilt 5"):
        read_series(path, angles=tilts)


def test_nothing_is_written_of_what_cannot_be_read(tmp_path, pictures):
    with pytest.raises(ValueError, match="do not fit"):
        write_series(tmp_path / "one.mrc", pictures, ANGLES[1:], pixel=1)
    with pytest.raises(ValueError, match="volume has the shape"):
        write_volume(tmp_path / "one.mrc", pictures[0], pixel=1)
    assert not list(tmp_path.iterdir())
