"""The known facts of GAN theory, each as a test that plays it with the library's own parts.

Figures for the Dirac-GAN at a step size of 0.1 from (θ, ψ) = (1, -1), as simulated anew from the
equations of Mescheder, Geiger and Nowozin (2018); the plain recursion below is a second witness.
"""

import itertools
import math

import numpy as np
import pytest

from gan_scratch import theory
from gan_scratch.gradient_check import assert_gradients
from gan_scratch.layers import frozen
from gan_scratch.losses import (
    Hinge,
    LeastSquares,
    Minimax,
    NonSaturating,
    Relativistic,
    Wasserstein,
)
from gan_scratch.penalties import R1, R2, GradientPenalty
from gan_scratch.theory import alternating, dirac, simultaneous
from gan_scratch.training.rounds import play_round

ORIGIN = (0.0, 0.0)


def radius(path):
    return np.linalg.norm(path[-1])


def sigma(t):
    return 1 / (1 + math.exp(-t))


# (θ̇, ψ̇) by pen and paper, for a real score of 0 and a fake score of ψθ.
FIELDS = {
    "minimax": (Minimax, (), lambda a, b: (sigma(a * b) * b, -sigma(a * b) * a)),
    "non-saturating": (NonSaturating, (), lambda a, b: (sigma(-a * b) * b, -sigma(a * b) * a)),
    "relativistic": (Relativistic, (), lambda a, b: (sigma(-a * b) * b, -sigma(a * b) * a)),
    "least squares": (LeastSquares, (), lambda a, b: ((1 - a * b) * b, -a * b * a)),
    "Wasserstein": (Wasserstein, (), lambda a, b: (b, -a)),
    "hinge": (Hinge, (), lambda a, b: (b, -a if a * b > -1 else 0.0)),
    "minimax, R1": (
        Minimax, (R1(0.3),), lambda a, b: (sigma(a * b) * b, -sigma(a * b) * a - 0.3 * b)
    ),
    "relativistic, R1, R2": (
        Relativistic, (R1(0.15), R2(0.15)),
        lambda a, b: (sigma(-a * b) * b, -sigma(a * b) * a - 0.3 * b),
    ),
    "Wasserstein, penalty": (
        Wasserstein, (GradientPenalty(0.5),),
        lambda a, b: (b, -a - b + b / math.sqrt(b * b + 1e-12)),  # sign(b) but for the eps
    ),
}  # fmt: skip
MOVES = {
    "at once": simultaneous,
    "D first": lambda tiny, steps: alternating(tiny, steps, "discriminator"),
    "G first": lambda tiny, steps: alternating(tiny, steps, "generator"),
}
every_game = pytest.mark.parametrize("name", FIELDS)


def game_of(name, **start):
    objective, penalties, _ = FIELDS[name]
    return dirac(objective(), penalties, **start)


def plain_path(field, moves, steps, h=0.1):
    """The path from (1, -1), without the library."""
    a, b = 1.0, -1.0
    path = [(a, b)]
    for _ in range(steps):
        if moves == "at once":
            a, b = a + h * field(a, b)[0], b + h * field(a, b)[1]
        elif moves == "D first":
            b += h * field(a, b)[1]
            a += h * field(a, b)[0]
        else:
            a += h * field(a, b)[0]
            b += h * field(a, b)[1]
        path.append((a, b))
    return np.array(path)


# What both losses are where nobody can tell real from fake.


@pytest.mark.parametrize("objective, score, of_discriminator, of_generator", [
    (Minimax(), 0.0, 2 * math.log(2), -math.log(2)),
    (NonSaturating(), 0.0, 2 * math.log(2), math.log(2)),
    (LeastSquares(), 0.5, 0.25, 0.125),
    (Hinge(), 0.0, 2.0, 0.0),
    (Wasserstein(), 0.0, 0.0, 0.0),
    (Relativistic(), 0.0, math.log(2), math.log(2)),
])  # fmt: skip
def test_losses_at_the_equilibrium(objective, score, of_discriminator, of_generator):
    scores = np.full((4, 1), score)
    assert objective.discriminator(scores, scores)[0] == pytest.approx(of_discriminator, rel=1e-15)
    assert objective.generator(scores, scores)[0] == pytest.approx(of_generator, rel=1e-15)


