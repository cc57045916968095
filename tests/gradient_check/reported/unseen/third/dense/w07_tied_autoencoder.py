# SOURCE: http://stackoverflow.com/questions/6607141/derivativecheck-fails-with-minfunc (also
#     https://stats.stackexchange.com/questions/239943/autoencoders-gradient-when-using-tied-weights)
# mistake: encoder and decoder share W, but only what W gets as the decoder is counted
# TRUE: the gradient of W is wrong: the encoder's part X.T @ delta2 is missing. The gradients of b
#     and c are right.
# SAYS: the term X.T @ delta2 is missing
# cmd: cost --W 6,4 --b 4 --c 6 --X 5,6
import numpy as np


def sigmoid(t):
    return 1.0 / (1.0 + np.exp(-t))


def cost(W, b, c, X):
    n = len(X)
    hidden = sigmoid(X @ W + b)
    output = sigmoid(hidden @ W.T + c)         # tied weights
    diff = output - X
    loss = 0.5 * np.sum(diff ** 2) / n

    delta3 = diff * output * (1 - output) / n
    delta2 = delta3 @ W * hidden * (1 - hidden)
    grad = {"W": delta3.T @ hidden,
            "b": delta2.sum(0),
            "c": delta3.sum(0)}
    return loss, grad
