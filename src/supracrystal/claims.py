"""The register of claims: what the papers print, beside what this package computes.

One YAML file for each paper holds the printed values with their place; functions of a domain's
``claims`` module compute ours and never see what is printed. From the two come a test for each
claim, a table for each chapter and the scoreboard. The verdict is computed, not written down:

reproduced
    Our value agrees with the printed one within the tolerance, which is given with its reason.
differs
    It does not, and the file says why. A claim that agrees although the file says that it differs,
    or the reverse, does not hold, and its test fails.
not computable
    The file says why. A claim without a computation can have no other verdict.

A printed value is text, kept as printed. One that reads as a number (``0.78``, ``~1,990``) is
compared as a number: exactly if it is whole and has no tolerance, else within the tolerance. A mapping
with ``lower`` and ``upper`` is an interval, a sequence is compared element by element, and other text
must be equal. What the paper prints as input, a size for instance, stands under ``given`` and is
handed to the computing function by keyword.
"""

import functools
import importlib
import math
import numbers
import re
from pathlib import Path

import jinja2
import pandas as pd
import yaml
from tqdm import tqdm

from supracrystal.view import Html

VERDICTS = ("reproduced", "differs", "not computable")
REQUIRED = ("id", "chapter", "place", "statement", "value")
FIELDS = (
    *REQUIRED,
    "unit",
    "uncertainty",
    "tolerance",
    "why",
    "compute",
    "given",
    "differs",
    "not_computable",
)
NUMBER = re.compile(r"~?([+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[eE][+-]?\d+)?)")


class _Text(yaml.BaseLoader):
    """Loads every scalar as the text that stands in the file, and refuses a key given twice."""

    def construct_mapping(self, node, deep=False):
        keys = [key.value for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise ValueError(f"line {node.start_mark.line + 1}: '{key}' is given {keys.count(key)} times")
        return super().construct_mapping(node, deep=deep)


def number(text):
    """Return the number that a printed value stands for, None if it is none.

    Examples
    --------
    >>> number("~1,990"), number("AABB")
    (1990.0, None)
    """
    match = NUMBER.fullmatch(text) if isinstance(text, str) else None
    return float(match[1].replace(",", "")) if match else None


def agrees(value, computed, tolerance=None):
    """Tell whether a computed value agrees with a printed one.

    Parameters
    ----------
    value : str, list or dict
        As printed: a number or text, a list of these, or an interval ``{"lower": ..., "upper": ...}``.
    computed : number, str or list
        Ours. Each number of a list must lie in an interval.
    tolerance : float, optional
        Allowed distance, in the unit of the value. Without it numbers must be equal.

    Returns
    -------
    bool

    Raises
    ------
    TypeError
        If `computed` is of no kind that can be compared with `value`.

    Examples
    --------
    >>> agrees("0.78", 7.7 / 9.9, 0.005), agrees({"lower": "70", "upper": "80"}, [72.0, 81.0])
    (True, False)
    """
    if isinstance(computed, bool) or computed is None:
        raise TypeError(f"a computed value is a number, text or a list of these, not {computed!r}")
    several = isinstance(computed, list)
    if isinstance(value, dict):
        computed = computed if several else [computed]
        lower, upper = number(value["lower"]), number(value["upper"])
        slack = tolerance or 0.0
        return len(computed) > 0 and all(lower - slack <= each <= upper + slack for each in computed)
    if isinstance(value, list) or several:
        if not (isinstance(value, list) and several):
            raise TypeError(f"the printed {value!r} cannot be compared with the computed {computed!r}")
        return len(value) == len(computed) and all(map(agrees, value, computed, [tolerance] * len(value)))
    if isinstance(computed, str):
        return computed == value
    if not isinstance(computed, numbers.Real):
        raise TypeError(f"a computed value is a number, text or a list of these, not {computed!r}")
    if number(value) is None:
        raise TypeError(f"the printed {value!r} is text, the computed {computed!r} a number")
    return math.isclose(computed, number(value), rel_tol=1e-12, abs_tol=tolerance or 0.0)


def _directory():
    """Return the folder of the YAML files: inside a wheel, or at the root of a checkout."""
    package = Path(__file__).parent
    packaged = package / "_claims"
    return packaged if packaged.is_dir() else package.parents[1] / "data" / "claims"


def _check(entry, chapters):
    """Raise ValueError with what is wrong with an entry of a file."""

    def need(condition, message):
        if not condition:
            raise ValueError(message)

    for field in REQUIRED:
        need(entry.get(field), f"'{field}' is missing")
    unknown = sorted(set(entry) - set(FIELDS))
    need(not unknown, f"unknown fields {unknown}; allowed are {list(FIELDS)}")
    need(re.fullmatch("[a-z0-9-]+", entry["id"]), "'id' may have lower-case letters, digits and hyphens")
    need(entry["chapter"] in chapters, f"chapter '{entry['chapter']}' is not among {list(chapters)}")
    value, tolerance = entry["value"], entry.get("tolerance") or entry.get("uncertainty")
    for field in ("tolerance", "uncertainty"):
        text = entry.get(field)
        need(text is None or (number(text) or 0) > 0, f"'{field}' is {text!r}; a positive number is needed")
    if isinstance(value, dict):
        bounds = [number(value.get(bound)) for bound in ("lower", "upper")]
        fits = len(value) == 2 and None not in bounds and bounds[0] < bounds[1]
        need(fits, f"an interval needs 'lower' < 'upper', not {value}")
    else:
        elements = value if isinstance(value, list) else [value]
        need(all(isinstance(each, str) for each in elements), "'value' is nested too deeply")
        parsed = [number(each) for each in elements]
        whole = all(each is None or each.is_integer() for each in parsed)
        exact = whole or tolerance or not entry.get("compute")
        need(exact, f"the number {value} needs a 'tolerance' or an 'uncertainty'")
        need(not (tolerance and None in parsed), f"a tolerance has no meaning for the text {value!r}")
    need(not tolerance or entry.get("why"), "a tolerance needs its reason, 'why'")
    if entry.get("compute"):
        need(entry["compute"].isidentifier(), f"'compute' names a function, not {entry['compute']!r}")
        need("not_computable" not in entry, "'compute' and 'not_computable' exclude each other")
    else:
        need(entry.get("not_computable"), "either 'compute' or the reason 'not_computable' is needed")
        need("differs" not in entry and "given" not in entry, "'differs' and 'given' need 'compute'")
    need(entry.get("differs", "reason"), "'differs' must give its reason")
    need(isinstance(entry.get("given", {}), dict), "'given' is a mapping of keywords to values")


def load(path):
    """Read and check the claims of one paper.

    Parameters
    ----------
    path : path-like
        YAML with ``paper`` (its citation key, also the name of the file), ``title``, ``module`` (where
        the computing functions are), ``chapters`` (key to title) and ``claims``, a list of entries
        with the fields ``FIELDS``.

    Returns
    -------
    dict

    Raises
    ------
    ValueError
        Naming the file, the claim and what is wrong with it.
    """
    path = Path(path)
    where = path.name
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_Text)
        missing = {"paper", "title", "module", "chapters", "claims"} ^ set(content or {})
        if missing:
            raise ValueError(f"missing or unknown at the top: {sorted(missing)}")
        if content["paper"] != path.stem:
            raise ValueError(f"the paper is '{content['paper']}', the file is named {path.name}")
        seen = set()
        for place, entry in enumerate(content["claims"], start=1):
            where = f"{path.name}, claim {entry.get('id', place)!r}"
            _check(entry, content["chapters"])
            if entry["id"] in seen:
                raise ValueError("the 'id' is given twice")
            seen.add(entry["id"])
    except (ValueError, yaml.YAMLError) as error:
        raise ValueError(f"{where}: {error}") from error
    return content


