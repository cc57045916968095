"""The frozen clinic: runs that are ill in a known way, and healthy ones, each as a few numbers.

    python tests/doctor/clinic.py --jobs 2 --seeds 0 1 2 3 4 5 6 --out FOLDER
    python tests/doctor/clinic.py --freeze docs/results/clinic.csv --out FOLDER

The first makes the runs, one file each, and does not make again what is there; it takes about an
hour of two cores. The second writes the table, and the values of all runs beside it.

    seen     seeds 0 to 2 of the settings that are not set aside: thresholds were chosen on these
    aside    seeds 3 and 4, and all of the settings set aside: looked at once, when they stood
    fresh    seeds 5 and 6 of all settings: looked at once more, after one rule was mended

A run whose fault did not show (a game that copies less than it was made to) is kept as "did not
occur" and counted neither way. `occurred` decides that by another way than the doctor's: counted
modes, a classifier's classes, samples nearest to training data. A setting of which one of the seeds
0 to 4 is not well by that measure is no healthy setting, and is not counted either.
"""

import argparse
import csv
import functools
import json
import multiprocessing
import pickle
import time
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gan_scratch import datasets, losses
from gan_scratch.batch import Batch, made_by
from gan_scratch.doctor.signs import measure
from gan_scratch.game import Game, discriminator_step, generator_step, samples_made
from gan_scratch.layers import BatchNorm, ConvTranspose2D, Dense, Sequential, Sigmoid, frozen
from gan_scratch.layers.layer import layers_inside
from gan_scratch.metrics.modes import coverage
from gan_scratch.metrics.nearest import copying
from gan_scratch.models import conditional, dcgan, mlp
from gan_scratch.optimizers import SGD, Adam, Average
from gan_scratch.passes import InPlay
from gan_scratch.penalties import R1, R2, GradientPenalty
from gan_scratch.recipes import RECIPES
from gan_scratch.training.loop import StepDone
from gan_scratch.training.monitors import Monitor
from gan_scratch.training.schedules import constant, linear

HELD_BACK = 3, 4  # seeds that served for nothing but the last look
SEEDS = range(5)
ROWS = 100  # of values in each run


# Data. Points are drawn anew for each seed; images are what the package holds.


@functools.cache
def data(name, few=None, value_range=(0, 1)):
    """(training, held-out) Datasets."""
    parts = []
    for split in ("train", "held-out"):
        rng = np.random.default_rng([5, split == "train"])
        if name == "ring":
            parts.append(datasets.ring(8000, rng, sigma=0.05))
        elif name == "grid":
            parts.append(datasets.grid(8000, rng, sigma=0.1))
        elif name == "moons":
            parts.append(datasets.two_moons(8000, rng))
        elif name == "blob":  # one Gaussian, away from the origin
            points = rng.standard_normal((8000, 2)).astype("float32") + [2, -1]
            parts.append(datasets.Dataset("blob", points=points.astype("float32")))
        else:
            parts.append(datasets.load(name, split, value_range=value_range))
    if few:
        whole, kind = parts[0], parts[0].kind
        labels = None if whole.labels is None else whole.labels[:few]
        range_ = {"value_range": whole.value_range} if kind == "images" else {}
        parts[0] = datasets.Dataset(
            whole.name,
            labels=labels,
            mixture=whole.mixture,
            **{kind: whole.samples[:few]},
            **range_,
        )
    return tuple(parts)


def shuffled_labels(parts):
    """The same data, with labels that belong to other samples: training and held-out."""
    found = []
    for part in parts:
        labels = np.random.default_rng(0).permutation(part.labels)
        range_ = {"value_range": part.value_range} if part.kind == "images" else {}
        found.append(
            datasets.Dataset(
                part.name,
                labels=labels,
                class_names=part.class_names,
                mixture=part.mixture,
                **{part.kind: part.samples},
                **range_,
            )
        )
    return tuple(found)


# Games.


