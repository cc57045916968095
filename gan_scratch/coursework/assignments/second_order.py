# %% [markdown]
# # Assignment 4: the gradient of a gradient
#
# A penalty on a critic's slope is a function of a gradient. To train with it, that gradient has to
# be differentiated in turn, by the weights. Nobody needs an automatic differentiation for this:
# the forward and the backward pass are differentiated along one direction, layer by layer, as
# Pearlmutter (1994) did.
#
# **What you hand in** is `my_second_order.py`, and your answer to the question in `answers.md`.
# NumPy and Python's standard library are all that it may import. Derivatives by differencing earn
# nothing in tasks 4.1 to 4.3: as they are usually written, they are neither right to twelve digits
# nor quick enough for large arrays. (To make them so, with a product's linearity or a complex step,
# you need to know how the derivative is built; that is not forbidden.)
#
# | task | points |
# |---|---|
# | 4.1 The tangent of a dense layer | 5 |
# | 4.2 The tangent of an activation | 6 |
# | 4.3 A penalty on the slope | 6 |
# | 4.4 The smallest GAN | 5 |
# | 4.5 Question | 3 |
#
# A dot is a derivative along a direction: if $x$ moves with the velocity $\dot x$, then $y = f(x)$
# moves with $\dot y$, and the gradient $dx$, which depends on $x$ too, with $\dot{dx}$, written
# `dx_dot`. No function changes an array that it is given, and a cache stays good after another
# forward pass. Real numbers are float64, and so are the answers.

# %% given
import numpy as np

# %% [markdown]
# ## 4.1 The tangent of a dense layer
#
# $y = xW + b$ and its backward pass $dx = dy\,W^T$, $dW = x^T dy$, $db = \sum dy$ are products.
# Let everything in them move, $x$, $W$, $b$ and $dy$, and apply the product rule. Your functions
# hold for complex numbers as well, since products do (no conjugates): all of them may be complex,
# or some, such as $W$ with a real $x$.

# %% task 4.1: The tangent of a dense layer
def dense_tangent(x, x_dot, weight, weight_dot, bias_dot):
    """y_dot, of y = x W + b; x (N, D), weight (D, M), bias_dot (M,), y_dot (N, M)."""
    ### BEGIN SOLUTION
    return x_dot @ weight + x @ weight_dot + bias_dot
    ### END SOLUTION


def dense_backward_tangent(x, x_dot, weight, weight_dot, dy, dy_dot):
    """(dx_dot, d_weight_dot, d_bias_dot): how dx = dy W^T, dW = x^T dy and db = sum dy move."""
    ### BEGIN SOLUTION
    dx_dot = dy_dot @ weight.T + dy @ weight_dot.T
    d_weight_dot = x_dot.T @ dy + x.T @ dy_dot
    return dx_dot, d_weight_dot, dy_dot.sum(axis=0)
    ### END SOLUTION

# %% tests 4.1
def along(f, moving, h=1e-5):
    """The derivative of f along a direction, by central differences. moving: (value, velocity)."""
    above = f(*(value + h * velocity for value, velocity in moving))
    below = f(*(value - h * velocity for value, velocity in moving))
    if isinstance(above, tuple):
        return tuple((a - b) / (2 * h) for a, b in zip(above, below, strict=True))
    return (above - below) / (2 * h)


def pairs(*shapes, seed=1):
    """(value, velocity) for each shape."""
    rng = np.random.default_rng(seed)
    return [tuple(rng.standard_normal((2, *shape))) for shape in shapes]


def same(found, wanted, name):
    shape = np.shape(found)
    assert shape == wanted.shape, f"{name} has shape {shape}, wanted {wanted.shape}"
    wrong = ~np.isclose(found, wanted, rtol=1e-6, atol=1e-7)
    if wrong.any():
        at = tuple(map(int, np.argwhere(wrong)[0]))
        raise AssertionError(
            f"{name} is wrong in {wrong.sum()} of {wrong.size} numbers: at {at} it is "
            f"{found[at]:.6g}, wanted {wanted[at]:.6g}"
        )


def movements(**moving):
    """(in words, the pairs) with each alone moving, then all together."""
    for name in moving:
        one = [(value, v if n == name else 0 * v) for n, (value, v) in moving.items()]
        yield f"when {name} alone moves", one
    yield "when all move", list(moving.values())


