"""R1: its gradient of a gradient beside torch, its closed form, and what it leaves alone."""

import math

import numpy as np
import pytest

from gan_scratch.layers import (
    Buffer,
    Dense,
    Flatten,
    Layer,
    LeakyReLU,
    PReLU,
    Sequential,
    Sigmoid,
    Softplus,
    Tanh,
    frozen,
)
from gan_scratch.penalties import R1

ACTIVATIONS = {
    "leaky ReLU": (LeakyReLU, lambda torch, x: torch.nn.functional.leaky_relu(x, 0.2)),
    "PReLU": (PReLU, None),
    "tanh": (Tanh, lambda torch, x: torch.tanh(x)),
    "softplus": (Softplus, lambda torch, x: torch.nn.functional.softplus(x)),
    "sigmoid": (Sigmoid, lambda torch, x: torch.sigmoid(x)),
}
RNG = np.random.default_rng  # a fresh one for every test


def critic_with(activation, rng):
    """Samples (N, 3, 2) -> scores, in float64, every parameter away from zero."""
    critic = Sequential(
        Flatten(), Dense(6, 7, rng=rng), activation(), Dense(7, 5, rng=rng), activation(),
        Dense(5, 1, rng=rng),
    ).astype("float64")
    for parameter in critic.parameters().values():
        parameter.value += 0.3 * rng.standard_normal(parameter.value.shape)
    return critic


def gradients_of(critic):
    return {name: p.gradient.copy() for name, p in critic.parameters().items()}


@pytest.mark.parametrize("activation", [name for name in ACTIVATIONS if name != "PReLU"])
def test_value_and_gradient_are_those_of_torch_double_backward(activation):
    torch = pytest.importorskip("torch")
    torch.set_num_threads(1)
    ours, theirs = ACTIVATIONS[activation]
    rng = RNG(0)
    critic, real = critic_with(ours, rng), rng.standard_normal((4, 3, 2))
    value = R1(0.7).add_gradients(critic, real, None, rng)

    leaves = [torch.tensor(p.value, requires_grad=True) for p in critic.parameters().values()]
    x = torch.tensor(real, requires_grad=True)
    h = x.flatten(1)
    for index in range(0, 6, 2):
        h = h @ leaves[index] + leaves[index + 1]
        h = theirs(torch, h) if index < 4 else h
    (slope,) = torch.autograd.grad(h.sum(), x, create_graph=True)
    penalty = 0.7 / 2 * (slope**2).sum() / 4
    expected = torch.autograd.grad(penalty, leaves, allow_unused=True)

    assert float(value) == pytest.approx(penalty.item(), rel=1e-12)
    for (name, parameter), theirs in zip(critic.parameters().items(), expected, strict=True):
        if theirs is None:  # the last bias has no part in a slope
            np.testing.assert_array_equal(parameter.gradient, 0)
            continue
        theirs = theirs.numpy()
        distance = np.linalg.norm(parameter.gradient - theirs)
        assert distance <= 1e-10 * np.linalg.norm(theirs), name


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_gradient_is_the_derivative_of_the_value(activation):
    rng = RNG(1)
    critic, real = critic_with(ACTIVATIONS[activation][0], rng), rng.standard_normal((4, 3, 2))
    penalty = R1(0.7)
    penalty.add_gradients(critic, real, None, rng)
    gradients = gradients_of(critic)
    for name, parameter in critic.parameters().items():
        start = parameter.value.copy()
        direction = rng.standard_normal(start.shape)
        slope = (gradients[name] * direction).sum()

        def value_at(t, parameter=parameter, start=start, direction=direction):
            parameter.value[...] = start + t * direction
            return float(penalty.add_gradients(critic, real, None, rng))

        numeric = (value_at(1e-6) - value_at(-1e-6)) / 2e-6
        parameter.value[...] = start
        assert slope == pytest.approx(numeric, rel=1e-6, abs=1e-9), name


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_second_derivatives_are_symmetric(activation):
    """u · Hv = v · Hu, with H the second derivative of ΣD by x and all parameters at once."""
    rng = RNG(2)
    critic, x = critic_with(ACTIVATIONS[activation][0], rng), rng.standard_normal((4, 3, 2))
    parameters = list(critic.parameters().values())

    def hessian_times(direction):
        critic.zero_gradients()
        score, cache = critic.forward(x)
        x_dot, *tangents = direction
        for parameter, tangent in zip(parameters, tangents, strict=True):
            parameter.tangent = tangent
        _, tangent_cache = critic.tangent_forward(x_dot, cache)
        _, dx_dot = critic.tangent_backward(np.ones_like(score), None, cache, tangent_cache)
        return [dx_dot, *(parameter.gradient.copy() for parameter in parameters)]

    def dot(a, b):
        return sum((one * other).sum() for one, other in zip(a, b, strict=True))

    u, v = (
        [rng.standard_normal(x.shape), *(rng.standard_normal(p.value.shape) for p in parameters)]
        for _ in range(2)
    )
    u_h_v, v_h_u = dot(u, hessian_times(v)), dot(v, hessian_times(u))
    assert abs(u_h_v) > 1e-3
    assert u_h_v == pytest.approx(v_h_u, rel=1e-12)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_of_a_linear_critic_it_is_the_squared_weight(dtype):
    """D(x) = w·x + b: ∇D = w everywhere, so the penalty is γ/2 |w|² and its gradient γ w."""
    rng = RNG(3)
    critic = Sequential(Dense(5, 1, rng=rng)).astype(dtype)
    real = rng.standard_normal((8, 5)).astype(dtype)
    value = R1(0.3).add_gradients(critic, real, None, rng)
    weight, bias = critic.parameters().values()
    rounding = 10 * float(np.finfo(dtype).eps)
    assert value.dtype == dtype and value.shape == () and weight.gradient.dtype == dtype
    w = weight.value.astype("float64")
    assert float(value) == pytest.approx(0.3 / 2 * (w**2).sum(), rel=rounding)
    np.testing.assert_allclose(weight.gradient, 0.3 * w, rtol=rounding)
    np.testing.assert_array_equal(bias.gradient, 0)


