# SOURCE: https://github.com/apache/systemds/pull/696 (first version of fm.dml: dW = (1 / t(g_W))
#     %*% dout; the second term of g_V left out as a comment, ":\ not correct!"); backward takes the
#     inputs again, as in that library
# mistake: two: dW divides by X where it should multiply; dV lacks - V * X^2
# TRUE: dW wrong (1/X for X), dV wrong (the term - V_if sum_n x_ni^2 dout_n missing); dX and dw0
#     right
# OPEN: true: / g_W.T should be * g_W.T
# cmd: fm --X 6,5 --w0 1 --W 5,1 --V 5,3
import numpy as np


def fm_forward(X, w0, W, V):
    linear = X @ W
    XV = X @ V
    inter = 0.5 * np.sum(XV ** 2 - (X ** 2) @ (V ** 2), axis=1, keepdims=True)
    return w0 + linear + inter


def fm_backward(dout, X, w0, W, V):
    # gradient w.r.t. w0
    dw0 = np.sum(dout, axis=0)

    # gradient w.r.t. W
    g_W = X
    dW = (1 / g_W.T) @ dout

    # gradient w.r.t. V
    dV = X.T @ (dout * (X @ V))  # - (V * X^2) ?

    # gradient w.r.t. X
    dX = dout * (W.T + (X @ V) @ V.T - X * np.sum(V ** 2, axis=1))
    return dX, dw0, dW, dV
