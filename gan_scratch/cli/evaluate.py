"""gan-scratch evaluate: how good the samples of a run are, each figure beside that of real images.

It writes into the folder of the run
    evaluation.json     every figure
    nearest.png         some samples, each above its nearest training image
"""

import json
from pathlib import Path

import numpy as np

from gan_scratch import datasets
from gan_scratch.metrics.classifier import JUDGES, load_classifier
from gan_scratch.metrics.evaluation import SURE, evaluate
from gan_scratch.metrics.frechet import SAMPLES
from gan_scratch.metrics.nearest import nearest
from gan_scratch.plots import files, images
from gan_scratch.runs import CHECKPOINT, VALUE_RANGE, draw_samples, load_game, saved_description
from gan_scratch.version import VERSION

PAIRS = 40  # in the picture
COLUMNS = 10


def add_to(commands):
    parser = commands.add_parser(
        "evaluate",
        help="judge the samples of a run beside real images",
        description=f"Draw {SAMPLES:,} samples from a run and judge them beside real images: "
        "distance of their features, shares of the classes, nearest training images.",
    )
    parser.add_argument("folder", metavar="RUN", help="folder of a run")
    parser.add_argument("--seed", type=int, default=0, help="of the noise (default: 0)")
    parser.set_defaults(run=evaluate_run)


def evaluate_run(options):
    if options.seed < 0:
        raise ValueError(f"--seed must not be negative, got {options.seed}")
    folder = Path(options.folder)
    recipe = saved_description(folder / CHECKPOINT)["recipe"]
    judge = judge_of(recipe["data"])
    classifier = load_classifier(judge)
    training, held_out = (
        datasets.load(recipe["data"], split, value_range=VALUE_RANGE)
        for split in ("train", "held-out")
    )
    game = load_game(folder)
    samples, asked = draw(game, options.seed)
    figures = evaluate(samples, training, held_out, classifier, asked)
    about = {
        "recipe": recipe["name"],
        "data": recipe["data"],
        "step": game.step,
        "sample_count": SAMPLES,
        "seed": options.seed,
        "classifier": judge,
        "classifier_accuracy": classifier.held_out_accuracy,
        "version": VERSION,
    }
    written = [folder / "evaluation.json", folder / "nearest.png"]
    with files.whole_file(written[0]) as stream:
        stream.write((json.dumps({**about, **figures}, indent=2) + "\n").encode())
    files.save_image(pairs(samples[:: SAMPLES // PAIRS][:PAIRS], training.images), written[1])
    print("\n".join(table(about, figures, classifier.class_names)))
    print(*written, sep="\n")
    return 0


def judge_of(data):
    """The name of the classifier that knows the images of the data set called `data`."""
    if data not in JUDGES:
        raise ValueError(
            f"there is no classifier to judge samples of {data!r}; evaluate takes runs on "
            f"{', '.join(JUDGES)}"
        )
    return JUDGES[data]


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
    tiles = np.concatenate([samples, training[index]], axis=1)
    return images.grid(tiles, columns=COLUMNS, scale=2, gap=6, value_range=VALUE_RANGE)


def table(about, figures, class_names):
    """The figures in lines for people."""
    near = figures["nearest"]
    obedience = figures.get("obedience")
    yield (
        f"{about['recipe']} at step {about['step']:,}, {about['sample_count']:,} samples of seed "
        f"{about['seed']}"
    )
    yield (
        f"judged by the {about['classifier']} classifier, right on "
        f"{about['classifier_accuracy']:.1%} of its held-out images"
    )
    yield ""
    yield row("", "samples", "real")
    yield row("Fréchet distance of its features", *in_words(figures["frechet"], ".2f"))
    yield row(f"sure of the class ({SURE:.0%} or more)", *in_words(figures["sure"], ".1%"))
    yield row(
        "median distance to nearest training image",
        f"{near['samples']:.2f}", f"{near['held_out']:.2f}",
    )  # fmt: skip
    yield row("    ratio (near 0: copied)", f"{near['ratio']:.2f}", "1.00")
    yield row("    nearer than 99% of held-out images", f"{near['copies']:.1%}", "1.0%")
    if obedience:
        overall = {who: obedience[who]["all"] for who in ("samples", "real")}
        yield row("classified as asked", *in_words(overall, ".1%"))
        for label, name in enumerate(class_names):
            one = {who: obedience[who]["classes"][label] for who in ("samples", "real")}
            yield row(f"    {name}", *in_words(one, ".1%"))
    yield row("share of each class", "", "")
    for name, samples, real in zip(class_names, *figures["class_shares"].values(), strict=True):
        yield row(f"    {name}", f"{samples:.1%}", f"{real:.1%}")
    yield ""
    yield "real: for the Fréchet distance between two sets of as many real images, else held-out"


def in_words(figure, form):
    return format(figure["samples"], form), format(figure["real"], form)


def row(name, samples, real):
    return f"{name:<42}{samples:>9}{real:>9}".rstrip()
