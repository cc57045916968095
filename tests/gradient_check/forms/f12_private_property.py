# TRUE: wrong: __bias gradient is missing the relu mask (dy summed instead of dz)
# HOLDS: _Layer__weights, _Layer__bias | CONSTANTS: none
# cmd: Layer --input 6,4
import numpy as np


class Layer:
    def __init__(self, rng, inputs=4, neurons=5):
        self.__weights = rng.normal(0, 1, (inputs, neurons))
        self.__bias = rng.normal(0, 1, neurons)
        self.__grad_weights = None
        self.__grad_bias = None

    @property
    def weights(self):
        return self.__weights.copy()

    @property
    def bias(self):
        return self.__bias.copy()

    @property
    def grad_weights(self):
        return self.__grad_weights

    @property
    def grad_bias(self):
        return self.__grad_bias

    def forward(self, x):
        self.__input = x
        self.__pre = x @ self.__weights + self.__bias
        return np.where(self.__pre > 0, self.__pre, 0.0)

    def backward(self, dy):
        dz = np.where(self.__pre > 0, dy, 0.0)
        self.__grad_weights = self.__input.T @ dz
        self.__grad_bias = dy.sum(axis=0)
        return dz @ self.__weights.T
