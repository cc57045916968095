"""Convolutions beside PyTorch in float64, over 800 random settings.

400 convolutions and 400 transposed ones, of sequences, images and volumes: strides beyond the
kernel, dilation, groups, padding that differs in front and behind, sizes that no stride divides.
What the kernels promise besides the numbers is tested below: little memory, the same bits each
time, and BLAS's threads left as they were.
"""

import math
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass

import numpy as np
import pytest
import threadpoolctl

from gan_scratch import layers
from gan_scratch.layers import kernels

torch = pytest.importorskip("torch")
torch.set_num_threads(1)
functional = torch.nn.functional

pytestmark = [
    # torch 2.13 uses its own deprecated function when torch.func.jvp first runs.
    pytest.mark.filterwarnings("ignore:.torch.jit.script. is deprecated"),
    pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths"),
]

TOLERANCE = 1e-12
SETTINGS_OF_A_KIND = 400
MEGABYTE = 2**20


@dataclass
class Setting:
    """One layer and the shape of its x. Sizes hold a number for each axis."""

    transposed: bool
    batch: int
    size: tuple
    in_channels: int
    out_channels: int
    kernel_size: tuple
    stride: tuple
    padding: object  # pairs (in front, behind), or "same"
    output_padding: tuple
    dilation: tuple
    groups: int
    bias: bool

    @property
    def axes(self):
        return len(self.size)

    @property
    def reach(self):
        return [(k - 1) * d + 1 for k, d in zip(self.kernel_size, self.dilation, strict=True)]

    @property
    def name(self):
        return f"Conv{'Transpose' if self.transposed else ''}{self.axes}D"

    @property
    def symmetric(self):
        return self.padding != "same" and all(low == high for low, high in self.padding)

    def layer(self, rng):
        """Our layer in float64, its parameters drawn anew (a bias starts at zero)."""
        options = asdict(self)
        for other in ("transposed", "batch", "size"):
            del options[other]
        if not self.transposed:
            del options["output_padding"]
        layer = getattr(layers, self.name)(**options, rng=rng).astype("float64")
        for parameter in layer.parameters().values():
            parameter.value = rng.standard_normal(parameter.value.shape)
        return layer

    def x(self, rng):
        return rng.standard_normal((self.batch, *self.size, self.in_channels))