def test_the_value_at_the_equilibrium_is_minus_log_4():
    scores = np.zeros((4, 1))
    assert Minimax().value(scores, scores) == pytest.approx(-1.386294, abs=5e-7)
    assert Minimax().discriminator(scores, scores)[0] == pytest.approx(1.386294, abs=5e-7)


# Two Gaussians.

X = np.linspace(-14, 16, 60_001)
DX = X[1] - X[0]


@pytest.mark.parametrize("theta", [0.0, 0.5, 1.0, 2.0, -3.0])
def test_the_best_value_is_two_jsd_minus_log_4(theta):
    p, q = theory.normal_density(X), theory.normal_density(X, theta)
    best = theory.optimal_discriminator(p, q)
    value = ((p * np.log(best) + q * np.log(q / (p + q))).sum()) * DX
    expected = 2 * theory.jensen_shannon(p, q, DX) - math.log(4)
    assert value == pytest.approx(expected, rel=1e-9)
    assert theory.optimal_value(p, q, DX) == pytest.approx(expected, rel=1e-9)
    if theta == 0:
        assert value == pytest.approx(-math.log(4), rel=1e-9)
    else:
        assert value > -math.log(4) + 1e-3


def test_distributions_that_share_nothing_are_log_2_apart():
    p, q = np.array([1.0, 1.0, 0.0, 0.0]), np.array([0.0, 0.0, 1.0, 1.0])
    assert theory.jensen_shannon(p, q, 0.5) == pytest.approx(math.log(2), rel=1e-15)
    assert theory.optimal_value(p, q, 0.5) == 0.0  # D is never wrong: 2 log 2 - log 4


@pytest.mark.parametrize("theta", [0.5, 1.0, -2.0])
def test_the_librarys_value_of_the_best_logit_is_the_best_value(theta):
    x = theory.quantiles(4000)[:, None]
    value = Minimax().value(
        theory.optimal_logit(x, theta), theory.optimal_logit(x + theta, theta)
    )
    p, q = theory.normal_density(X), theory.normal_density(X, theta)
    expected = 2 * theory.jensen_shannon(p, q, DX) - math.log(4)
    assert value == pytest.approx(expected, abs=1e-4)


def test_the_quantiles_cut_the_normal_distribution_into_equal_parts():
    x = theory.quantiles(40)
    below = [(1 + math.erf(t / math.sqrt(2))) / 2 for t in x]
    np.testing.assert_allclose(below, (np.arange(40) + 0.5) / 40, rtol=1e-12)


@pytest.mark.parametrize("theta", [0.5, 1.0, -2.0])
def test_the_best_logit_is_a_line(theta):
    x = np.linspace(-3, 3, 7)
    best = theory.optimal_discriminator(theory.normal_density(x), theory.normal_density(x, theta))
    np.testing.assert_allclose(np.log(best / (1 - best)), theory.optimal_logit(x, theta), rtol=1e-9)


@pytest.mark.parametrize("theta", [0.5, 1.0, 2.0])
def test_the_librarys_discriminator_learns_the_best_logit(theta):
    """As far as 1,000 quantiles stand for the whole: their means are good to three digits."""
    tiny = theory.gaussians(Minimax(), theta=theta, step_size=1.0)
    np.testing.assert_array_equal(tiny.position, [theta, 0, 0])
    for _ in range(3000):
        tiny.move_discriminator()
    assert np.abs(tiny.velocity()[1:]).max() < 1e-12  # D has arrived
    _, weight, bias = tiny.position
    assert weight == pytest.approx(-theta, rel=1e-3)
    assert bias == pytest.approx(theta**2 / 2, rel=1e-3)
    # and its loss is minus the best value
    score = weight * tiny.real + bias, weight * (tiny.real + theta) + bias
    p, q = theory.normal_density(X), theory.normal_density(X, theta)
    assert Minimax().value(*score) == pytest.approx(theory.optimal_value(p, q, DX), abs=1e-3)


def test_the_gaussian_game_at_its_equilibrium():
    """x has mean 0 and variance s²: θ̇ = w / 2, ẇ = -θ / 2 - s² w / 2, ḃ = -b / 2 to first order.

    Here the slope of σ is a brake that the Dirac-GAN lacks: the real parts are negative.
    """
    tiny = theory.gaussians(Minimax(), theta=0.0)
    variance = (tiny.real**2).mean()
    assert variance == pytest.approx(1, abs=2e-3)
    expected = np.array([[0, 0.5, 0], [-0.5, -variance / 2, 0], [0, 0, -0.5]])
    jacobian = tiny.jacobian()
    np.testing.assert_allclose(jacobian, expected, atol=1e-14)
    assert (np.linalg.eigvals(jacobian).real < -0.2).all()


