"""gan-scratch evaluate: how good the samples of a run are, each figure beside that of real images.

It writes into the folder of the run
    evaluation.json     every figure
    nearest.png         some samples, each above its nearest training image
"""

import json
import os
from pathlib import Path

import numpy as np

from gan_scratch import datasets, runs
from gan_scratch.cli import options as kinds
from gan_scratch.cli.progress import Loading
from gan_scratch.datasets import own
from gan_scratch.datasets.dataset import digest
from gan_scratch.drawing import draw_samples
from gan_scratch.metrics.classifier import JUDGES, load_classifier
from gan_scratch.metrics.evaluation import SURE, beside, evaluate
from gan_scratch.metrics.frechet import SAMPLES
from gan_scratch.metrics.modes import WITHIN, coverage
from gan_scratch.metrics.nearest import blocks, copying, nearest
from gan_scratch.part import make
from gan_scratch.plots import files, images, points
from gan_scratch.runs import VALUE_RANGE
from gan_scratch.version import VERSION

OWN_SAMPLES = 1000  # beside one's own pictures, which may be large
PAIRS = 40  # in the picture
COLUMNS = 10
UNKNOWN = "not measured: Fréchet distance, sureness and class shares, as no classifier knows {}"


def add_to(commands):
    parser = commands.add_parser(
        "evaluate",
        help="judge the samples of a run beside real images",
        description=f"Draw {SAMPLES:,} samples from a run and judge them beside real images: "
        "distance of their features, shares of the classes, nearest training images. For points "
        f"modes are counted. Your own pictures are judged by {OWN_SAMPLES:,} samples and nearest "
        "training images.",
    )
    parser.add_argument("folder", type=kinds.path, metavar="RUN", help="folder of a run")
    parser.add_argument("--seed", type=kinds.seed, default=0, help="of the noise (default: 0)")
    parser.add_argument(
        "--data", type=kinds.path, metavar="PATH",
        help="where your own pictures are now, if they have moved since the training",
    )
    parser.set_defaults(run=evaluate_run)


