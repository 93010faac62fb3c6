"""``supracrystal spectrum FORMULA …`` and ``supracrystal assign FILE …``.

The first prints the masses of ions and draws or writes the spectrum that they make; the second finds in a
measured spectrum which ions of given bounds are there, and says what it used. All that can be wrong is said
before anything is written, and each file is written whole. NumPy, pandas and SciPy are imported where they
are used: one formula needs the first alone.
"""

import io
import itertools
import math
import re
from collections import Counter
from functools import partial
from pathlib import Path

from supracrystal import InputError
from supracrystal.commands.options import positive, weights, whole_numbers, window

SHAPES = ("gaussian", "lorentzian", "ft")
MOST = 10_000
"""Members of a family."""
LONGEST = 2e7
"""Points of a spectrum."""
LISTED = 12
"""Unexplained peaks that are printed."""
TABLES = (".csv", ".parquet")
DIGITS = {
    "monoisotopic_mz": 3, "average_mz": 3, "apex_mz": 3, "mz": 3, "abundance": 4, "uncertainty": 4,
    "snr": 1, "confidence": 3, "cosine": 4, "ppm": 2,
}  # fmt: skip
"""Digits behind the point of the columns that are printed."""


def add_spectrum_arguments(parser):
    """Add the options of ``supracrystal spectrum`` to a parser.

    Parameters
    ----------
    parser : argparse.ArgumentParser

    Examples
    --------
    >>> from argparse import ArgumentParser
    >>> parser = ArgumentParser()
    >>> add_spectrum_arguments(parser)
    >>> parser.parse_args(["[Ag29(BDT)12]3-", "--resolution", "5e4"]).resolution
    50000.0
    """
    parser.add_argument("formulas", metavar="FORMULA", nargs="+", help="such as '[Ag53(BDT)12(DMBT)16]3-'")
    parser.add_argument(
        "--range",
        metavar="x=35:44",
        action="append",
        default=[],
        help="values of a variable in the formulas, both ends included, or a list x=1,12; may be repeated",
    )
    parser.add_argument(
        "--abundance",
        metavar="A,B,…",
        type=weights,
        help="area of each formula, or of each member of the families; default: 1",
    )
    _add_common(parser)
    parser.add_argument("--resolution", type=positive, default=20_000.0, help="m/FWHM; default: 20000")
    parser.add_argument(
        "--noise",
        metavar="RATIO",
        type=positive,
        help="signal-to-noise ratio of a synthetic spectrum",
    )
    parser.add_argument(
        "--baseline", metavar="HEIGHT", type=float, default=0.0, help="in units of the highest line"
    )
    parser.add_argument("--seed", type=int, default=0, help="of the noise; default: 0")
    parser.add_argument(
        "--spectrum-out", metavar="FILE", type=Path, help="the spectrum as mzML, CSV, TSV or XY"
    )


def add_assign_arguments(parser):
    """Add the options of ``supracrystal assign`` to a parser.

    Parameters
    ----------
    parser : argparse.ArgumentParser

    Examples
    --------
    >>> from argparse import ArgumentParser
    >>> parser = ArgumentParser()
    >>> add_assign_arguments(parser)
    >>> words = "x.mzML --metals Ag:20-60 --ligands BDT:12 --charges 3-".split()
    >>> parser.parse_args(words).charges
    '3-'
    """
    parser.add_argument(
        "file", metavar="FILE", type=Path, help="mzML, mzXML, MGF, JCAMP-DX, or m/z and intensity as text"
    )
    parser.add_argument(
        "--metals", metavar="Ag:20-60,Au:0-2", required=True, help="bounds of the numbers of metal atoms"
    )
    parser.add_argument(
        "--ligands", metavar="BDT:12,DMBT:10-18", default="", help="bounds of the numbers of ligands"
    )
    parser.add_argument("--charges", metavar="2-,3-", required=True, help="charges of the ions")
    parser.add_argument(
        "--adducts", metavar="Na:0-2,H:-2-0", help="bounds of what is attached, or lost if negative"
    )
    parser.add_argument(
        "--electrons",
        metavar="8,16",
        type=whole_numbers,
        help="only these numbers of superatom electrons",
    )
    parser.add_argument("--mz", metavar="LOW:HIGH", type=window, help="only this part of the spectrum")
    parser.add_argument(
        "--scan",
        metavar="N",
        action="append",
        help="number from 0, or identifier, of a scan; may be repeated; default: all added up",
    )
    parser.add_argument(
        "--kind", choices=("profile", "centroid"), help="what the spectrum is; default: what the file says"
    )
    _add_common(parser)
    parser.add_argument("--resolution", type=positive, help="m/FWHM; default: fitted")
    parser.add_argument(
        "--false-rate",
        metavar="SHARE",
        type=float,
        default=0.01,
        help="share of what is reported that may be false, by its confidence; default: 0.01",
    )
    parser.add_argument(
        "--calibration",
        metavar="PPM",
        type=float,
        default=50.0,
        help="largest shift of the axis; default: 50",
    )


