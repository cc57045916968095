"""Every layer beside PyTorch in float64: outputs, gradients, and both tangent passes.

Autograd gives the first order, torch.func the second: the tangent of forward is a jvp, the tangent
of backward the jvp of a vjp.
"""

import copy
import functools

import numpy as np
import pytest
from inputs import each, given
from joined import Joined

from gan_scratch.gradient_check.catalogue import layer_classes
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
    frozen,
)

torch = pytest.importorskip("torch")
torch.set_num_threads(1)
functional = torch.nn.functional

pytestmark = [
    # torch 2.13 uses its own deprecated function when torch.func.jvp first runs.
    pytest.mark.filterwarnings("ignore:.torch.jit.script. is deprecated"),
    pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths"),
]

TOLERANCE = 1e-12
RNG = np.random.default_rng(11)


def torch_prelu(x, weight):
    return functional.prelu(x.movedim(-1, 1), weight).movedim(1, -1)  # theirs is channels first


def torch_stack(x, w1, b1, slope, w2):
    h = torch_prelu(functional.linear(x.flatten(1), w1.T, b1), slope)
    return torch.tanh(functional.linear(h, w2.T))


def channels_first(function, *arguments, **settings):
    """A function of torch, which has channels first, as a function of arrays with channels last."""
    return lambda x: function(x.movedim(-1, 1), *arguments, **settings).movedim(1, -1)


def torch_stuffing(factor):
    """The transposed convolution by a kernel of one place."""

    def stuffing(x):
        transpose = getattr(functional, f"conv_transpose{x.ndim - 2}d")
        one = torch.ones((x.shape[-1], 1, *(1,) * (x.ndim - 2)), dtype=x.dtype)
        return channels_first(transpose, one, stride=factor, groups=x.shape[-1])(x)

    return stuffing


def torch_convolution(name, **settings):
    """conv2d, conv_transpose3d, ...; weights (*kernel, a, b) are (b, a, *kernel) there."""
    function = getattr(functional, name)

    def convolution(x, weight, bias=None):
        weight = weight.movedim((-1, -2), (0, 1)).contiguous()
        return function(x.movedim(-1, 1), weight, bias, **settings).movedim(1, -1)

    return convolution


def torch_heads(x, w1, b1, w2, b2):
    late = functional.linear(x, w1.T, b1)
    return torch.cat([torch.tanh(x), late, functional.linear(late, w2.T, b2)], dim=1)


def torch_group_norm(groups):
    def group_norm(x, weight, bias):
        x = x.movedim(-1, 1).contiguous()  # torch 2.13 fails over some strides in its tangents
        return functional.group_norm(x, groups, weight, bias).movedim(1, -1)

    return group_norm


def torch_batch_norm(x, weight, bias, mean=None, variance=None, eps=1e-5):
    """By the batch's own statistics where none are given."""
    y = functional.batch_norm(
        x.movedim(-1, 1), mean, variance, weight, bias, training=mean is None, eps=eps
    )
    return y.movedim(1, -1)


def torch_instance_norm(x, weight, bias):
    y = functional.instance_norm(x.movedim(-1, 1), weight=weight, bias=bias)
    return y.movedim(1, -1)


def torch_spectral(layer, function, output_axis):
    """`function` at W / (uᵀ W v), with the vectors that the layer holds now as constants."""
    u, v = (torch.tensor(buffer.value.astype("float64")) for buffer in (layer.u, layer.v))

    def normalized(x, weight, bias):
        sigma = u @ weight.movedim(output_axis, 0).flatten(1) @ v
        return function(x, weight / sigma, bias)

    return normalized


def torch_residual(x, w1, b1, w2):
    return torch.tanh(functional.linear(x, w1.T, b1)) + functional.linear(x, w2.T)


def torch_nested(x, w1, b1, w2, b2):
    inner = functional.linear(x, w2.T, b2) + x
    return torch.cat([functional.linear(x, w1.T, b1), torch.sigmoid(x), inner], dim=-1)


def torch_beside(x, condition):
    places = x.shape[1:-1] if condition.ndim < x.ndim else ()
    for axis, size in enumerate(places, start=1):
        condition = condition.unsqueeze(axis).repeat_interleave(size, axis)
    return torch.cat([x, condition], dim=-1)


def torch_modulate(x, condition):
    scale, shift = torch_beside(x[..., :0], condition).chunk(2, dim=-1)
    return torch.addcmul(shift, x, 1 + scale)


