"""The house in docs/design.md: it has every module, and imports go downwards in it."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "gan_scratch"


def rooms():
    """Top-level modules and packages, from the top of the house to its foundations."""
    text = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
    house = re.search(r"```\ngan_scratch/\n(.*?)\nnotebooks/", text, re.DOTALL)[1]
    return re.findall(r"^  (\w+)(?:/|\.py) ", house, re.MULTILINE)


def imported(path):
    """The rooms that a file imports from, inside functions as well."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "gan_scratch":
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("gan_scratch."):
            yield node.module.split(".")[1]


def test_the_house_has_every_room_once():
    there = {path.stem for path in PACKAGE.glob("[a-z]*.py")} | {
        path.parent.name for path in PACKAGE.glob("*/__init__.py")
    }
    assert sorted(rooms()) == sorted(there - {"version"})


def test_imports_go_downwards():
    order = {name: floor for floor, name in enumerate(rooms())}
    upwards = {
        f"{path.relative_to(PACKAGE)} imports {name}"
        for path in PACKAGE.rglob("*.py")
        for name in imported(path)
        if (room := path.relative_to(PACKAGE).parts[0].removesuffix(".py")) in order
        and order.get(name, len(order)) < order[room]
    }
    assert upwards == set()