def points_game(
    rng,
    objective="non-saturating",
    r1=0.0,
    r2=0.0,
    gp=0.0,
    rate=2e-3,
    rate_d=None,
    beta1=0.5,
    hidden=(64, 64),
    average=0.0,
    output="linear",
    d_hidden=None,
    wrap=None,
    classes=None,
    normalized=False,
):
    latent = 2
    generator = mlp.generator(
        (2,), latent + 8 * bool(classes), hidden, output, rng=rng, spread=True
    )
    judge = mlp.discriminator((2,), d_hidden or hidden, rng=rng, spread=True)
    if normalized:
        generator = Sequential(Dense(2, 64, rng=rng), BatchNorm(64), *list(generator)[1:])
    if classes:
        generator = conditional.ConditionalGenerator(generator, latent, classes, 8, rng=rng)
        judge = conditional.ConditionalDiscriminator(
            Sequential(*list(judge)[:-1]), hidden[-1], classes, rng=rng
        )
    return assembled(
        generator,
        judge,
        objective,
        r1,
        r2,
        gp,
        rate,
        rate_d,
        beta1,
        0.9,
        average,
        rng,
        latent,
        wrap,
    )


def images_game(
    rng,
    objective="non-saturating",
    r1=0.0,
    r2=0.0,
    gp=0.0,
    rate=4e-3,
    rate_d=None,
    beta1=0.0,
    average=0.999,
    output="sigmoid",
    wrap=None,
    hidden=(128, 128),
    d_hidden=None,
    classes=None,
):
    latent = 64
    generator = mlp.generator(
        latent=latent + 16 * bool(classes), hidden=hidden, output=output, rng=rng
    )
    judge = mlp.discriminator(hidden=d_hidden or hidden, rng=rng)
    if classes:
        generator = conditional.ConditionalGenerator(generator, latent, classes, 16, rng=rng)
        judge = conditional.ConditionalDiscriminator(
            Sequential(*list(judge)[:-1]), 128, classes, rng=rng
        )
    return assembled(
        generator,
        judge,
        objective,
        r1,
        r2,
        gp,
        rate,
        rate_d,
        beta1,
        0.99,
        average,
        rng,
        latent,
        wrap,
    )


def dcgan_game(rng, r1=0.3, rate=4e-3, kernel=None, width=8, average=0.999):
    generator = dcgan.generator(latent=32, width=width, hidden=64, output="sigmoid", rng=rng)
    if kernel:
        generator = Sequential(
            *(
                layer
                if not isinstance(layer, ConvTranspose2D)
                else ConvTranspose2D(
                    layer.in_channels,
                    layer.out_channels,
                    kernel,
                    2,
                    padding=(kernel - 1) // 2,
                    output_padding=1,
                    rng=rng,
                )
                for layer in generator
            )
        )
    judge = dcgan.discriminator(width=width, hidden=64, normalization=None, rng=rng)
    return assembled(
        generator, judge, "non-saturating", r1, 0, 0, rate, None, 0.0, 0.99, average, rng, 32, None
    )


OBJECTIVES = {
    "non-saturating": losses.NonSaturating,
    "minimax": losses.Minimax,
    "hinge": losses.Hinge,
    "least-squares": losses.LeastSquares,
    "wasserstein": losses.Wasserstein,
    "relativistic": losses.Relativistic,
}


def assembled(
    generator, judge, objective, r1, r2, gp, rate, rate_d, beta1, beta2, average, rng, latent, wrap
):
    if wrap:
        judge = wrap(judge)
    penalties = [R1(r1)] * bool(r1) + [R2(r2)] * bool(r2) + [GradientPenalty(gp)] * bool(gp)
    loss = OBJECTIVES[objective]() if isinstance(objective, str) else objective
    return Game(
        generator,
        judge,
        loss,
        Adam(generator.parameters(), rate, beta1, beta2),
        Adam(judge.parameters(), rate if rate_d is None else rate_d, beta1, beta2),
        penalties,
        rng=rng,
        latent=latent,
        average=Average(generator, average) if average else None,
    )


def line_game(rng, objective, rate):
    """A G that is linear before a D that is a line, as in the Dirac-GAN, but in the plane."""
    generator, judge = Dense(2, 2, rng=rng), Dense(2, 1, rng=rng)
    generator.weight.value[...] = np.eye(2)
    data_mean = np.array([2, -1])
    generator.bias.value[...] = data_mean + rng.standard_normal(2)
    judge.weight.value[...] = 0.3 * rng.standard_normal((2, 1))
    optimizers = [SGD(player.parameters(), rate) for player in (generator, judge)]
    return Game(generator, judge, OBJECTIVES[objective](), *optimizers, rng=rng, latent=2)


