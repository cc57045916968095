"""Generators that are handed over: what they are worth is measured here, on what is drawn here."""

import csv

import numpy as np
import pytest
from PIL import Image

from coursework.mistakes import ADA
from gan_scratch.coursework import gradebook, source, submission
from gan_scratch.coursework.cases import cases_of, reference_of
from gan_scratch.coursework.grader import Grader

SHAPES = "[(2, 64), (64,), (64, 64), (64,), (64, 2), (2,)]"
TRAINS = {  # body of train -> the most points of six that it may get
    "return points": 0,
    "return [points] * 6": 0,
    "return list(points[:6])": 0,
    "np.random.seed(0); return [np.full(s, np.nan) for s in SHAPES]": 0,
    "return [np.full(s, 1e308) for s in SHAPES]": 0,
    "return [np.zeros(s, complex) for s in SHAPES]": 0,
    "return [np.zeros(s, object) for s in SHAPES]": 0,
    "return [np.random.default_rng(seed).standard_normal(s) for s in SHAPES]": 1,
    "return [np.zeros(s) for s in SHAPES]": 0,
    "w = [np.zeros(s) for s in SHAPES]; w[5] = points[0]; return w": 1.01,  # one mode of six
    "import time; time.sleep(100)": 0,
}


@pytest.fixture(scope="module", autouse=True)
def task_5_4_alone():
    """Nothing else is handed in, and it is not explained, which would train once more."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gan_scratch.coursework.grader.cases_of", lambda assignment: [
            case for case in cases_of(assignment) if case.task == "5.4"
        ])
        patch.setattr(Grader, "explain", lambda *submission: "")
        yield


@pytest.fixture(scope="module")
def grader():
    with Grader("collapse", patience=0.2) as grader:
        yield grader


def with_train(body):
    assignment = source.load("collapse", ADA)
    raising = 'raise NotImplementedError("task 5.4: train")'
    assert raising in assignment.skeleton()
    return assignment.skeleton().replace(raising, f"SHAPES = {SHAPES}\n    {body}")


@pytest.mark.parametrize("body, most", TRAINS.items())
def test_what_is_no_generator_of_this_ring_wins_nothing(grader, body, most):
    result = grader.grade(ADA, with_train(body), seed=4)
    assert result.points <= most and not result.problem, result
    assert result.tasks[-1].words


def test_the_mixture_is_another_one_each_time():
    scripts = [value for value in vars(reference_of(source.load("collapse", ADA))).values()
               if hasattr(value, "case") and value.case.judge]
    points = []

    class Recording:
        def train(self, data, seed, seconds):
            points.append(data)
            return [np.zeros(1)] * 6

    for seed in range(3):
        dict(scripts[0](Recording(), np.random.default_rng(seed)))
    spread = {round(float(p.std()), 6) for p in points}
    assert len(spread) == 3


def test_a_class_sees_a_leaderboard(tmp_path, monkeypatch):
    # Unchecked, as the check trains once more; with time enough to train on a busy machine.
    monkeypatch.setattr(gradebook, "checked_grader", lambda *settings: Grader("collapse", 2, 5))
    (tmp_path / "in").mkdir()
    one_mode = "w = [np.zeros(s) for s in SHAPES]; w[5] = points[0]; return w"
    for name, text in (("one", with_train(one_mode)),
                       ("right", source.load("collapse", ADA).solution())):
        zipped = submission.pack(source.load("collapse", name), text, "")
        (tmp_path / "in" / f"{name}.zip").write_bytes(zipped)
    gradebook.grade_class("collapse", tmp_path / "in", tmp_path / "out", say=lambda words: None)
    with open(tmp_path / "out" / "grades.csv", newline="") as stream:
        scores = {row["student"]: float(row["5.4"]) for row in csv.DictReader(stream)}
    assert scores["right"] == 6 and scores["one"] < 1.01
    with Image.open(tmp_path / "out" / "leaderboard.png") as picture:
        assert picture.width > 500 and len(picture.getcolors(1 << 20)) > 10
