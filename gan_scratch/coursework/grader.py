"""One submission: what it is worth and why.

For each case a process of its own answers with arrays; when it is dead, the same case runs on the
solution here, and the two are compared. Nothing that the student's code says is a verdict. Where
points were lost, the assignment's own tests run once more behind the wall, to say in words which
mistake it is; these words are shown, and count for nothing.
"""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field

import numpy as np

from gan_scratch.coursework import source
from gan_scratch.coursework.cases import Case, cases_of, points_of, reference_of
from gan_scratch.coursework.remote import Fault, Late, Server, Starved, Trouble, plain

TOLERANCE = 1e-12  # relative; right answers agree to 1e-14, differenced ones to 1e-10
EACH = 1e-9  # of a number by itself, where a case asks for it
MOST_SHOWN = 4  # wrong answers of a case
IMPORT_SECONDS = 5.0
EXPLAIN_SECONDS = 40.0  # a generator is trained once more
EXPLAINS = [f"gan_scratch.coursework.{name}" for name in ("check", "generators", "saying")]
NOT_TO_EXPLAIN_WITH = [f"gan_scratch.{name}" for name in (
    "benchmarks", "book", "cli", "coursework", "exchange", "plots", "recipes", "runs", "training",
)]


@dataclass
class Verdict:
    """What a case came to. words is "" where all of it is right; points alone say so."""

    case: Case
    points: float = 0
    words: str = ""
    figures: dict = field(default_factory=dict)
    late: bool = False  # its time was over


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


class Grader(AbstractContextManager):
    """Grades submissions of one assignment.

        with Grader(1) as grader:
            result = grader.grade("ada", text, seed=7)

    jobs        processes at a time for one submission
    patience    all time limits times this
    """

    def __init__(self, number, jobs=1, patience=1.0):
        self.name, self.jobs, self.patience = source.find(number), jobs, patience
        modules = source.load(self.name).modules
        self.floor = Floor()
        self.server = Server(modules)
        strangers = [
            name for name in self.server.modules
            if name not in ("gan_scratch", "gan_scratch.version")
            and not f"{name}.".startswith(tuple(f"{ours}." for ours in modules))
        ]
        if strangers:
            self.server.close()
            raise RuntimeError(
                f"what assignment {self.name!r} may import imports {', '.join(strangers)} too: "
                "name it in the cell `package`, or do not import it there"
            )
        self.talker = None  # a server with all that tests use, started when words are needed
        self.starting = threading.Lock()

    def __exit__(self, *_):
        self.server.close()
        if self.talker:
            self.talker.close()

    def grade(self, student, text, seed):
        """The Result of this module, of this student's variant."""
        assignment = source.load(self.name, student)
        cases = cases_of(assignment)
        if problem := self.problem_of(assignment, text):
            return self.nothing(student, problem)
        seeded = list(zip(cases, np.random.SeedSequence(seed).spawn(len(cases)), strict=True))

        def one(task, name):
            own = [each for each in seeded if each[0].task == task]
            return summed(task, name, self.judge_task(assignment, text, own))

        with ThreadPoolExecutor(self.jobs) as pool:
            tasks = list(pool.map(one, assignment.tasks, assignment.tasks.values()))
        result = Result(assignment.number, student, tasks)
        if lost := [task.task for task in tasks if not task.whole]:
            result.tests = self.explain(assignment, text, lost)
        return result

    def nothing(self, student, problem):
        """The Result of what cannot be run at all."""
        assignment = source.load(self.name, student)
        points, names = points_of(assignment), assignment.tasks
        tasks = [TaskResult(task, names[task], 0, of) for task, of in points.items()]
        return Result(assignment.number, student, tasks, problem)

    def problem_of(self, assignment, text):
        """Why the module cannot even be imported, else ""."""
        def run():
            with self.child(assignment, text, IMPORT_SECONDS):
                return ""

        try:
            return self.fairly(run)
        except Fault as fault:
            return f"{assignment.module}.py cannot be imported: {fault}"

    def child(self, assignment, text, seconds, strict=False):
        seconds = seconds * self.patience
        return self.server.child(assignment.module, text, seconds=seconds, strict=strict)

    def fairly(self, run):
        """What `run` returns; where this computer was too busy for it, run again, alone.

        Starved where it is too busy even then: that is no fault of the code, so no zero either.
        """
        try:
            with self.floor.taken():
                return run()
        except Starved:
            with self.floor.taken(alone=True):
                return run()

    def judge_task(self, assignment, text, seeded):
        """A Verdict for each (case, seed) of a task; after one that took too long the others are
        not tried."""
        verdicts, late = [], False
        for case, seed in seeded:
            verdict = Verdict(case, words="not tried, as the one before took too long")
            verdicts.append(verdict if late else self.judge(assignment, text, case, seed))
            late = late or verdicts[-1].late
        return verdicts

    def judge(self, assignment, text, case, seed):
        answers, trouble = {}, None

        def run():
            answers.clear()
            with self.child(assignment, text, case.seconds, case.strict) as child:
                for name, value in case.script(child.module, np.random.default_rng(seed)):
                    answers[name] = np.array(value)
                child.check_what_was_given()

        try:
            self.fairly(run)
        except Fault as fault:
            return Verdict(case, words=str(fault), late=isinstance(fault, Late))
        except Trouble:
            raise
        except Exception as error:  # an answer that lacks the parts asked for, or a bug of ours
            trouble = error
        if trouble is None and case.judge:
            said = case.judge(answers)
            points = round(case.points * said.share, 2)
            return Verdict(case, points, "" if said.share == 1 else said.words, said.figures)
        # Only now do the right answers come into being.
        right = case.script(reference_of(assignment), np.random.default_rng(seed))
        wanted = {name: np.array(value) for name, value in right}
        if trouble is not None:
            words = f"the answer does not have the parts that were asked for: {trouble}"
            return Verdict(case, words=words)
        said = [difference(name, answers[name], wanted[name], case.each) for name in wanted]
        wrong = [words for words in said if words]
        more = [f"and {len(wrong) - MOST_SHOWN} more"] if len(wrong) > MOST_SHOWN else []
        return Verdict(case, 0 if wrong else case.points, "; ".join(wrong[:MOST_SHOWN] + more))

    def explain(self, assignment, text, tasks):
        """What the assignment's own tests say, in the student's words for all we know."""
        with self.starting:
            if self.talker is None:
                self.talker = Server(["gan_scratch", *EXPLAINS], NOT_TO_EXPLAIN_WITH, ["digits"])
        request = {"ask": "tests", "tasks": tasks, "cells": assignment.test_cells()}

        def run():
            seconds = EXPLAIN_SECONDS * self.patience
            with self.talker.child(assignment.module, text, seconds=seconds) as child:
                return child.ask(request).get("said")

        try:
            said = self.fairly(run)
        except Fault as fault:
            return str(fault)
        if not isinstance(said, str):
            return ""
        return "\n".join(plain(line) for line in said.splitlines()[:200])


