"""One training step of the 28 × 28 DCGAN, in this library and in PyTorch as everybody writes it.

    python -m gan_scratch.benchmarks.contestants ours|pytorch --normalization batch

runs some steps and prints one line of JSON: milliseconds a step (median), processor seconds, and
peak memory above the level before the first step, in MiB. A step is D on real and fake images, then
G, both with Adam; images and noise are drawn anew for each.
"""

import argparse
import json
import os
import statistics
import time

import numpy as np

IMAGES = 2048
SHAPE = (28, 28, 1)
LATENT = 100
LEARNING_RATE, BETAS = 2e-4, (0.5, 0.999)


def ours(batch_size, width, normalization):
    """A function that makes one step, through the public interface."""
    from gan_scratch.game import Game, discriminator_step, generator_step
    from gan_scratch.losses import NonSaturating
    from gan_scratch.models import dcgan
    from gan_scratch.optimizers import Adam

    rng = np.random.default_rng(0)
    images = rng.uniform(-1, 1, (IMAGES, *SHAPE)).astype("float32")
    generator = dcgan.generator(SHAPE, LATENT, width, rng=rng)
    discriminator = dcgan.discriminator(SHAPE, width, normalization, rng=rng)
    game = Game(
        generator, discriminator, NonSaturating(),
        *(Adam(p.parameters(), LEARNING_RATE, *BETAS) for p in (generator, discriminator)),
        rng=rng,
    )

    def step():
        real = images[rng.integers(IMAGES, size=batch_size)]
        discriminator_step(game, real, game.noise(batch_size))
        generator_step(game, game.noise(batch_size))

    return step


def pytorch(batch_size, width, normalization):
    """The same step as the DCGAN tutorials write it: the fakes of D's step serve G's, too."""
    import torch
    from torch import nn

    class Reshape(nn.Module):
        def forward(self, x):
            return x.view(-1, 2 * width, 7, 7)

    torch.manual_seed(0)
    normalized = normalization == "batch"
    generator = nn.Sequential(
        nn.Linear(LATENT, 2 * width * 49, bias=False), Reshape(),
        nn.BatchNorm2d(2 * width), nn.ReLU(True),
        nn.ConvTranspose2d(2 * width, width, 4, 2, 1, bias=False),
        nn.BatchNorm2d(width), nn.ReLU(True),
        nn.ConvTranspose2d(width, 1, 4, 2, 1), nn.Tanh(),
    )  # fmt: skip
    discriminator = nn.Sequential(
        nn.Conv2d(1, width, 4, 2, 1), nn.LeakyReLU(0.2, True),
        nn.Conv2d(width, 2 * width, 4, 2, 1, bias=not normalized),
        *([nn.BatchNorm2d(2 * width)] if normalized else []), nn.LeakyReLU(0.2, True),
        nn.Flatten(), nn.Linear(2 * width * 49, 1),
    )  # fmt: skip
    generator_optimizer, discriminator_optimizer = (
        torch.optim.Adam(player.parameters(), LEARNING_RATE, BETAS)
        for player in (generator, discriminator)
    )
    loss = nn.BCEWithLogitsLoss()
    images = torch.empty(IMAGES, 1, 28, 28).uniform_(-1, 1)
    ones, zeros = torch.ones(batch_size, 1), torch.zeros(batch_size, 1)

    def step():
        real = images[torch.randint(IMAGES, (batch_size,))]
        discriminator_optimizer.zero_grad()
        loss(discriminator(real), ones).backward()
        fake = generator(torch.randn(batch_size, LATENT))
        loss(discriminator(fake.detach()), zeros).backward()
        discriminator_optimizer.step()
        generator_optimizer.zero_grad()
        loss(discriminator(fake), ones).backward()
        generator_optimizer.step()

    return step


CONTESTANTS = {"ours": ours, "pytorch": pytorch}


def resident_mib():
    """(memory of this process now, its highest so far), in MiB."""
    with open("/proc/self/status", encoding="ascii") as file:
        fields = dict(line.split(":", 1) for line in file)
    return tuple(int(fields[name].split()[0]) / 1024 for name in ("VmRSS", "VmHWM"))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("contestant", choices=CONTESTANTS)
    parser.add_argument("--normalization", default="batch")
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--width", type=int, default=64)
    parser.add_argument("--steps", type=int, default=20)
    options = parser.parse_args()
    make = CONTESTANTS[options.contestant]
    step = make(options.batch_size, options.width, options.normalization)
    measured = os.path.exists("/proc/self/status")
    before = resident_mib()[0] if measured else 0
    for _ in range(3):  # the first steps fill caches and choose algorithms
        step()
    seconds, processor = [], time.process_time()
    for _ in range(options.steps):
        start = time.perf_counter()
        step()
        seconds.append(time.perf_counter() - start)
    processor = time.process_time() - processor
    print(json.dumps({
        "milliseconds": 1000 * statistics.median(seconds),
        "processor_seconds": processor,
        "seconds": sum(seconds),
        "peak_mib": resident_mib()[1] - before if measured else None,
    }))  # fmt: skip


if __name__ == "__main__":
    main()
