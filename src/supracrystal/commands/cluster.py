"""``supracrystal cluster FORMULA``: build a cluster; ``supracrystal cluster FILE``: take one apart.

From a formula: the numbers of metal atoms and of sulphur choose the architecture
(:mod:`~supracrystal.clusters.structures`), and the ligands are placed on it
(:mod:`~supracrystal.clusters.ligand_shell`). SR, any thiolate, leaves only its sulphur. From a file of
coordinates: core, staples, ligands, bond lengths, formula, electrons and m/z
(:mod:`~supracrystal.clusters.dissect`).

Left out: phosphines, counter-ions and adducts, which no architecture has a place for; frames of copper, whose
bond lengths differ from those of silver and gold; and relaxation (:mod:`~supracrystal.clusters.relax`).
"""

import argparse
import html
import tempfile
from pathlib import Path

import numpy as np
from ase.io import read, write
from ase.io.formats import UnknownFileTypeError, filetype, ioformats
from ase.symbols import string2symbols
from scipy.spatial.distance import cdist

from supracrystal import InputError, view
from supracrystal.clusters import (
    FRAMES,
    SMILES,
    SUBGROUPS,
    WRITTEN,
    cluster,
    describe_parts,
    draw,
    measure_bonds,
    operations,
    shells,
    shortest_contacts,
    smiles,
    species_of,
    take_apart,
)
from supracrystal.commands.spectrum import check_place
from supracrystal.records import write_whole
from supracrystal.spectra import LIGANDS, VALENCE, Species, electron_count, masses, parse

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font-family: system-ui, sans-serif; max-width: 70rem; margin: 0 auto; padding: 0.8rem;
  background: #fff; color: #20272e; }}
