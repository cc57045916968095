"""The numeric derivative, against functions whose derivative is known."""

import numpy as np
import pytest

from gan_scratch.gradient_check import (
    derivative_along_line,
    derivative_by_coordinate,
    numeric_gradient,
)
from gan_scratch.gradient_check.numeric import jacobian


def relative(a, b):
    return np.linalg.norm(a - b) / (np.linalg.norm(a) + np.linalg.norm(b))


@pytest.mark.parametrize("scale", [1e-6, 1e-3, 1.0, 1e3, 1e6])
@pytest.mark.parametrize(
    "f, slope",
    [
        (np.tanh, lambda x: 1 - np.tanh(x) ** 2),
        (np.exp, np.exp),
        (lambda x: x**3, lambda x: 3 * x**2),
        (lambda x: 1 / (1 + x * x), lambda x: -2 * x / (1 + x * x) ** 2),
    ],
    ids=["tanh", "exp", "cube", "bell"],
)
def test_gradient_of_known_functions_at_any_scale(f, slope, scale):
    """The step follows the size of x: f(x / scale) is as easy as f(x)."""
    rng = np.random.default_rng(0)
    x, dy = scale * rng.standard_normal((3, 4)), rng.standard_normal((3, 4))
    got = derivative_by_coordinate(lambda v: f(v / scale), x, dy)
    assert relative(got.value.reshape(3, 4), dy * slope(x / scale) / scale) < 1e-11
    assert not got.kink.any()


@pytest.mark.parametrize("size", [1e-5, 1e5])
def test_the_cotangent_may_be_of_any_size(size):
    rng = np.random.default_rng(1)
    x, dy = rng.standard_normal(6), size * rng.standard_normal(6)
    assert relative(derivative_by_coordinate(np.sin, x, dy).value, dy * np.cos(x)) < 1e-11


def test_outputs_are_subtracted_before_they_are_summed():
    """A large constant among the outputs costs no digits of the others."""
    x, dy = np.array([0.3, -0.7]), np.array([1.0, 2.0, 3.0])

    def f(x):
        return np.array([1e9, np.sin(x[0]), np.cos(x[1])])

    wanted = np.array([2 * np.cos(0.3), 3 * np.sin(0.7)])
    assert relative(derivative_by_coordinate(f, x, dy).value, wanted) < 1e-11


def test_the_gradient_has_the_shape_of_x():
    x = np.random.default_rng(3).standard_normal((2, 3))
    np.testing.assert_allclose(numeric_gradient(np.sin, x, 2.0), 2 * np.cos(x), rtol=1e-10)
    np.testing.assert_allclose(numeric_gradient(lambda x: (x**2).sum(), x), 2 * x, rtol=1e-10)


def test_a_corner_at_the_point_is_said_with_both_slopes():
    x = np.array([0.0, 1.0, -1.0])
    got = derivative_by_coordinate(lambda x: np.maximum(x, 0), x, np.ones(3))
    assert got.kink.tolist() == [True, False, False]
    assert got.low[0] == pytest.approx(0, abs=1e-9)
    assert got.high[0] == pytest.approx(1, abs=1e-9)
    np.testing.assert_allclose(got.nearest(np.array([0.3, 1, 0])), [0.3, 1, 0], atol=1e-9)
    np.testing.assert_allclose(got.nearest(np.array([7.0, 1, 0]))[0], 1.0, atol=1e-9)


@pytest.mark.parametrize("distance", [1e-1, 1e-2, 1e-3, 1e-4])
def test_a_corner_nearby_is_left_outside(distance):
    x = np.array([distance, 1.0, -2.0])
    got = derivative_by_coordinate(lambda x: np.abs(x), x, np.ones(3))
    assert not got.kink.any()
    np.testing.assert_allclose(got.value, [1, 1, -1], rtol=1e-8)


def test_some_coordinates_of_a_large_tensor():
    x = np.random.default_rng(2).standard_normal(1000)
    chosen = np.array([3, 500, 999])
    got = derivative_by_coordinate(lambda x: np.sin(x), x, np.ones(1000), chosen)
    np.testing.assert_allclose(got.value, np.cos(x[chosen]), rtol=1e-10)


def test_nothing_to_derive():
    got = derivative_by_coordinate(lambda x: x, np.zeros((0, 3)), np.zeros((0, 3)))
    assert got.value.shape == (0,)


def test_derivative_along_a_line_entry_by_entry():
    got = derivative_along_line(lambda t: np.array([np.exp(t), np.sin(3 * t), 2.0, abs(t)]))
    np.testing.assert_allclose(got.value[:3], [1, 3, 0], atol=1e-11)
    assert got.kink.tolist() == [False, False, False, True]
    assert (got.low[3], got.high[3]) == pytest.approx((-1, 1))


def test_rounding_is_no_corner():
    """Far down the ladder the two sides of a small slope on a large number are far apart."""
    got = derivative_along_line(lambda t: np.array([1e6, 1e7]) / 3 + np.sin(t + 0.3))
    assert not got.kink.any() and got.value == pytest.approx(np.cos(0.3), abs=1e-6)


def test_the_jacobian_of_an_affine_function_takes_one_pass_a_number():
    rng, calls = np.random.default_rng(3), []
    weight, x = rng.standard_normal((4, 7)), 1e3 * rng.standard_normal(4)
    np.testing.assert_allclose(
        jacobian(lambda x: calls.append(1) or x @ weight + 1, x, rng), weight, rtol=1e-12
    )
    assert len(calls) <= len(x) + 7  # the centre and three lines


@pytest.mark.parametrize("far", [0.01, 1.0, 3.0])
def test_the_jacobian_of_pieces_of_straight_lines(far):
    """Each x is some way from its corner; a long step would run over it."""
    rng = np.random.default_rng(4)
    x = rng.choice([-1.0, 1.0], 8) * rng.uniform(1, 2, 8)
    got = jacobian(lambda v: np.maximum(v - x + far * x, 0.1 * (v - x + far * x)), x, rng)
    np.testing.assert_allclose(got, np.diag(np.where(x > 0, 1, 0.1)), rtol=1e-9, atol=1e-12)
