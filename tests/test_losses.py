"""The losses at the scores where the answer is known in closed form, and what they refuse."""

import math
from decimal import Decimal, localcontext
from statistics import NormalDist

import numpy as np
import pytest

from gan_scratch.gradient_check.catalogue import check_objective, objective_classes
from gan_scratch.layers.activations import sigmoid, softplus
from gan_scratch.losses import Minimax, NonSaturating

LOG_2 = math.log(2)
OBJECTIVES = [Minimax, NonSaturating]


@pytest.fixture(params=OBJECTIVES)
def objective(request):
    return request.param()


def column(*scores, dtype="float64"):
    return np.array(scores, dtype).reshape(-1, 1)


# At the equilibrium


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_at_score_zero_the_losses_are_logarithms_of_two(dtype):
    zero = np.zeros((4, 1), dtype)
    rounding = 2 * float(np.finfo(dtype).eps)
    for objective in (Minimax(), NonSaturating()):
        loss, d_real, d_fake = objective.discriminator(zero, zero)
        assert float(loss) == pytest.approx(math.log(4), rel=rounding)
        assert float(objective.value(zero, zero)) == pytest.approx(-math.log(4), rel=rounding)
        np.testing.assert_array_equal(d_real, np.full((4, 1), -0.5 / 4))
        np.testing.assert_array_equal(d_fake, np.full((4, 1), 0.5 / 4))
        np.testing.assert_array_equal(objective.probability(zero), np.full((4, 1), 0.5))
    assert float(Minimax().generator(zero)[0]) == pytest.approx(-LOG_2, rel=rounding)
    assert float(NonSaturating().generator(zero)[0]) == pytest.approx(LOG_2, rel=rounding)


@pytest.mark.parametrize("theta", [0.0, 0.5, 1.5, -3.0])
def test_the_best_discriminator_of_two_normals_has_the_value_of_their_divergence(objective, theta):
    """V(D*, G) = -log 4 + 2 JSD for N(0, 1) against N(θ, 1), where logit D*(x) = θ²/2 - θ x."""
    x = np.linspace(-12, 12, 4801) + theta / 2
    p, q = (np.exp(-((x - mean) ** 2) / 2) / math.sqrt(2 * math.pi) for mean in (0, theta))
    m = (p + q) / 2
    divergence = ((p * np.log(p / m) + q * np.log(q / m)) / 2).sum() * (x[1] - x[0])

    # Equal shares of the probability: the mean over them is the expectation.
    count = 20_000
    normal = NormalDist()
    shares = np.array([normal.inv_cdf((i + 0.5) / count) for i in range(count)])

    def best_score(x):
        return column(*(theta**2 / 2 - theta * x))

    value = objective.value(best_score(shares), best_score(shares + theta))
    assert float(value) == pytest.approx(-math.log(4) + 2 * divergence, abs=3e-5)
    # Any other discriminator is worth less.
    for wrong in (0.9, 1.1):
        other = objective.value(wrong * best_score(shares), wrong * best_score(shares + theta))
        assert other < value or theta == 0


def test_at_the_best_discriminator_the_two_halves_of_its_gradient_cancel(objective):
    """p(x) ∂loss/∂s_real + q(x) ∂loss/∂s_fake = 0 at every x, where s = log p(x) - log q(x)."""
    x = np.linspace(-6, 6, 101)
    p, q = np.exp(-(x**2) / 2), np.exp(-((x - 1.5) ** 2) / 2)
    score = column(*np.log(p / q))
    _, d_real, d_fake = objective.discriminator(score, score)
    assert (d_real < 0).all() and (d_fake > 0).all()
    np.testing.assert_allclose(-p[:, None] * d_real, q[:, None] * d_fake, rtol=1e-13)


# Loss and gradient


def test_losses_are_those_of_the_paper_in_probabilities(objective):
    rng = np.random.default_rng(0)
    real, fake = rng.standard_normal((5, 1)), rng.standard_normal((3, 1))
    d_x, d_g = 1 / (1 + np.exp(-real)), 1 / (1 + np.exp(-fake))
    value = np.log(d_x).mean() + np.log(1 - d_g).mean()
    assert float(objective.value(real, fake)) == pytest.approx(value, rel=1e-14)
    assert float(objective.discriminator(real, fake)[0]) == pytest.approx(-value, rel=1e-14)
    np.testing.assert_allclose(objective.probability(fake), d_g, rtol=1e-15)
    generator = {Minimax: np.log(1 - d_g).mean(), NonSaturating: -np.log(d_g).mean()}
    loss = objective.generator(fake)[0]
    assert float(loss) == pytest.approx(generator[type(objective)], rel=1e-14)


def test_gradients_agree_with_the_numeric_derivative_of_the_very_loss_returned(objective):
    rng = np.random.default_rng(1)
    real, fake = 3 * rng.standard_normal((6, 1)), 3 * rng.standard_normal((4, 1))
    report = check_objective(objective, real, fake)
    assert [row.quantity for row in report.rows] == ["D real", "D fake", "G fake"]
    assert report.passed and report.max_error < 1e-9, str(report)


def test_a_loss_is_a_mean_so_the_same_batch_twice_has_the_same_loss_and_half_the_gradient(
    objective,
):
    real, fake = column(0.3, -1.2, 2.0), column(-0.7, 0.1)
    once, twice = [
        (*objective.discriminator(real, fake), *objective.generator(fake))
        for real, fake in ((real, fake), (np.tile(real, (2, 1)), np.tile(fake, (2, 1))))
    ]
    for index in (0, 3):
        assert float(twice[index]) == pytest.approx(float(once[index]), rel=1e-15)
    for index in (1, 2, 4):
        np.testing.assert_allclose(2 * twice[index], np.tile(once[index], (2, 1)), rtol=1e-15)


