"""The step in PyTorch: as its DCGAN tutorials write it, and with what makes it faster."""

import torch
from torch import nn
from torch.nn import functional

from gan_scratch.benchmarks.contestants import BETAS, LATENT, LEARNING_RATE, SAMPLES


def steps(model, batch_size, name):
    """An endless iterator that makes a step each time. "pytorch-tuned" keeps D's weights out of G's
    step, has the fused Adam, and lays images out channels last."""
    tuned = name == "pytorch-tuned"
    torch.manual_seed(0)
    height, width, channels = model.shape
    images = torch.empty(SAMPLES, channels, height, width).uniform_(-1, 1)
    generator, discriminator = players(model)
    if tuned and model.width:
        images = images.contiguous(memory_format=torch.channels_last)
        for player in (generator, discriminator):
            player.to(memory_format=torch.channels_last)
    generator_optimizer, discriminator_optimizer = (
        torch.optim.Adam(player.parameters(), LEARNING_RATE, BETAS, fused=tuned)
        for player in (generator, discriminator)
    )

    def step():
        real = images[torch.randint(SAMPLES, (batch_size,))]
        fake = generator(torch.randn(batch_size, LATENT))
        discriminator_optimizer.zero_grad()
        discriminator_loss(model, discriminator, real, fake.detach()).backward()
        discriminator_optimizer.step()
        generator_optimizer.zero_grad()
        discriminator.requires_grad_(not tuned)
        generator_loss(model, discriminator, real, fake).backward()
        discriminator.requires_grad_(True)
        generator_optimizer.step()

    return iter(step, "never")


def discriminator_loss(model, discriminator, real, fake):
    if not model.gamma:
        real_score, fake_score = discriminator(real), discriminator(fake)
        return binary(real_score, 1) + binary(fake_score, 0)
    real, fake = real.requires_grad_(), fake.requires_grad_()
    real_score, fake_score = discriminator(real), discriminator(fake)
    loss = functional.softplus(fake_score - real_score).mean()
    for score, x in ((real_score, real), (fake_score, fake)):
        (slope,) = torch.autograd.grad(score.sum(), x, create_graph=True)
        loss = loss + model.gamma / 2 * slope.square().sum(dim=(1, 2, 3)).mean()
    return loss


def generator_loss(model, discriminator, real, fake):
    fake_score = discriminator(fake)
    if not model.gamma:
        return binary(fake_score, 1)
    return functional.softplus(discriminator(real.detach()) - fake_score).mean()


def binary(score, target):
    return functional.binary_cross_entropy_with_logits(score, torch.full_like(score, target))


def players(model):
    """(generator, discriminator) of the same sizes as ours."""
    height, width, channels = model.shape
    pixels = height * width * channels
    if not model.width:
        generator = nn.Sequential(
            nn.Linear(LATENT, 128), nn.LeakyReLU(0.2, True), nn.Linear(128, 128),
            nn.LeakyReLU(0.2, True), nn.Linear(128, pixels), nn.Tanh(),
            nn.Unflatten(1, (channels, height, width)),
        )
        discriminator = nn.Sequential(
            nn.Flatten(), nn.Linear(pixels, 128), nn.LeakyReLU(0.2, True), nn.Linear(128, 128),
            nn.LeakyReLU(0.2, True), nn.Linear(128, 1),
        )
        return generator, discriminator
    widths, smallest, first = model.widths, model.smallest, model.widths[-1]
    normalized = not model.gamma

    def behind(channels, activation):
        return [*([nn.BatchNorm2d(channels)] if normalized else []), activation]

    layers = [
        nn.Linear(LATENT, first * smallest**2, bias=not normalized),
        nn.Unflatten(1, (first, smallest, smallest)), *behind(first, nn.ReLU(True)),
    ]
    for inputs, outputs in zip(widths[:0:-1], widths[-2::-1], strict=True):
        layers += [
            nn.ConvTranspose2d(inputs, outputs, 4, 2, 1, bias=not normalized),
            *behind(outputs, nn.ReLU(True)),
        ]
    generator = nn.Sequential(*layers, nn.ConvTranspose2d(widths[0], channels, 4, 2, 1), nn.Tanh())
    layers = [nn.Conv2d(channels, widths[0], 4, 2, 1), nn.LeakyReLU(0.2, True)]
    for inputs, outputs in zip(widths[:-1], widths[1:], strict=True):
        layers += [
            nn.Conv2d(inputs, outputs, 4, 2, 1, bias=not normalized),
            *behind(outputs, nn.LeakyReLU(0.2, True)),
        ]
    discriminator = nn.Sequential(*layers, nn.Flatten(), nn.Linear(first * smallest**2, 1))
    return generator, discriminator
