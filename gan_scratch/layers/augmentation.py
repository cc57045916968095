"""What may happen to all that D sees, real and fake alike: augmentation and noise.

Both stand at the front of D. A random draw lies in the cache of its call, so the gradient that
comes back to a fake goes through the same change that the fake went through.
"""

import numpy as np

from gan_scratch import settings
from gan_scratch.backend import array_module, backend_of
from gan_scratch.layers.linear_map import LinearMap
from gan_scratch.layers.shape import Identity
from gan_scratch.share import share

MOST_SHIFTED = 1 / 8  # of a side
CUT_OUT = 1 / 2  # of a side


class InstanceNoise(Identity):
    """y = x + σ · factor · ε with ε ~ N(0, I), in training only (Sønderby et al. 2017, section 3.3;
    Arjovsky and Bottou 2017, section 3).

    Real samples and fakes overlap then, and D cannot tell them apart with certainty. A `schedule`
    (progress -> factor) lets the noise fade; the training loop keeps `factor` up to date.

    Backward      dx = dy
    Tangent       ẏ = ẋ       dẋ = dẏ
    """

    shareable = True

    def __init__(self, sigma, *, rng, schedule=None):
        self.sigma = settings.not_negative(self, "sigma", sigma)
        self.rng = settings.generator(self, rng)
        self.schedule = settings.schedule(self, schedule)
        self.factor = 1.0

    def forward(self, x, training=True):
        self.expect(x)
        y = x
        if training:
            dtype = "float32" if x.dtype == "float32" else "float64"
            noise = share().draws_from(self.rng).standard_normal(x.shape, dtype=dtype)
            y = x + (self.sigma * self.factor) * backend_of(x).asarray(noise)
        return self.passed(x, y, None)


class Brightness:
    """y = x + b, b uniform in [-1/2, 1/2), one a sample. The linear part is the identity."""

    def draw(self, shape, rng):
        return rng.random((shape[0], 1, 1, 1)) - 0.5

    def apply(self, x, b):
        return x + b

    def linear(self, v, b):
        return v

    def adjoint(self, dy, b):
        return dy


class Contrast:
    """y = c x + (1 - c) mean(x), c uniform in [1/2, 3/2), the mean over all of a sample.

    The linear part is symmetric: it is its own adjoint.
    """

    def draw(self, shape, rng):
        return rng.random((shape[0], 1, 1, 1)) + 0.5

    def apply(self, x, c):
        return c * x + (1 - c) * x.mean(axis=(1, 2, 3), keepdims=True)

    linear = adjoint = apply


class Translation:
    """The image moved by whole pixels, up to an eighth of each side (rounded); zeros come in.

    The adjoint moves it back, and what was pushed out is lost.
    """

    def draw(self, shape, rng):
        return tuple(rng.integers(-most, most, shape[0], endpoint=True)
                     for most in (round(side * MOST_SHIFTED) for side in shape[1:3]))

    def apply(self, x, moves):
        return moved(x, *moves)

    linear = apply

    def adjoint(self, dy, moves):
        return moved(dy, *(-move for move in moves))


class Cutout:
    """A square of half of each side is set to zero, its centre anywhere in the image.

    The linear part is a mask, its own adjoint.
    """

    def draw(self, shape, rng):
        inside = []
        for axis in (1, 2):
            side = shape[axis]
            centre = rng.integers(side, size=(shape[0], 1))
            half = round(side * CUT_OUT) / 2
            inside.append((np.arange(side) >= centre - half) & (np.arange(side) < centre + half))
        rows, columns = inside
        return 1.0 - (rows[:, :, None, None] & columns[:, None, :, None])

    def apply(self, x, mask):
        return x * mask

    linear = adjoint = apply


def moved(x, down, right):
    """Each image of x (N, H, W, C) moved by its own number of pixels, with zeros coming in."""
    xp, backend = array_module(x), backend_of(x)
    count, height, width, channels = x.shape
    rows = np.arange(height) - down[:, None]  # where each row of the result comes from
    columns = np.arange(width) - right[:, None]
    there = (
        ((rows >= 0) & (rows < height))[:, :, None, None]
        & ((columns >= 0) & (columns < width))[:, None, :, None]
    )
    places = (
        np.arange(count)[:, None, None] * (height * width)
        + rows.clip(0, height - 1)[:, :, None] * width
        + columns.clip(0, width - 1)[:, None, :]
    )
    pixels = xp.ascontiguousarray(x).reshape(count * height * width, channels)
    found = pixels[backend.asarray(places.reshape(-1))].reshape(x.shape)
    return found * backend.asarray(there.astype(x.real.dtype))


KINDS = {
    "brightness": Brightness(),
    "contrast": Contrast(),
    "translation": Translation(),
    "cutout": Cutout(),
}


class Augment(LinearMap):
    """Random changes of images, one draw a sample, in training only (Zhao et al. 2020).

    `kinds` are keys of KINDS, applied in the order given; all where none is given. D sees changed
    images only, real and fake, so it cannot learn the training images by heart; and as each change
    T is differentiable, G learns through it.

    Shapes
        x (N, H, W, C), y as x
    Backward, each T(x) = A x + b, A and b drawn
        dx = A₁ᵀ A₂ᵀ ... dy
    Tangent
        ẏ = ... A₂ A₁ ẋ          dẋ = A₁ᵀ A₂ᵀ ... dẏ
    """

    shareable = True

    def __init__(self, *kinds, rng):
        for kind in kinds:
            settings.one_of(self, "kind", kind, tuple(KINDS))
        self.kinds = kinds or tuple(KINDS)
        self.rng = settings.generator(self, rng)

    def forward(self, x, training=True):
        self.expect(x, (None, None, None, None))
        draws = [(KINDS[kind], self.draw(kind, x)) for kind in self.kinds if training]
        y = x
        for change, drawn in draws:
            y = change.apply(y, drawn)
        return self.passed(x, y, draws)

    def draw(self, kind, x):
        """What decides one change of x: numbers on its backend, or whole pixels on the host."""
        drawn = KINDS[kind].draw(x.shape, share().draws_from(self.rng))
        if isinstance(drawn, tuple):
            return drawn
        return backend_of(x).asarray(drawn.astype(x.real.dtype))

    def apply(self, v, draws):
        for change, drawn in draws:
            v = change.linear(v, drawn)
        return v

    def adjoint(self, dy, draws):
        for change, drawn in reversed(draws):
            dy = change.adjoint(dy, drawn)
        return dy