# Steps with a mistake in them, as people write them.


def silent_step(game, noise, real=None):
    """The fakes are made outside of the gradient, so that nothing comes back to G."""
    fake = game.generator(noise, training=True)
    with frozen(game.discriminator):
        score, cache = game.discriminator.forward(fake)
        loss, d_score = game.objective.generator(score)
        game.discriminator.backward(d_score, cache)
    game.generator.zero_gradients()
    game.generator_optimizer.step()
    return loss


def cleared_late_step(game, noise, real=None):
    """The gradients are cleared after they were computed, not before."""
    fake, made = game.generator.forward(noise)
    with frozen(game.discriminator):
        score, cache = game.discriminator.forward(fake)
        loss, d_score = game.objective.generator(score)
        d_fake = game.discriminator.backward(d_score, cache)
    game.generator.backward(d_fake, made, need_dx=False)
    game.generator.zero_gradients()
    game.generator_optimizer.step()
    return loss


def swapped_step(game, noise, real=None):
    """The labels in G's step are those of D's step: G minimises D's loss on fakes."""
    fake, made = game.generator.forward(noise)
    with frozen(game.discriminator):
        score, cache = game.discriminator.forward(fake)
        loss, _, d_score = game.objective.discriminator(score, score)
        d_fake = game.discriminator.backward(d_score, cache)
    game.generator.zero_gradients()
    game.generator.backward(d_fake, made, need_dx=False)
    game.generator_optimizer.step()
    return loss


class Swapped(losses.NonSaturating):
    """The same mistake inside a loss of one's own."""

    def generator(self, fake_score, real_score=None):
        score = np.clip(fake_score, -30, 30)
        return np.log1p(np.exp(score)).mean(), 1 / (1 + np.exp(-score)) / len(score)


def told_otherwise(noise):
    """G is told other classes than D is."""
    return Batch(noise.values, np.roll(noise.condition, 7))


def deaf_d_step(game, real, noise):
    with frozen(game.generator):
        fakes = made_by(game.generator, told_otherwise(noise), training=True)
    return discriminator_step(game, real, noise, samples=fakes.values)


def deaf_g_step(game, noise, real=None):
    made = samples_made(game, told_otherwise(noise))
    return generator_step(
        game, noise, real, InPlay(game, Batch(made.samples, noise.condition), noise, made.made)
    )


def overwritten_step(game, real, noise):
    """The gradient of the real batch goes back with the cache of the fakes."""
    with frozen(game.generator):
        fake = game.generator(noise, training=True)
    real_score, _ = game.discriminator.forward(real)
    fake_score, fake_cache = game.discriminator.forward(fake)
    loss, d_real, d_fake = game.objective.discriminator(real_score, fake_score)
    game.discriminator.zero_gradients()
    game.discriminator.backward(d_real, fake_cache, need_dx=False)
    game.discriminator.backward(d_fake, fake_cache, need_dx=False)
    for penalty in game.penalties:
        loss += penalty.add_gradients(game.discriminator, real, fake, game.rng)
    game.discriminator_optimizer.step()
    return loss


def with_a_sigmoid(judge):
    return Sequential(judge, Sigmoid())


def never_moved(game):
    """Running statistics as they were before the first step, as where they were not saved."""
    for model in [game.generator] + ([game.average.model] if game.average else []):
        for layer in layers_inside(model):
            if isinstance(layer, BatchNorm):
                for name, buffer in layer.buffers().items():
                    buffer.value[...] = 1 if "variance" in name else 0


# The truth, asked of each run when it is over.


def modes_missing(game, parts):
    """At most 5 of the ring's 8 modes, or 12 of the grid's 25, have a sample of high quality."""
    found = coverage(game.sample(game.noise(2500, np.random.default_rng(9))), parts[0].mixture)
    return found.modes <= {8: 5, 25: 15}[len(parts[0].mixture.means)]


def classes_missing(game, parts):
    from gan_scratch.metrics.classifier import load_classifier

    images = game.sample(game.noise(1000, np.random.default_rng(9)))
    shares = np.bincount(load_classifier(parts[0].name).classify(images), minlength=10) / 1000
    return (shares < 0.01).sum() >= 3


def copies(game, parts):
    """The median fake is less than half as far from the training data as held-out data is."""
    fakes = game.sample(game.noise(500, np.random.default_rng(9)))
    return copying(fakes, parts[1].samples[:1000], parts[0].samples)["ratio"] < 0.5


