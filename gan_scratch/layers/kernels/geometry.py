"""Which places of an image a convolution connects, whatever the number of axes.

A convolution goes from a large side, the image, to a small side, one place for each position of
the kernel. Its transpose goes from the small side to the large one over the same connections.
"""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Geometry:
    """Place o of the small side is connected by tap t of the kernel with place

        i = o · stride + t · dilation - low

    of the large side, along each axis; where i lies outside, the image counts as zero there.

    large, small, kernel, stride, dilation, low     one number an axis; low is the padding in front
    groups      channels are split into so many parts of equal size, each with a kernel of its own
    """

    large: tuple
    small: tuple
    kernel: tuple
    stride: tuple
    dilation: tuple
    low: tuple
    groups: int = 1

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
        return zip(
            self.large, self.small, self.kernel, self.stride, self.dilation, self.low, strict=True
        )
