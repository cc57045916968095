"""PyTorch's own test inputs (`op_db`) through our layers, in float64: outputs and gradients.

PyTorch keeps, for each operator, the samples that its own tests run: odd strides, empty batches,
images without a batch axis. Here each sample that a layer of ours can express runs through both;
the others are counted by reason, so that TABLE accounts for every sample of every operator in it.
`pytest -s -k stated` prints the table. Few samples of upsampling, padding and softplus have a
setting that is ours; the same arrays run at one that is.

A sample without a batch axis is a batch of one. PyTorch is channels first, so arrays are turned.
"""

import collections
import functools
import math
import warnings
from dataclasses import dataclass, field
from types import SimpleNamespace

import numpy as np
import pytest

from gan_scratch import layers, losses

torch = pytest.importorskip("torch")
pytest.importorskip("expecttest")  # op_db imports it
torch.set_num_threads(1)

# Convolutions with an even kernel and padding="same" say that they copy their input.
pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths")

TOLERANCE = 1e-12

BATCH = "joins or splits the batch"
CHANNELS = "padding of the channels or of the batch"
CEIL = "a last window that is not full (ceil_mode)"
DILATED = "dilated windows"
DIVISOR = "a divisor of one's own"
EMPTY = "no channels"
EPS = "eps below 0"
FACTOR = "not a whole factor (4 -> 5, 4 -> 3, ...)"
MASK = "draws a mask"
MODE = "another mode (area, bicubic, align_corners)"
MOMENTUM = "momentum below 0"
NOT_ZERO = "padding with a number other than 0"
NEGATIVE = "padding below 0"
P_ONE = "p = 1"
RANKS = "arrays of different rank"
REPEATS = "padding that repeats the image"
SEVERAL_VALUES = "one mean for each of several parts"
THRESHOLD = "softplus with a slope and a threshold"

# operator or operator/variant -> (samples that run, {reason: samples that no layer expresses})
TABLE = {
    "nn.functional.conv1d": (10, {}),
    "nn.functional.conv2d": (30, {}),
    "nn.functional.conv3d": (20, {}),
    "nn.functional.conv_transpose1d": (10, {}),
    "nn.functional.conv_transpose2d": (12, {}),
    "nn.functional.conv_transpose3d": (10, {}),
    "nn.functional.batch_norm": (7, {MOMENTUM: 3, EMPTY: 2}),
    "nn.functional.linear": (18, {}),
    "nn.functional.binary_cross_entropy_with_logits": (26, {}),
    "nn.functional.pad/circular": (7, {NEGATIVE: 1}),
    "nn.functional.pad/constant": (1, {NOT_ZERO: 50}),
    "nn.functional.pad/reflect": (0, {REPEATS: 12}),
    "nn.functional.pad/replicate": (0, {REPEATS: 12}),
    "nn.functional.pad/replicate_negative": (0, {REPEATS: 6}),
    "nn.functional.interpolate/area": (0, {MODE: 22}),
    "nn.functional.interpolate/bicubic": (0, {MODE: 24}),
    "nn.functional.interpolate/bilinear": (0, {FACTOR: 16, MODE: 8}),
    "nn.functional.interpolate/linear": (0, {FACTOR: 12, MODE: 6}),
    "nn.functional.interpolate/nearest": (0, {FACTOR: 23}),
    "nn.functional.interpolate/nearest-exact": (0, {FACTOR: 23}),
    "nn.functional.interpolate/trilinear": (0, {FACTOR: 16, MODE: 8}),
    "nn.functional.layer_norm": (5, {EPS: 1}),
    "nn.functional.group_norm": (17, {EPS: 4}),
    "nn.functional.instance_norm": (9, {}),
    "nn.functional.avg_pool1d": (6, {CEIL: 3}),
    "nn.functional.avg_pool2d": (2, {DIVISOR: 5}),
    "nn.functional.max_pool1d": (624, {CEIL: 240}),
    "nn.functional.max_pool2d": (490, {DILATED: 720, CEIL: 230}),
    "nn.functional.adaptive_avg_pool1d": (2, {SEVERAL_VALUES: 4}),
    "nn.functional.adaptive_avg_pool2d": (0, {SEVERAL_VALUES: 10}),
    "nn.functional.adaptive_avg_pool3d": (2, {SEVERAL_VALUES: 10}),
    "nn.functional.pixel_shuffle": (5, {}),
    "nn.functional.embedding": (3, {}),
    "nn.functional.relu": (4, {}),
    "nn.functional.leaky_relu": (9, {}),
    "nn.functional.prelu": (24, {EMPTY: 1}),
    "nn.functional.softplus": (0, {THRESHOLD: 3}),
    "sigmoid": (3, {}),
    "tanh": (1, {}),
    "softmax": (6, {EMPTY: 1}),
    "softmax/with_dtype": (6, {EMPTY: 1}),
    "nn.functional.dropout": (9, {P_ONE: 6, MASK: 4}),
    "flatten": (2, {BATCH: 4}),
    "reshape": (1, {BATCH: 6}),
    "cat": (8, {RANKS: 1}),
}
TOTAL_RUN, TOTAL_NOT = 1389, 1498


