"""The known facts of GAN theory, each as a test that plays it with the library's own parts.

Figures for the Dirac-GAN at a step size of 0.1 from (θ, ψ) = (1, -1), as simulated anew from the
equations of Mescheder, Geiger and Nowozin (2018); the plain recursions below are a second witness.
"""

import math

import numpy as np
import pytest

from gan_scratch import theory
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

ORIGIN = (0.0, 0.0)


def radius(path):
    return np.linalg.norm(path[-1])


def sigma(t):
    return 1 / (1 + math.exp(-t))


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
    assert (value > -math.log(4)) == (theta != 0) or value == pytest.approx(-math.log(4))


@pytest.mark.parametrize("theta", [0.5, 1.0, -2.0])
def test_the_best_logit_is_a_line(theta):
    x = np.linspace(-3, 3, 7)
    best = theory.optimal_discriminator(theory.normal_density(x), theory.normal_density(x, theta))
    np.testing.assert_allclose(np.log(best / (1 - best)), theory.optimal_logit(x, theta), rtol=1e-9)


@pytest.mark.parametrize("theta", [0.5, 1.0, 2.0])
def test_the_librarys_discriminator_learns_the_best_logit(theta):
    tiny = theory.gaussians(Minimax(), theta=theta, step_size=1.0, points=4000)
    for _ in range(3000):
        tiny.move_discriminator()
    _, weight, bias = tiny.position
    assert weight == pytest.approx(-theta, rel=2e-2)
    assert bias == pytest.approx(theta**2 / 2, rel=2e-2)
    # and its loss is minus the best value
    score = weight * tiny.real + bias, weight * (tiny.real + theta) + bias
    p, q = theory.normal_density(X), theory.normal_density(X, theta)
    assert Minimax().value(*score) == pytest.approx(theory.optimal_value(p, q, DX), rel=2e-3)


@pytest.mark.parametrize("theta", [0.0, 0.7, -2.0])
def test_the_earth_movers_distance_of_two_gaussians(theta):
    """In one dimension it is the mean distance of sorted samples, here quantiles."""
    scipy_stats = pytest.importorskip("scipy.stats")
    x = theory.quantiles(500)
    assert theory.wasserstein_1(theta) == pytest.approx(
        scipy_stats.wasserstein_distance(x, x + theta), abs=1e-12
    )


# The Dirac-GAN: eigenvalues.


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


def test_the_jacobian_is_the_derivative_of_the_field():
    tiny, h = dirac(NonSaturating(), [R1(0.4), GradientPenalty(0.3)]), 1e-6
    at = np.array([0.6, 0.8])
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


@pytest.mark.parametrize("first", ["discriminator", "generator"])
def test_the_matrices_of_a_step_are_what_the_steps_do(first):
    tiny = dirac(NonSaturating(), [R1(0.3)], theta=1e-6, psi=2e-6)
    jacobian, start = tiny.jacobian(ORIGIN), tiny.position
    moved = alternating(tiny, 1, first)[1]
    matrix = theory.one_alternating_step(jacobian, 0.1, first=first)
    np.testing.assert_allclose(moved, matrix @ start, rtol=1e-5)


# The Dirac-GAN: paths.


def test_the_steps_are_those_of_the_plain_recursion():
    """Minimax: ψ̇ = -σ(ψθ) θ, θ̇ = σ(ψθ) ψ."""
    theta, psi, h = 1.0, -1.0, 0.1
    path = simultaneous(dirac(Minimax()), 50)
    turns = alternating(dirac(Minimax()), 50)
    a, b = theta, psi
    for step in range(50):
        share = sigma(psi * theta)
        theta, psi = theta + h * share * psi, psi - h * share * theta
        np.testing.assert_allclose(path[step + 1], (theta, psi), rtol=1e-12)
        b -= h * sigma(b * a) * a
        a += h * sigma(b * a) * b
        np.testing.assert_allclose(turns[step + 1], (a, b), rtol=1e-12)


