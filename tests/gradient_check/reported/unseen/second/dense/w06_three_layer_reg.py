# SOURCE: https://github.com/lightaime/cs231n/pull/2 (regularization has W1 twice and layer 3's
#     weights not at all)
# mistake: copy and paste in the penalty of the loss: W1, W2, W1; the gradients are those of W1, W2,
#     W3
# TRUE: of the gradients, W1's is wrong (reg * W1 once, the loss has it twice) and W3's is wrong
#     (reg * W3 in it, which the loss does not have); W2, b1, b2, b3 are right
# OPEN: refused: dx[0] is an array of object, which has no decimals
# cmd: ThreeLayerNet --input 5,4 --input integers:5 --integers 3
import numpy as np


class ThreeLayerNet(object):
    def __init__(self, input_dim=4, hidden_dim=6, num_classes=3, weight_scale=0.5, reg=0.3):
        rs = np.random.RandomState(231)
        self.reg = reg
        self.params = {}
        self.params['W1'] = weight_scale * rs.randn(input_dim, hidden_dim)
        self.params['b1'] = 0.1 * rs.randn(hidden_dim)
        self.params['W2'] = weight_scale * rs.randn(hidden_dim, hidden_dim - 1)
        self.params['b2'] = 0.1 * rs.randn(hidden_dim - 1)
        self.params['W3'] = weight_scale * rs.randn(hidden_dim - 1, num_classes)
        self.params['b3'] = np.zeros(num_classes)

    def loss(self, X, y=None):
        W1, b1 = self.params['W1'], self.params['b1']
        W2, b2 = self.params['W2'], self.params['b2']
        W3, b3 = self.params['W3'], self.params['b3']
        h1 = np.maximum(0, X.dot(W1) + b1)
        h2 = np.tanh(h1.dot(W2) + b2)
        scores = h2.dot(W3) + b3
        if y is None:
            return scores

        N = X.shape[0]
        shifted = scores - scores.max(axis=1, keepdims=True)
        log_probs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        loss = -log_probs[np.arange(N), y].mean()
        loss += 0.5 * self.reg * (np.sum(W1 ** 2) + np.sum(W2 ** 2) + np.sum(W1 ** 2))

        grads = {}
        dscores = np.exp(log_probs)
        dscores[np.arange(N), y] -= 1
        dscores /= N
        grads['W3'] = h2.T.dot(dscores) + self.reg * W3
        grads['b3'] = dscores.sum(axis=0)
        dh2 = dscores.dot(W3.T) * (1 - h2 ** 2)
        grads['W2'] = h1.T.dot(dh2) + self.reg * W2
        grads['b2'] = dh2.sum(axis=0)
        dh1 = dh2.dot(W2.T)
        dh1[h1 <= 0] = 0
        grads['W1'] = X.T.dot(dh1) + self.reg * W1
        grads['b1'] = dh1.sum(axis=0)
        return loss, grads
