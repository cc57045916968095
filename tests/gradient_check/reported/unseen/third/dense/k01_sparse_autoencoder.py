# SOURCE: style of the UFLDL exercise (sparseAutoencoderCost of one flat theta),
#     http://ufldl.stanford.edu/wiki/index.php/Autoencoders_and_Sparsity
# mistake: none
# TRUE: right
# cmd: sparse_autoencoder_cost --theta 31 --data 4,6
import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def sparse_autoencoder_cost(theta, data, hidden_size=3, lambda_=0.01, rho=0.1, beta=3.0):
    visible_size, m = data.shape
    hv = hidden_size * visible_size
    W1 = theta[:hv].reshape(hidden_size, visible_size)
    W2 = theta[hv:2 * hv].reshape(visible_size, hidden_size)
    b1 = theta[2 * hv:2 * hv + hidden_size]
    b2 = theta[2 * hv + hidden_size:]

    a2 = sigmoid(W1 @ data + b1[:, None])
    a3 = sigmoid(W2 @ a2 + b2[:, None])
    rho_hat = a2.mean(axis=1)
    kl = rho * np.log(rho / rho_hat) + (1 - rho) * np.log((1 - rho) / (1 - rho_hat))
    cost = (0.5 / m * np.sum((a3 - data) ** 2)
            + 0.5 * lambda_ * (np.sum(W1 ** 2) + np.sum(W2 ** 2))
            + beta * kl.sum())

    delta3 = (a3 - data) * a3 * (1 - a3)
    sparsity = beta * (-rho / rho_hat + (1 - rho) / (1 - rho_hat))
    delta2 = (W2.T @ delta3 + sparsity[:, None]) * a2 * (1 - a2)
    W1grad = delta2 @ data.T / m + lambda_ * W1
    W2grad = delta3 @ a2.T / m + lambda_ * W2
    grad = np.concatenate([W1grad.ravel(), W2grad.ravel(), delta2.mean(axis=1), delta3.mean(axis=1)])
    return cost, grad
