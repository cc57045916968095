# %% [markdown]
# # Assignment 2: the game
#
# Two players, one value: D wants it large, G wants it small. You write what they play for, how
# they move, and the two steps of a round; then you mend a loop that looks right, trains, and is
# wrong in three places.
#
# **What you hand in** is `my_game.py`, and your answer to the question in `answers.md`. NumPy and
# Python's standard library are all that it may import.
#
# | task | points |
# |---|---|
# | 2.1 Minimax | 5 |
# | 2.2 What G plays for instead | 5 |
# | 2.3 Adam | 4 |
# | 2.4 The two steps | 6 |
# | 2.5 Three bugs | 6 |
# | 2.6 Question | 3 |
#
# Scores $s$ have shape (N, 1); $p = \sigma(s)$ is the probability that a sample is real. A loss is
# one number and comes with its gradient by the scores, an array of their shape; neither may
# overflow, whatever the scores are. `log_sigmoid` is given: it can be computed for every $s$.
#
# Four rules hold in every task. All arrays are float64; compute in float64 throughout. The two
# batches may differ in size. Keep state on `self`, because each player has an optimizer of its own.
# And leave what you are given as it is, except for the parameters and gradients of a player.

# %% given
import numpy as np


def sigmoid(s):
    small = np.exp(-np.abs(s))
    return np.where(s >= 0, 1, small) / (1 + small)


def log_sigmoid(s):
    """log(1 / (1 + exp(-s))), which is -log(1 + exp(-s)), without overflow."""
    return np.minimum(s, 0) - np.log1p(np.exp(-np.abs(s)))


class Player:
    """y = leaky(x A + a) B + b, a network of two dense layers.

    parameters, gradients   lists of the arrays A, a, B, b
    forward(x)              (y, cache)
    backward(dy, cache)     dx; adds to the gradients
    """

    def __init__(self, first, first_bias, second, second_bias):
        self.parameters = [np.array(p) for p in (first, first_bias, second, second_bias)]
        self.clear()

    def clear(self):
        self.gradients = [np.zeros_like(p) for p in self.parameters]

    def forward(self, x):
        first, first_bias, second, second_bias = self.parameters
        h = x @ first + first_bias
        h = np.where(h > 0, h, 0.2 * h)
        return h @ second + second_bias, (x, h)

    def backward(self, dy, cache):
        first, _, second, _ = self.parameters
        x, h = cache
        dh = dy @ second.T
        dh = np.where(h > 0, dh, 0.2 * dh)
        for gradient, more in zip(
            self.gradients, (x.T @ dh, dh.sum(axis=0), h.T @ dy, dy.sum(axis=0)), strict=True
        ):
            gradient += more
        return dh @ first.T

    def move(self, rate):
        """One step of gradient descent."""
        for parameter, gradient in zip(self.parameters, self.gradients, strict=True):
            parameter -= rate * gradient

# %% [markdown]
# ## 2.1 Minimax
#
# $V = E\,\log p_{\text{real}} + E\,\log(1 - p_{\text{fake}})$. D descends $-V$. So that D never
# grows sure of itself, its target for real samples is `REAL_TARGET`, a little less than 1
# (one-sided label smoothing); with $t$ for it, D's loss is the mean over real scores $r$ and fake
# scores $f$ of
#
# $$-t\log\sigma(r) - (1 - t)\log(1 - \sigma(r)) \qquad\text{and}\qquad -\log(1 - \sigma(f)),$$
#
# added. G descends the part of $V$ that it can change: $E\log(1 - \sigma(f))$. Use $1 - \sigma(s)
# = \sigma(-s)$, and each derivative by a score becomes one short expression over N.

# %% task 2.1: Minimax
REAL_TARGET = 0.9  ### VARIANT 0.8 0.85 0.9 0.95


def minimax_discriminator(real, fake):
    """(loss, d_real, d_fake) of D, for every score without overflow."""
    ### BEGIN SOLUTION
    t = REAL_TARGET
    loss = (
        -(t * log_sigmoid(real) + (1 - t) * log_sigmoid(-real)).mean() - log_sigmoid(-fake).mean()
    )
    return loss, (sigmoid(real) - t) / len(real), sigmoid(fake) / len(fake)
    ### END SOLUTION


def minimax_generator(fake):
    """(loss, d_fake) of G, the mean of log(1 - sigmoid(fake)), for every score without overflow."""
    ### BEGIN SOLUTION
    return log_sigmoid(-fake).mean(), -sigmoid(fake) / len(fake)
    ### END SOLUTION

# %% tests 2.1
from gan_scratch.coursework.saying import listed, mistake, same, without_overflow
from gan_scratch.gradient_check import check_loss


def scores(seed=1):
    """Five real scores and seven fake ones."""
    return np.split(2 * np.random.default_rng(seed).standard_normal((12, 1)), [5])


