# SOURCE: style of functions of parameters that return (loss, grads); the model is keras-io's
#     RealNVP example with masks
# mistake: none (the masked inputs' gradient and the log-determinant's are both there)
# TRUE: right
# cmd: nll --x 5,4 --Ws0 4,4 --Wt0 4,4 --Ws1 4,4 --Wt1 4,4
import numpy as np

MASKS = [np.array([1., 1., 0., 0.]), np.array([0., 0., 1., 1.])]


def nll(x, Ws0, Wt0, Ws1, Wt1):
    weights = [(Ws0, Wt0), (Ws1, Wt1)]
    n = len(x)
    u, logdet, tape = x, np.zeros(n), []
    for m, (Ws, Wt) in zip(MASKS, weights):
        kept = u * m
        s = np.tanh(kept @ Ws) * (1 - m)
        t = (kept @ Wt) * (1 - m)
        tape.append((u, kept, s))
        u = kept + (1 - m) * (u * np.exp(s) + t)
        logdet = logdet + s.sum(axis=1)
    loss = np.mean(0.5 * np.sum(u ** 2 + np.log(2 * np.pi), axis=1) - logdet)

    grads = {}
    du = u / n
    for k in (1, 0):
        (Ws, Wt), m = weights[k], MASKS[k]
        v, kept, s = tape[k]
        r = (1 - m) * du
        ds = r * v * np.exp(s) - (1 - m) / n
        da = ds * (1 - s ** 2)
        grads["Ws%d" % k] = kept.T @ da
        grads["Wt%d" % k] = kept.T @ r
        dkept = m * du + da @ Ws.T + r @ Wt.T
        du = dkept * m + r * np.exp(s)
    grads["x"] = du
    return loss, grads
