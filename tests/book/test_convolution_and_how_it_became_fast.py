"""What chapter 8 says, asserted on its own variables. Which way is fastest is for the reader's
machine to say, so no time is asserted."""

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

CHAPTER = "08"


def test_the_sum_is_that_over_windows(chapter):
    chapter.evaluate(
        "tried = np.random.default_rng(1)\n"
        "tried_x = tried.standard_normal((1, 7, 9, 2))\n"
        "tried_W = tried.standard_normal((3, 3, 2, 2))"
    )
    padded = np.pad(chapter["tried_x"], ((0, 0), (1, 1), (1, 1), (0, 0)))
    seen = sliding_window_view(padded, (3, 3), axis=(1, 2))  # (N, rows, columns, C, 3, 3)
    for stride in (1, 2):
        y = chapter[f"convolve(tried_x, tried_W, {stride}, 1)[0]"]
        wanted = np.einsum("nijcab,abcm->nijm", seen[:, ::stride, ::stride], chapter["tried_W"])
        assert y == pytest.approx(wanted)


def test_both_gradients_are_right(chapter):
    assert chapter["report.passed"] and chapter["report.max_error"] < 1e-9


def test_a_pixel_is_seen_from_four_places(chapter):
    dx = chapter["dx[0, :, :, 0]"]
    assert (dx[1:-1, 1:-1] == 4).all() and dx[0, 0] == 1 and (dx[0, 1:-1] == 2).all()


def test_the_transpose_is_the_layer_of_generators(chapter):
    assert abs(chapter["here - there"]) < 1e-12
    assert chapter["np.allclose(grown.ravel(), A.T @ small.ravel())"]
    assert chapter["A.shape"] == (16, 64)


def test_checkerboards(chapter):
    flat = chapter["flat"]
    assert (flat[4] == 4).all()
    assert set(flat[3].ravel()) == {1, 2, 4} and set(flat[5].ravel()) == {4, 6, 9}


def test_all_ways_give_the_same(chapter):
    assert chapter["same"] and chapter["held"] == pytest.approx(4)
    measured = chapter["measured"]
    assert [row["way"] for row in measured][:5] == chapter["[words for words, _ in bench.WAYS]"]
    assert {row["threads"] for row in measured} == {1}
    assert max(row["error"] for row in measured) < 1e-5


def test_three_products_lose_some_of_the_last_digits(chapter):
    error = chapter["error"]
    assert 1 < error["three_products"] / error["four_products"] < 10
    assert error["three_products"] < 1e-6


def test_weighted_gradients_of_the_shares_add_up_to_that_of_the_batch(chapter):
    # To rounding, which differs between processors.
    assert chapter["off(weighted, gradient(D, digits))"] < 1e-14
    assert chapter["off(unweighted, gradient(D, digits))"] > 0.05


def test_without_the_weights_each_of_the_four_digits_counts_twice(chapter):
    counted = "sum(gradient(D, digits[i : i + 1], 1 / 16 if i < 8 else 1 / 8) for i in range(12))"
    assert chapter[f"off({counted}, unweighted)"] < 1e-14


def test_batch_norm_has_to_gather_and_weights_come_first(chapter):
    assert chapter["off(apart, whole)"] > 0.01
    assert chapter["off(gathered, whole)"] < 1e-13
    assert chapter["off(too_late, whole)"] > 0.01


def test_two_processes_play_the_same_game(chapter):
    assert len(chapter["d_losses"]) == chapter["steps"] == len(chapter["d_losses_of_two"])
    assert chapter["same_game"] < 1e-5
    assert chapter["one"] > 0 and chapter["two"] > 0


def test_it_runs_clean(chapter):
    chapter.assert_runs_clean(8)
