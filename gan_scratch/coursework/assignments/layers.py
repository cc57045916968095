# %% [markdown]
# # Assignment 1: layers and their backward passes
#
# A network is a chain of functions, and its gradient is the chain of their derivatives, taken from
# the end. So whoever can differentiate one function at a time can differentiate all of it. You
# write five such functions: with them a GAN could be trained (assignment 2 does it).
#
# **What you hand in** is `my_layers.py`, and your answer to the question in `answers.md`.
# NumPy and Python's standard library are all that it may import. Write the derivatives yourself: a
# derivative by differencing your own forward pass gets no points, as it is neither exact nor quick
# enough. An automatic differentiation that you wrote alone is welcome.
#
# **How you know** that a task is done: `gan-scratch assignment check` runs the tests and says what
# is wrong; with `--watch` it does so whenever you save. The grader asks the same questions with
# other numbers, and larger ones.
#
# | task | points |
# |---|---|
# | 1.1 Dense | 5 |
# | 1.2 Leaky ReLU | 3 |
# | 1.3 Sigmoid | 3 |
# | 1.4 Binary cross-entropy | 4 |
# | 1.5 A layer that nobody has written | 5 |
# | 1.6 Question | 3 |
#
# ## The contract
#
# $x$ has a sample in each row, shape (N, C). A layer is $y = f(x)$ with two methods:
#
# - `forward(x)` returns `(y, cache)`. The cache is whatever backward will need. It goes to the
#   caller and is *not kept on the layer*: a GAN calls D on real samples and then on fakes before it
#   goes back through either.
# - `backward(dy, cache)` gets $\partial L/\partial y$ and returns $\partial L/\partial x$. To the
#   gradient of each parameter it *adds*, as D's gradient is the sum of that on real samples and of
#   that on fakes.
#
# Neither changes an array that it was given.

# %% given
import numpy as np

# %% [markdown]
# ## 1.1 Dense
#
# $y = xW + b$ with $W$ of shape (D, M). Which shape has $\partial L/\partial W$? There is one way
# to multiply $x$ and $dy$ that gives it. And $b$ was used in each of the N rows.

# %% task 1.1: Dense
class Dense:
    """y = x W + b; x (N, D), weight (D, M), bias (M,), y (N, M).

    backward adds to d_weight and d_bias.
    """

    def __init__(self, weight, bias):
        self.weight, self.bias = weight, bias
        self.d_weight, self.d_bias = np.zeros_like(weight), np.zeros_like(bias)

    def forward(self, x):
        ### BEGIN SOLUTION
        return x @ self.weight + self.bias, x
        ### END SOLUTION

    def backward(self, dy, cache):
        ### BEGIN SOLUTION
        x = cache
        self.d_weight += x.T @ dy
        self.d_bias += dy.sum(axis=0)
        return dy @ self.weight.T
        ### END SOLUTION

# %% try
from gan_scratch.gradient_check import check

rng = np.random.default_rng(0)
check(my.Dense(rng.standard_normal((5, 3)), np.zeros(3)), rng.standard_normal((4, 5)))

# %% tests 1.1
from gan_scratch.gradient_check import assert_gradients, check_loss


def some_dense(inputs=4, outputs=3):
    rng = np.random.default_rng(1)
    weight, bias = rng.standard_normal((inputs, outputs)), rng.standard_normal(outputs)
    return my.Dense(weight, bias), rng.standard_normal((5, inputs))


def test_dense_forward():
    layer, x = some_dense()
    y, _ = layer.forward(x)
    wanted = np.array([sum(x[0] * layer.weight[:, m]) + layer.bias[m] for m in range(3)])
    assert y.shape == (5, 3), f"y has shape {y.shape}, wanted (5, 3)"
    assert np.allclose(y[0], wanted), f"the first row of y is {y[0]}, wanted {wanted}"


def test_dense_gradients():
    assert_gradients(*some_dense())


