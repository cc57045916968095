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
# Scores $s$ have shape (N, 1); $p = \sigma(s)$ is the probability that a sample is real. A loss
# comes with its gradient by the scores. `log_sigmoid` is given: it can be computed for every $s$.

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
    """(loss, d_fake) of G: the mean of log(1 - sigmoid(fake))."""
    ### BEGIN SOLUTION
    return log_sigmoid(-fake).mean(), -sigmoid(fake) / len(fake)
    ### END SOLUTION

# %% tests 2.1
from gan_scratch.gradient_check import check_loss


def scores(seed=1):
    return 2 * np.random.default_rng(seed).standard_normal((2, 6, 1))


def test_value_at_the_equilibrium():
    zero = np.zeros((4, 1))
    loss, _, _ = my.minimax_discriminator(zero, zero)
    assert np.isclose(loss, np.log(4)), f"where D knows nothing its loss is log 4, got {loss}"
    loss, _ = my.minimax_generator(zero)
    assert np.isclose(loss, -np.log(2)), f"and that of G is -log 2, got {loss}"


def test_minimax_gradients():
    report = check_loss(my.minimax_discriminator, *scores())
    assert report.passed, str(report)
    report = check_loss(my.minimax_generator, scores()[0])
    assert report.passed, str(report)


def test_minimax_far_out():
    far = np.array([[-800.0], [800.0]])
    with np.errstate(all="raise", under="ignore"):
        try:
            loss, _, _ = my.minimax_discriminator(far, far)
        except FloatingPointError as error:
            raise AssertionError(f"at scores of -800 and 800: {error}") from None
    assert np.isfinite(loss), f"at scores of -800 and 800 the loss is {loss}"

# %% cases 2.1
from gan_scratch.coursework.cases import case


def some_scores(rng, n, m):
    sizes = 10.0 ** rng.integers(-2, 3, (n + m, 1))
    return np.split(rng.standard_normal((n + m, 1)) * sizes, [n])


@case("2.1", points=2)
def minimax_of_the_discriminator(code, rng):
    loss, d_real, d_fake = code.minimax_discriminator(*some_scores(rng, 5, 7))
    yield "the loss", loss
    yield "d_real", d_real
    yield "d_fake", d_fake


@case("2.1", points=2)
def minimax_of_the_generator(code, rng):
    loss, d_fake = code.minimax_generator(some_scores(rng, 7, 1)[0])
    yield "the loss", loss
    yield "d_fake", d_fake


@case("2.1", points=1, gate=True)
def minimax_of_many_scores(code, rng):
    real, fake = some_scores(rng, 20_000, 30_000)
    yield "d_real", code.minimax_discriminator(real, fake)[1]
    yield "d_fake", code.minimax_generator(fake)[1]

# %% [markdown]
# ## 2.2 What G plays for instead
#
# Where D is sure that a fake is one, $f \to -\infty$, the minimax gradient $-\sigma(f)$ vanishes:
# G is taught least where it is worst. The *non-saturating* loss is the mean of $-\log\sigma(f)$:
# the same sign everywhere, and a slope of 1 where G needs it.
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
WIDTH = 1.0  ### VARIANT 0.5 1.0 1.5 2.0


def own_generator(fake):
    """(loss, d_fake): the mean of c^2 (sqrt(1 + ((fake - 1) / c)^2) - 1), c = WIDTH: least squares
    near its target 1, a constant slope c far away."""
    ### BEGIN SOLUTION
    off = (fake - 1) / WIDTH
    root = np.sqrt(1 + off * off)
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
def test_non_saturating():
    loss, _ = my.non_saturating_generator(np.zeros((4, 1)))
    assert np.isclose(loss, np.log(2)), f"at scores of 0 the loss is log 2, got {loss}"
    report = check_loss(my.non_saturating_generator, scores()[0])
    assert report.passed, str(report)


def test_non_saturating_teaches_where_fakes_are_bad():
    _, d_fake = my.non_saturating_generator(np.full((2, 1), -800.0))
    assert np.allclose(d_fake, -0.5), f"at scores of -800 the slope is -1/N, got {d_fake.ravel()}"


def test_own_generator():
    report = check_loss(my.own_generator, scores()[1])
    assert report.passed, str(report)
    loss, d_fake = my.own_generator(np.array([[-800.0], [800.0]]))
    assert np.isfinite(loss) and np.isfinite(d_fake).all(), "not finite at -800 and 800"