def test_the_plain_game_spirals_out_or_circles():
    assert radius(simultaneous(dirac(Minimax()), 500)) == pytest.approx(2.25, abs=5e-3)
    assert radius(alternating(dirac(Minimax()), 500)) == pytest.approx(1.415, abs=1e-3)
    assert radius(alternating(dirac(Minimax()), 500, "generator")) == pytest.approx(1.415, abs=1e-3)


def test_wgan_without_a_bound_diverges_or_circles():
    assert radius(simultaneous(dirac(Wasserstein()), 5000)) == pytest.approx(9e10, rel=0.01)
    by_order = [
        radius(alternating(dirac(Wasserstein()), 5000, first))
        for first in ("discriminator", "generator")
    ]
    assert sorted(by_order) == pytest.approx([1.39, 1.44], abs=5e-3)


def test_wgan_gp_never_converges():
    """With a penalty of (|ψ| - 1)² / 2; in turn, the radius depends on who moves first."""
    def game():
        return dirac(Wasserstein(), [GradientPenalty(0.5)])

    for path, expected in (
        (simultaneous(game(), 5000), 1.51),
        (alternating(game(), 5000, "generator"), 1.41),
        (alternating(game(), 5000, "discriminator"), 1.358),
    ):
        assert radius(path) == pytest.approx(expected, abs=5e-3)
        assert np.linalg.norm(path[-1000:], axis=1).min() > 0.5


def test_hinge_does_not_converge():
    for move in (simultaneous, alternating):
        assert np.linalg.norm(move(dirac(Hinge()), 5000)[-1000:], axis=1).min() > 1.2


@pytest.mark.parametrize("objective", [NonSaturating, Relativistic])
def test_non_saturating_and_relativistic_decay_slowly(objective):
    ends = simultaneous(dirac(objective()), 5000)
    assert radius(ends) == pytest.approx(0.445, abs=1e-3)
    assert np.ptp(np.linalg.norm(ends[-1000:], axis=1)) < 0.01  # a cycle: it stays there
    assert radius(alternating(dirac(objective()), 5000)) == pytest.approx(0.125, rel=0.02)


@pytest.mark.parametrize("gamma, at_once, in_turn", [(0.3, 9.2e-4, 5.0e-4), (1, 2.3e-10, 4.1e-9)])
def test_r1_makes_the_game_converge(gamma, at_once, in_turn):
    assert radius(simultaneous(dirac(Minimax(), [R1(gamma)]), 500)) == pytest.approx(
        at_once, rel=0.02
    )
    assert radius(alternating(dirac(Minimax(), [R1(gamma)]), 500)) == pytest.approx(
        in_turn, rel=0.02
    )


def test_relativistic_with_r1_and_r2_converges():
    """Both penalties are γ/2 ψ², so γ = 0.15 each is R1 of 0.3: about 1e-3 after 500 steps."""
    end = radius(simultaneous(dirac(Relativistic(), [R1(0.15), R2(0.15)]), 500))
    assert 5e-4 < end < 1.5e-3
    alone = radius(simultaneous(dirac(NonSaturating(), [R1(0.3)]), 500))
    assert end == pytest.approx(alone, rel=1e-9)


def test_the_field_on_a_grid_and_the_position_that_stays():
    tiny = dirac(Minimax())
    field = theory.velocities(tiny, theta=[-1.0, 0.0, 2.0], psi=[0.0, 1.0])
    assert field.shape == (2, 3, 2)
    np.testing.assert_allclose(field[1, 2], [sigma(2) * 1, -sigma(2) * 2], rtol=1e-14)
    np.testing.assert_array_equal(tiny.position, [1.0, -1.0])


def test_an_unknown_player_is_refused_in_a_sentence():
    with pytest.raises(ValueError, match="first must be discriminator or generator, got 'G'"):
        alternating(dirac(Minimax()), 1, first="G")
