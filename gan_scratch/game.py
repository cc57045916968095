"""The heart: two players, one objective, and the two steps.

    min_G max_D V(D, G) = E log D(x) + E log(1 - D(G(z)))

This is the loop of Goodfellow et al. (2014), algorithm 1, one step a function.
"""

import numpy as np

from gan_scratch import settings
from gan_scratch.backend import array_module, backend_of
from gan_scratch.layers.layer import Layer, expect_found, frozen, layers_inside
from gan_scratch.passes import Pass, hand_passes
from gan_scratch.share import share
from gan_scratch.shown import amount, arguments, shown


class Game:
    """Two players, what they play for, and how they move.

    generator, discriminator    layers: noise -> samples, samples -> scores (N, 1)
    objective                   the two losses (losses.py)
    generator_optimizer, discriminator_optimizer
    penalties                   added to D's loss (penalties.py)
    rng                         NumPy generator of the noise and of what penalties draw
    latent                      size of the latent vector z that G takes, or a shape such as (8, 4);
                                None: the game is handed its noise and draws none
    average                     an optimizers.Average of the generator, or None; the training loop
                                updates it, and samples are drawn from it
    clip                        after each of its steps D's parameters are clipped to [-clip, clip]
                                (Arjovsky et al. 2017, algorithm 1); 0: not at all
    unroll                      G answers the D that would be after one step of gradient descent at
                                this rate (unrolling.py); 0: the D that is
    step                        how many rounds were played
    """

    def __init__(
        self, generator, discriminator, objective, generator_optimizer, discriminator_optimizer,
        penalties=(), *, rng, latent=None, average=None, clip=0.0, unroll=0.0,
    ):
        expect_method("objective", objective, "discriminator")
        penalties = tuple(expect_method("penalties", penalties, "__iter__"))
        for penalty in penalties:
            expect_method("each penalty", penalty, "add_gradients")
        if getattr(generator, "classes", None) != getattr(discriminator, "classes", None):
            raise ValueError(
                "Game: both players or none must be told the class, of the same number of classes; "
                f"got {getattr(generator, 'classes', None)} and "
                f"{getattr(discriminator, 'classes', None)}"
            )
        self.generator = generator
        self.discriminator = discriminator
        self.objective = objective
        self.generator_optimizer = generator_optimizer
        self.discriminator_optimizer = discriminator_optimizer
        self.penalties = penalties
        self.rng = settings.generator(self, rng)
        self.latent = None if latent is None else settings.shape(self, "latent", latent)
        self.average = average
        self.clip = settings.not_negative(self, "clip", clip)
        self.unroll = settings.not_negative(self, "unroll", unroll)
        self.step = 0
        self.expect_owners()

    def __repr__(self):
        words = [f"step={self.step}", *([f"classes={self.classes}"] if self.classes else [])]
        generator, discriminator = (
            f"{type(player).__name__}, {amount(player.parameters())}"
            for player in (self.generator, self.discriminator)
        )
        return shown(self, words + arguments(self), {
            "generator": generator,
            "discriminator": discriminator,
            "objective": repr(self.objective),
            "penalties": ", ".join(map(repr, self.penalties)) or "none",
            "generator_optimizer": repr(self.generator_optimizer),
            "discriminator_optimizer": repr(self.discriminator_optimizer),
            "average": repr(self.average),
        })

    def expect_owners(self):
        """Raise unless each optimiser, and the average, is that of this game's player: with another
        the losses would look plausible and nobody would learn."""
        for player in (self.generator, self.discriminator):
            if isinstance(player, Layer):
                expect_found(player)
        expect_owner("generator", self.generator, self.generator_optimizer)
        expect_owner("discriminator", self.discriminator, self.discriminator_optimizer)
        if self.average is not None and self.average.source is not self.generator:
            raise ValueError("Game: average must be an Average of this game's generator")

    @property
    def classes(self):
        """How many classes the players are told apart; None where they are not told."""
        return getattr(self.generator, "classes", None)

    def latents(self, count, rng=None):
        """z ~ N(0, I), shape (count, *latent), in the generator's dtype and on its backend."""
        if self.latent is None:
            raise ValueError(
                "Game: to draw noise the game must know its size; say latent= when you make the "
                "game, as in Game(..., rng=rng, latent=100) for a generator that takes 100 numbers"
            )
        weight = next(iter(self.generator.parameters().values())).value
        return standard_normal((count, *self.latent), rng or self.rng, like=weight)

    def noise(self, count, rng=None, labels=None):
        """What the generator takes: latent vectors z, or for a conditional game (z, labels).

        Labels are drawn evenly from all classes where none are given. In training they are those of
        the real batch instead: `beside_labels(game.latents(count), real)`.
        """
        rng = rng or self.rng
        z = self.latents(count, rng)
        if self.classes is None:
            return z
        if labels is None:
            labels = rng.integers(self.classes, size=count)
        return z, backend_of(z).asarray(labels)

    def sample(self, noise):
        """What the generator makes of `noise`, in inference, with averaged weights if there are."""
        generator = self.average.model if self.average else self.generator
        return generator(noise)

    def follow_schedules(self, progress):
        """Set the `factor` of every penalty and of every layer of D that follows a schedule."""
        for part in (*self.penalties, *layers_inside(self.discriminator)):
            if getattr(part, "schedule", None) is not None:
                part.factor = float(part.schedule(progress))

    def generators(self):
        """Every random generator that a step draws from, each once."""
        found = [self.rng, *self.generator.generators(), *self.discriminator.generators()]
        return list({id(rng): rng for rng in found}.values())

    def state(self):
        """A copy of everything that the next step depends on."""
        return {
            "step": self.step,
            "generator": self.generator.state(),
            "discriminator": self.discriminator.state(),
            "generator_optimizer": self.generator_optimizer.state(),
            "discriminator_optimizer": self.discriminator_optimizer.state(),
            "average": self.average.state() if self.average else None,
            "random": [rng.bit_generator.state for rng in self.generators()],
        }

    def load_state(self, state):
        """Copy `state` into place; ValueError, and nothing changed, where it does not fit."""
        before = self.state()
        try:
            self._load(state)
        except (KeyError, TypeError, ValueError) as error:
            self._load(before)
            raise ValueError(f"the state of another game: {error}") from error

    def _load(self, state):
        if (self.average is None) != (state["average"] is None):
            raise ValueError("one of the two games averages weights, the other does not")
        if len(state["random"]) != len(self.generators()):
            raise ValueError(
                f"this game draws from {len(self.generators())} random generators, "
                f"the saved one from {len(state['random'])}"
            )
        self.generator.load_state(state["generator"])
        self.discriminator.load_state(state["discriminator"])
        self.generator_optimizer.load_state(state["generator_optimizer"])
        self.discriminator_optimizer.load_state(state["discriminator_optimizer"])
        if self.average:
            self.average.load_state(state["average"])
        for rng, saved in zip(self.generators(), state["random"], strict=True):
            rng.bit_generator.state = saved
        self.step = state["step"]


