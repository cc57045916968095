# SOURCE: https://github.com/ddbourgin/numpy-ml/issues/42 (copy-paste: bo is added in the forget and
#     update gates too)
# mistake: forward adds bo to three of the four gates; backward is written for one bias a gate
# TRUE: forward being the truth: gradients["bo"] wrong (lacks the forget and update gates' parts),
#     gradients["bf"] and gradients["bu"] wrong (should be 0: bf and bu are never used); Wf, Wu, Wc,
#     Wo, bc and dXt, dA_prev, dC_prev right
# OPEN: unknown
# cmd: LSTMCell --n_in 3 --n_out 4 --input 5,3 --input 5,4 --input 5,4
import numpy as np


def _sig(z):
    return 1 / (1 + np.exp(-z))


class LSTMCell:
    def __init__(self, n_in, n_out):
        self.n_in, self.n_out = n_in, n_out
        self.parameters, self.gradients, self.derived_variables = {}, {}, {}
        for g in "fuco":
            self.parameters["W" + g] = np.random.uniform(-0.7, 0.7, (n_in + n_out, n_out))
            self.parameters["b" + g] = np.zeros((1, n_out))

    def forward(self, Xt, A_prev, C_prev):
        p = self.parameters
        Zt = np.hstack([A_prev, Xt])
        Gf = _sig(Zt @ p["Wf"] + p["bo"])
        Gu = _sig(Zt @ p["Wu"] + p["bo"])
        Go = _sig(Zt @ p["Wo"] + p["bo"])
        Cc = np.tanh(Zt @ p["Wc"] + p["bc"])
        Ct = Gf * C_prev + Gu * Cc
        At = Go * np.tanh(Ct)
        self.derived_variables = dict(Zt=Zt, Gf=Gf, Gu=Gu, Go=Go, Cc=Cc, Ct=Ct, C_prev=C_prev)
        return At, Ct

    def backward(self, dAt, dCt):
        p, v = self.parameters, self.derived_variables
        Gf, Gu, Go, Cc, Ct = v["Gf"], v["Gu"], v["Go"], v["Cc"], v["Ct"]
        dC = dCt + dAt * Go * (1 - np.tanh(Ct) ** 2)
        d = {
            "o": dAt * np.tanh(Ct) * Go * (1 - Go),
            "f": dC * v["C_prev"] * Gf * (1 - Gf),
            "u": dC * Cc * Gu * (1 - Gu),
            "c": dC * Gu * (1 - Cc ** 2),
        }
        dZ = 0
        for g, dG in d.items():
            self.gradients["W" + g] = v["Zt"].T @ dG
            self.gradients["b" + g] = dG.sum(axis=0, keepdims=True)
            dZ = dZ + dG @ p["W" + g].T
        dA_prev, dXt = dZ[:, :self.n_out], dZ[:, self.n_out:]
        return dXt, dA_prev, dC * Gf