# %% cases 2.2
@case("2.2", points=2)
def non_saturating(code, rng):
    loss, d_fake = code.non_saturating_generator(some_scores(rng, 9, 1)[0])
    yield "the loss", loss
    yield "d_fake", d_fake


@case("2.2", points=2)
def own(code, rng):
    loss, d_fake = code.own_generator(some_scores(rng, 9, 1)[0])
    yield "the loss", loss
    yield "d_fake", d_fake


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
# where $\theta$ on the right is the old one, and $\lambda$ is `DECAY`. The two divisors undo the
# start from $m = v = 0$. The first step has length $\eta$ in each coordinate, whatever the
# gradient's size: see why before you write it.

# %% task 2.3: Adam
DECAY = 0.01  ### VARIANT 0.01 0.02 0.05 0.1


class Adam:
    """step(value, gradient) -> the new value; changes neither array. It counts its steps."""

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
    value = np.array([1.0, -2.0])
    new = my.Adam(0.1).step(value, np.array([1e-3, -1e3]))
    wanted = value - 0.1 * (np.array([1.0, -1.0]) + my.DECAY * value)
    assert np.allclose(new, wanted, atol=1e-5), f"the first step came to {new}, wanted {wanted}"
    assert np.array_equal(value, [1.0, -2.0]), "step changed the array that it was given"


def test_adam_corrects_the_bias_at_every_step():
    adam = my.Adam(0.1, beta1=0.9)
    for t in range(1, 5):
        new = adam.step(np.zeros(1), np.ones(1))
        assert np.allclose(new, -0.1), f"with a constant gradient step {t} is {new}, wanted -0.1"

# %% cases 2.3
@case("2.3", points=2)
def adam_in_five_steps(code, rng):
    adam = code.Adam(0.01, beta1=0.6, beta2=0.99)
    for t in range(5):
        value, gradient = rng.standard_normal((2, 4, 3))
        yield f"the value after step {t + 1}", adam.step(value, gradient)


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


def value(generator, discriminator, real, noise):
    real_score, _ = discriminator.forward(real)
    fake_score, _ = discriminator.forward(generator.forward(noise)[0])
    d_loss = -my.log_sigmoid(real_score).mean() - my.log_sigmoid(-fake_score).mean()
    return d_loss, -my.log_sigmoid(fake_score).mean()


def test_each_step_moves_one_player():
    generator, discriminator, real, noise = two_players()
    before = copied(generator), copied(discriminator)
    my.discriminator_step(generator, discriminator, real, noise, 0.01)
    assert moved(discriminator, before[1]), "discriminator_step did not move D"
    assert not moved(generator, before[0]), "discriminator_step moved G"
    before = copied(generator), copied(discriminator)
    my.generator_step(generator, discriminator, noise, 0.01)
    assert moved(generator, before[0]), "generator_step did not move G"
    assert not moved(discriminator, before[1]), "generator_step moved D"


def test_each_step_lowers_its_loss():
    generator, discriminator, real, noise = two_players()
    before = value(generator, discriminator, real, noise)
    my.discriminator_step(generator, discriminator, real, noise, 1e-3)
    between = value(generator, discriminator, real, noise)
    assert between[0] < before[0], f"D's loss went from {before[0]:.6f} to {between[0]:.6f}"
    my.generator_step(generator, discriminator, noise, 1e-3)
    after = value(generator, discriminator, real, noise)
    assert after[1] < between[1], f"G's loss went from {between[1]:.6f} to {after[1]:.6f}"


def test_gradients_of_an_earlier_step_are_forgotten():
    generator, discriminator, real, noise = two_players()
    fresh = two_players()[:2]
    for player in (generator, discriminator):
        player.gradients = [np.ones_like(gradient) for gradient in player.gradients]
    for pair in ((generator, discriminator), fresh):
        my.discriminator_step(*pair, real, noise, 0.01)
        my.generator_step(*pair, noise, 0.01)
    for player, other in zip((generator, discriminator), fresh, strict=True):
        assert not moved(player, copied(other)), "what stood in .gradients before is used"

