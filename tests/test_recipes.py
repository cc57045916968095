"""Recipes: what they build, that any objective plays on any kind of sample, and what is refused."""

import json

import numpy as np
import pytest

from gan_scratch import datasets
from gan_scratch.datasets import Dataset
from gan_scratch.game import Game
from gan_scratch.layers import (
    Augment,
    Conv1D,
    Dense,
    Flatten,
    InstanceNoise,
    LeakyReLU,
    MinibatchStandardDeviation,
    Pack,
    Reshape,
    Sequential,
)
from gan_scratch.optimizers import Adam
from gan_scratch.penalties import R1, R2, GradientPenalty
from gan_scratch.recipes import OBJECTIVES, RECIPES, Recipe
from gan_scratch.training.loop import train

SMALL = Recipe(name="small", summary="", hidden=(6,), latent=3, width=2, batch_size=4, steps=3)


def play(game, dataset, steps=3, **settings):
    for _ in train(game, dataset, steps=steps, batch_size=4, **settings):
        pass
    return game


def moved(player, before):
    return [(player.parameters()[name].value != before[name]).any() for name in player.parameters()]


def sequence_players(rng):
    generator = Sequential(Dense(3, 10, rng=rng), Reshape((5, 2)))
    discriminator = Sequential(
        Conv1D(2, 3, 3, padding="same", rng=rng), LeakyReLU(), Flatten(), Dense(15, 1, rng=rng)
    )
    return generator, discriminator


@pytest.mark.parametrize("kind", ["points", "images", "sequences"])
@pytest.mark.parametrize("objective", OBJECTIVES)
def test_any_objective_plays_on_points_images_and_sequences(objective, kind):
    rng = np.random.default_rng(0)
    if kind == "sequences":
        dataset = Dataset("waves", sequences=rng.standard_normal((12, 5, 2)))
        generator, discriminator = sequence_players(rng)
        game = Game(
            generator, discriminator, OBJECTIVES[objective](), Adam(generator.parameters()),
            Adam(discriminator.parameters()), [R1(0.1), R2(0.1), GradientPenalty(1)], rng=rng,
        )
    else:
        shape = (2,) if kind == "points" else (8, 8, 1)
        dataset = Dataset(kind, **{kind: rng.random((12, *shape)).astype("float32")})
        recipe = SMALL.but(
            objective=objective, r1=0.1, r2=0.1, gradient_penalty=1.0,
            architecture="mlp" if kind == "points" else "dcgan",
        )
        game = recipe.game(dataset.sample_shape, seed=0)
    before = game.generator.state(), game.discriminator.state()
    play(game, dataset)
    assert any(moved(game.generator, before[0])) and any(moved(game.discriminator, before[1]))
    assert all(np.isfinite(value).all() for value in game.generator.state().values())


def test_what_stands_in_front_of_the_discriminator_and_in_its_loss():
    recipe = SMALL.but(
        architecture="dcgan", pack=2, instance_noise=0.2, augment=("translation", "cutout"),
        r1=0.3, r2=0.2, gradient_penalty=5.0, penalty_every=4, penalty_schedule="cosine",
        penalty_floor=0.1, gradient_target=0.5, clip=0.5, unroll=0.01, discriminator_rate=2e-3,
    )
    game = recipe.game((8, 8, 1), seed=0)
    augment, noise, pack = game.discriminator[:3]
    assert isinstance(augment, Augment) and augment.kinds == ("translation", "cutout")
    assert isinstance(noise, InstanceNoise) and noise.sigma == 0.2
    assert isinstance(pack, Pack) and game.discriminator[3].in_channels == 2
    r1, r2, slope = game.penalties
    assert (type(r1), r1.gamma, type(r2), r2.gamma) == (R1, 0.3, R2, 0.2)
    assert (type(slope), slope.weight, slope.every) == (GradientPenalty, 5.0, 4)
    assert slope.target == 0.5
    assert (game.clip, game.unroll) == (0.5, 0.01)
    assert game.discriminator_optimizer.learning_rate == 2e-3
    game.follow_schedules(0.5)
    assert r1.factor == pytest.approx(0.1 + 0.9 * 0.5) and noise.factor == 0.5
    x = np.zeros((4, 8, 8, 1), "float32")
    assert game.discriminator(x).shape == (2, 1)
    assert recipe.discriminator((8, 8, 1), np.random.default_rng(0))(x).shape == (4, 1)


