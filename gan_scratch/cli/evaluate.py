"""gan-scratch evaluate: how good the samples of a run are, each figure beside that of real samples.

It writes into the folder of the run
    evaluation.json     every figure
    evaluation.png      the same as a picture
    nearest.png         some samples, each above its nearest training image
    features.cache      what is known of the real samples, so that next time is quicker
and where it cannot, it says so and still prints the figures.
"""

import hashlib
import json
import os
import sys
import textwrap
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from gan_scratch import metrics, runs
from gan_scratch.cli import options as kinds
from gan_scratch.cli.progress import Loading
from gan_scratch.datasets import own
from gan_scratch.datasets.dataset import digest
from gan_scratch.drawing import draw_samples
from gan_scratch.files import kept
from gan_scratch.losses import Logistic
from gan_scratch.metrics.classifier import CLASSIFIERS
from gan_scratch.metrics.duality import duality_gap
from gan_scratch.metrics.evaluation import CHOICES, beside, evaluate, of_real, share
from gan_scratch.metrics.features import features_for
from gan_scratch.metrics.frechet import SAMPLES
from gan_scratch.metrics.modes import coverage
from gan_scratch.metrics.nearest import blocks, nearest
from gan_scratch.part import make
from gan_scratch.plots import evaluation as picture
from gan_scratch.plots import files, images, points
from gan_scratch.plots.words import measured
from gan_scratch.version import VERSION

OWN_SAMPLES = 1000  # beside one's own pictures, which may be large
PAIRS = 40  # in the picture
COLUMNS = 10
UNKNOWN = "not measured: sureness and class shares, as no classifier knows {}"


def add_to(commands):
    parser = commands.add_parser(
        "evaluate", help="judge the samples of a run beside real images",
        description=f"Draw {SAMPLES:,} samples from a run ({OWN_SAMPLES:,} for your own pictures) "
        "and judge them beside real ones: distances, precision and recall, density and coverage, "
        "duplicates, shares of the classes, nearest training images. Every figure stands beside "
        "the one that real samples have. docs/evaluate.md says how to read them.",
    )
    add = parser.add_argument
    add("folder", type=kinds.path, metavar="RUN", help="folder of a run")
    add("--seed", type=kinds.seed, default=0, help="of the noise (default: 0)")
    add("--data", type=kinds.path, metavar="PATH",
        help="where your own pictures are now, if they have moved since the training")
    add("--features", choices=tuple(CLASSIFIERS),
        help="compare your own grey pictures of 28×28 by the features of this classifier")
    add("--duality", action="store_true",
        help="measure the duality gap too, by training copies of both players further")
    add("--json", action="store_true", help="print the figures as JSON and nothing else")
    parser.set_defaults(run=evaluate_run)


def evaluate_run(options):
    folder = Path(options.folder)
    described = runs.saved_description(folder / runs.CHECKPOINT)
    recipe = make(described["recipe"])
    for name in ("data", "features"):
        if getattr(options, name) and not recipe.data.own:
            words = f"--{name} is for your own pictures, and {folder} is on {recipe.data.name}"
            raise ValueError(words)
    features = features_for(described["sample_shape"], options.features or recipe.data.name)
    if options.features and not features.classifier:
        shape = "×".join(map(str, described["sample_shape"]))
        words = f"--features is for grey samples of 28×28×1, and those of {folder} are {shape}"
        raise ValueError(words)
    game = runs.load_game(folder)
    of = (own_pictures if recipe.data.own else named_data)(described, recipe.data, game, options)
    figures, failed = judged(folder, recipe, game, of, features, options.seed)
    if options.duality:
        progress = min(game.step / recipe.steps.rounds, 1)
        figures.update(duality(game, of.for_duality, progress, options.seed))
    if options.json:
        print(json.dumps(figures, indent=2))
    else:
        print("\n".join(table(figures, of.kind)), flush=True)
    for name, write in (
        ("evaluation.json", lambda path: runs.write_json(path, figures)),
        ("evaluation.png", lambda path: picture.save(figures, shown(of, 6), of.kind, path)),
        ("nearest.png", lambda path: files.save_image(shown(of), path)),
    ):
        try:
            write(folder / name)
        except OSError as error:
            failed.append(f"{folder / name}: {error.strerror}")
        else:
            print(folder / name, file=sys.stderr if options.json else sys.stdout)
    for words in failed:
        print(f"not written: {words}", file=sys.stderr)
    return 0


