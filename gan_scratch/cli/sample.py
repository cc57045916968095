"""gan-scratch sample: new samples from a trained generator."""

import math
import re
import shutil
import unicodedata
from pathlib import Path

import numpy as np

from gan_scratch import drawing, runs
from gan_scratch.cli import options as kinds
from gan_scratch.plots import files, images, points

MOST_POINTS = 100_000  # in a picture


def add_to(commands):
    parser = commands.add_parser(
        "sample", help="draw new samples from a run",
        description="Draw new samples with the generator of a run.",
    )
    add = parser.add_argument
    add("folder", type=kinds.path, metavar="RUN", help="folder of a run")
    add("--count", type=kinds.count, default=64, help="how many (default: 64)")
    add("--seed", type=kinds.seed, default=0, help="of the noise (default: 0)")
    add("--class", dest="class_name", metavar="CLASS",
        help="name of the class to draw, for runs whose players are told it; its number will do "
        "where no class has a number for a name")
    add("--out", type=kinds.path,
        help="a .png for a picture or a .npy for the numbers (default: RUN/drawn-SEED.png, with "
        "--class RUN/drawn-CLASS-SEED.png)")
    parser.set_defaults(run=sample)


def sample(options):
    folder, count, label = Path(options.folder), options.count, None
    described = runs.saved_description(folder / runs.CHECKPOINT)
    out = folder / f"drawn-{options.seed}.png"
    if options.class_name is not None:
        label = runs.class_label(folder, options.class_name)
        out = folder / f"drawn-{in_file_names(described['classes'], label)}-{options.seed}.png"
    out = Path(options.out or out)
    if out.suffix not in (".png", ".npy"):
        raise ValueError(f"--out must end in .png or .npy, got {out}")
    batches = drawing.batches_of_samples(runs.load_game(folder), count, options.seed, label)
    save = save_numbers if out.suffix == ".npy" else save_picture
    save(out, batches, count, described["sample_shape"])
    return 0


def in_file_names(names, label):
    """The name of a class in characters that file systems allow, no two classes with the same."""
    allowed = [re.sub(r"[^\w.-]", "_", unicodedata.normalize("NFKC", name))[:40] for name in names]
    alike = [name.casefold() for name in allowed].count(allowed[label].casefold())
    return allowed[label] if alike == 1 else f"{allowed[label]}+{label}"


def save_numbers(out, batches, count, shape):
    """Write the samples into a .npy file as they come."""
    out.parent.mkdir(parents=True, exist_ok=True)
    size, free = 4 * count * math.prod(shape) / 1e6, shutil.disk_usage(out.parent).free / 1e6
    if size > free:
        raise ValueError(f"{size:,.1f} MB are needed, and {out.parent} has {free:,.1f} MB left")
    about = {"descr": "<f4", "fortran_order": False, "shape": (count, *shape)}
    with files.whole_file(out) as stream:
        np.lib.format.write_array_header_1_0(stream, about)
        for batch in batches:
            stream.write(batch.astype("<f4", order="C", copy=False))
    print(out)


def save_picture(out, batches, count, shape):
    """Write one picture of all samples, and say its size where each sample is drawn smaller."""
    in_the_plane = len(shape) == 1
    scale = (count <= MOST_POINTS) if in_the_plane else images.sensible_scale(count, *shape[:2])
    if not scale:
        raise ValueError(
            f"{count:,} samples are too many for one picture; an --out that ends in .npy takes "
            "their numbers"
        )
    if in_the_plane:
        picture = points.scatter(np.concatenate(list(batches)))
    else:
        pixels = [images.to_pixels(batch, runs.VALUE_RANGE) for batch in batches]
        picture = images.grid(np.concatenate(pixels), scale=scale)
    files.save_image(picture, out)
    print(out)
    if scale < 3 and not in_the_plane:
        print(f"{count:,} samples, {picture.width:,} x {picture.height:,} pixels")
