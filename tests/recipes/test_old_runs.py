"""Runs that earlier versions made go on: the same weights and moments by name, the same next step.

old_runs.zip holds DAY/NAME with a run of that day's version at step 4 of 6: its checkpoint, its
recipe.json, and in arrays.json the names of all arrays in their order, with shape, sum and sum of
squares, at step 4 and at step 5, which the last version before recipes consisted of parts has
played. They are of every shipped recipe with small players, and of recipes with all other settings.
"""

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from gan_scratch.recipes import RECIPES, find
from gan_scratch.runs import Run, load_game, saved_description

ARCHIVE = Path(__file__).with_name("old_runs.zip")
PLAYERS = {
    "mlp": {"latent": 4, "hidden": (4,)}, "dcgan": {"latent": 4, "width": 2, "dense": 8}
}  # fmt: skip


def names():
    with zipfile.ZipFile(ARCHIVE) as archive:
        found = sorted({str(Path(name).parent) for name in archive.namelist()} - {"."})
    return [name for name in found if "/" in name]


@pytest.fixture
def old(tmp_path, request):
    with zipfile.ZipFile(ARCHIVE) as archive:
        archive.extractall(
            tmp_path, [name for name in archive.namelist() if name.startswith(f"{request.param}/")]
        )
    return tmp_path / request.param


def arrays_of(game):
    """name -> array: parameters, buffers, and the moments that belong to each parameter."""
    arrays = {}
    for player in ("generator", "discriminator"):
        optimizer = getattr(game, f"{player}_optimizer")
        for held in (getattr(game, player).parameters(), getattr(game, player).buffers()):
            arrays.update({f"{player}.{name}": item.value for name, item in held.items()})
        for moment, vector in optimizer.moments().items():
            start = 0
            for name, parameter in optimizer.parameters.items():
                piece = vector[start : start + parameter.value.size]
                arrays[f"{player}.{name}.{moment}"] = piece.reshape(parameter.value.shape)
                start += parameter.value.size
    return arrays


def expect_arrays(game, recorded):
    for name, array in arrays_of(game).items():
        shape, total, squares = recorded[name]
        precise = array.astype("float64")
        assert list(array.shape) == shape, name
        rounding = 1e-5 if array.dtype == "float32" else 1e-10
        assert (precise**2).sum() == pytest.approx(squares, rel=rounding, abs=1e-30), name
        assert precise.sum() == pytest.approx(
            total, abs=rounding * np.sqrt(array.size * squares) + 1e-15
        ), name


@pytest.mark.parametrize("old", names(), indirect=True)
def test_an_old_run_goes_on(old):
    recorded = json.loads((old / "arrays.json").read_text())
    run = Run.resume(old)
    assert list(arrays_of(run.game)) == recorded["order"]
    expect_arrays(run.game, recorded["step 4"])
    events = run.train()
    next(events)
    assert run.game.step == 5
    expect_arrays(run.game, recorded["step 5"])
    events.close()
    run.save()
    assert Run.resume(old).recipe == run.recipe  # stored as today, it is the same


@pytest.mark.parametrize("old", names(), indirect=True)
def test_an_old_recipe_json_is_read_as_the_recipe_of_its_checkpoint(old):
    run = saved_description(old / "checkpoint.gan")
    assert find(str(old / "recipe.json")).settings() == run["recipe"]
    load_game(old)


@pytest.mark.parametrize("old", [f"2026-11-30/{name}" for name in RECIPES], indirect=True)
def test_a_shipped_recipe_is_what_it_was(old):
    today = RECIPES[old.name]
    small = today.but(
        data={"batch_size": 8}, steps={"rounds": 6}, players=PLAYERS[today.players.kind]
    )
    assert find(str(old / "recipe.json")) == small
