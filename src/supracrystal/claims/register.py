"""The register of claims: what the papers print, beside what this package computes.

The printed values are in one YAML file for each paper; functions of a
domain's ``claims`` module compute ours and never see what is printed. From the two come a test for
each claim, a table for each chapter and the scoreboard. The verdict is computed, not written down:

reproduced
    Our value agrees with the printed one: exactly, or within a tolerance that is given with its reason.
differs
    It does not, and the file says why. A claim that agrees although the file says that it differs,
    or the reverse, does not hold, and its test fails.
not computable
    The file says why. A claim without a computation can have no other verdict.

Every value is kept as the text that is printed. Text that reads as a number (``0.78``, ``~1,990``) is
a number: exact if it is whole and has no tolerance, else known within the tolerance, which needs its
reason. A mapping with ``lower`` and ``upper`` is an interval, a sequence a list, other text is text. What
the paper prints as input to a computation stands under ``given``.
"""

import functools
import importlib
import json
import math
import re
from pathlib import Path

import jinja2
import pandas as pd
import yaml
from markupsafe import Markup, escape
from tqdm import tqdm

from supracrystal.records import TextLoader, folder
from supracrystal.view import Html

VERDICTS = ("reproduced", "differs", "not computable")
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


def papers():
    """Return the citation keys of the papers that have claims."""
    return sorted(path.stem for path in directory().glob("*.yaml"))


@functools.cache
def _content(paper):
    if paper not in papers():
        raise ValueError(f"there are no claims of {paper!r}, only of {papers()}")
    return load(directory() / f"{paper}.yaml")


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
        raise ValueError(
            f"there are no claims in the chapter {chapter!r}, only in {sorted(set(table['chapter']))}"
        )
    return table if chapter is None else table[table["chapter"] == chapter]


def agrees(value, computed, tolerance=None):
    """Tell whether a computed value agrees with a printed one.

    Parameters
    ----------
    value : str, list or dict
        As printed: a number or text, a list of these, or an interval ``{"lower": ..., "upper": ...}``.
    computed : int, float, str or list
        Ours. Each number of a list must lie in an interval.
    tolerance : float, optional
        Allowed distance, in the unit of the value. Without it numbers must be equal.

    Returns
    -------
    bool

    Raises
    ------
    TypeError
        If the two are of kinds that cannot be compared.

    Examples
    --------
    >>> agrees("0.78", 7.7 / 9.9, 0.005), agrees({"lower": "70", "upper": "80"}, [72.0, 81.0])
    (True, False)
    """
    several = computed if isinstance(computed, list) else [computed]
    if isinstance(value, list) and isinstance(computed, list):
        return len(value) == len(computed) and all(map(agrees, value, computed, [tolerance] * len(value)))
    if isinstance(value, dict) and several and all(type(each) in (int, float) for each in several):
        slack = tolerance or 0.0
        lower, upper = number(value["lower"]) - slack, number(value["upper"]) + slack
        return all(lower <= each <= upper for each in several)
    if isinstance(value, str) and type(computed) in (int, float) and number(value) is not None:
        return math.isclose(computed, number(value), rel_tol=1e-12, abs_tol=tolerance or 0.0)
    if isinstance(value, str) and isinstance(computed, str):
        return computed == value
    raise TypeError(f"the printed {value!r} cannot be compared with the computed {computed!r}")


@functools.cache
def _computed(module, name, given):
    return getattr(importlib.import_module(module), name)(**json.loads(given))


def compute(entry):
    """Return our value for an entry of the register; None if it has no computation.

    A value is computed once in a process.
    """
    if not entry["compute"]:
        return None
    try:
        return _computed(entry["module"], entry["compute"], json.dumps(entry["given"]))
    except Exception as error:
        error.add_note(f"while computing the claim {entry['paper']}/{entry['id']}")
        raise


def verdict(entry, computed):
    """Return the verdict over an entry: one of ``VERDICTS``."""
    if not entry["compute"]:
        return "not computable"
    tolerance = number(entry["tolerance"] or entry["uncertainty"])
    return "reproduced" if agrees(entry["value"], computed, tolerance) else "differs"


