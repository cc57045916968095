"""Checks of what a game adds up: a penalty's gradient, and the two steps through D∘G.

Here y is a loss, and the values are the parameters of one player. The claims are what
`add_gradients` or a step leaves in their gradients.
"""

import copy
from contextlib import contextmanager

import numpy as np

from gan_scratch.batch import Batch, as_weights
from gan_scratch.game import discriminator_step, fakes_in_play, generator_step
from gan_scratch.gradient_check.checks import SEED, add_causes, first_order, has_surrogate
from gan_scratch.gradient_check.evidence import EXPLAINED, Cause
from gan_scratch.gradient_check.numeric import jacobian
from gan_scratch.gradient_check.report import Report, listed
from gan_scratch.gradient_check.subject import Kept, Subject, drawn_like, jittered, undeclared
from gan_scratch.gradient_check.terms import subjects_of
from gan_scratch.layers.heads import head
from gan_scratch.passes import InPlay, Pass, pass_at
from gan_scratch.penalties import GradientPenalty, add_tangent_of_backward, dy_of_one, slope_of


def check_game(
    game, real, noise, *, steps=(discriminator_step, generator_step), rng=None, tolerance=1e-6
):
    """Check the gradients of the whole loss, penalties and terms included, through D∘G: of both
    players, and of the layers that terms own. Each term's derivatives are compared with its own
    loss besides, so that a wrong one is named.

    `game` is on the host and is left as it was, its gradients apart; where it is not in float64, a
    copy that is. Random draws and buffers start from the same states for every evaluation. `steps`
    are D's and G's, or None for one that is not to be checked.
    """
    rng = np.random.default_rng(SEED) if rng is None else rng
    report = Report(f"{type(game.objective).__name__} through D∘G", tolerance=tolerance)
    if game.weight.dtype != np.float64:
        game = in_float64(game)
        real, noise = (as_weights(batch, game.weight) for batch in (real, noise))
        report.notes.append("compared on a copy of the game in float64.")
    with left_as_it_was(game) as owned:
        for subject in subjects_of(game, real, noise):
            check_player(subject, report, rng)
        wrong_terms = [row.quantity for row in report.rows if not row.error <= tolerance]
        for side, step in zip("DG", steps, strict=True):
            player = game.discriminator if side == "D" else game.generator
            if step is None or has_surrogate(report, player, game.discriminator, *game.terms):
                continue
            for name, parameters in {"": player.parameters(), **owned[side]}.items():
                subject = StepSubject(game, side, step, real, noise, parameters, name)
                check_player(subject, report, rng, wrong_terms)
    return report


def check_penalty(penalty, critic, real, fake, *, rng=None, tolerance=1e-6):
    """Check the gradient that `penalty.add_gradients` adds to the critic's parameters.

    `critic` is in float64 on the host and is left as it was, its gradients apart.
    """
    rng = np.random.default_rng(SEED) if rng is None else rng
    report = Report(f"{type(penalty).__name__} of a critic", tolerance=tolerance)
    if has_surrogate(report, critic):
        return report
    subject = PenaltySubject(penalty, critic, real, fake)
    try:
        check_player(subject, report, rng)
    finally:
        subject.fresh()
    return report


def in_float64(game):
    """A copy of the game whose players and terms compute in float64; its optimisers cannot move."""
    twin = copy.deepcopy(game)
    for player in twin.players():
        for parameter in player.parameters().values():
            parameter.value = parameter.value.astype("float64")
            parameter.gradient = parameter.gradient.astype("float64")
        for buffer in player.buffers().values():
            if buffer.value.dtype.kind == "f":
                buffer.value = buffer.value.astype("float64")
    return twin


def check_player(subject, report, rng, wrong_terms=()):
    y, again = subject.output_twice()
    if not np.array_equal(y, again):
        report.causes[subject.whose()] = Cause(
            "random", "", f"the loss of {subject.whose()} is another one each time it is computed "
            "from the same numbers, so no derivative can be measured. Draw from a NumPy generator "
            "held by a layer or a term, and keep what changes from step to step in a Buffer.",
        )
        return
    subject.look_around(())
    report.not_compared += subject.not_compared
    rows = first_order(subject, np.float64(1), rng)
    if getattr(subject, "owner", "") and not any(c.any() for c in subject.claims(1.0).values()):
        report.causes[subject.owner] = Cause(
            "not learnt", "", f"the layers of {subject.whose()} get no gradient in the step in "
            "which their optimiser moves them: is it the other one's, generator_optimizer or "
            "discriminator_optimizer?",
        )
    report.rows += rows
    wrong = {row.quantity for row in rows if not row.error <= report.tolerance}
    suspects = [name for name in subject.values if subject.quantity(name) in wrong]
    if suspects and wrong_terms:
        for name in suspects:
            d = subject.quantity(name)
            report.causes[d] = Cause(
                "after a term", "", f"{d} may be wrong because of {listed(wrong_terms)}; correct "
                "the term first, then check again.",
            )
    elif suspects:
        add_causes(report, subject, suspects, np.random.default_rng(SEED))
    report.passes += subject.passes


