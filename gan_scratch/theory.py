"""The theory as code: games so small that everything about them can be computed.

The Dirac-GAN (Mescheder, Geiger, Nowozin 2018, section 2) is a game of two numbers. The data is the
point 0, the generator makes the point θ, and the discriminator is the line D(x) = ψ x:

    tiny = dirac(Minimax())                 a game of the library, at (θ, ψ) = (1, -1)
    tiny.velocity()                         (θ̇, ψ̇) = (-∂L_G/∂θ, -∂L_D/∂ψ)
    tiny.jacobian(at=(0, 0))                its derivative; eigenvalues ± i/2
    simultaneous(tiny, 500)                 the path of both moving at once, (501, 2)
    alternating(tiny, 500)                  of moving in turn, as the training loop does

In the Gaussian game the data is N(0, 1), the generator N(θ, 1), and D(x) = w x + b, which holds the
best discriminator of these two. Everything is played with the layers, losses, penalties and steps
of this library, in float64; only the players are tiny.
"""

import math
from statistics import NormalDist

import numpy as np

from gan_scratch.game import Game, discriminator_step, generator_step
from gan_scratch.gradient_check.games import StandStill
from gan_scratch.layers import Dense, Layer, Parameter
from gan_scratch.layers.layer import set_inside
from gan_scratch.optimizers import SGD

COMPLEX_STEP = 1e-30


class Shift(Layer):
    """y = scale · z + θ: a generator with one parameter; a point where the scale is 0.

    Shapes
        z (N, 1), θ (1,), y (N, 1)
    Backward
        dz = scale · dy       dθ = Σ dy
    """

    def __init__(self, theta, scale=0.0):
        self.theta = Parameter(np.array([theta], "float64"))
        self.scale = float(scale)

    def forward(self, x, training=True):
        self.expect(x, (None, 1), like=self.theta.value)
        return self.scale * x + self.theta.value, x

    def backward(self, dy, cache, need_dx=True):
        self.expect(dy, cache.shape, like=cache, name="dy")
        if not self.theta.frozen:
            self.theta.gradient += dy.sum(axis=0)
        return self.scale * dy if need_dx else None


class TinyGame:
    """A game whose position is a short vector: the generator's parameters, then D's.

    real, noise     (N, 1), the same in every step, so that the game is a dynamical system
    step_size       h of gradient descent
    """

    def __init__(
        self, generator, discriminator, objective, penalties, real, noise, step_size, dtype
    ):
        generator, discriminator = (p.astype(dtype) for p in (generator, discriminator))
        self.real, self.noise = np.asarray(real, dtype), np.asarray(noise, dtype)
        self.step_size = float(step_size)
        optimizers = (SGD(p.parameters(), step_size) for p in (generator, discriminator))
        rng = np.random.default_rng(0)
        self.game = Game(generator, discriminator, objective, *optimizers, penalties, rng=rng)

    @property
    def position(self):
        """A copy of all parameters, one after the other."""
        optimizers = self.game.generator_optimizer, self.game.discriminator_optimizer
        return np.concatenate([optimizer.values for optimizer in optimizers])

    @position.setter
    def position(self, position):
        theta, psi = self.game.generator_optimizer.values, self.game.discriminator_optimizer.values
        theta[...], psi[...] = np.split(position, [theta.size])

    def velocity(self):
        """(-∂L_G/∂θ, -∂L_D/∂ψ) at the present position: where gradient descent pushes.

        A penalty that comes in every k-th step, k times as strong, counts as its mean over steps.
        """
        game = self.game
        optimizers = game.generator_optimizer, game.discriminator_optimizer
        game.generator_optimizer = game.discriminator_optimizer = StandStill()
        try:
            with set_inside("every", [p for p in game.penalties if hasattr(p, "every")], 1):
                self.move_discriminator()
                self.move_generator()
        finally:
            game.generator_optimizer, game.discriminator_optimizer = optimizers
        return -np.concatenate([optimizer.gradients for optimizer in optimizers])

    def jacobian(self, at=None):
        """∂velocity/∂position at a position, by default the present one; exact to rounding.

        By the complex step: velocity(p + i h e_j) has column j in its imaginary part. Its
        eigenvalues decide what happens near an equilibrium: with all real parts negative small
        steps converge, with zero ones they circle.
        """
        at = self.position if at is None else np.asarray(at, "float64")
        twin, columns = self.in_complex(), []
        for index in range(len(at)):
            twin.position = at + 1j * COMPLEX_STEP * (np.arange(len(at)) == index)
            columns.append(twin.velocity().imag / COMPLEX_STEP)
        return np.stack(columns, axis=1)

    def in_complex(self):
        """The same game in complex128."""
        game = self.game
        return TinyGame(
            game.generator, game.discriminator, game.objective, game.penalties, self.real,
            self.noise, self.step_size, "complex128",
        )

    def move_discriminator(self):
        discriminator_step(self.game, self.real, self.noise)

    def move_generator(self):
        generator_step(self.game, self.noise, self.real)