def spectrum(arguments):
    """Print the masses of ions, and draw or write the spectrum that they make.

    Parameters
    ----------
    arguments : argparse.Namespace
        From :func:`add_spectrum_arguments`.

    Examples
    --------
    >>> from supracrystal.cli import main
    >>> main(["spectrum", "[Ag53(BDT)12(DMBT)16]3-"])
                    formula  charge  electrons  monoisotopic_mz  average_mz   apex_mz
    [Ag53(BDT)12(DMBT)16]3-      -3         16         3179.452    3198.426  3198.116
    0
    """
    from supracrystal.spectra import read_ligands

    _check_outputs(arguments, arguments.spectrum_out)
    ligands = arguments.ligand_file and read_ligands(arguments.ligand_file)
    families = _families(arguments.formulas, _ranges(arguments.range), ligands)
    species = list(itertools.chain(*families))
    abundances = _abundances(arguments.abundance, families)
    table = _described(species, ligands)
    if arguments.abundance:
        table["abundance"] = abundances
    synthetic, writing = None, []
    if arguments.noise or arguments.spectrum_out:
        from supracrystal.spectra import synthesise, write_spectrum

        _check_size(table["apex_mz"], arguments.resolution)
        synthetic = synthesise(
            species,
            abundances,
            resolution=arguments.resolution,
            shape=arguments.shape,
            signal_to_noise=arguments.noise or math.inf,
            baseline=arguments.baseline,
            seed=arguments.seed,
            ligands=ligands,
        )
        signs = {math.copysign(1, each.charge) if each.charge else 0 for each in species}
        synthetic.attrs |= {"representation": "profile"}
        if len(signs) == 1 and (sign := signs.pop()):
            synthetic.attrs["polarity"] = "positive" if sign > 0 else "negative"
        if arguments.spectrum_out:
            writing.append(partial(write_spectrum, synthetic, arguments.spectrum_out))
    if arguments.plot:
        from supracrystal.spectra import plots

        options = {"resolution": arguments.resolution, "shape": arguments.shape, "ligands": ligands}
        shown = synthetic if arguments.noise else None
        figure = plots.spectrum_figure(shown, species, abundances=abundances, label="synthetic", **options)
        title = ", ".join(arguments.formulas)
        writing.append(partial(plots.page, figure, arguments.plot, title=title))
    _finish(table, arguments, writing, _uncounted(species, ligands))