def evaluate_run(options):
    folder = Path(options.folder)
    described = runs.saved_description(folder / runs.CHECKPOINT)
    recipe = make(described["recipe"])
    judge = on_own_pictures
    if not recipe.data.own:
        judge = on_points if recipe.data.name in datasets.MIXTURES else on_named_images
    if options.data and judge is not on_own_pictures:
        raise ValueError(f"--data is for your own pictures, and {folder} is on {recipe.data.name}")
    game = runs.load_game(folder)
    samples, training, held_out, figures = judge(described, recipe.data, game, options)
    figures = {
        "recipe": recipe.name,
        "data": recipe.data.name,
        "step": game.step,
        "sample_count": len(samples),
        "seed": options.seed,
        "training_count": len(training),
        "held_out_count": len(held_out),
        "version": VERSION,
        **figures,
    }
    print("\n".join(table(figures, "points" if judge is on_points else "images")))
    written = [folder / "evaluation.json", folder / "nearest.png"]
    with files.whole_file(written[0]) as stream:
        stream.write((json.dumps(figures, indent=2) + "\n").encode())
    if judge is on_points:
        picture = points.scatter(samples, reference=held_out)
    else:
        picture = pairs(samples[:: len(samples) // PAIRS][:PAIRS], training)
    files.save_image(picture, written[1])
    print(*written, sep="\n")
    return 0


def on_named_images(described, data, game, options):
    """(samples, training images, held-out images, figures) of a run on a data set of images."""
    name = data.name
    training, held_out = both_splits(described, data)
    samples, asked = draw(game, options.seed)
    if name in JUDGES:  # no name of somebody's own data
        classifier = load_classifier(JUDGES[name])
        figures = {
            "classifier": JUDGES[name],
            "classifier_accuracy": classifier.held_out_accuracy,
            "class_names": classifier.class_names,
            **evaluate(samples, training, held_out, classifier, asked),
        }
    else:
        figures = without_classifier(name, samples, training.images, held_out.images)
    return samples, training.images, held_out.images, figures


def both_splits(described, data):
    """(training data, held-out data) of a run that is on no pictures of one's own."""
    streams = {"train": runs.DATA_STREAM, "held-out": runs.HELD_OUT_STREAM}
    return [
        data.load(split, np.random.default_rng([described["seed"], stream]))
        for split, stream in streams.items()
    ]


def without_classifier(data, samples, training, held_out):
    return {"notes": [UNKNOWN.format(data)], "nearest": copying(samples, held_out, training)}


def on_points(described, data, game, options):
    """(samples, training points, held-out points, figures) of a run on points in the plane."""
    training, held_out = both_splits(described, data)
    samples = draw_samples(game, SAMPLES, options.seed)
    figures = without_classifier("points", samples, training.points, held_out.points)
    if training.mixture is None:
        figures["notes"].append(f"not measured: modes, as {data.name} has none")
    else:
        both = samples, held_out.points[:SAMPLES]
        found, real = (coverage(each, training.mixture) for each in both)
        figures["modes"] = beside(found.modes, real.modes)
        figures["high_quality"] = beside(found.high_quality, real.high_quality)
    return samples, training.points, held_out.points, figures


def on_own_pictures(described, data, game, options):
    """(samples, training images, held-out images, figures); these images are bytes."""
    path = options.data or data.name
    if not os.path.exists(path):
        raise ValueError(f"there are no pictures at {path}; --data PATH says where they are now")
    found = own.find(path, reading_of(described, data)).read(Loading())
    files_digest = found.files_digest
    held_out = found.images[found.held_out][:OWN_SAMPLES]
    if not len(held_out):
        raise ValueError(f"{path} has too few pictures to compare with, as none is held out")
    training = found.images[~found.held_out]
    labels = None if found.labels is None else found.labels[~found.held_out]
    del found  # it may be large
    samples = draw_samples(game, OWN_SAMPLES, options.seed)
    figures = without_classifier("your pictures", samples, training, held_out)
    same = files_digest == described.get("files_digest") or (
        digest("images", training.shape, blocks(training), labels) == described["data_digest"]
    )
    if not same:
        figures["notes"].append(
            "note: the run was trained on other pictures, so what it copied is not seen"
        )
    return samples, training, held_out, figures


def reading_of(described, data):
    """How a run read its pictures, whatever their own size and colours are now."""
    height, width, channels = described["sample_shape"]
    return data.reading.but(size=(height, width), channels=channels)


def draw(game, seed):
    """(SAMPLES samples, the class that each was asked to be); None where no class is told."""
    if game.classes is None:
        return draw_samples(game, SAMPLES, seed), None
    each = SAMPLES // game.classes
    samples = [
        draw_samples(game, each, seed * game.classes + label, label)  # noise of its own
        for label in range(game.classes)
    ]
    return np.concatenate(samples), np.arange(game.classes).repeat(each)


def pairs(samples, training):
    """A picture of samples, each above its nearest training image."""
    index, _ = nearest(samples, training)
    both = [images.to_pixels(each, VALUE_RANGE) for each in (samples, training[index])]
    return images.grid(np.concatenate(both, axis=1), columns=COLUMNS, scale=2, gap=6)


def table(figures, kind):
    """The figures in lines for people."""
    near, names = figures["nearest"], figures.get("class_names", ())
    yield (
        f"{figures['recipe']} at step {figures['step']:,}, {figures['sample_count']:,} samples of "
        f"seed {figures['seed']}"
    )
    yield (
        f"compared with {figures['training_count']:,} training {kind} and "
        f"{figures['held_out_count']:,} held-out ones"
    )
    if names:
        yield (
            f"judged by the {figures['classifier']} classifier, right on "
            f"{figures['classifier_accuracy']:.1%} of its held-out images"
        )
    yield ""
    yield row("", "samples", "real")
    for key, words, form in (
        ("frechet", "Fréchet distance of its features", ".2f"),
        ("sure", f"sure of the class ({SURE:.0%} or more)", ".1%"),
        ("modes", "modes found", "d"),
        ("high_quality", f"within {WITHIN} σ of a mode", ".1%"),
    ):
        if key in figures:
            yield row(words, *in_words(figures[key], form))
    distances = [format(near[who], ".3g" if kind == "points" else ".2f") for who in list(near)[:2]]
    yield row(f"median distance to nearest training {kind[:-1]}", *distances)
    ratio = "-" if near["ratio"] is None else f"{near['ratio']:.2f}"
    yield row("    ratio (near 0: copied)", ratio, "1.00")
    yield row(f"    nearer than 99% of held-out {kind}", f"{near['copies']:.1%}", "1.0%")
    if "obedience" in figures:
        obedience = figures["obedience"]
        overall = {who: obedience[who]["all"] for who in ("samples", "real")}
        yield row("classified as asked", *in_words(overall, ".1%"))
        for label, name in enumerate(names):
            one = {who: obedience[who]["classes"][label] for who in ("samples", "real")}
            yield row(f"    {name}", *in_words(one, ".1%"))
    if names:
        yield row("share of each class", "", "")
        for name, samples, real in zip(names, *figures["class_shares"].values(), strict=True):
            yield row(f"    {name}", f"{samples:.1%}", f"{real:.1%}")
    yield ""
    floor = "; for the Fréchet distance, between two sets of as many real images"
    yield f"real: held-out {kind}{floor if names else ''}"
    yield from figures.get("notes", ())


def in_words(figure, form):
    return format(figure["samples"], form), format(figure["real"], form)


def row(name, samples, real):
    return f"{name:<42}{samples:>9}{real:>9}".rstrip()
