"""Penalties: gradients of gradients beside torch, closed forms, and what they leave alone."""

import math

import numpy as np
import pytest

from gan_scratch.game import Game, discriminator_step
from gan_scratch.layers import (
    BatchNorm,
    Buffer,
    Dense,
    Flatten,
    Layer,
    LeakyReLU,
    MinibatchStandardDeviation,
    Pack,
    PReLU,
    Sequential,
    Sigmoid,
    Softplus,
    Tanh,
    frozen,
)
from gan_scratch.losses import NonSaturating
from gan_scratch.models.conditional import ConditionalDiscriminator
from gan_scratch.optimizers import SGD
from gan_scratch.penalties import R1, R2, GradientPenalty

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


# R2 and the penalty between real and fake


PENALTIES = {
    "R1": lambda **settings: R1(0.7, **settings),
    "R2": lambda **settings: R2(0.7, **settings),
    "GradientPenalty": lambda **settings: GradientPenalty(0.7, **settings),
}


@pytest.fixture(params=PENALTIES)
def make(request):
    """A penalty's constructor, with its strength given."""
    return PENALTIES[request.param]


def critic_and_samples(seed, activation=Tanh):
    """A critic, real samples, fakes and the generator that they were drawn from."""
    rng = RNG(seed)
    critic = critic_with(activation, rng)
    return critic, rng.standard_normal((4, 3, 2)), rng.standard_normal((4, 3, 2)), rng


def slopes_at(critic, x):
    """∇ₓ of each score, flat, by central differences of the scores alone."""
    h, rows = 1e-5, []
    for index in range(x[0].size):
        shift = np.zeros(x[0].shape)
        shift.flat[index] = h
        rows.append((critic(x + shift) - critic(x - shift))[:, 0] / (2 * h))
    return np.stack(rows, axis=1)


def test_r2_is_r1_on_the_fakes():
    critic, real, fake, rng = critic_and_samples(20)
    value = R2(0.7).add_gradients(critic, real, fake, rng)
    gradients = gradients_of(critic)
    critic.zero_gradients()
    assert value == R1(0.7).add_gradients(critic, fake, real, rng)
    for name, gradient in gradients_of(critic).items():
        np.testing.assert_array_equal(gradient, gradients[name])
    critic.zero_gradients()
    assert value != R1(0.7).add_gradients(critic, real, fake, rng)


def test_r2_takes_fewer_fakes_or_none_of_the_real_samples():
    critic, _, fake, rng = critic_and_samples(21)
    assert R2(0.7).add_gradients(critic, None, fake[:3], rng) > 0


@pytest.mark.parametrize("target", [0.0, 1.0, 2.5])
def test_gradient_penalty_is_the_mean_square_of_norm_minus_target(target):
    critic, real, fake, rng = critic_and_samples(22)
    alpha = RNG(22).random(4).reshape(4, 1, 1)  # the draws that an equal generator will give
    slopes = slopes_at(critic, alpha * real + (1 - alpha) * fake)
    expected = 3.0 * np.mean((np.linalg.norm(slopes, axis=1) - target) ** 2)
    value = GradientPenalty(3.0, target).add_gradients(critic, real, fake, RNG(22))
    assert float(value) == pytest.approx(expected, rel=1e-8)


def test_gradient_penalty_of_ten_towards_one_unless_told_otherwise():
    critic, real, fake, _ = critic_and_samples(23)
    default = GradientPenalty().add_gradients(critic, real, fake, RNG(0))
    told = GradientPenalty(weight=10, target=1, eps=1e-12)
    assert default == told.add_gradients(critic, real, fake, RNG(0))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_of_a_linear_critic_the_gradient_penalty_is_known(dtype):
    """D(x) = w·x + b: |∇D| = |w|, so it is λ (|w| - 1)², and its gradient 2 λ (|w| - 1) w / |w|."""
    rng = RNG(24)
    critic = Sequential(Dense(5, 1, rng=rng)).astype(dtype)
    real, fake = rng.standard_normal((2, 8, 5)).astype(dtype)
    value = GradientPenalty(0.3, eps=1e-30).add_gradients(critic, real, fake, rng)
    weight, bias = critic.parameters().values()
    rounding = 20 * float(np.finfo(dtype).eps)
    assert value.dtype == dtype and value.shape == () and weight.gradient.dtype == dtype
    w = weight.value.astype("float64")
    norm = np.linalg.norm(w)
    assert abs(norm - 1) > 0.1
    assert float(value) == pytest.approx(0.3 * (norm - 1) ** 2, rel=rounding)
    np.testing.assert_allclose(weight.gradient, 0.6 * (norm - 1) * w / norm, rtol=rounding)
    np.testing.assert_array_equal(bias.gradient, 0)