def assert_loss(function, inputs, wanted, likely, *likely_gradients):
    """Its loss is this, its gradients are those of its loss."""
    loss, *gradients = function(*inputs)
    assert np.shape(loss) == (), f"the loss has shape {np.shape(loss)}, wanted one number"
    words = mistake(loss, likely)
    assert same(loss, wanted), (
        f"the loss of a few scores is {wanted:.10g} by the formula, {function.__name__} returns "
        f"{loss:.10g}" + (words and f", which is what you get if {words}")
    )
    for gradient, scores in zip(gradients, inputs, strict=True):
        assert np.shape(gradient) == scores.shape, (
            f"of scores of shape {scores.shape} came a gradient of shape {np.shape(gradient)}"
        )
    report = check_loss(function, *inputs)
    words = "; ".join(filter(None, map(mistake, gradients, likely_gradients)))
    assert report.passed, str(report) + (words and f"\n  {words}")


def test_value_at_the_equilibrium():
    zero = np.zeros((4, 1))
    loss, _, _ = my.minimax_discriminator(zero, zero)
    assert np.isclose(loss, np.log(4)), f"where D knows nothing its loss is log 4, got {loss}"
    loss, _ = my.minimax_generator(zero)
    assert np.isclose(loss, -np.log(2)), f"where D knows nothing G's loss is -log 2, got {loss}"


def test_minimax_of_the_discriminator():
    real, fake = scores()
    p, q, t = my.sigmoid(real), my.sigmoid(fake), my.REAL_TARGET

    def entropy(p, t):
        return -t * np.log(p) - (1 - t) * np.log(1 - p)

    of_real, of_fake = entropy(p, t), entropy(q, 0)
    assert_loss(my.minimax_discriminator, (real, fake), of_real.mean() + of_fake.mean(), {
        "real scores have the target 1": entropy(p, 1).mean() + of_fake.mean(),
        "t and 1 - t are swapped": entropy(p, 1 - t).mean() + of_fake.mean(),
        "the fakes' target is smoothed too": of_real.mean() + entropy(q, 1 - t).mean(),
        "1 stands where t belongs": (of_real - (1 - t) * np.log(p)).mean() + of_fake.mean(),
        "the term with 1 - t is missing": -t * np.log(p).mean() + of_fake.mean(),
        "real and fake are swapped": entropy(q, t).mean() + entropy(p, 0).mean(),
        "there is one mean over both batches": (of_real.sum() + of_fake.sum()) / 12,
        "the two terms are averaged, not added": (of_real.mean() + of_fake.mean()) / 2,
    }, {
        "d_real is what you get if real scores have the target 1": (p - 1) / 5,
        "d_real is what you get if t and 1 - t are swapped": (p - 1 + t) / 5,
        "d_real is what you get if 1 stands for t": (p - 1 + (1 - t) * p) / 5,
    }, {
        "d_fake is what you get if the fakes' target is smoothed too": (q - 1 + t) / 7,
        "d_fake is divided by the number of real scores": q / 5,
        "d_fake is that of G's non-saturating loss": (q - 1) / 7,
    })


def test_minimax_of_the_generator():
    fake = scores()[1]
    q = my.sigmoid(fake)
    assert_loss(my.minimax_generator, (fake,), np.log(1 - q).mean(), {
        "its sign is that of D's loss": -np.log(1 - q).mean(),
        "it is the non-saturating loss": -np.log(q).mean(),
        "it is the sum over the scores": np.log(1 - q).sum(),
    }, {"d_fake is that of the non-saturating loss": (q - 1) / 7})


def test_minimax_far_out():
    far = np.array([[-800.0], [800.0]])
    loss, *_ = without_overflow(my.minimax_discriminator, far, far.copy())
    assert np.isclose(loss, 800), f"at scores of -800 and 800 D's loss is 800, got {loss}"
    loss, _ = without_overflow(my.minimax_generator, far)
    assert np.isclose(loss, -400), f"at scores of -800 and 800 G's loss is -400, got {loss}"

# %% cases 2.1
from gan_scratch.coursework.cases import case


def some_scores(rng, n, m):
    sizes = 10.0 ** rng.integers(-2, 3, (n + m, 1))
    return np.split(rng.standard_normal((n + m, 1)) * sizes, [n])


def far_scores(rng):
    return rng.permutation([-1e4, -800.0, -40.0, 0.0, 40.0, 800.0, 1e4])[:, None]


@case("2.1", points=2, strict=True)
def minimax_of_the_discriminator(code, rng):
    for real, fake in (some_scores(rng, 5, 7), (far_scores(rng), far_scores(rng))):
        loss, d_real, d_fake = code.minimax_discriminator(real, fake)
        yield f"the loss of {len(real)} and {len(fake)} scores", loss
        yield f"d_real of {len(real)} and {len(fake)} scores", d_real
        yield f"d_fake of {len(real)} and {len(fake)} scores", d_fake


@case("2.1", points=2, strict=True)
def minimax_of_the_generator(code, rng):
    for fake in (some_scores(rng, 9, 1)[0], far_scores(rng)):
        loss, d_fake = code.minimax_generator(fake)
        yield f"the loss of {len(fake)} scores", loss
        yield f"d_fake of {len(fake)} scores", d_fake


@case("2.1", points=1, gate=True)
def minimax_of_many_scores(code, rng):
    real, fake = some_scores(rng, 20_000, 30_000)
    yield "d_real", code.minimax_discriminator(real, fake)[1]
    yield "d_fake", code.minimax_generator(fake)[1]

