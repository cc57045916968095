# SOURCE: in-place ReLU in residual blocks: https://github.com/rosinality/vq-vae-2-pytorch/issues/60
#     (forward there); the backward in place, dout[self.mask] = 0, is the one of the Relu of "Deep
#     Learning from Scratch" (O'Reilly Japan). Met in the skip connection: known slip.
# mistake: Relu.backward masks dout in place, and the same array is then used for the skip
#     connection
# TRUE: dx is wrong: the skip's part is masked where the branch's ReLU is off (it should be all of
#     dout). W and b gradients are right. Besides, backward changes the array of dout that it is
#     given.
# SAYS: backward writes into dy
# cmd: ResBlock --input 3,2,4,5 --channels 2
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


class Relu:
    def __init__(self):
        self.mask = None

    def forward(self, x):
        self.mask = (x <= 0)
        out = x.copy()
        out[self.mask] = 0
        return out

    def backward(self, dout):
        dout[self.mask] = 0
        dx = dout
        return dx


class Convolution:
    def __init__(self, W, b):
        self.W, self.b = W, b
        self.dW, self.db = None, None

    def forward(self, x):
        self.col = sliding_window_view(np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1))), (3, 3), axis=(2, 3))
        return np.einsum('nchwij,fcij->nfhw', self.col, self.W) + self.b.reshape(1, -1, 1, 1)

    def backward(self, dout):
        self.dW = np.einsum('nfhw,nchwij->fcij', dout, self.col)
        self.db = dout.sum(axis=(0, 2, 3))
        dcol = sliding_window_view(np.pad(dout, ((0, 0), (0, 0), (1, 1), (1, 1))), (3, 3), axis=(2, 3))
        return np.einsum('nfhwij,fcij->nchw', dcol, self.W[:, :, ::-1, ::-1])


class ResBlock:
    def __init__(self, rng, channels):
        self.conv = Convolution(0.3 * rng.standard_normal((channels, channels, 3, 3)), np.zeros(channels))
        self.relu = Relu()

    def forward(self, x):
        return self.relu.forward(self.conv.forward(x)) + x

    def backward(self, dout):
        dbranch = self.relu.backward(dout)
        dbranch = self.conv.backward(dbranch)
        return dbranch + dout