def assign(arguments):
    """Find the ions of given bounds in a measured spectrum.

    Parameters
    ----------
    arguments : argparse.Namespace
        From :func:`add_assign_arguments`.

    Examples
    --------
    >>> import tempfile
    >>> from supracrystal.cli import main
    >>> from supracrystal.spectra import synthesise, write_spectrum
    >>> dimers = synthesise(["[Ag53(BDT)12(DMBT)16]3-"], signal_to_noise=30)
    >>> with tempfile.TemporaryDirectory() as directory:
    ...     write_spectrum(dimers, Path(directory) / "dimers.mzML")
    ...     words = "--metals Ag:51-54 --ligands BDT:12,DMBT:14-18 --charges 3-"
    ...     main(["assign", str(Path(directory) / "dimers.mzML"), *words.split()])  # doctest: +ELLIPSIS
                    formula  charge  electrons        mz ...
    [Ag53(BDT)12(DMBT)16]3-      -3         16  3198.116 ...
    1 of 3 candidates found
    resolving power ... (fitted), shift ... ppm
    used: mzML, 1 of 1 scans, MS level 1, profile; ... points, m/z 3188 to 3210
    0
    """
    from supracrystal.spectra import assign as fit
    from supracrystal.spectra import candidates as possible
    from supracrystal.spectra import read_ligands, read_spectrum

    _check_outputs(arguments, read=arguments.file)
    ligands = arguments.ligand_file and read_ligands(arguments.ligand_file)
    charges = possible.charges(arguments.charges)
    measured = read_spectrum(arguments.file, scan=_scans(arguments.scan))
    notes = _contradictions(measured.attrs, charges, arguments)
    if arguments.kind:
        measured.attrs["representation"] = arguments.kind
    if arguments.mz:
        attrs = measured.attrs
        measured = measured[measured["mz"].between(*arguments.mz)].reset_index(drop=True)
        measured.attrs = attrs
        if len(measured) < 2:
            low, high = arguments.mz
            raise InputError(f"{arguments.file.name} has no points in --mz {low:g}:{high:g}")
    if len(measured) < 11:
        raise InputError(
            f"{arguments.file.name} has {len(measured)} points; at least 11 are needed to find an ion"
        )
    within = possible.candidates(
        arguments.metals,
        arguments.ligands,
        charges,
        adducts=arguments.adducts,
        electrons=arguments.electrons,
        mz=(measured["mz"].iloc[0], measured["mz"].iloc[-1]),
        ligand_table=ligands,
    )
    if not within:
        raise InputError("no species within the bounds has its m/z in the spectrum")
    # What a file says of the resolving power is the setting of the instrument, often for another m/z.
    try:
        table = fit(
            measured, within, arguments.resolution, shape=arguments.shape, false_rate=arguments.false_rate,
            calibration=arguments.calibration, ligands=ligands,
        )  # fmt: skip
    except ValueError as error:
        raise InputError(f"{arguments.file.name}: {error}") from error
    resolution, shift = table.attrs["resolution"], table.attrs["shift"]
    writing = []
    if arguments.plot:
        from supracrystal.spectra import plots

        moved = measured.assign(mz=measured["mz"] / (1 + 1e-6 * shift))
        figure = plots.spectrum_figure(
            moved,
            table["formula"],
            abundances=table["area"].to_numpy(),
            resolution=resolution,
            shape=arguments.shape,
            ligands=ligands,
        )
        writing.append(partial(plots.page, figure, arguments.plot, title=arguments.file.name))
    lines = [f"{len(table)} of {len(within)} candidates found"]
    if resolution:
        how = "given" if arguments.resolution else "fitted"
        fixed = "" if arguments.calibration else " (fixed)"
        lines.append(f"resolving power {resolution:,.0f} ({how}), shift {shift:+.2f} ppm{fixed}")
    lines.append(f"used: {_used(measured, table.attrs['representation'])}")
    lines += [f"note: {note}" for note in notes]
    lines += [f"warning: {warning}" for warning in table.attrs["warnings"]]
    lines += [
        f"not sure: {each['formula']}, or {each['rival'] or 'none'} ({each['confidence']:.0%})"
        for each in table.attrs["ambiguous"]
    ]
    if unexplained := [f"{each['mz']:.2f}" for each in table.attrs["unexplained"]]:
        more = len(unexplained) - LISTED
        listed = ", ".join(unexplained[:LISTED]) + (f" and {more} more" if more > 0 else "")
        lines.append(f"not explained, at m/z: {listed}")
    _finish(table, arguments, writing, lines)