def assert_dense_tangents(x, weight, bias, dy, which=""):
    for when, moving in movements(x=x, W=weight, b=bias):
        wanted = along(lambda x, w, b: x @ w + b, moving)
        found = my.dense_tangent(*moving[0], *moving[1], moving[2][1])
        same(found, wanted, f"y_dot{which}, {when},")
    for when, moving in movements(x=x, W=weight, dy=dy):
        wanted = along(lambda x, w, dy: (dy @ w.T, x.T @ dy, dy.sum(axis=0)), moving)
        found = my.dense_backward_tangent(*(part for pair in moving for part in pair))
        for name, f, w in zip(("dx_dot", "d_weight_dot", "d_bias_dot"), found, wanted, strict=True):
            same(f, w, f"{name}{which}, {when},")


def test_dense_tangents():
    assert_dense_tangents(*pairs((4, 3), (3, 2), (2,), (4, 2)))


def test_dense_of_complex_numbers():
    shapes = (4, 3), (3, 2), (2,), (4, 2)
    complex_x, complex_weight, bias, dy = (
        tuple(np.add(real, np.multiply(1j, imaginary)))
        for real, imaginary in zip(pairs(*shapes, seed=7), pairs(*shapes, seed=8), strict=True)
    )
    for x, weight, which in (
        (complex_x, complex_weight, ", all complex"),
        (np.real(complex_x), complex_weight, " of a real x"),
        (complex_x, np.real(complex_weight), " of a real W"),
    ):
        assert_dense_tangents(x, weight, bias, dy, which)

# %% cases 4.1
from gan_scratch.coursework.cases import case


def drawn(rng, *shapes, imaginary=0.0):
    """Values and velocities, in turn."""
    return [
        rng.standard_normal(shape) + imaginary * rng.standard_normal(shape)
        for shape in shapes for _ in range(2)
    ]


def dense(code, rng, n, d, m, imaginary, real=""):
    """real: which of x and weight has no imaginary part all the same."""
    x, x_dot, weight, weight_dot, dy, dy_dot = drawn(
        rng, (n, d), (d, m), (n, m), imaginary=imaginary
    )
    if real == "x":
        x, x_dot = x.real.copy(), x_dot.real.copy()
    if real == "weight":
        weight, weight_dot = weight.real.copy(), weight_dot.real.copy()
    bias_dot = rng.standard_normal(m) + imaginary * rng.standard_normal(m)
    of = f" of a real {real}" if real else ""
    yield f"y_dot{of}", code.dense_tangent(x, x_dot, weight, weight_dot, bias_dot)
    found = code.dense_backward_tangent(x, x_dot, weight, weight_dot, dy, dy_dot)
    for name, part in zip(("dx_dot", "d_weight_dot", "d_bias_dot"), found, strict=True):
        yield f"{name}{of}", part


@case("4.1", points=2)
def tangent_of_a_dense_layer(code, rng):
    yield from dense(code, rng, 5, 4, 3, 0.0)


@case("4.1", points=1)
def tangent_of_real_and_complex_arrays(code, rng):
    yield from dense(code, rng, 4, 3, 5, 1j, "x")
    yield from dense(code, rng, 3, 5, 4, 1j, "weight")


@case("4.1", points=2, gate=True)
def tangent_of_large_complex_arrays(code, rng):
    yield from dense(code, rng, 64, 200, 150, 1j)

# %% [markdown]
# ## 4.2 The tangent of an activation
#
# First the mean of each row is taken off, $u = x - \bar x$, then a function $f$ acts number by
# number, $y = f(u)$. Yours stands in the file. With $P$ for "take the mean of the row off",
#
# $$dx = P\,(f'(u)\,dy) \qquad \dot u = P\,\dot x$$
#
# and $\dot y$ and $\dot{dx}$ you find by the product rule; there $f''$ appears. Where $f''$ jumps,
# at $u = 0$, take the mean of its two sides. Keep all four right far out, at $|u| = 800$, with no
# overflow on the way.

# %% task 4.2: The tangent of an activation
def centred(x):
    """P: each row less its mean."""
    return x - x.mean(axis=1, keepdims=True)


