"""Points are what was earned: no word, exception or comparison in the child changes them."""

import pytest

from coursework.hostile import DIFFERENCED, RIGHT_FORWARD
from coursework.walls import CLOSED, sandbox_in
from gan_scratch.coursework import source
from gan_scratch.coursework.cases import case
from gan_scratch.coursework.grader import Grader, Verdict, checked_grader, summed
from gan_scratch.coursework.remote import Starved, Trouble

STUDENT = "mallory"


@pytest.fixture(scope="module")
def grader():
    with Grader(1, jobs=2) as grader:
        grader.explain = lambda *submission: ""
        yield grader


def test_a_gate_stands_on_points_and_not_on_words():
    @case("1.1", points=4)
    def small(code, rng): ...

    @case("1.1", points=1, gate=True)
    def large(code, rng): ...

    task = summed("1.1", "Dense", [Verdict(small.case, 4), Verdict(large.case, 0, words="")])
    assert task.points == 0 and task.words


SILENT = {
    "no text": 'class Silent(BaseException): pass\nSilent.__name__ = ""\nSilent.__qualname__ = ""',
    "blank text": 'class Silent(BaseException):\n    def __str__(self): return "\\n\\x00 \\u200b"',
    "a text that raises": 'class Silent(BaseException):\n    def __str__(self): raise self',
}


@pytest.mark.parametrize("how", SILENT)
def test_a_silent_exception_in_the_large_case_passes_no_gate(grader, how):
    """Naive complex steps are right and slow: whoever gives up on large arrays without a word."""
    weight = source.load(1, STUDENT).drawn["REAL_WEIGHT"]
    steps = DIFFERENCED["the complex step"].replace(
        "    d = np.zeros_like(x)", "    if x.size > 1000: raise Silent\n    d = np.zeros_like(x)"
    )
    text = f"REAL_WEIGHT = {weight}\n{SILENT[how]}\n{RIGHT_FORWARD}{steps}"
    result = grader.grade(STUDENT, text, seed=5)
    assert result.points == 0 and not result.problem, result


OVERWRITES = {
    "dy": ("        x = cache\n        self.d_weight += x.T @ dy\n",
           "        x = cache\n        self.d_weight += x.T @ dy\n        dx = dy @ self.weight.T\n"
           "        self.d_bias += dy.sum(axis=0)\n        dy[...] = 0\n        return dx\n"),
    "x, kept in the cache": ("        self.d_bias += dy.sum(axis=0)\n",
                             "        self.d_bias += dy.sum(axis=0)\n        x[...] = 0\n"),
}


@pytest.mark.parametrize("what", OVERWRITES)
@pytest.mark.parametrize("patch", [
    "", "np.array_equal = lambda *a, **k: True\n", "bytes.__eq__\nnp.testing = None\n",
])
def test_overwritten_arguments_cost_the_task_whatever_the_child_compares(grader, what, patch):
    text, (right, wrong) = source.load(1, STUDENT).solution(), OVERWRITES[what]
    assert text.count(right) == 1
    result = grader.grade(STUDENT, text.replace(right, wrong) + patch, seed=5)
    lost = {task.task: task.words for task in result.tasks if not task.whole}
    assert set(lost) == {"1.1"} and result.tasks[0].points <= 1, result
    assert "was changed" in " ".join(lost["1.1"])


def test_a_library_that_is_not_at_hand_stops_the_grading(tmp_path):
    lost = CLOSED.replace("    return done", "    del sys.modules['cmath']\n    return done")
    with sandbox_in(tmp_path, lost):
        with pytest.raises(RuntimeError, match="the standard library is not at hand .*'cmath'"):
            with checked_grader(1):
                pass


def test_a_starved_case_runs_again_alone_and_is_never_a_zero(grader):
    calls, alone = [], []

    def run():
        calls.append(grader.floor.running)
        if len(calls) <= starve:
            raise Starved("busy")
        alone.append(grader.floor.waiting)
        return "right"

    starve = 1
    assert grader.fairly(run) == "right" and len(calls) == 2 and alone == [1]
    starve, calls = 5, []
    with pytest.raises(Starved):
        grader.fairly(run)
    assert grader.floor.running == grader.floor.waiting == 0


@pytest.mark.parametrize("trouble", [Starved("busy"), Trouble("did not start")], ids=str)
def test_what_is_the_graders_is_never_a_zero(grader, monkeypatch, trouble):
    whole, calls = grader.server.child, []

    def child(*args, **settings):
        calls.append(args)
        if len(calls) > 3:
            raise trouble
        return whole(*args, **settings)

    monkeypatch.setattr(grader.server, "child", child)
    with pytest.raises(Trouble, match=str(trouble)):
        grader.grade(STUDENT, source.load(1, STUDENT).solution(), seed=5)
