"""A right submission earns its points, whoever sent it and whatever else the computer does."""

import contextlib
import subprocess
import sys

import pytest

from coursework.test_closed_folder import importable
from coursework.walls import CLOSED, sandbox_in
from gan_scratch.coursework import gradebook, source, submission
from gan_scratch.coursework.students import shown

IDS = [
    "ada", "Ada Lovelace", "ADA LOVELACE", " spaces around ", "x" * 120, "y" * 61, "z" * 60,
    "non\u00a0breaking", "zero\u200cwidth", "soft\u00adhyphen",
    "joined \U0001f469\u200d\U0001f4bb",
    "e\u0301cole", "\u00e9cole", "STRASSE", "stra\u00dfe", "\u0130stanbul", "\u4e2d\u6587",
    "\u202eright to left",
    "a/b\\c", "..", "=1+1", "@sum", "-minus", "+plus", "<b>bold</b>", "&amp;", "$\\frac{x$",
    "'quoted'", '"double"', "semi;colon", "comma, name", "percent%s{0}", "#hash", "tab-free",
    "o'brien", "1234567", "0x1f", "None", "nan", "true", "*", "?", "[a]", "~root", "con", "nul",
    "name.zip", "name.py", "\ufeffmark", "z\u0335algo\u0336",
    "\U0001f1e9\U0001f1ea", "a" * 200,
]


@contextlib.contextmanager
def busy_loops(count=2):
    loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


def graded(folder, ids, more=""):
    """The rows of a class of right solutions; more: lines for the first of them."""
    (folder / "in").mkdir()
    for number, name in enumerate(ids):
        assignment = source.load(1, name)
        text = assignment.solution() + ("" if number else more)
        (folder / "in" / f"{number:03d}.zip").write_bytes(submission.pack(assignment, text, ""))
    return gradebook.grade_class(1, folder / "in", folder / "out", say=lambda words: None)


HOW_MANY = [
    pytest.param(6, id="few"), pytest.param(100, marks=pytest.mark.slow, id="a hundred"),
]


@pytest.mark.parametrize("count", HOW_MANY)
def test_right_solutions_get_full_points_on_a_busy_computer(tmp_path, count):
    """By a Python in a closed folder; the first of them imports the whole standard library."""
    ids = (IDS[::9] if count == 6 else [*IDS, *(f"student {i}" for i in range(100))])[:count]
    library = ["import warnings", "warnings.simplefilter('ignore')"]
    library += [f"import {name}" for name in importable()]
    (tmp_path / "wall").mkdir()
    with sandbox_in(tmp_path / "wall", CLOSED), busy_loops():
        rows = graded(tmp_path, ids, "\n" + "\n".join(library))
    assert len(rows) == count
    assert [(row["student"], row["score"], row["of"]) for row in rows] == [
        (shown(name), 20, 20) for name in ids
    ]
