"""A forward pass as a thing: a step makes it once and hands it to all that read it.

    of_real = Pass(D, real)               y, cache = D.forward(real)
    loss, of_real.dy, of_fake.dy = ...    ∂L/∂y, which is to go back
    of_real.backward()                    ∂L/∂x; D's gradients are added up

A method marked with `takes_passes` is given the step's passes; any other is given their samples.
"""

from functools import cached_property

import numpy as np

from gan_scratch.batch import Batch
from gan_scratch.layers.layer import frozen


class Pass:
    """A forward pass of a player, and what is to go back along it.

    x           what the player was given: an array, or a pair (samples, condition)
    y, cache    what `player.forward(x, training)` gave
    dy          ∂L/∂y, or None where nothing is to go back
    main        the name of its output where the player has only one; of several, y is a dict
    """

    def __init__(self, player, x, main="score", training=True):
        self.player, self.x, self.main, self.dy = player, x, main, None
        self.y, self.cache = player.forward(x, training)

    def outputs(self):
        """name -> output."""
        return self.y if isinstance(self.y, dict) else {self.main: self.y}

    def __getitem__(self, name):
        """An output of the player, by its name."""
        outputs = self.outputs()
        if name not in outputs:
            raise ValueError(
                f"{type(self.player).__name__} has no output called {name!r}: it gives "
                f"{', '.join(outputs)}; layers.Heads gives several"
            )
        return outputs[name]

    def send(self, name, dy):
        """Let dy, the derivative of a loss by the output of that name, go back as well."""
        y = self[name]
        if getattr(dy, "shape", None) != y.shape or dy.dtype != y.dtype:
            raise ValueError(
                f"the derivative by {name!r} must be {y.dtype} of shape {tuple(y.shape)}, as that "
                f"is, got {getattr(dy, 'dtype', type(dy).__name__)} of {np.shape(dy)}"
            )
        of_all = self.dy if isinstance(self.dy, dict) else {self.main: self.dy}
        sent = dy if of_all.get(name) is None else of_all[name] + dy
        self.dy = {**of_all, name: sent} if isinstance(self.y, dict) else sent

    def backward(self, need_dx=True):
        """∂L/∂x; the gradients of the player's parameters are added up. None where dy is None."""
        return None if self.dy is None else self.player.backward(self.dy, self.cache, need_dx)


class InPlay:
    """The batch of real samples, or of fakes, in one step: what both players make of it.

    game                    the game that is played
    samples, condition      (N, ...)
    noise                   what the fakes were made of
    made, judged            the passes of G that made the samples, and of D at the samples, which is
                            made when it is first asked for
    constant                whether no gradient goes back from here: real samples in G's step
    """

    def __init__(self, game, batch, noise=None, made=None, constant=False):
        self.game, self.made, self.constant = game, made, constant
        self._batch = None if batch is None else Batch.of(batch)
        self.noise = None if noise is None else noise.values

    @property
    def batch(self):
        if self._batch is None:
            raise ValueError(
                "a loss or a term of this game looks at real samples in G's step too: "
                "generator_step(game, noise, real)"
            )
        return self._batch

    @property
    def samples(self):
        return self.batch.values

    @property
    def condition(self):
        if self.batch.condition is None:
            raise ValueError(
                "this batch has no condition: say needs_condition = True in the class of a term "
                "that looks at conditions, and train on a Dataset with a condition or labels"
            )
        return self.batch.condition

    @cached_property
    def judged(self):
        return Pass(self.game.discriminator, self.given)

    @property
    def given(self):
        """What D is given."""
        return self.batch.given_to(self.game.discriminator, "discriminator")

    def pass_of(self, name):
        """The pass that has an output of this name: G's, of fakes in G's step, or else D's."""
        if not self.made or name not in self.made.outputs():
            return self.judged
        if name in self.judged.outputs():
            raise ValueError(f"both players have an output called {name!r}: rename one of them")
        return self.made

    def __getitem__(self, name):
        """An output of D at these samples, or of the G that made them, by its name."""
        return self.pass_of(name)[name]

    def send(self, name, dy):
        """Let dy, the derivative of a loss by the output of that name, go back as well."""
        if self.constant:
            raise ValueError(
                f"no gradient goes back from real samples in G's step, got one by {name!r}"
            )
        self.pass_of(name).send(name, dy)


def pass_at(player, x):
    """x where it is a pass already, else a pass at x that leaves the player's buffers alone."""
    if isinstance(x, Pass):
        return x
    with frozen(player):
        return Pass(player, x)


def takes_passes(method):
    """Mark a method: real and fake may be passes. What overrides it has to be marked anew."""
    method.takes_passes = True
    return method


def hand_passes(method, critic, real, fake, rng):
    """method(critic, real, fake, rng), with the samples of passes where it is not marked."""
    if not getattr(method, "takes_passes", False):
        real, fake = (each.x if isinstance(each, Pass) else each for each in (real, fake))
    return method(critic, real, fake, rng)
