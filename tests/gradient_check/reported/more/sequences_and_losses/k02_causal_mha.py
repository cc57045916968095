# SOURCE: style of llm-from-scratch notes (functions with a cache dict, gradients returned as a
#     dict)
# mistake: none
# TRUE: right
# cmd: mha --X 2,4,6 --Wq 6,6 --Wk 6,6 --Wv 6,6 --Wo 6,6
import numpy as np

HEADS = 3


def _heads(M):
    B, T, D = M.shape
    return M.reshape(B, T, HEADS, D // HEADS).swapaxes(1, 2)


def _join(M):
    B, H, T, d = M.shape
    return M.swapaxes(1, 2).reshape(B, T, H * d)


def mha_forward(X, Wq, Wk, Wv, Wo):
    T = X.shape[1]
    Q, K, V = _heads(X @ Wq), _heads(X @ Wk), _heads(X @ Wv)
    scale = 1.0 / np.sqrt(Q.shape[-1])
    S = Q @ K.swapaxes(-1, -2) * scale
    S = np.where(np.tril(np.ones((T, T), dtype=bool)), S, -np.inf)
    P = np.exp(S - S.max(-1, keepdims=True))
    P /= P.sum(-1, keepdims=True)
    A = _join(P @ V)
    cache = dict(X=X, Wq=Wq, Wk=Wk, Wv=Wv, Wo=Wo, Q=Q, K=K, V=V, P=P, A=A, scale=scale)
    return A @ Wo, cache


def mha_backward(dY, cache):
    X, P, Q, K, V = (cache[k] for k in ("X", "P", "Q", "K", "V"))
    dA = _heads(dY @ cache["Wo"].T)
    dV = P.swapaxes(-1, -2) @ dA
    dP = dA @ V.swapaxes(-1, -2)
    dS = P * (dP - np.sum(P * dP, axis=-1, keepdims=True)) * cache["scale"]
    dQ, dK, dV = _join(dS @ K), _join(dS.swapaxes(-1, -2) @ Q), _join(dV)
    return {
        "dX": dQ @ cache["Wq"].T + dK @ cache["Wk"].T + dV @ cache["Wv"].T,
        "dWq": np.einsum("bti,btj->ij", X, dQ),
        "dWk": np.einsum("bti,btj->ij", X, dK),
        "dWv": np.einsum("bti,btj->ij", X, dV),
        "dWo": np.einsum("bti,btj->ij", cache["A"], dY),
    }