class Activation:
    ### BEGIN VARIANT softsign
    """y = f(u), u = x - mean of the row, f(u) = u / (1 + |u|); x, y (N, C)."""
    ### END VARIANT
    ### BEGIN VARIANT logcosh
    """y = f(u), u = x - mean of the row, f(u) = log cosh u = |u| + log((1 + exp(-2 |u|)) / 2);
    x, y (N, C)."""
    ### END VARIANT
    ### BEGIN VARIANT bowl
    """y = f(u), u = x - mean of the row, f(u) = u |u| / (1 + |u|); x, y (N, C). Its slope is
    f'(u) = |u| (2 + |u|) / (1 + |u|)^2, which goes to 1."""
    ### END VARIANT

    def forward(self, x):
        ### BEGIN SOLUTION
        u = centred(x)
        ### BEGIN VARIANT softsign
        return u / (1 + np.abs(u)), u
        ### END VARIANT
        ### BEGIN VARIANT logcosh
        return np.abs(u) + np.log1p(np.exp(-2 * np.abs(u))) - np.log(2), u
        ### END VARIANT
        ### BEGIN VARIANT bowl
        return u * np.abs(u) / (1 + np.abs(u)), u
        ### END VARIANT
        ### END SOLUTION

    def backward(self, dy, cache):
        ### BEGIN SOLUTION
        ### BEGIN VARIANT softsign
        u = cache
        return centred(dy / (1 + np.abs(u)) ** 2)
        ### END VARIANT
        ### BEGIN VARIANT logcosh
        u = cache
        return centred(dy * np.tanh(u))
        ### END VARIANT
        ### BEGIN VARIANT bowl
        size = np.abs(cache)
        return centred(dy * size * (2 + size) / (1 + size) ** 2)
        ### END VARIANT
        ### END SOLUTION

    def tangent_forward(self, x_dot, cache):
        """y_dot."""
        ### BEGIN SOLUTION
        ### BEGIN VARIANT softsign
        u = cache
        return centred(x_dot) / (1 + np.abs(u)) ** 2
        ### END VARIANT
        ### BEGIN VARIANT logcosh
        u = cache
        return centred(x_dot) * np.tanh(u)
        ### END VARIANT
        ### BEGIN VARIANT bowl
        size = np.abs(cache)
        return centred(x_dot) * size * (2 + size) / (1 + size) ** 2
        ### END VARIANT
        ### END SOLUTION

    def tangent_backward(self, dy, dy_dot, x_dot, cache):
        """dx_dot, of dx = backward(dy, cache)."""
        ### BEGIN SOLUTION
        ### BEGIN VARIANT softsign
        u = cache
        slope, bend = (1 + np.abs(u)) ** -2, -2 * np.sign(u) * (1 + np.abs(u)) ** -3
        ### END VARIANT
        ### BEGIN VARIANT logcosh
        u = cache
        slope, bend = np.tanh(u), 1 - np.tanh(u) ** 2
        ### END VARIANT
        ### BEGIN VARIANT bowl
        u, size = cache, np.abs(cache)
        slope, bend = size * (2 + size) / (1 + size) ** 2, 2 * np.sign(u) / (1 + size) ** 3
        ### END VARIANT
        return centred(slope * dy_dot + bend * centred(x_dot) * dy)
        ### END SOLUTION


# %% tests 4.2
from gan_scratch.gradient_check import assert_gradients


def f(u):
    ### BEGIN VARIANT softsign
    return u / (1 + abs(u))
    ### END VARIANT
    ### BEGIN VARIANT logcosh
    return abs(u) + np.log1p(np.exp(-2 * abs(u))) - np.log(2)
    ### END VARIANT
    ### BEGIN VARIANT bowl
    return u * abs(u) / (1 + abs(u))
    ### END VARIANT


ROW = np.array([1.0, -1, 2, -2])  # of mean 0


def test_activation_forward():
    layer = my.Activation()
    for size in (0, 0.5, 10, 400):
        y, _ = layer.forward(np.array([size * ROW, ROW]))
        assert np.allclose(y[0], f(size * ROW), rtol=1e-9, atol=1e-12), (
            f"at u = {size * ROW} y is {y[0]}, wanted {f(size * ROW)}"
        )
    moved = np.abs(layer.forward(np.array([size * ROW + 3, ROW + 7]))[0] - y).max()
    assert moved < 1e-9, f"3 more in all of a row, 7 in another: y moves by {moved:.3g}, wanted 0"


def test_activation_gradients():
    (x, _), = pairs((3, 5))
    assert_gradients(my.Activation(), x)