def torch_self_attention(x, gain, query, key, value, output):
    places = x.flatten(1, -2)
    scores = torch.einsum("npc,ck,nqd,dk->npq", places, query, places, key)
    mixed = torch.einsum("npq,nqc->npc", torch.softmax(scores, dim=-1), places)
    return x + gain * (mixed @ value @ output).reshape(x.shape)


def torch_recurrent(kind, last=False):
    """torch.gru or torch.lstm of one layer. It is given that the state is 0 at first."""
    def function(x, w, b, u, c):
        zero = torch.zeros(1, len(x), len(u), dtype=x.dtype)
        state = zero if kind == "gru" else (zero, zero)
        settings = True, 1, 0.0, False, False, True  # biases, layers, ..., batch first
        y = getattr(torch, kind)(x, state, [w.T, u.T, b, c], *settings)[0]
        return y[:, -1] if last else y

    return function


def torch_gru_of_the_paper(x, w, b, u, u_n):
    """Cho et al. 2014, gate by gate: the reset comes before the product."""
    size = len(u)
    h, outputs = torch.zeros(len(x), size, dtype=x.dtype), []
    for step in range(x.shape[1]):
        a = x[:, step] @ w + b
        r = torch.sigmoid(a[:, :size] + h @ u[:, :size])
        z = torch.sigmoid(a[:, size : 2 * size] + h @ u[:, size:])
        n = torch.tanh(a[:, 2 * size :] + (r * h) @ u_n)
        h = z * h + (1 - z) * n
        outputs.append(h)
    return torch.stack(outputs, dim=1)


def torch_minibatch_deviation(group_size, chunks=1):
    """Group after group: StyleGAN2 puts every (N / size)-th sample into one."""

    def function(x):
        groups = len(x) // min(group_size, len(x))
        further = [None] * len(x)
        for group in range(groups):
            members = range(group, len(x), groups)
            deviation = (x[members].var(dim=0, unbiased=False) + 1e-8).sqrt()
            means = torch.stack([part.mean() for part in deviation.chunk(chunks, dim=-1)])
            for sample in members:
                further[sample] = means.expand(*x.shape[1:-1], chunks)
        return torch.cat([x, torch.stack(further)], dim=-1)

    return function


def torch_pack(m):
    """Every m-th sample beside the one after it, and so on."""
    return lambda x: torch.cat([x[place::m] for place in range(m)], dim=-1)


def torch_noise(sigma, seed):
    """Noise of a generator equal to the layer's."""
    return lambda x: torch.add(
        x, torch.tensor(np.random.default_rng(seed).standard_normal(x.shape)), alpha=sigma
    )


def torch_gumbel(tau, seed):
    def gumbel_softmax(x):
        noise = tensor(np.random.default_rng(seed).gumbel(size=x.shape))
        return functional.softmax((x + noise) / tau, dim=-1)

    return gumbel_softmax


def torch_augment(*kinds, seed):
    """Image after image, with the draws of a generator equal to the layer's."""

    def function(x):
        rng = np.random.default_rng(seed)
        for kind in kinds:
            x = AUGMENTATIONS[kind](x, rng)
        return x

    return function


def torch_brightness(x, rng):
    draws = rng.random(len(x))
    return torch.stack([image + (u - 0.5) for image, u in zip(x, draws, strict=True)])


def torch_contrast(x, rng):
    draws = rng.random(len(x)) + 0.5
    return torch.stack([torch.lerp(image.mean().expand_as(image), image, torch.tensor(c))
                        for image, c in zip(x, draws, strict=True)])


def torch_translation(x, rng):
    """A window of the image in a wide frame of zeros."""
    _, height, width, _ = x.shape
    most = round(height / 8), round(width / 8)
    down, right = (rng.integers(-far, far + 1, len(x)) for far in most)
    framed = functional.pad(x, (0, 0, most[1], most[1], most[0], most[0]))
    return torch.stack([
        image.narrow(0, most[0] - i, height).narrow(1, most[1] - j, width)
        for image, i, j in zip(framed, down.tolist(), right.tolist(), strict=True)
    ])


def torch_cutout(x, rng):
    """As many rows and columns as half a side has, from half of them before the centre on."""
    mask = torch.ones(x.shape[:3], dtype=x.dtype)
    spans = []
    for side in x.shape[1:3]:
        size = round(side / 2)
        starts = rng.integers(side, size=len(x)) - size // 2
        spans.append([slice(max(start, 0), start + size) for start in starts.tolist()])
    for image, rows, columns in zip(mask, *spans, strict=True):
        image[rows, columns] = 0
    return x * mask[..., None]


