"""Whole trainings with penalties beside twins in PyTorch: same weights, batches, noise and draws.

The twins know nothing of this library: plain tensors, autograd, torch.optim.
"""

import numpy as np
import pytest

from gan_scratch.game import Game, discriminator_step, generator_step
from gan_scratch.layers import (
    Augment,
    Conv2D,
    Dense,
    Flatten,
    LeakyReLU,
    Reshape,
    Sequential,
    Tanh,
)
from gan_scratch.losses import Relativistic, Wasserstein
from gan_scratch.models import mlp
from gan_scratch.optimizers import Adam, Average
from gan_scratch.penalties import R1, R2, GradientPenalty

torch = pytest.importorskip("torch")
torch.set_num_threads(1)
functional = torch.nn.functional

ROUNDS, BATCH, LATENT = 100, 10, 3
RATE, BETAS, EPS, DECAY = 0.002, (0.0, 0.9), 1e-7, 0.9
TOLERANCE = 1e-8
IMAGE, INNER = (8, 8, 2), (8, 8, 3)  # of the game with convolutions
KINDS = ("brightness", "contrast", "translation", "cutout")


class Twin:
    """Two players as tensors, with their optimisers and the averaged G.

    A subclass says what the players are and what their losses.
    """

    def __init__(self, generator, discriminator):
        self.generator, self.discriminator = (
            [torch.tensor(p.value, requires_grad=True) for p in player.parameters().values()]
            for player in (generator, discriminator)
        )
        self.average = [tensor.detach().clone() for tensor in self.generator]
        self.updates = 0
        self.optimizers = {
            "G": torch.optim.Adam(self.generator, lr=RATE, betas=BETAS, eps=EPS),
            "D": torch.optim.Adam(self.discriminator, lr=RATE, betas=BETAS, eps=EPS),
        }

    def step(self, player, loss):
        self.optimizers[player].zero_grad()
        loss.backward()
        self.optimizers[player].step()
        return loss.item()

    def slopes(self, x):
        """|∇ₓ D(x)|² of each sample, to be differentiated again."""
        x = x.detach().requires_grad_()
        (slope,) = torch.autograd.grad(self.score(x).sum(), x, create_graph=True)
        return slope.pow(2).flatten(1).sum(1)

    def update_average(self):
        decay = min(DECAY, (1 + self.updates) / (10 + self.updates))
        self.updates += 1
        for mean, tensor in zip(self.average, self.generator, strict=True):
            mean.mul_(decay).add_(tensor.detach(), alpha=1 - decay)


class WassersteinTwin(Twin):
    """WGAN-GP (Gulrajani et al. 2017, algorithm 1), on perceptrons.

    D has a tanh in it: the slope of leaky ReLUs alone is the same all around a point.
    """

    def __init__(self, generator, discriminator, weight, rng):
        super().__init__(generator, discriminator)
        self.weight, self.rng = weight, rng

    def sample(self, noise):
        return torch.sigmoid(perceptron(noise, self.generator)).reshape(-1, 2, 2, 1)

    def score(self, samples):
        h = torch.tanh(perceptron(samples.flatten(1), self.discriminator[:2]))
        return perceptron(h, self.discriminator[2:])

    def discriminator_step(self, real, noise):
        fake = self.sample(noise).detach()
        alpha = torch.tensor(self.rng.random(len(real))).reshape(-1, 1, 1, 1)
        norm = (self.slopes(alpha * real + (1 - alpha) * fake) + 1e-12).sqrt()
        loss = self.score(fake).mean() - self.score(real).mean()
        return self.step("D", loss + self.weight * (norm - 1).pow(2).mean())

    def generator_step(self, noise, real):
        return self.step("G", -self.score(self.sample(noise)).mean())


