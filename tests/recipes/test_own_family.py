"""A new kind of game adds a file, and touches none of the library: that of the documentation."""

import json
import re
import sys
from pathlib import Path

import pytest

from gan_scratch import part, recipes, runs
from gan_scratch.cli import main

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


def test_it_trains_goes_on_draws_and_is_judged(stranger, family, tmp_path, capsys):
    run = tmp_path / "run"
    train = ["--import", family, "train"]
    assert stranger(*train, "blobs", "--set", "players.channels=2", "--out", run) == 0
    assert "with players.channels = 2\n" in capsys.readouterr().out
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
    ("import nothing_like_it", "cannot be imported: ModuleNotFoundError"),
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
