# SOURCE: https://github.com/jinzishuai/learn2deeplearn/issues/44 (Coursera C5W1 lstm_cell_backward,
#     "all works but equation (8) for dcct"); the same in many forum threads on that notebook
# mistake: cct is already tanh(...), but its derivative is written 1 - tanh(cct)**2
# TRUE: wrong: dWc, dbc, dxt, da_prev. Right: dc_prev and dWf, dWi, dWo, dbf, dbi, dbo.
# SAYS: the call np.tanh(cct) is too much
# cmd: lstm_cell --xt 3,4 --a_prev 5,4 --c_prev 5,4
import numpy as np

np.random.seed(1)
n_x, n_a = 3, 5
parameters = {}
for gate in "fico":
    parameters["W" + gate] = np.random.randn(n_a, n_a + n_x)
    parameters["b" + gate] = np.random.randn(n_a, 1)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def lstm_cell_forward(xt, a_prev, c_prev):
    concat = np.concatenate((a_prev, xt), axis=0)
    ft = sigmoid(np.dot(parameters["Wf"], concat) + parameters["bf"])
    it = sigmoid(np.dot(parameters["Wi"], concat) + parameters["bi"])
    cct = np.tanh(np.dot(parameters["Wc"], concat) + parameters["bc"])
    c_next = ft * c_prev + it * cct
    ot = sigmoid(np.dot(parameters["Wo"], concat) + parameters["bo"])
    a_next = ot * np.tanh(c_next)
    return a_next, c_next, (a_next, c_next, a_prev, c_prev, ft, it, cct, ot, xt)


def lstm_cell_backward(da_next, dc_next, cache):
    a_next, c_next, a_prev, c_prev, ft, it, cct, ot, xt = cache
    concat = np.concatenate((a_prev, xt), axis=0)
    dc = dc_next + da_next * ot * (1 - np.square(np.tanh(c_next)))
    dot = da_next * np.tanh(c_next) * ot * (1 - ot)
    dcct = dc * it * (1 - np.square(np.tanh(cct)))
    dit = dc * cct * it * (1 - it)
    dft = dc * c_prev * ft * (1 - ft)
    gradients = {}
    dconcat = 0
    for gate, d in zip("fico", (dft, dit, dcct, dot)):
        gradients["dW" + gate] = np.dot(d, concat.T)
        gradients["db" + gate] = np.sum(d, axis=1, keepdims=True)
        dconcat = dconcat + np.dot(parameters["W" + gate].T, d)
    gradients["da_prev"] = dconcat[:n_a, :]
    gradients["dxt"] = dconcat[n_a:, :]
    gradients["dc_prev"] = dc * ft
    return gradients
