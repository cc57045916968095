# %% [markdown]
# # Assignment 1: layers and their backward passes
#
# A network is a chain of functions, and its gradient is the chain of their derivatives, taken from
# the end. So whoever can differentiate one function at a time can differentiate all of it. You
# write five such functions: with them a GAN could be trained (assignment 2 does it).
#
# **What you hand in** is `my_layers.py`, and your answer to the question in `answers.md`.
# NumPy and Python's standard library are all that it may import. Write the derivatives yourself.
# Finite differences of your own forward pass, as they are usually written, are neither exact to
# 1e-12 nor quick enough for the grader's large cases, and earn nothing. (Differences of a linear
# function, or a complex step, can be exact. To use them you have to know how the derivative is
# built, so nobody stops you.) An automatic differentiation that you wrote alone is welcome.
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
#   goes back through either. `forward` leaves the gradients as they are.
# - `backward(dy, cache)` gets $\partial L/\partial y$ and returns $\partial L/\partial x$. To the
#   gradient of each parameter it *adds*, as D's gradient is the sum of that on real samples and of
#   that on fakes.
#
# Neither changes an array that it was given, and backward does not change the cache either: a cache
# may be used twice, each time with another `dy`. A network has many layers of one class, so keep
# what belongs to a layer on that layer, not on its class. All arrays are float64; compute in
# float64 throughout.

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
from gan_scratch.coursework.saying import listed, mistake, same, without_overflow
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
    once = {name: np.copy(getattr(layer, name)) for name in ("d_weight", "d_bias")}
    layer.forward(x)
    for name in once:
        assert same(getattr(layer, name), once[name]), f"a forward pass changed {name}"
    layer.backward(np.ones_like(y), cache)
    for name in once:
        found = getattr(layer, name)
        assert same(found, 2 * once[name]), (
            f"a second backward pass with the same dy and cache must add as much again to {name}"
        )


def test_dense_layers_side_by_side():
    (layer, x), (other, _) = some_dense(), some_dense()
    y, cache = layer.forward(x)
    layer.backward(np.ones_like(y), cache)
    before = np.copy(layer.d_weight), np.copy(layer.d_bias)
    other.backward(np.ones_like(y), other.forward(x)[1])
    assert same(layer.d_weight, before[0]) and same(layer.d_bias, before[1]), (
        "another layer's backward pass changed the gradients of this one: keep them on self"
    )


def test_dense_backward_returns_dx_alone():
    layer, x = some_dense()
    y, cache = layer.forward(x)
    dx = layer.backward(np.ones_like(y), cache)
    kind = type(dx).__name__
    assert isinstance(dx, np.ndarray), f"backward returned a {kind}, wanted dx alone, an array"
    for name, array in (("dx", dx), ("d_weight", layer.d_weight), ("d_bias", layer.d_bias)):
        assert array.dtype == float, f"{name} is {array.dtype}, wanted float64"

# %% cases 1.1
from gan_scratch.coursework.cases import case


def dense(code, rng, n, d, m):
    layer, other = (
        code.Dense(rng.standard_normal((d, m)), rng.standard_normal(m)) for _ in range(2)
    )
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
    y, cache = other.forward(fake)
    yield "y of another layer", y
    other.backward(rng.standard_normal((n, m)), cache)
    layer.forward(fake)  # its cache is not used
    again = layer.backward(rng.standard_normal((n, m)), real_cache)
    yield "dx of the first batch, with its cache once more and another dy,", again
    yield "d_weight after that", layer.d_weight
    yield "d_bias after that", layer.d_bias
    yield "d_weight of another layer", other.d_weight


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
# $y = x$ where $x > 0$, however small it is, and $y = a x$ elsewhere. At 0 itself the slope is
# taken as $a$, which can be any number that is not negative: 0.2, 0 or 1.5. A ReLU, with $a = 0$,
# passes no gradient back where it is off. Why does D want a slope there?
#
# All that backward needs is on which side each $x$ was. Cache just that, an array of booleans: an
# eighth of the memory of $x$.

# %% task 1.2: Leaky ReLU
class LeakyReLU:
    """y = x where x > 0, a x elsewhere, a >= 0. Its slope at 0 is a. The cache is x > 0."""

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
    x = np.array([[-2.0, 0.0, 3.0, 1e-9, -1e-9]])
    for a in (0.1, 0.0, 1.5):
        y, _ = my.LeakyReLU(a).forward(x.copy())
        wanted = [[-2 * a, 0, 3, 1e-9, -1e-9 * a]]
        assert same(y, wanted), (
            f"of {listed(x)} with a = {a} came {listed(y)}, wanted {listed(wanted)}"
        )


