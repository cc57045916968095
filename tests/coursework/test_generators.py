"""Generators that are handed over: what they are worth is measured here, on what is drawn here."""

import csv
import statistics
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from coursework import measure_generators
from coursework.measure_generators import BASELINES, LEGITIMATE
from coursework.mistakes import ADA
from gan_scratch.coursework import generators, gradebook, source, submission
from gan_scratch.coursework.cases import cases_of
from gan_scratch.coursework.grader import Grader

RESULTS = Path(__file__).parents[2] / "docs" / "results" / "generators.csv"
SHAPES = "[(4, 64), (64,), (64, 64), (64,), (64, 2), (2,)]"
TRAINS = [  # bodies of train that earn nothing
    "return points",
    "return [points] * 6",
    "return list(points[:6])",
    "np.random.seed(0); return [np.full(s, np.nan) for s in SHAPES]",
    "return [np.full(s, 1e308) for s in SHAPES]",
    "return [np.zeros(s, complex) for s in SHAPES]",
    "return [np.zeros(s, object) for s in SHAPES]",
    "return [np.random.default_rng(seed).standard_normal(s) for s in SHAPES]",
    "return [np.zeros(s) for s in SHAPES]",
    "w = [np.zeros(s) for s in SHAPES]; w[5] = points[0]; return w",  # one mode
    "import time; time.sleep(100)",
]


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


@pytest.mark.parametrize("body", TRAINS)
def test_what_is_no_generator_of_these_points_wins_nothing(grader, body):
    result = grader.grade(ADA, with_train(body), seed=4)
    assert result.points == 0 and not result.problem, result
    assert result.tasks[-1].words


def test_the_centres_are_others_each_time():
    script = next(case.script for case in cases_of(source.load("collapse", ADA)) if case.judge)
    points = []

    class Recording:
        def train(self, data, seed, seconds):
            points.append(data)
            return [np.zeros(1)] * 6

    for seed in range(3):
        dict(script(Recording(), np.random.default_rng(seed)))
    assert len({round(float(p.std()), 6) for p in points}) == 3


def test_centres_lie_apart_and_in_the_disc():
    for seed in range(20):
        centres = generators.draw_centres(np.random.default_rng(seed))
        apart = generators.distances(centres, centres)[~np.eye(generators.MODES, dtype=bool)]
        assert centres.shape == (8, 2) and apart.min() >= 1.8
        assert generators.distances(centres, centres).max() <= 8


def test_a_view_is_undone_and_keeps_neighbours():
    images = np.random.default_rng(0).uniform(-1, 1, (3, 14, 14, 1))
    row_and_column = np.stack(np.divmod(np.arange(196), 14)).reshape(2, 14, 14, 1)
    drawn = set()
    for seed in range(20):
        view = generators.draw_view(np.random.default_rng(seed))
        assert np.array_equal(generators.unseen(generators.seen(images, view), view), images)
        drawn.add((*view[0], view[1]))
        came_from = generators.seen(row_and_column, (view[0], 1))[..., 0]
        for axis in (1, 2):
            step = np.diff(came_from, axis=axis) % 14  # around the edge
            assert np.minimum(step, 14 - step).max() == 1
        assert (view[0] != np.arange(196)).mean() > 0.5
    assert len(drawn) == 20


def test_coverage_counts_real_samples_with_a_fake_one_nearby():
    real = np.arange(100.0)[:, None] * [1, 0]  # the fifth neighbour is 3 away, at an end 5
    assert generators.coverage(real, real + [0, 2.9]) == 1
    assert generators.coverage(real, real + [0, 3.1]) == 0.04  # at both ends, two each
    assert generators.coverage(real, real[50:51]) == 0.05


def test_a_perfect_sample_has_all_points_and_half_of_the_modes_none():
    centres = generators.draw_centres(np.random.default_rng(0))
    for left, share in ((8, 1), (7, 0.75), (6, 0.5), (4, 0), (1, 0)):
        fakes = generators.draw_points(centres[:left], 4000, np.random.default_rng(1))
        assert generators.judge_points(fakes, centres).share == share


def test_other_real_digits_have_all_points():
    real = generators.small_digits()
    assert generators.judge_digits(real[:2000]).share == 1


# carried in: what was trained on other data, which takes seconds.
USUAL = [("3.4", "the mean image"), ("3.4", "one digit"), *(
    ("5.4", what) for what in BASELINES["5.4"] if "carried" not in what
)]
ALL = [(task, what) for task in BASELINES for what in BASELINES[task]]


@pytest.mark.parametrize("task, what", USUAL)
def test_a_baseline_wins_nothing(task, what):
    judgement = measure_generators.judged(task, BASELINES[task][what], 0)
    assert judgement.share == 0, judgement


@pytest.fixture(scope="module")
def carried():
    return {task: measure_generators.carried_in(task) for task in BASELINES}


@pytest.mark.thorough
@pytest.mark.parametrize("task, what", ALL)
def test_no_baseline_wins_a_tenth_on_any_draw(task, what, carried):
    for draw in range(1, 5):
        judgement = measure_generators.judged(task, BASELINES[task][what], draw, carried[task])
        assert judgement.share <= 0.1, (draw, judgement)


@pytest.mark.slow
@pytest.mark.parametrize("task", BASELINES)
def test_the_solution_has_all_points_in_twenty_gradings(task):
    for draw in range(20, 40):
        judgement, _ = measure_generators.grading(task, draw)
        assert judgement.share == 1, (draw, judgement)


def measured():
    """(task, what) -> rows of the table that is kept."""
    lines = RESULTS.read_text(encoding="utf-8").splitlines()
    found = {}
    for row in csv.DictReader(line for line in lines if not line.startswith("#")):
        found.setdefault((row["task"], row["what"]), []).append(row)
    return found


def test_the_table_has_all_of_it_and_what_it_shows_holds():
    table = measured()
    what_else = [(task, what) for task in LEGITIMATE for what in LEGITIMATE[task]]
    assert list(table) == [
        each for task in BASELINES
        for each in (*((t, w) for t, w in ALL + what_else if t == task), (task, "the solution"))
    ]
    for task, what in ALL:
        assert max(float(row["share"]) for row in table[task, what]) <= 0.1
        assert len(table[task, what]) == 5
    for task in BASELINES:
        solution = table[task, "the solution"]
        assert [row["share"] for row in solution] == ["1.0"] * 20
        for figure in ("first", "second"):
            numbers = [float(row[figure]) for row in solution]
            assert statistics.pstdev(numbers) <= 0.08 * statistics.mean(numbers)


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
    assert scores["right"] == 6 and scores["one"] == 0
    with Image.open(tmp_path / "out" / "leaderboard.png") as picture:
        assert picture.width > 500 and len(picture.getcolors(1 << 20)) > 10