def _contradictions(attrs, charges, arguments):
    """Return what the file says against the options; charges of the other sign are refused."""
    polarity, notes = attrs.get("polarity"), []
    signs = {"positive" if charge > 0 else "negative" for charge in charges}
    if polarity and polarity not in signs:
        raise InputError(
            f"{arguments.file.name}: its scans are {polarity}, but --charges {arguments.charges} are "
            f"{signs.pop()}"
        )
    if polarity and len(signs) > 1:
        notes.append(f"the scans are {polarity}; --charges {arguments.charges} has others too")
    said = attrs.get("representation")
    if arguments.kind and said and said != arguments.kind:
        notes.append(f"the file says {said}; --kind {arguments.kind} was followed")
    if attrs.get("level", 1) != 1 and not arguments.scan:
        notes.append("the file has no scan of MS level 1 with points; these are spectra of fragments")
    return notes


def _used(measured, kind):
    """Return in words what was read of a file."""
    attrs, parts = measured.attrs, [measured.attrs.get("format", "table")]
    if "scans" in attrs:
        passed = f" ({attrs['passed']} without points passed over)" if "passed" in attrs else ""
        parts.append(f"{attrs['scans']} of {attrs['of']} scans{passed}")
    if "level" in attrs:
        parts.append(f"MS level {attrs['level']}")
    parts += [attrs[key] for key in ("polarity", "representation") if key in attrs]
    if "representation" not in attrs:
        parts.append(f"taken for {kind} by its m/z")
    merged = f", {attrs['merged']} with the m/z of another merged" if "merged" in attrs else ""
    low, high = measured["mz"].iloc[[0, -1]]
    return f"{', '.join(parts)}; {len(measured):,} points{merged}, m/z {low:.0f} to {high:.0f}"


def _described(species, ligands):
    """Return charge, superatom electrons and m/z of each species, by columns."""
    from supracrystal.spectra import known_electrons, masses

    found = [masses(each, ligands=ligands) for each in species]
    return {
        "formula": [str(each) for each in species],
        "charge": [each.charge for each in species],
        "electrons": [known_electrons(each, ligands=ligands) for each in species],
        "monoisotopic_mz": [each.monoisotopic_mz for each in found],
        "average_mz": [each.average_mz for each in found],
        "apex_mz": [each.most_abundant_mz for each in found],
    }


def _uncounted(species, ligands):
    """Return why some of the species have no count of superatom electrons."""
    from supracrystal.spectra import electron_count

    reasons = []
    for each in species:
        try:
            electron_count(each, ligands=ligands)
        except ValueError as error:
            reasons.append(f"no count of electrons: {error}")
    return reasons[:LISTED]


