"""What chapter 7 says, asserted on its own variables."""

import numpy as np
import pytest

CHAPTER = "07"


def test_the_second_term_is_needed(chapter):
    assert chapter["off"][True] < 1e-8 and chapter["off"][False] > 0.1
    assert chapter["float(share)"] == pytest.approx(0.25, abs=0.06)
    assert chapter["float(cosine)"] > 0.95


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
    slopes = chapter["{n: np.gradient(v[-1], line[:, 0]) for n, v in curves.items()}"]
    bent, even = (slopes[name][20:-20].std() for name in ("right", "term dropped"))
    assert bent > 1.5 * even
    line, best, middle = (chapter[name] for name in ("line[:, 0]", "best", "middle"))
    inner = (middle > -1.5) & (middle < 4.5)
    off = {name: np.abs(np.interp(middle, line, -slopes[name]) - best)[inner].mean()
           for name in slopes}
    assert off["right"] < 0.6 * off["term dropped"]


def test_penalties_cost_what_is_said(chapter):
    cost = chapter["cost"]
    assert cost["no penalty"] == 1 and min(cost.values()) == 1


def test_it_runs_clean(chapter):
    chapter.assert_runs_clean(7)