def test_leaky_relus_side_by_side():
    layer, x = my.LeakyReLU(0.1), np.array([[-2.0, 3.0]])

    def both_passes():
        y, cache = layer.forward(x.copy())
        return np.copy(y), np.copy(layer.backward(np.ones((1, 2)), cache))

    before = both_passes()
    my.LeakyReLU(0.3)
    assert same(before, both_passes()), (
        "a layer with a = 0.1 has another slope after one with a = 0.3 was made: keep a on self"
    )


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
def leaky(code, rng, shape, a):
    layer = code.LeakyReLU(a)
    code.LeakyReLU(0.45)
    x = np.where(rng.random(shape) < 0.2, 0, rng.standard_normal(shape))  # some exactly at 0
    x *= 10.0 ** rng.integers(-12, 8, shape)
    y, cache = layer.forward(x)
    yield "y", y
    yield "the cache", cache
    layer.forward(rng.standard_normal(shape))
    yield "dx", layer.backward(rng.standard_normal(shape), cache)
    yield "dx of another dy", layer.backward(rng.standard_normal(shape), cache)
    sides = rng.random(shape) < 0.5
    yield "dx of another cache", layer.backward(rng.standard_normal(shape), sides)


@case("1.2", points=2, each=True)
def leaky_relu(code, rng):
    for a in (float(rng.uniform(0.05, 0.4)), 0.0, float(rng.uniform(1.2, 2))):
        for name, answer in leaky(code, rng, (6, 5), a):
            yield f"{name} with a = {a:.3g}", answer


@case("1.2", points=1, gate=True, each=True)
def leaky_relu_at_full_size(code, rng):
    yield from leaky(code, rng, (256, 400), float(rng.uniform(0.05, 0.4)))

# %% [markdown]
# ## 1.3 Sigmoid
#
# $\sigma(x) = 1/(1 + e^{-x})$ turns a score into a probability. Its derivative needs no exponential
# once $y$ is known, so $y$ is the cache. But $e^{800}$ is more than a float can hold: your forward
# pass must give 0 and 1 far out, without a warning. And it must keep its digits on the way there:
# $\sigma(-30)$ is $9.36\cdot10^{-14}$, and a formula that subtracts numbers near 1 gets only a few
# of its digits right.

# %% task 1.3: Sigmoid
class Sigmoid:
    """y = 1 / (1 + exp(-x)), accurate and without overflow for every x. The cache is y."""

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
    assert same(y, [[0.5, 0.75]]), f"of 0 and log 3 came {y}, wanted 0.5 and 0.75"


def test_sigmoid_keeps_its_digits():
    (y,), _ = my.Sigmoid().forward(np.array([[-30.0]]))
    wanted = np.exp(-30) / (1 + np.exp(-30))
    assert same(y, [wanted]), (
        f"at -30 came {y[0]:.11g}, wanted {wanted:.11g}: is a number near 1 subtracted, or "
        "something clipped or added?"
    )


def test_sigmoid_far_out():
    hint = "; which of exp(x) and exp(-x) is at most 1?"
    y, _ = without_overflow(my.Sigmoid().forward, np.array([[-800.0, 800.0]]), hint=hint)
    assert np.allclose(y, [[0, 1]], rtol=0, atol=1e-14), (
        f"of -800 and 800 came {y}, wanted 0 and 1: was something clipped, or added?"
    )


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
    x[0] = rng.uniform(-40, -20, shape[1:])
    x[1, ::2] = 0
    y, cache = layer.forward(x)
    yield "y", y
    layer.forward(rng.standard_normal(shape))
    yield "dx", layer.backward(rng.standard_normal(shape), cache)
    yield "dx of another dy", layer.backward(rng.standard_normal(shape), cache)
    yield "dx at another y", layer.backward(rng.standard_normal(shape), rng.uniform(0, 0.99, shape))


@case("1.3", points=1, each=True)
def sigmoid_of_few(code, rng):
    yield from sigmoid(code, rng, (6, 5))


@case("1.3", points=1, strict=True)
def sigmoid_far_out(code, rng):
    x = rng.permutation([-1e4, -800.0, -710.0, -1.0, 0.0, 1.0, 710.0, 800.0, 1e4])[:, None]
    y, cache = code.Sigmoid().forward(x)
    yield "y", y
    yield "dx", code.Sigmoid().backward(rng.standard_normal(x.shape), cache)


@case("1.3", points=1, gate=True, each=True)
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
    not_p = np.where(score >= 0, small, 1) / (1 + small)
    softplus = np.maximum(score, 0) + np.log1p(small)  # -log(1 - p)
    softminus = np.maximum(-score, 0) + np.log1p(small)  # -log p
    loss = REAL_WEIGHT * target * softminus + (1 - target) * softplus
    d_score = (1 - target) * p - REAL_WEIGHT * target * not_p
    return loss.mean(), d_score / len(score)
    ### END SOLUTION

