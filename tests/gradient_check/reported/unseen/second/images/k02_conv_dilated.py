# SOURCE: style of numpy-ml, https://github.com/ddbourgin/numpy-ml/issues/27 ("is the weights need
#     to be rotated?": no, it is right)
# mistake: none
# TRUE: right (dX, gradients["W"], gradients["b"])
# cmd: Conv2D --input 2,6,5,2
import numpy as np


class Conv2D:
    def __init__(self, rng, in_ch=2, out_ch=3, kernel_shape=(3, 2), stride=2, pad=1, dilation=1):
        self.kernel_shape, self.stride, self.pad, self.dilation = kernel_shape, stride, pad, dilation
        fr, fc = kernel_shape
        self.parameters = {"W": rng.uniform(-0.5, 0.5, (fr, fc, in_ch, out_ch)), "b": np.zeros((1, 1, 1, out_ch))}
        self.gradients = {"W": np.zeros((fr, fc, in_ch, out_ch)), "b": np.zeros((1, 1, 1, out_ch))}
        self.derived_variables = {}

    def _window(self, i, j):
        (fr, fc), s, d = self.kernel_shape, self.stride, self.dilation
        return (slice(i * s, i * s + fr * (d + 1) - d, d + 1), slice(j * s, j * s + fc * (d + 1) - d, d + 1))

    def forward(self, X):
        (fr, fc), s, p, d = self.kernel_shape, self.stride, self.pad, self.dilation
        W, b = self.parameters["W"], self.parameters["b"]
        X_pad = np.pad(X, ((0, 0), (p, p), (p, p), (0, 0)))
        out_rows = (X_pad.shape[1] - (fr * (d + 1) - d)) // s + 1
        out_cols = (X_pad.shape[2] - (fc * (d + 1) - d)) // s + 1
        Z = np.empty((X.shape[0], out_rows, out_cols, W.shape[3]))
        for i in range(out_rows):
            for j in range(out_cols):
                r, c = self._window(i, j)
                Z[:, i, j, :] = np.tensordot(X_pad[:, r, c, :], W, axes=3)
        Z += b
        self.derived_variables["X_pad"], self.derived_variables["Z"] = X_pad, Z
        return np.tanh(Z)

    def backward(self, dLdy):
        p = self.pad
        X_pad, Z = self.derived_variables["X_pad"], self.derived_variables["Z"]
        W = self.parameters["W"]
        dZ = dLdy * (1 - np.tanh(Z) ** 2)
        dX, dW = np.zeros_like(X_pad), np.zeros_like(W)
        for i in range(dZ.shape[1]):
            for j in range(dZ.shape[2]):
                r, c = self._window(i, j)
                dX[:, r, c, :] += np.tensordot(dZ[:, i, j, :], W, axes=([1], [3]))
                dW += np.tensordot(X_pad[:, r, c, :], dZ[:, i, j, :], axes=([0], [0]))
        self.gradients["W"] = dW
        self.gradients["b"] = dZ.sum(axis=(0, 1, 2), keepdims=True)
        return dX[:, p:-p, p:-p, :]
