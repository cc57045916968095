# SOURCE: https://github.com/HomericIntelligence/Odyssey/issues/2134 and
#     https://github.com/pocketpy/cTensor/pull/31 (softmax backward without the sum over the row),
#     as done in attention
# mistake: the softmax of the attention weights is differentiated like a sigmoid, A*(1-A), element
#     by element
# TRUE: softmax's derivative is only the diagonal of its Jacobian: dx, dWq, dWk wrong; dWv right
# SAYS: each number of the softmax att depends on all of its row
# cmd: attention --x 2,4,5 --Wq 5,3 --Wk 5,3 --Wv 5,6
import numpy as np


def softmax(s):
    e = np.exp(s - s.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def attention_forward(x, Wq, Wk, Wv):
    q, k, v = x @ Wq, x @ Wk, x @ Wv
    att = softmax(q @ k.transpose(0, 2, 1) / np.sqrt(k.shape[-1]))
    out = att @ v
    cache = {"x": x, "q": q, "k": k, "v": v, "att": att, "Wq": Wq, "Wk": Wk, "Wv": Wv}
    return out, cache


def attention_backward(dout, cache):
    x, q, k, v, att = (cache[n] for n in ("x", "q", "k", "v", "att"))
    datt = dout @ v.transpose(0, 2, 1)
    dv = att.transpose(0, 2, 1) @ dout
    dscores = datt * att * (1 - att) / np.sqrt(k.shape[-1])
    dq = dscores @ k
    dk = dscores.transpose(0, 2, 1) @ q
    dx = dq @ cache["Wq"].T + dk @ cache["Wk"].T + dv @ cache["Wv"].T
    xt = x.transpose(0, 2, 1)
    return {
        "x": dx,
        "Wq": (xt @ dq).sum(axis=0),
        "Wk": (xt @ dk).sum(axis=0),
        "Wv": (xt @ dv).sum(axis=0),
    }