# %% [markdown]
# ## 2.2 What G plays for instead
#
# Where D is sure that a fake is one, $f \to -\infty$, the minimax gradient $-\sigma(f)$ vanishes:
# G is taught least where it is worst. The *non-saturating* loss is the mean of $-\log\sigma(f)$.
# Its slope by a score is negative everywhere, as that of minimax is, but it goes to $-1/N$ where
# that of minimax goes to 0. Its target is 1 and is not smoothed.
#
# The second function is one that hardly anybody plays; it is drawn for you, and its formula stands
# in the file.

# %% task 2.2: What G plays for instead
def non_saturating_generator(fake):
    """(loss, d_fake): the mean of -log sigmoid(fake), for every score without overflow."""
    ### BEGIN SOLUTION
    return -log_sigmoid(fake).mean(), -sigmoid(-fake) / len(fake)
    ### END SOLUTION


### BEGIN VARIANT margin
MARGIN = 1.0  ### VARIANT 0.5 1.0 1.5 2.0


def own_generator(fake):
    """(loss, d_fake): the mean of u^2 / 2, u = log(1 + exp(m - fake)) and m = MARGIN, a soft hinge
    squared. For every score without overflow."""
    ### BEGIN SOLUTION
    u = -log_sigmoid(fake - MARGIN)
    return (u * u).mean() / 2, -u * sigmoid(MARGIN - fake) / len(fake)
    ### END SOLUTION
### END VARIANT
### BEGIN VARIANT huber
WIDTH = 1.5  ### VARIANT 0.5 1.5 2.0 2.5


def own_generator(fake):
    """(loss, d_fake): the mean of c^2 (sqrt(1 + ((fake - 1) / c)^2) - 1), c = WIDTH: least squares
    near its target 1, a constant slope c far away. For every score without overflow."""
    ### BEGIN SOLUTION
    off = (fake - 1) / WIDTH
    root = np.hypot(1, off)
    return WIDTH**2 * (root - 1).mean(), WIDTH * off / root / len(fake)
    ### END SOLUTION
### END VARIANT
### BEGIN VARIANT blend
SHARE = 0.25  ### VARIANT 0.2 0.25 0.3 0.4


def own_generator(fake):
    """(loss, d_fake): the mean of a log(1 - p) - (1 - a) log p, with p = sigmoid(fake), a = SHARE:
    minimax and non-saturating in one. For every score without overflow."""
    ### BEGIN SOLUTION
    loss = SHARE * log_sigmoid(-fake) - (1 - SHARE) * log_sigmoid(fake)
    d_fake = -SHARE * sigmoid(fake) - (1 - SHARE) * sigmoid(-fake)
    return loss.mean(), d_fake / len(fake)
    ### END SOLUTION
### END VARIANT


# %% tests 2.2
def own_values(fake):
    """The loss of each score by itself."""
    ### BEGIN VARIANT margin
    return np.log(1 + np.exp(my.MARGIN - fake)) ** 2 / 2
    ### END VARIANT
    ### BEGIN VARIANT huber
    return my.WIDTH**2 * (np.hypot(1, (fake - 1) / my.WIDTH) - 1)
    ### END VARIANT
    ### BEGIN VARIANT blend
    p = my.sigmoid(fake)
    return my.SHARE * np.log(1 - p) - (1 - my.SHARE) * np.log(p)
    ### END VARIANT


def own_far_out():
    ### BEGIN VARIANT margin
    return (800 + my.MARGIN) ** 2 / 4
    ### END VARIANT
    ### BEGIN VARIANT huber
    return own_values(np.array([-800.0, 800.0])).mean()
    ### END VARIANT
    ### BEGIN VARIANT blend
    return 400 - 800 * my.SHARE
    ### END VARIANT


# %% tests 2.2
def test_non_saturating():
    loss, _ = my.non_saturating_generator(np.zeros((4, 1)))
    assert np.isclose(loss, np.log(2)), f"at scores of 0 the loss is log 2, got {loss}"
    fake, t = scores()[0], my.REAL_TARGET
    p = my.sigmoid(fake)
    assert_loss(my.non_saturating_generator, (fake,), -np.log(p).mean(), {
        "it is the minimax loss": np.log(1 - p).mean(),
        "it is the loss of D for fakes": -np.log(1 - p).mean(),
        "its sign is wrong": np.log(p).mean(),
        "it is the logarithm of a mean": -np.log(p.mean()),
        "it is the sum over the scores": -np.log(p).sum(),
        "its target is REAL_TARGET": -(t * np.log(p) + (1 - t) * np.log(1 - p)).mean(),
    }, {
        "d_fake is that of the minimax loss": -p / 5,
        "d_fake is what you get if its target is REAL_TARGET": (p - t) / 5,
    })


def test_non_saturating_far_out():
    loss, _ = without_overflow(my.non_saturating_generator, np.array([[-800.0], [800.0]]))
    assert np.isclose(loss, 400), f"at scores of -800 and 800 the loss is 400, got {loss}"


