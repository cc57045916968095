# SOURCE: a known slip with tied weights (the shared W gets one of its two contributions), cf. the
#     confusion in https://github.com/keras-team/keras/issues/386 and
#     https://github.com/nitishsrivastava/deepnet/issues/31; style of the UFLDL sparse autoencoder
#     exercise
# mistake: W is used twice, x W and h W.T, but its gradient takes the decoder's use alone
# TRUE: grad of W is wrong: the encoder's part x.T delta2 is missing; those of b1 and b2 are right
# SAYS: the term data.T @ delta2 is missing
# cmd: tied_autoencoder_cost --W 6,3 --b1 3 --b2 6 --data 5,6
import numpy as np

LAMBDA = 1e-2


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


def tied_autoencoder_cost(W, b1, b2, data):
    m = data.shape[0]
    a2 = sigmoid(data.dot(W) + b1)
    a3 = a2.dot(W.T) + b2
    cost = np.sum((a3 - data) ** 2) / (2 * m) + LAMBDA / 2 * np.sum(W ** 2)

    delta3 = (a3 - data) / m
    delta2 = delta3.dot(W) * a2 * (1 - a2)
    W_grad = delta3.T.dot(a2) + LAMBDA * W
    b2_grad = delta3.sum(axis=0)
    b1_grad = delta2.sum(axis=0)
    return cost, (W_grad, b1_grad, b2_grad)
