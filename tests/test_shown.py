"""What a layer, an optimiser and a game print as."""

import copy
import functools

import numpy as np

from gan_scratch.game import Game
from gan_scratch.gradient_check.catalogue import objective_classes
from gan_scratch.layers import (
    BatchNorm,
    Concatenate,
    Conv2D,
    ConvTranspose1D,
    Dense,
    Dropout,
    Flatten,
    Layer,
    LayerNorm,
    LeakyReLU,
    MaxPool2D,
    Parameter,
    PReLU,
    Reshape,
    Residual,
    Sequential,
    SpectralNorm,
    Tanh,
)
from gan_scratch.losses import NonSaturating
from gan_scratch.models import dcgan
from gan_scratch.optimizers import SGD, Adam, Average
from gan_scratch.penalties import R1, GradientPenalty
from gan_scratch.shown import amount
from gan_scratch.training.schedules import cosine, down_to, linear, warmed_up

RNG = np.random.default_rng(0)
conv = functools.partial(Conv2D, rng=RNG)
dense = functools.partial(Dense, rng=RNG)


def test_a_layer_shows_its_settings():
    assert [repr(layer) for layer in (
        dense(5, 4), dense(5, 4, bias=False), conv(1, 16, 4, stride=2, padding=1),
        conv(2, 4, (3, 2), stride=(1, 2), padding=((0, 1), (2, 2)), groups=2),
        conv(3, 8, 3, padding="same"), ConvTranspose1D(8, 3, 4, stride=2, bias=False, rng=RNG),
        LeakyReLU(), Dropout(0.4, rng=RNG), BatchNorm(3), LayerNorm((2, 2)), MaxPool2D(2),
        Reshape((2, 2, 3)), PReLU(), PReLU(3), Tanh(),
    )] == [
        "Dense(5, 4)", "Dense(5, 4, bias=False)",
        "Conv2D(1, 16, kernel_size=(4, 4), stride=(2, 2), padding=(1, 1))",
        "Conv2D(2, 4, kernel_size=(3, 2), stride=(1, 2), padding=((0, 1), 2), groups=2)",
        "Conv2D(3, 8, kernel_size=(3, 3), padding='same')",
        "ConvTranspose1D(8, 3, kernel_size=(4,), stride=(2,), bias=False)",
        "LeakyReLU(negative_slope=0.2)", "Dropout(0.4)", "BatchNorm(3, eps=1e-05, momentum=0.1)",
        "LayerNorm((2, 2), eps=1e-05)", "MaxPool2D((2, 2), stride=(2, 2))", "Reshape((2, 2, 3))",
        "PReLU(weight=(1,))", "PReLU(num_features=3)", "Tanh()",
    ]  # fmt: skip


def test_layers_inside_stand_on_one_line_or_on_a_line_each():
    assert repr(Residual(dense(4, 2), shortcut=Tanh())) == "Residual(Dense(4, 2), Tanh())"
    long = Sequential(
        SpectralNorm(conv(1, 64, 4, stride=2, padding=1), rng=RNG), LeakyReLU(), Flatten(),
        Concatenate(dense(4, 2), Tanh()),
    )
    assert repr(long) == """Sequential(
  (0): SpectralNorm(eps=1e-12,
    (layer): Conv2D(1, 64, kernel_size=(4, 4), stride=(2, 2), padding=(1, 1))
  )
  (1): LeakyReLU(negative_slope=0.2)
  (2): Flatten()
  (3): Concatenate(Dense(4, 2), Tanh())
)"""


class Mine(Layer):
    """No argument is plain data under its own name."""

    def __init__(self, size, mask, *others, parts=(), wanted={}):  # noqa: B006
        self.scale, self.mask, self.parts, self.wanted = Parameter(np.ones(size)), mask, parts, {}


def test_what_is_no_plain_data_is_passed_over():
    mine = Mine(3, np.ones((2, 2)), parts=[Tanh()])
    assert repr(mine) == "Mine(scale=(3,), Tanh())"
    mine.size = np.float32(0.1)
    assert repr(mine) == "Mine(0.1, Tanh())"


def test_penalties_losses_and_averages_show_their_strength():
    assert repr(R1(0.5)) == "R1(0.5)"
    assert repr(R1(1, every=4, schedule=linear)) == "R1(1.0, every=4, schedule=linear)"
    penalty = GradientPenalty(schedule=down_to(0.1, warmed_up(cosine, 0.2)))
    assert repr(penalty) == (
        "GradientPenalty(weight=10.0, eps=1e-12, schedule=DownTo(0.1, WarmedUp(cosine, 0.2)))"
    )
    assert {repr(cls()) for cls in objective_classes().values()} == {
        f"{name}()" for name in objective_classes()
    }
    assert repr(Average(Tanh(), 0.99)) == "Average(decay=0.99)"


def test_an_optimiser_shows_how_much_it_moves_and_its_settings():
    twice = Sequential(layer := dense(300, 400), layer)
    assert amount(twice.parameters()) == "120,400 numbers in 2 parameters"
    optimizer = Adam(twice.parameters(), 4e-3, beta1=0)
    optimizer.learning_rate /= 3
    assert repr(optimizer) == (
        "Adam(120,400 numbers in 2 parameters, learning_rate=0.00133333, beta1=0.0, beta2=0.999, "
        "eps=1e-08)"
    )
    assert repr(SGD({"w": Parameter(np.ones(3))}, 0.1)) == (
        "SGD(3 numbers in 1 parameter, learning_rate=0.1)"
    )


def game(classes, **settings):
    generator = dcgan.generator((8, 8, 1), 5, 2, classes=classes, rng=RNG)
    discriminator = dcgan.discriminator((8, 8, 1), 2, "none", classes=classes, rng=RNG)
    return Game(
        generator, discriminator, NonSaturating(), SGD(generator.parameters(), 0.1),
        SGD(discriminator.parameters(), 0.2), rng=RNG, latent=5, **settings,
    )


def test_a_game_shows_what_it_is_made_of():
    played = game(None, penalties=[R1(0.5), GradientPenalty(2)], clip=0.1)
    played.step = 7
    assert repr(played) == """Game(step=7, latent=(5,), clip=0.1,
  (generator): Sequential, 197 numbers in 5 parameters
  (discriminator): Sequential, 67 numbers in 4 parameters
  (objective): NonSaturating()
  (penalties): R1(0.5), GradientPenalty(weight=2.0, eps=1e-12)
  (generator_optimizer): SGD(197 numbers in 5 parameters, learning_rate=0.1)
  (discriminator_optimizer): SGD(67 numbers in 4 parameters, learning_rate=0.2)
  (average): None
)"""
    told = game(3)
    told.average = Average(told.generator)
    first, *_, penalties, _, _, average, _ = repr(told).splitlines()
    assert first == "Game(step=0, classes=3, latent=(5,),"
    assert [penalties, average] == ["  (penalties): none", "  (average): Average(decay=0.999)"]
    copied = copy.deepcopy(told)
    assert repr(copied) == repr(told)
