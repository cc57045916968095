# SOURCE:
#     https://community.deeplearning.ai/t/should-it-have-a-rot180-on-filter-to-calculate-da-prev/121204
# mistake: "the filter is to be rotated by 180 degrees in backward": so it is, but in a loop that
#     scatters delta * filter, where no rotation belongs
# TRUE: the input's gradient is wrong: the kernel is flipped in both directions; nabla_w and nabla_b
#     are right
# SAYS: the call np.rot90(self.w, 2, axes=(2, 3)) is too much
# cmd: ConvLayer --input 2,2,5,4
import numpy as np


class ConvLayer:
    def __init__(self, rng):
        self.w = rng.normal(size=(3, 2, 3, 2))
        self.b = rng.normal(size=3)

    def feedforward(self, a):
        self.a = a
        n, _, h, w = a.shape
        f, _, kh, kw = self.w.shape
        z = np.zeros((n, f, h - kh + 1, w - kw + 1))
        for r in range(z.shape[2]):
            for s in range(z.shape[3]):
                patch = a[:, :, r:r + kh, s:s + kw]
                z[:, :, r, s] = np.tensordot(patch, self.w, axes=([1, 2, 3], [1, 2, 3])) + self.b
        return z

    def backprop(self, delta):
        kh, kw = self.w.shape[2:]
        rot = np.rot90(self.w, 2, axes=(2, 3))
        self.nabla_w = np.zeros(self.w.shape)
        self.nabla_b = delta.sum(axis=(0, 2, 3))
        delta_prev = np.zeros(self.a.shape)
        for r in range(delta.shape[2]):
            for s in range(delta.shape[3]):
                d = delta[:, :, r, s]
                self.nabla_w += np.tensordot(d, self.a[:, :, r:r + kh, s:s + kw], axes=(0, 0))
                delta_prev[:, :, r:r + kh, s:s + kw] += np.tensordot(d, rot, axes=(1, 0))
        return delta_prev