def test_activation_tangents():
    layer = my.Activation()
    for size in (1, 10):
        x, dy = pairs((3, 5), (3, 5), seed=2)
        x = size * x[0], x[1]
        _, cache = layer.forward(x[0])
        assert_gradients(layer, x[0])  # dx_dot is the derivative of this dx, so it comes first
        wanted = along(lambda x: layer.forward(x)[0], [x])
        same(layer.tangent_forward(x[1], cache), wanted, "y_dot")
        for when, (moving_x, moving_dy) in movements(x=x, dy=dy):
            wanted = along(
                lambda x, dy: layer.backward(dy, layer.forward(x)[1]), [moving_x, moving_dy]
            )
            found = layer.tangent_backward(*moving_dy, moving_x[1], cache)
            same(found, wanted, f"dx_dot, {when},")


def test_activation_far_out():
    layer = my.Activation()
    for u in (21.0, 800.0):
        x, h, ones = np.array([[-u, u]]), 1e-5 * u, np.array([[-1.0, 1.0]])
        with np.errstate(all="raise", under="ignore"):
            try:
                _, cache = layer.forward(x)
                dx, y_dot = layer.backward(f(x), cache), layer.tangent_forward(ones, cache)
                dx_dot = layer.tangent_backward(x, x, x, cache)
            except FloatingPointError as error:
                raise AssertionError(f"at -{u:g} and {u:g}: {error}") from None
        assert np.isfinite(dx_dot).all(), f"at -{u:g} and {u:g} dx_dot is {dx_dot}"
        slope = (f(x + h) - f(x - h)) / (2 * h)
        for name, found, wanted in (
            ("y_dot, of x_dot = -1 and 1,", y_dot, slope * ones),
            ("dx, of dy = f(u),", dx, slope * f(x) - (slope * f(x)).mean()),
        ):
            assert np.allclose(found, wanted, rtol=1e-6, atol=1e-12), (
                f"at -{u:g} and {u:g} {name} is {found[0]}, wanted {wanted[0]}"
            )


def test_activation_of_a_row_of_equal_numbers():
    layer, (dy, x_dot) = my.Activation(), pairs((1, 4), (1, 4), seed=9)

    def answers(u):
        with np.errstate(all="ignore"):
            y, cache = layer.forward(3 + u)
            return {
                "y": y, "dx": layer.backward(dy[0], cache),
                "y_dot": layer.tangent_forward(x_dot[0], cache),
                "dx_dot": layer.tangent_backward(*dy, x_dot[0], cache),
            }

    at, one, other = (answers(u * ROW[None]) for u in (0, 1e-9, -1e-9))
    for name, found in at.items():
        wanted = (one[name] + other[name]) / 2
        assert np.allclose(found, wanted, atol=1e-6), (
            f"at u = 0 {name} is {found[0]}, and the mean of its two sides is {wanted[0]}"
        )


def test_activation_leaves_its_cache_alone():
    layer, (x, dy) = my.Activation(), pairs((2, 4), (2, 4), seed=10)
    passes = {
        "dx": lambda cache: layer.backward(dy[0], cache),
        "y_dot": lambda cache: layer.tangent_forward(x[1], cache),
        "dx_dot": lambda cache: layer.tangent_backward(*dy, x[1], cache),
    }
    alone = {name: np.array(run(layer.forward(x[0])[1])) for name, run in passes.items()}
    for first in passes:
        _, cache = layer.forward(x[0])
        passes[first](cache)
        for name, run in passes.items():
            assert np.allclose(run(cache), alone[name]), (
                f"{name} is another one when {first} was computed before: the cache was changed"
            )
    _, cache = layer.forward(x[0])
    layer.forward(x[1])
    for name, run in passes.items():
        assert np.allclose(run(cache), alone[name]), (
            f"{name} is another one after a second forward pass: that overwrote the first one's u"
        )

# %% cases 4.2
def activation(code, rng, x, where=""):
    layer = code.Activation()
    x_dot, other, dy, dy_dot = drawn(rng, x.shape, x.shape)
    y, cache = layer.forward(x)
    yield f"y{where}", y
    layer.forward(other)
    yield f"dx{where}", layer.backward(dy, cache)
    yield f"y_dot{where}", layer.tangent_forward(x_dot, cache)
    yield f"dx_dot{where}", layer.tangent_backward(dy, dy_dot, x_dot, cache)


def near_and_far(rng, n, c):
    return rng.standard_normal((n, c)) * np.where(rng.random((n, c)) < 0.2, 800, 1)


@case("4.2", points=2)
def activation_and_its_tangents(code, rng):
    yield from activation(code, rng, near_and_far(rng, 5, 6))


@case("4.2", points=1)
def activation_of_rows_of_equal_numbers(code, rng):
    rows = [[2.0, 2, 2, 2], [-1, 0, 1, 0], [-3, -3, -3, -3]]
    yield from activation(code, rng, np.array(rows))


