"""Penalties of whole critics beside PyTorch's double backward, the complex step and differences.

The twins in PyTorch are written out here, channels first, and know of this library only the names
of its parameters and buffers.
"""

import numpy as np
import pytest

from gan_scratch.layers import (
    Conv2D,
    Dense,
    Flatten,
    GroupNorm,
    LayerNorm,
    LeakyReLU,
    Pack,
    Residual,
    Sequential,
    SpectralNorm,
    Tanh,
)
from gan_scratch.penalties import R1, R2, GradientPenalty

torch = pytest.importorskip("torch")
torch.set_num_threads(1)
functional = torch.nn.functional

RNG = np.random.default_rng
COUNT, STRENGTH = 6, 0.7
IMAGE = (4, 4, 2)
SEED = 23  # one where no leaky ReLU of any critic is near its kink
DRAW = 3  # the seed of what a penalty draws: an equal generator tells the test its alpha
COMPLEX_STEP, STEP = 1e-30, 1e-5
MARGIN = 5e-4  # of pre-activations from 0, fifty times what a sample is moved by

PENALTIES = {
    "R1": lambda: R1(STRENGTH),
    "R2": lambda: R2(STRENGTH),
    "GradientPenalty": lambda: GradientPenalty(STRENGTH, target=0.9, eps=1e-6),
}


# Critics, and their twins: (parameters and buffers by name, x in channels first) -> scores


class Twin:
    """The parameters and buffers of a critic as tensors, and the layers written on them.

    `offset` is where the layers after a Pack begin to count.
    """

    def __init__(self, critic, offset):
        self.offset = offset
        self.leaves = {
            name: torch.tensor(parameter.value, requires_grad=True)
            for name, parameter in critic.parameters().items()
        }
        self.constants = {
            name: torch.tensor(buffer.value) for name, buffer in critic.buffers().items()
        }

    def name(self, place):
        first, *rest = place.split(".")
        return ".".join([str(int(first) + self.offset), *rest])

    def __getitem__(self, place):
        """The parameter or buffer `place`, as the critic without a Pack would call it."""
        name = self.name(place)
        return self.leaves[name] if name in self.leaves else self.constants[name]

    def dense(self, x, place):
        return functional.linear(x, self[f"{place}.weight"].T, self[f"{place}.bias"])

    def convolution(self, x, place, **options):
        weight = self[f"{place}.weight"].permute(3, 2, 0, 1)
        return functional.conv2d(x, weight, self[f"{place}.bias"], **options)

    def spectral(self, x, place, call):
        """The layer with W / (uᵀ W v) in the place of W; u and v as the critic has them."""
        weight = self[f"{place}.layer.weight"]
        rows = weight.reshape(-1, weight.shape[-1]).T  # one row an output
        # Our rows have the axes of the kernel first and then the channel, as u and v do.
        sigma = self[f"{place}.u"] @ rows @ self[f"{place}.v"]
        weight = weight / sigma
        bias = self[f"{place}.layer.bias"]
        if call is functional.conv2d:
            return functional.conv2d(x, weight.permute(3, 2, 0, 1), bias, stride=2, padding=1)
        return functional.linear(x, weight.T, bias)


def flat(x):
    """Rows in the order of channels-last images."""
    return x.permute(0, 2, 3, 1).flatten(1)


def leaky(x):
    return torch.where(x > 0, x, 0.2 * x)


def dense_critic(activation):
    def make(rng, pack):
        return [
            Flatten(), Dense(32 * pack, 7, rng=rng), activation(), Dense(7, 5, rng=rng),
            activation(), Dense(5, 1, rng=rng),
        ]

    def twin(t, x):
        f = leaky if activation is LeakyReLU else torch.tanh
        return t.dense(f(t.dense(f(t.dense(flat(x), "1")), "3")), "5")

    return make, twin