def test_non_saturating_teaches_where_fakes_are_bad():
    _, d_fake = my.non_saturating_generator(np.full((2, 1), -800.0))
    assert np.allclose(d_fake, -0.5), f"at scores of -800 the slope is -1/N, got {d_fake.ravel()}"


def test_own_generator():
    fake = scores()[1]
    values = own_values(fake)
    assert_loss(my.own_generator, (fake,), values.mean(), {
        "it is the sum over the scores": values.sum(),
        "its sign is wrong": -values.mean(),
        "it is the loss of the mean score": own_values(fake.mean()),
        "it is given probabilities instead of scores": own_values(my.sigmoid(fake)).mean(),
    })


def test_own_generator_far_out():
    loss, d_fake = without_overflow(my.own_generator, np.array([[-800.0], [800.0]]))
    wanted = own_far_out()
    assert np.isclose(loss, wanted), f"at scores of -800 and 800 the loss is {wanted}, got {loss}"
    assert np.isfinite(d_fake).all(), f"at scores of -800 and 800 d_fake is {d_fake.ravel()}"

# %% cases 2.2
@case("2.2", points=2, strict=True)
def non_saturating(code, rng):
    for fake in (some_scores(rng, 9, 1)[0], far_scores(rng)):
        loss, d_fake = code.non_saturating_generator(fake)
        yield f"the loss of {len(fake)} scores", loss
        yield f"d_fake of {len(fake)} scores", d_fake


@case("2.2", points=2, strict=True)
def own(code, rng):
    for fake in (some_scores(rng, 9, 1)[0], far_scores(rng)):
        loss, d_fake = code.own_generator(fake)
        yield f"the loss of {len(fake)} scores", loss
        yield f"d_fake of {len(fake)} scores", d_fake


@case("2.2", points=1, gate=True)
def both_of_many_scores(code, rng):
    fake, _ = some_scores(rng, 30_000, 1)
    yield "d_fake, non-saturating,", code.non_saturating_generator(fake)[1]
    yield "d_fake of your own", code.own_generator(fake)[1]

# %% [markdown]
# ## 2.3 Adam
#
# Kingma and Ba (2015), algorithm 1, with the decoupled weight decay of Loshchilov and Hutter
# (2019): after $t$ steps with gradients $g$
#
# $$m \leftarrow \beta_1 m + (1 - \beta_1) g \qquad v \leftarrow \beta_2 v + (1 - \beta_2) g^2$$
# $$\theta \leftarrow \theta - \eta\left(
# \frac{m/(1 - \beta_1^t)}{\sqrt{v/(1 - \beta_2^t)} + \epsilon} + \lambda\theta\right)$$
#
# where $\theta$ on the right is the old one, and $\lambda$ is `DECAY`: everything decays, biases
# too. The two divisors undo the start from $m = v = 0$. Without decay, and with an $\epsilon$ much
# smaller than the gradient, the first step has length $\eta$ in each coordinate, however large the
# gradient is: see why before you write it.

# %% task 2.3: Adam
DECAY = 0.01  ### VARIANT 0.01 0.02 0.05 0.1


class Adam:
    """step(value, gradient) -> the new value, a new array. It counts its steps. Arrays of any
    shape."""

    def __init__(self, learning_rate, beta1=0.5, beta2=0.999, eps=1e-8):
        self.learning_rate, self.beta1, self.beta2, self.eps = learning_rate, beta1, beta2, eps
        self.t, self.m, self.v = 0, 0.0, 0.0

    def step(self, value, gradient):
        ### BEGIN SOLUTION
        self.t += 1
        self.m = self.beta1 * self.m + (1 - self.beta1) * gradient
        self.v = self.beta2 * self.v + (1 - self.beta2) * gradient**2
        mean = self.m / (1 - self.beta1**self.t)
        size = np.sqrt(self.v / (1 - self.beta2**self.t))
        return value - self.learning_rate * (mean / (size + self.eps) + DECAY * value)
        ### END SOLUTION

# %% tests 2.3
def test_first_step_of_adam():
    value, gradient = np.array([1.0, -2.0]), np.array([1e-3, -1e3])
    new = np.copy(my.Adam(0.1).step(value, gradient))
    assert np.array_equal(value, [1.0, -2.0]), "step changed the value that it was given"
    assert np.array_equal(gradient, [1e-3, -1e3]), "step changed the gradient that it was given"
    wanted = value - 0.1 * (np.array([1.0, -1.0]) + my.DECAY * value)
    assert np.allclose(new, wanted, atol=1e-5), f"the first step came to {new}, wanted {wanted}"


def test_adam_corrects_the_bias_at_every_step():
    adam = my.Adam(0.1, beta1=0.9)
    for t in range(1, 5):
        new = adam.step(np.zeros(1), np.ones(1))
        assert np.allclose(new, -0.1), f"with a constant gradient step {t} is {new}, wanted -0.1"


