# SOURCE: http://stackoverflow.com/questions/6607141/derivativecheck-fails-with-minfunc (tied
#     autoencoder, DerivativeCheck fails)
# mistake: encoder and decoder share W; the gradient has the decoder's part only
# TRUE: the gradient of theta is wrong (the encoder's part X^T . ((delta W) h (1-h)) / m is
#     missing). None is returned for X.
# OPEN: unknown
# cmd: calc_loss --theta 18 --X 5,6
import numpy as np

N_HIDDEN = 3


def sigmoid(z):
    return 1. / (1. + np.exp(-z))


def calc_loss(theta, X):
    m, n_vars = X.shape
    W = theta.reshape(n_vars, N_HIDDEN)      # unroll
    Wp = W.T                                 # tied

    hidden = sigmoid(X.dot(W))
    output = sigmoid(hidden.dot(Wp))

    diff = X - output
    loss = 0.5 * np.sum(diff ** 2) / m

    error = -diff * output * (1 - output)
    dW = error.T.dot(hidden)
    grad = dW.ravel() / m                    # roll again
    return loss, grad
