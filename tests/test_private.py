"""What begins with an underscore is named in its own file alone."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PUBLIC = {  # documented, though it begins with an underscore
    "_replace": "a NamedTuple's method: the underscore keeps it apart from the fields",
    "_asdict": "a NamedTuple's method",
    "_fields": "a NamedTuple's attribute",
    "os._exit": "the documented way for a forked child to end",
}
BY_NAME = {"getattr", "setattr", "hasattr", "delattr"}


def private(name):
    return isinstance(name, str) and re.fullmatch(r"_(?!_)\w+", name) is not None


def own(tree):
    """The private names that a file defines: of functions, classes, variables, and of attributes of
    `self` or `cls`."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.Name(id=name, ctx=ast.Store()):
                yield name
            case ast.Attribute(ast.Name("self" | "cls"), name, ast.Store()):
                yield name


def others(tree, attributes):
    """The private names in a file that it does not define. `attributes` are those of the package's
    classes, which count as strings too."""
    defined = set(own(tree))
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(attr=name):
                found = set() if ast.unparse(node) in PUBLIC else {name}
            case ast.Import(names=names):
                found = {part for alias in names for part in alias.name.split(".")}
            case ast.ImportFrom(module=module, names=names):
                found = {*(module or "").split("."), *(alias.name for alias in names)}
            case ast.Call(ast.Name(id=name), [_, ast.Constant(str(value)), *_]) if name in BY_NAME:
                found = {value}
            case ast.Constant(str(value)):
                found = {value} & attributes
            case _:
                continue
        yield from filter(private, found - defined - PUBLIC.keys())


@cache
def sources():
    """file -> its syntax tree, of all that is no test."""
    files = (
        *ROOT.glob("gan_scratch/**/*.py"), *ROOT.glob("notebooks/source/*.py"),
        *ROOT.glob("docs/*.py"),
    )  # fmt: skip
    return {
        path.relative_to(ROOT).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
        for path in files
    }


def test_no_file_names_what_is_private_to_another():
    attributes = {
        name for tree in sources().values() for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) for name in own(node) if private(name)
    }  # fmt: skip
    assert "_assemble" in attributes and len(sources()) > 100
    found = {(file, name) for file, tree in sources().items() for name in others(tree, attributes)}
    assert found == set()


@pytest.mark.parametrize("code, found", [
    ("x._packed", ["_packed"]),
    ("x._packed = 1", ["_packed"]),
    ("class A:\n def f(self, x): self._packed = x._packed", []),
    ("class A:\n def _pack(self): pass\nx._pack()", []),
    ("from a import _b", ["_b"]),
    ("import a._b", ["_b"]),
    ("from a._b import c", ["_b"]),
    ("setattr(x, '_any', 1)", ["_any"]),
    ("name in ('_packed', '_another')", ["_packed"]),
    ("x.__class__, x._replace(a=1), os._exit(1), '_'", []),
    ("sys._exit", ["_exit"]),
])  # fmt: skip
def test_what_counts_as_naming_it(code, found):
    assert list(others(ast.parse(code), {"_packed"})) == found
