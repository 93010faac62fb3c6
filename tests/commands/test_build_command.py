"""The command as it is typed: files read back by ASE, known point groups, one message for what is wrong."""

import re

import ase.io
import pytest
import reference

from supracrystal.cli import main
from supracrystal.clusters import cluster
from supracrystal.commands import cluster as build_command
from supracrystal.commands.cluster import build
from supracrystal.spectra import elements, parse

BDT = "[Ag29(BDT)12]3-"


def refused(capsys, *arguments, lines=1):
    """Run a command that must end with status 2 and nothing printed but its complaint."""
    assert main(["cluster", *map(str, arguments)]) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err.startswith("supracrystal: ")
    assert captured.err.count("\n") == lines
    return captured.err


@pytest.mark.parametrize(
    ("formula", "architecture", "symmetry", "electrons"),
    [
        ("[Ag25(DMBT)18]-", "M25S18", "S6", 8),
        ("[Au25(SCH3)18]-", "M25S18", "S6", 8),
        ("[PtAg24(SH)18]2-", "M25S18", "S6", 8),
        ("[PdAg28(BDT)12]4-", "M29S24", "T", 8),
        ("[Ag44(SR)30]4-", "M44S30", "Th", 18),
        ("[Au12Ag32(SR)30]4-", "M44S30", "Th", 18),
        ("[Au44(SR)26]2-", "M44S26", "D3", 20),
    ],
)
def test_each_formula_finds_its_architecture(capsys, tmp_path, formula, architecture, symmetry, electrons):
    path = tmp_path / "cluster.xyz"
    assert main(["cluster", formula, "-o", str(path)]) == 0
    first = capsys.readouterr().out.splitlines()[0]
    atoms = ase.io.read(path)
    assert first == (
        f"{formula}: architecture {architecture}, symmetry {symmetry}, {len(atoms)} atoms, "
        f"{electrons} superatom electrons"
    )
    species = parse(formula.replace("(SR)", "(SH)"))
    expected = elements(species)
    if "(SR)" in formula:
        del expected["H"]
    assert {each: int((atoms.symbols == each).sum()) for each in {*atoms.symbols}} == expected
    assert atoms.info == {
        "frame": architecture,
        "symmetry": f"point group {symmetry}",
        "charge": species.charge,
        "formula": formula,
    }


def test_file_holds_the_cluster_with_shells_and_ligands(tmp_path):
    path = tmp_path / "ag29.extxyz"
    assert main(["cluster", BDT, "-o", str(path)]) == 0
    read, built = ase.io.read(path), cluster(BDT)
    assert read.positions == pytest.approx(built.positions, abs=1e-8)
    assert read.arrays["shell"].tolist() == built.arrays["shell"].tolist()
    assert read.arrays["ligand"].tolist() == built.arrays["ligand"].tolist()
    assert main(["cluster", BDT, "-o", str(path), "--mirror"]) == 0
    assert ase.io.read(path).positions == pytest.approx(-built.positions, abs=1e-8)


@pytest.mark.parametrize("name", ["cluster.pdb", "cluster.json", "cluster.traj", "cluster.extxyz"])
def test_suffix_chooses_the_format(tmp_path, name):
    assert main(["cluster", "[Au12Ag32(SR)30]4-", "-o", str(tmp_path / name)]) == 0
    atoms = ase.io.read(tmp_path / name)
    assert str(atoms.symbols) == "Au12Ag32S30"
    assert atoms.positions == pytest.approx(build("[Au12Ag32(SR)30]4-").positions, abs=1e-3)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_symmetry_of_bare_frames_is_that_of_their_metals():
    """One gold atom of twelve in the staples leaves none of the operations of Th that are looked for."""
    for formula, sites, group, matrices in (
        ("[Ag25(SR)18]-", {}, "Th", reference.signed_permutations(even_signs=False)),
        ("[Au38Ag6(SR)26]2-", {"dimer-outer": "Ag"}, "D3", reference.three_turns_and_three_flips()),
    ):
        atoms = build(formula, sites)
        assert atoms.info["point_group"] == group
        for matrix in matrices:
            assert reference.falls_on_itself(atoms.symbols, atoms.positions, matrix, 1e-6)
    atoms = build("[AuAg24(SR)18]-", {"staple": "AuAg11"})
    assert atoms.info["point_group"] == "C1"
    turned = [
        reference.falls_on_itself(atoms.symbols, atoms.positions, matrix, 0.1)
        for matrix in reference.signed_permutations(even_signs=True)
    ]
    assert sum(turned) == 1