# %% cases 2.4
def players_of(code, rng, sizes):
    """G from the first size to the third, D from the third to 1, with the second between."""

    def player(inputs, hidden, outputs):
        shapes = (inputs, hidden), (hidden,), (hidden, outputs), (outputs,)
        return code.Player(*(rng.standard_normal(s) / np.sqrt(s[0]) for s in shapes))

    latent, hidden, data = sizes
    return player(latent, hidden, data), player(data, hidden, 1)


def states(generator, discriminator, when):
    for name, player in (("G", generator), ("D", discriminator)):
        for i in range(4):
            yield f"parameter {i} of {name} {when}", player.parameters[i]


@case("2.4", points=2)
def step_of_the_discriminator(code, rng):
    players = players_of(code, rng, (3, 5, 2))
    real, noise = rng.standard_normal((6, 2)), rng.standard_normal((6, 3))
    code.discriminator_step(*players, real, noise, 0.1)
    yield from states(*players, "after it")


@case("2.4", points=2)
def step_of_the_generator(code, rng):
    players = players_of(code, rng, (3, 5, 2))
    code.generator_step(*players, rng.standard_normal((6, 3)), 0.1)
    yield from states(*players, "after it")


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
# like losses, and three of its lines are wrong: a cache is overwritten before it is used,
# gradients are cleared too soon, and G is given the wrong labels. Mend it; it should then do what
# task 2.4 does, in its own words. Its binary cross-entropy is right.

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
def slopes(player, before, rate, loss):
    """(what the step took for the slope of the loss along a random direction, what it is)."""
    rng, after, h = np.random.default_rng(4), copied(player), 1e-5
    directions = [rng.standard_normal(p.shape) for p in before]
    taken = sum(
        ((b - a) / rate * v).sum() for b, a, v in zip(before, after, directions, strict=True)
    )
    values = []
    for sign in (-1, 1):
        player.parameters = [b + sign * h * v for b, v in zip(before, directions, strict=True)]
        values.append(loss())
    player.parameters = after
    return taken, (values[1] - values[0]) / (2 * h)


def test_loop_trains_the_discriminator():
    generator, discriminator, real, noise = two_players(3)
    before = copied(discriminator)
    my.Loop(generator, discriminator, 1e-3).train_discriminator(real, noise)
    taken, slope = slopes(
        discriminator, before, 1e-3, lambda: value(generator, discriminator, real, noise)[0]
    )
    assert np.isclose(taken, slope, rtol=1e-5), (
        f"along a direction D's loss has the slope {slope:.6f}; D moved as if it were {taken:.6f}: "
        "which batch does each backward pass see?"
    )


def test_loop_moves_the_generator():
    generator, discriminator, _, noise = two_players(3)
    before = copied(generator)
    my.Loop(generator, discriminator, 1e-3).train_generator(noise)
    assert moved(generator, before), "G did not move at all: when are its gradients cleared?"


def test_loop_trains_the_generator():
    generator, discriminator, real, noise = two_players(3)
    before = copied(generator)
    my.Loop(generator, discriminator, 1e-3).train_generator(noise)
    taken, slope = slopes(
        generator, before, 1e-3, lambda: value(generator, discriminator, real, noise)[1]
    )
    assert np.isclose(taken, slope, rtol=1e-5), (
        f"along a direction G's loss has the slope {slope:.6f}; G moved as if it were {taken:.6f}: "
        "what does G want D to say of its fakes?"
    )


def test_loop_forgets_gradients_of_the_last_round():
    generator, discriminator, _, noise = two_players(3)
    fresh = two_players(3)[:2]
    generator.gradients = [np.ones_like(gradient) for gradient in generator.gradients]
    for pair in ((generator, discriminator), fresh):
        my.Loop(*pair, 0.01).train_generator(noise)
    assert not moved(generator, copied(fresh[0])), "G's step uses gradients of the round before"

# %% cases 2.5
@case("2.5", points=2)
def loop_of_the_discriminator(code, rng):
    players = players_of(code, rng, (3, 5, 2))
    loop = code.Loop(*players, 0.1)
    loop.train_discriminator(rng.standard_normal((6, 2)), rng.standard_normal((6, 3)))
    yield from states(*players, "after D's step")


@case("2.5", points=2)
def loop_of_the_generator(code, rng):
    players = players_of(code, rng, (3, 5, 2))
    code.Loop(*players, 0.1).train_generator(rng.standard_normal((6, 3)))
    yield from states(*players, "after G's step")


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
