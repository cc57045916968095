"""The benchmark measures what it says: the same game in both libraries, quiet rounds, pairs."""

import functools
import importlib.util
import json
import subprocess
import sys

import numpy as np
import pytest

from gan_scratch.benchmarks import contestants, convolution, peers, speed
from gan_scratch.benchmarks.contestants import CONTESTANTS, MODELS, WIDE, Model
from gan_scratch.benchmarks.speed import Setting
from gan_scratch.cli import main
from gan_scratch.exchange import to_state_dict
from gan_scratch.game import Game

SHIPPED = [name for name in MODELS if MODELS[name].shipped]
TINY = {
    "tiny-mlp": Model(MODELS["mlp"].recipe.but(data={"batch_size": 4})),
    "tiny-28": Model(WIDE.but(players={"width": 4}, data={"batch_size": 4})),
    "tiny-64": Model(WIDE.but(players={"width": 4}, data={"batch_size": 2}), (64, 64, 3)),
    "tiny-r1-r2": Model(MODELS["dcgan-28-r1-r2"].recipe.but(
        players={"width": 4}, data={"batch_size": 4},
    )),
}


@pytest.fixture(autouse=True)
def tiny(monkeypatch):
    for name, model in TINY.items():
        monkeypatch.setitem(MODELS, name, model)


# The twins.


@pytest.mark.parametrize("name", ["pytorch", "pytorch-tuned"])
@pytest.mark.parametrize("model", [*SHIPPED, *TINY])
def test_the_twin_in_pytorch_plays_the_same_game(model, name, monkeypatch):
    """The rounds that are timed, in double precision: from the same weights, real samples and noise
    come the same losses and weights, in a round with penalties and in one that leaves them out.
    (Where a gradient is near 0, Adam moves the weight by 4e5 times what rounding does to it.)"""
    torch = pytest.importorskip("torch")
    from gan_scratch.benchmarks import in_pytorch

    monkeypatch.setattr(Model, "game", functools.partialmethod(Model.game, "float64"))
    drawn, latents = [], Game.latents
    monkeypatch.setattr(
        Game, "latents", lambda game, *more: drawn.append(latents(game, *more)) or drawn[-1]
    )
    model = MODELS[model]
    twin = in_pytorch.Twin(model, tuned=name == "pytorch-tuned")
    start = twin.generator[0].weight.detach().clone()
    ours = contestants.steps(model, 8)
    for _ in range(2):
        event = next(ours)
        noise = [torch.from_numpy(z) for z in drawn]
        real = event.real.values.astype("float64")
        losses = twin.play(in_pytorch.as_images(real, twin.layout), *noise)
        drawn.clear()
        assert losses[0] == pytest.approx(float(event.discriminator_loss), abs=1e-10)
        assert losses[1] == pytest.approx(float(event.generator_loss), abs=1e-10)
        game = event.game
        pairs = [(game.generator, twin.generator), (game.discriminator, twin.discriminator)]
        if game.average:
            pairs.append((game.average.model, twin.average))
        for player, theirs in pairs:
            shape = model.shape if player is game.discriminator else None
            state = to_state_dict(player, shape)
            for path, parameter in theirs.named_parameters():
                np.testing.assert_allclose(parameter.detach(), state[path], rtol=0, atol=1e-10)
    assert (twin.generator[0].weight != start).all()


# A contestant by itself.


@pytest.mark.parametrize("contestant", CONTESTANTS)
@pytest.mark.parametrize("model", TINY)
def test_a_contestant_prints_what_its_rounds_took(contestant, model, monkeypatch, capsys):
    if importlib.util.find_spec(CONTESTANTS[contestant].package) is None:
        pytest.skip(f"{contestant} is not installed")
    monkeypatch.setattr(sys, "argv", f"contestants {contestant} {model} --seconds 0".split())
    if not contestants.can_play(contestant, MODELS[model]):
        with pytest.raises(SystemExit, match="cannot play"):
            contestants.main()
        return
    contestants.main()
    printed = json.loads(capsys.readouterr().out)
    assert 0 < printed["milliseconds"] < 60_000
    assert printed["mib"] is None or printed["mib"] >= 0


def test_whole_periods_are_timed_and_their_mean_counts(monkeypatch):
    clock = [0.0]
    monkeypatch.setattr(contestants.time, "perf_counter", lambda: clock[0])

    def rounds():
        for index in range(100):
            clock[0] += 4.0 if index % 4 == 0 else 1.0
            yield

    begun = []
    found = contestants.timed(rounds(), 10, period=4, ready=lambda: begun.append(clock[0]))
    assert begun == [6.0]  # three rounds are not timed
    assert found["milliseconds"] == 1000 * 14 / 8  # 10 seconds are over after 5 rounds