def judged(folder, recipe, game, of, features, seed):
    """(all figures but the duality gap, [why the cache could not be written])."""
    digests = [digest(of.kind, each.shape, blocks(each)) for each in (of.training, of.held_out)]
    code = [path.read_bytes() for path in sorted(Path(metrics.__file__).parent.glob("*.py"))]
    digests.append(hashlib.sha256(b"".join(code)).hexdigest())
    key = [VERSION, *digests, features.words, len(of.samples), SAMPLES, CHOICES]
    real, failed = kept(
        folder / "features.cache", repr(key),
        lambda: of_real(of.training, of.held_out, features, len(of.samples)),
    )
    figures = {
        "recipe": recipe.name, "data": recipe.data.name, "step": game.step, "seed": seed,
        "version": VERSION,
        **evaluate(of.samples, of.training, of.held_out, features, of.asked, of.labels, real),
    }
    if judge := features.classifier:
        figures["classifier"] = features.words.split()[-2]
        figures["classifier_accuracy"] = judge.held_out_accuracy
        figures["class_names"] = judge.class_names
    else:
        figures["notes"].append(UNKNOWN.format("points" if of.kind == "points" else of.name))
    if of.mixture is not None:
        both = of.samples, of.held_out[:SAMPLES]
        found, in_real = (coverage(each, of.mixture) for each in both)
        figures["modes"] = beside(found.modes, in_real.modes)
        quality = found.high_quality, in_real.high_quality
        figures["high_quality"] = share(*quality, len(both[1]))
    elif of.kind == "points":
        figures["notes"].append(f"not measured: modes, as {of.name} has none")
    figures["notes"] += of.notes
    return figures, [failed] if failed else []


def duality(game, held_out, progress, seed):
    """The figures that the duality gap adds."""
    game.follow_schedules(progress)
    started = time.perf_counter()
    found = {"duality": None, "duality_words": "duality gap"}
    try:
        found["duality"] = duality_gap(game, held_out, np.random.default_rng(seed))
        unit = "nats" if isinstance(game.objective, Logistic) else "units of D's loss"
        found["duality_words"] += f" in {unit}"
    except (ValueError, FloatingPointError) as error:
        found["duality_words"] += f": not measured, as {error}"
    return {**found, "duality_seconds": round(time.perf_counter() - started, 1)}


def named_data(described, data, game, options):
    """What is judged of a run on a data set of a name: samples, both parts of the real ones, ..."""
    training, held_out = (
        data.load(split, np.random.default_rng([described["seed"], stream]))
        for split, stream in (("train", runs.DATA_STREAM), ("held-out", runs.HELD_OUT_STREAM))
    )
    samples, asked = draw(game, options.seed, None if training.kind == "points" else game.classes)
    return SimpleNamespace(
        samples=samples, asked=asked, training=training.samples, held_out=held_out.samples,
        labels=held_out.labels, kind=training.kind, mixture=training.mixture, name=data.name,
        notes=[], for_duality=held_out,
    )


