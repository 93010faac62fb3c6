"""Spectra in files: other programs agree, damage is named in one line, and nothing asks the network."""

import base64
import gzip
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supracrystal.spectra import read_spectrum, write_spectrum

NAMES = ("s.mzML", "s.mzML.gz", "s.csv", "s.tsv.gz", "s.xy", "s.txt")


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    def refuse(*_):
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture(scope="module")
def spectrum():
    random = np.random.default_rng(5)
    table = pd.DataFrame({"mz": np.linspace(3190, 3210, 300), "intensity": random.normal(1, 1, 300)})
    table.attrs = {"representation": "profile", "polarity": "negative", "resolution": 20_000.0}
    return table


@pytest.fixture(scope="module")
def mzml(spectrum, tmp_path_factory):
    path = tmp_path_factory.mktemp("mzml") / "s.mzML"
    write_spectrum(spectrum, path)
    return path.read_bytes()


def read(tmp_path, content, name="s"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_spectrum(path)


def scans(*parts, kind=128, level=(1,), names=("m/z array", "intensity array"), polarity="negative"):
    """Write out an mzML file by hand: uncompressed little-endian doubles in base64."""
    text = ""
    for k, (mz, intensity) in enumerate(parts):
        arrays = ""
        for accession, name, values in ((514, names[0], mz), (515, names[1], intensity)):
            data = base64.b64encode(np.asarray(values, "<f8").tobytes()).decode()
            arrays += (
                f'<binaryDataArray encodedLength="{len(data)}">'
                '<cvParam cvRef="MS" accession="MS:1000523" name="64-bit float" value=""/>'
                '<cvParam cvRef="MS" accession="MS:1000576" name="no compression" value=""/>'
                f'<cvParam cvRef="MS" accession="MS:1000{accession}" name="{name}" value=""/>'
                f"<binary>{data}</binary></binaryDataArray>"
            )
        text += (
            f'<spectrum index="{k}" id="scan={k + 1}" defaultArrayLength="{len(mz)}">'
            f'<cvParam cvRef="MS" accession="MS:1000511" name="ms level" value="{level[k % len(level)]}"/>'
            f'<cvParam cvRef="MS" accession="MS:1000{kind}" '
            f'name="{ {127: "centroid", 128: "profile"}[kind] } spectrum" value=""/>'
            f'<cvParam cvRef="MS" accession="MS:1000129" name="{polarity} scan" value=""/>'
            f'<binaryDataArrayList count="2">{arrays}</binaryDataArrayList></spectrum>'
        )
    return (
        '<?xml version="1.0" encoding="utf-8"?><mzML xmlns="http://psi.hupo.org/ms/mzml" version="1.1.0">'
        f'<run id="r"><spectrumList count="{len(parts)}">{text}</spectrumList></run></mzML>'
    )


@pytest.mark.parametrize("name", NAMES)
def test_every_format_gives_the_spectrum_back_and_the_same_bytes(tmp_path, spectrum, name):
    path = tmp_path / name
    write_spectrum(spectrum, path)
    first = path.read_bytes()
    again = read_spectrum(path)
    pd.testing.assert_frame_equal(again, spectrum, check_exact=True)
    how = {"format": "mzML", "level": 1, "scans": 1, "of": 1}
    assert again.attrs == (spectrum.attrs | how if "mzML" in name else {"format": "text"})
    write_spectrum(spectrum, path)
    assert path.read_bytes() == first
    assert [each.name for each in tmp_path.iterdir()] == [name]


@settings(deadline=None, derandomize=True, max_examples=25)
@given(
    st.lists(
        st.tuples(st.floats(1e-3, 1e6), st.floats(-1e300, 1e300)), min_size=1, max_size=20,
        unique_by=lambda row: row[0],
    ),
    st.sampled_from(NAMES),
)  # fmt: skip
def test_any_finite_values_survive_exactly(tmp_path_factory, rows, name):
    table = pd.DataFrame(rows, columns=["mz", "intensity"]).sort_values(
        "mz", kind="stable", ignore_index=True
    )
    path = tmp_path_factory.mktemp("any") / name
    write_spectrum(table, path)
    pd.testing.assert_frame_equal(read_spectrum(path), table, check_exact=True)


def test_openms_reads_what_we_write_and_the_schema_of_mzml_allows_it(tmp_path, spectrum):
    pyopenms = pytest.importorskip("pyopenms")
    from lxml import etree

    path = tmp_path / "s.mzML"
    write_spectrum(spectrum, path)
    experiment = pyopenms.MSExperiment()
    pyopenms.MzMLFile().load(str(path), experiment)
    mz, intensity = experiment.getSpectrum(0).get_peaks()
    np.testing.assert_array_equal(mz, spectrum["mz"])
    np.testing.assert_allclose(intensity, spectrum["intensity"], rtol=1e-6)  # OpenMS keeps single precision
    assert experiment.getSpectrum(0).getType().name == "PROFILE"
    schema = Path(pyopenms.__file__).parent / "share" / "OpenMS" / "SCHEMAS" / "mzML_1_10.xsd"
    etree.XMLSchema(etree.parse(schema)).assertValid(etree.parse(path))


def test_what_openms_writes_is_read(tmp_path, spectrum):
    pyopenms = pytest.importorskip("pyopenms")
    experiment, one = pyopenms.MSExperiment(), pyopenms.MSSpectrum()
    one.set_peaks((np.array(spectrum["mz"]), np.array(spectrum["intensity"], dtype="f4")))
    one.setMSLevel(1)
    experiment.addSpectrum(one)
    path = tmp_path / "openms.mzML"
    pyopenms.MzMLFile().store(str(path), experiment)
    found = read_spectrum(path)
    np.testing.assert_array_equal(found["mz"], spectrum["mz"])
    np.testing.assert_array_equal(found["intensity"], spectrum["intensity"].astype("f4"))


def test_scans_on_one_axis_are_added(tmp_path):
    mz = [1.0, 2.0, 3.0]
    found = read(tmp_path, scans((mz, [1, 2, 3]), (mz, [10, 20, 30])))
    assert found["intensity"].tolist() == [11, 22, 33]
    said = {"representation": "profile", "polarity": "negative"}
    assert found.attrs == said | {"format": "mzML", "level": 1, "scans": 2, "of": 2}


def test_profiles_on_different_axes_add_up_as_straight_lines_do(tmp_path):
    """A triangle from 1 to 3 and one from 2 to 4: the sum at every corner, worked out by hand."""
    found = read(tmp_path, scans(([1, 2, 3], [0, 2, 0]), ([2, 3, 4], [0, 4, 0])))
    assert found.to_numpy().tolist() == [[1, 0], [2, 2], [3, 4], [4, 0]]
    found = read(tmp_path, scans(([1, 3], [0, 4]), ([2, 4], [1, 1])))
    assert found.to_numpy().tolist() == [[1, 0], [2, 2 + 1], [3, 4 + 1], [4, 1]]


def test_centroids_are_put_together_and_not_smeared(tmp_path):
    found = read(tmp_path, scans(([1, 3], [5, 6]), ([2, 3], [7, 8]), kind=127))
    assert found.to_numpy().tolist() == [[1, 5], [2, 7], [3, 6 + 8]]
    assert found.attrs["representation"] == "centroid"


def test_scans_are_chosen_by_number_and_by_name(tmp_path):
    path = tmp_path / "three.mzML"
    path.write_text(scans(([1.0], [1]), ([1.0], [10]), ([1.0], [100]), level=(1, 2, 1)))
    total = {
        scan: read_spectrum(path, scan=scan)["intensity"].sum()
        for scan in (None, 0, 1, -1, "scan=2", (0, "scan=2"))
    }
    assert total == {None: 101, 0: 1, 1: 10, -1: 100, "scan=2": 10, (0, "scan=2"): 11}
    for scan, message in (
        (3, "no scan 3; there are 0 to 2, 'scan=1' to 'scan=3'"),
        ("scan=9", "no scan 'scan=9'"),
        ([], "no scan was asked for"),
    ):
        with pytest.raises(ValueError, match=rf"^three\.mzML: .*{message}"):
            read_spectrum(path, scan=scan)


def test_rows_in_any_order_are_sorted_and_negative_intensities_stay(tmp_path):
    found = read(tmp_path, "5 -3.5\n4 2\n5 1\n")
    assert found.to_numpy().tolist() == [[4, 2], [5, (1 - 3.5) / 2]]
    assert found.attrs["merged"] == 1


@pytest.mark.parametrize(
    "text",
    [
        "mz,intensity\n3197.5,12.5\n3198,1\n",
        "3197.5\t12.5\n3198\t1",
        "# exported\n\n  3197.5   12.5\r\n3198 1\r\n",
        "3197,5 12,5\n3198 1\n",
        "3197,5;12,5\n3198;1",
        "m/z (Th);Relative Intensity [%];charge\n3197,5;12,5;3-\n3198;1;3-",
        "charge,Counts,Mass\n3,12.5,3197.5\n3,1,3198",
        '"mz","intensity"\n"3197.5","12.5"\n"3198","1"\n',
        "\ufeff3197.5, 12.5\n3198, 1",
    ],
)
def test_tables_as_programs_export_them(tmp_path, text):
    assert read(tmp_path, text).to_numpy().tolist() == [[3197.5, 12.5], [3198, 1]]
    assert read(tmp_path, gzip.compress(text.encode())).to_numpy().tolist() == [[3197.5, 12.5], [3198, 1]]


BOMB = '<!DOCTYPE b [<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {"abcdefghij"[k]} "{("&" + "abcdefghij"[k - 1] + ";") * 10}">' for k in range(1, 10)
)
UTF7 = "<?xml version='1.0' encoding='utf-7'?>" + (BOMB + "]><mzML>&j;</mzML>").replace("<!", "+ADwAIQ-")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b" \n\n", "is empty"),
        (b"# only a comment\n", "there are no points"),
        (b"mz,intensity\n", "there are no points"),
        (b"\x89PNG\r\n\x1a\n\x00\xff", "neither mzML nor text in UTF-8"),
        (b"1 2\0\n", "neither mzML nor text"),
        ("m/z,µA\n".encode("utf-16"), "neither mzML nor text in UTF-8"),
        (b"%PDF-1.4 x\n", "there are no points"),
        (b"3197,5,12,5\n", "the number of columns is 4; two are needed.*decimal comma"),
        (b"mz,intensity\n3197,5,12,5\n", "columns is 4; .*the line before is 'mz,intensity'; with a decimal"),
        (b"time,volt\n1,2\n", "the columns are 'time, volt'; mz and intensity are needed"),
        (b"1 2\n3\n", "line 2: the number of columns is 1, not 2"),
        (b"# \n1 2\n3 b\n", "line 3: 'b' is not a number"),
        (b"1 2\n3 1_0\n", "line 2: '1_0' is not a number"),
        (b"1 2\n3 nan\n", "line 2: the intensity is nan; a finite number is needed"),
        (b"1 2\n-inf 1\n", "line 2: the m/z is -inf; a positive number is needed"),
        (b"1 2\n0 1\n", "line 2: the m/z is 0.0"),
        (b"<html><body></body></html>", "XML, but neither mzML nor mzXML; its root is 'html'"),
        (b"<mzXML></mzXML>", "there are no spectra"),
        (b"<mzML></mzML>", "there are no spectra"),
        (b"<mzML><spectrumList>", "damaged, cut off or of an unknown kind"),
        (b"<mzML>" + b"<a>" * 100_000, "damaged, cut off or of an unknown kind"),
        (b"<?xml version='1.0' encoding='utf-9'?><mzML/>", "begins like XML, but cannot be read"),
        ((BOMB + "]><mzML>&j;</mzML>").encode(), "declares a document type or entities"),
        ((BOMB + "]><mzML>&j;</mzML>").encode("utf-16"), "neither mzML nor text"),
        (UTF7.encode(), "cannot be read|damaged"),
        (gzip.compress(b"1 2\n", mtime=0)[:-3], "the compressed file is damaged or cut off"),
        (gzip.compress(b"", mtime=0), "is empty"),
        (scans(([1.0, 2.0], [1.0])), "2 m/z and 1 intensities for 2 points"),
        (scans(([], [])), "there are no points"),
        (scans(([1.0], [np.nan])), "point 0: the intensity is nan"),
        (scans(([1.0], [1.0]), names=("time array", "intensity array")), "scan scan=1 has no m/z array"),
    ],
)  # fmt: skip
def test_what_is_no_spectrum_is_refused_in_one_line(tmp_path, content, message):
    with pytest.raises(ValueError, match=rf"^s: .*({message})") as caught:
        read(tmp_path, content)
    assert "\n" not in str(caught.value)


