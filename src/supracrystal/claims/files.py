"""The files of claims: one YAML file for each paper, and the rules that its entries keep.

Every value is kept as the text that is printed. Text that reads as a number (``0.78``, ``~1,990``) is
a number: exact if it is whole and has no tolerance, else known within the tolerance, which needs its
reason. A mapping with ``lower`` and ``upper`` is an interval, a sequence a list, other text is text. What
the paper prints as input to a computation stands under ``given``.
"""

import re
from pathlib import Path

import yaml

from supracrystal.records import TextLoader, folder

REQUIRED = ("id", "chapter", "place", "statement", "value")
OPTIONAL = ("unit", "uncertainty", "tolerance", "why", "compute", "given", "differs", "not_computable")
TOP = ("paper", "title", "module", "chapters", "claims")
NUMBER = re.compile(r"~?([+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[eE][+-]?\d+)?)")


def number(text):
    """Return the number that a printed value stands for, None if it is none.

    Examples
    --------
    >>> number("~1,990"), number("AABB")
    (1990.0, None)
    """
    match = NUMBER.fullmatch(text) if isinstance(text, str) else None
    return float(match[1].replace(",", "")) if match else None


def directory():
    """Return the folder of the files: inside a wheel, or at the root of a checkout."""
    return folder("_claims", "claims")


def load(path):
    """Read and check the claims of one paper.

    Parameters
    ----------
    path : path-like
        YAML with ``paper`` (its citation key, also the name of the file), ``title``, ``module`` (where
        the computing functions are), ``chapters`` (key to title) and ``claims``, a list of entries
        with the fields ``REQUIRED`` and ``OPTIONAL``. ``compute`` names a function of that module, or,
        as in ``simulated.core_number``, of one beside it, or with its whole path of one elsewhere.

    Returns
    -------
    dict
        Every entry has every field, None where the file has none, and ``module``, where its function is.
        All is text, but for the numbers under ``given``.

    Raises
    ------
    ValueError
        Naming the file, the claim and what is wrong with it.
    """
    path = Path(path)
    where, seen = path.name, set()
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=TextLoader)
        if not isinstance(content, dict) or set(content) != set(TOP):
            raise ValueError(f"the top of the file must have {list(TOP)} and nothing else")
        if content["paper"] != path.stem:
            raise ValueError(
                f"'paper' is {content['paper']!r}; the name of the file without its ending is needed"
            )
        for place, entry in enumerate(content["claims"], start=1):
            where = f"{path.name}, claim {entry.get('id', place)!r}"
            for wrong in _faults(entry, content["chapters"]):
                raise ValueError(wrong)
            if entry["id"] in seen:
                raise ValueError("another claim has the same 'id'")
            seen.add(entry["id"])
    except (ValueError, yaml.YAMLError) as error:
        raise ValueError(f"{where}: {error}") from error
    for entry in content["claims"]:
        entry |= {field: entry.get(field) for field in OPTIONAL}
        entry["given"] = {key: _read(value) for key, value in (entry["given"] or {}).items()}
        beside, _, function = (entry["compute"] or "").rpartition(".")
        package = content["module"].rpartition(".")[0]
        near = f"{package}.{beside}" if beside else content["module"]
        entry["module"] = beside if "." in beside else near
        entry["compute"] = function or None
    return content


def _read(given):
    if isinstance(given, list):
        return [_read(each) for each in given]
    value = number(given)
    return given if value is None else int(value) if value.is_integer() else value


def _faults(entry, chapters):
    """Yield what is wrong with an entry, the most basic first."""
    missing = [field for field in REQUIRED if not entry.get(field)]
    if missing:
        yield f"{missing} missing"
        return
    unknown = sorted(set(entry) - {*REQUIRED, *OPTIONAL})
    if unknown:
        yield f"unknown fields {unknown}; allowed are {[*REQUIRED, *OPTIONAL]}"
    empty = sorted(field for field in OPTIONAL if field in entry and not entry[field])
    if empty:
        yield f"{empty} without content"
    if not re.fullmatch("[a-z0-9-]+", entry["id"]):
        yield "'id' may have lower-case letters, digits and hyphens"
    if entry["chapter"] not in chapters:
        yield f"chapter {entry['chapter']!r} is not among {list(chapters)}"

    value, tolerance = entry["value"], entry.get("tolerance") or entry.get("uncertainty")
    for field in ("tolerance", "uncertainty"):
        if field in entry and not (number(entry[field]) or 0) > 0:
            yield f"{field!r} is {entry[field]!r}; a positive number is needed"
    if isinstance(value, dict):
        bounds = [number(value.get(bound)) for bound in ("lower", "upper")]
        if len(value) != 2 or None in bounds or bounds[0] >= bounds[1]:
            yield f"'value' is {value}; an interval needs 'lower' < 'upper' and nothing else"
    else:
        elements = value if isinstance(value, list) else [value]
        numbers = [number(each) for each in elements]
        if not all(isinstance(each, str) for each in elements):
            yield f"'value' is {value}; a list may hold numbers and text"
        elif tolerance and None in numbers:
            yield f"text such as {value!r} has no tolerance"
        elif not tolerance and entry.get("compute") and any(each and each % 1 for each in numbers):
            yield f"'value' is {value}; a number that is not whole needs a 'tolerance' or 'uncertainty'"
    if tolerance and not entry.get("why"):
        yield "a tolerance needs its reason, 'why'"

    if ("compute" in entry) == ("not_computable" in entry):
        yield "exactly one of 'compute' and 'not_computable' is needed"
    if "compute" not in entry and ("differs" in entry or "given" in entry):
        yield "'differs' and 'given' belong to a 'compute'"
    if not isinstance(entry.get("given", {}), dict):
        yield "'given' is not a mapping of keywords to values"
