"""Every claim of the register, the rules for its files, and the tables made from it."""

import ast
import importlib
import inspect
import json
import re
import subprocess
import sys
from fractions import Fraction
from html.parser import HTMLParser
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from scipy.spatial import Delaunay, cKDTree

from supracrystal.claims import register as claims
from supracrystal.records import TextLoader, recorded_path

ROOT = Path(__file__).parents[2]
REGISTER = claims.read_claims()
COMPUTED = REGISTER[REGISTER["compute"].notna()]
CONTROLLED = REGISTER[REGISTER["control"].notna()]
OTHERWISE = COMPUTED[["differs", "inconsistent"]].notna().any(axis=1)
MODULES = sorted(set(COMPUTED["module"]))


@pytest.mark.parametrize("claim", REGISTER.index)
def test_verdict_holds(claim):
    (entry,) = claims.evaluate(claim=claim).to_dict("records")
    assert entry["holds"], (
        f"{claim}: {entry['verdict']}; printed {claims.printed(entry)}, "
        f"ours {claims.ours(entry, entry['computed'])}"
    )


# A verdict must depend on what is printed, and a computation must not.


@pytest.mark.parametrize("claim", CONTROLLED.index)
def test_control_gets_another_verdict(claim):
    """A claim that is reproduced fails on its control, and one that is not holds on it."""
    entry = REGISTER.loc[claim].to_dict()
    verdict = claims.verdict(entry, claims.compute(entry))
    control = claims.compute(entry, control=True)
    assert (claims.verdict(entry, control) == "reproduced") != (verdict == "reproduced"), control


def test_every_claim_has_its_evidence():
    for claim, entry in REGISTER.to_dict("index").items():
        assert entry["kind"] in claims.KINDS, claim
        assert len(entry["place"]) > 4, claim
        reasons = [entry[each] for each in ("differs", "inconsistent", "not_computed", "control")]
        assert any(reasons), claim


def moved(value, slack):
    """Return printed values with which a right computation must not agree any more."""
    if isinstance(value, dict):
        ends = {name: claims.number(text) for name, text in value.items()}
        width = max(ends.values()) - min(ends.values()) if len(ends) == 2 else max(map(abs, ends.values()))
        step = width + 2.5 * max(slack, *(claims.last_digit(text) for text in value.values()))
        both = [{name: f"{end + sign * step:f}" for name, end in ends.items()} for sign in (-1, 1)]
        return both if len(ends) == 2 else both[:1] if "upper" in ends else both[1:]
    if isinstance(value, list):
        return [value[:-1], [*value, value[-1]], [*value[:-1], moved(value[-1], slack)[0]]]
    if claims.number(value) is None:
        return [value + "x", value[:-1]]
    step = 2.5 * max(slack, claims.last_digit(value))
    return [f"{claims.number(value) + sign * step:f}" for sign in (1, -1)]


@pytest.mark.parametrize(
    "claim", COMPUTED.index[COMPUTED["differs"].isna() & COMPUTED["inconsistent"].isna()]
)
def test_reproduced_claim_turns_when_its_printed_value_is_moved(claim):
    entry = REGISTER.loc[claim].to_dict()
    computed = claims.compute(entry)
    assert claims.verdict(entry, computed) == "reproduced"
    errors = computed["error"] if isinstance(computed, dict) else claims.number(entry["error"]) or 0
    slack = max(np.max(errors), claims.number(entry["uncertainty"]) or 0)
    for value in moved(entry["value"], float(slack)):
        assert claims.verdict(entry | {"value": value}, computed) != "reproduced", value


@pytest.mark.parametrize(
    "claim", COMPUTED.index[COMPUTED["differs"].notna() | COMPUTED["inconsistent"].notna()]
)
def test_claim_that_differs_turns_when_ours_is_what_is_printed(claim):
    entry = REGISTER.loc[claim].to_dict()
    computed = claims.compute(entry)
    plain = computed["value"] if isinstance(computed, dict) else computed
    value = entry["value"]
    if isinstance(value, dict) and not any(isinstance(each, str) for each in plain):
        value = {"lower": f"{min(plain) - 1:f}", "upper": f"{max(plain) + 1:f}"}
    elif isinstance(value, list):
        value = [str(each) for each in plain]
    elif isinstance(plain, list):
        pytest.skip("several answers, of which one value cannot hold all")
    else:
        value = str(plain)
    assert claims.verdict(entry | {"value": value}, computed) == "reproduced"