def evaluate(paper=None, chapter=None, *, claim=None):
    """Compute the claims and judge them.

    Parameters
    ----------
    paper, chapter : str, optional
        Only the claims of this paper, of this chapter.
    claim : str, optional
        Only this one, ``paper/id``.

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
        raise ValueError(f"there is no claim {claim!r}")
    table = table if claim is None else table.loc[[claim]]
    rows = table.to_dict("records")
    computed = [compute(row) for row in tqdm(rows, desc="claims", delay=2, disable=None, leave=False)]
    found = [verdict(row, value) for row, value in zip(rows, computed, strict=True)]
    expected = ["differs" if row["differs"] else "reproduced" for row in rows]
    holds = [one in (other, "not computable") for one, other in zip(found, expected, strict=True)]
    return table.assign(computed=pd.Series(computed, table.index, object), verdict=found, holds=holds)


def totals():
    """Return the number of claims of each paper with each verdict, and their sum."""
    judged = evaluate()
    counts = pd.crosstab(judged["paper"], judged["verdict"]).reindex(columns=list(VERDICTS), fill_value=0)
    return counts.assign(claims=counts.sum(axis=1)).rename_axis(index=None, columns=None)


def in_words(table):
    """Return in words how many claims of an evaluated table have each verdict."""
    return ", ".join(f"{sum(table['verdict'] == each)} {each}" for each in VERDICTS)


def printed(entry):
    """Return the value of an entry as the paper prints it, with its uncertainty and unit."""
    value = entry["value"]
    if isinstance(value, dict):
        value = f"{value['lower']}–{value['upper']}"
    value = ", ".join(value) if isinstance(value, list) else value
    value = f"{value} ± {entry['uncertainty']}" if entry["uncertainty"] else value
    return f"{value} {entry['unit']}" if entry["unit"] else value


def ours(entry, computed):
    """Return our value of an entry as text: one decimal or digit more than printed, at least three digits."""
    if computed is None:
        return "–"
    text = str(entry["value"]).replace(",", "")
    decimals = max(map(len, re.findall(r"\.(\d+)", text)), default=0)
    digits = max(map(len, re.findall(r"\d+", text)), default=0)
    style = f",.{decimals + 1}f" if decimals else f".{max(3, digits + 1)}g"
    several = computed if isinstance(computed, list) else [computed]
    text = ", ".join(f"{each:{style}}" if isinstance(each, float) else str(each) for each in several)
    return f"{text} {entry['unit']}" if entry["unit"] else text


def reason(entry):
    """Return the reason for the verdict over an evaluated entry, one or more sentences, or nothing."""
    text = entry["differs"] or entry["not_computable"] or entry["why"] or ""
    if entry["tolerance"] and not entry["differs"]:
        unit = f" {entry['unit']}" if entry["unit"] else ""
        text = f"within {entry['tolerance']}{unit}: {text}"
    if not entry["holds"]:
        text = f"this is not the expected verdict. {text}".strip()
    return f"{text[0].upper()}{text[1:].rstrip('.')}." if text else ""


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
        Without it, all claims of the paper, grouped by chapter.

    Returns
    -------
    Html
        Its classes for the style sheet are ``claims``, ``claims-group``, ``claims-place``,
        ``claims-reason``, ``verdict`` and ``verdict-reproduced``, ``verdict-differs``,
        ``verdict-not-computable``.
    """
    judged, title = evaluate(paper, chapter), _content(paper)["title"]
    parts = [(_content(paper)["chapters"][key], part) for key, part in judged.groupby("chapter", sort=False)]
    caption = title if chapter is None else f"{title}, {parts[0][0]}"
    html = _TEMPLATES.get_template("claims.html").render(
        caption=f"Claims of {caption}: {in_words(judged)}.",
        groups=[(f"{name}: {in_words(part)}", part.to_dict("records")) for name, part in parts],
        headed=chapter is None,
        icons=dict(zip(VERDICTS, "✓≠–", strict=True)),
        printed=printed,
        ours=ours,
        reason=reason,
    )
    return Html(html)


def scoreboard():
    """Return the claims of all papers, grouped by chapter: an HTML table for each paper."""
    return Html("".join(table(paper) for paper in papers()))
