"""Every layer of the library with settings to check it at, a family a function.

An example is (layer, input). The input is written as a shape, for standard normal numbers; as
Labels(shape, classes), for integers; or as a list of these, for a layer that takes several inputs.
"""

from typing import NamedTuple

from gan_scratch.layers import (
    GRU,
    LSTM,
    Affine,
    Augment,
    AveragePool2D,
    BatchNorm,
    Concatenate,
    ConcatenateCondition,
    Conv1D,
    Conv2D,
    Conv3D,
    ConvTranspose1D,
    ConvTranspose2D,
    ConvTranspose3D,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    GlobalAveragePool,
    GroupNorm,
    GumbelSoftmax,
    Heads,
    Identity,
    InstanceNoise,
    InstanceNorm,
    LayerNorm,
    LeakyReLU,
    MaxPool2D,
    MinibatchStandardDeviation,
    Modulate,
    Pack,
    PixelShuffle,
    PReLU,
    ReLU,
    Reshape,
    Residual,
    SelfAttention,
    Sequential,
    Sigmoid,
    Softmax,
    Softplus,
    SpectralNorm,
    Tanh,
    Upsample,
    ZeroStuffing,
)


class Labels(NamedTuple):
    """Integers in [0, classes), of this shape."""

    shape: tuple
    classes: int


def draw_input(kind, rng):
    """An input of this kind, in float64 on the host."""
    if isinstance(kind, list):
        return tuple(draw_input(item, rng) for item in kind)
    if isinstance(kind, Labels):
        return rng.integers(kind.classes, size=kind.shape)
    return rng.standard_normal(kind)


def examples(rng):
    """class name -> list of (layer, input), each layer in float32 as users make it."""
    found = {}
    for family in (elementary, convolutions, normalizations, toolbox, recurrent):
        for layer, kind in family(rng):
            found.setdefault(type(layer).__name__, []).append((layer, kind))
    return found


def elementary(rng):
    """The layers of a multilayer perceptron."""
    return [
        (Dense(5, 4, rng=rng), (3, 5)),
        (Dense(5, 4, bias=False, rng=rng), (3, 5)),
        (Dense(4, 3, rng=rng, init="glorot"), (2, 3, 4)),
        (Dense(1, 1, rng=rng, init="dcgan"), (1, 1)),
        (Dropout(0.4, rng=rng), (4, 6)), (Dropout(0.0, rng=rng), (4, 6)),
        (Flatten(), (2, 3, 2)),
        (Identity(), (4, 6)), (Identity(), (2, 2, 3)),
        (LeakyReLU(), (4, 6)), (LeakyReLU(0.01), (2, 3, 2)),
        (PReLU(), (4, 6)), (PReLU(6), (4, 6)), (PReLU(3, init=-0.5), (2, 2, 3)),
        (ReLU(), (4, 6)),
        (Reshape((3, 2)), (4, 6)),
        (Sequential(Flatten(), Dense(6, 5, rng=rng), LeakyReLU(), Dense(5, 4, rng=rng), Tanh(),
                    Dense(4, 1, rng=rng)), (3, 3, 2)),
        (Sequential(), (2, 3)),
        (Sigmoid(), (4, 6)),
        (Softmax(), (4, 6)), (Softmax(), (2, 3, 4)),
        (Softplus(), (4, 6)),
        (Tanh(), (4, 6)),
    ]


