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


MZ, INTENSITY = np.array([1590.0, 1590.5, 1591.25, 1592.0]), np.array([12.5, 950.0, 1250.0, 3.0])
PAIRS = list(zip(MZ.tolist(), INTENSITY.tolist(), strict=True))
ROWS = [list(pair) for pair in PAIRS]
THERMO = (
    "SPECTRUM - MS\nsample.raw\nFTMS - p ESI Full ms [1590.00-1620.00]\nScan #: 1-20\nData points: 4\n"
    "Mass\tIntensity\n" + "".join(f"{m:.5f}\t{i:.2f}\n" for m, i in PAIRS)
)
AGILENT = '#"-ESI Scan (rt: 0.2 min) Frag=180.0V sample.d "\n#Point,X(Thomsons),Y(Counts)\n' + "".join(
    f"{k},{m:.5f},{i:.2f}\n" for k, (m, i) in enumerate(PAIRS)
)
BRUKER = "#\tm/z\tRes.\tS/N\tI\tI %\tFWHM\n" + "".join(
    f"{k}\t{m}\t15000\t50.1\t{i}\t3.4\t0.1\n" for k, (m, i) in enumerate(PAIRS, 1)
)
BRUKER_LINE = "0.02,-,ESI,ms1,-,profile,1590.0-1592.0,4," + ",".join(f"{m} {i}" for m, i in PAIRS)
JCAMP = (
    "##TITLE=made up\n##JCAMP-DX=5.0 $$ a comment\n##DATA TYPE=MASS SPECTRUM\n##XFACTOR=0.5\n##YFACTOR=1\n"
    "##NPOINTS=4\n##PEAK TABLE=(XY..XY)\n" + " ".join(f"{2 * m},{i}" for m, i in PAIRS) + "\n##END=\n"
)
MGF = "BEGIN IONS\nTITLE=one\nPEPMASS=1590\n" + "".join(f"{m} {i}\n" for m, i in PAIRS) + "END IONS\n"
NEGATIVE = {"polarity": "negative"}


def mzxml(*, polarity="-", centroided=0, level=1):
    data = base64.b64encode(np.ravel(PAIRS).astype(">f8").tobytes()).decode()
    return (
        '<?xml version="1.0"?><mzXML xmlns="http://sashimi.sourceforge.net/schema_revision/mzXML_3.2">'
        f'<msRun scanCount="1"><scan num="7" msLevel="{level}" peaksCount="4" polarity="{polarity}" '
        f'centroided="{centroided}"><peaks precision="64" byteOrder="network" contentType="m/z-int" '
        f'compressionType="none" compressedLen="0">{data}</peaks></scan></msRun></mzXML>'
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (THERMO, NEGATIVE | {"representation": "profile", "level": 1}),
        (THERMO.replace("FTMS - p", "FTMS + c"), {"polarity": "positive", "representation": "centroid"}),
        (AGILENT, NEGATIVE),
        (BRUKER, {}),
        (BRUKER_LINE, NEGATIVE | {"representation": "profile", "level": 1}),
        (BRUKER_LINE.replace("profile", "line"), NEGATIVE | {"representation": "centroid"}),
        (BRUKER_LINE.replace("ms1", "ms2"), {"level": 2}),
        (JCAMP, {"representation": "centroid", "format": "JCAMP-DX"}),
        (MGF, {"representation": "centroid", "level": 2, "format": "MGF"}),
        (mzxml(), NEGATIVE | {"representation": "profile", "format": "mzXML", "level": 1}),
        (mzxml(polarity="+", centroided=1, level=2), {"representation": "centroid", "level": 2}),
        ("Mass/Charge\tIntensity\n" + "".join(f"{m}\t{i}\n" for m, i in PAIRS), {}),
    ],
)  # fmt: skip
def test_exports_of_vendors_and_other_formats_are_read(tmp_path, content, said):
    for packed in (content.encode(), gzip.compress(content.encode())):
        found = read(tmp_path, packed)
        assert found.to_numpy().tolist() == ROWS
        assert said.items() <= found.attrs.items()