def test_minimax_is_zero_sum_and_non_saturating_pulls_where_minimax_does_not():
    fake = column(-30.0)
    _, d_minimax = Minimax().generator(fake)
    _, d_non_saturating = NonSaturating().generator(fake)
    assert d_minimax[0, 0] == -Minimax().discriminator(fake, fake)[2][0, 0]
    assert abs(d_minimax[0, 0]) < 1e-12
    assert d_non_saturating[0, 0] == pytest.approx(-1, abs=1e-12)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_dtype_and_shape_stay_and_scores_are_not_written(objective, dtype):
    rng = np.random.default_rng(2)
    real = rng.standard_normal((5, 1)).astype(dtype)
    fake = rng.standard_normal((3, 1)).astype(dtype)
    kept = real.copy(), fake.copy()
    loss, d_real, d_fake = objective.discriminator(real, fake)
    g_loss, d_score = objective.generator(fake)
    for array, shape in ((loss, ()), (g_loss, ()), (d_real, (5, 1)), (d_fake, (3, 1)),
                         (d_score, (3, 1)), (objective.value(real, fake), ()),
                         (objective.probability(fake), (3, 1))):
        assert array.dtype == dtype and array.shape == shape
    np.testing.assert_array_equal(real, kept[0])
    np.testing.assert_array_equal(fake, kept[1])


def test_neither_generator_needs_real_scores(objective):
    assert objective.needs_real is False
    fake = column(0.5, -0.5)
    with_real = objective.generator(fake, column(1.0, 2.0))
    assert with_real[0] == objective.generator(fake)[0]


def test_every_objective_of_the_library_is_tested_here():
    assert set(objective_classes().values()) == set(OBJECTIVES)


# Far out, where exp would overflow


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_at_scores_of_ten_thousand_everything_is_exact(objective, dtype):
    far, near = column(1e4, 1e4, dtype=dtype), column(-1e4, -1e4, dtype=dtype)

    def discriminator(real, fake):
        loss, d_real, d_fake = objective.discriminator(real, fake)
        return float(loss), d_real.ravel().tolist(), d_fake.ravel().tolist()

    # D is right, wrong on both, wrong on one: softplus(±1e4) is 1e4 or 0, its slope 1 or 0.
    assert discriminator(far, near) == (0.0, [0.0, 0.0], [0.0, 0.0])
    assert discriminator(near, far) == (2e4, [-0.5, -0.5], [0.5, 0.5])
    assert discriminator(far, far) == (1e4, [0.0, 0.0], [0.5, 0.5])
    assert float(objective.value(near, far)) == -2e4
    assert objective.probability(column(1e4, -1e4, dtype=dtype)).ravel().tolist() == [1.0, 0.0]

    at_far, at_near = (
        (float(loss), d_score.ravel().tolist())
        for loss, d_score in (objective.generator(far), objective.generator(near))
    )
    if isinstance(objective, Minimax):
        assert at_far == (-1e4, [-0.5, -0.5])
        assert at_near == (0.0, [0.0, 0.0])
    else:
        assert at_far == (0.0, [0.0, 0.0])
        assert at_near == (1e4, [-0.5, -0.5])


def high_precision(x):
    """(σ(x), log(1 + eˣ)) to more digits than any float has."""
    with localcontext() as context:
        context.prec = 350  # 1 + e⁻⁷⁰⁰ needs 305 of them
        power = Decimal(x).exp()
        return power / (1 + power), (1 + power).ln()


@pytest.mark.parametrize("dtype, limit", [("float64", 700), ("float32", 80)])
def test_sigmoid_and_softplus_are_right_to_a_few_units_in_the_last_place(dtype, limit):
    x = np.concatenate([np.linspace(-limit, limit, 81), np.linspace(-5, 5, 41)]).astype(dtype)
    references = [high_precision(float(value)) for value in x]
    for function, which in ((sigmoid, 0), (softplus, 1)):
        y = function(x)
        assert y.dtype == dtype
        for value, reference in zip(y, references, strict=True):
            off = abs(Decimal(float(value)) - reference[which])
            assert off <= 4 * Decimal(float(np.spacing(value))), (function.__name__, value)


# What is refused


NOT_SCORES = [
    (np.zeros(3), ValueError, r"scores of shape \(N, 1\), got \(3,\)"),
    (np.zeros((3, 2)), ValueError, r"scores of shape \(N, 1\), got \(3, 2\)"),
    (np.zeros((3, 1, 1)), ValueError, r"scores of shape \(N, 1\), got \(3, 1, 1\)"),
    (np.array(0.5), ValueError, r"scores of shape \(N, 1\), got \(\)"),
    (np.zeros((0, 1)), ValueError, r"scores of shape \(N, 1\), got \(0, 1\)"),
    (np.zeros((3, 1), "int64"), TypeError, "scores of float32, float64, complex128, got int64"),
    (np.zeros((3, 1), "bool"), TypeError, "scores of float32, float64, complex128, got bool"),
    ([[0.0], [1.0]], TypeError, "expected an array of NumPy or CuPy, got list"),
    (0.5, TypeError, "expected an array of NumPy or CuPy, got float"),
]


@pytest.mark.parametrize("wrong, error, message", NOT_SCORES)
def test_what_is_no_batch_of_scores_is_refused(objective, wrong, error, message):
    right = column(0.1, 0.2, 0.3)
    for call in (
        lambda: objective.discriminator(wrong, right),
        lambda: objective.discriminator(right, wrong),
        lambda: objective.generator(wrong),
        lambda: objective.probability(wrong),
        lambda: objective.value(wrong, right),
        lambda: objective.value(right, wrong),
    ):
        with pytest.raises(error, match=message):
            call()
