"""A class: one table, whatever some of them hand in; interrupted, resumed, and the same table."""

import csv
import html
import json
import os
import signal
import subprocess
import sys
import time

import pytest

from coursework.hostile import ATTACKS, WRONG
from coursework.mistakes import MISTAKES, few, few_or_all, without_training
from gan_scratch.coursework import gradebook, source, submission
from gan_scratch.coursework.grader import Grader, checked_grader

ORDINARY = {  # name -> what is handed in, made of the solution of this student's variant
    "ada": lambda text: text,
    "bob": lambda text: text.replace(*MISTAKES["layers"]["1.1"]),
    "cyd": lambda text: text.replace(*MISTAKES["layers"]["1.4"]),
    "dan": lambda text: text.replace("\n", "\r\n"),
    "eve": lambda text: text + "\nx = = 3\n",
    "fay": lambda text: text.replace("import numpy as np", "import numpy as np\nimport pandas"),
    "gil": lambda text: WRONG + ATTACKS["ends with success"],
}
SCORES = {  # by few cases, of a point each, and by all
    few: {"ada": 5, "bob": 4, "cyd": 4, "dan": 5, "eve": 0, "fay": 0, "gil": 0},
    without_training: {"ada": 20, "bob": 15, "cyd": 16, "dan": 20, "eve": 0, "fay": 0, "gil": 0},
}
COMMAND = """
import sys
from coursework import mistakes
from gan_scratch.cli import main
from gan_scratch.coursework import grader

grader.cases_of = mistakes.{cases}
sys.exit(main())
"""


def hand_in(folder):
    folder.mkdir()
    for student, change in ORDINARY.items():
        assignment = source.load("layers", student)
        zipped = submission.pack(assignment, change(assignment.solution()), "because")
        (folder / f"{student}.zip").write_bytes(zipped)
    (folder / "hal.zip").write_bytes(b"no zip")


def rows_of(table):
    with open(table, newline="", encoding="utf-8") as stream:
        return {row["file"].partition(".")[0]: row for row in csv.DictReader(stream)}


@pytest.fixture(scope="module", params=few_or_all, autouse=True)
def cases(request):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gan_scratch.coursework.grader.cases_of", request.param)
        if request.param is few:  # a check of the grader takes as long as two submissions
            patch.setattr(gradebook, "checked_grader", Grader)
        yield request.param


@pytest.fixture(scope="module")
def graded(tmp_path_factory, cases):
    folder = tmp_path_factory.mktemp("class")
    hand_in(folder / "in")
    gradebook.grade_class("layers", folder / "in", folder / "out", jobs=2, say=lambda words: None)
    return folder


def test_the_table_and_the_pages(graded, cases):
    rows = rows_of(graded / "out" / "grades.csv")
    assert {name: float(rows[name]["score"]) for name in SCORES[cases]} == SCORES[cases]
    assert rows["bob"]["1.1"] == "0" and rows["bob"]["1.2"] == {few: "1"}.get(cases, "3")
    assert float(rows["hal"]["score"]) == 0 and "damaged, or no zip" in rows["hal"]["note"]
    assert "invalid syntax" in rows["eve"]["note"] and "pandas" in rows["fay"]["note"]
    pages = {path.name.removesuffix(".zip.html"): html.unescape(path.read_text())
             for path in (graded / "out" / "feedback").iterdir()}
    assert set(pages) == set(rows)
    assert "the size of the batch: a mean is taken over it" in pages["bob"].replace("\n    ", " ")
    assert "because" in pages["ada"] and gradebook.SAID_IN_TESTS not in pages["ada"]
    assert gradebook.SAID_IN_TESTS in pages["bob"]
    assert not any("Traceback" in page for page in pages.values())


