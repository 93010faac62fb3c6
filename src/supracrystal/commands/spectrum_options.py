"""What the options of the commands mean, and how their files are written: behind :mod:`.command`."""

import argparse
import io
import itertools
import re
from collections import Counter
from functools import partial
from pathlib import Path

import numpy as np

from supracrystal.records import write_whole
from supracrystal.spectra import SHAPES, formula

MOST = 10_000
"""Members of a family."""
LARGEST = 1e7
"""Resolving power, and signal-to-noise ratio."""
LONGEST = 2e7
"""Points of a spectrum."""
TABLES = (".csv", ".parquet")


def add_common(parser):
    parser.add_argument("--shape", choices=SHAPES, default="gaussian", help="of a line; default: gaussian")
    parser.add_argument("--ligand-file", metavar="YAML", type=Path, help="ligands beside the built-in ones")
    parser.add_argument(
        "--plot", metavar="FILE.html", type=Path, help="interactive figure, one page that needs no network"
    )
    parser.add_argument("--out", metavar="FILE", type=Path, help="the table as .csv or .parquet")


def finish(table, shown, arguments, writing, lines=()):
    """Write the files, then print the table and what else is to be said."""
    if arguments.out:
        buffer = io.BytesIO()
        if arguments.out.suffix.lower() == ".csv":
            table.to_csv(buffer, index=False, lineterminator="\n")
        else:
            plain = table.copy()
            plain.attrs = {}
            plain.to_parquet(buffer, index=False)
        writing.append(partial(write_whole, buffer.getvalue(), arguments.out))
    for write in writing:
        write()
    if len(shown):
        print(shown.to_string(index=False, na_rep="–"))
    for line in lines:
        print(line)


def families(texts, ranges, ligands):
    """Return the species of each formula, which has some of the variables or none."""
    size = int(np.prod([len(values) for values in ranges.values()], dtype=float))
    if size > MOST:
        raise ValueError(f"the ranges have {size:,} combinations; at most {MOST:,} are allowed")
    found, idle = [], set(ranges)
    for text in texts:
        used = dict(ranges)
        while True:
            try:
                found.append(formula.family(text, ligands=ligands, **used))
                break
            except formula.FormulaError as error:
                unused = re.match("no count has the variable '(.)'", error.message)
                if not unused:
                    raise
                del used[unused[1]]
        idle -= set(used)
    if idle:
        raise ValueError(f"--range is given for {', '.join(sorted(idle))}, which no formula has")
    (most, times), *_ = Counter(itertools.chain(*found)).most_common(1)
    if times > 1:
        raise ValueError(f"{most} is given {times} times")
    return found


def abundances(given, families):
    number = sum(map(len, families))
    if given is None:
        return np.ones(number)
    if len(given) == number:
        return np.array(given)
    if len(given) != len(families):
        raise ValueError(
            f"--abundance has {len(given)} numbers for {len(families)} formulas, {number} species"
        )
    return np.repeat(given, [len(family) for family in families])


def ranges(texts):
    """Read ``x=35:44`` and ``x=1,12``."""
    ranges = {}
    for text in texts:
        match = re.fullmatch(
            r"\s*([a-z])\s*=\s*(?:(\d{1,7})\s*:\s*(\d{1,7})|(\d{1,7}(?:\s*,\s*\d{1,7})*))\s*", text, re.A
        )
        if not match or match[1] in ranges:
            raise ValueError(f"--range {text!r} is not of the form x=35:44 or x=1,12, one for each variable")
        low, high = match[2] and int(match[2]), match[3] and int(match[3])
        values = map(int, match[4].split(",")) if match[4] else range(low, high + 1)
        ranges[match[1]] = list(dict.fromkeys(values)) if match[4] else values
        if not ranges[match[1]]:
            raise ValueError(f"--range {text!r} is empty; the lower number comes first")
    return ranges


def check_size(places, resolution):
    """Raise ValueError for a spectrum with too many points, at about 8 for each width of a line."""
    points = 8 * resolution * np.log(max(places) / min(places))
    if points > LONGEST:
        raise ValueError(
            f"at resolution {resolution:g}, from m/z {min(places):.0f} to {max(places):.0f}, the spectrum "
            f"has {points:.1g} points; at most {LONGEST:.0g} are drawn: lower it, or give fewer formulas"
        )


def scans(given):
    return given and [int(text) if re.fullmatch(r"-?\d+", text) else text for text in given]


def check_place(option, path):
    """Raise OSError if there is no place for a file."""
    if not path.parent.is_dir():
        raise FileNotFoundError(f"{option} {path}: there is no folder {path.parent}")
    if path.is_dir():
        raise IsADirectoryError(f"{option} {path}: this is a folder")


def check_outputs(arguments, spectrum_out=None, read=None):
    """Raise ValueError or OSError for what could not be written, before any work."""
    targets = {"--plot": arguments.plot, "--out": arguments.out, "--spectrum-out": spectrum_out}
    targets = {option: path for option, path in targets.items() if path is not None}
    for option, path in targets.items():
        allowed = {"--plot": (".html",), "--out": TABLES}.get(option)
        if allowed and path.suffix.lower() not in allowed:
            raise ValueError(f"{option} {path}: a name in {' or '.join(allowed)} is needed")
        check_place(option, path)
    places = [path.resolve() for path in [*targets.values(), *([read] if read else [])]]
    if len(set(places)) < len(places):
        raise ValueError("two files have the same name; each output needs its own, and not that of the input")


def positive(text):
    value = float(text)
    if not 0 < value <= LARGEST:
        raise argparse.ArgumentTypeError(f"{text!r} is not a positive number up to {LARGEST:.0e}")
    return value


def numbers(text):
    values = [float(part) for part in text.split(",")]
    if not all(0 <= value < np.inf for value in values) or not any(values):
        raise argparse.ArgumentTypeError(f"{text!r}: numbers from 0, not all 0, are needed")
    return values


def whole_numbers(text):
    return [int(part) for part in text.split(",")]


def window(text):
    low, high = map(float, text.split(":"))
    if not 0 <= low < high < np.inf:
        raise argparse.ArgumentTypeError(f"{text!r}: two rising numbers are needed, as 3000:3500")
    return low, high


positive.__name__ = "positive number"
numbers.__name__ = "list of numbers"
whole_numbers.__name__ = "list of whole numbers"
window.__name__ = "window"
