"""Terms: what is added to the losses of a game beside its objective, on samples and outputs.

    term                    in G's step                              in D's step
    Reconstruction          |G(z, c) - x|, where x is the answer
    FeatureMatching         |mean f(fake) - mean f(real)|²
    AuxiliaryClassifier     -log P(class | fake)                     the same, of real samples too
    MutualInformation       -log Q(code | fake)                      the same

A term gives its loss and the derivatives by the outputs that it looks at; these go back through the
players with all the rest, in one backward pass. What it looks at are outputs by name: `samples` of
G, `score` of D, and what else either gives (layers.Heads).
"""

import numpy as np

from gan_scratch import settings
from gan_scratch.backend import array_module, backend_of
from gan_scratch.layers.layer import Holder
from gan_scratch.losses import cross_entropy
from gan_scratch.share import gather, share
from gan_scratch.shown import shown


class Term(Holder):
    """A part of G's loss, of D's, or of both, by `generator`, `discriminator`, or both.

        loss, derivatives = term.generator(fake, real)
        loss, by_real, by_fake = term.discriminator(real, fake)

    `fake` and `real` are batches in a step (passes.InPlay): fake.samples, fake.condition,
    fake.noise, fake["classes"]. Derivatives are dicts by the names of outputs; in G's step an array
    alone is the derivative by the samples. Losses are means over the batch, before the weight.

    weight              factor of the term in the loss
    schedule            progress in [0, 1) -> a factor of the weight, or None; the training loop
                        keeps `factor` up to date
    pairs               whether it compares fake i with real sample i, which then have one condition
    needs_condition     whether it looks at conditions, so that batches must bring them
    shareable           True promises that processes may share a batch: the losses are means over
                        samples that do not see each other, or it gathers what it needs of the
                        others (share.py), and draws come from `share().draws_from(rng)`

    A term may own layers, in its attributes, and an optimiser for those that move in G's step,
    `generator_optimizer`, and in D's, `discriminator_optimizer`. It then overrides
    `add_to_generator` or `add_to_discriminator`, makes passes of its own (passes.Pass), and sends
    `weighed` derivatives back through them and on to the players; `fake.game` is the game. Layers
    that are not to move are frozen for good, `layer.freeze()`. What else changes from step to step
    goes into a Buffer or a NumPy generator, so that it is saved.
    """

    weight, factor, schedule = 1.0, 1.0, None
    pairs = needs_condition = shareable = False
    generator_optimizer = discriminator_optimizer = None

    def __init__(self, weight=1.0, schedule=None):
        self.weight = settings.not_negative(self, "weight", weight)
        self.schedule = settings.schedule(self, schedule)

    def generator(self, fake, real):
        """(L, ∂L/∂outputs of fakes), of G's step."""
        raise NotImplementedError(f"{type(self).__name__} has no part in G's step")

    def discriminator(self, real, fake):
        """(L, ∂L/∂outputs of D at real samples, the same at fakes), of D's step."""
        raise NotImplementedError(f"{type(self).__name__} has no part in D's step")

    def add_to_generator(self, fake, real):
        """Add to G's loss, in a step in which D is frozen; returns what was added."""
        return self.sent("generator", fake, real) if self.has_part("generator") else 0.0

    def add_to_discriminator(self, real, fake):
        """Add to D's loss; returns what was added."""
        return self.sent("discriminator", real, fake) if self.has_part("discriminator") else 0.0

    def added(self, side, *batches):
        """The loss that the term adds in this player's step. Errors name the term."""
        try:
            loss = getattr(self, f"add_to_{side}")(*batches)
        except ValueError as error:
            raise ValueError(f"the term {type(self).__name__}: {error}") from error
        if not is_number(loss):
            raise ValueError(
                f"the term {type(self).__name__}: add_to_{side} must return the loss that was "
                f"added, a number, got {type(loss).__name__}"
            )
        return loss

    def has_part(self, side):
        """Whether it gives its loss in this player's step as a function of outputs."""
        return getattr(type(self), side) is not getattr(Term, side)

    def sent(self, side, *batches):
        """Compute the loss and send its derivatives back with the others; returns the loss."""
        found, count = getattr(self, side)(*batches), 1 if side == "generator" else 2
        wanted = "(loss, derivatives)" if count == 1 else "(loss, by_real, by_fake)"
        if not isinstance(found, tuple) or len(found) != 1 + count or not is_number(found[0]):
            raise ValueError(f"{side} must return {wanted}, the loss a single number")
        (loss,) = self.weighed(found[0])
        for batch, derivatives in zip(batches, found[1:], strict=False):
            if not isinstance(derivatives, dict):
                derivatives = {"samples": derivatives}
            for name, derivative in derivatives.items():
                if not hasattr(derivative, "shape"):
                    raise ValueError(f"{side}: no array was given as the derivative by {name!r}")
                batch.send(name, *self.weighed(derivative))
        return loss

    def weighed(self, *derivatives):
        """A loss and its derivatives, times the weight, the factor, and the share of the batch."""
        scale = self.weight * self.factor * share().weight
        return tuple(scale * each for each in derivatives)

    def optimizers(self):
        """The optimisers of its own layers."""
        return [each for each in (self.generator_optimizer, self.discriminator_optimizer) if each]

    __repr__ = shown