def test_dense_adds_to_its_gradients():
    layer, x = some_dense()
    y, cache = layer.forward(x)
    layer.backward(np.ones_like(y), cache)
    once = layer.d_weight.copy()
    layer.backward(np.ones_like(y), cache)
    assert np.allclose(layer.d_weight, 2 * once), "a second backward pass must add to d_weight"

# %% cases 1.1
from gan_scratch.coursework.cases import case


def dense(code, rng, n, d, m):
    layer = code.Dense(rng.standard_normal((d, m)), rng.standard_normal(m))
    real, fake = rng.standard_normal((2, n, d))
    y, real_cache = layer.forward(real)
    yield "y", y
    y, fake_cache = layer.forward(fake)
    yield "y of a second batch", y
    dx = layer.backward(rng.standard_normal((n, m)), real_cache)
    yield "dx", dx
    yield "d_weight", layer.d_weight
    yield "d_bias", layer.d_bias
    yield "dx of the second batch", layer.backward(rng.standard_normal((n, m)), fake_cache)
    yield "d_weight, added up over two batches,", layer.d_weight
    yield "d_bias, added up over two batches,", layer.d_bias


@case("1.1", points=1)
def dense_forward(code, rng):
    layer = code.Dense(rng.standard_normal((4, 3)), rng.standard_normal(3))
    yield "y", layer.forward(rng.standard_normal((5, 4)))[0]


@case("1.1", points=2)
def dense_backward(code, rng):
    yield from dense(code, rng, 6, 5, 3)


@case("1.1", points=1)
def dense_of_size_one(code, rng):
    yield from dense(code, rng, 1, 1, 1)


@case("1.1", points=1, gate=True)
def dense_at_full_size(code, rng):
    yield from dense(code, rng, 64, 300, 200)

# %% [markdown]
# ## 1.2 Leaky ReLU
#
# $y = x$ where $x > 0$, and $y = a x$ elsewhere. At 0 itself the slope is taken as $a$. A ReLU,
# with $a = 0$, passes no gradient back where it is off. Why does D want a slope there?
#
# All that backward needs is on which side each $x$ was. Cache just that, an array of booleans: an
# eighth of the memory of $x$.

# %% task 1.2: Leaky ReLU
class LeakyReLU:
    """y = x where x > 0, a x elsewhere. Its slope at 0 is a. The cache is x > 0."""

    def __init__(self, a=0.2):
        self.a = a

    def forward(self, x):
        ### BEGIN SOLUTION
        return np.where(x > 0, x, self.a * x), x > 0
        ### END SOLUTION

    def backward(self, dy, cache):
        ### BEGIN SOLUTION
        positive = cache
        return np.where(positive, dy, self.a * dy)
        ### END SOLUTION

# %% tests 1.2
def test_leaky_relu_forward():
    y, _ = my.LeakyReLU(0.1).forward(np.array([[-2.0, 0.0, 3.0]]))
    assert np.allclose(y, [[-0.2, 0.0, 3.0]]), f"of -2, 0, 3 with a = 0.1 came {y}"


def test_leaky_relu_gradients():
    rng = np.random.default_rng(2)
    assert_gradients(my.LeakyReLU(0.1), rng.standard_normal((4, 6)))


def test_leaky_relu_caches_the_sides():
    x = np.array([[-2.0, 0.0, 3.0]])
    _, cache = my.LeakyReLU(0.1).forward(x)
    assert np.array_equal(cache, x > 0), f"the cache is {cache}, wanted x > 0, which is {x > 0}"


def test_leaky_relu_at_zero():
    layer = my.LeakyReLU(0.1)
    _, cache = layer.forward(np.zeros((1, 3)))
    slope = layer.backward(np.ones((1, 3)), cache)
    assert np.allclose(slope, 0.1), f"the slope at 0 is {slope}, wanted a = 0.1"

# %% cases 1.2
def leaky(code, rng, shape):
    layer = code.LeakyReLU(float(rng.uniform(0.05, 0.4)))
    x = np.where(rng.random(shape) < 0.2, 0, rng.standard_normal(shape))  # some exactly at 0
    x *= 10.0 ** rng.integers(-8, 8, shape)
    y, cache = layer.forward(x)
    yield "y", y
    yield "the cache", cache
    layer.forward(rng.standard_normal(shape))
    yield "dx", layer.backward(rng.standard_normal(shape), cache)
    sides = rng.random(shape) < 0.5
    yield "dx of another cache", layer.backward(rng.standard_normal(shape), sides)


