"""The page on a game of your own: its listings are one file, which checks, trains and goes on."""

import re
import sys
from pathlib import Path

import numpy as np
import pytest

from gan_scratch import guests, part, recipes
from gan_scratch.cli import main
from gan_scratch.gradient_check import check_game
from gan_scratch.layers import Dense, Flatten, Sequential

PAGE = Path(__file__).parents[2] / "docs" / "your-own-game.md"
*SIX, CHECKED, LEARNT = re.findall(
    r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL
)


@pytest.fixture
def tables():
    """What an imported file adds to is as before, after the test."""
    kept = [(table, dict(table)) for table in (part.KINDS, recipes.RECIPES)]
    folders = list(sys.path)
    yield
    sys.modules.pop("bars", None)
    guests.IMPORTED.clear()
    sys.path[:] = folders
    for table, before in kept:
        table.clear()
        table.update(before)


def test_the_six_listings_are_short():
    assert len(SIX) == 6
    assert all(len(listing.splitlines()) <= 70 for listing in SIX)


def test_the_command_trains_the_file_and_goes_on(tables, tmp_path, capsys):
    file, run = tmp_path / "bars.py", tmp_path / "run"
    file.write_text("\n".join(SIX), encoding="utf-8")
    command = ["--import", str(file), "train"]
    assert main([*command, "bars", "--set", "steps.rounds=4", "--out", str(run)]) == 0
    assert main([*command, "--resume", str(run), "--steps", "6"]) == 0
    assert list(run.rglob("*000006*"))


def test_its_checks_pass_and_see_a_broken_listing(tables):
    names = {"__name__": "bars"}
    exec("\n".join([*SIX, CHECKED]), names)

    source = "\n".join([*SIX, CHECKED]).replace("slope = 2 * missed", "slope = missed")
    with pytest.raises(AssertionError, match="2 times too small"):
        exec(source.replace('kind="', 'kind="broken-'), {"__name__": "bars"})


def test_a_term_that_learns(tables):
    names = {"__name__": "bars"}
    exec("\n".join([*SIX, CHECKED, LEARNT]), names)
    reader = Sequential(Flatten(), Dense(64, 8, rng=np.random.default_rng(1)))
    game = names["game"]
    game.terms = (names["NoiseReader"](reader, 0.5),)
    report = check_game(game, names["bars"](5, names["rng"]).images, game.noise(5))
    assert report.passed, report
    assert reader[1].weight.value.dtype == "float32" and "copy of the game" in report.notes[-1]
    assert any(row.quantity == "NoiseReader reader.1.weight" for row in report.rows)
