# SOURCE: https://github.com/uxlfoundation/oneDNN/issues/616 (also
#     https://github.com/mlpack/mlpack/issues/2360)
# mistake: the backward pass of log-softmax written as that of softmax: dy - (dy . y), y the
#     log-probabilities, where it is dy - exp(y) * sum(dy)
# TRUE: dx wrong (the only gradient): the subtracted term is sum(dy*y) for every class, it should be
#     exp(y)*sum(dy)
# OPEN: unknown
# cmd: LogSoftmax --input 4,5
import numpy as np


class LogSoftmax:
    """log-probabilities over the last axis"""

    def __init__(self, axis=-1):
        self.axis = axis
        self.dst = None

    def forward(self, src):
        src_max = src.max(axis=self.axis, keepdims=True)
        shifted = src - src_max
        denom = np.exp(shifted).sum(axis=self.axis, keepdims=True)
        self.dst = shifted - np.log(denom)
        return self.dst

    def backward(self, diff_dst):
        sbr = np.sum(diff_dst * self.dst, axis=self.axis, keepdims=True)
        diff_src = diff_dst - sbr
        return diff_src
