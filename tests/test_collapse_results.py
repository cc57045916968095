"""What the committed tables of the collapse and stacked benchmarks say.

docs/results/collapse.csv and stacked.csv are made by `gan-scratch bench`, as docs/collapse.md says;
`pytest -m slow` repeats one training of the best recipe.
"""

import csv
import math
import statistics
from pathlib import Path

import pytest

from gan_scratch.benchmarks import collapse

RESULTS = Path(__file__).parent.parent / "docs" / "results"
ALL_MODES = {"ring": 8, "grid": 25}


def rows(table, **wanted):
    with open(RESULTS / table, newline="", encoding="utf-8") as file:
        found = csv.DictReader(file)
        return [row for row in found if all(row[key] == word for key, word in wanted.items())]


def column(found, name):
    return [float(row[name]) if row[name] else math.inf for row in found]


@pytest.mark.parametrize("data", collapse.DATA)
@pytest.mark.parametrize("method", collapse.CONTESTANTS)
def test_every_contestant_was_trained_from_all_its_seeds(method, data):
    found = rows("collapse.csv", method=method, data=data)
    count = 10 if method in collapse.TEN_SEEDS else 3
    assert [int(row["seed"]) for row in found] == list(range(count))
    steps = collapse.recipe_for(method, data).steps.rounds
    assert column(found, "steps") == [steps] * count


@pytest.mark.parametrize(
    ("method", "data", "quality"),
    [
        ("relativistic-r1-r2", "ring", 0.96),
        ("relativistic-r1-r2", "grid", 0.945),
        ("relativistic-r1-r2-long", "ring", 0.97),
        ("relativistic-r1-r2-long", "grid", 0.955),
    ],
)
def test_the_cured_game_finds_every_mode_from_every_seed(method, data, quality):
    found = rows("collapse.csv", method=method, data=data)
    assert set(column(found, "modes")) == {ALL_MODES[data]}
    assert statistics.mean(column(found, "high_quality")) >= quality
    assert statistics.mean(column(found, "reverse_kl")) <= {"ring": 0.02, "grid": 0.03}[data]
    assert max(column(found, "cpu_seconds")) <= (240 if method.endswith("long") else 90)


def test_the_sick_game_loses_half_of_the_ring_from_every_seed():
    assert max(column(rows("collapse.csv", method="sick", data="ring"), "modes")) <= 4


def test_the_plain_game_collapses():
    """On the grid it finds less than half of the modes, and nearly all of its samples lie there."""
    found = rows("collapse.csv", method="non-saturating", data="grid")
    assert statistics.mean(column(found, "modes")) < 12.5
    assert min(column(found, "high_quality")) >= 0.9


def test_three_stacked_digits_come_in_all_combinations():
    (row,) = rows("stacked-3.csv")
    assert int(row["modes"]) == 1000 and float(row["kl"]) <= 0.05


def test_two_stacked_digits_come_in_all_combinations():
    found = rows("stacked.csv", digits="2")
    assert len(found) == 3
    assert column(found, "modes") == [100] * 3
    assert max(column(found, "kl")) <= 0.05
    assert max(column(found, "seconds")) <= 20 * 60


@pytest.mark.slow
@pytest.mark.parametrize("data", collapse.DATA)
def test_a_training_gives_what_the_table_says(data):
    """Other processors give other bits, so the figures are near the table's only."""
    row = collapse.play(collapse.recipe_for("relativistic-r1-r2", data), seed=0)
    assert row["modes"] == ALL_MODES[data] and row["high_quality"] >= 0.93
