# SOURCE: style of the Coursera sequence-models assignment ("Building your RNN step by step"):
#     features first (n_x, m, T_x), gradients in a dict, caches = (list, x); cf.
#     https://community.deeplearning.ai/t/question-on-backpropagation-week-1-prog-assignment-1/555129
#     where da of the step was forgotten; here it is there
# mistake: none
# TRUE: right
# cmd: rnn --x 3,4,5 --a0 2,4 --Wax 2,3 --Waa 2,2 --ba 2,1
import numpy as np


def cell_forward(xt, a_prev, Wax, Waa, ba):
    a_next = np.tanh(np.dot(Waa, a_prev) + np.dot(Wax, xt) + ba)
    return a_next, (a_next, a_prev, xt, Wax, Waa)


def cell_backward(da_next, cache):
    (a_next, a_prev, xt, Wax, Waa) = cache
    dtanh = (1 - a_next ** 2) * da_next
    return {"dxt": np.dot(Wax.T, dtanh), "dWax": np.dot(dtanh, xt.T),
            "da_prev": np.dot(Waa.T, dtanh), "dWaa": np.dot(dtanh, a_prev.T),
            "dba": np.sum(dtanh, axis=1, keepdims=True)}


def rnn_forward(x, a0, Wax, Waa, ba):
    caches = []
    n_x, m, T_x = x.shape
    a = np.zeros((Waa.shape[0], m, T_x))
    a_next = a0
    for t in range(T_x):
        a_next, cache = cell_forward(x[:, :, t], a_next, Wax, Waa, ba)
        a[:, :, t] = a_next
        caches.append(cache)
    return a, (caches, x)


def rnn_backward(da, caches):
    (caches, x) = caches
    n_a, m, T_x = da.shape
    n_x = x.shape[0]
    dx = np.zeros((n_x, m, T_x))
    dWax, dWaa, dba = np.zeros((n_a, n_x)), np.zeros((n_a, n_a)), np.zeros((n_a, 1))
    da_prevt = np.zeros((n_a, m))
    for t in reversed(range(T_x)):
        gradients = cell_backward(da[:, :, t] + da_prevt, caches[t])
        da_prevt = gradients["da_prev"]
        dx[:, :, t] = gradients["dxt"]
        dWax += gradients["dWax"]
        dWaa += gradients["dWaa"]
        dba += gradients["dba"]
    return {"dx": dx, "da0": da_prevt, "dWax": dWax, "dWaa": dWaa, "dba": dba}
