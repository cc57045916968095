"""A family as somebody writes it who has the library installed: data, players, a loss, a recipe."""

from dataclasses import dataclass

import numpy as np

from gan_scratch import settings
from gan_scratch.datasets import Dataset
from gan_scratch.layers import Conv2D, Dense, Flatten, LeakyReLU, Reshape, Sequential, Sigmoid
from gan_scratch.losses import NonSaturating
from gan_scratch.part import Part, setting
from gan_scratch.recipes import Adams, Data, Penalties, Recipe, Steps


@dataclass(frozen=True)
class Blobs(Data, kind="blobs"):
    name: str = setting("blobs", settings.text)
    size: int = setting(8, settings.positive_integer)

    own = False

    def load(self, split, rng):
        centres = rng.uniform(0, self.size, (60, 2, 1, 1))
        rows, columns = np.mgrid[: self.size, : self.size]
        distances = (rows - centres[:, 0]) ** 2 + (columns - centres[:, 1]) ** 2
        images = np.exp(-distances / 4)[..., None].astype("float32")
        return Dataset("blobs", images=images, value_range=(0, 1))


@dataclass(frozen=True)
class Players(Part, kind="one-convolution"):
    latent: int = setting(5, settings.positive_integer)
    channels: int = setting(3, settings.positive_integer)

    conditional = False

    def expect_samples(self, sample_shape):
        if sample_shape[0] % 2:
            raise ValueError(f"one-convolution halves images, got {sample_shape}")

    def generator(self, sample_shape, rng, classes=None):
        pixels = int(np.prod(sample_shape))
        return Sequential(Dense(self.latent, pixels, rng=rng), Sigmoid(), Reshape(sample_shape))

    def discriminator(self, sample_shape, rng, classes=None):
        features = self.channels * sample_shape[0] * sample_shape[1] // 4
        return Sequential(
            Conv2D(sample_shape[-1], self.channels, 4, 2, 1, rng=rng), LeakyReLU(), Flatten(),
            Dense(features, 1, rng=rng),
        )  # fmt: skip


@dataclass(frozen=True)
class Louder(Part, kind="louder"):
    by: float = setting(2.0, settings.positive)

    def made(self):
        return Loud(self.by)


class Loud(NonSaturating):
    """The non-saturating losses, `by` times as large."""

    def __init__(self, by):
        self.by = by

    def discriminator(self, real, fake):
        return tuple(self.by * each for each in super().discriminator(real, fake))

    def generator(self, fake, real=None):
        return tuple(self.by * each for each in super().generator(fake, real))


RECIPES = (
    Recipe(
        "blobs", "a blob somewhere", Blobs(batch_size=10), Players(), Louder(3.0),
        Penalties(r1=0.1), optimizers=Adams(average=0.9), steps=Steps(6),
    ),
)  # fmt: skip
