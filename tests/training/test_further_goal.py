"""A run that goes on to another number of steps says what that does to its schedules."""

import pytest
from training_helpers import TINY

from gan_scratch.cli import main
from gan_scratch.recipes import RECIPES
from gan_scratch.runs import Run

LINEAR = TINY.but(
    name="tiny-linear", data={"name": "digits", "batch_size": 8}, steps={"rounds": 4},
)
CONSTANT = LINEAR.but(name="tiny-constant", schedule={"shape": "constant"})


@pytest.fixture
def resumed(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(Run, "draw", lambda run: run.folder)  # nobody looks at these pictures

    def run(recipe, steps):
        monkeypatch.setitem(RECIPES, recipe.name, recipe)
        folder = tmp_path / recipe.name
        assert main(["train", recipe.name, "--out", str(folder)]) == 0
        capsys.readouterr()
        assert main(["train", "--resume", str(folder), "--steps", str(steps)]) == 0
        return capsys.readouterr().err

    return run


def test_a_jump_of_the_learning_rate_is_said(resumed):
    said = resumed(LINEAR, 8)
    assert (
        "gan-scratch: after 4 steps the learning rate is at 0.25 of its first value, and by this "
        "schedule over 8 steps it jumps to 0.5\n"
    ) in said


def test_where_nothing_jumps_nothing_is_said(resumed):
    assert "jumps" not in resumed(CONSTANT, 8)


def test_a_run_whose_training_nobody_loops_over_warns(tmp_path):
    run = Run(tmp_path / "run", LINEAR)
    with pytest.warns(RuntimeWarning, match="nothing was trained"):
        run.train()
    assert not (tmp_path / "run").exists()
