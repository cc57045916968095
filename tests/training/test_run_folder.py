"""A run in its folder: what lies there; stopped and resumed, it ends as one without a stop."""

import csv
import json

import numpy as np
import pytest
from PIL import Image
from training_helpers import TINY, bits

from gan_scratch import runs
from gan_scratch.drawing import draw_samples
from gan_scratch.plots import points
from gan_scratch.runs import Run, load_game, snapshot_steps
from gan_scratch.training import CheckpointError, EpochDone, StepDone, Stopped, checkpoints

RECIPE = TINY.but(data={"batch_size": 32})
PLANE, DIGITS = RECIPE.but(data={"name": "ring"}), RECIPE.but(data={"name": "digits"})
SAVE_EVERY = 20


@pytest.fixture(autouse=True)
def few_pictures_and_many_checkpoints(monkeypatch):
    monkeypatch.setattr(runs, "SNAPSHOTS", 6)
    monkeypatch.setattr(runs, "CHECKPOINT_EVERY", SAVE_EVERY)
    monkeypatch.setattr(points, "scatter", bits_of)


def bits_of(samples, reference):
    """A picture of points that takes no time, and shows every bit."""
    shown = samples if len(samples) else reference
    return Image.fromarray(np.ascontiguousarray(shown).view("uint8"))


def finish(run):
    return list(run.train())


def begin(run):
    """Write what a run writes before its first step, and leave."""
    events = run.train()
    next(events)
    events.close()
    return run


def stop_at(run, step, save):
    """Train to `step` and leave, as Ctrl-C does with `save` and `kill -9` without."""
    events = run.train()
    for event in events:
        if isinstance(event, StepDone) and event.step == step:
            break
    events.close()
    if save:
        run.save()


def values(folder):
    """The rows of values.csv, without the seconds."""
    with open(folder / "values.csv", newline="", encoding="utf-8") as file:
        return [{**row, "seconds": None} for row in csv.DictReader(file)]


def film(folder):
    """name -> pixels of every picture of the film and of samples.png."""
    paths = [folder / "samples.png", *(folder / "film").glob("*")]
    return {path.name: np.asarray(Image.open(path)).tobytes() for path in paths}


def film_steps(folder):
    return sorted(int(path.stem.split("_")[1]) for path in (folder / "film").iterdir())


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """name -> a run of that recipe without a stop, made once."""
    made = {}

    def run_of(recipe):
        if recipe.data.name not in made:
            made[recipe.data.name] = Run(tmp_path_factory.mktemp("whole") / "run", recipe, seed=3)
            finish(made[recipe.data.name])
        return made[recipe.data.name]

    return run_of


# The folder.


@pytest.mark.parametrize("recipe", [PLANE, DIGITS], ids=["plane", "digits"])
def test_what_lies_in_the_folder_of_a_finished_run(whole, recipe):
    folder = whole(recipe).folder
    assert sorted(path.name for path in folder.iterdir()) == [
        "checkpoint.gan", "checkpoint.gan.prev", "data.png", "ending.json", "film", "recipe.json",
        "samples.png", "values.csv",
    ]
    assert film_steps(folder) == sorted({0} | snapshot_steps(RECIPE.steps.rounds))
    assert [int(row["step"]) for row in values(folder)] == list(range(1, 61))
    rates = [float(row["learning_rate"]) for row in values(folder)]
    assert rates == [1e-3 * (1 - step / 60) for step in range(60)]  # the schedule is linear
    saved = checkpoints.read(folder / "checkpoint.gan")
    assert saved["training"]["game"]["step"] == 60
    assert saved["recipe"]["seed"] == 3


def test_recipe_json_says_what_was_trained(whole):
    found = json.loads((whole(PLANE).folder / "recipe.json").read_text())
    assert (found["name"], found["data"], found["seed"]) == ("mlp-digits", "ring", 3)
    assert (found["dtype"], found["backend"]) == ("float32", "numpy")
    assert found["settings"]["players"]["hidden"] == [8, 8]
    assert found["settings"]["penalties"]["r1"] == 0.2


def test_a_run_that_was_made_and_not_trained_has_written_nothing(tmp_path):
    Run(tmp_path / "run", PLANE)
    run = Run(tmp_path / "run", PLANE)
    with pytest.warns(RuntimeWarning, match="never looped over"):
        run.train()
    assert list(tmp_path.iterdir()) == []


def test_a_run_has_a_checkpoint_before_its_first_step(tmp_path):
    run = Run(tmp_path / "run", PLANE)
    before = bits(run.game, run.batches)
    begin(run)
    resumed = Run.resume(tmp_path / "run")
    assert resumed.game.step == 0
    assert bits(resumed.game, resumed.batches) == before


