# SOURCE:
#     https://github.com/rust0258/Deeplearning.ai-Natural-Language-Processing-Specialization/issues/62
#     and /issues/64 (the bias gradients are sums over the weight gradients); relu(l1) instead of a
#     mask stands in solutions of the same assignment (known slip, no thread at hand)
# mistake: two: (1) db = the weight gradient summed over its inputs instead of the delta summed over
#     the batch; (2) relu is applied to the gradient instead of a mask where the hidden
#     pre-activation is positive
# TRUE: dW2 right; db2 wrong by (1); dW1 and dx wrong by (2); db1 wrong by both
# OPEN: true: dx depends on the sign of dy
# cmd: cbow --x 7,5 --W1 5,4 --b1 4 --W2 4,6 --b2 6
import numpy as np


def relu(z):
    result = z.copy()
    result[result < 0] = 0
    return result


def cbow_forward(x, W1, b1, W2, b2):
    h = relu(np.dot(x, W1) + b1)
    z = np.dot(h, W2) + b2
    cache = (x, h, W1, W2)
    return z, cache


def cbow_backward(dz, cache):
    x, h, W1, W2 = cache
    l1 = np.dot(dz, W2.T)
    l1 = relu(l1)
    grad_W1 = np.dot(x.T, l1)
    grad_W2 = np.dot(h.T, dz)
    grad_b1 = np.sum(np.dot(x.T, l1), axis=0)
    grad_b2 = np.sum(np.dot(h.T, dz), axis=0)
    grad_x = np.dot(l1, W1.T)
    return grad_x, grad_W1, grad_b1, grad_W2, grad_b2
