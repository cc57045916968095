"""One submission: what it is worth and why.

For each case a process of its own answers with arrays; when it is dead, the same case runs on the
solution here, and the two are compared. Nothing that the student's code says is a verdict. Where
points were lost, the assignment's own tests run once more behind the wall, to say in words which
mistake it is; these words are shown, and count for nothing.
"""

import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

import gan_scratch
from gan_scratch.coursework import source
from gan_scratch.coursework.cases import cases_of, reference_of
from gan_scratch.coursework.remote import Child, Fault, plain

TOLERANCE = 1e-12  # relative; right answers agree to 1e-14, differenced ones to 1e-10
IMPORT_SECONDS = 5.0
EXPLAIN_SECONDS = 20.0
NOT_TO_EXPLAIN_WITH = shutil.ignore_patterns(
    "__pycache__", "assignments", "benchmarks", "plots", "data", "cli", "recipes.py"
)


@dataclass
class Verdict:
    """What a case came to. words is "" where all of it is right."""

    task: str
    case: str
    points: float
    of: int
    words: str = ""
    gate: bool = False
    figures: dict = field(default_factory=dict)


@dataclass
class TaskResult:
    task: str
    name: str
    points: float
    of: int
    words: list = field(default_factory=list)
    figures: dict = field(default_factory=dict)

    @property
    def whole(self):
        return self.points == self.of


@dataclass
class Result:
    """What a submission came to.

    problem     why nothing was graded, else ""
    tests       what the assignment's tests say of the tasks that lost points
    """

    assignment: int
    student: str
    tasks: list
    problem: str = ""
    tests: str = ""

    @property
    def points(self):
        return sum(task.points for task in self.tasks)

    @property
    def of(self):
        return sum(task.of for task in self.tasks)


class Grader:
    """Grades submissions of one assignment.

        with Grader(1) as grader:
            result = grader.grade("ada", text, seed=7)

    jobs        processes at a time for one submission
    patience    all time limits times this
    """

    def __init__(self, number, jobs=1, patience=1.0):
        self.name, self.jobs, self.patience = source.find(number), jobs, patience
        self.folder = Path(tempfile.mkdtemp(prefix="grading-"))
        self.folder.chmod(0o755)  # its processes may run as another user
        self.package, allowed = None, source.load(self.name).package
        self.preload = [
            "gan_scratch." + part.removesuffix(".py").replace("/", ".") for part in allowed
        ]
        if allowed:
            self.package = self.folder / "package"
            copy_parts(allowed, self.package / "gan_scratch")
        everything = self.folder / "everything"
        shutil.copytree(
            Path(gan_scratch.__file__).parent, everything / "gan_scratch",
            ignore=NOT_TO_EXPLAIN_WITH,
        )
        self.everything = everything

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder, ignore_errors=True)

    def grade(self, student, text, seed):
        """The Result of this module, of this student's variant."""
        assignment = source.load(self.name, student)
        cases = cases_of(assignment)
        problem = self.problem_of(assignment, text)
        if problem:
            return self.nothing(student, problem)
        seeds = np.random.SeedSequence(seed).spawn(len(cases))
        with ThreadPoolExecutor(self.jobs) as pool:
            of_tasks = list(pool.map(
                lambda task: self.judge_task(assignment, text, task, cases, seeds),
                assignment.tasks,
            ))
        tasks = [
            summed(task, name, verdicts)
            for (task, name), verdicts in zip(assignment.tasks.items(), of_tasks, strict=True)
        ]
        result = Result(assignment.number, student, tasks)
        lost = [task.task for task in tasks if not task.whole]
        if lost:
            result.tests = self.explain(assignment, text, lost)
        return result

    def nothing(self, student, problem):
        """The Result of what cannot be run at all."""
        assignment = source.load(self.name, student)
        cases = cases_of(assignment)
        tasks = [
            TaskResult(task, name, 0, sum(case.points for case in cases if case.task == task))
            for task, name in assignment.tasks.items()
        ]
        return Result(assignment.number, student, tasks, problem)

    def problem_of(self, assignment, text):
        """Why the module cannot even be imported, else ""."""
        try:
            with self.child(assignment, text, IMPORT_SECONDS):
                return ""
        except Fault as fault:
            return f"{assignment.module}.py cannot be imported: {fault}"

    def child(self, assignment, text, seconds):
        seconds = seconds * self.patience
        return Child(
            assignment.module, text, seconds=seconds, package=self.package, preload=self.preload
        )

    def judge_task(self, assignment, text, task, cases, seeds):
        """A Verdict for each case; after one that took too long the others are not tried."""
        verdicts = []
        for case, seed in zip(cases, seeds, strict=True):
            if case.task != task:
                continue
            if verdicts and "was not done within" in verdicts[-1].words:
                words = "not tried, as the one before took too long"
                verdicts.append(Verdict(task, case.name, 0, case.points, words, case.gate))
            else:
                verdicts.append(self.judge(assignment, text, case, seed))
        return verdicts

    def judge(self, assignment, text, case, seed):
        verdict = Verdict(case.task, case.name, 0, case.points, gate=case.gate)
        answers, trouble = {}, None
        try:
            with self.child(assignment, text, case.seconds) as child:
                for name, value in case.script(child.module, np.random.default_rng(seed)):
                    answers[name] = np.array(value)
        except Fault as fault:
            verdict.words = str(fault)
            return verdict
        except Exception as error:  # an answer that lacks the parts asked for, or a bug of ours
            trouble = error
        if trouble is None and case.judge:
            said = case.judge(answers)
            verdict.points = round(case.points * said.share, 2)
            verdict.words = "" if said.share == 1 else said.words
            verdict.figures = said.figures
            return verdict
        # Only now do the right answers come into being.
        wanted = {
            name: np.array(value)
            for name, value in case.script(
                reference_of(assignment), np.random.default_rng(seed)
            )
        }
        if trouble is not None:
            verdict.words = f"the answer does not have the parts that were asked for: {trouble}"
            return verdict
        verdict.words = "; ".join(
            words for name in wanted if (words := difference(name, answers[name], wanted[name]))
        )
        verdict.points = 0 if verdict.words else case.points
        return verdict

    def explain(self, assignment, text, tasks):
        """What the assignment's own tests say, in the student's words for all we know."""
        request = {"ask": "tests", "tasks": tasks, "cells": assignment.test_cells()}
        try:
            with Child(
                assignment.module, text, seconds=EXPLAIN_SECONDS * self.patience,
                package=self.everything,
                preload=["gan_scratch.coursework.check", "gan_scratch.gradient_check"],
            ) as child:
                said = child.ask(request).get("said")
        except Fault as fault:
            return str(fault)
        if not isinstance(said, str):
            return ""
        return "\n".join(plain(line) for line in said.splitlines()[:200])