def test_a_run_is_saved_every_so_many_steps_and_at_its_end(tmp_path):
    run = Run(tmp_path / "run", PLANE.but(steps={"rounds": 45}))
    on_disk = []
    for event in run.train():
        if isinstance(event, StepDone):
            saved = checkpoints.read(tmp_path / "run" / "checkpoint.gan")
            on_disk.append(saved["training"]["game"]["step"])
    assert on_disk == [0] * 19 + [20] * 20 + [40] * 6
    assert Run.resume(tmp_path / "run").game.step == 45


def test_the_recipe_decides_how_often_the_discriminator_moves(tmp_path):
    run = Run(tmp_path / "run", PLANE.but(steps={"rounds": 4, "of_discriminator": 3}))
    finish(run)
    assert (run.game.discriminator_optimizer.steps, run.game.generator_optimizer.steps) == (12, 4)


def test_the_events_of_a_run_are_those_of_its_training(tmp_path):
    run = Run(tmp_path / "run", PLANE.but(steps={"rounds": 5}, data={"batch_size": 5000}))
    kinds = [type(event) for event in run.train()]
    assert kinds == [StepDone, StepDone, EpochDone, StepDone, StepDone, EpochDone, StepDone,
                     Stopped]


def test_the_film_has_more_pictures_early_than_late():
    steps = sorted(snapshot_steps(10_000))
    gaps = np.diff([0, *steps])
    assert (len(steps), steps[-1]) == (6, 10_000)
    assert (np.diff(gaps) > 0).all() and gaps[-1] > 5 * gaps[0]


# Stopped and resumed.