def test_adam_averages_the_gradients_and_their_squares():
    """At value 0 the step is -rate times a weighted mean over the root of one: older gradients
    count beta to the power of their age."""
    gradients = np.random.default_rng(6).standard_normal((6, 3)) * np.geomspace(2, 0.1, 6)[:, None]
    for beta1, beta2 in ((0.5, 0.999), (0.6, 0.9), (0.0, 0.7)):
        adam, mean = my.Adam(0.1, beta1, beta2, eps=0), {}
        for t in range(1, 7):
            new = adam.step(np.zeros(3), gradients[t - 1].copy())
            past, age = gradients[:t], np.arange(t)[::-1]
            for beta in (beta1, beta2):
                mean[beta] = [np.average(past**k, axis=0, weights=beta**age) for k in (1, 2)]
            wanted = -0.1 * mean[beta1][0] / np.sqrt(mean[beta2][1])
            one, two = 1 - beta1**t, 1 - beta2**t
            words = mistake(new, {
                "m is not corrected": wanted * one,
                "v is not corrected": wanted / np.sqrt(two),
                "neither m nor v is corrected": wanted * one / np.sqrt(two),
                "m is corrected by beta2": wanted * one / two,
                "v is corrected behind the root": wanted * np.sqrt(two),
                "the square root is missing": -0.1 * mean[beta1][0] / mean[beta2][1],
                "the betas are swapped": -0.1 * mean[beta2][0] / np.sqrt(mean[beta1][1]),
                "the last gradient stands for m": -0.1 * past[-1] / np.sqrt(mean[beta2][1]),
            })
            assert same(new, wanted), (
                f"with betas of {beta1} and {beta2} step {t} from 0 goes to {listed(new)}, wanted "
                f"{listed(wanted)}" + (words and f": {words}")
            )


def test_adam_adds_eps_to_the_root():
    new = my.Adam(0.1, eps=0.25).step(np.zeros(3), np.array([0.75, 0.0, 1.75]))
    wanted = [-0.075, 0, -0.0875]
    assert np.allclose(new, wanted), (
        f"with eps = 0.25 step 1 from 0 goes to {listed(new)}, wanted {listed(wanted)}"
    )
    adam = my.Adam(0.1, beta2=0.75, eps=1.0)
    for t in (1, 2):
        new = adam.step(np.zeros(1), np.ones(1))
        assert np.allclose(new, -0.05), f"with gradient 1 and eps 1 step {t} is {new}, wanted -0.05"
    with np.errstate(all="raise"):
        try:
            my.Adam(0.1).step(np.ones(2), np.zeros(2))
        except FloatingPointError as error:
            raise AssertionError(f"with a gradient of 0: {error}; what is eps for?") from None


def test_adam_lets_every_value_decay():
    """Two optimisers get the same gradients: what differs is what the decay left of the value."""
    for shape in ((), (3,), (2, 3)):
        rng, one, other = np.random.default_rng(7), my.Adam(0.1), my.Adam(0.1)
        values, gradients = np.array(rng.standard_normal((2, 3, *shape)))
        left = np.array([
            one.step(np.array(v), np.array(g)) - other.step(np.zeros(shape), np.array(g))
            for v, g in zip(values, gradients, strict=True)
        ])
        wanted = (1 - 0.1 * my.DECAY) * values
        words = mistake(left, {
            "nothing decays": values,
            "the decay is not multiplied by the learning rate": (1 - my.DECAY) * values,
            "the decay has the wrong sign": (1 + 0.1 * my.DECAY) * values,
            "the old value is missing in what is returned": -0.1 * my.DECAY * values,
        }, digits=8)
        assert same(left, wanted, digits=8), (
            f"one optimiser steps from {listed(values)}, of shape {shape}, another with the same "
            f"gradients from 0: they come {listed(left)} apart, wanted {listed(wanted)}, which is "
            f"1 - {0.1 * my.DECAY:g} of the values: "
            + (words or "does the decay go through m and v, or is it divided by something?")
        )


def test_adams_side_by_side():
    gradients, value = np.random.default_rng(8).standard_normal((3, 2)), np.ones(2)
    alone, one, other = my.Adam(0.1), my.Adam(0.1), my.Adam(0.1)
    wanted = [np.copy(alone.step(value.copy(), gradient.copy())) for gradient in gradients]
    for t, gradient in enumerate(gradients):
        found = one.step(value.copy(), gradient.copy())
        other.step(value.copy(), gradient[::-1] ** 3)
        assert same(found, wanted[t]), (
            f"step {t + 1} goes to {listed(found)} beside another optimiser, alone to "
            f"{listed(wanted[t])}: keep t, m and v on self"
        )

# %% cases 2.3
@case("2.3", points=2)
def adam_in_five_steps(code, rng):
    adam, of_bias = code.Adam(0.01, beta1=0.6, beta2=0.99), code.Adam(0.02, eps=1e-3)
    for t in range(5):
        value, gradient = rng.standard_normal((2, 4, 3))
        yield f"the value after step {t + 1}", adam.step(value, gradient)
        value, gradient = rng.standard_normal((2, 5))
        yield f"a bias after step {t + 1}", of_bias.step(value, gradient / 10**t)