class PlayerSubject(Subject):
    """Parameters of one player. A subclass says what `leave_gradients` does."""

    def __init__(self, player, parameters=None):
        super().__init__((), False)
        self.player, self.parameters = player, parameters or player.parameters()
        self.values = {name: p.value.copy() for name, p in self.parameters.items()}

    def look_around(self, constants):
        self.not_compared = undeclared(self, self.player, constants)

    def input_names(self):
        return []

    def x(self, changed=()):
        return ()

    def whose(self):
        """Whose loss it is, in words."""
        return type(self.player).__name__

    def fresh(self, changed=()):
        self.put_back_draws()
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
    flat = slope.reshape(len(head(at.y, "score")), -1)
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
    at.dy = dy_of_one(at.y)
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

    def __init__(self, game, side, step, real, noise, parameters, owner=""):
        super().__init__(game.discriminator if side == "D" else game.generator, parameters)
        self.game, self.side, self.step, self.real, self.noise = game, side, step, real, noise
        self.owner = owner
        self.state = state_of(game)
        rng = np.random.default_rng(1)
        self.before = {name: rng.standard_normal(v.shape) for name, v in self.values.items()}
        self.hypotheses = [not_cleared, *([one_batch_missing] if side == "D" and not owner else [])]
        self.hypotheses += [term_not_once] if game.terms else []

    @property
    def samples(self):
        return len(Batch.of(self.noise))

    def quantity(self, name):
        return f"{self.owner or self.side} {name}"

    def whose(self):
        return self.owner or f"{self.side}'s step"

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
        noise = Batch.of(self.noise)
        if noise.condition is not None:
            self.noise = Batch(noise.values, Batch.of(self.real).condition)


def not_cleared(e):
    if e.explained_by(e.numeric + e.subject.before[e.name]):
        yield Cause(
            "not cleared", "", f"{e.d} still holds the gradient of the step before: nobody cleared "
            "it.", "zero_gradients() before the backward passes",
        )


def loss_added(subject, term, changed):
    """What the term adds to the loss of the step, with some values replaced."""
    kept = []

    def added(side, *batches):
        kept.append(type(term).added(term, side, *batches))
        return kept[-1]

    term.added = added
    try:
        subject.output(changed)
    finally:
        del term.added
    return np.asarray(kept[0])


def term_not_once(e):
    """What one of the terms sends back, derived from the loss that it adds: left out, sent twice,
    or not weighed."""
    subject, rng = e.subject, np.random.default_rng(4)
    for term in subject.game.terms:
        own = jacobian(lambda v, t=term: loss_added(subject, t, {e.name: v}), e.value, rng)
        own = own.reshape(e.value.shape)
        name, scale = type(term).__name__, term.weight * term.factor
        for word, claim, words in (
            ("path missing", e.numeric - own, "lacks what the term {} should send back"),
            ("path twice", e.numeric + own, "has what the term {} sends back twice"),
            ("not weighed", e.numeric + (1 / (scale or 1) - 1) * own,
             "has what the term {} sends back without its weight: self.weighed(...)"),
        ):  # fmt: skip
            if own.any() and e.explained_by(claim):
                yield Cause(word, f"the term {name}", f"{e.d} {words.format(name)}.")


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
    held = [
        one for player in game.players()
        for one in (*player.buffers().values(), *player.parameters().values())
    ]
    return Kept(held, game.generators())


@contextmanager
def left_as_it_was(game):
    """Inside the block no optimiser moves anything. Yields the parameters that terms own: the step
    in which they move, "D" or "G" -> the term's name -> them."""
    state, owned, kept = state_of(game), {"D": {}, "G": {}}, []
    for side in ("discriminator", "generator"):
        for one in (game, *game.terms):
            optimizer = getattr(one, f"{side}_optimizer")
            if one is not game and optimizer:
                names, name = owned[side[0].upper()], type(one).__name__
                moved = set(map(id, optimizer.parameters.values()))
                names[f"{name} {game.terms.index(one)}" if name in names else name] = {
                    path: held for path, held in one.parameters().items() if id(held) in moved
                }
            if optimizer:
                kept.append((one, f"{side}_optimizer", optimizer))
                setattr(one, f"{side}_optimizer", StandStill())
    try:
        yield owned
    finally:
        state.put_back()
        for one, name, optimizer in kept:
            setattr(one, name, optimizer)
