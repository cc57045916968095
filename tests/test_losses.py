"""The losses at the scores where the answer is known in closed form, and what they refuse."""

import math
from decimal import Decimal, localcontext
from statistics import NormalDist

import numpy as np
import pytest

from gan_scratch.gradient_check.catalogue import check_objective, objective_classes
from gan_scratch.layers.activations import sigmoid, softplus
from gan_scratch.losses import (
    Hinge,
    LeastSquares,
    Minimax,
    NonSaturating,
    Objective,
    Relativistic,
    Wasserstein,
    cross_entropy,
)

LOG_2 = math.log(2)
LOGISTIC = [Minimax, NonSaturating]
OBJECTIVES = [*LOGISTIC, LeastSquares, Wasserstein, Hinge, Relativistic]
H = 1e-30  # of the complex step


@pytest.fixture(params=OBJECTIVES)
def objective(request):
    return request.param()


@pytest.fixture(params=LOGISTIC)
def logistic(request):
    """An objective whose D is a classifier with the cross-entropy loss."""
    return request.param()


def scores(objective, rng, dtype="float64", spread=2.0):
    """(real, fake) of 5 and 3, or of 5 each where they go in pairs; none near a kink of Hinge."""
    counts = (5, 5 if objective.needs_real else 3)
    real, fake = (spread * rng.standard_normal((count, 1)) for count in counts)
    assert min(abs(real - 1).min(), abs(fake + 1).min()) > 1e-3
    return real.astype(dtype), fake.astype(dtype)


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
def test_the_best_discriminator_of_two_normals_has_the_value_of_their_divergence(logistic, theta):
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

    value = logistic.value(best_score(shares), best_score(shares + theta))
    assert float(value) == pytest.approx(-math.log(4) + 2 * divergence, abs=3e-5)
    # Any other discriminator is worth less.
    for wrong in (0.9, 1.1):
        other = logistic.value(wrong * best_score(shares), wrong * best_score(shares + theta))
        assert other < value or theta == 0


def test_at_the_best_discriminator_the_two_halves_of_its_gradient_cancel(logistic):
    """p(x) ∂loss/∂s_real + q(x) ∂loss/∂s_fake = 0 at every x, where s = log p(x) - log q(x)."""
    x = np.linspace(-6, 6, 101)
    p, q = np.exp(-(x**2) / 2), np.exp(-((x - 1.5) ** 2) / 2)
    score = column(*np.log(p / q))
    _, d_real, d_fake = logistic.discriminator(score, score)
    assert (d_real < 0).all() and (d_fake > 0).all()
    np.testing.assert_allclose(-p[:, None] * d_real, q[:, None] * d_fake, rtol=1e-13)


# Loss and gradient


def test_losses_are_those_of_the_paper_in_probabilities(logistic):
    rng = np.random.default_rng(0)
    real, fake = rng.standard_normal((5, 1)), rng.standard_normal((3, 1))
    d_x, d_g = 1 / (1 + np.exp(-real)), 1 / (1 + np.exp(-fake))
    value = np.log(d_x).mean() + np.log(1 - d_g).mean()
    assert float(logistic.value(real, fake)) == pytest.approx(value, rel=1e-14)
    assert float(logistic.discriminator(real, fake)[0]) == pytest.approx(-value, rel=1e-14)
    np.testing.assert_allclose(logistic.probability(fake), d_g, rtol=1e-15)
    generator = {Minimax: np.log(1 - d_g).mean(), NonSaturating: -np.log(d_g).mean()}
    loss = logistic.generator(fake)[0]
    assert float(loss) == pytest.approx(generator[type(logistic)], rel=1e-14)


def test_gradients_agree_with_the_numeric_derivative_of_the_very_loss_returned(objective):
    rng = np.random.default_rng(1)
    real, fake = scores(objective, rng)
    report = check_objective(objective, real, fake)
    assert [row.quantity for row in report.rows] == ["D real", "D fake", "G fake"]
    assert report.passed and report.max_error < 1e-9, str(report)


