"""Files as microscopes, spreadsheets and simulations write them: read right, or refused by name."""

import bz2
import gzip
import lzma
import os
import threading

import gsd.hoomd
import numpy as np
import pandas as pd
import pytest

from supracrystal.colloids import (
    classify,
    core,
    diameters,
    icosahedral_cluster,
    is_large,
    laves_phase,
    mackay_cluster,
    make_particles,
    packing_fraction,
    read_particles,
    read_table,
    two_sizes,
)

CELL = 7.0
"""Cubic lattice constant of the MgCu2 below: large neighbours are 3.03 apart."""


@pytest.fixture(scope="module")
def bulk():
    """Positions in a corner-based box, species and edges of a bulk MgCu2 of 288 particles, LL 3.03."""
    frame = laves_phase("C15", cell="cubic", cells=(3, 2, 2))
    scale = CELL * 3 / frame.configuration.box[0]
    edges = frame.configuration.box[:3] * scale
    return np.asarray(frame.particles.position) * scale + edges / 2, is_large(frame), edges


@pytest.fixture(scope="module")
def table():
    """Return a noisy cluster of 309 in nm."""
    frame = icosahedral_cluster(number=309)
    noise = np.random.default_rng(3).normal(scale=0.02, size=(309, 3))
    position = 9.9 * (frame.particles.position + noise) + [100, 120, 90]
    made = pd.DataFrame(position.round(3), columns=["x", "y", "z"])
    return made.assign(species=np.where(is_large(frame), "L", "S"))


def read(path, **options):
    told = []
    return read_particles(path, tell=told.append, **options), told


def dump(path, columns, names, edges, flags="pp pp pp"):
    bounds = "".join(f"0 {edge!r}\n" for edge in np.asarray(edges).tolist())
    rows = "".join(
        " ".join(map(repr, row)) + "\n"
        for row in zip(*(np.asarray(c).tolist() for c in columns), strict=True)
    )
    path.write_text(
        f"ITEM: TIMESTEP\n0\nITEM: NUMBER OF ATOMS\n{len(columns[0])}\nITEM: BOX BOUNDS {flags}\n{bounds}"
        f"ITEM: ATOMS {names}\n{rows}"
    )


def moved(position, edges, kind):
    """Move particles out of their box by whole edges, or all of them by a part of it."""
    random = np.random.default_rng(1)
    if kind == "some":
        return position + edges * (random.random(position.shape) < 0.1)
    if kind == "far":
        return position + edges * random.integers(-3, 4, position.shape)
    return position + 0.7 * edges


@pytest.mark.parametrize("kind", ["some", "far", "drifted"])
def test_unwrapped_coordinates_of_a_bulk_crystal_are_those_of_the_crystal(tmp_path, bulk, kind):
    position, large, edges = bulk
    number = np.arange(1, len(position) + 1)
    columns = [number, np.where(large, 1, 2), *moved(position, edges, kind).T]
    dump(tmp_path / "in.dump", columns, "id type xu yu zu", edges)
    frame, told = read(tmp_path / "in.dump", large=1, small=2)
    assert frame.log["length_unit"].item() == pytest.approx(CELL * 3**0.5 / 4, rel=1e-4)
    assert set(classify(frame)) == {"MgCu2-like"}
    assert any("outside the periodic box" in line for line in told)


def test_of_scaled_and_unwrapped_columns_the_lengths_are_taken(tmp_path, bulk):
    position, large, edges = bulk
    columns = [np.where(large, 1, 2), *(position / edges).T, *position.T]
    dump(tmp_path / "in.dump", columns, "type xs ys zs xu yu zu", edges)
    found = read_table(tmp_path / "in.dump")[0]
    np.testing.assert_allclose(found[["x", "y", "z"]], position)
    dump(tmp_path / "in.dump", [np.where(large, 1, 2), *(position / edges).T], "type xsu ysu zsu", edges)
    np.testing.assert_allclose(read_table(tmp_path / "in.dump")[0][["x", "y", "z"]], position)


def test_a_cluster_in_a_box_too_small_for_it_is_free(tmp_path, table):
    frame = gsd.hoomd.Frame()
    frame.particles.N, frame.particles.types = len(table), ["L", "S"]
    frame.particles.position = table[["x", "y", "z"]].to_numpy() - [100, 120, 90]
    frame.particles.typeid = (table["species"] == "S").to_numpy().astype(int)
    frame.configuration.box = [20, 20, 20, 0, 0, 0]
    with gsd.hoomd.open(tmp_path / "in.gsd", "w") as file:
        file.append(frame)
    _, told = read(tmp_path / "in.gsd")
    assert any("outside the box, which is ignored" in line for line in told)


