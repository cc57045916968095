# SOURCE:
#     https://whosebug.com/question/2948401/Backpropagation-Why-doesn-t-error-approach-zero-when-it-is-multiplied-by-deriv-of-sigmoid
#     (mirror of a Stack Overflow question: 2-2-1 sigmoid network, columns, functions and plain
#     weights)
# mistake: the hidden delta is made of the output's `error` instead of hidden_error (it broadcasts,
#     as there is one output), so w_1 never enters; and what goes back through w_1 is the raw error,
#     not delta (the output sigmoid's derivative is left out)
# TRUE: two mistakes. dw_1 (output weights) is right. dw_0 is wrong: neither w_1.T nor the output's
#     sigmoid' is in the hidden delta. dx is wrong for the same reason (built from the same
#     delta_hidden).
# SAYS: delta belongs where error stands
# SAYS: the factor w_1 is missing
# cmd: network --x 2,4
import numpy as np

np.random.seed(1)
w_0 = 2 * np.random.rand(3, 2) - 1
w_1 = 2 * np.random.rand(1, 3) - 1


def sigmoid(x, deriv=False):
    if (deriv == True):
        return x * (1 - x)
    return 1 / (1 + np.exp(-x))


def network_forward(x):
    inputs = np.array(x, ndmin=2)
    hidden = sigmoid(np.dot(w_0, inputs))
    output = sigmoid(np.dot(w_1, hidden))
    return output, (inputs, hidden, output)


def network_backward(error, cache):
    inputs, hidden, output = cache
    delta = error * sigmoid(output, True)

    hidden_error = np.dot(w_1.T, error)
    delta_hidden = error * sigmoid(hidden, True)

    dw_1 = np.dot(delta, hidden.T)
    dw_0 = np.dot(delta_hidden, inputs.T)
    dx = np.dot(w_0.T, delta_hidden)
    return dx, dw_0, dw_1
