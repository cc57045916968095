"""Every chapter's form: the script and the notebook are one, short cells, pictures in words."""

import re
from html import unescape

import jupytext
import nbformat
import pytest
from execute import LARGEST
from reading import ROOT, SOLUTION, SOURCES

from gan_scratch.book.pages import IN_WORDS

LINES, COLUMNS = 25, 96
chapters = pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)


def notebook_of(source):
    return nbformat.read(ROOT / "notebooks" / f"{source.stem}.ipynb", as_version=4)


def pictures(notebook):
    """(type, description) of every picture in the outputs."""
    return [
        (mime, about["alt"])
        for cell in notebook.cells
        for output in cell.get("outputs", ())
        for mime, about in output.get("metadata", {}).items()
        if mime.startswith("image/")
    ]


def test_each_notebook_has_a_source():
    notebooks = {path.stem for path in (ROOT / "notebooks").glob("*.ipynb")}
    assert notebooks == {source.stem for source in SOURCES} != set()


@chapters
def test_the_notebook_is_its_source(source):
    written = jupytext.read(source, fmt="py:percent").cells
    shown = notebook_of(source).cells
    assert [(c.cell_type, c.source) for c in shown] == [(c.cell_type, c.source) for c in written]


@chapters
def test_every_cell_was_run_in_order_and_said_nothing_amiss(source):
    cells = [cell for cell in notebook_of(source).cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == [*range(1, len(cells) + 1)]
    outputs = [output for cell in cells for output in cell.outputs]
    assert not [o for o in outputs if o.output_type == "error" or o.get("name") == "stderr"]
    assert (ROOT / "notebooks" / f"{source.stem}.ipynb").stat().st_size < LARGEST


@chapters
def test_cells_of_code_are_short(source):
    for cell in jupytext.read(source, fmt="py:percent").cells:
        if cell.cell_type == "code":
            lines = cell.source.splitlines()
            assert len(lines) <= LINES, cell.source
            assert max(map(len, lines)) <= COLUMNS, cell.source


@chapters
def test_pictures_are_described_and_one_moves(source):
    shown = pictures(notebook_of(source))
    assert len(shown) >= 4
    assert any(mime == "image/gif" for mime, alt in shown)
    assert all(len(alt.split()) >= 5 for mime, alt in shown)
    outputs = [output for cell in notebook_of(source).cells for output in cell.get("outputs", ())]
    words = [re.sub("<summary>.*</summary>|<[^>]+>", "", o.data["text/html"]) for o in outputs
             if IN_WORDS in o.get("data", {}).get("text/html", "")]  # fmt: skip
    assert [unescape(each) for each in words] == [alt for mime, alt in shown]


@chapters
def test_three_exercises_with_hints_and_solutions(source):
    text = source.read_text(encoding="utf-8")
    number = str(int(source.stem[:2]))
    cells = jupytext.read(source, fmt="py:percent").cells
    asked = [c.source for c in cells if c.cell_type == "code" and f'check("{number}.' in c.source]
    assert len(asked) == 3
    assert text.count("<summary>Hint</summary>") >= 3
    assert len([code for c in cells for code in SOLUTION.findall(c.source)]) == 3


@chapters
def test_a_prediction_is_asked_and_sources_are_named(source):
    text = source.read_text(encoding="utf-8")
    assert text.count("**Predict.**") >= 3
    for heading in ("After this chapter you can", "What goes wrong", "## Exercises", "## Sources"):
        assert heading in text, heading
    assert re.search(r"arxiv\.org|doi\.org", text)