def test_a_table_of_several_frames_gives_one(tmp_path, table):
    apart = pd.concat([table.assign(frame=0), table.assign(frame=1, x=table.x + 120)])
    apart.to_csv(tmp_path / "in.csv", index=False)
    frame, told = read(tmp_path / "in.csv")
    assert frame.particles.N == 309
    np.testing.assert_allclose(frame.log["particles/coordinates"][:, 0], table.x + 120)
    assert "the column frame has 2 frames; that of 1 is taken (--frame)" in told
    assert read(tmp_path / "in.csv", frame=0)[0].log["particles/coordinates"][0, 0] == table.x[0]
    with pytest.raises(ValueError, match="frame 2 was asked for; the column frame has 2"):
        read(tmp_path / "in.csv", frame=2)
    table.assign(t=np.arange(309.0)).to_csv(tmp_path / "in.csv", index=False)
    with pytest.raises(ValueError, match="column t has 309 moments for 309 rows"):
        read(tmp_path / "in.csv")


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["x_px", "y_px", "x_nm", "y_nm", "z_nm"], "two columns for x, x_px and x_nm"),
        (["x (px)", "y (px)", "x (nm)", "y (nm)", "z (nm)"], r"two columns for x, x \(px\) and x \(nm\)"),
        (["x_px", "y_px", "other", "more", "z_nm"], "columns x_px, y_px, z_nm have different units"),
    ],
)
def test_columns_of_two_units_are_refused_by_name(tmp_path, table, names, message):
    columns = [table.x / 1.3, table.y / 1.3, table.x, table.y, table.z]
    pd.DataFrame(dict(zip(names, columns, strict=True))).assign(species=table.species).to_csv(
        tmp_path / "in.csv", index=False
    )
    with pytest.raises(ValueError, match=message):
        read(tmp_path / "in.csv")


def test_a_running_label_is_no_species(tmp_path, table):
    table.drop(columns="species").assign(label=range(309)).to_csv(tmp_path / "in.csv", index=False)
    frame, told = read(tmp_path / "in.csv")
    assert is_large(frame).all()
    assert "the column label numbers the particles and names no species" in told
    assert any("taken for one species, for no column names one" in line for line in told)


@pytest.mark.parametrize("kind", ["sep", "titles", "comment", "units", "trailing", "bars"])
def test_tables_as_programs_write_them(tmp_path, table, kind):
    text = table.to_csv(index=False)
    text = {
        "sep": "sep=;\n" + text.replace(",", ";"),
        "titles": "\nPosition\n====\n"
        + text.replace("x,y,z,species", "Position X,Position Y,Position Z,Type"),
        "comment": "# x y z species\n" + text.split("\n", 1)[1].replace(",", " "),
        "units": text.replace("species\n", "species\nX,Y,Z,Kind\n(nm),(nm),(nm),\n", 1),
        "trailing": text.replace("\n", ",\n"),
        "bars": text.replace(",", " | "),
    }[kind]
    (tmp_path / "in.txt").write_text(text)
    frame, _ = read(tmp_path / "in.txt")
    np.testing.assert_array_equal(frame.log["particles/coordinates"], table[["x", "y", "z"]])
    np.testing.assert_array_equal(is_large(frame), table.species == "L")


@pytest.mark.parametrize("packed", [gzip.compress, bz2.compress, lzma.compress])
def test_compressed_tables(tmp_path, table, packed):
    (tmp_path / "in").write_bytes(packed(table.to_csv(index=False).encode()))
    assert read(tmp_path / "in")[0].particles.N == 309


def test_a_pipe_is_read_once(tmp_path, table):
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=lambda: table.to_csv(tmp_path / "pipe", index=False))
    writer.start()
    frame, _ = read(tmp_path / "pipe")
    writer.join()
    np.testing.assert_array_equal(frame.log["particles/coordinates"], table[["x", "y", "z"]])