def convolution_critic(activation):
    def make(rng, pack):
        return [
            Conv2D(2 * pack, 3, 3, padding=1, rng=rng), activation(),
            Conv2D(3, 4, 4, stride=2, padding=1, rng=rng), activation(),
            Flatten(), Dense(16, 1, rng=rng),
        ]

    def twin(t, x):
        f = leaky if activation is LeakyReLU else torch.tanh
        x = f(t.convolution(x, "0", padding=1))
        x = f(t.convolution(x, "2", stride=2, padding=1))
        return t.dense(flat(x), "5")

    return make, twin


def layer_norm_critic(activation):
    def make(rng, pack):
        return [
            Flatten(), Dense(32 * pack, 7, rng=rng), LayerNorm(7), activation(),
            Dense(7, 5, rng=rng), LayerNorm(5), activation(), Dense(5, 1, rng=rng),
        ]

    def twin(t, x):
        f = leaky if activation is LeakyReLU else torch.tanh
        x = t.dense(flat(x), "1")
        x = f(functional.layer_norm(x, (7,), t["2.weight"], t["2.bias"], 1e-5))
        x = t.dense(x, "4")
        x = f(functional.layer_norm(x, (5,), t["5.weight"], t["5.bias"], 1e-5))
        return t.dense(x, "7")

    return make, twin


def group_norm_critic(activation):
    def make(rng, pack):
        return [
            Conv2D(2 * pack, 3, 3, padding=1, rng=rng), GroupNorm(1, 3), activation(),
            Conv2D(3, 4, 4, stride=2, padding=1, rng=rng), GroupNorm(1, 4), activation(),
            Flatten(), Dense(16, 1, rng=rng),
        ]

    def twin(t, x):
        f = leaky if activation is LeakyReLU else torch.tanh
        x = t.convolution(x, "0", padding=1)
        x = f(functional.group_norm(x, 1, t["1.weight"], t["1.bias"], 1e-5))
        x = t.convolution(x, "3", stride=2, padding=1)
        x = f(functional.group_norm(x, 1, t["4.weight"], t["4.bias"], 1e-5))
        return t.dense(flat(x), "7")

    return make, twin


def spectral_critic(activation):
    def make(rng, pack):
        return [
            SpectralNorm(Conv2D(2 * pack, 4, 4, stride=2, padding=1, rng=rng), rng=rng),
            activation(), Flatten(), SpectralNorm(Dense(16, 5, rng=rng), rng=rng), activation(),
            SpectralNorm(Dense(5, 1, rng=rng), rng=rng),
        ]

    def twin(t, x):
        f = leaky if activation is LeakyReLU else torch.tanh
        x = f(t.spectral(x, "0", functional.conv2d))
        x = f(t.spectral(flat(x), "3", functional.linear))
        return t.spectral(x, "5", functional.linear)

    return make, twin


def residual_critic(activation):
    def make(rng, pack):
        return [
            Residual(
                Sequential(
                    Conv2D(2 * pack, 3, 3, padding=1, rng=rng), activation(),
                    Conv2D(3, 4, 3, padding=1, rng=rng),
                ),
                shortcut=Conv2D(2 * pack, 4, 1, rng=rng),
            ),
            Residual(Sequential(activation(), Conv2D(4, 4, 3, padding=1, rng=rng), activation())),
            Flatten(), Dense(64, 1, rng=rng),
        ]

    def twin(t, x):
        f = leaky if activation is LeakyReLU else torch.tanh
        body = t.convolution(f(t.convolution(x, "0.body.0", padding=1)), "0.body.2", padding=1)
        x = body + t.convolution(x, "0.shortcut")
        x = x + f(t.convolution(f(x), "1.body.1", padding=1))
        return t.dense(flat(x), "3")

    return make, twin


KINDS = {
    "dense": dense_critic,
    "convolution": convolution_critic,
    "layer norm": layer_norm_critic,
    "group norm": group_norm_critic,
    "spectral norm": spectral_critic,
    "residual": residual_critic,
}


