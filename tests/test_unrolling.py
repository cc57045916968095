"""Unrolling: G's gradient through D's next step, beside torch and differences; D stays."""

import copy

import numpy as np
import pytest

from gan_scratch.batch import Batch, as_weights
from gan_scratch.datasets.dataset import Dataset
from gan_scratch.game import Game, discriminator_step, generator_step
from gan_scratch.gradient_check.games import StandStill
from gan_scratch.layers import (
    BatchNorm,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    LayerNorm,
    LeakyReLU,
    Pack,
    Reshape,
    Sequential,
    SpectralNorm,
    Tanh,
)
from gan_scratch.losses import (
    Hinge,
    LeastSquares,
    Minimax,
    NonSaturating,
    Relativistic,
    Wasserstein,
)
from gan_scratch.models.conditional import ConditionalDiscriminator, ConditionalGenerator
from gan_scratch.optimizers import SGD, Adam
from gan_scratch.penalties import R1
from gan_scratch.training.checkpoints import digest
from gan_scratch.training.loop import StepDone, train
from gan_scratch.unrolling import unrolled_generator_step

RNG = np.random.default_rng
OBJECTIVES = [NonSaturating, Minimax, LeastSquares, Wasserstein, Hinge, Relativistic]
COUNT, LATENT, SHAPE = 6, 3, (4, 4, 1)
RATE = 0.4


@pytest.fixture(params=OBJECTIVES)
def objective(request):
    return request.param()


@pytest.fixture(params=[Tanh, LeakyReLU], ids=["tanh", "leaky"])
def activation(request):
    return request.param


def dense_critic(activation, rng):
    return Sequential(
        Flatten(), Dense(16, 6, rng=rng), activation(), Dense(6, 5, rng=rng), activation(),
        Dense(5, 1, rng=rng),
    )


CRITICS = {
    "convolution": lambda rng: Sequential(
        Conv2D(1, 3, 4, stride=2, padding=1, rng=rng), LeakyReLU(), Flatten(),
        Dense(12, 1, rng=rng),
    ),
    "layer norm": lambda rng: Sequential(
        Flatten(), Dense(16, 6, rng=rng), LayerNorm(6), Tanh(), Dense(6, 1, rng=rng)
    ),
    "batch norm": lambda rng: Sequential(
        Flatten(), Dense(16, 6, rng=rng), BatchNorm(6), Tanh(), Dense(6, 1, rng=rng)
    ),
    "spectral norm": lambda rng: Sequential(
        Flatten(), SpectralNorm(Dense(16, 6, rng=rng), rng=rng), Tanh(),
        SpectralNorm(Dense(6, 1, rng=rng), rng=rng),
    ),
    "dropout": lambda rng: Sequential(
        Flatten(), Dense(16, 6, rng=rng), Dropout(0.3, rng=rng), Tanh(), Dense(6, 1, rng=rng)
    ),
    "packed": lambda rng: Sequential(
        Pack(2), Flatten(), Dense(32, 6, rng=rng), Tanh(), Dense(6, 1, rng=rng)
    ),
    "told the class": lambda rng: ConditionalDiscriminator(
        Sequential(Flatten(), Dense(16, 6, rng=rng), Tanh()), 6, 3, rng=rng
    ),
}


def game_with(critic, objective, rng, unroll=RATE, optimizer=SGD, **settings):
    """(game, noise, real) in float64, every parameter away from zero."""
    labelled = isinstance(critic, ConditionalDiscriminator)
    in_features = LATENT + 2 * labelled
    generator = Sequential(
        Dense(in_features, 5, rng=rng), Tanh(), Dense(5, 16, rng=rng), Reshape(SHAPE)
    )
    if labelled:
        generator = ConditionalGenerator(generator, LATENT, 3, 2, rng=rng)
    players = [player.astype("float64") for player in (generator, critic)]
    for player in players:
        for parameter in player.parameters().values():
            parameter.value += 0.2 * rng.standard_normal(parameter.value.shape)
    game = Game(
        *players, objective, *(optimizer(player.parameters(), 0.05) for player in players),
        rng=rng, latent=LATENT, unroll=unroll, **settings,
    )
    noise, real = game.noise(COUNT), rng.standard_normal((COUNT, *SHAPE))
    if not labelled:
        return game, noise, real
    labels = rng.integers(3, size=COUNT)
    return game, noise, Batch(real, noise.condition if objective.needs_real else labels)


def gradients_of(player):
    return {name: parameter.gradient.copy() for name, parameter in player.parameters().items()}


def unrolled_gradients(game, noise, real, step=unrolled_generator_step):
    """(loss, name -> gradient for G), with nobody moved."""
    kept, game.generator_optimizer = game.generator_optimizer, StandStill()
    loss = step(game, noise, real)
    game.generator_optimizer = kept
    return loss, gradients_of(game.generator)


