# SOURCE: https://github.com/NVIDIA/TransformerEngine/issues/3437 (tied weights do not accumulate),
#     and a known slip with tied embeddings in hand-written language models. Style: a function of
#     the parameters that returns (loss, grads).
# mistake: E is both embedding and output matrix; its gradient from the output layer is overwritten
#     by that of the lookup
# TRUE: grads["E"] wrong: only the lookup's part, the part of the output projection is overwritten;
#     Wx, Wh, b right
# SAYS: this line clears what grads['E'] holds already
# cmd: rnnlm_loss --E 6,3 --Wx 3,3 --Wh 3,3 --b 3 --x integers:4,5 --y integers:4,5 --integers 6
import numpy as np


def rnnlm_loss(E, Wx, Wh, b, x, y):
    N, T = x.shape
    V, H = E.shape

    # forward
    emb = E[x]
    hs = np.zeros((T + 1, N, H))
    for t in range(T):
        hs[t + 1] = np.tanh(emb[:, t] @ Wx + hs[t] @ Wh + b)
    H_all = hs[1:].transpose(1, 0, 2)
    scores = H_all @ E.T
    scores = scores - scores.max(axis=-1, keepdims=True)
    logp = scores - np.log(np.exp(scores).sum(axis=-1, keepdims=True))
    n, t = np.indices((N, T))
    loss = -logp[n, t, y].mean()

    # backward
    grads = {}
    dscores = np.exp(logp)
    dscores[n, t, y] -= 1
    dscores /= N * T
    grads["E"] = np.einsum("ntv,nth->vh", dscores, H_all)
    dH = dscores @ E
    grads["Wx"], grads["Wh"], grads["b"] = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros_like(b)
    demb = np.zeros_like(emb)
    dnext = np.zeros((N, H))
    for t in range(T - 1, -1, -1):
        da = (dH[:, t] + dnext) * (1 - hs[t + 1] ** 2)
        grads["Wx"] += emb[:, t].T @ da
        grads["Wh"] += hs[t].T @ da
        grads["b"] += da.sum(axis=0)
        demb[:, t] = da @ Wx.T
        dnext = da @ Wh.T
    grads["E"] = np.zeros_like(E)
    np.add.at(grads["E"], x, demb)
    return loss, grads