@case("2.3", points=2, gate=True)
def adam_of_many_numbers(code, rng):
    one, other = code.Adam(1e-3), code.Adam(0.5, 0.0, 0.9, 1e-3)
    for t in range(3):
        value, gradient = rng.standard_normal((2, 500, 400))
        yield f"the value after step {t + 1}", one.step(value, gradient)
        yield f"another's value after step {t + 1}", other.step(value, gradient * 1e-6)

# %% [markdown]
# ## 2.4 The two steps
#
# In its step D descends $-E\log\sigma(r) - E\log(1 - \sigma(f))$ on a batch of real samples and
# one of fakes; G stays as it is. In its step G descends the non-saturating loss; D stays as it is,
# but the gradient comes back *through* D: it is D that knows which way a fake should move. The
# gradients by scores are $(\sigma(r) - 1)/N$, $\sigma(f)/N$ and $-\sigma(-f)/N$.
#
# D's gradient is a sum over two passes, so it is cleared once, before the first. When D is passed
# through for G, its gradients collect what nobody asked for; the next step of D must not use it.
# The same holds for G: each step clears the gradients of the player that it moves before it adds
# to them, whoever left something there.

# %% task 2.4: The two steps
def discriminator_step(generator, discriminator, real, noise, rate):
    """Move D once, by gradient descent at this rate. G's parameters do not change."""
    ### BEGIN SOLUTION
    fake, _ = generator.forward(noise)
    real_score, real_cache = discriminator.forward(real)
    fake_score, fake_cache = discriminator.forward(fake)
    discriminator.clear()
    discriminator.backward((sigmoid(real_score) - 1) / len(real), real_cache)
    discriminator.backward(sigmoid(fake_score) / len(fake), fake_cache)
    discriminator.move(rate)
    ### END SOLUTION


def generator_step(generator, discriminator, noise, rate):
    """Move G once, by gradient descent at this rate. D's parameters do not change."""
    ### BEGIN SOLUTION
    fake, cache = generator.forward(noise)
    score, score_cache = discriminator.forward(fake)
    d_fake = discriminator.backward(-sigmoid(-score) / len(fake), score_cache)
    generator.clear()
    generator.backward(d_fake, cache)
    generator.move(rate)
    ### END SOLUTION

# %% tests 2.4
def two_players(seed=2):
    rng = np.random.default_rng(seed)

    def player(inputs, outputs):
        shapes = (inputs, 5), (5,), (5, outputs), (outputs,)
        return my.Player(*(rng.standard_normal(shape) for shape in shapes))

    return player(3, 2), player(2, 1), rng.standard_normal((7, 2)), rng.standard_normal((7, 3))


def copied(player):
    return [parameter.copy() for parameter in player.parameters]


def moved(player, before):
    return any(not np.array_equal(p, b) for p, b in zip(player.parameters, before, strict=True))


def costs(score):
    """The means of -log p and -log(1 - p), of which both losses are made."""
    return np.array([-my.log_sigmoid(score).mean(), -my.log_sigmoid(-score).mean()])


def slopes(player, before, rate, losses):
    """(the slope along a random direction that the step took, those that the losses have)."""
    rng, after, h = np.random.default_rng(4), copied(player), 1e-5
    directions = [rng.standard_normal(p.shape) for p in before]
    taken = sum(
        ((b - a) / rate * v).sum() for b, a, v in zip(before, after, directions, strict=True)
    )
    found = []
    for sign in (-1, 1):
        player.parameters = [b + sign * h * v for b, v in zip(before, directions, strict=True)]
        found.append(losses())
    player.parameters = after
    return taken, (found[1] - found[0]) / (2 * h)


def assert_step(name, taken, slope, likely, hint):
    words = mistake(taken, likely, 6)
    assert same(taken, slope, 6), (
        f"{name} moved {words or 'wrongly'}: along a direction its loss has the slope {slope:.6f}, "
        f"{name} moved as if it were {taken:.6f}" + ("" if words else f"; {hint}")
    )


def assert_discriminator_step(step, generator, discriminator, real, noise):
    """step(real, noise, rate) moves D down its loss, and moves nobody else."""
    rate, n, m, t = 0.05, len(real), len(noise), my.REAL_TARGET
    before, of_g = copied(discriminator), copied(generator)
    step(real, noise, rate)
    assert moved(discriminator, before), "D did not move at all: when are its gradients cleared?"
    assert not moved(generator, of_g), "D's step moved G"
    fakes, _ = generator.forward(noise)

    def scores():
        return discriminator.forward(real)[0], discriminator.forward(fakes)[0]

    after, discriminator.parameters = discriminator.parameters, before
    d_real, d_fake = my.sigmoid(scores()[0]) - 1, my.sigmoid(scores()[1])
    discriminator.parameters = after

    def losses():
        """Of the batches, and what a gradient with the other batch's cache descends."""
        of_real, of_fake = scores()
        other = [(d_real * of_fake).mean(), (d_fake * of_real).mean()] if n == m else [np.nan] * 2
        return np.array([*costs(of_real), *costs(of_fake), *other])

    taken, (r, not_r, f, not_f, wrong_r, wrong_f) = slopes(discriminator, before, rate, losses)
    assert_step("D", taken, r + not_f, {
        "as if the real batch had no part in its loss": not_f,
        "as if the fakes had no part in its loss": r,
        "as if the gradient of real scores came with the fakes' cache": wrong_r + not_f,
        "as if the gradient of fake scores came with the real samples' cache": r + wrong_f,
        "as if both gradients came with the other batch's cache": wrong_r + wrong_f,
        "up its loss": -(r + not_f),
        "as if the labels of real samples and fakes were swapped": not_r + f,
        "as if its fakes were to be called real": r + f,
        "without 1/N": n * r + m * not_f,
        "without 1/N in the gradient of real scores": n * r + not_f,
        "with one mean over both batches": (n * r + m * not_f) / (n + m),
        "with 1 over the real batch's size in the gradient of fake scores": r + not_f * m / n,
        "with 1 over the number of values in the real batch, not of samples": r / 2 + not_f,
        "with 1 over the number of values in the batches, not of samples": (r + not_f) / 2,
        "as if the target of real samples were REAL_TARGET": t * r + (1 - t) * not_r + not_f,
        "with the learning rate used twice": rate * (r + not_f),
    }, "is D cleared and moved once, with the fakes of this noise and each batch's own cache?")