def test_the_command_is_timed_as_it_is_shipped_and_stopped(monkeypatch):
    monkeypatch.setattr(contestants, "LINES_READ", 1)
    words = ["mlp-digits", "--steps", "2000", "--batch-size", "4"]
    assert 0 < contestants.timed_command(words)["milliseconds"] < 10_000
    with pytest.raises(RuntimeError, match="ended with 2 and 0 lines"):
        contestants.timed_command(["nothing-of-this-name"])


@pytest.mark.parametrize("name, words", [
    ("command", ["--workers", "3"]), ("command-default", []),
])  # fmt: skip
def test_the_command_is_given_its_workers_or_left_to_choose(name, words, monkeypatch, capsys):
    given = []
    monkeypatch.setattr(contestants, "timed_command", lambda words: given.append(words) or {})
    monkeypatch.setattr(sys, "argv", f"contestants {name} dcgan-digits --cores 3".split())
    contestants.main()
    assert given == [["dcgan-digits", "--batch-size", "64", *words]]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells")
def test_the_memory_of_worker_processes_counts():
    before = contestants.children_mib()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE):
        assert contestants.children_mib() > before
        during = contestants.children_mib()
    assert contestants.children_mib() < during


def test_ours_is_told_how_many_workers_there_are(monkeypatch):
    given = []
    monkeypatch.setattr(contestants, "train", lambda *game, **how: given.append(how) or ())
    for cores in (1, 2):
        contestants.steps(MODELS["tiny-mlp"], 4, cores=cores)
    assert [how.get("workers") for how in given] == [None, 2]


def test_neighbours_and_copies_run_meanwhile_and_not_afterwards(monkeypatch):
    started = []

    class Popen(subprocess.Popen):
        def __init__(self, words, **how):
            started.append(self)
            super().__init__(words, **how)

    monkeypatch.setattr(speed.subprocess, "Popen", Popen)
    found, foreign = speed.measure("ours", "mlp", "--seconds", 0, neighbours=1, at_once=2)
    assert len(found) == 2 and all(copy["milliseconds"] > 0 for copy in found) and foreign >= 0
    assert [process.args[1] for process in started] == ["-c", "-m", "-m"]
    assert [process.returncode for process in started] == [-9, 0, 0]


def test_a_round_that_fails_is_one_sentence():
    with pytest.raises(RuntimeError, match="the round of nobody mlp failed: .*invalid choice"):
        speed.measure("nobody", "mlp")


# What is made of the measurements.


def rows_of(setting, index, foreign=0.0, peak=1e9, **milliseconds):
    """The rows of one round; a list for the copies of one that runs several times."""
    return [
        {**setting._asdict(), "round": index, "contestant": name, "copy": copy,
         "milliseconds": float(each), "mib": 10.0 + copy, "foreign": foreign, "peak": peak}
        for name, given in milliseconds.items()
        for copy, each in enumerate(given if isinstance(given, list) else [given])
    ]  # fmt: skip


ALONE = Setting("tiny-28", 4, 2)


def test_disturbed_rounds_are_dropped_and_the_ratio_is_the_median_of_pairs():
    ours, pytorch = speed.summary([
        *rows_of(ALONE, 0, ours=10, pytorch=10),
        *rows_of(ALONE, 1, foreign=0.05, ours=30, pytorch=20),
        *rows_of(ALONE, 2, ours=80, pytorch=40),
        *rows_of(ALONE, 3, foreign=1.0, ours=1, pytorch=100),
        *rows_of(ALONE, 4, peak=0.8e9, ours=100, pytorch=1),
    ])
    assert (pytorch["ours_through_theirs"], pytorch["quiet"], pytorch["rounds"]) == (1.5, 3, 5)
    assert (ours["milliseconds"], pytorch["milliseconds"], ours["mib"]) == (30, 20, 10)


def test_where_no_round_was_quiet_all_count_and_it_is_said():
    _, pytorch = speed.summary([
        *rows_of(ALONE, 0, foreign=0.5, ours=10, pytorch=20),
        *rows_of(ALONE, 1, foreign=0.9, ours=30, pytorch=20),
    ])
    assert (pytorch["ours_through_theirs"], pytorch["quiet"]) == (1.0, 0)


def test_what_runs_beside_others_is_compared_with_what_it_does_alone():
    lines = speed.summary([
        *rows_of(ALONE, 0, ours=10, command=20), *rows_of(ALONE, 1, ours=12),
        *rows_of(ALONE._replace(neighbours=1), 0, ours=15),
        *rows_of(ALONE._replace(at_once=2), 0, ours=[20, 30]),
        *rows_of(ALONE._replace(at_once=2), 1, ours=[24, 24]),
        *rows_of(ALONE, 2, foreign=1.0, ours=1), *rows_of(ALONE._replace(at_once=2), 2, ours=24),
    ])
    found = {(speed.key_of(line).beside(), line["contestant"]): line for line in lines}
    assert found["", "ours"]["of_alone"] is None
    assert found["1 busy", "ours"]["of_alone"] == 0.667
    twice = found["2 at once", "ours"]
    assert twice["of_alone"] == pytest.approx(((10 / 20 + 10 / 30) + 1) / 2, abs=1e-3)
    assert twice["milliseconds"] == 24
    assert [text.count("\n") for text in speed.tables(lines)] == [1 + 2, 1 + 2]