# %% tests 1.4
def test_loss_of_undecided_scores():
    target = np.array([[1.0], [0.0]])
    loss, _ = my.binary_cross_entropy(np.zeros((2, 1)), target)
    wanted = (my.REAL_WEIGHT + 1) / 2 * np.log(2)
    assert np.isclose(loss, wanted), f"of a real and a fake with p = 1/2: {loss}, wanted {wanted}"


def scores_and_targets():
    rng = np.random.default_rng(4)
    return rng.standard_normal((6, 1)), rng.random((6, 1))


def test_loss_is_the_formula():
    score, target = scores_and_targets()
    p, w = 1 / (1 + np.exp(-score)), my.REAL_WEIGHT
    real, fake = -target * np.log(p), -(1 - target) * np.log(1 - p)
    wanted = (w * real + fake).mean()
    loss, _ = my.binary_cross_entropy(score, target)
    assert np.shape(loss) == (), f"the loss has shape {np.shape(loss)}, wanted one number"
    words = mistake(loss, {
        "the weight is missing": (real + fake).mean(),
        "the weight stands before both terms": (w * (real + fake)).mean(),
        "the weight stands before the other term": (real + w * fake).mean(),
        "1 stands where 1 - t belongs": (w * real - np.log(1 - p)).mean(),
        "1 stands where t belongs": (fake - w * np.log(p)).mean(),
        "targets are taken for 0 or 1":
            np.where(target > 0.5, -w * np.log(p), -np.log(1 - p)).mean(),
        "it is the sum over the scores": (w * real + fake).sum(),
        "it is divided by the sum of the weights":
            (w * real + fake).sum() / (w * target + 1 - target).sum(),
    })
    assert same(loss, wanted), (
        f"the loss of six scores is {wanted:.10g} by the formula, you return {loss:.10g}"
        + (words and f", which is what you get if {words}")
    )


def test_loss_far_out():
    score, target = np.array([[-800.0], [800.0]]), np.array([[1.0], [0.0]])
    loss, _ = without_overflow(my.binary_cross_entropy, score, target)
    wanted = (my.REAL_WEIGHT + 1) / 2 * 800
    assert np.isclose(loss, wanted), f"wholly wrong at -800 and 800: {loss}, wanted {wanted}"


def test_loss_gradient():
    score, target = scores_and_targets()
    report = check_loss(my.binary_cross_entropy, score, target)
    p, w, n = 1 / (1 + np.exp(-score)), my.REAL_WEIGHT, len(score)
    words = mistake(my.binary_cross_entropy(score, target)[1], {
        "d_score is (p - t) / N, as if there were no weight": (p - target) / n,
        "d_score is (p - w t) / N: p - t has no place for a weight before t": (p - w * target) / n,
        "d_score is w (p - t) / N, the weight on both terms": w * (p - target) / n,
    })
    assert report.passed, str(report) + (words and f"\n  {words}")

# %% cases 1.4
def cross_entropy(code, rng, score):
    n = score.shape
    target = np.where(rng.random(n) < 0.5, rng.integers(0, 2, n), rng.random(n))
    loss, d_score = code.binary_cross_entropy(score, target)
    yield "the loss", loss
    yield "d_score", d_score


def of_many_sizes(rng, n):
    return rng.standard_normal((n, 1)) * 10.0 ** rng.integers(-2, 4, (n, 1))


@case("1.4", points=2)
def cross_entropy_of_few(code, rng):
    yield from cross_entropy(code, rng, of_many_sizes(rng, 7))


@case("1.4", points=1, strict=True)
def cross_entropy_far_out(code, rng):
    far = np.array([-1e4, -800.0, -710.0, 0.0, 710.0, 800.0, 1e4])
    yield from cross_entropy(code, rng, rng.permutation(far)[:, None])


@case("1.4", points=1, gate=True)
def cross_entropy_at_full_size(code, rng):
    yield from cross_entropy(code, rng, of_many_sizes(rng, 20000))

# %% [markdown]
# ## 1.5 A layer that nobody has written
#
# Each student gets another function; yours is in the file. In all of them the outputs of a row
# depend on all inputs of that row, so the derivative is more than a factor. Write down
# $dL = \sum_j dy_j\, dy_j(x)$, and collect what stands before each $dx_i$. No $x$ here is so large
# that an exponential overflows, and no row is 0.

### BEGIN VARIANT shrink
# %% task 1.5: Shrink
class Shrink:
    """y = x / (a + r), with r = sqrt(sum of x_i^2) the length of the row; x, y (N, C), a > 0."""
### END VARIANT
### BEGIN VARIANT gate
# %% task 1.5: Gate
class Gate:
    """y = x sigmoid(a m), with m the mean of the row; x, y (N, C)."""
### END VARIANT
### BEGIN VARIANT rivalry
# %% task 1.5: Rivalry
class Rivalry:
    """y = x - tanh(a q), with q = sum of x_i^2 / C over the row; x, y (N, C)."""
