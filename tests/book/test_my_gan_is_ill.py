"""What chapter 11 says, asserted on its own variables, and of its long form on the figures of every
seed and on what the committed notebook prints."""

import itertools
import math
import re

import numpy as np
import pytest
from reading import ROOT, printed

from gan_scratch.book.exercises import ill
from gan_scratch.book.seeds import table
from gan_scratch.doctor import AILMENTS, rules

CHAPTER = "11"


@pytest.fixture(scope="module")
def said():
    return printed(ROOT / "notebooks" / "11_my_gan_is_ill.ipynb")


def every_seed(figure):
    rows = table(figure)
    assert sorted(rows) == [0, 1, 2, 3]
    return rows.values()


def test_mistakes_of_code_are_seen_after_a_few_rounds(chapter):
    names = chapter["{name: report.names[:1] for name, report in reports.items()}"]
    assert names["labels swapped"] == ["G's labels are swapped"]
    assert names["D ends in a sigmoid"] == ["D ends in a sigmoid"]
    assert names["a cache overwritten"] == ["D's gradient is wrong"]
    assert chapter["reports['labels swapped'].signs['pushes_up']"] == 0
    assert chapter["reports['healthy, digits'].signs['bounded']"] == 0


def test_the_gradient_of_the_wrong_step_vanishes_where_d_says_0(chapter):
    """At scores of 0 every term of the formula is 0, whatever the samples are."""
    chapter.evaluate(
        "flat, norms = on_points(r1=0), []\n"
        "for parameter in list(flat.discriminator.parameters().values())[-2:]:\n"
        "    parameter.value[...] = 0\n"
        "for step in (my_d_step, discriminator_step):\n"
        "    step(flat, ring.points[:64], flat.noise(64))\n"
        "    norms.append(float(flat.discriminator_optimizer.gradient_norm()))"
    )
    mine, right = chapter["norms"]
    assert mine < 1e-6 and right > 0.01


def test_the_place_of_equal_sets_moves_as_far_as_the_page_says():
    rng = np.random.default_rng(0)
    means = rng.standard_normal((4000, 2, 2, 64)).mean(axis=3)  # draws, two sets, two directions
    apart = means[:, 0] - means[:, 1]
    assert math.hypot(*apart.std(axis=0)) == pytest.approx(2 / math.sqrt(64), rel=0.03)


def test_the_variance_of_the_auc():
    for n, m in ((1, 1), (2, 3), (4, 3)):
        ranks = [sum(c) - n * (n + 1) / 2
                 for c in itertools.combinations(range(1, n + m + 1), n)]
        assert np.var(np.array(ranks) / (n * m)) == pytest.approx((n + m + 1) / (12 * n * m))
    assert ill.deviation(68) <= 0.05 < ill.deviation(67)
    assert ill.deviation(960) == pytest.approx(0.013, abs=5e-4)


def test_it_runs_clean(chapter):
    assert "the same to the bit: True" in chapter.said
    chapter.assert_runs_clean(11)


def test_the_diagnoses_from_every_seed():
    for row in every_seed("11 right"):
        assert len(row) == 10 and set(row.values()) == {1}
    for row in every_seed("11 missed"):
        assert row == {"a linear G": 1, "a tiny learning rate": 1}


def test_the_signs_from_every_seed():
    for row in every_seed("11 recorded over replayed"):
        wrong = row.pop("a cache overwritten")
        assert wrong < -rules.FACTOR and max(map(abs, row.values())) < 0.5
    for row in every_seed("11 places"):
        assert row["D too slow"] > 6 and max(row["healthy, points"], row["cured: a fast D"]) < 1.7
    for row in every_seed("11 AUC"):
        assert row["healthy, digits"] == pytest.approx(0.5, abs=0.05)
        assert 0.65 < row["200 digits"] < row["cured: R1"]
    for row in every_seed("11 coverage"):
        assert row["200 digits"] < 0.6 < row["cured: R1"]
    for row in every_seed("11 missing"):
        assert row["sorted data"] == pytest.approx(0.625, abs=0.06)
        assert max(row["healthy, points"], row["healthy, digits"]) < 0.3


def test_what_is_printed(said):
    assert re.search(r"probability of fakes, last row: 0\.73", said)
    assert "chance: 0.022" in said and "the same to the bit: True" in said
    assert re.search(r"^1e-16$", said, re.MULTILINE)
    assert said.count("diagnosis: healthy") == 5 and said.count("diagnosis: unknown") == 1
    assert len(AILMENTS) == 18
