# SOURCE: https://github.com/sebgao/cTensor/issues/3 (weight gradient of the conv multiplied by
#     1/(B*H*W); the author: "You are right. My fault")
# mistake: the kernel gradient is averaged over batch and output positions
# TRUE: kernel gradient is B*H_out*W_out = 3*2*4 = 24 times too small; dx and bias gradient are
#     right
# SAYS: 24 times too small, which is the size of the batch and the places of the output
# cmd: Conv2d --input 3,2,5,6
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


class Parameter:
    def __init__(self, data):
        self.data = data
        self.grad = np.zeros_like(data)


class Conv2d:
    def __init__(self, rng, in_channels=2, out_channels=4, kernel=3, stride=(2, 1), padding=0):
        self.kernel = Parameter(rng.standard_normal((out_channels, in_channels, kernel, kernel)) * 0.3)
        self.bias = Parameter(rng.standard_normal(out_channels) * 0.1)
        self.stride = stride

    def _windows(self, x, size):
        sy, sx = self.stride
        return sliding_window_view(x, size, axis=(2, 3))[:, :, ::sy, ::sx]      # B C H W k l

    def forward(self, x):
        self.x = x
        win = self._windows(x, self.kernel.data.shape[2:])
        # B H W O -> B O H W
        out = np.tensordot(win, self.kernel.data, [(1, 4, 5), (1, 2, 3)]).transpose(0, 3, 1, 2)
        return out + self.bias.data[None, :, None, None]

    def backward(self, grad):
        B, O, H, W = grad.shape
        k, l = self.kernel.data.shape[2:]
        sy, sx = self.stride
        win = self._windows(self.x, (k, l))
        self.kernel.grad[...] = np.tensordot(grad, win, [(0, 2, 3), (0, 2, 3)]) * (1.0 / (B * H * W))
        self.bias.grad[...] = grad.sum(axis=(0, 2, 3))
        dx = np.zeros_like(self.x)
        g = np.tensordot(grad, self.kernel.data, [(1,), (0,)])                  # B H W C k l
        for i in range(H):
            for j in range(W):
                dx[:, :, i * sy:i * sy + k, j * sx:j * sx + l] += g[:, i, j]
        return dx