class NotExpressible(Exception):
    """No layer of ours says what this sample asks for."""


def need(holds, reason):
    if not holds:
        raise NotExpressible(reason)


@dataclass
class Layout:
    """Two functions of arrays: from PyTorch's layout to ours, and back."""

    ours: object
    theirs: object


@dataclass
class Translation:
    """A sample as a layer, with the layouts of x and y.

    parameters and buffers: name -> (PyTorch's tensor, layout). Several inputs have a tuple of
    layouts. flat: two numbers, normalized, are ±1 whatever they are (one is 0), so that gradients
    are the small rest of terms as large as dy; their errors are measured by dy.
    """

    layer: object
    x: object
    y: Layout
    parameters: dict
    buffers: dict = field(default_factory=dict)
    training: bool = True
    flat: bool = False


def array(tensor):
    return tensor.detach().numpy().copy()


SAME = Layout(lambda v: v, lambda v: v)


def moved(axis):
    """This axis of theirs is our last one."""
    return Layout(lambda v: np.moveaxis(v, axis, -1), lambda v: np.moveaxis(v, -1, axis))


def images(x, axes):
    """Channels last, with a batch axis where there is none; `axes` axes hold the places."""
    if x.ndim == axes + 2:
        return moved(1)
    return Layout(lambda v: np.moveaxis(v, 0, -1)[None], lambda v: np.moveaxis(v[0], -1, 0))


CONVOLUTION_WEIGHT = Layout(
    lambda w: np.moveaxis(w, (0, 1), (-1, -2)), lambda w: np.moveaxis(w, (-1, -2), (0, 1))
)
DENSE_WEIGHT = Layout(np.transpose, np.transpose)


def filled(layer, parameters, buffers=()):
    """The layer in float64 with the values of these tensors."""
    layer = layer.astype("float64")
    values = {name: layout.ours(array(tensor))
              for name, (tensor, layout) in {**parameters, **dict(buffers)}.items()}
    layer.load_state({**layer.state(), **values})
    return layer


def translated(layer, x, y, training=True, flat=False, buffers=None, **tensors):
    """A Translation, for tensors by the names of the layer's parameters; None is left out."""
    parameters = {name: pair for name, pair in tensors.items() if pair[0] is not None}
    buffers = buffers or {}
    layer = filled(layer, parameters, buffers)
    return Translation(layer, x, y, parameters, buffers, training, flat)


# One function an operator: its arguments, with those of torch.nn.functional, to a Translation.

RNG = np.random.default_rng(0)  # for weights that are replaced


def per_axis(value, axes):
    """A number for each axis: PyTorch takes one, or one for all in a list, or all."""
    values = list(value) if isinstance(value, (tuple, list)) else [value]
    return tuple(values * axes if len(values) == 1 else values)


