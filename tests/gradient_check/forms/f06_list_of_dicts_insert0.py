# TRUE: wrong: layers[0]['W'] gradient has the wrong sign
# HOLDS: layers[0]['W'], layers[0]['b'], layers[1]['W'], layers[1]['b'], layers[2]['W'], layers[2]['b'] | CONSTANTS: none
# cmd: DeepNet --input 6,4
import numpy as np


class DeepNet:
    def __init__(self, layer_dims=(4, 5, 5, 2), rng=np.random.default_rng(1)):
        self.layers = []
        for n_prev, n in zip(layer_dims[:-1], layer_dims[1:]):
            self.layers.append({'W': rng.standard_normal((n_prev, n)) * 0.7,
                                'b': np.full(n, 0.05)})

    def forward(self, X):
        self.acts = [X]
        for i, layer in enumerate(self.layers):
            Z = self.acts[-1] @ layer['W'] + layer['b']
            self.acts.append(Z if i == len(self.layers) - 1 else np.tanh(Z))
        return self.acts[-1]

    def backward(self, delta):
        self.grads = []
        for i in range(len(self.layers) - 1, -1, -1):
            if i < len(self.layers) - 1:
                delta = delta * (1 - self.acts[i + 1] ** 2)
            g = {'dW': self.acts[i].T @ delta, 'db': delta.sum(axis=0)}
            if i == 0:
                g['dW'] = -g['dW']
            self.grads.insert(0, g)
            delta = delta @ self.layers[i]['W'].T
        return delta
