"""Reading particles: the same cluster in every format, and every kind of bad input named in one line."""

import gzip

import gsd.hoomd
import numpy as np
import pandas as pd
import pytest

from supracrystal.colloids import is_large, read_particles, read_table


@pytest.fixture(scope="module")
def cluster():
    """Positions (exact in single precision) and species of a ball of MgCu2, d_LL = 10 in its unit."""
    L = np.array([[0, 0, 0], [3, 3, 3]]) / 4 + 1 / 8
    S = np.array([[2, 2, 2], [2, 1, 1], [1, 2, 1], [1, 1, 2]]) / 4
    fcc = np.array([[0, 0, 0], [0, 1, 1], [1, 0, 1], [1, 1, 0]]) / 2
    shifts = np.stack(np.meshgrid(*[np.arange(-2, 2)] * 3), axis=-1).reshape(-1, 3)
    cells = (fcc[:, None] + shifts).reshape(-1, 3)
    position = np.concatenate([(L[:, None] + cells).reshape(-1, 3), (S[:, None] + cells).reshape(-1, 3)])
    large = np.arange(len(position)) < 2 * len(cells)
    keep = np.linalg.norm(position, axis=1) < 1.5
    turn, _ = np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))
    position = (position @ turn)[keep] * 10 * 4 / np.sqrt(3) + [300, -20, 7]
    return position.astype(np.float32).astype(float), np.where(large[keep], "L", "S")


def rows(position, species, template):
    return "".join(
        template.format(*r, s=s, i=i) for i, (r, s) in enumerate(zip(position, species, strict=True), 1)
    )


def write(path, position, species):
    """Write the cluster in the format that the name of the file asks for."""
    count, number = len(position), np.where(species == "L", 1, 2)
    low, high = position.min(axis=0) - 100, position.max(axis=0) + 100
    array, position = position, position.tolist()
    match path.name:
        case "cluster.gsd":
            frame = gsd.hoomd.Frame()
            frame.particles.N, frame.particles.types = count, ["L", "S"]
            frame.particles.position, frame.particles.typeid = array, number - 1
            frame.configuration.box = [2000, 2000, 2000, 0, 0, 0]
            with gsd.hoomd.open(path, "w") as file:
                file.append(frame)
            return
        case "cluster.xyz":
            text = f"{count}\nany comment\n" + rows(position, species, "{s} {0!r} {1!r} {2!r}\n")
        case "cluster.extxyz":
            head = 'Lattice="2000 0 0 0 2000 0 0 0 2000" Properties=id:I:1:pos:R:3:species:S:1 pbc="T T T"'
            text = f"{count}\n{head}\n" + rows(position, species, "{i} {0!r} {1!r} {2!r} {s}\n")
        case "cluster.csv":
            text = "X (nm),Y (nm),Z (nm),Species,grey\n" + rows(
                position, species, "{0!r},{1!r},{2!r},{s},3\n"
            )
        case "german.csv":
            text = "x;y;z;type\n" + rows(position, species, "{0!r};{1!r};{2!r};{s}\n").replace(".", ",")
        case "bare.txt":
            text = "# from a tomogram\n" + rows(position, species, "{s}\t{0!r}\t{1!r}\t{2!r}\n")
        case "packed.csv.gz":
            body = "x,y,z,species\n" + rows(position, species, "{0!r},{1!r},{2!r},{s}\n")
            path.write_bytes(gzip.compress(body.encode(), mtime=0))
            return
        case "cluster.dump":
            order = np.random.default_rng(2).permutation(count)
            lines = rows(position, number, "{i} {s} {0!r} {1!r} {2!r}\n").splitlines(keepends=True)
            bounds = "".join(f"{a!r} {b!r}\n" for a, b in zip(low.tolist(), high.tolist(), strict=True))
            text = (
                f"ITEM: TIMESTEP\n7\nITEM: NUMBER OF ATOMS\n{count}\nITEM: BOX BOUNDS ff ff ff\n{bounds}"
                "ITEM: ATOMS id type x y z\n" + "".join(lines[i] for i in order)
            )
    path.write_text(text)


def read(path, **options):
    return read_particles(path, tell=lambda line: None, **options)


