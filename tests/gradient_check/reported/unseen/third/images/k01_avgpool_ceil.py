# SOURCE: layer of https://github.com/tracel-ai/burn/issues/5604 (last window overhangs and is
#     clipped), done right: the divisor is the clipped window's size both ways; style of a student's
#     loops, cache in a tuple
# mistake: none
# TRUE: right
# cmd: AvgPool --input 2,3,5,4
import numpy as np


class AvgPool:
    def __init__(self, pool=3, stride=2):
        self.pool, self.stride = pool, stride

    def _windows(self, h, w):
        for i, top in enumerate(range(0, h - 1, self.stride)):
            for j, left in enumerate(range(0, w - 1, self.stride)):
                yield i, j, slice(top, min(top + self.pool, h)), slice(left, min(left + self.pool, w))

    def forward(self, x):
        n, c, h, w = x.shape
        wins = list(self._windows(h, w))
        out = np.empty((n, c, wins[-1][0] + 1, wins[-1][1] + 1))
        for i, j, rows, cols in wins:
            out[:, :, i, j] = x[:, :, rows, cols].mean(axis=(2, 3))
        return out, (x.shape, wins)

    def backward(self, dout, cache):
        shape, wins = cache
        dx = np.zeros(shape)
        for i, j, rows, cols in wins:
            area = (rows.stop - rows.start) * (cols.stop - cols.start)
            dx[:, :, rows, cols] += dout[:, :, i, j, None, None] / area
        return dx
