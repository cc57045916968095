# SOURCE: style of "Neural Networks from Scratch" (self.inputs, self.output, self.dinputs, nothing
#     returned), applied to causal attention
# mistake: none
# TRUE: right
# cmd: Layer_CausalAttention --input 2,4,3
import numpy as np


class Layer_CausalAttention:

    def __init__(self, rng):
        self.query_weights = 0.5 * rng.standard_normal((3, 4))
        self.key_weights = 0.5 * rng.standard_normal((3, 4))
        self.value_weights = 0.5 * rng.standard_normal((3, 5))
        self.biases = np.zeros((1, 5))

    def forward(self, inputs):
        self.inputs = inputs
        steps = inputs.shape[1]
        self.queries = np.matmul(inputs, self.query_weights)
        self.keys = np.matmul(inputs, self.key_weights)
        self.values = np.matmul(inputs, self.value_weights)
        scores = np.matmul(self.queries, self.keys.transpose(0, 2, 1)) / 2.0
        scores = np.where(np.tri(steps, dtype=bool), scores, -1e9)
        exp_values = np.exp(scores - np.max(scores, axis=-1, keepdims=True))
        self.probabilities = exp_values / np.sum(exp_values, axis=-1, keepdims=True)
        self.output = np.matmul(self.probabilities, self.values) + self.biases

    def backward(self, dvalues):
        flat = self.inputs.reshape(-1, self.inputs.shape[-1])
        self.dbiases = np.sum(dvalues, axis=(0, 1), keepdims=True)[0]
        dvals = np.matmul(self.probabilities.transpose(0, 2, 1), dvalues)
        dprobs = np.matmul(dvalues, self.values.transpose(0, 2, 1))
        dscores = self.probabilities * (dprobs - np.sum(dprobs * self.probabilities, axis=-1, keepdims=True))
        dscores /= 2.0
        dqueries = np.matmul(dscores, self.keys)
        dkeys = np.matmul(dscores.transpose(0, 2, 1), self.queries)
        self.dquery_weights = np.dot(flat.T, dqueries.reshape(-1, 4))
        self.dkey_weights = np.dot(flat.T, dkeys.reshape(-1, 4))
        self.dvalue_weights = np.dot(flat.T, dvals.reshape(-1, 5))
        self.dinputs = (np.dot(dqueries, self.query_weights.T) + np.dot(dkeys, self.key_weights.T)
                        + np.dot(dvals, self.value_weights.T))
