"""A rule for each type of layer: how PyTorch has its arrays, and what it does to the order.

    rule(walk, path, layer, x)      adds the layer's entries and returns what it gives for x

x and what is returned are an Image or Rows (see order.py). Per array the layout is a transposition:

    dense                   (in, out)                 -> (out, in)
    convolution             (*kernel, in/g, out)      -> (out, in/g, *kernel)
    transposed convolution  (*kernel, out/g, in)      -> (in, out/g, *kernel)
    layer norm of images    (*places, C)              -> (C, *places)
"""

import math

from gan_scratch import layers
from gan_scratch.exchange.order import Image, Rows, in_same_order
from gan_scratch.exchange.walk import Entry, inside
from gan_scratch.layers import Buffer, Parameter
from gan_scratch.models.conditional import ConditionalDiscriminator, ConditionalGenerator

# Layers with weights.


def dense(walk, path, layer, x):
    certain_image = isinstance(x, Image) and x.certain
    inputs = x.features(layer.in_features)
    outputs = in_same_order(layer.out_features) if certain_image else Rows(size=layer.out_features)
    walk.add(path, "weight", layer.weight, inputs, outputs, axes=(1, 0))
    if layer.bias is not None:
        walk.add(path, "bias", layer.bias, outputs)
    return Image(layer.out_features, x.places) if certain_image else outputs


def embedding(walk, path, layer, x):
    outputs = Rows(size=layer.dim)
    walk.add(path, "weight", layer.weight, None, outputs)
    return outputs


def convolution(walk, path, layer, x):
    """Both kinds: the last two axes come first, in reverse, and groups stay where they are."""
    x.as_image(layer.in_channels)
    last = layer.weight.value.ndim - 1
    walk.add(path, "weight", layer.weight, axes=(last, last - 1, *range(last - 1)))
    if layer.bias is not None:
        walk.add(path, "bias", layer.bias)
    return Image(layer.out_channels)


def self_attention(walk, path, layer, x):
    """Its dense layers act on the channels of each place."""
    for name in ("query", "key", "value", "output"):
        child = getattr(layer, name)
        walk.visit(inside(path, name), child, Image(child.in_features))
    walk.add(path, "gain", layer.gain)
    return x.as_image(layer.channels)


def recurrent(walk, path, layer, x):
    """nn.LSTM or nn.GRU with one layer and batch_first; the gates have the same order there. They
    give channels last, as rows. A GRU that resets before the product is not in PyTorch, so its twin
    has our dense layers as attributes.
    """
    x.as_image(layer.in_features)
    for name, child in layer.children().items():
        if getattr(layer, "reset_after", True):
            kind = {"input": "ih", "recurrent": "hh"}[name]
            walk.add(path, f"weight_{kind}_l0", child.weight, axes=(1, 0))
            walk.add(path, f"bias_{kind}_l0", child.bias)
        else:
            walk.visit(inside(path, name), child, Image(child.in_features))
    return in_same_order(layer.hidden)


def spectral_norm(walk, path, layer, x):
    """The layer's own entries, its weight under another name, and the two vectors.

    u has the order of the weight's outputs; v is the weight's other axes in one, each in its order.
    """
    start = len(walk.entries)
    y = walk.visit(path, layer.layer, x)
    own = walk.entries[start:]
    (weight,) = [entry for entry in own if entry.held is layer.layer.weight]
    name = inside(path, "parametrizations.weight")
    out = layer.layer.output_axis % len(weight.shape)
    others = [axis for axis in range(len(weight.shape)) if axis != out]
    walk.entries[start:] = [
        weight._replace(name=f"{name}.original"),
        *(entry for entry in own if entry is not weight),
        Entry(f"{name}.0._u", layer.u, (0,), (weight.rows[out],), layer.u.value.shape),
        Entry(
            f"{name}.0._v", layer.v,
            axes=tuple(others.index(axis) for axis in weight.axes if axis != out),
            rows=tuple(weight.rows[axis] for axis in others),
            shape=tuple(weight.shape[axis] for axis in others),
        ),
    ]
    return y


# Layers with numbers for each feature.


def per_feature(walk, path, layer, x):
    """Each array of the layer has a number for each feature, or one for all (PReLU)."""
    arrays = {name: v for name, v in vars(layer).items() if isinstance(v, (Parameter, Buffer))}
    (size,) = layer.weight.value.shape
    shared = isinstance(layer, layers.PReLU) and size == 1
    rows = None if shared else x.features(size)
    for name, held in arrays.items():
        walk.add(path, name, held, rows)
    return x._replace(channels=size) if isinstance(x, Image) and not shared else x


def group_norm(walk, path, layer, x):
    """Neighbours make a group, so more groups than one allow one order only."""
    if layer.num_groups > 1:
        x.features(layer.num_features).agree(in_same_order(layer.num_features))
    return per_feature(walk, path, layer, x)


def instance_norm(walk, path, layer, x):
    return per_feature(walk, path, layer, x.as_image(layer.num_features))


def layer_norm(walk, path, layer, x):
    if len(layer.num_features) == 1:
        return per_feature(walk, path, layer, x)
    last = len(layer.num_features) - 1
    for name in ("weight", "bias"):
        walk.add(path, name, getattr(layer, name), axes=(last, *range(last)))
    return x.as_image(layer.num_features[-1])


# Layers without weights.


def unchanged(walk, path, layer, x):
    return x


