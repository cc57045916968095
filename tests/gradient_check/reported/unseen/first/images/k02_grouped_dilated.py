# SOURCE: style of a PyTorch-minded person with NumPy only (groups, dilation, stride; params and
#     grads as dicts, forward_pass/backward_pass)
# mistake: none
# TRUE: right
# cmd: GroupedConv1d --input 3,4,9 --in_channels 4 --out_channels 6 --kernel_size 3 --stride 2
#     --padding 1 --dilation 2 --groups 2
import numpy as np


class GroupedConv1d:
    def __init__(self, rng, in_channels, out_channels, kernel_size, stride=1, padding=0, dilation=1, groups=1):
        assert in_channels % groups == 0 and out_channels % groups == 0
        self.hyper = (kernel_size, stride, padding, dilation, groups)
        bound = 1 / np.sqrt(in_channels // groups * kernel_size)
        self.params = {
            "weight": rng.uniform(-bound, bound, (out_channels, in_channels // groups, kernel_size)),
            "bias": rng.uniform(-bound, bound, out_channels),
        }
        self.grads = {}
        self._saved = None

    def _gather_index(self, padded_length):
        k, s, _, d, _ = self.hyper
        steps = (padded_length - d * (k - 1) - 1) // s + 1
        return np.arange(steps)[:, None] * s + np.arange(k)[None, :] * d

    def forward_pass(self, x):
        _, _, p, _, g = self.hyper
        n, c, length = x.shape
        padded = np.pad(x, ((0, 0), (0, 0), (p, p)))
        idx = self._gather_index(padded.shape[2])
        cols = padded[:, :, idx].reshape(n, g, c // g, *idx.shape)
        w = self.params["weight"].reshape(g, -1, *self.params["weight"].shape[1:])
        y = np.einsum("ngctk,gock->ngot", cols, w).reshape(n, -1, idx.shape[0])
        self._saved = (cols, idx, x.shape)
        return y + self.params["bias"][None, :, None]

    def backward_pass(self, dy):
        _, _, p, _, g = self.hyper
        cols, idx, (n, c, length) = self._saved
        dyg = dy.reshape(n, g, -1, dy.shape[2])
        w = self.params["weight"].reshape(g, -1, *self.params["weight"].shape[1:])
        self.grads["weight"] = np.einsum("ngot,ngctk->gock", dyg, cols).reshape(self.params["weight"].shape)
        self.grads["bias"] = dy.sum(axis=(0, 2))
        dcols = np.einsum("ngot,gock->ngctk", dyg, w).reshape(n, c, *idx.shape)
        dpadded = np.zeros((n, c, length + 2 * p))
        np.add.at(dpadded, (slice(None), slice(None), idx), dcols)
        return dpadded[:, :, p:p + length]