def test_verdict_that_is_not_expected_does_not_hold(monkeypatch):
    entry = claims.read_claims().loc["wang2021/size-ratio"]
    surprising = REGISTER.loc[[entry.name]].assign(inconsistent="It was thought to.")
    monkeypatch.setattr(claims, "read_claims", lambda *_: surprising)
    judged = claims.evaluate(claim=entry.name)
    assert judged["verdict"].item() == "reproduced"
    assert not judged["holds"].item()
    assert "not the expected verdict" in claims.reason(judged.iloc[0]).lower()
    surprising = surprising.assign(inconsistent=None, value="0.9")
    judged = claims.evaluate(claim=entry.name)
    assert (judged["verdict"].item(), judged["holds"].item()) == ("print inconsistent", False)


@pytest.mark.parametrize("claim", COMPUTED.index[COMPUTED["error"].notna()])
def test_error_is_small_beside_the_value(claim):
    entry = COMPUTED.loc[claim]
    value = entry["value"]
    printed = value.values() if isinstance(value, dict) else value if isinstance(value, list) else [value]
    assert claims.number(entry["error"]) <= 0.25 * max(abs(claims.number(each)) for each in printed)


def flat(value):
    """Return all that a value holds."""
    if isinstance(value, (dict, list)):
        inside = value.values() if isinstance(value, dict) else value
        return [each for part in inside for each in flat(part)]
    return [str(value)]


@pytest.mark.parametrize("claim", COMPUTED.index)
def test_printed_value_is_not_handed_to_the_computation(claim):
    entry = COMPUTED.loc[claim]
    assert not set(flat(entry["given"])) & set(flat(entry["value"]))


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
    for compute in used(name):
        (function,) = (node for node in tree.body if getattr(node, "name", None) == compute)
        assert ast.get_docstring(function)
        returned = [node.value for node in ast.walk(function) if isinstance(node, ast.Return)]
        assert any(
            any(isinstance(part, (ast.Name, ast.Call)) for part in ast.walk(each)) for each in returned
        )


def used(name):
    """Return the functions of a module that claims and their controls name."""
    rows = REGISTER[REGISTER["module"] == name]
    controls = {each.get("compute") for each in rows["control"].dropna()}
    return (set(rows["compute"]) | controls) - {None}


@pytest.mark.parametrize("name", MODULES)
def test_every_public_function_computes_a_claim_of_a_kind_that_it_can_give(name):
    module = importlib.import_module(name)
    public = {
        key
        for key, value in vars(module).items()
        if inspect.isfunction(value) and value.__module__ == name and not key.startswith("_")
    }
    assert public == used(name)
    kinds = {}
    for kind, functions in module.EVIDENCE.items():
        for function in functions:
            kinds.setdefault(function, set()).update(kind.split(" or "))
    assert set(kinds) == public
    assert set().union(*kinds.values()) <= set(claims.KINDS)
    for claim, entry in COMPUTED[COMPUTED["module"] == name].iterrows():
        assert entry["kind"] in kinds[entry["compute"]], claim


def conditions(given):
    """Return the feed ratios and times that a claim on alloying is about, None for no addition."""
    ratios = given.get("ratios", [given.get("ratio")])
    minutes = given.get("minutes", 1200)
    times = minutes if isinstance(minutes, list) else [minutes]
    first = given.get("first")
    first = None if first is None else round(float(Fraction(str(first))), 5)
    return {(round(float(Fraction(str(ratio))), 5), time, first) for ratio in ratios for time in times}


def test_claims_that_are_held_back_have_no_condition_that_was_fitted():
    """What was fitted is recorded with the fit: the model saw its statements."""
    table = pd.read_csv(recorded_path("reactions/alloying.csv"))
    seen = {
        (round(ratio, 5), minutes, None)
        for ratio, minutes in table.loc[table["fitted"], ["ratio", "minutes"]].itertuples(index=False)
    }
    rows = COMPUTED[
        COMPUTED["kind"].isin(["fitted", "held back"]) & (COMPUTED["module"].str.contains("lin2022"))
    ]
    assert len(rows) > 20
    for claim, entry in rows.iterrows():
        overlap = conditions(entry["given"]) & seen
        assert (entry["kind"] == "fitted") == bool(overlap), (claim, overlap)


