# SOURCE: https://github.com/chainer/chainer/pull/4190 ("Fix backward of NormalizeL2": "the backward
#     computation was wrong (for non-negligible eps)")
# mistake: the forward pass divides by norm + eps; the backward pass takes the norm's own derivative
#     as x / (norm + eps) where it is x / norm
# TRUE: dx (the only gradient) is wrong, by a little: its projection term is norm / (norm + eps) of
#     what it should be, some 4e-4 off (eps is 1e-3)
# OPEN: unknown
# cmd: NormalizeL2 --input 5,6
import numpy


class NormalizeL2(object):

    """rows to unit length"""

    def __init__(self, eps=1e-3):
        self.eps = eps

    def __call__(self, x):
        self.retained = x
        norm = numpy.linalg.norm(x, axis=1) + self.eps
        return x / norm[:, None]

    def backward(self, gy):
        x = self.retained
        norm = numpy.linalg.norm(x, axis=1) + self.eps
        norm = norm[:, None]
        x_gy = (x * gy).sum(axis=1, keepdims=True)
        gx = gy * norm - x_gy * x / norm
        gx = gx / norm ** 2
        return gx
