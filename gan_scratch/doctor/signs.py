"""Signs: what the doctor measures of a game, as a flat dict of numbers without units.

Nobody moves: players are asked as in inference, or copies of them play. A sign is missing where it
cannot be measured. The same thresholds serve points, digits and your own pictures, because each
sign compares fakes with real samples, or two sets of real samples with each other.
"""

import copy
import math
from itertools import pairwise

import numpy as np

from gan_scratch.backend import backend_of
from gan_scratch.batch import Batch, as_weights, made_by
from gan_scratch.game import discriminator_step, generator_step
from gan_scratch.layers import Reshape, Sigmoid, Tanh
from gan_scratch.layers.convolution import SmallToLarge
from gan_scratch.layers.heads import head
from gan_scratch.layers.layer import frozen, layers_inside
from gan_scratch.losses import LeastSquares
from gan_scratch.metrics.features import features_for
from gan_scratch.metrics.frechet import frechet_distance
from gan_scratch.metrics.nearest import copying
from gan_scratch.metrics.neighbours import density_coverage
from gan_scratch.optimizers import Adam, RMSprop
from gan_scratch.training.monitors import SIGNS
from gan_scratch.training.monitors import signs as signs_of

SAMPLES = 960
TOGETHER = 120  # through a player at once; packs of up to 6, and of 8, fit in
CLUSTERS = 20
NEIGHBOURS = 5  # of coverage and density
REPLAYED = 16  # rounds at the present learning rates
LOOKED_ON, WITHOUT_RECORD, EVERY = 40, 160, 10  # rounds at the initial learning rates
UNDER_WAY = 100  # rounds before which fakes move because they have somewhere to go
RECENT = 10  # rows of the record that a replay is compared with
BOUNDS = {Sigmoid: (0, 1), Tanh: (-1, 1)}
NORMS = "discriminator_gradient_norm", "generator_gradient_norm"


