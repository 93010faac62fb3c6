"""The register of claims: what the papers print, beside what this package computes.

The printed values are in one YAML file for each paper. Functions of the paper's module compute ours and never
see what is printed. From the two come a test for each claim, a table for each chapter and the scoreboard.

Every value is kept as the text that is printed. Text that reads as a number (``0.78``, ``~1,990``) is a
number. A mapping with ``lower`` or ``upper`` or both is an interval, a sequence a list, other text is text.
What a computation needs stands under ``given``.

The kind of evidence (``KINDS``) says what an agreement is worth, and the verdict (``VERDICTS``) is
computed, not written down. A file says which verdict it expects; a claim with another one does not hold, and
its test fails.
"""

import contextlib
import functools
import hashlib
import importlib
import json
import math
import os
import re
import tempfile
from importlib import metadata
from pathlib import Path

import jinja2
import pandas as pd
import yaml
from markupsafe import Markup, escape
from tqdm import tqdm

from supracrystal import InputError
from supracrystal.records import TextLoader, recorded_path
from supracrystal.view import Html

VERDICTS = ("reproduced", "differs", "print inconsistent", "not computed")
"""What a comparison can end in. Where what is printed contradicts itself, the print is inconsistent."""

KINDS = {
    "independent": "computed from theory, structures or simulations that had no access to the statement",
    "held back": "predicted by a model that was fitted to other statements of the same paper",
    "fitted": "given by a model or a choice that was fitted to the statement",
    "by construction": "a property of what was built, planted or prescribed",
    "print only": "arithmetic, charge or mass balance of what is printed",
}
"""The kinds of evidence."""

SCORED = ("independent", "held back")
"""The kinds that count as evidence for or against a paper."""

FIELDS = {
    "id": "lower-case letters, digits and hyphens; unique in the file",
    "chapter": "name of the chapter that treats the claim",
    "place": "where the statement is printed",
    "statement": "what is stated",
    "value": "as printed: a number or text, a list of these, or an interval",
    "kind": "kind of evidence; of a claim that is not computed, of the computation that it would take",
    "unit": "unit of the value",
    "uncertainty": "printed uncertainty of the value",
    "error": "uncertainty of our value, where it is larger than the last printed digit; needs 'why'",
    "why": "note on the computation, the error or the reading of the statement",
    "compute": "name of the function that computes our value",
    "given": "keyword arguments of that function",
    "control": "a system for which the same function must not give what is printed: 'system' says which, "
    "'given' has the arguments that change, or with 'compute' all arguments of another function; of a claim "
    "that differs, a system for which it must",
    "differs": "why our value differs",
    "inconsistent": "what in the print contradicts the statement",
    "not_computed": "what a computation would take",
}
"""What an entry can have."""

REQUIRED = ("id", "chapter", "place", "statement", "value", "kind")
TOP = ("paper", "title", "module", "claims")
ORDER = ("wang2021", "acharya2025", "lin2022", "bose2025")
NUMBER = re.compile(r"(~)?([+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?)")


def number(text):
    """Return the number that a printed value stands for, None if it is none.

    Examples
    --------
    >>> number("~1,990"), number("AABB")
    (1990.0, None)
    """
    match = NUMBER.fullmatch(text) if isinstance(text, str) else None
    return float(match[2].replace(",", "")) if match else None


def last_digit(text):
    """Return half a unit of the last digit of a printed number, within which it is known.

    Of a whole number with a tilde, zeros at the end are no digits.

    Examples
    --------
    >>> last_digit("0.78"), last_digit("1,990"), last_digit("~1,990"), last_digit("~1e-3")
    (0.005, 0.5, 5.0, 0.0005)
    """
    about, digits, decimals, power = NUMBER.fullmatch(text).groups()
    place = int(power or 0) - len(decimals or "")
    if about and not decimals and not power:
        whole = digits.replace(",", "")
        place = len(whole) - len(whole.rstrip("0"))
    return float(f"0.5e{place}")