def test_eps_stands_inside_the_root():
    """|g| = sqrt(Σ g² + eps), also in the gradient, which is so finite where the slope is 0."""
    critic = Sequential(Dense(2, 1, rng=RNG(25))).astype("float64")
    weight, bias = critic.parameters().values()
    samples = np.zeros((3, 2))
    weight.value[...] = [[0.3], [-0.4]]
    value = GradientPenalty(2.0, eps=0.75).add_gradients(critic, samples, samples, RNG(0))
    assert float(value) == pytest.approx(2.0 * (1.0 - 1.0) ** 2, abs=1e-15)
    value = GradientPenalty(2.0, target=0.5, eps=0.75).add_gradients(
        critic, samples, samples, RNG(0)
    )
    assert float(value) == pytest.approx(2.0 * 0.25, rel=1e-14)
    np.testing.assert_allclose(weight.gradient, 4.0 * 0.5 * weight.value, rtol=1e-14)

    weight.value[...] = 0
    critic.zero_gradients()
    value = GradientPenalty(2.0).add_gradients(critic, samples, samples, RNG(0))
    assert float(value) == pytest.approx(2.0 * (1 - 1e-6) ** 2, rel=1e-14)
    np.testing.assert_array_equal(weight.gradient, 0)
    np.testing.assert_array_equal(bias.gradient, 0)


class Recording(Counting):
    """y = x; keeps what it was given, and which samples have a score together."""

    def forward(self, x, training=True):
        self.seen = x
        return super().forward(x, training)


def test_one_alpha_a_sample_places_it_on_the_line_from_fake_to_real():
    rng = RNG(26)
    recording = Recording()
    critic = Sequential(recording, Flatten(), Dense(6, 1, rng=rng).astype("float64"))
    real, fake = rng.standard_normal((2, 50, 3, 2))
    GradientPenalty().add_gradients(critic, real, fake, RNG(0))
    alpha = (recording.seen - fake) / (real - fake)
    np.testing.assert_allclose(alpha, np.broadcast_to(alpha[:, :1, :1], alpha.shape), rtol=1e-9)
    share = alpha[:, 0, 0]
    assert (share >= 0).all() and (share < 1).all()
    assert len(set(share.round(6))) == 50 and share.min() < 0.1 and share.max() > 0.9


@pytest.mark.parametrize("packs", [[Pack(3)], [Pack(1), Pack(3)], [Pack(3), Pack(1)]])
def test_one_alpha_a_pack(packs):
    rng = RNG(27)
    recording = Recording()
    critic = Sequential(recording, *packs, Flatten(), Dense(18, 1, rng=rng).astype("float64"))
    real, fake = rng.standard_normal((2, 12, 3, 2))
    GradientPenalty().add_gradients(critic, real, fake, RNG(0))
    share = ((recording.seen - fake) / (real - fake))[:, 0, 0].reshape(4, 3)
    np.testing.assert_allclose(share, np.broadcast_to(share[:, :1], (4, 3)), rtol=1e-9)
    assert len(set(share[:, 0].round(6))) == 4


def test_the_norm_is_that_of_the_whole_pack(make):
    """The packed critic on N samples is the plain one on N/2 with twice as many channels."""
    rng = RNG(28)
    plain = Sequential(Flatten(), Dense(12, 5, rng=rng), Tanh(), Dense(5, 1, rng=rng))
    plain = plain.astype("float64")
    packed = Sequential(Pack(2), *plain.astype("float64"))
    real, fake = rng.standard_normal((2, 8, 3, 2))
    beside = [
        np.concatenate([x[0::2], x[1::2]], axis=-1) for x in (real, fake)
    ]
    expected = make().add_gradients(plain, *beside, RNG(0))
    value = make().add_gradients(packed, real, fake, RNG(0))
    assert float(value) == pytest.approx(float(expected), rel=1e-13)
    for ours, theirs in zip(
        packed.parameters().values(), plain.parameters().values(), strict=True
    ):
        np.testing.assert_allclose(ours.gradient, theirs.gradient, rtol=1e-11, atol=1e-16)


def test_real_and_fake_of_unlike_shape_have_no_points_in_between():
    critic, real, fake, rng = critic_and_samples(29)
    with pytest.raises(ValueError, match=r"one shape; got \(4, 3, 2\) and \(3, 3, 2\)"):
        GradientPenalty().add_gradients(critic, real, fake[:3], rng)
    assert not any(gradient.any() for gradient in gradients_of(critic).values())


