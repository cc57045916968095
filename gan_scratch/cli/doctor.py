"""gan-scratch doctor: what ails a run, why the doctor thinks so, and what to change.

It writes into the folder of the run
    diagnosis.json      the names and every sign
    diagnosis.png       samples, what the record says, and the signs that led there
"""

import json
import sys
from pathlib import Path

import numpy as np

from gan_scratch import runs
from gan_scratch.cli import options as kinds
from gan_scratch.cli.progress import Loading
from gan_scratch.datasets import own
from gan_scratch.drawing import draw_samples
from gan_scratch.part import make
from gan_scratch.recipes.parts import VALUE_RANGE

SHOWN = 36

def add_to(commands):
    parser = commands.add_parser(
        "doctor", help="say what ails a run, with evidence, and what to change",
        description="Examine a run: its record, its samples, and copies of its players. The run "
        "stays as it is. Says healthy, unknown, or one of the ailments of docs/my-gan-fails.md.",
    )
    add = parser.add_argument
    add("folder", metavar="RUN", type=kinds.path, help="folder of a run")
    add("--data", type=kinds.path, metavar="PATH",
        help="where your own pictures are now, if they have moved since the training")
    add("--json", action="store_true", help="print names and signs as JSON and nothing else")
    parser.set_defaults(run=examine_run)


def examine_run(options):
    from gan_scratch.plots import diagnosis

    folder = Path(options.folder)
    described = runs.saved_description(folder / runs.CHECKPOINT)
    recipe = make(described["recipe"])
    if options.data and not recipe.data.own:
        raise ValueError(f"--data is for your own pictures, and {folder} is on {recipe.data.name}")
    game, seed = runs.load_game(folder), described["seed"]
    training, held_out = data_of(recipe.data, seed, described["sample_shape"], options.data)
    report, values = runs.examined(folder, game, recipe, seed, training, held_out)
    fakes = draw_samples(game, SHOWN, 0)
    plain = {"recipe": recipe.name, "step": game.step, "names": report.names,
             "signs": report.signs, "notes": report.notes}
    if options.json:
        print(json.dumps(plain, indent=2))
    else:
        print(f"{recipe.name} at step {game.step:,}", report, sep="\n")
    for name, write in (
        ("diagnosis.json", lambda path: runs.write_json(path, plain)),
        ("diagnosis.png", lambda path: diagnosis.save(report, fakes, values, training, path)),
    ):
        try:
            write(folder / name)
        except OSError as error:
            print(f"not written: {folder / name}: {error.strerror}", file=sys.stderr)
        else:
            print(folder / name, file=sys.stderr if options.json else sys.stdout)
    return 0


def data_of(data, seed, shape, moved):
    """(training, held-out) Datasets of a run; None for one's own pictures where none is held out.
    """
    if not data.own:
        return tuple(
            data.load(split, np.random.default_rng([seed, stream]))
            for split, stream in (("train", runs.DATA_STREAM), ("held-out", runs.HELD_OUT_STREAM))
        )
    path = Path(moved or data.name)
    if not path.exists():
        raise ValueError(f"there are no pictures at {path}; --data PATH says where they are now")
    height, width, channels = shape
    found = own.find(str(path), data.reading.but(size=(height, width), channels=channels))
    read = found.read(Loading())
    held_out = read.dataset("held-out", VALUE_RANGE) if read.held_out.any() else None
    return read.dataset("train", VALUE_RANGE), held_out
