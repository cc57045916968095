# TRUE: right
# cmd: linear --X 6,4 --W 4,3 --b 3
# MISTAKE: cache["X"].T @ dY -> cache["X"].T @ dY / len(dY)
# WRONG: dW
import numpy as np


def linear_forward(X, W, b):
    return X @ W + b, {"X": X, "W": W}


def linear_backward(dY, cache):
    return {"b": dY.sum(axis=0), "dW": cache["X"].T @ dY, "grad_X": dY @ cache["W"].T}