class Patient:
    """A game and its data. What several signs are made of is made once.

    reference, others   real samples that D has seen, and others: held-out ones where there are any
    fakes, noise        what the (averaged) generator makes, and of what
    """

    def __init__(self, game, dataset, held_out, rng, batch_size):
        self.game, self.rng, self.batch_size = game, rng, batch_size
        self.dataset, self.held_out = dataset, held_out
        order = rng.permutation(len(dataset))
        self.reference = self.batch(dataset, order[:SAMPLES])
        if held_out is None:
            self.others = self.batch(dataset, order[len(order) // 2 :][:SAMPLES])
        else:
            self.others = self.batch(held_out, rng.permutation(len(held_out))[:SAMPLES])
        again = order[np.arange(SAMPLES) % len(order)]  # of few samples each condition comes again
        self.noise = Batch.of(game.noise(SAMPLES, rng, self.batch(dataset, again).condition))
        self.fakes = self.made(game.average.model if game.average else game.generator)
        self.features = features_for(dataset.sample_shape, dataset.name)

    def batch(self, dataset, which):
        told = self.game.conditional and dataset.condition is not None
        return as_weights(
            Batch(dataset.samples[which], dataset.condition[which] if told else None),
            self.game.weight,
        )

    def made(self, generator, training=False):
        """The samples that a generator makes of the noise, as a Batch."""
        with frozen(generator):
            made = [host(made_by(generator, part, training).values) for part in pieces(self.noise)]
        return as_weights(Batch(np.concatenate(made), self.noise.condition), self.game.weight)

    def scores(self, batch):
        """D's scores of a batch in inference, (N, 1) in float64."""
        judge = self.game.discriminator
        outputs = (judge(part.given_to(judge)) for part in pieces(batch))
        return np.concatenate([host(head(y, "score")) for y in outputs]).astype("float64")

    def of(self, batch):
        """The features of a batch, (N, F) in float64; images as if their values were in [0, 1]."""
        values = host(batch.values).astype("float32")
        if self.dataset.value_range:
            low, high = self.dataset.value_range
            values = ((values - low) / (high - low)).clip(0, 1)
        return self.features(values).astype("float64")


def pieces(batch):
    """A batch in parts of TOGETHER; of the last one the rows that make no dozen are left out."""
    count = len(batch) if len(batch) < 12 else len(batch) // 12 * 12
    for start in range(0, count, TOGETHER):
        part = slice(start, min(start + TOGETHER, count))
        yield batch.mapped(lambda array, part=part: array[part])


def host(array):
    return backend_of(array).to_numpy(array)


def measure(game, dataset, values, held_out, rng, batch_size):
    """All signs of a game; `values` maps the columns of a values.csv to lists, or is empty."""
    patient = Patient(game, dataset, held_out, rng, batch_size)
    fakes, scores = host(patient.fakes.values), patient.scores(patient.fakes)
    found = {"finite": bool(np.isfinite(fakes).all() and np.isfinite(scores).all())}
    record = {name: np.array(column, "float64") for name, column in values.items()}
    with np.errstate(all="ignore"):
        found |= of_the_players(patient)
        if found["finite"]:
            found |= of_the_samples(patient) | of_the_judge(patient) | of_a_copy(patient, record)
    return {name: plain(value) for name, value in found.items()}


def plain(value):
    return value if isinstance(value, (bool, int)) else float(value)


def of_the_samples(patient):
    """How the fakes lie among the real samples, in the space of their features.

    spread              √(total variance of fakes / of real samples)
    distance            Fréchet distance to real samples / total variance of these; and that of
    distance_raw        samples of the weights without average
    density, coverage   of the fakes, over those of the other real samples
    missing             share of the data in regions that hardly a fake comes to
    batch_shift         how far samples move where G's batch norm takes the batch's statistics, not
                        its running ones: √ mean |a - b|² / the data's variance
    copied              nearest-training distance of fakes / of held-out real samples
    told_apart          share of the fakes' variance that lies between classes / of real samples'
    labels_over_chance  that of the real samples / what it would be for labels drawn by lot
    """
    game, real = patient.game, patient.of(patient.reference)
    fakes, others = patient.of(patient.fakes), patient.of(patient.others)
    raw, in_training = (patient.made(game.generator, training=mode) for mode in (False, True))
    count, variance = min(len(fakes), len(others)), real.var(axis=0).sum()
    density, coverage = np.divide(*(
        density_coverage(real, x[:count], NEIGHBOURS) for x in (fakes, others)
    ))
    shift = host(raw.values) - host(in_training.values)
    of_values = host(patient.reference.values).var(axis=0).sum()
    found = {
        "spread": math.sqrt(fakes.var(axis=0).sum() / variance),
        "distance": frechet_distance(fakes, real) / variance,
        "distance_raw": frechet_distance(patient.of(raw), real) / variance,
        "density": density, "coverage": coverage,
        "missing": missing(real, fakes, others, patient.rng),
        "batch_shift": math.sqrt((shift**2).sum() / len(shift) / of_values),
    }
    if patient.held_out is not None:
        both = (host(batch.values) for batch in (patient.fakes, patient.others))
        found["copied"] = copying(*both, patient.dataset.samples)["ratio"] or math.nan
    labels = patient.fakes.condition
    if labels is not None and labels.ndim == 1 and labels.dtype.kind == "i":
        of_real = share_between(real, host(patient.reference.condition))
        found["told_apart"] = share_between(fakes, host(labels)) / of_real
        by_lot = (len(np.unique(host(labels))) - 1) / (len(real) - 1)
        found["labels_over_chance"] = of_real / by_lot
    return found


def missing(real, fakes, others, rng):
    """The share of the other real samples in clusters that hardly a fake comes to: a tenth of what
    would be even. Clusters are those of k-means on the real samples; each sample belongs to the
    nearest one, however far. (Richardson and Weiss 2018 count bins in this way.)"""
    centres = real[rng.permutation(len(real))[:CLUSTERS]]
    for _ in range(20):
        own = nearest_centre(real, centres)
        centres = np.stack([
            real[own == each].mean(axis=0) if (own == each).any() else centres[each]
            for each in range(len(centres))
        ])
    shares = [
        np.bincount(nearest_centre(x, centres), minlength=len(centres)) / len(x)
        for x in (fakes, others)
    ]
    return shares[1][shares[0] < shares[1] / 10].sum()


def nearest_centre(points, centres):
    squares = (centres**2).sum(axis=1) - 2 * points @ centres.T
    return squares.argmin(axis=1)


def share_between(features, labels):
    """The share of the variance that lies between classes, η²."""
    classes, counts = np.unique(labels, return_counts=True)
    means = np.stack([features[labels == each].mean(axis=0) for each in classes])
    between = (counts @ (means - features.mean(axis=0)) ** 2).sum() / len(features)
    return between / features.var(axis=0).sum()


def of_the_judge(patient):
    """What D makes of real samples, of held-out ones and of fakes.

    told_from_real      probability that a held-out real sample scores higher than a fake (AUC): ½
                        where D cannot tell, 1 where it can tell all
    knows_its_data      the same of a training sample against a held-out one
    bounded             whether scores that should be logits stay in [0, 1] however far one asks
    heard               N mean |∂L_G/∂score|: the share of D's gradient that G's loss lets through
    pushes_up           whether G's loss falls as D's scores of fakes rise from 0
    slope               √ mean |∇ₓD|² at real samples, times √ of the data's variance
    """
    game = patient.game
    real, fake, others = map(patient.scores, (patient.reference, patient.fakes, patient.others))
    both = [as_weights(x, game.weight).values for x in (fake, np.resize(real, fake.shape))]
    d_fake = host(game.objective.generator(*both)[1])
    at_zero = host(game.objective.generator(*(0 * x for x in both))[1])  # it may round far away
    far = (
        Batch(patient.reference.values * factor, patient.reference.condition)
        for factor in (100, -100)
    )
    every = np.concatenate([real, fake, others, *map(patient.scores, far)])
    logits = not isinstance(game.objective, LeastSquares)  # whose best scores lie in [0, 1]
    first, noise = next(pieces(patient.reference)), next(pieces(patient.noise))
    found = {
        "told_from_real": above(others, fake), "heard": np.abs(d_fake).mean() * len(fake),
        "bounded": logits and bool(every.min() >= 0 and every.max() <= 1),
        "pushes_up": bool(at_zero.mean() <= 0),
        "slope": signs_of(game, first, noise)["slope"],
    }
    if patient.held_out is not None:
        found["knows_its_data"] = above(real, others)
    return found


def above(high, low):
    """The probability that a number of one set is larger than one of the other (AUC)."""
    low = np.sort(low, axis=None)
    below = np.searchsorted(low, high, "left") + np.searchsorted(low, high, "right")
    return below.mean() / 2 / len(low)


def of_the_players(patient):
    """What the players are made of, before anything is said of what they have learnt.

    stride              learning rate / √(2 / fan_in), the largest of all weights: an adaptive
                        optimiser's first step, over a weight of He's initialisation
    untouched           whether all moments of G's optimiser are 0 although it has made steps
    out_of_reach        share of the data's values beyond the bounds of G's last activation
    uneven              whether some transposed convolution's kernel is no multiple of its stride
    chequered           share of the fakes' variance that alternates from pixel to pixel, over that
                        of the real samples
    """
    game = patient.game
    values = host(patient.reference.values)
    movers = game.generator_optimizer, game.discriminator_optimizer
    moments = [host(array) for array in movers[0].moments().values()]
    found = {
        "stride": max(
            mover.initial_learning_rate * math.sqrt(math.prod(parameter.value.shape[:-1]) / 2)
            for mover in movers for parameter in mover.parameters.values()
            if isinstance(mover, (Adam, RMSprop)) and parameter.value.ndim > 1
        ) if any(isinstance(mover, (Adam, RMSprop)) for mover in movers) else 0.0,
        "untouched": bool(moments and movers[0].steps and not any(map(np.any, moments))),
        "out_of_reach": 0.0,
    }
    inside = [x for x in layers_inside(game.generator) if not isinstance(x, Reshape)]
    if type(inside[-1]) in BOUNDS:
        low, high = BOUNDS[type(inside[-1])]
        margin = (high - low) / 1000  # what rounding may do
        found["out_of_reach"] = ((values < low - margin) | (values > high + margin)).mean()
    found["uneven"] = any(
        any(np.remainder(x.kernel_size, x.stride)) for x in inside if isinstance(x, SmallToLarge)
    )
    if values.ndim == 4:
        found["chequered"] = alternating(host(patient.fakes.values)) / alternating(values)
    return found


def alternating(images):
    """The share of the images' variance in (-1)^row, (-1)^column and (-1)^(row + column)."""
    centred = images - images.mean(axis=(1, 2), keepdims=True)
    rows, columns = ((-1.0) ** np.arange(size) for size in images.shape[1:3])
    patterns = rows[:, None] + 0 * columns, 0 * rows[:, None] + columns, rows[:, None] * columns
    power = sum((np.einsum("nhwc,hw->nc", centred, p) ** 2).sum() for p in patterns)
    return power / rows.size / columns.size / (centred**2).sum()


def of_a_copy(patient, record):
    """What becomes of copies of the game that play by the library's own steps.

    norm_generator, norm_discriminator      log10 of the recorded gradient norm over the one that a
                        copy has at the same place: 0 where the record is of this game
    silent              share of the last recorded rows in which G's gradient is exactly 0
    pace                |change of D's weights| / |D's weights| in a round, over the same of G
    turn                mean cosine between successive updates of G, each of EVERY rounds
    places              how far the fakes' mean moves about in the record's second half or, where it
                        lacks that, while a copy plays on: its standard deviation over that of the
                        difference of two means of a batch
    """
    found, noise = {}, 2 / math.sqrt(patient.batch_size)
    copied = copy.deepcopy(patient.game)
    replayed = [norms(copied) for _ in rounds(copied, patient, REPLAYED)]
    for name, again in zip(NORMS, np.median(replayed, axis=0), strict=True):
        if len(recent := record.get(name, ())[-RECENT:]):
            ratio = (np.median(recent) + 1e-12) / (again + 1e-12)
            found[f"norm_{name.partition('_')[0]}"] = math.log10(ratio)
            if name == NORMS[1]:
                found["silent"] = (recent == 0).mean()
    seen = np.isfinite(record.get("spread", np.zeros(0)))
    late = {name: record[name][seen][seen.sum() // 2 :] for name in SIGNS if seen.sum() > 8}
    looked, found["pace"], found["turn"] = look_on(patient, LOOKED_ON if late else WITHOUT_RECORD)
    late = late or looked
    if patient.game.step >= UNDER_WAY:
        found["places"] = math.hypot(late["place_one"].std(), late["place_two"].std()) / noise
    return found


def rounds(game, patient, count):
    """Play rounds by the library's own steps; yields after each of them."""
    rng = patient.rng
    batches = patient.dataset.batches(
        min(patient.batch_size, len(patient.dataset)), rng, condition=game.conditional
    )
    for _ in range(count):
        real = as_weights(next(batches), game.weight)
        discriminator_step(game, real, game.noise(len(real), rng, real.condition))
        generator_step(game, game.noise(len(real), rng, real.condition), real)
        yield


def norms(game):
    movers = game.discriminator_optimizer, game.generator_optimizer
    return [float(mover.gradient_norm()) for mover in movers]


def look_on(patient, count):
    """(SIGNS, pace, turn) of a copy that plays on at its initial learning rates."""
    game, signs, path = copy.deepcopy(patient.game), [], []
    real, noise = next(pieces(patient.reference)), next(pieces(patient.noise))
    movers = game.generator_optimizer, game.discriminator_optimizer
    for mover in movers:
        mover.learning_rate = mover.initial_learning_rate
    path.append([host(mover.values).copy() for mover in movers])
    for number, _ in enumerate(rounds(game, patient, count), 1):
        if number % EVERY == 0:
            signs.append(signs_of(game, real, noise))
            path.append([host(mover.values).copy() for mover in movers])
    steps = [[after - before for before, after in pairwise(one)] for one in zip(*path, strict=True)]
    g_moved, d_moved = (
        np.mean([np.linalg.norm(step) for step in one]) / np.linalg.norm(weights)
        for one, weights in zip(steps, path[-1], strict=True)
    )
    turns = [a @ b / (np.linalg.norm(a) * np.linalg.norm(b)) for a, b in pairwise(steps[0])]
    columns = {name: np.array([row[name] for row in signs]) for name in SIGNS}
    return columns, d_moved / g_moved, np.mean(turns)
