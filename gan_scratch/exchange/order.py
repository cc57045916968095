"""What flows between two layers, and in which order PyTorch has its features.

What takes thought is an image as a row of features. Flatten here puts place p and channel c at
p C + c, channels last; in PyTorch at c P + p, channels first. So the dense layer that reads the row
has its inputs in another order there, and the dense layer that writes a row for Reshape its
outputs.

Samples are an `Image` or `Rows`. Whichever they are, a layer asks one of three things of them:

    x.as_image(channels)    for a layer that takes images
    x.features(size)        the last axis, for a layer with a number for each of `size` features
    x.flattened()           what Flatten makes of them
"""

import math
from typing import NamedTuple

import numpy as np

from gan_scratch import settings


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

    def as_image(self, channels=None):
        if None not in (self.channels, channels) and self.channels != channels:
            raise Unclear(f"it takes {channels} channels and gets {self.channels}")
        return Image(channels or self.channels, self.places)

    def features(self, size):
        self.as_image(size)
        return in_same_order(size)

    def flattened(self):
        return Rows((self.places, self.channels))


class Rows:
    """Samples (N, D), and in which order PyTorch has their features.

    A row that was or will be an image of P places and C channels is a block (P, C):

        theirs[c P + p] = ours[p C + c],    so  theirs[j] = ours[index[j]]
        with index = arange(P C).reshape(P, C).T.ravel()

    Rows((P, C)) is one block, Rows((P, C), (Q, B)) are two side by side; a block (1, C) or (P, 1)
    is the same on both sides. In a row that Flatten made, P or C stays None until a layer says how
    wide the row is.

    Rows(size=D), without blocks, is an open order: the row comes from a weight, which can make it
    in any order. Who reads the row chooses one by `agree`; if nobody does, it is the same on both
    sides.
    """

    def __init__(self, *blocks, size=None):
        self.blocks = blocks
        self.size = size_of(blocks) if blocks else size
        self.twin = None  # of an open order: the Rows whose order was chosen for it

    def as_image(self, channels=None):
        self.agree(in_same_order(channels))
        return Image(channels or self.size)

    def features(self, size):
        if self.size is None:
            self.blocks, self.size = completed(self.blocks, size), size
        if self.size != size:
            raise Unclear(f"it takes {size} features and gets {self.size}")
        return self

    def flattened(self):
        return self

    def agree(self, other):
        """Let both have one order; Unclear where they have two."""
        size = self.size or other.size
        if size is not None:
            self.features(size)
            other.features(size)
        a, b = self.spokesman(), other.spokesman()
        if a is b:
            return
        if not a.blocks:
            a.twin = b
        elif not b.blocks:
            b.twin = a
        elif not same_order(a.blocks, b.blocks):
            raise Unclear(
                f"in blocks (places, channels) its features come as {a.blocks} and are needed as "
                f"{b.blocks}, and no weight is between that could turn one into the other"
            )

    def spokesman(self):
        """The Rows at the end of the chain of twins, which has the order of them all."""
        return self if self.twin is None else self.twin.spokesman()

    def closed(self):
        """The blocks of an order that is not open from now on."""
        rows = self.spokesman()
        rows.blocks = rows.blocks or ((1, rows.size),)
        return rows.blocks

    def index(self):
        """index[j] is the feature here that PyTorch has as its feature j."""
        return index_of(self.closed())


def in_same_order(size=None):
    """Rows whose features have one order on both sides."""
    return Rows((1, size))


def sample(shape):
    """The Image or Rows that `sample_shape` describes."""
    if shape is None:
        return Image(certain=False)
    shape = tuple(settings.positive_integer(None, "each size in sample_shape", n) for n in shape)
    if len(shape) < 2:
        return in_same_order(math.prod(shape))
    return Image(shape[-1], math.prod(shape[:-1]))


# Blocks.


def size_of(blocks):
    """How many features they have; None where not all is known."""
    if any(None in block for block in blocks):
        return None
    return sum(places * channels for places, channels in blocks)


def index_of(blocks):
    index, start = [], 0
    for places, channels in blocks:
        block = start + np.arange(places * channels)
        index.append(block.reshape(places, channels).T.ravel())
        start += places * channels
    return np.concatenate(index)


def same_order(blocks, others):
    if blocks == others or all(1 in block for block in (*blocks, *others)):
        return True
    if None in (size_of(blocks), size_of(others)):
        return False
    return np.array_equal(index_of(blocks), index_of(others))


def completed(blocks, size):
    """The blocks of a row of `size` features, with what was unknown of one of them."""
    unknown = [block for block in blocks if None in block]
    if len(unknown) != 1:
        raise Unclear("several branches were flattened, and how wide each is cannot be told")
    places, channels = unknown[0]
    rest = size - size_of([block for block in blocks if None not in block])
    if rest < 1 or rest % (places or channels or 1):
        raise Unclear(f"it takes {size} features, and gets blocks (places, channels) of {blocks}")
    if places is None and channels is None:
        if any(rest % divisor == 0 for divisor in range(2, math.isqrt(rest) + 1)):
            raise Unclear(f"nothing says how many channels were flattened into {rest} features")
        places = 1  # of a prime number as good as one channel: the order is the same
    found = (places or rest // channels, channels or rest // places)
    return tuple(found if None in block else block for block in blocks)
