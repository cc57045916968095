"""Weights to and from PyTorch: a model's `state_dict`, in PyTorch's names and layouts.

    state_dict = to_state_dict(model)       name -> NumPy array, for torch's load_state_dict
    from_state_dict(model, state_dict)      the way back, in place
    save(model, path), load(model, path)    the same through a safetensors file

The twin in PyTorch is the model that one would write there: nn.Sequential for Sequential, nn.Linear
for Dense, parametrizations.spectral_norm(...) for SpectralNorm, attributes of the same names for
all that has attributes, and images with channels first. Per array that is a transposition:

    dense                   (in, out)                 -> (out, in)
    convolution             (*kernel, in/g, out)      -> (out, in/g, *kernel)
    transposed convolution  (*kernel, out/g, in)      -> (in, out/g, *kernel)
    layer norm of images    (*places, C)              -> (C, *places)

What takes thought is an image as a row of features. Flatten here puts place p and channel c at
p C + c, channels last; in PyTorch at c P + p, channels first. So the dense layer that reads the row
has its inputs in another order there, and the dense layer that writes a row for Reshape its
outputs. The walk through the model therefore carries along what flows from layer to layer, an
`Image` or `Rows` with the order of their features, and each array is turned by the order it meets.

`sample_shape` is the shape of one sample that the model takes, channels last. It is needed only
where a model begins with Flatten (or Reshape), as the layers alone do not say how many channels
were flattened; where it is needed and not given, ValueError. It is never guessed.

Optimisers' states are not exchanged. PyTorch moves the vectors of spectral normalization before a
training call uses them and not afterwards, so there training calls differ a little; inference is
the same.
"""

import hashlib
import json
import math
import os
from pathlib import Path
from typing import NamedTuple

import numpy as np

from gan_scratch import layers, settings
from gan_scratch.backend import backend_of
from gan_scratch.layers import Buffer, Parameter
from gan_scratch.models.conditional import ConditionalDiscriminator, ConditionalGenerator

CHECKSUM = "sha256"  # a safetensors file has no checksum of its own
COUNTERS = "num_batches_tracked"  # PyTorch counts batches; nothing here depends on it
NAMED = 4  # names in an error, before "and more"


def to_state_dict(model, sample_shape=None):
    """name -> NumPy array for every parameter and buffer, as the twin in PyTorch names them.

    The arrays are copies. Raises TypeError for a type of layer without a rule in RULES, and
    ValueError where the order of features is unknown (see `sample_shape` above) or where the
    twin would be another function, whatever its weights.
    """
    return {entry.name: entry.to_torch() for entry in entries_of(model, sample_shape)}


def from_state_dict(model, state_dict, sample_shape=None):
    """Copy the twin's `state_dict`, of NumPy arrays or tensors, into the model, in place.

    Nothing is changed unless every name and shape fits, and every dtype without loss; otherwise
    ValueError. `num_batches_tracked` is passed over.
    """
    if not hasattr(state_dict, "items"):
        raise TypeError(f"a state_dict is a dict name -> array, got {type(state_dict).__name__}")
    entries = entries_of(model, sample_shape)
    given = {
        name: array for name, array in state_dict.items() if name.split(".")[-1] != COUNTERS
    }
    names = [entry.name for entry in entries]
    missing = [name for name in names if name not in given]
    unknown = [name for name in given if name not in names]
    if missing or unknown:
        raise ValueError(
            f"this state_dict is not one of this {type(model).__name__}: "
            f"missing {few(missing)}, unknown {few(unknown)}"
        )
    arrays = [entry.from_torch(on_host(entry.name, given[entry.name])) for entry in entries]
    for first, second in in_two_places(entries):
        if not np.array_equal(arrays[first], arrays[second], equal_nan=True):
            raise ValueError(
                f"{names[first]} and {names[second]} are one array in this "
                f"{type(model).__name__}, and two that differ in this state_dict"
            )
    for entry, array in zip(entries, arrays, strict=True):
        value = entry.held.value
        value[...] = backend_of(value).asarray(array, dtype=value.dtype)


