"""Every claim of the register, the rules for its files, and the tables made from it."""

import ast
import importlib
import inspect
import subprocess
import sys
from html.parser import HTMLParser
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import yaml
from scipy.spatial import Delaunay, cKDTree

from supracrystal.claims import register as claims

REGISTER = claims.read_claims()
COMPUTED = REGISTER[REGISTER["compute"].notna()]
MODULES = sorted(set(COMPUTED["module"]))


@pytest.mark.parametrize("claim", REGISTER.index)
def test_verdict_holds(claim):
    (entry,) = claims.evaluate(claim=claim).to_dict("records")
    assert entry["holds"], (
        f"{claim}: {entry['verdict']}; printed {claims.printed(entry)}, "
        f"ours {claims.ours(entry, entry['computed'])}"
    )


# A verdict must depend on what is printed, and a computation must not.


def moved(value, tolerance):
    """Return printed values with which a right computation must not agree any more."""
    step = 2.5 * (tolerance or 1)
    if isinstance(value, dict):
        lower, upper = claims.number(value["lower"]), claims.number(value["upper"])
        width = upper - lower + step
        return [{"lower": str(lower + sign * width), "upper": str(upper + sign * width)} for sign in (-1, 1)]
    if isinstance(value, list):
        return [value[:-1], [*value, value[-1]], [*value[:-1], moved(value[-1], tolerance)[0]]]
    if claims.number(value) is None:
        return [value + "x", value[:-1]]
    return [str(claims.number(value) + step), str(claims.number(value) - step)]


@pytest.mark.parametrize("claim", COMPUTED.index[COMPUTED["differs"].isna()])
def test_reproduced_claim_turns_when_its_printed_value_is_moved(claim):
    entry = REGISTER.loc[claim].to_dict()
    computed = claims.compute(entry)
    assert claims.verdict(entry, computed) == "reproduced"
    for value in moved(entry["value"], claims.number(entry["tolerance"] or entry["uncertainty"])):
        assert claims.verdict(entry | {"value": value}, computed) == "differs"


@pytest.mark.parametrize("claim", COMPUTED.index[COMPUTED["differs"].notna()])
def test_claim_that_differs_turns_when_ours_is_what_is_printed(claim):
    entry = REGISTER.loc[claim].to_dict()
    computed = claims.compute(entry)
    value = entry["value"]
    if isinstance(value, dict):
        value = {"lower": str(min(computed) - 1), "upper": str(max(computed) + 1)}
    else:
        value = [str(each) for each in computed] if isinstance(computed, list) else str(computed)
    assert claims.verdict(entry | {"value": value}, computed) == "reproduced"


def test_verdict_that_is_not_expected_does_not_hold(monkeypatch):
    entry = claims.read_claims().loc["wang2021/size-ratio"]
    surprising = REGISTER.loc[[entry.name]].assign(differs="It was thought to.")
    monkeypatch.setattr(claims, "read_claims", lambda *_: surprising)
    judged = claims.evaluate(claim=entry.name)
    assert judged["verdict"].item() == "reproduced"
    assert not judged["holds"].item()
    assert "not the expected verdict" in claims.reason(judged.iloc[0]).lower()
    surprising = surprising.assign(differs=None, value="0.9")
    judged = claims.evaluate(claim=entry.name)
    assert (judged["verdict"].item(), judged["holds"].item()) == ("differs", False)


@pytest.mark.parametrize("claim", COMPUTED.index[COMPUTED["tolerance"].notna()])
def test_tolerance_is_small_beside_the_value(claim):
    entry = COMPUTED.loc[claim]
    assert claims.number(entry["tolerance"]) <= 0.2 * abs(claims.number(entry["value"]))


@pytest.mark.parametrize("claim", COMPUTED.index)
def test_printed_value_is_not_handed_to_the_computation(claim):
    entry = COMPUTED.loc[claim]
    flat = [
        each for value in entry["given"].values() for each in (value if isinstance(value, list) else [value])
    ]
    printed = entry["value"] if isinstance(entry["value"], list) else [entry["value"]]
    assert not {str(each) for each in flat} & {str(each) for each in printed}


