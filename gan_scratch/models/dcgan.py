"""The DCGAN: convolutions that halve, transposed ones that double (Radford, Metz, Chintala 2016).

For 28 × 28 × 1, with w the width:

    G: noise - dense - 7 × 7 × 2w - 14 × 14 × w - 28 × 28 × 1
    D: 28 × 28 × 1 - 14 × 14 × w - 7 × 7 × 2w - dense - score

and for 64 × 64 × 3 two steps more, from 4 × 4 × 8w on. Kernels are 4 × 4 with a stride of 2, so
that each place of the larger side is reached by the same number of taps, and no chequered pattern
comes in. G has ReLUs, D leaky ones; neither normalizes the layer that touches pixels.
"""

import math
from dataclasses import dataclass

from gan_scratch import layers as nn
from gan_scratch import settings
from gan_scratch.models.conditional import ConditionalDiscriminator, ConditionalGenerator
from gan_scratch.part import Part, setting

OUTPUTS = {"tanh": nn.Tanh, "sigmoid": nn.Sigmoid}
SMALLEST = 4  # places along the shorter side that are not halved any more
EMBEDDING_DIM = 16  # numbers that tell the generator its class

# What stands between a layer and its activation. Layer normalization takes a whole sample: it is
# group normalization with one group.
NORMALIZATIONS = {
    "batch": nn.BatchNorm, "layer": lambda channels: nn.GroupNorm(1, channels),
    "instance": nn.InstanceNorm, "spectral": None, "none": None,
}


@dataclass(frozen=True)
class Players(Part, kind="dcgan"):
    """Both players of a recipe, of images in (0, 1) of any size that can be halved.

    latent              size of the noise
    width               channels of the largest inner layer of both players
    dense               size of a dense layer at the small end of both players; 0: none
    blocks              residual blocks at the smallest inner size
    generator_normalization, discriminator_normalization
                        keys of NORMALIZATIONS
    conditional         whether both players are told the class
    minibatch_deviation whether D sees how much a batch varies
    """

    latent: int = setting(100, settings.positive_integer)
    width: int = setting(16, settings.positive_integer)
    dense: int = setting(0, settings.whole_number)
    blocks: int = setting(0, settings.whole_number)
    generator_normalization: str = setting("batch", settings.one_of, NORMALIZATIONS)
    discriminator_normalization: str = setting("none", settings.one_of, NORMALIZATIONS)
    conditional: bool = setting(False, settings.truth)
    minibatch_deviation: bool = setting(False, settings.truth)

    def expect_samples(self, sample_shape):
        """Raise ValueError where the players cannot make samples of this shape."""
        halvings(sample_shape)

    def generator(self, sample_shape, rng, classes=None):
        return generator(
            sample_shape, self.latent, self.width, self.generator_normalization, "sigmoid", classes,
            self.dense, self.blocks, rng=rng,
        )

    def discriminator(self, sample_shape, rng, classes=None):
        return discriminator(
            sample_shape, self.width, self.discriminator_normalization, classes, self.dense,
            self.blocks, self.minibatch_deviation, rng=rng,
        )


def generator(
    sample_shape=(28, 28, 1), latent=100, width=64, normalization="batch", output="tanh",
    classes=None, hidden=0, blocks=0, *, rng, init="he",
):
    """noise (N, latent) -> images (N, *sample_shape), or (noise, labels) -> images with `classes`.

    width           channels of the largest inner layer; they double as the places are halved
    normalization   a key of NORMALIZATIONS, or None
    hidden          size of a dense layer between the noise and the first image; 0: none
    blocks          residual blocks at the smallest inner size
    output          tanh for images in (-1, 1), sigmoid for images in (0, 1)
    init            "he", or "dcgan" for the N(0, 0.02²) of the paper
    """
    settings.one_of(None, "output", output, OUTPUTS)
    settings.positive_integer(None, "latent", latent)
    settings.positive_integer(None, "width", width)
    settings.whole_number(None, "hidden", hidden)
    normalization = known(normalization)
    wrap, bias = wrapper(normalization, rng), has_bias(normalization)
    sizes = halvings(sample_shape)
    channels = [width * 2**level for level in range(len(sizes) - 1)][::-1]
    start = (*sizes[-1], channels[0])
    features = latent + (EMBEDDING_DIM if classes else 0)
    layers = []
    if hidden:
        first = nn.Dense(features, hidden, bias, rng=rng, init=init)
        layers += [wrap(first), *norm(dense_kind(normalization), hidden), nn.ReLU()]
        features = hidden
    dense = nn.Dense(features, math.prod(start), bias, rng=rng, init=init)
    layers += [wrap(dense), nn.Reshape(start), *norm(normalization, start[-1]), nn.ReLU()]
    layers += residual_blocks(blocks, start[-1], normalization, rng, init)
    for inputs, outputs in zip(channels[:-1], channels[1:], strict=True):
        doubling = nn.ConvTranspose2D(inputs, outputs, 4, 2, 1, bias=bias, rng=rng, init=init)
        layers += [wrap(doubling), *norm(normalization, outputs), nn.ReLU()]
    to_pixels = nn.ConvTranspose2D(channels[-1], sample_shape[-1], 4, 2, 1, rng=rng, init=init)
    body = nn.Sequential(*layers, wrap(to_pixels), OUTPUTS[output]())
    if not classes:
        return body
    return ConditionalGenerator(body, latent, classes, EMBEDDING_DIM, rng=rng)