@case("4.2", points=1, strict=True)
def activation_far_out(code, rng):
    for size in (21, 100, 800):
        x = size * np.array([[1.0, -1, 1, -1]]) + rng.standard_normal((1, 4))
        yield from activation(code, rng, x, f" at |u| = {size}")


@case("4.2", points=2, gate=True)
def activation_of_long_rows(code, rng):
    yield from activation(code, rng, near_and_far(rng, 2, 100_000))

# %% [markdown]
# ## 4.3 A penalty on the slope
#
# The critic is $D(x) = \tanh(xW + b)\cdot v$ with $W$ of shape (D, H). For a sample $x_n$ let $h_n
# = x_n W + b$. Its slope is
#
# $$g_n = \nabla_x D(x_n) = W\,(\tanh'(h_n)\,v)$$
#
# and the penalty is the mean over the samples of $\varphi(|g_n|)$; yours stands in the file. You
# need its derivative by $W$, $b$ and $v$. In two steps: $u_n$, the derivative of the penalty by
# $g_n$, and then, $u_n$ held fixed, the derivative of $\sum_n u_n\cdot g_n$, in which $W$ occurs
# twice: in front, and in $h_n$. All three functions are graded, also where $h_n$ is so large that
# $\tanh$ is $\pm 1$, and where $g_n$ is as short as $10^{-4}$. (Chapter 7 of the book has one
# sample and no bias, and calls this $u$ there $v$, and this $v$ there $w$.)

# %% task 4.3: A penalty on the slope
TARGET = 0.8  ### VARIANT 0.5 0.8 1.2 1.5


def slopes(x, weight, bias, v):
    """g (N, D): the slope of D(x) = tanh(x W + b) v at each x; x (N, D), weight (D, H), v (H,)."""
    ### BEGIN SOLUTION
    t = np.tanh(x @ weight + bias)
    return ((1 - t * t) * v) @ weight.T
    ### END SOLUTION


def slopes_backward(u, x, weight, bias, v):
    """(d_weight, d_bias, d_v) of the sum of u_n g_n, for any fixed u (N, D)."""
    ### BEGIN SOLUTION
    t = np.tanh(x @ weight + bias)
    slope, bend = 1 - t * t, -2 * t * (1 - t * t)
    along = u @ weight  # what u says of each hidden unit
    dh = along * v * bend
    return u.T @ (slope * v) + x.T @ dh, dh.sum(axis=0), (along * slope).sum(axis=0)
    ### END SOLUTION


### BEGIN VARIANT both_sides
def penalty(x, weight, bias, v):
    """(value, d_weight, d_bias, d_v) of the mean of (|g_n| - k)^2, k = TARGET;
    x (N, D), weight (D, H), bias and v (H,). No g_n is 0."""
    ### BEGIN SOLUTION
    g = slopes(x, weight, bias, v)
    r = np.sqrt((g * g).sum(axis=1, keepdims=True))
    u = 2 * (r - TARGET) / r * g / len(x)
    return ((r - TARGET) ** 2).mean(), *slopes_backward(u, x, weight, bias, v)
    ### END SOLUTION
### END VARIANT
### BEGIN VARIANT one_side
def penalty(x, weight, bias, v):
    """(value, d_weight, d_bias, d_v) of the mean of max(0, |g_n| - k)^2, k = TARGET;
    x (N, D), weight (D, H), bias and v (H,). No g_n is 0."""
    ### BEGIN SOLUTION
    g = slopes(x, weight, bias, v)
    r = np.sqrt((g * g).sum(axis=1, keepdims=True))
    above = np.maximum(0, r - TARGET)
    u = 2 * above / r * g / len(x)
    return (above**2).mean(), *slopes_backward(u, x, weight, bias, v)
    ### END SOLUTION
### END VARIANT
### BEGIN VARIANT logarithm
def penalty(x, weight, bias, v):
    """(value, d_weight, d_bias, d_v) of the mean of k log(1 + |g_n|^2 / k), k = TARGET;
    x (N, D), weight (D, H), bias and v (H,)."""
    ### BEGIN SOLUTION
    g = slopes(x, weight, bias, v)
    q = (g * g).sum(axis=1, keepdims=True)
    u = 2 * g / (1 + q / TARGET) / len(x)
    return (TARGET * np.log1p(q / TARGET)).mean(), *slopes_backward(u, x, weight, bias, v)
    ### END SOLUTION
### END VARIANT