class RelativisticTwin(Twin):
    """The relativistic game with R1 and R2 (Huang et al. 2024), on convolutions."""

    def __init__(self, generator, discriminator, gamma, augment):
        super().__init__(generator, discriminator)
        self.gamma, self.augment = gamma, augment

    def sample(self, noise):
        dense, dense_bias, weight, bias = self.generator
        h = functional.leaky_relu(functional.linear(noise, dense.T, dense_bias), 0.2)
        h = convolved(h.reshape(-1, *INNER), weight, bias, stride=1)
        return torch.tanh(h)

    def score(self, images):
        weight, bias, dense, dense_bias = self.discriminator
        h = functional.leaky_relu(convolved(self.augment(images), weight, bias, stride=2), 0.2)
        return functional.linear(h.flatten(1), dense.T, dense_bias)

    def discriminator_step(self, real, noise):
        """One pass of D over the real samples and one over the fakes, for scores and slopes."""
        real, fake = (x.detach().requires_grad_() for x in (real, self.sample(noise)))
        scores = self.score(real), self.score(fake)
        loss = -functional.logsigmoid(scores[0] - scores[1]).mean()
        for gamma, x, score in zip(self.gamma, (real, fake), scores, strict=True):
            (slope,) = torch.autograd.grad(score.sum(), x, create_graph=True)
            loss = loss + gamma / 2 * slope.square().sum(dim=(1, 2, 3)).mean()
        return self.step("D", loss)

    def generator_step(self, noise, real):
        # Python asks for the fakes' scores first, as the draws of the augmentation are in order.
        fake_score, real_score = self.score(self.sample(noise)), self.score(real)
        return self.step("G", -functional.logsigmoid(fake_score - real_score).mean())


class Augmentation:
    """Brightness, contrast, translation and cutout of 8 × 8 images (Zhao et al. 2020).

    Drawn from a generator equal to that of the game's layer, in the order of the kinds.
    """

    def __init__(self, rng):
        self.rng = rng

    def __call__(self, images):
        count = len(images)
        lighter, stronger = (torch.tensor(self.rng.random((count, 1, 1, 1))) for _ in range(2))
        down, right = (self.rng.integers(-1, 2, count) for _ in range(2))
        row, column = (self.rng.integers(8, size=count) for _ in range(2))
        x = images + lighter - 0.5
        mean = x.mean((1, 2, 3), keepdim=True)
        x = mean + (stronger + 0.5) * (x - mean)
        changed = []
        for n in range(count):
            framed = functional.pad(x[n], (0, 0, 1, 1, 1, 1))
            image = framed[1 - down[n] : 9 - down[n], 1 - right[n] : 9 - right[n]]
            mask = torch.ones(8, 8, 1, dtype=x.dtype)
            mask[max(row[n] - 2, 0) : row[n] + 2, max(column[n] - 2, 0) : column[n] + 2] = 0
            changed.append(image * mask)
        return torch.stack(changed)


def convolved(x, weight, bias, stride):
    """A 3 × 3 convolution of channels-last images, a zero around them."""
    weight = weight.permute(3, 2, 0, 1)
    y = functional.conv2d(x.permute(0, 3, 1, 2), weight, bias, stride=stride, padding=1)
    return y.permute(0, 2, 3, 1)


def perceptron(x, tensors):
    """Dense layers with leaky ReLUs between them; `tensors` is weight, bias, weight, bias, ..."""
    for index in range(0, len(tensors), 2):
        x = functional.leaky_relu(x, 0.2) if index else x
        x = functional.linear(x, tensors[index].T, tensors[index + 1])
    return x


def play(game, twin, rng, shape, discriminator_steps):
    """ROUNDS rounds of both; their losses agree in each step."""
    start = {id(player): player.state() for player in (game.generator, game.discriminator)}
    for _ in range(ROUNDS):
        for _ in range(discriminator_steps):
            real = rng.beta(2, 5, (BATCH, *shape))
            noise = rng.standard_normal((BATCH, LATENT))
            d_loss = discriminator_step(game, real, noise)
            theirs = twin.discriminator_step(torch.tensor(real), torch.tensor(noise))
            assert d_loss == pytest.approx(theirs, rel=TOLERANCE)
        noise = rng.standard_normal((BATCH, LATENT))
        g_loss = generator_step(game, noise, real)
        theirs = twin.generator_step(torch.tensor(noise), torch.tensor(real))
        assert g_loss == pytest.approx(theirs, rel=TOLERANCE)
        game.average.update()
        twin.update_average()
    # The comparison would also hold for players that stood still.
    for player in (game.generator, game.discriminator):
        for name, value in player.state().items():
            if name != unmoved_bias(game.discriminator, player):
                moved = np.linalg.norm(value - start[id(player)][name])
                assert moved > 1e-2 * np.linalg.norm(value), name


