"""A run whose players are told the class: trained, resumed, and asked for one class."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from training_helpers import TINY, bits

from gan_scratch import datasets, drawing, runs
from gan_scratch.drawing import draw_samples, walk_between
from gan_scratch.recipes import find
from gan_scratch.runs import Run, class_label, load_game
from gan_scratch.training import CheckpointError, StepDone, checkpoints

# What the named recipe leaves to taste is set here, so that tuning it moves no test.
RECIPE = find("conditional-digits").but(
    players={"latent": 4, "width": 2}, data={"batch_size": 8}, steps={"rounds": 12},
    penalties={"r1": 0.5}, optimizers={"learning_rate": 1e-3, "average": 0.9},
)
NAMES = datasets.load("digits").class_names


@pytest.fixture(autouse=True)
def few_pictures_and_many_checkpoints(monkeypatch):
    monkeypatch.setattr(runs, "SNAPSHOTS", 3)
    monkeypatch.setattr(runs, "CHECKPOINT_EVERY", 5)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A run without a stop, made once."""
    run = Run(tmp_path_factory.mktemp("whole") / "run", RECIPE, seed=3)
    list(run.train())
    return run


def test_the_recipe_tells_both_players_the_class():
    recipe = find("conditional-digits")
    assert recipe.players.conditional and recipe.data.name == "digits"
    assert len(NAMES) == 10


def test_it_trains(whole):
    assert whole.game.step == 12 and whole.game.classes == 10
    fresh = Run(whole.folder.parent / "fresh", RECIPE, seed=3)
    for player in ("generator", "discriminator"):
        before, after = (getattr(run.game, player).state() for run in (fresh, whole))
        assert "embedding.weight" in after
        for name, value in after.items():
            assert np.isfinite(value).all() and (value != before[name]).any(), (player, name)


def test_batches_come_with_their_own_labels(tmp_path):
    run = Run(tmp_path / "run", RECIPE)
    for event in run.train():
        if isinstance(event, StepDone):
            break
    label_of = dict(zip((image.tobytes() for image in run.dataset.images), run.dataset.labels,
                        strict=True))
    real, noise = event.real, event.noise
    assert [label_of[image.tobytes()] for image in real.values] == list(real.condition)
    assert noise.values.shape == (8, 4) and noise.condition.shape == (8,)


@pytest.mark.parametrize("stop, save", [(7, True), (7, False)])
def test_a_run_that_was_stopped_ends_as_one_that_was_not(whole, tmp_path, stop, save):
    run = Run(tmp_path / "run", RECIPE, seed=3)
    events = run.train()
    for event in events:
        if isinstance(event, StepDone) and event.step == stop:
            break
    events.close()
    if save:
        run.save()
    again = Run.resume(tmp_path / "run")
    assert (again.game.step, again.differences) == (stop if save else 5, "")
    list(again.train())
    assert bits(again.game, again.batches) == bits(whole.game, whole.batches)
    pictures = [(folder / "samples.png").read_bytes() for folder in (run.folder, whole.folder)]
    assert pictures[0] == pictures[1]


def test_the_checkpoint_says_which_classes_there_are(whole):
    saved = checkpoints.read(whole.folder / "checkpoint.gan")["recipe"]
    assert saved["classes"] == list(NAMES)
    assert saved["recipe"]["players"]["conditional"] is True
    shown = json.loads((whole.folder / "recipe.json").read_text())["settings"]
    assert shown["players"]["conditional"] is True


def test_other_classes_are_refused_as_other_data(tmp_path):
    run = Run(tmp_path / "run", RECIPE)
    next(run.train())
    path = tmp_path / "run" / "checkpoint.gan"
    state = checkpoints.read(path)
    state["recipe"]["classes"][3] = "another"
    checkpoints.write(path, state)
    with pytest.raises(CheckpointError, match="other data.*classes was .*'another'"):
        Run.resume(tmp_path / "run")


def test_a_checkpoint_from_before_there_were_classes_still_gives_samples(tmp_path):
    folder = tmp_path / "run"
    run = Run(folder, TINY.but(steps={"rounds": 3}, data={"name": "ring"}))
    next(run.train())
    state = checkpoints.read(folder / "checkpoint.gan")
    assert state["recipe"].pop("classes") is None
    del state["recipe"]["recipe"]["players"]["discriminator_normalization"]
    checkpoints.write(folder / "checkpoint.gan", state)
    assert draw_samples(load_game(folder), 3, seed=1).shape == (3, 2)
    with pytest.raises(ValueError, match="are not told the class, so none can be chosen"):
        class_label(folder, "7")


def test_a_picture_has_a_class_in_each_column(whole):
    noise = whole.pictured_noise()
    labels = noise.condition
    np.testing.assert_array_equal(labels.reshape(10, 10), np.tile(np.arange(10), (10, 1)))
    assert noise.values.shape == (100, 4)
    assert whole.samples().shape == (100, 28, 28, 1)