def test_a_critic_that_is_told_the_class_is_penalised_by_its_samples(make):
    """The labels stand still; the gradient is that of the value, by embedding and head too."""
    rng = RNG(30)
    body = Sequential(Flatten(), Dense(6, 5, rng=rng), Tanh())
    critic = ConditionalDiscriminator(body, 5, 3, rng=rng).astype("float64")
    labels = np.array([0, 2, 1, 2])
    real, fake = ((x, labels) for x in rng.standard_normal((2, 4, 3, 2)))
    value = make().add_gradients(critic, real, fake, RNG(0))
    gradients = gradients_of(critic)
    for name, parameter in critic.parameters().items():
        start, direction = parameter.value.copy(), rng.standard_normal(parameter.value.shape)
        ahead, behind = (
            (parameter.value.__setitem__(..., start + t * direction),
             float(make().add_gradients(critic, real, fake, RNG(0))))[1]
            for t in (1e-5, -1e-5)
        )
        parameter.value[...] = start
        slope = (gradients[name] * direction).sum()
        assert slope == pytest.approx((ahead - behind) / 2e-5, rel=1e-7, abs=1e-10), name
    assert gradients["embedding.weight"].any()
    # Inside a Sequential it is the same critic.
    for parameter in critic.parameters().values():
        parameter.gradient[...] = 0
    assert make().add_gradients(Sequential(critic), real, fake, RNG(0)) == value
    assert all((gradients_of(critic)[name] == gradients[name]).all() for name in gradients)
    # In between, a sample is of its real partner's class.
    others = (real[0], labels[::-1].copy()), (fake[0], labels)
    changed = make().add_gradients(critic, *others, RNG(0))
    assert (changed == value) == isinstance(make(), R2)


def test_what_a_penalty_draws_comes_from_the_generator_given_and_no_other(make):
    critic, real, fake, _ = critic_and_samples(31)
    values, states = [], []
    for seed in (0, 0, 1):
        rng = RNG(seed)
        values.append(float(make().add_gradients(critic, real, fake, rng)))
        states.append(rng.bit_generator.state == RNG(seed).bit_generator.state)
    draws = isinstance(make(), GradientPenalty)
    assert values[0] == values[1] and (values[0] == values[2]) != draws
    assert states == [not draws] * 3


def test_every_penalty_adds_to_the_gradients_and_leaves_all_else_alone(make):
    critic, real, fake, _ = critic_and_samples(32)
    make().add_gradients(critic, real, fake, RNG(0))
    alone = gradients_of(critic)
    earlier = {name: RNG(1).standard_normal(g.shape) for name, g in alone.items()}
    tangents = {name: RNG(2).standard_normal(g.shape) for name, g in alone.items()}
    for name, parameter in critic.parameters().items():
        parameter.gradient[...] = earlier[name]
        parameter.tangent = tangents[name]  # somebody else's direction has no part in it
    state, kept = critic.state(), (real.copy(), fake.copy())
    make().add_gradients(critic, real, fake, RNG(0))
    for name, parameter in critic.parameters().items():
        np.testing.assert_allclose(parameter.gradient, earlier[name] + alone[name], rtol=1e-12)
        assert not parameter.frozen and parameter.tangent is tangents[name]
        np.testing.assert_array_equal(parameter.value, state[name])
    np.testing.assert_array_equal(real, kept[0])
    np.testing.assert_array_equal(fake, kept[1])


# Strength: `every` and `factor`


def test_factor_and_every_multiply_value_and_gradient(make):
    critic, real, fake, _ = critic_and_samples(33)
    plain = make().add_gradients(critic, real, fake, RNG(0))
    gradients = gradients_of(critic)
    for settings, factor, times in (({"every": 4}, 1.0, 4.0), ({}, 0.5, 0.5), ({"every": 3}, 0, 0)):
        critic.zero_gradients()
        penalty = make(**settings)
        penalty.factor = factor
        assert penalty.add_gradients(critic, real, fake, RNG(0)) == times * plain
        for name, gradient in gradients_of(critic).items():
            np.testing.assert_allclose(gradient, times * gradients[name], rtol=1e-13, atol=0)