AUGMENTATIONS = {
    "brightness": torch_brightness, "contrast": torch_contrast, "translation": torch_translation,
    "cutout": torch_cutout,
}


def augmented(*kinds, seed):
    """A case's layer and function."""
    layer = Augment(*kinds, rng=np.random.default_rng(seed))
    return layer, torch_augment(*kinds or AUGMENTATIONS, seed=seed)


def spectral(layer, function):
    """A case's layer and function: `layer` and `function` with a normalized weight."""
    layer = SpectralNorm(layer, rng=RNG)
    return layer, torch_spectral(layer, function, layer.layer.output_axis)


def circular(kind, sizes, settings, shapes):
    """A case of a convolution with circular padding: PyTorch's own module, with our parameters."""
    ours = kind(*sizes, **settings, padding_mode="circular", rng=RNG)
    theirs = getattr(torch.nn, f"Conv{kind.axes}d")(
        *sizes, **settings, padding_mode="circular", dtype=torch.float64
    )

    def convolution(x, weight, bias):
        weight = weight.movedim((-1, -2), (0, 1))
        return torch.func.functional_call(
            theirs, {"weight": weight, "bias": bias}, x.movedim(-1, 1)
        ).movedim(1, -1)

    return ours, convolution, shapes


# layer, the same function in torch as f(x, *parameters), shapes of x; of a pair a list of two
CASES = [
    (Dense(5, 4, rng=RNG), lambda x, w, b: functional.linear(x, w.T, b), [(3, 5), (2, 4, 5)]),
    (Dense(6, 3, bias=False, rng=RNG), lambda x, w: functional.linear(x, w.T), [(1, 6), (7, 6)]),
    (Dense(1, 1, rng=RNG), lambda x, w, b: functional.linear(x, w.T, b), [(1, 1), (2, 3, 2, 1)]),
    (ReLU(), functional.relu, [(4, 6), (2, 3, 5)]),
    (LeakyReLU(), lambda x: functional.leaky_relu(x, 0.2), [(4, 6), (2, 3, 5)]),
    (LeakyReLU(0.01), lambda x: functional.leaky_relu(x, 0.01), [(3, 7)]),
    (PReLU(), torch_prelu, [(4, 6), (2, 3, 5)]),
    (PReLU(5, init=-0.5), torch_prelu, [(4, 5), (2, 3, 4, 5)]),
    (Sigmoid(), torch.sigmoid, [(4, 6), (2, 3, 5)]),
    (Tanh(), torch.tanh, [(4, 6), (2, 3, 5)]),
    (Softplus(), lambda x: functional.softplus(x, threshold=100), [(4, 6), (2, 3, 5)]),
    (Softmax(), lambda x: functional.softmax(x, dim=-1), [(4, 6), (2, 3, 5), (3, 1)]),
    (Flatten(), lambda x: x.flatten(1), [(4, 6), (2, 3, 5)]),
    (Identity(), lambda x: x.clone(), [(4, 6), (2, 3, 5)]),
    (Reshape((3, 2)), lambda x: x.reshape(-1, 3, 2), [(4, 6), (2, 2, 3)]),
    (Sequential(), lambda x: x.clone(), [(3, 2)]),
    (
        Sequential(
            Flatten(), Dense(6, 5, rng=RNG), PReLU(5), Dense(5, 2, bias=False, rng=RNG), Tanh()
        ),
        torch_stack, [(3, 6), (4, 3, 2)],
    ),
    (AveragePool2D(2), channels_first(functional.avg_pool2d, 2), [(2, 4, 6, 3), (1, 5, 7, 2)]),
    (AveragePool2D(3, stride=2, padding=1), channels_first(functional.avg_pool2d, 3, 2, 1),
     [(2, 5, 6, 2), (1, 1, 4, 1)]),
    (AveragePool2D((2, 3), stride=(1, 2), padding=(1, 0), count_include_pad=False),
     channels_first(functional.avg_pool2d, (2, 3), (1, 2), (1, 0), count_include_pad=False),
     [(2, 3, 6, 2)]),
    (AveragePool2D(4, stride=5, padding=2), channels_first(functional.avg_pool2d, 4, 5, 2),
     [(1, 1, 9, 2)]),
    (MaxPool2D(2), channels_first(functional.max_pool2d, 2), [(2, 4, 6, 3), (1, 5, 7, 2)]),
    (MaxPool2D(3, stride=2, padding=1), channels_first(functional.max_pool2d, 3, 2, 1),
     [(2, 5, 6, 2), (1, 2, 4, 1)]),
    (MaxPool2D((2, 3), stride=1, padding=(1, 0)),
     channels_first(functional.max_pool2d, (2, 3), 1, (1, 0)), [(2, 3, 4, 2)]),
    (MaxPool2D(2, stride=3), channels_first(functional.max_pool2d, 2, 3), [(1, 6, 7, 2)]),
    (GlobalAveragePool(), lambda x: x.flatten(1, -2).mean(dim=1),
     [(2, 3, 4, 2), (2, 5, 3), (1, 2, 1, 2, 2)]),
    (Upsample(2), channels_first(functional.interpolate, scale_factor=2),
     [(2, 3, 2), (2, 3, 4, 2), (1, 2, 1, 3, 2)]),
    (Upsample((1, 3)), channels_first(functional.interpolate, scale_factor=(1, 3)),
     [(2, 2, 3, 2)]),
    (Upsample(2, mode="bilinear"),
     channels_first(functional.interpolate, scale_factor=2, mode="bilinear"),
     [(2, 3, 4, 2), (1, 1, 2, 1)]),
    (Upsample((3, 5), mode="bilinear"),
     channels_first(functional.interpolate, scale_factor=(3, 5), mode="bilinear"), [(2, 4, 3, 2)]),
    (Upsample(3, mode="bilinear"),
     channels_first(functional.interpolate, scale_factor=3, mode="linear"), [(2, 5, 2)]),
    (Upsample((2, 1, 4), mode="bilinear"),
     channels_first(functional.interpolate, scale_factor=(2, 1, 4), mode="trilinear"),
     [(1, 2, 3, 2, 2)]),
    (PixelShuffle(2), channels_first(functional.pixel_shuffle, 2), [(2, 3, 2, 12)]),
    (PixelShuffle(3), channels_first(functional.pixel_shuffle, 3), [(1, 2, 2, 18)]),
    *((ZeroStuffing(factor), torch_stuffing(factor), [(2, 3, 2), (2, 3, 2, 2), (1, 2, 1, 3, 1)])
      for factor in (1, 2, 3)),
    (Conv1D(3, 4, 3, stride=2, padding=1, rng=RNG),
     torch_convolution("conv1d", stride=2, padding=1), [(2, 7, 3), (1, 4, 3)]),
    (Conv1D(4, 6, 2, dilation=3, groups=2, bias=False, rng=RNG),
     torch_convolution("conv1d", dilation=3, groups=2), [(2, 9, 4)]),
    (Conv2D(3, 4, 4, stride=2, padding=1, rng=RNG),
     torch_convolution("conv2d", stride=2, padding=1), [(2, 6, 8, 3)]),
    (Conv2D(5, 2, (2, 3), padding="same", rng=RNG),
     torch_convolution("conv2d", padding="same"), [(2, 4, 5, 5)]),
    (Conv2D(6, 3, (3, 1), stride=(1, 4), padding=(2, 0), dilation=(2, 1), groups=3, rng=RNG),
     torch_convolution("conv2d", stride=(1, 4), padding=(2, 0), dilation=(2, 1), groups=3),
     [(1, 6, 6, 6)]),
    *(circular(*case) for case in (
        (Conv1D, (3, 4, 3), {"padding": 1}, [(2, 5, 3)]),
        (Conv2D, (2, 3, (5, 4)), {"padding": "same"}, [(2, 4, 5, 2)]),
        (Conv2D, (4, 2, 4), {"stride": 2, "padding": (3, 1), "groups": 2}, [(2, 6, 4, 4)]),
        (Conv3D, (1, 2, 2), {"padding": 1, "dilation": (2, 1, 1), "stride": (2, 1, 1)},
         [(1, 3, 2, 1, 1)]),
    )),
    (Conv3D(2, 3, (3, 2, 1), stride=(2, 1, 1), padding=(1, 1, 0), rng=RNG),
     torch_convolution("conv3d", stride=(2, 1, 1), padding=(1, 1, 0)), [(2, 3, 4, 2, 2)]),
    (Conv3D(4, 2, 2, groups=2, bias=False, rng=RNG), torch_convolution("conv3d", groups=2),
     [(1, 3, 2, 3, 4)]),
    (ConvTranspose1D(3, 2, 4, stride=3, padding=1, output_padding=2, rng=RNG),
     torch_convolution("conv_transpose1d", stride=3, padding=1, output_padding=2), [(2, 4, 3)]),
    (ConvTranspose1D(4, 4, 2, stride=3, dilation=2, groups=2, bias=False, rng=RNG),
     torch_convolution("conv_transpose1d", stride=3, dilation=2, groups=2), [(2, 3, 4)]),
    (ConvTranspose2D(5, 3, 4, stride=2, padding=1, rng=RNG),
     torch_convolution("conv_transpose2d", stride=2, padding=1), [(2, 3, 4, 5)]),
    (ConvTranspose2D(2, 6, (3, 2), stride=(2, 1), padding=(0, 1), output_padding=(1, 0), groups=2,
                     rng=RNG),
     torch_convolution("conv_transpose2d", stride=(2, 1), padding=(0, 1), output_padding=(1, 0),
                       groups=2), [(1, 3, 4, 2)]),
    (ConvTranspose3D(2, 3, (1, 2, 3), stride=(1, 2, 1), padding=(0, 0, 1), rng=RNG),
     torch_convolution("conv_transpose3d", stride=(1, 2, 1), padding=(0, 0, 1)),
     [(2, 2, 2, 3, 2)]),
    (Affine(3), lambda x, w, b: torch.addcmul(b, x, w), [(4, 3), (2, 3, 2, 3)]),
    (BatchNorm(3), torch_batch_norm, [(6, 3), (3, 4, 3), (2, 3, 4, 3), (2, 2, 3, 2, 3)]),
    (BatchNorm(2, eps=0.5), functools.partial(torch_batch_norm, eps=0.5), [(1, 3, 3, 2)]),
    (LayerNorm(5), lambda x, w, b: functional.layer_norm(x, (5,), w, b), [(4, 5), (2, 3, 2, 5)]),
    (LayerNorm((3, 2, 4)), lambda x, w, b: functional.layer_norm(x, (3, 2, 4), w, b),
     [(3, 3, 2, 4)]),
    (InstanceNorm(3), torch_instance_norm, [(2, 5, 3), (2, 3, 4, 3), (2, 2, 2, 3, 3)]),
    (GroupNorm(2, 6), torch_group_norm(2), [(3, 6), (2, 5, 6), (2, 3, 2, 6), (2, 2, 1, 3, 6)]),
    (GroupNorm(1, 3), torch_group_norm(1), [(2, 3, 4, 3)]),
    (*spectral(Dense(5, 4, rng=RNG), lambda x, w, b: functional.linear(x, w.T, b)),
     [(3, 5), (2, 2, 5)]),
    (*spectral(Conv2D(3, 5, 3, stride=2, padding=1, rng=RNG),
               torch_convolution("conv2d", stride=2, padding=1)), [(2, 5, 4, 3)]),
    (*spectral(ConvTranspose2D(4, 3, 4, stride=2, padding=1, rng=RNG),
               torch_convolution("conv_transpose2d", stride=2, padding=1)), [(2, 3, 2, 4)]),
    (
        Residual(
            Sequential(Dense(4, 3, rng=RNG), Tanh()), shortcut=Dense(4, 3, bias=False, rng=RNG)
        ),
        torch_residual, [(3, 4), (2, 2, 2, 4)],
    ),
    (
        Concatenate(Dense(3, 2, rng=RNG), Sigmoid(), Residual(Dense(3, 3, rng=RNG))),
        torch_nested, [(4, 3), (2, 2, 3)],
    ),
    (ConcatenateCondition(), torch_beside, [
        [(3, 4), (3, 2)], [(2, 3, 4, 2), (2, 5)], [(2, 3, 4, 2), (2, 3, 4, 1)], [(2, 3, 2), (2, 3)],
    ]),
    (
        Joined(Heads(early=Tanh(), rest=Sequential(
            Dense(3, 2, rng=RNG), Heads(late=Sequential(), score=Dense(2, 1, rng=RNG))
        ))), torch_heads, [(4, 3)],
    ),
    (Modulate(), torch_modulate,
     [[(3, 4), (3, 8)], [(2, 3, 4, 2), (2, 4)], [(2, 3, 2), (2, 3, 4)]]),
    (SelfAttention(16, rng=RNG), torch_self_attention, [(2, 3, 2, 16), (1, 5, 16)]),
    (SelfAttention(3, rng=RNG), torch_self_attention, [(2, 2, 1, 2, 3)]),
    (GRU(3, 4, rng=RNG), torch_recurrent("gru"), [(2, 6, 3), (3, 1, 3)]),
    (GRU(2, 5, last=True, rng=RNG), torch_recurrent("gru", last=True), [(3, 4, 2)]),
    (GRU(3, 4, reset_after=False, rng=RNG), torch_gru_of_the_paper, [(2, 6, 3)]),
    (LSTM(3, 4, rng=RNG), torch_recurrent("lstm"), [(2, 6, 3), (3, 1, 3)]),
    (LSTM(2, 5, last=True, rng=RNG), torch_recurrent("lstm", last=True), [(3, 4, 2)]),
    (MinibatchStandardDeviation(), torch_minibatch_deviation(4), [(8, 3), (4, 2, 3, 2), (3, 2)]),
    (MinibatchStandardDeviation(group_size=3, num_channels=2), torch_minibatch_deviation(3, 2),
     [(6, 2, 2, 6)]),
    (Pack(2), torch_pack(2), [(4, 3), (2, 3, 2), (6, 2, 3, 1)]),
    (Pack(3), torch_pack(3), [(6, 2), (3, 2, 2, 1, 2)]),
    (Pack(1), torch_pack(1), [(2, 3)]),
    (GumbelSoftmax(0.7, rng=np.random.default_rng(19)), torch_gumbel(0.7, 19),
     [(4, 3), (2, 3, 5)]),
    (InstanceNoise(0.3, rng=np.random.default_rng(12)), torch_noise(0.3, 12),
     [(4, 3), (2, 3, 4, 2)]),
    (*augmented(seed=13), [(4, 8, 8, 2), (3, 5, 12, 1)]),
    (*augmented("brightness", seed=14), [(3, 2, 3, 2)]),
    (*augmented("contrast", seed=15), [(3, 2, 3, 2)]),
    (*augmented("translation", seed=16), [(6, 9, 16, 2)]),
    (*augmented("cutout", seed=17), [(6, 4, 5, 2), (6, 7, 6, 1)]),
    (*augmented("cutout", "translation", "translation", "contrast", seed=18), [(3, 8, 12, 1)]),
]
LAYERS = [pytest.param(*case[:2], shape, id=f"{case[0]!r}-{shape}")
          for case in CASES for shape in case[2]]


