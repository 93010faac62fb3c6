"""Print how large the house is, and fail if an import goes up or a line of code in a chapter is too wide.

The numbers are signs, not aims: modules, lines of code, of docstring and of comment in each room, and the
largest modules. The direction of imports is the contract of ``pyproject.toml``, which ``lint-imports``
keeps as well.
"""

import ast
import re
import sys
import tomllib
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "supracrystal"
WIDTH = 88
"""Of code in the chapters, in characters."""
SHOWN = re.compile(r"(?ms)^```(?:\{code-cell\}[^\n]*|sh|bash|python|text)\n(---\n.*?^---\n)?(.*?)^```")


def lines(path):
    """Return the numbers of lines of code, of docstring and of comment in a file."""
    text = path.read_text(encoding="utf-8")
    documented = set()
    for node in ast.walk(ast.parse(text)):
        if (
            isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef)
            and ast.get_docstring(node) is not None
        ):
            documented |= set(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    kinds = Counter()
    for number, line in enumerate(text.splitlines(), 1):
        if number in documented:
            kinds["docstring"] += 1
        elif line.strip().startswith("#"):
            kinds["comment"] += 1
        elif line.strip():
            kinds["code"] += 1
    return kinds


def upward(layers):
    """Yield the imports that go up, as text."""
    for path in sorted(PACKAGE.rglob("*.py")):
        room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        if room not in layers:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.ImportFrom) or not (node.module or "").startswith("supracrystal"):
                continue
            parts = node.module.split(".")
            for other in parts[1:2] or [alias.name for alias in node.names]:
                if other in layers and layers.index(other) < layers.index(room):
                    yield f"{path.relative_to(PACKAGE)} imports {other}"


def wide():
    """Yield the lines of code in the book that the column of a page does not hold, as text."""
    for path in sorted((ROOT / "book").rglob("*.md")):
        for block in SHOWN.finditer(path.read_text(encoding="utf-8")):
            for line in block[2].splitlines():
                if len(line) > WIDTH:
                    yield f"{path.relative_to(ROOT)}: {len(line)} characters, {WIDTH} allowed: {line.strip()}"


def main():
    """Print the table, and return 1 if an import goes up or code is too wide."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    sizes = {path: lines(path) for path in PACKAGE.rglob("*.py")}
    rooms = {}
    for path, kinds in sizes.items():
        room = path.relative_to(PACKAGE).parts[0]
        rooms.setdefault(room, Counter()).update(kinds | Counter(modules=path.name != "__init__.py"))
    print(f"{'':16}{'modules':>9}{'code':>9}{'docstring':>11}{'comment':>9}")
    for room, kinds in [*sorted(rooms.items()), ("all", sum(rooms.values(), Counter()))]:
        print(f"{room:16}{kinds['modules']:9}{kinds['code']:9}{kinds['docstring']:11}{kinds['comment']:9}")
    largest = sorted(sizes, key=lambda path: -sizes[path]["code"])[:5]
    print("largest:", ", ".join(f"{path.relative_to(PACKAGE)} {sizes[path]['code']}" for path in largest))
    wrong = [*upward(contracts[0]["layers"]), *wide()]
    print(*wrong, sep="\n", end="" if not wrong else "\n")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
