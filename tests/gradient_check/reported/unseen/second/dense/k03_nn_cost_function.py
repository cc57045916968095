# SOURCE: https://github.com/lawlite19/MachineLearning_Python/issues/3 (Chinese; asked whether
#     delta3 lacks sigmoidGradient(z3): with cross-entropy it does not), style of the Coursera
#     exercise, all weights in one vector
# mistake: none
# TRUE: right (gradient of nn_params)
# cmd: nnCostFunction --nn_params 35 --X 5,4 --y one-hot:5,3
import numpy as np

input_layer_size, hidden_layer_size, num_labels = 4, 4, 3
Lambda = 0.7


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


def nnCostFunction(nn_params, X, y):
    m = X.shape[0]
    split = hidden_layer_size * (input_layer_size + 1)
    Theta1 = nn_params[:split].reshape(hidden_layer_size, input_layer_size + 1)
    Theta2 = nn_params[split:].reshape(num_labels, hidden_layer_size + 1)

    a1 = np.hstack((np.ones((m, 1)), X))
    z2 = np.dot(a1, Theta1.T)
    a2 = np.hstack((np.ones((m, 1)), sigmoid(z2)))
    h = sigmoid(np.dot(a2, Theta2.T))

    reg = np.sum(Theta1[:, 1:] ** 2) + np.sum(Theta2[:, 1:] ** 2)
    J = -np.sum(y * np.log(h) + (1 - y) * np.log(1 - h)) / m + Lambda * reg / (2 * m)

    Theta1_grad = np.zeros(Theta1.shape)
    Theta2_grad = np.zeros(Theta2.shape)
    for i in range(m):
        delta3 = h[i, :] - y[i, :]
        delta2 = np.dot(Theta2[:, 1:].T, delta3) * sigmoid(z2[i]) * (1 - sigmoid(z2[i]))
        Theta2_grad += np.outer(delta3, a2[i, :])
        Theta1_grad += np.outer(delta2, a1[i, :])
    Theta1_grad[:, 1:] += Lambda * Theta1[:, 1:]
    Theta2_grad[:, 1:] += Lambda * Theta2[:, 1:]
    grad = np.hstack((Theta1_grad.ravel(), Theta2_grad.ravel())) / m
    return J, grad
