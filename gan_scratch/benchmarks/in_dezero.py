"""The step in DeZero, a NumPy library that records a graph (dezero 0.0.13 on PyPI)."""

import numpy as np

np.int = int  # DeZero asks for this name when it is imported; NumPy 1.24 took it away
from dezero import Model, Variable, functions, layers, optimizers  # noqa: E402

del np.int

__all__ = ["Variable", "functions", "steps"]


def steps(model, batch_size, name, cores=1):
    """An endless iterator that makes a step each time."""
    adams, rng = model.recipe.optimizers, np.random.default_rng(0)
    images = np.ascontiguousarray(model.dataset().images.transpose(0, 3, 1, 2))
    generator, discriminator = Player(generator_layers(model)), Player(discriminator_layers(model))
    movers = [
        optimizers.Adam(adams.learning_rate, adams.beta1, adams.beta2).setup(player)
        for player in (generator, discriminator)
    ]
    ones, zeros = np.ones((batch_size, 1), "float32"), np.zeros((batch_size, 1), "float32")

    def step():
        real = images[rng.integers(len(images), size=batch_size)]
        fake = generator(rng.standard_normal((batch_size, model.recipe.players.latent), "float32"))
        discriminator.cleargrads()
        loss = functions.sigmoid_cross_entropy(discriminator(real), ones)
        loss = loss + functions.sigmoid_cross_entropy(discriminator(fake.data), zeros)
        loss.backward()
        movers[1].update()
        generator.cleargrads()
        functions.sigmoid_cross_entropy(discriminator(fake), ones).backward()
        movers[0].update()

    return iter(step, "never")


class Player(Model):
    """Functions and layers, one after the other."""

    def __init__(self, parts):
        super().__init__()
        self.parts = parts
        for index, part in enumerate(parts):
            setattr(self, f"part{index}", part)  # DeZero finds parameters by attributes

    def forward(self, x):
        for part in self.parts:
            x = part(x)
        return x


def generator_layers(model):
    height, width, channels = model.shape
    if model.recipe.players.kind == "mlp":
        return [
            layers.Linear(128), functions.leaky_relu, layers.Linear(128), functions.leaky_relu,
            layers.Linear(height * width * channels), functions.tanh,
            lambda x: functions.reshape(x, (-1, channels, height, width)),
        ]
    widths, smallest = model.widths, model.smallest
    parts = [
        layers.Linear(widths[-1] * smallest**2, nobias=True),
        lambda x: functions.reshape(x, (-1, widths[-1], smallest, smallest)),
        layers.BatchNorm(), functions.relu,
    ]
    for outputs in widths[-2::-1]:
        convolution = layers.Deconv2d(outputs, 4, 2, 1, nobias=True)
        parts += [convolution, layers.BatchNorm(), functions.relu]
    return [*parts, layers.Deconv2d(channels, 4, 2, 1), functions.tanh]


def discriminator_layers(model):
    def flat(x):
        return functions.reshape(x, (len(x), -1))

    if model.recipe.players.kind == "mlp":
        inner = [layers.Linear(128), functions.leaky_relu, layers.Linear(128), functions.leaky_relu]
        return [flat, *inner, layers.Linear(1)]
    widths = model.widths
    parts = [layers.Conv2d(widths[0], 4, 2, 1), functions.leaky_relu]
    for outputs in widths[1:]:
        convolution = layers.Conv2d(outputs, 4, 2, 1, nobias=True)
        parts += [convolution, layers.BatchNorm(), functions.leaky_relu]
    return [*parts, flat, layers.Linear(1)]
