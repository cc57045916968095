"""The duality gap, against games whose best responses are known in closed form."""

import copy
import math

import numpy as np
import pytest

from gan_scratch import datasets
from gan_scratch.datasets import Dataset
from gan_scratch.game import Game
from gan_scratch.layers import Dense, Dropout, LeakyReLU, Sequential
from gan_scratch.losses import Minimax, NonSaturating, Objective, Relativistic, Wasserstein
from gan_scratch.metrics.duality import duality_gap
from gan_scratch.optimizers import SGD, Adam, Average
from gan_scratch.penalties import R1
from gan_scratch.recipes import find
from gan_scratch.theory import Shift

RATE = 0.1


def points_at(x, count=8):
    return Dataset("a point", samples=np.full((count, 1), x))


def tiny(objective, theta, psi, scale=0.0, **settings):
    """G(z) = θ + scale · z against D(x) = ψ x, both moved by gradient descent."""
    line = Dense(1, 1, bias=False, rng=np.random.default_rng(0)).astype("float64")
    line.weight.value[...] = psi
    point = Shift(theta, scale)
    optimizers = (SGD(player.parameters(), RATE) for player in (point, line))
    rng = np.random.default_rng(1)
    return Game(point, line, objective, *optimizers, rng=rng, latent=1, **settings)


def rng():
    return np.random.default_rng(2)


def column(rows, name):
    return [row[name] for row in rows]


@pytest.mark.parametrize("at", [(1, -1), (0.5, 2), (0, 0)], ids=["start", "far", "equilibrium"])
def test_the_dirac_game_with_a_linear_value(at):
    """V = -ψ θ: after n steps ψ' = ψ - n h θ and θ' = θ + n h ψ, so the gap is n h (θ² + ψ²)."""
    theta, psi = at
    rows = duality_gap(tiny(Wasserstein(), theta, psi), points_at(0.0), rng(), lengths=(7, 1, 30))
    assert column(rows, "steps") == [0, 1, 7, 30]
    for row in rows:
        moved = row["steps"] * RATE
        assert row["gap"] == pytest.approx(moved * (theta**2 + psi**2), abs=1e-12)
        assert row["discriminator"] == pytest.approx(-psi * theta + moved * theta**2, abs=1e-12)
        assert row["generator"] == pytest.approx(-psi * theta - moved * psi**2, abs=1e-12)


def test_the_dirac_game_of_2014():
    """D's best response tells the point from the fake: V -> log D(0) = -log 2. G's flees."""
    theta, psi = 1.0, -1.0
    rows = duality_gap(
        tiny(Minimax(), theta, psi), points_at(0.0), rng(), lengths=(100, 1000),
        learning_rate=100,
    )
    start = -math.log(2) - math.log1p(math.exp(psi * theta))
    assert column(rows, "discriminator") == pytest.approx([start, *[-math.log(2)] * 2], abs=1e-4)
    assert start == rows[0]["generator"] > rows[1]["generator"] > rows[2]["generator"]
    still = duality_gap(tiny(Minimax(), 0.0, 0.0), points_at(0.0), rng())
    assert column(still, "gap") == [0, 0, 0, 0]
    assert column(still, "generator") == pytest.approx([-math.log(4)] * 4)


class LinearQuadratic(Objective):
    """V(θ, ψ) = θ ψ + a θ²/2 - b ψ²/2, on the scores r = ψ of the point 1 and f = ψ θ of a fake."""

    a, b, needs_real = 0.8, 1.6, True

    def discriminator(self, r, f):
        value = f + self.a / 2 * (f / r) ** 2 - self.b / 2 * r**2
        d_real, d_fake = -self.a * f**2 / r**3 - self.b * r, 1 + self.a * f / r**2
        return -value.mean(), -d_real / len(r), -d_fake / len(f)

    def generator(self, f, r):
        loss, _, d_fake = self.discriminator(r, f)
        return -loss, -d_fake


@pytest.mark.parametrize("at", [(1, 0.5), (0.3, 2)], ids=["one", "two"])
def test_a_linear_quadratic_game(at):
    """ψ' = θ/b and θ' = -ψ/a, so the gap is (a + 1/b) θ²/2 + (b + 1/a) ψ²/2."""
    (theta, psi), a, b = at, LinearQuadratic.a, LinearQuadratic.b
    game = tiny(LinearQuadratic(), theta, psi)
    rows = duality_gap(game, points_at(1.0), rng(), lengths=(1, 20, 300))
    exact = (a + 1 / b) * theta**2 / 2 + (b + 1 / a) * psi**2 / 2
    assert rows[-1]["gap"] == pytest.approx(exact, rel=1e-9)
    assert rows[-1]["discriminator"] == pytest.approx((a + 1 / b) * theta**2 / 2, rel=1e-9)
    assert 0 == rows[0]["gap"] < rows[1]["gap"] < rows[2]["gap"] < exact + 1e-12