@pytest.mark.parametrize("first", ["discriminator", "generator"])
def test_a_step_of_the_gaussian_game_is_its_matrix(first):
    """With D's two parameters, of which both must move in D's turn."""
    tiny = theory.gaussians(NonSaturating(), theta=1e-6, points=50)
    tiny.position = np.array([1e-6, 2e-6, -3e-6])
    start = tiny.position
    matrix = theory.one_alternating_step(tiny.jacobian(np.zeros(3)), 0.1, 1, first)
    np.testing.assert_allclose(alternating(tiny, 1, first)[1], matrix @ start, rtol=1e-5)


@pytest.mark.parametrize("swap", [False, True])
def test_the_matrix_of_a_turn_knows_whose_parameters_are_whose(swap):
    jacobian = np.arange(16.0).reshape(4, 4)
    first, count = ("generator", 3) if swap else ("discriminator", 3)
    p, h = np.array([1.0, -2.0, 3.0, 0.5]), 0.1
    matrix = theory.one_alternating_step(jacobian, h, count, first)
    expected = p.copy()
    for player in ((slice(0, 3), slice(3, 4)) if swap else (slice(3, 4), slice(0, 3))):
        expected[player] += h * (jacobian @ expected)[player]
    np.testing.assert_allclose(matrix @ p, expected, rtol=1e-13)


@pytest.mark.parametrize("theta", [0.0, 0.7, -2.0])
def test_the_earth_movers_distance_of_two_gaussians(theta):
    """In one dimension it is the mean distance of sorted samples, here quantiles."""
    scipy_stats = pytest.importorskip("scipy.stats")
    x = theory.quantiles(500)
    assert theory.wasserstein_1(theta) == pytest.approx(
        scipy_stats.wasserstein_distance(x, x + theta), abs=1e-12
    )


# The generator of both games.


@pytest.mark.parametrize("scale", [0.0, 1.0, -2.5])
def test_shift_has_the_right_gradients(scale):
    x = np.random.default_rng(0).standard_normal((5, 1))
    shift = theory.Shift(0.7, scale)
    np.testing.assert_allclose(shift(x), scale * x + 0.7, rtol=1e-15)
    assert_gradients(shift, x)


def test_a_frozen_shift_gets_no_gradient():
    shift, x = theory.Shift(0.7, 2.0), np.ones((3, 1))
    with frozen(shift):
        dx = shift.backward(np.ones((3, 1)), shift.forward(x)[1])
    assert (dx == 2).all() and not shift.theta.gradient.any()


# The Dirac-GAN: its field and eigenvalues.


@every_game
@pytest.mark.parametrize("at", [(0.6, 0.8), (1.0, -1.5), (-2.0, 0.3), (-0.4, -0.7)])
def test_the_field_is_the_one_by_pen_and_paper(name, at):
    tiny = game_of(name, theta=at[0], psi=at[1])
    np.testing.assert_allclose(tiny.velocity(), FIELDS[name][2](*at), rtol=1e-11, atol=1e-14)
    np.testing.assert_array_equal(tiny.position, at)  # nobody has moved


def test_a_penalty_that_comes_seldom_counts_as_its_mean_over_steps():
    each, fifth = (dirac(Minimax(), [R1(0.3, every=every)], psi=0.8) for every in (1, 5))
    np.testing.assert_array_equal(fifth.velocity(), each.velocity())
    np.testing.assert_array_equal(fifth.jacobian(), each.jacobian())
    assert fifth.game.penalties[0].every == 5


def test_a_penalty_of_ones_own_needs_no_more_than_its_gradients():
    class Decay:
        def add_gradients(self, critic, real, fake, rng):
            critic.weight.gradient += 0.5 * critic.weight.value
            return 0.25 * float((critic.weight.value**2).sum())

    plain, decaying = (dirac(Minimax(), penalties, psi=0.8) for penalties in ((), (Decay(),)))
    np.testing.assert_allclose(decaying.velocity() - plain.velocity(), [0, -0.4], atol=1e-15)