def test_energies_of_dissociation_that_are_given_are_claimed_by_none():
    """The model of dissociation is fitted to energies; what they are is no claim that it can hold."""
    rows = REGISTER[REGISTER["chapter"] == "dissociation"]
    fitted = rows[rows["given"].map(lambda given: "first" in given)]
    assert len(fitted) == 3
    assert set(fitted["kind"]) == {"held back"}
    assert not any(set(flat(row["value"])) & set(flat(row["given"])) for _, row in fitted.iterrows())


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
    ("value", "computed", "error", "expected"),
    [
        ("0.506", 0.5057, None, True),
        ("0.506", 0.5067, None, False),
        ("0.506", 0.5067, 0.001, True),
        ("0.506", 0.5063, 0.0001, True),
        ("0.506", float("nan"), None, False),
        ("1,990", 1990, None, True),
        ("1,990", 1991, None, False),
        ("~1,990", 1994, None, True),
        ("~1,990", 1996, None, False),
        ("~74", 74.05, None, True),
        ("1e-3", 0.002, None, False),
        ({"lower": "70", "upper": "80"}, 69.6, None, True),
        ({"lower": "70", "upper": "80"}, 69.4, None, False),
        ({"lower": "70", "upper": "80"}, [72.0, 81.0], 2, True),
        ({"lower": "70", "upper": "80"}, [72.0, 81.0], None, False),
        ({"lower": "70"}, 1e6, None, True),
        ({"upper": "70"}, 71, None, False),
        ({"lower": "70", "upper": "80"}, float("nan"), None, False),
        ({"lower": "70", "upper": "80"}, "not seen", None, False),
        (["12", "20"], [12, 20], None, True),
        (["12", "20"], [20, 12], None, False),
        (["12", "20"], [12], None, False),
        (["12", "20"], {"value": [13, 23], "error": [1, 2]}, None, False),
        (["12", "20"], {"value": [13, 22], "error": [1, 2]}, None, True),
        ("12", [12, 12], None, True),
        ("12", [12, 13], None, False),
        ("12", [], None, False),
        ("all", ["all", "all"], None, True),
        ("AABB", "AABB", None, True),
        ("AABB", "ABAB", None, False),
    ],
)
def test_agreement(value, computed, error, expected):
    assert claims.agrees(value, computed, None, error) is expected


@pytest.mark.parametrize("value", ["0.5", "0.05"])
def test_printed_uncertainty_counts_where_it_is_larger(value):
    assert claims.agrees(value, float(value) + 0.09, 0.1)
    assert not claims.agrees(value, float(value) + 0.2, 0.1)


@pytest.mark.parametrize(
    ("value", "computed"), [("12", True), ("12", None), (["12"], 12), ({"lower": "1", "upper": "2"}, None)]
)
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
    "kind": "independent",
    "compute": "size",
    "control": {"system": "another size", "given": {"size": "2"}},
}


def written(tmp_path, *entries, **top):
    content = {"paper": "test2021", "title": "Test", "module": "m"}
    path = tmp_path / "test2021.yaml"
    path.write_text(yaml.safe_dump(content | {"claims": list(entries)} | top, allow_unicode=True))
    return path


def test_file_gives_text_as_printed_and_given_numbers(tmp_path):
    given = {"number": "5,001", "sizes": ["0.5", "AB"], "deep": {"x": "1e-8"}, "reaction": "false"}
    (loaded,) = claims.load(written(tmp_path, ENTRY | {"value": "~1,990", "given": given}))["claims"]
    assert loaded["value"] == "~1,990"
    assert loaded["given"] == {"number": 5001, "sizes": [0.5, "AB"], "deep": {"x": 1e-8}, "reaction": False}
    assert loaded["control"]["given"] == {"size": 2}
    assert loaded["differs"] is None


def test_computation_may_stand_in_a_module_elsewhere(tmp_path):
    entries = [ENTRY, ENTRY | {"id": "far", "compute": "far.away.size"}]
    loaded = claims.load(written(tmp_path, *entries, module="package.m"))["claims"]
    assert [(entry["module"], entry["compute"]) for entry in loaded] == [
        ("package.m", "size"),
        ("far.away", "size"),
    ]