def copy_parts(parts, folder):
    """A gan_scratch of these parts alone: what the assignment examines is not among them."""
    package = Path(gan_scratch.__file__).parent
    folder.mkdir(parents=True)
    for part in ("__init__.py", "version.py", *parts):
        if (package / part).is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(package / part, folder / part, ignore=ignored)
        else:
            (folder / part).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(package / part, folder / part)


def difference(name, answer, wanted):
    """What is wrong with an answer, in words; "" where nothing is."""
    if answer.shape != wanted.shape:
        return f"{name} has shape {answer.shape}, wanted {wanted.shape}"
    if answer.dtype != wanted.dtype:
        return f"{name} is {answer.dtype}, wanted {wanted.dtype}"
    if answer.dtype.kind not in "fc":
        return "" if np.array_equal(answer, wanted) else f"{name} is wrong"
    if not np.isfinite(answer).all():
        return f"{name} holds numbers that are not finite"
    size = np.linalg.norm(wanted)
    off = float(np.linalg.norm(answer - wanted))
    if off <= TOLERANCE * size:
        return ""
    if not size:
        return f"{name} is not zero"
    share = f"{off / size:.0%}" if off >= 0.01 * size else f"{off / size:.0e}"
    return f"{name} is off by {share} of its size"


def summed(task, name, verdicts):
    """A task's points: those of its cases, and none without its gates."""
    points = sum(verdict.points for verdict in verdicts)
    if any(verdict.gate and verdict.words for verdict in verdicts):
        points = 0
    words = [
        f"{verdict.case} ({verdict.points:g} of {verdict.of}): {verdict.words}"
        for verdict in verdicts if verdict.words
    ]
    figures = {name: value for each in verdicts for name, value in each.figures.items()}
    return TaskResult(task, name, points, sum(verdict.of for verdict in verdicts), words, figures)


@contextmanager
def checked_grader(number, jobs=1, patience=1.0, student=""):
    """A Grader that gave the solution all points and the empty skeleton none; else RuntimeError."""
    with Grader(number, jobs, patience) as grader:
        assignment = source.load(grader.name, student)
        right = grader.grade(student, assignment.solution(), seed=1)
        empty = grader.grade(student, assignment.skeleton(), seed=2)
        if right.points != right.of or empty.points != 0:
            words = [line for task in right.tasks for line in task.words]
            raise RuntimeError(
                f"the grader is off: it gives the solution {right.points:g} of {right.of} points "
                f"and the empty skeleton {empty.points:g}; nothing was graded. "
                + "; ".join(words)
            )
        yield grader
