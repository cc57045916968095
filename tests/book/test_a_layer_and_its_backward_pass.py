"""What chapter 3 says, asserted on its own variables."""

import math

import pytest

CHAPTER = "03"


def test_slopes_multiply(chapter):
    assert chapter["best"] == {"leaky ReLU": 1.0, "sigmoid": pytest.approx(0.25**10)}


def test_a_kept_cache_gives_a_wrong_gradient(chapter):
    assert chapter["stale_is_wrong"]


def test_the_best_step_and_what_it_reaches(chapter):
    lowest = chapter["lowest"]
    one, central, extrapolated = (lowest[name] for name in lowest)
    assert 1e-9 < one[0] < 1e-7 and one[1] < 1e-8
    assert 1e-7 < central[0] < 1e-4 and central[1] < one[1] / 10
    assert 1e-4 < extrapolated[0] < 1e-1 and extrapolated[1] < central[1] / 2


def test_the_formula_agrees_with_the_ruler(chapter):
    assert chapter["error_of_dense"] < 1e-11


def test_the_checker_tells_right_from_wrong(chapter):
    assert chapter["good.passed"] and not chapter["bad.passed"]
    assert "something is kept on the layer" in chapter["bad.diagnosis"]
    assert "the mask belongs to x" in chapter.said
    assert "right are 1 and 0.2" in chapter.said


def test_a_wrong_backward_pass_learns_and_another_does_not(chapter):
    final = chapter["final"]
    assert final["right"] < final["derivative forgotten"] < 0.9 * math.log(4)
    assert final["mask of dy"] > 1.5 * final["derivative forgotten"]


def test_both_wrong_gradients_lean_the_right_way(chapter):
    cosine = chapter["cosine"]
    assert cosine["right"] == pytest.approx(1)
    assert 0.7 < cosine["derivative forgotten"] < 0.95
    assert 0.7 < cosine["mask of dy"] < 0.95


def test_it_runs_clean(chapter):
    chapter.assert_runs_clean(3)