FAULTS = [
    ({"place": None}, "claim 'size': .'place'. missing"),
    ({"kind": None}, ".'kind'. missing"),
    ({"id": None}, "claim 1: .'id'. missing"),
    ({"remark": "x"}, "unknown fields .'remark'."),
    ({"id": "The size"}, "lower-case"),
    ({"kind": "guessed"}, "kind 'guessed' is not among"),
    ({"error": "-1", "why": "so"}, "'error' is '-1'; a positive number"),
    ({"error": "1"}, "needs its reason, 'why'"),
    ({"value": "AABB", "error": "1", "why": "so"}, "text such as 'AABB' has no uncertainty"),
    ({"value": {"lower": "80", "upper": "70"}}, "'lower' < 'upper'"),
    ({"value": {"middle": "80"}}, "'lower' < 'upper'"),
    ({"value": [["1"]]}, "a list may hold"),
    ({"compute": None}, "exactly one of 'compute' and 'not_computed'"),
    ({"not_computed": "Later."}, "exactly one of 'compute' and 'not_computed'"),
    ({"compute": None, "control": None, "not_computed": "Later.", "differs": "So."}, "belong to a 'compute'"),
    ({"control": None}, "that is reproduced needs a 'control'"),
    ({"control": {"system": "gas"}}, "'control' needs 'system', and 'given' or 'compute'"),
    ({"control": {"system": "gas", "size": "1"}}, "'control' may have"),
    ({"differs": ""}, ".'differs'. without content"),
    ({"inconsistent": "So."}, "only a print can be inconsistent"),
    ({"kind": "print only", "differs": "So."}, "only a print can be inconsistent"),
    ({"given": "0.5"}, "'given' is not a mapping"),
]


@pytest.mark.parametrize(("change", "message"), FAULTS)
def test_broken_entry_is_named_with_its_fault(tmp_path, change, message):
    entry = {key: value for key, value in (ENTRY | change).items() if value is not None}
    with pytest.raises(ValueError, match=rf"^test2021\.yaml, .*{message}"):
        claims.load(written(tmp_path, entry))


def test_files_follow_the_published_schema_which_refuses_what_the_rules_refuse():
    """One test and not nine: the import takes three seconds, in each process that runs one of them."""
    import jsonschema

    validator = jsonschema.Draft202012Validator(claims.schema())
    for paper in claims.papers():
        content = yaml.load(recorded_path(f"claims/{paper}.yaml").read_text("utf-8"), Loader=TextLoader)
        validator.validate(content)
    content = {"paper": "p", "title": "t", "module": "m", "claims": [ENTRY]}
    assert validator.is_valid(content)
    for change in ({"kind": "guessed"}, {"remark": "x"}, {"compute": None}, {"error": "1"}):
        entry = {key: value for key, value in (ENTRY | change).items() if value is not None}
        assert not validator.is_valid(content | {"claims": [entry]}), change


def test_schema_on_the_site_is_that_of_the_register():
    published = json.loads((ROOT / "book" / "_static" / "claims.schema.json").read_text("utf-8"))
    assert published == claims.schema()


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


def test_chapters_are_in_the_table_of_contents_and_show_their_claims():
    for name, rows in REGISTER.groupby("chapter"):
        place, _ = claims.chapters()[name]
        text = (ROOT / "book" / f"{place}.md").read_text(encoding="utf-8")
        for paper in set(rows["paper"]):
            assert f'claims.table("{paper}", chapter="{name}")' in text, place
    shown = [
        match
        for path in (ROOT / "book").rglob("*.md")
        for match in re.findall(r'claims\.table\("(\w+)", chapter="([\w-]+)"\)', path.read_text("utf-8"))
    ]
    assert set(shown) == set(zip(REGISTER["paper"], REGISTER["chapter"], strict=True))


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


# Kept values


