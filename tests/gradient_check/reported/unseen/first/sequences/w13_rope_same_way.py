# SOURCE: https://github.com/huggingface/candle/pull/3612 (backward of rope is rope "with sin
#     negated") and https://github.com/PaddlePaddle/Paddle/pull/74716 (wrong rotation in rope
#     backward); the sign slip itself: known, no thread at hand
# mistake: the gradient is rotated forwards, like x, instead of back
# TRUE: wrong: dx, at all positions but the first (its angle is 0). There are no weights.
# OPEN: true: all those with index [1, 2, 3, 4] along axis 1
# cmd: RotaryEmbedding --input 2,5,6 --dim 6
import numpy as np


class RotaryEmbedding:
    def __init__(self, dim, base=100.0):
        self.inv_freq = base ** (-np.arange(0, dim, 2) / dim)

    def _apply(self, x):
        angle = np.arange(x.shape[1])[:, None] * self.inv_freq
        cos, sin = np.cos(angle), np.sin(angle)
        even, odd = x[..., 0::2], x[..., 1::2]
        out = np.empty_like(x)
        out[..., 0::2] = even * cos - odd * sin
        out[..., 1::2] = even * sin + odd * cos
        return out

    def forward(self, x):
        return self._apply(x)

    def backward(self, grad_out):
        # a rotation: the same one again
        return self._apply(grad_out)