def test_gradescope_reads_the_result(graded, cases):
    """The keys and values are those that Gradescope's specification of results.json has."""
    record = json.loads((graded / "out" / "results" / "bob.zip.json").read_text())
    assert record["score"] == SCORES[cases]["bob"]
    assert sum(test["max_score"] for test in record["tests"]) == SCORES[cases]["ada"]
    assert record.keys() <= {"score", "execution_time", "output", "output_format", "visibility",
                             "test_output_format", "test_name_format", "stdout_visibility",
                             "extra_data", "tests", "leaderboard"}
    assert {record[f"{what}output_format"] for what in ("", "test_")} == {"text"}
    for test in record["tests"]:
        assert test.keys() == {"name", "number", "score", "max_score", "output", "status"}
        assert test["status"] in ("passed", "failed") and isinstance(test["number"], str)


def test_what_was_graded_is_not_graded_again(graded, monkeypatch):
    before = (graded / "out" / "grades.csv").read_text()
    monkeypatch.setattr(Grader, "judge_task", None)  # would raise, and be said in the table
    monkeypatch.setattr(gradebook, "checked_grader", lambda *a: Grader("layers"))
    gradebook.grade_class("layers", graded / "in", graded / "out", say=lambda words: None)
    assert (graded / "out" / "grades.csv").read_text() == before


def test_a_crash_of_the_grader_is_no_zero_and_the_rest_goes_on(
    graded, cases, tmp_path, monkeypatch
):
    grade = Grader.grade

    def crashing(self, student, text, seed):
        if student == "bob":
            raise MemoryError("the disk is full")
        return grade(self, student, text, seed)

    monkeypatch.setattr(Grader, "grade", crashing)
    rows = gradebook.grade_class("layers", graded / "in", tmp_path / "out", say=lambda words: None)
    table = rows_of(tmp_path / "out" / "grades.csv")
    assert table["bob"]["score"] == "" and "the grader failed: MemoryError" in table["bob"]["note"]
    assert float(table["ada"]["score"]) == SCORES[cases]["ada"] and len(rows) == len(ORDINARY) + 1
    monkeypatch.setattr(Grader, "grade", grade)
    gradebook.grade_class("layers", graded / "in", tmp_path / "out", say=lambda words: None)
    bob = rows_of(tmp_path / "out" / "grades.csv")["bob"]
    assert float(bob["score"]) == SCORES[cases]["bob"]


def test_a_grader_that_is_off_grades_nobody(graded, tmp_path, monkeypatch):
    monkeypatch.setattr(gradebook, "checked_grader", checked_grader)
    monkeypatch.setattr("gan_scratch.coursework.grader.difference", lambda *answers: "off")
    with pytest.raises(RuntimeError, match="gives the solution 0 of .* points .* nothing was"):
        gradebook.grade_class("layers", graded / "in", tmp_path / "out", say=lambda words: None)
    assert not (tmp_path / "out" / "grades.csv").exists()


def test_killed_in_the_middle_and_resumed_gives_the_same_table(graded, cases, tmp_path):
    out = tmp_path / "out"
    command = [sys.executable, "-c", COMMAND.format(cases=cases.__name__),
               "assignment", "grade", "1", str(graded / "in"), "--out", str(out)]
    here = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    run = subprocess.Popen(command, env=here, stdout=subprocess.DEVNULL, start_new_session=True)
    results = out / "results"
    while not (results.is_dir() and len(list(results.glob("*.json"))) >= 2):
        assert run.poll() is None
        time.sleep(0.05)
    os.killpg(run.pid, signal.SIGKILL)
    run.wait()
    done = len(list(results.glob("*.json")))
    assert 2 <= done < len(ORDINARY) + 1 and not (out / "grades.csv").exists()
    stamps = {path.name: path.stat().st_mtime_ns for path in results.glob("*.json")}
    assert subprocess.run(command, env=here, stdout=subprocess.DEVNULL).returncode == 0
    assert all((results / name).stat().st_mtime_ns == stamp for name, stamp in stamps.items())
    assert rows_of(out / "grades.csv") == rows_of(graded / "out" / "grades.csv")


def test_a_folder_of_another_grading_is_refused(graded):
    (graded / "in").stat()
    settings = graded / "out" / "grading.json"
    kept = settings.read_text()
    settings.write_text(kept.replace("layers", "game"))
    with pytest.raises(ValueError, match="holds a grading of game"):
        gradebook.grade_class("layers", graded / "in", graded / "out", say=lambda words: None)
    settings.write_text(kept)
