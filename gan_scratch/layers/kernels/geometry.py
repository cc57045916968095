"""Which places of an image a convolution connects, whatever the number of axes.

A convolution goes from a large side, the image, to a small side, one place for each position of
the kernel. Its transpose goes from the small side to the large one over the same connections.
"""

import math
from dataclasses import dataclass

from gan_scratch.backend import array_module


@dataclass(frozen=True)
class Geometry:
    """Place o of the small side is connected by tap t of the kernel with place

        i = o · stride + t · dilation - low

    of the large side, along each axis; where i lies outside, the image counts as zero there.

    large, small, kernel, stride, dilation, low     one number an axis; low is the padding in front
    groups      channels are split into so many parts of equal size, each with a kernel of its own
    wraps       (in front, behind) for each axis: places of its other end that stand around the
                image, counted in `large`; () for none
    """

    large: tuple
    small: tuple
    kernel: tuple
    stride: tuple
    dilation: tuple
    low: tuple
    groups: int = 1
    wraps: tuple = ()

    def around(self, x):
        """x with the places of its other end around it."""
        pads = ((0, 0), *self.wraps, (0, 0))
        return array_module(x).pad(x, pads, mode="wrap") if self.wraps else x

    def folded(self, x):
        """The adjoint of around: what stands around is added to the places that it repeats."""
        for axis, wrap in enumerate(self.wraps, start=1):
            size = x.shape[axis] - sum(wrap)
            fill = [(0, 0)] * x.ndim
            fill[axis] = tuple(-places % size for places in wrap)  # up to whole copies of the axis
            x = array_module(x).pad(x, fill)
            copies = x.shape[axis] // size
            x = x.reshape(*x.shape[:axis], copies, size, *x.shape[axis + 1 :]).sum(axis=axis)
        return x

    @property
    def places(self):
        """How many places the small side has."""
        return math.prod(self.small)

    @property
    def taps(self):
        """How many taps the kernel has."""
        return math.prod(self.kernel)

    def axes(self):
        """(large, small, kernel, stride, dilation, low) of each axis."""
        first = self.large, self.small, self.kernel
        return zip(*first, self.stride, self.dilation, self.low, strict=True)
