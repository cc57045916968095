"""What docs/results/sanity-checks.csv says of the figures, and that it is still so."""

import csv
from pathlib import Path

import pytest
from sanity_checks import CASES, KINDS, SEEDS, drawn, right

TABLE = Path(__file__).parents[2] / "docs" / "results" / "sanity-checks.csv"
DISTANCES = {"Fréchet distance", "KID", "MIND"}
COVERS = {"coverage", "clipped coverage"}

# Everything that any figure gets wrong.
WRONG = {
    "half as many fakes": {"Fréchet distance", "MIND", "coverage"},
    "features in other units": DISTANCES,
    "one real outlier": DISTANCES,
    "one fake outlier": DISTANCES,
    "too wide": {"KID"},
    "too narrow": {"KID", "MIND"} | COVERS,
    "features shuffled": {"recall"},
    "half at one real outlier": {"precision"},
    "1 of 10 modes dropped": {"clipped coverage"},
    "1 of 10 modes half as often": DISTANCES | COVERS | {"recall"},
    "one sample, over and over": {"density", "clipped density"},
}


def table():
    with open(TABLE, encoding="utf-8", newline="") as file:
        return {(row["case"], row["figure"]): row for row in csv.DictReader(file)}


def test_every_case_has_a_row_for_every_figure():
    rows = table()
    assert list(rows) == [(case, figure) for case in CASES for figure in KINDS]
    assert len(CASES) >= 12
    for (case, figure), row in rows.items():
        expected = CASES[case].noticed.get(KINDS[figure][0])
        assert row["should notice"] == {True: "yes", False: "no", None: ""}[expected]
        assert int(row["of"]) == SEEDS


def test_what_they_get_wrong_is_this_and_no_more():
    wrong = {}
    for (case, figure), row in table().items():
        if right(row) is False:
            wrong.setdefault(case, set()).add(figure)
    assert wrong == WRONG


def test_only_the_nearest_ratio_sees_copies_and_only_the_birthday_what_repeats():
    rows = table()
    noticed = {
        figure for figure in KINDS
        if int(rows["copies of the training set", figure]["noticed"]) >= 4
    }
    assert noticed == {"nearest ratio"}
    assert rows["50 new samples, over and over", "nearest ratio"]["noticed"] == "0"
    size = float(rows["50 new samples, over and over", "birthday size"]["value"])
    assert size == pytest.approx(1.18 * 50**0.5, rel=0.1)


def test_a_generator_too_narrow_covers_everything():
    rows = table()
    assert float(rows["too narrow", "density"]["value"]) > 7
    for figure in COVERS:
        assert float(rows["too narrow", figure]["value"]) > 0.999
    assert float(rows["too narrow", "recall"]["value"]) < 0.05


@pytest.mark.parametrize("case", ["too narrow", "one sample, over and over"])
def test_a_case_drawn_again_has_the_figures_of_the_table(case):
    rows = table()
    for figure, value in drawn(case, 0).items():
        expected = float(rows[case, figure]["seed 0"])
        assert value == pytest.approx(expected, rel=0.01, abs=1e-9), figure