def convolutions(rng):
    """Strides above and below the kernel, gaps, groups, uneven padding, sizes that do not fit."""
    return [
        (Conv1D(2, 3, 3, padding="same", rng=rng), (2, 5, 2)),
        (Conv1D(2, 4, 2, stride=3, groups=2, bias=False, rng=rng), (2, 7, 2)),
        (Conv2D(2, 3, 4, stride=2, padding=1, rng=rng), (2, 6, 6, 2)),
        (Conv2D(4, 2, (3, 2), stride=(1, 2), padding=((0, 1), (2, 0)), dilation=(2, 1),
                groups=2, rng=rng), (2, 5, 4, 4)),
        (Conv2D(3, 2, 1, rng=rng), (1, 2, 3, 3)),
        (Conv2D(1, 1, 3, stride=2, padding="same", dilation=2, rng=rng), (2, 5, 4, 1)),
        (Conv2D(2, 3, 3, padding=((2, 1), (0, 3)), padding_mode="circular", rng=rng), (2, 4, 3, 2)),
        (Conv3D(1, 2, (2, 1, 3), stride=(2, 1, 1), padding=(1, 0, 1), rng=rng),
         (2, 3, 2, 3, 1)),
        (ConvTranspose1D(2, 3, 4, stride=2, padding=1, rng=rng), (2, 3, 2)),
        (ConvTranspose1D(2, 2, 2, stride=3, output_padding=2, groups=2, rng=rng), (2, 3, 2)),
        (ConvTranspose2D(2, 3, 4, stride=2, padding=1, rng=rng), (2, 3, 3, 2)),
        (ConvTranspose2D(4, 2, (3, 2), stride=(2, 1), padding=((1, 0), (0, 1)),
                         output_padding=(1, 2), dilation=(1, 3), groups=2, bias=False,
                         rng=rng), (2, 2, 3, 4)),
        (ConvTranspose2D(2, 1, 3, stride=2, padding="same", rng=rng), (2, 3, 2, 2)),
        (ConvTranspose3D(2, 1, (1, 2, 3), stride=(1, 2, 2), padding=(0, 1, 0), rng=rng),
         (1, 2, 2, 2, 2)),
    ]


def normalizations(rng):
    """Over dense, sequence, image and volume inputs."""
    return [
        (Affine(3), (5, 3)), (Affine(2), (2, 3, 1, 2)),
        (BatchNorm(3), (5, 3)),
        (BatchNorm(2, momentum=0.3), (2, 3, 2)),
        (BatchNorm(3, eps=0.1), (2, 2, 3, 3)),
        (BatchNorm(2), (2, 2, 1, 2, 2)),
        (GroupNorm(2, 4), (2, 3, 4)), (GroupNorm(1, 3), (2, 2, 2, 3)),
        (InstanceNorm(2), (2, 3, 2, 2)), (InstanceNorm(3, eps=0.1), (2, 4, 3)),
        (LayerNorm(4), (3, 4)),
        (LayerNorm((2, 2, 3)), (3, 2, 2, 3)),
        (LayerNorm(3, eps=0.1), (2, 2, 3)),
        (SpectralNorm(Dense(5, 4, rng=rng), rng=rng), (3, 5)),
        (SpectralNorm(Dense(3, 2, bias=False, rng=rng), rng=rng, iterations=3), (2, 3)),
        (SpectralNorm(Conv2D(2, 3, 4, stride=2, padding=1, rng=rng), rng=rng), (2, 4, 4, 2)),
        (SpectralNorm(ConvTranspose1D(2, 2, 3, groups=2, rng=rng), rng=rng), (2, 3, 2)),
        (SpectralNorm(Embedding(4, 3, rng=rng), rng=rng), Labels((5,), 4)),
    ]


