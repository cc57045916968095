"""The heart: two players, one objective, and the two steps.

    min_G max_D V(D, G) = E log D(x) + E log(1 - D(G(z)))

This is the loop of Goodfellow et al. (2014), algorithm 1, one step a function.
"""

from gan_scratch import settings
from gan_scratch.backend import array_module
from gan_scratch.batch import (
    Batch,
    as_weights,
    expect_one_condition,
    made_by,
    samples_of,
    standard_normal,
)
from gan_scratch.layers.layer import frozen, layers_inside
from gan_scratch.passes import InPlay, Pass, hand_passes
from gan_scratch.roster import Roster, expect_method
from gan_scratch.share import share


class Game(Roster):
    """Two players, what they play for, and how they move.

    generator, discriminator    layers: noise -> samples, samples -> scores (N, 1); one that says
                                `takes_condition` takes a pair, (noise, condition) and so on
    objective                   the two losses (losses.py)
    generator_optimizer, discriminator_optimizer
    penalties                   added to D's loss, on its slope (penalties.py)
    terms                       added to G's loss, and D's, on samples and outputs (terms.py)
    rng                         NumPy generator of the noise and of what penalties draw
    latent                      size of the noise z that G takes, or a shape such as (8, 4), or an
                                object with draw(count, rng), such as terms.Codes; 0: G makes a
                                sample of the condition alone; None: the game is handed its noise
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
        penalties=(), *, rng, latent=None, average=None, clip=0.0, unroll=0.0, terms=(),
    ):
        self.generator = generator
        self.discriminator = discriminator
        self.objective = expect_method("objective", objective, "discriminator")
        self.generator_optimizer = generator_optimizer
        self.discriminator_optimizer = discriminator_optimizer
        self.penalties = tuple(expect_method("penalties", penalties, "__iter__"))
        self.terms = tuple(expect_method("terms", terms, "__iter__"))
        self.rng = settings.generator(self, rng)
        self.latent = latent
        if latent is not None and not hasattr(latent, "draw"):
            self.latent = () if latent == 0 else settings.shape(self, "latent", latent)
        self.average = average
        self.clip = settings.not_negative(self, "clip", clip)
        self.unroll = settings.not_negative(self, "unroll", unroll)
        self.step = 0
        self.expect_playable()

    @property
    def classes(self):
        """How many classes the players tell apart; None where they are told none."""
        of_both = (getattr(player, "classes", None) for player in self.players()[:2])
        return next(filter(None, of_both), None)

    @property
    def conditional(self):
        """Whether batches have to bring a condition."""
        return self.latent == () or any(
            getattr(one, "takes_condition", False) or getattr(one, "needs_condition", False)
            for one in (self.generator, self.discriminator, *self.terms)
        )

    def latents(self, count, rng=None):
        """z ~ N(0, I), shape (count, *latent), or what `latent` draws, in the generator's dtype and
        on its backend; None where G makes a sample of the condition alone."""
        if self.latent is None:
            raise ValueError(
                "Game: to draw noise the game must know its size; say latent= when you make the "
                "game, as in Game(..., rng=rng, latent=100) for a generator that takes 100 "
                "numbers, and 0 for one that is given the condition alone"
            )
        weight, rng = self.weight, rng or self.rng
        if hasattr(self.latent, "draw"):
            return as_weights(self.latent.draw(count, rng), weight).values
        return standard_normal((count, *self.latent), rng, like=weight) if self.latent else None

    def noise(self, count, rng=None, condition=None):
        """What a sample is made of: latent vectors z, or in a conditional game a Batch of z and
        conditions.

        Labels are drawn evenly from all classes where no condition is given; any other condition
        comes from data. In training it is that of the real batch.
        """
        z = self.latents(count, rng)
        if not self.conditional:
            return z
        if condition is None and self.classes is None:
            raise ValueError("noise: this game has no classes to draw from; hand in condition=")
        if condition is None:
            condition = (rng or self.rng).integers(self.classes, size=count)
        if len(condition) != count:
            raise ValueError(
                f"noise: condition must have a row for each of the {count} samples, "
                f"got {len(condition)}"
            )
        return Batch(z, as_weights(condition, self.weight).values)

    def sample(self, noise):
        """What the generator makes of `noise`, in inference, with averaged weights if there are."""
        generator = self.average.model if self.average else self.generator
        return made_by(generator, noise).values

    def follow_schedules(self, progress):
        """Set the `factor` of every penalty, term and layer that follows a schedule."""
        layers = (layer for player in self.players() for layer in layers_inside(player))
        for part in (*self.penalties, *layers):
            if getattr(part, "schedule", None) is not None:
                part.factor = float(part.schedule(progress))


def discriminator_step(game, real, noise, samples=None):
    """One step for D: tell real from fake. G stays as it is. Returns D's loss with penalties.

    `samples` are what G made of the noise already, for a step that shares its fakes with G's.
    """
    expect_one_condition(game, real, noise, game.objective, *game.penalties, *game.terms)
    fake = fakes_in_play(game, noise, samples)
    real = InPlay(game, real)
    loss, d_real, d_fake = share().weigh(
        game.objective.discriminator(real["score"], fake["score"])
    )
    real.send("score", d_real)
    fake.send("score", d_fake)

    zero_gradients(game.discriminator, *game.terms)
    for term in game.terms:
        loss += term.added("discriminator", real, fake)
    for penalty in penalties_due(game):
        rng = share().draws_from(game.rng)
        passes = game.discriminator, real.judged, fake.judged
        loss += hand_passes(penalty.add_gradients, *passes, rng)
    real.judged.backward(need_dx=False)
    fake.judged.backward(need_dx=False)
    move_discriminator(game)
    return loss


def generator_step(game, noise, real=None, made=None):
    """One step for G: the gradient comes back through D, and D stays as it is. Returns G's loss.

    `made` is what `samples_made` gave for the noise already.
    """
    expect_one_condition(game, real, noise, game.objective, *game.terms)
    fake = made or samples_made(game, noise)
    real = InPlay(game, real, constant=True)
    zero_gradients(game.generator, *game.terms)
    with frozen(game.discriminator):
        fake_score = fake["score"]
        real_score = real["score"] if game.objective.needs_real else None
        loss, d_fake = share().weigh(game.objective.generator(fake_score, real_score))
        fake.send("score", d_fake)
        for term in game.terms:
            loss += term.added("generator", fake, real)
        fake.send("samples", samples_of(fake.judged.backward()))

    fake.made.backward(need_dx=False)
    for optimizer in game.movers("generator"):
        optimizer.step()
    return loss


def fakes_in_play(game, noise, samples=None):
    """Fakes for D's step, in which G stays as it is."""
    noise = Batch.of(noise)
    if samples is not None:
        return InPlay(game, Batch(samples, noise.condition), noise)
    with frozen(game.generator):
        return InPlay(game, made_by(game.generator, noise, training=True), noise)


def samples_made(game, noise):
    """Fakes for G's step, with the pass of G along which gradients go back."""
    noise = Batch.of(noise)
    made = Pass(game.generator, noise.given_to(game.generator, "generator"), "samples")
    return InPlay(game, Batch(made["samples"], noise.condition), noise, made)


def move_discriminator(game):
    for optimizer in game.movers("discriminator"):
        optimizer.step()
    if game.clip:
        clip_parameters(game.discriminator, game.clip)


def zero_gradients(*players):
    for player in players:
        player.zero_gradients()


def penalties_due(game):
    """The penalties of D's next step: a lazy one comes in each `every`-th of them."""
    moves = game.discriminator_optimizer.steps
    return [p for p in game.penalties if moves % getattr(p, "every", 1) == 0]


def clip_parameters(player, limit):
    """Bring every parameter into [-limit, limit], in place."""
    for parameter in player.parameters().values():
        if parameter.frozen:
            continue
        array_module(parameter.value).clip(parameter.value, -limit, limit, out=parameter.value)