def save(model, path, sample_shape=None):
    """Write the model's state_dict to the safetensors file `path`, whole or not at all."""
    arrays = to_state_dict(model, sample_shape)
    safetensors = import_safetensors()
    try:
        content = safetensors.numpy.save(arrays, {"format": "pt", CHECKSUM: digest(arrays)})
    except safetensors.SafetensorError as error:
        raise ValueError(f"safetensors cannot hold this model: {error}") from error
    path = Path(path)
    part = path.with_name(path.name + ".part")
    try:
        with open(part, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def load(model, path, sample_shape=None):
    """Copy the weights in the safetensors file `path` into the model, in place.

    The file may come from `save` or from PyTorch. ValueError, and nothing changed, where it is
    damaged (of PyTorch's files only the form shows that) or holds something else.
    """
    arrays = read(path)
    try:
        from_state_dict(model, arrays, sample_shape)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def read(path):
    """name -> array of a safetensors file; ValueError unless it is one, whole."""
    safetensors = import_safetensors()
    content = Path(path).read_bytes()
    try:
        arrays = safetensors.numpy.load(content)
        header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    except (safetensors.SafetensorError, ValueError) as error:
        raise ValueError(f"{path} is damaged or is no safetensors file: {error}") from error
    except KeyError as error:
        raise ValueError(f"{path} holds numbers of a type that NumPy lacks: {error}") from error
    checksum = (header.get("__metadata__") or {}).get(CHECKSUM)
    if checksum not in (None, digest(arrays)):
        raise ValueError(f"{path} is damaged: its checksum does not match")
    return arrays


def digest(arrays):
    """SHA-256 over names, dtypes, shapes and numbers."""
    total = hashlib.sha256()
    for name, array in sorted(arrays.items()):
        total.update(f"{name} {array.dtype} {array.shape}".encode())
        total.update(array.tobytes())
    return total.hexdigest()


def import_safetensors():
    try:
        import safetensors
        import safetensors.numpy
    except ImportError:
        raise ImportError(
            "files for PyTorch need safetensors; run 'pip install gan_scratch[exchange]'"
        ) from None
    return safetensors


def on_host(name, array):
    """A NumPy array or a tensor of PyTorch as a NumPy array; torch itself is not imported."""
    try:
        if hasattr(array, "detach"):
            return array.detach().cpu().numpy()
        return np.asarray(backend_of(array).to_numpy(array))
    except TypeError as error:
        raise ValueError(f"{name} in this state_dict is no array for NumPy: {error}") from error


def few(names):
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"{', '.join(names[:NAMED])}{more}" if names else "nothing"


# What flows between two layers.


class Unclear(ValueError):
    """Which order the features have in PyTorch is unknown, or no order would do."""


class Image(NamedTuple):
    """Samples (N, *places, C) here and (N, C, *places) there, the channels in the same order.

    channels    C, or None where no layer has said it yet
    places      how many, or None
    certain     False for the input of a model: it may as well be rows (N, C)
    """

    channels: int | None = None
    places: int | None = None
    certain: bool = True


class Rows:
    """Samples (N, D), and in which order PyTorch has their features.

    A row that was or will be an image of P places and C channels is a block (P, C):

        theirs[c P + p] = ours[p C + c],    so  theirs[j] = ours[index[j]]
        with index = arange(P C).reshape(P, C).T.ravel()

    A row is one block or several side by side; a block (1, C) or (P, 1) is the same on both sides.
    In a row that Flatten made, P stays None until a layer says how wide the row is.

    blocks = None is an open order: the row comes from a weight, which can make it in any order.
    Who reads the row chooses one by `agree`; if nobody does, it is the same on both sides.
    """

    def __init__(self, size=None, blocks=None):
        self.size = size
        self.blocks = blocks
        self.twin = None  # Rows that were found to have the same order, and speak for this one

    def spokesman(self):
        return self if self.twin is None else self.twin.spokesman()

    def sized(self, size):
        """These rows, now known to be `size` wide."""
        rows = self.spokesman()
        if rows.size is None:
            rows.blocks, rows.size = complete(rows.blocks, size), size
        if rows.size != size:
            raise Unclear(f"it takes {size} features and gets {rows.size}")
        return rows

    def agree(self, other):
        """Let both have one order; Unclear where they have two."""
        a, b = self.spokesman(), other.spokesman()
        size = a.size or b.size
        if size is not None:
            a, b = a.sized(size), b.sized(size)
        if a is b:
            return
        if a.blocks is None:
            a.twin = b
        elif b.blocks is None:
            b.twin = a
        elif not same_order(a.blocks, b.blocks):
            raise Unclear(
                f"in blocks (places, channels) its features come as {a.blocks} and are needed as "
                f"{b.blocks}, and no weight is between that could turn one into the other"
            )

    def closed(self):
        """The blocks of an order that is not open from now on."""
        rows = self.spokesman()
        if rows.blocks is None:
            rows.blocks = ((1, rows.size),)
        return rows.blocks

    def index(self):
        """index[j] is the feature here that PyTorch has as its feature j."""
        return index_of(self.closed())


def index_of(blocks):
    index, start = [], 0
    for places, channels in blocks:
        block = start + np.arange(places * channels)
        index.append(block.reshape(places, channels).T.ravel())
        start += places * channels
    return np.concatenate(index)


def complete(blocks, size):
    """The blocks of a row of `size` features, with what was unknown of one of them."""
    unknown = [block for block in blocks if None in block]
    if len(unknown) != 1:
        raise Unclear("several branches were flattened, and how wide each is cannot be told")
    places, channels = unknown[0]
    rest = size - sum(p * c for p, c in blocks if None not in (p, c))
    if rest < 1 or rest % (places or channels or 1):
        raise Unclear(
            f"it takes {size} features, and gets blocks (places, channels) of {blocks}"
        )
    if places is None and channels is None:
        if not is_prime(rest):
            raise Unclear(f"nothing says how many channels were flattened into {rest} features")
        places = 1  # as good as one channel: the order is the same
    found = (places or rest // channels, channels or rest // places)
    return tuple(found if None in block else block for block in blocks)


def is_prime(number):
    return all(number % divisor for divisor in range(2, math.isqrt(number) + 1))


def same_order(blocks, others):
    if all(1 in block for block in (*blocks, *others)) or blocks == others:
        return True
    numbers = [number for block in (*blocks, *others) for number in block]
    return None not in numbers and np.array_equal(index_of(blocks), index_of(others))


def in_same_order(size=None):
    return Rows(size, ((1, size),))


def flattened(x):
    """What Flatten makes of x."""
    if isinstance(x, Rows):
        return x
    size = None if None in (x.places, x.channels) else x.places * x.channels
    return Rows(size, ((x.places, x.channels),))


def as_image(x, channels=None):
    """x as a layer sees it that takes images, of so many channels."""
    if isinstance(x, Rows):
        x.agree(in_same_order(channels))
        return Image(channels or x.spokesman().size)
    if None not in (x.channels, channels) and x.channels != channels:
        raise Unclear(f"it takes {channels} channels and gets {x.channels}")
    return Image(channels or x.channels, x.places)


def features_of(x, size):
    """The last axis of x as Rows, for a layer that has a number for each of `size` features."""
    if isinstance(x, Rows):
        return x.sized(size)
    as_image(x, size)
    return in_same_order(size)


def sample(shape):
    """The Image or Rows that `sample_shape` describes."""
    if shape is None:
        return Image(certain=False)
    shape = tuple(settings.positive_integer(None, "each size in sample_shape", n) for n in shape)
    if len(shape) < 2:
        return in_same_order(math.prod(shape))
    return Image(shape[-1], math.prod(shape[:-1]))


# The walk.


class Entry(NamedTuple):
    """An array of the model, PyTorch's name of it, and how it lies there.

    axes    axes[i] is the axis here that is axis i there
    rows    for each axis here the Rows whose order it has, or None
    shape   the array here, where a vector stands for a weight without its outputs
    """

    name: str
    held: Parameter | Buffer
    axes: tuple
    rows: tuple
    shape: tuple

    @property
    def their_shape(self):
        shape = tuple(self.shape[axis] for axis in self.axes)
        return shape if self.held.value.ndim == len(shape) else (math.prod(shape),)

    def to_torch(self):
        return self.turned(backend_of(self.held.value).to_numpy(self.held.value))

    def turned(self, array):
        """An array with the axes here as a copy with those of PyTorch."""
        array = array.reshape(self.shape)
        for axis, rows in enumerate(self.rows):
            if rows is not None:
                array = array.take(rows.index(), axis)
        return np.array(array.transpose(self.axes), order="C").reshape(self.their_shape)

    def from_torch(self, array):
        if array.shape != self.their_shape:
            raise ValueError(
                f"{self.name} has shape {array.shape} in this state_dict, "
                f"the model's has {self.their_shape}"
            )
        if not np.can_cast(array.dtype, self.held.value.dtype):
            raise ValueError(
                f"{self.name} is {array.dtype} in this state_dict, "
                f"the model's is {self.held.value.dtype}"
            )
        array = array.reshape([self.shape[axis] for axis in self.axes])
        array = array.transpose(np.argsort(self.axes))
        for axis, rows in enumerate(self.rows):
            if rows is not None:
                array = array.take(np.argsort(rows.index()), axis)
        return array.reshape(self.held.value.shape)


class Walk:
    """One way through a model, in which the entries are collected."""

    def __init__(self, sample_shape):
        self.sample_shape = sample_shape
        self.entries = []

    def through(self, model):
        self.visit("", model, sample(self.sample_shape))
        return self.entries

    def visit(self, path, layer, x):
        """Collect the entries of `layer`, which takes x; returns what it gives."""
        rule = RULES.get(type(layer))
        if rule is None:
            raise TypeError(
                f"exchange has no rule for {path or 'the model'}, a {type(layer).__name__}; "
                "exchange.RULES takes one for each type of layer"
            )
        try:
            return rule(self, path, layer, x)
        except Unclear as error:
            hint = "" if self.sample_shape else "; sample_shape, which was not given, may settle it"
            raise ValueError(
                f"{path or 'the model'}, a {type(layer).__name__}, has no clear order of features "
                f"in PyTorch: {error}{hint}"
            ) from error

    def add(self, path, name, held, *rows, axes=None):
        """Collect one array; without rows, each axis has the same order on both sides."""
        shape = held.value.shape
        axes = tuple(range(len(shape))) if axes is None else tuple(axes)
        rows = rows or (None,) * len(shape)
        self.entries.append(Entry(inside(path, name), held, axes, rows, shape))


def entries_of(model, sample_shape):
    """The entries of every array of the model; one that stands in two places has two."""
    if not model.parameters() and not model.buffers():
        return []
    entries = Walk(sample_shape).through(model)
    for first, second in in_two_places(entries):
        numbers = np.arange(math.prod(entries[first].shape))
        if not np.array_equal(entries[first].turned(numbers), entries[second].turned(numbers)):
            raise ValueError(
                f"{entries[first].name} and {entries[second].name} are one array, and in PyTorch "
                "its features would have to stand in two orders"
            )
    return entries


def in_two_places(entries):
    """(i, j) for each entry j whose array was entry i's before."""
    first = {}
    for j, entry in enumerate(entries):
        i = first.setdefault(id(entry.held), j)
        if i != j:
            yield i, j


def inside(path, name):
    return f"{path}.{name}" if path else name


# The rules: rule(walk, path, layer, x) adds the layer's entries and returns what it gives for x.


def unchanged(walk, path, layer, x):
    return x


def dense(walk, path, layer, x):
    certain_image = isinstance(x, Image) and x.certain
    inputs = features_of(x, layer.in_features)
    outputs = in_same_order(layer.out_features) if certain_image else Rows(layer.out_features)
    walk.add(path, "weight", layer.weight, inputs, outputs, axes=(1, 0))
    if layer.bias is not None:
        walk.add(path, "bias", layer.bias, outputs)
    return Image(layer.out_features, x.places) if certain_image else outputs


def embedding(walk, path, layer, x):
    outputs = Rows(layer.dim)
    walk.add(path, "weight", layer.weight, None, outputs)
    return outputs


def convolution(walk, path, layer, x):
    """Both kinds: the last two axes come first, in reverse, and groups stay where they are."""
    as_image(x, layer.in_channels)
    last = layer.weight.value.ndim - 1
    walk.add(path, "weight", layer.weight, axes=(last, last - 1, *range(last - 1)))
    if layer.bias is not None:
        walk.add(path, "bias", layer.bias)
    return Image(layer.out_channels)


def per_feature(walk, path, layer, x):
    """Each array of the layer has a number for each feature, or one for all (PReLU)."""
    arrays = {name: v for name, v in vars(layer).items() if isinstance(v, (Parameter, Buffer))}
    (size,) = layer.weight.value.shape
    shared = isinstance(layer, layers.PReLU) and size == 1
    rows = None if shared else features_of(x, size)
    for name, held in arrays.items():
        walk.add(path, name, held, rows)
    return x._replace(channels=size) if isinstance(x, Image) and not shared else x


def group_norm(walk, path, layer, x):
    """Neighbours make a group, so more groups than one allow one order only."""
    if layer.num_groups > 1:
        features_of(x, layer.num_features).agree(in_same_order(layer.num_features))
    return per_feature(walk, path, layer, x)


def instance_norm(walk, path, layer, x):
    return per_feature(walk, path, layer, as_image(x, layer.num_features))


def layer_norm(walk, path, layer, x):
    if len(layer.num_features) == 1:
        return per_feature(walk, path, layer, x)
    last = len(layer.num_features) - 1
    for name in ("weight", "bias"):
        walk.add(path, name, getattr(layer, name), axes=(last, *range(last)))
    return as_image(x, layer.num_features[-1])


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


def flatten(walk, path, layer, x):
    return flattened(x)


def reshape(walk, path, layer, x):
    *places, channels = layer.shape
    rows = flattened(x).sized(math.prod(layer.shape))
    if not places:
        return rows
    rows.agree(Rows(math.prod(layer.shape), ((math.prod(places), channels),)))
    return Image(channels, math.prod(places))


def resampling(walk, path, layer, x):
    """As many channels, and another number of places."""
    return as_image(x)._replace(places=None)


def pixel_shuffle(walk, path, layer, x):
    channels = as_image(x).channels
    return Image(None if channels is None else channels // layer.r**2)


def global_average(walk, path, layer, x):
    return in_same_order(x.channels) if isinstance(x, Image) else x


def minibatch_deviation(walk, path, layer, x):
    """Further features behind. Neighbours make a chunk, as in `group_norm`."""
    further = layer.num_channels
    if isinstance(x, Image):
        return x._replace(channels=None if x.channels is None else x.channels + further)
    if further > 1:
        x.agree(in_same_order(x.spokesman().size))
    size = x.spokesman().size
    return Rows(None if size is None else size + further, (*x.closed(), (1, further)))


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
        return as_image(y, x.channels)._replace(certain=x.certain or y.certain)
    rows, image = (x, y) if isinstance(x, Rows) else (y, x)
    if image.certain:
        return as_image(rows, image.channels)
    rows.agree(in_same_order(image.channels))
    return rows


def concatenate(walk, path, layer, x):
    """Side by side: images by their channels, rows by their blocks."""
    parts = [walk.visit(inside(path, name), b, x) for name, b in layer.children().items()]
    images = [part for part in parts if isinstance(part, Image)]
    if len(images) == len(parts) or any(image.certain for image in images):
        channels = [as_image(part).channels for part in parts]
        return Image(
            None if None in channels else sum(channels),
            certain=any(image.certain for image in images),
        )
    blocks = [((1, p.channels),) if isinstance(p, Image) else p.closed() for p in parts]
    blocks = sum(blocks, ())
    numbers = [number for block in blocks for number in block]
    return Rows(None if None in numbers else sum(p * c for p, c in blocks), blocks)


def self_attention(walk, path, layer, x):
    """Its dense layers act on the channels of each place."""
    for name in ("query", "key", "value", "output"):
        child = getattr(layer, name)
        walk.visit(inside(path, name), child, Image(child.in_features))
    walk.add(path, "gain", layer.gain)
    return as_image(x, layer.channels)


def conditional_generator(walk, path, layer, x):
    """Noise and the class's vector, side by side in the same order."""
    walk.visit(inside(path, "embedding"), layer.embedding, None)
    joined = in_same_order(layer.latent + layer.embedding.dim)
    return walk.visit(inside(path, "body"), layer.body, joined)


def conditional_discriminator(walk, path, layer, x):
    """The body's features meet the head's weight and the class's vector, number by number."""
    h = features_of(walk.visit(inside(path, "body"), layer.body, x), layer.head.in_features)
    score = walk.visit(inside(path, "head"), layer.head, h)
    walk.visit(inside(path, "embedding"), layer.embedding, None).agree(h)
    return score


RULES = {
    layers.AveragePool2D: resampling,
    layers.BatchNorm: per_feature,
    layers.Concatenate: concatenate,
    layers.Conv1D: convolution,
    layers.Conv2D: convolution,
    layers.Conv3D: convolution,
    layers.ConvTranspose1D: convolution,
    layers.ConvTranspose2D: convolution,
    layers.ConvTranspose3D: convolution,
    layers.Dense: dense,
    layers.Dropout: unchanged,
    layers.Embedding: embedding,
    layers.Flatten: flatten,
    layers.GlobalAveragePool: global_average,
    layers.GroupNorm: group_norm,
    layers.InstanceNorm: instance_norm,
    layers.LayerNorm: layer_norm,
    layers.LeakyReLU: unchanged,
    layers.MaxPool2D: resampling,
    layers.MinibatchStandardDeviation: minibatch_deviation,
    layers.PixelShuffle: pixel_shuffle,
    layers.PReLU: per_feature,
    layers.ReLU: unchanged,
    layers.Reshape: reshape,
    layers.Residual: residual,
    layers.SelfAttention: self_attention,
    layers.Sequential: sequential,
    layers.Sigmoid: unchanged,
    layers.Softmax: unchanged,
    layers.Softplus: unchanged,
    layers.SpectralNorm: spectral_norm,
    layers.Tanh: unchanged,
    layers.Upsample: resampling,
    ConditionalDiscriminator: conditional_discriminator,
    ConditionalGenerator: conditional_generator,
}
