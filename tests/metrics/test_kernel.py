"""KID: against its definition as loops, 0 for one distribution, a closed form for two."""

import numpy as np
import pytest

from gan_scratch.metrics.kernel import kid


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def slow(a, b):
    """The unbiased estimate, written out."""
    def k(x, y):
        return (np.dot(x, y) / len(x) + 1) ** 3

    n, m = len(a), len(b)
    within_a = sum(k(a[i], a[j]) for i in range(n) for j in range(n) if i != j)
    within_b = sum(k(b[i], b[j]) for i in range(m) for j in range(m) if i != j)
    between = sum(k(x, y) for x in a for y in b)
    return within_a / (n * (n - 1)) + within_b / (m * (m - 1)) - 2 * between / (n * m)


def test_it_is_the_double_loop(rng, monkeypatch):
    a, b = rng.standard_normal((12, 3)), 1 + 2 * rng.standard_normal((12, 3))
    assert kid(a, b, rng, subsets=2, size=12).mean == pytest.approx(slow(a, b), rel=1e-12)
    monkeypatch.setattr("gan_scratch.metrics.kernel.BLOCK", 5)  # not a divisor of 12
    assert kid(a, b, rng, subsets=2, size=12).mean == pytest.approx(slow(a, b), rel=1e-12)


def test_subsets_are_as_large_as_asked_and_are_all_of_them_on_average(rng):
    """With as many rows in each subset as pairs of subsets are equally likely, the mean over all
    subsets is the figure of the whole sets, and the deviation is that of one subset."""
    a, b = rng.standard_normal((8, 2)), rng.standard_normal((8, 2)) + 0.5
    found = kid(a, b, rng, subsets=40_000, size=4)
    standard_error = found.deviation / np.sqrt(40_000)
    assert abs(found.mean - slow(a, b)) < 4 * standard_error
    spread_of_six = kid(a, b, rng, subsets=40_000, size=6).deviation
    assert 0 < spread_of_six < found.deviation / 1.5


def test_fewer_rows_than_a_subset_has_take_half_of_them(rng):
    a, b = rng.standard_normal((2, 20, 3))
    few = kid(a, b, np.random.default_rng(1))
    assert few == kid(a, b, np.random.default_rng(1), size=10)
    assert few.deviation > 0


def test_two_halves_of_one_set_are_at_0_within_the_error(rng):
    values = [
        kid(*rng.standard_normal((2, 200, 8)), rng, subsets=1, size=200).mean for _ in range(60)
    ]
    standard_error = np.std(values) / np.sqrt(len(values))
    assert abs(np.mean(values)) < 3 * standard_error
    assert 15 < sum(value < 0 for value in values) < 45  # about half of them


def test_a_shift_has_a_closed_form(rng):
    """In one dimension k(x, y) = (xy + 1)³, so MMD² = 3 Δ₁² + 3 Δ₂² + Δ₃² with the differences of
    the moments; N(0, 1) and N(1, 1) have the moments 0, 1, 0 and 1, 2, 4."""
    values = [
        kid(rng.standard_normal((500, 1)), 1 + rng.standard_normal((500, 1)), rng, 1, 500).mean
        for _ in range(40)
    ]
    exact = 3 * 1 + 3 * 1 + 16
    assert abs(np.mean(values) - exact) < 3 * np.std(values) / np.sqrt(len(values))


def test_sets_that_do_not_fit_are_one_sentence(rng):
    with pytest.raises(ValueError, match=r"KID takes .* at least 4, got \(3, 2\) and \(9, 2\)"):
        kid(np.ones((3, 2)), np.ones((9, 2)), rng)
    with pytest.raises(ValueError, match="KID takes finite features"):
        kid(np.full((9, 2), np.nan), np.ones((9, 2)), rng)
