# SOURCE:
#     https://github.com/rust0258/Deeplearning.ai-Natural-Language-Processing-Specialization/issues/62
#     and /issues/64 (wrong bias gradients); ReLU put on the gradient: a known slip in that exercise
#     (C2 W4, UNQ_C4)
# mistake: (1) ReLU is applied to the gradient l1 itself instead of multiplying by the derivative at
#     z1; (2) the bias gradients are row sums of the weight gradients: sum(l1 x.T) instead of
#     sum(l1)
# TRUE: grad_W1 wrong (ReLU of the gradient in place of its mask), grad_b1 wrong (both mistakes),
#     grad_b2 wrong (dot with h.T before the sum); grad_W2 right
# OPEN: unknown
# cmd: back_prop --W1 3,5 --W2 5,3 --b1 3,1 --b2 5,1 --x 5,6 --y one-hot:6,5
import numpy as np


def softmax(z):
    e = np.exp(z - z.max(axis=0))
    return e / e.sum(axis=0)


def forward_prop(x, W1, W2, b1, b2):
    h = np.dot(W1, x) + b1
    h = np.maximum(0, h)
    z = np.dot(W2, h) + b2
    return z, h


def back_prop(W1, W2, b1, b2, x, y):
    y = y.T                                # one column per word
    batch_size = x.shape[1]
    z, h = forward_prop(x, W1, W2, b1, b2)
    yhat = softmax(z)
    cost = -np.sum(y * np.log(yhat)) / batch_size

    l1 = np.dot(W2.T, yhat - y)
    l1 = np.maximum(0, l1)
    grad_W1 = np.dot(l1, x.T) / batch_size
    grad_W2 = np.dot(yhat - y, h.T) / batch_size
    grad_b1 = np.sum((1 / batch_size) * np.dot(l1, x.T), axis=1, keepdims=True)
    grad_b2 = np.sum((1 / batch_size) * np.dot(yhat - y, h.T), axis=1, keepdims=True)
    return cost, (grad_W1, grad_W2, grad_b1, grad_b2)
