"""What chapter 3 says, asserted on its own variables."""

import math

import pytest

from gan_scratch.book.seeds import table

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
    assert chapter["all(report.passed for report in good)"] and not chapter["bad.passed"]
    assert "something is kept on the layer" in chapter["bad.diagnosis"]
    assert "the mask belongs to x" in chapter.said
    assert "the derivative of the layer is not applied" in chapter.said


def test_a_wrong_backward_pass_learns_and_another_does_not(chapter):
    final = chapter["final"]
    assert final["right"] < final["derivative forgotten"] < 0.9 * math.log(4)
    assert final["mask of dy"] > 1.5 * final["derivative forgotten"]


def test_it_learns_with_each_seed():
    found = table("3 loss in the end")
    assert len(found) == 4
    for final in found.values():
        assert final["right"] < final["derivative forgotten"] < 0.8 * math.log(4)
        assert final["mask of dy"] > 1.3 * math.log(4)


def test_where_both_wrong_gradients_point(chapter):
    angles = chapter["angles"]
    assert angles["right"].max() < 0.01
    assert angles["derivative forgotten"].max() < 50 and angles["mask of dy"][0] < 45
    assert angles["mask of dy"][:40].max() > 80 and angles["mask of dy"][70:].max() < 30


def test_where_they_point_with_each_seed():
    first, largest, lost = map(
        table, ("3 angle at first", "3 largest angle", "3 leaps at")
    )
    assert len(first) == len(largest) == len(lost) == 4
    assert all(row["mask of dy"] < 45 for row in first.values())
    assert all(row["derivative forgotten"] < 50 for row in largest.values())
    assert all(85 < row["mask of dy"] < 95 for row in largest.values())
    steps = [row["mask of dy"] for row in lost.values()]
    assert (min(steps), max(steps)) == (36, 57)


def test_the_mask_of_dy_pushes_all_biases_down(chapter):
    _, claimed, true = chapter["trained['mask of dy'][2]"].T
    assert claimed[:30].min() > 0.05 and abs(true[5:30]).max() < 0.01
    _, claimed, _ = chapter["trained['derivative forgotten'][2]"].T
    assert abs(claimed[5:]).max() < 0.02


def test_what_the_text_says_of_the_losses(chapter):
    losses = chapter["trained['mask of dy'][0]"]
    assert min(losses[20:31]) < 1.25 and max(losses[:400]) > 10


def test_it_runs_clean(chapter):
    chapter.assert_runs_clean(3)
