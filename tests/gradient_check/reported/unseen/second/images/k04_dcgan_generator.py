# SOURCE: style of eriklindernoren/ML-From-Scratch (layers with forward_pass / backward_pass in a
#     list), as students extend it by a transposed convolution for a DCGAN generator
# mistake: none
# TRUE: right (dz, and W and w0 of the dense layer, W and w0 of the transposed convolution)
# cmd: Generator --input 4,3
import numpy as np


class Dense:
    def __init__(self, rng, n_in, n_units):
        self.W = rng.uniform(-0.6, 0.6, (n_in, n_units))
        self.w0 = np.zeros((1, n_units))

    def forward_pass(self, X):
        self.layer_input = X
        return X.dot(self.W) + self.w0

    def backward_pass(self, accum_grad):
        self.grad_w = self.layer_input.T.dot(accum_grad)
        self.grad_w0 = np.sum(accum_grad, axis=0, keepdims=True)
        return accum_grad.dot(self.W.T)


class LeakyReLU:
    def forward_pass(self, X):
        self.layer_input = X
        return np.where(X >= 0, X, 0.2 * X)

    def backward_pass(self, accum_grad):
        return accum_grad * np.where(self.layer_input >= 0, 1, 0.2)


class Reshape:
    def __init__(self, shape):
        self.shape = shape

    def forward_pass(self, X):
        self.prev_shape = X.shape
        return X.reshape((X.shape[0],) + self.shape)

    def backward_pass(self, accum_grad):
        return accum_grad.reshape(self.prev_shape)


class ConvTranspose2D:
    def __init__(self, rng, c_in, c_out, size=3, stride=2):
        self.W = rng.uniform(-0.6, 0.6, (c_in, c_out, size, size))
        self.w0 = np.zeros((1, c_out, 1, 1))
        self.size, self.stride = size, stride

    def forward_pass(self, X):
        self.layer_input = X
        n, _, h, w = X.shape
        out = np.zeros((n, self.W.shape[1], (h - 1) * self.stride + self.size, (w - 1) * self.stride + self.size))
        for i in range(h):
            for j in range(w):
                t, l = i * self.stride, j * self.stride
                out[:, :, t:t + self.size, l:l + self.size] += np.einsum("nc,cokl->nokl", X[:, :, i, j], self.W)
        return out + self.w0

    def backward_pass(self, accum_grad):
        X = self.layer_input
        dX, self.grad_w = np.zeros_like(X), np.zeros_like(self.W)
        self.grad_w0 = accum_grad.sum(axis=(0, 2, 3), keepdims=True)
        for i in range(X.shape[2]):
            for j in range(X.shape[3]):
                t, l = i * self.stride, j * self.stride
                patch = accum_grad[:, :, t:t + self.size, l:l + self.size]
                dX[:, :, i, j] = np.einsum("nokl,cokl->nc", patch, self.W)
                self.grad_w += np.einsum("nc,nokl->cokl", X[:, :, i, j], patch)
        return dX


class TanH:
    def forward_pass(self, X):
        self.out = np.tanh(X)
        return self.out

    def backward_pass(self, accum_grad):
        return accum_grad * (1 - self.out ** 2)


class Generator:
    def __init__(self, rng):
        self.layers = [Dense(rng, 3, 8), LeakyReLU(), Reshape((2, 2, 2)), ConvTranspose2D(rng, 2, 1), TanH()]

    def forward_pass(self, X):
        for layer in self.layers:
            X = layer.forward_pass(X)
        return X

    def backward_pass(self, loss_grad):
        for layer in reversed(self.layers):
            loss_grad = layer.backward_pass(loss_grad)
        return loss_grad