def broken(game, parts):
    """Hardly a sample is good: of points one in ten, of images the classifier misses classes."""
    if parts[0].kind == "images":
        return classes_missing(game, parts)
    found = coverage(game.sample(game.noise(2500, np.random.default_rng(9))), parts[0].mixture)
    return found.high_quality < 0.1


def well(game, parts):
    """All modes and a quarter of the samples good; or, of other points, near the data in sliced
    Wasserstein distance; or all classes drawn and a quarter of the images surely of one."""
    from gan_scratch.metrics.classifier import load_classifier
    from gan_scratch.metrics.sliced import mind

    rng = np.random.default_rng(9)
    fakes = np.concatenate([game.sample(game.noise(100, rng)) for _ in range(25)])
    if parts[0].kind == "images":
        found = load_classifier(parts[0].name).probabilities(fakes)
        shares = np.bincount(found.argmax(axis=1), minlength=10) / len(fakes)
        return shares.min() >= 0.005 and (found.max(axis=1) >= 0.9).mean() >= 0.25
    if parts[0].mixture:
        found = coverage(fakes, parts[0].mixture)
        return found.modes == len(parts[0].mixture.means) and found.high_quality >= 0.25
    real = parts[1].samples[:2500]
    return mind(fakes, real, rng) < 0.05 * real.var(axis=0).sum()


def unwell(game, parts):
    return not well(game, parts)


def no_copies(game, parts):
    return not copies(game, parts)


def off(game, parts):
    """The fakes' mean is off that of the data by more than a third of a standard deviation."""
    fakes, real = game.sample(game.noise(2500, np.random.default_rng(9))), parts[1].samples
    return np.linalg.norm(fakes.mean(axis=0) - real.mean(axis=0)) > 0.33


def always(game, parts):
    return True


@dataclass
class Case:
    """One setting of one ailment. `make(rng)` gives a game; the rest says how it is played."""

    ailment: str
    setting: str
    make: object
    data: str
    steps: int
    few: int | None = None
    value_range: tuple = (0, 1)
    batch: int = 64
    d_step: object = discriminator_step
    g_step: object = generator_step
    d_steps: int = 1
    schedule: object = linear
    shuffled: bool = False
    first_classes: int = 0  # only samples of the first few classes come into the batches
    updates_average: bool = True
    after: object = None
    occurred: object = always
    aside: bool = False
    recipe: str = ""


def parts_of(case):
    parts = data(case.data, case.few, case.value_range)
    return shuffled_labels(parts) if case.shuffled else parts


