"""Which layer first went bad, when a loss or a gradient is not finite."""

from gan_scratch.backend import array_module
from gan_scratch.batch import Batch
from gan_scratch.layers.heads import head
from gan_scratch.layers.layer import frozen
from gan_scratch.layers.sequential import Sequential


def first_bad_layer(game, real, noise):
    """A sentence that names the layer where the trouble began.

    The forward passes are made again, G on the noise, then D on the fakes and on the real batch,
    and the first layer whose output is not finite is named. Where all are finite, the gradients
    are looked at as the backward pass goes: those of terms, D and G, from the last layer to the
    first.

    On a device losses are looked at only now and then, so the trouble may have begun some steps
    before and may have reached other layers since.
    """
    with frozen(game.generator), frozen(game.discriminator):
        made, bad = forward_until_bad(game.generator, noise.given_to(game.generator), "generator")
        for batch in (Batch(head(made, "samples"), noise.condition), real) if bad is None else ():
            given = batch.given_to(game.discriminator)
            bad = bad or forward_until_bad(game.discriminator, given, "discriminator")[1]
    if bad is None:
        named = [(term, f"the term {type(term).__name__}") for term in game.terms]
        named += [(game.discriminator, "discriminator"), (game.generator, "generator")]
        bad = next(filter(None, (bad_gradient(*each) for each in named)), None)
    return bad or "the loss, while every layer's output and gradient is finite"


def forward_until_bad(player, x, name):
    """(output, None), or (None, words) for the first layer whose output is not finite."""
    for path, layer in steps_of(player, name):
        x = layer(x, training=True)
        if not all_finite(x):
            return None, f"{path} ({type(layer).__name__}) gave a value that is not finite"
    return x, None


def bad_gradient(player, name):
    """Words for the last layer of `player` that has a gradient that is not finite, or None."""
    for path, parameter in reversed(player.parameters().items()):
        if not all_finite(parameter.gradient):
            return f"the gradient of {name}.{path} is not finite"
    return None


def steps_of(layer, path):
    """(path, layer) for each layer inside nested Sequentials, in the order of the forward pass."""
    if isinstance(layer, Sequential):
        for name, child in layer.children().items():
            yield from steps_of(child, f"{path}.{name}")
    else:
        yield path, layer


def all_finite(array):
    """Whether all its numbers are; of several outputs, those of each."""
    if isinstance(array, dict):
        return all(map(all_finite, array.values()))
    return bool(array_module(array).isfinite(array).all())
