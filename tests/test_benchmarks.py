"""The benchmark measures what it says: whole steps, quiet rounds, pairs."""

import json
import sys

import pytest

from gan_scratch.benchmarks import contestants, speed
from gan_scratch.benchmarks.speed import Round
from gan_scratch.cli import main


def a_round(ours, pytorch, foreign):
    return Round(
        {"milliseconds": ours, "peak_mib": 10}, {"milliseconds": pytorch, "peak_mib": 20}, foreign
    )


def test_disturbed_rounds_are_dropped_and_the_ratio_is_the_median_of_pairs():
    found = speed.summary([
        a_round(10, 10, 0.0), a_round(30, 20, 0.05), a_round(80, 40, 0.0), a_round(1, 100, 1.0),
    ])  # fmt: skip
    assert (found["ratio"], found["quiet"], found["rounds"]) == (1.5, 3, 4)
    assert (found["ours"], found["pytorch"]) == (30, 20)
    assert (found["ours_peak"], found["pytorch_peak"]) == (10, 20)


def test_where_no_round_was_quiet_all_count_and_it_is_said():
    found = speed.summary([a_round(10, 20, 0.5), a_round(30, 20, 0.9)])
    assert (found["ratio"], found["quiet"]) == (1.0, 0)


@pytest.mark.parametrize("contestant", ["ours", "pytorch"])
@pytest.mark.parametrize("normalization", ["batch", "none"])
def test_a_contestant_prints_what_its_steps_took(contestant, normalization, monkeypatch, capsys):
    if contestant == "pytorch":
        pytest.importorskip("torch")
    words = f"contestants {contestant} --normalization {normalization} --steps 2"
    monkeypatch.setattr(sys, "argv", f"{words} --batch-size 4 --width 4".split())
    contestants.main()
    printed = json.loads(capsys.readouterr().out)
    assert 0 < printed["milliseconds"] < 60_000
    assert printed["seconds"] >= 2e-3 * printed["milliseconds"] * 0.5
    assert printed["peak_mib"] is None or printed["peak_mib"] >= 0


def test_our_step_trains_both_players():
    """A step of the benchmark that forgot a player would be fast."""
    step = contestants.ours(4, 4, "none")
    game = next(cell.cell_contents for cell in step.__closure__
                if hasattr(cell.cell_contents, "generator_optimizer"))
    before = [player.state() for player in (game.generator, game.discriminator)]
    step()
    for player, state in zip((game.generator, game.discriminator), before, strict=True):
        assert all((player.parameters()[name].value != state[name]).any()
                   for name in player.parameters())


def test_a_step_that_fails_is_one_sentence(monkeypatch):
    monkeypatch.setattr(speed.sys, "executable", sys.executable)
    with pytest.raises(RuntimeError, match="the step of nobody failed: .*invalid choice"):
        speed.measure("nobody", "batch", threads=1, steps=1)


@pytest.mark.parametrize("words", [
    "speed --rounds 0", "speed --threads 0", "collapse --seeds 0", "collapse --methods magic",
    "stacked --digits 4", "stacked --jobs 0", "nothing", "",
])
def test_bad_settings_are_refused(words, capsys):
    assert main(["bench", *words.split()]) == 2
    complaint = capsys.readouterr().err
    assert complaint.count("\n") == 1 and complaint.startswith("gan-scratch: ")