def gaussians(theta, **settings):
    """N(θ, 1) against data from N(0, 1), with a D that says 1/2 to everything."""
    data = Dataset("normal", samples=np.random.default_rng(3).standard_normal((4000, 1)))
    return tiny(NonSaturating(), theta, 0.0, scale=1.0, **settings), data


def test_a_game_at_its_equilibrium_has_no_gap_within_its_error():
    at, off = (duality_gap(*gaussians(theta), rng(), batch_size=200) for theta in (0.0, 0.5))
    assert 0 <= at[-1]["gap"] < 2 / 2000  # two parameters of log-likelihood, 2,000 points to judge
    assert off[-1]["gap"] > 0.05 and sorted(column(off, "gap")) == column(off, "gap")


def test_what_a_response_learns_on_one_half_is_judged_on_the_other():
    """The halves lie on two sides of the fakes, so what D learns on one is wrong on the other."""
    x = np.ones((8, 1))
    x[rng().permutation(8)[4:]] = -1  # the half that trains
    game = tiny(NonSaturating(), 0.0, 0.0)
    apart = duality_gap(game, Dataset("two", samples=x), rng(), lengths=(50,))
    alike = duality_gap(game, points_at(1.0), rng(), lengths=(50,))
    assert column(apart, "gap") == [0, 0] and alike[1]["gap"] > 0.4


def full_game(latent=3):
    """With everything that a step may change: moments, an average, dropout, a lazy penalty."""
    generator = Sequential(Dense(latent, 8, rng=rng()), LeakyReLU(), Dense(8, 2, rng=rng()))
    critic = Sequential(Dense(2, 8, rng=rng()), Dropout(0.2, rng=rng()), Dense(8, 1, rng=rng()))
    return Game(
        generator, critic, Relativistic(), Adam(generator.parameters(), 0.01),
        Adam(critic.parameters(), 0.01), [R1(0.1, every=2)], rng=rng(), latent=latent,
        average=Average(generator),
    )


def flat(state):
    if isinstance(state, dict):
        return {name: flat(value) for name, value in state.items()}
    return state.tobytes() if isinstance(state, np.ndarray) else repr(state)


def test_the_game_does_not_change_and_the_same_seed_finds_the_same_gap():
    game, held_out = full_game(), datasets.load("ring", count=100, rng=rng())
    before, gradients = flat(game.state()), game.generator_optimizer.gradients.copy()
    first, again = (duality_gap(game, held_out, rng(), lengths=(5, 10)) for _ in range(2))
    assert first == again and first[-1]["gap"] > 0
    assert flat(game.state()) == before
    np.testing.assert_array_equal(game.generator_optimizer.gradients, gradients)
    assert duality_gap(game, held_out, np.random.default_rng(5), lengths=(5, 10)) != first


def test_the_averaged_generator_is_judged_and_the_learning_rate_is_the_first_one():
    game, held_out = gaussians(0.5)
    game = copy.copy(game)
    game.average = Average(game.generator)
    game.average.model.theta.value[...] = 0
    for optimizer in game.optimizers():
        optimizer.learning_rate = 0  # as a schedule leaves it at the end
    assert duality_gap(game, held_out, rng(), batch_size=200)[-1]["gap"] < 1e-3
    game.average = None
    assert duality_gap(game, held_out, rng(), batch_size=200)[-1]["gap"] > 0.05


@pytest.mark.parametrize("objective", [NonSaturating, Wasserstein])
def test_a_penalty_stays_only_where_the_value_has_no_upper_end_without_it(objective):
    """So strong a penalty on D's slope lets it gain next to nothing."""
    free, held = (
        duality_gap(
            tiny(objective(), 1.0, 0.0, penalties=penalties), points_at(0.0), rng(), lengths=(50,),
            learning_rate=1e-3,
        )[-1]["discriminator"] for penalties in ([], [R1(900.0)])
    )
    assert held == free if objective is NonSaturating else held < 0.1 * free


def test_what_is_frozen_stays():
    game, held_out = gaussians(0.5)
    game.discriminator.freeze()
    rows = duality_gap(game, held_out, rng(), lengths=(20,))
    assert rows[1]["discriminator"] == rows[0]["discriminator"]


def test_a_game_with_classes():
    recipe = find("conditional-digits").but(players={"width": 2})
    held_out = datasets.load("digits", "held-out", value_range=(0, 1))
    game = recipe.game(held_out.sample_shape, 10, seed=0)
    rows = duality_gap(game, held_out, rng(), lengths=(3,), batch_size=20)
    assert rows[1]["gap"] > 0


def test_bad_input_is_one_sentence():
    game, held_out = gaussians(0.5)
    with pytest.raises(ValueError, match="at least two held-out samples, got 1"):
        duality_gap(game, points_at(0.0, count=1), rng())
    with pytest.raises(ValueError, match="a length must be a positive whole number, got 0"):
        duality_gap(game, held_out, rng(), lengths=(0,))
    game.generator.theta.value[...] = np.nan
    with pytest.raises(ValueError, match="value of this game is nan"):
        duality_gap(game, held_out, rng())
