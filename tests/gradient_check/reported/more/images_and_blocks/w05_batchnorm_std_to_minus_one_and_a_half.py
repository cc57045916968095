# SOURCE: a known slip of cs231n students (the formula's (var + eps)**(-3/2) with std put in its
#     place); staged style of
#     https://red.byte.kiwi/r/cs231n/comments/hx87z3/batchnorm_w12_gradient_error_1e0_but_e8_when in
#     NNFS clothes
# mistake: std = sqrt(var + eps) is cached, and the -3/2 is put on std, which would have to be
#     std**-3
# TRUE: dinputs is wrong (the variance path is taken with std**-1.5 and not std**-3); dgamma and
#     dbeta are right
# SAYS: self.std ** (2 * -1.5)
# cmd: Layer_BatchNorm --n_neurons 4 --input 7,4
import numpy as np


class Layer_BatchNorm:

    def __init__(self, n_neurons, epsilon=1e-5):
        self.gamma = np.ones((1, n_neurons))
        self.beta = np.zeros((1, n_neurons))
        self.epsilon = epsilon

    def forward(self, inputs):
        self.mean = np.mean(inputs, axis=0, keepdims=True)
        self.centered = inputs - self.mean
        self.std = np.sqrt(np.mean(self.centered ** 2, axis=0, keepdims=True) + self.epsilon)
        self.normalized = self.centered / self.std
        self.output = self.gamma * self.normalized + self.beta

    def backward(self, dvalues):
        samples = len(dvalues)

        # Gradients on parameters
        self.dgamma = np.sum(dvalues * self.normalized, axis=0, keepdims=True)
        self.dbeta = np.sum(dvalues, axis=0, keepdims=True)

        # Gradient on values
        dnormalized = dvalues * self.gamma
        dvar = np.sum(dnormalized * self.centered * -0.5 * self.std ** (-1.5), axis=0, keepdims=True)
        dmean = np.sum(-dnormalized / self.std, axis=0, keepdims=True) \
            + dvar * np.mean(-2.0 * self.centered, axis=0, keepdims=True)
        self.dinputs = dnormalized / self.std + dvar * 2.0 * self.centered / samples + dmean / samples
