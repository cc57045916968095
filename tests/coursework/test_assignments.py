"""Each assignment: the solution has all points, the skeleton none, a mistake costs its task."""

import subprocess
import sys
import types

import pytest

from coursework.mistakes import ADA, MISTAKES, NAMES, TRAINED, few, without_training
from gan_scratch.coursework import check, handout, source
from gan_scratch.coursework.cases import cases_of, points_of
from gan_scratch.coursework.grader import Grader

STUDENTS = (ADA, "bob", "cyd", "dan", "eve", "")


def module_of(assignment, text):
    module = types.ModuleType(assignment.module)
    exec(compile(text, f"{assignment.module}.py", "exec"), vars(module))
    return module


SHORTER = {  # what stands in a solution that trains, and what makes it fast and poor
    "images": ("64, 1800, 8e-3", "64, 10, 8e-3", "the Fréchet distance to real digits is"),
    "collapse": ("128, 8000, 3e-3", "128, 40, 3e-3", "modes found"),
}


@pytest.fixture(scope="module", params=NAMES)
def grader(request):
    """With time enough to train on a busy machine."""
    with Grader(request.param, jobs=2, patience=5) as grader:
        yield grader


@pytest.fixture
def grade_by(monkeypatch):
    """Grade by these cases of an assignment only."""
    return lambda cases: monkeypatch.setattr("gan_scratch.coursework.grader.cases_of", cases)


def test_the_solution_gets_all_points_and_the_skeleton_none(grader, grade_by):
    assignment = source.load(grader.name, ADA)
    grade_by(few)
    right = grader.grade(ADA, assignment.solution(), seed=1)
    assert right.points == right.of and not right.tests, right
    empty = grader.grade(ADA, assignment.skeleton(), seed=2)
    assert empty.points == 0 and not empty.problem, empty


@pytest.mark.thorough
def test_with_their_trainings_too(grader):
    assignment = source.load(grader.name, ADA)
    right = grader.grade(ADA, assignment.solution(), seed=1)
    assert right.points == right.of and not right.tests, right
    empty = grader.grade(ADA, assignment.skeleton(), seed=2)
    assert empty.points == 0 and not empty.problem, empty
    assert [task.of for task in empty.tasks] == list(points_of(assignment).values())


@pytest.mark.parametrize("name", SHORTER)
def test_a_training_is_judged_by_what_it_made(name, grade_by):
    long, short, words = SHORTER[name]
    text = source.load(name, ADA).solution()
    assert text.count(long) == 1
    grade_by(lambda assignment: [case for case in cases_of(assignment) if case.task in TRAINED])
    with Grader(name, patience=5) as grader:
        grader.explain = lambda *submission: ""  # would train once more
        result = grader.grade(ADA, text.replace(long, short), seed=1)
    task = result.tasks[-1]
    assert 0 <= task.points < task.of and words in task.words[0], result


def graded_with_mistakes(grader, grade_by, cases):
    """(task, Result) of a submission for each task, with its mistake, graded by cases(task)."""
    solution = source.load(grader.name, ADA).solution()
    mistakes = MISTAKES[grader.name]
    assert list(mistakes) == list(source.load(grader.name, ADA).tasks)
    for task, (right, wrong) in mistakes.items():
        assert solution.count(right) == 1, (task, solution.count(right))
        if cases(task):
            grade_by(cases(task))
            yield task, grader.grade(ADA, solution.replace(right, wrong), seed=3)


def assert_it_costs_its_task(task, result):
    lost = [each.task for each in result.tasks if not each.whole]
    assert lost == [task], (task, lost, result)
    assert result.tests.startswith(f"{task}: not yet"), result.tests  # the student sees it too


def test_a_mistake_is_noticed_by_the_cases_of_its_task_and_named(grader, grade_by):
    def of_the_task(task):
        return None if task in TRAINED else lambda assignment: [
            case for case in cases_of(assignment) if case.task == task
        ]

    for task, result in graded_with_mistakes(grader, grade_by, of_the_task):
        assert_it_costs_its_task(task, result)


@pytest.mark.slow
def test_a_mistake_costs_its_task_and_no_other(grader, grade_by):
    """A task that trains is graded with its own mistake and with that of the first task."""
    first = next(iter(MISTAKES[grader.name]))

    def all_but_trainings(task):
        return cases_of if task in {first, *TRAINED} else without_training

    for task, result in graded_with_mistakes(grader, grade_by, all_but_trainings):
        assert_it_costs_its_task(task, result)


@pytest.mark.parametrize("trained", [set(), pytest.param({ADA}, marks=pytest.mark.thorough)])
@pytest.mark.parametrize("name", NAMES)
def test_the_students_tests_pass_on_every_variant_and_fail_on_the_skeleton(name, trained):
    drawn = set()
    for student in STUDENTS:
        assignment = source.load(name, student)
        drawn.add(str(assignment.drawn))
        cells = assignment.test_cells()
        tasks = set(assignment.tasks) - (set() if student in trained else TRAINED)
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
    assert done.returncode == 0 and "5 passed, 17 deselected" in done.stdout, done.stdout


def test_the_same_student_draws_the_same_variant_and_others_another():
    assert source.load(1, "ada").drawn == source.load("layers", " Ada ").drawn
    drawn = [tuple(source.load(1, f"student {i}").drawn.values()) for i in range(60)]
    assert len(set(drawn)) == 15  # five weights, three layers


@pytest.mark.parametrize("number", ["0", "6", "nothing", 1.5])
def test_an_unknown_assignment_is_a_sentence(number):
    with pytest.raises(ValueError, match=r"choose one of 1 \(layers\), 2 \(game\)"):
        source.load(number)
