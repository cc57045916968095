"""The same game in PyTorch: as people write it, and with what makes it faster."""

import copy
import itertools

import numpy as np
import torch
from torch import nn
from torch.nn import functional
from torch.optim import swa_utils

from gan_scratch import layers
from gan_scratch.benchmarks.contestants import ENDLESS
from gan_scratch.exchange import to_state_dict


def steps(model, batch_size, name, cores=1):
    """An endless iterator that plays a round each time; PyTorch's threads are set by the
    environment."""
    torch.manual_seed(0)
    twin, recipe = Twin(model, tuned=name == "pytorch-tuned"), model.recipe
    images = as_images(model.dataset().images, twin.layout)

    def noise():
        return torch.randn(batch_size, recipe.players.latent)

    def step():
        real = images[torch.randint(len(images), (batch_size,))]
        twin.play(real, noise(), noise() if model.shipped else None)

    return iter(step, "never")


def as_images(samples, layout=torch.contiguous_format):
    """Our samples, channels last, as PyTorch has them."""
    images = torch.from_numpy(np.array(samples.transpose(0, 3, 1, 2)))
    return images.contiguous(memory_format=layout)


class Twin:
    """A model's game in PyTorch, with the weights that ours starts with.

    `tuned` keeps D's weights out of G's step, has the fused Adam, lays images out channels last,
    and averages all weights in one call.
    """

    def __init__(self, model, tuned):
        game = model.game()
        self.recipe, self.tuned, self.rounds = model.recipe, tuned, 0
        self.schedule = self.recipe.schedule
        images = tuned and self.recipe.players.kind == "dcgan"
        self.layout = torch.channels_last if images else torch.contiguous_format
        self.generator = self.player(game.generator)
        self.discriminator = self.player(game.discriminator, model.shape)
        adams = self.recipe.optimizers
        rate, betas = adams.learning_rate, (adams.beta1, adams.beta2)
        weights = self.generator.parameters(), self.discriminator.parameters()
        self.optimizers = [torch.optim.Adam(each, rate, betas, fused=tuned) for each in weights]
        self.average = copy.deepcopy(self.generator) if adams.average else None

    def player(self, ours, sample_shape=None):
        twin, state = twin_of(ours), to_state_dict(ours, sample_shape)
        state = {name: torch.from_numpy(array) for name, array in state.items()}
        twin.to(next(iter(state.values())).dtype).load_state_dict(state)
        return twin.to(memory_format=self.layout)

    def play(self, real, z, z_again=None):
        """A round on real samples: D's step on fakes made of z, then G's on those of z_again, or on
        the same fakes. Returns both losses."""
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                rate = self.recipe.optimizers.learning_rate
                group["lr"] = rate * self.schedule(self.rounds / ENDLESS)
        with torch.set_grad_enabled(z_again is None):
            fake = self.generator(z)
        generator_optimizer, discriminator_optimizer = self.optimizers
        discriminator_optimizer.zero_grad()
        d_loss = self.discriminator_loss(real, fake.detach())
        d_loss.backward()
        discriminator_optimizer.step()

        generator_optimizer.zero_grad()
        self.discriminator.requires_grad_(not self.tuned)
        if z_again is not None:
            fake = self.generator(z_again)
        g_loss = self.generator_loss(real.detach(), fake)
        g_loss.backward()
        self.discriminator.requires_grad_(True)
        generator_optimizer.step()
        if self.average:
            self.update_average()
        self.rounds += 1
        return d_loss.detach(), g_loss.detach()

    def discriminator_loss(self, real, fake):
        penalties = self.recipe.penalties
        penalised = [
            (gamma, x) for gamma, x in ((penalties.r1, real), (penalties.r2, fake))
            if gamma and self.rounds % penalties.every == 0
        ]
        for _, x in penalised:
            x.requires_grad_()
        real_score, fake_score = self.discriminator(real), self.discriminator(fake)
        if self.recipe.objective == "relativistic":
            loss = functional.softplus(fake_score - real_score).mean()
        else:
            loss = binary(real_score, 1) + binary(fake_score, 0)
        for gamma, x in penalised:
            score = real_score if x is real else fake_score
            (slope,) = torch.autograd.grad(score.sum(), x, create_graph=True)
            strength = penalties.every * gamma / 2
            loss = loss + strength * slope.square().sum(dim=(1, 2, 3)).mean()
        return loss

    def generator_loss(self, real, fake):
        fake_score = self.discriminator(fake)
        if self.recipe.objective == "relativistic":
            return functional.softplus(self.discriminator(real) - fake_score).mean()
        return binary(fake_score, 1)

    @torch.no_grad()
    def update_average(self):
        decay = self.recipe.optimizers.average
        decay = min(decay, (1 + self.rounds) / (10 + self.rounds))
        means, values = (
            [*player.parameters(), *(b for b in player.buffers() if b.is_floating_point())]
            for player in (self.average, self.generator)
        )
        if self.tuned:
            swa_utils.get_ema_multi_avg_fn(decay)(means, values, None)
            return
        for mean, value in zip(means, values, strict=True):
            mean.lerp_(value, 1 - decay)


def binary(score, target):
    return functional.binary_cross_entropy_with_logits(score, torch.full_like(score, target))


class Residual(nn.Module):
    def __init__(self, body):
        super().__init__()
        self.body = body

    def forward(self, x):
        return x + self.body(x)


def twin_of(sequential, inplace=True):
    """What one would write in PyTorch for our Sequential. Activations overwrite what they take,
    but for those of a residual block, which needs it once more."""
    return nn.Sequential(*(
        module_of(layer, isinstance(previous, layers.Dense), inplace)
        for previous, layer in itertools.pairwise([None, *sequential.layers])
    ))


def module_of(layer, behind_dense, inplace):
    match layer:
        case layers.Dense():
            return nn.Linear(layer.in_features, layer.out_features, layer.bias is not None)
        case layers.Conv2D() | layers.ConvTranspose2D():
            kind = nn.Conv2d if isinstance(layer, layers.Conv2D) else nn.ConvTranspose2d
            padding = (layer.kernel_size[0] - 1) // 2  # as all of the DCGAN's layers have it
            return kind(
                layer.in_channels, layer.out_channels, layer.kernel_size, layer.stride, padding,
                bias=layer.bias is not None,
            )
        case layers.BatchNorm():
            return (nn.BatchNorm1d if behind_dense else nn.BatchNorm2d)(layer.num_features)
        case layers.Residual():
            return Residual(twin_of(layer.body, inplace=False))
        case layers.Reshape():
            height, width, channels = layer.shape
            return nn.Unflatten(1, (channels, height, width))
        case layers.LeakyReLU():
            return nn.LeakyReLU(layer.negative_slope, inplace)
        case layers.ReLU():
            return nn.ReLU(inplace)
        case layers.Flatten() | layers.Sigmoid() | layers.Tanh():  # these have the same name
            return getattr(nn, type(layer).__name__)()
    raise TypeError(f"the benchmark knows no twin of {type(layer).__name__}")