def random_setting(rng, axes, transposed):
    def each(values):
        """One value for each axis, half of the time the same for all."""
        values = list(values)
        drawn = [int(rng.choice(values)) for _ in range(axes)]
        return tuple(drawn[:1] * axes if rng.random() < 0.5 else drawn)

    kernel_size = (1,) * axes if rng.random() < 0.1 else each(range(1, 6 if axes < 3 else 4))
    dilation = each([1, 1, 1, 2, 3])
    stride = each([1, 1, 2, 2, 3, 4, 5])
    groups = int(rng.choice([1, 1, 2, 3]))
    inputs, outputs = (groups * int(rng.integers(1, 4)) for _ in range(2))
    if rng.random() < 0.2:  # depthwise
        groups = inputs
        outputs = inputs * int(rng.integers(1, 3))
    if axes == 2 and rng.random() < 0.2:  # as in image GANs; they have a kernel of their own
        kernel_size, stride, dilation, groups = (4, 4), (2, 2), (1, 1), 1
        inputs, outputs = (int(rng.integers(64, 72)) for _ in range(2))
    kind = rng.choice(["none", "symmetric", "pairs", "same"])
    padding = "same" if kind == "same" else tuple(
        {"none": (0, 0), "symmetric": (low, low), "pairs": (low, high)}[kind]
        for low, high in zip(each(range(4)), each(range(4)), strict=True)
    )
    output_padding = (0,) * axes
    if transposed and kind != "same" and rng.random() < 0.5:
        output_padding = tuple(
            int(rng.integers(max(pair))) for pair in zip(stride, dilation, strict=True)
        )
    setting = Setting(
        transposed, int(rng.integers(1, 5)), (1,) * axes, inputs, outputs, kernel_size, stride,
        padding, output_padding, dilation, groups, bias=bool(rng.random() < 0.8),
    )
    setting.size = tuple(
        smallest + int(rng.integers(8 // axes + 1)) for smallest in smallest_size(setting)
    )
    return setting


def smallest_size(setting):
    """The fewest places of x along each axis that leave one place of y."""
    if setting.padding == "same":
        return [1] * setting.axes
    ends = [low + high for low, high in setting.padding]
    if not setting.transposed:
        return [max(1, reach - end) for reach, end in zip(setting.reach, ends, strict=True)]
    return [
        1 + max(0, math.ceil((1 + end - reach - extra) / stride))
        for end, reach, extra, stride in zip(
            ends, setting.reach, setting.output_padding, setting.stride, strict=True)
    ]


def settings():
    rng = np.random.default_rng(2014)
    return [
        random_setting(rng, axes=1 + index % 3, transposed=transposed)
        for transposed in (False, True) for index in range(SETTINGS_OF_A_KIND)
    ]


SETTINGS = settings()


def cases(every=1):
    """All settings, or every so many; all but a few hundred of them are thorough."""
    return pytest.mark.parametrize("setting", [
        pytest.param(setting, id=f"{index}-{setting.name}",
                     marks=pytest.mark.thorough if index % 4 else ())
        for index, setting in list(enumerate(SETTINGS))[::every]
    ])


# The same map in PyTorch, which is channels first.

def torch_convolution(setting, x, weight, bias=None):
    axes = setting.axes
    x, weight = x.movedim(-1, 1), weight.movedim((-1, -2), (0, 1))
    weight = weight.contiguous()  # torch 2.13 fails over some strides in its dW
    maps = "conv_transpose" if setting.transposed else "conv"
    function = getattr(functional, f"{maps}{axes}d")
    options = {"stride": setting.stride, "dilation": setting.dilation, "groups": setting.groups}
    if setting.transposed:
        y = torch_transposed(setting, function, x, weight, bias, options)
    elif setting.padding == "same" and max(setting.stride) == 1:
        y = function(x, weight, bias, padding="same", **options)
    elif setting.symmetric:
        y = function(x, weight, bias, padding=[low for low, _ in setting.padding], **options)
    else:
        pairs = same_pairs(setting) if setting.padding == "same" else setting.padding
        y = function(functional.pad(x, last_axis_first(pairs)), weight, bias, **options)
    return y.movedim(1, -1)


def torch_transposed(setting, function, x, weight, bias, options):
    if setting.symmetric:
        padding = [low for low, _ in setting.padding]
        return function(x, weight, bias, padding=padding, output_padding=setting.output_padding,
                        **options)
    if setting.padding == "same":  # exactly size · stride places: cut off, or add behind
        excess = [reach - stride
                  for reach, stride in zip(setting.reach, setting.stride, strict=True)]
        pairs = [(max(e, 0) // 2, max(e, 0) - max(e, 0) // 2) for e in excess]
        extra = [max(-e, 0) for e in excess]
    else:
        pairs, extra = setting.padding, setting.output_padding
    y = function(x, weight, bias, output_padding=extra, **options)
    return functional.pad(y, [-cut for cut in last_axis_first(pairs)])


def same_pairs(setting):
    """TensorFlow's rule: ceil(size / stride) places, an odd zero behind."""
    pairs = []
    for size, stride, reach in zip(setting.size, setting.stride, setting.reach, strict=True):
        total = max((math.ceil(size / stride) - 1) * stride + reach - size, 0)
        pairs.append((total // 2, total - total // 2))
    return pairs


def last_axis_first(pairs):
    return [end for pair in reversed(pairs) for end in pair]


def assert_close(ours, theirs, tolerance=TOLERANCE):
    if torch.is_tensor(theirs):
        theirs = theirs.detach().numpy()
    assert ours.shape == theirs.shape and ours.dtype == theirs.dtype
    assert np.linalg.norm(ours - theirs) <= tolerance * np.linalg.norm(theirs)


def leaf(array):
    return torch.tensor(array, requires_grad=True)


# What the numbers are.

def test_the_sweep_meets_all_that_it_is_meant_to():
    assert len(SETTINGS) == 2 * SETTINGS_OF_A_KIND
    rare = {
        "stride beyond the kernel": lambda s: any(map(int.__gt__, s.stride, s.reach)),
        "stride of 5": lambda s: 5 in s.stride,
        "dilation": lambda s: max(s.dilation) > 1,
        "groups": lambda s: 1 < s.groups < s.in_channels,
        "depthwise": lambda s: 1 < s.groups == s.in_channels,
        "1 x 1": lambda s: max(s.kernel_size) == 1,
        "kernel of 5": lambda s: 5 in s.kernel_size,
        "batch of 1": lambda s: s.batch == 1,
        "same": lambda s: s.padding == "same",
        "same with a stride": lambda s: s.padding == "same" and max(s.stride) > 1,
        "symmetric": lambda s: s.symmetric and s.padding[0][0] > 0,
        "asymmetric": lambda s: s.padding != "same" and not s.symmetric,
        "padding beyond the kernel": lambda s: s.padding != "same" and any(
            low >= reach for (low, _), reach in zip(s.padding, s.reach, strict=True)),
        "no bias": lambda s: not s.bias,
        "one channel": lambda s: s.in_channels == 1 or s.out_channels == 1,
    }
    for transposed in (False, True):
        kind = [setting for setting in SETTINGS if setting.transposed == transposed]
        assert len(kind) == SETTINGS_OF_A_KIND
        for axes in (1, 2, 3):
            met = [setting for setting in kind if setting.axes == axes]
            for what, holds in rare.items():
                wanted = 0 if what == "kernel of 5" and axes == 3 else 5
                assert sum(map(holds, met)) >= wanted, (what, axes, transposed)
        assert sum(
            s.kernel_size == (4, 4) and s.stride == (2, 2) and max(s.dilation) == 1 == s.groups
            and min(s.in_channels, s.out_channels) >= 64 for s in kind
        ) >= 10, "4 x 4 with a stride of 2"
    assert sum(max(s.output_padding) > 0 for s in SETTINGS if s.transposed) >= 50
    assert sum(
        s.padding != "same" and any(
            (size + sum(pair) - reach) % stride for size, pair, reach, stride in zip(
                s.size, s.padding, s.reach, s.stride, strict=True))
        for s in SETTINGS if not s.transposed
    ) >= 50, "sizes that do not fit the stride"


@cases()
def test_output_and_gradients_are_those_of_autograd(setting):
    rng = np.random.default_rng(1)
    layer = setting.layer(rng)
    x = setting.x(rng)
    y, cache = layer.forward(x)
    dy = rng.standard_normal(y.shape)
    dx = layer.backward(dy, cache)

    leaves = [leaf(x)] + [leaf(p.value) for p in layer.parameters().values()]
    expected = torch_convolution(setting, *leaves)
    expected.backward(torch.tensor(dy))
    assert_close(y, expected)
    assert_close(dx, leaves[0].grad)
    for parameter, theirs in zip(layer.parameters().values(), leaves[1:], strict=True):
        assert_close(parameter.gradient, theirs.grad)


@cases(every=13)
def test_tangent_passes_are_jvp_and_jvp_of_vjp(setting):
    rng = np.random.default_rng(2)
    layer = setting.layer(rng)
    parameters = list(layer.parameters().values())
    x, x_dot = setting.x(rng), setting.x(rng)
    y, cache = layer.forward(x)
    dy, dy_dot = rng.standard_normal(y.shape), rng.standard_normal(y.shape)
    for parameter in parameters:
        parameter.tangent = rng.standard_normal(parameter.value.shape)
    y_dot, tangent_cache = layer.tangent_forward(x_dot, cache)
    dx, dx_dot = layer.tangent_backward(dy, dy_dot, cache, tangent_cache)

    def function(*primals):
        return torch_convolution(setting, *primals)

    def gradients(dy, *primals):
        return torch.func.vjp(function, *primals)[1](dy)

    primals = (torch.tensor(x), *(torch.tensor(p.value) for p in parameters))
    directions = (torch.tensor(x_dot), *(torch.tensor(p.tangent) for p in parameters))
    assert_close(y_dot, torch.func.jvp(function, primals, directions)[1])
    expected, expected_dot = torch.func.jvp(
        gradients, (torch.tensor(dy), *primals), (torch.tensor(dy_dot), *directions)
    )
    assert_close(dx, expected[0])
    assert_close(dx_dot, expected_dot[0])
    for parameter, gradient_dot in zip(parameters, expected_dot[1:], strict=True):
        assert_close(parameter.gradient, gradient_dot)


def all_kernels(setting, dtype):
    """What the three kernel functions give for one setting."""
    rng = np.random.default_rng(3)
    layer = setting.layer(rng).astype(dtype)
    weight = layer.weight.value
    geometry = layer.geometry(setting.x(rng))
    channels = (setting.in_channels, setting.out_channels)
    large, small = channels[::-1] if setting.transposed else channels
    x = rng.standard_normal((setting.batch, *geometry.large, large)).astype(dtype)
    y = rng.standard_normal((setting.batch, *geometry.small, small)).astype(dtype)
    gradient = rng.standard_normal(weight.shape).astype(dtype)  # a gradient is added to
    kernels.add_weight_gradient(x, y, geometry, gradient)
    return [
        kernels.convolve(x, weight, geometry),
        kernels.convolve_adjoint(y, weight, geometry),
        gradient,
    ]


@pytest.mark.parametrize("dtype, tolerance", [("float64", TOLERANCE), ("float32", 3e-6)])
@cases(every=10)
def test_the_plain_loops_give_what_the_fast_kernels_give(setting, dtype, tolerance):
    with kernels.plain():
        plain = all_kernels(setting, dtype)
    for fast, expected in zip(all_kernels(setting, dtype), plain, strict=True):
        assert_close(fast, expected, tolerance)


# What the kernels leave alone: memory, bits, and BLAS's threads.

LAYERS = [
    pytest.param("Conv2D", (20, 20, 32), 64, id="small weight"),
    pytest.param("ConvTranspose2D", (10, 10, 64), 32, id="small weight, transposed"),
    pytest.param("Conv2D", (4, 4, 256), 512, id="large weight"),
    pytest.param("ConvTranspose2D", (2, 2, 512), 256, id="large weight, transposed"),
]


def halving(name, shape, out_channels, batch):
    """A layer of kernel 4 and stride 2, as image GANs have them, with x and dy, in float32."""
    rng = np.random.default_rng(4)
    layer = getattr(layers, name)(shape[-1], out_channels, 4, stride=2, padding=1, rng=rng)
    x = rng.standard_normal((batch, *shape), dtype="float32")
    size = [2 * n if "Transpose" in name else n // 2 for n in shape[:-1]]
    return layer, x, rng.standard_normal((batch, *size, out_channels), dtype="float32")


def peak_beyond_result(function):
    """(result, bytes that NumPy and Python held at the most besides the result).

    A thread keeps working memory between calls, so this call gets one that has none yet.
    """
    tracemalloc.start()
    try:
        with ThreadPoolExecutor(1) as fresh:
            result = fresh.submit(function).result()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    return result, peak - (0 if result is None else result.nbytes)


@pytest.mark.parametrize("batch", [16, 256])
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("name, shape, out_channels", LAYERS)
def test_memory_beside_inputs_and_outputs_is_small_whatever_the_batch(
    name, shape, out_channels, threads, batch
):
    """Some MiB, and of the fast form a copy of the weight and 9/4 of it transformed."""
    layer, x, dy = halving(name, shape, out_channels, batch)
    _, cache = layer.forward(x)
    most = 20 * MEGABYTE + (1 + 9 / 4) * layer.weight.value.nbytes
    with threadpoolctl.threadpool_limits(threads):
        _, peak = peak_beyond_result(lambda: layer.forward(x)[0])
        assert peak < most
        _, peak = peak_beyond_result(lambda: layer.backward(dy, cache, need_dx=False))
        assert peak < most
        with layers.frozen(layer):
            _, peak = peak_beyond_result(lambda: layer.backward(dy, cache))
        assert peak < most


def all_passes(name, shape, out_channels, threads, dtype="float32"):
    """y, dx, dW and db of one step with this many threads."""
    layer, x, dy = halving(name, shape, out_channels, batch=7)
    layer = layer.astype(dtype)
    with threadpoolctl.threadpool_limits(threads):
        y, cache = layer.forward(x.astype(dtype))
        dx = layer.backward(dy.astype(dtype), cache)
    return [y, dx, layer.weight.gradient, layer.bias.gradient]


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("name, shape, out_channels", LAYERS)
def test_the_same_call_gives_the_same_bits(name, shape, out_channels, threads):
    first = all_passes(name, shape, out_channels, threads)
    for _ in range(5):
        for again, expected in zip(
            all_passes(name, shape, out_channels, threads), first, strict=True
        ):
            np.testing.assert_array_equal(again, expected)


@pytest.mark.parametrize("name, shape, out_channels", LAYERS)
def test_the_number_of_threads_changes_rounding_alone(name, shape, out_channels):
    one, two = (
        all_passes(name, shape, out_channels, threads, "float64") for threads in (1, 2)
    )
    for ours, expected in zip(two, one, strict=True):
        assert_close(ours, expected)


def threads_of_blas():
    return {library["filepath"]: library["num_threads"]
            for library in threadpoolctl.threadpool_info()}


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("name, shape, out_channels", LAYERS)
def test_the_users_number_of_threads_stays(name, shape, out_channels, threads):
    layer, x, dy = halving(name, shape, out_channels, batch=7)
    with threadpoolctl.threadpool_limits(threads):
        before = threads_of_blas()
        assert threads in before.values()
        _, cache = layer.forward(x)
        assert threads_of_blas() == before
        layer.backward(dy, cache)
        assert threads_of_blas() == before
        with pytest.raises(ValueError):
            layer.forward(x[..., 1:])
        assert threads_of_blas() == before
