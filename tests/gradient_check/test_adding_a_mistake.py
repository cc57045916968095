"""docs/adding-a-mistake.md: its generators, put where the page says, name what nothing named."""

import ast
import importlib
import re
import sys
from pathlib import Path

import numpy as np
import pytest

from gan_scratch.gradient_check import check, diagnosis
from gan_scratch.gradient_check.hypotheses import transforms
from gan_scratch.gradient_check.repair import edits, search

PAGE = Path(__file__).parents[2] / "docs" / "adding-a-mistake.md"
BLOCKS = re.findall(r"```(python|text)\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)


def block(words):
    (found,) = (text for _, text in BLOCKS if words in text)
    return found


@pytest.fixture
def layers(tmp_path, monkeypatch):
    """The wrong layers of the page, in a file."""
    classes = [text for kind, text in BLOCKS if kind == "python" and text.startswith("class")]
    (tmp_path / "page.py").write_text("\n\n".join(["import numpy as np\n", *classes]))
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "page", raising=False)
    yield importlib.import_module("page")
    sys.modules.pop("page")


def generator(name, module):
    """A function of the page, as if it stood in that module."""
    space = dict(vars(module))
    exec(block(f"def {name}("), space)
    return space[name]


def said(layer):
    report = check(layer, np.random.default_rng(0).standard_normal((5, 4)))
    assert not report.passed
    return " ".join(str(report).split()), {cause.word for cause in report.causes.values()}


def test_an_edit_of_the_source(layers, monkeypatch):
    old, new = block("- return").splitlines()
    text, _ = said(layers.Waves())
    assert old not in text and new not in text
    assert search.PLAIN is edits.PLAIN
    monkeypatch.setattr(
        search, "PLAIN", (*edits.PLAIN, generator("sine_or_cosine", edits))
    )
    text, words = said(layers.Waves())
    assert f"{old} {new}" in text and "sin belongs where cos stands" in text
    assert words == {"local derivative"}


def test_a_hypothesis_about_the_numbers(layers, monkeypatch):
    _, words = said(layers.Clipped())
    assert words == {"unknown"}
    more = [*diagnosis.HYPOTHESES, generator("clipped", transforms)]
    monkeypatch.setattr(diagnosis, "HYPOTHESES", more)
    text, words = said(layers.Clipped())
    assert block("is clipped to ±1.").strip() in text and words == {"clipped"}


def test_the_lists_and_names_of_the_page_exist():
    text = PAGE.read_text(encoding="utf-8")
    for name in ("PLAIN", "WITH_OWN", "WITH_ALL", "STATEMENTS", "HYPOTHESES"):
        assert f"`{name}`" in text and any(hasattr(m, name) for m in (search, diagnosis))
    for kind, code in BLOCKS:
        assert kind == "text" or ast.parse(code)
