"""Nobody gets a point that was not earned, whatever the submission tries, and nothing is harmed."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from coursework.hostile import ATTACKS, DIFFERENCED, RIGHT_FORWARD, WRONG
from coursework.mistakes import few, few_or_all
from coursework.walls import NO_NAMESPACES, passed_as_nobody, running, sandbox_in
from gan_scratch.coursework import remote, source
from gan_scratch.coursework.grader import Grader

STUDENT = "mallory"
MOST_SECONDS = 60  # of a submission: one case a task may run into its limit


@pytest.fixture(scope="module", params=few_or_all)
def grader(request, tmp_path_factory):
    with sandbox_in(tmp_path_factory.mktemp("wall")) as patch, Grader(
        1, jobs=2, patience=0.4
    ) as grader:
        if request.param is few:  # of two tasks, and without words for the student
            patch.setattr("gan_scratch.coursework.grader.cases_of", lambda work: few(work)[:2])
            patch.setattr(grader, "explain", lambda *submission: "")
        patch.setattr("gan_scratch.coursework.grader.EXPLAIN_SECONDS", 5.0)
        yield grader


def traces():
    """What attacks would leave behind."""
    here = [path.name for folder in ("/tmp", "/dev/shm") if os.path.isdir(folder)
            for path in Path(folder).iterdir()
            if path.name.startswith(("filled", "pwned", "results.json", "grades.csv"))]
    args = subprocess.run(["ps", "-wweo", "args"], capture_output=True, text=True).stdout
    return here, args.count("time.sleep(1000)")


def assert_none_is_left_running(grader):
    """But the fork servers: a process and its keeper end soon."""
    servers = 1 + (grader.talker is not None)
    until = time.monotonic() + 5
    while running() != servers and time.monotonic() < until:
        time.sleep(0.05)
    assert running() == servers


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda name: name.replace(" ", "-"))
def test_an_attack_earns_nothing_and_harms_nothing(grader, attack):
    before, began = traces(), time.monotonic()
    result = grader.grade(STUDENT, WRONG + ATTACKS[attack], seed=5)
    assert result.points == 0, result
    assert time.monotonic() - began < MOST_SECONDS
    assert traces() == before
    assert_none_is_left_running(grader)
    assert result.problem or all(task.words for task in result.tasks if task.of)


@pytest.mark.parametrize("how", DIFFERENCED, ids=lambda name: name.replace(" ", "-"))
def test_a_differenced_forward_pass_is_no_backward_pass(grader, how):
    weight = source.load(1, STUDENT).drawn["REAL_WEIGHT"]
    text = f"REAL_WEIGHT = {weight}\n{RIGHT_FORWARD}{DIFFERENCED[how]}"
    result = grader.grade(STUDENT, text, seed=5)
    assert result.points == 0, result
    forward = [case for task in result.tasks for case in task.words if "forward" in case]
    assert not forward, "the forward passes are right, so their cases were"


def test_the_attack_is_what_fails(grader):
    """The same zeros without an attack are graded in earnest: each task says what is wrong."""
    result = grader.grade(STUDENT, WRONG, seed=5)
    assert result.points == 0 and not result.problem
    graded = [" ".join(task.words) for task in result.tasks if task.of]
    assert graded and all("off by 100% of its size" in words for words in graded)


def assert_the_solution_earns_its_points(grader, monkeypatch):
    monkeypatch.setattr(grader, "patience", 5)  # it is no attack, and the machine may be busy
    result = grader.grade(STUDENT, source.load(1, STUDENT).solution(), seed=5)
    assert result.points == result.of > 0


def test_the_right_module_beside_an_attack_still_earns_its_points(grader, monkeypatch):
    """What an attack breaks is its own process: the next submission is graded as if alone."""
    grader.grade(STUDENT, WRONG + ATTACKS["kills everything"], seed=5)
    assert_the_solution_earns_its_points(grader, monkeypatch)


WITHOUT_WALLS = (
    "reads the parent's memory", "a fork bomb", "leaves a daemon",
    "walks up the stack", "forges replies", "writes score files now", "calls out",
)


def test_without_namespaces_it_still_cannot_be_told_a_score_and_says_what_is_missing(tmp_path):
    with sandbox_in(tmp_path, NO_NAMESPACES) as patch, Grader(1, jobs=2, patience=0.4) as grader:
        patch.setattr("gan_scratch.coursework.grader.cases_of", lambda work: few(work)[:2])
        missing = " ".join(remote.missing_walls())
        assert "network" in missing and "other processes" in missing
        for attack in WITHOUT_WALLS:
            before = traces()
            assert grader.grade(STUDENT, WRONG + ATTACKS[attack], seed=5).points == 0, attack
            assert traces() == before, attack
        assert_the_solution_earns_its_points(grader, patch)


AS_A_USER = (
    "reads-the", "kills", "bomb", "daemon", "stack", "forges", "score", "calls", "memory",
    "all-numbers", "earns_its_points",
)


@pytest.mark.parametrize("cases", ["few", pytest.param("all", marks=pytest.mark.thorough)])
def test_as_an_ordinary_user(cases):
    """The same attacks, by a user without any rights."""
    tests = [
        sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "", __file__,
        "-k", f"[{cases} and ({' or '.join(AS_A_USER)})",
    ]
    assert passed_as_nobody(tests) >= 12
