"""What is measured, that measuring changes nothing, and the file that it is written to."""

import csv
import math

import numpy as np
import pytest
from training_helpers import (
    BATCH,
    affine,
    batches_of,
    bits,
    dense_game,
    dropout_game,
    images,
    play,
    recipe_game,
)

from gan_scratch.datasets import Dataset
from gan_scratch.layers import Sequential
from gan_scratch.training import Monitor, StepDone, train
from gan_scratch.training.monitors import (
    COLUMNS,
    EQUILIBRIUM_VALUE,
    SIGNS,
    ValuesFile,
    measure,
    signs,
)
from gan_scratch.training.schedules import linear


def softplus(score):
    return math.log1p(math.exp(score))


def sigmoid(score):
    return 1 / (1 + math.exp(-score))


def constant_fakes(score_weight, score_bias=0.0):
    """G gives (1, 0) whatever the noise; D's score is score_weight · x₀ + score_bias."""
    generator = Sequential(affine([[0, 0], [0, 0]], [1, 0]))
    return dense_game(generator, Sequential(affine([[score_weight], [0]], score_bias)), latent=2)


def rows_of(game, dataset, every=1, **settings):
    monitor = Monitor(every=every)
    events = train(game, dataset, **{"batch_size": BATCH, **settings})
    return [row for row in map(monitor.row, events) if row]


# measure


def test_a_discriminator_that_says_one_half_has_the_value_of_the_equilibrium():
    game = constant_fakes(score_weight=0)
    found = measure(game, np.ones((5, 2), "float32"), game.noise(5))
    assert found["probability_real"] == found["probability_fake"] == 0.5
    assert found["value"] == pytest.approx(-math.log(4), rel=1e-6)
    assert EQUILIBRIUM_VALUE == -math.log(4)


def test_the_closed_form_of_two_points():
    """Real at -1 and -3, fake at 1, score -2x + 0.5: scores 2.5 and 6.5 on real, -1.5 on fake."""
    game = constant_fakes(score_weight=-2, score_bias=0.5)
    real = np.array([[-1, 7], [-3, 7]], "float32")
    found = measure(game, real, game.noise(2))
    assert found["probability_real"] == pytest.approx((sigmoid(2.5) + sigmoid(6.5)) / 2, rel=1e-6)
    assert found["probability_fake"] == pytest.approx(sigmoid(-1.5), rel=1e-6)
    wanted = -(softplus(-2.5) + softplus(-6.5)) / 2 - softplus(-1.5)
    assert found["value"] == pytest.approx(wanted, rel=1e-6)


@pytest.mark.parametrize("make", [recipe_game, dropout_game])
def test_measuring_changes_nothing(make):
    game, dataset = make(), images()
    batches = batches_of(game, dataset)
    play(game, dataset, batches, 3)
    noise, real = game.noise(BATCH), next(batches)
    held = [*game.generator.parameters().values(), *game.discriminator.parameters().values()]
    before, gradients = bits(game, batches), [item.gradient.copy() for item in held]
    measure(game, real, noise)
    assert bits(game, batches) == before
    for item, gradient in zip(held, gradients, strict=True):
        np.testing.assert_array_equal(item.gradient, gradient)


def test_a_monitored_training_has_the_bits_of_one_that_is_not():
    monitored, alone = dropout_game(), dropout_game()
    rows_of(monitored, images(), steps=7)
    for _ in train(alone, images(), steps=7, batch_size=BATCH):
        pass
    assert bits(monitored) == bits(alone)


# Monitor


