"""A forward pass as a thing: a step makes it once and hands it to all that read it.

    of_real = Pass(D, real)               y, cache = D.forward(real)
    loss, of_real.dy, of_fake.dy = ...    ∂L/∂y, which is to go back
    of_real.backward()                    ∂L/∂x; D's gradients are added up

A method marked with `takes_passes` is given the step's passes; any other is given their samples.
"""

from gan_scratch.layers.layer import frozen


class Pass:
    """A forward pass of a player in training, and what is to go back along it.

    x           what the player was given: an array, or a pair (samples, labels)
    y, cache    what `player.forward(x)` gave
    dy          ∂L/∂y, or None where nothing is to go back
    """

    def __init__(self, player, x):
        self.player, self.x, self.dy = player, x, None
        self.y, self.cache = player.forward(x)

    def backward(self, need_dx=True):
        """∂L/∂x; the gradients of the player's parameters are added up. None where dy is None."""
        return None if self.dy is None else self.player.backward(self.dy, self.cache, need_dx)


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
