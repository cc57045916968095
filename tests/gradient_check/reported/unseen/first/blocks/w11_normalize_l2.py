# SOURCE: https://github.com/chainer/chainer/pull/4190 (backward of NormalizeL2 was wrong for
#     non-negligible eps); the same in mxnet, https://github.com/apache/mxnet/pull/4810 (x /
#     (sqrt(sum x^2) + eps), "gradient wrong if we consider the eps")
# mistake: y = x / (|x| + eps), but the gradient is the one of y = x / |x| with the new norm put in
# TRUE: gx slightly wrong (relative about eps / |x|, here 1e-3): the projection's term should be x
#     (x.gy) / (|x| (|x|+eps)^2)
# OPEN: unknown
# cmd: NormalizeL2 --input 5,4
import numpy as np


class NormalizeL2:
    def __init__(self, eps=2e-3, axis=1):
        self.eps = eps
        self.axis = axis

    def __call__(self, x):
        norm = np.linalg.norm(x, axis=self.axis, keepdims=True) + self.eps
        self.norm = norm
        self.y = x / norm
        return self.y

    def backward(self, gy):
        dot = (self.y * gy).sum(axis=self.axis, keepdims=True)
        return (gy - self.y * dot) / self.norm