class Floor:
    """Where cases run side by side, and now and then one of them alone."""

    def __init__(self):
        self.free, self.running, self.waiting = threading.Condition(), 0, 0

    @contextmanager
    def taken(self, alone=False):
        """Room for a case; alone: once no other runs, and while this one does none begins."""
        with self.free:
            self.waiting += alone
            self.free.wait_for(lambda: not (self.running if alone else self.waiting))
            self.running += 1
        try:
            yield
        finally:
            with self.free:
                self.running -= 1
                self.waiting -= alone
                self.free.notify_all()


def difference(name, answer, wanted, each=False):
    """What is wrong with an answer, in words; "" where nothing is. each: number by number, too."""
    if answer.shape != wanted.shape:
        return f"{name} has shape {answer.shape}, wanted {wanted.shape}"
    if answer.dtype.newbyteorder("=") != wanted.dtype:
        return f"{name} is {answer.dtype}, wanted {wanted.dtype}"
    if answer.dtype.kind not in "fc":
        return "" if np.array_equal(answer, wanted) else f"{name} is wrong"
    if not np.isfinite(answer).all():
        return f"{name} holds numbers that are not finite"
    with np.errstate(over="ignore"):
        size, off = np.linalg.norm(wanted), float(np.linalg.norm(answer - wanted))
    if off <= TOLERANCE * size:
        wrong = np.abs(answer - wanted) > EACH * np.abs(wanted)
        if not (each and wrong.any()):
            return ""
        first = tuple(map(int, np.argwhere(wrong)[0]))
        return (
            f"{name} is wrong in {wrong.sum()} of {wrong.size} numbers: at {first} it is "
            f"{answer[first]:.6g}, wanted {wanted[first]:.6g}"
        )
    if not size:
        return f"{name} is not zero"
    share = f"{off / size:.0%}" if off >= 0.01 * size else f"{off / size:.0e}"
    return f"{name} is off by {share} of its size"


def summed(task, name, verdicts):
    """A task's points: those of its cases, and none without its gates."""
    points = sum(verdict.points for verdict in verdicts)
    short = [verdict for verdict in verdicts if verdict.points < verdict.case.points]
    words = [
        f"{verdict.case.name} ({verdict.points:g} of {verdict.case.points}): {verdict.words}"
        for verdict in short
    ]
    shut = [verdict.case.name for verdict in short if verdict.case.gate]
    if shut and points:
        words.append(f"without {shut[0]!r} none of the task's points count")
        points = 0
    figures = {name: value for each in verdicts for name, value in each.figures.items()}
    of = sum(verdict.case.points for verdict in verdicts)
    return TaskResult(task, name, points, of, words, figures)


@contextmanager
def checked_grader(number, jobs=1, patience=1.0, student=""):
    """A Grader that gave the solution all points and the empty skeleton none; else RuntimeError.

    And one of whose processes imports the whole standard library.
    """
    with Grader(number, jobs, patience) as grader:
        library = f"import {', '.join(grader.server.library)}"
        try:
            grader.server.child("library", library, seconds=IMPORT_SECONDS * patience).close()
        except Fault as fault:
            raise RuntimeError(
                f"behind the wall the standard library is not at hand ({fault}); nothing was graded"
            ) from None
        assignment = source.load(grader.name, student)
        right = grader.grade(student, assignment.solution(), seed=1)
        empty = grader.grade(student, assignment.skeleton(), seed=2)
        if right.points != right.of or empty.points != 0:
            words = [line for task in right.tasks for line in task.words]
            raise RuntimeError(
                f"the grader is off: it gives the solution {right.points:g} of {right.of} points "
                f"and the empty skeleton {empty.points:g}; nothing was graded. {'; '.join(words)}"
            )
        yield grader