def test_the_file_says_what_it_was_made_by_and_gives_the_same_rows(tmp_path):
    rows = rows_of(ALONE, 0, ours=10.5, pytorch=[20, 21])
    rows[0]["mib"] = None
    speed.write(tmp_path / "speed.csv", ["gan-scratch bench speed", "and again"], rows)
    assert speed.read(tmp_path / "speed.csv") == (["gan-scratch bench speed", "and again"], rows)
    heading = ",".join(speed.COLUMNS).encode()
    for other in (
        b"model,threads\nmlp,2\n", bytes(range(256)), heading + b"\nmlp,two" + 10 * b",1\n",
        heading + b"\nmlp,2\n", heading + b"\n\x00",
    ):
        (tmp_path / "other.csv").write_bytes(other)
        with pytest.raises(ValueError, match="other.csv holds no rows of bench speed; remove it"):
            speed.read(tmp_path / "other.csv")


def test_the_command_goes_on_where_its_file_ends(tmp_path, monkeypatch, capsys):
    pytest.importorskip("torch")
    measured = []

    def measure(contestant, model, *words, cores, neighbours=0, at_once=1):
        if model != "product":
            measured.append((contestant, cores, neighbours, at_once))
            return [{"milliseconds": 2.0, "mib": 3.0}] * at_once, 0.0
        return [{"operations_a_second": 1e11}], 0.0

    monkeypatch.setattr(speed, "measure", measure)
    out, picture = tmp_path / "speed.csv", tmp_path / "speed.png"
    words = f"bench speed --models mlp --against pytorch --cores 5 --out {out}".split()
    assert main([*words, "--rounds", "2"]) == 0
    assert measured == [(name, 5, 0, 1) for name in ("ours", "pytorch", "pytorch", "ours")]
    line = "| mlp | 128 | 5 |  | pytorch | 2.0 | 1.00 | – | – | 3 | 2 of 2 |"
    assert line in capsys.readouterr().out
    measured.clear()
    more = ["--rounds", "2", "--at-once", "2", "--picture", str(picture)]
    assert main([*words, *more]) == 0
    assert measured == [(name, 5, 0, 2) for name in ("ours", "pytorch", "pytorch", "ours")]
    assert "| mlp | 128 | 5 | 2 at once | ours | 2.0 | 1.00 | – | 2.00 |" in capsys.readouterr().out
    measured.clear()
    assert main([*words, *more]) == 0 and not measured
    commands, rows = speed.read(out)
    assert len(rows) == 2 * 2 * (1 + 2) and len(commands) == 2
    assert commands[0] == (
        "gan-scratch bench speed --models mlp --against pytorch --cores 5 --neighbours 0 "
        "--at-once 1 --rounds 2 --seconds 2"
    )
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_a_part_of_a_round_that_is_missing_is_measured_again(monkeypatch):
    monkeypatch.setattr(speed, "peak", lambda cores: 1e9)
    monkeypatch.setattr(speed, "measure", lambda *words, **how: ([{"milliseconds": 1.0}], 0.0))
    known = rows_of(ALONE, 0, ours=1, pytorch=1) + rows_of(ALONE, 1, ours=1)
    found = list(speed.rounds(2, [ALONE], lambda setting: ["ours", "pytorch"], 1, known))
    ((setting, rows),) = found
    assert setting == ALONE and {row["round"] for row in rows} == {1} and len(rows) == 2


def test_wide_models_are_timed_beside_others_only_where_they_are_named(monkeypatch, tmp_path):
    timed = set()

    def rounds(count, settings, *more):
        timed.update((setting.model, setting.beside()) for setting in settings)
        return iter(())

    monkeypatch.setattr(speed, "rounds", rounds)
    words = "bench speed --neighbours 1 --at-once 2".split()
    assert main(words) == 0
    assert {("mlp", ""), ("mlp-digits", "1 busy"), ("mlp-digits", "2 at once")} <= timed
    assert ("mlp", "1 busy") not in timed
    assert main([*words, "--models", "mlp"]) == 0 and ("mlp", "1 busy") in timed


# One convolution.


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


@pytest.mark.parametrize("words", [
    "speed --rounds 0", "speed --cores 0", "speed --batch-sizes 0", "speed --models magic",
    "speed --against magic", "speed --neighbours -1", "speed --at-once 0", "speed --seconds 0",
    "collapse --seeds 0", "collapse --methods magic", "stacked --digits 4", "stacked --jobs 0",
    "nothing", "",
])
def test_bad_settings_are_refused(words, capsys):
    assert main(["bench", *words.split()]) == 2
    complaint = capsys.readouterr().err
    assert complaint.count("\n") == 1 and complaint.startswith("gan-scratch: ")
