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
from gan_scratch.models import dcgan, mlp
from gan_scratch.optimizers import Adam
from gan_scratch.part import make
from gan_scratch.penalties import R1, R2, GradientPenalty
from gan_scratch.recipes import OBJECTIVES, RECIPES, Data, Front, Penalties, Recipe, Steps
from gan_scratch.training.loop import train

SMALL = Recipe(
    "small", "", Data(batch_size=4), mlp.Players(latent=3, hidden=(6,)), steps=Steps(3)
)
DCGAN = dcgan.Players(latent=3, width=2)


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
            latent=3,
        )
    else:
        shape = (2,) if kind == "points" else (8, 8, 1)
        dataset = Dataset(kind, **{kind: rng.random((12, *shape)).astype("float32")})
        recipe = SMALL.but(
            objective=objective, penalties={"r1": 0.1, "r2": 0.1, "gradient": 1.0},
            **({} if kind == "points" else {"players": DCGAN}),
        )
        game = recipe.game(dataset.sample_shape, seed=0)
    before = game.generator.state(), game.discriminator.state()
    play(game, dataset)
    assert any(moved(game.generator, before[0])) and any(moved(game.discriminator, before[1]))
    assert all(np.isfinite(value).all() for value in game.generator.state().values())


def test_what_stands_in_front_of_the_discriminator_and_in_its_loss():
    recipe = SMALL.but(
        players=DCGAN, front=Front(("translation", "cutout"), instance_noise=0.2, pack=2),
        penalties=Penalties(0.3, 0.2, 5.0, target=0.5, every=4, schedule="cosine", floor=0.1),
        steps={"clip": 0.5, "unroll": 0.01}, optimizers={"discriminator_rate": 2e-3},
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
    bare = recipe.players.discriminator((8, 8, 1), np.random.default_rng(0))
    assert bare(x).shape == (4, 1)


def test_a_recipe_with_everything_trains_and_is_told_classes_behind_its_front():
    data = datasets.load("digits", value_range=(0, 1))
    recipe = SMALL.but(
        players=DCGAN.but(conditional=True),
        front={"augment": ("contrast",), "instance_noise": 0.1}, penalties={"r1": 0.1},
        schedule={"warm_up": 0.5},
    )
    game = recipe.game(data.sample_shape, 10, seed=0)
    assert isinstance(game.discriminator.body[0], Augment)
    play(game, data, schedule=recipe.schedule)
    assert game.step == 3


def test_minibatch_deviation_and_spectral_norm_in_recipes():
    recipe = SMALL.but(players=DCGAN.but(minibatch_deviation=True))
    layers = recipe.game((8, 8, 1), seed=0).discriminator.layers
    assert any(isinstance(layer, MinibatchStandardDeviation) for layer in layers)
    game = SMALL.but(players={"discriminator_normalization": "spectral"}).game((2,), seed=0)
    assert "1.u" in game.discriminator.buffers()


def test_weights_do_not_depend_on_what_stands_in_front():
    """So that a comparison changes one thing only."""
    plain = SMALL.game((2,), seed=3)
    noisy = SMALL.but(front={"instance_noise": 0.1}).game((2,), seed=3)
    for a, b in zip(plain.discriminator.parameters().values(),
                    noisy.discriminator.parameters().values(), strict=True):
        np.testing.assert_array_equal(a.value, b.value)


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_survives_json(name):
    plain = json.loads(json.dumps(RECIPES[name].settings()))
    assert make(plain) == RECIPES[name] and make(plain) is not RECIPES[name]


@pytest.mark.parametrize("wrong, sentence", [
    ("schedule.shape=quadratic",
     "Schedule: unknown shape 'quadratic'; choose one of constant, linear"),
    ("penalties.schedule=up", "Penalties: unknown schedule 'up'"),
    ("penalties.r1=-1.0", "Penalties: r1 must be a finite number ≥ 0, got -1.0"),
    ("penalties.r2=NaN", "Penalties: r2 must be a finite number ≥ 0"),
    ("penalties.gradient=-2.0", "Penalties: gradient must be a finite number ≥ 0"),
    ("front.pack=3", "a batch of 4 cannot be put into packs of 3"),
    ("front.pack=0", "Front: pack must be a positive whole number, got 0"),
    ("objective=hing", r"unknown objective 'hing' \(did you mean hinge\?\)"),
    ("schedule.warm_up=1.0", "Schedule: warm_up must be in"),
    ("optimizers.beta1=1.5", "Adams: beta1 must be in"),
    ("optimizers.average=1.0", "Adams: average must be in"),
    ("penalties.target=-0.5", "Penalties: target must be a finite number ≥ 0"),
    ("steps.clip=-1.0", "Steps: clip must be a finite number ≥ 0"),
    ("penalties.every=0", "Penalties: every must be a positive whole number"),
    ("front.augment=cutuot", r"Front: unknown augment 'cutuot' \(did you mean cutout\?\)"),
    ("players.hidden=[12.5]", "Players: hidden must be a positive whole number, got 12.5"),
    ("players.spread=1", "Players: spread must be true or false, got 1"),
    ("players.discriminator_normalization=batch",
     "Players: unknown discriminator_normalization 'batch'; choose one of none, spectral"),
    ("players.conditional=true", "mlp has no setting 'conditional'; it has latent, hidden"),
    ("players.minibatch_deviation=true", "mlp has no setting 'minibatch_deviation'"),
])  # fmt: skip
def test_a_wrong_setting_is_one_sentence(wrong, sentence):
    with pytest.raises(ValueError, match=f"^{sentence}"):
        SMALL.set(wrong)


def test_settings_of_two_parts_that_do_not_go_together():
    with pytest.raises(ValueError, match="^a pack of samples has no one class to be told"):
        SMALL.but(players=DCGAN.but(conditional=True), front=Front(pack=2))
    assert SMALL.but(front=Front(pack=3), data={"batch_size": 6}).front.pack == 3


@pytest.mark.parametrize("penalty", ["r1", "r2", "gradient"])
def test_a_penalised_critic_with_batch_norm_is_refused(penalty):
    recipe = SMALL.but(
        players=DCGAN.but(discriminator_normalization="batch"), penalties={penalty: 1.0}
    )
    data = Dataset("noise", images=np.random.default_rng(0).random((8, 16, 16, 1)))
    with pytest.raises(ValueError, match="penalises each sample's own gradient, .*BatchNorm"):
        play(recipe.game((16, 16, 1), seed=0), data)
