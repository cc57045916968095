# SOURCE: known slip with tied weights (the shared matrix gets two gradients; the second assignment
#     wins), no thread at hand
# mistake: E is embedding and output matrix at once; the gradient of the output use is overwritten
#     by the one of the lookup
# TRUE: wrong: E (only the lookup's share is there, the share of logits = h E^T is lost). Right: W1,
#     b1, b_out.
# SAYS: this line clears what self.grads['E'] holds already
# cmd: NeuralLM --input 4,2 --integers 7
import numpy as np


class NeuralLM:
    """Bengio's model with a tied softmax layer: two words of context, then logits of the next one"""
    def __init__(self, rng):
        V, D = 7, 3
        self.E = rng.standard_normal((V, D))
        self.W1 = rng.standard_normal((2 * D, D)) * 0.5
        self.b1 = np.zeros(D)
        self.b_out = np.zeros(V)
        self.grads = dict()

    def forward(self, context):
        emb = self.E[context].reshape(len(context), -1)
        h = np.tanh(emb @ self.W1 + self.b1)
        logits = h @ self.E.T + self.b_out
        return logits, (context, emb, h)

    def backward(self, dlogits, cache):
        context, emb, h = cache
        # output layer
        self.grads['E'] = dlogits.T @ h
        self.grads['b_out'] = dlogits.sum(axis=0)
        dh = dlogits @ self.E
        # hidden layer
        dpre = dh * (1.0 - h * h)
        self.grads['W1'] = emb.T @ dpre
        self.grads['b1'] = dpre.sum(axis=0)
        demb = dpre @ self.W1.T
        # embedding
        self.grads['E'] = np.zeros_like(self.E)
        np.add.at(self.grads['E'], context, demb.reshape(*context.shape, -1))