def contiguous(rng, shape):
    return rng.standard_normal(shape)


def transposed(rng, shape):
    return rng.standard_normal(shape[::-1]).T


def strided(rng, shape):
    every_second = (slice(1, None, 2),) * len(shape)
    return rng.standard_normal([2 * size for size in shape])[every_second]


def backwards(rng, shape):
    return rng.standard_normal(shape)[..., ::-1]


def drawn(layout, rng, shape):
    """An x of this shape, or a pair of these two."""
    if isinstance(shape, list):
        return tuple(layout(rng, part) for part in shape)
    return layout(rng, shape)


LAYOUTS = [contiguous, transposed, strided, backwards]


def assert_close(ours, theirs):
    theirs = theirs.detach().numpy()
    assert ours.shape == theirs.shape and ours.dtype == np.float64
    distance = np.linalg.norm(ours - theirs)
    assert distance <= TOLERANCE * np.linalg.norm(theirs), distance


def tensor(array):
    return torch.tensor(array.copy())


def in_float64(layer, rng):
    """The layer in float64, its parameters somewhere else than at their start."""
    layer = layer.astype("float64")
    for parameter in layer.parameters().values():
        parameter.value += 0.3 * rng.standard_normal(parameter.value.shape)
    return layer


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("layer, function, shape", LAYERS)
def test_output_and_gradients_are_those_of_autograd(layer, function, shape, layout):
    rng = np.random.default_rng(1)
    layer = in_float64(layer, rng)
    x = drawn(layout, rng, shape)
    y, cache = layer.forward(x)
    dy = layout(rng, y.shape)
    kept = copy.deepcopy((x, dy))
    dx = layer.backward(dy, cache)
    np.testing.assert_equal((x, dy), kept)

    leaves = [*map(tensor, given(x))] + [tensor(p.value) for p in layer.parameters().values()]
    for leaf in leaves:
        leaf.requires_grad_()
    expected = function(*leaves)
    expected.backward(tensor(dy))
    assert_close(y, expected)
    gradients = [*given(dx), *(p.gradient for p in layer.parameters().values())]
    for gradient, leaf in zip(gradients, leaves, strict=True):
        assert_close(gradient, leaf.grad)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("layer, function, shape", LAYERS)
