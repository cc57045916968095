# SOURCE: https://github.com/apache/systemds/pull/541 (transposed convolution: filters of shape (C,
#     F, ...) taken as (F, C, ...), unseen as the tests had C = F)
# mistake: the weight of a transposed convolution is (in, out, kh, kw); its gradient is built as
#     (out, in, kh, kw), as for a convolution; in = out
# TRUE: weight.grad is wrong: it is transposed in its first two axes (channels in and out swapped);
#     dx and bias.grad are right
# SAYS: its axes come in the order (1, 0, 2, 3) of what is right
# cmd: ConvTranspose2d --input 2,3,2,4 --in_channels 3 --out_channels 3
import numpy as np


class Parameter:
    def __init__(self, data):
        self.data = data
        self.grad = None


class ConvTranspose2d:
    def __init__(self, rng, in_channels, out_channels, kernel_size=3, stride=2):
        k = kernel_size
        self.weight = Parameter(rng.standard_normal((in_channels, out_channels, k, k)) / k)
        self.bias = Parameter(rng.standard_normal(out_channels))
        self.k, self.stride = k, stride

    def __call__(self, x):
        self.x = x
        n, _, h, w = x.shape
        s, k = self.stride, self.k
        out = np.zeros((n, self.weight.data.shape[1], (h - 1) * s + k, (w - 1) * s + k))
        for i in range(h):
            for j in range(w):
                out[:, :, i * s:i * s + k, j * s:j * s + k] += np.einsum("bi,iokl->bokl", x[:, :, i, j], self.weight.data)
        return out + self.bias.data[None, :, None, None]

    def backward(self, grad):
        n, _, h, w = self.x.shape
        s, k = self.stride, self.k
        dx = np.zeros_like(self.x)
        dweight = np.zeros_like(self.weight.data)
        for i in range(h):
            for j in range(w):
                window = grad[:, :, i * s:i * s + k, j * s:j * s + k]
                dx[:, :, i, j] = np.einsum("bokl,iokl->bi", window, self.weight.data)
                dweight += np.einsum("bokl,bi->oikl", window, self.x[:, :, i, j])
        self.weight.grad = dweight
        self.bias.grad = grad.sum(axis=(0, 2, 3))
        return dx