def test_pairs_of_jcamp_are_not_decimals(tmp_path):
    found = read(tmp_path, "##TITLE=x\n##PEAK TABLE=(XY..XY)\n31,999 45,500\n##END=")
    assert found.to_numpy().tolist() == [[31, 999], [45, 500]]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("m/z\tI\n1590.0\t950\n1590.5\t1,250\n", "line 3: the comma in '1,250' seems to separate thousands"),
        ("1590;950\n1590;1,250\n", "thousands"),
        ("1590.5;1,250.75\n", "thousands"),
        (JCAMP.replace("(XY..XY)", "(X++(Y..Y))"), r"JCAMP-DX in the form '\(X\+\+\(Y..Y\)\)'"),
        (JCAMP.replace("NPOINTS=4", "NPOINTS=9"), "4 points, but announces 9"),
        (JCAMP.replace("##PEAK TABLE=", "##NTUPLES=1\n##PEAK TABLE="), "NTUPLES"),
        ("IGOR\nWAVES mz\nBEGIN\n1\nEND\n", "Igor text"),
        (BRUKER_LINE + "\n" + BRUKER_LINE, "2 spectra, one in each line"),
        (BRUKER_LINE[:-6], "announced"),
        (MGF.replace("END IONS", ""), "MGF is damaged"),
        ("<mSD></mSD>", "mMass, which is not read"),
        ("<mzData></mzData>", "mzData, which is not read; convert it to mzML"),
        ('<mzML version="0.99.1"></mzML>', "mzML of the version 0.99.1"),
        (scans(([1.0], [1.0])).replace("<run", '<cvParam accession="IMS:1000030"/><run'), "imzML"),
        (b"\x01\xa1F\0i\0n\0n\0i\0g\0a\0n\0", "a raw file of Thermo"),
        (b"\x89HDF\r\n\x1a\n", "HDF5"),
        (b"SQLite format 3\0", "SQLite"),
        (b"PK\x03\x04", "zip"),
    ],
)  # fmt: skip
def test_what_is_not_read_is_named(tmp_path, content, message):
    with pytest.raises(ValueError, match=message) as caught:
        read(tmp_path, content)
    assert "\n" not in str(caught.value)


def test_a_decimal_comma_with_three_digits_everywhere_is_one(tmp_path):
    found = read(tmp_path, "3197,500;12,500\n3198,250;1,125\n")
    assert found.to_numpy().tolist() == [[3197.5, 12.5], [3198.25, 1.125]]


def test_a_folder_of_a_vendor_is_named(tmp_path):
    (tmp_path / "sample.d").mkdir()
    with pytest.raises(ValueError, match=r"sample.d: this is a folder, as Agilent and Bruker"):
        read_spectrum(tmp_path / "sample.d")


def test_scans_without_arrays_are_passed_over(tmp_path):
    whole = scans(([1.0, 2.0], [3.0, 4.0]))
    empty = '<spectrum index="1" id="scan=9" defaultArrayLength="0"></spectrum></spectrumList>'
    found = read(tmp_path, whole.replace("</spectrumList>", empty))
    assert found.to_numpy().tolist() == [[1, 3], [2, 4]]
    assert {"scans": 1, "of": 2, "passed": 1}.items() <= found.attrs.items()


def test_level_is_that_of_scans_with_points(tmp_path):
    found = read(tmp_path, scans(([], []), ([1.0], [2.0]), level=(1, 2)))
    assert found.attrs["level"] == 2 and found.to_numpy().tolist() == [[1, 2]]


def test_profiles_whose_axes_interleave_are_added_on_one_of_them(tmp_path):
    mz = np.linspace(1590, 1600, 400)
    peak = np.exp(-((mz - 1595) ** 2))
    found = read(tmp_path, scans((mz, peak), (mz * (1 + 5e-7), peak)))
    assert len(found) == 401 and np.diff(found["mz"])[:-1].min() > 0.02
    assert found["intensity"].max() == pytest.approx(2, abs=1e-3)


def test_numpress_is_read(tmp_path):
    pynumpress = pytest.importorskip("pynumpress")
    text = scans((MZ, INTENSITY))
    for values, encode, accession, name in (
        (MZ, pynumpress.encode_linear, 1002312, "MS-Numpress linear prediction compression"),
        (INTENSITY, pynumpress.encode_slof, 1002314, "MS-Numpress short logged float compression"),
    ):
        plain = base64.b64encode(values.astype("<f8").tobytes()).decode()
        packed = encode(values, 1e5 if "linear" in name else 3000.0)
        text = text.replace(plain, base64.b64encode(bytes(packed)).decode())
        text = text.replace(
            'accession="MS:1000576" name="no compression"', f'accession="MS:{accession}" name="{name}"', 1
        )
    found = read(tmp_path, text)
    np.testing.assert_allclose(found["mz"], MZ, atol=1e-4)
    np.testing.assert_allclose(found["intensity"], INTENSITY, rtol=1e-3)


@settings(deadline=None, derandomize=True, max_examples=80)
@given(
    st.sampled_from([THERMO, AGILENT, BRUKER, BRUKER_LINE, JCAMP, MGF, mzxml()]),
    st.lists(
        st.tuples(st.integers(0, 2000), st.sampled_from(["", ",", ".", "9" * 400, "-", "nan", "\n", "\t#"])),
        min_size=1, max_size=3,
    ),
)  # fmt: skip
def test_mutated_exports_are_a_spectrum_or_one_line(tmp_path_factory, text, changes):
    for place, piece in changes:
        place %= len(text)
        text = text[:place] + piece + text[place + 1 :]
    path = tmp_path_factory.getbasetemp() / "mutated"
    path.write_bytes(text.encode())
    try:
        found = read_spectrum(path)
    except ValueError as error:
        assert str(error).startswith("mutated: ") and "\n" not in str(error)
    else:
        assert np.isfinite(found.to_numpy()).all() and found["mz"].is_monotonic_increasing
