"""What chapter 10 says, asserted on its own variables, and of its long form on the figures of every
seed and on what the committed notebook prints."""

import re

import numpy as np
import pytest
from reading import ROOT, printed

from gan_scratch.book.seeds import table
from gan_scratch.metrics.neighbours import expected_coverage

CHAPTER = "10"
DISTANCES = {"Fréchet distance", "KID", "MIND"}


@pytest.fixture(scope="module")
def said():
    return printed(ROOT / "notebooks" / "10_how_good_is_it.ipynb")


def every_seed(figure):
    rows = table(figure)
    assert sorted(rows) == [0, 1, 2, 3]
    return rows.values()


def test_four_generators_of_real_digits(chapter):
    parts, size = chapter["{n: which.tolist() for n, which in generators.items()}"], chapter["size"]
    assert {len(which) for which in parts.values()} == {size}
    known = set(chapter["thirds(np.random.default_rng(2))[0].tolist()"])  # the same split again
    assert set(parts["D"]) == known and not known & {*parts["A"], *parts["B"], *parts["C"]}
    assert len(set(parts["B"])) <= size // 2 and len(set(parts["A"])) == size
    boards = [set(parts[name][:24]) for name in "ABCD"]
    assert len(set.union(*boards)) == sum(map(len, boards))  # no image is on two of the boards
    assert not {4, 7, 9} & set(chapter["digits.labels[generators['C']].tolist()"])
    assert chapter["ratios['D']"] == 0 and abs(chapter["ratios['A']"] - 1) < 0.15


def test_no_image_is_twice_on_the_board_of_b():
    """Of the long form: 24 of 500 hold a duplicate with probability 0.42."""
    rng = np.random.default_rng(2)
    rng.permutation(9000)
    assert len(set(rng.integers(500, size=1000)[:24])) == 24


def test_equal_sets_do_not_score_1(chapter):
    equal = chapter["equal"]
    for values in equal.values():
        assert values[2] == pytest.approx(1, abs=0.3)
        assert values[3] == pytest.approx(chapter["expected"], abs=0.06)
    assert equal[2][0] > 0.95 and equal[64][0] < 0.8


def test_it_runs_clean(chapter):
    chapter.assert_runs_clean(10)


def numbers(line):
    return [float(value) for value in re.findall(r"-?\d+\.\d+|\d+", line)]


def test_what_is_printed_of_the_four(said):
    (variation,) = re.findall(r"total variation from the real shares: (.*)", said)
    assert re.search(r"'C': '0\.3\d\d'", variation)
    found = dict(re.findall(r"^(real|[A-D]) +first duplicate at (\d+) ", said, re.MULTILINE))
    assert int(found["B"]) == 26
    pairs = [int(n) for n in re.findall(r"^(?:real|[ACD]) .*\((\d+) pairs\)", said, re.MULTILINE)]
    assert len(pairs) == 4 and 3 <= min(pairs) and max(pairs) <= 20
    assert "'D': '0.00'" in said
    (negative, kids) = numbers(re.search(r".* KIDs are negative", said)[0])
    assert 0.35 < negative / kids < 0.65


def test_the_birthday_paradox():
    for row in every_seed("10 draws"):
        for count, draws in row.items():
            assert draws == pytest.approx(1.18 * float(count.replace(",", "")) ** 0.5, rel=0.12)
        assert row["365"] == pytest.approx(22.8, abs=0.8)
        assert 180 < row["30,000"] < 215