def assert_generator_step(step, generator, discriminator, noise):
    """step(noise, rate) moves G down its loss, and moves nobody else."""
    rate, n, t = 0.05, len(noise), my.REAL_TARGET
    before, of_d = copied(generator), copied(discriminator)
    step(noise, rate)
    assert moved(generator, before), "G did not move at all: when are its gradients cleared?"
    assert not moved(discriminator, of_d), "G's step moved D"
    taken, (f, not_f) = slopes(
        generator, before, rate,
        lambda: costs(discriminator.forward(generator.forward(noise)[0])[0]),
    )
    assert_step("G", taken, f, {
        "as if it descended the minimax loss": -not_f,
        "towards what D calls a fake, as if its label were 0": not_f,
        "up its loss": -f,
        "without 1/N": n * f,
        "with 1 over the number of values in the fakes, not of samples": f / 2,
        "as if its target were REAL_TARGET": t * f + (1 - t) * not_f,
        "with the learning rate used twice": rate * f,
        "twice as far": 2 * f,
    }, "does the gradient come back through D, with the cache of these fakes?")


def assert_old_gradients_do_not_count(steps):
    """steps(generator, discriminator) of players that bring gradients, and of others."""
    (generator, discriminator, *_), fresh = two_players(), two_players()[:2]
    for player in (generator, discriminator):
        player.gradients = [np.ones_like(gradient) for gradient in player.gradients]
    for count in (1, 2):
        for pair in ((generator, discriminator), fresh):
            steps(*pair)
        for name, player, other in zip("GD", (generator, discriminator), fresh, strict=True):
            assert not moved(player, copied(other)), (
                f"what stood in {name}.gradients before step {count} is used in it: when is {name} "
                "cleared?"
            )


def test_step_of_the_discriminator():
    generator, discriminator, real, noise = two_players()
    for fakes in (noise, noise[:5], np.concatenate([noise, noise[:3] + 1])):
        assert_discriminator_step(
            lambda *batches: my.discriminator_step(generator, discriminator, *batches),
            generator, discriminator, real, fakes,
        )


def test_step_of_the_generator():
    generator, discriminator, _, noise = two_players()
    assert_generator_step(
        lambda *batch: my.generator_step(generator, discriminator, *batch),
        generator, discriminator, noise,
    )


def test_gradients_of_an_earlier_step_are_forgotten():
    _, _, real, noise = two_players()

    def step_of_d(*players):
        my.discriminator_step(*players, real, noise, 0.01)

    def step_of_g(*players):
        my.generator_step(*players, noise, 0.01)

    def both(*players):
        step_of_d(*players)
        step_of_g(*players)

    for steps in (step_of_d, step_of_g, both):
        assert_old_gradients_do_not_count(steps)

# %% cases 2.4
def players_of(code, rng, sizes):
    """G from the first size to the third, D from the third to 1, with the second between."""

    def player(inputs, hidden, outputs):
        shapes = (inputs, hidden), (hidden,), (hidden, outputs), (outputs,)
        return code.Player(*(rng.standard_normal(s) / np.sqrt(s[0]) for s in shapes))

    latent, hidden, data = sizes
    return player(latent, hidden, data), player(data, hidden, 1)


def used(rng, *players):
    """Players with gradients left in them."""
    for player in players:
        y, cache = player.forward(rng.standard_normal((4, len(player.parameters[0]))))
        player.backward(rng.standard_normal(np.array(y).shape), cache)
    return players


def states(generator, discriminator, when):
    for name, player in (("G", generator), ("D", discriminator)):
        for i in range(4):
            yield f"parameter {i} of {name} {when}", player.parameters[i]


@case("2.4", points=2)
def step_of_the_discriminator(code, rng):
    players = used(rng, *players_of(code, rng, (3, 5, 2)))
    for fakes in (6, 9, 4):
        real, noise = rng.standard_normal((6, 2)), rng.standard_normal((fakes, 3))
        code.discriminator_step(*players, real, noise, 0.1)
        yield from states(*players, f"after a step with 6 real samples and {fakes} fakes")