def reshape(walk, path, layer, x):
    *places, channels = layer.shape
    rows = x.flattened().features(math.prod(layer.shape))
    if not places:
        return rows
    rows.agree(Rows((math.prod(places), channels)))
    return Image(channels, math.prod(places))


def resampling(walk, path, layer, x):
    """As many channels, and another number of places."""
    return x.as_image()._replace(places=None)


def pixel_shuffle(walk, path, layer, x):
    channels = x.as_image().channels
    return Image(None if channels is None else channels // layer.r**2)


def global_average(walk, path, layer, x):
    return in_same_order(x.channels) if isinstance(x, Image) else x


def pack(walk, path, layer, x):
    """The samples of a pack side by side: images by their channels, rows by their blocks."""
    if isinstance(x, Image):
        return x._replace(channels=None if x.channels is None else layer.m * x.channels)
    return x if layer.m == 1 else Rows(*layer.m * x.closed())


def minibatch_deviation(walk, path, layer, x):
    """Further features behind. Neighbours make a chunk, as in `group_norm`."""
    further = layer.num_channels
    if isinstance(x, Image):
        return x._replace(channels=None if x.channels is None else x.channels + further)
    if further > 1:
        x.agree(in_same_order(x.size))
    return Rows(*x.closed(), (1, further))


# Layers made of layers.


def sequential(walk, path, layer, x):
    for name, child in layer.children().items():
        x = walk.visit(inside(path, name), child, x)
    return x


def residual(walk, path, layer, x):
    """The sum of two: both must have one order."""
    y = walk.visit(inside(path, "body"), layer.body, x)
    if layer.shortcut is not None:
        x = walk.visit(inside(path, "shortcut"), layer.shortcut, x)
    if isinstance(x, Rows) and isinstance(y, Rows):
        y.agree(x)
        return y
    if isinstance(x, Image) and isinstance(y, Image):
        return y.as_image(x.channels)._replace(certain=x.certain or y.certain)
    rows, image = (x, y) if isinstance(x, Rows) else (y, x)
    if image.certain:
        return rows.as_image(image.channels)
    rows.agree(in_same_order(image.channels))
    return rows


def concatenate(walk, path, layer, x):
    """Side by side: images by their channels, rows by their blocks."""
    parts = [walk.visit(inside(path, name), b, x) for name, b in layer.children().items()]
    images = [part for part in parts if isinstance(part, Image)]
    certain = any(image.certain for image in images)
    if certain or len(images) == len(parts):
        channels = [part.as_image().channels for part in parts]
        return Image(None if None in channels else sum(channels), certain=certain)
    rows = [in_same_order(p.channels) if isinstance(p, Image) else p for p in parts]
    return Rows(*(block for row in rows for block in row.closed()))


def heads(walk, path, layer, x):
    """Each on its own; what they give, by name, ends the walk."""
    return {name: walk.visit(inside(path, name), one, x) for name, one in layer.heads.items()}


# Conditional players.


def conditional_generator(walk, path, layer, x):
    """Noise and the class's vector, side by side in the same order."""
    walk.visit(inside(path, "embedding"), layer.embedding, None)
    joined = in_same_order(layer.latent + layer.embedding.dim)
    return walk.visit(inside(path, "body"), layer.body, joined)


def conditional_discriminator(walk, path, layer, x):
    """The body's features meet the head's weight and the class's vector, number by number."""
    h = walk.visit(inside(path, "body"), layer.body, x).features(layer.head.in_features)
    score = walk.visit(inside(path, "head"), layer.head, h)
    walk.visit(inside(path, "embedding"), layer.embedding, None).agree(h)
    return score


RULES = {
    **dict.fromkeys((
        layers.Dropout, layers.GumbelSoftmax, layers.Identity, layers.InstanceNoise,
        layers.LeakyReLU, layers.ReLU, layers.Sigmoid, layers.Softmax, layers.Softplus, layers.Tanh,
    ), unchanged),
    **dict.fromkeys((
        layers.Conv1D, layers.Conv2D, layers.Conv3D,
        layers.ConvTranspose1D, layers.ConvTranspose2D, layers.ConvTranspose3D,
    ), convolution),
    **dict.fromkeys((layers.AveragePool2D, layers.MaxPool2D, layers.Upsample), resampling),
    **dict.fromkeys((layers.Affine, layers.BatchNorm, layers.PReLU), per_feature),
    layers.Augment: lambda walk, path, layer, x: x.as_image(),
    layers.Concatenate: concatenate,
    layers.Dense: dense,
    layers.Embedding: embedding,
    layers.Flatten: lambda walk, path, layer, x: x.flattened(),
    layers.GRU: recurrent,
    layers.GlobalAveragePool: global_average,
    layers.GroupNorm: group_norm,
    layers.Heads: heads,
    layers.InstanceNorm: instance_norm,
    layers.LSTM: recurrent,
    layers.LayerNorm: layer_norm,
    layers.MinibatchStandardDeviation: minibatch_deviation,
    layers.Pack: pack,
    layers.PixelShuffle: pixel_shuffle,
    layers.Reshape: reshape,
    layers.Residual: residual,
    layers.SelfAttention: self_attention,
    layers.Sequential: sequential,
    layers.SpectralNorm: spectral_norm,
    layers.ZeroStuffing: resampling,
    ConditionalDiscriminator: conditional_discriminator,
    ConditionalGenerator: conditional_generator,
}
