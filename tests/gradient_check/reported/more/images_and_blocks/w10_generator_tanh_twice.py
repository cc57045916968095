# SOURCE: https://github.com/kyle8998/Sudo-Productivity/issues/3 (derivative helper given the wrong
#     one of input and output); style of https://christinakouridi.blog/2019/07/09/vanilla-gan-numpy/
#     (generator in one class, learning rate inside backward, nothing returned)
# mistake: dtanh takes the pre-activation (it calls np.tanh itself), but is given the output: tanh
#     is applied twice
# TRUE: the steps of all of W0, b0, W1, b1 are wrong: the output's derivative is 1 -
#     tanh(tanh(z1))^2 where it is 1 - tanh(z1)^2
# SAYS: the call np.tanh(x) is too much
# cmd: Generator --input 5,3
import numpy as np


def lrelu(x, alpha=1e-2):
    return np.maximum(x, alpha * x)


def dlrelu(x, alpha=1e-2):
    dx = np.ones_like(x)
    dx[x < 0] = alpha
    return dx


def dtanh(x):
    return 1.0 - np.tanh(x) ** 2


class Generator:
    def __init__(self, rng):
        self.lr = 1e-3
        self.W0 = rng.standard_normal((3, 6)) * np.sqrt(2. / 3)
        self.b0 = np.zeros((1, 6))
        self.W1 = rng.standard_normal((6, 4)) * np.sqrt(2. / 6)
        self.b1 = np.zeros((1, 4))

    def forward(self, noise):
        self.noise = noise
        self.z0 = np.dot(noise, self.W0) + self.b0
        self.a0 = lrelu(self.z0)
        self.z1 = np.dot(self.a0, self.W1) + self.b1
        self.a1 = np.tanh(self.z1)
        return self.a1

    def backward(self, grad_from_d):
        dz1 = grad_from_d * dtanh(self.a1)
        dW1 = np.dot(self.a0.T, dz1)
        db1 = np.sum(dz1, axis=0, keepdims=True)

        da0 = np.dot(dz1, self.W1.T)
        dz0 = da0 * dlrelu(self.z0)
        dW0 = np.dot(self.noise.T, dz0)
        db0 = np.sum(dz0, axis=0, keepdims=True)

        self.W0 -= self.lr * dW0
        self.b0 -= self.lr * db0
        self.W1 -= self.lr * dW1
        self.b1 -= self.lr * db1
