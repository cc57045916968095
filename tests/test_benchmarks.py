"""The benchmark measures what it says: whole steps, quiet rounds, pairs."""

import csv
import importlib.util
import json
import sys

import pytest

from gan_scratch.benchmarks import contestants, convolution, peers, speed
from gan_scratch.benchmarks.contestants import CONTESTANTS, MODELS, Model
from gan_scratch.benchmarks.speed import Round
from gan_scratch.cli import main

TINY = {
    "tiny-mlp": Model((28, 28, 1), 0, 4),
    "tiny-28": Model((28, 28, 1), 4, 4),
    "tiny-64": Model((64, 64, 3), 4, 2),
    "tiny-r1-r2": Model((28, 28, 1), 4, 4, gamma=1.0),
}


@pytest.fixture(autouse=True)
def tiny(monkeypatch):
    for name, model in TINY.items():
        monkeypatch.setitem(MODELS, name, model)


def a_round(ours, pytorch, foreign, peak=1e9):
    return Round(
        {
            "ours": {"milliseconds": ours, "peak_mib": 10},
            "pytorch": {"milliseconds": pytorch, "peak_mib": 20},
        },
        foreign,
        peak,
    )


def summary(measured):
    return speed.summary(measured, "tiny-28", 4, 2, fastest=1e9)


def test_disturbed_rounds_are_dropped_and_the_ratio_is_the_median_of_pairs():
    ours, pytorch = summary([
        a_round(10, 10, 0.0), a_round(30, 20, 0.05), a_round(80, 40, 0.0), a_round(1, 100, 1.0),
        a_round(100, 1, 0.0, peak=0.8e9),
    ])  # fmt: skip
    assert (pytorch["ours_through_theirs"], pytorch["quiet"], pytorch["rounds"]) == (1.5, 3, 5)
    assert (ours["milliseconds"], pytorch["milliseconds"]) == (30, 20)
    assert (ours["peak_mib"], pytorch["peak_mib"]) == (10, 20)


def test_where_no_round_was_quiet_all_count_and_it_is_said():
    _, pytorch = summary([a_round(10, 20, 0.5), a_round(30, 20, 0.9)])
    assert (pytorch["ours_through_theirs"], pytorch["quiet"]) == (1.0, 0)


def test_the_share_of_the_peak_counts_the_products_of_the_step():
    ours, _ = summary([a_round(10, 20, 0.0)])
    operations = 2 * contestants.multiplications(MODELS["tiny-28"], 4)
    assert ours["share_of_peak"] == pytest.approx(operations / 0.010 / 1e9, rel=1e-3, abs=5e-4)


@pytest.mark.parametrize("model", ["tiny-mlp", "tiny-28", "tiny-64"])
def test_multiplications_are_those_that_pytorch_counts(model):
    pytest.importorskip("torch")
    from torch.utils.flop_counter import FlopCounterMode

    from gan_scratch.benchmarks import in_pytorch

    step = in_pytorch.steps(MODELS[model], 4, "pytorch-tuned")
    with FlopCounterMode(display=False) as counter:
        next(step)
    assert counter.get_total_flops() == 2 * contestants.multiplications(MODELS[model], 4)


@pytest.mark.parametrize("contestant", CONTESTANTS)
@pytest.mark.parametrize("model", TINY)
def test_a_contestant_prints_what_its_steps_took(contestant, model, monkeypatch, capsys):
    if importlib.util.find_spec(CONTESTANTS[contestant].package) is None:
        pytest.skip(f"{contestant} is not installed")
    if not contestants.can_play(contestant, MODELS[model]):
        pytest.skip("this library has no gradient of a gradient")
    monkeypatch.setattr(contestants, "LEAST_SECONDS", 0)
    monkeypatch.setattr(sys, "argv", f"contestants {contestant} {model} --steps 2".split())
    contestants.main()
    printed = json.loads(capsys.readouterr().out)
    assert 0 < printed["milliseconds"] < 60_000
    assert printed["seconds"] >= 1e-3 * printed["milliseconds"]
    assert printed["peak_mib"] is None or printed["peak_mib"] >= 0