class Case:
    """A critic in float64, its twin, and the points where a penalty looks at it."""

    def __init__(self, kind, activation, pack, penalty):
        self.rng = RNG(SEED)
        make, self.twin_of = KINDS[kind](activation)
        front = [Pack(pack)] if pack > 1 else []
        self.pack = pack
        self.critic = Sequential(*front, *make(self.rng, pack)).astype("float64")
        for parameter in self.critic.parameters().values():
            parameter.value += 0.2 * self.rng.standard_normal(parameter.value.shape)
        self.real, self.fake = self.rng.standard_normal((2, COUNT, *IMAGE))
        self.penalty, self.name = PENALTIES[penalty](), penalty
        if penalty == "GradientPenalty":
            alpha = RNG(DRAW).random(COUNT // pack).repeat(pack).reshape(COUNT, 1, 1, 1)
            self.x = alpha * self.real + (1 - alpha) * self.fake
        else:
            self.x = {"R1": self.real, "R2": self.fake}[penalty]

    def ours(self):
        """(value, name -> gradient) of the penalty alone."""
        self.critic.zero_gradients()
        value = self.penalty.add_gradients(self.critic, self.real, self.fake, RNG(DRAW))
        return value, gradients_of(self.critic)

    def direction(self):
        """∂P/∂g by the formulas of the papers, at g = ∇ₓ ΣD(x)."""
        critic = self.critic.astype("float64")
        score, cache = critic.forward(self.x)
        g = critic.backward(np.ones_like(score), cache)
        if self.name != "GradientPenalty":
            return STRENGTH / len(score) * g
        rows = g.reshape(len(score), -1)
        norm = np.sqrt((rows**2).sum(axis=1, keepdims=True) + 1e-6)
        return (2 * STRENGTH / len(score) * (1 - 0.9 / norm) * rows).reshape(g.shape)


def gradients_of(critic):
    return {name: parameter.gradient.copy() for name, parameter in critic.parameters().items()}


def backward_at(critic, x):
    """name -> gradient of ΣD at x, of a copy, so that no vector of a spectral norm moves."""
    critic = critic.astype(x.dtype)
    critic.zero_gradients()
    score, cache = critic.forward(x)
    critic.backward(np.ones_like(score), cache)
    return gradients_of(critic)


def assert_close(ours, theirs, tolerance):
    """Relative to each whole tensor; one that is 0 there must be 0 here."""
    assert ours.keys() == theirs.keys()
    for name, gradient in ours.items():
        distance = np.linalg.norm(gradient - theirs[name])
        size = np.linalg.norm(theirs[name])
        assert distance <= tolerance * size, f"{name}: {distance:.1e} of {size:.1e}"
    assert sum(gradient.any() for gradient in ours.values()) >= len(ours) / 2


@pytest.fixture(params=PENALTIES)
def penalty(request):
    return request.param


@pytest.fixture(params=[1, 2], ids=["single", "packed"])
def pack(request):
    return request.param


@pytest.fixture(params=[LeakyReLU, Tanh], ids=["leaky", "tanh"])
def activation(request):
    return request.param


@pytest.fixture(params=KINDS)
def case(request, activation, pack, penalty):
    return Case(request.param, activation, pack, penalty)


def test_value_and_gradient_are_those_of_torch_double_backward(case):
    value, gradients = case.ours()
    twin = Twin(case.critic, offset=int(case.pack > 1))
    x = torch.tensor(case.x, requires_grad=True)
    side_by_side = torch.cat([x[start :: case.pack] for start in range(case.pack)], dim=-1)
    score = case.twin_of(twin, side_by_side.permute(0, 3, 1, 2))
    assert score.shape == (COUNT // case.pack, 1)
    np.testing.assert_allclose(case.critic(case.x), score.detach().numpy(), rtol=1e-10)
    (slope,) = torch.autograd.grad(score.sum(), x, create_graph=True)
    squares = slope.pow(2).reshape(len(score), -1).sum(1)
    if case.name == "GradientPenalty":
        expected = STRENGTH * ((squares + 1e-6).sqrt() - 0.9).pow(2).mean()
    else:
        expected = STRENGTH / 2 * squares.mean()
    names, leaves = zip(*twin.leaves.items(), strict=True)
    theirs = torch.autograd.grad(expected, leaves, materialize_grads=True)
    assert float(value) == pytest.approx(expected.item(), rel=1e-12)
    assert_close(
        gradients,
        {name: gradient.numpy() for name, gradient in zip(names, theirs, strict=True)}, 1e-10,
    )


def test_gradient_is_the_imaginary_part_of_backward_along_the_penalty_s_direction(case):
    _, gradients = case.ours()
    moved = backward_at(case.critic, case.x + 1j * COMPLEX_STEP * case.direction())
    imaginary = {name: gradient.imag / COMPLEX_STEP for name, gradient in moved.items()}
    assert_close(gradients, imaginary, 1e-13)


def test_gradient_is_a_difference_of_backward_along_the_penalty_s_direction(case, monkeypatch):
    nearest, forward = [], LeakyReLU.forward

    def watched(layer, x, training=True):
        nearest.append(np.abs(x).min())
        return forward(layer, x, training)

    _, gradients = case.ours()
    v = case.direction()
    length = np.linalg.norm(v)
    with monkeypatch.context() as patch:
        patch.setattr(LeakyReLU, "forward", watched)
        ahead, behind = (
            backward_at(case.critic, case.x + step / length * v) for step in (STEP, -STEP)
        )
    assert min(nearest, default=1) > MARGIN  # else the two sides may differ by a kink
    difference = {
        name: (ahead[name] - behind[name]) * (length / (2 * STEP)) for name in ahead
    }
    assert_close(gradients, difference, 1e-8)


def tangents_along(critic, x, direction):
    """(dẋ, name -> tangent of the gradient) of ΣD along a direction of x and all parameters."""
    critic.zero_gradients()
    score, cache = critic.forward(x, training=False)  # no vector of a spectral norm moves
    x_dot, *tangents = direction
    for parameter, tangent in zip(critic.parameters().values(), tangents, strict=True):
        parameter.tangent = tangent
    _, tangent_cache = critic.tangent_forward(x_dot, cache)
    _, dx_dot = critic.tangent_backward(np.ones_like(score), None, cache, tangent_cache)
    return dx_dot, gradients_of(critic)


def draw_direction(case):
    return [
        case.rng.standard_normal(case.x.shape),
        *(case.rng.standard_normal(p.value.shape) for p in case.critic.parameters().values()),
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_second_derivatives_by_everything_are_the_imaginary_part(kind, activation, pack):
    """By x and all parameters at once: symmetry alone would not miss a symmetric part."""
    case = Case(kind, activation, pack, "R1")
    direction = draw_direction(case)
    dx_dot, gradients = tangents_along(case.critic, case.x, direction)
    moved = case.critic.astype("complex128")
    for parameter, tangent in zip(moved.parameters().values(), direction[1:], strict=True):
        parameter.value += 1j * COMPLEX_STEP * tangent
    moved.zero_gradients()
    score, cache = moved.forward(case.x + 1j * COMPLEX_STEP * direction[0], training=False)
    dx = moved.backward(np.ones_like(score), cache)
    theirs = {name: g.imag / COMPLEX_STEP for name, g in gradients_of(moved).items()}
    assert_close({"x": dx_dot, **gradients}, {"x": dx.imag / COMPLEX_STEP, **theirs}, 1e-13)


@pytest.mark.parametrize("kind", KINDS)
def test_second_derivatives_are_symmetric(kind, activation, pack):
    """u · Hv = v · Hu, with H the second derivative of ΣD by x and all parameters at once."""
    case = Case(kind, activation, pack, "R1")

    def product(u, v):
        dx_dot, gradients = tangents_along(case.critic, case.x, v)
        return sum(
            (one * other).sum() for one, other in zip(u, [dx_dot, *gradients.values()], strict=True)
        )

    u, v = draw_direction(case), draw_direction(case)
    u_h_v, v_h_u = product(u, v), product(v, u)
    assert abs(u_h_v) > 1e-2
    assert u_h_v == pytest.approx(v_h_u, rel=1e-12)