@pytest.mark.parametrize(
    "name",
    [
        "cluster.gsd",
        "cluster.xyz",
        "cluster.extxyz",
        "cluster.csv",
        "german.csv",
        "bare.txt",
        "packed.csv.gz",
        "cluster.dump",
    ],
)
def test_every_format_gives_the_same_particles(tmp_path, cluster, name):
    position, species = cluster
    path = tmp_path / name
    write(path, position, species)
    frame = read(path, **({"large": 1, "small": 2} if name.endswith("dump") else {}))
    np.testing.assert_array_equal(frame.log["particles/coordinates"], position)
    np.testing.assert_array_equal(is_large(frame), species == "L")
    unit, origin = frame.log["length_unit"], frame.log["origin"]
    assert unit == pytest.approx(10, abs=1e-4)
    np.testing.assert_allclose(frame.particles.position * unit + origin, position, atol=1e-10)


def test_ovito_exports_read_as_they_were_written(tmp_path, cluster):
    """The XYZ and LAMMPS files that another program writes, in a tilted box."""
    data = pytest.importorskip("ovito.data")
    from ovito.io import export_file
    from ovito.pipeline import Pipeline, StaticSource

    position, species = cluster
    collection = data.DataCollection()
    part = collection.create_particles(count=len(position))
    part.create_property("Position", data=position)
    kinds = part.create_property("Particle Type", data=np.where(species == "L", 1, 2))
    for i, name in enumerate("LS", 1):
        kinds.types.append(data.ParticleType(id=i, name=name))
    cell = np.array([[900.0, 120, -80, -300], [0, 800, 60, -400], [0, 0, 700, -350]])
    collection.create_cell(cell, pbc=(True, True, True))
    pipeline = Pipeline(source=StaticSource(data=collection))
    columns = ["Particle Type", "Position.X", "Position.Y", "Position.Z"]
    export_file(pipeline, str(tmp_path / "o.xyz"), "xyz", columns=columns, precision=17)
    export_file(pipeline, str(tmp_path / "o.dump"), "lammps/dump", columns=columns, precision=17)
    for name, options in (("o.xyz", {}), ("o.dump", {"large": 1})):
        table, box = read_table(tmp_path / name)
        np.testing.assert_allclose(table[["x", "y", "z"]], position, atol=1e-4)
        np.testing.assert_allclose(box.vectors, cell[:, :3], atol=1e-9)
        np.testing.assert_allclose(box.corner, cell[:, 3], atol=1e-9)
        np.testing.assert_array_equal(is_large(read(tmp_path / name, **options)), species == "L")


def test_scaled_lammps_coordinates_in_a_tilted_box(tmp_path, random_generator):
    """LAMMPS manual, "Triclinic simulation boxes": x = lo + H s, with the enclosing bounds printed."""
    scaled = random_generator.random((60, 3))
    low, lengths, (xy, xz, yz) = np.array([-3.0, 2, 1]), np.array([30.0, 20, 25]), (-4.0, 2.5, 3.0)
    bounds = [
        (low[0] + min(0, xy, xz, xy + xz), low[0] + lengths[0] + max(0, xy, xz, xy + xz), xy),
        (low[1] + min(0, yz), low[1] + lengths[1] + max(0, yz), xz),
        (low[2], low[2] + lengths[2], yz),
    ]
    path = tmp_path / "tilted.dump"
    path.write_text(
        "ITEM: TIMESTEP\n0\nITEM: NUMBER OF ATOMS\n60\nITEM: BOX BOUNDS xy xz yz pp pp pp\n"
        + "".join(" ".join(f"{value:.16g}" for value in row) + "\n" for row in bounds)
        + "ITEM: ATOMS type xs ys zs\n"
        + "".join(f"{i % 2 + 1} {a!r} {b!r} {c!r}\n" for i, (a, b, c) in enumerate(scaled.tolist()))
    )
    table, _ = read_table(path)
    a, b, c = [lengths[0], 0, 0], [xy, lengths[1], 0], [xz, yz, lengths[2]]
    expected = [low + s[0] * np.array(a) + s[1] * np.array(b) + s[2] * np.array(c) for s in scaled]
    np.testing.assert_allclose(table[["x", "y", "z"]], expected, atol=1e-12)


@pytest.mark.parametrize("frame", [0, 1, -1, -2])
def test_a_frame_of_a_trajectory(tmp_path, frame):
    path = tmp_path / "two.xyz"
    path.write_text("2\nfirst\nL 0 0 0\nS 1 0 0\n\n1\nsecond\nS 5 6 7\n\n")
    table, _ = read_table(path, frame=frame)
    assert (len(table), table.index[0]) == ((2, 3) if frame in (0, -2) else (1, 8))
    with pytest.raises(ValueError, match=r"two\.xyz: frame 2 was asked for; there are 2"):
        read_table(path, frame=2)