def is_number(x):
    """Whether x is one number, perhaps on a device."""
    return isinstance(x, (int, float)) or getattr(x, "shape", None) == ()


class Reconstruction(Term):
    """How far a fake is from the real sample of its condition, number by number.

        norm 1      L = 1/(N D) Σ m |x̃ - x|          ∂L/∂x̃ = m sign(x̃ - x) / (N D)
        norm 2      L = 1/(N D) Σ m (x̃ - x)²         ∂L/∂x̃ = 2 m (x̃ - x) / (N D)

    for N samples of D numbers. `mask`, m, is an array in the shape of a sample, or a function of
    the condition that gives one for each sample; None is 1 everywhere. L1 leaves edges sharper
    (Isola et al. 2017, equation 3, with weight 100; Pathak et al. 2016 with L2 on a mask).
    """

    pairs = needs_condition = shareable = True

    def __init__(self, weight=100.0, norm=1, mask=None, schedule=None):
        super().__init__(weight, schedule)
        self.norm, self.mask = settings.one_of(self, "norm", norm, (1, 2)), mask

    def generator(self, fake, real):
        if fake.samples.shape != real.samples.shape:
            wanted, got = (tuple(x.samples.shape[1:]) for x in (real, fake))
            raise ValueError(f"a fake must have the shape of a real sample, {wanted}, got {got}")
        missed = fake.samples - real.samples
        mask = self.mask(fake.condition) if callable(self.mask) else self.mask
        slope = array_module(missed).sign(missed) if self.norm == 1 else 2 * missed
        if mask is not None:
            slope = slope * backend_of(missed).asarray(mask, dtype=missed.dtype)
        slope = slope / missed.size
        return (slope * missed).sum() / self.norm, slope


class FeatureMatching(Term):
    """How far the mean features of fakes are from those of real samples.

        L = |f̄(x̃) - f̄(x)|²           ∂L/∂f(x̃_i) = 2/N (f̄(x̃) - f̄(x))

    with f̄ the mean over the batch of D's output `features` (Salimans et al. 2016, section 3.1).
    One fake's derivative depends on the others: it mixes samples, and gathers those of all shares.
    """

    shareable = True

    def __init__(self, weight=1.0, features="features", schedule=None):
        super().__init__(weight, schedule)
        self.features = features

    def generator(self, fake, real):
        made, wanted = fake[self.features], real[self.features]
        of_all = gather((made.sum(axis=0), len(made), wanted.sum(axis=0), len(wanted)))
        of_made, count, of_wanted, count_wanted = map(sum, zip(*of_all, strict=True))
        apart = of_made / count - of_wanted / count_wanted
        slope = array_module(made).broadcast_to(2 / len(made) * apart, made.shape)
        return (apart * apart).sum(), {self.features: slope}


