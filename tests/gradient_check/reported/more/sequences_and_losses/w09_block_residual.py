# SOURCE: https://github.com/paiml/entrenar/issues/313 (second residual's skip gradient missing);
#     also https://github.com/NVIDIA/Fuser/pull/2922
# mistake: pre-norm block with two residuals; the gradient that passes the second one by (dout
#     itself) is never added
# TRUE: Wm, g1, b1 and dx wrong (what the skip of the second residual carries is missing); W1, c1,
#     W2, c2, g2, b2 right
# SAYS: the term dout is missing
# cmd: Block --input 3,4,5
import numpy as np


def ln_fwd(x, g, b, eps=1e-5):
    mu = x.mean(-1, keepdims=True)
    rstd = 1 / np.sqrt(((x - mu) ** 2).mean(-1, keepdims=True) + eps)
    norm = (x - mu) * rstd
    return norm * g + b, (norm, rstd, g)


def ln_bwd(dout, cache):
    norm, rstd, g = cache
    dnorm = dout * g
    dx = rstd * (dnorm - dnorm.mean(-1, keepdims=True) - norm * (dnorm * norm).mean(-1, keepdims=True))
    return dx, (dout * norm).sum((0, 1)), dout.sum((0, 1))


class Block:
    """x + mix(ln1(x)) along time, then + mlp(ln2(.))"""

    def __init__(self, rng, T=4, C=5, F=7):
        self.params = {
            "g1": np.ones(C), "b1": np.zeros(C), "Wm": rng.normal(size=(T, T)) * 0.5,
            "g2": np.ones(C), "b2": np.zeros(C),
            "W1": rng.normal(size=(C, F)) * 0.5, "c1": np.zeros(F),
            "W2": rng.normal(size=(F, C)) * 0.5, "c2": np.zeros(C),
        }
        self.grads = {}

    def forward(self, x):
        p = self.params
        ln1, c_ln1 = ln_fwd(x, p["g1"], p["b1"])
        residual1 = x + np.einsum("ts,bsc->btc", p["Wm"], ln1)
        ln2, c_ln2 = ln_fwd(residual1, p["g2"], p["b2"])
        fch = np.tanh(ln2 @ p["W1"] + p["c1"])
        out = residual1 + fch @ p["W2"] + p["c2"]
        return out, (ln1, c_ln1, ln2, c_ln2, fch)

    def backward(self, dout, cache):
        p, g = self.params, self.grads
        ln1, c_ln1, ln2, c_ln2, fch = cache
        g["c2"] = dout.sum((0, 1))
        g["W2"] = np.einsum("btf,btc->fc", fch, dout)
        dfch = dout @ p["W2"].T * (1 - fch ** 2)
        g["c1"] = dfch.sum((0, 1))
        g["W1"] = np.einsum("btc,btf->cf", ln2, dfch)
        dresidual1, g["g2"], g["b2"] = ln_bwd(dfch @ p["W1"].T, c_ln2)
        g["Wm"] = np.einsum("btc,bsc->ts", dresidual1, ln1)
        dln1 = np.einsum("ts,btc->bsc", p["Wm"], dresidual1)
        dx, g["g1"], g["b1"] = ln_bwd(dln1, c_ln1)
        return dx + dresidual1