def test_tangent_passes_are_jvp_and_jvp_of_vjp(layer, function, shape, layout):
    rng = np.random.default_rng(2)
    layer = in_float64(layer, rng)
    parameters = list(layer.parameters().values())
    x, x_dot = drawn(layout, rng, shape), drawn(layout, rng, shape)
    y, cache = layer.forward(x)
    dy, dy_dot = layout(rng, y.shape), layout(rng, y.shape)
    for parameter in parameters:
        parameter.tangent = rng.standard_normal(parameter.value.shape)
    y_dot, tangent_cache = layer.tangent_forward(x_dot, cache)
    dx, dx_dot = layer.tangent_backward(dy, dy_dot, cache, tangent_cache)

    primals = (*map(tensor, given(x)), *(tensor(p.value) for p in parameters))
    directions = (*map(tensor, given(x_dot)), *(tensor(p.tangent) for p in parameters))
    _, expected_y_dot = torch.func.jvp(function, primals, directions)

    def gradients(dy, *primals):
        return torch.func.vjp(function, *primals)[1](dy)

    expected, expected_dot = torch.func.jvp(
        gradients, (tensor(dy), *primals), (tensor(dy_dot), *directions)
    )
    assert_close(y_dot, expected_y_dot)
    for ours, theirs in zip(given(dx), expected, strict=False):
        assert_close(ours, theirs)
    dots = [*given(dx_dot), *(parameter.gradient for parameter in parameters)]
    for ours, theirs in zip(dots, expected_dot, strict=True):
        assert_close(ours, theirs)