def test_a_cluster_wrapped_across_its_box_is_put_together(tmp_path, cluster):
    position, species = cluster
    frame = gsd.hoomd.Frame()
    frame.particles.N, frame.particles.types = len(position), ["L", "S"]
    frame.particles.position = (position + 300) % 200 - 100
    frame.particles.typeid = np.where(species == "L", 0, 1)
    frame.configuration.box = [200, 200, 200, 0, 0, 0]
    with gsd.hoomd.open(tmp_path / "wrapped.gsd", "w") as file:
        file.append(frame)
    spread = read(tmp_path / "wrapped.gsd").particles.position
    np.testing.assert_allclose(spread, (position - position.mean(axis=0)) / 10, atol=1e-4)


def test_a_bulk_crystal_keeps_its_periodic_box(tmp_path):
    from supracrystal.colloids import laves_phase

    bulk = laves_phase("C14", cells=(3, 3, 2))
    with gsd.hoomd.open(tmp_path / "bulk.gsd", "w") as file:
        file.append(bulk)
    told = []
    frame = read_particles(tmp_path / "bulk.gsd", tell=told.append)
    np.testing.assert_allclose(frame.configuration.box, bulk.configuration.box, rtol=1e-5, atol=1e-6)
    assert any("periodic box" in line for line in told)


def test_what_is_assumed_is_told(tmp_path, cluster):
    position, species = cluster
    write(tmp_path / "cluster.csv", position, species)
    told = []
    read_particles(tmp_path / "cluster.csv", tell=told.append)
    assert len(told) == 3
    assert "L and S" in told[0] and "0.78" in told[1] and "10" in told[2]
    told.clear()
    read_particles(tmp_path / "cluster.csv", large="L", diameter=10.0, size_ratio=0.8, tell=told.append)
    assert told == []


def test_diameters_in_the_file_say_which_species_is_large(tmp_path, cluster):
    position, species = cluster
    table = pd.DataFrame(position, columns=["x", "y", "z"])
    table["type"] = np.where(species == "L", 2, 1)
    table["radius"] = np.where(species == "L", 5.0, 4.0)
    table.to_csv(tmp_path / "sizes.csv", index=False)
    frame = read(tmp_path / "sizes.csv")
    np.testing.assert_array_equal(is_large(frame), species == "L")
    assert frame.log["length_unit"] == 10
    assert frame.particles.diameter.min() == pytest.approx(0.8)


def table_of(cluster):
    table = pd.DataFrame(cluster[0], columns=["x", "y", "z"])
    return table.assign(species=cluster[1])