def test_equal_sets_by_dimension(said):
    rows = {int(numbers(line)[0]): numbers(line)[1:] for line in re.findall(
        r"^ +(?:2|8|64)  .*", said, re.MULTILINE)}
    for *_, density, coverage in rows.values():
        assert density == pytest.approx(1, abs=0.05) and coverage == pytest.approx(0.969, abs=0.01)
    assert min(rows[2][:2]) > 0.95 and 0.55 < max(rows[64][:2]) < 0.7
    assert expected_coverage(1000, 1000, 5) == pytest.approx(0.969, abs=0.001)
    assert expected_coverage(1000, 500, 5) == pytest.approx(0.87, abs=0.003)
    wide, narrow = (numbers(line)[1:] for line in re.findall(r"^spread .*", said, re.MULTILINE))
    assert wide[0] < 0.05 and wide[1] > 0.99
    assert narrow[0] > 0.99 and narrow[1] < 0.05 and narrow[2] > 5 and narrow[3] == 1


def test_the_shell_of_a_gaussian():
    length = np.linalg.norm(np.random.default_rng(0).standard_normal((1000, 64)), axis=1)
    assert length.mean() == pytest.approx(8, abs=0.1) and length.std() < 1


def test_what_is_noticed_from_every_seed():
    for row in every_seed("10 noticed"):
        always = {
            "half as many: coverage", "copies of the training set: nearest ratio",
            "50 new images: recall", "50 new images: birthday", "one training image: recall",
            "too narrow: recall",
        }
        sometimes = {"half as many: Fréchet distance", "50 new images: nearest ratio"}
        for name, seen in row.items():
            if name not in sometimes:
                assert seen == (name in always), name
    frechet = [row["half as many: Fréchet distance"] for row in every_seed("10 noticed")]
    ratio = [row["50 new images: nearest ratio"] for row in every_seed("10 noticed")]
    assert (sum(frechet), sum(ratio)) == (3, 1)


def test_the_table_of_the_page(said):
    assert "the same kind: all are right" in said
    assert "copies of the training set: all are right" in said
    (narrow,) = re.findall(r"^too narrow: (.*)", said, re.MULTILINE)[:1]
    assert {"KID", "coverage", "clipped coverage"} <= set(narrow.split(", "))
    assert "recall" not in narrow.split(", ")


def test_precision_is_best_early_and_short_noise_betters_it():
    for row in every_seed("10 a generator"):
        assert row["early: precision"] > row["end: precision"]
        assert row["early: density"] > row["end: density"] and row["early: recall"] <= 0.28
        assert row["early: clipped density"] < row["end: clipped density"]
        assert row["early: Fréchet distance"] > 2 * row["end: Fréchet distance"]
        assert row["short z: precision"] > 0.9 and row["short z: density"] > 1
        assert row["short z: Fréchet distance"] > 2 * row["end: Fréchet distance"]
        assert row["short z: recall"] < 0.3 and row["end: recall"] == pytest.approx(0.6, abs=0.04)


def test_early_fakes_lie_in_large_balls_only(said):
    for row in every_seed("10 fakes"):
        assert row["early: classifier sure"] == pytest.approx(1 / 3, abs=0.05)
        assert row["early: in a small ball"] == pytest.approx(0.1, abs=0.02)
        assert row["end: in a small ball"] == pytest.approx(0.25, abs=0.04)
    real = numbers(re.findall(r"^real +in a ball .*", said, re.MULTILINE)[0])
    assert real[1] == pytest.approx(0.5, abs=0.04)
    mixed = numbers(re.findall(r"^half rubbish: prec.*", said, re.MULTILINE)[0])
    density, coverage, *clipped = mixed[2:]
    assert density == pytest.approx(0.5, abs=0.07) and coverage > 0.8
    assert clipped == pytest.approx([0.5, 0.5], abs=0.07)


def test_the_table_of_the_generator(said):
    def row(figure):
        return numbers(re.findall(rf"^{figure} .*±.*", said, re.MULTILINE)[0])

    real, _, early, _, end, _ = row("Fréchet distance")
    assert (round(early), round(end), round(real, 1)) == (55, 18, 1.8)
    assert row("precision")[0] < 0.91
    assert min(row("nearest ratio")[2:]) > 1


def test_it_costs_less_than_a_second_each(said):
    assert len(re.findall(r"^.* +\d\.\d\d s$", said, re.MULTILINE)) == 9
