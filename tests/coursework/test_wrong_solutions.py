"""Wrong solutions that a student might hand in: each loses points, and his own tests refuse each.

wrong/NAME.py    WRONG[task][slip] = (what stands in ada's solution, what stands there instead)
                 RIGHT_AFTER_ALL[task][slip] = (the same two, why it is not wrong)
                 NOT_TESTABLE[task][slip] = why nothing bounded tells it from the solution
right/NAME.py    RIGHT[task][how] = (the same two): right solutions that are written otherwise
"""

import contextlib
import functools
import importlib
import re
import types
import warnings
from pathlib import Path

import pytest

from coursework.mistakes import ADA, NAMES, TRAINED
from gan_scratch.coursework import check, source
from gan_scratch.coursework.cases import cases_of
from gan_scratch.coursework.grader import Grader

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs" / "teaching.md"
USUAL = 3  # of a task's solutions: the usual run sees so many


def table(folder, name, of):
    """The table called `of` in wrong/NAME.py or right/NAME.py; {} where there is none."""
    if not (HERE / folder / f"{name}.py").is_file():
        return {}
    return getattr(importlib.import_module(f"coursework.{folder}.{name}"), of, {})


def solutions(folder, of):
    """(assignment's name, task, old, new) of each; of a task a few are usual, and half of the
    others thorough, half slow."""
    for name in NAMES:
        for task, entries in table(folder, name, of).items():
            usual = range(0, len(entries), max(1, -(-len(entries) // USUAL)))
            for index, (slip, (old, new, *_)) in enumerate(entries.items()):
                seldom = task in TRAINED or index not in usual and index % 2
                marks = [pytest.mark.slow] if seldom else [pytest.mark.thorough]
                marks = [] if index in usual and task not in TRAINED else marks
                yield pytest.param(name, task, old, new, id=f"{task} {slip}", marks=marks)


WRONG = [*solutions("wrong", "WRONG")]
RIGHT = [*solutions("wrong", "RIGHT_AFTER_ALL"), *solutions("right", "RIGHT")]


@pytest.fixture(scope="module")
def graders():
    """Name -> its Grader, made when it is first needed; it does not explain what it finds."""
    with contextlib.ExitStack() as stack:
        @functools.cache
        def grader(name):
            made = stack.enter_context(Grader(name, patience=2))
            made.explain = lambda *submission: ""
            return made

        yield grader


def changed(name, old, new):
    assignment = source.load(name, ADA)
    assert assignment.solution().count(old) == 1, (assignment.solution().count(old), old)
    return assignment, assignment.solution().replace(old, new)


def graded(graders, monkeypatch, name, task, text):
    """The TaskResult of this module, by the cases of its task alone."""
    monkeypatch.setattr(
        "gan_scratch.coursework.grader.cases_of",
        lambda assignment: [case for case in cases_of(assignment) if case.task == task],
    )
    result = graders(name).grade(ADA, text, seed=5)
    assert not result.problem, result.problem
    return next(each for each in result.tasks if each.task == task)


def refusals(assignment, task, text):
    """What the students' tests of this task say, a sentence for each that failed."""
    module = types.ModuleType(assignment.module)
    with warnings.catch_warnings():  # pytest makes errors of them, a student's shell does not
        warnings.simplefilter("ignore")
        exec(compile(text, f"{assignment.module}.py", "exec"), vars(module))
        answers = check.run_tests(assignment.test_cells(), module, [task])
    assert answers and {answer.task for answer in answers} == {task}
    return [f"{answer.test}: {answer.words}" for answer in answers if answer.words]


@pytest.mark.parametrize("name, task, old, new", WRONG)
def test_the_students_tests_refuse_it(name, task, old, new):
    assignment, text = changed(name, old, new)
    assert refusals(assignment, task, text)


@pytest.mark.parametrize("name, task, old, new", WRONG)
def test_it_loses_points(name, task, old, new, graders, monkeypatch):
    _, text = changed(name, old, new)
    result = graded(graders, monkeypatch, name, task, text)
    assert result.points < result.of and result.words


@pytest.mark.parametrize("name, task, old, new", RIGHT)
def test_what_is_right_gets_all_points(name, task, old, new, graders, monkeypatch):
    assignment, text = changed(name, old, new)
    assert not refusals(assignment, task, text)
    result = graded(graders, monkeypatch, name, task, text)
    assert result.points == result.of, result.words


@pytest.mark.parametrize("name", NAMES)
def test_the_page_counts_them(name):
    """| task | wrong solutions | refused by check | short at grade |: all of them, says the table,
    and the tests above say so too."""
    page = PAGE.read_text(encoding="utf-8")
    for task, entries in table("wrong", name, "WRONG").items():
        row = re.search(rf"^\| {re.escape(task)} .*\|$", page, re.M)
        count = len(entries)
        assert row and row[0].endswith(f"| {count} | {count} | {count} |"), (task, count, row)