def own_pictures(described, data, game, options):
    """The same of a run on one's own pictures; they are bytes."""
    path = options.data or data.name
    if not os.path.exists(path):
        raise ValueError(f"there are no pictures at {path}; --data PATH says where they are now")
    height, width, channels = described["sample_shape"]  # whatever their own are now
    reading = data.reading.but(size=(height, width), channels=channels)
    found = own.find(path, reading).read(Loading())
    held_out = found.images[found.held_out][:OWN_SAMPLES]
    if not len(held_out):
        raise ValueError(f"{path} has too few pictures to compare with, as none is held out")
    training = found.images[~found.held_out]
    labels = None if found.labels is None else found.labels[~found.held_out]
    same = found.files_digest == described.get("files_digest") or (
        digest("images", training.shape, blocks(training), labels) == described["data_digest"]
    )
    other = "note: the run was trained on other pictures, so what it copied is not seen"
    for_duality = found.dataset("held-out", runs.VALUE_RANGE) if options.duality else None
    del found  # it may be large
    return SimpleNamespace(
        samples=draw_samples(game, OWN_SAMPLES, options.seed), asked=None, training=training,
        held_out=held_out, labels=None, kind="images", mixture=None, name="your pictures",
        notes=[] if same else [other], for_duality=for_duality,
    )


def draw(game, seed, classes):
    """(SAMPLES samples, the class that each was asked to be); None where no class is told."""
    if classes is None:
        return draw_samples(game, SAMPLES, seed), None
    each, labels = SAMPLES // classes, np.arange(classes)
    samples = [draw_samples(game, each, seed * classes + label, label) for label in labels.tolist()]
    return np.concatenate(samples), labels.repeat(each)  # each class from noise of its own


def shown(of, columns=COLUMNS):
    """Some samples, each above its nearest training image; points over real ones."""
    if of.kind == "points":
        return points.scatter(of.samples, reference=of.held_out)
    some = of.samples[:: len(of.samples) // PAIRS][: PAIRS // columns * columns]
    return pairs(some, of.training, columns)


def pairs(samples, training, columns=COLUMNS):
    """A picture of samples, each above its nearest training image."""
    index, _ = nearest(samples, training)
    both = [images.to_pixels(each, runs.VALUE_RANGE) for each in (samples, training[index])]
    return images.grid(np.concatenate(both, axis=1), columns=columns, scale=2, gap=6)


def table(figures, kind):
    """The figures in lines for people, 80 columns wide."""
    names, n = figures.get("class_names", ()), figures["n"]
    yield (
        f"{figures['recipe']} at step {figures['step']:,}, {figures['sample_count']:,} samples of "
        f"seed {figures['seed']}"
    )
    yield (
        f"compared with {figures['training_count']:,} training {kind} and "
        f"{figures['held_out_count']:,} held-out ones"
    )
    yield f"in {figures['features']}" + (
        f", right on {figures['classifier_accuracy']:.1%} of its held-out images" if names else ""
    )
    yield ""
    yield row("", "samples", "real", "spread", "better")
    for figure, *numbers in measured(figures):
        yield row(figure.words, *map(figure.shown, numbers), figure.better)
    for key, title in (("obedience", "    by class"), ("class_shares", "share of each class")):
        if key in figures:
            yield row(title)
            both = (each["classes"] if "all" in each else each for each in figures[key].values())
            for name, *shares in zip(names, *both, strict=True):
                yield row(f"    {name}", *("-" if s is None else f"{s:.1%}" for s in shares))
    if "duality_words" in figures:
        yield row(figures["duality_words"], "gap", "best D", "best G")
        for each in figures["duality"] or ():
            numbers = (each[name] for name in ("gap", "discriminator", "generator"))
            yield row(f"    after {each['steps']} steps", *map("{:.4f}".format, numbers))
        yield f"    measured in {figures['duality_seconds']:.0f} s"
    yield ""
    words = (
        f"Down to the birthday size: {n:,} samples against {n:,} real {kind}; real: {n:,} of them "
        f"against {n:,} others, mean and standard deviation of {CHOICES} random choices. "
    )
    for note in (f"{words if n else ''}The rest: held-out {kind}.", *figures["notes"]):
        yield from textwrap.wrap(note, 80)


def row(name, *cells):
    samples, real, spread, better = (*cells, "", "", "", "")[:4]
    return f"{name:<40}{samples:>9}{real:>10}{spread:>10}  {better}".rstrip()