# %% tests 4.3
def critic_slopes(x, weight, bias, v):
    return ((1 - np.tanh(x @ weight + bias) ** 2) * v) @ weight.T


def test_slopes():
    (x, _), *parameters = pairs((2, 3), (3, 4), (4,), (4,), seed=5)
    parameters = [p for p, _ in parameters]
    same(my.slopes(x, *parameters), critic_slopes(x, *parameters), "g")
    parameters[1] = parameters[1] + [0, 800, -800, 0]
    with np.errstate(all="ignore"):
        found = my.slopes(x, *parameters)
    same(found, critic_slopes(x, *parameters), "g, where two hidden units have h = 800 and -800,")


def assert_slopes(what, function, gradients, moving):
    """The gradients are the slopes of this function of weight, bias and v."""
    for i, (name, d) in enumerate(zip(("d_weight", "d_bias", "d_v"), gradients, strict=True)):
        here = [(p, v if j == i else 0 * v) for j, (p, v) in enumerate(moving)]
        slope, claimed = along(function, here), (d * moving[i][1]).sum()
        assert np.isclose(claimed, slope, rtol=1e-6), (
            f"along a direction {what} has the slope {slope:.8f}, {name} says {claimed:.8f}, "
            f"{claimed / slope:.4g} times that; there are 6 samples"
        )


def test_slopes_backward():
    (x, u), *moving = pairs((6, 3), (3, 4), (4,), (4,), seed=6)
    gradients = my.slopes_backward(u, x, *(p for p, _ in moving))
    assert_slopes(
        "the sum of u_n g_n", lambda *p: np.asarray((u * critic_slopes(x, *p)).sum()), gradients,
        moving,
    )


def test_penalty_gradients():
    (x, _), *moving = pairs((6, 3), (3, 4), (4,), (4,), seed=3)
    _, *gradients = my.penalty(x, *(p for p, _ in moving))
    assert_slopes("the penalty", lambda *p: np.asarray(my.penalty(x, *p)[0]), gradients, moving)


def test_penalty_value():
    (x, _), *moving = pairs((1, 3), (3, 4), (4,), (4,), seed=4)
    weight, bias, v = (p for p, _ in moving)
    length = np.linalg.norm(critic_slopes(x, weight, bias, v))
    for r in (1.5 * my.TARGET, 0.3 * my.TARGET, 1e-4):
        value, *_ = my.penalty(x, weight, bias, v * r / length)
        assert np.isclose(value, phi(r), rtol=1e-10, atol=0), (
            f"of one sample with |g| = {r:g} the penalty is {value:.12g}, wanted {phi(r):.12g}"
        )


def phi(r):
    ### BEGIN VARIANT both_sides
    return (r - my.TARGET) ** 2
    ### END VARIANT
    ### BEGIN VARIANT one_side
    return max(0, r - my.TARGET) ** 2
    ### END VARIANT
    ### BEGIN VARIANT logarithm
    return my.TARGET * np.log1p(r * r / my.TARGET)
    ### END VARIANT


# %% cases 4.3
def critic(rng, n, d, hidden):
    """(x, weight, bias, v)."""
    x, weight = rng.standard_normal((n, d)), rng.standard_normal((d, hidden)) / np.sqrt(d)
    bias, v = rng.standard_normal((2, hidden)) / np.sqrt(hidden) * 3
    return x, weight, bias, v


def slope_penalty(code, where, *critic):
    names = "the penalty", "d_weight", "d_bias", "d_v"
    for name, part in zip(names, code.penalty(*critic), strict=True):
        yield f"{name}{where}", part


@case("4.3", points=1)
def slopes_and_their_derivatives(code, rng):
    x, *parameters = critic(rng, 5, 4, 6)
    yield "the slopes", code.slopes(x, *parameters)
    parts = code.slopes_backward(rng.standard_normal(x.shape), x, *parameters)
    for name, part in zip(("d_weight", "d_bias", "d_v"), parts, strict=True):
        yield f"{name} of the slopes", part


@case("4.3", points=2)
def penalty_of_a_small_critic(code, rng):
    yield from slope_penalty(code, "", *critic(rng, 5, 4, 6))


@case("4.3", points=1)
def penalty_of_large_h_and_of_small_slopes(code, rng):
    x, weight, bias, v = critic(rng, 5, 4, 6)
    flat = 800 * np.array([1.0, -1, 0, 0, 0, 0])
    yield from slope_penalty(code, " where |h| is 800", x, weight, bias + flat, v)
    yield from slope_penalty(code, " where |g| is 1e-4", x, weight, bias, 1e-4 * v)