def test_a_walk_stays_within_the_class_of_its_start(whole):
    noise = whole.pictured_noise()
    z, labels = noise.values, noise.condition
    walks = walk_between(whole.game, noise, 3, length=4)
    assert walks.shape == (3, 4, 28, 28, 1)
    starts = whole.game.sample((z[:6:2], labels[:6:2]))
    np.testing.assert_allclose(walks[:, 0], starts, atol=1e-5)
    ends = whole.game.sample((z[1:6:2], labels[:6:2]))
    np.testing.assert_allclose(walks[:, -1], ends, atol=1e-5)


def test_a_drawn_class_is_that_of_every_sample(whole):
    game = load_game(whole.folder)
    assert bits(game) == bits(whole.game)
    drawn = draw_samples(game, 5, seed=1, label=7)
    noise = game.noise(5, np.random.default_rng([1, drawing.SAMPLE_STREAM]), np.full(5, 7))
    np.testing.assert_array_equal(drawn, game.sample(noise))
    assert (drawn != draw_samples(game, 5, seed=1, label=6)).reshape(5, -1).any(axis=1).all()
    assert draw_samples(game, 5, seed=1).shape == drawn.shape  # of any class


def test_a_class_goes_by_its_name_or_its_number(tmp_path):
    run = Run(tmp_path / "run", RECIPE.but(data={"name": "fashion"}))
    next(run.train())
    assert not any(name.isdecimal() for name in run.class_names)
    for label, name in enumerate(run.class_names):
        assert class_label(run.folder, name) == class_label(run.folder, str(label)) == label


# The command.


def drawn(say, folder, out, *words):
    """The samples that the command draws."""
    assert say("sample", folder, "--count", 3, "--out", out, *words) == (0, f"{out}\n", "")
    return np.load(out)


def test_sample_draws_the_class_that_it_is_asked_for(say, whole, tmp_path):
    by_number = drawn(say, whole.folder, tmp_path / "number.npy", "--class", 7)
    by_name = drawn(say, whole.folder, tmp_path / "name.npy", "--class", NAMES[7])
    other = drawn(say, whole.folder, tmp_path / "other.npy", "--class", 6)
    game = load_game(whole.folder)
    np.testing.assert_array_equal(by_number, draw_samples(game, 3, seed=0, label=7))
    np.testing.assert_array_equal(by_name, by_number)
    assert (other != by_number).any()
    assert drawn(say, whole.folder, tmp_path / "any.npy").shape == (3, 28, 28, 1)


def test_sample_makes_a_picture(say, whole):
    code, out, err = say("sample", whole.folder, "--class", 7, "--count", 4)
    assert (code, err) == (0, "")
    picture = Path(out.strip())
    assert picture.parent == whole.folder
    with Image.open(picture) as image:
        assert min(image.size) >= 2 * 28


@pytest.mark.parametrize(
    "word, hint", [("10", " (did you mean 1?)"), ("-1", " (did you mean 1?)"), ("x", ""),
                   ("7.0", ""), ("", "")]
)
def test_sample_refuses_an_unknown_class_in_a_sentence(say, whole, word, hint):
    code, out, err = say("sample", whole.folder, f"--class={word}")
    assert (code, out) == (2, "")
    names = ", ".join(NAMES)
    assert err == f"gan-scratch: unknown class {word!r}{hint}; {whole.folder} knows {names}\n"


def test_sample_of_a_run_without_classes_refuses_one_in_a_sentence(say, tmp_path):
    folder = tmp_path / "plain"
    next(Run(folder, TINY.but(steps={"rounds": 2})).train())
    code, out, err = say("sample", folder, "--class", 7)
    assert (code, out) == (2, "")
    assert err == (f"gan-scratch: the players of {folder} are not told the class, so none can be "
                   "chosen\n")
    assert not list(folder.glob("drawn*"))


def test_train_makes_every_picture(say, tmp_path):
    run = tmp_path / "run"
    code, out, err = say("train", "conditional-digits", "--steps", 3, "--batch-size", 4, "--out",
                         run)
    assert (code, err) == (0, "") and "done after 3 steps" in out
    assert {path.name for path in run.iterdir()} >= {
        "samples.png", "film.gif", "growth.png", "interpolation.png", "curves.png", "report.html"
    }
    with Image.open(run / "samples.png") as picture:
        assert min(picture.size) >= 10 * 28


# What is refused, in a sentence.


def test_data_without_labels_is_refused(tmp_path):
    pictures = tmp_path / "mine"
    pictures.mkdir()
    for number in range(12):
        pixels = np.full((28, 28), 20 * number, "uint8")
        Image.fromarray(pixels).save(pictures / f"{number:02}.png")
    with pytest.raises(ValueError, match="conditional-digits is told classes, .* has no labels"):
        Run(tmp_path / "run", RECIPE.but(data={"name": str(pictures)}))


def test_only_the_dcgan_is_told_a_class():
    with pytest.raises(ValueError, match="mlp has no setting 'conditional'"):
        RECIPE.but(players="mlp").but(players={"conditional": True})