def changed(row, column, value):
    def change(table):
        table = table.astype({column: object})
        table.loc[row, column] = value
        return table

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t[:0], "no particles"),
        (lambda t: t[:12].replace("L", "S").assign(species=["L", "S"] * 6), "12 particles; at least 45"),
        (changed(7, "y", np.nan), "y is nan in line 9$"),
        (changed(7, "y", "inf"), "y is inf in line 9$"),
        (changed(7, "y", "1.2.3"), "line 9: '1.2.3' in column y is not a number"),
        (lambda t: pd.concat([t, t[3:5]]), r"2 duplicated positions: line \d+ and line \d+ are the same"),
        (lambda t: pd.concat([t, t[5:6] + [1.0, 0, 0, ""]]), r"line 7 .* overlap, 0\.1\d*.*: 1$"),
        (changed(4, "z", 9e9), r"line 6 lies 9e\+09 from the middle, over 20 times .* particles: 1;"),
        (lambda t: t.assign(x=1e150 * t.x), "largest coordinate is .*e\\+152; lengths from"),
        (lambda t: t.assign(**t[["x", "y", "z"]] * 1e-300), "largest coordinate is .*e-298; lengths from"),
        (lambda t: t.assign(species="n" + t.index.astype(str)), r"species, n0 \(1\), .* more: say which"),
        (lambda t: t.replace({"L": 1, "S": 2}), r"1 \(\d+\), 2 \(\d+\) is large; .* --large 1 --small 2"),
        (changed(0, "species", "X"), r"3 species, L \(\d+\), S \(\d+\), X \(1\)"),
        (lambda t: t.drop(columns="z"), "no column for z; the columns are x, y, species"),
    ],
)  # fmt: skip
def test_a_bad_table_is_refused_in_one_line(tmp_path, cluster, change, message):
    path = tmp_path / "bad.csv"
    change(table_of(cluster)).to_csv(path, index=False, na_rep="nan")
    with pytest.raises(ValueError, match=message) as error:
        read(path)
    assert str(error.value).startswith("bad.csv: ")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"\x89PNG\r\n\x1a\n\x00\xff", "neither GSD, NumPy nor text"),
        (b"\xdfe\xdfe\xdfe\xdfe rest is missing", "not a GSD file, or a damaged one"),
        (b"3\n\nL 0 0 0\nS 1 0 0\n", "ends in line 4, after 2 of 3 lines"),
        (b"2\n\nL 0 0 0\nS 1 0\n", "line 4: 3 columns, 4 expected"),
        (b"1\n\nL 0 0 0\nS 1 0 0\n", "line 4: 'S 1 0 0' stands where the number of particles should"),
        (b"1\nLattice=\"1 2\"\nL 0 0 0\n", "line 2: Lattice needs nine numbers"),
        (b"1\nProperties=pos:R\nL 0 0 0\n", "line 2: Properties=pos:R"),
        (b"ITEM: TIMESTEP\n0\nhello\n", "line 3: 'hello' stands where ITEM: should"),
        (b"ITEM: TIMESTEP\n0\nITEM: ATOMS id x\n", "line 3: ATOMS before NUMBER OF ATOMS"),
        (b"x,y,z,species\n1,2,3,L\n1,2,3\n", "line 3: 3 columns, 4 expected"),
        (b"1 2 3 4 5\n4 5 6 7 8\n", "line 1: 5 columns without names; write a first line"),
        (b"# nothing\n\n", "no particles"),
        (b"\xdfe" * 4 + bytes(15) + b"\x80" + bytes(300), "not a GSD file, or a damaged one"),
        (b"\n", "no particles"),
        (b" \n" * 3, "no particles"),
        (bytes(5000), r"the columns are '(\\x00){24}'\.\.\., and x"),
        (b"x,y,z,species\n1,2,3," + b"L" * 200_000, "field larger than field limit"),
        (gzip.compress(b"x,y,z,species\n", mtime=0)[:-4], "compressed file is damaged or cut off"),
        (gzip.compress(bytes(range(256)), mtime=0)[:40] + b"rest", "compressed file is damaged or cut off"),
        (b"ITEM: TIMESTEP\n0\nITEM: NUMBER OF ATOMS\n9\n", "ends in line 4, before the ATOMS of a frame"),
        (
            b"ITEM: NUMBER OF ATOMS\n0\nITEM: BOX BOUNDS pp\n0 1\n0 1\n0 1\nITEM: ATOMS type x y z\n",
            "line 4: bounds and boundaries of the box in three directions",
        ),
        (b"HEADER    PROTEIN\nATOM 1\n", "a PDB file is not read; convert it"),
        (b"name grey\n1 2\n", "no column for x, y, z; the columns are name, grey"),
    ],
)  # fmt: skip
def test_a_broken_file_is_refused_in_one_line(tmp_path, content, message):
    path = tmp_path / "broken"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=message) as error:
        read(path)
    assert str(error.value).startswith("broken")
    assert "\n" not in str(error.value)


def test_options_that_cannot_be_right_are_refused(tmp_path, cluster):
    write(tmp_path / "cluster.csv", *cluster)
    for options, message in (
        ({"large": "A"}, r"no species 'A' for large; there are L \(\d+\), S \(\d+\)"),
        ({"large": "L", "small": "L"}, "large and small are both 'L'"),
        ({"diameter": 0.0099}, "diameter = 0.0099, but large particles lie 10 apart"),
        ({"diameter": -1.0}, "diameter = -1.0; a positive number"),
        ({"min_distance": np.nan}, "min_distance = nan; a share of the contact distance"),
        ({"size_ratio": 1.2}, "size_ratio = 1.2; .* less than 1"),
        ({"diameter": 24.0}, "particles overlap, nearer than half the contact distance"),
        ({"format": "pdb"}, "unknown format 'pdb'; allowed are gsd, xyz, lammps, data, gro, csv, npy"),
        ({"frame": 3}, "frame 3 was asked for; a table without a column of frames has one"),
    ):
        with pytest.raises(ValueError, match=message):
            read(tmp_path / "cluster.csv", **options)
    with pytest.raises(FileNotFoundError, match="nowhere"):
        read(tmp_path / "nowhere.csv")