@case("1.2", points=2)
def leaky_relu(code, rng):
    yield from leaky(code, rng, (6, 5))


@case("1.2", points=1, gate=True)
def leaky_relu_at_full_size(code, rng):
    yield from leaky(code, rng, (256, 400))

# %% [markdown]
# ## 1.3 Sigmoid
#
# $\sigma(x) = 1/(1 + e^{-x})$ turns a score into a probability. Its derivative needs no exponential
# once $y$ is known, so $y$ is the cache. But $e^{800}$ is more than a float can hold: your forward
# pass must give 0 and 1 far out, without a warning.

# %% task 1.3: Sigmoid
class Sigmoid:
    """y = 1 / (1 + exp(-x)), for every x without overflow. The cache is y."""

    def forward(self, x):
        ### BEGIN SOLUTION
        small = np.exp(-np.abs(x))
        y = np.where(x >= 0, 1, small) / (1 + small)
        return y, y
        ### END SOLUTION

    def backward(self, dy, cache):
        ### BEGIN SOLUTION
        y = cache
        return dy * y * (1 - y)
        ### END SOLUTION

# %% tests 1.3
def test_sigmoid_forward():
    y, _ = my.Sigmoid().forward(np.array([[0.0, np.log(3)]]))
    assert np.allclose(y, [[0.5, 0.75]]), f"of 0 and log 3 came {y}, wanted 0.5 and 0.75"


def test_sigmoid_far_out():
    with np.errstate(all="raise", under="ignore"):
        try:
            y, _ = my.Sigmoid().forward(np.array([[-800.0, 800.0]]))
        except FloatingPointError as error:
            hint = "which of exp(x) and exp(-x) is at most 1?"
            raise AssertionError(f"at -800 or 800: {error}; {hint}") from None
    assert np.allclose(y, [[0, 1]]), f"of -800 and 800 came {y}, wanted 0 and 1"


def test_sigmoid_caches_y():
    y, cache = my.Sigmoid().forward(np.array([[0.5, -2.0]]))
    assert np.array_equal(cache, y), f"the cache is {cache}, wanted y, which is {y}"


def test_sigmoid_gradients():
    rng = np.random.default_rng(3)
    assert_gradients(my.Sigmoid(), 2 * rng.standard_normal((4, 6)))

# %% cases 1.3
def sigmoid(code, rng, shape):
    layer = code.Sigmoid()
    x = rng.standard_normal(shape) * 10.0 ** rng.integers(-3, 1, shape)
    y, cache = layer.forward(x)
    yield "y", y
    yield "y far out", layer.forward(np.sign(x) * 800)[0]
    yield "dx", layer.backward(rng.standard_normal(shape), cache)
    yield "dx at another y", layer.backward(rng.standard_normal(shape), rng.random(shape))


@case("1.3", points=2)
def sigmoid_of_few(code, rng):
    yield from sigmoid(code, rng, (6, 5))


@case("1.3", points=1, gate=True)
def sigmoid_at_full_size(code, rng):
    yield from sigmoid(code, rng, (256, 400))

# %% [markdown]
# ## 1.4 Binary cross-entropy, on scores
#
# D answers with a score $s$; its probability is $p = \sigma(s)$. Missing a real sample may cost
# more than believing a fake: with a weight $w$ (yours is `REAL_WEIGHT` in the file) and targets $t$
# in [0, 1] the loss is the mean over all N scores of
#
# $$-w\,t \log p - (1 - t)\log(1 - p)$$
#
# Written so it is useless: at $s = 800$ it is $\log 0$. Put $p$ in, and use
# $-\log\sigma(s) = \log(1 + e^{-s})$, which can be computed for every $s$. The derivative by $s$
# then is short, and there is no $1/p$ in it.