@pytest.mark.parametrize("layer, function, shape", LAYERS)
def test_a_direction_of_none_means_a_direction_of_zero(layer, function, shape):
    """As a penalty runs them: a direction of x alone, dy constant."""
    rng = np.random.default_rng(3)
    layer = in_float64(layer, rng)
    parameters = list(layer.parameters().values())
    x, x_dot = drawn(contiguous, rng, shape), drawn(contiguous, rng, shape)
    y, cache = layer.forward(x)
    dy = rng.standard_normal(y.shape)
    _, tangent_cache = layer.tangent_forward(x_dot, cache)
    dx, dx_dot = layer.tangent_backward(dy, None, cache, tangent_cache)

    def gradients(*x):
        return torch.func.vjp(function, *x, *(tensor(p.value) for p in parameters))[1](tensor(dy))

    expected, expected_dot = torch.func.jvp(
        gradients, tuple(map(tensor, given(x))), tuple(map(tensor, given(x_dot)))
    )
    for ours, theirs in zip(given(dx), expected, strict=False):
        assert_close(ours, theirs)
    dx_dot = each(np.zeros_like, x) if dx_dot is None else dx_dot
    dots = [*given(dx_dot), *(parameter.gradient for parameter in parameters)]
    for ours, theirs in zip(dots, expected_dot, strict=True):
        assert_close(ours, theirs)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_dropout_is_a_product_with_its_mask_in_all_passes(layout):
    rng = np.random.default_rng(4)
    layer = Dropout(0.4, rng=np.random.default_rng(5))
    kept = copy.deepcopy(layer.rng).random((6, 8), dtype="float32") >= 0.4
    assert 0 < kept.sum() < kept.size
    mask = torch.tensor(kept / 0.6)
    x, x_dot, dy, dy_dot = (layout(rng, (6, 8)) for _ in range(4))
    y, cache = layer.forward(x)
    y_dot, tangent_cache = layer.tangent_forward(x_dot, cache)
    dx, dx_dot = layer.tangent_backward(dy, dy_dot, cache, tangent_cache)
    assert_close(y, tensor(x) * mask)
    assert_close(y_dot, tensor(x_dot) * mask)
    assert_close(layer.backward(dy, cache), tensor(dy) * mask)
    assert_close(dx, tensor(dy) * mask)
    assert_close(dx_dot, tensor(dy_dot) * mask)


