"""``supracrystal spectrum FORMULA …`` and ``supracrystal assign FILE …``.

The first prints the masses of ions and draws or writes the spectrum that they make; the second finds in a
measured spectrum which ions of given bounds are there. All that can be wrong is said before anything is
written, and each file is written whole.
"""

import itertools
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from supracrystal.commands import spectrum_options as _options
from supracrystal.spectra import formula, known_electrons, masses, read_spectrum, synthesise, write_spectrum


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
        type=_options.numbers,
        help="area of each formula, or of each member of the families; default: 1",
    )
    _options.add_common(parser)
    parser.add_argument(
        "--resolution", type=_options.positive, default=20_000.0, help="m/FWHM; default: 20000"
    )
    parser.add_argument(
        "--noise",
        metavar="RATIO",
        type=_options.positive,
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
        "file", metavar="FILE", type=Path, help="mzML, or a table of m/z and intensity as text"
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
        type=_options.whole_numbers,
        help="only these numbers of superatom electrons",
    )
    parser.add_argument(
        "--mz", metavar="LOW:HIGH", type=_options.window, help="only this part of the spectrum"
    )
    parser.add_argument(
        "--scan",
        metavar="N",
        action="append",
        help="number from 0, or identifier, of a scan of mzML; may be repeated; default: all added up",
    )
    _options.add_common(parser)
    parser.add_argument("--resolution", type=_options.positive, help="m/FWHM; default: fitted")
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
    parser.add_argument(
        "--decoys",
        metavar="N",
        type=int,
        default=0,
        help="estimate the rate of false assignments from N sets of decoys",
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
                    formula  charge  electrons  monoisotopic_mz  average_mz  apex_mz
    [Ag53(BDT)12(DMBT)16]3-      -3         16         3179.452    3198.426 3198.116
    0
    """
    _options.check_outputs(arguments, arguments.spectrum_out)
    ligands = arguments.ligand_file and formula.read_ligands(arguments.ligand_file)
    families = _options.families(arguments.formulas, _options.ranges(arguments.range), ligands)
    species = list(itertools.chain(*families))
    abundances = _options.abundances(arguments.abundance, families)
    table = _described(species, ligands)
    if arguments.abundance:
        table["abundance"] = abundances
    synthetic, writing = None, []
    if arguments.noise or arguments.spectrum_out:
        _options.check_size(table["apex_mz"], arguments.resolution)
        synthetic = synthesise(
            species,
            abundances,
            resolution=arguments.resolution,
            shape=arguments.shape,
            signal_to_noise=arguments.noise or np.inf,
            baseline=arguments.baseline,
            seed=arguments.seed,
            ligands=ligands,
        )
        signs = {np.sign(each.charge) for each in species}
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
    _options.finish(table, table.round(3), arguments, writing)


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
    >>> dimers = synthesise(["[Ag53(BDT)12(DMBT)16]3-"], signal_to_noise=30)
    >>> with tempfile.TemporaryDirectory() as directory:
    ...     write_spectrum(dimers, Path(directory) / "dimers.mzML")
    ...     words = "--metals Ag:51-54 --ligands BDT:12,DMBT:14-18 --charges 3-"
    ...     main(["assign", str(Path(directory) / "dimers.mzML"), *words.split()])  # doctest: +ELLIPSIS
                    formula  charge  electrons       mz ...
    [Ag53(BDT)12(DMBT)16]3-      -3         16 3198.116 ...
    1 of 3 candidates found
    resolving power ..., shift ... ppm
    0
    """
    from supracrystal.spectra import assign as fit
    from supracrystal.spectra import candidates as possible

    _options.check_outputs(arguments, read=arguments.file)
    ligands = arguments.ligand_file and formula.read_ligands(arguments.ligand_file)
    measured = read_spectrum(arguments.file, scan=_options.scans(arguments.scan))
    if arguments.mz:
        measured = measured[measured["mz"].between(*arguments.mz)].reset_index(drop=True)
        if len(measured) < 2:
            raise ValueError(
                f"{arguments.file.name} has no points in --mz {arguments.mz[0]:g}:{arguments.mz[1]:g}"
            )
    within = possible.candidates(
        arguments.metals,
        arguments.ligands,
        possible.charges(arguments.charges),
        adducts=arguments.adducts,
        electrons=arguments.electrons,
        mz=(measured["mz"].iloc[0], measured["mz"].iloc[-1]),
        ligand_table=ligands,
    )
    if not within:
        raise ValueError("no species within the bounds has its m/z in the spectrum")
    options = {
        "shape": arguments.shape,
        "false_rate": arguments.false_rate,
        "calibration": arguments.calibration,
        "ligands": ligands,
    }
    # What a file says of the resolving power is the setting of the instrument, often for another m/z.
    table = fit(measured, within, arguments.resolution, **options)
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
        lines.append(f"resolving power {resolution:,.0f}, shift {shift:+.2f} ppm")
    lines += [
        f"not sure: {each['formula']}, or {each['rival'] or 'none'} ({each['confidence']:.0%})"
        for each in table.attrs["ambiguous"]
    ]
    if unexplained := [f"{each['mz']:.2f}" for each in table.attrs["unexplained"]]:
        lines.append(f"not explained, at m/z: {', '.join(unexplained)}")
    if arguments.decoys and len(table):
        from supracrystal.spectra import false_assignment_rate

        rate = false_assignment_rate(measured, within, resolution, repeats=arguments.decoys, **options)
        shares = f"{rate['rate']:.1%} of the assignments false, at most {rate['upper']:.1%}"
        lines.append(f"by decoys, {shares} (95% confidence)")
    digits = {
        "mz": 3,
        "abundance": 4,
        "uncertainty": 4,
        "area": 4,
        "snr": 1,
        "confidence": 3,
        "cosine": 4,
        "ppm": 2,
    }
    _options.finish(table, table.round(digits), arguments, writing, lines)


def _described(species, ligands):
    """Return charge, superatom electrons and m/z of each species."""
    rows = []
    for each in species:
        found = masses(each, ligands=ligands)
        rows.append(
            (
                str(each),
                each.charge,
                known_electrons(each, ligands=ligands),
                found.monoisotopic_mz,
                found.average_mz,
                found.most_abundant_mz,
            )
        )
    names = ["formula", "charge", "electrons", "monoisotopic_mz", "average_mz", "apex_mz"]
    return pd.DataFrame(rows, columns=names).astype({"electrons": "Int64"})