def test_a_lazy_penalty_comes_in_every_kth_step_of_d_and_a_schedule_sets_its_factor(make):
    rng = RNG(34)
    generator = Sequential(Dense(2, 5, rng=rng)).astype("float64")
    critic = Sequential(Dense(5, 1, rng=rng)).astype("float64")
    penalty = make(every=3, schedule=lambda progress: 1 - progress)
    game = Game(
        generator, critic, NonSaturating(), SGD(generator.parameters(), 0.1),
        SGD(critic.parameters(), 0.1), penalties=[penalty], rng=rng, latent=2,
    )
    came, add = [], penalty.add_gradients
    penalty.add_gradients = lambda *a: (came.append(game.discriminator_optimizer.steps), add(*a))[1]
    for _ in range(8):
        discriminator_step(game, rng.standard_normal((4, 5)), game.noise(4))
    assert came == [0, 3, 6]
    assert penalty.factor == 1.0
    game.follow_schedules(0.25)
    assert penalty.factor == 0.75


def test_without_a_schedule_the_factor_stays_as_it_was_set(make):
    rng = RNG(35)
    generator = Sequential(Dense(2, 5, rng=rng))
    critic = Sequential(Dense(5, 1, rng=rng))
    penalty = make()
    game = Game(
        generator, critic, NonSaturating(), SGD(generator.parameters(), 0.1),
        SGD(critic.parameters(), 0.1), penalties=[penalty], rng=rng,
    )
    penalty.factor = 0.3
    game.follow_schedules(0.5)
    assert penalty.factor == 0.3


# What is refused


def mixing_layers():
    return {"BatchNorm": BatchNorm(5), "MinibatchStandardDeviation": MinibatchStandardDeviation()}


@pytest.mark.parametrize("name", mixing_layers())
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "packed"])
def test_layers_that_mix_samples_are_named_and_the_reason_given(make, name, packed):
    rng = RNG(36)
    mixing = mixing_layers()[name]
    features = 6 if name == "MinibatchStandardDeviation" else 5
    critic = Sequential(
        *[Pack(1)] * packed, Dense(3, 5, rng=rng), Sequential(Tanh(), mixing),
        Dense(features, 1, rng=rng),
    ).astype("float64")
    kind = type(make()).__name__
    with pytest.raises(
        ValueError,
        match=f"{kind} penalises each sample's own gradient, .* holds {name}, a layer that mixes "
        "samples .*, so one sample's score changes with another's",
    ) as caught:
        make().add_gradients(critic, *rng.standard_normal((2, 4, 3)), rng)
    assert "\n" not in str(caught.value)
    assert not any(gradient.any() for gradient in gradients_of(critic).values())


def test_a_layer_that_mixes_and_holds_a_pack_is_refused_all_the_same():
    """Pack is allowed for itself; it is no excuse for the layer around it."""

    class Around(Mixing):
        def __init__(self):
            super().__init__()
            self.inside = Pack(1)

    rng = RNG(37)
    critic = Sequential(Around(), Dense(3, 1, rng=rng).astype("float64"))
    with pytest.raises(ValueError, match="holds Around, a layer that mixes samples"):
        R1(1).add_gradients(critic, rng.standard_normal((4, 3)), None, rng)


NOT_STRENGTHS = [-1, -1e-9, math.nan, math.inf, -math.inf, "1", None, True]


@pytest.mark.parametrize("value", NOT_STRENGTHS)
def test_a_strength_that_is_no_finite_number_above_zero_is_refused(value):
    for call, name in (
        (lambda: R1(value), "R1: gamma"),
        (lambda: R2(value), "R2: gamma"),
        (lambda: GradientPenalty(value), "GradientPenalty: weight"),
        (lambda: GradientPenalty(target=value), "GradientPenalty: target"),
    ):
        with pytest.raises(ValueError, match=f"{name} must be a finite number ≥ 0, got"):
            call()


@pytest.mark.parametrize("eps", [0, -1e-12, math.nan, math.inf])
def test_an_eps_that_is_not_positive_is_refused(eps):
    with pytest.raises(ValueError, match="GradientPenalty: eps must be a positive number, got"):
        GradientPenalty(eps=eps)


@pytest.mark.parametrize("every", [0, -2, 1.5, math.nan, True, "2"])
def test_every_must_be_a_positive_whole_number(make, every):
    with pytest.raises(ValueError, match="every must be a positive whole number, got"):
        make(every=every)


@pytest.mark.parametrize("schedule", ["linear", 0.5, ()])
def test_a_schedule_that_cannot_be_called_is_refused(make, schedule):
    with pytest.raises(TypeError, match="schedule must be a function of the progress"):
        make(schedule=schedule)
