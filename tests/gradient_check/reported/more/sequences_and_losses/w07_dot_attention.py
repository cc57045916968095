# SOURCE: https://github.com/HomericIntelligence/Odyssey/issues/2134 and
#     https://github.com/pocketpy/cTensor/pull/31 (softmax backward without the dot product term);
#     the forgotten 1/sqrt(d_k) on the way back: known slip; wrong dQ, dK by hand:
#     https://github.com/ooples/AiDotNet.Tensors/issues/49
# mistake: (1) the softmax is taken back element by element, a(1 - a); (2) 1/sqrt(d_k) of the scores
#     is forgotten in backward
# TRUE: dQ and dK wrong, by two mistakes: softmax gradient without the other elements of the row,
#     and sqrt(d_k) times too large; dV right
# SAYS: each number of the softmax weights depends on all of its row
# SAYS: is the root of the size of Q along axis 1
# cmd: attention --Q 4,3 --K 5,3 --V 5,2
import numpy as np


def softmax(s):
    e = np.exp(s - np.max(s, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)


def attention_forward(Q, K, V):
    d_k = Q.shape[-1]
    scores = np.matmul(Q, K.T) / np.sqrt(d_k)
    weights = softmax(scores)
    context = np.matmul(weights, V)
    cache = {"Q": Q, "K": K, "V": V, "weights": weights}
    return context, cache


def attention_backward(dcontext, cache):
    Q, K, V, weights = cache["Q"], cache["K"], cache["V"], cache["weights"]
    dV = np.matmul(weights.T, dcontext)
    dweights = np.matmul(dcontext, V.T)
    dscores = dweights * weights * (1 - weights)
    dQ = np.matmul(dscores, K)
    dK = np.matmul(dscores.T, Q)
    return dQ, dK, dV