def papers():
    """Return the citation keys of the papers that have claims."""
    return sorted(path.stem for path in _directory().glob("*.yaml"))


@functools.cache
def _load(paper):
    if paper not in papers():
        raise ValueError(f"there are no claims of '{paper}'; there are those of {papers()}")
    return load(_directory() / f"{paper}.yaml")


def register(paper=None, chapter=None):
    """Return the claims as they stand in the files, nothing computed.

    Parameters
    ----------
    paper, chapter : str, optional
        Only the claims of this paper, of this chapter.

    Returns
    -------
    pandas.DataFrame
        Indexed by ``paper/id``; the fields of the entries as text, None where there is none.

    Raises
    ------
    ValueError
        For a paper or a chapter that has no claims, and for a file that breaks the rules.

    Examples
    --------
    >>> register("wang2021").loc["wang2021/size-ratio", "value"]
    '0.78'
    """
    rows = []
    for each in papers() if paper is None else [paper]:
        content = _load(each)
        for entry in content["claims"]:
            row = {field: entry.get(field) for field in FIELDS}
            rows.append({"paper": each, "module": content["module"]} | row)
    table = pd.DataFrame(rows, dtype=object)
    table.index = pd.Index(table["paper"] + "/" + table["id"], name="claim")
    if chapter is not None:
        if chapter not in set(table["chapter"]):
            raise ValueError(f"no chapter '{chapter}'; there are {sorted(set(table['chapter']))}")
        table = table[table["chapter"] == chapter]
    return table


def _plain(value):
    """Turn whole numbers into int, NumPy scalars and arrays into Python numbers and lists."""
    value = value.tolist() if hasattr(value, "tolist") else value
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _read(given):
    """Turn the text of a given value, or of each in a list, into a number where it is one."""
    if isinstance(given, (list, tuple)):
        return [_read(each) for each in given]
    return given if number(given) is None else _plain(number(given))


@functools.cache
def _computed(module, name, given):
    keywords = {key: _read(value) for key, value in given}
    return _plain(getattr(importlib.import_module(module), name)(**keywords))