def test_scans_of_both_polarities_are_not_added(tmp_path):
    two = scans(([1.0], [1.0])), scans(([1.0], [1.0]), polarity="positive")
    second = two[1][two[1].index("<spectrum ") : two[1].index("</spectrumList")]
    with pytest.raises(ValueError, match="different polarity, negative and positive, cannot be added"):
        read(tmp_path, two[0].replace("</spectrumList", second + "</spectrumList"))


def test_a_file_cut_anywhere_is_refused(tmp_path, mzml):
    packed = gzip.compress(mzml, mtime=0)
    for whole, step in ((mzml, 97), (packed, 61)):
        for length in [*range(0, len(whole.rstrip()) - 1, step), len(whole.rstrip()) - 1]:
            with pytest.raises(ValueError, match=r"^s: "):
                read(tmp_path, whole[:length])


@settings(deadline=None, derandomize=True, max_examples=150)
@given(st.integers(0, 10**6), st.integers(0, 7), st.booleans())
def test_a_flipped_bit_is_refused_or_leaves_the_spectrum_as_it_was(
    tmp_path_factory, mzml, spectrum, at, bit, packed
):
    data = bytearray(gzip.compress(mzml, mtime=0) if packed else mzml)
    data[at % len(data)] ^= 1 << bit
    path = tmp_path_factory.getbasetemp() / "flipped"
    path.write_bytes(data)
    try:
        found = read_spectrum(path)
    except ValueError as error:
        assert str(error).startswith("flipped: ")
    else:
        pd.testing.assert_frame_equal(found, spectrum, check_exact=True)


