"""One training step of a GAN, in this library and in others: what `bench speed` times.

    python -m gan_scratch.benchmarks.contestants ours mlp --batch-size 128

runs some steps and prints one line of JSON. A step is D on real samples and on fakes, then G, both
with Adam; samples and noise are drawn anew for each, and the fakes of D's step serve G's too, as is
usual. Ours runs through the ordinary `train`.

    ours            this library
    pytorch         PyTorch as its tutorials write it (in_pytorch.py)
    pytorch-tuned   the same with what makes it faster
    dezero          a NumPy library with a graph of its own (in_dezero.py)
"""

import argparse
import contextlib
import ctypes
import importlib
import json
import statistics
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

SAMPLES = 4096  # that real batches are drawn from
LATENT = 100
LEARNING_RATE, BETAS = 2e-4, (0.5, 0.999)
FIRST_STEPS = 3  # not timed: they fill caches and choose algorithms
LEAST_SECONDS = 1  # of timed steps: a few short ones would tell little


@dataclass(frozen=True)
class Model:
    """Both players, as each contestant has to build them.

    shape       of a sample (H, W, C)
    width       of the DCGAN's outermost layer; 0: the players are dense, 128 - 128 inside
    batch       the usual batch size
    gamma       0: non-saturating loss and batch norm in both players. Else the relativistic loss
                with R1 and R2 of this γ, and no batch norm
    """

    shape: tuple
    width: int
    batch: int
    gamma: float = 0.0

    @property
    def widths(self):
        """Channels of the DCGAN's inner layers, from the outermost to the smallest."""
        return [self.width << level for level in range({28: 2, 64: 4}[self.shape[0]])]

    @property
    def smallest(self):
        """Places along a side of the smallest layer."""
        return self.shape[0] >> len(self.widths)


MODELS = {
    "mlp": Model((28, 28, 1), 0, 128),
    "dcgan-28": Model((28, 28, 1), 64, 64),
    "dcgan-64": Model((64, 64, 3), 64, 32),
    "dcgan-28-r1-r2": Model((28, 28, 1), 64, 64, gamma=1.0),
}


class Contestant(NamedTuple):
    """A library that makes the step.

    module          has `steps(model, batch_size, name)`: an iterator that makes a step each time
    package         what has to be installed
    second_order    whether it can penalise a slope
    """

    module: str
    package: str
    second_order: bool = True


CONTESTANTS = {
    "ours": Contestant("contestants", "gan_scratch"),
    "pytorch": Contestant("in_pytorch", "torch"),
    "pytorch-tuned": Contestant("in_pytorch", "torch"),
    "dezero": Contestant("in_dezero", "dezero", second_order=False),
}


def can_play(contestant, model):
    """Whether the library can express the step."""
    return CONTESTANTS[contestant].second_order or not model.gamma


def multiplications(model, batch_size):
    """How many a step needs with ordinary products: forward passes, and backward passes for what
    is asked of them. G plays once forward and once back; D three times forward, twice back for
    its weights and once for its input. R1 and R2 add to each pass for D's weights one back for the
    input and the two tangent passes, and the relativistic G asks D about real samples too."""
    if model.width:
        pixels = model.shape[0] * model.shape[1] // 4  # places of the outermost layer's small side
        channels = [model.shape[2], *model.widths]
        between = [
            pixels // 4**level * 16 * inputs * outputs
            for level, (inputs, outputs) in enumerate(zip(channels, channels[1:], strict=False))
        ]
        last = model.smallest**2 * channels[-1]
        discriminator, generator = [*between, last], [LATENT * last, *between[::-1]]
    else:
        pixels = model.shape[0] * model.shape[1] * model.shape[2]
        discriminator = [pixels * 128, 128 * 128, 128]
        generator = [LATENT * 128, 128 * 128, 128 * pixels]
    total = 3 * sum(generator) - generator[0] + 8 * sum(discriminator) - 2 * discriminator[0]
    if model.gamma:
        total += 2 * (4 * sum(discriminator) - discriminator[0]) + sum(discriminator)
    return batch_size * total