@case("4.3", points=2, gate=True)
def penalty_of_a_large_critic(code, rng):
    yield from slope_penalty(code, "", *critic(rng, 64, 150, 200))

# %% [markdown]
# ## 4.4 The smallest GAN
#
# The data is the point 0, the generator the point $\theta$, the discriminator $D(x) = \psi x$
# (Mescheder et al. 2018). With $\sigma$ the sigmoid, D descends $\log(1 + e^{\psi\theta}) +
# R(\psi)$ and G descends $\log(1 + e^{-\psi\theta})$. The *field* is where both go at once,
# $(\dot\theta, \dot\psi)$: each the negative derivative of its player's loss by its own number.
# $R$ is a penalty of strength $\gamma$ =
# `GAMMA`, drawn for you. At $(0, 0)$ nobody moves; whether they get there is in the eigenvalues
# $\lambda$ of the field's Jacobian. One simultaneous step of size $\eta$ is the matrix $I + \eta
# J$ near there; in an alternating one D moves first, and G answers the new D. Keep the field right
# far out, where $\psi\theta$ is 800 or −800, and the spectral radius, the larger of the two
# $|\lambda|$, for steps of any size: the two need not be a complex pair.

# %% task 4.4: The smallest GAN
GAMMA = 0.4  ### VARIANT 0.3 0.4 0.7 1.5


def sigmoid(s):
    small = np.exp(-np.abs(s))
    return np.where(s >= 0, 1, small) / (1 + small)


def field(theta, psi):
    ### BEGIN VARIANT square
    """(theta_dot, psi_dot), shape (N, 2), for theta and psi (N,); R = gamma psi^2 / 2 (R1)."""
    ### END VARIANT
    ### BEGIN VARIANT hyperbola
    """(theta_dot, psi_dot), shape (N, 2), for theta and psi (N,); R = gamma log cosh psi."""
    ### END VARIANT
    ### BEGIN VARIANT quartic
    """(theta_dot, psi_dot), shape (N, 2), for theta and psi (N,);
    R = gamma (psi^2 / 2 + psi^4 / 4)."""
    ### END VARIANT
    ### BEGIN SOLUTION
    ### BEGIN VARIANT square
    pull = GAMMA * psi
    ### END VARIANT
    ### BEGIN VARIANT hyperbola
    pull = GAMMA * np.tanh(psi)
    ### END VARIANT
    ### BEGIN VARIANT quartic
    pull = GAMMA * (psi + psi**3)
    ### END VARIANT
    return np.stack([sigmoid(-psi * theta) * psi, -sigmoid(psi * theta) * theta - pull], axis=1)
    ### END SOLUTION


def jacobian():
    """The Jacobian of the field at (0, 0), shape (2, 2): row i is the derivative of component i."""
    ### BEGIN SOLUTION
    return np.array([[0.0, 0.5], [-0.5, -GAMMA]])
    ### END SOLUTION


def radii(rate):
    """(simultaneous, alternating): the spectral radius, the largest |eigenvalue|, of one step of
    this size near (0, 0). Below 1 the game converges."""
    ### BEGIN SOLUTION
    j = rate * jacobian()
    d_moves = np.eye(2) + np.array([[0, 0], j[1]])
    g_moves = np.eye(2) + np.array([j[0], [0, 0]])
    steps = np.eye(2) + j, g_moves @ d_moves
    return tuple(np.abs(np.linalg.eigvals(step)).max() for step in steps)
    ### END SOLUTION

# %% tests 4.4
def test_field():
    theta, psi = np.array([1.0, -2.0, 0.0]), np.array([0.0, 0.0, 3.0])
    found = my.field(theta, psi)
    assert found.shape == (3, 2), f"the field has shape {found.shape}, wanted (3, 2)"
    wanted = [[0, -0.5], [0, 1], [1.5, found[2, 1]]]
    assert np.allclose(found, wanted), f"at (1, 0), (-2, 0), (0, 3) it is {found}, wanted {wanted}"
    assert found[2, 1] < 0, "the penalty pulls psi back towards 0"