@settings(deadline=None, derandomize=True, max_examples=150)
@given(
    st.binary(max_size=60),
    st.sampled_from([b"", b"<mzML>", b"\x1f\x8b", b"1 2\n", b"mz,intensity\n", b"<?xml "]),
)
def test_any_bytes_are_a_spectrum_or_a_value_error(tmp_path_factory, content, start):
    path = tmp_path_factory.getbasetemp() / "any"
    path.write_bytes(start + content)
    try:
        found = read_spectrum(path)
    except ValueError as error:
        assert str(error).startswith("any: ")
    else:
        assert np.isfinite(found.to_numpy()).all() and found["mz"].is_monotonic_increasing


def test_a_missing_file_is_an_os_error(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"nowhere\.mzML"):
        read_spectrum(tmp_path / "nowhere.mzML")


@pytest.mark.parametrize(
    ("name", "table", "message"),
    [
        (
            "s.raw",
            {"mz": [1.0], "intensity": [1.0]},
            r"a name in \.mzML, \.csv, \.tsv, \.txt, \.xy is needed",
        ),
        ("s.csv", {"mz": [1.0], "intensity": [np.inf]}, "point 0: the intensity is inf"),
        ("s.mzML", {"mz": [-1.0], "intensity": [1.0]}, "point 0: the m/z is -1"),
        ("s.mzML", {"mz": [], "intensity": []}, "there are no points"),
    ],
)
def test_what_cannot_be_read_again_is_not_written(tmp_path, name, table, message):
    with pytest.raises(ValueError, match=message):
        write_spectrum(pd.DataFrame(table), tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_writing_that_fails_leaves_what_was_there(tmp_path, spectrum):
    (tmp_path / "s.csv").mkdir()
    with pytest.raises(OSError):
        write_spectrum(spectrum, tmp_path / "s.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["s.csv"]
    with pytest.raises(FileNotFoundError):
        write_spectrum(spectrum, tmp_path / "no" / "s.mzML")


def test_first_use_warns_of_nothing(tmp_path):
    """Each in a process of its own, since a library warns but once."""
    path = tmp_path / "one.mzML"
    path.write_text(scans(([1.0], [1])))
    reading = f"from supracrystal.spectra.files import read_spectrum as read; read({str(path)!r})"
    writing = "from supracrystal.spectra import write_spectrum as write; import pandas as pd; "
    writing += f"write(pd.DataFrame({{'mz': [1.0], 'intensity': [1.0]}}), {str(tmp_path / 'two.mzML')!r})"
    for line in (reading, writing):
        subprocess.run([sys.executable, "-W", "error", "-c", line], check=True, timeout=60)
