"""gan-scratch train: one recipe into one folder."""

import argparse
import contextlib
import dataclasses
import itertools
import os
import shlex
import sys
from pathlib import Path

import numpy as np

from gan_scratch.cli import one_sentence
from gan_scratch.cli import options as kinds
from gan_scratch.cli.launchers import place
from gan_scratch.cli.progress import Loading, Progress
from gan_scratch.cli.signals import LOST_READER, Interrupt, say
from gan_scratch.cores import one_blas_thread
from gan_scratch.datasets.reading import Reading
from gan_scratch.guests import called
from gan_scratch.locks import FolderLock
from gan_scratch.part import listed
from gan_scratch.recipes import RECIPES, Data, find, read
from gan_scratch.runs import CHECKPOINT, Run, draw_again, expect_free, saved_description
from gan_scratch.training.loop import StepDone
from gan_scratch.training.rounds import Diverged

DEFAULT_RECIPE = "mlp-digits"
DEFAULT_SEED = 0
DEFAULT_DTYPE = "float32"
MANY_WEIGHTS = 20_000_000
LONG = 500  # steps; after fewer it is early to call a training ill


def add_to(commands):
    parser = commands.add_parser(
        "train", help="train a recipe: pictures, curves, checkpoints and a report in a folder",
        description="Train a recipe. Everything goes into one folder; Ctrl-C saves and stops.",
    )
    add = parser.add_argument
    add("recipe", nargs="?", metavar="RECIPE", type=kinds.text,
        help=f"one of {', '.join(RECIPES)}, or the recipe.json of a run (default: "
        f"{DEFAULT_RECIPE})")
    add("--data", type=kinds.path,
        help="name of a data set, or your own: a folder of pictures, or a file (.npz, .npy, .csv, "
        ".zip, IDX, CIFAR; docs/your-own-data.md); with --resume, where it lies now")
    add_reading(parser)
    add("--steps", type=kinds.count, help="rounds of the game to play in all")
    add("--batch-size", type=kinds.count, help="real and fake samples a step")
    add("--seed", type=kinds.seed, help=f"default: {DEFAULT_SEED}")
    add("--learning-rate", type=kinds.positive, help="of both players, at the start")
    add("--set", metavar="PATH=VALUE", type=kinds.text, action="append", dest="changes",
        help="change any setting of the recipe, such as players.width=32 or penalties.r1=0.5; may "
        "be given several times (gan-scratch recipes --settings lists them)")
    add("--backend", type=kinds.text, default="numpy", help="numpy, cupy, or auto (default: numpy)")
    add("--dtype", type=kinds.text, help=f"float32 or float64 (default: {DEFAULT_DTYPE})")
    add("--workers", type=kinds.processes,
        help="processes that share each batch (default: as the recipe's work and the cores ask "
        "for; a run that is resumed keeps its number)")
    add("--out", type=kinds.path, help="folder of the run (default: runs/RECIPE)")
    add("--resume", type=kinds.path, metavar="RUN", help="go on with the run in this folder")
    add("--until-equilibrium", type=kinds.positive, nargs="?", const=0.05, metavar="DELTA",
        help="stop when a fresh discriminator, trained against the frozen generator on held-out "
        "data, gains at most DELTA over -log 4 (default: 0.05)")
    parser.set_defaults(run=train)


def add_reading(parser):
    """How one's own pictures become samples: the fields of datasets.reading.Reading."""
    group = parser.add_argument_group("your own pictures")
    group.add_argument(
        "--image-size", metavar="SIZE", dest="size", type=size_of,
        help="32, or width x height as in 64x48 (default: 28, and of arrays their own)",
    )
    for setting, *ways in (
        ("fit", ("--crop", "crop", "cut out the middle where proportions differ (default)"),
                ("--pad", "pad", "keep the whole picture and add a border")),
        ("channels", ("--grey", 1, "in shades of grey"),
                     ("--colour", 3, "in colour (default: grey if all pictures are)")),
    ):
        either = group.add_mutually_exclusive_group()
        for word, value, help in ways:
            either.add_argument(word, action="store_const", const=value, dest=setting, help=help)
    group.add_argument(
        "--stretch", action="store_true", default=None,
        help="spread pictures of more than 8 bits from the range of values that they have",
    )
    group.add_argument(
        "--no-draft", action="store_false", dest="draft", default=None,
        help="decode JPEGs at full size: slower, and a little more exact",
    )


READING = tuple(field.name for field in dataclasses.fields(Reading))
OPTIONS = {
    "size": "--image-size", "fit": "--crop or --pad", "channels": "--grey or --colour",
    "draft": "--no-draft", "changes": "--set",
}


def size_of(words):
    """(height, width) of --image-size."""
    sides = words.lower().split("x")
    if len(sides) > 2 or not all(side.isdecimal() and 0 < int(side) <= 4096 for side in sides):
        raise argparse.ArgumentTypeError(
            f"must be a number of pixels, or width x height as in 64x48, got {words!r}"
        )
    return int(sides[-1]), int(sides[0])


