# TRUE: right
# HOLDS: kernel, bias (both created at the first forward) | CONSTANTS: alpha (leaky slope 0.1)
# cmd: LazyDense --input 6,4
import numpy as np


class LazyDense:
    def __init__(self, units=3, alpha=0.1, rng=None):
        self.units = units
        self.alpha = alpha
        self.rng = rng if rng is not None else np.random.default_rng(7)
        self.built = False

    def build(self, input_shape):
        lim = np.sqrt(6 / (input_shape[-1] + self.units))
        self.kernel = self.rng.uniform(-lim, lim, (input_shape[-1], self.units))
        self.bias = np.zeros(self.units)
        self.built = True

    def forward(self, inputs):
        if not self.built:
            self.build(inputs.shape)
        self.inputs = inputs
        self.pre = inputs @ self.kernel + self.bias
        return np.where(self.pre > 0, self.pre, self.alpha * self.pre)

    def backward(self, grad_output):
        g = grad_output * np.where(self.pre > 0, 1.0, self.alpha)
        self.grad_kernel = self.inputs.T @ g
        self.grad_bias = g.sum(axis=0)
        return g @ self.kernel.T
