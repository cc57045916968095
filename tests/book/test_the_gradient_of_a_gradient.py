"""What chapter 7 says, asserted on its own variables."""

import numpy as np
import pytest

from gan_scratch.book.seeds import table

CHAPTER = "07"


def test_the_second_term_is_needed(chapter):
    assert chapter["error"][True] < 1e-8 and chapter["error"][False] > 0.1


def test_how_wrong_the_first_term_alone_is(chapter):
    small, large = (chapter["angles"][scale] for scale in (0.25, 1.0))
    assert np.median(small) < 25 and np.mean(small > 90) < 0.03
    assert np.mean((large > 50) & (large < 90)) > 0.5
    assert np.mean(large > 90) == pytest.approx(1 / 6, abs=0.02)


def test_five_lines_are_the_librarys_penalty(chapter):
    assert chapter["same"]
    assert chapter["value"] == pytest.approx(chapter["float(of_library)"], rel=1e-12)


def test_four_ways_agree(chapter):
    apart = chapter["apart"]
    assert apart["differences of P"] < 1e-8 and apart["differences of backward"] < 1e-8
    assert apart["complex step"] < 1e-13 and apart["closed form"] < 1e-13


def test_the_dropped_term_trains_and_gives_another_function(chapter):
    losses = {name: values[-60:] for name, values in chapter["losses"].items()}
    right, wrong = (sum(v) / len(v) for v in (losses["right"], losses["term dropped"]))
    assert right < wrong < 0.9 * right  # both negative: a little less was reached
    bent, even = (chapter["steep"][name][20:-20].std() for name in ("right", "term dropped"))
    assert bent > 1.5 * even
    off = chapter["off"]
    assert off["right"] < 0.6 * off["term dropped"]


def test_the_dropped_term_over_seeds():
    reached, off = table("7 loss"), table("7 slope off by")
    assert len(reached) == len(off) == 4
    for row in reached.values():
        assert row["right"] < row["term dropped"] < 0.98 * row["right"]
    for row in off.values():
        assert row["right"] < 0.06 and row["term dropped"] > 0.25


def test_penalties_cost_what_is_said(chapter):
    cost = chapter["cost"]
    assert cost["no penalty"] == 1 and min(cost.values()) == 1


def test_it_runs_clean(chapter):
    chapter.assert_runs_clean(7)