@pytest.mark.parametrize("name", MODULES)
def test_computations_neither_read_files_nor_return_literals(name):
    """A claim is green by a computation, not by a number that was typed in or read from the register.

    What was recorded is read by a module that knows no claims.
    """
    module = importlib.import_module(name)
    tree = ast.parse(inspect.getsource(module))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not imported & {"yaml", "pathlib", "json", "os", "supracrystal", "importlib"}
    assert not {each for each in imported if each.startswith(("supracrystal.claim", "importlib"))}
    called = {
        node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) if hasattr(node.func, "id")
    }
    assert not called & {"open", "eval", "exec", "__import__"}
    for compute in set(REGISTER["compute"][REGISTER["module"] == name]) - {None}:
        (function,) = (node for node in tree.body if getattr(node, "name", None) == compute)
        assert ast.get_docstring(function)
        returned = [node.value for node in ast.walk(function) if isinstance(node, ast.Return)]
        assert any(
            any(isinstance(part, (ast.Name, ast.Call)) for part in ast.walk(each)) for each in returned
        )


@pytest.mark.parametrize("name", MODULES)
def test_every_public_function_computes_a_claim(name):
    module = importlib.import_module(name)
    public = {
        key
        for key, value in vars(module).items()
        if inspect.isfunction(value) and value.__module__ == name and not key.startswith("_")
    }
    assert public == set(REGISTER["compute"][REGISTER["module"] == name]) - {None}


def test_register_knows_no_domain():
    """The computing modules are imported by name, and only when their claims are computed."""
    code = (
        "import sys, supracrystal.claims.register as c; c.read_claims(); "
        "print([m for m in sys.modules if m.startswith('supracrystal.colloids')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# Comparison


@pytest.mark.parametrize(
    ("value", "computed", "tolerance", "expected"),
    [
        ("0.506", 0.5057, 0.0005, True),
        ("0.506", 0.5067, 0.0005, False),
        ("0.506", float("nan"), 0.0005, False),
        ("~1,990", 1990, None, True),
        ("~1,990", 1991, None, False),
        ("~74", 74.05, 0.5, True),
        ("1e-3", 0.002, 0.0005, False),
        ({"lower": "70", "upper": "80"}, 70, None, True),
        ({"lower": "70", "upper": "80"}, [72.0, 80.4], 0.5, True),
        ({"lower": "70", "upper": "80"}, [72.0, 80.4], None, False),
        ({"lower": "70", "upper": "80"}, float("nan"), None, False),
        (["12", "20"], [12, 20], None, True),
        (["12", "20"], [20, 12], None, False),
        (["12", "20"], [12], None, False),
        ("AABB", "AABB", None, True),
        ("AABB", "ABAB", None, False),
    ],
)
def test_agreement(value, computed, tolerance, expected):
    assert claims.agrees(value, computed, tolerance) is expected


@pytest.mark.parametrize(
    ("value", "computed"),
    [("12", True), ("12", None), ("12", [12]), (["12"], 12), ("AABB", 4), ({"lower": "1", "upper": "2"}, []),
     ({"lower": "1", "upper": "2"}, "1.5")],
)  # fmt: skip
def test_what_cannot_be_compared_is_refused(value, computed):
    with pytest.raises(TypeError, match="cannot be compared"):
        claims.agrees(value, computed)


# Files

ENTRY = {
    "id": "size",
    "chapter": "laves",
    "place": "Abstract",
    "statement": "The size",
    "value": "0.78",
    "tolerance": "0.005",
    "why": "two decimals are printed",
    "compute": "size",
}


def written(tmp_path, *entries, **top):
    content = {"paper": "test2021", "title": "Test", "module": "m", "chapters": {"laves": "Laves phases"}}
    path = tmp_path / "test2021.yaml"
    path.write_text(yaml.safe_dump(content | {"claims": list(entries)} | top, allow_unicode=True))
    return path


def test_file_gives_text_as_printed_and_given_numbers(tmp_path):
    entry = ENTRY | {"value": "~1,990", "given": {"number": "5,001", "sizes": ["0.5", "AB"]}}
    (loaded,) = claims.load(written(tmp_path, entry))["claims"]
    assert loaded["value"] == "~1,990"
    assert loaded["given"] == {"number": 5001, "sizes": [0.5, "AB"]}
    assert loaded["differs"] is None


def test_computation_may_stand_in_a_module_beside_or_elsewhere(tmp_path):
    entries = [
        ENTRY,
        *(ENTRY | {"id": each[:3], "compute": f"{each}.size"} for each in ("beside", "far.away")),
    ]
    loaded = claims.load(written(tmp_path, *entries, module="package.m"))["claims"]
    assert [(entry["module"], entry["compute"]) for entry in loaded] == [
        ("package.m", "size"),
        ("package.beside", "size"),
        ("far.away", "size"),
    ]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"place": None}, "claim 'size': .'place'. missing"),
        ({"id": None}, "claim 1: .'id'. missing"),
        ({"remark": "x"}, "unknown fields .'remark'."),
        ({"id": "The size"}, "lower-case"),
        ({"chapter": "order"}, "chapter 'order' is not among .'laves'."),
        ({"tolerance": "-1"}, "'tolerance' is '-1'; a positive number"),
        ({"tolerance": None}, "not whole needs a 'tolerance'"),
        ({"why": None}, "needs its reason, 'why'"),
        ({"value": "AABB"}, "text such as 'AABB' has no tolerance"),
        ({"value": {"lower": "80", "upper": "70"}}, "'lower' < 'upper'"),
        ({"value": {"lower": "80"}}, "'lower' < 'upper'"),
        ({"value": [["1"]]}, "a list may hold"),
        ({"compute": None}, "exactly one of 'compute' and 'not_computable'"),
        ({"not_computable": "Later."}, "exactly one of 'compute' and 'not_computable'"),
        ({"compute": None, "not_computable": "Later.", "differs": "So."}, "belong to a 'compute'"),
        ({"differs": ""}, ".'differs'. without content"),
        ({"given": "0.5"}, "'given' is not a mapping"),
    ],
)
def test_broken_entry_is_named_with_its_fault(tmp_path, change, message):
    entry = {key: value for key, value in (ENTRY | change).items() if value is not None}
    with pytest.raises(ValueError, match=rf"^test2021\.yaml, .*{message}"):
        claims.load(written(tmp_path, entry))


