"""Checks of what a game adds up: a penalty's gradient, and the two steps through D∘G.

Here y is a loss, and the values are the parameters of one player. The claims are what
`add_gradients` or a step leaves in their gradients.
"""

import copy
from contextlib import contextmanager

import numpy as np

from gan_scratch.batch import Batch
from gan_scratch.game import discriminator_step, fakes_in_play, generator_step
from gan_scratch.gradient_check.checks import SEED, add_causes, first_order
from gan_scratch.gradient_check.evidence import EXPLAINED, Cause
from gan_scratch.gradient_check.report import Report
from gan_scratch.gradient_check.subject import Kept, Subject, drawn_like, jittered, undeclared
from gan_scratch.passes import InPlay, Pass, pass_at
from gan_scratch.penalties import GradientPenalty, add_tangent_of_backward, slope_of


def check_game(
    game, real, noise, *, steps=(discriminator_step, generator_step), rng=None, tolerance=1e-6
):
    """Check both players' gradients of the whole loss, penalties included, through D∘G.

    `game` is in float64 on the host and is left as it was, its gradients apart. Random draws
    and buffers start from the same states for every evaluation. `steps` are D's and G's, or None
    for one that is not to be checked.
    """
    rng = np.random.default_rng(SEED) if rng is None else rng
    report = Report(f"{type(game.objective).__name__} through D∘G", tolerance=tolerance)
    with left_as_it_was(game):
        for side, step in zip("DG", steps, strict=True):
            if step is not None:
                check_player(StepSubject(game, side, step, real, noise), report, rng)
    return report


def check_penalty(penalty, critic, real, fake, *, rng=None, tolerance=1e-6):
    """Check the gradient that `penalty.add_gradients` adds to the critic's parameters.

    `critic` is in float64 on the host and is left as it was, its gradients apart.
    """
    rng = np.random.default_rng(SEED) if rng is None else rng
    report = Report(f"{type(penalty).__name__} of a critic", tolerance=tolerance)
    subject = PenaltySubject(penalty, critic, real, fake)
    try:
        check_player(subject, report, rng)
    finally:
        subject.fresh()
    return report


def check_player(subject, report, rng):
    subject.look_around(())
    report.not_compared += subject.not_compared
    rows = first_order(subject, np.float64(1), rng)
    report.rows += rows
    wrong = {row.quantity for row in rows if not row.error <= report.tolerance}
    suspects = [name for name in subject.values if subject.quantity(name) in wrong]
    if suspects:
        add_causes(report, subject, suspects, np.random.default_rng(SEED))
    report.passes += subject.passes


class PlayerSubject(Subject):
    """The parameters of one player. A subclass says what `leave_gradients` does."""

    def __init__(self, player):
        super().__init__((), False)
        self.player, self.parameters = player, player.parameters()
        self.values = {name: p.value.copy() for name, p in self.parameters.items()}

    def look_around(self, constants):
        self.not_compared = undeclared(self, self.player, constants)

    def input_names(self):
        return []

    def x(self, changed=()):
        return ()

    def fresh(self, changed=()):
        for name, parameter in self.parameters.items():
            parameter.value[...] = changed[name] if name in changed else self.values[name]
            parameter.gradient[...] = 0
        return self

    def forward(self, x):
        loss = np.asarray(self.leave_gradients())
        return loss, {name: p.gradient.copy() for name, p in self.parameters.items()}

    def backward(self, dy, cache):
        return {name: dy * gradient for name, gradient in cache.items()}

    def redrawn(self, rng, samples=None, growth=()):
        if any(growth):
            return None
        other = copy.copy(self)
        other.values = {name: jittered(value, rng) for name, value in self.values.items()}
        other.draw_batch(rng, samples)
        return other


def resampled(batch, samples, rng):
    """Another batch of so many samples."""
    if isinstance(batch, tuple):
        return tuple(resampled(part, samples, rng) for part in batch)
    if isinstance(batch, Batch):
        return batch.mapped(lambda part: resampled(part, samples, rng))
    size = len(batch) if samples is None else samples
    return drawn_like(np.asarray(batch), (size, *batch.shape[1:]), rng)


class PenaltySubject(PlayerSubject):
    """A critic's parameters under one penalty."""

    def __init__(self, penalty, critic, real, fake):
        super().__init__(critic)
        self.penalty, self.critic, self.real, self.fake = penalty, critic, real, fake
        self.hypotheses = [direction_forgotten, first_order_only]

    @property
    def samples(self):
        return len(self.real)

    def leave_gradients(self):
        rng = np.random.default_rng(0)  # the same points each time
        return self.penalty.add_gradients(self.critic, self.real, self.fake, rng)

    def draw_batch(self, rng, samples):
        self.real, self.fake = (resampled(part, samples, rng) for part in (self.real, self.fake))

    def points(self):
        return self.penalty.points(self.critic, self.real, self.fake, np.random.default_rng(0))


def proportional(a, b):
    """Whether one array is a multiple of the other."""
    share = (a * b).sum() / ((b * b).sum() or 1.0)
    return share != 0 and np.linalg.norm(a - share * b) <= EXPLAINED * np.linalg.norm(a)


