"""What docs/teaching.md shows of ten wrong submissions is what a student is told."""

import re
import types
from pathlib import Path

import pytest

from coursework.mistakes import few
from coursework.ten import TEN
from gan_scratch.coursework import check, source
from gan_scratch.coursework.grader import Grader

PAGE = Path(__file__).parents[2] / "docs" / "teaching.md"


@pytest.mark.parametrize("number", range(len(TEN)))
def test_the_page_shows_what_is_said(number):
    task, student, right, wrong = TEN[number]
    assignment = source.load("layers", student)
    module = types.ModuleType(assignment.module)
    assert assignment.solution().count(right) == 1
    exec(assignment.solution().replace(right, wrong), vars(module))
    answers = check.run_tests(assignment.test_cells(), module, [task])
    said = check.in_words({task: assignment.tasks[task]}, answers)
    shown = f"```python\n{wrong}\n```\n\n```\n{said}\n```\n"
    assert without_rounding(shown) in without_rounding(PAGE.read_text(encoding="utf-8"))


def without_rounding(text):
    """The rounding errors, which differ from one processor to the next, left out, and the passes,
    which end where only rounding is left."""
    return re.sub(r"[\d,]+ (forward|backward)", r"\1", re.sub(r"\d\.\de-1\d", "tiny", text))


def test_the_feedback_of_a_grading_says_the_same(monkeypatch):
    monkeypatch.setattr("gan_scratch.coursework.grader.cases_of", few)
    task, student, right, wrong = TEN[0]
    text = source.load("layers", student).solution().replace(right, wrong)
    with Grader("layers") as grader:
        said = grader.grade(student, text, seed=1).tests
    assert "5 times too small, which is the size of the batch" in said
