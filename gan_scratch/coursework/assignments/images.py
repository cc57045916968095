# %% [markdown]
# # Assignment 3: images
#
# A convolution is a matrix with few numbers, used many times. You write it, its transpose, which
# is its backward pass, and a normalization; then a generator of your own layers learns to write
# digits.
#
# **What you hand in** is `my_images.py`, and your answer to the question in `answers.md`. NumPy
# and Python's standard library are all that it may import.
#
# | task | points |
# |---|---|
# | 3.1 Convolution | 6 |
# | 3.2 Its transpose | 5 |
# | 3.3 A normalization | 4 |
# | 3.4 Digits | 6 |
# | 3.5 Question | 3 |
#
# Images have shape (N, H, W, C), channels last, and need not be square. As in assignment 1
# `forward` returns `(y, cache)`, `backward` adds to the gradients of the parameters, and neither
# changes an array that it is given. The cache is not changed either: it can go backward twice, and
# after another batch has gone forward. Given float64, compute in float64 throughout: the grader
# compares twelve digits.

# %% given
import numpy as np

# %% [markdown]
# ## 3.1 Convolution
#
# With zeros around it, `padding` wide, an image is seen through a window of K × K places that
# moves by `stride` places at a time. The output at $(o, p)$ is
#
# $$y_{op} = b + \sum_{s,t} x_{\,o\cdot\text{stride} + s,\; p\cdot\text{stride} + t}\, W_{st}$$
#
# with $W_{st}$ of shape (C, M), for each of the K² *taps* $(s, t)$. So loop over the taps, not
# over the places: what a tap sees of all images is one slice, `x[:, s : ... : stride, t : ... :
# stride]`, and one product. Each pass backward has the same loop. Where the last window ends before
# the image does, the rest of the image is not seen, and `dx` is 0 there; a stride larger than K
# leaves gaps, which are not seen either.

