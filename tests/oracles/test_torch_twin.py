"""A whole training beside a twin in PyTorch: same weights, batches and noise, same parameters.

The twin knows nothing of this library: plain tensors, autograd, torch.optim.
"""

import numpy as np
import pytest

from gan_scratch.game import Game, discriminator_step, generator_step
from gan_scratch.losses import Minimax, NonSaturating
from gan_scratch.models import mlp
from gan_scratch.optimizers import SGD, Adam, Average, Momentum, RMSprop
from gan_scratch.penalties import R1

torch = pytest.importorskip("torch")
torch.set_num_threads(1)
functional = torch.nn.functional

STEPS, BATCH, LATENT, SHAPE, HIDDEN = 100, 12, 3, (2, 2, 1), (8, 7)
GAMMA, AVERAGE_DECAY = 0.5, 0.9
TOLERANCE = 1e-9

OPTIMIZERS = {
    "SGD": (
        lambda parameters: SGD(parameters, 0.05),
        lambda tensors: torch.optim.SGD(tensors, lr=0.05),
    ),
    "Momentum": (
        lambda parameters: Momentum(parameters, 0.02, momentum=0.8),
        lambda tensors: torch.optim.SGD(tensors, lr=0.02, momentum=0.8),
    ),
    "RMSprop": (
        lambda parameters: RMSprop(parameters, 0.002, decay=0.95, eps=1e-6),
        lambda tensors: torch.optim.RMSprop(tensors, lr=0.002, alpha=0.95, eps=1e-6),
    ),
    "Adam": (
        lambda parameters: Adam(parameters, 0.002, beta1=0.5, beta2=0.9, eps=1e-7),
        lambda tensors: torch.optim.Adam(tensors, lr=0.002, betas=(0.5, 0.9), eps=1e-7),
    ),
}


class Twin:
    """The same two players in torch, with the losses of Goodfellow et al. written as logarithms."""

    def __init__(self, generator, discriminator, saturating, make_optimizer):
        self.generator, self.discriminator = tensors_of(generator), tensors_of(discriminator)
        self.average = [tensor.detach().clone() for tensor in self.generator]
        self.saturating = saturating
        self.generator_optimizer = make_optimizer(self.generator)
        self.discriminator_optimizer = make_optimizer(self.discriminator)

    def sample(self, noise):
        return torch.sigmoid(perceptron(noise, self.generator))

    def score(self, samples):
        return perceptron(samples.reshape(len(samples), -1), self.discriminator)

    def discriminator_step(self, real, noise, gamma):
        fake = self.sample(noise).detach()
        loss = (
            -functional.logsigmoid(self.score(real)).mean()
            - functional.logsigmoid(-self.score(fake)).mean()  # log(1 - D) = log σ(-score)
        )
        if gamma:
            real = real.clone().requires_grad_()
            (slope,) = torch.autograd.grad(self.score(real).sum(), real, create_graph=True)
            loss = loss + gamma / 2 * slope.pow(2).flatten(1).sum(1).mean()
        self.discriminator_optimizer.zero_grad()
        loss.backward()
        self.discriminator_optimizer.step()
        return loss.item()

    def generator_step(self, noise):
        score = self.score(self.sample(noise))
        if self.saturating:
            loss = functional.logsigmoid(-score).mean()
        else:
            loss = -functional.logsigmoid(score).mean()
        self.generator_optimizer.zero_grad()
        loss.backward()
        self.generator_optimizer.step()
        return loss.item()

    def update_average(self, step):
        decay = min(AVERAGE_DECAY, (1 + step) / (10 + step))
        for mean, tensor in zip(self.average, self.generator, strict=True):
            mean.mul_(decay).add_(tensor.detach(), alpha=1 - decay)


def perceptron(x, tensors):
    """Dense layers with leaky ReLUs between them; `tensors` is weight, bias, weight, bias, ..."""
    for index in range(0, len(tensors), 2):
        if index > 0:
            x = functional.leaky_relu(x, 0.2)
        x = x @ tensors[index] + tensors[index + 1]
    return x


def tensors_of(player):
    return [
        torch.tensor(parameter.value, requires_grad=True)
        for parameter in player.parameters().values()
    ]


def relative_distance(parameter, tensor):
    theirs = tensor.detach().numpy()
    return np.linalg.norm(parameter.value - theirs) / np.linalg.norm(theirs)


def largest_distance(player, tensors):
    return max(
        relative_distance(parameter, tensor)
        for parameter, tensor in zip(player.parameters().values(), tensors, strict=True)
    )


@pytest.mark.parametrize("gamma", [0, GAMMA], ids=["plain", "R1"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("objective", [Minimax, NonSaturating])
def test_one_hundred_steps_end_at_the_weights_of_the_twin(objective, optimizer, gamma):
    rng = np.random.default_rng(7)
    generator = mlp.generator(SHAPE, LATENT, HIDDEN, rng=rng).astype("float64")
    discriminator = mlp.discriminator(SHAPE, HIDDEN, rng=rng).astype("float64")
    ours, theirs = OPTIMIZERS[optimizer]
    twin = Twin(generator, discriminator, objective is Minimax, theirs)
    start = {name: player.state() for name, player in (("G", generator), ("D", discriminator))}
    game = Game(
        generator, discriminator, objective(),
        ours(generator.parameters()), ours(discriminator.parameters()),
        penalties=[R1(gamma)] if gamma else [], rng=rng,
        average=Average(generator, AVERAGE_DECAY),
    )

    for step in range(STEPS):
        real = rng.beta(2, 5, (BATCH, *SHAPE))
        noise = rng.standard_normal((2, BATCH, LATENT))
        d_loss = discriminator_step(game, real, noise[0])
        g_loss = generator_step(game, noise[1])
        game.average.update()
        real, noise = torch.tensor(real), torch.tensor(noise)
        assert d_loss == pytest.approx(twin.discriminator_step(real, noise[0], gamma), rel=1e-9)
        assert g_loss == pytest.approx(twin.generator_step(noise[1]), rel=1e-9)
        twin.update_average(step)

    assert largest_distance(generator, twin.generator) <= TOLERANCE
    assert largest_distance(discriminator, twin.discriminator) <= TOLERANCE
    assert largest_distance(game.average.model, twin.average) <= TOLERANCE
    # The comparison would also hold for players that stood still.
    for name, player in (("G", generator), ("D", discriminator)):
        for key, parameter in player.parameters().items():
            moved = np.linalg.norm(parameter.value - start[name][key])
            assert moved > 1e-3 * np.linalg.norm(parameter.value), (name, key)