def _finish(table, arguments, writing, lines=()):
    """Write the files, then print the table and what else is to be said."""
    if arguments.out:
        import pandas as pd

        from supracrystal.records import write_whole

        frame = pd.DataFrame(table).astype({"electrons": "Int64"})
        frame.attrs = {}
        buffer = io.BytesIO()
        if arguments.out.suffix.lower() == ".csv":
            frame.to_csv(buffer, index=False, lineterminator="\n")
        else:
            frame.to_parquet(buffer, index=False)
        writing.append(partial(write_whole, buffer.getvalue(), arguments.out))
    for write in writing:
        write()
    if len(table["formula"]):
        columns = [[name, *(_cell(name, value) for value in table[name])] for name in table]
        widths = [max(map(len, column)) for column in columns]
        for row in zip(*columns, strict=True):
            print("  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)))
    for line in lines:
        print(line)


def _cell(name, value):
    """Return a value as it is printed."""
    if value is None or value != value or str(value) in ("<NA>", ""):
        return "–"
    if name == "area":
        return f"{value:.6g}"
    if name in DIGITS:
        return f"{value:.{DIGITS[name]}f}"
    return str(value)


def _add_common(parser):
    """Add the options that both commands have."""
    parser.add_argument("--shape", choices=SHAPES, default="gaussian", help="of a line; default: gaussian")
    parser.add_argument("--ligand-file", metavar="YAML", type=Path, help="ligands beside the built-in ones")
    parser.add_argument(
        "--plot", metavar="FILE.html", type=Path, help="interactive figure, one page that needs no network"
    )
    parser.add_argument("--out", metavar="FILE", type=Path, help="the table as .csv or .parquet")


def _families(texts, ranges, ligands):
    """Return the species of each formula, which has some of the variables or none."""
    from supracrystal.spectra import FormulaError, formula

    size = math.prod(len(values) for values in ranges.values())
    if size > MOST:
        raise InputError(f"the ranges have {size:,} combinations; at most {MOST:,} are allowed")
    found, idle = [], set(ranges)
    for text in texts:
        used = dict(ranges)
        while True:
            try:
                found.append(formula.family(text, ligands=ligands, **used))
                break
            except FormulaError as error:
                unused = re.match("no count has the variable '(.)'", error.message)
                if not unused:
                    raise
                del used[unused[1]]
        idle -= set(used)
    if idle:
        raise InputError(f"--range is given for {', '.join(sorted(idle))}, which no formula has")
    (most, times), *_ = Counter(itertools.chain(*found)).most_common(1)
    if times > 1:
        raise InputError(f"{most} is given {times} times")
    return found


def _abundances(given, families):
    """Return one area for each species."""
    number = sum(map(len, families))
    if given is None:
        return [1.0] * number
    if len(given) == number:
        return given
    if len(given) != len(families):
        raise InputError(
            f"--abundance has {len(given)} numbers for {len(families)} formulas, {number} species"
        )
    return [area for area, family in zip(given, families, strict=True) for _ in family]


def _ranges(texts):
    """Read ``x=35:44`` and ``x=1,12``."""
    ranges = {}
    for text in texts:
        match = re.fullmatch(
            r"\s*([a-z])\s*=\s*(?:(\d{1,7})\s*:\s*(\d{1,7})|(\d{1,7}(?:\s*,\s*\d{1,7})*))\s*", text, re.A
        )
        if not match or match[1] in ranges:
            raise InputError(f"--range {text!r} is not of the form x=35:44 or x=1,12, one for each variable")
        low, high = match[2] and int(match[2]), match[3] and int(match[3])
        values = map(int, match[4].split(",")) if match[4] else range(low, high + 1)
        ranges[match[1]] = list(dict.fromkeys(values)) if match[4] else values
        if not ranges[match[1]]:
            raise InputError(f"--range {text!r} is empty; the lower number comes first")
    return ranges


def _check_size(places, resolution):
    """Raise ValueError for a spectrum with too many points, at about 8 for each width of a line."""
    points = 8 * resolution * math.log(max(places) / min(places))
    if points > LONGEST:
        raise InputError(
            f"at resolution {resolution:g}, from m/z {min(places):.0f} to {max(places):.0f}, the spectrum "
            f"has {points:.1g} points; at most {LONGEST:.0g} are drawn: lower it, or give fewer formulas"
        )


def _scans(given):
    """Return scans as numbers where they are."""
    return given and [int(text) if re.fullmatch(r"-?\d+", text) else text for text in given]


def check_place(option, path):
    """Raise OSError if there is no place for a file."""
    if not path.parent.is_dir():
        raise FileNotFoundError(f"{option} {path}: there is no folder {path.parent}")
    if path.is_dir():
        raise IsADirectoryError(f"{option} {path}: this is a folder")


def _check_outputs(arguments, spectrum_out=None, read=None):
    """Raise ValueError or OSError for what could not be written, before any work."""
    targets = {"--plot": arguments.plot, "--out": arguments.out, "--spectrum-out": spectrum_out}
    targets = {option: path for option, path in targets.items() if path is not None}
    for option, path in targets.items():
        allowed = {"--plot": (".html",), "--out": TABLES}.get(option)
        if allowed and path.suffix.lower() not in allowed:
            raise InputError(f"{option} {path}: a name in {' or '.join(allowed)} is needed")
        check_place(option, path)
    places = [path.resolve() for path in [*targets.values(), *([read] if read else [])]]
    if len(set(places)) < len(places):
        raise InputError("two files have the same name; each output needs its own, and not that of the input")