def test_an_xyz_file_may_begin_with_a_blank_line(tmp_path, table):
    rows = "".join(f"{r.species} {r.x} {r.y} {r.z}\n" for r in table.itertuples())
    (tmp_path / "in.xyz").write_text(f"\n309\n\n{rows}")
    np.testing.assert_array_equal(read_table(tmp_path / "in.xyz")[0]["x"], table.x)


def test_numbers_alone_are_x_y_z_and_a_radius(tmp_path, table):
    size = np.where(table.species == "L", 4.95, 3.86) + np.random.default_rng(0).normal(scale=0.05, size=309)
    columns = table[["x", "y", "z"]].assign(r=size)
    columns.to_csv(tmp_path / "in.txt", sep=" ", header=False, index=False)
    frame, told = read(tmp_path / "in.txt")
    np.testing.assert_array_equal(is_large(frame), table.species == "L")
    assert "the fourth column is taken for the radius" in told
    assert any("by the diameters in the file" in line for line in told)
    table[["x", "y", "z"]].to_csv(tmp_path / "in.txt", sep=" ", header=False, index=False)
    assert is_large(read(tmp_path / "in.txt")[0]).all()


@pytest.mark.parametrize("kind", ["rows", "named", "frames"])
def test_arrays_of_numpy(tmp_path, table, kind):
    position = table[["x", "y", "z"]].to_numpy()
    array = {
        "rows": position,
        "named": table.assign(type=(table.species == "L").astype(int))[["x", "y", "z", "type"]].to_records(
            index=False
        ),
        "frames": np.stack([0 * position, position]),
    }[kind]
    np.save(tmp_path / "in.npy", array)
    np.testing.assert_array_equal(read_table(tmp_path / "in.npy")[0][["x", "y", "z"]], position)
    np.save(tmp_path / "in.npy", np.ones((2, 2)))
    with pytest.raises(ValueError, match=r"of the shape \(2, 2\); \(N, 3\) of numbers is needed"):
        read_table(tmp_path / "in.npy")


@pytest.mark.parametrize("style", ["atomic", "sphere", "full", None])
def test_a_lammps_data_file(tmp_path, bulk, style):
    position, large, edges = bulk
    before = {"sphere": "{kind} 3.0 1.0", "full": "1 {kind} 0.5"}.get(style, "{kind}")
    rows = "".join(
        f"{i} {before.format(kind=1 if big else 2)} {x!r} {y!r} {z!r} 0 0 1\n"
        for i, (big, (x, y, z)) in enumerate(zip(large, position.tolist(), strict=True), 1)
    )
    box = "".join(f"0 {edge!r} {axis}lo {axis}hi\n" for edge, axis in zip(edges.tolist(), "xyz", strict=True))
    said = f" # {style}" if style else ""
    (tmp_path / "in.data").write_text(
        f"made up\n\n288 atoms\n2 atom types\n\n{box}\nMasses\n\n1 1\n2 1\n\nAtoms{said}\n\n{rows}"
        "\nVelocities\n\n1 0 0 0\n"
    )
    frame, _ = read(tmp_path / "in.data", large=1, small=2)
    assert set(classify(frame)) == {"MgCu2-like"}
    (tmp_path / "in.data").write_text(
        (tmp_path / "in.data").read_text().replace(f"Atoms{said}", "Atoms # dipole")
    )
    with pytest.raises(ValueError, match="style of the atoms is dipole; write it behind Atoms"):
        read(tmp_path / "in.data")


def test_a_gro_file(tmp_path, bulk):
    position, large, edges = bulk
    rows = "".join(
        f"{i:5d}MOL  {'A' if big else 'B':>5}{i:5d}{x:8.3f}{y:8.3f}{z:8.3f}\n"
        for i, (big, (x, y, z)) in enumerate(zip(large, position.tolist(), strict=True), 1)
    )
    (tmp_path / "in.gro").write_text(
        f"a title\n  288\n{rows}{edges[0]:10.5f}{edges[1]:10.5f}{edges[2]:10.5f}\n"
    )
    frame, _ = read(tmp_path / "in.gro", large="A", small="B")
    np.testing.assert_array_equal(is_large(frame), large)
    assert set(classify(frame)) == {"MgCu2-like"}


