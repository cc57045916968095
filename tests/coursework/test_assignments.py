"""Each assignment: the solution has all points, the skeleton none, a mistake costs its task."""

import subprocess
import sys
import types

import pytest

from coursework.mistakes import ADA, MISTAKES, NAMES, TRAINED, without_training
from gan_scratch.coursework import check, handout, source
from gan_scratch.coursework.cases import cases_of, points_of
from gan_scratch.coursework.grader import Grader

STUDENTS = (ADA, "bob", "cyd", "dan", "eve", "")


def module_of(assignment, text):
    module = types.ModuleType(assignment.module)
    exec(compile(text, f"{assignment.module}.py", "exec"), vars(module))
    return module


@pytest.fixture(scope="module", params=NAMES)
def grader(request):
    with Grader(request.param, jobs=2) as grader:
        yield grader


def test_the_solution_gets_all_points_and_the_skeleton_none(grader):
    assignment = source.load(grader.name, ADA)
    right = grader.grade(ADA, assignment.solution(), seed=1)
    assert right.points == right.of and not right.tests, right
    empty = grader.grade(ADA, assignment.skeleton(), seed=2)
    assert empty.points == 0 and not empty.problem, empty
    assert [task.of for task in empty.tasks] == list(points_of(assignment).values())


def graded_with_mistakes(grader, monkeypatch, cases):
    """(task, Result) of a submission for each task, with its mistake; cases(task) are graded."""
    solution = source.load(grader.name, ADA).solution()
    mistakes = MISTAKES[grader.name]
    assert list(mistakes) == list(source.load(grader.name, ADA).tasks)
    for task, (right, wrong) in mistakes.items():
        assert solution.count(right) == 1, (task, solution.count(right))
        monkeypatch.setattr("gan_scratch.coursework.grader.cases_of", cases(task))
        yield task, grader.grade(ADA, solution.replace(right, wrong), seed=3)


def test_a_mistake_costs_its_task_and_is_named(grader, monkeypatch):
    def of_the_task(task):
        return lambda assignment: [case for case in cases_of(assignment) if case.task == task]

    for task, result in graded_with_mistakes(grader, monkeypatch, of_the_task):
        assert [each.task for each in result.tasks if not each.whole] == [task], (task, result)
        assert result.tests.startswith(f"{task}: not yet"), result.tests  # the student sees it too


@pytest.mark.thorough
def test_a_mistake_costs_no_other_task(grader, monkeypatch):
    """A task that trains is graded with its own mistake and with that of the first task."""
    first = next(iter(MISTAKES[grader.name]))

    def all_but_trainings(task):
        return cases_of if task in {first, *TRAINED} else without_training

    for task, result in graded_with_mistakes(grader, monkeypatch, all_but_trainings):
        lost = [each.task for each in result.tasks if not each.whole]
        assert lost == [task], (task, lost, result)


@pytest.mark.parametrize("name", NAMES)
def test_the_students_tests_pass_on_every_variant_and_fail_on_the_skeleton(name):
    drawn = set()
    for student in STUDENTS:
        assignment = source.load(name, student)
        drawn.add(str(assignment.drawn))
        cells = assignment.test_cells()
        tasks = set(assignment.tasks) - (TRAINED if student != ADA else set())
        answers = check.run_tests(cells, module_of(assignment, assignment.solution()), tasks)
        assert {answer.task for answer in answers} == tasks
        assert not [answer for answer in answers if answer.words], student
        empty = check.run_tests(cells, module_of(assignment, assignment.skeleton()))
        assert {answer.task for answer in empty if answer.words} == set(assignment.tasks)
    assert len(drawn) > 2


@pytest.mark.parametrize("name", NAMES)
def test_a_student_sees_no_solution_and_no_case(name):
    for student in STUDENTS:
        assignment = source.load(name, student)
        for text in (assignment.skeleton(), assignment.tests()):
            assert "###" not in text and "@case" not in text and "coursework.cases" not in text
        for task in assignment.tasks:
            said = f'NotImplementedError("task {task}: ' in assignment.skeleton()
            assert said or "### INSTEAD" in "".join(c.text for c in assignment.cells)


def test_pytest_runs_one_task_of_what_a_student_gets(tmp_path):
    assignment, _ = handout.start("layers", tmp_path, ADA)
    (tmp_path / "my_layers.py").write_text(assignment.solution())
    command = [sys.executable, "-m", "pytest", "-q", "-m", "task2", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0 and "4 passed, 12 deselected" in done.stdout, done.stdout


def test_the_same_student_draws_the_same_variant_and_others_another():
    assert source.load(1, "ada").drawn == source.load("layers", " Ada ").drawn
    drawn = [tuple(source.load(1, f"student {i}").drawn.values()) for i in range(60)]
    assert len(set(drawn)) == 15  # five weights, three layers


@pytest.mark.parametrize("number", ["0", "6", "nothing", 1.5])
def test_an_unknown_assignment_is_a_sentence(number):
    with pytest.raises(ValueError, match=r"choose one of 1 \(layers\), 2 \(game\)"):
        source.load(number)
