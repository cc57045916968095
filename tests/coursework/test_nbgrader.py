"""A course on nbgrader uses the notebooks as they are (`pip install ".[nbgrader]"`)."""

import csv
import importlib.util
import shutil
import subprocess
import sys

import pytest

from coursework.mistakes import NAMES
from gan_scratch.coursework import handout, source
from gan_scratch.coursework.cases import points_of

pytestmark = [
    pytest.mark.nbgrader,
    pytest.mark.skipif(importlib.util.find_spec("nbgrader") is None, reason="needs nbgrader"),
]


@pytest.mark.parametrize("name", NAMES)
def test_generated_and_graded(tmp_path, name):
    """The source notebook, handed in as it is, has all points; what students get has none."""
    handout.release(name, tmp_path)
    course = tmp_path / "nbgrader"

    def nbgrader(*words):
        command = [sys.executable, "-m", "nbgrader", *words, "--course", "gan"]
        done = subprocess.run(command, cwd=course, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-3000:]

    nbgrader("generate_assignment", name)
    released = (course / "release" / name / f"{name}.ipynb").read_text()
    assert "BEGIN SOLUTION" not in released and "NotImplementedError" in released
    for student, folder in (("right", "source"), ("empty", "release")):
        shutil.copytree(course / folder / name, course / "submitted" / student / name)
    nbgrader("autograde", name)
    nbgrader("export")
    with open(course / "grades.csv", newline="") as stream:
        scores = {row["student_id"]: float(row["raw_score"]) for row in csv.DictReader(stream)}
    assert scores == {"right": sum(points_of(source.load(name)).values()), "empty": 0}