def dirac(objective, penalties=(), *, theta=1.0, psi=-1.0, step_size=0.1):
    """The Dirac-GAN at (θ, ψ): data at 0, one fake at θ, D(x) = ψ x.

    A high score means "real" here. Mescheder et al. write the score of a fake with the other sign,
    so their start (1, 1) is (1, -1) in this game.
    """
    line = Dense(1, 1, bias=False, rng=np.random.default_rng(0)).astype("float64")
    line.weight.value[...] = psi
    point = np.zeros((1, 1))
    return TinyGame(Shift(theta), line, objective, penalties, point, point, step_size, "float64")


def gaussians(objective, penalties=(), *, theta=1.0, step_size=0.1, points=1000):
    """The game of N(0, 1) against N(θ, 1), with D(x) = w x + b at 0.

    Both are played by `points` quantiles, so that a mean is the expectation up to O(1 / points).
    """
    line = Dense(1, 1, rng=np.random.default_rng(0)).astype("float64")
    line.weight.value[...] = 0
    x, cloud = quantiles(points)[:, None], Shift(theta, scale=1.0)
    return TinyGame(cloud, line, objective, penalties, x, x, step_size, "float64")


def simultaneous(tiny, steps):
    """The path (steps + 1, parameters) where both players move from the same position."""
    path = [tiny.position]
    for _ in range(steps):
        tiny.position = path[-1] + tiny.step_size * tiny.velocity()
        path.append(tiny.position)
    return np.array(path)


def alternating(tiny, steps, first="discriminator"):
    """The path where the players move in turn; who moves second sees what the first one did."""
    moves = {"discriminator": tiny.move_discriminator, "generator": tiny.move_generator}
    if first not in moves:
        raise ValueError(f"first must be discriminator or generator, got {first!r}")
    path = [tiny.position]
    for _ in range(steps):
        for player in sorted(moves, key=lambda name: name != first):
            moves[player]()
        path.append(tiny.position)
    return np.array(path)


def velocities(tiny, theta, psi):
    """The vector field of a two-number game on a grid: an array (len(psi), len(theta), 2)."""
    before = tiny.position
    field = np.empty((len(psi), len(theta), 2))
    for row, column in np.ndindex(field.shape[:2]):
        tiny.position = np.array([theta[column], psi[row]])
        field[row, column] = tiny.velocity()
    tiny.position = before
    return field


def one_simultaneous_step(jacobian, step_size):
    """The matrix I + h J by which simultaneous descent moves near an equilibrium."""
    return np.eye(len(jacobian)) + step_size * jacobian


def one_alternating_step(jacobian, step_size, generator_parameters=1, first="discriminator"):
    """The matrix of moving in turn: the one player's step, then the other's with the news."""
    identity = np.eye(len(jacobian))
    of_generator = np.arange(len(jacobian)) < generator_parameters
    move_g = identity + step_size * np.where(of_generator[:, None], jacobian, 0)
    move_d = identity + step_size * np.where(of_generator[:, None], 0, jacobian)
    return move_g @ move_d if first == "discriminator" else move_d @ move_g


# What is known of two distributions, from their densities.


def normal_density(x, mean=0.0):
    """The density of N(mean, 1)."""
    return np.exp(-((x - mean) ** 2) / 2) / math.sqrt(2 * math.pi)


def optimal_discriminator(p, q):
    """D* = p / (p + q), from the densities of data and fakes (Goodfellow et al. 2014, prop. 1)."""
    return p / (p + q)


def optimal_logit(x, theta):
    """log p/q of N(0, 1) against N(θ, 1): θ²/2 - θ x, a line."""
    return theta**2 / 2 - theta * x


def jensen_shannon(p, q, dx):
    """JSD(p, q) in nats, of densities on a grid with spacing dx."""
    m = (p + q) / 2
    return (kullback_leibler(p, m, dx) + kullback_leibler(q, m, dx)) / 2


def kullback_leibler(p, q, dx):
    """KL(p ‖ q) = ∫ p log(p / q) in nats; where p is 0 there is nothing to add."""
    safe = np.where(p > 0, p, 1.0)
    return float((p * np.log(safe / np.where(p > 0, q, 1.0))).sum() * dx)


def optimal_value(p, q, dx):
    """V(D*, G) = ∫ p log D* + q log(1 - D*), which is 2 JSD(p, q) - log 4."""
    return kullback_leibler(p, p + q, dx) + kullback_leibler(q, p + q, dx)


def wasserstein_1(theta):
    """The earth mover's distance of N(0, 1) and N(θ, 1): every grain moves by θ."""
    return abs(theta)


def quantiles(count):
    """`count` points that stand for N(0, 1): the quantiles at (i + 1/2) / count."""
    normal = NormalDist()
    return np.array([normal.inv_cdf((index + 0.5) / count) for index in range(count)])
