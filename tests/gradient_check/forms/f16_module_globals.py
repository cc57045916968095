# TRUE: wrong: module global b1 has a gradient that sums only over the first half of the batch
# HOLDS: module globals W1, b1, W2 | CONSTANTS: none
# cmd: Net --input 6,4
import numpy as np

np.random.seed(1)
W1 = np.random.randn(4, 5)
b1 = np.random.randn(5)
W2 = np.random.randn(5, 2)
dW1 = db1 = dW2 = None


class Net:
    def forward(self, X):
        global hidden, inp
        inp = X
        hidden = np.tanh(X.dot(W1) + b1)
        return hidden.dot(W2)

    def backward(self, dout):
        global dW1, db1, dW2
        dW2 = hidden.T.dot(dout)
        dh = dout.dot(W2.T) * (1 - hidden ** 2)
        dW1 = inp.T.dot(dh)
        db1 = np.sum(dh[: len(dh) // 2], axis=0)
        return dh.dot(W1.T)