def agrees(value, computed, uncertainty=None, error=None):
    """Tell whether a computed value agrees with a printed one.

    A number agrees within the largest of three: half a unit of its last printed digit, its printed
    uncertainty, and the error of ours. The ends of an interval are numbers. Where one value is printed for
    several systems, all of them must agree.

    Parameters
    ----------
    value : str, list or dict
        As printed: a number or text, a list of these, or an interval ``{"lower": ..., "upper": ...}``.
    computed : int, float, str, list or dict
        Ours. A mapping has ``value`` and ``error``, which comes before the one that is given.
    uncertainty, error : float, optional
        Printed uncertainty, and that of ours, in the unit of the value.

    Returns
    -------
    bool

    Raises
    ------
    TypeError
        If the two are of kinds that cannot be compared.

    Examples
    --------
    >>> agrees("0.78", 7.7 / 9.9), agrees("1,990", 1911, error=20)
    (True, False)
    >>> agrees({"lower": "70", "upper": "80"}, [72.0, 81.0])
    False
    """
    if isinstance(computed, dict):
        computed, error = computed["value"], computed["error"]
    if isinstance(value, list):
        if not isinstance(computed, list):
            raise TypeError(f"the printed {value!r} cannot be compared with the computed {computed!r}")
        errors = error if isinstance(error, list) else [error] * len(value)
        return len(value) == len(computed) == len(errors) and all(
            agrees(one, other, uncertainty, each)
            for one, other, each in zip(value, computed, errors, strict=True)
        )
    if isinstance(computed, list):
        return bool(computed) and all(agrees(value, each, uncertainty, error) for each in computed)
    several = type(computed) in (int, float)
    least = max(uncertainty or 0, error or 0)
    if isinstance(value, dict) and several:
        ends = {name: (number(text), max(last_digit(text), least)) for name, text in value.items()}
        above = "lower" not in ends or computed >= ends["lower"][0] - ends["lower"][1]
        below = "upper" not in ends or computed <= ends["upper"][0] + ends["upper"][1]
        return above and below and not math.isnan(computed)
    if isinstance(value, str) and several and number(value) is not None:
        slack = max(last_digit(value), least)
        return math.isclose(computed, number(value), rel_tol=1e-12, abs_tol=slack)
    if isinstance(value, str) and isinstance(computed, str):
        return computed == value
    # What is not seen has no number, and a number is not the text that is printed.
    if (isinstance(value, dict) and isinstance(computed, str)) or (isinstance(value, str) and several):
        return False
    raise TypeError(f"the printed {value!r} cannot be compared with the computed {computed!r}")


# The files


def papers():
    """Return the citation keys of the papers that have claims, in the order of the book."""
    found = {path.stem for path in recorded_path("claims").glob("*.yaml")}
    return sorted(found, key=lambda each: (ORDER.index(each) if each in ORDER else len(ORDER), each))