def compute(entry):
    """Return our value for an entry of the register, None if it has no computation.

    A value is computed once in a process.
    """
    if not entry["compute"]:
        return None
    given = {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in (entry["given"] or {}).items()
    }
    try:
        return _computed(entry["module"], entry["compute"], tuple(given.items()))
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
    table = register(paper, chapter)
    if claim is not None:
        if claim not in table.index:
            raise ValueError(f"there is no claim '{claim}'")
        table = table.loc[[claim]]
    rows = table.to_dict("records")
    computed = [compute(row) for row in tqdm(rows, desc="claims", delay=2, disable=None, leave=False)]
    found = [verdict(row, value) for row, value in zip(rows, computed, strict=True)]
    expected = ["differs" if row["differs"] else "reproduced" for row in rows]
    holds = [one in (other, "not computable") for one, other in zip(found, expected, strict=True)]
    return table.assign(computed=pd.Series(computed, table.index, object), verdict=found, holds=holds)


def totals():
    """Return the number of claims of each paper with each verdict, and their sum."""
    table = evaluate()
    counts = pd.crosstab(table["paper"], table["verdict"]).reindex(columns=list(VERDICTS), fill_value=0)
    return counts.assign(claims=counts.sum(axis=1)).rename_axis(index=None, columns=None)


def _with_unit(text, entry):
    return f"{text} {entry['unit']}" if entry["unit"] else text


def printed(entry):
    """Return the value of an entry as the paper prints it, with its uncertainty and unit."""
    value = entry["value"]
    if isinstance(value, dict):
        value = f"{value['lower']}–{value['upper']}"
    elif isinstance(value, list):
        value = ", ".join(value)
    return _with_unit(f"{value} ± {entry['uncertainty']}" if entry["uncertainty"] else value, entry)


def ours(entry, computed):
    """Return our value of an entry as text, with one digit more than the paper prints."""
    if computed is None:
        return "–"
    decimals = [len(text.partition(".")[2]) for text in re.findall(r"\d[\d.]*", str(entry["value"]))]
    digits = 1 + max(decimals, default=0)
    several = computed if isinstance(computed, list) else [computed]
    texts = [
        f"{each:.{digits + (abs(each) < 10 and digits == 1)}f}" if isinstance(each, float) else str(each)
        for each in several
    ]
    return _with_unit(", ".join(texts), entry)


_TABLE = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string("""\
<table class="claims">
<caption>{{ caption }}</caption>
<thead><tr>
<th scope="col">Claim</th><th scope="col">Printed</th><th scope="col">Ours</th><th scope="col">Verdict</th>
</tr></thead>
{% for heading, rows in groups %}
<tbody>
{% if heading %}
<tr><th scope="rowgroup" colspan="4" class="claims-group">{{ heading }}</th></tr>
{% endif %}
{% for row in rows %}
<tr id="{{ row.paper }}-{{ row.id }}">
<th scope="row">{{ row.statement }} <span class="claims-place">{{ row.place }}</span></th>
<td>{{ row.printed }}</td><td>{{ row.ours }}</td>
<td><span class="verdict verdict-{{ row.verdict|replace(' ', '-') }}">\
<span aria-hidden="true">{{ row.icon }}</span> {{ row.verdict }}</span>
{% if row.reason %} <span class="claims-reason">{{ row.reason }}</span>{% endif %}</td>
</tr>
{% endfor %}
</tbody>
{% endfor %}
</table>
""")
_ICONS = dict(zip(VERDICTS, "✓≠–", strict=True))


def _row(entry):
    reason = entry["differs"] or entry["not_computable"] or entry["why"] or ""
    if entry["tolerance"] and not entry["differs"]:
        reason = f"Within {_with_unit(entry['tolerance'], entry)}: {reason}"
    if not entry["holds"]:
        reason = f"Not the verdict that was expected. {reason}"
    reason = reason and f"{reason[0].upper()}{reason[1:].rstrip('.')}."
    shown = {"printed": printed(entry), "ours": ours(entry, entry["computed"]), "reason": reason}
    return entry | shown | {"icon": _ICONS[entry["verdict"]]}


def counts(table):
    """Return in words how many claims of an evaluated table have each verdict."""
    return ", ".join(f"{sum(table['verdict'] == each)} {each}" for each in VERDICTS)


def table(paper, chapter=None):
    """Return the claims of a paper, or of one chapter, as an HTML table.

    Parameters
    ----------
    paper : str
        Citation key.
    chapter : str, optional
        Without it, the claims are grouped by chapter.

    Returns
    -------
    Html
        Classes for the style sheet: ``claims``, ``verdict`` and ``verdict-reproduced``,
        ``verdict-differs``, ``verdict-not-computable``.
    """
    judged = evaluate(paper, chapter)
    content = _load(paper)
    rows = [_row(entry) for entry in judged.to_dict("records")]
    if chapter is not None:
        groups = [("", rows)]
    else:
        groups = [
            (title, [row for row in rows if row["chapter"] == key])
            for key, title in content["chapters"].items()
        ]
    caption = f"Claims of {content['title']}" + (f", {content['chapters'][chapter]}" if chapter else "")
    caption = f"{caption}: {counts(judged)}."
    return Html(_TABLE.render(caption=caption, groups=[group for group in groups if group[1]]))


def scoreboard():
    """Return the claims of all papers, grouped by chapter: one HTML table for each paper."""
    return Html("".join(table(paper) for paper in papers()))
