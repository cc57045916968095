"""gan-scratch sample: new samples from a trained generator."""

from pathlib import Path

import numpy as np

from gan_scratch.plots import files
from gan_scratch.plots.album import Album
from gan_scratch.runs import class_label, draw_samples, load_game


def add_to(commands):
    parser = commands.add_parser(
        "sample",
        help="draw new samples from a run",
        description="Draw new samples with the generator of a run.",
    )
    parser.add_argument("folder", metavar="RUN", help="folder of a run")
    parser.add_argument("--count", type=int, default=64, help="how many (default: 64)")
    parser.add_argument("--seed", type=int, default=0, help="of the noise (default: 0)")
    parser.add_argument(
        "--class", dest="class_name", metavar="CLASS",
        help="name or number of the class to draw, for runs whose players are told it",
    )
    parser.add_argument(
        "--out",
        help="a .png for a picture or a .npy for the numbers (default: RUN/drawn-SEED.png, with "
        "--class RUN/drawn-CLASS-SEED.png)",
    )
    parser.set_defaults(run=sample)


def sample(options):
    if options.count < 1:
        raise ValueError(f"--count must be a positive whole number, got {options.count}")
    if options.seed < 0:
        raise ValueError(f"--seed must not be negative, got {options.seed}")
    label = None
    if options.class_name is not None:
        label = class_label(options.folder, options.class_name)
    drawn = f"drawn-{options.seed}.png" if label is None else f"drawn-{label}-{options.seed}.png"
    out = Path(options.out or Path(options.folder) / drawn)
    if out.suffix not in (".png", ".npy"):
        raise ValueError(f"--out must end in .png or .npy, got {out}")
    samples = draw_samples(load_game(options.folder), options.count, options.seed, label)
    if out.suffix == ".npy":
        with files.whole_file(out) as stream:
            np.save(stream, samples)
    else:
        files.save_image(Album(options.folder).picture(samples), out)
    print(out)
    return 0