def test_a_loss_is_a_mean_so_the_same_batch_twice_has_the_same_loss_and_half_the_gradient(
    objective,
):
    real, fake = column(0.3, -1.2, 2.0), column(-0.7, 0.1, *[-1.5] * objective.needs_real)
    once, twice = [
        (*objective.discriminator(real, fake), *objective.generator(fake, real))
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
    real, fake = scores(objective, rng, dtype)
    kept = real.copy(), fake.copy()
    loss, d_real, d_fake = objective.discriminator(real, fake)
    g_loss, d_score = objective.generator(fake, real)
    d_real_dot, d_fake_dot = objective.discriminator_tangent(real, fake, real, fake)
    for array, shape in ((loss, ()), (g_loss, ()), (d_real, real.shape), (d_fake, fake.shape),
                         (d_score, fake.shape), (objective.value(real, fake), ()),
                         (objective.probability(fake), fake.shape),
                         (d_real_dot, real.shape), (d_fake_dot, fake.shape)):
        assert array.dtype == dtype and array.shape == shape
    np.testing.assert_array_equal(real, kept[0])
    np.testing.assert_array_equal(fake, kept[1])


@pytest.mark.parametrize("kind", [kind for kind in OBJECTIVES if kind is not Relativistic])
def test_the_other_generators_need_no_real_scores(kind):
    objective = kind()
    assert objective.needs_real is False
    fake = column(0.5, -0.5)
    with_real = objective.generator(fake, column(1.0, 2.0))
    assert with_real[0] == objective.generator(fake)[0]
    with pytest.raises(NotImplementedError, match=f"{kind.__name__}'s .* looks at fakes only"):
        objective.generator_by_real(fake, column(1.0, 2.0))


def test_every_objective_of_the_library_is_tested_here():
    assert set(objective_classes().values()) == set(OBJECTIVES)


# The other objectives: closed forms


def test_the_losses_and_slopes_are_those_of_the_table():
    """At r = (0.5, 2), f = (-0.25, -2), worked out by hand."""
    real, fake = column(0.5, 2.0), column(-0.25, -2.0)

    def numbers(objective):
        loss, d_real, d_fake = objective.discriminator(real, fake)
        g_loss, d_score = objective.generator(fake, real)
        parts = [float(loss), float(g_loss)]
        return [*parts, *(part.ravel().tolist() for part in (d_real, d_fake, d_score))]

    assert numbers(LeastSquares()) == [
        (0.25 + 1 + 0.0625 + 4) / 4, (1.5625 + 9) / 4,
        [-0.25, 0.5], [-0.125, -1.0], [-0.625, -1.5],
    ]
    assert numbers(Wasserstein()) == [
        -1.125 - 1.25, 1.125, [-0.5, -0.5], [0.5, 0.5], [-0.5, -0.5],
    ]
    # The second pair is beyond both margins.
    assert numbers(Hinge()) == [
        0.5 / 2 + 0.75 / 2, 1.125, [-0.5, 0.0], [0.5, 0.0], [-0.5, -0.5],
    ]
    loss, g_loss, d_real, d_fake, d_score = numbers(Relativistic())
    lost = [1 / (1 + math.exp(0.75)), 1 / (1 + math.exp(4))]  # σ(f - r)
    assert loss == pytest.approx(-sum(math.log(1 - share) for share in lost) / 2, rel=1e-14)
    assert g_loss == pytest.approx(-sum(math.log(share) for share in lost) / 2, rel=1e-14)
    assert d_real == pytest.approx([-share / 2 for share in lost], rel=1e-14)
    assert d_fake == pytest.approx([share / 2 for share in lost], rel=1e-14)
    assert d_score == pytest.approx([-(1 - share) / 2 for share in lost], rel=1e-14)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("kind, best, d_loss, g_loss", [
    (LeastSquares, 0.5, 1 / 4, 1 / 8),
    (Hinge, 0.0, 2.0, 0.0),
    (Wasserstein, 0.0, 0.0, 0.0),
    (Wasserstein, 7.5, 0.0, -7.5),  # any constant is as good, and G's loss free
    (Relativistic, 0.0, LOG_2, LOG_2),
    (Relativistic, -3.0, LOG_2, LOG_2),
])
def test_at_the_equilibrium_the_losses_are_those_of_the_table_and_d_is_content(
    kind, best, d_loss, g_loss, dtype
):
    """Real and fake are alike, so D has the same score for both, and no reason to move it."""
    score = np.full((4, 1), best, dtype)
    objective = kind()
    loss, d_real, d_fake = objective.discriminator(score, score)
    rounding = 2 * float(np.finfo(dtype).eps)
    assert float(loss) == pytest.approx(d_loss, rel=rounding)
    assert float(objective.generator(score, score)[0]) == pytest.approx(g_loss, rel=rounding)
    np.testing.assert_array_equal(d_real + d_fake, 0)
    assert kind is Wasserstein or d_real.all()  # two halves that cancel, not two nothings


def test_least_squares_is_best_at_the_probability_itself():
    """p(x) ∂loss/∂s_real + q(x) ∂loss/∂s_fake = 0 at s = p / (p + q)."""
    x = np.linspace(-6, 6, 101)
    p, q = np.exp(-(x**2) / 2), np.exp(-((x - 1.5) ** 2) / 2)
    score = column(*p / (p + q))
    _, d_real, d_fake = LeastSquares().discriminator(score, score)
    assert (d_real < 0).all() and (d_fake > 0).all()
    np.testing.assert_allclose(-p[:, None] * d_real, q[:, None] * d_fake, rtol=1e-9)


@pytest.mark.parametrize("dtype, rounding", [("float32", 1e-6), ("float64", 1e-14)])
def test_probability_and_value_of_least_squares_read_the_score_as_a_probability(dtype, rounding):
    objective = LeastSquares()
    real, fake = column(0.9, 0.25, dtype=dtype), column(0.5, 0.125, dtype=dtype)
    for score in (real, fake):
        np.testing.assert_allclose(objective.probability(score), score, rtol=rounding)
    value = (math.log(0.9) + math.log(0.25) + math.log(0.5) + math.log(0.875)) / 2
    assert float(objective.value(real, fake)) == pytest.approx(value, rel=rounding)
    half = np.full((3, 1), 0.5, dtype)
    assert float(objective.value(half, half)) == pytest.approx(-math.log(4), rel=rounding)
    # A score is free to leave [0, 1]; what it says is then as sure as may be, and finite.
    beyond = column(-3.0, 0.0, 1.0, 1e4, dtype=dtype)
    sure = objective.probability(beyond).ravel()
    np.testing.assert_allclose(sure[:2], 1e-6, rtol=1e-3)
    np.testing.assert_allclose(sure[2:], 1 - 1e-6, rtol=2e-7)
    assert float(objective.value(-beyond, beyond)) > -30


def test_hinge_leaves_a_score_at_its_margin_alone():
    _, d_real, d_fake = Hinge().discriminator(column(1.0, 0.999), column(-1.0, -0.999))
    assert d_real.ravel().tolist() == [0.0, -0.5] and d_fake.ravel().tolist() == [0.0, 0.5]


def test_relativistic_looks_at_differences_within_a_pair_only():
    objective, rng = Relativistic(), np.random.default_rng(4)
    real, fake = scores(objective, rng)
    shift = 8 * rng.standard_normal(real.shape)  # one for each pair
    for here, there in zip(
        (*objective.discriminator(real, fake), *objective.generator(fake, real)),
        (*objective.discriminator(real + shift, fake + shift),
         *objective.generator(fake + shift, real + shift)),
        strict=True,
    ):
        np.testing.assert_allclose(here, there, rtol=1e-12)
    swapped = objective.discriminator(real[::-1].copy(), fake)[0]
    assert abs(float(swapped) - float(objective.discriminator(real, fake)[0])) > 1e-3


# Beside PyTorch and the complex step


def torch_losses(torch):
    """name -> (loss of D, loss of G), each of (r, f), as the papers write them."""
    log_sigmoid, relu = torch.nn.functional.logsigmoid, torch.relu

    def cross_entropy(r, f):
        return -log_sigmoid(r).mean() - log_sigmoid(-f).mean()

    return {
        Minimax: (cross_entropy, lambda r, f: log_sigmoid(-f).mean()),
        NonSaturating: (cross_entropy, lambda r, f: -log_sigmoid(f).mean()),
        LeastSquares: (
            lambda r, f: (r - 1).pow(2).mean() / 2 + f.pow(2).mean() / 2,
            lambda r, f: (f - 1).pow(2).mean() / 2,
        ),
        Wasserstein: (lambda r, f: f.mean() - r.mean(), lambda r, f: -f.mean()),
        Hinge: (lambda r, f: relu(1 - r).mean() + relu(1 + f).mean(), lambda r, f: -f.mean()),
        Relativistic: (
            lambda r, f: -log_sigmoid(r - f).mean(), lambda r, f: -log_sigmoid(f - r).mean(),
        ),
    }


def assert_near(ours, theirs, tolerance):
    ours = np.asarray(ours)
    assert ours.shape == theirs.shape
    assert np.linalg.norm(ours - theirs) <= tolerance * np.linalg.norm(theirs)


def test_losses_and_derivatives_are_those_of_torch_twice_differentiated(objective):
    torch = pytest.importorskip("torch")
    torch.set_num_threads(1)
    rng = np.random.default_rng(5)
    real, fake = scores(objective, rng)
    real_dot, fake_dot = rng.standard_normal(real.shape), rng.standard_normal(fake.shape)
    of_d, of_g = torch_losses(torch)[type(objective)]
    r, f = (torch.tensor(score, requires_grad=True) for score in (real, fake))

    def slopes(loss, **options):
        """By r and by f, zero where a loss does not look at it."""
        return torch.autograd.grad(loss, (r, f), materialize_grads=True, **options)

    loss, d_real, d_fake = objective.discriminator(real, fake)
    expected = of_d(r, f)
    assert float(loss) == pytest.approx(expected.item(), rel=1e-14)
    first = slopes(expected, create_graph=True)
    for ours, theirs in zip((d_real, d_fake), first, strict=True):
        assert_near(ours, theirs.detach().numpy(), 1e-14)
    along = (first[0] * torch.tensor(real_dot)).sum() + (first[1] * torch.tensor(fake_dot)).sum()
    second = slopes(along) if along.requires_grad else [torch.zeros_like(r), torch.zeros_like(f)]
    tangents = objective.discriminator_tangent(real, fake, real_dot, fake_dot)
    for ours, theirs in zip(tangents, second, strict=True):
        assert_near(ours, theirs.numpy(), 1e-13)

    g_loss, d_score = objective.generator(fake, real)
    expected = of_g(r, f)
    assert float(g_loss) == pytest.approx(expected.item(), rel=1e-14)
    by_real, by_fake = slopes(expected)
    assert_near(d_score, by_fake.numpy(), 1e-14)
    assert by_real.any() == objective.needs_real
    if objective.needs_real:
        assert_near(objective.generator_by_real(fake, real), by_real.numpy(), 1e-14)


def test_tangents_and_slopes_are_the_imaginary_part(objective):
    """An analytic f at x + i h ẋ has f'(x) ẋ in its imaginary part, over h."""
    rng = np.random.default_rng(6)
    real, fake = scores(objective, rng)
    real_dot, fake_dot = rng.standard_normal(real.shape), rng.standard_normal(fake.shape)
    moved_real, moved_fake = real + 1j * H * real_dot, fake + 1j * H * fake_dot
    loss, d_real, d_fake = objective.discriminator(real, fake)
    moved_loss, moved_d_real, moved_d_fake = objective.discriminator(moved_real, moved_fake)
    assert moved_loss.dtype == "complex128"
    along = (d_real * real_dot).sum() + (d_fake * fake_dot).sum()
    assert moved_loss.imag / H == pytest.approx(along, rel=1e-13)
    tangents = objective.discriminator_tangent(real, fake, real_dot, fake_dot)
    for ours, moved in zip(tangents, (moved_d_real, moved_d_fake), strict=True):
        assert ours.dtype == "float64"
        assert_near(ours, moved.imag / H, 1e-13)
    curved = isinstance(objective, (Minimax, NonSaturating, LeastSquares, Relativistic))
    assert all(tangent.any() == curved for tangent in tangents)

    along = (objective.generator(fake, real)[1] * fake_dot).sum()
    if objective.needs_real:
        along += (objective.generator_by_real(fake, real) * real_dot).sum()
    moved_loss, _ = objective.generator(moved_fake, moved_real)
    assert moved_loss.imag / H == pytest.approx(along, rel=1e-13)


@pytest.mark.parametrize("size", [1.0, 1e3])
@pytest.mark.parametrize("soft", [False, True], ids=["labels", "soft targets"])
def test_cross_entropy_is_that_of_torch(soft, size):
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    logits, wanted = size * rng.standard_normal((6, 4)), rng.integers(4, size=6)
    if soft:
        wanted = rng.dirichlet(np.ones(4), size=6)
    theirs = torch.tensor(logits, requires_grad=True)
    expected = torch.nn.functional.cross_entropy(theirs, torch.tensor(wanted))
    expected.backward()
    loss, slope = cross_entropy(logits, wanted)
    assert loss == pytest.approx(expected.item(), rel=1e-14)
    np.testing.assert_allclose(slope, theirs.grad, rtol=1e-12, atol=1e-15)
    loss, slope = cross_entropy(logits.astype("float32"), wanted.astype("float32" if soft else int))
    assert loss.dtype == slope.dtype == "float32"


@pytest.mark.parametrize("wanted, words", [
    (np.array([0, 4]), "labels from 0 to 3, as there are so many logits, got 0 to 4"),
    (np.array([-1, 0]), "labels from 0 to 3, .* got -1 to 0"),
    (np.zeros((2, 3)), r"targets like the logits \(2, 4\), got \(2, 3\)"),
    (np.zeros(2), "labels .* or targets like the logits"),
    (np.zeros((2, 1), int), r"targets like the logits \(2, 4\), got \(2, 1\)"),
    (np.zeros(3, int), r"got \(3,"),
], ids=range(6))  # fmt: skip
def test_cross_entropy_refuses_what_names_no_class(wanted, words):
    with pytest.raises(ValueError, match=f"^cross_entropy takes .*{words}"):
        cross_entropy(np.zeros((2, 4)), wanted)


# Far out, where exp would overflow


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_far_out_every_loss_and_slope_is_finite(objective, dtype):
    far, near = column(1e4, 1e4, dtype=dtype), column(-1e4, -1e4, dtype=dtype)
    for real, fake in ((far, near), (near, far), (far, far), (near, near)):
        for array in (
            *objective.discriminator(real, fake), *objective.generator(fake, real),
            *objective.discriminator_tangent(real, fake, far, near), objective.value(real, fake),
            objective.probability(fake),
        ):
            assert np.isfinite(array).all() and array.dtype == dtype


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_pair_far_apart_has_the_whole_slope_or_none(dtype):
    far, near = column(1e4, 1e4, dtype=dtype), column(-1e4, -1e4, dtype=dtype)
    objective = Relativistic()
    for real, fake, d_loss, g_loss, slope in (
        (far, near, 0.0, 2e4, 0.0), (near, far, 2e4, 0.0, 0.5),
    ):
        loss, d_real, d_fake = objective.discriminator(real, fake)
        assert float(loss) == d_loss
        np.testing.assert_array_equal(d_real, np.full((2, 1), -slope))
        np.testing.assert_array_equal(d_fake, np.full((2, 1), slope))
        loss, d_score = objective.generator(fake, real)
        assert float(loss) == g_loss
        np.testing.assert_array_equal(d_score, np.full((2, 1), slope - 0.5))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_at_scores_of_ten_thousand_everything_is_exact(logistic, dtype):
    far, near = column(1e4, 1e4, dtype=dtype), column(-1e4, -1e4, dtype=dtype)

    def discriminator(real, fake):
        loss, d_real, d_fake = logistic.discriminator(real, fake)
        return float(loss), d_real.ravel().tolist(), d_fake.ravel().tolist()

    # D is right, wrong on both, wrong on one: softplus(±1e4) is 1e4 or 0, its slope 1 or 0.
    assert discriminator(far, near) == (0.0, [0.0, 0.0], [0.0, 0.0])
    assert discriminator(near, far) == (2e4, [-0.5, -0.5], [0.5, 0.5])
    assert discriminator(far, far) == (1e4, [0.0, 0.0], [0.5, 0.5])
    assert float(logistic.value(near, far)) == -2e4
    assert logistic.probability(column(1e4, -1e4, dtype=dtype)).ravel().tolist() == [1.0, 0.0]

    at_far, at_near = (
        (float(loss), d_score.ravel().tolist())
        for loss, d_score in (logistic.generator(far), logistic.generator(near))
    )
    if isinstance(logistic, Minimax):
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
        lambda: objective.generator(wrong, right),
        lambda: objective.probability(wrong),
        lambda: objective.value(wrong, right),
        lambda: objective.value(right, wrong),
    ):
        with pytest.raises(error, match=message):
            call()