@pytest.mark.parametrize("objective", [Minimax, NonSaturating, Relativistic])
def test_without_a_penalty_the_eigenvalues_are_half_i(objective):
    eigenvalues = np.linalg.eigvals(dirac(objective()).jacobian(ORIGIN))
    np.testing.assert_allclose(sorted(eigenvalues, key=np.imag), [-0.5j, 0.5j], atol=1e-15)


@pytest.mark.parametrize("gamma", [0.1, 0.3, 0.99, 1.01, 2.0])
def test_the_eigenvalues_under_r1(gamma):
    eigenvalues = np.linalg.eigvals(dirac(Minimax(), [R1(gamma)]).jacobian(ORIGIN))
    root = np.emath.sqrt(gamma**2 / 4 - 1 / 4)
    expected = np.array([-gamma / 2 - root, -gamma / 2 + root])
    np.testing.assert_allclose(np.sort_complex(eigenvalues), np.sort_complex(expected), rtol=1e-12)
    assert np.isreal(eigenvalues).all() == (gamma > 1)  # γ = 1 is critical: no more turning


def test_at_the_critical_gamma_the_eigenvalues_meet():
    jacobian = dirac(Minimax(), [R1(1.0)]).jacobian(ORIGIN)
    assert np.trace(jacobian) == pytest.approx(-1, rel=1e-14)
    assert np.trace(jacobian) ** 2 == pytest.approx(4 * np.linalg.det(jacobian), rel=1e-14)


@every_game
def test_the_jacobian_is_the_derivative_of_the_field(name):
    h, at = 1e-6, np.array([0.6, 0.8])
    tiny = game_of(name, theta=at[0], psi=at[1])
    np.testing.assert_array_equal(tiny.jacobian(), tiny.jacobian(at))
    columns = []
    for shift in np.eye(2) * h:
        ends = []
        for sign in (1, -1):
            tiny.position = at + sign * shift
            ends.append(tiny.velocity())
        columns.append((ends[0] - ends[1]) / (2 * h))
    np.testing.assert_allclose(tiny.jacobian(at), np.transpose(columns), rtol=1e-7, atol=1e-9)


def test_simultaneous_steps_grow_and_alternating_ones_keep_the_radius():
    jacobian = dirac(Minimax()).jacobian(ORIGIN)
    growth = np.abs(np.linalg.eigvals(theory.one_simultaneous_step(jacobian, 0.1)))
    np.testing.assert_allclose(growth, math.sqrt(1 + 0.1**2 / 4), rtol=1e-12)
    assert growth[0] == pytest.approx(1.00125, abs=5e-6)
    for first in ("discriminator", "generator"):
        matrix = theory.one_alternating_step(jacobian, 0.1, first=first)
        np.testing.assert_allclose(np.abs(np.linalg.eigvals(matrix)), 1, rtol=1e-12)


@pytest.mark.parametrize("moves", MOVES)
def test_the_matrices_of_a_step_are_what_the_steps_do(moves):
    tiny = dirac(NonSaturating(), [R1(0.3)], theta=1e-6, psi=2e-6)
    jacobian, start = tiny.jacobian(ORIGIN), tiny.position
    matrix = {
        "at once": theory.one_simultaneous_step(jacobian, 0.1),
        "D first": theory.one_alternating_step(jacobian, 0.1),
        "G first": theory.one_alternating_step(jacobian, 0.1, first="generator"),
    }[moves]
    np.testing.assert_allclose(MOVES[moves](tiny, 1)[1], matrix @ start, rtol=1e-5)


# The Dirac-GAN: paths.


@every_game
@pytest.mark.parametrize("moves", MOVES)
def test_the_steps_are_those_of_the_plain_recursion(name, moves):
    path = MOVES[moves](game_of(name), 50)
    assert path.shape == (51, 2)
    expected = plain_path(FIELDS[name][2], moves, 50)
    np.testing.assert_allclose(path, expected, rtol=1e-9, atol=1e-12)


def test_moving_in_turn_with_d_first_is_the_training_loop():
    tiny, trained = dirac(NonSaturating(), [R1(0.1)]), dirac(NonSaturating(), [R1(0.1)])
    trained.game.latent = (1,)  # the loop draws noise, whatever it is: the fake is a point
    for position in alternating(tiny, 20)[1:]:
        play_round(trained.game, itertools.repeat(trained.real), 1, 1)
        np.testing.assert_array_equal(trained.position, position)


