"""gan-scratch evaluate: how good the samples of a run are, each figure beside that of real images.

It writes into the folder of the run
    evaluation.json     every figure
    nearest.png         some samples, each above its nearest training image
"""

import os
from pathlib import Path

import numpy as np

from gan_scratch import runs
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
from gan_scratch.version import VERSION

OWN_SAMPLES = 1000  # beside one's own pictures, which may be large
PAIRS = 40  # in the picture
COLUMNS = 10
UNKNOWN = "not measured: Fréchet distance, sureness and class shares, as no classifier knows {}"


def add_to(commands):
    parser = commands.add_parser(
        "evaluate", help="judge the samples of a run beside real images",
        description=f"Draw {SAMPLES:,} samples from a run and judge them beside real images: "
        "distance of their features, shares of the classes, nearest training images. For points "
        f"modes are counted. Your own pictures are judged by {OWN_SAMPLES:,} samples and nearest "
        "training images.",
    )
    add = parser.add_argument
    add("folder", type=kinds.path, metavar="RUN", help="folder of a run")
    add("--seed", type=kinds.seed, default=0, help="of the noise (default: 0)")
    add("--data", type=kinds.path, metavar="PATH",
        help="where your own pictures are now, if they have moved since the training")
    parser.set_defaults(run=evaluate_run)


def evaluate_run(options):
    folder = Path(options.folder)
    described = runs.saved_description(folder / runs.CHECKPOINT)
    recipe = make(described["recipe"])
    if options.data and not recipe.data.own:
        raise ValueError(f"--data is for your own pictures, and {folder} is on {recipe.data.name}")
    game = runs.load_game(folder)
    judge = on_own_pictures if recipe.data.own else on_named_data
    samples, training, held_out, figures = judge(described, recipe.data, game, options)
    of_points = samples.ndim == 2
    figures = {
        "recipe": recipe.name, "data": recipe.data.name, "step": game.step,
        "sample_count": len(samples), "seed": options.seed, "training_count": len(training),
        "held_out_count": len(held_out), "version": VERSION, **figures,
    }
    print("\n".join(table(figures, "points" if of_points else "images")))
    written = [folder / "evaluation.json", folder / "nearest.png"]
    runs.write_json(written[0], figures)
    if of_points:
        picture = points.scatter(samples, reference=held_out)
    else:
        picture = pairs(samples[:: len(samples) // PAIRS][:PAIRS], training)
    files.save_image(picture, written[1])
    print(*written, sep="\n")
    return 0


def on_named_data(described, data, game, options):
    """(samples, training samples, held-out samples, figures) of a run on a data set of a name."""
    training, held_out = (
        data.load(split, np.random.default_rng([described["seed"], stream]))
        for split, stream in (("train", runs.DATA_STREAM), ("held-out", runs.HELD_OUT_STREAM))
    )
    of_points = training.kind == "points"
    classes = None if of_points else game.classes
    samples, asked = draw(game, options.seed, classes)
    real = training.samples, held_out.samples
    if data.name in JUDGES:
        classifier = load_classifier(JUDGES[data.name])
        figures = {
            "classifier": JUDGES[data.name],
            "classifier_accuracy": classifier.held_out_accuracy,
            "class_names": classifier.class_names,
            **evaluate(samples, training, held_out, classifier, asked),
        }
    else:
        figures = without_classifier("points" if of_points else data.name, samples, *real)
    if training.mixture is not None:
        both = samples, held_out.points[:SAMPLES]
        found, in_real = (coverage(points, training.mixture) for points in both)
        figures["modes"] = beside(found.modes, in_real.modes)
        figures["high_quality"] = beside(found.high_quality, in_real.high_quality)
    elif of_points:
        figures["notes"].append(f"not measured: modes, as {data.name} has none")
    return samples, *real, figures


def without_classifier(data, samples, training, held_out):
    return {"notes": [UNKNOWN.format(data)], "nearest": copying(samples, held_out, training)}


def on_own_pictures(described, data, game, options):
    """(samples, training images, held-out images, figures); these images are bytes."""
    path = options.data or data.name
    if not os.path.exists(path):
        raise ValueError(f"there are no pictures at {path}; --data PATH says where they are now")
    height, width, channels = described["sample_shape"]  # whatever their own are now
    reading = data.reading.but(size=(height, width), channels=channels)
    found = own.find(path, reading).read(Loading())
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
        note = "note: the run was trained on other pictures, so what it copied is not seen"
        figures["notes"].append(note)
    return samples, training, held_out, figures


def draw(game, seed, classes):
    """(SAMPLES samples, the class that each was asked to be); None where no class is told."""
    if classes is None:
        return draw_samples(game, SAMPLES, seed), None
    each, labels = SAMPLES // classes, np.arange(classes)
    samples = [draw_samples(game, each, seed * classes + label, label) for label in labels.tolist()]
    return np.concatenate(samples), labels.repeat(each)  # each class from noise of its own


def pairs(samples, training):
    """A picture of samples, each above its nearest training image."""
    index, _ = nearest(samples, training)
    both = [images.to_pixels(each, runs.VALUE_RANGE) for each in (samples, training[index])]
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
            yield row(words, *figures[key].values(), form)
    form, ratio = ".3g" if kind == "points" else ".2f", near["ratio"]
    words = f"median distance to nearest training {kind[:-1]}"
    yield row(words, near["samples"], near["held_out"], form)
    yield row("    ratio (near 0: copied)", "-" if ratio is None else f"{ratio:.2f}", "1.00")
    yield row(f"    nearer than 99% of held-out {kind}", near["copies"], 0.01, ".1%")
    if "obedience" in figures:
        samples, real = figures["obedience"].values()
        yield row("classified as asked", samples["all"], real["all"], ".1%")
        for name, *shares in zip(names, samples["classes"], real["classes"], strict=True):
            yield row(f"    {name}", *shares, ".1%")
    if names:
        yield row("share of each class")
        for name, *shares in zip(names, *figures["class_shares"].values(), strict=True):
            yield row(f"    {name}", *shares, ".1%")
    yield ""
    floor = "; for the Fréchet distance, between two sets of as many real images"
    yield f"real: held-out {kind}{floor if names else ''}"
    yield from figures.get("notes", ())


def row(name, samples="", real="", form=""):
    return f"{name:<42}{format(samples, form):>9}{format(real, form):>9}".rstrip()