def test_field_is_downhill():
    theta, psi, h = 1.0, 2.0, 1e-6
    found = my.field(np.array([theta]), np.array([psi]))[0]

    def loss_of_d(psi):
        return np.logaddexp(0, psi * theta) + strength(psi)

    def loss_of_g(theta):
        return np.logaddexp(0, -psi * theta)

    for name, velocity, loss, at in (
        ("theta_dot", found[0], loss_of_g, theta), ("psi_dot", found[1], loss_of_d, psi)
    ):
        wanted = -(loss(at + h) - loss(at - h)) / (2 * h)
        assert np.isclose(velocity, wanted, rtol=1e-6), (
            f"at (1, 2) {name} is {velocity:.6f}, and its player's loss falls by {wanted:.6f}"
        )


def strength(psi):
    ### BEGIN VARIANT square
    return my.GAMMA * psi**2 / 2
    ### END VARIANT
    ### BEGIN VARIANT hyperbola
    return my.GAMMA * np.log(np.cosh(psi))
    ### END VARIANT
    ### BEGIN VARIANT quartic
    return my.GAMMA * (psi**2 / 2 + psi**4 / 4)
    ### END VARIANT


def test_field_far_out():
    for theta, psi, wanted in ((800.0, -1.0, -1.0), (-800.0, 1.0, 1.0), (800.0, 1.0, 0.0)):
        with np.errstate(all="ignore"):
            found = my.field(np.array([theta]), np.array([psi]))[0]
        assert np.isfinite(found).all() and np.isclose(found[0], wanted), (
            f"at ({theta:g}, {psi:g}) the field is {found}, and theta_dot should be {wanted:g}"
        )


def test_jacobian():
    h, columns = 1e-6, []
    for step in ((h, 0.0), (0.0, h)):
        above, below = (my.field(*(np.array([sign * s]) for s in step))[0] for sign in (1, -1))
        columns.append((above - below) / (2 * h))
    same(my.jacobian(), np.stack(columns, axis=1), "the Jacobian")


def test_radii():
    for rate in (0.1, 1.0, 3.5, 5.0):
        for name, found in zip(("simultaneous", "alternating"), my.radii(rate), strict=True):
            def step(state, both=name == "simultaneous", rate=rate):
                theta, psi = state
                new = psi + rate * my.field(np.array([theta]), np.array([psi]))[0, 1]
                seen = psi if both else new
                return theta + rate * my.field(np.array([theta]), np.array([seen]))[0, 0], new

            columns = [np.array(step(1e-6 * e)) / 1e-6 for e in np.eye(2)]
            matrix = np.stack(columns, axis=1)
            values = np.linalg.eigvals(matrix)
            wanted = np.abs(values).max()
            why = "; ".join(cause for cause, other in (
                ("yours is the larger |real part|", np.abs(values.real).max()),
                ("yours is the smaller |eigenvalue|", np.abs(values).min()),
                ("yours is the root of |determinant|", np.sqrt(np.abs(np.linalg.det(matrix)))),
                ("yours is the largest singular value", np.linalg.norm(matrix, 2)),
            ) if np.isclose(found, other, atol=1e-5))
            assert np.isclose(found, wanted, atol=1e-5), (
                f"a {name} step of {rate:g} has a spectral radius of {wanted:.6f}, not {found:.6f}"
                + (f": {why}" if why else "")
            )

# %% cases 4.4
@case("4.4", points=1)
def field_and_jacobian(code, rng):
    yield "the field", code.field(*rng.standard_normal((2, 9)))
    yield "the Jacobian", code.jacobian()


@case("4.4", points=1)
def field_far_out(code, rng):
    psi = rng.uniform(0.5, 2, 8) * [1, 1, 1, 1, -1, -1, -1, -1]
    yield "the field", code.field(np.array([800, 900, -800, -900] * 2) / psi, psi)


@case("4.4", points=2)
def spectral_radii(code, rng):
    for rate in (*rng.uniform(0.01, 1.5, 4), *rng.uniform(3.2, 6, 4)):
        simultaneous, alternating = code.radii(float(rate))
        yield f"the radius of a simultaneous step of {rate:.3g}", simultaneous
        yield f"the radius of an alternating step of {rate:.3g}", alternating


@case("4.4", points=1, gate=True)
def field_at_many_points(code, rng):
    theta, psi = rng.standard_normal((2, 100_000)) * 30
    yield "the field", code.field(theta, psi / 30)

# %% question 4.5: Why a penalty on D helps G (3)
# With `GAMMA` = 0 the field of task 4.4 goes round (0, 0), near it, and comes no nearer. Say from
# the Jacobian what the penalty changes, and why it is enough that it is D's number alone that is
# pulled back. How large may a simultaneous step be before it diverges all the same? And why does an
# alternating step of the same size fare better? (Ten sentences.)
