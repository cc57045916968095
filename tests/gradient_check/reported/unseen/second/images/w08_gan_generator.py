# SOURCE: style of https://christinakouridi.blog/2019/07/09/vanilla-gan-numpy/ ; the mistakes are
#     known slips, no thread at hand (the loss is the non-saturating one, the gradient was kept from
#     the minimax one; tanh' from the pre-activation)
# mistake: TWO. (1) loss is -log D(G(z)), its gradient is that of log(1 - D(G(z))): -D instead of
#     -(1 - D). (2) the derivative of the last tanh is 1 - z1**2 with the pre-activation z1 instead
#     of the output a1
# TRUE: all of W0, b0, W1, b1 are wrong, by both mistakes. z gets no gradient; D is frozen.
# OPEN: unknown
# cmd: generator_loss --W0 3,4 --b0 1,4 --W1 4,6 --b1 1,6 --z 5,3
import numpy as np

D_W = np.random.RandomState(3).randn(6, 1) * 0.5   # the discriminator, frozen while the generator learns
D_W.flags.writeable = False


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def lrelu(x, alpha=0.01):
    return np.maximum(x, alpha * x)


def dlrelu(x, alpha=0.01):
    return np.where(x > 0, 1.0, alpha)


def generator_loss(W0, b0, W1, b1, z):
    # forward G
    z0 = np.dot(z, W0) + b0
    a0 = lrelu(z0)
    z1 = np.dot(a0, W1) + b1
    fake = np.tanh(z1)
    # forward D
    d = sigmoid(np.dot(fake, D_W))
    loss = np.mean(-np.log(d))

    # backward through D
    dscore = -d / len(z)
    dfake = np.dot(dscore, D_W.T)
    # backward through G
    dz1 = dfake * (1 - z1 ** 2)
    dW1 = np.dot(a0.T, dz1)
    db1 = np.sum(dz1, axis=0, keepdims=True)
    da0 = np.dot(dz1, W1.T)
    dz0 = da0 * dlrelu(z0)
    dW0 = np.dot(z.T, dz0)
    db0 = np.sum(dz0, axis=0, keepdims=True)
    return loss, {"W0": dW0, "b0": db0, "W1": dW1, "b1": db1}