h1 {{ font-size: 1.3rem; overflow-wrap: anywhere; }}
main {{ display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 1rem; }}
table {{ border-collapse: collapse; font-variant-numeric: tabular-nums; margin: 1rem 0; }}
th, td {{ padding: 0.2rem 1.2rem 0.2rem 0; text-align: left; }}
@media (prefers-color-scheme: dark) {{ body {{ background: #12171c; color: #d9e0e5; }} }}
</style></head>
<body><h1>{title}</h1><p>{summary}</p>{script}<main>{views}</main>{table}</body></html>
"""


SUFFIXES = (".xyz", ".extxyz", ".cif", ".pdb", ".gro", ".mol", ".sdf", ".json", ".traj")
"""Of files of atoms; others are known if they are there."""
MOTIFS = {1: "monomeric (S-M-S)", 2: "dimeric (S-M-S-M-S)", 3: "trimeric", 4: "tetrameric"}
"""What a staple is called by its number of metal atoms."""


def add_arguments(parser):
    """Add the options of ``supracrystal cluster`` to a parser.

    Parameters
    ----------
    parser : argparse.ArgumentParser

    Examples
    --------
    >>> parser = argparse.ArgumentParser()
    >>> add_arguments(parser)
    >>> parser.parse_args(["[Ag25(SR)18]-", "--site", "staple=AuAg11"]).site
    [('staple', 'AuAg11')]
    """
    parser.add_argument(
        "formula",
        metavar="FORMULA|FILE",
        help="a formula to build, such as '[Ag25(DMBT)18]-', or a file to take apart (.xyz, .cif, .pdb ...)",
    )
    parser.add_argument("--charge", metavar="Z", type=int, help="charge of the cluster in a file, as -1")
    parser.add_argument(
        "-o",
        "--out",
        metavar="FILE",
        type=Path,
        help="the atoms: .xyz, .extxyz (with shells and ligands), .pdb, .cif, .sdf, or another format of ASE",
    )
    parser.add_argument(
        "--html", metavar="FILE.html", type=Path, help="3D views, one page that needs no network"
    )
    parser.add_argument(
        "--site",
        metavar="SHELL=METALS",
        type=_site,
        action="append",
        default=[],
        help="metals of a shell, as core=Au or staple=AuAg11; may be repeated",
    )
    parser.add_argument("--mirror", action="store_true", help="build the mirror image")


def command(arguments):
    """Build a cluster, say what it is, and write it.

    Parameters
    ----------
    arguments : argparse.Namespace
        From :func:`add_arguments`.

    Examples
    --------
    >>> from supracrystal.cli import main
    >>> main(["cluster", "[PtAg24(SR)18]2-"])
    [PtAg24(SR)18]2-: architecture M25S18, symmetry Th, 43 atoms, 8 superatom electrons
       shell element  atoms  from the centre / Å
      centre      Pt      1                 0.00
        core      Ag     12                 2.77
      staple      Ag     12                 4.87
       S-end       S     12                 5.14
    S-middle       S      6                 6.07
    0
    """
    form = _check_outputs(arguments)
    path = Path(arguments.formula)
    if path.is_file() or path.suffix.lower() in SUFFIXES:
        if arguments.site or arguments.mirror:
            raise InputError("--site and --mirror are for clusters that are built, not for files")
        atoms, lines, table = _take_apart(path, arguments.charge)
    else:
        if arguments.charge is not None:
            raise InputError("--charge is for files; a formula has its charge behind the bracket")
        atoms, lines, table = _build(arguments)
    if arguments.out:
        with tempfile.TemporaryDirectory() as directory:
            target = Path(directory) / arguments.out.name
            _write(target, atoms, form, arguments.out)
            write_whole(target.read_bytes(), arguments.out)
    if arguments.html:
        write_whole(_page(atoms, lines, table).encode(), arguments.html)
    print(lines[0])
    print(table.round(2).to_string(index=False))
    print(*lines[1:], sep="\n", end="\n" if lines[1:] else "")


def _build(arguments):
    """Return a cluster from its formula, what is said of it, and the table of its shells."""
    sites = dict(arguments.site)
    if len(sites) < len(arguments.site):
        raise InputError("--site names a shell twice")
    atoms = build(arguments.formula, sites, mirror=arguments.mirror)
    info = atoms.info
    lines = [
        f"{info['formula']}: architecture {info['frame']}, symmetry {info['point_group']}, "
        f"{len(atoms)} atoms, {electron_count(parse(info['formula']))} superatom electrons"
    ]
    if len(near := shortest_contacts(atoms)):
        pairs = ", ".join(f"{pair} {distance:.2f}" for pair, distance in near.items())
        lines.append(f"least distances of different ligands: {pairs} Å")
    if "Cu" in atoms.symbols:
        lines.append(
            "note: copper stands at the distances of its host; its own bonds are about 0.2 Å shorter"
        )
    return atoms, lines, shells(atoms)


def _take_apart(path, charge):
    """Return the cluster of a file, what is said of it, and the table of its shells."""
    try:
        given = read(path)
    except FileNotFoundError as error:
        raise InputError(f"{path}: there is no such file, and it is no formula") from error
    except Exception as error:  # each format has its own ways to fail
        raise InputError(f"{path}: ASE cannot read this: {type(error).__name__}: {error}") from error
    stated = given.info.get("charge", given.info.get("total_charge"))
    told = "as given" if charge is not None else "of the file"
    if charge is None:
        charge = int(stated) if isinstance(stated, int | float | np.integer) else 0
        told = told if stated is not None else "not in the file: --charge gives it"
    try:
        atoms = take_apart(given)
        species = species_of(atoms, charge)
    except ValueError as error:
        raise InputError(f"{path}: {error}") from error
    try:
        electrons = f"{electron_count(species)} superatom electrons"
    except ValueError as error:
        electrons = f"no electron count: {str(error).removeprefix(f'{species}: ')}"
    found = masses(species)
    mass = f"m/z {found.most_abundant_mz:.3f}" if charge else f"mass {found.most_abundant:.3f} Da"
    lines = [f"{species}: {len(atoms)} atoms, charge {charge} ({told}), {electrons}, highest peak at {mass}"]
    motifs = ", ".join(
        f"{number} {MOTIFS.get(size, f'of {size} metal atoms')}"
        for size, number in atoms.info["staples"].items()
    )
    lines.append(f"staples: {motifs or 'none'}")
    lines.append(measure_bonds(atoms).round(2).to_string(index=False))
    if "H" not in atoms.symbols:
        lines.append("note: the file has no hydrogen, and so the formula and the mass have none")
    if beside := atoms.info["beside"]:
        lines.append(
            "beside the cluster: " + ", ".join(f"{number} {name}" for name, number in beside.items())
        )
    atoms.info = {"charge": charge, "formula": str(species)}
    return atoms, lines, describe_parts(atoms)


def _write(path, atoms, form, shown):
    """Write atoms as other programs read them, with the charge where the format has a place."""
    written, charge = atoms.copy(), atoms.info.get("charge", 0)
    if "point_group" in written.info:
        # The T of a point group alone would be read back from extended XYZ as "true".
        written.info["symmetry"] = f"point group {written.info.pop('point_group')}"
    options = {"columns": ["symbols", "positions"]} if path.suffix.lower() == ".xyz" else {}
    if form == "cif":
        written.center(vacuum=6.0)
        written.pbc = True
    try:
        write(path, written, format=form, **options)
    except Exception as error:  # each format has its own ways to fail
        raise InputError(f"--out {shown}: ASE cannot write this: {error}") from error
    said = f"{atoms.info['formula']} charge={charge}"
    if form == "proteindatabank":
        path.write_text(f"REMARK   1 {said}\n{path.read_text()}")
    elif form == "cif":
        lines = path.read_text().splitlines()
        lines.insert(1, f"_chemical_formula_moiety  '{atoms.info['formula'].replace(chr(39), chr(8242))}'")
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    elif form in ("mol", "sdf"):
        lines = path.read_text().splitlines()
        lines[2] = said[:80]
        path.write_text("\n".join(lines) + "\n")


def build(formula, sites=None, *, mirror=False):
    """Build a cluster from its formula, where SR stands for the bare sulphur of all ligands.

    Parameters
    ----------
    formula : str or Species
    sites : dict of str to str, optional
        Metals by the name of the shell: a symbol for all atoms, or a formula with one symbol for each.
    mirror : bool
        Build the mirror image.

    Returns
    -------
    ase.Atoms
        As from :func:`~supracrystal.clusters.ligand_shell.cluster`. ``info["point_group"]`` is that of the
        architecture, or the largest of its subgroups in ``SUBGROUPS`` that metals and ligands keep.

    Raises
    ------
    ValueError
        For a formula that no architecture fits, with those that there are; parts of it that cannot be placed;
        and sites that are not there.

    Examples
    --------
    >>> atoms = build("[Au12Ag32(SR)30]4-", {"icosahedron": "Au"})
    >>> str(atoms.symbols), atoms.info["point_group"]
    ('Au12Ag32S30', 'Th')
    """
    species = parse(formula)
    counts = species.counts
    named = [*SMILES, *(name for name, each in LIGANDS.items() if "[S-]" in (each.smiles or ""))]
    strange = [each for each in counts if each not in (*WRITTEN, *named, "SR")]
    if strange or species.adducts:
        raise InputError(
            f"{species}: no place for {', '.join(strange or [each for each, _ in species.adducts])}. Metals "
            f"are {', '.join(WRITTEN)}; ligands {', '.join(named)}, or SR for the sulphur alone"
        )
    metals = {each: number for each, number in counts.items() if each in VALENCE}
    if 2 * metals.get("Cu", 0) > sum(metals.values()):
        raise InputError(
            f"{species}: there are no bond lengths of copper here. The frames have those of silver and gold "
            "(2.8 Å between metals, 2.3-2.5 Å to S), where copper has 2.5 and 2.2-2.3"
        )
    ligands = {each: number for each, number in counts.items() if each not in WRITTEN}
    bare = "SR" in ligands
    if bare and len(ligands) > 1:
        raise InputError(f"{species}: SR stands for all ligands, or for none")
    sulphur = sum(number * smiles("SH" if bare else each).count("[S-]") for each, number in ligands.items())
    size = sum(counts.values()) - sum(ligands.values()), sulphur
    if size not in FRAMES:
        known = ", ".join(make().info["formula"] for make in FRAMES.values())
        raise InputError(
            f"{species} has {size[0]} metal atoms and {size[1]} S. There are architectures for {known}, and "
            "for other metals in the same places"
        )
    frame = FRAMES[size]()
    shell = frame.arrays["shell"][frame.arrays["ligand"] < 0].tolist()
    for each in sites or ():
        if each not in shell:
            allowed = ", ".join(f"{name} ({shell.count(name)})" for name in dict.fromkeys(shell))
            raise InputError(f"{species} has no shell of metals {each!r}; these are {allowed}")
    chosen = {each.replace("-", "_"): _symbols(metals) for each, metals in (sites or {}).items()}
    parts = tuple(("SH" if each == "SR" else each, number) for each, number in species.parts)
    atoms = cluster(Species(parts, species.charge), mirror=mirror, **chosen)
    if bare:
        info = atoms.info
        atoms = atoms[atoms.arrays["shell"] != "ligand"]
        groups = SUBGROUPS[frame.info["point_group"]]
        group = next(each for each in groups if _falls_on_itself(atoms, operations(each)))
        atoms.info = {**info, "formula": str(species), "point_group": group}
    return atoms


def _page(atoms, lines, table):
    """Return the page with the views."""
    title = html.escape(atoms.info["formula"])
    options = {"script": "none", "height": 520}
    views = draw(atoms, alt=f"All atoms of {atoms.info['formula']}, coloured by element.", **options)
    alt = f"Metal and sulphur of {atoms.info['formula']}, coloured by shell."
    views += draw(atoms[atoms.arrays["shell"] != "ligand"], shells=True, alt=alt, **options)
    return PAGE.format(
        title=title,
        summary="<br>".join(map(html.escape, lines)),
        script=view.script_tag(),
        views=views,
        table=table.round(2).to_html(index=False, border=0),
    )


def _falls_on_itself(atoms, group):
    """Tell whether each operation maps all atoms on atoms of their element."""
    for matrix in group:
        distance = cdist(atoms.positions @ matrix.T, atoms.positions)
        same = atoms.numbers[distance.argmin(axis=1)] == atoms.numbers
        if distance.min(axis=1).max() > 1e-3 or not same.all():
            return False
    return True


def _check_outputs(arguments):
    """Return the format of the file, or raise ValueError or OSError for what could not be written."""
    targets = {"--out": arguments.out, "--html": arguments.html}
    targets = {option: path for option, path in targets.items() if path}
    for option, path in targets.items():
        check_place(option, path)
    if len({path.resolve() for path in targets.values()}) < len(targets):
        raise InputError("--out and --html have the same name")
    if arguments.html and arguments.html.suffix.lower() != ".html":
        raise InputError(f"--html {arguments.html}: a name in .html is needed")
    if not arguments.out:
        return None
    try:
        form = filetype(arguments.out.name, read=False)
        known = ioformats[form].can_write and form != "html"
    except (UnknownFileTypeError, KeyError):
        known = False
    if not known:
        raise InputError(
            f"--out {arguments.out}: this suffix is no format for atoms; .xyz, .pdb, .cif, .json, .traj are"
        )
    return form


def _site(text):
    shell, equals, metals = text.partition("=")
    if not (shell and equals and metals):
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form core=Au or staple=AuAg11")
    return shell.strip(), metals.strip()


def _symbols(metals):
    """Return a symbol for all, or a list of symbols."""
    try:
        found = string2symbols(metals)
    except (ValueError, KeyError):
        found = []
    if not found or not {*found} <= {*WRITTEN}:
        raise InputError(f"--site: {metals!r} is no formula of {', '.join(WRITTEN)}")
    return found[0] if len(found) == 1 else found
