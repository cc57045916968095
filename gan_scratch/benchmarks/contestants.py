"""One training of a GAN, in this library and in others: what `bench speed` times.

    python -m gan_scratch.benchmarks.contestants ours dcgan-digits --cores 2

plays some rounds and prints one line of JSON. A round is a step of D on real samples and on fakes,
then one of G, both with Adam; samples and noise are drawn anew for each.

    ours             this library: the loop `train`, by as many workers as there are cores
    command          `gan-scratch train RECIPE --workers CORES`: pictures, monitors, checkpoints
    command-default  `gan-scratch train RECIPE`, which chooses the number of workers itself
    pytorch          PyTorch as people write it (in_pytorch.py), on as many threads
    pytorch-tuned    the same with what makes it faster
    dezero           a NumPy library with a graph of its own (in_dezero.py)
"""

import argparse
import contextlib
import csv
import ctypes
import importlib.util
import itertools
import json
import signal
import subprocess
import sys
import tempfile
import time
import timeit
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from gan_scratch import datasets
from gan_scratch.benchmarks import children
from gan_scratch.layers import Sigmoid, Tanh
from gan_scratch.models import dcgan
from gan_scratch.recipes import RECIPES, Adams, Data, Recipe
from gan_scratch.training.loop import StepDone, train

SAMPLES = 4096  # that the wide models draw their real batches from
ENDLESS = 10**9  # rounds that are planned: schedules stand at their beginning
FIRST_STEPS = 3  # not timed: they fill caches and choose algorithms
LEAST_STEPS = 5  # that are timed
LINES_READ = 2  # of the command's progress, each a twentieth of the training, until it is stopped


@dataclass(frozen=True)
class Model:
    """A game, as each contestant has to build it: a recipe as it is shipped, or a wide model.

    A wide model learns from uniform noise of this shape, in (-1, 1); D's fakes serve G's step too,
    as is usual, and where D looks at each sample alone, real samples and fakes are one batch.
    """

    recipe: Recipe
    shape: tuple = (28, 28, 1)  # of a sample (H, W, C)

    @property
    def shipped(self):
        return self.recipe.name in RECIPES

    @property
    def second_order(self):
        """Whether D's slope is penalised."""
        return bool(self.recipe.penalties.r1 or self.recipe.penalties.r2)

    @property
    def join_batches(self):
        return not self.shipped and self.recipe.players.kind == "mlp"

    @property
    def widths(self):
        """Channels of the DCGAN's inner layers, from the outermost to the smallest."""
        levels = {28: 2, 64: 4}[self.shape[0]]
        return [self.recipe.players.width << level for level in range(levels)]

    @property
    def smallest(self):
        """Places along a side of the smallest layer."""
        return self.shape[0] >> len(self.widths)

    def dataset(self):
        if self.shipped:
            return self.recipe.data.load("train", None)
        rng = np.random.default_rng(0)
        images = rng.uniform(-1, 1, (SAMPLES, *self.shape)).astype("float32")
        return datasets.Dataset("uniform", images=images)

    def game(self, dtype="float32"):
        """Our game before its first round, whose weights the twin in PyTorch starts with too."""
        game = self.recipe.game(self.shape, seed=0, dtype=dtype)
        if not self.shipped:  # a recipe's images lie in (0, 1)
            layers = game.generator.layers
            layers[:] = [Tanh() if isinstance(layer, Sigmoid) else layer for layer in layers]
        return game


WIDE = Recipe(
    "wide", "for the benchmark", Data(batch_size=64),
    dcgan.Players(width=64, discriminator_normalization="batch"),
    optimizers=Adams(learning_rate=2e-4),
)
MODELS = {
    **{name: Model(RECIPES[name]) for name in ("mlp-digits", "dcgan-digits", "r3gan-digits")},
    "mlp": Model(WIDE.but(data=Data(), players="mlp")),
    "dcgan-28": Model(WIDE),
    "dcgan-64": Model(WIDE.but(data={"batch_size": 32}), (64, 64, 3)),
    "dcgan-28-r1-r2": Model(WIDE.but(
        players={"generator_normalization": "none", "discriminator_normalization": "none"},
        objective="relativistic", penalties={"r1": 1.0, "r2": 1.0},
    )),
}  # fmt: skip


class Contestant(NamedTuple):
    """Who makes the rounds.

    package         what has to be installed
    module          has `steps(model, batch_size, name, cores)`: an iterator that plays a round each
                    time. "": a command
    second_order    whether it can penalise a slope
    """

    package: str
    module: str
    second_order: bool = True

    @property
    def installed(self):
        return importlib.util.find_spec(self.package) is not None


CONTESTANTS = {
    "ours": Contestant("gan_scratch", "contestants"),
    "command": Contestant("gan_scratch", ""),
    "command-default": Contestant("gan_scratch", ""),
    "pytorch": Contestant("torch", "in_pytorch"),
    "pytorch-tuned": Contestant("torch", "in_pytorch"),
    "dezero": Contestant("dezero", "in_dezero", second_order=False),
}
OURS = [name for name, contestant in CONTESTANTS.items() if contestant.package == "gan_scratch"]
OTHERS = [name for name in CONTESTANTS if name not in OURS]