def test_broken_file_is_named_with_its_fault(tmp_path):
    with pytest.raises(ValueError, match="claim 'size': another claim has the same 'id'"):
        claims.load(written(tmp_path, ENTRY, ENTRY))
    with pytest.raises(ValueError, match=r"test2021\.yaml: 'paper' is 'wang2021'"):
        claims.load(written(tmp_path, ENTRY, paper="wang2021"))
    with pytest.raises(ValueError, match=r"test2021\.yaml: the top of the file"):
        claims.load(written(tmp_path, ENTRY, subtitle="x"))
    path = written(tmp_path, ENTRY)
    path.write_text(path.read_text().replace("  place:", "  id: again\n  place:"))
    with pytest.raises(ValueError, match=r"test2021\.yaml: line \d+: 'id' is given twice"):
        claims.load(path)
    path.write_text("claims: [")
    with pytest.raises(ValueError, match=r"test2021\.yaml: "):
        claims.load(path)


def test_unknown_papers_chapters_and_claims_are_named():
    with pytest.raises(ValueError, match=r"no claims of 'wang2020', only of .*'wang2021'"):
        claims.read_claims("wang2020")
    with pytest.raises(ValueError, match="chapter 'order2', only in"):
        claims.read_claims("wang2021", "order2")
    with pytest.raises(ValueError, match="no claim 'wang2021/nothing'"):
        claims.evaluate(claim="wang2021/nothing")


def test_failing_computation_names_its_claim(monkeypatch):
    entry = REGISTER.loc["wang2021/size-ratio"].to_dict() | {"compute": "no_such_function"}
    with pytest.raises(AttributeError) as caught:
        claims.compute(entry)
    assert "wang2021/size-ratio" in "".join(caught.value.__notes__)


# Tables


class Outline(HTMLParser):
    """Collects what a table has, and that every element is closed."""

    def __init__(self):
        super().__init__()
        self.open, self.seen = [], []

    def handle_starttag(self, tag, attrs):  # noqa: D102
        self.open.append(tag)
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag):  # noqa: D102
        assert self.open.pop() == tag


def outline(html):
    parser = Outline()
    parser.feed(html)
    assert parser.open == []
    return parser.seen


