# SOURCE: style of beginners' CNNs with the learning rate in the backward pass (as in Omar Aflak's
#     tutorial networks), all in one class; bilinear upsampling as two matrices (align_corners),
#     strided average pooling
# mistake: none
# TRUE: right (input gradients are taken before the weights are changed)
# cmd: SmallNet --input 3,1,3,4
import numpy as np


def interpolation_matrix(n, m):
    A = np.zeros((m, n))
    for i in range(m):
        pos = i * (n - 1) / (m - 1)
        lo = min(int(pos), n - 2)
        A[i, lo] += 1 - (pos - lo)
        A[i, lo + 1] += pos - lo
    return A


class SmallNet:
    def __init__(self, rng, learning_rate=0.01):
        self.kernels = rng.standard_normal((2, 1, 3, 3)) * 0.5
        self.kernel_bias = rng.standard_normal(2) * 0.1
        self.weights = rng.standard_normal((3, 12)) * 0.3
        self.bias = np.zeros((3, 1))
        self.learning_rate = learning_rate

    def forward_propagation(self, x):
        self.up = interpolation_matrix(x.shape[2], 6)
        self.across = interpolation_matrix(x.shape[3], 8)
        self.big = self.up @ x @ self.across.T
        n, _, h, w = self.big.shape
        z = np.zeros((n, 2, h - 2, w - 2)) + self.kernel_bias[None, :, None, None]
        for a in range(3):
            for b in range(3):
                z += self.big[:, :, a:a + h - 2, b:b + w - 2] * self.kernels[None, :, 0, a, b, None, None]
        self.act = np.where(z > 0, z, 0.1 * z)
        self.slope = np.where(z > 0, 1.0, 0.1)
        pooled = self.act.reshape(n, 2, 2, 2, 3, 2).mean(axis=(3, 5))
        self.flat = pooled.transpose(0, 2, 3, 1).reshape(n, -1).T       # columns are samples, channels last
        return (self.weights @ self.flat + self.bias).T

    def backward_propagation(self, error):
        n = error.shape[0]
        d_flat = self.weights.T @ error.T
        d_weights = error.T @ self.flat.T
        d_pooled = d_flat.T.reshape(n, 2, 3, 2).transpose(0, 3, 1, 2)
        dz = np.repeat(np.repeat(d_pooled, 2, axis=2), 2, axis=3) / 4 * self.slope
        h, w = dz.shape[2:]
        d_big, d_kernels = np.zeros_like(self.big), np.zeros_like(self.kernels)
        for a in range(3):
            for b in range(3):
                d_kernels[:, 0, a, b] = np.einsum("nfij,nij->f", dz, self.big[:, 0, a:a + h, b:b + w])
                d_big[:, 0, a:a + h, b:b + w] += np.einsum("nfij,f->nij", dz, self.kernels[:, 0, a, b])
        d_x = self.up.T @ d_big @ self.across
        self.weights -= self.learning_rate * d_weights
        self.bias -= self.learning_rate * error.T.sum(axis=1, keepdims=True)
        self.kernels -= self.learning_rate * d_kernels
        self.kernel_bias -= self.learning_rate * dz.sum(axis=(0, 2, 3))
        return d_x