def test_values_are_kept_for_other_processes_and_can_be_computed_anew(tmp_path, monkeypatch):
    monkeypatch.setenv("SUPRACRYSTAL_CACHE", str(tmp_path))
    for each in (claims._kept, claims._computed):
        each.cache_clear()
    entry = REGISTER.loc["wang2021/size-ratio"].to_dict()
    assert claims.compute(entry) == pytest.approx(7 / 9)
    (path,) = tmp_path.rglob("*.json")
    path.write_text("0.5")
    assert claims.compute(entry) == pytest.approx(7 / 9)  # of this process
    claims._computed.cache_clear()
    assert claims.compute(entry) == 0.5
    assert claims.compute(entry, keep=False) == pytest.approx(7 / 9)
    code = (
        "from supracrystal.claims import evaluate; "
        "print(evaluate(claim='wang2021/size-ratio').computed.item())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "0.5"
    for each in (claims._kept, claims._computed):
        each.cache_clear()


def test_kept_values_go_with_the_code_and_the_data(tmp_path, monkeypatch):
    monkeypatch.setenv("SUPRACRYSTAL_CACHE", str(tmp_path))
    claims._kept.cache_clear()
    before = claims._kept()
    claims._kept.cache_clear()
    assert claims._kept() == before
    read = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda path: read(path) + b" " * (path.name == "alloying.json"))
    claims._kept.cache_clear()
    assert claims._kept() != before
    claims._kept.cache_clear()


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
    assert {attrs["data-kind"] for _, attrs in seen if "data-kind" in attrs} == set(rows["kind"])
    back = [attrs["href"] for tag, attrs in seen if tag == "a"]
    assert back == [f"../reference/scoreboard.html#{name.replace('/', '-')}" for name in rows.index]
    for verdict, number in rows["verdict"].value_counts().items():
        css = f"verdict verdict-{verdict.replace(' ', '-')}"
        assert sum(attrs.get("class") == css for _, attrs in seen) == number
        assert html.count(f"</span> {verdict}</span>") == number
    assert html._repr_html_() == html
    assert "style=" not in html


def test_table_shows_values_as_printed_and_escapes_text():
    html = claims.table("wang2021")
    assert '<td role="cell">~74 %</td>\n<td role="cell">74 %</td>' in html
    assert '<td role="cell">0.506, 0.524</td>\n<td role="cell">0.5057, 0.5240</td>' in html
    assert '<td role="cell">0.76–0.84</td>\n<td role="cell">–</td>' in html
    assert '<td role="cell">at most 74 %</td>' in html
    assert ">~1e-3 k<sub>B</sub> T</td>" in html
    assert "&#34;The Laves phases (LS₂)&#34;" in html
    assert 'href="../wang2021/laves.html#wang2021-size-ratio"' in html


def test_scoreboard_holds_every_claim_once_under_its_chapter():
    html = claims.scoreboard()
    seen = outline(html)
    identifiers = [attrs["id"] for tag, attrs in seen if tag == "tr" and "id" in attrs]
    assert sorted(identifiers) == sorted(name.replace("/", "-") for name in REGISTER.index)
    groups = [attrs for _, attrs in seen if attrs.get("scope") == "rowgroup"]
    assert len(groups) == REGISTER.groupby("paper")["chapter"].nunique().sum()


def test_totals_count_the_register():
    judged = claims.evaluate()
    totals = claims.totals(judged)
    assert totals["claims"].to_dict() == REGISTER.groupby(["paper", "kind"]).size().to_dict()
    assert (totals[list(claims.VERDICTS)].sum(axis=1) == totals["claims"]).all()
    counted = judged[judged["kind"].isin(["independent", "held back"])]
    assert claims.score(judged)["claims"] == len(counted)
    assert claims.score(judged)["reproduced"] == sum(counted["verdict"] == "reproduced")
    assert not set(judged["verdict"][judged["kind"] != "print only"]) & {"print inconsistent"}


def test_filters_offer_every_kind_and_verdict():
    html = claims.filters()
    assert all(f"<option>{each}</option>" in html for each in (*claims.KINDS, *claims.VERDICTS))
    assert "http" not in html


def test_tables_are_the_same_in_another_process():
    code = "from supracrystal import claims; print(claims.table('wang2021', 'diffraction'), end='')"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout.decode()
    assert other == claims.table("wang2021", "diffraction")


def test_files_lie_at_the_root_of_a_checkout():
    assert recorded_path("claims") == ROOT / "data" / "claims"


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
