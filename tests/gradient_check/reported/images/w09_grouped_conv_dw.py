# SOURCE: https://github.com/pytorch/pytorch/issues/51430 ("Convolution weight gradient computation
#     in nn.grad is wrong with groups > 1": grad_output is repeated and laid against the input
#     channels one after another)
# mistake: dy is tiled and matched with the input channels in order, which mixes the groups
# TRUE: dW is wrong in half of its numbers, dW[:3, 1] and dW[3:, 0], which come from the other
#     group's channels (channels of a group taken interleaved instead of in blocks); dW[:3, 0] and
#     dW[3:, 1] are right; dx and db are right
# OPEN: unknown
# cmd: GroupConv --input 3,4,4,5
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


class GroupConv:
    def __init__(self, rng, in_channels=4, out_channels=6, k=2, groups=2):
        self.W = rng.standard_normal((out_channels, in_channels // groups, k, k))
        self.b = rng.standard_normal(out_channels)
        self.groups, self.k = groups, k

    def forward(self, x):
        cg, og = x.shape[1] // self.groups, len(self.W) // self.groups
        win = sliding_window_view(x, (self.k, self.k), axis=(2, 3))
        outs = []
        for g in range(self.groups):
            outs.append(np.einsum('nchwij,ocij->nohw', win[:, g * cg:(g + 1) * cg], self.W[g * og:(g + 1) * og]))
        return np.concatenate(outs, axis=1) + self.b[:, None, None], (x, win)

    def backward(self, dy, cache):
        x, win = cache
        C, O = x.shape[1], len(self.W)
        cg, og = C // self.groups, O // self.groups
        # kernel: every input channel with its own block of output gradients
        dy_rep = np.tile(dy, (1, cg, 1, 1))
        flat = np.zeros((C * og, self.k, self.k))
        for c in range(C):
            flat[c * og:(c + 1) * og] = np.einsum('nhwij,nohw->oij', win[:, c], dy_rep[:, c * og:(c + 1) * og])
        self.dW = flat.reshape(cg, O, self.k, self.k).transpose(1, 0, 2, 3)
        self.db = dy.sum(axis=(0, 2, 3))
        dx = np.zeros_like(x)
        H, W = dy.shape[2:]
        for g in range(self.groups):
            for i in range(self.k):
                for j in range(self.k):
                    dx[:, g * cg:(g + 1) * cg, i:i + H, j:j + W] += np.einsum(
                        'nohw,oc->nchw', dy[:, g * og:(g + 1) * og], self.W[g * og:(g + 1) * og, :, i, j])
        return dx
