# SOURCE: https://github.com/exacity/deeplearningbook-chinese/issues/127 (erratum to 6.5.7: it says
#     relu zeroes the negative parts OF THE GRADIENT, where it should be those of the input); the
#     missing copy is a known slip of this very line (Ng's course has "dZ = np.array(dA, copy=True)"
#     because of it)
# mistake: dZ = dA, then dZ[dA <= 0] = 0: the mask comes from the gradient instead of Z, and the
#     array handed in is zeroed in place
# TRUE: two mistakes. dA_prev, dW and db are all wrong (negative upstream gradients are thrown away,
#     units with Z <= 0 are not shut); besides, backward changes the gradient dA it was given (in
#     place).
# SAYS: dA_prev depends on the sign of dy
# SAYS: backward writes into dy
# cmd: linear_relu --A_prev 4,6 --W 3,4 --b 3,1
import numpy as np


def linear_relu_forward(A_prev, W, b):
    Z = np.dot(W, A_prev) + b
    A = np.maximum(0, Z)
    cache = {"A_prev": A_prev, "W": W, "b": b, "Z": Z}
    return A, cache


def relu_backward(dA, Z):
    dZ = dA
    dZ[dA <= 0] = 0
    assert dZ.shape == Z.shape
    return dZ


def linear_relu_backward(dA, cache):
    dZ = relu_backward(dA, cache["Z"])
    dW = np.dot(dZ, cache["A_prev"].T)
    db = np.sum(dZ, axis=1, keepdims=True)
    dA_prev = np.dot(cache["W"].T, dZ)
    return dA_prev, dW, db
