# SOURCE:
#     https://github.com/rust0258/Deeplearning.ai-Natural-Language-Processing-Specialization/issues/62
#     and /issues/64 (CBOW of the NLP course: the biases' gradients are row sums of the weights'
#     gradients); relu applied to the gradient itself: known from solutions of the same assignment
#     (l1 = relu(W2.T (yhat - y)))
# mistake: two: relu(l1) in place of masking l1 where z1 < 0; bias gradients as row sums of the
#     weight gradients
# TRUE: W1 wrong (relu of the gradient, no mask), b1 wrong (the same, and multiplied by x), b2 wrong
#     (multiplied by h); W2 right
# OPEN: unknown
# cmd: cbow --W1 5,7 --W2 7,5 --b1 5,1 --b2 7,1 --x 7,4 --y one-hot:4,7
import numpy as np


def relu(z):
    return np.maximum(0, z)


def softmax(z):
    e = np.exp(z - z.max(axis=0))
    return e / e.sum(axis=0)


def cbow(W1, W2, b1, b2, x, y):
    # x: (V, m), columns are the averaged contexts; y: (m, V) one-hot centre words
    m = x.shape[1]
    y = y.T
    h = relu(np.dot(W1, x) + b1)
    yhat = softmax(np.dot(W2, h) + b2)
    cost = -np.sum(y * np.log(yhat)) / m

    l1 = np.dot(W2.T, yhat - y)
    l1 = relu(l1)
    grads = {}
    grads["W1"] = (1 / m) * np.dot(l1, x.T)
    grads["W2"] = (1 / m) * np.dot(yhat - y, h.T)
    grads["b1"] = np.sum((1 / m) * np.dot(l1, x.T), axis=1, keepdims=True)
    grads["b2"] = np.sum((1 / m) * np.dot(yhat - y, h.T), axis=1, keepdims=True)
    return cost, grads