def test_the_last_whole_frame_of_a_cut_trajectory_is_named(tmp_path, bulk):
    position, large, edges = bulk
    dump(tmp_path / "in.dump", [np.where(large, 1, 2), *position.T], "type x y z", edges)
    text = (tmp_path / "in.dump").read_text()
    (tmp_path / "in.dump").write_text(text + text[: len(text) // 2])
    with pytest.raises(ValueError, match="the last whole frame is --frame 0"):
        read(tmp_path / "in.dump", large=1, small=2)
    assert read(tmp_path / "in.dump", large=1, small=2, frame=0)[0].particles.N == 288


def names_of(position, large, share, seed=0):
    """Give the names A (large) and B to so many of the particles."""
    table = pd.DataFrame(position, columns=["x", "y", "z"])
    return table.assign(species=np.where(large, "A", "B"))


def packed(random, share, edge, tries):
    """Put hard spheres of 1 (a share) and 0.78 into a cube, one after the other, where there is room."""
    place, size = np.empty((0, 3)), np.empty(0)
    for point, big in zip(random.uniform(0, edge, (tries, 3)), random.random(tries) < share, strict=True):
        own = 1.0 if big else 0.78
        if (np.linalg.norm(place - point, axis=1) > (own + size) / 2).all():
            place, size = np.vstack([place, point]), np.append(size, own)
    return place, size


def test_a_species_is_suggested_only_where_distances_decide(tmp_path, random_generator):
    cluster = icosahedral_cluster(number=500)
    names_of(9.9 * cluster.particles.position, is_large(cluster), 0).to_csv(tmp_path / "in.csv", index=False)
    with pytest.raises(ValueError, match="--large A --small B"):
        read(tmp_path / "in.csv")
    place, _ = packed(random_generator, 0.0, 9, 20_000)
    names_of(place, random_generator.random(len(place)) < 0.2, 0).to_csv(tmp_path / "in.csv", index=False)
    with pytest.raises(ValueError, match=r"give --large and --small$"):
        read(tmp_path / "in.csv")


@pytest.mark.parametrize("share", [0.2, 0.5, 0.8])
def test_the_smaller_species_is_never_suggested_as_large(tmp_path, random_generator, share):
    """Hard spheres of 1 and 0.78 placed at random, one after the other, with any composition."""
    place, size = packed(random_generator, share, 8, 20_000)
    names_of(place, size == 1, share).to_csv(tmp_path / "in.csv", index=False)
    with pytest.raises(ValueError, match="give --large and --small") as error:
        read(tmp_path / "in.csv")
    assert "--large B" not in str(error.value)


def test_two_sizes_are_told_from_one_that_is_broad(random_generator):
    one = random_generator.normal(1, 0.12, 2000)
    assert two_sizes(one) is None
    assert two_sizes(random_generator.uniform(0.6, 1, 2000)) is None
    both = np.append(random_generator.normal(1, 0.03, 300), random_generator.normal(0.78, 0.03, 700))
    assert 0.83 < two_sizes(both) < 0.95


def test_two_sizes_that_distances_show_are_mentioned(tmp_path):
    for frame, mentioned in ((icosahedral_cluster(number=500), True), (mackay_cluster(4), False)):
        pd.DataFrame(frame.particles.position, columns=["x", "y", "z"]).to_csv(
            tmp_path / "in.csv", index=False
        )
        _, told = read(tmp_path / "in.csv")
        assert any("as if there were two sizes" in line for line in told) == mentioned


def test_densities_need_diameters_that_were_written(tmp_path):
    frame = laves_phase("C15", cells=(3, 3, 2), packing_fraction=0.5)
    plain = gsd.hoomd.Frame()
    plain.particles.N, plain.particles.types = frame.particles.N, ["L", "S"]
    plain.particles.position, plain.particles.typeid = frame.particles.position, frame.particles.typeid
    plain.configuration.box = frame.configuration.box
    with gsd.hoomd.open(tmp_path / "in.gsd", "w") as file:
        file.append(plain)
    with gsd.hoomd.open(tmp_path / "in.gsd") as file:
        found = file[0]
    for measure in (packing_fraction, core, diameters):
        with pytest.raises(
            ValueError, match="all 1, as GSD sets them where none were written; give size_ratio"
        ):
            measure(found)
    assert packing_fraction(found, size_ratio=0.78) == pytest.approx(0.5, rel=1e-5)
    assert core(found, size_ratio=0.78).density == pytest.approx(core(frame).density, rel=1e-5)
    equal = make_particles(
        frame.particles.position, np.ones(frame.particles.N, dtype=bool), box=frame.configuration.box
    )
    assert packing_fraction(equal) > packing_fraction(frame)