def test_scores_of_two_dtypes_are_refused(objective):
    right, other = column(0.1, 0.2), column(0.1, 0.2, dtype="float32")
    for call in (
        lambda: objective.discriminator(right, other),
        lambda: objective.discriminator(other, right),
        lambda: objective.value(right, other),
    ):
        with pytest.raises(TypeError, match="scores of one dtype, got float"):
            call()


def test_relativistic_refuses_scores_that_do_not_pair():
    objective, four, three = Relativistic(), np.zeros((4, 1)), np.zeros((3, 1))
    sentence = "Relativistic pairs each fake with a real sample.*got 4 real and 3 fake scores"
    for call in (
        lambda: objective.discriminator(four, three),
        lambda: objective.generator(three, four),
        lambda: objective.generator_by_real(three, four),
        lambda: objective.discriminator_tangent(four, three, four, three),
    ):
        with pytest.raises(ValueError, match=sentence) as caught:
            call()
        assert "\n" not in str(caught.value)
    with pytest.raises(TypeError, match=r"a loss takes scores of shape \(N, 1\), got None"):
        objective.generator(three)


def test_an_objective_that_leaves_a_side_out_says_which():
    class Bare(Objective):
        pass

    zero = np.zeros((2, 1))
    for call, what in (
        (lambda: Bare().discriminator(zero, zero), "no discriminator loss"),
        (lambda: Bare().generator(zero), "no generator loss"),
        (lambda: Bare().discriminator_tangent(zero, zero, zero, zero), "no second derivative"),
    ):
        with pytest.raises(NotImplementedError, match=f"Bare has {what}"):
            call()
