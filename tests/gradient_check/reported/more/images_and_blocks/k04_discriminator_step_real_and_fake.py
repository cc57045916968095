# SOURCE: style of "Only Numpy: Implementing GANs" (Jae Duk Seo) and of vanilla GANs in NumPy: D on
#     the real batch and on the fake one, the gradients added
# mistake: none
# TRUE: right (W1, b1, W2, b2 and the two batches)
# cmd: discriminator_loss --real 6,4 --fake 5,4 --W1 4,7 --b1 7 --W2 7,1 --b2 1
import numpy as np


def _sig(s):
    return 1. / (1. + np.exp(-s))


def _run(x, W1, b1, W2, b2):
    l1 = x.dot(W1) + b1
    l1A = np.where(l1 > 0, l1, 0.2 * l1)
    return l1, l1A, _sig(l1A.dot(W2) + b2)


def discriminator_loss(real, fake, W1, b1, W2, b2):
    grads = {name: 0. for name in ("W1", "b1", "W2", "b2")}
    cost = 0.
    for name, x, label in (("real", real, 1.), ("fake", fake, 0.)):
        l1, l1A, p = _run(x, W1, b1, W2, b2)
        cost += -np.mean(np.log(p)) if label else -np.mean(np.log(1. - p))
        delta2 = (p - label) / len(x)
        delta1 = delta2.dot(W2.T) * np.where(l1 > 0, 1., 0.2)
        grads["W2"] = grads["W2"] + l1A.T.dot(delta2)
        grads["b2"] = grads["b2"] + delta2.sum(0)
        grads["W1"] = grads["W1"] + x.T.dot(delta1)
        grads["b1"] = grads["b1"] + delta1.sum(0)
        grads[name] = delta1.dot(W1.T)
    return cost, grads
