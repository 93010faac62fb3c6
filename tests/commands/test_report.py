"""The analysis of one configuration from file to report, through the command line."""

import json
import re
import subprocess
import sys
from html.parser import HTMLParser

import gsd.hoomd
import numpy as np
import pandas as pd
import pytest
from scipy.spatial.transform import Rotation

from supracrystal.cli import main
from supracrystal.colloids import (
    FOUND,
    analyse,
    icosahedral_cluster,
    is_large,
    laves_phase,
    mackay_cluster,
    make_particles,
    read_particles,
    report,
)

CENTRE = np.array([512.3, 480.1, -30.7])
TURN = Rotation.from_rotvec([0.4, -0.9, 0.3])
# One five-fold axis of an icosahedron whose two-fold axes are x, y and z; all others follow by rotation.
GOLDEN = (1 + 5**0.5) / 2


def sample(number=1100, noise=0.04, missing=0.1, unit=9.9):
    """Coordinates in nm and species of a cluster that is turned, shifted, shaken and has vacancies."""
    random = np.random.default_rng(4)
    ideal = icosahedral_cluster(number=number)
    position = TURN.apply(np.asarray(ideal.particles.position, dtype=float))
    position += noise * random.normal(size=position.shape)
    keep = random.random(len(position)) > missing
    table = pd.DataFrame(position[keep] * unit + CENTRE * unit / 9.9, columns=["x", "y", "z"])
    return table.assign(species=np.where(is_large(ideal)[keep], "L", "S"))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Return the directory with the report on a noisy cluster."""
    folder = tmp_path_factory.mktemp("made")
    sample().to_csv(folder / "tomogram.csv", index=False)
    assert main(["analyse", str(folder / "tomogram.csv"), "-o", str(folder / "out"), "--unit", "nm"]) == 0
    return folder / "out"


@pytest.fixture(scope="module")
def summary(made):
    return json.loads((made / "summary.json").read_text())


def test_centre_and_axes_of_a_turned_noisy_cluster_are_found(summary):
    """Within 0.1 L diameters and 1 degree."""
    found = summary["icosahedral"]
    assert found["found"]
    assert np.linalg.norm(found["centre"] - CENTRE) < 0.1 * 9.9
    corners = [np.roll([0, a, b * GOLDEN], k) for a in (1, -1) for b in (1, -1) for k in range(3)]
    corners = TURN.apply(corners / np.linalg.norm(corners[0]))
    axes = np.array(found["axes"]["5"])
    nearest = (axes @ corners.T).max(axis=1)
    assert np.degrees(np.arccos(np.clip(nearest, -1, 1))).max() < 1
    assert len(np.unique((axes @ corners.T).argmax(axis=1))) == 12


def test_the_summary_counts_what_the_table_lists(made, summary):
    table = pd.read_parquet(made / "particles.parquet")
    pd.testing.assert_frame_equal(table, pd.read_csv(made / "particles.csv"), check_dtype=False)
    given = sample()
    np.testing.assert_array_equal(table[["x", "y", "z"]], given[["x", "y", "z"]])
    assert summary["particles"]["total"] == len(table) == len(given)
    counts = table.groupby(["class", "species"]).size()
    for name, count in summary["classes"].items():
        assert {s: int(counts.get((name, s), 0)) for s in "LS"} == count
    assert summary["largest_cluster"] == table["in_largest_cluster"].sum()
    assert (
        summary["domains"]["sizes"]
        == table.loc[table["domain"] >= 0, "domain"].value_counts().sort_index().tolist()
    )
    distance = np.linalg.norm(given[["x", "y", "z"]] - summary["icosahedral"]["centre"], axis=1)
    np.testing.assert_allclose(table["distance"], distance, atol=1e-3)
    assert table.loc[table["species"] == "S", "q4"].isna().all()


def test_rotational_orders_are_those_of_the_axes(summary):
    """c10 along a five-fold and c6 along a three-fold axis; what the axis forbids is far weaker."""
    five, three = summary["diffraction"]["5"], summary["diffraction"]["3"]
    assert five["10"] > 0.3 > 5 * max(five["4"], five["6"], five["8"])
    assert min(three["6"], three["12"]) > 0.3 > 3 * max(three["4"], three["8"], three["10"])


class Page(HTMLParser):
    """Collects identifiers, links, addresses that would be loaded, and unclosed elements."""

    def __init__(self):
        super().__init__()
        self.ids, self.links, self.loads, self.open = [], [], [], []

    def handle_starttag(self, tag, attrs):  # noqa: D102
        attrs = dict(attrs)
        self.ids += [attrs["id"]] if "id" in attrs else []
        self.links += [attrs["href"]] if tag == "a" else []
        self.loads += [
            v for k, v in attrs.items() if k in ("src", "srcset", "data") or (k == "href" and tag == "link")
        ]
        if tag not in ("meta", "img", "input", "br", "link"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):  # noqa: D102
        self.handle_starttag(tag, attrs)
        self.open.pop() if self.open and self.open[-1] == tag else None

    def handle_endtag(self, tag):  # noqa: D102
        assert self.open.pop() == tag, tag


def test_the_page_is_whole_and_loads_nothing(made):
    text = (made / "report.html").read_text()
    page = Page()
    page.feed(text)
    assert not page.open
    assert len(page.ids) == len(set(page.ids))
    assert all(address.startswith("data:") for address in page.loads)
    assert not re.search(r"@import|url\(['\"]?http", text)
    assert all(link[1:] in page.ids or link.startswith("https://doi.org/") for link in page.links)
    assert "None" not in re.sub(r"<(script|style)\b.*?</\1>", "", text, flags=re.S)
    assert "A binary icosahedral cluster" in text
    assert text.count("<svg") == 2


def test_equal_input_gives_equal_bytes_and_replaces_only_by_force(made, capsys):
    before = {path.name: path.read_bytes() for path in made.iterdir()}
    assert sorted(before) == sorted(report.FILES)
    arguments = ["analyse", str(made.parent / "tomogram.csv"), "-o", str(made), "--unit", "nm"]
    assert main(arguments) == 2
    assert re.fullmatch(r"supracrystal: \S+ exists; --force replaces it.*\n", capsys.readouterr().err)
    assert main([*arguments, "--force"]) == 0
    assert {path.name: path.read_bytes() for path in made.iterdir()} == before
    assert {path.name for path in made.parent.iterdir()} == {"tomogram.csv", "out"}


def test_nothing_half_is_written(tmp_path, monkeypatch):
    frame = icosahedral_cluster(5)
    table, summary = analyse(frame)
    report.write_report(tmp_path / "out", table, summary, frame)
    before = (tmp_path / "out" / "summary.json").read_bytes()

    def full(*args, **kwargs):
        raise OSError("No space left on device")

    monkeypatch.setattr(pd.DataFrame, "to_csv", full)
    for name, options in (("new", {}), ("out", {"force": True})):
        with pytest.raises(OSError, match="No space left"):
            report.write_report(tmp_path / name, table, summary, frame, **options)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert (tmp_path / "out" / "summary.json").read_bytes() == before


def test_a_directory_with_other_files_is_never_replaced(tmp_path, capsys):
    (tmp_path / "thesis.tex").write_text("years of work")
    sample(200).to_csv(tmp_path / "a.csv", index=False)
    assert main(["analyse", str(tmp_path / "a.csv"), "-o", str(tmp_path), "--force"]) == 2
    assert "holds other files" in capsys.readouterr().err
    assert (tmp_path / "thesis.tex").exists()


def test_a_cluster_inside_an_unordered_shell_is_found_by_its_shells():
    random, ideal = np.random.default_rng(3), icosahedral_cluster(number=1500)
    radius = np.linalg.norm(ideal.particles.position, axis=1).max()
    gas = random.uniform(-radius - 3, radius + 3, (12_000, 3))
    distance = np.linalg.norm(gas, axis=1)
    gas = gas[(distance > radius + 0.5) & (distance < radius + 3)]
    position = np.vstack([ideal.particles.position, gas])
    large = np.append(is_large(ideal), random.random(len(gas)) < 1 / 3)
    kept = random.random(len(large)) > 0.3
    position = position + random.normal(scale=0.08, size=position.shape) + [40, -7, 3]
    _, summary = analyse(make_particles(position[kept], large[kept]))
    assert summary["icosahedral"]["order"] < FOUND
    assert summary["icosahedral"]["found"]
    np.testing.assert_allclose(summary["icosahedral"]["centre"], [40, -7, 3], atol=0.1)


@pytest.mark.parametrize("name", ["C14", "C15"])
def test_a_ball_of_a_laves_crystal_has_no_icosahedral_order(tmp_path, name):
    bulk = laves_phase(name, cells=(8, 8, 5 if name == "C14" else 4))
    position = np.asarray(bulk.particles.position, dtype=float)
    near = np.argsort(np.linalg.norm(position - [0.3, 0.2, 0.1], axis=1))[:800]
    ball = make_particles(position[near], is_large(bulk)[near])
    table, summary = analyse(ball)
    assert not summary["icosahedral"]["found"]
    assert abs(summary["icosahedral"]["order"]) < 0.1
    assert summary["icosahedral"]["centre"] is summary["icosahedral"]["axes"] is summary["tubes"] is None
    text = report.write_report(tmp_path / "out", table, summary, ball).read_text()
    assert "No icosahedral cluster" in text
    assert "five-fold axis" not in re.sub(r"<(script|style)\b.*?</\1>", "", text, flags=re.S)
    inner = table["crystalline"] & (table["distance"] < 2.6)
    assert set(table.loc[inner, "class"]) == {{"C14": "MgZn2-like", "C15": "MgCu2-like"}[name]}


def test_a_periodic_crystal_is_classified_without_a_surface(tmp_path):
    with gsd.hoomd.open(tmp_path / "bulk.gsd", "w") as file:
        file.append(laves_phase("C15", cells=(4, 4, 2)))
    assert main(["analyse", str(tmp_path / "bulk.gsd"), "-o", str(tmp_path / "out")]) == 0
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert sum(summary["classes"]["MgCu2-like"].values()) == summary["particles"]["total"]
    assert summary["mgcu2_like"]["of_all"] == 1


def test_every_format_gives_the_same_table(tmp_path):
    """Coordinates exact in single precision, as GSD stores them."""
    given = sample(400)
    given[["x", "y", "z"]] = given[["x", "y", "z"]].astype(np.float32).astype(float)
    given.to_csv(tmp_path / "a.csv", index=False)
    lines = [f"{r.species} {r.x!r} {r.y!r} {r.z!r}" for r in given.itertuples()]
    (tmp_path / "a.xyz").write_text("\n".join([str(len(lines)), "", *lines]))
    (tmp_path / "a.extxyz").write_text("\n".join([str(len(lines)), "Properties=species:S:1:pos:R:3", *lines]))
    head = f"ITEM: TIMESTEP\n0\nITEM: NUMBER OF ATOMS\n{len(lines)}\nITEM: BOX BOUNDS ff ff ff\n"
    head += "-900 900\n" * 3 + "ITEM: ATOMS element x y z"
    (tmp_path / "a.dump").write_text("\n".join([head, *lines]))
    frame = gsd.hoomd.Frame()
    frame.particles.N, frame.particles.types = len(given), ["S", "L"]
    frame.particles.position = given[["x", "y", "z"]].to_numpy()
    frame.particles.typeid = given["species"].eq("L").to_numpy(int)
    frame.configuration.box = [4000, 4000, 4000, 0, 0, 0]
    with gsd.hoomd.open(tmp_path / "a.gsd", "w") as file:
        file.append(frame)
    tables = [analyse(read_particles(path, tell=len))[0] for path in sorted(tmp_path.iterdir())]
    assert len(tables) == 5
    for table in tables[1:]:
        pd.testing.assert_frame_equal(table, tables[0], check_exact=True)


def test_the_unit_of_length_changes_lengths_alone(tmp_path):
    figures = []
    for unit in (9.9, 9.9e-9):
        sample(400, unit=unit).to_csv(tmp_path / "a.csv", index=False)
        table, summary = analyse(read_particles(tmp_path / "a.csv", tell=len))
        figures.append((table["class"], table["domain"], np.array(summary["icosahedral"]["centre"]) / unit))
    assert figures[0][0].equals(figures[1][0])
    assert figures[0][1].equals(figures[1][1])
    np.testing.assert_allclose(figures[0][2], figures[1][2], atol=1e-3)


BAD = {
    "empty": "",
    "header": "x,y,z,species\n",
    "nan": "x,y,z,species\n0,0,nan,L\n",
    "twice": "x,y,z,species\n" + "".join(f"{i % 50},0,0,{'LS'[i % 2]}\n" for i in range(60)),
    "overlap": "x,y,z,species\n" + "".join(f"{i + 0.9 * (i == 20)},0,0,{'LSS'[i % 3]}\n" for i in range(60)),
    "one": "x,y,z,species\n" + "".join(f"{i},0,0,L\n" for i in range(30)),
    "numbers": "x,y,z,type\n" + "".join(f"{i},0,0,{i % 2 + 1}\n" for i in range(60)),
    "few": "x,y,z,species\n0,0,0,L\n1,0,0,S\n",
    "text": "the quick brown fox\njumps over\n",
    "binary": b"\x7fELF\x02\x01\x01\x00\xff\xfe",
}


@pytest.mark.parametrize("name", [*BAD, "missing", "directory"])
def test_bad_input_ends_with_one_line_and_no_report(tmp_path, capsys, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / f"{name}.dat"
    if name in BAD:
        path.write_bytes(BAD[name] if isinstance(BAD[name], bytes) else BAD[name].encode())
    elif name == "directory":
        path.mkdir()
    assert main(["analyse", str(path)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert re.fullmatch(r"supracrystal: [^\n]{10,300}\n", err)
    assert f"{name}.dat" in err
    assert [item.name for item in tmp_path.iterdir()] in ([], [path.name])


def test_the_command_itself_fails_in_one_line(tmp_path):
    (tmp_path / "numbers.csv").write_text(BAD["numbers"])
    command = [sys.executable, "-W", "error", "-m", "supracrystal", "analyse", "numbers.csv"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 2
    assert re.fullmatch(r"supracrystal: numbers.csv: .*give --large and --small\n", done.stderr)
    assert not done.stdout


def test_particles_of_one_species_get_their_symmetry_and_a_report(tmp_path, capsys):
    position = 2.7 * mackay_cluster(4).particles.position
    rows = "".join("Au {:.4f} {:.4f} {:.4f}\n".format(*place) for place in position)
    (tmp_path / "gold.xyz").write_text(f"{len(position)}\n\n{rows}")
    assert (
        main(["analyse", str(tmp_path / "gold.xyz"), "-o", str(tmp_path / "out"), "--unit", "angstrom"]) == 0
    )
    out = capsys.readouterr().out
    assert "309 particles of one species: 20 fcc, 90 hcp, 1 icosahedral, 36 five-fold axis, 162 other" in out
    assert "by five-fold axes and interior: icosahedral" in out
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert len(summary["symmetry"]["axes"]) == 6
    text = (tmp_path / "out" / "report.html").read_text()
    assert "<strong>icosahedral</strong>" in text and "Five-fold axes" in text


def test_a_crystal_that_is_no_laves_phase_is_named(tmp_path, capsys):
    place = np.stack(np.meshgrid(*[np.arange(6)] * 3, indexing="ij"), -1).reshape(-1, 3)
    rows = "".join(f"A {x} {y} {z}\nB {x + 0.5} {y + 0.5} {z + 0.5}\n" for x, y, z in place)
    head = 'Lattice="6 0 0 0 6 0 0 0 6" Properties=species:S:1:pos:R:3'
    (tmp_path / "b2.extxyz").write_text(f"{2 * len(place)}\n{head}\n{rows}")
    words = [
        "analyse",
        str(tmp_path / "b2.extxyz"),
        "--large",
        "A",
        "--small",
        "B",
        "-o",
        str(tmp_path / "out"),
    ]
    assert main(words) == 0
    out = capsys.readouterr().out
    assert "looked for: the binary icosahedral cluster and Laves phases" in out
    assert "by comparison with other structures: CsCl 100%" in out
    text = (tmp_path / "out" / "report.html").read_text()
    assert "CsCl (100.0 %)" in text and "not Laves-like" in text


def test_short_memory_is_one_line(tmp_path, capsys, monkeypatch):
    sample(200).to_csv(tmp_path / "a.csv", index=False)

    def short(*_, **__):
        raise MemoryError

    monkeypatch.setattr("supracrystal.commands.analyse.analyse", short)
    assert main(["analyse", str(tmp_path / "a.csv"), "-o", str(tmp_path / "out")]) == 2
    assert "a.csv: memory is short" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
