# SOURCE: style of interview sheets and tutorials "multi-head attention forward + backward in NumPy"
#     (e.g. primer.edge.bond/ml-coding/3-attention): two functions, cache a dict, gradients a dict
# mistake: none
# TRUE: right
# cmd: mha --X 2,4,6 --Wq 6,6 --Wk 6,6 --Wv 6,6 --Wo 6,6
import numpy as np

N_HEADS = 2


def split_heads(M):
    B, T, D = M.shape
    return M.reshape(B, T, N_HEADS, D // N_HEADS).transpose(0, 2, 1, 3)


def merge_heads(M):
    B, H, T, dk = M.shape
    return M.transpose(0, 2, 1, 3).reshape(B, T, H * dk)


def mha_forward(X, Wq, Wk, Wv, Wo):
    T = X.shape[1]
    Q, K, V = split_heads(X @ Wq), split_heads(X @ Wk), split_heads(X @ Wv)
    scale = 1 / np.sqrt(Q.shape[-1])
    S = Q @ K.swapaxes(-1, -2) * scale
    S = np.where(np.tril(np.ones((T, T))) > 0, S, -np.inf)
    E = np.exp(S - S.max(axis=-1, keepdims=True))
    P = E / E.sum(axis=-1, keepdims=True)
    A = merge_heads(P @ V)
    cache = dict(X=X, Q=Q, K=K, V=V, P=P, A=A, scale=scale, Wq=Wq, Wk=Wk, Wv=Wv, Wo=Wo)
    return A @ Wo, cache


def mha_backward(dout, cache):
    X, P, scale = cache["X"], cache["P"], cache["scale"]
    D = X.shape[-1]
    dWo = cache["A"].reshape(-1, D).T @ dout.reshape(-1, D)
    dA = split_heads(dout @ cache["Wo"].T)
    dV = P.swapaxes(-1, -2) @ dA
    dP = dA @ cache["V"].swapaxes(-1, -2)
    dS = P * (dP - (dP * P).sum(axis=-1, keepdims=True)) * scale
    dQ = dS @ cache["K"]
    dK = dS.swapaxes(-1, -2) @ cache["Q"]
    grads = {"dWo": dWo, "dX": 0}
    for name, d in (("q", dQ), ("k", dK), ("v", dV)):
        d = merge_heads(d)
        grads["dW" + name] = np.einsum("btd,bte->de", X, d)
        grads["dX"] = grads["dX"] + d @ cache["W" + name].T
    return grads