def torch_losses(torch):
    """The losses of D and G, each of (real scores, scores of fakes)."""
    log_sigmoid, relu = torch.nn.functional.logsigmoid, torch.relu

    def cross_entropy(r, f):
        return -(log_sigmoid(r).mean() + log_sigmoid(-f).mean())

    return {
        NonSaturating: (cross_entropy, lambda r, f: -log_sigmoid(f).mean()),
        Minimax: (cross_entropy, lambda r, f: log_sigmoid(-f).mean()),
        LeastSquares: (
            lambda r, f: ((r - 1) ** 2).mean() / 2 + (f**2).mean() / 2,
            lambda r, f: ((f - 1) ** 2).mean() / 2,
        ),
        Wasserstein: (lambda r, f: f.mean() - r.mean(), lambda r, f: -f.mean()),
        Hinge: (lambda r, f: (relu(1 - r) + relu(1 + f)).mean(), lambda r, f: -f.mean()),
        Relativistic: (
            lambda r, f: -log_sigmoid(r - f).mean(), lambda r, f: -log_sigmoid(f - r).mean()
        ),
    }


def test_gradient_is_that_of_torch_through_the_differentiated_step(objective, activation):
    torch = pytest.importorskip("torch")
    torch.set_num_threads(1)
    rng = RNG(0)
    game, noise, real = game_with(dense_critic(activation, rng), objective, rng)
    g, d = (
        [torch.tensor(p.value, requires_grad=True) for p in player.parameters().values()]
        for player in (game.generator, game.discriminator)
    )
    z, x = torch.tensor(noise), torch.tensor(real)

    def score(samples, weights):
        h = samples.flatten(1)
        for index in range(0, 6, 2):
            h = h @ weights[index] + weights[index + 1]
            if index < 4:
                leaky = torch.where(h > 0, h, 0.2 * h)
                h = torch.tanh(h) if activation is Tanh else leaky
        return h

    fake = (torch.tanh(z @ g[0] + g[1]) @ g[2] + g[3]).reshape(x.shape)
    of_d, of_g = torch_losses(torch)[type(objective)]
    slopes = torch.autograd.grad(of_d(score(x, d), score(fake, d)), d, create_graph=True)
    ahead = [weight - RATE * slope for weight, slope in zip(d, slopes, strict=True)]
    expected = of_g(score(x, ahead), score(fake, ahead))
    theirs = torch.autograd.grad(expected, g)

    loss, gradients = unrolled_gradients(game, noise, real)
    assert float(loss) == pytest.approx(expected.item(), rel=1e-12)
    _, plain = unrolled_gradients(game, noise, real, generator_step)
    for (name, gradient), reference in zip(gradients.items(), theirs, strict=True):
        reference = reference.numpy()
        distance = np.linalg.norm(gradient - reference)
        assert distance <= 1e-10 * np.linalg.norm(reference), name
        # D's answer does count.
        assert np.linalg.norm(plain[name] - reference) > 1e-2 * np.linalg.norm(reference), name


@pytest.mark.parametrize("critic", CRITICS)
def test_gradient_is_the_derivative_of_the_loss_returned(critic, objective):
    rng = RNG(1)
    game, noise, real = game_with(CRITICS[critic](rng), objective, rng)
    draws = [(rng, copy.deepcopy(rng.bit_generator.state)) for rng in game.generators()]

    def loss_and_gradients():
        for generator, state in draws:
            generator.bit_generator.state = state
        return unrolled_gradients(game, noise, real)

    _, gradients = loss_and_gradients()
    direction = {name: RNG(2).standard_normal(g.shape) for name, g in gradients.items()}
    start, h, losses = game.generator.state(), 1e-6, []
    for step in (h, -h):
        for name, parameter in game.generator.parameters().items():
            parameter.value[...] = start[name] + step * direction[name]
        losses.append(float(loss_and_gradients()[0]))
    slope = sum((gradients[name] * direction[name]).sum() for name in gradients)
    assert abs(slope) > 1e-3
    assert slope == pytest.approx((losses[0] - losses[1]) / (2 * h), rel=1e-6)


@pytest.mark.parametrize("kind", CRITICS)
def test_d_keeps_every_bit_and_g_moves(kind, objective):
    rng = RNG(3)
    game, noise, real = game_with(CRITICS[kind](rng), objective, rng, optimizer=Adam)
    critic, optimizer = game.discriminator, game.discriminator_optimizer
    before = critic.state(), digest(optimizer.state()), game.generator.state()
    frozen = next(iter(critic.parameters().values()))
    frozen.frozen = True
    gradients = {}
    for name, parameter in critic.parameters().items():
        gradients[name] = rng.standard_normal(parameter.value.shape)
        parameter.gradient[...] = gradients[name]
    unrolled_generator_step(game, noise, real)
    for name, value in critic.state().items():
        np.testing.assert_array_equal(value, before[0][name], err_msg=name)
    assert digest(optimizer.state()) == before[1]
    for name, parameter in critic.parameters().items():
        assert parameter.tangent is None and parameter.frozen == (parameter is frozen)
        np.testing.assert_array_equal(parameter.gradient, gradients[name], err_msg=name)
    assert not any(buffer.frozen for buffer in critic.buffers().values())
    for name, value in game.generator.state().items():
        assert (value != before[2][name]).any(), name
    optimizer.step()  # its parameters are still its own