def test_value_is_half_gamma_times_the_mean_squared_slope_of_each_sample():
    rng = RNG(4)
    critic, real = critic_with(Tanh, rng), rng.standard_normal((4, 3, 2))
    h = 1e-5
    squares = []
    for sample in real:
        slopes = []
        for index in range(sample.size):
            shift = np.zeros(sample.shape)
            shift.flat[index] = h
            ahead, behind = critic(np.stack([sample + shift, sample - shift]))[:, 0]
            slopes.append((ahead - behind) / (2 * h))
        squares.append(sum(slope**2 for slope in slopes))
    value = R1(1.6).add_gradients(critic, real, None, rng)
    assert float(value) == pytest.approx(1.6 / 2 * np.mean(squares), rel=1e-8)


def test_it_adds_to_the_gradients_and_leaves_all_else_alone():
    rng = RNG(5)
    critic, real = critic_with(Softplus, rng), rng.standard_normal((4, 3, 2))
    penalty = R1(0.7)
    penalty.add_gradients(critic, real, None, rng)
    alone = gradients_of(critic)
    earlier = {name: rng.standard_normal(g.shape) for name, g in alone.items()}
    for name, parameter in critic.parameters().items():
        parameter.gradient[...] = earlier[name]
    state, kept, random = critic.state(), real.copy(), rng.bit_generator.state

    penalty.add_gradients(critic, real, None, rng)

    for name, parameter in critic.parameters().items():
        np.testing.assert_allclose(parameter.gradient, earlier[name] + alone[name], rtol=1e-13)
        assert not parameter.frozen and parameter.tangent is None
    for name, value in critic.state().items():
        np.testing.assert_array_equal(value, state[name])
    np.testing.assert_array_equal(real, kept)
    assert rng.bit_generator.state == random


def test_fake_images_have_no_part_in_it():
    rng = RNG(6)
    critic, real = critic_with(Tanh, rng), rng.standard_normal((4, 3, 2))
    values = [
        R1(0.7).add_gradients(critic, real, fake, rng)
        for fake in (None, np.zeros((4, 3, 2)), rng.standard_normal((9, 3, 2)))
    ]
    assert values[0] == values[1] == values[2]


def test_a_gamma_of_zero_adds_nothing():
    rng = RNG(7)
    critic, real = critic_with(Tanh, rng), rng.standard_normal((4, 3, 2))
    assert R1(0).add_gradients(critic, real, None, rng) == 0
    assert all((gradient == 0).all() for gradient in gradients_of(critic).values())


def test_a_frozen_parameter_gets_none_of_it():
    rng = RNG(8)
    critic, real = critic_with(Tanh, rng), rng.standard_normal((4, 3, 2))
    with frozen(critic[1]):
        R1(0.7).add_gradients(critic, real, None, rng)
    gradients = gradients_of(critic)
    assert not gradients["1.weight"].any() and not gradients["1.bias"].any()
    assert gradients["3.weight"].any()


class Counting(Layer):
    """y = x; counts its training forwards, as a running statistic would be updated."""

    def __init__(self):
        self.count = Buffer(np.zeros(1))

    def forward(self, x, training=True):
        if training and not self.count.frozen:
            self.count.value += 1
        return x, None

    def backward(self, dy, cache, need_dx=True):
        return dy

    def tangent_forward(self, x_dot, cache):
        return x_dot, None

    def tangent_backward(self, dy, dy_dot, cache, tangent_cache, need_dx=True):
        return dy, dy_dot


def test_buffers_of_the_critic_stay():
    rng = RNG(9)
    critic = Sequential(Counting(), Dense(3, 1, rng=rng).astype("float64"))
    R1(1).add_gradients(critic, rng.standard_normal((4, 3)), None, rng)
    assert critic[0].count.value[0] == 0
    critic.forward(rng.standard_normal((4, 3)))
    assert critic[0].count.value[0] == 1


class Mixing(Counting):
    mixes_samples = True


@pytest.mark.parametrize("nested", [False, True])
def test_a_critic_that_mixes_samples_is_refused_and_untouched(nested):
    rng = RNG(10)
    mixing = Sequential(Mixing()) if nested else Mixing()
    critic = Sequential(mixing, Dense(3, 1, rng=rng).astype("float64"))
    with pytest.raises(ValueError, match="R1 penalises each sample's own gradient.*mixes samples"):
        R1(1).add_gradients(critic, rng.standard_normal((4, 3)), None, rng)
    assert not critic[1].weight.gradient.any()


def test_a_layer_without_tangent_passes_is_refused_by_name():
    class OnlyFirstOrder(Counting):
        tangent_forward = Layer.tangent_forward

    rng = RNG(11)
    critic = Sequential(OnlyFirstOrder(), Dense(3, 1, rng=rng).astype("float64"))
    with pytest.raises(NotImplementedError, match="OnlyFirstOrder has no tangent passes"):
        R1(1).add_gradients(critic, rng.standard_normal((4, 3)), None, rng)


@pytest.mark.parametrize("gamma", [-1, -1e-9, math.nan, math.inf, -math.inf])
def test_a_gamma_that_is_no_finite_number_above_zero_is_refused(gamma):
    with pytest.raises(ValueError, match="R1: gamma must be a finite number ≥ 0, got"):
        R1(gamma)