def unmoved_bias(discriminator, player):
    """The name of D's last bias: a loss of differences of scores does not move it."""
    return list(discriminator.parameters())[-1] if player is discriminator else None


def assert_same_weights(game, twin):
    """To TOLERANCE of each tensor's norm, for G, D and the averaged G."""
    for player, tensors in (
        (game.generator, twin.generator), (game.discriminator, twin.discriminator),
        (game.average.model, twin.average),
    ):
        for (name, parameter), tensor in zip(
            player.parameters().items(), tensors, strict=True
        ):
            theirs = tensor.detach().numpy()
            distance = np.linalg.norm(parameter.value - theirs)
            if name == unmoved_bias(game.discriminator, player):
                assert distance <= TOLERANCE, name  # 0, or what Adam makes of rounding
            else:
                assert distance <= TOLERANCE * np.linalg.norm(theirs), name


def game_of(generator, discriminator, objective, penalties, rng):
    return Game(
        generator, discriminator, objective,
        *(
            Adam(player.parameters(), RATE, *BETAS, eps=EPS)
            for player in (generator, discriminator)
        ),
        penalties=penalties, rng=rng, average=Average(generator, DECAY),
    )


def test_one_hundred_rounds_of_wgan_gp_end_at_the_weights_of_the_twin():
    rng, shape, hidden = np.random.default_rng(0), (2, 2, 1), (8, 7)
    generator = mlp.generator(shape, LATENT, hidden, rng=rng).astype("float64")
    discriminator = Sequential(
        Flatten(), Dense(4, 8, rng=rng), Tanh(), Dense(8, 7, rng=rng), LeakyReLU(),
        Dense(7, 1, rng=rng),
    ).astype("float64")
    # Noise is handed in, so alpha is all that the game draws; the twin draws it from an equal one.
    game = game_of(
        generator, discriminator, Wasserstein(), [GradientPenalty(10.0)], np.random.default_rng(1)
    )
    twin = WassersteinTwin(generator, discriminator, 10.0, np.random.default_rng(1))
    play(game, twin, rng, shape, discriminator_steps=4)
    assert_same_weights(game, twin)
    assert game.rng.random() == twin.rng.random()


@pytest.mark.parametrize("augmented", [False, True], ids=["plain", "augmented"])
def test_one_hundred_rounds_of_the_relativistic_game_end_at_the_weights_of_the_twin(augmented):
    rng = np.random.default_rng(2)
    generator = Sequential(
        Dense(LATENT, 192, rng=rng), LeakyReLU(), Reshape(INNER),
        Conv2D(3, 2, 3, padding=1, rng=rng), Tanh(),
    ).astype("float64")
    front = [Augment(*KINDS, rng=np.random.default_rng(3))] if augmented else []
    discriminator = Sequential(
        *front, Conv2D(2, 4, 3, stride=2, padding=1, rng=rng), LeakyReLU(), Flatten(),
        Dense(64, 1, rng=rng),
    ).astype("float64")
    game = game_of(generator, discriminator, Relativistic(), [R1(0.5), R2(0.3)], rng)
    augment = Augmentation(np.random.default_rng(3)) if augmented else lambda images: images
    twin = RelativisticTwin(generator, discriminator, (0.5, 0.3), augment)
    play(game, twin, rng, IMAGE, discriminator_steps=1)
    assert_same_weights(game, twin)
    if augmented:  # as often as the twin: real and fake, then fake and real
        assert discriminator[0].rng.random() == augment.rng.random()