def discriminator_step(game, real, noise, samples=None):
    """One step for D: tell real from fake. G stays as it is. Returns D's loss with penalties.

    `samples` are what G made of the noise already, for a step that shares its fakes with G's.
    """
    expect_paired(game, real, noise)
    fake = fakes_for_discriminator(game, noise, samples)
    of_real, of_fake = Pass(game.discriminator, real), Pass(game.discriminator, fake)
    loss, of_real.dy, of_fake.dy = share().weigh(
        game.objective.discriminator(of_real.y, of_fake.y)
    )

    game.discriminator.zero_gradients()
    for penalty in penalties_due(game):
        rng = share().draws_from(game.rng)
        loss += hand_passes(penalty.add_gradients, game.discriminator, of_real, of_fake, rng)
    of_real.backward(need_dx=False)
    of_fake.backward(need_dx=False)
    move_discriminator(game)
    return loss


def joined_discriminator_step(game, real, noise, samples=None):
    """The same step with real samples and fakes as one batch of twice the size: fewer operations,
    on larger arrays. For a D that looks at each sample alone, and a game without penalties."""
    if game.penalties:
        raise ValueError("joined_discriminator_step adds no penalties: take discriminator_step")
    fake = fakes_for_discriminator(game, noise, samples)
    xp, count = array_module(real), len(real)
    of_both = Pass(game.discriminator, xp.concatenate((real, fake)))
    real_score, fake_score = of_both.y[:count], of_both.y[count:]
    loss, *d_scores = share().weigh(game.objective.discriminator(real_score, fake_score))
    of_both.dy = xp.concatenate(d_scores)

    game.discriminator.zero_gradients()
    of_both.backward(need_dx=False)
    move_discriminator(game)
    return loss


