"""gan-scratch train: one recipe into one folder."""

import signal
import sys
from pathlib import Path

from gan_scratch import datasets
from gan_scratch.cli.launchers import place
from gan_scratch.cli.progress import Progress
from gan_scratch.recipes import RECIPES, find
from gan_scratch.runs import CHECKPOINT, Run
from gan_scratch.training.loop import StepDone, Stopped
from gan_scratch.training.rounds import Diverged

DEFAULT_RECIPE = "mlp-digits"
DEFAULT_SEED = 0
DEFAULT_DTYPE = "float32"


def add_to(commands):
    parser = commands.add_parser(
        "train",
        help="train a recipe: pictures, curves, checkpoints and a report in a folder",
        description="Train a recipe. Everything goes into one folder; Ctrl-C saves and stops.",
    )
    parser.add_argument(
        "recipe", nargs="?", metavar="RECIPE",
        help=f"one of {', '.join(RECIPES)} (default: {DEFAULT_RECIPE})",
    )
    parser.add_argument("--data", help="name of a data set, or a folder of your own images")
    parser.add_argument("--steps", type=int, help="rounds of the game to play in all")
    parser.add_argument("--batch-size", type=int, help="real and fake samples a step")
    parser.add_argument("--seed", type=int, help=f"default: {DEFAULT_SEED}")
    parser.add_argument("--learning-rate", type=float, help="of both players, at the start")
    parser.add_argument(
        "--backend", default="numpy", help="numpy, cupy, or auto (default: numpy)"
    )
    parser.add_argument("--dtype", help=f"float32 or float64 (default: {DEFAULT_DTYPE})")
    parser.add_argument(
        "--workers", type=int,
        help="processes that share each batch (default: as the recipe's work and the cores ask "
        "for; a run that is resumed keeps its number)",
    )
    parser.add_argument("--out", help="folder of the run (default: runs/RECIPE)")
    parser.add_argument("--resume", metavar="RUN", help="go on with the run in this folder")
    parser.add_argument(
        "--until-equilibrium", type=float, nargs="?", const=0.05, metavar="DELTA",
        help="stop when a fresh discriminator, trained against the frozen generator on held-out "
        "data, gains at most DELTA over -log 4 (default: 0.05)",
    )
    parser.set_defaults(run=train)


def train(options):
    for name in ("out", "resume", "data"):
        if getattr(options, name) == "":
            raise ValueError(f"--{name} must not be empty")
    run = resumed(options) if options.resume else started(options)
    until = None
    if options.until_equilibrium is not None:
        until = run.equilibrium(options.until_equilibrium)
    if run.game.step >= run.recipe.steps:
        print(f"{run.folder} has its {run.recipe.steps} steps already; --steps sets a further goal")
        return 0

    print(f"{run.recipe.name}: {run.recipe.summary}")
    shared = f", {run.workers} workers" if run.workers > 1 else ""
    print(f"{run.dataset!r}, seed {run.seed}, {run.recipe.steps} steps into {run.folder}{shared}")
    interrupt = Interrupt()
    progress = Progress(run.recipe.steps, run.game.step)
    reason = None
    with interrupt, progress:
        events = run.train(until)
        try:
            for event in events:
                if isinstance(event, StepDone):
                    progress.show(event)
                if isinstance(event, Stopped):
                    reason = event.reason
                if interrupt.asked and run.game.step < run.recipe.steps:
                    events.close()
                    run.save()
                    break
        except Diverged as error:
            raise Diverged(
                f"{error}; the last good checkpoint is {run.folder / CHECKPOINT}"
            ) from error
    report = run.draw()
    if reason is None:
        print(f"stopped and saved at step {run.game.step}; to go on:")
        print(f"    gan-scratch train --resume {run.folder}")
        return 130
    print(f"done after {reason}; look at {report}")
    return 0


def started(options):
    data = options.data
    if data is not None and data not in datasets.names() and Path(data).is_dir():
        data = str(Path(data).resolve())  # so that the run can go on from another folder
    recipe = find(options.recipe or DEFAULT_RECIPE).but(
        data=data,
        steps=options.steps,
        batch_size=options.batch_size,
        learning_rate=options.learning_rate,
    )
    seed = DEFAULT_SEED if options.seed is None else options.seed
    if seed < 0:
        raise ValueError(f"--seed must not be negative, got {seed}")
    dtype = options.dtype or DEFAULT_DTYPE
    if dtype not in ("float32", "float64"):
        raise ValueError(f"--dtype must be float32 or float64, got {dtype}")
    folder = Path(options.out) if options.out else free_folder(Path("runs") / recipe.name)
    return Run(
        folder, recipe, seed=seed, dtype=dtype, backend=options.backend,
        workers="auto" if workers_of(options) is None else workers_of(options),
    )


def resumed(options):
    fixed = ("data", "batch_size", "seed", "learning_rate", "dtype", "out")
    for name in fixed:
        if getattr(options, name) is not None:
            raise ValueError(
                f"--{name.replace('_', '-')} is fixed by the run that --resume goes on with; "
                "leave it out, or start a new run"
            )
    run = Run.resume(
        options.resume, steps=options.steps, backend=options.backend, workers=workers_of(options)
    )
    if options.recipe and options.recipe != run.recipe.name:
        raise ValueError(
            f"{options.resume} is a run of {run.recipe.name}, not of {find(options.recipe).name}"
        )
    if run.differences:
        print(
            f"gan-scratch: the bits may differ from a run without a stop: {run.differences}",
            file=sys.stderr,
        )
    if run.jump:
        print(f"gan-scratch: {run.jump}", file=sys.stderr)
    return run


def workers_of(options):
    """As many as mpiexec has started, or as --workers says; None where nobody says."""
    return place()[1] if place()[1] > 1 else options.workers


def free_folder(wanted):
    """`wanted`, or wanted-2, wanted-3, ... where it is taken."""
    folder, number = wanted, 1
    while folder.exists() and any(folder.iterdir()):
        number += 1
        folder = wanted.with_name(f"{wanted.name}-{number}")
    return folder


class Interrupt:
    """Inside the block the first Ctrl-C only sets `asked`; the second one stops at once."""

    def __init__(self):
        self.asked = False

    def __enter__(self):
        self.before = signal.signal(signal.SIGINT, self._ask)
        return self

    def __exit__(self, *exception):
        signal.signal(signal.SIGINT, self.before)

    def _ask(self, number, frame):
        self.asked = True
        signal.signal(signal.SIGINT, self.before)
        print("\nfinishing the step and saving; Ctrl-C again stops at once", file=sys.stderr)