def steps(model, batch_size, name="ours"):
    """An endless iterator that makes one of our steps each time."""
    from gan_scratch.datasets import Dataset
    from gan_scratch.game import Game
    from gan_scratch.losses import NonSaturating, Relativistic
    from gan_scratch.models import dcgan, mlp
    from gan_scratch.optimizers import Adam
    from gan_scratch.penalties import R1, R2
    from gan_scratch.training import StepDone, train

    rng = np.random.default_rng(0)
    images = rng.uniform(-1, 1, (SAMPLES, *model.shape)).astype("float32")
    if model.width:
        normalization = "none" if model.gamma else "batch"
        generator = dcgan.generator(model.shape, LATENT, model.width, normalization, rng=rng)
        discriminator = dcgan.discriminator(model.shape, model.width, normalization, rng=rng)
    else:
        generator = mlp.generator(model.shape, LATENT, output="tanh", rng=rng)
        discriminator = mlp.discriminator(model.shape, rng=rng)
    adams = [Adam(p.parameters(), LEARNING_RATE, *BETAS) for p in (generator, discriminator)]
    game = Game(
        generator, discriminator, Relativistic() if model.gamma else NonSaturating(), *adams,
        [R1(model.gamma), R2(model.gamma)] if model.gamma else [], rng=rng,
    )
    events = train(
        game, Dataset("uniform", images=images), steps=10**9, batch_size=batch_size,
        share_fakes=True, join_batches=not model.width,
    )
    return (event for event in events if isinstance(event, StepDone))


def memory_mib():
    """(memory of this process now, its highest so far) in MiB; None where the system does not say.
    """
    status = Path("/proc/self/status")
    if not status.exists():
        return None
    fields = dict(line.split(":", 1) for line in status.read_text(encoding="ascii").splitlines())
    return tuple(int(fields[name].split()[0]) / 1024 for name in ("VmRSS", "VmHWM"))


def forget_the_past():
    """Have the system take back what making the players has freed (so that a step that uses it
    counts), and its highest so far begin again. Both on Linux only."""
    if sys.platform.startswith("linux"):
        getattr(ctypes.CDLL(None), "malloc_trim", lambda pad: None)(0)  # where the library is glibc
        with contextlib.suppress(OSError):
            Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def timed(step, count):
    """What `count` steps took, or more where they are short, after the first ones; plain data."""
    forget_the_past()
    before = memory_mib()
    for _ in range(FIRST_STEPS):
        next(step)
    seconds, processor = [], time.process_time()
    while len(seconds) < count or sum(seconds) < LEAST_SECONDS:
        start = time.perf_counter()
        next(step)
        seconds.append(time.perf_counter() - start)
    processor = time.process_time() - processor
    after = memory_mib()
    return {
        "milliseconds": 1000 * statistics.median(seconds),
        "processor_seconds": processor,
        "seconds": sum(seconds),
        "peak_mib": after[1] - before[0] if before else None,
        "resident_mib": after[0] if after else None,
    }


def product(count, size=2048):
    """How fast one large matrix product is: what a step cannot go beyond."""
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((2, size, size), "float32")
    seconds = []
    for _ in range(FIRST_STEPS + count):
        start = time.perf_counter()
        a @ b
        seconds.append(time.perf_counter() - start)
    return {"operations_a_second": 2 * size**3 / min(seconds)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("contestant", choices=CONTESTANTS)
    parser.add_argument("model", choices=[*MODELS, "product"])
    parser.add_argument("--batch-size", type=int, help="(default: the model's)")
    parser.add_argument("--steps", type=int, default=20)
    options = parser.parse_args()
    if options.model == "product":
        print(json.dumps(product(options.steps)))
        return
    model = MODELS[options.model]
    if not can_play(options.contestant, model):
        raise SystemExit(f"{options.contestant} has no gradients of gradients for {options.model}")
    module = CONTESTANTS[options.contestant].module
    module = importlib.import_module(f"gan_scratch.benchmarks.{module}")
    step = module.steps(model, options.batch_size or model.batch, options.contestant)
    print(json.dumps(timed(step, options.steps)))


if __name__ == "__main__":
    main()
