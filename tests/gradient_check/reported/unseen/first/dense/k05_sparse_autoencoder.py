# SOURCE: style of the UFLDL exercise "Sparse Autoencoder" (sparseAutoencoderCost,
#     http://ufldl.stanford.edu) in NumPy, columns are samples
# mistake: none
# TRUE: right (data gets no gradient)
# cmd: sparse_autoencoder_cost --W1 3,5 --W2 5,3 --b1 3,1 --b2 5,1 --data 5,8
import numpy as np


def sparse_autoencoder_cost(W1, W2, b1, b2, data, lambda_=0.01, sparsity_param=0.2, beta=0.5):
    m = data.shape[1]
    sigmoid = lambda t: 1 / (1 + np.exp(-t))

    a2 = sigmoid(W1.dot(data) + b1)
    a3 = sigmoid(W2.dot(a2) + b2)
    rho_hat = np.sum(a2, axis=1, keepdims=True) / m
    rho = sparsity_param
    kl = np.sum(rho * np.log(rho / rho_hat) + (1 - rho) * np.log((1 - rho) / (1 - rho_hat)))

    cost = 0.5 / m * np.sum((a3 - data) ** 2) \
        + 0.5 * lambda_ * (np.sum(W1 ** 2) + np.sum(W2 ** 2)) + beta * kl

    delta3 = (a3 - data) * a3 * (1 - a3)
    sparsity_delta = beta * (-rho / rho_hat + (1 - rho) / (1 - rho_hat))
    delta2 = (W2.T.dot(delta3) + sparsity_delta) * a2 * (1 - a2)

    W1grad = delta2.dot(data.T) / m + lambda_ * W1
    W2grad = delta3.dot(a2.T) / m + lambda_ * W2
    b1grad = np.sum(delta2, axis=1, keepdims=True) / m
    b2grad = np.sum(delta3, axis=1, keepdims=True) / m
    return cost, (W1grad, W2grad, b1grad, b2grad)