def test_metals_go_where_they_are_sent(capsys, tmp_path):
    path = tmp_path / "alloy.extxyz"
    options = ["--site", "staple=Au2Ag10", "--site", "core=Ag"]
    assert main(["cluster", "[Au2PtAg22(SH)18]2-", *options, "-o", str(path)]) == 0
    atoms = ase.io.read(path)
    where = {each: sorted(atoms.arrays["shell"][atoms.symbols == each]) for each in ("Au", "Pt")}
    assert where == {"Au": ["staple", "staple"], "Pt": ["centre"]}
    assert re.search(r"staple +Ag, Au +12 ", capsys.readouterr().out)


def test_nothing_is_said_of_ligands_that_are_not_there(capsys):
    assert main(["cluster", "[Ag25(SR)18]-"]) == 0
    assert "ligands" not in capsys.readouterr().out


def test_page_has_two_views_and_asks_no_other_host(tmp_path):
    path, pages = tmp_path / "view.html", []
    for _ in range(2):
        assert main(["cluster", BDT, "--html", str(path)]) == 0
        pages.append(path.read_text(encoding="utf-8"))
    assert pages[0] == pages[1]
    assert pages[0].count("</supracrystal-view>") == 2 and pages[0].count("<h1>") == 1
    assert not re.search(r"""(?:src|href)\s*=\s*["']?(?:https?:)?//""", pages[0])
    assert "M29S24" in pages[0] and "crown" in pages[0] and "S-cap" in pages[0]


def test_what_fails_leaves_the_old_file(monkeypatch, capsys, tmp_path):
    path = tmp_path / "old.xyz"
    path.write_text("old")

    def half(target, *_, **__):
        target.write_text("half")
        raise OSError("disk full")

    monkeypatch.setattr(build_command, "write", half)
    assert "disk full" in refused(capsys, "[Ag25(SR)18]-", "-o", path)
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["[Ag26(SH)18]-"], r"26 metal atoms and 18 S.*\[Ag25\(SR\)18\]-, .*\[Au44\(SR\)26\]2-"),
        (["[Ag29(SR)24]3-"], "SH has 1 S to bind|24 ligands are given for 12 places"),
        (["[Ag25(BDT)9]-"], "9 ligands are given for 18 places"),
        (["[Ag29(BDT)12(PPh3)4]3-"], r"no place for PPh3\. Metals are Pt, .*; ligands SH, .*BDT, .*or SR"),
        (["[Ag29(BDT)12+H]2-"], "no place for H"),
        (["[Au44(p-MBA)26+12Na-16H]6-"], "no place for Na, H"),
        (["[Ag25(SR)9(SH)9]-"], "SR stands for all ligands, or for none"),
        (["[Ag25(SR)18]-", "--site", "mirror=Au"], r"'mirror'; these are centre \(1\), core \(12\)"),
        (["[Ag25(SR)18]-", "--site", "core=Fe"], "'Fe' is no formula of Pt"),
        (["[Ag25(SR)18]-", "--site", "core=Au"], "hold metals that .* does not have"),
        (["[Ag25(SR)18]-", "--site", "core=AuAg"], "core of M25S18 has 12 atoms, and 2 symbols"),
        (["[Ag25(SR)18]-", "--site", "core=Ag", "--site", "core=Ag"], "names a shell twice"),
        (["[Cu25(SR)18]-"], "no bond lengths of copper here"),
        (["nowhere.xyz"], r"nowhere\.xyz: there is no such file, and it is no formula"),
        (["[Ag25(SR)18]-", "--charge", "-1"], "--charge is for files"),
        (["[Ag25(SR)18]-", "-o", "cluster.foo"], r"cluster\.foo: this suffix is no format"),
        (["[Ag25(SR)18]-", "-o", "cluster"], "this suffix is no format"),
        (["[Ag25(SR)18]-", "-o", "page.html"], "this suffix is no format"),
        (["[Ag25(SR)18]-", "--html", "page.htm"], r"a name in \.html is needed"),
        (["[Ag25(SR)18]-", "-o", "no/such/cluster.xyz"], "there is no folder no/such"),
        (["[Ag25(SR)18]-", "-o", "POSCAR"], "ASE cannot write this"),
    ],
)
def test_wrong_input_is_one_line(monkeypatch, capsys, tmp_path, arguments, named):
    monkeypatch.chdir(tmp_path)
    assert re.search(named, refused(capsys, *arguments))
    assert not list(tmp_path.iterdir())