# %% task 3.1: Convolution
class Conv2D:
    """x (N, H, W, C), weight (K, K, C, M), bias (M,), y (N, H', W', M), where
    H' = (H + 2 padding - K) // stride + 1. backward adds to d_weight and d_bias."""

    def __init__(self, weight, bias, stride=1, padding=0):
        self.weight, self.bias, self.stride, self.padding = weight, bias, stride, padding
        self.d_weight, self.d_bias = np.zeros_like(weight), np.zeros_like(bias)

    def forward(self, x):
        ### BEGIN SOLUTION
        p, size = self.padding, len(self.weight)
        padded = np.pad(x, ((0, 0), (p, p), (p, p), (0, 0)))
        height, width = ((n - size) // self.stride + 1 for n in padded.shape[1:3])
        y = np.zeros((len(x), height, width, self.weight.shape[3]), x.dtype) + self.bias
        for tap in np.ndindex(size, size):
            y += np.tensordot(padded[self.seen(tap, height, width)], self.weight[tap], 1)
        return y, padded
        ### END SOLUTION

    def backward(self, dy, cache):
        ### BEGIN SOLUTION
        padded, p, size = cache, self.padding, len(self.weight)
        d_padded = np.zeros_like(padded)
        for tap in np.ndindex(size, size):
            seen = self.seen(tap, *dy.shape[1:3])
            self.d_weight[tap] += np.tensordot(padded[seen], dy, axes=([0, 1, 2], [0, 1, 2]))
            d_padded[seen] += np.tensordot(dy, self.weight[tap].T, 1)
        self.d_bias += dy.sum(axis=(0, 1, 2))
        return d_padded[:, p : padded.shape[1] - p, p : padded.shape[2] - p]
        ### END SOLUTION

    def seen(self, tap, height, width):
        """What this tap sees of the padded images, for an output of this size, as an index."""
        rows, columns = (
            slice(start, start + (count - 1) * self.stride + 1, self.stride)
            for start, count in zip(tap, (height, width), strict=True)
        )
        return slice(None), rows, columns

# %% tests 3.1
from gan_scratch import layers as theirs
from gan_scratch.gradient_check import assert_gradients


def a_convolution(rng, size, inputs, outputs, **settings):
    weight = rng.standard_normal((size, size, inputs, outputs))
    return my.Conv2D(weight, rng.standard_normal(outputs), **settings)


def test_convolution_forward():
    x = np.arange(16.0).reshape(1, 4, 4, 1)
    y, _ = my.Conv2D(np.ones((2, 2, 1, 1)), np.zeros(1)).forward(x)
    assert y.shape == (1, 3, 3, 1), f"2 x 2 on 4 x 4 gives 3 x 3 places, got the shape {y.shape}"
    assert y[0, 0, 0, 0] == 0 + 1 + 4 + 5, f"the first sum of four is 10, got {y[0, 0, 0, 0]}"
    y, _ = my.Conv2D(np.ones((4, 4, 1, 1)), np.ones(1), stride=2, padding=1).forward(x)
    assert y.shape == (1, 2, 2, 1), f"4 x 4, stride 2, padding 1 on 4 x 4 gives 2 x 2: {y.shape}"
    assert y[0, 0, 0, 0] == 1 + sum((0, 1, 2, 4, 5, 6, 8, 9, 10)), "zeros stand around the image"


def test_convolution_equals_the_librarys():
    rng = np.random.default_rng(1)
    for size, stride, padding, shape in ((3, 2, 1, (6, 5)), (2, 3, 0, (5, 9)), (3, 1, 2, (4, 7))):
        layer = a_convolution(rng, size, 2, 4, stride=stride, padding=padding)
        library = theirs.Conv2D(2, 4, size, stride=stride, padding=padding, rng=rng)
        library = library.astype("float64")
        library.bias.value[...] = layer.bias
        x = rng.standard_normal((2, *shape, 2))

        def librarys(weight, library=library, x=x):
            library.weight.value[...] = weight
            return library(x)

        y, wanted = layer.forward(x)[0], librarys(layer.weight)
        case = f"of images {shape}, K {size}, stride {stride}, padding {padding}"
        assert y.shape == wanted.shape, f"{case}, y has the shape {y.shape}, wanted {wanted.shape}"
        why = "; ".join(cause for cause, weight in (
            ("it is what the kernel gives when it is flipped", layer.weight[::-1, ::-1]),
            ("the kernel's rows and columns are swapped", layer.weight.swapaxes(0, 1)),
        ) if np.allclose(y, librarys(weight)))
        off = np.abs(y - wanted).max()
        assert off < 1e-12, (
            f"{case}, y differs from that of gan_scratch.layers.Conv2D by up to {off:.3g}"
            + (f": {why}" if why else "")
        )


def test_convolution_gradients():
    rng = np.random.default_rng(2)
    assert_gradients(a_convolution(rng, 2, 2, 3), rng.standard_normal((2, 4, 3, 2)))
    for size, stride, shape in ((3, 2, (5, 4)), (2, 3, (5, 7))):  # the last rows are not seen
        layer = a_convolution(rng, size, 2, 3, stride=stride, padding=1)
        assert_gradients(layer, rng.standard_normal((2, *shape, 2)))


def assert_passes_add_up(layer, x, *names):
    """The same batch goes backward twice, the second time after another went forward."""
    y, cache = layer.forward(x)
    dx = np.array(layer.backward(np.cos(y), cache))
    once = {name: np.array(getattr(layer, name)) for name in names}
    layer.forward(2 - 3 * x)
    again = np.array(layer.backward(np.cos(y), cache))
    twice = {name: np.array(getattr(layer, name)) for name in names}
    if not np.allclose(again, dx):
        _, cache = layer.forward(x)
        first, second = (np.array(layer.backward(np.cos(y), cache)) for _ in range(2))
        raise AssertionError(
            "the same cache and dy give another dx the second time: " + (
                "what another forward pass left behind is used" if np.allclose(first, second)
                else "backward changes the cache"
            )
        )
    for name, value in once.items():
        why = ": it is overwritten" if np.allclose(twice[name], value) else ""
        assert np.allclose(twice[name], 2 * value), (
            f"after the same backward pass twice, {name} must be twice what it was after one{why}"
        )


def test_convolution_adds_to_its_gradients():
    rng = np.random.default_rng(3)
    layer = a_convolution(rng, 2, 1, 2)
    assert_passes_add_up(layer, rng.standard_normal((2, 3, 4, 1)), "d_weight", "d_bias")

# %% cases 3.1
from gan_scratch.coursework.cases import Judgement, case


def convolved(layer, rng, shape, out):
    real, fake = rng.standard_normal((2, *shape))
    y, cache = layer.forward(real)
    yield "y", y
    layer.forward(fake)
    yield "dx", layer.backward(rng.standard_normal(out), cache)
    yield "d_weight", layer.d_weight
    yield "d_bias", layer.d_bias


def several_passes(layer, rng, shape, out, *names):
    """Of two batches: gradients add up, caches stay."""
    real, fake = rng.standard_normal((2, *shape))
    _, first = layer.forward(real)
    _, second = layer.forward(3 * fake + 1)
    for which, cache in (("first", first), ("second", second), ("first, again", first)):
        yield f"dx of a pass ({which})", layer.backward(rng.standard_normal(out), cache)
    for name in names:
        yield f"{name} after three passes", getattr(layer, name)


def convolution(code, rng, size, inputs, outputs, stride, padding):
    weight = rng.standard_normal((size, size, inputs, outputs))
    return code.Conv2D(weight, rng.standard_normal(outputs), stride=stride, padding=padding)


@case("3.1", points=1)
def convolution_of_stride_one(code, rng):
    yield from convolved(convolution(code, rng, 3, 2, 4, 1, 0), rng, (2, 5, 7, 2), (2, 3, 5, 4))


@case("3.1", points=1)
def convolution_with_stride_and_padding(code, rng):
    yield from convolved(convolution(code, rng, 4, 3, 2, 2, 1), rng, (2, 8, 7, 3), (2, 4, 3, 2))


@case("3.1", points=1)
def convolution_with_gaps_between_its_windows(code, rng):
    yield from convolved(convolution(code, rng, 2, 2, 3, 3, 0), rng, (2, 7, 9, 2), (2, 2, 3, 3))


@case("3.1", points=1)
def convolution_in_several_passes(code, rng):
    layer = convolution(code, rng, 3, 2, 3, 2, 1)
    yield from several_passes(layer, rng, (2, 6, 5, 2), (2, 3, 3, 3), "d_weight", "d_bias")


@case("3.1", points=2, gate=True)
def convolution_at_full_size(code, rng):
    shape, out = (16, 28, 28, 8), (16, 14, 14, 32)
    yield from convolved(convolution(code, rng, 4, 8, 32, 2, 1), rng, shape, out)

# %% [markdown]
# ## 3.2 Its transpose
#
# Without its bias a convolution is a linear map $A$ from large images to small ones. Its backward
# pass is $A^T$, from small to large: just what a generator needs to make an image grow. So the
# transposed convolution is $y = A^T x + b$, and *its* backward pass is $A$. Two numbers must agree
# for every $x$ and $y$:
#
# $$\langle A x, y\rangle = \langle x, A^T y\rangle$$
#
# Place after place, each $x$ paints its window of $y$, weighted by $W$; where windows overlap,
# they add. Every place of $y$ gets the bias once, one that no window paints as well.

# %% task 3.2: Its transpose
class ConvTranspose2D:
    """x (N, H, W, C), weight (K, K, M, C), bias (M,), y (N, H', W', M), where
    H' = (H - 1) stride + K - 2 padding. backward adds to d_weight and d_bias.

    It is the transpose of the convolution with the same weight, stride and padding.
    """

    def __init__(self, weight, bias, stride=1, padding=0):
        self.weight, self.bias, self.stride, self.padding = weight, bias, stride, padding
        self.d_weight, self.d_bias = np.zeros_like(weight), np.zeros_like(bias)

    def forward(self, x):
        ### BEGIN SOLUTION
        p, size = self.padding, len(self.weight)
        height, width = ((n - 1) * self.stride + size for n in x.shape[1:3])
        padded = np.zeros((len(x), height, width, self.weight.shape[2]), x.dtype)
        for tap in np.ndindex(size, size):
            padded[self.painted(tap, x.shape)] += np.tensordot(x, self.weight[tap].T, 1)
        return padded[:, p : height - p, p : width - p] + self.bias, x
        ### END SOLUTION

    def backward(self, dy, cache):
        ### BEGIN SOLUTION
        x, p, size = cache, self.padding, len(self.weight)
        padded, dx = np.pad(dy, ((0, 0), (p, p), (p, p), (0, 0))), np.zeros_like(x)
        for tap in np.ndindex(size, size):
            seen = padded[self.painted(tap, x.shape)]
            self.d_weight[tap] += np.tensordot(seen, x, axes=([0, 1, 2], [0, 1, 2]))
            dx += np.tensordot(seen, self.weight[tap], 1)
        self.d_bias += dy.sum(axis=(0, 1, 2))
        return dx
        ### END SOLUTION

    def painted(self, tap, shape):
        """Where an x of this shape paints through this tap, in the padded images, as an index."""
        rows, columns = (
            slice(start, start + (count - 1) * self.stride + 1, self.stride)
            for start, count in zip(tap, shape[1:3], strict=True)
        )
        return slice(None), rows, columns

# %% tests 3.2
def a_transpose(rng, size, inputs, outputs, **settings):
    weight = rng.standard_normal((size, size, outputs, inputs))
    return my.ConvTranspose2D(weight, rng.standard_normal(outputs), **settings)


def test_transpose_paints_its_window():
    weight = np.arange(1.0, 5).reshape(2, 2, 1, 1)
    y, _ = my.ConvTranspose2D(weight, np.zeros(1), stride=2).forward(np.full((1, 1, 1, 1), 3.0))
    assert np.array_equal(y[0, :, :, 0], 3 * weight[:, :, 0, 0]), f"one place of 3 paints {y[0]}"
    y, _ = my.ConvTranspose2D(np.ones((2, 2, 1, 1)), np.ones(1)).forward(np.ones((1, 1, 2, 1)))
    row = y[0, 0, :, 0]
    assert np.array_equal(row, [2, 3, 2]), f"where windows overlap they add: {row}, wanted 2, 3, 2"
    y, _ = my.ConvTranspose2D(np.ones((1, 1, 1, 1)), np.full(1, 5.0), stride=2).forward(
        np.ones((1, 1, 2, 1))
    )
    row = y[0, 0, :, 0]
    assert np.array_equal(row, [6, 5, 6]), (
        f"with K = 1, stride 2 and b = 5, a row of two ones gives {row}, wanted 6, 5, 6: between "
        "the windows stands b"
    )


def test_transpose_is_the_adjoint():
    rng = np.random.default_rng(4)
    for size, stride, padding, large in ((3, 2, 1, (7, 5)), (2, 3, 0, (5, 8)), (3, 1, 1, (4, 6))):
        weight, settings = rng.standard_normal((size, size, 2, 4)), (stride, padding)
        library = theirs.Conv2D(2, 4, size, *settings, bias=False, rng=rng).astype("float64")
        library.weight.value[...] = weight
        x = rng.standard_normal((2, *large, 2))
        y = rng.standard_normal(library(x).shape)
        back, _ = my.ConvTranspose2D(weight, np.zeros(2), *settings).forward(y)
        case = f"with K {size}, stride {stride}, padding {padding}"
        assert back.shape == x.shape, (
            f"{case}, A^T y has the shape {back.shape}, wanted that of x, {x.shape}"
        )
        one, other = (library(x) * y).sum(), (x * back).sum()
        why = "; ".join(cause for cause, w in (
            (", the kernel is flipped", weight[::-1, ::-1]),
            (", the kernel's rows and columns are swapped", weight.swapaxes(0, 1)),
        ) if np.isclose(np.vdot(with_weight(library, w)(x), y), other))
        assert np.isclose(one, other, rtol=1e-11), (
            f"{case}, <A x, y> is {one:.9f}, <x, A^T y> is {other:.9f}{why}"
        )


def with_weight(library, weight):
    library.weight.value[...] = weight
    return library


def test_transpose_gradients():
    rng = np.random.default_rng(5)
    for stride, padding in ((2, 1), (1, 0), (4, 0)):
        layer = a_transpose(rng, 3, 2, 3, stride=stride, padding=padding)
        assert_gradients(layer, rng.standard_normal((2, 3, 2, 2)))


def test_transpose_adds_to_its_gradients():
    rng = np.random.default_rng(9)
    layer = a_transpose(rng, 2, 2, 1)
    assert_passes_add_up(layer, rng.standard_normal((2, 3, 4, 2)), "d_weight", "d_bias")

# %% cases 3.2
def transpose(code, rng, size, inputs, outputs, stride, padding):
    weight = rng.standard_normal((size, size, outputs, inputs))
    return code.ConvTranspose2D(weight, rng.standard_normal(outputs), stride, padding)


@case("3.2", points=1)
def transpose_with_stride_and_padding(code, rng):
    yield from convolved(transpose(code, rng, 4, 3, 2, 2, 1), rng, (2, 3, 4, 3), (2, 6, 8, 2))


@case("3.2", points=1)
def transpose_with_gaps_between_its_windows(code, rng):
    yield from convolved(transpose(code, rng, 2, 2, 3, 3, 0), rng, (2, 3, 2, 2), (2, 8, 5, 3))


@case("3.2", points=1)
def transpose_in_several_passes(code, rng):
    layer = transpose(code, rng, 3, 2, 3, 2, 1)
    yield from several_passes(layer, rng, (2, 4, 3, 2), (2, 7, 5, 3), "d_weight", "d_bias")


@case("3.2", points=2, gate=True)
def transpose_at_full_size(code, rng):
    shape, out = (16, 14, 14, 32), (16, 28, 28, 8)
    yield from convolved(transpose(code, rng, 4, 32, 8, 2, 1), rng, shape, out)

# %% [markdown]
# ## 3.3 A normalization
#
# Batch norm takes mean and variance of each channel over the batch and all places, layer norm
# those of each sample. Yours, drawn for you, takes them over other axes. In all of them $\hat x =
# (x - \mu)/\sqrt{v + \epsilon}$ and $y = \gamma\hat x + \beta$ with a $\gamma$ and a $\beta$ for
# each channel. With $g = \gamma\,dy$ and the means taken over the same axes,
#
# $$dx = \frac{g - \overline{g} - \hat x\,\overline{g \hat x}}{\sqrt{v + \epsilon}}$$
#
# Derive it once: $\mu$ and $v$ depend on every $x$ of their group. The variance $v$ is the mean of
# $(x - \mu)^2$, divided by $n$ and not by $n - 1$. It must be right for images far from 0 too: at a
# mean of a million, $\overline{x^2} - \mu^2$ has hardly a digit left.

# %% task 3.3: A normalization
### BEGIN VARIANT rows
AXES = (2, 3)  # each row of each image: over its width and the channels
### END VARIANT
### BEGIN VARIANT places
AXES = (0,)  # each place and channel by itself: over the batch
### END VARIANT
### BEGIN VARIANT columns
AXES = (0, 1)  # each column and channel: over the batch and the height
### END VARIANT
EPS = 1e-3  ### VARIANT 1e-2 1e-3 1e-4


class Normalization:
    """y = gamma x_hat + beta, x_hat = (x - mean) / sqrt(variance + EPS), both over AXES of x;
    x, y (N, H, W, C), gamma, beta (C,). backward adds to d_gamma and d_beta."""

    def __init__(self, gamma, beta):
        self.gamma, self.beta = gamma, beta
        self.d_gamma, self.d_beta = np.zeros_like(gamma), np.zeros_like(beta)

    def forward(self, x):
        ### BEGIN SOLUTION
        inverse = 1 / np.sqrt(x.var(axis=AXES, keepdims=True) + EPS)
        x_hat = (x - x.mean(axis=AXES, keepdims=True)) * inverse
        return self.gamma * x_hat + self.beta, (x_hat, inverse)
        ### END SOLUTION

    def backward(self, dy, cache):
        ### BEGIN SOLUTION
        x_hat, inverse = cache
        self.d_gamma += (dy * x_hat).sum(axis=(0, 1, 2))
        self.d_beta += dy.sum(axis=(0, 1, 2))
        g = self.gamma * dy
        mean, along = (v.mean(axis=AXES, keepdims=True) for v in (g, g * x_hat))
        return (g - mean - x_hat * along) * inverse
        ### END SOLUTION

# %% tests 3.3
def test_normalization_forward():
    rng = np.random.default_rng(6)
    x = 3 + 2 * rng.standard_normal((5, 6, 7, 4))
    y, _ = my.Normalization(np.ones(4), np.zeros(4)).forward(x)
    mean, variance = y.mean(axis=my.AXES), y.var(axis=my.AXES)
    assert np.abs(mean).max() < 1e-9, f"over axes {my.AXES} y has means up to {abs(mean).max():.3g}"
    v = x.var(axis=my.AXES)
    off = np.abs(variance - v / (v + my.EPS)).max()
    why = "; ".join(cause for cause, below in (
        (", as if v were divided by n - 1", x.var(axis=my.AXES, ddof=1) + my.EPS),
        (", as if EPS were added to the root of v", (np.sqrt(v) + my.EPS) ** 2),
        (", as if EPS were 1e-5", v + 1e-5),
    ) if np.allclose(variance, v / below, rtol=1e-9))
    assert off < 1e-9, f"over axes {my.AXES} the variance of y is off by up to {off:.3g}{why}"


def test_normalization_of_images_far_from_0():
    layer = my.Normalization(np.ones(4), np.zeros(4))
    far = 1e6 + np.random.default_rng(8).standard_normal((5, 6, 7, 4))
    with np.errstate(invalid="ignore"):  # the root of a variance below 0
        off = np.abs(layer.forward(far)[0] - layer.forward(far - 1e6)[0]).max()
    assert off < 1e-6, f"images brighter by a million have the same y; yours differs by {off:.3g}"


def test_normalization_gradients():
    rng = np.random.default_rng(7)
    layer = my.Normalization(rng.standard_normal(3), rng.standard_normal(3))
    assert_gradients(layer, rng.standard_normal((4, 5, 2, 3)))


def test_normalization_adds_to_its_gradients():
    rng = np.random.default_rng(10)
    layer = my.Normalization(rng.standard_normal(3), rng.standard_normal(3))
    assert_passes_add_up(layer, rng.standard_normal((4, 5, 2, 3)), "d_gamma", "d_beta")

# %% cases 3.3
def normalized(code, rng, x):
    layer = code.Normalization(*rng.standard_normal((2, x.shape[-1])))
    y, cache = layer.forward(x)
    yield "y", y
    layer.forward(3 * x[::-1] + 1)
    yield "dx", layer.backward(rng.standard_normal(x.shape), cache)
    yield "d_gamma", layer.d_gamma
    yield "d_beta", layer.d_beta


def some_images(rng, shape):
    return rng.standard_normal(shape) * rng.uniform(0.5, 5) + rng.standard_normal()


@case("3.3", points=1)
def normalization(code, rng):
    yield from normalized(code, rng, some_images(rng, (6, 5, 4, 3)))


@case("3.3", points=1)
def normalization_of_images_far_from_0(code, rng):
    """All sizes are powers of two and the numbers have few digits: their means are exact."""
    few_digits = np.round(2**10 * rng.standard_normal((8, 4, 8, 4))) / 2**10
    yield from normalized(code, rng, 2**20 + few_digits)


@case("3.3", points=1)
def normalization_in_several_passes(code, rng):
    layer, shape = code.Normalization(*rng.standard_normal((2, 3))), (6, 5, 4, 3)
    yield from several_passes(layer, rng, shape, shape, "d_gamma", "d_beta")


@case("3.3", points=1, gate=True)
def normalization_at_full_size(code, rng):
    yield from normalized(code, rng, some_images(rng, (32, 24, 26, 20)))

# %% [markdown]
# ## 3.4 Digits
#
# A DCGAN of your own layers, as small as one can be: images of 14 × 14, and a generator with one
# transposed convolution. `train_digits` gets 7,000 images and returns the weights of `generate`.
#
# **What the images look like** is drawn anew each time you are graded: all digits are sheared (each
# row is moved as far as the one above or one pixel further, around the edge), then turned or
# mirrored, and perhaps shown in negative. Neighbouring pixels stay neighbours, so training is as
# easy as on upright digits, but weights that were trained on other images are worth nothing here.
#
# **How you are judged.** The grader makes 2,000 digits from your weights with its own noise and its
# own copy of `generate`, brings them back into their usual look, and compares them with 2,000 real
# digits that you have not seen, by the features of a classifier. Two figures count, and the worse
# one decides your points:
#
# | figure | what it measures | all points at | none at |
# |---|---|---|---|
# | distance | the Fréchet distance: are means and covariances right? | 20 | 40 |
# | coverage | real digits with one of yours nearer than their fifth neighbour | 30 % | 15 % |
#
# The mean of all digits has a coverage of 0, and so does one perfect digit. `check 3.4` trains once
# and judges in the same way (`gan_scratch/coursework/generators.py`). You have 30 seconds of one
# core; 10 are enough.
#
# Adam is given, and so are the gradients of the losses by the scores: $(\sigma(r) - 1)/N$ and
# $\sigma(f)/N$ for D, $-\sigma(-f)/N$ for G. What D is made of is yours to choose. One convolution
# of stride 2 and a matrix to a single score are too little: D then finds no fault with blurred
# digits. Eight channels and another 64 units between them are enough. Use float32, mind the order
# of the passes (assignment 2), and be bold with the learning rate: 0.008 works with batches of 64,
# if it falls at the end.

# %% given
LATENT, CHANNELS = 32, 24
SHAPES = [(LATENT, 49 * CHANNELS), (49 * CHANNELS,), (4, 4, 1, CHANNELS), (1,)]


def generate(weights, z):
    """Images (N, 14, 14, 1) of the weights [A, a, W, b]; z (N, LATENT). A matrix to 7 x 7 places of
    CHANNELS, a ReLU, a transposed convolution 4 x 4 of stride 2, padding 1, and tanh."""
    matrix, bias, weight, shift = weights
    h = np.maximum(z @ matrix + bias, 0).reshape(len(z), 7, 7, CHANNELS)
    padded = np.zeros((len(z), 16, 16, 1), h.dtype)
    for s, t in np.ndindex(4, 4):
        padded[:, s : s + 13 : 2, t : t + 13 : 2] += h @ weight[s, t].T
    return np.tanh(padded[:, 1:15, 1:15] + shift)


def sigmoid(s):
    small = np.exp(-np.abs(s))
    return np.where(s >= 0, 1, small) / (1 + small)


class Adam:
    """Moves arrays in place: step([(value, gradient), ...])."""

    def __init__(self, rate, beta1=0.5, beta2=0.99, eps=1e-8):
        self.rate, self.beta1, self.beta2, self.eps, self.t, self.m = rate, beta1, beta2, eps, 0, {}

    def step(self, pairs):
        self.t += 1
        for i, (value, gradient) in enumerate(pairs):
            m, v = self.m.setdefault(i, (np.zeros_like(value), np.zeros_like(value)))
            m += (1 - self.beta1) * (gradient - m)
            v += (1 - self.beta2) * (gradient**2 - v)
            size = np.sqrt(v / (1 - self.beta2**self.t)) + self.eps
            value -= self.rate * m / (1 - self.beta1**self.t) / size

# %% task 3.4: Digits
def train_digits(images, seed, seconds):
    """The weights of `generate`, [A (LATENT, 49 CHANNELS), a, W (4, 4, 1, CHANNELS), b (1,)].

    images (M, 14, 14, 1) in [-1, 1]; all randomness comes from np.random.default_rng(seed).
    """
    ### BEGIN SOLUTION
    rng, batch, steps, fastest = np.random.default_rng(seed), 64, 1800, 8e-3

    def drawn(*shape, size=0.05):
        return (size * rng.standard_normal(shape)).astype(np.float32)

    def leaky(y):
        return np.where(y > 0, y, np.float32(0.2) * y)

    def leaky_back(dh, y):
        return np.where(y > 0, dh, np.float32(0.2) * dh)

    matrix, bias = drawn(LATENT, 49 * CHANNELS, size=0.2), np.zeros(49 * CHANNELS, np.float32)
    grow = ConvTranspose2D(drawn(4, 4, 1, CHANNELS), np.zeros(1, np.float32), 2, 1)
    shrink = Conv2D(drawn(3, 3, 1, 8, size=0.3), np.zeros(8, np.float32), 2, 1)
    mix, mix_bias, judge = drawn(49 * 8, 64), np.zeros(64, np.float32), drawn(64, 1, size=0.1)
    images = images.astype(np.float32)

    def fakes():
        z = rng.standard_normal((batch, LATENT)).astype(np.float32)
        h = np.maximum(z @ matrix + bias, 0)
        y, cache = grow.forward(h.reshape(batch, 7, 7, CHANNELS))
        fake = np.tanh(y)
        return fake, (z, h, cache, fake)

    def scores(x):
        y, cache = shrink.forward(x)
        h = leaky(y).reshape(len(x), -1)
        y2 = h @ mix + mix_bias
        h2 = leaky(y2)
        return h2 @ judge, (cache, y, h, y2, h2)

    def back(d_score, caches):
        """(gradients of mix, mix_bias and judge, dx); the convolution adds to its own."""
        cache, y, h, y2, h2 = caches
        dy2 = leaky_back(d_score @ judge.T, y2)
        dx = shrink.backward(leaky_back((dy2 @ mix.T).reshape(y.shape), y), cache)
        return [h.T @ dy2, dy2.sum(axis=0), h2.T @ d_score], dx

    def clear(layer):
        layer.d_weight[...], layer.d_bias[...] = 0, 0

    d_adam, g_adam = Adam(fastest), Adam(fastest)
    is_real = np.repeat(np.float32([1, 0]), batch)[:, None]
    for step in range(steps):
        d_adam.rate = g_adam.rate = fastest * min(4 - 4 * step / steps, 1)
        real = images[rng.integers(len(images), size=batch)]
        score, cache = scores(np.concatenate([real, fakes()[0]]))
        clear(shrink)
        gradients, _ = back((sigmoid(score) - is_real) / batch, cache)
        d_adam.step([
            *zip((mix, mix_bias, judge), gradients, strict=True),
            (shrink.weight, shrink.d_weight), (shrink.bias, shrink.d_bias),
        ])

        fake, (z, h, grow_cache, y) = fakes()
        score, cache = scores(fake)
        _, d_fake = back(-sigmoid(-score) / batch, cache)
        clear(grow)
        dh = grow.backward(d_fake * (1 - y * y), grow_cache).reshape(batch, -1) * (h > 0)
        g_adam.step([
            (matrix, z.T @ dh), (bias, dh.sum(axis=0)),
            (grow.weight, grow.d_weight), (grow.bias, grow.d_bias),
        ])
    return [matrix, bias, grow.weight, grow.bias]
    ### END SOLUTION

# %% tests 3.4
from gan_scratch.coursework import generators


def test_digits_are_near_and_varied():
    rng = np.random.default_rng(8)
    view = generators.draw_view(rng)
    images = generators.seen(generators.small_digits()[: generators.TRAINING], view)
    weights = my.train_digits(images, 0, 30.0)
    noise = rng.standard_normal((2000, my.LATENT))
    fakes = generators.sampled(my.generate, weights, my.SHAPES, noise)
    judgement = generators.judge_digits(generators.unseen(fakes, view))
    assert judgement.share == 1, judgement.words

# %% cases 3.4
from gan_scratch.coursework import generators

GENERATE, WEIGHTS = generate, list(SHAPES)  # of this file, whatever a student's does


def as_digits(answers):
    """Make digits here, from the weights alone, take them out of their view and judge them."""
    weights = [answers[f"weights {i}"] for i in range(4)]
    try:
        fakes = generators.sampled(GENERATE, weights, WEIGHTS, answers["the noise"])
    except ValueError as error:
        return Judgement(0, str(error))
    return generators.judge_digits(
        generators.unseen(fakes, (answers["the places"], answers["the sign"]))
    )


@case("3.4", points=6, seconds=36, judge=as_digits)
def digits_in_a_new_view(code, rng):
    view = generators.draw_view(rng)
    images = generators.seen(generators.small_digits()[: generators.TRAINING], view)
    weights = code.train_digits(images, int(rng.integers(1000)), 30.0)
    for i in range(4):
        yield f"weights {i}", weights[i]
    yield "the places", view[0]
    yield "the sign", view[1]
    yield "the noise", rng.standard_normal((2000, LATENT))

# %% question 3.5: The checkerboard (3)
# Train the generator of task 3.4 with a kernel of 3 × 3 in your head, not on the machine: how many
# windows of a transposed convolution with stride 2 and kernel 3 paint each place of $y$, and how
# many with kernel 4? What pattern follows before anything is learnt, what does D make of it, and
# why do DCGANs take kernels whose size is a multiple of the stride? (Eight sentences and one small
# table.)