@pytest.mark.parametrize("model", TINY)
def test_our_step_trains_both_players(model):
    """A step of the benchmark that forgot a player would be fast."""
    step = contestants.steps(MODELS[model], 4)
    game = next(step).game
    before = [player.state() for player in (game.generator, game.discriminator)]
    next(step)
    for player, state in zip((game.generator, game.discriminator), before, strict=True):
        parameters = player.parameters()
        if MODELS[model].gamma and player is game.discriminator:
            parameters.popitem()  # a bias of all scores: differences of scores do not know it
        assert all((held.value != state[name]).any() for name, held in parameters.items())


@pytest.mark.parametrize("model", ["tiny-mlp", "tiny-28", "tiny-64", "tiny-r1-r2"])
def test_all_play_with_players_of_the_same_size(model):
    pytest.importorskip("torch")
    from gan_scratch.benchmarks import in_pytorch

    game = next(contestants.steps(MODELS[model], 4)).game
    for ours, theirs in zip(
        (game.generator, game.discriminator), in_pytorch.players(MODELS[model]), strict=True
    ):
        mine = sorted(p.value.size for p in ours.parameters().values())
        assert mine == sorted(p.numel() for p in theirs.parameters())


def test_a_step_that_fails_is_one_sentence():
    with pytest.raises(RuntimeError, match="the step of nobody mlp failed: .*invalid choice"):
        speed.measure(1, "nobody", "mlp")


def test_the_ways_of_a_convolution_agree(monkeypatch):
    monkeypatch.setattr(convolution, "IMAGES", 2)
    monkeypatch.setattr(convolution, "SIZE", 8)
    found = list(convolution.rows(threads=2, repeats=1))
    assert [row["threads"] for row in found[: len(convolution.WAYS)]] == [1] * 5
    assert all(0 < row["error"] < 1e-5 and row["seconds"] > 0 for row in found)
    others = [(row["way"], row["threads"]) for row in found[len(convolution.WAYS) :]]
    assert others == [
        (name, threads) for name, peer in peers.PEERS.items() if peer.installed
        for threads in ((1, 2) if peer.threads else (1,))
    ]


def test_a_slow_way_is_run_once_and_the_fastest_of_others_counts(monkeypatch):
    times = iter([(3.0, 1.0), (2.0, 5.0), (4.0, 4.0)])
    assert convolution.fastest(lambda: ("results", next(times)), 3) == ([2.0, 1.0], "results")
    monkeypatch.setattr(convolution, "LONGEST", 0)
    assert convolution.fastest(lambda: ("results", (3.0, 1.0)), 3) == ([3.0, 1.0], "results")


def test_the_command_writes_its_table(tmp_path, monkeypatch, capsys):
    """Two rounds of a small step in other processes."""
    monkeypatch.setattr(
        speed, "measure", lambda threads, *words: (
            {"milliseconds": 2.0, "peak_mib": 3.0, "operations_a_second": 1e11}, 0.0
        )
    )  # fmt: skip
    out, picture = tmp_path / "speed.csv", tmp_path / "speed.png"
    words = f"bench speed --models mlp --against pytorch --rounds 2 --out {out} --picture {picture}"
    pytest.importorskip("torch")
    assert main(words.split()) == 0
    with open(out, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["contestant"] for row in rows] == ["ours", "pytorch"]
    assert {float(row["ours_through_theirs"]) for row in rows} == {1.0}
    assert "| mlp | 128 |" in capsys.readouterr().out
    assert picture.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("words", [
    "speed --rounds 0", "speed --threads 0", "speed --batch-sizes 0", "speed --models magic",
    "speed --against magic", "collapse --seeds 0", "collapse --methods magic",
    "stacked --digits 4", "stacked --jobs 0", "nothing", "",
])
def test_bad_settings_are_refused(words, capsys):
    assert main(["bench", *words.split()]) == 2
    complaint = capsys.readouterr().err
    assert complaint.count("\n") == 1 and complaint.startswith("gan-scratch: ")
