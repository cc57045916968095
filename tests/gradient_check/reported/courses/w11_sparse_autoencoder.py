# SOURCE: a known slip: UFLDL, Exercise: Sparse Autoencoder (sparseAutoencoderCost.m): the sparsity
#     term belongs inside the bracket that is multiplied by f'(z2). Style: the published solutions,
#     theta unrolled.
# mistake: beta * (-rho/rho_hat + (1-rho)/(1-rho_hat)) is added after the multiplication with a2 (1
#     - a2)
# TRUE: grad's parts of W1 (indices 0..11) and b1 (indices 24..26) are wrong: the sparsity term
#     lacks f'(z2); those of W2 and b2 are right
# OPEN: true: all those with index [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 24, 25, 26] along axis 0
# cmd: sparse_autoencoder_cost --theta 31 --data 4,6
import numpy as np

visible_size, hidden_size = 4, 3


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def sparse_autoencoder_cost(theta, data, lambda_=0.02, sparsity_param=0.1, beta=0.7):
    hv = hidden_size * visible_size
    W1 = theta[0:hv].reshape(hidden_size, visible_size)
    W2 = theta[hv:2 * hv].reshape(visible_size, hidden_size)
    b1 = theta[2 * hv:2 * hv + hidden_size].reshape(-1, 1)
    b2 = theta[2 * hv + hidden_size:].reshape(-1, 1)
    m = data.shape[1]

    a2 = sigmoid(W1.dot(data) + b1)
    h = sigmoid(W2.dot(a2) + b2)
    rho_hat = np.sum(a2, axis=1, keepdims=True) / m
    rho = sparsity_param
    kl = rho * np.log(rho / rho_hat) + (1 - rho) * np.log((1 - rho) / (1 - rho_hat))
    cost = np.sum((h - data) ** 2) / (2 * m) \
        + (lambda_ / 2) * (np.sum(W1 ** 2) + np.sum(W2 ** 2)) + beta * np.sum(kl)

    sparsity_delta = beta * (-rho / rho_hat + (1 - rho) / (1 - rho_hat))
    delta3 = -(data - h) * h * (1 - h)
    delta2 = W2.T.dot(delta3) * a2 * (1 - a2) + sparsity_delta
    W1grad = delta2.dot(data.T) / m + lambda_ * W1
    W2grad = delta3.dot(a2.T) / m + lambda_ * W2
    b1grad = np.sum(delta2, axis=1) / m
    b2grad = np.sum(delta3, axis=1) / m
    grad = np.concatenate((W1grad.ravel(), W2grad.ravel(), b1grad, b2grad))
    return cost, grad