@pytest.mark.parametrize("hard", [False, True])
def test_gumbel_softmax_is_that_of_torch_with_the_same_noise(hard, monkeypatch):
    x, dy = np.random.default_rng(9).standard_normal((2, 5, 2, 4))
    layer = GumbelSoftmax(0.6, hard, rng=np.random.default_rng(10))
    noise = copy.deepcopy(layer.rng).gumbel(size=x.shape)
    # torch draws Gumbel noise as -log of exponential noise.
    monkeypatch.setattr(torch.Tensor, "exponential_", lambda _: tensor(np.exp(-noise)))
    leaf = tensor(x).requires_grad_()
    expected = functional.gumbel_softmax(leaf, tau=0.6, hard=hard)
    expected.backward(tensor(dy))
    y, cache = layer.forward(x)
    assert_close(y, expected)
    assert_close(layer.backward(dy, cache), leaf.grad)


@pytest.mark.parametrize("shape", [(7,), (2, 3, 4), ()])
def test_embedding_is_that_of_torch_in_all_passes(shape):
    rng = np.random.default_rng(6)
    layer = in_float64(Embedding(4, 3, rng=rng), rng)
    layer.weight.tangent = rng.standard_normal(layer.weight.value.shape)
    labels = rng.integers(4, size=shape)
    y, cache = layer.forward(labels)
    dy, dy_dot = rng.standard_normal(y.shape), rng.standard_normal(y.shape)
    assert layer.backward(dy, cache) is None

    def function(weight):
        return functional.embedding(torch.tensor(labels), weight)

    expected, gradients = torch.func.vjp(function, tensor(layer.weight.value))
    assert_close(y, expected)
    assert_close(layer.weight.gradient, gradients(tensor(dy))[0])

    layer.zero_gradients()
    y_dot, tangent_cache = layer.tangent_forward(None, cache)
    assert layer.tangent_backward(dy, dy_dot, cache, tangent_cache) == (None, None)
    assert_close(y_dot, function(tensor(layer.weight.tangent)))
    assert_close(layer.weight.gradient, gradients(tensor(dy_dot))[0])  # linear, so of dy_dot alone