def can_play(contestant, model):
    """Whether the library can express the round, and the command knows the recipe."""
    module, second_order = CONTESTANTS[contestant][1:]
    return (second_order or not model.second_order) and (bool(module) or model.shipped)


def steps(model, batch_size, name="ours", cores=1):
    """An endless iterator that plays one of our rounds each time."""
    more = {"workers": cores} if cores > 1 else {}
    events = train(
        model.game(), model.dataset(), steps=ENDLESS, batch_size=batch_size,
        schedule=model.recipe.schedule, share_fakes=not model.shipped,
        join_batches=model.join_batches, **more,
    )
    return (event for event in events if isinstance(event, StepDone))


def timed_command(words):
    """What a round took in `gan-scratch train WORDS`: the rate that it prints, with its decimals.

    It is stopped by Ctrl-C after LINES_READ lines with that rate; the file of values has it."""
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        command = children.command("gan_scratch", "train", *words, "--out", run)
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            try:
                lines = (line for line in process.stdout if "steps/s" in line)
                read = len(list(itertools.islice(lines, LINES_READ)))
            finally:
                process.send_signal(signal.SIGINT)
            process.stdout.read()
        if process.returncode not in (0, 130) or read < LINES_READ:
            raise RuntimeError(f"gan-scratch ended with {process.returncode} and {read} lines")
        with open(run / "values.csv", newline="", encoding="utf-8") as file:
            last = list(csv.DictReader(file))[-1]
    return {"milliseconds": 1000 * float(last["seconds"]) / int(last["step"]), "mib": None}


def timed(step, seconds, period=1, ready=lambda: None):
    """What a round took, the mean over some seconds and whole periods of `period` rounds, and the
    memory; plain data. (The mean: a step that waits for its turn on a busy machine counts as well,
    and so does the one of four that has penalties.)"""
    forget_the_past()
    before = memory_mib()
    for _ in range(FIRST_STEPS):
        next(step)
    ready()
    count, start, taken = 0, time.perf_counter(), 0.0
    while taken < seconds or count < LEAST_STEPS or count % period:
        next(step)
        count, taken = count + 1, time.perf_counter() - start
    mib = memory_mib()["VmHWM"] - before["VmRSS"] + children_mib() if before else None
    return {"milliseconds": 1000 * taken / count, "mib": mib}


def memory_mib(process="self", file="status"):
    """The system's figures of a process's memory in MiB, by their names; {} where it tells none."""
    path = Path("/proc", process, file)
    lines = path.read_text(encoding="ascii").splitlines() if path.exists() else []
    words = [line.split() for line in lines]
    return {line[0][:-1]: int(line[1]) / 1024 for line in words if line[2:] == ["kB"]}


def children_mib():
    """Memory of the worker processes; what several processes share counts in parts."""
    children = [path.read_text().split() for path in Path("/proc/self/task").glob("*/children")]
    return sum(memory_mib(child, "smaps_rollup").get("Pss", 0) for child in sum(children, []))


def forget_the_past():
    """Have the system take back what making the players has freed (so that a step that uses it
    counts), and its highest so far begin again. Both on Linux only."""
    if sys.platform.startswith("linux"):
        getattr(ctypes.CDLL(None), "malloc_trim", lambda pad: None)(0)  # where the library is glibc
        with contextlib.suppress(OSError):
            Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def product(count=8, size=2048):
    """How fast one large matrix product is: what a step cannot go beyond."""
    a, b = np.random.default_rng(0).standard_normal((2, size, size), "float32")
    seconds = timeit.repeat(lambda: a @ b, number=1, repeat=count)
    return {"operations_a_second": 2 * size**3 / min(seconds)}


def wait_for_the_others():
    """Say that the timed part can begin, and wait until a line says that it does."""
    print("ready", flush=True)
    sys.stdin.readline()


def main():
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("contestant", choices=CONTESTANTS)
    parser.add_argument("model", choices=[*MODELS, "product"])
    parser.add_argument("--batch-size", type=int, help="(default: the model's)")
    parser.add_argument("--cores", type=int, default=1, help="workers of ours (default: 1)")
    parser.add_argument("--seconds", type=float, default=2, help="of timed rounds (default: 2)")
    parser.add_argument("--wait", action="store_true", help="for a line, before the timed rounds")
    options = parser.parse_args()
    name, ready = options.contestant, wait_for_the_others if options.wait else lambda: None
    if options.model == "product":
        ready()
        print(json.dumps(product()))
        return
    model = MODELS[options.model]
    if not can_play(name, model):
        raise SystemExit(f"{name} cannot play {options.model}")
    batch_size = options.batch_size or model.recipe.data.batch_size
    if module := CONTESTANTS[name].module:
        module = importlib.import_module(f"gan_scratch.benchmarks.{module}")
        step = module.steps(model, batch_size, name, options.cores)
        found = timed(step, options.seconds, model.recipe.penalties.every, ready)
    else:
        workers = ["--workers", str(options.cores)] if name == "command" else []
        ready()
        found = timed_command([options.model, "--batch-size", str(batch_size), *workers])
    print(json.dumps(found))


if __name__ == "__main__":
    main()