# %% task 1.4: Binary cross-entropy
REAL_WEIGHT = 2.0  ### VARIANT 1.5 2.0 2.5 3.0 0.5


def binary_cross_entropy(score, target):
    """(loss, d_score): the mean of -w t log p - (1 - t) log(1 - p), p = sigmoid(score).

    score, target, d_score (N, 1); w is REAL_WEIGHT. Right for every score, without overflow.
    """
    ### BEGIN SOLUTION
    small = np.exp(-np.abs(score))
    p = np.where(score >= 0, 1, small) / (1 + small)
    softplus = np.maximum(score, 0) + np.log1p(small)  # -log(1 - p); -log p is softplus - score
    loss = REAL_WEIGHT * target * (softplus - score) + (1 - target) * softplus
    d_score = (1 - target) * p - REAL_WEIGHT * target * (1 - p)
    return loss.mean(), d_score / len(score)
    ### END SOLUTION

# %% tests 1.4
def test_loss_of_undecided_scores():
    target = np.array([[1.0], [0.0]])
    loss, _ = my.binary_cross_entropy(np.zeros((2, 1)), target)
    wanted = (my.REAL_WEIGHT + 1) / 2 * np.log(2)
    assert np.isclose(loss, wanted), f"of a real and a fake with p = 1/2: {loss}, wanted {wanted}"


def test_loss_far_out():
    score, target = np.array([[-800.0], [800.0]]), np.array([[1.0], [0.0]])
    with np.errstate(all="raise", under="ignore"):
        try:
            loss, _ = my.binary_cross_entropy(score, target)
        except FloatingPointError as error:
            raise AssertionError(f"at scores of -800 and 800: {error}") from None
    wanted = (my.REAL_WEIGHT + 1) / 2 * 800
    assert np.isclose(loss, wanted), f"wholly wrong at -800 and 800: {loss}, wanted {wanted}"


def test_loss_gradient():
    rng = np.random.default_rng(4)
    report = check_loss(my.binary_cross_entropy, rng.standard_normal((6, 1)), rng.random((6, 1)))
    assert report.passed, str(report)

# %% cases 1.4
def cross_entropy(code, rng, n):
    score = rng.standard_normal((n, 1)) * 10.0 ** rng.integers(-2, 4, (n, 1))
    target = np.where(rng.random((n, 1)) < 0.5, rng.integers(0, 2, (n, 1)), rng.random((n, 1)))
    loss, d_score = code.binary_cross_entropy(score, target)
    yield "the loss", loss
    yield "d_score", d_score


@case("1.4", points=3)
def cross_entropy_of_few(code, rng):
    yield from cross_entropy(code, rng, 7)


@case("1.4", points=1, gate=True)
def cross_entropy_at_full_size(code, rng):
    yield from cross_entropy(code, rng, 20000)

# %% [markdown]
# ## 1.5 A layer that nobody has written
#
# Each student gets another function; yours is in the file. In all of them the outputs of a row
# depend on all inputs of that row, so the derivative is more than a factor. Write down
# $dL = \sum_j dy_j\, dy_j(x)$, and collect what stands before each $dx_i$.

### BEGIN VARIANT shrink
# %% task 1.5: Shrink
class Shrink:
    """y = x / (a + r), with r = sqrt(sum of x_i^2) the length of the row; x, y (N, C), a > 0."""

    def __init__(self, a):
        self.a = a

    def forward(self, x):
        ### BEGIN SOLUTION
        r = np.sqrt((x * x).sum(axis=1, keepdims=True))
        return x / (self.a + r), (x, r)
        ### END SOLUTION

    def backward(self, dy, cache):
        ### BEGIN SOLUTION
        x, r = cache
        along = (dy * x).sum(axis=1, keepdims=True)
        return dy / (self.a + r) - x * along / (r * (self.a + r) ** 2)
        ### END SOLUTION

