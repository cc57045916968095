"""What chapter 2 says, asserted on its own variables, and of trainings on every seed's figures."""

import math

import numpy as np
import pytest
from reading import ROOT, SOURCES

from gan_scratch.book.seeds import table

CHAPTER = "02"


def test_a_network_finds_the_log_ratio_of_densities(chapter):
    assert chapter["off"] < 0.5
    weighted = chapter["np.average(fakes, weights=weights)"]
    assert chapter["fakes.mean()"] == pytest.approx(2, abs=0.02)
    assert weighted == pytest.approx(0, abs=0.15)  # the data's mean, from fakes alone


def test_the_value_is_twice_jsd_less_log_4(chapter):
    value, jsd = chapter["value"], chapter["jsd"]
    assert value[0] == pytest.approx(-math.log(4), abs=1e-12)
    assert value == pytest.approx(2 * np.array(jsd) - math.log(4), abs=1e-12)
    assert jsd[-1] == pytest.approx(math.log(2), abs=1e-3)
    assert chapter["optimal_discriminator(*(normal_density(0.0, m) for m in (0, 2)))"] == (
        pytest.approx(0.88, abs=0.005)
    )


def test_the_slope_of_the_value_is_the_minimax_gradient(chapter):
    slope, gradients = chapter["slope_of_value"], chapter["gradients"]
    assert slope == pytest.approx(gradients[:, 0], abs=2e-3)
    assert gradients[-1, 0] < 1e-3 and gradients[-1, 1] == pytest.approx(8, abs=1e-3)
    assert gradients[1] == pytest.approx(gradients[1, 0], rel=0.1)  # they meet at 0


def test_one_arrives_and_the_other_stays(chapter):
    paths = chapter["paths"]
    assert paths["minimax"][-1] > 5.5
    assert abs(paths["non-saturating"][-1]) < 0.05


def test_a_learning_discriminator_silences_minimax(chapter):
    learning = chapter["learning"]
    assert learning[-1, 1] < learning[0, 1] < learning[:, 1].max()
    assert learning[-1, 2] > 50 * learning[-1, 1]
    assert chapter["teacher.generator.theta.value[0]"] == 6  # G stood still


def test_it_runs_clean(chapter):
    chapter.assert_runs_clean(2)


def test_from_every_seed_the_network_finds_the_line():
    rows = table("2 score")
    assert sorted(rows) == [0, 1, 2, 3]
    for row in rows.values():
        assert row["largest error, -1 to 3"] < 0.25  # where the line goes from 4 to -4
        assert row["weighted mean"] == pytest.approx(0, abs=0.15)


def test_from_every_seed_a_learning_discriminator_silences_minimax():
    rows = table("2 gradient")
    assert sorted(rows) == [0, 1, 2, 3]
    for row in rows.values():
        end = row["minimax, in the end"]
        assert end < row["minimax, at first"] < row["minimax, largest"]
        assert row["minimax, largest"] == pytest.approx(0.04, abs=0.006)
        assert 0.006 < end < 0.02  # a perfect D gives 0.012
        assert row["non-saturating, at first"] < 0.1
        assert row["non-saturating, in the end"] > 100 * end


def test_the_notation_says_what_d_of_x_is_in_every_chapter():
    """docs/notation.md: a score in 1, 5, 6, 7, 11, a probability in 2 and 4, nothing
    in 3, 8, 9, 10."""
    text = {path.name[:2]: path.read_text(encoding="utf-8") for path in SOURCES}
    written = {number for number in text if "D(x)" in text[number] or "D(G(z))" in text[number]}
    assert written == {"01", "02", "04", "05", "06", "07", "11"}
    for number in ("01", "05"):
        assert r"\sigma(D(" in text[number]
    for number, words in (("02", r"\log D(x)"), ("04", r"$D(x) = \sigma(s)$")):
        assert words in text[number] and r"\sigma(D(" not in text[number]
    notation = (ROOT / "docs" / "notation.md").read_text(encoding="utf-8")
    for line in ("chapters 1, 5, 6, 7 and 11", "| chapter 2 |", "| chapter 4 ", "3, 8, 9 and 10"):
        assert line in notation
