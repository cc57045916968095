# SOURCE: NNFS style (self.output, self.dinputs, self.dweights, nothing returned); a capsule layer
#     with one round of routing, i.e. uniform coupling, and squash; cf.
#     https://stats.stackexchange.com/questions/352131/backpropagation-in-capsule-networks
# mistake: none
# TRUE: right
# cmd: Layer_Capsule --n_caps_in 4 --dim_in 3 --n_caps_out 2 --dim_out 5 --input 3,4,3
import numpy as np


class Layer_Capsule:
    def __init__(self, n_caps_in, dim_in, n_caps_out, dim_out):
        np.random.seed(0)
        self.weights = 0.7 * np.random.randn(n_caps_in, n_caps_out, dim_in, dim_out)
        self.biases = 0.1 * np.random.randn(n_caps_out, dim_out)

    def forward(self, inputs):
        self.inputs = inputs
        self.coupling = 1 / self.weights.shape[1]
        votes = np.einsum("nid,ijdo->nijo", inputs, self.weights)
        self.s = self.coupling * votes.sum(axis=1) + self.biases
        self.norm = np.sqrt((self.s ** 2).sum(axis=-1, keepdims=True))
        # |s|^2 / (1 + |s|^2) * s / |s|
        self.output = self.s * self.norm / (1 + self.norm ** 2)

    def backward(self, dvalues):
        n = self.norm
        factor = n / (1 + n ** 2)
        dfactor = (1 - n ** 2) / (1 + n ** 2) ** 2
        along = (dvalues * self.s).sum(axis=-1, keepdims=True)
        ds = dvalues * factor + self.s / n * dfactor * along
        self.dbiases = ds.sum(axis=0)
        dvotes = self.coupling * ds
        self.dweights = np.einsum("nid,njo->ijdo", self.inputs, dvotes)
        self.dinputs = np.einsum("njo,ijdo->nid", dvotes, self.weights)