def discriminator(
    sample_shape=(28, 28, 1), width=64, normalization="batch", classes=None, hidden=0, blocks=0,
    minibatch_deviation=False, *, rng, init="he", negative_slope=0.2,
):
    """images (N, *sample_shape) -> scores (N, 1), or (images, labels) -> scores with `classes`.

    hidden          size of a dense layer between the last image and the score; 0: none. The score
                    is then more than a sum over places: it can see whether distant parts fit.
    blocks          residual blocks at the smallest inner size
    minibatch_deviation
                    whether the smallest image gets a channel that tells how much a batch varies

    A critic with a gradient penalty takes normalization="none" (or layer, instance, spectral):
    with batch norm one sample's score depends on the others.
    """
    settings.positive_integer(None, "width", width)
    settings.whole_number(None, "hidden", hidden)
    normalization = known(normalization)
    wrap = wrapper(normalization, rng)
    sizes = halvings(sample_shape)
    channels = [sample_shape[-1], *(width * 2**level for level in range(len(sizes) - 1))]
    layers = []
    for level, (inputs, outputs) in enumerate(zip(channels[:-1], channels[1:], strict=True)):
        between = normalization if level else "none"  # of the pixels' layer
        halving = nn.Conv2D(inputs, outputs, 4, 2, 1, bias=has_bias(between), rng=rng, init=init)
        layers += [wrap(halving), *norm(between, outputs), nn.LeakyReLU(negative_slope)]
    last = channels[-1]
    layers += residual_blocks(blocks, last, normalization, rng, init, negative_slope)
    if minibatch_deviation:
        layers.append(nn.MinibatchStandardDeviation())
        last += 1
    layers.append(nn.Flatten())
    features = math.prod(sizes[-1]) * last
    if hidden:
        dense = nn.Dense(features, hidden, has_bias(normalization), rng=rng, init=init)
        layers += [wrap(dense), *norm(dense_kind(normalization), hidden)]
        layers.append(nn.LeakyReLU(negative_slope))
        features = hidden
    if classes:
        body = nn.Sequential(*layers)
        return ConditionalDiscriminator(body, features, classes, rng=rng, init=init, wrap=wrap)
    return nn.Sequential(*layers, wrap(nn.Dense(features, 1, rng=rng, init=init)))


def residual_blocks(count, channels, normalization, rng, init, negative_slope=0.2):
    """`count` blocks x + f(x), with f two 3 × 3 convolutions, each behind a leaky ReLU.

    The second convolution starts at zero, so that a block starts as the identity and needs no
    normalization between its layers (Zhang, Dauphin and Ma 2019). A spectral norm cannot start at
    zero; there it starts as any other.
    """
    wrap = wrapper(normalization, rng)
    last_init = init if normalization == "spectral" else "zero"

    def convolution(init):
        return wrap(nn.Conv2D(channels, channels, 3, padding="same", rng=rng, init=init))

    return [
        nn.Residual(nn.Sequential(
            nn.LeakyReLU(negative_slope), convolution(init), nn.LeakyReLU(negative_slope),
            convolution(last_init),
        ))
        for _ in range(settings.whole_number(None, "blocks", count))
    ]


def halvings(sample_shape):
    """[(H, W), (H/2, W/2), ...]: the sizes from the image down to the smallest inner layer."""
    if not isinstance(sample_shape, (tuple, list)) or len(sample_shape) != 3:
        raise ValueError(f"a DCGAN makes images (H, W, C), got a sample shape {sample_shape}")
    size = tuple(sample_shape[:-1])
    sizes = [size]
    while all(length % 2 == 0 and length // 2 >= SMALLEST for length in sizes[-1]):
        sizes.append(tuple(length // 2 for length in sizes[-1]))
    if len(sizes) < 2:
        raise ValueError(
            f"a DCGAN halves images until they are small: height and width must be even and at "
            f"least {2 * SMALLEST}, got {size[0]} × {size[1]}"
        )
    return sizes


def known(normalization):
    """A key of NORMALIZATIONS; None means "none"."""
    return settings.one_of(None, "normalization", normalization or "none", NORMALIZATIONS)


def has_bias(normalization):
    """Batch and instance norm take the mean of each channel away, and a bias with it."""
    return normalization not in ("batch", "instance")


def dense_kind(normalization):
    """What normalizes a dense layer's output, which has no places to take a mean over."""
    return "layer" if normalization == "instance" else normalization


def wrapper(normalization, rng):
    """A function that puts around a layer what normalizes its weight."""
    if normalization == "spectral":
        return lambda layer: nn.SpectralNorm(layer, rng=rng)
    return lambda layer: layer


def norm(normalization, channels):
    make = NORMALIZATIONS[normalization]
    return [] if make is None else [make(channels)]