@case("2.4", points=2)
def step_of_the_generator(code, rng):
    players = used(rng, *players_of(code, rng, (3, 5, 2)))
    for fakes in (6, 9):
        code.generator_step(*players, rng.standard_normal((fakes, 3)), 0.1)
        yield from states(*players, f"after a step with {fakes} fakes")


@case("2.4", points=2, gate=True)
def ten_rounds_of_large_players(code, rng):
    players = players_of(code, rng, (30, 60, 40))
    for _ in range(10):
        real, noise = rng.standard_normal((64, 40)), rng.standard_normal((64, 30))
        code.discriminator_step(*players, real, noise, 0.05)
        code.generator_step(*players, noise, 0.05)
    yield from states(*players, "after ten rounds")

# %% [markdown]
# ## 2.5 Three bugs
#
# This loop stands, in one form or another, in many published notebooks. It runs, its losses look
# like losses, and three of its lines are wrong. Mend it: `train_discriminator` and
# `train_generator` should then move the players as the two steps of task 2.4 do, in whatever order
# and how often they are called, and whatever stands in the players' gradients before. Its binary
# cross-entropy is right.

# %% task 2.5: Three bugs
class Loop:
    """A loop as it is often published. D's last cache is kept between its methods."""

    def __init__(self, generator, discriminator, rate):
        self.generator, self.discriminator, self.rate = generator, discriminator, rate
        self.cache = None

    def score(self, x):
        s, self.cache = self.discriminator.forward(x)
        return s

    def back(self, s, target):
        """D's backward pass of the cross-entropy of these scores; returns the gradient by x."""
        return self.discriminator.backward((sigmoid(s) - target) / len(s), self.cache)

    def train_discriminator(self, real, noise):
        fake, _ = self.generator.forward(noise)
        self.discriminator.clear()
        ### BEGIN SOLUTION
        self.back(self.score(real), 1)
        self.back(self.score(fake), 0)
        ### INSTEAD
        #: real_score, fake_score = self.score(real), self.score(fake)
        #: self.back(real_score, 1)
        #: self.back(fake_score, 0)
        ### END SOLUTION
        self.discriminator.move(self.rate)

    def train_generator(self, noise):
        fake, cache = self.generator.forward(noise)
        ### BEGIN SOLUTION
        d_fake = self.back(self.score(fake), 1)
        self.generator.clear()
        self.generator.backward(d_fake, cache)
        self.generator.move(self.rate)
        ### INSTEAD
        #: d_fake = self.back(self.score(fake), 0)
        #: self.generator.backward(d_fake, cache)
        #: self.generator.clear()
        #: self.generator.move(self.rate)
        ### END SOLUTION

# %% tests 2.5
def test_loop_trains_the_discriminator():
    generator, discriminator, real, noise = two_players(3)
    loop = my.Loop(generator, discriminator, 0.05)
    assert_discriminator_step(
        lambda real, noise, rate: loop.train_discriminator(real, noise),
        generator, discriminator, real, noise,
    )


def test_loop_trains_the_generator():
    generator, discriminator, _, noise = two_players(3)
    loop = my.Loop(generator, discriminator, 0.05)
    assert_generator_step(
        lambda noise, rate: loop.train_generator(noise), generator, discriminator, noise
    )


def test_loop_forgets_gradients_of_the_last_round():
    _, _, real, noise = two_players()

    def step_of_d(*players):
        my.Loop(*players, 0.01).train_discriminator(real, noise)

    def step_of_g(*players):
        my.Loop(*players, 0.01).train_generator(noise)

    assert_old_gradients_do_not_count(step_of_d)
    assert_old_gradients_do_not_count(step_of_g)

# %% cases 2.5
@case("2.5", points=2)
def loop_of_the_discriminator(code, rng):
    players = used(rng, *players_of(code, rng, (3, 5, 2)))
    loop = code.Loop(*players, 0.1)
    for step in (1, 2):
        loop.train_discriminator(rng.standard_normal((6, 2)), rng.standard_normal((6, 3)))
        yield from states(*players, f"after D's step {step}")


@case("2.5", points=2)
def loop_of_the_generator(code, rng):
    players = used(rng, *players_of(code, rng, (3, 5, 2)))
    loop = code.Loop(*players, 0.1)
    for step in (1, 2):
        loop.train_generator(rng.standard_normal((6, 3)))
        yield from states(*players, f"after G's step {step}")


@case("2.5", points=2, gate=True)
def loop_of_ten_rounds(code, rng):
    players = players_of(code, rng, (30, 60, 40))
    loop = code.Loop(*players, 0.05)
    for _ in range(10):
        real, noise = rng.standard_normal((64, 40)), rng.standard_normal((64, 30))
        loop.train_discriminator(real, noise)
        loop.train_generator(noise)
    yield from states(*players, "after ten rounds")

# %% question 2.6: It trains, so it is right (3)
# Each of the three bugs of task 2.5 can be in a loop whose loss curves look healthy. For each of
# them say what the player is really taught, why the curves do not show it, and which check of two
# lines would have. (Ten to fifteen sentences.)