def toolbox(rng):
    """Pooling, resampling, branches, labels, attention and batch statistics."""
    return [
        (Augment(rng=rng), (2, 8, 8, 2)),
        (Augment("contrast", rng=rng), (2, 3, 2, 1)),
        (Augment("translation", "brightness", rng=rng), (3, 5, 8, 1)),
        (Augment("cutout", rng=rng), (2, 4, 3, 2)),
        (AveragePool2D(2), (2, 4, 4, 2)),
        (AveragePool2D(3, stride=2, padding=1), (2, 5, 6, 2)),
        (AveragePool2D((2, 3), stride=(1, 2), padding=(1, 0), count_include_pad=False),
         (2, 3, 6, 1)),
        (AveragePool2D(2, stride=3), (1, 6, 7, 2)),
        (Concatenate(Dense(4, 2, rng=rng), Tanh()), (3, 4)),
        (Concatenate(Dense(3, 1, rng=rng)), (2, 2, 3)),
        (Concatenate(Sigmoid(), Concatenate(Dense(2, 3, rng=rng), Sequential()),
                     Residual(Dense(2, 2, rng=rng))), (2, 3, 2)),
        (ConcatenateCondition(), [(2, 2, 3, 2), (2, 4)]),
        (ConcatenateCondition(), [(3, 2, 2), (3, 2, 1)]),
        (ConcatenateCondition(classes=3), [(2, 3, 2), Labels((2,), 3)]),
        (Embedding(4, 3, rng=rng), Labels((5,), 4)),
        (Embedding(3, 2, rng=rng), Labels((3, 4), 3)),
        (Embedding(6, 1, rng=rng, init="dcgan"), Labels((2, 1, 2), 6)),
        (GlobalAveragePool(), (2, 3, 2, 4)),
        (GlobalAveragePool(), (2, 5, 3)),
        (GlobalAveragePool(), (3, 2)),
        (Heads(score=Dense(4, 1, rng=rng), features=Sequential()), (3, 4)),
        (Heads(early=Tanh(), rest=Sequential(Dense(2, 3, rng=rng), Heads(
            late=LeakyReLU(), score=Dense(3, 1, rng=rng)))), (2, 3, 2)),
        (GumbelSoftmax(0.7, rng=rng), (3, 4)), (GumbelSoftmax(2.0, rng=rng), (2, 3, 5)),
        (InstanceNoise(0.3, rng=rng), (3, 2)),
        (InstanceNoise(0.0, rng=rng), (2, 2, 3, 1)),
        (MaxPool2D(2), (2, 4, 4, 2)),
        (MaxPool2D(3, stride=2, padding=1), (2, 5, 6, 2)),
        (MaxPool2D((2, 3), stride=1, padding=(1, 0)), (2, 3, 4, 1)),
        (MaxPool2D(2, stride=3), (1, 6, 7, 2)),
        (MinibatchStandardDeviation(), (4, 3)),
        (MinibatchStandardDeviation(group_size=3, num_channels=2), (6, 2, 2, 4)),
        (MinibatchStandardDeviation(group_size=8, eps=0.1), (3, 4, 2)),
        (MinibatchStandardDeviation(group_size=1), (2, 3)),
        (Modulate(), [(2, 3, 2, 2), (2, 4)]), (Modulate(), [(3, 2, 1), (3, 2, 2)]),
        (Pack(2), (4, 3)),
        (Pack(3), (3, 2, 2, 2)),
        (Pack(1), (2, 3, 1)),
        (PixelShuffle(2), (2, 2, 3, 8)),
        (PixelShuffle(3), (1, 2, 1, 9)),
        (PixelShuffle(1), (2, 2, 2, 3)),
        (Residual(Sequential(Dense(4, 4, rng=rng), Tanh())), (3, 4)),
        (Residual(Dense(4, 2, rng=rng), shortcut=Dense(4, 2, bias=False, rng=rng)), (3, 4)),
        (Residual(Sequential(Residual(Sigmoid()), Dense(3, 3, rng=rng)), shortcut=Tanh()),
         (2, 2, 3)),
        (SelfAttention(16, rng=rng), (2, 2, 3, 16)),  # as it starts: the gain is 0
        (attending(SelfAttention(16, rng=rng)), (2, 2, 3, 16)),
        (attending(SelfAttention(3, rng=rng)), (2, 4, 3)),
        (attending(SelfAttention(1, rng=rng, init="he")), (1, 2, 1, 2, 1)),
        (Upsample(2), (2, 3, 2, 2)),
        (Upsample((1, 3)), (2, 2, 3, 2)),
        (Upsample(2, mode="bilinear"), (2, 3, 2, 2)),
        (Upsample((3, 2), mode="bilinear"), (2, 1, 4, 2)),
        (Upsample(3, mode="bilinear"), (2, 3, 2)),
        (Upsample((2, 1, 2), mode="bilinear"), (1, 2, 3, 2, 1)),
        (ZeroStuffing(2), (2, 3, 2, 2)), (ZeroStuffing(3), (2, 2, 1)),
    ]


def recurrent(rng):
    """Both forms of the GRU, sequences and last states, one step and several."""
    return [
        (GRU(3, 4, rng=rng), (2, 4, 3)),
        (GRU(2, 3, last=True, rng=rng), (2, 3, 2)),
        (GRU(3, 4, reset_after=False, rng=rng), (2, 4, 3)),
        (GRU(1, 1, reset_after=False, last=True, rng=rng), (3, 1, 1)),
        (LSTM(3, 4, rng=rng), (2, 4, 3)),
        (LSTM(1, 2, last=True, forget_bias=0.0, rng=rng), (3, 3, 1)),
    ]


def attending(layer, gain=0.7):
    """A SelfAttention whose gain has left 0, where its other parameters have no gradient."""
    layer.gain.value[...] = gain
    return layer