def direction_forgotten(e):
    """v = φ'(|g|) where φ'(|g|) g/|g| belongs."""
    subject = e.subject
    if not isinstance(subject.penalty, GradientPenalty):
        return
    at = pass_at(subject.fresh().critic, subject.points())
    slope, _ = slope_of(at)
    flat = slope.reshape(len(at.y), -1)
    norm = np.sqrt((flat**2).sum(axis=1, keepdims=True))
    v = (norm - subject.penalty.target) * np.ones_like(flat)
    add_tangent_of_backward(at, v.reshape(slope.shape))
    if proportional(e.claim, subject.parameters[e.name].gradient):
        yield Cause(
            "direction term", "", f"{e.d}: the norm is differentiated as if each number of the "
            "slope had its own; the direction g/|g| is missing.", "∂|g|/∂g = g/|g|",
        )


def first_order_only(e):
    """The gradient of D itself: the slope was taken for a constant."""
    subject = e.subject
    at = Pass(subject.fresh().critic, subject.points())
    at.dy = np.ones_like(at.y)
    at.backward(need_dx=False)
    if proportional(e.claim, subject.parameters[e.name].gradient):
        yield Cause(
            "first order", "", f"{e.d} is a multiple of the gradient of D itself; the penalty's "
            "gradient is that of D's slope, a gradient of a gradient.",
            "∂P/∂θ = ∇_θ (v · ∇ₓ D), with v = ∂P/∂(∇ₓ D)",
        )


class StepSubject(PlayerSubject):
    """One player's parameters in a step of the game. Its gradients hold something beforehand, as
    they do in a training: a step has to clear them."""

    def __init__(self, game, side, step, real, noise):
        super().__init__(game.discriminator if side == "D" else game.generator)
        self.game, self.side, self.step, self.real, self.noise = game, side, step, real, noise
        self.state = state_of(game)
        rng = np.random.default_rng(1)
        self.before = {name: rng.standard_normal(v.shape) for name, v in self.values.items()}
        self.hypotheses = [not_cleared, *([one_batch_missing] if side == "D" else [])]

    @property
    def samples(self):
        return len(Batch.of(self.noise))

    def quantity(self, name):
        return f"{self.side} {name}"

    def fresh(self, changed=()):
        self.state.put_back()
        super().fresh(changed)
        for name, parameter in self.parameters.items():
            parameter.gradient[...] = self.before[name]
        return self

    def leave_gradients(self):
        if self.side == "D":
            return self.step(self.game, self.real, self.noise)
        return self.step(self.game, self.noise, self.real)

    def draw_batch(self, rng, samples):
        self.real, self.noise = (resampled(part, samples, rng) for part in (self.real, self.noise))


def not_cleared(e):
    if e.explained_by(e.numeric + e.subject.before[e.name]):
        yield Cause(
            "not cleared", "", f"{e.d} still holds the gradient of the step before: nobody cleared "
            "it.", "zero_gradients() before the backward passes",
        )


def one_batch_missing(e):
    """D's gradient is a sum over real samples and fakes, each gone back with its own cache."""
    subject = e.subject
    game = subject.fresh().game
    real, fake = InPlay(game, subject.real).judged, fakes_in_play(game, subject.noise).judged
    _, *d_scores = game.objective.discriminator(real["score"], fake["score"])
    real.send("score", d_scores[0])
    fake.send("score", d_scores[1])

    def gradient(dy, cache):
        game.discriminator.zero_gradients()
        game.discriminator.backward(dy, cache, need_dx=False)
        return subject.parameters[e.name].gradient.copy()

    of_real, of_fake = gradient(real.dy, real.cache), gradient(fake.dy, fake.cache)
    of_penalties = e.numeric - of_real - of_fake  # what the loss of the step holds besides
    for words, lost in (
        ("real samples", of_real), ("fakes", of_fake), ("penalties", of_penalties)
    ):
        if e.explained_by(e.numeric - lost):
            yield Cause(
                "path missing", words, f"{e.d} lacks what comes from the {words}: their gradient "
                "is cleared or never added.",
                "∇V = ∇ of the loss on real samples + ∇ of that on fakes",
            )
    for words, mixed in (
        ("real samples", gradient(real.dy, fake.cache) + of_fake),
        ("fakes", gradient(fake.dy, real.cache) + of_real),
    ):
        if e.explained_by(mixed + of_penalties):
            yield Cause(
                "wrong cache", words, f"{e.d}: the {words} went back with the other batch's cache, "
                "overwritten by a later forward pass.", "each forward pass has its own cache",
            )


class StandStill:
    """An optimiser that moves nothing, so that a step leaves its gradients and no more."""

    steps = 0

    def step(self):
        pass


def state_of(game):
    """What a step changes besides gradients."""
    players = game.generator, game.discriminator
    held = [each for p in players for each in (*p.buffers().values(), *p.parameters().values())]
    return Kept(held, game.generators())


@contextmanager
def left_as_it_was(game):
    state = state_of(game)
    optimizers = game.generator_optimizer, game.discriminator_optimizer
    game.generator_optimizer = game.discriminator_optimizer = StandStill()
    try:
        yield
    finally:
        state.put_back()
        game.generator_optimizer, game.discriminator_optimizer = optimizers
