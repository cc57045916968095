"""The smallest players that write digits: dense layers with leaky ReLUs between them.

    G: 100 - 128 - 128 - 784        D: 784 - 128 - 128 - 1

as in the original paper's multilayer perceptrons, one size smaller.
"""

import math
from dataclasses import dataclass

from gan_scratch import layers as nn
from gan_scratch import settings
from gan_scratch.part import Part, setting

OUTPUTS = {"sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "linear": None}
NORMALIZATIONS = ("none", "spectral")


@dataclass(frozen=True)
class Players(Part, kind="mlp"):
    """Both players of a recipe, of samples of any shape.

    latent              size of the noise
    hidden              sizes of the hidden layers of both players
    negative_slope      of the leaky ReLUs
    spread              whether biases start spread out, as points in a plane want it
    discriminator_normalization
                        none, or spectral
    """

    latent: int = setting(100, settings.positive_integer)
    hidden: tuple = setting((128, 128), settings.each, settings.positive_integer)
    negative_slope: float = setting(0.2, settings.not_negative)
    spread: bool = setting(False, settings.truth)
    discriminator_normalization: str = setting("none", settings.one_of, NORMALIZATIONS)

    conditional = False

    def expect_samples(self, sample_shape):
        """Raise ValueError where the players cannot make samples of this shape."""

    def generator(self, sample_shape, rng, classes=None):
        output = "linear" if len(sample_shape) == 1 else "sigmoid"
        how = {"negative_slope": self.negative_slope, "spread": self.spread}
        return generator(sample_shape, self.latent, self.hidden, output, rng=rng, **how)

    def discriminator(self, sample_shape, rng, classes=None):
        kind = self.discriminator_normalization
        how = {"negative_slope": self.negative_slope, "spread": self.spread}
        return discriminator(sample_shape, self.hidden, kind, rng=rng, **how)


def generator(
    sample_shape=(28, 28, 1), latent=100, hidden=(128, 128), output="sigmoid", *, rng,
    negative_slope=0.2, spread=False,
):
    """noise (N, latent) -> samples (N, *sample_shape).

    output          bounds the samples: sigmoid to (0, 1), tanh to (-1, 1), linear not at all
    spread          whether biases start spread out (see `dense_stack`)
    """
    settings.one_of(None, "output", output, OUTPUTS)
    sizes = (latent, *hidden, math.prod(sample_shape))
    layers = dense_stack(sizes, rng, negative_slope, spread)
    if OUTPUTS[output] is not None:
        layers.append(OUTPUTS[output]())
    return nn.Sequential(*layers, nn.Reshape(sample_shape))


def discriminator(
    sample_shape=(28, 28, 1), hidden=(128, 128), normalization="none", *, rng, negative_slope=0.2,
    spread=False,
):
    """samples (N, *sample_shape) -> scores (N, 1): logits of "this is real".

    `normalization` may be spectral: then every weight has its largest singular value at 1.
    """
    settings.one_of(None, "normalization", normalization, NORMALIZATIONS)
    sizes = (math.prod(sample_shape), *hidden, 1)
    layers = dense_stack(sizes, rng, negative_slope, spread)
    if normalization == "spectral":  # every second layer is dense
        layers[::2] = [nn.SpectralNorm(dense, rng=rng) for dense in layers[::2]]
    return nn.Sequential(nn.Flatten(), *layers)


def dense_stack(sizes, rng, negative_slope=0.2, spread=False):
    """Dense layers from size to size, a leaky ReLU between each two.

    With `spread` weights and biases start uniform in ±1 / sqrt(fan_in). With biases of zero all
    bends of the first layer pass through the origin, and for points in a plane it takes long until
    D can tell near from far; of many pixels there are always some of another sign.
    """
    start = {"init": "uniform", "bias_init": "uniform"} if spread else {}
    layers = []
    for inputs, outputs in zip(sizes[:-1], sizes[1:], strict=True):
        layers += [nn.Dense(inputs, outputs, rng=rng, **start), nn.LeakyReLU(negative_slope)]
    return layers[:-1]