def load(path):
    """Read and check the claims of one paper.

    Parameters
    ----------
    path : path-like
        YAML with ``paper`` (its citation key, also the name of the file), ``title``, ``module`` (where
        the computing functions are) and ``claims``, a list of entries with the fields ``FIELDS``.
        A function of another module is named with its whole path.

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
            raise InputError(f"the top of the file must have {list(TOP)} and nothing else")
        if content["paper"] != path.stem:
            raise InputError(
                f"'paper' is {content['paper']!r}; the name of the file without its ending is needed"
            )
        for place, entry in enumerate(content["claims"], start=1):
            where = f"{path.name}, claim {entry.get('id', place)!r}"
            for wrong in _faults(entry):
                raise InputError(wrong)
            if entry["id"] in seen:
                raise InputError("another claim has the same 'id'")
            seen.add(entry["id"])
    except (ValueError, yaml.YAMLError) as error:
        raise InputError(f"{where}: {error}") from error
    for entry in content["claims"]:
        entry |= {field: entry.get(field) for field in FIELDS}
        entry["given"] = _read(entry["given"] or {})
        if entry["control"]:
            entry["control"]["given"] = _read(entry["control"].get("given", {}))
        elsewhere, _, function = (entry["compute"] or "").rpartition(".")
        entry["module"] = elsewhere or content["module"]
        entry["compute"] = function or None
    return content


def _read(given):
    """Return what is given with numbers in the place of their text."""
    if isinstance(given, dict):
        return {key: _read(value) for key, value in given.items()}
    if isinstance(given, list):
        return [_read(each) for each in given]
    if given in ("true", "false"):
        return given == "true"
    value = number(given)
    return given if value is None else int(value) if value.is_integer() else value


def _faults(entry):
    """Yield what is wrong with an entry, the most basic first."""
    missing = [field for field in REQUIRED if not entry.get(field)]
    if missing:
        yield f"{missing} missing"
        return
    unknown = sorted(set(entry) - set(FIELDS))
    if unknown:
        yield f"unknown fields {unknown}; allowed are {list(FIELDS)}"
    empty = sorted(field for field in FIELDS if field in entry and not entry[field])
    if empty:
        yield f"{empty} without content"
    if not re.fullmatch("[a-z0-9-]+", entry["id"]):
        yield "'id' may have lower-case letters, digits and hyphens"
    if entry["kind"] not in KINDS:
        yield f"kind {entry['kind']!r} is not among {list(KINDS)}"
    yield from _faults_of_value(entry)
    yield from _faults_of_evidence(entry)


def _faults_of_value(entry):
    """Yield what is wrong with the value of an entry and its uncertainties."""
    value = entry["value"]
    for field in ("uncertainty", "error"):
        if field in entry and not (number(entry[field]) or 0) > 0:
            yield f"{field!r} is {entry[field]!r}; a positive number is needed"
    if isinstance(value, dict):
        ends = [number(end) for end in value.values()]
        if not value or set(value) - {"lower", "upper"} or None in ends or ends != sorted(set(ends)):
            yield f"'value' is {value}; an interval needs 'lower' or 'upper' or both, 'lower' < 'upper'"
    elements = value if isinstance(value, list) else [value]
    if not isinstance(value, dict) and not all(isinstance(each, str) for each in elements):
        yield f"'value' is {value}; a list may hold numbers and text"
    if {"uncertainty", "error"} & set(entry) and any(
        isinstance(each, str) and number(each) is None for each in elements
    ):
        yield f"text such as {value!r} has no uncertainty"
    if "error" in entry and not entry.get("why"):
        yield "an 'error' needs its reason, 'why'"


def _faults_of_evidence(entry):
    """Yield what is wrong with the computation of an entry, its control and its expected verdict."""
    if ("compute" in entry) == ("not_computed" in entry):
        yield "exactly one of 'compute' and 'not_computed' is needed"
    belong = [field for field in ("differs", "inconsistent", "given", "control") if field in entry]
    if "compute" not in entry and belong:
        yield f"{belong} belong to a 'compute'"
    other = "differs" if entry["kind"] == "print only" else "inconsistent"
    if other in entry:
        yield f"{other!r} does not go with the kind {entry['kind']!r}: only a print can be inconsistent"
    if "compute" in entry and not {"differs", "inconsistent", "control"} & set(entry):
        yield "a claim that is reproduced needs a 'control'"
    control = entry.get("control", {"system": "none"})
    if not isinstance(control, dict) or set(control) - {"system", "given", "compute"}:
        yield "'control' may have 'system', 'given' and 'compute'"
    elif not control.get("system") or (set(control) == {"system"} and "control" in entry):
        yield "'control' needs 'system', and 'given' or 'compute'"
    if not isinstance(entry.get("given", {}), dict):
        yield "'given' is not a mapping of keywords to values"


def schema():
    """Return the JSON schema of a file of claims.

    Examples
    --------
    >>> sorted(schema()["required"])
    ['claims', 'module', 'paper', 'title']
    """
    text, texts = {"type": "string", "minLength": 1}, {"type": "array", "items": {"type": "string"}}
    numeric = {"type": "string", "pattern": f"^(?:{NUMBER.pattern})$"}
    special = {
        "id": {"type": "string", "pattern": "^[a-z0-9-]+$"},
        "kind": {"enum": list(KINDS)},
        "value": {
            "oneOf": [
                text,
                texts,
                {
                    "type": "object",
                    "properties": {"lower": numeric, "upper": numeric},
                    "additionalProperties": False,
                    "minProperties": 1,
                },
            ]
        },
        "uncertainty": numeric,
        "error": numeric,
        "given": {"type": "object"},
        "control": {
            "type": "object",
            "properties": {"system": text, "given": {"type": "object"}, "compute": text},
            "additionalProperties": False,
            "required": ["system"],
            "minProperties": 2,
        },
    }
    entry = {
        "type": "object",
        "properties": {name: special.get(name, text) | {"description": say} for name, say in FIELDS.items()},
        "additionalProperties": False,
        "required": list(REQUIRED),
        "oneOf": [{"required": ["compute"]}, {"required": ["not_computed"]}],
        "dependentRequired": {"error": ["why"]}
        | {name: ["compute"] for name in ("given", "control", "differs", "inconsistent")},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Claims of one paper. All scalars are text, as printed.",
        "type": "object",
        "properties": {"paper": text, "title": text, "module": text}
        | {"claims": {"type": "array", "items": entry}},
        "additionalProperties": False,
        "required": list(TOP),
    }


@functools.cache
def _content(paper):
    """Return the checked file of a paper."""
    if paper not in papers():
        raise InputError(f"there are no claims of {paper!r}, only of {papers()}")
    return load(recorded_path(f"claims/{paper}.yaml"))


@functools.cache
def chapters():
    """Return path and title of each chapter of the book by its name, in the order of the table of contents.

    Returns
    -------
    dict
        Empty where the book is not at hand, as in a wheel.
    """
    root = Path(__file__).parents[3]
    if not (root / "_toc.yml").is_file():
        return {}
    toc = yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))
    found = {}
    for place in [each["file"] for part in toc["parts"] for each in part["chapters"] if "file" in each]:
        lines = (root / "book" / f"{place}.md").read_text(encoding="utf-8").splitlines()
        title = next((line[2:].strip() for line in lines if line.startswith("# ")), place)
        found[place.rpartition("/")[2]] = place, title
    return found


def read_claims(paper=None, chapter=None):
    """Return the claims as they stand in the files, nothing computed.

    Parameters
    ----------
    paper, chapter : str, optional
        Only the claims of this paper, of this chapter.

    Returns
    -------
    pandas.DataFrame
        Indexed by ``paper/id``; a column for each field, None where an entry has none.

    Raises
    ------
    ValueError
        For a paper or a chapter that has no claims, and for a file that breaks the rules.

    Examples
    --------
    >>> read_claims("wang2021").loc["wang2021/size-ratio", "value"]
    '0.78'
    """
    contents = [_content(each) for each in (papers() if paper is None else [paper])]
    rows = [{"paper": content["paper"]} | entry for content in contents for entry in content["claims"]]
    table = pd.DataFrame(rows, dtype=object)
    table.index = pd.Index(table["paper"] + "/" + table["id"], name="claim")
    if chapter is not None and chapter not in set(table["chapter"]):
        raise InputError(
            f"there are no claims in the chapter {chapter!r}, only in {sorted(set(table['chapter']))}"
        )
    return table if chapter is None else table[table["chapter"] == chapter]


# Computing


@functools.cache
def _kept():
    """Return the folder in which computed values are kept, by a digest of all that they stand on, or None.

    The folder is named by the environment variable SUPRACRYSTAL_CACHE, which the build of the book sets.
    """
    place = os.environ.get("SUPRACRYSTAL_CACHE")
    if not place:
        return None
    package = Path(__file__).parents[1]
    data = package.parents[1] / "data"
    files = [*package.rglob("*"), *(data.rglob("*") if data.is_dir() else ())]
    digest = hashlib.sha256()
    ignored = {"__pycache__", "_static", "_templates"}
    for path in sorted(files):
        if path.is_file() and not ignored & set(path.parts) and path.parent != recorded_path("claims"):
            digest.update(path.name.encode() + hashlib.sha256(path.read_bytes()).digest())
    for line in sorted(metadata.requires("supracrystal") or ()):
        with contextlib.suppress(metadata.PackageNotFoundError):
            name = re.match(r"[\w.-]+", line)[0]
            digest.update(f"{name} {metadata.version(name)}".encode())
    return Path(place) / "claims" / digest.hexdigest()[:16]


@functools.cache
def _computed(module, name, given, kept):
    """Return what a function gives, once in a process and, where values are kept, once for all."""
    path = kept and kept / f"{hashlib.sha256(f'{module} {name} {given}'.encode()).hexdigest()[:24]}.json"
    if path and path.is_file():
        return json.loads(path.read_text(encoding="utf-8"))
    found = getattr(importlib.import_module(module), name)(**json.loads(given))
    if path:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Each process writes a file of its own, which then takes its place whole.
        with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False, encoding="utf-8") as file:
            json.dump(found, file)
        Path(file.name).replace(path)
    return found


def compute(entry, *, control=False, keep=True):
    """Return our value for an entry of the register; None if it has no computation.

    Parameters
    ----------
    entry : dict
        A row of :func:`read_claims`.
    control : bool
        Whether to compute the control of the entry instead.
    keep : bool
        Whether to take the value that was kept, and to keep it, where SUPRACRYSTAL_CACHE names a folder.

    Returns
    -------
    int, float, str, list or dict
        A mapping has ``value`` and ``error``.
    """
    if not entry["compute"]:
        return None
    module, name, given = entry["module"], entry["compute"], entry["given"]
    if control:
        other = entry["control"].get("compute")
        given = entry["control"]["given"] if other else given | entry["control"]["given"]
        name = other or name
    try:
        return _computed(module, name, json.dumps(given, sort_keys=True), _kept() if keep else None)
    except Exception as error:
        error.add_note(f"while computing the claim {entry['paper']}/{entry['id']}")
        raise


def verdict(entry, computed):
    """Return the verdict over an entry: one of ``VERDICTS``."""
    if not entry["compute"]:
        return "not computed"
    if agrees(entry["value"], computed, number(entry["uncertainty"]), number(entry["error"])):
        return "reproduced"
    return "print inconsistent" if entry["kind"] == "print only" else "differs"


def _expected(entry):
    """Return the verdict to which the file leads."""
    if entry["not_computed"]:
        return "not computed"
    return "differs" if entry["differs"] else "print inconsistent" if entry["inconsistent"] else "reproduced"


def evaluate(paper=None, chapter=None, *, claim=None, kind=None, keep=True):
    """Compute the claims and judge them.

    Parameters
    ----------
    paper, chapter : str, optional
        Only the claims of this paper, of this chapter.
    claim : str, optional
        Only this one, ``paper/id``.
    kind : str, optional
        Only claims with this kind of evidence.
    keep : bool
        See :func:`compute`.

    Returns
    -------
    pandas.DataFrame
        The register with the columns ``computed``, ``verdict`` and ``holds``: false where the verdict
        is not the one that the file leads to expect.

    Raises
    ------
    ValueError
        For a paper, a chapter or a claim that is not there.

    Examples
    --------
    >>> evaluate(claim="wang2021/size-ratio").verdict.item()
    'reproduced'
    """
    table = read_claims(paper, chapter)
    if claim is not None and claim not in table.index:
        raise InputError(f"there is no claim {claim!r}")
    table = table if claim is None else table.loc[[claim]]
    table = table if kind is None else table[table["kind"] == kind]
    rows = table.to_dict("records")
    progress = tqdm(rows, desc="claims", delay=2, disable=None, leave=False)
    computed = [compute(row, keep=keep) for row in progress]
    found = [verdict(row, value) for row, value in zip(rows, computed, strict=True)]
    holds = [one == _expected(row) for one, row in zip(found, rows, strict=True)]
    return table.assign(computed=pd.Series(computed, table.index, object), verdict=found, holds=holds)


def totals(judged=None):
    """Return the number of claims by paper, kind and verdict.

    Parameters
    ----------
    judged : pandas.DataFrame, optional
        Of :func:`evaluate`; without it, the whole register is computed.

    Returns
    -------
    pandas.DataFrame
        Indexed by ``paper`` and ``kind``, a column for each verdict and ``claims``, their sum.
    """
    judged = evaluate() if judged is None else judged
    counts = judged.groupby(["paper", "kind", "verdict"]).size().unstack(fill_value=0)
    order = pd.MultiIndex.from_product([papers(), KINDS], names=["paper", "kind"])
    counts = counts.reindex(columns=list(VERDICTS), fill_value=0)
    counts = counts.reindex([each for each in order if each in counts.index])
    return counts.assign(claims=counts.sum(axis=1)).rename_axis(columns=None)


def score(judged=None):
    """Return the number of claims with each verdict among those that count, independent and held back.

    Parameters
    ----------
    judged : pandas.DataFrame, optional
        Of :func:`evaluate`; without it, the whole register is computed.

    Returns
    -------
    pandas.Series
        By verdict, and ``claims``, their sum.
    """
    counts = totals(judged)
    return counts[counts.index.get_level_values("kind").isin(SCORED)].sum()


# In words and tables


def in_words(table):
    """Return in words how many claims of an evaluated table have each verdict."""
    found = [(sum(table["verdict"] == each), each) for each in VERDICTS]
    return ", ".join(f"{count} {each}" for count, each in found if count)


def printed(entry):
    """Return the value of an entry as the paper prints it, with its uncertainty and unit."""
    value = entry["value"]
    if isinstance(value, dict):
        words = {"lower": "at least {}", "upper": "at most {}"}
        one = "–".join(value.values())
        value = one if len(value) == 2 else words[next(iter(value))].format(one)
    value = ", ".join(value) if isinstance(value, list) else value
    value = f"{value} ± {entry['uncertainty']}" if entry["uncertainty"] else value
    return f"{value} {entry['unit']}" if entry["unit"] else value


def ours(entry, computed):
    """Return our value of an entry as text: one decimal or digit more than printed, at least three digits."""
    if computed is None:
        return "–"
    errors = None
    if isinstance(computed, dict):
        computed, errors = computed["value"], computed["error"]
    text = str(entry["value"]).replace(",", "")
    decimals = max(map(len, re.findall(r"\.(\d+)", text)), default=0)
    digits = max(map(len, re.findall(r"\d+", text)), default=0)
    style = f",.{decimals + 1}f" if decimals else f".{max(3, digits + 1)}g"
    several = computed if isinstance(computed, list) else [computed]
    errors = errors if isinstance(errors, list) else [errors] * len(several)
    words = [f"{each:{style}}" if isinstance(each, float) else str(each) for each in several]
    words = [
        each if error is None else f"{each} ± {error:.2g}" for each, error in zip(words, errors, strict=True)
    ]
    # Equal answers for several systems are told once.
    words = words[:1] if len(set(words)) == 1 and not isinstance(entry["value"], list) else words
    return f"{', '.join(words)} {entry['unit']}" if entry["unit"] else ", ".join(words)


def reason(entry):
    """Return what is to be said of an evaluated entry, one or more sentences, or nothing."""
    parts = [entry["differs"] or entry["inconsistent"] or entry["not_computed"], entry["why"]]
    if entry["error"]:
        unit = f" {entry['unit']}" if entry["unit"] else ""
        parts.append(f"the uncertainty of our value is {entry['error']}{unit}")
    if entry["control"] and entry["verdict"] == "reproduced":
        parts.append(f"control: {entry['control']['system']}")
    if not entry["holds"]:
        parts.insert(0, "this is not the expected verdict")
    return " ".join(f"{text[0].upper()}{text[1:].rstrip('.')}." for text in parts if text)


def _subscripts(text):
    """Escape text for HTML and set what follows an underscore as a subscript."""
    return Markup(re.sub(r"(?<=\w)_(\w+)", r"<sub>\1</sub>", str(escape(text))))


_TEMPLATES = jinja2.Environment(
    loader=jinja2.PackageLoader("supracrystal.claims", "_templates"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATES.filters["subscripts"] = _subscripts


def table(paper, chapter=None):
    """Return the claims of a paper, or of one of its chapters, as an HTML table.

    Parameters
    ----------
    paper : str
        Citation key.
    chapter : str, optional
        Without it, all claims of the paper, grouped by chapter, each with a link to its chapter. With it,
        each claim has a link to the scoreboard.

    Returns
    -------
    Html
        Its classes for the style sheet are ``claims``, ``claims-group``, ``claims-place``, ``claims-kind``,
        ``claims-reason``, ``verdict`` and ``verdict-reproduced``, ``verdict-differs``,
        ``verdict-print-inconsistent``, ``verdict-not-computed``.
    """
    judged, title = evaluate(paper, chapter), _content(paper)["title"]
    order = {name: place for place, name in enumerate(chapters())}
    parts = sorted(judged.groupby("chapter", sort=False), key=lambda part: order.get(part[0], len(order)))
    # All pages with claims lie one folder below the top of the book.
    links = {name: f"../{place}.html" for name, (place, _) in chapters().items()}
    titles = {name: title for name, (_, title) in chapters().items()}
    caption = title if chapter is None else f"{title}, {titles.get(chapter, chapter)}"
    html = _TEMPLATES.get_template("claims.html").render(
        caption=f"Claims of {caption}: {in_words(judged)}.",
        groups=[
            (titles.get(name, name), in_words(part), links.get(name), part.to_dict("records"))
            for name, part in parts
        ],
        headed=chapter is None,
        back=None if chapter is None else links.get("scoreboard"),
        icons=dict(zip(VERDICTS, "✓≠!–", strict=True)),
        kinds=KINDS,
        printed=printed,
        ours=ours,
        reason=reason,
    )
    return Html(html)


def filters():
    """Return the controls that choose rows of the tables on a page by kind and verdict, as HTML."""
    return Html(_TEMPLATES.get_template("filters.html").render(kinds=KINDS, verdicts=VERDICTS))


def scoreboard():
    """Return the claims of all papers, grouped by chapter: an HTML table for each paper."""
    return Html("".join(table(paper) for paper in papers()))