### END VARIANT
### BEGIN VARIANT gate
# %% task 1.5: Gate
class Gate:
    """y = x sigmoid(a m), with m the mean of the row; x, y (N, C)."""

    def __init__(self, a):
        self.a = a

    def forward(self, x):
        ### BEGIN SOLUTION
        gate = 1 / (1 + np.exp(-self.a * x.mean(axis=1, keepdims=True)))
        return x * gate, (x, gate)
        ### END SOLUTION

    def backward(self, dy, cache):
        ### BEGIN SOLUTION
        x, gate = cache
        d_gate = (dy * x).sum(axis=1, keepdims=True)
        return dy * gate + d_gate * gate * (1 - gate) * self.a / x.shape[1]
        ### END SOLUTION

### END VARIANT
### BEGIN VARIANT rivalry
# %% task 1.5: Rivalry
class Rivalry:
    """y = x - tanh(a q), with q = sum of x_i^2 / C over the row; x, y (N, C)."""

    def __init__(self, a):
        self.a = a

    def forward(self, x):
        ### BEGIN SOLUTION
        t = np.tanh(self.a * (x * x).mean(axis=1, keepdims=True))
        return x - t, (x, t)
        ### END SOLUTION

    def backward(self, dy, cache):
        ### BEGIN SOLUTION
        x, t = cache
        d_t = -dy.sum(axis=1, keepdims=True)
        return dy + d_t * (1 - t * t) * self.a * 2 * x / x.shape[1]
        ### END SOLUTION

### END VARIANT
### BEGIN VARIANT shrink
# %% cases 1.5
def own_layer(code, a):
    return code.Shrink(a)

# %% tests 1.5
def own_layer(a):
    return my.Shrink(a)


def value_at_a_point():
    return np.array([[3.0, 4.0]]) / (0.5 + 5)

### END VARIANT
### BEGIN VARIANT gate
# %% cases 1.5
def own_layer(code, a):
    return code.Gate(a)

# %% tests 1.5
def own_layer(a):
    return my.Gate(a)


def value_at_a_point():
    return np.array([[3.0, 4.0]]) / (1 + np.exp(-0.5 * 3.5))

### END VARIANT
### BEGIN VARIANT rivalry
# %% cases 1.5
def own_layer(code, a):
    return code.Rivalry(a)

# %% tests 1.5
def own_layer(a):
    return my.Rivalry(a)


def value_at_a_point():
    return np.array([[3.0, 4.0]]) - np.tanh(0.5 * 12.5)

### END VARIANT
# %% tests 1.5
def test_own_layer_forward():
    y, _ = own_layer(0.5).forward(np.array([[3.0, 4.0]]))
    wanted = value_at_a_point()
    assert np.allclose(y, wanted), f"of the row 3, 4 with a = 0.5 came {y}, wanted {wanted}"


def test_own_layer_gradients():
    rng = np.random.default_rng(5)
    assert_gradients(own_layer(0.7), rng.standard_normal((4, 3)))

# %% cases 1.5
def coupled(code, rng, n, c):
    layer = own_layer(code, float(rng.uniform(0.3, 1.5)))
    x = rng.standard_normal((n, c))
    y, cache = layer.forward(x)
    yield "y", y
    layer.forward(rng.standard_normal((n, c)))
    yield "dx", layer.backward(rng.standard_normal((n, c)), cache)


@case("1.5", points=1)
def own_layer_forward(code, rng):
    yield "y", own_layer(code, float(rng.uniform(0.3, 1.5))).forward(rng.standard_normal((4, 3)))[0]


@case("1.5", points=3)
def own_layer_backward(code, rng):
    yield from coupled(code, rng, 5, 4)


@case("1.5", points=1, gate=True)
def own_layer_at_full_size(code, rng):
    yield from coupled(code, rng, 2, 100_000)

# %% question 1.6: What the loop would learn (3)
# Somebody's dense layer keeps $x$ as `self.x` in `forward` and uses it in `backward`. In a GAN's
# step for D it is called on real samples, then on fakes, and then goes back through both. Which of
# the gradients of $W$, $b$ and $x$ come out wrong, and what is it that D is taught instead? Why
# does the numerical gradient check of one call not notice? (Five to ten sentences.)
