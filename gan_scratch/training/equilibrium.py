"""A rule that stops the training when nobody can tell fakes from real samples any more.

V(D, G) near -log 4 is no sign by itself: an untrained D, which says 1/2 to everything, has it
before the first step. So the rule asks somebody else. A fresh discriminator, the probe, is
trained against the frozen generator on data that the game has never seen; the game is at its
equilibrium if the best probe gains no more than δ over -log 4 = max_D V where p_G = p_data.
"""

import math

import numpy as np

from gan_scratch import settings
from gan_scratch.backend import backend_of
from gan_scratch.losses import NonSaturating
from gan_scratch.optimizers import Adam
from gan_scratch.passes import Pass
from gan_scratch.training.monitors import EQUILIBRIUM_VALUE

HOPELESS = 1.0  # nats: a probe that stays this far below a coin's -log 4 has learnt nothing


class Equilibrium:
    """Stop after an epoch in which a probe gains at most `delta` over -log 4.

    held_out            a Dataset that the game does not train on
    make_discriminator  rng -> a fresh discriminator of float32, on the host
    delta               the gain that still counts as equilibrium, in nats
    min_epochs          the rule is silent before
    every               ask after every so many epochs, as each question costs a small training
    probe_steps         how long a probe is trained
    seed                of the probes; with the epoch it decides all that they draw, so that a
                        resumed run asks the same questions
    """

    def __init__(
        self, held_out, make_discriminator, *, seed, delta=0.05, min_epochs=5, every=1,
        probe_steps=300, batch_size=64,
    ):
        if len(held_out) < 2:
            raise ValueError("equilibrium: the held-out data must have at least two samples")
        self.make_discriminator = make_discriminator
        self.delta = settings.positive(self, "delta", delta)
        self.min_epochs = settings.positive_integer(self, "min_epochs", min_epochs)
        self.every = settings.positive_integer(self, "every", every)
        self.probe_steps = settings.positive_integer(self, "probe_steps", probe_steps)
        batch_size = settings.positive_integer(self, "batch_size", batch_size)
        self.batch_size = min(batch_size, len(held_out) // 2)
        self.seed = seed
        self.samples = held_out.samples
        self.gain = None

    def __call__(self, game, epoch):
        """Why to stop, in words, or None to go on. The gain is left in `self.gain`."""
        if epoch < self.min_epochs or epoch % self.every:
            return None
        with np.errstate(over="ignore", invalid="ignore"):
            try:
                self.gain = self.probe(game, np.random.default_rng([self.seed, epoch]))
            except FloatingPointError:
                self.gain = math.inf
        if self.gain > self.delta:
            return None
        return f"equilibrium: a fresh discriminator gains {self.gain:.4f} over -log 4"

    def probe(self, game, rng):
        """max V over a probe's training, plus log 4, on data that the probe did not train on.

        One half of the held-out samples trains the probe, the other half judges it. The best
        value along the way is taken: a probe that has overfitted knows less than it did.
        """
        order = rng.permutation(len(self.samples))
        half = len(order) // 2
        weight = next(iter(game.generator.parameters().values())).value
        backend = backend_of(weight)
        halves = self.samples[order[:half]], self.samples[order[half:]]
        study, test = (backend.asarray(each, dtype=weight.dtype) for each in halves)
        probe = self.make_discriminator(rng).astype(str(weight.dtype)).to(backend)
        optimizer = Adam(probe.parameters(), 1e-3, beta1=0.9)
        objective = NonSaturating()
        test_fake = game.sample(game.noise(len(test), rng))
        best = -math.inf
        for step in range(1, self.probe_steps + 1):
            real = study[backend.asarray(rng.integers(len(study), size=self.batch_size))]
            fake = game.sample(game.noise(self.batch_size, rng))
            of_real, of_fake = Pass(probe, real), Pass(probe, fake)
            _, of_real.dy, of_fake.dy = objective.discriminator(of_real.y, of_fake.y)
            probe.zero_gradients()
            of_real.backward(need_dx=False)
            of_fake.backward(need_dx=False)
            optimizer.step()
            if step % 25 == 0 or step == self.probe_steps:
                best = max(best, float(objective.value(probe(test), probe(test_fake))))
        if best < EQUILIBRIUM_VALUE - HOPELESS:
            return math.inf  # samples that blow the probe up: it judged nothing
        return max(best - EQUILIBRIUM_VALUE, 0.0)
