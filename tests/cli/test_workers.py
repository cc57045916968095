"""How many processes share a batch: what the command chooses, what it records, what it says."""

import json

import pytest

from gan_scratch.cli import main
from gan_scratch.layers.layer import layers_inside
from gan_scratch.recipes import RECIPES
from gan_scratch.training import checkpoints, sharing

SHORT = ["--steps", "4", "--batch-size", "16"]


@pytest.fixture
def say(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)

    def run(*words):
        code = main([str(word) for word in words])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def weights(folder):
    return checkpoints.digest(checkpoints.read(f"{folder}/checkpoint.gan")["training"]["game"])


def test_a_run_records_its_workers_and_keeps_them(say):
    code, out, err = say("train", *SHORT, "--workers", 2, "--out", "run")
    assert (code, err) == (0, "")
    assert "4 steps into run, 2 workers" in out
    with open("run/recipe.json", encoding="utf-8") as file:
        assert json.load(file)["workers"] == 2
    code, out, err = say("train", "--resume", "run", "--steps", 6)
    assert code == 0
    assert "the bits may differ" not in err
    assert ", 2 workers" in out


def test_another_number_of_workers_is_said(say):
    say("train", *SHORT, "--workers", 2, "--out", "run")
    code, out, err = say("train", "--resume", "run", "--steps", 6, "--workers", 1)
    assert code == 0
    assert "the bits may differ from a run without a stop: workers was 2, is 1" in err
    assert "workers" not in out


def test_the_same_number_of_workers_gives_the_same_bits(say):
    for folder in ("one", "other"):
        assert say("train", *SHORT, "--workers", 2, "--out", folder)[0] == 0
    assert weights("one") == weights("other")


@pytest.mark.parametrize("given", ["0", "-1"])
def test_no_workers_are_refused(say, given):
    code, out, err = say("train", *SHORT, "--workers", given, "--out", "run")
    assert (code, out) == (2, "")
    assert f"--workers must be a whole number from 1 to 1,024, got '{given}'" in err
    assert err.count("\n") == 1


def test_the_recipes_work_and_the_cores_decide(monkeypatch):
    chosen = {}
    for cores in (1, 2, 16):
        monkeypatch.setattr(sharing, "allowed_cores", lambda cores=cores: cores)
        for name, shape in (("mlp-digits", (28, 28, 1)), ("dcgan-digits", (28, 28, 1)),
                            ("mlp-digits", (2,))):
            game = RECIPES[name].game(shape, seed=0)
            found = sharing.fitting(game, RECIPES[name].data.batch_size)
            chosen[cores, name, len(shape)] = found
    assert {count for (cores, *_), count in chosen.items() if cores == 1} == {1}
    assert chosen[2, "mlp-digits", 3] == chosen[2, "dcgan-digits", 3] == 2
    assert chosen[16, "dcgan-digits", 3] == 8  # shares of 8 samples
    assert {count for (_, _, axes), count in chosen.items() if axes == 1} == {1}  # points: short


def test_counting_the_work_leaves_no_trace():
    game = RECIPES["conditional-digits"].game((28, 28, 1), 10, seed=0)

    def traces():
        attributes = [sorted(vars(layer)) for layer in layers_inside(game.generator)]
        return checkpoints.digest(game.state()), attributes

    before = traces()
    sharing.multiplications(game)
    assert traces() == before