class AuxiliaryClassifier(Term):
    """D names the class of what it sees, and G makes samples whose class D can name.

        G      L = -mean log P(c | x̃)
        D      L = -mean log P(c | x) - mean log P(c | x̃)

    with P the softmax of D's output `classes`, (N, K), and c the labels, the batch's condition
    (Odena et al. 2017, section 3). `on_fakes=False` leaves the fakes out of D's loss.
    """

    needs_condition = shareable = True

    def __init__(self, weight=1.0, classes="classes", on_fakes=True, schedule=None):
        super().__init__(weight, schedule)
        self.classes, self.on_fakes = classes, on_fakes

    def loss(self, batch):
        loss, derivative = cross_entropy(batch[self.classes], batch.condition)
        return loss, {self.classes: derivative}

    def generator(self, fake, real):
        return self.loss(fake)

    def discriminator(self, real, fake):
        loss, by_real = self.loss(real)
        if not self.on_fakes:
            return loss, by_real, {}
        of_fakes, by_fake = self.loss(fake)
        return loss + of_fakes, by_real, by_fake


class MutualInformation(Term):
    """D reads the code of a fake off the fake, so that G has to show it.

        L = -mean Σ_k log Q(c_k | x̃) + 1/2 mean Σ_j (u_j - μ_j)²

    for categorical codes c_k and continuous ones u_j (`Codes`), of which D's output `code` holds
    the logits and the means μ: a lower bound of -I(c; G(z, c)), up to constants, with Q a Gaussian
    of variance 1 for the continuous ones (Chen et al. 2016, equation 5). Both players minimise it.
    """

    shareable = True

    def __init__(self, codes, weight=1.0, code="code", schedule=None):
        super().__init__(weight, schedule)
        if not isinstance(codes, Codes):
            raise TypeError(f"MutualInformation: codes must be terms.Codes, got {codes!r}")
        self.codes, self.code = codes, code

    def generator(self, fake, real):
        read, noise, codes = fake[self.code], fake.noise, self.codes
        if (read.shape[1:], noise.shape[1:]) != ((codes.outputs,), (codes.size,)):
            raise ValueError(
                f"{codes} are read from noise of {codes.size} numbers, as latent=codes draws it, "
                f"by an output {self.code!r} of {codes.outputs}; got {noise.shape[1:]} and "
                f"{read.shape[1:]}"
            )
        code = noise[:, codes.noise :]
        loss, slopes, start = 0.0, [], 0
        for size in codes.categorical:
            piece = slice(start, start + size)
            more, slope = cross_entropy(read[:, piece], code[:, piece])
            loss, slopes, start = loss + more, [*slopes, slope], start + size
        missed = read[:, start:] - code[:, start:]
        loss = loss + (missed * missed).sum() / (2 * len(missed))
        slopes.append(missed / len(missed))
        return loss, {self.code: array_module(read).concatenate(slopes, axis=1)}

    def discriminator(self, real, fake):
        loss, by_fake = self.generator(fake, real)
        return loss, {}, by_fake


class Codes:
    """What G is given where its noise has parts with a meaning: rows [noise, codes].

    noise           size of the noise, N(0, I)
    categorical     how many values each categorical code has; each is a one-hot row
    continuous      how many codes are uniform in (-1, 1)

    `Game(..., latent=codes)` draws them.
    """

    __repr__ = shown

    def __init__(self, noise, categorical=(10,), continuous=0):
        self.noise = settings.whole_number(self, "noise", noise)
        self.categorical = settings.each(
            self, "categorical", categorical, settings.positive_integer
        )
        self.continuous = settings.whole_number(self, "continuous", continuous)

    @property
    def outputs(self):
        """How many numbers D gives to read the codes: logits and means."""
        return sum(self.categorical) + self.continuous

    @property
    def size(self):
        """How many numbers G is given."""
        return self.noise + self.outputs

    def draw(self, count, rng):
        """Rows (count, size), float64 on the host."""
        one_hot = [np.eye(size)[rng.integers(size, size=count)] for size in self.categorical]
        return np.concatenate([
            rng.standard_normal((count, self.noise)), *one_hot,
            rng.uniform(-1, 1, (count, self.continuous)),
        ], axis=1)
