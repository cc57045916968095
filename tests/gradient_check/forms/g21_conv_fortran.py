# TRUE: right
# HOLDS: self.kernel, self.bias | CONSTANTS: none
# cmd: Conv1D --input 6,4
import numpy as np


class Conv1D:
    """'same' convolution over the first axis; kernel is (K, C, F), kept column-major for the Fortran export."""

    def __init__(self, width=3, channels=4, filters=4, rng=None):
        rng = rng or np.random.default_rng(21)
        self.kernel = np.asfortranarray(rng.normal(0, 0.4, (width, channels, filters)))
        self.bias = rng.normal(0, 0.1, filters)
        self.kernel_avg = self.kernel.copy(order='F')
        self.dk_prev = np.zeros_like(self.kernel)

    def forward(self, x):
        K = self.kernel.shape[0]
        self.pad = K // 2
        self.xp = np.pad(x, ((self.pad, self.pad), (0, 0)))
        T = x.shape[0]
        y = np.tile(self.bias, (T, 1))
        for k in range(K):
            y += self.xp[k:k + T] @ self.kernel[k]
        return y

    def backward(self, dy):
        T = dy.shape[0]
        self.dk = np.zeros_like(self.kernel)
        self.dbias = dy.sum(axis=0)
        dxp = np.zeros_like(self.xp)
        for k in range(self.kernel.shape[0]):
            self.dk[k] = self.xp[k:k + T].T @ dy
            dxp[k:k + T] += dy @ self.kernel[k].T
        self.dk_prev = 0.5 * self.dk_prev + 0.5 * self.dk
        self.kernel_avg = 0.99 * self.kernel_avg + 0.01 * self.kernel
        return dxp[self.pad:self.pad + T]