def test_a_row_has_every_column_and_the_values_of_its_step():
    game, dataset = recipe_game(), images()
    monitor = Monitor(every=1)
    for event in train(game, dataset, steps=6, batch_size=BATCH, schedule=linear):
        row = monitor.row(event)
        if not isinstance(event, StepDone):
            assert row is None
            continue
        assert tuple(row) == COLUMNS
        assert (row["step"], row["epoch"]) == (event.step, event.step // 5)
        assert row["discriminator_loss"] == float(event.discriminator_loss)
        assert row["generator_loss"] == float(event.generator_loss)
        assert row["learning_rate"] == 1e-3 * (1 - (event.step - 1) / 6)
        assert row["value"] == measure(game, event.real, event.noise)["value"]
        for name in ("discriminator", "generator"):
            parameters = getattr(game, name).parameters().values()
            norm = math.sqrt(sum((item.gradient.astype(float) ** 2).sum() for item in parameters))
            assert row[f"{name}_gradient_norm"] == pytest.approx(norm, rel=1e-5)
            assert norm > 0


def test_losses_and_value_of_one_row_agree_where_nobody_moves_and_nothing_is_penalised():
    """V = -loss of D, and G's non-saturating loss, on the very batch and noise of the event."""
    game = dense_game(
        Sequential(affine([[0.5, 1], [1, 0]], 0.1)), Sequential(affine([[0.7], [-0.3]], 0.2)),
        latent=2, learning_rate=1e-12,
    )
    points = np.random.default_rng(0).standard_normal((40, 2)).astype("float32")
    (event, *_) = train(game, Dataset("plane", points=points), steps=1, batch_size=40)
    row = Monitor(every=1).row(event)
    real_score = game.discriminator(event.real.values)
    fake_score = game.discriminator(game.generator(event.noise.values))
    loss_of_g = float(np.logaddexp(0, -fake_score).mean())
    value = -float(np.logaddexp(0, -real_score).mean() + np.logaddexp(0, fake_score).mean())
    assert row["generator_loss"] == pytest.approx(loss_of_g, rel=1e-5)
    assert row["value"] == pytest.approx(value, rel=1e-5)


def test_signs_of_data_moved_and_stretched_are_those_of_the_formula():
    """A G that makes 3 + 2 z of noise like the data, in one dimension, and a D of slope 5."""
    game = dense_game(
        Sequential(affine([[2.0]], 3.0)), Sequential(affine([[5.0]], 0.0)), latent=1,
        learning_rate=1e-12,
    )
    real = np.random.default_rng(0).standard_normal((128, 1)).astype("float32")
    found = signs(game, real, real)
    axes = np.random.default_rng(0).standard_normal((1, 2))
    deviation = real.std()
    place = (3 + real.mean()) / deviation * np.sign(axes[0])
    expected = {"spread": 2, "place_one": place[0], "place_two": place[1], "slope": 5 * deviation}
    assert found == pytest.approx(expected, rel=1e-5)


def test_signs_come_in_rows_that_are_far_enough_apart_and_change_nothing():
    game, alone = dropout_game(), dropout_game()
    rows = rows_of(game, images(), every=8, steps=50)
    assert [row["step"] for row in rows if "slope" in row] == [24, 48]
    for _ in train(alone, images(), steps=50, batch_size=BATCH):
        pass
    assert bits(game) == bits(alone)


def test_only_every_so_many_steps_make_a_row():
    rows = rows_of(recipe_game(), images(), every=4, steps=13)
    assert [row["step"] for row in rows] == [4, 8, 12]


def test_the_seconds_go_on_from_an_earlier_part_of_the_run():
    game = recipe_game()
    (event, *_) = train(game, images(), steps=1, batch_size=BATCH)
    first = Monitor(every=1).row(event)["seconds"]
    later = Monitor(every=1, seconds_before=1000.0).row(event)["seconds"]
    assert 0 <= first < 100 and 1000 <= later < 1100


# ValuesFile


def row(step, seconds=0.0):
    return {name: 0.5 for name in COLUMNS} | {"step": step, "epoch": 0, "seconds": seconds}


def steps_in(path):
    with open(path, newline="", encoding="utf-8") as file:
        return [int(found["step"]) for found in csv.DictReader(file)]


def file_with(path, *steps):
    values = ValuesFile(path)
    for step in steps:
        values.append(row(step, seconds=step / 10))
    return path


def test_rows_are_lines_under_a_header(tmp_path):
    path = file_with(tmp_path / "values.csv", 50, 100)
    header, first, second = path.read_text().splitlines()
    assert header == ",".join((*COLUMNS, *SIGNS))
    assert first == "50,0,5.0,0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5,,,,"
    assert second.startswith("100,0,10.0,")


def test_numbers_are_read_back_to_the_last_bit(tmp_path):
    value = 0.1 + 0.2
    values = ValuesFile(tmp_path / "values.csv")
    values.append(row(1) | {"value": value})
    with open(tmp_path / "values.csv", newline="") as file:
        assert float(next(csv.DictReader(file))["value"]) == value


def test_a_resumed_run_drops_the_rows_beyond_its_step_and_goes_on_counting_seconds(tmp_path):
    path = file_with(tmp_path / "values.csv", 50, 100, 150, 200)
    before = path.read_text().splitlines()
    values = ValuesFile(path, after_step=120)
    assert path.read_text().splitlines() == before[:3]
    assert values.seconds == 10.0
    values.append(row(150))
    assert steps_in(path) == [50, 100, 150]


@pytest.mark.parametrize("after_step, kept", [(0, []), (49, []), (50, [50]), (1000, [50, 100])])
def test_which_rows_are_kept(tmp_path, after_step, kept):
    path = file_with(tmp_path / "values.csv", 50, 100)
    values = ValuesFile(path, after_step=after_step)
    assert steps_in(path) == kept
    assert values.seconds == (kept[-1] / 10 if kept else 0.0)


def test_a_file_that_is_gone_begins_again(tmp_path):
    assert ValuesFile(tmp_path / "values.csv", after_step=50).seconds == 0.0
    assert (tmp_path / "values.csv").read_text().splitlines() == [",".join((*COLUMNS, *SIGNS))]


@pytest.mark.parametrize("rest", ["", "1", "10", "100", "100,", "100,0,10.0,0.5,0."])
def test_a_row_that_a_kill_or_a_full_disk_cut_short_is_dropped(tmp_path, rest):
    path = file_with(tmp_path / "values.csv", 50, 100)
    with open(path, "a", newline="", encoding="utf-8") as file:
        file.write(rest)
    values = ValuesFile(path, after_step=100)
    assert (steps_in(path), values.seconds) == ([50, 100], 10.0)


def test_a_kill_while_rows_are_dropped_loses_none_of_the_others(tmp_path, monkeypatch):
    path = file_with(tmp_path / "values.csv", 50, 100, 150)

    def killed(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(csv.DictWriter, "writerows", killed)
    with pytest.raises(KeyboardInterrupt):
        ValuesFile(path, after_step=100)
    assert steps_in(path)[:2] == [50, 100]