def test_table_of_a_chapter_can_be_read_aloud():
    html = claims.table("wang2021", chapter="laves")
    rows = claims.evaluate("wang2021", "laves")
    seen = outline(html)
    assert seen[0] == ("table", {"class": "claims", "role": "table"})
    assert seen[1][0] == "caption"
    assert sum(attrs.get("scope") == "col" for _, attrs in seen) == 4
    assert sum(attrs.get("scope") == "row" for _, attrs in seen) == len(rows)
    identifiers = [attrs["id"] for tag, attrs in seen if tag == "tr" and "id" in attrs]
    assert identifiers == [name.replace("/", "-") for name in rows.index]
    for verdict, number in rows["verdict"].value_counts().items():
        css = f"verdict verdict-{verdict.replace(' ', '-')}"
        assert sum(attrs.get("class") == css for _, attrs in seen) == number
        assert html.count(f"</span> {verdict}</span>") == number
    assert html._repr_html_() == html
    assert "style=" not in html


def test_table_shows_values_as_printed_and_escapes_text():
    html = claims.table("wang2021")
    assert '<td role="cell">~74 %</td>\n<td role="cell">74 %</td>' in html
    assert '<td role="cell">0.506</td>\n<td role="cell">0.5057</td>' in claims.table(
        "wang2021", chapter="density"
    )
    assert '<td role="cell">0.76–0.84</td>\n<td role="cell">–</td>' in html
    assert ">~1e-3 k<sub>B</sub> T</td>" in html
    assert "&#34;The Laves phases (LS₂)&#34;" in html


def test_scoreboard_holds_every_claim_once_under_its_chapter():
    html = claims.scoreboard()
    seen = outline(html)
    identifiers = [attrs["id"] for tag, attrs in seen if tag == "tr" and "id" in attrs]
    assert sorted(identifiers) == sorted(name.replace("/", "-") for name in REGISTER.index)
    groups = [attrs for _, attrs in seen if attrs.get("scope") == "rowgroup"]
    assert len(groups) == REGISTER.groupby("paper")["chapter"].nunique().sum()


def test_totals_count_the_register():
    totals = claims.totals()
    assert totals["claims"].to_dict() == REGISTER.groupby("paper").size().to_dict()
    assert (totals[list(claims.VERDICTS)].sum(axis=1) == totals["claims"]).all()


def test_tables_are_the_same_in_another_process():
    code = "from supracrystal import claims; print(claims.table('wang2021', 'diffraction'), end='')"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout.decode()
    assert other == claims.table("wang2021", "diffraction")


def test_files_lie_at_the_root_of_a_checkout():
    assert claims.directory() == Path(__file__).parents[2] / "data" / "claims"


# A claim of Wang et al. (2021) where ours differs in fact, by means other than those of its computation.


def test_icosahedral_thirteen_fill_less_of_their_hull_and_more_of_their_cell(random_generator):
    golden = (1 + 5**0.5) / 2
    icosahedral = np.array([v for p in product((-1, 1), (-golden, golden)) for v in permuted((0, *p))])
    fcc = np.array([v for p in product((-1, 1), (-1, 1)) for v in permuted((0, *p))]).astype(float)
    inside_hull, cell = {}, {}
    for name, centre in {"icosahedral": icosahedral, "fcc": fcc}.items():
        centre /= np.linalg.norm(centre[0])
        point = random_generator.uniform(-1, 1, size=(200_000, 3))
        hull = Delaunay(centre).find_simplex(point) >= 0
        filled = cKDTree(np.vstack([centre, np.zeros(3)])).query(point[hull])[0] < 0.5
        inside_hull[name] = filled.mean()
        cell[name] = np.pi / 6 / (8 * np.mean((point @ centre.T < 0.5).all(axis=1)))
    assert inside_hull["icosahedral"] == pytest.approx(0.7260, abs=0.006)
    assert inside_hull["fcc"] == pytest.approx(0.7444, abs=0.006)
    assert cell["icosahedral"] == pytest.approx(0.7547, abs=0.012)
    assert cell["fcc"] == pytest.approx(np.pi / 18**0.5, abs=0.012)


def permuted(vector):
    """Return the cyclic permutations of a vector."""
    return [tuple(np.roll(vector, shift)) for shift in range(3)]