def test_d_is_put_back_where_the_step_fails_half_way():
    class Failing(NonSaturating):
        def generator(self, fake_score, real_score=None):
            raise RuntimeError("half way")

    rng = RNG(4)
    game, noise, real = game_with(CRITICS["spectral norm"](rng), Failing(), rng)
    before = game.discriminator.state()
    with pytest.raises(RuntimeError, match="half way"):
        unrolled_generator_step(game, noise, real)
    for name, value in game.discriminator.state().items():
        np.testing.assert_array_equal(value, before[name], err_msg=name)
    assert not any(buffer.frozen for buffer in game.discriminator.buffers().values())


def test_as_the_rate_goes_to_zero_it_becomes_the_plain_step(objective, activation):
    rng = RNG(5)
    game, noise, real = game_with(dense_critic(activation, rng), objective, rng)
    plain_loss, plain = unrolled_gradients(game, noise, real, generator_step)

    def distance(rate):
        game.unroll = rate
        loss, gradients = unrolled_gradients(game, noise, real)
        squares = sum(((gradients[name] - plain[name]) ** 2).sum() for name in plain)
        return abs(float(loss - plain_loss)), squares**0.5

    size = sum((gradient**2).sum() for gradient in plain.values()) ** 0.5
    assert distance(0.0)[0] <= 1e-15 * abs(plain_loss) and distance(0.0)[1] <= 1e-14 * size
    for far, near in zip(distance(1e-4), distance(1e-5), strict=True):
        assert 0 < near < 1e-3
        assert far == pytest.approx(10 * near, rel=1e-2)  # in proportion to the rate


def test_the_look_ahead_knows_nothing_of_penalties_and_moments():
    results = []
    for settings in ({}, {"penalties": [R1(5.0)], "optimizer": Adam, "clip": 0.1}):
        rng = RNG(6)
        game, noise, real = game_with(
            dense_critic(Tanh, rng), NonSaturating(), rng, **settings
        )
        results.append(unrolled_gradients(game, noise, real))
    assert results[0][0] == results[1][0]
    for name, gradient in results[0][1].items():
        np.testing.assert_array_equal(gradient, results[1][1][name])


def test_the_gradients_stay_right_after_many_steps_of_a_game():
    """What one step leaves behind must not be in the next one's gradient."""
    rng = RNG(7)
    game, noise, real = game_with(dense_critic(Tanh, rng), Relativistic(), rng)
    first = unrolled_gradients(game, noise, real)
    for _ in range(3):
        again = unrolled_gradients(game, noise, real)
    assert first[0] == again[0]
    for name, gradient in first[1].items():
        np.testing.assert_array_equal(gradient, again[1][name])


@pytest.mark.parametrize("unroll", [0.0, 0.3])
@pytest.mark.parametrize("kind", [NonSaturating, Relativistic])
def test_train_unrolls_where_the_game_says_so(kind, unroll):
    def fresh():
        rng = RNG(8)
        # The dropout counts the calls of D: a look ahead would draw other masks.
        return game_with(CRITICS["dropout"](rng), kind(), rng, unroll=unroll)[0]

    dataset = Dataset("noise", images=RNG(9).random((24, *SHAPE), dtype="float32"))
    trained, by_hand = fresh(), fresh()
    losses = [
        (float(event.discriminator_loss), float(event.generator_loss))
        for event in train(trained, dataset, steps=3, batch_size=COUNT, discriminator_steps=2)
        if isinstance(event, StepDone)
    ]
    batches = dataset.batches(COUNT, by_hand.rng)
    expected = []
    for _ in range(3):
        for _ in range(2):
            noise = by_hand.noise(COUNT)
            real = as_weights(next(batches), by_hand.weight)
            d_loss = discriminator_step(by_hand, real, noise)
        noise = by_hand.noise(COUNT)
        step = unrolled_generator_step if unroll else generator_step
        expected.append((float(d_loss), float(step(by_hand, noise, real))))
    assert losses == expected
    assert digest(trained.generator.state()) == digest(by_hand.generator.state())
    assert digest(trained.discriminator.state()) == digest(by_hand.discriminator.state())


@pytest.mark.parametrize("unroll", [-0.1, float("nan"), float("inf"), "1", None])
def test_a_rate_that_is_no_finite_number_above_zero_is_refused(unroll):
    with pytest.raises(ValueError, match="Game: unroll must be a finite number ≥ 0, got"):
        game_with(dense_critic(Tanh, RNG(0)), NonSaturating(), RNG(0), unroll=unroll)