def train(options):
    with contextlib.ExitStack() as stack:
        lock = held(options, stack)
        run = resumed(options, lock) if options.resume else started(options, lock)
        delta = options.until_equilibrium
        until = None if delta is None else run.equilibrium(delta)
        if run.game.step >= run.recipe.steps.rounds:
            print(
                f"{run.folder} has made {run.game.step} steps already, which is its goal or more; "
                "--steps sets a further goal"
            )
            return 0
        return play(run, until)


def held(options, stack):
    """The lock of the folder that the run is to have, held as long as `stack`; of the default
    folders it is that of the first free one."""
    if options.resume:
        saved_description(Path(options.resume) / CHECKPOINT)  # else the lock would make the folder
        return stack.enter_context(FolderLock(options.resume))
    if options.out:
        expect_free(Path(options.out))
        return stack.enter_context(FolderLock(options.out))
    wanted = Path("runs") / find(options.recipe or DEFAULT_RECIPE).name
    for number in itertools.count(1):
        folder = wanted.with_name(f"{wanted.name}-{number}") if number > 1 else wanted
        try:
            expect_free(folder)
            with contextlib.ExitStack() as attempt:
                lock = attempt.enter_context(FolderLock(folder))
                expect_free(folder)  # still: nobody has come in between
                stack.push(attempt.pop_all())
            return lock
        except ValueError:
            continue


def play(run, until):
    """Train, show how far it is, and draw; whatever ends it, what was trained is saved."""
    print(f"{run.recipe.name}: {run.recipe.summary}")
    if changed := departures(run.recipe):
        print(f"with {', '.join(changed)}")
    print(*run.account, sep="\n", end="\n" * bool(run.account))
    shared = f", {run.workers} workers" if run.workers > 1 else ""
    steps = run.recipe.steps.rounds
    print(f"{run.dataset!r}, seed {run.seed}, {steps} steps into {run.folder}{shared}")
    say_if_large(run.game)
    named = shlex.quote(str(run.folder))
    go_on = f"{called()} train --resume {named}"
    with Interrupt() as interrupt, Progress(steps, run.game.step) as progress:
        events = run.train(until)
        try:
            for event in events:
                if isinstance(event, StepDone):
                    interrupt.where_output_fails(progress.show, event)
                if interrupt.code and run.game.step < steps:
                    events.close()
                    run.save()
                    break
        except Diverged as error:
            kept = f"the last good checkpoint is {run.folder / CHECKPOINT}"
            raise Diverged(f"{error}; {kept}{shown_in_report(run.folder)}") from error
        except KeyboardInterrupt:
            say(what_is_saved(run, go_on))
            raise
        except (OSError, RuntimeError) as error:
            raise OSError(
                f"{one_sentence(error)}; the training stopped after step {run.game.step}; "
                f"{what_is_saved(run, go_on)}"
            ) from error
    try:
        report = run.draw()
    except KeyboardInterrupt:
        say(f"the training is saved; {called()} report {named} draws its pictures")
        raise
    except (OSError, ValueError, ImportError) as error:
        raise OSError(
            f"{one_sentence(error)}; the training is saved at step {run.game.step}, and "
            f"{called()} report {named} draws its pictures"
        ) from error
    if run.ending["how"] == "stopped":
        heard = sys.stdout if interrupt.code != LOST_READER else sys.stderr
        say(f"stopped and saved at step {run.game.step}; to go on:\n    {go_on}", heard)
        return interrupt.code
    if run.ending["how"] != "done":
        raise FloatingPointError(f"{run.ending['words']}; {report} shows how it went")
    print(f"done after {run.ending['words']}; look at {report}")
    say_what_ails(run)
    return 0


def say_what_ails(run):
    """A line where the doctor finds that a training of some length went wrong."""
    if run.game.step < LONG:
        return
    try:
        with one_blas_thread():
            names = run.examined().names
    except (ValueError, OSError, ArithmeticError, np.linalg.LinAlgError) as error:
        say(f"gan-scratch: the doctor could not examine the run: {one_sentence(error)}")
        return
    if names:
        ails = "something is wrong" if names == ["unknown"] else " and ".join(names[:2])
        print(f"the doctor says: {ails}; {called()} doctor {shlex.quote(str(run.folder))} explains")


def departures(recipe):
    """In words, each setting that is not as the recipe of this name has it, apart from those that
    are printed anyway."""
    named, found = RECIPES.get(recipe.name, recipe), []
    for path, value in listed(recipe.settings()):
        if path.startswith(("data.name", "data.reading", "steps.rounds")):
            continue
        if dict(listed(named.settings()))[path] != value:
            found.append(f"{path} = {value}")
            named = named.but(**{path: value})  # after another kind of part, its own settings
    return found