def convolution(axes):
    def translate(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
        if padding != "same":
            padding = 0 if padding == "valid" else per_axis(padding, axes)
        layer = getattr(layers, f"Conv{axes}D")(
            weight.shape[1] * groups, weight.shape[0], tuple(weight.shape[2:]),
            per_axis(stride, axes), padding, per_axis(dilation, axes), groups,
            bias=bias is not None, rng=RNG,
        )
        return translated(layer, images(x, axes), images(x, axes),
                          weight=(weight, CONVOLUTION_WEIGHT), bias=(bias, SAME))
    return translate


def transposed_convolution(axes):
    def translate(
        x, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1
    ):
        layer = getattr(layers, f"ConvTranspose{axes}D")(
            weight.shape[0], weight.shape[1] * groups, tuple(weight.shape[2:]),
            per_axis(stride, axes), per_axis(padding, axes), per_axis(output_padding, axes),
            per_axis(dilation, axes), groups, bias=bias is not None, rng=RNG,
        )
        return translated(layer, images(x, axes), images(x, axes),
                          weight=(weight, CONVOLUTION_WEIGHT), bias=(bias, SAME))
    return translate


def linear(x, weight, bias=None):
    layer = layers.Dense(*weight.T.shape, bias=bias is not None, rng=RNG)
    return translated(layer, SAME, SAME, weight=(weight, DENSE_WEIGHT), bias=(bias, SAME))


def batch_norm(
    x, mean, variance, weight=None, bias=None, training=False, momentum=0.1, eps=1e-5
):
    need(x.ndim > 1, EMPTY)
    need(momentum >= 0, MOMENTUM)
    buffers = {}
    if mean is not None:
        buffers = {"running_mean": (mean, SAME), "running_var": (variance, SAME)}
    flat = training and x.numel() <= 2 * x.shape[1]
    return translated(
        layers.BatchNorm(x.shape[1], eps=eps, momentum=momentum), moved(1), moved(1), training,
        flat, buffers, weight=(weight, SAME), bias=(bias, SAME),
    )


def layer_norm(x, shape, weight=None, bias=None, eps=1e-5):
    need(eps >= 0, EPS)
    flat = math.prod(shape) <= 2
    return translated(layers.LayerNorm(tuple(shape), eps), SAME, SAME, flat=flat,
                      weight=(weight, SAME), bias=(bias, SAME))


def group_norm(x, groups, weight=None, bias=None, eps=1e-5):
    need(eps >= 0, EPS)
    flat = x[:1].numel() <= 2 * groups
    return translated(layers.GroupNorm(groups, x.shape[1], eps), moved(1), moved(1), flat=flat,
                      weight=(weight, SAME), bias=(bias, SAME))


def instance_norm(x, running_mean=None, running_var=None, weight=None, bias=None,
                  use_input_stats=True, momentum=0.1, eps=1e-5):
    """The running statistics that PyTorch keeps on the side are not ours, and not looked at."""
    need(use_input_stats, "normalizes by running statistics")
    return translated(layers.InstanceNorm(x.shape[1], eps), moved(1), moved(1),
                      weight=(weight, SAME), bias=(bias, SAME))


def pool(layer_class, axes, x, kernel_size, stride, padding, dilation, ceil_mode, **options):
    """Two axes, or a sequence as an image with one column."""
    kernel = per_axis(kernel_size, axes)
    stride = per_axis(stride, axes) if stride else kernel
    padding, dilation = per_axis(padding, axes), per_axis(dilation, axes)
    need(max(dilation) == 1, DILATED)
    for size, k, s, p in zip(x.shape[-axes:], kernel, stride, padding, strict=True):
        whole = (size + 2 * p - k) // s + 1
        windows = math.ceil((size + 2 * p - k) / s) + 1
        if (windows - 1) * s >= size + p:  # PyTorch leaves out a window that sees padding alone
            windows -= 1
        need(not ceil_mode or windows == whole, CEIL)
    layout = images(x, axes)
    if axes == 1:
        kernel, stride, padding = (*kernel, 1), (*stride, 1), (*padding, 0)
        layout = with_column(layout)
    return translated(layer_class(kernel, stride, padding, **options), layout, layout)


def with_column(layout):
    return Layout(lambda v: layout.ours(v)[:, :, None], lambda v: layout.theirs(v[:, :, 0]))


def average_pool(axes):
    def translate(x, kernel_size, stride=None, padding=0, ceil_mode=False,
                  count_include_pad=True, divisor_override=None):
        need(divisor_override is None, DIVISOR)
        return pool(layers.AveragePool2D, axes, x, kernel_size, stride, padding, 1, ceil_mode,
                    count_include_pad=count_include_pad)
    return translate


def max_pool(axes):
    def translate(x, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False,
                  return_indices=False):
        return pool(layers.MaxPool2D, axes, x, kernel_size, stride, padding, dilation, ceil_mode)
    return translate


def global_average_pool(axes):
    def translate(x, output_size):
        need(all(size == 1 for size in per_axis(output_size, axes)), SEVERAL_VALUES)
        layout = images(x, axes)
        places = (slice(None), *[None] * axes)
        y = Layout(lambda v: layout.ours(v).reshape(-1, v.shape[-axes - 1]),
                   lambda v: layout.theirs(v[places]))
        return translated(layers.GlobalAveragePool(), layout, y)
    return translate


def interpolate(x, size=None, scale_factor=None, mode="nearest", align_corners=None,
                recompute_scale_factor=None):
    ours = {"nearest": "nearest", "nearest-exact": "nearest"}.get(mode, "bilinear")
    need(mode not in ("area", "bicubic") and not align_corners, MODE)
    axes = x.ndim - 2
    factors = per_axis(scale_factor, axes) if size is None else tuple(
        new / old for new, old in zip(per_axis(size, axes), x.shape[2:], strict=True))
    need(all(factor % 1 == 0 for factor in factors), FACTOR)
    return translated(layers.Upsample(tuple(map(int, factors)), ours), moved(1), moved(1))


def pad(x, pad, mode="constant", value=None):
    """What stands around an image, in a convolution that copies each channel."""
    need(mode in ("constant", "circular"), REPEATS)
    need(not value, NOT_ZERO)
    need(min(pad) >= 0, NEGATIVE)
    axes = x.ndim - 2
    pairs = [(pad[i], pad[i + 1]) for i in range(0, len(pad), 2)][::-1]
    need(1 <= len(pairs) <= axes, CHANNELS)
    pairs = [(0, 0)] * (axes - len(pairs)) + pairs
    channels = x.shape[1]
    layer = getattr(layers, f"Conv{axes}D")(
        channels, channels, 1, padding=pairs, groups=channels, bias=False,
        padding_mode="zeros" if mode == "constant" else mode, rng=RNG,
    )
    layer.weight.value[...] = 1
    return translated(layer, moved(1), moved(1))


def pixel_shuffle(x, upscale_factor):
    return translated(layers.PixelShuffle(upscale_factor), moved(1), moved(1))


def embedding(weight, labels):
    layer = layers.Embedding(*weight.shape, rng=RNG)
    return translated(layer, None, SAME, weight=(weight, SAME))


def elementwise(layer):
    return lambda x: translated(layer, SAME, SAME)


def leaky_relu(x, negative_slope=0.01):
    return translated(layers.LeakyReLU(negative_slope), SAME, SAME)


def softplus(x, beta=1, threshold=20):
    need(beta == 1 and threshold >= 20, THRESHOLD)
    return translated(layers.Softplus(), SAME, SAME)


def prelu(x, weight):
    need(x.ndim < 2 or x.shape[1] > 0, EMPTY)
    vector = Layout(np.atleast_1d, lambda w: w.reshape(weight.shape))  # a slope may be a number
    layout = moved(1) if x.ndim > 1 else Layout(np.atleast_1d, lambda v: v.reshape(x.shape))
    return translated(layers.PReLU(weight.numel()), layout, layout, weight=(weight, vector))


def softmax(x, dim, dtype=None):
    need(x.ndim == 0 or x.shape[dim] > 0, EMPTY)
    number = Layout(np.atleast_1d, lambda v: v.reshape(()))
    layout = moved(dim) if x.ndim else number
    return translated(layers.Softmax(), layout, layout)


def dropout(x, p=0.5, training=True):
    need(p < 1, P_ONE)
    need(not training or p == 0, MASK)
    return translated(layers.Dropout(p, rng=RNG), SAME, SAME, training)


def flatten(x, start_dim=0, end_dim=-1):
    need(start_dim == 1 and end_dim in (-1, x.ndim - 1), BATCH)
    return translated(layers.Flatten(), SAME, SAME)


def reshape(x, shape):
    y_shape = tuple(x.detach().reshape(shape).shape)
    need(x.ndim and y_shape and y_shape[0] == x.shape[0], BATCH)
    return translated(layers.Reshape(y_shape[1:]), SAME, SAME)


class Item(layers.Layer):
    """Picks one of several inputs, as a branch of Concatenate."""

    def __init__(self, index):
        self.index = index

    def forward(self, x, training=True):
        return x[self.index], len(x)

    def backward(self, dy, cache, need_dx=True):
        return tuple(dy if index == self.index else None for index in range(cache))


def concatenate(inputs, dim=0):
    need(len({item.ndim for item in inputs}) == 1, RANKS)
    layer = layers.Concatenate(*map(Item, range(len(inputs))))
    return translated(layer, (moved(dim),) * len(inputs), moved(dim))


class CrossEntropy(layers.Layer):
    """loss = w (p t softplus(-s) + (1 - t) softplus(s)), target t, from our losses of one score.

    softplus(-s) is the generator's loss that does not saturate, softplus(s) minus the minimax one.
    """

    def __init__(self, target, weight, pos_weight, reduction):
        self.up = weight * pos_weight * target
        self.down = weight * (1 - target)
        self.reduction = reduction

    def forward(self, s, training=True):
        y, slope = np.empty(s.shape), np.empty(s.shape)
        for place in np.ndindex(s.shape):
            score = np.reshape(s[place], (1, 1))
            up, d_up = losses.NonSaturating().generator(score)
            down, d_down = losses.Minimax().generator(score)
            y[place] = self.up[place] * up - self.down[place] * down
            slope[place] = self.up[place] * d_up.item() - self.down[place] * d_down.item()
        if self.reduction != "none":
            scale = 1 / y.size if self.reduction == "mean" else 1.0
            y, slope = np.asarray(y.sum() * scale), slope * scale
        return y, slope

    def backward(self, dy, cache, need_dx=True):
        return cache * dy


def cross_entropy(score, target, weight=None, reduction="mean", pos_weight=None):
    def spread(tensor):
        return np.broadcast_to(1.0 if tensor is None else array(tensor), score.shape)

    layer = CrossEntropy(spread(target), spread(weight), spread(pos_weight), reduction)
    return Translation(layer, SAME, SAME, {})


TRANSLATIONS = {
    "nn.functional.conv1d": convolution(1),
    "nn.functional.conv2d": convolution(2),
    "nn.functional.conv3d": convolution(3),
    "nn.functional.conv_transpose1d": transposed_convolution(1),
    "nn.functional.conv_transpose2d": transposed_convolution(2),
    "nn.functional.conv_transpose3d": transposed_convolution(3),
    "nn.functional.batch_norm": batch_norm,
    "nn.functional.linear": linear,
    "nn.functional.binary_cross_entropy_with_logits": cross_entropy,
    "nn.functional.pad": pad,
    "nn.functional.interpolate": interpolate,
    "nn.functional.layer_norm": layer_norm,
    "nn.functional.group_norm": group_norm,
    "nn.functional.instance_norm": instance_norm,
    "nn.functional.avg_pool1d": average_pool(1),
    "nn.functional.avg_pool2d": average_pool(2),
    "nn.functional.max_pool1d": max_pool(1),
    "nn.functional.max_pool2d": max_pool(2),
    "nn.functional.adaptive_avg_pool1d": global_average_pool(1),
    "nn.functional.adaptive_avg_pool2d": global_average_pool(2),
    "nn.functional.adaptive_avg_pool3d": global_average_pool(3),
    "nn.functional.pixel_shuffle": pixel_shuffle,
    "nn.functional.embedding": embedding,
    "nn.functional.relu": elementwise(layers.ReLU()),
    "nn.functional.leaky_relu": leaky_relu,
    "nn.functional.prelu": prelu,
    "nn.functional.softplus": softplus,
    "sigmoid": elementwise(layers.Sigmoid()),
    "tanh": elementwise(layers.Tanh()),
    "softmax": softmax,
    "nn.functional.dropout": dropout,
    "flatten": flatten,
    "reshape": reshape,
    "cat": concatenate,
}


@functools.cache
def operators():
    """operator or operator/variant -> PyTorch's description of it, for those in TRANSLATIONS."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch's test tools warn of themselves
        from torch.testing._internal.common_methods_invocations import op_db
    return {
        operator.name + ("/" + operator.variant_test_name if operator.variant_test_name else ""):
        operator
        for operator in op_db
        if operator.name in TRANSLATIONS and torch.float64 in operator.dtypes
    }


def samples(operator):
    torch.manual_seed(0)
    return operator.sample_inputs("cpu", torch.float64, requires_grad=True)


def assert_close(ours, theirs, measure=None):
    theirs = array(theirs)
    assert ours.shape == theirs.shape and ours.dtype == np.float64
    size = np.linalg.norm(theirs if measure is None else measure)
    assert np.linalg.norm(ours - theirs) <= TOLERANCE * size, (ours, theirs)


def compare(operator, sample):
    """Output, all gradients and all running statistics of one sample."""
    arguments = sample.input, *sample.args
    ours = TRANSLATIONS[operator.name](*arguments, **sample.kwargs)
    inputs = sample.input if isinstance(sample.input, list) else [sample.input]
    if ours.x is None:  # an embedding: labels
        x = array(sample.args[0])
    elif isinstance(ours.x, tuple):
        x = tuple(layout.ours(array(item)) for layout, item in zip(ours.x, inputs, strict=True))
    else:
        x = ours.x.ours(array(inputs[0]))
    y, cache = ours.layer.forward(x, ours.training)

    expected = operator(*arguments, **sample.kwargs)
    expected = expected[0] if isinstance(expected, tuple) else expected  # max pooling's places
    assert_close(np.asarray(ours.y.theirs(y)), expected)
    dy = np.random.default_rng(1).standard_normal(expected.shape)
    dx = ours.layer.backward(np.asarray(ours.y.ours(dy)), cache)

    pairs = []  # (our gradient in their layout, their tensor)
    if ours.x is not None:
        layouts, parts = (ours.x, dx) if isinstance(ours.x, tuple) else ((ours.x,), (dx,))
        for tensor, layout, part in zip(inputs, layouts, parts, strict=True):
            pairs.append((layout.theirs(part), tensor))
    for name, (tensor, layout) in ours.parameters.items():
        if tensor.requires_grad:
            gradient = ours.layer.parameters()[name].gradient
            pairs.append((layout.theirs(gradient), tensor))
    gradients = torch.autograd.grad(expected, [tensor for _, tensor in pairs], torch.tensor(dy))
    for (part, _), gradient in zip(pairs, gradients, strict=True):
        assert_close(np.asarray(part), gradient, measure=dy if ours.flat else None)
    for name, (tensor, layout) in ours.buffers.items():  # PyTorch updates them in place
        assert_close(layout.theirs(ours.layer.buffers()[name].value), tensor)


@pytest.mark.parametrize("name", list(TABLE))
def test_every_sample_runs_or_is_counted_with_its_reason(name):
    operator = operators()[name]
    run, left_out = 0, collections.Counter()
    for sample in samples(operator):
        try:
            compare(operator, sample)
        except NotExpressible as reason:
            left_out[str(reason)] += 1
        else:
            run += 1
    assert (run, left_out) == TABLE[name]


def with_settings(sample, **settings):
    return SimpleNamespace(input=sample.input, args=(), kwargs=settings)


# operator/variant -> (a sample at a setting that we have, how many samples that makes)
MENDED = {
    "nn.functional.interpolate/nearest":
        (lambda sample: with_settings(sample, scale_factor=3, mode="nearest"), 23),
    "nn.functional.interpolate/nearest-exact":
        (lambda sample: with_settings(sample, scale_factor=2, mode="nearest-exact"), 23),
    "nn.functional.interpolate/linear":
        (lambda sample: with_settings(sample, scale_factor=3, mode="linear"), 18),
    "nn.functional.interpolate/bilinear":
        (lambda sample: with_settings(sample, scale_factor=2, mode="bilinear"), 24),
    "nn.functional.interpolate/trilinear":
        (lambda sample: with_settings(sample, scale_factor=2, mode="trilinear"), 24),
    "nn.functional.pad/constant":
        (lambda sample: with_settings(sample, pad=sample.args[0]), 29),
    "nn.functional.softplus": (lambda sample: with_settings(sample), 3),
}


@pytest.mark.parametrize("name", list(MENDED))
def test_where_few_samples_run_they_run_at_settings_that_we_have(name):
    """Upsampling by whole factors, padding with zeros, softplus without slope and threshold."""
    mend, expected = MENDED[name]
    run = 0
    for sample in samples(operators()[name]):
        try:
            compare(operators()[name], mend(sample))
        except NotExpressible as reason:
            assert str(reason) in (NEGATIVE, CHANNELS)
        else:
            run += 1
    assert run == expected


def test_the_table_has_all_variants_of_its_operators():
    assert set(TABLE) == set(operators())


def test_the_totals_are_those_that_are_stated():
    for name, (run, left_out) in TABLE.items():
        reasons = ", ".join(f"{count} {reason}" for reason, count in left_out.items())
        print(f"{name:48} {run:4} run  {sum(left_out.values()):4} not  {reasons}")
    assert sum(run for run, _ in TABLE.values()) == TOTAL_RUN
    assert sum(sum(left_out.values()) for _, left_out in TABLE.values()) == TOTAL_NOT