def generator_step(game, noise, real=None, made=None):
    """One step for G: the gradient comes back through D, and D stays as it is. Returns G's loss.

    `made` is G's pass at the noise, where it was made already.
    """
    if game.objective.needs_real:
        expect_paired(game, real, noise)
    made = made or Pass(game.generator, noise)
    with frozen(game.discriminator):
        of_fake = Pass(game.discriminator, beside_labels(made.y, noise))
        real_score = game.discriminator(real, training=True) if game.objective.needs_real else None
        loss, of_fake.dy = share().weigh(game.objective.generator(of_fake.y, real_score))
        made.dy = samples_of(of_fake.backward())

    game.generator.zero_gradients()
    made.backward(need_dx=False)
    game.generator_optimizer.step()
    return loss


def fakes_for_discriminator(game, noise, samples=None):
    """What D is to tell from real samples, beside its labels; G stays as it is."""
    if samples is None:
        with frozen(game.generator):
            samples = game.generator(noise, training=True)
    return beside_labels(samples, noise)


def move_discriminator(game):
    game.discriminator_optimizer.step()
    if game.clip:
        clip_parameters(game.discriminator, game.clip)


def penalties_due(game):
    """The penalties of D's next step: a lazy one comes in each `every`-th of them."""
    moves = game.discriminator_optimizer.steps
    return [p for p in game.penalties if moves % getattr(p, "every", 1) == 0]


def expect_paired(game, real, noise):
    """Raise where fakes of other classes stand beside the real samples in a conditional game whose
    loss or penalty compares sample i with fake i. (On a device that look would make the host wait.)
    """
    if not (isinstance(real, tuple) and isinstance(real[1], np.ndarray)):
        return
    compared = [game.objective.needs_real, *(getattr(p, "pairs", False) for p in game.penalties)]
    if any(compared) and not np.array_equal(real[1], noise[1]):
        raise ValueError(
            "this game compares each real sample with a fake, so both must have the same class: "
            "make the noise with game.noise(count, labels=real[1])"
        )


def clip_parameters(player, limit):
    """Bring every parameter into [-limit, limit], in place."""
    for parameter in player.parameters().values():
        if parameter.frozen:
            continue
        array_module(parameter.value).clip(parameter.value, -limit, limit, out=parameter.value)


def standard_normal(shape, rng, like):
    """Standard normal numbers drawn on the host, on the backend of `like`; float32 as `like` is,
    else float64."""
    dtype = "float32" if like.dtype == "float32" else "float64"
    return backend_of(like).asarray(rng.standard_normal(shape, dtype=dtype))


def beside_labels(samples, other):
    """The samples, and with them the labels that `other` comes with, if there are any: so fakes get
    the labels of their noise, and noise those of a real batch."""
    return (samples, other[1]) if isinstance(other, tuple) else samples


def samples_of(x):
    """The samples of a pair (samples, labels), or of the derivative by one."""
    return x[0] if isinstance(x, tuple) else x


def expect_owner(name, player, optimizer):
    """Raise unless the optimiser moves exactly this player's parameters."""
    own = {id(parameter) for parameter in player.parameters().values()}
    moved = {id(parameter) for parameter in getattr(optimizer, "parameters", {}).values()}
    if own != moved:
        raise ValueError(
            f"Game: {name}_optimizer must hold the parameters of the {name} and no others"
        )


def expect_method(name, thing, method):
    """`thing` itself; TypeError unless it is an object (no class) that has the method."""
    if isinstance(thing, type) or not hasattr(thing, method):
        raise TypeError(f"Game: {name} must be an object with {method}, got {thing!r}")
    return thing
