# SOURCE: style of the deeplearning.ai course 1, week 4 (linear_activation_forward / _backward,
#     samples as columns, nested caches), without its 1/m
# mistake: none
# TRUE: right
# cmd: linear_activation --A_prev 4,6 --W 3,4 --b 3,1
import numpy as np


def linear_forward(A, W, b):
    Z = np.dot(W, A) + b
    return Z, (A, W, b)


def linear_activation_forward(A_prev, W, b):
    Z, linear_cache = linear_forward(A_prev, W, b)
    A = np.tanh(Z)
    return A, (linear_cache, Z)


def tanh_backward(dA, activation_cache):
    Z = activation_cache
    return dA * (1 - np.power(np.tanh(Z), 2))


def linear_backward(dZ, cache):
    A_prev, W, b = cache
    dW = np.dot(dZ, A_prev.T)
    db = np.sum(dZ, axis=1, keepdims=True)
    dA_prev = np.dot(W.T, dZ)
    assert dA_prev.shape == A_prev.shape
    assert dW.shape == W.shape
    assert db.shape == b.shape
    return dA_prev, dW, db


def linear_activation_backward(dA, cache):
    linear_cache, activation_cache = cache
    dZ = tanh_backward(dA, activation_cache)
    return linear_backward(dZ, linear_cache)
