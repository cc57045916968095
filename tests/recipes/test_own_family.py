"""A new kind of game adds a file, and touches none of the library: that of the documentation."""

import json
import re
import sys
from pathlib import Path

import numpy as np
import pytest

from gan_scratch import guests, part, recipes, runs
from gan_scratch.cli import main
from gan_scratch.datasets import Dataset
from gan_scratch.optimizers import RMSprop
from gan_scratch.training import play

PAGE = Path(__file__).parents[2] / "docs" / "your-own-recipes.md"
CODE = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


@pytest.fixture
def family(tmp_path):
    path = tmp_path / "blobs.py"
    path.write_text(CODE[1], encoding="utf-8")
    return path


@pytest.fixture
def stranger():
    """Calls the command as a process would that knows nothing of blobs.py yet."""
    known, named, folders = dict(part.KINDS), dict(recipes.RECIPES), list(sys.path)

    def forget():
        sys.modules.pop("blobs", None)
        guests.IMPORTED.clear()
        sys.path[:] = folders
        for table, before in ((part.KINDS, known), (recipes.RECIPES, named)):
            table.clear()
            table.update(before)

    def say(*words):
        forget()
        return main([str(word) for word in words])

    yield say
    forget()


def test_the_ways_to_change_a_recipe():
    names = {}
    exec(CODE[0], names)
    assert names["wider"].players.width == 32 and names["recipe"].players.width == 16
    assert names["both"].penalties.r2 == 0.5 and names["game"].step == 0


def test_other_parts_of_ones_own():
    names = {"__name__": "other_parts"}
    known = dict(part.KINDS)
    try:
        exec(CODE[2], names)
        recipe = part.make(json.loads(json.dumps(names["mine"].settings())))
        assert recipe == names["mine"] and recipe.schedule(0.6) == 0.5
        data = Dataset("noise", images=np.random.default_rng(0).random((20, 4, 4, 1)),
                       value_range=(0, 1))  # fmt: skip
        game = recipe.but(players={"hidden": (6,)}).game((4, 4, 1), seed=0)
        before = game.discriminator.state()
        play(game, data, steps=2, batch_size=8, schedule=recipe.schedule)
        assert isinstance(game.discriminator_optimizer, RMSprop)
        assert isinstance(game.penalties[0], names["NearReal"])
        assert any((before[name] != now).any() for name, now in game.discriminator.state().items())
    finally:
        part.KINDS.clear()
        part.KINDS.update(known)


def test_it_trains_goes_on_draws_and_is_judged(stranger, family, tmp_path, capsys):
    run = tmp_path / "run"
    train = ["--import", family, "train"]
    assert stranger(*train, "blobs", "--set", "players.channels=2", "--out", run) == 0
    assert "with players.channels = 2\n" in capsys.readouterr().out
    assert f"--import {family} train --resume" in (run / "report.html").read_text()
    stored = json.loads((run / "recipe.json").read_text())["settings"]
    assert stored["players"] == {"kind": "one-convolution", "latent": 5, "channels": 2}
    assert stored["objective"] == {"kind": "louder", "by": 3.0}
    assert stranger(*train, "--resume", run, "--steps", 8) == 0
    assert runs.load_game(run).step == 8 and runs.load_game(run).objective.by == 3.0
    for command in ("sample", "report", "evaluate"):
        assert stranger("--import", family, command, run) == 0
    again = tmp_path / "again"
    assert stranger(*train, run / "recipe.json", "--out", again) == 0
    assert json.loads((again / "recipe.json").read_text())["settings"] == {
        **stored, "steps": {**stored["steps"], "rounds": 8}
    }


def test_a_command_that_does_not_know_it_says_what_to_import(stranger, family, tmp_path, capsys):
    run = tmp_path / "run"
    assert stranger("--import", family, "train", "blobs", "--out", run) == 0
    before = (run / "checkpoint.gan").read_bytes()
    for words in (["sample", run], ["train", "--resume", run], ["train", run / "recipe.json"]):
        assert stranger(*words) == 2
        told = capsys.readouterr().err
        assert "unknown kind of part 'blobs'" in told and "--import FILE" in told
    assert (run / "checkpoint.gan").read_bytes() == before
    assert stranger("train", "blobs") == 2
    assert "unknown recipe 'blobs'; choose one of mlp-digits" in capsys.readouterr().err


@pytest.mark.parametrize("content, sentence", [
    (None, "there is no file"),
    ("RECIPES = (1,)", "RECIPES holds 1, which is no recipe"),
    ("RECIPES = 1", "must have RECIPES, a tuple of recipes; got 1"),
    ("", "must have RECIPES, a tuple of recipes; got None"),
    ("x = 1\nimport nothing_like_it", "line 2, cannot be imported: ModuleNotFoundError"),
    ("from gan_scratch.recipes import find\nRECIPES = [find('mlp-digits').but(summary='x')]",
     "there is another recipe called mlp-digits"),
    ("from gan_scratch.part import Part\nclass Mine(Part, kind='mlp'): pass",
     "mlp is the kind of gan_scratch.models.mlp.Players"),
])  # fmt: skip
def test_a_file_that_cannot_be_used_is_one_sentence(stranger, tmp_path, capsys, content, sentence):
    file = tmp_path / "unusable_family.py"
    if content is not None:
        file.write_text(content)
    assert stranger("--import", file, "recipes") == 2
    assert sentence in capsys.readouterr().err
    sys.modules.pop("unusable_family", None)


def test_a_file_with_the_name_of_a_module_is_refused(stranger, tmp_path, capsys):
    (tmp_path / "json.py").write_text("RECIPES = ()")
    assert stranger("--import", tmp_path / "json.py", "recipes") == 2
    assert "has the name of another module, json" in capsys.readouterr().err


@pytest.mark.parametrize("words, sentence", [
    (["--set", "data.size=9"], "one-convolution halves images, got (9, 9, 1)"),
    (["--set", "data.name=digits"], "blobs: name must be another than that of a data set"),
    (["--set", "objective=3"], "unknown objective '3'"),
    (["--set", "steps.rounds=3", "--set", "data.latent=3"], "blobs has no setting 'latent'"),
])  # fmt: skip
def test_what_does_not_fit_the_family_is_said_before_anything_is_written(
    stranger, family, tmp_path, capsys, words, sentence
):
    run = tmp_path / "run"
    assert stranger("--import", family, "train", "blobs", *words, "--out", run) == 2
    assert sentence in capsys.readouterr().err and not (run / "checkpoint.gan").exists()


def test_a_fault_in_the_file_is_said_to_be_there(stranger, family, tmp_path, capsys):
    family.write_text(family.read_text().replace("centres[:, 0]", "centers[:, 0]"))
    assert stranger("--import", family, "train", "blobs", "--out", tmp_path / "run") == 2
    told = capsys.readouterr().err
    assert "NameError" in told and f"most likely a mistake in {family}" in told


def test_other_data_take_the_place_of_the_familys(stranger, family, tmp_path, capsys):
    run, train = tmp_path / "run", ["--import", family, "train"]
    assert stranger(*train, "blobs", "--data", "digits", "--steps", 2, "--out", run) == 0
    stored = json.loads((run / "recipe.json").read_text())
    assert stored["data"] == "digits" and stored["settings"]["data"]["kind"] == "data"
    assert "9000 images of 28×28×1" in capsys.readouterr().out
    assert stranger(*train, "blobs", "--out", tmp_path / "own") == 0
    assert stranger(*train, "--resume", tmp_path / "own", "--data", "digits") == 2
    assert "own is on blobs, which lies in no other place" in capsys.readouterr().err