def say_if_large(game):
    """Of players that a machine can hardly train; a checkpoint has two moments beside each weight.
    """
    weights = sum(optimizer.values.size for optimizer in game.optimizers())
    if weights > MANY_WEIGHTS:
        say(
            f"gan-scratch: the players have {weights / 1e6:.0f} million weights, so a step is slow "
            f"and each of two checkpoints takes about {12 * weights / 1e9:.1f} GB; for large "
            "pictures, dcgan-digits has far fewer"
        )


def what_is_saved(run, go_on):
    """In words, what there is of a training that did not end as it should."""
    if run.saved_step is None or not (run.folder / CHECKPOINT).exists():
        return f"nothing of the training is saved in {run.folder}"
    return f"the run is saved as of step {run.saved_step}. To go on: {go_on}"


def shown_in_report(folder):
    """Draw what there is of a training that diverged; returns where, in words."""
    try:
        report, _ = draw_again(folder)
    except (OSError, ValueError):  # what it was that diverged is worth more
        return ""
    return f", and {report} shows how it went"


def started(options, lock):
    recipe, seed, dtype = asked_for(options)
    if dtype not in ("float32", "float64"):
        raise ValueError(f"--dtype must be float32 or float64, got {dtype}")
    return Run(
        lock.folder, recipe, seed=seed, dtype=dtype, backend=options.backend, lock=lock,
        progress=Loading(), workers=workers_of(options) or "auto",
    )  # fmt: skip


def asked_for(options):
    """(recipe, seed, dtype): those that are named, with all that the options change."""
    named = options.recipe or DEFAULT_RECIPE
    of_a_run = named.endswith(".json")
    recipe, seed, dtype = read(named) if of_a_run else (find(named), DEFAULT_SEED, DEFAULT_DTYPE)
    for words in options.changes or ():
        recipe = recipe.set(settable(words, options))
    data = Data(options.data, recipe.data.batch_size) if options.data else recipe.data
    reading = {name: value for name in READING if (value := getattr(options, name)) is not None}
    if type(data) is Data and data.own:
        data = data.but(name=absolute(data.name), reading=Reading(**reading) if reading else None)
    elif reading:
        raise ValueError(
            f"{options.data or 'the data of the recipe'} has a size and colours of its own; "
            "--image-size, --crop, --grey and the like are for your own pictures"
        )
    elif options.data and Path(options.data).exists():
        say(
            f"gan-scratch: --data {options.data} means the data set of that name; for what you "
            f"have here under the same name, say --data {os.path.join('.', options.data)}"
        )
    changed = recipe.but(
        data=data, steps={"rounds": options.steps},
        optimizers={"learning_rate": options.learning_rate},
    )  # fmt: skip
    seed = seed if options.seed is None else options.seed
    return changed.but(data={"batch_size": options.batch_size}), seed, options.dtype or dtype


# What --set leaves to other options, or to none.
ELSEWHERE = {
    "name": "--out names the folder of a run, and the recipe keeps its name",
    "summary": "the recipe keeps its summary",
    "data.reading": "--image-size, --pad, --grey and the like say how your own pictures are read",
    "seed": "give --seed", "dtype": "give --dtype", "workers": "give --workers",
    "backend": "give --backend", "out": "give --out",
}
SAME = {
    "data.name": "data", "data.batch_size": "batch_size", "steps.rounds": "steps",
    "optimizers.learning_rate": "learning_rate",
}


def settable(words, options):
    """The words of --set, unless another option is there for that setting, or says the same."""
    path = words.partition("=")[0].strip()
    for name, hint in ELSEWHERE.items():
        if path == name or path.startswith(f"{name}."):
            raise ValueError(f"--set does not change {path}: {hint}")
    if path in SAME and getattr(options, SAME[path]) is not None:
        option = SAME[path].replace("_", "-")
        raise ValueError(f"--{option} and --set {path} are one setting; give one of the two")
    return words


def absolute(data):
    """So that the run can go on from another folder; what is not there stays as it was given."""
    path = Path(data)
    return str(path.resolve()) if path.exists() else data


def resumed(options, lock):
    for name in ("batch_size", "seed", "learning_rate", "changes", "dtype", "out", *READING):
        if getattr(options, name) is not None:
            option = OPTIONS.get(name, f"--{name.replace('_', '-')}")
            raise ValueError(
                f"{option} is fixed by the run that --resume goes on with; leave it out, or start "
                "a new run"
            )
    run = Run.resume(
        options.resume, steps=options.steps, backend=options.backend, workers=workers_of(options),
        data=options.data and absolute(options.data), lock=lock, progress=Loading(),
    )
    if options.recipe and options.recipe != run.recipe.name:
        raise ValueError(
            f"{options.resume} is a run of {run.recipe.name}, not of {find(options.recipe).name}"
        )
    if run.differences:
        say(f"gan-scratch: the bits may differ from a run without a stop: {run.differences}")
    if run.jump:
        say(f"gan-scratch: {run.jump}")
    return run


def workers_of(options):
    """As many as mpiexec has started, or as --workers says; None where nobody says."""
    return place()[1] if place()[1] > 1 else options.workers