def radii(name, steps):
    return [radius(move(game_of(name), steps)) for move in MOVES.values()]


def test_the_plain_game_spirals_out_or_circles():
    at_once, d_first, g_first = radii("minimax", 500)
    assert at_once == pytest.approx(2.254, abs=5e-4)
    assert d_first == pytest.approx(1.4143, abs=5e-5)
    assert g_first == pytest.approx(1.4154, abs=5e-5)


@pytest.mark.thorough
def test_wgan_without_a_bound_diverges_or_circles():
    at_once, d_first, g_first = radii("Wasserstein", 5000)
    assert at_once == pytest.approx(9.0e10, rel=5e-3)
    assert at_once == pytest.approx(math.sqrt(2) * 1.01**2500, rel=1e-9)  # |λ|² = 1 + h²
    assert d_first == pytest.approx(1.444, abs=5e-4)
    assert g_first == pytest.approx(1.386, abs=5e-4)


@pytest.mark.thorough
def test_wgan_gp_never_converges():
    """With a penalty of (|ψ| - 1)² / 2."""
    for move, expected in zip(MOVES.values(), (1.510, 1.358, 1.412), strict=True):
        path = move(game_of("Wasserstein, penalty"), 5000)
        assert radius(path) == pytest.approx(expected, abs=5e-4)
        assert np.linalg.norm(path[-1000:], axis=1).min() > 0.5


@pytest.mark.parametrize("moves", MOVES)
def test_hinge_does_not_converge(moves):
    late = MOVES[moves](game_of("hinge"), 5000)[-1000:]
    assert np.linalg.norm(late, axis=1).min() > 1.2


@pytest.mark.thorough
@pytest.mark.parametrize("name", ["non-saturating", "relativistic"])
def test_non_saturating_and_relativistic_decay_slowly(name):
    ends = simultaneous(game_of(name), 5000)
    assert radius(ends) == pytest.approx(0.445, abs=5e-4)
    assert np.ptp(np.linalg.norm(ends[-1000:], axis=1)) < 0.01  # a cycle: it stays there
    _, d_first, g_first = radii(name, 5000)
    assert d_first == pytest.approx(0.127, abs=5e-4)
    assert g_first == pytest.approx(0.125, abs=5e-4)


@pytest.mark.parametrize("gamma, at_once, d_first, g_first", [
    (0.3, 9.2e-4, 5.0e-4, 4.8e-4),
    (1.0, 2.3e-10, 4.1e-9, 3.8e-9),
])  # fmt: skip
def test_r1_makes_the_game_converge(gamma, at_once, d_first, g_first):
    for move, expected in zip(MOVES.values(), (at_once, d_first, g_first), strict=True):
        end = radius(move(dirac(Minimax(), [R1(gamma)]), 500))
        assert float(f"{end:.1e}") == expected  # both digits


def test_relativistic_with_r1_and_r2_converges():
    """Either penalty is γ/2 ψ² here, so 0.15 and 0.15 are R1 of 0.3; 0.3 and 0.3 are R1 of 0.6."""
    end = radius(simultaneous(game_of("relativistic, R1, R2"), 500))
    assert end == pytest.approx(8.64e-4, abs=5e-7)
    alone = radius(simultaneous(dirac(NonSaturating(), [R1(0.3)]), 500))
    assert end == pytest.approx(alone, rel=1e-9)
    twice = radius(simultaneous(dirac(Relativistic(), [R1(0.3), R2(0.3)]), 500))
    assert twice == pytest.approx(2.47e-7, rel=5e-3)


def test_the_field_on_a_grid_and_the_position_that_stays():
    tiny = dirac(Minimax())
    field = theory.velocities(tiny, theta=[-1.0, 0.0, 2.0], psi=[0.0, 1.0])
    assert field.shape == (2, 3, 2)
    np.testing.assert_allclose(field[1, 2], [sigma(2) * 1, -sigma(2) * 2], rtol=1e-14)
    np.testing.assert_array_equal(tiny.position, [1.0, -1.0])


def test_an_unknown_player_is_refused_in_a_sentence():
    with pytest.raises(ValueError, match="first must be discriminator or generator, got 'G'"):
        alternating(dirac(Minimax()), 1, first="G")