### END VARIANT

    def __init__(self, a):
        self.a = a

    def forward(self, x):
        ### BEGIN SOLUTION
        ### BEGIN VARIANT shrink
        r = np.sqrt((x * x).sum(axis=1, keepdims=True))
        return x / (self.a + r), (x, r)
        ### END VARIANT
        ### BEGIN VARIANT gate
        gate = 1 / (1 + np.exp(-self.a * x.mean(axis=1, keepdims=True)))
        return x * gate, (x, gate)
        ### END VARIANT
        ### BEGIN VARIANT rivalry
        t = np.tanh(self.a * (x * x).mean(axis=1, keepdims=True))
        return x - t, (x, t)
        ### END VARIANT
        ### END SOLUTION

    def backward(self, dy, cache):
        ### BEGIN SOLUTION
        ### BEGIN VARIANT shrink
        x, r = cache
        along = (dy * x).sum(axis=1, keepdims=True)
        return dy / (self.a + r) - x * along / (r * (self.a + r) ** 2)
        ### END VARIANT
        ### BEGIN VARIANT gate
        x, gate = cache
        d_gate = (dy * x).sum(axis=1, keepdims=True)
        return dy * gate + d_gate * gate * (1 - gate) * self.a / x.shape[1]
        ### END VARIANT
        ### BEGIN VARIANT rivalry
        x, t = cache
        d_t = -dy.sum(axis=1, keepdims=True)
        return dy + d_t * (1 - t * t) * self.a * 2 * x / x.shape[1]
        ### END VARIANT
        ### END SOLUTION

# %% cases 1.5
def own_layer(code, a):
    ### BEGIN VARIANT shrink
    return code.Shrink(a)
    ### END VARIANT
    ### BEGIN VARIANT gate
    return code.Gate(a)
    ### END VARIANT
    ### BEGIN VARIANT rivalry
    return code.Rivalry(a)
    ### END VARIANT

# %% tests 1.5
def own_layer(a):
    ### BEGIN VARIANT shrink
    return my.Shrink(a)
    ### END VARIANT
    ### BEGIN VARIANT gate
    return my.Gate(a)
    ### END VARIANT
    ### BEGIN VARIANT rivalry
    return my.Rivalry(a)
    ### END VARIANT


def value_of(row, a):
    ### BEGIN VARIANT shrink
    return row / (a + np.hypot(*row))
    ### END VARIANT
    ### BEGIN VARIANT gate
    return row / (1 + np.exp(-a * (row[0] + row[1]) / 2))
    ### END VARIANT
    ### BEGIN VARIANT rivalry
    return row - np.tanh(a * (row[0] ** 2 + row[1] ** 2) / 2)
    ### END VARIANT

# %% tests 1.5
def test_own_layer_forward():
    x = np.array([[3.0, 4.0], [0.2, -0.6], [-30.0, -9.0], [21.0, 25.0]])
    y, _ = own_layer(0.5).forward(x.copy())
    assert y.shape == x.shape, f"y has shape {y.shape}, wanted {x.shape}"
    for row, found in zip(x, y, strict=True):
        wanted = value_of(row, 0.5)
        assert same(found, wanted), (
            f"of the row {listed(row)} with a = 0.5 came {listed(found)}, wanted {listed(wanted)}"
        )


def test_own_layer_gradients():
    rng = np.random.default_rng(5)
    assert_gradients(own_layer(0.7), rng.standard_normal((4, 3)))


def test_own_layers_side_by_side():
    row = np.array([0.2, -0.6])
    layer = own_layer(0.5)
    before = np.copy(layer.forward(row[None].copy())[0])
    own_layer(1.5)
    after, _ = layer.forward(row[None].copy())
    assert same(before, after), (
        f"of the row {listed(row)} a layer with a = 0.5 made {listed(before)}, but {listed(after)} "
        "after one with a = 1.5 was made: keep a on self"
    )

# %% cases 1.5
def coupled(code, rng, n, c):
    layer = own_layer(code, float(rng.uniform(0.3, 1.5)))
    own_layer(code, 2.0)
    x = rng.standard_normal((n, c))
    y, cache = layer.forward(x)
    yield "y", y
    layer.forward(rng.standard_normal((n, c)))
    yield "dx", layer.backward(rng.standard_normal((n, c)), cache)
    yield "dx of another dy", layer.backward(rng.standard_normal((n, c)), cache)


@case("1.5", points=1)
def own_layer_forward(code, rng):
    layer = own_layer(code, float(rng.uniform(0.3, 1.5)))
    yield "y", layer.forward(rng.standard_normal((4, 3)))[0]
    yield "y of large rows", layer.forward(10 * rng.uniform([[2], [-3]], [[3], [3]], (2, 4)))[0]


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