def play(case, seed, parts):
    """(game, the columns of its values): one run of a case."""
    rng = np.random.default_rng([seed, zlib.crc32(f"{case.ailment} {case.setting}".encode())])
    if case.recipe:
        recipe = RECIPES[case.recipe]
        names = parts[0].class_names if recipe.players.conditional else ()
        game = recipe.game(parts[0].sample_shape, len(names), seed=int(rng.integers(2**31)))
        batch, d_steps, schedule = (
            recipe.data.batch_size,
            recipe.steps.of_discriminator,
            recipe.schedule,
        )
    else:
        game, batch, d_steps, schedule = case.make(rng), case.batch, case.d_steps, case.schedule
    size = min(batch, len(parts[0]))
    shown = parts[0]
    if case.first_classes:
        some = shown.labels < case.first_classes
        range_ = {"value_range": shown.value_range} if shown.kind == "images" else {}
        shown = datasets.Dataset("some", **{shown.kind: shown.samples[some]}, **range_)
    batches = shown.batches(size, game.rng, condition=game.conditional)
    monitor, rows = Monitor(every=max(1, case.steps // ROWS)), []
    with np.errstate(all="ignore"):
        for step in range(1, case.steps + 1):
            progress = (step - 1) / case.steps
            game.follow_schedules(progress)
            for optimizer in game.optimizers():
                optimizer.learning_rate = optimizer.initial_learning_rate * schedule(progress)
            for _ in range(d_steps):
                real = next(batches)
                values, condition = (
                    (real.values, real.condition) if game.conditional else (real, None)
                )
                values = getattr(values, "values", values)
                noise = game.noise(size, condition=condition)
                real = real if game.conditional else values
                d_loss = case.d_step(game, real, noise)
            noise = game.noise(size, condition=condition)
            g_loss = case.g_step(game, noise, real)
            if game.average and case.updates_average:
                game.average.update()
            game.step = step
            event = StepDone(game, batches, step, 0, d_loss, g_loss, real, noise)
            if row := monitor.row(event):
                rows.append(row)
    if case.after:
        case.after(game)
    names = list(dict.fromkeys(name for row in rows for name in row if name != "seconds"))
    return game, {name: [row.get(name, np.nan) for row in rows] for name in names}


def visit(case, seed, folder):
    """Make the run of a case, and write what the doctor measures of it."""
    name = f"{case.ailment}--{case.setting}--{seed}".replace(" ", "-").replace("/", "")
    path, trained = Path(folder, f"{name}.json"), Path(folder, f"{name}.pickle")
    if path.exists():
        return
    parts = parts_of(case)
    if not trained.exists():
        began = time.process_time()
        game, values = play(case, seed, parts)
        seconds = time.process_time() - began
        trained.write_bytes(pickle.dumps((game, values, seconds)))
    game, values, seconds = pickle.loads(trained.read_bytes())
    rng, began = np.random.default_rng(seed), time.process_time()
    found = measure(game, parts[0], values, parts[1], rng, case.batch)
    with np.errstate(all="ignore"):
        occurred = bool(case.occurred(game, parts))
    about = {
        "ailment": case.ailment,
        "setting": case.setting,
        "seed": seed,
        "aside": case.aside,
        "occurred": occurred,
        "trained": round(seconds, 1),
        "examined": round(time.process_time() - began, 1),
    }
    short = {name: [float(f"{x:.4g}") for x in column] for name, column in values.items()}
    path.write_text(json.dumps({**about, "signs": found, "values": short}) + "\n")
    print(about, flush=True)


def visit_numbered(job):
    number, seed, folder = job
    visit(list(cases())[number], seed, folder)


def cases():
    ring, digits, fashion = (
        {"data": "ring", "steps": 1500},
        {"data": "digits", "steps": 900},
        {"data": "fashion", "steps": 900},
    )
    points, pictures = points_game, images_game

    def of(make, **settings):
        return functools.partial(make, **settings)

    yield Case("G gets no gradient", "digits", of(pictures, r1=0.5), **digits, g_step=silent_step)
    yield Case("G gets no gradient", "ring", of(points, r1=0.1), **ring, g_step=silent_step)
    yield Case(
        "G gets no gradient",
        "fashion, cleared late",
        of(pictures, objective="hinge", gp=1),
        **fashion,
        g_step=cleared_late_step,
        aside=True,
    )

    yield Case(
        "G's labels are swapped",
        "digits, own loss",
        of(pictures, objective=Swapped(), r1=0.5),
        **digits,
    )
    yield Case(
        "G's labels are swapped", "ring, own step", of(points, r1=0.1), **ring, g_step=swapped_step
    )
    yield Case(
        "G's labels are swapped",
        "fashion, least squares",
        of(pictures, objective="least-squares", r1=0.1),
        **fashion,
        g_step=swapped_step,
        aside=True,
    )

    yield Case("D ends in a sigmoid", "digits", of(pictures, r1=0.5, wrap=with_a_sigmoid), **digits)
    yield Case(
        "D ends in a sigmoid",
        "ring, hinge",
        of(points, objective="hinge", wrap=with_a_sigmoid),
        **ring,
    )
    yield Case(
        "D ends in a sigmoid",
        "fashion, relativistic",
        of(pictures, objective="relativistic", wrap=with_a_sigmoid),
        **fashion,
        aside=True,
    )

    yield Case(
        "D's gradient is wrong", "digits", of(pictures, r1=0.5), **digits, d_step=overwritten_step
    )
    yield Case("D's gradient is wrong", "ring", of(points, r1=0.1), **ring, d_step=overwritten_step)
    yield Case(
        "D's gradient is wrong",
        "fashion, hinge",
        of(pictures, objective="hinge", gp=1),
        **fashion,
        d_step=overwritten_step,
        aside=True,
    )

    yield Case(
        "G cannot reach the data",
        "digits in (-1, 1)",
        of(pictures, r1=0.5),
        **digits,
        value_range=(-1, 1),
    )
    yield Case(
        "G cannot reach the data",
        "grid, tanh",
        of(points, r1=0.1, output="tanh"),
        data="grid",
        steps=1500,
    )
    yield Case(
        "G cannot reach the data",
        "fashion, least squares",
        of(pictures, objective="least-squares", r1=0.1),
        **fashion,
        value_range=(-1, 1),
        aside=True,
    )

    yield Case(
        "the learning rate is too high",
        "digits, 0.1",
        of(pictures, r1=0.5, rate=0.1),
        **digits,
        occurred=broken,
    )
    yield Case(
        "the learning rate is too high",
        "ring, 0.5",
        of(points, r1=0.1, rate=0.5),
        **ring,
        schedule=constant,
        occurred=broken,
    )
    yield Case(
        "the learning rate is too high",
        "ring, relativistic, 0.2",
        of(points, objective="relativistic", r1=0.1, rate=0.2),
        **ring,
        schedule=constant,
        occurred=broken,
    )
    yield Case(
        "the learning rate is too high",
        "fashion, 0.1",
        of(pictures, r1=0.5, rate=0.1),
        **fashion,
        occurred=broken,
        aside=True,
    )
    yield Case(
        "the learning rate is too high",
        "digits, hinge, 0.05",
        of(pictures, objective="hinge", r1=0.5, rate=0.05),
        **digits,
        occurred=broken,
        aside=True,
    )

    slow = {"rate": 1e-3, "rate_d": 1e-4}
    yield Case("D is too slow", "ring", of(points, **slow), **ring, schedule=constant)
    yield Case(
        "D is too slow",
        "grid",
        of(points, rate=2e-3, rate_d=1e-4, hidden=(128, 128)),
        data="grid",
        steps=1500,
        schedule=constant,
    )
    yield Case(
        "D is too slow",
        "ring, hinge",
        of(points, objective="hinge", **slow),
        **ring,
        schedule=constant,
        aside=True,
    )

    yield Case(
        "few modes",
        "ring, sorted data",
        of(points, r1=0.1),
        data="ring",
        steps=1500,
        first_classes=3,
        occurred=modes_missing,
    )
    yield Case(
        "few modes",
        "digits, sorted data",
        of(pictures, r1=0.5),
        data="digits",
        steps=1200,
        first_classes=4,
        occurred=classes_missing,
    )
    yield Case(
        "few modes",
        "grid, sorted data",
        of(points, r1=0.05, hidden=(128, 128)),
        data="grid",
        steps=2000,
        first_classes=9,
        occurred=modes_missing,
        aside=True,
    )
    yield Case(
        "few modes",
        "fashion, sorted data",
        of(pictures, objective="relativistic", r1=0.5),
        data="fashion",
        steps=1200,
        first_classes=3,
        occurred=classes_missing,
        aside=True,
    )

    for setting, objective, rate, aside in (
        ("line", "wasserstein", 0.1, False),
        ("line, 0.3", "wasserstein", 0.3, False),
        ("line, 0.03", "wasserstein", 0.03, True),
    ):
        yield Case(
            "the players circle",
            setting,
            of(line_game, objective=objective, rate=rate),
            data="blob",
            steps=1500,
            schedule=constant,
            occurred=off,
            aside=aside,
        )
    yield Case(
        "the players circle",
        "ring, wasserstein, no penalty",
        of(points, objective="wasserstein", beta1=0.9, rate=1e-3),
        **ring,
        schedule=constant,
        occurred=broken,
    )
    yield Case(
        "the players circle",
        "moons, β₁ 0.9",
        of(points, beta1=0.9, rate=4e-3),
        data="moons",
        steps=1500,
        schedule=constant,
        occurred=unwell,
        aside=True,
    )

    yield Case("chequered", "digits, kernel 3", of(dcgan_game, kernel=3), data="digits", steps=300)
    yield Case(
        "chequered", "fashion, kernel 5", of(dcgan_game, kernel=5), data="fashion", steps=300
    )
    yield Case(
        "chequered",
        "digits, untrained",
        of(dcgan_game, kernel=3),
        data="digits",
        steps=3,
        aside=True,
    )

    yield Case(
        "running statistics are wrong",
        "digits",
        of(dcgan_game, width=12),
        data="digits",
        steps=700,
        after=never_moved,
    )
    yield Case(
        "running statistics are wrong",
        "ring",
        of(points, r1=0.1, normalized=True),
        **ring,
        after=never_moved,
    )
    yield Case(
        "running statistics are wrong",
        "fashion",
        of(dcgan_game, width=12),
        data="fashion",
        steps=700,
        after=never_moved,
        aside=True,
    )

    few = {"few": 40, "steps": 4000, "batch": 40, "occurred": copies}
    yield Case(
        "G copies its data",
        "40 digits",
        of(pictures, r1=0.05, hidden=(256, 256)),
        data="digits",
        **few,
    )
    yield Case(
        "G copies its data",
        "40 clothes",
        of(pictures, r1=0.05, hidden=(256, 256)),
        data="fashion",
        **few,
    )
    yield Case(
        "G copies its data",
        "40 digits, hinge",
        of(pictures, objective="hinge", r1=0.02, hidden=(256, 256)),
        data="digits",
        **few,
        aside=True,
    )

    yield Case(
        "D has won",
        "digits, minimax",
        of(pictures, objective="minimax", rate=5e-4, rate_d=4e-3, beta1=0.5),
        **digits,
    )
    yield Case(
        "D has won",
        "digits, minimax, equal rates",
        of(pictures, objective="minimax", beta1=0.5, rate=1e-3, average=0),
        data="digits",
        steps=1500,
    )
    yield Case(
        "D has won",
        "fashion, minimax",
        of(pictures, objective="minimax", rate=5e-4, rate_d=4e-3, beta1=0.5),
        **fashion,
        aside=True,
    )

    yield Case(
        "D overfits",
        "400 digits",
        of(pictures, r1=0.01, d_hidden=(512, 512), rate=2e-3),
        data="digits",
        few=400,
        steps=3000,
        occurred=no_copies,
    )
    yield Case(
        "D overfits",
        "300 clothes",
        of(pictures, r1=0.01, d_hidden=(512, 512), rate=2e-3),
        data="fashion",
        few=300,
        steps=3000,
        occurred=no_copies,
    )
    yield Case(
        "D overfits",
        "400 digits, hinge",
        of(pictures, objective="hinge", r1=0.01, d_hidden=(512, 512), rate=2e-3),
        data="digits",
        few=400,
        steps=3000,
        occurred=no_copies,
        aside=True,
    )

    still = {"updates_average": False}
    yield Case(
        "the average is not that of G", "ring", of(points, r1=0.1, average=0.99), **ring, **still
    )
    yield Case("the average is not that of G", "digits", of(pictures, r1=0.5), **digits, **still)
    yield Case(
        "the average is not that of G",
        "fashion",
        of(pictures, objective="hinge", r1=0.3),
        **fashion,
        **still,
        aside=True,
    )

    deaf = {"d_step": deaf_d_step, "g_step": deaf_g_step}
    yield Case(
        "the condition is ignored", "digits", of(pictures, r1=0.5, classes=10), **digits, **deaf
    )
    yield Case("the condition is ignored", "ring", of(points, r1=0.1, classes=8), **ring, **deaf)
    yield Case(
        "the condition is ignored",
        "fashion",
        of(pictures, r1=0.5, classes=10),
        **fashion,
        **deaf,
        aside=True,
    )
    yield Case(
        "the labels are mixed up",
        "digits",
        of(pictures, r1=0.5, classes=10),
        **digits,
        shuffled=True,
    )
    yield Case(
        "the labels are mixed up", "ring", of(points, r1=0.1, classes=8), **ring, shuffled=True
    )
    yield Case(
        "the labels are mixed up",
        "fashion",
        of(pictures, r1=0.5, classes=10),
        **fashion,
        shuffled=True,
        aside=True,
    )

    for name in RECIPES:
        if name != "mlp-classic":
            kind = "fashion" if "fashion" in name else "digits"
            yield Case(
                "healthy",
                name,
                None,
                data=kind,
                steps=1200 if "mlp" in name else 900,
                recipe=name,
                occurred=well,
            )
    for setting, kind, make in (
        ("ring, R1", "ring", of(points, r1=0.1)),
        ("ring, relativistic", "ring", of(points, objective="relativistic", r1=0.1)),
        ("ring, hinge", "ring", of(points, objective="hinge", r1=0.1, rate=1e-3, rate_d=3e-3)),
        ("ring, fast D", "ring", of(points, rate=1e-3, rate_d=4e-3)),
        ("ring, classes", "ring", of(points, r1=0.1, classes=8)),
        ("ring, R1 and R2", "ring", of(points, r1=0.1, r2=0.1)),
        ("moons, relativistic", "moons", of(points, objective="relativistic", r1=0.1)),
        (
            "grid, relativistic",
            "grid",
            of(points, objective="relativistic", r1=0.02, hidden=(128, 128), rate=3e-3),
        ),
        ("fashion, R1", "fashion", of(pictures, r1=0.5)),
        ("digits, classes", "digits", of(pictures, r1=0.5, classes=10)),
        ("digits, R1 and R2", "digits", of(pictures, r1=0.3, r2=0.3)),
    ):
        yield Case("healthy", setting, make, data=kind, steps=2000, occurred=well)
    for setting, kind, make in (
        ("ring, least squares", "ring", of(points, objective="least-squares", r1=0.05)),
        (
            "ring, wasserstein",
            "ring",
            of(points, objective="wasserstein", gp=0.1, rate=5e-4, rate_d=2e-3),
        ),
        ("ring, average", "ring", of(points, r1=0.1, average=0.99)),
        ("moons, R1", "moons", of(points, r1=0.1)),
        ("moons, hinge", "moons", of(points, objective="hinge", r1=0.1, rate=1e-3, rate_d=3e-3)),
        ("ring, batch norm", "ring", of(points, r1=0.1, normalized=True)),
        ("digits, least squares", "digits", of(pictures, objective="least-squares", r1=0.1)),
        ("fashion, relativistic", "fashion", of(pictures, objective="relativistic", r1=0.5)),
        ("fashion, classes", "fashion", of(pictures, r1=0.5, classes=10)),
    ):
        yield Case("healthy", setting, make, data=kind, steps=2000, occurred=well, aside=True)


def freeze(folder, path):
    """Write the table of all runs in `folder`, and a zip of their values beside it."""
    runs = [json.loads(each.read_text()) for each in sorted(folder.glob("*.json"))]
    unwell = {
        r["setting"]
        for r in runs
        if r["ailment"] == "healthy" and not r["occurred"] and r["seed"] < 5
    }
    names = list(dict.fromkeys(name for run in runs for name in run["signs"]))
    with path.open("w", newline="", encoding="utf-8") as file:
        file.write("# python tests/doctor/clinic.py --freeze docs/results/clinic.csv\n")
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("ailment", "setting", "seed", "part", "occurred", *names))
        for run in runs:
            aside = run["aside"] or run["seed"] > 2
            part = "fresh" if run["seed"] > 4 else "aside" if aside else "seen"
            counted = run["occurred"] and not (
                part == "fresh" and run["ailment"] == "healthy" and run["setting"] in unwell
            )
            signs = (run["signs"].get(name, "") for name in names)
            writer.writerow(
                (
                    run["ailment"],
                    run["setting"],
                    run["seed"],
                    part,
                    counted,
                    *(f"{x:.5g}" if isinstance(x, float) else x for x in signs),
                )
            )
    with zipfile.ZipFile(path.with_suffix(".zip"), "w", zipfile.ZIP_DEFLATED, compresslevel=9) as z:
        for run in runs:
            columns = {name: column[::2] for name, column in run["values"].items()}
            name = f"{run['ailment']}--{run['setting']}--{run['seed']}.json"
            z.writestr(zipfile.ZipInfo(name), json.dumps(columns), zipfile.ZIP_DEFLATED)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", required=True)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--only", default="")
    parser.add_argument("--freeze", metavar="CSV")
    parser.add_argument("--seeds", type=int, nargs="*", default=list(SEEDS))
    options = parser.parse_args()
    Path(options.out).mkdir(parents=True, exist_ok=True)
    if options.freeze:
        return freeze(Path(options.out), Path(options.freeze))
    wanted = [
        (number, seed, options.out)
        for seed in options.seeds
        for number, case in enumerate(cases())
        if options.only in f"{case.ailment} {case.setting}"
    ]
    with multiprocessing.get_context("fork").Pool(options.jobs, maxtasksperchild=20) as pool:
        pool.map(visit_numbered, wanted, chunksize=1)


if __name__ == "__main__":
    main()