def test_a_recipe_with_everything_trains_and_is_told_classes_behind_its_front():
    data = datasets.load("digits", value_range=(0, 1))
    recipe = SMALL.but(architecture="dcgan", conditional=True, augment=("contrast",),
                       instance_noise=0.1, r1=0.1, warm_up=0.5)
    game = recipe.game(data.sample_shape, 10, seed=0)
    assert isinstance(game.discriminator.body[0], Augment)
    play(game, data, schedule=recipe.rate_schedule())
    assert game.step == 3


def test_minibatch_deviation_and_spectral_norm_in_recipes():
    recipe = SMALL.but(architecture="dcgan", minibatch_deviation=True)
    layers = recipe.game((8, 8, 1), seed=0).discriminator.layers
    assert any(isinstance(layer, MinibatchStandardDeviation) for layer in layers)
    game = SMALL.but(discriminator_normalization="spectral").game((2,), seed=0)
    assert "1.u" in game.discriminator.buffers()


def test_weights_do_not_depend_on_what_stands_in_front():
    """So that a comparison changes one thing only."""
    plain = SMALL.game((2,), seed=3)
    noisy = SMALL.but(instance_noise=0.1).game((2,), seed=3)
    for a, b in zip(plain.discriminator.parameters().values(),
                    noisy.discriminator.parameters().values(), strict=True):
        np.testing.assert_array_equal(a.value, b.value)


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_survives_json(name):
    plain = json.loads(json.dumps(RECIPES[name].settings()))
    assert Recipe(**plain) == RECIPES[name]


@pytest.mark.parametrize("wrong, sentence", [
    ({"schedule": "quadratic"}, "unknown schedule 'quadratic'; choose one of constant, linear"),
    ({"penalty_schedule": "up"}, "unknown schedule 'up'"),
    ({"r1": -1.0}, "r1 must be a finite number ≥ 0, got -1.0"),
    ({"r2": float("nan")}, "r2 must be a finite number ≥ 0"),
    ({"gradient_penalty": -2.0}, "gradient_penalty must be a finite number ≥ 0"),
    ({"pack": 3}, "a batch of 4 cannot be put into packs of 3"),
    ({"pack": 0}, "pack must be a positive whole number, got 0"),
    ({"pack": 2, "conditional": True, "architecture": "dcgan"}, "a pack of samples has no one"),
    ({"objective": "hing"}, "unknown objective 'hing'"),
    ({"warm_up": 1.0, "schedule": "linear"}, "warm_up must be in"),
    ({"beta1": 1.5}, "beta1 must be in"),
    ({"average": 1.0}, "average must be in"),
    ({"gradient_target": -0.5}, "gradient_target must be a finite number ≥ 0"),
    ({"clip": -1.0}, "clip must be a finite number ≥ 0"),
    ({"penalty_every": 0}, "penalty_every must be a positive whole number"),
    ({"augment": ("cutuot",)}, r"unknown kind 'cutuot' \(did you mean cutout\?\)"),
    ({"augment": "cutout"}, "augment must be a tuple of kinds, got 'cutout'"),
    ({"hidden": 128}, "hidden must be a tuple of sizes, got 128"),
    ({"discriminator_normalization": "batch"},
     "unknown discriminator_normalization of the mlp 'batch'; choose one of none, spectral"),
    ({"minibatch_deviation": True}, "minibatch_deviation is a setting of the dcgan"),
    ({"conditional": True}, "conditional is a setting of the dcgan"),
])  # fmt: skip
def test_a_wrong_setting_is_one_sentence(wrong, sentence):
    with pytest.raises(ValueError, match=f"^{sentence}"):
        SMALL.but(**wrong)


@pytest.mark.parametrize("penalty", ["r1", "r2", "gradient_penalty"])
def test_a_penalised_critic_with_batch_norm_is_refused(penalty):
    recipe = SMALL.but(
        architecture="dcgan", discriminator_normalization="batch", **{penalty: 1.0}
    )
    data = Dataset("noise", images=np.random.default_rng(0).random((8, 16, 16, 1)))
    with pytest.raises(ValueError, match="penalises each sample's own gradient, .*BatchNorm"):
        play(recipe.game((16, 16, 1), seed=0), data)