@pytest.mark.parametrize("recipe", [PLANE, DIGITS], ids=["plane", "digits"])
@pytest.mark.parametrize("stop, save", [(33, True), (33, False), (40, False), (7, False)])
def test_a_run_that_was_stopped_ends_as_one_that_was_not(whole, tmp_path, recipe, stop, save):
    first = Run(tmp_path / "run", recipe, seed=3)
    stop_at(first, stop, save)
    second = Run.resume(tmp_path / "run")
    assert second.game.step == (stop if save else stop // SAVE_EVERY * SAVE_EVERY)
    assert second.differences == ""
    finish(second)
    assert bits(second.game, second.batches) == bits(whole(recipe).game, whole(recipe).batches)
    assert values(tmp_path / "run") == values(whole(recipe).folder)
    assert film(tmp_path / "run") == film(whole(recipe).folder)


def test_going_on_drops_the_values_and_pictures_beyond_the_checkpoint(tmp_path):
    stop_at(Run(tmp_path / "run", PLANE), 33, save=False)
    assert max(film_steps(tmp_path / "run")) > 20
    begin(Run.resume(tmp_path / "run"))
    assert [int(row["step"]) for row in values(tmp_path / "run")] == list(range(1, 22))
    assert max(film_steps(tmp_path / "run")) <= 20


def test_the_seconds_never_run_backwards(tmp_path):
    stop_at(Run(tmp_path / "run", PLANE), 33, save=True)
    finish(Run.resume(tmp_path / "run"))
    with open(tmp_path / "run" / "values.csv", newline="") as file:
        seconds = [float(row["seconds"]) for row in csv.DictReader(file)]
    assert seconds == sorted(seconds)


def test_a_finished_run_goes_on_to_a_further_goal(tmp_path):
    first = Run(tmp_path / "run", PLANE.but(
        steps={"rounds": 40}, schedule={"shape": "constant"},
    ), seed=3)
    finish(first)
    finish(Run.resume(tmp_path / "run", steps=60))
    further = Run.resume(tmp_path / "run")
    assert (further.game.step, further.recipe.steps.rounds) == (60, 60)
    at_once = Run(tmp_path / "at_once", PLANE.but(schedule={"shape": "constant"}), seed=3)
    finish(at_once)
    assert bits(further.game, further.batches) == bits(at_once.game, at_once.batches)


def test_resuming_a_finished_run_changes_nothing(tmp_path):
    run = Run(tmp_path / "run", PLANE.but(steps={"rounds": 10}))
    finish(run)
    before = values(tmp_path / "run"), film(tmp_path / "run"), bits(run.game, run.batches)
    again = Run.resume(tmp_path / "run")
    (*_, end) = finish(again)
    assert end.reason == "10 steps"
    after = values(tmp_path / "run"), film(tmp_path / "run"), bits(again.game, again.batches)
    assert after == before


# Refused.


def test_a_folder_that_holds_a_run_is_not_written_over(tmp_path):
    begin(Run(tmp_path / "run", PLANE))
    before = (tmp_path / "run" / "checkpoint.gan").read_bytes()
    with pytest.raises(ValueError, match="already holds a run"):
        Run(tmp_path / "run", PLANE, seed=1)
    assert (tmp_path / "run" / "checkpoint.gan").read_bytes() == before


def test_a_folder_without_a_run_is_a_file_not_found(tmp_path):
    with pytest.raises(FileNotFoundError):
        Run.resume(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_checkpoint_that_is_no_runs_is_refused(tmp_path):
    state = {"recipe": None, "made_with": {}, "training": {}}
    checkpoints.write(tmp_path / "checkpoint.gan", state)
    with pytest.raises(CheckpointError, match="does not say which recipe"):
        Run.resume(tmp_path)


def changed_recipe(folder, change):
    path = folder / "checkpoint.gan"
    state = checkpoints.read(path)
    change(state["recipe"]["recipe"])
    checkpoints.write(path, state)


def test_a_recipe_with_a_setting_that_is_not_known_is_refused_as_a_checkpoint(tmp_path):
    """That is no reason for a TypeError."""
    begin(Run(tmp_path / "run", PLANE))
    changed_recipe(tmp_path / "run", lambda recipe: recipe.update(invented=1))
    with pytest.raises(CheckpointError, match="another version.*invented"):
        Run.resume(tmp_path / "run")


def test_a_recipe_that_lacks_a_newer_setting_has_its_default(tmp_path):
    begin(Run(tmp_path / "run", PLANE))
    changed_recipe(tmp_path / "run", lambda recipe: recipe["steps"].pop("unroll"))
    changed_recipe(tmp_path / "run", lambda recipe: recipe.pop("front"))
    assert Run.resume(tmp_path / "run").recipe == PLANE


def test_a_damaged_checkpoint_is_refused_and_the_values_stay(tmp_path):
    run = Run(tmp_path / "run", PLANE.but(steps={"rounds": 10}))
    finish(run)
    before = values(tmp_path / "run"), film(tmp_path / "run")
    path = tmp_path / "run" / "checkpoint.gan"
    content = bytearray(path.read_bytes())
    content[1000] ^= 1
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match="damaged.*checkpoint.gan.prev"):
        Run.resume(tmp_path / "run")
    assert (values(tmp_path / "run"), film(tmp_path / "run")) == before


def folder_of_images(folder):
    rng = np.random.default_rng(0)
    folder.mkdir()
    for number in range(12):
        picture = Image.fromarray(rng.integers(256, size=(28, 28), dtype="uint8"))
        picture.save(folder / f"{number:02}.png")
    return folder


@pytest.mark.parametrize(
    "change, words",
    [
        ("one pixel", "other data.*of 11 samples to train on, some have changed"),
        ("one image more", "other data.*there were 11 samples to train on, and there are 36"),
    ],
)
def test_data_that_has_changed_is_refused(tmp_path, change, words):
    data = folder_of_images(tmp_path / "images")
    recipe = RECIPE.but(data={"name": str(data), "batch_size": 4}, steps={"rounds": 3})
    finish(Run(tmp_path / "run", recipe))
    before = values(tmp_path / "run")
    Run.resume(tmp_path / "run")
    used = np.asarray(Image.open(data / "00.png")).copy()
    if change == "one pixel":
        for path in data.iterdir():  # whichever of them are held out
            pixels = np.asarray(Image.open(path)).copy()
            pixels[3, 4] ^= 1
            Image.fromarray(pixels).save(path)
    else:
        for number in range(12, 40):
            Image.fromarray(used).save(data / f"{number}.png")
    with pytest.raises(CheckpointError, match=words):
        Run.resume(tmp_path / "run")
    assert values(tmp_path / "run") == before


def test_another_machine_is_told_and_not_refused(tmp_path, monkeypatch):
    begin(Run(tmp_path / "run", PLANE))
    here = checkpoints.made_with(workers=1)
    monkeypatch.setattr(checkpoints, "made_with", lambda workers: {**here, "numpy": "99.0"})
    run = Run.resume(tmp_path / "run")
    assert run.differences == f"numpy was {here['numpy']!r}, is '99.0'"


# Seeds, samples, the rule.


def test_a_seed_decides_weights_data_and_pictures(tmp_path):
    one, same, other = (
        Run(tmp_path / name, PLANE, seed=seed) for name, seed in [("a", 1), ("b", 1), ("c", 2)]
    )
    assert bits(one.game) == bits(same.game) != bits(other.game)
    assert one.dataset.digest() == same.dataset.digest() != other.dataset.digest()
    np.testing.assert_array_equal(one.pictured_noise(), same.pictured_noise())
    assert (one.pictured_noise() != other.pictured_noise()).all()


def test_pictures_draw_from_no_generator_of_the_game(tmp_path):
    run = Run(tmp_path / "run", PLANE)
    before = bits(run.game, run.batches)
    run.snapshot()
    run.samples()
    assert bits(run.game, run.batches) == before


def test_the_saved_game_draws_the_samples_of_the_run(whole):
    run = whole(DIGITS)
    game = load_game(run.folder)
    assert bits(game) == bits(run.game)
    samples = draw_samples(game, 5, seed=1)
    assert samples.shape == (5, 28, 28, 1) and samples.dtype == np.float32
    np.testing.assert_array_equal(samples, draw_samples(run.game, 5, seed=1))
    assert (samples != draw_samples(game, 5, seed=2)).any()


def test_the_rule_of_a_run_asks_on_data_that_the_run_does_not_train_on(tmp_path):
    for data in ("ring", "digits"):
        run = Run(tmp_path / data, RECIPE.but(data={"name": data}))
        until = run.equilibrium(0.05)
        trained_on = {sample.tobytes() for sample in run.dataset.samples}
        assert len(until.samples) > 500
        assert not any(sample.tobytes() in trained_on for sample in until.samples)
        assert until(run.game, epoch=5) is None and until.gain > 0.05


def test_a_run_that_its_rule_stops_is_saved_there_and_stopped_again_when_resumed(tmp_path):
    recipe = PLANE.but(steps={"rounds": 100}, data={"batch_size": 5000})  # two steps an epoch
    run = Run(tmp_path / "run", recipe)

    def rule(game, epoch):
        return "enough" if epoch >= 3 else None

    (*_, end) = run.train(until=rule)
    assert (end.step, end.reason) == (6, "enough")
    again = Run.resume(tmp_path / "run")
    assert [type(event) for event in again.train(until=rule)] == [EpochDone, Stopped]
    assert again.game.step == 6


def test_the_data_of_a_generated_set_is_the_same_when_resumed(tmp_path):
    run = begin(Run(tmp_path / "run", PLANE, seed=4))
    again = Run.resume(tmp_path / "run")
    np.testing.assert_array_equal(run.dataset.points, again.dataset.points)


# How it ended, and what is damaged.


def test_gradients_beyond_all_numbers_are_a_divergence(tmp_path):
    run = Run(tmp_path / "run", PLANE.but(steps={"rounds": 10}))
    finish(run)
    assert run.ending == {"step": 10, "how": "done", "words": "10 steps"}
    text = (tmp_path / "run" / "values.csv").read_text().splitlines()
    norms = [text[0].split(",").index(f"{who}_gradient_norm") for who in
             ("discriminator", "generator")]  # fmt: skip
    for numbers, how in ((("inf", "1.0"), "diverged"), (("0.0", "0.0"), "dead")):
        for line in range(8, 11):
            fields = text[line].split(",")
            for index, number in zip(norms, numbers, strict=True):
                fields[index] = number
            text[line] = ",".join(fields)
        (tmp_path / "run" / "values.csv").write_text("\n".join(text) + "\n")
        found, words = runs.how_it_ended(run.values, "10 steps")
        assert found == how and "since step 8 or before" in words


@pytest.mark.parametrize(
    "name, content",
    [
        ("ending.json", b""), ("ending.json", b"[1]"), ("values.csv", b"\xff\x00\xb5"),
        ("film/step_00000000.png", b"hi"), ("recipe.json", None), ("recipe.json", b""),
        ("data.png", None),
    ],
)
def test_a_damaged_small_file_does_not_stop_the_drawing(tmp_path, name, content):
    run = tmp_path / "run"
    finish(Run(run, PLANE.but(steps={"rounds": 10})))
    path = run / name
    path.unlink() if content is None else path.write_bytes(content)
    report, missing = runs.draw_again(run)
    assert report.exists() and missing == ""
    assert Run.resume(run).game.step == 10


def test_a_run_without_its_checkpoint_names_the_one_before(tmp_path):
    finish(Run(tmp_path / "run", PLANE.but(steps={"rounds": 10})))
    (tmp_path / "run" / "checkpoint.gan").unlink()
    with pytest.raises(FileNotFoundError, match="rename checkpoint.gan.prev"):
        Run.resume(tmp_path / "run")