def test_formula_that_cannot_be_read_has_a_caret(capsys):
    assert refused(capsys, "[Ag25(DMBT18]-", lines=3).endswith("^\n")


def test_help_names_the_command(capsys):
    for arguments in (["--help"], ["cluster", "--help"]):
        with pytest.raises(SystemExit):
            main(arguments)
        assert "cluster" in capsys.readouterr().out


@pytest.mark.parametrize("suffix", ["xyz", "pdb", "mol", "sdf"])
def test_built_files_are_read_by_ase_and_by_rdkit(tmp_path, suffix):
    from rdkit import Chem

    path = tmp_path / f"au.{suffix}"
    assert main(["cluster", "[Au25(SCH3)18]-", "-o", str(path)]) == 0
    as_drawn = {"sanitize": False, "removeHs": False}
    read = {
        "xyz": Chem.MolFromXYZFile,
        "pdb": lambda name: Chem.MolFromPDBFile(name, **as_drawn),
        "mol": lambda name: Chem.MolFromMolFile(name, **as_drawn),
        "sdf": lambda name: next(Chem.SDMolSupplier(name, **as_drawn)),
    }[suffix]
    assert len(ase.io.read(path)) == read(str(path)).GetNumAtoms() == 115
    assert "charge=-1" in path.read_text()


def test_cif_has_a_cell_around_the_cluster_and_its_formula_with_the_charge(tmp_path):
    path = tmp_path / "au.cif"
    assert main(["cluster", "[Au25(SCH3)18]-", "-o", str(path)]) == 0
    atoms = ase.io.read(path)
    assert len(atoms) == 115 and min(atoms.cell.lengths()) > 15
    assert "'[Au25(SCH3)18]-'" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("suffix", ["xyz", "pdb", "cif"])
def test_a_cluster_in_a_file_is_taken_apart(capsys, tmp_path, suffix):
    path = tmp_path / f"mine.{suffix}"
    assert main(["cluster", "[Au25(SCH3)18]-", "-o", str(path)]) == 0
    capsys.readouterr()
    assert main(["cluster", str(path), "--charge", "-1", "--html", str(tmp_path / "view.html")]) == 0
    said = capsys.readouterr().out
    assert said.startswith("[Au25(SCH3)18]-: 115 atoms, charge -1 (as given), 8 superatom electrons, highest")
    assert "staples: 6 dimeric (S-M-S-M-S)" in said
    assert re.search(r"Au staple–S +24 +2.32 +2.32 +2.32 +2.32\n", said)


def test_charge_of_a_file_is_taken_from_it(capsys, tmp_path):
    path = tmp_path / "mine.xyz"
    assert main(["cluster", "[Au25(SCH3)18]-", "-o", str(path)]) == 0
    assert main(["cluster", str(path)]) == 0
    assert "charge -1 (of the file), 8 superatom electrons" in capsys.readouterr().out
    assert main(["cluster", str(path), "--charge", "0"]) == 0
    assert "charge 0 (as given), 7 superatom electrons" in capsys.readouterr().out


def test_copper_among_silver_is_built_with_a_note(capsys):
    assert main(["cluster", "[CuAg24(SR)18]-"]) == 0
    assert "note: copper stands at the distances of its host" in capsys.readouterr().out
