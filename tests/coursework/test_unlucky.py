"""A class folder of 327 unlucky things, by somebody who had not read the grader: none is lost."""

import contextlib
import csv
import os

import pytest

from coursework.unlucky import GRADE, REFUSE, unlucky_folder
from gan_scratch.coursework import gradebook, source
from gan_scratch.coursework.cases import points_of
from gan_scratch.coursework.grader import Result, TaskResult
from gan_scratch.coursework.students import shown

OF_THE_LOOSE_MODULE = ("answers.md", "manifest.json")  # read with the my_layers.py beside them
NO_TEXT = {"module-nul.zip"}  # a program with a zero byte: Python would not run it either


class Fair:
    """Stands for a Grader: all that can be read gets all points, without running it."""

    def grade(self, student, text, seed):
        return self.result(student, 1)

    def nothing(self, student, problem):
        return self.result(student, 0, problem)

    def result(self, student, share, problem=""):
        points = points_of(source.load(1))
        tasks = [TaskResult(task, "", share * of, of) for task, of in points.items()]
        return Result(1, student, tasks, problem)


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """(things, rows, what was said)"""
    folder, out, said = tmp_path_factory.mktemp("in"), tmp_path_factory.mktemp("out"), []
    things = unlucky_folder(folder)
    with pytest.MonkeyPatch.context() as patch:
        fair = contextlib.nullcontext(Fair())
        patch.setattr(gradebook, "checked_grader", lambda *settings: fair)
        patch.setattr(gradebook, "missing_walls", lambda: [])
        rows = gradebook.grade_class(1, folder, out, say=said.append)
    with open(out / gradebook.TABLE, newline="", encoding="utf-8") as stream:
        yield things, rows, said, list(csv.DictReader(stream)), out


def test_everything_has_a_row_or_is_counted(graded):
    things, rows, said, _, _ = graded
    assert len(things) > 250
    found = {row["file"] for row in rows}
    passed_over = " ".join(line for line in said if line.startswith("ignored"))
    for name, _ in things:
        name = shown(os.fsdecode(name).split("/")[0])
        if name in OF_THE_LOOSE_MODULE:
            continue
        assert name in found or name in passed_over, name


def test_what_can_be_graded_is_and_the_others_say_why(graded):
    things, rows, *_ = graded
    row_of = {row["file"]: row for row in rows}
    good = [shown(name) for name, what in things if what.startswith(GRADE) and "/" not in name]
    assert len(good) > 100 and {"0-first.zip", "zz-last.zip"} <= set(good)
    assert {name for name in good if row_of[name]["score"] != row_of[name]["of"]} == NO_TEXT
    for name, what in things:
        row = row_of.get(shown(name))
        if row and what == REFUSE:
            assert row["score"] in ("", 0) and row["notes"], row
    assert all(row["notes"] for row in rows if row["score"] == "" or row["score"] == 0)


def test_nothing_forges_a_line_a_cell_or_a_page(graded):
    _, rows, said, table, out = graded
    assert len(table) == len(rows)
    for text in [*said, *(cell for row in table for cell in row.values())]:
        assert text.isprintable(), text
    assert not [c for row in table for c in row.values() if c.startswith(("=", "+", "-", "@"))]
    pages = [page.read_text(encoding="utf-8") for page in (out / "feedback").iterdir()]
    assert len(pages) == sum(row["score"] != "" for row in rows)
    assert not [page for page in pages if "<script>" in page or "<img" in page]
