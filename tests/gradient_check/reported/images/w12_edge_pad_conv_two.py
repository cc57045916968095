# SOURCE: https://github.com/feihuzhang/GANet/issues/60 (forward pads with replicated borders,
#     backward leaves the borders out); https://github.com/snuspl/cruise/issues/800 (bias of a
#     convolution: errors summed over the wrong dimension)
# mistake: TWO: the gradient of the replicated border is cropped away; the bias gradient is not
#     summed over the batch
# TRUE: dX is wrong at the border of the image only (gradient of the edge padding dropped), and db
#     has shape (N, F) instead of (F,) (sum over the batch missing); dW is right
# OPEN: true: db has shape (4, 2) where b has (2,): the sum over the batch is missing
# cmd: SameConv --input 4,3,5,4 --n_filters 2
import numpy as np


class SameConv:
    """3x3 convolution that keeps the size; borders are replicated."""

    def __init__(self, n_filters, n_channels=3, seed=1):
        gen = np.random.default_rng(seed)
        self.W = gen.normal(size=(n_filters, n_channels, 3, 3)) * np.sqrt(2 / (9 * n_channels))
        self.b = np.zeros(n_filters)

    def forward_pass(self, X):
        self.layer_input = X
        self.padded = np.pad(X, ((0, 0), (0, 0), (1, 1), (1, 1)), mode="edge")
        h, w = X.shape[2:]
        out = np.tile(self.b[None, :, None, None], (X.shape[0], 1, h, w))
        for a in range(3):
            for c in range(3):
                out += np.einsum("nchw,fc->nfhw", self.padded[:, :, a:a + h, c:c + w], self.W[:, :, a, c])
        return out

    def backward_pass(self, accum_grad):
        h, w = self.layer_input.shape[2:]
        grad_padded = np.zeros_like(self.padded)
        self.W_grad = np.zeros_like(self.W)
        for a in range(3):
            for c in range(3):
                self.W_grad[:, :, a, c] = np.einsum("nfhw,nchw->fc", accum_grad, self.padded[:, :, a:a + h, c:c + w])
                grad_padded[:, :, a:a + h, c:c + w] += np.einsum("nfhw,fc->nchw", accum_grad, self.W[:, :, a, c])
        self.b_grad = accum_grad.sum(axis=(2, 3))
        return grad_padded[:, :, 1:-1, 1:-1]