SIZES = [pytest.param((6, 3), id="dense"), pytest.param((3, 4, 3), id="sequences"),
         pytest.param((2, 3, 4, 3), id="images"), pytest.param((2, 2, 1, 3, 3), id="volumes")]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("shape", SIZES)
def test_batch_norm_in_inference_is_that_of_torch_in_all_passes(shape, layout):
    rng = np.random.default_rng(7)
    layer = in_float64(BatchNorm(3, eps=0.1), rng)
    layer.running_mean.value[...] = rng.standard_normal(3)
    layer.running_var.value[...] = rng.uniform(0.1, 3.0, 3)
    statistics = [tensor(buffer.value) for buffer in layer.buffers().values()]

    def function(*primals):
        return torch_batch_norm(*primals, *statistics, eps=0.1)

    parameters = list(layer.parameters().values())
    x, x_dot, dy, dy_dot = (layout(rng, shape) for _ in range(4))
    for parameter in parameters:
        parameter.tangent = rng.standard_normal(parameter.value.shape)
    y, cache = layer.forward(x, training=False)

    primals = (tensor(x), *(tensor(p.value) for p in parameters))
    expected, vjp = torch.func.vjp(function, *primals)
    dx, gradients = layer.backward(dy, cache), vjp(tensor(dy))
    assert_close(y, expected)
    assert_close(dx, gradients[0])
    for parameter, gradient in zip(parameters, gradients[1:], strict=True):
        assert_close(parameter.gradient, gradient)

    layer.zero_gradients()
    y_dot, tangent_cache = layer.tangent_forward(x_dot, cache)
    dx, dx_dot = layer.tangent_backward(dy, dy_dot, cache, tangent_cache)
    directions = (tensor(x_dot), *(tensor(p.tangent) for p in parameters))
    _, expected_dot = torch.func.jvp(
        lambda dy, *primals: torch.func.vjp(function, *primals)[1](dy),
        (tensor(dy), *primals), (tensor(dy_dot), *directions),
    )
    assert_close(y_dot, torch.func.jvp(function, primals, directions)[1])
    assert_close(dx, gradients[0])
    assert_close(dx_dot, expected_dot[0])
    for parameter, gradient in zip(parameters, expected_dot[1:], strict=True):
        assert_close(parameter.gradient, gradient)


@pytest.mark.parametrize("momentum", [0.1, 0.3])
@pytest.mark.parametrize("shape", SIZES)
def test_running_statistics_are_those_of_torch(shape, momentum):
    kinds = {2: torch.nn.BatchNorm1d, 3: torch.nn.BatchNorm1d, 4: torch.nn.BatchNorm2d,
             5: torch.nn.BatchNorm3d}
    theirs = kinds[len(shape)](3, momentum=momentum, dtype=torch.float64)
    ours = BatchNorm(3, momentum=momentum).astype("float64")
    rng = np.random.default_rng(8)
    for batch in range(3):
        x = batch + 2 * rng.standard_normal(shape)
        ours.forward(x)
        theirs(tensor(x).movedim(-1, 1))
        assert_close(ours.running_mean.value, theirs.running_mean)
        assert_close(ours.running_var.value, theirs.running_var)
    before = ours.state()
    ours.forward(x, training=False)
    with frozen(ours):
        ours.forward(x)
    for name, value in ours.state().items():
        np.testing.assert_array_equal(value, before[name])


def test_every_layer_of_the_library_is_compared():
    compared = {type(layer).__name__ for layer, _, _ in CASES} | {"Dropout", "Embedding", "Heads"}
    assert compared - {"Joined"} == set(layer_classes())
